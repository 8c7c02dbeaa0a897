//! The rules: what of a case contradicts what.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use hefu_kernel::Currency;

use crate::{
    case::{Case, Same, are_others, nights, same},
    finding::{Cause, Correction, Draft, Evidence, Finding, FindingKind, Value},
    money::{ROUNDING, agrees, is_explained, share},
    record::{
        Booking, BookingStatus, Line, LineKind, Part, Payment, PaymentKind, Person, RecordId, Stay,
        StayStatus, Text,
    },
};

/// Checks a case, and collects what is found.
struct Checker<'c, 'a> {
    case: &'c Case<'a>,
    promises: Vec<&'a Booking>,
    today: NaiveDate,
    property: &'a Text,
    currency: Currency,
    findings: Vec<Finding>,
    /// What the bill is short of by what was found already, minor units: asked for and not paid above zero.
    short: Vec<i64>,
}

fn id(part: Part, key: &Text) -> RecordId {
    RecordId { part, key: key.clone() }
}

fn says(part: Part, key: &Text, field: &'static str, says: Value) -> Evidence {
    Evidence { part, record: key.to_string(), field: field.to_owned(), says }
}

fn code(text: &str) -> Value {
    Value::Code(text.to_owned())
}

/// The findings of one case as of a day.
pub(crate) fn check(case: &Case<'_>, today: NaiveDate) -> Vec<Finding> {
    let Some((property, currency)) = home(case) else { return Vec::new() };
    let promises = case.promises();
    let mut checker =
        Checker { case, promises, today, property, currency, findings: Vec::new(), short: Vec::new() };
    checker.all();
    checker.findings
}

/// The property of a case and the currency of its bill.
fn home<'a>(case: &Case<'a>) -> Option<(&'a Text, Currency)> {
    let properties = [
        case.bookings.first().map(|record| &record.property),
        case.stays.first().map(|record| &record.property),
        case.lines.first().map(|record| &record.property),
        case.payments.first().map(|record| &record.property),
        case.points.first().map(|record| &record.property),
    ];
    let most = || {
        let mut counts: BTreeMap<Currency, usize> = BTreeMap::new();
        case.lines.iter().for_each(|line| *counts.entry(line.currency).or_default() += 1);
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(currency, _)| currency)
    };
    let currency = case.bookings.first().map(|booking| booking.currency).or_else(most);
    Some((properties.into_iter().flatten().next()?, currency.unwrap_or(Currency::CNY)))
}

