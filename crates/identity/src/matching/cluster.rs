//! Which records are one person's, from scored pairs.

use super::{
    compare::{Comparison, Field, Pattern, compare},
    model::{Scorer, Verdict, Veto},
    record::Record,
};

/// A candidate pair with what its comparison found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) one: u32,
    pub(super) two: u32,
    pub(super) pattern: Pattern,
    pub(super) rarity: u16,
}

/// So many pairs between two clusters are looked at when they are to be joined.
const LOOKED_AT: usize = 64;

/// Joins records to clusters, the surest pairs first. Two clusters are joined if the evidence between them *taken
/// together* is enough (each field as it agrees best between any of their records: Benjelloun and others, *Swoosh*,
/// 2009), and if no veto stands between any of their records that has not more links on the other side. So a chain of
/// links does not carry from father to son, and two weak links can do what one cannot.
///
/// Answers for each record the number of the first record of its cluster, and for each pair its final odds in bits.
pub(super) fn cluster(records: &[Record], scorer: &Scorer, pairs: &[Pair]) -> Vec<u32> {
    let mut clusters = Clusters::new(records);
    let mut edges: Vec<(f64, &Pair)> = pairs
        .iter()
        .map(|pair| (scorer.score_of(pair.pattern, pair.rarity), pair))
        .filter(|(score, _)| score.verdict != Verdict::Apart)
        .map(|(score, pair)| (score.bits, pair))
        .collect();
    // Equal scores are taken in the order of content, so that the order of records decides nothing.
    let digests = |pair: &Pair| {
        let (one, two) = (records[pair.one as usize].digest(), records[pair.two as usize].digest());
        (one.min(two), one.max(two))
    };
    edges.sort_by(|(bits, pair), (other_bits, other)| {
        other_bits.total_cmp(bits).then_with(|| digests(pair).cmp(&digests(other)))
    });
    loop {
        let mut joined = false;
        edges.retain(|(_, pair)| {
            let (one, two) = (clusters.root(pair.one), clusters.root(pair.two));
            if one == two {
                return false;
            }
            let join = clusters.may_join(one, two, scorer, pair);
            if join {
                clusters.join(one, two);
                joined = true;
            }
            !join
        });
        if !joined {
            break;
        }
    }
    (0..records.len() as u32).map(|record| clusters.root(record)).collect()
}

struct Clusters<'a> {
    records: &'a [Record],
    parent: Vec<u32>,
    /// The records of a cluster, as a ring.
    next: Vec<u32>,
    size: Vec<u32>,
}

impl<'a> Clusters<'a> {
    fn new(records: &'a [Record]) -> Self {
        let all: Vec<u32> = (0..records.len() as u32).collect();
        Self { records, parent: all.clone(), size: vec![1; all.len()], next: all }
    }

    fn root(&mut self, record: u32) -> u32 {
        let mut at = record;
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    fn join(&mut self, one: u32, two: u32) {
        let (large, small) =
            if self.size[one as usize] >= self.size[two as usize] { (one, two) } else { (two, one) };
        self.parent[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
        self.next.swap(large as usize, small as usize);
    }

    fn members(&self, root: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = Some(root);
        std::iter::from_fn(move || {
            let member = at?;
            let next = self.next[member as usize];
            at = (next != root).then_some(next);
            Some(member)
        })
    }

    /// The records of a cluster that differ in content, at most `most`, chosen by content alone.
    fn sample(&self, root: u32, most: usize) -> Vec<u32> {
        let mut members: Vec<(u64, u32)> =
            self.members(root).map(|member| (self.records[member as usize].digest(), member)).collect();
        members.sort_unstable();
        members.dedup_by_key(|(digest, _)| *digest);
        members.into_iter().take(most).map(|(_, member)| member).collect()
    }

    fn may_join(&self, one: u32, two: u32, scorer: &Scorer, pair: &Pair) -> bool {
        let single = |root: u32| self.size[root as usize] == 1;
        if single(one) && single(two) {
            return scorer.score_of(pair.pattern, pair.rarity).verdict == Verdict::Link;
        }
        let most = LOOKED_AT.isqrt();
        let (some, others) = (self.sample(one, most), self.sample(two, most));
        let mut together: Option<Together> = None;
        let (mut links, mut contradictions) = (0, 0);
        for record in &some {
            for other in &others {
                let comparison = compare(&self.records[*record as usize], &self.records[*other as usize]);
                let score = scorer.score(&comparison);
                match score.veto {
                    Veto::TwoResidents => return false,
                    _ if score.verdict == Verdict::Link => links += 1,
                    Veto::Contradiction => contradictions += 1,
                    Veto::None => {}
                }
                together.get_or_insert_with(|| Together::new(&comparison)).add(&comparison);
            }
        }
        links > contradictions
            || contradictions == 0
                && together.is_some_and(|together| scorer.score(&together.0).verdict == Verdict::Link)
    }
}

/// The best agreement of each field over several comparisons.
struct Together(Comparison);

impl Together {
    fn new(comparison: &Comparison) -> Self {
        Self(*comparison)
    }

    fn add(&mut self, other: &Comparison) {
        self.0.keep_best(other);
    }
}

impl Comparison {
    /// Takes over from another comparison each field in which it agrees more.
    fn keep_best(&mut self, other: &Self) {
        let mut pattern = Pattern::default();
        for field in Field::ALL {
            use super::compare::Level;
            let (ours, theirs) = (self.pattern.level(field), other.pattern.level(field));
            let rarer = other.rarity[field as usize] > self.rarity[field as usize];
            let better = theirs != Level::Missing
                && (ours == Level::Missing || theirs < ours || theirs == ours && rarer);
            if better {
                self.rarity[field as usize] = other.rarity[field as usize];
            }
            pattern.set(field, if better { theirs } else { ours });
        }
        self.pattern = pattern;
    }
}
