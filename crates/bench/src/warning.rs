//! False alarms of the early warning on the real bookings file, with consumption that is derived from it.
//!
//! Every stay of the file consumes: mini-bar, meals, laundry, a car, as a hotel's guests do, a few of them very much. Nothing of that is wrong, so each
//! warning is a false alarm. Then one stay in two hundred is charged wrongly, and warnings are counted there.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
};

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use flate2::read::GzDecoder;
use hefu_findings::{
    Booking, BookingStatus, Facts, Line, LineKind, Norms, Person, Stay, StayStatus, Text, warn,
};
use hefu_kernel::{Currency, SeededRng};

use crate::import;

/// Seed of what is consumed.
const SEED: u64 = 31;

/// One stay in so many is charged wrongly.
const WRONG: u64 = 200;

/// Business dates that what is usual is learnt from.
const LEARNT: u64 = 28;

/// What is sold: code, in how many of a thousand nights, and the usual amount, minor units.
const SOLD: [(&str, u64, i64); 4] =
    [("MINI", 300, 38_00), ("FB", 450, 160_00), ("LAUN", 60, 85_00), ("CAR", 40, 220_00)];

/// A stay of the file.
struct Guest {
    hotel: Text,
    arrival: NaiveDate,
    nights: u64,
    adults: i64,
    rate: i64,
}

fn stays() -> anyhow::Result<Vec<Guest>> {
    let mut reader = csv::Reader::from_reader(GzDecoder::new(File::open(import::file()?)?));
    let headers = reader.headers()?.clone();
    let column = |name: &str| {
        headers.iter().position(|header| header == name).with_context(|| format!("the file has no {name}"))
    };
    let (hotel, status) = (column("hotel")?, column("reservation_status")?);
    let (year, month) = (column("arrival_date_year")?, column("arrival_date_month")?);
    let (day, rate) = (column("arrival_date_day_of_month")?, column("adr")?);
    let (weekend, week) = (column("stays_in_weekend_nights")?, column("stays_in_week_nights")?);
    let adults = column("adults")?;
    let mut found = Vec::new();
    for row in reader.records() {
        let row = row?;
        let text = |at: usize| row.get(at).unwrap_or_default();
        let number = |at: usize| text(at).parse::<u64>().unwrap_or(0);
        let nights = number(weekend) + number(week);
        let date = format!("{} {} {}", text(day), text(month), text(year));
        let Ok(arrival) = NaiveDate::parse_from_str(&date, "%d %B %Y") else { continue };
        if text(status) != "Check-Out" || nights == 0 {
            continue;
        }
        found.push(Guest {
            hotel: text(hotel).into(),
            arrival,
            nights,
            adults: text(adults).parse().unwrap_or(1),
            rate: (text(rate).parse::<f64>().unwrap_or(0.0) * 100.0) as i64,
        });
    }
    Ok(found)
}

/// An amount around the usual one, now and then several times that.
fn amount(rng: &SeededRng, usual: i64, heads: i64) -> i64 {
    let of = |from: i64, to: i64| from + rng.below((to - from) as u64) as i64;
    let share = match rng.below(1_000) {
        0..4 => of(300, 700),
        4..60 => of(180, 300),
        _ => of(50, 160),
    };
    usual * share / 100 * heads.clamp(1, 4)
}

