//! Matching a file of guests, with Splink on the same file in the same run.

use std::{
    borrow::Cow,
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, ensure};
use hefu_identity::{
    date::parse_date,
    document::normalise_document,
    email::normalise_email,
    matching::{Index, Locale, Model, Person, Record},
    name::{split_name, surname_key},
    phone::normalise_phone,
};
use hefu_resolve::Map;
use hefu_synthetic::{GuestRecord, Guests, Mix};

const MAP: &str = r#"
[fields]
id = "id"
source = "source"
full_name = "name"
birth_date = "birth"
phones = "phone"
documents = [{ column = "document", type_column = "document_type" }]
emails = "email"
city = "city"
"#;

/// The map of the Febrl sets. They are compared without `rec_id`, which contains the truth.
const FEBRL: &str = include_str!("../../resolve/maps/febrl.toml");

/// Public sets of people whose truth is known, by the files they are fetched in: the maps say which columns are compared.
const PUBLIC: [Public; 8] = [
    Public { name: "fake_1000", files: &["fake_1000.csv"], id: "unique_id", truth: "cluster", map: FAKE },
    Public { name: "fake_20000", files: &["fake_20000.csv"], id: "unique_id", truth: "group", map: FAKE },
    Public {
        name: "historical_50k",
        files: &["historical_figures_with_errors_50k.csv"],
        id: "unique_id",
        truth: "cluster",
        map: HISTORICAL,
    },
    Public { name: "RLdata500", files: &["RLdata500.csv"], id: "rec_id", truth: "ent_id", map: RLDATA },
    Public { name: "RLdata10000", files: &["RLdata10000.csv"], id: "rec_id", truth: "ent_id", map: RLDATA },
    Public { name: "febrl2", files: &["dataset2.csv"], id: "rec_id", truth: "rec_id", map: FEBRL },
    Public { name: "NC voters, 20 %", files: &VOTERS[0], id: "", truth: "recid", map: VOTER },
    Public { name: "NC voters, 40 %", files: &VOTERS[1], id: "", truth: "recid", map: VOTER },
];

/// A public set.
struct Public {
    name: &'static str,
    /// Read one after the other.
    files: &'static [&'static str],
    /// The column of ids; none: rows are numbered.
    id: &'static str,
    /// The column that says who a record is of; it is not compared.
    truth: &'static str,
    map: &'static str,
}

/// Lists of five parties, of whose records 20 or 40 in a hundred are corrupted.
const VOTERS: [[&str; 5]; 2] = [
    [
        "ncvr_numrec_5000_modrec_2_ocp_20_myp_0_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_20_myp_1_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_20_myp_2_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_20_myp_3_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_20_myp_4_nump_5.csv",
    ],
    [
        "ncvr_numrec_5000_modrec_2_ocp_40_myp_0_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_40_myp_1_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_40_myp_2_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_40_myp_3_nump_5.csv",
        "ncvr_numrec_5000_modrec_2_ocp_40_myp_4_nump_5.csv",
    ],
];

const FAKE: &str = r#"
[format]
region = "GB"
[fields]
id = "id"
surname = "surname"
given_name = "first_name"
birth_date = "dob"
emails = "email"
city = "city"
"#;

const HISTORICAL: &str = r#"
[format]
region = "GB"
[fields]
id = "id"
surname = "surname"
given_name = "first_name"
birth_date = "dob"
city = "birth_place"
postcode = "postcode_fake"
other = ["gender", "occupation"]
"#;

const RLDATA: &str = r#"
[format]
region = "DE"
null = ["NA"]
[fields]
id = "id"
surname = ["lname_c1", "lname_c2"]
given_name = ["fname_c1", "fname_c2"]
birth_date = ["by", "bm", "bd"]
"#;

const VOTER: &str = r#"
[format]
region = "US"
[fields]
id = "id"
surname = "surname"
given_name = "givenname"
city = "suburb"
postcode = "postcode"
"#;

/// With more guests than this Splink does not fit into the memory of a front desk's machine, and a list of pairs is larger than the guests: ours is
/// measured alone, by its clusters, on the Chinese mix.
const MANY: u64 = 2_000_000;

/// Quality and cost of one program.
#[derive(Debug, Clone, Copy, Default)]
struct Outcome {
    /// Seconds from the file to the clusters.
    wall_s: f64,
    /// CPU seconds.
    cpu_s: f64,
    /// Peak memory.
    memory_mib: f64,
    /// F1 of clusters over pairs, at the automatic threshold; for Splink at 0.95.
    f1: f64,
    /// The same at the best threshold; for us the automatic one again.
    f1_best: f64,
    /// Recall of scored pairs above which 99.5 % are right; none where pairs were not listed.
    recall: Option<f64>,
}

