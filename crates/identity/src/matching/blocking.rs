//! Which pairs of records are worth comparing: those that share a key.

use rayon::prelude::*;

use rustc_hash::FxHashSet;

use super::{
    compare::Field,
    record::{Record, phone_tail},
    short::mix,
};

/// A blocking rule: records with an equal key are compared.
struct Rule {
    /// The slot of its key, or of two keys that may match each other.
    slots: (usize, usize),
    /// A block size above which the key proves too little to compare all of its records.
    cap: usize,
    /// How larger blocks are handled.
    oversize: Oversize,
}

/// How a block larger than its rule's cap is handled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oversize {
    /// It is skipped: rules with more in their keys cover what is worth comparing.
    Drop,
    /// The key means one person with many records: each is compared with the next few by content. Linked together they
    /// are one cluster all the same.
    Neighbours,
}

impl Rule {
    /// Whether a field that calibration holds out is in the key.
    fn reads(&self, field: Field) -> bool {
        let slots: &[usize] = match field {
            Field::Surname => &[6, 8, 9, 10, 11, 12, 13, 15, 19, 20, 21, 22],
            Field::Given => &[7, 8, 9, 10, 11, 12, 13, 16, 19, 20, 21, 22],
            Field::Birth => &[6, 7, 9, 10, 17, 19, 20],
            Field::Document => &[0],
            _ => &[],
        };
        slots.contains(&self.slots.0)
    }
}

/// Keys of a record.
const KEYS: usize = 24;

/// Number of neighbours compared in an oversized block.
const WINDOW: usize = 6;

const fn rule(slot: usize, cap: usize) -> Rule {
    Rule { slots: (slot, slot), cap, oversize: Oversize::Drop }
}

const fn identifier(first: usize, second: usize) -> Rule {
    Rule { slots: (first, second), cap: 40, oversize: Oversize::Neighbours }
}

/// The rules. The number of pairs must grow with the records and not with their square: identifiers are nearly unique;
/// every other key is either rare or capped, so that keys with little content are used in small files and drop out
/// in large ones, where keys with more content take over.
const RULES: [Rule; 20] = [
    identifier(0, 1),
    identifier(2, 3),
    identifier(4, 5),
    rule(6, 60),
    rule(7, 60),
    rule(8, 6),
    rule(9, 40),
    rule(10, 40),
    rule(11, 40),
    rule(12, 40),
    rule(13, 16),
    rule(14, 16),
    rule(15, 16),
    rule(16, 16),
    rule(17, 6),
    rule(18, 6),
    rule(19, 30),
    rule(20, 30),
    rule(21, 16),
    rule(22, 16),
];

/// The keys of a record, 0 where it has none.
pub(super) type Keys = [u32; KEYS];

/// The keys under which a record is found.
pub(super) fn keys(record: &Record) -> Keys {
    let name = &record.name;
    let birth = record.birth;
    let surname = if name.surname.is_empty() { 0 } else { name.surname.reading.head(3) };
    let given = if name.given.is_empty() { 0 } else { name.given.reading.head(3) };
    let surname_whole = if name.surname.is_empty() { 0 } else { name.surname.reading.hash() };
    let given_whole = if name.given.is_empty() { 0 } else { name.given.reading.hash() };
    let (year, day) = (u64::from(birth.year()), u64::from(birth.0 & 0xffff));
    let tail = |phone: u64| if phone == 0 { 0 } else { phone_tail(phone) + 1 };
    let document = |slot: usize| {
        if record.documents[slot].is_unknown() { 0 } else { record.documents[slot].number.hash() }
    };
    let mailbox =
        |slot: usize| if record.mailboxes[slot].is_unknown() { 0 } else { record.mailboxes[slot].key() };
    let local = if record.mailboxes[0].is_relay() || record.mailboxes[0].local.bytes().len() < 6 {
        0
    } else {
        record.mailboxes[0].local.hash()
    };
    let phone = record.phones[0];
    let city = if record.city.is_empty() { 0 } else { record.city.head(4) };
    let address = if record.address.is_empty() { 0 } else { record.address_words };
    let both = |one: u64, two: u64| if one == 0 || two == 0 { 0 } else { mix(mix(one) ^ two) };
    let of_birth = |value| both(birth.0.into(), value);
    let all: [u64; 23] = [
        document(0),
        document(1),
        tail(record.phones[0]),
        tail(record.phones[1]),
        mailbox(0),
        mailbox(1),
        of_birth(surname),
        of_birth(given),
        name.sounds,
        both(name.sounds, year),
        both(name.sounds, day),
        // One wrong digit leaves the other half of a number right.
        both(name.sounds, if phone == 0 { 0 } else { phone % 10_000 + 1 }),
        both(name.sounds, if phone == 0 { 0 } else { phone / 10_000 % 10_000 + 1 }),
        both(name.sounds, city),
        address,
        both(record.postcode, surname),
        both(record.postcode, given),
        birth.0.into(),
        local,
        both(surname_whole, both(given, year)),
        both(given_whole, both(surname, year)),
        both(both(surname_whole, given), city),
        both(both(given_whole, surname), city),
    ];
    let mut keys = [0; KEYS];
    for (slot, (key, value)) in keys.iter_mut().zip(all).enumerate() {
        if value != 0 {
            // Keys of different rules never collide; 0 is reserved for "none".
            *key = (mix(value ^ (slot as u64) << 57) >> 32) as u32 | 1;
        }
    }
    // Both slots of an identifier are one key space.
    for (first, second, value) in [(0, 1, document(1)), (2, 3, tail(record.phones[1])), (4, 5, mailbox(1))] {
        if value != 0 {
            keys[second] = (mix(value ^ (first as u64) << 57) >> 32) as u32 | 1;
        }
    }
    keys
}

