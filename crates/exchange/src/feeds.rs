//! Other hotel systems, asked over HTTPS, or without on this machine. An address that somebody entered is not to lead to what only this machine or its network can
//! reach: every address that a name has is looked at before anything is connected, and what was looked at is what is connected to. Redirections are not followed, and
//! what we are known by is sent nowhere else.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::{Pin, pin},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use hefu_app::channel::client::{FeedAnswer, FeedClient, FeedFault, FeedRequest};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Method, Request, Uri,
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::TlsConnector;

use crate::calendars::{connector, is_public};

/// The largest answer that is read, bytes.
const LARGEST: usize = 16 << 20;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Asks other hotel systems.
#[derive(Clone)]
pub struct HttpFeeds {
    tls: TlsConnector,
    /// Whether addresses of private networks, and of this machine, may be asked, too.
    private: bool,
}

impl fmt::Debug for HttpFeeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFeeds").field("private", &self.private).finish_non_exhaustive()
    }
}

/// Where a request goes.
struct Target {
    uri: Uri,
    name: String,
    is_encrypted: bool,
    address: SocketAddr,
}

impl HttpFeeds {
    /// A client that trusts the certificates that this machine trusts. `private`: also of addresses of private networks and of this machine.
    ///
    /// # Errors
    /// The machine's certificates cannot be read.
    pub fn new(private: bool) -> io::Result<Self> {
        Ok(Self { tls: connector()?, private })
    }

    /// Where an address leads, if that may be asked.
    async fn target(&self, url: &str) -> Result<Target, FeedFault> {
        let uri: Uri = url.parse().map_err(|_| FeedFault::NotAllowed)?;
        let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let host = uri.host().filter(|_| is_plain).ok_or(FeedFault::NotAllowed)?;
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(FeedFault::NotAllowed),
        };
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        let found = lookup_host((name.as_str(), port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| FeedFault::Unreachable)?.collect();
        // One that may not be asked among others is reason enough: which is taken is chance.
        let may_be_asked = |address: &SocketAddr| match is_encrypted {
            true => self.private || is_public(address.ip()),
            false => self.private && address.ip().is_loopback(),
        };
        if !found.iter().all(may_be_asked) {
            return Err(FeedFault::NotAllowed);
        }
        let address = *found.first().ok_or(FeedFault::Unreachable)?;
        Ok(Target { uri, name, is_encrypted, address })
    }

    async fn answer(&self, request: &FeedRequest) -> Result<FeedAnswer, FeedFault> {
        let target = self.target(&request.url).await?;
        let asked = asked(request, &target.uri)?;
        self.carry(asked, target).await.map_err(|error| {
            // An answer that is too large is one that cannot be read.
            if error.kind() == io::ErrorKind::InvalidData {
                FeedFault::Malformed
            } else {
                FeedFault::Unreachable
            }
        })
    }

    async fn carry(&self, asked: Request<Full<Bytes>>, target: Target) -> io::Result<FeedAnswer> {
        let connection = TcpStream::connect(target.address).await?;
        let connection: Pin<Box<dyn Stream>> = if target.is_encrypted {
            let server = ServerName::try_from(target.name).map_err(io::Error::other)?;
            Box::pin(self.tls.connect(server, connection).await.map_err(io::Error::other)?)
        } else {
            Box::pin(connection)
        };
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(connection))
            .await
            .map_err(io::Error::other)?;
        let mut answer = pin!(async {
            let answer = sender.send_request(asked).await.map_err(io::Error::other)?;
            let status = answer.status().as_u16();
            let retry_after = answer.headers().get(header::RETRY_AFTER);
            let retry_after = retry_after.and_then(|after| after.to_str().ok()).map(str::to_owned);
            let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(unreadable)?;
            let body = String::from_utf8(body.to_bytes().to_vec());
            // What is wrong with a request is said in whatever form.
            let body = match body {
                Ok(body) => body,
                Err(_) if status != 200 => String::new(),
                Err(_) => return Err(io::ErrorKind::InvalidData.into()),
            };
            Ok::<_, io::Error>(FeedAnswer { status, retry_after, body })
        });
        // The connection is driven for as long as the answer is read; what came before it ended is read to its end.
        tokio::select! {
            answer = &mut answer => answer,
            driven = connection => {
                driven.map_err(io::Error::other)?;
                answer.await
            }
        }
    }
}

/// Why a body could not be read: it is too large, or was cut off.
fn unreadable(error: Box<dyn std::error::Error + Send + Sync>) -> io::Error {
    if error.is::<http_body_util::LengthLimitError>() {
        io::ErrorKind::InvalidData.into()
    } else {
        io::Error::other(error)
    }
}

/// The request as it is sent.
fn asked(request: &FeedRequest, uri: &Uri) -> Result<Request<Full<Bytes>>, FeedFault> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let method = if request.body.is_some() { Method::POST } else { Method::GET };
    let mut asked = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, authority)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "hefu");
    for (name, value) in &request.headers {
        let name: HeaderName = name.parse().map_err(|_| FeedFault::NotAllowed)?;
        let mut value: HeaderValue = value.parse().map_err(|_| FeedFault::Malformed)?;
        value.set_sensitive(true);
        asked = asked.header(name, value);
    }
    let body = match &request.body {
        Some((kind, body)) => {
            asked = asked.header(header::CONTENT_TYPE, *kind);
            Bytes::from(body.clone())
        }
        None => Bytes::new(),
    };
    asked.body(Full::new(body)).map_err(|_| FeedFault::NotAllowed)
}

impl FeedClient for HttpFeeds {
    fn ask<'a>(&'a self, request: &'a FeedRequest) -> BoxFuture<'a, Result<FeedAnswer, FeedFault>> {
        async move {
            let answer = tokio::time::timeout(PATIENCE, self.answer(request)).await;
            answer.unwrap_or(Err(FeedFault::Unreachable))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> FeedRequest {
        FeedRequest { url: url.to_owned(), headers: Vec::new(), body: None }
    }

    #[tokio::test]
    async fn what_is_private_is_not_asked() {
        // A machine without certificates has no client; there is nothing to ask then.
        let Ok(client) = HttpFeeds::new(false) else { return };
        for url in [
            "https://127.0.0.1:1/",
            "https://localhost:1/",
            "https://[::1]:1/",
            "https://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:1/",
            "http://localhost:1/",
            "https://user@example.com/",
            "file:///etc/passwd",
            "/path",
            "",
        ] {
            assert_eq!(client.ask(&get(url)).await, Err(FeedFault::NotAllowed), "{url}");
        }
        // Without encryption nothing leaves this machine, whatever is set up.
        let client = HttpFeeds { private: true, ..client };
        assert_eq!(client.ask(&get("http://10.0.0.1/")).await, Err(FeedFault::NotAllowed));
        assert_eq!(client.ask(&get("http://127.0.0.1:1/")).await, Err(FeedFault::Unreachable));
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let request = FeedRequest {
            url: "https://example.com/a".into(),
            headers: vec![("authorization", "Bearer secret".into())],
            body: Some(("application/json", "secret".into())),
        };
        assert!(!format!("{request:?}").contains("secret"));
    }
}
