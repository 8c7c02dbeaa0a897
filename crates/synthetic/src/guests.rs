//! Guests as a hotel's systems record them: one person in several records, with everything that goes wrong between them.

use chrono::{Datelike as _, Months, NaiveDate};
use pinyin::ToPinyin as _;

use crate::{
    chinese,
    draws::{Draws, mix, scale},
    people::{People, Person},
    permutation::permute,
};

/// One record of a guest, each field as some system would export it; absent fields are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuestRecord {
    /// The number of the record, different for each.
    pub id: u64,
    /// The number of the person, unknown to any system: the ground truth for measuring matching.
    pub person: u64,
    /// The system the record is from.
    pub source: &'static str,
    /// The name, in Chinese characters, in pinyin or in the person's own script.
    pub full_name: String,
    /// The birth date, in one of several formats.
    pub birth_date: String,
    /// The phone number, in one of several formats.
    pub phone: String,
    /// The type of the document.
    pub document_type: String,
    /// The number of the document.
    pub document: String,
    /// The e-mail address.
    pub email: String,
    /// The city.
    pub city: String,
}

/// The mix of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// As in a Chinese chain: most from the mainland, every tenth in pinyin only, the rest from everywhere.
    Chinese,
    /// People who write their names in Latin letters.
    Latin,
}

/// The records of a hotel's guests: `count` of them, every fifth a further record of someone who already has one. The
/// same for the same seed, in an order that reveals nothing.
#[derive(Debug, Clone)]
pub struct Guests {
    people: People,
    seed: u64,
    count: u64,
    mix: Mix,
}

const SOURCES: [&str; 5] = ["booking", "front_desk", "member", "ota", "branch"];

/// Countries whose people have Latin names.
const LATIN: [&str; 6] = ["GBR", "USA", "DEU", "FRA", "ESP", "PRT"];

/// Bookings of one agency that use its phone number.
const AGENCY_BOOKINGS: u64 = 100;

/// Which fields a system fills: chances in a hundred that a field is filled, in the order of [`SOURCES`].
const FILLED: [[u64; 5]; 5] = [
    // birth, document, phone, e-mail, city
    [30, 15, 95, 60, 40],
    [95, 95, 80, 15, 60],
    [80, 35, 95, 70, 70],
    [10, 10, 75, 85, 30],
    [85, 80, 75, 25, 60],
];

impl Guests {
    /// The records of `seed`. `count` is at least 10.
    pub fn new(seed: u64, count: u64, mix: Mix) -> Self {
        Self { people: People::new(seed), seed, count: count.max(10), mix }
    }

