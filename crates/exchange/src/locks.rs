//! A lock system that is spoken to line by line over TCP: the reference for what others are attached by, see `docs/locks.md`.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use hefu_app::lock::{LockAnswer, LockFault, LockOrder, LockSystem};
use hefu_domain::{
    ids::{KeyOrderId, RoomKeyId},
    lock::KeyOrderKind,
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long a lock system may take for an order, from the connection to the answer.
const WAIT: Duration = Duration::from_secs(4);

/// The longest answer, bytes.
const LONGEST: u64 = 4_096;

/// The most characters of a code that says why an order was refused.
const MOST_OF_CODE: usize = 64;

/// A lock system at an address.
#[derive(Debug, Clone)]
pub struct LineLocks {
    address: String,
}

/// An address that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address is host:port")]
pub struct NoAddress;

impl LineLocks {
    /// The one that listens at `host:port`.
    ///
    /// # Errors
    /// That is no address.
    pub fn new(address: &str) -> Result<Self, NoAddress> {
        let (host, port) = address.rsplit_once(':').ok_or(NoAddress)?;
        match port.parse::<u16>() {
            Ok(1..) if !host.is_empty() => Ok(Self { address: address.to_owned() }),
            _ => Err(NoAddress),
        }
    }
}

/// A line to the lock system.
#[derive(Serialize)]
struct Command<'a> {
    id: KeyOrderId,
    #[serde(rename = "do")]
    kind: KeyOrderKind,
    key: RoomKeyId,
    door: &'a str,
    until: DateTime<Utc>,
}

/// A line from it.
#[derive(Deserialize)]
struct Answer {
    id: KeyOrderId,
    ok: bool,
    #[serde(default)]
    code: Option<String>,
}

/// A code as it is kept: short, and nothing but letters, digits and signs.
fn code_of(said: Option<String>) -> String {
    let code: String =
        said.unwrap_or_default().chars().filter(char::is_ascii_graphic).take(MOST_OF_CODE).collect();
    match code.is_empty() {
        true => "refused".to_owned(),
        false => code,
    }
}

async fn ask(address: &str, order: &LockOrder) -> std::io::Result<Option<LockAnswer>> {
    let mut connection = TcpStream::connect(address).await?;
    let LockOrder { id, key, kind, room, valid_until } = order;
    let command = Command { id: *id, kind: *kind, key: *key, door: room, until: *valid_until };
    let mut line = serde_json::to_vec(&command)?;
    line.push(b'\n');
    connection.write_all(&line).await?;
    let mut lines = BufReader::new(connection.take(LONGEST)).lines();
    // What it says of other orders, or by itself, is no answer to this one.
    while let Some(line) = lines.next_line().await? {
        let answer = serde_json::from_str::<Answer>(&line).ok().filter(|answer| answer.id == *id);
        if let Some(answer) = answer {
            return Ok(Some(match answer.ok {
                true => LockAnswer::Done,
                false => LockAnswer::Refused { code: code_of(answer.code) },
            }));
        }
    }
    Ok(None)
}

impl LockSystem for LineLocks {
    fn carry_out<'a>(&'a self, order: &'a LockOrder) -> BoxFuture<'a, Result<LockAnswer, LockFault>> {
        Box::pin(async move {
            match timeout(WAIT, ask(&self.address, order)).await {
                Ok(Ok(Some(answer))) => Ok(answer),
                Ok(Ok(None) | Err(_)) => Err(LockFault::Unreachable),
                Err(_) => Err(LockFault::TimedOut),
            }
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        assert!(LineLocks::new("locks.example:4100").is_ok() && LineLocks::new("[::1]:4100").is_ok());
        for wrong in ["", "4100", ":4100", "locks.example", "locks.example:0", "locks.example:70000"] {
            assert_eq!(LineLocks::new(wrong).unwrap_err(), NoAddress, "{wrong}");
        }
    }

    #[test]
    fn codes_are_short_and_plain() {
        assert_eq!(code_of(None), "refused");
        assert_eq!(code_of(Some("no such\u{7} door\n".into())), "nosuchdoor");
        assert_eq!(code_of(Some("x".repeat(500))).len(), MOST_OF_CODE);
    }
}
