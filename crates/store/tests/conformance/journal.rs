//! The journal: no gaps, and nothing changed afterwards.

use std::{sync::Arc, time::Duration};

use hefu_domain::{
    ids::{GuestId, JournalEntryId, VisitId},
    journal::JournalEntry,
};
use hefu_kernel::Id as _;
use hefu_store::{
    JournalDraft, StoreError,
    query::{
        journal::{self, OpenedChange},
        ledger,
    },
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use tokio::{sync::Notify, task::JoinHandle, time::sleep};
use uuid::Uuid;

use crate::{at_once, behind::Behind, happened, said, write_group};

async fn sequence(db: &TestDb, limit: i64) -> Result<u64, StoreError> {
    db.store
        .write(move |tx| {
            Box::pin(async move {
                let next = journal::counted(tx).await?;
                ledger::place(tx, next, limit).await
            })
        })
        .await
}

pub(crate) async fn sequence_all(db: &TestDb) {
    while sequence(db, 100).await.unwrap() > 0 {}
}

/// Every entry that has its place, in order.
pub(crate) async fn entries(db: &TestDb) -> Vec<JournalEntry> {
    journal::after(&mut db.store.read().await.unwrap(), -1, 1_000).await.unwrap()
}

fn assert_no_gap_in(entries: &[JournalEntry]) {
    let places: Vec<_> = entries.iter().map(|entry| entry.log_index).collect();
    assert_eq!(places, (0..places.len() as i64).map(Some).collect::<Vec<_>>());
}

async fn assert_no_gap(db: &TestDb) {
    let places = entries(db).await;
    assert_no_gap_in(&places);
    let mut conn = db.store.read().await.unwrap();
    assert_eq!(journal::counted(&mut conn).await.unwrap(), places.len() as i64);
}

both_engines! {
    async fn batches_of_places_follow_one_another(db: TestDb) {
        assert_eq!(sequence(&db, 5).await.unwrap(), 0);
        for n in 0..12 {
            db.store.write(move |tx| Box::pin(async move { write_group(tx, &format!("G{n}")).await })).await.unwrap();
        }
        for expected in [5, 5, 2, 0] {
            assert_eq!(sequence(&db, 5).await.unwrap(), expected);
            assert_no_gap(&db).await;
        }
        let all = entries(&db).await;
        assert!(all.windows(2).all(|pair| pair[0].id < pair[1].id), "in order of their making");
        let mut conn = db.store.read().await.unwrap();
        assert_eq!(journal::after(&mut conn, 9, 10).await.unwrap(), all[10..]);
        assert_eq!(journal::before(&mut conn, 2, 10).await.unwrap(), [all[1].clone(), all[0].clone()]);
        assert_eq!(journal::at(&mut conn, 3).await.unwrap().as_ref(), Some(&all[3]));
        assert_eq!(journal::at(&mut conn, 12).await.unwrap(), None);
        drop(conn);
        let db = db.reopen().await;
        assert_eq!(entries(&db).await, all);
    }

    async fn sequencers_at_once_leave_no_gap_and_move_nothing(db: TestDb) {
        let db = Arc::new(db);
        let writers = at_once(4, |writer| {
            let db = db.clone();
            async move {
                let mut seen = Vec::new();
                for n in 0..10 {
                    let code = format!("G{writer}-{n}");
                    db.store
                        .write(move |tx| {
                            let code = code.clone();
                            Box::pin(async move { write_group(tx, &code).await })
                        })
                        .await
                        .unwrap();
                    match sequence(&db, 3).await {
                        Ok(_) | Err(StoreError::Duplicate { .. } | StoreError::Conflict { .. }) => {}
                        Err(error) => panic!("{error:?}"),
                    }
                    seen.push(entries(&db).await);
                }
                seen
            }
        })
        .await;
        sequence_all(&db).await;
        assert_no_gap(&db).await;
        let all = entries(&db).await;
        assert_eq!(all.len(), 40);
        for seen in writers.iter().flatten() {
            assert_no_gap_in(seen);
            assert_eq!(seen[..], all[..seen.len()]);
        }
    }

    // On PostgreSQL the second sequencer looks before the first has committed and then waits for its
    // rows. What has its place by then keeps it, also when an entry came between.
    async fn a_sequencer_that_waited_for_another_moves_nothing(db: TestDb) {
        let ids: [JournalEntryId; 4] = std::array::from_fn(|_| db.store.ids().id());
        write_entries(&db, vec![ids[0]]).await;
        let first = place_slowly(&db, 0).await;
        assert_eq!(sequence(&db, 100).await.unwrap(), 0);
        assert_eq!(first.await.unwrap().unwrap(), 2);

        write_entries(&db, vec![ids[1], ids[3]]).await;
        let first = place_slowly(&db, 2).await;
        write_entries(&db, vec![ids[2]]).await;
        let second = sequence(&db, 100).await;
        assert!(matches!(second, Ok(_) | Err(StoreError::Duplicate { .. })), "{second:?}");
        assert_eq!(first.await.unwrap().unwrap(), 3);
        sequence_all(&db).await;
        assert_no_gap(&db).await;
        let placed: Vec<_> = entries(&db).await.iter().map(|entry| entry.id).collect();
        assert_eq!([placed[0], placed[2], placed[3], placed[5]], [ids[0], ids[1], ids[3], ids[2]]);
    }

    async fn a_change_opens_and_any_forgery_is_noticed(db: TestDb) {
        let guest: GuestId = db.store.ids().id();
        let words = json!({ "phone": { "from": "+8613900001234", "to": "+8613900005678" } });
        let visit: VisitId = db.store.ids().id();
        let spoken = words.clone();
        db.store
            .write(move |tx| {
                let spoken = spoken.clone();
                Box::pin(async move {
                    write_group(tx, "EXPO").await?;
                    let entry = happened(guest.uuid(), spoken.clone());
                    tx.journal(JournalDraft { reason: Some("asked".into()), visit_id: Some(visit), ..entry }).await?;
                    tx.journal(happened(guest.uuid(), spoken)).await.map(drop)
                })
            })
            .await
            .unwrap();
        sequence_all(&db).await;
        let all = entries(&db).await;
        let [_, entry, twin] = &all[..] else { panic!("{all:?}") };
        assert_eq!(
            (entry.actor.as_str(), entry.action.as_str(), entry.subject_id),
            ("test", "guest.source", guest.uuid())
        );
        let mut conn = db.store.read().await.unwrap();
        let vault = db.store.vault();
        assert_eq!(journal::of_visit(&mut conn, visit, 10).await.unwrap(), std::slice::from_ref(entry));
        let told = journal::told_of_visit(&mut conn, vault, visit, 10).await.unwrap();
        assert_eq!((&told[0].entry, told[0].reason.as_deref(), told.len()), (entry, Some("asked"), 1));
        let told = journal::told_after(&mut conn, vault, -1, 10).await.unwrap();
        assert_eq!(told.iter().map(|told| told.reason.as_deref()).collect::<Vec<_>>(), [None, Some("asked"), None]);
        assert!(told.iter().map(|told| &told.entry).eq(&all));
        assert_eq!(journal::told_at(&mut conn, vault, 1).await.unwrap().as_ref(), Some(&told[1]));
        let backwards = journal::told_before(&mut conn, vault, 2, 10).await.unwrap();
        assert_eq!(backwards, [told[1].clone(), told[0].clone()]);
        let change = Some(OpenedChange { event: said(words), reason: Some("asked".into()) });
        assert_eq!(journal::change(&mut conn, vault, entry).await.unwrap(), change);
        assert_ne!(entry.commitment, twin.commitment, "the same words give no hint of being the same");

        let mut behind = Behind::the_store(&db).await;
        let set = "UPDATE journal_change SET change = $1 WHERE entry_id = $2";
        let sealed: Vec<Vec<u8>> =
            behind.column("SELECT change FROM journal_change ORDER BY entry_id").await;
        for place in [0, 1, 12, sealed[1].len() / 2, sealed[1].len() - 1] {
            let mut forged = sealed[1].clone();
            forged[place] ^= 1;
            behind.change(set, forged, entry.id.uuid()).await;
            let opened = journal::change(&mut conn, vault, entry).await;
            assert!(matches!(opened, Err(StoreError::Crypto { .. })), "byte {place}: {opened:?}");
        }
        behind.change(set, sealed[2].clone(), entry.id.uuid()).await;
        let swapped = journal::change(&mut conn, vault, entry).await;
        assert!(matches!(swapped, Err(StoreError::Crypto { .. })), "{swapped:?}");
        behind.change(set, sealed[1].clone(), entry.id.uuid()).await;
        assert_eq!(journal::change(&mut conn, vault, entry).await.unwrap(), change);

        behind
            .change("UPDATE journal SET commitment = $1 WHERE id = $2", twin.commitment.clone(), entry.id.uuid())
            .await;
        let forged = journal::at(&mut conn, 1).await.unwrap().unwrap();
        let opened = journal::change(&mut conn, vault, &forged).await;
        assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "{opened:?}");
    }
}

