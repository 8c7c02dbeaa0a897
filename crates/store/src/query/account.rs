//! Accounts, their factors, grants and sessions, and the programs of other systems.

use chrono::{DateTime, Utc};
use hefu_crypto::{Aad, KeyRing};
use hefu_domain::{
    account::{
        AccessGrant, Account, AccountFactor, AccountState, ApiClient, ApiKey, FactorState, Passkey,
        ProviderLink, RecoveryCode, Session, SignInFailures,
    },
    ids::{AccountId, ApiClientId, ApiKeyId, GrantId, PasskeyId, PropertyId, SessionId},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{
    Conn, Record, StoreError, Tx, Vault,
    holder::{AccountAtDoor, ClientAtDoor},
    sql::statements,
    value::{Row, args, required},
};

pub use crate::holder::{Granted, Sealed};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM account WHERE id = $1";
    BY_LOGIN = "SELECT * FROM account WHERE login = $1";
    LIST = "SELECT * FROM account WHERE login > $1 ORDER BY login LIMIT $2";
    ANY = "SELECT id FROM account LIMIT 1";
    FACTOR = "SELECT * FROM account_factor WHERE account_id = $1 AND state = $2";
    RECOVERY_CODES = "SELECT * FROM recovery_code WHERE account_id = $1 ORDER BY digest";
    RECOVERY_CODE = "SELECT * FROM recovery_code WHERE account_id = $1 AND digest = $2";
    GRANTS = "SELECT * FROM access_grant WHERE holder_id = $1 ORDER BY id";
    GRANT = "SELECT * FROM access_grant WHERE holder_id = $1 AND id = $2";
    GRANTED_BY = "SELECT * FROM access_grant WHERE role = 'channel' AND granted_by = $1 ORDER BY id";
    // A grant for a property that is none is no grant for the chain.
    GRANTED = "SELECT g.id, g.role, g.property_id, p.code, g.until FROM access_grant g LEFT JOIN property p ON p.id = g.property_id WHERE g.holder_id = $1 ORDER BY g.id";
    WHO = "SELECT s.digest, s.id, s.account_id, s.began_at, s.seen_at, s.second_factor_at, s.address, s.seal,
            a.state, a.must_change, a.password_at, f.state, (SELECT p.account_id FROM passkey p WHERE p.account_id = a.id LIMIT 1),
            (SELECT l.account_id FROM provider_link l WHERE l.account_id = a.id LIMIT 1), h.rest, h.seal
        FROM session s JOIN account a ON a.id = s.account_id
        LEFT JOIN account_factor f ON f.account_id = a.id AND f.state = 'active'
        LEFT JOIN holder_seal h ON h.holder_id = a.id WHERE s.digest = $1";
    PASSKEYS = "SELECT * FROM passkey WHERE account_id = $1 ORDER BY id";
    PASSKEY = "SELECT * FROM passkey WHERE account_id = $1 AND id = $2";
    PASSKEY_OF = "SELECT * FROM passkey WHERE credential = $1";
    LINK = "SELECT * FROM provider_link WHERE subject = $1";
    LINKS = "SELECT * FROM provider_link WHERE account_id = $1";
    // All keys of its program: they are sealed together.
    WHOSE_KEY = "SELECT k.id, k.digest, k.expires_at, k.client_id, c.state, h.rest, h.seal
        FROM api_key o JOIN api_client c ON c.id = o.client_id JOIN api_key k ON k.client_id = c.id
        LEFT JOIN holder_seal h ON h.holder_id = c.id WHERE o.id = $1";
    CLIENT = "SELECT * FROM api_client WHERE id = $1";
    CLIENTS = "SELECT * FROM api_client WHERE id > $1 ORDER BY id LIMIT $2";
    KEY = "SELECT * FROM api_key WHERE id = $1";
    KEYS = "SELECT * FROM api_key WHERE client_id = $1 ORDER BY id";
    SESSION = "SELECT * FROM session WHERE digest = $1";
    SESSIONS = "SELECT * FROM session WHERE account_id = $1 ORDER BY id LIMIT $2";
    BEGIN = "INSERT INTO session (digest, id, account_id, began_at, seen_at, second_factor_at, address, seal) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SEEN = "UPDATE session SET seen_at = $2, seal = $3 WHERE digest = $1 AND seen_at < $2";
    // Under another token: whoever had the one before had no second factor.
    SECOND_FACTOR = "UPDATE session SET digest = $2, second_factor_at = $3, seen_at = $3, seal = $4 WHERE digest = $1";
    END = "DELETE FROM session WHERE account_id = $1 AND id = $2";
    END_OTHERS = "DELETE FROM session WHERE account_id = $1 AND id <> $2";
    EXPIRED = "DELETE FROM session WHERE seen_at < $1";
    FAILURES = "SELECT * FROM sign_in_failures WHERE key = $1";
    FAILED = "INSERT INTO sign_in_failures (key, failures, last_at) VALUES ($1, 1, $2)
        ON CONFLICT (key) DO UPDATE SET
            failures = CASE WHEN sign_in_failures.last_at < $3 THEN 1 ELSE sign_in_failures.failures + 1 END, last_at = $2";
    UNCOUNT = "UPDATE sign_in_failures SET failures = failures - 1 WHERE key = $1 AND failures > 0";
    SUCCEEDED = "DELETE FROM sign_in_failures WHERE key = $1";
    FORGET = "DELETE FROM sign_in_failures WHERE last_at < $1";
}

