//! Where a hotel's systems contradict each other: bookings against stays, consumption, points and payments.
//!
//! Records of any number of systems go in as plain values; findings come out, each with its evidence, its cause, the money at stake, who it is
//! for, what would correct it, and an identity that is the same whenever it is found again. Pure: no database, no clock. The result does not
//! depend on the order of the records. Only records of one component (what shares a number or a person) are ever compared, so a changed record
//! is examined with its component alone: see [`Watch`]. See `docs/findings.md` and ADR 35.

mod block;
mod case;
mod check;
mod component;
mod explain;
mod finding;
mod money;
mod record;
mod sets;
mod warning;
mod watch;

pub use block::{Block, Received, examine_block};
pub use component::inspect;
pub use explain::Texts;
pub use finding::{
    Cause, Correction, Draft, Evidence, Finding, FindingId, FindingKind, FindingOwner, FindingSource,
    Severity, Value,
};
pub use record::{
    Booking, BookingStatus, Facts, Line, LineKind, Part, Payment, PaymentKind, Person, Points, Record,
    RecordId, Stay, StayStatus, Text,
};
pub use warning::{Norms, Signs, warn};
pub use watch::{Changed, Watch};
