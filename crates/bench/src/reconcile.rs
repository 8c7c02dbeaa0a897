//! Reconciling two ledgers, beside a greedy one-to-one matching by amount and nearest date.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::File,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use flate2::read::GzDecoder;
use hefu_reconcile::{Kind, Options, Record, reconcile};
use hefu_synthetic::{LedgerEntry, LedgerEvent, Ledgers};

/// The seed of the order in which the public transactions are read.
const SHUFFLED: u64 = 20_261_129;

/// Seeds and sizes of the ledgers that are generated: three months of a hotel, and a quarter of a chain.
const GENERATED: [(u64, u64); 4] = [(1, 1_000), (2, 1_000), (3, 1_000), (4, 10_000)];

/// Two records that belong together, by their ids; the left one first, or the lower one of one ledger.
type Pair = (String, String);

/// What was found, and how long it took.
struct Found {
    /// Each pair with its probability.
    pairs: BTreeMap<Pair, f64>,
    seconds: f64,
}

/// Precision, recall and F1 of the pairs from a probability on.
fn quality(found: &Found, truth: &BTreeSet<Pair>, from: f64) -> [f64; 3] {
    let kept = found.pairs.iter().filter(|(_, p)| **p >= from);
    let (mut all, mut right) = (0.0, 0.0);
    for (pair, _) in kept {
        all += 1.0;
        right += f64::from(u8::from(truth.contains(pair)));
    }
    let (precision, recall) = (right / f64::max(all, 1.0), right / truth.len().max(1) as f64);
    [precision, recall, 2.0 * precision * recall / (precision + recall).max(1e-9)]
}

fn ours(left: &[Record], right: &[Record]) -> Found {
    let began = Instant::now();
    let outcome = reconcile(left, right, &Options::default());
    let seconds = began.elapsed().as_secs_f64();
    let mut pairs = BTreeMap::new();
    for found in &outcome.matches {
        if found.kind == Kind::Offset {
            let (set, places) =
                if found.left.is_empty() { (right, &found.right) } else { (left, &found.left) };
            let mut ids: Vec<String> = places.iter().map(|place| set[*place].id.clone()).collect();
            ids.sort();
            if let [one, two] = &ids[..] {
                pairs.insert((one.clone(), two.clone()), found.probability);
            }
            continue;
        }
        for one in &found.left {
            for two in &found.right {
                pairs.insert((left[*one].id.clone(), right[*two].id.clone()), found.probability);
            }
        }
    }
    Found { pairs, seconds }
}

/// Each left record, in the order of dates, takes the free right one of the same amount whose date is nearest.
fn greedy(left: &[Record], right: &[Record]) -> Found {
    let began = Instant::now();
    let mut by_amount: HashMap<i64, Vec<&Record>> = HashMap::new();
    right.iter().for_each(|record| by_amount.entry(record.amount).or_default().push(record));
    let mut order: Vec<&Record> = left.iter().collect();
    order.sort_by_key(|record| (record.date, &record.id));
    let mut pairs = BTreeMap::new();
    for record in order {
        let Some(free) = by_amount.get_mut(&record.amount) else { continue };
        let days =
            |other: &Record| other.date.zip(record.date).map(|(one, two)| (one - two).num_days().abs());
        let nearest = (0..free.len()).min_by_key(|place| (days(free[*place]), &free[*place].id));
        if let Some(nearest) = nearest {
            pairs.insert((record.id.clone(), free.swap_remove(nearest).id.clone()), 1.0);
        }
    }
    Found { pairs, seconds: began.elapsed().as_secs_f64() }
}

/// SplitMix64, as it is published.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn rows(path: &Path) -> anyhow::Result<Vec<csv::StringRecord>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(csv::Reader::from_reader(GzDecoder::new(file)).into_records().collect::<Result<_, _>>()?)
}

