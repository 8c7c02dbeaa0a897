//! Somebody gets at the database behind Hefu's back, on both engines: whatever is altered is named.

use crate::common::Server;
use async_trait::async_trait;
use chrono::TimeDelta;
use hefu_app::{
    About, App, CHAIN, Command, Context, Unit,
    authz::{Action, Resource, ResourceKind},
    ledger::Unsigned,
    people::{guest::CreateGuest, profile::GuestInput},
    verify::{Fault, Verified},
};
use hefu_domain::{event::GuestEvent, guest::GuestState, ids::GuestId};
use hefu_kernel::Id as _;
use hefu_store::{
    StoreError,
    query::{self, journal},
};
use hefu_test_app::{JournalQuery, TestApp as _};
use hefu_test_kit::{TestDb, both_engines};
use serde_json::json;

async fn checked(s: &Server, kept: Option<&str>) -> Verified {
    s.app.verify(kept).await.unwrap()
}

/// Whether a fault of this kind was found at a place that begins so.
fn is_found(verified: &Verified, fault: Fault, at: &str) -> bool {
    verified.findings.iter().any(|finding| finding.fault == fault && finding.at.starts_with(at))
}

/// A property with a visit that was booked, moved, charged and left, and entries enough for two levels of tiles.
async fn lived_in(db: TestDb) -> Server {
    let s = Server::new(db).await;
    let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
    let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
    s.post(&at("check-in"), json!({ "room": "0401" })).await;
    s.post(&at("move"), json!({ "line": 1, "room": "0402", "reason": "noise" })).await;
    s.post(&at("notes"), json!({ "kind": "note", "text": "flight MU5123, voucher VC-778812" })).await;
    for name in 0..280 {
        guest(&s.app, name).await;
    }
    settled(&s).await;
    s
}

/// What erasing a guest leaves of the row: it says so, and the entry is not sealed under the key that goes.
struct Erase(GuestId);

#[async_trait]
impl Command for Erase {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> hefu_app::Result<()> {
        let mut row = query::guest::row(u.tx, self.0).await?.unwrap();
        (row.state, row.profile) = (GuestState::Erased, Vec::new());
        u.tx.update(&mut row).await?;
        let about = About::Record { kind: "guest", id: self.0.uuid(), owner: CHAIN };
        u.record(about, GuestEvent::Reveal { classes: Vec::new() }).await
    }
}

async fn guest(app: &App, name: u32) {
    let guest = GuestInput { full_name: format!("客{name}"), ..GuestInput::default() };
    app.execute(Context::job("desk"), CreateGuest(guest)).await.unwrap();
}

/// Every entry is placed, and a checkpoint signed over all.
async fn settled(s: &Server) {
    s.db.clock.advance(TimeDelta::minutes(1));
    s.app.sequence().await.unwrap();
}

