//! Events about the night audit. Those about a visit are sealed under the data key of the guest who booked, the rest under the property's;
//! nothing in them is personal.

use chrono::NaiveDate;

use serde_json::json;

use super::define::{Fields, events};
use crate::{
    audit::{AuditStep, NightAudit},
    ids::StayId,
};

/// Before rooms given for nothing and used by the house were counted apart.
fn all_rooms_sold(fields: &mut Fields) {
    fields.insert("complimentary".into(), json!(0));
    fields.insert("house_use".into(), json!(0));
}

events! {
    /// What the night audit did.
    pub enum AuditEvent {
        /// A unit of it is done; all counts are since it started.
        Step = "night_audit.step" after [all_rooms_sold] {
            /// The date it closes.
            business_date: NaiveDate,
            /// The next step.
            step: AuditStep,
            /// Room charges posted, minor units of the property's currency.
            room_revenue: i64,
            /// Rooms charged.
            rooms_charged: i64,
            /// No-shows marked.
            no_shows: i64,
            /// Stays past their departure date.
            pending_check_outs: i64,
            /// Pre-authorisations that expired.
            pre_auths_expired: i64,
            /// Rooms marked dirty.
            rooms_dirtied: i64,
            /// Rooms given for nothing.
            complimentary: i64,
            /// Rooms used by the house.
            house_use: i64,
        },
        /// It charged a night.
        PostRoom = "night_audit.post_room" {
            /// The stay.
            stay_id: StayId,
            /// The night.
            night: NaiveDate,
        },
    }
}

impl From<&NightAudit> for AuditEvent {
    fn from(audit: &NightAudit) -> Self {
        Self::Step {
            business_date: audit.business_date,
            step: audit.step,
            room_revenue: audit.room_revenue,
            rooms_charged: audit.rooms_charged,
            no_shows: audit.no_shows,
            pending_check_outs: audit.pending_check_outs,
            pre_auths_expired: audit.pre_auths_expired,
            rooms_dirtied: audit.rooms_dirtied,
            complimentary: audit.complimentary,
            house_use: audit.house_use,
        }
    }
}
