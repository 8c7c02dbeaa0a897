//! The small files of `tests/cases`, each of which was once read wrongly, and the right values.

use std::{ops::ControlFlow, path::PathBuf};

use hefu_app::{
    App, Context,
    control::{
        refresh::{Period, RefreshFindings},
        show::{ListFindings, Wanted},
    },
    import::ImportReport,
    people::profile::GuestInput,
    record::ShowRecord,
    search::SearchQuery,
};
use hefu_domain::guest::Profile;
use hefu_exchange::{
    import::{Import, Imported, PeopleFrom, export_quarantine},
    source::{Hints, Map, guess},
};
use hefu_store::query;
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use serde_json::{Value, json};

use super::{file, is_as_journalled};

fn case(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)
}

fn map_of(name: &str) -> String {
    std::fs::read_to_string(case(name)).unwrap()
}

/// A property that files come to.
struct House<'a> {
    db: &'a TestDb,
    app: App,
}

impl<'a> House<'a> {
    fn new(db: &'a TestDb) -> Self {
        Self { db, app: hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default()) }
    }

    async fn come(&self, map: &str, path: PathBuf) -> Imported {
        let import = Import {
            path,
            name: None,
            map: Map::parse(map).unwrap(),
            people: PeopleFrom::Nowhere,
            batch: 500,
        };
        import
            .run(&self.app, Context::job("import"), |_: &ImportReport, _| ControlFlow::Continue(()))
            .await
            .unwrap()
    }

    /// A case with a map of the cases.
    async fn case(&self, name: &str, map: &str) -> ImportReport {
        self.come(&map_of(map), case(name)).await.report
    }

    async fn text(&self, map: &str, name: &str, text: &str) -> Imported {
        self.come(map, file(self.db, name, text)).await
    }

    async fn visit(&self, number: &str) -> Value {
        let show = ShowRecord { number: number.into(), property: Some("MINI".into()) };
        let json = self.app.ask(&Context::job("desk"), show).await.unwrap().json;
        serde_json::from_slice(&json).unwrap()
    }

    /// The guest who booked.
    async fn booker(&self, number: &str) -> Profile {
        let mut c = self.db.store.read().await.unwrap();
        let alias = query::visit::by_number(&mut c, number).await.unwrap().remove(0);
        let reservation =
            query::visit::reservation(&mut c, alias.property_id, alias.visit_id).await.unwrap().unwrap();
        query::guest::find(&mut c, self.db.store.vault(), reservation.guest_id)
            .await
            .unwrap()
            .unwrap()
            .profile
    }

    /// The numbers of the visits found, without the dashes that they are shown with.
    async fn found(&self, q: &str) -> Vec<String> {
        let search = SearchQuery { q: q.into(), limit: 20, ..SearchQuery::default() };
        let found = self.app.search(&search).await.unwrap();
        found.visits.into_iter().map(|hit| hit.number.replace('-', "")).collect()
    }
}

impl House<'_> {
    async fn found_guests(&self, q: &str) -> usize {
        let search = SearchQuery { q: q.into(), limit: 20, ..SearchQuery::default() };
        self.app.search(&search).await.unwrap().guests.len()
    }
}

fn noted(report: &ImportReport, reason: &str) -> i64 {
    report
        .explained
        .iter()
        .find(|explained| explained.reason == reason)
        .map_or(0, |explained| explained.tally.rows)
}