fn create(folder: &Path, name: &str) -> std::io::Result<BufWriter<File>> {
    File::create(folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file))
}

fn quoted(text: &str) -> Cow<'_, str> {
    if text.contains(',') { format!("\"{text}\"").into() } else { text.into() }
}

/// Writes guests with truth as they were typed (`people.csv`).
fn write_guests(folder: &Path, guests: &Guests) -> anyhow::Result<()> {
    let mut typed = create(folder, "people.csv")?;
    writeln!(typed, "id,truth,source,name,birth,phone,document_type,document,email,city")?;
    for guest in guests.records() {
        let GuestRecord { id, person, source, full_name, birth_date, phone, .. } = &guest;
        let GuestRecord { document_type, document, email, city, .. } = &guest;
        write!(typed, "{id},{person},{source},{},{birth_date},{phone}", quoted(full_name))?;
        writeln!(typed, ",{document_type},{document},{email},{}", quoted(city))?;
    }
    Ok(typed.flush()?)
}

/// The same for Splink, already cleaned (`cleaned.csv`).
fn write_cleaned(folder: &Path, guests: &Guests) -> anyhow::Result<()> {
    let mut clean = create(folder, "cleaned.csv")?;
    writeln!(clean, "id,truth,c_surname,c_given,c_birth,c_phone,c_doc,c_email,c_city")?;
    for guest in guests.records() {
        let GuestRecord { id, person, full_name, birth_date, phone, .. } = &guest;
        let GuestRecord { document_type, document, email, city, .. } = &guest;
        let name = split_name(full_name);
        let surname = surname_key(full_name).unwrap_or_default();
        let reading = hefu_identity::name::name_keys(full_name);
        // Of a Chinese name the pinyin without the surname.
        let given = match name.given {
            Some(given) if given.is_ascii() => given,
            Some(given) => reading
                .iter()
                .find_map(|key| {
                    key.strip_prefix(surname.as_str()).filter(|rest| rest.is_ascii() && !rest.is_empty())
                })
                .map_or(given, str::to_owned),
            None => String::new(),
        };
        let birth_clean =
            parse_date(birth_date).ok().filter(|date| !hefu_identity::date::is_placeholder_birth(*date));
        let cleaned = [
            surname,
            given,
            birth_clean.map(|date| date.to_string()).unwrap_or_default(),
            normalise_phone(phone, "CN").map(|phone| phone.e164).unwrap_or_default(),
            normalise_document(document_type.parse().ok(), document)
                .map(|document| document.number)
                .unwrap_or_default(),
            normalise_email(email).unwrap_or_default(),
            city.trim_end_matches('市').to_owned(),
        ];
        write!(clean, "{id},{person}")?;
        for value in &cleaned {
            write!(clean, ",{}", quoted(value))?;
        }
        writeln!(clean)?;
    }
    Ok(clean.flush()?)
}

/// Writes a Febrl set with truth, and with numbers for its `rec_id` (`people.csv`).
fn write_febrl(folder: &Path, set: &Path) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(set)?;
    let mut lines = text.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>().join(","));
    let header = lines.next().context("an empty set")?;
    let mut people = create(folder, "people.csv")?;
    writeln!(people, "{}", header.replacen("rec_id", "id,truth", 1))?;
    for (id, line) in lines.enumerate() {
        let (truth, rest) = line.split_once(',').context("a row without values")?;
        // `rec-223-dup-0` is person 223.
        let person = truth.split('-').nth(1).context("a rec_id that tells nothing")?;
        writeln!(people, "{id},{person},{rest}")?;
    }
    Ok(people.flush()?)
}

/// The file of this name anywhere below a folder.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let here = entries.iter().find(|path| path.file_name().is_some_and(|found| found == name)).cloned();
    here.or_else(|| entries.iter().filter(|path| path.is_dir()).find_map(|below| found(below, name)))
}

