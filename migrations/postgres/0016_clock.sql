-- What time it is, as far as it was seen to pass: the machine's clock can be set (docs/adr/0020). No record: no journal entry binds it.
CREATE TABLE clock (
    -- There is one row: 1.
    id BIGINT PRIMARY KEY,
    -- Time that was seen to pass, from 1970 on; answers that are kept for repetitions are dated by it.
    running TIMESTAMPTZ NOT NULL,
    -- What is believed to be the time.
    believed TIMESTAMPTZ NOT NULL,
    -- What the machine's clock said.
    wall TIMESTAMPTZ NOT NULL,
    -- Which start of the machine, and how many microseconds ago it was.
    boot UUID NOT NULL,
    elapsed BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- Dated by a clock that could be set: nobody could tell how old they are.
DELETE FROM idempotency;
