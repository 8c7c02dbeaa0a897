//! A bill read as a whole: which lines were transferred or reversed, and which belong
//! together.

use hefu_domain::{
    Message, Rule, RuleError,
    folio::{Folio, Posting},
    ids::{PostingId, StayId},
    message::Missing,
    property::CodeKind,
};
use hefu_store::{Conn, query};

use crate::visit::Visit;
use hefu_core::{AppError, Result, Unit};

/// All windows and lines of a visit's bill.
#[derive(Debug, Clone)]
pub struct Bill {
    /// The windows.
    pub folios: Vec<Folio>,
    /// The lines, in order of posting.
    pub lines: Vec<Posting>,
}

/// Whether a line only moves another between windows. It has the moved line's code, so sums by
/// code stay right: the pair adds up to zero.
pub fn is_move(line: &Posting) -> bool {
    line.once.as_deref().is_some_and(|once| once.starts_with("move:"))
}

/// Whether the key of a line says that it was moved here from another visit.
pub fn is_moved_here(once: &str) -> bool {
    once.starts_with("moved:")
}

/// Whether a line is a charge: revenue or tax, not a payment or a ledger transfer.
pub const fn is_charge(line: &Posting) -> bool {
    matches!(line.kind, CodeKind::Revenue | CodeKind::Tax)
}

impl Bill {
    /// The bill of a visit, locked for this unit: a concurrent unit waits and is
    /// retried, so decisions based on its lines still hold when they are written.
    ///
    /// # Errors
    /// Another unit holds the lock.
    pub async fn lock(u: &mut Unit<'_>, visit: &Visit) -> Result<Self> {
        let (property, id) = (visit.property.id, visit.reservation.id);
        let mut folios = query::visit::folios(u.tx, property, id).await?;
        if let Some(first) = folios.first_mut() {
            u.tx.update(first).await?;
        }
        Ok(Self { folios, lines: query::visit::postings(u.tx, property, id).await? })
    }

    /// The bill of a visit, to look at only.
    ///
    /// # Errors
    /// The database fails.
    pub async fn read(c: &mut Conn, visit: &Visit) -> Result<Self> {
        let (property, id) = (visit.property.id, visit.reservation.id);
        let folios = query::visit::folios(c, property, id).await?;
        Ok(Self { folios, lines: query::visit::postings(c, property, id).await? })
    }

    /// A line that still counts: neither reversed nor itself a reversal. A line created by a
    /// transfer stands for the one that was transferred, and one that takes a part off another for that.
    ///
    /// # Errors
    /// No such line, or it was reversed, or it is a reversal.
    pub fn active_line(&self, id: PostingId) -> Result<&Posting> {
        let find = |id| self.lines.iter().find(|line| line.id == id);
        let missing = || AppError::not_found(Missing::Posting, id).at("posting_id");
        let mut line = find(id).ok_or_else(missing)?;
        while let (true, Some(meant)) = (is_move(line) || line.is_taken_off(), line.belongs_to) {
            line = find(meant).ok_or_else(missing)?;
        }
        if line.reverses.is_some() || self.is_reversed(line) {
            return Err(RuleError::new(Rule::AlreadyReversed, "posting_id", Message::AlreadyReversed).into());
        }
        Ok(line)
    }

    /// A charge that still counts and can be corrected: revenue that came with no other line.
    ///
    /// # Errors
    /// As [`Bill::active_line`], or it is no charge.
    pub fn charge(&self, id: PostingId) -> Result<&Posting> {
        let line = self.active_line(id)?;
        if line.kind != CodeKind::Revenue || line.belongs_to.is_some() || line.amount <= 0 {
            return Err(AppError::invalid("posting_id", Message::NoCharge));
        }
        Ok(line)
    }

