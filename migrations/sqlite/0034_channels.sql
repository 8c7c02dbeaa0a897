-- Channels: their codes, what each said last of its bookings, and what of it could not be taken.
CREATE TABLE channel (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    hotel TEXT,
    room_types TEXT NOT NULL,
    rate_plans TEXT NOT NULL,
    run_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX channel_code ON channel (property_id, code);
-- One row for each booking: an older message never beats a newer one.
CREATE TABLE channel_said (
    property_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    external_id TEXT NOT NULL,
    content TEXT,
    cancelled TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, channel_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE channel_message (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    external_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'overtaken', 'dropped')),
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    received_at TEXT NOT NULL,
    times INTEGER NOT NULL CHECK (times > 0),
    settled_at TEXT,
    record BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX channel_message_state ON channel_message (property_id, state, id);
CREATE INDEX channel_message_waiting ON channel_message (property_id, channel_id, external_id, id) WHERE state = 'waiting';

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('channel', 'channel', '50 5 1'),
    ('channel', 'channel_code', '50 5 1'),
    ('channel_said', 'channel_said', '1000000 100000 20000 1'),
    ('channel_message', 'channel_message', '20000 2000 1'),
    ('channel_message', 'channel_message_state', '20000 2000 700 1'),
    ('channel_message', 'channel_message_waiting', '100 10 3 1 1');
ANALYZE sqlite_schema;
