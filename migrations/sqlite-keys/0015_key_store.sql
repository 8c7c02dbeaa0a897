-- Which store of data keys this is; the records say to which they belong.
CREATE TABLE key_store (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id BLOB NOT NULL
) STRICT;

-- Which version of the ring wraps a key is said by the key itself: a number beside it could be raised by anybody.
DROP INDEX data_key_version;
ALTER TABLE data_key DROP COLUMN ring_version;
