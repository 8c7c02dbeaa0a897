//! A visit and all that belongs to it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use hefu_crypto::Aad;
use hefu_domain::{
    folio::{Folio, GroupRouting, Posting, PostingOrigin, PreAuth, Routing},
    ids::{GroupId, GuestId, PreAuthId, PropertyId, RoomId, VisitId},
    reservation::{
        Deposit, Reservation, ReservationRoom, ReservationState, ReservationVersion, VisitAlias, VisitGroup,
    },
    stay::{Stay, StayGuest, StayRoom, StayShare, StayState},
};
use hefu_kernel::{Id, LAST_DATE};
use uuid::Uuid;

use crate::{
    Conn, GuestVisit, Record, StoreError, Tx, Vault,
    query::property::PropertyCodes,
    sql::{Sql, is_among, statements},
    value::{Row, args, required},
};

type Result<T> = std::result::Result<T, StoreError>;

/// Room by room what the desk looks at of a reservation `r`: the stay where there is one, else what was booked; of one without rooms the reservation.
macro_rules! whereabouts {
    (columns) => {
        "r.id, r.number, r.state, x.state, r.guest_id, r.arrival, r.departure,
            coalesce(s.room_id, x.room_id), m.number, s.state,
            coalesce(s.arrival, x.arrival, r.arrival), coalesce(s.departure, x.departure, r.departure)"
    };
    (joins) => {
        "reservation_room x ON x.property_id = r.property_id AND x.visit_id = r.id
        LEFT JOIN stay s ON s.property_id = x.property_id AND s.visit_id = x.visit_id AND s.id = x.stay_id
            AND s.state <> 'undone'
        LEFT JOIN room m ON m.property_id = x.property_id AND m.id = coalesce(s.room_id, x.room_id)"
    };
}

/// The guests who were joined into thirty-two others, found before anything is joined to them: PostgreSQL without statistics takes them for so
/// many that it would rather go through all visits.
macro_rules! joined_into {
    () => {
        "WITH m AS MATERIALIZED (SELECT id, merged_into FROM guest
            WHERE merged_into IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)) "
    };
}

