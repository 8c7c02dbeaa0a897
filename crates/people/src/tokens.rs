//! Search tokens staged by an import: until they are merged, its guests cannot be found.

use async_trait::async_trait;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{Command, Result, Unit};
use hefu_store::query;

/// Merges the staged search tokens of an import into those that are searched.
pub struct MergeStagedTokens;

#[async_trait]
impl Command for MergeStagedTokens {
    const ACTION: Action = Action::TokensMerge;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        Ok(query::guest::merge_staged_tokens(u.tx).await?)
    }
}
