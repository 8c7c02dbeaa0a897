//! The one door for writes.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::{BoxFuture, join};
use hefu_domain::ids::VisitId;
use hefu_kernel::Id as _;
use hefu_store::{AfterCommit, Idempotency, Store, StoreError, WriteError, query};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use tokio::{
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{at_once, group_exists, happened, write_group};

/// How a use case of its own may fail.
#[derive(Debug)]
enum Failure {
    Refused,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl WriteError for Failure {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

/// Keeps SQLite's writer busy for a while, so that the units after it stand in line for one batch.
async fn hold_the_writer(db: &TestDb) {
    let store = db.store.clone();
    tokio::spawn(async move {
        store
            .write(|_| {
                Box::pin(async {
                    sleep(Duration::from_millis(200)).await;
                    Ok::<(), StoreError>(())
                })
            })
            .await
    });
    sleep(Duration::from_millis(50)).await;
}

/// Notes, when it is told of a change, how many changes a reader at that moment has seen.
struct PublishTurn {
    store: Store,
    seen: Mutex<Vec<u64>>,
}

impl AfterCommit for PublishTurn {
    fn changed<'a>(&'a self, ids: &'a [Uuid]) -> BoxFuture<'a, ()> {
        assert!(!ids.is_empty());
        let total = self.store.generations().total();
        Box::pin(async move { self.seen.lock().unwrap().push(total) })
    }
}

/// Takes its time to tell others of the first change, until the same request has been made again.
struct Slow {
    repeated: Semaphore,
    has_told: AtomicBool,
}

impl AfterCommit for Slow {
    fn changed<'a>(&'a self, _ids: &'a [Uuid]) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.repeated.acquire().await.unwrap().forget();
            sleep(Duration::from_millis(100)).await;
            self.has_told.store(true, Ordering::SeqCst);
        })
    }
}