both_engines! {
    async fn a_room_that_is_called_by_its_type_is_no_room_number(db: TestDb) {
        let house = House::new(&db);
        let text = "Ref,Guest,Check-in,Check-out,Room,Total price\nR1,Test One,2026-01-01,2026-01-03,Deluxe Twin,300\nR2,Test Two,2026-01-01,2026-01-02,Deluxe Twin,150\nR3,Test Three,2026-01-01,2026-01-02,Standard,90\n";
        let path = file(&db, "inn.csv", text);
        let hints = Hints { property: Some("MINI".into()), time_zone: Some("Europe/Paris".into()), currency: Some("EUR".into()) };
        let done = house.come(&guess(&path, &hints).unwrap().text, path).await;
        assert_eq!((done.report.imported, done.report.quarantined_total), (3, 0));
        for (number, kind) in [("R1", "Deluxe Twin"), ("R2", "Deluxe Twin"), ("R3", "Standard")] {
            let view = house.visit(number).await;
            assert_eq!(view["booking"]["rooms"][0]["room_type"], kind);
            assert_ne!(view["stay"][0]["room_number"], kind);
        }
        is_as_journalled(&house.app, (20, 4)).await;
    }

    async fn phones_belong_to_the_country_of_the_property(db: TestDb) {
        let house = House::new(&db);
        for (zone, number, phone) in [
            ("America/New_York", "P1", "+12125551234"),
            ("America/Toronto", "P2", "+14382755304"),
            ("Asia/Manila", "P3", "+639173456789"),
            ("America/Sao_Paulo", "P4", "+5524999352424"),
            ("Europe/Paris", "P5", "+33612345678"),
        ] {
            let code = format!("H{number}");
            let map = map_of("map.toml").replace("Asia/Shanghai", zone).replace("MINI", &code).replace("\"mini\"", &format!("\"{code}\""));
            assert_eq!(house.come(&map, case("01_phone_region.csv")).await.report.imported, 5);
            let mut c = db.store.read().await.unwrap();
            let property = query::property::by_code(&mut c, &code).await.unwrap().unwrap();
            let alias = query::visit::by_number(&mut c, number).await.unwrap().into_iter().find(|alias| alias.property_id == property.id).unwrap();
            let reservation = query::visit::reservation(&mut c, property.id, alias.visit_id).await.unwrap().unwrap();
            let guest = query::guest::find(&mut c, db.store.vault(), reservation.guest_id).await.unwrap().unwrap();
            assert!(guest.profile.phones.contains(&phone.to_owned()), "{zone}: {:?}", guest.profile.phones);
        }
        // The map's region, which the zone does not say; and no hint at all.
        let map = map_of("map.toml").replace("time_zone = \"Asia/Shanghai\"", "time_zone = \"UTC\"\nregion = \"FR\"").replace("MINI", "FR").replace("\"mini\"", "\"fr\"");
        house.come(&map, case("01_phone_region.csv")).await;
        let other = House::new(&db);
        let map = map_of("map.toml").replace("time_zone = \"Asia/Shanghai\"", "").replace("MINI", "NONE").replace("\"mini\"", "\"none\"");
        let report = other.come(&map, case("01_phone_region.csv")).await.report;
        assert_eq!((report.imported, noted(&report, "kept_phone")), (5, 5));
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "NONE").await.unwrap().unwrap();
        let alias = query::visit::by_number(&mut c, "P3").await.unwrap().into_iter().find(|alias| alias.property_id == property.id).unwrap();
        let reservation = query::visit::reservation(&mut c, property.id, alias.visit_id).await.unwrap().unwrap();
        let guest = query::guest::find(&mut c, db.store.vault(), reservation.guest_id).await.unwrap().unwrap();
        assert_eq!(guest.profile.phones.iter().filter(|phone| phone.starts_with("+86")).count(), 0, "{:?}", guest.profile.phones);
        drop(c);
        is_as_journalled(&house.app, (40, 8)).await;
    }

    async fn numbers_that_differ_in_a_dash_are_different(db: TestDb) {
        let house = House::new(&db);
        assert_eq!(house.case("02_key_collapse.csv", "map.toml").await.imported, 3);
        for (number, name) in [("12-3", "Anna Alpha"), ("1-23", "Bert Beta"), ("123", "Cora Gamma")] {
            assert_eq!(house.visit(number).await["booking"]["source"]["external_id"], json!(number));
            assert_eq!(house.booker(number).await.full_name, name);
        }
        // The same file again, with a row more.
        let again = std::fs::read_to_string(case("02_key_collapse.csv")).unwrap() + "9-9 9,O,2026-01-01,2026-01-03,2,300,DBL,,Dora Delta,,,,\n";
        let report = house.text(&map_of("map.toml"), "again.csv", &again).await.report;
        assert_eq!((report.imported, report.already_there), (1, 3));
        // Typed without what stands between.
        assert_eq!(house.visit("999").await["booking"]["source"]["external_id"], json!("9-9 9"));
        is_as_journalled(&house.app, (30, 6)).await;
    }

    async fn two_rows_of_a_number_are_two_rooms_of_a_booking(db: TestDb) {
        let house = House::new(&db);
        let report = house.case("03_same_key_two_rooms.csv", "map.toml").await;
        assert_eq!((report.imported, report.quarantined_total, report.imported_room_revenue_minor), (2, 0, 1_600_00));
        let view = house.visit("B1").await;
        let rooms: Vec<&Value> = view["stay"].as_array().unwrap().iter().map(|stay| &stay["room_number"]).collect();
        assert_eq!(rooms, ["101", "201"]);
        let prices: Vec<&Value> = view["booking"]["rooms"].as_array().unwrap().iter().map(|room| &room["prices"]).collect();
        assert_eq!(prices, [&json!([300_00, 300_00]), &json!([500_00, 500_00])]);
        is_as_journalled(&house.app, (15, 3)).await;
    }

    async fn a_booking_that_was_cancelled_since_is_cancelled(db: TestDb) {
        let house = House::new(&db);
        house.case("04_reexport_a.csv", "map.toml").await;
        assert_eq!(house.case("04_reexport_b.csv", "map.toml").await.updated, 1);
        let view = house.visit("B1").await;
        assert_eq!(view["booking"]["reservation"]["state"], "cancelled");
        assert_eq!(view["booking"]["rooms"][0]["prices"], json!([350_00, 350_00]));
        assert_eq!(view["sources"].as_array().unwrap().len(), 2);
    }

    async fn part_day_use_is_charged(db: TestDb) {
        let house = House::new(&db);
        let report = house.case("06_dayuse.csv", "map.toml").await;
        assert_eq!((report.imported, report.imported_room_revenue_minor), (1, 128_00));
        let view = house.visit("H1").await;
        assert_eq!(view["consumption"]["charged"], json!(128_00));
        assert_eq!(view["consumption"]["postings"][0]["code"], "DAYUSE");
        is_as_journalled(&house.app, (10, 2)).await;
    }

    async fn a_currency_is_one_of_iso_4217_or_a_usual_word_for_it(db: TestDb) {
        let house = House::new(&db);
        let report = house.case("07_rmb.csv", "07_rmb.toml").await;
        assert_eq!((report.imported, report.currency.as_deref()), (1, Some("CNY")));
        let map = map_of("07_rmb.toml").replace("RMB", "XXQ").replace("\"mini\"", "\"xxq\"");
        let refused = Map::parse(&map).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refused.contains("fields.currency: `XXQ` is no currency"), "{refused}");
        let map = map.replace("{ value = \"XXQ\" }", "{ column = \"cur\" }");
        let lines = std::fs::read_to_string(case("07_rmb.csv")).unwrap();
        let text: String =
            lines.lines().zip(["cur", "XXQ"]).map(|(line, cell)| format!("{line},{cell}\n")).collect();
        let report = house.text(&map, "xxq.csv", &text).await.report;
        assert_eq!((report.imported, report.quarantined["unknown_value"]), (0, 1));
    }

    async fn a_word_for_no_name_is_nobodys_name(db: TestDb) {
        let house = House::new(&db);
        let lines = std::fs::read_to_string(case("07_rmb.csv")).unwrap();
        let text = lines.replace("Test One", "N/A");
        assert_ne!(text, lines);
        let report = house.text(&map_of("map.toml"), "nobody.csv", &text).await.report;
        assert_eq!((report.imported, noted(&report, "dropped_full_name")), (1, 1));
        assert_eq!(house.found("N/A").await, Vec::<String>::new());
    }

    async fn hyphens_join_family_names(db: TestDb) {
        let house = House::new(&db);
        let people = [
            ("John Smith-Jones", "Smith-Jones", "John"),
            ("Anna-Lena Müller-Lüdenscheidt", "Müller-Lüdenscheidt", "Anna-Lena"),
            ("Jean-Luc Smith", "Smith", "Jean-Luc"),
            ("Siobhán O'Neill", "O'Neill", "Siobhán"),
            ("Ewan MacGregor", "MacGregor", "Ewan"),
        ];
        let header = "no,status,in,out,adults,rate,type,room,name,phone,email,birth,doc\n";
        let row = |(i, (name, ..)): (usize, &(&str, &str, &str))| format!("H{i},O,2026-01-01,2026-01-03,2,300,DBL,,{name},,,,\n");
        let rows: String = people.iter().enumerate().map(row).collect();
        assert_eq!(house.text(&map_of("map.toml"), "hyphens.csv", &format!("{header}{rows}")).await.report.imported, 5);
        for (i, (name, surname, given)) in people.iter().enumerate() {
            let profile = house.booker(&format!("H{i}")).await;
            assert_eq!((profile.surname.as_deref(), profile.given_name.as_deref()), (Some(*surname), Some(*given)), "{name}");
        }
    }

    async fn cells_hold_several_rooms_guests_and_phones(db: TestDb) {
        let house = House::new(&db);
        assert_eq!(house.case("09_cells.csv", "map.toml").await.imported, 2);
        let view = house.visit("B1").await;
        let rooms: Vec<&Value> = view["stay"].as_array().unwrap().iter().map(|stay| &stay["room_number"]).collect();
        assert_eq!(rooms, ["101", "102"]);
        assert_eq!(view["booking"]["reservation"]["adults"], json!(4));
        let number = view["booking"]["reservation"]["number"].as_str().unwrap().to_owned();
        for name in ["张三丰", "李四光"] {
            assert_eq!(house.found(name).await, std::slice::from_ref(&number), "{name}");
        }
        assert_eq!(house.booker("B2").await.phones, ["+8613812345678", "+8613912345678"]);
        is_as_journalled(&house.app, (20, 4)).await;
    }

    async fn a_new_property_has_the_rooms_it_needs(db: TestDb) {
        let text = std::fs::read_to_string(case("10_future_empty_house.csv")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let house = House::new(&db);
        assert_eq!(house.case("10_future_empty_house.csv", "map.toml").await.imported, 2);
        // In the other order, and with three more who come together.
        let more: Vec<String> = (2..=4).map(|at| lines[1].replace("F1", &format!("F{at}")).replace("Test One", &format!("Test Guest {at}"))).collect();
        let turned = format!("{}\n{}\n{}\n{}\n", lines[0], lines[2], lines[1], more.join("\n"));
        let map = map_of("map.toml").replace("MINI", "OTHER").replace("\"mini\"", "\"other\"");
        let report = house.text(&map, "turned.csv", &turned).await.report;
        assert_eq!((report.imported, report.quarantined_total), (5, 0));
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "OTHER").await.unwrap().unwrap();
        let mut rooms: Vec<String> = query::property::rooms(&mut c, property.id).await.unwrap().into_iter().map(|room| room.number).collect();
        rooms.sort_unstable();
        assert_eq!(rooms, ["201", "DBL001", "DBL002", "DBL003", "DBL004"]);
        drop(c);
        is_as_journalled(&house.app, (30, 6)).await;
    }

    async fn a_guest_is_found_by_a_part_and_by_the_beginning_of_a_name_at_any_time(db: TestDb) {
        let house = House::new(&db);
        assert_eq!(house.case("14_search_prefix.csv", "map.toml").await.imported, 1);
        for day in [0, 400] {
            db.clock.advance(chrono::TimeDelta::days(day));
            for q in ["Testino", "Dom", "Domenic T", "testi", "DOMENIC TES", "Testino Domenic"] {
                assert_eq!(house.found_guests(q).await, 1, "{q}");
                assert_eq!(house.found(q).await.len(), 1, "{q}");
            }
            for nobody in ["Do", "Dominic Z", "Domenico", "Domenic Ra"] {
                assert_eq!(house.found_guests(nobody).await, 0, "{nobody}");
            }
        }
    }

    async fn a_bad_contact_costs_nobody_a_stay(db: TestDb) {
        let house = House::new(&db);
        let report = house.case("11_bad_contact_drops_stay.csv", "map.toml").await;
        assert_eq!((report.imported, report.quarantined_total), (5, 0));
        assert_eq!((noted(&report, "dropped_phone"), noted(&report, "repaired_phone")), (1, 1));
        assert_eq!((noted(&report, "dropped_birth"), noted(&report, "dropped_email")), (1, 1));
        assert_eq!(house.booker("P2").await.emails, ["x@y.com", "z@w.com"]);
        assert_eq!(house.booker("P3").await.phones, ["+8613812345678"]);
        assert_eq!(house.booker("P4").await.birth, None);
        // With the order of its dates it is a birth date.
        let map = map_of("map.toml").replace("birth = { column = \"birth\" }", "birth = { column = \"birth\", dates = \"day_first\" }");
        let map = map.replace("\"mini\"", "\"born\"").replace("MINI", "BORN");
        let report = house.come(&map, case("11_bad_contact_drops_stay.csv")).await.report;
        assert_eq!(noted(&report, "dropped_birth"), 0);
        is_as_journalled(&house.app, (30, 6)).await;
    }

    async fn a_quarantine_is_mended_whatever_the_encoding(db: TestDb) {
        let house = House::new(&db);
        let map = map_of("12_gbk_mend.toml");
        let done = house.come(&map, case("12_gbk_mend.csv")).await;
        assert_eq!(done.report.quarantined["not_a_number"], 1);
        let context = Context { reason: Some("mending".into()), ..Context::job("import") };
        let mut out = Vec::new();
        assert_eq!(export_quarantine(&house.app, context, done.run, &Map::parse(&map).unwrap(), &mut out).await.unwrap(), 1);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with('\u{feff}'), "spreadsheets know it by its mark");
        assert_eq!(text.lines().next().unwrap().trim_start_matches('\u{feff}'),
            "no,status,in,out,adults,rate,type,room,name,phone,email,birth,doc,hefu_row,hefu_field,hefu_reason,hefu_detail,hefu_received");
        let detail = "“rate”列的内容（1 个字）不是金额；请填如 1234.50 的数字。";
        assert!(text.lines().nth(1).unwrap().ends_with(&format!(",1,rate,not_a_number,{detail},x")), "{text}");
        let mended = text.replace(",2,x,", ",2,300,");
        // As spreadsheets save it: with its mark, without it, in the encoding of the system, with semicolons.
        let (gbk, _, _) = encoding_rs::GB18030.encode(mended.trim_start_matches('\u{feff}'));
        for (at, bytes) in [mended.as_bytes(), mended.trim_start_matches('\u{feff}').as_bytes(), &gbk, mended.replace(',', ";").as_bytes()].into_iter().enumerate() {
            let code = format!("M{at}");
            let map = map.replace("\"mini\"", &format!("\"{code}\"")).replace("MINI", &code).replace("[format]", "[format]\nskip_rows = 2");
            let path = file(&db, &format!("mended{at}.csv"), "");
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(house.come(&map, path).await.report.imported, 1, "{at}");
            assert_eq!(house.booker("A2").await.full_name, "乙丙");
        }
        is_as_journalled(&house.app, (20, 4)).await;
    }

    async fn a_row_without_a_number_is_known_by_what_it_says(db: TestDb) {
        let house = House::new(&db);
        let map = map_of("map.toml").replace("source_key = { column = \"no\" }", "");
        let head = "no,status,in,out,adults,rate,type,room,name,phone,email,birth,doc\n";
        let rows: Vec<String> = (1..=4).map(|day| format!(",O,2026-01-0{day},2026-01-0{},2,300,DBL,,Guest {day},,,,\n", day + 1)).collect();
        let twice = ",O,2026-01-01,2026-01-02,2,300,DBL,,Guest 1,,,,\n";
        let first = house.text(&map, "one.csv", &format!("{head}{}{twice}", rows.concat())).await.report;
        assert_eq!((first.imported, first.already_there), (5, 0));
        // A row more, at the beginning; and a rate that has changed.
        let more = ",O,2026-02-01,2026-02-02,2,300,DBL,,Guest 9,,,,\n";
        let second = house.text(&map, "two.csv", &format!("{head}{more}{}{twice}", rows.concat().replace("2026-01-05,2,300", "2026-01-05,2,310"))).await.report;
        assert_eq!((second.imported, second.already_there, second.updated), (1, 4, 1));
        is_as_journalled(&house.app, (30, 6)).await;
    }

    async fn a_number_of_any_length_costs_its_own_row_only(db: TestDb) {
        let house = House::new(&db);
        let head = "no,status,in,out,adults,rate,type,room,name,phone,email,birth,doc\n";
        let row = |number: String| format!("{number},O,2026-01-01,2026-01-03,2,300,DBL,,Test One,,,,\n");
        let rows = [row("7".repeat(200)), row("8".repeat(201)), row("9".repeat(100_000))];
        let report = house.text(&map_of("map.toml"), "long.csv", &format!("{head}{}", rows.concat())).await.report;
        assert_eq!((report.imported, report.quarantined_total), (1, 2));
        is_as_journalled(&house.app, (5, 2)).await;
    }

    async fn what_hotels_files_say(db: TestDb) {
        let house = House::new(&db);
        let map = r#"
name = "portal"
[format]
skip_rows = 2
[property]
value = "MINI"
time_zone = "Europe/Athens"
[fields]
source_key = { column = "REFERENCE" }
status = { column = "status", values = { "ok" = "by_dates", "cancel*" = "cancelled" } }
arrival = { column = "stay", split = " - ", part = 1 }
departure = { column = "stay", split = " - ", part = 2 }
adults = { value = 2 }
total = { column = 4 }
rooms = { column = "rooms" }
room_type_booked = { column = ["unit type", "room"] }
channel = { value = "Portal" }
[person]
full_name = { join = ["first", "last"] }
birth = { date_parts = ["y", "m", "d"] }
phone = { column = "tel" }
"#;
        let text = "Portal report\nfrom 1 to 31\nReference;Status;Stay;Price;Rooms;Room;First;Last;Y;M;D;Tel\n\
            R1;OK;03/05/2026 - 05/05/2026;\"€1.100,50\";2;Deluxe Double Room with Balcony and Sea View;Eleni;Testou;1980;5;17;694 123 4567\n\
            R2;Cancelled by guest;25/12/2027 - 28/12/2027;\"€ 300\";1;Studio;Nikos;Testos;;;;\n";
        let report = house.text(map, "portal.csv", text).await.report;
        assert_eq!((report.imported, report.currency.as_deref(), report.imported_room_revenue_minor, report.imported_room_nights), (2, Some("EUR"), 1_100_50, 4), "{report:?}");
        let view = house.visit("R1").await;
        let prices: Vec<&Value> = view["booking"]["rooms"].as_array().unwrap().iter().map(|room| &room["prices"]).collect();
        assert_eq!(prices, [&json!([275_13, 275_12]), &json!([275_13, 275_12])]);
        assert_eq!(view["consumption"]["charged"], json!(1_100_50));
        assert_eq!(view["booking"]["reservation"]["channel"], "portal");
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "MINI").await.unwrap().unwrap();
        let types = query::property::room_types(&mut c, property.id).await.unwrap();
        let long = types.iter().find(|kind| kind.name.starts_with("Deluxe")).unwrap();
        assert_eq!((long.name.as_str(), long.code.chars().count() <= 32), ("Deluxe Double Room with Balcony and Sea View", true));
        drop(c);
        let eleni = house.booker("R1").await;
        assert_eq!((eleni.full_name.as_str(), eleni.phones, eleni.birth), ("Eleni Testou", vec!["+306941234567".to_owned()], "1980-05-17".parse().ok()));
        assert_eq!(house.visit("R2").await["booking"]["reservation"]["state"], "cancelled");
        is_as_journalled(&house.app, (20, 4)).await;
    }
}

