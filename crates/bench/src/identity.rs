//! Matching a file of guests, beside Splink on the same file in the same run.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
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

/// Quality and cost of one side.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Seconds from the file to the clusters.
    pub wall_s: f64,
    /// Seconds of all processors.
    pub cpu_s: f64,
    /// The most memory at once.
    pub memory_mib: f64,
    /// F1 of clusters over pairs, at the automatic threshold; for Splink at 0.95.
    pub f1: f64,
    /// The same at the best threshold; for us the automatic one again.
    pub f1_best: f64,
    /// Recall of scored pairs where 99.5 % of those above are right.
    pub recall: f64,
}

/// Writes guests with truth, as they were typed (`people.csv`) and, for Splink, cleaned, so that it need not clean by itself (`cleaned.csv`).
pub fn write_guests(folder: &Path, guests: &Guests) -> anyhow::Result<()> {
    let create = |name| File::create(folder.join(name)).map(|file| BufWriter::with_capacity(1 << 20, file));
    let (mut typed, mut clean) = (create("people.csv")?, create("cleaned.csv")?);
    writeln!(typed, "id,truth,source,name,birth,phone,document_type,document,email,city")?;
    writeln!(clean, "id,truth,c_surname,c_given,c_birth,c_phone,c_doc,c_email,c_city")?;
    for guest in guests.records() {
        let GuestRecord { id, person, source, full_name, birth_date, phone, .. } = &guest;
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
        let quoted = |text: &str| if text.contains(',') { format!("\"{text}\"") } else { text.to_owned() };
        write!(typed, "{id},{person},{source},{},{birth_date},{phone}", quoted(full_name))?;
        writeln!(typed, ",{document_type},{document},{email},{}", quoted(city))?;
        write!(clean, "{id},{person}")?;
        for value in &cleaned {
            write!(clean, ",{}", quoted(value))?;
        }
        writeln!(clean)?;
    }
    typed.flush()?;
    Ok(clean.flush()?)
}

/// Seconds that the processors have spent on this process, and the most memory it held, in MiB (Linux).
pub fn spent() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |n: usize| after.split_whitespace().nth(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    ((ticks(11) + ticks(12)) / 100.0, hefu_resolve::peak_memory_mib().unwrap_or(0) as f64)
}

/// Resolves a file and prints `wall cpu memory`; run as a process of its own, so that its memory is its own.
#[expect(clippy::print_stdout, reason = "read by the process that started it")]
pub fn resolve(folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let map = folder.join("map.toml");
    std::fs::write(&map, MAP)?;
    let map = Map::read(&map)?;
    hefu_resolve::resolve(&folder.join("people.csv"), &map, None, &folder.join("clusters.csv"), None)?;
    let (cpu, memory) = spent();
    println!("{} {cpu} {memory}", began.elapsed().as_secs_f64());
    Ok(())
}

/// The same with pairs, and what both are worth.
pub fn quality(folder: &Path) -> anyhow::Result<Outcome> {
    let map = folder.join("map.toml");
    std::fs::write(&map, MAP)?;
    let (people, pairs) = (folder.join("people.csv"), folder.join("pairs.csv"));
    let clusters = folder.join("clusters.csv");
    hefu_resolve::resolve(&people, &Map::read(&map)?, None, &clusters, Some(&pairs))?;
    let rows = |path: &Path| -> anyhow::Result<Vec<(u32, u32)>> {
        let text = std::fs::read_to_string(path)?;
        let two = |line: &str| {
            let mut values = line.split(',');
            Some((values.next()?.parse().ok()?, values.next()?.parse().ok()?))
        };
        text.lines().skip(1).map(|line| two(line).context("an id that is no number")).collect()
    };
    let mut truth: Vec<u32> = Vec::new();
    for (id, person) in rows(&people)? {
        let id = id as usize;
        truth.resize(truth.len().max(id + 1), 0);
        truth[id] = person;
    }
    let pairs_in = |mut keys: Vec<(u32, u32)>| -> u64 {
        keys.sort_unstable();
        keys.chunk_by(|a, b| a == b).map(|group| (group.len() as u64) * (group.len() as u64 - 1) / 2).sum()
    };
    let total = pairs_in(truth.iter().map(|person| (*person, 0)).collect());
    let linked = rows(&clusters)?;
    let positive = pairs_in(linked.iter().map(|(_, cluster)| (*cluster, 0)).collect());
    let right = pairs_in(linked.iter().map(|(id, cluster)| (*cluster, truth[*id as usize])).collect());
    let (mut good, mut seen, mut best) = (0_u64, 0_u64, 0_u64);
    for (one, two) in rows(&pairs)? {
        seen += 1;
        good += u64::from(truth[one as usize] == truth[two as usize]);
        if good as f64 >= 0.995 * seen as f64 {
            best = good;
        }
    }
    let f1 = 2.0 * right as f64 / (positive + total) as f64;
    Ok(Outcome { f1, f1_best: f1, recall: best as f64 / total as f64, ..Outcome::default() })
}

