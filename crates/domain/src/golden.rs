//! The golden record: a guest's profile combined from all source records, with the origin of each field.
//!
//! The rules, for the fields of a [`Profile`]:
//!
//! - A profile edited by a person of the property stays as edited; earlier records of the same guest no longer count, records
//!   received later add to it. Data of a guest who was merged with the edited one afterwards is added too.
//! - An edit of a cluster of merged guests edits each of them: every guest gets a [`Share`] of the edited profile. What a guest had
//!   and the editor saw and left stays that guest's, as edited; what the editor saw and removed is gone from it; what the editor did not see,
//!   because another guest's value was shown instead, stays as it was; what is new is the survivor's. All shares together are exactly the edited profile,
//!   and those of some of the guests are what remains of it when the others are separated.
//! - The name as a whole, sex, birth date and nationality are taken from the newest record of the highest rank that has them: with a
//!   document that somebody has seen; edited by a person; with a document whose check digit is valid; any other.
//! - All other names in the records go into the other names, the newest first.
//! - Documents, phones, e-mail addresses and preferences of all records are listed together, the newest first. Contacts from records
//!   with consent to the use of the profile across the chain come before those without a decision, and those where it was refused
//!   last; forwarding addresses of sales channels come after the guest's own.
//! - Of consents the newest decision for each purpose counts.
//! - For everything else, the newest value counts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    guest::{Consent, ConsentPurpose, Document, Profile},
    ids::GuestId,
};

/// A record of one system, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The guest it belongs to; for merged guests, their own id.
    pub guest: GuestId,
    /// The system.
    pub system: String,
    /// The record's key there.
    pub external_id: String,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// A person of the property wrote it as the guest's profile.
    pub edited: bool,
    /// For an edit of a cluster of merged guests: which share of it this is.
    pub share: Option<Share>,
    /// Its content.
    pub profile: Profile,
}

/// One guest's share of an edit of several merged guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The edit.
    pub edit: Uuid,
    /// Among how many guests it was divided.
    pub guests: usize,
    /// By field of the profile: for each of its values the position in the edited profile, none if the value was not visible there.
    pub places: BTreeMap<String, Vec<Option<usize>>>,
}

/// Origin of a field of the golden record: system and key of the source record.
pub type Origin = (String, String);

/// A guest's profile over all sources, with the origin of each field. Fields with several values are named `phones[0]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Golden {
    /// The profile.
    pub profile: Profile,
    /// By field.
    pub origins: BTreeMap<String, Origin>,
}

/// Facts that the rules need and this crate does not know.
#[derive(Debug, Clone, Copy)]
pub struct Judge {
    /// Whether a document number is valid by its check digit.
    pub proves_itself: fn(&Document) -> bool,
    /// Whether an e-mail address belongs to a sales channel.
    pub is_relay: fn(&str) -> bool,
}

impl Source {
    /// The position of a value in the edited profile of this edit.
    fn place(&self, field: &str, at: usize) -> Option<usize> {
        match &self.share {
            None => Some(at),
            Some(share) => share.places.get(field).and_then(|places| places.get(at).copied()).flatten(),
        }
    }
}

/// Fields of a profile with at most one value, and those with several and what makes two of them the same. The name is one value of three parts.
macro_rules! fields {
    ($one:ident, $several:ident) => {
        $one!(sex, birth, nationality, language, city, address, emergency_contact);
        $several!(other_names, |a, b| a == b);
        $several!(phones, |a, b| a == b);
        $several!(emails, |a, b| a == b);
        $several!(documents, is_same_document);
        $several!(preferences, |a, b| a == b);
        $several!(consents, |a, b| a == b);
    };
}

fn is_same_document(a: &Document, b: &Document) -> bool {
    a.kind == b.kind && a.number == b.number
}

/// The records that count: those not superseded by a later edit of the same guest. The oldest first, so that newer ones override them; the
/// key breaks ties.
pub fn standing(sources: &[Source]) -> Vec<&Source> {
    let mut sources: Vec<&Source> = sources.iter().collect();
    sources.sort_by_key(|source| (source.received_at, &source.system, &source.external_id));
    let mut edits: BTreeMap<GuestId, usize> = BTreeMap::new();
    edits.extend(sources.iter().enumerate().filter(|(_, s)| s.edited).map(|(at, s)| (s.guest, at)));
    let is_replaced =
        |(at, source): &(usize, &Source)| edits.get(&source.guest).is_some_and(|edit| at < edit);
    sources.into_iter().enumerate().filter(|entry| !is_replaced(entry)).map(|(_, source)| source).collect()
}

