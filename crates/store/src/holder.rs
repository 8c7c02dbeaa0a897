//! What stands about an account or a program of another system, sealed.
//!
//! Whoever owns the database could write a grant, a key or a passkey and come in with it; `hefu verify` would name it, afterwards. So one HMAC, under a key
//! that is not in the database, covers all rows of a holder of grants together: those of its factors, keys, links and grants, and its own. The door asks
//! for it with every request ([`Sealed::covers`]), and nothing of a holder is written whose rows are not what was sealed. What the door reads anyway stands
//! in the seal as it is, and a digest of all rows beside it, so that asking takes the door no further statement.
//!
//! It does not tell that all of a holder, its seal included, was put back to an earlier state; `hefu verify` does.

use chrono::{DateTime, Utc};
use hefu_crypto::KeyRing;
use hefu_domain::{
    account::{
        AccessGrant, Account, AccountFactor, AccountState, ApiClient, ApiKey, FactorState, Passkey,
        ProviderLink, RecoveryCode,
    },
    ids::{AccountId, ApiClientId, ApiKeyId, GrantId, PropertyId},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{
    Conn, StoreError, Table,
    sql::statements,
    table::{row_bytes, row_digest},
    value::{Value, args},
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    SEAL = "SELECT rest, seal FROM holder_seal WHERE holder_id = $1";
    // Whoever else writes of the holder waits until the unit ends.
    LOCK = "UPDATE holder_seal SET seal = seal WHERE holder_id = $1 RETURNING rest, seal";
    PUT = "INSERT INTO holder_seal (holder_id, rest, seal) VALUES ($1, $2, $3)
        ON CONFLICT (holder_id) DO UPDATE SET rest = $2, seal = $3";
    ACCOUNT = "SELECT * FROM account WHERE id = $1";
    FACTORS = "SELECT * FROM account_factor WHERE account_id = $1";
    CODES = "SELECT * FROM recovery_code WHERE account_id = $1";
    PASSKEYS = "SELECT * FROM passkey WHERE account_id = $1";
    LINKS = "SELECT * FROM provider_link WHERE account_id = $1";
    CLIENT = "SELECT * FROM api_client WHERE id = $1";
    KEYS = "SELECT * FROM api_key WHERE client_id = $1";
    GRANTS = "SELECT * FROM access_grant WHERE holder_id = $1";
}

/// A seal as it lies there: the digest of all rows, and the HMAC.
type SealAsStored = (Vec<u8>, Vec<u8>);

/// What the door reads of a grant.
type GrantAtDoor = (GrantId, String, Option<PropertyId>, Option<DateTime<Utc>>);

/// A grant, as it is needed to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// Which.
    pub id: GrantId,
    /// The role.
    pub role: String,
    /// Where; none: in the whole chain.
    pub property_id: Option<PropertyId>,
    /// The property's code; none: the whole chain, or a property that is not there.
    pub property: Option<String>,
    /// Until when.
    pub until: Option<DateTime<Utc>>,
}

/// The column that says whose the row is, of tables whose rows are sealed by holder.
pub(crate) fn column<T: Table>() -> Option<usize> {
    match T::NAME {
        Account::NAME
        | AccountFactor::NAME
        | RecoveryCode::NAME
        | Passkey::NAME
        | ApiClient::NAME
        | AccessGrant::NAME => Some(0),
        ProviderLink::NAME | ApiKey::NAME => Some(1),
        _ => None,
    }
}

/// What the door reads of an account.
pub(crate) struct AccountAtDoor {
    pub(crate) state: AccountState,
    pub(crate) must_change: bool,
    pub(crate) password_at: DateTime<Utc>,
    pub(crate) has_codes: bool,
    pub(crate) has_passkey: bool,
    pub(crate) is_linked: bool,
}

impl AccountAtDoor {
    fn values(&self) -> Vec<Value> {
        let Self { state, must_change, password_at, has_codes, has_passkey, is_linked } = self;
        args![*state, *must_change, *password_at, *has_codes, *has_passkey, *is_linked]
    }
}

/// What the door reads of a program.
pub(crate) struct ClientAtDoor {
    pub(crate) state: AccountState,
    /// All its keys: identifier, digest, until when.
    pub(crate) keys: Vec<(ApiKeyId, Vec<u8>, DateTime<Utc>)>,
}

impl ClientAtDoor {
    fn values(&self) -> Vec<Value> {
        let mut keys: Vec<_> = self.keys.iter().collect();
        keys.sort_unstable_by_key(|(id, ..)| id.uuid());
        let mut values = args![self.state];
        values.extend(keys.into_iter().flat_map(|(id, digest, expires_at)| args![*id, *digest, *expires_at]));
        values
    }
}

/// What the door has read of a holder, its grants apart, with the seal over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    holder: Uuid,
    at_door: Vec<u8>,
    stored: Option<SealAsStored>,
}

impl Sealed {
    pub(crate) fn account(id: AccountId, account: &AccountAtDoor, stored: Option<SealAsStored>) -> Self {
        Self { holder: id.uuid(), at_door: row_bytes(&account.values()), stored }
    }

    pub(crate) fn client(id: ApiClientId, client: &ClientAtDoor, stored: Option<SealAsStored>) -> Self {
        Self { holder: id.uuid(), at_door: row_bytes(&client.values()), stored }
    }

    /// Whose it is: an account or a program.
    pub const fn holder(&self) -> Uuid {
        self.holder
    }

    /// Whether what was read, together with these grants, all there are of the holder, is what Hefu wrote.
    pub fn covers(&self, ring: &KeyRing, granted: &[Granted]) -> bool {
        let Some((rest, seal)) = &self.stored else { return false };
        let at_door = |grant: &Granted| (grant.id, grant.role.clone(), grant.property_id, grant.until);
        let grants = granted.iter().map(at_door).collect();
        // Whoever can try seals out at the database learns nothing by the time it takes here.
        seal_of(ring, self.holder, &self.at_door, grants, rest) == *seal
    }
}

