-- The ledger: a Merkle tree over the journal (RFC 6962), kept as tiles (c2sp.org/tlog-tiles), and its signed checkpoints.

-- How far the tree has grown. One row: whoever grows the tree compares and sets its size.
CREATE TABLE ledger_tree (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL
) STRICT;
INSERT INTO ledger_tree (id, size) VALUES (1, 0);

-- 256 hashes of 32 bytes each when full.
CREATE TABLE ledger_tile (
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, tile)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_checkpoint (
    size INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- Entries get their places in the order they were committed: a row's last commitment must stand last. The clock of
-- whoever wrote them does not tell that; the order of the rows does, since there is one writer.
DROP INDEX journal_unsequenced;
CREATE INDEX journal_unsequenced ON journal (log_index) WHERE log_index IS NULL;
