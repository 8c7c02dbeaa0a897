//! What agreement and difference prove, learnt from the records themselves.

use crate::{
    amount,
    compete::Field,
    pairs::{DAYS, LAGS, Pair, REFERENCES, References, Window},
    text::CLASSES,
};

/// Number of the most rounds of learning.
const ROUNDS: usize = 24;

/// Pairs below these odds, in bits, are dropped.
const HOPELESS: Bits = -14.0;

/// A pair so many bits behind the best of both its records is dropped.
pub(crate) const BEHIND: Bits = 24.0;

/// Pairs whose amounts and dates prove less, in bits, are not compared by their words.
const LEAST: f32 = -9.0;

/// Learning ends when the number of matches changes by less than this share.
const SETTLED: f64 = 1e-4;

/// The least share of each set that is assumed to have no counterpart.
const ALONE: f64 = 0.002;

/// A difference whose share among pairs of one event is not above this was not seen: it is what is assumed before learning.
const SELDOM: f64 = 5e-5;

/// Parts of a group wait so many days for each other.
const WAITING: usize = 6;

/// What words that never follow a phrase in matches prove against one, in bits, at most.
const FEWEST: Bits = 8.0;

/// So many observations the usual share of a pair of classes weighs.
const STRENGTH: f64 = 20.0;

/// Evidence in bits.
pub(crate) type Bits = f64;

/// Probabilities among pairs of one event (m) and among others (u), and what they prove.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Among pairs of one event: of each level of amounts. Chance is told by the amounts themselves.
    amount: Vec<f64>,
    /// The same of lags.
    lag: Vec<f64>,
    /// Bits of the words before and after the common phrase.
    before: Vec<f64>,
    after: Vec<f64>,
    /// Bits of a second common phrase.
    second: [f64; 4],
    /// Bits of having no phrase in common, and of having one before its rarity counts.
    phrase: [f64; 2],
    /// Bits of references, before rarity counts.
    reference: [f64; REFERENCES],
    /// Expected number of matches.
    pub(crate) matches: f64,
    sizes: [f64; 2],
    /// Number of records of each set that have no counterpart, once that is known.
    pub(crate) alone: Option<[f64; 2]>,
}

/// Probabilities from counts, drawn towards usual ones as if those were so many observations.
fn maximise(counts: &[f64], usual: &[f64], strength: f64) -> Vec<f64> {
    let total: f64 = counts.iter().sum::<f64>() + strength;
    counts.iter().zip(usual).map(|(count, usual)| ((count + strength * usual) / total).max(1e-9)).collect()
}

fn usual_amounts() -> Vec<f64> {
    let mut usual = vec![0.0; amount::LEVELS];
    usual[usize::from(amount::EQUAL)] = 0.75;
    usual[usize::from(amount::SWAPPED)] = 0.004;
    usual[usize::from(amount::DIGIT)] = 0.002;
    usual[usize::from(amount::FAR)] = 0.004;
    let rest = 0.24 / (amount::LEVELS - 4) as f64;
    usual.iter_mut().skip(4).for_each(|share| *share = rest);
    usual
}

fn usual_lags() -> Vec<f64> {
    let weight = |days: i64| 1.0 / (1.0 + days.abs() as f64).powf(1.5);
    let total: f64 = (-DAYS..=DAYS).map(weight).sum();
    // A missing date proves nothing.
    std::iter::once(1.0).chain((-DAYS..=DAYS).map(|days| weight(days) / total)).collect()
}

/// The kind of a class: an edge, a cut, or a word.
fn kind(class: usize) -> usize {
    class.min(2)
}

/// What the two kinds of pairs say of a table of pairs of classes, in bits.
fn classes(m: &[f64], u: &[f64]) -> Vec<f64> {
    // Both are drawn towards what is known of kinds of classes, with the words of the two sides independent. Of matches each cell is counted for one
    // less: a pair must not prove itself.
    let smooth = |counts: &[f64], less: f64| {
        let total = counts.iter().sum::<f64>() + 9.0;
        let mut kinds = [[1.0 / total; 3]; 3];
        let (mut rows, mut columns) = (vec![0.1; CLASSES], vec![0.1; CLASSES]);
        for (place, count) in counts.iter().enumerate() {
            let (row, column) = (place / CLASSES, place % CLASSES);
            kinds[kind(row)][kind(column)] += count / total;
            rows[row] += count;
            columns[column] += count;
        }
        let share = |counts: &[f64], class: usize| {
            let of_kind = (0..CLASSES).filter(|other| kind(*other) == kind(class));
            counts[class] / of_kind.map(|other| counts[other]).sum::<f64>()
        };
        let rows: Vec<f64> = (0..CLASSES).map(|class| share(&rows, class)).collect();
        let columns: Vec<f64> = (0..CLASSES).map(|class| share(&columns, class)).collect();
        counts
            .iter()
            .enumerate()
            .map(|(place, count)| {
                let (row, column) = (place / CLASSES, place % CLASSES);
                let usual = kinds[kind(row)][kind(column)] * rows[row] * columns[column];
                ((count - less).max(0.0) + (STRENGTH + count.min(less)) * usual) / (total + STRENGTH)
            })
            .collect::<Vec<f64>>()
    };
    smooth(m, 1.0).iter().zip(smooth(u, 0.0)).map(|(m, u)| (m / u).log2().clamp(-FEWEST, 6.0)).collect()
}

