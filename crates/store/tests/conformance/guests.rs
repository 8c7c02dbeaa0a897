//! Guests: sealed, found again, and nowhere in plain text.

use hefu_domain::{
    guest::{Document, GuestState, Profile},
    ids::GuestId,
};
use hefu_kernel::Id as _;
use hefu_store::{
    Conn, GuestRow, Location, SourceProfile, StoreError,
    query::guest::{self, SearchKey},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

use crate::{behind::Behind, happened, write_group};

const PHONE: &str = "+8613900001234";
const NEW_PHONE: &str = "+8613900005678";
/// The example of GB 11643.
const DOCUMENT: &str = "11010519491231002X";

pub(crate) fn profile(phone: &str) -> Profile {
    Profile {
        full_name: "欧阳虚构".into(),
        phones: vec![phone.into()],
        documents: vec![Document {
            kind: "resident_id".into(),
            number: DOCUMENT.into(),
            country: Some("CHN".into()),
            expires: None,
            verified: false,
        }],
        birth: Some("1949-12-31".parse().unwrap()),
        ..Profile::default()
    }
}

pub(crate) fn keys(profile: &Profile) -> Vec<SearchKey> {
    let phones = profile.phones.iter().map(|phone| ("phone", phone.clone()));
    phones.chain([("name", profile.full_name.clone())]).collect()
}

pub(crate) async fn add(db: &TestDb, profile: Profile) -> GuestId {
    let id: GuestId = db.store.ids().id();
    db.store
        .write(move |tx| {
            let profile = profile.clone();
            Box::pin(async move {
                guest::insert(tx, id, &profile, &keys(&profile)).await?;
                tx.journal(happened(id.uuid(), json!({ "made": profile }))).await.map(drop)
            })
        })
        .await
        .unwrap();
    id
}

pub(crate) async fn find(db: &TestDb, id: GuestId) -> Option<guest::Guest> {
    guest::find(&mut db.store.read().await.unwrap(), db.store.vault(), id).await.unwrap()
}

pub(crate) async fn by_phone(db: &TestDb, phone: &str) -> Vec<GuestId> {
    let mut conn = db.store.read().await.unwrap();
    newest(&mut conn, db, phone, None, 10).await
}

async fn newest(c: &mut Conn, db: &TestDb, phone: &str, before: Option<GuestId>, limit: i64) -> Vec<GuestId> {
    let keys = [("phone", phone.to_owned())];
    let (found, _) = guest::newest(c, db.store.vault(), &keys, before, limit).await.unwrap();
    found.into_iter().flat_map(|found| found.guests).collect()
}

pub(crate) async fn update(db: &TestDb, known: guest::Guest, to: Profile) -> Result<i64, StoreError> {
    db.store
        .write(move |tx| {
            let (known, to) = (known.clone(), to.clone());
            Box::pin(async move {
                let version = guest::update(tx, &known, &to, &keys(&known.profile), &keys(&to)).await?;
                tx.journal(happened(known.id.uuid(), json!("changed"))).await?;
                Ok(version)
            })
        })
        .await
}

both_engines! {
    async fn what_searches_read_can_be_read_beforehand(db: TestDb) {
        let id = add(&db, profile(PHONE)).await;
        db.store.warm().await.unwrap();
        assert_eq!(by_phone(&db, PHONE).await, [id]);
    }

    async fn a_guest_is_found_by_what_is_known_now(db: TestDb) {
        let id = add(&db, profile(PHONE)).await;
        let known = find(&db, id).await.unwrap();
        assert_eq!((known.state, known.version), (GuestState::Active, 1));
        assert_eq!(known.profile, profile(PHONE));
        assert_eq!(by_phone(&db, PHONE).await, [id]);

        assert_eq!(update(&db, known.clone(), profile(NEW_PHONE)).await.unwrap(), 2);
        assert_eq!(find(&db, id).await.unwrap().profile, profile(NEW_PHONE));
        assert_eq!(by_phone(&db, PHONE).await, []);
        assert_eq!(by_phone(&db, NEW_PHONE).await, [id]);
        let tokens: Vec<i64> = Behind::the_store(&db).await.column("SELECT token FROM token").await;
        assert_eq!(tokens.len(), 2, "name and new phone");

        let stale = update(&db, known, profile("+8613900009999")).await;
        assert!(matches!(&stale, Err(StoreError::Conflict { table }) if table == "guest"), "{stale:?}");

        let db = db.reopen().await;
        assert_eq!(find(&db, id).await.unwrap().profile, profile(NEW_PHONE));
        assert_eq!(by_phone(&db, NEW_PHONE).await, [id]);
        assert_eq!(find(&db, db.store.ids().id()).await, None);
    }

    async fn guests_of_one_phone_come_page_by_page_the_newest_first(db: TestDb) {
        let mut made = Vec::new();
        for _ in 0..5 {
            made.insert(0, add(&db, profile(PHONE)).await);
        }
        let mut conn = db.store.read().await.unwrap();
        assert_eq!(guest::count(&mut conn).await.unwrap(), 5);
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = newest(&mut conn, &db, PHONE, before, 2).await;
            let Some(last) = page.last() else { break };
            before = Some(*last);
            found.push(page);
        }
        assert_eq!(found, made.chunks(2).collect::<Vec<_>>());
    }

    async fn a_merged_guest_leads_to_the_one_that_is_kept(db: TestDb) {
        let kept = add(&db, profile(PHONE)).await;
        let ids: [GuestId; 2] = [db.store.ids().id(), db.store.ids().id()];
        db.store
            .write(move |tx| {
                Box::pin(async move {
                    for (id, into) in [(ids[0], ids[1]), (ids[1], kept)] {
                        let (row, _) = guest::prepare(tx, id, &Profile::default(), &[]);
                        let row = GuestRow { state: GuestState::Merged, merged_into: Some(into), ..row };
                        tx.insert(&row).await?;
                    }
                    tx.journal(happened(kept.uuid(), json!("merged"))).await.map(drop)
                })
            })
            .await
            .unwrap();
        assert_eq!(find(&db, ids[0]).await.unwrap().id, kept);
    }

    async fn nothing_personal_lies_in_plain_text(db: TestDb) {
        let id = add(&db, profile(PHONE)).await;
        update(&db, find(&db, id).await.unwrap(), profile(NEW_PHONE)).await.unwrap();
        db.store
            .write(move |tx| {
                Box::pin(async move {
                    let received = serde_json::to_vec(&profile(PHONE)).unwrap_or_default();
                    let mut source = SourceProfile {
                        system: "ctrip".into(),
                        external_id: "42".into(),
                        guest_id: id,
                        received_at: "2026-10-03T08:00:00Z".parse().unwrap(),
                        record: Vec::new(),
                    };
                    guest::seal_source(tx, &mut source, &received).await?;
                    tx.insert(&source).await?;
                    write_group(tx, "EXPO").await
                })
            })
            .await
            .unwrap();
        let kept = match &db.location {
            Location::Embedded(dir) => {
                let mut kept = Vec::new();
                for name in ["hefu.db", "hefu.db-wal", "keys.db", "keys.db-wal"] {
                    let bytes = std::fs::read(dir.join(name)).unwrap();
                    assert!(!bytes.is_empty(), "{name}");
                    kept.extend(bytes);
                }
                kept
            }
            Location::Postgres(url) => {
                let dump = std::process::Command::new("pg_dump").arg(url).output().unwrap();
                assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
                dump.stdout
            }
        };
        // A dump shows bytes in hexadecimal.
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        let lies_open = |text: &str| {
            [text.to_owned(), hex(text)].iter().any(|text| kept.windows(text.len()).any(|w| w == text.as_bytes()))
        };
        assert!(lies_open("展会"), "what is not personal is found, so the search works");
        for text in ["欧阳虚构", &PHONE[1..], &NEW_PHONE[1..], DOCUMENT, "1949-12-31"] {
            assert!(!lies_open(text), "{text}");
        }
    }
}
