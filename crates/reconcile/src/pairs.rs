//! Pairs of records worth weighing, and how they compare.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::{
    amount::{self, NEAR},
    prepare::Prepared,
    text::is_one_edit,
};

/// The most days between records of one event.
pub(crate) const DAYS: i64 = 60;

/// Number of lags: none known, so many days before or after.
pub(crate) const LAGS: usize = 2 * DAYS as usize + 2;

/// The most records one key leads a record to.
const FROM_KEY: usize = 150;

/// A phrase so rare leads to records of any amount.
const RARE: usize = 40;

/// A phrase found so often leads only records that nothing rarer leads to [`ENOUGH`] others.
const FREQUENT: usize = 400;

/// See [`FREQUENT`].
const ENOUGH: usize = 4;

/// How unlikely differences are that are not sought, in bits.
const LEAST_KNOWN: f32 = -17.0;

/// How references compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum References {
    /// At least one has none.
    Missing,
    /// Equal.
    Same,
    /// One slip apart, or one is the beginning of the other.
    Near,
    /// Different.
    Differ,
}

/// Number of levels of [`References`].
pub(crate) const REFERENCES: usize = 4;

/// How two records of different sets compare.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    /// The records; the first is of the left set.
    pub(crate) records: [u32; 2],
    /// The level of their amounts.
    pub(crate) amount: u8,
    /// 0 if a date is missing, or the lag in days.
    pub(crate) lag: u8,
    /// How their references compare.
    pub(crate) reference: References,
    /// How rare a second common phrase is.
    pub(crate) second: u8,
    /// The classes of the words before and after their common phrase.
    pub(crate) before: u16,
    pub(crate) after: u16,
    /// How rare the common phrase is, in bits; 0 without one.
    pub(crate) phrase: f32,
    /// How improbable the agreement of amounts, dates and references is by chance, in bits each.
    pub(crate) amount_bits: f32,
    pub(crate) date_bits: f32,
    pub(crate) reference_bits: f32,
}

/// The place of a lag in tables; none if it is too long.
pub(crate) fn lag(days: Option<i64>) -> Option<u8> {
    match days {
        None => Some(0),
        Some(days) if days.abs() <= DAYS => Some((days + DAYS + 1) as u8),
        Some(_) => None,
    }
}

/// Compares references.
pub(crate) fn references(one: &str, two: &str) -> References {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    match short.len() {
        0 => References::Missing,
        _ if short == long => References::Same,
        5.. if is_one_edit(short, long) || long.starts_with(short) || long.ends_with(short) => {
            References::Near
        }
        _ => References::Differ,
    }
}

/// How two records compare without their words.
struct Figures {
    amount: u8,
    lag: u8,
    reference: References,
    amount_bits: f32,
    date_bits: f32,
}

fn figures(all: &Prepared<'_>, a: usize, b: usize) -> Option<Figures> {
    let (x, y) = (all.amount(a), all.amount(b));
    if all.currency[a] != all.currency[b] || x.signum() != y.signum() {
        return None;
    }
    let lag = lag(all.lag(a, b))?;
    let amount = amount::level(x, y);
    Some(Figures {
        amount,
        lag,
        reference: match all.has_references {
            true => references(&all.references[a], &all.references[b]),
            false => References::Missing,
        },
        amount_bits: -all.spread.chance_of(amount, y, all.density[b]).log2() as f32,
        date_bits: if lag == 0 { 0.0 } else { -all.date_chance[b].log2() },
    })
}

fn with_words(all: &Prepared<'_>, a: usize, b: usize, figures: &Figures) -> Pair {
    let Figures { amount, lag, reference, amount_bits, date_bits } = *figures;
    let wording = all.texts.compare(a, b, false);
    let reference_bits = match reference {
        References::Same => {
            let count = all.reference_counts.get(&all.references[a]).copied().unwrap_or(1);
            (all.len() as f32 / count as f32).log2()
        }
        _ => 0.0,
    };
    Pair {
        records: [a as u32, b as u32],
        amount,
        lag,
        reference,
        second: wording.second,
        before: wording.before,
        after: wording.after,
        phrase: wording.bits,
        amount_bits,
        date_bits,
        reference_bits,
    }
}

/// Compares two records, the first of the left set; none if they cannot tell of one event.
pub(crate) fn compare(all: &Prepared<'_>, a: usize, b: usize) -> Option<Pair> {
    figures(all, a, b).map(|figures| with_words(all, a, b, &figures))
}

/// Records by a key, each list in the order of amounts.
struct ByKey {
    lists: FxHashMap<u64, Vec<u32>>,
}

impl ByKey {
    fn new(order: &[u32], keys: impl Fn(usize) -> Vec<u64>) -> Self {
        let mut lists: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        for record in order {
            keys(*record as usize).into_iter().for_each(|key| lists.entry(key).or_default().push(*record));
        }
        Self { lists }
    }
}

fn hash(text: &str) -> u64 {
    use std::hash::{BuildHasher as _, BuildHasherDefault};
    BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(text)
}

/// The right set, as it is searched for counterparts.
pub(crate) struct Search<'a> {
    all: &'a Prepared<'a>,
    rare: u32,
    by_words: ByKey,
    by_amount: ByKey,
    by_digits: ByKey,
    by_reference: ByKey,
}

