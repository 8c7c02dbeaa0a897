//! The records as a whole: the three-part record, the journal and the ledger over it, verification, rotation of keys, and how the
//! installation is.

pub mod backup;
pub mod changes;
pub mod evidence;
pub mod health;
pub mod journal;
pub mod ledger;
pub mod record;
pub mod reported;
pub mod rotation;
pub mod schema;
pub mod shared;
pub mod sources;
pub mod verify;
