//! Clusters of records that belong to the same person, from scored pairs.

use rayon::prelude::*;

use super::{
    compare::{Comparison, Field, Level, Pattern, compare},
    model::{Score, Scorer, Verdict, Veto},
    record::{Record, Residents},
};

/// A candidate pair with the result of its comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) one: u32,
    pub(super) two: u32,
    pub(super) pattern: Pattern,
    pub(super) rarity: u16,
}

/// Maximum number of pairs examined between two clusters before they are merged.
const LOOKED_AT: usize = 64;

/// Groups records into clusters, the surest pairs first. Two clusters are merged if the *combined* evidence between them
/// is sufficient (each field as it agrees best between any of their records: Benjelloun and others, *Swoosh*,
/// 2009), and if contradictions between their records do not outnumber the links. So a chain of links does not lead from
/// father to son, and two weak links can achieve what one cannot. Each cluster knows the resident numbers of all its records:
/// two that differ are never in one cluster.
///
/// Returns for each record the index of one record of its cluster. `joined` is called with the roots of every two clusters
/// that are about to be merged, with the odds in bits that led to it and what speaks against it.
pub(super) fn cluster(
    records: &[Record],
    scorer: &Scorer,
    pairs: &[Pair],
    mut joined: impl FnMut(&Clusters<'_>, u32, u32, (f64, Veto)),
) -> Vec<u32> {
    let mut clusters = Clusters::new(records);
    // Equal scores are processed in the order of content, so that the order of records does not matter.
    let mut edges: Vec<Edge> = pairs
        .par_iter()
        .filter_map(|pair| {
            let Score { bits, verdict, veto } = scorer.score_of(pair.pattern, pair.rarity);
            let (one, two) = (&records[pair.one as usize], &records[pair.two as usize]);
            let digests = (one.digest.min(two.digest), one.digest.max(two.digest));
            // A record with two people's numbers is left for review.
            let is_one = verdict != Verdict::Apart && !one.residents().differ() && !two.residents().differ();
            is_one.then_some(Edge { bits, veto, digests, pair: *pair, verdict, tried: 0 })
        })
        .collect();
    let mut joins = 0;
    let mut join = |clusters: &mut Clusters<'_>, one, two, score| {
        joined(clusters, one, two, score);
        joins += 1;
        clusters.join(one, two, joins);
        joins
    };
    // Most records are in one pair only: whether they are merged depends on nothing else.
    let mut pairs_of = vec![0_u8; records.len()];
    for Edge { pair, .. } in &edges {
        for record in [pair.one, pair.two] {
            let pairs = &mut pairs_of[record as usize];
            *pairs = pairs.saturating_add(1);
        }
    }
    edges.retain(|Edge { pair, bits, veto, verdict, .. }| {
        let alone = pairs_of[pair.one as usize] == 1 && pairs_of[pair.two as usize] == 1;
        if alone && *verdict == Verdict::Link {
            join(&mut clusters, pair.one, pair.two, (*bits, *veto));
        }
        !alone
    });
    edges.par_sort_unstable_by(|a, b| b.bits.total_cmp(&a.bits).then_with(|| a.digests.cmp(&b.digests)));
    let mut last = 0;
    loop {
        let before = last;
        edges.retain_mut(|edge| {
            let (one, two) = (clusters.root(edge.pair.one), clusters.root(edge.pair.two));
            if one == two {
                return false;
            }
            // Between clusters that have not grown since, the result is the same.
            let grown = clusters.node(one).joined.max(clusters.node(two).joined);
            if edge.tried > grown {
                return true;
            }
            edge.tried = last + 1;
            let score = clusters.may_join(one, two, scorer, edge);
            if let Some(score) = score {
                last = join(&mut clusters, one, two, score);
            }
            score.is_none()
        });
        if last == before {
            break;
        }
    }
    (0..records.len() as u32).map(|record| clusters.root(record)).collect()
}

