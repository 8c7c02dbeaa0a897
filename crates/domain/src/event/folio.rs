//! Events about bills, deposits and pre-authorisations. They are sealed under the data key of the guest who booked.

use chrono::NaiveDate;
use hefu_kernel::Money;
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::{
    folio::PreAuthState,
    ids::{GuestId, PostingId, PreAuthId},
};

/// Foreign currency and its exchange rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPayment {
    /// What was paid.
    pub amount: Money,
    /// Units of the property's currency for one unit, as a decimal.
    pub rate: String,
}

events! {
    /// What happened to a bill, a deposit or a pre-authorisation.
    pub enum FolioEvent {
        /// Something was charged.
        Charge = "folio.charge" {
            /// The line.
            posting_id: PostingId,
            /// Transaction code.
            code: String,
            /// Unit price, without tax.
            amount: Money,
            /// Quantity.
            quantity: i64,
            /// Total tax, minor units.
            tax: i64,
            /// Receipt or slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// A payment was taken.
        Payment = "folio.payment" {
            /// The line.
            posting_id: PostingId,
            /// Transaction code.
            code: String,
            /// Its value in the property's currency.
            amount: Money,
            /// The foreign currency, if it was paid in one.
            #[serde(skip_serializing_if = "Option::is_none")]
            foreign: Option<ForeignPayment>,
            /// Receipt or slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// A refund was made.
        Refund = "folio.refund" {
            /// The line.
            posting_id: PostingId,
            /// Transaction code.
            code: String,
            /// How much.
            amount: Money,
            /// Receipt or slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// A line was reversed with everything that came with it.
        Reverse = "folio.reverse" {
            /// The line.
            posting_id: PostingId,
            /// The total posted against it.
            amount: Money,
        },
        /// Lines were moved to another window.
        Transfer = "folio.transfer" {
            /// The lines named in the request.
            posting_ids: Vec<PostingId>,
            /// Their new window.
            to_window: i64,
            /// How many lines moved, including those that came with them.
            lines: i64,
        },
        /// Charges of a group are routed to another window from now on.
        Route = "folio.route" {
            /// The group of transaction codes.
            code_group: String,
            /// The window; none: the first window.
            #[serde(skip_serializing_if = "Option::is_none")]
            window: Option<i64>,
        },
        /// The payer of a window was changed.
        Payer = "folio.payer" {
            /// The window.
            window: i64,
            /// The company that pays.
            #[serde(skip_serializing_if = "Option::is_none")]
            company: Option<String>,
            /// The guest who pays.
            #[serde(skip_serializing_if = "Option::is_none")]
            guest_id: Option<GuestId>,
        },
        /// The amount due was transferred to a company's account.
        CityLedger = "folio.city_ledger" {
            /// Code of the account.
            account: String,
            /// The window.
            window: i64,
            /// How much.
            amount: Money,
        },
        /// A card was pre-authorised.
        TakePreAuth = "pre_auth.take" {
            /// Which.
            pre_auth_id: PreAuthId,
            /// Whether the bank has answered.
            state: PreAuthState,
            /// How much.
            amount: Money,
            /// The card's last four digits.
            last_four: String,
            /// When it expires.
            expires: NaiveDate,
        },
        /// A pre-authorisation was captured.
        CapturePreAuth = "pre_auth.capture" {
            /// Which.
            pre_auth_id: PreAuthId,
            /// The captured amount.
            amount: Money,
        },
        /// The bank has approved a pending pre-authorisation.
        ConfirmPreAuth = "pre_auth.confirm" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// The bank has refused a pending pre-authorisation.
        FailPreAuth = "pre_auth.fail" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// A pre-authorisation was released.
        ReleasePreAuth = "pre_auth.release" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// A pre-authorisation expired.
        ExpirePreAuth = "pre_authorisation.expire" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// An instalment was paid.
        PayDeposit = "deposit.pay" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
            /// The payment code.
            code: String,
        },
        /// A paid instalment was refunded.
        RefundDeposit = "deposit.refund" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
        },
        /// A paid instalment was forfeited as a penalty.
        ForfeitDeposit = "deposit.forfeit" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
        },
        /// An instalment was waived.
        WaiveDeposit = "deposit.waive" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
        },
        /// Paid deposits were moved to the bill.
        ApplyDeposits = "deposit.apply" {
            /// How much.
            applied: Money,
        },
        /// The deposits of a cancelled or no-show visit were settled.
        SettleCancellation = "deposit.settle_cancellation" {
            /// Retained as a penalty.
            forfeited: Money,
            /// Refunded.
            refunded: Money,
        },
    }
}
