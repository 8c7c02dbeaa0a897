//! Learning a model from records without labels.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    compare::{Field, Level, OTHERS, Pattern, compare, is_by_rarity},
    model::{Model, ModelError, Table, add_logs},
    record::Record,
};

/// How often each pattern occurs among the candidate pairs, with the total rarity of their equal values in steps of
/// two bits: all that learning needs from millions of pairs.
pub(super) type Histogram = FxHashMap<(Pattern, u8), u64>;

/// The step of rarity in a [`Histogram`], in eighths of a bit.
const RARITY_STEP: u16 = 16;

/// The bucket of a total rarity in a [`Histogram`].
pub(super) fn step(rarity: u16) -> u8 {
    (rarity / RARITY_STEP).min(255) as u8
}

/// Records sampled for [`strangers`]: all pairs among them are compared.
const SAMPLE: usize = 600;

/// Maximum number of rounds of expectation and maximisation.
const ROUNDS: usize = 60;

/// Learning ends when no probability changes by more.
const SETTLED: f64 = 1e-4;

/// Number of pseudo-pairs that the default probabilities weigh, per field: enough to carry a field that is hardly ever
/// filled, too few to matter where there are data.
const PRIOR_PAIRS: f64 = 30.0;

/// The smallest [`Model::relatives_per_record`] that is learnt.
const FEWEST_RELATIVES: f64 = 0.005;

/// Levels of a household's given names, birth dates and documents are not learnt: learning would turn any
/// agreeing pair into a household, and the other way round.
fn is_learnt_of_households(field: Field) -> bool {
    !matches!(field, Field::Given | Field::Birth | Field::Document)
}

/// Learns the model of records from their candidate pairs, starting from `model`, by expectation–maximisation
/// (Dempster, Laird, Rubin 1977; for record linkage Winkler 1988). Pairs that blocking leaves out are assumed to be strangers.
///
/// # Errors
///
/// [`ModelError`] if `model` is not valid.
///
/// `people` marks one record of each person, as far as is known: strangers are among them.
pub(super) fn train(
    model: &Model,
    records: &[Record],
    people: &[bool],
    histogram: &Histogram,
) -> Result<Model, ModelError> {
    let usual = model.tables()?;
    let mut tables = usual;
    tables[2] = strangers(records, people, &usual[2]);
    // Hash maps have no order, and floating-point sums depend on order.
    let mut patterns: Vec<((Pattern, u8), f64)> =
        histogram.iter().map(|(key, count)| (*key, *count as f64)).collect();
    patterns.sort_unstable_by_key(|(key, _)| *key);

    let count = records.len().max(2) as f64;
    let all_pairs = count * (count - 1.0) / 2.0;
    let mut matches = (model.matches_per_record * count / 2.0).max(1.0);
    let mut relatives = (model.relatives_per_record * count / 2.0).max(1.0);
    for _ in 0..ROUNDS {
        let before = tables;
        let logs = tables.map(|mut table| {
            table.iter_mut().flatten().for_each(|probability| *probability = probability.log2());
            table
        });
        let (log_matches, log_relatives) = ((matches / all_pairs).log2(), (relatives / all_pairs).log2());
        let zero = [[0.0; Level::ALL.len()]; Field::ALL.len()];
        let (mut of_matches, mut of_relatives) = (zero, zero);
        (matches, relatives) = (0.0, 0.0);
        for ((pattern, rarity), pairs) in &patterns {
            let pattern = pattern.weighed();
            let (mut m, mut household) = (log_matches, log_relatives);
            let mut u = -(f64::from(*rarity) + 0.5) * f64::from(RARITY_STEP) / 8.0;
            for field in Field::ALL {
                let level = pattern.level(field);
                let at = |table: &Table| table[field as usize][level as usize];
                m += at(&logs[0]);
                household += at(&logs[1]);
                u += if is_by_rarity(field, level) { 0.0 } else { at(&logs[2]) };
            }
            let all = add_logs(m, add_logs(household, u));
            let (is_match, is_relative) = (pairs * (m - all).exp2(), pairs * (household - all).exp2());
            matches += is_match;
            relatives += is_relative;
            for field in Field::ALL {
                let level = pattern.level(field) as usize;
                of_matches[field as usize][level] += is_match;
                of_relatives[field as usize][level] += is_relative;
            }
        }
        for field in Field::ALL {
            maximise(&mut tables[0], field, &of_matches, &usual[0]);
            if is_learnt_of_households(field) {
                maximise(&mut tables[1], field, &of_relatives, &usual[1]);
            }
        }
        // A file may show no households and have some nevertheless.
        (matches, relatives) = (matches.max(0.5), relatives.max(FEWEST_RELATIVES * count / 2.0));
        let moved = tables.iter().flatten().flatten().zip(before.iter().flatten().flatten());
        if moved.map(|(now, before)| (now - before).abs()).fold(0.0, f64::max) < SETTLED {
            break;
        }
    }
    let mut fields = model.of_tables(&tables);
    for (place, field) in OTHERS.into_iter().enumerate() {
        if records.iter().all(|record| record.others[place] == 0) {
            fields.remove(field.as_str());
        }
    }
    Ok(Model {
        matches_per_record: 2.0 * matches / count,
        relatives_per_record: 2.0 * relatives / count,
        fields,
        ..model.clone()
    })
}

/// The most likely probabilities of a field given the counts and, lightly, the defaults.
fn maximise(table: &mut Table, field: Field, counted: &Table, usual: &Table) {
    let (counted, usual) = (&counted[field as usize], &usual[field as usize]);
    let sum: f64 = field.levels().iter().map(|level| counted[*level as usize]).sum();
    for level in field.levels() {
        let level = *level as usize;
        let probability = (counted[level] + PRIOR_PAIRS * usual[level]) / (sum + PRIOR_PAIRS);
        table[field as usize][level] = probability.max(1e-6);
    }
}

/// u of every level, from the pairs of a sample of records: nearly all of them are strangers. The sample is the records
/// with the lowest digests, so that it does not depend on their order.
fn strangers(records: &[Record], people: &[bool], usual: &Table) -> Table {
    let marked = (0..).zip(records).zip(people).filter(|(_, marked)| **marked);
    let mut digests: Vec<(u64, u32)> = marked.map(|((number, record), _)| (record.digest, number)).collect();
    let sample = SAMPLE.min(digests.len());
    if sample == 0 {
        return *usual;
    }
    digests.select_nth_unstable(sample - 1);
    let mut sample = digests[..sample].to_vec();
    sample.sort_unstable();
    // Records of equal content usually belong to the same person.
    sample.dedup_by_key(|(digest, _)| *digest);
    let zero = || [[0_u32; Level::ALL.len()]; Field::ALL.len()];
    let counted = (0..sample.len()).into_par_iter().fold(zero, |mut counted, i| {
        for (_, two) in &sample[i + 1..] {
            let pattern = compare(&records[sample[i].1 as usize], &records[*two as usize]).pattern;
            Field::ALL.iter().for_each(|field| counted[*field as usize][pattern.level(*field) as usize] += 1);
        }
        counted
    });
    let counted = counted.reduce(zero, |mut one, two| {
        one.iter_mut().flatten().zip(two.iter().flatten()).for_each(|(one, two)| *one += two);
        one
    });
    let counted = counted.map(|levels| levels.map(f64::from));
    let mut table = *usual;
    for field in Field::ALL {
        maximise(&mut table, field, &counted, usual);
    }
    table
}
