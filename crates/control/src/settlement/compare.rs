//! What a payment channel settled against what was paid here. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hefu_domain::{
    finding::SettlementLine,
    ids::{FindingId, VisitId},
};
use hefu_findings::{Cause, Draft, Evidence, Finding, FindingKind, Part, RecordId, Text, Value};
use hefu_kernel::{Currency, Id as _};
use hefu_reconcile::{FindingKind as Unmatched, Kind, Match, Options, Place, Record, Side, reconcile};

/// The most that a channel keeps of a payment, hundred-thousandths.
const HIGHEST_FEE: i64 = 3_000;

/// How far a fee may be from the usual one of its file, hundred-thousandths.
const AS_USUAL: i64 = 60;

/// What rounding changes, minor units.
const ROUNDING: i64 = 2;

/// The shortest reference that proves a payment alone.
const PROVES: usize = 6;

/// Lines that a finding names at most.
const MOST: usize = 20;

/// A payment as it was taken here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paid {
    /// Its key: the line of the bill, or the movement of a deposit or an account.
    pub(crate) id: String,
    /// The visit it is of; none: an account paid.
    pub(crate) visit: Option<VisitId>,
    /// The visit's number.
    pub(crate) number: String,
    /// The business date.
    pub(crate) date: NaiveDate,
    /// What was paid, minor units; given back below zero.
    pub(crate) amount: i64,
    /// Slip number.
    pub(crate) reference: Option<String>,
}

/// What comes of comparing, over all days that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Places of lines that tell of payments here.
    pub(crate) settled: BTreeSet<usize>,
    /// What was kept of each line's payment, by its place.
    pub(crate) fees: BTreeMap<usize, i64>,
    /// What contradicts, with what it is kept with and the day it is of.
    pub(crate) found: Vec<Told>,
}

/// A finding.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) kept_with: VisitId,
    pub(crate) date: NaiveDate,
    /// Whether it is about a payment that the file should have had.
    pub(crate) is_missing: bool,
    pub(crate) finding: Finding,
}

/// Channel and property whose payments are compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of<'a> {
    pub(crate) channel: &'a str,
    pub(crate) property: &'a str,
    pub(crate) currency: Currency,
}

/// The kinds of findings that comparing tells.
pub(crate) const KINDS: [FindingKind; 6] = [
    FindingKind::SettlementMissing,
    FindingKind::SettlementUnknown,
    FindingKind::SettlementDoubled,
    FindingKind::SettlementDiffers,
    FindingKind::SettlementFee,
    FindingKind::SettlementUnclear,
];

pub(crate) fn of_payment(id: &str) -> RecordId {
    RecordId { part: Part::Payment, key: id.into() }
}

pub(crate) fn of_line(channel: &str, line: &str) -> RecordId {
    RecordId { part: Part::Settlement, key: format!("{channel}:{line}").into() }
}

pub(crate) fn of_day(channel: &str, day: NaiveDate) -> RecordId {
    RecordId { part: Part::Settlement, key: format!("{channel}:{day}:fees").into() }
}

/// What findings of a channel's day are kept with, where they are about no visit.
pub(crate) fn scope(channel: &str, day: NaiveDate) -> VisitId {
    VisitId::from_uuid(Finding::id_of(FindingKind::SettlementFee, &[of_day(channel, day)]).uuid())
}

/// Every identity that a comparison of these may tell: what it does not tell of them is not so any more.
pub(crate) fn identities(channel: &str, paid: &[Paid], lines: &[SettlementLine]) -> BTreeSet<FindingId> {
    let about = paid.iter().map(|paid| of_payment(&paid.id));
    let about = about.chain(lines.iter().map(|line| of_line(channel, &line.line)));
    let days: BTreeSet<NaiveDate> = lines.iter().map(|line| line.settled_on).collect();
    let about = about.chain(days.into_iter().map(|day| of_day(channel, day)));
    about.flat_map(|about| KINDS.map(|kind| Finding::id_of(kind, std::slice::from_ref(&about)))).collect()
}

/// Who compares.
struct Comparison<'a> {
    of: Of<'a>,
    property: Text,
    paid: &'a [Paid],
    lines: &'a [SettlementLine],
    done: Compared,
}

