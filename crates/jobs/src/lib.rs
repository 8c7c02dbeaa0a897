//! Background work of a server: sequencing the journal, jobs, followers of the journal, night audits, and clean-up.
//! Each kind of work is a task of its own under one supervisor, so that none waits for another; see [`supervisor`].

pub mod background;
pub mod supervisor;
pub mod witness;

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use hefu_app::{
    App, Context, Result,
    audit::{AuditInput, AuditUnits, ListDueAudits},
    changes::TellChanges,
    channel::{calendar::ReadDueCalendars, poll::PollDueFeeds, replay::ReplayWaiting},
    clock::WatchClock,
    control::follow::FollowFindings,
    follow::Follow,
    import::{ForgetImportFiles, MergeTokensLeftStaged, RunImportFiles},
    job::{BringBackJobs, ForgetJobs, RunJobs, Work, Worker},
    ledger::{ForgetAnswers, SequenceBatch},
    lock::TellLock,
    people::{batch::LearnFrequencies, reconsider::ReconsiderGuest},
    record::RecordCache,
    setup::ShowProperty,
};

use hefu_domain::audit::NoShows;

use crate::supervisor::{Kind, Next};

/// How often waiting entries of the journal get their positions, and followers look for new ones.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);

/// How often those who follow changes are told of new ones.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// How often to look for jobs enqueued by other processes.
const JOBS_EVERY: Duration = Duration::from_millis(500);

/// Jobs claimed in one turn.
const JOBS_AT_ONCE: i64 = 16;

/// How often to look for expired leases.
const LEASES_EVERY: Duration = Duration::from_secs(2);

/// How often it is looked by the application's steady clock whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often answers that nobody can ask for again, and jobs long done, are forgotten, hours.
const FORGET_EVERY_HOURS: u64 = 1;

/// How often it is looked how frequent names are among the guests, hours.
const LEARN_EVERY_HOURS: u64 = 6;

/// How often properties are looked at whose business date is to be closed, minutes.
const AUDIT_EVERY_MINUTES: u64 = 1;

/// How often the clocks are looked at, seconds: what is not seen before a crash does not count as time that passed.
const WATCH_EVERY_SECONDS: u64 = 30;

/// Audits that run concurrently: each can wait for the writers of its property.
const AUDITS_AT_ONCE: usize = 4;

/// Units of work of one audit in one turn, so that even the largest property makes no long turn.
const AUDIT_UNITS: usize = 20;

/// How often it is looked whether a file waits to be imported.
const FILES_EVERY: Duration = Duration::from_secs(1);

/// How often files that nobody needs any more are taken away, minutes.
const FORGET_FILES_EVERY_MINUTES: u64 = 1;

/// How often it is looked whether an import was cut off before its guests could be found, minutes.
const MERGE_TOKENS_EVERY_MINUTES: u64 = 1;

/// How often it is looked whether calendars of channels are due, minutes.
const READ_CALENDARS_EVERY_MINUTES: u64 = 1;

/// How often it is looked whether other hotel systems are to be asked, seconds.
const POLL_FEEDS_EVERY_SECONDS: u64 = 5;

