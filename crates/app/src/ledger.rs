//! The journal as others read it, and the sequencer that gives its entries their places.

use hefu_domain::journal::JournalEntry;
use hefu_store::{StoreError, query};

use crate::{App, AppError, Result, visit::locate};

/// Entries placed in one unit: few enough that a booking does not wait for them.
const BATCH: i64 = 5_000;

/// How long the answer to a request is kept for its repetition, hours.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Most entries told of one visit.
const MOST_OF_VISIT: i64 = 10_000;

/// Which part of the journal is asked for.
#[derive(Debug, Clone, Default)]
pub struct JournalQuery {
    /// Entries before this log index, the latest first. The usual way when nothing is given.
    pub before: Option<i64>,
    /// Entries behind this log index, in order; -1 for those from the beginning.
    pub after: Option<i64>,
    /// A visit's number: its entries only, the latest first, also those without a log index yet.
    pub visit: Option<String>,
    /// How many.
    pub limit: i64,
}

impl App {
    /// Entries of the journal.
    ///
    /// # Errors
    /// The visit is unknown, or the database fails.
    pub async fn journal(&self, asked: &JournalQuery) -> Result<Vec<JournalEntry>> {
        let c = &mut self.store().read().await?;
        let Some(number) = &asked.visit else {
            return Ok(match asked.after {
                Some(after) => query::journal::after(c, after, asked.limit).await?,
                None => query::journal::before(c, asked.before.unwrap_or(i64::MAX), asked.limit).await?,
            });
        };
        let (_, visit) = locate(c, number, None).await?;
        let mut entries = query::journal::of_visit(c, visit, MOST_OF_VISIT).await?;
        match asked.after {
            Some(after) => entries.retain(|entry| entry.log_index.is_none_or(|index| index > after)),
            None => entries.reverse(),
        }
        if let Some(before) = asked.before {
            entries.retain(|entry| entry.log_index.is_some_and(|index| index < before));
        }
        entries.truncate(usize::try_from(asked.limit).unwrap_or_default());
        Ok(entries)
    }

    /// The entry at a log index.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub async fn journal_entry(&self, index: i64) -> Result<JournalEntry> {
        let c = &mut self.store().read().await?;
        query::journal::at(c, index).await?.ok_or_else(|| AppError::not_found("journal entry", index))
    }

    /// Gives every waiting entry its place in the ledger; answers how many it placed.
    ///
    /// No lease is needed for correctness: the log index is unique, so of two sequencers that begin
    /// at the same place one is refused by the database. It stops for this time, since the other
    /// one is at work.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sequence(&self) -> Result<u64> {
        let mut placed = 0;
        loop {
            let batch: std::result::Result<u64, StoreError> = self
                .store()
                .write(|tx| {
                    Box::pin(async move {
                        let size = query::journal::size(tx).await?;
                        query::journal::sequence(tx, size, BATCH).await
                    })
                })
                .await;
            match batch {
                Ok(0) => return Ok(placed),
                Ok(more) => placed += more,
                Err(StoreError::Duplicate { .. }) => return Ok(placed),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Forgets the answers that can no longer be asked for again.
    ///
    /// # Errors
    /// The database fails.
    pub async fn forget_answers(&self) -> Result<u64> {
        let before = self.clock().now() - chrono::TimeDelta::hours(ANSWERS_KEPT_HOURS);
        self.store()
            .write(move |tx| Box::pin(async move { Ok(query::journal::forget_answers(tx, before).await?) }))
            .await
    }
}
