use crate::countries::{self, Country};
use crate::draws::{Draws, mix};
use crate::numbers::{document_capacity, document_number};
use crate::permutation::permute;
use crate::sex::Sex;
use crate::words::pick;
use crate::{chinese, names};
use chrono::{Datelike, Days, NaiveDate};

/// A synthetic person; see the [crate documentation](crate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The family name; two words where both parents give one (García López).
    pub surname: String,
    /// The given name.
    pub given: String,
    /// The full name as its culture writes it: 欧阳修远, Anna Müller, Анна Иванова.
    pub full_name: String,
    /// Consistent with the name and with a resident identity number.
    pub sex: Sex,
    /// From 1940 to 2007; most are born in the 1980s and 1990s.
    pub birth: NaiveDate,
    /// ISO 3166-1 alpha-3.
    pub nationality: &'static str,
    /// The language of the name, ISO 639-1.
    pub language: &'static str,
    /// `resident_id`, `passport`, `hk_macau_permit` or `taiwan_permit`.
    pub document_type: &'static str,
    /// In the format of the document; a resident identity number has a valid check character (GB 11643).
    pub document_number: String,
    /// A mobile number, E.164.
    pub phone: String,
    /// At example.com, example.org or example.net (RFC 2606). Less than half of the mainland's people have one.
    pub email: Option<String>,
    /// Where the person lives, in the language of the place.
    pub city: String,
}

/// All the people of a seed.
#[derive(Debug, Clone)]
pub struct People {
    seed: u64,
}

/// The earliest birth date.
const FIRST_BIRTH: NaiveDate = match NaiveDate::from_ymd_opt(1940, 1, 1) {
    Some(date) => date,
    None => panic!("a calendar date"),
};

/// Decades from [`FIRST_BIRTH`] on: days, and how many people of one sex and region are born on each: fewer old and
/// very young people travel.
const BIRTHS: [(u64, u64); 7] =
    [(3_653, 20), (3_652, 50), (3_653, 110), (3_652, 180), (3_653, 240), (3_652, 230), (2_922, 130)];

/// Births of one sex in one region.
const BIRTHS_PER_REGION: u64 = {
    let (mut sum, mut decade) = (0, 0);
    while decade < BIRTHS.len() {
        sum += BIRTHS[decade].0 * BIRTHS[decade].1;
        decade += 1;
    }
    sum
};

/// Local parts of e-mail addresses end in a number below this.
const MAILBOXES: u64 = 100_000_000;

/// Purposes of index shuffles: each has its own.
#[derive(Clone, Copy)]
enum Purpose {
    Birth = 1,
    Document,
    Phone,
    Mailbox,
}

/// What a resident identity number encodes about its holder.
struct Birth {
    /// An entry of [`chinese::REGIONS`].
    region: &'static str,
    sex: Sex,
    date: NaiveDate,
    /// Sequence within this region, date and sex, from 0.
    serial: u64,
}

impl Birth {
    /// Different numbers are different births.
    const COUNT: u64 = chinese::REGIONS.len() as u64 * 2 * BIRTHS_PER_REGION;

    fn number(n: u64) -> Self {
        let (place, mut within) = (n / BIRTHS_PER_REGION, n % BIRTHS_PER_REGION);
        let mut day = 0;
        let mut serial = 0;
        for (days, births) in BIRTHS {
            if within < days * births {
                day += within / births;
                serial = within % births;
                break;
            }
            day += days;
            within -= days * births;
        }
        Self {
            region: chinese::REGIONS[(place / 2) as usize],
            sex: if place % 2 == 0 { Sex::Male } else { Sex::Female },
            date: FIRST_BIRTH + Days::new(day),
            serial,
        }
    }

    /// The resident identity number: region, date, sequence (odd for men), check character.
    fn resident_id(&self) -> String {
        let sequence = self.serial * 2 + self.sex.of(1, 2);
        let (code, _) = chinese::region(self.region);
        let date = self.date;
        let mut number = format!("{code}{:04}{:02}{:02}{sequence:03}", date.year(), date.month(), date.day());
        number.push(chinese::resident_check(&number));
        number
    }
}

