//! Notes, requests, messages and traces of a visit. What is to be done has a date, and is open until somebody has done it; the traces of a
//! property are what is open, by date and department. The texts are sealed under the data key of the guest who booked; the search box finds the numbers in
//! them by blind tokens.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Action, Masks, Personal, Resource, class::FreeText};
use hefu_core::{AppError, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    card::looks_like_card_number,
    event::{Event, NoteEvent},
    ids::{NoteId, PropertyId, VisitId},
    message::Missing,
    note::{Department, NoteKind, NoteState, VisitNote},
};
use hefu_identity::query::numbers_in;
use hefu_kernel::{FIRST_DATE, Id as _};
use hefu_store::{Conn, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    property::{find_property, property_by_id, room_by_id},
    view::names::VisitNames,
    visit::{Visit, VisitAction, grouped, locate},
};

/// The longest text, characters.
const LONGEST: usize = 1_000;

/// The most that is written down about one visit.
const MOST: usize = 500;

/// A text that people write about a guest.
fn check_text(text: &str) -> Result<()> {
    if !(1..=LONGEST).contains(&text.trim().chars().count()) {
        return Err(AppError::invalid("text", Message::Length { from: 1, to: LONGEST }));
    }
    if looks_like_card_number(text) {
        return Err(AppError::invalid("text", Message::CardNumber));
    }
    Ok(())
}

/// Refuses a date that is over.
fn check_due(visit: &Visit, due: NaiveDate) -> Result<()> {
    let date = visit.property.business_date;
    if due < date {
        return Err(RuleError::new(Rule::BadDates, "due", Message::BeforeBusinessDate { date }).into());
    }
    Ok(())
}

async fn find(u: &mut Unit<'_>, visit: &Visit, id: NoteId) -> Result<VisitNote> {
    let found = query::desk::note(u.tx, visit.property.id, visit.reservation.id, id).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Note, id).at("note_id"))
}

fn wrong_state(state: NoteState) -> AppError {
    RuleError::new(Rule::WrongState, "note_id", Message::NoteIs { state }).into()
}

/// Writes something down about a visit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// What it is.
    pub kind: NoteKind,
    /// The text; stored sealed.
    pub text: String,
    /// Which room of the reservation, from 1. Default: all of them.
    #[serde(default)]
    pub line: Option<i64>,
    /// Whom it concerns. Of a trace: who is to do it.
    #[serde(default)]
    pub department: Option<Department>,
    /// When it is to be done; a note has none. Default: the arrival, or the business date if that is later.
    #[serde(default)]
    pub due: Option<NaiveDate>,
}

#[async_trait]
impl VisitAction for AddNote {
    const ACTION: Action = Action::NoteAdd;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_text(&self.text)?;
        let arrival = match self.line {
            Some(line) => visit.line(line)?.arrival,
            None => visit.reservation.arrival,
        };
        let due = match (self.kind, self.due) {
            (NoteKind::Note, None) => None,
            (NoteKind::Note, Some(_)) => return Err(AppError::invalid("due", Message::NoteWithDate)),
            (_, due) => Some(due.unwrap_or_else(|| arrival.max(visit.property.business_date))),
        };
        due.map_or(Ok(()), |due| check_due(visit, due))?;
        if self.kind == NoteKind::Trace && self.department.is_none() {
            return Err(AppError::invalid("department", Message::MissingField));
        }
        let (property_id, visit_id) = (visit.property.id, visit.reservation.id);
        if query::desk::notes(u.tx, property_id, visit_id).await?.len() >= MOST {
            return Err(RuleError::new(Rule::WrongState, (), Message::TooManyNotes { most: MOST }).into());
        }
        let mut note = VisitNote {
            property_id,
            visit_id,
            id: u.id(),
            kind: self.kind,
            state: if due.is_some() { NoteState::Open } else { NoteState::Kept },
            line: self.line,
            department: self.department,
            due,
            owner: visit.reservation.guest_id.uuid(),
            text: Vec::new(),
            written_by: u.ctx.principal.to_string(),
            written_at: u.now,
            done_by: None,
            done_at: None,
            version: 1,
        };
        query::desk::seal_note(u.tx, &mut note, &self.text, &numbers_in(&self.text)).await?;
        u.tx.insert(&note).await?;
        Ok(NoteEvent::Add {
            note_id: note.id,
            kind: self.kind,
            line: self.line,
            department: self.department,
            due,
            text: self.text.clone(),
        }
        .into())
    }
}

