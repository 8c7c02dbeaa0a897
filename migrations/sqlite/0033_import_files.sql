-- Files that were sent to be imported. The file itself lies beside the records until it is done.
CREATE TABLE import_file (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    state TEXT NOT NULL CHECK (state IN ('received', 'waiting', 'running', 'finished', 'failed', 'withdrawn')),
    map TEXT,
    map_name TEXT,
    property TEXT NOT NULL,
    run_id BLOB,
    row_count INTEGER,
    problem TEXT,
    received_by TEXT NOT NULL,
    received_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX import_file_open ON import_file (id) WHERE state IN ('waiting', 'running');
-- One at a time for a property.
CREATE UNIQUE INDEX import_file_running ON import_file (property) WHERE state = 'running';

-- What became of a row that could not be imported.
CREATE TABLE quarantine_decision (
    run_id BLOB NOT NULL,
    row_number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('mended', 'left_out')),
    mended_by BLOB,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    PRIMARY KEY (run_id, row_number)
) STRICT, WITHOUT ROWID;

-- Staged tokens lie by guest, in the order in which guests are made: so those of one guest are found without going through the others.
CREATE TABLE token_staged_by_guest (
    token INTEGER NOT NULL,
    guest_id BLOB NOT NULL,
    PRIMARY KEY (guest_id, token)
) STRICT, WITHOUT ROWID;
INSERT INTO token_staged_by_guest SELECT DISTINCT token, guest_id FROM token_staged;
DROP TABLE token_staged;
ALTER TABLE token_staged_by_guest RENAME TO token_staged;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('import_file', 'import_file', '1000 1'),
    ('import_file', 'import_file_open', '2 1'),
    ('import_file', 'import_file_running', '1 1'),
    ('quarantine_decision', 'quarantine_decision', '10000 100 1');
ANALYZE sqlite_schema;
