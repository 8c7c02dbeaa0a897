//! Groups 【商务团队】: many reservations of many companies, also in several properties, with one total.

pub mod desk;

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use hefu_domain::{
    Place,
    event::PropertyEvent,
    ids::VisitId,
    reservation::{ReservationRoom, ReservationState, VisitGroup},
};
use hefu_kernel::{Currency, Id as _};
use hefu_store::query::{self, property::PropertyCodes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    block::{self, BlockView},
    property::{check_code, check_name, find_group},
    view::booking::GroupInfo,
    visit::grouped,
};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::check_version;
use hefu_core::{About, Command, Query, Reader, Result, Unit};

/// A group to create or change.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupInput {
    /// Name of the event or tour.
    pub name: String,
}

/// Creates or changes a group.
#[derive(Debug, Clone)]
pub struct PutGroup {
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The group.
    pub input: GroupInput,
}

#[async_trait]
impl Command for PutGroup {
    const ACTION: Action = Action::GroupPut;
    type Out = GroupInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<GroupInfo> {
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &self.input.name)?;
        let group = match query::visit::group_by_code(u.tx, &self.code).await? {
            None => {
                let (code, name) = (self.code.clone(), self.input.name.clone());
                let group = VisitGroup { id: u.id(), code, name, version: 1 };
                u.tx.insert(&group).await?;
                group
            }
            Some(mut group) => {
                check_version(self.if_match, group.version)?;
                group.name.clone_from(&self.input.name);
                u.tx.update(&mut group).await?;
                group
            }
        };
        u.record(About::Chain("group", group.id.uuid()), PropertyEvent::from(&group)).await?;
        Ok(group.into())
    }
}

/// Lists the groups, the newest first.
#[derive(Debug, Clone)]
pub struct ListGroups {
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ListGroups {
    const ACTION: Action = Action::GroupList;
    type Out = Vec<GroupInfo>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Chain)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let groups = query::visit::groups(r.conn().await?, self.limit).await?;
        Ok(groups.into_iter().map(GroupInfo::from).collect())
    }
}

/// Totals of several visits, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GroupSum {
    /// The company the visits are booked for; none: for no company, or all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Confirmed reservations.
    pub reservations: i64,
    /// Their rooms.
    pub rooms: i64,
    /// Their room nights.
    pub room_nights: i64,
    /// Room revenue as booked, minor units, without added fee and tax.
    pub promised: i64,
    /// Charges of all visits, including cancelled ones, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Balance due, minor units.
    pub balance: i64,
}

impl GroupSum {
    const fn new(company: Option<String>, currency: Currency) -> Self {
        Self {
            company,
            currency,
            reservations: 0,
            rooms: 0,
            room_nights: 0,
            promised: 0,
            charged: 0,
            paid: 0,
            balance: 0,
        }
    }

    fn add(&mut self, visit: &GroupVisit) {
        if visit.state == ReservationState::Reserved {
            self.reservations += 1;
            self.rooms += visit.rooms;
            self.room_nights += visit.room_nights;
            self.promised += visit.promised;
        }
        self.charged += visit.charged;
        self.paid += visit.paid;
        self.balance += visit.balance;
    }
}

/// A visit of a group.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupVisit {
    /// The number, in groups.
    pub number: String,
    /// The property's code.
    pub property: String,
    /// The company it is booked for.
    pub company: Option<String>,
    /// The reservation's state.
    pub state: ReservationState,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// The currency of the amounts.
    pub currency: Currency,
    /// How many rooms.
    pub rooms: i64,
    /// Their room nights.
    pub room_nights: i64,
    /// Room revenue as booked, minor units, without added fee and tax.
    pub promised: i64,
    /// Charges, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Balance due, minor units.
    pub balance: i64,
}

/// A group: by visit, by company, and in total; all of it of the properties whose visits may be seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GroupView {
    /// The group.
    pub group: GroupInfo,
    /// By company and currency.
    pub companies: Vec<GroupSum>,
    /// Totals: one, or one for each currency if the properties have several.
    pub total: Vec<GroupSum>,
    /// The visits, by company and arrival.
    pub visits: Vec<GroupVisit>,
    /// Blocks of rooms that are held for it, a property each.
    pub blocks: Vec<BlockView>,
}

/// A group with its total.
#[derive(Debug, Clone)]
pub struct ShowGroup {
    /// Its code.
    pub code: String,
}

#[async_trait]
impl Query for ShowGroup {
    const ACTION: Action = Action::GroupShow;
    type Out = GroupView;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Group, &self.code)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let code = self.code.as_str();
        let mut all = query::property::all(r.conn().await?).await?;
        // Of properties whose visits the principal may not see, nothing is told, in the totals either.
        all.retain(|property| r.may(Action::VisitShow, &property.code));
        let seen = PropertyCodes::of(&all);
        let c = r.conn().await?;
        let group = find_group(c, code).await?;
        let mut blocks = Vec::new();
        for block in query::block::of_group(c, group.id, &seen).await? {
            if let Some(property) = all.iter().find(|property| property.id == block.property_id) {
                blocks.push(block::shown(c, property, block).await?);
            }
        }
        let properties: HashMap<_, _> =
            all.into_iter().map(|property| (property.id, property.code)).collect();
        let mut rooms: HashMap<VisitId, Vec<ReservationRoom>> = HashMap::new();
        for room in query::visit::group_rooms(c, group.id).await? {
            rooms.entry(room.visit_id).or_default().push(room);
        }
        let money: HashMap<VisitId, (i64, i64, i64)> = query::visit::group_money(c, group.id, &seen)
            .await?
            .into_iter()
            .map(|(visit, charged, paid, balance)| (visit, (charged, paid, balance)))
            .collect();
        let mut visits = Vec::new();
        for reservation in query::visit::group_visits_among(c, group.id, &seen).await? {
            let mut rooms = rooms.remove(&reservation.id).unwrap_or_default();
            // Rooms that were called off are promised no more, unless nothing else is left to tell of.
            if rooms.iter().any(ReservationRoom::is_alive) {
                rooms.retain(ReservationRoom::is_alive);
            }
            let (charged, paid, balance) = money.get(&reservation.id).copied().unwrap_or_default();
            visits.push(GroupVisit {
                number: grouped(&reservation.number),
                property: properties.get(&reservation.property_id).cloned().unwrap_or_default(),
                company: reservation.company,
                state: reservation.state,
                arrival: reservation.arrival,
                departure: reservation.departure,
                currency: reservation.currency,
                rooms: rooms.len() as i64,
                room_nights: rooms.iter().map(|room| (room.departure - room.arrival).num_days()).sum(),
                promised: rooms.iter().flat_map(ReservationRoom::net_prices).sum(),
                charged,
                paid,
                balance,
            });
        }
        let mut companies: BTreeMap<(Option<String>, Currency), GroupSum> = BTreeMap::new();
        let mut total: BTreeMap<Currency, GroupSum> = BTreeMap::new();
        for visit in &visits {
            let (company, currency) = (visit.company.clone(), visit.currency);
            total.entry(currency).or_insert_with(|| GroupSum::new(None, currency)).add(visit);
            companies
                .entry((company.clone(), currency))
                .or_insert_with(|| GroupSum::new(company, currency))
                .add(visit);
        }
        Ok(GroupView {
            group: group.into(),
            companies: companies.into_values().collect(),
            total: total.into_values().collect(),
            visits,
            blocks,
        })
    }
}
