//! What runs by itself beside the server: sequencing the journal, night audits, forgetting old answers, and what an import left undone.

use std::{future::Future, pin::pin, time::Duration};

use chrono::TimeDelta;
use hefu_app::{
    App, Context,
    audit::{ListDueAudits, RunNightAudit},
    import::MergeTokensLeftStaged,
    ledger::{ForgetAnswers, Sequence},
    people::batch::LearnFrequencies,
};
use tokio::task::JoinHandle;

/// How often waiting entries of the journal get their places.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);

/// How often answers that nobody can ask for again are forgotten, hours.
const FORGET_EVERY_HOURS: i64 = 1;

/// How often it is looked how frequent names are among the guests, hours.
const LEARN_EVERY_HOURS: i64 = 6;

/// How often properties are looked at whose business date is to be closed, minutes.
const AUDIT_EVERY_MINUTES: i64 = 1;

/// How often it is looked whether an import was cut off before its guests could be found, minutes.
const MERGE_TOKENS_EVERY_MINUTES: i64 = 1;

/// Closes the business date of every property that is past it. An audit that was cut off goes on where it
/// stopped.
async fn close_days(app: &App) {
    let due = app.ask(&Context::job("night-audit"), ListDueAudits).await.unwrap_or_else(|error| {
        tracing::error!(%error, "which night audits are due cannot be told");
        Vec::new()
    });
    for property in due {
        match app
            .operate(&Context::job("night-audit"), RunNightAudit { property: property.clone(), force: false })
            .await
        {
            Ok(_) => tracing::info!(%property, "closed a business date"),
            Err(error) => tracing::error!(%property, %error, "the night audit failed; it is tried again"),
        }
    }
}

/// Does what is due until `shutdown`. A failure is logged and the work tried again at the next turn.
/// Several processes may run it over the same records; see [`App::sequence`].
pub async fn run(app: App, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = pin!(shutdown);
    let mut forget_at = app.clock().now();
    let mut audit_at = app.clock().now();
    let mut learn_at = app.clock().now();
    let mut merge_tokens_at = app.clock().now();
    let mut imports = None;
    let mut audits = None;
    loop {
        if let Err(error) = app.operate(&Context::job("sequencer"), Sequence).await {
            tracing::error!(%error, "sequencing the journal failed");
        }
        let now = app.clock().now();
        if now >= forget_at {
            forget_at = now + TimeDelta::hours(FORGET_EVERY_HOURS);
            if let Err(error) = app.operate(&Context::job("housekeeper"), ForgetAnswers).await {
                tracing::error!(%error, "forgetting old answers failed");
            }
        }
        if now >= learn_at {
            learn_at = now + TimeDelta::hours(LEARN_EVERY_HOURS);
            if let Err(error) = app.operate(&Context::job("identity"), LearnFrequencies::default()).await {
                tracing::error!(%error, "how frequent names are cannot be told");
            }
        }
        if now >= merge_tokens_at {
            merge_tokens_at = now + TimeDelta::minutes(MERGE_TOKENS_EVERY_MINUTES);
            match app
                .operate(&Context::job("import"), MergeTokensLeftStaged { before: imports.clone() })
                .await
            {
                Ok(unfinished) => imports = Some(unfinished),
                Err(error) => tracing::error!(%error, "the guests of a cut-off import cannot be found yet"),
            }
        }
        if now >= audit_at {
            audit_at = now + TimeDelta::minutes(AUDIT_EVERY_MINUTES);
            // Beside the rest: an audit can wait for those who write in its property.
            if audits.as_ref().is_none_or(JoinHandle::is_finished) {
                let app = app.clone();
                audits = Some(tokio::spawn(async move { close_days(&app).await }));
            }
        }
        tokio::select! {
            () = &mut shutdown => break,
            () = tokio::time::sleep(SEQUENCE_EVERY) => {}
        }
    }
    // What is being written is written; the rest of an audit is for the next start.
    if let Some(audits) = audits {
        audits.abort();
    }
}
