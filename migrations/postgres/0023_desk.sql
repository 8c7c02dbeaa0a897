-- What a desk and housekeeping work with beside bookings and bills.

-- What a room offers, and what is asked for with a room of a reservation beside what was sold.
ALTER TABLE room ADD COLUMN features TEXT NOT NULL DEFAULT '[]';
ALTER TABLE reservation_room ADD COLUMN wishes TEXT NOT NULL DEFAULT '{}';

-- Notes, requests, messages and traces. The text is sealed.
CREATE TABLE visit_note (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    line BIGINT,
    department TEXT,
    due DATE,
    owner UUID NOT NULL,
    text BYTEA NOT NULL,
    written_by TEXT NOT NULL,
    written_at TIMESTAMPTZ NOT NULL,
    done_by TEXT,
    done_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    CHECK (state = 'kept' OR due IS NOT NULL)
);
CREATE INDEX visit_note_open ON visit_note (property_id, due, id) WHERE state = 'open';

-- What the staff are to know about a guest at once. The reason is sealed.
CREATE TABLE guest_flag (
    guest_id UUID NOT NULL,
    kind TEXT NOT NULL,
    reason BYTEA NOT NULL,
    set_by TEXT NOT NULL,
    set_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (guest_id, kind)
);

-- No-shows that a person marked are looked for by their arrival.
DROP INDEX reservation_room_no_show;
CREATE INDEX reservation_room_no_show ON reservation_room (property_id, state_reason, arrival) WHERE state = 'no_show';

-- The work in the rooms of a day, and what was seen in them.
CREATE TABLE room_task (
    property_id UUID NOT NULL,
    date DATE NOT NULL,
    room_id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    credits BIGINT NOT NULL CHECK (credits BETWEEN 1 AND 1000),
    attendant TEXT,
    place BIGINT NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, date, room_id)
);
CREATE TABLE room_seen (
    property_id UUID NOT NULL,
    date DATE NOT NULL,
    room_id UUID NOT NULL,
    occupied BOOLEAN NOT NULL,
    people BIGINT,
    seen_by TEXT NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, date, room_id)
);

-- Things that were found, faults, and wake-up calls. What people write is sealed.
CREATE TABLE found_item (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    found_on DATE NOT NULL,
    room_id UUID,
    state TEXT NOT NULL,
    details BYTEA NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX found_item_kept ON found_item (property_id, id) WHERE state = 'kept';
CREATE TABLE maintenance_order (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    room_id UUID,
    state TEXT NOT NULL,
    urgent BOOLEAN NOT NULL,
    fault BYTEA NOT NULL,
    closed_from DATE,
    closed_until DATE,
    reported_by TEXT NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX maintenance_order_open ON maintenance_order (property_id, id) WHERE state = 'open';
CREATE TABLE wake_up (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    visit_id UUID NOT NULL,
    line BIGINT NOT NULL,
    date DATE NOT NULL,
    minute BIGINT NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    state TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX wake_up_date ON wake_up (property_id, date, minute);