/// Records whose keys are computed together: as many as fit into a core's cache with their keys.
pub(super) const TOGETHER: usize = 1_000;

/// The keys of [`TOGETHER`] records, slot by slot, so that a rule reads only its own. A slot that is empty for all of them
/// is not stored.
pub(super) struct KeyTable([Vec<u32>; KEYS]);

impl KeyTable {
    pub(super) fn new(records: &[Record]) -> Self {
        let keys: Vec<Keys> = records.iter().map(keys).collect();
        Self(std::array::from_fn(|slot| {
            if keys.iter().all(|keys| keys[slot] == 0) {
                return Vec::new();
            }
            keys.iter().map(|keys| keys[slot]).collect()
        }))
    }
}

/// Records of which one is in all pairs of a [`Bucket`].
const BUCKET: u32 = 1 << 14;

/// Pairs whose records are prefetched together: one at a time would wait for memory each time.
const AHEAD: usize = 8;

/// Pairs as one number each: the lower index above the higher.
type Bucket = Vec<u64>;

/// All pairs worth comparing, in buckets by the lower index. Pairs found by several rules occur several times.
pub(super) struct Candidates {
    by_rule: Vec<Vec<Bucket>>,
    /// Rules and keys of blocks that were skipped.
    skipped: FxHashSet<(usize, u32)>,
}

impl Candidates {
    /// Sorts records into blocks and takes the pairs of each.
    pub(super) fn new(records: &[Record], keys: &[KeyTable]) -> Self {
        let some = RULES.len().div_ceil(2 * rayon::current_num_threads());
        let numbers: Vec<usize> = (0..RULES.len()).collect();
        let found = numbers.par_chunks(some).flat_map_iter(|rules| {
            // Memory new to a process is slow, so rules reuse that of previous ones.
            let mut memory = Default::default();
            rules.iter().map(move |rule| (*rule, pairs(&RULES[*rule], records, keys, &mut memory)))
        });
        let (mut by_rule, mut skipped) = (Vec::with_capacity(RULES.len()), FxHashSet::default());
        for (rule, (buckets, keys)) in found.collect::<Vec<_>>() {
            by_rule.push(buckets);
            skipped.extend(keys.into_iter().map(|key| (rule, key)));
        }
        Self { by_rule, skipped }
    }

    /// Forgets the pairs: what is left answers [`Self::would_find`].
    pub(super) fn forget_pairs(&mut self) {
        self.by_rule = Vec::new();
    }

    /// Whether two records of these keys share one without this field.
    pub(super) fn would_find(&self, one: &Keys, two: &Keys, field: Field) -> bool {
        RULES.iter().enumerate().filter(|(_, rule)| !rule.reads(field)).any(|(number, rule)| {
            let (first, second) = rule.slots;
            let shared = |key: &u32| {
                *key != 0 && two[first..=second].contains(key) && !self.skipped.contains(&(number, *key))
            };
            one[first..=second].iter().any(shared)
        })
    }

    /// Passes every pair to `visit` once, in parallel; each thread has its own state, and all of them are returned.
    pub(super) fn visit<S: Send>(
        &self,
        records: &[Record],
        state: impl Fn() -> S + Sync + Send,
        visit: impl Fn(&mut S, u32, u32) + Sync + Send,
    ) -> Vec<S> {
        let buckets = self.by_rule.first().map_or(0, Vec::len);
        (0..buckets)
            .into_par_iter()
            .with_min_len(buckets / (rayon::current_num_threads() * 8) + 1)
            .fold(
                || (state(), Bucket::new()),
                |(mut state, mut pairs), bucket| {
                    pairs.clear();
                    self.by_rule.iter().for_each(|buckets| pairs.extend_from_slice(&buckets[bucket]));
                    pairs.sort_unstable();
                    pairs.dedup();
                    for some in pairs.chunks(AHEAD) {
                        some.iter().for_each(|pair| records[*pair as u32 as usize].fetch());
                        some.iter().for_each(|pair| visit(&mut state, (pair >> 32) as u32, *pair as u32));
                    }
                    (state, pairs)
                },
            )
            .map(|(state, _)| state)
            .collect()
    }
}

