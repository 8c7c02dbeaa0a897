-- Money is on one ledger at a time, and the ledgers of a business date balance.

-- When the business date is closed, whether by itself, and what a guest pays who stays beyond the departure.
ALTER TABLE property ADD COLUMN audit_minute BIGINT NOT NULL DEFAULT 180 CHECK (audit_minute BETWEEN 0 AND 1439);
ALTER TABLE property ADD COLUMN audit_automatic BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE property ADD COLUMN overstay TEXT NOT NULL DEFAULT 'last_price';

-- Who took the money, and which line a line corrects.
ALTER TABLE posting ADD COLUMN posted_by TEXT;
ALTER TABLE posting ADD COLUMN corrects UUID;

-- How a company paid, and to whom.
ALTER TABLE city_entry ADD COLUMN method TEXT;
ALTER TABLE city_entry ADD COLUMN posted_by TEXT;
CREATE INDEX city_entry_day ON city_entry (property_id, business_date);

-- What a person who runs the audit said of arrivals that did not come.
ALTER TABLE night_audit ADD COLUMN no_shows_said TEXT NOT NULL DEFAULT '"mark"';

-- What was asked for; what became of the money stands in the deposit ledger.
ALTER TABLE deposit DROP COLUMN paid_by;
ALTER TABLE deposit DROP COLUMN paid_on;
ALTER TABLE deposit ADD COLUMN paid BIGINT NOT NULL DEFAULT 0 CHECK (paid >= 0);

-- The deposit ledger: every movement of money that is held for a visit.
CREATE TABLE deposit_entry (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    business_date DATE NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    method TEXT,
    instalment BIGINT,
    receipt BIGINT,
    posting_id UUID,
    reverses UUID,
    reference TEXT,
    foreign_currency TEXT,
    foreign_amount BIGINT,
    foreign_rate TEXT,
    posted_by TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);
CREATE INDEX deposit_entry_day ON deposit_entry (property_id, business_date);
-- A movement is taken back once; a receipt's number is given once.
CREATE UNIQUE INDEX deposit_entry_reversed ON deposit_entry (property_id, reverses) WHERE reverses IS NOT NULL;
CREATE UNIQUE INDEX deposit_entry_receipt ON deposit_entry (property_id, receipt) WHERE receipt IS NOT NULL;

-- What is held for a visit: never below nothing, whatever happens at the same time.
CREATE TABLE deposit_account (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    held BIGINT NOT NULL CHECK (held >= 0),
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, visit_id)
);
CREATE INDEX deposit_account_held ON deposit_account (property_id, visit_id) WHERE held > 0;

-- Numbers that are given out without a gap.
CREATE TABLE number_series (
    property_id UUID NOT NULL,
    series TEXT NOT NULL,
    last BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, series)
);

-- The ledgers of a closed date, written when it is closed and never again.
CREATE TABLE day_ledger (
    property_id UUID NOT NULL,
    business_date DATE NOT NULL,
    ledger TEXT NOT NULL,
    account TEXT NOT NULL,
    cashier TEXT NOT NULL,
    currency TEXT NOT NULL,
    opening BIGINT NOT NULL,
    debit BIGINT NOT NULL CHECK (debit >= 0),
    credit BIGINT NOT NULL CHECK (credit >= 0),
    closing BIGINT NOT NULL,
    in_currency BIGINT NOT NULL,
    PRIMARY KEY (property_id, business_date, ledger, account, cashier, currency),
    CHECK (closing = opening + debit - credit)
);

-- Windows with something to pay or to give back: few of all there ever were.
CREATE INDEX folio_unsettled ON folio (property_id, visit_id) WHERE balance <> 0;
