//! What a hit matched, and how specific that is.

use hefu_domain::ids::PropertyId;
use hefu_kernel::codes;
use std::collections::{BTreeMap, BTreeSet, HashSet};

codes! {
    /// What a hit matched.
    pub enum Why {
        /// The visit's own number.
        Number = "number",
        /// A number of another system.
        OutsideNumber = "outside_number",
        /// The room.
        Room = "room",
        /// A complete phone number.
        Phone = "phone",
        /// The end of a phone number.
        PhoneTail = "phone_tail",
        /// A complete document number.
        Document = "document",
        /// The end of a document number.
        DocumentTail = "document_tail",
        /// An e-mail address.
        Email = "email",
        /// The name.
        Name = "name",
        /// The beginning of the name.
        NamePrefix = "name_prefix",
        /// The surname or the given name.
        NamePart = "name_part",
        /// A similar name.
        NameSimilar = "name_similar",
        /// The company it is for, or the agent who booked it.
        Company = "company",
        /// The group it belongs to.
        Group = "group",
        /// A number that stands in a note.
        Note = "note",
        /// The dates typed.
        Date = "date",
        /// The property typed.
        Property = "property",
    }
}

impl Why {
    /// How specific it is, 0 to 100.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Number => 100,
            Self::Document => 98,
            Self::Phone | Self::Email => 97,
            Self::OutsideNumber => 95,
            Self::Room => 80,
            Self::Group => 75,
            Self::Name | Self::Company => 70,
            Self::Note => 65,
            Self::DocumentTail => 60,
            Self::PhoneTail => 58,
            Self::NamePrefix => 50,
            Self::NamePart => 48,
            Self::NameSimilar => 40,
            Self::Date | Self::Property => 10,
        }
    }
}

/// A room's visit found without a date, when the guest is not in it now.
pub(crate) const ROOM_ONCE: u8 = 45;

/// A room's visit found without a date, the guest in it now.
pub(crate) const ROOM_NOW: u8 = 75;

/// A match of a group of the text.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) group: usize,
    pub(crate) why: Why,
    pub(crate) weight: u8,
    /// Only for visits in these properties, unless there are none.
    pub(crate) only_in: HashSet<PropertyId>,
}

/// Matches of several groups: how many, and how specific they are together.
pub(crate) fn rank(answers: &[(usize, Why, u8)], others: &[Why]) -> Rank {
    let mut best: BTreeMap<usize, u8> = BTreeMap::new();
    for (group, _, weight) in answers {
        let known = best.entry(*group).or_default();
        *known = (*known).max(*weight);
    }
    let doubt: f64 = best
        .values()
        .copied()
        .chain(others.iter().map(|why| why.weight()))
        .map(|weight| 1.0 - f64::from(weight) / 100.0)
        .product();
    let why: BTreeSet<Why> = answers.iter().map(|(_, why, _)| *why).chain(others.iter().copied()).collect();
    (best.len(), ((1.0 - doubt) * 100.0).round() as u8, why.into_iter().collect())
}

/// How many words a hit matches, how well, and by what.
pub(crate) type Rank = (usize, u8, Vec<Why>);

impl Answer {
    pub(crate) fn holds_in(&self, property: PropertyId) -> bool {
        self.only_in.is_empty() || self.only_in.contains(&property)
    }
}
