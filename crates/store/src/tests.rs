//! What needs the inside of the store: that declarations, statements and migrations agree on both
//! engines. What can be seen from outside is in `tests/`.
#![expect(clippy::unwrap_used, reason = "tests")]

mod plans;
mod rows;

use std::{collections::BTreeSet, sync::Arc};

use hefu_crypto::{KeyRing, OsRng};
use hefu_kernel::{FixedClock, Ids};
use sqlx::AssertSqlSafe;

use crate::{Location, Store, Vault, keys, query, sql::Sql, tables, value::args};

/// The same places as the kit's, opened by the crate under test.
async fn engines() -> [(hefu_test_kit::TestDb, Store); 2] {
    let (sqlite, postgres) = tokio::join!(hefu_test_kit::TestDb::sqlite(), hefu_test_kit::TestDb::postgres());
    let locations = [Location::Embedded(sqlite.address().into()), Location::Postgres(postgres.address())];
    let [embedded, server] = &locations;
    let stores = (open(embedded, sqlite.ring()).await, open(server, postgres.ring()).await);
    [(sqlite, stores.0), (postgres, stores.1)]
}

async fn open(location: &Location, ring: KeyRing) -> Store {
    let clock = Arc::new(FixedClock::at("2026-10-03T08:00:00Z".parse().unwrap()));
    let rng = Arc::new(OsRng);
    let vault = Vault::new(ring, rng.clone(), Ids::new(clock, rng));
    Store::open(location, vault).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_may_lie_in_a_directory_of_any_name() {
    let kit = hefu_test_kit::TestDb::sqlite().await;
    let dir = std::path::PathBuf::from(kit.address()).join("it's 100% 合符?#&");
    let store = open(&Location::Embedded(dir.clone()), KeyRing::generate(&OsRng)).await;
    let mut conn = store.read().await.unwrap();
    assert_eq!(keys::page(&mut conn, uuid::Uuid::nil(), 1).await.unwrap(), []);
    assert!(dir.join("keys.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_map_the_whole_file_unless_a_history_comes_in() {
    async fn mapped(store: &Store) -> i64 {
        let mut conn = store.read().await.unwrap();
        conn.first::<(i64,)>(Sql("PRAGMA mmap_size"), args![]).await.unwrap().unwrap().0
    }
    let kit = hefu_test_kit::TestDb::sqlite().await;
    let store = open(&Location::Embedded(kit.address().into()), kit.ring()).await;
    // More than SQLite allows unless it is compiled for it.
    assert!(mapped(&store).await > 1 << 32);
    let before = store.read().await.unwrap();
    store.expect_much(true).await;
    drop(before);
    assert_eq!(mapped(&store).await, 0);
    store.expect_much(false).await;
    assert!(mapped(&store).await > 1 << 32);
}

#[test]
fn names_and_numbers_of_tables_are_unique() {
    let tables = tables::all();
    let names: BTreeSet<_> = tables.iter().map(|table| table.name).collect();
    let codes: BTreeSet<_> = tables.iter().map(|table| table.code).collect();
    assert_eq!((names.len(), codes.len()), (tables.len(), tables.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_is_taken_by_both_engines() {
    for (_kit, store) in engines().await {
        let mut conn = store.read().await.unwrap();
        let engine = store.engine_name();
        for (name, sql) in query::statements() {
            let prepared = conn.prepare(sql.0).await;
            assert!(prepared.is_ok(), "{engine}: {name}: {prepared:?}");
        }
        for Sql(sql) in tables::all().into_iter().flat_map(|table| table.statements) {
            let prepared = conn.prepare(sql).await;
            assert!(prepared.is_ok(), "{engine}: {sql}: {prepared:?}");
        }
        let own = usize::from(engine == "postgres");
        let of_postgres = [
            query::guest::SORT_IN,
            query::inventory::SHARE_TYPE,
            query::inventory::HOLD_TYPE,
            query::property::PATIENCE,
        ];
        let properties = [
            query::property::LOCK_SHARED,
            query::property::LOCK_SHARED_BY_CODE,
            query::property::LOCK_FOR_UPDATE,
        ];
        let others = [
            keys::REWRAP,
            keys::NAME_STORE,
            query::books::LOCK_SERIES,
            query::cash::LOCK_SHIFT,
            query::cash::HOLD_SHIFT_OF,
            query::identity::COMPARED,
            query::block::LOCK,
            query::company::LOCK,
            query::visit::LOCK_FOR_UPDATE,
        ];
        let of_engine = others.into_iter().chain(properties).map(|both| both[own]);
        for Sql(sql) in of_engine.chain(of_postgres.into_iter().filter(|_| own == 1)) {
            let prepared = conn.prepare(sql).await;
            assert!(prepared.is_ok(), "{engine}: {sql}: {prepared:?}");
        }
        assert!(conn.prepare("SELECT nothing FROM guest").await.is_err(), "the test must be able to fail");
    }
}

/// A card can have as many movements of points as its member had charges: where guests are joined or parted, only the few of others are read.
#[tokio::test(flavor = "multi_thread")]
async fn movements_of_points_on_cards_of_others_are_found_by_an_index() {
    for (_kit, store) in engines().await {
        let mut conn = store.read().await.unwrap();
        for (name, index) in [
            ("member::ON_CARD_OF_OTHER", "points_entry_guest"),
            ("member::MOVED", "points_entry_moved"),
            ("member::OF_VISIT", "points_entry_visit"),
        ] {
            let is_it = |other: &&(&str, Sql)| other.0.ends_with(name);
            let sql = query::statements().iter().find(is_it).unwrap().1.0;
            let id = uuid::Uuid::nil();
            let values = if sql.contains("$2") { args![id, id] } else { args![id] };
            let plan: Vec<String> = if store.engine_name() == "sqlite" {
                let sql: &str = Box::leak(format!("EXPLAIN QUERY PLAN {sql}").into());
                let rows: Vec<(i64, i64, i64, String)> = conn.all(Sql(sql), values).await.unwrap();
                rows.into_iter().map(|(.., detail)| detail).collect()
            } else {
                // Of an empty table the server would read the whole. The plan is text, so its parameters are written into it.
                let sql = sql.replace("$1", &format!("'{id}'")).replace("$2", &format!("'{id}'"));
                let off = Sql("SELECT set_config('enable_seqscan', 'off', false)");
                conn.all::<(String,)>(off, args![]).await.unwrap();
                let sql: &str = Box::leak(format!("EXPLAIN {sql}").into());
                let rows: Vec<(String,)> = conn.all(Sql(sql), args![]).await.unwrap();
                rows.into_iter().map(|(line,)| line).collect()
            };
            assert!(
                plan.iter().any(|line| line.contains(index)),
                "{}: {name}: {plan:?}",
                store.engine_name()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn declarations_name_the_columns_of_the_migrations_in_their_order() {
    for (_kit, store) in engines().await {
        let mut conn = store.read().await.unwrap();
        for table in tables::all() {
            let sql = format!("SELECT * FROM {} LIMIT 0", table.name);
            let mut columns = conn.prepare(AssertSqlSafe(sql)).await.unwrap();
            // PostgreSQL has no number of the row of itself; see the ledger's migration.
            columns.retain(|column| column != "rowid");
            assert_eq!(columns, table.columns, "{}: {}", store.engine_name(), table.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_migrations_is_declared() {
    let mut declared: BTreeSet<String> = tables::all().iter().map(|table| table.name.to_owned()).collect();
    // No records: places, tiles and checkpoints are about the records; staged tokens are rows of `token`; guests to be
    // compared are only named; check values are about the keys; seals are about the rows of accounts and programs.
    let others = [
        "_sqlx_migrations",
        "ledger_tree",
        "ledger_tile",
        "ledger_checkpoint",
        "token_staged",
        "guest_uncompared",
        "key_check",
        "holder_seal",
    ];
    declared.extend(others.map(str::to_owned));
    for (_kit, store) in engines().await {
        let sql = match store.engine_name() {
            "sqlite" => {
                "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            }
            _ => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
            }
        };
        let mut conn = store.read().await.unwrap();
        let there: Vec<(String,)> = conn.all(Sql(sql), args![]).await.unwrap();
        assert_eq!(there.into_iter().map(|(name,)| name).collect::<BTreeSet<_>>(), declared);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staged_tokens_are_sorted_in_however_few_are_held_at_once() {
    use crate::{StoreError, query::guest};

    for (_kit, store) in engines().await {
        let staged: Vec<(i64, uuid::Uuid)> = [i64::MIN, -1, 0, 1, 7_000_000_000_000_000_000, i64::MAX]
            .into_iter()
            .flat_map(|token| (0..5).map(move |guest| (token, uuid::Uuid::from_u128(guest))))
            .collect();
        for held in [1, 7, 30, 1_000] {
            let rows = staged.clone();
            let done: Result<(), StoreError> = store
                .write(move |tx| {
                    let values = rows.iter().flat_map(|(token, guest)| args![*token, *guest]).collect();
                    Box::pin(async move {
                        tx.conn.execute(Sql("DELETE FROM token"), args![]).await?;
                        tx.conn.insert_rows(&guest::STAGE, values).await?;
                        guest::sort_in_holding(tx, held).await
                    })
                })
                .await;
            done.unwrap();
            let mut conn = store.read().await.unwrap();
            let sql = Sql("SELECT token, guest_id FROM token ORDER BY token, guest_id");
            let sorted: Vec<(i64, uuid::Uuid)> = conn.all(sql, args![]).await.unwrap();
            assert_eq!(sorted, staged, "{} by {held}", store.engine_name());
            assert!(!guest::is_staged(&mut conn).await.unwrap());
        }
    }
}

/// PostgreSQL takes many rows while the unit goes on; what it then says of them must not be lost, nor anything of the unit be left.
#[tokio::test(flavor = "multi_thread")]
async fn many_rows_are_there_for_the_next_statement_or_their_unit_is_undone() {
    use crate::{GuestVisit, StoreError};

    const COUNT: Sql = Sql("SELECT count(*) FROM guest_visit");
    let day = chrono::NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
    let row = move |id: u128| GuestVisit {
        guest_id: hefu_kernel::Id::from_uuid(uuid::Uuid::from_u128(id)),
        property_id: hefu_kernel::Id::from_uuid(uuid::Uuid::nil()),
        visit_id: hefu_kernel::Id::from_uuid(uuid::Uuid::from_u128(id)),
        arrival: day,
        departure: day,
    };
    for (_kit, store) in engines().await {
        let engine = store.engine_name();
        // Five times as many as are sent behind, and the last of them twice or not; the unit asks before it ends or does not.
        for (twice, asks) in [(true, true), (true, false), (false, true)] {
            let rows: Vec<(usize, GuestVisit)> =
                (0..320).chain(twice.then_some(319)).map(|id| (0, row(id))).collect();
            let more: Vec<(usize, GuestVisit)> = (1_000..1_100).map(|id| (0, row(id))).collect();
            let done: Result<i64, StoreError> = store
                .write(move |tx| {
                    let (rows, more) = (rows.clone(), more.clone());
                    Box::pin(async move {
                        tx.insert_for(&rows).await?;
                        tx.insert_for(&more).await?;
                        let found = match asks {
                            true => tx.first::<(i64,)>(COUNT, args![]).await?.map_or(0, |(found,)| found),
                            false => 0,
                        };
                        tx.begin_entry_for(0);
                        rows::journal(tx, uuid::Uuid::nil()).await?;
                        Ok(found)
                    })
                })
                .await;
            let mut conn = store.read().await.unwrap();
            let (left,) = conn.first::<(i64,)>(COUNT, args![]).await.unwrap().unwrap();
            let entries = Sql("SELECT count(*) FROM journal");
            let (entries,) = conn.first::<(i64,)>(entries, args![]).await.unwrap().unwrap();
            if twice {
                assert!(
                    matches!(&done, Err(StoreError::Duplicate { table }) if table == "guest_visit"),
                    "{engine}: {done:?}"
                );
                assert_eq!((left, entries), (0, 0), "{engine}");
            } else {
                assert_eq!((done.unwrap(), left, entries), (420, 420, 1), "{engine}");
            }
        }
    }
}

/// Written anew with `HEFU_UPDATE_SNAPSHOTS=1`.
#[tokio::test(flavor = "multi_thread")]
async fn the_files_say_what_the_migrations_make() {
    use crate::schema::Schema;

    for (_kit, store) in engines().await {
        let mut conn = store.read().await.unwrap();
        let made = Schema::of(&mut conn).await.unwrap();
        if std::env::var_os("HEFU_UPDATE_SNAPSHOTS").is_some() {
            let file =
                format!("{}/../../migrations/schema/{}.txt", env!("CARGO_MANIFEST_DIR"), store.engine_name());
            std::fs::write(file, made.to_string()).unwrap();
            continue;
        }
        let expected = Schema::expected(&conn);
        assert_eq!(made.differences(&expected), [].into(), "{}", store.engine_name());
        assert_eq!(made.digest(), expected.digest());
        assert!(made.version() > 10);
    }
}
