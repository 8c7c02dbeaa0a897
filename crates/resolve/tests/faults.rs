//! Kinds of records that were once put together or kept apart wrongly, in a file of two thousand others.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::HashMap, fs, path::PathBuf};

use hefu_resolve::{Error, Map};
use hefu_synthetic::{GuestRecord, Guests, Mix};

const MAP: &str = r#"
[fields]
id = "id"
full_name = "name"
surname = "surname"
given_name = "given"
birth_date = "birth"
emails = "email"
city = "city"
"#;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hefu-faults-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn resolve(&self, map: &str, text: &str) -> Result<HashMap<String, String>, Error> {
        let (people, output, path) =
            (self.0.join("people.csv"), self.0.join("clusters.csv"), self.0.join("map.toml"));
        fs::write(&people, text).unwrap();
        fs::write(&path, map).unwrap();
        hefu_resolve::resolve(&people, &Map::read(&path)?, None, 0.99, &output, None)?;
        let rows = fs::read_to_string(output).unwrap();
        let two = |line: &str| line.split_once(',').map(|(id, cluster)| (id.to_owned(), cluster.to_owned()));
        Ok(rows.lines().skip(1).filter_map(two).collect())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Whether the first two of these rows (`surname,given,birth,email,city`) are one person in a file with two thousand others.
fn are_one(name: &str, rows: &[&str]) -> bool {
    let mut text = "id,name,surname,given,birth,email,city".to_owned();
    for (number, row) in rows.iter().enumerate() {
        text += &format!("\nof-{number},,{row}");
    }
    for GuestRecord { id, full_name, birth_date, email, city, .. } in
        Guests::new(7, 2_000, Mix::Latin).records()
    {
        text += &format!("\n{id},\"{full_name}\",,,\"{birth_date}\",{email},\"{city}\"");
    }
    let found = Folder::new(name).resolve(MAP, &text).unwrap();
    found["of-0"] == found["of-1"]
}

#[test]
fn one_wrong_digit_in_the_birth_date() {
    assert!(are_one("digit", &["Hartigan,Percival,1986-10-03,,", "Hartigan,Percival,1986-10-08,,"]));
    assert!(!are_one("other-digit", &["Hartigan,Percival,1986-10-03,,", "Hartigan,Rosalind,1986-10-08,,"]));
}

#[test]
fn births_that_are_in_no_calendar_are_compared_as_typed() {
    assert!(are_one("impossible", &["Hartigan,Percival,1986-02-31,,", "Hartigan,Percival,1986-02-31,,"]));
    assert!(are_one("typed", &["Hartigan,Percival,1986-13-03,,", "Hartigan,Percival,1986-12-03,,"]));
    let apart = ["Smith,John,1986-02-31,,London", "Smith,John,1957-13-19,,London"];
    assert!(!are_one("two-impossible", &apart));
}

#[test]
fn births_before_1850() {
    assert!(are_one("old", &["Chudleigh,Thomas,1630-08-01,,", "Chudleigh,Tom,1630-08-01,,"]));
    assert!(!are_one("older", &["Chudleigh,Thomas,1630-08-02,,", "Chudleigh,Thomas,1714-05-27,,"]));
}

#[test]
fn one_mailbox_and_another_birth_date() {
    let rows = [
        "Hartigan,Percival,1986-10-03,percy.h@example.com,Exeter",
        "Hartigan,Percival,1971-02-19,percy.h@example.com,Exeter",
    ];
    assert!(are_one("mailbox", &rows));
    let family =
        ["Hartigan,Percival,1986-10-03,home@example.com,", "Hartigan,Rosalind,1971-02-19,home@example.com,"];
    assert!(!are_one("family", &family));
}

#[test]
fn a_year_alone_is_no_birth_date() {
    assert!(!are_one("year", &["Hartigan,Percival,1986-01-01,,", "Hartigan,Rosalind,1987-01-01,,"]));
    assert!(!are_one("years", &["Smith,John,1951-01-01,,", "Smith,John,1961-01-01,,"]));
}

#[test]
fn a_surname_and_somebodys_given_name_are_not_one_name() {
    assert!(!are_one("nameless", &["Hartigan,,1986-10-03,,Exeter", ",Percival,1986-10-03,,Exeter"]));
    let mailbox = [
        "Hartigan,,1986-10-03,percy.h@example.com,Exeter",
        ",Percival,1986-10-03,percy.h@example.com,Exeter",
    ];
    assert!(are_one("nameless-mailbox", &mailbox));
}

#[test]
fn a_title_is_no_name() {
    assert!(!are_one("title", &["Baronet,Sir,1986-10-03,,Exeter", "Baronet,Sir,1986-10-04,,Exeter"]));
    assert!(are_one("titled", &["Hartigan,Sir Percival,1986-10-03,,", "Hartigan,Percival,1986-10-03,,"]));
}

#[test]
fn few_records_are_not_taken_for_a_sample_of_millions() {
    let folder = Folder::new("few");
    let text = "id,name,surname,given,birth,email,city\n\
        1,,Hartigan,Percival,1986-10-03,,\n\
        2,,Hartigan,Percival,1986-10-08,,\n\
        3,,Hartigan,Rosalind,1989-02-17,,\n\
        4,,Osgood,Miles,1961-07-30,,\n\
        5,,Osgood,Petra,1961-12-11,,\n";
    let found = folder.resolve(MAP, text).unwrap();
    assert_eq!(found["1"], found["2"]);
    assert_eq!(["1", "3", "4", "5"].map(|id| found[id].as_str()), ["1", "3", "4", "5"]);
}