/// The account with an id.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    c.first(FIND, args![id]).await
}

/// The account with a login.
///
/// # Errors
/// The database fails.
pub async fn by_login(c: &mut Conn, login: &str) -> Result<Option<Account>> {
    c.first(BY_LOGIN, args![login.to_owned()]).await
}

/// Accounts in the order of their logins, after one.
///
/// # Errors
/// The database fails.
pub async fn list(c: &mut Conn, after: &str, limit: i64) -> Result<Vec<Account>> {
    c.all(LIST, args![after.to_owned(), limit]).await
}

/// Whether there is an account.
///
/// # Errors
/// The database fails.
pub async fn any(c: &mut Conn) -> Result<bool> {
    Ok(c.first::<(Uuid,)>(ANY, args![]).await?.is_some())
}

/// An account's second factor: the one in use, or the one that waits for its first code.
///
/// # Errors
/// The database fails.
pub async fn factor(c: &mut Conn, account: AccountId, state: FactorState) -> Result<Option<AccountFactor>> {
    c.first(FACTOR, args![account, state.code().to_owned()]).await
}

/// The recovery codes that are left.
///
/// # Errors
/// The database fails.
pub async fn recovery_codes(c: &mut Conn, account: AccountId) -> Result<Vec<RecoveryCode>> {
    c.all(RECOVERY_CODES, args![account]).await
}

/// What programs that were made for a channel were granted; `granted_by` as [`Channel::grants`](hefu_domain::channel::Channel::grants) says it.
///
/// # Errors
/// The database fails.
pub async fn granted_by_channel(c: &mut Conn, granted_by: &str) -> Result<Vec<AccessGrant>> {
    c.all(GRANTED_BY, args![granted_by.to_owned()]).await
}

/// One of them.
///
/// # Errors
/// The database fails.
pub async fn recovery_code(c: &mut Conn, account: AccountId, digest: &[u8]) -> Result<Option<RecoveryCode>> {
    c.first(RECOVERY_CODE, args![account, digest.to_vec()]).await
}

/// What an account or a program was granted.
///
/// # Errors
/// The database fails.
pub async fn grants(c: &mut Conn, holder: Uuid) -> Result<Vec<AccessGrant>> {
    c.all(GRANTS, args![holder]).await
}

/// One of them.
///
/// # Errors
/// The database fails.
pub async fn grant(c: &mut Conn, holder: Uuid, id: GrantId) -> Result<Option<AccessGrant>> {
    c.first(GRANT, args![holder, id]).await
}

/// What an account or a program was granted, with the codes of the properties.
///
/// # Errors
/// The database fails.
pub async fn granted(c: &mut Conn, holder: Uuid) -> Result<Vec<Granted>> {
    type Found = (GrantId, String, Option<PropertyId>, Option<String>, Option<DateTime<Utc>>);
    let found: Vec<Found> = c.all(GRANTED, args![holder]).await?;
    let granted =
        |(id, role, property_id, property, until)| Granted { id, role, property_id, property, until };
    Ok(found.into_iter().map(granted).collect())
}

/// Whose a session is, and how the account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoseSession {
    /// The session.
    pub id: SessionId,
    /// The account.
    pub account_id: AccountId,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub seen_at: DateTime<Utc>,
    /// When the second factor was shown.
    pub second_factor_at: Option<DateTime<Utc>>,
    /// Whether the account can be used.
    pub state: AccountState,
    /// Whether the password has to be changed.
    pub must_change: bool,
    /// When the password was set.
    pub password_at: DateTime<Utc>,
    /// Whether the account has a second factor in use.
    pub has_factor: bool,
    /// Whether its owner is known by a provider of identities: nobody knows its password.
    pub is_linked: bool,
    /// What was read of the account, with the seal over it and its grants.
    pub sealed: Sealed,
}

