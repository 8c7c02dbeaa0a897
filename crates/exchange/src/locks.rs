//! A lock system that is spoken to line by line over TCP, encrypted unless it is told otherwise: the reference for what others are attached by, see
//! `docs/locks.md`.

use std::{fmt, io, net::IpAddr, path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use hefu_app::lock::{LockAnswer, LockFault, LockOrder, LockSystem};
use hefu_domain::{
    ids::{KeyOrderId, RoomKeyId},
    lock::KeyOrderKind,
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a lock system may take for an order, from the connection to the answer.
const WAIT: Duration = Duration::from_secs(4);

/// The longest answer, bytes.
const LONGEST: u64 = 4_096;

/// The most characters of a code that says why an order was refused.
const MOST_OF_CODE: usize = 64;

/// A lock system at an address.
#[derive(Clone)]
pub struct LineLocks {
    address: String,
    /// What connects to it, and the name that its certificate has to have; none: in clear.
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl fmt::Debug for LineLocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineLocks").field("address", &self.address).finish_non_exhaustive()
    }
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
            Ok(1..) if !host.is_empty() => Ok(Self { address: address.to_owned(), tls: None }),
            _ => Err(NoAddress),
        }
    }

    /// The same, spoken to over TLS. `authority`: its certificate, or that of who issued it, and nobody else's counts; `own`: certificate and key that
    /// we are known by, if it asks who makes keys. All are files in PEM.
    ///
    /// # Errors
    /// A file cannot be read, or holds something else.
    pub fn over_tls(self, authority: &Path, own: Option<(&Path, &Path)>) -> io::Result<Self> {
        let name = ServerName::try_from(self.host().to_owned()).map_err(io::Error::other)?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates(authority)? {
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let known = ClientConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(io::Error::other)?
            .with_root_certificates(roots);
        let config = match own {
            None => known.with_no_client_auth(),
            Some((certificate, key)) => {
                let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
                known.with_client_auth_cert(certificates(certificate)?, key).map_err(io::Error::other)?
            }
        };
        Ok(Self { tls: Some((TlsConnector::from(Arc::new(config)), name)), ..self })
    }

    /// Name or address of its machine.
    fn host(&self) -> &str {
        let host = self.address.rsplit_once(':').map_or(self.address.as_str(), |(host, _)| host);
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether it is on this machine, so that nobody is on the way to it.
    pub fn is_here(&self) -> bool {
        let host = self.host();
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

/// The certificates of a file; there is at least one.
fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(io::Error::other)?;
    if found.is_empty() {
        return Err(io::Error::other("no certificate in it"));
    }
    Ok(found)
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

async fn ask(locks: &LineLocks, order: &LockOrder) -> io::Result<Option<LockAnswer>> {
    let connection = TcpStream::connect(&locks.address).await?;
    match &locks.tls {
        None => tell(connection, order).await,
        Some((connector, name)) => tell(connector.connect(name.clone(), connection).await?, order).await,
    }
}

/// Tells the order over a connection, and reads what became of it.
async fn tell(
    mut connection: impl AsyncRead + AsyncWrite + Unpin,
    order: &LockOrder,
) -> io::Result<Option<LockAnswer>> {
    let LockOrder { id, key, kind, room, valid_until } = order;
    let command = Command { id: *id, kind: *kind, key: *key, door: room, until: *valid_until };
    let mut line = serde_json::to_vec(&command)?;
    line.push(b'\n');
    connection.write_all(&line).await?;
    connection.flush().await?;
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
            match timeout(WAIT, ask(self, order)).await {
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
    use rustls::{ServerConfig, server::WebPkiClientVerifier};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A certificate with its key, in files.
    fn made(dir: &Path, name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let files = (dir.join(format!("{name}.crt")), dir.join(format!("{name}.key")));
        std::fs::write(&files.0, made.cert.pem()).unwrap();
        std::fs::write(&files.1, made.signing_key.serialize_pem()).unwrap();
        files
    }

    /// A gateway with this certificate that does what whoever shows the other one wants; answers its address.
    async fn gateway(own: &(std::path::PathBuf, std::path::PathBuf), desk: &Path) -> String {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        for certificate in certificates(desk).unwrap() {
            roots.add(certificate).unwrap();
        }
        let asks = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_client_cert_verifier(asks.build().unwrap())
            .with_single_cert(certificates(&own.0).unwrap(), PrivateKeyDer::from_pem_file(&own.1).unwrap())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let Ok(connection) = acceptor.accept(connection).await else { continue };
                let mut lines = BufReader::new(connection);
                let mut line = String::new();
                if lines.read_line(&mut line).await.is_ok_and(|read| read > 0) {
                    let asked: serde_json::Value = serde_json::from_str(&line).unwrap();
                    let answer = serde_json::json!({ "id": asked["id"], "ok": true }).to_string() + "\n";
                    lines.get_mut().write_all(answer.as_bytes()).await.unwrap();
                    lines.get_mut().flush().await.unwrap();
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn a_gateway_is_known_by_its_certificate_and_knows_who_makes_keys() {
        let dir = tempfile::tempdir().unwrap();
        let [gate, desk, stranger] = ["gate", "desk", "stranger"].map(|name| made(dir.path(), name));
        let address = gateway(&gate, &desk.0).await;
        let order = LockOrder {
            id: KeyOrderId::NIL,
            key: RoomKeyId::NIL,
            kind: KeyOrderKind::Issue,
            room: "0401".into(),
            valid_until: DateTime::UNIX_EPOCH,
        };
        let tell = async |authority: &Path, own: Option<(&Path, &Path)>| {
            let locks = LineLocks::new(&address).unwrap().over_tls(authority, own).unwrap();
            locks.carry_out(&order).await
        };
        let ours = (desk.0.as_path(), desk.1.as_path());
        assert!(matches!(tell(gate.0.as_path(), Some(ours)).await, Ok(LockAnswer::Done)));
        // Another gateway in its place, somebody else in ours, or nobody.
        let other = (stranger.0.as_path(), stranger.1.as_path());
        let (right, wrong) = (gate.0.as_path(), stranger.0.as_path());
        for (authority, own) in [(wrong, Some(ours)), (right, Some(other)), (right, None)] {
            assert!(matches!(tell(authority, own).await, Err(LockFault::Unreachable)), "{authority:?}");
        }
        assert!(LineLocks::new(&address).unwrap().over_tls(&gate.1, None).is_err(), "that is a key");
    }

    #[test]
    fn what_is_on_this_machine_is_known() {
        for (address, here) in [
            ("localhost:1", true),
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("192.0.2.7:1", false),
            ("localhost.example:1", false),
        ] {
            assert_eq!(LineLocks::new(address).unwrap().is_here(), here, "{address}");
        }
    }

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
