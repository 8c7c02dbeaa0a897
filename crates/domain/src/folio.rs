//! Folios: charges and payments.

pub use crate::state::PreAuthState;
use chrono::{DateTime, NaiveDate, Utc};
use hefu_kernel::{BasisPoints, Currency, Id as _, Money, codes};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    Message, Rule, RuleError,
    ids::{
        CityAccountId, CityEntryId, FolioId, GroupId, GuestId, PostingId, PreAuthId, PropertyId, RoomId,
        StayId, VisitId,
    },
    property::CodeKind,
    source::Origin,
};

codes! {
    /// Whether a folio takes postings.
    pub enum FolioState {
        /// It does.
        Open = "open",
        /// Settled, and the visit is over or somebody closed it. A line posted to it opens it again.
        Closed = "closed",
        /// Settled by another system, and the guest has left: how it was settled is not known here. Nothing is owed for its derived lines, but
        /// lines entered here count.
        Reported = "reported",
    }
}

/// A bill, or one window of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folio {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: FolioId,
    /// The visit.
    pub visit_id: VisitId,
    /// Window 1 to 8 of the visit's bill.
    pub window: i64,
    /// Who pays, when it is a guest.
    pub guest_id: Option<GuestId>,
    /// Who pays, when it is a company.
    pub company: Option<String>,
    /// Whether it takes postings.
    pub state: FolioState,
    /// The property's currency.
    pub currency: Currency,
    /// The balance due, minor units; negative: to be refunded. The sum of its lines; for a bill that another system settled, of those
    /// that count: see [`Posting::counts_in`].
    pub balance: i64,
    /// Version of the record.
    pub version: i64,
}

impl Folio {
    /// A new window of a visit's bill, for its guest to pay.
    pub const fn open(
        (property_id, visit_id): (PropertyId, VisitId),
        id: FolioId,
        window: i64,
        guest: GuestId,
        currency: Currency,
    ) -> Self {
        Self {
            property_id,
            id,
            visit_id,
            window,
            guest_id: Some(guest),
            company: None,
            state: FolioState::Open,
            currency,
            balance: 0,
            version: 1,
        }
    }

    /// Its balance due, computed from all `lines` of the visit, minor units.
    pub fn sum(&self, lines: &[Posting]) -> i64 {
        let own = lines.iter().filter(|line| line.folio_id == self.id && line.counts_in(self, lines));
        own.map(|line| line.amount).sum()
    }
}

/// The highest window of a bill.
pub const WINDOWS: i64 = 8;

/// One line of a bill. Appended and reversed, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier; in order of posting.
    pub id: PostingId,
    /// The bill.
    pub folio_id: FolioId,
    /// The visit.
    pub visit_id: VisitId,
    /// The stay it arose from.
    pub stay_id: Option<StayId>,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The time of posting.
    pub posted_at: DateTime<Utc>,
    /// Transaction code.
    pub code: String,
    /// The code's kind when it was posted.
    pub kind: CodeKind,
    /// Minor units of the folio's currency: charges above zero, payments below.
    pub amount: i64,
    /// Quantity.
    pub quantity: i64,
    /// The night a room charge is for.
    pub night: Option<NaiveDate>,
    /// The posting this one belongs to (tax to its charge).
    pub belongs_to: Option<PostingId>,
    /// The posting this one reverses.
    pub reverses: Option<PostingId>,
    /// Key that makes it happen once only, e.g. `room:<stay>:<night>`.
    pub once: Option<String>,
    /// Receipt or slip number.
    pub reference: Option<String>,
    /// Currency of a foreign payment.
    pub foreign_currency: Option<String>,
    /// Its amount, minor units of that currency.
    pub foreign_amount: Option<i64>,
    /// Units of the folio's currency for one unit of the foreign one, as a decimal.
    pub foreign_rate: Option<String>,
    /// Whether it was entered here or derived from a source record.
    pub origin: Origin,
    /// Who posted it, as the journal calls them; of lines from another system nobody.
    pub posted_by: Option<String>,
    /// The line this one corrects: a part of it is credited, or it is charged anew at another price, or a part of it was split off and stands here.
    pub corrects: Option<PostingId>,
}

/// What begins the keys of the two lines of a split: the one that takes a part off a line, where that counts, and the one that stands for it in
/// another window.
const OFF: &str = "move-off:";
const ON: &str = "move-on:";