    /// Every record.
    pub fn records(&self) -> impl Iterator<Item = GuestRecord> + '_ {
        (0..self.count).map(|place| self.record(place))
    }

    /// The record at an index below the count.
    pub fn record(&self, place: u64) -> GuestRecord {
        let number = permute(mix(self.seed), place, self.count);
        let draws = &mut Draws::new(mix(mix(self.seed ^ 0x6775_6573_7473) ^ number));
        let persons = self.count - self.count / 5;
        let person = if number < persons {
            number
        } else {
            // A few return again and again, most never: the square of a uniform draw.
            let even = scale(draws.next(), 1 << 20);
            permute(mix(self.seed ^ 1), (((even * even) >> 20) * persons) >> 22, persons)
        };
        self.written(place, person, draws)
    }

    /// A person, with the data shared with the previous person: some are relatives.
    fn person(&self, index: u64) -> Person {
        let asked = |index: u64| match self.mix {
            Mix::Chinese => None,
            Mix::Latin => Some(LATIN[scale(mix(index ^ 77), LATIN.len() as u64) as usize]),
        };
        let mut person = self.people.person(index, asked(index));
        let relation = scale(mix(mix(self.seed ^ 2) ^ index), 1_000);
        if index == 0 || relation >= 170 {
            return person;
        }
        let before = self.people.person(index - 1, asked(index - 1));
        if before.nationality != person.nationality {
            return person;
        }
        let renamed = |person: &mut Person, given: String| {
            person.full_name = person.full_name.replacen(&person.surname, &before.surname, 1);
            person.full_name = person.full_name.replacen(&person.given, &given, 1);
            person.surname = before.surname.clone();
            person.given = given;
        };
        match relation {
            // Twins.
            0..5 => {
                let given = person.given.clone();
                renamed(&mut person, given);
                born(&mut person, before.birth);
            }
            // A child of the same name.
            5..10 => {
                renamed(&mut person, before.given.clone());
                born(&mut person, before.birth + Months::new(12 * 27 + 5));
            }
            // A child.
            10..70 => {
                let given = person.given.clone();
                renamed(&mut person, given);
                born(&mut person, before.birth + Months::new(12 * 30 + 3));
            }
            // A couple.
            _ => {}
        }
        person.phone = before.phone;
        person.city = before.city;
        if relation.is_multiple_of(3) {
            person.email = before.email;
        }
        person
    }

    fn written(&self, place: u64, index: u64, draws: &mut Draws) -> GuestRecord {
        let person = self.person(index);
        let source = draws.below(5) as usize;
        let mut has = |field: usize| draws.below(100) < FILLED[source][field];
        let (birth, document, phone, email, city) = (has(0), has(1), has(2), has(3), has(4));
        let (document_type, document) =
            if document { self.document(&person, index, draws) } else { Default::default() };
        GuestRecord {
            id: place,
            person: index,
            source: SOURCES[source],
            full_name: name(&person, draws),
            birth_date: if birth { date(person.birth, draws) } else { String::new() },
            phone: if phone { self.phone(&person, index, draws) } else { String::new() },
            document_type,
            document,
            email: if email { self.email(&person, source, place, draws) } else { String::new() },
            city: if city { self.city(&person, index, draws) } else { String::new() },
        }
    }

    fn phone(&self, person: &Person, index: u64, draws: &mut Draws) -> String {
        let number = match draws.below(100) {
            0..3 => {
                let agency = draws.below((self.count / AGENCY_BOOKINGS / 30).max(1));
                return format!("400{:07}", mix(self.seed ^ agency) % 10_000_000);
            }
            3 => return ["13800000000", "11111111111", "00000000", "1"][draws.below(4) as usize].to_owned(),
            // A new phone.
            4..14 => self.people.person(index + 3 * self.count, Some(person.nationality)).phone,
            _ => person.phone.clone(),
        };
        let number = if draws.below(100) < 2 { mistyped(&number, draws) } else { number };
        let national = number.strip_prefix("+86").filter(|_| person.nationality == "CHN");
        match (national, draws.below(4)) {
            (Some(national), 0) => format!(
                "{} {} {}",
                &national[..3.min(national.len())],
                tail(national, 3, 7),
                tail(national, 7, 99)
            ),
            (Some(national), 1 | 2) => national.to_owned(),
            (_, 3) => number.replacen('+', "00", 1),
            _ => number,
        }
    }

    fn document(&self, person: &Person, index: u64, draws: &mut Draws) -> (String, String) {
        let mut kind = person.document_type;
        let mut number = person.document_number.clone();
        if kind == "passport" && draws.below(100) < 15 {
            // A renewed document.
            let other = self.people.person(index + 2 * self.count, Some(person.nationality));
            (kind, number) = (other.document_type, other.document_number);
            if kind != "passport" {
                (kind, number) = (person.document_type, mistyped(&number[number.len() - 8..], draws));
            }
        }
        match draws.below(100) {
            0..3 => number = mistyped(&number, draws),
            3 => number = "000000000".to_owned(),
            4 if number.len() == 18 && &number[6..8] == "19" => {
                number = format!("{}{}", &number[..6], &number[8..17])
            }
            5..8 if kind == "hk_macau_permit" => number.replace_range(number.len() - 2.., "01"),
            _ => {}
        }
        let named = draws.below(3) > 0;
        (if named { kind.to_owned() } else { String::new() }, number)
    }

    fn email(&self, person: &Person, source: usize, place: u64, draws: &mut Draws) -> String {
        let Some(own) = &person.email else { return String::new() };
        match draws.below(100) {
            0..60 if source == 3 => format!("g{:x}@guest.booking.com", mix(place)),
            60..62 => "info@agency.example.com".to_owned(),
            62..66 => own.replace("@example.", "@mail.example."),
            66..68 => mistyped(own, draws),
            68..75 => own.to_uppercase(),
            _ => own.clone(),
        }
    }

    fn city(&self, person: &Person, index: u64, draws: &mut Draws) -> String {
        let city = match draws.below(100) {
            0..8 => self.people.person(index + self.count, Some(person.nationality)).city,
            _ => person.city.clone(),
        };
        match draws.below(6) {
            0 if person.language == "zh" => city.as_str().to_pinyin().flatten().map(|s| s.plain()).collect(),
            1 if person.nationality == "CHN" => city + "市",
            _ => city,
        }
    }
}

/// Another birth date, and with it another identity number.
fn born(person: &mut Person, birth: NaiveDate) {
    person.birth = birth;
    if person.document_type == "resident_id" {
        let number = &person.document_number;
        let date = format!("{:04}{:02}{:02}", birth.year(), birth.month(), birth.day());
        let mut changed = format!("{}{date}{}", &number[..6], &number[14..17]);
        changed.push(chinese::resident_check(&changed));
        person.document_number = changed;
    }
}