statements! {
    BY_NUMBER = "SELECT * FROM visit_alias WHERE number = $1 ORDER BY CASE system WHEN 'hefu' THEN 0 ELSE 1 END, system";
    ALIASES = "SELECT * FROM visit_alias WHERE property_id = $1 AND visit_id = $2 ORDER BY system, number";
    RESERVATION = "SELECT * FROM reservation WHERE property_id = $1 AND id = $2";
    ROOMS = "SELECT * FROM reservation_room WHERE property_id = $1 AND visit_id = $2 ORDER BY line";
    VERSIONS = "SELECT * FROM reservation_version WHERE property_id = $1 AND visit_id = $2 ORDER BY version";
    DEPOSITS = "SELECT * FROM deposit WHERE property_id = $1 AND visit_id = $2 ORDER BY instalment";
    STAYS = "SELECT * FROM stay WHERE property_id = $1 AND visit_id = $2 ORDER BY line, id";
    STAY_GUESTS = "SELECT * FROM stay_guest WHERE property_id = $1 AND visit_id = $2 ORDER BY stay_id, guest_id";
    SHARES = "SELECT * FROM stay_share WHERE property_id = $1 AND visit_id = $2 ORDER BY stay_id";
    STAY_ROOMS = "SELECT * FROM stay_room WHERE property_id = $1 AND visit_id = $2 ORDER BY stay_id, seq";
    FOLIOS = "SELECT * FROM folio WHERE property_id = $1 AND visit_id = $2 ORDER BY \"window\"";
    POSTINGS = "SELECT * FROM posting WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    ORIGINS = "SELECT * FROM posting_origin WHERE property_id = $1 AND visit_id = $2 ORDER BY posting_id";
    GROUP_ROUTING = "SELECT * FROM group_routing WHERE group_id = $1 AND property_id = $2 AND code_group = $3";
    GROUP_ROUTINGS = "SELECT * FROM group_routing WHERE group_id = $1 ORDER BY property_id, code_group";
    PRE_AUTHS = "SELECT * FROM pre_auth WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    ROUTINGS = "SELECT * FROM routing WHERE property_id = $1 AND visit_id = $2 ORDER BY code_group";
    OF_GUEST = "SELECT * FROM guest_visit WHERE guest_id = $1 AND arrival <= $2 AND departure >= $3
        ORDER BY arrival DESC, visit_id DESC LIMIT $4";
    OF_GUEST_AMONG = concat!("SELECT * FROM guest_visit v WHERE v.guest_id = $1 AND v.arrival <= $2 AND v.departure >= $3
          AND ", is_among!("v.property_id", "$4"), " ORDER BY v.arrival DESC, v.visit_id DESC LIMIT $5");
    // What is alive: promised or hoped for, and somebody of it is here or yet to come. Of two part-day bookings the day counts. Stays and rooms
    // are counted by the key of the visit: for EXISTS PostgreSQL may read everybody who is in house, once for each question.
    BOOKED_BY = "SELECT r.property_id, r.id FROM guest_visit v JOIN reservation r ON r.property_id = v.property_id AND r.id = v.visit_id
        WHERE v.guest_id = $1 AND v.visit_id <> $5 AND r.guest_id = $1 AND r.state IN ('reserved', 'requested', 'waitlisted')
          AND (v.arrival < $3 AND v.departure > $2 OR v.arrival = v.departure AND v.arrival = $2 AND $2 = $3)
          AND ((SELECT count(CASE WHEN x.stay_id IS NULL AND x.state IN ('reserved', 'requested', 'waitlisted') THEN 1 END) FROM reservation_room x WHERE x.property_id = r.property_id AND x.visit_id = r.id)
            + (SELECT count(CASE s.state WHEN 'in_house' THEN 1 END) FROM stay s WHERE s.property_id = r.property_id AND s.visit_id = r.id)) > 0
        ORDER BY v.arrival, r.id LIMIT $4";
    // Whether there can be such, of the guest or of somebody who is or may be the same person.
    MAY_BE_TWICE = "SELECT CAST(1 AS BIGINT) WHERE
        EXISTS (SELECT 1 FROM guest_visit WHERE guest_id = $1 AND visit_id <> $4 AND arrival <= $3 AND departure >= $2)
        OR EXISTS (SELECT 1 FROM guest WHERE id = $1 AND merged_into IS NOT NULL)
        OR EXISTS (SELECT 1 FROM guest WHERE merged_into = $1)
        OR EXISTS (SELECT 1 FROM guest_pair WHERE one = $1) OR EXISTS (SELECT 1 FROM guest_pair WHERE two = $1)";
    STANDING = "SELECT x.line, t.code, m.number, s.state FROM reservation_room x
        JOIN room_type t ON t.property_id = x.property_id AND t.id = x.room_type_id
        LEFT JOIN room m ON m.property_id = x.property_id AND m.id = x.room_id
        LEFT JOIN stay s ON s.property_id = x.property_id AND s.visit_id = x.visit_id AND s.id = x.stay_id
        WHERE x.property_id = $1 AND x.visit_id = $2 ORDER BY x.line";
    SPENT_BY = "SELECT r.property_id, count(DISTINCT CASE r.state WHEN 'reserved' THEN r.id END),
            CAST(coalesce(sum(CASE WHEN p.kind IN ('revenue', 'tax') THEN p.amount ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN p.kind IN ('revenue', 'tax') THEN 0 ELSE -p.amount END), 0) AS BIGINT)
        FROM guest_visit v JOIN reservation r ON r.property_id = v.property_id AND r.id = v.visit_id
        LEFT JOIN posting p ON p.property_id = r.property_id AND p.visit_id = r.id
        WHERE v.guest_id = $1 AND r.guest_id = $1 GROUP BY r.property_id";
    CHARGED_AND_PAID = "SELECT CAST(coalesce(sum(CASE WHEN kind IN ('revenue', 'tax') THEN amount ELSE 0 END), 0) AS BIGINT),
            CAST(coalesce(sum(CASE WHEN kind IN ('revenue', 'tax') THEN 0 ELSE -amount END), 0) AS BIGINT)
        FROM posting WHERE property_id = $1 AND visit_id = $2";
    BALANCE = "SELECT CAST(coalesce(sum(balance), 0) AS BIGINT) FROM folio WHERE property_id = $1 AND visit_id = $2";
    ARRIVALS = "SELECT * FROM reservation
        WHERE property_id = $1 AND arrival >= $2 AND arrival <= $3 AND state = $4 ORDER BY arrival, id LIMIT $5";
    // Whether more than so many leave from a date on.
    MANY_LEAVE = "SELECT departure FROM reservation WHERE property_id = $1 AND departure >= $2
        ORDER BY departure LIMIT 1 OFFSET $3";
    // In order of booking, by the primary key: a page is soon full where many are of these dates.
    RESERVATIONS = "SELECT * FROM reservation
        WHERE property_id = $1 AND id > $2 AND departure >= $3 AND arrival <= $4 AND ($5 = '' OR state = $5)
        ORDER BY id LIMIT $6";
    // By the index of departures, and sorted afterwards: else they would be looked for in order of booking, among all there ever were.
    RESERVATIONS_TOUCHING = "WITH leaving AS MATERIALIZED (SELECT * FROM reservation
            WHERE property_id = $1 AND departure >= $3 AND ($5 = '' OR state = $5))
        SELECT * FROM leaving WHERE arrival <= $4 AND id > $2 ORDER BY id LIMIT $6";
    IN_HOUSE = "SELECT * FROM stay WHERE property_id = $1 AND state = 'in_house' ORDER BY room_id";
    DEPARTED_SINCE = "SELECT * FROM stay
        WHERE property_id = $1 AND departure >= $2 AND state = 'checked_out' ORDER BY departure DESC LIMIT $3";
    IN_ROOM = "SELECT DISTINCT visit_id FROM room_night
        WHERE property_id = $1 AND room_id = $2 AND night >= $3 AND night <= $4 AND visit_id IS NOT NULL";
    // By the hour: the nights of the room say only that it is let so.
    IN_ROOM_BY_THE_HOUR = "SELECT visit_id FROM reservation_room
        WHERE property_id = $1 AND room_id = $2 AND arrival >= $3 AND arrival <= $4 AND departure = arrival AND counted_type_id IS NOT NULL";
    IN_ROOM_BY_THE_HOUR_UNTIL = "SELECT visit_id, arrival FROM reservation_room
        WHERE property_id = $1 AND room_id = $2 AND arrival <= $3 AND departure = arrival AND counted_type_id IS NOT NULL
        ORDER BY arrival DESC LIMIT $4";
    IN_ROOM_NOW = "SELECT visit_id FROM stay WHERE property_id = $1 AND room_id = $2 AND state = 'in_house'";
    IN_ROOM_UNTIL = "SELECT visit_id, night FROM room_night
        WHERE property_id = $1 AND room_id = $2 AND night <= $3 AND visit_id IS NOT NULL ORDER BY night DESC LIMIT $4";
    GROUP = "SELECT * FROM visit_group WHERE id = $1";
    GROUP_BY_CODE = "SELECT * FROM visit_group WHERE code = $1";
    GROUPS = "SELECT * FROM visit_group ORDER BY id DESC LIMIT $1";
    GROUP_VISITS = "SELECT * FROM reservation WHERE group_id = $1 ORDER BY company, arrival, number";
    GROUP_VISITS_AMONG = concat!("SELECT r.* FROM reservation r WHERE r.group_id = $1 AND ", is_among!("r.property_id", "$2"),
        " ORDER BY r.company, r.arrival, r.number");
    GROUP_ROOMS = "SELECT rr.* FROM reservation r
        JOIN reservation_room rr ON rr.property_id = r.property_id AND rr.visit_id = r.id
        WHERE r.group_id = $1 ORDER BY rr.visit_id, rr.line";
    GROUP_MONEY = concat!("SELECT r.id,
            CAST(sum(CASE WHEN p.kind IN ('revenue', 'tax') THEN p.amount ELSE 0 END) AS BIGINT),
            CAST(sum(CASE WHEN p.kind IN ('revenue', 'tax') THEN 0 ELSE -p.amount END) AS BIGINT),
            (SELECT CAST(sum(f.balance) AS BIGINT) FROM folio f WHERE f.property_id = r.property_id AND f.visit_id = r.id)
        FROM reservation r JOIN posting p ON p.property_id = r.property_id AND p.visit_id = r.id
        WHERE r.group_id = $1 AND ", is_among!("r.property_id", "$2"), " GROUP BY r.property_id, r.id");
    POSTING_ONCE = "SELECT * FROM posting WHERE property_id = $1 AND once = $2";
    // The visits of guests and of those who were joined into them, through the key of `guest_visit`, which begins with the guest. Of the
    // latest also where they are: on PostgreSQL to ask again costs more.
    OF_GUESTS = concat!(
        joined_into!(), "SELECT v.root, v.guest_id, v.property_id, v.visit_id, v.arrival, v.departure, ", whereabouts!(columns),
        " FROM (SELECT o.*, row_number() OVER (ORDER BY o.arrival DESC, o.visit_id DESC) AS place
            FROM (SELECT g.guest_id AS root, g.* FROM guest_visit g
                WHERE g.guest_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
                  AND g.arrival <= $33 AND g.departure >= $34 AND ($35 OR g.property_id = $36)
                UNION ALL SELECT m.merged_into, g.* FROM m CROSS JOIN guest_visit g
                WHERE g.guest_id = m.id AND g.arrival <= $33 AND g.departure >= $34 AND ($35 OR g.property_id = $36)) AS o
            ORDER BY place LIMIT $37) AS v
        LEFT JOIN reservation r ON r.property_id = v.property_id AND r.id = CASE WHEN v.place <= $38 THEN v.visit_id END
        LEFT JOIN ", whereabouts!(joins), " ORDER BY v.place, x.line"
    );
    LATEST_OF_GUESTS = concat!(joined_into!(), "SELECT l.root, l.property_id, l.visit_id, l.arrival, l.visits
        FROM (SELECT v.*, count(*) OVER (PARTITION BY v.root) AS visits, row_number() OVER (
                PARTITION BY v.root ORDER BY v.arrival DESC, v.visit_id DESC) AS place
            FROM (SELECT guest_id AS root, property_id, visit_id, arrival FROM guest_visit WHERE guest_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
                UNION ALL SELECT m.merged_into, o.property_id, o.visit_id, o.arrival
                FROM m CROSS JOIN guest_visit o WHERE o.guest_id = m.id) AS v) AS l
        WHERE l.place = 1");
    // Every property is asked by the unique key (property_id, number) of its rooms.
    ROOMS_OF_NUMBER = "SELECT r.property_id, r.id FROM property p JOIN room r ON r.property_id = p.id AND r.number = $1
        WHERE $2 OR p.id = $3 ORDER BY p.code LIMIT $4";
    // Each visit with its property: of a list of properties PostgreSQL without statistics would go through all visits. The first part finds
    // nothing; it says of what type the others are.
    WHEREABOUTS = concat!(
        "WITH v AS MATERIALIZED (SELECT property_id, id FROM room WHERE property_id IS NULL
            UNION ALL SELECT $1, $2 UNION ALL SELECT $3, $4 UNION ALL SELECT $5, $6 UNION ALL SELECT $7, $8
            UNION ALL SELECT $9, $10 UNION ALL SELECT $11, $12 UNION ALL SELECT $13, $14 UNION ALL SELECT $15, $16
            UNION ALL SELECT $17, $18 UNION ALL SELECT $19, $20 UNION ALL SELECT $21, $22 UNION ALL SELECT $23, $24
            UNION ALL SELECT $25, $26 UNION ALL SELECT $27, $28 UNION ALL SELECT $29, $30 UNION ALL SELECT $31, $32
            UNION ALL SELECT $33, $34 UNION ALL SELECT $35, $36 UNION ALL SELECT $37, $38 UNION ALL SELECT $39, $40
            UNION ALL SELECT $41, $42 UNION ALL SELECT $43, $44 UNION ALL SELECT $45, $46 UNION ALL SELECT $47, $48
            UNION ALL SELECT $49, $50 UNION ALL SELECT $51, $52 UNION ALL SELECT $53, $54 UNION ALL SELECT $55, $56
            UNION ALL SELECT $57, $58 UNION ALL SELECT $59, $60 UNION ALL SELECT $61, $62 UNION ALL SELECT $63, $64)
        SELECT ", whereabouts!(columns), " FROM v CROSS JOIN reservation r LEFT JOIN ", whereabouts!(joins),
        " WHERE r.property_id = v.property_id AND r.id = v.id ORDER BY x.line"
    );
    // Whom the desk has to do with: who arrives soon, who lives here, who has just left. By the indexes
    // reservation_arrival, stay_in_house and stay_departure.
    CURRENT = "SELECT r.id, r.guest_id FROM reservation r
        WHERE r.property_id = $1 AND r.arrival >= $2 AND r.arrival <= $3 AND r.state IN ('reserved', 'requested', 'waitlisted')
        UNION SELECT g.visit_id, g.guest_id FROM stay s
        JOIN stay_guest g ON g.property_id = s.property_id AND g.visit_id = s.visit_id AND g.stay_id = s.id
        WHERE s.property_id = $1 AND s.state = 'in_house'
        UNION SELECT g.visit_id, g.guest_id FROM stay s
        JOIN stay_guest g ON g.property_id = s.property_id AND g.visit_id = s.visit_id AND g.stay_id = s.id
        WHERE s.property_id = $1 AND s.departure >= $4 AND s.state = 'checked_out'
        LIMIT $5";
    NUMBERS = "SELECT id, number FROM reservation
        WHERE property_id = $33 AND id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";
    // Each change of a visit has a journal entry that names it. Its group changes without one.
    REVISION = "SELECT (SELECT count(*) FROM journal j WHERE j.visit_id = $2),
            (SELECT count(*) FROM visit_alias a WHERE a.property_id = $1 AND a.visit_id = $2),
            (SELECT v.version FROM visit_group v WHERE v.id = $3),
            (SELECT CAST(coalesce(sum(f.balance), 0) AS BIGINT) FROM folio f WHERE f.property_id = $1 AND f.visit_id = $2)";
    STAYS_ARRIVED = "SELECT count(*) FROM stay WHERE property_id = $1 AND visit_id = $2 AND state <> 'undone'";
}

