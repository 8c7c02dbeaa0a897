//! Keeps the witnesses of the ledger up to date: each is shown every new checkpoint, with the proof that the ledger still holds what the witness
//! saw before. A witness that cannot be reached is tried again, less and less often, and holds up nobody.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use hefu_app::{
    App, Context, Result,
    ledger::{HeedWitness, KeepCosignatures, Ledger, NextToCosign, ProveConsistency, ShowLedgerKeys},
    verify::Answer,
};
use hefu_ledger::{AddCheckpoint, Verifier};
use hefu_witness::{Added, AskError, WitnessClient, WitnessUrl};

use crate::supervisor::{Kind, Next};

/// How often it is looked whether there is a checkpoint to cosign.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The pause after the first failure; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Requests in one turn: one that tells what the witness saw last, and one for that.
const REQUESTS: usize = 3;

/// A witness of the ledger.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it is asked.
    pub url: WitnessUrl,
    /// What verifies its cosignatures.
    pub key: Verifier,
}

/// What became of asking a witness.
enum Outcome {
    /// It is up to date.
    Done,
    /// It is not.
    Failed(String),
}

impl From<AskError> for Outcome {
    fn from(error: AskError) -> Self {
        Self::Failed(error.to_string())
    }
}

#[derive(Default)]
struct Progress {
    /// How many entries it saw last; none: it is to be asked.
    known: Option<u64>,
    failures: u32,
    not_before: Option<Instant>,
}

struct Pusher {
    client: WitnessClient,
    target: Target,
    progress: Mutex<Progress>,
}

fn context() -> Context {
    Context::job("witnesses")
}

impl Pusher {
    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn turn(&self, app: &App) -> Result<Next> {
        if self.progress().not_before.is_some_and(|not_before| Instant::now() < not_before) {
            return Ok(Next::Done);
        }
        let name = self.target.key.name();
        let outcome = self.push(app).await?;
        let ledger = app.service::<Ledger>();
        let mut progress = self.progress();
        match outcome {
            Outcome::Done => {
                (progress.failures, progress.not_before) = (0, None);
                ledger.report(name, app.clock().now(), None);
            }
            Outcome::Failed(why) => {
                let pause = (FIRST_PAUSE * 2_u32.pow(progress.failures.min(10))).min(LONGEST_PAUSE);
                progress.failures = progress.failures.saturating_add(1);
                progress.not_before = Some(Instant::now() + pause);
                progress.known = None;
                ledger.report(name, app.clock().now(), Some(why));
            }
        }
        Ok(Next::Done)
    }

    /// Shows the witness the latest checkpoint, if it has not cosigned it.
    async fn push(&self, app: &App) -> Result<Outcome> {
        let witness = self.target.key.name().to_owned();
        let next = NextToCosign { witness: witness.clone() };
        let Some(next) = app.ask(&context(), next).await? else {
            return Ok(Outcome::Failed(
                "the last checkpoint is not one of this ledger: run `hefu verify`".into(),
            ));
        };
        let known = self.progress().known;
        let mut old = match known {
            Some(known) => known,
            // What it saw before is remembered of this ledger before anything else is signed.
            None => match self.client.latest(&self.target.url, &next.origin).await {
                Err(error) => return Ok(error.into()),
                Ok(None) => 0,
                Ok(Some(note)) => match app.operate(&context(), HeedWitness { witness, note }).await? {
                    Ok(size) => size,
                    Err(unsigned) => return Ok(Outcome::Failed(unsigned.to_string())),
                },
            },
        };
        self.progress().known = Some(old);
        let Some((size, note)) = next.checkpoint else { return Ok(Outcome::Done) };
        for _ in 0..REQUESTS {
            let Some(proof) = app.ask(&context(), ProveConsistency { old, new: size }).await? else {
                return Ok(Outcome::Failed(format!(
                    "it saw {old} entries, which the ledger cannot prove of {size}"
                )));
            };
            let request = AddCheckpoint { old, proof, note: note.clone() };
            match self.client.add(&self.target.url, &request).await {
                Err(error) => return Ok(error.into()),
                Ok(Added::OtherSize(seen)) if seen <= size => old = seen,
                Ok(Added::OtherSize(seen)) => {
                    return Ok(Outcome::Failed(format!("it saw {seen} entries, and the ledger has {size}")));
                }
                Ok(Added::Refused(status)) => return Ok(Outcome::Failed(refusal(status))),
                Ok(Added::Cosigned(lines)) => {
                    self.progress().known = Some(size);
                    return Ok(if app.operate(&context(), KeepCosignatures { size, lines }).await? {
                        Outcome::Done
                    } else {
                        Outcome::Failed(
                            "its answer is no cosignature by the key that is configured for it".into(),
                        )
                    });
                }
            }
        }
        Ok(Outcome::Failed("it says another size each time".into()))
    }
}

fn refusal(status: u16) -> String {
    match status {
        404 => "it does not watch this ledger: give its operator the key that `hefu ledger show` prints".into(),
        403 => "it does not know the key that signs this ledger: give its operator the keys that `hefu ledger show` prints".into(),
        422 => "it saw another history of this ledger: run `hefu verify`".into(),
        status => format!("it answers with status {status}"),
    }
}

fn pusher(client: &WitnessClient, target: Target) -> Pusher {
    Pusher { client: client.clone(), target, progress: Mutex::default() }
}

/// The work that keeps these witnesses up to date, each a kind of its own.
pub fn kinds(client: &WitnessClient, targets: Vec<Target>) -> Vec<Kind> {
    let kind = |target| {
        let pusher = Arc::new(pusher(client, target));
        Kind::new("witness", LOOK_EVERY, move |app| {
            let pusher = pusher.clone();
            async move { pusher.turn(&app).await }
        })
    };
    targets.into_iter().map(kind).collect()
}

/// Shows each of these witnesses the latest checkpoint once: for commands that end. What could not be done a server does later.
///
/// # Errors
/// The database fails.
pub async fn push_once(app: &App, client: &WitnessClient, targets: Vec<Target>) -> Result<()> {
    for target in targets {
        pusher(client, target).turn(app).await?;
    }
    Ok(())
}

/// Asks each of these witnesses which checkpoint it cosigned last: what they answer, and who does not and why.
///
/// # Errors
/// The keys of the ledger cannot be read.
pub async fn ask(
    app: &App,
    client: &WitnessClient,
    targets: &[Target],
) -> Result<(Vec<Answer>, Vec<(String, AskError)>)> {
    let keys = app.ask(&context(), ShowLedgerKeys).await?;
    let origin = keys.last().and_then(|last| last.key.split('+').next()).unwrap_or_default().to_owned();
    let (mut answers, mut silent) = (Vec::new(), Vec::new());
    for Target { url, key } in targets {
        match client.latest(url, &origin).await {
            Ok(note) => answers.push(Answer { witness: key.name().to_owned(), note }),
            Err(error) => silent.push((key.name().to_owned(), error)),
        }
    }
    Ok((answers, silent))
}
