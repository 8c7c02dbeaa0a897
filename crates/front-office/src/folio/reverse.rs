//! Taking lines of a bill back, on the date on which that is done.

use hefu_domain::{folio::Posting, ids::PostingId};

use super::{NewPosting, bill::Bill, code, post};
use crate::{city_ledger, deposit, member, pre_auth, visit::Visit};
use hefu_core::{Result, Unit};

/// Takes a line back with everything that came with it and still counts: fee, tax, discount, allowances; and with what it did elsewhere: points
/// it earned, a transfer to the city ledger, a deposit, the capture of a pre-authorisation. Answers what was posted against it in all, minor units.
///
/// # Errors
/// The line was reversed, or is a reversal, or its points are spent.
pub async fn reverse(u: &mut Unit<'_>, visit: &Visit, bill: &Bill, id: PostingId) -> Result<i64> {
    let line = bill.active_line(id)?;
    let mut total = 0;
    let mut lines: Vec<&Posting> = std::iter::once(line).chain(bill.parts(line)).collect();
    // What was credited first, so that points it took are there when those of the charge are taken.
    lines.sort_by_key(|line| line.amount > 0);
    for line in lines {
        reverse_alone(u, visit, bill, line).await?;
        total -= line.amount;
    }
    Ok(total)
}

async fn reverse_alone(u: &mut Unit<'_>, visit: &Visit, bill: &Bill, line: &Posting) -> Result<()> {
    let code = code(u, visit, &line.code).await?;
    let foreign = match (&line.foreign_currency, line.foreign_amount, &line.foreign_rate) {
        (Some(currency), Some(amount), Some(rate)) => Some((currency.clone(), -amount, rate.clone())),
        _ => None,
    };
    let opposite = NewPosting {
        quantity: line.quantity,
        window: Some(bill.window_of(line)),
        stay_id: line.stay_id,
        night: line.night,
        reverses: Some(line.id),
        once: Some(format!("reverse:{}", line.id)),
        reference: line.reference.clone(),
        foreign,
        ..NewPosting::of(code, -line.amount)
    };
    let opposite = post(u, visit, opposite).await?;
    match line.code.as_str() {
        "CITY" => city_ledger::take_back(u, visit, line).await?,
        "DEP" => deposit::give_back(u, visit, line, opposite.id).await?,
        "PREAUTH" => pre_auth::reopen(u, visit, line).await?,
        _ => {}
    }
    member::points::take_back(u, visit, line).await
}
