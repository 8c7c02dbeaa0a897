//! Comparison of two records, field by field.

use super::{
    names::{Name, Part},
    nickname::may_be_one,
    record::{DocumentKey, Mailbox, Rarity, Record, VALUES, phone_tail},
    short::Short,
};

/// The fields compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The family name.
    Surname,
    /// The given name.
    Given,
    /// The birth date.
    Birth,
    /// The phone numbers: the two that agree best.
    Phone,
    /// The documents: the two that agree best.
    Document,
    /// The e-mail addresses: the two that agree best.
    Email,
    /// The postal address without city and postcode.
    Address,
    /// City and postcode.
    Locality,
    /// The first further column that a map declares.
    Other1,
    /// The second.
    Other2,
    /// The third.
    Other3,
    /// The fourth.
    Other4,
}

/// The fields of further columns, in their order.
pub(super) const OTHERS: [Field; Record::OTHERS] =
    [Field::Other1, Field::Other2, Field::Other3, Field::Other4];

impl Field {
    /// Every field, in the order of declaration.
    pub const ALL: [Self; 12] = [
        Self::Surname,
        Self::Given,
        Self::Birth,
        Self::Phone,
        Self::Document,
        Self::Email,
        Self::Address,
        Self::Locality,
        Self::Other1,
        Self::Other2,
        Self::Other3,
        Self::Other4,
    ];

    /// The stable name in models and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Surname => "surname",
            Self::Given => "given",
            Self::Birth => "birth",
            Self::Phone => "phone",
            Self::Document => "document",
            Self::Email => "email",
            Self::Address => "address",
            Self::Locality => "locality",
            Self::Other1 => "other1",
            Self::Other2 => "other2",
            Self::Other3 => "other3",
            Self::Other4 => "other4",
        }
    }

    /// The possible levels of agreement of the field.
    pub const fn levels(self) -> &'static [Level] {
        use Level::*;
        match self {
            Self::Surname => &[Same, Reading, Near, Similar, Part, Differ],
            Self::Given => &[Same, Reading, Near, Similar, Short, Part, Differ],
            Self::Birth => &[Same, Swapped, Near, Part, Differ],
            Self::Phone => &[Same, Near, Differ],
            Self::Document => &[Same, Near, Renewed, Differ, Conflict, Disputed],
            Self::Email => &[Same, Part, Near, Differ],
            Self::Address => &[Same, Near, Part, Differ],
            Self::Locality => &[Same, Part, Differ],
            Self::Other1 | Self::Other2 | Self::Other3 | Self::Other4 => &[Same, Differ],
        }
    }
}

/// Level of agreement of two values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One of the two is absent, or they can't be compared: no evidence.
    #[default]
    Missing,
    /// Equal.
    Same,
    /// Different spelling, same sound: 伟 and `Wei`, or 伟 and 玮.
    Reading,
    /// Day and month are swapped.
    Swapped,
    /// One typing error.
    Near,
    /// Similar spelling (Jaro–Winkler).
    Similar,
    /// One is an initial or a short form of the other.
    Short,
    /// Partly equal.
    Part,
    /// Different numbers, as with a renewed passport.
    Renewed,
    /// Clearly different.
    Differ,
    /// Two different numbers, each with a valid check digit, of which a person has only one.
    Conflict,
    /// The same, though another document is equal.
    Disputed,
}

impl Level {
    /// Every level, in the order of declaration.
    pub const ALL: [Self; 12] = [
        Self::Missing,
        Self::Same,
        Self::Reading,
        Self::Swapped,
        Self::Near,
        Self::Similar,
        Self::Short,
        Self::Part,
        Self::Renewed,
        Self::Differ,
        Self::Conflict,
        Self::Disputed,
    ];

    /// The stable name in models and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Same => "same",
            Self::Reading => "reading",
            Self::Swapped => "swapped",
            Self::Near => "near",
            Self::Similar => "similar",
            Self::Short => "short",
            Self::Part => "part",
            Self::Renewed => "renewed",
            Self::Differ => "differ",
            Self::Conflict => "conflict",
            Self::Disputed => "disputed",
        }
    }
}

