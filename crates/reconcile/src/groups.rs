//! Hypotheses of more than a pair: groups whose sums agree, and records of one set that offset each other.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    model::{Bits, Model},
    pairs::{self, DAYS, compare},
    prepare::{Prepared, UNDATED},
    text::words,
};

/// The most records that a group is chosen from; those with the best evidence.
const POOL: usize = 32;

/// The most records of a group that is chosen one by one.
const LARGEST: usize = 14;

/// Steps after which the search for the sums of one record ends.
const STEPS: usize = 20_000;

/// The most solutions kept for one record: with more, a person has to look anyway.
const SOLUTIONS: usize = 24;

/// Words and references that say so much, in bits, make a record a likely part of a group.
const RELATED: Bits = 3.0;

/// Parts whose words prove so much less than the best, in bits, are sought among all related ones only.
const AS_NEAR: Bits = 4.0;

/// The most related parts of a group that one unrelated part is added to.
const COMPLETED: usize = 10;

/// Hypotheses below these odds, in bits, are none.
const WEAK: Bits = -6.0;

/// The most records of a neighbourhood without words in common that pairs and triples are chosen from.
const NEIGHBOURS: usize = 60;

/// Words that more open records than this have in common relate nobody.
const CROWD: usize = 600;

/// The share of records without a counterpart of their own that are expected to be settled by a group.
const GROUPED: Bits = -2.0;

/// How seldom a group has parts without words in common with its sum, in bits.
const UNRELATED: Bits = -4.0;

/// The share of records that are expected to be offset in their own set, in bits.
const OFFSET: Bits = -5.0;

/// The most days over which a total is taken.
const TOTALLED: i64 = 7;

/// A group or an offset, with its odds if it had no rivals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hypothesis {
    /// Its records, ascending.
    pub(crate) members: Vec<u32>,
    /// Its odds in bits.
    pub(crate) bits: Bits,
    /// What its words, dates and references contribute.
    pub(crate) words: Bits,
    pub(crate) dates: Bits,
    /// What the agreement of the amounts contributes.
    pub(crate) amounts: Bits,
}

/// How many ways there are to choose `k` of `n`, in bits.
fn choices(n: usize, k: usize) -> Bits {
    (0..k).map(|i| (n.saturating_sub(i).max(1) as f64 / (i + 1) as f64).log2()).sum()
}

/// How improbable it is that an amount is met by chance, in bits.
fn improbable(all: &Prepared<'_>, record: usize) -> Bits {
    -all.spread.chance(all.amount(record)).log2()
}

/// Evidence that a record belongs to a target of the other set, without its amount: of words, of references, and of dates.
fn evidence(all: &Prepared<'_>, model: &Model, one: usize, two: usize) -> Option<[Bits; 3]> {
    let (left, right) = if all.is_left(one) { (one, two) } else { (two, one) };
    let pair = compare(all, left, right)?;
    let reference = model.reference(&pair);
    // Not every part repeats the reference: equal ones prove something, and missing ones nothing.
    Some([model.wording(&pair) + reference.min(0.0), reference.max(0.0), model.date_of_part(&pair)])
}

/// One record of a pool.
struct Part {
    record: u32,
    amount: i128,
    words: Bits,
    reference: Bits,
    dates: Bits,
}

impl Part {
    fn evidence(&self) -> Bits {
        self.words + self.reference + self.dates
    }
}

/// The sets of parts whose amounts add up to `target`; all amounts have its sign.
fn subsets(parts: &[&Part], target: i128) -> Vec<Vec<usize>> {
    // Largest first: what is left to add shrinks quickly, and is known.
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|part| (std::cmp::Reverse(parts[*part].amount.abs()), parts[*part].record));
    let mut rests = vec![0_i128; order.len() + 1];
    for place in (0..order.len()).rev() {
        rests[place] = rests[place + 1] + parts[order[place]].amount.abs();
    }
    let mut found = Vec::new();
    let mut chosen: Vec<usize> = Vec::new();
    let mut steps = 0;
    descend(parts, &order, &rests, 0, target.abs(), &mut chosen, &mut found, &mut steps);
    found
}

