//! The account of a company with its subsidiaries 【集团账户】: what each booked, received, consumed and paid in a period, and where the records of it contradict
//! each other.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Query, Reader, Result};
use hefu_domain::{
    Message, Place,
    company::Company,
    finding::FindingState,
    ids::{CompanyId, GroupId, PropertyId, VisitId},
    message::Missing,
    reservation::{ReservationRoom, ReservationState},
};
use hefu_front_office::visit::grouped;
use hefu_kernel::{Currency, FIRST_DATE, Id as _, LAST_DATE};
use hefu_store::{Conn, query};
use serde::Serialize;
use utoipa::ToSchema;

/// The longest period of an account, days.
const LONGEST: i64 = 400;

/// Days before and after today that are summed up unless others are asked for.
const AROUND: Days = Days::new(31);

/// Visits that are shown one by one.
const SHOWN: usize = 1_000;

/// What visits come to, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountSum {
    /// Code of the company the visits are for; none: all of them.
    pub company: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Confirmed reservations.
    pub reservations: i64,
    /// Rooms that were held for their groups on the night with the most. A group of several companies counts with the first of them.
    pub blocked: i64,
    /// Rooms that were booked in these.
    pub rooms: i64,
    /// Rooms that somebody moved into.
    pub received: i64,
    /// Room nights as booked.
    pub room_nights: i64,
    /// Room revenue as booked, minor units, without added fee and tax.
    pub promised: i64,
    /// Charges of all visits, including cancelled ones, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Balance due, minor units.
    pub balance: i64,
    /// Open findings, also those about groups.
    pub findings: i64,
    /// Money at stake in these, minor units.
    pub stake: i64,
}

impl AccountSum {
    const fn new(company: Option<String>, name: Option<String>, currency: Currency) -> Self {
        Self {
            company,
            name,
            currency,
            reservations: 0,
            blocked: 0,
            rooms: 0,
            received: 0,
            room_nights: 0,
            promised: 0,
            charged: 0,
            paid: 0,
            balance: 0,
            findings: 0,
            stake: 0,
        }
    }

    fn add(&mut self, visit: &AccountVisit) {
        if visit.state == ReservationState::Reserved {
            self.reservations += 1;
            self.rooms += visit.rooms;
            self.room_nights += visit.room_nights;
            self.promised += visit.promised;
        }
        self.received += visit.received;
        self.charged += visit.charged;
        self.paid += visit.paid;
        self.balance += visit.balance;
        self.findings += visit.findings;
        self.stake += visit.stake;
    }
}

/// What is said of a group in a property: rooms that were held for it on the night with the most, open findings, and the money at stake.
async fn of_group(c: &mut Conn, property: PropertyId, group: GroupId) -> Result<(i64, i64, i64)> {
    let mut nights: BTreeMap<NaiveDate, i64> = BTreeMap::new();
    if let Some(block) = query::block::of_group_in(c, property, group).await? {
        for night in query::block::nights(c, property, block.id, FIRST_DATE).await? {
            *nights.entry(night.night).or_default() += night.rooms;
        }
    }
    let (mut findings, mut stake) = (0, 0);
    // What is found of a group is kept with it as with a visit.
    for row in query::finding::of_visit(c, property, VisitId::from_uuid(group.uuid())).await? {
        if row.state == FindingState::Open {
            findings += 1;
            stake += row.stake;
        }
    }
    Ok((nights.into_values().max().unwrap_or_default(), findings, stake))
}

/// A visit of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AccountVisit {
    /// The number, in groups.
    pub number: String,
    /// The property's code.
    pub property: String,
    /// Code of the company it is for.
    pub company: String,
    /// Booking channel.
    pub channel: String,
    /// The reservation's state.
    pub state: ReservationState,
    /// Arrival date.
    pub arrival: NaiveDate,
    /// Departure date.
    pub departure: NaiveDate,
    /// The currency of the amounts.
    pub currency: Currency,
    /// Rooms that were booked.
    pub rooms: i64,
    /// Rooms that somebody moved into.
    pub received: i64,
    /// Room nights as booked.
    pub room_nights: i64,
    /// Room revenue as booked, minor units, without added fee and tax.
    pub promised: i64,
    /// Charges, minor units.
    pub charged: i64,
    /// Payments, minor units, above zero.
    pub paid: i64,
    /// Balance due, minor units.
    pub balance: i64,
    /// Open findings.
    pub findings: i64,
    /// Money at stake in these, minor units.
    pub stake: i64,
}

/// The account of a company with its subsidiaries over a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompanyAccountView {
    /// Code of the company.
    pub company: String,
    /// Its name.
    pub name: String,
    /// The first date: visits that end before it are left out.
    pub from: NaiveDate,
    /// The last date: visits that begin after it are left out.
    pub to: NaiveDate,
    /// How many subsidiaries it has, with and without visits.
    pub subsidiaries: i64,
    /// By company and currency: the company itself first, then its subsidiaries by code; those without a visit are left out.
    pub companies: Vec<AccountSum>,
    /// In all: one, or one for each currency if the properties have several.
    pub total: Vec<AccountSum>,
    /// The visits by arrival, at most 1,000; of the properties that may be seen.
    pub visits: Vec<AccountVisit>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// Sums up what a company and its subsidiaries booked, received, consumed and paid.
#[derive(Debug, Clone)]
pub struct ShowCompanyAccount {
    /// The company's code.
    pub code: String,
    /// The first date. Default: a month ago.
    pub from: Option<NaiveDate>,
    /// The last date, at most 400 days later. Default: a month ahead.
    pub to: Option<NaiveDate>,
}