/// Changes what was written down and is not done: what is given of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeNote {
    /// The note.
    pub note_id: NoteId,
    /// The text; stored sealed.
    #[serde(default)]
    pub text: Option<String>,
    /// Whom it concerns.
    #[serde(default)]
    pub department: Option<Department>,
    /// When it is to be done.
    #[serde(default)]
    pub due: Option<NaiveDate>,
}

#[async_trait]
impl VisitAction for ChangeNote {
    const ACTION: Action = Action::NoteChange;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut note = find(u, visit, self.note_id).await?;
        if note.state == NoteState::Done {
            return Err(wrong_state(note.state));
        }
        if let Some(due) = self.due {
            if note.state == NoteState::Kept {
                return Err(AppError::invalid("due", Message::NoteWithDate));
            }
            check_due(visit, due)?;
            note.due = Some(due);
        }
        note.department = self.department.or(note.department);
        if let Some(text) = &self.text {
            check_text(text)?;
            query::desk::seal_note(u.tx, &mut note, text, &numbers_in(text)).await?;
        }
        u.tx.update(&mut note).await?;
        let Self { note_id, department, due, .. } = *self;
        Ok(NoteEvent::Change { note_id, department, due, text: self.text.clone() }.into())
    }
}

/// Says that something was done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishNote {
    /// The request, message or trace.
    pub note_id: NoteId,
}

#[async_trait]
impl VisitAction for FinishNote {
    const ACTION: Action = Action::NoteFinish;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut note = find(u, visit, self.note_id).await?;
        if note.state != NoteState::Open {
            return Err(wrong_state(note.state));
        }
        note.state = NoteState::Done;
        note.done_by = Some(u.ctx.principal.to_string());
        note.done_at = Some(u.now);
        u.tx.update(&mut note).await?;
        Ok(NoteEvent::Finish { note_id: self.note_id }.into())
    }
}

/// Says that something is to be done again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenNote {
    /// The request, message or trace.
    pub note_id: NoteId,
}

#[async_trait]
impl VisitAction for ReopenNote {
    const ACTION: Action = Action::NoteReopen;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let mut note = find(u, visit, self.note_id).await?;
        if note.state != NoteState::Done {
            return Err(wrong_state(note.state));
        }
        note.state = NoteState::Open;
        (note.done_by, note.done_at) = (None, None);
        u.tx.update(&mut note).await?;
        Ok(NoteEvent::Reopen { note_id: self.note_id }.into())
    }
}

/// Takes away what should not have been written down.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveNote {
    /// The note.
    pub note_id: NoteId,
}

#[async_trait]
impl VisitAction for RemoveNote {
    const ACTION: Action = Action::NoteRemove;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let note = find(u, visit, self.note_id).await?;
        query::desk::drop_note_tokens(u.tx, &note).await?;
        u.tx.delete(&note).await?;
        Ok(NoteEvent::Remove { note_id: self.note_id }.into())
    }
}

/// Takes what was written down about a room of a reservation along to the reservation that the room goes to.
///
/// # Errors
/// The database fails.
pub(crate) async fn carry(
    u: &mut Unit<'_>,
    (visit, line): (&Visit, i64),
    (to, as_line): (VisitId, i64),
) -> Result<()> {
    let vault = u.tx.vault().clone();
    for note in query::desk::notes(u.tx, visit.property.id, visit.reservation.id).await? {
        if note.line != Some(line) {
            continue;
        }
        let text = query::desk::note_text(u.tx, &vault, &note).await?;
        query::desk::drop_note_tokens(u.tx, &note).await?;
        u.tx.delete(&note).await?;
        let mut moved = VisitNote { visit_id: to, line: Some(as_line), version: 1, ..note };
        // Of whom was erased nothing can be read, and nothing is found.
        if let Some(text) = text {
            query::desk::seal_note(u.tx, &mut moved, &text, &numbers_in(&text)).await?;
        }
        u.tx.insert(&moved).await?;
    }
    Ok(())
}

