//! Files of people, from CSV to clusters.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use hefu_identity::document::{DocumentType, normalise_document};
use hefu_resolve::{Error, Map};
use hefu_synthetic::{GuestRecord, Guests, Mix};
use proptest::prelude::*;

const GUESTS: &str = include_str!("../maps/guests.toml");

const HEADER: &str = "id,source,name,birth,phone,document_type,document,email,city";

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hefu-resolve-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn resolve(&self, map: &str, people: &str) -> Result<HashMap<String, String>, Error> {
        let map = Map::read(&self.file("map.toml", map))?;
        let output = self.0.join("clusters.csv");
        hefu_resolve::resolve(&self.file("people.csv", people), &map, None, 0.99, &output, None)?;
        let written = fs::read_to_string(output).unwrap();
        let two = |line: &str| {
            line.split_once(',').map(|(id, cluster)| (id.to_owned(), cluster.to_owned())).unwrap()
        };
        Ok(written.lines().skip(1).map(two).collect())
    }

    fn names(&self) -> BTreeSet<String> {
        fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn line(g: &GuestRecord) -> String {
    let name = if g.full_name.contains(',') { format!("\"{}\"", g.full_name) } else { g.full_name.clone() };
    [
        &g.id.to_string(),
        g.source,
        &name,
        &g.birth_date,
        &g.phone,
        &g.document_type,
        &g.document,
        &g.email,
        &g.city,
    ]
    .join(",")
}

fn csv(lines: &[String]) -> String {
    lines.iter().fold(HEADER.to_owned(), |text, line| text + "\n" + line)
}

fn lines(seed: u64, count: u64) -> Vec<String> {
    Guests::new(seed, count, Mix::Chinese).records().map(|guest| line(&guest)).collect()
}

/// Precision, recall and F1 of clusters over pairs.
fn quality(clusters: &HashMap<String, String>, truth: impl Fn(&str) -> String) -> (f64, f64, f64) {
    let pairs = |keys: Vec<String>| {
        let mut sizes: HashMap<String, u64> = HashMap::new();
        keys.into_iter().for_each(|key| *sizes.entry(key).or_default() += 1);
        sizes.values().map(|n| n * (n - 1) / 2).sum::<u64>() as f64
    };
    let linked = pairs(clusters.values().cloned().collect());
    let all = pairs(clusters.keys().map(|id| truth(id)).collect());
    let right = pairs(clusters.iter().map(|(id, cluster)| format!("{cluster} {}", truth(id))).collect());
    (right / linked, right / all, 2.0 * right / (linked + all))
}

/// A linkage data set, if it is present beside the repository.
fn linkage(name: &str) -> Option<String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var("HEFU_SHARED").map(PathBuf::from).unwrap_or_else(|_| beside());
    let text = fs::read_to_string(shared.join("data/linkage").join(name)).ok();
    if text.is_none() {
        eprintln!("skipped: {name} is not in {}", shared.display());
    }
    text
}

#[test]
fn febrl() {
    let map = include_str!("../maps/febrl.toml");
    for (name, least) in [("febrl1.csv", 0.995), ("febrl3.csv", 0.998)] {
        let Some(text) = linkage(name) else { continue };
        let clusters = Folder::new(name).resolve(map, &text).unwrap();
        let (precision, recall, f1) =
            quality(&clusters, |id| id.split('-').nth(1).unwrap_or_default().to_owned());
        assert!(f1 >= least, "{name}: precision {precision}, recall {recall}, F1 {f1}");
    }
}

#[test]
fn a_hotels_guests() {
    let guests: Vec<GuestRecord> = Guests::new(42, 10_000, Mix::Chinese).records().collect();
    let truth: HashMap<String, String> =
        guests.iter().map(|g| (g.id.to_string(), g.person.to_string())).collect();
    let text = csv(&guests.iter().map(line).collect::<Vec<_>>());
    let clusters = Folder::new("guests").resolve(GUESTS, &text).unwrap();
    let (precision, recall, f1) = quality(&clusters, |id| truth[id].clone());
    assert!(precision > 0.99 && recall > 0.75, "precision {precision}, recall {recall}, F1 {f1}");

    // Two valid resident numbers are never in one cluster.
    let mut numbers: HashMap<&str, String> = HashMap::new();
    for guest in &guests {
        let kind = guest.document_type.parse().ok();
        let Ok(document) = normalise_document(kind, &guest.document) else { continue };
        if document.kind == DocumentType::ResidentId {
            let cluster = clusters[&guest.id.to_string()].as_str();
            let first = numbers.entry(cluster).or_insert_with(|| document.number.clone());
            assert_eq!(*first, document.number, "cluster {cluster}");
        }
    }
    assert!(numbers.len() > 1_000);
}

