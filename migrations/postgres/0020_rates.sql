-- Rates as a revenue manager sets them, and packages.

-- The plan whose prices those of a plan follow from, what more or fewer people cost, and what is included.
ALTER TABLE rate_plan ADD COLUMN derived TEXT;
ALTER TABLE rate_plan ADD COLUMN people TEXT;
ALTER TABLE rate_plan ADD COLUMN inclusions TEXT NOT NULL DEFAULT '[]';

-- The price of a date, before that which holds from a date on.
CREATE TABLE rate_day (
    property_id UUID NOT NULL,
    rate_plan_id UUID NOT NULL,
    night DATE NOT NULL,
    room_type_id UUID NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, night, room_type_id)
);

-- What may not be sold on a date. A plan or type of nothing but zeros and an empty channel: of every one.
CREATE TABLE restriction (
    property_id UUID NOT NULL,
    night DATE NOT NULL,
    rate_plan_id UUID NOT NULL,
    room_type_id UUID NOT NULL,
    channel TEXT NOT NULL,
    minimum_stay BIGINT CHECK (minimum_stay > 0),
    maximum_stay BIGINT CHECK (maximum_stay > 0),
    closed_to_arrival BOOLEAN NOT NULL,
    closed_to_departure BOOLEAN NOT NULL,
    stop_sell BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, night, rate_plan_id, room_type_id, channel)
);

-- Rooms that were lived in and not sold are counted apart.
ALTER TABLE night_audit ADD COLUMN complimentary BIGINT NOT NULL DEFAULT 0;
ALTER TABLE night_audit ADD COLUMN house_use BIGINT NOT NULL DEFAULT 0;
