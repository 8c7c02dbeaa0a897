//! Which records are one person's, from scored pairs.

use rayon::prelude::*;

use super::{
    compare::{Comparison, Field, Level, Pattern, compare},
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
/// Answers for each record the number of one record of its cluster. `joined` is told of every two clusters that become
/// one, with the odds in bits that led to it.
pub(super) fn cluster(
    records: &[Record],
    scorer: &Scorer,
    pairs: &[Pair],
    mut joined: impl FnMut(&[u32], &[u32], f64),
) -> Vec<u32> {
    let mut clusters = Clusters::new(records);
    // Equal scores are taken in the order of content, so that the order of records decides nothing.
    let mut edges: Vec<(f64, u64, u64, &Pair)> = pairs
        .par_iter()
        .filter_map(|pair| {
            let score = scorer.score_of(pair.pattern, pair.rarity);
            let (one, two) = (records[pair.one as usize].digest, records[pair.two as usize].digest);
            (score.verdict != Verdict::Apart).then_some((score.bits, one.min(two), one.max(two), pair))
        })
        .collect();
    edges.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    loop {
        let mut any = false;
        edges.retain(|(_, _, _, pair)| {
            let (one, two) = (clusters.root(pair.one), clusters.root(pair.two));
            if one == two {
                return false;
            }
            let bits = clusters.may_join(one, two, scorer, pair);
            if let Some(bits) = bits {
                let members = |root| clusters.members(root).collect::<Vec<_>>();
                joined(&members(one), &members(two), bits);
                clusters.join(one, two);
                any = true;
            }
            bits.is_none()
        });
        if !any {
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
            self.members(root).map(|member| (self.records[member as usize].digest, member)).collect();
        members.sort_unstable();
        members.dedup_by_key(|(digest, _)| *digest);
        members.into_iter().take(most).map(|(_, member)| member).collect()
    }

    /// The odds in bits that two clusters are one person's, if they may be joined.
    fn may_join(&self, one: u32, two: u32, scorer: &Scorer, pair: &Pair) -> Option<f64> {
        let edge = scorer.score_of(pair.pattern, pair.rarity);
        let single = |root: u32| self.size[root as usize] == 1;
        if single(one) && single(two) {
            return (edge.verdict == Verdict::Link).then_some(edge.bits);
        }
        let most = LOOKED_AT.isqrt();
        let (some, others) = (self.sample(one, most), self.sample(two, most));
        let mut together: Option<Comparison> = None;
        let (mut links, mut contradictions) = (0, 0);
        for record in &some {
            for other in &others {
                let comparison = compare(&self.records[*record as usize], &self.records[*other as usize]);
                let score = scorer.score(&comparison);
                match score.veto {
                    Veto::TwoResidents => return None,
                    _ if score.verdict == Verdict::Link => links += 1,
                    Veto::Contradiction => contradictions += 1,
                    Veto::None => {}
                }
                together.get_or_insert(comparison).keep_best(&comparison);
            }
        }
        if links > contradictions {
            return Some(edge.bits);
        }
        let score = scorer.score(&together?);
        (contradictions == 0 && score.verdict == Verdict::Link).then_some(score.bits)
    }
}

impl Comparison {
    /// Takes over from another comparison each field in which it agrees more.
    fn keep_best(&mut self, other: &Self) {
        let mut pattern = Pattern::default();
        for field in Field::ALL {
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
