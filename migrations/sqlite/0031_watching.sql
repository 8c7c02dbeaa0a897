-- What auditors are alarmed about.
CREATE TABLE alarm (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('many_guests', 'canary', 'unmaskings_spent', 'look_ups_spent', 'emergency')),
    -- An account, or a program of another system.
    holder_id BLOB NOT NULL,
    guest_id BLOB,
    raised_at TEXT NOT NULL,
    seen_at TEXT,
    seen_by TEXT,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_unseen ON alarm (id) WHERE seen_at IS NULL;
-- Guests whom nobody has a reason to open.
CREATE TABLE canary (
    guest_id BLOB NOT NULL PRIMARY KEY,
    marked_by TEXT NOT NULL,
    marked_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- How many people's data was shown unmasked, and to whom. No record: each time is journalled.
CREATE TABLE unmasking_count (
    day TEXT NOT NULL,
    holder_id BLOB NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (day, holder_id)
) STRICT, WITHOUT ROWID;

-- Auditors look for what somebody did, and for what was done. Entries that wait for their place are in neither: nothing is looked for among them.
CREATE INDEX journal_of_actor ON journal (actor, log_index) WHERE log_index IS NOT NULL;
CREATE INDEX journal_of_action ON journal (action, log_index) WHERE log_index IS NOT NULL;

-- The statistics of what is new, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('alarm', 'alarm', '1000 1'),
    ('alarm', 'alarm_unseen', '10 1'),
    ('canary', 'canary', '20 1'),
    ('unmasking_count', 'unmasking_count', '2000 1000 1');
ANALYZE sqlite_schema;
