//! The night audit over HTTP on both engines.

use async_trait::async_trait;
use std::{sync::Arc, time::Duration};

use crate::common::{Server, booking, digits};
use axum::http::Method;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_app::{
    About, Command, Context, Unit,
    visit::{VisitAction as _, locate, lock, stay::CheckIn},
};
use hefu_domain::{
    event::FolioEvent,
    folio::{PreAuth, PreAuthState},
};
use hefu_kernel::Id as _;
use hefu_store::query;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};
use tokio::sync::Notify;

const HOUSE: &str = "/api/v1/properties/SH01";

fn night(s: &Server, moment: &str) {
    s.db.clock.set(moment.parse().unwrap());
}

async fn audit(s: &Server) -> Value {
    s.post(&format!("{HOUSE}/night-audit"), json!({ "force": true, "no_shows": "mark" })).await
}

async fn nights_of(s: &Server, number: &str) -> Vec<String> {
    let view = s.get(&format!("/api/v1/visits/{number}")).await;
    let postings = view["consumption"]["postings"].as_array().unwrap().clone();
    postings.iter().filter(|p| p["code"] == "ROOM").map(|p| p["night"].as_str().unwrap().to_owned()).collect()
}

/// Sets an amount aside, straight into the records: the door for it is another story.
struct Authorise {
    number: String,
    expires: chrono::NaiveDate,
}

#[async_trait]
impl Command for Authorise {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> hefu_app::Result<()> {
        let (property, id) = hefu_app::visit::locate(u.tx, &self.number, None).await?;
        let visit = hefu_app::visit::load(u.tx, property, id).await?;
        let mut auth = PreAuth {
            property_id: property,
            id: u.id(),
            visit_id: id,
            state: PreAuthState::Chargeable,
            amount: 1_000_00,
            captured: 0,
            last_four: "4242".into(),
            expires: self.expires,
            version: 1,
            owner: visit.reservation.guest_id.uuid(),
            card_token: Vec::new(),
        };
        query::visit::seal_card_token(u.tx, &mut auth, "tok").await?;
        u.tx.insert(&auth).await?;
        u.record(About::Visit(&visit.reservation), FolioEvent::ConfirmPreAuth { pre_auth_id: auth.id }).await
    }
}

/// Checks a visit in, and takes its time over the end.
struct CheckInSlowly {
    number: String,
    is_written: Arc<Notify>,
}

#[async_trait]
impl Command for CheckInSlowly {
    const ACTION: Action = Action::HealthShow;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> hefu_app::Result<()> {
        let (property, id) = locate(u.tx, &self.number, None).await?;
        let mut visit = lock(u.tx, property, id).await?;
        let action: CheckIn = serde_json::from_value(json!({})).unwrap();
        let event = action.apply(u, &mut visit).await?;
        u.record(About::Visit(&visit.reservation), event).await?;
        self.is_written.notify_one();
        // Longer than an audit waits for the property at once.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        Ok(())
    }
}

