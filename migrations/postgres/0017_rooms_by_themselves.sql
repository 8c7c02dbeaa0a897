-- Rooms of a reservation live by themselves: each has its state and its penalty, the terms it was sold under, and the type it is counted in.
ALTER TABLE reservation_room ADD COLUMN state TEXT NOT NULL DEFAULT 'reserved';
ALTER TABLE reservation_room ADD COLUMN state_reason TEXT;
ALTER TABLE reservation_room ADD COLUMN penalty BIGINT NOT NULL DEFAULT 0 CHECK (penalty >= 0);
ALTER TABLE reservation_room ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';
ALTER TABLE reservation_room ADD COLUMN counted_type_id UUID;
ALTER TABLE reservation_room ADD COLUMN counted_until DATE NOT NULL DEFAULT '1970-01-01';
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
ALTER TABLE inventory ADD COLUMN excess BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inventory ADD COLUMN allowance BIGINT NOT NULL DEFAULT 0;
ALTER TABLE inventory DROP CONSTRAINT inventory_not_oversold;
ALTER TABLE inventory ADD CONSTRAINT inventory_not_oversold CHECK (sold >= 0 AND excess >= 0 AND sold <= capacity + excess
    AND (excess = 0 OR sold = capacity + excess));
