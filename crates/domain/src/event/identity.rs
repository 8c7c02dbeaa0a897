//! Events about comparisons of all guests. They are sealed under the chain's data key; nothing in them is personal.

use super::define::events;
use crate::guest::{IdentityPlan, IdentityRun};

events! {
    /// What a comparison of all guests did.
    pub enum IdentityEvent {
        /// It began.
        Begin = "identity.begin" {},
        /// Steps of it were kept.
        Keep = "identity.keep" {
            /// How many.
            steps: i64,
        },
        /// All its steps are kept.
        Plan = "identity.plan" {
            /// Guests that were looked at.
            guests: i64,
            /// Pairs that were compared.
            compared: i64,
        },
        /// Steps of it are done; counts are since it began.
        Decide = "identity.decide" {
            /// Joins it has made.
            joined: i64,
            /// Joins it has not made, because a person had said that they are two.
            kept_apart: i64,
            /// Pairs it has left to a person.
            asked: i64,
        },
        /// It is done.
        Resolve = "identity.resolve" {
            /// Guests that were looked at.
            guests: i64,
            /// Joins it made.
            joined: i64,
            /// Pairs it left to a person.
            asked: i64,
        },
    }
}

impl IdentityEvent {
    /// That all steps of a comparison are kept.
    pub const fn planned(plan: &IdentityPlan) -> Self {
        Self::Plan { guests: plan.guests, compared: plan.compared }
    }

    /// That steps of a comparison are done.
    pub const fn decided(plan: &IdentityPlan) -> Self {
        Self::Decide { joined: plan.joined, kept_apart: plan.kept_apart, asked: plan.asked }
    }
}

impl From<&IdentityRun> for IdentityEvent {
    fn from(run: &IdentityRun) -> Self {
        Self::Resolve { guests: run.guests, joined: run.joined, asked: run.asked }
    }
}