#[test]
fn errors_name_row_and_column() {
    let folder = Folder::new("errors");
    let good = format!("{HEADER}\n1,front_desk,张伟,1986-10-03,13800138000,,,,上海\n");
    for (map, people, code, text) in [
        (GUESTS, "", "header_missing", "header"),
        (GUESTS, "id,name\n1,x\n", "map_column_unknown", "\"source\", which is not among the 2 columns"),
        (GUESTS, &format!("{good}2,x\n"), "row_malformed", "row 2"),
        (GUESTS, &format!("{good},x,,,,,,,\n"), "id_empty", "row 2, column \"id\""),
        (
            GUESTS,
            &format!("{good}2,,,,,,,,\n1,,,,,,,,\n"),
            "id_duplicate",
            "row 3, column \"id\": the id is already used in row 1",
        ),
        ("[fields]\nname = 3", &good, "map_invalid", "line 2"),
        ("[format]\nregion = \"XX\"\n[fields]\nid = \"id\"", &good, "map_invalid", "format.region"),
    ] {
        let error = folder.resolve(map, people).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(!folder.names().contains("clusters.csv"));
    }
    fs::write(folder.0.join("people.csv"), [good.as_bytes(), b"2,x,\xff\xfe,,,,,,\n"].concat()).unwrap();
    let map = Map::read(&folder.file("map.toml", GUESTS)).unwrap();
    let resolve = |people: &str| {
        hefu_resolve::resolve(&folder.0.join(people), &map, None, 0.99, &folder.0.join("out.csv"), None)
            .expect_err(people)
    };
    let error = resolve("people.csv");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("value_not_utf8", "row 2, column \"name\": not UTF-8")
    );
    assert_eq!(resolve("none.csv").code(), "file_unreadable");
    assert_eq!(folder.names(), BTreeSet::from(["map.toml".to_owned(), "people.csv".to_owned()]));
}

#[test]
fn a_model_is_learnt_written_and_used() {
    let folder = Folder::new("model");
    let people = folder.file("people.csv", &csv(&lines(3, 3_000)));
    let map = Map::read(&folder.file("map.toml", GUESTS)).unwrap();
    let path = folder.0.join("model.toml");
    let (model, report) = hefu_resolve::train(&people, &map, 0.99, &path).unwrap();
    assert_eq!(report.records, 3_000);
    let read = hefu_resolve::read_model(&path).unwrap();
    assert_eq!(read, model);
    let (clusters, pairs) = (folder.0.join("clusters.csv"), folder.0.join("pairs.csv"));
    let report = hefu_resolve::resolve(&people, &map, Some(&read), 0.99, &clusters, Some(&pairs)).unwrap();
    assert!(report.clusters < 3_000 && report.links > 100, "{report:?}");
    let pairs = fs::read_to_string(pairs).unwrap();
    let mut rows = pairs.lines();
    assert_eq!(rows.next(), Some("id_1,id_2,probability,bits,verdict,explanation"));
    assert!(rows.next().unwrap().contains("prior-"));
    let broken = folder.file("broken.toml", "version = 1");
    assert_eq!(hefu_resolve::read_model(&broken).expect_err("broken").code(), "model_invalid");
}

/// Reads `pairs.csv`: ids, probability, bits, verdict and the sum of the explanation's parts.
fn read_pairs(text: &str) -> Vec<([String; 2], f64, f64, String, f64)> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    rows.map(|row| {
        let row = row.unwrap();
        let number = |place: usize| row[place].parse::<f64>().unwrap();
        let weight = |part: &str| part[part.rfind(['+', '-']).unwrap()..].parse::<f64>().unwrap();
        let sum = row[5].split(' ').map(weight).sum();
        ([row[0].to_owned(), row[1].to_owned()], number(2), number(3), row[4].to_owned(), sum)
    })
    .collect()
}