/// The levels of all fields in one number, four bits each; the first field lowest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(pub(super) u64);

impl Pattern {
    /// The level of a field.
    pub fn level(self, field: Field) -> Level {
        Level::ALL.get((self.0 >> (4 * field as u32) & 0xf) as usize).copied().unwrap_or_default()
    }

    pub(super) fn set(&mut self, field: Field, level: Level) {
        self.0 |= (level as u64) << (4 * field as u32);
    }

    /// The levels used for weighing. Someone who writes the family name in another script writes the given name in it, too: that both only sound
    /// alike is one observation and not two, and it is weighed with the family name.
    pub(super) const fn weighed(self) -> Self {
        const fn at(field: Field, level: Level) -> u64 {
            (level as u64) << (4 * field as u32)
        }
        const PARTS: u64 = 0xf << (4 * Field::Surname as u32) | 0xf << (4 * Field::Given as u32);
        const READ_ALIKE: u64 = at(Field::Surname, Level::Reading) | at(Field::Given, Level::Reading);
        if self.0 & PARTS == READ_ALIKE {
            Self(self.0 & !PARTS | at(Field::Surname, Level::Reading) | at(Field::Given, Level::Same))
        } else {
            self
        }
    }
}

/// The comparison of two records: level of agreement of each field, and rarity of the equal values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The levels.
    pub pattern: Pattern,
    /// By field, for equal values: minus the binary logarithm of the value's frequency, in eighths of a bit.
    pub(super) rarity: [Rarity; Field::ALL.len()],
}

impl Comparison {
    fn set(&mut self, field: Field, level: Level, rarity: Rarity) {
        self.pattern.set(field, level);
        self.rarity[field as usize] = if is_by_rarity(field, level) { rarity } else { 0 };
    }

    /// Sum over all fields, in eighths of a bit.
    pub(super) fn total_rarity(&self) -> u16 {
        self.rarity.iter().map(|rarity| u16::from(*rarity)).sum()
    }
}

/// Whether equal values of a field at a level are weighted by rarity (term-frequency adjustment).
pub(super) const fn is_by_rarity(field: Field, level: Level) -> bool {
    matches!(level, Level::Same) || matches!((field, level), (Field::Surname | Field::Given, Level::Reading))
}

/// Compares two records. Symmetric: the same for `(a, b)` and `(b, a)`.
pub fn compare(a: &Record, b: &Record) -> Comparison {
    let mut comparison = Comparison::default();
    names(a, b, &mut comparison);
    comparison.set(Field::Birth, birth(a, b), a.rarities.birth);
    let known = |record: &Record| record.phones.map(|phone| phone != 0);
    let (level, rarity) = best(known(a), known(b), |i, j| {
        (phone(a.phones[i], b.phones[j]), a.rarities.phones[i].min(b.rarities.phones[j]))
    });
    comparison.set(Field::Phone, level, rarity);
    let known = |record: &Record| record.documents.each_ref().map(|document| !document.is_unknown());
    let (level, rarity) = best(known(a), known(b), |i, j| {
        (document(&a.documents[i], &b.documents[j]), a.rarities.documents[i].min(b.rarities.documents[j]))
    });
    let level = match level {
        Level::Missing => level,
        Level::Same if has_conflict(a, b) => Level::Disputed,
        _ if has_conflict(a, b) => Level::Conflict,
        _ => level,
    };
    comparison.set(Field::Document, level, rarity);
    let known = |record: &Record| record.mailboxes.each_ref().map(|mailbox| !mailbox.is_unknown());
    let (level, rarity) = best(known(a), known(b), |i, j| {
        let level = match mailbox(&a.mailboxes[i], &b.mailboxes[j]) {
            // Somebody of this name may have john.smith at any provider: it only repeats the name.
            Level::Part if [a, b].iter().all(|record| is_made_of(&a.mailboxes[i].local, &record.name)) => {
                Level::Missing
            }
            level => level,
        };
        (level, a.rarities.mailboxes[i].min(b.rarities.mailboxes[j]))
    });
    comparison.set(Field::Email, level, rarity);
    comparison.set(Field::Address, address(a, b), a.rarities.address.min(b.rarities.address));
    let (level, rarity) = locality(a, b);
    comparison.set(Field::Locality, level, rarity);
    for (place, field) in OTHERS.into_iter().enumerate() {
        let level = match (a.others[place], b.others[place]) {
            (0, _) | (_, 0) => continue,
            (one, two) if one == two => Level::Same,
            _ => Level::Differ,
        };
        comparison.set(field, level, a.rarities.others[place]);
    }
    comparison
}