/// Writes a public set with numbers for its ids and its people (`people.csv`); `false` if its files are not there.
fn write_public(folder: &Path, fetched: &Path, set: &Public) -> anyhow::Result<bool> {
    let mut people = csv::Writer::from_writer(create(folder, "people.csv")?);
    let (mut numbers, mut id) = (HashMap::new(), 0_u32);
    for file in set.files {
        let Some(path) = found(fetched, file) else { return Ok(false) };
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path)?;
        let header = rows.headers()?.clone();
        let place = |name: &str| header.iter().position(|column| column == name);
        let truth = place(set.truth).with_context(|| format!("{file}: no column {}", set.truth))?;
        let hidden = [Some(truth), place(set.id)];
        let kept = |row: &csv::StringRecord| -> Vec<String> {
            let shown = row.iter().enumerate().filter(|(place, _)| !hidden.contains(&Some(*place)));
            shown.map(|(_, value)| value.to_owned()).collect()
        };
        if id == 0 {
            people
                .write_record(["id", "truth"].iter().map(|name| (*name).to_owned()).chain(kept(&header)))?;
        }
        for row in rows.records() {
            let row = row?;
            // Of Febrl `rec-223-dup-0` is person 223.
            let who = match row[truth].strip_prefix("rec-") {
                Some(rest) => rest.split('-').next().unwrap_or_default().to_owned(),
                None => row[truth].to_owned(),
            };
            let next = numbers.len();
            let person = *numbers.entry(who).or_insert(next);
            people.write_record([id.to_string(), person.to_string()].into_iter().chain(kept(&row)))?;
            id += 1;
        }
    }
    people.flush()?;
    Ok(true)
}

/// What the estimate said of the public sets in a folder and of generated guests, and what is true.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn calibrated(fetched: Option<&Path>, guests: u64) -> anyhow::Result<()> {
    for set in PUBLIC.iter().filter(|_| fetched.is_some()) {
        let folder = Folder::new()?;
        if !write_public(&folder.0, fetched.context("a folder")?, set)? {
            println!("{:<30} is not in the folder", set.name);
            continue;
        }
        show_calibrated(set.name, &folder.0, &set.map.replace("rec_id\"", "id\""))?;
    }
    for (name, mix) in [("Chinese mix", Mix::Chinese), ("Latin names", Mix::Latin)] {
        for count in [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|count| *count <= guests) {
            let folder = Folder::new()?;
            write_guests(&folder.0, &Guests::new(20_261_122, count, mix))?;
            show_calibrated(&format!("{count} guests, {name}"), &folder.0, MAP)?;
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn show_calibrated(what: &str, folder: &Path, map: &str) -> anyhow::Result<()> {
    std::fs::write(folder.join("map.toml"), map)?;
    let (people, clusters) = (folder.join("people.csv"), folder.join("clusters.csv"));
    let report =
        hefu_resolve::resolve(&people, &Map::read(&folder.join("map.toml"))?, None, 0.99, &clusters, None)?;
    let (precision, recall, f1) = quality(folder, &truth(folder)?)?;
    let estimated = report.precision.map_or_else(|| "none".into(), |share| format!("{share:.4}"));
    println!(
        "{what:<30} hefu     cluster F1 {f1:.4}   precision estimated {estimated}, true {precision:.4}   \
         recall {recall:.4}   {} pairs for review",
        report.reviews
    );
    Ok(())
}

/// CPU seconds of this process, and its peak memory, in MiB (Linux).
fn spent() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| after.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    ((ticks(11) + ticks(12)) / 100.0, hefu_resolve::peak_memory_mib().unwrap_or(0) as f64)
}

/// Resolves `people.csv` by `map.toml` and prints `wall cpu memory`; run as a separate process, so that its memory can be measured.
#[expect(clippy::print_stdout, reason = "read by the process that started it")]
pub fn resolve(folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let map = Map::read(&folder.join("map.toml"))?;
    hefu_resolve::resolve(&folder.join("people.csv"), &map, None, 0.99, &folder.join("clusters.csv"), None)?;
    let (cpu, memory) = spent();
    println!("{} {cpu} {memory}", began.elapsed().as_secs_f64());
    Ok(())
}

/// The first two numbers of each row of a file, one after the other.
fn rows(path: &Path) -> anyhow::Result<impl Iterator<Item = anyhow::Result<(u32, u32)>>> {
    let two = |line: std::io::Result<String>| {
        let line = line?;
        let mut values = line.split(',').map(str::parse);
        let (Some(Ok(one)), Some(Ok(two))) = (values.next(), values.next()) else {
            anyhow::bail!("an id that is no number")
        };
        Ok((one, two))
    };
    Ok(BufReader::new(File::open(path)?).lines().skip(1).map(two))
}

/// The person of each record.
fn truth(folder: &Path) -> anyhow::Result<Vec<u32>> {
    let mut truth: Vec<u32> = Vec::new();
    for row in rows(&folder.join("people.csv"))? {
        let (id, person) = row?;
        truth.resize(truth.len().max(id as usize + 1), 0);
        truth[id as usize] = person;
    }
    Ok(truth)
}

fn pairs_in(mut keys: Vec<(u32, u32)>) -> u64 {
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b).map(|group| (group.len() as u64) * (group.len() as u64 - 1) / 2).sum()
}

