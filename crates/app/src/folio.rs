//! The bill: posting to it, and what follows from a posting.

use chrono::NaiveDate;
use hefu_domain::{
    Rule, RuleError,
    folio::{Folio, FolioState, Posting, WINDOWS},
    ids::{PostingId, StayId},
    property::{CodeKind, RateKind, TransactionCode},
    reservation::ReservationRoom,
};
use hefu_store::query;

use crate::{AppError, Result, Unit, visit::Visit};

/// A line to be put on a bill.
#[derive(Debug, Clone)]
pub struct NewPosting {
    /// What it is.
    pub code: TransactionCode,
    /// Charges above zero, payments below; minor units of the house's currency.
    pub amount: i64,
    /// How many of it.
    pub quantity: i64,
    /// The window; none: where routing sends the code's group, else the first.
    pub window: Option<i64>,
    /// The stay it arose from.
    pub stay_id: Option<StayId>,
    /// The night a room charge is for.
    pub night: Option<NaiveDate>,
    /// The posting it belongs to.
    pub belongs_to: Option<PostingId>,
    /// The posting it takes back.
    pub reverses: Option<PostingId>,
    /// What makes it happen once only.
    pub once: Option<String>,
    /// Receipt or slip number.
    pub reference: Option<String>,
    /// Foreign currency, amount in its minor units, and the rate used.
    pub foreign: Option<(String, i64, String)>,
}

impl NewPosting {
    /// A plain line.
    pub const fn of(code: TransactionCode, amount: i64) -> Self {
        Self {
            code,
            amount,
            quantity: 1,
            window: None,
            stay_id: None,
            night: None,
            belongs_to: None,
            reverses: None,
            once: None,
            reference: None,
            foreign: None,
        }
    }
}

/// A house's transaction code.
///
/// # Errors
/// There is none.
pub async fn code(u: &mut Unit<'_>, visit: &Visit, code: &str) -> Result<TransactionCode> {
    query::property::code(u.tx, visit.property.id, code)
        .await?
        .ok_or_else(|| AppError::not_found("transaction code", code))
}

/// The folio of a window, opened when it is new.
///
/// # Errors
/// No such window.
pub async fn window(u: &mut Unit<'_>, visit: &Visit, number: i64) -> Result<Folio> {
    if !(1..=WINDOWS).contains(&number) {
        return Err(AppError::invalid("window", format!("1 to {WINDOWS}")));
    }
    let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
    if let Some(folio) = folios.into_iter().find(|folio| folio.window == number) {
        return Ok(folio);
    }
    let folio = Folio {
        property_id: visit.property.id,
        id: u.id(),
        visit_id: visit.reservation.id,
        window: number,
        guest_id: Some(visit.reservation.guest_id),
        company: None,
        state: FolioState::Open,
        currency: visit.property.currency,
        balance: 0,
        version: 1,
    };
    u.tx.insert(&folio).await?;
    Ok(folio)
}

/// Puts a line on the visit's bill.
///
/// # Errors
/// The window is closed, or the amount is out of range.
pub async fn post(u: &mut Unit<'_>, visit: &Visit, new: NewPosting) -> Result<Posting> {
    let number = match new.window {
        Some(number) => number,
        None => query::visit::routings(u.tx, visit.property.id, visit.reservation.id)
            .await?
            .into_iter()
            .find(|routing| routing.code_group == new.code.group && new.code.kind != CodeKind::Payment)
            .map_or(1, |routing| routing.window),
    };
    let mut folio = window(u, visit, number).await?;
    if folio.state != FolioState::Open {
        let detail = "the window was closed at check-out: take the check-out back first";
        return Err(RuleError::new(Rule::WrongState, format!("window {number}"), detail).into());
    }
    let out_of_range = || RuleError::new(Rule::BadAmount, "amount", "out of range");
    if new.amount.unsigned_abs() > 1_000_000_000_000 {
        return Err(out_of_range().into());
    }
    folio.balance = folio.balance.checked_add(new.amount).ok_or_else(out_of_range)?;
    let (foreign_currency, foreign_amount, foreign_rate) = match new.foreign {
        Some((currency, amount, rate)) => (Some(currency), Some(amount), Some(rate)),
        None => (None, None, None),
    };
    let posting = Posting {
        property_id: visit.property.id,
        id: u.id(),
        folio_id: folio.id,
        visit_id: visit.reservation.id,
        stay_id: new.stay_id,
        business_date: visit.property.business_date,
        posted_at: u.now,
        code: new.code.code,
        kind: new.code.kind,
        amount: new.amount,
        quantity: new.quantity,
        night: new.night,
        belongs_to: new.belongs_to,
        reverses: new.reverses,
        once: new.once,
        reference: new.reference,
        foreign_currency,
        foreign_amount,
        foreign_rate,
    };
    u.tx.insert(&posting).await?;
    u.tx.update(&mut folio).await?;
    Ok(posting)
}

/// Posts a night of a stay (or its part-day block): room, service fee and tax. Does nothing when it
/// was posted before. Answers the room part that was posted now.
///
/// # Errors
/// The window is closed.
pub async fn post_room(
    u: &mut Unit<'_>,
    visit: &Visit,
    room: &ReservationRoom,
    stay_id: StayId,
    night: NaiveDate,
) -> Result<Option<i64>> {
    let once = format!("room:{stay_id}:{night}");
    if query::visit::posting_once(u.tx, visit.property.id, &once).await?.is_some() {
        return Ok(None);
    }
    let index = (night - room.arrival).num_days();
    let prices = room.net_prices();
    // A night beyond the promise (late check-out, extension) costs what the last one did.
    let price =
        usize::try_from(index).ok().and_then(|i| prices.get(i)).or(prices.last()).copied().unwrap_or(0);
    let plan = match room.rate_plan_id {
        Some(id) => query::property::rate_plan(u.tx, visit.property.id, id).await?,
        None => None,
    };
    let part_day = plan.as_ref().is_some_and(|plan| plan.kind == RateKind::PartDay);
    let (net, service_fee, tax) = plan.map_or((price, 0, 0), |plan| {
        let parts = plan.parts(price);
        (parts.room, parts.service_fee, parts.tax)
    });
    let room_code = code(u, visit, if part_day { "DAYUSE" } else { "ROOM" }).await?;
    let stay = Some(stay_id);
    let main =
        NewPosting { once: Some(once), night: Some(night), stay_id: stay, ..NewPosting::of(room_code, net) };
    let main = post(u, visit, main).await?;
    for (name, amount) in [("SVC", service_fee), ("TAX", tax)] {
        if amount != 0 {
            let code = code(u, visit, name).await?;
            let line = NewPosting {
                belongs_to: Some(main.id),
                night: Some(night),
                stay_id: stay,
                ..NewPosting::of(code, amount)
            };
            post(u, visit, line).await?;
        }
    }
    Ok(Some(net))
}
