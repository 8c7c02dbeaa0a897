-- The public halves of passkeys.
CREATE TABLE passkey (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    -- The name the authenticator knows it by.
    credential BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    domain TEXT NOT NULL,
    -- Sealed under the account's data key.
    name BYTEA NOT NULL,
    synced BOOLEAN NOT NULL,
    counter BIGINT NOT NULL CHECK (counter >= 0),
    -- No challenge counts twice, nor one before it.
    last_challenge BIGINT NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    version BIGINT NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX passkey_by_credential ON passkey (credential);
-- Whom a provider of identities knows, and which account they work with.
CREATE TABLE provider_link (
    subject BYTEA PRIMARY KEY,
    account_id UUID NOT NULL,
    provider TEXT NOT NULL,
    linked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX provider_link_of_account ON provider_link (account_id);

-- Sessions are sealed from now on. Those that are not have ended: everybody signs in again.
DELETE FROM session;
ALTER TABLE session
    -- Made of all the rest with a key that is not in the database.
    ADD COLUMN seal BYTEA NOT NULL;