/// A property's files are not only found by the desk's own input.
#[test]
fn a_phone_as_typed_is_kept_in_the_input() {
    let input = GuestInput {
        full_name: "Test".into(),
        phones_as_typed: vec!["0917 345 6789".into()],
        ..GuestInput::default()
    };
    let profile = hefu_app::people::profile::normalise(&input).unwrap();
    assert_eq!(profile.phones, ["0917 345 6789"]);
}

both_engines! {
    async fn a_ghost_cell_costs_nothing(db: TestDb) {
        let house = House::new(&db);
        let map = map_of("map.toml");
        let report = house.come(&map, case("15_ghost_XFD.xlsx")).await.report;
        assert!(report.imported > 0 && report.quarantined_total == 0, "{report:?}");
    }

    async fn records_of_other_kinds_are_linked_in_any_order(db: TestDb) {
        let house = House::new(&db);
        let of = |kind: &str, fields: &str| {
            format!("name = \"mini\"\nkind = \"{kind}\"\n[property]\nvalue = \"MINI\"\ntime_zone = \"Asia/Shanghai\"\n[fields]\n{fields}")
        };
        let payments = of("payments", "source_key = { column = \"id\" }\nbooking = { column = \"no\" }\ndate = { column = \"day\" }\namount = { column = \"amount\" }\ncurrency = { value = \"CNY\" }\ncode = { column = \"how\" }");
        let paid = "id,no,day,amount,how\nZ1,12-3,2026-01-03,600.00,card\nZ2,none,2026-01-03,5,cash\nZ3,123,soon,5,cash\n";
        // Before the bookings: one waits, and so does one that belongs to nothing.
        let report = house.text(&payments, "payments.csv", paid).await.report;
        assert_eq!((report.imported, report.waiting, report.linked_since, report.quarantined_total), (2, 2, 0, 1));
        let waiting = house.app.ask(&Context::job("desk"), hefu_app::import::ListWaiting { limit: 10 }).await.unwrap();
        assert_eq!(waiting.iter().map(|record| record.external_id.as_str()).collect::<Vec<_>>(), ["Z1", "Z2"]);
        let report = house.case("02_key_collapse.csv", "map.toml").await;
        assert_eq!((report.imported, report.linked_since), (3, 1));
        let view = house.visit("12-3").await;
        let kinds: Vec<&Value> = view["sources"].as_array().unwrap().iter().map(|source| &source["kind"]).collect();
        assert_eq!(kinds, ["booking", "payment"]);
        let waiting = house.app.ask(&Context::job("desk"), hefu_app::import::ListWaiting { limit: 10 }).await.unwrap();
        assert_eq!(waiting.iter().map(|record| record.external_id.as_str()).collect::<Vec<_>>(), ["Z2"]);
        // The same again, and one of another amount.
        let again = house.text(&payments, "again.csv", &paid.replace("Z1,12-3,2026-01-03,600.00", "Z1,12-3,2026-01-03,610.00")).await.report;
        assert_eq!((again.imported, again.already_there, again.updated), (0, 1, 1));
        // Guests without bookings, and their points, by their number.
        let guests = of("guests", "currency = { value = \"CNY\" }\n[person]\nid = { column = \"no\" }\nfull_name = { column = \"name\" }\nphone = { column = \"phone\" }");
        let points = of("points", "source_key = { column = \"id\" }\nguest = { column = \"guest\" }\ndate = { column = \"day\" }\npoints = { column = \"points\" }");
        let report = house.text(&points, "points.csv", "id,guest,day,points\nQ1,G1,2026-01-03,120\nQ2,G1,2026-01-04,-20\n").await.report;
        assert_eq!((report.imported, report.waiting), (2, 2));
        let report = house.text(&guests, "guests.csv", "no,name,phone\nG1,王小明,13812340001\nG2,Erna Test,\n,,\n").await.report;
        assert_eq!((report.imported, report.linked_since), (2, 2), "{report:?}");
        assert_eq!(house.found_guests("王小明").await, 1);
        let report = house.text(&guests, "guests2.csv", "no,name,phone\nG1,王小明,13812340002\nG2,Erna Test,\n").await.report;
        assert_eq!((report.already_there, report.updated), (1, 1));
        // Rooms with their types.
        let rooms = of("rooms", "room = { column = \"room\" }\nroom_type_booked = { column = \"type\" }\nfloor = { column = \"floor\" }");
        let report = house.text(&rooms, "rooms.csv", "room,type,floor\n301,Deluxe King Room with a View of the Old Harbour,3\n302,DBL,3\n").await.report;
        assert_eq!((report.imported, report.waiting), (2, 0));
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "MINI").await.unwrap().unwrap();
        let room = query::property::room_by_number(&mut c, property.id, "301").await.unwrap().unwrap();
        assert_eq!(room.floor, "3");
        drop(c);
        is_as_journalled(&house.app, (40, 8)).await;
    }

    async fn the_bill_that_another_system_kept_is_shown_and_is_consumption(db: TestDb) {
        let house = House::new(&db);
        let header = map_of("02_key_collapse.csv").lines().next().unwrap().to_owned();
        let stay = format!("{header}\nK1,O,2026-01-01,2026-01-03,2,300,DBL,,Karl Test,,,,\n");
        assert_eq!(house.text(&map_of("map.toml"), "stays.csv", &stay).await.report.imported, 1);
        let of = |kind: &str| {
            format!("name = \"mini\"\nkind = \"{kind}\"\n[property]\nvalue = \"MINI\"\ntime_zone = \"Asia/Shanghai\"\n[fields]\n\
                source_key = {{ column = \"id\" }}\nbooking = {{ column = \"no\" }}\ndate = {{ column = \"day\" }}\namount = {{ column = \"amount\" }}\n\
                currency = {{ value = \"CNY\" }}\ncode = {{ column = \"code\" }}\ntext = {{ column = \"text\" }}\n")
        };
        let open = async || {
            let period = Period { from: "2026-01-01".parse().ok(), to: "2026-01-31".parse().ok() };
            house.app.operate(&Context::job("test"), RefreshFindings { property: "MINI".into(), period }).await.unwrap();
            let wanted = Wanted { property: Some("MINI".into()), ..Wanted::default() };
            let (found, _) = house.app.ask(&Context::job("test"), ListFindings { wanted, after: None, limit: 20 }).await.unwrap();
            found.into_iter().map(|finding| (finding.kind.code(), finding.stake)).collect::<Vec<_>>()
        };
        assert_eq!(open().await, []);
        // The nights stand for what was worked out of the booking; how they were paid is not known yet.
        let bill = "id,no,day,amount,code,text\nL1,K1,2026-01-01,300.00,RM,Room\nL2,K1,2026-01-02,300.00,RM,Room\nL3,K1,2026-01-02,40.00,MB,Minibar\n";
        assert_eq!(house.text(&of("bills"), "bill.csv", bill).await.report.waiting, 0);
        let view = house.visit("K1").await;
        let reported = view["consumption"]["reported"].as_array().unwrap();
        let told: Vec<(&str, i64)> = reported.iter().map(|line| (line["source"]["external_id"].as_str().unwrap(), line["amount"].as_i64().unwrap())).collect();
        assert_eq!(told, [("L1", 300_00), ("L2", 300_00), ("L3", 40_00)]);
        assert_eq!((&reported[2]["kind"], &reported[2]["source"]["system"]), (&json!("posting"), &json!("mini")));
        assert_eq!(open().await, []);
        let paid = |amount: &str| format!("id,no,day,amount,code,text\nP1,K1,2026-01-03,{amount},card,\n");
        house.text(&of("payments"), "paid.csv", &paid("600.00")).await;
        assert_eq!(open().await, [("payment_missing", 40_00)]);
        // What arrives again with another amount takes the place of what was told before.
        assert_eq!(house.text(&of("payments"), "again.csv", &paid("640.00")).await.report.updated, 1);
        assert_eq!(open().await, []);
        let view = house.visit("K1").await;
        let reported = view["consumption"]["reported"].as_array().unwrap();
        assert_eq!(reported.iter().filter(|line| line["kind"] == "payment").map(|line| line["amount"].clone()).collect::<Vec<_>>(), [json!(640_00)]);
        // A night that is charged twice there is found, and corrected there.
        let twice = format!("{bill}L4,K1,2026-01-02,300.00,RM,Room\n");
        house.text(&of("bills"), "twice.csv", &twice).await;
        assert!(open().await.iter().any(|(kind, _)| *kind == "charge_doubled"));
        is_as_journalled(&house.app, (20, 5)).await;
    }
}
