-- Wrapped data keys live in a file of their own, so that they can have a backup retention of their own.
CREATE TABLE data_key (
    owner BLOB PRIMARY KEY,
    wrapped BLOB NOT NULL,
    ring_version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX data_key_version ON data_key (ring_version);
