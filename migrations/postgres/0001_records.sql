-- The records of a chain. Tables owned by a property begin their keys with property_id and keep what
-- belongs to one visit together; guest-level tables are keyed by the guest. Amounts are minor units.
-- The text is the same for both engines but for the names of types.

-- Wrapped data keys live apart, so that they can have a backup retention of their own.
CREATE SCHEMA IF NOT EXISTS keys;
CREATE TABLE keys.data_key (
    owner UUID PRIMARY KEY,
    wrapped BYTEA NOT NULL,
    ring_version BIGINT NOT NULL
);
CREATE INDEX data_key_version ON keys.data_key (ring_version);

CREATE TABLE property (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    currency TEXT NOT NULL,
    business_date DATE NOT NULL,
    check_in_minute BIGINT NOT NULL CHECK (check_in_minute BETWEEN 0 AND 1439),
    check_out_minute BIGINT NOT NULL CHECK (check_out_minute BETWEEN 0 AND 1439),
    version BIGINT NOT NULL
);

CREATE TABLE room_type (
    property_id UUID NOT NULL REFERENCES property (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    capacity BIGINT NOT NULL CHECK (capacity > 0),
    overbooking BIGINT NOT NULL CHECK (overbooking >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
);

CREATE TABLE room (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    room_type_id UUID NOT NULL,
    floor TEXT NOT NULL,
    accessible BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, number),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_type (property_id, id)
);

CREATE TABLE cancellation_policy (
    property_id UUID NOT NULL REFERENCES property (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    rules TEXT NOT NULL,
    no_show TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
);

CREATE TABLE rate_plan (
    property_id UUID NOT NULL REFERENCES property (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    hours BIGINT,
    tax BIGINT NOT NULL CHECK (tax >= 0),
    service_fee BIGINT NOT NULL CHECK (service_fee >= 0),
    inclusive BOOLEAN NOT NULL,
    policy_id UUID,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code)
);

CREATE TABLE rate (
    property_id UUID NOT NULL,
    rate_plan_id UUID NOT NULL,
    room_type_id UUID NOT NULL,
    valid_from DATE NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, rate_plan_id, room_type_id, valid_from)
);

CREATE TABLE transaction_code (
    property_id UUID NOT NULL REFERENCES property (id),
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    "group" TEXT NOT NULL,
    kind TEXT NOT NULL,
    tax BIGINT NOT NULL CHECK (tax >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, code)
);

-- What is left to sell: a counter per room type, date and part of the date. The CHECK, not the
-- program, is what keeps the last room from being sold twice.
CREATE TABLE inventory (
    property_id UUID NOT NULL,
    room_type_id UUID NOT NULL,
    night DATE NOT NULL,
    part TEXT NOT NULL,
    capacity BIGINT NOT NULL,
    sold BIGINT NOT NULL,
    PRIMARY KEY (property_id, room_type_id, night, part),
    CONSTRAINT inventory_not_oversold CHECK (sold >= 0 AND sold <= capacity)
);

-- Who holds a room when: the primary key is what makes a double booking impossible.
CREATE TABLE room_night (
    property_id UUID NOT NULL,
    room_id UUID NOT NULL,
    night DATE NOT NULL,
    part TEXT NOT NULL,
    visit_id UUID,
    line BIGINT NOT NULL,
    PRIMARY KEY (property_id, room_id, night, part)
);

CREATE TABLE guest (
    id UUID PRIMARY KEY,
    state TEXT NOT NULL,
    merged_into UUID,
    profile BYTEA NOT NULL,
    ring_version BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX guest_ring_version ON guest (ring_version);

-- Blind search tokens: narrow on purpose.
CREATE TABLE token (
    token BIGINT NOT NULL,
    guest_id UUID NOT NULL,
    PRIMARY KEY (token, guest_id)
);

-- Which record of which system a guest came from; the record as received lies encrypted.
CREATE TABLE source_profile (
    system TEXT NOT NULL,
    external_id TEXT NOT NULL,
    guest_id UUID NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (system, external_id)
);
CREATE INDEX source_profile_guest ON source_profile (guest_id);

CREATE TABLE visit_alias (
    number TEXT NOT NULL,
    system TEXT NOT NULL,
    scope UUID NOT NULL,
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    PRIMARY KEY (number, system, scope)
);
CREATE INDEX visit_alias_visit ON visit_alias (property_id, visit_id);

-- A guest's visits, so that they are found by guest without asking every property.
CREATE TABLE guest_visit (
    guest_id UUID NOT NULL,
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    arrival DATE NOT NULL,
    departure DATE NOT NULL,
    PRIMARY KEY (guest_id, property_id, visit_id)
);

CREATE TABLE visit_group (
    id UUID PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE reservation (
    property_id UUID NOT NULL REFERENCES property (id),
    id UUID NOT NULL,
    number TEXT NOT NULL,
    guest_id UUID NOT NULL,
    state TEXT NOT NULL,
    arrival DATE NOT NULL,
    departure DATE NOT NULL,
    adults BIGINT NOT NULL CHECK (adults >= 0),
    children BIGINT NOT NULL CHECK (children >= 0),
    channel TEXT NOT NULL,
    segment TEXT,
    guarantee TEXT NOT NULL,
    policy_id UUID,
    currency TEXT NOT NULL,
    walk_in BOOLEAN NOT NULL,
    group_id UUID,
    company TEXT,
    penalty BIGINT NOT NULL CHECK (penalty >= 0),
    state_reason TEXT,
    booked_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    CHECK (departure >= arrival)
);
CREATE INDEX reservation_arrival ON reservation (property_id, arrival);
CREATE INDEX reservation_group ON reservation (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE reservation_room (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    line BIGINT NOT NULL,
    room_type_id UUID NOT NULL,
    rate_plan_id UUID,
    arrival DATE NOT NULL,
    departure DATE NOT NULL,
    adults BIGINT NOT NULL,
    children BIGINT NOT NULL,
    prices TEXT NOT NULL,
    discount BIGINT NOT NULL,
    room_id UUID,
    stay_id UUID,
    held BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, line),
    CHECK (departure >= arrival)
);

-- Rooms promised and not yet taken: who is still to come.
CREATE INDEX reservation_room_awaited ON reservation_room (property_id, arrival) WHERE held AND stay_id IS NULL;

CREATE TABLE reservation_version (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    version BIGINT NOT NULL,
    replaced_at TIMESTAMPTZ NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, version)
);

CREATE TABLE deposit (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    instalment BIGINT NOT NULL,
    due DATE NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL,
    paid_by TEXT,
    paid_on DATE,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);

CREATE TABLE stay (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL,
    room_id UUID NOT NULL,
    arrival DATE NOT NULL,
    departure DATE NOT NULL,
    adults BIGINT NOT NULL,
    children BIGINT NOT NULL,
    checked_in_at TIMESTAMPTZ NOT NULL,
    checked_out_at TIMESTAMPTZ,
    share_of UUID,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    CHECK (departure >= arrival)
);
CREATE INDEX stay_in_house ON stay (property_id, room_id) WHERE state = 'in_house';
CREATE INDEX stay_departure ON stay (property_id, departure);

CREATE TABLE stay_guest (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    stay_id UUID NOT NULL,
    guest_id UUID NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id, guest_id)
);

CREATE TABLE stay_room (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    stay_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    room_id UUID NOT NULL,
    from_date DATE NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, stay_id, seq)
);