both_engines! {
    async fn a_date_that_is_named_is_closed_once_however_often_it_is_asked_for(db: TestDb) {
        let s = Server::new(db).await;
        let path = "/api/v1/properties/SH01/night-audit";
        let close = |date: &str| json!({ "business_date": date, "force": true, "no_shows": "mark" });
        // Two clicks, each a request of its own.
        let send = async |date: &str| s.send(Method::POST, path, Some(close(date)), &[]).await;
        let (first, second) = tokio::join!(send("2026-10-03"), send("2026-10-03"));
        for (status, report) in [first, second, send("2026-10-03").await] {
            // Both may have written the same step; then the second is told, and nothing is closed by it.
            assert!(
                status.is_success() && report["business_date"] == "2026-10-03" || status == 409,
                "{status} {report}"
            );
        }
        assert_eq!(s.get("/api/v1/properties/SH01").await["property"]["business_date"], "2026-10-04");
        let (status, problem) = send("2026-10-05").await;
        assert_eq!(
            (status.as_u16(), problem["code"].as_str(), problem["pointer"].as_str()),
            (422, Some("bad_dates"), Some("/business_date")),
            "{problem}"
        );
        assert_eq!(s.get("/api/v1/properties/SH01").await["property"]["business_date"], "2026-10-04");
    }

    async fn the_date_moves_after_who_is_checking_in_was_charged(db: TestDb) {
        let s = Server::new(db).await;
        night(&s, "2026-10-03T15:30:00Z");
        // All but the last step, which moves the date.
        for _ in 0..4 {
            s.app.audit_units(Context::job("test"), "SH01", true, 1).await.unwrap();
        }
        let walk_in = s.book("STE", "2026-10-03", "2026-10-05").await;
        let is_written = Arc::new(Notify::new());
        let command = CheckInSlowly { number: walk_in.clone(), is_written: is_written.clone() };
        let app = s.app.clone();
        let checking_in = tokio::spawn(async move { app.execute(Context::job("test"), command).await });
        is_written.notified().await;
        let done = s.app.night_audit(Context::job("test"), "SH01", true).await.unwrap();
        checking_in.await.unwrap().unwrap();
        assert_eq!((done.audit.rooms_charged, done.audit.no_shows), (1, 0));
        assert_eq!(nights_of(&s, &walk_in).await, ["2026-10-03"]);
        assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-04");
    }

    async fn a_room_somebody_has_still_to_leave_is_not_chosen_for_who_comes(db: TestDb) {
        let s = Server::new(db).await;
        let leaves = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let state = s.post(&format!("/api/v1/visits/{leaves}/check-in"), json!({ "room": "auto" })).await;
        let lived_in = state["rooms"][0]["room"].clone();
        audit(&s).await;
        for _ in 0..3 {
            let comes = s.book("DBL", "2026-10-04", "2026-10-05").await;
            let state = s.post(&format!("/api/v1/visits/{comes}/check-in"),
                json!({ "room": "auto", "accept_early": true, "accept_dirty": true })).await;
            assert_ne!(state["rooms"][0]["room"], lived_in);
        }
        // The fourth room is promised for tonight, but nobody can move in before it is left.
        let last = s.book("DBL", "2026-10-04", "2026-10-05").await;
        let check_in = format!("/api/v1/visits/{last}/check-in");
        let body = json!({ "room": "auto", "accept_early": true, "accept_dirty": true });
        assert_eq!(s.refused(&check_in, body.clone()).await, (409, "room_taken".into()));
        s.post(&format!("/api/v1/visits/{leaves}/check-out"), json!({ "allow_balance": true })).await;
        assert_eq!(s.post(&check_in, body).await["rooms"][0]["room"], lived_in);
    }

    async fn the_audit_says_what_it_did(db: TestDb) {
        let s = Server::new(db).await;
        let stays = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let late = s.book("STE", "2026-10-03", "2026-10-04").await;
        let comes_tomorrow = s.book("DBL", "2026-10-04", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{stays}/check-in"), json!({ "room": "0401" })).await;
        assert_eq!(s.refused(&format!("{HOUSE}/night-audit"), json!({})).await, (409, "wrong_state".into()));
        assert_eq!(s.app.due_audits().await.unwrap(), Vec::<String>::new());
        // 02:59 and 03:00 in Shanghai.
        night(&s, "2026-10-03T18:59:00Z");
        assert_eq!(s.app.due_audits().await.unwrap(), Vec::<String>::new());
        night(&s, "2026-10-03T19:00:00Z");
        assert_eq!(s.app.due_audits().await.unwrap(), ["SH01"]);
        let done = s.post(&format!("{HOUSE}/night-audit"), json!({ "no_shows": "mark" })).await;
        assert_eq!((done["business_date"].as_str(), done["step"].as_str()), (Some("2026-10-03"), Some("done")));
        assert_eq!((done["room_revenue"].as_i64(), done["tax"].as_i64()), (Some(300_00), Some(19_80)));
        let counts: Vec<(&str, i64)> = done["steps"].as_array().unwrap().iter()
            .map(|step| (step["step"].as_str().unwrap(), step["count"].as_i64().unwrap())).collect();
        assert_eq!(counts, [("post_rooms", 1), ("mark_no_shows", 1), ("expire_pre_auths", 0), ("dirty_rooms", 1), ("roll_date", 1)]);
        let codes: Vec<(&str, i64)> = done["totals"].as_array().unwrap().iter()
            .map(|total| (total["code"].as_str().unwrap(), total["amount"].as_i64().unwrap())).collect();
        assert_eq!(codes, [("NOSHOW", 800_00), ("ROOM", 300_00), ("SVC", 30_00), ("TAX", 19_80)]);
        assert_eq!(digits(&json!({ "number": done["no_show_numbers"][0] })), late);
        assert_eq!(s.app.due_audits().await.unwrap(), Vec::<String>::new());
        assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-04");

        let view = s.get(&format!("/api/v1/visits/{late}")).await;
        assert_eq!(view["booking"]["reservation"]["state"], "no_show");
        let entry = view["journal"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((entry["action"].as_str(), entry["reason"].as_str()),
            (Some("reservation.no_show"), Some("not arrived by the night audit of 2026-10-03")));
        let waits = s.get(&format!("/api/v1/visits/{comes_tomorrow}")).await;
        assert_eq!(waits["booking"]["reservation"]["state"], "reserved");
        assert_eq!(s.get(&format!("{HOUSE}/night-audits/2026-10-03")).await, done);
        assert_eq!(s.get(&format!("{HOUSE}/night-audits")).await.as_array().unwrap().len(), 1);

        // The second one finds nobody's departure passed but the first guest's, a day later: it costs what the last night did.
        let second = audit(&s).await;
        assert_eq!((second["rooms_charged"].as_i64(), second["pending_check_outs"].as_i64()), (Some(1), Some(0)));
        let third = audit(&s).await;
        assert_eq!((third["rooms_charged"].as_i64(), third["pending_check_outs"].as_i64()), (Some(1), Some(1)));
        assert_eq!(digits(&json!({ "number": third["pending_check_out_numbers"][0] })), stays);
        assert_eq!(nights_of(&s, &stays).await, ["2026-10-03", "2026-10-04", "2026-10-05"]);
    }

    async fn an_audit_cut_off_anywhere_posts_nothing_twice(db: TestDb) {
        let s = Server::new(db).await;
        let mut numbers = Vec::new();
        for room in ["0401", "0402", "0403"] {
            let number = s.book("DBL", "2026-10-03", "2026-10-05").await;
            s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": room })).await;
            numbers.push(number);
        }
        s.book("DBL", "2026-10-03", "2026-10-04").await;
        // Cut off after every single unit of work.
        for _ in 0..4 {
            let date = s.app.audit_units(Context::job("test"), "SH01", true, 1).await.unwrap();
            assert_eq!(date.to_string(), "2026-10-03");
            assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-03");
        }
        // Somebody checks in late at night, after the rooms were posted.
        let walk_in = s.book("STE", "2026-10-03", "2026-10-04").await;
        s.post(&format!("/api/v1/visits/{walk_in}/check-in"), json!({})).await;
        let done = s.app.night_audit(Context::job("test"), "SH01", false).await.unwrap();
        assert_eq!((done.audit.rooms_charged, done.audit.no_shows, done.audit.room_revenue), (4, 1, 1_700_00));
        for number in numbers.iter().chain([&walk_in]) {
            assert_eq!(nights_of(&s, number).await, ["2026-10-03"]);
        }
    }

    async fn two_audits_at_once_close_one_date(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        let key = [("idempotency-key", "click-1")];
        let path = format!("{HOUSE}/night-audit");
        let ask = || s.send(axum::http::Method::POST, &path, Some(json!({ "force": true })), &key);
        let first = ask().await;
        let second = ask().await;
        assert_eq!(first.0, axum::http::StatusCode::OK, "{first:?}");
        assert_eq!(first, second);
        assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-04");
        night(&s, "2026-10-04T12:00:00Z");
        let both = futures_util::future::join(
            s.app.night_audit(Context::job("a"), "SH01", false),
            s.app.night_audit(Context::job("b"), "SH01", false),
        ).await;
        assert!(both.0.is_ok() || both.1.is_ok(), "{both:?}");
        assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-05");
        assert_eq!(nights_of(&s, &number).await, ["2026-10-03", "2026-10-04"]);
    }

    async fn a_repeated_audit_gets_the_first_answer(db: TestDb) {
        let s = Server::new(db).await;
        let late = s.book("STE", "2026-10-03", "2026-10-05").await;
        let path = format!("{HOUSE}/night-audit");
        let body = json!({ "force": true, "no_shows": "mark" });
        let ask = || s.send(axum::http::Method::POST, &path, Some(body.clone()), &[("idempotency-key", "click-1")]);
        let first = ask().await;
        assert_eq!(first.1["no_show_numbers"].as_array().map(Vec::len), Some(1), "{first:?}");
        // What it tells of has changed since: the guest has come after all.
        s.post(&format!("/api/v1/visits/{late}/reinstate"), json!({ "reason": "flight delayed" })).await;
        let now = s.get(&format!("{HOUSE}/night-audits/2026-10-03")).await;
        assert_eq!(now["no_show_numbers"], json!([]), "{now}");
        assert_eq!(ask().await, first);
        assert_eq!(s.get(HOUSE).await["property"]["business_date"], "2026-10-04");
    }

    async fn sharers_pay_the_room_once(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({})).await;
        let friend = json!({ "profile": { "full_name": "李娜", "phones": ["13912345678"] } });
        s.post(&at("share"), json!({ "guest": friend, "window": 2 })).await;
        let board = s.get(&format!("{HOUSE}/today")).await;
        let names: Vec<&str> = board["in_house"].as_array().unwrap().iter().map(|r| r["guest"].as_str().unwrap()).collect();
        assert_eq!((names.len(), names.contains(&"李娜"), names.contains(&"张伟")), (2, true, true));
        let third = json!({ "profile": { "full_name": "王芳", "phones": ["13712345678"] } });
        assert_eq!(s.refused(&at("share"), json!({ "guest": third })).await.1, "too_many_people");
        assert_eq!(audit(&s).await["rooms_charged"], 1);
        assert_eq!(nights_of(&s, &number).await, ["2026-10-03"]);
        let gone = s.post(&at("check-out"), json!({ "allow_balance": true })).await;
        assert_eq!(gone["balance"], 349_80);
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        let states: Vec<&str> = view["stay"].as_array().unwrap().iter().map(|stay| stay["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["checked_out", "checked_out"]);
        // The window without a balance is closed, the other can still be paid.
        let folios: Vec<&str> = view["consumption"]["folios"].as_array().unwrap().iter().map(|f| f["state"].as_str().unwrap()).collect();
        assert_eq!(folios, ["open", "closed"]);
    }

    async fn the_last_night_of_the_year_is_posted_on_its_date(db: TestDb) {
        let s = Server::new(db).await;
        // A property of its own that stands at the year's end.
        let property = json!({ "name": "年末酒店", "name_en": "Year's End", "time_zone": "Asia/Shanghai", "currency": "CNY", "business_date": "2026-12-31" });
        let put = async |path: &str, body: Value| {
            let (status, answer) = s.send(axum::http::Method::PUT, path, Some(body), &[]).await;
            assert!(status.is_success(), "{path}: {answer}");
        };
        put("/api/v1/properties/SH02", property).await;
        put("/api/v1/properties/SH02/room-types/DBL", json!({ "name": "双床房", "name_en": "Twin", "capacity": 2 })).await;
        put("/api/v1/properties/SH02/rooms", json!([{ "number": "0101", "room_type": "DBL" }])).await;
        put("/api/v1/properties/SH02/rate-plans/BAR", json!({ "name": "门市价", "name_en": "Best available", "kind": "nightly",
            "rates": [{ "room_type": "DBL", "valid_from": "2026-01-01", "amount": 300_00 }, { "room_type": "DBL", "valid_from": "2027-01-01", "amount": 500_00 }] })).await;
        let mut body = booking("DBL", "2026-12-31", "2027-01-02");
        body["property"] = json!("SH02");
        let number = digits(&s.post("/api/v1/reservations", body).await);
        night(&s, "2026-12-31T11:00:00Z");
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        let first = s.post("/api/v1/properties/SH02/night-audit", json!({})).await;
        assert_eq!((first["business_date"].as_str(), first["room_revenue"].as_i64()), (Some("2026-12-31"), Some(300_00)));
        let second = s.post("/api/v1/properties/SH02/night-audit", json!({ "force": true })).await;
        assert_eq!((second["business_date"].as_str(), second["room_revenue"].as_i64()), (Some("2027-01-01"), Some(500_00)));
        assert_eq!(nights_of(&s, &number).await, ["2026-12-31", "2027-01-01"]);
    }

    async fn a_room_goes_out_of_order_and_back_with_the_date(db: TestDb) {
        let s = Server::new(db).await;
        let period = json!({ "from": "2026-10-04", "until": "2026-10-05", "reason": "paint" });
        s.post(&format!("{HOUSE}/rooms/0404/out-of-order"), period).await;
        let mut states = Vec::new();
        for _ in 0..3 {
            let rooms = s.get(&format!("{HOUSE}/housekeeping")).await;
            let room = rooms.as_array().unwrap().iter().find(|room| room["number"] == "0404").unwrap().clone();
            states.push(room["state"].as_str().unwrap().to_owned());
            audit(&s).await;
        }
        assert_eq!(states, ["clean", "out_of_order", "dirty"]);
    }

    async fn pre_authorisations_run_out_with_their_last_day(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
        for expires in ["2026-10-03", "2026-10-04"] {
            let expires = expires.parse().unwrap();
            s.app.execute(Context::job("test"), Authorise { number: number.clone(), expires }).await.unwrap();
        }
        assert_eq!(audit(&s).await["pre_auths_expired"], 1);
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        let cards = view["consumption"]["pre_authorisations"].as_array().unwrap().clone();
        let states: Vec<&str> = cards.iter().map(|card| card["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["expired", "chargeable"]);
    }
}