both_engines! {
    async fn rows_altered_behind_its_back_are_named(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        let clean = checked(&s, None).await;
        assert!(clean.is_clean() && clean.entries > 280 && clean.rows > 500, "{clean:?}");
        assert_eq!(clean.waiting, 0);

        // A row as it was before its last change, to be put back later.
        let before = s.db.rows("room", "number = '0403'").await.remove(0);
        let room = "/api/v1/properties/SH01/rooms/0403/state";
        s.post(room, json!({ "state": "dirty" })).await;
        // A night that was let go, to be put back later.
        let number = s.book("DBL", "2026-11-01", "2026-11-02").await;
        s.post(&format!("/api/v1/visits/{number}/assign-room"), json!({ "line": 1, "room": "0404" })).await;
        let held = s.db.rows("room_night", "night = '2026-11-01'").await.remove(0).insert(&s.db);
        s.post(&format!("/api/v1/visits/{number}/cancel"), json!({ "reason": "plans" })).await;
        settled(&s).await;
        assert!(checked(&s, None).await.is_clean());

        let as_before = format!("UPDATE room SET state = {}, version = {} WHERE number = '0403'",
            before.literal("state"), before.literal("version"));
        for (sql, fault, at) in [
            ("UPDATE stay SET adults = adults + 1", Fault::RowChanged, "stay property_id="),
            ("UPDATE inventory SET sold = 0 WHERE night = '2026-10-03'", Fault::RowChanged, "inventory property_id="),
            ("DELETE FROM stay_room WHERE seq = 2", Fault::RowMissing, "stay_room property_id="),
            ("INSERT INTO token SELECT 42, guest_id FROM token LIMIT 1", Fault::RowUnknown, "token token=42 guest_id="),
            ("INSERT INTO note_token SELECT 42, note_id, property_id, visit_id FROM note_token LIMIT 1", Fault::TokenUnknown, "note_token token=42 note_id="),
            ("DELETE FROM note_token WHERE token <> 42", Fault::TokenMissing, "note_token token="),
            (as_before.as_str(), Fault::RowChanged, "room property_id="),
            (held.as_str(), Fault::RowReturned, "room_night property_id="),
            ("UPDATE source_profile SET guest_id = guest_id WHERE 1 = 0; UPDATE guest SET profile = (SELECT o.profile FROM guest o
                WHERE o.id < guest.id ORDER BY o.id LIMIT 1) WHERE id = (SELECT id FROM guest ORDER BY id DESC LIMIT 1)",
                Fault::RowChanged, "guest id="),
        ] {
            assert!(!is_found(&checked(&s, None).await, fault, at), "{sql} is to find something new");
            s.db.tamper(sql).await;
            let verified = checked(&s, None).await;
            assert!(is_found(&verified, fault, at), "{sql}: {:?}", verified.findings);
            let told = verified.findings.iter().find(|finding| finding.fault == fault).unwrap();
            let is_of_an_entry = !matches!(fault, Fault::RowUnknown | Fault::TokenUnknown | Fault::TokenMissing);
            assert_eq!(told.log_index.is_some(), is_of_an_entry, "{told:?}");
        }
    }

    async fn the_journal_altered_behind_its_back_is_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        assert!(checked(&s, None).await.is_clean());
        let change_of = |place: u32| format!("entry_id = (SELECT id FROM journal WHERE log_index = {place})");
        for (sql, fault, at) in [
            ("UPDATE journal SET log_index = -1 WHERE log_index = 5; UPDATE journal SET log_index = 5 WHERE log_index = 6;
                UPDATE journal SET log_index = 6 WHERE log_index = -1".to_owned(), Fault::EntryChanged, "place 6"),
            ("DELETE FROM journal WHERE log_index = 8".to_owned(), Fault::EntryMissing, "place 8"),
            (format!("DELETE FROM journal_change WHERE {}", change_of(10)), Fault::ChangeMissing, "entry "),
            (format!("UPDATE journal_change SET change = (SELECT o.change FROM journal_change o WHERE o.{}) WHERE {}",
                change_of(11), change_of(12)), Fault::ChangeAltered, "entry "),
            ("UPDATE ledger_checkpoint SET note = 'x' || note".to_owned(), Fault::CheckpointForged, "checkpoint "),
            ("UPDATE ledger_tile SET hashes = (SELECT o.hashes FROM ledger_tile o WHERE o.level = 0 AND o.tile = 1)
                WHERE level = 1".to_owned(), Fault::TileChanged, "tile/1/000"),
            ("DELETE FROM ledger_tile WHERE level = 0 AND tile = 1".to_owned(), Fault::TileMissing, "the hash of entry 256"),
            ("UPDATE journal SET commitment = (SELECT o.commitment FROM journal o WHERE o.log_index = 4) WHERE log_index = 3".to_owned(),
                Fault::EntryChanged, "place 3"),
        ] {
            assert!(!is_found(&checked(&s, None).await, fault, at), "{sql} is to find something new");
            s.db.tamper(&sql).await;
            let verified = checked(&s, None).await;
            assert!(is_found(&verified, fault, at), "{sql}: {:?}", verified.findings);
        }
    }

    async fn each_column_of_an_entry_is_inside_its_commitment(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        assert!(checked(&s, None).await.is_clean());
        let other = |column: &str| format!("(SELECT o.{column} FROM journal o WHERE o.log_index = 30)");
        let entries = s.app.journal(&JournalQuery { after: Some(-1), limit: 100, ..Default::default() }).await.unwrap();
        let place = entries.iter().find(|entry| entry.action == "stay.move").and_then(|entry| entry.log_index).unwrap();
        for (column, value) in [
            ("at", "'2026-10-03T09:00:00+00:00'".to_owned()), ("actor", "'nobody'".into()), ("action", "'stay.extend'".into()), ("property_id", "NULL".into()),
            ("property_id", other("subject_id")), ("visit_id", "NULL".into()), ("visit_id", other("subject_id")),
            ("subject_kind", "'stay'".into()), ("subject_id", other("subject_id")), ("id", other("subject_id")),
        ] {
            // Whoever owns the database writes what follows from it anew too.
            s.db.tamper(&format!("CREATE TABLE kept AS SELECT * FROM journal WHERE log_index = {place};
                UPDATE journal SET {column} = {value} WHERE log_index = {place};
                UPDATE journal_change SET entry_id = (SELECT id FROM journal WHERE log_index = {place})
                    WHERE entry_id = (SELECT id FROM kept)")).await;
            let verified = checked(&s, None).await;
            // No such key, where the keeper of the evidence is another.
            let is_told = [Fault::ChangeAltered, Fault::ChangeUnreadable].into_iter().any(|fault| is_found(&verified, fault, "entry "));
            assert!(is_told, "{column} = {value}: {:?}", verified.findings);
            let is_of_entry = verified.findings.iter().any(|finding| finding.log_index == Some(place));
            assert!(is_of_entry, "{column} = {value}: {:?}", verified.findings);
            assert_eq!(is_found(&verified, Fault::EntryChanged, &format!("place {place}")), column == "id", "{column}");
            s.db.tamper(&format!("UPDATE journal_change SET entry_id = (SELECT id FROM kept)
                    WHERE entry_id = (SELECT id FROM journal WHERE log_index = {place});
                UPDATE journal SET id = k.id, at = k.at, actor = k.actor, action = k.action, property_id = k.property_id, visit_id = k.visit_id,
                    subject_kind = k.subject_kind, subject_id = k.subject_id FROM kept k WHERE journal.log_index = {place}; DROP TABLE kept")).await;
            assert!(checked(&s, None).await.is_clean(), "{column}");
        }
    }

    async fn evidence_in_another_entrys_place_is_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        assert!(checked(&s, None).await.is_clean());
        let at = |place: u32| format!("entry_id = (SELECT id FROM journal WHERE log_index = {place})");
        s.db.tamper(&format!("UPDATE journal_change SET evidence = (SELECT o.evidence FROM journal_change o WHERE o.{})
            WHERE {}", at(11), at(13))).await;
        let verified = checked(&s, None).await;
        assert!(is_found(&verified, Fault::ChangeAltered, "entry "), "{:?}", verified.findings);
    }

    async fn a_reason_altered_with_the_right_key_is_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        let store = s.app.store();
        let (vault, mut c) = (store.vault().clone(), store.read().await.unwrap());
        let entries = journal::told_after(&mut c, &vault, -1, 100).await.unwrap();
        let moved = entries.iter().find(|told| told.entry.action == "stay.move").unwrap();
        assert_eq!(moved.reason.as_deref(), Some("noise"));
        drop(c);
        // Whoever has the guest's key, as the application has, seals other words in the same place.
        let id = moved.entry.id;
        let sealed = store
            .write(move |tx| {
                Box::pin(async move {
                    let change = journal::sealed_change(tx, id).await?.unwrap();
                    let key = tx.find_data_key(change.owner).await?.unwrap();
                    let place = hefu_crypto::Aad {
                        tenant: tx.ring().tenant(), table: "journal_change", column: "change", row: id.uuid(),
                    };
                    let mut plain = key.open(&place, &change.change).unwrap();
                    let at = plain.windows(5).position(|bytes| bytes == b"noise").unwrap();
                    plain[at..at + 5].copy_from_slice(b"quiet");
                    Ok::<_, StoreError>(key.seal(&*tx.vault().rng.clone(), &place, &plain))
                })
            })
            .await
            .unwrap();
        let hex: String = sealed.iter().map(|byte| format!("{byte:02x}")).collect();
        let (blob, uuid) = match s.app.engine_name() {
            "sqlite" => (format!("x'{hex}'"), format!("x'{}'", id.uuid().simple())),
            _ => (format!("'\\x{hex}'"), format!("'{id}'")),
        };
        assert!(checked(&s, None).await.is_clean());
        s.db.tamper(&format!("UPDATE journal_change SET change = {blob} WHERE entry_id = {uuid}")).await;
        let verified = checked(&s, None).await;
        assert!(is_found(&verified, Fault::ChangeAltered, &format!("entry {id}")), "{:?}", verified.findings);
    }

    async fn what_was_erased_with_a_guest_is_unreadable_and_everything_else_is_still_verified(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let visit = format!("/api/v1/visits/{number}");
        s.post(&format!("{visit}/check-in"), json!({ "room": "0401" })).await;
        s.post(&format!("{visit}/move"), json!({ "line": 1, "room": "0402", "reason": "snores" })).await;
        let other = s.book("DBL", "2026-11-03", "2026-11-05").await;
        s.post(&format!("/api/v1/visits/{other}/cancel"), json!({ "reason": "fell ill" })).await;
        settled(&s).await;
        assert!(checked(&s, None).await.is_clean());
        let view = s.get(&visit).await;
        assert!(view.to_string().contains("snores"));
        let note = s.app.latest_checkpoint().await.unwrap().unwrap();

        let guest: GuestId = view["guest"]["id"].as_str().unwrap().parse().unwrap();
        s.app.execute(Context::job("erasure"), Erase(guest)).await.unwrap();
        let store = s.app.store();
        // Of which rows the journal says nothing any more, those are gone too.
        for table in ["source_profile", "token"] {
            let uuid = if s.app.engine_name() == "sqlite" { format!("x'{}'", guest.uuid().simple()) } else { format!("'{guest}'") };
            s.db.tamper(&format!("DELETE FROM {table} WHERE guest_id = {uuid}; DELETE FROM keys.data_key WHERE owner = {uuid}")).await;
        }
        store.vault().forget(guest.uuid());
        settled(&s).await;

        let verified = checked(&s, Some(&note)).await;
        assert!(verified.is_clean(), "{:?}", verified.findings);
        let journal = s.get("/api/v1/journal?limit=500").await;
        let told: Vec<(&str, bool)> = journal["items"].as_array().unwrap().iter()
            .filter(|entry| ["stay.move", "reservation.cancel"].contains(&entry["action"].as_str().unwrap()))
            .map(|entry| (entry["action"].as_str().unwrap(), entry["reason"].is_null())).collect();
        assert!(!journal.to_string().contains("snores") && told.contains(&("stay.move", true)), "{journal}");
        // Rows that outlive the guest are still held to what their last entry says.
        s.is_tampered_with();
        s.db.tamper("UPDATE stay SET adults = adults + 1").await;
        assert!(is_found(&checked(&s, None).await, Fault::RowChanged, "stay property_id="));
        s.db.tamper("UPDATE guest SET state = 'active' WHERE state = 'erased'").await;
        assert!(is_found(&checked(&s, None).await, Fault::ChangeUnreadable, "entry "));
    }

    async fn keys_and_changes_altered_behind_its_back_are_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        let newest = "owner = (SELECT id FROM guest ORDER BY id DESC LIMIT 1)";
        let owner = s.db.rows("keys.data_key", newest).await.remove(0).literal("owner").to_owned();
        for (sql, fault, at) in [
            (format!("DELETE FROM keys.data_key WHERE {newest}"), Fault::KeyMissing, "guest owner="),
            (format!("INSERT INTO keys.data_key SELECT {owner}, o.wrapped FROM keys.data_key o LIMIT 1"),
                Fault::RowUnreadable, "guest owner="),
            (format!("INSERT INTO journal_change SELECT {owner}, c.owner, c.change, c.evidence FROM journal_change c LIMIT 1"),
                Fault::ChangeUnknown, "change of entry "),
        ] {
            assert!(!is_found(&checked(&s, None).await, fault, at), "{sql} is to find something new");
            s.db.tamper(&sql).await;
            let verified = checked(&s, None).await;
            assert!(is_found(&verified, fault, at), "{sql}: {:?}", verified.findings);
        }
    }

    async fn entries_outside_the_places_of_the_tree_are_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        let size = checked(&s, None).await.entries;
        // Another entry's words under an id of its own.
        let forge = async |number: u32, place: i64| {
            s.db.tamper(&format!("INSERT INTO journal (id, at, actor, action, subject_kind, subject_id, commitment, log_index)
                SELECT g.id, j.at, 'nobody', j.action, j.subject_kind, j.subject_id, j.commitment, {place}
                FROM journal j, (SELECT id FROM guest ORDER BY id LIMIT 1 OFFSET {number}) g WHERE j.log_index = 3")).await;
        };
        for (number, place) in (0..).zip([-1, 1_000_000_000_000, i64::MAX, i64::MIN]) {
            forge(number, place).await;
            let verified = checked(&s, None).await;
            assert_eq!(verified.counts, [(Fault::EntryUnplaced.code(), u64::from(number) + 1)].into(), "{verified:?}");
            let told = verified.findings.iter().find(|finding| finding.log_index == Some(place)).unwrap();
            assert!(told.at.starts_with("entry "), "{told:?}");
            // Whoever works meanwhile is not held up by it.
            guest(&s.app, 900 + number).await;
            settled(&s).await;
            assert!(s.app.journal_entry(size + i64::from(number)).await.is_ok());
        }

        // Where the next ones belong, it stands in their way.
        forge(4, size + 5).await;
        guest(&s.app, 904).await;
        let refused = s.app.sequence().await.unwrap_err();
        assert!(refused.to_string().contains(&format!("place {} ", size + 4)), "{refused}");
        assert!(s.app.journal_entry(size + 4).await.is_err());
        s.db.tamper(&format!("DELETE FROM journal WHERE log_index = {}", size + 5)).await;
        settled(&s).await;
        assert!(s.app.journal_entry(size + 4).await.is_ok());

        s.db.tamper("DELETE FROM journal WHERE actor = 'nobody'").await;
        assert!(checked(&s, None).await.is_clean());
        for told in [1_000_000_000_000, i64::MAX] {
            s.db.tamper(&format!("UPDATE ledger_tree SET size = {told}")).await;
            let verified = checked(&s, None).await;
            assert!(is_found(&verified, Fault::EntryMissing, &format!("places {} to ", size + 5)), "{verified:?}");
            guest(&s.app, 905).await;
            assert_eq!(s.app.sequence().await.unwrap_err().code(), "storage_failed");
        }
    }

    async fn whoever_makes_the_tiles_anew_gets_them_not_signed(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        // The forger takes an entry out that binds no row, and has the whole tree built anew; only a signature is missing.
        let shown = s.post("/api/v1/guests", json!({ "full_name": "客" })).await;
        s.post(&format!("/api/v1/guests/{}/reveal", shown["id"].as_str().unwrap()), json!({ "reason": "complaint" })).await;
        settled(&s).await;
        let note: String = s.app.latest_checkpoint().await.unwrap().unwrap();
        let size = checked(&s, None).await.entries;
        let signed = s.db.rows("ledger_checkpoint", "true").await;
        let unplace = "DELETE FROM ledger_checkpoint;
            DELETE FROM journal_change WHERE entry_id IN (SELECT id FROM journal WHERE action = 'guest.reveal');
            DELETE FROM journal WHERE action = 'guest.reveal'; DELETE FROM ledger_tile; UPDATE ledger_tree SET size = 0";
        s.db.tamper(unplace).await;
        for _ in 0..3 {
            s.app.sequence().await.unwrap();
            s.db.clock.advance(TimeDelta::minutes(1));
        }
        assert_eq!(s.app.latest_checkpoint().await.unwrap(), None, "it is not signed");
        let kept = |by: &str, size: i64| Unsigned::Contradicted { by: by.into(), size: size as u64 };
        assert_eq!(s.app.unsigned().await.unwrap(), Some(kept("this process", size)));
        let verified = checked(&s, None).await;
        assert!(is_found(&verified, Fault::LedgerCut, "the checkpoint of this process"), "{:?}", verified.findings);
        // Nor when it has grown as far again; entries get their places all the same.
        for name in 990..994 {
            guest(&s.app, name).await;
        }
        settled(&s).await;
        assert_eq!(s.app.latest_checkpoint().await.unwrap(), None);
        assert_eq!(checked(&s, None).await.waiting, 0);
        let verified = checked(&s, None).await;
        assert!(is_found(&verified, Fault::CheckpointContradicts, "the checkpoint of this process"), "{:?}", verified.findings);
        assert!(!s.app.bears_out(&note).await.unwrap());
        // Another server, which remembers nothing itself, is told by the checkpoints that are there.
        let signed: Vec<String> = signed.iter().map(|row| row.insert(&s.db)).collect();
        s.db.tamper(&signed.join("; ")).await;
        let other = hefu_app::open(s.db.another_store().await, s.db.clock.clone(), hefu_app::Options::default());
        assert_eq!(other.unsigned().await.unwrap(), Some(kept("the database", size)));
        // Only who puts everything back as it was gets a signature again; here, nothing in the database tells any more.
        s.db.tamper("DELETE FROM ledger_checkpoint").await;
        assert!(other.verify(None).await.unwrap().is_clean());
        assert!(is_found(&other.verify(Some(&note)).await.unwrap(), Fault::CheckpointContradicts, "the checkpoint of the test"));
    }

    async fn a_ledger_cut_short_is_told(db: TestDb) {
        let s = lived_in(db).await;
        s.is_tampered_with();
        let size = checked(&s, None).await.entries;
        guest(&s.app, 999).await;
        settled(&s).await;
        let note = s.app.latest_checkpoint().await.unwrap().unwrap();
        // The last entry goes, and with it everything it says: the guest with its tokens, the change, the edge of the tree.
        s.db.tamper(&format!("DELETE FROM token WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {size});
            DELETE FROM source_profile WHERE guest_id = (SELECT subject_id FROM journal WHERE log_index = {size});
            DELETE FROM guest WHERE id = (SELECT subject_id FROM journal WHERE log_index = {size});
            DELETE FROM journal_change WHERE entry_id = (SELECT id FROM journal WHERE log_index = {size});
            DELETE FROM journal WHERE log_index = {size};
            UPDATE ledger_tree SET size = {size}")).await;
        let other = hefu_app::open(s.db.another_store().await, s.db.clock.clone(), hefu_app::Options::default());
        let verified = other.verify(None).await.unwrap();
        assert!(is_found(&verified, Fault::LedgerCut, "checkpoint "), "{:?}", verified.findings);
        s.db.tamper(&format!("DELETE FROM ledger_checkpoint WHERE size > {size}")).await;
        assert!(is_found(&other.verify(None).await.unwrap(), Fault::TileUnknown, "tile 0/1"));
        s.db.tamper(&format!("UPDATE ledger_tile SET hashes = substr(hashes, 1, {}) WHERE level = 0 AND tile = 1", (size - 256) * 32)).await;
        assert_eq!(other.verify(None).await.unwrap().findings, [], "nothing in the database tells any more");
        let verified = other.verify(Some(&note)).await.unwrap();
        assert!(is_found(&verified, Fault::LedgerCut, "the checkpoint of the test"));
        assert!(is_found(&checked(&s, None).await, Fault::LedgerCut, "the checkpoint of this process"));
    }

    async fn a_database_put_back_whole_is_told_by_a_checkpoint_kept_elsewhere(db: TestDb) {
        let (clock, app) = (db.clock.clone(), hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default()));
        guest(&app, 1).await;
        app.sequence().await.unwrap();
        let db = db.backed_up().await;
        let app = hefu_app::open(db.store.clone(), clock.clone(), hefu_app::Options::default());
        let before = app.latest_checkpoint().await.unwrap().unwrap();
        guest(&app, 2).await;
        clock.advance(TimeDelta::minutes(1));
        app.sequence().await.unwrap();
        let after = app.latest_checkpoint().await.unwrap().unwrap();
        let verify = async |app: &App, kept: &str| app.verify(Some(kept)).await.unwrap();
        assert!(verify(&app, &before).await.is_clean() && verify(&app, &after).await.is_clean());

        let db = db.put_back().await;
        let app = hefu_app::open(db.store.clone(), clock.clone(), hefu_app::Options::default());
        assert!(verify(&app, &before).await.is_clean());
        let told = verify(&app, &after).await;
        assert!(is_found(&told, Fault::LedgerCut, "the checkpoint of the test"), "{told:?}");
        // And when it has grown as far again, with other entries.
        guest(&app, 3).await;
        clock.advance(TimeDelta::minutes(1));
        app.sequence().await.unwrap();
        let told = verify(&app, &after).await;
        assert!(is_found(&told, Fault::CheckpointContradicts, "the checkpoint of the test"), "{told:?}");
        assert!(app.bears_out(&before).await.unwrap() && !app.bears_out(&after).await.unwrap());
        assert!(is_found(&verify(&app, "no note\n").await, Fault::CheckpointForged, "the checkpoint of the test"));
    }
}