fn name(person: &Person, draws: &mut Draws) -> String {
    let chinese = person.language == "zh";
    let typo = draws.below(100) < 4;
    if chinese && draws.below(100) < 72 {
        let (mut surname, mut given) = (person.surname.clone(), person.given.clone());
        if typo {
            given = sound_alike(&given, draws);
        }
        if draws.below(200) == 0 {
            std::mem::swap(&mut surname, &mut given);
        }
        return match draws.below(30) {
            0 => format!("{surname} {given}"),
            1 => format!("{surname}{given}先生"),
            2 => {
                format!("{surname}{}", person.given.chars().next_back().map(String::from).unwrap_or_default())
            }
            _ => surname + &given,
        };
    }
    let (surname, given) = if chinese {
        let read =
            |text: &str| text.to_pinyin().flatten().map(|s| s.plain().replace('ü', "v")).collect::<String>();
        (read(&person.surname), read(&person.given))
    } else {
        (person.surname.clone(), person.given.clone())
    };
    let given = if typo { mistyped(&given, draws) } else { given };
    let surname = if draws.below(100) < 3 { mistyped(&surname, draws) } else { surname };
    match (chinese, draws.below(12)) {
        (true, 0..7) => format!("{surname} {given}").to_uppercase(),
        (true, 7) => format!("{surname}{given}"),
        (_, 8) => format!("{}, {given}", surname.to_uppercase()),
        (false, 9) => format!("{surname} {given}"),
        (false, 10) if given.is_ascii() => format!("{}. {surname}", &given[..1.min(given.len())]),
        (false, 11) => format!("MR {given} {surname}"),
        _ => format!("{given} {surname}"),
    }
}

/// One character replaced by another with the same reading, if one is known.
fn sound_alike(given: &str, draws: &mut Draws) -> String {
    const GROUPS: &[&str] = &[
        "伟玮炜维",
        "明鸣铭",
        "军君俊",
        "丽莉力",
        "华桦骅",
        "芳方",
        "婷亭",
        "静靖敬",
        "宇雨羽",
        "文雯闻",
        "佳嘉家",
        "建健剑",
        "晓小筱",
        "志智致",
        "国果",
        "强蔷",
        "勇永咏",
        "涛滔",
        "欣新鑫馨",
        "怡宜仪",
    ];
    for c in given.chars() {
        if let Some(group) = GROUPS.iter().find(|group| group.contains(c)) {
            let others: Vec<char> = group.chars().filter(|other| *other != c).collect();
            let other = others[draws.below(others.len() as u64) as usize];
            return given.replacen(c, &other.to_string(), 1);
        }
    }
    given.to_owned()
}

fn date(date: NaiveDate, draws: &mut Draws) -> String {
    let wrong = match draws.below(100) {
        0..2 => return ["1900-01-01", "1970-01-01"][draws.below(2) as usize].to_owned(),
        2 => date.with_day(date.month()).and_then(|d| d.with_month(date.day())),
        3..6 => date.with_day(1 + (date.day() + 9) % 28),
        6 => date.with_year(date.year() + 10),
        _ => None,
    };
    let date = wrong.unwrap_or(date);
    let form =
        ["%Y-%m-%d", "%Y-%m-%d", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%-m月%-d日"][draws.below(6) as usize];
    date.format(form).to_string()
}

/// One letter or digit changed, left out, doubled, or swapped with the next.
fn mistyped(text: &str, draws: &mut Draws) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() < 3 {
        return text.to_owned();
    }
    let at = 1 + draws.below(chars.len() as u64 - 2) as usize;
    match draws.below(4) {
        0 if chars[at].is_ascii_digit() => chars[at] = (b'0' + draws.below(10) as u8) as char,
        0 => chars[at] = (b'a' + draws.below(26) as u8) as char,
        1 => {
            chars.remove(at);
        }
        2 => chars.insert(at, chars[at]),
        _ => chars.swap(at, at + 1),
    }
    chars.into_iter().collect()
}

fn tail(text: &str, from: usize, to: usize) -> &str {
    text.get(from.min(text.len())..to.min(text.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn records_follow_from_the_seed() {
        for mix in [Mix::Chinese, Mix::Latin] {
            let (one, two) = (Guests::new(7, 2_000, mix), Guests::new(7, 2_000, mix));
            assert!(one.records().eq(two.records()));
            assert!(!one.records().eq(Guests::new(8, 2_000, mix).records()));
        }
    }

    #[test]
    fn every_fifth_record_is_a_further_one() {
        let mut records: HashMap<u64, u64> = HashMap::new();
        let mut ids = std::collections::HashSet::new();
        for record in Guests::new(1, 50_000, Mix::Chinese).records() {
            *records.entry(record.person).or_default() += 1;
            assert!(ids.insert(record.id) && !record.full_name.is_empty());
        }
        assert_eq!(records.len(), 40_000);
        let pairs: u64 = records.values().map(|count| count * (count - 1) / 2).sum();
        assert!((10_000..400_000).contains(&pairs), "{pairs}");
        assert!(*records.values().max().unwrap_or(&0) < 400);
    }

    #[test]
    fn households_share_a_phone() {
        let guests = Guests::new(1, 50_000, Mix::Chinese);
        let mut phones: HashMap<String, u64> = HashMap::new();
        (0..10_000).for_each(|index| *phones.entry(guests.person(index).phone).or_default() += 1);
        assert!(phones.values().filter(|count| **count > 1).count() > 500);
    }
}
