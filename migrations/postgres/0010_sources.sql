-- What other systems say. A record is kept as it was received, every version of it; a later version takes the place of the one before.
CREATE TABLE source_record (
    property_id UUID NOT NULL,
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    visit_id UUID,
    part_id UUID,
    parts TEXT NOT NULL,
    state TEXT NOT NULL,
    run_id UUID,
    received_at TIMESTAMPTZ NOT NULL,
    owner UUID NOT NULL,
    digest BYTEA NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (property_id, system, kind, external_id, version)
);
CREATE INDEX source_record_visit ON source_record (property_id, visit_id) WHERE visit_id IS NOT NULL;

-- Where a source says otherwise than a visit that was worked on here.
CREATE TABLE difference (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    system TEXT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    record_version BIGINT NOT NULL,
    field TEXT NOT NULL,
    owner UUID NOT NULL,
    says BYTEA NOT NULL,
    state TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    resolved_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);
CREATE UNIQUE INDEX difference_open ON difference (property_id, visit_id, system, kind, external_id, field) WHERE state = 'open';

-- Lines that were worked out from what a source says, as the charge of a night from its rate.
ALTER TABLE posting ADD COLUMN origin TEXT NOT NULL DEFAULT 'here';

-- The columns of a run's file: its source records keep the texts only.
ALTER TABLE import_run ADD COLUMN columns TEXT NOT NULL DEFAULT '[]';

-- When a booking was made is not always known.
ALTER TABLE reservation ADD COLUMN made_at TIMESTAMPTZ;
UPDATE reservation SET made_at = booked_at;
ALTER TABLE reservation DROP COLUMN booked_at;
ALTER TABLE reservation RENAME COLUMN made_at TO booked_at;
