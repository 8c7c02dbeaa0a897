//! Registered guests in memory, and the decision about one incoming record.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    blocking::{self, RULE_COUNT, lookups},
    compare::compare,
    explain::Explanation,
    frequency::Frequencies,
    model::{Model, ModelError, Score, Scorer, Verdict},
    record::Record,
};

/// A candidate for an incoming record.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The index of the candidate.
    pub candidate: usize,
    /// Its score.
    pub score: Score,
    /// The explanation.
    pub explanation: Explanation,
}

/// Compares one record with candidates and returns those to be linked or reviewed, the surest first. Their
/// rarities are those of [`Frequencies::apply`], which must have been applied to both sides.
pub fn decide<'a>(
    scorer: &Scorer,
    record: &Record,
    candidates: impl IntoIterator<Item = (usize, &'a Record)>,
) -> Vec<Decision> {
    let mut decisions: Vec<Decision> = candidates
        .into_iter()
        .filter_map(|(candidate, other)| {
            let comparison = compare(record, other);
            let score = scorer.score(&comparison);
            (score.verdict != Verdict::Apart).then(|| Decision {
                candidate,
                score,
                explanation: scorer.explain(&comparison),
            })
        })
        .collect();
    decisions.sort_by(|one, two| {
        two.score.bits.total_cmp(&one.score.bits).then(one.candidate.cmp(&two.candidate))
    });
    decisions
}

/// Registered records, searchable for candidates of an incoming one.
pub struct Index {
    records: Vec<Record>,
    frequencies: Frequencies,
    scorer: Scorer,
    /// By rule, sorted: a key above the index of a record that has it.
    sorted: Vec<Vec<u64>>,
    /// Records added since.
    recent: FxHashMap<(usize, u32), Vec<u32>>,
}

impl Index {
    /// An index of records under a model. It has at most 2^32 of them.
    ///
    /// # Errors
    ///
    /// [`ModelError`] if `model` is not valid.
    pub fn new(mut records: Vec<Record>, model: &Model) -> Result<Self, ModelError> {
        let frequencies = Frequencies::count(&records);
        records.par_iter_mut().for_each(|record| frequencies.apply(record));
        let mut sorted: Vec<Vec<u64>> = vec![Vec::new(); RULE_COUNT];
        for (place, record) in (0_u64..).zip(&records) {
            for (rule, key) in lookups(blocking::keys(record)) {
                sorted[rule].push(u64::from(key) << 32 | place);
            }
        }
        sorted.par_iter_mut().enumerate().for_each(|(rule, entries)| {
            entries.sort_unstable();
            // Keys of skipped blocks need not be stored.
            let kept: Vec<u64> = entries
                .chunk_by(|one, two| one >> 32 == two >> 32)
                .filter(|block| block.len() <= blocking::cap(rule))
                .flatten()
                .copied()
                .collect();
            *entries = kept;
        });
        let scorer = Scorer::new(model, records.len())?;
        Ok(Self { records, frequencies, scorer, sorted, recent: FxHashMap::default() })
    }

    /// Adds a record and returns its index.
    pub fn insert(&mut self, mut record: Record) -> usize {
        self.frequencies.apply(&mut record);
        let place = self.records.len();
        for key in lookups(blocking::keys(&record)) {
            self.recent.entry(key).or_default().push(place as u32);
        }
        self.records.push(record);
        place
    }

    /// The registered records, by index.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The registered records that may be the same person as `record`: see [`decide`].
    pub fn decide(&self, record: &Record) -> Vec<Decision> {
        let mut record = *record;
        self.frequencies.apply(&mut record);
        let mut places: Vec<u32> = Vec::with_capacity(128);
        for (rule, key) in lookups(blocking::keys(&record)) {
            let entries = &self.sorted[rule];
            let Range { start, end } = u64::from(key) << 32..(u64::from(key) + 1) << 32;
            let from = entries.partition_point(|entry| *entry < start);
            places
                .extend(entries[from..].iter().take_while(|entry| **entry < end).map(|entry| *entry as u32));
            if let Some(recent) = self.recent.get(&(rule, key)) {
                places.extend(recent.iter().rev().take(blocking::cap(rule)));
            }
        }
        places.sort_unstable();
        places.dedup();
        decide(
            &self.scorer,
            &record,
            places.into_iter().map(|place| (place as usize, &self.records[place as usize])),
        )
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::matching::{Locale, Person};

    fn record(person: Person<'_>) -> Record {
        Record::new(&person, Locale::CHINA)
    }

    #[test]
    fn a_guest_is_found_again() {
        let wei = Person {
            full_name: "张伟",
            birth_date: "1986-10-03",
            phones: &["13800138000"],
            documents: &[(None, "11010519491231002X")],
            ..Person::default()
        };
        let fang = Person { full_name: "王芳", phones: &["13912345670"], ..Person::default() };
        let mut index = Index::new(vec![record(fang), record(wei)], &Model::default()).unwrap();
        let found = index.decide(&record(Person { full_name: "ZHANG WEI", ..wei }));
        assert_eq!((found.len(), found[0].candidate, found[0].score.verdict), (1, 1, Verdict::Link));
        let hui = Person {
            full_name: "李慧",
            phones: &["13712345098"],
            birth_date: "1990-02-14",
            ..Person::default()
        };
        assert_eq!(index.decide(&record(hui)), []);
        let place = index.insert(record(hui));
        let found = index.decide(&record(Person { full_name: "Li Hui", ..hui }));
        assert_eq!((found[0].candidate, found[0].score.verdict), (place, Verdict::Link));
    }
}
