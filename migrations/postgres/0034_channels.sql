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
CREATE TABLE channel_calendar (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    channel_id UUID NOT NULL,
    code TEXT NOT NULL,
    room_type TEXT NOT NULL,
    blocked TEXT NOT NULL,
    url BYTEA,
    read_at TIMESTAMPTZ,
    next_at TIMESTAMPTZ,
    failures BIGINT NOT NULL,
    failed TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE UNIQUE INDEX channel_calendar_code ON channel_calendar (property_id, channel_id, code);
CREATE INDEX channel_calendar_due ON channel_calendar (next_at) WHERE next_at IS NOT NULL;