#[test]
fn ids_that_a_spreadsheet_would_take_for_formulas_are_defused_and_read_as_they_were() {
    let folder = Folder::new("formulas");
    let map = "[fields]\nid = \"id\"\nfull_name = \"name\"\nphones = \"phone\"\n";
    let resolve = |ids: &[&str]| {
        let rows: String =
            (1..).zip(ids).map(|(n, id)| format!("{id},Anna Müller,138123456{n:02}\n")).collect();
        let clusters = folder.resolve(map, &format!("id,name,phone\n{rows}")).unwrap();
        clusters.into_keys().collect::<BTreeSet<_>>()
    };
    let written = resolve(&["=1+1", "@SUM(A1)", "-2+3", "''=x", "-7", "plain"]);
    let expected = ["'=1+1", "'@SUM(A1)", "'-2+3", "''=x", "-7", "plain"];
    assert_eq!(written, expected.map(str::to_owned).into());
    assert_eq!(resolve(&expected), written);
}

#[test]
fn pairs_say_what_led_to_the_clusters() {
    let folder = Folder::new("pairs");
    let people = folder.file("people.csv", &csv(&lines(3, 6_000)));
    let map = Map::read(&folder.file("map.toml", GUESTS)).unwrap();
    let (clusters, pairs) = (folder.0.join("clusters.csv"), folder.0.join("pairs.csv"));
    hefu_resolve::resolve(&people, &map, None, 0.99, &clusters, Some(&pairs)).unwrap();
    let clusters: HashMap<String, String> = fs::read_to_string(clusters)
        .unwrap()
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').map(|(id, cluster)| (id.to_owned(), cluster.to_owned())).unwrap())
        .collect();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    clusters.values().for_each(|cluster| *sizes.entry(cluster).or_default() += 1);

    let pairs = read_pairs(&fs::read_to_string(pairs).unwrap());
    assert!(pairs.windows(2).all(|two| two[0].2 >= two[1].2), "the surest first");
    let (mut through_others, mut linked) = (0, 0);
    for ([one, two], probability, bits, verdict, sum) in &pairs {
        let at = format!("{one} {two} {bits} {sum}");
        // Bits have two places, and each of at most ten parts has one.
        let is_explained = (bits - sum).abs() < 0.6;
        let expected = 1.0 / (1.0 + (-bits).exp2());
        assert!((probability - expected).abs() < 0.005, "{at}: {probability}");
        let is_one = clusters[one] == clusters[two];
        assert_eq!(verdict == "link", is_one, "{at}");
        linked += usize::from(is_one);
        // Two of three or more records are linked through others, by better odds than their own.
        let is_through_others = is_one && sizes[clusters[one].as_str()] > 2 && bits > sum;
        assert!(is_explained || is_through_others, "{at}");
        through_others += usize::from(!is_explained);
    }
    // Each pair once, and every pair of a cluster.
    let distinct: BTreeSet<BTreeSet<&String>> = pairs.iter().map(|pair| pair.0.iter().collect()).collect();
    assert_eq!(distinct.len(), pairs.len());
    assert_eq!(linked, sizes.values().map(|size| size * (size - 1) / 2).sum::<usize>());
    let of = |verdict: &str| pairs.iter().filter(|pair| pair.3 == verdict).count();
    assert!(through_others > 10 && of("review") > 10 && of("apart") > 100, "{through_others}");
}

#[test]
fn quotes_line_ends_and_a_byte_order_mark() {
    let folder = Folder::new("quotes");
    let people = format!(
        "\u{feff}{HEADER}\r\n\"a,1\",x,\"Wei\nZhang\",1986-10-03,13800138000,,,,\r\n\"b\"\"2\",x,Wei Zhang,1986-10-03,13800138000,,,,"
    );
    assert_eq!(folder.resolve(GUESTS, &people).unwrap().len(), 2);
    let written = fs::read_to_string(folder.0.join("clusters.csv")).unwrap();
    assert_eq!(written, "id,cluster\n\"a,1\",\"a,1\"\n\"b\"\"2\",\"a,1\"\n");
}

