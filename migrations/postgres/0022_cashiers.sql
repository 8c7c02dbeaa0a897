-- Cashier shifts, exchange rates, invoices, and what companies owe item by item.

-- Whether the price of a code is said with its tax.
ALTER TABLE transaction_code ADD COLUMN includes_tax BOOLEAN NOT NULL DEFAULT FALSE;

-- How a property bills: whether cash needs a shift, and who the seller on its invoices is.
CREATE TABLE billing (
    property_id UUID NOT NULL,
    cash_needs_shift BOOLEAN NOT NULL,
    title TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    bank TEXT NOT NULL,
    bank_account TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id)
);

CREATE TABLE cashier_shift (
    property_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT NOT NULL,
    cashier TEXT NOT NULL,
    state TEXT NOT NULL,
    opened_on DATE NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    closed_on DATE,
    closed_at TIMESTAMPTZ,
    closed_by TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, id)
);
CREATE UNIQUE INDEX cashier_shift_number ON cashier_shift (property_id, number);
-- A cashier has one open shift at most.
CREATE UNIQUE INDEX cashier_shift_open ON cashier_shift (property_id, cashier) WHERE state = 'open';

-- What a shift took and gave.
CREATE TABLE shift_entry (
    property_id UUID NOT NULL,
    shift_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    business_date DATE NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    visit_id UUID,
    source_id UUID,
    reference TEXT,
    PRIMARY KEY (property_id, shift_id, id)
);

-- What was counted when it was closed.
CREATE TABLE shift_count (
    property_id UUID NOT NULL,
    shift_id UUID NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    expected BIGINT NOT NULL,
    counted BIGINT NOT NULL,
    PRIMARY KEY (property_id, shift_id, method, currency)
);

-- What a property gives for foreign money, from a date on.
CREATE TABLE exchange_rate (
    property_id UUID NOT NULL,
    currency TEXT NOT NULL,
    valid_from DATE NOT NULL,
    rate BIGINT NOT NULL CHECK (rate > 0),
    set_by TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, currency, valid_from)
);

-- Invoices and credit notes: written once. The buyer is sealed under the data key of the guest.
CREATE TABLE invoice (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    id UUID NOT NULL,
    series TEXT NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    corrects UUID,
    "window" BIGINT NOT NULL,
    business_date DATE NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    issued_by TEXT NOT NULL,
    currency TEXT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    seller TEXT NOT NULL,
    owner UUID NOT NULL,
    buyer BYTEA NOT NULL,
    PRIMARY KEY (property_id, visit_id, id)
);
CREATE UNIQUE INDEX invoice_number ON invoice (property_id, series, number);

CREATE TABLE invoice_line (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    line BIGINT NOT NULL,
    posting_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    name_en TEXT NOT NULL,
    date DATE NOT NULL,
    quantity BIGINT NOT NULL,
    tax_rate BIGINT NOT NULL,
    net BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    corrects_line BIGINT,
    PRIMARY KEY (property_id, visit_id, invoice_id, line)
);

-- An invoice that was printed again.
CREATE TABLE invoice_copy (
    property_id UUID NOT NULL,
    visit_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    copy BIGINT NOT NULL,
    printed_at TIMESTAMPTZ NOT NULL,
    printed_by TEXT NOT NULL,
    PRIMARY KEY (property_id, visit_id, invoice_id, copy)
);

-- The line of the bill that a transfer is, and the movement that one takes back.
ALTER TABLE city_entry ADD COLUMN posting_id UUID;
ALTER TABLE city_entry ADD COLUMN reverses UUID;
CREATE UNIQUE INDEX city_entry_posting ON city_entry (property_id, posting_id) WHERE posting_id IS NOT NULL;
CREATE UNIQUE INDEX city_entry_reversed ON city_entry (property_id, reverses) WHERE reverses IS NOT NULL;

-- What of the city ledger's movements is open.
CREATE TABLE city_item (
    property_id UUID NOT NULL,
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    business_date DATE NOT NULL,
    amount BIGINT NOT NULL,
    open BIGINT NOT NULL,
    series TEXT,
    number BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, account_id, id),
    CHECK (open BETWEEN 0 AND amount OR open BETWEEN amount AND 0)
);
CREATE INDEX city_item_open ON city_item (property_id, account_id, id) WHERE open <> 0;

-- Which payment is for which transfer.
CREATE TABLE city_allocation (
    property_id UUID NOT NULL,
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    payment_id UUID NOT NULL,
    item_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    business_date DATE NOT NULL,
    allocated_at TIMESTAMPTZ NOT NULL,
    allocated_by TEXT NOT NULL,
    reverses UUID,
    PRIMARY KEY (property_id, account_id, id)
);
CREATE INDEX city_allocation_payment ON city_allocation (property_id, payment_id);
CREATE INDEX city_allocation_item ON city_allocation (property_id, item_id);
CREATE UNIQUE INDEX city_allocation_reversed ON city_allocation (property_id, reverses) WHERE reverses IS NOT NULL;