impl People {
    /// The people of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The person with this index, of this nationality (ISO 3166-1 alpha-3) if one is given and known.
    ///
    /// A nationality without lists of its own is retained, with an English name and a British phone; CN is read as CHN
    /// and TMP as TLS, as in the public file of hotel bookings. Without a nationality, or with an unknown one,
    /// 70 % are from the mainland of China and 30 % from elsewhere. The same index with another nationality has the
    /// same sex and birth date.
    ///
    /// Under one seed, no two indices below 10,000,000 share a document number of the same nationality and type, a
    /// phone or an e-mail address (no two below 400,000,000 share a resident identity number).
    pub fn person(&self, index: u64, nationality: Option<&str>) -> Person {
        let draws = &mut Draws::new(mix(mix(self.seed) ^ index));
        // Drawn even if not needed: so that `person(i, None)` and `person(i, Some(its nationality))` are the same.
        let drawn = countries::by_share(draws.below(1_000));
        let (nationality, country) = nationality.and_then(countries::by_code).unwrap_or((drawn.code, drawn));

        let birth = Birth::number(self.shuffled(Purpose::Birth, index, Birth::COUNT));
        let (surname, given) = country.names.draw(draws, birth.sex, birth.date.year());
        let (document_type, document_number) = self.document(draws, index, country, &birth);
        let phone = country.phone.number(self.shuffled(Purpose::Phone, index, country.phone.capacity()));
        Person {
            full_name: country.names.full(&surname, &given),
            sex: birth.sex,
            birth: birth.date,
            nationality,
            language: country.names.language,
            document_type,
            document_number,
            phone,
            email: self.email(draws, index, country, &surname, &given),
            city: city(draws, country, &birth).to_owned(),
            surname,
            given,
        }
    }

    /// The position of `index` in this seed's shuffle of `0..domain`.
    fn shuffled(&self, purpose: Purpose, index: u64, domain: u64) -> u64 {
        let key = mix(self.seed ^ ((purpose as u64) << 56));
        permute(key, index, domain)
    }

    fn document(
        &self,
        draws: &mut Draws,
        index: u64,
        country: &Country,
        birth: &Birth,
    ) -> (&'static str, String) {
        // Of a hundred people at home three present a passport.
        if country.code == countries::MAINLAND && draws.below(100) >= 3 {
            return ("resident_id", birth.resident_id());
        }
        let n = self.shuffled(Purpose::Document, index, document_capacity(country.document));
        (country.document_type, document_number(country.document, n))
    }

    fn email(
        &self,
        draws: &mut Draws,
        index: u64,
        country: &Country,
        surname: &str,
        given: &str,
    ) -> Option<String> {
        let owners_percent = if country.code == countries::MAINLAND { 40 } else { 80 };
        if draws.below(100) >= owners_percent {
            return None;
        }
        let name = names::mailbox(draws, surname, given);
        let number = self.shuffled(Purpose::Mailbox, index, MAILBOXES);
        let host = ["example.com", "example.org", "example.net"][draws.below(3) as usize];
        Some(format!("{name}{number}@{host}"))
    }
}

