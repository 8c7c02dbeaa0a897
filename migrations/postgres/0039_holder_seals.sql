-- What stands about an account or a program of another system, all its rows together, is sealed. Nothing was released before: those that were made
-- earlier have no seal, are not let in, and are made anew.
CREATE TABLE holder_seal (
    holder_id UUID PRIMARY KEY,
    -- Of all rows.
    rest BYTEA NOT NULL,
    -- Made of that, and of what is asked for with every request, with a key that is not in the database.
    seal BYTEA NOT NULL
);
