//! Background work of a server: sequencing the journal, jobs, followers of the journal, night audits, and clean-up.
//! Each kind of work is a task of its own under one supervisor, so that none waits for another; see [`supervisor`].

pub mod supervisor;

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::{StreamExt as _, stream};
use hefu_app::{
    App, Context, Result,
    audit::{AuditUnits, ListDueAudits},
    follow::Follow,
    import::MergeTokensLeftStaged,
    job::{BringBackJobs, ForgetJobs, RunJobs, Work, Worker},
    ledger::{ForgetAnswers, SequenceBatch},
    people::{batch::LearnFrequencies, reconsider::ReconsiderGuest},
    record::RecordCache,
    setup::ShowProperty,
};

use crate::supervisor::{Kind, Next};

/// How often waiting entries of the journal get their positions, and followers look for new ones.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);

/// How often to look for jobs enqueued by other processes.
const JOBS_EVERY: Duration = Duration::from_millis(500);

/// Jobs claimed in one turn.
const JOBS_AT_ONCE: i64 = 16;

/// How often to look for expired leases.
const LEASES_EVERY: Duration = Duration::from_secs(2);

/// How often to check by the application's clock whether something is due.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How often answers that can no longer be requested, and jobs completed long ago, are deleted, hours.
const FORGET_EVERY_HOURS: i64 = 1;

/// How often name frequencies among the guests are counted, hours.
const LEARN_EVERY_HOURS: i64 = 6;

/// How often to look for properties whose business date is to be closed, minutes.
const AUDIT_EVERY_MINUTES: i64 = 1;

/// Audits that run concurrently: each can wait for the writers of its property.
const AUDITS_AT_ONCE: usize = 4;

/// Units of work of one audit in one turn, so that even the largest property makes no long turn.
const AUDIT_UNITS: usize = 20;

/// How often to check whether an import was interrupted before its guests could be found, minutes.
const MERGE_TOKENS_EVERY_MINUTES: i64 = 1;

/// Whether there may be more to do at once.
const fn more(is_more: bool) -> Next {
    if is_more { Next::More } else { Next::Done }
}

/// Continues the audit of one property; returns whether it is unfinished after this turn. One that fails is retried a minute later.
async fn close_day(app: App, property: String) -> bool {
    let ctx = Context::job("night-audit");
    let audit = async {
        let units = AuditUnits { property: property.clone(), force: false, units: AUDIT_UNITS };
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
        jobs_of::<ReconsiderGuest>(worker),
        Kind::new("job-leases", LEASES_EVERY, |app| async move {
            Ok(more(app.operate(&runner(), BringBackJobs).await?))
        }),
        Kind::new("forget", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("housekeeper"), ForgetAnswers).await?;
            app.operate(&Context::job("housekeeper"), ForgetJobs).await?;
            Ok(Next::Done)
        })
        .every(TimeDelta::hours(FORGET_EVERY_HOURS)),
        Kind::new("learn-frequencies", LOOK_EVERY, |app| async move {
            app.operate(&Context::job("identity"), LearnFrequencies::default()).await?;
            Ok(Next::Done)
        })
        .every(TimeDelta::hours(LEARN_EVERY_HOURS)),
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
        .every(TimeDelta::minutes(MERGE_TOKENS_EVERY_MINUTES)),
        Kind::new("night-audit", LOOK_EVERY, close_days).every(TimeDelta::minutes(AUDIT_EVERY_MINUTES)),
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
    let kinds = kinds(&app);
    supervisor::run(app, kinds, shutdown).await;
}
