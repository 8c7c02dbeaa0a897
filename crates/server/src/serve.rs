//! `hefu serve`.

use std::{
    io::Write as _,
    net::{IpAddr, SocketAddr},
    sync::{Arc, LazyLock},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context as _;
use hefu_app::{App, accounts::setup};
use hefu_http::{
    connection::{self, Limits},
    desk::File,
    door::Doorway,
};
use hefu_jobs::background::Background;
use hefu_kernel::SystemClock;
use hefu_witness::WitnessClient;

use crate::{config::Config, demo, open, out::out, owner, signal, tls::Certificates, witness};

/// Serve the staff app, the API and the search page.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on; other than loopback with accounts and TLS only [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Create a small demonstration chain if there is no property yet and, where accounts are required, an account for each role
    #[arg(long)]
    demo: bool,
}

/// The files of the staff app.
static DESK: LazyLock<Vec<File>> = LazyLock::new(|| {
    let files = hefu_desk::FILES.iter();
    files
        .map(|&hefu_desk::File { path, content, gzip, brotli }| File { path, content, gzip, brotli })
        .collect()
});

/// Serves until it is told to stop.
pub async fn run(args: Args, config: Config) -> anyhow::Result<()> {
    let listen = args.listen.unwrap_or(config.listen);
    let is_encrypted = config.tls.self_signed || config.tls.certificate.is_some();
    let accounts = config.needs_accounts(listen, is_encrypted)?;
    // Until the end.
    let _owner = owner::claim(&config).await?;
    let witness = witness::of_server(&config)?;
    // Before the keys are read: a file that is exchanged from now on is a changed one. The first start makes it.
    let key_file = changed_at(&config);
    let app = open::app(&config).await?;
    let key_file = key_file.or_else(|| changed_at(&config));
    if args.demo {
        demo::load(&app).await?;
    }
    let certificates = Certificates::of(&config, listen.ip())?;
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another server using it? Choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    // Before anybody is told that it is up, and may tell it to stop.
    let signal = signal::told_to_stop()?;
    let scheme = if certificates.is_some() { "https" } else { "http" };
    writeln!(out(), "Hefu is up: {scheme}://{address}  (API reference: {scheme}://{address}/docs)")?;
    if accounts {
        tell_of_accounts(&app, &format!("{scheme}://{address}"), args.demo).await?;
    } else {
        tracing::warn!(
            "no accounts are required: anyone who can reach {address} acts as the local administrator"
        );
    }
    if let Some(witness) = &witness {
        tracing::info!(key = %witness.verifier(), "a witness of other ledgers, under /witness");
    }

    let (stop, stopped) = tokio::sync::watch::channel(());
    tokio::spawn(warm(app.clone()));
    let witnesses = match config.witnesses()? {
        witnesses if witnesses.is_empty() => Vec::new(),
        witnesses => hefu_jobs::witness::kinds(&WitnessClient::new()?, witnesses),
    };
    let background = Background::start(app.clone(), witnesses, until(stopped.clone()))
        .context("background work cannot be started")?;
    let ring = tokio::spawn(follow_key_file(app.clone(), config.clone(), key_file, until(stopped.clone())));
    // Everybody at once: what runs by itself does not go on while the last requests are answered.
    let told = async move {
        signal.await;
        tracing::info!("stopping: finishing what was accepted");
        drop(stop);
    };
    let limits = Limits { connections: connections(), ..Limits::default() };
    let doorway = Doorway { accounts, secure: certificates.is_some(), hosts: hosts(&config, address) };
    let mut front = hefu_http::front(app.clone(), &limits, doorway, &DESK);
    if let Some(witness) = witness {
        front = front.merge(hefu_http::witness::routes("/witness", Arc::new(witness), Arc::new(SystemClock)));
    }
    let encryption = certificates.as_ref().map(Certificates::encryption);
    let following =
        certificates.map(|certificates| tokio::spawn(certificates.follow(until(stopped.clone()))));
    drop(stopped);
    connection::serve_encrypted(listener, encryption, front, &limits, told).await;
    let rest = async {
        if let Some(following) = following {
            let _ = following.await;
        }
        background.ended().await;
        let _ = ring.await;
        app.close().await;
    };
    // A database that does not answer must not keep the process: what it has accepted it keeps.
    if tokio::time::timeout(LAST_WORK, rest).await.is_err() {
        tracing::warn!("what runs by itself did not end in time; it goes on at the next start");
    }
    Ok(())
}

