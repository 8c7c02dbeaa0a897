//! Reconciling two sets of records.

use rustc_hash::FxHashMap;

use crate::{
    amount,
    compete::Field,
    groups::{self, Hypothesis},
    model::{BEHIND, Bits, Model},
    outcome::{Evidence, Finding, FindingKind, Kind, Match, Outcome, Place, Rival, Side},
    pairs::{Pair, References, Search, Window},
    prepare::Prepared,
    record::Record,
};

/// What a caller may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The probability from which a match is made without asking a person.
    pub accept_from: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { accept_from: 0.95 }
    }
}

/// Left records that the first model is learnt from.
const SAMPLE: usize = 3_000;

/// Pairs below these odds without rivals, in bits, are no hypotheses.
const WEAK: Bits = -6.0;

/// A pair this probable settles its records: no groups are sought for them.
const SETTLED: f64 = 0.9;

/// Amounts that prove so much, in bits, agree, and words that prove twice as much; other amounts may be parts of a sum, or met by chance.
const AGREEING: Bits = 3.0;

/// The most rounds of a competition.
const ROUNDS: usize = 80;

/// The most that pairs of amounts far apart are worth, in bits, unless their references are equal.
const SUSPICION: Bits = 1.0;

/// A possible counterpart this probable is named in a finding.
const NAMED: f64 = 0.05;

/// A copy this probable may be what a counterpart belongs to.
const COPY: f64 = 0.02;

/// The most rivals a finding names.
const RIVALS: usize = 5;

/// Names a possible counterpart, unless it is named already.
fn name_at(named: &mut Vec<(u32, f64)>, counterpart: usize) {
    if named.len() < RIVALS && !named.iter().any(|(known, _)| *known as usize == counterpart) {
        named.push((counterpart as u32, 0.0));
    }
}

/// Whether two records have a word in common that says something: of three letters, or of two Chinese characters.
fn has_word_of(one: &Record, other: &Record) -> bool {
    let words = |record: &Record| -> Vec<String> {
        let text = format!("{} {} {}", record.party, record.reference, record.text).to_lowercase();
        let says = |word: &&str| word.chars().count() >= if word.is_ascii() { 3 } else { 2 };
        text.split(|sign: char| !sign.is_alphanumeric()).filter(says).map(str::to_owned).collect()
    };
    let known = words(one);
    words(other).iter().any(|word| known.contains(word))
}

/// Reconciles two sets of records of the same events. The result depends on the records alone, in whatever order they come.
pub fn reconcile(left: &[Record], right: &[Record], options: &Options) -> Outcome {
    let all = Prepared::new(left, right);
    let (model, pairs) = learn(&all);
    let mut engine = Engine { all: &all, model, options: *options };
    engine.decide(pairs)
}

/// Learns what agreement proves, and returns the pairs that are not hopeless.
fn learn(all: &Prepared<'_>) -> (Model, Vec<Pair>) {
    let mut model = Model::new(all.left, all.len() - all.left);
    if all.left == 0 || all.left == all.len() {
        return (model, Vec::new());
    }
    let search = Search::new(all);
    // Every so manieth record, in an order that depends on their content alone.
    let step = (all.left / SAMPLE).max(1);
    let sample: Vec<u32> = (0..all.left as u32).step_by(step).collect();
    let share = sample.len() as f64 / all.left as f64;
    let mut pairs = search.pairs(&sample, &Window::wide());
    model.matches *= share;
    model.learn(&mut pairs, sample.len(), all.len(), 4);
    model.matches /= share;
    if step > 1 {
        let every: Vec<u32> = (0..all.left as u32).collect();
        pairs = search.pairs(&every, &model.window());
    }
    (model, pairs)
}

/// What comes of a competition.
struct Competition {
    probabilities: Vec<f64>,
    /// Without rivals, in bits.
    odds: Vec<Bits>,
    field: Field,
}

/// A pair with its odds.
struct Weighed {
    pair: Pair,
    bits: Bits,
}