impl Guest {
    /// What is known of it on its last day in house.
    fn facts(&self, place: usize, rng: &SeededRng) -> Facts {
        let number: Text = format!("{place}").into();
        let departure = self.arrival + Days::new(self.nights);
        let booking = Booking {
            key: number.clone(),
            property: self.hotel.clone(),
            system: "hefu".into(),
            channel: None,
            numbers: vec![number.clone()],
            person: Person::default(),
            group: None,
            arrival: self.arrival,
            departure,
            rooms: 1,
            guests: Some(self.adults),
            status: BookingStatus::InHouse,
            currency: Currency::CNY,
            nightly: Vec::new(),
            discount: 0,
            penalty: 0,
            booked: None,
        };
        let stay = Stay {
            key: number.clone(),
            property: self.hotel.clone(),
            system: "hefu".into(),
            numbers: vec![number.clone()],
            person: Person::default(),
            group: None,
            arrival: self.arrival,
            departure,
            rooms: 1,
            guests: self.adults,
            registered: None,
            status: StayStatus::InHouse,
            walk_in: false,
            points_due: None,
        };
        let mut facts = Facts { bookings: vec![booking], stays: vec![stay], ..Facts::default() };
        let mut add = |date, kind, code: &str, amount| {
            facts.lines.push(Line {
                key: format!("{place}-{}", facts.lines.len()).into(),
                property: self.hotel.clone(),
                number: number.clone(),
                date,
                posted: date,
                kind,
                code: code.into(),
                amount,
                currency: Currency::CNY,
                reference: None,
            });
        };
        for night in 0..self.nights {
            let date = self.arrival + Days::new(night);
            add(date, LineKind::Room, "ROOM", self.rate);
            for (code, often, usual) in SOLD {
                if rng.below(1_000) < often {
                    add(date, LineKind::Extra, code, amount(rng, usual, self.adults));
                }
            }
        }
        facts
    }
}

/// How often something was charged on a day, and how much in all, minor units.
type Charged = BTreeMap<(LineKind, Text), (i64, i64)>;

/// Counts warnings over the whole file.
#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
pub fn run() -> anyhow::Result<()> {
    let rng = SeededRng::new(SEED);
    let guests = stays()?;
    let facts: Vec<Facts> =
        guests.iter().enumerate().map(|(place, guest)| guest.facts(place, &rng)).collect();
    // What was charged on which day, hotel by hotel.
    let mut charged: BTreeMap<(Text, NaiveDate), Charged> = BTreeMap::new();
    for line in facts.iter().flat_map(|facts| &facts.lines) {
        let of_day = charged.entry((line.property.clone(), line.date)).or_default();
        let (count, sum) = of_day.entry((line.kind, line.code.clone())).or_default();
        (*count, *sum) = (*count + 1, *sum + line.amount);
    }
    let mut known: BTreeMap<(Text, NaiveDate), Norms> = BTreeMap::new();
    let mut norms = |hotel: &Text, date: NaiveDate| {
        let of = known.entry((hotel.clone(), date)).or_insert_with(|| {
            let mut norms = Norms::default();
            for back in 1..=LEARNT {
                for ((kind, code), sums) in
                    charged.get(&(hotel.clone(), date - Days::new(back))).into_iter().flatten()
                {
                    norms.add(code, *kind, *sums);
                }
            }
            norms
        });
        of.clone()
    };
    let (mut alarmed, mut wrong, mut seen) = (BTreeSet::new(), 0_usize, 0_usize);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, (guest, mut facts)) in guests.iter().zip(facts).enumerate() {
        let today = guest.arrival + Days::new(guest.nights);
        let norms = norms(&guest.hotel, today);
        for found in warn(&facts, &BTreeMap::new(), &norms, today) {
            *kinds.entry(found.kind.code()).or_default() += 1;
            alarmed.insert(place);
        }
        // A slip of the decimal point, or another's minibar on this bill.
        if rng.below(WRONG) == 0
            && let Some(line) = facts.lines.iter_mut().find(|line| line.kind == LineKind::Extra)
        {
            wrong += 1;
            line.amount *= 100;
            seen += usize::from(!warn(&facts, &BTreeMap::new(), &norms, today).is_empty());
        }
    }
    let of_thousand = 1_000.0 * alarmed.len() as f64 / guests.len().max(1) as f64;
    println!(
        "early warning: {} stays of the real file with derived consumption, {} of them warned of ({of_thousand:.2} of a thousand): {kinds:?}",
        guests.len(),
        alarmed.len(),
    );
    println!("  of {wrong} slips of the decimal point {seen} were seen");
    anyhow::ensure!(of_thousand < 2.0, "too many false alarms");
    Ok(())
}