/// Ours and Splink's on `count` guests of `mix`; Splink's is missing without its Python (`scripts/splink.sh`).
///
/// # Errors
/// Files, or one of the two cannot be run.
pub fn measure(count: u64, mix: Mix, splink: Option<&Path>) -> anyhow::Result<(Outcome, Option<Outcome>)> {
    let folder = std::env::temp_dir().join(format!("hefu-identity-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    write_guests(&folder, &Guests::new(20_261_122, count, mix))?;
    let child = Command::new(std::env::current_exe()?).arg("identity-child").arg(&folder).output()?;
    ensure!(child.status.success(), "{}", String::from_utf8_lossy(&child.stderr));
    let printed = String::from_utf8_lossy(&child.stdout).into_owned();
    let numbers: Vec<f64> = printed.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let [wall_s, cpu_s, memory_mib] = numbers[..] else { anyhow::bail!("no figures: {printed}") };
    let ours = Outcome { wall_s, cpu_s, memory_mib, ..quality(&folder)? };
    let theirs = splink.map(|python| run_splink(python, &folder)).transpose()?;
    std::fs::remove_dir_all(&folder)?;
    Ok((ours, theirs))
}

fn run_splink(python: &Path, folder: &Path) -> anyhow::Result<Outcome> {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../crates/bench/splink/run.py");
    let child = Command::new(python).arg(script).arg(folder.join("cleaned.csv")).output()?;
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
        recall: number("recall_at_995")?,
    })
}

/// Milliseconds for the decision about one incoming record against `registered` guests in memory: median and the
/// time within which 99 of 100 come.
pub fn online(registered: u64) -> anyhow::Result<(f64, f64)> {
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

/// Prints ours beside Splink's: `HEFU_BENCH_GUESTS` guests, a million without it. Splink's Python comes from
/// `scripts/splink.sh`; where that fails, ours stands alone.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn run() -> anyhow::Result<()> {
    let count = std::env::var("HEFU_BENCH_GUESTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/splink.sh");
    let python = Command::new(script).output().ok().filter(|output| output.status.success());
    let python = python.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    for (name, mix) in [("Chinese mix", Mix::Chinese), ("Latin names", Mix::Latin)] {
        let (ours, theirs) = measure(count, mix, python.as_deref())?;
        for (who, found) in [("hefu", Some(ours)), ("Splink", theirs)] {
            let Some(Outcome { wall_s, cpu_s, memory_mib, f1, f1_best, recall }) = found else { continue };
            println!(
                "{count} guests, {name:<12} {who:<7} wall {wall_s:>7.2} s   CPU {cpu_s:>7.2} s   {memory_mib:>6.0} MiB   \
                 cluster F1 {f1:.4} (best {f1_best:.4})   recall at 99.5 % precision {recall:.4}"
            );
        }
    }
    let (median, slow) = online(count)?;
    println!("one record against {count} in memory: median {median:.3} ms, 99 of 100 within {slow:.3} ms");
    Ok(())
}
