//! What runs by itself beside the server: sequencing the journal and forgetting old answers.

use std::{future::Future, pin::pin, time::Duration};

use chrono::TimeDelta;
use hefu_app::App;

/// How often waiting entries of the journal get their places.
const SEQUENCE_EVERY: Duration = Duration::from_millis(100);

/// How often answers that nobody can ask for again are forgotten, hours.
const FORGET_EVERY_HOURS: i64 = 1;

/// Does what is due until `shutdown`. A failure is logged and the work tried again at the next turn.
/// Several processes may run it over the same records; see [`App::sequence`].
pub async fn run(app: App, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = pin!(shutdown);
    let mut forget_at = app.clock().now();
    loop {
        if let Err(error) = app.sequence().await {
            tracing::error!(%error, "sequencing the journal failed");
        }
        let now = app.clock().now();
        if now >= forget_at {
            forget_at = now + TimeDelta::hours(FORGET_EVERY_HOURS);
            if let Err(error) = app.forget_answers().await {
                tracing::error!(%error, "forgetting old answers failed");
            }
        }
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(SEQUENCE_EVERY) => {}
        }
    }
}
