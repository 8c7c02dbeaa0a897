//! How often the model is right, from the pairs themselves and without labels.
//!
//! A model's probabilities are only as good as its assumption that fields are independent. Whether they can be believed is seen by
//! holding out one field: of the pairs that are alike in everything else in the same way and by as many bits, how many agree in it? Records of
//! one person agree about as often as the surest pairs do, strangers as rarely as strangers do, and what lies between tells the
//! share of each. What families, namesakes of one town and copied values do to the other fields shows, since the held-out field
//! has no part in them.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    blocking::{Candidates, keys},
    cluster::Pair,
    compare::{Field, Level, Pattern, compare},
    model::{Model, ModelError, Scorer, Table, Veto},
    record::Record,
};

/// The fields held out. Others are shared by families (phone, address), change (phone, e-mail), or weigh so much that pairs that
/// differ in them are no candidates (documents).
const HELD_OUT: [Field; 3] = [Field::Surname, Field::Given, Field::Birth];

/// Pairs of fewer bits without the held-out field are missing where they differ in it.
const COMPLETE_FROM: f64 = -3.0;

/// Scores in bits that are told apart, one by one; those beyond count as the last.
const BITS: std::ops::Range<i32> = -12..16;

/// The number of bins.
const BINS: usize = (BITS.end - BITS.start) as usize;

/// Pairs of so many bits by everything else are taken to be of one person, when learning how often these agree.
const SURE: f64 = 10.0;

/// What the model says of a bin, or of how often fields agree, weighs as much as so many pairs.
const PRIOR_PAIRS: f64 = 20.0;

/// Rounds in which the share of a cell is found.
const ROUNDS: usize = 50;

/// Sums are of whole parts, so that they do not depend on their order.
const WHOLE: f64 = (1_u64 << 32) as f64;

/// A pair that is not three times likelier to be one person than not is never linked, whatever the surer ones would allow.
const LEAST: f64 = 0.75;

/// Where nothing is known of pairs with a contradiction, the model is believed by so many bits less: it knows no fathers and sons.
const DOUBT: [f64; KINDS] = [0.0, 3.5];

/// Whether a held-out field agrees; `None` where that tells little.
fn agrees(level: Level) -> Option<bool> {
    match level {
        Level::Same | Level::Reading | Level::Swapped | Level::Near | Level::Similar | Level::Short => {
            Some(true)
        }
        Level::Differ | Level::Conflict => Some(false),
        Level::Missing | Level::Part | Level::Renewed | Level::Disputed => None,
    }
}

/// How many pairs agree in the held-out field, and how many there are.
type Count = [f64; 2];

/// By held-out field, for the pairs that are alike in everything else in one way, by so many bits.
type Counts = FxHashMap<(u64, usize), [Count; HELD_OUT.len()]>;

/// The probability of such pairs, and how many pairs say so.
type Cells = FxHashMap<(u64, usize), (f64, f64)>;

/// Pairs without and with a contradiction are different kinds: fathers and sons are among the latter.
const KINDS: usize = 2;

fn kind(veto: Veto) -> Option<usize> {
    match veto {
        Veto::None => Some(0),
        Veto::Contradiction => Some(1),
        Veto::Nameless | Veto::TwoResidents => None,
    }
}

/// The bin of a score.
fn bin(bits: f64) -> usize {
    (bits.floor().clamp(f64::from(BITS.start), f64::from(BITS.end - 1)) as i32 - BITS.start) as usize
}

/// The probability that pairs are one person, by score: what the model says of them, corrected by what their held-out fields say.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// By kind, at the middle of each bin; never falling.
    curves: [[f64; BINS]; KINDS],
}

