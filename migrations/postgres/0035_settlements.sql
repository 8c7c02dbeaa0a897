-- What a payment channel's settlement files say, each line once, as it came last.
CREATE TABLE settlement_line (
    property_id UUID NOT NULL,
    line TEXT NOT NULL,
    channel TEXT NOT NULL,
    settled_on DATE NOT NULL,
    amount BIGINT NOT NULL,
    fee BIGINT NOT NULL,
    reference TEXT,
    read_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (property_id, line, channel)
);
CREATE INDEX settlement_line_day ON settlement_line (property_id, channel, settled_on);

-- Kinds of findings that a property has corrected by themselves.
CREATE TABLE finding_rule (
    property_id UUID NOT NULL,
    kind TEXT NOT NULL,
    enabled_by TEXT NOT NULL,
    enabled_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (property_id, kind)
);
