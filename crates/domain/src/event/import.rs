//! Events about imports. Those about a booking are sealed under the data key of its guest, those about a property under the property's, the
//! rest under the chain's.

use super::define::events;
use crate::ids::ImportRunId;

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
            /// Columns that nothing is made of, as they were received.
            #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
            other: serde_json::Value,
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
