-- Cashier shifts, exchange rates, invoices, and what companies owe item by item.

-- Whether the price of a code is said with its tax.
ALTER TABLE transaction_code ADD COLUMN includes_tax INTEGER NOT NULL DEFAULT 0 CHECK (includes_tax IN (0, 1));

-- How a property bills: whether cash needs a shift, and who the seller on its invoices is.
CREATE TABLE billing (
    property_id BLOB NOT NULL,
    cash_needs_shift INTEGER NOT NULL CHECK (cash_needs_shift IN (0, 1)),
    title TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    bank TEXT NOT NULL,
    bank_account TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cashier_shift (
    property_id BLOB NOT NULL,
    id BLOB NOT NULL,
    number INTEGER NOT NULL,
    cashier TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_on TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_on TEXT,
    closed_at TEXT,
    closed_by TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX cashier_shift_number ON cashier_shift (property_id, number);
-- A cashier has one open shift at most.
CREATE UNIQUE INDEX cashier_shift_open ON cashier_shift (property_id, cashier) WHERE state = 'open';

-- What a shift took and gave.
CREATE TABLE shift_entry (
    property_id BLOB NOT NULL,
    shift_id BLOB NOT NULL,
    id BLOB NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    visit_id BLOB,
    source_id BLOB,
    reference TEXT,
    PRIMARY KEY (property_id, shift_id, id)
) STRICT, WITHOUT ROWID;

-- What was counted when it was closed.
CREATE TABLE shift_count (
    property_id BLOB NOT NULL,
    shift_id BLOB NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    expected INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    PRIMARY KEY (property_id, shift_id, method, currency)
) STRICT, WITHOUT ROWID;

-- What a property gives for foreign money, from a date on.
CREATE TABLE exchange_rate (
    property_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    rate INTEGER NOT NULL CHECK (rate > 0),
    set_by TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, currency, valid_from)
) STRICT, WITHOUT ROWID;

-- Invoices and credit notes: written once. The buyer is sealed under the data key of the guest.
CREATE TABLE invoice (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    id BLOB NOT NULL,
    series TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    corrects BLOB,
    "window" INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    currency TEXT NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    seller TEXT NOT NULL,
    owner BLOB NOT NULL,
    buyer BLOB NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_number ON invoice (property_id, series, number);

CREATE TABLE invoice_line (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    posting_id BLOB NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    date TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    tax_rate INTEGER NOT NULL,
    net INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    corrects_line INTEGER,
    PRIMARY KEY (property_id, visit_id, invoice_id, line)
) STRICT, WITHOUT ROWID;

-- An invoice that was printed again.
CREATE TABLE invoice_copy (
    property_id BLOB NOT NULL,
    visit_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    copy INTEGER NOT NULL,
    printed_at TEXT NOT NULL,
    printed_by TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, invoice_id, copy)
) STRICT, WITHOUT ROWID;

-- The line of the bill that a transfer is, and the movement that one takes back.
ALTER TABLE city_entry ADD COLUMN posting_id BLOB;
ALTER TABLE city_entry ADD COLUMN reverses BLOB;
CREATE UNIQUE INDEX city_entry_posting ON city_entry (property_id, posting_id) WHERE posting_id IS NOT NULL;
CREATE UNIQUE INDEX city_entry_reversed ON city_entry (property_id, reverses) WHERE reverses IS NOT NULL;

-- What of the city ledger's movements is open.
CREATE TABLE city_item (
    property_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    id BLOB NOT NULL,
    business_date TEXT NOT NULL,
    amount INTEGER NOT NULL,
    open INTEGER NOT NULL,
    series TEXT,
    number INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, account_id, id),
    CHECK (open BETWEEN 0 AND amount OR open BETWEEN amount AND 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX city_item_open ON city_item (property_id, account_id, id) WHERE open <> 0;

-- Which payment is for which transfer.
CREATE TABLE city_allocation (
    property_id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    item_id BLOB NOT NULL,
    amount INTEGER NOT NULL,
    business_date TEXT NOT NULL,
    allocated_at TEXT NOT NULL,
    allocated_by TEXT NOT NULL,
    reverses BLOB,
    PRIMARY KEY (property_id, account_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX city_allocation_payment ON city_allocation (property_id, payment_id);
CREATE INDEX city_allocation_item ON city_allocation (property_id, item_id);
CREATE UNIQUE INDEX city_allocation_reversed ON city_allocation (property_id, reverses) WHERE reverses IS NOT NULL;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('billing', 'billing', '10 1'),
    ('cashier_shift', 'cashier_shift', '100000 10000 1'),
    ('cashier_shift', 'cashier_shift_number', '100000 10000 1'),
    ('cashier_shift', 'cashier_shift_open', '50 5 1'),
    ('shift_entry', 'shift_entry', '2000000 200000 20 1'),
    ('shift_count', 'shift_count', '300000 30000 3 2 1'),
    ('exchange_rate', 'exchange_rate', '100000 10000 1000 1'),
    ('invoice', 'invoice', '1000000 100000 2 1'),
    ('invoice', 'invoice_number', '1000000 100000 50000 1'),
    ('invoice_line', 'invoice_line', '5000000 500000 8 4 1'),
    ('invoice_copy', 'invoice_copy', '100000 10000 2 2 1'),
    ('city_entry', 'city_entry_posting', '100000 10000 1'),
    ('city_entry', 'city_entry_reversed', '1000 100 1'),
    ('city_item', 'city_item', '100000 10000 1000 1'),
    ('city_item', 'city_item_open', '5000 500 50 1'),
    ('city_allocation', 'city_allocation', '100000 10000 1000 1'),
    ('city_allocation', 'city_allocation_payment', '100000 10000 1000 3'),
    ('city_allocation', 'city_allocation_item', '100000 10000 1000 2'),
    ('city_allocation', 'city_allocation_reversed', '1000 100 1');
ANALYZE sqlite_schema;
