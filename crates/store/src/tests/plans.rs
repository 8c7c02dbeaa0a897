//! No statement reads more than its answer needs: neither by its plan nor by what it really reads of a history ten times as long.
//!
//! Plans depend on what the engine knows of its tables. Each statement is therefore looked at three times: as PostgreSQL planned it when all
//! was empty, which it keeps, over a history nobody has counted, and after `ANALYZE`. (SQLite that has counted nothing plans by the
//! statistics that a migration has written down.)

mod cases;
mod history;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
};

use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, ConnectOptions as _, PgConnection, Row as _, postgres::PgConnectOptions};

use self::cases::Reads;
use crate::{
    keys,
    postgres::PLANNER_SETTINGS,
    query,
    sql::Sql,
    sqlite::{self, Driver},
    tables,
    value::{TextBuffer, Value},
};

/// Visits of the short history; the long one has ten times as many.
const VISITS: usize = 2_000;

/// Tables that do not grow with the history: what a property is, and a row for each run of something that people start.
const SMALL: [&str; 33] = [
    "account",
    "holder_seal",
    "session",
    "api_client",
    "api_key",
    "company",
    "company_account",
    "member_programme",
    "rate_plan_access",
    "season",
    "setup_closing",
    "channel",
    "channel_calendar",
    "channel_feed",
    "billing",
    "finding_rule",
    "number_series",
    "_sqlx_migrations",
    "property",
    "room_type",
    "room",
    "cancellation_policy",
    "rate_plan",
    "rate",
    "transaction_code",
    "city_account",
    "import_run",
    "identity_run",
    "identity_plan",
    "ledger_tree",
    "schema_fingerprint",
    "key_check",
    "key_store",
];

/// Partial indexes of what is open today: to read all of one, or a property's part of it, is what they are for.
const OPEN: [&str; 16] = [
    "alarm_unseen",
    "channel_message_waiting",
    "found_item_kept",
    "maintenance_order_open",
    "visit_note_open",
    "city_item_open",
    "cashier_shift_open",
    "deposit_account_held",
    "folio_unsettled",
    "stay_in_house",
    "stay_one_party",
    "reservation_room_awaited",
    "pre_auth_chargeable",
    "journal_unsequenced",
    "guest_pair_open",
    "points_entry_moved",
];

/// What a statement read, as its engine counts it: steps of SQLite's machine; rows of tables and indexes of PostgreSQL, and pages.
#[derive(Debug, Clone, Copy)]
struct Cost {
    rows: u64,
    pages: u64,
}

impl Cost {
    /// Whether it is more than that of a short history, but for the depth of trees and the odd guest with a visit more.
    fn grew_from(self, short: Self) -> bool {
        self.rows > short.rows * 5 / 4 + 300 || self.pages > short.pages * 2 + self.rows * 4 + 60
    }
}

