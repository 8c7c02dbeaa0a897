-- Seasons by name, whom rate plans are sold to, and what of a property's setup is not used any more.

CREATE TABLE season (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    dates TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX season_code ON season (property_id, code);

-- A plan without a row is sold to everybody.
CREATE TABLE rate_plan_access (
    property_id BLOB NOT NULL,
    rate_plan_id BLOB NOT NULL,
    companies TEXT NOT NULL,
    promotion TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE setup_closing (
    property_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    record_id BLOB NOT NULL,
    from_date TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, kind, code)
) STRICT, WITHOUT ROWID;

-- The first date on which a room is not let any more.
ALTER TABLE room ADD COLUMN closed_from TEXT;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('season', 'season', '100 10 1'),
    ('season', 'season_code', '100 10 1'),
    ('rate_plan_access', 'rate_plan_access', '100 10 1'),
    ('setup_closing', 'setup_closing', '100 10 5 1');
ANALYZE sqlite_schema;