impl Posting {
    /// A line of a folio, entered here, with all optional fields absent.
    pub fn line(
        folio: &Folio,
        id: PostingId,
        (code, kind): (String, CodeKind),
        amount: i64,
        (business_date, posted_at): (NaiveDate, DateTime<Utc>),
    ) -> Self {
        Self {
            property_id: folio.property_id,
            id,
            folio_id: folio.id,
            visit_id: folio.visit_id,
            stay_id: None,
            business_date,
            posted_at,
            code,
            kind,
            amount,
            quantity: 1,
            night: None,
            belongs_to: None,
            reverses: None,
            once: None,
            reference: None,
            foreign_currency: None,
            foreign_amount: None,
            foreign_rate: None,
            origin: Origin::Here,
            posted_by: None,
            corrects: None,
        }
    }

    /// Whether it counts towards the balance of a folio. On one that another system settled, derived lines do not, nor do lines entered here
    /// that reverse or transfer them. `lines` are all lines of the visit.
    pub fn counts_in(&self, folio: &Folio, lines: &[Self]) -> bool {
        if folio.state != FolioState::Reported {
            return true;
        }
        let of = self.reverses.or(self.belongs_to);
        let is_derived = |line: &Self| line.origin == Origin::Derived && line.folio_id == folio.id;
        !(is_derived(self) || lines.iter().any(|line| Some(line.id) == of && is_derived(line)))
    }

    /// The keys of the two lines by which a part of it is split off for the nth time: what is taken off it, and what stands for that elsewhere. The
    /// ledgers of a date leave out what begins like them, as they do with lines that are moved whole.
    pub fn split_keys(&self, nth: usize) -> [String; 2] {
        [OFF, ON].map(|side| format!("{side}{}:{nth}", self.id))
    }

    /// Whether it takes a part of another line off it.
    pub fn is_taken_off(&self) -> bool {
        self.once.as_deref().is_some_and(|once| once.starts_with(OFF))
    }

    /// Whether it is a part of another line that was split off.
    pub fn is_split_off(&self) -> bool {
        self.once.as_deref().is_some_and(|once| once.starts_with(ON))
    }

    /// The line of which it is a part by splits, however often it was split; itself if by none. `lines` are all lines of the visit.
    pub fn whole<'a>(&'a self, lines: &'a [Self]) -> &'a Self {
        let mut whole = self;
        loop {
            let of = match (whole.is_split_off(), whole.is_taken_off()) {
                (true, _) => whole.corrects,
                (_, true) => whole.belongs_to,
                _ => None,
            };
            match of.and_then(|of| lines.iter().find(|line| line.id == of)) {
                Some(of) => whole = of,
                None => return whole,
            }
        }
    }
}

/// The key that makes the charge of a stay's night happen once only. Every night of a history has one, in its row and in an index: the stay's id is
/// written in 22 digits instead of 36, in the order of ids.
pub fn once_a_night(stay: StayId, night: NaiveDate) -> String {
    // In the order of their codes.
    const DIGITS: &[u8; 64] = b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    let id = stay.uuid().as_u128();
    let digits = (0..22).rev().map(|place| char::from(DIGITS[(id >> (6 * place) & 63) as usize]));
    format!("room:{}:{}", digits.collect::<String>(), night.format("%Y%m%d"))
}

/// A card pre-authorisation 【预授权】. Card numbers are never stored: a token and the last four digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreAuth {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: PreAuthId,
    /// The visit.
    pub visit_id: VisitId,
    /// Its state.
    pub state: PreAuthState,
    /// Authorised amount, minor units.
    pub amount: i64,
    /// Captured, minor units.
    pub captured: i64,
    /// The card's last four digits.
    pub last_four: String,
    /// When it expires.
    pub expires: NaiveDate,
    /// Version of the record.
    pub version: i64,
    /// Whose data key seals the token: the guest's.
    pub owner: Uuid,
    /// The terminal's token for the card, sealed.
    pub card_token: Vec<u8>,
}

