//! What kinds of things change, and which entries of the journal say so.

use hefu_authz::Action;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident;)+) => {
        /// A kind of thing that changes. Screens know which of what they show depends on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ChangeKind { $($(#[$meta])* $kind,)+ }

        impl ChangeKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];
        }
    };
}

kinds! {
    /// A reservation: what is promised.
    Booking;
    /// A stay: who lives where, and until when.
    Stay;
    /// What is charged, paid, held, invoiced.
    Bill;
    /// Points, vouchers and what membership gives.
    Points;
    /// Notes, traces and wake-up calls.
    Note;
    /// Room keys.
    Key;
    /// A room's state, what was found in it and what is broken.
    Room;
    /// Work of housekeeping.
    Task;
    /// Prices, restrictions and what may be sold.
    Price;
    /// Cashiers and rates of exchange.
    Cash;
    /// Blocks of groups. Groups and companies themselves belong to the chain, and to no property.
    Group;
    /// Findings: where records contradict each other.
    Finding;
    /// What channels sent, and what of it waits for somebody.
    Channel;
    /// The business date and the night audit.
    Day;
    /// What the property is made of.
    Setup;
}

impl ChangeKind {
    /// To be told of it one has to be permitted one of these; none: whoever is told anything.
    pub(super) const fn needs(self) -> &'static [Action] {
        match self {
            Self::Bill | Self::Points | Self::Key | Self::Channel => &[Action::VisitShow],
            Self::Note => &[Action::VisitShow, Action::TraceList],
            Self::Price => &[Action::RateCalendarShow, Action::AvailabilityShow],
            Self::Cash => &[Action::ShiftList],
            Self::Group => &[Action::GroupShow],
            Self::Finding => &[Action::FindingList],
            Self::Booking | Self::Stay | Self::Room | Self::Task | Self::Day | Self::Setup => &[],
        }
    }
}

/// Of which kind is what an action of the journal has changed; none: nothing that a screen of a property shows.
pub(super) fn kind_of(action: &str) -> Option<ChangeKind> {
    use ChangeKind::{
        Bill, Booking, Cash, Channel, Day, Finding, Group, Key, Note, Points, Price, Room, Setup, Stay, Task,
    };
    let (area, _) = action.split_once('.')?;
    Some(match (area, action) {
        (_, "room.put" | "import.property") => Setup,
        (_, "rate_plan.access") => Price,
        (_, "night_audit.post_room") => Bill,
        (_, "member.upgrade") => Stay,
        ("reservation" | "visit" | "free_night" | "house_account" | "import", _) => Booking,
        ("stay", _) => Stay,
        ("folio" | "deposit" | "pre_auth" | "pre_authorisation" | "invoice" | "city_account", _) => Bill,
        ("member" | "voucher", _) => Points,
        ("note" | "wake_up", _) => Note,
        ("key", _) => Key,
        ("room" | "found" | "maintenance", _) => Room,
        ("task", _) => Task,
        ("rate_calendar" | "season" | "inventory", _) => Price,
        ("shift" | "exchange_rate", _) => Cash,
        ("group" | "block" | "company", _) => Group,
        ("finding", _) => Finding,
        ("channel", _) => Channel,
        ("night_audit", _) => Day,
        (
            "property"
            | "room_type"
            | "cancellation_policy"
            | "rate_plan"
            | "transaction_code"
            | "setup"
            | "billing"
            | "programme",
            _,
        ) => Setup,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use hefu_domain::event::Event;

    use super::*;

    /// Whoever adds an event says whether it changes what screens show.
    #[test]
    fn every_event_is_of_a_kind_or_known_to_be_of_none() {
        let none: BTreeSet<&str> = Event::all()
            .map(|(name, _)| name)
            .filter(|name| kind_of(name).is_none())
            .filter_map(|name| name.split('.').next())
            .collect();
        let known = BTreeSet::from([
            "access",
            "account",
            "alarm",
            "api_client",
            "canary",
            "emergency",
            "factor",
            "grant",
            "guest",
            "identity",
            "installation",
            "job",
            "keys",
            "ledger",
            "number",
            "record",
            "session",
        ]);
        assert_eq!(none, known);
    }

    #[test]
    fn kinds_fit_into_their_set() {
        assert!(ChangeKind::ALL.len() <= 32);
        assert!(ChangeKind::ALL.iter().enumerate().all(|(place, kind)| place == *kind as usize));
    }
}
