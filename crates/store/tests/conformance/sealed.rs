//! What is sealed opens in its own place only: no record can be laid under another's name.

use hefu_domain::{
    folio::{PreAuth, PreAuthState},
    ids::{GuestId, PropertyId},
    source::{ClaimField, Difference, DifferenceState, Says, SourceKind, SourceRecord, SourceState},
};
use hefu_kernel::Id as _;
use hefu_store::{
    SourceProfile, StoreError,
    query::{guest, source, visit},
};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;
use uuid::Uuid;

use crate::{
    day,
    guests::{add, profile},
    happened,
};

fn record(owner: GuestId, system: &str, external_id: &str) -> SourceRecord {
    SourceRecord {
        property_id: PropertyId::from_uuid(Uuid::from_u128(1)),
        system: system.into(),
        kind: SourceKind::Booking,
        external_id: external_id.into(),
        version: 1,
        visit_id: None,
        part_id: None,
        parts: String::new(),
        state: SourceState::Waiting,
        run_id: None,
        received_at: "2026-10-03T08:00:00Z".parse().unwrap(),
        owner: owner.uuid(),
        digest: Vec::new(),
        record: Vec::new(),
    }
}

fn is_unauthentic<T: std::fmt::Debug>(opened: Result<T, StoreError>) -> bool {
    matches!(opened, Err(StoreError::Crypto { .. }))
}

