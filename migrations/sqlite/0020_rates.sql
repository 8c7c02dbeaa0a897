-- Rates as a revenue manager sets them, and packages.

-- The plan whose prices those of a plan follow from, what more or fewer people cost, and what is included.
ALTER TABLE rate_plan ADD COLUMN derived TEXT;
ALTER TABLE rate_plan ADD COLUMN people TEXT;
ALTER TABLE rate_plan ADD COLUMN inclusions TEXT NOT NULL DEFAULT '[]';

-- The price of a date, before that which holds from a date on.
CREATE TABLE rate_day (
    property_id BLOB NOT NULL,
    rate_plan_id BLOB NOT NULL,
    night TEXT NOT NULL,
    room_type_id BLOB NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, night, room_type_id)
) STRICT, WITHOUT ROWID;

-- What may not be sold on a date. A plan or type of nothing but zeros and an empty channel: of every one.
CREATE TABLE restriction (
    property_id BLOB NOT NULL,
    night TEXT NOT NULL,
    rate_plan_id BLOB NOT NULL,
    room_type_id BLOB NOT NULL,
    channel TEXT NOT NULL,
    minimum_stay INTEGER CHECK (minimum_stay > 0),
    maximum_stay INTEGER CHECK (maximum_stay > 0),
    closed_to_arrival INTEGER NOT NULL CHECK (closed_to_arrival IN (0, 1)),
    closed_to_departure INTEGER NOT NULL CHECK (closed_to_departure IN (0, 1)),
    stop_sell INTEGER NOT NULL CHECK (stop_sell IN (0, 1)),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, night, rate_plan_id, room_type_id, channel)
) STRICT, WITHOUT ROWID;

-- Rooms that were lived in and not sold are counted apart.
ALTER TABLE night_audit ADD COLUMN complimentary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE night_audit ADD COLUMN house_use INTEGER NOT NULL DEFAULT 0;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('rate_day', 'rate_day', '400000 40000 4000 5 1'),
    ('restriction', 'restriction', '400000 40000 40 10 3 1');
ANALYZE sqlite_schema;