#[expect(clippy::too_many_arguments, reason = "the state of one search")]
fn descend(
    parts: &[&Part],
    order: &[usize],
    rests: &[i128],
    place: usize,
    missing: i128,
    chosen: &mut Vec<usize>,
    found: &mut Vec<Vec<usize>>,
    steps: &mut usize,
) {
    if missing == 0 {
        if chosen.len() > 1 {
            found.push(chosen.clone());
        }
        return;
    }
    *steps += 1;
    if place == order.len()
        || missing > rests[place]
        || chosen.len() == LARGEST
        || *steps > STEPS
        || found.len() >= SOLUTIONS
    {
        return;
    }
    let part = order[place];
    if parts[part].amount.abs() <= missing {
        chosen.push(part);
        descend(parts, order, rests, place + 1, missing - parts[part].amount.abs(), chosen, found, steps);
        chosen.pop();
    }
    descend(parts, order, rests, place + 1, missing, chosen, found, steps);
}

/// Records of one set that are still looking for a counterpart, by what they have in common.
struct Open<'a> {
    all: &'a Prepared<'a>,
    /// By phrases, first words and references.
    by_key: FxHashMap<u64, Vec<u32>>,
    /// By day.
    by_day: BTreeMap<i32, Vec<u32>>,
    /// By amount.
    by_amount: FxHashMap<i64, Vec<u32>>,
    records: Vec<u32>,
}

impl<'a> Open<'a> {
    fn new(all: &'a Prepared<'a>, records: Vec<u32>) -> Self {
        let mut by_key: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        let mut by_day: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
        let mut by_amount: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
        for record in &records {
            for key in all.texts.keys(*record as usize, u32::MAX).0 {
                by_key.entry(key).or_default().push(*record);
            }
            by_day.entry(all.days[*record as usize]).or_default().push(*record);
            by_amount.entry(all.amount(*record as usize)).or_default().push(*record);
        }
        Self { all, by_key, by_day, by_amount, records }
    }

    /// Records with words in common with one of the other set.
    fn related(&self, record: usize) -> Vec<u32> {
        let keys = self.all.texts.keys(record, u32::MAX).0;
        let mut found: Vec<u32> = keys
            .iter()
            .filter_map(|key| self.by_key.get(key))
            .filter(|list| list.len() <= CROWD)
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Records of these days.
    fn between(&self, from: i64, to: i64) -> impl Iterator<Item = u32> {
        let day = |day: i64| i32::try_from(day).unwrap_or(if day < 0 { i32::MIN + 1 } else { i32::MAX });
        let range = if from <= to { Some(day(from)..=day(to)) } else { None };
        range.into_iter().flat_map(|range| self.by_day.range(range)).flat_map(|(_, records)| records).copied()
    }
}

/// Groups that settle records which no pair settles. `taken` are those that one does.
pub(crate) fn groups(all: &Prepared<'_>, model: &Model, taken: &[bool]) -> Vec<Hypothesis> {
    let open_of = |set: std::ops::Range<usize>| {
        Open::new(all, set.filter(|record| !taken[*record]).map(|record| record as u32).collect())
    };
    let sides = [open_of(0..all.left), open_of(all.left..all.len())];
    let window = model.window();
    let lag_allowed = |days: Option<i64>| {
        pairs::lag(days).is_some_and(|lag| {
            let lag = usize::from(lag);
            // Parts of a group wait for each other: some days more than pairs do.
            window.lags[lag.saturating_sub(5).max(1).min(lag)..=(lag + 5).min(window.lags.len() - 1)]
                .iter()
                .any(|bits| *bits > f32::NEG_INFINITY)
        })
    };
    let mut found: Vec<Hypothesis> = [(0, 1), (1, 0)]
        .into_par_iter()
        .flat_map(|(of_target, of_parts)| {
            let open = &sides[of_parts];
            sides[of_target].records.par_iter().flat_map_iter(move |target| {
                let target = *target as usize;
                let mut found = by_words(all, model, open, target, &lag_allowed);
                found.extend(totals(all, open, target, &lag_allowed));
                found.extend(by_days(all, open, target));
                found.extend(by_neighbours(all, model, open, target, &lag_allowed));
                found
            })
        })
        .collect();
    found.extend(by_common(all, &sides));
    found.sort_by(|one, two| one.members.cmp(&two.members).then(two.bits.total_cmp(&one.bits)));
    found.dedup_by(|next, first| next.members == first.members);
    among_targets(all, model, &mut found);
    found
}

/// Where the same parts add up to several records, their words tell which of these is meant: each loses what the parts say less of it than of
/// the one they say most of. Within one group words prove nothing more, as they are what made its pool.
fn among_targets(all: &Prepared<'_>, model: &Model, found: &mut [Hypothesis]) {
    let mut by_parts: FxHashMap<Vec<u32>, Vec<(usize, u32)>> = FxHashMap::default();
    for (place, hypothesis) in found.iter().enumerate() {
        let (left, right): (Vec<u32>, Vec<u32>) =
            hypothesis.members.iter().partition(|record| all.is_left(**record as usize));
        let (target, parts) = match (&left[..], &right[..]) {
            ([target], [_, _, ..]) => (*target, right),
            ([_, _, ..], [target]) => (*target, left),
            _ => continue,
        };
        by_parts.entry(parts).or_default().push((place, target));
    }
    for (parts, targets) in by_parts.iter().filter(|(_, targets)| targets.len() > 1) {
        let said = |target: u32| -> Bits {
            let of_part = |part: &u32| evidence(all, model, target as usize, *part as usize);
            parts.iter().filter_map(of_part).map(|[words, reference, _]| words + reference).sum()
        };
        let said: Vec<Bits> = targets.iter().map(|(_, target)| said(*target)).collect();
        let most = said.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for ((place, _), said) in targets.iter().zip(said) {
            let less = said - most;
            found[*place].bits += less;
            found[*place].words += less;
        }
    }
}

/// What parts are chosen from.
struct Pool {
    /// How many records are open, in bits.
    open: Bits,
    /// How many parts there are to choose from.
    size: usize,
    /// The mean evidence of a part, in bits: the more of them there are with the same words, the less these distinguish.
    mean: Bits,
}

impl Pool {
    fn of(open: &Open<'_>, parts: &[&Part]) -> Self {
        let sum: f64 = parts.iter().map(|part| (part.words + part.dates).exp2()).sum();
        let open = (open.records.len().max(2) as f64).log2();
        Self { open, size: parts.len(), mean: (sum / parts.len().max(1) as f64).max(1e-30).log2() }
    }

