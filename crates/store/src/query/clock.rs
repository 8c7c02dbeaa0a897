//! What is known of the time.

use hefu_domain::clock::TimeSeen;

use crate::{Conn, StoreError, Tx, sql::statements, value::args};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    FIND = "SELECT * FROM clock WHERE id = 1";
    BEGIN = "INSERT INTO clock (id, running, believed, wall, boot, elapsed, version) VALUES (1, $1, $2, $3, $4, $5, 1) ON CONFLICT (id) DO NOTHING";
    ADVANCE = "UPDATE clock SET running = $2, believed = $3, wall = $4, boot = $5, elapsed = $6, version = version + 1 WHERE id = 1 AND version = $1";
}

/// What was known when somebody last looked; none before anybody has.
///
/// # Errors
/// The database fails.
pub async fn find(c: &mut Conn) -> Result<Option<TimeSeen>> {
    c.first(FIND, args![]).await
}

/// Writes what is known now, on top of the row of the same version.
///
/// # Errors
/// [`StoreError::Conflict`] when there is another: another server was quicker.
pub async fn keep(tx: &mut Tx, now: &TimeSeen, is_first: bool) -> Result<()> {
    let TimeSeen { running, believed, wall, boot, elapsed, version, .. } = now.clone();
    let written = match is_first {
        true => tx.execute(BEGIN, args![running, believed, wall, boot, elapsed]).await?,
        false => tx.execute(ADVANCE, args![version, running, believed, wall, boot, elapsed]).await?,
    };
    match written {
        0 => Err(StoreError::Conflict { table: "clock".into() }),
        _ => Ok(()),
    }
}