/// The public transactions, in an order that has nothing to do with the file's.
fn transactions(path: &Path, seed: u64) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::new();
    for (place, row) in (0_u64..).zip(rows(path)?) {
        let [id, date, amount, memo] = [0, 1, 2, 3].map(|at| row.get(at).unwrap_or_default());
        let record = Record {
            id: id.to_owned(),
            date: Some(date.parse()?),
            amount: (amount.parse::<f64>()? * 100.0).round() as i64,
            text: memo.to_owned(),
            ..Record::default()
        };
        records.push((mix(seed ^ mix(place)), record));
    }
    records.sort_by_key(|(order, _)| *order);
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn show(what: &str, who: &str, found: &Found, truth: &BTreeSet<Pair>) {
    let [precision, recall, f1] = quality(found, truth, 0.0);
    println!(
        "{what:<34} {who:<7} P {precision:.5}   R {recall:.5}   F1 {f1:.5}   {:>7.3} s   {} pairs",
        found.seconds,
        found.pairs.len()
    );
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn public(folder: &Path) -> anyhow::Result<()> {
    let began = Instant::now();
    let left = transactions(&folder.join("payments.csv.gz"), SHUFFLED)?;
    let right = transactions(&folder.join("receipts.csv.gz"), SHUFFLED + 1)?;
    let truth: BTreeSet<Pair> = rows(&folder.join("truth.csv.gz"))?
        .iter()
        .map(|row| (row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default().to_owned()))
        .collect();
    let read = began.elapsed().as_secs_f64();
    let what = format!("{} payments and receipts", left.len());
    let found = ours(&left, &right);
    show(&what, "hefu", &found, &truth);
    // The most that is found while hardly anything is wrong.
    let mut probabilities: Vec<f64> = found.pairs.values().copied().collect();
    probabilities.sort_by(f64::total_cmp);
    probabilities.dedup();
    let at = |place: usize| quality(&found, &truth, probabilities[place]);
    let place = probabilities.len().checked_sub(1).map(|last| {
        let (mut low, mut high) = (0, last);
        while low < high {
            let middle = (low + high) / 2;
            if at(middle)[0] >= 0.9999 { high = middle } else { low = middle + 1 }
        }
        low
    });
    if let Some(place) = place {
        let [precision, recall, _] = at(place);
        println!(
            "{what:<34} hefu    P {precision:.5} at R {recall:.5} from probability {:.4} (read and shuffled in {read:.3} s)",
            probabilities[place]
        );
    }
    show(&what, "greedy", &greedy(&left, &right), &truth);
    Ok(())
}

fn record(entry: &LedgerEntry) -> Record {
    let LedgerEntry { id, date, amount, reference, text } = entry.clone();
    Record { id, date: Some(date), amount, reference, text, ..Record::default() }
}

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn generated(seed: u64, events: u64) {
    let ledgers = Ledgers::new(seed, events);
    let left: Vec<Record> = ledgers.hotel.iter().map(record).collect();
    let right: Vec<Record> = ledgers.bank.iter().map(record).collect();
    let mut by_event: BTreeMap<LedgerEvent, BTreeSet<Pair>> = BTreeMap::new();
    for truth in &ledgers.truth {
        let pairs = by_event.entry(truth.event).or_default();
        match &truth.hotel[..] {
            [one, two] if truth.bank.is_empty() => {
                pairs.insert((one.min(two).clone(), one.max(two).clone()));
            }
            hotel => pairs.extend(
                hotel.iter().flat_map(|one| truth.bank.iter().map(move |two| (one.clone(), two.clone()))),
            ),
        }
    }
    let truth: BTreeSet<Pair> = by_event.values().flatten().cloned().collect();
    let events_of: HashMap<&str, LedgerEvent> = ledgers
        .truth
        .iter()
        .flat_map(|truth| truth.hotel.iter().chain(&truth.bank).map(move |id| (id.as_str(), truth.event)))
        .collect();
    let what = format!("seed {seed}: {} and {} entries", left.len(), right.len());
    for (who, found) in [("hefu", ours(&left, &right)), ("greedy", greedy(&left, &right))] {
        show(&what, who, &found, &truth);
        let kinds = by_event.iter().map(|(event, truth)| {
            // A wrong pair counts against the events of both its records.
            let of_event = found.pairs.iter().filter(|((one, two), _)| {
                [one, two].iter().any(|id| events_of.get(id.as_str()) == Some(event))
            });
            let of_event =
                Found { pairs: of_event.map(|(pair, p)| (pair.clone(), *p)).collect(), seconds: 0.0 };
            let [precision, recall, f1] = quality(&of_event, truth, 0.0);
            format!("{} {precision:.3}/{recall:.3}/{f1:.3}", event.as_str())
        });
        println!("    P/R/F1 by kind: {}", kinds.collect::<Vec<_>>().join(", "));
        let is_group = |event: &LedgerEvent| {
            matches!(event, LedgerEvent::Batch | LedgerEvent::Split | LedgerEvent::Settlement)
        };
        let groups: BTreeSet<Pair> = by_event
            .iter()
            .filter(|(event, _)| is_group(event))
            .flat_map(|(_, pairs)| pairs)
            .cloned()
            .collect();
        let found_of =
            |pairs: &BTreeSet<Pair>| pairs.iter().filter(|pair| found.pairs.contains_key(*pair)).count();
        let batches = by_event.get(&LedgerEvent::Batch).cloned().unwrap_or_default();
        println!(
            "    recall of batches {:.4}, of all groups {:.4}",
            found_of(&batches) as f64 / batches.len().max(1) as f64,
            found_of(&groups) as f64 / groups.len().max(1) as f64
        );
    }
}

/// Prints precision, recall and F1 of the engine and of the baseline, on the public transactions if they are there, and on generated ledgers.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn run() -> anyhow::Result<()> {
    let shared = std::env::var("HEFU_SHARED").unwrap_or_else(|_| "../shared".into());
    let folder = PathBuf::from(&shared).join("data/reconcile");
    if folder.exists() {
        public(&folder)?;
    } else {
        println!("{} is missing; HEFU_SHARED names the folder that holds data/", folder.display());
    }
    GENERATED.into_iter().for_each(|(seed, events)| generated(seed, events));
    Ok(())
}
