//! Where the parts of a three-part record come from, and where a source says otherwise.

use chrono::{DateTime, Utc};
use hefu_domain::{
    folio::{Folio, FolioState},
    ids::{DifferenceId, PropertyId, VisitId},
    source::{ClaimField, DifferenceState, ROOM_ALLOTTED, ROOM_NAMED, SourceKind, SourceRecord, SourceState},
    stay::StayRoom,
};
use hefu_store::{Conn, Vault, query};
use serde::Serialize;
use utoipa::ToSchema;

use hefu_core::Result;

/// A version of a record of another system that speaks of a visit. What it says lies sealed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SourceOfVisit {
    /// The system.
    pub system: String,
    /// What it is a record of there.
    pub kind: SourceKind,
    /// Its key there.
    pub external_id: String,
    /// Which version, from 1.
    pub version: i64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Where it stands.
    pub state: SourceState,
    /// The parts of the visit that are from it.
    pub parts: Vec<String>,
}

/// Which source a part is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceName {
    /// The system.
    pub system: String,
    /// The record's key there.
    pub external_id: String,
    /// The version that the part is as.
    pub version: i64,
}

/// That a source says otherwise than the visit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DifferenceView {
    /// Identifier.
    pub id: DifferenceId,
    /// The system of the source.
    pub system: String,
    /// The record's key there.
    pub external_id: String,
    /// Which version says so.
    pub record_version: i64,
    /// The field.
    pub field: ClaimField,
    /// What the source says; none: personal, or of a guest who was erased.
    pub source_says: Option<String>,
    /// What the visit said when the difference was noticed.
    pub visit_says: Option<String>,
    /// Where it stands.
    pub state: DifferenceState,
    /// When it was noticed.
    pub opened_at: DateTime<Utc>,
    /// When it was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Every version of every record, as it is shown.
pub(crate) fn of_records(records: Vec<SourceRecord>) -> Vec<SourceOfVisit> {
    let shown = |record: SourceRecord| SourceOfVisit {
        parts: record.parts.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        system: record.system,
        kind: record.kind,
        external_id: record.external_id,
        version: record.version,
        received_at: record.received_at,
        state: record.state,
    };
    records.into_iter().map(shown).collect()
}

/// The source that a part of the visit is from: the latest version that the visit followed in it.
pub(crate) fn of_part(records: &[SourceRecord], part: &str) -> Option<SourceName> {
    let followed = |record: &&SourceRecord| {
        record.speaks_of(part) && matches!(record.state, SourceState::Linked | SourceState::Superseded)
    };
    let record = records.iter().filter(followed).max_by_key(|record| record.version)?;
    let SourceRecord { system, external_id, version, .. } = record;
    Some(SourceName { system: system.clone(), external_id: external_id.clone(), version: *version })
}

/// The source that a stay is from, and what of it was worked out. `rooms` are those it was in, in order.
pub(crate) fn of_stay(
    records: &[SourceRecord],
    rooms: &[StayRoom],
    folios: &[Folio],
) -> (Option<SourceName>, Vec<&'static str>) {
    let Some(first) = rooms.first().filter(|room| matches!(room.reason.as_str(), ROOM_NAMED | ROOM_ALLOTTED))
    else {
        return (None, Vec::new());
    };
    // A source gives days and no hours: those are the property's.
    let mut derived = vec!["checked_in_at"];
    if folios.iter().any(|folio| folio.state == FolioState::Reported) {
        derived.push("checked_out_at");
    }
    if first.reason == ROOM_ALLOTTED && rooms.len() == 1 {
        derived.push("room");
    }
    (of_part(records, "stay"), derived)
}

/// Where sources say otherwise than a visit. Names are personal and stay sealed.
pub(crate) async fn differences(
    c: &mut Conn,
    vault: &Vault,
    property: PropertyId,
    visit: VisitId,
) -> Result<Vec<DifferenceView>> {
    let mut shown = Vec::new();
    for difference in query::source::differences(c, property, visit).await? {
        let says = match difference.field {
            ClaimField::Guest => None,
            _ => query::source::open_says(c, vault, &difference).await?,
        };
        let (source_says, visit_says) = says.map(|says| (says.source, says.visit)).unzip();
        shown.push(DifferenceView {
            id: difference.id,
            system: difference.system,
            external_id: difference.external_id,
            record_version: difference.record_version,
            field: difference.field,
            source_says,
            visit_says,
            state: difference.state,
            opened_at: difference.opened_at,
            resolved_at: difference.resolved_at,
        });
    }
    Ok(shown)
}
