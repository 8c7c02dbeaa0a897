//! A month of a hotel chain as its systems tell it (bookings, stays, bills, points, payments), with the noise of everyday life and with faults
//! whose truth is known.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::Arc,
};

use chrono::{Days, NaiveDate};
use hefu_findings::{
    Booking, BookingStatus, Facts, FindingKind, FindingSource, Line, LineKind, Payment, PaymentKind, Person,
    Points, Stay, StayStatus, Text,
};
use hefu_kernel::Currency;

use crate::{
    draws::{Draws, mix},
    people::People,
};

/// Hotels of the chain.
const HOTELS: u64 = 23;

/// Days of the month; the last two are still to come.
const DAYS: u64 = 30;

const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2026, 3, 1) {
    Some(date) => date,
    None => panic!("a calendar date"),
};

/// A month of a chain, determined by its seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// What the systems say, in no order.
    pub facts: Facts,
    /// The day on which it is looked at.
    pub today: NaiveDate,
    /// What is wrong, by the visit it is wrong with; see [`Month::visit_of`].
    pub truth: BTreeSet<(FindingKind, u64)>,
}

impl Month {
    /// A month of so many visits. Of each kind of finding `faults` are put in: at most one in twenty visits has one.
    pub fn new(seed: u64, visits: u64, faults: u64) -> Self {
        let mut draws = Draws::new(mix(seed));
        let mut truth = BTreeMap::new();
        for kind in FindingKind::ALL.iter().filter(|kind| kind.source() == FindingSource::Records) {
            for _ in 0..faults.min(visits / 400) {
                loop {
                    let visit = draws.below(visits);
                    if let Entry::Vacant(free) = truth.entry(visit) {
                        free.insert(*kind);
                        break;
                    }
                }
            }
        }
        let mut maker = Maker { draws, people: People::new(seed), facts: Facts::default() };
        for visit in 0..visits {
            maker.visit(visit, truth.get(&visit).copied());
        }
        let Maker { mut draws, mut facts, .. } = maker;
        shuffle(&mut draws, &mut facts.bookings);
        shuffle(&mut draws, &mut facts.stays);
        shuffle(&mut draws, &mut facts.lines);
        shuffle(&mut draws, &mut facts.points);
        shuffle(&mut draws, &mut facts.payments);
        let truth = truth.into_iter().map(|(visit, kind)| (kind, visit)).collect();
        Self { facts, today: date(DAYS - 2), truth }
    }

    /// The visit that a record was made for, from the record's key.
    pub fn visit_of(key: &str) -> Option<u64> {
        key.get(1..)?.split('-').next()?.parse().ok()
    }
}

fn shuffle<T>(draws: &mut Draws, entries: &mut [T]) {
    for last in (1..entries.len()).rev() {
        entries.swap(last, draws.below(last as u64 + 1) as usize);
    }
}

fn date(day: u64) -> NaiveDate {
    FIRST_DAY.checked_add_days(Days::new(day)).unwrap_or(FIRST_DAY)
}

fn text(text: impl AsRef<str>) -> Text {
    Arc::from(text.as_ref())
}

/// A share in hundredths of a percent.
const fn share(minor: i64, basis_points: i64) -> i64 {
    hefu_kernel::BasisPoints(basis_points).of(minor)
}

struct Maker {
    draws: Draws,
    people: People,
    facts: Facts,
}

/// One visit as it really was.
#[derive(Clone)]
struct Truth {
    index: u64,
    property: Text,
    number: Text,
    /// The platform it was booked on, with the number there.
    platform: Option<(Text, Text)>,
    name: Text,
    phone: Text,
    document: Text,
    member: Option<Text>,
    /// The discount of the member, hundredths of a percent.
    discount: i64,
    arrival: u64,
    nights: u64,
    rooms: i64,
    guests: i64,
    price: i64,
}

impl Truth {
    /// The same for other nights: from a day after its arrival on.
    fn part(&self, from: u64, nights: u64) -> Self {
        Self { arrival: self.arrival + from, nights, ..self.clone() }
    }
}