impl Calibration {
    /// Holds out each field in turn of the pairs that would have been found without it.
    pub(super) fn of(
        model: &Model,
        scorer: &Scorer,
        records: &[Record],
        pairs: &[Pair],
        candidates: &Candidates,
    ) -> Result<Self, ModelError> {
        let [m, _, u] = model.tables()?;
        let counts = pairs.par_iter().fold(Counts::default, |mut counts, pair| {
            count(&mut counts, scorer, &records[pair.one as usize], &records[pair.two as usize], candidates);
            counts
        });
        let counts = counts.reduce(Counts::default, |mut one, two| {
            for (key, more) in two {
                let all = one.entry(key).or_default().iter_mut().flatten();
                all.zip(more.into_iter().flatten()).for_each(|(sum, more)| *sum += more);
            }
            one
        });
        let of_strangers = HELD_OUT.map(|field| rate(&u, field));
        let of_one = std::array::from_fn(|held| agreement(&counts, held, rate(&m, HELD_OUT[held])));
        let rates = Rates { of_one, of_strangers };
        let usual = rates.by_score(&counts);
        let cells: Cells = counts
            .iter()
            .filter_map(|(key, counts)| {
                let usual = usual[kind(Veto::of(Pattern(key.0)))?][key.1];
                Some((*key, (rates.share(counts, usual), PRIOR_PAIRS + rates.weight(counts))))
            })
            .collect();
        // Each bin has the pairs that it has, whatever pairs were held out.
        let zero = || [[[0_u64; 2]; BINS]; KINDS];
        let sums = pairs.par_iter().fold(zero, |mut sums, pair| {
            let score = scorer.score_of(pair.pattern, pair.rarity);
            let (one, two) = (&records[pair.one as usize], &records[pair.two as usize]);
            if let Some(kind) = kind(score.veto)
                && let Some((probability, weight)) = by_cells(&cells, scorer, one, two, score.bits)
            {
                let [sum, all] = &mut sums[kind][bin(score.bits)];
                *sum += (probability * weight * WHOLE) as u64;
                *all += (weight * WHOLE) as u64;
            }
            sums
        });
        let sums = sums.reduce(zero, |mut one, two| {
            let all = one.iter_mut().flatten().flatten();
            all.zip(two.into_iter().flatten().flatten()).for_each(|(sum, more)| *sum += more);
            one
        });
        Ok(Self { curves: std::array::from_fn(|kind| curve(sums[kind], DOUBT[kind])) })
    }

    /// The probability that a pair of this score is one person.
    pub fn probability(&self, bits: f64, veto: Veto) -> f64 {
        let Some(kind) = kind(veto) else { return 0.0 };
        let curve = &self.curves[kind];
        // Between the middles of two bins.
        let place = (bits - 0.5 - f64::from(BITS.start)).clamp(0.0, (BINS - 1) as f64);
        let (below, share) = (place as usize, place.fract());
        let above = (below + 1).min(BINS - 1);
        let known = curve[below] * (1.0 - share) + curve[above] * share;
        // Beyond the last bin the model is as good as any.
        if bits >= f64::from(BITS.end) { known.max(certainty(bits)) } else { known }
    }

    /// The lowest score with at least this probability, as the probability by the model.
    fn score_from(&self, probability: f64, veto: Veto) -> f64 {
        const STEPS: i32 = 16;
        let steps = BITS.start * STEPS..=BITS.end * STEPS;
        let first = steps
            .map(|step| f64::from(step) / f64::from(STEPS))
            .find(|bits| self.probability(*bits, veto) >= probability);
        certainty(first.unwrap_or(f64::from(BITS.end)))
    }

    /// The model with thresholds such that so many of the pairs it links are expected to be right, and none
    /// is linked of which that is not likely by itself.
    pub(super) fn thresholds(&self, model: &Model, scores: impl Iterator<Item = (f64, Veto)>) -> Model {
        let mut found: Vec<f64> = scores.map(|(bits, veto)| self.probability(bits, veto)).collect();
        found.sort_unstable_by(|one, two| two.total_cmp(one));
        let (mut sum, mut from) = (0.0, 1.0_f64);
        for (count, probability) in (1..).zip(found) {
            sum += probability;
            if sum < model.precision * f64::from(count) || probability < LEAST {
                break;
            }
            from = probability;
        }
        // Nothing to link is no reason to be timid with what comes.
        let from = from.min(model.precision).max(LEAST);
        let link_from = self.score_from(from, Veto::None);
        Model {
            link_from,
            link_contradicting_from: self.score_from(from, Veto::Contradiction).max(link_from),
            review_from: self.score_from(0.1, Veto::None).min(link_from),
            ..model.clone()
        }
    }
}

