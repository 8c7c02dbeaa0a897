//! `hefu reconcile files`, as somebody types it.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

const MAP: &str = r#"
[left]
id = "No"
date = "Date"
amount = "Amount"
party = "Guest"
reference = "Invoice"
text = "Note"

[right]
delimiter = ";"
encoding = "gb18030"
skip_lines = 1
id = "流水号"
date = "日期"
date_format = "%d.%m.%Y"
credit = "收入"
debit = "支出"
text = ["摘要", "备注"]
"#;

struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn read(&self, name: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(self.path(name)).unwrap();
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    /// Runs the command in a directory without records and settings.
    fn reconcile(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hefu"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HEFU_")) {
            command.env_remove(name);
        }
        command.current_dir(self.0.path()).args(["reconcile", "files"]).args(arguments).output().unwrap()
    }

    fn usual(&self) -> Output {
        self.reconcile(&USUAL)
    }

    /// What the command says is wrong.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.reconcile(arguments);
        assert!(!output.status.success());
        assert!(!self.path("matches.csv").exists() && !self.path("findings.csv").exists());
        assert_eq!(parts(self.0.path()), 0, "nothing unfinished is left behind");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn parts(directory: &Path) -> usize {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".part")).count()
}

const USUAL: [&str; 10] = [
    "--left",
    "left.csv",
    "--right",
    "right.csv",
    "--map",
    "map.toml",
    "--output",
    "matches.csv",
    "--findings",
    "findings.csv",
];

/// Postings and a statement: thirty plain payments; then a deposit for three invoices, a fee, a void, a copy, and one without
/// a counterpart, whose guest tries to be a formula.
fn ledgers(desk: &Desk) {
    const GUESTS: [&str; 6] =
        ["Anders Brook", "Castell Dorman", "Ellwood Farrow", "李晓明", "Gant Hollis", "王芳"];
    let mut left = String::from("No,Date,Guest,Invoice,Amount,Note\n");
    let mut right = String::from("对账单 2026-03\n流水号;日期;收入;支出;摘要;备注\n");
    for n in 0..30 {
        let (guest, amount) = (GUESTS[n % 6], 1_000 + n * 7_919 % 9_000);
        let day = 1 + n % 25;
        writeln!(
            left,
            "P{n:02},2026-03-{day:02},{guest},INV-{:04},\"{}.{:02}\",room",
            1000 + n,
            amount,
            n * 3 % 100
        )
        .unwrap();
        writeln!(
            right,
            "B{n:02};{:02}.03.2026;{amount}.{:02};;TRANSFER {};",
            day + 1,
            n * 3 % 100,
            guest.to_uppercase()
        )
        .unwrap();
    }
    for (id, amount) in [("P90", "411.17"), ("P91", "1,200.71"), ("P92", "99.03")] {
        writeln!(left, "{id},2026-03-10,Marlowe Travel Ltd,INV-{id},\"{amount}\",group").unwrap();
    }
    right.push_str("B90;12.03.2026;1710.91;;TRANSFER MARLOWE TRAVEL L;\n");
    left.push_str("P93,2026-03-11,Quentin Rees,INV-5501,1280.00,room\n");
    right.push_str("B93;12.03.2026;1272.32;;CARD QUENTIN REES;less fee\n");
    left.push_str("P94,2026-03-12,Oswin Tate,INV-5502,355.53,room\nP95,2026-03-14,Oswin Tate,INV-5502,-355.53,VOID room\n");
    left.push_str(
        "P96,2026-03-15,Una Vale,INV-5503,718.11,room\nP97,2026-03-15,Una Vale,INV-5503,718.11,room\n",
    );
    right.push_str("B96;16.03.2026;718.11;;CARD UNA VALE;\n");
    left.push_str("'=1+1,2026-03-16,'=2+2,INV-5504,62.40,room\n");
    desk.write("left.csv", &left);
    let (bytes, ..) = encoding_rs::GB18030.encode(&right);
    std::fs::write(desk.path("right.csv"), bytes).unwrap();
    desk.write("map.toml", MAP);
}

#[test]
fn a_statement_is_matched_with_postings() {
    let desk = Desk::new();
    ledgers(&desk);
    let output = desk.usual();
    let (said, wrong) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{wrong}");
    assert!(said.contains("39 left, 33 right") && said.contains("offset 1"), "{said}");
    let matches = desk.read("matches.csv");
    assert_eq!(
        matches[0],
        ["match", "kind", "probability", "difference", "side", "line", "id", "date", "amount", "evidence"]
    );
    // The ids that are in one match with this one, and the match's kind and difference.
    let of = |id: &str| -> (String, String, Vec<String>) {
        let row = matches.iter().find(|row| row[6] == id).unwrap();
        let with =
            matches.iter().filter(|other| other[0] == row[0] && other[6] != id).map(|other| other[6].clone());
        (row[1].clone(), row[3].clone(), with.collect())
    };
    for n in 0..30 {
        assert_eq!(of(&format!("P{n:02}")), ("exact".into(), "0.00".into(), vec![format!("B{n:02}")]));
    }
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(of("B90"), ("group".into(), "0.00".into(), ids(&["P90", "P91", "P92"])));
    assert_eq!(of("P93"), ("less".into(), "-7.68".into(), ids(&["B93"])));
    assert_eq!(of("P94"), ("offset".into(), "0.00".into(), ids(&["P95"])));
    assert_eq!(of("P96"), ("exact".into(), "0.00".into(), ids(&["B96"])));
    let line = matches.iter().find(|row| row[6] == "B00").unwrap();
    assert_eq!(
        (&line[5], &line[7], &line[8]),
        (&"3".to_owned(), &"2026-03-02".to_owned(), &"1000.00".to_owned())
    );
    assert!(line[9].contains("amount+") && line[9].contains("wording+"), "{line:?}");

    let findings = desk.read("findings.csv");
    assert_eq!(
        findings[0],
        ["kind", "side", "line", "id", "date", "amount", "at_stake", "others", "explanation", "说明"]
    );
    let rows: Vec<[&str; 5]> =
        findings[1..].iter().map(|row| [0, 1, 3, 6, 7].map(|at| row[at].as_str())).collect();
    assert_eq!(
        rows,
        [
            ["duplicate", "left", "P97", "718.11", "left P96 (100 %)"],
            ["unmatched", "left", "'=1+1", "62.40", ""],
        ]
    );
    assert!(findings[1..].iter().all(|row| !row[8].is_empty() && !row[9].is_empty()));
}

