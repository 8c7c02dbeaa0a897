//! Calendars of channels, read over HTTPS. An address that somebody entered is not to lead to what only this machine or its network can reach: every address
//! that a name has is looked at before anything is connected, and what was looked at is what is connected to. Redirections are not followed.

use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{FutureExt as _, future::BoxFuture};
use hefu_app::channel::calendar::{CalendarFault, CalendarReader};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Request, StatusCode, Uri, header};
use hyper_rustls::ConfigBuilderExt as _;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

/// The largest calendar that is read, bytes.
const LARGEST: usize = 2 << 20;

/// Reads calendars over HTTPS.
#[derive(Clone)]
pub struct HttpsCalendars {
    tls: TlsConnector,
    /// Whether addresses of private networks may be read, too.
    private: bool,
}

impl fmt::Debug for HttpsCalendars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpsCalendars").field("private", &self.private).finish_non_exhaustive()
    }
}

impl HttpsCalendars {
    /// A reader that trusts the certificates that this machine trusts. `private`: also of addresses of private networks.
    ///
    /// # Errors
    /// The machine's certificates cannot be read.
    pub fn new(private: bool) -> io::Result<Self> {
        Ok(Self { tls: connector()?, private })
    }

    async fn ask(&self, url: &str) -> Result<String, CalendarFault> {
        let uri: Uri = url.parse().map_err(|_| CalendarFault::NotAllowed)?;
        let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let host = uri.host().filter(|_| is_plain && uri.scheme_str() == Some("https"));
        let host = host.ok_or(CalendarFault::NotAllowed)?;
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let found = lookup_host((name.as_str(), uri.port_u16().unwrap_or(443))).await;
        let found: Vec<SocketAddr> = found.map_err(|_| CalendarFault::Unreachable)?.collect();
        // One that is private among others is reason enough: which is taken is chance.
        if !self.private && !found.iter().all(|address| is_public(address.ip())) {
            return Err(CalendarFault::NotAllowed);
        }
        let first = found.first().ok_or(CalendarFault::Unreachable)?;
        let read = async {
            let connection = TcpStream::connect(first).await?;
            let server = ServerName::try_from(name).map_err(io::Error::other)?;
            let connection = self.tls.connect(server, connection).await?;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(connection))
                .await
                .map_err(io::Error::other)?;
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let authority = uri.authority().map_or("", |authority| authority.as_str());
            let request = Request::get(path)
                .header(header::HOST, authority)
                .header(header::ACCEPT, "text/calendar")
                .header(header::USER_AGENT, "hefu")
                .body(Empty::<Bytes>::new())
                .map_err(io::Error::other)?;
            let mut answer = pin!(async {
                let answer = sender.send_request(request).await.map_err(io::Error::other)?;
                if answer.status() != StatusCode::OK {
                    return Ok(None);
                }
                let body = Limited::new(answer.into_body(), LARGEST).collect().await;
                Ok::<_, io::Error>(
                    body.ok().and_then(|body| String::from_utf8(body.to_bytes().to_vec()).ok()),
                )
            });
            // The connection is driven for as long as the answer is read; what came before it ended is read to its end.
            tokio::select! {
                answer = &mut answer => answer,
                driven = connection => {
                    driven.map_err(io::Error::other)?;
                    answer.await
                }
            }
        };
        let answered = read.await.map_err(|_: io::Error| CalendarFault::Unreachable)?;
        answered.ok_or(CalendarFault::Refused)
    }
}

impl CalendarReader for HttpsCalendars {
    fn read<'a>(&'a self, url: &'a str) -> BoxFuture<'a, Result<String, CalendarFault>> {
        self.ask(url).boxed()
    }
}

/// What connects to servers whose certificates this machine trusts.
pub(crate) fn connector() -> io::Result<TlsConnector> {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(io::Error::other)?
        .with_native_roots()?
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// Whether an address is of the public internet (IANA's registries of special-purpose addresses).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Addresses that stand for one of IPv4: mapped, of NAT64, of 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Protocol assignments (Teredo among them), documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Nothing else is given out to the public.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for public in [
            "93.184.215.14",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2002:0808:0808::1",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "ff02::1",
            "::7f00:1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn what_is_private_is_not_asked() {
        let reader = HttpsCalendars::new(false);
        // A machine without certificates has no reader; there is nothing to ask then.
        let Ok(reader) = reader else { return };
        for url in [
            "https://127.0.0.1:1/a.ics",
            "https://localhost:1/a.ics",
            "https://[::1]:1/",
            "https://169.254.169.254/latest/meta-data",
            "http://example.com/",
            "https://user@example.com/",
            "file:///etc/passwd",
            "",
        ] {
            assert_eq!(reader.read(url).await, Err(CalendarFault::NotAllowed), "{url}");
        }
        let reader = HttpsCalendars { private: true, ..reader };
        assert_eq!(reader.read("https://127.0.0.1:1/a.ics").await, Err(CalendarFault::Unreachable));
    }
}
