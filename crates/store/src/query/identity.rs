//! Which guests are one person: joins, and pairs that a person is asked about.

use std::sync::LazyLock;

use hefu_domain::{
    guest::{GuestMerge, GuestPair, IdentityPlan, IdentityRun, IdentityStep},
    ids::{GuestId, IdentityRunId, MergeId},
};
use hefu_kernel::{Currency, Money};

use crate::{
    Conn, GuestRow, StoreError, Tx,
    bulk::Inserts,
    sql::{Sql, statements},
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    MERGE = "SELECT * FROM guest_merge WHERE id = $1";
    MERGED = "SELECT * FROM guest_merge WHERE merged = $1 AND undone_at IS NULL";
    // With those that were undone: PostgreSQL would read the index of all joins that were not.
    ABSORBED = "SELECT * FROM guest_merge WHERE survivor = $1 ORDER BY at, id";
    // Both halves by an index of their own; a UNION takes a join of both sides once.
    HISTORY = "SELECT * FROM guest_merge WHERE survivor = $1
        UNION SELECT * FROM guest_merge WHERE merged = $1 AND undone_at IS NULL
        UNION SELECT * FROM guest_merge WHERE merged = $1 AND undone_at IS NOT NULL";
    MEMBERS = "SELECT * FROM guest WHERE merged_into = $1 ORDER BY id";
    PAIR = "SELECT * FROM guest_pair WHERE one = $1 AND two = $2";
    PAIRS = "SELECT * FROM guest_pair WHERE one = $1 UNION ALL SELECT * FROM guest_pair WHERE two = $1";
    // The likeliest first; the score of the last page's end continues.
    QUEUE = "SELECT * FROM guest_pair WHERE state = 'open' AND (score, one, two) < ($1, $2, $3)
        ORDER BY score DESC, one DESC, two DESC LIMIT $4";
    PAIR_COUNTS = "SELECT state, count(*) FROM guest_pair GROUP BY state ORDER BY state";
    MERGE_COUNTS = "SELECT automatic, count(*) FROM guest_merge WHERE undone_at IS NULL GROUP BY automatic ORDER BY automatic";
    GUESTS = "SELECT * FROM guest WHERE id > $1 ORDER BY id LIMIT $2";
    NEWEST = "SELECT * FROM guest ORDER BY id DESC LIMIT $1";
    LAST_RUN = "SELECT * FROM identity_run ORDER BY started_at DESC LIMIT 1";
    PLANS = "SELECT * FROM identity_plan ORDER BY id";
    STEPS = "SELECT * FROM identity_step WHERE plan_id = $1 ORDER BY place LIMIT $2";
    STEP_COUNT = "SELECT count(*) FROM identity_step WHERE plan_id = $1";
    STEPS_DONE = "DELETE FROM identity_step WHERE plan_id = $1 AND place <= $2 RETURNING *";
    UNCOMPARED = "SELECT guest_id FROM guest_uncompared ORDER BY guest_id";
    SOURCE_COUNT = "SELECT count(*) FROM source_profile";
    OF_SOURCES = "SELECT count(*) FROM source_profile WHERE guest_id = $1";
    OF_VISITS = "SELECT count(*) FROM guest_visit WHERE guest_id = $1";
    OF_FOLIOS = "SELECT f.currency, count(*), CAST(sum(f.balance) AS BIGINT) FROM guest_visit v
        JOIN folio f ON f.property_id = v.property_id AND f.visit_id = v.visit_id
        WHERE v.guest_id = $1 AND f.guest_id = $1 GROUP BY f.currency ORDER BY f.currency";
    STATE_COUNTS = "SELECT state, count(*) FROM guest GROUP BY state ORDER BY state";
}

/// A join.
///
/// # Errors
/// The database fails.
pub async fn merge(c: &mut Conn, id: MergeId) -> Result<Option<GuestMerge>> {
    c.first(MERGE, args![id]).await
}

/// The join by which a guest is part of another now.
///
/// # Errors
/// The database fails.
pub async fn merged(c: &mut Conn, guest: GuestId) -> Result<Option<GuestMerge>> {
    c.first(MERGED, args![guest]).await
}

