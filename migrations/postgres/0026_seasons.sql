-- Seasons by name, whom rate plans are sold to, and what of a property's setup is not used any more.

CREATE TABLE season (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    dates TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE UNIQUE INDEX season_code ON season (property_id, code);

-- A plan without a row is sold to everybody.
CREATE TABLE rate_plan_access (
    property_id UUID NOT NULL,
    rate_plan_id UUID NOT NULL,
    companies TEXT NOT NULL,
    promotion TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id)
);

CREATE TABLE setup_closing (
    property_id UUID NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    record_id UUID NOT NULL,
    from_date DATE NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, kind, code)
);

-- The first date on which a room is not let any more.
ALTER TABLE room ADD COLUMN closed_from DATE;
