-- Under which keys the records are: a value for each key of the ring that tells it from any other and nothing else of it, and the store of data
-- keys that belongs to the records. Other keys are refused before anything is written.
CREATE TABLE key_check (
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (key, version)
) STRICT, WITHOUT ROWID;

-- Under which version of the ring a guest's search tokens are is sealed with the profile: a number beside it could be raised by anybody.
DROP INDEX guest_ring_version;
ALTER TABLE guest DROP COLUMN ring_version;

-- The terminal's token of a card is sealed, under the data key of the visit's guest.
ALTER TABLE pre_auth DROP COLUMN card_token;
ALTER TABLE pre_auth ADD COLUMN owner BLOB NOT NULL DEFAULT x'';
ALTER TABLE pre_auth ADD COLUMN card_token BLOB NOT NULL DEFAULT x'';

-- The new table's statistics, written down as those of the others are.
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE idx = 'guest_ring_version';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('key_check', 'key_check', '8 4 1');