/// Moves a pre-authorisation to `to`, capturing `captured` minor units of the property's currency. A capture that was taken back can be made
/// again.
///
/// # Errors
/// [`Rule::WrongState`] for an impossible transition, [`Rule::BadAmount`] for more than the authorised amount.
pub fn settle_pre_auth(
    auth: &PreAuth,
    to: PreAuthState,
    captured: i64,
    currency: Currency,
) -> Result<PreAuth, RuleError> {
    use PreAuthState::{Cancelled, Chargeable, Charged, Expired, Failed, Pending};
    let possible = matches!(
        (auth.state, to),
        (Pending, Chargeable | Failed | Cancelled)
            | (Chargeable, Charged | Cancelled | Expired)
            | (Charged, Chargeable)
    );
    if !possible {
        let message = Message::PreAuthIs { state: auth.state, wanted: to };
        return Err(RuleError::new(Rule::WrongState, (), message));
    }
    let fits = if to == Charged { (1..=auth.amount).contains(&captured) } else { captured == 0 };
    if !fits {
        let (from, to) = (Money::new(1, currency), Money::new(auth.amount, currency));
        return Err(RuleError::new(Rule::BadAmount, "amount", Message::PreAuthAmount { from, to }));
    }
    Ok(PreAuth { state: to, captured, ..auth.clone() })
}

/// Charges of a group are routed to a window of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// The transaction codes' group.
    pub code_group: String,
    /// The window of its charges.
    pub window: i64,
    /// Version of the record.
    pub version: i64,
}

/// Where a line of a bill came from that was moved from another visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingOrigin {
    /// The property.
    pub property_id: PropertyId,
    /// The visit it is on.
    pub visit_id: VisitId,
    /// The line.
    pub posting_id: PostingId,
    /// The visit it was charged to.
    pub from_visit_id: VisitId,
    /// The room it was charged to.
    pub room_id: Option<RoomId>,
}

/// Charges of a group's rooms go to the bill of a visit that pays them: its master account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRouting {
    /// The group.
    pub group_id: GroupId,
    /// The property.
    pub property_id: PropertyId,
    /// The transaction codes' group.
    pub code_group: String,
    /// The visit that pays.
    pub visit_id: VisitId,
    /// The window of its bill.
    pub window: i64,
    /// Version of the record.
    pub version: i64,
}

/// A company or agent that pays later 【应收账】.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityAccount {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: CityAccountId,
    /// Short code, unique in the property.
    pub code: String,
    /// Name of the company.
    pub name: String,
    /// Its credit limit, minor units.
    pub credit_limit: i64,
    /// What it owes, minor units.
    pub balance: i64,
    /// Version of the record.
    pub version: i64,
}

/// A movement on a city-ledger account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CityEntry {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: CityEntryId,
    /// The account.
    pub account_id: CityAccountId,
    /// The visit a transfer came from.
    pub visit_id: Option<VisitId>,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// Transfers above zero, payments below; minor units.
    pub amount: i64,
    /// Invoice or receipt number.
    pub reference: Option<String>,
    /// How the company paid: a payment code.
    pub method: Option<String>,
    /// Who entered it, as the journal calls them.
    pub posted_by: Option<String>,
    /// The line of the bill that a transfer is.
    pub posting_id: Option<PostingId>,
    /// The movement it takes back.
    pub reverses: Option<CityEntryId>,
}

/// Divides `total` as `weights` stand to each other, to the last minor unit: what rounding down leaves goes to the largest remainders, the first
/// of equal ones first. Weights below zero count as nothing; if all are nothing, the first gets everything.
pub fn share_out(total: i64, weights: &[i64]) -> Vec<i64> {
    let weights: Vec<i128> = weights.iter().map(|weight| i128::from(*weight).max(0)).collect();
    let sum: i128 = weights.iter().sum();
    if sum == 0 {
        return (0..weights.len()).map(|i| if i == 0 { total } else { 0 }).collect();
    }
    let parts = |weight: &i128| (i128::from(total) * weight).div_euclid(sum);
    let rest = |weight: &i128| (i128::from(total) * weight).rem_euclid(sum);
    let mut shares: Vec<i64> = weights.iter().map(|weight| parts(weight) as i64).collect();
    let left = usize::try_from(total - shares.iter().sum::<i64>()).unwrap_or_default();
    let mut by_rest: Vec<usize> = (0..weights.len()).collect();
    by_rest.sort_by_key(|i| std::cmp::Reverse(rest(&weights[*i])));
    for i in by_rest.into_iter().take(left) {
        shares[i] += 1;
    }
    shares
}

/// How much of a charge is split off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitBy {
    /// So much with fee and tax, minor units.
    Total(i64),
    /// This share of it.
    Share(BasisPoints),
}

