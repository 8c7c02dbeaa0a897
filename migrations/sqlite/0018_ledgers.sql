-- Money is on one ledger at a time, and the ledgers of a business date balance.

-- When the business date is closed, whether by itself, and what a guest pays who stays beyond the departure.
ALTER TABLE property ADD COLUMN audit_minute INTEGER NOT NULL DEFAULT 180 CHECK (audit_minute BETWEEN 0 AND 1439);
ALTER TABLE property ADD COLUMN audit_automatic INTEGER NOT NULL DEFAULT 1 CHECK (audit_automatic IN (0, 1));
ALTER TABLE property ADD COLUMN overstay TEXT NOT NULL DEFAULT 'last_price';

-- Who took the money, and which line a line corrects.
ALTER TABLE posting ADD COLUMN posted_by TEXT;
ALTER TABLE posting ADD COLUMN corrects BLOB;

-- How a company paid, and to whom.
ALTER TABLE city_entry ADD COLUMN method TEXT;
ALTER TABLE city_entry ADD COLUMN posted_by TEXT;
CREATE INDEX city_entry_day ON city_entry (property_id, business_date);

-- What a person who runs the audit said of arrivals that did not come.
ALTER TABLE night_audit ADD COLUMN no_shows_said TEXT NOT NULL DEFAULT '"mark"';

-- What was asked for; what became of the money stands in the deposit ledger.
ALTER TABLE deposit DROP COLUMN paid_by;
ALTER TABLE deposit DROP COLUMN paid_on;
ALTER TABLE deposit ADD COLUMN paid INTEGER NOT NULL DEFAULT 0 CHECK (paid >= 0);

-- The deposit ledger: every movement of money that is held for a visit.
CREATE TABLE deposit_entry (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    business_date TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    method TEXT,
    instalment INTEGER,
    receipt INTEGER,
    posting_id BLOB,
    reverses BLOB,
    reference TEXT,
    foreign_currency TEXT,
    foreign_amount INTEGER,
    foreign_rate TEXT,
    posted_by TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deposit_entry_day ON deposit_entry (property_id, business_date);
-- A movement is taken back once; a receipt's number is given once.
CREATE UNIQUE INDEX deposit_entry_reversed ON deposit_entry (property_id, reverses) WHERE reverses IS NOT NULL;
CREATE UNIQUE INDEX deposit_entry_receipt ON deposit_entry (property_id, receipt) WHERE receipt IS NOT NULL;

-- What is held for a visit: never below nothing, whatever happens at the same time.
CREATE TABLE deposit_account (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    held INTEGER NOT NULL CHECK (held >= 0),
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, visit_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deposit_account_held ON deposit_account (property_id, visit_id) WHERE held > 0;

-- Numbers that are given out without a gap.
CREATE TABLE number_series (
    property_id BLOB NOT NULL,
    series TEXT NOT NULL,
    last INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, series)
) STRICT, WITHOUT ROWID;

-- The ledgers of a closed date, written when it is closed and never again.
CREATE TABLE day_ledger (
    property_id BLOB NOT NULL,
    business_date TEXT NOT NULL,
    ledger TEXT NOT NULL,
    account TEXT NOT NULL,
    cashier TEXT NOT NULL,
    currency TEXT NOT NULL,
    opening INTEGER NOT NULL,
    debit INTEGER NOT NULL CHECK (debit >= 0),
    credit INTEGER NOT NULL CHECK (credit >= 0),
    closing INTEGER NOT NULL,
    in_currency INTEGER NOT NULL,
    PRIMARY KEY (property_id, business_date, ledger, account, cashier, currency),
    CHECK (closing = opening + debit - credit)
) STRICT, WITHOUT ROWID;

-- Windows with something to pay or to give back: few of all there ever were.
CREATE INDEX folio_unsettled ON folio (property_id, visit_id) WHERE balance <> 0;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deposit_entry', 'deposit_entry', '400000 40000 2 1'),
    ('deposit_entry', 'deposit_entry_day', '400000 40000 20'),
    ('deposit_entry', 'deposit_entry_reversed', '10000 1000 1'),
    ('deposit_entry', 'deposit_entry_receipt', '200000 20000 1'),
    ('deposit_account', 'deposit_account', '200000 20000 1'),
    ('deposit_account', 'deposit_account_held', '1500 150 1'),
    ('number_series', 'number_series', '10 1 1'),
    ('day_ledger', 'day_ledger', '1000000 100000 50 10 3 2 1'),
    ('city_entry', 'city_entry_day', '100000 10000 5'),
    ('folio', 'folio_unsettled', '1500 150 1');
ANALYZE sqlite_schema;
