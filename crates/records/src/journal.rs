//! The journal as it is shown.

use chrono::{DateTime, Utc};
use hefu_core::Result;
use hefu_domain::ids::{JournalEntryId, VisitId};
use hefu_store::{
    Conn, Vault,
    query::journal::{ToldEntry, told_of_visit},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did what, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalEntryView {
    /// Identifier.
    #[schema(value_type = String, format = "uuid")]
    pub id: JournalEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an account's opaque name, or a job's.
    pub actor: String,
    /// What was done, e.g. `stay.check_in`.
    pub action: String,
    /// Why. None if nobody said, and once the data of whom it is about was erased.
    pub reason: Option<String>,
    /// Code of the property.
    pub property: Option<String>,
    /// To what: `visit`, `guest`, `room`, …
    pub subject_kind: String,
    /// Its opaque id.
    pub subject_id: Uuid,
    /// What binds event, reason and rows to the entry: SHA-256, as hexadecimal digits.
    pub commitment: String,
    /// Place in the ledger, without gaps; none until it has been sequenced.
    pub log_index: Option<i64>,
}

impl From<ToldEntry> for JournalEntryView {
    fn from(told: ToldEntry) -> Self {
        let ToldEntry { entry, property, reason } = told;
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            reason,
            property,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            commitment: entry.commitment.iter().map(|byte| format!("{byte:02x}")).collect(),
            log_index: entry.log_index,
        }
    }
}

/// The first `limit` entries of a visit, in order.
pub(crate) async fn journal_of_visit(
    c: &mut Conn,
    vault: &Vault,
    visit: VisitId,
    limit: i64,
) -> Result<Vec<JournalEntryView>> {
    let told = told_of_visit(c, vault, visit, limit).await?;
    Ok(told.into_iter().map(JournalEntryView::from).collect())
}
