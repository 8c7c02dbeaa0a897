//! One story plays the whole attack: who owns the database, and who has the key file too, tries each named attack. What sees it is what
//! docs/security/integrity.md says.

use std::collections::BTreeMap;

use hefu_app::{
    App, Context,
    health::CheckHealth,
    people::{guest::CreateGuest, profile::GuestInput},
    schema::CheckSchema,
};
use hefu_store::StoreError;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};

use crate::story::Story;

/// Who sees an attack: `hefu verify`, `hefu doctor`, and either when a checkpoint was kept elsewhere.
type Seen = [bool; 3];

/// An attack of whoever owns the database: its name, what is done on each engine, and how what the database is made of is put right again.
struct Attack {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    undo: [&'static str; 2],
}

impl Attack {
    /// The same on both engines, of rows alone.
    const fn of_rows(name: &'static str, sql: &'static str) -> Self {
        Self { name, sqlite: sql, postgres: sql, undo: ["", ""] }
    }
}

const ATTACKS: &[Attack] = &[
    Attack::of_rows("a charge is made smaller", "UPDATE posting SET amount = amount - 1000 WHERE code = 'MINI'"),
    Attack::of_rows(
        "a payment is taken off the bill, with its balance",
        "DELETE FROM posting WHERE code = 'MINI'; UPDATE folio SET balance = balance - 3000",
    ),
    Attack::of_rows(
        "an unmasking is taken out of the journal",
        "DELETE FROM journal_change WHERE entry_id IN (SELECT id FROM journal WHERE action = 'guest.reveal');
        DELETE FROM journal WHERE action = 'guest.reveal'",
    ),
    Attack::of_rows(
        "an entry is given to somebody else",
        "UPDATE journal SET actor = 'command_line:somebody' WHERE action = 'guest.reveal'",
    ),
    Attack {
        name: "unmaskings are swallowed before they are written",
        sqlite: "CREATE TRIGGER quiet BEFORE INSERT ON journal WHEN NEW.action = 'guest.reveal' BEGIN SELECT RAISE(IGNORE); END",
        postgres: "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER quiet BEFORE INSERT ON journal FOR EACH ROW WHEN (NEW.action = 'guest.reveal') EXECUTE FUNCTION swallow()",
        undo: ["DROP TRIGGER quiet", "DROP FUNCTION swallow() CASCADE"],
    },
    Attack {
        name: "a sold night is spelled so that it is free",
        sqlite: "UPDATE room_night SET night = ' ' || night",
        postgres: "UPDATE room_night SET night = 'infinity' WHERE night = (SELECT max(night) FROM room_night)",
        undo: ["", ""],
    },
    Attack {
        name: "the index that keeps a room for one party is dropped",
        sqlite: "DROP INDEX stay_one_party",
        postgres: "DROP INDEX stay_one_party",
        undo: [
            "CREATE UNIQUE INDEX stay_one_party ON stay (property_id, room_id) WHERE state = 'in_house' AND share_of IS NULL;
            INSERT INTO sqlite_stat1 VALUES ('stay', 'stay_one_party', '1500 150 1')",
            "CREATE UNIQUE INDEX stay_one_party ON stay (property_id, room_id) WHERE state = 'in_house' AND share_of IS NULL",
        ],
    },
    Attack {
        // PostgreSQL can tell a verification by its isolation, and show it what is true.
        name: "a view stands in the place of a table",
        sqlite: "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = replace(name, 'visit_group', 'true_group'), tbl_name = 'true_group',
            sql = replace(sql, 'visit_group', 'true_group') WHERE tbl_name = 'visit_group'; PRAGMA writable_schema = RESET;
            CREATE VIEW visit_group AS SELECT id, code, 'other' AS name, version FROM true_group",
        postgres: "ALTER TABLE visit_group RENAME TO true_group; CREATE VIEW visit_group AS SELECT id, code,
            CASE WHEN current_setting('transaction_isolation') = 'repeatable read' THEN name ELSE 'other' END AS name, version FROM true_group",
        undo: ["DROP VIEW visit_group; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = replace(name, 'true_group', 'visit_group'),
            tbl_name = 'visit_group', sql = replace(sql, 'true_group', 'visit_group') WHERE tbl_name = 'true_group'; PRAGMA writable_schema = RESET",
            "DROP VIEW visit_group; ALTER TABLE true_group RENAME TO visit_group"],
    },
    Attack {
        name: "a guest in the house is taken out of the index of the desk",
        sqlite: "CREATE TEMP TABLE kept AS SELECT * FROM stay WHERE state = 'in_house' LIMIT 1;
            CREATE TEMP TABLE hidden AS SELECT * FROM sqlite_schema WHERE name = 'stay_in_house';
            DELETE FROM stay WHERE id = (SELECT id FROM kept);
            PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'stay_in_house'; PRAGMA writable_schema = RESET;
            INSERT INTO stay SELECT * FROM kept;
            PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM hidden; PRAGMA writable_schema = RESET",
        postgres: "CREATE TEMP TABLE kept AS SELECT * FROM stay WHERE state = 'in_house' LIMIT 1;
            DELETE FROM stay WHERE id = (SELECT id FROM kept);
            UPDATE pg_index SET indisready = false WHERE indexrelid = 'stay_in_house'::regclass;
            INSERT INTO stay SELECT * FROM kept;
            UPDATE pg_index SET indisready = true WHERE indexrelid = 'stay_in_house'::regclass",
        undo: ["REINDEX", "REINDEX TABLE stay"],
    },
    Attack::of_rows(
        "a guest is hidden from every search",
        "DELETE FROM token WHERE guest_id = (SELECT guest_id FROM guest_visit ORDER BY guest_id DESC LIMIT 1)",
    ),
    Attack::of_rows(
        "a guest's sealed profile is put in another's place",
        "UPDATE guest SET profile = (SELECT o.profile FROM guest o ORDER BY o.id LIMIT 1)
        WHERE id = (SELECT id FROM guest ORDER BY id DESC LIMIT 1)",
    ),
    Attack::of_rows("a session is given to somebody else", "UPDATE session SET account_id = id"),
    Attack::of_rows("somebody is granted more", "UPDATE access_grant SET role = 'manager', property_id = NULL"),
    Attack::of_rows(
        "a program is given another key",
        "INSERT INTO api_key SELECT client_id, client_id, digest, expires_at, made_at, version FROM api_key",
    ),
    Attack::of_rows(
        "a passkey is put to another account",
        "UPDATE passkey SET account_id = (SELECT id FROM account WHERE login = 'li.na')",
    ),
    Attack::of_rows("a second factor is taken away", "DELETE FROM account_factor WHERE state = 'active'"),
    Attack::of_rows(
        "a hotel system is asked at another address",
        "UPDATE channel_feed SET url = 'https://thief.example.com', is_on = TRUE",
    ),
    Attack::of_rows(
        "a data key is destroyed",
        "DELETE FROM keys.data_key WHERE owner = (SELECT guest_id FROM guest_visit ORDER BY guest_id LIMIT 1)",
    ),
    Attack::of_rows("tiles are altered", "UPDATE ledger_tile SET hashes = (SELECT commitment FROM journal LIMIT 1)"),
    Attack::of_rows("checkpoints are altered", "UPDATE ledger_checkpoint SET note = replace(note, '1', '2')"),
];

/// What the page says of each attack.
fn told() -> BTreeMap<String, Seen> {
    let page = include_str!("../../../../docs/security/integrity.md");
    let (_, table) = page.split_once("<!-- attacks -->").unwrap();
    let (table, _) = table.split_once("<!-- /attacks -->").unwrap();
    let mut found = BTreeMap::new();
    for line in table.lines().filter(|line| line.contains("| yes |") || line.contains("| no |")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let seen = [cells[3], cells[4], cells[5]].map(|cell| cell == "yes");
        found.insert(cells[2].to_owned(), seen);
    }
    found
}

/// Whether `hefu doctor` sees trouble, the checkpoint beside the key file apart.
async fn doctor(app: &App) -> bool {
    let ctx = Context::command_line("doctor");
    let schema = app.ask(&ctx, CheckSchema).await.unwrap();
    let health = app.ask(&ctx, CheckHealth).await.unwrap();
    !schema.parts.is_empty() || schema.since.is_some() || health.ledger_size != health.ledger_counted
}

/// Who sees what was done to the database.
async fn seen(app: &App, kept: &str) -> Seen {
    let verified = app.verify(None).await.unwrap();
    let with_kept = app.verify(Some(kept)).await.unwrap();
    [!verified.is_clean(), doctor(app).await, !with_kept.is_clean()]
}

async fn guest(app: &App, name: &str) {
    let guest = GuestInput { full_name: name.to_owned(), ..GuestInput::default() };
    app.execute(Context::job("desk"), CreateGuest(guest)).await.unwrap();
}

both_engines! {
    async fn each_attack_is_seen_by_what_the_page_says(db: TestDb) {
        let is_sqlite = db.store.engine_name() == "sqlite";
        let story = Story::told(db).await;
        story.is_clean().await;
        let kept = story.app.latest_checkpoint().await.unwrap().unwrap();
        let mut outcomes: BTreeMap<String, Seen> = BTreeMap::new();
        let before = story.contents().await;
        for attack in ATTACKS {
            let (sql, undo) = if is_sqlite { (attack.sqlite, attack.undo[0]) } else { (attack.postgres, attack.undo[1]) };
            story.db.tamper(sql).await;
            let outcome = match story.try_anew().await {
                Ok(app) => {
                    let seen = seen(&app, &kept).await;
                    app.close().await;
                    seen
                }
                // Whatever is started on it refuses to start, and says why.
                Err(StoreError::Keys(_)) => [true; 3],
                Err(error) => panic!("{}: {error}", attack.name),
            };
            outcomes.insert(attack.name.to_owned(), outcome);
            if !undo.is_empty() {
                story.db.tamper(undo).await;
            }
            let rows = before.iter().map(|(_, rows)| rows.as_slice());
            story.put_all_back(rows.filter(|rows| !rows.is_empty())).await;
            let app = story.anew().await;
            let verified = app.verify(None).await.unwrap();
            assert!(verified.is_clean(), "after {}: {:?}", attack.name, verified.findings);
            app.close().await;
        }

        // The whole database is put back to how it was, before the last guest came.
        let clock = story.db.clock.clone();
        let open = |db: &TestDb| hefu_app::open(db.store.clone(), clock.clone(), hefu_app::Options::default());
        let db = story.into_db().backed_up().await;
        let app = open(&db);
        guest(&app, "后来的客人").await;
        clock.advance(chrono::TimeDelta::minutes(1));
        app.sequence().await.unwrap();
        let kept = app.latest_checkpoint().await.unwrap().unwrap();
        let db = db.put_back().await;
        let app = open(&db);
        outcomes.insert("the whole database is put back to an earlier state".into(), seen(&app, &kept).await);

        // With the key, the application itself writes another history over that, and signs it.
        guest(&app, "另一位客人").await;
        clock.advance(chrono::TimeDelta::minutes(1));
        app.sequence().await.unwrap();
        outcomes.insert("another history is written and signed".into(), seen(&app, &kept).await);

        assert_eq!(outcomes, told());
    }
}
