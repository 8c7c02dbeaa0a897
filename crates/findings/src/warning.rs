//! Early warning while guests are in house 【三系统联动预警】: what is worth a look before they leave. Quiet unless it matters: what is usual is learnt
//! from the property itself, and little money warns nobody.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::{
    case::nights,
    finding::{Cause, Draft, Evidence, Finding, FindingKind, Value},
    record::{Facts, Line, LineKind, Part, RecordId, StayStatus, Text},
};

/// Charges of a code from which on what is usual is known.
const ENOUGH: i64 = 30;

/// How many times the usual charge is unusual.
const FAR: i64 = 8;

/// How many times the usual a bill grows before it is worth a look.
const FAST: i64 = 6;

/// Less money warns nobody, minor units.
const LEAST: i64 = 1_000_00;

/// Codes of what is added to other charges: no consumption of its own.
const ADDED: [&str; 2] = ["SVC", "TAX"];

/// What is usual in a property.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Norms {
    /// Charges by code: how many, and their sum, minor units.
    pub by_code: BTreeMap<Text, (i64, i64)>,
    /// Nights that were charged.
    pub nights: i64,
}

impl Norms {
    /// Adds charges of a code.
    pub fn add(&mut self, code: &str, kind: LineKind, (count, sum): (i64, i64)) {
        match kind {
            LineKind::Room => self.nights += count,
            LineKind::Extra if ADDED.contains(&code) => {}
            LineKind::Extra => {
                let known = self.by_code.entry(code.into()).or_default();
                *known = (known.0 + count, known.1 + sum);
            }
            LineKind::Discount | LineKind::Penalty => {}
        }
    }

    /// Adds the charges of a code, one by one. Each counts as the one in the middle: what is far beyond the others today must not be usual tomorrow.
    pub fn learn(&mut self, code: &str, kind: LineKind, amounts: &mut [i64]) {
        let middle = amounts.len() / 2;
        if middle < amounts.len() {
            let (_, usual, _) = amounts.select_nth_unstable(middle);
            let (usual, count) = (*usual, amounts.len() as i64);
            self.add(code, kind, (count, usual * count));
        }
    }

    /// What a charge of a code usually comes to; none: too few are known.
    fn charge(&self, code: &str) -> Option<i64> {
        let (count, sum) = self.by_code.get(code)?;
        (*count >= ENOUGH).then(|| sum / count)
    }

    /// What is usually consumed in a night; none: too few nights are known.
    fn night(&self) -> Option<i64> {
        let sum: i64 = self.by_code.values().map(|(_, sum)| sum).sum();
        (self.nights >= ENOUGH).then(|| sum / self.nights)
    }
}

/// What else is known of a stay of somebody in house.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// Different numbers of identity cards that one guest of it is recorded with.
    pub identities: usize,
    /// Numbers of other visits in which a guest of it lives, too.
    pub elsewhere: Vec<Text>,
}