    /// A group of parts chosen from the pool one by one.
    fn group(&self, all: &Prepared<'_>, target: usize, parts: &[&Part]) -> Hypothesis {
        let evidence = parts.iter().map(|part| part.words + part.dates - self.mean).sum();
        self.weigh(all, target, parts, evidence, choices(self.size, parts.len()))
    }

    fn weigh(
        &self,
        all: &Prepared<'_>,
        target: usize,
        parts: &[&Part],
        evidence: Bits,
        choices: Bits,
    ) -> Hypothesis {
        let dates: Bits = parts.iter().map(|part| part.dates).sum();
        let amounts = improbable(all, target);
        let mut members: Vec<u32> = parts.iter().map(|part| part.record).chain([target as u32]).collect();
        members.sort_unstable();
        // Words in common are what made the pool, and prove nothing more. A part with the same reference is found by that, as a pair is.
        let referred =
            parts.iter().filter(|part| part.reference > 0.0).map(|part| part.evidence() - self.open);
        let evidence = evidence + referred.fold(0.0, f64::max);
        let bits = GROUPED + evidence + amounts - choices;
        Hypothesis { members, bits, words: evidence - dates, dates, amounts }
    }
}

fn part(all: &Prepared<'_>, model: &Model, target: usize, record: u32) -> Option<Part> {
    let amount = i128::from(all.amount(record as usize));
    (amount.abs() < i128::from(all.amount(target)).abs() && amount != 0).then_some(())?;
    let [words, reference, dates] = evidence(all, model, target, record as usize)?;
    Some(Part { record, amount, words, reference, dates })
}

/// Groups of records with words or references in common with the target.
fn by_words(
    all: &Prepared<'_>,
    model: &Model,
    open: &Open<'_>,
    target: usize,
    lag_allowed: &impl Fn(Option<i64>) -> bool,
) -> Vec<Hypothesis> {
    let in_time = |record: &u32| lag_allowed(all.lag_from_left(target, *record as usize));
    let related = open.related(target).into_iter().filter(in_time);
    let mut parts: Vec<Part> = related
        .filter_map(|record| part(all, model, target, record))
        .filter(|part| part.words + part.reference >= RELATED)
        .collect();
    parts.sort_by(|one, two| two.evidence().total_cmp(&one.evidence()).then(one.record.cmp(&two.record)));
    let best = parts.iter().map(|part| part.words).fold(0.0, f64::max);
    // First those that are as near to the target as the nearest, then all: of many, sums are met by chance and not found in time.
    let near = |part: &&Part| part.words >= best - AS_NEAR;
    let worth = |part: &&Part| part.evidence() >= 0.0;
    let tiers = [
        parts.iter().filter(near).take(POOL).collect::<Vec<_>>(),
        parts.iter().filter(worth).take(POOL).collect(),
    ];
    let mut found = Vec::new();
    for parts in tiers {
        let pool = Pool::of(open, &parts);
        for chosen in subsets(&parts, all.amount(target).into()) {
            let chosen: Vec<&Part> = chosen.into_iter().map(|place| parts[place]).collect();
            found.push(pool.group(all, target, &chosen));
        }
    }
    let near: Vec<&Part> = parts.iter().filter(near).take(COMPLETED).collect();
    found.extend(completed(all, model, open, target, &near, lag_allowed));
    found
}

/// Groups of all parts of one day, or of several in a row, that have a phrase in common with the target: what a terminal took, what a party paid.
fn totals(
    all: &Prepared<'_>,
    open: &Open<'_>,
    target: usize,
    lag_allowed: &impl Fn(Option<i64>) -> bool,
) -> Vec<Hypothesis> {
    let amount = i128::from(all.amount(target));
    let mut found = Vec::new();
    let keys = all.texts.keys(target, u32::MAX).0;
    for list in keys.iter().filter_map(|key| open.by_key.get(key)).filter(|list| list.len() <= CROWD) {
        let mut parts: Vec<u32> = list
            .iter()
            .filter(|part| {
                let part = **part as usize;
                all.currency[part] == all.currency[target]
                    && all.amount(part).signum() == all.amount(target).signum()
                    && lag_allowed(all.lag_from_left(target, part))
            })
            .copied()
            .collect();
        parts.sort_by_key(|part| (all.days[*part as usize], *part));
        let days: Vec<&[u32]> =
            parts.chunk_by(|one, two| all.days[*one as usize] == all.days[*two as usize]).collect();
        let tried = ((days.len() * (days.len() + 1) / 2 * keys.len()).max(1) as f64).log2() + 1.0;
        for first in 0..days.len() {
            let (mut sum, mut chosen) = (0, Vec::new());
            for day in &days[first..] {
                sum += day.iter().map(|part| i128::from(all.amount(*part as usize))).sum::<i128>();
                chosen.extend_from_slice(day);
                if sum == amount && chosen.len() > 1 {
                    let amounts = improbable(all, target);
                    let mut members = chosen.clone();
                    members.push(target as u32);
                    members.sort_unstable();
                    found.push(Hypothesis {
                        members,
                        bits: GROUPED + amounts - tried,
                        words: 0.0,
                        dates: -tried,
                        amounts,
                    });
                }
                if sum.abs() >= amount.abs() {
                    break;
                }
            }
        }
    }
    found
}

/// Groups of related parts and one more that is related by its amount alone: its words were lost or misspelt.
fn completed(
    all: &Prepared<'_>,
    model: &Model,
    open: &Open<'_>,
    target: usize,
    near: &[&Part],
    lag_allowed: &impl Fn(Option<i64>) -> bool,
) -> Vec<Hypothesis> {
    let amount = i128::from(all.amount(target));
    let pool = Pool::of(open, near);
    let open_bits = (open.records.len().max(2) as f64).log2();
    let mut found = Vec::new();
    for choice in 1_u32..1 << near.len() {
        let chosen =
            || near.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1).map(|(_, part)| *part);
        let missing = amount - chosen().map(|part| part.amount).sum::<i128>();
        if missing.signum() != amount.signum() {
            continue;
        }
        let Some(lasts) = i64::try_from(missing).ok().and_then(|missing| open.by_amount.get(&missing)) else {
            continue;
        };
        for last in lasts.iter().take(SOLUTIONS) {
            let is_other = near.iter().all(|part| part.record != *last);
            if !is_other || !lag_allowed(all.lag_from_left(target, *last as usize)) {
                continue;
            }
            let Some(last) = part(all, model, target, *last) else { continue };
            let chosen: Vec<&Part> = chosen().collect();
            let mut group = pool.group(all, target, &chosen);
            // The last one is chosen from all that are open.
            group.bits += last.evidence().min(open_bits) - open_bits + UNRELATED;
            group.words += last.words;
            group.dates += last.dates;
            group.members.push(last.record);
            group.members.sort_unstable();
            found.push(group);
        }
    }
    found.retain(|hypothesis| hypothesis.bits > WEAK);
    found
}

