-- Files that were sent to be imported. The file itself lies beside the records until it is done.
CREATE TABLE import_file (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    size BIGINT NOT NULL CHECK (size >= 0),
    state TEXT NOT NULL CHECK (state IN ('received', 'waiting', 'running', 'finished', 'failed', 'withdrawn')),
    map TEXT,
    map_name TEXT,
    property TEXT NOT NULL,
    run_id UUID,
    row_count BIGINT,
    problem TEXT,
    received_by TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX import_file_open ON import_file (id) WHERE state IN ('waiting', 'running');
-- One at a time for a property.
CREATE UNIQUE INDEX import_file_running ON import_file (property) WHERE state = 'running';

-- What became of a row that could not be imported.
CREATE TABLE quarantine_decision (
    run_id UUID NOT NULL,
    row_number BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('mended', 'left_out')),
    mended_by UUID,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (run_id, row_number)
);

-- Staged tokens of one guest are found without going through the others. Guests are made in the order of their ids: the index grows at its end.
CREATE INDEX token_staged_guest ON token_staged (guest_id);
