-- The lines of a business date are asked for where they were posted here. What follows from imported bookings, most lines of a chain with a history, is
-- asked for by visit, and need not stand in an index of days.
DROP INDEX posting_day;
CREATE INDEX posting_day ON posting (property_id, business_date) WHERE origin = 'here';
