//! Guests: sealed profiles, found through blind tokens.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock},
};

use chrono::NaiveDate;
use hefu_crypto::{Aad, DataKey, KeyRing};
use hefu_domain::{
    guest::{GuestState, Profile},
    ids::{GuestId, PropertyId},
};
use hefu_kernel::Id as _;
use uuid::Uuid;

use crate::{
    Conn, GuestRow, SourceProfile, StoreError, Table as _, Token, Tx, Vault,
    bulk::Inserts,
    folded::{fold, unfold},
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Of each token the newest guests by the key of `token`, at most `$2` before `$1`, with a bit for each token they carry; NULL equals no token.
/// The guests come with it: on PostgreSQL to ask again costs more than to read them.
macro_rules! newest {
    ($first:literal $first_bit:literal $(, $more:literal $bit:literal)*) => {
        concat!(
            "SELECT h.places, g.id, g.state, g.merged_into, g.profile, g.version, k.wrapped
            FROM (SELECT guest_id, CAST(sum(place) AS BIGINT) AS places FROM (",
            newest!(@of $first $first_bit), $(" UNION ALL ", newest!(@of $more $bit),)*
            ") AS t GROUP BY guest_id) AS h
            JOIN guest g ON g.id = h.guest_id LEFT JOIN keys.data_key k ON k.owner = g.id"
        )
    };
    (@of $token:literal $bit:literal) => {
        concat!(
            "SELECT * FROM (SELECT ", $bit, " AS place, guest_id FROM token WHERE token = ", $token,
            " AND guest_id < $1 ORDER BY guest_id DESC LIMIT $2) AS t", $bit
        )
    };
}

statements! {
    FIND = "SELECT * FROM guest WHERE id = $1";
    BY_SOURCE = "SELECT * FROM source_profile WHERE system = $1 AND external_id = $2";
    SOURCES = "SELECT * FROM source_profile WHERE guest_id = $1 ORDER BY received_at";
    PAGE = "SELECT g.id, g.profile, k.wrapped FROM guest g LEFT JOIN keys.data_key k ON k.owner = g.id
        WHERE g.id >= $1 AND g.state <> 'erased' ORDER BY g.id LIMIT $2";
    WITHOUT_KEY = "SELECT count(*) FROM guest g WHERE g.state <> 'erased'
        AND NOT EXISTS (SELECT 1 FROM keys.data_key k WHERE k.owner = g.id)";
    COUNT = "SELECT count(*) FROM guest";
    // Of so many tokens; each that is not needed costs as much as one that is.
    NEWEST_1 = newest!("$3" 1);
    NEWEST_2 = newest!("$3" 1, "$4" 2);
    NEWEST_4 = newest!("$3" 1, "$4" 2, "$5" 4, "$6" 8);
    NEWEST_8 = newest!("$3" 1, "$4" 2, "$5" 4, "$6" 8, "$7" 16, "$8" 32, "$9" 64, "$10" 128);
    // Both go through the key of `token`: the guests of a token lie in order beneath it. The visits, also of those who were joined into
    // the guest, are then probed by the key of `guest_visit`, which begins with the guest.
    BY_TOKEN_IN = "SELECT t.guest_id FROM token t WHERE t.token = $1 AND t.guest_id < $2
          AND (EXISTS (SELECT 1 FROM guest_visit v WHERE v.guest_id = t.guest_id
              AND v.arrival <= $3 AND v.departure >= $4 AND ($5 OR v.property_id = $6))
            OR EXISTS (SELECT 1 FROM guest m JOIN guest_visit v ON v.guest_id = m.id WHERE m.merged_into = t.guest_id
              AND v.arrival <= $3 AND v.departure >= $4 AND ($5 OR v.property_id = $6)))
        ORDER BY t.guest_id DESC LIMIT $7";
    BY_BOTH_TOKENS = "SELECT t.guest_id FROM token t WHERE t.token = $1
          AND EXISTS (SELECT 1 FROM token o WHERE o.token = $2 AND o.guest_id = t.guest_id)
        ORDER BY t.guest_id DESC LIMIT $3";
    // Thirty-two at a time; places without a guest hold the id that stands for none.
    RECORDS = "SELECT g.id, g.state, g.merged_into, g.profile, g.version, k.wrapped
        FROM guest g LEFT JOIN keys.data_key k ON k.owner = g.id
        WHERE g.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";
    IS_STAGED = "SELECT token FROM token_staged LIMIT 1";
    HOW_MANY_STAGED = "SELECT count(*) FROM token_staged";
    STAGED_BETWEEN = "SELECT token, guest_id FROM token_staged WHERE token BETWEEN $1 AND $2";
    NONE_STAGED = "DELETE FROM token_staged";
    UNSTAGE = "DELETE FROM token_staged WHERE guest_id = $1 RETURNING token, guest_id";
    DROP_TOKEN = "DELETE FROM token WHERE token = $1 AND guest_id = $2 RETURNING *";
}

/// Where tokens lie until they are sorted in.
pub(crate) const STAGED: &str = "token_staged";

pub(crate) static STAGE: LazyLock<Inserts> = LazyLock::new(|| Inserts::of(STAGED, Token::COLUMNS));

/// Sorts the staged tokens in, on PostgreSQL: moves in one statement what that sees.
pub(crate) const SORT_IN: Sql = Sql("WITH moved AS (DELETE FROM token_staged RETURNING token, guest_id)
    INSERT INTO token (token, guest_id) SELECT token, guest_id FROM moved ORDER BY token, guest_id");

/// A guest, readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Identifier.
    pub id: GuestId,
    /// Whether the record can be used.
    pub state: GuestState,
    /// Everything personal.
    pub profile: Profile,
    /// Version of the record.
    pub version: i64,
}

/// A search key of a guest: its kind and the normalised value.
pub type SearchKey = (&'static str, String);

fn aad(tenant: Uuid, guest: GuestId) -> Aad<'static> {
    Aad { tenant, table: "guest", column: "profile", row: guest.uuid() }
}

fn no_profile() -> StoreError {
    StoreError::Corrupt { table: "guest", column: "profile".into(), detail: "is no profile".into() }
}

/// The version of the ring under which a guest's search tokens are, and the profile as folded text.
fn opened(key: &DataKey, tenant: Uuid, guest: GuestId, sealed: &[u8]) -> Result<(u16, Vec<u8>)> {
    let mut plain = key
        .open(&aad(tenant, guest), sealed)
        .map_err(|source| StoreError::Crypto { table: "guest", source })?;
    let (version, _) = plain.split_first_chunk::<2>().ok_or_else(no_profile)?;
    let version = u16::from_be_bytes(*version);
    plain.drain(..2);
    Ok((version, plain))
}

pub(crate) fn unseal(key: &DataKey, tenant: Uuid, guest: GuestId, sealed: &[u8]) -> Result<(u16, Profile)> {
    let (version, profile) = opened(key, tenant, guest, sealed)?;
    let profile = unfold(&profile).ok_or_else(no_profile)?;
    Ok((version, serde_json::from_slice(&profile).map_err(|_| no_profile())?))
}

/// Seals a profile, and with it that the guest's search tokens are those of the ring's current version: a number beside it could be
/// raised by whoever has the database, and a rotation would pass the guest by.
fn seal(vault: &Vault, key: &DataKey, ring: &KeyRing, guest: GuestId, profile: &Profile) -> Vec<u8> {
    let mut plain = ring.current().to_be_bytes().to_vec();
    plain.extend(fold(&serde_json::to_vec(profile).unwrap_or_default()));
    key.seal(&*vault.rng, &aad(ring.tenant(), guest), &plain)
}

/// A guest; follows merges to the guest that is kept.
///
/// # Errors
/// The database fails or the profile cannot be opened.
pub async fn find(c: &mut Conn, vault: &Vault, id: GuestId) -> Result<Option<Guest>> {
    let mut at = id;
    // A chain of merges is short; the bound only keeps a corrupt circle from turning forever.
    for _ in 0..64 {
        let Some(row) = c.first::<GuestRow>(FIND, args![at]).await? else { return Ok(None) };
        if let (GuestState::Merged, Some(into)) = (row.state, row.merged_into) {
            at = into;
            continue;
        }
        return own(c, vault, &row).await.map(Some);
    }
    Ok(None)
}

/// The statements by how many tokens they look for.
const NEWEST: [(usize, Sql); 4] = [(1, NEWEST_1), (2, NEWEST_2), (4, NEWEST_4), (8, NEWEST_8)];
/// How many the largest looks for.
const TOKENS: usize = 8;

/// Guests that carry a token of these keys, key by key: of each the newest first, at most `limit` under each live version of the ring.
/// `before` continues a page. The guests themselves come with it, each once. Tokens can collide: the caller filters by the opened
/// profile.
///
/// # Errors
/// The database fails.
pub async fn newest(
    c: &mut Conn,
    vault: &Vault,
    keys: &[SearchKey],
    before: Option<GuestId>,
    limit: i64,
) -> Result<(Vec<Newest>, HashMap<GuestId, Sealed>)> {
    let ring = vault.ring();
    let before = before.unwrap_or_else(|| GuestId::from_uuid(Uuid::max()));
    let (mut found, mut guests) = (vec![Newest::default(); keys.len()], HashMap::new());
    let tokens: Vec<(usize, i64)> = keys
        .iter()
        .enumerate()
        .flat_map(|(key, (kind, value))| {
            ring.tokens_live(kind, value).into_iter().map(move |token| (key, token))
        })
        .collect();
    for tokens in tokens.chunks(TOKENS) {
        let (places, sql) =
            NEWEST.into_iter().find(|(places, _)| tokens.len() <= *places).unwrap_or((TOKENS, NEWEST_8));
        let mut values = args![before, limit];
        values.extend((0..places).flat_map(|at| args![tokens.get(at).map(|(_, token)| *token)]));
        type Row = (i64, GuestId, GuestState, Option<GuestId>, Vec<u8>, i64, Option<Vec<u8>>);
        let rows = c.all::<Row>(sql, values).await?;
        for (at, (key, _)) in tokens.iter().enumerate() {
            let of_token = || rows.iter().filter(|row| row.0 & 1 << at != 0).map(|row| row.1);
            if i64::try_from(of_token().count()).is_ok_and(|count| count >= limit) {
                found[*key].end = found[*key].end.max(of_token().min());
            }
            found[*key].guests.extend(of_token());
            found[*key].guests.sort_unstable_by(|a, b| b.cmp(a));
        }
        for (_, id, state, merged_into, profile, version, wrapped) in rows {
            guests.insert(id, Sealed { id, state, merged_into, profile, version, wrapped });
        }
    }
    Ok((found, guests))
}

/// The newest guests of a key; see [`newest`].
#[derive(Debug, Clone, Default)]
pub struct Newest {
    /// The guests.
    pub guests: Vec<GuestId>,
    /// The oldest up to whom these are all; none when there are no others.
    pub end: Option<GuestId>,
}

/// A guest as it lies in the records, to be opened if somebody wants it.
#[derive(Debug, Clone)]
pub struct Sealed {
    id: GuestId,
    state: GuestState,
    merged_into: Option<GuestId>,
    profile: Vec<u8>,
    version: i64,
    wrapped: Option<Vec<u8>>,
}

impl Sealed {
    /// The guest as recorded under this very id, and the guest it was joined into. None if it was erased or its key destroyed.
    ///
    /// # Errors
    /// The profile cannot be opened.
    pub fn open(self, vault: &Vault) -> Result<Option<(Guest, Option<GuestId>)>> {
        let Self { id, state, merged_into, profile: sealed, version, wrapped } = self;
        if state == GuestState::Erased {
            return Ok(None);
        }
        let key = match (vault.made(id.uuid()), wrapped) {
            (Some(key), _) => key,
            (None, Some(wrapped)) => Arc::new(vault.open(id.uuid(), &wrapped)?),
            (None, None) => return Ok(None),
        };
        let (_, profile) = unseal(&key, vault.ring().tenant(), id, &sealed)?;
        Ok(Some((Guest { id, state, profile, version }, merged_into)))
    }
}

/// The guest a record of another system led to.
///
/// # Errors
/// The database fails.
pub async fn by_source(c: &mut Conn, system: &str, external_id: &str) -> Result<Option<SourceProfile>> {
    c.first(BY_SOURCE, args![system.to_owned(), external_id.to_owned()]).await
}

/// The records a guest came from.
///
/// # Errors
/// The database fails.
pub async fn sources(c: &mut Conn, guest: GuestId) -> Result<Vec<SourceProfile>> {
    c.all(SOURCES, args![guest]).await
}

/// How many guests there are.
///
/// # Errors
/// The database fails.
pub async fn count(c: &mut Conn) -> Result<i64> {
    Ok(c.first::<(i64,)>(COUNT, args![]).await?.map_or(0, |(n,)| n))
}

/// Writes the tokens of new guests, each beside the number of its subject, without sorting them in: whoever has to find every
/// guest does that first, and a search finds these when somebody has.
///
/// # Errors
/// The database fails.
pub async fn stage(tx: &mut Tx, tokens: &[(usize, Token)]) -> Result<()> {
    tx.insert_for_by(&STAGE, tokens).await
}

/// Whether tokens lie where [`stage`] wrote them.
///
/// # Errors
/// The database fails.
pub async fn is_staged(c: &mut Conn) -> Result<bool> {
    Ok(c.first::<(i64,)>(IS_STAGED, args![]).await?.is_some())
}

/// Tokens that are sorted in by one call.
const SORTED: usize = 20_000;

/// Tokens that are held in memory at once: fifty megabytes of them, unless they are so many that more than [`PASSES`] would be needed.
const HELD: u64 = 2_000_000;

/// How often the staged tokens are gone through at most: once for each part of fixed size, it would be the more often the more there are, and their
/// square.
const PASSES: u64 = 8;

/// Sorts in what [`stage`] wrote, each page of the index once.
///
/// # Errors
/// The database fails.
pub async fn merge_staged_tokens(tx: &mut Tx) -> Result<()> {
    sort_in_holding(tx, HELD).await
}

/// The same for one guest: whoever is changed while an import is at work waits for none of the others.
async fn merge_staged_of(tx: &mut Tx, id: GuestId) -> Result<()> {
    let mut staged = tx.all::<(i64, GuestId)>(UNSTAGE, args![id]).await?;
    staged.sort_unstable();
    for some in staged.chunks(SORTED) {
        let values = some.iter().flat_map(|(token, guest)| args![*token, *guest]).collect();
        tx.insert_rows(&Token::texts().inserts, values).await?;
    }
    Ok(())
}

pub(crate) async fn sort_in_holding(tx: &mut Tx, held: u64) -> Result<()> {
    if !is_staged(tx).await? {
        return Ok(());
    }
    if !tx.is_sqlite() {
        return tx.execute(SORT_IN, args![]).await.map(drop);
    }
    // There is but one writer, so these are all. They are sorted in memory, without the sorter of a statement; if they are too many for
    // that, a range of tokens at a time. Tokens are spread evenly, and to go a few times through the staged ones is little beside writing their index.
    let staged = tx.first::<(i64,)>(HOW_MANY_STAGED, args![]).await?.map_or(0, |(staged,)| staged);
    for (from, to) in ranges(staged.unsigned_abs().div_ceil(held).min(PASSES)) {
        let mut some = tx.all::<(i64, GuestId)>(STAGED_BETWEEN, args![from, to]).await?;
        some.sort_unstable();
        for some in some.chunks(SORTED) {
            let values = some.iter().flat_map(|(token, guest)| args![*token, *guest]).collect();
            tx.insert_rows(&Token::texts().inserts, values).await?;
        }
    }
    tx.execute(NONE_STAGED, args![]).await.map(drop)
}

/// All tokens in so many ranges of the same width, first and last of each.
fn ranges(count: u64) -> impl Iterator<Item = (i64, i64)> {
    let begin = move |range: u64| (u128::from(range) << 64) / u128::from(count.max(1));
    let token = |from_least: u128| i64::MIN.wrapping_add_unsigned(from_least as u64);
    (0..count).map(move |range| (token(begin(range)), token(begin(range + 1) - 1)))
}

/// A new guest's row and tokens, sealed under a new data key of this unit; not yet written.
pub fn prepare(tx: &mut Tx, id: GuestId, profile: &Profile, keys: &[SearchKey]) -> (GuestRow, Vec<Token>) {
    let key = tx.new_data_key(id.uuid());
    let ring = tx.ring();
    let row = GuestRow {
        id,
        state: GuestState::Active,
        merged_into: None,
        profile: seal(&tx.vault, &key, &ring, id, profile),
        version: 1,
    };
    (row, tokens(&ring, ring.current(), id, keys))
}

/// The search tokens of a guest whose profile has these keys, under a version of the ring; none if the ring does not have it.
pub fn tokens(ring: &KeyRing, version: u16, guest_id: GuestId, keys: &[SearchKey]) -> Vec<Token> {
    let mut tokens: Vec<i64> =
        keys.iter().filter_map(|(kind, value)| ring.token(version, kind, value)).collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens.into_iter().map(|token| Token { token, guest_id }).collect()
}

/// Writes a new guest.
///
/// # Errors
/// The database fails.
pub async fn insert(tx: &mut Tx, id: GuestId, profile: &Profile, keys: &[SearchKey]) -> Result<()> {
    let (row, tokens) = prepare(tx, id, profile, keys);
    tx.insert(&row).await?;
    super::identity::all_to_compare(tx, std::iter::once(id)).await?;
    tx.insert_all(&tokens).await
}

/// Writes new guests, each beside the number of its subject; see [`prepare`] and [`stage`].
///
/// # Errors
/// The database fails.
pub async fn insert_for(tx: &mut Tx, guests: &[(usize, GuestRow)]) -> Result<()> {
    tx.insert_for(guests).await?;
    super::identity::all_to_compare(tx, guests.iter().map(|(_, guest)| guest.id)).await
}

/// Seals what was received as a source record under its guest's data key, at the place that system and key there make of it.
///
/// # Errors
/// The key cannot be had.
pub async fn seal_source(tx: &mut Tx, source: &mut SourceProfile, received: &[u8]) -> Result<()> {
    let key = tx.data_key(source.guest_id.uuid()).await?;
    let column = source_place(&source.system, &source.external_id);
    let aad = source_aad(tx.ring().tenant(), &column, source.guest_id);
    source.record = key.seal(&*tx.vault.rng, &aad, &fold(received));
    Ok(())
}

/// What binds a source record to its source, as `evidence` says it in SQL: no two sources give the same.
fn source_place(system: &str, external_id: &str) -> String {
    format!("record:{}:{system}:{external_id}", system.chars().count())
}

fn source_aad(tenant: Uuid, column: &str, guest: GuestId) -> Aad<'_> {
    Aad { tenant, table: "source_profile", column, row: guest.uuid() }
}

/// Opens a source record: what was received.
///
/// # Errors
/// The key is gone, or the record was changed.
pub async fn open_source(c: &mut Conn, vault: &Vault, source: &SourceProfile) -> Result<Vec<u8>> {
    let key = vault.find_to_read(c, source.guest_id.uuid()).await?.ok_or(StoreError::Erased)?;
    unseal_source(vault, &key, (&source.system, &source.external_id), source.guest_id, &source.record)
}

fn unseal_source(
    vault: &Vault,
    key: &DataKey,
    (system, external_id): (&str, &str),
    guest: GuestId,
    sealed: &[u8],
) -> Result<Vec<u8>> {
    let column = source_place(system, external_id);
    let folded = key
        .open(&source_aad(vault.ring().tenant(), &column, guest), sealed)
        .map_err(|source| StoreError::Crypto { table: "source_profile", source })?;
    unfold(&folded).ok_or_else(|| StoreError::Corrupt {
        table: "source_profile",
        column: "record".into(),
        detail: "was not folded".into(),
    })
}

/// The same with the key beside it as it is stored; none when that was destroyed.
pub(super) fn open_source_by(
    vault: &Vault,
    wrapped: Option<&[u8]>,
    source: (&str, &str),
    guest: GuestId,
    sealed: &[u8],
) -> Result<Option<Vec<u8>>> {
    match (vault.made(guest.uuid()), wrapped) {
        (Some(key), _) => unseal_source(vault, &key, source, guest, sealed).map(Some),
        (None, Some(wrapped)) => {
            unseal_source(vault, &vault.open(guest.uuid(), wrapped)?, source, guest, sealed).map(Some)
        }
        (None, None) => Ok(None),
    }
}

/// A guest as it is recorded under this very id, joined into another or not.
///
/// # Errors
/// The database fails or the profile cannot be opened.
pub async fn own(c: &mut Conn, vault: &Vault, row: &GuestRow) -> Result<Guest> {
    let profile = match vault.find_to_read(c, row.id.uuid()).await? {
        Some(key) => unseal(&key, vault.ring().tenant(), row.id, &row.profile)?.1,
        None => Profile::default(),
    };
    Ok(Guest { id: row.id, state: row.state, profile, version: row.version })
}

/// The row of a guest under this very id.
///
/// # Errors
/// The database fails.
pub async fn row(c: &mut Conn, id: GuestId) -> Result<Option<GuestRow>> {
    c.first(FIND, args![id]).await
}

/// The tokens of a guest's keys under the ring's current version.
pub fn tokens_of(tx: &Tx, keys: &[SearchKey]) -> Vec<i64> {
    let ring = tx.ring();
    keys.iter().filter_map(|(kind, value)| ring.token(ring.current(), kind, value)).collect()
}

/// Writes a guest's changed profile; `old_keys` are the search keys of the profile it replaces.
///
/// # Errors
/// [`StoreError::Conflict`] when the guest changed since `version`.
pub async fn update(
    tx: &mut Tx,
    guest: &Guest,
    profile: &Profile,
    old_keys: &[SearchKey],
    new_keys: &[SearchKey],
) -> Result<i64> {
    merge_staged_of(tx, guest.id).await?;
    let Some(mut row) = tx.first::<GuestRow>(FIND, args![guest.id]).await? else {
        return Err(StoreError::Conflict { table: GuestRow::NAME.into() });
    };
    if row.version != guest.version {
        return Err(StoreError::Conflict { table: GuestRow::NAME.into() });
    }
    let key = tx.data_key(guest.id.uuid()).await?;
    let ring = tx.ring();
    let (stored, _) = opened(&key, ring.tenant(), guest.id, &row.profile)?;
    let (old, new) =
        (tokens(&ring, stored, guest.id, old_keys), tokens(&ring, ring.current(), guest.id, new_keys));
    row.profile = seal(&tx.vault, &key, &ring, guest.id, profile);
    tx.update(&mut row).await?;
    for gone in old.iter().filter(|token| !new.contains(token)) {
        tx.delete(gone).await?;
    }
    let added: Vec<Token> = new.into_iter().filter(|token| !old.contains(token)).collect();
    tx.insert_all(&added).await?;
    Ok(row.version)
}

/// Guests that carry one of the tokens of `key` and have a visit that touches the dates, in `property`
/// if one is given; the newest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn by_key_in(
    c: &mut Conn,
    vault: &Vault,
    (kind, value): (&str, &str),
    (from, to): (NaiveDate, NaiveDate),
    property: Option<PropertyId>,
    before: Option<GuestId>,
    limit: i64,
) -> Result<Vec<GuestId>> {
    let before = before.unwrap_or_else(|| GuestId::from_uuid(Uuid::max()));
    let (anywhere, property) = (property.is_none(), property.unwrap_or(PropertyId::NIL));
    let mut found = Vec::new();
    for token in vault.ring().tokens_live(kind, value) {
        let values = args![token, before, to, from, anywhere, property, limit];
        found.extend(c.all::<(GuestId,)>(BY_TOKEN_IN, values).await?.into_iter().map(|(guest,)| guest));
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}

/// Guests that carry a token of both keys, at most `limit`, the newest first. Put the rarer key first: every guest of it
/// is looked at.
///
/// # Errors
/// The database fails.
pub async fn by_both_keys(
    c: &mut Conn,
    vault: &Vault,
    (kind, value): (&str, &str),
    (other_kind, other_value): (&str, &str),
    limit: i64,
) -> Result<Vec<GuestId>> {
    let ring = vault.ring();
    let mut found = Vec::new();
    // A guest's tokens are all of one version.
    let tokens = ring.tokens_live(kind, value).into_iter().zip(ring.tokens_live(other_kind, other_value));
    for (token, other) in tokens {
        let rows = c.all::<(GuestId,)>(BY_BOTH_TOKENS, args![token, other, limit]).await?;
        found.extend(rows.into_iter().map(|(guest,)| guest));
    }
    Ok(found)
}

/// How many guests are read by one statement; see `RECORDS`.
const A_STATEMENT: usize = 32;

/// Guests as recorded under these ids, in any order: a guest that was joined into another is answered with
/// its own profile, beside the guest it was joined into. Those whose key was destroyed are left out.
///
/// # Errors
/// The database fails or a profile cannot be opened.
pub async fn records(c: &mut Conn, vault: &Vault, ids: &[GuestId]) -> Result<Vec<(Guest, Option<GuestId>)>> {
    type Row = (GuestId, GuestState, Option<GuestId>, Vec<u8>, i64, Option<Vec<u8>>);
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(A_STATEMENT) {
        let mut values = Vec::with_capacity(A_STATEMENT);
        for place in 0..A_STATEMENT {
            values.extend(args![ids.get(place).copied().unwrap_or(GuestId::NIL)]);
        }
        for (id, state, merged_into, profile, version, wrapped) in c.all::<Row>(RECORDS, values).await? {
            found.extend(Sealed { id, state, merged_into, profile, version, wrapped }.open(vault)?);
        }
    }
    Ok(found)
}

/// Guests by the ids they were recorded under, as [`find`] finds each: a few statements for all of them. Those whose key was destroyed are left out.
///
/// # Errors
/// The database fails or a profile cannot be opened.
pub async fn find_all(
    c: &mut Conn,
    vault: &Vault,
    ids: impl IntoIterator<Item = GuestId>,
) -> Result<HashMap<GuestId, Guest>> {
    let (mut found, mut guests) = (HashMap::new(), HashMap::new());
    // Under which id somebody was asked for, and under which they are looked for.
    let mut wanted: HashMap<GuestId, GuestId> = ids.into_iter().map(|id| (id, id)).collect();
    // A chain of merges is short; the bound only keeps a corrupt circle from turning forever.
    for _ in 0..64 {
        let unread: BTreeSet<GuestId> =
            wanted.values().filter(|at| !guests.contains_key(*at)).copied().collect();
        if unread.is_empty() {
            break;
        }
        let unread = Vec::from_iter(unread);
        guests.extend(unread.iter().map(|id| (*id, None)));
        for (guest, into) in records(c, vault, &unread).await? {
            guests.insert(guest.id, Some((guest, into)));
        }
        for at in wanted.values_mut() {
            if let Some(Some((_, Some(into)))) = guests.get(at) {
                *at = *into;
            }
        }
    }
    for (id, at) in wanted {
        if let Some(Some((guest, None))) = guests.get(&at) {
            found.insert(id, guest.clone());
        }
    }
    Ok(found)
}

/// Makes a guest's search tokens anew under the ring's current version.
///
/// # Errors
/// [`StoreError::Conflict`] when the guest is changed at the same time; the profile cannot be opened.
pub async fn reindex(tx: &mut Tx, id: GuestId, keys_of: fn(&Profile) -> Vec<SearchKey>) -> Result<()> {
    merge_staged_tokens(tx).await?;
    let Some(mut row) = tx.first::<GuestRow>(FIND, args![id]).await? else { return Ok(()) };
    let ring = tx.ring();
    let Some(key) = tx.find_data_key(id.uuid()).await? else { return Ok(()) };
    let (stored, profile) = unseal(&key, ring.tenant(), id, &row.profile)?;
    let keys = keys_of(&profile);
    row.profile = seal(&tx.vault, &key, &ring, id, &profile);
    tx.update(&mut row).await?;
    let mut gone = 0;
    for token in tokens(&ring, stored, id, &keys) {
        gone += tx.removed::<Token>(DROP_TOKEN, args![token.token, id]).await?.len();
    }
    // A guest that was joined into another may have given its tokens away.
    if row.state == GuestState::Active || gone > 0 {
        tx.insert_all(&tokens(&ring, ring.current(), id, &keys)).await?;
    }
    Ok(())
}

/// Guests from `from` on, in order, at most `limit`: each with the version of the ring its tokens are under, or none where that cannot be read.
/// Those who were erased have none and are left out.
///
/// # Errors
/// The database fails.
pub async fn indexed_under(
    c: &mut Conn,
    vault: &Vault,
    from: GuestId,
    limit: i64,
) -> Result<Vec<(GuestId, Option<u16>)>> {
    let (ring, tenant) = (vault.ring(), vault.ring().tenant());
    let version = |id: GuestId, sealed: &[u8], wrapped: Option<Vec<u8>>| {
        let key = ring.unwrap_key(id.uuid(), &wrapped?).ok()?;
        opened(&key, tenant, id, sealed).ok().map(|(version, _)| version)
    };
    let rows = c.all::<(GuestId, Vec<u8>, Option<Vec<u8>>)>(PAGE, args![from, limit]).await?;
    Ok(rows.into_iter().map(|(id, sealed, wrapped)| (id, version(id, &sealed, wrapped))).collect())
}

/// How many guests have no data key, though they were not erased: nobody can read them.
///
/// # Errors
/// The database fails.
pub async fn without_key(c: &mut Conn) -> Result<i64> {
    Ok(c.first::<(i64,)>(WITHOUT_KEY, args![]).await?.map_or(0, |(n,)| n))
}
