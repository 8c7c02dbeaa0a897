//! JSON of other systems, in which numbers may be written as texts.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use hefu_kernel::{Currency, Money};
use serde_json::{Map, Value};

use crate::{
    read::date,
    reservation::{Problem, Wrong},
};

static NOTHING: Value = Value::Null;

/// What stands at a path of names; null: nothing.
pub(crate) fn at<'v>(value: &'v Value, path: &[&str]) -> &'v Value {
    path.iter().fold(value, |value, name| value.get(*name).unwrap_or(&NOTHING))
}

/// The items of a list; of what is none: none.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text that says something.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A count from nought to `most`; one that is not said is `otherwise`.
pub(crate) fn count(value: &Value, place: &'static str, most: i64, otherwise: i64) -> Result<i64, Wrong> {
    let Some(text) = text(value) else { return Ok(otherwise) };
    let number = text.parse().ok().filter(|number| (0..=most).contains(number));
    number.ok_or((place, Problem::Number))
}

/// A day that must be said.
pub(crate) fn day(value: &Value, place: &'static str) -> Result<NaiveDate, Wrong> {
    date(&text(value).ok_or((place, Problem::Missing))?, place)
}

/// A moment. One without an offset is as the clocks at the property show it.
pub(crate) fn moment(
    value: &Value,
    zone: Tz,
    place: &'static str,
) -> Result<Option<DateTime<FixedOffset>>, Wrong> {
    let Some(text) = text(value) else { return Ok(None) };
    // Some write a space between the day and the time.
    let text = text.replacen(' ', "T", 1);
    let here = |moment: NaiveDateTime| {
        let local = zone.from_local_datetime(&moment).earliest().map(|moment| moment.fixed_offset());
        // The clocks never showed what stands in the hour that they skip.
        local.unwrap_or_else(|| moment.and_utc().fixed_offset())
    };
    let moment = DateTime::parse_from_rfc3339(&text).ok();
    let moment = moment.or_else(|| text.parse::<NaiveDateTime>().ok().map(here));
    moment.map(Some).ok_or((place, Problem::Date))
}

/// An amount, if one is said, in the currency that is said beside it.
pub(crate) fn money(amount: &Value, currency: &Value, place: &'static str) -> Result<Option<Money>, Wrong> {
    let Some(amount) = text(amount) else { return Ok(None) };
    let currency = text(currency).ok_or((place, Problem::Missing))?;
    let currency: Currency = currency.parse().map_err(|_| (place, Problem::Value))?;
    let money = Money::parse(&amount, currency).map_err(|_| (place, Problem::Amount))?;
    Ok(Some(money))
}

/// What of an object is kept: the fields of these names, as far as they say anything.
pub(crate) fn only(value: &Value, names: &[&str]) -> Value {
    let kept = names.iter().filter_map(|name| {
        let found = value.get(*name).filter(|found| !found.is_null())?;
        Some(((*name).to_owned(), found.clone()))
    });
    Value::Object(kept.collect::<Map<String, Value>>())
}
