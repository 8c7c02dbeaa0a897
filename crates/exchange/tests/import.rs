//! The history import end to end, over both engines.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "import/again.rs"]
mod again;
#[path = "import/cases.rs"]
mod cases;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{Days, NaiveDate};
use hefu_app::{
    App, Context,
    import::ImportReport,
    people::review::{Decide, Decision},
    people::{
        guest::CreateGuest,
        profile::{DocumentInput, GuestInput},
    },
    search::SearchQuery,
};
use hefu_domain::{Language, ids::GuestId};
use hefu_exchange::{
    import::{BATCH, Import, Imported, PeopleFrom, export_quarantine},
    source::Map,
};
use hefu_identity::matching::Model;
use hefu_store::{StoreError, query};
use hefu_test_app::TestApp as _;
use hefu_test_kit::{TestDb, both_engines};
use tokio::sync::Notify;

const MAP: &str = r#"
name = "desk"
[property]
column = "property"
region = "CN"
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
    "property,status,changed,arrival,departure,adults,rate,currency,type,repeat,name,phone,document";

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
    import_by(MAP, app, path, batch, most).await
}

async fn import_by(map: &str, app: &App, path: &Path, batch: usize, most: usize) -> Imported {
    let map = Map::parse(map).unwrap();
    let people = PeopleFrom::Synthetic { seed: 7 };
    let mut batches = 0;
    let import = Import { path: path.to_owned(), name: None, map, people, batch };
    let stop = |_: &ImportReport, _| {
        batches += 1;
        if batches == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    import.run(app, Context::job("import"), stop).await.unwrap()
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

/// A night of a person in the file.
fn row(day: usize, name: &str, phone: &str, document: &str) -> String {
    let arrival = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap() + Days::new(day as u64);
    let departure = arrival + Days::new(1);
    format!("OLD,checked_out,{departure},{arrival},{departure},2,80,EUR,A,false,{name},{phone},{document}\n")
}

/// The passport number of the `i`th of many people.
fn document(i: usize) -> String {
    format!("C{:08}", 40_718_295 + i * 7_919)
}

/// A file of these rows, imported `batch` rows at a time.
async fn import_rows(app: &App, db: &TestDb, name: &str, rows: &[String], batch: usize) -> ImportReport {
    let path = file(db, name, &format!("{HEADER}\n{}", rows.concat()));
    let report = import(app, &path, batch, usize::MAX).await.report;
    assert_eq!(report.imported, rows.len() as i64, "{report:?}");
    report
}

/// Somebody as a desk enters them; answers who it is.
async fn enter(app: &App, name: &str, phone: &str, document: &str) -> GuestId {
    let document = Some(document).filter(|number| !number.is_empty()).map(|number| DocumentInput {
        kind: Some("passport".into()),
        number: number.into(),
        country: None,
        expires: None,
        verified: false,
    });
    let input = GuestInput {
        full_name: name.into(),
        phones: Some(phone.to_owned()).filter(|phone| !phone.is_empty()).into_iter().collect(),
        documents: document.into_iter().collect(),
        ..GuestInput::default()
    };
    app.execute(Context::job("desk"), CreateGuest(input)).await.unwrap().id
}

/// Pairs that wait for a person.
async fn questions(app: &App) -> Vec<(GuestId, GuestId)> {
    let (questions, rest) = app.review_queue(None, 500).await.unwrap();
    assert_eq!(rest, None);
    questions.into_iter().map(|question| (question.one.id, question.two.id)).collect()
}

/// Every row is as the journal says, and there are more than `rows` of them and `entries`.
async fn is_as_journalled(app: &App, (rows, entries): (i64, i64)) {
    app.sequence().await.unwrap();
    let verified = app.verify(None).await.unwrap();
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
    async fn a_quarantined_row_that_nobody_can_open_is_told(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        import(&app, &file(&db, "small.csv", &small()), 7, usize::MAX).await;
        app.sequence().await.unwrap();
        assert!(app.verify(None).await.unwrap().is_clean());
        db.tamper("DELETE FROM keys.data_key WHERE owner = (SELECT id FROM import_run)").await;
        let verified = app.verify(None).await.unwrap();
        assert_eq!(verified.counts, [("key_missing", 6)].into(), "{verified:?}");
        assert!(verified.findings[0].at.starts_with("quarantine owner="), "{verified:?}");
    }

    async fn every_row_is_accounted_for_and_once_only(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let path = file(&db, "small.csv", &small());
        let done = import(&app, &path, 7, usize::MAX).await;
        let r = &done.report;
        assert!(done.finished);
        assert_eq!((r.rows, r.imported, r.already_there, r.quarantined_total), (20, 14, 0, 6));
        let reasons: Vec<(&str, i64)> = r.quarantined.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        assert_eq!(reasons, [("departure_before_arrival", 1), ("negative_rate", 1), ("no_people", 1), ("not_a_date", 1),
            ("other_currency", 1), ("unknown_value", 1)]);
        // 8 × 3 nights at 100.50, 4 at 1,200 and one at 80, and part-day use for 40.
        assert_eq!((r.imported_room_nights, r.imported_room_revenue_minor), (29, 7_332_00));
        let gone: i64 = r.explained.iter().filter(|e| e.kind == "quarantined").map(|e| e.tally.room_nights).sum();
        assert_eq!(r.room_nights, r.imported_room_nights + gone);
        assert_eq!(r.by_status.values().sum::<i64>(), r.rows);
        let noted = |reason: &str| r.explained.iter().find(|e| e.reason == reason).map_or(0, |e| e.tally.rows);
        assert_eq!((noted("no_night"), noted("left_on_another_day"), noted("rate_outlier")), (1, 1, 1));
        assert_eq!(noted("dropped_phone"), 1);

        let before = counts(&app).await;
        // Thirteen people: the last of the eight came again.
        assert_eq!(before.0, 13);
        // Eight stays of three nights with the two days between, two single nights. Who had a room by the hour and left holds none.
        assert_eq!(before.2, 8 * 5 + 2);
        let again = import(&app, &path, 7, usize::MAX).await;
        assert_eq!((again.report.imported, again.report.already_there, again.report.rows), (0, 14, 20));
        assert_eq!(counts(&app).await, before);
        let listed = app.import_quarantine(done.run, 0, 100).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.row).collect::<Vec<_>>(), (13..=18).collect::<Vec<_>>());
        assert_eq!((listed[0].field.as_str(), listed[5].field.as_str()), ("adults", "currency"));
        is_as_journalled(&app, (100, 10)).await;
    }

    async fn a_stopped_import_goes_on_where_it_stopped(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let path = file(&db, "small.csv", &small());
        let stopped = import(&app, &path, 3, 2).await;
        assert!(!stopped.finished);
        assert_eq!(stopped.report.rows, 6);
        // As after a crash: nothing of the first process is left in memory.
        let db = db.reopen().await;
        let resumed_app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let resumed = import(&resumed_app, &path, 3, usize::MAX).await;

        let other = TestDb::sqlite().await;
        let whole_app = hefu_app::open(other.store.clone(), other.clock.clone(), hefu_app::Options::default());
        let whole = import(&whole_app, &path, 3, usize::MAX).await;
        assert_eq!(timeless(&resumed.report), timeless(&whole.report));
        assert_eq!(counts(&resumed_app).await, counts(&whole_app).await);
        is_as_journalled(&resumed_app, (100, 10)).await;
    }

    async fn quarantined_rows_are_mended_and_fed_again(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let done = import(&app, &file(&db, "small.csv", &small()), 500, usize::MAX).await;
        let export = async |language: Language| {
            let context = Context { reason: Some("mending".into()), language, ..Context::job("import") };
            let mut out = Vec::new();
            assert_eq!(export_quarantine(&app, context, done.run, &Map::parse(MAP).unwrap(), &mut out).await.unwrap(), 6);
            String::from_utf8(out).unwrap()
        };
        // The reason is in the language of whoever takes the rows, beside its code.
        let said = export(Language::English).await;
        assert!(said.contains("no_people,\"There is no adult, child or baby; give the number of people.\""), "{said}");
        let text = export(Language::Chinese).await;
        assert!(text.contains("no_people,没有成人、儿童或婴儿；请填人数。"), "{text}");
        assert_eq!(text.lines().next().unwrap(), format!("\u{feff}{HEADER},hefu_row,hefu_field,hefu_reason,hefu_detail,hefu_received"));
        let mended = text.replace(",0,80,", ",1,80,").replace(",-1,", ",1,").replace("asleep", "checked_out");
        let again = import(&app, &file(&db, "mended.csv", &mended), 500, usize::MAX).await;
        assert_eq!((again.report.imported, again.report.quarantined_total), (3, 3));
        is_as_journalled(&app, (100, 10)).await;
    }

    async fn what_a_spreadsheet_would_take_for_a_formula_is_defused_and_read_as_it_was(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let names = ["=HYPERLINK(\"http://evil\")", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1+1", "'=1", "O'Brien"];
        let mut text = format!("{HEADER}\n");
        for name in names {
            let quoted = name.replace('"', "\"\"");
            // A rate below zero goes into quarantine, and is a number all the same.
            let _ = writeln!(text, "OLD,checked_out,2020-03-01,2020-03-01,2020-03-02,1,-80,EUR,A,false,\"{quoted}\",+86 138 1234 5801,");
        }
        let export = async |name: &str, text: &str| {
            let done = import(&app, &file(&db, name, text), 500, usize::MAX).await;
            let (context, mut out) = (Context { reason: Some("mending".into()), ..Context::job("import") }, Vec::new());
            assert_eq!(export_quarantine(&app, context, done.run, &Map::parse(MAP).unwrap(), &mut out).await.unwrap(), names.len() as u64);
            String::from_utf8(out).unwrap()
        };
        let first = export("formulas.csv", &text).await;
        let cells = |text: &str| -> Vec<Vec<String>> {
            let mut rows = csv::Reader::from_reader(text.as_bytes());
            rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
        };
        let exported = cells(&first);
        for (row, name) in exported.iter().zip(names) {
            let written = &row[10];
            assert!(!written.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']), "{written:?}");
            assert_eq!(written.trim_start_matches('\''), name.trim_start_matches('\''));
            assert_eq!((row[6].as_str(), row[11].as_str()), ("-80", "+86 138 1234 5801"));
        }
        assert_eq!(exported.last().unwrap()[10], "O'Brien");
        // Fed again, and exported again, it is the same: nothing was added and nothing lost. As a workbook, too.
        let again = export("again.csv", &first.replace("\n", "\r\n")).await;
        assert_eq!(cells(&again), exported);
        let columns: Vec<String> = first.lines().next().unwrap().trim_start_matches('\u{feff}').split(',').map(str::to_owned).collect();
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (at, row) in std::iter::once(columns).chain(exported.clone()).enumerate() {
            for (column, text) in row.iter().enumerate() {
                sheet.write_string(at as u32, column as u16, text).unwrap();
            }
        }
        let path = file(&db, "again.xlsx", "");
        book.save(&path).unwrap();
        let done = import(&app, &path, 500, usize::MAX).await;
        let (context, mut out) = (Context { reason: Some("mending".into()), ..Context::job("import") }, Vec::new());
        export_quarantine(&app, context, done.run, &Map::parse(MAP).unwrap(), &mut out).await.unwrap();
        assert_eq!(cells(&String::from_utf8(out).unwrap()), exported);
    }

    async fn guests_of_a_history_are_looked_up_first(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        // Known at the desk: by name and phone, no document.
        let known = GuestInput {
            full_name: "欧阳修远".into(),
            phones: vec!["13812345801".into()],
            city: Some("上海".into()),
            ..GuestInput::default()
        };
        let known = app.execute(Context::job("desk"), CreateGuest(known)).await.unwrap().id;
        let row = |day: u32, name: &str, phone: &str, document: &str| format!(
            "OLD,checked_out,2020-03-{0:02},2020-03-{day:02},2020-03-{0:02},1,80,EUR,A,false,{name},{phone},{document}\n", day + 1);
        let rows = [
            row(1, "欧阳 修远", "+86 138 1234 5801", "E40718295"),
            row(2, "Anna Beispiel", "+86 139 8765 0234", ""),
            // By the document that came with the first row, and the family name.
            row(3, "欧阳", "", "E40718295"),
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
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
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
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
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
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
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

    async fn a_guides_passport_joins_nobody_by_itself(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        const PASSPORT: &str = "E40718295";
        let guide = enter(&app, "李秀英", "13812345801", PASSPORT).await;
        let travellers = ["王建国", "Anna Beispiel", "欧阳修远", "John Smith", "陈静"];
        let rows: Vec<String> = travellers.iter().enumerate().map(|(day, name)| row(day, name, "", PASSPORT)).collect();
        // Together, and one after the other in another file.
        import_rows(&app, &db, "together.csv", &rows, 500).await;
        assert_eq!(counts(&app).await.0, 6);
        let later: Vec<String> = ["Pierre Dupont", "周大双"].iter().zip(10..).map(|(name, day)| row(day, name, "", PASSPORT)).collect();
        import_rows(&app, &db, "later.csv", &later, 1).await;
        assert_eq!(counts(&app).await.0, 8);
        // The guide herself, and a traveller who comes again, each written another way.
        let again = [row(20, "李 秀英", "", PASSPORT), row(21, "BEISPIEL Anna", "", PASSPORT)];
        import_rows(&app, &db, "again.csv", &again, 500).await;
        assert_eq!(counts(&app).await.0, 8);
        let mut c = app.store().read().await.unwrap();
        assert_eq!(query::guest::sources(&mut c, guide).await.unwrap().len(), 2);
        drop(c);
        is_as_journalled(&app, (60, 10)).await;
    }

    async fn what_is_in_doubt_a_person_is_asked(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let known = enter(&app, "Anna Schmidt", "+49 151 23456789", "").await;
        let rows = [
            row(1, "Anne Schmitt", "+49 151 23456789", ""),
            // These two are known to nobody, and perhaps one.
            row(2, "Peter Meier", "+49 151 98765432", ""),
            row(3, "Petra Meyer", "+49 151 98765432", ""),
            // Of the same property, clearly others.
            row(4, "王建国", "+49 151 98765432", ""),
        ];
        let report = import_rows(&app, &db, "history.csv", &rows, 500).await;
        assert_eq!(counts(&app).await.0, 5);
        let asked = questions(&app).await;
        assert_eq!((asked.len() as i64, report.questions), (2, 2), "{asked:?}");
        let (one, two) = *asked.iter().find(|(one, _)| *one == known).unwrap();
        let decision = Decision { one, two, same: false };
        app.execute(Context::job("desk"), Decide(decision)).await.unwrap();
        // More of both sides: what a person decided is not asked again.
        let more = [row(11, "Anne Schmitt", "+49 151 23456789", "C01X00T47"), row(12, "Anna Schmidt", "+49 151 23456789", "")];
        let report = import_rows(&app, &db, "more.csv", &more, 500).await;
        assert_eq!((counts(&app).await.0, report.questions), (5, 0));
        assert_eq!(questions(&app).await.len(), 1);
        is_as_journalled(&app, (60, 10)).await;
    }

    async fn a_history_of_mere_names_asks_nothing(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        enter(&app, "欧阳修远", "13812345801", "").await;
        let rows: Vec<String> = (1..=40).map(|day| row(day, "欧阳修远", "", "")).collect();
        let report = import_rows(&app, &db, "names.csv", &rows, 500).await;
        assert_eq!((counts(&app).await.0, report.questions), (41, 0));
        assert_eq!(questions(&app).await, []);
    }

    async fn a_history_asks_a_few_questions_about_each_guest(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        // All read Li Xiuying, and the passport is their guide's.
        let names = ["李秀英", "李绣莹", "李修瑛", "李袖盈", "李岫萦", "李朽鹰"];
        let rows: Vec<String> = names.iter().enumerate().map(|(day, name)| row(day, name, "", "E40718295")).collect();
        let report = import_rows(&app, &db, "tour.csv", &rows, 500).await;
        let mut of_each: HashMap<GuestId, usize> = HashMap::new();
        for (_, later) in questions(&app).await {
            *of_each.entry(later).or_default() += 1;
        }
        assert_eq!(of_each.values().max(), Some(&3), "{of_each:?}");
        assert_eq!(of_each.values().sum::<usize>() as i64, report.questions);
    }

    async fn a_changed_record_replaces_what_it_said(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let map = MAP.replace("[fields]", "[fields]\nsource_key = { column = \"no\" }")
            .replace("[person]", "[person]\nid = { column = \"profile\" }");
        let numbered = |no: &str, profile: &str, row: String| format!("{no},{profile},{row}");
        let text = |rows: &[String]| format!("no,profile,{HEADER}\n{}", rows.concat());
        let first = text(&[numbered("B-1", "4711", row(1, "陈静", "13512340001", "")),
            numbered("B-2", "4712", row(2, "Anna Beispiel", "13512340002", ""))]);
        let done = import_by(&map, &app, &file(&db, "first.csv", &first), 500, usize::MAX).await.report;
        assert_eq!((done.imported, done.records_replaced), (2, 0), "{done:?}");
        let mut c = app.store().read().await.unwrap();
        let known = query::guest::by_source(&mut c, "import:desk", "OLD/4711").await.unwrap().unwrap().guest_id;
        drop(c);
        // A booking that is there, one that is new, and in one file twice: the name was wrong, the phone is another, the other guest is as before.
        let second = text(&[numbered("B-1", "4711", row(1, "陈静怡", "13512340001", "")),
            numbered("B-3", "4711", row(3, "陈静怡", "13512340003", "E40718295")),
            numbered("B-4", "4711", row(4, "陈静怡", "13512340003", "E40718295")),
            numbered("B-2", "4712", row(2, "Anna Beispiel", "13512340002", ""))]);
        let done = import_by(&map, &app, &file(&db, "second.csv", &second), 500, usize::MAX).await.report;
        assert_eq!((done.imported, done.already_there, done.records_replaced), (2, 2, 2), "{done:?}");
        assert_eq!(counts(&app).await.0, 2);
        let mut c = app.store().read().await.unwrap();
        assert_eq!(query::guest::sources(&mut c, known).await.unwrap().len(), 1);
        let guest = query::guest::find(&mut c, app.store().vault(), known).await.unwrap().unwrap().profile;
        assert_eq!((guest.full_name.as_str(), &guest.phones[..]), ("陈静怡", &["+8613512340003".to_owned()][..]));
        assert_eq!(guest.documents[0].number, "E40718295");
        drop(c);
        // Whoever it was found by is found no more, and by what it says now it is.
        assert_ne!(enter(&app, "陈静", "13512340001", "").await, known);
        assert_eq!(enter(&app, "陈静怡", "13512340003", "").await, known);
        is_as_journalled(&app, (30, 8)).await;
    }

    async fn a_record_more_joins_what_it_shows_to_be_one(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let by_phone = enter(&app, "Anna Schmidt", "+49 151 23456789", "").await;
        let by_document = enter(&app, "Anna Schmidt", "", "C01X00T47").await;
        assert_ne!(by_phone, by_document);
        let rows = [row(1, "Anna Schmidt", "+49 151 23456789", "C01X00T47")];
        import_rows(&app, &db, "history.csv", &rows, 500).await;
        let joined = (app.guest(by_phone).await.unwrap().id, app.guest(by_document).await.unwrap().id);
        assert_eq!(joined, (by_phone, by_phone));
        assert_eq!(questions(&app).await, []);
        is_as_journalled(&app, (20, 4)).await;
    }

    async fn guests_of_a_history_are_recognised_by_the_desks_model(db: TestDb) {
        let strict = Model { link_from: 0.999_999, link_contradicting_from: 0.999_999, ..Model::default() };
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options { model: Some(strict), ..Default::default() });
        let rows = [row(1, "Anna Beispiel", "13987650234", ""), row(2, "Anna Beispiel", "13987650234", "")];
        let report = import_rows(&app, &db, "history.csv", &rows, 500).await;
        assert_eq!((counts(&app).await.0, report.questions), (2, 1));
    }

    /// The second row brings the phone by which the third is known, in one batch.
    async fn rows_are_compared_with_what_the_batch_has_added(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let known = enter(&app, "Anna Beispiel", "", "C01X00T47").await;
        let rows = [
            row(1, "Anna Beispiel", "+86 139 8765 0234", "C01X00T47"),
            row(2, "BEISPIEL Anna", "13987650234", ""),
        ];
        import_rows(&app, &db, "history.csv", &rows, 500).await;
        assert_eq!(counts(&app).await.0, 1);
        let mut c = app.store().read().await.unwrap();
        assert_eq!(query::guest::sources(&mut c, known).await.unwrap().len(), 3);
    }

    async fn names_in_two_columns_and_births_in_any_order_are_read(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let map = MAP.replace("full_name = { column = \"name\" }", "surname = { column = \"name\" }\ngiven = { column = \"given\" }\nbirth = { column = \"birth\" }");
        let line = |day: usize, surname: &str, given: &str, birth: &str| {
            format!("{},{given},{birth}\n", row(day, surname, &format!("139876502{day:02}"), "").trim_end())
        };
        let births = ["1986-10-03", "19861003", "1986/10/3", "1986年10月3日", "03.10.1986", "1986-10-03 00:00:00", "3 Oct 1986"];
        let mut rows: Vec<String> =
            births.iter().enumerate().map(|(day, birth)| line(day, "曾", ["伟", "杰", "敏", "磊", "娜", "勇", "燕"][day], birth)).collect();
        rows.push(line(10, "Beispiel", "Anna", ""));
        rows.push(line(11, "Beispiel", "Karl", "03/10/1986"));
        rows.push(line(12, "Beispiel", "Otto", "1986-13-03"));
        let text = format!("{HEADER},given,birth\n{}", rows.concat());
        let done = import_by(&map, &app, &file(&db, "history.csv", &text), 500, usize::MAX).await;
        assert_eq!((done.report.imported, done.report.quarantined_total), (10, 0), "{:?}", done.report);
        // Two that nobody can read are left out, and cost nobody the stay.
        let dropped = done.report.explained.iter().find(|explained| explained.reason == "dropped_birth").unwrap();
        assert_eq!(dropped.tally.rows, 2);

        let mut c = app.store().read().await.unwrap();
        let mut found = Vec::new();
        for guest in query::identity::guests(&mut c, GuestId::NIL, 20).await.unwrap() {
            let profile = query::guest::find(&mut c, app.store().vault(), guest.id).await.unwrap().unwrap().profile;
            found.push((profile.full_name, profile.birth));
        }
        drop(c);
        found.sort();
        let born = NaiveDate::from_ymd_opt(1986, 10, 3);
        let expected = ["Anna Beispiel", "Karl Beispiel", "Otto Beispiel", "曾伟", "曾勇", "曾娜", "曾敏", "曾杰", "曾燕", "曾磊"];
        assert_eq!(found, expected.map(|name| (name.to_owned(), born.filter(|_| name.starts_with('曾')))));
        for q in ["曾伟", "zeng wei"] {
            let query = SearchQuery { q: q.into(), limit: 10, ..SearchQuery::default() };
            assert_eq!(app.search(&query).await.unwrap().guests[0].name, "曾伟", "{q}");
        }
    }

    async fn an_agencys_phone_makes_nobody_one(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let people = hefu_synthetic::People::new(11);
        let names: BTreeSet<String> = (0..).map(|i| people.person(i, None).full_name).filter(|name| !name.contains(',')).take(100).collect();
        let rows: Vec<String> = names.iter().enumerate().map(|(day, name)| row(day, name, "13761023948", "")).collect();
        let guests = rows.len() as i64;
        for (name, rows) in [("together.csv", &rows[..50]), ("later.csv", &rows[50..])] {
            import_rows(&app, &db, name, rows, 7).await;
        }
        assert_eq!(counts(&app).await.0, guests);
        app.resolve_guests(None, false).await.unwrap();
        assert_eq!(counts(&app).await.0, guests);
    }

    async fn who_comes_again_in_the_same_words_is_the_same_guest(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let anna = |day: usize| row(day, "Anna Beispiel", "13987650234", "");
        import_rows(&app, &db, "first.csv", &[anna(1)], 500).await;
        import_rows(&app, &db, "again.csv", &[anna(2), anna(3), anna(4)], 500).await;
        assert_eq!(counts(&app).await.0, 1);
        is_as_journalled(&app, (20, 4)).await;
    }

    async fn many_who_are_known_are_written_in_several_units(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        const GUESTS: usize = 300;
        let people: Vec<(String, String)> = (0..GUESTS)
            .map(|i| (format!("{} Beispiel", (b'A' + (i % 26) as u8) as char), format!("+49 151 2345{i:04}"))).collect();
        let first: Vec<String> = people.iter().enumerate().map(|(day, (name, phone))| row(day, name, phone, "")).collect();
        import_rows(&app, &db, "first.csv", &first, 4_000).await;
        assert_eq!(counts(&app).await.0, GUESTS as i64);
        let again: Vec<String> =
            people.iter().enumerate().map(|(day, (name, phone))| row(day + GUESTS, name, phone, &document(day))).collect();
        import_rows(&app, &db, "again.csv", &again, 4_000).await;
        assert_eq!(counts(&app).await.0, GUESTS as i64);
        // An version for each unit, and one for the end.
        let mut c = app.store().read().await.unwrap();
        let runs = query::import::runs(&mut c, 10).await.unwrap();
        assert_eq!(runs.iter().map(|run| run.version).collect::<BTreeSet<_>>(), BTreeSet::from([3, 5]));
        drop(c);
        is_as_journalled(&app, (1_000, 600)).await;
    }

    /// Whoever is being imported when a desk looks for them is found once that is done.
    async fn a_desk_waits_for_the_import_that_makes_its_guest(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let rows = [row(1, "Anna Beispiel", "13987650234", ""), row(2, "欧阳修远", "13812345801", "E40718295")];
        let path = file(&db, "history.csv", &format!("{HEADER}\n{}", rows.concat()));
        let stopped = import(&app, &path, 1, 1).await;
        // Somebody holds the run, so that the second unit has written its guest and cannot end.
        let (held, is_held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (hold, holds, store) = (held.clone(), is_held.clone(), db.store.clone());
        let holder = tokio::spawn(async move {
            store.write(move |tx| {
                let (hold, holds) = (hold.clone(), holds.clone());
                Box::pin(async move {
                    let mut run = query::import::find(tx, stopped.run).await?.unwrap();
                    tx.update(&mut run).await?;
                    holds.notify_one();
                    hold.notified().await;
                    Err::<(), StoreError>(StoreError::Closed)
                })
            }).await
        });
        is_held.notified().await;
        let importing = tokio::spawn({
            let app = app.clone();
            async move { import(&app, &path, 1, usize::MAX).await }
        });
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let entering = tokio::spawn({
            let app = app.clone();
            async move { enter(&app, "欧阳修远", "13812345801", "E40718295").await }
        });
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!importing.is_finished() && !entering.is_finished());
        held.notify_one();
        assert!(holder.await.unwrap().is_err());
        assert_eq!(importing.await.unwrap().report.imported, 2);
        entering.await.unwrap();
        assert_eq!(counts(&app).await.0, 2);
        is_as_journalled(&app, (20, 4)).await;
    }

    async fn a_guest_entered_at_a_desk_and_imported_at_once_is_one(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        // Desks of this server and of another.
        let desks = [app.clone(), App::new(db.another_store().await, db.clock.clone())];
        const GUESTS: usize = 120;
        let person = |i: usize| {
            let name = format!("{} Beispiel", ["Anna", "Peter", "Maria", "Johannes", "Katharina", "Ludwig"][i % 6]);
            (name, format!("+49 151 2345{i:04}"), document(i))
        };
        let rows: Vec<String> = (0..GUESTS).map(|i| { let (name, phone, document) = person(i); row(i, &name, &phone, &document) }).collect();
        let entering: Vec<_> = (0..4)
            .map(|part| {
                let desk = desks[part % 2].clone();
                tokio::spawn(async move {
                    for i in (part..GUESTS).step_by(4) {
                        let (name, phone, document) = person(i);
                        enter(&desk, &name, &phone, &document).await;
                    }
                })
            })
            .collect();
        import_rows(&app, &db, "history.csv", &rows, 40).await;
        for part in entering {
            part.await.unwrap();
        }
        assert_eq!(counts(&app).await.0, GUESTS as i64);
        is_as_journalled(&app, (500, 200)).await;
    }

    async fn who_is_in_the_house_gets_a_room_nobody_lives_in(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let mut text = format!("{HEADER}\n");
        for _ in 0..2 {
            text.push_str("OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,1,80,EUR,A,false,,,\n");
        }
        // The first should have left two days ago: of the second's nights its room is free.
        text.push_str("OLD,in_house,,2026-09-28,2026-10-01,1,80,EUR,A,false,,,\n");
        text.push_str("OLD,in_house,,2026-10-02,2026-10-05,1,80,EUR,A,false,,,\n");
        let path = file(&db, "present.csv", &text);
        let imported = import(&app, &path, 2, usize::MAX).await;
        assert_eq!(imported.report.imported, 4, "{:?}", imported.report);
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "OLD").await.unwrap().unwrap();
        let here = query::visit::in_house(&mut c, property.id).await.unwrap();
        let rooms: BTreeSet<_> = here.iter().map(|stay| stay.room_id).collect();
        assert_eq!((here.len(), rooms.len()), (2, 2));
    }

    /// Nights before the business date are charged by the import, the others by the audit; so none is left out.
    async fn the_night_of_an_audit_between_two_batches_is_charged(db: TestDb) {
        let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
        let out = "OLD,checked_out,2020-03-06,2020-03-05,2020-03-06,1,80,EUR,A,false,,,\n";
        let here = "OLD,in_house,,2026-10-02,2026-10-06,1,80,EUR,A,false,,,\n";
        let path = file(&db, "present.csv", &format!("{HEADER}\n{out}{out}{here}{here}"));
        let import = Import {
            path,
            name: None,
            map: Map::parse(MAP).unwrap(),
            people: PeopleFrom::Synthetic { seed: 7 },
            batch: 3,
        };
        let mut audits = 0;
        let audit = |_: &ImportReport, _| {
            if audits == 0 {
                let closing = app.night_audit(Context::job("test"), "OLD", true);
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(closing)).unwrap();
            }
            audits += 1;
            ControlFlow::Continue(())
        };
        let imported = import.run(&app, Context::job("import"), audit).await.unwrap();
        assert_eq!((imported.report.imported, audits), (4, 2));
        let mut c = db.store.read().await.unwrap();
        let property = query::property::by_code(&mut c, "OLD").await.unwrap().unwrap();
        assert_eq!(property.business_date.to_string(), "2026-10-04");
        for stay in query::visit::in_house(&mut c, property.id).await.unwrap() {
            let postings = query::visit::postings(&mut c, property.id, stay.visit_id).await.unwrap();
            let nights: BTreeSet<_> = postings.iter().filter_map(|posting| posting.night).collect();
            assert_eq!(nights.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-10-02", "2026-10-03"]);
        }
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
    let app = hefu_app::open(db.store.clone(), db.clock.clone(), hefu_app::Options::default());
    let map = Map::builtin("hotel-booking-demand").unwrap();
    let import = Import { path, name: None, map, people: PeopleFrom::Synthetic { seed: 7 }, batch: BATCH };
    let done = import.run(&app, Context::job("import"), |_, _| ControlFlow::Continue(())).await.unwrap();
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
