//! The Fellegi–Sunter model: how likely each level of agreement is between records of one person, of one household
//! and of strangers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    compare::{Comparison, Field, Level, OTHERS, Pattern, is_by_rarity},
    record::Rarity,
};

/// The probabilities of one level of a field, among pairs where the field is known on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probabilities {
    /// Among records of one person (Fellegi and Sunter's m).
    pub m: f64,
    /// Among records of people who have a contact in common: a household, a travelling party, a booker.
    pub household: f64,
    /// Among records of strangers (u). For equal values it is an average, for the reader; scores use the frequency of
    /// the actual value.
    pub u: f64,
}

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// A field that is not compared.
    #[error("the model names a field that is not compared: {0}")]
    UnknownField(String),
    /// A level that the field does not have.
    #[error("the model names a level that the field does not have: {0}")]
    UnknownLevel(String),
    /// A level is missing.
    #[error("the model has no probabilities for {0}")]
    MissingLevel(String),
    /// A number that is not a probability above zero, or thresholds in the wrong order.
    #[error("the model has a number out of range: {0}")]
    OutOfRange(String),
    /// An unsupported version.
    #[error("the model has version {0}; this program reads version {VERSION}")]
    Version(u32),
}

/// The version of the model's format that this program reads and writes.
pub const VERSION: u32 = 1;

/// A matching model, as a readable file (TOML or JSON).
///
/// Three kinds of pairs are distinguished: of one person, of one household (people with a contact in common), of strangers.
/// Fields are independent within a kind. This models the dependence between phone, address and family name:
/// they agree together in a household, and then prove little about the person (a latent class model; Winkler,
/// *Methods for record linkage and Bayesian networks*, 2002).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// [`VERSION`].
    pub version: u32,
    /// How many other records of the same person a record has, on average.
    pub matches_per_record: f64,
    /// How many records of others in its household a record has, on average.
    pub relatives_per_record: f64,
    /// The share of the linked pairs that are to be right, as far as it can be estimated: training sets the thresholds by it.
    #[serde(default = "usual_precision")]
    pub precision: f64,
    /// Probability from which two records are linked automatically.
    pub link_from: f64,
    /// The same for records that contradict each other ([`Veto::Contradiction`]).
    pub link_contradicting_from: f64,
    /// Probability from which, below those for links, a pair goes to review.
    pub review_from: f64,
    /// By field ([`Field::as_str`]) and level ([`Level::as_str`]).
    pub fields: BTreeMap<String, BTreeMap<String, Probabilities>>,
}

/// See [`Model::precision`].
const fn usual_precision() -> f64 {
    0.99
}