/// A statement's name and text.
type Named = (String, &'static str);

/// Every statement of the query modules for an engine, under its short name.
fn statements() -> Vec<Named> {
    let short = |name: &str| name.trim_start_matches("hefu_store::").trim_start_matches("query::").to_owned();
    query::statements().into_iter().map(|(name, Sql(sql))| (short(name), sql)).collect()
}

/// Those that are not in a module's list: what is made of the declarations of tables, and what only one engine takes.
fn others(is_sqlite: bool) -> Vec<Named> {
    let own = usize::from(!is_sqlite);
    let mut all: Vec<Named> = Vec::new();
    for table in tables::all() {
        all.extend(table.statements.into_iter().map(|Sql(sql)| (format!("of {}", table.name), sql)));
    }
    for (name, both) in [
        ("keys::REWRAP", keys::REWRAP),
        ("identity::COMPARED", query::identity::COMPARED),
        ("block::LOCK", query::block::LOCK),
        ("company::LOCK", query::company::LOCK),
        ("visit::LOCK_FOR_UPDATE", query::visit::LOCK_FOR_UPDATE),
        ("cash::LOCK_SHIFT", query::cash::LOCK_SHIFT),
        ("cash::HOLD_SHIFT_OF", query::cash::HOLD_SHIFT_OF),
        ("property::LOCK_SHARED", query::property::LOCK_SHARED),
        ("property::LOCK_SHARED_BY_CODE", query::property::LOCK_SHARED_BY_CODE),
        ("property::LOCK_FOR_UPDATE", query::property::LOCK_FOR_UPDATE),
    ] {
        // SQLite wraps keys in a file of their own, which is not this one.
        if !(is_sqlite && name == "keys::REWRAP") {
            all.push((name.to_owned(), both[own].0));
        }
    }
    if !is_sqlite {
        all.push(("inventory::SHARE_TYPE".into(), query::inventory::SHARE_TYPE.0));
        all.push(("inventory::HOLD_TYPE".into(), query::inventory::HOLD_TYPE.0));
    }
    all
}

/// A database of either engine, as a test of plans looks at it.
enum Engine {
    Sqlite { _kit: hefu_test_kit::TestDb, dir: PathBuf, driver: Driver },
    Pg { _kit: hefu_test_kit::TestDb, connection: PgConnection, partial: BTreeSet<String> },
}

impl Engine {
    async fn sqlite() -> Self {
        let kit = hefu_test_kit::TestDb::sqlite().await;
        let dir = PathBuf::from(kit.address());
        let driver = sqlite::of_plans(&dir).unwrap();
        Self::Sqlite { _kit: kit, dir, driver }
    }

    async fn postgres() -> Self {
        let kit = hefu_test_kit::TestDb::postgres().await;
        let options: PgConnectOptions = kit.address().parse().unwrap();
        let connection =
            options.options(PLANNER_SETTINGS).disable_statement_logging().connect().await.unwrap();
        let mut engine = Self::Pg { _kit: kit, connection, partial: BTreeSet::new() };
        // Nobody else counts while the test looks at tables that nobody has counted.
        let tables = engine
            .texts("SELECT CAST(oid::regclass AS TEXT) FROM pg_class WHERE relkind = 'r' AND relnamespace IN ('public'::regnamespace, 'keys'::regnamespace)")
            .await;
        for table in tables {
            engine.run(format!("ALTER TABLE {table} SET (autovacuum_enabled = false)")).await;
        }
        let found = engine
            .texts("SELECT CAST(indexrelid::regclass AS TEXT) FROM pg_index WHERE indpred IS NOT NULL")
            .await;
        if let Self::Pg { partial, .. } = &mut engine {
            partial.extend(found);
        }
        engine
    }

    fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite { .. })
    }

    async fn run(&mut self, sql: String) {
        match self {
            Self::Sqlite { dir, driver, .. } => {
                // Only a connection of their own writes keys.
                let keys = sql.contains("INTO keys.").then(|| sqlite::keys_of_plans(dir).unwrap());
                let sql = sql.replace("INTO keys.", "INTO ");
                let driver = keys.as_ref().unwrap_or(driver);
                driver.command("a test", &sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            }
            Self::Pg { connection, .. } => {
                let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(connection).await;
                done.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
    }

    /// The first column of what PostgreSQL answers, as text.
    async fn texts(&mut self, sql: &str) -> Vec<String> {
        let Self::Pg { connection, .. } = self else { return Vec::new() };
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await;
        let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter().map(|row| row.try_get_unchecked(0).unwrap()).collect()
    }

    async fn analyze(&mut self) {
        let sql = if self.is_sqlite() { "ANALYZE main" } else { "ANALYZE" };
        self.run(sql.into()).await;
        // A connection made afterwards knows of it.
        if let Self::Sqlite { dir, driver, .. } = self {
            *driver = sqlite::of_plans(dir).unwrap();
        }
    }

    /// Has PostgreSQL plan the statements as tables are now.
    async fn prepare(&mut self, cases: &[(Named, Vec<Value>)]) {
        self.run("DEALLOCATE ALL".into()).await;
        for (at, ((_, sql), values)) in cases.iter().enumerate() {
            let kinds: Vec<&str> = values.iter().map(kind).collect();
            let kinds = if kinds.is_empty() { String::new() } else { format!("({})", kinds.join(", ")) };
            self.run(format!("PREPARE s{at} {kinds} AS {sql}")).await;
            self.texts(&format!("EXPLAIN EXECUTE s{at}{}", literals(values))).await;
        }
    }

    /// What the statement of a case reads, run and taken back.
    async fn cost(&mut self, at: usize, (_, sql): &Named, values: &[Value]) -> Cost {
        match self {
            Self::Sqlite { driver, .. } => {
                driver.command("a test", "BEGIN").unwrap();
                let steps = driver.steps(sql, values).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
                driver.command("a test", "ROLLBACK").unwrap();
                Cost { rows: steps, pages: 0 }
            }
            Self::Pg { .. } => {
                self.run("BEGIN".into()).await;
                let sql = format!(
                    "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE s{at}{}",
                    literals(values)
                );
                let plan = self.texts(&sql).await.concat();
                self.run("ROLLBACK".into()).await;
                let plan: Json = serde_json::from_str(&plan).unwrap();
                let plan = &plan[0]["Plan"];
                let number = |node: &Json, name: &str| node[name].as_f64().unwrap_or(0.0);
                let mut rows = 0.0;
                nodes(plan, &mut |node| {
                    if node["Node Type"].as_str().is_some_and(|kind| kind.contains("Scan")) {
                        let read = number(node, "Actual Rows")
                            + number(node, "Rows Removed by Filter")
                            + number(node, "Rows Removed by Index Recheck");
                        rows += read * number(node, "Actual Loops");
                    }
                });
                let pages = number(plan, "Shared Hit Blocks") + number(plan, "Shared Read Blocks");
                Cost { rows: rows as u64, pages: pages as u64 }
            }
        }
    }

    /// How the statement of a case is answered as things are, line by line.
    async fn plan_of(&mut self, at: usize) -> Vec<String> {
        let (named, values, _) = asked(10 * VISITS).swap_remove(at);
        match self {
            Self::Sqlite { driver, .. } => driver.plan(named.1).unwrap(),
            Self::Pg { .. } => self.texts(&format!("EXPLAIN EXECUTE s{at}{}", literals(&values))).await,
        }
    }

    /// What is wrong with the plan of a statement, whatever is asked.
    async fn faults(&mut self, sql: &str) -> Vec<String> {
        let tables = tables_of(sql);
        let is_small = |name: &str| {
            let table = tables.get(name).map_or(name, String::as_str);
            SMALL.contains(&table) || !is_table(table)
        };
        let has_limit = sql.contains("LIMIT");
        let mut faults = Vec::new();
        match self {
            Self::Sqlite { driver, .. } => {
                let plan = driver.plan(sql).unwrap();
                let sorts = plan.iter().any(|line| line.starts_with("USE TEMP B-TREE"));
                for line in &plan {
                    let mut words = line.split(' ');
                    let (what, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                    if is_small(name) || OPEN.iter().any(|open| line.contains(open)) {
                        continue;
                    }
                    let is_ordered = has_limit && !sorts;
                    let is_whole = what == "SCAN" && !is_ordered
                        || what == "SEARCH"
                            && (line.ends_with("(property_id=?)") && !is_ordered
                                || line.contains("AUTOMATIC"));
                    if is_whole {
                        faults.push(line.clone());
                    }
                }
            }
            Self::Pg { partial, .. } => {
                let partial = partial.clone();
                self.run(format!("PREPARE faults AS {sql}")).await;
                let count = self
                    .texts("SELECT CAST(coalesce(cardinality(parameter_types), 0) AS TEXT) FROM pg_prepared_statements WHERE name = 'faults'")
                    .await;
                let count: usize = count[0].parse().unwrap();
                let nulls =
                    if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
                let plan = self.texts(&format!("EXPLAIN (FORMAT JSON) EXECUTE faults{nulls}")).await.concat();
                self.run("DEALLOCATE faults".into()).await;
                let plan: Json = serde_json::from_str(&plan).unwrap();
                let mut limited = BTreeSet::new();
                let mut heap = String::new();
                nodes(&plan[0]["Plan"], &mut |node| {
                    let word = |name: &str| node[name].as_str().unwrap_or_default().to_owned();
                    let (kind, index, cond) = (word("Node Type"), word("Index Name"), word("Index Cond"));
                    if kind == "Limit" {
                        limited.insert("Limit");
                    }
                    if !word("Relation Name").is_empty() {
                        heap = word("Relation Name");
                    }
                    let is_whole = match kind.as_str() {
                        "Seq Scan" => limited.is_empty(),
                        "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" => {
                            let is_open = partial.contains(&index) && OPEN.contains(&index.as_str());
                            let prefix = cond.is_empty() || is_of_property_alone(&cond);
                            !is_open && prefix && limited.is_empty()
                        }
                        _ => false,
                    };
                    if is_whole && !SMALL.contains(&heap.as_str()) {
                        faults.push(format!("{kind} {heap} {index} {cond}"));
                    }
                });
            }
        }
        faults
    }
}

/// Whether a condition is `(property_id = …)` and nothing else.
fn is_of_property_alone(cond: &str) -> bool {
    cond.starts_with("(property_id = ") && !cond.contains(" AND ")
}

/// Calls `each` with a plan's nodes, those above first.
fn nodes(plan: &Json, each: &mut dyn FnMut(&Json)) {
    each(plan);
    for below in plan["Plans"].as_array().into_iter().flatten() {
        nodes(below, each);
    }
}

fn is_table(name: &str) -> bool {
    tables::all().iter().any(|table| table.name == name)
        || ["token_staged", "guest_uncompared", "ledger_tile", "ledger_checkpoint", "data_key", "holder_seal"]
            .contains(&name)
}

/// Which table each name of a statement stands for; SQLite's plans say the name.
fn tables_of(sql: &str) -> BTreeMap<String, String> {
    let words: Vec<&str> = sql.split_whitespace().map(|word| word.trim_matches(['(', ')', ','])).collect();
    let mut found = BTreeMap::new();
    for pair in words.windows(3) {
        if ["FROM", "JOIN", "UPDATE", "INTO"].contains(&pair[0]) {
            let table = pair[1].trim_start_matches("keys.").to_owned();
            found.insert(pair[2].to_owned(), table.clone());
            found.insert(table.clone(), table);
        }
    }
    found
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "BOOLEAN",
        Value::Int(_) => "BIGINT",
        Value::Text(_) => "TEXT",
        Value::Bytes(_) => "BYTEA",
        Value::Uuid(_) => "UUID",
        Value::Date(_) => "DATE",
        Value::Time(_) => "TIMESTAMPTZ",
    }
}

/// The values as PostgreSQL reads them, in brackets.
fn literals(values: &[Value]) -> String {
    let mut text = String::new();
    for value in values {
        text.push_str(if text.is_empty() { "(" } else { ", " });
        let mut buffer = TextBuffer::default();
        let written = match value {
            Value::Bool(Some(v)) => v.to_string(),
            Value::Int(Some(v)) => v.to_string(),
            Value::Text(Some(v)) => v.clone(),
            Value::Bytes(Some(v)) => v.iter().fold("\\x".to_owned(), |mut hex, byte| {
                let _ = write!(hex, "{byte:02x}");
                hex
            }),
            Value::Uuid(Some(v)) => v.to_string(),
            Value::Date(Some(v)) => buffer.date(*v).to_owned(),
            Value::Time(Some(v)) => v.to_rfc3339(),
            _ => {
                text.push_str("NULL");
                continue;
            }
        };
        let _ = write!(text, "'{written}'");
    }
    if text.is_empty() { text } else { text + ")" }
}

/// Whose statement it is, and what it is asked with over a history of so many visits.
fn asked(visits: usize) -> Vec<(Named, Vec<Value>, Reads)> {
    let statements: BTreeMap<String, &'static str> = statements().into_iter().collect();
    let asked = |case: cases::Case| {
        let sql = statements.get(case.name).unwrap_or_else(|| panic!("{}: no such statement", case.name));
        ((case.name.to_owned(), *sql), case.values, case.reads)
    };
    cases::all(visits).into_iter().map(asked).collect()
}

#[test]
fn every_statement_has_a_case() {
    let cases: Vec<&str> = cases::all(VISITS).iter().map(|case| case.name).collect();
    let named: BTreeSet<&str> = cases.iter().copied().collect();
    assert_eq!(cases.len(), named.len(), "a statement has two cases");
    let statements = statements();
    let missing: Vec<&str> =
        statements.iter().map(|(name, _)| &**name).filter(|name| !named.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "say in cases.rs what these are asked with");
}

/// The states in which statements are looked at.
const STATES: [&str; 3] = [EMPTY, "not counted", COUNTED];
const EMPTY: &str = "planned when empty";
const COUNTED: &str = "counted";

/// What every statement read, by state.
async fn costs(
    engine: &mut Engine,
    visits: usize,
    faults: &mut BTreeMap<String, BTreeSet<String>>,
) -> Vec<Vec<Cost>> {
    let cases: Vec<(Named, Vec<Value>)> =
        asked(visits).into_iter().map(|(named, values, _)| (named, values)).collect();
    if !engine.is_sqlite() {
        engine.prepare(&cases).await;
    }
    let mut all = Vec::new();
    for state in STATES {
        match state {
            EMPTY => {
                for sql in history::sql(engine.is_sqlite(), visits) {
                    engine.run(sql).await;
                }
            }
            COUNTED => engine.analyze().await,
            _ => {}
        }
        if state != EMPTY && !engine.is_sqlite() {
            engine.prepare(&cases).await;
        }
        // Of an empty table each index costs PostgreSQL the same; what counts is how it reads then.
        let others = others(engine.is_sqlite());
        for (name, sql) in statements().into_iter().chain(others).filter(|_| state != EMPTY) {
            for fault in engine.faults(sql).await {
                faults.entry(name.clone()).or_default().insert(format!("{state}: {fault}"));
            }
        }
        let mut costs = Vec::new();
        for (at, (named, values)) in cases.iter().enumerate() {
            costs.push(engine.cost(at, named, values).await);
        }
        all.push(costs);
    }
    all
}

async fn no_statement_reads_more_of_a_longer_history(mut short: Engine, mut long: Engine) {
    let mut faults = BTreeMap::new();
    let few = costs(&mut short, VISITS, &mut BTreeMap::new()).await;
    let many = costs(&mut long, 10 * VISITS, &mut faults).await;
    let mut report = String::new();
    for (at, ((name, _), _, reads)) in asked(VISITS).into_iter().enumerate() {
        let faults = faults.remove(&name).unwrap_or_default();
        if reads != Reads::WhatItAnswers {
            continue;
        }
        for (state, (few, many)) in STATES.iter().zip(few.iter().zip(&many)) {
            let (few, many) = (few[at], many[at]);
            if many.grew_from(few) {
                let plan = long.plan_of(at).await;
                let _ = writeln!(
                    report,
                    "{name}: {state}: {few:?} of a short history, {many:?} of a long one; now {plan:#?}"
                );
            }
        }
        for fault in faults {
            let _ = writeln!(report, "{name}: {fault}");
        }
    }
    // Whether a property is still referred to is asked when one is removed, which nobody does.
    faults.remove("of property");
    for (name, faults) in faults {
        let _ = writeln!(report, "{name}: {faults:?}");
    }
    assert!(report.is_empty(), "\n{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_more_of_a_longer_history_on_sqlite() {
    no_statement_reads_more_of_a_longer_history(Engine::sqlite().await, Engine::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_reads_more_of_a_longer_history_on_postgresql() {
    no_statement_reads_more_of_a_longer_history(Engine::postgres().await, Engine::postgres().await).await;
}
