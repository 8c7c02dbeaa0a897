-- Under which keys the records are: a value for each key of the ring that tells it from any other and nothing else of it, and the store of data
-- keys that belongs to the records. Other keys are refused before anything is written.
CREATE TABLE key_check (
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    value BYTEA NOT NULL,
    PRIMARY KEY (key, version)
);

-- Which store of data keys this is.
CREATE TABLE keys.key_store (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id UUID NOT NULL
);

-- Which version of the ring wraps a key is said by the key itself: a number beside it could be raised by anybody.
DROP INDEX keys.data_key_version;
ALTER TABLE keys.data_key DROP COLUMN ring_version;

-- The same of a guest's search tokens: it is sealed with the profile.
DROP INDEX guest_ring_version;
ALTER TABLE guest DROP COLUMN ring_version;

-- The terminal's token of a card is sealed, under the data key of the visit's guest.
ALTER TABLE pre_auth DROP COLUMN card_token;
ALTER TABLE pre_auth ADD COLUMN owner UUID NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE pre_auth ADD COLUMN card_token BYTEA NOT NULL DEFAULT '';
