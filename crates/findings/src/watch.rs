//! Findings that follow their records: a changed record is examined with its component alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    component::{Key, components, examine, keys},
    finding::{Finding, FindingId},
    record::{Facts, Member, Record, RecordId},
};

/// Records with their findings, kept up to date. What it finds is always what [`inspect`](crate::inspect) finds among the same records.
#[derive(Debug)]
pub struct Watch {
    today: NaiveDate,
    records: Vec<Option<Record>>,
    places: FxHashMap<RecordId, u32>,
    free: Vec<u32>,
    by_hash: FxHashMap<u64, Vec<u32>>,
    /// The component of each record, by the place of one of its records.
    found_at: FxHashMap<u32, Vec<FindingId>>,
    findings: BTreeMap<FindingId, Finding>,
}

/// What a change did to the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Findings that are new or say something else.
    pub found: Vec<Finding>,
    /// Findings that are gone.
    pub gone: Vec<FindingId>,
}

fn keys_of(record: &Record) -> Vec<Key> {
    let mut found = Vec::new();
    keys(record.member(), |key| found.push(key));
    found.sort_unstable();
    found.dedup();
    found
}

impl Watch {
    /// Examines some records as of a day.
    pub fn new(facts: Facts, today: NaiveDate) -> Self {
        let mut watch = Self {
            today,
            records: Vec::new(),
            places: FxHashMap::default(),
            free: Vec::new(),
            by_hash: FxHashMap::default(),
            found_at: FxHashMap::default(),
            findings: BTreeMap::new(),
        };
        for record in facts.records() {
            watch.insert(record);
        }
        let members: Vec<Member<'_>> = watch.records.iter().flatten().map(Record::member).collect();
        let mut found = Vec::new();
        for set in components(&members) {
            let findings = examine(set.iter().map(|place| members[*place as usize]).collect(), today);
            found.push((set, findings));
        }
        for (set, findings) in found {
            watch.keep(&set, findings);
        }
        watch
    }

    /// All findings, by identity.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.values()
    }

    /// Adds records or replaces those of the same name, takes some away, and examines the components that they are in or were in.
    pub fn change(&mut self, records: Vec<Record>, removed: &[RecordId]) -> Changed {
        let mut touched: FxHashSet<u32> = FxHashSet::default();
        for id in records.iter().map(Record::id).chain(removed.iter().cloned()) {
            if let Some(place) = self.places.get(&id).copied() {
                touched.extend(self.component(place));
                self.remove(&id, place);
            }
        }
        for record in records {
            let place = self.insert(record);
            touched.insert(place);
        }
        let mut before: BTreeSet<FindingId> = BTreeSet::new();
        for place in &touched {
            before.extend(self.found_at.remove(place).into_iter().flatten());
        }
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut found = Vec::new();
        for place in touched {
            if seen.contains(&place) || self.records[place as usize].is_none() {
                continue;
            }
            let component = self.component(place);
            seen.extend(&component);
            for place in &component {
                before.extend(self.found_at.remove(place).into_iter().flatten());
            }
            let members =
                component.iter().filter_map(|place| Some(self.records[*place as usize].as_ref()?.member()));
            let findings = examine(members.collect(), self.today);
            found.push((component, findings));
        }
        let mut changed = Changed::default();
        let was: BTreeMap<FindingId, Finding> =
            before.iter().filter_map(|id| self.findings.remove_entry(id)).collect();
        for (component, findings) in found {
            let is_new = |finding: &&Finding| was.get(&finding.id) != Some(*finding);
            changed.found.extend(findings.iter().filter(is_new).cloned());
            self.keep(&component, findings);
        }
        changed.found.sort_by_key(|finding| finding.id);
        changed.gone = was.into_keys().filter(|id| !self.findings.contains_key(id)).collect();
        changed
    }

    fn keep(&mut self, component: &[u32], findings: Vec<Finding>) {
        let Some(place) = component.first().filter(|_| !findings.is_empty()) else { return };
        self.found_at.insert(*place, findings.iter().map(|finding| finding.id).collect());
        self.findings.extend(findings.into_iter().map(|finding| (finding.id, finding)));
    }

    fn insert(&mut self, record: Record) -> u32 {
        let id = record.id();
        if let Some(place) = self.places.get(&id).copied() {
            self.remove(&id, place);
        }
        let place = self.free.pop().unwrap_or(self.records.len() as u32);
        for key in keys_of(&record) {
            self.by_hash.entry(key.hash).or_default().push(place);
        }
        self.places.insert(id, place);
        match self.records.get_mut(place as usize) {
            Some(free) => *free = Some(record),
            None => self.records.push(Some(record)),
        }
        place
    }

    fn remove(&mut self, id: &RecordId, place: u32) {
        let Some(record) = self.records.get_mut(place as usize).and_then(Option::take) else { return };
        for key in keys_of(&record) {
            if let Some(places) = self.by_hash.get_mut(&key.hash) {
                places.retain(|other| *other != place);
                if places.is_empty() {
                    self.by_hash.remove(&key.hash);
                }
            }
        }
        self.places.remove(id);
        self.free.push(place);
    }

    /// The component of a record.
    fn component(&self, place: u32) -> Vec<u32> {
        let mut reached: FxHashSet<u32> = FxHashSet::from_iter([place]);
        let mut next = vec![place];
        let mut component = Vec::new();
        while let Some(place) = next.pop() {
            component.push(place);
            let Some(record) = &self.records[place as usize] else { continue };
            for key in keys_of(record) {
                for other in self.by_hash.get(&key.hash).into_iter().flatten() {
                    let Some(near) = self.records[*other as usize].as_ref() else { continue };
                    let is_joined = || {
                        let mut joined = false;
                        keys(near.member(), |near| joined |= near.joins(key));
                        joined
                    };
                    if !reached.contains(other) && is_joined() {
                        reached.insert(*other);
                        next.push(*other);
                    }
                }
            }
        }
        component
    }
}
