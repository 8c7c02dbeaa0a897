-- Guests who have not been compared with all others since they were made or came to have a record more. Whoever writes a guest writes its
-- row here in the same unit, and it goes with the unit that has compared it: nobody is missed, however long a unit takes. It says what is
-- still to be done and is no record.
CREATE TABLE guest_uncompared (
    guest_id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO guest_uncompared SELECT id FROM guest;

-- A comparison of all guests that is not done yet. `whole` once everything that was found stands in `identity_step`: a run that is killed
-- later goes on from there.
CREATE TABLE identity_plan (
    id BLOB PRIMARY KEY,
    started_at TEXT NOT NULL,
    whole INTEGER NOT NULL,
    guests INTEGER NOT NULL,
    compared INTEGER NOT NULL,
    joined INTEGER NOT NULL,
    kept_apart INTEGER NOT NULL,
    asked INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- What is still to be done of it. Without a score the two are one person; with one, in thousandths of a bit, a person is to be asked.
CREATE TABLE identity_step (
    plan_id BLOB NOT NULL,
    place INTEGER NOT NULL,
    one BLOB NOT NULL,
    two BLOB NOT NULL,
    score INTEGER,
    PRIMARY KEY (plan_id, place)
) STRICT, WITHOUT ROWID;
