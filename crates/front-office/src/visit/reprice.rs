//! Another price or plan, or more or fewer people, of a guest in house. What was charged stays as it was charged.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message,
    event::{Event, StayEvent},
    message::Missing,
    rate::Usage,
    reservation::ReservationRoom,
    terms::Terms,
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Visit, VisitAction,
    book::{check_heads, check_party, check_prices, dates_of, rate_plan},
    party::{first, replace_stay, wrong_state},
    preview::{NightPrice, Preview, RoomPreview},
    share::open_from,
};
use crate::{
    property::room_by_id,
    rates::{
        access::{Buyer, require_sold_to},
        present_prices,
    },
    terms::{cancellation_of, priced_dates, terms_of, total_of},
};

/// Agrees prices, another plan with its terms, or other people for the nights that are not charged yet. Nights that are keep theirs.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reprice {
    /// Which room of the reservation, from 1.
    #[serde(default = "first")]
    pub line: i64,
    /// Code of another rate plan: its terms hold from the first night that is not charged on, and its present prices unless `prices` are given.
    #[serde(default)]
    pub rate_plan: Option<String>,
    /// Promotion code: plans that need it can be chosen. Plans by contract can be for the companies that the visit names.
    #[serde(default)]
    pub promotion_code: Option<String>,
    /// A price for each night that is not charged yet, minor units.
    #[serde(default)]
    pub prices: Option<Vec<i64>>,
    /// Adults from then on. Nights cost more or less by what people cost as it was agreed, unless they are priced anew.
    #[serde(default)]
    pub adults: Option<i64>,
    /// Children from then on.
    #[serde(default)]
    pub children: Option<i64>,
    /// How old each child is; empty: unknown.
    #[serde(default)]
    pub child_ages: Option<Vec<i64>>,
    /// Extra beds from then on.
    #[serde(default)]
    pub extra_beds: Option<i64>,
    /// Only say what it would cost, and change nothing.
    #[serde(default)]
    pub preview: bool,
    /// Why; kept sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Reprice {
    /// Puts the people into the room who live in it from now on, as far as they are given; answers whether they are others than before.
    fn agree(&self, room: &mut ReservationRoom) -> Result<bool> {
        let of = |room: &ReservationRoom| {
            (room.adults, room.children, room.terms.child_ages.clone(), room.terms.extra_beds)
        };
        let was = of(room);
        room.adults = self.adults.unwrap_or(was.0);
        room.children = self.children.unwrap_or(was.1);
        room.terms.child_ages = match &self.child_ages {
            Some(ages) => ages.clone(),
            None if room.children == was.1 => was.2.clone(),
            None => Vec::new(),
        };
        room.terms.extra_beds = self.extra_beds.unwrap_or(was.3);
        let is_other = of(room) != was;
        if is_other {
            let terms = &room.terms;
            check_party(room.adults, room.children, &terms.child_ages, terms.extra_beds)?;
        }
        Ok(is_other)
    }

    /// The room of the reservation as it is and as it would be, and the first night that changes.
    async fn changed(
        &self,
        u: &mut Unit<'_>,
        visit: &Visit,
    ) -> Result<(ReservationRoom, ReservationRoom, NaiveDate)> {
        let stay = visit.one_in_house(self.line, None)?;
        let known = visit.clone().line(self.line)?.clone();
        let from = open_from(u, visit, &stay).await?;
        let mut dates = priced_dates(known.range()?);
        dates.retain(|night| *night >= from);
        if dates.is_empty() {
            return Err(wrong_state("line", Message::AllNightsCharged));
        }
        let property = &visit.property;
        let plan = match &self.rate_plan {
            None => None,
            Some(code) => {
                let plan = rate_plan(u, property, code).await?;
                dates_of(plan.kind, (known.arrival, known.departure))
                    .map_err(|error| error.at("rate_plan"))?;
                let of = (property.id, visit.reservation.id);
                let buyer = Buyer::of_visit(u.tx, of, self.promotion_code.as_deref()).await?;
                require_sold_to(u.tx, &plan, &buyer).await?;
                Some(plan)
            }
        };
        let mut room = known.clone();
        let is_other_party = self.agree(&mut room)?;
        if is_other_party {
            let lived_in = room_by_id(u.tx, property.id, stay.room_id).await?;
            let kind = query::property::room_type(u.tx, property.id, lived_in.room_type_id).await?;
            let kind = kind.ok_or_else(|| AppError::not_found(Missing::RoomType, lived_in.room_type_id))?;
            check_heads(&kind, room.adults, room.children)?;
        }
        let heads = (known.adults, known.children);
        let is_other_plan = plan.is_some();
        if let Some(plan) = plan {
            // The people stay, and what was agreed of them.
            let terms = Terms {
                child_ages: room.terms.child_ages.clone(),
                extra_beds: room.terms.extra_beds,
                usage: known.terms.usage,
                free_nights: known.terms.free_nights.clone(),
                ..terms_of(u.tx, &plan).await?
            };
            room.terms = match from > known.arrival {
                true => terms.after(&known.terms, from, heads),
                false => Terms { owed: known.terms.owed, ..terms },
            };
            room.rate_plan_id = Some(plan.id);
        } else if is_other_party && from > known.arrival {
            room.terms = room.terms.clone().after(&known.terms, from, heads);
        }
        let prices = match &self.prices {
            Some(_) if room.terms.usage != Usage::Sold => {
                return Err(AppError::invalid("prices", Message::GivenForNothing));
            }
            Some(prices) => {
                check_prices(prices, dates.len(), property.currency)?;
                prices.clone()
            }
            None if is_other_plan => present_prices(u.tx, &room, &dates)
                .await?
                .into_iter()
                .collect::<Option<_>>()
                .ok_or_else(|| AppError::invalid("rate_plan", Message::NoPrice))?,
            None if is_other_party => {
                let cost = |room: &ReservationRoom| match room.terms.usage {
                    Usage::Sold => room.terms.supplement(room.adults, room.children),
                    Usage::Complimentary | Usage::HouseUse => 0,
                };
                let more = cost(&room) - cost(&known);
                prices_from(&known, from).into_iter().map(|price| (price + more).max(0)).collect()
            }
            None => return Err(AppError::invalid("prices", Message::PlanOrPrices)),
        };
        room.prices.truncate(room.prices.len().saturating_sub(dates.len()));
        room.prices.extend(prices);
        // Should the check-in be taken back, calling the room off costs no less than it would have.
        room.terms.owed = room.terms.owed.max(cancellation_of(property, &known, u.now)?);
        Ok((known, room, from))
    }
}

