//! Pre-authorisations 【预授权】: an amount authorised on a card, captured once or released. A capture whose line on the bill is reversed
//! can be made again.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_domain::{
    Message, Rule, RuleError,
    event::{Event, FolioEvent},
    folio::{Posting, PreAuth, PreAuthState, settle_pre_auth},
    ids::PreAuthId,
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::query;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{self, NewPosting, check_amount, check_text, settle::settle as settle_bill},
    visit::{Visit, VisitAction},
};
use hefu_authz::Action;
use hefu_core::{AppError, Result, Unit};

/// Pre-authorises an amount on a card. Card numbers are never stored: the terminal's token and the last
/// four digits identify the card.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakePreAuth {
    /// Minor units.
    pub amount: i64,
    /// The terminal's token for the card.
    pub card_token: String,
    /// The card's last four digits.
    pub last_four: String,
    /// Last day on which it can be captured.
    pub expires: NaiveDate,
    /// The bank has not answered yet: `confirm` or `fail` follows.
    #[serde(default)]
    pub pending: bool,
}

#[async_trait]
impl VisitAction for TakePreAuth {
    const ACTION: Action = Action::PreAuthTake;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        visit.require_open()?;
        check_amount("amount", self.amount, visit.property.currency)?;
        check_text("card_token", &self.card_token)?;
        check_text("last_four", &self.last_four)?;
        if self.last_four.len() != 4 || !self.last_four.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(AppError::invalid("last_four", Message::LastFour));
        }
        if self.expires < visit.property.business_date {
            let message = Message::BeforeBusinessDate { date: visit.property.business_date };
            return Err(RuleError::new(Rule::BadDates, "expires", message).into());
        }
        let mut auth = PreAuth {
            property_id: visit.property.id,
            id: u.id(),
            visit_id: visit.reservation.id,
            state: if self.pending { PreAuthState::Pending } else { PreAuthState::Chargeable },
            amount: self.amount,
            captured: 0,
            last_four: self.last_four.clone(),
            expires: self.expires,
            version: 1,
            owner: visit.reservation.guest_id.uuid(),
            card_token: Vec::new(),
        };
        query::visit::seal_card_token(u.tx, &mut auth, self.card_token.trim()).await?;
        u.tx.insert(&auth).await?;
        Ok(FolioEvent::TakePreAuth {
            pre_auth_id: auth.id,
            state: auth.state,
            amount: visit.money(auth.amount),
            last_four: auth.last_four,
            expires: auth.expires,
        }
        .into())
    }
}

/// Changes the state of a pre-authorisation and writes it.
async fn change_state(
    u: &mut Unit<'_>,
    visit: &Visit,
    id: PreAuthId,
    to: PreAuthState,
    captured: i64,
) -> Result<PreAuth> {
    let known = query::visit::pre_auths(u.tx, visit.property.id, visit.reservation.id).await?;
    let known = known
        .iter()
        .find(|auth| auth.id == id)
        .ok_or_else(|| AppError::not_found(Missing::PreAuth, id).at("pre_auth_id"))?;
    let mut settled = settle_pre_auth(known, to, captured, visit.property.currency)?;
    u.tx.update(&mut settled).await?;
    Ok(settled)
}

/// Captures a pre-authorisation, completely or in part; the rest is released. The captured amount is a
/// payment on the bill.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapturePreAuth {
    /// Which.
    pub pre_auth_id: PreAuthId,
    /// Minor units, at most the authorised amount.
    pub amount: i64,
    /// The window; none: the first.
    #[serde(default)]
    pub window: Option<i64>,
}

#[async_trait]
impl VisitAction for CapturePreAuth {
    const ACTION: Action = Action::PreAuthCapture;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        check_amount("amount", self.amount, visit.property.currency)?;
        let auth = change_state(u, visit, self.pre_auth_id, PreAuthState::Charged, self.amount).await?;
        if auth.expires < visit.property.business_date {
            let message = Message::PreAuthExpired { date: auth.expires };
            return Err(RuleError::new(Rule::WrongState, "pre_auth_id", message).into());
        }
        let code = folio::code(u, visit, "PREAUTH").await?;
        let line = NewPosting {
            window: self.window,
            once: Some(format!("capture:{}:{}", auth.id, auth.version)),
            reference: Some(format!("*{}", auth.last_four)),
            ..NewPosting::of(code, -self.amount)
        };
        folio::post(u, visit, line).await?;
        settle_bill(u, visit).await?;
        Ok(FolioEvent::CapturePreAuth { pre_auth_id: auth.id, amount: visit.money(self.amount) }.into())
    }
}

/// Makes the amount of a capture available again whose line on the bill was taken back.
///
/// # Errors
/// Somebody else moves the pre-authorisation on.
pub async fn reopen(u: &mut Unit<'_>, visit: &Visit, line: &Posting) -> Result<()> {
    let of = line.once.as_deref().and_then(|once| once.split(':').nth(1));
    if let Some(id) = of.and_then(|id| id.parse().ok()) {
        change_state(u, visit, id, PreAuthState::Chargeable, 0).await?;
    }
    Ok(())
}

/// Declares an action that only changes the state of a pre-authorisation.
macro_rules! pre_auth_action {
    ($(#[$meta:meta])* $name:ident = $action:ident -> $to:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Which.
            pub pre_auth_id: PreAuthId,
        }

        #[async_trait]
        impl VisitAction for $name {
            const ACTION: Action = Action::$action;

            async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
                let auth = change_state(u, visit, self.pre_auth_id, PreAuthState::$to, 0).await?;
                Ok(FolioEvent::$name { pre_auth_id: auth.id }.into())
            }
        }
    };
}

pre_auth_action! {
    /// The bank has approved a pending pre-authorisation.
    ConfirmPreAuth = PreAuthConfirm -> Chargeable
}
pre_auth_action! {
    /// Releases a pre-authorisation without capturing anything.
    ReleasePreAuth = PreAuthRelease -> Cancelled
}
pre_auth_action! {
    /// The bank has refused a pending pre-authorisation.
    FailPreAuth = PreAuthFail -> Failed
}