/// Totals of days: all that is open on one day or several in a row.
fn by_days(all: &Prepared<'_>, open: &Open<'_>, target: usize) -> Vec<Hypothesis> {
    let day = i64::from(all.days[target]);
    if all.days[target] == UNDATED {
        return Vec::new();
    }
    let amount = i128::from(all.amount(target));
    let mut found = Vec::new();
    for first in day - 2 * TOTALLED..=day + TOTALLED {
        let mut sum = 0_i128;
        let mut members = Vec::new();
        for last in first..(first + TOTALLED).min(day + TOTALLED + 1) {
            let before = members.len();
            for record in open.between(last, last) {
                if all.currency[record as usize] == all.currency[target] {
                    sum += i128::from(all.amount(record as usize));
                    members.push(record);
                }
            }
            if members.len() == before || members.len() < 2 || sum != amount {
                continue;
            }
            let amounts = improbable(all, target);
            // As many totals were tried as there are first and last days.
            let tried = f64::from(3 * TOTALLED as u32 * TOTALLED as u32).log2();
            let mut members = members.clone();
            members.push(target as u32);
            members.sort_unstable();
            found.push(Hypothesis {
                members,
                bits: GROUPED + amounts - tried - 3.0,
                words: 0.0,
                dates: -tried,
                amounts,
            });
        }
    }
    found
}