/// The prices of a room from a night on.
fn prices_from(room: &ReservationRoom, from: NaiveDate) -> Vec<i64> {
    let nights = room.arrival.iter_days().zip(&room.prices);
    nights.filter(|(night, _)| *night >= from).map(|(_, price)| *price).collect()
}

#[async_trait]
impl VisitAction for Reprice {
    const ACTION: Action = Action::StayReprice;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    fn is_preview(&self) -> bool {
        self.preview
    }

    async fn preview(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Preview> {
        let (known, room, _) = self.changed(u, visit).await?;
        let nights = room.arrival.iter_days().zip(&room.prices);
        Ok(Preview::of(vec![RoomPreview {
            line: room.line,
            nights: nights.map(|(date, price)| NightPrice { date, price: *price }).collect(),
            total: total_of(&known),
            total_after: total_of(&room),
            // Who lives in a room calls nothing off.
            cancellation: 0,
            cancellation_after: 0,
        }]))
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        u.reason()?;
        let before = visit.clone();
        let (known, room, from) = self.changed(u, visit).await?;
        let told = StayEvent::Reprice {
            line: self.line,
            from,
            was: prices_from(&known, from),
            prices: prices_from(&room, from),
            terms: room.terms.clone(),
            adults: (room.adults != known.adults).then_some(room.adults),
            children: (room.children != known.children).then_some(room.children),
        };
        if (room.adults, room.children) != (known.adults, known.children) {
            let mut stay = visit.one_in_house(self.line, None)?;
            (stay.adults, stay.children) = (room.adults, room.children);
            u.tx.update(&mut stay).await?;
            replace_stay(visit, stay);
        }
        *visit.line(self.line)? = room;
        visit.revise(u, &before).await?;
        Ok(told.into())
    }
}
