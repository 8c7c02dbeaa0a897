//! A copy of everything as of one moment, for backups.

use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Operation, Operator, Result};
use hefu_store::copy::RecordsCopy;

/// Copies all records and data keys as of one moment, sealed as they are stored. The answer streams them from the database.
#[derive(Debug, Clone, Copy)]
pub struct CopyRecords;

#[async_trait]
impl Operation for CopyRecords {
    const ACTION: Action = Action::RecordsCopy;
    type Out = RecordsCopy;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<RecordsCopy> {
        Ok(o.store().copy().await?)
    }
}
