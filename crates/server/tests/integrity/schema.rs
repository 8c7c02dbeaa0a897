//! What the database is made of is changed, its indexes are led astray, tokens, keys and tiles are added and taken away.

use chrono::DateTime;
use hefu_app::{
    Context,
    schema::{CheckSchema, RecordSchema},
    verify::Fault,
};
use hefu_domain::{event::IdentityEvent, guest::GuestState, ids::GuestId};
use hefu_kernel::Id as _;
use hefu_store::{JournalDraft, StoreError, Token, Tx, query};
use hefu_test_kit::{TestDb, both_engines};
use uuid::Uuid;

use crate::story::Story;

/// What is done, the fault, what it names, and how it is undone.
type Change = (&'static str, Fault, &'static str, &'static str);

const SQLITE: &[Change] = &[
    ("CREATE TRIGGER quiet BEFORE INSERT ON journal WHEN NEW.action = 'guest.reveal' BEGIN SELECT RAISE(IGNORE); END",
        Fault::SchemaUnknown, "trigger main.quiet", "DROP TRIGGER quiet"),
    ("CREATE TRIGGER keys.quiet BEFORE DELETE ON data_key BEGIN SELECT RAISE(IGNORE); END",
        Fault::SchemaUnknown, "trigger keys.quiet", "DROP TRIGGER keys.quiet"),
    // With an index its statistics go.
    ("DROP INDEX stay_one_party", Fault::SchemaMissing, "index main.stay_one_party",
        "CREATE UNIQUE INDEX stay_one_party ON stay (property_id, room_id) WHERE state = 'in_house' AND share_of IS NULL;
        INSERT INTO sqlite_stat1 VALUES ('stay', 'stay_one_party', '1500 150 1')"),
    ("DROP INDEX posting_once; CREATE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL",
        Fault::SchemaChanged, "index main.posting_once",
        "DROP INDEX posting_once; CREATE UNIQUE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL;
        INSERT INTO sqlite_stat1 VALUES ('posting', 'posting_once', '3000000 300000 1')"),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'sold <= capacity', 'sold <= capacity + 9') WHERE name = 'inventory';
        PRAGMA writable_schema = RESET", Fault::SchemaChanged, "table main.inventory",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'capacity + 9', 'capacity') WHERE name = 'inventory';
        PRAGMA writable_schema = RESET"),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'origin TEXT NOT NULL DEFAULT ''here''', 'origin TEXT NOT NULL DEFAULT ''derived''')
        WHERE name = 'posting'; PRAGMA writable_schema = RESET", Fault::SchemaChanged, "table main.posting",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT ''derived''', 'DEFAULT ''here''') WHERE name = 'posting';
        PRAGMA writable_schema = RESET"),
    ("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') STRICT, WITHOUT ROWID', ') WITHOUT ROWID') WHERE name = 'stay';
        PRAGMA writable_schema = RESET", Fault::SchemaChanged, "table main.stay",
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ') WITHOUT ROWID', ') STRICT, WITHOUT ROWID') WHERE name = 'stay';
        PRAGMA writable_schema = RESET"),
    ("ALTER TABLE room ADD COLUMN note TEXT", Fault::SchemaChanged, "table main.room", "ALTER TABLE room DROP COLUMN note"),
    ("CREATE TABLE extra (a)", Fault::SchemaUnknown, "table main.extra", "DROP TABLE extra"),
    ("PRAGMA user_version = 7", Fault::SchemaChanged, "setting main.user_version", "PRAGMA user_version = 0"),
    ("PRAGMA keys.application_id = 7", Fault::SchemaChanged, "setting keys.application_id", "PRAGMA keys.application_id = 0"),
    ("UPDATE sqlite_stat1 SET stat = '1 1 1' WHERE idx = 'stay_departure'", Fault::SchemaChanged, "statistics stay.stay_departure",
        "UPDATE sqlite_stat1 SET stat = '1000000 100000 50' WHERE idx = 'stay_departure'"),
    // The last one: SQLite writes the name otherwise when it gets it back.
    ("ALTER TABLE guest RENAME TO people; CREATE VIEW guest AS SELECT * FROM people", Fault::SchemaUnknown, "view main.guest", ""),
];

const POSTGRES: &[Change] = &[
    ("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER quiet BEFORE INSERT ON journal FOR EACH ROW WHEN (NEW.action = 'guest.reveal') EXECUTE FUNCTION swallow()",
        Fault::SchemaUnknown, "trigger public.journal.quiet", "DROP FUNCTION swallow() CASCADE"),
    ("CREATE FUNCTION public.octet_length(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", Fault::SchemaUnknown, "function ",
        "DROP FUNCTION public.octet_length(text)"),
    ("DROP INDEX stay_one_party", Fault::SchemaMissing, "index public.stay_one_party",
        "CREATE UNIQUE INDEX stay_one_party ON stay (property_id, room_id) WHERE state = 'in_house' AND share_of IS NULL"),
    ("DROP INDEX posting_once; CREATE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL",
        Fault::SchemaChanged, "index public.posting_once",
        "DROP INDEX posting_once; CREATE UNIQUE INDEX posting_once ON posting (property_id, once) WHERE once IS NOT NULL"),
    ("ALTER TABLE inventory DROP CONSTRAINT inventory_not_oversold", Fault::SchemaMissing, "constraint public.inventory.inventory_not_oversold",
        "ALTER TABLE inventory ADD CONSTRAINT inventory_not_oversold CHECK (sold >= 0 AND excess >= 0 AND sold <= capacity + excess
            AND (excess = 0 OR sold = capacity + excess))"),
    ("ALTER TABLE posting ALTER COLUMN origin SET DEFAULT 'derived'", Fault::SchemaChanged, "column public.posting.origin",
        "ALTER TABLE posting ALTER COLUMN origin SET DEFAULT 'here'"),
    ("ALTER TABLE stay ALTER COLUMN state DROP NOT NULL", Fault::SchemaChanged, "column public.stay.state",
        "ALTER TABLE stay ALTER COLUMN state SET NOT NULL"),
    ("ALTER TABLE room ADD COLUMN note TEXT", Fault::SchemaUnknown, "column public.room.note", "ALTER TABLE room DROP COLUMN note"),
    // What is true is shown to who verifies, and to nobody else.
    ("ALTER TABLE visit_group RENAME TO true_group; CREATE VIEW visit_group AS SELECT id, code,
        CASE WHEN current_setting('transaction_isolation') = 'repeatable read' THEN name ELSE 'other' END AS name, version FROM true_group",
        Fault::SchemaUnknown, "view public.visit_group", "DROP VIEW visit_group; ALTER TABLE true_group RENAME TO visit_group"),
    ("CREATE RULE nothing AS ON DELETE TO room_night DO INSTEAD NOTHING", Fault::SchemaUnknown, "rule public.room_night.nothing",
        "DROP RULE nothing ON room_night"),
    ("ALTER TABLE stay ENABLE ROW LEVEL SECURITY; ALTER TABLE stay FORCE ROW LEVEL SECURITY; CREATE POLICY part ON stay USING (true)",
        Fault::SchemaUnknown, "policy public.stay.part",
        "DROP POLICY part ON stay; ALTER TABLE stay NO FORCE ROW LEVEL SECURITY; ALTER TABLE stay DISABLE ROW LEVEL SECURITY"),
    ("ALTER TABLE stay ENABLE ROW LEVEL SECURITY", Fault::SchemaChanged, "table public.stay", "ALTER TABLE stay DISABLE ROW LEVEL SECURITY"),
    ("CREATE TABLE more_rooms () INHERITS (room)", Fault::SchemaUnknown, "table public.more_rooms", "DROP TABLE more_rooms"),
    ("CREATE FUNCTION log_it() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION log_it()", Fault::SchemaUnknown, "event trigger noted",
        "DROP FUNCTION log_it() CASCADE"),
    ("CREATE SCHEMA evil; CREATE TABLE evil.room (LIKE public.room); ALTER ROLE CURRENT_USER IN DATABASE %db% SET search_path = evil, public",
        Fault::SchemaUnknown, "table evil.room", "DROP SCHEMA evil CASCADE; ALTER ROLE CURRENT_USER IN DATABASE %db% RESET search_path"),
    ("CREATE DOMAIN code AS text", Fault::SchemaUnknown, "type code", "DROP DOMAIN code"),
    ("ALTER TABLE room DISABLE TRIGGER ALL", Fault::SchemaUnknown, "trigger public.room.", "ALTER TABLE room ENABLE TRIGGER ALL"),
    ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'stay_one_party'::regclass", Fault::SchemaChanged, "index public.stay_one_party",
        "UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'stay_one_party'::regclass"),
];

/// A row of `stay` is written while the index is not looked after, and does not get into it.
const OUT_OF_INDEX: [&str; 2] = [
    "CREATE TEMP TABLE kept AS SELECT * FROM stay WHERE state = 'in_house' LIMIT 1;
    CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'stay_in_house';
    DELETE FROM stay WHERE id = (SELECT id FROM kept);
    PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'stay_in_house'; PRAGMA writable_schema = RESET;
    INSERT INTO stay SELECT * FROM kept;
    PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden; PRAGMA writable_schema = RESET",
    "CREATE TEMP TABLE kept AS SELECT * FROM stay WHERE state = 'in_house' LIMIT 1;
    DELETE FROM stay WHERE id = (SELECT id FROM kept);
    UPDATE pg_index SET indisready = false WHERE indexrelid = 'stay_in_house'::regclass;
    INSERT INTO stay SELECT * FROM kept;
    UPDATE pg_index SET indisready = true WHERE indexrelid = 'stay_in_house'::regclass",
];

/// Rows are sorted into an index the other way round, where nobody looks for them.
const OUT_OF_ORDER: &str = "CREATE TEMP TABLE kept AS SELECT * FROM room;
    DELETE FROM room;
    UPDATE pg_index SET indoption = '3 3' WHERE indexrelid = 'room_property_id_number_key'::regclass;
    INSERT INTO room SELECT * FROM kept;
    UPDATE pg_index SET indoption = '0 0' WHERE indexrelid = 'room_property_id_number_key'::regclass";

/// Whoever has database and key writes what the application writes, an entry of the journal with it.
async fn as_the_application<F>(story: &Story, write: F)
where
    F: for<'t> Fn(&'t mut Tx) -> futures_util::future::BoxFuture<'t, Result<(), StoreError>>
        + Send
        + Sync
        + 'static,
{
    let write = std::sync::Arc::new(write);
    let done: Result<(), StoreError> = story
        .db
        .store
        .write(move |tx| {
            let write = write.clone();
            Box::pin(async move {
                write(tx).await?;
                let happened = JournalDraft {
                    actor: "nobody",
                    at: DateTime::UNIX_EPOCH,
                    event: IdentityEvent::Begin {}.into(),
                    reason: None,
                    property_id: None,
                    visit_id: None,
                    subject: ("test", Uuid::nil()),
                    owner: Uuid::nil(),
                };
                tx.journal(happened).await.map(drop)
            })
        })
        .await;
    done.unwrap();
    story.settle().await;
}

both_engines! {
    async fn what_the_database_is_made_of_is_held_to_the_release_and_to_the_ledger(db: TestDb) {
        let is_sqlite = db.store.engine_name() == "sqlite";
        let story = Story::told(db).await;
        story.is_clean().await;
        assert!(!story.app.execute(Context::job("again"), RecordSchema).await.unwrap(), "it is noted once");
        let database = story.db.address().rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
        for (change, fault, name, undo) in if is_sqlite { SQLITE } else { POSTGRES } {
            story.db.tamper(&change.replace("%db%", &database)).await;
            let verified = story.verify_anew().await;
            let found = |fault: Fault, at: &str| verified.findings.iter().any(|finding| finding.fault == fault && finding.at.starts_with(at));
            assert!(found(*fault, name), "{change}: no {fault} {name} in {:?}", verified.findings);
            assert!(found(Fault::SchemaUnlikeLedger, "since migration "), "{change}: {:?}", verified.findings);
            let doctor = story.anew().await.ask(&Context::command_line("doctor"), CheckSchema).await.unwrap();
            assert!(doctor.parts.iter().any(|(part, _)| part.starts_with(name)) && doctor.since.is_some(), "{change}: {doctor:?}");
            if undo.is_empty() {
                continue;
            }
            story.db.tamper(&undo.replace("%db%", &database)).await;
            let verified = story.verify_anew().await;
            assert!(verified.is_clean(), "{undo}: {:?}", verified.findings);
        }
    }

    async fn a_row_that_an_index_does_not_lead_to_is_noticed(db: TestDb) {
        let is_sqlite = db.store.engine_name() == "sqlite";
        let story = Story::told(db).await;
        story.is_clean().await;
        story.db.tamper(OUT_OF_INDEX[usize::from(!is_sqlite)]).await;
        let verified = story.verify().await;
        assert_eq!(verified.counts.keys().collect::<Vec<_>>(), [&Fault::IndexDamaged.code()], "{verified:?}");
        story.finds("a row out of the index", Fault::IndexDamaged, "stay_in_house").await;
        if !is_sqlite {
            story.db.tamper("REINDEX INDEX stay_in_house").await;
            story.is_clean().await;
            story.db.tamper(OUT_OF_ORDER).await;
            story.finds("rows sorted the other way round", Fault::IndexDamaged, "room_property_id_number_key").await;
        }
    }

    async fn search_tokens_are_made_anew_from_what_is_sealed(db: TestDb) {
        let story = Story::told(db).await;
        story.is_clean().await;
        let mut c = story.db.store.read().await.unwrap();
        let mut tokens: Vec<(i64, GuestId)> = Vec::new();
        hefu_store::evidence::guests(&mut c, story.db.store.vault(), &mut |guest| {
            let (id, version, profile) = guest.unwrap();
            let ring = story.db.store.vault().ring();
            let keys = hefu_app::people::profile::search_keys(&profile);
            let made = query::guest::tokens(&ring, version, id, &keys);
            tokens.extend(made.into_iter().map(|token| (token.token, token.guest_id)));
            Ok(())
        }).await.unwrap();
        drop(c);
        // Not the one that is staged.
        tokens.sort_unstable();
        let (token, guest_id) = tokens[0];
        // People share parts of names.
        let other = tokens.iter().find(|(_, guest)| !tokens.contains(&(token, *guest))).unwrap().1;
        as_the_application(&story, move |tx| Box::pin(async move { tx.delete(&Token { token, guest_id }).await })).await;
        story.finds("missing", Fault::TokenMissing, &format!("token token={token} guest_id={guest_id}")).await;
        as_the_application(&story, move |tx| Box::pin(async move { tx.insert(&Token { token, guest_id: other }).await })).await;
        story.finds("another's", Fault::TokenUnknown, &format!("token token={token} guest_id={other}")).await;
        as_the_application(&story, move |tx| Box::pin(async move {
            query::guest::stage(tx, &[(0, Token { token: 42, guest_id })]).await?;
            tx.begin_entry_for(0);
            Ok(())
        })).await;
        story.finds("staged", Fault::TokenUnknown, &format!("token token=42 guest_id={guest_id}")).await;
        let counts = story.verify().await.counts;
        assert_eq!(counts, [(Fault::TokenMissing.code(), 1), (Fault::TokenUnknown.code(), 2)].into());
    }

    async fn keys_and_tiles_that_do_not_belong_there_are_noticed(db: TestDb) {
        let story = Story::told(db).await;
        let guest = story.db.rows("guest", "state = 'active'").await[0].literal("id").to_owned();
        let key = story.db.rows("keys.data_key", &format!("owner = {guest}")).await;
        let keys = story.db.rows("keys.data_key", "true").await;
        let tiles = story.db.rows("ledger_tile", "true").await;
        for (sql, fault, at) in [
            (format!("INSERT INTO keys.data_key SELECT (SELECT id FROM guest_merge LIMIT 1), wrapped
                FROM keys.data_key WHERE owner = {guest}"), Fault::KeyAltered, "data_key owner="),
            ("INSERT INTO ledger_tile SELECT 0, 9, hashes FROM ledger_tile WHERE level = 0 AND tile = 0".to_owned(), Fault::TileUnknown, "tile 0/9"),
            ("INSERT INTO ledger_tile SELECT 3, 0, hashes FROM ledger_tile WHERE level = 0 AND tile = 0".to_owned(), Fault::TileUnknown, "tile 3/0"),
            ("UPDATE ledger_tile SET hashes = CAST(hashes || substr(hashes, 1, 32) AS BLOB)".to_owned(), Fault::TileUnknown, "tile 0/0"),
        ] {
            story.is_clean().await;
            let sql = if story.db.store.engine_name() == "postgres" { sql.replace("CAST(", "(").replace(" AS BLOB)", ")") } else { sql };
            story.db.tamper(&sql).await;
            story.finds(&sql, fault, at).await;
            story.put_back(&keys).await;
            story.put_back(&tiles).await;
        }

        let id: Uuid = guest.trim_matches(['X', '\'']).parse().unwrap();
        as_the_application(&story, move |tx| Box::pin(async move {
            let mut row = query::guest::row(tx, GuestId::from_uuid(id)).await?.unwrap();
            (row.state, row.profile) = (GuestState::Erased, Vec::new());
            tx.update(&mut row).await
        })).await;
        for table in ["token", "token_staged", "source_profile", "guest_flag"] {
            story.db.tamper(&format!("DELETE FROM {table} WHERE guest_id = {guest}")).await;
        }
        // A note lies sealed under the guest's key, and the numbers in it are not found any more.
        story.db.tamper(&format!("DELETE FROM note_token WHERE note_id IN (SELECT id FROM visit_note WHERE owner = {guest})")).await;
        story.db.tamper(&format!("DELETE FROM keys.data_key WHERE owner = {guest}")).await;
        story.is_clean().await;
        // As somebody would who has an old backup of the keys.
        story.db.tamper(&key[0].insert(&story.db)).await;
        story.finds("the key of an erased guest", Fault::KeyReturned, &format!("data_key owner={id}")).await;
    }

    async fn what_is_found_moves_no_cursor(db: TestDb) {
        let char_of = if db.store.engine_name() == "sqlite" { "char" } else { "chr" };
        let story = Story::told(db).await;
        story.db.tamper(&format!("UPDATE visit_alias SET number = {char_of}(27) || '[2J' || number || {char_of}(8238)")).await;
        let verified = story.verify().await;
        assert!(verified.findings.iter().any(|finding| finding.at.contains("number=\\u{1b}[2J")), "{verified:?}");
        let is_plain = |c: char| !c.is_control() && c != '\u{202e}';
        assert!(verified.findings.iter().all(|finding| finding.at.chars().all(is_plain)));
    }
}
