//! What cancelling and not coming cost, as lines of the bill.

use hefu_domain::{folio::Posting, property::CodeKind};

use super::{NewPosting, bill::Bill, charge, code, reverse::reverse, settle::settle};
use crate::visit::Visit;
use hefu_core::{Result, Unit};

/// Why a visit pays without having come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It was cancelled.
    Cancelled,
    /// Nobody came.
    NoShow,
}

impl Cause {
    const fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "CXL",
            Self::NoShow => "NOSHOW",
        }
    }
}

/// What begins the once-only key of a penalty for a room of a reservation.
fn of_room(visit: &Visit, line: i64) -> String {
    format!("penalty:{}:{line}:", visit.reservation.id)
}

/// Posts what calling a room of the reservation off costs to the first window, with the tax its code says, dated today; nothing if it is
/// nothing. A penalty that was waived is not posted: the journal says so.
///
/// # Errors
/// The amount is out of range.
pub async fn post_penalty(
    u: &mut Unit<'_>,
    visit: &Visit,
    (cause, line): (Cause, i64),
    amount: i64,
) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let code = code(u, visit, cause.code()).await?;
    // Called off again after it came back, it costs again.
    let once = format!("{}{}", of_room(visit, line), visit.reservation.version);
    let penalty = NewPosting { window: Some(1), once: Some(once), ..NewPosting::of(code, amount) };
    charge(u, visit, penalty).await?;
    Ok(())
}

/// Takes the penalties of some rooms off the bill, and gives back what of the deposit was kept: it is held again. Answers what was
/// taken off the bill, minor units. Reinstating calls it.
///
/// # Errors
/// Somebody else holds the bill.
pub async fn take_back(u: &mut Unit<'_>, visit: &Visit, lines: &[i64]) -> Result<i64> {
    let bill = Bill::lock(u, visit).await?;
    let kept = crate::deposit::forfeited_lines(u, visit).await?;
    let rooms: Vec<String> = lines.iter().map(|line| of_room(visit, *line)).collect();
    let is_penalty = |line: &&Posting| {
        // Whatever was split off it is a penalty as well.
        let line = line.whole(&bill.lines);
        let once = line.once.as_deref().unwrap_or_default();
        let is_kept = line.code == "FORFEIT" && line.kind == CodeKind::Revenue || kept.contains(&line.id);
        is_kept || rooms.iter().any(|room| once.starts_with(room.as_str()))
    };
    let mut total = 0;
    for line in bill.lines.iter().filter(is_penalty) {
        // Of a line that was moved the original stands for all.
        if bill.active_line(line.id).is_ok_and(|active| active.id == line.id) {
            total += reverse(u, visit, &bill, line.id).await?;
        }
    }
    settle(u, visit).await?;
    Ok(total)
}