/// Divides the edited profile (`left`) of several merged guests, whose profile looked like `seen` before, among them. `own` is each guest's data by
/// its own records, the survivor first; the shares are in the same order.
pub fn shares(edit: Uuid, left: &Profile, seen: &Profile, own: &[Profile]) -> Vec<(Profile, Share)> {
    // Whatever name a guest is known by, the editor saw it and left or removed it.
    let all_names = |profile: &Profile| Profile {
        other_names: profile.names().filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        ..profile.clone()
    };
    let (seen, named) = (&all_names(seen), own.iter().map(all_names).collect::<Vec<_>>());
    let own = named.as_slice();
    let mut shares: Vec<(Profile, Share)> = own
        .iter()
        .map(|_| (Profile::default(), Share { edit, guests: own.len(), places: BTreeMap::new() }))
        .collect();
    macro_rules! one {
        ($($field:ident),+) => { $(
            let of = |profile: &Profile| profile.$field.clone().into_iter().collect::<Vec<_>>();
            let parts = divide(&of(left), &of(seen), &own.iter().map(of).collect::<Vec<_>>(), |a, b| a == b);
            for ((profile, share), part) in shares.iter_mut().zip(parts) {
                // What the editor wrote comes before what was not visible.
                if let Some((place, value)) = part.into_iter().next() {
                    profile.$field = Some(value);
                    share.places.insert(stringify!($field).into(), vec![place]);
                }
            }
        )+ };
    }
    macro_rules! several {
        ($field:ident, $same:expr) => {
            let own: Vec<_> = own.iter().map(|profile| profile.$field.clone()).collect();
            let parts = divide(&left.$field, &seen.$field, &own, $same);
            for ((profile, share), part) in shares.iter_mut().zip(parts) {
                let (places, values) = part.into_iter().unzip();
                profile.$field = values;
                share.places.insert(stringify!($field).into(), places);
            }
        };
    }
    fields!(one, several);
    let is_new = own.iter().all(|own| own.full_name != left.full_name);
    for (at, ((profile, share), own)) in shares.iter_mut().zip(own).enumerate() {
        // A guest always has a name.
        let is_left = own.full_name == left.full_name || at == 0 && (is_new || own.full_name.is_empty());
        let Profile { full_name, surname, given_name, .. } = if is_left { left } else { own }.clone();
        (profile.full_name, profile.surname, profile.given_name) = (full_name, surname, given_name);
        share.places.insert("full_name".into(), vec![is_left.then_some(0)]);
    }
    shares
}

/// Each guest's share of the values of a field: those left, with their positions, then those that were not visible.
fn divide<T: Clone>(
    left: &[T],
    seen: &[T],
    own: &[Vec<T>],
    same: fn(&T, &T) -> bool,
) -> Vec<Vec<(Option<usize>, T)>> {
    let has = |values: &[T], value: &T| values.iter().any(|other| same(other, value));
    let part = |(at, values): (usize, &Vec<T>)| {
        let is_own =
            |value: &T| has(values, value) || at == 0 && !own.iter().any(|values| has(values, value));
        let kept = left.iter().enumerate().filter(|(_, value)| is_own(value));
        let unseen = values.iter().filter(|value| !has(left, value) && !has(seen, value));
        let kept = kept.map(|(place, value)| (Some(place), value.clone()));
        kept.chain(unseen.map(|value| (None, value.clone()))).collect()
    };
    own.iter().enumerate().map(part).collect()
}

impl Golden {
    /// The golden record of `sources`, in any order.
    pub fn of(sources: &[Source], judge: Judge) -> Self {
        let standing = standing(sources);
        // What the newest edit left, later records, and for guests merged afterwards also the records before it.
        let Some(at) = standing.iter().rposition(|source| source.edited) else {
            let mut golden = Self::default();
            golden.take(&[], None, &standing, judge);
            return golden;
        };
        let is_part = |source: &&Source| match (&source.share, &standing[at].share) {
            (Some(one), Some(other)) => one.edit == other.edit,
            _ => std::ptr::eq(*source, standing[at]),
        };
        let parts: Vec<&Source> = standing.iter().copied().filter(is_part).collect();
        let mut golden = Self::left(&parts);
        let left = Source { profile: golden.profile.clone(), share: None, ..standing[at].clone() };
        let before: Vec<&Source> = standing[..at].iter().copied().filter(|source| !is_part(source)).collect();
        golden.take(&before, Some(&left), &standing[at + 1..], judge);
        golden
    }

