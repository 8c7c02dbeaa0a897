//! PostgreSQL: how it is connected to.

use std::{io::ErrorKind, net::IpAddr, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode},
};

use crate::StoreError;

/// Connections at most.
pub(crate) const CONNECTIONS: u32 = 16;
/// A connection that nobody used for so long may be gone.
pub(crate) const RESTED: Duration = Duration::from_secs(1);

/// How PostgreSQL plans. Every statement has an index made for it, whatever is asked for: it is planned once for each connection, and not five
/// times to find out (a search takes less time than its plans). Such a plan does not know how few rows a range of dates has, and one kept from when a
/// table was empty does not know how many there are: it goes by indexes, row by row, and never reads all of a table to hash it. No
/// query here is long enough to be worth compiling or sharing out.
pub(crate) const PLANNER_SETTINGS: [(&str, &str); 7] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("jit", "off"),
];

/// How we and PostgreSQL's tools connect to the server of a URL. Over a network the server must prove by TLS that it is the one the URL names (`verify-full`), unless the
/// URL says `sslmode=disable`, `require` or `verify-ca`. `prefer` and `allow`, which take what whoever sits in between offers, promise
/// nothing and are read as if nothing was said. Nobody listens on the machine's own loopback, nor on a Unix socket: there TLS is used where
/// the URL asks for it.
pub(crate) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options: PgConnectOptions =
        url.parse().map_err(|source| StoreError::from_sqlx("reading the URL of PostgreSQL", source))?;
    let host = options.get_host();
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    Ok(match options.get_ssl_mode() {
        PgSslMode::Prefer | PgSslMode::Allow if is_here => options.ssl_mode(PgSslMode::Disable),
        PgSslMode::Prefer | PgSslMode::Allow => options.ssl_mode(PgSslMode::VerifyFull),
        _ => options,
    })
}

/// Connects to the server of a URL.
pub(crate) async fn connect(url: &str) -> Result<PgPool, StoreError> {
    let options = options(url)?
        .application_name("hefu")
        .statement_cache_capacity(512)
        .options(PLANNER_SETTINGS)
        // Nobody's table of the same name comes before ours, whatever the role or the database is set to.
        .options([("search_path", "public")])
        .disable_statement_logging();
    let port = options.get_port();
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(Duration::from_secs(20))
        .after_connect(move |_, _| {
            Box::pin(async move {
                nodelay::set(port);
                Ok(())
            })
        })
        // Asked whether it is still there only when it may not be: a search has but five statements.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for < RESTED {
                    return Ok(true);
                }
                Ok(connection.ping().await.is_ok())
            })
        })
        .connect_with(options)
        .await
        .map_err(|source| match source {
            // The driver tells a failed handshake as bad data.
            sqlx::Error::Tls(_) => StoreError::Tls(Arc::new(source)),
            sqlx::Error::Io(ref io) if io.kind() == ErrorKind::InvalidData => {
                StoreError::Tls(Arc::new(source))
            }
            _ => StoreError::from_sqlx("connecting to PostgreSQL", source),
        })
}

/// The driver (sqlx 0.9.0) leaves Nagle's algorithm on and gives nobody its socket: of a message that is longer than a segment the rest waits until
/// the server has acknowledged what came before, which it puts off for 40 ms. The option belongs to the connection and not to who holds it, so
/// it is set through a duplicate, and on every connection of this process to that port: it does no harm to set it twice.
#[cfg(target_os = "linux")]
mod nodelay {
    use std::{net::TcpStream, sync::Once};

    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

    pub(super) fn set(port: u16) {
        if let Err(error) =
            connections(port).and_then(|all| all.iter().try_for_each(|one| one.set_nodelay(true)))
        {
            static TOLD: Once = Once::new();
            TOLD.call_once(|| {
                tracing::warn!(
                    %error,
                    "TCP_NODELAY cannot be set on connections to PostgreSQL: large writes wait 40 ms each. Allow \
                     the system call pidfd_getfd (seccomp), or connect by a Unix socket"
                );
            });
        }
    }

    /// Every TCP connection of this process to a port, as duplicates.
    pub(super) fn connections(port: u16) -> std::io::Result<Vec<TcpStream>> {
        let own = pidfd_open(getpid(), PidfdFlags::empty())?;
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc/self/fd")? {
            let path = entry?.path();
            let is_socket =
                std::fs::read_link(&path).is_ok_and(|to| to.to_string_lossy().starts_with("socket:"));
            let number = path.file_name().and_then(|name| name.to_str()?.parse().ok());
            let Some(number) = number.filter(|_| is_socket) else { continue };
            // Closed meanwhile, perhaps.
            let socket = match pidfd_getfd(&own, number, PidfdGetfdFlags::empty()) {
                Err(rustix::io::Errno::BADF) => continue,
                socket => TcpStream::from(socket?),
            };
            if socket.peer_addr().is_ok_and(|peer| peer.port() == port) {
                found.push(socket);
            }
        }
        Ok(found)
    }
}

/// Elsewhere it stays as it is.
#[cfg(not(target_os = "linux"))]
mod nodelay {
    pub(super) const fn set(_: u16) {}
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_network_needs_tls_unless_the_url_says_otherwise() {
        let mode = |url: &str| format!("{:?}", options(url).unwrap().get_ssl_mode());
        for (host, unsaid) in [
            ("127.0.0.1", "Disable"),
            ("localhost", "Disable"),
            ("[::1]", "Disable"),
            ("db.example.net", "VerifyFull"),
            ("10.0.0.7", "VerifyFull"),
            ("[fd00::7]", "VerifyFull"),
            // Names that only look like the machine's own.
            ("localhost.example.net", "VerifyFull"),
            ("127.0.0.1.example.net", "VerifyFull"),
        ] {
            for (said, expected) in [
                ("", unsaid),
                ("?sslmode=prefer", unsaid),
                ("?sslmode=allow", unsaid),
                ("?sslmode=disable", "Disable"),
                ("?sslmode=require", "Require"),
                ("?sslmode=verify-ca", "VerifyCa"),
                ("?sslmode=verify-full", "VerifyFull"),
            ] {
                assert_eq!(
                    mode(&format!("postgres://hefu@{host}:5432/hefu{said}")),
                    expected,
                    "{host} {said}"
                );
            }
        }
        assert_eq!(mode("postgres://hefu@%2Fvar%2Frun%2Fpostgresql/hefu"), "Disable");
        assert_eq!(mode("postgres://hefu@db.example.net/hefu?host=/var/run/postgresql"), "Disable");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn no_connection_waits_for_acknowledgements() {
        let kit = hefu_test_kit::TestDb::postgres().await;
        let url = kit.address();
        let is_tcp = options(&url).unwrap().get_socket().is_none();
        assert!(is_tcp, "this test needs a server that is reached over TCP");
        let pool = connect(&url).await.unwrap();
        let held = futures_util::future::join_all((0..4).map(|_| pool.acquire())).await;
        let ours: Vec<bool> = {
            let port = options(&url).unwrap().get_port();
            nodelay::connections(port).unwrap().iter().map(|one| one.nodelay().unwrap()).collect()
        };
        // Those of the kit's own pool, which another build of this crate opened, count as well.
        assert!(ours.len() >= held.len() && ours.iter().all(|set| *set), "{ours:?}");
    }
}
