//! What charges usually come to in a property, learnt once for each business date.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{Days, NaiveDate};
use hefu_core::{Operator, Result, Service};
use hefu_domain::{ids::PropertyId, property::CodeKind};
use hefu_findings::Norms;
use hefu_front_office::folio::bill::is_move;
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
    let days = (1..=LEARNT).filter_map(|back| date.checked_sub_days(Days::new(back)));
    let days: Vec<NaiveDate> = days.collect();
    let mut charged = BTreeSet::new();
    for day in &days {
        let sums = query::books::posted_on(c, property, *day).await?.into_iter();
        // What was taken back is no charge.
        charged
            .extend(sums.filter(|sum| sum.kind == CodeKind::Revenue && sum.amount > 0).map(|sum| sum.code));
    }
    let mut norms = Norms::default();
    if let (Some(last), Some(first)) = (days.first(), days.last()) {
        for code in charged {
            let lines = query::finding::paid(c, property, &code, (*first, *last)).await?;
            let lines = lines.iter().filter(|line| line.amount > 0 && !is_move(line));
            let mut amounts: Vec<i64> = lines.map(|line| line.amount).collect();
            norms.learn(&code, line_kind(&code), &mut amounts);
        }
    }
    let norms = Arc::new(norms);
    kept.0.lock().unwrap_or_else(PoisonError::into_inner).insert(property, (date, norms.clone()));
    Ok(norms)
}
