//! The real bookings file with derived stays, bills and payments: what agrees has no finding, and what is put wrong is found.
//!
//! Of each row of the file the stay, a room charge a night and the payment are derived, as a hotel's systems would tell them. Nothing contradicts anything
//! then, so each finding is false. After that one stay in two hundred is put wrong, in turn in each of several ways.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::Path,
    time::Instant,
};

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use flate2::read::GzDecoder;
use hefu_findings::{
    Booking, BookingStatus, Facts, FindingKind, Line, LineKind, Payment, PaymentKind, Person, Stay,
    StayStatus, Text, inspect,
};
use hefu_kernel::Currency;
use hefu_synthetic::Month;

use crate::import;

/// One stay in so many is put wrong.
const WRONG: usize = 200;

/// What is put wrong, in turn.
const FAULTS: [FindingKind; 7] = [
    FindingKind::Rate,
    FindingKind::ChargeDoubled,
    FindingKind::PaymentMissing,
    FindingKind::PaymentDoubled,
    FindingKind::Status,
    FindingKind::StayWithoutBooking,
    FindingKind::Headcount,
];

/// A row of the file.
struct Row {
    hotel: Text,
    status: BookingStatus,
    arrival: NaiveDate,
    nights: u64,
    guests: i64,
    rate: i64,
}

/// Rows that somebody stays by or might have: those without a night, a guest or a price are left out. Of each so many one is taken.
fn rows(path: &Path, every: usize) -> anyhow::Result<Vec<Row>> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(path)?));
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        headers.iter().position(|header| header == name).with_context(|| format!("the file has no {name}"))
    };
    let (hotel, status) = (column("hotel")?, column("reservation_status")?);
    let (year, month) = (column("arrival_date_year")?, column("arrival_date_month")?);
    let (day, rate) = (column("arrival_date_day_of_month")?, column("adr")?);
    let (weekend, week) = (column("stays_in_weekend_nights")?, column("stays_in_week_nights")?);
    let (adults, children) = (column("adults")?, column("children")?);
    let mut found = Vec::new();
    for row in reader.records().step_by(every) {
        let row = row?;
        let text = |at: usize| row.get(at).unwrap_or_default();
        let number = |at: usize| text(at).parse::<u64>().unwrap_or(0);
        let date = format!("{} {} {}", text(day), text(month), text(year));
        let Ok(arrival) = NaiveDate::parse_from_str(&date, "%d %B %Y") else { continue };
        let status = match text(status) {
            "Check-Out" => BookingStatus::Departed,
            "No-Show" => BookingStatus::NoShow,
            _ => BookingStatus::Cancelled,
        };
        let row = Row {
            hotel: text(hotel).into(),
            status,
            arrival,
            nights: number(weekend) + number(week),
            guests: (number(adults) + number(children)) as i64,
            rate: (text(rate).parse::<f64>().unwrap_or(0.0) * 100.0).round() as i64,
        };
        if row.nights > 0 && row.guests > 0 && row.rate > 0 {
            found.push(row);
        }
    }
    Ok(found)
}

impl Row {
    /// What the systems say of it.
    fn facts(&self, place: usize) -> Facts {
        let number: Text = format!("{place}").into();
        let person = Person { guest: Some(format!("G{place}").into()), ..Person::default() };
        let departure = self.arrival + Days::new(self.nights);
        let booking = Booking {
            key: format!("B{place}").into(),
            property: self.hotel.clone(),
            system: "hefu".into(),
            channel: None,
            numbers: vec![number.clone()],
            person: person.clone(),
            group: None,
            arrival: self.arrival,
            departure,
            rooms: 1,
            guests: Some(self.guests),
            status: self.status,
            currency: Currency::CNY,
            nightly: vec![self.rate; self.nights as usize],
            discount: 0,
            penalty: 0,
            booked: None,
        };
        let mut facts = Facts { bookings: vec![booking], ..Facts::default() };
        if self.status != BookingStatus::Departed {
            return facts;
        }
        facts.stays.push(Stay {
            key: format!("S{place}").into(),
            property: self.hotel.clone(),
            system: "hefu".into(),
            numbers: vec![number.clone()],
            person,
            group: None,
            arrival: self.arrival,
            departure,
            rooms: 1,
            guests: self.guests,
            registered: Some(self.guests),
            status: StayStatus::Departed,
            walk_in: false,
            points_due: None,
        });
        for night in 0..self.nights {
            let date = self.arrival + Days::new(night);
            facts.lines.push(Line {
                key: format!("L{place}-{night}").into(),
                property: self.hotel.clone(),
                number: number.clone(),
                date,
                posted: date,
                kind: LineKind::Room,
                code: "ROOM".into(),
                amount: self.rate,
                currency: Currency::CNY,
                reference: None,
            });
        }
        facts.payments.push(Payment {
            key: format!("Y{place}").into(),
            property: self.hotel.clone(),
            number,
            date: departure,
            kind: PaymentKind::Paid,
            method: "CARD".into(),
            amount: self.rate * self.nights as i64,
            currency: Currency::CNY,
            reference: None,
        });
        facts
    }
}