/// A field's levels, each with m, household and u.
type Usual = (Field, &'static [(Level, [f64; 3])]);

/// Default probabilities, as learnt from data without labels on several kinds of guest files; training falls
/// back on them where the data are insufficient.
const USUAL: [Usual; 12] = [
    (
        Field::Surname,
        &[
            (Level::Same, [0.86, 0.55, 0.02]),
            (Level::Reading, [0.06, 0.03, 0.005]),
            (Level::Near, [0.04, 0.01, 0.005]),
            (Level::Similar, [0.015, 0.01, 0.01]),
            (Level::Part, [0.01, 0.01, 0.005]),
            (Level::Differ, [0.015, 0.39, 0.955]),
        ],
    ),
    (
        Field::Given,
        &[
            (Level::Same, [0.80, 0.006, 0.004]),
            (Level::Reading, [0.07, 0.003, 0.002]),
            (Level::Near, [0.05, 0.006, 0.003]),
            (Level::Similar, [0.025, 0.015, 0.01]),
            (Level::Short, [0.02, 0.01, 0.005]),
            (Level::Part, [0.02, 0.07, 0.03]),
            (Level::Differ, [0.015, 0.89, 0.946]),
        ],
    ),
    (
        Field::Birth,
        &[
            (Level::Same, [0.90, 0.02, 0.00005]),
            (Level::Swapped, [0.02, 0.0005, 0.00003]),
            (Level::Near, [0.05, 0.004, 0.0012]),
            (Level::Part, [0.012, 0.006, 0.0055]),
            (Level::Differ, [0.018, 0.9695, 0.99322]),
        ],
    ),
    (
        Field::Phone,
        &[
            (Level::Same, [0.75, 0.70, 1e-6]),
            (Level::Near, [0.03, 0.01, 1e-5]),
            (Level::Differ, [0.22, 0.29, 0.999_989]),
        ],
    ),
    (
        Field::Document,
        &[
            (Level::Same, [0.88, 0.002, 1e-6]),
            (Level::Near, [0.05, 0.001, 1e-5]),
            (Level::Renewed, [0.04, 0.30, 0.15]),
            (Level::Differ, [0.029, 0.35, 0.45]),
            (Level::Conflict, [0.0005, 0.3465, 0.4]),
            (Level::Disputed, [0.0005, 0.0005, 1e-6]),
        ],
    ),
    (
        Field::Email,
        &[
            (Level::Same, [0.75, 0.40, 1e-6]),
            (Level::Part, [0.03, 0.005, 1e-4]),
            (Level::Near, [0.04, 0.005, 1e-5]),
            (Level::Differ, [0.18, 0.59, 0.9999]),
        ],
    ),
    (
        Field::Address,
        &[
            (Level::Same, [0.50, 0.50, 1e-5]),
            (Level::Near, [0.25, 0.20, 5e-4]),
            (Level::Part, [0.12, 0.10, 0.03]),
            (Level::Differ, [0.13, 0.20, 0.97]),
        ],
    ),
    (
        Field::Locality,
        &[
            (Level::Same, [0.80, 0.85, 0.02]),
            (Level::Part, [0.12, 0.08, 0.03]),
            (Level::Differ, [0.08, 0.07, 0.95]),
        ],
    ),
    (Field::Other1, &OF_OTHERS),
    (Field::Other2, &OF_OTHERS),
    (Field::Other3, &OF_OTHERS),
    (Field::Other4, &OF_OTHERS),
];

/// Of what is not known beforehand: weak evidence, until it is learnt.
const OF_OTHERS: [(Level, [f64; 3]); 2] = [(Level::Same, [0.7, 0.3, 0.1]), (Level::Differ, [0.3, 0.7, 0.9])];

/// The default probabilities of a level.
fn usual(field: Field, level: Level) -> Probabilities {
    let levels = USUAL.iter().filter(|(other, _)| *other == field).flat_map(|(_, levels)| *levels);
    let mut found =
        levels.filter(|(other, _)| *other == level).map(|(_, [m, household, u])| (*m, *household, *u));
    let (m, household, u) = found.next_back().unwrap_or((1.0, 1.0, 1.0));
    Probabilities { m, household, u }
}

impl Default for Model {
    fn default() -> Self {
        // Models of files with further columns have these, too.
        let fields = USUAL.iter().filter(|(field, _)| !OTHERS.contains(field));
        let fields = fields.map(|(field, levels)| {
            let levels = levels.iter().map(|(level, [m, household, u])| {
                (level.as_str().to_owned(), Probabilities { m: *m, household: *household, u: *u })
            });
            (field.as_str().to_owned(), levels.collect())
        });
        Self {
            version: VERSION,
            matches_per_record: 0.5,
            relatives_per_record: 0.2,
            precision: usual_precision(),
            link_from: 0.95,
            link_contradicting_from: 0.995,
            review_from: 0.1,
            fields: fields.collect(),
        }
    }
}

/// One probability by field and level.
pub(super) type Table = [[f64; Level::ALL.len()]; Field::ALL.len()];

impl Model {
    /// The probabilities as tables: m, household, u. Levels that a field does not have are 1: no evidence.
    ///
    /// # Errors
    ///
    /// [`ModelError`] if the model is incomplete or has unknown fields or levels, or invalid numbers.
    pub(super) fn tables(&self) -> Result<[Table; 3], ModelError> {
        if self.version != VERSION {
            return Err(ModelError::Version(self.version));
        }
        let in_range = |name: &str, number: f64, range: std::ops::RangeInclusive<f64>| {
            if range.contains(&number) { Ok(()) } else { Err(ModelError::OutOfRange(name.to_owned())) }
        };
        in_range("matches_per_record", self.matches_per_record, 1e-9..=1e9)?;
        in_range("relatives_per_record", self.relatives_per_record, 1e-9..=1e9)?;
        in_range("precision", self.precision, 0.5..=1.0)?;
        in_range("link_from", self.link_from, 0.0..=1.0)?;
        in_range("link_contradicting_from", self.link_contradicting_from, self.link_from..=1.0)?;
        in_range("review_from", self.review_from, 0.0..=self.link_from)?;
        for (name, levels) in &self.fields {
            let field = Field::ALL.into_iter().find(|field| field.as_str() == name);
            let field = field.ok_or_else(|| ModelError::UnknownField(name.clone()))?;
            for level in levels.keys() {
                if !field.levels().iter().any(|known| known.as_str() == level) {
                    return Err(ModelError::UnknownLevel(format!("{name}.{level}")));
                }
            }
        }
        let mut tables = [[[1.0; Level::ALL.len()]; Field::ALL.len()]; 3];
        for field in Field::ALL {
            for level in field.levels() {
                let name = format!("{}.{}", field.as_str(), level.as_str());
                let levels = self.fields.get(field.as_str());
                let found = match levels.and_then(|levels| levels.get(level.as_str())) {
                    Some(found) => *found,
                    None if OTHERS.contains(&field) => usual(field, *level),
                    None => return Err(ModelError::MissingLevel(name)),
                };
                for (table, probability) in tables.iter_mut().zip([found.m, found.household, found.u]) {
                    in_range(&name, probability, 1e-12..=1.0)?;
                    table[field as usize][*level as usize] = probability;
                }
            }
        }
        Ok(tables)
    }

    /// A model from these tables.
    pub(super) fn of_tables(
        &self,
        [m, household, u]: &[Table; 3],
    ) -> BTreeMap<String, BTreeMap<String, Probabilities>> {
        let fields = Field::ALL.into_iter().map(|field| {
            let levels = field.levels().iter().map(|level| {
                let at = |table: &Table| table[field as usize][*level as usize];
                (level.as_str().to_owned(), Probabilities { m: at(m), household: at(household), u: at(u) })
            });
            (field.as_str().to_owned(), levels.collect())
        });
        fields.collect()
    }
}

/// What forbids linking two records automatically, besides their score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Veto {
    /// Nothing.
    None,
    /// Given names or birth dates are clearly different, and no document shows that it is the same person: twins,
    /// father and son of one name, a couple with one phone. A link needs a higher probability.
    Contradiction,
    /// No part of a name is known on both sides and no number agrees: a surname and somebody's given name, born on one day in one
    /// town. Only a person may link them.
    Nameless,
    /// Two different resident identity numbers, each with the right check digit: only a person may link them.
    TwoResidents,
}

