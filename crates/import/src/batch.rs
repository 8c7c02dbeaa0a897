//! The rows of a unit of work, and the run they belong to.

use std::sync::Arc;

use hefu_core::{AppError, Result, Unit};
use hefu_domain::{Message, ids::ImportRunId, source::SourceRecord};
use hefu_store::query;

use crate::incoming::{IncomingBooking, IncomingRow};

/// Rows of a run, some of which are written in one unit of work.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) run: ImportRunId,
    pub(crate) rows: Arc<[IncomingRow]>,
}

impl Batch {
    /// The planned booking of a row.
    pub(crate) fn booking(&self, index: usize) -> Result<&IncomingBooking> {
        self.rows[index].booking().ok_or_else(|| AppError::invalid((), Message::OutOfRange))
    }

    /// A source record as received, sealed.
    pub(crate) async fn sealed(
        &self,
        u: &mut Unit<'_>,
        record: &SourceRecord,
        index: usize,
    ) -> Result<SourceRecord> {
        let mut record = SourceRecord { received_at: u.now, run_id: Some(self.run), ..record.clone() };
        match self.rows[index].other() {
            Some(other) => query::source::seal(u.tx, &mut record, &other.digested(), &other.record).await?,
            None => {
                let b = self.booking(index)?;
                query::source::seal(u.tx, &mut record, &b.content, &b.record).await?;
            }
        }
        Ok(record)
    }
}
