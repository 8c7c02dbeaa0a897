//! Views of bills and the city ledger.

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Masks, Personal, class::FreeText};
use hefu_domain::{
    city_ledger::CityItem,
    folio::{CityAccount, CityEntry, Folio, FolioState, Posting, PreAuth, PreAuthState, Routing},
    ids::{CityEntryId, GuestId, PostingId, PreAuthId, StayId},
    property::CodeKind,
    source::Origin,
};
use hefu_kernel::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::VisitNames;

/// A window of a bill. API calls refer to it by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolioView {
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
    /// Balance due, minor units; negative: to be refunded.
    pub balance: i64,
    /// Version of the record.
    pub version: i64,
}

impl From<Folio> for FolioView {
    fn from(folio: Folio) -> Self {
        Self {
            window: folio.window,
            guest_id: folio.guest_id,
            company: folio.company,
            state: folio.state,
            currency: folio.currency,
            balance: folio.balance,
            version: folio.version,
        }
    }
}

/// A line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostingView {
    /// Identifier; in order of posting. Used to reverse or transfer the line.
    pub id: PostingId,
    /// The window of the bill.
    pub window: i64,
    /// The stay it arose from.
    pub stay_id: Option<StayId>,
    /// The number of the room it was charged to.
    pub room_number: Option<String>,
    /// The number of the visit it was moved from, in groups.
    pub from_visit: Option<String>,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// The time of posting.
    pub posted_at: DateTime<Utc>,
    /// Transaction code.
    pub code: String,
    /// The code's kind when it was posted.
    pub kind: CodeKind,
    /// Minor units of the window's currency: charges above zero, payments below.
    pub amount: i64,
    /// Quantity.
    pub quantity: i64,
    /// The night a room charge is for.
    pub night: Option<NaiveDate>,
    /// The line this one belongs to (tax to its charge).
    pub belongs_to: Option<PostingId>,
    /// The line this one reverses.
    pub reverses: Option<PostingId>,
    /// The line this one corrects: it credits a part of it, or charges it anew at another price, or is a part that was split off it.
    pub corrects: Option<PostingId>,
    /// Whether it is one side of a split: below zero it takes a part off the line it belongs to, above zero it is the part.
    pub split: bool,
    /// Receipt or slip number.
    #[schema(value_type = Option<String>)]
    pub reference: Option<Personal<FreeText>>,
    /// Currency of a foreign payment.
    pub foreign_currency: Option<String>,
    /// Its amount, minor units of that currency.
    pub foreign_amount: Option<i64>,
    /// Units of the window's currency for one unit of the foreign one, as a decimal.
    pub foreign_rate: Option<String>,
    /// `derived` if it was derived from a record of another system; otherwise it was entered here or reported there.
    pub origin: Origin,
}

impl PostingView {
    /// A line on a window, for a stay in a room.
    pub fn of(
        line: Posting,
        window: i64,
        (room_number, from_visit): (Option<String>, Option<String>),
        masks: Masks,
    ) -> Self {
        let split = line.is_taken_off() || line.is_split_off();
        Self {
            id: line.id,
            window,
            stay_id: line.stay_id,
            room_number,
            from_visit,
            business_date: line.business_date,
            posted_at: line.posted_at,
            code: line.code,
            kind: line.kind,
            amount: line.amount,
            quantity: line.quantity,
            night: line.night,
            belongs_to: line.belongs_to,
            reverses: line.reverses,
            corrects: line.corrects,
            split,
            reference: Personal::of_some(masks, line.reference),
            foreign_currency: line.foreign_currency,
            foreign_amount: line.foreign_amount,
            foreign_rate: line.foreign_rate,
            origin: line.origin,
        }
    }
}

/// A card pre-authorisation. The terminal's token for the card is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PreAuthView {
    /// Identifier: used to capture, confirm or release it.
    pub id: PreAuthId,
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
}

impl From<PreAuth> for PreAuthView {
    fn from(auth: PreAuth) -> Self {
        Self {
            id: auth.id,
            state: auth.state,
            amount: auth.amount,
            captured: auth.captured,
            last_four: auth.last_four,
            expires: auth.expires,
            version: auth.version,
        }
    }
}

/// Routing of a group's charges to a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoutingView {
    /// The transaction codes' group.
    pub code_group: String,
    /// The window of its charges.
    pub window: i64,
    /// Version of the record.
    pub version: i64,
}

impl From<Routing> for RoutingView {
    fn from(routing: Routing) -> Self {
        Self { code_group: routing.code_group, window: routing.window, version: routing.version }
    }
}

/// A city-ledger account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CityAccountInfo {
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

impl From<CityAccount> for CityAccountInfo {
    fn from(account: CityAccount) -> Self {
        let CityAccount { property_id: _, id: _, code, name, credit_limit, balance, version } = account;
        Self { code, name, credit_limit, balance, version }
    }
}

/// A movement on a city-ledger account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CityEntryView {
    /// Identifier: a payment is allocated or taken back by it.
    pub id: CityEntryId,
    /// The number of the visit a transfer came from, ten digits.
    pub visit: Option<String>,
    /// The accounting day.
    pub business_date: NaiveDate,
    /// Transfers above zero, payments below; minor units.
    pub amount: i64,
    /// Invoice or receipt number.
    #[schema(value_type = Option<String>)]
    pub reference: Option<Personal<FreeText>>,
    /// How the company paid: a payment code.
    pub method: Option<String>,
    /// What of it is open: of a transfer what was not paid, of a payment what is for nothing yet; with its sign. None: it takes another back.
    pub open: Option<i64>,
    /// Series of the invoice that was issued of a transfer.
    pub invoice_series: Option<String>,
    /// Its number.
    pub invoice_number: Option<i64>,
    /// The movement it takes back.
    pub reverses: Option<CityEntryId>,
}

impl CityEntryView {
    /// A movement with the masks applied.
    pub fn of(entry: CityEntry, item: Option<&CityItem>, visits: &VisitNames, masks: Masks) -> Self {
        Self {
            id: entry.id,
            open: item.map(|item| item.open),
            invoice_series: item.and_then(|item| item.series.clone()),
            invoice_number: item.and_then(|item| item.number),
            reverses: entry.reverses,
            visit: entry.visit_id.and_then(|id| visits.number(id)),
            business_date: entry.business_date,
            amount: entry.amount,
            reference: Personal::of_some(masks, entry.reference),
            method: entry.method,
        }
    }
}
