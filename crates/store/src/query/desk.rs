//! What a desk works with beside bookings and bills: notes and traces, flags of guests, and the lists of a day.

use chrono::NaiveDate;
use hefu_crypto::Aad;
use hefu_domain::{
    guest::GuestFlag,
    ids::{GuestId, NoteId, PropertyId, VisitId},
    note::{Department, VisitNote},
    reservation::ReservationRoom,
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use super::books::is_over;
use crate::{Conn, StoreError, Tx, Vault, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    NOTES = "SELECT * FROM visit_note WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    NOTE = "SELECT * FROM visit_note WHERE property_id = $1 AND visit_id = $2 AND id = $3";
    OPEN_NOTES = "SELECT * FROM visit_note
        WHERE property_id = $1 AND state = 'open' AND due <= $2 AND ($3 = '' OR department = $3)
          AND (due > $4 OR due = $4 AND id > $5)
        ORDER BY due, id LIMIT $6";
    FLAG = "SELECT * FROM guest_flag WHERE guest_id = $1 AND kind = $2";
    // Of the guest, of whoever was joined into the guest, of the one the guest was joined into, and of others who were: one person.
    FLAGS_OF = "SELECT f.* FROM guest_flag f WHERE f.guest_id = $1
        UNION ALL SELECT f.* FROM guest g CROSS JOIN guest_flag f WHERE g.merged_into = $1 AND f.guest_id = g.id
        UNION ALL SELECT f.* FROM guest g CROSS JOIN guest_flag f WHERE g.id = $1 AND f.guest_id = g.merged_into
        UNION ALL SELECT f.* FROM guest g CROSS JOIN guest o CROSS JOIN guest_flag f
            WHERE g.id = $1 AND o.merged_into = g.merged_into AND o.id <> $1 AND f.guest_id = o.id";
    NO_SHOW_ROOMS = "SELECT * FROM reservation_room
        WHERE property_id = $1 AND state = 'no_show' AND state_reason = $2 AND arrival >= $3 AND arrival <= $4
        ORDER BY visit_id, line LIMIT $5";
    // Whoever is in house first: few of all rooms there ever were.
    ROOMS_IN_HOUSE = "SELECT DISTINCT l.* FROM stay s CROSS JOIN reservation_room l
        WHERE s.property_id = $1 AND s.state = 'in_house'
          AND l.property_id = s.property_id AND l.visit_id = s.visit_id AND l.line = s.line";
    UNPAID = concat!("SELECT DISTINCT f.visit_id FROM folio f JOIN reservation r ON r.property_id = f.property_id AND r.id = f.visit_id
        WHERE f.property_id = $1 AND f.balance <> 0 AND f.visit_id > $2 AND ", is_over!(), "
        ORDER BY f.visit_id LIMIT $3");
    STAY_PEOPLE = "SELECT g.stay_id, g.guest_id, s.room_id FROM stay s CROSS JOIN stay_guest g
        WHERE s.property_id = $1 AND s.state = 'in_house'
          AND g.property_id = s.property_id AND g.visit_id = s.visit_id AND g.stay_id = s.id
        ORDER BY s.room_id, g.stay_id, g.guest_id";
}

/// What was written down about a visit, in order.
///
/// # Errors
/// The database fails.
pub async fn notes(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<VisitNote>> {
    c.all(NOTES, args![property, visit]).await
}

/// One of them.
///
/// # Errors
/// The database fails.
pub async fn note(
    c: &mut Conn,
    property: PropertyId,
    visit: VisitId,
    id: NoteId,
) -> Result<Option<VisitNote>> {
    c.first(NOTE, args![property, visit, id]).await
}

/// What is to be done by `until` and was not, the oldest first, after the date and id of another.
///
/// # Errors
/// The database fails.
pub async fn open_notes(
    c: &mut Conn,
    property: PropertyId,
    until: NaiveDate,
    department: Option<Department>,
    (due, id): (NaiveDate, NoteId),
    limit: i64,
) -> Result<Vec<VisitNote>> {
    let department = department.map(|department| department.code().to_owned()).unwrap_or_default();
    c.all(OPEN_NOTES, args![property, until, department, due, id, limit]).await
}

fn note_aad(tenant: Uuid, note: NoteId) -> Aad<'static> {
    Aad { tenant, table: "visit_note", column: "text", row: note.uuid() }
}

/// Seals a text as that of a note, under the data key of its owner.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_note(tx: &mut Tx, note: &mut VisitNote, text: &str) -> Result<()> {
    let key = tx.data_key(note.owner).await?;
    let aad = note_aad(tx.ring().tenant(), note.id);
    note.text = key.seal(&*tx.vault().rng, &aad, text.as_bytes());
    Ok(())
}

/// The text of a note; none when its owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn note_text(c: &mut Conn, vault: &Vault, note: &VisitNote) -> Result<Option<String>> {
    let Some(key) = vault.find_to_read(c, note.owner).await? else { return Ok(None) };
    let opened = key
        .open(&note_aad(vault.ring().tenant(), note.id), &note.text)
        .map_err(|source| StoreError::Crypto { table: "visit_note", source })?;
    Ok(String::from_utf8(opened).ok())
}

