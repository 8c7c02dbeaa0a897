//! The golden record: what a guest's source records say together, and which of them said it.
//!
//! The rules, for the fields of a [`Profile`]:
//!
//! - A profile edited by a person of the house stands as it was left; what came of the same guest before it no longer counts, records
//!   received later add to it. An edit of one guest from before it was joined with another says nothing of what is known of that one: it is added too.
//! - The name as a whole, sex, birth date and nationality are taken from the newest record of the highest rank that has them: with a
//!   document that somebody saw; edited by a person; with a document that proves itself by its check digit; any other.
//! - Documents, phones, e-mail addresses and wishes of all records stand side by side, the newest first. Contacts from a guest
//!   who refused the use of the profile across the chain come last, and addresses by which a sales channel passes mail on
//!   after those of the guest's own.
//! - Of consents the newest decision for each purpose counts.
//! - Everything else is the newest that anybody said.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::{
    guest::{Consent, ConsentPurpose, Document, Profile},
    ids::GuestId,
};

/// A record of one system, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Whose record it is; of guests who were joined their own.
    pub guest: GuestId,
    /// Into whom that guest was joined, and since when; whom that one was joined into, and so on.
    pub joined_into: Vec<(GuestId, DateTime<Utc>)>,
    /// The system.
    pub system: String,
    /// The record's key there.
    pub external_id: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// A person of the house wrote it as the guest's profile.
    pub edited: bool,
    /// What it says.
    pub profile: Profile,
}

/// Where a field of the golden record came from: system and key of the source record.
pub type Origin = (String, String);

/// A guest's profile over all sources, with the origin of each field. Fields of several values are named `phones[0]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Golden {
    /// The profile.
    pub profile: Profile,
    /// By field.
    pub origins: BTreeMap<String, Origin>,
}

/// What the rules have to know and this crate does not.
#[derive(Debug, Clone, Copy)]
pub struct Judge {
    /// Whether a document number proves itself.
    pub proves_itself: fn(&Document) -> bool,
    /// Whether an e-mail address belongs to a sales channel.
    pub is_relay: fn(&str) -> bool,
}

impl Source {
    /// Whether a person who wrote this edit as the guest's profile had the other, older record before their eyes.
    fn replaces(&self, other: &Self) -> bool {
        let seen =
            |(guest, since): &(GuestId, DateTime<Utc>)| *guest == self.guest && *since <= self.received_at;
        self.guest == other.guest || other.joined_into.iter().any(seen)
    }
}

impl Golden {
    /// The golden record of `sources`. Their order does not matter.
    pub fn of(sources: &[Source], judge: Judge) -> Self {
        // The oldest first, so that a newer one is laid over it. The key decides between two of one moment.
        let mut sources: Vec<&Source> = sources.iter().collect();
        sources.sort_by_key(|source| (source.received_at, &source.system, &source.external_id));
        // Few of a guest's records are edits, and a guest can have thousands of records.
        let edits: Vec<(usize, &Source)> = sources
            .iter()
            .enumerate()
            .filter(|(_, source)| source.edited)
            .map(|(at, edit)| (at, *edit))
            .collect();
        let is_replaced = |(at, source): (usize, &&Source)| {
            edits.iter().any(|(later, edit)| *later > at && edit.replaces(source))
        };
        let standing: Vec<&Source> = sources
            .iter()
            .enumerate()
            .filter(|entry| !is_replaced(*entry))
            .map(|(_, source)| *source)
            .collect();
        let mut golden = Self::default();
        // What the newest edit left, what came later, and of joined guests what came before it.
        let (before, later) = match standing.iter().rposition(|source| source.edited) {
            Some(at) => {
                golden.take_all(standing[at]);
                (&standing[..at], &standing[at + 1..])
            }
            None => (&[][..], &standing[..]),
        };
        golden.take_person(&standing, judge);
        golden.take_lists(&[before, later].concat(), judge);
        for source in later {
            golden.take_newest(source, true);
            golden.take_consents(source, true);
        }
        for source in before.iter().rev() {
            golden.take_newest(source, false);
            golden.take_consents(source, false);
        }
        golden
    }

    fn came(&mut self, field: impl Into<String>, source: &Source) {
        self.origins.insert(field.into(), (source.system.clone(), source.external_id.clone()));
    }

    /// The whole of a profile that a person left so.
    fn take_all(&mut self, source: &Source) {
        self.profile = source.profile.clone();
        let profile = &source.profile;
        let single = [
            ("full_name", !profile.full_name.is_empty()),
            ("surname", profile.surname.is_some()),
            ("given_name", profile.given_name.is_some()),
            ("sex", profile.sex.is_some()),
            ("birth", profile.birth.is_some()),
            ("nationality", profile.nationality.is_some()),
            ("language", profile.language.is_some()),
            ("city", profile.city.is_some()),
            ("address", profile.address.is_some()),
            ("emergency_contact", profile.emergency_contact.is_some()),
        ];
        single.into_iter().filter(|(_, is_there)| *is_there).for_each(|(field, _)| self.came(field, source));
        for (list, length) in [
            ("phones", profile.phones.len()),
            ("emails", profile.emails.len()),
            ("documents", profile.documents.len()),
            ("preferences", profile.preferences.len()),
            ("consents", profile.consents.len()),
        ] {
            (0..length).for_each(|at| self.came(format!("{list}[{at}]"), source));
        }
    }

