//! Living in a room, and housekeeping, over HTTP on both engines.

use crate::common::{Server, booking, digits};
use async_trait::async_trait;
use axum::http::Method;
use hefu_app::authz::{Action, Resource, ResourceKind};
use hefu_domain::property::CodeKind;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

const HOUSE: &str = "/api/v1/properties/SH01";

fn person(name: &str, phone: &str) -> Value {
    json!({ "profile": { "full_name": name, "phones": [phone] } })
}

/// Puts a payment that settles the visit's bill, straight into the records: the door for it is another story.
async fn settle(s: &Server, number: &str) {
    let view = s.get(&format!("/api/v1/visits/{number}")).await;
    let balance = view["consumption"]["balance"].as_i64().unwrap();
    let pay = Pay { number: number.to_owned(), amount: -balance };
    s.app.execute(hefu_app::Context::job("test"), pay).await.unwrap();
}

struct Pay {
    number: String,
    amount: i64,
}

#[async_trait]
impl hefu_app::Command for Pay {
    const ACTION: Action = Action::HealthShow;
    type Out = i64;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut hefu_app::Unit<'_>) -> hefu_app::Result<i64> {
        let (property, id) = hefu_app::visit::locate(u.tx, &self.number, None).await?;
        let visit = hefu_app::visit::load(u.tx, property, id).await?;
        let cash = hefu_app::folio::code(u, &visit, "CASH").await?;
        assert_eq!(cash.kind, CodeKind::Payment);
        hefu_app::folio::post(u, &visit, hefu_app::folio::NewPosting::of(cash, self.amount)).await?;
        let event = hefu_domain::event::ReservationEvent::Confirm { lines: vec![] };
        u.record(hefu_app::About::Visit(&visit.reservation), event).await?;
        Ok(self.amount)
    }
}

/// Nights left of a room type, by night.
async fn left(s: &Server, room_type: &str, from: &str, to: &str) -> Vec<i64> {
    let rows = s.get(&format!("{HOUSE}/availability?from={from}&to={to}")).await;
    let of_type = |row: &&Value| row["room_type"] == room_type;
    rows.as_array().unwrap().iter().filter(of_type).map(|row| row["left"].as_i64().unwrap()).collect()
}

async fn room(s: &Server, number: &str) -> Value {
    let rooms = s.get(&format!("{HOUSE}/housekeeping")).await;
    rooms.as_array().unwrap().iter().find(|room| room["number"] == number).unwrap().clone()
}