/// Half of the people from the mainland live where their identity card was first issued.
fn city(draws: &mut Draws, country: &Country, birth: &Birth) -> &'static str {
    if country.code != countries::MAINLAND {
        return pick(draws, country.cities);
    }
    let region = if draws.below(2) == 0 { birth.region } else { pick(draws, chinese::REGIONS) };
    chinese::region(region).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    const PEOPLE: People = People { seed: 20_260_101 };

    #[test]
    fn a_person_follows_from_seed_index_and_nationality() {
        for index in [0, 1, 77, 9_999_999, u64::MAX] {
            for nationality in [None, Some("DEU"), Some("CHN")] {
                let person = PEOPLE.person(index, nationality);
                assert_eq!(person, People::new(20_260_101).person(index, nationality));
                assert_ne!(person, People::new(20_260_102).person(index, nationality));
                assert_ne!(person, PEOPLE.person(index ^ 1, nationality));
                assert_eq!(person, PEOPLE.person(index, Some(person.nationality)));
            }
        }
    }

    #[test]
    fn resident_numbers_are_valid_and_agree_with_the_person() {
        const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let mut checked = 0;
        for index in 0..10_500 {
            let person = PEOPLE.person(index, Some("CHN"));
            if person.document_type != "resident_id" {
                continue;
            }
            let number = person.document_number.as_str();
            assert_eq!(number.len(), 18);
            let digit = |at: usize| u32::from(number.as_bytes()[at] - b'0');
            let sum: u32 = WEIGHTS.into_iter().enumerate().map(|(at, weight)| weight * digit(at)).sum();
            assert_eq!(number.as_bytes()[17], b"10X98765432"[sum as usize % 11], "{number}");
            assert_eq!(number[6..14], person.birth.format("%Y%m%d").to_string());
            assert_eq!(digit(16) % 2 == 1, person.sex == Sex::Male);
            assert!(chinese::REGIONS.iter().any(|region| region.starts_with(&number[..6])));
            checked += 1;
        }
        assert!(checked >= 10_000, "{checked}");
    }

    #[test]
    fn births_reach_from_the_first_to_the_last_day() {
        assert_eq!(Birth::number(0).date, FIRST_BIRTH);
        let last = Birth::number(Birth::COUNT - 1);
        assert_eq!(last.date.to_string(), "2007-12-31");
        assert_eq!((last.serial, last.sex), (129, Sex::Female));
        const { assert!(Birth::COUNT >= 400_000_000) };
    }

    #[test]
    fn numbers_and_addresses_belong_to_one_person() {
        let mut documents = HashSet::new();
        let mut phones = HashSet::new();
        let mut mails = HashSet::new();
        for index in 0..200_000 {
            let person = PEOPLE.person(index, None);
            let document = (person.nationality, person.document_type, person.document_number);
            assert!(documents.insert(document), "document of {index}");
            assert!(phones.insert(person.phone), "phone of {index}");
            if let Some(mail) = person.email {
                assert!(
                    mail.is_ascii()
                        && mail.rsplit('@').next().is_some_and(|host| host.starts_with("example."))
                );
                assert!(mails.insert(mail), "mail of {index}");
            }
        }
    }

    #[test]
    fn one_nationality_has_its_own_numbers() {
        for (nationality, document_type, phone) in [
            ("CHE", "passport", "+417"),
            ("HKG", "hk_macau_permit", "+852"),
            ("TWN", "taiwan_permit", "+8869"),
        ] {
            let mut numbers = HashSet::new();
            for index in 0..50_000 {
                let person = PEOPLE.person(index, Some(nationality));
                assert_eq!((person.nationality, person.document_type), (nationality, document_type));
                assert!(person.phone.starts_with(phone));
                assert!(numbers.insert(person.document_number) && numbers.insert(person.phone));
            }
        }
    }

    #[test]
    fn the_nationality_is_honoured() {
        for (asked, nationality, language) in [
            ("PRT", "PRT", "pt"),
            ("BRA", "BRA", "pt"),
            ("CN", "CHN", "zh"),
            ("DEU", "DEU", "de"),
            ("KOR", "KOR", "ko"),
            ("PRY", "PRY", "en"),
        ] {
            for index in 0..100 {
                let person = PEOPLE.person(index, Some(asked));
                assert_eq!((person.nationality, person.language), (nationality, language));
            }
        }
        assert_eq!(PEOPLE.person(5, Some("NULL")), PEOPLE.person(5, None));
    }

    #[test]
    fn the_mix_is_mostly_chinese_and_names_repeat_as_in_life() {
        let mut mainland = 0;
        let mut names: HashMap<String, u32> = HashMap::new();
        let mut compound = 0;
        for index in 0..200_000 {
            let person = PEOPLE.person(index, None);
            mainland += u32::from(person.nationality == "CHN");
            compound += u32::from(person.surname == "欧阳");
            *names.entry(person.full_name).or_default() += 1;
        }
        assert!((138_000..142_000).contains(&mainland), "{mainland}");
        assert!((100..1_000).contains(&compound), "{compound}");
        let most = names.values().max().copied().unwrap_or_default();
        assert!(most > 20, "{most}");
        assert!(names["张伟"] > 20, "{}", names["张伟"]);
        assert!(names.len() > 80_000, "{}", names.len());
    }
}