both_engines! {
    async fn a_source_record_opens_under_its_own_system_kind_and_key_only(db: TestDb) {
        let owner = add(&db, profile("+8613900001111")).await;
        let written = db
            .store
            .write(move |tx| {
                Box::pin(async move {
                    let mut written = Vec::new();
                    for (system, external_id) in [("pms", "17"), ("pms", "18"), ("携程", "17")] {
                        let mut one = record(owner, system, external_id);
                        source::seal(tx, &mut one, "same content", external_id.as_bytes()).await?;
                        tx.insert(&one).await?;
                        written.push(one);
                    }
                    tx.journal(happened(owner.uuid(), json!("written"))).await?;
                    Ok::<_, StoreError>(written)
                })
            })
            .await
            .unwrap();
        // As they lie in the database, and then what was sealed exchanged between any two of them.
        let property = written[0].property_id;
        let c = &mut db.store.read().await.unwrap();
        for one in &written {
            let kept = source::versions(c, (property, &one.system, one.kind), &one.external_id).await.unwrap();
            assert_eq!(kept, std::slice::from_ref(one));
            let opened = source::open(c, db.store.vault(), one).await.unwrap().unwrap();
            assert_eq!(opened, one.external_id.as_bytes());
            let moved = [
                SourceRecord { kind: SourceKind::Stay, ..one.clone() },
                SourceRecord { version: 2, ..one.clone() },
                SourceRecord { property_id: PropertyId::NIL, ..one.clone() },
                // One text, cut at another place.
                SourceRecord { system: format!("{}:{}", one.system, one.external_id), external_id: String::new(), ..one.clone() },
            ];
            for moved in moved {
                assert!(is_unauthentic(source::open(c, db.store.vault(), &moved).await), "{moved:?}");
            }
            for other in written.iter().filter(|other| *other != one) {
                let swapped = SourceRecord { record: other.record.clone(), ..one.clone() };
                assert!(is_unauthentic(source::open(c, db.store.vault(), &swapped).await), "{swapped:?}");
            }
        }
        // The digests as well: another record's says nothing of this one.
        db.tamper("UPDATE source_record SET digest = (SELECT o.digest FROM source_record o
            WHERE o.system = 'pms' AND o.external_id = '18') WHERE system = 'pms' AND external_id = '17'").await;
        let ids = ["17".to_owned(), "18".to_owned()];
        let latest = source::latest(c, db.store.vault(), (property, "pms", SourceKind::Booking), &ids).await.unwrap();
        let is_same = |id: &str| latest[id].is_same(db.store.vault(), "same content");
        assert_eq!((is_same("17"), is_same("18")), (Some(false), Some(true)));
        assert_eq!(latest["17"].open(db.store.vault()).unwrap().unwrap(), b"17");
    }

    async fn a_record_of_a_guest_opens_under_its_own_source_only(db: TestDb) {
        let owner = add(&db, profile("+8613900001111")).await;
        let of = |system: &str, external_id: &str| SourceProfile {
            system: system.into(),
            external_id: external_id.into(),
            guest_id: owner,
            received_at: "2026-10-03T08:00:00Z".parse().unwrap(),
            record: Vec::new(),
        };
        let sources = [of("pms", "17"), of("pms", "18"), of("ota", "17")];
        let sealed = db
            .store
            .write(move |tx| {
                let mut sources = sources.clone();
                Box::pin(async move {
                    for source in &mut sources {
                        guest::seal_source(tx, source, b"received").await?;
                    }
                    Ok::<_, StoreError>(sources)
                })
            })
            .await
            .unwrap();
        let c = &mut db.store.read().await.unwrap();
        for one in &sealed {
            assert_eq!(guest::open_source(c, db.store.vault(), one).await.unwrap(), b"received");
            for other in sealed.iter().filter(|other| *other != one) {
                let swapped = SourceProfile { record: other.record.clone(), ..one.clone() };
                assert!(is_unauthentic(guest::open_source(c, db.store.vault(), &swapped).await));
            }
        }
    }

    async fn the_sides_of_a_difference_are_its_own(db: TestDb) {
        let owner = add(&db, profile("+8613900001111")).await;
        let of = |id: u128| Difference {
            property_id: PropertyId::NIL,
            visit_id: hefu_domain::ids::VisitId::NIL,
            id: hefu_domain::ids::DifferenceId::from_uuid(Uuid::from_u128(id)),
            system: "pms".into(),
            kind: SourceKind::Booking,
            external_id: "17".into(),
            record_version: 1,
            field: ClaimField::Rate,
            owner: owner.uuid(),
            says: Vec::new(),
            state: DifferenceState::Open,
            opened_at: "2026-10-03T08:00:00Z".parse().unwrap(),
            resolved_at: None,
            version: 1,
        };
        let says = Says { source: "300".into(), visit: "350".into() };
        let (pair, said) = ([of(1), of(2)], says.clone());
        let [one, two] = db
            .store
            .write(move |tx| {
                let (mut pair, said) = (pair.clone(), said.clone());
                Box::pin(async move {
                    for difference in &mut pair {
                        source::seal_says(tx, difference, &said).await?;
                    }
                    Ok::<_, StoreError>(pair)
                })
            })
            .await
            .unwrap();
        let c = &mut db.store.read().await.unwrap();
        assert_eq!(source::open_says(c, db.store.vault(), &one).await.unwrap(), Some(says));
        let swapped = Difference { says: two.says, ..one };
        assert!(is_unauthentic(source::open_says(c, db.store.vault(), &swapped).await));
    }

    async fn a_cards_token_is_sealed_in_its_row(db: TestDb) {
        let owner = add(&db, profile("+8613900001111")).await;
        let of = |id: u128| PreAuth {
            property_id: PropertyId::NIL,
            id: hefu_domain::ids::PreAuthId::from_uuid(Uuid::from_u128(id)),
            visit_id: hefu_domain::ids::VisitId::NIL,
            state: PreAuthState::Chargeable,
            amount: 1_000,
            captured: 0,
            last_four: "4242".into(),
            expires: day("2026-10-20"),
            version: 1,
            owner: owner.uuid(),
            card_token: Vec::new(),
        };
        let pair = [of(1), of(2)];
        let [one, two] = db
            .store
            .write(move |tx| {
                let mut pair = pair.clone();
                Box::pin(async move {
                    for auth in &mut pair {
                        visit::seal_card_token(tx, auth, "tok_of_the_terminal").await?;
                        tx.insert(auth).await?;
                    }
                    tx.journal(happened(owner.uuid(), json!("written"))).await?;
                    Ok::<_, StoreError>(pair)
                })
            })
            .await
            .unwrap();
        let lying = db.bytes("SELECT card_token FROM pre_auth").await;
        assert!(lying.iter().all(|token| token.len() > 40 && !token.windows(8).any(|part| part == b"terminal")));
        let c = &mut db.store.read().await.unwrap();
        let kept = visit::pre_auths(c, PropertyId::NIL, hefu_domain::ids::VisitId::NIL).await.unwrap();
        for auth in &kept {
            let token = visit::card_token(c, db.store.vault(), auth).await.unwrap();
            assert_eq!(token.as_deref(), Some("tok_of_the_terminal"));
        }
        let swapped = PreAuth { card_token: two.card_token, ..one };
        assert!(is_unauthentic(visit::card_token(c, db.store.vault(), &swapped).await));
    }
}