/// The joins by which others are part of a guest now, the oldest first; not those further down.
///
/// # Errors
/// The database fails.
pub async fn absorbed(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestMerge>> {
    let mut merges: Vec<GuestMerge> = c.all(ABSORBED, args![guest]).await?;
    merges.retain(|merge| merge.undone_at.is_none());
    Ok(merges)
}

/// Every join that a guest ever had a part in, the oldest first.
///
/// # Errors
/// The database fails.
pub async fn history(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestMerge>> {
    let mut merges: Vec<GuestMerge> = c.all(HISTORY, args![guest]).await?;
    merges.sort_by_key(|merge| (merge.at, merge.id));
    Ok(merges)
}

/// The guests that are read as `guest` beside itself, at whatever depth.
///
/// # Errors
/// The database fails.
pub async fn members(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestRow>> {
    c.all(MEMBERS, args![guest]).await
}

/// What is known of a pair.
///
/// # Errors
/// The database fails.
pub async fn pair(c: &mut Conn, a: GuestId, b: GuestId) -> Result<Option<GuestPair>> {
    let (one, two) = GuestPair::ordered(a, b);
    c.first(PAIR, args![one, two]).await
}

/// Every pair of a guest.
///
/// # Errors
/// The database fails.
pub async fn pairs(c: &mut Conn, guest: GuestId) -> Result<Vec<GuestPair>> {
    c.all(PAIRS, args![guest]).await
}

/// Pairs a person is asked about, the likeliest first, after `after`.
///
/// # Errors
/// The database fails.
pub async fn queue(
    c: &mut Conn,
    after: Option<(i64, GuestId, GuestId)>,
    limit: i64,
) -> Result<Vec<GuestPair>> {
    let last = hefu_kernel::Id::from_uuid(uuid::Uuid::max());
    let (score, one, two) = after.unwrap_or((i64::MAX, last, last));
    c.all(QUEUE, args![score, one, two, limit]).await
}

/// Guests after `after` by id, whatever their state.
///
/// # Errors
/// The database fails.
pub async fn guests(c: &mut Conn, after: GuestId, limit: i64) -> Result<Vec<GuestRow>> {
    c.all(GUESTS, args![after, limit]).await
}

/// The guests made last.
///
/// # Errors
/// The database fails.
pub async fn newest(c: &mut Conn, limit: i64) -> Result<Vec<GuestRow>> {
    c.all(NEWEST, args![limit]).await
}

/// The last comparison of all guests.
///
/// # Errors
/// The database fails.
pub async fn last_run(c: &mut Conn) -> Result<Option<IdentityRun>> {
    c.first(LAST_RUN, args![]).await
}

/// Comparisons of all guests that are not done yet: one, or none, unless two were begun at the same moment.
///
/// # Errors
/// The database fails.
pub async fn plans(c: &mut Conn) -> Result<Vec<IdentityPlan>> {
    c.all(PLANS, args![]).await
}

/// What is to be done next of a comparison, at most `limit` steps.
///
/// # Errors
/// The database fails.
pub async fn steps(c: &mut Conn, plan: IdentityRunId, limit: i64) -> Result<Vec<IdentityStep>> {
    c.all(STEPS, args![plan, limit]).await
}

/// How many steps of a comparison are still to be done.
///
/// # Errors
/// The database fails.
pub async fn steps_left(c: &mut Conn, plan: IdentityRunId) -> Result<i64> {
    Ok(c.first::<(i64,)>(STEP_COUNT, args![plan]).await?.map_or(0, |(n,)| n))
}

/// Takes the steps of a comparison up to this place away.
///
/// # Errors
/// The database fails.
pub async fn steps_done(tx: &mut Tx, plan: IdentityRunId, place: i64) -> Result<()> {
    tx.removed::<IdentityStep>(STEPS_DONE, args![plan, place]).await.map(drop)
}

/// Guests that have not been compared with all others.
///
/// # Errors
/// The database fails.
pub async fn uncompared(c: &mut Conn) -> Result<Vec<GuestId>> {
    Ok(c.all::<(GuestId,)>(UNCOMPARED, args![]).await?.into_iter().map(|(guest,)| guest).collect())
}

static TO_COMPARE: LazyLock<Inserts> = LazyLock::new(|| Inserts::of("guest_uncompared", &["guest_id"]));

/// Names guests who are made in this unit as those that are to be compared with all others.
pub(crate) async fn all_to_compare(tx: &mut Tx, new: impl Iterator<Item = GuestId>) -> Result<()> {
    let values = new.flat_map(|guest| args![guest]).collect();
    tx.insert_rows(&TO_COMPARE, values).await
}

/// On SQLite once for each guest, on PostgreSQL once for all.
pub(crate) const COMPARED: [Sql; 2] = [
    Sql("DELETE FROM guest_uncompared WHERE guest_id = $1"),
    Sql("DELETE FROM guest_uncompared WHERE guest_id = ANY($1)"),
];

/// These guests have been compared with all others.
///
/// # Errors
/// The database fails.
pub async fn compared(tx: &mut Tx, guests: &[GuestId]) -> Result<()> {
    let sql = COMPARED[usize::from(!tx.is_sqlite())];
    let values = guests.iter().flat_map(|guest| args![*guest]).collect();
    tx.execute_rows(sql, 1, values).await
}

/// What belongs to a guest under its own id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belongings {
    /// Source records.
    pub sources: i64,
    /// Visits it has a part in.
    pub visits: i64,
    /// Windows of bills made out to it.
    pub folios: i64,
    /// What is to be paid on them, by currency.
    pub balances: Vec<Money>,
}

/// Counts what belongs to a guest.
///
/// # Errors
/// The database fails.
pub async fn belongings(c: &mut Conn, guest: GuestId) -> Result<Belongings> {
    let count = |row: Option<(i64,)>| row.map_or(0, |(n,)| n);
    let folios = c.all::<(Currency, i64, i64)>(OF_FOLIOS, args![guest]).await?;
    Ok(Belongings {
        sources: count(c.first(OF_SOURCES, args![guest]).await?),
        visits: count(c.first(OF_VISITS, args![guest]).await?),
        folios: folios.iter().map(|(_, count, _)| count).sum(),
        balances: folios.into_iter().map(|(currency, _, minor)| Money::new(minor, currency)).collect(),
    })
}

/// How many there are of what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Guests by state.
    pub guests: Vec<(String, i64)>,
    /// Source records.
    pub sources: i64,
    /// Pairs by state.
    pub pairs: Vec<(String, i64)>,
    /// Joins that stand, by whether the model decided them.
    pub merges: Vec<(bool, i64)>,
}

/// Counts everything.
///
/// # Errors
/// The database fails.
pub async fn counts(c: &mut Conn) -> Result<Counts> {
    Ok(Counts {
        guests: c.all(STATE_COUNTS, args![]).await?,
        sources: c.first::<(i64,)>(SOURCE_COUNT, args![]).await?.map_or(0, |(n,)| n),
        pairs: c.all(PAIR_COUNTS, args![]).await?,
        merges: c.all(MERGE_COUNTS, args![]).await?,
    })
}

// In ascending order, so that two units never wait for each other's; the one below zero is shared.
const LOCK: Sql = Sql(
    "SELECT CASE WHEN lock < 0 THEN pg_advisory_xact_lock_shared(lock) ELSE pg_advisory_xact_lock(lock) END
    FROM (SELECT unnest($1::bigint[]) AS lock ORDER BY lock) locks",
);
const LOCK_OUT: Sql = Sql("SELECT pg_advisory_xact_lock(lock) FROM unnest($1::bigint[]) AS lock");

/// Keeps everybody else who looks for a guest under one of these tokens waiting until this unit ends: of two who enter the same new guest at
/// the same moment, the second finds the guest of the first. The embedded engine has one writer and needs nothing.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock(tx: &mut Tx, tokens: &[i64]) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    // A few thousand locks for all tokens: many guests must not fill the server's table of locks.
    let mut locks: Vec<i64> = tokens.iter().map(|token| LOCKS | token & 0xfff).collect();
    locks.push(MANY);
    locks.sort_unstable();
    locks.dedup();
    take(tx, LOCK, locks).await
}

/// The same for very many guests at once, under whatever tokens: waits for everybody who holds a [`lock`], and lets nobody take one until
/// this unit ends. It comes before anything else that a unit locks.
///
/// # Errors
/// The database fails, or asks to try again.
pub async fn lock_out(tx: &mut Tx) -> Result<()> {
    take(tx, LOCK_OUT, vec![MANY]).await
}

async fn take(tx: &mut Tx, sql: Sql, locks: Vec<i64>) -> Result<()> {
    if tx.is_sqlite() {
        return Ok(());
    }
    let values = locks.into_iter().flat_map(|lock| args![lock]).collect();
    tx.execute_rows(sql, 1, values).await
}

/// Tells these locks from any others: "hefu" in ASCII.
const LOCKS: i64 = 0x6865_6675 << 12;
/// Shared by all who take locks of single tokens.
const MANY: i64 = -LOCKS;
