//! What is watched of accounts: alarms, canaries, and how much was unmasked on a day.

use chrono::NaiveDate;
use hefu_domain::{
    account::{Alarm, Canary},
    ids::{AlarmId, GuestId},
};
use uuid::Uuid;

use crate::{Conn, StoreError, Tx, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    ALARM = "SELECT * FROM alarm WHERE id = $1";
    ALARMS = "SELECT * FROM alarm WHERE id < $1 ORDER BY id DESC LIMIT $2";
    UNSEEN = "SELECT * FROM alarm WHERE seen_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2";
    CANARY = "SELECT * FROM canary WHERE guest_id = $1";
    CANARIES = "SELECT * FROM canary ORDER BY guest_id LIMIT $1";
    COUNT = "INSERT INTO unmasking_count (day, holder_id, used) VALUES ($1, $2, $3)
        ON CONFLICT (day, holder_id) DO UPDATE SET used = unmasking_count.used + $3";
    COUNTED = "SELECT used FROM unmasking_count WHERE day = $1 AND holder_id = $2";
    FORGET = "DELETE FROM unmasking_count WHERE day < $1";
}

/// An alarm.
///
/// # Errors
/// The database fails.
pub async fn alarm(c: &mut Conn, id: AlarmId) -> Result<Option<Alarm>> {
    c.first(ALARM, args![id]).await
}

/// Alarms before one, the latest first; all, or those that no auditor has seen.
///
/// # Errors
/// The database fails.
pub async fn alarms(c: &mut Conn, before: AlarmId, unseen: bool, limit: i64) -> Result<Vec<Alarm>> {
    c.all(if unseen { UNSEEN } else { ALARMS }, args![before, limit]).await
}

/// The mark of a guest, if it has one.
///
/// # Errors
/// The database fails.
pub async fn canary(c: &mut Conn, guest: GuestId) -> Result<Option<Canary>> {
    c.first(CANARY, args![guest]).await
}

/// The guests that are marked.
///
/// # Errors
/// The database fails.
pub async fn canaries(c: &mut Conn, limit: i64) -> Result<Vec<Canary>> {
    c.all(CANARIES, args![limit]).await
}

/// Counts so many more people whose data was unmasked on a day; answers how many it were on that day.
///
/// # Errors
/// The database fails.
pub async fn count_unmaskings(tx: &mut Tx, day: NaiveDate, holder: Uuid, more: i64) -> Result<i64> {
    tx.execute(COUNT, args![day, holder, more]).await?;
    let counted: Option<(i64,)> = tx.first(COUNTED, args![day, holder]).await?;
    Ok(counted.map_or(more, |(used,)| used))
}

/// Forgets what was counted on days before one.
///
/// # Errors
/// The database fails.
pub async fn forget_unmaskings(tx: &mut Tx, before: NaiveDate) -> Result<u64> {
    tx.execute(FORGET, args![before]).await
}
