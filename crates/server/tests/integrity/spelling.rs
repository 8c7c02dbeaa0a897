//! The same value spelled otherwise: it reads alike, and is another to whoever compares or looks it up.

use hefu_app::verify::Verified;
use hefu_test_kit::{TestDb, both_engines};

use crate::story::Story;

/// Table, which rows, and what they are set to.
type Case = (&'static str, &'static str, &'static str);

/// Whatever engine keeps it.
const BOTH: &[Case] = &[
    // JSON that says the same.
    ("reservation_room", "prices = '[30000,30000]'", "prices = '[30000, 30000]'"),
    ("reservation_room", "prices = '[30000,30000]'", "prices = ' [30000,30000]'"),
    ("reservation_room", "prices = '[30000,30000]'", "prices = '[30000,3e4]'"),
    ("cancellation_policy", "code = 'FLEX'", "no_show = replace(no_show, ':', ': ')"),
    ("cancellation_policy", "code = 'FLEX'", "no_show = replace(no_show, '}', ',\"more\":1}')"),
    ("cancellation_policy", "code = 'FLEX'", "rules = replace(rules, '}]', '}] ')"),
    // Text in another form, which looks the same.
    ("property", "code = 'SH01'", "name_en = 'Hefu on the Bund '"),
    ("property", "code = 'SH01'", "name_en = 'Hеfu on the Bund'"),
    ("property", "code = 'SH01'", "name = '合符外滩酒店\u{200b}'"),
    ("property", "code = 'SH01'", "currency = 'cny'"),
    ("room", "number = '0402'", "state = 'Dirty'"),
    ("room", "number = '0402'", "floor = '４'"),
    ("visit_alias", "system = 'ctrip'", "number = lower(number)"),
    ("posting", "code = 'MINI'", "code = 'MINI '"),
    ("journal", "log_index = 7", "actor = actor || ' '"),
    ("membership", "true", "number = ' ' || number"),
];

/// What SQLite takes for a text or a number.
const SQLITE: &[Case] = &[
    ("room_night", "night = '2026-10-04'", "night = ' 2026-10-04'"),
    ("room_night", "night = '2026-10-04'", "night = '2026-10-04 '"),
    ("room_night", "night = '2026-10-04'", "night = '2026-10-4'"),
    ("room_night", "night = '2026-10-04'", "night = '+2026-10-04'"),
    ("room_night", "night = '2026-10-04'", "night = '02026-10-04'"),
    ("room_night", "night = '2026-10-04'", "night = '2026-10-04' || char(10)"),
    ("inventory", "night = '2026-10-04'", "night = '2026- 10-04'"),
    ("reservation", "arrival = '2026-10-03'", "departure = replace(departure, '-0', '-')"),
    ("stay", "true", "departure = replace(departure, '-0', '-')"),
    ("property", "code = 'SH01'", "business_date = business_date || 'T00:00:00'"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, '+00:00', 'Z')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, '+00:00', '-00:00')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, 'T', ' ')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, 'T', 't')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, '+00:00', '.000+00:00')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, '+00:00', '.000000001+00:00')"),
    ("stay", "true", "checked_in_at = replace(checked_in_at, 'T08:00:00+00:00', 'T16:00:00+08:00')"),
    ("posting", "code = 'MINI'", "posted_at = replace(posted_at, '+00:00', 'Z')"),
    ("reservation", "true", "walk_in = 2"),
    ("reservation", "true", "walk_in = -1"),
    ("room", "accessible = 1", "accessible = 256"),
    ("rate_plan", "code = 'BAR'", "inclusive = 2"),
    ("guest_merge", "true", "automatic = 2"),
    ("room", "number = '0402'", "floor = '4' || char(0)"),
    ("room", "number = '0402'", "floor = '4' || char(0) || 'x'"),
    ("idempotency", "true", "at = replace(at, '+00:00', 'Z')"),
    ("job", "true", "run_at = replace(run_at, '+00:00', 'Z')"),
    ("job", "true", "again = 2"),
    ("journal_cursor", "true", "updated_at = replace(updated_at, '+00:00', 'Z')"),
    ("ledger_checkpoint", "true", "at = replace(at, '+00:00', 'Z')"),
    ("schema_fingerprint", "true", "recorded_at = replace(recorded_at, '+00:00', 'Z')"),
];

