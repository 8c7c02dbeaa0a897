//! Applies the matching model to profiles.

use hefu_domain::guest::Profile;
use hefu_identity::{
    document::DocumentType,
    matching::{
        Explanation, Field, Frequencies, Language, Level, Locale, Model, ModelError, Person, Record, Scorer,
        Verdict, Veto, compare, take_out_generic,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The model's verdict on a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// The same person.
    Link,
    /// To be reviewed by a person.
    Review,
    /// Different persons, as far as is known.
    Apart,
}

impl Judgement {
    /// Whether the model is sure enough to merge.
    pub const fn is_link(self) -> bool {
        matches!(self, Self::Link)
    }

    /// Whether the pair should be reviewed.
    pub const fn is_worth_asking(self) -> bool {
        !matches!(self, Self::Apart)
    }
}

/// The level of agreement of a field, and its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldEvidence {
    /// The field: `surname`, `given`, `birth`, `phone`, `document`, `email`, …
    pub field: String,
    /// The level of agreement: `same`, `reading`, `near`, `differ`, …
    pub level: String,
    /// For the same person above zero, against it below, in bits.
    pub bits: f64,
}

/// How likely two records are the same person, with the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Likeness {
    /// The verdict.
    pub verdict: Judgement,
    /// The odds, in bits.
    pub bits: f64,
    /// The same as a probability.
    pub probability: f64,
    /// Field by field.
    pub evidence: Vec<FieldEvidence>,
    /// The evidence as a code: `document.same+14.2 phone.differ-2.1 … prior-20.1`.
    pub code: String,
    /// The evidence in Chinese.
    pub zh: String,
    /// The evidence in English.
    pub en: String,
}

impl Likeness {
    /// Whether documents show that these are different, whatever else agrees.
    pub fn is_contradiction(&self) -> bool {
        self.evidence.iter().any(|evidence| matches!(evidence.level.as_str(), "conflict" | "disputed"))
    }

    /// Whether the names are the same, however they are written.
    fn is_of_one_name(&self) -> bool {
        let mut names =
            self.evidence.iter().filter(|evidence| ["surname", "given"].contains(&evidence.field.as_str()));
        names.all(|evidence| ["same", "reading"].contains(&evidence.level.as_str()))
    }

    /// Sends to review what would be a link, because another record of the guest shows that they are different.
    pub fn doubt(&mut self) {
        if self.verdict.is_link() {
            self.verdict = Judgement::Review;
        }
    }

    /// The odds in stored form.
    pub fn thousandths(&self) -> i64 {
        (self.bits * 1_000.0).round() as i64
    }
}

/// The model, with value frequencies among the guests it is used on.
pub struct Matching {
    scorer: Scorer,
    frequencies: Frequencies,
}

impl std::fmt::Debug for Matching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Matching(..)")
    }
}

/// A profile prepared for comparison with some others.
pub struct Among {
    all: Vec<Record>,
    /// Without phones, documents and addresses shared by too many of them.
    own: Vec<Record>,
}

/// For a chain whose frequencies have not been counted yet: the number of guests.
pub const UNKNOWN_SIZE: usize = 10_000;

impl Default for Matching {
    #[expect(clippy::expect_used, reason = "the default model is valid; a test of its crate checks that")]
    fn default() -> Self {
        Self::of(&Model::default(), &[], UNKNOWN_SIZE).expect("the default model")
    }
}

impl Matching {
    /// `model` for `guests` guests, of whom these profiles are a sample.
    ///
    /// # Errors
    /// The model is not valid.
    pub fn of(model: &Model, some: &[Profile], guests: usize) -> Result<Self, ModelError> {
        let records: Vec<Record> = some.iter().flat_map(records).collect();
        Ok(Self { scorer: Scorer::new(model, guests.max(2))?, frequencies: Frequencies::count(&records) })
    }

