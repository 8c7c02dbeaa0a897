-- Whose visit it was, where a card earned or paid for a guest who was joined with its member: few movements, found by that guest and the card
-- when the two are parted, and those that were moved then, when they are joined again.
ALTER TABLE points_entry ADD COLUMN guest_id UUID;
CREATE INDEX points_entry_guest ON points_entry (guest_id, membership_id, property_id, visit_id) WHERE guest_id IS NOT NULL;
CREATE INDEX points_entry_moved ON points_entry (guest_id) WHERE kind = 'moved';
-- What a visit led to, on whatever card.
CREATE INDEX points_entry_visit ON points_entry (property_id, visit_id) WHERE visit_id IS NOT NULL;