/// Precision, recall and F1 of `clusters.csv` over pairs.
fn quality(folder: &Path, truth: &[u32]) -> anyhow::Result<(f64, f64, f64)> {
    let linked: Vec<(u32, u32)> = rows(&folder.join("clusters.csv"))?.collect::<anyhow::Result<_>>()?;
    let total = pairs_in(truth.iter().map(|person| (*person, 0)).collect());
    let right = pairs_in(linked.iter().map(|(id, cluster)| (*cluster, truth[*id as usize])).collect());
    let positive = pairs_in(linked.into_iter().map(|(_, cluster)| (cluster, 0)).collect());
    let (right, positive, total) = (right as f64, positive as f64, total as f64);
    Ok((right / positive, right / total, 2.0 * right / (positive + total)))
}

/// The same file again with its pairs, and how many of the true ones are above the point where 99.5 % are right.
fn pair_recall(folder: &Path, truth: &[u32]) -> anyhow::Result<f64> {
    let map = Map::read(&folder.join("map.toml"))?;
    let (people, pairs) = (folder.join("people.csv"), folder.join("pairs.csv"));
    hefu_resolve::resolve(&people, &map, None, 0.99, &folder.join("clusters.csv"), Some(&pairs))?;
    let total = pairs_in(truth.iter().map(|person| (*person, 0)).collect());
    let (mut good, mut seen, mut best) = (0_u64, 0_u64, 0_u64);
    for row in rows(&pairs)? {
        let (one, two) = row?;
        seen += 1;
        good += u64::from(truth[one as usize] == truth[two as usize]);
        if good as f64 >= 0.995 * seen as f64 {
            best = good;
        }
    }
    Ok(best as f64 / total as f64)
}

/// A folder for one measurement, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("hefu-identity-{}", std::process::id()));
        std::fs::create_dir_all(&path).map(|()| Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Leftovers are in the directory for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Ours on `people.csv`; with a list of pairs if `pairs` are wanted.
fn ours(folder: &Path, map: &str, pairs: bool) -> anyhow::Result<Outcome> {
    std::fs::write(folder.join("map.toml"), map)?;
    let child = Command::new(std::env::current_exe()?).arg("identity-child").arg(folder).output()?;
    ensure!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let printed = String::from_utf8_lossy(&child.stdout).into_owned();
    let numbers: Vec<f64> = printed.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [wall_s, cpu_s, memory_mib] = numbers[..] else { anyhow::bail!("no figures: {printed}") };
    let truth = truth(folder)?;
    let (_, _, f1) = quality(folder, &truth)?;
    let recall = if pairs { Some(pair_recall(folder, &truth)?) } else { None };
    Ok(Outcome { wall_s, cpu_s, memory_mib, f1, f1_best: f1, recall })
}

/// Hefu and Splink on `count` guests of `mix`; Splink is missing without its Python (`scripts/splink.sh`).
fn guests(count: u64, mix: Mix, splink: Option<&Path>) -> anyhow::Result<(Outcome, Option<Outcome>)> {
    let (folder, guests) = (Folder::new()?, Guests::new(20_261_122, count, mix));
    write_guests(&folder.0, &guests)?;
    let ours = ours(&folder.0, MAP, count <= MANY)?;
    let theirs = match splink {
        Some(python) => {
            write_cleaned(&folder.0, &guests)?;
            Some(run_splink(python, "guests", &folder.0.join("cleaned.csv"))?)
        }
        None => None,
    };
    Ok((ours, theirs))
}

/// The same on a Febrl set.
fn febrl(set: &Path, splink: Option<&Path>) -> anyhow::Result<(Outcome, Option<Outcome>)> {
    let folder = Folder::new()?;
    write_febrl(&folder.0, set)?;
    let ours = ours(&folder.0, &FEBRL.replace("rec_id\"", "id\""), true)?;
    let theirs =
        splink.map(|python| run_splink(python, "febrl", &folder.0.join("people.csv"))).transpose()?;
    Ok((ours, theirs))
}

fn run_splink(python: &Path, kind: &str, people: &Path) -> anyhow::Result<Outcome> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crates/bench/splink/run.py");
    let child = Command::new(python).arg(script).arg(kind).arg(people).output()?;
    ensure!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let printed = String::from_utf8_lossy(&child.stdout).into_owned();
    let number = |key: &str| -> anyhow::Result<f64> {
        let (_, after) =
            printed.split_once(&format!("\"{key}\": ")).with_context(|| format!("no {key}: {printed}"))?;
        Ok(after.split([',', '}']).next().unwrap_or_default().trim().parse()?)
    };
    Ok(Outcome {
        wall_s: number("wall_s")?,
        cpu_s: number("cpu_s")?,
        memory_mib: number("memory_mib")?,
        f1: number("f1_at_095")?,
        f1_best: number("f1_best")?,
        recall: Some(number("recall_at_995")?),
    })
}

