-- Accounts of the staff, their factors and grants, and the programs of other systems.
CREATE TABLE account (
    id UUID PRIMARY KEY,
    login TEXT NOT NULL CONSTRAINT account_login CHECK (login <> ''),
    -- Sealed under the account's data key, as are the hash of the password and the secret of the second factor.
    name BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    password BYTEA NOT NULL,
    must_change BOOLEAN NOT NULL,
    password_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX account_by_login ON account (login);
-- One in use, and one that waits for its first code.
CREATE TABLE account_factor (
    account_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active')),
    secret BYTEA NOT NULL,
    -- No code counts twice.
    last_step BIGINT NOT NULL,
    enrolled_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (account_id, state)
);
-- A row goes when its code is used.
CREATE TABLE recovery_code (
    account_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (account_id, digest)
);
CREATE TABLE access_grant (
    holder_id UUID NOT NULL,
    id UUID NOT NULL,
    role TEXT NOT NULL,
    -- None: the whole chain.
    property_id UUID,
    until TIMESTAMPTZ,
    granted_by TEXT NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (holder_id, id)
);
CREATE TABLE api_client (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    version BIGINT NOT NULL
);
CREATE TABLE api_key (
    id UUID PRIMARY KEY,
    client_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX api_key_of_client ON api_key (client_id, id);

-- Who is signed in, and how often somebody failed to. Neither is a record: no journal entry binds them. That a session began and ended is journalled.
CREATE TABLE session (
    -- Of the token, which nobody has but the browser.
    digest BYTEA PRIMARY KEY,
    id UUID NOT NULL,
    account_id UUID NOT NULL,
    began_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    second_factor_at TIMESTAMPTZ,
    address BYTEA NOT NULL
);
CREATE INDEX session_of_account ON session (account_id, id);
CREATE INDEX session_seen ON session (seen_at);
CREATE TABLE sign_in_failures (
    key TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sign_in_failures_last ON sign_in_failures (last_at);