/// Which differences pairs found by their words may have.
#[derive(Debug)]
pub(crate) struct Window {
    /// How likely each level of amounts is among pairs of one event, in bits; negative infinity for those that are not sought.
    pub(crate) amounts: Vec<f32>,
    /// The same of lags.
    pub(crate) lags: Vec<f32>,
    /// The largest difference of amounts as the logarithm of their ratio.
    pub(crate) near: f64,
    /// What amounts and dates must prove together, in bits.
    pub(crate) least: f32,
}

impl Window {
    /// Any that is ever considered.
    pub(crate) fn wide() -> Self {
        Self {
            amounts: vec![0.0; amount::LEVELS],
            lags: vec![0.0; LAGS],
            near: NEAR,
            least: f32::NEG_INFINITY,
        }
    }
}

impl<'a> Search<'a> {
    pub(crate) fn new(all: &'a Prepared<'a>) -> Self {
        let rare = (all.len() / 200).clamp(20, 2_000) as u32;
        let mut order: Vec<u32> = (all.left as u32..all.len() as u32).collect();
        order.sort_unstable_by_key(|record| (all.amount(*record as usize), *record));
        let ((by_words, by_amount), (by_digits, by_reference)) = rayon::join(
            || {
                (
                    ByKey::new(&order, |record| all.texts.keys(record, rare).0),
                    ByKey::new(&order, |record| vec![all.amount(record) as u64]),
                )
            },
            || {
                (
                    ByKey::new(&order, |record| vec![amount::digit_key(all.amount(record))]),
                    ByKey::new(&order, |record| match all.references[record].as_str() {
                        "" => Vec::new(),
                        reference => vec![hash(reference)],
                    }),
                )
            },
        );
        Self { all, rare, by_words, by_amount, by_digits, by_reference }
    }

    /// Pairs of `left` records worth weighing, in the order of their records: equal amounts, near amounts with words in common, rare words
    /// or references in common, amounts with the same digits.
    pub(crate) fn pairs(&self, left: &[u32], window: &Window) -> Vec<Pair> {
        left.par_iter().with_min_len(64).flat_map_iter(|a| self.of(*a as usize, window)).collect()
    }

    fn of(&self, a: usize, window: &Window) -> Vec<Pair> {
        let all = self.all;
        let value = all.amount(a);
        let log = (value.unsigned_abs().max(1) as f64).ln();
        let is_near =
            |b: u32| ((all.amount(b as usize).unsigned_abs().max(1) as f64).ln() - log).abs() <= window.near;
        let is_in_time = |b: u32| {
            lag(all.lag(a, b as usize)).is_some_and(|lag| window.lags[usize::from(lag)] > f32::NEG_INFINITY)
        };
        // Found by words: these differ in what the window allows. Found otherwise: any.
        let (mut by_words, mut found): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        let (keys, strong) = all.texts.keys(a, self.rare);
        for (place, key) in keys.iter().enumerate() {
            let Some(list) = self.by_words.lists.get(key) else { continue };
            if list.len() <= RARE {
                found.extend(list);
                continue;
            }
            if place >= strong && list.len() > FREQUENT && by_words.len() + found.len() > ENOUGH {
                continue;
            }
            let middle = list.partition_point(|b| all.amount(*b as usize) < value);
            let up = list[middle..].iter().take_while(|b| is_near(**b));
            let down = list[..middle].iter().rev().take_while(|b| is_near(**b));
            by_words.extend(up.filter(|b| is_in_time(**b)).take(FROM_KEY));
            by_words.extend(down.filter(|b| is_in_time(**b)).take(FROM_KEY));
        }
        by_words.sort_unstable();
        by_words.dedup();
        by_words.retain(|b| {
            let level = amount::level(value, all.amount(*b as usize));
            window.amounts[usize::from(level)] > f32::NEG_INFINITY
        });
        let mut nearest = |list: Option<&Vec<u32>>| {
            let Some(list) = list else { return };
            if list.len() <= FROM_KEY {
                found.extend(list);
                return;
            }
            let mut some = list.clone();
            some.sort_by_key(|b| (all.lag(a, *b as usize).map_or(0, i64::abs), *b));
            found.extend(some.into_iter().take(FROM_KEY));
        };
        nearest(self.by_amount.lists.get(&(value as u64)));
        nearest(self.by_digits.lists.get(&amount::digit_key(value)));
        nearest(match all.references[a].as_str() {
            "" => None,
            reference => self.by_reference.lists.get(&hash(reference)),
        });
        found.extend(by_words);
        found.sort_unstable();
        found.dedup();
        let weigh = |b: u32| {
            let b = b as usize;
            let figures = figures(all, a, b)?;
            let proved = window.amounts[usize::from(figures.amount)].max(LEAST_KNOWN)
                + window.lags[usize::from(figures.lag)].max(LEAST_KNOWN)
                + figures.amount_bits
                + figures.date_bits;
            let is_worth = proved >= window.least
                || figures.reference == References::Same
                || matches!(figures.amount, amount::EQUAL | amount::FAR);
            is_worth.then(|| with_words(all, a, b, &figures))
        };
        found.into_iter().filter_map(weigh).collect()
    }
}
