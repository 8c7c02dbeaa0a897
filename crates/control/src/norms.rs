//! What charges usually come to in a property, learnt once for each business date.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{Days, NaiveDate};
use hefu_core::{Operator, Result, Service};
use hefu_domain::{ids::PropertyId, property::CodeKind};
use hefu_findings::Norms;
use hefu_store::{Conn, Store, query};

use crate::facts::line_kind;

/// Business dates that are learnt from.
const LEARNT: u64 = 28;

/// What is usual where, and as of which business date.
struct Known(Mutex<HashMap<PropertyId, (NaiveDate, Arc<Norms>)>>);

impl Service for Known {
    fn new(_: &Store) -> Self {
        Self(Mutex::default())
    }
}

/// What is usual in a property by the four weeks before a business date.
///
/// # Errors
/// The database fails.
pub(crate) async fn norms_of(
    o: &Operator<'_>,
    c: &mut Conn,
    property: PropertyId,
    date: NaiveDate,
) -> Result<Arc<Norms>> {
    let kept = o.service::<Known>();
    let known = kept.0.lock().unwrap_or_else(PoisonError::into_inner).get(&property).cloned();
    if let Some((_, norms)) = known.filter(|(of, _)| *of == date) {
        return Ok(norms);
    }
    let mut norms = Norms::default();
    for back in 1..=LEARNT {
        let Some(day) = date.checked_sub_days(Days::new(back)) else { break };
        for sum in query::books::posted_on(c, property, day).await? {
            // What was taken back is no charge.
            if sum.kind == CodeKind::Revenue && sum.amount > 0 {
                norms.add(&sum.code, line_kind(&sum.code), (sum.count, sum.amount));
            }
        }
    }
    let norms = Arc::new(norms);
    kept.0.lock().unwrap_or_else(PoisonError::into_inner).insert(property, (date, norms.clone()));
    Ok(norms)
}