/// A session with how its account stands, as they are read together.
struct Who {
    session: Session,
    state: AccountState,
    must_change: bool,
    password_at: DateTime<Utc>,
    factor: Option<FactorState>,
    passkey: Option<AccountId>,
    link: Option<AccountId>,
    rest: Option<Vec<u8>>,
    seal: Option<Vec<u8>>,
}

impl Record for Who {
    fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            session: Session::from_row(row)?,
            state: required(row, 8)?,
            must_change: required(row, 9)?,
            password_at: required(row, 10)?,
            factor: required(row, 11)?,
            passkey: required(row, 12)?,
            link: required(row, 13)?,
            rest: required(row, 14)?,
            seal: required(row, 15)?,
        })
    }
}

/// Whose the session is whose token has this digest; none: there is no such session, or it was not begun by whoever has the keys. Whether its account
/// stands as Hefu wrote it, [`WhoseSession::sealed`] says with its grants.
///
/// # Errors
/// The database fails.
pub async fn whose_session(c: &mut Conn, ring: &KeyRing, digest: &[u8]) -> Result<Option<WhoseSession>> {
    let found: Option<Who> = c.first(WHO, args![digest.to_vec()]).await?;
    let Some(Who { session, state, must_change, password_at, factor, passkey, link, rest, seal }) = found
    else {
        return Ok(None);
    };
    if !is_sealed(ring, &session) {
        tracing::error!(session = %session.id, "a session was written by somebody else than Hefu; it is not let in");
        return Ok(None);
    }
    let at_door = AccountAtDoor {
        state,
        must_change,
        password_at,
        has_codes: factor.is_some(),
        has_passkey: passkey.is_some(),
        is_linked: link.is_some(),
    };
    Ok(Some(WhoseSession {
        sealed: Sealed::account(session.account_id, &at_door, rest.zip(seal)),
        id: session.id,
        account_id: session.account_id,
        began_at: session.began_at,
        seen_at: session.seen_at,
        second_factor_at: session.second_factor_at,
        state,
        must_change,
        password_at,
        has_factor: factor.is_some() || passkey.is_some(),
        is_linked: link.is_some(),
    }))
}

/// What seals a session: everything it says, under a key that is not in the database.
fn seal_of(ring: &KeyRing, session: &Session) -> Vec<u8> {
    let Session { digest, id, account_id, began_at, seen_at, second_factor_at, address, seal: _ } = session;
    let micros = |time: &DateTime<Utc>| time.timestamp_micros().to_be_bytes();
    let (id, account) = (id.uuid(), account_id.uuid());
    let (began, seen) = (micros(began_at), micros(seen_at));
    let second_factor = second_factor_at.as_ref().map_or(Vec::new(), |at| micros(at).to_vec());
    let parts: [&[u8]; 7] =
        [digest, id.as_bytes(), account.as_bytes(), &began, &seen, &second_factor, address];
    ring.seal_of(b"session", &parts).to_vec()
}

/// Whether a session says what Hefu wrote.
pub(crate) fn is_sealed(ring: &KeyRing, session: &Session) -> bool {
    // Whoever can try seals out at the database learns nothing by the time it takes here.
    seal_of(ring, session) == session.seal
}

/// Whose a key is, and how its program stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoseKey {
    /// The program.
    pub client_id: ApiClientId,
    /// The key's digest.
    pub digest: Vec<u8>,
    /// Until when the key is valid.
    pub expires_at: DateTime<Utc>,
    /// Whether the program can be used.
    pub state: AccountState,
    /// What was read of the program, with the seal over it and its grants.
    pub sealed: Sealed,
}

/// Whose a key is; none: there is no such key.
///
/// # Errors
/// The database fails.
pub async fn whose_key(c: &mut Conn, id: ApiKeyId) -> Result<Option<WhoseKey>> {
    type Found =
        (ApiKeyId, Vec<u8>, DateTime<Utc>, ApiClientId, AccountState, Option<Vec<u8>>, Option<Vec<u8>>);
    let found: Vec<Found> = c.all(WHOSE_KEY, args![id]).await?;
    let Some((_, digest, expires_at, client_id, state, rest, seal)) =
        found.iter().find(|(key, ..)| *key == id).cloned()
    else {
        return Ok(None);
    };
    let keys = found.into_iter().map(|(key, digest, expires_at, ..)| (key, digest, expires_at)).collect();
    let sealed = Sealed::client(client_id, &ClientAtDoor { state, keys }, rest.zip(seal));
    Ok(Some(WhoseKey { client_id, digest, expires_at, state, sealed }))
}