/// Another kind of value than the column has: the declaration is changed for a moment and put back.
const OTHER_KINDS: &[(&str, &str, &str)] = &[
    ("stay", "adults INTEGER", "adults = '2'"),
    ("stay", "adults INTEGER", "adults = 2.0"),
    ("stay", "adults INTEGER", "adults = CAST('2' AS BLOB)"),
    ("stay", "departure TEXT", "departure = CAST(departure AS BLOB)"),
    ("stay", "checked_in_at TEXT", "checked_in_at = 20261003"),
    ("room", "number TEXT", "number = CAST(number AS BLOB)"),
    ("room", "accessible INTEGER", "accessible = 'true'"),
    ("room", "id BLOB", "id = lower(hex(id))"),
    ("room", "id BLOB", "id = CAST(id AS TEXT)"),
    ("folio", "balance INTEGER", "balance = balance + 0.0"),
];

/// What PostgreSQL's types take beside what a program writes.
const POSTGRES: &[Case] = &[
    ("room_night", "night = '2026-10-04'", "night = 'infinity'"),
    ("room_night", "night = '2026-10-04'", "night = '-infinity'"),
    ("stay", "true", "departure = 'infinity'"),
    ("property", "code = 'SH01'", "business_date = '2026-10-03 BC'"),
    ("property", "code = 'SH01'", "business_date = '20260-10-03'"),
    ("stay", "true", "checked_in_at = 'infinity'"),
    ("stay", "true", "checked_in_at = '-infinity'"),
    ("stay", "true", "checked_in_at = '2026-10-03 08:00:00 BC'"),
    ("stay", "true", "checked_in_at = checked_in_at + interval '1 microsecond'"),
    ("idempotency", "true", "at = 'infinity'"),
    ("job", "true", "run_at = 'infinity'"),
    ("ledger_checkpoint", "true", "at = 'infinity'"),
    ("journal", "log_index = 7", "at = 'infinity'"),
    ("property", "code = 'SH01'", "name_en = normalize(name_en || 'é', NFD)"),
];

fn names(verified: &Verified, table: &str) -> bool {
    let place = if table == "journal" { "place 7" } else { table };
    // What an entry says is inside its commitment: then its number is told beside its id.
    let is_entry = |index| table == "journal" && index == Some(7);
    verified.findings.iter().any(|finding| finding.at.starts_with(place) || is_entry(finding.log_index))
}

both_engines! {
    async fn another_spelling_is_noticed(db: TestDb) {
        let is_sqlite = db.store.engine_name() == "sqlite";
        let story = Story::told(db).await;
        story.is_clean().await;
        let mut missed = Vec::new();
        for (table, condition, set) in BOTH.iter().chain(if is_sqlite { SQLITE } else { POSTGRES }) {
            let before = story.db.rows(table, "true").await;
            assert!(!story.db.rows(table, condition).await.is_empty(), "the story has no {table} where {condition}");
            story.db.tamper(&format!("UPDATE {table} SET {set} WHERE {condition}")).await;
            if !names(&story.verify().await, table) {
                missed.push(format!("{table}: {set}"));
            }
            story.put_back(&before).await;
        }
        for (table, column, set) in OTHER_KINDS.iter().filter(|_| is_sqlite) {
            let name = column.split(' ').next().unwrap();
            let before = story.db.rows(table, "true").await;
            story.db.tamper(&format!("PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = replace(sql, '{column}', '{name} ANY') WHERE name = '{table}';
                PRAGMA writable_schema = RESET;
                UPDATE {table} SET {set};
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = replace(sql, '{name} ANY', '{column}') WHERE name = '{table}';
                PRAGMA writable_schema = RESET")).await;
            if !names(&story.verify().await, table) {
                missed.push(format!("{table}: {set}"));
            }
            story.put_back(&before).await;
        }
        assert_eq!(missed, Vec::<String>::new());
        story.is_clean().await;
    }
}