impl<'a> Checker<'_, 'a> {
    fn all(&mut self) {
        if self.case.bookings.is_empty() {
            self.without_booking();
        } else {
            self.status();
        }
        let is_awaited = self.promises.iter().any(|booking| booking.is_alive());
        if self.case.stays.is_empty() {
            self.without_stay(is_awaited);
        } else {
            let is_comparable = is_awaited && self.presence();
            self.currencies();
            self.doubled_charges();
            if is_comparable {
                self.prices();
            }
            self.points();
            self.identity();
            self.registration();
        }
        self.deposits(is_awaited);
        self.copies();
        self.payments();
    }

    fn add(
        &mut self,
        kind: FindingKind,
        cause: Cause,
        [expected, found]: [Value; 2],
        stake: i64,
        evidence: Vec<Evidence>,
    ) {
        let about = self.case.anchor().into_iter().collect();
        self.add_about(kind, cause, about, [expected, found], stake, evidence, None);
    }

    #[expect(clippy::too_many_arguments, reason = "what a finding is made of")]
    fn add_about(
        &mut self,
        kind: FindingKind,
        cause: Cause,
        about: Vec<RecordId>,
        [expected, found]: [Value; 2],
        stake: i64,
        evidence: Vec<Evidence>,
        correction: Option<Correction>,
    ) {
        let property = self.property;
        let draft = Draft { kind, cause, about, expected, found, stake, evidence, correction, property };
        self.findings.push(draft.made(self.currency));
    }

    fn has(&self, kind: FindingKind) -> bool {
        self.findings.iter().any(|finding| finding.kind == kind)
    }

    fn visit(&self) -> String {
        self.case.number().unwrap_or_default().to_owned()
    }

    fn charged(&self, kinds: &[LineKind]) -> i64 {
        self.case.lines.iter().filter(|line| kinds.contains(&line.kind)).map(|line| line.amount).sum()
    }

    fn consumed(&self) -> i64 {
        self.charged(&[LineKind::Room, LineKind::Extra, LineKind::Discount])
    }

    fn lines_say(&self) -> Vec<Evidence> {
        let line = |line: &&Line| says(Part::Line, &line.key, "amount", Value::Amount(line.amount));
        self.case.lines.iter().take(MOST_EVIDENCE).map(line).collect()
    }

    /// Whether some of the bookings are a third party's.
    fn is_from_platform(&self) -> bool {
        let stays: BTreeSet<&Text> = self.case.stays.iter().map(|stay| &stay.system).collect();
        self.case.bookings.iter().any(|booking| !stays.contains(&booking.system) && !stays.is_empty())
    }

    /// Whether somebody is expected whose day has not passed: what is charged before is for the stay to come.
    fn is_to_come(&self) -> bool {
        self.promises.iter().any(|booking| booking.is_alive() && booking.arrival >= self.today)
    }

    fn is_in_group(&self) -> bool {
        self.case.bookings.iter().any(|booking| booking.group.is_some())
    }

    fn without_booking(&mut self) {
        let case = self.case;
        if let Some(stay) = case.stays.first().filter(|stay| !stay.walk_in) {
            // A number that nobody knows is a message that did not come; no number is a slip at the desk.
            let cause = if stay.numbers.is_empty() { Cause::OperatorError } else { Cause::PlatformOutOfStep };
            let evidence = case
                .stays
                .iter()
                .map(|stay| says(Part::Stay, &stay.key, "rooms", Value::Count(stay.rooms)))
                .collect();
            let rooms = case.stays.iter().map(|stay| stay.rooms).sum();
            self.add(
                FindingKind::StayWithoutBooking,
                cause,
                [Value::Count(0), Value::Count(rooms)],
                0,
                evidence,
            );
        }
    }

    /// What was charged, earned or paid though nobody stayed.
    fn without_stay(&mut self, is_awaited: bool) {
        let case = self.case;
        let consumed = self.consumed();
        let penalty = self.charged(&[LineKind::Penalty]);
        let agreed: i64 = self.promises.iter().map(|booking| booking.penalty).sum();
        let did_not_come =
            self.promises.iter().any(|booking| booking.status == BookingStatus::NoShow) && !is_awaited;
        if did_not_come && consumed + penalty > agreed + ROUNDING {
            let excess = consumed + penalty - agreed;
            let line = case.lines.iter().rev().find(|line| line.amount >= excess);
            let correction = line.map(|line| match line.amount - excess {
                0 => Correction::ReverseLine { visit: self.visit(), line: line.key.to_string() },
                _ => Correction::Allow { visit: self.visit(), line: line.key.to_string(), amount: excess },
            });
            let about = case.anchor().into_iter().collect();
            let values = [Value::Amount(agreed), Value::Amount(consumed + penalty)];
            let evidence = self.lines_say();
            self.add_about(
                FindingKind::NoShowCharged,
                Cause::OperatorError,
                about,
                values,
                excess,
                evidence,
                correction,
            );
            self.short.push(excess);
        } else if !did_not_come
            && !self.is_to_come()
            && case.lines.iter().any(|line| line.kind != LineKind::Penalty)
        {
            let cause = if case.bookings.is_empty() { Cause::OperatorError } else { Cause::SyncDelay };
            let evidence = self.lines_say();
            let values = [Value::Nothing, Value::Amount(consumed)];
            self.add(FindingKind::ChargeWithoutStay, cause, values, consumed, evidence);
        }
        let earned: i64 = case.points.iter().map(|points| points.points).sum();
        if earned > 0 {
            self.points_twice(0, earned);
        }
    }

    fn status(&mut self) {
        let case = self.case;
        let alive: Vec<&Booking> =
            case.bookings.iter().copied().filter(|booking| booking.is_alive()).collect();
        let dead = case.bookings.iter().find(|booking| !booking.is_alive());
        let booked =
            |booking: &Booking| says(Part::Booking, &booking.key, "status", code(booking.status.code()));
        let stayed = |stay: &Stay| says(Part::Stay, &stay.key, "status", code(stay.status.code()));
        // One booking, told by two systems: one says it was called off, the other expects the guest.
        let contradicts = case.told().into_iter().find_map(|told| {
            let one = told.promise.into_iter().find(|booking| booking.is_alive())?;
            let is_dead = |copy: &&Vec<&Booking>| copy.iter().all(|booking| !booking.is_alive());
            Some((one, *told.copies.iter().find(is_dead)?.first()?))
        });
        if let Some((one, other)) = contradicts {
            let evidence = vec![booked(one), booked(other)];
            let values = [code(other.status.code()), code(one.status.code())];
            self.add(FindingKind::Status, Cause::PlatformOutOfStep, values, 0, evidence);
            return;
        }
        if let (true, Some(booking), Some(stay)) = (alive.is_empty(), dead, case.stays.first()) {
            let evidence = vec![booked(booking), stayed(stay)];
            let penalty = self.charged(&[LineKind::Penalty]);
            let values = [code(booking.status.code()), code(stay.status.code())];
            if penalty > 0 {
                let line = case.lines.iter().find(|line| line.kind == LineKind::Penalty);
                let correction = line
                    .map(|line| Correction::ReverseLine { visit: self.visit(), line: line.key.to_string() });
                let about = case.anchor().into_iter().collect();
                let values = [Value::Amount(0), Value::Amount(penalty)];
                self.add_about(
                    FindingKind::NoShowCharged,
                    Cause::SyncDelay,
                    about,
                    values,
                    penalty,
                    evidence,
                    correction,
                );
                self.short.push(penalty);
            } else {
                self.add(FindingKind::Status, Cause::SyncDelay, values, 0, evidence);
            }
            return;
        }
        let overdue =
            case.stays.iter().find(|stay| stay.status == StayStatus::InHouse && stay.departure < self.today);
        if let Some(stay) = overdue {
            let evidence = vec![stayed(stay), says(Part::Stay, &stay.key, "nights", nights_of(stay))];
            let values = [code(StayStatus::Departed.code()), code(stay.status.code())];
            self.add(FindingKind::Status, Cause::OperatorError, values, 0, evidence);
            return;
        }
        let is_over = case.is_over();
        let disagrees = alive.iter().find(|booking| match booking.status {
            BookingStatus::InHouse => is_over && booking.departure.succ_opt() < Some(self.today),
            BookingStatus::Departed => {
                !case.stays.is_empty() && case.stays.iter().all(|stay| stay.status == StayStatus::InHouse)
            }
            BookingStatus::Reserved => {
                case.stays.is_empty() && case.lines.is_empty() && booking.arrival < self.today
            }
            _ => false,
        });
        if let Some(booking) = disagrees {
            let mut evidence = vec![booked(booking)];
            evidence.extend(case.stays.first().copied().map(stayed));
            let found = case.stays.first().map_or(Value::Nothing, |stay| code(stay.status.code()));
            let cause = if case.stays.is_empty() { Cause::OperatorError } else { Cause::SyncDelay };
            self.add(FindingKind::Status, cause, [code(booking.status.code()), found], 0, evidence);
        }
    }

    /// Nights, rooms and heads. Returns whether prices can be compared night by night.
    fn presence(&mut self) -> bool {
        let case = self.case;
        let alive: Vec<&Booking> =
            self.promises.iter().copied().filter(|booking| booking.is_alive()).collect();
        let mut booked: BTreeMap<NaiveDate, (i64, Option<i64>)> = BTreeMap::new();
        for booking in &alive {
            for night in nights(booking.arrival, booking.departure) {
                let (rooms, guests) = booked.entry(night).or_insert((0, Some(0)));
                *rooms += booking.rooms;
                *guests = guests.zip(booking.guests).map(|(all, more)| all + more);
            }
        }
        let mut stayed: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
        for stay in &case.stays {
            for night in nights(stay.arrival, stay.departure) {
                let (rooms, guests) = stayed.entry(night).or_default();
                *rooms += stay.rooms;
                *guests += stay.guests;
            }
        }
        let charged: BTreeSet<NaiveDate> =
            case.lines.iter().filter(|line| line.kind == LineKind::Room).map(|line| line.date).collect();
        let (Some(first), Some(last)) = (booked.keys().next(), booked.keys().next_back()) else {
            return false;
        };
        let (Some(from), Some(to)) = (stayed.keys().next(), stayed.keys().next_back()) else { return false };
        let span = |from: &NaiveDate, to: &NaiveDate| Value::Nights {
            from: *from,
            to: to.succ_opt().unwrap_or(*to),
        };
        let mut evidence: Vec<Evidence> = alive
            .iter()
            .map(|booking| says(Part::Booking, &booking.key, "nights", nights_of_booking(booking)))
            .collect();
        evidence.extend(case.stays.iter().map(|stay| says(Part::Stay, &stay.key, "nights", nights_of(stay))));
        let price = alive.iter().flat_map(|booking| &booking.nightly).max().copied().unwrap_or(0);
        if booked.keys().ne(stayed.keys()) {
            let count = booked.keys().filter(|night| !stayed.contains_key(night)).count()
                + stayed.keys().filter(|night| !booked.contains_key(night)).count();
            let values = [span(first, last), span(from, to)];
            self.add(FindingKind::Nights, Cause::OperatorError, values, price * count as i64, evidence);
        } else if case.is_over() && price > 0 && !charged.iter().eq(stayed.keys()) {
            let (nights, billed) = (stayed.len() as i64, charged.len() as i64);
            evidence.extend(self.lines_say());
            let others = stayed.keys().filter(|night| !charged.contains(night)).count()
                + charged.iter().filter(|night| !stayed.contains_key(night)).count();
            let values = [Value::Count(nights), Value::Count(billed)];
            self.add(FindingKind::Nights, Cause::OperatorError, values, price * others as i64, evidence);
        }
        // The night on which they differ most, of those on which all should be here.
        let both = booked.iter().filter_map(|(night, booked)| Some((*night, *booked, *stayed.get(night)?)));
        let both: Vec<_> =
            both.filter(|(_, booked, stayed)| stayed.0 >= booked.0 || *first < self.today).collect();
        let cause = if self.is_in_group() { Cause::BranchSilos } else { Cause::OperatorError };
        let by_rooms = both
            .iter()
            .max_by_key(|(night, booked, stayed)| ((stayed.0 - booked.0).abs(), std::cmp::Reverse(*night)));
        if let Some((_, (rooms, _), (received, _))) =
            by_rooms.filter(|(_, booked, stayed)| booked.0 != stayed.0)
        {
            let evidence = self.counts("rooms", |booking| Some(booking.rooms), |stay| stay.rooms);
            let values = [Value::Count(*rooms), Value::Count(*received)];
            self.add(FindingKind::Rooms, cause, values, price / rooms.max(&1) * (received - rooms), evidence);
            return false;
        }
        let heads = both.iter().filter_map(|(night, booked, stayed)| Some((*night, booked.1?, stayed.1)));
        let heads =
            heads.max_by_key(|(night, booked, stayed)| ((stayed - booked).abs(), std::cmp::Reverse(*night)));
        if let Some((_, guests, received)) = heads.filter(|(_, booked, stayed)| booked != stayed) {
            let evidence = self.counts("guests", |booking| booking.guests, |stay| stay.guests);
            self.add(
                FindingKind::Headcount,
                cause,
                [Value::Count(guests), Value::Count(received)],
                0,
                evidence,
            );
        }
        true
    }

    fn counts(
        &self,
        field: &'static str,
        booked: impl Fn(&Booking) -> Option<i64>,
        stayed: impl Fn(&Stay) -> i64,
    ) -> Vec<Evidence> {
        let bookings = self.promises.iter().filter(|booking| booking.is_alive());
        let bookings = bookings.filter_map(|booking| {
            Some(says(Part::Booking, &booking.key, field, Value::Count(booked(booking)?)))
        });
        let stays =
            self.case.stays.iter().map(|stay| says(Part::Stay, &stay.key, field, Value::Count(stayed(stay))));
        bookings.chain(stays).collect()
    }

    /// What another system says of a promise.
    fn copies(&mut self) {
        for told in self.case.told() {
            let alive = |bookings: &[&'a Booking]| -> Vec<&'a Booking> {
                bookings.iter().copied().filter(|booking| booking.is_alive()).collect()
            };
            let promise = alive(&told.promise);
            for copy in told.copies.iter().map(|copy| alive(copy)).filter(|copy| !copy.is_empty()) {
                if let (Some(one), Some(two)) = (Summary::of(&promise), Summary::of(&copy)) {
                    self.copy([&promise, &copy], [one, two]);
                }
            }
        }
    }

    fn copy(&mut self, bookings: [&[&Booking]; 2], [one, two]: [Summary; 2]) {
        let cause = Cause::PlatformOutOfStep;
        if let ([one, ..], [two, ..]) = (bookings[0], bookings[1])
            && are_others(&one.person, &two.person)
            && !self.has(FindingKind::Identity)
        {
            let about = vec![id(Part::Booking, &one.key), id(Part::Booking, &two.key)];
            let evidence = [one, two]
                .map(|booking| says(Part::Booking, &booking.key, "person", code(&booking.system)))
                .to_vec();
            let values = [code(&one.system), code(&two.system)];
            let cause = Cause::DoubleIdentityCheck;
            self.add_about(FindingKind::Identity, cause, about, values, 0, evidence, None);
        }
        let evidence = |field: &'static str, value: fn(&Booking) -> Value| -> Vec<Evidence> {
            bookings
                .iter()
                .copied()
                .flatten()
                .map(|booking| says(Part::Booking, &booking.key, field, value(booking)))
                .collect()
        };
        if one.nights != two.nights && !self.has(FindingKind::Nights) {
            let span = |(from, to): (NaiveDate, NaiveDate)| Value::Nights { from, to };
            let values = [span(one.nights), span(two.nights)];
            self.add(FindingKind::Nights, cause, values, 0, evidence("nights", nights_of_booking));
            return;
        }
        if one.rooms != two.rooms && !self.has(FindingKind::Rooms) {
            let values = [Value::Count(one.rooms), Value::Count(two.rooms)];
            let evidence = evidence("rooms", |booking| Value::Count(booking.rooms));
            self.add(FindingKind::Rooms, cause, values, 0, evidence);
            return;
        }
        if let (Some(guests), Some(others)) = (one.guests, two.guests)
            && guests != others
            && !self.has(FindingKind::Headcount)
        {
            let values = [Value::Count(guests), Value::Count(others)];
            let evidence = evidence("guests", |booking| booking.guests.map_or(Value::Nothing, Value::Count));
            self.add(FindingKind::Headcount, cause, values, 0, evidence);
        }
        let are_known = one.price > 0 && two.price > 0;
        if are_known && !agrees(two.price, one.price) && !self.has(FindingKind::Rate) {
            let values = [Value::Amount(one.price), Value::Amount(two.price)];
            let evidence = evidence("price", |booking| Value::Amount(booking.nightly.iter().sum()));
            self.add(FindingKind::Rate, cause, values, two.price - one.price, evidence);
        }
    }

    fn currencies(&mut self) {
        let currency = self.currency;
        let line = self.case.lines.iter().find(|line| line.currency != currency);
        let line = line.map(|line| (Part::Line, &line.key, line.currency, line.amount));
        let payment = self.case.payments.iter().find(|payment| payment.currency != currency);
        let payment = payment.map(|payment| (Part::Payment, &payment.key, payment.currency, payment.amount));
        if let Some((part, key, other, amount)) = line.or(payment) {
            let values = [code(currency.code()), code(other.code())];
            let evidence = vec![
                says(part, key, "currency", code(other.code())),
                says(part, key, "amount", Value::Amount(amount)),
            ];
            let (kind, cause, about) = (FindingKind::Currency, Cause::FinanceCopies, vec![id(part, key)]);
            let [expected, found] = values;
            let (stake, correction, property) = (amount, None, self.property);
            let draft = Draft { kind, cause, about, expected, found, stake, evidence, correction, property };
            // What is at stake is in the currency in which it was written.
            self.findings.push(draft.made(other));
        }
    }

    /// The same charge twice: more nights charged than rooms were lived in, or one slip posted twice.
    fn doubled_charges(&mut self) {
        for line in doubles(self.case) {
            let correction = Correction::ReverseLine { visit: self.visit(), line: line.key.to_string() };
            let evidence = vec![says(Part::Line, &line.key, "amount", Value::Amount(line.amount))];
            let values = [Value::Count(1), Value::Count(2)];
            self.add_about(
                FindingKind::ChargeDoubled,
                Cause::OperatorError,
                vec![id(Part::Line, &line.key)],
                values,
                line.amount,
                evidence,
                Some(correction),
            );
            self.short.push(line.amount);
        }
    }

    /// Prices of nights and the discount of the member.
    fn prices(&mut self) {
        let case = self.case;
        if self.has(FindingKind::Currency) {
            return;
        }
        let mut agreed: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
        for booking in self.promises.iter().filter(|booking| booking.is_alive()) {
            for (night, price) in nights(booking.arrival, booking.departure).zip(&booking.nightly) {
                let (gross, off) = agreed.entry(night).or_default();
                *gross += price;
                *off += share(*price, booking.discount);
            }
        }
        let doubled: BTreeSet<&Text> = doubles(case).into_iter().map(|line| &line.key).collect();
        let mut charged: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        for line in
            case.lines.iter().filter(|line| line.kind == LineKind::Room && !doubled.contains(&line.key))
        {
            *charged.entry(line.date).or_default() += line.amount;
        }
        let (mut wanted, mut wrong, mut right) = (0, 0, 0);
        let mut evidence = Vec::new();
        for (night, price) in &charged {
            let Some((gross, off)) = agreed.get(night) else { continue };
            let is_at_net = agrees(*price, gross - off);
            if *off > 0
                && agrees(*price, *gross)
                && !(is_at_net && (price - gross + off).abs() < (price - gross).abs())
            {
                wanted += off;
            } else if !agrees(*price, *gross) && !is_at_net {
                let nearest =
                    if (price - gross).abs() < (price - gross + off).abs() { *gross } else { gross - off };
                (wrong, right) = (wrong + price, right + nearest);
                let of_night =
                    case.lines.iter().filter(|line| line.kind == LineKind::Room && line.date == *night);
                evidence.extend(
                    of_night.map(|line| says(Part::Line, &line.key, "price", Value::Amount(line.amount))),
                );
            }
        }
        if wrong != right {
            let cause = if self.is_from_platform() { Cause::PlatformOutOfStep } else { Cause::OperatorError };
            let line =
                case.lines.iter().find(|line| line.kind == LineKind::Room && line.amount > wrong - right);
            let correction = line.filter(|_| wrong > right).map(|line| Correction::Allow {
                visit: self.visit(),
                line: line.key.to_string(),
                amount: wrong - right,
            });
            let about = case.anchor().into_iter().collect();
            evidence.extend(self.promises.iter().map(|booking| {
                says(
                    Part::Booking,
                    &booking.key,
                    "price",
                    Value::Amount(booking.nightly.first().copied().unwrap_or(0)),
                )
            }));
            let values = [Value::Amount(right), Value::Amount(wrong)];
            self.add_about(FindingKind::Rate, cause, about, values, wrong - right, evidence, correction);
            self.short.push(wrong - right);
        }
        let discounts: Vec<&&Line> =
            case.lines.iter().filter(|line| line.kind == LineKind::Discount).collect();
        let given: i64 = discounts.iter().map(|line| -line.amount).sum();
        let discounts_say: Vec<Evidence> = discounts
            .iter()
            .map(|line| says(Part::Line, &line.key, "discount", Value::Amount(-line.amount)))
            .collect();
        if wanted > given && !agrees(given, wanted) {
            let mut evidence = self.lines_say();
            evidence.extend(self.promises.iter().filter(|booking| booking.discount > 0).map(|booking| {
                says(Part::Booking, &booking.key, "discount", Value::Count(booking.discount))
            }));
            let about = case.anchor().into_iter().collect();
            // A bill that is closed takes an allowance; the discount itself is given while the guest is here.
            let correction = if case.is_over() {
                let line = case
                    .lines
                    .iter()
                    .find(|line| line.kind == LineKind::Room && line.amount > wanted - given);
                line.map(|line| Correction::Allow {
                    visit: self.visit(),
                    line: line.key.to_string(),
                    amount: wanted - given,
                })
            } else {
                Some(Correction::GiveDiscount { visit: self.visit() })
            };
            self.add_about(
                FindingKind::DiscountMissing,
                Cause::MemberVersusStay,
                about,
                [Value::Amount(wanted), Value::Amount(given)],
                wanted - given,
                evidence,
                correction,
            );
        } else if let Some(left) =
            case.stays.iter().map(|stay| stay.departure).max().filter(|_| case.is_over())
        {
            let late: i64 = discounts.iter().filter(|line| line.posted > left).map(|line| -line.amount).sum();
            let back: i64 = case
                .payments
                .iter()
                .filter(|payment| payment.kind == PaymentKind::Refund)
                .map(|payment| payment.amount)
                .sum();
            if late > back + ROUNDING {
                let values = [Value::Amount(given), Value::Amount(given - late)];
                self.add(FindingKind::DiscountLate, Cause::SyncDelay, values, late - back, discounts_say);
                self.short.push(back - late);
            }
        }
    }

    fn points(&mut self) {
        let case = self.case;
        // Each system that counts has to come to the same.
        let mut counted: BTreeMap<&Text, i64> = BTreeMap::new();
        case.points.iter().for_each(|points| *counted.entry(&points.system).or_default() += points.points);
        let most = counted.values().copied().max().unwrap_or(0);
        let earned = counted.values().copied().min().unwrap_or(0);
        let due: Option<i64> = case.stays.iter().map(|stay| stay.points_due).sum();
        match due {
            Some(due) if case.is_over() => {
                let slack = (due / 50).max(2);
                if most > due + slack {
                    self.points_twice(due, most);
                } else if due > earned + slack {
                    let cause = Cause::MemberVersusStay;
                    let evidence = self.points_say();
                    let correction = Some(Correction::AccruePoints { visit: self.visit() });
                    let about = case.anchor().into_iter().collect();
                    let values = [Value::Count(due), Value::Count(earned)];
                    self.add_about(FindingKind::PointsMissing, cause, about, values, 0, evidence, correction);
                }
            }
            Some(_) => {}
            None => {
                let mut seen = BTreeSet::new();
                let twice = case
                    .points
                    .iter()
                    .filter(|points| {
                        points.points > 0 && !seen.insert((&points.system, &points.member, points.points))
                    })
                    .map(|points| points.points)
                    .sum::<i64>();
                if twice > 0 && most > twice {
                    self.points_twice(most - twice, most);
                }
            }
        }
    }

    fn points_say(&self) -> Vec<Evidence> {
        let due = self.case.stays.iter().filter_map(|stay| Some((&stay.key, stay.points_due?)));
        let due = due.map(|(key, due)| says(Part::Stay, key, "points", Value::Count(due)));
        let counted = self.case.points.iter();
        due.chain(
            counted.map(|points| says(Part::Points, &points.key, "points", Value::Count(points.points))),
        )
        .collect()
    }

    fn points_twice(&mut self, due: i64, earned: i64) {
        let properties: BTreeSet<&Text> = self.case.points.iter().map(|points| &points.property).collect();
        let cause = if properties.len() > 1 { Cause::BranchSilos } else { Cause::MemberVersusStay };
        let evidence = self.points_say();
        // What another system counted is taken back there.
        let last = self.case.points.last().filter(|points| !points.member.is_empty());
        let correction = last.map(|points| Correction::TakePointsBack {
            member: points.member.to_string(),
            points: earned - due,
        });
        let about = self.case.anchor().into_iter().collect();
        let values = [Value::Count(due), Value::Count(earned)];
        self.add_about(FindingKind::PointsTwice, cause, about, values, 0, evidence, correction);
    }

    fn paid(&self, kinds: &[PaymentKind]) -> i64 {
        self.case
            .payments
            .iter()
            .filter(|payment| kinds.contains(&payment.kind) && payment.currency == self.currency)
            .map(|payment| payment.amount)
            .sum()
    }

    /// What is held of deposits, minor units.
    fn held(&self) -> i64 {
        use PaymentKind::{Applied, Deposit, DepositEnded};
        self.paid(&[Deposit]) - self.paid(&[Applied, DepositEnded])
    }

    /// What was charged and is not paid, minor units, in the currency of the bill.
    fn due(&self) -> i64 {
        use PaymentKind::{Applied, Paid, Refund};
        let lines = self.case.lines.iter().filter(|line| line.currency == self.currency);
        lines.map(|line| line.amount).sum::<i64>() - (self.paid(&[Paid, Applied]) - self.paid(&[Refund]))
    }

    /// What is still held when nobody stays or comes any more. As much of it as the bill lacks is to be moved there; the rest is to be given back.
    fn deposits(&mut self, is_awaited: bool) {
        use PaymentKind::{Applied, Deposit, DepositEnded};
        let case = self.case;
        let is_leaving = match case.stays.is_empty() {
            true => !case.bookings.is_empty() && !is_awaited,
            false => case
                .stays
                .iter()
                .all(|stay| stay.status == StayStatus::Departed || stay.departure <= self.today),
        };
        let held = self.held();
        if !is_leaving || held <= ROUNDING {
            return;
        }
        let movements =
            case.payments.iter().filter(|payment| matches!(payment.kind, Deposit | Applied | DepositEnded));
        let evidence = movements
            .map(|payment| {
                says(Part::Payment, &payment.key, payment.kind.code(), Value::Amount(payment.amount))
            })
            .collect();
        let about = case.anchor().into_iter().collect();
        let lacking = self.due().clamp(0, held);
        // What a booking that was called off costs is settled with its deposit in another way.
        let correction = (lacking > ROUNDING && !case.stays.is_empty())
            .then(|| Correction::ApplyDeposit { visit: self.visit() });
        let stake = if correction.is_some() { lacking } else { held };
        let values = [Value::Amount(held), Value::Amount(0)];
        self.add_about(
            FindingKind::DepositNotApplied,
            Cause::OperatorError,
            about,
            values,
            stake,
            evidence,
            correction,
        );
        self.short.push(lacking);
    }

    fn identity(&mut self) {
        let case = self.case;
        for told in case.told() {
            // One booking of several rooms names one guest, and one system may know more of that guest than another.
            let mut bookings = told.promise.iter().chain(told.copies.iter().flatten());
            let all_other = bookings
                .all(|booking| case.stays.iter().all(|stay| are_others(&stay.person, &booking.person)));
            let booking = told.promise.iter().find(|booking| booking.is_alive());
            if let (true, Some(booking), Some(stay)) = (all_other, booking, case.stays.first()) {
                let evidence = vec![
                    says(Part::Booking, &booking.key, "person", code(&booking.system)),
                    says(Part::Stay, &stay.key, "person", code(&stay.system)),
                ];
                let about = vec![id(Part::Booking, &booking.key), id(Part::Stay, &stay.key)];
                let values = [code(&booking.system), code(&stay.system)];
                self.add_about(
                    FindingKind::Identity,
                    Cause::DoubleIdentityCheck,
                    about,
                    values,
                    0,
                    evidence,
                    None,
                );
            }
        }
    }

    fn registration(&mut self) {
        let case = self.case;
        for stay in &case.stays {
            let Some(registered) = stay.registered.filter(|_| stay.status == StayStatus::InHouse) else {
                continue;
            };
            if registered < stay.guests {
                let evidence = vec![
                    says(Part::Stay, &stay.key, "guests", Value::Count(stay.guests)),
                    says(Part::Stay, &stay.key, "registered", Value::Count(registered)),
                ];
                let values = [Value::Count(stay.guests), Value::Count(registered)];
                let about = vec![id(Part::Stay, &stay.key)];
                self.add_about(
                    FindingKind::NotRegistered,
                    Cause::OperatorError,
                    about,
                    values,
                    0,
                    evidence,
                    None,
                );
            }
        }
    }

    /// What was paid against what was charged, once everybody has left.
    fn payments(&mut self) {
        let case = self.case;
        let is_unsettled = !case.stays.is_empty() && !case.is_over();
        let may_be_due = case.stays.is_empty() && self.promises.iter().any(|booking| booking.is_alive());
        if is_unsettled || may_be_due {
            return;
        }
        let mut due = self.due();
        if is_explained(due, &self.short) {
            return;
        }
        // What is told already is not told again: what nobody consumed, and what a deposit pays.
        if self.has(FindingKind::ChargeWithoutStay) {
            due -= self.consumed();
        }
        if self.has(FindingKind::DepositNotApplied) {
            due -= due.clamp(0, self.held());
        }
        let second = second_payment(case);
        // What was charged in one currency may have been paid in another: only a payment that is there twice is one too many.
        let is_known =
            !self.has(FindingKind::Currency) || second.is_some_and(|payment| payment.amount == -due);
        if due.abs() <= ROUNDING || !is_known {
            return;
        }
        let mut evidence = self.lines_say();
        evidence.extend(case.payments.iter().take(MOST_EVIDENCE).map(|payment| {
            says(Part::Payment, &payment.key, payment.kind.code(), Value::Amount(payment.amount))
        }));
        let charged: i64 = case.lines.iter().map(|line| line.amount).sum();
        let values = [Value::Amount(charged), Value::Amount(charged - due)];
        if due > 0 {
            // Who paid something else is recorded otherwise by whoever took it; who paid nothing was let go without.
            let cause = if due == charged { Cause::OperatorError } else { Cause::FinanceCopies };
            self.add(FindingKind::PaymentMissing, cause, values, due, evidence);
            return;
        }
        let (about, cause) = match second {
            Some(payment) => (vec![id(Part::Payment, &payment.key)], Cause::OperatorError),
            None => (case.anchor().into_iter().collect(), Cause::FinanceCopies),
        };
        self.add_about(FindingKind::PaymentDoubled, cause, about, values, -due, evidence, None);
    }
}