/// What is worth a look of a visit as of a day: `facts` of this visit alone, and what is known of its stays by their keys.
pub fn warn(facts: &Facts, signs: &BTreeMap<Text, Signs>, norms: &Norms, today: NaiveDate) -> Vec<Finding> {
    let in_house = || facts.stays.iter().filter(|stay| stay.status == StayStatus::InHouse);
    let (Some(first), Some(booking)) = (in_house().next(), facts.bookings.first()) else { return Vec::new() };
    let (property, currency) = (&first.property, booking.currency);
    let mut found = Vec::new();
    let mut add = |kind, cause, about: RecordId, values: [Value; 2], stake, evidence| {
        let [expected, says] = values;
        let draft = Draft {
            kind,
            cause,
            about: vec![about],
            expected,
            found: says,
            stake,
            evidence,
            correction: None,
            property,
        };
        found.push(draft.made(currency));
    };
    let is_extra = |line: &&Line| {
        line.kind == LineKind::Extra && line.currency == currency && !ADDED.contains(&&*line.code)
    };
    let extras = || facts.lines.iter().filter(is_extra);
    let mut told = 0;
    for line in extras().filter(|line| line.amount >= LEAST) {
        let Some(usual) = norms.charge(&line.code).filter(|usual| line.amount > FAR * usual) else {
            continue;
        };
        told += line.amount;
        let evidence = vec![
            Evidence::of(Part::Line, &*line.key, "amount", Value::Amount(line.amount)),
            Evidence::of(Part::Line, &*line.key, "usual", Value::Amount(usual)),
        ];
        let about = RecordId { part: Part::Line, key: line.key.clone() };
        let values = [Value::Amount(usual), Value::Amount(line.amount)];
        add(
            FindingKind::UnusualConsumption,
            Cause::OperatorError,
            about,
            values,
            line.amount - usual,
            evidence,
        );
    }
    // What one line explains is told already.
    let consumed = extras().map(|line| line.amount).sum::<i64>() - told;
    let lived: i64 = in_house()
        .map(|stay| stay.rooms * nights(stay.arrival, today.max(stay.arrival)).count() as i64)
        .sum::<i64>()
        .max(1);
    if let Some(usual) = norms.night().map(|usual| usual.max(1))
        && consumed >= LEAST
        && consumed / lived > FAST * usual
    {
        let about = RecordId { part: Part::Stay, key: first.key.clone() };
        let largest = extras().max_by_key(|line| line.amount);
        let mut evidence = vec![Evidence::of(Part::Stay, &*first.key, "amount", Value::Amount(consumed))];
        evidence.extend(
            largest.map(|line| Evidence::of(Part::Line, &*line.key, "amount", Value::Amount(line.amount))),
        );
        let values = [Value::Amount(usual), Value::Amount(consumed / lived)];
        let stake = consumed - usual * lived;
        add(FindingKind::BillGrowing, Cause::OperatorError, about, values, stake, evidence);
    }
    for stay in in_house() {
        let Some(signs) = signs.get(&stay.key) else { continue };
        let about = RecordId { part: Part::Stay, key: stay.key.clone() };
        if signs.identities > 1 {
            let count = signs.identities as i64;
            let evidence = vec![Evidence::of(Part::Stay, &*stay.key, "identities", Value::Count(count))];
            let values = [Value::Count(1), Value::Count(count)];
            add(FindingKind::TwoIdentities, Cause::DoubleIdentityCheck, about.clone(), values, 0, evidence);
        }
        if let Some(other) = signs.elsewhere.first() {
            let number = stay.numbers.first().map(ToString::to_string).unwrap_or_default();
            let evidence = std::iter::once(&**other)
                .chain(std::iter::once(number.as_str()))
                .map(|number| Evidence::of(Part::Stay, number, "number", Value::Code(number.to_owned())))
                .collect();
            let values = [Value::Code(number.clone()), Value::Code(other.to_string())];
            add(FindingKind::InHouseTwice, Cause::BranchSilos, about, values, 0, evidence);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use hefu_kernel::Currency;

    use super::*;
    use crate::record::{Booking, BookingStatus, Person, Stay};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, day).unwrap_or_default()
    }

    fn facts(amounts: &[(&str, i64)]) -> Facts {
        let number: Text = "1000000009".into();
        let booking = Booking {
            key: "B1".into(),
            property: "SH01".into(),
            system: "hefu".into(),
            channel: None,
            numbers: vec![number.clone()],
            person: Person::default(),
            group: None,
            arrival: day(3),
            departure: day(6),
            rooms: 1,
            guests: Some(1),
            status: BookingStatus::InHouse,
            currency: Currency::CNY,
            nightly: Vec::new(),
            discount: 0,
            penalty: 0,
            booked: None,
        };
        let stay = Stay {
            key: "S1".into(),
            property: "SH01".into(),
            system: "hefu".into(),
            numbers: vec![number.clone()],
            person: Person::default(),
            group: None,
            arrival: day(3),
            departure: day(6),
            rooms: 1,
            guests: 1,
            registered: None,
            status: StayStatus::InHouse,
            walk_in: false,
            points_due: None,
        };
        let line = |(place, (code, amount)): (usize, &(&str, i64))| Line {
            key: format!("L{place}").into(),
            property: "SH01".into(),
            number: number.clone(),
            date: day(4),
            posted: day(4),
            kind: LineKind::Extra,
            code: (*code).into(),
            amount: *amount,
            currency: Currency::CNY,
            reference: None,
        };
        let lines = amounts.iter().enumerate().map(line).collect();
        Facts { bookings: vec![booking], stays: vec![stay], lines, ..Facts::default() }
    }

    fn norms() -> Norms {
        let mut norms = Norms::default();
        norms.add("MINI", LineKind::Extra, (100, 4_000_00));
        norms.add("FB", LineKind::Extra, (200, 30_000_00));
        norms.add("SVC", LineKind::Extra, (400, 20_000_00));
        norms.add("ROOM", LineKind::Room, (400, 200_000_00));
        norms
    }

    fn kinds(facts: &Facts, signs: &BTreeMap<Text, Signs>, norms: &Norms) -> Vec<FindingKind> {
        warn(facts, signs, norms, day(5)).iter().map(|found| found.kind).collect()
    }

    #[test]
    fn consumption_far_beyond_the_usual_is_told_and_little_money_is_not() {
        let none = BTreeMap::new();
        assert_eq!(kinds(&facts(&[("MINI", 80_00), ("FB", 900_00)]), &none, &norms()), []);
        assert_eq!(kinds(&facts(&[("MINI", 1_500_00)]), &none, &norms()), [FindingKind::UnusualConsumption]);
        // A mini-bar of 40.00 as a rule: 400.00 is ten times that, and no money to speak of.
        assert_eq!(kinds(&facts(&[("MINI", 400_00)]), &none, &norms()), []);
        assert_eq!(kinds(&facts(&[("SVC", 9_000_00), ("TAX", 9_000_00)]), &none, &norms()), []);
        let many: Vec<(&str, i64)> = vec![("FB", 300_00); 8];
        assert_eq!(kinds(&facts(&many), &none, &norms()), [FindingKind::BillGrowing]);
        assert_eq!(
            kinds(&facts(&[("MINI", 9_000_00)]), &none, &Norms::default()),
            [],
            "nothing is usual yet"
        );
    }

    #[test]
    fn what_was_far_beyond_the_usual_does_not_become_usual() {
        let mut amounts: Vec<i64> = (0..40).map(|place| 60_00 + place * 1_00).collect();
        amounts.extend([2_000_00, 38_000_00, 1_100_00]);
        let mut norms = Norms::default();
        norms.learn("FB", LineKind::Extra, &mut amounts);
        norms.learn("ROOM", LineKind::Room, &mut [500_00; 40]);
        norms.learn("MINI", LineKind::Extra, &mut []);
        assert_eq!(norms.charge("FB"), Some(81_00));
        assert_eq!(norms.night(), Some(81_00 * 43 / 40));
        assert_eq!(
            kinds(&facts(&[("FB", 2_000_00)]), &BTreeMap::new(), &norms),
            [FindingKind::UnusualConsumption]
        );
    }

    #[test]
    fn two_identities_and_two_rooms_at_once_are_told() {
        let signs = |identities, elsewhere: &[&str]| {
            let elsewhere = elsewhere.iter().map(|number| Text::from(*number)).collect();
            BTreeMap::from([(Text::from("S1"), Signs { identities, elsewhere })])
        };
        let of = |signs| kinds(&facts(&[]), &signs, &norms());
        assert_eq!(of(signs(1, &[])), []);
        assert_eq!(of(signs(2, &[])), [FindingKind::TwoIdentities]);
        assert_eq!(of(signs(1, &["1000000017"])), [FindingKind::InHouseTwice]);
    }
}
