//! Who did what, when and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{JournalEntryId, PropertyId, VisitId};

/// One entry of the journal. It holds no personal data, so it can be shown to an outsider; the
/// change itself lies encrypted beside it and is bound to it by the commitment.
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
    /// Why, where a reason was given. Free text is refused where it could name a person; see the actions.
    pub reason: Option<String>,
    /// In which property.
    pub property_id: Option<PropertyId>,
    /// To which visit.
    pub visit_id: Option<VisitId>,
    /// To what else, e.g. `guest` or `room`.
    pub subject_kind: String,
    /// Its opaque id.
    pub subject_id: Uuid,
    /// SHA-256 over a salt and the change.
    pub commitment: Vec<u8>,
    /// Place in the ledger, without gaps; none until it has been sequenced.
    pub log_index: Option<i64>,
}