    /// Adds what was recorded before and after an edit, if there is one, around it.
    fn take(&mut self, before: &[&Source], left: Option<&Source>, later: &[&Source], judge: Judge) {
        let standing: Vec<&Source> =
            before.iter().copied().chain(left).chain(later.iter().copied()).collect();
        self.take_person(&standing, left, judge);
        self.take_other_names(left.into_iter().chain([before, later].concat().into_iter().rev()));
        self.take_lists(&[before, later].concat(), judge);
        for source in later {
            self.take_newest(source, true);
            self.take_consents(source, true);
        }
        for source in before.iter().rev() {
            self.take_newest(source, false);
            self.take_consents(source, false);
        }
    }

    fn came(&mut self, field: impl Into<String>, source: &Source) {
        self.origins.insert(field.into(), (source.system.clone(), source.external_id.clone()));
    }

    /// The edited profile of the current cluster, put together from the shares of its guests. Missing shares belong to guests who were
    /// separated; values that were hidden by theirs appear again.
    fn left(parts: &[&Source]) -> Self {
        let mut golden = Self::default();
        let is_whole =
            parts.iter().all(|part| part.share.as_ref().is_none_or(|share| share.guests == parts.len()));
        macro_rules! one {
            ($($field:ident),+) => { $(
                let has = |part: &&&Source| part.profile.$field.is_some();
                let placed = parts.iter().filter(has).find(|part| part.place(stringify!($field), 0).is_some());
                if let Some(part) = placed.or_else(|| parts.iter().filter(has).find(|_| !is_whole)) {
                    golden.profile.$field.clone_from(&part.profile.$field);
                    golden.came(stringify!($field), part);
                }
            )+ };
        }
        macro_rules! several {
            ($field:ident, $same:expr) => {
                let same: fn(&_, &_) -> bool = $same;
                let mut values = Vec::new();
                for part in parts {
                    let of_part = part.profile.$field.iter().enumerate();
                    values.extend(
                        of_part.map(|(at, value)| (part.place(stringify!($field), at), *part, value)),
                    );
                }
                values.sort_by_key(|(place, ..)| place.unwrap_or(usize::MAX));
                // A value that several guests have appears once.
                values.dedup_by(|one, other| one.0.is_some() && one.0 == other.0);
                for (place, part, value) in values {
                    let known = &golden.profile.$field;
                    // Of several decisions the newest counts, not the first found.
                    let shows_again = !is_whole && stringify!($field) != "consents";
                    if place.is_some() || shows_again && !known.iter().any(|known| same(known, value)) {
                        let field = format!("{}[{}]", stringify!($field), known.len());
                        golden.profile.$field.push(value.clone());
                        golden.came(field, part);
                    }
                }
            };
        }
        fields!(one, several);
        let is_named = |part: &&&Source| !part.profile.full_name.is_empty();
        let placed = parts.iter().filter(is_named).find(|part| part.place("full_name", 0).is_some());
        if let Some(part) = placed.or_else(|| parts.iter().find(is_named)) {
            golden.take_name(part);
        }
        golden.take_other_names(parts.iter().copied().filter(|_| !is_whole));
        for part in parts.iter().filter(|_| !is_whole) {
            golden.take_consents(part, false);
        }
        golden
    }

    fn take_name(&mut self, source: &Source) {
        let Profile { full_name, surname, given_name, .. } = source.profile.clone();
        self.origins.retain(|field, _| !matches!(field.as_str(), "surname" | "given_name"));
        let parts =
            [("full_name", true), ("surname", surname.is_some()), ("given_name", given_name.is_some())];
        parts.into_iter().filter(|(_, is_there)| *is_there).for_each(|(field, _)| self.came(field, source));
        (self.profile.full_name, self.profile.surname, self.profile.given_name) =
            (full_name, surname, given_name);
    }