/// A pair that may be the same person.
struct Edge {
    bits: f64,
    veto: Veto,
    digests: (u64, u64),
    pair: Pair,
    verdict: Verdict,
    /// One more than the number of merges made when it was last tried.
    tried: u32,
}

/// Clusters as trees of records.
pub(super) struct Clusters<'a> {
    records: &'a [Record],
    nodes: Vec<Node>,
}

/// State of a record's cluster: stored together, since it is used together.
struct Node {
    parent: u32,
    /// The records of a cluster, as a circular list.
    next: u32,
    /// Of a root: how many records the cluster has.
    size: u32,
    /// Of a root: which merge created the cluster; counted from 1.
    joined: u32,
    /// Of a root: the resident numbers of all records of the cluster.
    residents: Residents,
}

impl<'a> Clusters<'a> {
    fn new(records: &'a [Record]) -> Self {
        let single = |(place, record): (usize, &Record)| {
            let place = place as u32;
            Node { parent: place, next: place, size: 1, joined: 0, residents: record.residents() }
        };
        Self { records, nodes: records.par_iter().enumerate().map(single).collect() }
    }

    fn node(&self, record: u32) -> &Node {
        &self.nodes[record as usize]
    }

    fn root(&mut self, record: u32) -> u32 {
        let mut at = record;
        while self.node(at).parent != at {
            let above = self.node(self.node(at).parent).parent;
            self.nodes[at as usize].parent = above;
            at = above;
        }
        at
    }

    fn join(&mut self, one: u32, two: u32, number: u32) {
        let (large, small) = if self.node(one).size >= self.node(two).size { (one, two) } else { (two, one) };
        let Node { next, size, residents, .. } = *self.node(small);
        let root = &mut self.nodes[large as usize];
        root.size += size;
        root.residents = root.residents.and(residents);
        root.joined = number;
        let next = std::mem::replace(&mut root.next, next);
        let other = &mut self.nodes[small as usize];
        (other.parent, other.next) = (large, next);
    }

    pub(super) fn size(&self, root: u32) -> usize {
        self.node(root).size as usize
    }

    pub(super) fn members(&self, root: u32) -> impl Iterator<Item = u32> + '_ {
        let mut at = Some(root);
        std::iter::from_fn(move || {
            let member = at?;
            at = Some(self.node(member).next).filter(|next| *next != root);
            Some(member)
        })
    }

    /// The records of a cluster that differ in content, at most `most`, chosen by content alone.
    fn sample(&self, root: u32, most: usize) -> Vec<u32> {
        if self.node(root).size == 1 {
            return vec![root];
        }
        let mut members: Vec<(u64, u32)> =
            self.members(root).map(|member| (self.records[member as usize].digest, member)).collect();
        members.sort_unstable();
        members.dedup_by_key(|(digest, _)| *digest);
        members.into_iter().take(most).map(|(_, member)| member).collect()
    }

    /// The odds in bits that two clusters are the same person and what speaks against it, if they may be merged.
    fn may_join(&self, one: u32, two: u32, scorer: &Scorer, edge: &Edge) -> Option<(f64, Veto)> {
        if self.node(one).residents.conflict_with(self.node(two).residents) {
            return None;
        }
        let single = |root| self.node(root).size == 1;
        if single(one) && single(two) {
            return (edge.verdict == Verdict::Link).then_some((edge.bits, edge.veto));
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
                    _ if score.verdict == Verdict::Link => links += 1,
                    Veto::Contradiction | Veto::TwoResidents => contradictions += 1,
                    Veto::None | Veto::Nameless => {}
                }
                together.get_or_insert(comparison).keep_best(&comparison);
            }
        }
        if links > contradictions {
            return Some((edge.bits, edge.veto));
        }
        let score = scorer.score(&together?);
        (contradictions == 0 && score.verdict == Verdict::Link).then_some((score.bits, score.veto))
    }
}

impl Comparison {
    /// Takes over from another comparison each field that agrees more there.
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
