//! Events about bills, deposits and pre-authorisations. They are sealed under the data key of the guest who booked.

use chrono::NaiveDate;
use hefu_kernel::Money;
use serde::{Deserialize, Serialize};

use super::define::events;
use crate::{
    folio::PreAuthState,
    ids::{GuestId, PostingId, PreAuthId},
};

/// Foreign money and the rate it was taken at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPayment {
    /// What was paid.
    pub amount: Money,
    /// Units of the property's currency for one of it, as a decimal.
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
            /// For one of it, without tax.
            amount: Money,
            /// How many.
            quantity: i64,
            /// Tax on all of it, minor units.
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
            /// What it is worth in the property's currency.
            amount: Money,
            /// Foreign money, when it was paid in that.
            #[serde(skip_serializing_if = "Option::is_none")]
            foreign: Option<ForeignPayment>,
            /// Receipt or slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// Money was given back.
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
        /// A line was taken back with everything that came with it.
        Reverse = "folio.reverse" {
            /// The line.
            posting_id: PostingId,
            /// What was posted against it in all.
            amount: Money,
        },
        /// Lines were moved to another window.
        Transfer = "folio.transfer" {
            /// The lines that were named.
            posting_ids: Vec<PostingId>,
            /// Where they went.
            to_window: i64,
            /// How many lines moved, those that came with them included.
            lines: i64,
        },
        /// Charges of a group go to another window from now on.
        Route = "folio.route" {
            /// The group of transaction codes.
            code_group: String,
            /// Where they go; none: to the first window.
            #[serde(skip_serializing_if = "Option::is_none")]
            window: Option<i64>,
        },
        /// Somebody else pays a window.
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
        /// What is due was moved to a company's account.
        CityLedger = "folio.city_ledger" {
            /// Code of the account.
            account: String,
            /// The window.
            window: i64,
            /// How much.
            amount: Money,
        },
        /// An amount was set aside on a card.
        TakePreAuth = "pre_auth.take" {
            /// Which.
            pre_auth_id: PreAuthId,
            /// Whether the bank has answered.
            state: PreAuthState,
            /// How much.
            amount: Money,
            /// The card's last four digits.
            last_four: String,
            /// When it runs out.
            expires: NaiveDate,
        },
        /// A pre-authorisation was captured.
        CapturePreAuth = "pre_auth.capture" {
            /// Which.
            pre_auth_id: PreAuthId,
            /// How much of it.
            amount: Money,
        },
        /// The bank has set a pending amount aside.
        ConfirmPreAuth = "pre_auth.confirm" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// The bank has refused a pending amount.
        FailPreAuth = "pre_auth.fail" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// A pre-authorisation was released.
        ReleasePreAuth = "pre_auth.release" {
            /// Which.
            pre_auth_id: PreAuthId,
        },
        /// A pre-authorisation ran out.
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
        /// A paid instalment was given back.
        RefundDeposit = "deposit.refund" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
        },
        /// A paid instalment was kept as a penalty.
        ForfeitDeposit = "deposit.forfeit" {
            /// Which instalment.
            instalment: i64,
            /// How much.
            amount: Money,
        },
        /// An instalment is no longer asked for.
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
        /// The deposits of a visit that does not take place were settled.
        SettleCancellation = "deposit.settle_cancellation" {
            /// Kept as a penalty.
            forfeited: Money,
            /// Given back.
            refunded: Money,
        },
    }
}