#[test]
fn wrong_input_is_named_with_its_line_and_column() {
    for (name, from, to, expected) in [
        (
            "map.toml",
            "\"Amount\"",
            "\"Total\"",
            &["left.csv", "amount", "\"Total\"", "[map_column_unknown]"][..],
        ),
        ("map.toml", "[left]", "[links]", &["map.toml", "links", "[map_invalid]"]),
        (
            "map.toml",
            "debit = \"支出\"",
            "amount = \"收入\"",
            &["right", "credit and debit", "[map_invalid]"],
        ),
        ("map.toml", "gb18030", "utf-8", &["right.csv", "line 2", "UTF-8", "[value_encoding]"]),
        ("left.csv", "1280.00", "12 hundred", &["left.csv", "line 35", "\"Amount\"", "[amount_invalid]"]),
        ("left.csv", "1280.00", "", &["line 35", "the amount is empty", "[amount_invalid]"]),
        ("left.csv", "1280.00", "1280.005", &["line 35", "more decimals", "[amount_invalid]"]),
        (
            "left.csv",
            "2026-03-11,Quentin",
            "11/03/2026,Quentin",
            &["left.csv", "line 35", "\"Date\"", "[date_invalid]"],
        ),
        ("left.csv", "P93,", "P92,", &["line 35", "\"No\"", "line 34", "[id_duplicate]"]),
        ("left.csv", "P93,", ",", &["line 35", "\"No\"", "[id_empty]"]),
        ("left.csv", "P93,2026-03-11,", "P93,", &["line 35", "5 values", "6 columns", "[row_malformed]"]),
        ("left.csv", "Guest,Invoice", "Guest,Guest", &["\"Guest\"", "twice", "[map_column_doubled]"]),
    ] {
        let desk = Desk::new();
        ledgers(&desk);
        let text = std::fs::read_to_string(desk.path(name)).unwrap();
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{from}");
        desk.write(name, &changed);
        let said = desk.refused(&USUAL);
        assert!(expected.iter().all(|part| said.contains(part)), "{from} → {to}: {said}");
    }
}

#[test]
fn files_that_are_empty_missing_or_given_twice_are_refused() {
    let desk = Desk::new();
    ledgers(&desk);
    let with = |at: usize, value: &'static str| {
        let mut arguments = USUAL;
        arguments[at] = value;
        arguments
    };
    let said = desk.refused(&with(3, "./left.csv"));
    assert!(
        said.contains("--left and --right are the same file") && said.contains("[file_given_twice]"),
        "{said}"
    );
    let said = desk.refused(&with(9, "matches.csv"));
    assert!(said.contains("--output and --findings are the same file"), "{said}");
    let said = desk.refused(&with(7, "left.csv"));
    assert!(said.contains("--left and --output") && desk.read("left.csv").len() == 40, "{said}");
    let said = desk.refused(&with(1, "none.csv"));
    assert!(said.contains("cannot read none.csv") && said.contains("[file_unreadable]"), "{said}");
    desk.write("left.csv", "");
    let said = desk.refused(&USUAL);
    assert!(said.contains("left.csv is empty") && said.contains("[header_missing]"), "{said}");
    // A ledger without rows is one: nothing of the other has a counterpart.
    desk.write("left.csv", "No,Date,Guest,Invoice,Amount,Note\n");
    assert!(desk.usual().status.success());
    assert_eq!((desk.read("matches.csv").len(), desk.read("findings.csv").len()), (1, 34));
    let said = desk.reconcile(&[&USUAL[..], &["--accept-from", "1.5"]].concat());
    assert!(String::from_utf8(said.stderr).unwrap().contains("from 0.5"));
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let desk = Desk::new();
    ledgers(&desk);
    assert!(desk.usual().status.success());
    let of = |rows: Vec<Vec<String>>| {
        let mut matches: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
        for row in &rows[1..] {
            matches.entry(row[0].clone()).or_default().push(format!("{} {} {}", row[1], row[2], row[6]));
        }
        let mut found: Vec<Vec<String>> = matches.into_values().collect();
        found.iter_mut().for_each(|of_match| of_match.sort());
        found.sort();
        found
    };
    let before = of(desk.read("matches.csv"));
    let text = std::fs::read_to_string(desk.path("left.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    desk.write("left.csv", &format!("{header}\n{}\n", rows.join("\n")));
    assert!(desk.usual().status.success());
    assert_eq!(of(desk.read("matches.csv")), before);
}
