//! A whole file of records at once: candidates, model, scores, clusters.

use super::{
    blocking::{Candidates, KeyTable, TOGETHER},
    cluster::{Pair, cluster},
    compare::compare,
    frequency::Frequencies,
    model::{Model, ModelError, Scorer, Verdict},
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
    /// Whether the two are in one cluster.
    pub linked: bool,
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
        drop(frequencies);
        let candidates = Candidates::new(&records, &keys);
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
        drop(candidates);
        let (mut histogram, mut compared) = (Histogram::default(), 0);
        let mut pairs = Vec::with_capacity(found.iter().map(|(_, pairs, _)| pairs.len()).sum());
        for (counts, some, seen) in found {
            counts.into_iter().for_each(|(key, count)| *histogram.entry(key).or_default() += count);
            pairs.extend(some);
            compared += seen;
        }
        Self { records, pairs, compared, histogram }
    }

    /// The records, in their order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many pairs were compared.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// Learns a model from the pairs, starting from `model`.
    ///
    /// # Errors
    ///
    /// [`ModelError`] if `model` is not valid.
    pub fn train(&self, model: &Model) -> Result<Model, ModelError> {
        train(model, &self.records, &self.histogram)
    }

    /// For each record the index of one record of its cluster, the same for the whole cluster.
    pub fn clusters(&self, scorer: &Scorer) -> Vec<u32> {
        cluster(&self.records, scorer, &self.pairs, |_, _, _, _| {})
    }

    /// The same, and every scored pair that is not hopeless or is linked through other records, the surest first.
    pub fn clusters_and_pairs(&self, scorer: &Scorer) -> (Vec<u32>, Vec<ScoredPair>) {
        let mut all: Vec<ScoredPair> = self
            .pairs
            .par_iter()
            .map(|pair| ScoredPair {
                one: pair.one.min(pair.two),
                two: pair.one.max(pair.two),
                bits: scorer.score_of(pair.pattern, pair.rarity).bits,
                linked: false,
            })
            .collect();
        let clusters = cluster(&self.records, scorer, &self.pairs, |clusters, one, two, bits| {
            if clusters.size(one) + clusters.size(two) <= LISTED {
                all.extend(clusters.members(one).flat_map(|one| {
                    // The odds of a pair without a common key are not known.
                    let own = move |two| {
                        scorer.score(&compare(&self.records[one as usize], &self.records[two as usize])).bits
                    };
                    clusters.members(two).map(move |two| ScoredPair {
                        one: one.min(two),
                        two: one.max(two),
                        bits: bits.max(own(two)),
                        linked: true,
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