fn seal_of(
    ring: &KeyRing,
    holder: Uuid,
    at_door: &[u8],
    mut grants: Vec<GrantAtDoor>,
    rest: &[u8],
) -> Vec<u8> {
    grants.sort_unstable_by_key(|(id, ..)| id.uuid());
    let grants: Vec<Value> =
        grants.iter().flat_map(|(id, role, property, until)| args![*id, *role, *property, *until]).collect();
    let grants = row_bytes(&grants);
    ring.seal_of(b"holder", &[holder.as_bytes(), at_door, &grants, rest]).to_vec()
}

/// All rows of a holder.
struct Rows {
    account: Option<Account>,
    factors: Vec<AccountFactor>,
    codes: Vec<RecoveryCode>,
    passkeys: Vec<Passkey>,
    links: Vec<ProviderLink>,
    client: Option<ApiClient>,
    keys: Vec<ApiKey>,
    grants: Vec<AccessGrant>,
}

impl Rows {
    async fn of(c: &mut Conn, holder: Uuid) -> Result<Self> {
        Ok(Self {
            account: c.first(ACCOUNT, args![holder]).await?,
            factors: c.all(FACTORS, args![holder]).await?,
            codes: c.all(CODES, args![holder]).await?,
            passkeys: c.all(PASSKEYS, args![holder]).await?,
            links: c.all(LINKS, args![holder]).await?,
            client: c.first(CLIENT, args![holder]).await?,
            keys: c.all(KEYS, args![holder]).await?,
            grants: c.all(GRANTS, args![holder]).await?,
        })
    }

    /// The digests of all of them, in an order that no engine decides.
    fn digests(&self) -> Vec<[u8; 32]> {
        fn digest<T: Table>(row: &T) -> [u8; 32] {
            row_digest::<T>(&row.values())
        }
        let mut digests = Vec::new();
        digests.extend(self.account.iter().map(digest));
        digests.extend(self.factors.iter().map(digest));
        digests.extend(self.codes.iter().map(digest));
        digests.extend(self.passkeys.iter().map(digest));
        digests.extend(self.links.iter().map(digest));
        digests.extend(self.client.iter().map(digest));
        digests.extend(self.keys.iter().map(digest));
        digests.extend(self.grants.iter().map(digest));
        digests.sort_unstable();
        digests
    }

    /// What the door would read of them, grants apart.
    fn at_door(&self) -> Vec<u8> {
        let account = self.account.as_ref().map(|account| AccountAtDoor {
            state: account.state,
            must_change: account.must_change,
            password_at: account.password_at,
            has_codes: self.factors.iter().any(|factor| factor.state == FactorState::Active),
            has_passkey: !self.passkeys.is_empty(),
            is_linked: !self.links.is_empty(),
        });
        let keys = self.keys.iter().map(|key| (key.id, key.digest.clone(), key.expires_at));
        let client =
            self.client.as_ref().map(|client| ClientAtDoor { state: client.state, keys: keys.collect() });
        let mut values = account.map_or(Vec::new(), |account| account.values());
        values.extend(client.map_or(Vec::new(), |client| client.values()));
        row_bytes(&values)
    }

    /// The seal over them.
    fn sealed(&self, ring: &KeyRing, holder: Uuid) -> SealAsStored {
        let digests = self.digests().concat();
        let rest = hefu_crypto::sha256(&[digests.as_slice()]).to_vec();
        let at_door = |grant: &AccessGrant| (grant.id, grant.role.clone(), grant.property_id, grant.until);
        let grants = self.grants.iter().map(at_door).collect();
        let seal = seal_of(ring, holder, &self.at_door(), grants, &rest);
        (rest, seal)
    }
}

/// Whether the rows of a holder are what was sealed. Somebody of whom there is nothing has no seal.
async fn agrees(c: &mut Conn, ring: &KeyRing, holder: Uuid, stored: Option<SealAsStored>) -> Result<bool> {
    let rows = Rows::of(c, holder).await?;
    Ok(match stored {
        Some(stored) => rows.sealed(ring, holder) == stored,
        None => rows.digests().is_empty(),
    })
}

/// Whether what stands about a holder is what Hefu wrote.
///
/// # Errors
/// The database fails, or a row cannot be read.
pub(crate) async fn is_sealed(c: &mut Conn, ring: &KeyRing, holder: Uuid) -> Result<bool> {
    let stored = c.first(SEAL, args![holder]).await?;
    agrees(c, ring, holder, stored).await
}

/// Before something of a holder is written: refuses if what stands is not what was sealed, and has others who would write of it wait.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not; the database fails.
pub(crate) async fn lock(c: &mut Conn, ring: &KeyRing, holder: Uuid) -> Result<()> {
    let stored = c.all(LOCK, args![holder]).await?.pop();
    if agrees(c, ring, holder, stored).await? {
        return Ok(());
    }
    tracing::error!(%holder, "what stands about an account or a program was written by somebody else than Hefu; `hefu verify` says what");
    Err(StoreError::Corrupt {
        table: "holder_seal",
        column: "seal".into(),
        detail: "is of other rows of the account or program, or of other keys".into(),
    })
}

/// Seals what stands about a holder now.
///
/// # Errors
/// The database fails.
pub(crate) async fn seal(c: &mut Conn, ring: &KeyRing, holder: Uuid) -> Result<()> {
    let (rest, seal) = Rows::of(c, holder).await?.sealed(ring, holder);
    c.execute(PUT, args![holder, rest, seal]).await.map(drop)
}
