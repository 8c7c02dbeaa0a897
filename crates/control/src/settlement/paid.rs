//! What was paid here in the way that a channel settles.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use hefu_core::Result;
use hefu_domain::{
    deposit::DepositKind,
    ids::VisitId,
    property::{CodeKind, Property},
};
use hefu_front_office::folio::bill::is_move;
use hefu_store::{Conn, query};

use super::compare::Paid;

/// Payments with a transaction code on some business dates: on bills, on deposits and on accounts. What was taken back again is none.
///
/// # Errors
/// The database fails.
pub(super) async fn paid(
    c: &mut Conn,
    property: &Property,
    code: &str,
    dates: (NaiveDate, NaiveDate),
) -> Result<Vec<Paid>> {
    let mut found = Vec::new();
    let lines = query::finding::paid(c, property.id, code, dates).await?;
    let reversed: BTreeSet<_> = lines.iter().filter_map(|line| line.reverses).collect();
    let stands = lines.iter().filter(|line| {
        line.kind == CodeKind::Payment
            && line.reverses.is_none()
            && !reversed.contains(&line.id)
            && !is_move(line)
    });
    found.extend(stands.map(|line| Paid {
        id: line.id.to_string(),
        visit: Some(line.visit_id),
        number: String::new(),
        date: line.business_date,
        amount: -line.amount,
        reference: line.reference.clone(),
    }));
    let deposits = query::finding::deposited(c, property.id, code, dates).await?;
    let reversed: BTreeSet<_> = deposits.iter().filter_map(|entry| entry.reverses).collect();
    let stands = deposits.iter().filter(|entry| {
        matches!(entry.kind, DepositKind::Received | DepositKind::Refunded)
            && entry.reverses.is_none()
            && !reversed.contains(&entry.id)
    });
    found.extend(stands.map(|entry| Paid {
        id: entry.id.to_string(),
        visit: Some(entry.visit_id),
        number: String::new(),
        date: entry.business_date,
        amount: entry.amount,
        reference: entry.reference.clone(),
    }));
    let accounts = query::finding::paid_on_account(c, property.id, code, dates).await?;
    let reversed: BTreeSet<_> = accounts.iter().filter_map(|entry| entry.reverses).collect();
    let stands = accounts
        .iter()
        .filter(|entry| entry.amount < 0 && entry.reverses.is_none() && !reversed.contains(&entry.id));
    found.extend(stands.map(|entry| Paid {
        id: entry.id.to_string(),
        visit: None,
        number: String::new(),
        date: entry.business_date,
        amount: -entry.amount,
        reference: entry.reference.clone(),
    }));
    let visits: BTreeSet<VisitId> = found.iter().filter_map(|paid| paid.visit).collect();
    let visits: Vec<_> = visits.into_iter().map(|visit| (property.id, visit)).collect();
    let numbers: HashMap<VisitId, String> = query::visit::numbers(c, &visits).await?.into_iter().collect();
    for paid in &mut found {
        paid.number = paid.visit.and_then(|visit| numbers.get(&visit)).cloned().unwrap_or_default();
    }
    Ok(found)
}

/// Whether a payment was taken back on a later date than was looked at.
///
/// # Errors
/// The database fails.
pub(super) async fn is_taken_back(c: &mut Conn, property: &Property, paid: &Paid) -> Result<bool> {
    let Some(visit) = paid.visit else {
        let Ok(id) = paid.id.parse() else { return Ok(false) };
        return Ok(query::city::reversal(c, property.id, id).await?.is_some());
    };
    let lines = query::visit::postings(c, property.id, visit).await?;
    let deposits = query::books::entries(c, property.id, visit).await?;
    let is_it = |id: String| id == paid.id;
    Ok(lines.iter().filter_map(|line| line.reverses).any(|id| is_it(id.to_string()))
        || deposits.iter().filter_map(|entry| entry.reverses).any(|id| is_it(id.to_string())))
}
