//! Members: enrolling, spending points, and the discount of the tier. Earning points is in [`points`].

pub mod benefits;
pub mod nights;
pub mod observer;
pub mod points;
pub mod programme;
pub mod voucher;
pub mod wallet;

use async_trait::async_trait;
use hefu_domain::{
    Message, Rule, RuleError,
    card::passes_luhn,
    event::{Event, MemberEvent},
    folio::{Posting, share_out},
    guest::GuestState,
    ids::{GuestId, PropertyId},
    member::{HUNDRED_POINTS, Membership, PointsEntry, PointsKind, Tier},
    message::Missing,
    property::{CodeKind, PriceParts},
    reservation::ReservationState,
    stay::StayState,
};

use hefu_kernel::{Id as _, Rng};

use hefu_store::{Conn, query};

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use uuid::Uuid;

use hefu_authz::{Action, Resource, ResourceKind};

use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

use self::wallet::{open_wallet, post_points, wallet};
use crate::{
    folio::{
        self, MOST, NewPosting,
        bill::{Bill, Standing},
        check_text,
    },
    view::{names::VisitNames, points::PointsEntryView},
    visit::{Visit, VisitAction},
};
use hefu_people::{cluster::cluster_members, view::MembershipView};

/// A card number: eight random digits, the first not 0, and Luhn's check digit.
fn random_number(rng: &dyn Rng) -> String {
    let payload = 10_000_000 + ((u128::from(rng.next_u64()) * 90_000_000) >> 64) as u64;
    (0..=9)
        .map(|check| format!("{payload}{check}"))
        .find(|number| has_check_digit(number))
        .unwrap_or_default()
}

fn has_check_digit(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number.chars().map(|c| c.to_digit(10)).collect();
    digits.is_some_and(|digits| passes_luhn(&digits))
}

/// Enrols a guest as a member.
#[derive(Debug, Clone)]
pub struct Enrol {
    /// The guest.
    pub guest: GuestId,
}

#[async_trait]
impl Command for Enrol {
    const ACTION: Action = Action::MemberEnrol;
    type Out = MembershipView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.guest.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<MembershipView> {
        let vault = u.tx.vault().clone();
        let guest = query::guest::find(u.tx, &vault, self.guest)
            .await?
            .filter(|guest| guest.state == GuestState::Active)
            .ok_or_else(|| AppError::not_found(Missing::Guest, self.guest))?;
        if !wallet(u.tx, guest.id).await?.is_empty() {
            return Err(RuleError::new(Rule::Exists, (), Message::AlreadyMember).into());
        }
        let number = loop {
            let number = random_number(&*vault.rng);
            if query::member::by_number(u.tx, &number).await?.is_none() {
                break number;
            }
        };
        let membership = Membership {
            id: u.id(),
            guest_id: guest.id,
            number,
            tier: Tier::Classic,
            points: 0,
            lifetime_points: 0,
            joined: u.now.date_naive(),
            version: 1,
        };
        u.tx.insert(&membership).await?;
        // Points that the guest's visits earned on another's card and that were deducted from it are credited to this one.
        let everybody = cluster_members(u.tx, guest.id).await?;
        points::reunite(u, &everybody, &membership.id.to_string()).await?;
        let found = query::member::find(u.tx, membership.id).await?;
        let membership = found.ok_or_else(|| AppError::not_found(Missing::Membership, membership.id))?;
        let Membership { id: membership_id, number, tier, points, .. } = membership.clone();
        u.record(About::Guest(guest.id), MemberEvent::Enrol { membership_id, number, tier, points }).await?;
        Ok(membership.into())
    }
}

async fn of_booker(u: &mut Unit<'_>, visit: &Visit) -> Result<Option<Membership>> {
    Ok(wallet(u.tx, visit.reservation.guest_id).await?.into_iter().next())
}

/// Accrues the visit's points now.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccruePoints {}

#[async_trait]
impl VisitAction for AccruePoints {
    const ACTION: Action = Action::MemberAccrue;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        Ok(MemberEvent::Accrue { points: points::accrue(u, visit).await? }.into())
    }
}

