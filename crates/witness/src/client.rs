//! How a witness is asked.

use std::{io, net::IpAddr, str::FromStr, time::Duration};

use bytes::Bytes;
use hefu_ledger::{AddCheckpoint, origin_hash};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{Method, Request, StatusCode, Uri, header};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest answer that is read, bytes.
const LONGEST: usize = 64 << 10;

/// Where a witness is: HTTPS, or HTTP on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessUrl(String);

/// An address cannot be a witness's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no address of a witness: https://…, or http://127.0.0.1:… on this machine, without a query")]
pub struct UrlError;

impl std::fmt::Display for WitnessUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WitnessUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: Uri = text.parse().map_err(|_| UrlError)?;
        let host = url.host().ok_or(UrlError)?.trim_start_matches('[').trim_end_matches(']');
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let is_allowed = match url.scheme_str() {
            Some("https") => true,
            Some("http") => is_here,
            _ => false,
        };
        // A name and a password in an address would come into logs.
        let is_plain = url.query().is_none()
            && url.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        if is_allowed && is_plain { Ok(Self(text.trim_end_matches('/').to_owned())) } else { Err(UrlError) }
    }
}

/// What a witness answers to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// The lines with its cosignatures.
    Cosigned(String),
    /// It saw the ledger with this many entries last.
    OtherSize(u64),
    /// It does not cosign; the HTTP status says why.
    Refused(u16),
}

/// A witness cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It does not answer.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It takes too long.
    #[error("it does not answer within {} seconds", PATIENCE.as_secs())]
    TimedOut,
    /// Its answer is none.
    #[error("its answer is not one of a witness")]
    Malformed,
    /// It has trouble of its own.
    #[error("it answers with status {0}")]
    Failed(u16),
}

/// Asks witnesses. Cheap to clone; connections are kept open.
#[derive(Clone)]
pub struct WitnessClient(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl std::fmt::Debug for WitnessClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WitnessClient(..)")
    }
}

impl WitnessClient {
    /// A client that trusts the certificates that this machine trusts, over TLS 1.3.
    ///
    /// # Errors
    /// The machine's certificates cannot be read.
    pub fn new() -> io::Result<Self> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(io::Error::other)?
            .with_native_roots()?
            .with_no_client_auth();
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(https)))
    }

    async fn ask(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Option<String>, String), AskError> {
        let answer = async {
            let answer = self.0.request(request).await;
            let answer = answer.map_err(|error| AskError::Unreachable(root_cause(&error)))?;
            let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
            let (status, kind) = (answer.status(), kind.map(str::to_owned));
            let body = Limited::new(answer.into_body(), LONGEST).collect().await;
            let body = body.map_err(|error| AskError::Unreachable(root_cause(&*error)))?.to_bytes();
            let body = String::from_utf8(body.to_vec()).map_err(|_| AskError::Malformed)?;
            Ok((status, kind, body))
        };
        tokio::time::timeout(PATIENCE, answer).await.map_err(|_| AskError::TimedOut)?
    }

    /// Asks a witness to cosign a checkpoint.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a witness.
    pub async fn add(&self, witness: &WitnessUrl, request: &AddCheckpoint) -> Result<Added, AskError> {
        let body = Full::new(Bytes::from(request.to_string()));
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{witness}/add-checkpoint"))
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(body)
            .map_err(|_| AskError::Malformed)?;
        let (status, kind, body) = self.ask(request).await?;
        match status.as_u16() {
            200 => Ok(Added::Cosigned(body)),
            409 if kind.as_deref() == Some("text/x.tlog.size") => {
                let size = body.strip_suffix('\n').and_then(|size| size.parse().ok());
                size.map(Added::OtherSize).ok_or(AskError::Malformed)
            }
            400 | 403 | 404 | 422 => Ok(Added::Refused(status.as_u16())),
            other => Err(AskError::Failed(other)),
        }
    }

    /// The checkpoint of a ledger that a witness cosigned last; none: it never has.
    ///
    /// # Errors
    /// It cannot be reached, or does not answer as a witness.
    pub async fn latest(&self, witness: &WitnessUrl, origin: &str) -> Result<Option<String>, AskError> {
        let request = Request::get(format!("{witness}/{}/checkpoint", origin_hash(origin)))
            .body(Full::default())
            .map_err(|_| AskError::Malformed)?;
        let (status, _, body) = self.ask(request).await?;
        match status.as_u16() {
            200 => Ok(Some(body)),
            404 => Ok(None),
            other => Err(AskError::Failed(other)),
        }
    }
}

/// What is behind an error that says only that a connection failed.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_is_asked_over_tls_or_on_this_machine() {
        for good in [
            "https://witness.example",
            "https://witness.example:8443/hefu/",
            "http://127.0.0.1:8099/witness",
            "http://[::1]:8099",
            "http://localhost:8099",
        ] {
            let read = good.parse::<WitnessUrl>().map(|url| url.to_string());
            assert_eq!(read.as_deref(), Ok(good.trim_end_matches('/')));
        }
        for bad in [
            "",
            "witness.example",
            "http://witness.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://user:secret@witness.example",
            "https://witness.example/?a",
        ] {
            assert_eq!(bad.parse::<WitnessUrl>(), Err(UrlError), "{bad}");
        }
    }

    /// What is asked of a witness is asked of nobody else, wherever it sends us.
    #[tokio::test]
    async fn no_redirection_is_followed() -> io::Result<()> {
        use std::{
            io::{Read as _, Write as _},
            net::TcpListener,
        };

        const REDIRECTIONS: [u16; 4] = [301, 302, 307, 308];
        let (witness, elsewhere) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
        elsewhere.set_nonblocking(true)?;
        let (at, to) = (witness.local_addr()?, elsewhere.local_addr()?);
        std::thread::spawn(move || -> io::Result<()> {
            for (stream, status) in witness.incoming().zip(REDIRECTIONS) {
                let mut stream = stream?;
                let mut asked = [0; 4_096];
                if stream.read(&mut asked)? > 0 {
                    let head = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: http://{to}/\r\n");
                    stream.write_all((head + "Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes())?;
                }
            }
            Ok(())
        });
        let client = WitnessClient::new()?;
        let witness: WitnessUrl = format!("http://{at}").parse().map_err(io::Error::other)?;
        for status in REDIRECTIONS {
            let answer = client.latest(&witness, "example").await;
            assert!(matches!(answer, Err(AskError::Failed(told)) if told == status), "{status}: {answer:?}");
        }
        assert!(elsewhere.accept().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock));
        Ok(())
    }
}
