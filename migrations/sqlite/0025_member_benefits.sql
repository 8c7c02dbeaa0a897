-- What a membership programme gives, and nights paid for with points or vouchers.

-- The chain's programme, under nothing but zeros, and those of properties that have one of their own.
CREATE TABLE member_programme (
    property_id BLOB NOT NULL PRIMARY KEY,
    counts TEXT NOT NULL,
    tiers TEXT NOT NULL,
    night_points INTEGER CHECK (night_points > 0),
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE night_voucher (
    membership_id BLOB NOT NULL,
    id BLOB NOT NULL,
    property_id BLOB,
    expires TEXT NOT NULL,
    state TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (membership_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE free_night (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    line INTEGER NOT NULL,
    night TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0),
    membership_id BLOB,
    voucher_id BLOB,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;
-- A night is paid for once.
CREATE UNIQUE INDEX free_night_once ON free_night (property_id, visit_id, line, night) WHERE state = 'live';

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('member_programme', 'member_programme', '10 1'),
    ('night_voucher', 'night_voucher', '100000 2 1'),
    ('free_night', 'free_night', '50000 5000 2 1'),
    ('free_night', 'free_night_once', '40000 4000 2 2 1');
ANALYZE sqlite_schema;
