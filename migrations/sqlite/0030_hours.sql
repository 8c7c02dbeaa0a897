-- Guests by the hour: which hours of its date a room of a reservation takes, and what staying beyond them costs. Numbers in notes are found.
ALTER TABLE reservation_room ADD COLUMN from_minute INTEGER;
ALTER TABLE reservation_room ADD COLUMN until_minute INTEGER;
ALTER TABLE rate_plan ADD COLUMN overrun TEXT;

-- Rooms of reservations that come and leave on one date: of a property, and of a room.
CREATE INDEX reservation_room_by_the_hour ON reservation_room (property_id, arrival)
    WHERE departure = arrival AND counted_type_id IS NOT NULL;
CREATE INDEX reservation_room_hours_of_room ON reservation_room (property_id, room_id, arrival)
    WHERE departure = arrival AND counted_type_id IS NOT NULL;

-- A day that a guest by the hour had alone is one on which the room is let by the hour; who has it stands with the rooms of the reservations.
UPDATE room_night SET visit_id = NULL, line = -1 WHERE part = 'day' AND EXISTS (
    SELECT 1 FROM reservation_room x WHERE x.property_id = room_night.property_id AND x.visit_id = room_night.visit_id
      AND x.line = room_night.line AND x.arrival = room_night.night AND x.departure = x.arrival AND x.counted_until = x.arrival);

-- Blind tokens of numbers that stand in notes: a flight, a voucher, a plate. They go with the note, and with the guest.
CREATE TABLE note_token (
    token INTEGER NOT NULL,
    note_id BLOB NOT NULL,
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    PRIMARY KEY (token, note_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX note_token_note ON note_token (property_id, visit_id, note_id);

-- The statistics of what is new, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('reservation_room', 'reservation_room_by_the_hour', '20000 2000 20'),
    ('reservation_room', 'reservation_room_hours_of_room', '20000 2000 20 1'),
    ('note_token', 'note_token', '100000 5 1'),
    ('note_token', 'note_token_note', '100000 10000 5 2');
ANALYZE sqlite_schema;
