//! No kind of work blocks another, or the shutdown of the server.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use hefu_app::{AppError, Rush};
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

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_way_waits_until_nobody_is_turned_away_and_others_do_not() {
    let db = TestDb::sqlite().await;
    let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
    let (gave_way, usual): (Arc<AtomicUsize>, Arc<AtomicUsize>) = (Arc::default(), Arc::default());
    let counted = |turns: &Arc<AtomicUsize>| {
        let turns = turns.clone();
        move |_| {
            turns.fetch_add(1, Ordering::SeqCst);
            async { Ok(Next::Done) }
        }
    };
    let kinds = vec![
        Kind::new("gives way", LOOK, counted(&gave_way)).giving_way(),
        Kind::new("usual", LOOK, counted(&usual)),
    ];
    let rush = app.service::<Rush>();
    rush.goes_on();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(supervisor::run(app, kinds, async move {
        let _ = stopped.await;
    }));
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        rush.goes_on();
    }
    assert_eq!(gave_way.load(Ordering::SeqCst), 0);
    assert!(usual.load(Ordering::SeqCst) > 5);
    for _ in 0..400 {
        if gave_way.load(Ordering::SeqCst) > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(gave_way.load(Ordering::SeqCst) > 0 && !rush.is_on());
    // Whoever waits for the end of a rush keeps nobody from stopping.
    rush.goes_on();
    let began = Instant::now();
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}
