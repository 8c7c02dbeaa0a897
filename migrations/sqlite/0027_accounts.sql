-- Accounts of the staff, their factors and grants, and the programs of other systems.
CREATE TABLE account (
    id BLOB NOT NULL PRIMARY KEY,
    login TEXT NOT NULL CONSTRAINT account_login CHECK (login <> ''),
    -- Sealed under the account's data key, as are the hash of the password and the secret of the second factor.
    name BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    password BLOB NOT NULL,
    must_change INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    password_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_by_login ON account (login);
-- One in use, and one that waits for its first code.
CREATE TABLE account_factor (
    account_id BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active')),
    secret BLOB NOT NULL,
    -- No code counts twice.
    last_step INTEGER NOT NULL,
    enrolled_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (account_id, state)
) STRICT, WITHOUT ROWID;
-- A row goes when its code is used.
CREATE TABLE recovery_code (
    account_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (account_id, digest)
) STRICT, WITHOUT ROWID;
CREATE TABLE access_grant (
    holder_id BLOB NOT NULL,
    id BLOB NOT NULL,
    role TEXT NOT NULL,
    -- None: the whole chain.
    property_id BLOB,
    until TEXT,
    granted_by TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (holder_id, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE api_client (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE api_key (
    id BLOB NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    made_at TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX api_key_of_client ON api_key (client_id, id);

-- Who is signed in, and how often somebody failed to. Neither is a record: no journal entry binds them. That a session began and ended is journalled.
CREATE TABLE session (
    -- Of the token, which nobody has but the browser.
    digest BLOB NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    second_factor_at TEXT,
    address BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_account ON session (account_id, id);
CREATE INDEX session_seen ON session (seen_at);
CREATE TABLE sign_in_failures (
    key TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);

-- The new tables' statistics, written down as those of the others are.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('account', 'account', '2000 1'),
    ('account', 'account_by_login', '2000 1'),
    ('account_factor', 'account_factor', '1000 1 1'),
    ('recovery_code', 'recovery_code', '10000 10 1'),
    ('access_grant', 'access_grant', '3000 2 1'),
    ('api_client', 'api_client', '100 1'),
    ('api_key', 'api_key', '300 1'),
    ('api_key', 'api_key_of_client', '300 3 1'),
    ('session', 'session', '4000 1'),
    ('session', 'session_of_account', '4000 2 1'),
    ('session', 'session_seen', '4000 10'),
    ('sign_in_failures', 'sign_in_failures', '1000 1'),
    ('sign_in_failures', 'sign_in_failures_last', '1000 10');
ANALYZE sqlite_schema;
