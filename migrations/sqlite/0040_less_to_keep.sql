-- The lines of a business date are asked for where they were posted here. What follows from imported bookings, most lines of a chain with a history, is
-- asked for by visit, and need not stand in an index of days.
DROP INDEX posting_day;
CREATE INDEX posting_day ON posting (property_id, business_date) WHERE origin = 'here';

-- Its statistics, which went with it.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('posting', 'posting_day', '4000000 400000 200');
ANALYZE sqlite_schema;