/// Which hypothesis a match comes from.
#[derive(Clone, Copy)]
enum Source {
    Pair(usize),
    Other(usize),
}

struct Engine<'a> {
    all: &'a Prepared<'a>,
    model: Model,
    options: Options,
}

impl Engine<'_> {
    fn decide(&mut self, pairs: Vec<Pair>) -> Outcome {
        let mut pairs = self.contenders(pairs);
        let offsets = groups::offsets(self.all);
        let first = self.compete(&pairs, &offsets, None);
        let mut taken = vec![false; self.all.len()];
        for (weighed, p) in pairs.iter().zip(&first.probabilities) {
            let pair = &weighed.pair;
            let words = self.model.wording(pair) + self.model.reference(pair);
            if *p >= SETTLED && self.model.amount(pair) >= AGREEING && words >= 2.0 * AGREEING {
                weighed.pair.records.iter().for_each(|record| taken[*record as usize] = true);
            }
        }
        for (offset, p) in offsets.iter().zip(&first.probabilities[pairs.len()..]) {
            if *p >= SETTLED {
                offset.members.iter().for_each(|record| taken[*record as usize] = true);
            }
        }
        let mut others = offsets;
        let of_sets = others.len();
        others.extend(groups::groups(self.all, &self.model, &taken));
        let second = self.compete(&pairs, &others, Some(&first.field));
        // What groups and offsets settle is not alone: the others are likelier to find each other.
        let mut alone = vec![true; self.all.len()];
        let (of_pairs, of_others) = second.probabilities.split_at(pairs.len());
        let settled = |p: &f64| *p >= SETTLED;
        for (weighed, _) in pairs.iter().zip(of_pairs).filter(|(_, p)| settled(p)) {
            weighed.pair.records.iter().for_each(|record| alone[*record as usize] = false);
        }
        for (other, _) in others.iter().zip(of_others).filter(|(_, p)| settled(p)) {
            other.members.iter().for_each(|record| alone[*record as usize] = false);
        }
        let count = |alone: &[bool]| alone.iter().filter(|alone| **alone).count() as f64;
        let (left, right) = alone.split_at(self.all.left);
        self.model.alone = Some([count(left), count(right)]);
        self.model.matches = of_pairs.iter().filter(|p| settled(p)).count() as f64;
        for weighed in &mut pairs {
            weighed.bits = self.weigh(&weighed.pair);
        }
        let Competition { probabilities, odds, .. } = self.compete(&pairs, &others, Some(&second.field));
        Decision { engine: self, pairs: &pairs, others: &others, of_sets, probabilities, odds }.outcome()
    }

    /// The odds of a pair without rivals. One that cannot be booked is hardly more than a suspicion.
    fn weigh(&self, pair: &Pair) -> Bits {
        let bits = self.model.weigh(pair);
        if is_bookable(pair) { bits } else { bits.min(SUSPICION) }
    }

    /// The pairs that may win against their rivals, with their odds.
    fn contenders(&self, pairs: Vec<Pair>) -> Vec<Weighed> {
        let mut best = vec![f64::NEG_INFINITY; self.all.len()];
        let mut weighed: Vec<Weighed> = pairs
            .into_iter()
            .map(|pair| Weighed { bits: self.weigh(&pair), pair })
            .filter(|weighed| weighed.bits > WEAK)
            .collect();
        for Weighed { pair, bits } in &weighed {
            pair.records.iter().for_each(|record| best[*record as usize] = best[*record as usize].max(*bits));
        }
        weighed.retain(|Weighed { pair, bits }| {
            pair.records.iter().any(|record| *bits > best[*record as usize] - BEHIND)
        });
        self.without_crossed_copies(weighed)
    }

    /// Copies of one record that nothing distinguishes are matched in order, the first with the first.
    fn without_crossed_copies(&self, mut weighed: Vec<Weighed>) -> Vec<Weighed> {
        let mut rank = vec![0_u32; self.all.len()];
        for record in 1..self.all.len() {
            if record != self.all.left && self.is_copy(record - 1, record, true) {
                rank[record] = rank[record - 1] + 1;
            }
        }
        if rank.iter().any(|rank| *rank > 0) {
            weighed.retain(|Weighed { pair, .. }| {
                rank[pair.records[0] as usize] == rank[pair.records[1] as usize]
            });
        }
        weighed
    }

    /// Whether two records of one set say the same; their dates may differ unless `same_day`.
    fn is_copy(&self, one: usize, two: usize, same_day: bool) -> bool {
        let (one, two) = (self.all.records[one], self.all.records[two]);
        one.amount == two.amount
            && (one.date == two.date || !same_day)
            && one.currency == two.currency
            && one.party == two.party
            && one.reference == two.reference
            && one.text == two.text
    }

    /// Lets all hypotheses compete, pairs first. A field with the first of them saves rounds.
    fn compete(&self, pairs: &[Weighed], others: &[Hypothesis], before: Option<&Field>) -> Competition {
        // Offsets are pairs of one set: after the pairs come those, then groups.
        let hypotheses = pairs
            .iter()
            .map(|weighed| &weighed.pair.records[..])
            .chain(others.iter().map(|other| &other.members[..]));
        let odds: Vec<Bits> =
            pairs.iter().map(|weighed| weighed.bits).chain(others.iter().map(|other| other.bits)).collect();
        let weights: Vec<f64> = odds.iter().map(|bits| bits.min(300.0).exp2()).collect();
        let mut field = Field::new(self.all.len(), hypotheses);
        if let Some(before) = before {
            field.resume(before);
        }
        field.converge(&weights, ROUNDS);
        Competition { probabilities: field.probabilities(&weights), odds, field }
    }

    fn place(&self, record: u32) -> Place {
        let record = record as usize;
        let side = if self.all.is_left(record) { Side::Left } else { Side::Right };
        Place { side, index: self.all.given[record] }
    }
}

