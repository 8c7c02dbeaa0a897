//! How frequent the values of fields are, and which of them identify nobody.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    blocking::{TOGETHER, sort_by_key},
    record::{Day, Rarities, Rarity, Record, VALUES},
    short::mix,
};

impl Default for Rarities {
    fn default() -> Self {
        UNSEEN
    }
}

/// Rarity of a value that was not counted: sixteen bits, one in 65,536, or one in the number of
/// records.
const UNSEEN_RARITY: Rarity = 128;

/// Rarities before anything was counted.
const UNSEEN: Rarities = Rarities {
    surname: UNSEEN_RARITY,
    surname_reading: UNSEEN_RARITY,
    given: UNSEEN_RARITY,
    given_reading: UNSEEN_RARITY,
    sounds: UNSEEN_RARITY,
    birth: UNSEEN_RARITY,
    phones: [UNSEEN_RARITY; VALUES],
    documents: [UNSEEN_RARITY; VALUES],
    mailboxes: [UNSEEN_RARITY; VALUES],
    city: UNSEEN_RARITY,
    postcode: UNSEEN_RARITY,
    address: UNSEEN_RARITY,
    others: [UNSEEN_RARITY; Record::OTHERS],
};

/// With fewer records than this, rarity cannot be estimated from their number: they are treated as a sample of so many.
const FEWEST: usize = 2_000;

/// A number, address or document with more family names than this behind it (by their first two letters, which
/// typing errors mostly leave intact) and as many birth dates belongs to an agency, a desk or a form's example, not to a person
/// or a household.
const GENERIC_SURNAMES: usize = 4;

/// The same for full names: a family has one family name but not so many members.
const GENERIC_NAMES: usize = 9;

/// The counted columns.
#[derive(Debug, Clone, Copy)]
enum Column {
    Surname,
    SurnameReading,
    Given,
    GivenReading,
    Sounds,
    Birth,
    City,
    Postcode,
    Address,
    Other1,
    Other2,
    Other3,
    Other4,
}

impl Column {
    /// Every column, ordered so that both halves have as many columns with many distinct values.
    const ALL: [Self; 13] = [
        Self::Surname,
        Self::GivenReading,
        Self::Birth,
        Self::SurnameReading,
        Self::Other1,
        Self::Other2,
        Self::Given,
        Self::City,
        Self::Sounds,
        Self::Postcode,
        Self::Address,
        Self::Other3,
        Self::Other4,
    ];
}

/// Fields with several values, each with its own range of keys.
#[derive(Clone, Copy)]
enum Contact {
    Phone = 1,
    Document,
    Mailbox,
}

impl Contact {
    const ALL: [Self; 3] = [Self::Phone, Self::Document, Self::Mailbox];
}

/// How often values occur among people. Frequent ones prove little: 张伟 proves less than 欧阳修远.
#[derive(Debug, Clone)]
pub struct Frequencies {
    /// By column. A value in only one or two records counts as never seen, and is not stored.
    rarities: [FxHashMap<u64, Rarity>; Column::ALL.len()],
    /// For phones, documents and mailboxes with more than one name; `None` if they are generic.
    shared: FxHashMap<u64, Option<Rarity>>,
    unseen: Rarity,
}

impl Default for Frequencies {
    fn default() -> Self {
        Self::count(&[])
    }
}

/// The rarity of a value that `count` of `records` have.
fn rarity(records: usize, count: u32) -> Rarity {
    let share = records.max(FEWEST) as f32 / count.max(1) as f32;
    (share.log2() * 8.0).clamp(0.0, 255.0) as Rarity
}

impl Frequencies {
    /// Counts the values of records.
    pub fn count(records: &[Record]) -> Self {
        let (rarities, shared) = rayon::join(|| rarities(records, None), || holders(records));
        let behind = |names: u32| (names > 0).then(|| rarity(records.len(), names));
        Self {
            rarities,
            shared: shared.into_iter().map(|(key, names)| (key, behind(names))).collect(),
            unseen: rarity(records.len(), 1),
        }
    }

    /// Counts people instead of records: only those marked, one of each person. The records of one person would make its own
    /// values look frequent.
    pub(super) fn count_people(&mut self, records: &[Record], marked: &[bool]) {
        let people = marked.iter().filter(|marked| **marked).count();
        self.rarities = rarities(records, Some(marked));
        self.unseen = rarity(people, 1);
    }