/// Pairs and triples of whatever is open around the target: hardly ever more than a suspicion.
fn by_neighbours(
    all: &Prepared<'_>,
    model: &Model,
    open: &Open<'_>,
    target: usize,
    lag_allowed: &impl Fn(Option<i64>) -> bool,
) -> Vec<Hypothesis> {
    if all.days[target] == UNDATED {
        return Vec::new();
    }
    let day = i64::from(all.days[target]);
    let near: Vec<u32> = open
        .between(day - DAYS, day + DAYS)
        .filter(|record| lag_allowed(all.lag_from_left(target, *record as usize)))
        .take(NEIGHBOURS + 1)
        .collect();
    if near.len() > NEIGHBOURS {
        return Vec::new();
    }
    let parts: Vec<Part> = near.into_iter().filter_map(|record| part(all, model, target, record)).collect();
    let amount = i128::from(all.amount(target));
    let pool = Pool::of(open, &parts.iter().collect::<Vec<_>>());
    let by_amount: FxHashMap<i128, Vec<usize>> =
        parts.iter().enumerate().fold(FxHashMap::default(), |mut map, (place, part)| {
            map.entry(part.amount).or_insert_with(Vec::new).push(place);
            map
        });
    let mut found = Vec::new();
    let mut last = |first: usize, second: Option<usize>, rest: i128| {
        let from = second.unwrap_or(first);
        for third in by_amount.get(&rest).into_iter().flatten().filter(|place| **place > from) {
            let chosen: Vec<&Part> = [Some(first), second, Some(*third)]
                .into_iter()
                .flatten()
                .map(|place| &parts[place])
                .collect();
            let mut group = pool.group(all, target, &chosen);
            group.bits += UNRELATED;
            found.push(group);
        }
    };
    for first in 0..parts.len() {
        let rest = amount - parts[first].amount;
        last(first, None, rest);
        for (second, part) in parts.iter().enumerate().skip(first + 1) {
            last(first, Some(second), rest - part.amount);
        }
    }
    found.retain(|hypothesis| hypothesis.bits > WEAK);
    found
}

