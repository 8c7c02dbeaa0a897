//! Each kind of work on a task of its own: none can block another, or the shutdown of the server.
//!
//! A kind is run in turns. A turn does a bounded piece of work and reports whether there is more, in which case the next turn follows at once.
//! A turn that fails is retried after a growing pause; a panic counts as a failure. During shutdown, no turn is started,
//! and one that takes longer than [`GRACE`] is cancelled where it waits: what it has handed to the store is committed
//! or not as a whole, and the rest is left for the next start.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use hefu_app::{App, Result, Rush};
use hefu_kernel::Steady;
use tokio::{sync::watch, task::JoinSet, time::Instant};

/// How long a turn may go on during shutdown.
pub const GRACE: Duration = Duration::from_secs(1);

/// The pause after the first failure; each is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a turn of what gives way waits for a rush of requests to be over: however long that takes, everything is done.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Result of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to do for now.
    Done,
    /// There may be more.
    More,
}

type Turn = Arc<dyn Fn(App) -> BoxFuture<'static, Result<Next>> + Send + Sync>;

/// A kind of work.
#[derive(Clone)]
pub struct Kind {
    name: &'static str,
    look: Duration,
    every: Duration,
    is_woken_by_jobs: bool,
    gives_way: bool,
    turn: Turn,
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kind({})", self.name)
    }
}

impl Kind {
    /// A kind of work whose turns start `look` after the previous one ended.
    pub fn new<F>(name: &'static str, look: Duration, turn: impl Fn(App) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Next>> + Send + 'static,
    {
        let turn: Turn = Arc::new(move |app| Box::pin(turn(app)));
        Self { name, look, every: Duration::ZERO, is_woken_by_jobs: false, gives_way: false, turn }
    }

    /// The same, run so often only, by the application's clock that nobody can set.
    #[must_use]
    pub const fn every(mut self, every: Duration) -> Self {
        self.every = every;
        self
    }

    /// The same, put off while more requests come than the server can answer, for half a minute a turn at most: nobody waits for it.
    #[must_use]
    pub const fn giving_way(mut self) -> Self {
        self.gives_way = true;
        self
    }

    /// The same, also run as soon as this process has enqueued jobs.
    #[must_use]
    pub const fn woken_by_jobs(mut self) -> Self {
        self.is_woken_by_jobs = true;
        self
    }
}

/// Runs all kinds until `shutdown`, and ends soon after it.
pub async fn run(app: App, kinds: Vec<Kind>, shutdown: impl Future<Output = ()> + Send) {
    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    for kind in kinds {
        running.spawn(keep(app.clone(), kind, stopped.clone()));
    }
    pin!(shutdown).await;
    // The receiver may be gone.
    let _ = stop.send(true);
    while running.join_next().await.is_some() {}
}

async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // A supervisor that is gone stops everything, too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Aborts a turn when its waiter is dropped.
struct Running(tokio::task::JoinHandle<Result<Next>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn keep(app: App, kind: Kind, mut stopped: watch::Receiver<bool>) {
    let (jobs, rush) = (app.jobs_enqueued(), app.service::<Rush>());
    let mut due = None;
    let mut failures = 0_u32;
    while !*stopped.borrow() {
        let mut pause = kind.look;
        let now = app.clock().steady();
        let is_due = |(last, every): (Steady, Duration)| now.since(last).is_none_or(|passed| passed >= every);
        if due.is_none_or(is_due) {
            if kind.gives_way {
                tokio::select! {
                    () = until_stopped(&mut stopped) => return,
                    () = rush.over(LONGEST_WAIT) => {}
                }
            }
            let began = Instant::now();
            // On a task of its own, so that its panic is told here and ends nothing else.
            let (run, app) = (kind.turn.clone(), app.clone());
            let mut turn = Running(tokio::spawn(async move { run(app).await }));
            let outcome = tokio::select! {
                outcome = &mut turn.0 => outcome,
                () = until_stopped(&mut stopped) => {
                    if tokio::time::timeout(GRACE, &mut turn.0).await.is_err() {
                        tracing::info!(kind = kind.name, "ended in the middle; the rest is for the next start");
                    }
                    return;
                }
            };
            let failure = match outcome {
                Ok(Ok(next)) => {
                    failures = 0;
                    match next {
                        // What nobody waits for leaves half of the time to others.
                        Next::More if kind.gives_way => pause = began.elapsed(),
                        Next::More => pause = Duration::ZERO,
                        Next::Done => due = Some((now, kind.every)),
                    }
                    None
                }
                Ok(Err(error)) => Some(error.to_string()),
                // A panic's text may contain anything; the panic hook has logged where it was.
                Err(_) => Some("it panicked".to_owned()),
            };
            if let Some(error) = failure {
                let doubled = FIRST_PAUSE * 2_u32.pow(failures.min(10));
                pause = kind.look.max(doubled.min(LONGEST_PAUSE));
                failures = failures.saturating_add(1);
                tracing::error!(kind = kind.name, %error, failures, "failed; it is tried again");
            }
        }
        tokio::select! {
            () = until_stopped(&mut stopped) => return,
            () = tokio::time::sleep(pause) => {}
            () = jobs.notified(), if kind.is_woken_by_jobs && failures == 0 => {}
        }
    }
}
