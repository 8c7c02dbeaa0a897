//! Guests that were joined into others or erased, as search and rotation meet them.
#![expect(clippy::unwrap_used, reason = "tests")]

use hefu_app::{
    App, AppError,
    people::profile::search_keys,
    search::{SearchQuery, SearchView, Why},
};
use hefu_domain::{
    event::GuestEvent,
    guest::{GuestState, Profile},
    ids::GuestId,
};
use hefu_kernel::Id as _;
use hefu_store::{JournalDraft, query};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};

/// Writes a guest in this state, with its search tokens.
async fn write(db: &TestDb, name: &str, phone: &str, state: GuestState, into: Option<GuestId>) -> GuestId {
    let id: GuestId = db.store.ids().id();
    let profile = Profile { full_name: name.into(), phones: vec![phone.into()], ..Profile::default() };
    db.store
        .write(move |tx| {
            let profile = profile.clone();
            Box::pin(async move {
                let (mut row, tokens) = query::guest::prepare(tx, id, &profile, &search_keys(&profile));
                (row.state, row.merged_into) = (state, into);
                tx.insert(&row).await?;
                tx.insert_all(&tokens).await?;
                let happened = JournalDraft {
                    actor: "test",
                    at: "2026-10-03T08:00:00Z".parse().unwrap_or_default(),
                    event: GuestEvent::Reveal { classes: Vec::new() }.into(),
                    reason: None,
                    property_id: None,
                    visit_id: None,
                    subject: ("guest", id.uuid()),
                    owner: id.uuid(),
                };
                tx.journal(happened).await?;
                Ok::<_, AppError>(())
            })
        })
        .await
        .unwrap();
    id
}

async fn search(app: &App, q: &str) -> SearchView {
    app.search(&SearchQuery { q: q.into(), limit: 10, ..SearchQuery::default() }).await.unwrap()
}

both_engines! {
    async fn a_joined_guest_leads_to_the_one_kept_and_an_erased_one_nowhere(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let kept = write(&db, "欧阳娜娜", "+8613700001111", GuestState::Active, None).await;
        write(&db, "Nana Ouyang", "+8613700002222", GuestState::Merged, Some(kept)).await;
        write(&db, "李无名", "+8613700003333", GuestState::Erased, None).await;
        let check = async || {
            for q in ["13700001111", "13700002222", "2222", "欧阳娜娜"] {
                let found = search(&app, q).await;
                let guests: Vec<_> = found.guests.iter().map(|hit| (hit.id, &*hit.name)).collect();
                assert_eq!(guests, [(kept, "欧阳娜娜")], "{q}");
            }
            assert_eq!(search(&app, "13700002222").await.guests[0].why, [Why::Phone]);
            for q in ["13700003333", "李无名"] {
                assert!(search(&app, q).await.guests.is_empty(), "{q}");
            }
        };
        check().await;

        let vault = db.store.vault().clone();
        let mut ring = db.ring();
        ring.rotate(&*vault.rng);
        ring.save(&db.key_file()).unwrap();
        vault.replace_ring(ring);
        let report = app.rotate_keys(|_| ()).await.unwrap();
        assert_eq!((report.version, report.reindexed), (2, 2));
        let mut ring = db.ring();
        ring.retire(1).unwrap();
        vault.replace_ring(ring);
        check().await;
    }
}
