-- The ledger: a Merkle tree over the journal (RFC 6962), kept as tiles (c2sp.org/tlog-tiles), and its signed checkpoints.

-- How far the tree has grown. One row: whoever grows the tree compares and sets its size.
CREATE TABLE ledger_tree (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    size BIGINT NOT NULL
);
INSERT INTO ledger_tree (id, size) VALUES (1, 0);

-- 256 hashes of 32 bytes each when full.
CREATE TABLE ledger_tile (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, tile)
);

CREATE TABLE ledger_checkpoint (
    size BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    note TEXT NOT NULL
);

-- Entries get their places in the order they were written: a row's last commitment must stand last. The clocks of those
-- who wrote them do not tell that. A unit writes its entries last, when it holds the locks of its rows, so of two
-- units that changed the same row the second to get them has the greater number. Named as the embedded engine names it.
ALTER TABLE journal ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;
DROP INDEX journal_unsequenced;
CREATE INDEX journal_unsequenced ON journal (rowid) WHERE log_index IS NULL;
