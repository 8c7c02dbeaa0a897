//! Seasons by name: set, shown in the calendar, and given prices all at once.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::PropertyEvent,
    message::{Codes, Missing},
    season::{Season, SeasonDates},
};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar::{CalendarSet, PricesOn, on_weekdays};
use crate::property::{check_code, check_name, find_property};

/// The most ranges of dates of a season.
const MOST_RANGES: usize = 100;

/// The longest range, in days.
const LONGEST: i64 = 731;

/// A season as put. Of one that is there what is not given stays; a new one needs names and dates.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SeasonInput {
    /// Name as the property writes it.
    pub name: Option<String>,
    /// Name in English.
    pub name_en: Option<String>,
    /// Its dates: those that are given replace those that were. No date belongs to two seasons.
    pub dates: Option<Vec<SeasonDates>>,
}

/// A season, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeasonView {
    /// Short code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Its dates, the earliest first.
    pub dates: Vec<SeasonDates>,
    /// Version of the record.
    pub version: i64,
}

impl From<Season> for SeasonView {
    fn from(season: Season) -> Self {
        let Season { property_id: _, id: _, code, name, name_en, dates, version } = season;
        Self { code, name, name_en, dates, version }
    }
}

/// Dates as they are kept: in order, without a date twice.
fn dates_of(given: &[SeasonDates]) -> Result<Vec<SeasonDates>> {
    let is_range = |dates: &SeasonDates| (1..=LONGEST).contains(&(dates.until - dates.from).num_days());
    if !(1..=MOST_RANGES).contains(&given.len()) {
        return Err(AppError::invalid("dates", Message::SeasonDates));
    }
    if let Some(i) = given.iter().position(|dates| !is_range(dates)) {
        return Err(RuleError::new(Rule::BadDates, ("dates", i, "until"), Message::SeasonDates).into());
    }
    let mut dates = given.to_vec();
    dates.sort_unstable();
    if dates.windows(2).any(|two| two[0].overlap(two[1])) {
        return Err(RuleError::new(Rule::BadDates, "dates", Message::SeasonDates).into());
    }
    Ok(dates)
}

/// Creates or changes a season. Prices that were set on its dates stay where they are.
#[derive(Debug, Clone)]
pub struct PutSeason {
    /// The property's code.
    pub property: String,
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The season.
    pub input: SeasonInput,
}

#[async_trait]
impl Command for PutSeason {
    const ACTION: Action = Action::SeasonPut;
    type Out = SeasonView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<SeasonView> {
        check_code(Place::parameter("code"), &self.code)?;
        let property = u.property(&self.property).await?;
        let all = query::rate::seasons(u.tx, property.id).await?;
        let (input, had) = (&self.input, all.iter().find(|season| season.code == self.code));
        let missing = |at: &'static str| AppError::invalid(at, Message::MissingField);
        let name = input.name.as_ref().or(had.map(|had| &had.name)).ok_or_else(|| missing("name"))?;
        let name_en = input.name_en.as_ref().or(had.map(|had| &had.name_en));
        let name_en = name_en.ok_or_else(|| missing("name_en"))?;
        let dates = match (&input.dates, had) {
            (Some(dates), _) => dates_of(dates)?,
            (None, Some(had)) => had.dates.clone(),
            (None, None) => return Err(missing("dates")),
        };
        check_name("name", name)?;
        check_name("name_en", name_en)?;
        let others = all.iter().filter(|season| season.code != self.code);
        let meet =
            |season: &&Season| season.dates.iter().any(|of| dates.iter().any(|date| date.overlap(*of)));
        let overlaps: Vec<String> = others.filter(meet).map(|season| season.code.clone()).collect();
        if !overlaps.is_empty() {
            let message = Message::SeasonOverlaps { seasons: Codes(overlaps) };
            return Err(RuleError::new(Rule::BadDates, "dates", message).into());
        }
        let mut season = Season {
            property_id: property.id,
            id: had.map_or_else(|| u.id(), |had| had.id),
            code: self.code.clone(),
            name: name.clone(),
            name_en: name_en.clone(),
            dates,
            version: had.map_or(1, |had| had.version),
        };
        if had.is_none() {
            u.tx.insert(&season).await?;
        } else {
            check_version(self.if_match, season.version)?;
            u.tx.update(&mut season).await?;
        }
        let event = PropertyEvent::PutSeason {
            code: season.code.clone(),
            name: season.name.clone(),
            name_en: season.name_en.clone(),
            dates: season.dates.clone(),
        };
        u.record(About::Property(property.id, "season", season.id.uuid()), event).await?;
        Ok(season.into())
    }
}

/// A price to set on all dates of a season that are not over.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonPricesInput {
    /// Code of the rate plan. Of a derived one a date gets a price of its own.
    pub rate_plan: String,
    /// Codes of the room types; none: every one.
    #[serde(default)]
    pub room_types: Vec<String>,
    /// Days of the week, 1 (Monday) to 7 (Sunday); none: every day.
    #[serde(default)]
    pub weekdays: Vec<u8>,
    /// The price, minor units; none: what the plan says without a price of the date.
    #[serde(default)]
    pub amount: Option<i64>,
}

/// Sets prices of a plan on the dates of a season, from the business date on. What was sold keeps its price.
#[derive(Debug, Clone)]
pub struct SetSeasonPrices {
    /// The property's code.
    pub property: String,
    /// Code of the season.
    pub season: String,
    /// The prices.
    pub input: SeasonPricesInput,
}

#[async_trait]
impl Command for SetSeasonPrices {
    const ACTION: Action = Action::SeasonPrices;
    type Out = CalendarSet;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CalendarSet> {
        let property = u.property(&self.property).await?;
        let mut seasons = query::rate::seasons(u.tx, property.id).await?.into_iter();
        let season = seasons.find(|season| season.code == self.season);
        let missing = || AppError::not_found(Missing::Season, &self.season).at(Place::parameter("code"));
        let season = season.ok_or_else(missing)?;
        let is_meant = on_weekdays(&self.input.weekdays)?;
        let of = |dates: &SeasonDates| {
            let until = dates.until;
            dates.from.max(property.business_date).iter_days().take_while(move |date| *date < until)
        };
        let nights: Vec<NaiveDate> = season.dates.iter().flat_map(of).filter(is_meant).collect();
        let SeasonPricesInput { rate_plan, room_types, weekdays, amount } = &self.input;
        let set = PricesOn { rate_plan, room_types, amount: *amount };
        let (told, plan, room_types) = set.write(u, &property, &nights).await?;
        let event = PropertyEvent::SetSeasonPrices {
            season: season.code,
            rate_plan: plan.code,
            room_types,
            weekdays: weekdays.clone(),
            amount: *amount,
        };
        u.record(About::Property(property.id, "rate_plan", plan.id.uuid()), event).await?;
        Ok(told)
    }
}

/// The seasons of a property, by code.
#[derive(Debug, Clone)]
pub struct ListSeasons {
    /// The property's code.
    pub property: String,
}

#[async_trait]
impl Query for ListSeasons {
    const ACTION: Action = Action::SeasonList;
    type Out = Vec<SeasonView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let seasons = query::rate::seasons(c, property.id).await?;
        Ok(seasons.into_iter().map(SeasonView::from).collect())
    }
}