/// A program of another system.
///
/// # Errors
/// The database fails.
pub async fn client(c: &mut Conn, id: ApiClientId) -> Result<Option<ApiClient>> {
    c.first(CLIENT, args![id]).await
}

/// Programs of other systems, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn clients(c: &mut Conn, after: ApiClientId, limit: i64) -> Result<Vec<ApiClient>> {
    c.all(CLIENTS, args![after, limit]).await
}

/// A key.
///
/// # Errors
/// The database fails.
pub async fn key(c: &mut Conn, id: ApiKeyId) -> Result<Option<ApiKey>> {
    c.first(KEY, args![id]).await
}

/// The keys of a program, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn keys(c: &mut Conn, client: ApiClientId) -> Result<Vec<ApiKey>> {
    c.all(KEYS, args![client]).await
}

/// The session whose token has this digest.
///
/// # Errors
/// The database fails.
pub async fn session(c: &mut Conn, digest: &[u8]) -> Result<Option<Session>> {
    c.first(SESSION, args![digest.to_vec()]).await
}

/// The sessions of an account, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn sessions(c: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Session>> {
    c.all(SESSIONS, args![account, limit]).await
}

/// Somebody has signed in. The seal is made here, whatever it says.
///
/// # Errors
/// [`StoreError::Corrupt`] if what stands about the account is not what Hefu wrote; the database fails.
pub async fn begin(tx: &mut Tx, session: &Session) -> Result<()> {
    tx.lock_holder(session.account_id.uuid()).await?;
    let seal = seal_of(&tx.ring(), session);
    let Session { digest, id, account_id, began_at, seen_at, second_factor_at, address, seal: _ } =
        session.clone();
    let values = args![digest, id, account_id, began_at, seen_at, second_factor_at, address, seal];
    tx.execute(BEGIN, values).await.map(drop)
}

/// Whether what stands about an account, its factors and its grants is what Hefu wrote. Nobody else writes of it until the unit ends.
///
/// # Errors
/// The database fails.
pub async fn is_as_sealed(tx: &mut Tx, account: AccountId) -> Result<bool> {
    match tx.lock_holder(account.uuid()).await {
        Err(StoreError::Corrupt { .. }) => Ok(false),
        held => held.map(|()| true),
    }
}

/// The session whose token has this digest, if Hefu wrote it: nothing else is sealed anew.
async fn sealed(tx: &mut Tx, digest: &[u8]) -> Result<Option<Session>> {
    let ring = tx.ring();
    Ok(session(tx, digest).await?.filter(|session| is_sealed(&ring, session)))
}

/// A session was used.
///
/// # Errors
/// The database fails.
pub async fn seen(tx: &mut Tx, digest: &[u8], now: DateTime<Utc>) -> Result<()> {
    let Some(session) = sealed(tx, digest).await?.filter(|session| session.seen_at < now) else {
        return Ok(());
    };
    let seal = seal_of(&tx.ring(), &Session { seen_at: now, ..session });
    tx.execute(SEEN, args![digest.to_vec(), now, seal]).await.map(drop)
}

/// The second factor was shown: the session goes on under another token.
///
/// # Errors
/// [`StoreError::Conflict`] when the session has ended; [`StoreError::Corrupt`] if what stands about its account is not what Hefu wrote.
pub async fn second_factor(tx: &mut Tx, digest: &[u8], next: &[u8], now: DateTime<Utc>) -> Result<()> {
    let conflict = || StoreError::Conflict { table: "session".into() };
    let session = sealed(tx, digest).await?.ok_or_else(conflict)?;
    tx.lock_holder(session.account_id.uuid()).await?;
    let raised = Session { digest: next.to_vec(), second_factor_at: Some(now), seen_at: now, ..session };
    let seal = seal_of(&tx.ring(), &raised);
    match tx.execute(SECOND_FACTOR, args![digest.to_vec(), next.to_vec(), now, seal]).await? {
        0 => Err(conflict()),
        _ => Ok(()),
    }
}

/// The passkeys of an account, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn passkeys(c: &mut Conn, account: AccountId) -> Result<Vec<Passkey>> {
    c.all(PASSKEYS, args![account]).await
}

/// One of them.
///
/// # Errors
/// The database fails.
pub async fn passkey(c: &mut Conn, account: AccountId, id: PasskeyId) -> Result<Option<Passkey>> {
    c.first(PASSKEY, args![account, id]).await
}