/// The best level over all pairs of known values; levels are declared from more to less agreement.
fn best(
    one: [bool; VALUES],
    two: [bool; VALUES],
    level: impl Fn(usize, usize) -> (Level, Rarity),
) -> (Level, Rarity) {
    let mut best = (Level::Missing, 0);
    for (i, _) in one.into_iter().enumerate().filter(|(_, known)| *known) {
        for (j, _) in two.into_iter().enumerate().filter(|(_, known)| *known) {
            let found = level(i, j);
            let better =
                best.0 == Level::Missing || found.0 < best.0 || found.0 == best.0 && found.1 > best.1;
            if found.0 != Level::Missing && better {
                best = found;
            }
        }
    }
    best
}

fn names(a: &Record, b: &Record, comparison: &mut Comparison) {
    let (one, two) = (&a.name, &b.name);
    let straight = name_levels(one.surname, two.surname, one, two);
    let is_other_script = (one.surname.han == 0) != (two.surname.han == 0);
    let (surname, given) = if straight == (Level::Reading, Level::Reading) && !is_other_script {
        // Different characters in both parts, which sound alike: 张伟 and 章玮.
        (Level::Reading, Level::Similar)
    } else if straight.0 <= Level::Reading && straight.1 <= Level::Reading {
        straight
    } else if one.sounds != 0 && one.sounds == two.sounds {
        // The same syllables, split or ordered differently.
        let both = one.surname.han == 0 && two.surname.han == 0;
        if both { (Level::Same, Level::Same) } else { (Level::Reading, Level::Reading) }
    } else if one.surname.reading.begins_like(&two.given.reading)
        || one.given.reading.begins_like(&two.surname.reading)
    {
        let crossed = crossed_levels(one, two);
        if rank(crossed) < rank(straight) { crossed } else { straight }
    } else {
        straight
    };
    let (rare, other) = (&a.rarities, &b.rarities);
    let of = |level: Level, spelling: (Rarity, Rarity), reading: (Rarity, Rarity)| match level {
        Level::Same => spelling.0.min(spelling.1),
        _ => reading.0.min(reading.1),
    };
    let mut surname_rarity =
        of(surname, (rare.surname, other.surname), (rare.surname_reading, other.surname_reading));
    let mut given_rarity = of(given, (rare.given, other.given), (rare.given_reading, other.given_reading));
    if is_by_rarity(Field::Surname, surname) && is_by_rarity(Field::Given, given) {
        // Parents choose given names that fit the family's language and fashion: a full name is more frequent
        // than its parts suggest.
        let whole = rare.sounds.min(other.sounds);
        let excess = (u16::from(surname_rarity) + u16::from(given_rarity)).saturating_sub(u16::from(whole));
        let given_share = excess.min(u16::from(given_rarity)) as u8;
        given_rarity -= given_share;
        surname_rarity = surname_rarity.saturating_sub((excess - u16::from(given_share)).min(255) as u8);
    }
    comparison.set(Field::Surname, surname, surname_rarity);
    comparison.set(Field::Given, given, given_rarity);
}

fn name_levels(a_surname: Part, b_surname: Part, one: &Name, two: &Name) -> (Level, Level) {
    let mut given = part(one.given, two.given);
    if given > Level::Near && may_be_one(one.formal, two.formal) {
        given = Level::Short;
    }
    let surname = match part(a_surname, b_surname) {
        Level::Short => Level::Part,
        level => level,
    };
    (surname, given)
}

