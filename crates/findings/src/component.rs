//! Components: records that share a number, a group or a person at the same time. Nothing outside a record's component has a say about it.

use std::{
    collections::BTreeSet,
    hash::{Hash as _, Hasher as _},
};

use chrono::{Datelike as _, NaiveDate};
use rayon::prelude::*;
use rustc_hash::FxHasher;

use crate::{
    case::cases,
    check::{check, duplicates},
    finding::{Finding, FindingKind},
    record::{Facts, Member, Person, RecordId},
    sets::Sets,
};

/// What joins records into components: those with the same hash, as far as their days touch; none: at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) hash: u64,
    pub(crate) days: Option<(i32, i32)>,
}

impl Key {
    /// Whether two records with these keys belong together by them.
    pub(crate) fn joins(self, other: Self) -> bool {
        let touch = match (self.days, other.days) {
            (Some((from, to)), Some((other_from, other_to))) => from <= other_to && other_from <= to,
            _ => true,
        };
        self.hash == other.hash && touch
    }
}

/// Kinds of keys.
#[derive(Hash)]
enum Kind {
    Number,
    Group,
    Person(u8),
    Name,
}

fn hash(kind: Kind, texts: [&str; 2]) -> u64 {
    let mut hasher = FxHasher::default();
    (kind, texts).hash(&mut hasher);
    hasher.finish()
}

fn day(date: NaiveDate) -> i32 {
    date.num_days_from_ce()
}

/// A name, and what is left of it without one letter: names that differ by a slip of typing share one of these.
fn spellings(name: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = name.chars().collect();
    let is_long = letters.len() > 2;
    let without = move |left_out: usize| -> String {
        letters
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != left_out)
            .map(|(_, letter)| *letter)
            .collect()
    };
    let count = if is_long { name.chars().count() } else { 0 };
    std::iter::once(name.to_owned()).chain((0..count).map(without))
}

/// Calls `found` with everything that joins a record to others.
pub(crate) fn keys(member: Member<'_>, mut found: impl FnMut(Key)) {
    for number in member.numbers() {
        found(Key { hash: hash(Kind::Number, [number, ""]), days: None });
    }
    let (from, to) = member.days();
    let days = Some((day(from), day(to)));
    let mut person = |person: &Person, property: &str| {
        for (kind, text) in person.strong() {
            found(Key { hash: hash(Kind::Person(kind), [text, ""]), days });
        }
        for name in person.name.iter().flat_map(|name| spellings(name)) {
            found(Key { hash: hash(Kind::Name, [&name, property]), days });
        }
    };
    let group = match member {
        Member::Booking(booking) => {
            person(&booking.person, &booking.property);
            booking.group.as_ref()
        }
        Member::Stay(stay) => {
            person(&stay.person, &stay.property);
            stay.group.as_ref()
        }
        Member::Points(points) => {
            let member = Some(points.member.clone()).filter(|member| !member.is_empty());
            person(&Person { member, ..Person::default() }, &points.property);
            None
        }
        Member::Line(_) | Member::Payment(_) => None,
    };
    if let Some(group) = group {
        found(Key { hash: hash(Kind::Group, [group, ""]), days: None });
    }
}

/// The components of some records, as places.
pub(crate) fn components(members: &[Member<'_>]) -> Vec<Vec<u32>> {
    let mut lasting: Vec<(u64, u32)> = Vec::with_capacity(members.len());
    let mut dated: Vec<(u64, i32, i32, u32)> = Vec::new();
    for (place, member) in (0..).zip(members) {
        keys(*member, |key| match key.days {
            None => lasting.push((key.hash, place)),
            Some((from, to)) => dated.push((key.hash, from, to, place)),
        });
    }
    lasting.par_sort_unstable();
    dated.par_sort_unstable();
    let mut sets = Sets::new(members.len());
    for pair in lasting.windows(2) {
        if pair[0].0 == pair[1].0 {
            sets.join(pair[0].1 as usize, pair[1].1 as usize);
        }
    }
    // Of what has begun, what ends last reaches whatever anything reaches.
    let mut last: Option<(u64, i32, u32)> = None;
    for (hash, from, to, place) in dated {
        last = match last {
            Some((last_hash, last_to, other)) if last_hash == hash && from <= last_to => {
                sets.join(other as usize, place as usize);
                Some(if to > last_to { (hash, to, place) } else { (hash, last_to, other) })
            }
            _ => Some((hash, to, place)),
        };
    }
    let mut by_root: Vec<(u32, u32)> =
        (0..members.len()).map(|place| (sets.root(place) as u32, place as u32)).collect();
    by_root.par_sort_unstable();
    by_root
        .chunk_by(|one, two| one.0 == two.0)
        .map(|set| set.iter().map(|(_, place)| *place).collect())
        .collect()
}

/// The findings of one component as of a day.
pub(crate) fn examine(mut members: Vec<Member<'_>>, today: NaiveDate) -> Vec<Finding> {
    members.sort_by(|one, two| one.key().cmp(&two.key()));
    // A message that came twice.
    members.dedup_by(|one, two| one.key() == two.key());
    let cases = cases(&members);
    let mut findings = duplicates(&cases);
    let twice: BTreeSet<RecordId> =
        findings.iter().flat_map(|finding| finding.about.get(1).cloned()).collect();
    for case in &cases {
        // Nobody comes for a booking that is there twice: that is told already.
        let is_told = case.stays.is_empty() && case.anchor().is_some_and(|anchor| twice.contains(&anchor));
        findings.extend(
            check(case, today).into_iter().filter(|found| !(is_told && found.kind == FindingKind::Status)),
        );
    }
    findings
}

/// All findings among some records as of a day, by identity. The same for the same records in any order.
pub fn inspect(facts: &Facts, today: NaiveDate) -> Vec<Finding> {
    let members: Vec<Member<'_>> = facts.parts().collect();
    let mut findings: Vec<Finding> = components(&members)
        .into_par_iter()
        .flat_map_iter(|set| examine(set.into_iter().map(|place| members[place as usize]).collect(), today))
        .collect();
    findings.sort_by_key(|finding| finding.id);
    findings
}
