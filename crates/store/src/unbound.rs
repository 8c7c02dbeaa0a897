//! Rows that no entry of the journal binds: the ledger's own, data keys, kept answers, and what is still to be done. A verification reads
//! each of them as strictly as those that are bound. What it can hold them to beyond that, and what not, says docs/security/integrity.md.

use chrono::{DateTime, Utc};
use hefu_crypto::Aad;
use hefu_domain::{
    account::{Session, SignInFailures, UnmaskingCount},
    clock::TimeSeen,
    job::{Job, JournalCursor},
    journal::JournalEntry,
};
use uuid::Uuid;

use crate::{
    Conn, Idempotency, Record, StoreError, Table, Vault,
    binding::Found,
    evidence::{Standing, Unreadable, why},
    holder,
    sql::{Sql, statements},
    sqlite::Wanted,
    value::args,
};

type Result<T> = std::result::Result<T, StoreError>;

statements! {
    WAITING = "SELECT * FROM journal WHERE log_index IS NULL";
    ANSWERS = "SELECT * FROM idempotency";
    JOBS = "SELECT * FROM job";
    CURSORS = "SELECT * FROM journal_cursor";
    CLOCK = "SELECT * FROM clock";
    SESSIONS = "SELECT * FROM session";
    SEALS = "SELECT holder_id, rest, seal FROM holder_seal";
    HOLDERS = "SELECT holder_id FROM holder_seal UNION SELECT id FROM account UNION SELECT id FROM api_client
        UNION SELECT holder_id FROM access_grant UNION SELECT client_id FROM api_key UNION SELECT account_id FROM account_factor
        UNION SELECT account_id FROM recovery_code UNION SELECT account_id FROM passkey UNION SELECT account_id FROM provider_link";
    FAILURES = "SELECT * FROM sign_in_failures";
    UNMASKINGS = "SELECT * FROM unmasking_count";
    TREE = "SELECT id, size FROM ledger_tree";
    TILES = "SELECT level, tile, hashes FROM ledger_tile";
    CHECKPOINTS = "SELECT size, at, note FROM ledger_checkpoint";
    UNCOMPARED = "SELECT guest_id FROM guest_uncompared";
    KEYS = "SELECT owner, wrapped FROM keys.data_key";
    KEY_CHECKS = "SELECT key, version, value FROM key_check";
    KEY_STORES = "SELECT one, id FROM keys.key_store";
    KEYS_OF_ERASED = "SELECT k.owner FROM guest g JOIN keys.data_key k ON k.owner = g.id WHERE g.state = 'erased'";
}

/// What is wrong with a data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKeyFault {
    /// The ring does not open it for its owner.
    Altered,
    /// Its owner was erased, and it with it.
    Returned,
}

/// What is found out about rows that no entry binds.
pub trait Findings: Send {
    /// A row cannot be read as it was written.
    fn unreadable(&mut self, row: Unreadable);
    /// What binds the records to their keys is not as these keys have it.
    fn binding(&mut self);
    /// A data key is not as it was written.
    fn key(&mut self, owner: Uuid, fault: DataKeyFault);
    /// An answer kept under this key is not as it was written.
    fn answer(&mut self, key: &str);
    /// A tile is there: its level, its place, and how many bytes it has.
    fn tile(&mut self, level: i64, index: i64, bytes: usize);
}

/// Reads every row that no entry binds.
///
/// # Errors
/// The database fails.
pub async fn read(c: &mut Conn, vault: &Vault, findings: &mut dyn Findings) -> Result<()> {
    standing::<JournalEntry>(c, WAITING, findings).await?;
    answers(c, vault, findings).await?;
    standing::<Job>(c, JOBS, findings).await?;
    standing::<JournalCursor>(c, CURSORS, findings).await?;
    standing::<TimeSeen>(c, CLOCK, findings).await?;
    sessions(c, vault, findings).await?;
    holders(c, vault, findings).await?;
    standing::<SignInFailures>(c, FAILURES, findings).await?;
    standing::<UnmaskingCount>(c, UNMASKINGS, findings).await?;
    let columns = &["id", "size"];
    plain::<(i64, i64)>(c, TREE, "ledger_tree", columns, findings, |_, _| ()).await?;
    let columns = &["level", "tile", "hashes"];
    plain::<(i64, i64, Vec<u8>)>(
        c,
        TILES,
        "ledger_tile",
        columns,
        findings,
        |(level, index, hashes), findings| {
            findings.tile(level, index, hashes.len());
        },
    )
    .await?;
    let columns = &["size", "at", "note"];
    plain::<(i64, DateTime<Utc>, String)>(c, CHECKPOINTS, "ledger_checkpoint", columns, findings, |_, _| ())
        .await?;
    plain::<(Uuid,)>(c, UNCOMPARED, "guest_uncompared", &["guest_id"], findings, |_, _| ()).await?;
    plain::<(Uuid, Vec<u8>)>(
        c,
        KEYS,
        "data_key",
        &["owner", "wrapped"],
        findings,
        |(owner, wrapped), findings| {
            if vault.open(owner, &wrapped).is_err() {
                findings.key(owner, DataKeyFault::Altered);
            }
        },
    )
    .await?;
    let columns = &["key", "version", "value"];
    plain::<(String, i64, Vec<u8>)>(c, KEY_CHECKS, "key_check", columns, findings, |_, _| ()).await?;
    plain::<(i64, Uuid)>(c, KEY_STORES, "key_store", &["one", "id"], findings, |_, _| ()).await?;
    if !Found::by(c).await.is_ok_and(|found| found.is_exactly(&vault.ring())) {
        findings.binding();
    }
    for (owner,) in c.all::<(Uuid,)>(KEYS_OF_ERASED, args![]).await? {
        findings.key(owner, DataKeyFault::Returned);
    }
    Ok(())
}

