//! What can be wrong.

hefu_kernel::codes! {
    /// What was found to be wrong.
    pub enum Fault {
        /// No entry stands at a place of the ledger.
        EntryMissing = "entry_missing",
        /// An entry is not the one that was placed there.
        EntryChanged = "entry_changed",
        /// An entry has a place that the tree does not have.
        EntryUnplaced = "entry_unplaced",
        /// The change behind an entry is gone.
        ChangeMissing = "change_missing",
        /// The change behind an entry cannot be opened: its owner has no data key.
        ChangeUnreadable = "change_unreadable",
        /// The change behind an entry is not the one it committed to.
        ChangeAltered = "change_altered",
        /// A change belongs to no entry.
        ChangeUnknown = "change_unknown",
        /// A tile of the tree is gone or too short.
        TileMissing = "tile_missing",
        /// A tile does not follow from those beneath it.
        TileChanged = "tile_changed",
        /// A checkpoint was not signed by this ledger's key.
        CheckpointForged = "checkpoint_forged",
        /// A checkpoint tells another tree.
        CheckpointContradicts = "checkpoint_contradicts",
        /// A checkpoint tells of more entries than there are: the ledger was cut or put back.
        LedgerCut = "ledger_cut",
        /// A row is not as its last entry says.
        RowChanged = "row_changed",
        /// A row is gone, and no entry says so.
        RowMissing = "row_missing",
        /// A row is there that no entry speaks of.
        RowUnknown = "row_unknown",
        /// A row is there again that an entry says is gone.
        RowReturned = "row_returned",
        /// A row cannot be read, or its owner's data key does not open what is sealed in it.
        RowUnreadable = "row_unreadable",
        /// The owner of a row that is sealed has no data key.
        KeyMissing = "key_missing",
    }
}
