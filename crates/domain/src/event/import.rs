//! Events about imports. Those about a booking are sealed under the data key of its guest, those about a property under the property's, the
//! rest under the chain's.

use super::define::events;
use crate::{ids::ImportRunId, source::ClaimField};

events! {
    /// What an import did.
    pub enum ImportEvent {
        /// A run began.
        Begin = "import.begin" {
            /// Name of the map.
            map: String,
            /// Digest of file, map and options.
            digest: String,
        },
        /// A property got what its bookings need.
        Property = "import.property" {
            /// The run.
            run: ImportRunId,
            /// Room types that were made.
            room_types: i64,
            /// Rooms that were made.
            rooms: i64,
        },
        /// A booking was written.
        Booking = "import.booking" {
            /// The row of the file.
            row: i64,
            /// What was read otherwise than it stood there.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            notes: Vec<String>,
        },
        /// A record came again and says something else; the visit followed it.
        Update = "import.update" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
            /// What it says otherwise than its version before.
            fields: Vec<ClaimField>,
        },
        /// A record came again and says otherwise than the visit, which did not follow it.
        Differ = "import.differ" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
            /// Where it began to differ from the visit.
            fields: Vec<ClaimField>,
        },
        /// A record came again and says something else; it agrees with the visit as it is.
        Agree = "import.agree" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
        },
        /// Rows are done; counts are since the run began.
        Progress = "import.progress" {
            /// Rows read.
            rows: i64,
            /// Bookings written.
            imported: i64,
        },
        /// A run is done.
        Finish = "import.finish" {
            /// Digest of file, map and options.
            digest: String,
        },
        /// Rows that could not be imported were shown as they were received.
        Export = "import.export" {
            /// Behind this row.
            after: i64,
            /// How many.
            rows: i64,
        },
    }
}
