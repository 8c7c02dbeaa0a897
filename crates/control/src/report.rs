//! A guest who finds two records of one visit says so 【住宾馆总有两个记录】, shows what he has, and staff look at it with him.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::FindingEvent,
    finding::{Finding as Row, FindingSource, FindingState},
    message::Missing,
    note::NoteKind,
    reservation::{Reservation, ReservationState, normalise_number},
    stay::{Stay, StayState},
};
use hefu_findings::{Cause, Correction, Draft, Evidence, Finding, FindingKind, Part, RecordId, Value};
use hefu_front_office::{
    note::AddNote,
    property::property_by_id,
    visit::{VisitAction as _, locate, lock},
};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    keep::{OfVisit, insert, open, record},
    says::Says,
    show::{FindingView, engine, view},
};

/// What a guest says of two records.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DoubleRecordReport)]
pub struct DoubleRecord {
    /// Any number of the other visit.
    pub other: String,
    /// What the guest says and what was shown: kept sealed, with the visit's notes and in the journal.
    pub text: String,
}

/// Writes down that a guest found a visit recorded twice. It stands among the findings until staff have decided it or one of the two is called off.
#[derive(Debug, Clone)]
pub struct ReportDoubleRecord {
    /// Any number of the visit.
    pub number: String,
    /// What is said.
    pub input: DoubleRecord,
}

/// The number of a visit, as evidence.
fn number(of: &Reservation) -> Evidence {
    Evidence::of(Part::Booking, of.number.as_str(), "number", Value::Code(of.channel.clone()))
}

fn nights(of: &Reservation) -> Evidence {
    let says = Value::Nights { from: of.arrival, to: of.departure };
    Evidence::of(Part::Booking, of.number.as_str(), "nights", says)
}

/// `unused` is the visit that may be called off, if nobody has moved in under it.
fn found(
    property: &str,
    (one, other): (&Reservation, &Reservation),
    unused: Option<&Reservation>,
) -> Finding {
    let about = [one, other].map(|of| RecordId { part: Part::Booking, key: of.number.as_str().into() });
    let draft = Draft {
        kind: FindingKind::DoubleRecord,
        cause: if one.channel == other.channel { Cause::RepeatedBooking } else { Cause::PlatformOutOfStep },
        about: about.to_vec(),
        expected: Value::Code(one.number.clone()),
        found: Value::Code(other.number.clone()),
        stake: 0,
        evidence: vec![number(one), number(other), nights(one), nights(other)],
        correction: unused.map(|unused| Correction::CancelBooking { visit: unused.number.clone() }),
        property: &property.into(),
    };
    draft.made(one.currency)
}

#[async_trait]
impl Command for ReportDoubleRecord {
    const ACTION: Action = Action::FindingReport;
    type Out = FindingView;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<FindingView> {
        let (property_id, visit_id) = locate(u.tx, &self.number, None).await?;
        let mut visit = lock(u.tx, property_id, visit_id).await?;
        u.within(&visit.property.code)?;
        let (other_property, other_id) =
            locate(u.tx, &self.input.other, None).await.map_err(|error| error.at("other"))?;
        if other_id == visit_id {
            return Err(RuleError::new(Rule::Invalid, "other", Message::SameVisit).into());
        }
        // What the other one is, is told to whoever may do the same there; to others it is none.
        let there = property_by_id(u.tx, other_property).await?;
        if !u.may(Self::ACTION, &there.code) {
            let number = normalise_number(&self.input.other);
            return Err(AppError::not_found(Missing::Visit, number).at("other"));
        }
        let other = query::visit::reservation(u.tx, other_property, other_id).await?;
        let other = other.ok_or(AppError::Internal("a number leads to no visit"))?;
        let property = visit.property.clone();
        // What the guest says is sealed with the visit; the finding names records only.
        let note = AddNote {
            kind: NoteKind::Note,
            text: self.input.text.clone(),
            line: None,
            department: None,
            due: None,
        };
        let event = note.apply(u, &mut visit).await?;
        u.record(About::Visit(&visit.reservation), event).await?;
        let of_other = query::visit::stays(u.tx, other_property, other_id).await?;
        let awaits = |of: &Reservation, stays: &[Stay]| {
            of.state == ReservationState::Reserved && stays.iter().all(|stay| stay.state == StayState::Undone)
        };
        // The other one, unless its guest is here or has been: then this one, if that is unused. Where one was called off already, the other is all that the guest has.
        let is_alive =
            |of: &Reservation| !matches!(of.state, ReservationState::Cancelled | ReservationState::NoShow);
        let unused = if !is_alive(&other) || !is_alive(&visit.reservation) {
            None
        } else if awaits(&other, &of_other) {
            Some(&other)
        } else {
            Some(&visit.reservation).filter(|own| awaits(own, &visit.stays))
        };
        let finding = found(&property.code, (&visit.reservation, &other), unused);
        // Of two records with the one that may be too much: as soon as that is called off, it is over.
        let kept_with = if other_property == property_id { other_id } else { visit_id };
        let told = FindingEvent::Report { finding_id: finding.id, visit_id, other_id };
        let row = match query::finding::find(u.tx, property_id, finding.id).await? {
            Some(mut row) => {
                row.reopened += i64::from(row.state != FindingState::Open);
                row.state = FindingState::Open;
                (row.decided_at, row.decided_by, row.resolved_at) = (None, None, None);
                row.says = Says::of(&finding).text();
                u.tx.update(&mut row).await?;
                row
            }
            None => {
                let row = open(property_id, kept_with, &finding, u.now);
                insert(u, &row).await?;
                row
            }
        };
        record(u, &row, told).await?;
        view(u.tx, &property, row).await
    }
}

/// What guests said that still stands: both of the visits are alive.
///
/// # Errors
/// The database fails.
pub(crate) async fn still_double(c: &mut Conn, rows: &[Row], property: &str) -> Result<Vec<OfVisit>> {
    let mut still = Vec::new();
    let said = rows
        .iter()
        .filter(|row| row.kind.source() == FindingSource::Guest && row.state != FindingState::Resolved);
    for row in said {
        let finding = engine(row, property)?;
        let mut alive = 0;
        for evidence in finding.evidence.iter().filter(|evidence| evidence.field == "number") {
            let (of, id) = locate(c, &evidence.record, None).await?;
            let reservation = query::visit::reservation(c, of, id).await?;
            let is_alive = |state| !matches!(state, ReservationState::Cancelled | ReservationState::NoShow);
            alive += usize::from(reservation.is_some_and(|reservation| is_alive(reservation.state)));
        }
        if alive > 1 {
            still.push((row.visit_id, finding));
        }
    }
    Ok(still)
}