/// The passkey that an authenticator knows by this name.
///
/// # Errors
/// The database fails.
pub async fn passkey_of(c: &mut Conn, credential: &[u8]) -> Result<Option<Passkey>> {
    c.first(PASSKEY_OF, args![credential.to_vec()]).await
}

/// Whether an account has a second factor in use: codes, or a passkey.
///
/// # Errors
/// The database fails.
pub async fn has_factor(c: &mut Conn, account: AccountId) -> Result<bool> {
    Ok(factor(c, account, FactorState::Active).await?.is_some() || !passkeys(c, account).await?.is_empty())
}

/// Which account somebody works with whom a provider of identities knows.
///
/// # Errors
/// The database fails.
pub async fn link(c: &mut Conn, subject: &[u8]) -> Result<Option<ProviderLink>> {
    c.first(LINK, args![subject.to_vec()]).await
}

/// Whom providers of identities know that works with an account.
///
/// # Errors
/// The database fails.
pub async fn links(c: &mut Conn, account: AccountId) -> Result<Vec<ProviderLink>> {
    c.all(LINKS, args![account]).await
}

/// Ends a session; answers whether there was one.
///
/// # Errors
/// The database fails.
pub async fn end(tx: &mut Tx, account: AccountId, id: SessionId) -> Result<bool> {
    Ok(tx.execute(END, args![account, id]).await? > 0)
}

/// Ends the sessions of an account but one; answers how many there were.
///
/// # Errors
/// The database fails.
pub async fn end_others(tx: &mut Tx, account: AccountId, but: SessionId) -> Result<u64> {
    tx.execute(END_OTHERS, args![account, but]).await
}

/// Forgets sessions that were not used since, and failed attempts that are as old.
///
/// # Errors
/// The database fails.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    let sessions = tx.execute(EXPIRED, args![before]).await?;
    Ok(sessions + tx.execute(FORGET, args![before]).await?)
}

/// Failed attempts to sign in.
///
/// # Errors
/// The database fails.
pub async fn failures(c: &mut Conn, key: &str) -> Result<Option<SignInFailures>> {
    c.first(FAILURES, args![key.to_owned()]).await
}

/// An attempt counts as failed until it is known better. Those before `since` are forgotten.
///
/// # Errors
/// The database fails.
pub async fn failed(tx: &mut Tx, key: &str, now: DateTime<Utc>, since: DateTime<Utc>) -> Result<()> {
    tx.execute(FAILED, args![key.to_owned(), now, since]).await.map(drop)
}

/// One attempt was none that failed; those before it were.
///
/// # Errors
/// The database fails.
pub async fn uncount(tx: &mut Tx, key: &str) -> Result<()> {
    tx.execute(UNCOUNT, args![key.to_owned()]).await.map(drop)
}

/// An attempt did not fail, and those before it are forgotten.
///
/// # Errors
/// The database fails.
pub async fn succeeded(tx: &mut Tx, key: &str) -> Result<()> {
    tx.execute(SUCCEEDED, args![key.to_owned()]).await.map(drop)
}

/// What of an account is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Its owner's name.
    Name,
    /// The hash of its password.
    Password,
    /// The secret of its second factor.
    Factor,
    /// The address of a session.
    Address,
    /// What its owner calls a passkey.
    Passkey,
}

impl Secret {
    const fn aad(self, tenant: Uuid, row: Uuid) -> Aad<'static> {
        let (table, column) = match self {
            Self::Name => ("account", "name"),
            Self::Password => ("account", "password"),
            Self::Factor => ("account_factor", "secret"),
            Self::Address => ("session", "address"),
            Self::Passkey => ("passkey", "name"),
        };
        Aad { tenant, table, column, row }
    }
}

/// Seals a secret of an account under its data key.
///
/// # Errors
/// The key cannot be had.
pub async fn seal(tx: &mut Tx, account: AccountId, secret: Secret, plain: &[u8]) -> Result<Vec<u8>> {
    let row = account.uuid();
    let key = tx.data_key(row).await?;
    let aad = secret.aad(tx.ring().tenant(), row);
    Ok(key.seal(&*tx.vault().rng, &aad, plain))
}

/// Opens a secret of an account; none if its key was destroyed.
///
/// # Errors
/// What was sealed was changed.
pub async fn open(
    c: &mut Conn,
    vault: &Vault,
    account: AccountId,
    secret: Secret,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    let row = account.uuid();
    let Some(key) = vault.find_to_read(c, row).await? else { return Ok(None) };
    let aad = secret.aad(vault.ring().tenant(), row);
    key.open(&aad, sealed).map(Some).map_err(|source| StoreError::Crypto { table: "account", source })
}
