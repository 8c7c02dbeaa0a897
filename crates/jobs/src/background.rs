//! Where background work runs: beside the requests, and behind them where both need the same processor.
//!
//! With the embedded engine the work of the database is done by this process. What the server does by itself gets threads of its own with a lower priority, so that
//! after a rush, when it has much to catch up with, a request still gets the processor at once. PostgreSQL does that work in its own processes; what is left here
//! waits for it most of the time, and shares its connections with the requests, which belong to the runtime that opened them.

use std::{future::Future, io};

use hefu_app::App;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};

use crate::{run_with, supervisor::Kind};

/// How much lower the priority is: about a tenth of the processor where requests would take all of it.
#[cfg(unix)]
const NICE: i32 = 10;

/// Threads: no kind of work keeps all the others waiting.
const THREADS: usize = 2;

/// Background work that runs.
#[derive(Debug)]
pub struct Background {
    task: JoinHandle<()>,
    runtime: Option<Runtime>,
}

impl Background {
    /// Does what is due until `shutdown`, and `more` beside it; see [`run_with`].
    ///
    /// # Errors
    /// No thread can be started.
    pub fn start(
        app: App,
        more: Vec<Kind>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<Self> {
        let runtime = match app.engine_name() {
            "sqlite" => Some(runtime()?),
            _ => None,
        };
        let work = run_with(app, more, shutdown);
        let task = match &runtime {
            Some(runtime) => runtime.spawn(work),
            None => tokio::spawn(work),
        };
        Ok(Self { task, runtime })
    }

    /// Waits until it has ended after `shutdown`.
    pub async fn ended(mut self) {
        // A panic was logged where it happened.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(runtime) = self.runtime.take() {
            // It may be dropped where nothing may block.
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(THREADS)
        .thread_name("hefu-background")
        .on_thread_start(give_way)
        .enable_all()
        .build()
}

/// Lowers the priority of the thread it is called in.
fn give_way() {
    #[cfg(unix)]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!(%error, "the priority of background work cannot be lowered");
    }
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn its_threads_and_no_others_give_way() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let runtime = runtime().unwrap();
        let there = runtime.block_on(async { tokio::spawn(async move { priority() }).await.unwrap() });
        let blocking = runtime.block_on(async { tokio::task::spawn_blocking(priority).await.unwrap() });
        assert_eq!((there, blocking, priority()), (before + NICE, before + NICE, before));
    }
}