impl Maker {
    fn chance(&mut self, in_thousand: u64) -> bool {
        self.draws.below(1_000) < in_thousand
    }

    fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.draws.below(to - from + 1)
    }

    /// A name as it stands in a system: in small letters.
    fn name(&self, index: u64) -> Text {
        let nationality = if index.is_multiple_of(4) { "GBR" } else { "CHN" };
        text(self.people.person(index, Some(nationality)).full_name.to_lowercase())
    }

    fn truth(&mut self, index: u64, fault: Option<FindingKind>) -> Truth {
        use FindingKind as F;
        let needs_discount = matches!(fault, Some(F::DiscountMissing | F::DiscountLate));
        let needs_points = matches!(fault, Some(F::PointsTwice | F::PointsMissing));
        let is_member = needs_discount || needs_points || (self.chance(350) && fault != Some(F::Identity));
        let discount = match self.between(0, 3) {
            0 if !needs_discount => 0,
            0 | 1 => 500,
            2 => 1_000,
            _ => 1_500,
        };
        // Some people come twice in a month.
        let comes_twice = fault.is_none() && mix(index / 2).is_multiple_of(10);
        let guest = if comes_twice { 8_000_000 + index / 2 } else { index };
        let person = self.people.person(guest, Some(if guest.is_multiple_of(4) { "GBR" } else { "CHN" }));
        let hotel = self.draws.below(HOTELS);
        let nights = [1, 1, 1, 2, 2, 3, 3, 4, 5][self.draws.below(9) as usize];
        let is_platform = self.chance(600);
        let platform = ["ctrip", "meituan", "fliggy", "booking"][self.draws.below(4) as usize];
        let rooms = match self.between(0, 99) {
            0..=2 => 3,
            3..=9 => 2,
            _ => 1,
        };
        let guests = rooms + self.between(0, rooms as u64) as i64;
        // The last two days are to come, and a few guests are in the house.
        let arrival = match fault {
            Some(F::NotRegistered) => DAYS - 3,
            Some(_) => self.draws.below(DAYS - 10),
            None if comes_twice && index.is_multiple_of(2) => self.draws.below(9),
            None if comes_twice => self.between(15, DAYS - 1),
            None => self.draws.below(DAYS),
        };
        Truth {
            index,
            property: text(format!("H{:02}", hotel + 1)),
            number: text(format!("{:010}", 4_000_000_000 + index * 7)),
            platform: is_platform.then(|| {
                (
                    text(platform),
                    text(format!("{}{:012}", &platform[..1].to_uppercase(), 880_000_000_000 + index * 13)),
                )
            }),
            name: self.name(guest),
            phone: text(person.phone),
            document: text(person.document_number),
            member: is_member.then(|| text(format!("M{:09}", 700_000_000 + guest))),
            // Of a member a wrong price could be the right one with or without the discount.
            discount: if is_member && fault != Some(F::Rate) { discount } else { 0 },
            arrival,
            nights: if fault == Some(F::NotRegistered) { 3 } else { nights },
            rooms: if matches!(fault, None | Some(F::Headcount)) { rooms } else { 1 },
            guests: if matches!(fault, None | Some(F::Headcount)) { guests } else { 1 + guests % 2 },
            price: self.between(200, 1_500) as i64 * 1_00,
        }
    }

    fn booking(
        &mut self,
        truth: &Truth,
        system: &Text,
        numbers: Vec<Text>,
        key: &str,
        status: BookingStatus,
    ) {
        let is_platform = &**system != "pms";
        // A platform rounds and converts as it likes, by a few thousandths.
        let noise = if is_platform && self.chance(200) { self.between(0, 6) as i64 - 3 } else { 0 };
        let price = truth.price * truth.rooms + truth.price * noise / 1_000;
        // Platforms hide phone numbers more often than not.
        let phone = (!is_platform || self.chance(300)).then(|| truth.phone.clone());
        let name = if self.chance(20) { self.mistyped(&truth.name) } else { truth.name.clone() };
        let person = Person {
            phone,
            member: truth.member.clone().filter(|_| !is_platform),
            name: Some(name),
            ..Person::default()
        };
        self.facts.bookings.push(Booking {
            key: text(format!("B{}-{key}", truth.index)),
            property: truth.property.clone(),
            system: system.clone(),
            channel: None,
            numbers,
            person,
            group: None,
            arrival: date(truth.arrival),
            departure: date(truth.arrival + truth.nights),
            rooms: truth.rooms,
            guests: Some(truth.guests),
            status,
            currency: Currency::CNY,
            nightly: vec![price; truth.nights as usize],
            discount: truth.discount,
            penalty: truth.price * truth.rooms,
            booked: None,
        });
    }

    /// A letter lost, doubled or swapped with the next.
    fn mistyped(&mut self, name: &str) -> Text {
        let mut letters: Vec<char> = name.chars().collect();
        if letters.len() < 2 {
            return text(name);
        }
        let at = self.between(1, letters.len() as u64 - 1) as usize;
        match self.between(0, 2) {
            0 if letters.len() > 3 => _ = letters.remove(at),
            1 if at + 1 < letters.len() => letters.swap(at, at + 1),
            _ => letters.insert(at, letters[at]),
        }
        text(letters.into_iter().collect::<String>())
    }

    fn visit(&mut self, index: u64, fault: Option<FindingKind>) {
        use FindingKind as F;
        let truth = self.truth(index, fault);
        let today = DAYS - 2;
        let pms = text("pms");
        let departure = truth.arrival + truth.nights;
        let mut numbers = vec![truth.number.clone()];
        numbers.extend(truth.platform.as_ref().map(|(_, number)| number.clone()));
        let called_off = match fault {
            None => match self.between(0, 99) {
                0..=7 => Some(BookingStatus::Cancelled),
                8..=9 if truth.arrival < today => Some(BookingStatus::NoShow),
                _ => None,
            },
            Some(F::NoShowCharged) => Some(BookingStatus::NoShow),
            Some(_) => None,
        };
        // Which of the ways in which systems disagree on where a visit stands.
        let way = if fault == Some(F::Status) { self.between(1, 4) } else { 0 };
        let status = match called_off {
            Some(status) => status,
            None if way == 2 => BookingStatus::Cancelled,
            None if way == 3 || truth.arrival >= today => BookingStatus::Reserved,
            None if departure <= today && way != 4 => BookingStatus::Departed,
            None => BookingStatus::InHouse,
        };
        let is_booked = fault != Some(F::StayWithoutBooking);
        // Who stays on books the last night anew, and moves no room.
        let is_extended = fault.is_none() && called_off.is_none() && truth.nights > 1 && self.chance(8);
        if is_extended {
            let more = text(format!("{:010}", 5_000_000_000 + index * 7));
            for (key, number, from, nights) in
                [("p", &numbers[0].clone(), 0, truth.nights - 1), ("e", &more, truth.nights - 1, 1)]
            {
                let part = truth.part(from, nights);
                self.booking(&part, &pms, vec![number.clone()], key, status);
            }
            numbers = vec![truth.number.clone(), more];
        } else if is_booked {
            self.booking(&truth, &pms, numbers.clone(), "p", status);
            // A copy at the platform, which often learns late or never that somebody came, but that a booking was called off.
            let told = match status {
                BookingStatus::Departed | BookingStatus::InHouse if self.chance(400) => {
                    BookingStatus::Reserved
                }
                told => told,
            };
            let (system, number) = match (&truth.platform, way) {
                (Some((system, number)), _) => (Some(system.clone()), number.clone()),
                (None, 1) => (Some(text("ctrip")), truth.number.clone()),
                (None, _) => (None, truth.number.clone()),
            };
            let told = if way == 1 { BookingStatus::Cancelled } else { told };
            if let Some(system) = system {
                self.booking(&truth, &system, vec![number], "c", told);
            }
        }
        match called_off {
            Some(BookingStatus::NoShow) => return self.no_show(&truth, fault.is_some()),
            Some(_) => return,
            None => {}
        }
        if fault == Some(F::DuplicateBooking) {
            let system = text(if truth.platform.as_ref().is_some_and(|(name, _)| &**name == "fliggy") {
                "ctrip"
            } else {
                "fliggy"
            });
            let shift = self.between(0, truth.nights - 1);
            let again = Truth { member: None, discount: 0, ..truth.part(shift, truth.nights) };
            let number = text(format!("X{:012}", 990_000_000_000 + index));
            self.booking(&again, &system, vec![number], "d", BookingStatus::Reserved);
            // Who books twice leaves the same phone number.
            if let Some(booking) = self.facts.bookings.last_mut() {
                booking.person.phone = Some(truth.phone.clone());
            }
        }
        let is_here = truth.arrival < today && fault != Some(F::ChargeWithoutStay) && way != 3;
        let stayed = self.stayed_nights(&truth, fault);
        let is_over = truth.arrival + stayed <= today && way != 4;
        if is_here {
            self.stays(&truth, (fault, is_extended), stayed, is_over, &numbers);
        }
        if way == 3 || truth.arrival >= today {
            return;
        }
        let billed = self.bill(&truth, fault, stayed);
        if is_over || fault == Some(F::ChargeWithoutStay) {
            self.paid(&truth, fault, billed, truth.arrival + stayed);
            if is_here {
                self.points(&truth, fault, truth.arrival + stayed);
            }
        }
    }

    fn stayed_nights(&mut self, truth: &Truth, fault: Option<FindingKind>) -> u64 {
        match fault {
            Some(FindingKind::Nights) if truth.nights > 1 && self.chance(500) => truth.nights - 1,
            Some(FindingKind::Nights) => truth.nights + self.between(1, 2),
            _ => truth.nights,
        }
    }

    fn stays(
        &mut self,
        truth: &Truth,
        (fault, is_extended): (Option<FindingKind>, bool),
        stayed: u64,
        is_over: bool,
        numbers: &[Text],
    ) {
        use FindingKind as F;
        let rooms = truth.rooms + i64::from(fault == Some(F::Rooms));
        let more = if fault == Some(F::Headcount) { self.between(1, 4) as i64 } else { 0 };
        for room in 0..rooms {
            // Guests spread over the rooms, the first ones hold more.
            let guests = truth.guests / truth.rooms + i64::from(room < truth.guests % truth.rooms);
            let guests = if room == 0 { guests + more } else { guests.max(1) };
            let mut person = Person {
                name: Some(truth.name.clone()),
                document: Some(truth.document.clone()),
                phone: self.chance(800).then(|| truth.phone.clone()),
                member: truth.member.clone(),
                guest: None,
            };
            if room > 0 || fault == Some(F::Identity) {
                let other = 5_000_000 + truth.index * 4 + room as u64;
                let nationality = if other.is_multiple_of(4) { "GBR" } else { "CHN" };
                let companion = self.people.person(other, Some(nationality));
                person = Person {
                    name: Some(text(companion.full_name.to_lowercase())),
                    document: Some(text(companion.document_number)),
                    ..Person::default()
                };
            }
            // In everyday life a number is lost here and there; who it is and when says the rest.
            let is_lost = fault.is_none() && !is_extended && room == 0 && self.chance(20);
            let numbers = if is_lost { Vec::new() } else { numbers.to_vec() };
            let registered = guests - i64::from(fault == Some(F::NotRegistered));
            let due = if room > 0 { Some(0) } else { Some(points_of(truth)) };
            self.facts.stays.push(Stay {
                key: text(format!("S{}-{room}", truth.index)),
                property: truth.property.clone(),
                system: text("pms"),
                numbers,
                person,
                group: None,
                arrival: date(truth.arrival),
                departure: date(truth.arrival + stayed),
                rooms: 1,
                guests,
                registered: Some(registered),
                status: if is_over { StayStatus::Departed } else { StayStatus::InHouse },
                walk_in: false,
                points_due: due,
            });
        }
    }

    fn line(
        &mut self,
        truth: &Truth,
        kind: LineKind,
        code: &str,
        [day, posted]: [u64; 2],
        amount: i64,
        reference: bool,
    ) {
        let index = self.facts.lines.len();
        self.facts.lines.push(Line {
            key: text(format!("L{}-{index}", truth.index)),
            property: truth.property.clone(),
            number: truth.number.clone(),
            date: date(day),
            posted: date(posted),
            kind,
            code: text(code),
            amount,
            currency: Currency::CNY,
            reference: reference.then(|| text(format!("{index:08}"))),
        });
    }

    /// The bill. Returns what it comes to.
    fn bill(&mut self, truth: &Truth, fault: Option<FindingKind>, stayed: u64) -> i64 {
        use FindingKind as F;
        let first = self.facts.lines.len();
        let last = (truth.arrival + stayed).min(DAYS - 2).max(truth.arrival + 1);
        let rooms = truth.rooms + i64::from(fault == Some(F::Rooms));
        let is_at_gross = matches!(fault, Some(F::DiscountMissing | F::DiscountLate)) || self.chance(300);
        let wrong = match fault {
            Some(F::Rate) if self.chance(500) => self.between(105, 150) as i64,
            Some(F::Rate) => self.between(50, 85) as i64,
            _ => 100,
        };
        let off = share(truth.price, truth.discount);
        for day in truth.arrival..last {
            for _ in 0..rooms {
                let price = if is_at_gross { truth.price } else { truth.price - off };
                self.line(truth, LineKind::Room, "ROOM", [day, day], price * wrong / 100, false);
            }
            for _ in 0..self.between(1, 5) {
                let code = ["MINIBAR", "LAUNDRY", "FOOD", "PARKING", "PHONE"][self.draws.below(5) as usize];
                let amount = self.between(5, 300) as i64 * 1_00 + self.draws.below(100) as i64;
                self.line(truth, LineKind::Extra, code, [day, day], amount, true);
            }
            self.line(truth, LineKind::Extra, "TAX", [day, day], share(truth.price, 600), false);
        }
        if is_at_gross && off > 0 && wrong == 100 && fault != Some(F::DiscountMissing) {
            let nights = (last - truth.arrival) as i64;
            let late = if fault == Some(F::DiscountLate) { self.between(1, 3) } else { 0 };
            let day = truth.arrival + if late > 0 { stayed + late } else { 0 };
            self.line(truth, LineKind::Discount, "MEMBER", [day, day], -off * nights * rooms, false);
        }
        if fault == Some(F::ChargeDoubled) {
            let at = if self.chance(500) { first } else { first + 1 };
            if let Some(line) = self.facts.lines.get(at).cloned() {
                let index = self.facts.lines.len();
                self.facts.lines.push(Line { key: text(format!("L{}-{index}", truth.index)), ..line });
            }
        }
        if fault == Some(F::Currency)
            && let Some(line) = self.facts.lines.get_mut(first + 1)
        {
            line.currency = Currency::USD;
        }
        // A message that comes twice is the same message.
        if self.chance(50)
            && let Some(line) = self.facts.lines.last().cloned()
        {
            self.facts.lines.push(line);
        }
        let mut seen = BTreeSet::new();
        let lines = self.facts.lines.get(first..).unwrap_or_default().iter();
        lines.filter(|line| seen.insert(&line.key)).map(|line| line.amount).sum()
    }

    fn payment(&mut self, truth: &Truth, kind: PaymentKind, day: u64, amount: i64) {
        let index = self.facts.payments.len();
        let method = ["CARD", "ALIPAY", "WECHAT", "CASH"][self.draws.below(4) as usize];
        self.facts.payments.push(Payment {
            key: text(format!("Y{}-{index}", truth.index)),
            property: truth.property.clone(),
            number: truth.number.clone(),
            date: date(day),
            kind,
            method: text(method),
            amount,
            currency: Currency::CNY,
            reference: Some(text(format!("{index:09}"))),
        });
    }

    fn paid(&mut self, truth: &Truth, fault: Option<FindingKind>, billed: i64, day: u64) {
        use FindingKind as F;
        // Whoever paid before a discount came has paid more.
        let late = if fault == Some(F::DiscountLate) {
            share(truth.price, truth.discount) * truth.nights as i64
        } else {
            0
        };
        let mut due = billed + late;
        if self.chance(150) || fault == Some(F::DepositNotApplied) {
            let deposit = truth.price.min(due);
            self.payment(truth, PaymentKind::Deposit, truth.arrival, deposit);
            if fault == Some(F::DepositNotApplied) {
                due -= if self.chance(500) { deposit } else { 0 };
            } else {
                self.payment(truth, PaymentKind::Applied, day, deposit);
                due -= deposit;
            }
        }
        if fault == Some(F::PaymentMissing) {
            let missing = self.between(10, 100) as i64;
            if missing == 100 || due * missing / 100 < 10_00 {
                return;
            }
            due -= due * missing / 100;
        }
        if due > 100_00 && self.chance(100) && fault != Some(F::PaymentDoubled) {
            let part = due / 3;
            self.payment(truth, PaymentKind::Paid, day, part);
            due -= part;
        }
        if due > 0 {
            self.payment(truth, PaymentKind::Paid, day, due);
        }
        if fault == Some(F::PaymentDoubled)
            && let Some(payment) = self.facts.payments.last().cloned()
        {
            let index = self.facts.payments.len();
            self.facts.payments.push(Payment { key: text(format!("Y{}-{index}", truth.index)), ..payment });
        }
    }

    fn points(&mut self, truth: &Truth, fault: Option<FindingKind>, day: u64) {
        let Some(member) = truth.member.clone().filter(|_| fault != Some(FindingKind::PointsMissing)) else {
            return;
        };
        let times = if fault == Some(FindingKind::PointsTwice) { self.between(2, 3) } else { 1 };
        let is_elsewhere = self.chance(500);
        for time in 0..times {
            let property = if time > 0 && is_elsewhere { text("H99") } else { truth.property.clone() };
            let is_lost = fault.is_none() && self.chance(20);
            let after = if is_lost { self.between(0, 2) } else { 0 };
            self.facts.points.push(Points {
                key: text(format!("P{}-{time}", truth.index)),
                property,
                system: text("members"),
                number: (!is_lost).then(|| truth.number.clone()),
                member: member.clone(),
                date: date(day + after),
                points: points_of(truth),
            });
        }
    }

    /// Nobody came; mostly what was agreed is charged and paid.
    fn no_show(&mut self, truth: &Truth, is_wrong: bool) {
        if !is_wrong && self.chance(400) {
            return;
        }
        let penalty = truth.price * truth.rooms;
        self.line(truth, LineKind::Penalty, "NOSHOW", [truth.arrival, truth.arrival], penalty, false);
        let mut charged = penalty;
        if is_wrong {
            let kind = if self.chance(500) { LineKind::Room } else { LineKind::Penalty };
            self.line(truth, kind, "ROOM", [truth.arrival, truth.arrival], truth.price, false);
            charged += truth.price;
        }
        self.payment(truth, PaymentKind::Paid, truth.arrival + 1, charged);
    }
}

/// Points that a visit earns: one for each whole unit that the rooms cost as agreed.
fn points_of(truth: &Truth) -> i64 {
    if truth.member.is_none() {
        return 0;
    }
    (truth.price - share(truth.price, truth.discount)) * truth.nights as i64 * truth.rooms / 1_00
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_repeat_and_every_fault_is_of_a_visit() {
        let month = Month::new(7, 8_000, 20);
        assert_eq!(month, Month::new(7, 8_000, 20));
        assert_ne!(month, Month::new(8, 8_000, 20));
        let kinds = FindingKind::ALL.iter().filter(|kind| kind.source() == FindingSource::Records);
        assert_eq!(month.truth.len(), 20 * kinds.count());
        let mut visits = BTreeSet::new();
        assert!(month.truth.iter().all(|(_, visit)| visits.insert(*visit)), "one fault a visit");
        let of_booking = month.facts.bookings.iter().filter_map(|booking| Month::visit_of(&booking.key));
        assert_eq!(of_booking.max(), Some(7_999));
    }
}