/// What bookings of one promise say together.
#[derive(Debug, Clone, Copy)]
struct Summary {
    nights: (NaiveDate, NaiveDate),
    rooms: i64,
    guests: Option<i64>,
    price: i64,
}

impl Summary {
    fn of(bookings: &[&Booking]) -> Option<Self> {
        Some(Self {
            nights: (
                bookings.iter().map(|booking| booking.arrival).min()?,
                bookings.iter().map(|booking| booking.departure).max()?,
            ),
            rooms: bookings.iter().map(|booking| booking.rooms).sum(),
            guests: bookings.iter().map(|booking| booking.guests).sum(),
            price: bookings.iter().flat_map(|booking| &booking.nightly).sum(),
        })
    }
}

/// Records of one kind that a finding names at most.
const MOST_EVIDENCE: usize = 20;

fn nights_of(stay: &Stay) -> Value {
    Value::Nights { from: stay.arrival, to: stay.departure }
}

fn nights_of_booking(booking: &Booking) -> Value {
    Value::Nights { from: booking.arrival, to: booking.departure }
}

/// Lines that are there once too often.
fn doubles<'a>(case: &Case<'a>) -> Vec<&'a Line> {
    let mut found = Vec::new();
    let mut slips: BTreeSet<(NaiveDate, &Text, i64, &Text)> = BTreeSet::new();
    let mut nights_charged: BTreeMap<(NaiveDate, &Text, i64), i64> = BTreeMap::new();
    for line in &case.lines {
        if let Some(reference) = line.reference.as_ref().filter(|_| line.amount > 0)
            && !slips.insert((line.date, &line.code, line.amount, reference))
        {
            found.push(*line);
            continue;
        }
        if line.kind == LineKind::Room && line.amount > 0 {
            let rooms: i64 = case
                .stays
                .iter()
                .filter(|stay| nights(stay.arrival, stay.departure).any(|night| night == line.date))
                .map(|stay| stay.rooms)
                .sum();
            let count = nights_charged.entry((line.date, &line.code, line.amount)).or_default();
            *count += 1;
            if rooms > 0 && *count > rooms {
                found.push(*line);
            }
        }
    }
    found
}

