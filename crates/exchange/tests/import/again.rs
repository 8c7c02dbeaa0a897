//! Records that come again: unchanged, changed, and changed after somebody worked on the visit here.

use std::{collections::BTreeMap, ops::ControlFlow};

use chrono::{Days, NaiveDate};
use hefu_app::{
    App, Context,
    folio::{correct::ReversePosting, desk::PostCharge, split::SplitCharge},
    import::ImportReport,
    record::ShowRecord,
    visit::{
        VisitAction,
        action::OnVisit,
        change::{Cancel, ChangeReservation},
        stay::CheckOut,
    },
};
use hefu_domain::{ids::GuestId, stay::RoomPart};
use hefu_exchange::{
    import::{Import, PeopleFrom},
    source::Map,
};
use hefu_store::query;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{file, is_as_journalled};

/// As a small hotel's front desk writes it; of guests there is a name and no number.
const MAP: &str = r#"
name = "mini"
[property]
value = "MINI"
time_zone = "Asia/Shanghai"
[fields]
source_key = { column = "no" }
status = { column = "status", values = { "R" = "reserved", "I" = "in_house", "O" = "checked_out", "C" = "cancelled", "N" = "no_show" } }
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

/// A guest of long ago, so that the property has a room.
const OLD: &str = "B0,O,2026-01-01,2026-01-03,2,300,DBL,101,Old Guest,\n";

/// A hotel whose files come again and again.
struct Files<'a> {
    db: &'a TestDb,
    app: App,
    came: usize,
}

impl<'a> Files<'a> {
    fn new(db: &'a TestDb) -> Self {
        Self {
            db,
            app: hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default()),
            came: 0,
        }
    }

    /// Imports a file of the old guest and these rows.
    async fn come(&mut self, rows: &str) -> ImportReport {
        self.came += 1;
        self.again(self.came, rows).await
    }

    /// Imports the file that came as the `nth`.
    async fn again(&self, nth: usize, rows: &str) -> ImportReport {
        let path = file(self.db, &format!("export{nth}.csv"), &format!("{HEADER}{OLD}{rows}"));
        let import = Import {
            path,
            name: None,
            map: Map::parse(MAP).unwrap(),
            people: PeopleFrom::Nowhere,
            batch: 500,
        };
        let stop = |_: &ImportReport, _| ControlFlow::Continue(());
        import.run(&self.app, Context::job("import"), stop).await.unwrap().report
    }

    /// The three-part record.
    async fn visit(&self, number: &str) -> Value {
        let show = ShowRecord { number: number.into(), property: Some("MINI".into()) };
        let json = self.app.ask(&Context::job("desk"), show).await.unwrap().json;
        serde_json::from_slice(&json).unwrap()
    }

    async fn work(&self, number: &str, action: impl VisitAction) {
        let command = OnVisit { number: number.into(), if_match: None, if_revision: None, action };
        self.app.execute(Context::job("desk"), command).await.unwrap();
    }

    /// The code of the refusal of an action.
    async fn refused(&self, number: &str, action: impl VisitAction) -> &'static str {
        let command = OnVisit { number: number.into(), if_match: None, if_revision: None, action };
        self.app.execute(Context::job("desk"), command).await.unwrap_err().code()
    }
}

/// Imported, already there, updated, differing, quarantined.
fn counts(report: &ImportReport) -> [i64; 5] {
    let r = report;
    assert_eq!(r.rows, r.imported + r.already_there + r.updated + r.differs + r.quarantined_total);
    [r.imported, r.already_there, r.updated, r.differs, r.quarantined_total]
}

fn id<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// The versions of the visit's record and where they stand.
fn states(view: &Value) -> Value {
    list(&view["sources"]).map(|source| json!([source["version"], source["state"]])).collect()
}