impl Model {
    pub(crate) fn new(left: usize, right: usize) -> Self {
        Self {
            amount: usual_amounts(),
            lag: usual_lags(),
            before: vec![0.0; CLASSES * CLASSES],
            after: vec![0.0; CLASSES * CLASSES],
            second: [0.0; 4],
            phrase: [-2.0, -0.2],
            reference: [0.0, -0.3, 4.0, -3.0],
            matches: 0.8 * left.min(right) as f64,
            sizes: [left as f64, right as f64],
            alone: None,
        }
    }

    /// The bits of the amounts.
    pub(crate) fn amount(&self, pair: &Pair) -> Bits {
        self.amount_level(pair.amount) + f64::from(pair.amount_bits)
    }

    /// How likely a level of amounts is among pairs of one event, in bits.
    pub(crate) fn amount_level(&self, level: u8) -> Bits {
        self.amount[usize::from(level)].log2()
    }

    /// The bits of the dates.
    pub(crate) fn date(&self, pair: &Pair) -> Bits {
        self.lag_bits(pair.lag) + f64::from(pair.date_bits)
    }

    /// How likely a lag is among pairs of one event, in bits.
    pub(crate) fn lag_bits(&self, lag: u8) -> Bits {
        self.lag[usize::from(lag)].log2()
    }

    /// The bits of the dates of a part of a group: it may wait some days for the others.
    pub(crate) fn date_of_part(&self, pair: &Pair) -> Bits {
        let lag = usize::from(pair.lag);
        if lag == 0 {
            return 0.0;
        }
        let around = lag.saturating_sub(WAITING).max(1)..=(lag + WAITING).min(LAGS - 1);
        let spread = self.lag[around].iter().sum::<f64>() / (2 * WAITING + 1) as f64;
        (0.5 * self.lag[lag] + 0.5 * spread).log2() + f64::from(pair.date_bits)
    }

    /// The bits of the words.
    pub(crate) fn wording(&self, pair: &Pair) -> Bits {
        if pair.phrase == 0.0 {
            return self.phrase[0];
        }
        self.phrase[1]
            + f64::from(pair.phrase)
            + self.before[usize::from(pair.before)]
            + self.after[usize::from(pair.after)]
            + self.second[usize::from(pair.second)]
    }

    /// The bits of the references.
    pub(crate) fn reference(&self, pair: &Pair) -> Bits {
        self.reference[pair.reference as usize] + f64::from(pair.reference_bits)
    }

    /// The odds, in bits, that two records picked at random are of one event, against both having no counterpart.
    pub(crate) fn prior(&self) -> Bits {
        let alone = [0, 1].map(|side| {
            let size = self.sizes[side];
            self.alone.map_or(size - self.matches, |alone| alone[side]).max(ALONE * size).max(0.5)
        });
        (self.matches.max(0.5) / (alone[0] * alone[1])).log2()
    }

    /// The odds of a pair without rivals, in bits.
    pub(crate) fn weigh(&self, pair: &Pair) -> Bits {
        self.prior() + self.amount(pair) + self.date(pair) + self.wording(pair) + self.reference(pair)
    }

    /// Which differences occur among pairs of one event at all, with some room on both sides.
    pub(crate) fn window(&self) -> Window {
        let occurs = |share: &f64| *share > SELDOM;
        let near_lag = |lag: usize| {
            let room = 2 + lag.abs_diff(DAYS as usize + 1) / 4;
            (lag.saturating_sub(room).max(1)..=(lag + room).min(LAGS - 1)).any(|lag| occurs(&self.lag[lag]))
        };
        let bits = |allowed: bool, share: f64| if allowed { share.log2() as f32 } else { f32::NEG_INFINITY };
        let lags = (0..LAGS).map(|lag| bits(lag == 0 || near_lag(lag), self.lag[lag])).collect();
        let amounts: Vec<f32> = (0..amount::LEVELS as u8)
            .map(|level| {
                let beside = amount::beside(level).into_iter().flatten().chain([level]);
                let is_sought = amount::share(level).is_none()
                    || beside.into_iter().any(|level| occurs(&self.amount[usize::from(level)]));
                bits(is_sought, self.amount[usize::from(level)])
            })
            .collect();
        let widest =
            (0..amount::LEVELS as u8).filter(|level| amounts[usize::from(*level)] > f32::NEG_INFINITY);
        let near = widest.filter_map(|level| amount::share(level).map(|(_, to)| to)).fold(0.0, f64::max);
        Window { amounts, lags, near, least: LEAST }
    }