    /// The charges that a charge is by now, itself among them: what was split off it in whatever window, whether it still counts or not.
    pub fn split_of(&self, charge: &Posting) -> Vec<&Posting> {
        let is_part = |line: &&Posting| line.is_split_off() && line.belongs_to.is_none();
        let is_meant = |line: &&Posting| line.id == charge.id || is_part(line);
        let charges = self.lines.iter().filter(is_meant);
        charges.filter(|line| line.whole(&self.lines).id == charge.id).collect()
    }

    /// Whether a line was reversed.
    pub fn is_reversed(&self, line: &Posting) -> bool {
        self.lines.iter().any(|other| other.reverses == Some(line.id))
    }

    /// The lines that came with a line and still count: its tax, its fee, its discount, its allowances with theirs.
    pub fn parts<'a>(&'a self, line: &Posting) -> Vec<&'a Posting> {
        let (mut wholes, mut parts) = (vec![line.id], Vec::new());
        // A part stands behind what it belongs to.
        for part in self.lines.iter().filter(|part| !is_move(part) && !self.is_reversed(part)) {
            if part.belongs_to.is_some_and(|whole| wholes.contains(&whole)) {
                wholes.push(part.id);
                parts.push(part);
            }
        }
        parts
    }

    /// How often a part was split off a line.
    pub fn splits(&self, line: &Posting) -> usize {
        self.lines.iter().filter(|other| other.is_taken_off() && other.belongs_to == Some(line.id)).count()
    }

    /// How many lines were created by transferring a line: two each time.
    pub fn moves(&self, line: &Posting) -> usize {
        self.lines.iter().filter(|other| is_move(other) && other.belongs_to == Some(line.id)).count()
    }

    /// The window in which a line counts now.
    pub fn window_of(&self, line: &Posting) -> i64 {
        let last = format!("move:{}:{}", line.id, self.moves(line));
        let now = self.lines.iter().find(|other| other.once.as_deref() == Some(&last)).unwrap_or(line);
        self.folios.iter().find(|folio| folio.id == now.folio_id).map_or(1, |folio| folio.window)
    }

    /// Whether what a window owes is the business of others than these stays: nothing that was charged in it is of them, and it is clear whose it is, by
    /// its payer (`others_pay`) or by the stays that its charges name.
    pub fn is_of_others(&self, window: &Folio, stays: &[StayId], others_pay: bool) -> bool {
        let charged = |of: &dyn Fn(Option<StayId>) -> bool| -> i64 {
            let charges =
                self.lines.iter().filter(|line| is_charge(line) && !is_move(line) && of(line.stay_id));
            charges.filter(|line| self.window_of(line) == window.window).map(|line| line.amount).sum()
        };
        charged(&|stay| stay.is_some_and(|stay| stays.contains(&stay))) == 0
            && (others_pay || charged(&|stay| stay.is_none()) == 0)
    }

    /// The refundable amount that was paid in money, minor units. Points are excluded.
    pub fn refundable(&self) -> i64 {
        let money = |line: &&Posting| match line.kind {
            CodeKind::Payment => line.code != "POINTS",
            _ => line.code == "DEP",
        };
        -self.lines.iter().filter(money).map(|line| line.amount).sum::<i64>()
    }
}

/// What of a charge still stands: the line itself with its discounts, and each part of another code.
#[derive(Debug)]
pub struct Standing<'a> {
    /// A line of each code; the charge comes first.
    pub lines: Vec<&'a Posting>,
    /// What is left of each, minor units.
    pub left: Vec<i64>,
}

impl<'a> Standing<'a> {
    /// What stands of a charge of the bill.
    pub fn of(bill: &'a Bill, charge: &'a Posting) -> Self {
        let (mut lines, mut left) = (vec![charge], vec![charge.amount]);
        for part in bill.parts(charge) {
            // A discount is less of the charge.
            let of = if part.code == "DISC" { &charge.code } else { &part.code };
            match lines.iter().position(|line| line.code == *of) {
                Some(at) => left[at] += part.amount,
                None => {
                    lines.push(part);
                    left.push(part.amount);
                }
            }
        }
        Self { lines, left }
    }
}
