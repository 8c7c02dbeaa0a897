//! Memberships and their points.

use hefu_domain::{
    ids::{GuestId, MembershipId, PropertyId, VisitId},
    member::{Membership, PointsEntry},
    programme::{FreeNight, NightVoucher, Programme},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM membership WHERE id = $1";
    OF_GUEST = "SELECT * FROM membership WHERE guest_id = $1";
    BY_NUMBER = "SELECT * FROM membership WHERE number = $1";
    ENTRIES = "SELECT * FROM points_entry WHERE membership_id = $1 ORDER BY at DESC, source LIMIT $2";
    OF_VISIT = "SELECT * FROM points_entry WHERE property_id = $1 AND visit_id = $2 ORDER BY at, source, membership_id";
    // The chain's, under nil, and the property's own.
    PROGRAMMES = "SELECT * FROM member_programme WHERE property_id IN ($1, $2)";
    VOUCHERS = "SELECT * FROM night_voucher WHERE membership_id = $1 ORDER BY id";
    FREE_NIGHTS = "SELECT * FROM free_night WHERE property_id = $1 AND visit_id = $2 ORDER BY id";
    // Both by a partial index of the few movements there are on cards of others.
    ON_CARD_OF_OTHER = "SELECT DISTINCT property_id, visit_id FROM points_entry WHERE guest_id = $1 AND membership_id = $2";
    MOVED = "SELECT DISTINCT property_id, visit_id FROM points_entry WHERE guest_id = $1 AND kind = 'moved'";
}

/// A membership.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: MembershipId) -> Result<Option<Membership>> {
    c.first(FIND, args![id]).await
}

/// A guest's membership.
///
/// # Errors
/// The database fails.
pub async fn of_guest(c: &mut Conn, guest: GuestId) -> Result<Option<Membership>> {
    c.first(OF_GUEST, args![guest]).await
}

/// The membership of a card number.
///
/// # Errors
/// The database fails.
pub async fn by_number(c: &mut Conn, number: &str) -> Result<Option<Membership>> {
    c.first(BY_NUMBER, args![number.to_owned()]).await
}

/// The latest movements of points.
///
/// # Errors
/// The database fails.
pub async fn entries(c: &mut Conn, membership: MembershipId, limit: i64) -> Result<Vec<PointsEntry>> {
    c.all(ENTRIES, args![membership, limit]).await
}

/// The movements a visit led to, whatever membership they are of, in their order.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<PointsEntry>> {
    c.all(OF_VISIT, args![property, visit]).await
}

/// The visits of a guest that moved points on the membership of another.
///
/// # Errors
/// The database fails.
pub async fn visits_on_card_of_other(
    c: &mut Conn,
    guest: GuestId,
    membership: MembershipId,
) -> Result<Vec<(PropertyId, VisitId)>> {
    c.all(ON_CARD_OF_OTHER, args![guest, membership]).await
}

/// The visits of a guest whose points were taken from the membership of another when the two were parted.
///
/// # Errors
/// The database fails.
pub async fn visits_moved(c: &mut Conn, guest: GuestId) -> Result<Vec<(PropertyId, VisitId)>> {
    c.all(MOVED, args![guest]).await
}

/// The chain's membership programme, and a property's own, as far as there are any.
///
/// # Errors
/// The database fails.
pub async fn programmes(c: &mut Conn, property: PropertyId) -> Result<Vec<Programme>> {
    c.all(PROGRAMMES, args![PropertyId::NIL, property]).await
}

/// The vouchers of a card, in order of issue.
///
/// # Errors
/// The database fails.
pub async fn vouchers(c: &mut Conn, membership: MembershipId) -> Result<Vec<NightVoucher>> {
    c.all(VOUCHERS, args![membership]).await
}

/// The nights of a visit that were paid for with points or vouchers, also those that were given back.
///
/// # Errors
/// The database fails.
pub async fn free_nights(c: &mut Conn, property: PropertyId, visit: VisitId) -> Result<Vec<FreeNight>> {
    c.all(FREE_NIGHTS, args![property, visit]).await
}
