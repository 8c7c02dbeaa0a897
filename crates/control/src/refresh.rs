//! Findings worked out again.

use async_trait::async_trait;
use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use hefu_authz::{Action, Resource};
use hefu_core::{AppError, Context, Operation, Operator, Result};
use hefu_domain::{
    Message,
    finding::FindingState,
    ids::{FindingId, VisitId},
};
use hefu_front_office::property::find_property;
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{JOB, examine::RefreshVisits, facts::VisitKey, rule::ApplyRules};

/// Visits read at once.
const PAGE: i64 = 200;

/// Days before and after the business date that are examined unless others are asked for.
const AROUND: u64 = 31;

/// The longest period that is examined in one request, days.
const LONGEST: i64 = 400;

/// The period to be examined.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FindingPeriod)]
pub struct Period {
    /// The first date. Default: a month before the business date.
    pub from: Option<NaiveDate>,
    /// The last date, at most 400 days later. Default: a month after the business date.
    pub to: Option<NaiveDate>,
}

/// What was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refreshed {
    /// The first date.
    pub from: NaiveDate,
    /// The last date.
    pub to: NaiveDate,
    /// Visits that were examined, also those of other dates and properties that belong to them.
    pub visits: usize,
    /// Findings of the property that are open now, at most 500.
    pub open: usize,
}

/// Works out the findings of a property again, for every visit that touches a period.
#[derive(Debug, Clone)]
pub struct RefreshFindings {
    /// Code of the property.
    pub property: String,
    /// The period.
    pub period: Period,
}

#[async_trait]
impl Operation for RefreshFindings {
    const ACTION: Action = Action::FindingRefresh;
    type Out = Refreshed;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Refreshed> {
        let mut c = o.read().await?;
        let property = find_property(&mut c, &self.property).await?;
        let date = property.business_date;
        let before = || date.checked_sub_days(Days::new(AROUND)).unwrap_or(FIRST_DATE);
        let after = || date.checked_add_days(Days::new(AROUND)).unwrap_or(LAST_DATE);
        let (from, to) = (self.period.from.unwrap_or_else(before), self.period.to.unwrap_or_else(after));
        if from > to {
            let at = if self.period.to.is_some() { "to" } else { "from" };
            return Err(AppError::invalid(at, Message::PeriodOrder));
        }
        if !(0..=LONGEST).contains(&(to - from).num_days()) {
            return Err(AppError::invalid("to", Message::PeriodLength { most: LONGEST + 1 }));
        }
        let (mut seen, mut last) = (BTreeSet::new(), VisitId::NIL);
        loop {
            let page = query::visit::reservations(&mut c, property.id, last, (from, to), None, PAGE).await?;
            let Some(reservation) = page.last() else { break };
            last = reservation.id;
            let visits = page.iter().map(|reservation| (property.id, reservation.id));
            let visits: Vec<VisitKey> = visits.filter(|visit| !seen.contains(visit)).collect();
            let refresh = RefreshVisits { visits, corrected: None };
            let examined = o.app().operate(&Context::job(JOB), refresh).await?;
            o.app().operate(&Context::job(JOB), ApplyRules { visits: examined.clone() }).await?;
            seen.extend(examined);
        }
        let first = (i64::MAX, FindingId::from_uuid(Uuid::max()));
        let open = query::finding::list(&mut c, property.id, FindingState::Open, first, 500).await?.len();
        Ok(Refreshed { from, to, visits: seen.len(), open })
    }
}
