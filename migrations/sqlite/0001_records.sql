-- The records of a chain. Tables owned by a property begin their keys with property_id and keep what
-- belongs to one visit together; guest-level tables are keyed by the guest. Amounts are minor units.
-- The text is the same for both engines but for the names of types.

CREATE TABLE property (
    id BLOB PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    business_date TEXT NOT NULL,
    check_in_minute INTEGER NOT NULL CHECK (check_in_minute BETWEEN 0 AND 1439),
    check_out_minute INTEGER NOT NULL CHECK (check_out_minute BETWEEN 0 AND 1439),
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE room_type (
    property_id BLOB NOT NULL REFERENCES property (id),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    capacity INTEGER NOT NULL CHECK (capacity > 0),
    overbooking INTEGER NOT NULL CHECK (overbooking >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE room (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    number TEXT NOT NULL,
    room_type_id BLOB NOT NULL,
    floor TEXT NOT NULL,
    accessible INTEGER NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, number),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_type (property_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cancellation_policy (
    property_id BLOB NOT NULL REFERENCES property (id),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    rules TEXT NOT NULL,
    no_show TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE rate_plan (
    property_id BLOB NOT NULL REFERENCES property (id),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    hours INTEGER,
    tax INTEGER NOT NULL CHECK (tax >= 0),
    service_fee INTEGER NOT NULL CHECK (service_fee >= 0),
    inclusive INTEGER NOT NULL,
    policy_id BLOB,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE rate (
    property_id BLOB NOT NULL,
    rate_plan_id BLOB NOT NULL,
    room_type_id BLOB NOT NULL,
    valid_from TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, room_type_id, valid_from)
) STRICT, WITHOUT ROWID;

CREATE TABLE transaction_code (
    property_id BLOB NOT NULL REFERENCES property (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    "group" TEXT NOT NULL,
    kind TEXT NOT NULL,
    tax INTEGER NOT NULL CHECK (tax >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, code)
) STRICT, WITHOUT ROWID;

-- What is left to sell: a counter per room type, date and part of the date. The CHECK, not the
-- program, is what keeps the last room from being sold twice.
CREATE TABLE inventory (
    property_id BLOB NOT NULL,
    room_type_id BLOB NOT NULL,
    night TEXT NOT NULL,
    part TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    sold INTEGER NOT NULL,
    PRIMARY KEY (property_id, room_type_id, night, part),
    CONSTRAINT inventory_not_oversold CHECK (sold >= 0 AND sold <= capacity)
) STRICT, WITHOUT ROWID;

-- Who holds a room when: the primary key is what makes a double booking impossible.
CREATE TABLE room_night (
    property_id BLOB NOT NULL,
    room_id BLOB NOT NULL,
    night TEXT NOT NULL,
    part TEXT NOT NULL,
    visit_id BLOB,
    line INTEGER NOT NULL,
    PRIMARY KEY (property_id, room_id, night, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE guest (
    id BLOB PRIMARY KEY,
    state TEXT NOT NULL,
    merged_into BLOB,
    profile BLOB NOT NULL,
    ring_version INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX guest_ring_version ON guest (ring_version);

-- Blind search tokens: narrow on purpose.
CREATE TABLE token (
    token INTEGER NOT NULL,
    guest_id BLOB NOT NULL,
    PRIMARY KEY (token, guest_id)
) STRICT, WITHOUT ROWID;

-- Which record of which system a guest came from; the record as received lies encrypted.
CREATE TABLE source_profile (
    system TEXT NOT NULL,
    external_id TEXT NOT NULL,
    guest_id BLOB NOT NULL,
    received_at TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (system, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_profile_guest ON source_profile (guest_id);

CREATE TABLE visit_alias (
    number TEXT NOT NULL,
    system TEXT NOT NULL,
    scope BLOB NOT NULL,
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    PRIMARY KEY (number, system, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_alias_visit ON visit_alias (property_id, visit_id);

-- A guest's visits, so that they are found by guest without asking every property.
CREATE TABLE guest_visit (
    guest_id BLOB NOT NULL,
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    arrival TEXT NOT NULL,
    departure TEXT NOT NULL,
    PRIMARY KEY (guest_id, property_id, visit_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE visit_group (
    id BLOB PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE reservation (
    property_id BLOB NOT NULL REFERENCES property (id),
    id BLOB NOT NULL,
    number TEXT NOT NULL,
    guest_id BLOB NOT NULL,
    state TEXT NOT NULL,
    arrival TEXT NOT NULL,
    departure TEXT NOT NULL,
    adults INTEGER NOT NULL CHECK (adults >= 0),
    children INTEGER NOT NULL CHECK (children >= 0),
    channel TEXT NOT NULL,
    segment TEXT,
    guarantee TEXT NOT NULL,
    policy_id BLOB,
    currency TEXT NOT NULL,
    walk_in INTEGER NOT NULL,
    group_id BLOB,
    company TEXT,
    penalty INTEGER NOT NULL CHECK (penalty >= 0),
    state_reason TEXT,
    booked_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    CHECK (departure >= arrival)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_arrival ON reservation (property_id, arrival);
CREATE INDEX reservation_group ON reservation (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE reservation_room (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    room_type_id BLOB NOT NULL,
    rate_plan_id BLOB,
    arrival TEXT NOT NULL,
    departure TEXT NOT NULL,
    adults INTEGER NOT NULL,
    children INTEGER NOT NULL,
    prices TEXT NOT NULL,
    discount INTEGER NOT NULL,
    room_id BLOB,
    stay_id BLOB,
    held INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, line),
    CHECK (departure >= arrival)
) STRICT, WITHOUT ROWID;

-- Rooms promised and not yet taken: who is still to come.
CREATE INDEX reservation_room_awaited ON reservation_room (property_id, arrival) WHERE held AND stay_id IS NULL;

CREATE TABLE reservation_version (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    replaced_at TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE deposit (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    instalment INTEGER NOT NULL,
    due TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL,
    paid_by TEXT,
    paid_on TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stay (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    line INTEGER NOT NULL,
    state TEXT NOT NULL,
    room_id BLOB NOT NULL,
    arrival TEXT NOT NULL,
    departure TEXT NOT NULL,
    adults INTEGER NOT NULL,
    children INTEGER NOT NULL,
    checked_in_at TEXT NOT NULL,
    checked_out_at TEXT,
    share_of BLOB,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    CHECK (departure >= arrival)
) STRICT, WITHOUT ROWID;
CREATE INDEX stay_in_house ON stay (property_id, room_id) WHERE state = 'in_house';
CREATE INDEX stay_departure ON stay (property_id, departure);

CREATE TABLE stay_guest (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    stay_id BLOB NOT NULL,
    guest_id BLOB NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id, guest_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stay_room (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    stay_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    room_id BLOB NOT NULL,
    from_date TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE folio (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    "window" INTEGER NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    guest_id BLOB,
    company TEXT,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    UNIQUE (property_id, visit_id, "window")
) STRICT, WITHOUT ROWID;

CREATE TABLE posting (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    folio_id BLOB NOT NULL,
    stay_id BLOB,
    business_date TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    night TEXT,
    belongs_to BLOB,
    reverses BLOB,
    once TEXT,
    reference TEXT,
    foreign_currency TEXT,
    foreign_amount INTEGER,
    foreign_rate TEXT,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;
-- What must happen once only, happens once: a room charge per night, a reversal per posting.
CREATE UNIQUE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL;
CREATE INDEX posting_day ON posting (property_id, business_date);

CREATE TABLE pre_auth (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    captured INTEGER NOT NULL CHECK (captured >= 0 AND captured <= amount),
    card_token TEXT NOT NULL,
    last_four TEXT NOT NULL,
    expires TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE routing (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    code_group TEXT NOT NULL,
    "window" INTEGER NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id, code_group)
) STRICT, WITHOUT ROWID;

CREATE TABLE city_account (
    property_id BLOB NOT NULL REFERENCES property (id),
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    credit_limit INTEGER NOT NULL CHECK (credit_limit >= 0),
    balance INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code),
    CONSTRAINT city_account_credit CHECK (balance <= credit_limit)
) STRICT, WITHOUT ROWID;

CREATE TABLE city_entry (
    property_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    id BLOB NOT NULL,
    visit_id BLOB,
    business_date TEXT NOT NULL,
    amount INTEGER NOT NULL,
    reference TEXT,
    PRIMARY KEY (property_id, account_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    id BLOB PRIMARY KEY,
    guest_id BLOB NOT NULL UNIQUE,
    number TEXT NOT NULL UNIQUE,
    tier TEXT NOT NULL,
    points INTEGER NOT NULL,
    lifetime_points INTEGER NOT NULL,
    joined TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT membership_points CHECK (points >= 0)
) STRICT;

-- An accrual is keyed by what earned it: the primary key keeps it from being counted twice.
CREATE TABLE points_entry (
    membership_id BLOB NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    points INTEGER NOT NULL,
    property_id BLOB,
    visit_id BLOB,
    at TEXT NOT NULL,
    PRIMARY KEY (membership_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE night_audit (
    property_id BLOB NOT NULL,
    business_date TEXT NOT NULL,
    step TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    room_revenue INTEGER NOT NULL,
    rooms_charged INTEGER NOT NULL,
    no_shows INTEGER NOT NULL,
    pending_check_outs INTEGER NOT NULL,
    pre_auths_expired INTEGER NOT NULL,
    rooms_dirtied INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, business_date)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    id BLOB PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT,
    property_id BLOB,
    visit_id BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    commitment BLOB NOT NULL,
    log_index INTEGER UNIQUE
) STRICT;
CREATE INDEX journal_visit ON journal (visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX journal_unsequenced ON journal (id) WHERE log_index IS NULL;

-- The change itself, encrypted under its owner's data key; retention may prune it.
CREATE TABLE journal_change (
    entry_id BLOB PRIMARY KEY,
    owner BLOB NOT NULL,
    change BLOB NOT NULL
) STRICT;

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    request BLOB NOT NULL,
    answer BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE import_run (
    id BLOB PRIMARY KEY,
    map TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    report TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE quarantine (
    run_id BLOB NOT NULL,
    row_number INTEGER NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (run_id, row_number)
) STRICT, WITHOUT ROWID;