/// Family and given name swapped: the better level is attributed to the family name.
fn crossed_levels(one: &Name, two: &Name) -> (Level, Level) {
    let (first, second) = (part(one.surname, two.given), part(one.given, two.surname));
    let order = |level| (rank((level, Level::Missing)), level);
    let (surname, given) = if order(first) <= order(second) { (first, second) } else { (second, first) };
    (if surname == Level::Short { Level::Part } else { surname }, given)
}

/// How much two levels disagree in total.
fn rank((surname, given): (Level, Level)) -> u32 {
    let cost = |level| match level {
        Level::Same => 0,
        Level::Reading => 1,
        Level::Near => 2,
        Level::Similar => 4,
        Level::Short | Level::Part => 5,
        Level::Missing => 6,
        _ => 9,
    };
    cost(surname) + cost(given)
}

fn part(a: Part, b: Part) -> Level {
    if a.is_empty() || b.is_empty() {
        return Level::Missing;
    }
    let both_han = a.han != 0 && b.han != 0;
    if a.reading == b.reading {
        let same = if both_han { a.han == b.han } else { a.han == b.han && a.han == 0 };
        return if same { Level::Same } else { Level::Reading };
    }
    let shortest = a.reading.len().min(b.reading.len());
    if both_han {
        // Two characters typed by their sound differ in sound only if dialects confuse the two sounds.
        if shortest >= 5 && a.reading.is_one_edit_from(&b.reading) {
            return Level::Near;
        }
        // 建国 and 建军 are brothers; 小明 and 明 may be one.
        let shared = a.characters().any(|character| b.characters().any(|other| other == character));
        let part = shared && a.characters().count() != b.characters().count();
        return if part { Level::Part } else { Level::Differ };
    }
    if shortest >= 3 && a.reading.is_one_edit_from(&b.reading) {
        return Level::Near;
    }
    if shortest == 1 && a.reading.begins_like(&b.reading) {
        return Level::Short;
    }
    if a.reading.shares_word(&b.reading) {
        return Level::Part;
    }
    let similar =
        shortest >= 3 && a.reading.shares_letters(&b.reading) && a.reading.jaro_winkler(&b.reading) >= 0.84;
    if similar { Level::Similar } else { Level::Differ }
}

fn birth(a: &Record, b: &Record) -> Level {
    let (one, two) = (a.birth, b.birth);
    if one.is_unknown() || two.is_unknown() {
        return Level::Missing;
    }
    if one == two {
        return Level::Same;
    }
    // Of some only the year is known, which is written as its first day.
    if one.is_first_of_year() || two.is_first_of_year() {
        return if one.year() == two.year() { Level::Part } else { Level::Differ };
    }
    if one.year() == two.year() && one.month() == two.day() && one.day() == two.month() {
        return Level::Swapped;
    }
    // Four bits for each digit, 0 where they are equal.
    let (first, second) = (one.0, two.0);
    let wrong = first ^ second;
    let last = wrong.trailing_zeros() / 4 * 4;
    let exchanged = || {
        let (first, second) = (first >> last & 0xff, second >> last & 0xff);
        wrong >> last <= 0xff && first == (second << 4 | second >> 4) & 0xff
    };
    if wrong >> last <= 0xf || exchanged() {
        return Level::Near;
    }
    let wrong_digits = ((wrong | wrong >> 1 | wrong >> 2 | wrong >> 3) & 0x1111_1111).count_ones();
    let agree = [one.year() == two.year(), one.month() == two.month(), one.day() == two.day()];
    if wrong_digits <= 2 || agree.into_iter().filter(|same| *same).count() == 2 {
        Level::Part
    } else {
        Level::Differ
    }
}

