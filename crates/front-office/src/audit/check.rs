//! What is open before a business date is closed.

use async_trait::async_trait;
use std::collections::HashMap;

use chrono::NaiveDate;
use hefu_domain::{
    ids::VisitId,
    reservation::{Guarantee, Reservation},
};
use hefu_store::{Conn, query};
use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_NAMED, uncharged};
use crate::{
    books::{OutOfBalance, UnsettledWindow, out_of_balance, unsettled},
    property::find_property,
    shift::{self, ShiftInfo},
    view::names::{Names, VisitNames},
    visit::grouped,
};
use hefu_authz::{Action, Resource};
use hefu_core::{Query, Reader, Result};
use hefu_domain::property::Property;

/// A room that somebody should have come to by the date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ArrivalNotCome {
    /// The visit's number, in groups.
    pub visit: String,
    /// The room of the reservation.
    pub line: i64,
    /// Code of the room type.
    pub room_type: String,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// What secures it.
    pub guarantee: Option<Guarantee>,
}

/// Somebody in house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InHouse {
    /// The visit's number, in groups.
    pub visit: String,
    /// The room of the reservation.
    pub line: i64,
    /// The number of the room.
    pub room: Option<String>,
    /// The departure.
    pub departure: NaiveDate,
}

/// Money held for a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldDeposit {
    /// The visit's number, in groups.
    pub visit: String,
    /// Minor units.
    pub held: i64,
}

/// An amount set aside on a card that is not captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpiringPreAuth {
    /// The visit's number, in groups.
    pub visit: String,
    /// The last day on which it can be captured.
    pub expires: NaiveDate,
    /// Minor units.
    pub amount: i64,
}

/// What is open before the business date is closed; of each kind the first 500.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuditCheck {
    /// Code of the property.
    pub property: String,
    /// The date to close.
    pub business_date: NaiveDate,
    /// Arrivals that did not come: who runs the audit says what becomes of them.
    pub arrivals_not_come: Vec<ArrivalNotCome>,
    /// Who should have left by the date and is in house.
    pub departures_not_gone: Vec<InHouse>,
    /// Whose night the audit will charge.
    pub to_be_charged: Vec<InHouse>,
    /// Deposits held for visits that are in house or over: to be applied, given back or kept.
    pub deposits_held: Vec<HeldDeposit>,
    /// Windows with a balance of visits that are over.
    pub unsettled: Vec<UnsettledWindow>,
    /// Pre-authorisations that will run out with the date.
    pub pre_authorisations_expiring: Vec<ExpiringPreAuth>,
    /// Cashiers whose shift is open: to be counted, or to go on over the night.
    pub cashiers_open: Vec<ShiftInfo>,
    /// Ledgers that do not say what is owed and held. Of the guest ledger it is what bills of other systems brought on the date.
    pub out_of_balance: Vec<OutOfBalance>,
}

/// What is open before the business date is closed.
#[derive(Debug, Clone)]
pub struct CheckNightAudit {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for CheckNightAudit {
    const ACTION: Action = Action::NightAuditCheck;
    type Out = AuditCheck;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let (id, date) = (property.id, property.business_date);
        let board: HashMap<VisitId, Reservation> = query::stay::on_board(c, id, date)
            .await?
            .into_iter()
            .map(|reservation| (reservation.id, reservation))
            .collect();
        let expiring = query::audit::expiring(c, id, date.succ_opt().unwrap_or(date), MOST_NAMED).await?;
        let cards = VisitNames::of(c, expiring.iter().map(|auth| (id, auth.visit_id))).await?;
        let number = |visit: VisitId| {
            let known = board.get(&visit).map(|reservation| reservation.number.clone());
            grouped(&known.or_else(|| cards.number(visit)).unwrap_or_default())
        };
        Ok(AuditCheck {
            arrivals_not_come: arrivals(c, &property, &board).await?,
            departures_not_gone: in_house(c, &property, &number, true).await?,
            to_be_charged: in_house(c, &property, &number, false).await?,
            deposits_held: query::books::left_held(c, id, MOST_NAMED)
                .await?
                .into_iter()
                .map(|(number, held)| HeldDeposit { visit: grouped(&number), held })
                .collect(),
            unsettled: unsettled(c, &property, MOST_NAMED).await?,
            pre_authorisations_expiring: expiring
                .into_iter()
                .map(|auth| ExpiringPreAuth {
                    visit: number(auth.visit_id),
                    expires: auth.expires,
                    amount: auth.amount,
                })
                .collect(),
            cashiers_open: shift::open(c, &property, MOST_NAMED).await?,
            out_of_balance: out_of_balance(c, &property).await?,
            property: property.code,
            business_date: date,
        })
    }
}

async fn arrivals(
    c: &mut Conn,
    property: &Property,
    board: &HashMap<VisitId, Reservation>,
) -> Result<Vec<ArrivalNotCome>> {
    let names = Names::of(property).with_types(c, property.id).await?;
    let awaited = query::stay::awaited(c, property.id, property.business_date, MOST_NAMED).await?;
    Ok(awaited
        .into_iter()
        .map(|room| {
            let reservation = board.get(&room.visit_id);
            ArrivalNotCome {
                visit: grouped(reservation.map_or("", |reservation| reservation.number.as_str())),
                line: room.line,
                room_type: names.room_type(room.room_type_id),
                arrival: room.arrival,
                departure: room.departure,
                guarantee: reservation.map(|reservation| reservation.guarantee),
            }
        })
        .collect())
}

/// Who is in house and should have left, or whose night is not charged yet.
async fn in_house(
    c: &mut Conn,
    property: &Property,
    number: &(impl Fn(VisitId) -> String + Sync),
    overdue: bool,
) -> Result<Vec<InHouse>> {
    let date = property.business_date;
    let mut stays = if overdue {
        let mut all = query::visit::in_house(c, property.id).await?;
        all.retain(|stay| stay.departure <= date && stay.share_of.is_none() && stay.arrival < date);
        all.truncate(MOST_NAMED as usize);
        all
    } else {
        uncharged(c, property, date, MOST_NAMED).await?
    };
    stays.sort_by_key(|stay| (stay.departure, stay.visit_id, stay.line));
    let names = Names::of(property).with_rooms(c, property.id, stays.iter().map(|stay| stay.room_id)).await?;
    Ok(stays
        .into_iter()
        .map(|stay| InHouse {
            visit: number(stay.visit_id),
            line: stay.line,
            room: names.room(stay.room_id),
            departure: stay.departure,
        })
        .collect())
}
