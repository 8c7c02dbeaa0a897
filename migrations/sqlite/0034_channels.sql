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
CREATE TABLE channel_calendar (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    code TEXT NOT NULL,
    room_type TEXT NOT NULL,
    blocked TEXT NOT NULL,
    url BLOB,
    read_at TEXT,
    next_at TEXT,
    failures INTEGER NOT NULL,
    failed TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX channel_calendar_code ON channel_calendar (property_id, channel_id, code);
CREATE INDEX channel_calendar_due ON channel_calendar (next_at) WHERE next_at IS NOT NULL;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('channel', 'channel', '50 5 1'),
    ('channel', 'channel_code', '50 5 1'),
    ('channel_said', 'channel_said', '1000000 100000 20000 1'),
    ('channel_calendar', 'channel_calendar', '200 20 1'),
    ('channel_calendar', 'channel_calendar_code', '200 20 4 1'),
    ('channel_calendar', 'channel_calendar_due', '200 1'),
    ('channel_message', 'channel_message', '20000 2000 1'),
    ('channel_message', 'channel_message_state', '20000 2000 700 1'),
    ('channel_message', 'channel_message_waiting', '100 10 3 1 1');
ANALYZE sqlite_schema;