    /// A profile prepared for comparison.
    pub fn prepare(&self, profile: &Profile) -> Vec<Record> {
        let mut records = records(profile);
        records.iter_mut().for_each(|record| self.frequencies.apply(record));
        records
    }

    /// Whether odds in bits are enough for a link where nothing contradicts it.
    pub fn is_for_link(&self, bits: f64) -> bool {
        self.scorer.is_for_link(bits)
    }

    /// The same, for comparison with these others.
    pub fn prepare_among<'a>(&self, profile: &Profile, others: impl Iterator<Item = &'a Profile>) -> Among {
        let others: Vec<Record> =
            others.filter(|other| share_contact(profile, other)).flat_map(records).collect();
        let all = self.prepare(profile);
        let mut own = all.clone();
        own.iter_mut().for_each(|record| take_out_generic(record, &others));
        Among { all, own }
    }

    /// How likely a profile and one of those it is compared with are the same person.
    pub fn likeness_among(&self, one: &Among, two: &Profile) -> Likeness {
        let mut likeness = self.likeness(&one.all, two);
        // An agency's phone must not make somebody another person with a merely similar name.
        if likeness.verdict.is_link()
            && !likeness.is_of_one_name()
            && !self.likeness(&one.own, two).verdict.is_link()
        {
            likeness.doubt();
        }
        likeness
    }

    /// How likely a profile and another are the same person.
    pub fn likeness(&self, one: &[Record], two: &Profile) -> Likeness {
        self.best(one, two).map_or_else(Likeness::none, |best| Likeness::of(&best))
    }

    /// Whether a profile and another contradict each other: by birth date, given name or resident number.
    pub fn contradict(&self, one: &[Record], two: &Profile) -> bool {
        self.best(one, two)
            .is_some_and(|best| matches!(best.score.veto, Veto::Contradiction | Veto::TwoResidents))
    }

    fn best(&self, one: &[Record], two: &Profile) -> Option<Explanation> {
        let two = self.prepare(two);
        let pairs = one.iter().flat_map(|one| two.iter().map(move |two| (one, two)));
        let explained = pairs.map(|(one, two)| self.scorer.explain(&compare(one, two)));
        // A contradiction between any two documents counts, whatever else agrees.
        explained.max_by(|a, b| {
            let veto = |e: &Explanation| e.score.veto == Veto::TwoResidents;
            veto(a).cmp(&veto(b)).then(a.score.bits.total_cmp(&b.score.bits))
        })
    }
}

impl Likeness {
    fn none() -> Self {
        Self { verdict: Judgement::Apart, ..Self::of_bits(-100.0) }
    }

    /// The odds for review, without the evidence.
    pub fn of_bits(bits: f64) -> Self {
        Self {
            verdict: Judgement::Review,
            bits,
            probability: probability(bits),
            evidence: Vec::new(),
            code: String::new(),
            zh: String::new(),
            en: String::new(),
        }
    }

    fn of(explanation: &Explanation) -> Self {
        let beyond_the_name = explanation.evidence.iter().any(|evidence| {
            matches!(evidence.field, Field::Birth | Field::Phone | Field::Document | Field::Email)
                && evidence.level == Level::Same
                && evidence.bits > 0.0
        });
        let verdict = match explanation.score.verdict {
            // A name without any other exact agreement, however rare, goes to review.
            Verdict::Link if !beyond_the_name => Judgement::Review,
            Verdict::Link => Judgement::Link,
            Verdict::Review => Judgement::Review,
            Verdict::Apart => Judgement::Apart,
        };
        let bits = explanation.score.bits;
        Self {
            verdict,
            bits,
            probability: probability(bits),
            evidence: explanation
                .evidence
                .iter()
                .map(|e| FieldEvidence {
                    field: e.field.as_str().into(),
                    level: e.level.as_str().into(),
                    bits: (e.bits * 10.0).round() / 10.0,
                })
                .collect(),
            code: explanation.code(),
            zh: explanation.words(Language::Chinese),
            en: explanation.words(Language::English),
        }
    }
}

fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

/// Whether two profiles have different valid resident identity numbers: the model never merges them.
pub fn are_two(one: &Profile, two: &Profile) -> bool {
    let pattern = compare(&first_record(one), &first_record(two)).pattern;
    Veto::of(pattern) == Veto::TwoResidents
}

fn share_contact(one: &Profile, two: &Profile) -> bool {
    one.phones.iter().any(|phone| two.phones.contains(phone))
        || one.emails.iter().any(|email| two.emails.contains(email))
        || one
            .documents
            .iter()
            .any(|document| two.documents.iter().any(|other| document.number == other.number))
}

/// The part of a profile used when everybody is compared with everybody: the first of its phones, documents and addresses, and as many of its
/// resident identity numbers as there can be conflicts about.
pub fn first_record(profile: &Profile) -> Record {
    let Lists { phones, documents, emails } = &Lists::of(profile);
    record(profile, &profile.full_name, phones, documents, emails)
}

/// Fields with several values.
struct Lists<'a> {
    phones: Vec<&'a str>,
    documents: Vec<(Option<DocumentType>, &'a str)>,
    emails: Vec<&'a str>,
}

impl<'a> Lists<'a> {
    fn of(profile: &'a Profile) -> Self {
        Self {
            phones: profile.phones.iter().map(String::as_str).collect(),
            documents: profile.documents.iter().map(|d| (d.kind.parse().ok(), d.number.as_str())).collect(),
            emails: profile.emails.iter().map(String::as_str).collect(),
        }
    }
}

/// A profile as records to compare: of many phones, documents or addresses two in each.
fn records(profile: &Profile) -> Vec<Record> {
    const EACH: usize = 2;
    // A list that is shorter than others starts again: every window contains known values.
    fn window<T>(list: &[T], at: usize) -> &[T] {
        let windows = list.len().div_ceil(EACH).max(1);
        list.chunks(EACH).nth(at % windows).unwrap_or_default()
    }
    let Lists { phones, documents, emails } = &Lists::of(profile);
    let most = documents.len().max(phones.len()).max(emails.len()).div_ceil(EACH).max(1);
    let of_name = |name| {
        (0..most).map(move |at| {
            record(profile, name, window(phones, at), window(documents, at), window(emails, at))
        })
    };
    profile.names().flat_map(of_name).collect()
}

fn record(
    profile: &Profile,
    name: &str,
    phones: &[&str],
    documents: &[(Option<DocumentType>, &str)],
    emails: &[&str],
) -> Record {
    let birth = profile.birth.map(|birth| birth.to_string()).unwrap_or_default();
    // The parts that are known are those of the full name.
    let (surname, given_name) = match name == profile.full_name {
        true => (profile.surname.as_deref(), profile.given_name.as_deref()),
        false => (None, None),
    };
    let person = Person {
        full_name: name,
        surname: surname.unwrap_or_default(),
        given_name: given_name.unwrap_or_default(),
        birth_date: &birth,
        phones,
        documents,
        emails,
        city: profile.city.as_deref().unwrap_or_default(),
        address: &[profile.address.as_deref().unwrap_or_default()],
        postcode: "",
        others: &[],
    };
    Record::new(&person, Locale::CHINA)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn the_same_evidence_weighs_more_among_few_guests() {
        let one = Profile {
            full_name: "欧阳修远".into(),
            birth: NaiveDate::from_ymd_opt(1986, 10, 3),
            ..Profile::default()
        };
        let among = |guests| {
            let matching = Matching::of(&Model::default(), &[], guests).unwrap();
            matching.likeness(&matching.prepare(&one), &one)
        };
        let (few, many) = (among(200), among(1_000_000));
        assert_eq!((few.verdict, many.verdict), (Judgement::Link, Judgement::Review));
        assert!(few.bits > many.bits + 8.0, "{} {}", few.code, many.code);
    }
}
