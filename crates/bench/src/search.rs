//! Exact search over the guests of the imported history, against a lookup of the same guest and visits by a
//! prepared statement in plain, indexed tables of the same engine.
//!
//! One client, one search at a time, each returning a person's name, phone, document and visits: ours decrypts
//! sealed records found by blind tokens, the baseline reads plain text.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::NaiveDate;
use hefu_app::{
    App,
    search::{SearchQuery, Why},
};
use hefu_crypto::OsRng;
use hefu_domain::{guest::Profile, ids::GuestId};
use hefu_kernel::{Id as _, Rng as _};
use hefu_store::query;
use hefu_test_app::TestApp as _;
use rusqlite::{Connection, params};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    figure::Figure,
    import::SEED,
    place::{Engine, Place},
};

const EVER: (NaiveDate, NaiveDate) = (hefu_kernel::FIRST_DATE, hefu_kernel::LAST_DATE);

/// Guests searched for.
const ASKED: usize = 2_000;

/// A guest in a plain table.
pub struct Plain {
    id: Uuid,
    pub guest: GuestId,
    pub profile: Profile,
    visits: Vec<(String, String, String)>,
    /// Of a visit.
    pub number: Option<String>,
}

/// The key a guest is searched by.
#[derive(Clone, Copy)]
pub enum Key {
    Phone,
    Document,
    Name,
}

pub const KEYS: [(Key, &str, Why); 3] = [
    (Key::Phone, "phone", Why::Phone),
    (Key::Document, "document", Why::Document),
    (Key::Name, "full_name", Why::Name),
];

impl Key {
    pub fn of(self, profile: &Profile) -> &str {
        match self {
            Self::Phone => profile.phones.first().map_or("", String::as_str),
            Self::Document => profile.documents.first().map_or("", |document| &document.number),
            Self::Name => &profile.full_name,
        }
    }
}

/// The guests created by these rows of the history, with their visits, decrypted.
pub async fn guests(app: &App, rows: impl Iterator<Item = i64>) -> anyhow::Result<Vec<Plain>> {
    let store = app.store();
    let c = &mut store.read().await?;
    let mut found = Vec::new();
    for row in rows {
        let source = query::guest::by_source(c, &format!("synthetic:{SEED}"), &format!("{row:010}")).await?;
        let Some(source) = source else { continue };
        let guest =
            query::guest::find(c, store.vault(), source.guest_id).await?.context("a source without guest")?;
        let (mut visits, mut number) = (Vec::new(), None);
        for visit in query::visit::of_guest(c, guest.id, EVER, 1_000).await? {
            let times = (visit.arrival.to_string(), visit.departure.to_string());
            visits.push((visit.visit_id.to_string(), times.0, times.1));
            if number.is_none() {
                number =
                    query::visit::reservation(c, visit.property_id, visit.visit_id).await?.map(|r| r.number);
            }
        }
        found.push(Plain { id: guest.id.uuid(), guest: guest.id, profile: guest.profile, visits, number });
    }
    Ok(found)
}

/// Searches `app`, whose history has `rows` rows, and measures the baseline beside it.
pub async fn run(engine: Engine, app: &App, rows: i64) -> anyhow::Result<Vec<Figure>> {
    let guests = guests(app, 1..=rows).await?;
    let sample: Vec<&Plain> =
        (0..ASKED).map(|_| &guests[(OsRng.next_u64() % guests.len() as u64) as usize]).collect();
    let bare = Place::new(engine).await?;
    let mut baseline = Baseline::fill(&bare, engine, &guests).await?;
    let mut figures = Vec::new();
    for (key, column, why) in KEYS {
        let (mut ours, mut theirs) = (Vec::with_capacity(ASKED), Vec::with_capacity(ASKED));
        // Alternating, so that a noisy neighbour affects both.
        for guest in &sample {
            let text = key.of(&guest.profile);
            let query = SearchQuery { q: text.to_owned(), limit: 20, ..SearchQuery::default() };
            let began = Instant::now();
            let answer = app.search(&query).await?;
            ours.push(began.elapsed());
            // For a common name the first page shows only some of many.
            let hit = match key {
                Key::Name => answer
                    .visits
                    .iter()
                    .any(|hit| hit.guest.name == guest.profile.full_name && hit.why.contains(&why)),
                _ => {
                    answer.visits.iter().any(|hit| hit.guest.id.uuid() == guest.id && hit.why.contains(&why))
                }
            };
            ensure!(
                hit,
                "an invented guest was not found by {column} {text:?} ({} visits)",
                guest.visits.len()
            );
            theirs.push(baseline.ask(column, text, guest.id).await?);
        }
        figures.push(Figure {
            what: format!("exact search by {} ({engine})", column.replace('_', " ")),
            ours: ASKED as f64 / ours.iter().sum::<Duration>().as_secs_f64(),
            baseline: ASKED as f64 / theirs.iter().sum::<Duration>().as_secs_f64(),
            unit: "searches/s",
            note: format!("{} guests; median {}, p99 {}", guests.len(), at(&mut ours, 50), at(&mut ours, 99)),
        });
    }
    drop(baseline);
    bare.remove().await?;
    Ok(figures)
}