/// Several records on both sides whose sums agree, because they have the reference or the party in common.
fn by_common(all: &Prepared<'_>, sides: &[Open<'_>; 2]) -> Vec<Hypothesis> {
    let mut found = Vec::new();
    let party = |record: usize| words(&all.records[record].party).join(" ");
    let reference = |record: usize| all.references[record].clone();
    for key in [&reference as &dyn Fn(usize) -> String, &party] {
        let mut common: BTreeMap<(String, u32), [Vec<u32>; 2]> = BTreeMap::new();
        for (side, open) in sides.iter().enumerate() {
            for record in &open.records {
                let key = key(*record as usize);
                if !key.is_empty() {
                    let both = common.entry((key, all.currency[*record as usize])).or_default();
                    both[side].push(*record);
                }
            }
        }
        let tried = (common.len().max(2) as f64).log2();
        for both in common.values() {
            let sum = |side: usize| {
                both[side].iter().map(|record| i128::from(all.amount(*record as usize))).sum::<i128>()
            };
            let sizes = both.each_ref().map(Vec::len);
            if sizes.contains(&0) || sizes == [1, 1] || sum(0) != sum(1) || sizes.iter().sum::<usize>() > 200
            {
                continue;
            }
            let days = || {
                both.iter().flatten().map(|record| all.days[*record as usize]).filter(|day| *day != UNDATED)
            };
            let span =
                days().max().zip(days().min()).map_or(0, |(last, first)| i64::from(last) - i64::from(first));
            if span > 2 * DAYS {
                continue;
            }
            // The side with the fewer records is what the other adds up to.
            let fewer = usize::from(sizes[1] < sizes[0]);
            let total = i64::try_from(sum(fewer)).unwrap_or(i64::MAX);
            let amounts = -all.spread.chance(total).log2();
            let mut members: Vec<u32> = both.iter().flatten().copied().collect();
            members.sort_unstable();
            found.push(Hypothesis {
                members,
                bits: GROUPED + amounts - 4.0,
                words: tried,
                dates: 0.0,
                amounts,
            });
        }
    }
    found
}

/// Records of one set that offset each other: a payment and its void, a charge and its reversal.
pub(crate) fn offsets(all: &Prepared<'_>) -> Vec<Hypothesis> {
    let mut found = Vec::new();
    for set in [0..all.left, all.left..all.len()] {
        let size = set.len();
        let mut by_amount: FxHashMap<i64, Vec<usize>> = FxHashMap::default();
        set.clone().for_each(|record| by_amount.entry(all.amount(record)).or_default().push(record));
        for record in set.filter(|record| all.amount(*record) > 0) {
            for other in by_amount.get(&-all.amount(record)).into_iter().flatten().take(200) {
                found.extend(offset(all, record, *other, size));
            }
        }
    }
    found.sort_by(|one, two| one.members.cmp(&two.members));
    found
}

fn offset(all: &Prepared<'_>, one: usize, two: usize, size: usize) -> Option<Hypothesis> {
    if all.currency[one] != all.currency[two] {
        return None;
    }
    let days = all.lag(one, two);
    pairs::lag(days)?;
    let wording = all.texts.compare(one, two, true);
    let reference = match pairs::references(&all.references[one], &all.references[two]) {
        pairs::References::Same => {
            let count = all.reference_counts.get(&all.references[one]).copied().unwrap_or(1);
            (all.len() as f64 / f64::from(count)).log2() - 0.5
        }
        pairs::References::Near => 4.0,
        _ => 0.0,
    };
    let words = match wording.bits {
        0.0 => -3.0,
        bits => f64::from(bits) - 1.0 + f64::from(wording.second),
    };
    // A void follows within days or weeks, in either order in the books.
    let dates = match days {
        None => 0.0,
        Some(days) => -((days.abs() as f64 + 2.0).log2()) - f64::from(all.date_chance[two].log2()) - 1.5,
    };
    let amounts = improbable(all, two);
    let bits = OFFSET + words.max(reference) + dates + amounts - (size.max(1) as f64).log2();
    (bits > WEAK).then(|| Hypothesis {
        members: if one < two { vec![one as u32, two as u32] } else { vec![two as u32, one as u32] },
        bits,
        words: words.max(reference),
        dates,
        amounts,
    })
}
