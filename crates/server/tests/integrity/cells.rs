//! Every column of every table holds another value, every table loses a row and gets one more: each of it is noticed, or
//! docs/security/integrity.md says why not.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta};
use hefu_app::verify::{Fault, Verified};
use hefu_test_kit::{KeptRow, TestDb, both_engines};

use crate::story::{Story, tables};

/// What is not held to anything, as the page says it for this engine: columns, and tables a row was taken from or copied in.
fn unnoticed(engine: &str) -> BTreeSet<String> {
    let page = include_str!("../../../../docs/security/integrity.md");
    let (_, list) = page.split_once("<!-- unnoticed -->").unwrap();
    let (list, _) = list.split_once("<!-- /unnoticed -->").unwrap();
    let mut found = BTreeSet::new();
    for line in list.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let engines = match cells[2] {
            "both" => ["sqlite", "postgres"],
            "SQLite" => ["sqlite"; 2],
            "PostgreSQL" => ["postgres"; 2],
            other => panic!("{other} is no engine: {line}"),
        };
        assert!(cells[3].len() > 20, "why is that not noticed? {line}");
        if engines.contains(&engine) {
            let names = cells[1].split(", ").map(|name| name.trim_matches('`').to_owned());
            found.extend(names);
        }
    }
    found
}

/// The columns of each unique index of a table.
async fn keys(db: &TestDb, table: &str) -> Vec<Vec<String>> {
    let (schema, name) = table.split_once('.').unwrap_or(("main", table));
    let sql = match db.store.engine_name() {
        "sqlite" => format!(
            "SELECT (SELECT group_concat(c.name) FROM pragma_index_info(i.name, '{schema}') c)
            FROM pragma_index_list('{name}', '{schema}') i WHERE i.\"unique\"
            UNION ALL SELECT name FROM pragma_table_info('{name}', '{schema}') WHERE pk = 1
                AND NOT EXISTS (SELECT 1 FROM pragma_index_list('{name}', '{schema}') WHERE origin = 'pk')"
        ),
        _ => format!(
            "SELECT (SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest(i.indkey) WITH ORDINALITY AS k(number, at)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number)
            FROM pg_index i WHERE i.indrelid = '{table}'::regclass AND i.indisunique"
        ),
    };
    let lists = db.texts(&sql, 1).await;
    lists.iter().map(|list| list[0].split(',').map(str::to_owned).collect()).collect()
}

/// What kind of value a column holds.
async fn kinds(db: &TestDb, row: &KeptRow) -> Vec<String> {
    let (schema, name) = row.table.split_once('.').unwrap_or(("main", &row.table));
    let sql = match db.store.engine_name() {
        "sqlite" => format!("SELECT type FROM pragma_table_info('{name}', '{schema}') ORDER BY cid"),
        _ => format!(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum > 0
            AND NOT attisdropped ORDER BY attnum",
            row.table
        ),
    };
    db.texts(&sql, 1).await.into_iter().flatten().collect()
}

/// Other values than this that the column could hold as well, the likeliest first, as SQL.
fn others(column: &str, kind: &str, literal: &str, elsewhere: &[&str]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let text = literal.trim_start_matches('X').trim_matches('\'');
    let flipped = || {
        let (rest, last) = text.split_at(text.len() - 1);
        format!("{rest}{}", if last.eq_ignore_ascii_case("0") { "1" } else { "0" })
    };
    if literal == "NULL" {
        found.extend(elsewhere.iter().map(|other| (*other).to_owned()));
        found.extend(match kind {
            "INTEGER" | "bigint" => vec!["1".to_owned()],
            "BLOB" => vec!["X'01920000000070008000000000000001'".to_owned()],
            "uuid" => vec!["'01920000-0000-7000-8000-000000000001'".to_owned()],
            _ if kind.starts_with("timestamp") || column.ends_with("_at") || column.ends_with("_until") => {
                vec!["'2026-10-03T08:00:00+00:00'".to_owned()]
            }
            _ => vec!["'2026-10-03'".to_owned()],
        });
        return found;
    }
    match kind {
        "boolean" => found.push(if text == "true" { "false" } else { "true" }.to_owned()),
        "BLOB" if text.is_empty() => found.push("X'01'".to_owned()),
        "BLOB" => found.push(format!("X'{}'", flipped())),
        "bytea" if text == "\\x" => found.push("'\\x01'".to_owned()),
        "bytea" | "uuid" => found.push(format!("'{}'", flipped())),
        "timestamp with time zone" => found.push(format!("{literal}::timestamptz + interval '1 second'")),
        _ => {}
    }
    if !found.is_empty() {
        return found;
    }
    if let Ok(number) = text.parse::<i64>() {
        let near =
            [i64::from(number == 0), 0, number + 1, number - 1, number + 2, number + 5, number + 1_000];
        let near = near.into_iter().skip(if (0..=1).contains(&number) { 0 } else { 2 });
        let quote = if literal.starts_with('\'') { "'" } else { "" };
        found.extend(near.filter(|other| *other != number).map(|other| format!("{quote}{other}{quote}")));
    } else if let Ok(date) = text.parse::<NaiveDate>() {
        // The days beside it may have rows of their own.
        let near = [date + Days::new(1), date - Days::new(1), date + Days::new(400)];
        found.extend(near.map(|date| format!("'{date}'")));
    } else if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        let time = (time + TimeDelta::seconds(1)).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false);
        found.push(format!("'{time}'"));
    } else {
        found.extend(elsewhere.iter().map(|other| (*other).to_owned()));
        if let Some(at) = text.find(|c: char| c.is_ascii_digit()) {
            let digit = if text[at..].starts_with('9') { '0' } else { '9' };
            found.push(format!("'{}{digit}{}'", &text[..at], &text[at + 1..]));
        }
        found.push(format!("'{text}x'"));
        found.push("'done'".to_owned());
    }
    found
}