CREATE TABLE folio (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    "window" BIGINT NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    guest_id UUID,
    company TEXT,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id),
    UNIQUE (property_id, visit_id, "window")
);

CREATE TABLE posting (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    folio_id UUID NOT NULL,
    stay_id UUID,
    business_date DATE NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    night DATE,
    belongs_to UUID,
    reverses UUID,
    once TEXT,
    reference TEXT,
    foreign_currency TEXT,
    foreign_amount BIGINT,
    foreign_rate TEXT,
    PRIMARY KEY (property_id, visit_id, id)
);
-- What must happen once only, happens once: a room charge per night, a reversal per posting.
CREATE UNIQUE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL;
CREATE INDEX posting_day ON posting (property_id, business_date);

CREATE TABLE pre_auth (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    captured BIGINT NOT NULL CHECK (captured >= 0 AND captured <= amount),
    card_token TEXT NOT NULL,
    last_four TEXT NOT NULL,
    expires DATE NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);

CREATE TABLE routing (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    code_group TEXT NOT NULL,
    "window" BIGINT NOT NULL CHECK ("window" BETWEEN 1 AND 8),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, code_group)
);

CREATE TABLE city_account (
    property_id UUID NOT NULL REFERENCES property (id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    credit_limit BIGINT NOT NULL CHECK (credit_limit >= 0),
    balance BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id),
    UNIQUE (property_id, code),
    CONSTRAINT city_account_credit CHECK (balance <= credit_limit)
);

CREATE TABLE city_entry (
    property_id UUID NOT NULL,
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    visit_id UUID,
    business_date DATE NOT NULL,
    amount BIGINT NOT NULL,
    reference TEXT,
    PRIMARY KEY (property_id, account_id, id)
);

CREATE TABLE membership (
    id UUID PRIMARY KEY,
    guest_id UUID NOT NULL UNIQUE,
    number TEXT NOT NULL UNIQUE,
    tier TEXT NOT NULL,
    points BIGINT NOT NULL,
    lifetime_points BIGINT NOT NULL,
    joined DATE NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT membership_points CHECK (points >= 0)
);

-- An accrual is keyed by what earned it: the primary key keeps it from being counted twice.
CREATE TABLE points_entry (
    membership_id UUID NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    points BIGINT NOT NULL,
    property_id UUID,
    visit_id UUID,
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (membership_id, source)
);

CREATE TABLE night_audit (
    property_id UUID NOT NULL,
    business_date DATE NOT NULL,
    step TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    room_revenue BIGINT NOT NULL,
    rooms_charged BIGINT NOT NULL,
    no_shows BIGINT NOT NULL,
    pending_check_outs BIGINT NOT NULL,
    pre_auths_expired BIGINT NOT NULL,
    rooms_dirtied BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, business_date)
);

CREATE TABLE journal (
    id UUID PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    reason TEXT,
    property_id UUID,
    visit_id UUID,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    commitment BYTEA NOT NULL,
    log_index BIGINT UNIQUE
);
CREATE INDEX journal_visit ON journal (visit_id) WHERE visit_id IS NOT NULL;
CREATE INDEX journal_unsequenced ON journal (id) WHERE log_index IS NULL;

-- The change itself, encrypted under its owner's data key; retention may prune it.
CREATE TABLE journal_change (
    entry_id UUID PRIMARY KEY,
    owner UUID NOT NULL,
    change BYTEA NOT NULL
);

CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    request BYTEA NOT NULL,
    answer BYTEA NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE import_run (
    id UUID PRIMARY KEY,
    map TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,
    report TEXT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE quarantine (
    run_id UUID NOT NULL,
    row_number BIGINT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    record BYTEA NOT NULL,
    PRIMARY KEY (run_id, row_number)
);
