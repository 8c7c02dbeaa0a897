//! Who did what, when and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{JournalEntryId, PropertyId, VisitId};

/// One entry of the journal. It contains no personal data and nothing that people wrote, so it can be shown to an outsider; what was done and
/// why is stored encrypted beside it and bound to it by the commitment.
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
    /// The other record it applies to, e.g. `guest` or `room`.
    pub subject_kind: String,
    /// Its opaque id.
    pub subject_id: Uuid,
    /// SHA-256 over what is sealed behind the entry: event, reason and rows, with a salt.
    pub commitment: Vec<u8>,
    /// Position in the ledger, without gaps; none until it has been sequenced.
    pub log_index: Option<i64>,
}
