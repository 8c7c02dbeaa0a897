//! The history import end to end, over both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    collections::HashSet,
    fmt::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use hefu_app::{
    App, Ctx,
    guest::{CreateGuest, GuestInput},
    import::ImportReport,
};
use hefu_domain::ids::GuestId;
use hefu_exchange::{
    import::{BATCH, Import, Imported, PeopleFrom, export_quarantine},
    source::Map,
};
use hefu_store::query;
use hefu_test_kit::{TestDb, both_engines};

const MAP: &str = r#"
name = "desk"
[property]
column = "house"
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
[person]
full_name = { column = "name" }
phone = { column = "phone" }
document_number = { column = "document" }
[rules]
require_people = true
reject_negative_rate = true
rate_outlier_above = "1000.00"
"#;

const HEADER: &str =
    "house,status,changed,arrival,departure,adults,rate,currency,type,repeat,name,phone,document";

/// Twelve good rows, one for each reason.
fn small() -> String {
    let mut text = format!("{HEADER}\n");
    for day in 1..=8 {
        let (arrival, departure) = (format!("2020-03-{day:02}"), format!("2020-03-{:02}", day + 3));
        let repeat = day == 8;
        writeln!(text, "OLD,checked_out,{departure},{arrival},{departure},2,100.50,EUR,A,{repeat},,,")
            .unwrap();
    }
    text.push_str("OLD,checked_out,2020-03-05,2020-03-05,2020-03-05,1,40,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-09,1,1200,EUR,B,false,,,\n");
    text.push_str("OLD,cancelled,2020-02-01,2020-03-05,2020-03-09,1,80,EUR,A,false,,,\n");
    text.push_str("OLD,no_show,2020-03-05,2020-03-05,2020-03-06,1,80,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,0,80,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,1,-1,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-04,1,80,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,soon,2020-03-06,1,80,EUR,A,false,,,\n");
    text.push_str("OLD,asleep,2020-03-06,2020-03-05,2020-03-06,1,80,EUR,A,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,1,80,USD,A,false,,,\n");
    text.push_str("OLD,reserved,,2099-03-05,2099-03-06,1,80,EUR,C,false,,,\n");
    text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,1,80,EUR,A,false,Anna Beispiel,12,\n");
    text
}

fn file(db: &TestDb, name: &str, text: &str) -> PathBuf {
    let path = db.key_file().with_file_name(name);
    std::fs::write(&path, text).unwrap();
    path
}