/// A payment that is the same as one before it.
fn second_payment<'a>(case: &Case<'a>) -> Option<&'a Payment> {
    let mut seen = BTreeSet::new();
    let paid = case.payments.iter().filter(|payment| payment.kind == PaymentKind::Paid);
    paid.copied().find(|payment| !seen.insert((&payment.method, payment.amount)))
}

/// Bookings of one person for the same nights, of which at least one was not stayed in.
pub(crate) fn duplicates(cases: &[Case<'_>]) -> Vec<Finding> {
    struct Held<'a> {
        booking: &'a Booking,
        /// Whom the systems name.
        people: Vec<&'a Person>,
        is_stayed: bool,
        number: String,
    }
    let mut held: Vec<Held<'_>> = Vec::new();
    for case in cases {
        let number = case.number().unwrap_or_default();
        for told in case.told() {
            let told_by = told.promise.iter().chain(told.copies.iter().flatten());
            let people: Vec<&Person> = told_by.map(|booking| &booking.person).collect();
            for booking in told.promise.iter().filter(|booking| booking.status != BookingStatus::Cancelled) {
                let is_stayed = !case.stays.is_empty();
                held.push(Held { booking, people: people.clone(), is_stayed, number: number.to_owned() });
            }
        }
    }
    if held.len() < 2 {
        return Vec::new();
    }
    // What was stayed in stays, then what was booked first, as far as that is said.
    held.sort_by_key(|held| (!held.is_stayed, held.booking.booked, &held.booking.key));
    let mut findings = Vec::new();
    let mut settled: BTreeSet<&Text> = BTreeSet::new();
    for (place, kept) in held.iter().enumerate() {
        if settled.contains(&kept.booking.key) {
            continue;
        }
        for other in &held[place + 1..] {
            let (one, two) = (kept.booking, other.booking);
            let is_free = !other.is_stayed && !settled.contains(&two.key);
            if !is_free || kept.number == other.number || !is_twice((one, &kept.people), (two, &other.people))
            {
                continue;
            }
            settled.insert(&two.key);
            let cause = if one.system == two.system
                && one.numbers.iter().any(|number| two.numbers.contains(number))
            {
                Cause::OperatorError
            } else {
                Cause::RepeatedBooking
            };
            let stake = two.nightly.iter().sum();
            let booked = |booking: &Booking| {
                [
                    says(
                        Part::Booking,
                        &booking.key,
                        "channel",
                        code(booking.channel.as_ref().unwrap_or(&booking.system)),
                    ),
                    says(Part::Booking, &booking.key, "nights", nights_of_booking(booking)),
                ]
            };
            let evidence = booked(one).into_iter().chain(booked(two)).collect();
            let about = vec![id(Part::Booking, &one.key), id(Part::Booking, &two.key)];
            let correction = (two.status == BookingStatus::Reserved)
                .then(|| Correction::CancelBooking { visit: other.number.clone() });
            let draft = Draft {
                kind: FindingKind::DuplicateBooking,
                cause,
                about,
                expected: code(&kept.number),
                found: code(&other.number),
                stake,
                evidence,
                correction,
                property: &two.property,
            };
            findings.push(draft.made(two.currency));
        }
    }
    findings
}

/// Whether two bookings are one person's for the same nights. The name alone is enough only if everything else is the same, too.
fn is_twice((one, people): (&Booking, &[&Person]), (two, others): (&Booking, &[&Person])) -> bool {
    let overlap = nights(one.arrival, one.departure)
        .any(|night| nights(two.arrival, two.departure).any(|other| night == other));
    let is_equal = (&one.property, one.arrival, one.departure, one.rooms)
        == (&two.property, two.arrival, two.departure, two.rooms);
    let told: Vec<Same> =
        people.iter().flat_map(|one| others.iter().map(move |two| same(one, two))).collect();
    let is_named = told.contains(&Same::Named) && !told.contains(&Same::Other);
    // Who books for a group books many rooms for it.
    let is_of_group = one.group.is_some() && one.group == two.group;
    overlap
        && !is_of_group
        && (told.contains(&Same::Proven) || is_named && is_equal && one.system != two.system)
}
