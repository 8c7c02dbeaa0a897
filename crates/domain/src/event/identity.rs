//! Events about comparisons of all guests. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;
use crate::guest::{IdentityPlan, IdentityRun};

events! {
    /// What a comparison of all guests did.
    pub enum IdentityEvent {
        /// It began.
        Begin = "identity.begin" {},
        /// Steps of it were stored.
        Keep = "identity.keep" {
            /// How many.
            steps: i64,
        },
        /// All its steps are stored.
        Plan = "identity.plan" {
            /// Guests that were compared.
            guests: i64,
            /// Pairs that were compared.
            compared: i64,
        },
        /// Steps of it are done; counts are since it started.
        Decide = "identity.decide" {
            /// Merges made.
            joined: i64,
            /// Merges not made, because a person had decided "different".
            kept_apart: i64,
            /// Pairs queued for review.
            asked: i64,
        },
        /// It is complete.
        Resolve = "identity.resolve" {
            /// Guests that were compared.
            guests: i64,
            /// Merges made.
            joined: i64,
            /// Pairs queued for review.
            asked: i64,
        },
    }
}

impl IdentityEvent {
    /// All steps of a comparison are stored.
    pub const fn planned(plan: &IdentityPlan) -> Self {
        Self::Plan { guests: plan.guests, compared: plan.compared }
    }

    /// Steps of a comparison are done.
    pub const fn decided(plan: &IdentityPlan) -> Self {
        Self::Decide { joined: plan.joined, kept_apart: plan.kept_apart, asked: plan.asked }
    }
}

impl From<&IdentityRun> for IdentityEvent {
    fn from(run: &IdentityRun) -> Self {
        Self::Resolve { guests: run.guests, joined: run.joined, asked: run.asked }
    }
}