const fn hours(hours: u64) -> Duration {
    minutes(60 * hours)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Whether there may be more to do at once.
const fn more(is_more: bool) -> Next {
    if is_more { Next::More } else { Next::Done }
}

/// Continues the audit of one property; returns whether it is unfinished after this turn. One that fails is retried a minute later.
async fn close_day(app: App, property: String) -> bool {
    let ctx = Context::job("night-audit");
    let audit = async {
        let input = AuditInput { no_shows: Some(NoShows::Mark), ..AuditInput::default() };
        let units = AuditUnits { property: property.clone(), input, units: AUDIT_UNITS };
        let date = app.operate(&ctx, units).await?;
        let now = app.ask(&ctx, ShowProperty { code: property.clone() }).await?;
        Result::Ok(now.property.business_date > date)
    };
    match audit.await {
        Ok(true) => {
            tracing::info!(%property, "closed a business date");
            false
        }
        Ok(false) => true,
        Err(error) => {
            tracing::error!(%property, %error, "the night audit failed; it is tried again");
            false
        }
    }
}

/// Closes the business date of every property that is past it. An interrupted audit resumes where it stopped.
async fn close_days(app: App) -> Result<Next> {
    let due = app.ask(&Context::job("night-audit"), ListDueAudits).await?;
    let closing =
        stream::iter(due).map(|property| close_day(app.clone(), property)).buffer_unordered(AUDITS_AT_ONCE);
    Ok(more(closing.fold(false, |left, is_left| std::future::ready(left || is_left)).await))
}

/// The context of the job runners; each job has its own.
fn runner() -> Context {
    Context::job("jobs")
}

/// Runs jobs of one kind.
fn jobs_of<W: Work>(worker: Worker) -> Kind {
    Kind::new(W::KIND, JOBS_EVERY, move |app| async move {
        Ok(more(app.operate(&runner(), RunJobs::<W>::new(worker, JOBS_AT_ONCE)).await? > 0))
    })
    .woken_by_jobs()
}

/// Every kind of work that runs beside a server.
pub fn kinds(app: &App) -> Vec<Kind> {
    let worker = app.worker();
    let imports = Arc::new(Mutex::new(None));
    let mut kinds = vec![
        Kind::new("sequence", SEQUENCE_EVERY, |app| async move {
            Ok(more(
                app.operate(&Context::job("sequencer"), SequenceBatch)
                    .await?
                    .is_some_and(|placed| placed > 0),
            ))
        }),
        Kind::new("watch-clock", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("clock"), WatchClock).await?;
            Ok(Next::Done)
        })
        .every(Duration::from_secs(WATCH_EVERY_SECONDS)),
        jobs_of::<ReconsiderGuest>(worker),
        jobs_of::<TellLock>(worker),
        jobs_of::<ReplayWaiting>(worker),
        Kind::new("job-leases", LEASES_EVERY, |app| async move {
            Ok(more(app.operate(&runner(), BringBackJobs).await?))
        }),
        Kind::new("forget", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("housekeeper"), ForgetAnswers).await?;
            app.operate(&Context::job("housekeeper"), ForgetJobs).await?;
            Ok(Next::Done)
        })
        .every(hours(FORGET_EVERY_HOURS))
        .giving_way(),
        Kind::new("learn-frequencies", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("identity"), LearnFrequencies::default()).await?;
            Ok(Next::Done)
        })
        .every(hours(LEARN_EVERY_HOURS))
        .giving_way(),
        Kind::new("merge-tokens", LOOK_EVERY, move |app| {
            let imports = imports.clone();
            async move {
                let lock = || imports.lock().unwrap_or_else(PoisonError::into_inner);
                let before = lock().clone();
                let unfinished =
                    app.operate(&Context::job("import"), MergeTokensLeftStaged { before }).await?;
                *lock() = Some(unfinished);
                Ok(Next::Done)
            }
        })
        .every(minutes(MERGE_TOKENS_EVERY_MINUTES)),
        Kind::new("import-files", FILES_EVERY, |app| async move {
            Ok(more(app.operate(&Context::job("import"), RunImportFiles).await?))
        }),
        Kind::new("forget-import-files", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("import"), ForgetImportFiles).await?;
            Ok(Next::Done)
        })
        .every(minutes(FORGET_FILES_EVERY_MINUTES)),
        Kind::new("follow-findings", SEQUENCE_EVERY, move |app| {
            let follower = Arc::new(FollowFindings(app.clone()));
            async move { Ok(more(app.operate(&Context::job("findings"), Follow(follower)).await?)) }
        })
        .giving_way(),
        Kind::new("read-calendars", LOOK_EVERY, |app| async move {
            Ok(more(app.operate(&Context::job("calendars"), ReadDueCalendars).await? > 0))
        })
        .every(minutes(READ_CALENDARS_EVERY_MINUTES)),
        Kind::new("poll-feeds", LOOK_EVERY, |app| async move {
            Ok(more(app.operate(&Context::job("feeds"), PollDueFeeds).await? > 0))
        })
        .every(Duration::from_secs(POLL_FEEDS_EVERY_SECONDS)),
        Kind::new("tell-changes", TELL_EVERY, |app| async move {
            app.operate(&Context::job("changes"), TellChanges).await?;
            Ok(Next::Done)
        }),
        Kind::new("night-audit", LOOK_EVERY, close_days).every(minutes(AUDIT_EVERY_MINUTES)),
    ];
    if let Some(cache) = app.service::<RecordCache>().shared().cloned() {
        kinds.push(Kind::new("follow-shared-cache", SEQUENCE_EVERY, move |app| {
            let cache = cache.clone();
            async move { Ok(more(app.operate(&Context::job("shared-cache"), Follow(cache)).await?)) }
        }));
    }
    kinds
}

/// Does what is due until `shutdown`. A failure is logged and the work retried in a later turn.
/// Several processes may run it over the same records; see [`SequenceBatch`] and [`hefu_app::job`].
pub async fn run(app: App, shutdown: impl Future<Output = ()> + Send) {
    run_with(app, Vec::new(), shutdown).await;
}

/// The same, and `more` beside it.
pub async fn run_with(app: App, more: Vec<Kind>, shutdown: impl Future<Output = ()> + Send) {
    let mut kinds = kinds(&app);
    kinds.extend(more);
    supervisor::run(app, kinds, shutdown).await;
}