/// Milliseconds for the decision about one incoming record against `registered` guests in memory: median and
/// 99th percentile.
fn online(registered: u64) -> anyhow::Result<(f64, f64)> {
    let record = |guest: &GuestRecord| {
        Record::new(
            &Person {
                full_name: &guest.full_name,
                birth_date: &guest.birth_date,
                phones: &[&guest.phone],
                documents: &[(guest.document_type.parse().ok(), &guest.document)],
                emails: &[&guest.email],
                city: &guest.city,
                ..Person::default()
            },
            Locale::CHINA,
        )
    };
    let guests = Guests::new(20_261_122, registered + 20_000, Mix::Chinese);
    let index = Index::new(
        guests.records().take(registered as usize).map(|guest| record(&guest)).collect(),
        &Model::default(),
    )?;
    let mut times: Vec<f64> = Vec::new();
    for place in registered..registered + 20_000 {
        let guest = guests.record(place);
        let began = Instant::now();
        std::hint::black_box(index.decide(&record(&guest)));
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok((times[times.len() / 2], times[times.len() * 99 / 100]))
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn show(what: &str, (ours, theirs): (Outcome, Option<Outcome>)) {
    for (who, found) in [("hefu", Some(ours)), ("Splink", theirs)] {
        let Some(Outcome { wall_s, cpu_s, memory_mib, f1, f1_best, recall }) = found else { continue };
        let recall = recall.map_or_else(|| "not listed".into(), |recall| format!("{recall:.4}"));
        println!(
            "{what:<30} {who:<7} wall {wall_s:>7.2} s   CPU {cpu_s:>7.2} s   {memory_mib:>6.0} MiB   \
             cluster F1 {f1:.4} (best {f1_best:.4})   recall at 99.5 % precision {recall}"
        );
    }
}

/// Prints Hefu and Splink on the Febrl sets, if present, and on `HEFU_BENCH_GUESTS` guests: a million by default, none with 0, and
/// for more than two million Hefu alone. `HEFU_LINKAGE` names a folder with the public sets, as they were fetched. Splink's Python comes from `scripts/splink.sh`; if that fails, Hefu is measured alone too.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn run() -> anyhow::Result<()> {
    let count = std::env::var("HEFU_BENCH_GUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let splink = || -> Option<PathBuf> {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/splink.sh");
        let printed = Command::new(script).output().ok().filter(|output| output.status.success())?;
        Some(PathBuf::from(String::from_utf8_lossy(&printed.stdout).trim()))
    };
    if count > MANY {
        show(&format!("{count} guests, Chinese mix"), guests(count, Mix::Chinese, None)?);
        return Ok(());
    }
    let python = splink();
    let shared = std::env::var("HEFU_SHARED").unwrap_or_else(|_| "../shared".into());
    for name in ["febrl3", "febrl1"] {
        let set = PathBuf::from(&shared).join(format!("data/linkage/{name}.csv"));
        if set.exists() {
            show(name, febrl(&set, python.as_deref())?);
        } else {
            println!("{} is missing; HEFU_SHARED names the folder that holds data/", set.display());
        }
    }
    let fetched = std::env::var_os("HEFU_LINKAGE").map(PathBuf::from);
    calibrated(fetched.as_deref(), count)?;
    if count == 0 {
        return Ok(());
    }
    for (name, mix) in [("Chinese mix", Mix::Chinese), ("Latin names", Mix::Latin)] {
        show(&format!("{count} guests, {name}"), guests(count, mix, python.as_deref())?);
    }
    let (median, slow) = online(count)?;
    println!("one record against {count} in memory: median {median:.3} ms, 99 of 100 within {slow:.3} ms");
    Ok(())
}
