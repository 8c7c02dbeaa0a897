-- Channels that are asked: hotel systems whose reservations are read page by page.
CREATE TABLE channel_feed (
    property_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('ohip', 'mews')),
    url TEXT NOT NULL,
    hotel TEXT,
    service TEXT,
    is_on BOOLEAN NOT NULL,
    every BIGINT NOT NULL CHECK (every > 0),
    -- Sealed under the property's data key.
    credentials BYTEA NOT NULL,
    cursor TEXT,
    since TIMESTAMPTZ,
    read_at TIMESTAMPTZ,
    next_at TIMESTAMPTZ,
    failures BIGINT NOT NULL,
    failed TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, channel_id)
);
CREATE INDEX channel_feed_due ON channel_feed (next_at) WHERE next_at IS NOT NULL;
-- What a person dropped of a channel that is asked comes again with every round.
CREATE INDEX channel_message_dropped ON channel_message (property_id, channel_id, external_id, id) WHERE state = 'dropped';
