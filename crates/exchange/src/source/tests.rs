//! Whole files through [`open`] and [`Map`].

use std::{
    env,
    fs::{self, File},
    io::{Cursor, Read, Write},
    path::PathBuf,
};

use chrono::NaiveDate;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hefu_domain::message::{ColumnName, Name, Why};
use proptest::prelude::*;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

const MAP: &str = r#"
name = "test"
[format]
null = ["NULL", "NA"]
undefined = ["Undefined"]
[property]
column = "hotel"
values = { "Seaview" = { code = "SEA", name = "Seaview Hotel" } }
[fields]
source_key = { column = "no" }
status = { column = "state", values = { "Out" = "checked_out", "Open" = "reserved", "Off" = "cancelled" } }
status_date = { column = "state_day" }
arrival = { column = "from" }
departure = { column = "to", date_format = "%d.%m.%Y" }
booked_at = { arrival_minus_days = ["lead"] }
adults = { column = "adults" }
children = { column = "children" }
rate = { column = "rate" }
currency = { value = "EUR" }
room_type_booked = { column = "type" }
meal = { column = "meal" }
[person]
full_name = { column = "guest" }
phone = { column = "phone" }
[rules]
require_people = true
reject_negative_rate = true
rate_outlier_above = "1000.00"
"#;

const HEADER: &str = "hotel,no,state,state_day,from,to,lead,adults,children,rate,type,meal,guest,phone";
const ROW: &str =
    "Seaview,B-7,Out,2024-05-04,2024-05-01,04.05.2024,30,2,1,94.90,DBL,BB,Mara Testova,+41 00 000";

fn map(toml: &str) -> Map {
    Map::parse(toml).unwrap()
}

fn csv(map: &Map, text: impl AsRef<[u8]>) -> Result<Rows, SourceError> {
    delimited::rows(Box::new(Cursor::new(text.as_ref().to_vec())), map, encoding_of(map))
}

fn encoding_of(map: &Map) -> &'static encoding_rs::Encoding {
    map.format().encoding.unwrap_or(encoding_rs::UTF_8)
}

fn jsonl(map: &Map, text: impl AsRef<[u8]>) -> Rows {
    json::rows(Box::new(Cursor::new(text.as_ref().to_vec())), map, encoding_of(map))
}

fn results(map: &Map, rows: Rows) -> Vec<Result<BookingRecord, Rejected>> {
    rows.map(|raw| map.record(&raw.unwrap())).collect()
}

