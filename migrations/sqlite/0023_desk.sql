-- What a desk and housekeeping work with beside bookings and bills.

-- What a room offers, and what is asked for with a room of a reservation beside what was sold.
ALTER TABLE room ADD COLUMN features TEXT NOT NULL DEFAULT '[]';
ALTER TABLE reservation_room ADD COLUMN wishes TEXT NOT NULL DEFAULT '{}';

-- Notes, requests, messages and traces. The text is sealed.
CREATE TABLE visit_note (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    line INTEGER,
    department TEXT,
    due TEXT,
    owner BLOB NOT NULL,
    text BLOB NOT NULL,
    written_by TEXT NOT NULL,
    written_at TEXT NOT NULL,
    done_by TEXT,
    done_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    CHECK (state = 'kept' OR due IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_note_open ON visit_note (property_id, due, id) WHERE state = 'open';

-- What the staff are to know about a guest at once. The reason is sealed.
CREATE TABLE guest_flag (
    guest_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    reason BLOB NOT NULL,
    set_by TEXT NOT NULL,
    set_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (guest_id, kind)
) STRICT, WITHOUT ROWID;

-- No-shows that a person marked are looked for by their arrival.
DROP INDEX reservation_room_no_show;
CREATE INDEX reservation_room_no_show ON reservation_room (property_id, state_reason, arrival) WHERE state = 'no_show';

-- The work in the rooms of a day, and what was seen in them.
CREATE TABLE room_task (
    property_id BLOB NOT NULL,
    date TEXT NOT NULL,
    room_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    credits INTEGER NOT NULL CHECK (credits BETWEEN 1 AND 1000),
    attendant TEXT,
    place INTEGER NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, date, room_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE room_seen (
    property_id BLOB NOT NULL,
    date TEXT NOT NULL,
    room_id BLOB NOT NULL,
    occupied INTEGER NOT NULL CHECK (occupied IN (0, 1)),
    people INTEGER,
    seen_by TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, date, room_id)
) STRICT, WITHOUT ROWID;

-- Things that were found, faults, and wake-up calls. What people write is sealed.
CREATE TABLE found_item (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    found_on TEXT NOT NULL,
    room_id BLOB,
    state TEXT NOT NULL,
    details BLOB NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX found_item_kept ON found_item (property_id, id) WHERE state = 'kept';
CREATE TABLE maintenance_order (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    room_id BLOB,
    state TEXT NOT NULL,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    fault BLOB NOT NULL,
    closed_from TEXT,
    closed_until TEXT,
    reported_by TEXT NOT NULL,
    reported_at TEXT NOT NULL,
    ended_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX maintenance_order_open ON maintenance_order (property_id, id) WHERE state = 'open';
CREATE TABLE wake_up (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    date TEXT NOT NULL,
    minute INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    state TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX wake_up_date ON wake_up (property_id, date, minute);

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('visit_note', 'visit_note', '400000 40000 2 1'),
    ('visit_note', 'visit_note_open', '1500 150 5 1'),
    ('guest_flag', 'guest_flag', '20000 1 1'),
    ('room_task', 'room_task', '200000 20000 60 1'),
    ('room_seen', 'room_seen', '200000 20000 60 1'),
    ('found_item', 'found_item', '20000 2000 1'),
    ('found_item', 'found_item_kept', '1000 100 1'),
    ('maintenance_order', 'maintenance_order', '20000 2000 1'),
    ('maintenance_order', 'maintenance_order_open', '200 20 1'),
    ('wake_up', 'wake_up', '100000 10000 1'),
    ('wake_up', 'wake_up_date', '100000 10000 5 1'),
    ('reservation_room', 'reservation_room_no_show', '50000 5000 10 5');
ANALYZE sqlite_schema;