impl Veto {
    /// The veto that follows from the levels.
    pub fn of(pattern: Pattern) -> Self {
        let level = |field| pattern.level(field);
        match level(Field::Document) {
            Level::Conflict | Level::Disputed => Self::TwoResidents,
            Level::Same | Level::Near => Self::None,
            _ if is_nameless(pattern) => Self::Nameless,
            _ if level(Field::Given) == Level::Differ || level(Field::Birth) == Level::Differ => {
                Self::Contradiction
            }
            _ => Self::None,
        }
    }
}

/// See [`Veto::Nameless`].
fn is_nameless(pattern: Pattern) -> bool {
    let is = |field, levels: &[Level]| levels.contains(&pattern.level(field));
    is(Field::Surname, &[Level::Missing])
        && is(Field::Given, &[Level::Missing])
        && ![Field::Phone, Field::Email].into_iter().any(|field| is(field, &[Level::Same, Level::Near]))
}

/// The verdict about two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They are not linked.
    Apart,
    /// A person reviews them.
    Review,
    /// They are linked automatically.
    Link,
}

/// A model prepared for use.
#[derive(Debug, Clone)]
pub struct Scorer {
    /// Binary logarithms: of m, of household, and of u, which is 0 where the rarity of the value replaces it.
    log_m: Table,
    log_household: Table,
    log_u: Table,
    log_matches: f64,
    log_relatives: f64,
    /// Odds in bits from which pairs are linked, are linked in spite of a contradiction, are sent to review.
    link_from: f64,
    link_contradicting_from: f64,
    review_from: f64,
}

/// The score of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Binary logarithm of the odds that the two are the same person.
    pub bits: f64,
    /// What forbids a link.
    pub veto: Veto,
    /// The verdict.
    pub verdict: Verdict,
}

impl Score {
    /// The probability that the two records describe the same person.
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.bits).exp2())
    }
}

