-- Rooms of a reservation live by themselves: each has its state and its penalty, the terms it was sold under, and the type it is counted in.
ALTER TABLE reservation_room ADD COLUMN state TEXT NOT NULL DEFAULT 'reserved';
ALTER TABLE reservation_room ADD COLUMN state_reason TEXT;
ALTER TABLE reservation_room ADD COLUMN penalty INTEGER NOT NULL DEFAULT 0 CHECK (penalty >= 0);
ALTER TABLE reservation_room ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
ALTER TABLE reservation_room ADD COLUMN counted_type_id BLOB;
ALTER TABLE reservation_room ADD COLUMN counted_until TEXT NOT NULL DEFAULT '1970-01-01';
UPDATE reservation_room SET counted_until = departure, counted_type_id = CASE WHEN held THEN room_type_id END,
    state = (SELECT r.state FROM reservation r WHERE r.property_id = reservation_room.property_id AND r.id = reservation_room.visit_id),
    state_reason = (SELECT r.state_reason FROM reservation r WHERE r.property_id = reservation_room.property_id AND r.id = reservation_room.visit_id),
    penalty = CASE WHEN line = 1 THEN (SELECT r.penalty FROM reservation r
        WHERE r.property_id = reservation_room.property_id AND r.id = reservation_room.visit_id) ELSE 0 END;
DROP INDEX reservation_room_awaited;
ALTER TABLE reservation_room DROP COLUMN held;
ALTER TABLE reservation DROP COLUMN policy_id;

-- Rooms promised and not yet taken: who is still to come.
CREATE INDEX reservation_room_awaited ON reservation_room (property_id, arrival) WHERE counted_type_id IS NOT NULL AND stay_id IS NULL;
-- Who did not come, by what noticed it.
CREATE INDEX reservation_room_no_show ON reservation_room (property_id, state_reason) WHERE state = 'no_show';

-- What is sold beyond what there is stands in the row, as far as somebody wanted it or it could not be helped. Whoever sells otherwise is held
-- to what there is. `allowance`: rooms that may be sold beyond those there are on this date, counted in the capacity.
CREATE TABLE inventory_now (
    property_id BLOB NOT NULL,
    room_type_id BLOB NOT NULL,
    night TEXT NOT NULL,
    part TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    excess INTEGER NOT NULL,
    allowance INTEGER NOT NULL,
    PRIMARY KEY (property_id, room_type_id, night, part),
    CONSTRAINT inventory_not_oversold CHECK (sold >= 0 AND excess >= 0 AND sold <= capacity + excess
        AND (excess = 0 OR sold = capacity + excess))
) STRICT, WITHOUT ROWID;
INSERT INTO inventory_now SELECT property_id, room_type_id, night, part, capacity, sold, 0, 0 FROM inventory;
DROP TABLE inventory;
ALTER TABLE inventory_now RENAME TO inventory;

-- The statistics of what is new or was made anew, written down as those of the others are.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl = 'inventory' OR idx IN ('reservation_room_awaited', 'reservation_room_no_show');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('inventory', 'inventory', '100000 10000 2000 2 1'),
    ('reservation_room', 'reservation_room_awaited', '20000 2000 20'),
    ('reservation_room', 'reservation_room_no_show', '50000 5000 20');
ANALYZE sqlite_schema;
