//! Ranking of search results. Pure.

use crate::{
    query::ParsedQuery,
    why::{Answer, Rank, Why, rank},
};
use chrono::NaiveDate;
use hefu_domain::ids::{GuestId, PropertyId, RoomId, VisitId};
use hefu_store::query::guest::Guest;
use std::collections::{HashMap, HashSet};

/// A visit that may become a hit.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) arrival: NaiveDate,
    pub(crate) departure: NaiveDate,
    pub(crate) answers: Vec<(usize, Why, u8)>,
    /// The matching guest.
    pub(crate) guest: Option<GuestId>,
    /// The room searched for.
    pub(crate) room: Option<RoomId>,
}

pub(crate) type Candidates = HashMap<(PropertyId, VisitId), Candidate>;

/// A candidate with its rank.
pub(crate) type Ranked = (Rank, (PropertyId, VisitId), Candidate);

/// The guests that match themselves, the best first, with how well and by what.
pub(crate) fn ranked_guests<'a>(
    asked: &ParsedQuery,
    guests: &'a HashMap<GuestId, Found>,
    visited: &HashSet<GuestId>,
    limit: usize,
) -> Vec<(Rank, &'a Guest)> {
    let limited = asked.property.is_some() || asked.dates.is_some();
    let mut ranked: Vec<_> = guests
        .iter()
        .filter(|(id, found)| **id == found.shown.id)
        .filter_map(|(id, found)| {
            let here = visited.contains(id);
            let holds = |answer: &&Answer| here || !limited && answer.only_in.is_empty();
            let answers: Vec<_> =
                found.answers.iter().filter(holds).map(|a| (a.group, a.why, a.weight)).collect();
            (!answers.is_empty()).then(|| (rank(&answers, &[]), &found.shown))
        })
        .collect();
    ranked.sort_by(|((groups, score, _), a), ((groups_b, score_b, _), b)| {
        (groups_b, score_b, b.id).cmp(&(groups, score, a.id))
    });
    ranked.truncate(limit);
    ranked
}

/// A matching guest.
pub(crate) struct Found {
    /// The guest as shown: the survivor, if it was merged into another.
    pub(crate) shown: Guest,
    pub(crate) answers: Vec<Answer>,
}

impl Candidate {
    /// Adds what a guest of the visit matches.
    pub(crate) fn add(&mut self, property: PropertyId, guest: GuestId, answers: &[Answer]) {
        let before = self.answers.len();
        self.answers.extend(
            answers.iter().filter(|answer| answer.holds_in(property)).map(|a| (a.group, a.why, a.weight)),
        );
        if self.answers.len() > before {
            self.guest.get_or_insert(guest);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use hefu_kernel::Id as _;

    use super::*;
    use crate::query::{read_cursor, write_cursor};

    proptest! {
        #[test]
        fn a_cursor_is_read_as_it_was_written(shown: usize, before: Option<u128>, text in ".*") {
            let before = before.map(|id| GuestId::from_uuid(uuid::Uuid::from_u128(id)));
            prop_assert_eq!(read_cursor(Some(&write_cursor(shown, before))).ok(), Some((shown, before)));
            let _ = read_cursor(Some(&text));
        }
    }
}
