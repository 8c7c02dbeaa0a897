//! Events about findings. They are sealed under the property's data key.

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
            /// Whether the correction that it proposed was made.
            corrected: bool,
        },
        /// Somebody decided that it stays as it is.
        Decide = "finding.decide" {
            /// Which.
            finding_id: FindingId,
        },
    }
}
