-- Channels that are asked: hotel systems whose reservations are read page by page.
CREATE TABLE channel_feed (
    property_id BLOB NOT NULL,
    channel_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ohip', 'mews')),
    url TEXT NOT NULL,
    hotel TEXT,
    service TEXT,
    is_on INTEGER NOT NULL CHECK (is_on IN (0, 1)),
    every INTEGER NOT NULL CHECK (every > 0),
    -- Sealed under the property's data key.
    credentials BLOB NOT NULL,
    cursor TEXT,
    since TEXT,
    read_at TEXT,
    next_at TEXT,
    failures INTEGER NOT NULL,
    failed TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX channel_feed_due ON channel_feed (next_at) WHERE next_at IS NOT NULL;
-- What a person dropped of a channel that is asked comes again with every round.
CREATE INDEX channel_message_dropped ON channel_message (property_id, channel_id, external_id, id) WHERE state = 'dropped';

-- The statistics of what is new, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('channel_feed', 'channel_feed', '20 2 1'),
    ('channel_feed', 'channel_feed_due', '20 1'),
    ('channel_message', 'channel_message_dropped', '100 10 3 1 1');
ANALYZE sqlite_schema;
