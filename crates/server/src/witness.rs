//! `hefu witness`: remembers the checkpoints of ledgers, and cosigns what holds what it saw before. `hefu serve` is one too, where it is
//! configured to watch ledgers.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use hefu_crypto::OsRng;
use hefu_http::connection::{self, Limits};
use hefu_kernel::{Rng as _, SystemClock};
use hefu_ledger::{KeyKind, Signer, Verifier};
use hefu_witness::Witness;

use crate::{config::Config, out::out, signal};

/// Be a witness of ledgers.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen; loopback only: put a proxy with TLS before it
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Its key, made if it is not there [default: witness/witness.key in the directory of --data, where it remembers what it cosigned]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The name that its cosignatures bear, for a key that is to be made: best an address without https:// [default: a random one]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The key of a ledger to watch, as `hefu ledger show` prints it; again for each ledger, and for each key of one
    #[arg(long = "ledger", value_name = "KEY", required = true)]
    ledgers: Vec<String>,
}

/// Is a witness until it is told to stop.
pub async fn run(args: Args, config: &Config) -> anyhow::Result<()> {
    if !args.listen.ip().is_loopback() {
        bail!(
            "{} is not loopback: listen on 127.0.0.1 or [::1], and put a proxy with TLS before it",
            args.listen
        );
    }
    let memory = config.data.join("witness");
    let key = args.key.unwrap_or_else(|| memory.join("witness.key"));
    let witness = open(memory, &key, args.name.as_deref(), &args.ledgers)?;
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}: --listen takes another", args.listen))?;
    let address = listener.local_addr()?;
    let signal = signal::told_to_stop()?;
    let verifier = witness.verifier();
    writeln!(out(), "The witness is up: http://{address}\nIts key: {verifier}")?;
    let router = hefu_http::witness::routes("", Arc::new(witness), Arc::new(SystemClock));
    connection::serve(listener, router, &Limits::default(), signal).await;
    Ok(())
}

/// The witness that `hefu serve` is under `/witness`; none where it is not configured to watch any ledger.
pub fn of_server(config: &Config) -> anyhow::Result<Option<Witness>> {
    let settings = &config.witness;
    if settings.ledgers.is_empty() {
        return Ok(None);
    }
    let memory = settings.data.clone().unwrap_or_else(|| config.key_file().with_file_name("witness"));
    let key = memory.join("witness.key");
    open(memory, &key, settings.name.as_deref(), &settings.ledgers).map(Some)
}

fn open(memory: PathBuf, key: &Path, name: Option<&str>, ledgers: &[String]) -> anyhow::Result<Witness> {
    let ledgers = ledgers.iter().map(|key| {
        let read = key.parse::<Verifier>().with_context(|| format!("{key:?}"))?;
        if read.kind() == KeyKind::Ledger { Ok(read) } else { bail!("{key:?} is not the key of a ledger") }
    });
    let ledgers = ledgers.collect::<anyhow::Result<_>>()?;
    let signer = signer(key, name)?;
    Witness::open(memory, signer, ledgers).context("the witness cannot begin")
}

/// The key of the witness, made if there is none. A witness must not forget which key it has: who lists it knows it by that.
fn signer(file: &Path, name: Option<&str>) -> anyhow::Result<Signer> {
    match std::fs::read_to_string(file) {
        Ok(text) => {
            let signer = Signer::of_secret(text.trim()).with_context(|| format!("{}", file.display()))?;
            match name {
                Some(name) if name != signer.name() => {
                    bail!("the key in {} is named {}, not {name}", file.display(), signer.name())
                }
                _ if signer.verifier().kind() != KeyKind::Witness => {
                    bail!("the key in {} is not one of a witness", file.display())
                }
                _ => Ok(signer),
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let (mut seed, mut id) = ([0; 32], [0; 8]);
            OsRng.fill(&mut seed);
            OsRng.fill(&mut id);
            let name = name.map_or_else(|| format!("hefu-witness/{}", hefu_kernel::hex(&id)), str::to_owned);
            let signer = Signer::new(KeyKind::Witness, &name, &seed).with_context(|| format!("{name:?}"))?;
            write_key(file, &signer.secret())
                .with_context(|| format!("{} cannot be written", file.display()))?;
            Ok(signer)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

fn write_key(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(dir) = file.parent().filter(|dir| *dir != Path::new("")) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
