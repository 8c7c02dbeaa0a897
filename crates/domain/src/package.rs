//! Packages: what a rate plan includes beside the room, posted apart under a code and a tax of its own, and counted for who serves it.

use chrono::NaiveDate;
use hefu_kernel::{BasisPoints, codes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

codes! {
    /// Where the money for an inclusion comes from.
    pub enum Pricing {
        /// From the price of the room, which is so much less.
        Within = "within",
        /// It is added to the price of the room.
        Added = "added",
    }
}

codes! {
    /// For which nights something is included.
    pub enum Rhythm {
        /// For every night.
        EveryNight = "every_night",
        /// For the night of arrival only.
        FirstNight = "first_night",
    }
}

codes! {
    /// When something that belongs to a night is served.
    pub enum Served {
        /// On the date of the night: dinner.
        SameDay = "same_day",
        /// On the morning after: breakfast.
        NextDay = "next_day",
    }
}

/// Something a rate plan includes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The transaction code under which it is posted, with that code's tax; of revenue.
    pub code: String,
    /// For each adult a night, minor units: with tax where the plan's prices include it, else without.
    #[serde(default)]
    pub adult: i64,
    /// For each child.
    #[serde(default)]
    pub child: i64,
    /// For the room.
    #[serde(default)]
    pub room: i64,
    /// Within the price of the room, or added to it.
    pub pricing: Pricing,
    /// For which nights.
    #[serde(default = "every_night")]
    pub rhythm: Rhythm,
    /// When it is served.
    #[serde(default = "next_day")]
    pub served: Served,
}

const fn every_night() -> Rhythm {
    Rhythm::EveryNight
}

const fn next_day() -> Served {
    Served::NextDay
}

/// Something included as it was agreed when the room was sold. In terms of earlier releases a code stands alone: it is counted and costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(from = "Stored", into = "Stored")]
pub struct AgreedInclusion {
    /// The transaction code under which it is posted.
    pub code: String,
    /// Name as the property wrote it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Its tax.
    pub tax: BasisPoints,
    /// For each adult a night, minor units.
    pub adult: i64,
    /// For each child.
    pub child: i64,
    /// For the room.
    pub room: i64,
    /// Within the price of the room, or added to it.
    pub pricing: Pricing,
    /// For which nights.
    pub rhythm: Rhythm,
    /// When it is served.
    pub served: Served,
}

/// How an agreed inclusion is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Code(String),
    Whole {
        code: String,
        name: String,
        name_en: String,
        tax: BasisPoints,
        adult: i64,
        child: i64,
        room: i64,
        pricing: Pricing,
        rhythm: Rhythm,
        served: Served,
    },
}

impl From<Stored> for AgreedInclusion {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Code(code) => Self::from(code.as_str()),
            Stored::Whole { code, name, name_en, tax, adult, child, room, pricing, rhythm, served } => {
                Self { code, name, name_en, tax, adult, child, room, pricing, rhythm, served }
            }
        }
    }
}

impl From<AgreedInclusion> for Stored {
    fn from(agreed: AgreedInclusion) -> Self {
        if agreed == AgreedInclusion::from(agreed.code.as_str()) {
            return Self::Code(agreed.code);
        }
        let AgreedInclusion { code, name, name_en, tax, adult, child, room, pricing, rhythm, served } =
            agreed;
        Self::Whole { code, name, name_en, tax, adult, child, room, pricing, rhythm, served }
    }
}

impl From<&str> for AgreedInclusion {
    /// A code alone.
    fn from(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            name: code.to_owned(),
            name_en: code.to_owned(),
            tax: BasisPoints(0),
            adult: 0,
            child: 0,
            room: 0,
            pricing: Pricing::Within,
            rhythm: Rhythm::EveryNight,
            served: Served::NextDay,
        }
    }
}

impl Inclusion {
    /// As it is agreed under the name and the tax that its code has now.
    pub fn agreed(&self, (name, name_en): (&str, &str), tax: BasisPoints) -> AgreedInclusion {
        AgreedInclusion {
            code: self.code.clone(),
            name: name.to_owned(),
            name_en: name_en.to_owned(),
            tax,
            adult: self.adult,
            child: self.child,
            room: self.room,
            pricing: self.pricing,
            rhythm: self.rhythm,
            served: self.served,
        }
    }
}

impl AgreedInclusion {
    /// What it comes to on a night, minor units.
    pub const fn amount(&self, adults: i64, children: i64) -> i64 {
        self.adult * adults + self.child * children + self.room
    }

    /// Whether it belongs to a night of a stay that began on `arrival`.
    pub fn is_of(&self, night: NaiveDate, arrival: NaiveDate) -> bool {
        self.rhythm == Rhythm::EveryNight || night == arrival
    }

    /// Whether it is served on a date to who stays from `arrival` to `departure`; of hours of one day: on it.
    pub fn is_served(&self, date: NaiveDate, (arrival, departure): (NaiveDate, NaiveDate)) -> bool {
        let night = match self.served {
            Served::NextDay if arrival != departure => date.pred_opt(),
            _ => Some(date),
        };
        let until = departure.max(arrival.succ_opt().unwrap_or(arrival));
        night.is_some_and(|night| (arrival..until).contains(&night) && self.is_of(night, arrival))
    }
}

/// An inclusion of a night as it is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InclusionCharge {
    /// The transaction code.
    pub code: String,
    /// Without tax, minor units.
    pub amount: i64,
    /// Its tax.
    pub tax: i64,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn breakfast() -> AgreedInclusion {
        let of_plan = Inclusion {
            code: "BF".into(),
            adult: 60_00,
            child: 30_00,
            room: 0,
            pricing: Pricing::Within,
            rhythm: Rhythm::EveryNight,
            served: Served::NextDay,
        };
        of_plan.agreed(("早餐", "Breakfast"), BasisPoints(600))
    }

    #[test]
    fn breakfast_is_served_on_the_morning_after_each_night() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let stay = (day("2026-10-03"), day("2026-10-05"));
        let served = |inclusion: &AgreedInclusion, stay| -> Vec<u32> {
            use chrono::Datelike as _;
            let dates = day("2026-10-01").iter_days().take(8);
            dates.filter(|date| inclusion.is_served(*date, stay)).map(|date| date.day()).collect()
        };
        assert_eq!(served(&breakfast(), stay), [4, 5]);
        let dinner = AgreedInclusion { served: Served::SameDay, ..breakfast() };
        assert_eq!(served(&dinner, stay), [3, 4]);
        let welcome = AgreedInclusion { rhythm: Rhythm::FirstNight, ..dinner };
        assert_eq!(served(&welcome, stay), [3]);
        assert_eq!(served(&breakfast(), (day("2026-10-03"), day("2026-10-03"))), [3]);
    }

    #[test]
    fn a_code_alone_is_read_and_written_as_it_was() {
        let text = r#"["WIFI"]"#;
        let read: Vec<AgreedInclusion> = serde_json::from_str(text).unwrap();
        assert_eq!(read, [AgreedInclusion::from("WIFI")]);
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let whole = serde_json::to_string(&breakfast()).unwrap();
        assert_eq!(serde_json::from_str::<AgreedInclusion>(&whole).unwrap(), breakfast());
        assert!(whole.starts_with(r#"{"code":"BF","name":"早餐""#), "{whole}");
    }
}