/// Puts something wrong with what the systems say of one stay.
fn spoil(facts: &mut Facts, kind: FindingKind, place: usize) {
    match kind {
        FindingKind::Rate => {
            facts.lines[0].amount += 600_00;
            facts.payments[0].amount += 600_00;
        }
        FindingKind::ChargeDoubled => {
            let again = Line { key: format!("L{place}-again").into(), ..facts.lines[0].clone() };
            facts.lines.push(again);
        }
        FindingKind::PaymentMissing => facts.payments[0].amount /= 2,
        FindingKind::PaymentDoubled => {
            let again = Payment { key: format!("Y{place}-again").into(), ..facts.payments[0].clone() };
            facts.payments.push(again);
        }
        FindingKind::Status => facts.bookings[0].status = BookingStatus::Cancelled,
        FindingKind::StayWithoutBooking => facts.bookings.clear(),
        _ => {
            facts.stays[0].guests += 1;
            facts.stays[0].registered = Some(facts.stays[0].guests);
        }
    }
}

/// What came of the file.
struct Outcome {
    rows: usize,
    /// Findings where nothing is wrong.
    quiet: Vec<FindingKind>,
    /// Of each kind: right, found and there.
    kinds: BTreeMap<FindingKind, (usize, usize, usize)>,
    seconds: f64,
}

fn reconcile(rows: &[Row]) -> Outcome {
    let mut apart: Vec<Facts> = rows.iter().enumerate().map(|(place, row)| row.facts(place)).collect();
    let last = rows.iter().map(|row| row.arrival + Days::new(row.nights)).max();
    let today = last.unwrap_or_default() + Days::new(10);
    let whole = |apart: &[Facts]| {
        let mut facts = Facts::default();
        for one in apart {
            facts.bookings.extend_from_slice(&one.bookings);
            facts.stays.extend_from_slice(&one.stays);
            facts.lines.extend_from_slice(&one.lines);
            facts.payments.extend_from_slice(&one.payments);
        }
        facts
    };
    let quiet = inspect(&whole(&apart), today).iter().map(|finding| finding.kind).collect();
    let mut truth = BTreeSet::new();
    let staying = apart.iter_mut().enumerate().filter(|(_, facts)| !facts.stays.is_empty());
    for ((place, facts), kind) in staying.step_by(WRONG).zip(FAULTS.iter().cycle()) {
        spoil(facts, *kind, place);
        truth.insert((*kind, place as u64));
    }
    let facts = whole(&apart);
    let began = Instant::now();
    let findings = inspect(&facts, today);
    let seconds = began.elapsed().as_secs_f64();
    let found: BTreeSet<(FindingKind, u64)> = findings
        .iter()
        .filter_map(|finding| Some((finding.kind, Month::visit_of(&finding.about.last()?.key)?)))
        .collect();
    let of = |set: &BTreeSet<(FindingKind, u64)>, kind: FindingKind| {
        set.iter().filter(|(known, _)| *known == kind).count()
    };
    let right: BTreeSet<(FindingKind, u64)> = found.intersection(&truth).copied().collect();
    let seen: BTreeSet<FindingKind> = found.union(&truth).map(|(kind, _)| *kind).collect();
    let kinds =
        seen.into_iter().map(|kind| (kind, (of(&right, kind), of(&found, kind), of(&truth, kind)))).collect();
    Outcome { rows: rows.len(), quiet, kinds, seconds }
}

/// Reconciles the whole file.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn run() -> anyhow::Result<()> {
    let Outcome { rows, quiet, kinds, seconds } = reconcile(&rows(&import::file()?, 1)?);
    println!(
        "the real file with derived stays, bills and payments: {rows} bookings, {seconds:.2} s; {} findings where nothing is wrong",
        quiet.len()
    );
    for (kind, (right, found, there)) in kinds {
        println!("  {:<22} {right} right of {found} found, {there} there", kind.code());
    }
    anyhow::ensure!(quiet.is_empty(), "findings where nothing is wrong");
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// Every tenth row; the bench takes all of them.
    #[test]
    fn a_sample_of_the_real_file_is_reconciled() {
        let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
        let shared = std::env::var_os("HEFU_SHARED").map_or_else(beside, PathBuf::from);
        let path = shared.join("data/hotel_bookings.csv.gz");
        // The file is not part of this repository.
        if !path.exists() {
            return;
        }
        let outcome = reconcile(&rows(&path, 10).unwrap());
        assert!(outcome.rows > 10_000, "{}", outcome.rows);
        assert_eq!(outcome.quiet, []);
        for (kind, (right, found, there)) in outcome.kinds {
            assert!(
                right * 20 >= there * 19 && right * 20 >= found * 19,
                "{kind}: {right} of {found}, {there} there"
            );
        }
    }
}
