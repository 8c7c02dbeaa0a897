//! No kind of work blocks another, or the shutdown of the server.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hefu_app::AppError;
use hefu_jobs::supervisor::{self, Kind, Next};
use hefu_test_kit::TestDb;

const LOOK: Duration = Duration::from_millis(5);

#[tokio::test(flavor = "multi_thread")]
async fn one_that_never_ends_one_that_panics_and_one_that_fails_leave_the_others_alone() {
    let db = TestDb::sqlite().await;
    let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
    let turns: Arc<[AtomicUsize; 5]> = Arc::default();
    let count = |at: usize| {
        let turns = turns.clone();
        move || turns[at].fetch_add(1, Ordering::SeqCst)
    };
    let (endless, busy, panicking, failing, usual) = (count(0), count(1), count(2), count(3), count(4));
    let kinds = vec![
        Kind::new("endless", LOOK, move |_| {
            endless();
            std::future::pending()
        }),
        Kind::new("busy", LOOK, move |_| {
            busy();
            async { Ok(Next::More) }
        }),
        Kind::new("panicking", LOOK, move |_| {
            assert!(panicking() == usize::MAX, "as asked");
            async { Ok(Next::Done) }
        }),
        Kind::new("failing", LOOK, move |_| {
            failing();
            async { Err(AppError::invalid((), hefu_domain::Message::Internal)) }
        }),
        Kind::new("usual", LOOK, move |_| {
            usual();
            async { Ok(Next::Done) }
        }),
    ];
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(supervisor::run(app, kinds, async move {
        let _ = stopped.await;
    }));
    let at = |n: usize| turns[n].load(Ordering::SeqCst);
    for _ in 0..400 {
        if at(4) >= 50 && at(1) >= 50 && at(2) >= 3 && at(3) >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let seen: Vec<usize> = (0..5).map(at).collect();
    assert_eq!(seen[0], 1);
    // A failed turn is retried, but not at once.
    assert!(
        seen[1] >= 50 && seen[4] >= 50 && (3..20).contains(&seen[2]) && (3..20).contains(&seen[3]),
        "{seen:?}"
    );
    let began = Instant::now();
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(began.elapsed() < supervisor::GRACE + Duration::from_secs(2), "{:?}", began.elapsed());
}
