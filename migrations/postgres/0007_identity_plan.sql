-- Guests who have not been compared with all others since they were made or came to have a record more. Whoever writes a guest writes its
-- row here in the same unit, and it goes with the unit that has compared it: nobody is missed, however long a unit takes. It says what is
-- still to be done and is no record.
CREATE TABLE guest_uncompared (
    guest_id UUID PRIMARY KEY
);
INSERT INTO guest_uncompared SELECT id FROM guest;

-- A comparison of all guests that is not done yet. `whole` once everything that was found stands in `identity_step`: a run that is killed
-- later goes on from there.
CREATE TABLE identity_plan (
    id UUID PRIMARY KEY,
    started_at TIMESTAMPTZ NOT NULL,
    whole BOOLEAN NOT NULL,
    guests BIGINT NOT NULL,
    compared BIGINT NOT NULL,
    joined BIGINT NOT NULL,
    kept_apart BIGINT NOT NULL,
    asked BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- What is still to be done of it. Without a score the two are one person; with one, in thousandths of a bit, a person is to be asked.
CREATE TABLE identity_step (
    plan_id UUID NOT NULL,
    place BIGINT NOT NULL,
    one UUID NOT NULL,
    two UUID NOT NULL,
    score BIGINT,
    PRIMARY KEY (plan_id, place)
);