both_engines! {
    async fn a_stay_from_check_in_to_check_out_and_back(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        assert_eq!(s.refused(&at("check-out"), json!({})).await, (409, "wrong_state".into()));
        let state = s.post(&at("check-in"), json!({ "room": "0402", "guests": [
            { "guest": person("张伟", "13812345678"), "role": "primary" },
            { "guest": person("李娜", "13912345678") }] })).await;
        assert_eq!((state["rooms"][0]["room"].as_str(), state["rooms"][0]["stay"].as_str()), (Some("0402"), Some("in_house")));
        assert_eq!(s.refused(&at("check-in"), json!({})).await.1, "wrong_state");
        assert_eq!(s.refused(&at("cancel"), json!({})).await.1, "wrong_state");
        assert_eq!(s.refused(&at("add-guest"), json!({ "guest": person("王芳", "13712345678") })).await.1, "too_many_people");

        // Leaving three nights early costs the first night and gives the others back.
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-06").await, [3, 3, 3]);
        assert_eq!(s.refused(&at("check-out"), json!({})).await, (409, "balance_due".into()));
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-06").await, [3, 3, 3], "a refusal leaves everything as it was");
        s.post(&at("early-departure"), json!({ "departure": "2026-10-04" })).await;
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-06").await, [3, 4, 4]);
        let gone = s.post(&at("check-out"), json!({ "allow_balance": true })).await;
        assert_eq!((gone["balance"].as_i64(), gone["rooms"][0]["stay"].as_str()), (Some(349_80), Some("checked_out")));
        assert_eq!(room(&s, "0402").await["state"], "dirty");
        assert_eq!(room(&s, "0402").await["today"], json!(["departed"]));

        settle(&s, &number).await;
        s.post(&at("undo-check-out"), json!({})).await;
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-04").await, [3], "the night it gave back is held again");
        s.post(&at("check-out"), json!({})).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["consumption"]["folios"][0]["state"], "closed");
        let codes: Vec<&str> = view["consumption"]["postings"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["ROOM", "SVC", "TAX", "CASH"], "the night is charged once");
        assert_eq!(view["stay"][0]["guests"].as_array().unwrap().len(), 2);
    }

    async fn a_check_out_is_not_taken_back_into_a_room_somebody_else_has(db: TestDb) {
        let s = Server::new(db).await;
        let first = s.book("STE", "2026-10-03", "2026-10-05").await;
        s.post(&format!("/api/v1/visits/{first}/check-in"), json!({})).await;
        s.post(&format!("/api/v1/visits/{first}/check-out"), json!({ "allow_balance": true })).await;
        let second = s.book("STE", "2026-10-03", "2026-10-04").await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{second}/check-in"), json!({})).await, (409, "room_not_ready".into()));
        s.post(&format!("/api/v1/visits/{second}/check-in"), json!({ "accept_dirty": true })).await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{first}/undo-check-out"), json!({})).await, (409, "room_taken".into()));
        let view = s.get(&format!("/api/v1/visits/{first}")).await;
        assert_eq!(view["stay"][0]["state"], "checked_out");
    }

    async fn a_check_in_is_taken_back_on_its_day(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({ "room": "0403" })).await;
        let undone = s.post(&at("undo-check-in"), json!({})).await;
        assert_eq!((undone["rooms"][0]["room"].as_str(), undone["rooms"][0]["stay"].as_str()), (Some("0403"), None));
        assert_eq!(room(&s, "0403").await["occupied"], false);
        assert_eq!(room(&s, "0403").await["today"], json!(["arrival"]));
        s.post(&at("check-in"), json!({})).await;
        assert_eq!(room(&s, "0403").await["today"], json!(["stayover"]));
        // Nobody moves in where somebody lives.
        let other = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let (status, code) = s.refused(&format!("/api/v1/visits/{other}/check-in"), json!({ "room": "0403" })).await;
        assert_eq!((status, code.as_str()), (409, "room_taken"));
        let early = s.book("DBL", "2026-10-04", "2026-10-05").await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{early}/check-in"), json!({})).await.1, "bad_dates");
    }

    async fn nobody_checks_in_before_the_hour_unless_accepted(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        // 13:59 in Shanghai; the property opens at 14:00.
        s.db.clock.set("2026-10-03T05:59:00Z".parse().unwrap());
        assert_eq!(s.refused(&format!("/api/v1/visits/{number}/check-in"), json!({})).await.1, "wrong_state");
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "accept_early": true })).await;
    }

    async fn moving_takes_the_new_room_or_nothing(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-06").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({ "room": "0401" })).await;
        let mut later = booking("DBL", "2026-10-05", "2026-10-06");
        later["rooms"][0]["room"] = json!("0402");
        s.post("/api/v1/reservations", later).await;
        assert_eq!(s.refused(&at("move"), json!({ "room": "0402", "reason": "noise" })).await, (409, "room_taken".into()));
        s.post(&at("move"), json!({ "room": "0403", "reason": "noise" })).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        let rooms: Vec<(i64, &str)> = view["stay"][0]["rooms"].as_array().unwrap().iter()
            .map(|r| (r["seq"].as_i64().unwrap(), r["reason"].as_str().unwrap())).collect();
        assert_eq!((rooms, view["stay"][0]["room_number"].as_str()), (vec![(1, "check_in"), (2, "move")], Some("0403")));
        let told = view["journal"].as_array().unwrap().last().unwrap();
        assert_eq!((told["action"].as_str(), told["reason"].as_str()), (Some("stay.move"), Some("noise")));
        assert_eq!(s.refused(&at("move"), json!({ "room": "0402" })).await.1, "invalid");
        assert_eq!(room(&s, "0401").await["state"], "dirty");
        // The old room is free again, the new one is not.
        let mut into = booking("DBL", "2026-10-04", "2026-10-05");
        into["rooms"][0]["room"] = json!("0403");
        assert_eq!(s.refused("/api/v1/reservations", into.clone()).await.1, "room_taken");
        into["rooms"][0]["room"] = json!("0401");
        s.post("/api/v1/reservations", into).await;
    }

    async fn extending_needs_the_room_and_costs_the_plans_rate(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({ "room": "0401" })).await;
        let mut next = booking("DBL", "2026-10-05", "2026-10-06");
        next["rooms"][0]["room"] = json!("0401");
        s.post("/api/v1/reservations", next).await;
        assert_eq!(s.refused(&at("extend"), json!({ "departure": "2026-10-06" })).await, (409, "room_taken".into()));
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-06").await, [4, 3]);
        let longer = s.post(&at("extend"), json!({ "departure": "2026-10-05" })).await;
        assert_eq!(longer["rooms"][0]["departure"], "2026-10-05");
        assert_eq!(left(&s, "DBL", "2026-10-04", "2026-10-06").await, [3, 3]);
        assert_eq!(s.get(&format!("/api/v1/visits/{number}")).await["booking"]["promised"], 600_00);
        assert_eq!(s.refused(&at("extend"), json!({ "departure": "2026-10-05" })).await.1, "bad_dates");
        // The day between the two nights is the guest's too.
        let mut hours = booking("DBL", "2026-10-04", "2026-10-04");
        hours["rooms"][0]["rate_plan"] = json!("DAY4");
        hours["rooms"][0]["room"] = json!("0401");
        assert_eq!(s.refused("/api/v1/reservations", hours).await.1, "room_taken");
    }

    async fn an_upgrade_takes_the_type_it_is_in_and_gives_the_sold_one_back(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": "0501" })).await;
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-04").await, [4]);
        assert_eq!(left(&s, "STE", "2026-10-03", "2026-10-04").await, [0]);
        let board = s.get(&format!("{HOUSE}/today")).await;
        assert_eq!((board["in_house"][0]["room"].as_str(), board["in_house"][0]["room_type"].as_str()), (Some("0501"), Some("STE")));
        assert_eq!(board["in_house"][0]["guest"], "张伟");
    }

    async fn part_day_guests_pay_at_check_out(db: TestDb) {
        let s = Server::new(db).await;
        let mut hours = booking("DBL", "2026-10-03", "2026-10-03");
        hours["rooms"][0]["rate_plan"] = json!("DAY4");
        let number = digits(&s.post("/api/v1/reservations", hours).await);
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        let gone = s.post(&format!("/api/v1/visits/{number}/check-out"), json!({ "allow_balance": true })).await;
        assert_eq!(gone["balance"], 127_20);
    }

    async fn todays_board_shows_who_comes_stays_and_goes(db: TestDb) {
        let s = Server::new(db).await;
        let comes = s.book("DBL", "2026-10-03", "2026-10-04").await;
        let stays = s.book("DBL", "2026-10-03", "2026-10-05").await;
        let goes = s.book("DBL", "2026-10-03", "2026-10-04").await;
        for number in [&stays, &goes] {
            s.post(&format!("/api/v1/visits/{number}/check-in"), json!({})).await;
        }
        s.post(&format!("/api/v1/visits/{goes}/check-out"), json!({ "allow_balance": true })).await;
        let board = s.get(&format!("{HOUSE}/today")).await;
        let counts = ["arrivals_count", "in_house_count", "due_out_count", "departed_count"].map(|c| board[c].as_i64().unwrap());
        assert_eq!(counts, [1, 1, 0, 1]);
        assert_eq!([digits(&board["arrivals"][0]), digits(&board["in_house"][0]), digits(&board["departed"][0])], [comes, stays, goes]);
        assert_eq!(board["departed"][0]["balance"], 349_80);
    }

    async fn a_room_out_of_order_is_sold_to_nobody(db: TestDb) {
        let s = Server::new(db).await;
        // One counter exists, the other does not.
        let sold = s.book("STE", "2026-10-10", "2026-10-11").await;
        let period = json!({ "from": "2026-10-10", "until": "2026-10-12", "reason": "pipes" });
        let out = format!("{HOUSE}/rooms/0501/out-of-order");
        s.post(&out, period.clone()).await;
        // A burst pipe asks nobody: the night is sold beyond what there is until the booking goes.
        let rows = s.get(&format!("{HOUSE}/availability?from=2026-10-10&to=2026-10-11")).await;
        let row = rows.as_array().unwrap().iter().find(|row| row["room_type"] == "STE").unwrap();
        assert_eq!((&row["capacity"], &row["sold"], &row["overbooked"]), (&json!(0), &json!(1), &json!(1)));
        s.post(&format!("/api/v1/visits/{sold}/cancel"), json!({})).await;
        assert_eq!(left(&s, "STE", "2026-10-09", "2026-10-13").await, [1, 0, 0, 1]);
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-11", "2026-10-12")).await.1, "no_inventory");
        assert_eq!(s.refused(&out, period).await, (409, "room_taken".into()));
        s.book("STE", "2026-10-12", "2026-10-13").await;

        let back = format!("{HOUSE}/rooms/0501/back-in-order");
        s.post(&back, json!({ "from": "2026-10-11", "until": "2026-10-12" })).await;
        assert_eq!(left(&s, "STE", "2026-10-09", "2026-10-13").await, [1, 0, 1, 0]);
        s.book("STE", "2026-10-11", "2026-10-12").await;

        // Today it is the room's state too; nobody moves in.
        s.post(&format!("{HOUSE}/rooms/0404/out-of-order"), json!({ "from": "2026-10-03", "until": "2026-10-04", "reason": "paint" })).await;
        assert_eq!(room(&s, "0404").await["state"], "out_of_order");
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-05").await, [3, 4]);
        let number = s.book("DBL", "2026-10-03", "2026-10-04").await;
        assert_eq!(s.refused(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": "0404" })).await.1, "room_not_ready");
        assert_eq!(s.refused(&format!("{HOUSE}/rooms/0404/state"), json!({ "state": "clean" })).await.1, "wrong_state");
        s.post(&format!("{HOUSE}/rooms/0404/back-in-order"), json!({ "from": "2026-10-03", "until": "2026-10-04" })).await;
        assert_eq!(room(&s, "0404").await["state"], "dirty");
        s.post(&format!("{HOUSE}/rooms/0404/state"), json!({ "state": "inspected" })).await;
        assert_eq!(room(&s, "0404").await["state"], "inspected");
        s.post(&format!("/api/v1/visits/{number}/check-in"), json!({ "room": "0404" })).await;
    }

    async fn a_new_room_can_be_sold_on_nights_that_were_sold_out(db: TestDb) {
        let s = Server::new(db).await;
        s.book("STE", "2026-10-05", "2026-10-06").await;
        assert_eq!(s.refused("/api/v1/reservations", booking("STE", "2026-10-05", "2026-10-06")).await.1, "no_inventory");
        let more = json!([{ "number": "0502", "room_type": "STE" }]);
        s.send(Method::PUT, &format!("{HOUSE}/rooms"), Some(more), &[]).await;
        s.book("STE", "2026-10-05", "2026-10-06").await;
        // A room that changes its type takes its period out of order along.
        s.post(&format!("{HOUSE}/rooms/0404/out-of-order"), json!({ "from": "2026-10-07", "until": "2026-10-08", "reason": "paint" })).await;
        let changed = json!([{ "number": "0404", "room_type": "STE" }]);
        s.send(Method::PUT, &format!("{HOUSE}/rooms"), Some(changed), &[]).await;
        assert_eq!(left(&s, "DBL", "2026-10-06", "2026-10-08").await, [3, 3]);
        assert_eq!(left(&s, "STE", "2026-10-06", "2026-10-08").await, [3, 2]);
    }

    async fn the_rooms_of_a_visit_leave_one_by_one(db: TestDb) {
        let s = Server::new(db).await;
        let mut two = booking("DBL", "2026-10-03", "2026-10-05");
        let second = two["rooms"][0].clone();
        two["rooms"].as_array_mut().unwrap().push(second);
        let number = digits(&s.post("/api/v1/reservations", two).await);
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({})).await;
        s.post(&at("check-in"), json!({ "line": 2 })).await;
        assert_eq!(s.refused(&at("check-out"), json!({ "line": 1 })).await.1, "balance_due");
        s.post(&at("check-out"), json!({ "line": 1, "allow_balance": true })).await;
        let open = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(open["consumption"]["folios"][0]["state"], "open");
        let gone = s.post(&at("check-out"), json!({ "allow_balance": true })).await;
        assert_eq!(gone["balance"], 2 * 349_80);
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-05").await, [4, 4]);
        for line in [1, 2] {
            s.post(&at("undo-check-out"), json!({ "line": line })).await;
        }
        assert_eq!(left(&s, "DBL", "2026-10-03", "2026-10-05").await, [2, 2]);
        assert_eq!(s.refused(&at("undo-check-out"), json!({ "line": 2 })).await.1, "wrong_state");
        assert_eq!(s.refused(&at("undo-check-in"), json!({ "line": 2 })).await.1, "wrong_state", "its night was charged");
    }

    async fn a_delegate_leaves_and_the_minibar_of_the_others_is_theirs(db: TestDb) {
        let s = Server::new(db).await;
        let mut four = booking("DBL", "2026-10-03", "2026-10-04");
        four["rooms"] = (0..4).map(|_| four["rooms"][0].clone()).collect();
        let number = digits(&s.post("/api/v1/reservations", four).await);
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        for line in 1..=4 {
            s.post(&at("check-in"), json!({ "line": line })).await;
            // The company pays the rooms (window 1), each delegate a minibar of 106.00.
            s.post(&at("charges"), json!({ "code": "MINI", "amount": 100_00, "window": line + 1, "line": line })).await;
        }
        let bill = s.get(&format!("/api/v1/visits/{number}")).await["consumption"].clone();
        let rooms: Vec<&str> = bill["postings"].as_array().unwrap().iter()
            .filter(|line| line["code"] == "MINI").map(|line| line["room_number"].as_str().unwrap()).collect();
        assert_eq!(rooms, ["0401", "0402", "0403", "0404"]);
        s.post(&at("payments"), json!({ "code": "BANK", "amount": 4 * 349_80 })).await;
        s.post(&at("nights"), json!({})).await;
        // The first pays the own minibar and nobody else's; without, the first cannot go.
        let (_, refused) = s.send(Method::POST, &at("check-out"), Some(json!({ "line": 1 })), &[("accept-language", "en")]).await;
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("window 2 owes 106.00 CNY") && !detail.contains("window 3"), "{refused}");
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 106_00, "window": 2 })).await;
        s.post(&at("check-out"), json!({ "line": 1 })).await;
        // A charge that names nobody may be of who leaves.
        s.post(&at("charges"), json!({ "code": "MINI", "amount": 10_00, "window": 6 })).await;
        assert_eq!(s.refused(&at("check-out"), json!({ "line": 2 })).await.1, "balance_due");
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 10_60, "window": 6 })).await;
        for line in [2, 3] {
            s.post(&at("payments"), json!({ "code": "CASH", "amount": 106_00, "window": line + 1 })).await;
            s.post(&at("check-out"), json!({ "line": line })).await;
        }
        // Who leaves last leaves nothing to others.
        assert_eq!(s.refused(&at("check-out"), json!({})).await.1, "balance_due");
        s.post(&at("payments"), json!({ "code": "CASH", "amount": 106_00, "window": 5 })).await;
        assert_eq!(s.post(&at("check-out"), json!({})).await["balance"], 0);
        // Charges are for rooms in which somebody is, or was.
        assert_eq!(s.refused(&at("charges"), json!({ "code": "MINI", "amount": 1, "line": 5 })).await, (404, "not_found".into()));
        let later = s.book("STE", "2026-10-05", "2026-10-06").await;
        let path = format!("/api/v1/visits/{later}/charges");
        assert_eq!(s.refused(&path, json!({ "code": "MINI", "amount": 1, "line": 1 })).await, (409, "wrong_state".into()));
    }

    async fn people_come_and_go_but_the_first(db: TestDb) {
        let s = Server::new(db).await;
        let number = s.book("STE", "2026-10-03", "2026-10-05").await;
        let at = |action: &str| format!("/api/v1/visits/{number}/{action}");
        s.post(&at("check-in"), json!({})).await;
        s.post(&at("add-guest"), json!({ "guest": person("李娜", "13912345678") })).await;
        let people = s.get(&format!("/api/v1/visits/{number}")).await["stay"][0]["guests"].clone();
        let of = |role: &str| people.as_array().unwrap().iter().find(|p| p["role"] == role).unwrap()["guest"]["id"].clone();
        assert_eq!(people.as_array().unwrap().len(), 2);
        assert_eq!(s.refused(&at("remove-guest"), json!({ "guest": of("primary") })).await.1, "wrong_state");
        s.post(&at("remove-guest"), json!({ "guest": of("accompanying") })).await;
        assert_eq!(s.refused(&at("remove-guest"), json!({ "guest": of("accompanying") })).await.0, 404);
        s.post(&at("extend"), json!({ "departure": "2026-10-06", "prices": [500_00] })).await;
        s.post(&at("add-guest"), json!({ "guest": { "id": of("accompanying") } })).await;
        let view = s.get(&format!("/api/v1/visits/{number}")).await;
        assert_eq!(view["stay"][0]["guests"].as_array().unwrap().len(), 2);
        assert_eq!(view["booking"]["promised"], 2_100_00);
    }
}