impl Scorer {
    /// The model for a file or index of `records` records: the more there are, the likelier a pair of strangers.
    ///
    /// # Errors
    ///
    /// [`ModelError`].
    pub fn new(model: &Model, records: usize) -> Result<Self, ModelError> {
        let [m, household, u] = model.tables()?;
        let log = |mut table: Table| {
            table.iter_mut().flatten().for_each(|p| *p = p.log2());
            table
        };
        let mut log_u = log(u);
        for field in Field::ALL {
            for level in Level::ALL {
                if is_by_rarity(field, level) {
                    log_u[field as usize][level as usize] = 0.0;
                }
            }
        }
        let pairs_per_record = (records.max(2) - 1) as f64 / 2.0;
        Ok(Self {
            log_m: log(m),
            log_household: log(household),
            log_u,
            log_matches: (model.matches_per_record / 2.0 / pairs_per_record).log2().min(-1.0),
            log_relatives: (model.relatives_per_record / 2.0 / pairs_per_record).log2().min(-1.0),
            link_from: odds(model.link_from),
            link_contradicting_from: odds(model.link_contradicting_from),
            review_from: odds(model.review_from),
        })
    }

    /// Scores a comparison.
    pub fn score(&self, comparison: &Comparison) -> Score {
        self.score_of(comparison.pattern, comparison.total_rarity())
    }

    /// Scores levels and the total rarity (eighths of a bit) of the values that are equal.
    pub(super) fn score_of(&self, pattern: Pattern, rarity: u16) -> Score {
        let [m, household, u] = self.sums(pattern, rarity);
        let bits = m - add_logs(household, u);
        let veto = Veto::of(pattern);
        Score { bits, veto, verdict: self.verdict(bits, veto) }
    }

    /// Whether a score would reach at least this many bits.
    pub(super) fn reaches(&self, bits: f64, pattern: Pattern, rarity: u16) -> bool {
        let [m, household, u] = self.sums(pattern, rarity);
        // The sum of two is greater than the larger one, which is quickly found.
        m - household.max(u) >= bits && m - add_logs(household, u) >= bits
    }

    /// Binary logarithms of how likely levels are among each of the three kinds of pairs.
    fn sums(&self, pattern: Pattern, rarity: u16) -> [f64; 3] {
        let mut sums = [self.log_matches, self.log_relatives, -f64::from(rarity) / 8.0];
        let pattern = pattern.weighed();
        for field in 0..Field::ALL.len() {
            let level = (pattern.0 >> (4 * field) & 0xf) as usize;
            for (sum, table) in sums.iter_mut().zip([&self.log_m, &self.log_household, &self.log_u]) {
                *sum += table[field][level];
            }
        }
        sums
    }

    /// The verdict for a score.
    pub(super) fn verdict(&self, bits: f64, veto: Veto) -> Verdict {
        let link_from = match veto {
            Veto::None => self.link_from,
            Veto::Contradiction => self.link_contradicting_from,
            Veto::Nameless | Veto::TwoResidents => f64::INFINITY,
        };
        match bits {
            _ if bits >= link_from => Verdict::Link,
            _ if bits >= self.review_from => Verdict::Review,
            _ => Verdict::Apart,
        }
    }

    /// Whether odds in bits reach the review threshold.
    pub fn is_for_review(&self, bits: f64) -> bool {
        bits >= self.review_from
    }

    /// Whether odds in bits suffice for a link where nothing contradicts it.
    pub fn is_for_link(&self, bits: f64) -> bool {
        bits >= self.link_from
    }

    /// The contribution of each field to a score, in bits; the household correction; and the
    /// prior. They add up to [`Score::bits`].
    pub(super) fn shares(&self, comparison: &Comparison) -> ([f64; Field::ALL.len()], f64, f64) {
        let mut weights = [0.0; Field::ALL.len()];
        for field in Field::ALL {
            let level = comparison.pattern.weighed().level(field) as usize;
            let rarity = f64::from(Rarity::from(comparison.rarity[field as usize])) / 8.0;
            weights[field as usize] =
                self.log_m[field as usize][level] - self.log_u[field as usize][level] + rarity;
        }
        let sum = self.log_matches + weights.iter().sum::<f64>();
        (weights, self.score(comparison).bits - sum, self.log_matches)
    }
}

/// The odds of a probability, in bits.
fn odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}

/// `log2(2^a + 2^b)`.
pub(super) fn add_logs(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    high + (1.0 + (low - high).exp2()).log2()
}