/// Where a number leads: its own visit first, then outside systems'.
///
/// # Errors
/// The database fails.
pub async fn by_number(c: &mut Conn, number: &str) -> Result<Vec<VisitAlias>> {
    c.all(BY_NUMBER, args![number.to_owned()]).await
}

macro_rules! of_visit {
    ($($(#[$meta:meta])* $name:ident = $sql:ident -> $row:ty;)+) => { $(
        $(#[$meta])*
        ///
        /// # Errors
        /// The database fails.
        pub async fn $name(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<$row>> {
            c.all($sql, args![property, visit]).await
        }
    )+ };
}

of_visit! {
    /// The numbers a visit is found under.
    aliases = ALIASES -> VisitAlias;
    /// The rooms of the reservation, by line.
    rooms = ROOMS -> ReservationRoom;
    /// Its earlier versions.
    versions = VERSIONS -> ReservationVersion;
    /// Deposits and instalments.
    deposits = DEPOSITS -> Deposit;
    /// The rooms lived in.
    stays = STAYS -> Stay;
    /// The people in them.
    stay_guests = STAY_GUESTS -> StayGuest;
    /// What stays pay that share a room.
    shares = SHARES -> StayShare;
    /// The rooms each stay was in.
    stay_rooms = STAY_ROOMS -> StayRoom;
    /// The windows of the bill.
    folios = FOLIOS -> Folio;
    /// Where lines of the bill came from that were moved from other visits.
    origins = ORIGINS -> PostingOrigin;
    /// Every line of the bill, in order of posting.
    postings = POSTINGS -> Posting;
    /// Pre-authorisations.
    pre_auths = PRE_AUTHS -> PreAuth;
    /// Which charges go to which window.
    routings = ROUTINGS -> Routing;
}

/// A reservation.
///
/// # Errors
/// The database fails.
pub async fn reservation(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Option<Reservation>> {
    c.first(RESERVATION, args![property, visit]).await
}

fn card_token_aad(tenant: Uuid, auth: PreAuthId) -> Aad<'static> {
    Aad { tenant, table: "pre_auth", column: "card_token", row: auth.uuid() }
}

/// Seals the terminal's token for a card under its owner's data key: whoever has it may charge the card.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_card_token(tx: &mut Tx, auth: &mut PreAuth, token: &str) -> Result<()> {
    let key = tx.data_key(auth.owner).await?;
    let aad = card_token_aad(tx.ring().tenant(), auth.id);
    auth.card_token = key.seal(&*tx.vault().rng, &aad, token.as_bytes());
    Ok(())
}

/// The terminal's token for a card, for whoever speaks to the terminal; none when its owner was erased.
///
/// # Errors
/// What was sealed was changed.
pub async fn card_token(c: &mut Conn, vault: &Vault, auth: &PreAuth) -> Result<Option<String>> {
    let Some(key) = vault.find_to_read(c, auth.owner).await? else { return Ok(None) };
    let opened = key
        .open(&card_token_aad(vault.ring().tenant(), auth.id), &auth.card_token)
        .map_err(|source| StoreError::Crypto { table: "pre_auth", source })?;
    Ok(String::from_utf8(opened).ok())
}

/// On PostgreSQL whoever else changes the visit waits; the embedded engine has one writer.
pub(crate) const LOCK_FOR_UPDATE: [Sql; 2] =
    [RESERVATION, Sql("SELECT * FROM reservation WHERE property_id = $1 AND id = $2 FOR NO KEY UPDATE")];

/// A reservation that is to be changed, or anything of its visit: until this unit ends nobody else holds it, so what is read of the
/// visit from now on stays as it is.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock_for_update(
    tx: &mut Tx,
    property: PropertyId,
    visit: VisitId,
) -> Result<Option<Reservation>> {
    let sql = LOCK_FOR_UPDATE[usize::from(!tx.is_sqlite())];
    tx.first(sql, args![property, visit]).await
}

/// A guest's visits that touch the dates from `from` to `to`, the latest first.
///
/// # Errors
/// The database fails.
pub async fn of_guest(
    c: &mut Conn,
    guest: GuestId,
    (from, to): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<GuestVisit>> {
    c.all(OF_GUEST, args![guest, to, from, limit]).await
}

/// A guest's visits in these properties that touch the dates from `from` to `to`, the latest first.
///
/// # Errors
/// The database fails.
pub async fn of_guest_among(
    c: &mut Conn,
    guest: GuestId,
    (from, to): (NaiveDate, NaiveDate),
    properties: &PropertyCodes,
    limit: i64,
) -> Result<Vec<GuestVisit>> {
    c.all(OF_GUEST_AMONG, args![guest, to, from, properties.text(), limit]).await
}

/// Bookings beside `visit` that a guest made and that are alive, for nights or the day from `from` to `to`, the earliest first.
///
/// # Errors
/// The database fails.
pub async fn booked_by(
    c: &mut Conn,
    guest: GuestId,
    visit: VisitId,
    (from, to): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<(PropertyId, VisitId)>> {
    c.all(BOOKED_BY, args![guest, from, to, limit, visit]).await
}

/// Whether there can be a booking beside `visit` for its dates, from `from` to `to`, by its guest or somebody who is or may be the same
/// person. Mostly there cannot, and one question tells.
///
/// # Errors
/// The database fails.
pub async fn may_be_twice(
    c: &mut Conn,
    guest: GuestId,
    visit: VisitId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<bool> {
    Ok(c.first::<(i64,)>(MAY_BE_TWICE, args![guest, from, to, visit]).await?.is_some())
}

/// Where a room of a reservation stands: its line, the code of the type that was sold, the number of the room once one is set aside, and
/// where the stay stands that it became.
pub type RoomStanding = (i64, String, Option<String>, Option<StayState>);

/// Where each room of a reservation stands, by line.
///
/// # Errors
/// The database fails.
pub async fn room_states(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<RoomStanding>> {
    c.all(STANDING, args![property, visit]).await
}

/// Reservations in `state` that arrive from `from` to `to`.
///
/// # Errors
/// The database fails.
pub async fn arrivals(
    c: &mut Conn,
    property: PropertyId,
    (from, to): (NaiveDate, NaiveDate),
    state: ReservationState,
    limit: i64,
) -> Result<Vec<Reservation>> {
    c.all(ARRIVALS, args![property, from, to, state, limit]).await
}

/// Reservations that touch the dates, in order of booking, after `after`.
///
/// # Errors
/// The database fails.
pub async fn reservations(
    c: &mut Conn,
    property: PropertyId,
    after: VisitId,
    (from, to): (NaiveDate, NaiveDate),
    state: Option<ReservationState>,
    limit: i64,
) -> Result<Vec<Reservation>> {
    let state = state.map_or("", |state| state.code()).to_owned();
    let values = args![property, after, from, to, state, limit];
    match c.first::<(NaiveDate,)>(MANY_LEAVE, args![property, from, MANY]).await? {
        Some(_) => c.all(RESERVATIONS, values).await,
        None => c.all(RESERVATIONS_TOUCHING, values).await,
    }
}

/// Everybody in house.
///
/// # Errors
/// The database fails.
pub async fn in_house(c: &mut Conn, property: PropertyId) -> Result<Vec<Stay>> {
    c.all(IN_HOUSE, args![property]).await
}

/// Stays that ended on or after `since`, the latest first.
///
/// # Errors
/// The database fails.
pub async fn departed_since(
    c: &mut Conn,
    property: PropertyId,
    since: NaiveDate,
    limit: i64,
) -> Result<Vec<Stay>> {
    c.all(DEPARTED_SINCE, args![property, since, limit]).await
}

/// Visits that hold a room on a date from `from` to `to`.
///
/// # Errors
/// The database fails.
pub async fn in_room(
    c: &mut Conn,
    property: PropertyId,
    room: RoomId,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<VisitId>> {
    let mut found = c.all::<(VisitId,)>(IN_ROOM, args![property, room, from, to]).await?;
    found.extend(c.all::<(VisitId,)>(IN_ROOM_BY_THE_HOUR, args![property, room, from, to]).await?);
    let visits: BTreeSet<VisitId> = found.into_iter().map(|(visit,)| visit).collect();
    Ok(visits.into_iter().collect())
}

/// Visits living in a room now.
///
/// # Errors
/// The database fails.
pub async fn in_room_now(c: &mut Conn, property: PropertyId, room: RoomId) -> Result<Vec<VisitId>> {
    let found = c.all::<(VisitId,)>(IN_ROOM_NOW, args![property, room]).await?;
    // Those who share a room have a stay each. Few as they are, SQLite would make a table to tell them apart.
    let visits: BTreeSet<VisitId> = found.into_iter().map(|(visit,)| visit).collect();
    Ok(visits.into_iter().collect())
}

/// So many reservations are sorted for one page.
const MANY: i64 = 5_000;

/// Nights of a room that are read at once.
const NIGHTS: i64 = 100;

/// The latest visits that held a room.
///
/// # Errors
/// The database fails.
pub async fn in_room_ever(
    c: &mut Conn,
    property: PropertyId,
    room: RoomId,
    limit: i64,
) -> Result<Vec<VisitId>> {
    let by_the_hour = c
        .all::<(VisitId, NaiveDate)>(IN_ROOM_BY_THE_HOUR_UNTIL, args![property, room, LAST_DATE, limit])
        .await?;
    let (mut visits, mut until): (Vec<(VisitId, NaiveDate)>, _) = (Vec::new(), LAST_DATE);
    let limit = usize::try_from(limit).unwrap_or(0);
    loop {
        let nights =
            c.all::<(VisitId, NaiveDate)>(IN_ROOM_UNTIL, args![property, room, until, NIGHTS]).await?;
        for (visit, night) in &nights {
            if visits.len() < limit && !visits.iter().any(|(known, _)| known == visit) {
                visits.push((*visit, *night));
            }
        }
        match nights.last() {
            // A page has more nights than a night has parts.
            Some((_, night)) if visits.len() < limit && nights.len() as i64 == NIGHTS => until = *night,
            _ => break,
        }
    }
    visits.extend(by_the_hour);
    visits.sort_by_key(|(_, night)| std::cmp::Reverse(*night));
    let mut latest: Vec<VisitId> = Vec::new();
    for (visit, _) in visits {
        if latest.len() < limit && !latest.contains(&visit) {
            latest.push(visit);
        }
    }
    Ok(latest)
}

/// A group.
///
/// # Errors
/// The database fails.
pub async fn group(c: &mut Conn, id: GroupId) -> Result<Option<VisitGroup>> {
    c.first(GROUP, args![id]).await
}

/// A group by its code.
///
/// # Errors
/// The database fails.
pub async fn group_by_code(c: &mut Conn, code: &str) -> Result<Option<VisitGroup>> {
    c.first(GROUP_BY_CODE, args![code.to_owned()]).await
}

/// Which visit pays the charges of a group of codes for a group's rooms.
///
/// # Errors
/// The database fails.
pub async fn group_routing(
    c: &mut Conn,
    group: GroupId,
    property: PropertyId,
    code_group: &str,
) -> Result<Option<GroupRouting>> {
    c.first(GROUP_ROUTING, args![group, property, code_group.to_owned()]).await
}

/// Which visits pay which charges of a group's rooms.
///
/// # Errors
/// The database fails.
pub async fn group_routings(c: &mut Conn, group: GroupId) -> Result<Vec<GroupRouting>> {
    c.all(GROUP_ROUTINGS, args![group]).await
}

/// The groups, the newest first.
///
/// # Errors
/// The database fails.
pub async fn groups(c: &mut Conn, limit: i64) -> Result<Vec<VisitGroup>> {
    c.all(GROUPS, args![limit]).await
}

/// The reservations of a group, by company.
///
/// # Errors
/// The database fails.
pub async fn group_visits(c: &mut Conn, group: GroupId) -> Result<Vec<Reservation>> {
    c.all(GROUP_VISITS, args![group]).await
}

/// The reservations of a group in these properties, by company.
///
/// # Errors
/// The database fails.
pub async fn group_visits_among(
    c: &mut Conn,
    group: GroupId,
    properties: &PropertyCodes,
) -> Result<Vec<Reservation>> {
    c.all(GROUP_VISITS_AMONG, args![group, properties.text()]).await
}

/// The posting that happened under a once-only key.
///
/// # Errors
/// The database fails.
pub async fn posting_once(c: &mut Conn, property: PropertyId, once: &str) -> Result<Option<Posting>> {
    c.first(POSTING_ONCE, args![property, once.to_owned()]).await
}

/// The numbers of visits.
///
/// # Errors
/// The database fails.
pub async fn numbers(c: &mut Conn, visits: &[(PropertyId, VisitId)]) -> Result<Vec<(VisitId, String)>> {
    let mut of_properties: BTreeMap<PropertyId, Vec<VisitId>> = BTreeMap::new();
    visits.iter().for_each(|(property, visit)| of_properties.entry(*property).or_default().push(*visit));
    let mut found = Vec::new();
    for (property, visits) in of_properties {
        for visits in visits.chunks(32) {
            let mut values = some_ids::<_, 32>(visits);
            values.extend(args![property]);
            found.extend(c.all(NUMBERS, values).await?);
        }
    }
    Ok(found)
}

/// A number that differs whenever anything of a visit has changed: its booking, stays, bill or points, its numbers, its group. Who its guests are is part of it;
/// what is known of them is not, since they have tags of their own, and whoever is recognised behind a desk's back must not refuse what the desk does. `unwritten`
/// is how many journal entries of the visit the unit has still to write.
///
/// # Errors
/// The database fails.
pub async fn revision(c: &mut Conn, of: &Reservation, unwritten: i64) -> Result<u64> {
    revision_and_balance(c, of, unwritten).await.map(|(revision, _)| revision)
}

/// The same, and the balance due on all windows, minor units: a change to a visit answers both, and one statement is sooner answered than two.
///
/// # Errors
/// The database fails.
pub async fn revision_and_balance(c: &mut Conn, of: &Reservation, unwritten: i64) -> Result<(u64, i64)> {
    let found =
        c.first::<(i64, i64, Option<i64>, i64)>(REVISION, args![of.property_id, of.id, of.group_id]).await?;
    let (entries, aliases, group, balance) =
        found.ok_or_else(|| crate::value::corrupt(0, "has no row, where there is always one"))?;
    let parts = [of.version, entries + unwritten, aliases, group.unwrap_or_default()];
    let digest = hefu_crypto::sha256(&[&parts.map(i64::to_be_bytes).concat()]);
    Ok((digest[..8].iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), balance))
}

/// By property: how many confirmed reservations a guest made there, what was charged on all the guest made, with tax, and what was paid, minor
/// units. A property has one currency.
///
/// # Errors
/// The database fails.
pub async fn spent_by(c: &mut Conn, guest: GuestId) -> Result<Vec<(PropertyId, i64, i64, i64)>> {
    c.all(SPENT_BY, args![guest]).await
}

/// What was charged on all windows of a visit, with tax, and what was paid, minor units.
///
/// # Errors
/// The database fails.
pub async fn charged_and_paid(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<(i64, i64)> {
    Ok(c.first(CHARGED_AND_PAID, args![property, visit]).await?.unwrap_or_default())
}

/// What is still to be paid on all windows of a visit, minor units.
///
/// # Errors
/// The database fails.
pub async fn balance(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<i64> {
    Ok(c.first::<(i64,)>(BALANCE, args![property, visit]).await?.map_or(0, |(balance,)| balance))
}

/// How many rooms of a visit were taken, check-ins taken back aside.
///
/// # Errors
/// The database fails.
pub async fn stays_arrived(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<i64> {
    Ok(c.first::<(i64,)>(STAYS_ARRIVED, args![property, visit]).await?.map_or(0, |(n,)| n))
}

/// A visit of a guest that was asked for, or of one who was joined into it.
#[derive(Debug, Clone)]
pub struct OfGuest {
    /// The guest that was asked for.
    pub root: GuestId,
    /// The visit, under the guest it was booked for or lived in by.
    pub visit: GuestVisit,
    /// Where it is, room by room; empty of the older ones of very many.
    pub rooms: Vec<Whereabouts>,
}

/// So many of the latest visits are answered with where they are.
const LOCATED: i64 = 64;

/// The visits of several guests and of those who were joined into them that touch the dates, in `property` if one is given, the latest
/// first, at most `limit` of thirty-two guests each.
///
/// # Errors
/// The database fails.
pub async fn of_guests(
    c: &mut Conn,
    guests: &[GuestId],
    (from, to): (NaiveDate, NaiveDate),
    property: Option<PropertyId>,
    limit: i64,
) -> Result<Vec<OfGuest>> {
    let mut found: Vec<OfGuest> = Vec::new();
    for guests in guests.chunks(32) {
        let mut values = some_ids::<_, 32>(guests);
        values.extend(args![to, from, property.is_none(), property.unwrap_or(PropertyId::NIL)]);
        values.extend(args![limit, LOCATED]);
        for row in c.all::<OfGuest>(OF_GUESTS, values).await? {
            match found.last_mut() {
                // Another room of the same visit.
                Some(last) if last.root == row.root && last.visit == row.visit => {
                    last.rooms.extend(row.rooms)
                }
                _ => found.push(row),
            }
        }
    }
    Ok(found)
}

#[expect(private_interfaces, reason = "only this crate implements and calls it")]
impl Record for OfGuest {
    fn from_row(row: Row<'_>) -> Result<Self> {
        let visit = GuestVisit {
            guest_id: required(row, 1)?,
            property_id: required(row, 2)?,
            visit_id: required(row, 3)?,
            arrival: required(row, 4)?,
            departure: required(row, 5)?,
        };
        let is_located = required::<Option<VisitId>>(row, 6)?.is_some();
        let rooms = if is_located { vec![Whereabouts::from_row_at(row, 6)?] } else { Vec::new() };
        Ok(Self { root: required(row, 0)?, visit, rooms })
    }
}

/// A guest's latest visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// First day.
    pub arrival: NaiveDate,
    /// How many visits there are in all.
    pub visits: i64,
}

/// The latest visit of each of these guests that has one, or of those who were joined into them.
///
/// # Errors
/// The database fails.
pub async fn latest_of_guests(c: &mut Conn, guests: &[GuestId]) -> Result<HashMap<GuestId, Latest>> {
    type Of = (GuestId, PropertyId, VisitId, NaiveDate, i64);
    let mut found = HashMap::new();
    for guests in guests.chunks(32) {
        for (guest, property_id, visit_id, arrival, visits) in
            c.all::<Of>(LATEST_OF_GUESTS, some_ids::<_, 32>(guests)).await?
        {
            found.insert(guest, Latest { property_id, visit_id, arrival, visits });
        }
    }
    Ok(found)
}

/// So many ids to bind; places without one hold the id that stands for none.
fn some_ids<T: Id + crate::Field, const N: usize>(ids: &[T]) -> Vec<crate::value::Value> {
    let none = T::from_uuid(uuid::Uuid::nil());
    (0..N).flat_map(|place| args![ids.get(place).copied().unwrap_or(none)]).collect()
}

/// The rooms with this number on the door, in `property` or in all properties, by property.
///
/// # Errors
/// The database fails.
pub async fn rooms_of_number(
    c: &mut Conn,
    property: Option<PropertyId>,
    number: &str,
    limit: i64,
) -> Result<Vec<(PropertyId, RoomId)>> {
    let values = args![number.to_owned(), property.is_none(), property.unwrap_or(PropertyId::NIL), limit];
    c.all(ROOMS_OF_NUMBER, values).await
}

/// A room of a visit as a desk looks at it.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    /// The visit.
    pub visit: VisitId,
    /// The visit's own number.
    pub number: String,
    /// Where the reservation stands.
    pub state: ReservationState,
    /// Where the room of the reservation stands; none: the visit has no room, as a house account.
    pub room_state: Option<ReservationState>,
    /// Who booked.
    pub guest_id: GuestId,
    /// First day of the visit.
    pub arrival: NaiveDate,
    /// Its last day.
    pub departure: NaiveDate,
    /// The room, once one is set aside or lived in.
    pub room_id: Option<RoomId>,
    /// Its number.
    pub room: Option<String>,
    /// Where the stay stands, if there is one.
    pub stay: Option<StayState>,
    /// First day in this room's line.
    pub from: NaiveDate,
    /// Last day in it.
    pub until: NaiveDate,
}

impl Whereabouts {
    /// From the columns of `whereabouts!`, which begin at `first`.
    fn from_row_at(row: Row<'_>, first: usize) -> Result<Self> {
        Ok(Self {
            visit: required(row, first)?,
            number: required(row, first + 1)?,
            state: required(row, first + 2)?,
            room_state: required(row, first + 3)?,
            guest_id: required(row, first + 4)?,
            arrival: required(row, first + 5)?,
            departure: required(row, first + 6)?,
            room_id: required(row, first + 7)?,
            room: required(row, first + 8)?,
            stay: required(row, first + 9)?,
            from: required(row, first + 10)?,
            until: required(row, first + 11)?,
        })
    }
}

#[expect(private_interfaces, reason = "only this crate implements and calls it")]
impl Record for Whereabouts {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Self::from_row_at(row, 0)
    }
}

/// Room by room where visits are; a visit without rooms is there once.
///
/// # Errors
/// The database fails.
pub async fn whereabouts(c: &mut Conn, visits: &[(PropertyId, VisitId)]) -> Result<Vec<Whereabouts>> {
    let visits: BTreeSet<(PropertyId, VisitId)> = visits.iter().copied().collect();
    let visits: Vec<(PropertyId, VisitId)> = visits.into_iter().collect();
    let mut found = Vec::new();
    for visits in visits.chunks(32) {
        let nobody = (PropertyId::NIL, VisitId::NIL);
        let places = (0..32).map(|place| visits.get(place).copied().unwrap_or(nobody));
        let values = places.flat_map(|(property, visit)| args![property, visit]).collect();
        found.extend(c.all(WHEREABOUTS, values).await?);
    }
    Ok(found)
}

/// Visits and guests that arrive in the dates, are in house, or left on `left` or later.
///
/// # Errors
/// The database fails.
pub async fn current(
    c: &mut Conn,
    property: PropertyId,
    (from, to): (NaiveDate, NaiveDate),
    left: NaiveDate,
    limit: i64,
) -> Result<Vec<(VisitId, GuestId)>> {
    c.all(CURRENT, args![property, from, to, left, limit]).await
}

/// The rooms of every reservation of a group.
///
/// # Errors
/// The database fails.
pub async fn group_rooms(c: &mut Conn, group: GroupId) -> Result<Vec<ReservationRoom>> {
    c.all(GROUP_ROOMS, args![group]).await
}

/// What each visit of a group in these properties was charged, what was paid, and what is still to be paid, minor
/// units; visits without a line on the bill are missing.
///
/// # Errors
/// The database fails.
pub async fn group_money(
    c: &mut Conn,
    group: GroupId,
    properties: &PropertyCodes,
) -> Result<Vec<(VisitId, i64, i64, i64)>> {
    c.all(GROUP_MONEY, args![group, properties.text()]).await
}