/// What of a charge, its fee and its tax goes when it is split: as they stand to each other, to the last minor unit. `left` is what of each still
/// stands, the charge first.
///
/// # Errors
/// [`Rule::BadAmount`] when nothing of the charge itself would go or stay, or more than there is would go; [`Rule::Invalid`] for no share.
pub fn split_off(left: &[i64], by: SplitBy, currency: Currency) -> Result<Vec<i64>, RuleError> {
    let all: i64 = left.iter().sum();
    let (at, total) = match by {
        SplitBy::Total(total) => ("total", total),
        SplitBy::Share(share) => ("share", share.of(all)),
    };
    let nothing = || RuleError::new(Rule::BadAmount, at, Message::NothingToSplit);
    if all < 2 {
        return Err(nothing());
    }
    match by {
        SplitBy::Total(_) if !(1..all).contains(&total) => {
            let message =
                Message::AmountBetween { from: Money::new(1, currency), to: Money::new(all - 1, currency) };
            return Err(RuleError::new(Rule::BadAmount, at, message));
        }
        SplitBy::Share(BasisPoints(share)) if !(1..10_000).contains(&share) => {
            return Err(RuleError::new(Rule::Invalid, at, Message::Between { from: 1, to: 9_999 }));
        }
        _ => {}
    }
    let goes = share_out(total, left);
    // A charge of nothing would be no charge, and its fee and tax nobody's.
    match (goes.first(), left.first()) {
        (Some(goes_of_charge), Some(charge)) if (1..*charge).contains(goes_of_charge) => Ok(goes),
        _ => Err(nothing()),
    }
}

