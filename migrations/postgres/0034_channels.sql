-- Channels: their codes, what each said last of its bookings, and what of it could not be taken.
CREATE TABLE channel (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    hotel TEXT,
    room_types TEXT NOT NULL,
    rate_plans TEXT NOT NULL,
    run_id UUID NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE UNIQUE INDEX channel_code ON channel (property_id, code);
-- One row for each booking: an older message never beats a newer one.
CREATE TABLE channel_said (
    property_id UUID NOT NULL,
    channel_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    content TEXT,
    cancelled TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, channel_id, external_id)
);
CREATE TABLE channel_message (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    channel_id UUID NOT NULL,
    external_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'taken', 'overtaken', 'dropped')),
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    times BIGINT NOT NULL CHECK (times > 0),
    settled_at TIMESTAMPTZ,
    record BYTEA NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX channel_message_state ON channel_message (property_id, state, id);
CREATE INDEX channel_message_waiting ON channel_message (property_id, channel_id, external_id, id) WHERE state = 'waiting';