/// One row of a table and how it is to be changed.
struct Victim<'a> {
    story: &'a Story,
    row: KeptRow,
    kinds: Vec<String>,
    rows: Vec<KeptRow>,
    engine: &'static str,
}

impl Victim<'_> {
    fn is_this(&self) -> String {
        let same = if self.engine == "sqlite" { "IS" } else { "IS NOT DISTINCT FROM" };
        let columns = self.row.columns.iter().map(|(name, literal)| format!("\"{name}\" {same} {literal}"));
        columns.collect::<Vec<_>>().join(" AND ")
    }

    /// Other values for a column.
    fn others(&self, at: usize) -> Vec<String> {
        let own = &self.row.columns[at].1;
        let mut elsewhere: Vec<&str> = self.rows.iter().map(|row| row.columns[at].1.as_str()).collect();
        elsewhere.retain(|other| other != own && *other != "NULL");
        elsewhere.sort_unstable();
        elsewhere.dedup();
        others(&self.row.columns[at].0, &self.kinds[at], own, &elsewhere)
    }

    /// Runs the first of these statements that the database takes. Answers whether it took one.
    async fn attempt(&self, statements: &[String]) -> bool {
        for sql in statements {
            if self.story.db.attempt(sql).await.is_ok() {
                return true;
            }
        }
        false
    }

    /// Everything that is done to it: what it is called, and statements to try.
    async fn edits(&self) -> Vec<(String, Vec<String>)> {
        let (table, this) = (&self.row.table, self.is_this());
        let mut edits = Vec::new();
        for (at, (column, _)) in self.row.columns.iter().enumerate() {
            let update = |other: String| format!("UPDATE {table} SET \"{column}\" = {other} WHERE {this}");
            edits.push((format!("{table}.{column}"), self.others(at).into_iter().map(update).collect()));
        }
        edits.push((format!("{table} (row gone)"), vec![format!("DELETE FROM {table} WHERE {this}")]));
        edits.push((format!("{table} (row more)"), copies(self).await));
        edits
    }
}

/// Tables that no entry of the journal binds, or that share their name in what is found with another.
const APART: [&str; 19] = [
    "_sqlx_migrations",
    "clock",
    "guest_uncompared",
    "holder_seal",
    "idempotency",
    "job",
    "journal",
    "journal_change",
    "journal_cursor",
    "keys._sqlx_migrations",
    "key_check",
    "keys.data_key",
    "keys.key_store",
    "ledger_checkpoint",
    "ledger_tile",
    "ledger_tree",
    "sqlite_stat1",
    "token_staged",
    "sqlite_sequence",
];

/// Whether a row of this table was found not to be as its last entry says.
fn names(verified: &Verified, table: &str) -> bool {
    let of_rows =
        [Fault::RowChanged, Fault::RowMissing, Fault::RowUnknown, Fault::RowReturned, Fault::RowUnreadable];
    verified.findings.iter().any(|finding| {
        let is_table = finding.at.strip_prefix(table).is_some_and(|rest| rest.starts_with(' '));
        // That something sealed does not open is said of an owner.
        is_table && of_rows.contains(&finding.fault) && !finding.at[table.len()..].starts_with(" owner=")
    })
}

/// What of each edit was noticed.
#[derive(Default)]
struct Outcome {
    edits: usize,
    clean: BTreeSet<String>,
    refused: BTreeSet<String>,
}