impl ShowCompanyAccount {
    /// The period.
    fn period(&self, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
        let given = |date: Option<NaiveDate>| date.map(|date| date.clamp(FIRST_DATE, LAST_DATE));
        let (from, to) = (given(self.from), given(self.to));
        let before = || to.unwrap_or(today).checked_sub_days(AROUND).unwrap_or(FIRST_DATE);
        let from = from.unwrap_or_else(before);
        let to = to.unwrap_or_else(|| from.max(today).checked_add_days(AROUND).unwrap_or(LAST_DATE));
        if !(0..=LONGEST).contains(&(to - from).num_days()) {
            let message = Message::PeriodLength { most: LONGEST + 1 };
            return Err(AppError::invalid(Place::parameter("to"), message));
        }
        Ok((from, to))
    }
}

#[async_trait]
impl Query for ShowCompanyAccount {
    const ACTION: Action = Action::CompanyAccount;
    type Out = CompanyAccountView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<CompanyAccountView> {
        let period = self.period(r.now.date_naive())?;
        let mut properties = query::property::all(r.conn().await?).await?;
        r.allowed_in(Action::CompanyAccount, &mut properties);
        let properties: HashMap<PropertyId, String> =
            properties.into_iter().map(|property| (property.id, property.code)).collect();
        let c = r.snapshot().await?;
        let found = query::company::by_code(c, &self.code).await?;
        let company = found.ok_or_else(|| AppError::not_found(Missing::Company, &self.code))?;
        let subsidiaries = query::company::subsidiaries(c, company.id).await?;
        let id = company.id;
        let by = query::company::booked_by(c, id, period).await?;
        let by: HashMap<VisitId, CompanyId> =
            by.into_iter().map(|link| (link.visit_id, link.company_id)).collect();
        let mut rooms: HashMap<VisitId, Vec<ReservationRoom>> = HashMap::new();
        for room in query::company::booked_rooms(c, id, period).await? {
            rooms.entry(room.visit_id).or_default().push(room);
        }
        let received: HashMap<VisitId, i64> =
            query::company::booked_stays(c, id, period).await?.into_iter().collect();
        let money = query::company::booked_money(c, id, period).await?.into_iter();
        let money: HashMap<VisitId, (i64, i64)> =
            money.map(|(visit, charged, paid)| (visit, (charged, paid))).collect();
        let balances: HashMap<VisitId, i64> =
            query::company::booked_balances(c, id, period).await?.into_iter().collect();
        let findings = query::company::booked_findings(c, id, period).await?.into_iter();
        let findings: HashMap<VisitId, (i64, i64)> =
            findings.map(|(visit, count, stake)| (visit, (count, stake))).collect();
        let companies: Vec<&Company> = std::iter::once(&company).chain(&subsidiaries).collect();
        let place = |id: &CompanyId| companies.iter().position(|known| known.id == *id);

        let mut sums: BTreeMap<(usize, Currency), AccountSum> = BTreeMap::new();
        let mut total: BTreeMap<Currency, AccountSum> = BTreeMap::new();
        let mut groups: BTreeMap<(PropertyId, GroupId), (usize, Currency)> = BTreeMap::new();
        let (mut visits, mut is_whole) = (Vec::new(), true);
        for reservation in query::company::booked_for(c, id, period).await? {
            let Some(property) = properties.get(&reservation.property_id) else { continue };
            let Some(at) = by.get(&reservation.id).and_then(place) else { continue };
            let mut rooms = rooms.remove(&reservation.id).unwrap_or_default();
            // Rooms that were called off are promised no more, unless nothing else is left to tell of.
            if rooms.iter().any(ReservationRoom::is_alive) {
                rooms.retain(ReservationRoom::is_alive);
            }
            let (charged, paid) = money.get(&reservation.id).copied().unwrap_or_default();
            let (count, stake) = findings.get(&reservation.id).copied().unwrap_or_default();
            let visit = AccountVisit {
                number: grouped(&reservation.number),
                property: property.clone(),
                company: companies[at].code.clone(),
                channel: reservation.channel,
                state: reservation.state,
                arrival: reservation.arrival,
                departure: reservation.departure,
                currency: reservation.currency,
                rooms: rooms.len() as i64,
                received: received.get(&reservation.id).copied().unwrap_or_default(),
                room_nights: rooms.iter().map(|room| (room.departure - room.arrival).num_days()).sum(),
                promised: rooms.iter().flat_map(ReservationRoom::net_prices).sum(),
                charged,
                paid,
                balance: balances.get(&reservation.id).copied().unwrap_or_default(),
                findings: count,
                stake,
            };
            let (of, currency) = (companies[at], visit.currency);
            if let Some(group) = reservation.group_id {
                let first = groups.entry((reservation.property_id, group)).or_insert((at, currency));
                *first = (*first).min((at, currency));
            }
            sums.entry((at, currency))
                .or_insert_with(|| AccountSum::new(Some(of.code.clone()), Some(of.name.clone()), currency))
                .add(&visit);
            total.entry(currency).or_insert_with(|| AccountSum::new(None, None, currency)).add(&visit);
            if visits.len() < SHOWN {
                visits.push(visit);
            } else {
                is_whole = false;
            }
        }
        for ((property, group), (at, currency)) in groups {
            let (blocked, count, stake) = of_group(c, property, group).await?;
            let counted = [sums.get_mut(&(at, currency)), total.get_mut(&currency)];
            for sum in counted.into_iter().flatten() {
                sum.blocked += blocked;
                sum.findings += count;
                sum.stake += stake;
            }
        }
        Ok(CompanyAccountView {
            company: company.code.clone(),
            name: company.name.clone(),
            from: period.0,
            to: period.1,
            subsidiaries: subsidiaries.len() as i64,
            companies: sums.into_values().collect(),
            total: total.into_values().collect(),
            visits,
            is_whole,
        })
    }
}
