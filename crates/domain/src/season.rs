//! Seasons 【淡旺季】 by name, and whom a rate plan is for.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{CompanyId, PropertyId, RatePlanId, SeasonId};

/// Dates of a season.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeasonDates {
    /// First date.
    pub from: NaiveDate,
    /// The date after the last.
    pub until: NaiveDate,
}

impl SeasonDates {
    /// Whether a date is one of them.
    pub fn has(self, date: NaiveDate) -> bool {
        (self.from..self.until).contains(&date)
    }

    /// Whether they have a date in common with others.
    pub fn overlap(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }
}

/// A season of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// The property.
    pub property_id: PropertyId,
    /// Identifier.
    pub id: SeasonId,
    /// Short code, unique in the property.
    pub code: String,
    /// Name as the property writes it.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Its dates, the earliest first; no date belongs to two seasons.
    pub dates: Vec<SeasonDates>,
    /// Version of the record.
    pub version: i64,
}

impl Season {
    /// Whether a date belongs to it.
    pub fn has(&self, date: NaiveDate) -> bool {
        self.dates.iter().any(|dates| dates.has(date))
    }
}

/// Whom a rate plan is sold to. A plan without one is sold to everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanAccess {
    /// The property.
    pub property_id: PropertyId,
    /// The plan.
    pub rate_plan_id: RatePlanId,
    /// Companies it is sold to, and their subsidiaries; none: it needs no company.
    pub companies: Vec<CompanyId>,
    /// The promotion code that it is sold under, in capitals; none: it needs none.
    pub promotion: Option<String>,
    /// Version of the record.
    pub version: i64,
}

/// A promotion code as it is kept: without spaces at its ends, in capitals.
pub fn promotion(code: &str) -> String {
    code.trim().to_uppercase()
}

/// Why a plan is not sold to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSold {
    /// It is for other companies.
    Company,
    /// It needs a promotion code, or another one.
    Promotion,
}

impl PlanAccess {
    /// Whether it is sold to somebody who comes for these companies and gives this promotion code.
    ///
    /// # Errors
    /// It is not: why.
    pub fn check(&self, companies: &[CompanyId], given: Option<&str>) -> Result<(), NotSold> {
        if !self.companies.is_empty() && !self.companies.iter().any(|company| companies.contains(company)) {
            return Err(NotSold::Company);
        }
        match &self.promotion {
            Some(needed) if given.map(promotion).as_ref() != Some(needed) => Err(NotSold::Promotion),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use hefu_kernel::Id as _;
    use uuid::Uuid;

    use super::*;

    fn dates(from: &str, until: &str) -> SeasonDates {
        SeasonDates { from: from.parse().unwrap(), until: until.parse().unwrap() }
    }

    #[test]
    fn dates_that_touch_do_not_overlap() {
        let golden = dates("2026-10-01", "2026-10-08");
        assert!(golden.overlap(dates("2026-10-07", "2026-10-09")) && golden.overlap(golden));
        assert!(!golden.overlap(dates("2026-10-08", "2026-10-09")));
        assert!(golden.has("2026-10-07".parse().unwrap()) && !golden.has("2026-10-08".parse().unwrap()));
    }

    #[test]
    fn a_plan_is_sold_to_whom_it_is_for() {
        let company = |n: u128| CompanyId::from_uuid(Uuid::from_u128(n));
        let access = |companies: &[u128], promotion: Option<&str>| PlanAccess {
            property_id: PropertyId::NIL,
            rate_plan_id: RatePlanId::NIL,
            companies: companies.iter().map(|n| company(*n)).collect(),
            promotion: promotion.map(Into::into),
            version: 1,
        };
        assert_eq!(access(&[], None).check(&[], None), Ok(()));
        assert_eq!(access(&[1, 2], None).check(&[company(3)], None), Err(NotSold::Company));
        assert_eq!(access(&[1, 2], None).check(&[company(3), company(2)], None), Ok(()));
        assert_eq!(access(&[], Some("SPRING")).check(&[], Some(" spring ")), Ok(()));
        assert_eq!(access(&[], Some("SPRING")).check(&[], None), Err(NotSold::Promotion));
        assert_eq!(
            access(&[1], Some("SPRING")).check(&[company(1)], Some("SUMMER")),
            Err(NotSold::Promotion)
        );
    }
}