/// All that is known when matches are made.
struct Decision<'a> {
    engine: &'a Engine<'a>,
    pairs: &'a [Weighed],
    others: &'a [Hypothesis],
    /// So many of the others are offsets.
    of_sets: usize,
    probabilities: Vec<f64>,
    odds: Vec<Bits>,
}

impl Decision<'_> {
    fn members(&self, hypothesis: usize) -> &[u32] {
        match self.pairs.get(hypothesis) {
            Some(weighed) => &weighed.pair.records,
            None => &self.others[hypothesis - self.pairs.len()].members,
        }
    }

    fn source(&self, hypothesis: usize) -> Source {
        match hypothesis.checked_sub(self.pairs.len()) {
            None => Source::Pair(hypothesis),
            Some(other) => Source::Other(other),
        }
    }

    fn outcome(mut self) -> Outcome {
        let records = self.engine.all.len();
        // The likeliest hypotheses first; each takes its records.
        let mut order: Vec<u32> =
            (0..self.odds.len() as u32).filter(|at| self.probabilities[*at as usize] >= 0.5).collect();
        order.sort_by(|one, two| {
            let (one, two) = (*one as usize, *two as usize);
            self.probabilities[two]
                .total_cmp(&self.probabilities[one])
                .then(self.odds[two].total_cmp(&self.odds[one]))
                .then_with(|| self.members(one).cmp(self.members(two)))
        });
        let mut chosen: Vec<Option<u32>> = vec![None; records];
        for hypothesis in order {
            let members = self.members(hypothesis as usize);
            if members.iter().all(|record| chosen[*record as usize].is_none()) {
                members.iter().for_each(|record| chosen[*record as usize] = Some(hypothesis));
            }
        }
        self.doubt_exchanges(&chosen);
        self.choose_copies(&mut chosen);
        let in_sum = self.in_likely_sum();
        let accepted: Vec<bool> = (0..self.odds.len())
            .map(|at| {
                self.probabilities[at] >= self.engine.options.accept_from
                    && self.members(at).iter().all(|record| chosen[*record as usize] == Some(at as u32))
                    && self.is_bookable(at)
                    && !(self.is_slip(at) && self.members(at).iter().any(|record| in_sum[*record as usize]))
            })
            .collect();
        let mut outcome = Outcome::default();
        let mut matched: Vec<Option<u32>> = vec![None; records];
        for at in (0..self.odds.len()).filter(|at| accepted[*at]) {
            self.members(at).iter().for_each(|record| matched[*record as usize] = Some(at as u32));
            outcome.matches.push(self.to_match(at));
        }
        outcome.matches.sort_by(|one, two| {
            let key = |found: &Match| (found.left.is_empty(), found.left.clone(), found.right.clone());
            key(one).cmp(&key(two))
        });
        self.findings(&matched, &mut outcome);
        outcome
    }

    fn is_bookable(&self, hypothesis: usize) -> bool {
        match self.source(hypothesis) {
            Source::Pair(at) => is_bookable(&self.pairs[at].pair) && !self.contradicts(&self.pairs[at].pair),
            Source::Other(_) => true,
        }
    }

    /// Whether both name a party and a reference, and neither of these has anything in common: an equal amount alone is booked for nobody.
    fn contradicts(&self, pair: &Pair) -> bool {
        let all = self.engine.all;
        let names = |record: &u32| !all.records[*record as usize].party.trim().is_empty();
        matches!(pair.reference, References::Differ) && pair.phrase == 0.0 && pair.records.iter().all(names)
    }

    /// Whether amounts match by a slip of typing only.
    fn is_slip(&self, hypothesis: usize) -> bool {
        match self.source(hypothesis) {
            Source::Pair(at) => matches!(self.pairs[at].pair.amount, amount::SWAPPED | amount::DIGIT),
            Source::Other(_) => false,
        }
    }

    /// The records that are likelier than not, without rivals, part of a sum that comes out: who has typed something wrong is then for a person to say.
    fn in_likely_sum(&self) -> Vec<bool> {
        let mut in_sum = vec![false; self.engine.all.len()];
        let sums = self.others.iter().skip(self.of_sets).filter(|sum| sum.bits > 0.0);
        sums.flat_map(|sum| &sum.members).for_each(|record| in_sum[*record as usize] = true);
        in_sum
    }

    /// Lowers the probability of pairs that could exchange counterparts with others at little cost: messages alone are too sure of
    /// one side of a ring.
    fn doubt_exchanges(&mut self, chosen: &[Option<u32>]) {
        let mut by_left: Vec<Vec<u32>> = vec![Vec::new(); self.engine.all.left];
        for (at, weighed) in (0..).zip(self.pairs) {
            by_left[weighed.pair.records[0] as usize].push(at);
        }
        let pair_of = |record: u32| {
            chosen[record as usize]
                .filter(|at| (*at as usize) < self.pairs.len())
                .map(|at| &self.pairs[at as usize])
        };
        // What it costs to move from the chosen pair of a left record to another of its pairs.
        let moves = |left: u32, bits: Bits| {
            by_left[left as usize].iter().map(|at| &self.pairs[*at as usize]).filter_map(move |other| {
                let cost = bits - other.bits;
                (cost < BEHIND).then_some((other.pair.records[1], cost))
            })
        };
        let mut doubts: Vec<(usize, f64)> = Vec::new();
        for (at, weighed) in self.pairs.iter().enumerate() {
            let [left, right] = weighed.pair.records;
            if chosen[left as usize] != Some(at as u32) {
                continue;
            }
            let mut against = 0.0;
            for (second, cost) in moves(left, weighed.bits).filter(|(to, _)| *to != right) {
                let Some(other) = pair_of(second) else {
                    against += (-cost).exp2();
                    continue;
                };
                for (third, more) in moves(other.pair.records[0], other.bits) {
                    if third == right {
                        against += (-cost - more).exp2();
                    } else if third != second
                        && let Some(last) = pair_of(third)
                        && last.pair.records[0] != left
                    {
                        let closing = moves(last.pair.records[0], last.bits).filter(|(to, _)| *to == right);
                        against += closing.map(|(_, most)| (-cost - more - most).exp2()).sum::<f64>();
                    }
                }
            }
            doubts.push((at, 1.0 / (1.0 + against)));
        }
        for (at, most) in doubts {
            self.probabilities[at] = self.probabilities[at].min(most);
        }
    }

    /// Where several copies of one record compete for a counterpart that is certainly one of theirs, the first takes it: for the money it does
    /// not matter which.
    fn choose_copies(&mut self, chosen: &mut [Option<u32>]) {
        let mut by_record: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        let accept_from = self.engine.options.accept_from;
        for (at, weighed) in self.pairs.iter().enumerate() {
            if self.probabilities[at] >= COPY {
                weighed.pair.records.iter().for_each(|record| by_record.entry(*record).or_default().push(at));
            }
        }
        let mut records: Vec<u32> = by_record.keys().copied().collect();
        records.sort_unstable();
        for record in records {
            let rivals = &by_record[&record];
            let other = |at: usize| {
                let [left, right] = self.pairs[at].pair.records;
                if left == record { right } else { left }
            };
            let Some(first) = rivals.iter().copied().min_by_key(|at| other(*at)) else { continue };
            let is_copy = |at: &usize| {
                *at == first || self.engine.is_copy(other(first) as usize, other(*at) as usize, false)
            };
            let total: f64 = rivals.iter().map(|at| self.probabilities[*at]).sum();
            if rivals.len() < 2 || !rivals.iter().all(is_copy) || total < accept_from {
                continue;
            }
            let free = |record: u32| chosen[record as usize].is_none_or(|at| rivals.contains(&(at as usize)));
            let members = self.pairs[first].pair.records;
            if members.iter().all(|record| free(*record)) {
                for at in rivals {
                    self.pairs[*at].pair.records.iter().for_each(|record| {
                        if chosen[*record as usize] == Some(*at as u32) {
                            chosen[*record as usize] = None;
                        }
                    });
                }
                members.iter().for_each(|record| chosen[*record as usize] = Some(first as u32));
                self.probabilities[first] = total.min(1.0);
            }
        }
    }

    fn to_match(&self, hypothesis: usize) -> Match {
        let all = self.engine.all;
        let probability = self.probabilities[hypothesis];
        let sum = |places: &[u32]| {
            places.iter().map(|record| i128::from(all.amount(*record as usize))).sum::<i128>()
        };
        let (left, right): (Vec<u32>, Vec<u32>) =
            self.members(hypothesis).iter().partition(|record| all.is_left(**record as usize));
        let difference = sum(&right) - sum(&left);
        let odds = (probability / (1.0 - probability).max(1e-15)).log2();
        let rivals = odds.min(self.odds[hypothesis]) - self.odds[hypothesis];
        let (kind, evidence) = match self.source(hypothesis) {
            Source::Pair(at) => {
                let pair = &self.pairs[at].pair;
                let model = &self.engine.model;
                let evidence = Evidence {
                    prior: model.prior(),
                    amount: model.amount(pair),
                    date: model.date(pair),
                    wording: model.wording(pair),
                    reference: model.reference(pair),
                    rivals,
                };
                (kind(pair, all), evidence)
            }
            Source::Other(at) => {
                let Hypothesis { bits, words, dates, amounts, .. } = self.others[at];
                let evidence = Evidence {
                    prior: bits - words - dates - amounts,
                    amount: amounts,
                    date: dates,
                    wording: words,
                    reference: 0.0,
                    rivals,
                };
                (if at < self.of_sets { Kind::Offset } else { Kind::Group }, evidence)
            }
        };
        let given = |records: &[u32]| {
            let mut given: Vec<usize> = records.iter().map(|record| all.given[*record as usize]).collect();
            given.sort_unstable();
            given
        };
        Match {
            kind,
            left: given(&left),
            right: given(&right),
            difference: if kind == Kind::Offset { 0 } else { difference },
            probability,
            evidence,
        }
    }

    fn findings(&self, matched: &[Option<u32>], outcome: &mut Outcome) {
        let all = self.engine.all;
        let mut rivals: Vec<Vec<(u32, f64)>> = vec![Vec::new(); all.len()];
        for (at, p) in self.probabilities.iter().enumerate().filter(|(_, p)| **p >= NAMED) {
            let members = self.members(at);
            for record in members {
                if matched[*record as usize].is_none() {
                    let others = members.iter().filter(|other| *other != record);
                    rivals[*record as usize].extend(others.map(|other| (*other, *p)));
                }
            }
        }
        let mut copies: FxHashMap<(i64, &str, &str, &str), Vec<usize>> = FxHashMap::default();
        for record in 0..all.len() {
            let Record { amount, party, reference, text, .. } = all.records[record];
            copies.entry((*amount, party, reference, text)).or_default().push(record);
        }
        self.add_alike(matched, &mut rivals);
        self.add_same_reference(matched, &mut rivals);
        for record in 0..all.len() {
            let place = self.engine.place(record as u32);
            let amount = i128::from(all.amount(record));
            let finding = match matched[record] {
                Some(at) => self.about_match(at as usize, record, place),
                None => {
                    let Record { amount: value, party, reference, text, .. } = all.records[record];
                    let copy = copies[&(*value, party.as_str(), reference.as_str(), text.as_str())]
                        .iter()
                        .copied()
                        .find(|other| {
                            *other != record
                                && all.own(record).contains(other)
                                && matched[*other].is_some()
                                && self.engine.is_copy(record, *other, false)
                                && all.lag(record, *other).is_none_or(|days| days.abs() <= COPIED_WITHIN)
                                && !(party.is_empty() && reference.is_empty() && text.is_empty())
                        });
                    let named = &mut rivals[record];
                    named.sort_by(|one, two| two.1.total_cmp(&one.1).then(one.0.cmp(&two.0)));
                    named.dedup_by_key(|rival| rival.0);
                    named.truncate(RIVALS);
                    let (kind, named) = match copy {
                        Some(copy) => (FindingKind::Duplicate, vec![(copy as u32, 1.0)]),
                        None if named.is_empty() => (FindingKind::Unmatched, Vec::new()),
                        None => (FindingKind::Undecidable, named.clone()),
                    };
                    let rivals = named
                        .into_iter()
                        .map(|(other, probability)| Rival { place: self.engine.place(other), probability })
                        .collect();
                    Some(Finding { kind, place, amount, rivals })
                }
            };
            outcome.findings.extend(finding);
        }
        outcome.findings.sort_by_key(|finding| (finding.place, finding.kind));
    }

    /// Names what looks the same in the other set and is left over there as well: too few records to learn from prove nothing, and yet nobody may be told that
    /// there is nothing.
    fn add_alike(&self, matched: &[Option<u32>], rivals: &mut [Vec<(u32, f64)>]) {
        let all = self.engine.all;
        let mut left_over: FxHashMap<(i64, &str), Vec<usize>> = FxHashMap::default();
        for record in (0..all.len()).filter(|record| matched[*record].is_none()) {
            left_over
                .entry((all.amount(record), all.records[record].currency.as_str()))
                .or_default()
                .push(record);
        }
        let is_same = |one: &str, other: &str| !one.is_empty() && one.to_lowercase() == other.to_lowercase();
        for same_amount in left_over.into_values() {
            let (mut left, mut right): (Vec<usize>, Vec<usize>) =
                same_amount.into_iter().partition(|record| all.is_left(*record));
            // A file may hold thousands of one amount; a person looks at a few.
            left.truncate(LOOKED_AT);
            right.truncate(LOOKED_AT);
            for (one, other) in left.iter().flat_map(|one| right.iter().map(move |other| (*one, *other))) {
                let (a, b) = (all.records[one], all.records[other]);
                let is_alike = is_same(&a.party, &b.party)
                    || is_same(&a.reference, &b.reference)
                    || is_same(&a.text, &b.text)
                    || has_word_of(a, b);
                let is_near = all.lag(one, other).is_none_or(|days| days.abs() <= COPIED_WITHIN);
                if is_alike && is_near {
                    name_at(&mut rivals[one], other);
                    name_at(&mut rivals[other], one);
                }
            }
        }
    }

    /// Names what has the same reference in the other set, whatever its amount, sign and currency: it is what a person looks for first. What is matched
    /// already is named at what is not.
    fn add_same_reference(&self, matched: &[Option<u32>], rivals: &mut [Vec<(u32, f64)>]) {
        let all = self.engine.all;
        let mut by_reference: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for record in 0..all.len() {
            let reference = all.references[record].as_str();
            if !reference.is_empty() {
                by_reference.entry(reference).or_default().push(record);
            }
        }
        for same_reference in by_reference.into_values() {
            let (mut left, mut right): (Vec<usize>, Vec<usize>) =
                same_reference.into_iter().partition(|record| all.is_left(*record));
            // What is left over first; a reference of very many names nothing.
            left.sort_by_key(|record| matched[*record].is_some());
            right.sort_by_key(|record| matched[*record].is_some());
            left.truncate(LOOKED_AT);
            right.truncate(LOOKED_AT);
            for (one, other) in left.iter().flat_map(|one| right.iter().map(move |other| (*one, *other))) {
                for (record, counterpart) in [(one, other), (other, one)] {
                    if matched[record].is_none() {
                        name_at(&mut rivals[record], counterpart);
                    }
                }
            }
        }
    }

    /// What is to be said about a match, once, at its left record.
    fn about_match(&self, hypothesis: usize, record: usize, place: Place) -> Option<Finding> {
        let Source::Pair(at) = self.source(hypothesis) else { return None };
        let all = self.engine.all;
        let pair = &self.pairs[at].pair;
        let [left, right] = pair.records;
        if left as usize != record {
            return None;
        }
        let kind = match kind(pair, all) {
            Kind::TransposedDigits | Kind::WrongDigit => FindingKind::Typing,
            Kind::Partial => FindingKind::Partial,
            Kind::Over => FindingKind::Over,
            _ => return None,
        };
        let amount = i128::from(all.amount(right as usize)) - i128::from(all.amount(left as usize));
        let rival = Rival { place: self.engine.place(right), probability: self.probabilities[hypothesis] };
        Some(Finding { kind, place, amount, rivals: vec![rival] })
    }
}

/// Records of one amount and set that are compared with those of the other set.
const LOOKED_AT: usize = 100;

/// A copy is entered again within so many days.
const COPIED_WITHIN: i64 = 31;

/// Amounts far apart are no match by words and dates alone, and a slip of typing is none where the references contradict: then nothing but the amounts is alike,
/// and they are not the same.
fn is_bookable(pair: &Pair) -> bool {
    match pair.amount {
        amount::FAR => pair.reference == References::Same,
        amount::SWAPPED | amount::DIGIT => pair.reference != References::Differ,
        _ => true,
    }
}

/// The kind of a pair.
fn kind(pair: &Pair, all: &Prepared<'_>) -> Kind {
    let [left, right] = pair.records.map(|record| all.amount(record as usize).unsigned_abs());
    match pair.amount {
        amount::EQUAL => Kind::Exact,
        amount::SWAPPED => Kind::TransposedDigits,
        amount::DIGIT => Kind::WrongDigit,
        amount::FAR if right < left => Kind::Partial,
        amount::FAR => Kind::Over,
        _ if right < left => Kind::Less,
        _ => Kind::More,
    }
}