both_engines! {
    async fn a_repetition_is_answered_when_the_first_has_been_told_of(db: TestDb) {
        let slow = Arc::new(Slow { repeated: Semaphore::new(0), has_told: AtomicBool::default() });
        let store = db.store.clone().telling(slow.clone());
        let first = store.write(|tx| Box::pin(async move { write_group(tx, "ONCE").await }));
        let repeated = async {
            while !group_exists(&db, "ONCE").await {
                tokio::task::yield_now().await;
            }
            let at = slow.clone();
            let again = store.write(move |tx| {
                let at = at.clone();
                Box::pin(async move {
                    assert!(query::visit::group_by_code(tx, "ONCE").await?.is_some());
                    at.repeated.add_permits(1);
                    Ok::<(), StoreError>(())
                })
            });
            again.await.unwrap();
            assert!(slow.has_told.load(Ordering::SeqCst));
        };
        let (first, ()) = join(first, repeated).await;
        first.unwrap();
    }

    async fn who_asked_for_a_change_may_go_away_while_it_is_committed(db: TestDb) {
        let told = Arc::new(PublishTurn { store: db.store.clone(), seen: Mutex::default() });
        let store = db.store.clone().telling(told.clone());
        for round in 0..20 {
            let mut changes = store.changes();
            let (has_done, mut done) = watch::channel(false);
            let code = format!("GONE{round}");
            let write = store.write(move |tx| {
                let (code, has_done) = (code.clone(), has_done.clone());
                Box::pin(async move {
                    write_group(tx, &code).await?;
                    has_done.send_replace(true);
                    Ok::<(), StoreError>(())
                })
            });
            tokio::select! {
                biased;
                _ = done.wait_for(|done| *done) => {}
                ended = write => ended.unwrap(),
            }
            timeout(Duration::from_secs(20), changes.recv()).await.unwrap().unwrap();
            assert!(group_exists(&db, &format!("GONE{round}")).await);
            let all_are_told = async {
                while told.seen.lock().unwrap().len() <= round {
                    tokio::task::yield_now().await;
                }
            };
            timeout(Duration::from_secs(20), all_are_told).await.unwrap();
        }
    }

    async fn what_was_kept_while_others_were_told_is_old_when_the_change_is_answered(db: TestDb) {
        let telling = Arc::new(PublishTurn { store: db.store.clone(), seen: Mutex::default() });
        let store = db.store.clone().telling(telling.clone());
        store.write(|tx| Box::pin(async move { write_group(tx, "TOLD").await })).await.unwrap();
        let seen = telling.seen.lock().unwrap().clone();
        assert!(matches!(seen[..], [seen] if seen < store.generations().total()), "{seen:?}");
    }

    async fn a_row_without_a_journal_entry_is_refused(db: TestDb) {
        let unjournalled = db
            .store
            .write(|tx| {
                Box::pin(async move {
                    write_group(tx, "FIRST").await?;
                    let group = query::visit::group_by_code(tx, "FIRST").await?;
                    tx.delete(&group.ok_or(StoreError::Closed)?).await
                })
            })
            .await;
        assert!(matches!(unjournalled, Err(StoreError::Unjournalled)), "{unjournalled:?}");
        assert!(!group_exists(&db, "FIRST").await);
        let mut conn = db.store.read().await.unwrap();
        assert_eq!(query::journal::pending(&mut conn).await.unwrap(), 0);
    }

    async fn a_unit_that_fails_leaves_nothing_and_its_neighbours_stay(db: TestDb) {
        hold_the_writer(&db).await;
        let ends = at_once(20, |n| {
            let store = db.store.clone();
            async move {
                let end = store
                    .write(move |tx| {
                        Box::pin(async move {
                            write_group(tx, &format!("G{n}")).await?;
                            if n % 2 == 1 { Err(Failure::Refused) } else { Ok(()) }
                        })
                    })
                    .await;
                (n, end)
            }
        })
        .await;
        let db = db.reopen().await;
        for (n, end) in ends {
            assert!(matches!((n % 2, &end), (0, Ok(())) | (1, Err(Failure::Refused))), "{n}: {end:?}");
            assert_eq!(group_exists(&db, &format!("G{n}")).await, n % 2 == 0, "{n}");
        }
        let mut conn = db.store.read().await.unwrap();
        assert_eq!(query::journal::pending(&mut conn).await.unwrap(), 10);
    }

    async fn a_panic_in_one_unit_is_not_the_end_of_the_others(db: TestDb) {
        hold_the_writer(&db).await;
        let ends = at_once(3, |n| {
            let store = db.store.clone();
            async move {
                let unit = tokio::spawn(async move {
                    store
                        .write(move |tx| {
                            Box::pin(async move {
                                write_group(tx, &format!("G{n}")).await?;
                                assert_ne!(n, 1, "a defect in a use case, on purpose");
                                Ok::<(), StoreError>(())
                            })
                        })
                        .await
                });
                (n, matches!(unit.await, Ok(Ok(()))))
            }
        })
        .await;
        for (n, kept) in ends {
            assert_eq!((kept, group_exists(&db, &format!("G{n}")).await), (n != 1, n != 1), "{n}");
        }
        db.store.write(|tx| Box::pin(write_group(tx, "LATER"))).await.unwrap();
        assert!(group_exists(&db, "LATER").await);
    }

    async fn a_conflict_is_tried_again(db: TestDb) {
        let tries = Arc::new(AtomicU32::new(0));
        let counted = tries.clone();
        db.store
            .write(move |tx| {
                let counted = counted.clone();
                Box::pin(async move {
                    write_group(tx, "ONCE").await?;
                    if counted.fetch_add(1, Ordering::SeqCst) < 2 {
                        return Err(StoreError::Conflict { table: "test".into() });
                    }
                    Ok(())
                })
            })
            .await
            .unwrap();
        assert_eq!(tries.load(Ordering::SeqCst), 3);
        let mut conn = db.store.read().await.unwrap();
        assert_eq!(query::journal::pending(&mut conn).await.unwrap(), 1);
    }

    async fn only_what_was_committed_is_announced(db: TestDb) {
        let mut changes = db.store.changes();
        let [refused, kept]: [VisitId; 2] = std::array::from_fn(|_| db.store.ids().id());
        for (visit, well) in [(refused, false), (kept, true)] {
            let end = db
                .store
                .write(move |tx| {
                    Box::pin(async move {
                        let entry = happened(visit.uuid(), json!(null));
                        tx.journal(hefu_store::JournalDraft { visit_id: Some(visit), ..entry }).await?;
                        if well { Ok(()) } else { Err(Failure::Refused) }
                    })
                })
                .await;
            assert_eq!(end.is_ok(), well);
        }
        assert_eq!(changes.recv().await.unwrap().visits, [kept]);
        assert!(changes.try_recv().is_err());
    }

    async fn closing_waits_for_what_was_accepted(db: TestDb) {
        let store = db.store.clone();
        let accepted = tokio::spawn(async move {
            store
                .write(|tx| {
                    Box::pin(async move {
                        sleep(Duration::from_millis(300)).await;
                        write_group(tx, "LAST").await
                    })
                })
                .await
        });
        sleep(Duration::from_millis(100)).await;
        let db = db.reopen().await;
        assert!(group_exists(&db, "LAST").await);
        accepted.await.unwrap().unwrap();
    }

    async fn a_request_is_answered_once(db: TestDb) {
        let at = "2026-10-03T08:00:00Z".parse().unwrap();
        let answers = at_once(8, |n| {
            let store = db.store.clone();
            async move {
                store
                    .write(move |tx| {
                        Box::pin(async move {
                            let claim = Idempotency {
                                key: "desk:1".into(),
                                request: vec![0; 32],
                                answer: Vec::new(),
                                at,
                            };
                            if !query::journal::claim(tx, &claim).await? {
                                let first = query::journal::answer(tx, "desk:1").await?;
                                return first.map(|first| first.answer).ok_or(StoreError::Closed);
                            }
                            let answer = Idempotency { answer: vec![n as u8], ..claim };
                            tx.answer(&answer).await?;
                            Ok::<_, StoreError>(answer.answer)
                        })
                    })
                    .await
                    .unwrap()
            }
        })
        .await;
        assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");

        let mut conn = db.store.read().await.unwrap();
        let kept = query::journal::answer(&mut conn, "desk:1").await.unwrap().unwrap();
        assert_eq!((kept.answer, kept.request, kept.at), (answers[0].clone(), vec![0; 32], at));
        assert_eq!(query::journal::answer(&mut conn, "desk:2").await.unwrap(), None);

        for (before, forgotten) in [(at, 0), (at + chrono::TimeDelta::microseconds(1), 1)] {
            let gone = db.store.write(move |tx| Box::pin(query::journal::forget_answers(tx, before))).await;
            assert_eq!(gone.unwrap(), forgotten);
        }
    }
}
