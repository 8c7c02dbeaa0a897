-- The public halves of passkeys.
CREATE TABLE passkey (
    account_id BLOB NOT NULL,
    id BLOB NOT NULL,
    -- The name the authenticator knows it by.
    credential BLOB NOT NULL,
    public_key BLOB NOT NULL,
    domain TEXT NOT NULL,
    -- Sealed under the account's data key.
    name BLOB NOT NULL,
    synced INTEGER NOT NULL CHECK (synced IN (0, 1)),
    counter INTEGER NOT NULL CHECK (counter >= 0),
    -- No challenge counts twice, nor one before it.
    last_challenge INTEGER NOT NULL,
    made_at TEXT NOT NULL,
    used_at TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential);
-- Whom a provider of identities knows, and which account they work with.
CREATE TABLE provider_link (
    subject BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    linked_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_link_of_account ON provider_link (account_id);

-- Sessions are sealed from now on. Those that are not have ended: everybody signs in again.
DROP TABLE session;
CREATE TABLE session (
    -- Of the token, which nobody has but the browser.
    digest BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    second_factor_at TEXT,
    address BLOB NOT NULL,
    -- Made of all the rest with a key that is not in the database.
    seal BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_account ON session (account_id, id);
CREATE INDEX session_seen ON session (seen_at);

-- The new tables' statistics, written down as those of the others are; those of a table that is dropped go with it.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('passkey', 'passkey', '2000 2 1'),
    ('passkey', 'passkey_by_credential', '2000 1'),
    ('provider_link', 'provider_link', '1000 1'),
    ('provider_link', 'provider_link_of_account', '1000 1'),
    ('session', 'session', '4000 1'),
    ('session', 'session_of_account', '4000 2 1'),
    ('session', 'session_seen', '4000 10');
ANALYZE sqlite_schema;
