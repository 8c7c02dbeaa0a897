//! Whether the indexes agree with their tables: what is found through an index is what stands in the table, each row once.
//!
//! SQLite looks itself (`PRAGMA integrity_check`, sqlite.org/pragma.html). PostgreSQL's `amcheck` is for superusers only, and an owner of
//! the database can put something of its name in its place. So each index is read from one end to the other: it must lead to as many rows as
//! a reading of the whole table finds, to the same ones, and in the index's order, else a search in it would miss some.

use sqlx::AssertSqlSafe;

use crate::{Conn, StoreError, postgres::PLANNER_SETTINGS, sqlite::Wanted, value::required};

type Result<T> = std::result::Result<T, StoreError>;

/// Every index of the records, of tables of our own that have a page: where there never was a row there is none that an index could miss. Most tables of a small
/// house are such, and to plan the reading of one index takes longer than to read it.
const INDEXES: &str = "SELECT format('%I', x.relname), format('%I.%I', n.nspname, t.relname),
        (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' ORDER BY k)
            FROM generate_series(1, i.indnkeyatts::int) AS k),
        coalesce(pg_get_expr(i.indpred, i.indrelid), 'true')
    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname IN ('public', 'keys') AND pg_relation_size(t.oid) > 0 ORDER BY 2, 1";

/// How the planner is kept to reading the whole table, and to one index.
const BY_TABLE: [(&str, &str); 4] = [
    ("enable_seqscan", "on"),
    ("enable_indexscan", "off"),
    ("enable_indexonlyscan", "off"),
    ("enable_sort", "on"),
];
const BY_INDEX: [(&str, &str); 5] = [
    ("enable_seqscan", "off"),
    ("enable_indexscan", "on"),
    ("enable_indexonlyscan", "off"),
    ("enable_sort", "off"),
    ("enable_incremental_sort", "off"),
];
/// How many indexes one statement is about: of each alone, the round trips took longer than the reading of small tables.
const AT_ONCE: usize = 32;

/// As they are outside this check, beside what every connection is set to.
const BEFORE: [(&str, &str); 4] = [
    ("enable_indexscan", "on"),
    ("enable_indexonlyscan", "on"),
    ("enable_sort", "on"),
    ("enable_incremental_sort", "on"),
];

/// What is wrong with indexes; `each` gets the index or the file, and what is wrong, in the engine's words.
///
/// # Errors
/// The database fails.
pub async fn check(c: &mut Conn, each: &mut (dyn FnMut(String) + Send)) -> Result<()> {
    if c.is_sqlite() {
        for (file, pragma) in
            [("hefu.db", "PRAGMA main.integrity_check"), ("keys.db", "PRAGMA keys.integrity_check")]
        {
            for said in texts::<1>(c, pragma.to_owned()).await? {
                if said != ["ok"] {
                    each(format!("{file}: {}", said.join(" ")));
                }
            }
        }
        return Ok(());
    }
    let indexes = texts::<4>(c, INDEXES.to_owned()).await?;
    set(c, &BY_TABLE).await?;
    let mut there = Vec::with_capacity(indexes.len());
    for some in indexes.chunks(AT_ONCE) {
        there.extend(texts::<3>(c, all_of(some, |index| counted(index, "true"))).await?);
    }
    set(c, &BY_INDEX).await?;
    for (some, there) in indexes.chunks(AT_ONCE).zip(there.chunks(AT_ONCE)) {
        // Rows compared as records: NULL is a value like others there, the last one, as in the index.
        let sql = all_of(some, |index| {
            let columns = &index[2];
            let previous = format!("lag(ROW({columns})) OVER (ORDER BY {columns})");
            counted(index, &format!("ROW({columns}) >= coalesce({previous}, ROW({columns}))"))
        });
        let plan = texts::<1>(c, format!("EXPLAIN {sql}")).await?;
        let found = texts::<3>(c, sql).await?;
        for (position, [index, table, ..]) in some.iter().enumerate() {
            // Indexes of two schemas may have one name: each is read through once.
            let using = format!("using {index} on");
            let named = some.iter().filter(|[other, ..]| other == index).count();
            if plan.iter().filter(|[line]| line.contains(&using)).count() < named {
                each(format!("{index} of {table}: cannot be read through"));
            } else if found.get(position) != there.get(position) {
                each(format!("{index} of {table}: does not lead to the rows of the table"));
            }
        }
    }
    set(c, &BEFORE).await?;
    set(c, &PLANNER_SETTINGS).await
}

/// How many rows of its table an index has by its predicate, a sum over where they lie, and whether this is so of all of them.
fn counted([_, table, _, predicate]: &[String; 4], is_so: &str) -> String {
    format!(
        "SELECT count(*)::text, coalesce(sum(row_hash), 0)::text, coalesce(bool_and(is_so), true)::text
        FROM (SELECT hashtidextended(ctid, 0) AS row_hash, {is_so} AS is_so FROM {table} WHERE {predicate}) AS r"
    )
}

/// One statement for several indexes, a row for each in their order.
fn all_of(indexes: &[[String; 4]], of: impl Fn(&[String; 4]) -> String) -> String {
    indexes.iter().map(of).collect::<Vec<_>>().join("\nUNION ALL ")
}

/// For the transaction.
async fn set(c: &mut Conn, settings: &[(&str, &str)]) -> Result<()> {
    let all: Vec<String> =
        settings.iter().map(|(name, value)| format!("set_config('{name}', '{value}', true)")).collect();
    texts::<1>(c, format!("SELECT concat({})", all.join(", "))).await.map(drop)
}

/// Runs a statement that is made of the names of the catalogue; answers its columns, which are texts.
async fn texts<const N: usize>(c: &mut Conn, sql: String) -> Result<Vec<[String; N]>> {
    let mut found = Vec::new();
    c.rows(AssertSqlSafe(sql), Vec::new(), |row| {
        let mut columns = std::array::from_fn(|_| String::new());
        for (at, column) in columns.iter_mut().enumerate() {
            *column = required(row, at)?;
        }
        found.push(columns);
        Ok(Wanted::More)
    })
    .await?;
    Ok(found)
}