    /// Stores in a record how rare its values are, and removes those that identify nobody. Resident numbers
    /// remain, to forbid links.
    pub fn apply(&self, record: &mut Record) {
        let unseen = self.unseen;
        let of = |column: Column| {
            let known = value(column, record).and_then(|value| self.rarities[column as usize].get(&value));
            known.copied().unwrap_or(unseen)
        };
        let mut rarities = Rarities {
            surname: of(Column::Surname),
            surname_reading: of(Column::SurnameReading),
            given: of(Column::Given),
            given_reading: of(Column::GivenReading),
            sounds: of(Column::Sounds),
            birth: of(Column::Birth),
            city: of(Column::City),
            postcode: of(Column::Postcode),
            address: of(Column::Address),
            others: [Column::Other1, Column::Other2, Column::Other3, Column::Other4].map(of),
            ..UNSEEN
        };
        // The spelling of a name in another script is its reading.
        if record.name.surname.han == 0 {
            rarities.surname = rarities.surname_reading;
        }
        if record.name.given.han == 0 {
            rarities.given = rarities.given_reading;
        }
        for slot in 0..VALUES {
            let behind = |contact| match contact_key(contact, record, slot) {
                Some(key) => self.shared.get(&key).copied().unwrap_or(Some(unseen)),
                None => Some(unseen),
            };
            let (phone, document, mailbox) =
                (behind(Contact::Phone), behind(Contact::Document), behind(Contact::Mailbox));
            match phone {
                Some(rarity) => rarities.phones[slot] = rarity,
                None => take_out(Contact::Phone, record, slot),
            }
            match document {
                Some(rarity) => rarities.documents[slot] = rarity,
                None => take_out(Contact::Document, record, slot),
            }
            match mailbox {
                Some(rarity) => rarities.mailboxes[slot] = rarity,
                None => take_out(Contact::Mailbox, record, slot),
            }
        }
        record.rarities = rarities;
    }
}

/// The rarities of values, of all records or of those marked.
fn rarities(records: &[Record], marked: Option<&[bool]>) -> [FxHashMap<u64, Rarity>; Column::ALL.len()] {
    let some = Column::ALL.len().div_ceil(rayon::current_num_threads());
    let counted = Column::ALL.par_chunks(some).flat_map_iter(|columns| counts(columns, records, marked));
    let all = marked.map_or(records.len(), |marked| marked.iter().filter(|marked| **marked).count());
    let mut rarities: [FxHashMap<u64, Rarity>; Column::ALL.len()] = Default::default();
    for (column, counts) in counted.collect::<Vec<_>>() {
        // Two of the records that share a value are those being compared.
        let rare = counts.into_iter().filter(|(_, count)| *count > 2);
        rarities[column as usize] = rare.map(|(value, count)| (value, rarity(all, count - 1))).collect();
    }
    rarities
}

/// How many records, or how many of those marked, have each value of some columns, for values with more than two. A few records at a time: they stay in
/// the cache for each column.
fn counts(
    columns: &[Column],
    records: &[Record],
    marked: Option<&[bool]>,
) -> Vec<(Column, FxHashMap<u64, u32>)> {
    // Most values occur in one or two records. They are detected with small counters that several values may share, so that a map,
    // which is large and slow to fill, need not contain them.
    let places = records.len().next_power_of_two() * 2;
    let place = |value: u64| value as usize & (places - 1);
    let mut counted: Vec<_> =
        columns.iter().map(|column| (*column, vec![0_u8; places], FxHashMap::default())).collect();
    let chunks = || (0..).step_by(TOGETHER).zip(records.chunks(TOGETHER));
    let counts_here = |place: usize| marked.is_none_or(|marked| marked[place]);
    for (start, some) in chunks() {
        for (column, seen, _) in &mut counted {
            let some = (start..).zip(some).filter(|(place, _)| counts_here(*place));
            for value in some.filter_map(|(_, record)| value(*column, record)) {
                seen[place(value)] = seen[place(value)].saturating_add(1);
            }
        }
    }
    for (start, some) in chunks() {
        for (column, seen, counts) in &mut counted {
            let some = (start..).zip(some).filter(|(place, _)| counts_here(*place));
            let values = some.filter_map(|(_, record)| value(*column, record));
            for value in values.filter(|value| seen[place(*value)] > 2) {
                *counts.entry(value).or_default() += 1;
            }
        }
    }
    counted.into_iter().map(|(column, _, counts)| (column, counts)).collect()
}

fn value(column: Column, record: &Record) -> Option<u64> {
    let name = &record.name;
    let known = |known: bool, value: u64| known.then_some(value);
    let other = |place: usize| known(record.others[place] != 0, record.others[place].into());
    match column {
        Column::Surname => known(name.surname.han != 0, name.surname.spelling()),
        Column::SurnameReading => known(!name.surname.is_empty(), name.surname.reading.hash()),
        Column::Given => known(name.given.han != 0, name.given.spelling()),
        Column::GivenReading => known(!name.given.is_empty(), name.given.reading.hash()),
        Column::Sounds => known(name.sounds != 0, name.sounds),
        Column::Birth => known(!record.birth.is_unknown(), record.birth.0.into()),
        Column::City => known(!record.city.is_empty(), record.city.hash()),
        Column::Postcode => known(record.postcode != 0, record.postcode),
        Column::Address => known(!record.address.is_empty(), record.address_words),
        Column::Other1 => other(0),
        Column::Other2 => other(1),
        Column::Other3 => other(2),
        Column::Other4 => other(3),
    }
}

