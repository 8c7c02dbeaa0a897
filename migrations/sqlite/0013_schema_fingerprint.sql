-- What the database was made of when a release had migrated it, bound by the ledger as every record is: a row for each last migration.
CREATE TABLE schema_fingerprint (
    version INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;