/// The pairs of a rule, by bucket; and the keys of the blocks that were skipped.
fn pairs(
    rule: &Rule,
    records: &[Record],
    keys: &[KeyTable],
    (found, spare): &mut (Vec<u64>, Vec<u64>),
) -> (Vec<Bucket>, Vec<u32>) {
    let (first, second) = rule.slots;
    found.clear();
    for (table, start) in keys.iter().zip((0_u64..).step_by(TOGETHER)) {
        let firsts = &table.0[first];
        let entry = |(number, key): (u64, &u32)| (*key != 0).then_some(u64::from(*key) << 32 | number);
        found.extend((start..).zip(firsts).filter_map(entry));
        if first != second {
            let is_new = |(place, key): &(usize, &u32)| firsts.get(*place) != Some(*key);
            let others = table.0[second].iter().enumerate().filter(is_new);
            found.extend(others.filter_map(|(place, key)| entry((start + place as u64, key))));
        }
    }
    sort_by_key(found, spare);
    let mut pairs = vec![Bucket::new(); records.len().div_ceil(BUCKET as usize)];
    let (mut members, mut skipped): (Vec<u32>, Vec<u32>) = Default::default();
    for block in found.chunk_by(|one, two| one >> 32 == two >> 32).filter(|block| block.len() > 1) {
        let oversize = block.len() > rule.cap;
        if oversize && rule.oversize == Oversize::Drop {
            skipped.push((block[0] >> 32) as u32);
            continue;
        }
        members.clear();
        members.extend(block.iter().map(|entry| *entry as u32));
        if oversize {
            // By content, so that the order of records does not matter.
            members.sort_by_cached_key(|number| {
                let record = &records[*number as usize];
                (record.name.sounds, record.birth, record.digest)
            });
        }
        let window = if oversize { WINDOW } else { members.len() };
        for (i, one) in members.iter().enumerate() {
            for two in members[i + 1..].iter().take(window) {
                let (low, high) = (*one.min(two), *one.max(two));
                pairs[(low / BUCKET) as usize].push(u64::from(low) << 32 | u64::from(high));
            }
        }
    }
    (pairs, skipped)
}

/// Sorts entries by their keys, their upper halves, keeping the order within a key: a radix sort from the
/// last digit on, which reads and writes all of them only three times.
pub(super) fn sort_by_key(entries: &mut Vec<u64>, spare: &mut Vec<u64>) {
    const DIGITS: [(u32, u64); 3] = [(32, 0x7ff), (43, 0x7ff), (54, 0x3ff)];
    let mut ends = [[0_usize; 0x800]; DIGITS.len()];
    for entry in entries.iter() {
        for (ends, (shift, mask)) in ends.iter_mut().zip(DIGITS) {
            ends[(entry >> shift & mask) as usize] += 1;
        }
    }
    spare.resize(entries.len(), 0);
    for (starts, (shift, mask)) in ends.iter_mut().zip(DIGITS) {
        let mut before = 0;
        for start in starts.iter_mut() {
            before += std::mem::replace(start, before);
        }
        for entry in entries.iter() {
            let place = &mut starts[(entry >> shift & mask) as usize];
            spare[*place] = *entry;
            *place += 1;
        }
        std::mem::swap(entries, spare);
    }
}

/// The lookup keys by rule: the contents of an index.
pub(super) fn lookups(keys: Keys) -> impl Iterator<Item = (usize, u32)> {
    RULES.iter().enumerate().flat_map(move |(number, rule)| {
        let (first, second) = rule.slots;
        (first..=second).filter_map(move |slot| (keys[slot] != 0).then_some((number, keys[slot])))
    })
}

/// How many rules there are.
pub(super) const RULE_COUNT: usize = RULES.len();

/// The largest block of a rule that is compared.
pub(super) const fn cap(rule: usize) -> usize {
    RULES[rule].cap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_sorted_by_key_and_else_left_in_order(
            mut entries in prop::collection::vec((any::<u32>(), 0..4_u32, any::<u32>()), 0..400)
                .prop_map(|all| all.into_iter().map(|(key, bits, low)| u64::from(key >> (8 * bits)) << 32 | u64::from(low)).collect::<Vec<_>>()),
        ) {
            let mut expected = entries.clone();
            expected.sort_by_key(|entry| entry >> 32);
            sort_by_key(&mut entries, &mut Vec::new());
            prop_assert_eq!(entries, expected);
        }
    }
}