fn actions(view: &Value) -> Vec<&str> {
    let mut actions: Vec<&str> =
        list(&view["journal"]).map(|entry| entry["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    actions
}

/// Open differences: field, what the source says, what the visit says.
fn open(view: &Value) -> Value {
    let is_open = |difference: &&Value| difference["state"] == "open";
    let shown = |d: &Value| json!([d["field"], d["source_says"], d["visit_says"]]);
    list(&view["differences"]).filter(is_open).map(shown).collect()
}

const RESERVED: &str = "B1,R,2027-12-01,2027-12-03,2,300,DBL,,Test One,\n";
const CANCELLED: &str = "B1,C,2027-12-01,2027-12-03,2,350,DBL,,Test One,\n";

/// How many rooms of any type are sold on a night, at most.
async fn sold(app: &App, night: &str) -> i64 {
    sold_by_type(app, night).await.into_values().max().unwrap_or(0)
}

/// How many rooms of each type are sold on a night.
async fn sold_by_type(app: &App, night: &str) -> BTreeMap<String, i64> {
    let mut c = app.store().read().await.unwrap();
    let property = query::property::by_code(&mut c, "MINI").await.unwrap().unwrap();
    let night: NaiveDate = night.parse().unwrap();
    let rows = query::inventory::sold(&mut c, property.id, night, night + Days::new(1)).await.unwrap();
    let types = query::property::room_types(&mut c, property.id).await.unwrap();
    let code = |id| types.iter().find(|kind| kind.id == id).unwrap().code.clone();
    rows.iter()
        .filter(|row| row.part == RoomPart::Night)
        .map(|row| (code(row.room_type_id), row.sold))
        .collect()
}

both_engines! {
    async fn several_guests_by_the_hour_had_one_room_on_one_day(db: TestDb) {
        let mut files = Files::new(&db);
        let gone = "B1,O,2026-09-01,2026-09-01,1,120,DBL,101,Test One,\nB2,O,2026-09-01,2026-09-01,1,120,DBL,101,Test Two,\n";
        // Who is here has the room of the day; who is to come needs another one: the source says no hours.
        let here = "B3,I,2026-10-03,2026-10-03,1,120,DBL,101,Test Three,\n";
        let rows = format!("{gone}{here}B4,O,2026-01-01,2026-01-02,1,300,DBL,102,Old Two,\nB5,R,2026-10-03,2026-10-03,1,120,DBL,,Test Five,\n");
        assert_eq!(counts(&files.come(&rows).await), [6, 0, 0, 0, 0]);
        let day = async |files: &Files<'_>| {
            let mut c = files.app.store().read().await.unwrap();
            let property = query::property::by_code(&mut c, "MINI").await.unwrap().unwrap();
            let date: NaiveDate = "2026-10-03".parse().unwrap();
            let sold = query::inventory::sold(&mut c, property.id, date, date + Days::new(1)).await.unwrap();
            let held = query::property::holders(&mut c, property.id, date, date + Days::new(1)).await.unwrap();
            let sold: i64 = sold.iter().filter(|row| row.part == RoomPart::Day).map(|row| row.sold).sum();
            (sold, held.iter().filter(|part| part.is_by_the_hour()).count())
        };
        assert_eq!(day(&files).await, (2, 1));
        // The guest has left: another one has the room on the same day.
        let left = here.replace(",I,", ",O,");
        let next = "B6,I,2026-10-03,2026-10-03,1,120,DBL,101,Test Six,\n";
        let rows = rows.replace(here, &left) + next;
        assert_eq!(counts(&files.come(&rows).await), [1, 5, 1, 0, 0]);
        assert_eq!(day(&files).await, (2, 1));
        is_as_journalled(&files.app, (30, 6)).await;
    }

    async fn a_booking_that_was_cancelled_since_is_cancelled_here(db: TestDb) {
        let mut files = Files::new(&db);
        assert_eq!(counts(&files.come(RESERVED).await), [2, 0, 0, 0, 0]);
        assert_eq!(sold(&files.app, "2027-12-01").await, 1);
        assert_eq!(counts(&files.come(CANCELLED).await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        let booking = &view["booking"];
        assert_eq!(booking["reservation"]["state"], "cancelled");
        assert_eq!(booking["rooms"][0]["prices"], json!([350_00, 350_00]));
        assert_eq!(states(&view), json!([[1, "superseded"], [2, "linked"]]));
        assert!(list(&view["sources"]).all(|source| source["system"] == "mini" && source["kind"] == "booking"));
        assert_eq!(booking["source"], json!({ "system": "mini", "external_id": "B1", "version": 2 }));
        assert_eq!(actions(&view), ["import.booking", "import.update"]);
        assert_eq!((open(&view), list(&booking["versions"]).count()), (json!([]), 1));
        assert_eq!(sold(&files.app, "2027-12-01").await, 0);
        // Nobody said when it was booked.
        assert_eq!(booking["reservation"]["booked_at"], Value::Null);

        // It comes back, a night longer and of another guest.
        let back = "B1,R,2027-12-01,2027-12-04,1,280,DBL,,Test Two,13512340002\n";
        assert_eq!(counts(&files.come(back).await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        let reservation = &view["booking"]["reservation"];
        assert_eq!((&reservation["state"], &reservation["departure"]), (&json!("reserved"), &json!("2027-12-04")));
        assert_eq!(view["booking"]["rooms"][0]["prices"], json!([280_00, 280_00, 280_00]));
        assert_eq!((sold(&files.app, "2027-12-01").await, sold(&files.app, "2027-12-03").await), (1, 1));
        let mut c = db.store.read().await.unwrap();
        let guest: GuestId = id(&view["guest"]["id"]);
        let guest = query::guest::find(&mut c, db.store.vault(), guest).await.unwrap().unwrap();
        assert_eq!(guest.profile.full_name, "Test Two");
        drop(c);
        is_as_journalled(&files.app, (30, 6)).await;
    }

    async fn the_same_file_three_times_is_there_already(db: TestDb) {
        let mut files = Files::new(&db);
        assert_eq!(counts(&files.come(RESERVED).await), [2, 0, 0, 0, 0]);
        for _ in 0..2 {
            assert_eq!(counts(&files.again(1, RESERVED).await), [0, 2, 0, 0, 0]);
        }
        // Under another name, and with a line more.
        let more = format!("{RESERVED}B2,C,2027-12-01,2027-12-03,2,300,DBL,,Test Three,\n");
        assert_eq!(counts(&files.come(&more).await), [1, 2, 0, 0, 0]);
        assert_eq!(states(&files.visit("B1").await), json!([[1, "linked"]]));
        // The first comes again after the others: what it says is looked at once more.
        assert_eq!(counts(&files.come(&more.replace("B1,R", "B1,C")).await), [0, 2, 1, 0, 0]);
        assert_eq!(counts(&files.again(1, RESERVED).await), [0, 1, 1, 0, 0]);
        assert_eq!(files.visit("B1").await["booking"]["reservation"]["state"], "reserved");
        is_as_journalled(&files.app, (30, 6)).await;
    }

    async fn what_was_worked_on_here_stays_and_the_difference_is_kept(db: TestDb) {
        let mut files = Files::new(&db);
        files.come(RESERVED).await;
        files.work("B1", ChangeReservation { segment: Some("vip".into()), ..ChangeReservation::default() }).await;
        assert_eq!(counts(&files.come(CANCELLED).await), [0, 1, 0, 1, 0]);
        let view = files.visit("B1").await;
        assert_eq!(view["booking"]["reservation"]["state"], "reserved");
        assert_eq!(view["booking"]["rooms"][0]["prices"], json!([300_00, 300_00]));
        assert_eq!(open(&view), json!([["status", "cancelled", "reserved"], ["rate", "35000 CNY", "30000 CNY"]]));
        assert_eq!(states(&view), json!([[1, "linked"], [2, "differs"]]));
        assert_eq!(view["booking"]["source"]["version"], 1);
        assert_eq!(actions(&view), ["import.booking", "import.differ", "reservation.change"]);
        // The same again is nothing new.
        let more = format!("{CANCELLED}B3,C,2027-12-01,2027-12-03,2,300,DBL,,Test Four,\n");
        assert_eq!(counts(&files.come(&more).await), [1, 2, 0, 0, 0]);
        // Another rate: of the two differences one is another, one stays.
        assert_eq!(counts(&files.come(&CANCELLED.replace("350", "400")).await), [0, 1, 0, 1, 0]);
        let view = files.visit("B1").await;
        assert_eq!(open(&view), json!([["status", "cancelled", "reserved"], ["rate", "40000 CNY", "30000 CNY"]]));
        assert_eq!(list(&view["differences"]).count(), 3);
        // The desk cancels it, and the source says the first rate again: they agree.
        files.work("B1", Cancel::default()).await;
        assert_eq!(counts(&files.come(&CANCELLED.replace("350", "300")).await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        assert_eq!(open(&view), json!([]));
        let states = states(&view);
        assert_eq!(states, json!([[1, "superseded"], [2, "superseded"], [3, "superseded"], [4, "linked"]]));
        is_as_journalled(&files.app, (30, 8)).await;
    }

    async fn a_guest_in_house_whom_the_source_checked_out_has_left(db: TestDb) {
        let mut files = Files::new(&db);
        let here = "B1,I,2026-10-01,2026-10-05,1,300,DBL,101,Test One,\n";
        files.come(here).await;
        let view = files.visit("B1").await;
        assert_eq!((&view["stay"][0]["state"], &view["consumption"]["balance"]), (&json!("in_house"), &json!(600_00)));
        assert_eq!(view["stay"][0]["derived"], json!(["checked_in_at"]));
        assert_eq!(sold(&files.app, "2026-10-03").await, 1);

        let left = "B1,O,2026-10-01,2026-10-04,1,310,DBL,101,Test One,\n";
        assert_eq!(counts(&files.come(left).await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        let (stay, bill) = (&view["stay"][0], &view["consumption"]);
        assert_eq!((&stay["state"], &stay["departure"]), (&json!("checked_out"), &json!("2026-10-04")));
        assert_eq!(bill["folios"][0]["state"], "reported");
        // Three nights at 310, two at 300 reversed; nothing is owed and nothing was paid that anybody reported.
        let sums = ["charged", "paid", "balance", "settled_elsewhere"].map(|sum| bill[sum].as_i64().unwrap());
        assert_eq!(sums, [930_00, 0, 0, 930_00]);
        assert!(list(&bill["postings"]).all(|line| line["origin"] == "derived" && line["code"] == "ROOM"));
        assert_eq!(sold(&files.app, "2026-10-03").await, 0);
        assert_eq!((&stay["source"]["version"], &bill["source"]["version"]), (&json!(2), &json!(2)));
        // The room is free for the next, not before.
        let next = format!("{left}B2,I,2026-10-04,2026-10-06,1,300,DBL,101,Test Two,\n");
        assert_eq!(counts(&files.come(&next.replace("2026-10-04,2026-10-06", "2026-10-03,2026-10-06")).await), [0, 2, 0, 0, 1]);
        assert_eq!(counts(&files.come(&next).await), [1, 2, 0, 0, 0]);
        // The source takes the whole stay back.
        assert_eq!(counts(&files.come("B1,N,2026-10-01,2026-10-04,1,310,DBL,,Test One,\n").await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        assert_eq!(view["booking"]["reservation"]["state"], "no_show");
        assert_eq!(view["stay"][0]["state"], "undone");
        assert_eq!((&view["consumption"]["charged"], &view["consumption"]["balance"]), (&json!(0), &json!(0)));
        is_as_journalled(&files.app, (40, 8)).await;
    }

    async fn a_guest_in_house_is_counted_in_the_type_of_the_room(db: TestDb) {
        let mut files = Files::new(&db);
        // The suite is sold to somebody who comes; a guest who booked a double lives in it.
        let rows = "B7,O,2026-01-01,2026-01-03,2,300,STE,201,Old Two,\nB8,R,2026-10-04,2026-10-06,2,800,STE,,Test Two,\n";
        let here = "B1,I,2026-10-02,2026-10-05,1,300,DBL,201,Test One,\n";
        assert_eq!(counts(&files.come(&format!("{rows}{here}")).await), [4, 0, 0, 0, 0]);
        let suites = async |app: &App| {
            let on = ["2026-10-03", "2026-10-04", "2026-10-05"];
            let mut sold = Vec::new();
            for night in on {
                let by_type = sold_by_type(app, night).await;
                sold.push((by_type.get("STE").copied().unwrap_or(0), by_type.get("DBL").copied().unwrap_or(0)));
            }
            sold
        };
        assert_eq!(suites(&files.app).await, [(1, 0), (2, 0), (1, 0)]);
        let view = files.visit("B1").await;
        let room = &view["booking"]["rooms"][0];
        assert_eq!((&room["room_type"], &room["counted_as"]), (&json!("DBL"), &json!("STE")));
        assert_eq!(room["terms"], json!({ "plan": "HIST", "kind": "nightly", "derived": true }));
        // The source says that he has left.
        files.come(&format!("{rows}{}", here.replace(",I,", ",O,").replace("10-05", "10-03"))).await;
        assert_eq!(suites(&files.app).await, [(0, 0), (1, 0), (1, 0)]);
        // Or moves him to the double.
        let mut files = Files { came: 10, ..files };
        let there = "B2,I,2026-10-02,2026-10-05,1,300,STE,101,Test Three,\n";
        files.come(&format!("{rows}{there}")).await;
        assert_eq!(suites(&files.app).await, [(0, 1), (1, 1), (1, 0)]);
    }

    async fn a_reserved_booking_that_stayed_since_has_its_stay(db: TestDb) {
        let mut files = Files::new(&db);
        files.come("B1,R,2026-10-03,2026-10-05,1,300,DBL,,Test One,\n").await;
        assert_eq!(counts(&files.come("B1,I,2026-10-03,2026-10-05,1,300,DBL,,Test One,\n").await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        let stay = &view["stay"][0];
        assert_eq!((&stay["state"], &stay["room_number"]), (&json!("in_house"), &json!("101")));
        assert_eq!(stay["derived"], json!(["checked_in_at", "room"]));
        assert_eq!(sold(&files.app, "2026-10-04").await, 1);
        // It is checked out here like any other.
        files.work("B1", CheckOut { allow_balance: true, ..CheckOut::default() }).await;
        assert_eq!(files.visit("B1").await["consumption"]["folios"][0]["state"], "open");
        is_as_journalled(&files.app, (30, 6)).await;
    }

    async fn the_bill_of_a_guest_who_left_is_corrected_here(db: TestDb) {
        let mut files = Files::new(&db);
        files.come("B1,O,2026-09-01,2026-09-02,1,300,DBL,,Test One,\n").await;
        let sums = |view: &Value| ["balance", "settled_elsewhere", "paid"].map(|sum| view["consumption"][sum].as_i64().unwrap());
        assert_eq!(sums(&files.visit("B1").await), [0, 300_00, 0]);
        let charge = json!({ "code": "FB", "amount": 50_00 });
        files.work("B1", serde_json::from_value::<PostCharge>(charge).unwrap()).await;
        let view = files.visit("B1").await;
        // With its tax.
        assert_eq!(sums(&view), [53_00, 300_00, 0]);
        // Neither what that system charged nor what came to its window is shared with another.
        for line in list(&view["consumption"]["postings"]).filter(|line| line["kind"] == "revenue") {
            let (posting_id, total) = (id(&line["id"]), Some(10_00));
            let split = SplitCharge { posting_id, to_window: 2, total, share: None, preview: false };
            assert_eq!(files.refused("B1", split).await, "wrong_state", "{line}");
        }
        // The night is taken back: it was owed to nobody here, and so is what takes it back.
        let night = list(&view["consumption"]["postings"]).find(|line| line["origin"] == "derived").unwrap();
        files.work("B1", ReversePosting { posting_id: id(&night["id"]), reason: None }).await;
        assert_eq!(sums(&files.visit("B1").await), [53_00, 0, 0]);
        is_as_journalled(&files.app, (20, 4)).await;
    }

    async fn a_record_is_sealed_and_its_guests_key_opens_it(db: TestDb) {
        let mut files = Files::new(&db);
        files.come("B1,R,2027-12-01,2027-12-03,2,300,DBL,,Test One,13512340001\n").await;
        let mut c = db.store.read().await.unwrap();
        let alias = query::visit::by_number(&mut c, "B1").await.unwrap().remove(0);
        let (property, visit) = (alias.property_id, alias.visit_id);
        let reservation = query::visit::reservation(&mut c, property, visit).await.unwrap().unwrap();
        let record = query::source::of_visit(&mut c, property, visit).await.unwrap().remove(0);
        let text = query::source::open(&mut c, db.store.vault(), &record).await.unwrap().unwrap();
        let text: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(text["received"], json!(["B1", "R", "2027-12-01", "2027-12-03", "2", "300", "DBL", "", "Test One", "13512340001"]));
        assert_eq!(text["claim"]["status"], "reserved");
        let columns = query::source::columns(&mut c, record.run_id.unwrap()).await.unwrap().unwrap();
        assert_eq!(columns, json!(HEADER.trim().split(',').collect::<Vec<_>>()).to_string());
        assert_eq!(record.owner, hefu_kernel::Id::uuid(reservation.guest_id));
        drop(c);
        // Whose key is destroyed, their records are nobody's to read, and nothing comes back with the next file.
        db.tamper("DELETE FROM keys.data_key WHERE owner IN (SELECT owner FROM source_record WHERE external_id = 'B1')").await;
        db.store.vault().forget(record.owner);
        let mut files = Files { came: 1, ..Files::new(&db) };
        let mut c = db.store.read().await.unwrap();
        assert_eq!(query::source::open(&mut c, db.store.vault(), &record).await.unwrap(), None);
        drop(c);
        assert_eq!(counts(&files.come(CANCELLED).await), [0, 2, 0, 0, 0]);
    }

    async fn two_rows_of_one_number_are_rooms_of_one_booking_or_no_versions(db: TestDb) {
        let mut files = Files::new(&db);
        let one = "B1,O,2026-01-01,2026-01-03,2,300,DBL,102,Test One,\n";
        let two = "B1,O,2026-01-01,2026-01-03,2,500,SUI,201,Test One,\n";
        // The same room told again, in other words, and the first row once more.
        let again = "B1,C,2026-01-01,2026-01-03,2,700,DBL,102,Test One,\n";
        let report = files.come(&format!("{one}{two}{again}{one}")).await;
        assert_eq!(counts(&report), [3, 1, 0, 0, 1]);
        assert_eq!(report.quarantined["same_key"], 1);
        assert_eq!((report.imported_room_nights, report.imported_room_revenue_minor), (2 + 4, 600_00 + 1_600_00));
        let view = files.visit("B1").await;
        assert_eq!((list(&view["booking"]["rooms"]).count(), list(&view["stay"]).count()), (2, 2));
        assert_eq!(view["consumption"]["charged"], json!(1_600_00));
        // One of the rooms costs less now.
        assert_eq!(counts(&files.come(&format!("{one}{}", two.replace("500", "450"))).await), [0, 1, 2, 0, 0]);
        let view = files.visit("B1").await;
        assert_eq!(view["consumption"]["charged"], json!(1_500_00));
        assert_eq!(view["booking"]["rooms"][1]["prices"], json!([450_00, 450_00]));
        // And then it is not there any more.
        assert_eq!(counts(&files.come(one).await), [0, 1, 1, 0, 0]);
        let view = files.visit("B1").await;
        assert_eq!(view["consumption"]["charged"], json!(600_00));
        assert_eq!(view["booking"]["rooms"][1]["state"], "cancelled");
        is_as_journalled(&files.app, (30, 6)).await;
    }
}
