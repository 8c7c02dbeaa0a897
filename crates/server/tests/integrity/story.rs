//! A small chain in whose database every table has rows.

use std::{ops::ControlFlow, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use chrono::TimeDelta;
use hefu_app::{
    App, Context, Origin,
    accounts::{
        door::{Credential, Door, Held},
        own::{ConfirmFactor, enrol},
        session::sign_in,
        totp::code_at,
    },
    authz::Access,
    channel::{calendar::SendCalendar, messages::ListMessages, receive::ReceiveMessage},
    import::{ImportReport, RunImportFiles, received::ReceivedFiles},
    lock::Locks,
    people::guest::RevealGuest,
    schema::RecordSchema,
    verify::{Fault, Verified},
};
use hefu_domain::{
    account::{Passkey, ProviderLink},
    channel::HeldState,
    event::IdentityEvent,
    guest::{IdentityPlan, IdentityStep},
    ids::{AccountId, GuestId},
};
use hefu_exchange::{
    desk::Folder,
    import::{Import, PeopleFrom},
    locks::LineLocks,
    source::Map,
};
use hefu_kernel::Id as _;
use hefu_store::{JournalDraft, StoreError};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{KeptRow, TestDb};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;
use zeroize::Zeroizing;

const MAP: &str = r#"
name = "mini"
[property]
value = "MINI"
time_zone = "Asia/Shanghai"
[fields]
source_key = { column = "no" }
status = { column = "status", values = { "R" = "reserved", "O" = "checked_out", "C" = "cancelled" } }
arrival = { column = "in" }
departure = { column = "out" }
adults = { column = "adults", default = "1" }
rate = { column = "rate" }
currency = { value = "CNY" }
room_type_booked = { column = "type" }
room = { column = "room" }
[person]
full_name = { column = "name" }
phone = { column = "phone" }
"#;

const HEADER: &str = "no,status,in,out,adults,rate,type,room,name,phone\n";

/// The bytes of an authenticator's secret (RFC 4648).
fn base32(text: &str) -> Vec<u8> {
    let value = |c: u8| u16::from(if c.is_ascii_digit() { c - b'2' + 26 } else { c - b'A' });
    let (mut bits, mut count, mut bytes) = (0_u16, 0, Vec::new());
    for c in text.bytes() {
        (bits, count) = (bits << 5 | value(c), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

/// A chain, and the doors to it.
pub(crate) struct Story {
    pub(crate) db: TestDb,
    pub(crate) app: App,
    router: Router,
}

impl Story {
    /// A chain with a history of everything that can happen to records.
    pub(crate) async fn told(db: TestDb) -> Self {
        // It listens nowhere: what it was to be told waits.
        let system = LineLocks::new("127.0.0.1:1").unwrap();
        let locks = Locks::default().with("SH01", Arc::new(system));
        let folder = Folder::new(db.key_file().with_file_name("imports"), 1 << 20);
        let files = ReceivedFiles::by(Some(Arc::new(folder)));
        let options = hefu_app::Options { locks, files, ..hefu_app::Options::default() };
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), options);
        let router = hefu_http::router(app.clone());
        let story = Self { db, app, router };
        story.app.execute(Context::job("migration"), RecordSchema).await.unwrap();
        story.property().await;
        story.visits().await;
        story.guests().await;
        story.imports().await;
        story.files().await;
        story.channels().await;
        story.staff().await;
        // Somebody is in house whose document nobody has seen.
        story.post("/api/v1/properties/SH01/findings/refresh", json!({})).await;
        // A rule, and two lines of a channel that nobody here knows of: T1 and T2 on 2026-10-03.
        story.put("properties/SH01/finding-rules/points_missing", json!({ "enabled": true })).await;
        let file = "aWQsZGF5LGFtb3VudCxvcmRlcgpUMSwyMDI2LTEwLTAzLDEwMC4wMCxYMTAwMDAxClQyLDIwMjYtMTAtMDMsMjAwLjAwLFgxMDAwMDIK";
        let map = "id = 'id'\ndate = 'day'\namount = 'amount'\nreference = 'order'";
        let file = json!({ "code": "ALIPAY", "map": map, "file": file });
        story.post("/api/v1/properties/SH01/settlements", file).await;
        story.unfinished().await;
        story.settle().await;
        story
    }

    /// Every entry has its place, and a checkpoint is signed over all.
    pub(crate) async fn settle(&self) {
        self.db.clock.advance(TimeDelta::minutes(1));
        self.app.sequence().await.unwrap();
    }

    pub(crate) async fn verify(&self) -> Verified {
        self.app.verify(None).await.unwrap()
    }

    /// The database alone; nobody else holds it then.
    pub(crate) fn into_db(self) -> TestDb {
        self.db
    }

    /// As another process sees it: this one's connections have prepared their statements over what was there before.
    pub(crate) async fn anew(&self) -> App {
        self.try_anew().await.unwrap()
    }

    /// The same; it may be refused at opening.
    pub(crate) async fn try_anew(&self) -> Result<App, StoreError> {
        let store = self.db.try_another_store().await?;
        Ok(hefu_app::open(store, self.db.clock.clone(), hefu_app::Options::default()))
    }

    pub(crate) async fn verify_anew(&self) -> Verified {
        let app = self.anew().await;
        let verified = app.verify(None).await.unwrap();
        app.close().await;
        verified
    }

    pub(crate) async fn is_clean(&self) {
        let verified = self.verify().await;
        assert!(verified.is_clean(), "{:?}", verified.findings);
    }

    /// What is found has this fault, at a place of which this is a part.
    pub(crate) async fn finds(&self, what: &str, fault: Fault, at: &str) {
        let found = self.verify().await.findings;
        let is_it = |finding: &hefu_app::verify::Finding| finding.fault == fault && finding.at.contains(at);
        assert!(found.iter().any(is_it), "{what}: no {fault} at {at} in {found:?}");
    }

    /// Everything that lies in the tables.
    pub(crate) async fn contents(&self) -> Vec<(String, Vec<KeptRow>)> {
        let mut contents = Vec::new();
        for table in tables(&self.db).await {
            let rows = self.db.rows(&table, "true").await;
            contents.push((table, rows));
        }
        contents
    }

    /// All rows of a table are as they were.
    pub(crate) async fn put_back(&self, rows: &[KeptRow]) {
        self.put_all_back([rows]).await;
    }

    /// All rows of some tables, of each of which there were some, are as they were.
    pub(crate) async fn put_all_back(&self, tables: impl IntoIterator<Item = &[KeptRow]>) {
        let mut sql = "BEGIN; ".to_owned();
        for rows in tables {
            sql += &format!("DELETE FROM {}; ", rows[0].table);
            for row in rows {
                sql += &row.insert(&self.db);
                sql += "; ";
            }
        }
        self.db.tamper(&(sql + "COMMIT")).await;
    }

    /// As a client sends it.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let key = hefu_crypto::sha256(&[format!("{method} {path} {body}").as_bytes()])
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key);
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The same; it must be done.
    pub(crate) async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.done(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: Value) {
        self.done(Method::PUT, &format!("/api/v1/{path}"), body).await;
    }

    async fn property(&self) {
        let put = async |path: &str, body| self.put(&format!("properties/SH01{path}"), body).await;
        put(
            "",
            json!({ "name": "合符外滩酒店", "name_en": "Hefu on the Bund", "time_zone": "Asia/Shanghai",
            "currency": "CNY", "business_date": "2026-10-03" }),
        )
        .await;
        put("/room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
        let rooms = ["0401", "0402", "0403", "0404"];
        let rooms = rooms.map(|number| json!({ "number": number, "room_type": "DBL", "floor": "4", "accessible": number == "0404" }));
        put("/rooms", json!(rooms)).await;
        put(
            "/cancellation-policies/FLEX",
            json!({ "name": "灵活", "name_en": "Flexible",
            "rules": [{ "within_hours": 24, "penalty": { "kind": "nights", "value": 1 } }],
            "no_show": { "kind": "share", "value": 10000 } }),
        )
        .await;
        put(
            "/rate-plans/BAR",
            json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "tax": 600, "service_fee": 1000, "policy": "FLEX",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }] }),
        )
        .await;
        put(
            "/rate-calendar/prices",
            json!({ "rate_plan": "BAR", "from": "2026-12-24", "until": "2026-12-25", "amount": 400_00 }),
        )
        .await;
        put(
            "/rate-calendar/restrictions",
            json!({ "room_type": "DBL", "channel": "ctrip", "from": "2026-12-24", "until": "2026-12-25", "minimum_stay": 2 }),
        )
        .await;
        put("/seasons/XMAS", json!({ "name": "圣诞", "name_en": "Christmas", "dates": [{ "from": "2026-12-24", "until": "2026-12-27" }] })).await;
        put("/rate-plans/BAR/access", json!({ "companies": [] })).await;
        put(
            "/transaction-codes/SPA",
            json!({ "name": "水疗", "name_en": "Spa", "group": "spa", "kind": "revenue" }),
        )
        .await;
        let closing = json!({ "kind": "code", "code": "SPA", "from": "2027-01-01" });
        self.post("/api/v1/properties/SH01/setup/close", closing).await;
        put("/city-accounts/ACME", json!({ "name": "Acme", "credit_limit": 1_000_00 })).await;
        self.put("groups/EXPO", json!({ "name": "Expo" })).await;
        put("/billing", json!({ "title": "合符酒店管理有限公司", "tax_id": "91310000MA1HEFU00X" })).await;
        put("/exchange-rates/USD", json!({ "rate": "7.1" })).await;
        self.put("companies/YUNFAN", json!({ "name": "云帆会展" })).await;
        put("/city-accounts/ACME/company", json!({ "company": "YUNFAN" })).await;
        let blocked = json!({ "room_type": "DBL", "from": "2026-12-01", "until": "2026-12-02", "rooms": 1, "price": 300_00 });
        put("/blocks/EXPO", json!({ "rate_plan": "BAR", "rooms": [blocked] })).await;
        let house = "/api/v1/properties/SH01";
        for room in ["0401", "0402"] {
            self.post(&format!("{house}/rooms/{room}/state"), json!({ "state": "dirty" })).await;
            self.post(&format!("{house}/rooms/{room}/seen"), json!({ "occupied": true, "people": 1 })).await;
            self.post(&format!("{house}/found-items"), json!({ "item": "钱包", "room": room })).await;
            self.post(&format!("{house}/faults"), json!({ "fault": "灯不亮", "room": room })).await;
        }
        self.post(&format!("{house}/tasks/plan"), json!({ "attendants": ["LI", "WANG"] })).await;
        for room in ["0401", "0402"] {
            for step in ["start", "finish"] {
                self.post(&format!("{house}/rooms/{room}/task/step"), json!({ "step": step })).await;
            }
        }
    }

    /// Books a room for somebody invented; answers the number's digits.
    pub(crate) async fn book(&self, name: &str, phone: &str, arrival: &str, departure: &str) -> String {
        let booked = self.post("/api/v1/reservations", json!({
            "property": "SH01", "group": "EXPO",
            "guest": { "profile": { "full_name": name, "phones": [phone], "birth": "1990-02-01",
                "source": { "system": "phonebook", "external_id": phone } } },
            "rooms": [{ "room_type": "DBL", "rate_plan": "BAR", "arrival": arrival, "departure": departure }],
            "deposits": [{ "due": "2026-10-03", "amount": 50_00 }],
            "numbers": [{ "system": "ctrip", "number": format!("CT-{phone}") }],
        })).await;
        booked["number"].as_str().unwrap().replace('-', "")
    }

    async fn visits(&self) {
        let first = self.book("张伟", "13812345678", "2026-10-03", "2026-10-05").await;
        let second = self.book("李娜", "13912345678", "2026-10-03", "2026-10-06").await;
        for (number, room) in [(&first, "0401"), (&second, "0402")] {
            let act =
                async |what: &str, body| self.post(&format!("/api/v1/visits/{number}/{what}"), body).await;
            act("check-in", json!({ "room": room })).await;
            act("pre-authorisations", json!({ "amount": 10_00, "card_token": "tok_of_the_terminal", "last_four": "1111", "expires": "2026-12-01" })).await;
            act("deposits/pay", json!({ "instalment": 1, "code": "CASH" })).await;
            act("charges", json!({ "code": "MINI", "amount": 30_00 })).await;
            act("routing", json!({ "code_group": "minibar", "window": 2 })).await;
            act("keys", json!({})).await;
            act("wake-ups", json!({ "date": "2026-10-04", "minute": 390 })).await;
            act(
                "notes",
                json!({ "kind": "trace", "department": "housekeeping", "text": "婴儿床，航班 CA1842" }),
            )
            .await;
            act("change", json!({ "segment": "corporate" })).await;
        }
        let visit = format!("/api/v1/visits/{first}");
        self.money(&visit).await;
        self.group(&visit, &second).await;
        self.post(&format!("{visit}/move"), json!({ "room": "0403", "reason": "noise" })).await;
        self.post(
            &format!("{visit}/city-ledger"),
            json!({ "account": "ACME", "window": 1, "amount": 20_00 }),
        )
        .await;
        let guest =
            self.done(Method::GET, &visit, Value::Null).await["guest"]["id"].as_str().unwrap().to_owned();
        self.post(&format!("/api/v1/guests/{guest}/membership"), json!({})).await;
        for kind in ["vip", "blacklist"] {
            self.put(&format!("guests/{guest}/flags/{kind}"), json!({ "reason": "以前的事" })).await;
        }
        let member = self.done(Method::GET, &format!("/api/v1/guests/{guest}/membership"), Value::Null).await;
        let member = member["membership"]["number"].as_str().unwrap().to_owned();
        self.put("member-programme", json!({ "night_points": 100 })).await;
        self.put("properties/SH01/member-programme", json!({ "night_points": 200 })).await;
        let welcome = json!({ "points": 1_000, "reason": "welcome" });
        self.post(&format!("/api/v1/members/{member}/adjust"), welcome).await;
        let issued = json!({ "count": 2, "expires": "2027-12-31", "reason": "welcome" });
        let vouchers = self.post(&format!("/api/v1/members/{member}/vouchers"), issued).await;
        self.post(&format!("{visit}/free-nights"), json!({ "voucher_id": vouchers[0]["id"] })).await;
        self.post(&format!("{visit}/free-nights"), json!({})).await;
        self.post(&format!("{visit}/accrue-points"), json!({})).await;
        self.post(&format!("/api/v1/guests/{guest}/reveal"), json!({ "reason": "call back" })).await;
        self.post("/api/v1/properties/SH01/night-audit", json!({ "force": true, "no_shows": "mark" })).await;
    }

    /// A shift, an invoice with a copy, and a payment of a company for what it owes.
    async fn money(&self, visit: &str) {
        let house = "/api/v1/properties/SH01";
        self.post(&format!("{house}/shifts"), json!({ "float": [{ "amount": 500_00 }] })).await;
        self.post(&format!("{house}/shifts/1/drops"), json!({ "amount": 100_00 })).await;
        self.post(
            &format!("{house}/shifts/1/close"),
            json!({ "counts": [{ "method": "CASH", "counted": 400_00 }] }),
        )
        .await;
        self.post(&format!("{visit}/invoices"), json!({ "window": 1 })).await;
        self.post(&format!("{house}/invoices/INV/1/copies"), json!({})).await;
        self.post(&format!("{visit}/city-ledger"), json!({ "account": "ACME", "window": 1, "amount": 5_00 }))
            .await;
        let account = format!("{house}/city-accounts/ACME");
        self.post(&format!("{account}/payments"), json!({ "amount": 5_00, "reference": "PAY-1" })).await;
        let entries = self.done(Method::GET, &account, Value::Null).await;
        self.post(&format!("{account}/allocations"), json!({ "payment_id": entries["entries"][0]["id"] }))
            .await;
    }

    /// A guest who shares a room and its price, a company, and a visit that pays the rooms of its group.
    async fn group(&self, visit: &str, master: &str) {
        let sharer = json!({ "profile": { "full_name": "周敏", "phones": ["13112345678"] } });
        self.post(&format!("{visit}/share"), json!({ "guest": sharer, "prices": [100_00, 100_00] })).await;
        self.post(&format!("{visit}/companies"), json!({ "company": "YUNFAN" })).await;
        let route = json!({ "property": "SH01", "code_group": "room", "master": master });
        self.put("groups/EXPO/routing", route).await;
    }

    async fn guests(&self) {
        let mut made = Vec::new();
        for (name, phone) in [("王芳", "13712345678"), ("陈静", "13612345678"), ("刘洋", "13512345678")]
        {
            let profile = json!({ "full_name": name, "phones": [phone], "birth": "1991-03-04" });
            made.push(self.post("/api/v1/guests", profile).await["id"].as_str().unwrap().to_owned());
        }
        self.post(&format!("/api/v1/guests/{}/merge", made[0]), json!({ "merged": made[1] })).await;
        self.app.resolve_guests(None, true).await.unwrap();
        self.post("/api/v1/guests", json!({ "full_name": "赵敏", "phones": ["13412345678"] })).await;
    }

    /// The same file twice, changed meanwhile, and worked on here: later versions, a difference, a row in quarantine.
    async fn imports(&self) {
        for (name, row) in [
            ("one", "B1,R,2027-12-01,2027-12-03,2,300,DBL,,Test One,13300000001\n"),
            ("two", "B1,R,2027-12-01,2027-12-04,2,350,DBL,,Test One,13300000001\n"),
            ("three", "B1,C,2027-12-01,2027-12-05,1,350,DBL,,Test One,13300000001\n"),
        ] {
            let old = "B0,O,2026-01-01,2026-01-03,2,300,DBL,101,Old Guest,13300000002\n";
            let bad = "B2,R,soon,2027-12-03,2,300,DBL,,Nobody,\n";
            let path = self.db.key_file().with_file_name(format!("{name}.csv"));
            std::fs::write(&path, format!("{HEADER}{old}{bad}{row}")).unwrap();
            let import = Import {
                path,
                name: None,
                map: Map::parse(MAP).unwrap(),
                people: PeopleFrom::Nowhere,
                batch: 500,
            };
            let go_on = |_: &ImportReport, _| ControlFlow::Continue(());
            import.run(&self.app, Context::job("import"), go_on).await.unwrap();
            if name == "two" {
                let charge = json!({ "segment": "corporate" });
                self.post("/api/v1/visits/B1/change?property=MINI", charge).await;
            }
        }
    }

    /// A file that was sent: one of its rows is left out.
    async fn files(&self) {
        let lines: Vec<&str> = HEADER.lines().chain(["F1,R,soon,2027-12-03,2,300,DBL,,Nobody,"]).collect();
        let sent = self.post("/api/v1/import-files", json!({ "name": "sent.csv", "lines": lines })).await;
        let at = format!("/api/v1/import-files/{}", sent["id"].as_str().unwrap());
        let map: Vec<&str> = MAP.lines().collect();
        self.post(&format!("{at}/map"), json!({ "lines": map })).await;
        self.post(&format!("{at}/start"), json!({})).await;
        assert!(self.app.operate(&Context::job("import"), RunImportFiles).await.unwrap());
        self.post(&format!("{at}/quarantine/1/leave-out"), json!({})).await;
        let lines = json!(["name,phone", "Nobody,1"]);
        self.post("/api/v1/import-files", json!({ "name": "other.csv", "lines": lines })).await;
    }

    /// A channel that sent a booking and called it off, something that waits and something that was dropped.
    async fn channels(&self) {
        self.put(
            "properties/SH01/channels/ctrip",
            json!({ "name": "携程", "hotel": "8801", "room_types": { "TWIN": "DBL" }, "rate_plans": {} }),
        )
        .await;
        let message = |id: &str, state: &str, kind: &str, rest: &str| {
            format!(
                r#"<OTA_HotelResNotifRQ><HotelReservations><HotelReservation CreateDateTime="2026-10-01T08:00:00Z" ResStatus="{state}">
                <UniqueID Type="{kind}" ID="{id}"/>{rest}</HotelReservation></HotelReservations></OTA_HotelResNotifRQ>"#
            )
        };
        let booked = |code: &str| {
            format!(
                r#"<RoomStays><RoomStay><RoomTypes><RoomType RoomTypeCode="{code}"/></RoomTypes><GuestCounts><GuestCount Count="2"/></GuestCounts>
                <TimeSpan Start="2027-05-01" End="2027-05-03"/><Total AmountAfterTax="600.00" CurrencyCode="CNY"/></RoomStay></RoomStays><ResGuests><ResGuest>
                <Profiles><ProfileInfo><Profile><Customer><PersonName><GivenName>Erika</GivenName><Surname>Musterfrau</Surname></PersonName></Customer></Profile>
                </ProfileInfo></Profiles></ResGuest></ResGuests>"#
            )
        };
        for text in [
            message("R-1", "Reserved", "14", &booked("TWIN")),
            message("R-1", "Cancelled", "15", ""),
            message("R-2", "Reserved", "14", &booked("KING")),
            message("R-3", "Reserved", "14", ""),
        ] {
            let (property, channel) = ("SH01".to_owned(), "ctrip".to_owned());
            let receive = ReceiveMessage { property, channel, action: None, text };
            self.app.operate(&Context::job("channel"), receive).await.unwrap();
        }
        let calendar = json!({ "room_type": "DBL", "url": "https://example.com/twin.ics" });
        self.put("properties/SH01/channels/ctrip/calendars/twin", calendar).await;
        let feed = json!({ "kind": "mews", "url": "https://api.example.com", "is_on": false,
            "credentials": { "client_token": "one", "access_token": "two" } });
        self.put("properties/SH01/channels/ctrip/feed", feed).await;
        let send = SendCalendar {
            property: "SH01".into(),
            channel: "ctrip".into(),
            code: "twin".into(),
            text: "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20270510\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
                .into(),
        };
        self.app.execute(Context::job("channel"), send).await.unwrap();
        let waiting =
            ListMessages { property: "SH01".into(), state: HeldState::Waiting, after: None, limit: 9 };
        let waiting = self.app.ask(&Context::job("channel"), waiting).await.unwrap();
        assert_eq!(waiting.len(), 2);
        let path = format!("/api/v1/properties/SH01/channel-messages/{}/drop", waiting[1].id);
        self.post(&path, json!({ "reason": "a test of the channel" })).await;
    }

    /// What is there for a moment only: a comparison of all guests that is not done, tokens that are not sorted in, a follower's place. And a passkey and
    /// a link to a provider, as if they had been made.
    /// Somebody of the staff with a second factor, a program of another system, and what they were watched doing.
    async fn staff(&self) {
        let password = Zeroizing::new("tide-lantern-47-orchid".to_owned());
        let account = json!({ "login": "li.na", "name": "李娜", "password": *password });
        let id = self.post("/api/v1/accounts", account).await["id"].as_str().unwrap().to_owned();
        let grant = json!({ "role": "front_desk", "property": "SH01" });
        self.post(&format!("/api/v1/accounts/{id}/grants"), grant).await;
        self.post("/api/v1/api-clients", json!({ "name": "channel manager" })).await;
        let nobody = Context::local_administrator();
        let signed_in = sign_in(&self.app, &nobody, "li.na", &password).await.unwrap();
        let held = Held::of(Credential::Session(signed_in.token.text())).unwrap();
        let who = Door::resolve(&self.app, held).await.unwrap().unwrap();
        let asked = Context::new(who.principal, Origin::Http(None)).with(Access::Everything);
        let enrolled = enrol(&self.app, &asked, &password).await.unwrap();
        let code = code_at(&base32(&enrolled.secret), self.app.clock().now()).unwrap();
        let confirm = ConfirmFactor { session: who.session.unwrap(), code };
        self.app.execute(asked.clone(), confirm).await.unwrap();
        assert!(sign_in(&self.app, &nobody, "nobody", &password).await.is_err());
        // A canary, opened and unmasked.
        let guest =
            self.post("/api/v1/guests", json!({ "full_name": "贺兰雪", "phones": ["13700007777"] })).await;
        let guest = guest["id"].as_str().unwrap();
        self.put(&format!("canaries/{guest}"), json!({})).await;
        let reveal = RevealGuest {
            id: guest.parse().map(GuestId::from_uuid).unwrap(),
            reason: Some("1".into()),
            classes: Vec::new(),
        };
        self.app.ask(&asked, reveal).await.unwrap();
    }

    async fn unfinished(&self) {
        let now = self.app.clock().now();
        let unfinished = self.db.store.write(move |tx| {
            Box::pin(async move {
                let ids = tx.vault().ids.clone();
                let plan = IdentityPlan {
                    id: ids.id(),
                    started_at: now,
                    whole: false,
                    guests: 5,
                    compared: 4,
                    joined: 3,
                    kept_apart: 2,
                    asked: 1,
                    version: 1,
                };
                let step =
                    IdentityStep { plan_id: plan.id, place: 1, one: ids.id(), two: ids.id(), score: Some(5) };
                let subject = ("plan", plan.id.uuid());
                tx.insert(&plan).await?;
                tx.insert(&step).await?;
                let account_id: AccountId = ids.id();
                let passkey = Passkey {
                    account_id,
                    id: ids.id(),
                    credential: vec![1; 16],
                    public_key: vec![2; 77],
                    domain: "hefu.example".into(),
                    name: vec![3; 40],
                    synced: true,
                    counter: 4,
                    last_challenge: 5,
                    made_at: now,
                    used_at: Some(now),
                    version: 1,
                };
                let provider = "chain".to_owned();
                let link = ProviderLink { subject: vec![6; 32], account_id, provider, linked_at: now };
                tx.insert(&passkey).await?;
                tx.insert(&link).await?;
                let event = IdentityEvent::Begin {}.into();
                let (owner, actor) = (Uuid::nil(), "test");
                tx.journal(JournalDraft {
                    actor,
                    at: now,
                    event,
                    reason: None,
                    property_id: None,
                    visit_id: None,
                    subject,
                    owner,
                })
                .await?;
                Ok::<(), StoreError>(())
            })
        });
        unfinished.await.unwrap();
        let boot = match self.db.store.engine_name() {
            "sqlite" => "zeroblob(16)",
            _ => "'00000000-0000-0000-0000-000000000000'",
        };
        self.db.tamper(&format!("INSERT INTO clock VALUES (1, '1970-01-02T00:00:00+00:00', '2026-10-03T08:00:00+00:00', '2026-10-03T08:00:00+00:00',
            {boot}, 1000, 1) ON CONFLICT (id) DO NOTHING")).await;
        self.db.tamper("INSERT INTO token_staged SELECT token, guest_id FROM token WHERE token = (SELECT max(token) FROM token);
            DELETE FROM token WHERE token = (SELECT max(token) FROM token);
            INSERT INTO job (id, kind, payload, dedupe, state, run_at, deadline, attempts, again, enqueued_at)
            VALUES ((SELECT id FROM property WHERE code = 'SH01'), 'guest.reconsider', '{}', 'one', 'waiting',
                '2026-10-03T08:00:00+00:00', '2026-10-04T08:00:00+00:00', 0, FALSE, '2026-10-03T08:00:00+00:00');
            INSERT INTO journal_cursor VALUES ('boards', 3, '2026-10-03T08:00:00+00:00')").await;
    }
}

/// Every table there is, that of the data keys with its schema.
pub(crate) async fn tables(db: &TestDb) -> Vec<String> {
    let sql = match db.store.engine_name() {
        "sqlite" => "SELECT name FROM main.sqlite_schema WHERE type = 'table'
            UNION ALL SELECT 'keys.' || name FROM keys.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1",
        _ => "SELECT CASE schemaname WHEN 'public' THEN '' ELSE schemaname || '.' END || tablename FROM pg_tables
            WHERE schemaname IN ('public', 'keys') ORDER BY 1",
    };
    db.texts(sql, 1).await.into_iter().flatten().collect()
}
