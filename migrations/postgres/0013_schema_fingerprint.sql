-- What the database was made of when a release had migrated it, bound by the ledger as every record is: a row for each last migration.
CREATE TABLE schema_fingerprint (
    version BIGINT PRIMARY KEY,
    digest BYTEA NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL
);
