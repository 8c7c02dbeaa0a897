//! A whole file of records at once: candidates, model, scores, clusters.

use super::{
    blocking::{Candidates, KeyTable, TOGETHER},
    calibrate::Calibration,
    cluster::{Clusters, Pair, cluster},
    compare::compare,
    frequency::Frequencies,
    model::{Model, ModelError, Score, Scorer, Verdict, Veto},
    record::Record,
    train::{Histogram, step, train},
};
use rayon::prelude::*;

/// Pairs with odds below this many bits, by the default model, are counted for learning and then discarded.
const KEEP_FROM_BITS: f64 = -10.0;

/// Records with the results about them.
pub struct Linkage {
    records: Vec<Record>,
    pairs: Vec<Pair>,
    compared: u64,
    histogram: Histogram,
    candidates: Candidates,
    /// Whether a record is the one of its person that is counted.
    people: Vec<bool>,
}

/// A scored pair of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoredPair {
    /// The index of one record.
    pub one: u32,
    /// The index of the other; greater.
    pub two: u32,
    /// The odds in bits that the two are the same person, all things considered: for a pair that is linked through other
    /// records those of the link, if they are better than its own.
    pub bits: f64,
    /// What speaks against it.
    pub veto: Veto,
    /// Whether the two are in one cluster.
    pub linked: bool,
}

/// Which records are one person.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// For each record the index of one record of its cluster, the same for the whole cluster.
    pub clusters: Vec<u32>,
    /// Every scored pair, if they were to be listed; see [`Linkage::clusters_and_pairs`].
    pub pairs: Vec<ScoredPair>,
    /// The estimated share of the pairs within clusters that are right; none if nothing is linked. A wrong merge counts with every
    /// pair it makes.
    pub precision: Option<f64>,
}

/// Clusters of more records are not listed pair by pair.
const LISTED: usize = 500;

impl Linkage {
    /// Counts values, finds candidate pairs and compares them. A file has at most 2^32 records.
    pub fn new(mut records: Vec<Record>) -> Self {
        let frequencies = Frequencies::count(&records);
        let keys: Vec<KeyTable> = records
            .par_chunks_mut(TOGETHER)
            .map(|records| {
                records.iter_mut().for_each(|record| frequencies.apply(record));
                KeyTable::new(records)
            })
            .collect();
        let mut candidates = Candidates::new(&records, &keys);
        drop(keys);
        let usual = Scorer::new(&Model::default(), records.len()).ok();
        let found = candidates.visit(
            &records,
            || (Histogram::default(), Vec::new(), 0_u64),
            |(histogram, pairs, compared), one, two| {
                let comparison = compare(&records[one as usize], &records[two as usize]);
                let (pattern, rarity) = (comparison.pattern, comparison.total_rarity());
                *histogram.entry((pattern, step(rarity))).or_default() += 1;
                *compared += 1;
                if usual.as_ref().is_none_or(|scorer| scorer.reaches(KEEP_FROM_BITS, pattern, rarity)) {
                    pairs.push(Pair { one, two, pattern, rarity });
                }
            },
        );
        candidates.forget_pairs();
        let (mut histogram, mut compared) = (Histogram::default(), 0);
        let mut pairs = Vec::with_capacity(found.iter().map(|(_, pairs, _)| pairs.len()).sum());
        for (counts, some, seen) in found {
            counts.into_iter().for_each(|(key, count)| *histogram.entry(key).or_default() += count);
            pairs.extend(some);
            compared += seen;
        }
        let people = vec![true; records.len()];
        let mut this = Self { records, pairs, compared, histogram, candidates, people };
        this.count_people(frequencies);
        this
    }

    /// Counts values among people instead of records, now that the surest pairs show which are one person, and compares again what
    /// depends on it.
    fn count_people(&mut self, mut frequencies: Frequencies) {
        let Ok(model) = train(&Model::default(), &self.records, &self.people, &self.histogram) else {
            return;
        };
        let Ok(scorer) = Scorer::new(&model, self.records.len()) else { return };
        let scored = self.pairs.par_iter().map(|pair| scorer.score_of(pair.pattern, pair.rarity).verdict);
        let is_sure: Vec<bool> = scored.map(|verdict| verdict == Verdict::Link).collect();
        let sure = self.pairs.iter().zip(is_sure).filter(|(_, is_sure)| *is_sure).map(|(pair, _)| pair);
        self.people = one_of_each(&self.records, sure);
        frequencies.count_people(&self.records, &self.people);
        self.records.par_iter_mut().for_each(|record| frequencies.apply(record));
        let records = &self.records;
        let changed = self.pairs.par_iter_mut().filter_map(|pair| {
            let comparison = compare(&records[pair.one as usize], &records[pair.two as usize]);
            let before = (pair.pattern, step(pair.rarity));
            (pair.pattern, pair.rarity) = (comparison.pattern, comparison.total_rarity());
            let now = (pair.pattern, step(pair.rarity));
            (before != now).then_some((before, now))
        });
        for (before, now) in changed.collect::<Vec<_>>() {
            if let Some(count) = self.histogram.get_mut(&before) {
                *count -= 1;
            }
            *self.histogram.entry(now).or_default() += 1;
        }
        self.histogram.retain(|_, count| *count > 0);
    }

    /// The records, in their order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many pairs were compared.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// Learns a model from the pairs, starting from `model`, and the thresholds from which so many of the links are right as
    /// [`Model::precision`] says; see [`Calibration`].
    ///
    /// # Errors
    ///
    /// [`ModelError`] if `model` is not valid.
    pub fn train(&self, model: &Model) -> Result<Model, ModelError> {
        self.learn(model).map(|(learnt, _)| learnt)
    }

