//! Which pairs of records are worth comparing: those that share a key.

use rayon::prelude::*;

use super::{
    record::{Record, phone_tail},
    short::mix,
};

/// A blocking rule: records with an equal key are compared.
struct Rule {
    /// The place of its key, or of two keys of which any may meet any.
    slots: (usize, usize),
    /// A key that more records share proves too little to compare all of them.
    cap: usize,
    /// What is done with larger blocks.
    oversize: Oversize,
}

/// What becomes of a block larger than its rule's cap.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Oversize {
    /// Other rules with more in their keys cover what is worth it.
    Drop,
    /// The key means one person, of many records: each is compared with the next few by record. Linked together they
    /// are one cluster all the same.
    Neighbours,
}

/// Keys of a record.
const KEYS: usize = 24;

/// Below this many records beside it in an oversized block.
const WINDOW: usize = 6;

const fn rule(slot: usize, cap: usize) -> Rule {
    Rule { slots: (slot, slot), cap, oversize: Oversize::Drop }
}

const fn identifier(first: usize, second: usize) -> Rule {
    Rule { slots: (first, second), cap: 40, oversize: Oversize::Neighbours }
}

/// The rules. The number of pairs must grow with the records and not with their square: identifiers are nearly unique;
/// every other key is either rare or capped, so that keys of little content count where data are few and retire
/// where they are many, and keys of more content take over.
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

/// The keys a record is found by.
pub(super) fn keys(record: &Record) -> Keys {
    let name = &record.name;
    let birth = record.birth;
    let surname = if name.surname.is_empty() { 0 } else { name.surname.reading.head(3) };
    let given = if name.given.is_empty() { 0 } else { name.given.reading.head(3) };
    let surname_whole = if name.surname.is_empty() { 0 } else { name.surname.reading.hash() };
    let given_whole = if name.given.is_empty() { 0 } else { name.given.reading.hash() };
    let (year, day) = (u64::from(birth.year()), u64::from(birth.0 & 0x1ff));
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
            // Keys of different rules never meet; 0 is kept for "none".
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

/// The records of one rule that share keys with others.
struct Blocks {
    members: Vec<u32>,
    ends: Vec<usize>,
}

/// All pairs worth comparing, found rule by rule.
pub(super) struct Candidates {
    keys: Vec<Keys>,
    blocks: Vec<Blocks>,
}

impl Candidates {
    /// Sorts records into blocks.
    pub(super) fn new(records: &[Record]) -> Self {
        let mut keys: Vec<Keys> = records.par_iter().map(keys).collect();
        let blocks = RULES.iter().map(|rule| blocks(rule, records, &mut keys)).collect();
        Self { keys, blocks }
    }

    /// Hands every pair to `visit` once, block by block, in parallel; each thread has a state of its own, and all of
    /// them are returned.
    pub(super) fn visit<S: Send>(
        &self,
        state: impl Fn() -> S + Sync + Send,
        visit: impl Fn(&mut S, u32, u32) + Sync + Send,
    ) -> Vec<S> {
        let spans: Vec<(usize, usize, usize)> = self
            .blocks
            .iter()
            .enumerate()
            .flat_map(|(rule, blocks)| {
                let step = 4_096;
                (0..blocks.ends.len())
                    .step_by(step)
                    .map(move |from| (rule, from, (from + step).min(blocks.ends.len())))
            })
            .collect();
        let pieces = rayon::current_num_threads() * 8;
        spans
            .par_chunks(spans.len().div_ceil(pieces).max(1))
            .map(|spans| {
                let mut state = state();
                for (rule, from, to) in spans {
                    self.visit_blocks(*rule, *from, *to, &mut state, &visit);
                }
                state
            })
            .collect()
    }

    fn visit_blocks<S>(
        &self,
        rule: usize,
        from: usize,
        to: usize,
        state: &mut S,
        visit: &(impl Fn(&mut S, u32, u32) + Sync),
    ) {
        let blocks = &self.blocks[rule];
        let mut start = if from == 0 { 0 } else { blocks.ends[from - 1] };
        for end in &blocks.ends[from..to] {
            let members = &blocks.members[start..*end];
            start = *end;
            let window = if members.len() > RULES[rule].cap { WINDOW } else { members.len() };
            for (i, one) in members.iter().enumerate() {
                for two in members[i + 1..].iter().take(window) {
                    let met = one == two || self.shared_before(rule, *one, *two);
                    if !met {
                        visit(state, *one, *two);
                    }
                }
            }
        }
    }

    /// Whether an earlier rule has brought the two together.
    fn shared_before(&self, rule: usize, one: u32, two: u32) -> bool {
        let (one, two) = (&self.keys[one as usize], &self.keys[two as usize]);
        RULES[..rule].iter().any(|rule| {
            let (i, j) = rule.slots;
            let meet = |a: u32, b: u32| a != 0 && a == b;
            meet(one[i], two[i])
                || i != j && (meet(one[i], two[j]) || meet(one[j], two[i]) || meet(one[j], two[j]))
        })
    }
}

/// The blocks of a rule. Keys of blocks that are too large are struck out, so that later rules know.
fn blocks(rule: &Rule, records: &[Record], keys: &mut [Keys]) -> Blocks {
    let (first, second) = rule.slots;
    let mut found: Vec<u64> = Vec::with_capacity(keys.len());
    for (number, keys) in (0_u64..).zip(keys.iter()) {
        for slot in first..=second {
            if keys[slot] != 0 && (slot == first || keys[slot] != keys[first]) {
                found.push(u64::from(keys[slot]) << 32 | number);
            }
        }
    }
    found.par_sort_unstable();
    let mut blocks = Blocks { members: Vec::new(), ends: Vec::new() };
    for block in found.chunk_by(|one, two| one >> 32 == two >> 32).filter(|block| block.len() > 1) {
        let start = blocks.members.len();
        let oversize = block.len() > rule.cap;
        if !oversize || rule.oversize == Oversize::Neighbours {
            blocks.members.extend(block.iter().map(|entry| *entry as u32));
            blocks.ends.push(blocks.members.len());
        }
        if oversize {
            let key = (block[0] >> 32) as u32;
            for entry in block {
                for slot in &mut keys[*entry as u32 as usize][first..=second] {
                    *slot = if *slot == key { 0 } else { *slot };
                }
            }
            // By content, so that the order of records decides nothing.
            blocks.members[start..].sort_by_cached_key(|number| {
                let record = &records[*number as usize];
                (record.name.sounds, record.birth, record.digest)
            });
        }
    }
    blocks.members.shrink_to_fit();
    blocks
}

/// The keys of a lookup by rule: what an index holds.
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
