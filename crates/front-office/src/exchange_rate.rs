//! Exchange rates 【汇率】 of a property: what it gives for foreign money, by date. They are used when money comes in and no rate is said;
//! one that is said must not be far off.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::CashEvent,
    exchange_rate::{ExchangeRate, Rate},
    message::{Codes, Missing},
    property::Property,
};
use hefu_kernel::Currency;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::property::find_property;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};

/// A rate to set.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateToSet {
    /// Units of the property's currency for one of the foreign one: a decimal with up to eight places.
    pub rate: String,
    /// First business date. Default: the business date; none before it.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Set it although it is more than a quarter above or a fifth below the one that held before.
    #[serde(default)]
    pub confirm: bool,
}

/// Sets what a property gives for a foreign currency from a date on.
#[derive(Debug, Clone)]
pub struct PutExchangeRate {
    /// Code of the property.
    pub property: String,
    /// The currency.
    pub currency: Currency,
    /// The rate.
    pub input: RateToSet,
}

#[async_trait]
impl Command for PutExchangeRate {
    const ACTION: Action = Action::ExchangeRatePut;
    type Out = ExchangeRateView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<ExchangeRateView> {
        let property = u.property(&self.property).await?;
        if self.currency == property.currency {
            let at = Place::parameter("currency");
            return Err(RuleError::new(Rule::WrongCurrency, at, Message::OwnCurrency).into());
        }
        let rate = Rate::parse(&self.input.rate)?;
        let valid_from = self.input.valid_from.unwrap_or(property.business_date);
        if valid_from < property.business_date {
            let message = Message::BeforeBusinessDate { date: property.business_date };
            return Err(RuleError::new(Rule::BadDates, "valid_from", message).into());
        }
        let known = query::cash::rate(u.tx, property.id, self.currency, valid_from).await?;
        if let Some(known) = &known {
            check_distance(rate, known, self.input.confirm)?;
        }
        let mut set = ExchangeRate {
            property_id: property.id,
            currency: self.currency,
            valid_from,
            rate: rate.scaled(),
            set_by: u.ctx.principal.to_string(),
            version: 1,
        };
        match known.filter(|known| known.valid_from == valid_from) {
            None => u.tx.insert(&set).await?,
            Some(known) => {
                set.version = known.version;
                u.tx.update(&mut set).await?;
            }
        }
        let about = About::Property(property.id, "property", hefu_kernel::Id::uuid(property.id));
        let event =
            CashEvent::PutExchangeRate { currency: self.currency, valid_from, rate: rate.to_string() };
        u.record(about, event).await?;
        ExchangeRateView::of(set)
    }
}

/// Refuses a rate that may be a slip of the keyboard, unless somebody says that it is not.
fn check_distance(rate: Rate, known: &ExchangeRate, confirmed: bool) -> Result<()> {
    let known = Rate::of_scaled(known.rate)?;
    if confirmed || !rate.is_far_from(known) {
        return Ok(());
    }
    let message = Message::RateFarOff { known: Codes::of([known]) };
    Err(RuleError::new(Rule::BadAmount, "rate", message).into())
}

/// The rate at which foreign money is taken: the one that was said, if it is not far from the property's, else the property's.
///
/// # Errors
/// No rate was said and the property has none; or the one that was said is no rate, or far off and not confirmed.
pub async fn rate_for(
    u: &mut Unit<'_>,
    property: &Property,
    currency: Currency,
    (said, confirmed): (Option<&str>, bool),
) -> Result<Rate> {
    let known = query::cash::rate(u.tx, property.id, currency, property.business_date).await?;
    match (said, known) {
        (Some(said), known) => {
            let rate = Rate::parse(said)?;
            known.map_or(Ok(()), |known| check_distance(rate, &known, confirmed))?;
            Ok(rate)
        }
        (None, Some(known)) => Ok(Rate::of_scaled(known.rate)?),
        (None, None) => Err(AppError::invalid("rate", Message::NoRate { currency })),
    }
}

/// What a property gives for a foreign currency from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExchangeRateView {
    /// The foreign currency.
    pub currency: Currency,
    /// First business date; it holds until a later one takes over.
    pub valid_from: NaiveDate,
    /// Units of the property's currency for one of it, a decimal.
    pub rate: String,
    /// Who set it, as the journal calls them.
    pub set_by: String,
    /// Version of the record.
    pub version: i64,
}

impl ExchangeRateView {
    fn of(rate: ExchangeRate) -> Result<Self> {
        Ok(Self {
            currency: rate.currency,
            valid_from: rate.valid_from,
            rate: Rate::of_scaled(rate.rate)?.to_string(),
            set_by: rate.set_by,
            version: rate.version,
        })
    }
}

/// The rates of the business date, by currency.
#[derive(Debug, Clone)]
pub struct ListExchangeRates {
    /// Code of the property.
    pub property: String,
}

#[async_trait]
impl Query for ListExchangeRates {
    const ACTION: Action = Action::ExchangeRateShow;
    type Out = Vec<ExchangeRateView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let mut rates = Vec::new();
        for currency in query::cash::currencies(c, property.id).await? {
            let rate = query::cash::rate(c, property.id, currency, property.business_date).await?;
            rates.extend(rate.map(ExchangeRateView::of).transpose()?);
        }
        Ok(rates)
    }
}

/// The latest rates of a currency, the last first.
#[derive(Debug, Clone)]
pub struct ShowExchangeRate {
    /// Code of the property.
    pub property: String,
    /// The currency.
    pub currency: Currency,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for ShowExchangeRate {
    const ACTION: Action = Action::ExchangeRateShow;
    type Out = Vec<ExchangeRateView>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.conn().await?;
        let property = find_property(c, &self.property).await?;
        let rates = query::cash::rates(c, property.id, self.currency, self.limit).await?;
        if rates.is_empty() {
            let missing = AppError::not_found(Missing::ExchangeRate, self.currency.code());
            return Err(missing.at(Place::parameter("currency")));
        }
        rates.into_iter().map(ExchangeRateView::of).collect()
    }
}
