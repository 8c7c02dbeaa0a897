-- What auditors are alarmed about.
CREATE TABLE alarm (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('many_guests', 'canary', 'unmaskings_spent', 'look_ups_spent', 'emergency')),
    -- An account, or a program of another system.
    holder_id UUID NOT NULL,
    guest_id UUID,
    raised_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ,
    seen_by TEXT,
    version BIGINT NOT NULL
);
CREATE INDEX alarm_unseen ON alarm (id) WHERE seen_at IS NULL;
-- Guests whom nobody has a reason to open.
CREATE TABLE canary (
    guest_id UUID PRIMARY KEY,
    marked_by TEXT NOT NULL,
    marked_at TIMESTAMPTZ NOT NULL
);
-- How many people's data was shown unmasked, and to whom. No record: each time is journalled.
CREATE TABLE unmasking_count (
    day DATE NOT NULL,
    holder_id UUID NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (day, holder_id)
);

-- Auditors look for what somebody did, and for what was done. Entries that wait for their place are in neither: nothing is looked for among them.
CREATE INDEX journal_of_actor ON journal (actor, log_index) WHERE log_index IS NOT NULL;
CREATE INDEX journal_of_action ON journal (action, log_index) WHERE log_index IS NOT NULL;
