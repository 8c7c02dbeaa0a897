-- What a payment channel's settlement files say, each line once, as it came last.
CREATE TABLE settlement_line (
    property_id BLOB NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    settled_on TEXT NOT NULL,
    amount INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    reference TEXT,
    read_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (property_id, line, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX settlement_line_day ON settlement_line (property_id, channel, settled_on);

-- Kinds of findings that a property has corrected by themselves.
CREATE TABLE finding_rule (
    property_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    enabled_by TEXT NOT NULL,
    enabled_at TEXT NOT NULL,
    PRIMARY KEY (property_id, kind)
) STRICT, WITHOUT ROWID;

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('settlement_line', 'settlement_line', '200000 100000 1 1'),
    ('settlement_line', 'settlement_line_day', '200000 100000 50000 100'),
    ('finding_rule', 'finding_rule', '20 4 1');
ANALYZE sqlite_schema;
