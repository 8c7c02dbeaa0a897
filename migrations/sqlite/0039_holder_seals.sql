-- What stands about an account or a program of another system, all its rows together, is sealed. Nothing was released before: those that were made
-- earlier have no seal, are not let in, and are made anew.
CREATE TABLE holder_seal (
    holder_id BLOB NOT NULL PRIMARY KEY,
    -- Of all rows.
    rest BLOB NOT NULL,
    -- Made of that, and of what is asked for with every request, with a key that is not in the database.
    seal BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The new table's statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('holder_seal', 'holder_seal', '2000 1');
ANALYZE sqlite_schema;
