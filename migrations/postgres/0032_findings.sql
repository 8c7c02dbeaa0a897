-- Where bookings, stays, consumption, points and payments of visits contradict each other. The id is made of the kind and of what the finding is
-- about, so that nothing is found twice.
CREATE TABLE finding (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    visit_id UUID NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    severity TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'decided', 'resolved')),
    stake BIGINT NOT NULL CHECK (stake >= 0),
    currency TEXT NOT NULL,
    says TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL,
    reopened BIGINT NOT NULL,
    decided_at TIMESTAMPTZ,
    decided_by TEXT,
    resolved_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE INDEX finding_of_visit ON finding (property_id, visit_id);
-- What is to be decided, the most money first.
CREATE INDEX finding_by_stake ON finding (property_id, state, stake, id);