fn phone(a: u64, b: u64) -> Level {
    if a == b {
        return Level::Same;
    }
    let (long, short) = (a.max(b), a.min(b));
    if short >= 10_000_000 && phone_tail(long) == phone_tail(short) {
        // One of the two lacks the country or area code.
        let places = short.ilog10() + 1;
        if long % 10_u64.pow(places) == short {
            return Level::Same;
        }
    }
    if is_one_digit_off(a, b) { Level::Near } else { Level::Differ }
}

/// Whether two numbers differ in one digit, in two neighbouring digits swapped, or in one left out.
fn is_one_digit_off(a: u64, b: u64) -> bool {
    // Nearly all pairs are decided before their digits are compared one by one.
    let (long, short) = (a.max(b), a.min(b));
    let places = |number: u64| number.checked_ilog10().unwrap_or_default();
    let may_be = match places(long) - places(short) {
        // A wrong digit makes a difference of one digit and zeros, exchanged ones a multiple of nine and zeros.
        0 => {
            let mut difference = long - short;
            while difference > 9 && difference % 10 == 0 {
                difference /= 10;
            }
            difference <= 9 || difference % 9 == 0 && difference <= 81
        }
        // The missing digit is among the last five, or the four after it are the same.
        1 => long % 10_000 == short % 10_000 || long / 100_000 == short / 10_000,
        _ => false,
    };
    if !may_be {
        return false;
    }
    let digits = |mut number: u64| {
        let mut digits = [0_u8; 20];
        let mut start = 20;
        while number > 0 {
            start -= 1;
            digits[start] = (number % 10) as u8;
            number /= 10;
        }
        (digits, start)
    };
    let ((one, i), (two, j)) = (digits(a), digits(b));
    super::short::is_one_edit(&one[i..], &two[j..])
}

fn document(a: &DocumentKey, b: &DocumentKey) -> Level {
    if a.number == b.number {
        return Level::Same;
    }
    let proved = a.is_proved() && b.is_proved();
    if !proved && a.number.is_one_edit_from(&b.number) {
        return Level::Near;
    }
    if !a.is_same_kind(b) {
        return Level::Missing;
    }
    if a.is_renewed_with_new_number() { Level::Renewed } else { Level::Differ }
}

fn has_conflict(a: &Record, b: &Record) -> bool {
    a.documents
        .iter()
        .filter(|document| document.is_verified_resident_id())
        .any(|one| b.documents.iter().any(|two| two.is_verified_resident_id() && one.number != two.number))
}

fn mailbox(one: &Mailbox, two: &Mailbox) -> Level {
    if one == two {
        return Level::Same;
    }
    if one.is_relay() || two.is_relay() {
        return Level::Missing;
    }
    if one.local == two.local {
        return Level::Part;
    }
    let shortest = one.local.len().min(two.local.len());
    // Whoever types an address badly does so on both sides of the @.
    let near = shortest >= 4 && one.is_at_like_domain(two) && one.local.is_one_edit_from(&two.local);
    if near { Level::Near } else { Level::Differ }
}

/// Whether a mailbox is a name or its initials and nothing more: `john.smith`, `smithj`, `jsmith`.
fn is_made_of(local: &Short, name: &Name) -> bool {
    let letters = || local.bytes().iter().copied().filter(|byte| !matches!(byte, b'.' | b'-' | b'_'));
    let surname = name.surname.reading.bytes();
    let given = name.given.reading.bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
    let initial = &given[..given.len().min(1)];
    let is = |first: &[u8], second: &[u8]| letters().eq(first.iter().chain(second).copied());
    [given, initial, &[]].into_iter().any(|given| is(given, surname) || is(surname, given)) || is(given, &[])
}

fn address(a: &Record, b: &Record) -> Level {
    if a.address.is_empty() || b.address.is_empty() {
        return Level::Missing;
    }
    if a.address_words == b.address_words {
        return Level::Same;
    }
    match a.address.dice(&b.address) {
        0.8.. => Level::Near,
        0.55..0.8 => Level::Part,
        _ => Level::Differ,
    }
}