/// The names under which the server is reached: those that were set, and the address it listens on.
fn hosts(config: &Config, address: SocketAddr) -> Vec<String> {
    let own = match address.ip() {
        ip if ip.is_unspecified() => None,
        IpAddr::V4(ip) => Some(ip.to_string()),
        IpAddr::V6(ip) => Some(format!("[{ip}]")),
    };
    config.hosts.iter().cloned().chain(own).collect()
}

/// Tells whoever starts the server how to sign in: the link that makes the first account, or the accounts of the demonstration. They stand on the
/// console only, and in no log.
async fn tell_of_accounts(app: &App, at: &str, demo: bool) -> anyhow::Result<()> {
    if demo {
        for account in setup::make_demo_accounts(app).await? {
            let (login, password, uri) = (account.login, account.password, account.uri);
            writeln!(out(), "Demonstration account: {login}  password: {}  {}", *password, *uri)?;
        }
    }
    if let Some(token) = setup::issue(app).await? {
        writeln!(out(), "There is no account yet. Create the administrator, once, at {at}/setup#{}", *token)?;
    }
    Ok(())
}

/// How long all else may go on once the last requests are answered.
const LAST_WORK: Duration = Duration::from_secs(5);

/// Files that are not connections: the database's, logs, what the system opens for itself.
const OTHER_FILES: u64 = 256;

/// How many connections there may be: as usual, or as many as the system allows files.
fn connections() -> usize {
    let usual = Limits::default().connections;
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let wanted = usual as u64 + OTHER_FILES;
        let Some(now) = current.filter(|now| *now < wanted) else { return usual };
        let raised = maximum.map_or(wanted, |most| most.min(wanted));
        let is_raised = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }).is_ok();
        let files = if is_raised { raised } else { now };
        let most = files.saturating_sub(OTHER_FILES).max(files / 2);
        let most = usize::try_from(most).map_or(usual, |most| most.min(usual));
        if most < usual {
            tracing::warn!(
                files,
                most,
                "the system allows few open files, and so there may be few connections"
            );
        }
        most
    }
    #[cfg(not(unix))]
    usual
}

/// Requests are served meanwhile; the first of them wait for the disk.
async fn warm(app: App) {
    let began = Instant::now();
    match app.warm().await {
        Ok(()) => {
            tracing::debug!(seconds = began.elapsed().as_secs_f64(), "the pages searches need are in memory")
        }
        Err(error) => tracing::warn!(%error, "the pages searches need could not be read ahead"),
    }
}

async fn until(mut stopped: tokio::sync::watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

/// How often the key file is looked at. `hefu keys rotate` waits longer than this before it goes on.
pub const KEY_FILE_EVERY: Duration = Duration::from_secs(1);

/// What is told of a key file that was exchanged, or broken.
const UNUSED: &str = "the changed key file cannot be used; the keys it held before stay in use";

/// When the key file was changed last; none: it is not there.
fn changed_at(config: &Config) -> Option<SystemTime> {
    std::fs::metadata(config.key_file()).and_then(|about| about.modified()).ok()
}

/// Takes a changed key ring into use, so that keys can be rotated while serving. `seen`: when the file was changed whose keys are in use.
async fn follow_key_file(
    app: App,
    config: Config,
    mut seen: Option<SystemTime>,
    stop: impl Future<Output = ()>,
) {
    if config.keys.secret.is_some() {
        return;
    }
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(KEY_FILE_EVERY) => {}
        }
        let now = changed_at(&config);
        if now == seen {
            continue;
        }
        match open::ring(&config) {
            Ok(ring) => {
                let version = ring.current();
                match app.use_ring(ring).await {
                    Ok(()) => {
                        tracing::info!(version, "the key file changed: using it");
                        seen = now;
                    }
                    Err(error) => {
                        tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "{UNUSED}");
                    }
                }
            }
            Err(error) => tracing::error!(error = format!("{error:#}"), "{UNUSED}"),
        }
    }
}
