//! Records made ready to be compared.

use chrono::Datelike as _;
use rustc_hash::FxHashMap;

use crate::{
    amount::Spread,
    record::Record,
    text::{Texts, reference},
};

/// No date.
pub(crate) const UNDATED: i32 = i32::MIN;

/// Two sets of records. Records of both have one numbering: those of the left first, each set in an order that depends on their content
/// alone.
#[derive(Debug)]
pub(crate) struct Prepared<'a> {
    /// The records.
    pub(crate) records: Vec<&'a Record>,
    /// The place of each in its set as it was given.
    pub(crate) given: Vec<usize>,
    /// Number of records of the left set.
    pub(crate) left: usize,
    /// Their amounts, side by side: looking into each record takes longer.
    amounts: Vec<i64>,
    /// Days since the common era, or [`UNDATED`].
    pub(crate) days: Vec<i32>,
    /// Numbers of currencies.
    pub(crate) currency: Vec<u32>,
    /// References without spaces and dashes; empty without one.
    pub(crate) references: Vec<String>,
    /// Whether any record has one.
    pub(crate) has_references: bool,
    /// How often each reference occurs.
    pub(crate) reference_counts: FxHashMap<String, u32>,
    /// The words.
    pub(crate) texts: Texts,
    /// How amounts are spread.
    pub(crate) spread: Spread,
    /// The density of amounts around each record's.
    pub(crate) density: Vec<f64>,
    /// The share of its set's records that have the date of each.
    pub(crate) date_chance: Vec<f32>,
}

impl<'a> Prepared<'a> {
    pub(crate) fn new(left: &'a [Record], right: &'a [Record]) -> Self {
        let sorted = |set: &'a [Record]| {
            let mut order: Vec<usize> = (0..set.len()).collect();
            order.sort_by(|a, b| set[*a].cmp(&set[*b]));
            order
        };
        let mut given = sorted(left);
        let records_of =
            |order: &[usize], set: &'a [Record]| order.iter().map(|place| &set[*place]).collect::<Vec<_>>();
        let mut records = records_of(&given, left);
        let of_right = sorted(right);
        records.extend(records_of(&of_right, right));
        given.extend(of_right);
        let days: Vec<i32> = records
            .iter()
            .map(|record| record.date.map_or(UNDATED, |date| date.num_days_from_ce()))
            .collect();
        let mut currencies: FxHashMap<String, u32> = FxHashMap::default();
        let currency = records
            .iter()
            .map(|record| {
                let next = currencies.len() as u32;
                *currencies.entry(record.currency.trim().to_uppercase()).or_insert(next)
            })
            .collect();
        let references: Vec<String> = records.iter().map(|record| reference(&record.reference)).collect();
        let mut reference_counts: FxHashMap<String, u32> = FxHashMap::default();
        for reference in references.iter().filter(|reference| !reference.is_empty()) {
            *reference_counts.entry(reference.clone()).or_default() += 1;
        }
        let spread = Spread::new(records.iter().map(|record| record.amount));
        let density = records.iter().map(|record| spread.density(record.amount)).collect();
        let mut date_chance = vec![1.0; records.len()];
        for set in [0..left.len(), left.len()..records.len()] {
            let mut counts: FxHashMap<i32, u32> = FxHashMap::default();
            set.clone().for_each(|record| *counts.entry(days[record]).or_default() += 1);
            let total = set.len() as f32;
            for record in set {
                date_chance[record] = counts.get(&days[record]).map_or(1.0, |count| *count as f32 / total);
            }
        }
        let texts = Texts::new(&records);
        let left = left.len();
        Self {
            amounts: records.iter().map(|record| record.amount).collect(),
            records,
            given,
            left,
            days,
            currency,
            has_references: !reference_counts.is_empty(),
            references,
            reference_counts,
            texts,
            spread,
            density,
            date_chance,
        }
    }

    /// Number of records of both sets.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether a record is of the left set.
    pub(crate) const fn is_left(&self, record: usize) -> bool {
        record < self.left
    }

    /// The records of a record's own set.
    pub(crate) fn own(&self, record: usize) -> std::ops::Range<usize> {
        if self.is_left(record) { 0..self.left } else { self.left..self.len() }
    }

    /// The amount of a record, in minor units.
    pub(crate) fn amount(&self, record: usize) -> i64 {
        self.amounts[record]
    }

    /// Days from one record to another, if both have a date.
    pub(crate) fn lag(&self, from: usize, to: usize) -> Option<i64> {
        let (from, to) = (self.days[from], self.days[to]);
        (from != UNDATED && to != UNDATED).then(|| i64::from(to) - i64::from(from))
    }

    /// Days from the left one of two records of different sets to the right one, if both have a date.
    pub(crate) fn lag_from_left(&self, one: usize, two: usize) -> Option<i64> {
        if self.is_left(one) { self.lag(one, two) } else { self.lag(two, one) }
    }
}