    /// Adds the names in these records to the other names, and leaves out the guest's main name.
    fn take_other_names<'s>(&mut self, sources: impl Iterator<Item = &'s Source>) {
        let known = std::mem::take(&mut self.profile.other_names).into_iter().enumerate();
        let known = known
            .map(|(at, name)| (self.origins.remove(&format!("other_names[{at}]")).unwrap_or_default(), name));
        let known: Vec<(Origin, String)> = known.collect();
        let said = sources.flat_map(|source| {
            let origin = (source.system.clone(), source.external_id.clone());
            source.profile.names().map(move |name| (origin.clone(), name.to_owned()))
        });
        for (origin, name) in known.into_iter().chain(said) {
            if !name.is_empty() && self.profile.names().all(|known| known != name) {
                self.origins.insert(format!("other_names[{}]", self.profile.other_names.len()), origin);
                self.profile.other_names.push(name);
            }
        }
    }

    /// The identity fields: from the record of the highest rank that has them, within a rank from the newest. What was `left` is already there.
    fn take_person(&mut self, standing: &[&Source], left: Option<&Source>, judge: Judge) {
        let rank = |source: &&Source| match &source.profile.documents {
            documents if documents.iter().any(|document| document.verified) => 3,
            _ if source.edited => 2,
            documents if documents.iter().any(judge.proves_itself) => 1,
            _ => 0,
        };
        let mut ranked: Vec<&Source> = standing.to_vec();
        ranked.sort_by_key(rank);
        let is_there = |source: &Source| left.is_some_and(|left| std::ptr::eq(left, source));
        let named = ranked.iter().rfind(|source| !source.profile.full_name.is_empty());
        if let Some(source) = named.filter(|source| !is_there(source)) {
            self.take_name(source);
        }
        macro_rules! person {
            ($($field:ident),+) => { $(
                let said = ranked.iter().rfind(|source| source.profile.$field.is_some());
                if let Some(source) = said.filter(|source| !is_there(source)) {
                    self.profile.$field.clone_from(&source.profile.$field);
                    self.came(stringify!($field), source);
                }
            )+ };
        }
        person!(sex, birth, nationality);
    }

    /// Fields with several values.
    fn take_lists(&mut self, later: &[&Source], judge: Judge) {
        // Whether the record has the guest's consent to be known across the chain: yes, no decision, no.
        let consent = |source: &&Source| {
            let chain = |consent: &&Consent| consent.purpose == ConsentPurpose::ChainProfile;
            let decisions = source.profile.consents.iter().filter(chain);
            decisions.max_by_key(|consent| consent.on).map_or(1, |consent| if consent.given { 0 } else { 2 })
        };
        let newest_first = || later.iter().rev().copied();
        // Stable: the order by age is preserved within each.
        let mut contacts: Vec<&Source> = newest_first().collect();
        contacts.sort_by_key(consent);
        let contacts = || contacts.iter().copied();
        let phones = contacts().flat_map(|s| s.profile.phones.iter().map(move |value| (s, value.clone())));
        self.merge("phones", phones.collect(), |profile| &mut profile.phones, |a, b| a == b);
        let mut emails: Vec<(&Source, String)> =
            contacts().flat_map(|s| s.profile.emails.iter().map(move |value| (s, value.clone()))).collect();
        emails.sort_by_key(|(_, email)| (judge.is_relay)(email));
        self.merge("emails", emails, |profile| &mut profile.emails, |a, b| a == b);
        let documents = newest_first().flat_map(|s| s.profile.documents.iter().map(move |d| (s, d.clone())));
        self.merge("documents", documents.collect(), |profile| &mut profile.documents, is_same_document);
        let wishes = newest_first().flat_map(|s| s.profile.preferences.iter().map(move |w| (s, w.clone())));
        self.merge("preferences", wishes.collect(), |profile| &mut profile.preferences, |a, b| a == b);
    }

    /// Puts values in front of the existing ones, each once.
    fn merge<T: Clone>(
        &mut self,
        list: &str,
        newer: Vec<(&Source, T)>,
        of: fn(&mut Profile) -> &mut Vec<T>,
        same: fn(&T, &T) -> bool,
    ) {
        let before = std::mem::take(of(&mut self.profile));
        let mut kept: Vec<(Origin, T)> = Vec::with_capacity(before.len() + newer.len());
        let came: Vec<(Origin, T)> =
            newer.into_iter().map(|(s, value)| ((s.system.clone(), s.external_id.clone()), value)).collect();
        let was = before
            .into_iter()
            .enumerate()
            .map(|(at, value)| (self.origins.remove(&format!("{list}[{at}]")).unwrap_or_default(), value));
        let was: Vec<(Origin, T)> = was.collect();
        // What an edit left comes first; later records follow.
        for (origin, value) in was.into_iter().chain(came) {
            if !kept.iter().any(|(_, other)| same(other, &value)) {
                kept.push((origin, value));
            }
        }
        for (at, (origin, value)) in kept.into_iter().enumerate() {
            self.origins.insert(format!("{list}[{at}]"), origin);
            of(&mut self.profile).push(value);
        }
    }

    /// The record's value, if it is `newer` than the present one, or there is none.
    fn take_newest(&mut self, source: &Source, newer: bool) {
        macro_rules! newest {
            ($($field:ident),+) => { $(
                if source.profile.$field.is_some() && (newer || self.profile.$field.is_none()) {
                    self.profile.$field.clone_from(&source.profile.$field);
                    self.came(stringify!($field), source);
                }
            )+ };
        }
        newest!(language, city, address, emergency_contact);
    }

    /// Of two decisions of the same day that of the `newer` record counts.
    fn take_consents(&mut self, source: &Source, newer: bool) {
        for consent in &source.profile.consents {
            let known = self.profile.consents.iter().position(|known| known.purpose == consent.purpose);
            match known {
                Some(at) if self.profile.consents[at].on > consent.on => {}
                Some(at) if self.profile.consents[at].on == consent.on && !newer => {}
                Some(at) => {
                    self.profile.consents[at] = consent.clone();
                    self.came(format!("consents[{at}]"), source);
                }
                None => {
                    self.came(format!("consents[{}]", self.profile.consents.len()), source);
                    self.profile.consents.push(consent.clone());
                }
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use chrono::NaiveDate;
    use hefu_kernel::Id as _;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const JUDGE: Judge = Judge {
        proves_itself: |document| document.kind == "resident_id",
        is_relay: |email| email.ends_with("@relay"),
    };

    fn source(system: &str, hour: u32, profile: Profile) -> Source {
        let day = NaiveDate::from_ymd_opt(2026, 10, 3).unwrap();
        let received_at = day.and_hms_opt(hour, 0, 0).unwrap().and_utc();
        let (guest, system) = (GuestId::NIL, system.into());
        Source {
            guest,
            system,
            external_id: format!("{hour}"),
            received_at,
            edited: false,
            share: None,
            profile,
        }
    }

    fn named(name: &str) -> Profile {
        Profile { full_name: name.into(), ..Profile::default() }
    }

    fn document(kind: &str, number: &str, verified: bool) -> Document {
        Document { kind: kind.into(), number: number.into(), country: None, expires: None, verified }
    }

    #[test]
    fn a_document_beats_what_was_typed_later() {
        let proven = Profile {
            documents: vec![document("resident_id", "11010519491231002X", false)],
            birth: NaiveDate::from_ymd_opt(1949, 12, 31),
            ..named("张伟")
        };
        let typed = Profile {
            birth: NaiveDate::from_ymd_opt(1950, 1, 1),
            city: Some("上海".into()),
            ..named("章伟")
        };
        let golden = Golden::of(&[source("desk", 8, proven), source("ota", 9, typed)], JUDGE);
        assert_eq!(golden.profile.full_name, "张伟");
        assert_eq!(golden.profile.birth, NaiveDate::from_ymd_opt(1949, 12, 31));
        assert_eq!(golden.profile.city.as_deref(), Some("上海"));
        assert_eq!(golden.origins["full_name"].0, "desk");
        assert_eq!(golden.origins["city"].0, "ota");
        assert_eq!(golden.profile.other_names, ["章伟"]);
        assert_eq!(golden.origins["other_names[0]"].0, "ota");
    }

    #[test]
    fn contacts_stand_side_by_side_the_newest_first_and_relays_last() {
        let old = Profile { phones: vec!["+1".into()], emails: vec!["a@b".into()], ..named("A") };
        let new =
            Profile { phones: vec!["+2".into(), "+1".into()], emails: vec!["x@relay".into()], ..named("A") };
        let golden = Golden::of(&[source("b", 9, new), source("a", 8, old)], JUDGE);
        assert_eq!(golden.profile.phones, ["+2", "+1"]);
        assert_eq!(golden.profile.emails, ["a@b", "x@relay"]);
        assert_eq!(golden.origins["phones[0]"].0, "b");
        assert_eq!(golden.origins["emails[0]"].0, "a");
    }

    #[test]
    fn the_newest_contact_with_consent_comes_first() {
        let with = |phone: &str, given: Option<bool>| Profile {
            phones: vec![phone.into()],
            consents: given
                .map(|given| Consent {
                    purpose: ConsentPurpose::ChainProfile,
                    given,
                    on: NaiveDate::from_ymd_opt(2026, 10, 1).unwrap(),
                })
                .into_iter()
                .collect(),
            ..named("A")
        };
        let sources = [
            source("a", 6, with("+1", Some(true))),
            source("b", 7, with("+2", Some(true))),
            source("c", 8, with("+3", None)),
            source("d", 9, with("+4", Some(false))),
        ];
        assert_eq!(Golden::of(&sources, JUDGE).profile.phones, ["+2", "+1", "+3", "+4"]);
    }

    #[test]
    fn what_a_person_left_stands_until_a_document_says_otherwise() {
        let old = Profile { phones: vec!["+1".into()], city: Some("Rom".into()), ..named("Old") };
        let edited = Source {
            edited: true,
            ..source("desk", 9, Profile { phones: vec!["+3".into()], ..named("Right") })
        };
        let later = Profile { phones: vec!["+4".into()], ..named("Late") };
        let golden = Golden::of(&[source("a", 8, old), edited.clone(), source("ota", 10, later)], JUDGE);
        assert_eq!((golden.profile.full_name.as_str(), golden.profile.city.as_deref()), ("Right", None));
        assert_eq!(golden.profile.phones, ["+3", "+4"]);
        let seen = Profile { documents: vec![document("passport", "E1", true)], ..named("Passport") };
        let golden = Golden::of(&[edited, source("desk", 11, seen)], JUDGE);
        assert_eq!(golden.profile.full_name, "Passport");
        assert_eq!(golden.profile.other_names, ["Right"]);
    }

    #[test]
    fn an_edit_of_one_guest_leaves_what_is_known_of_one_joined_with_it() {
        let on = NaiveDate::from_ymd_opt(2026, 10, 1).unwrap();
        let refusal = Consent { purpose: ConsentPurpose::Marketing, given: false, on };
        let id = |number: u128| GuestId::from_uuid(Uuid::from_u128(number));
        let of = |number: u128, source: Source| Source { guest: id(number), ..source };
        let replaced = of(1, source("ota", 7, Profile { phones: vec!["+0".into()], ..named("A") }));
        let other = Profile {
            phones: vec!["+2".into()],
            city: Some("Bonn".into()),
            language: Some("de".into()),
            documents: vec![document("resident_id", "11010519491231002X", false)],
            consents: vec![refusal.clone()],
            ..named("B")
        };
        let edit = Profile { phones: vec!["+1".into()], city: Some("Rom".into()), ..named("A") };
        let edit = of(1, Source { edited: true, ..source("desk", 9, edit) });
        let other = of(2, source("pms", 8, other));
        let golden = Golden::of(&[edit, other, replaced], JUDGE);
        assert_eq!(golden.profile.phones, ["+1", "+2"]);
        assert_eq!((golden.profile.full_name.as_str(), golden.profile.city.as_deref()), ("A", Some("Rom")));
        assert_eq!(golden.profile.language.as_deref(), Some("de"));
        assert_eq!(golden.profile.documents.len(), 1);
        assert_eq!(golden.profile.consents, [refusal]);
    }

    /// A guest's data with few distinct values, so that guests share some.
    fn known() -> impl Strategy<Value = Profile> {
        let several = || proptest::sample::subsequence(vec!["1", "2", "3", "4", "5"], 0..=4).prop_shuffle();
        let one = || proptest::option::of(proptest::sample::select(vec!["Bonn", "Rom", "Ulm"]));
        let consents = proptest::option::of((any::<bool>(), 1..4_u32));
        let names = proptest::sample::subsequence(vec!["A", "B", "E"], 1..=3).prop_shuffle();
        (several(), several(), one(), one(), names, consents).prop_map(
            |(phones, numbers, city, language, names, consent)| Profile {
                other_names: names[1..].iter().copied().map(str::to_owned).collect(),
                phones: phones.into_iter().map(str::to_owned).collect(),
                documents: numbers
                    .into_iter()
                    .map(|number| document("passport", number, number == "1"))
                    .collect(),
                city: city.map(str::to_owned),
                language: language.map(str::to_owned),
                consents: consent
                    .into_iter()
                    .map(|(given, day)| Consent {
                        purpose: ConsentPurpose::Marketing,
                        given,
                        on: NaiveDate::from_ymd_opt(2026, 10, day).unwrap(),
                    })
                    .collect(),
                ..named(names[0])
            },
        )
    }

    /// A random edit of a profile: removes some values, reorders the rest, adds new ones.
    fn edited(seen: &Profile, choices: u32) -> Profile {
        let does = |what: u32| choices >> what & 1 == 1;
        let mut left = seen.clone();
        let mut at = 0;
        left.phones.retain(|_| (at += 1, does(at)).1);
        left.documents.retain(|_| (at += 1, does(at)).1);
        left.documents.iter_mut().for_each(|document| document.expires = NaiveDate::from_ymd_opt(2030, 1, 1));
        if does(20) {
            left.phones.reverse();
            left.phones.push("9".into());
        }
        match choices >> 21 & 3 {
            0 => left.city = None,
            1 => left.city = Some("Köln".into()),
            _ => {}
        }
        if does(23) {
            left.consents.clear();
        }
        if does(24) {
            left.full_name = "C".into();
        }
        if does(25) {
            left.other_names.push("D".into());
        }
        if does(26) && !left.other_names.is_empty() {
            left.other_names.remove(0);
        }
        if does(27) && !left.other_names.is_empty() {
            std::mem::swap(&mut left.full_name, &mut left.other_names[0]);
        }
        left
    }

    proptest! {
        #[test]
        fn an_edit_of_several_is_what_the_person_left_and_each_keeps_what_is_its_own(
            own in proptest::collection::vec(known(), 3), choices in any::<u32>(),
        ) {
            let of = |number: usize, source: Source| Source { guest: GuestId::from_uuid(Uuid::from_u128(number as u128)), ..source };
            let before: Vec<Source> = own.iter().enumerate().map(|(at, profile)| of(at, source("pms", 8, profile.clone()))).collect();
            let seen = Golden::of(&before, JUDGE).profile;
            let left = edited(&seen, choices);
            let parts = shares(Uuid::from_u128(7), &left, &seen, &own);
            let parts: Vec<Source> = parts.into_iter().enumerate().map(|(at, (profile, share))| {
                let part = source("desk", 9, profile);
                of(at, Source { edited: true, share: Some(share), external_id: at.to_string(), ..part })
            }).collect();
            let read_as_one = |guests: &[usize]| {
                let of_guests = |all: &[Source]| guests.iter().map(|at| all[*at].clone()).collect::<Vec<_>>();
                Golden::of(&[of_guests(&before), of_guests(&parts)].concat(), JUDGE)
            };
            let all = read_as_one(&[0, 1, 2]);
            prop_assert_eq!(&all.profile, &left);
            prop_assert!(all.origins.values().all(|(system, _)| system == "desk"));
            for guests in [&[0][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2]] {
                let golden = read_as_one(guests).profile;
                let is_typed = |phone: &String| guests.contains(&0) && own.iter().all(|own| !own.phones.contains(phone));
                let has = |phone: &&String| is_typed(phone) || guests.iter().any(|at| own[*at].phones.contains(*phone));
                let expected: Vec<&String> = left.phones.iter().filter(has).collect();
                prop_assert_eq!(golden.phones.iter().collect::<Vec<_>>(), expected, "{:?}", guests);
                let numbers = |profile: &Profile| profile.documents.iter().map(|d| d.number.clone()).collect::<Vec<_>>();
                let has = |number: &String| guests.iter().any(|at| numbers(&own[*at]).contains(number));
                prop_assert_eq!(numbers(&golden), numbers(&left).into_iter().filter(has).collect::<Vec<_>>());
                prop_assert!(golden.documents.iter().all(|document| left.documents.contains(document)), "as amended");
                let [alone] = guests else { continue };
                let is_new = own.iter().all(|own| own.full_name != left.full_name);
                let is_renamed = *alone == 0 && is_new;
                prop_assert_eq!(&golden.full_name, if is_renamed { &left.full_name } else { &own[*alone].full_name });
                let names = |at: usize| own[at].names().collect::<Vec<_>>();
                let is_typed = |name: &str| *alone == 0 && !(0..3).any(|at| names(at).contains(&name));
                let is_its = |name: &&str| is_typed(name) || names(*alone).contains(name);
                let expected = left.other_names.iter().map(String::as_str).filter(is_its);
                prop_assert_eq!(golden.names().skip(1).collect::<Vec<_>>(), expected.filter(|name| *name != golden.full_name).collect::<Vec<_>>());
                let is_new = |city: &Option<String>| own.iter().all(|own| own.city != *city);
                let expected = match (&own[*alone].city, &left.city) {
                    (_, typed) if typed.is_some() && is_new(typed) && *alone == 0 => typed,
                    (own, left) if own != left && *own == seen.city => &None,
                    (own, _) => own,
                };
                prop_assert_eq!(&golden.city, expected, "{}", alone);
                let decided = &own[*alone].consents;
                let is_kept = left.consents == *decided || seen.consents != *decided;
                prop_assert_eq!(&golden.consents, if is_kept { decided } else { &left.consents });
            }
        }
    }

    #[test]
    fn of_an_edit_without_those_set_apart_the_rest_shows_what_stood_behind_theirs() {
        let id = |number: u128| GuestId::from_uuid(Uuid::from_u128(number));
        let own = [("Rom", "1"), ("Ulm", "2"), ("Bonn", "3")].map(|(city, phone)| Profile {
            city: Some(city.into()),
            phones: vec![phone.into()],
            ..named("A")
        });
        let seen = Profile { phones: vec!["3".into(), "2".into(), "1".into()], ..own[2].clone() };
        let left = Profile { phones: vec!["1".into(), "3".into(), "4".into()], ..seen.clone() };
        let parts: Vec<Source> = shares(Uuid::from_u128(7), &left, &seen, &own)
            .into_iter()
            .zip(1..)
            .map(|((profile, share), at)| {
                let part = source("desk", 9, profile);
                Source {
                    guest: id(at),
                    edited: true,
                    share: Some(share),
                    external_id: at.to_string(),
                    ..part
                }
            })
            .collect();
        assert_eq!(Golden::of(&parts, JUDGE).profile, left);
        let of = |some: &[usize]| {
            let golden = Golden::of(&some.iter().map(|at| parts[*at].clone()).collect::<Vec<_>>(), JUDGE);
            (golden.profile.city.unwrap_or_default(), golden.profile.phones.concat())
        };
        assert_eq!(of(&[0, 1]), ("Rom".into(), "14".into()));
        assert_eq!(of(&[0]), ("Rom".into(), "14".into()));
        assert_eq!(of(&[1]), ("Ulm".into(), String::new()), "its phone was taken out");
        assert_eq!(of(&[2]), ("Bonn".into(), "3".into()));
        // A later edit of one guest alone comes before its share.
        let alone = Source { guest: id(3), edited: true, ..source("desk", 10, named("Solo")) };
        let golden = Golden::of(&[&parts[..], &[alone]].concat(), JUDGE);
        assert_eq!(
            (golden.profile.full_name.as_str(), golden.profile.phones.concat()),
            ("Solo", "14".into())
        );
    }

    #[test]
    fn of_consents_the_newest_decision_counts() {
        let consent = |given, day| Consent {
            purpose: ConsentPurpose::Marketing,
            given,
            on: NaiveDate::from_ymd_opt(2026, 10, day).unwrap(),
        };
        let with = |consents| Profile { consents, ..named("A") };
        let sources =
            [source("a", 8, with(vec![consent(true, 1)])), source("b", 9, with(vec![consent(false, 2)]))];
        let golden = Golden::of(&sources, JUDGE);
        assert_eq!(golden.profile.consents, [consent(false, 2)]);
        // The order of arrival is not the order of decision.
        let sources =
            [source("b", 8, with(vec![consent(false, 2)])), source("a", 9, with(vec![consent(true, 1)]))];
        assert_eq!(Golden::of(&sources, JUDGE).profile.consents, [consent(false, 2)]);
    }

    #[test]
    fn the_order_of_sources_does_not_matter() {
        let sources = [
            source("a", 8, Profile { phones: vec!["+1".into()], ..named("A") }),
            source("b", 8, Profile { phones: vec!["+2".into()], ..named("B") }),
            source("c", 7, Profile { city: Some("C".into()), ..named("C") }),
        ];
        let forward = Golden::of(&sources, JUDGE);
        let mut backward = sources;
        backward.reverse();
        assert_eq!(forward, Golden::of(&backward, JUDGE));
        for (field, value) in &forward.origins {
            assert!(!value.0.is_empty(), "{field} came from somewhere");
        }
    }
}
