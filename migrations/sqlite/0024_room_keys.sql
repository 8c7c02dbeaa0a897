-- Room keys, and what lock systems are told of them.

CREATE TABLE room_key (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    line INTEGER NOT NULL,
    stay_id BLOB NOT NULL,
    room_id BLOB NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;

-- The log: who wanted what, of which door, and what came of it. What waits is told until it is answered, key by key in order.
CREATE TABLE key_order (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    key_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    room_id BLOB NOT NULL,
    valid_until TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_at TEXT NOT NULL,
    answered_at TEXT,
    answer TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_order_visit ON key_order (property_id, visit_id, id);
CREATE INDEX key_order_waiting ON key_order (property_id, key_id, id) WHERE state = 'waiting';

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('room_key', 'room_key', '2000000 200000 2 1'),
    ('key_order', 'key_order', '4000000 400000 1'),
    ('key_order', 'key_order_visit', '4000000 400000 4 1'),
    ('key_order', 'key_order_waiting', '100 10 1 1');
ANALYZE sqlite_schema;