/// A flag of a guest as recorded under this very id.
///
/// # Errors
/// The database fails.
pub async fn flag(
    c: &mut Conn,
    guest: GuestId,
    kind: hefu_domain::guest::FlagKind,
) -> Result<Option<GuestFlag>> {
    c.first(FLAG, args![guest, kind]).await
}

/// The flags of a guest and of everybody who was recognised as the same person.
///
/// # Errors
/// The database fails.
pub async fn flags_of(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestFlag>> {
    c.all(FLAGS_OF, args![guest]).await
}

/// The column as `evidence` says it in SQL: no two flags of a guest give the same.
fn reason_column(flag: &GuestFlag) -> String {
    format!("reason:{}", flag.kind)
}

/// Seals why a flag was set, under the guest's data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_flag(tx: &mut Tx, flag: &mut GuestFlag, reason: &str) -> Result<()> {
    let key = tx.data_key(flag.guest_id.uuid()).await?;
    let column = reason_column(flag);
    let aad =
        Aad { tenant: tx.ring().tenant(), table: "guest_flag", column: &column, row: flag.guest_id.uuid() };
    flag.reason = key.seal(&*tx.vault().rng, &aad, reason.as_bytes());
    Ok(())
}

/// Why a flag was set; none when the guest was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn flag_reason(c: &mut Conn, vault: &Vault, flag: &GuestFlag) -> Result<Option<String>> {
    let Some(key) = vault.find_to_read(c, flag.guest_id.uuid()).await? else { return Ok(None) };
    let column = reason_column(flag);
    let tenant = vault.ring().tenant();
    let aad = Aad { tenant, table: "guest_flag", column: &column, row: flag.guest_id.uuid() };
    let opened =
        key.open(&aad, &flag.reason).map_err(|source| StoreError::Crypto { table: "guest_flag", source })?;
    Ok(String::from_utf8(opened).ok())
}

/// Rooms of reservations that were marked no-show for this reason and were to arrive on these dates.
///
/// # Errors
/// The database fails.
pub async fn no_show_rooms(
    c: &mut Conn,
    property: PropertyId,
    reason: &str,
    (from, to): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<ReservationRoom>> {
    c.all(NO_SHOW_ROOMS, args![property, reason.to_owned(), from, to, limit]).await
}

/// Everybody in house: the stay, the guest, and the room.
pub type InHouse = (hefu_domain::ids::StayId, GuestId, hefu_domain::ids::RoomId);

/// Everybody in house, room by room.
///
/// # Errors
/// The database fails.
pub async fn people_in_house(c: &mut Conn, property: PropertyId) -> Result<Vec<InHouse>> {
    c.all(STAY_PEOPLE, args![property]).await
}

/// The rooms of reservations in which somebody is in house.
///
/// # Errors
/// The database fails.
pub async fn rooms_in_house(c: &mut Conn, property: PropertyId) -> Result<Vec<ReservationRoom>> {
    c.all(ROOMS_IN_HOUSE, args![property]).await
}

/// Visits with a balance that are over: everybody has left, or nobody came. After another, in order.
///
/// # Errors
/// The database fails.
pub async fn unpaid(c: &mut Conn, property: PropertyId, after: VisitId, limit: i64) -> Result<Vec<VisitId>> {
    let found = c.all::<(VisitId,)>(UNPAID, args![property, after, limit]).await?;
    Ok(found.into_iter().map(|(visit,)| visit).collect())
}
