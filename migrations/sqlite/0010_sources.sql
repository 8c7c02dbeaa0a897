-- What other systems say. A record is kept as it was received, every version of it; a later version takes the place of the one before.
CREATE TABLE source_record (
    property_id BLOB NOT NULL,
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    visit_id BLOB,
    part_id BLOB,
    parts TEXT NOT NULL,
    state TEXT NOT NULL,
    run_id BLOB,
    received_at TEXT NOT NULL,
    owner BLOB NOT NULL,
    digest BLOB NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (property_id, system, kind, external_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_record_visit ON source_record (property_id, visit_id) WHERE visit_id IS NOT NULL;

-- Where a source says otherwise than a visit that was worked on here.
CREATE TABLE difference (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    record_version INTEGER NOT NULL,
    field TEXT NOT NULL,
    owner BLOB NOT NULL,
    says BLOB NOT NULL,
    state TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    resolved_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX difference_open ON difference (property_id, visit_id, system, kind, external_id, field) WHERE state = 'open';

-- Lines that were worked out from what a source says, as the charge of a night from its rate.
ALTER TABLE posting ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';

-- The columns of a run's file: its source records keep the texts only.
ALTER TABLE import_run ADD COLUMN columns TEXT NOT NULL DEFAULT '[]';

-- When a booking was made is not always known.
ALTER TABLE reservation ADD COLUMN made_at TEXT;
UPDATE reservation SET made_at = booked_at;
ALTER TABLE reservation DROP COLUMN booked_at;
ALTER TABLE reservation RENAME COLUMN made_at TO booked_at;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('source_record', 'source_record', '1000000 100000 30000 30000 1 1'),
    ('source_record', 'source_record_visit', '1000000 100000 1'),
    ('difference', 'difference', '10000 1000 2 1'),
    ('difference', 'difference_open', '2000 200 2 2 2 2 1');
