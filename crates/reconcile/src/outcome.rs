//! What reconciling finds: matches, and what a person should look at.

/// One of the two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The left set.
    Left,
    /// The right set.
    Right,
}

/// A record, by its set and its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The set.
    pub side: Side,
    /// The place in the set as it was given, from 0.
    pub index: usize,
}

/// What kind of match it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One to one, equal amounts.
    Exact,
    /// One to one; two neighbouring digits of the amount are swapped on one side.
    TransposedDigits,
    /// One to one; one digit of the amount is wrong, missing or too many on one side.
    WrongDigit,
    /// One to one; the right amount is less by a fee, a discount or a rate, at most a quarter.
    Less,
    /// One to one; the right amount is more, by at most a quarter.
    More,
    /// One to one by reference; the right amount is a part of the left.
    Partial,
    /// One to one by reference; the right amount exceeds the left by more than a quarter.
    Over,
    /// Several records; both sides have the same sum.
    Group,
    /// Two records of one set that offset each other: a void, a reversal. Nothing of the other set belongs to them.
    Offset,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Exact,
        Self::TransposedDigits,
        Self::WrongDigit,
        Self::Less,
        Self::More,
        Self::Partial,
        Self::Over,
        Self::Group,
        Self::Offset,
    ];

    /// Its stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::TransposedDigits => "transposed_digits",
            Self::WrongDigit => "wrong_digit",
            Self::Less => "less",
            Self::More => "more",
            Self::Partial => "partial",
            Self::Over => "over",
            Self::Group => "group",
            Self::Offset => "offset",
        }
    }
}

/// The evidence of a match by its kinds, in bits: for it above 0, against it below.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// How many such matches there are among so many records.
    pub prior: f64,
    /// The amounts.
    pub amount: f64,
    /// The dates.
    pub date: f64,
    /// Names and descriptions; of groups and offsets with the references.
    pub wording: f64,
    /// The references.
    pub reference: f64,
    /// All rivals of its records together: what they leave of it. The sum of all is the odds.
    pub rivals: f64,
}

/// Records that tell of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Its kind.
    pub kind: Kind,
    /// Its records of the left set, ascending.
    pub left: Vec<usize>,
    /// Its records of the right set, ascending.
    pub right: Vec<usize>,
    /// The right sum less the left sum, in minor units; 0 for groups, and for offsets.
    pub difference: i128,
    /// The probability that it is right.
    pub probability: f64,
    /// The evidence.
    pub evidence: Evidence,
}

/// What a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// No record of the other set tells of it.
    Unmatched,
    /// A copy of a record of its own set that is matched: the rival.
    Duplicate,
    /// The record is matched and the amounts differ as by a slip of typing: the rival is its counterpart.
    Typing,
    /// The record is matched and less was paid than asked: the rival is its counterpart.
    Partial,
    /// The record is matched and more was paid than asked: the rival is its counterpart.
    Over,
    /// Several counterparts are possible, or one that is not certain: the rivals.
    Undecidable,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Unmatched, Self::Duplicate, Self::Typing, Self::Partial, Self::Over, Self::Undecidable];

    /// Its stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::Duplicate => "duplicate",
            Self::Typing => "typing",
            Self::Partial => "partial",
            Self::Over => "over",
            Self::Undecidable => "undecidable",
        }
    }
}

/// Another record that a finding is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rival {
    /// The record.
    pub place: Place,
    /// The probability that it belongs to the finding's record.
    pub probability: f64,
}

/// Something for a person to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// The record it is about.
    pub place: Place,
    /// Money at stake, in minor units: the amount of the record, or the difference.
    pub amount: i128,
    /// Other records it is about, the likeliest first.
    pub rivals: Vec<Rival>,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Matches, in the order of their first records, left ones first. No record is in two of them.
    pub matches: Vec<Match>,
    /// Findings, in the order of their records, left ones first.
    pub findings: Vec<Finding>,
}