/// The outcome of [`ROW`] with one text replaced.
fn outcome(from: &str, to: &str) -> Result<BookingRecord, Rejected> {
    let map = map(MAP);
    assert!(ROW.contains(from));
    let text = format!("{HEADER}\n{}\n", ROW.replacen(from, to, 1));
    results(&map, csv(&map, text).unwrap()).remove(0)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A path for a file of this test run, removed when dropped.
struct TestFile(PathBuf);

impl TestFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("hefu-source-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn the_row(row: u64) -> BookingRecord {
    BookingRecord {
        row,
        source_key: Some("B-7".into()),
        property: "SEA".into(),
        property_name: "Seaview Hotel".into(),
        status: Status::CheckedOut,
        status_date: Some(day("2024-05-04")),
        arrival: day("2024-05-01"),
        departure: day("2024-05-04"),
        booked_at: Some(day("2024-04-01")),
        adults: 2,
        children: 1,
        babies: 0,
        rate_minor: 9_490,
        total_minor: None,
        is_total_of_booking: false,
        currency: "EUR".into(),
        room_type_booked: "DBL".into(),
        room_type_assigned: None,
        room_count: 1,
        rooms: Vec::new(),
        rate_plan: None,
        meal: Some("BB".into()),
        channel: None,
        segment: None,
        agent: None,
        company: None,
        deposit: DepositKind::None,
        repeat_guest: false,
        nationality: None,
        changes: 0,
        parking: 0,
        requests: 0,
        waiting_days: 0,
        customer_type: None,
        people: vec![PersonRecord {
            full_name: Some("Mara Testova".into()),
            phones: vec!["+41 00 000".into()],
            ..PersonRecord::default()
        }],
        notes: Vec::new(),
    }
}

/// It is stored, so it must be the same in every release.
#[test]
fn what_tells_rows_apart_stays_the_same() {
    let text = format!("{HEADER}\n{ROW}\n");
    let identity = |map: &Map| {
        let raw = csv(map, &text).unwrap().next().unwrap().unwrap();
        map.identity_of(&raw)
    };
    let numbered = identity(&map(MAP));
    assert_eq!((numbered.key.as_deref(), numbered.digest), (Some("B-7"), 0xbcb5_d529_7188_2494));
    let nameless = identity(&map(&MAP.replace("source_key = { column = \"no\" }\n", "")));
    assert_eq!((nameless.key, nameless.digest), (None, 0x60fa_3df2_7543_5651));
}

#[test]
fn a_csv_row_becomes_a_booking() {
    let map = map(MAP);
    assert_eq!(map.name(), "test");
    for text in [
        format!("{HEADER}\n{ROW}\n"),
        format!("\u{feff}{HEADER}\r\n\r\n{ROW}"),
        format!("{HEADER}\n{}", ROW.replace("Mara Testova", "\" Mara Testova \"")),
    ] {
        assert_eq!(results(&map, csv(&map, text).unwrap()), [Ok(the_row(1))]);
    }
    let semicolons = self::map(&MAP.replace("[format]", "[format]\ndelimiter = \";\""));
    let text = format!("{HEADER}\n{ROW}").replace(',', ";");
    assert_eq!(results(&semicolons, csv(&semicolons, text).unwrap()), [Ok(the_row(1))]);
}

#[test]
fn a_row_read_with_another_map_is_found_by_name() {
    let (map, other) = (map(MAP), map(MAP));
    let rows = csv(&other, format!("{HEADER}\n{ROW}\n")).unwrap();
    assert_eq!(results(&map, rows), [Ok(the_row(1))]);
}

#[test]
fn fields_are_rejected_with_their_reason() {
    for (from, to, reason, field) in [
        ("Seaview", "Elsewhere", "unknown_value", "property"),
        ("Seaview", "", "missing_field", "property"),
        ("Out", "Gone", "unknown_value", "status"),
        ("2024-05-04", "soon", "not_a_date", "status_date"),
        ("2024-05-01", "NULL", "missing_field", "arrival"),
        ("2024-05-01", "2024-02-30", "not_a_date", "arrival"),
        ("04.05.2024", "04/05/2024", "ambiguous_date", "departure"),
        ("04.05.2024", "soon", "not_a_date", "departure"),
        ("04.05.2024", "30.04.2024", "departure_before_arrival", "departure"),
        (",30,", ",4000000000,", "not_a_date", "booked_at"),
        (",30,", ",x,", "not_a_number", "booked_at"),
        (",2,1,", ",two,1,", "not_a_number", "adults"),
        (",2,1,", ",,1,", "missing_field", "adults"),
        (",2,1,", ",2,NA,", "missing_children", "children"),
        (",2,1,", ",0,0,", "no_people", "adults"),
        ("94.90", "-6.38", "negative_rate", "rate"),
        ("94.90", "94,90,5\"", "not_a_number", "rate"),
        ("94.90", "1.234", "ambiguous_number", "rate"),
        ("94.90", "94 XXQ", "unknown_value", "currency"),
        ("94.90", "USD 94", "unknown_value", "currency"),
        ("DBL", "Undefined", "missing_field", "room_type_booked"),
        ("DBL,", "", "malformed_row", "row"),
        ("DBL,", "DBL,more,", "malformed_row", "row"),
        ("DBL,", "D\0BL,", "malformed_row", "row"),
    ] {
        let to = if to.ends_with('"') { format!("\"{to}") } else { to.to_owned() };
        let rejected = outcome(from, &to).unwrap_err();
        assert_eq!((rejected.why.code(), rejected.field.as_str()), (reason, field), "{from} → {to}");
    }
}

#[test]
fn a_row_with_several_faults_is_rejected_for_the_first() {
    let reason = |from, to| outcome(from, to).unwrap_err().why.code();
    assert_eq!(reason(",2,1,94.90,", ",0,0,-1,"), "no_people");
    assert_eq!(reason(",2,1,94.90,", ",0,NA,-1,"), "missing_children");
    assert_eq!(reason(",2,1,94.90,", ",0,NA,"), "malformed_row");
    let three = "01.04.2024,30,0,0,-1,";
    assert_eq!(reason("04.05.2024,30,2,1,94.90,", three), "departure_before_arrival");
}

#[test]
fn details_show_numbers_and_dates_but_no_words() {
    let detail = |from, to| outcome(from, to).unwrap_err().to_string();
    assert_eq!(
        detail("2024-05-01", "2024-02-30"),
        "row 1: not_a_date: arrival: This is no date between 1900 and 2199: “2024-02-30” in column “from”; write it as 2026-10-03."
    );
    assert_eq!(
        detail(",2,1,", ",Testova,1,"),
        "row 1: not_a_number: adults: This is no whole number: a text of 7 characters in column “adults”; give a number such as 2."
    );
    assert!(!detail(",2,1,", ",13800138000,1,").contains("138"));
    assert_eq!(
        detail("DBL,", ""),
        "row 1: malformed_row: row: The row has 13 fields and the header 14; check its separators and quotes."
    );
    assert_eq!(format!("{:?}", the_row(1).people), "[PersonRecord { .. }]");
}

#[test]
fn surprising_rows_are_imported_with_a_note() {
    let notes = |from, to| outcome(from, to).unwrap().notes;
    assert_eq!(notes("2024-05-04", "2024-05-03"), [Note::LeftOnAnotherDay]);
    assert_eq!(notes("Out,2024-05-04", "Off,2024-04-20"), []);
    assert_eq!(notes("2024-05-04,2024-05-01", "2024-05-04,2024-05-04"), [Note::NoNight]);
    assert_eq!(notes("94.90", "1000"), []);
    assert_eq!(notes("94.90", "5400"), [Note::RateOutlier { minor: 540_000 }]);
    assert_eq!(notes("BB", "Undefined"), [Note::Undefined { field: "meal" }]);
    assert_eq!(outcome("BB", "Undefined").unwrap().meal, None);
    assert_eq!(outcome("Mara Testova,+41 00 000", "NULL,").unwrap().people, []);
}

#[test]
fn a_number_alone_is_no_guest() {
    let map = map(&MAP.replace("[person]", "[person]\nid = { column = \"no\" }"));
    let text = format!("{HEADER}\n{ROW}\n{}\n", ROW.replace("Mara Testova,+41 00 000", ","));
    let people: Vec<Option<Option<String>>> = results(&map, csv(&map, text).unwrap())
        .into_iter()
        .map(|record| record.unwrap().people.into_iter().next().map(|person| person.id))
        .collect();
    assert_eq!(people, [Some(Some("B-7".into())), None]);
}

#[test]
fn numbers_can_be_summed_and_defaulted() {
    let toml = MAP
        .replace(
            "adults = { column = \"adults\" }",
            "adults = { sum = [\"adults\", \"lead\"], default = \"5\" }",
        )
        .replace("rate = { column = \"rate\" }", "rate = { column = \"rate\", default = \"12.50\" }");
    let map = map(&toml);
    let text = format!("{HEADER}\n{ROW}\n{}", ROW.replace("30,2,1,94.90", "30,,1,NULL"));
    let bookings = results(&map, csv(&map, text).unwrap());
    let figures = |row: usize| bookings[row].as_ref().map(|b| (b.adults, b.rate_minor)).unwrap();
    assert_eq!((figures(0), figures(1)), ((32, 9_490), (35, 1_250)));
}

#[test]
fn a_malformed_row_is_kept_and_stops_nothing() {
    let map = map(MAP);
    let mut text = format!("{HEADER}\n").into_bytes();
    text.extend(ROW.replace("Mara", "M\u{0}ra").into_bytes().iter().map(|b| if *b == 0 { 0xff } else { *b }));
    text.extend(format!("\n{ROW},more\nSeaview\n{ROW}\n").bytes());
    let raws: Vec<Raw> = csv(&map, text).unwrap().map(Result::unwrap).collect();

    let reasons: Vec<_> = raws.iter().map(|raw| map.record(raw).map_err(|r| r.why.code())).collect();
    let malformed = || Err("malformed_row");
    assert_eq!(reasons, [malformed(), malformed(), malformed(), Ok(the_row(4))]);
    assert_eq!(raws[0].get("guest"), Some("M\u{fffd}ra Testova"));
    assert_eq!(raws[1].fields().last(), Some(("column 15", "more")));
    assert_eq!(raws[2].fields().collect::<Vec<_>>(), [("hotel", "Seaview")]);
    assert_eq!(raws[3].fields().nth(12), Some(("guest", "Mara Testova")));
    assert_eq!(raws[3].get("nobody"), None);
    assert_eq!(format!("{:?}", raws[3]), "Raw { row: 4, .. }");
    assert_eq!(map.figures(&raws[0]), None);
    let figures = Figures { status: Status::CheckedOut, nights: 3, revenue_minor: 28_470 };
    assert_eq!(map.figures(&raws[3]), Some(figures));
}

#[test]
fn gb18030_is_read_when_declared() {
    let map = map(&MAP.replace("[format]", "[format]\nencoding = \"gb18030\""));
    let (text, _, _) = encoding_rs::GB18030.encode("测试甲");
    let mut file = format!("{HEADER}\n").into_bytes();
    let (before, after) = ROW.split_once("Mara Testova").unwrap();
    for name in [&*text, b"\x81", b"\xb2\xe2"] {
        file.extend([before.as_bytes(), name, after.as_bytes(), b"\n"].concat());
    }
    let bookings = results(&map, csv(&map, &file).unwrap());
    let name = |row: usize| bookings[row].clone().map(|b| b.people[0].full_name.clone().unwrap());
    assert_eq!(name(0).unwrap(), "测试甲");
    assert_eq!(name(1).unwrap_err().why, Why::NotEncoded { encoding: Name("GB 18030".into()) });
    assert_eq!(name(2).unwrap(), "测");
}

#[test]
fn a_file_that_does_not_fit_the_map_is_not_read() {
    let map = map(MAP);
    let error = |text: &str| csv(&map, text).err().unwrap().to_string();
    assert_eq!(error(""), "the file is empty: a header row is needed");
    assert_eq!(
        error(&HEADER.replace("rate", "price").replace("phone", "tel")),
        "the file lacks columns of the map: rate, phone"
    );
    assert_eq!(error(&format!("{HEADER},no")), "the file has column no more than once");
    assert_eq!(
        error(&HEADER.replace(",no,", ",No ,").replace("phone", "phone,NO")),
        "the file has column no more than once"
    );
    let latin = csv(&map, b"hotel,pre\xe7o\n").err().unwrap();
    assert!(matches!(latin, SourceError::Encoding { encoding: "UTF-8" }));
}

#[test]
fn an_unclosed_quote_does_not_fill_the_memory() {
    let map = map(MAP);
    let text = format!("{HEADER}\n{ROW}\n\"{}", "x\n".repeat(1 << 20));
    let mut rows = csv(&map, text).unwrap();
    assert_eq!(map.record(&rows.next().unwrap().unwrap()), Ok(the_row(1)));
    assert!(matches!(rows.next(), Some(Err(SourceError::Read { row: 2, .. }))));
    assert!(rows.next().is_none());

    let mut rows = jsonl(&map, "[".repeat(2 << 20));
    assert!(matches!(rows.next(), Some(Err(SourceError::Read { row: 1, .. }))));
    assert!(rows.next().is_none());
}

#[test]
fn json_lines_are_flattened() {
    let map = map(&MAP.replace("\"guest\"", "\"guest.name\""));
    let line = r#"{"hotel":"Seaview","no":"B-7","state":"Out","state_day":"2024-05-04","from":"2024-05-01",
        "to":"04.05.2024","lead":30,"adults":2,"children":1,"rate":94.9,"type":"DBL","meal":"BB",
        "guest":{"name":"Mara Testova"},"phone":"+41 00 000","extra":[1,null]}"#
        .replace('\n', " ");
    let anonymous = line.replace(r#"{"name":"Mara Testova"}"#, "null").replace(r#""+41 00 000""#, "null");
    let text = format!("\u{feff}{line}\n\n{{\"hotel\": \n[1]\n{anonymous}\r\n{{}}\n{line}");
    let raws: Vec<Raw> = jsonl(&map, text).map(Result::unwrap).collect();
    assert_eq!(raws[0].get("extra"), Some("[1,null]"));
    assert_eq!(raws[1].fields().collect::<Vec<_>>(), [("line", "{\"hotel\":")]);

    let outcomes: Vec<_> = raws.iter().map(|raw| map.record(raw)).collect();
    let why = |row: usize| outcomes[row].clone().unwrap_err().why;
    assert_eq!(outcomes[0], Ok(the_row(1)));
    assert_eq!(why(1), Why::NotJson { column: 9 });
    assert_eq!(why(2), Why::NoObject);
    assert_eq!(outcomes[3], Ok(BookingRecord { people: Vec::new(), ..the_row(4) }));
    assert_eq!(why(4), Why::Missing { column: ColumnName(Some("hotel".into())) });
    assert_eq!(outcomes[5], Ok(the_row(6)));
    assert_eq!(outcomes.len(), 6);

    let mut bytes = b"{\"hotel\":\"\xff\"}\n".to_vec();
    bytes.extend(line.bytes());
    let outcomes = results(&map, jsonl(&map, bytes));
    assert_eq!(outcomes[0].clone().unwrap_err().why, Why::NotEncoded { encoding: Name("UTF-8".into()) });
    assert_eq!(outcomes[1], Ok(the_row(2)));
}

#[test]
fn a_workbook_is_read_with_its_cell_types() {
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "cover").unwrap();
    let sheet = book.add_worksheet().set_name("Bookings").unwrap();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (column, name) in HEADER.split(',').enumerate() {
        sheet.write(0, column as u16, name).unwrap();
    }
    // Row 2 stays blank.
    for row in [1, 3] {
        for (column, text) in ROW.split(',').enumerate() {
            let column = column as u16;
            match (text.parse::<f64>(), text.parse::<NaiveDate>()) {
                (Ok(number), _) => sheet.write(row, column, number).unwrap(),
                (_, Ok(_)) => {
                    let day = ExcelDateTime::parse_from_str(text).unwrap();
                    sheet.write_with_format(row, column, &day, &date).unwrap()
                }
                _ => sheet.write(row, column, text).unwrap(),
            };
        }
    }
    let noon = ExcelDateTime::parse_from_str("2024-05-04T12:30:00").unwrap();
    sheet.write_with_format(3, 3, &noon, &date).unwrap();
    let file = TestFile::new("book.xlsx", &book.save_to_buffer().unwrap());

    let named = map(&MAP.replace("[format]", "[format]\nsheet = \"Bookings\""));
    let raws: Vec<Raw> = open(&file.0, &named).unwrap().map(Result::unwrap).collect();
    assert_eq!(raws[1].get("state_day"), Some("2024-05-04 12:30:00"));
    let outcomes: Vec<_> = raws.iter().map(|raw| named.record(raw)).collect();
    assert_eq!(outcomes, [Ok(the_row(1)), Ok(the_row(2))]);

    let first = open(&file.0, &map(MAP)).err().unwrap();
    assert!(matches!(first, SourceError::MissingColumns { .. }));
    let other = map(&MAP.replace("[format]", "[format]\nsheet = \"Rooms\""));
    assert!(matches!(open(&file.0, &other), Err(SourceError::NoSheet { .. })));
    let broken = TestFile::new("broken.xlsx", b"PK\x03\x04 no workbook");
    assert!(matches!(open(&broken.0, &named), Err(SourceError::Workbook { .. })));
}

