//! The server is killed while many clients write: what it acknowledged is there once, and whoever got no
//! answer can ask again. `HEFU_CRASH_ROUNDS` says how often, `HEFU_CRASH_SEED` repeats a run.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    fs::File,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use common::{
    Serving, Site, TODAY, assert_no_panic, day,
    http::{Answer, Client},
    make_property, setting, tail,
};
use hefu_crypto::OsRng;
use hefu_kernel::{Rng as _, SeededRng};
use hefu_store::{Location, query};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const CLIENTS: u64 = 24;

/// What a request leaves behind in the records, to be counted there.
#[derive(Debug, Clone)]
enum Trace {
    /// A reservation with the request's key for its segment.
    Booking,
    /// A line on a bill with the key for its reference.
    Line,
    /// A stay of the visit, which is checked in once only.
    Stay { visit: String },
    /// That the visit, called off once only, is cancelled.
    Cancelled { visit: String },
    /// A guest with this phone.
    Guest { phone: String },
    /// The guest's membership.
    Membership { guest: String },
    /// A movement of so many points, which no other request moves.
    Points { member: String, points: u64 },
}

#[derive(Debug, Clone)]
struct Request {
    /// Idempotency key, and the reason that the journal keeps.
    key: String,
    path: String,
    body: Value,
    /// What the journal calls it.
    action: &'static str,
    trace: Trace,
}

impl Request {
    async fn send(&self, client: &mut Client) -> std::io::Result<Answer> {
        let headers = [("Idempotency-Key", self.key.as_str()), ("Hefu-Reason", self.key.as_str())];
        client.send("POST", &self.path, &headers, Some(&self.body)).await
    }
}

/// A request and its answer, if one came.
struct Sent {
    request: Request,
    answer: Option<Answer>,
}

/// What one client has learned from its answers.
struct Desk {
    property: String,
    name: String,
    number: u64,
    rng: SeededRng,
    requests: u64,
    visits: Vec<String>,
    /// Visits nobody tried to check in or to call off.
    open: Vec<String>,
    guests: Vec<String>,
    members: Vec<String>,
}

impl Desk {
    fn pick(&self, of: &[String]) -> Option<String> {
        of.get(self.rng.below(of.len() as u64) as usize).cloned()
    }

    fn next(&mut self) -> Request {
        self.requests += 1;
        let key = format!("{}-{}", self.name, self.requests);
        let unique = self.number * 1_000 + self.requests;
        let phone = format!("139{unique:08}");
        let visit = self.pick(&self.visits);
        let (path, body, action, trace) = match (self.rng.below(10), visit) {
            (0, Some(visit)) => (
                format!("/api/v1/visits/{visit}/payments"),
                json!({ "code": "CASH", "amount": 100 + self.rng.below(1_000), "reference": key }),
                "folio.payment",
                Trace::Line,
            ),
            (1 | 2, Some(visit)) => (
                format!("/api/v1/visits/{visit}/charges"),
                json!({ "code": "MINI", "amount": 100 + self.rng.below(1_000), "reference": key }),
                "folio.charge",
                Trace::Line,
            ),
            (3 | 4, _) if !self.open.is_empty() => {
                let visit = self.open.remove(0);
                match self.rng.below(3) {
                    0 => (
                        format!("/api/v1/visits/{visit}/cancel"),
                        json!({}),
                        "reservation.cancel",
                        Trace::Cancelled { visit },
                    ),
                    _ => (
                        format!("/api/v1/visits/{visit}/check-in"),
                        json!({ "room": "auto", "accept_dirty": true, "accept_early": true }),
                        "stay.check_in",
                        Trace::Stay { visit },
                    ),
                }
            }
            (5, _) => (
                "/api/v1/guests".into(),
                json!({ "full_name": "李娜", "phones": [phone] }),
                "guest.create",
                Trace::Guest { phone },
            ),
            (6, _) if !self.guests.is_empty() => {
                let guest = self.guests.remove(0);
                (
                    format!("/api/v1/guests/{guest}/membership"),
                    json!({}),
                    "member.enrol",
                    Trace::Membership { guest },
                )
            }
            (7, _) if !self.members.is_empty() => {
                let member = self.pick(&self.members).unwrap();
                (
                    format!("/api/v1/members/{member}/adjust"),
                    json!({ "points": unique }),
                    "member.adjust",
                    Trace::Points { member, points: unique },
                )
            }
            _ => {
                let arrival = self.rng.below(3) * self.rng.below(2);
                let room = json!({ "room_type": if self.rng.below(4) == 0 { "STE" } else { "DBL" }, "rate_plan": "BAR",
                    "arrival": day(arrival), "departure": day(arrival + 1 + self.rng.below(3)) });
                let body = json!({ "property": self.property, "rooms": [room], "segment": key,
                    "numbers": [{ "system": "crash", "number": key }],
                    "guest": { "profile": { "full_name": "王芳", "phones": [phone] } } });
                ("/api/v1/reservations".into(), body, "reservation.book", Trace::Booking)
            }
        };
        Request { key, path, body, action, trace }
    }

