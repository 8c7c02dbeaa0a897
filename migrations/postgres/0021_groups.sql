-- What stays pay that share a room, and since when one that shared a room holds it: either of two may leave first.
CREATE TABLE stay_share (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    stay_id UUID NOT NULL,
    from_date DATE NOT NULL,
    prices TEXT NOT NULL,
    "window" BIGINT CHECK ("window" BETWEEN 1 AND 8),
    holds_from DATE,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id)
);

-- Blocks of rooms for groups. What is left of one counts as sold in the counters of its types.
CREATE TABLE room_block (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    group_id UUID NOT NULL,
    rate_plan_id UUID NOT NULL,
    release_on DATE,
    released_on DATE,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE UNIQUE INDEX room_block_group ON room_block (group_id, property_id);
CREATE INDEX room_block_due ON room_block (property_id, release_on) WHERE released_on IS NULL;

CREATE TABLE room_block_night (
    property_id UUID NOT NULL,
    block_id UUID NOT NULL,
    night DATE NOT NULL,
    room_type_id UUID NOT NULL,
    rooms BIGINT NOT NULL,
    picked_up BIGINT NOT NULL CHECK (picked_up >= 0),
    price BIGINT CHECK (price >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, block_id, night, room_type_id),
    CHECK (picked_up <= rooms)
);

-- Companies and agents, known to the whole chain.
CREATE TABLE company (
    id UUID NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    tax_id TEXT,
    address TEXT,
    contract TEXT,
    commission BIGINT NOT NULL CHECK (commission BETWEEN 0 AND 10000),
    credit_limit BIGINT CHECK (credit_limit >= 0),
    currency TEXT,
    parent_id UUID,
    contact_id UUID,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX company_tax_id ON company (tax_id) WHERE tax_id IS NOT NULL;
CREATE INDEX company_parent ON company (parent_id) WHERE parent_id IS NOT NULL;

-- The accounts that companies pay by.
CREATE TABLE company_account (
    property_id UUID NOT NULL,
    account_id UUID NOT NULL,
    company_id UUID NOT NULL,
    PRIMARY KEY (property_id, account_id)
);
CREATE INDEX company_account_company ON company_account (company_id);

-- For which company a visit is, and which agent booked it.
CREATE TABLE visit_company (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    role TEXT NOT NULL,
    company_id UUID NOT NULL,
    PRIMARY KEY (property_id, visit_id, role)
);
CREATE INDEX visit_company_company ON visit_company (company_id, visit_id);

-- Where lines of a bill came from that were moved from other visits.
CREATE TABLE posting_origin (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    posting_id UUID NOT NULL,
    from_visit_id UUID NOT NULL,
    room_id UUID,
    PRIMARY KEY (property_id, visit_id, posting_id)
);

-- Which visit pays which charges of a group's rooms.
CREATE TABLE group_routing (
    group_id UUID NOT NULL,
    property_id UUID NOT NULL,
    code_group TEXT NOT NULL,
    visit_id UUID NOT NULL,
    "window" BIGINT NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    version BIGINT NOT NULL,
    PRIMARY KEY (group_id, property_id, code_group)
);