/// Answers kept for repeated requests are sealed under the data key of the chain.
async fn answers(c: &mut Conn, vault: &Vault, findings: &mut dyn Findings) -> Result<()> {
    let key = vault.find(c, Uuid::nil()).await?;
    let tenant = vault.ring().tenant();
    c.each::<Standing<Idempotency>>(ANSWERS.0, |row| {
        match row?.0 {
            Ok(answer) => {
                let place = answer.place();
                let aad = Aad { tenant, table: Idempotency::NAME, column: &place, row: Uuid::nil() };
                if key.as_ref().is_none_or(|key| key.open(&aad, &answer.answer).is_err()) {
                    findings.answer(&answer.key);
                }
            }
            Err(unreadable) => findings.unreadable(unreadable),
        }
        Ok(())
    })
    .await
}

/// Sessions are sealed with a key of the ring.
async fn sessions(c: &mut Conn, vault: &Vault, findings: &mut dyn Findings) -> Result<()> {
    let ring = vault.ring();
    c.each::<Standing<Session>>(SESSIONS.0, |row| {
        match row?.0 {
            Ok(session) if crate::query::account::is_sealed(&ring, &session) => {}
            Ok(session) => findings.unreadable(Unreadable {
                name: format!("{} id={}", Session::NAME, session.id),
                why: "seal is of other contents, or of other keys".into(),
            }),
            Err(unreadable) => findings.unreadable(unreadable),
        }
        Ok(())
    })
    .await
}

/// What stands about accounts and programs is sealed with a key of the ring, of each together.
async fn holders(c: &mut Conn, vault: &Vault, findings: &mut dyn Findings) -> Result<()> {
    let columns = &["holder_id", "rest", "seal"];
    plain::<(Uuid, Vec<u8>, Vec<u8>)>(c, SEALS, "holder_seal", columns, findings, |_, _| ()).await?;
    let mut holders: Vec<Uuid> = Vec::new();
    c.each::<(Uuid,)>(HOLDERS.0, |row| {
        // A row that cannot be read is told with those of its table.
        holders.extend(row.map(|(holder,)| holder));
        Ok(())
    })
    .await?;
    let ring = vault.ring();
    for of in holders {
        let is_sealed = match holder::is_sealed(c, &ring, of).await {
            Err(StoreError::Corrupt { .. }) => false,
            known => known?,
        };
        if !is_sealed {
            let name = format!("holder_seal holder_id={of}");
            let why = "seal is of other rows of the account or program, or of other keys".into();
            findings.unreadable(Unreadable { name, why });
        }
    }
    Ok(())
}

async fn standing<T: Table>(c: &mut Conn, sql: Sql, findings: &mut dyn Findings) -> Result<()> {
    c.each::<Standing<T>>(sql.0, |row| {
        if let Err(unreadable) = row?.0 {
            findings.unreadable(unreadable);
        }
        Ok(())
    })
    .await
}

/// Rows of a table that is no type of the domain.
async fn plain<R: Record>(
    c: &mut Conn,
    sql: Sql,
    table: &str,
    columns: &[&str],
    findings: &mut dyn Findings,
    take: impl Fn(R, &mut dyn Findings) + Send,
) -> Result<()> {
    c.rows(sql.0, args![], |row| {
        match R::from_row(row) {
            Ok(row) => take(row, &mut *findings),
            Err(error) => {
                let name = format!("{table} {}={}", columns[0], row.shown(0));
                findings.unreadable(Unreadable { name, why: why(&error, columns) });
            }
        }
        Ok(Wanted::More)
    })
    .await
}
