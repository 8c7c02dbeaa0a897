//! A charge that two pay: a part of it goes to another window, with as much of its fee and tax.
//!
//! The charge stays where it is. The part is taken off beside it, as an allowance is, and stands in the other window as a charge of its own, under the
//! same codes and dated today. So whatever takes back, corrects, allows for, moves or invoices a charge takes one of the two without knowing of the
//! other. The pair is no movement of the ledgers: what was earned stays on the date on which it was earned. To take the charge back and to post both
//! halves anew would round its points twice, and nothing would say any more that the line is the night that was charged. See ADR 49.

use async_trait::async_trait;
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{FolioState, Posting, PostingOrigin, SplitBy, WINDOWS, split_off},
    ids::PostingId,
    invoice::invoiced,
    source::Origin,
};
use hefu_kernel::BasisPoints;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    NewPosting,
    bill::{Bill, Standing},
    code, post,
    settle::settle,
};
use crate::visit::{
    Visit, VisitAction,
    preview::{Preview, SplitLine},
};

/// Splits a charge: a part of it goes to another window, with its fee and its tax. Either part can be split again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitCharge {
    /// The charge.
    pub posting_id: PostingId,
    /// The window the part goes to.
    pub to_window: i64,
    /// How much goes with fee and tax, minor units: less than what of the charge still stands.
    #[serde(default)]
    pub total: Option<i64>,
    /// Or which share of it goes, in hundredths of a percent: 5000 is half.
    #[serde(default)]
    pub share: Option<BasisPoints>,
    /// Only say what would stay and what would go, and change nothing.
    #[serde(default)]
    pub preview: bool,
}

/// A charge that can be split, and how.
struct Halves<'a> {
    charge: &'a Posting,
    standing: Standing<'a>,
    /// What goes of each of those that stand.
    goes: Vec<i64>,
}

impl SplitCharge {
    /// What would go and what would stay.
    async fn halves<'a>(&self, c: &mut Conn, visit: &Visit, bill: &'a Bill) -> Result<Halves<'a>> {
        if !(1..=WINDOWS).contains(&self.to_window) {
            return Err(AppError::invalid("to_window", Message::Between { from: 1, to: WINDOWS }));
        }
        let by = match (self.total, self.share) {
            (Some(total), None) => SplitBy::Total(total),
            (None, Some(share)) => SplitBy::Share(share),
            _ => return Err(AppError::invalid("total", Message::TotalOrShare)),
        };
        visit.require_open()?;
        let charge = bill.charge(self.posting_id)?;
        let wrong = |at: &'static str, message| AppError::from(RuleError::new(Rule::WrongState, at, message));
        if charge.origin != Origin::Here {
            return Err(wrong("posting_id", Message::SplitOfOthers));
        }
        let window = bill.window_of(charge);
        if window == self.to_window {
            return Err(AppError::invalid("to_window", Message::SameWindow { window }));
        }
        let standing = Standing::of(bill, charge);
        for folio in bill.folios.iter().filter(|folio| folio.state != FolioState::Open) {
            let comes_from = standing.lines.iter().any(|line| bill.window_of(line) == folio.window);
            let at = match (comes_from, folio.window == self.to_window) {
                (true, _) => "posting_id",
                (_, true) => "to_window",
                _ => continue,
            };
            return Err(wrong(
                at,
                match folio.state {
                    FolioState::Reported => Message::WindowOfOthers,
                    _ => Message::WindowClosed { window: folio.window },
                },
            ));
        }
        let lines = query::invoice::lines_of_visit(c, visit.property.id, visit.reservation.id).await?;
        let done = invoiced(&lines);
        let is_invoiced = |line: &&Posting| done.get(&line.id).is_some_and(|had| *had != (0, 0));
        if standing.lines.iter().any(is_invoiced) {
            return Err(wrong("posting_id", Message::SplitInvoiced));
        }
        let goes = split_off(&standing.left, by, visit.property.currency)?;
        Ok(Halves { charge, standing, goes })
    }
}

#[async_trait]
impl VisitAction for SplitCharge {
    const ACTION: Action = Action::FolioSplit;

    fn is_preview(&self) -> bool {
        self.preview
    }

    async fn preview(&self, u: &mut Unit<'_>, visit: &Visit) -> Result<Preview> {
        let bill = Bill::read(u.tx, visit).await?;
        let Halves { standing, goes, .. } = self.halves(u.tx, visit, &bill).await?;
        let parts = standing.lines.iter().zip(&standing.left).zip(&goes);
        Ok(Preview::of_split(
            parts
                .map(|((line, left), goes)| SplitLine {
                    code: line.code.clone(),
                    stays: left - goes,
                    goes: *goes,
                })
                .collect(),
        ))
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let bill = Bill::lock(u, visit).await?;
        let Halves { charge, standing, goes } = self.halves(u.tx, visit, &bill).await?;
        let origins = query::visit::origins(u.tx, visit.property.id, visit.reservation.id).await?;
        let mut there: Option<PostingId> = None;
        for (line, goes) in standing.lines.iter().zip(&goes).filter(|(_, goes)| **goes != 0) {
            let [off, on] = line.split_keys(bill.splits(line) + 1);
            let part = NewPosting {
                stay_id: line.stay_id,
                night: line.night,
                reference: line.reference.clone(),
                ..NewPosting::of(code(u, visit, &line.code).await?, *goes)
            };
            let taken_off = NewPosting {
                amount: -goes,
                window: Some(bill.window_of(line)),
                belongs_to: Some(line.id),
                once: Some(off),
                ..part.clone()
            };
            post(u, visit, taken_off).await?;
            let part = NewPosting {
                window: Some(self.to_window),
                belongs_to: there,
                corrects: Some(line.id),
                once: Some(on),
                ..part
            };
            let part = post(u, visit, part).await?;
            // What came from another visit came from there still.
            if let Some(origin) = origins.iter().find(|origin| origin.posting_id == line.id) {
                u.tx.insert(&PostingOrigin { posting_id: part.id, ..origin.clone() }).await?;
            }
            there = there.or(Some(part.id));
        }
        settle(u, visit).await?;
        let Some(split_off) = there else {
            return Err(AppError::Internal("a charge was split and nothing of it went"));
        };
        let (to_window, amount) = (self.to_window, visit.money(goes.iter().sum()));
        Ok(FolioEvent::Split { posting_id: charge.id, split_off, to_window, amount }.into())
    }
}