/// Converts a foreign payment into the property's currency, rounded half up. `rate` is a decimal with up
/// to eight places: units of `to` for one unit of `from`.
///
/// # Errors
/// [`Rule::BadAmount`] for a rate that is not a positive decimal, or a result out of range.
pub fn convert(amount: i64, from: Currency, to: Currency, rate: &str) -> Result<i64, RuleError> {
    let wrong = || RuleError::new(Rule::BadAmount, "rate", Message::RateForm);
    let (whole, fraction) = rate.split_once('.').unwrap_or((rate, ""));
    if whole.is_empty()
        || fraction.len() > 8
        || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        return Err(wrong());
    }
    let scaled: i128 = format!("{whole}{fraction:0<8}").parse().map_err(|_| wrong())?;
    if scaled == 0 {
        return Err(wrong());
    }
    let numerator = i128::from(amount)
        .checked_mul(scaled)
        .and_then(|n| n.checked_mul(10i128.pow(to.exponent())))
        .ok_or_else(wrong)?;
    let denominator = 10i128.pow(8 + from.exponent());
    let half = denominator / 2 * numerator.signum();
    let rounded = numerator.checked_add(half).ok_or_else(wrong)? / denominator;
    i64::try_from(rounded).map_err(|_| wrong())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn foreign_money_is_converted_with_the_rate_used() {
        assert_eq!(convert(100_00, Currency::USD, Currency::CNY, "7.1234").unwrap(), 712_34);
        assert_eq!(convert(10_000, Currency::JPY, Currency::CNY, "0.0475").unwrap(), 475_00);
        assert_eq!(convert(1, Currency::USD, Currency::JPY, "150").unwrap(), 2);
        for rate in ["", "0", "-7", "7,1", "1e3", "0.000000001"] {
            assert_eq!(
                convert(100, Currency::USD, Currency::CNY, rate).unwrap_err().rule,
                Rule::BadAmount,
                "{rate}"
            );
        }
    }

    #[test]
    fn every_night_of_every_stay_has_a_key_of_its_own_in_the_order_of_stays() {
        let key = |stay: u128, night: &str| {
            once_a_night(StayId::from_uuid(Uuid::from_u128(stay)), night.parse().unwrap())
        };
        assert_eq!(key(0, "2026-10-03"), "room:----------------------:20261003");
        assert_eq!(key(u128::MAX, "2026-10-03"), "room:2zzzzzzzzzzzzzzzzzzzzz:20261003");
        let stays = [0, 1, 63, 64, 65, 1 << 64, (1 << 64) + 1, 1 << 126, u128::MAX];
        assert!(stays.map(|stay| key(stay, "2026-10-03")).is_sorted_by(|one, two| one < two));
        assert_ne!(key(7, "2026-10-03"), key(7, "2026-10-04"));
    }

    #[test]
    fn derived_lines_of_a_bill_settled_elsewhere_are_owed_to_nobody() {
        let ids = (PropertyId::NIL, VisitId::NIL);
        let folio = Folio {
            state: FolioState::Reported,
            ..Folio::open(ids, FolioId::NIL, 1, GuestId::NIL, Currency::CNY)
        };
        let id = |n: u128| PostingId::from_uuid(uuid::Uuid::from_u128(n));
        let date = "2026-10-03".parse().unwrap();
        let line = |n, amount| {
            Posting::line(
                &folio,
                id(n),
                ("ROOM".into(), CodeKind::Revenue),
                amount,
                (date, DateTime::UNIX_EPOCH),
            )
        };
        let lines = [
            Posting { origin: Origin::Derived, ..line(1, 300) },
            line(2, 50),
            Posting { reverses: Some(id(1)), ..line(3, -300) },
            Posting { belongs_to: Some(id(2)), ..line(4, 5) },
        ];
        assert_eq!(folio.sum(&lines), 55);
        assert_eq!(Folio { state: FolioState::Open, ..folio.clone() }.sum(&lines), 55);
        assert_eq!(Folio { state: FolioState::Open, ..folio.clone() }.sum(&lines[..2]), 350);
    }

    #[test]
    fn a_pre_authorisation_is_captured_once_and_not_beyond_its_amount() {
        let auth = PreAuth {
            property_id: PropertyId::NIL,
            id: PreAuthId::NIL,
            visit_id: VisitId::NIL,
            state: PreAuthState::Chargeable,
            amount: 1_000,
            captured: 0,
            last_four: "4242".into(),
            expires: "2026-10-10".parse().unwrap(),
            version: 1,
            owner: Uuid::nil(),
            card_token: Vec::new(),
        };
        let rule = |to, captured| settle_pre_auth(&auth, to, captured, Currency::CNY).map_err(|e| e.rule);
        assert_eq!(rule(PreAuthState::Charged, 1_001).unwrap_err(), Rule::BadAmount);
        assert_eq!(rule(PreAuthState::Pending, 0).unwrap_err(), Rule::WrongState);
        let charged = rule(PreAuthState::Charged, 800).unwrap();
        assert_eq!(charged.captured, 800);
        assert_eq!(
            settle_pre_auth(&charged, PreAuthState::Charged, 200, Currency::CNY).unwrap_err().rule,
            Rule::WrongState
        );
    }

    #[test]
    fn a_room_night_is_split_with_its_fee_and_its_tax() {
        let night = [400_00, 40_00, 26_40];
        let split = |left: &[i64], by| split_off(left, by, Currency::CNY);
        assert_eq!(split(&night, SplitBy::Total(300_00)).unwrap(), [257_29, 25_73, 16_98]);
        assert_eq!(split(&night, SplitBy::Share(BasisPoints(5_000))).unwrap(), [200_00, 20_00, 13_20]);
        // Three pay 100.00: a third, and half of what is left, which is no whole cent.
        assert_eq!(split(&[100_00], SplitBy::Share(BasisPoints(3_333))).unwrap(), [33_33]);
        assert_eq!(split(&[66_67], SplitBy::Share(BasisPoints(5_000))).unwrap(), [33_34]);
        let rule = |left: &[i64], by| split(left, by).unwrap_err().rule;
        for total in [i64::MIN, -1, 0, 466_40, 466_41, i64::MAX] {
            assert_eq!(rule(&night, SplitBy::Total(total)), Rule::BadAmount, "{total}");
        }
        for share in [i64::MIN, -1, 0, 10_000, i64::MAX] {
            assert_eq!(rule(&night, SplitBy::Share(BasisPoints(share))), Rule::Invalid, "{share}");
        }
        // Nothing after rounding, nothing of the charge itself, nothing there.
        assert_eq!(rule(&[10_00], SplitBy::Share(BasisPoints(1))), Rule::BadAmount);
        assert_eq!(rule(&[1, 100], SplitBy::Total(10)), Rule::BadAmount);
        assert_eq!(rule(&[1, 100], SplitBy::Total(100)), Rule::BadAmount);
        for left in [&[][..], &[0], &[1], &[0, 10], &[-5, 3]] {
            assert_eq!(rule(left, SplitBy::Share(BasisPoints(5_000))), Rule::BadAmount, "{left:?}");
        }
    }

    #[test]
    fn a_part_leads_back_to_the_line_it_was_split_off_and_counts_by_itself() {
        let ids = (PropertyId::NIL, VisitId::NIL);
        let folio = Folio::open(ids, FolioId::NIL, 1, GuestId::NIL, Currency::CNY);
        let id = |n: u128| PostingId::from_uuid(Uuid::from_u128(n));
        let (date, code) = ("2026-10-03".parse().unwrap(), ("ROOM".to_owned(), CodeKind::Revenue));
        let line =
            |n, amount| Posting::line(&folio, id(n), code.clone(), amount, (date, DateTime::UNIX_EPOCH));
        let (whole, other) = (line(1, 400), line(2, 400));
        let part = |of: &Posting, n, amount: i64| {
            let [off, on] = of.split_keys(1);
            [
                Posting { once: Some(off), belongs_to: Some(of.id), ..line(n, -amount) },
                Posting { once: Some(on), corrects: Some(of.id), ..line(n + 1, amount) },
            ]
        };
        let first = part(&whole, 3, 100);
        let second = part(&first[1], 5, 40);
        let corrected = Posting { corrects: Some(whole.id), ..line(7, 380) };
        let lines = [vec![whole, other], first.to_vec(), second.to_vec(), vec![corrected]].concat();
        let wholes: Vec<u128> = lines.iter().map(|line| line.whole(&lines).id.uuid().as_u128()).collect();
        assert_eq!(wholes, [1, 2, 1, 1, 1, 1, 7]);
        assert_eq!(folio.sum(&lines), 400 + 400 + 380);
    }

    proptest! {
        #[test]
        fn whatever_is_split_off_is_missing_where_it_was(
            left in (1i64..1_000_000_000, 0i64..100_000_000, 0i64..100_000_000), parts in prop::collection::vec(1i64..10_000, 1..6),
        ) {
            let mut stays = vec![left.0, left.1, left.2];
            let all: i64 = stays.iter().sum();
            let mut gone = 0;
            for share in parts {
                let before: i64 = stays.iter().sum();
                let by = SplitBy::Share(BasisPoints(share));
                let Ok(goes) = split_off(&stays, by, Currency::CNY) else { continue };
                prop_assert_eq!(goes.iter().sum::<i64>(), BasisPoints(share).of(before));
                let same = SplitBy::Total(goes.iter().sum());
                prop_assert_eq!(split_off(&stays, same, Currency::CNY), Ok(goes.clone()));
                for (stays, goes) in stays.iter_mut().zip(&goes) {
                    prop_assert!((0..=*stays).contains(goes));
                    *stays -= goes;
                }
                prop_assert!(stays[0] > 0 && goes[0] > 0);
                gone += goes.iter().sum::<i64>();
            }
            prop_assert_eq!(stays.iter().sum::<i64>() + gone, all);
        }

        #[test]
        fn shares_add_up_and_are_a_unit_off_at_most(
            total in -1_000_000_000_000i64..1_000_000_000_000, weights in prop::collection::vec(0i64..1_000_000_000_000, 1..6),
        ) {
            let shares = share_out(total, &weights);
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (share, weight) in shares.iter().zip(&weights).filter(|_| sum > 0) {
                let off = i128::from(*share) * sum - i128::from(total) * i128::from(*weight);
                prop_assert!(off.abs() < sum, "{shares:?}");
            }
            // The whole is given back as it came.
            if let Ok(whole) = i64::try_from(sum) && whole > 0 {
                prop_assert_eq!(share_out(whole, &weights), weights);
            }
        }

        #[test]
        fn no_rate_panics(amount: i64, text in ".*", digits in "[0-9]{0,45}(\\.[0-9]{0,9})?") {
            for rate in [text, digits] {
                let _ = convert(amount, Currency::JPY, Currency::CNY, &rate);
                let _ = convert(amount, Currency::USD, Currency::USD, &rate);
            }
        }

        #[test]
        fn at_a_rate_of_one_money_stays_what_it_is(amount: i64, zeros in 0..=8usize) {
            let rate = format!("1.{}", "0".repeat(zeros));
            prop_assert_eq!(convert(amount, Currency::USD, Currency::CNY, &rate).ok(), Some(amount));
        }
    }
}