fn locality(a: &Record, b: &Record) -> (Level, Rarity) {
    let postcode = match (a.postcode, b.postcode) {
        (0, _) | (_, 0) => Level::Missing,
        (one, two) if one == two => Level::Same,
        _ => Level::Differ,
    };
    let city = match (a.city, b.city) {
        (one, two) if one.is_empty() || two.is_empty() => Level::Missing,
        (one, two) if one == two => Level::Same,
        // Their similarity matters only beside equal postcodes.
        (one, two) if postcode == Level::Same => {
            part(Part { han: 0, reading: one }, Part { han: 0, reading: two })
        }
        (one, two) if one.len().min(two.len()) >= 3 && one.is_one_edit_from(&two) => Level::Near,
        _ => Level::Differ,
    };
    let city_rarity = a.rarities.city.min(b.rarities.city);
    let postcode_rarity = a.rarities.postcode.min(b.rarities.postcode);
    let level = match (city, postcode) {
        (Level::Same, Level::Same) => return (Level::Same, city_rarity.max(postcode_rarity)),
        (Level::Same, Level::Missing) => return (Level::Same, city_rarity),
        (Level::Missing, Level::Same) => return (Level::Same, postcode_rarity),
        (Level::Near | Level::Similar, Level::Same) => return (Level::Same, postcode_rarity),
        (Level::Missing, Level::Missing) => Level::Missing,
        (Level::Same | Level::Near, _) | (_, Level::Same) => Level::Part,
        _ => Level::Differ,
    };
    (level, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::record::{Locale, Person};

    fn record(person: Person<'_>) -> Record {
        Record::new(&person, Locale::CHINA)
    }

    fn level(field: Field, one: Person<'_>, two: Person<'_>) -> Level {
        compare(&record(one), &record(two)).pattern.level(field)
    }

    #[test]
    fn names() {
        use Level::*;
        for (one, two, surname, given) in [
            ("张伟", "張偉", Same, Same),
            ("张伟", "张玮", Same, Reading),
            ("张伟", "章玮", Reading, Similar),
            ("张伟", "Zhang Wei", Reading, Reading),
            ("张伟", "WEI ZHANG", Reading, Reading),
            ("Zhang Wei", "wei zhang", Same, Same),
            ("李小明", "Xiao Ming Li", Reading, Reading),
            ("张伟", "张强", Same, Differ),
            ("李小明", "李小亮", Same, Differ),
            ("李小明", "李明", Same, Part),
            ("张伟", "王芳", Differ, Differ),
            ("张先生", "张伟", Same, Missing),
            ("Robert Smith", "Bob Smith", Same, Short),
            ("J. Smith", "John Smith", Same, Short),
            ("John Smith", "Jon Smyth", Near, Near),
            ("Smith, John", "John Smith", Same, Same),
            ("Anna Maria Eriksson", "Anna Eriksson", Same, Part),
            ("Catherine Müller", "Katherina Muller", Same, Similar),
        ] {
            for (a, b) in [(one, two), (two, one)] {
                let pattern = compare(
                    &record(Person { full_name: a, ..Person::default() }),
                    &record(Person { full_name: b, ..Person::default() }),
                )
                .pattern;
                assert_eq!(
                    (pattern.level(Field::Surname), pattern.level(Field::Given)),
                    (surname, given),
                    "{a} {b}"
                );
            }
        }
    }

    #[test]
    fn births() {
        for (one, two, expected) in [
            ("1986-10-03", "1986-10-03", Level::Same),
            ("1986-10-03", "1986-03-10", Level::Swapped),
            ("1986-10-03", "1986-10-08", Level::Near),
            ("1986-10-13", "1986-10-31", Level::Near),
            ("1986-10-03", "1975-10-03", Level::Part),
            ("1986-10-03", "1959-02-17", Level::Differ),
            ("1986-10-03", "1900-01-01", Level::Missing),
            ("1986-10-03", "1986-13-03", Level::Near),
            ("1986-02-30", "1986-02-03", Level::Near),
            ("1630-08-01", "1630-08-01", Level::Same),
            ("1630-08-01", "1630-05-01", Level::Near),
            ("1930-03-33", "1930-03-31", Level::Near),
            ("1764-10-14", "1964-10-14", Level::Near),
            // Only the year is known.
            ("1986-01-01", "1986-01-01", Level::Same),
            ("1986-01-01", "1987-01-01", Level::Differ),
            ("1986-01-01", "1986-10-03", Level::Part),
        ] {
            let of = |text| Person { birth_date: text, ..Person::default() };
            assert_eq!(level(Field::Birth, of(one), of(two)), expected, "{one} {two}");
        }
    }

    #[test]
    fn documents() {
        for (one, two, expected) in [
            ("11010519491231002X", "110105491231002", Level::Same),
            ("11010519491231002X", "440524188001010014", Level::Conflict),
            ("11010519491231002X", "11010519491231003X", Level::Near),
            ("E20413785", "E87654320", Level::Renewed),
            ("H2041378501", "H20413785", Level::Same),
            ("H20413785", "H99999912", Level::Differ),
            ("11010519491231002X", "E20413785", Level::Missing),
        ] {
            let (one, two) = ([(None, one)], [(None, two)]);
            let (one, two) = (
                Person { documents: &one, ..Person::default() },
                Person { documents: &two, ..Person::default() },
            );
            assert_eq!(level(Field::Document, one, two), expected, "{one:?} {two:?}");
        }
    }

    #[test]
    fn two_resident_numbers_conflict_whatever_else_agrees() {
        let (one, two, short) = ("11010519491231002X", "440524188001010014", "440524800101001");
        for (a, b, expected) in [
            (&[one, "E20413785"][..], &[two, "E20413785"][..], Level::Disputed),
            (
                &["E20413785", "E20413786", "E20413787", one],
                &["E99887766", "E20413788", two],
                Level::Conflict,
            ),
            (&[one, two], &[one], Level::Disputed),
            // 440524188001010014 was born in 1880: of fifteen digits the year is 1980.
            (&[two], &[short], Level::Conflict),
            (&[one, "E20413785"], &["110105491231002", "E99887766"], Level::Same),
            (&[one, "E20413785"], &["11010519491231002Y", "E20413785"], Level::Same),
        ] {
            let of = |numbers: &[&'static str]| -> Vec<_> {
                numbers.iter().map(|number| (None, *number)).collect()
            };
            let (a, b) = (of(a), of(b));
            let (a, b) = (
                Person { documents: &a, ..Person::default() },
                Person { documents: &b, ..Person::default() },
            );
            for (one, two) in [(a, b), (b, a)] {
                assert_eq!(level(Field::Document, one, two), expected, "{one:?} {two:?}");
            }
        }
    }

    #[test]
    fn phones_and_addresses_of_mail() {
        for (one, two, expected) in [
            ("13800138000", "+86 138 0013 8000", Level::Same),
            ("13800138000", "13800138001", Level::Near),
            ("13800138000", "13912345670", Level::Differ),
            ("13800138000", "", Level::Missing),
        ] {
            let (one, two) = ([one], [two]);
            let (one, two) =
                (Person { phones: &one, ..Person::default() }, Person { phones: &two, ..Person::default() });
            assert_eq!(level(Field::Phone, one, two), expected, "{one:?} {two:?}");
        }
        for (one, two, expected) in [
            ("wei@example.com", "WEI@example.com", Level::Same),
            ("wei@example.com", "wei@example.org", Level::Part),
            ("weizhang@example.com", "weizhamg@example.com", Level::Near),
            ("weizhang@example.com", "weizhamg@exmaple.com", Level::Near),
            ("weizhang@example.com", "weizhamg@examplle.com", Level::Near),
            ("weizhang@example.com", "weizhang@exmaple.com", Level::Part),
            ("weizhang@example.com", "weizhamg@hotel.cn", Level::Differ),
            ("weizhang@example.com", "weizhou@exmaple.com", Level::Differ),
            ("weizhang@163.com", "weizhamg@126.com", Level::Differ),
            ("weizhang@163.com", "weizhamg@qq.com", Level::Differ),
            ("weizhang@gmail.com", "weizhamg@hotmail.com", Level::Differ),
            ("a1@guest.booking.com", "b2@guest.booking.com", Level::Missing),
        ] {
            let (one, two) = ([one], [two]);
            let (one, two) =
                (Person { emails: &one, ..Person::default() }, Person { emails: &two, ..Person::default() });
            assert_eq!(level(Field::Email, one, two), expected, "{one:?} {two:?}");
        }
    }

    #[test]
    fn a_mailbox_that_is_the_name_says_nothing_at_another_provider() {
        for (local, expected) in [
            ("john.smith", Level::Missing),
            ("smithj", Level::Missing),
            ("JSmith", Level::Missing),
            ("john", Level::Missing),
            ("john.smith85", Level::Part),
            ("bluesky", Level::Part),
        ] {
            let (one, two) = (format!("{local}@example.com"), format!("{local}@example.org"));
            let (one, two) = ([one.as_str()], [two.as_str()]);
            let of = |emails| Person { full_name: "John Smith", emails, ..Person::default() };
            assert_eq!(level(Field::Email, of(&one), of(&two)), expected, "{local}");
            assert_eq!(level(Field::Email, of(&one), of(&one)), Level::Same, "{local}");
        }
    }

    #[test]
    fn every_level_a_field_can_have_is_declared_once() {
        for field in Field::ALL {
            for level in field.levels() {
                let mut pattern = Pattern::default();
                pattern.set(field, *level);
                assert_eq!(pattern.level(field), *level);
            }
        }
    }

    proptest! {
        #[test]
        fn one_digit_off_is_what_the_digits_say(a in "[12]{4,8}", b in "[12]{4,8}") {
            let (one, two) = (a.parse().unwrap_or(0), b.parse().unwrap_or(0));
            prop_assert_eq!(is_one_digit_off(one, two), crate::matching::short::is_one_edit(a.as_bytes(), b.as_bytes()));
        }

        #[test]
        fn dates_one_digit_apart_are_near(a in 0..400_i64, b in 0..400_i64) {
            let text = |days| {
                let first = chrono::NaiveDate::from_ymd_opt(1989, 6, 1).unwrap_or_default();
                (first + chrono::TimeDelta::days(days)).format("%Y%m%d").to_string()
            };
            let (one, two) = (text(a), text(b));
            let found = level(Field::Birth, Person { birth_date: &one, ..Person::default() }, Person { birth_date: &two, ..Person::default() });
            let near = crate::matching::short::is_one_edit(one.as_bytes(), two.as_bytes());
            let of_year = [&one, &two].iter().any(|text| text.ends_with("0101"));
            prop_assert!(of_year || found <= Level::Swapped || near == (found == Level::Near), "{} {} {:?}", one, two, found);
        }

        #[test]
        fn comparison_is_symmetric(
            names in prop::array::uniform2("[张王李伟强明 ]{0,4}|[A-Za-z ,.]{0,20}"),
            births in prop::array::uniform2("19[89][0-9]-0[1-3]-0[1-3]"),
            numbers in prop::array::uniform4("1380013[0-9]{4}|E[0-9]{8}|"),
            mails in prop::array::uniform2("[ab]{1,4}@example\\.(com|org)"),
            places in prop::array::uniform2("[abc0-9 ]{0,12}"),
        ) {
            let phones = [[numbers[0].as_str(), numbers[1].as_str()], [numbers[2].as_str(), numbers[3].as_str()]];
            let documents = [[(None, numbers[0].as_str())], [(None, numbers[3].as_str())]];
            let emails = [[mails[0].as_str()], [mails[1].as_str()]];
            let address = [[places[0].as_str()], [places[1].as_str()]];
            let of = |i: usize| record(Person {
                full_name: &names[i], birth_date: &births[i], phones: &phones[i], documents: &documents[i],
                emails: &emails[i], address: &address[i], city: &places[i], postcode: &numbers[i], ..Person::default()
            });
            prop_assert_eq!(compare(&of(0), &of(1)), compare(&of(1), &of(0)));
        }
    }
}