/// Gives all that wait their places from `size` on, but takes its time to commit.
async fn place_slowly(db: &TestDb, size: i64) -> JoinHandle<Result<u64, StoreError>> {
    let (store, placed) = (db.store.clone(), Arc::new(Notify::new()));
    let told = placed.clone();
    let unit = tokio::spawn(async move {
        store
            .write(move |tx| {
                let placed = placed.clone();
                Box::pin(async move {
                    let count = ledger::place(tx, size, 100).await?;
                    placed.notify_one();
                    sleep(Duration::from_millis(500)).await;
                    Ok(count)
                })
            })
            .await
    });
    told.notified().await;
    unit
}

/// Entries with these ids, and after them the one that binds them.
async fn write_entries(db: &TestDb, ids: Vec<JournalEntryId>) {
    db.store
        .write(move |tx| {
            let ids = ids.clone();
            Box::pin(async move {
                for id in ids {
                    let entry = JournalEntry {
                        id,
                        at: "2026-10-03T08:00:00Z".parse().unwrap_or_default(),
                        actor: "test".into(),
                        action: "test.write".into(),
                        property_id: None,
                        visit_id: None,
                        subject_kind: "test".into(),
                        subject_id: id.uuid(),
                        commitment: vec![0; 32],
                        log_index: None,
                    };
                    tx.insert(&entry).await?;
                }
                tx.journal(happened(Uuid::nil(), json!(null))).await.map(drop)
            })
        })
        .await
        .unwrap();
}