/// Pays with points of the booker's membership.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemPoints {
    /// Number of points. A hundred are worth one whole unit of the property's currency.
    pub points: i64,
    /// The window; none: the first.
    #[serde(default)]
    pub window: Option<i64>,
}

#[async_trait]
impl VisitAction for RedeemPoints {
    const ACTION: Action = Action::MemberRedeem;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !(1..=MOST).contains(&self.points) {
            return Err(
                RuleError::new(Rule::BadAmount, "points", Message::Between { from: 1, to: MOST }).into()
            );
        }
        let wallet = open_wallet(u, visit.reservation.guest_id).await?;
        if wallet.is_empty() {
            return Err(AppError::not_found(Missing::MembershipOfBooker, visit.reservation.guest_id));
        }
        let there: i64 = wallet.iter().map(|membership| membership.points).sum();
        if self.points > there {
            let message = Message::PointsThere { there };
            return Err(RuleError::new(Rule::NotEnoughPoints, "points", message).into());
        }
        // The value is defined in a currency with two places; the property's may have none or three.
        let scaled = self.points * HUNDRED_POINTS * 10i64.pow(visit.property.currency.exponent());
        if scaled % 10_000 != 0 {
            let message = Message::PointsWhole { currency: visit.property.currency };
            return Err(RuleError::new(Rule::BadAmount, "points", message).into());
        }
        let code = folio::code(u, visit, "POINTS").await?;
        let line = NewPosting { window: self.window, ..NewPosting::of(code, -scaled / 10_000) };
        let posting = folio::post(u, visit, line).await?;
        let mut left = self.points;
        for mut membership in wallet {
            let points = left.min(membership.points);
            if points > 0 {
                let source = format!("redeem:{}", posting.id);
                let entry = points::movement((u, visit, &membership), PointsKind::Redeemed, source, -points);
                post_points(u, &mut membership, &[entry]).await?;
                left -= points;
            }
        }
        folio::settle::settle(u, visit).await?;
        Ok(MemberEvent::Redeem { points: self.points, posting_id: posting.id }.into())
    }
}

/// Applies the discount of the booker's tier to a visit at once: prices of rooms still to be posted are discounted,
/// and for room charges already on the bill a discount line (and a tax reduction) is posted that brings
/// them to the discounted amount. Once for each charge and tier.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApplyMemberDiscount {}

#[async_trait]
impl VisitAction for ApplyMemberDiscount {
    const ACTION: Action = Action::MemberDiscount;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if visit.reservation.state != ReservationState::Reserved {
            let (state, needed) = (visit.reservation.state, vec![ReservationState::Reserved]);
            let message = Message::ReservationIs { state, needed };
            return Err(RuleError::new(Rule::WrongState, (), message).into());
        }
        let membership = of_booker(u, visit)
            .await?
            .ok_or_else(|| AppError::not_found(Missing::MembershipOfBooker, visit.reservation.guest_id))?;
        let discount = programme::of(u.tx, visit.property.id).await?.rule(membership.tier).discount;
        let before = visit.clone();
        let left: Vec<_> = visit
            .stays
            .iter()
            .filter(|stay| stay.state == StayState::CheckedOut)
            .map(|stay| stay.id)
            .collect();
        for room in &mut visit.rooms {
            let gone = room.stay_id.is_some_and(|stay| left.contains(&stay));
            // A better discount that was agreed stays.
            if !gone && room.discount < discount {
                room.discount = discount;
            }
        }
        if visit.rooms != before.rooms {
            visit.revise(u, &before).await?;
        }
        let taken_off = discount_posted(u, visit, membership.tier).await?;
        Ok(MemberEvent::Discount { discount, taken_off: visit.money(taken_off) }.into())
    }
}