    /// The same, with the calibration that the thresholds are from.
    ///
    /// # Errors
    ///
    /// [`ModelError`] if `model` is not valid.
    pub fn learn(&self, model: &Model) -> Result<(Model, Calibration), ModelError> {
        let learnt = train(model, &self.records, &self.people, &self.histogram)?;
        let scorer = Scorer::new(&learnt, self.records.len())?;
        let calibration = self.calibration(&learnt, &scorer)?;
        let scores = self.pairs.iter().map(|pair| {
            let score = scorer.score_of(pair.pattern, pair.rarity);
            (score.bits, score.veto)
        });
        Ok((calibration.thresholds(&learnt, scores), calibration))
    }

    /// How often the model is right about these pairs.
    ///
    /// # Errors
    ///
    /// [`ModelError`] if `model` is not valid.
    pub fn calibration(&self, model: &Model, scorer: &Scorer) -> Result<Calibration, ModelError> {
        Calibration::of(model, scorer, &self.records, &self.pairs, &self.candidates)
    }

    /// For each record the index of one record of its cluster, the same for the whole cluster.
    pub fn clusters(&self, scorer: &Scorer) -> Vec<u32> {
        cluster(&self.records, scorer, &self.pairs, |_, _, _, _| {})
    }

    /// The same, with the pairs and how many of the linked ones are right by the calibration.
    pub fn resolve(&self, scorer: &Scorer, calibration: &Calibration, list: bool) -> Resolved {
        let (mut linked, mut right) = (0.0, 0.0);
        let mut count = |clusters: &Clusters<'_>, one, two, (bits, veto)| {
            let pairs = clusters.size(one) as f64 * clusters.size(two) as f64;
            linked += pairs;
            right += pairs * calibration.probability(bits, veto);
        };
        let (clusters, pairs) = if list {
            self.listed(scorer, count)
        } else {
            (cluster(&self.records, scorer, &self.pairs, &mut count), Vec::new())
        };
        Resolved { clusters, pairs, precision: (linked > 0.0).then(|| right / linked) }
    }

    /// The same, and every scored pair that is not hopeless or is linked through other records, the surest first.
    pub fn clusters_and_pairs(&self, scorer: &Scorer) -> (Vec<u32>, Vec<ScoredPair>) {
        self.listed(scorer, |_, _, _, _| {})
    }

    fn listed(
        &self,
        scorer: &Scorer,
        mut joined: impl FnMut(&Clusters<'_>, u32, u32, (f64, Veto)),
    ) -> (Vec<u32>, Vec<ScoredPair>) {
        let mut all: Vec<ScoredPair> = self
            .pairs
            .par_iter()
            .map(|pair| {
                let Score { bits, veto, .. } = scorer.score_of(pair.pattern, pair.rarity);
                let (one, two) = (pair.one.min(pair.two), pair.one.max(pair.two));
                ScoredPair { one, two, bits, veto, linked: false }
            })
            .collect();
        let clusters = cluster(&self.records, scorer, &self.pairs, |clusters, one, two, (bits, veto)| {
            joined(clusters, one, two, (bits, veto));
            if clusters.size(one) + clusters.size(two) <= LISTED {
                all.extend(clusters.members(one).flat_map(|one| {
                    // The odds of a pair without a common key are not known.
                    let own = move |two| {
                        scorer.score(&compare(&self.records[one as usize], &self.records[two as usize]))
                    };
                    clusters.members(two).map(move |two| {
                        let Score { bits: own, veto: against, .. } = own(two);
                        let (bits, veto) = if own > bits { (own, against) } else { (bits, veto) };
                        ScoredPair { one: one.min(two), two: one.max(two), bits, veto, linked: true }
                    })
                }));
            }
        });
        all.par_sort_unstable_by(|a, b| (a.one, a.two).cmp(&(b.one, b.two)).then(b.bits.total_cmp(&a.bits)));
        all.dedup_by_key(|pair| (pair.one, pair.two));
        all.par_iter_mut().for_each(|pair| {
            pair.linked = clusters[pair.one as usize] == clusters[pair.two as usize];
        });
        all.par_sort_unstable_by(|a, b| b.bits.total_cmp(&a.bits).then((a.one, a.two).cmp(&(b.one, b.two))));
        (clusters, all)
    }

    /// How many pairs are linked automatically and how many go to review.
    pub fn verdicts(&self, scorer: &Scorer) -> (u64, u64) {
        let verdicts = self.pairs.par_iter().map(|pair| scorer.score_of(pair.pattern, pair.rarity).verdict);
        let counted = verdicts.map(|verdict| match verdict {
            Verdict::Link => (1, 0),
            Verdict::Review => (0, 1),
            Verdict::Apart => (0, 0),
        });
        counted.reduce(|| (0, 0), |one, two| (one.0 + two.0, one.1 + two.1))
    }
}

/// Marks one record of each person, given the pairs that are one: the first by content, so that the order of records does not matter.
fn one_of_each<'a>(records: &[Record], pairs: impl Iterator<Item = &'a Pair>) -> Vec<bool> {
    let mut first: Vec<u32> = (0..records.len() as u32).collect();
    let root = |first: &mut [u32], mut at: u32| {
        while first[at as usize] != at {
            first[at as usize] = first[first[at as usize] as usize];
            at = first[at as usize];
        }
        at
    };
    let digest = |record: u32| records[record as usize].digest;
    for pair in pairs {
        let (one, two) = (root(&mut first, pair.one), root(&mut first, pair.two));
        let (low, high) = if digest(one) <= digest(two) { (one, two) } else { (two, one) };
        first[high as usize] = low;
    }
    (0..).zip(&first).map(|(place, first)| place == *first).collect()
}
