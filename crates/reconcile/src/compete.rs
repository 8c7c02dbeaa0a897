//! Competition: each record has one counterpart at most, so every hypothesis is weighed against all rivals of each of its
//! records.
//!
//! The probability that a hypothesis is the right one is found by passing messages between records and hypotheses (sum-product on a
//! factor graph; for one-to-one matching B. Huang, T. Jebara, *Approximating the permanent with belief propagation*, 2009).

use rayon::prelude::*;

/// Hypotheses over records: each says that its records tell of one event.
#[derive(Debug, Default)]
pub(crate) struct Field {
    /// Records of each hypothesis, one after the other.
    members: Vec<u32>,
    /// Where the records of each hypothesis begin, and where those of the last end.
    starts: Vec<u32>,
    /// The places in `members` of each record, one after the other.
    places: Vec<u32>,
    place_starts: Vec<u32>,
    /// What a record says to a hypothesis: how free it is if that hypothesis is wrong.
    free: Vec<f64>,
    /// How far this moves at a time: the more records a rival has, the more of them push at once.
    steps: Vec<f32>,
}

/// Records or hypotheses handled at a time by a thread.
const TOGETHER: usize = 4_096;

/// The largest weight: products of it are still numbers.
const MOST: f64 = 1e200;

impl Field {
    /// Hypotheses over `records` records, each with its records; pairs come first.
    pub(crate) fn new<'a>(records: usize, hypotheses: impl Iterator<Item = &'a [u32]>) -> Self {
        let (mut members, mut starts) = (Vec::new(), vec![0]);
        for hypothesis in hypotheses {
            members.extend_from_slice(hypothesis);
            starts.push(members.len() as u32);
        }
        let mut place_starts = vec![0_u32; records + 1];
        members.iter().for_each(|record| place_starts[*record as usize + 1] += 1);
        (0..records).for_each(|record| place_starts[record + 1] += place_starts[record]);
        let mut next = place_starts.clone();
        let mut places = vec![0; members.len()];
        for (place, record) in (0..).zip(&members) {
            let slot = &mut next[*record as usize];
            places[*slot as usize] = place;
            *slot += 1;
        }
        let mut largest = vec![2_u32; records];
        for range in starts.windows(2).filter(|range| range[1] - range[0] > 2) {
            for record in &members[range[0] as usize..range[1] as usize] {
                largest[*record as usize] = largest[*record as usize].max(range[1] - range[0]);
            }
        }
        let steps = members.iter().map(|record| 1.0 / largest[*record as usize] as f32).collect();
        let free = vec![1.0; members.len()];
        Self { members, starts, places, place_starts, free, steps }
    }

    /// Takes what records said about the first hypotheses from a field with the same.
    pub(crate) fn resume(&mut self, before: &Self) {
        self.free.iter_mut().zip(&before.free).for_each(|(free, before)| *free = *before);
    }

    /// What each record is told by each of its hypotheses: the weight, if the other records are free.
    fn claims(&self, weights: &[f64], claims: &mut [f64]) {
        // Pairs come first and are many; larger hypotheses are few.
        let pairs = self.starts.windows(2).take_while(|range| range[1] - range[0] == 2).count();
        let (of_pairs, of_groups) = claims.split_at_mut(2 * pairs);
        of_pairs.par_chunks_mut(2 * TOGETHER).enumerate().for_each(|(chunk, claims)| {
            let first = chunk * TOGETHER;
            for ((claim, free), weight) in
                claims.chunks_mut(2).zip(self.free[2 * first..].chunks(2)).zip(&weights[first..])
            {
                claim[0] = (weight * free[1]).min(MOST);
                claim[1] = (weight * free[0]).min(MOST);
            }
        });
        let mut rest = of_groups;
        for (range, weight) in self.starts.windows(2).zip(weights).skip(pairs) {
            let free = &self.free[range[0] as usize..range[1] as usize];
            let (claims, after) = std::mem::take(&mut rest).split_at_mut(free.len());
            rest = after;
            for (place, claim) in claims.iter_mut().enumerate() {
                let others =
                    free.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, free)| free);
                *claim = (weight * others.product::<f64>()).min(MOST);
            }
        }
    }

    /// Passes messages for so many rounds, or until none changes by more than a hundredth of itself. `weights` are the odds of each hypothesis
    /// if it had no rivals.
    pub(crate) fn converge(&mut self, weights: &[f64], rounds: usize) {
        let mut claims = vec![0.0; self.members.len()];
        let mut said = vec![0.0; self.members.len()];
        for _ in 0..rounds {
            self.claims(weights, &mut claims);
            let mut parts = Vec::new();
            let mut rest = &mut said[..];
            for first in (0..self.place_starts.len() - 1).step_by(TOGETHER) {
                let last = (first + TOGETHER).min(self.place_starts.len() - 1);
                let length = (self.place_starts[last] - self.place_starts[first]) as usize;
                let (part, after) = std::mem::take(&mut rest).split_at_mut(length);
                parts.push((first, last, part));
                rest = after;
            }
            parts.into_par_iter().for_each(|(first, last, said)| {
                let begin = self.place_starts[first] as usize;
                for record in first..last {
                    let range = self.place_starts[record] as usize..self.place_starts[record + 1] as usize;
                    let said = &mut said[range.start - begin..range.end - begin];
                    // Sums of all others, without subtracting: weights differ by more than a number has digits.
                    let mut sum = 0.0;
                    for (said, place) in said.iter_mut().zip(&self.places[range.clone()]) {
                        *said = sum;
                        sum += claims[*place as usize];
                    }
                    sum = 0.0;
                    for (said, place) in said.iter_mut().zip(&self.places[range]).rev() {
                        *said = 1.0 / (1.0 + *said + sum);
                        sum += claims[*place as usize];
                    }
                }
            });
            let mut most = 1.0_f64;
            for (said, place) in said.iter().zip(&self.places) {
                let free = &mut self.free[*place as usize];
                most = most.max(said / *free).max(*free / said);
                // Part of a step at a time: equal rivals would otherwise push each other to and fro.
                *free = match f64::from(self.steps[*place as usize]) {
                    0.5 => (*free * said).sqrt(),
                    step => free.powf(1.0 - step) * said.powf(step),
                };
            }
            if most < 1.01 {
                break;
            }
        }
    }

    /// The probability of each hypothesis. Those of one record never add up to more than 1.
    pub(crate) fn probabilities(&self, weights: &[f64]) -> Vec<f64> {
        let mut found: Vec<f64> = weights
            .iter()
            .zip(self.starts.windows(2))
            .map(|(weight, range)| {
                let free = &self.free[range[0] as usize..range[1] as usize];
                let claim = (weight * free.iter().product::<f64>()).min(MOST);
                claim / (1.0 + claim)
            })
            .collect();
        let mut sums = vec![0.0_f64; self.place_starts.len() - 1];
        let members = |range: &[u32]| &self.members[range[0] as usize..range[1] as usize];
        for (p, range) in found.iter().zip(self.starts.windows(2)) {
            members(range).iter().for_each(|record| sums[*record as usize] += p);
        }
        for (p, range) in found.iter_mut().zip(self.starts.windows(2)) {
            *p /= members(range).iter().map(|record| sums[*record as usize]).fold(1.0, f64::max);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(records: usize, hypotheses: &[(&[u32], f64)]) -> Vec<f64> {
        let weights: Vec<f64> = hypotheses.iter().map(|(_, weight)| *weight).collect();
        let mut field = Field::new(records, hypotheses.iter().map(|(members, _)| *members));
        field.converge(&weights, 200);
        field.probabilities(&weights)
    }

    #[test]
    fn without_rivals_odds_are_odds() {
        let found = probabilities(2, &[(&[0, 1], 3.0)]);
        assert!((found[0] - 0.75).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn equal_rivals_share() {
        let found = probabilities(3, &[(&[0, 1], 1e6), (&[0, 2], 1e6)]);
        assert!(found.iter().all(|p| (p - 0.5).abs() < 0.01), "{found:?}");
    }

    #[test]
    fn what_is_taken_elsewhere_is_no_rival() {
        // 1 is wanted by 2 far more than by 0, so 0 goes with 3.
        let found = probabilities(4, &[(&[0, 1], 1e4), (&[2, 1], 1e9), (&[0, 3], 1e2)]);
        assert!(found[1] > 0.99 && found[2] > 0.95 && found[0] < 0.05, "{found:?}");
    }

    #[test]
    fn overlapping_groups_settle() {
        let found = probabilities(
            9,
            &[
                (&[0, 8], 1e5),
                (&[1, 8], 1e4),
                (&[0, 1, 2, 3, 4, 5, 8], 1e40),
                (&[0, 1, 2, 3, 4, 6, 8], 1e30),
                (&[1, 2, 3, 4, 5, 6, 7], 1e20),
            ],
        );
        assert!(found[2] > 0.99 && found.iter().sum::<f64>() < 1.01, "{found:?}");
    }

    #[test]
    fn a_group_stands_against_pairs() {
        let found = probabilities(4, &[(&[0, 3], 10.0), (&[1, 3], 5.0), (&[0, 1, 2], 1e9)]);
        assert!(found[2] > 0.99, "{found:?}");
    }
}
