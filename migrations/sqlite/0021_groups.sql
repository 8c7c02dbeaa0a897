-- What stays pay that share a room, and since when one that shared a room holds it: either of two may leave first.
CREATE TABLE stay_share (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    stay_id BLOB NOT NULL,
    from_date TEXT NOT NULL,
    prices TEXT NOT NULL,
    "window" INTEGER CHECK ("window" BETWEEN 1 AND 8),
    holds_from TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id)
) STRICT, WITHOUT ROWID;

-- Blocks of rooms for groups. What is left of one counts as sold in the counters of its types.
CREATE TABLE room_block (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    group_id BLOB NOT NULL,
    rate_plan_id BLOB NOT NULL,
    release_on TEXT,
    released_on TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX room_block_group ON room_block (group_id, property_id);
CREATE INDEX room_block_due ON room_block (property_id, release_on) WHERE released_on IS NULL;

CREATE TABLE room_block_night (
    property_id BLOB NOT NULL,
    block_id BLOB NOT NULL,
    night TEXT NOT NULL,
    room_type_id BLOB NOT NULL,
    rooms INTEGER NOT NULL,
    picked_up INTEGER NOT NULL CHECK (picked_up >= 0),
    price INTEGER CHECK (price >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, block_id, night, room_type_id),
    CHECK (picked_up <= rooms)
) STRICT, WITHOUT ROWID;

-- Companies and agents, known to the whole chain.
CREATE TABLE company (
    id BLOB NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    tax_id TEXT,
    address TEXT,
    contract TEXT,
    commission INTEGER NOT NULL CHECK (commission BETWEEN 0 AND 10000),
    credit_limit INTEGER CHECK (credit_limit >= 0),
    currency TEXT,
    parent_id BLOB,
    contact_id BLOB,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX company_tax_id ON company (tax_id) WHERE tax_id IS NOT NULL;
CREATE INDEX company_parent ON company (parent_id) WHERE parent_id IS NOT NULL;

-- The accounts that companies pay by.
CREATE TABLE company_account (
    property_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    company_id BLOB NOT NULL,
    PRIMARY KEY (property_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX company_account_company ON company_account (company_id);

-- For which company a visit is, and which agent booked it.
CREATE TABLE visit_company (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    role TEXT NOT NULL,
    company_id BLOB NOT NULL,
    PRIMARY KEY (property_id, visit_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_company_company ON visit_company (company_id, visit_id);

-- Where lines of a bill came from that were moved from other visits.
CREATE TABLE posting_origin (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    posting_id BLOB NOT NULL,
    from_visit_id BLOB NOT NULL,
    room_id BLOB,
    PRIMARY KEY (property_id, visit_id, posting_id)
) STRICT, WITHOUT ROWID;

-- Which visit pays which charges of a group's rooms.
CREATE TABLE group_routing (
    group_id BLOB NOT NULL,
    property_id BLOB NOT NULL,
    code_group TEXT NOT NULL,
    visit_id BLOB NOT NULL,
    "window" INTEGER NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    version INTEGER NOT NULL,
    PRIMARY KEY (group_id, property_id, code_group)
) STRICT, WITHOUT ROWID;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('posting_origin', 'posting_origin', '200000 20000 10 1'),
    ('group_routing', 'group_routing', '4000 2 2 1'),
    ('stay_share', 'stay_share', '20000 2000 2 1'),
    ('room_block', 'room_block', '2000 200 1'),
    ('room_block', 'room_block_group', '2000 2 1'),
    ('room_block', 'room_block_due', '100 10 1'),
    ('room_block_night', 'room_block_night', '20000 2000 10 2 1'),
    ('company', 'company', '2000 1'),
    ('company', 'company_tax_id', '1000 1'),
    ('company', 'company_parent', '500 4'),
    ('company_account', 'company_account', '1000 100 1'),
    ('company_account', 'company_account_company', '1000 2'),
    ('visit_company', 'visit_company', '200000 20000 2 1'),
    ('visit_company', 'visit_company_company', '200000 100 1');
ANALYZE sqlite_schema;
