//! `hefu serve`.

use std::{
    io::Write as _,
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use hefu_app::App;

use crate::{checkpoint::Keeper, config::Config, demo, open, out::out, owner};

/// Serve the API and the search page.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address to listen on; loopback only until accounts exist [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Create a small demonstration chain if there is no property yet
    #[arg(long)]
    demo: bool,
}

/// Serves until it is told to stop.
pub async fn run(args: Args, config: Config) -> anyhow::Result<()> {
    let listen = args.listen.unwrap_or(config.listen);
    if !listen.ip().is_loopback() {
        bail!(
            "{listen} is not loopback: until accounts and TLS exist, Hefu listens on 127.0.0.1 or [::1] only"
        );
    }
    // Until the end.
    let _owner = owner::claim(&config).await?;
    let app = open::app(&config).await?;
    if args.demo {
        demo::load(&app).await?;
    }
    let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}: is another server using it? Choose another address with --listen")
    })?;
    let address = listener.local_addr()?;
    // Before anybody is told that it is up, and may tell it to stop.
    let signal = told_to_stop()?;
    tracing::warn!(
        "there are no accounts yet: anyone who can reach {address} acts as the local administrator"
    );
    writeln!(out(), "Hefu is up: http://{address}  (API reference: http://{address}/docs)")?;

    let (stop, stopped) = tokio::sync::watch::channel(());
    tokio::spawn(warm(app.clone()));
    let jobs = tokio::spawn(hefu_jobs::run(app.clone(), until(stopped.clone())));
    let ring = tokio::spawn(follow_key_file(app.clone(), config.clone(), until(stopped.clone())));
    let keeper = Keeper::of(app.clone(), config.checkpoint_file()).await?;
    let keeper = keeper.map(|keeper| tokio::spawn(keeper.run(until(stopped.clone()))));
    // Everybody at once: what runs by itself does not go on while the last requests are answered.
    let told = async move {
        signal.await;
        tracing::info!("stopping: finishing what was accepted");
        drop(stop);
    };
    let serving = axum::serve(listener, hefu_http::router(app.clone())).with_graceful_shutdown(told);
    tokio::select! {
        served = serving.into_future() => served?,
        () = async { until(stopped).await; tokio::time::sleep(LAST_REQUESTS).await } => {
            tracing::warn!("some requests were not answered in time; what they began is done or not as a whole");
        }
    }
    let _ = jobs.await;
    let _ = ring.await;
    if let Some(keeper) = keeper {
        let _ = keeper.await;
    }
    app.close().await;
    Ok(())
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

/// How long requests are answered that were accepted before the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

async fn until(mut stopped: tokio::sync::watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

/// Waits for the signal to stop. It is listened for from now on, not only once this is waited for.
#[cfg(unix)]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for the signal to stop.
#[cfg(not(unix))]
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// How often the key file is looked at. `hefu keys rotate` waits longer than this before it goes on.
pub const KEY_FILE_EVERY: Duration = Duration::from_secs(1);

/// Takes a changed key ring into use, so that keys can be rotated while serving.
async fn follow_key_file(app: App, config: Config, stop: impl Future<Output = ()>) {
    if config.keys.secret.is_some() {
        return;
    }
    let modified = || std::fs::metadata(config.key_file()).and_then(|meta| meta.modified()).ok();
    let mut seen = modified();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(KEY_FILE_EVERY) => {}
        }
        let now = modified();
        if now == seen {
            continue;
        }
        match open::ring(&config) {
            Ok(ring) => {
                tracing::info!(version = ring.current(), "the key file changed: using it");
                app.replace_ring(ring);
                seen = now;
            }
            Err(error) => {
                tracing::error!(%error, "the changed key file cannot be read; the old ring stays in use")
            }
        }
    }
}
