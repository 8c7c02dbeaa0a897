//! What use cases did, as recorded in the journal.
//!
//! An event belongs to a journal entry, which records when, by whom, why, in which property and to what it happened: the event records only what. It is stored
//! sealed, as `{ "event": name, "v": version, … }`, under one data key: the guest's if it is about a visit or a guest, the
//! property's if it is about a record of the property, else the chain's. So an event may contain personal data of that owner and of nobody else;
//! other people appear by id. Amounts carry their currency, or are minor units of a currency given beside them.
//!
//! The fields of an event never change within a version. Changing them requires an upcast from the previous version; `tests/events.snap` holds a
//! sample of every version there ever was, and each stays readable.

pub mod account;
pub mod audit;
pub mod cash;
pub mod channel;
pub mod define;
pub mod finding;
pub mod folio;
pub mod guest;
pub mod housekeeping;
pub mod identity;
pub mod import;
pub mod installation;
pub mod job;
pub mod keys;
pub mod member;
pub mod note;
pub mod property;
pub mod reservation;
pub mod stay;

use serde::{Serialize, Serializer};
use serde_json::Value;

use self::define::Stored;
pub use self::{
    account::AccountEvent, audit::AuditEvent, cash::CashEvent, channel::ChannelEvent, define::EventError,
    finding::FindingEvent, folio::FolioEvent, guest::GuestEvent, housekeeping::HousekeepingEvent,
    identity::IdentityEvent, import::ImportEvent, installation::InstallationEvent, job::JobEvent,
    keys::KeysEvent, member::MemberEvent, note::NoteEvent, property::PropertyEvent,
    reservation::ReservationEvent, stay::StayEvent,
};

/// Declares the areas.
macro_rules! areas {
    ($($(#[$meta:meta])* $variant:ident($area:ty)),+ $(,)?) => {
        /// What a use case did.
        #[derive(Debug, Clone, PartialEq)]
        #[expect(clippy::large_enum_variant, reason = "an event lives for one journal entry; no collections of events exist")]
        pub enum Event { $($(#[$meta])* $variant($area),)+ }

        impl Event {
            /// Names and current versions of all events.
            pub fn all() -> impl Iterator<Item = (&'static str, u16)> {
                [$(<$area>::ALL),+].into_iter().flatten().copied()
            }

            /// The stable name, which is the journal's action.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$variant(event) => event.name(),)+ }
            }

            /// The version of its fields.
            pub const fn version(&self) -> u16 {
                match self { $(Self::$variant(event) => event.version(),)+ }
            }

            /// Reads an event in any of its versions, converted to the current one.
            ///
            /// # Errors
            /// Name or version is unknown, or the fields do not match.
            pub fn read(name: &str, version: u16, fields: Value) -> Result<Self, EventError> {
                let Value::Object(fields) = fields else { return Err(EventError::Fields(name.to_owned())) };
                $(
                    if let Some(read) = <$area>::read(name, version, fields.clone()) {
                        return read.map(Self::$variant);
                    }
                )+
                Err(EventError::UnknownName(name.to_owned()))
            }
        }

        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let v = self.version();
                match self { $(Self::$variant(event) => Stored { v, event }.serialize(serializer),)+ }
            }
        }

        $(
            impl From<$area> for Event {
                fn from(event: $area) -> Self {
                    Self::$variant(event)
                }
            }
        )+
    };
}

areas! {
    /// About reservations.
    Reservation(ReservationEvent),
    /// About stays.
    Stay(StayEvent),
    /// About bills, deposits and pre-authorisations.
    Folio(FolioEvent),
    /// About notes, requests, messages and traces.
    Note(NoteEvent),
    /// About cashiers, exchange rates and how a property bills.
    Cash(CashEvent),
    /// About guests and their identity.
    Guest(GuestEvent),
    /// About members and their points.
    Member(MemberEvent),
    /// About the setup of a property, its company accounts, and groups.
    Property(PropertyEvent),
    /// About the state of rooms.
    Housekeeping(HousekeepingEvent),
    /// About findings.
    Finding(FindingEvent),
    /// About the night audit.
    Audit(AuditEvent),
    /// About imports.
    Import(ImportEvent),
    /// About channels.
    Channel(ChannelEvent),
    /// About jobs.
    Job(JobEvent),
    /// About keys.
    Keys(KeysEvent),
    /// About comparisons of all guests.
    Identity(IdentityEvent),
    /// About the installation.
    Installation(InstallationEvent),
    /// About accounts, sessions, grants and the programs of other systems.
    Account(AccountEvent),
}

impl Event {
    /// Reads a stored event.
    ///
    /// # Errors
    /// See [`Event::read`].
    pub fn of_stored(stored: Value) -> Result<Self, EventError> {
        let name = stored.get(define::NAME).and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = stored.get(define::VERSION).and_then(Value::as_u64).unwrap_or_default();
        Self::read(&name, u16::try_from(version).unwrap_or_default(), stored)
    }
}
