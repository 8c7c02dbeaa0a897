-- One guest, one identity. A join changes nothing that was recorded: visits, bills and points stay with the guest they were recorded for,
-- who from then on is read as the one that is kept. So a join is undone by taking this row back.
CREATE TABLE guest_merge (
    id BLOB PRIMARY KEY,
    survivor BLOB NOT NULL,
    merged BLOB NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    automatic INTEGER NOT NULL,
    undone_at TEXT,
    version INTEGER NOT NULL,
    CHECK (survivor <> merged)
) STRICT;
CREATE INDEX guest_merge_survivor ON guest_merge (survivor);
-- A guest is joined into one other at most.
CREATE UNIQUE INDEX guest_merge_merged ON guest_merge (merged) WHERE undone_at IS NULL;
CREATE INDEX guest_merge_undone ON guest_merge (merged) WHERE undone_at IS NOT NULL;
CREATE INDEX guest_merged_into ON guest (merged_into) WHERE merged_into IS NOT NULL;

-- Pairs of guests that a person is asked about, or was. `one` is the smaller id. The score is in thousandths of a bit.
CREATE TABLE guest_pair (
    one BLOB NOT NULL,
    two BLOB NOT NULL,
    state TEXT NOT NULL,
    score INTEGER NOT NULL,
    asked_at TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (one, two),
    CHECK (one < two)
) STRICT, WITHOUT ROWID;
CREATE INDEX guest_pair_two ON guest_pair (two);
CREATE INDEX guest_pair_open ON guest_pair (score, one, two) WHERE state = 'open';

-- When all guests were last compared with each other: the next run looks at those made since.
CREATE TABLE identity_run (
    id BLOB PRIMARY KEY,
    started_at TEXT NOT NULL,
    guests INTEGER NOT NULL,
    joined INTEGER NOT NULL,
    asked INTEGER NOT NULL
) STRICT;