#[test]
fn the_format_follows_from_the_name_or_the_map() {
    let by_name = map(MAP);
    let text = format!("{HEADER}\n{ROW}\n{ROW}\n");
    let outcome = [Ok(the_row(1)), Ok(the_row(2))];
    for (name, content) in [("a.csv", text.clone().into_bytes()), ("b.CSV.GZ", gzip(text.as_bytes()))] {
        let file = TestFile::new(name, &content);
        assert_eq!(results(&by_name, open(&file.0, &by_name).unwrap()), outcome);
    }
    let file = TestFile::new("c.ndjson.gz", &gzip(b"{}\n{}\n{}"));
    assert_eq!(open(&file.0, &by_name).unwrap().count(), 3);

    let file = TestFile::new("d.dat", b"\x7fELF\x02\x01\x01\0\0\0nothing of rows\0");
    assert!(matches!(open(&file.0, &by_name), Err(SourceError::UnknownFormat { .. })));
    let file = TestFile::new("e.dat", text.as_bytes());
    assert_eq!(results(&by_name, open(&file.0, &by_name).unwrap()), outcome);
    // A stray NUL costs its row and not the file, whatever this is called.
    let stray = format!("{text}{}\n", ROW.replacen("DBL", "D\0BL", 1));
    let file = TestFile::new("f.dat", stray.as_bytes());
    let read = results(&by_name, open(&file.0, &by_name).unwrap());
    assert_eq!(read[..2], outcome);
    assert_eq!(read[2].as_ref().unwrap_err().why.code(), "malformed_row");
    let declared = map(&MAP.replace("[format]", "[format]\nkind = \"csv\""));
    assert_eq!(results(&declared, open(&file.0, &declared).unwrap()), read);
    let absent = open(&file.0.with_extension("csv"), &by_name);
    assert!(matches!(absent, Err(SourceError::Open { .. })));
}

