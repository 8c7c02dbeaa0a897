-- Work to be done later, and how far those who follow the journal have come. Neither is a record: no journal entry binds them. What a job
-- does, and what a follower writes, is bound as everything that is written.

-- Written in the unit that wants the work done. A job that waits is taken with a lease: whoever holds it has until then, and its effect is
-- committed in one unit with `done`, by nobody but who holds it.
CREATE TABLE job (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    -- JSON; ids only, no personal data.
    payload TEXT NOT NULL,
    -- At most one job of a kind is open for the same key.
    dedupe TEXT,
    state TEXT NOT NULL CONSTRAINT job_state CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    -- Not before.
    run_at TEXT NOT NULL,
    -- Not tried again after.
    deadline TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- Whether it was asked for again while it was running: it then waits once more instead of being done.
    again INTEGER NOT NULL,
    leased_by BLOB,
    lease_until TEXT,
    -- Stable code of the last failure.
    last_error TEXT,
    enqueued_at TEXT NOT NULL,
    finished_at TEXT
) STRICT;
CREATE UNIQUE INDEX job_open ON job (kind, dedupe) WHERE state IN ('waiting', 'running');
CREATE INDEX job_waiting ON job (kind, run_at) WHERE state = 'waiting';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE state = 'done';
CREATE INDEX job_by_state ON job (state, id);

-- The last entry of the journal that a follower has dealt with.
CREATE TABLE journal_cursor (
    name TEXT PRIMARY KEY,
    log_index INTEGER NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