/// Applies the current discount to the room charges on the bill; returns how much was deducted including
/// fee and tax, minor units.
async fn discount_posted(u: &mut Unit<'_>, visit: &Visit, tier: Tier) -> Result<i64> {
    let bill = Bill::lock(u, visit).await?;
    let mut taken_off = 0;
    for line in bill.lines.iter().filter(|line| matches!(line.code.as_str(), "ROOM" | "DAYUSE")) {
        // What was corrected by hand stays as it was corrected. A part of a night is no night.
        if line.corrects.is_some() || line.belongs_to.is_some() {
            continue;
        }
        let Some(wanted) = price_now(u, visit, line).await? else { continue };
        let once = Some(once_a_tier(line, tier));
        if bill.lines.iter().any(|other| other.once == once) || line.reverses.is_some() {
            continue;
        }
        let charges = bill.split_of(line);
        if charges.iter().any(|charge| bill.is_reversed(charge)) {
            continue;
        }
        let billed = |kind| -> i64 {
            let lines = charges.iter().flat_map(|charge| std::iter::once(*charge).chain(bill.parts(charge)));
            lines.filter(|line| line.kind == kind).map(|line| line.amount).sum()
        };
        let less = wanted.room + wanted.service_fee - billed(CodeKind::Revenue);
        if less >= 0 {
            continue;
        }
        let less_tax = wanted.tax - billed(CodeKind::Tax);
        // Whoever pays a part of the night gets as much of its discount.
        let weights: Vec<i64> = charges.iter().map(|charge| Standing::of(&bill, charge).left[0]).collect();
        for (name, amount) in [("DISC", less), ("TAX", less_tax)] {
            for (charge, amount) in charges.iter().zip(share_out(amount, &weights)) {
                if amount != 0 {
                    let code = folio::code(u, visit, name).await?;
                    let discount = NewPosting {
                        window: Some(bill.window_of(charge)),
                        stay_id: charge.stay_id,
                        night: charge.night,
                        belongs_to: Some(charge.id),
                        once: (name == "DISC").then(|| once_a_tier(charge, tier)),
                        ..NewPosting::of(code, amount)
                    };
                    folio::post(u, visit, discount).await?;
                }
            }
        }
        taken_off -= less + less_tax;
    }
    Ok(taken_off)
}

/// The key that makes the discount of a tier on a charge happen once only.
fn once_a_tier(charge: &Posting, tier: Tier) -> String {
    format!("disc:{}:{tier}", charge.id)
}

/// The price of the night of a room charge at the room's current discount; none for a line that is not a
/// night of a stay.
async fn price_now(u: &mut Unit<'_>, visit: &Visit, line: &Posting) -> Result<Option<PriceParts>> {
    let (Some(stay), Some(night)) = (line.stay_id, line.night) else { return Ok(None) };
    let line = visit.stays.iter().find(|known| known.id == stay).map(|stay| stay.line);
    let held = visit.rooms.iter().find(|room| room.stay_id == Some(stay)).map(|room| room.line);
    let line = line.or(held);
    let Some(room) = visit.rooms.iter().find(|room| Some(room.line) == line) else { return Ok(None) };
    let Some(price) = folio::stay_price(u.tx, visit, room, Some(stay), night).await? else { return Ok(None) };
    Ok(Some(folio::room_charge(visit, room, Some(stay), (night, price)).charge.parts))
}

/// A manual adjustment of points.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PointsAdjustment {
    /// Added above zero, deducted below. They do not count towards the tier.
    pub points: i64,
    /// The reason; stored sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
    /// Key that makes it happen once only, e.g. the number of the complaint.
    #[serde(default)]
    pub key: Option<String>,
}

/// Adjusts a member's points manually.
#[derive(Debug, Clone)]
pub struct AdjustPoints {
    /// The member's number.
    pub number: String,
    /// The amount and the reason.
    pub adjustment: PointsAdjustment,
}

#[async_trait]
impl Command for AdjustPoints {
    const ACTION: Action = Action::MemberAdjust;
    type Out = MembershipView;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Member, &self.number)
    }

    fn reason(&self) -> Option<&str> {
        self.adjustment.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<MembershipView> {
        let PointsAdjustment { points, key, .. } = &self.adjustment;
        if *points == 0 || points.unsigned_abs() > 1_000_000_000 {
            let message = Message::PointsAdjustment { most: 1_000_000_000 };
            return Err(RuleError::new(Rule::BadAmount, "points", message).into());
        }
        u.reason()?;
        let key = match key {
            Some(key) => {
                check_text("key", key)?;
                if !key.trim().chars().all(|c| c.is_ascii_graphic()) {
                    return Err(AppError::invalid("key", Message::KeyWithoutSpaces));
                }
                key.trim().to_owned()
            }
            None => u.id::<Uuid>().to_string(),
        };
        let mut membership = query::member::by_number(u.tx, &digits(&self.number))
            .await?
            .ok_or_else(|| unknown(&self.number))?;
        let entry = PointsEntry {
            membership_id: membership.id,
            source: format!("adjust:{key}"),
            kind: PointsKind::Adjusted,
            points: *points,
            property_id: None,
            visit_id: None,
            at: u.now,
            guest_id: None,
        };
        post_points(u, &mut membership, &[entry]).await?;
        let event = MemberEvent::Adjust { points: *points, key: self.adjustment.key.clone() };
        u.record(About::Guest(membership.guest_id), event).await?;
        Ok(membership.into())
    }
}