impl Outcome {
    fn note(&mut self, what: String, is_taken: bool, is_noticed: bool) {
        self.edits += 1;
        if !is_taken {
            self.refused.insert(what);
        } else if !is_noticed {
            self.clean.insert(what);
        }
    }
}

both_engines! {
    async fn every_cell_and_every_row_is_held_to_something(db: TestDb) {
        let engine = db.store.engine_name();
        let story = Story::told(db).await;
        story.is_clean().await;
        let mut outcome = Outcome::default();
        let mut bound = Vec::new();
        for table in tables(&story.db).await {
            let rows = story.db.rows(&table, "true").await;
            // Some builds of SQLite take samples, and we have it take none.
            if table == "sqlite_stat4" && rows.is_empty() {
                continue;
            }
            let Some(row) = rows.get(rows.len() / 2).cloned() else { panic!("the story leaves {table} empty") };
            let kinds = kinds(&story.db, &row).await;
            let victim = Victim { story: &story, row, kinds, rows, engine };
            let edits = victim.edits().await;
            if !APART.contains(&table.as_str()) {
                bound.push((victim, edits));
                continue;
            }
            for (what, statements) in edits {
                let is_taken = victim.attempt(&statements).await;
                let is_noticed = is_taken && !story.verify().await.is_clean();
                outcome.note(what, is_taken, is_noticed);
                // What was refused changed nothing.
                if is_taken {
                    story.put_back(&victim.rows).await;
                }
            }
            story.is_clean().await;
        }
        // Of many tables that the journal binds one cell each at once: what is found says which. Fewer than are told of one kind of fault.
        for part in bound.chunks(80) {
            for round in 0..part.iter().map(|(_, edits)| edits.len()).max().unwrap() {
                let mut taken = Vec::new();
                for (victim, edits) in part.iter().filter(|(_, edits)| edits.len() > round) {
                    taken.push((victim, &edits[round].0, victim.attempt(&edits[round].1).await));
                }
                let verified = story.verify().await;
                for (victim, what, is_taken) in &taken {
                    outcome.note((*what).clone(), *is_taken, names(&verified, &victim.row.table));
                }
                // What was refused changed nothing.
                let changed = taken.iter().filter(|(.., is_taken)| *is_taken);
                story.put_all_back(changed.map(|(victim, ..)| victim.rows.as_slice())).await;
                story.is_clean().await;
            }
        }

        let Outcome { edits, clean, refused } = outcome;
        assert!(edits > 350, "{edits}");
        let expected = unnoticed(engine);
        let not_said: Vec<_> = clean.difference(&expected).collect();
        let noticed: Vec<_> = expected.difference(&clean).collect();
        assert!(not_said.is_empty() && noticed.is_empty(), "unnoticed: {not_said:#?}; noticed after all: {noticed:#?}");
        // What does not add up, a second row where there is one, and the numbers that PostgreSQL gives entries: the database takes none of it.
        let refusals = [
            "account.state", "account_factor (row more)", "account_factor.state", "alarm.kind", "api_client.state", "channel_feed.kind", "finding.state",
            "quarantine_decision.state",
            "day_ledger.closing", "day_ledger.credit", "day_ledger.debit", "day_ledger.opening", "inventory.excess",
            "keys.key_store (row more)", "keys.key_store.one", "ledger_tree (row more)", "ledger_tree.id",
        ];
        let own = (engine == "postgres").then_some("journal.rowid");
        assert_eq!(refused, refusals.into_iter().chain(own).map(str::to_owned).collect());
    }
}

/// Statements that copy a row under another key.
async fn copies(victim: &Victim<'_>) -> Vec<String> {
    let keys = keys(&victim.story.db, &victim.row.table).await;
    (0..6).map(|nth| copy(victim, &keys, nth).insert(&victim.story.db)).collect()
}

/// The row under the `nth` of the keys it could have.
fn copy(victim: &Victim<'_>, keys: &[Vec<String>], nth: usize) -> KeptRow {
    let mut copy = victim.row.clone();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for key in keys {
        if key.iter().any(|column| changed.contains(column)) {
            continue;
        }
        let Some(last) = key.last() else { continue };
        let at = copy.columns.iter().position(|(name, _)| name == last).unwrap();
        // Not a value that another row has.
        let taken: BTreeSet<&str> = victim.rows.iter().map(|row| row.columns[at].1.as_str()).collect();
        let others = victim.others(at);
        let free: Vec<&String> = others.iter().filter(|other| !taken.contains(other.as_str())).collect();
        copy.columns[at].1.clone_from(free.get(nth).or(free.last()).copied().unwrap_or(&others[0]));
        changed.insert(last.clone());
    }
    copy
}
