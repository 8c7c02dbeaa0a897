//! What other systems tell of a visit's consumption: the lines, payments and points of their files and messages, as they were received.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Masks, Personal, class::FreeText};
use hefu_core::Result;
use hefu_domain::source::{Reported, SourceKind, SourceRecord, SourceState};
use hefu_kernel::Currency;
use hefu_store::{Conn, Vault, query};
use serde::Serialize;
use utoipa::ToSchema;

use crate::sources::SourceName;

/// A charge, a payment or a movement of points as another system tells it. It is kept beside the bill and not posted to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportedLine {
    /// `posting`, `payment` or `points`.
    pub kind: SourceKind,
    /// The day it is of.
    pub date: Option<NaiveDate>,
    /// The code there: what was charged, or how it was paid.
    pub code: Option<String>,
    /// What stands beside it.
    #[schema(value_type = Option<String>)]
    pub text: Option<Personal<FreeText>>,
    /// Number of the room.
    pub room: Option<String>,
    /// Minor units of its currency.
    pub amount: Option<i64>,
    /// Its currency.
    #[schema(value_type = Option<String>)]
    pub currency: Option<Currency>,
    /// Points.
    pub points: Option<i64>,
    /// The record it is from.
    pub source: SourceName,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

const fn is_consumption(kind: SourceKind) -> bool {
    matches!(kind, SourceKind::Posting | SourceKind::Payment | SourceKind::Points)
}

/// The latest version of each such record of a visit, by day. What was sealed for somebody who was erased is left out.
///
/// # Errors
/// The database fails, or a record was changed.
pub(crate) async fn lines(
    c: &mut Conn,
    vault: &Vault,
    records: &[SourceRecord],
    masks: Masks,
) -> Result<Vec<ReportedLine>> {
    let mut lines = Vec::new();
    for record in records.iter().filter(|record| is_consumption(record.kind)) {
        let is_newer = |other: &SourceRecord| {
            (&other.system, other.kind, &other.external_id)
                == (&record.system, record.kind, &record.external_id)
                && other.version > record.version
        };
        if record.state == SourceState::Superseded || records.iter().any(is_newer) {
            continue;
        }
        let Some(received) = query::source::open(c, vault, record).await? else { continue };
        let Some(says) = Reported::read(&received) else { continue };
        lines.push(ReportedLine {
            kind: record.kind,
            date: says.date,
            code: says.code,
            text: Personal::of_some(masks, says.text),
            room: says.room,
            amount: says.amount,
            currency: says.currency,
            points: says.points,
            source: SourceName {
                system: record.system.clone(),
                external_id: record.external_id.clone(),
                version: record.version,
            },
            received_at: record.received_at,
        });
    }
    lines.sort_by(|one, two| (one.date, &one.source.external_id).cmp(&(two.date, &two.source.external_id)));
    Ok(lines)
}