#[test]
fn a_quote_inside_a_value_opens_nothing() {
    let map = "[fields]\nid = \"id\"\nfull_name = \"name\"\naddress = \"addr\"";
    let folder = Folder::new("inch");
    let people = "id,name,addr\n1,Bob,Flat 5\" left\n2,Eve,\"Line1\nLine2\"\n";
    assert_eq!(folder.resolve(map, people).unwrap().len(), 2);
    // Over many pieces, with a value longer than any of them.
    let long = "Line1\n".repeat(100_000);
    let row = |i: u32| match i % 1_000 {
        0 => format!("{i},Eve {i},\"{long}\"\n"),
        1 => format!("{i},\"Ann \"\"{i}\"\"\",\"12\"\n"),
        2 => format!("{i},Bob {i},\n"),
        _ => format!("{i},Bob {i},Flat {i}\" left\n"),
    };
    let people: String = std::iter::once("id,name,addr\n".to_owned()).chain((1..5_000).map(row)).collect();
    let clusters = folder.resolve(map, &people).unwrap();
    assert!(clusters.len() == 4_999 && (1..5_000).all(|i| clusters.contains_key(&i.to_string())));
}

#[test]
fn lines_end_as_on_any_system() {
    let folder = Folder::new("lines");
    let people = csv(&lines(5, 200));
    let expected = folder.resolve(GUESTS, &people).unwrap();
    assert_eq!(expected.len(), 200);
    for end in ["\r", "\r\n", "\n\n"] {
        assert_eq!(folder.resolve(GUESTS, &people.replace('\n', end)).unwrap(), expected, "{end:?}");
    }
    for end in ["", "\r", "\n"] {
        assert_eq!(folder.resolve(GUESTS, &format!("{HEADER}{end}")).unwrap().len(), 0, "{end:?}");
    }
}

/// The first row of a file without header is a person.
#[test]
fn an_error_shows_nobody() {
    let people = "1,front_desk,张伟,1986-10-03,13800138000,,,wei@example.com,上海\n";
    let error = Folder::new("headerless").resolve(GUESTS, people).expect_err("headerless");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (
            "map_column_unknown",
            "the map gives source the column \"source\", which is not among the 9 columns of the file's header"
        )
    );
}

#[test]
fn what_other_systems_make_of_values_is_read() {
    let map = "[fields]\nid = \"key\"\nfull_name = \"who\"\nbirth_date = \"born\"\nphones = \"tel\"\nemails = \"mail\"\n\
               documents = [{ column = \"paper\", type_column = \"kind\" }]\npostcode = \"zip\"";
    let people = "key,who,born,tel,mail,paper,kind,zip\n\
        1.0,Ouyang Xiuyuan,1986-10-03 00:00:00,13917560248.0,NULL,None,unknown,200051.0\n\
        2.0,\"OUYANG, Xiuyuan\",10/3/86,18601739264;+86 139 1756 0248,N/A,NaN,,200051\n\
        3.0,Walther Quant Jr.,03-OCT-1961,NULL,Walther <w.quant@example.com>,C01X00T47,Passport,10115\n\
        4.0,Quant Walther,1961/10/3 0:00,null,someone@example.org|W.QUANT@example.com,c01x 00t47,PASSPORT,10115.0\n\
        5.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL\n\
        6.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL\n";
    let month_first = format!("[format]\nmonth_first = true\n{map}");
    let clusters = Folder::new("made-of").resolve(&month_first, people).unwrap();
    let expected =
        [("1.0", "1.0"), ("2.0", "1.0"), ("3.0", "3.0"), ("4.0", "3.0"), ("5.0", "5.0"), ("6.0", "6.0")];
    assert_eq!(clusters, HashMap::from(expected.map(|(id, cluster)| (id.to_owned(), cluster.to_owned()))));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_records_decides_nothing(seed in 0..1_000_u64, order in 1..u64::MAX) {
        let mut rows = lines(seed, 600);
        let folder = Folder::new(&format!("order-{seed}-{order}"));
        let one = folder.resolve(GUESTS, &csv(&rows)).unwrap();
        let hash = |row: &String| row.bytes().fold(order, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        rows.sort_by_key(hash);
        let two = folder.resolve(GUESTS, &csv(&rows)).unwrap();
        prop_assert_eq!(one, two);
    }
}
