//! What a desk works with beside bookings and bills: notes and traces, flags of guests, and the lists of a day.

use chrono::NaiveDate;
use hefu_crypto::{Aad, KeyRing};
use hefu_domain::{
    guest::GuestFlag,
    ids::{GuestId, NoteId, PropertyId, VisitId},
    note::{Department, VisitNote},
    reservation::ReservationRoom,
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use super::books::is_over;
use crate::{Conn, NoteToken, StoreError, Tx, Vault, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

/// What tokens of numbers in notes are made as.
const IN_NOTE: &str = "in_note";

statements! {
    NOTES = "SELECT * FROM visit_note WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    NOTE = "SELECT * FROM visit_note WHERE property_id = $1 AND visit_id = $2 AND id = $3";
    NOTES_AFTER = "SELECT * FROM visit_note WHERE (property_id, visit_id, id) > ($1, $2, $3)
        ORDER BY property_id, visit_id, id LIMIT $4";
    WITH_TOKEN = "SELECT * FROM note_token WHERE token = $1 ORDER BY note_id DESC LIMIT $2";
    DROP_TOKENS = "DELETE FROM note_token WHERE property_id = $1 AND visit_id = $2 AND note_id = $3 RETURNING *";
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

pub(crate) fn note_aad(tenant: Uuid, note: NoteId) -> Aad<'static> {
    Aad { tenant, table: "visit_note", column: "text", row: note.uuid() }
}

/// What stands before a sealed text: zero, which begins no text, and the version of the ring under which its search tokens were made. Sealed with the text
/// nobody can alter it.
fn with_version(version: u16, text: &str) -> Vec<u8> {
    let mut whole = vec![0];
    whole.extend(version.to_be_bytes());
    whole.extend(text.as_bytes());
    whole
}

/// The version of the ring, and the text. A text that was sealed before there were tokens has none, and stands for version 0.
pub(crate) fn without_version(whole: Vec<u8>) -> Option<(u16, String)> {
    match whole.split_first_chunk::<3>() {
        Some(([0, high, low], text)) => {
            Some((u16::from_be_bytes([*high, *low]), String::from_utf8(text.to_vec()).ok()?))
        }
        _ => Some((0, String::from_utf8(whole).ok()?)),
    }
}

/// Seals a text as that of a note, under the data key of its owner, and makes its search tokens anew: of these keys.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_note(tx: &mut Tx, note: &mut VisitNote, text: &str, keys: &[String]) -> Result<()> {
    let (key, ring) = (tx.data_key(note.owner).await?, tx.ring());
    let aad = note_aad(ring.tenant(), note.id);
    note.text = key.seal(&*tx.vault().rng, &aad, &with_version(ring.current(), text));
    drop_note_tokens(tx, note).await?;
    tx.insert_all(&note_tokens(&ring, ring.current(), note.place(), keys)).await
}

/// Takes the search tokens of a note away.
///
/// # Errors
/// The database fails.
pub async fn drop_note_tokens(tx: &mut Tx, note: &VisitNote) -> Result<()> {
    let (property, visit, id) = note.place();
    tx.removed::<NoteToken>(DROP_TOKENS, args![property, visit, id]).await.map(drop)
}

/// The search tokens of a note with these keys, under a version of the ring; none if the ring does not have it.
pub fn note_tokens(
    ring: &KeyRing,
    version: u16,
    (property_id, visit_id, note_id): (PropertyId, VisitId, NoteId),
    keys: &[String],
) -> Vec<NoteToken> {
    let mut tokens: Vec<i64> = keys.iter().filter_map(|key| ring.token(version, IN_NOTE, key)).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.into_iter().map(|token| NoteToken { token, note_id, property_id, visit_id }).collect()
}

/// Where notes have a key, the newest first, at most `limit` under each live version of the ring. Tokens can collide: who looks for them reads
/// what the notes say.
///
/// # Errors
/// The database fails.
pub async fn notes_with(c: &mut Conn, vault: &Vault, key: &str, limit: i64) -> Result<Vec<NoteToken>> {
    let mut found = Vec::new();
    for token in vault.ring().tokens_live(IN_NOTE, key) {
        found.extend(c.all::<NoteToken>(WITH_TOKEN, args![token, limit]).await?);
    }
    Ok(found)
}

/// Notes after one, in order, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn notes_after(
    c: &mut Conn,
    (property, visit, id): (PropertyId, VisitId, NoteId),
    limit: i64,
) -> Result<Vec<VisitNote>> {
    c.all(NOTES_AFTER, args![property, visit, id, limit]).await
}

/// The text of a note, and the version of the ring under which its search tokens were made; none when its owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn opened_note(c: &mut Conn, vault: &Vault, note: &VisitNote) -> Result<Option<(u16, String)>> {
    let Some(key) = vault.find_to_read(c, note.owner).await? else { return Ok(None) };
    let opened = key
        .open(&note_aad(vault.ring().tenant(), note.id), &note.text)
        .map_err(|source| StoreError::Crypto { table: "visit_note", source })?;
    Ok(without_version(opened))
}

/// The text of a note; none when its owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn note_text(c: &mut Conn, vault: &Vault, note: &VisitNote) -> Result<Option<String>> {
    Ok(opened_note(c, vault, note).await?.map(|(_, text)| text))
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
