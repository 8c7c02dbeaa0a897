//! How frequent the values of fields are, and which stand for nobody in particular.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    record::{Rarities, Rarity, Record, VALUES},
    short::mix,
};

impl Default for Rarities {
    fn default() -> Self {
        UNSEEN
    }
}

/// A value that was not counted is as rare as can be told: sixteen bits, one in 65,536, or one of as many records as
/// there are.
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
};

/// Of fewer records than this, what is rare cannot be told from their number: they are taken for a part of so many.
const FEWEST: usize = 2_000;

/// A number, address or document with more family names than this behind it (told by their first two letters, which
/// typing errors mostly leave) and as many birth dates belongs to an agency, a desk or a form's example, not to a person
/// or a household.
const GENERIC_SURNAMES: usize = 4;

/// The same for whole names: a family has one family name but not so many members.
const GENERIC_NAMES: usize = 9;

/// What is counted, each with its own range of keys.
#[derive(Clone, Copy)]
enum Column {
    Surname = 1,
    SurnameReading,
    Given,
    GivenReading,
    Sounds,
    Birth,
    City,
    Postcode,
    Address,
    Phone,
    Document,
    Mailbox,
}

fn key(column: Column, value: u64) -> u64 {
    mix(value ^ (column as u64) << 56)
}

/// How often values occur among people. Frequent ones prove little: 张伟 proves less than 欧阳修远.
#[derive(Debug, Clone, Default)]
pub struct Frequencies {
    records: usize,
    counts: FxHashMap<u64, u32>,
    /// Of phones, documents and mailboxes: how many different names are behind each. 0 if it is generic.
    holders: FxHashMap<u64, u32>,
}

impl Frequencies {
    /// Counts the values of records.
    pub fn count(records: &[Record]) -> Self {
        let columns = [
            Column::Surname,
            Column::SurnameReading,
            Column::Given,
            Column::GivenReading,
            Column::Sounds,
            Column::Birth,
            Column::City,
            Column::Postcode,
            Column::Address,
        ];
        let counted: Vec<FxHashMap<u64, u32>> = columns
            .into_par_iter()
            .map(|column| {
                let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
                for record in records {
                    if let Some(value) = value(column, record) {
                        *counts.entry(key(column, value)).or_default() += 1;
                    }
                }
                // A value that only one record or two have is as rare as one never seen.
                counts.retain(|_, count| *count > 2);
                counts
            })
            .collect();
        let mut counts = FxHashMap::default();
        counted.into_iter().for_each(|column| counts.extend(column));
        let shared: Vec<FxHashMap<u64, u32>> = [Column::Phone, Column::Document, Column::Mailbox]
            .into_par_iter()
            .map(|column| holders(column, records))
            .collect();
        let mut holders = FxHashMap::default();
        shared.into_iter().for_each(|column| holders.extend(column));
        Self { records: records.len(), counts, holders }
    }

    /// Notes in a record how rare its values are, and takes out those that stand for nobody in particular.
    pub fn apply(&self, record: &mut Record) {
        let unseen = self.rarity(1);
        let of = |column: Column| match value(column, record) {
            // Of the records that share a value two are those compared.
            Some(value) => {
                self.counts.get(&key(column, value)).map_or(unseen, |count| self.rarity(count - 1))
            }
            None => unseen,
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
            ..UNSEEN
        };
        // The spelling of a name in other letters is its reading.
        if record.name.surname.han == 0 {
            rarities.surname = rarities.surname_reading;
        }
        if record.name.given.han == 0 {
            rarities.given = rarities.given_reading;
        }
        for slot in 0..VALUES {
            let behind = |column, value| match self.holders.get(&key(column, value)) {
                Some(0) => None,
                Some(names) => Some(self.rarity(*names)),
                None => Some(unseen),
            };
            match behind(Column::Phone, record.phones[slot]) {
                Some(rarity) => rarities.phones[slot] = rarity,
                None => record.phones[slot] = 0,
            }
            match behind(Column::Document, record.documents[slot].number.hash()) {
                Some(rarity) => rarities.documents[slot] = rarity,
                None => record.documents[slot] = Default::default(),
            }
            match behind(Column::Mailbox, record.mailboxes[slot].key()) {
                Some(rarity) => rarities.mailboxes[slot] = rarity,
                None => record.mailboxes[slot] = Default::default(),
            }
        }
        record.rarities = rarities;
    }

    fn rarity(&self, count: u32) -> Rarity {
        let share = self.records.max(FEWEST) as f32 / count.max(1) as f32;
        (share.log2() * 8.0).clamp(0.0, 255.0) as Rarity
    }
}

fn value(column: Column, record: &Record) -> Option<u64> {
    let name = &record.name;
    let known = |known: bool, value: u64| known.then_some(value);
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
        Column::Phone | Column::Document | Column::Mailbox => None,
    }
}

/// How many different names are behind the values of a column, of those with more than one; 0 for generic ones.
fn holders(column: Column, records: &[Record]) -> FxHashMap<u64, u32> {
    let mut held: Vec<(u64, u32)> = Vec::with_capacity(records.len());
    for (number, record) in (0..).zip(records) {
        for slot in 0..VALUES {
            let value = match column {
                Column::Phone => record.phones[slot],
                Column::Document if !record.documents[slot].is_unknown() => {
                    record.documents[slot].number.hash()
                }
                Column::Mailbox if !record.mailboxes[slot].is_unknown() => record.mailboxes[slot].key(),
                _ => 0,
            };
            if value != 0 {
                held.push((key(column, value), number));
            }
        }
    }
    held.sort_unstable();
    let mut holders = FxHashMap::default();
    let (mut surnames, mut names, mut births) = (Vec::new(), Vec::new(), Vec::new());
    for group in held.chunk_by(|one, two| one.0 == two.0).filter(|group| group.len() > 2) {
        surnames.clear();
        names.clear();
        births.clear();
        for (_, number) in group {
            let Record { name, birth, .. } = &records[*number as usize];
            surnames.push(name.surname.reading.head(2));
            names.push(name.sounds);
            births.extend((!birth.is_unknown()).then_some(*birth));
        }
        // Where birth dates are known there are no more people than dates, however their names are spelt.
        let dates = if births.len() > 2 { distinct(&mut births) } else { usize::MAX };
        let (surnames, names) = (distinct(&mut surnames).min(dates), distinct(&mut names).min(dates));
        let generic = surnames > GENERIC_SURNAMES || names > GENERIC_NAMES;
        if generic || names > 1 {
            holders.insert(group[0].0, if generic { 0 } else { names as u32 });
        }
    }
    holders
}

fn distinct<T: Ord>(values: &mut Vec<T>) -> usize {
    values.sort_unstable();
    values.dedup();
    values.len()
}
