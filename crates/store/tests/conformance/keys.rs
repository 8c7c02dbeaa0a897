//! Data keys: one for each owner, never used before they are kept, renewed and destroyed.

use hefu_crypto::{KeyRing, OsRng};
use hefu_domain::{
    event::{Event, GuestEvent},
    guest::Profile,
    ids::GuestId,
    journal::JournalEntry,
};
use hefu_kernel::Id as _;
use hefu_store::{
    StoreError, keys,
    query::{guest, journal},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    at_once,
    behind::Behind,
    guests::{add, by_phone, find, profile, update},
    happened,
    journal::{entries, sequence_all},
};

const PHONE: &str = "+8613900001234";

async fn say(db: &TestDb, owner: Uuid, words: Value) -> Result<(), StoreError> {
    db.store
        .write(move |tx| {
            let words = words.clone();
            Box::pin(async move { tx.journal(happened(owner, words)).await.map(drop) })
        })
        .await
}

async fn change(db: &TestDb, entry: &JournalEntry) -> Result<Option<Value>, StoreError> {
    let opened = journal::change(&mut db.store.read().await.unwrap(), db.store.vault(), entry).await?;
    Ok(opened.map(|change| match change.event {
        Event::Guest(GuestEvent::Source { record, .. }) => record,
        other => panic!("{other:?}"),
    }))
}

async fn changes(db: &TestDb) -> Vec<Option<Value>> {
    let mut found = Vec::new();
    for entry in entries(db).await {
        found.push(change(db, &entry).await.unwrap());
    }
    found
}

async fn rotate(db: &TestDb) -> u16 {
    let mut ring = db.ring();
    let version = ring.rotate(&OsRng);
    ring.save(&db.key_file()).unwrap();
    db.store.vault().replace_ring(ring);
    version
}

both_engines! {
    async fn a_key_of_a_unit_that_failed_is_never_used(db: TestDb) {
        let owner: Uuid = db.store.ids().id();
        let failed = db
            .store
            .write(move |tx| {
                Box::pin(async move {
                    tx.journal(happened(owner, json!("never"))).await?;
                    Err::<(), _>(StoreError::Erased)
                })
            })
            .await;
        assert!(matches!(failed, Err(StoreError::Erased)));
        let kept = db
            .store
            .write(move |tx| {
                Box::pin(async move { Ok::<_, StoreError>(tx.find_data_key(owner).await?.is_some()) })
            })
            .await;
        assert!(!kept.unwrap());

        say(&db, owner, json!("kept")).await.unwrap();
        sequence_all(&db).await;
        let db = db.reopen().await;
        assert_eq!(changes(&db).await, [Some(json!("kept"))]);
    }

    async fn units_that_need_a_new_key_for_one_owner_get_the_same(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let owner: Uuid = db.store.ids().id();
        let ends = at_once(8, |n| {
            let db = db.clone();
            async move { say(&db, owner, json!(n)).await }
        })
        .await;
        assert!(ends.iter().all(Result::is_ok), "{ends:?}");
        let db = std::sync::Arc::into_inner(db).unwrap();
        sequence_all(&db).await;
        let said = |changes: Vec<Option<Value>>| {
            let mut said: Vec<_> = changes.into_iter().map(|change| change.unwrap().as_u64().unwrap()).collect();
            said.sort_unstable();
            said
        };
        assert_eq!(said(changes(&db).await), [0, 1, 2, 3, 4, 5, 6, 7]);
        let db = db.reopen().await;
        assert_eq!(said(changes(&db).await), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    async fn without_the_key_nothing_of_a_guest_can_be_read(db: TestDb) {
        let (erased, other) = (add(&db, profile(PHONE)).await, add(&db, profile(PHONE)).await);
        sequence_all(&db).await;
        assert!(changes(&db).await.iter().all(Option::is_some));
        let mut behind = Behind::the_store(&db).await;
        behind.change("DELETE FROM keys.data_key WHERE owner = $1 AND $2 = 1", erased.uuid(), 1i64).await;
        behind.change("UPDATE guest SET state = 'erased' WHERE id = $1 AND $2 = 1", erased.uuid(), 1i64).await;
        db.store.vault().forget(erased.uuid());
        assert_eq!(find(&db, erased).await.unwrap().profile, Profile::default());
        let db = db.reopen().await;
        assert_eq!(find(&db, erased).await.unwrap().profile, Profile::default());
        assert_eq!(find(&db, other).await.unwrap().profile, profile(PHONE));
        let readable: Vec<bool> = changes(&db).await.iter().map(Option::is_some).collect();
        assert_eq!(readable, [false, true]);
    }

    async fn after_a_rotation_everything_is_wrapped_anew_and_opens(db: TestDb) {
        let mut guests = Vec::new();
        for n in 0..3 {
            guests.push(add(&db, profile(&format!("+861390000000{n}"))).await);
        }
        sequence_all(&db).await;
        let before = changes(&db).await;

        let version = rotate(&db).await;
        let mut renewed = 0;
        loop {
            let mut conn = db.store.read().await.unwrap();
            let mut behind = keys::page(&mut conn, Uuid::nil(), 100).await.unwrap();
            drop(conn);
            behind.retain(|(_, key)| KeyRing::wrapped_version(key) != Some(version));
            behind.truncate(2);
            if behind.is_empty() {
                break;
            }
            renewed += behind.len();
            db.store
                .write(move |tx| {
                    let behind = behind.clone();
                    Box::pin(async move { behind.iter().try_for_each(|(owner, key)| tx.rewrap(*owner, key)) })
                })
                .await
                .unwrap();
        }
        assert_eq!(renewed, 4, "each guest's, and the chain's, which seals the evidence of their entries");
        let wrapped: Vec<Vec<u8>> =
            Behind::the_store(&db).await.column("SELECT wrapped FROM keys.data_key").await;
        assert!(wrapped.iter().all(|key| KeyRing::wrapped_version(key) == Some(version)));

        let db = db.reopen().await;
        assert_eq!(changes(&db).await, before);
        for (n, guest) in guests.iter().enumerate() {
            let phone = format!("+861390000000{n}");
            assert_eq!(by_phone(&db, &phone).await, [*guest], "the old version is still searched");
            let known = find(&db, *guest).await.unwrap();
            update(&db, known.clone(), known.profile).await.unwrap();
        }
        let mut conn = db.store.read().await.unwrap();
        let indexed = guest::indexed_under(&mut conn, db.store.vault(), GuestId::NIL, 10).await.unwrap();
        assert_eq!(indexed, guests.iter().map(|guest| (*guest, Some(version))).collect::<Vec<_>>());
        drop(conn);

        let mut ring = db.ring();
        ring.retire(1).unwrap();
        ring.save(&db.key_file()).unwrap();
        let db = db.reopen().await;
        for (n, guest) in guests.iter().enumerate() {
            assert_eq!(by_phone(&db, &format!("+861390000000{n}")).await, [*guest]);
        }
        let tokens: Vec<i64> = Behind::the_store(&db).await.column("SELECT token FROM token").await;
        assert_eq!(tokens.len(), 6, "those of the old version are gone");
    }
}