#[test]
fn a_damaged_gzip_file_ends_with_an_error_after_its_good_rows() {
    let map = map(MAP);
    let mut text = format!("{HEADER}\n");
    for number in 0..20_000_u32 {
        // Numbers without a pattern, so that little compresses away.
        text.push_str(&ROW.replace("B-7", &number.wrapping_mul(2_654_435_761).to_string()));
        text.push('\n');
    }
    let whole = gzip(text.as_bytes());
    let file = TestFile::new("torn.csv.gz", &whole[..whole.len() / 2]);
    let rows: Vec<_> = open(&file.0, &map).unwrap().collect();
    let good = rows.len() - 1;
    assert!((5_000..15_000).contains(&good), "{good}");
    assert!(rows[..good].iter().all(Result::is_ok));
    assert!(matches!(&rows[good], Err(SourceError::Read { row, .. }) if *row == good as u64 + 1));
}

#[test]
fn faults_of_a_map_name_the_key() {
    for (from, to, message) in [
        ("{ column = \"adults\" }", "{ default = \"1\" }", "fields.adults: needs `column` or `value`"),
        ("{ column = \"adults\" }", "{ value = \"many\" }", "fields.adults: `many` is not a whole number"),
        ("{ column = \"adults\" }", "{ sum = [] }", "fields.adults.sum: needs at least one column"),
        (
            "{ column = \"adults\" }",
            "{ column = \"a\", value = \"1\" }",
            "fields.adults: has both `column` and `value`",
        ),
        (
            "{ column = \"adults\" }",
            "{ column = \"a\", part = 1 }",
            "fields.adults.part: counts the parts of a `split` from 1",
        ),
        (
            "{ column = \"rate\" }",
            "{ column = \"rate\", tax = \"excluded\" }",
            "fields.tax: is required where a price is without tax",
        ),
        (
            "{ column = \"adults\" }",
            "{ column = \"a\", values = {} }",
            "fields.adults.values: does not apply to a number here",
        ),
        (
            "\"checked_out\"",
            "\"left\"",
            "fields.status.values.\"Out\": `left` is not one of reserved, in_house, checked_out, cancelled, no_show, by_dates",
        ),
        (
            "{ value = \"EUR\" }",
            "{ value = \"EUR\", default = \"USD\" }",
            "fields.currency.default: does not apply to a text here",
        ),
        (
            "{ column = \"from\" }",
            "{ arrival_plus_nights = [\"lead\"] }",
            "fields.arrival: needs `column` or `date_parts`",
        ),
        ("%d.%m.%Y", "%d.%m", "fields.departure.date_format: `%d.%m` does not say year, month and day"),
        (
            "%d.%m.%Y",
            "%Q",
            "fields.departure.date_format: `%Q` is not a strftime format such as \"%d/%m/%Y\"",
        ),
        (
            "[format]",
            "[format]\ndelimiter = \"、\"",
            "format.delimiter: must be an ASCII character other than a quote or a line end",
        ),
        (
            "[format]",
            "[format]\nencoding = \"gb18030\"\ndelimiter = \"|\"",
            "format.delimiter: may be part of a character in gb18030; convert the file to utf-8",
        ),
        (
            "[format]",
            "[format]\ndecimal = \".\"\ngrouping = \".\"",
            "format.grouping: must not be a digit, a minus or the decimal sign",
        ),
        ("\"1000.00\"", "\"lots\"", "rules.rate_outlier_above: is not an amount such as \"1000.00\""),
        ("column = \"hotel\"", "value = \"Hill\"", "property.value: `Hill` is not among property.values"),
    ] {
        assert!(MAP.contains(from));
        let error = Map::parse(&MAP.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    for (from, to, parts) in [
        ("adults = ", "adlts = ", ["fields", "missing field `adults`"]),
        ("meal = ", "meel = ", ["fields.meel", "is no field of this kind of file"]),
        ("require_people", "need_people", ["unknown field `need_people`", "line 26"]),
        ("arrival = { column = \"from\" }", "", ["fields", "missing field `arrival`"]),
        ("column = \"from\"", "colum = \"from\"", ["unknown field `colum`", "line 13"]),
    ] {
        let error = Map::parse(&MAP.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn the_maps_that_come_along_can_be_used() {
    let maps = Map::list_builtin();
    assert!(maps.iter().any(|(name, _)| *name == "hotel-booking-demand"));
    for (name, _) in maps {
        assert_eq!(Map::builtin(name).unwrap().name(), name);
    }
    assert!(Map::builtin("none").is_none());
}

/// An archive of these entries.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A workbook whose only sheet has these rows, as XML.
fn workbook_of(rows: &str, strings: &str) -> Vec<u8> {
    workbook_with("", rows, strings)
}

/// The same, whose parts begin with a type of document.
fn workbook_with(doctype: &str, rows: &str, strings: &str) -> Vec<u8> {
    let types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>"#;
    let rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
    let book = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>"#;
    let book_rels = r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#;
    let sheet = format!(
        r#"<?xml version="1.0"?>{doctype}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    let strings = format!(
        r#"<?xml version="1.0"?>{doctype}<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>"#
    );
    archive(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
    ])
}

/// Cells of a row as inline texts.
fn cells(row: usize, texts: &[&str]) -> String {
    let cell = |(at, text): (usize, &&str)| {
        let column = (b'A' + at as u8) as char;
        format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#)
    };
    format!(r#"<row r="{row}">{}</row>"#, texts.iter().enumerate().map(cell).collect::<String>())
}

const SHORT: &str = r#"
name = "short"
[property]
value = "S"
[fields]
source_key = { column = "no" }
status = { value = "checked_out" }
arrival = { column = "in" }
departure = { column = "out" }
adults = { value = 1 }
total = { column = "price" }
currency = { value = "EUR" }
room_type_booked = { value = "DBL" }
[person]
full_name = { column = "name" }
"#;

/// Number, arrival, price and name of the rows of a file.
fn read(name: &str, content: &[u8], map: &Map) -> Result<Vec<(String, String, i64, String)>, SourceError> {
    let file = TestFile::new(name, content);
    let source = Source::open(&file.0, map)?;
    let rows = source.rows()?.map(|raw| {
        let record = source.map().record(&raw.unwrap()).unwrap();
        let name = record.people[0].full_name.clone().unwrap();
        (record.source_key.unwrap(), record.arrival.to_string(), record.total_minor.unwrap(), name)
    });
    Ok(rows.collect())
}

fn wanted() -> Vec<(String, String, i64, String)> {
    vec![
        ("1".into(), "2026-01-13".into(), 1_234_50, "Zoë Müller".into()),
        ("2".into(), "2026-01-14".into(), 99_00, "José Peña".into()),
    ]
}

const TABLE: &str = "no;in;out;price;name\n1;13/01/2026;15/01/2026;1.234,50;Zoë Müller\n2;14/01/2026;15/01/2026;99,00;José Peña\n";

#[test]
fn entities_of_a_workbook_lead_nowhere() {
    let map = map(SHORT);
    let secret = TestFile::new("secret.txt", b"4711");
    let doctype = format!(
        "<!DOCTYPE x [<!ENTITY outside SYSTEM \"file://{}\"><!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
         <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;\">]>",
        secret.0.display()
    );
    for name in ["&outside;", "&d;"] {
        let rows = cells(1, &["no", "in", "out", "price", "name"])
            + &cells(2, &["1", "2026-01-13", "2026-01-15", "99.00", name]);
        let file = TestFile::new("entities.xlsx", &workbook_with(&doctype, &rows, ""));
        // Refused, or taken for what stands there: nothing is fetched, and nothing grows.
        let Ok(source) = Source::open(&file.0, &map) else { continue };
        let Ok(rows) = source.rows() else { continue };
        for raw in rows.flatten() {
            let shown: String = raw.fields().map(|(_, text)| text).collect();
            assert!(!shown.contains("4711") && shown.len() < 2_000, "{shown}");
        }
    }
}

#[test]
fn a_table_is_the_same_in_every_format_and_encoding() {
    let map = map(SHORT);
    let html: String = TABLE
        .lines()
        .map(|line| {
            format!("<tr>{}</tr>", line.split(';').map(|cell| format!("<td>{cell}</td>")).collect::<String>())
        })
        .collect();
    let html = format!("<html><head><meta charset=\"utf-8\"></head><table>{html}</table></html>");
    let objects: Vec<String> = TABLE.lines().skip(1).map(|line| {
        let texts: Vec<&str> = line.split(';').collect();
        serde_json::json!({"no": texts[0], "in": texts[1], "out": texts[2], "price": texts[3], "name": texts[4]}).to_string()
    }).collect();
    let rows: String = TABLE
        .lines()
        .enumerate()
        .map(|(at, line)| cells(at + 1, &line.split(';').collect::<Vec<_>>()))
        .collect();
    let wide: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(TABLE.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(TABLE.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(TABLE);
    let (head, second) = TABLE.split_at(TABLE.find("2;14").unwrap());
    let header = TABLE.lines().next().unwrap();
    let two = archive(&[
        ("a.csv", head.as_bytes()),
        ("b.csv", format!("{header}\n{second}").as_bytes()),
        ("readme.txt", b"nothing"),
    ]);
    for (name, content) in [
        ("plain.csv", TABLE.as_bytes().to_vec()),
        ("mark.csv", format!("\u{feff}{TABLE}").into_bytes()),
        ("wide.csv", wide),
        ("big.txt", big),
        ("latin.csv", latin.to_vec()),
        ("tabs.xls", TABLE.replace(';', "\t").into_bytes()),
        ("page.xls", html.into_bytes()),
        ("array.json", format!("[\n{}\n]", objects.join(",\n")).into_bytes()),
        ("lines.json", objects.join("\n").into_bytes()),
        ("book.xlsx", workbook_of(&rows, "")),
        ("two.zip", two),
        ("packed.csv.gz", gzip(TABLE.as_bytes())),
        ("trailing.csv", TABLE.replace('\n', ";;\n").into_bytes()),
        ("blank.csv", format!("{TABLE};;;;\n;;;;\n").into_bytes()),
    ] {
        assert_eq!(read(name, &content, &map).unwrap(), wanted(), "{name}");
    }
}

#[test]
fn rows_before_the_header_are_passed_over_and_columns_found_by_place() {
    let text = format!("Report\n\n{}", TABLE.replace("name\n", "\n"));
    let by_place = SHORT
        .replace("column = \"name\"", "column = 5")
        .replace("[property]", "[format]\nskip_rows = 2\n[property]");
    assert_eq!(read("skip.csv", text.as_bytes(), &map(&by_place)).unwrap(), wanted());
    let rows: String = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| cells(at + 1, &line.split(';').collect::<Vec<_>>()))
        .collect();
    assert_eq!(read("skip.xlsx", &workbook_of(&rows, ""), &map(&by_place)).unwrap(), wanted());
    let sheet = SHORT.replace("[property]", "[format]\nsheet = \"1\"\n[property]");
    let rows: String = TABLE
        .lines()
        .enumerate()
        .map(|(at, line)| cells(at + 1, &line.split(';').collect::<Vec<_>>()))
        .collect();
    assert_eq!(read("place.xlsx", &workbook_of(&rows, ""), &map(&sheet)).unwrap(), wanted());
    assert!(matches!(
        read("no.xlsx", &workbook_of(&rows, ""), &map(&sheet.replace("\"1\"", "\"2\""))),
        Err(SourceError::NoSheet { .. })
    ));
}

#[test]
fn what_a_column_leaves_open_is_told() {
    let text = TABLE.replace("1.234,50", "1.234").replace("99,00", "2.500");
    let error = read("open.csv", text.as_bytes(), &map(SHORT)).err().unwrap();
    assert!(
        matches!(&error, SourceError::AmbiguousDecimal { column, sample } if column == "price" && sample == "1.234"),
        "{error}"
    );
    let declared = SHORT.replace("column = \"price\"", "column = \"price\", decimal = \",\"");
    assert_eq!(read("told.csv", text.as_bytes(), &map(&declared)).unwrap()[0].2, 1_234_00);
    // Day and month of these two are told by the length of the stays, and of the next by nothing.
    let text = TABLE
        .replace("13/01/2026", "03/01/2026")
        .replace("14/01/2026", "04/01/2026")
        .replace("15/01/2026", "05/01/2026");
    assert_eq!(read("usual.csv", text.as_bytes(), &map(SHORT)).unwrap()[0].1, "2026-01-03");
    let file = TestFile::new("none.csv", b"no;in;out;price;name\n1;03/03/2026;05/04/2026;99,5;Test\n");
    let map = map(SHORT);
    let source = Source::open(&file.0, &map).unwrap();
    let rejected = source.map().record(&source.rows().unwrap().next().unwrap().unwrap()).unwrap_err();
    assert_eq!((rejected.why.code(), rejected.field.as_str()), ("ambiguous_date", "departure"));
}

#[test]
fn taxes_parts_and_words_are_read() {
    let toml = SHORT
        .replace(
            "total = { column = \"price\" }",
            "rate = { column = \"price\", tax = \"excluded\" }\ntax = { value = \"10%\" }",
        )
        .replace("arrival = { column = \"in\" }", "arrival = { column = \"in\", split = [\"~\"], part = 1 }")
        .replace(
            "departure = { column = \"out\" }",
            "departure = { column = \"in\", split = [\"~\"], part = 2 }",
        )
        .replace("status = { value = \"checked_out\" }", "status = { column = \"out\" }");
    let map = map(&toml).on(day("2026-06-01"));
    let text = "no,in,out,price,name\n1,2026-01-13 ~ 2026-01-15,CONFIRMED,100.00,A\n2,2026-05-31~2026-06-02,ok,100,B\n3,2026-07-01~2026-07-02,Cancelled by guest,1,C\n4,2026-07-01~2026-07-02,已确认,1,D\n";
    let file = TestFile::new("words.csv", text.as_bytes());
    let source = Source::open(&file.0, &map).unwrap();
    let records: Vec<BookingRecord> =
        source.rows().unwrap().map(|raw| source.map().record(&raw.unwrap()).unwrap()).collect();
    let statuses: Vec<Status> = records.iter().map(|record| record.status).collect();
    assert_eq!(statuses, [Status::CheckedOut, Status::InHouse, Status::Cancelled, Status::Reserved]);
    assert_eq!((records[0].rate_minor, records[0].departure), (110_00, day("2026-01-15")));
}

/// The most memory that the process has held, in KiB.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn hostile_workbooks_are_refused_or_read_in_little_memory() {
    let map = map(SHORT);
    let table: String = TABLE
        .lines()
        .enumerate()
        .map(|(at, line)| cells(at + 1, &line.split(';').collect::<Vec<_>>()))
        .collect();
    // A stray cell far away.
    let ghost = format!(r#"{table}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    assert_eq!(read("ghost.xlsx", &workbook_of(&ghost, ""), &map).unwrap(), wanted());
    // Places that no cell has.
    for place in ["A0", "ZZZZZZZZZZ1", "A99999999999999", "1", "é1"] {
        let bad = format!(r#"{table}<row r="9"><c r="{place}"><v>1</v></c></row>"#);
        let file = TestFile::new("bad.xlsx", &workbook_of(&bad, ""));
        let outcome = Source::open(&file.0, &map).map(|source| source.survey().rows);
        assert!(matches!(outcome, Err(SourceError::Workbook { .. }) | Ok(2..=3)), "{place}: {outcome:?}");
    }
    // Small archives of very much.
    let bomb = workbook_of(&table, &"<si><t>x</t></si>".repeat(5 << 20));
    assert!(bomb.len() < 1 << 20);
    assert!(matches!(read("strings.xlsx", &bomb, &map), Err(SourceError::TooLarge { .. })));
    let cell =
        format!(r#"<row r="9"><c r="A9" t="inlineStr"><is><t>{}</t></is></c></row>"#, "x".repeat(30 << 20));
    assert!(matches!(
        read("cell.xlsx", &workbook_of(&format!("{table}{cell}"), ""), &map),
        Err(SourceError::TooLarge { .. })
    ));
    if let Some(peak) = peak() {
        // The files themselves were made in memory.
        assert!(peak < 420 << 10, "{peak} KiB");
    }
}

#[test]
fn archives_of_very_much_are_refused() {
    let map = map(SHORT);
    // Together they hold more than is allowed, each by itself does not.
    let both = archive(&[("a.csv", TABLE.as_bytes()), ("b.csv", TABLE.as_bytes())]);
    let file = TestFile::new("both.zip", &both);
    let most = TABLE.len() as u64;
    assert!(open::unpacked(&file.0, &map, 2 * most).is_ok_and(|(parts, _)| parts.len() == 2));
    assert!(matches!(open::unpacked(&file.0, &map, 2 * most - 1), Err(SourceError::TooLarge { .. })));
    // Very many files, and a directory that says so of itself.
    let names: Vec<String> = (0..1_001).map(|at| format!("{at}.csv")).collect();
    let entries: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), TABLE.as_bytes())).collect();
    assert!(matches!(read("many.zip", &archive(&entries), &map), Err(SourceError::Archive { .. })));
    let last = both.len() - 22;
    for (at, byte) in [(10, [0xff, 0xff]), (14, [0x41, 0])] {
        let mut crafted = both.clone();
        crafted[last + at..last + at + 2].copy_from_slice(&byte);
        for name in ["crafted.zip", "crafted.xlsx"] {
            assert!(matches!(read(name, &crafted, &map), Err(SourceError::TooLarge { .. })), "{name} {at}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_not_waited_for() {
    let path = env::temp_dir().join(format!("hefu-source-{}-pipe", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let refused = Source::open(&path, &map(SHORT)).err().unwrap();
    let input = Input::of(&path).err().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(refused, SourceError::NotAFile { .. }) && matches!(input, SourceError::NotAFile { .. }));
    assert!(matches!(Source::open(&env::temp_dir(), &map(SHORT)), Err(SourceError::NotAFile { .. })));
}

#[test]
fn what_another_program_writes_is_kept_while_it_is_read() {
    let input = Input::spool(TABLE.as_bytes()).unwrap();
    let map = map(SHORT);
    let source = Source::open(&input.path, &map).unwrap();
    assert_eq!((source.survey().rows, source.rows().unwrap().count()), (2, 2));
    let path = input.path.clone();
    drop((source, input));
    assert!(!path.exists());
}

/// Every sample is read by its map, to the last row.
#[test]
fn every_map_reads_its_sample() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("maps/samples");
    let hints = Hints { time_zone: Some("Europe/Rome".into()), ..Hints::default() };
    for (name, file, rows, sum) in [
        ("booking-com", "booking-com.csv", 3, 1_100_50 + 210_00 + 900_00),
        ("airbnb", "airbnb.csv", 3, 1_250_00 + 412_50),
        ("expedia", "expedia.csv", 2, 512_40),
        ("cloudbeds", "cloudbeds.csv", 2, 5_000_00 + 600_00),
        ("opera", "opera.txt", 2, 2 * 1_180_00 + 880_00),
        ("mews", "mews.csv", 2, 190_50 + 80_00),
        ("little-hotelier", "little-hotelier.csv", 2, 570_00),
        ("ctrip", "ctrip.csv", 3, 600_00 + 560_00 + 1_120_00),
        ("meituan", "meituan.csv", 2, 576_00),
        ("fliggy", "fliggy.csv", 2, 2_088_00 + 1_392_00),
        ("hoteldruid", "hoteldruid.html", 2, 1_150_50 + 80_00),
        ("qloapps", "qloapps.csv", 3, 2_360_00 + 3_540_00 + 1_180_00),
    ] {
        let hints = Hints { currency: (name == "airbnb").then(|| "USD".to_owned()), ..hints.clone() };
        let map = Map::for_property(Map::builtin_text(name).unwrap(), &hints).unwrap();
        let source = Source::open(&folder.join(file), &map.on(day("2026-11-01"))).unwrap();
        let raws: Vec<Raw> = source.rows().unwrap().map(Result::unwrap).collect();
        assert_eq!((source.survey().rows, raws.len()), (rows, rows as usize), "{name}");
        let mut revenue = 0;
        for raw in &raws {
            let record = source.map().record(raw).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!record.people.is_empty(), "{name}");
            revenue += source.map().figures(raw).unwrap().revenue_minor;
        }
        assert_eq!(revenue, sum, "{name}");
        let statuses: std::collections::HashSet<Status> =
            raws.iter().map(|raw| source.map().record(raw).unwrap().status).collect();
        assert!(statuses.contains(&Status::CheckedOut), "{name}: {statuses:?}");
    }
    assert_eq!(Map::list_builtin().len(), 13);
}

/// Path of the booking demand file, or `None` with a word on where it should be.
fn booking_demand() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = env::var_os("HEFU_SHARED").map_or_else(beside, PathBuf::from);
    let path = shared.join("data/hotel_bookings.csv.gz");
    if !path.exists() {
        eprintln!("skipped: {} is absent (set HEFU_SHARED)", path.display());
        return None;
    }
    Some(path)
}

#[test]
fn the_booking_demand_file_gives_its_published_figures() {
    let Some(path) = booking_demand() else { return };
    let map = Map::builtin("hotel-booking-demand").unwrap();
    let raws: Vec<Raw> = open(&path, &map).unwrap().map(Result::unwrap).collect();
    assert_eq!(raws.len(), 119_390);

    let figures: Vec<Figures> = raws.iter().map(|raw| map.figures(raw).unwrap()).collect();
    let with = |status| figures.iter().filter(move |f| f.status == status);
    assert_eq!(with(Status::CheckedOut).count(), 75_166);
    assert_eq!(with(Status::Cancelled).count(), 43_017);
    assert_eq!(with(Status::NoShow).count(), 1_207);
    assert_eq!(with(Status::CheckedOut).map(|f| u64::from(f.nights)).sum::<u64>(), 255_040);
    assert_eq!(with(Status::CheckedOut).map(|f| f.revenue_minor).sum::<i64>(), 2_599_626_041);
    assert_eq!(figures.iter().filter(|f| f.nights == 0).count(), 715);

    let (bookings, rejected): (Vec<_>, Vec<_>) =
        raws.iter().map(|raw| map.record(raw)).partition(Result::is_ok);
    let bookings: Vec<_> = bookings.into_iter().map(Result::unwrap).collect();
    let rejected: Vec<_> = rejected.into_iter().map(Result::unwrap_err).collect();
    let reasons = |reason| rejected.iter().filter(|r| r.why.code() == reason).count();
    assert_eq!(reasons("no_people"), 180);
    assert_eq!(reasons("negative_rate"), 1);
    assert_eq!(reasons("missing_children"), 4);
    assert_eq!(rejected.len(), 185);
    let negative = rejected.iter().find(|r| r.why.code() == "negative_rate").unwrap();
    assert_eq!(negative.row, 14_970);

    let noted = |note: &Note| bookings.iter().filter(|b| b.notes.contains(note)).count();
    // 70 of the 715 rows without a night are among the rejected.
    assert_eq!(noted(&Note::NoNight), 645);
    // 27 with row 2,225, which has no people and is rejected for it.
    assert_eq!(noted(&Note::LeftOnAnotherDay), 26);
    let lenient = include_str!("../../maps/hotel-booking-demand.toml").replace("require_people = true", "");
    let lenient = self::map(&lenient);
    let all = raws.iter().filter_map(|raw| lenient.record(raw).ok());
    assert_eq!(all.filter(|b| b.notes.contains(&Note::LeftOnAnotherDay)).count(), 27);
    let outliers: Vec<_> = bookings
        .iter()
        .filter(|b| b.notes.iter().any(|note| matches!(note, Note::RateOutlier { .. })))
        .map(|b| (b.row, b.rate_minor))
        .collect();
    assert_eq!(outliers, [(48_516, 540_000)]);

    let first = &bookings[0];
    assert_eq!((first.property.as_str(), first.row, first.arrival), ("RESORT", 1, day("2015-07-01")));
    assert_eq!(first.booked_at, Some(day("2014-07-24")));
    assert_eq!((first.changes, first.nationality.as_deref()), (3, Some("PRT")));
    assert_eq!((&first.agent, first.people.len(), &first.source_key), (&None, 0, &None));
}

/// Prints rows per second, beside those of the bare csv reader: `cargo test --release -p hefu-exchange -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement, not a check"]
fn speed_of_csv_to_bookings() {
    let Some(path) = booking_demand() else { return };
    let map = Map::builtin("hotel-booking-demand").unwrap();
    let mut text = Vec::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut text).unwrap();
    let file = TestFile::new("speed.csv", &text);
    for _ in 0..5 {
        let start = std::time::Instant::now();
        let rows = open(&file.0, &map).unwrap();
        let good = rows.filter(|raw| map.record(raw.as_ref().unwrap()).is_ok()).count();
        let seconds = start.elapsed().as_secs_f64();
        let start = std::time::Instant::now();
        let floor = ::csv::Reader::from_path(&file.0).unwrap().into_records().filter(Result::is_ok).count();
        let floor = floor as f64 / start.elapsed().as_secs_f64();
        let rate = 119_390.0 / seconds;
        eprintln!("{rate:.0} rows/s, {good} bookings; bare csv {floor:.0} rows/s, ratio {:.2}", rate / floor);
    }
}

/// Lines that are often nearly right.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let texts = [
        "Seaview",
        "Out",
        "2024-05-01",
        "04.05.2024",
        "2",
        "NA",
        "-1.5",
        "",
        "\"",
        "é",
        "日",
        "\u{feff}",
        "{",
        "}",
    ];
    let row = prop_oneof![
        Just(ROW.as_bytes().to_vec()),
        prop::collection::vec(prop::sample::select(texts.to_vec()), 13..=15)
            .prop_map(|cells| cells.join(",").into_bytes()),
        prop::collection::vec(any::<u8>(), 0..60),
        Just(br#"{"hotel":"Seaview","a":{"b":[1]}}"#.to_vec()),
    ];
    prop::collection::vec(row, 0..12).prop_map(|rows| rows.join(&b'\n'))
}

/// Bookings and rejections; every row must be one of the two, numbered from 1.
fn accounted(map: &Map, rows: Rows) -> usize {
    let mut count = 0;
    for raw in rows {
        let raw = raw.unwrap();
        count += 1;
        let row = match map.record(&raw) {
            Ok(booking) => booking.row,
            Err(rejected) => rejected.row,
        };
        assert_eq!(row, count as u64);
        let _ = (map.figures(&raw), raw.fields().count());
    }
    count
}

/// A workbook of one row, made once.
fn a_workbook() -> Vec<u8> {
    static BOOK: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, line) in [HEADER, ROW].into_iter().enumerate() {
            for (column, text) in line.split(',').enumerate() {
                sheet.write(row as u32, column as u16, text).unwrap();
            }
        }
        book.save_to_buffer().unwrap()
    });
    BOOK.clone()
}

proptest! {
    #[test]
    fn no_csv_panics_or_loses_a_row(body in lines()) {
        let map = map(MAP);
        let text = [HEADER.as_bytes(), b"\n", &body].concat();
        let mut plain = ::csv::ReaderBuilder::new().flexible(true).from_reader(&text[..]);
        let is_row = |row: &Result<::csv::ByteRecord, _>| row.as_ref().is_ok_and(|row| row.len() == 1 || !row.as_slice().is_empty());
        let expected = plain.byte_records().filter(is_row).count();
        prop_assert_eq!(accounted(&map, csv(&map, &text).unwrap()), expected);
        let _ = csv(&map, &body);
    }

    #[test]
    fn no_json_panics_or_loses_a_line(body in lines()) {
        let map = map(MAP);
        let bom = b"\xef\xbb\xbf";
        let blank = |line: &[u8]| {
            let line = line.trim_ascii();
            line.strip_prefix(bom).unwrap_or(line).is_empty()
        };
        let expected = body.split(|b| *b == b'\n').filter(|line| !blank(line)).count();
        prop_assert_eq!(accounted(&map, jsonl(&map, &body)), expected);
    }

    #[test]
    fn no_workbook_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut zip = b"PK\x03\x04".to_vec();
        zip.extend(body);
        let map = map(MAP);
        let _ = workbook::rows(&TestFile::new("any.xlsx", &zip).0, &map).map(|rows| rows.count());
    }

    #[test]
    fn no_spoilt_workbook_panics(spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut book = a_workbook();
        for (at, byte) in spoilt {
            let at = at.index(book.len());
            book[at] = byte;
        }
        let map = map(MAP);
        let _ = workbook::rows(&TestFile::new("spoilt.xlsx", &book).0, &map).map(|rows| rows.count());
    }

    #[test]
    fn no_spoilt_gzip_panics(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut content = gzip(format!("{HEADER}\n{ROW}\n").as_bytes());
        let (at, end) = (at.index(content.len()), cut.index(content.len() + 1));
        content[at] = byte;
        let map = map(MAP);
        let text = Box::new(flate2::read::MultiGzDecoder::new(Cursor::new(content[..end].to_vec())));
        let _ = delimited::rows(text, &map, encoding_rs::UTF_8).map(|rows| rows.count());
    }

    #[test]
    fn no_map_panics(text in ".{0,200}", at in 0..MAP.len(), with in "[\\[\\]{}=\"%.a-zA-Z0-9 ]{0,6}") {
        let _ = Map::parse(&text);
        let mut spoilt = MAP.to_owned();
        spoilt.insert_str(at, &with);
        let _ = Map::parse(&spoilt);
    }
}
