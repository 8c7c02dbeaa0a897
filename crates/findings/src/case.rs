//! Cases: what the records of a component say of one visit, put together by shared numbers and, where a number was lost, by person and dates.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::{
    record::{
        Booking, BookingStatus, Line, Member, POINTS_FOLLOW, Payment, Person, Points, RecordId, Stay,
        StayStatus,
    },
    sets::Sets,
};

/// Everything that tells of one visit. Each list is sorted by key.
#[derive(Debug, Default)]
pub(crate) struct Case<'a> {
    pub(crate) bookings: Vec<&'a Booking>,
    pub(crate) stays: Vec<&'a Stay>,
    pub(crate) lines: Vec<&'a Line>,
    pub(crate) points: Vec<&'a Points>,
    pub(crate) payments: Vec<&'a Payment>,
}

/// Whether two records are of the same person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Same {
    /// Something that identifies a person is the same.
    Proven,
    /// Only the name is the same, or all but the same.
    Named,
    /// Nothing is known of both.
    Unknown,
    /// What identifies a person differs.
    Other,
}

pub(crate) fn same(one: &Person, two: &Person) -> Same {
    let (mut equal, mut differs) = (false, false);
    for (kind, text) in one.strong() {
        for (_, other) in two.strong().filter(|(other, _)| *other == kind) {
            if text == other { equal = true } else { differs = true }
        }
    }
    match (equal, differs, &one.name, &two.name) {
        (true, ..) => Same::Proven,
        (false, true, ..) => Same::Other,
        (false, false, Some(one), Some(two)) if is_alike(one, two) => Same::Named,
        (false, false, Some(_), Some(_)) => Same::Other,
        _ => Same::Unknown,
    }
}

/// Whether two names differ by one slip of typing at most: a letter more, less, wrong, or two swapped.
pub(crate) fn is_alike(one: &str, two: &str) -> bool {
    if one == two {
        return true;
    }
    let name = one;
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let ahead = one.iter().zip(&two).take_while(|(a, b)| a == b).count();
    let (one, two) = (&one[ahead..], &two[ahead..]);
    let behind = one.iter().rev().zip(two.iter().rev()).take_while(|(a, b)| a == b).count();
    let (one, two) = (&one[..one.len() - behind], &two[..two.len() - behind]);
    // A Chinese character says more than a letter.
    let enough = if name.is_ascii() { 4 } else { 2 };
    let is_long = ahead + behind >= enough;
    is_long
        && match (one, two) {
            ([_], []) | ([], [_]) | ([_], [_]) => true,
            ([a, b], [c, d]) => a == d && b == c,
            _ => false,
        }
}

/// Whether what is known of two people of one visit says that they are not the same: their names have little in common, or, where names are
/// unknown, something that identifies a person differs.
pub(crate) fn are_others(one: &Person, two: &Person) -> bool {
    if same(one, two) != Same::Other {
        return false;
    }
    let (Some(one), Some(two)) = (&one.name, &two.name) else { return true };
    let (one, two): (Vec<char>, Vec<char>) = (one.chars().collect(), two.chars().collect());
    let mut common = vec![0_usize; two.len() + 1];
    for letter in &one {
        let mut before = 0;
        for (place, other) in two.iter().enumerate() {
            let above = common[place + 1];
            common[place + 1] = if letter == other { before + 1 } else { above.max(common[place]) };
            before = above;
        }
    }
    2 * 2 * common[two.len()] < one.len() + two.len()
}

/// The nights from one day to another; a day without a night is one, too.
pub(crate) fn nights(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let to = if to > from { to } else { from.succ_opt().unwrap_or(from) };
    from.iter_days().take_while(move |night| *night < to)
}

/// One promise.
#[derive(Debug, Default)]
pub(crate) struct Told<'a> {
    /// What counts: what one system says, one in which it is alive before one that called it off, then that of the lowest key.
    pub(crate) promise: Vec<&'a Booking>,
    /// What each other system says.
    pub(crate) copies: Vec<Vec<&'a Booking>>,
}

impl<'a> Told<'a> {
    fn of(bookings: Vec<&'a Booking>) -> Self {
        let mut by_system: Vec<Vec<&'a Booking>> = Vec::new();
        for booking in bookings {
            match by_system.iter_mut().find(|told| told.iter().all(|other| other.system == booking.system)) {
                Some(told) => told.push(booking),
                None => by_system.push(vec![booking]),
            }
        }
        by_system.sort_by_key(|told| !told.iter().any(|booking| booking.is_alive()));
        let mut by_system = by_system.into_iter();
        Self { promise: by_system.next().unwrap_or_default(), copies: by_system.collect() }
    }
}

