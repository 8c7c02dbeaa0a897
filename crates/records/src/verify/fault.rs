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
        /// An entry and what lies sealed behind it do not belong together: somebody altered who did what when, or the change or its reason.
        ChangeAltered = "change_altered",
        /// A change belongs to no entry.
        ChangeUnknown = "change_unknown",
        /// A tile of the tree is gone or too short.
        TileMissing = "tile_missing",
        /// A tile does not follow from those beneath it.
        TileChanged = "tile_changed",
        /// A checkpoint was not signed by a key of this ledger that signs at its size, or bears a signature that is not of its text.
        CheckpointForged = "checkpoint_forged",
        /// There are entries, and nobody remembers a checkpoint of them.
        CheckpointForgotten = "checkpoint_forgotten",
        /// Not enough witnesses know of the entries, or say so when they are asked.
        Unwitnessed = "unwitnessed",
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
        /// A data key does not open for its owner.
        KeyAltered = "key_altered",
        /// What binds the records to their keys is not as these keys have it.
        KeysUnbound = "keys_unbound",
        /// The data key of a guest who was erased is there again.
        KeyReturned = "key_returned",
        /// A guest is not found by something of its profile: a search token is missing.
        TokenMissing = "token_missing",
        /// A search token leads to a guest whose profile does not say it.
        TokenUnknown = "token_unknown",
        /// An index does not agree with its table.
        IndexDamaged = "index_damaged",
        /// The database has a part that no migration makes: a trigger, a view, a setting.
        SchemaUnknown = "schema_unknown",
        /// The database lacks a part that the migrations make: an index, a CHECK.
        SchemaMissing = "schema_missing",
        /// A part of the database is not as the migrations make it.
        SchemaChanged = "schema_changed",
        /// The database is not made of what the ledger says it was made of when it was migrated.
        SchemaUnlikeLedger = "schema_unlike_ledger",
        /// An answer kept for a repeated request is not the one that was given, or not to this request.
        AnswerAltered = "answer_altered",
        /// A tile holds more than the tree has.
        TileUnknown = "tile_unknown",
    }
}