async fn import(app: &App, path: &Path, batch: usize, most: usize) -> Imported {
    let map = Map::parse(MAP).unwrap();
    let people = PeopleFrom::Synthetic { seed: 7 };
    let mut batches = 0;
    let import = Import { path: path.to_owned(), map, people, batch };
    let stop = |_: &ImportReport| {
        batches += 1;
        if batches == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    import.run(app, Ctx::of("import"), stop).await.unwrap()
}

/// What there is after an import: guests, journal entries, held nights, and that none is held twice.
async fn counts(app: &App) -> (i64, i64, usize) {
    let mut c = app.store().read().await.unwrap();
    let (mut held, mut slots) = (0, HashSet::new());
    for property in query::property::all(&mut c).await.unwrap() {
        for (room, night, part) in query::import::held(&mut c, property.id).await.unwrap() {
            held += 1;
            assert!(slots.insert((room, night, part.code())), "{room} is held twice on {night}");
        }
    }
    let guests = query::guest::count(&mut c).await.unwrap();
    let pending = query::journal::pending(&mut c).await.unwrap();
    (guests, pending, held)
}

/// Every row is as the journal says, and there are more than `rows` of them and `entries`.
async fn is_as_journalled(app: &App, (rows, entries): (i64, i64)) {
    app.sequence().await.unwrap();
    let verified = app.verify(None, &mut |_, _| ()).await.unwrap();
    assert_eq!(verified.findings, []);
    assert!(
        verified.rows > rows && verified.entries > entries,
        "{} rows, {} entries",
        verified.rows,
        verified.entries
    );
}

/// The report without what depends on the clock.
fn timeless(report: &ImportReport) -> ImportReport {
    ImportReport {
        seconds: 0.0,
        rows_per_second: 0.0,
        peak_memory_mb: None,
        rows_before: 0,
        ..report.clone()
    }
}

both_engines! {
    async fn every_row_is_accounted_for_and_once_only(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let path = file(&db, "small.csv", &small());
        let done = import(&app, &path, 7, usize::MAX).await;
        let r = &done.report;
        assert!(done.finished);
        assert_eq!((r.rows, r.imported, r.already_there, r.quarantined_total), (20, 12, 0, 8));
        let reasons: Vec<(&str, i64)> = r.quarantined.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        assert_eq!(reasons, [("bad_person", 1), ("departure_before_arrival", 1), ("negative_rate", 1),
            ("no_inventory", 1), ("no_people", 1), ("not_a_date", 1), ("other_currency", 1), ("unknown_value", 1)]);
        // 8 × 3 nights at 100.50 and 4 at 1,200.
        assert_eq!((r.imported_room_nights, r.imported_room_revenue_minor), (28, 7_212_00));
        let gone: i64 = r.explained.iter().filter(|e| e.kind == "quarantined").map(|e| e.tally.room_nights).sum();
        assert_eq!(r.room_nights, r.imported_room_nights + gone);
        assert_eq!(r.by_status.values().sum::<i64>(), r.rows);
        let noted = |reason: &str| r.explained.iter().find(|e| e.reason == reason).map_or(0, |e| e.tally.rows);
        assert_eq!((noted("no_night"), noted("left_on_another_day"), noted("rate_outlier")), (1, 1, 1));

        let before = counts(&app).await;
        // Eleven people: the last of the eight came again.
        assert_eq!(before.0, 11);
        // Eight stays of three nights with the two days between, one day, one night.
        assert_eq!(before.2, 8 * 5 + 2);
        let again = import(&app, &path, 7, usize::MAX).await;
        assert_eq!((again.report.imported, again.report.already_there, again.report.rows), (0, 12, 20));
        assert_eq!(counts(&app).await, before);
        let listed = app.import_quarantine(done.run, 0, 100).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.row).collect::<Vec<_>>(), (13..=20).collect::<Vec<_>>());
        assert_eq!((listed[0].field.as_str(), listed[7].field.as_str()), ("adults", "phone"));
        is_as_journalled(&app, (100, 10)).await;
    }

    async fn a_stopped_import_goes_on_where_it_stopped(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let path = file(&db, "small.csv", &small());
        let stopped = import(&app, &path, 3, 2).await;
        assert!(!stopped.finished);
        assert_eq!(stopped.report.rows, 6);
        // As after a crash: nothing of the first process is left in memory.
        let db = db.reopen().await;
        let resumed_app = App::new(db.store.clone(), db.clock.clone());
        let resumed = import(&resumed_app, &path, 3, usize::MAX).await;

        let other = TestDb::sqlite().await;
        let whole_app = App::new(other.store.clone(), other.clock.clone());
        let whole = import(&whole_app, &path, 3, usize::MAX).await;
        assert_eq!(timeless(&resumed.report), timeless(&whole.report));
        assert_eq!(counts(&resumed_app).await, counts(&whole_app).await);
        is_as_journalled(&resumed_app, (100, 10)).await;
    }

    async fn quarantined_rows_are_mended_and_fed_again(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let done = import(&app, &file(&db, "small.csv", &small()), 500, usize::MAX).await;
        let mut out = Vec::new();
        assert_eq!(export_quarantine(&app, Ctx::of("import"), done.run, &mut out).await.unwrap(), 8);
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().next().unwrap(), HEADER);
        let mended = text.replace(",0,80,", ",1,80,").replace(",-1,", ",1,").replace("asleep", "checked_out");
        let again = import(&app, &file(&db, "mended.csv", &mended), 500, usize::MAX).await;
        assert_eq!((again.report.imported, again.report.quarantined_total), (3, 5));
        is_as_journalled(&app, (100, 10)).await;
    }

    async fn guests_of_a_history_are_looked_up_first(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        // Known at the desk: by name and phone, no document.
        let known = GuestInput {
            full_name: "欧阳修远".into(),
            phones: vec!["13812345801".into()],
            city: Some("上海".into()),
            ..GuestInput::default()
        };
        let known = app.execute(Ctx::of("desk"), CreateGuest(known)).await.unwrap().id;
        let row = |day: u32, name: &str, phone: &str, document: &str| format!(
            "OLD,checked_out,2020-03-{0:02},2020-03-{day:02},2020-03-{0:02},1,80,EUR,A,false,{name},{phone},{document}\n", day + 1);
        let rows = [
            row(1, "欧阳 修远", "+86 138 1234 5801", "E12345678"),
            row(2, "Anna Beispiel", "+86 139 8765 0234", ""),
            // By the document that came with the first row.
            row(3, "Ouyang", "", "E12345678"),
            // By the phone that came with the second, in a batch of its own.
            row(4, "BEISPIEL Anna", "13987650234", ""),
        ];
        let done = import(&app, &file(&db, "history.csv", &format!("{HEADER}\n{}", rows.concat())), 1, usize::MAX).await;
        assert_eq!(done.report.imported, 4, "{:?}", done.report);
        let mut c = app.store().read().await.unwrap();
        assert_eq!(query::guest::count(&mut c).await.unwrap(), 2);
        assert_eq!(query::guest::sources(&mut c, known).await.unwrap().len(), 3);
        drop(c);
        // The document came to the golden record, and the city stayed.
        let golden = app.golden(known).await.unwrap();
        let has = |field: &str, system: &str| golden.origins.iter().any(|o| o.field == field && o.system.starts_with(system));
        assert!(has("documents[0]", "import:") && has("city", "hefu"), "{:?}", golden.origins);
        is_as_journalled(&app, (40, 8)).await;
    }

    async fn who_comes_twice_in_a_batch_is_one_guest(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let row = |day: u32, name: &str, phone: &str| format!(
            "OLD,checked_out,2020-03-{0:02},2020-03-{day:02},2020-03-{0:02},1,80,EUR,A,false,{name},{phone},\n", day + 1);
        let rows = [
            row(1, "Anna Beispiel", "+86 139 8765 0234"),
            // Of her household.
            row(2, "Maximilian Beispiel", "+86 139 8765 0234"),
            row(3, "BEISPIEL Anna", "13987650234"),
            // Nothing but a name.
            row(4, "Anna Beispiel", ""),
        ];
        let done = import(&app, &file(&db, "history.csv", &format!("{HEADER}\n{}", rows.concat())), 500, usize::MAX).await;
        assert_eq!(done.report.imported, 4, "{:?}", done.report);
        let mut c = app.store().read().await.unwrap();
        assert_eq!(query::guest::count(&mut c).await.unwrap(), 3);
        let guests = query::identity::guests(&mut c, GuestId::NIL, 10).await.unwrap();
        let mut sources = Vec::new();
        for guest in guests {
            sources.push(query::guest::sources(&mut c, guest.id).await.unwrap().len());
        }
        sources.sort_unstable();
        assert_eq!(sources, [1, 1, 2]);
        drop(c);
        is_as_journalled(&app, (40, 8)).await;
    }

    async fn two_resident_numbers_are_two_guests(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let row = |day: u32, phone: &str, document: &str| format!(
            "OLD,checked_out,2020-03-{0:02},2020-03-{day:02},2020-03-{0:02},1,80,EUR,A,false,欧阳修远,{phone},{document}\n", day + 1);
        // The first has no number: the second is recognised, the third is so like the first, and is not the second.
        let of = |phone: &str| [row(1, phone, ""), row(2, phone, "11010519491231002X"), row(3, phone, "440524188001010014")].concat();
        for (name, batch, phone) in [("one.csv", 500, "13812345801"), ("each.csv", 1, "13912345802")] {
            let before = counts(&app).await.0;
            let done = import(&app, &file(&db, name, &format!("{HEADER}\n{}", of(phone))), batch, usize::MAX).await;
            assert_eq!(done.report.imported, 3, "{:?}", done.report);
            // The numbers are known when they come again, with another phone.
            let expected = if before == 0 { 2 } else { 3 };
            assert_eq!(counts(&app).await.0, expected, "{name}");
        }
        is_as_journalled(&app, (40, 8)).await;
    }

    async fn one_document_is_one_guest(db: TestDb) {
        let app = App::new(db.store.clone(), db.clock.clone());
        let row = |day: u32, name: &str, document: &str| format!(
            "OLD,checked_out,2020-03-{0:02},2020-03-{day:02},2020-03-{0:02},1,80,EUR,A,false,{name},,{document}\n", day + 1);
        let first = format!("{HEADER}\n{}{}{}", row(1, "张伟", "11010519491231002X"),
            row(5, "张 伟", "11010519491231002x"), row(9, "李娜", "440524188001010014"));
        let report = import(&app, &file(&db, "first.csv", &first), 500, usize::MAX).await.report;
        assert_eq!((report.imported, report.quarantined_total), (3, 0));
        assert_eq!(counts(&app).await.0, 2);
        let second = format!("{HEADER}\n{}{}", row(12, "张伟", "11010519491231002X"), row(13, "王芳", ""));
        let report = import(&app, &file(&db, "second.csv", &second), 500, usize::MAX).await.report;
        assert_eq!(report.imported, 2);
        assert_eq!(counts(&app).await.0, 3);
        is_as_journalled(&app, (40, 8)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_file_adds_up_on_sqlite() {
    the_public_file_adds_up(TestDb::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_file_adds_up_on_postgres() {
    the_public_file_adds_up(TestDb::postgres().await).await;
}

/// Every figure of the public file, where it lies beside the repository.
async fn the_public_file_adds_up(db: TestDb) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hotel_bookings.csv.gz");
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return;
    }
    let app = App::new(db.store.clone(), db.clock.clone());
    let map = Map::builtin("hotel-booking-demand").unwrap();
    let import = Import { path, map, people: PeopleFrom::Synthetic { seed: 7 }, batch: BATCH };
    let done = import.run(&app, Ctx::of("import"), |_| ControlFlow::Continue(())).await.unwrap();
    let r = &done.report;
    eprintln!("{} rows/s, {:?} MiB", r.rows_per_second, r.peak_memory_mb);
    assert_eq!((r.rows, r.imported, r.quarantined_total), (119_390, 119_390 - 185, 185));
    let status = |code: &str| r.by_status[code];
    assert_eq!((status("checked_out"), status("cancelled"), status("no_show")), (75_166, 43_017, 1_207));
    assert_eq!((r.room_nights, r.room_revenue.as_str()), (255_040, "25996260.41"));
    let explained =
        |reason: &str| r.explained.iter().find(|e| e.reason == reason).map_or(0, |e| e.tally.rows);
    assert_eq!(explained("no_people"), 180);
    assert_eq!((explained("negative_rate"), explained("missing_children")), (1, 4));
    assert_eq!(
        (explained("no_night"), explained("left_on_another_day"), explained("rate_outlier")),
        (715, 27, 1)
    );
    let gone = r.explained.iter().filter(|e| e.kind == "quarantined");
    let (nights, revenue) =
        gone.fold((0, 0), |(n, m), e| (n + e.tally.room_nights, m + e.tally.room_revenue_minor));
    assert_eq!(r.room_nights, r.imported_room_nights + nights);
    assert_eq!(r.room_revenue_minor, r.imported_room_revenue_minor + revenue);
    counts(&app).await;
}
