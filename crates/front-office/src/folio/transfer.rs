//! Charges that are moved by hand to the bill of another visit.

use async_trait::async_trait;
use hefu_authz::Action;
use hefu_core::{About, AppError, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{Posting, WINDOWS},
    ids::PostingId,
    property::CodeKind,
};
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{bill::Bill, master::move_charge, settle::settle};
use crate::{
    member,
    visit::{Visit, VisitAction, locate, lock},
};

/// Moves charges, with what came with them, to the bill of another visit of the property, such as a master or house account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferToVisit {
    /// The charges, up to 200.
    pub posting_ids: Vec<PostingId>,
    /// Any number of the other visit.
    pub to: String,
    /// The window of its bill.
    #[serde(default = "first")]
    pub to_window: i64,
    /// Why; kept sealed in the journal. It stands before a reason in `Hefu-Reason`.
    #[serde(default)]
    pub reason: Option<String>,
}

const fn first() -> i64 {
    1
}

#[async_trait]
impl VisitAction for TransferToVisit {
    const ACTION: Action = Action::FolioTransferToVisit;

    fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        if !(1..=200).contains(&self.posting_ids.len()) {
            return Err(AppError::invalid("posting_ids", Message::ItemCount { from: 1, to: 200 }));
        }
        if !(1..=WINDOWS).contains(&self.to_window) {
            return Err(AppError::invalid("to_window", Message::Between { from: 1, to: WINDOWS }));
        }
        let (property, id) = locate(u.tx, &self.to, None).await.map_err(|error| error.at("to"))?;
        if property != visit.property.id || id == visit.reservation.id {
            return Err(AppError::invalid("to", Message::OtherVisit));
        }
        let other = lock(u.tx, property, id).await?;
        other.require_open().map_err(|error| error.at("to"))?;
        let bill = Bill::lock(u, visit).await?;
        let mut lines: Vec<&Posting> = Vec::new();
        for (i, posting) in self.posting_ids.iter().enumerate() {
            let line = bill.active_line(*posting).map_err(|error| error.at(("posting_ids", i)))?;
            if line.kind != CodeKind::Revenue || line.belongs_to.is_some() || line.amount <= 0 {
                return Err(AppError::invalid(("posting_ids", i), Message::NoChargeToMove));
            }
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        let mut moved = 0;
        for line in lines {
            moved += move_charge(u, &bill, line, (visit, &other), self.to_window).await?;
            for part in std::iter::once(line).chain(bill.parts(line)) {
                member::points::take_back(u, visit, part).await?;
            }
        }
        settle(u, &other).await?;
        let event = FolioEvent::ReceiveTransfer { from: visit.reservation.id, lines: moved };
        u.record(About::Visit(&other.reservation), event).await?;
        settle(u, visit).await?;
        let (posting_ids, to_window) = (self.posting_ids.clone(), self.to_window);
        Ok(FolioEvent::TransferToVisit { posting_ids, to: id, to_window, lines: moved }.into())
    }
}

/// Refuses a house account that is not settled.
///
/// # Errors
/// [`Rule::BalanceDue`] with what is open.
pub(crate) async fn require_settled(u: &mut Unit<'_>, visit: &Visit) -> Result<()> {
    let folios = query::visit::folios(u.tx, visit.property.id, visit.reservation.id).await?;
    let open: Vec<_> = folios
        .iter()
        .filter(|folio| folio.balance != 0)
        .map(|folio| (folio.window, visit.money(folio.balance)))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let balances = hefu_domain::message::Balances(open);
    Err(RuleError::new(Rule::BalanceDue, (), Message::WindowOpen { balances }).into())
}