fn contact_key(contact: Contact, record: &Record, slot: usize) -> Option<u64> {
    let (document, mailbox) = (&record.documents[slot], &record.mailboxes[slot]);
    let value = match contact {
        Contact::Phone => Some(record.phones[slot]).filter(|phone| *phone != 0),
        Contact::Document => (!document.is_unknown()).then(|| document.number.hash()),
        Contact::Mailbox => (!mailbox.is_unknown()).then(|| mailbox.key()),
    };
    value.map(|value| mix(value ^ (contact as u64) << 56))
}

/// Removes from a record values that identify nobody according to the current guests. Values become generic from one
/// hour to the next, and not all known values are recounted as often.
pub fn take_out_generic(record: &mut Record, others: &[Record]) {
    for contact in Contact::ALL {
        for slot in 0..VALUES {
            let Some(key) = contact_key(contact, record, slot) else { continue };
            let has = |other: &Record| (0..VALUES).any(|slot| contact_key(contact, other, slot) == Some(key));
            let group: Vec<(u64, u32)> =
                (0..).zip(others).filter(|(_, other)| has(other)).map(|(number, _)| (key, number)).collect();
            if names_behind(&group, others) == Some(0) {
                take_out(contact, record, slot);
            }
        }
    }
}

fn take_out(contact: Contact, record: &mut Record, slot: usize) {
    match contact {
        Contact::Phone => record.phones[slot] = 0,
        Contact::Document => record.documents[slot].make_generic(),
        Contact::Mailbox => record.mailboxes[slot] = Default::default(),
    }
}

/// How many different names are behind the values of contacts, for those with more than one; 0 for generic ones.
fn holders(records: &[Record]) -> Vec<(u64, u32)> {
    // Half of a key above the index of a record that has it.
    let mut held: [Vec<u64>; Contact::ALL.len()] = Default::default();
    let keys = |contact, record| (0..VALUES).filter_map(move |slot| contact_key(contact, record, slot));
    for (number, record) in (0_u64..).zip(records) {
        for (contact, held) in Contact::ALL.into_iter().zip(&mut held) {
            held.extend(keys(contact, record).map(|key| key >> 32 << 32 | number));
        }
    }
    let by_contact = Contact::ALL.into_par_iter().zip(held).flat_map_iter(|(contact, mut held)| {
        sort_by_key(&mut held, &mut Vec::new());
        let mut holders = Vec::new();
        let mut whole: Vec<(u64, u32)> = Vec::new();
        for half in held.chunk_by(|one, two| one >> 32 == two >> 32).filter(|half| half.len() > 2) {
            whole.clear();
            for number in half.iter().map(|entry| *entry as u32) {
                let keys = keys(contact, &records[number as usize]).map(|key| (key, number));
                whole.extend(keys.filter(|(key, _)| key >> 32 == half[0] >> 32));
            }
            whole.sort_unstable();
            whole.dedup();
            let groups = whole.chunk_by(|one, two| one.0 == two.0).filter(|group| group.len() > 2);
            holders.extend(groups.filter_map(|group| Some((group[0].0, names_behind(group, records)?))));
        }
        holders
    });
    by_contact.collect()
}

/// How many different names the holders of a value have: 0 if it is generic, `None` if they have one.
fn names_behind(group: &[(u64, u32)], records: &[Record]) -> Option<u32> {
    let people = || group.iter().map(|(_, number)| &records[*number as usize]);
    let mut surnames: Vec<u64> = people().map(|record| record.name.surname.reading.head(2)).collect();
    let mut names: Vec<u64> = people().map(|record| record.name.sounds).collect();
    let mut births: Vec<Day> =
        people().map(|record| record.birth).filter(|birth| !birth.is_unknown()).collect();
    // Where most birth dates are known, there are no more people than dates, however their names are spelt.
    let are_known = births.len() > 2 && 2 * births.len() >= group.len();
    let most = if are_known { distinct(&mut births) } else { usize::MAX };
    let (surnames, names) = (distinct(&mut surnames).min(most), distinct(&mut names).min(most));
    let generic = surnames > GENERIC_SURNAMES || names > GENERIC_NAMES;
    (generic || names > 1).then_some(if generic { 0 } else { names as u32 })
}

fn distinct<T: Ord>(values: &mut Vec<T>) -> usize {
    values.sort_unstable();
    values.dedup();
    values.len()
}
