//! Memberships and their points.

use hefu_domain::{
    ids::{GuestId, MembershipId, VisitId},
    member::{Membership, PointsEntry},
};

use crate::{Conn, StoreError, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM membership WHERE id = $1";
    OF_GUEST = "SELECT * FROM membership WHERE guest_id = $1";
    BY_NUMBER = "SELECT * FROM membership WHERE number = $1";
    ENTRIES = "SELECT * FROM points_entry WHERE membership_id = $1 ORDER BY at DESC, source LIMIT $2";
    ENTRY = "SELECT * FROM points_entry WHERE membership_id = $1 AND source = $2";
    OF_VISIT = "SELECT * FROM points_entry WHERE membership_id = $1 AND visit_id = $2 ORDER BY at, source";
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

/// The movement a source led to.
///
/// # Errors
/// The database fails.
pub async fn entry(c: &mut Conn, membership: MembershipId, source: &str) -> Result<Option<PointsEntry>> {
    c.first(ENTRY, args![membership, source.to_owned()]).await
}

/// The movements a visit led to.
///
/// # Errors
/// The database fails.
pub async fn of_visit(c: &mut Conn, membership: MembershipId, visit: VisitId) -> Result<Vec<PointsEntry>> {
    c.all(OF_VISIT, args![membership, visit]).await
}