impl<'a> Case<'a> {
    fn take(&mut self, member: Member<'a>) {
        match member {
            Member::Booking(record) => self.bookings.push(record),
            Member::Stay(record) => self.stays.push(record),
            Member::Line(record) => self.lines.push(record),
            Member::Points(record) => self.points.push(record),
            Member::Payment(record) => self.payments.push(record),
        }
    }

    /// Takes what the other case has.
    fn absorb(&mut self, other: &mut Self) {
        self.bookings.append(&mut other.bookings);
        self.stays.append(&mut other.stays);
        self.lines.append(&mut other.lines);
        self.points.append(&mut other.points);
        self.payments.append(&mut other.payments);
        self.bookings.sort_by(|one, two| one.key.cmp(&two.key));
        self.stays.sort_by(|one, two| one.key.cmp(&two.key));
        self.lines.sort_by(|one, two| one.key.cmp(&two.key));
        self.points.sort_by(|one, two| one.key.cmp(&two.key));
        self.payments.sort_by(|one, two| one.key.cmp(&two.key));
    }

    /// The record that stands for the case.
    pub(crate) fn anchor(&self) -> Option<RecordId> {
        self.members().next().map(Member::id)
    }

    fn members(&self) -> impl Iterator<Item = Member<'a>> {
        let bookings = self.bookings.iter().copied().map(Member::Booking);
        let stays = self.stays.iter().copied().map(Member::Stay);
        let lines = self.lines.iter().copied().map(Member::Line);
        let points = self.points.iter().copied().map(Member::Points);
        let payments = self.payments.iter().copied().map(Member::Payment);
        bookings.chain(stays).chain(lines).chain(points).chain(payments)
    }

    /// The number by which a person finds it.
    pub(crate) fn number(&self) -> Option<&'a str> {
        self.members().find_map(|member| member.numbers().first()).map(|number| &**number)
    }

    /// The bookings by what they tell of: those that share a number are one promise, told by one system or several.
    pub(crate) fn told(&self) -> Vec<Told<'a>> {
        let mut told: Vec<Vec<&'a Booking>> = Vec::new();
        for booking in self.bookings.iter().copied() {
            let shares =
                |other: &&'a Booking| other.numbers.iter().any(|number| booking.numbers.contains(number));
            match told.iter_mut().find(|told| told.iter().any(shares)) {
                Some(told) => told.push(booking),
                None => told.push(vec![booking]),
            }
        }
        told.into_iter().map(Told::of).collect()
    }

    /// Bookings that are promises, room by room if their system tells them so.
    pub(crate) fn promises(&self) -> Vec<&'a Booking> {
        self.told().into_iter().flat_map(|told| told.promise).collect()
    }

    /// Whether everybody has left.
    pub(crate) fn is_over(&self) -> bool {
        !self.stays.is_empty() && self.stays.iter().all(|stay| stay.status == StayStatus::Departed)
    }

    pub(crate) fn rooms_booked(&self) -> i64 {
        self.promises().iter().filter(|booking| booking.is_alive()).map(|booking| booking.rooms).sum()
    }

    fn rooms_stayed(&self) -> i64 {
        self.stays.iter().map(|stay| stay.rooms).sum()
    }
}

impl Booking {
    pub(crate) const fn is_alive(&self) -> bool {
        !matches!(self.status, BookingStatus::Cancelled | BookingStatus::NoShow)
    }
}

/// How well a stay fits a booking; none: it does not.
fn fit(stay: &Stay, booking: &Booking) -> Option<u32> {
    if stay.property != booking.property {
        return None;
    }
    let person = match same(&stay.person, &booking.person) {
        Same::Proven => 4,
        Same::Named => 2,
        Same::Unknown | Same::Other => return None,
    };
    let apart = (stay.arrival - booking.arrival).num_days().abs();
    if apart > 1 {
        return None;
    }
    Some(person + 2 * u32::from(apart == 0) + u32::from(stay.departure == booking.departure))
}

