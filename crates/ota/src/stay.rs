//! Stays and what was consumed in them, as another hotel system tells them: `OTA_HotelStayInfoNotifRQ`.

use chrono::{DateTime, FixedOffset, NaiveDate};
use hefu_kernel::{Currency, Money};
use serde::Serialize;

use crate::{
    read::{date, moment},
    reservation::{Fault, Problem, Wrong},
    tree::Element,
};

/// Something that was consumed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// The day.
    pub date: NaiveDate,
    /// The category in OpenTravel's list `RCC`.
    pub category: String,
    /// The code of the other system.
    pub code: Option<String>,
    /// What it cost; what was taken back is negative.
    pub amount: Money,
    /// The bill in the other system.
    pub folio: Option<String>,
}

/// A stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StayInfo {
    /// The number of its reservation.
    pub reservation: String,
    /// Arrival date, as far as it is told.
    pub arrival: Option<NaiveDate>,
    /// Departure date, as far as it is told.
    pub departure: Option<NaiveDate>,
    /// The room type in the other system's codes.
    pub room_type: Option<String>,
    /// The rate plan in the other system's codes.
    pub rate_plan: Option<String>,
    /// What was consumed, in order.
    pub charges: Vec<Charge>,
    /// What it says that everything cost together.
    pub total: Option<Money>,
    /// When it was said: as the stay's reservation was changed, else as the message was sent; none: neither is told.
    #[serde(skip)]
    pub said: Option<DateTime<FixedOffset>>,
}

/// Stays, each that cannot be understood with its reason.
pub type Stays = Vec<Result<StayInfo, Fault>>;

pub(crate) fn stays(root: &Element) -> Stays {
    let sent = moment(root.attribute("TimeStamp"), "@TimeStamp").ok().flatten();
    let stays = root.all("StayInfos").flat_map(|stays| stays.all("StayInfo"));
    stays.map(|element| stay(element, sent)).collect()
}

fn stay(element: &Element, sent: Option<DateTime<FixedOffset>>) -> Result<StayInfo, Fault> {
    let own = element.child("ReservationID");
    let id = own.and_then(|id| id.attribute("ID")).map(str::to_owned);
    let id_type = own.and_then(|id| id.attribute("Type")).map(str::to_owned);
    read(element, id.as_deref(), sent).map_err(|wrong| Fault { id_type, ..Fault::of(id, wrong) })
}

fn money(element: &Element, at: &'static str) -> Result<Money, Wrong> {
    let amount = element.attribute("Amount").ok_or((at, Problem::Missing))?;
    let currency = element.attribute("CurrencyCode").ok_or((at, Problem::Missing))?;
    let currency: Currency = currency.parse().map_err(|_| (at, Problem::Value))?;
    Money::parse(amount, currency).map_err(|_| (at, Problem::Amount))
}

/// The category of the sum over all others.
const TOTAL: &str = "17";

fn read(element: &Element, id: Option<&str>, sent: Option<DateTime<FixedOffset>>) -> Result<StayInfo, Wrong> {
    let reservation = id.ok_or(("StayInfo/ReservationID/@ID", Problem::Missing))?.to_owned();
    let (mut charges, mut total) = (Vec::new(), None);
    let categories = element.all("RevenueCategories").flat_map(|all| all.all("RevenueCategory"));
    for category in categories {
        let code = category.attribute("RevenueCategoryCode").unwrap_or_default().to_owned();
        if code == TOTAL {
            if let Some(sum) = category.child("SummaryAmount") {
                total = Some(money(sum, "RevenueCategory/SummaryAmount/@Amount")?);
            }
            continue;
        }
        for detail in category.all("RevenueDetails").flat_map(|details| details.all("RevenueDetail")) {
            let at = "RevenueDetail/@TransactionDate";
            let day = detail.attribute("TransactionDate").ok_or((at, Problem::Missing))?;
            charges.push(Charge {
                date: date(day, at)?,
                category: code.clone(),
                code: detail.attribute("PMSRevenueCode").map(str::to_owned),
                amount: money(detail, "RevenueDetail/@Amount")?,
                folio: detail.at(&["FolioIDs", "FolioID"]).and_then(Element::words).map(str::to_owned),
            });
        }
    }
    let rate = element.at(&["HotelReservation", "RoomStays", "RoomStay", "RoomRates", "RoomRate"]);
    let spans = element.at(&["HotelReservation", "RoomStays", "RoomStay", "TimeSpan"]);
    let rates = rate.and_then(|rate| rate.child("Rates")).into_iter().flat_map(|rates| rates.all("Rate"));
    let rates: Vec<&Element> = rates.collect();
    let day = |name: &str, in_span: &str, of: Option<&&Element>, at| {
        let told = of
            .and_then(|rate| rate.attribute(name))
            .or_else(|| spans.and_then(|span| span.attribute(in_span)));
        told.map(|text| date(text, at)).transpose()
    };
    let (arrival, departure) = (
        day("EffectiveDate", "Start", rates.first(), "Rate/@EffectiveDate")?,
        day("ExpireDate", "End", rates.last(), "Rate/@ExpireDate")?,
    );
    if arrival.zip(departure).is_some_and(|(arrival, departure)| departure < arrival) {
        return Err(("Rate/@ExpireDate", Problem::Order));
    }
    let code = |name: &str| rate.and_then(|rate| rate.attribute(name)).map(str::to_owned);
    let (room_type, rate_plan) = (code("RoomTypeCode"), code("RatePlanCode"));
    let changed = element.child("HotelReservation").and_then(|told| told.attribute("LastModifyDateTime"));
    let said = moment(changed, "HotelReservation/@LastModifyDateTime")?.or(sent);
    Ok(StayInfo { reservation, arrival, departure, room_type, rate_plan, charges, total, said })
}