fn at(times: &mut [Duration], percent: usize) -> String {
    times.sort_unstable();
    format!("{:.2} ms", times[times.len() * percent / 100].as_secs_f64() * 1e3)
}

/// Plain tables, indexed.
enum Baseline {
    Sqlite(Connection),
    Postgres(PgConnection),
}

const TABLES: &str = "
    CREATE TABLE guest (id TEXT PRIMARY KEY, full_name TEXT NOT NULL, phone TEXT NOT NULL, document TEXT NOT NULL);
    CREATE TABLE visit (id TEXT PRIMARY KEY, guest_id TEXT NOT NULL, arrival TEXT NOT NULL, departure TEXT NOT NULL);
    CREATE INDEX guest_full_name ON guest (full_name);
    CREATE INDEX guest_phone ON guest (phone);
    CREATE INDEX guest_document ON guest (document);
    CREATE INDEX visit_guest ON visit (guest_id);";

/// As many as the first page of ours.
fn lookup(column: &str) -> String {
    format!(
        "SELECT g.id, g.full_name, g.phone, g.document, v.id, v.arrival, v.departure
         FROM guest g JOIN visit v ON v.guest_id = g.id WHERE g.{column} = $1 LIMIT 20"
    )
}

impl Baseline {
    async fn fill(place: &Place, engine: Engine, guests: &[Plain]) -> anyhow::Result<Self> {
        let rows = |guest: &Plain| {
            let visits: Vec<_> =
                guest.visits.iter().cloned().map(|visit| (guest.id.to_string(), visit)).collect();
            (
                guest.id.to_string(),
                [Key::Name, Key::Phone, Key::Document].map(|key| key.of(&guest.profile).to_owned()),
                visits,
            )
        };
        Ok(match engine {
            Engine::Sqlite => {
                let mut connection = Connection::open(place.dir()?.join("baseline.db"))?;
                connection.execute_batch(TABLES)?;
                connection.execute_batch(
                    "PRAGMA journal_mode = wal; PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;",
                )?;
                let tx = connection.transaction()?;
                for (id, [name, phone, document], visits) in guests.iter().map(rows) {
                    tx.prepare_cached("INSERT INTO guest VALUES (?, ?, ?, ?)")?
                        .execute(params![id, name, phone, document])?;
                    for (guest, (id, arrival, departure)) in visits {
                        tx.prepare_cached("INSERT INTO visit VALUES (?, ?, ?, ?)")?
                            .execute(params![id, guest, arrival, departure])?;
                    }
                }
                tx.commit()?;
                connection.execute_batch("ANALYZE")?;
                Self::Sqlite(connection)
            }
            Engine::Postgres => {
                let mut connection = place.connect().await?;
                sqlx::raw_sql(TABLES).execute(&mut connection).await?;
                let (mut of_guests, mut of_visits) = (String::new(), String::new());
                for (id, [name, phone, document], visits) in guests.iter().map(rows) {
                    of_guests += &format!("{id}\t{name}\t{phone}\t{document}\n");
                    for (guest, (id, arrival, departure)) in visits {
                        of_visits += &format!("{id}\t{guest}\t{arrival}\t{departure}\n");
                    }
                }
                for (table, rows) in [("guest", of_guests), ("visit", of_visits)] {
                    let mut copy = connection.copy_in_raw(&format!("COPY {table} FROM STDIN")).await?;
                    copy.send(rows.into_bytes()).await?;
                    copy.finish().await?;
                }
                sqlx::raw_sql("ANALYZE").execute(&mut connection).await?;
                Self::Postgres(connection)
            }
        })
    }

    /// How long it took to read the guests with `text`, and their visits.
    async fn ask(&mut self, column: &str, text: &str, guest: Uuid) -> anyhow::Result<Duration> {
        let sql = lookup(column);
        let began = Instant::now();
        let found = match self {
            Self::Sqlite(connection) => {
                let mut statement = connection.prepare_cached(&sql)?;
                let rows = statement.query_map([text], |row| {
                    let column = |at| row.get::<_, String>(at);
                    Ok([column(0)?, column(1)?, column(2)?, column(3)?, column(4)?, column(5)?, column(6)?])
                })?;
                rows.collect::<Result<Vec<_>, _>>()?.len()
            }
            Self::Postgres(connection) => {
                type Row = (String, String, String, String, String, String, String);
                let sql = sqlx::AssertSqlSafe(sql);
                sqlx::query_as::<_, Row>(sql).bind(text).fetch_all(&mut *connection).await?.len()
            }
        };
        let time = began.elapsed();
        ensure!(found > 0, "the baseline does not know {guest}");
        Ok(time)
    }
}
