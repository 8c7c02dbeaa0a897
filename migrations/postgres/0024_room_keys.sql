-- Room keys, and what lock systems are told of them.

CREATE TABLE room_key (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    line BIGINT NOT NULL,
    stay_id UUID NOT NULL,
    room_id UUID NOT NULL,
    state TEXT NOT NULL,
    due TIMESTAMPTZ NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);

-- The log: who wanted what, of which door, and what came of it. What waits is told until it is answered, key by key in order.
CREATE TABLE key_order (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    visit_id UUID NOT NULL,
    key_id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    room_id UUID NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_at TIMESTAMPTZ NOT NULL,
    answered_at TIMESTAMPTZ,
    answer TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX key_order_visit ON key_order (property_id, visit_id, id);
CREATE INDEX key_order_waiting ON key_order (property_id, key_id, id) WHERE state = 'waiting';
