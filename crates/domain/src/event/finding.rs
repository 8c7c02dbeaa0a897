//! Events about findings. They are sealed under the property's data key.

use chrono::NaiveDate;
use hefu_kernel::Currency;

use super::define::events;
use crate::{
    finding::FindingKind,
    ids::{FindingId, VisitId},
};

events! {
    /// What happened to a finding.
    pub enum FindingEvent {
        /// It was found for the first time.
        Found = "finding.found" {
            /// Which.
            finding_id: FindingId,
            /// The visit it is about.
            visit_id: VisitId,
            /// What contradicts what.
            kind: FindingKind,
            /// Money at stake, minor units.
            stake: i64,
            /// Its currency.
            currency: Currency,
        },
        /// What it says changed while nobody had decided, or its proposal did.
        Changed = "finding.changed" {
            /// Which.
            finding_id: FindingId,
            /// Money at stake, minor units.
            stake: i64,
        },
        /// It came back after it was resolved, or says something else than what was decided about.
        Reopened = "finding.reopened" {
            /// Which.
            finding_id: FindingId,
            /// Money at stake, minor units.
            stake: i64,
        },
        /// The records agree again.
        Resolved = "finding.resolved" {
            /// Which.
            finding_id: FindingId,
            /// Who made the correction that it proposed: an account's opaque name, or a job's. None where the records came to agree otherwise.
            corrected_by: Option<String>,
        },
        /// Somebody decided that it stays as it is.
        Decide = "finding.decide" {
            /// Which.
            finding_id: FindingId,
        },
        /// A guest said that there are two records of one visit.
        Report = "finding.report" {
            /// Which.
            finding_id: FindingId,
            /// The visit at which it was said.
            visit_id: VisitId,
            /// The other record. What the guest says stands with the visit's notes, under the guest's key.
            other_id: VisitId,
        },
        /// From now on findings of a kind are corrected by themselves, or not any more.
        Rule = "finding.rule" {
            /// Of this kind.
            kind: FindingKind,
            /// Whether they are.
            enabled: bool,
        },
        /// Lines of a payment channel's settlement file were read, new ones or with another content.
        Settlement = "finding.settlement" {
            /// The transaction code of the payments that it settles.
            channel: String,
            /// How many.
            lines: i64,
            /// The first day they tell of.
            from: NaiveDate,
            /// The last day.
            to: NaiveDate,
        },
    }
}