/// A map with names and births in several columns and a column of another kind, and people who fit it; there are seven surnames with each of
/// these endings.
fn several_columns(endings: &[&str]) -> (&'static str, String) {
    let map = r#"
        [format]
        null = ["NA"]
        [fields]
        id = "id"
        surname = ["last", "last_2"]
        given_name = ["first", "first_2"]
        birth_date = ["year", "month", "day"]
        other = ["occupation"]
    "#;
    let trades = ["politician", "painter", "physician", "cleric", "engraver"];
    // Half of them twice, with the same trade; of one name and year there are always two with different trades.
    let mut text = "id,first,first_2,last,last_2,year,month,day,occupation".to_owned();
    let surnames = ["Hartigan", "Osgood", "Pemberton", "Whitlock", "Ashdown", "Thackray", "Farrow"];
    let givens = ["Percival", "Rosalind", "Miles", "Petra", "Cyril", "Agnes", "Edmund", "Flora"];
    for n in 0..400_usize {
        let (given, surname, ending) = (givens[n % 8], surnames[n / 8 % 7], endings[n / 56 % endings.len()]);
        let (year, month, day, trade) =
            (1801 + n * 7 % 97, 1 + n * 5 % 12, 1 + n * 11 % 28, trades[n * 3 % 5]);
        for copy in 0..1 + n % 2 {
            text += &format!("\n{n}-{copy},{given},NA,{surname}{ending},NA,{year},{month},{day},{trade}");
        }
    }
    (map, text)
}

#[test]
fn names_and_births_in_several_columns_and_columns_of_any_kind() {
    let (map, mut text) = several_columns(&[""]);
    text += "\na,Anna,Maria,Lind,Berg,1867,9,27,painter\nb,Anna Maria,NA,Lind Berg,NA,1867,9,27,painter";
    let folder = Folder::new("columns");
    let found = folder.resolve(map, &text).unwrap();
    assert_eq!(found["a"], found["b"]);
    let again =
        (0..400).filter(|n| n % 2 == 1).filter(|n| found[&format!("{n}-0")] == found[&format!("{n}-1")]);
    assert!(again.count() >= 195);
    for wrong in
        ["birth_date = [\"year\", \"month\"]", "other = [\"first\", \"last\", \"year\", \"month\", \"day\"]"]
    {
        let error = folder.resolve(&format!("[fields]\nid = \"id\"\n{wrong}\n"), &text).unwrap_err();
        assert_eq!(error.code(), "map_invalid", "{wrong}");
    }
}

#[test]
fn what_is_learnt_of_a_column_of_any_kind_weighs() {
    let (map, text) = several_columns(&["", "ton", "field", "worth", "ley", "by"]);
    let folder = Folder::new("learnt");
    folder.resolve(map, &text).unwrap();
    let (model, _) = hefu_resolve::train(
        &folder.0.join("people.csv"),
        &Map::read(&folder.0.join("map.toml")).unwrap(),
        0.99,
        &folder.0.join("model.toml"),
    )
    .unwrap();
    let same = model.fields["other1"]["same"];
    assert!(same.m > 2.0 * same.u, "{same:?}");
    assert!(!model.fields.contains_key("other2"));
}

/// A file of `tests/cases`.
fn case(name: &str) -> String {
    fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)).unwrap()
}

#[test]
fn births_of_a_case_that_no_calendar_has_are_near_what_was_meant() {
    let folder = Folder::new("case-17");
    let (people, pairs, path) =
        (folder.0.join("people.csv"), folder.0.join("pairs.csv"), folder.0.join("map.toml"));
    fs::write(&people, case("17_identity_bad_dates.csv")).unwrap();
    fs::write(&path, case("17_identity.toml")).unwrap();
    let clusters = folder.0.join("clusters.csv");
    hefu_resolve::resolve(&people, &Map::read(&path).unwrap(), None, 0.99, &clusters, Some(&pairs)).unwrap();
    let pairs = fs::read_to_string(pairs).unwrap();
    for (one, two) in [("1", "2"), ("3", "4"), ("5", "6")] {
        let begins = [format!("{one},{two},"), format!("{two},{one},")];
        let pair = pairs.lines().find(|line| begins.iter().any(|begin| line.starts_with(begin.as_str())));
        assert!(pair.is_some_and(|pair| pair.contains("birth.near")), "{one} and {two}: {pairs}");
    }
}

#[test]
fn a_column_of_the_map_that_stands_twice_is_refused() {
    let folder = Folder::new("case-18");
    let error = folder.resolve(&case("17_identity.toml"), &case("18_identity_dup_header.csv")).unwrap_err();
    assert_eq!(error.code(), "map_column_doubled");
    assert!(error.to_string().contains("full_name") && error.to_string().contains("\"name\""), "{error}");
    // One that the map does not name may stand twice.
    let people = case("17_identity_bad_dates.csv");
    let lines = people.lines().enumerate();
    let text: String =
        lines.map(|(n, line)| format!("{line},{}\n", if n == 0 { "note,note" } else { "x,y" })).collect();
    assert_eq!(folder.resolve(&case("17_identity.toml"), &text).unwrap().len(), 6);
}