    /// Who the guest is: by the record of the highest rank that says it, of those of one rank by the newest.
    fn take_person(&mut self, standing: &[&Source], judge: Judge) {
        let rank = |source: &&Source| match &source.profile.documents {
            documents if documents.iter().any(|document| document.verified) => 3,
            _ if source.edited => 2,
            documents if documents.iter().any(judge.proves_itself) => 1,
            _ => 0,
        };
        let mut ranked: Vec<&Source> = standing.to_vec();
        ranked.sort_by_key(rank);
        if let Some(source) = ranked.iter().rfind(|source| !source.profile.full_name.is_empty()) {
            let Profile { full_name, surname, given_name, .. } = source.profile.clone();
            self.origins.retain(|field, _| !matches!(field.as_str(), "surname" | "given_name"));
            let parts =
                [("full_name", true), ("surname", surname.is_some()), ("given_name", given_name.is_some())];
            parts
                .into_iter()
                .filter(|(_, is_there)| *is_there)
                .for_each(|(field, _)| self.came(field, source));
            (self.profile.full_name, self.profile.surname, self.profile.given_name) =
                (full_name, surname, given_name);
        }
        macro_rules! person {
            ($($field:ident),+) => { $(
                if let Some(source) = ranked.iter().rfind(|source| source.profile.$field.is_some()) {
                    self.profile.$field.clone_from(&source.profile.$field);
                    self.came(stringify!($field), source);
                }
            )+ };
        }
        person!(sex, birth, nationality);
    }

    /// What stands side by side.
    fn take_lists(&mut self, later: &[&Source], judge: Judge) {
        let refused = |source: &Source| {
            let chain = |consent: &&Consent| consent.purpose == ConsentPurpose::ChainProfile;
            source
                .profile
                .consents
                .iter()
                .filter(chain)
                .max_by_key(|consent| consent.on)
                .is_some_and(|c| !c.given)
        };
        let newest_first = || later.iter().rev().copied();
        let contacts = || {
            newest_first()
                .filter(|source| !refused(source))
                .chain(newest_first().filter(|source| refused(source)))
        };
        let phones = contacts().flat_map(|s| s.profile.phones.iter().map(move |value| (s, value.clone())));
        self.merge("phones", phones.collect(), |profile| &mut profile.phones, |a, b| a == b);
        let mut emails: Vec<(&Source, String)> =
            contacts().flat_map(|s| s.profile.emails.iter().map(move |value| (s, value.clone()))).collect();
        // Stable: the order of age stays within both kinds.
        emails.sort_by_key(|(_, email)| (judge.is_relay)(email));
        self.merge("emails", emails, |profile| &mut profile.emails, |a, b| a == b);
        let documents = newest_first().flat_map(|s| s.profile.documents.iter().map(move |d| (s, d.clone())));
        self.merge(
            "documents",
            documents.collect(),
            |profile| &mut profile.documents,
            |a, b| a.kind == b.kind && a.number == b.number,
        );
        let wishes = newest_first().flat_map(|s| s.profile.preferences.iter().map(move |w| (s, w.clone())));
        self.merge("preferences", wishes.collect(), |profile| &mut profile.preferences, |a, b| a == b);
    }

    /// Puts values before those that are there, each once.
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
        // What a person left stands first; what came later follows it.
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

    /// What a record says, if it is `newer` than what is there, or nothing is.
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

    /// Of two decisions of one day that of the `newer` record counts.
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
        let joined_into = Vec::new();
        Source {
            guest,
            joined_into,
            system,
            external_id: format!("{hour}"),
            received_at,
            edited: false,
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
        let at = |hour: u32| source("", hour, named("")).received_at;
        let joined = |hour| Source { joined_into: vec![(id(1), at(hour))], ..other.clone() };
        // Who edits the two as one leaves both as they should be.
        let golden = Golden::of(&[edit.clone(), joined(8), replaced.clone()], JUDGE);
        assert_eq!(
            (golden.profile.phones.as_slice(), golden.profile.language),
            (&["+1".to_owned()][..], None)
        );
        let golden = Golden::of(&[edit, joined(10), replaced], JUDGE);
        assert_eq!(golden.profile.phones, ["+1", "+2"]);
        assert_eq!((golden.profile.full_name.as_str(), golden.profile.city.as_deref()), ("A", Some("Rom")));
        assert_eq!(golden.profile.language.as_deref(), Some("de"));
        assert_eq!(golden.profile.documents.len(), 1);
        assert_eq!(golden.profile.consents, [refusal]);
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
        // The order they came in is not the order they were decided in.
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
