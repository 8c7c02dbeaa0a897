-- What a membership programme gives, and nights paid for with points or vouchers.

-- The chain's programme, under nothing but zeros, and those of properties that have one of their own.
CREATE TABLE member_programme (
    property_id UUID NOT NULL PRIMARY KEY,
    counts TEXT NOT NULL,
    tiers TEXT NOT NULL,
    night_points BIGINT CHECK (night_points > 0),
    version BIGINT NOT NULL
);

CREATE TABLE night_voucher (
    membership_id UUID NOT NULL,
    id UUID NOT NULL,
    property_id UUID,
    expires DATE NOT NULL,
    state TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (membership_id, id)
);

CREATE TABLE free_night (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    line BIGINT NOT NULL,
    night DATE NOT NULL,
    points BIGINT NOT NULL CHECK (points >= 0),
    membership_id UUID,
    voucher_id UUID,
    state TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);
-- A night is paid for once.
CREATE UNIQUE INDEX free_night_once ON free_night (property_id, visit_id, line, night) WHERE state = 'live';
