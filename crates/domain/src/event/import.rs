//! Events about imports. Those about a booking are sealed under the data key of its guest, those about a property under the property's, the
//! rest under the chain's.

use super::define::events;
use crate::{
    ids::{ImportFileId, ImportRunId},
    source::ClaimField,
};

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
        /// A property was set up for its bookings.
        Property = "import.property" {
            /// The run.
            run: ImportRunId,
            /// Room types that were created.
            room_types: i64,
            /// Rooms that were created.
            rooms: i64,
        },
        /// A booking was written.
        Booking = "import.booking" {
            /// The row of the file.
            row: i64,
            /// Values that were corrected while reading.
            #[serde(default, skip_serializing_if = "Vec::is_empty")]
            notes: Vec<String>,
        },
        /// A record arrived again with other content; the visit followed it.
        Update = "import.update" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
            /// The fields in which it differs from its previous version.
            fields: Vec<ClaimField>,
        },
        /// A record arrived again with content that differs from the visit, which did not follow it.
        Differ = "import.differ" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
            /// The fields that now differ from the visit.
            fields: Vec<ClaimField>,
        },
        /// A record arrived again with other content, which agrees with the visit as it is.
        Agree = "import.agree" {
            /// The row of the file.
            row: i64,
            /// Version of the record.
            version: i64,
        },
        /// Records that are no bookings were written, or found the booking or guest they belong to.
        Records = "import.records" {
            /// The run.
            run: ImportRunId,
            /// How many.
            records: i64,
            /// How many of them wait for what they belong to.
            waiting: i64,
        },
        /// Rows are done; counts are since the run started.
        Progress = "import.progress" {
            /// Rows read.
            rows: i64,
            /// Bookings written.
            imported: i64,
        },
        /// A run is complete.
        Finish = "import.finish" {
            /// Digest of file, map and options.
            digest: String,
        },
        /// A file was received to be imported.
        Receive = "import.receive" {
            /// The file.
            file: ImportFileId,
            /// Bytes of it.
            size: i64,
        },
        /// Somebody said what the columns of a file mean.
        Map = "import.map" {
            /// The file.
            file: ImportFileId,
            /// Name of the map.
            map: String,
        },
        /// Somebody wanted a file to be imported.
        Start = "import.start" {
            /// The file.
            file: ImportFileId,
        },
        /// Somebody wanted no more of a file.
        Withdraw = "import.withdraw" {
            /// The file.
            file: ImportFileId,
        },
        /// The import of a file began, ended or failed.
        File = "import.file" {
            /// The file.
            file: ImportFileId,
            /// What it is since.
            state: String,
        },
        /// A row that could not be imported was mended and imported, or left out.
        Decide = "import.mend" {
            /// The run.
            run: ImportRunId,
            /// Row of the file.
            row: i64,
            /// `mended` or `left_out`.
            state: String,
        },
        /// Rows that could not be imported were shown as received.
        Export = "import.export" {
            /// After this row.
            after: i64,
            /// How many.
            rows: i64,
        },
    }
}
