//! Who did what, when and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{JournalEntryId, PropertyId, VisitId};

/// One entry of the journal. It holds no personal data and nothing that people wrote, so it can be shown to an outsider; what was done and
/// why lies encrypted beside it and is bound to it by the commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JournalEntry {
    /// Identifier.
    pub id: JournalEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an account's opaque name, or a job's.
    pub actor: String,
    /// What was done, e.g. `stay.check_in`.
    pub action: String,
    /// In which property.
    pub property_id: Option<PropertyId>,
    /// To which visit.
    pub visit_id: Option<VisitId>,
    /// To what else, e.g. `guest` or `room`.
    pub subject_kind: String,
    /// Its opaque id.
    pub subject_id: Uuid,
    /// SHA-256 over what lies sealed behind the entry: event, reason and rows, with a salt.
    pub commitment: Vec<u8>,
    /// Place in the ledger, without gaps; none until it has been sequenced.
    pub log_index: Option<i64>,
}