/// Sorts the records of a component, which are sorted by part and key, into cases.
pub(crate) fn cases<'a>(members: &[Member<'a>]) -> Vec<Case<'a>> {
    let mut sets = Sets::new(members.len());
    let mut first_with: FxHashMap<&str, usize> = FxHashMap::default();
    for (place, member) in members.iter().enumerate() {
        for number in member.numbers() {
            sets.join(*first_with.entry(number).or_insert(place), place);
        }
    }
    let mut by_root: BTreeMap<usize, Case<'a>> = BTreeMap::new();
    for (place, member) in members.iter().enumerate() {
        by_root.entry(sets.root(place)).or_default().take(*member);
    }
    let mut cases: Vec<Case<'a>> = by_root.into_values().collect();
    if cases.len() > 1 {
        find_lost_stays(&mut cases);
        find_lost_points(&mut cases);
        cases.retain(|case| case.anchor().is_some());
    }
    cases
}

/// Brings stays whose number was lost to their bookings. A stay goes to the booking that it fits best if no other fits as well, and only as long
/// as the booking has rooms for all that fit it as well.
fn find_lost_stays(cases: &mut [Case<'_>]) {
    let mut suitors: BTreeMap<usize, Vec<(u32, usize, i64)>> = BTreeMap::new();
    for (place, case) in cases.iter().enumerate() {
        let is_lost = case.bookings.is_empty() && case.stays.iter().any(|stay| !stay.walk_in);
        let Some(stay) = case.stays.first().filter(|_| is_lost) else { continue };
        let mut fits: Vec<(u32, usize)> = Vec::new();
        for (other, booked) in cases.iter().enumerate() {
            if booked.rooms_booked() <= booked.rooms_stayed() {
                continue;
            }
            let best = booked.bookings.iter().filter(|booking| booking.is_alive());
            let best = best.filter_map(|booking| fit(stay, booking)).max();
            fits.extend(best.map(|fit| (fit, other)));
        }
        fits.sort_unstable_by(|one, two| two.cmp(one));
        match fits[..] {
            [(fit, other)] => suitors.entry(other).or_default().push((fit, place, case.rooms_stayed())),
            [(fit, other), (next, _), ..] if fit > next => {
                suitors.entry(other).or_default().push((fit, place, case.rooms_stayed()));
            }
            _ => {}
        }
    }
    for (booked, mut stays) in suitors {
        stays.sort_unstable_by(|one, two| (two.0, one.1).cmp(&(one.0, two.1)));
        let mut free = cases[booked].rooms_booked() - cases[booked].rooms_stayed();
        for equal in stays.chunk_by(|one, two| one.0 == two.0) {
            let wanted: i64 = equal.iter().map(|(_, _, rooms)| rooms).sum();
            if wanted > free {
                break;
            }
            free -= wanted;
            for (_, place, _) in equal {
                let mut stay = std::mem::take(&mut cases[*place]);
                cases[booked].absorb(&mut stay);
            }
        }
    }
}

/// Brings points whose number was lost to the one stay of their member at that time.
fn find_lost_points(cases: &mut [Case<'_>]) {
    for place in 0..cases.len() {
        let case = &cases[place];
        let is_lost = case.bookings.is_empty() && case.stays.is_empty() && case.lines.is_empty();
        let Some(points) = case.points.first().filter(|points| is_lost && points.number.is_none()) else {
            continue;
        };
        let earns = |case: &Case<'_>| {
            case.stays.iter().any(|stay| {
                let is_then = (0..=POINTS_FOLLOW as i64).contains(&(points.date - stay.departure).num_days());
                is_then && !points.member.is_empty() && stay.person.member.as_ref() == Some(&points.member)
            })
        };
        let mut earning = (0..cases.len()).filter(|other| earns(&cases[*other]));
        if let (Some(only), None) = (earning.next(), earning.next()) {
            let mut lost = std::mem::take(&mut cases[place]);
            cases[only].absorb(&mut lost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_but_for_one_slip() {
        assert!(is_alike("anna muller", "ana muller") && is_alike("anna muller", "anna mulelr"));
        assert!(!is_alike("anna muller", "hanna muler") && !is_alike("王芳", "王方"));
        assert!(is_alike("王小明", "王小小明") && is_alike("欧阳修远", "欧阳远修"));
    }

    #[test]
    fn people_of_one_visit_are_others_if_their_names_have_little_in_common() {
        let named = |name: &str, phone: &str| Person {
            name: Some(name.into()),
            phone: Some(phone.into()),
            ..Person::default()
        };
        assert!(!are_others(&named("王芳", "1"), &named("王方", "2")), "a wrong character");
        assert!(are_others(&named("王芳", "1"), &named("李建国", "2")));
        assert!(!are_others(&named("王芳", "1"), &named("李建国", "1")), "the same phone");
        assert!(!are_others(&named("anna muller", "1"), &named("anne muller", "2")));
        assert!(are_others(&named("anna muller", "1"), &named("john smithson", "2")));
    }
}
