//! More than two sets: each pair of sets is reconciled, and what belongs together is joined.

use std::collections::BTreeMap;

use crate::{
    engine::{Options, reconcile},
    outcome::{Kind, Outcome},
    record::Record,
};

/// Records of several sets that tell of one event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Set and place in it, as given, from 0; ascending.
    pub records: Vec<(usize, usize)>,
}

/// The result for several sets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sets {
    /// Events that at least two sets tell of, in the order of their records. No record is in two of them.
    pub events: Vec<Event>,
    /// Records that the pairs of sets join to each other in contradiction: a set tells of the event more than once, and no match says that these
    /// belong together. For a person.
    pub contradictions: Vec<Event>,
    /// The outcome of each pair of sets, by their numbers; the first is the left one.
    pub pairs: BTreeMap<(usize, usize), Outcome>,
}

/// Reconciles several sets of records of the same events, each with each.
pub fn reconcile_sets(sets: &[&[Record]], options: &Options) -> Sets {
    let mut pairs = BTreeMap::new();
    let starts: Vec<usize> = sets
        .iter()
        .scan(0, |next, set| {
            let start = *next;
            *next += set.len();
            Some(start)
        })
        .collect();
    let total = sets.iter().map(|set| set.len()).sum();
    let mut joined = Joined((0..total).collect());
    // Records of one set that a match says belong together.
    let mut together = Joined((0..total).collect());
    for one in 0..sets.len() {
        for two in one + 1..sets.len() {
            let outcome = reconcile(sets[one], sets[two], options);
            for found in outcome.matches.iter().filter(|found| found.kind != Kind::Offset) {
                let sides = [(one, &found.left), (two, &found.right)];
                let all = sides
                    .iter()
                    .flat_map(|(set, records)| records.iter().map(|record| starts[*set] + record));
                all.reduce(|first, next| {
                    joined.join(first, next);
                    first
                });
                for (set, records) in sides {
                    records
                        .windows(2)
                        .for_each(|pair| together.join(starts[set] + pair[0], starts[set] + pair[1]));
                }
            }
            pairs.insert((one, two), outcome);
        }
    }
    let mut by_root: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (set, records) in sets.iter().enumerate() {
        for record in 0..records.len() {
            by_root.entry(joined.root(starts[set] + record)).or_default().push((set, record));
        }
    }
    let mut found = Sets { pairs, ..Sets::default() };
    for records in by_root.into_values().filter(|records| records.len() > 1) {
        let is_whole = records.chunk_by(|one, two| one.0 == two.0).all(|of_set| {
            let mut roots = of_set.iter().map(|(set, record)| together.root(starts[*set] + record));
            let first = roots.next();
            roots.all(|root| Some(root) == first)
        });
        let event = Event { records };
        if is_whole { found.events.push(event) } else { found.contradictions.push(event) }
    }
    found.events.sort_unstable();
    found.contradictions.sort_unstable();
    found
}

/// Sets of numbers that are joined two by two.
struct Joined(Vec<usize>);

impl Joined {
    fn root(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.root(one), self.root(two));
        self.0[one.max(two)] = one.min(two);
    }
}