/// The probability that odds in bits are.
fn certainty(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Counts a pair for every field that it would have been found without.
fn count(counts: &mut Counts, scorer: &Scorer, one: &Record, two: &Record, candidates: &Candidates) {
    let comparison = compare(one, two);
    let (first, second) = (keys(one), keys(two));
    for (held, field) in HELD_OUT.into_iter().enumerate() {
        let Some(agrees) = agrees(comparison.pattern.level(field)) else { continue };
        let rest = comparison.without(field);
        let score = scorer.score(&rest);
        let counts_here = kind(score.veto).is_some() && score.bits >= COMPLETE_FROM;
        if counts_here && candidates.would_find(&first, &second, field) {
            let [agree, all] = &mut counts.entry((rest.pattern.0, bin(score.bits))).or_default()[held];
            *agree += f64::from(u8::from(agrees));
            *all += 1.0;
        }
    }
}

/// What the held-out fields say of pairs that are alike as these two: where one of them is unknown, those that are alike in the same
/// way; else those that are in everything else, and then the field itself by the model. Weighed by how many they are, at most one pair.
fn by_cells(cells: &Cells, scorer: &Scorer, one: &Record, two: &Record, bits: f64) -> Option<(f64, f64)> {
    let comparison = compare(one, two);
    if let Some((probability, weight)) = cells.get(&(comparison.pattern.0, bin(bits))) {
        return Some((*probability, weight / (weight + PRIOR_PAIRS)));
    }
    let (mut sum, mut all) = (0.0, 0.0);
    for field in HELD_OUT {
        if comparison.pattern.level(field) == Level::Missing {
            continue;
        }
        let rest = comparison.without(field);
        let without = scorer.score(&rest).bits;
        if let Some((probability, weight)) = cells.get(&(rest.pattern.0, bin(without))) {
            let odds = (probability / (1.0 - probability)).log2() + bits - without;
            sum += certainty(odds) * weight;
            all += weight;
        }
    }
    (all > 0.0).then(|| (sum / all, all / (all + PRIOR_PAIRS)))
}

/// How often a field agrees where it tells much.
fn rate(table: &Table, field: Field) -> f64 {
    let (mut agree, mut all) = (0.0, 0.0);
    for level in field.levels() {
        let Some(agrees) = agrees(*level) else { continue };
        let probability = table[field as usize][*level as usize];
        agree += if agrees { probability } else { 0.0 };
        all += probability;
    }
    agree / all
}

/// How often records of one person agree in a field: the surest do, and a little what the model says. The very surest are copies more often than others, and
/// those are not the measure for what is less sure.
fn agreement(counts: &Counts, held: usize, usual: f64) -> f64 {
    let sure = counts.iter().filter(|((_, place), _)| (bin(SURE)..BINS - 1).contains(place));
    // Sums of whole numbers do not depend on their order.
    let (agree, all) = sure.fold((0.0, 0.0), |(agree, all), (_, counts)| {
        let [more, of] = counts[held];
        (agree + more, all + of)
    });
    (agree + PRIOR_PAIRS * usual) / (all + PRIOR_PAIRS)
}

/// How often held-out fields agree, by field.
struct Rates {
    of_one: [f64; HELD_OUT.len()],
    of_strangers: [f64; HELD_OUT.len()],
}

impl Rates {
    /// The share of pairs that are one person, by score alone: what is usual of those that are alike in one way. Of low scores the model speaks: there
    /// pairs that differ may be missing.
    fn by_score(&self, counts: &Counts) -> [[f64; BINS]; KINDS] {
        let mut sums = [[[[0.0; 2]; HELD_OUT.len()]; BINS]; KINDS];
        for ((pattern, place), counts) in counts {
            let Some(kind) = kind(Veto::of(Pattern(*pattern))) else { continue };
            let all = sums[kind][*place].iter_mut().flatten();
            all.zip(counts.iter().flatten()).for_each(|(sum, more)| *sum += more);
        }
        std::array::from_fn(|kind| {
            let counts = &sums[kind];
            let speaks = |place| if place >= bin(0.0) { self.weight(&counts[place]) } else { 0.0 };
            let weights = std::array::from_fn(speaks);
            let found = |usual: &[f64; BINS]| -> [f64; BINS] {
                std::array::from_fn(|place| {
                    if place >= bin(0.0) { self.share(&counts[place], usual[place]) } else { usual[place] }
                })
            };
            let model = std::array::from_fn(|place| certainty(middle(place) - DOUBT[kind]));
            let moved = moved(&found(&model), &weights, DOUBT[kind]);
            never_falling(found(&moved), weights.map(|weight| weight + PRIOR_PAIRS))
        })
    }

    /// The most likely share of pairs that are one person, if what is usual weighs as much as some pairs. It is found by expectation and maximisation and
    /// not by subtraction: of few pairs chance has a half agree more often than one person does, and cutting that off would leave the other half.
    fn share(&self, counts: &[Count; HELD_OUT.len()], usual: f64) -> f64 {
        let seen: f64 = counts.iter().map(|[_, all]| all).sum();
        let mut share = usual;
        for _ in 0..ROUNDS {
            let mut ours = PRIOR_PAIRS * usual;
            for (held, [agree, all]) in counts.iter().enumerate() {
                let (one, strangers) = (self.of_one[held], self.of_strangers[held]);
                let of = |one: f64, strangers: f64| share * one / (share * one + (1.0 - share) * strangers);
                ours += agree * of(one, strangers) + (all - agree) * of(1.0 - one, 1.0 - strangers);
            }
            share = (ours / (PRIOR_PAIRS + seen)).clamp(1e-6, 1.0 - 1e-6);
        }
        share
    }

    /// How many pairs speak, each as much as its field tells one person from strangers.
    fn weight(&self, counts: &[Count; HELD_OUT.len()]) -> f64 {
        let told =
            self.of_one.iter().zip(self.of_strangers).map(|(one, strangers)| (one - strangers).max(0.05));
        counts.iter().zip(told).map(|([_, all], told)| all * told).sum()
    }
}

/// The probability by bin, from the sums of what single pairs say and their weights. What the model says weighs as much as some pairs.
/// The surest pairs are the measure: errors of counting make them say a little less than certainty, and the others too.
fn curve(sums: [[u64; 2]; BINS], doubt: f64) -> [f64; BINS] {
    let (mut values, mut weights) = ([0.0; BINS], [0.0; BINS]);
    let surest = sums[bin(SURE)..]
        .iter()
        .fold([0.0; 2], |[one, all], [sum, of]| [one + *sum as f64 / WHOLE, all + *of as f64 / WHOLE]);
    let measure = (surest[0] + PRIOR_PAIRS) / (surest[1] + PRIOR_PAIRS);
    for (place, [sum, all]) in sums.into_iter().enumerate() {
        let [sum, all] = [sum, all].map(|parts| parts as f64 / WHOLE);
        values[place] = if all > 0.0 { (sum / measure).min(all) / all } else { 0.0 };
        weights[place] = all;
    }
    let usual = moved(&values, &weights, doubt);
    for (place, (usual, (value, weight))) in
        usual.into_iter().zip(values.iter_mut().zip(&mut weights)).enumerate()
    {
        let found = (*value * *weight + PRIOR_PAIRS * usual) / (*weight + PRIOR_PAIRS);
        *value = if place < bin(SURE) { found } else { found.max(certainty(middle(place) - doubt)) };
        *weight += PRIOR_PAIRS;
    }
    never_falling(values, weights)
}

/// The middle of a bin, in bits.
fn middle(place: usize) -> f64 {
    f64::from(BITS.start + place as i32) + 0.5
}

/// The model's probabilities, moved by as many bits as brings them to what was found below the surest pairs: a file whose model is too timid at one score is
/// so at its neighbours, of which it may have few pairs. That it is right but for the doubt weighs as some pairs.
fn moved(found: &[f64; BINS], weights: &[f64; BINS], doubt: f64) -> [f64; BINS] {
    let (mut low, mut high) = (f64::from(BITS.start), -f64::from(BITS.start));
    for _ in 0..ROUNDS {
        let by = f64::midpoint(low, high);
        let short: f64 =
            (0..bin(SURE)).map(|place| weights[place] * (found[place] - certainty(middle(place) + by))).sum();
        if short + PRIOR_PAIRS * (0.5 - certainty(doubt + by)) > 0.0 {
            low = by;
        } else {
            high = by;
        }
    }
    std::array::from_fn(|place| certainty(middle(place) + low))
}

/// The nearest curve that never falls (pool adjacent violators; Ayer and others 1955).
fn never_falling(values: [f64; BINS], weights: [f64; BINS]) -> [f64; BINS] {
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(BINS);
    for (value, weight) in values.into_iter().zip(weights) {
        let mut pool = (value, weight, 1);
        while let Some((below, heavy, many)) = pools.pop_if(|(below, ..)| *below >= pool.0) {
            let weight = heavy + pool.1;
            pool = ((below * heavy + pool.0 * pool.1) / weight, weight, many + pool.2);
        }
        pools.push(pool);
    }
    let mut curve = [0.0; BINS];
    let flat = pools.into_iter().flat_map(|(value, _, many)| std::iter::repeat_n(value, many));
    curve.iter_mut().zip(flat).for_each(|(place, value)| *place = value);
    curve
}

impl super::compare::Comparison {
    /// As if the field were unknown.
    fn without(mut self, field: Field) -> Self {
        self.pattern = Pattern(self.pattern.0 & !(0xf << (4 * field as u32)));
        self.rarity[field as usize] = 0;
        self
    }
}
