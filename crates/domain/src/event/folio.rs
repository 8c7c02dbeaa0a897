//! Events about bills, deposits and pre-authorisations. They are sealed under the data key of the guest who booked.

use chrono::NaiveDate;
use hefu_kernel::Money;
use serde::{Deserialize, Serialize};

use super::define::{Fields, events};
use crate::{
    folio::PreAuthState,
    ids::{DepositEntryId, GuestId, InvoiceId, PostingId, PreAuthId, VisitId},
};

/// Foreign currency and its exchange rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignPayment {
    /// What was paid.
    pub amount: Money,
    /// Units of the property's currency for one unit, as a decimal.
    pub rate: String,
}

/// Prices were without tax.
pub(super) fn tax_on_top(fields: &mut Fields) {
    fields.insert("includes_tax".into(), false.into());
}

events! {
    /// What happened to a bill, a deposit or a pre-authorisation.
    pub enum FolioEvent {
        /// Something was charged.
        Charge = "folio.charge" after [tax_on_top] {
            /// The line.
            posting_id: PostingId,
            /// Transaction code.
            code: String,
            /// Unit price, without tax unless it includes it.
            amount: Money,
            /// Quantity.
            quantity: i64,
            /// Total tax, minor units.
            tax: i64,
            /// Whether the price includes the tax.
            includes_tax: bool,
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
        /// Money was paid out for the guest and charged to the bill.
        PayOut = "folio.pay_out" {
            /// The line.
            posting_id: PostingId,
            /// Transaction code.
            code: String,
            /// How much.
            amount: Money,
            /// Number of the receipt that was got for it.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// An invoice was issued.
        IssueInvoice = "invoice.issue" {
            /// Which.
            invoice_id: InvoiceId,
            /// The series of its number.
            series: String,
            /// Its number.
            number: i64,
            /// The window of the bill.
            window: i64,
            /// With tax.
            total: Money,
            /// Tax.
            tax: Money,
        },
        /// An invoice was taken back, wholly or in part.
        CreditInvoice = "invoice.credit" {
            /// The credit note.
            invoice_id: InvoiceId,
            /// The series of its number.
            series: String,
            /// Its number.
            number: i64,
            /// The invoice it takes back.
            corrects: InvoiceId,
            /// With tax, below zero.
            total: Money,
            /// Tax.
            tax: Money,
        },
        /// An invoice was printed again.
        CopyInvoice = "invoice.copy" {
            /// Which.
            invoice_id: InvoiceId,
            /// The number of the copy.
            copy: i64,
        },
        /// A line was reversed with everything that came with it.
        Reverse = "folio.reverse" {
            /// The line.
            posting_id: PostingId,
            /// The total posted against it.
            amount: Money,
        },
        /// A part of a charge was credited, with its fee and tax.
        Allow = "folio.allow" {
            /// The charge.
            posting_id: PostingId,
            /// What was credited in all.
            amount: Money,
        },
        /// A charge was corrected to another price.
        Correct = "folio.correct" {
            /// The charge that was taken back.
            posting_id: PostingId,
            /// The charge that stands in its place.
            corrected: PostingId,
            /// Its price.
            amount: Money,
        },
        /// Nights were charged before check-out.
        PostNights = "folio.post_nights" {
            /// How many.
            nights: i64,
        },
        /// A settled window was closed.
        CloseWindow = "folio.close_window" {
            /// The window.
            window: i64,
        },
        /// A closed window was opened again.
        ReopenWindow = "folio.reopen_window" {
            /// The window.
            window: i64,
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
        /// A part of a charge went to another window, with its fee and tax.
        Split = "folio.split" {
            /// The charge.
            posting_id: PostingId,
            /// The part of it that stands in the other window.
            split_off: PostingId,
            /// The other window.
            to_window: i64,
            /// How much went in all.
            amount: Money,
        },
        /// Charges were moved to the bill of another visit.
        TransferToVisit = "folio.transfer_to_visit" {
            /// The charges named in the request.
            posting_ids: Vec<PostingId>,
            /// The other visit.
            to: VisitId,
            /// The window of its bill.
            to_window: i64,
            /// How many lines moved, including those that came with them.
            lines: i64,
        },
        /// Charges came from another visit.
        ReceiveTransfer = "folio.receive_transfer" {
            /// The visit they were charged to.
            from: VisitId,
            /// How many lines.
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
        /// Money is asked for before arrival.
        AskDeposit = "deposit.ask" {
            /// Which instalment.
            instalment: i64,
            /// Last day to pay.
            due: NaiveDate,
            /// How much.
            amount: Money,
        },
        /// A deposit was paid.
        PayDeposit = "deposit.pay" {
            /// The movement.
            entry_id: DepositEntryId,
            /// The instalment it is for.
            #[serde(skip_serializing_if = "Option::is_none")]
            instalment: Option<i64>,
            /// What it is worth in the property's currency.
            amount: Money,
            /// The payment code.
            code: String,
            /// Number of the receipt.
            receipt: i64,
            /// Foreign money, when it was paid in that.
            #[serde(skip_serializing_if = "Option::is_none")]
            foreign: Option<ForeignPayment>,
            /// Slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// A deposit was given back.
        RefundDeposit = "deposit.refund" {
            /// The movement.
            entry_id: DepositEntryId,
            /// How much.
            amount: Money,
            /// The payment code.
            code: String,
            /// Number of the receipt.
            receipt: i64,
            /// Slip number.
            #[serde(skip_serializing_if = "Option::is_none")]
            reference: Option<String>,
        },
        /// A movement of the deposit ledger was taken back.
        ReverseDeposit = "deposit.reverse" {
            /// The movement.
            entry_id: DepositEntryId,
            /// What is held more or less for it.
            amount: Money,
        },
        /// A deposit was kept.
        ForfeitDeposit = "deposit.forfeit" {
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