/// Something written down about a visit, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoteView {
    /// Identifier: calls name it by this.
    pub id: NoteId,
    /// What it is.
    pub kind: NoteKind,
    /// Whether something is still to be done.
    pub state: NoteState,
    /// Which room of the reservation; none: all of them.
    pub line: Option<i64>,
    /// Whom it concerns; none: everybody.
    pub department: Option<Department>,
    /// When it is to be done.
    pub due: Option<NaiveDate>,
    /// The text; empty when the guest's data was erased.
    #[schema(value_type = String)]
    pub text: Personal<FreeText>,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    pub written_at: DateTime<Utc>,
    /// Who did it.
    pub done_by: Option<String>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// Version of the record.
    pub version: i64,
}

impl NoteView {
    async fn of(c: &mut Conn, vault: &Vault, masks: Masks, note: VisitNote) -> Result<Self> {
        let text = query::desk::note_text(c, vault, &note).await?;
        Ok(Self {
            id: note.id,
            kind: note.kind,
            state: note.state,
            line: note.line,
            department: note.department,
            due: note.due,
            text: Personal::of_some(masks, text).unwrap_or_default(),
            written_by: note.written_by,
            written_at: note.written_at,
            done_by: note.done_by,
            done_at: note.done_at,
            version: note.version,
        })
    }
}

/// What was written down about a visit, in order.
#[derive(Debug, Clone)]
pub struct ListNotes {
    /// Any number of the visit.
    pub number: String,
}

#[async_trait]
impl Query for ListNotes {
    const ACTION: Action = Action::NoteList;
    type Out = Vec<NoteView>;

    fn resource(&self) -> Resource<'_> {
        Resource::visit(&self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (vault, masks) = (r.vault(), r.masks());
        let c = r.snapshot().await?;
        let (property, visit) = locate(c, &self.number, None).await?;
        let code = property_by_id(c, property).await?.code;
        let mut shown = Vec::new();
        for note in query::desk::notes(c, property, visit).await? {
            shown.push(NoteView::of(c, &vault, masks, note).await?);
        }
        r.within(&code)?;
        Ok(shown)
    }
}

/// Something that is to be done for a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TraceView {
    /// The visit's number, in groups.
    pub number: String,
    /// The number of the room it is about, if that is known.
    pub room: Option<String>,
    /// What is to be done.
    pub note: NoteView,
}

/// Where a page of what is to be done ends: the date and the note.
pub type TraceCursor = (NaiveDate, NoteId);

/// What is to be done in a property by a date and was not yet, the oldest first.
#[derive(Debug, Clone)]
pub struct ListTraces {
    /// Code of the property.
    pub property: String,
    /// Until when; none: the business date.
    pub date: Option<NaiveDate>,
    /// By whom; none: by anybody.
    pub department: Option<Department>,
    /// Continue after this one.
    pub after: Option<TraceCursor>,
    /// At most so many.
    pub limit: i64,
}

/// The room that a note is about: of its room of the reservation, or of the only one.
async fn room_of(c: &mut Conn, property: PropertyId, note: &VisitNote) -> Result<Option<String>> {
    let rooms = query::visit::rooms(c, property, note.visit_id).await?;
    let about = match (note.line, rooms.as_slice()) {
        (Some(line), rooms) => rooms.iter().find(|room| room.line == line),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    match about.and_then(|room| room.room_id) {
        Some(room) => Ok(Some(room_by_id(c, property, room).await?.number)),
        None => Ok(None),
    }
}

#[async_trait]
impl Query for ListTraces {
    const ACTION: Action = Action::TraceList;
    type Out = (Vec<TraceView>, Option<TraceCursor>);

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (vault, masks) = (r.vault(), r.masks());
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let until = self.date.unwrap_or(property.business_date);
        let after = self.after.unwrap_or((FIRST_DATE, NoteId::NIL));
        let found =
            query::desk::open_notes(c, property.id, until, self.department, after, self.limit).await?;
        let is_full = i64::try_from(found.len()).is_ok_and(|n| n == self.limit);
        let next = found.last().filter(|_| is_full).and_then(|last| Some((last.due?, last.id)));
        let names = VisitNames::of(c, found.iter().map(|note| (property.id, note.visit_id))).await?;
        let mut shown = Vec::with_capacity(found.len());
        for note in found {
            shown.push(TraceView {
                number: grouped(&names.number(note.visit_id).unwrap_or_default()),
                room: room_of(c, property.id, &note).await?,
                note: NoteView::of(c, &vault, masks, note).await?,
            });
        }
        Ok((shown, next))
    }
}
