-- Where bookings, stays, consumption, points and payments of visits contradict each other. The id is made of the kind and of what the finding is
-- about, so that nothing is found twice.
CREATE TABLE finding (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'resolved')),
    stake INTEGER NOT NULL CHECK (stake >= 0),
    currency TEXT NOT NULL,
    says TEXT NOT NULL,
    found_at TEXT NOT NULL,
    reopened INTEGER NOT NULL,
    decided_at TEXT,
    decided_by TEXT,
    resolved_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_of_visit ON finding (property_id, visit_id);
-- What is to be decided, the most money first.
CREATE INDEX finding_by_stake ON finding (property_id, state, stake, id);

-- The new table's statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('finding', 'finding', '20000 2000 1'),
    ('finding', 'finding_of_visit', '20000 2000 1'),
    ('finding', 'finding_by_stake', '20000 2000 700 2 1');
ANALYZE sqlite_schema;