    /// Learns from pairs by expectation and maximisation, with the competition of all pairs of a record deciding what is expected. Drops
    /// hopeless pairs on the way.
    pub(crate) fn learn(&mut self, pairs: &mut Vec<Pair>, left: usize, records: usize, pruned_after: usize) {
        self.sizes[0] = left as f64;
        let (usual_amounts, usual_lags) = (usual_amounts(), usual_lags());
        let field_of = |pairs: &[Pair]| Field::new(records, pairs.iter().map(|pair| &pair.records[..]));
        let mut field = field_of(pairs);
        for round in 0..ROUNDS {
            let bits: Vec<Bits> = pairs.iter().map(|pair| self.weigh(pair)).collect();
            if round == pruned_after {
                prune(pairs, &bits, records);
                field = field_of(pairs);
                continue;
            }
            let weights: Vec<f64> = bits.iter().map(|bits| bits.exp2()).collect();
            field.converge(&weights, if round == 0 || round == pruned_after + 1 { 6 } else { 2 });
            let right = field.probabilities(&weights);
            let mut amounts = vec![0.0; amount::LEVELS];
            let mut lags = vec![0.0; LAGS];
            let table = || vec![0.0; CLASSES * CLASSES];
            let (mut before, mut after) = ([table(), table()], [table(), table()]);
            let (mut second, mut phrase) = ([[1.0; 4], [1.0; 4]], [1.0; 2]);
            let mut reference = [[0.0; REFERENCES]; 2];
            let mut matches = 0.0;
            for (pair, p) in pairs.iter().zip(&right) {
                matches += p;
                amounts[usize::from(pair.amount)] += p;
                lags[usize::from(pair.lag)] += p;
                phrase[usize::from(pair.phrase > 0.0)] += p;
                for (of, p) in [(0, *p), (1, 1.0 - p)] {
                    reference[of][pair.reference as usize] += p;
                    if pair.phrase > 0.0 {
                        before[of][usize::from(pair.before)] += p;
                        after[of][usize::from(pair.after)] += p;
                        second[of][usize::from(pair.second)] += p;
                    }
                }
            }
            self.amount = maximise(&amounts, &usual_amounts, 10.0);
            // Missing dates are no lag.
            lags[0] = 0.0;
            let dated = maximise(&lags[1..], &usual_lags[1..], 5.0);
            self.lag = std::iter::once(1.0).chain(dated).collect();
            self.before = classes(&before[0], &before[1]);
            self.after = classes(&after[0], &after[1]);
            let share = |counts: &[f64], place: usize| counts[place] / counts.iter().sum::<f64>();
            self.second = std::array::from_fn(|level| {
                (share(&second[0], level) / share(&second[1], level)).log2().clamp(-6.0, 6.0)
            });
            let some = phrase[1] / (phrase[0] + phrase[1]);
            self.phrase = [((1.0 - some) / 0.7).log2().clamp(-8.0, 0.0), some.log2()];
            self.reference = references(&reference);
            let settled = (matches - self.matches).abs() < SETTLED * self.matches;
            self.matches = matches;
            if settled && round > pruned_after + 2 {
                break;
            }
        }
    }
}

/// Drops pairs that are hopeless, or far behind the best of both their records.
fn prune(pairs: &mut Vec<Pair>, bits: &[Bits], records: usize) {
    let mut best = vec![f64::NEG_INFINITY; records];
    for (pair, bits) in pairs.iter().zip(bits) {
        pair.records.iter().for_each(|record| best[*record as usize] = best[*record as usize].max(*bits));
    }
    let mut bits = bits.iter();
    pairs.retain(|pair| {
        bits.next().is_some_and(|bits| {
            *bits > HOPELESS && pair.records.iter().any(|record| *bits > best[*record as usize] - BEHIND)
        })
    });
}

/// Bits of references, from how often each level occurs among the two kinds of pairs.
fn references(counts: &[[f64; REFERENCES]; 2]) -> [f64; REFERENCES] {
    let usual = [[0.0, 0.8, 0.05, 0.15], [0.0, 0.001, 0.001, 0.998]];
    let share = |of: usize, level: References| {
        let level = level as usize;
        let known: f64 = counts[of][1..].iter().sum();
        (counts[of][level] + 10.0 * usual[of][level]) / (known + 10.0)
    };
    let ratio = |level| (share(0, level) / share(1, level)).log2();
    [
        0.0,
        share(0, References::Same).log2(),
        ratio(References::Near).clamp(-2.0, 8.0),
        ratio(References::Differ).clamp(-10.0, 0.0),
    ]
}