/// Compares payments with the lines of a channel's files. The same for the same payments and lines in any order.
pub(crate) fn compare(of: Of<'_>, paid: &[Paid], lines: &[SettlementLine]) -> Compared {
    let left: Vec<Record> = paid
        .iter()
        .map(|paid| Record {
            date: Some(paid.date),
            amount: paid.amount,
            reference: paid.reference.clone().unwrap_or_else(|| paid.number.clone()),
            text: paid.number.clone(),
            id: paid.id.clone(),
            ..Record::default()
        })
        .collect();
    let right: Vec<Record> = lines
        .iter()
        .map(|line| Record {
            date: Some(line.settled_on),
            amount: line.amount,
            reference: line.reference.clone().unwrap_or_default(),
            text: line.reference.clone().unwrap_or_default(),
            id: line.line.clone(),
            ..Record::default()
        })
        .collect();
    let outcome = reconcile(&left, &right, &Options::default());
    let mut matches = outcome.matches;
    let places = |found: &Match| {
        let left = found.left.iter().map(|place| (Side::Left, *place));
        left.chain(found.right.iter().map(|place| (Side::Right, *place))).collect::<Vec<_>>()
    };
    let taken: BTreeSet<(Side, usize)> = matches.iter().flat_map(places).collect();
    let proven: Vec<Match> = proven(&left, &right)
        .into_iter()
        .filter(|found| places(found).iter().all(|place| !taken.contains(place)))
        .collect();
    let in_proof: BTreeSet<(Side, usize)> = proven.iter().flat_map(places).collect();
    matches.extend(proven);
    let mut comparison =
        Comparison { of, property: of.property.into(), paid, lines, done: Compared::default() };
    let usual = usual_fee(&matches, paid);
    for found in matches.iter().filter(|found| found.kind != Kind::Offset) {
        comparison.matched(found, usual);
    }
    for found in &outcome.findings {
        let Place { side, index } = found.place;
        if in_proof.contains(&(side, index)) {
            continue;
        }
        let rivals: Vec<Place> = found.rivals.iter().map(|rival| rival.place).collect();
        match (found.kind, side) {
            (Unmatched::Unmatched, Side::Left) => comparison.missing(index),
            (Unmatched::Unmatched, Side::Right) => comparison.unknown(index),
            (Unmatched::Duplicate, Side::Left) => comparison.doubled_here(index, &rivals),
            (Unmatched::Duplicate, Side::Right) => comparison.doubled_there(index, &rivals),
            (Unmatched::Undecidable, Side::Left) => comparison.unclear(index, &rivals),
            // It is told at the payment that it may be.
            (Unmatched::Undecidable, Side::Right) if !rivals.is_empty() => {}
            (Unmatched::Undecidable, Side::Right) => comparison.unknown(index),
            // Told with the match.
            (Unmatched::Typing | Unmatched::Partial | Unmatched::Over, _) => {}
        }
    }
    comparison.fees();
    comparison.done
}

/// Pairs that a handful of rows is too little to weigh: under the same long reference, once on each side, both paid or both given back.
fn proven(left: &[Record], right: &[Record]) -> Vec<Match> {
    let mut by_reference: BTreeMap<&str, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, records) in [left, right].into_iter().enumerate() {
        for (place, record) in records.iter().enumerate() {
            if record.reference.len() >= PROVES {
                by_reference.entry(record.reference.as_str()).or_default()[side].push(place);
            }
        }
    }
    let pair = |[one, two]: [Vec<usize>; 2]| {
        let ([one], [two]) = (&one[..], &two[..]) else { return None };
        let amounts = [left.get(*one)?.amount, right.get(*two)?.amount];
        let difference = i128::from(amounts[1]) - i128::from(amounts[0]);
        let kind = match difference {
            0 => Kind::Exact,
            ..0 => Kind::Less,
            _ => Kind::More,
        };
        let is_same_way = (amounts[0] > 0) == (amounts[1] > 0);
        is_same_way.then(|| Match {
            kind,
            left: vec![*one],
            right: vec![*two],
            difference,
            probability: 1.0,
            evidence: hefu_reconcile::Evidence::default(),
        })
    };
    by_reference.into_values().filter_map(pair).collect()
}