/// A member's number in stored form: without spaces and dashes.
fn digits(number: &str) -> String {
    hefu_domain::reservation::normalise_number(number)
}

/// An unknown number, as opposed to a mistyped one.
fn unknown(number: &str) -> AppError {
    let number = digits(number);
    if number.len() == 9 && !has_check_digit(&number) {
        return AppError::Mistyped;
    }
    AppError::not_found(Missing::Member, number)
}

/// A membership and its movements of points.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MemberView {
    /// The membership.
    pub membership: MembershipView,
    /// Discount on room prices at the member's tier, hundredths of a percent.
    pub discount: hefu_kernel::BasisPoints,
    /// The latest 500 movements, the newest first.
    pub entries: Vec<PointsEntryView>,
}

async fn member_view(c: &mut Conn, membership: Membership) -> Result<MemberView> {
    let entries = query::member::entries(c, membership.id, 500).await?;
    let visits = entries.iter().filter_map(|entry| Some((entry.property_id?, entry.visit_id?)));
    let visits = VisitNames::of(c, visits).await?;
    Ok(MemberView {
        entries: entries
            .into_iter()
            .map(|entry| {
                let property = entry.property_id.and_then(|id| visits.property(id));
                let visit = entry.visit_id.and_then(|id| visits.number(id));
                PointsEntryView::of(entry, property, visit)
            })
            .collect(),
        discount: programme::of(c, PropertyId::NIL).await?.rule(membership.tier).discount,
        membership: membership.into(),
    })
}

/// A guest's membership.
#[derive(Debug, Clone)]
pub struct ShowMembershipOf {
    /// The guest.
    pub guest: GuestId,
}

#[async_trait]
impl Query for ShowMembershipOf {
    const ACTION: Action = Action::MemberOfGuest;
    type Out = MemberView;

    fn resource(&self) -> Resource<'_> {
        Resource::guest(self.guest.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let guest = self.guest;
        let vault = r.vault();
        let c = r.conn().await?;
        let id = query::guest::find(c, &vault, guest).await?.map(|guest| guest.id);
        let id = id.ok_or_else(|| AppError::not_found(Missing::Guest, guest))?;
        let found = wallet(c, id).await?.into_iter().next();
        member_view(c, found.ok_or_else(|| AppError::not_found(Missing::Membership, "of the guest"))?).await
    }
}

/// The membership with a number.
#[derive(Debug, Clone)]
pub struct ShowMember {
    /// The number on the card.
    pub number: String,
}

#[async_trait]
impl Query for ShowMember {
    const ACTION: Action = Action::MemberShow;
    type Out = MemberView;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Member, &self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let number = self.number.as_str();
        let c = r.conn().await?;
        let found = query::member::by_number(c, &digits(number)).await?;
        member_view(c, found.ok_or_else(|| unknown(number))?).await
    }
}

#[cfg(test)]
mod tests {
    use hefu_kernel::SeededRng;

    use super::*;

    #[test]
    fn member_numbers_have_nine_digits_and_notice_a_wrong_one() {
        let rng = SeededRng::new(7);
        for _ in 0..1_000 {
            let number = random_number(&rng);
            assert_eq!(number.len(), 9);
            assert!(has_check_digit(&number), "{number}");
            let last = number.as_bytes()[8] - b'0';
            let wrong = format!("{}{}", &number[..8], (last + 1) % 10);
            assert!(matches!(unknown(&wrong), AppError::Mistyped), "{wrong}");
        }
    }
}