    fn learn(&mut self, request: &Request, answer: &Answer) {
        if !answer.is_done() {
            return;
        }
        match &request.trace {
            Trace::Booking => {
                self.visits.push(answer.number());
                if answer.body["rooms"][0]["arrival"] == TODAY {
                    self.open.push(answer.number());
                }
            }
            Trace::Guest { .. } => self.guests.push(answer.body["id"].as_str().unwrap().to_owned()),
            Trace::Membership { .. } => self.members.push(answer.body["number"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }

    /// Writes until the server is gone.
    async fn work(mut self, address: SocketAddr, killed: Arc<AtomicBool>) -> Vec<Sent> {
        let mut client = Client::of(address);
        let mut sent = Vec::new();
        loop {
            let request = self.next();
            let outcome = request.send(&mut client).await;
            if let Err(error) = &outcome {
                assert!(
                    killed.load(Ordering::SeqCst),
                    "{}: no answer, but nobody killed it: {error}",
                    request.path
                );
            }
            let answer = outcome.ok();
            match &answer {
                Some(answer) => self.learn(&request, answer),
                None => {
                    sent.push(Sent { request, answer });
                    return sent;
                }
            }
            sent.push(Sent { request, answer });
        }
    }
}

/// The records of one property, as the API tells them.
struct Records {
    /// The three-part record of each visit, by number.
    visits: HashMap<String, Value>,
    /// Numbers by segment.
    bookings: HashMap<String, Vec<String>>,
    /// How many lines have this reference.
    lines: HashMap<String, usize>,
}

impl Records {
    async fn read(client: &mut Client, property: &str) -> Self {
        let (mut visits, mut bookings, mut lines) =
            (HashMap::new(), HashMap::<_, Vec<_>>::new(), HashMap::new());
        let list = format!("/api/v1/reservations?property={property}&limit=500");
        for reservation in client.all(&list, "cursor", None).await {
            let number = reservation["number"].as_str().unwrap().to_owned();
            bookings
                .entry(reservation["segment"].as_str().unwrap_or_default().to_owned())
                .or_default()
                .push(number.clone());
            let view = client.get(&format!("/api/v1/visits/{number}")).await;
            for line in view["consumption"]["postings"].as_array().unwrap() {
                if let Some(reference) = line["reference"].as_str() {
                    *lines.entry(reference.to_owned()).or_default() += 1;
                }
            }
            visits.insert(number, view);
        }
        Self { visits, bookings, lines }
    }

    /// How often the request has left its trace.
    async fn count(&self, client: &mut Client, request: &Request) -> usize {
        let visit = |number: &String| &self.visits[number];
        match &request.trace {
            Trace::Booking => self.bookings.get(&request.key).map_or(0, Vec::len),
            Trace::Line => self.lines.get(&request.key).copied().unwrap_or_default(),
            Trace::Stay { visit: number } => visit(number)["stay"].as_array().unwrap().len(),
            Trace::Cancelled { visit: number } => {
                usize::from(visit(number)["booking"]["reservation"]["state"] == "cancelled")
            }
            Trace::Guest { phone } => {
                let found = client.get(&format!("/api/v1/search?q={phone}")).await;
                found["guests"].as_array().unwrap().len()
            }
            Trace::Membership { guest } => {
                let path = format!("/api/v1/guests/{guest}/membership");
                usize::from(client.send("GET", &path, &[], None).await.unwrap().status == 200)
            }
            Trace::Points { member, points } => {
                let view = client.get(&format!("/api/v1/members/{member}")).await;
                let entries = view["entries"].as_array().unwrap();
                entries.iter().filter(|entry| entry["points"] == *points).count()
            }
        }
    }

    /// Counters and sums say what the rows say.
    async fn agree(&self, client: &mut Client, property: &str) {
        let mut sold = BTreeMap::<(String, String), i64>::new();
        let (mut in_house, mut lived_in) = (0, BTreeSet::new());
        for view in self.visits.values() {
            let rooms = view["booking"]["rooms"].as_array().unwrap();
            for room in rooms.iter().filter(|_| view["booking"]["reservation"]["state"] == "reserved") {
                let (from, until) = (room["arrival"].as_str().unwrap(), room["departure"].as_str().unwrap());
                for night in (0..14).map(day).filter(|night| from <= night.as_str() && night.as_str() < until)
                {
                    *sold.entry((room["room_type"].as_str().unwrap().to_owned(), night)).or_default() += 1;
                }
            }
            for stay in view["stay"].as_array().unwrap() {
                in_house += 1;
                assert!(lived_in.insert(stay["room_number"].to_string()), "two stays in one room: {stay}");
            }
            let lines = view["consumption"]["postings"].as_array().unwrap();
            let sum: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
            assert_eq!(view["consumption"]["balance"], sum, "the bill does not add up: {view}");
        }
        let availability = format!("/api/v1/properties/{property}/availability?from={TODAY}&to={}", day(14));
        for night in client.get(&availability).await.as_array().unwrap() {
            let name = |field: &str| night[field].as_str().unwrap().to_owned();
            let booked = sold.remove(&(name("room_type"), name("night"))).unwrap_or_default();
            assert_eq!(night["sold"], booked, "counter and bookings differ: {night}");
            assert!(booked <= night["capacity"].as_i64().unwrap(), "oversold: {night}");
        }
        assert!(sold.is_empty(), "booked, but not counted: {sold:?}");
        let board = client.get(&format!("/api/v1/properties/{property}/today")).await;
        assert_eq!(board["in_house_count"], in_house);
    }
}

/// The journal as far as it was read.
#[derive(Default)]
struct Journal {
    entries: Vec<Value>,
    /// How often an action stands in it for a reason.
    counts: HashMap<(String, String), usize>,
}

impl Journal {
    /// Reads what has come since. The log indexes must have no gap.
    async fn follow(&mut self, client: &mut Client) {
        let after = (self.entries.len() as i64 - 1).to_string();
        for entry in client.all("/api/v1/journal?limit=500", "after", Some(&after)).await {
            assert_eq!(entry["log_index"], self.entries.len(), "a gap in the journal: {entry}");
            let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
            *self.counts.entry((text("reason"), text("action"))).or_default() += 1;
            self.entries.push(entry);
        }
    }

    fn count(&self, request: &Request) -> usize {
        let key = (request.key.clone(), request.action.to_owned());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// Follows until every done request has got its place, which comes a moment after its answer.
    async fn catch_up(&mut self, client: &mut Client, sent: &[Sent]) {
        for _ in 0..200 {
            self.follow(client).await;
            let done = |sent: &&Sent| sent.answer.as_ref().is_some_and(Answer::is_done);
            if sent.iter().filter(done).all(|sent| self.count(&sent.request) > 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// What was acknowledged is there once; what was refused is not; of the rest there is all or nothing.
async fn look(client: &mut Client, property: &str, sent: &[Sent], journal: &mut Journal) {
    journal.catch_up(client, sent).await;
    let records = Records::read(client, property).await;
    for Sent { request, answer } in sent {
        let (found, told) = (records.count(client, request).await, journal.count(request));
        assert!(found <= 1, "done {found} times: {request:?}");
        match answer {
            Some(answer) => {
                let expected = usize::from(answer.is_done());
                assert_eq!(
                    (found, told),
                    (expected, expected),
                    "in records and journal: {request:?} {answer:?}"
                );
            }
            // It may still be waiting for its place in the journal.
            None => assert!(told <= found, "in the journal, but not in the records: {request:?}"),
        }
    }
    records.agree(client, property).await;
}

/// Asks for everything again under the same keys.
async fn repeat(client: &mut Client, sent: &mut [Sent]) {
    for Sent { request, answer } in sent {
        let again = request.send(client).await.unwrap();
        match answer {
            Some(first) if first.is_done() => assert_eq!(&again, first, "another answer: {request:?}"),
            // What was refused was not done, so it may be possible by now.
            _ => {
                assert!(again.status < 500, "{request:?} {again:?}");
                let third = request.send(client).await.unwrap();
                assert_eq!(third, again, "another answer: {request:?}");
                *answer = Some(again);
            }
        }
    }
}

/// One round: load, a kill, a start, and a look at everything. Answers how many requests there were, and how
/// many of them got no answer.
async fn round(
    site: &Site,
    serving: Serving,
    journal: &mut Journal,
    (seed, number): (u64, u64),
) -> (Serving, usize, usize) {
    let property = format!("C{number:03}");
    let rng = SeededRng::new(seed.wrapping_add(number));
    make_property(&mut serving.client(), &property, 30).await;
    let killed = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let desk = Desk {
                property: property.clone(),
                name: format!("r{number}c{client}"),
                number: number * 100 + client,
                rng: SeededRng::new(rng.next_u64()),
                requests: 0,
                visits: Vec::new(),
                open: Vec::new(),
                guests: Vec::new(),
                members: Vec::new(),
            };
            tokio::spawn(desk.work(serving.address, killed.clone()))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(50 + rng.below(1_500))).await;
    killed.store(true, Ordering::SeqCst);
    drop(serving);
    let mut sent = Vec::new();
    for client in clients {
        sent.extend(client.await.unwrap());
    }
    for answer in sent.iter().filter_map(|sent| sent.answer.as_ref()) {
        assert!(answer.is_done() || answer.status == 409, "{answer:?}\n{}", tail(&site.log));
    }
    // Now and then it is killed again while it gets up.
    for _ in 0..rng.below(3) {
        let up = site.serve();
        tokio::time::sleep(Duration::from_millis(rng.below(200))).await;
        drop(up);
    }
    let serving = site.serve();
    let mut client = serving.client();
    let unanswered = sent.iter().filter(|sent| sent.answer.is_none()).count();
    look(&mut client, &property, &sent, journal).await;
    repeat(&mut client, &mut sent).await;
    look(&mut client, &property, &sent, journal).await;
    (serving, sent.len(), unanswered)
}

const MAP: &str = r#"
name = "desk"
[property]
column = "property"
[fields]
status = { column = "status" }
status_date = { column = "changed" }
arrival = { column = "arrival" }
departure = { column = "departure" }
adults = { column = "adults" }
rate = { column = "rate" }
currency = { column = "currency" }
room_type_booked = { column = "type" }
repeat_guest = { column = "repeat" }
[rules]
require_people = true
reject_negative_rate = true
rate_outlier_above = "1000.00"
"#;

/// History of a property, every row in its own way.
fn history(rows: u64, rng: &SeededRng) -> String {
    let mut text = "property,status,changed,arrival,departure,adults,rate,currency,type,repeat\n".to_owned();
    let first: chrono::NaiveDate = "2015-01-01".parse().unwrap();
    for row in 0..rows {
        let arrival = first + chrono::Days::new(row / 4);
        let departure = arrival + chrono::Days::new(rng.below(5));
        let status = ["checked_out", "checked_out", "checked_out", "cancelled", "no_show", "asleep"]
            [rng.below(6) as usize];
        let (adults, rate) = (rng.below(3), rng.below(200) as i64 - 5);
        let (kind, repeat) = (["A", "B", "C"][rng.below(3) as usize], rng.below(5) == 0);
        let _ = writeln!(
            text,
            "OLD,{status},{departure},{arrival},{departure},{adults},{rate},EUR,{kind},{repeat}"
        );
    }
    text
}

/// `hefu import` of the history, with its report in the file named.
fn import(site: &Site, file: &Path, report: &str) -> Command {
    let map = file.with_file_name("desk.toml");
    std::fs::write(&map, MAP).unwrap();
    let mut command = site.hefu(&["import", "--people", "synthetic", "--seed", "7", "--batch", "40"]);
    command.arg(file).arg("--map").arg(map).arg("--report").arg(report);
    command.stdout(Stdio::null()).stderr(File::options().create(true).append(true).open(&site.log).unwrap());
    command
}

/// The report without what depends on how often and how quick it ran; and how many rows were done before.
fn report(site: &Site, name: &str) -> (Value, i64) {
    let text = std::fs::read_to_string(site.dir().join(name)).unwrap();
    let mut report: Value = serde_json::from_str(&text).unwrap();
    let fields = report.as_object_mut().unwrap();
    for of_the_clock in ["seconds", "rows_per_second", "peak_memory_mb"] {
        fields.remove(of_the_clock);
    }
    let before = fields.remove("rows_before").and_then(|rows| rows.as_i64()).unwrap_or_default();
    (report, before)
}

/// What there is after an import: guests, held nights, journal entries of each kind.
async fn figures(site: &Site) -> (i64, usize, BTreeMap<String, usize>) {
    let serving = site.serve();
    let mut journal = Journal::default();
    journal.follow(&mut serving.client()).await;
    let mut entries = BTreeMap::new();
    for ((_, action), count) in journal.counts {
        *entries.entry(action).or_default() += count;
    }
    drop(serving);
    let app = hefu_app::open(
        site.records().await,
        Arc::new(hefu_kernel::SystemClock),
        hefu_app::Options::default(),
    );
    let mut c = app.store().read().await.unwrap();
    let guests = query::guest::count(&mut c).await.unwrap();
    let mut held = 0;
    for property in query::property::all(&mut c).await.unwrap() {
        held += query::import::held(&mut c, property.id).await.unwrap().len();
    }
    drop(c);
    app.close().await;
    (guests, held, entries)
}

/// Until the server is killed: enters two guests who have nothing in common, and then says of the second what proves that it is the first. That
/// they are joined is left to a job. Answers the pairs of which the last was acknowledged.
async fn learn_that_two_are_one(
    mut client: Client,
    desk: u64,
    killed: Arc<AtomicBool>,
    learnt: Arc<AtomicUsize>,
) -> Vec<[String; 2]> {
    let mut pairs = Vec::new();
    for pair in 0_u64.. {
        // No number that looks made up.
        let unique = 24_681_357 + 13 * (desk * 10_000 + pair);
        let (phone, passport) =
            (format!("136{unique:08}"), json!([{ "type": "passport", "number": format!("E{unique:08}") }]));
        let known = json!({ "full_name": "李娜", "phones": [phone], "documents": passport });
        let before = json!({ "full_name": "李娜", "phones": [format!("137{unique:08}")] });
        let mut ids = Vec::new();
        for body in [&known, &before] {
            let Ok(answer) = client.send("POST", "/api/v1/guests", &[], Some(body)).await else {
                return pairs;
            };
            assert!(answer.is_done(), "{answer:?}");
            ids.push(answer.body["id"].as_str().unwrap().to_owned());
        }
        assert_ne!(ids[0], ids[1], "they have nothing in common yet");
        let path = format!("/api/v1/guests/{}", ids[1]);
        match client.send("PUT", &path, &[], Some(&known)).await {
            Ok(answer) => assert!(answer.is_done(), "{answer:?}"),
            Err(error) => {
                assert!(killed.load(Ordering::SeqCst), "no answer, but nobody killed it: {error}");
                return pairs;
            }
        }
        learnt.fetch_add(1, Ordering::SeqCst);
        pairs.push([ids[0].clone(), ids[1].clone()]);
    }
    pairs
}

both_engines! {
    async fn what_was_acknowledged_survives_the_server(db: TestDb) {
        let rounds = setting("HEFU_CRASH_ROUNDS", 5);
        let seed = setting("HEFU_CRASH_SEED", OsRng.next_u64() >> 1);
        eprintln!("HEFU_CRASH_SEED={seed}");
        let site = Site::of(db).await;
        let (mut serving, mut journal) = (site.serve(), Journal::default());
        let (mut sent, mut unanswered) = (0, 0);
        for number in 0..rounds {
            let (next, requests, without) = round(&site, serving, &mut journal, (seed, number)).await;
            (serving, sent, unanswered) = (next, sent + requests, unanswered + without);
        }
        eprintln!("{rounds} kills, {sent} requests, {unanswered} of them without an answer");
        assert!(unanswered > 0, "nothing was interrupted: this proves nothing");
        // What was read of the journal between the kills is what stands in it at the end.
        let mut whole = Journal::default();
        whole.follow(&mut serving.client()).await;
        assert_eq!(whole.entries[..journal.entries.len()], journal.entries);
        drop(serving);
        site.verify();
        assert_no_panic(&site.log);
    }

    async fn jobs_of_acknowledged_units_are_done_once(db: TestDb) {
        let rounds = setting("HEFU_CRASH_ROUNDS", 5).min(20);
        let seed = setting("HEFU_CRASH_SEED", OsRng.next_u64() >> 1);
        eprintln!("HEFU_CRASH_SEED={seed}");
        let rng = SeededRng::new(seed);
        let site = Site::of(db).await;
        let (mut acknowledged, mut open_after_kill) = (Vec::new(), 0);
        for round in 0..rounds {
            let serving = site.serve();
            let (killed, known) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let learning: Vec<_> = (0..8)
                .map(|client| tokio::spawn(learn_that_two_are_one(serving.client(), round * 8 + client, killed.clone(), known.clone())))
                .collect();
            // Not before there is something to lose, however busy the machine is.
            let began = Instant::now();
            while known.load(Ordering::SeqCst) < 4 {
                assert!(began.elapsed() < Duration::from_secs(90), "it answers nothing\n{}", tail(&site.log));
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            tokio::time::sleep(Duration::from_millis(rng.below(150))).await;
            killed.store(true, Ordering::SeqCst);
            drop(serving);
            for learning in learning {
                acknowledged.extend(learning.await.unwrap());
            }
            let store = site.records().await;
            let mut c = store.read().await.unwrap();
            let counts = query::job::counts(&mut c).await.unwrap();
            open_after_kill +=
                counts.iter().filter(|(state, _)| !state.code().starts_with('d')).map(|(_, count)| count).sum::<i64>();
            drop(c);
            store.close().await;
        }
        eprintln!("{rounds} kills, {} jobs acknowledged, {open_after_kill} of them open after a kill", acknowledged.len());
        assert!(acknowledged.len() > 8 && open_after_kill > 0, "nothing was interrupted: this proves nothing");

        let serving = site.serve();
        let mut client = serving.client();
        let began = Instant::now();
        for state in ["waiting", "running"] {
            // Leases of the killed have to run out.
            while !client.get(&format!("/api/v1/jobs?state={state}")).await["items"].as_array().unwrap().is_empty() {
                assert!(began.elapsed() < Duration::from_secs(90), "jobs are still {state}\n{}", tail(&site.log));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        assert_eq!(client.get("/api/v1/jobs?state=dead").await["items"], json!([]));
        for [one, two] in &acknowledged {
            let history = client.get(&format!("/api/v1/guests/{two}/identity")).await;
            // The model is sure of them or asks a person: which of the two, depends on who else is called so.
            let both = |part: &Value, names: [&str; 2]| {
                let ids = names.map(|name| part[name].as_str().unwrap());
                ids.contains(&one.as_str()) && ids.contains(&two.as_str())
            };
            let merges = history["merges"].as_array().unwrap().iter();
            let pairs = history["pairs"].as_array().unwrap().iter();
            let merged = merges.filter(|merge| both(merge, ["survivor", "merged"])).count();
            let asked = pairs.filter(|pair| both(pair, ["one", "two"])).count();
            assert!(merged <= 1 && merged + asked >= 1, "{one} and {two}: {history}");
        }
        drop(serving);
        site.verify();
        assert_no_panic(&site.log);
    }

    async fn a_killed_import_goes_on_where_it_was(db: TestDb) {
        let kills = setting("HEFU_CRASH_ROUNDS", 5).min(20);
        let seed = setting("HEFU_CRASH_SEED", OsRng.next_u64() >> 1);
        eprintln!("HEFU_CRASH_SEED={seed}");
        let rng = SeededRng::new(seed);
        let other = match &db.location {
            Location::Embedded(_) => TestDb::sqlite().await,
            Location::Postgres(_) => TestDb::postgres().await,
        };
        let (site, undisturbed) = (Site::of(db).await, Site::of(other).await);
        let file = site.dir().join("history.csv");
        std::fs::write(&file, history(8_000, &rng)).unwrap();

        let began = Instant::now();
        assert!(import(&undisturbed, &file, "report.json").status().unwrap().success());
        let whole = began.elapsed();
        let (mut killed, mut ended) = (0, None);
        while ended.is_none() {
            let mut process = import(&site, &file, "report.json").spawn().unwrap();
            if killed < kills {
                // Not while it is still starting, or too often nothing would be interrupted.
                tokio::time::sleep(whole.mul_f64(0.2 + rng.below(1_000) as f64 / 4_000.0)).await;
                ended = process.try_wait().unwrap();
                if ended.is_none() {
                    process.kill().unwrap();
                    killed += 1;
                }
            } else {
                ended = Some(process.wait().unwrap());
            }
            process.wait().unwrap();
        }
        assert!(ended.is_some_and(|status| status.success()), "{}", tail(&site.log));
        let ((resumed, before), (expected, _)) = (report(&site, "report.json"), report(&undisturbed, "report.json"));
        eprintln!("killed {killed} times; {before} rows were done before the last start");
        assert!(killed > 0 && before > 0, "nothing was interrupted: this proves nothing");
        // A kill between the last row and the end of the process leaves a second import of a file that is
        // in already, and the report says so.
        if before < 8_000 {
            assert_eq!(resumed, expected);
        }
        assert_eq!(resumed["rows"], 8_000);
        assert_eq!(figures(&site).await, figures(&undisturbed).await);
        site.verify();
        assert_no_panic(&site.log);
    }
}