/// What a match is short of, in hundred-thousandths of the payment, if that can be a fee: some fees look like a slip of typing.
fn fee_share(found: &Match, paid: &[Paid]) -> Option<i64> {
    let ([place], [_]) = (&found.left[..], &found.right[..]) else { return None };
    let amount = paid.get(*place)?.amount;
    let kept = i64::try_from(-found.difference).ok()?;
    let share = kept.checked_mul(100_000)?.checked_div(amount)?;
    (0..=HIGHEST_FEE).contains(&share).then_some(share)
}

/// The usual fee of a file.
fn usual_fee(matches: &[Match], paid: &[Paid]) -> Option<i64> {
    let short = matches.iter().filter(|found| found.kind == Kind::Less);
    let mut shares: Vec<i64> = short.filter_map(|found| fee_share(found, paid)).collect();
    shares.sort_unstable();
    shares.get(shares.len() / 2).copied()
}

impl Comparison<'_> {
    fn tell(
        &mut self,
        (kind, cause): (FindingKind, Cause),
        (about, kept_with, date): (RecordId, VisitId, NaiveDate),
        [expected, found]: [Value; 2],
        stake: i64,
        evidence: Vec<Evidence>,
    ) {
        let draft = Draft {
            kind,
            cause,
            about: vec![about],
            expected,
            found,
            stake,
            evidence,
            correction: None,
            property: &self.property,
        };
        let is_missing = matches!(kind, FindingKind::SettlementMissing | FindingKind::SettlementUnclear);
        self.done.found.push(Told { kept_with, date, is_missing, finding: draft.made(self.of.currency) });
    }

    fn payment(&self, place: usize) -> (RecordId, VisitId, NaiveDate) {
        let paid = &self.paid[place];
        let kept_with = paid.visit.unwrap_or_else(|| scope(self.of.channel, paid.date));
        (of_payment(&paid.id), kept_with, paid.date)
    }

    fn line(&self, place: usize) -> (RecordId, VisitId, NaiveDate) {
        let line = &self.lines[place];
        (of_line(self.of.channel, &line.line), scope(self.of.channel, line.settled_on), line.settled_on)
    }

    fn payment_says(&self, place: usize) -> Vec<Evidence> {
        let paid = &self.paid[place];
        vec![
            Evidence::of(Part::Payment, &*paid.id, "amount", Value::Amount(paid.amount)),
            Evidence::of(Part::Payment, &*paid.id, "date", Value::Day(paid.date)),
        ]
    }

    fn line_says(&self, place: usize) -> Vec<Evidence> {
        let line = &self.lines[place];
        let key = format!("{}:{}", self.of.channel, line.line);
        vec![
            Evidence::of(Part::Settlement, key.as_str(), "amount", Value::Amount(line.amount)),
            Evidence::of(Part::Settlement, key, "date", Value::Day(line.settled_on)),
        ]
    }

    fn say(&self, place: &Place) -> Vec<Evidence> {
        match place.side {
            Side::Left => self.payment_says(place.index),
            Side::Right => self.line_says(place.index),
        }
    }

    fn matched(&mut self, found: &Match, usual: Option<i64>) {
        self.done.settled.extend(&found.right);
        let Some(first) = found.left.first().copied() else { return };
        let paid: i64 = found.left.iter().map(|place| self.paid[*place].amount).sum();
        let settled: i64 = found.right.iter().map(|place| self.lines[*place].amount).sum();
        let kept = paid - settled;
        if kept == 0 {
            return;
        }
        if let (Some(share), Some(usual), [line]) = (fee_share(found, self.paid), usual, &found.right[..])
            && ((share - usual).abs() <= AS_USUAL || (kept - paid * usual / 100_000).abs() <= ROUNDING)
        {
            self.done.fees.insert(*line, kept);
            return;
        }
        let mut evidence: Vec<Evidence> =
            found.left.iter().take(MOST).flat_map(|place| self.payment_says(*place)).collect();
        evidence.extend(found.right.iter().take(MOST).flat_map(|place| self.line_says(*place)));
        let values = [Value::Amount(paid), Value::Amount(settled)];
        let kind = (FindingKind::SettlementDiffers, Cause::OperatorError);
        // Of the day on which it was settled: that file tells it, though it was paid on another.
        let (about, kept_with, paid_on) = self.payment(first);
        let settled_on = found.right.first().map_or(paid_on, |place| self.lines[*place].settled_on);
        self.tell(kind, (about, kept_with, settled_on), values, kept, evidence);
    }

    fn missing(&mut self, place: usize) {
        let amount = self.paid[place].amount;
        let kind = (FindingKind::SettlementMissing, Cause::PlatformOutOfStep);
        let values = [Value::Amount(amount), Value::Nothing];
        self.tell(kind, self.payment(place), values, amount, self.payment_says(place));
    }

    fn unknown(&mut self, place: usize) {
        let amount = self.lines[place].amount;
        let kind = (FindingKind::SettlementUnknown, Cause::OperatorError);
        let values = [Value::Nothing, Value::Amount(amount)];
        self.tell(kind, self.line(place), values, amount, self.line_says(place));
    }

    fn doubled_here(&mut self, place: usize, rivals: &[Place]) {
        let mut evidence = self.payment_says(place);
        evidence.extend(rivals.iter().flat_map(|rival| self.say(rival)));
        let amount = self.paid[place].amount;
        let kind = (FindingKind::SettlementDoubled, Cause::OperatorError);
        self.tell(kind, self.payment(place), [Value::Count(1), Value::Count(2)], amount, evidence);
    }

    fn doubled_there(&mut self, place: usize, rivals: &[Place]) {
        let mut evidence = self.line_says(place);
        evidence.extend(rivals.iter().flat_map(|rival| self.say(rival)));
        let amount = self.lines[place].amount;
        let kind = (FindingKind::SettlementDoubled, Cause::PlatformOutOfStep);
        self.tell(kind, self.line(place), [Value::Count(1), Value::Count(2)], amount, evidence);
    }

    fn unclear(&mut self, place: usize, rivals: &[Place]) {
        let mut evidence = self.payment_says(place);
        evidence.extend(rivals.iter().flat_map(|rival| self.say(rival)));
        let amount = self.paid[place].amount;
        let kind = (FindingKind::SettlementUnclear, Cause::FinanceCopies);
        let values = [Value::Amount(amount), Value::Count(rivals.len() as i64)];
        self.tell(kind, self.payment(place), values, amount, evidence);
    }

    /// What the channel kept, day by day: what it says itself, and what payments came short by its usual rate.
    fn fees(&mut self) {
        for place in self.done.settled.clone() {
            let fee = self.lines[place].fee;
            if fee != 0 {
                *self.done.fees.entry(place).or_default() += fee;
            }
        }
        let mut by_day: BTreeMap<NaiveDate, (i64, i64, i64)> = BTreeMap::new();
        for (place, fee) in &self.done.fees {
            let line = &self.lines[*place];
            let (kept, gross, count) = by_day.entry(line.settled_on).or_default();
            (*kept, *gross, *count) = (*kept + fee, *gross + line.amount, *count + 1);
        }
        for (day, (kept, settled, count)) in by_day.into_iter().filter(|(_, (kept, ..))| *kept != 0) {
            let channel = self.of.channel;
            let key = format!("{channel}:{day}");
            let evidence = vec![
                Evidence::of(Part::Settlement, key.as_str(), "fee", Value::Amount(kept)),
                Evidence::of(Part::Settlement, key.as_str(), "amount", Value::Amount(settled)),
                Evidence::of(Part::Settlement, key.as_str(), "payments", Value::Count(count)),
            ];
            let about = (of_day(channel, day), scope(channel, day), day);
            let kind = (FindingKind::SettlementFee, Cause::FinanceCopies);
            self.tell(kind, about, [Value::Nothing, Value::Amount(kept)], kept, evidence);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hefu_domain::ids::PropertyId;

    use super::*;

    const OF: Of<'_> = Of { channel: "ALIPAY", property: "SH01", currency: Currency::CNY };

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 10, day).unwrap_or_default()
    }

    fn paid(number: i64, amount: i64) -> Paid {
        Paid {
            id: format!("P{number}"),
            visit: Some(VisitId::NIL),
            number: format!("100000{number:04}"),
            date: day(3 + (number % 3) as u32),
            amount,
            reference: Some(format!("20261003{number:06}")),
        }
    }

    fn line(number: i64, amount: i64) -> SettlementLine {
        SettlementLine {
            property_id: PropertyId::NIL,
            channel: "ALIPAY".into(),
            settled_on: day(3 + (number % 3) as u32),
            line: format!("T{number}"),
            amount,
            fee: 0,
            reference: Some(format!("20261003{number:06}")),
            read_at: DateTime::UNIX_EPOCH,
            version: 1,
        }
    }

    /// Sixty payments, of which all but a few are settled as they are.
    fn usual() -> (Vec<Paid>, Vec<SettlementLine>) {
        let amount = |number: i64| 200_00 + 37_13 * (number * 7 % 61);
        let paid = (1..=60).map(|number| paid(number, amount(number))).collect();
        let lines = (1..=60).map(|number| line(number, amount(number))).collect();
        (paid, lines)
    }

    fn kinds(done: &Compared) -> Vec<(FindingKind, i64)> {
        let mut kinds: Vec<_> =
            done.found.iter().map(|told| (told.finding.kind, told.finding.stake)).collect();
        kinds.sort_unstable();
        kinds
    }

    #[test]
    fn payments_that_are_settled_say_nothing() {
        let (paid, lines) = usual();
        let done = compare(OF, &paid, &lines);
        assert_eq!((kinds(&done), done.settled.len()), (Vec::new(), 60));
    }

    #[test]
    fn each_contradiction_has_its_kind_its_money_and_the_same_identity_again() {
        let (mut payments, mut lines) = usual();
        payments.push(paid(71, 515_00));
        lines.push(line(72, 616_50));
        let twice = SettlementLine { line: "T5-again".into(), ..lines[4].clone() };
        let stake = twice.amount;
        lines.push(twice);
        lines[9].amount -= 90_00;
        let done = compare(OF, &payments, &lines);
        assert_eq!(
            kinds(&done),
            [
                (FindingKind::SettlementMissing, 515_00),
                (FindingKind::SettlementUnknown, 616_50),
                (FindingKind::SettlementDoubled, stake),
                (FindingKind::SettlementDiffers, 90_00),
            ]
        );
        let ids = |done: &Compared| done.found.iter().map(|told| told.finding.id).collect::<BTreeSet<_>>();
        let (mut turned, mut around) = (payments.clone(), lines.clone());
        turned.reverse();
        around.reverse();
        assert_eq!(ids(&compare(OF, &turned, &around)), ids(&done));
        assert!(ids(&done).is_subset(&identities("ALIPAY", &payments, &lines)));
    }

    #[test]
    fn what_the_channel_keeps_is_one_finding_a_day() {
        let (payments, mut lines) = usual();
        lines.iter_mut().for_each(|line| line.amount -= (line.amount * 6 + 500) / 1_000);
        let done = compare(OF, &payments, &lines);
        assert!(done.found.iter().all(|told| told.finding.kind == FindingKind::SettlementFee), "{done:?}");
        assert_eq!((done.found.len(), done.fees.len()), (3, 60));
        let kept: i64 = done.found.iter().map(|told| told.finding.stake).sum();
        let paid: i64 = payments.iter().map(|paid| paid.amount).sum();
        assert_eq!(kept, paid - lines.iter().map(|line| line.amount).sum::<i64>());
        // Said in a column of its own it is the same.
        let (_, mut told) = usual();
        told.iter_mut().for_each(|line| line.fee = (line.amount * 6 + 500) / 1_000);
        let said: i64 = compare(OF, &payments, &told).found.iter().map(|told| told.finding.stake).sum();
        assert_eq!(said, kept);
    }

    #[test]
    fn payments_that_no_reference_tells_apart_wait_for_a_person_or_are_matched_whole() {
        let (mut payments, mut lines) = usual();
        for number in [80, 81] {
            payments.push(Paid { reference: None, date: day(4), ..paid(number, 888_00) });
        }
        lines.push(SettlementLine { reference: None, settled_on: day(4), ..line(82, 888_00) });
        let done = compare(OF, &payments, &lines);
        let told: Vec<FindingKind> = done.found.iter().map(|told| told.finding.kind).collect();
        assert!(!told.is_empty() && !told.contains(&FindingKind::SettlementUnknown), "{told:?}");
        assert!(done.found.iter().all(|told| told.finding.stake == 888_00));
    }
}
