//! What is told of changes, and to whom.

use std::collections::HashMap;

use hefu_authz::Action;
use hefu_core::Reader;
use hefu_domain::ids::PropertyId;
use hefu_front_office::visit::grouped;
use hefu_store::query::journal;
use serde::Serialize;
use utoipa::ToSchema;

use super::kind::{ChangeKind, kind_of};

/// Something of a property that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct LiveChange {
    /// What kind of thing.
    pub kind: ChangeKind,
    /// Number of the visit, in groups; none if it is of no visit, or for those who may not open visits.
    pub visit: Option<String>,
    /// Number of the room, where it is the room itself that changed; none for those who may not see rooms.
    pub room: Option<String>,
}

/// What has changed in a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LiveChanges {
    /// Up to which entry of the journal: go on behind it.
    pub until: i64,
    /// Whether everything that is shown of the property is to be loaded again: too much has changed to tell one by one, or it is not known since when.
    pub reload: bool,
    /// What has changed; empty if everything is to be loaded again.
    pub changes: Vec<LiveChange>,
}

impl LiveChanges {
    /// Everything is to be loaded again.
    pub(super) const fn reload(until: i64) -> Self {
        Self { until, reload: true, changes: Vec::new() }
    }
}

/// A change, and the last entry that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) index: i64,
    pub(super) change: LiveChange,
}

/// What somebody may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    visits: bool,
    rooms: bool,
    kinds: u32,
}

impl Shows {
    /// What may be told of a property.
    pub(super) fn of(r: &Reader<'_>, property: &str) -> Self {
        let may = |actions: &[Action]| actions.iter().any(|action| r.may(*action, property));
        let kinds = ChangeKind::ALL.iter().filter(|kind| kind.needs().is_empty() || may(kind.needs()));
        Self {
            visits: may(&[Action::VisitShow]),
            rooms: may(&[Action::HousekeepingShow, Action::BoardShow, Action::ListShow]),
            kinds: kinds.fold(0, |kinds, kind| kinds | (1 << *kind as u32)),
        }
    }

    /// All of it.
    #[cfg(test)]
    pub(super) const fn everything() -> Self {
        Self { visits: true, rooms: true, kinds: u32::MAX }
    }

    /// What is told of a change, if anything is.
    fn shown(self, change: &LiveChange) -> Option<LiveChange> {
        let LiveChange { kind, visit, room } = change;
        (self.kinds & (1 << *kind as u32) != 0).then(|| LiveChange {
            kind: *kind,
            visit: visit.clone().filter(|_| self.visits),
            room: room.clone().filter(|_| self.rooms),
        })
    }

    /// Those of the changes that are told, each once.
    pub(super) fn all(self, noted: impl IntoIterator<Item = LiveChange>) -> Vec<LiveChange> {
        let mut shown = Vec::new();
        for change in noted {
            if let Some(change) = self.shown(&change)
                && !shown.contains(&change)
            {
                shown.push(change);
            }
        }
        shown
    }
}

/// The changes that entries say, by property: each once, with the last entry that says it.
pub(super) fn noted(entries: Vec<journal::ChangedEntry>) -> HashMap<PropertyId, Vec<Noted>> {
    let mut by_property: HashMap<PropertyId, Vec<Noted>> = HashMap::new();
    let mut places: HashMap<(PropertyId, LiveChange), usize> = HashMap::new();
    for entry in entries {
        let (Some(property), Some(kind)) = (entry.property_id, kind_of(&entry.action)) else { continue };
        let visit = entry.visit.map(|number| grouped(&number));
        let change = LiveChange { kind, visit, room: entry.room };
        let all = by_property.entry(property).or_default();
        match places.get(&(property, change.clone())).copied() {
            Some(place) => all[place].index = entry.log_index,
            None => {
                places.insert((property, change.clone()), all.len());
                all.push(Noted { index: entry.log_index, change });
            }
        }
    }
    by_property
}

#[cfg(test)]
mod tests {
    use hefu_kernel::Id as _;
    use uuid::Uuid;

    use super::*;

    fn entry(log_index: i64, property: u128, action: &str, room: &str) -> journal::ChangedEntry {
        journal::ChangedEntry {
            log_index,
            action: action.to_owned(),
            property_id: Some(PropertyId::from_uuid(Uuid::from_u128(property))),
            visit_id: None,
            subject_id: Uuid::nil(),
            visit: None,
            room: Some(room.to_owned()),
        }
    }

    #[test]
    fn each_change_is_noted_once_with_the_last_entry_that_says_it() {
        let entries = vec![
            entry(3, 1, "room.state", "0401"),
            entry(4, 2, "room.state", "0401"),
            entry(5, 1, "guest.reveal", "0401"),
            entry(6, 1, "room.seen", "0401"),
            entry(7, 1, "room.state", "0402"),
        ];
        let noted = noted(entries);
        let of = |property: u128| -> Vec<(i64, Option<&str>)> {
            let property = PropertyId::from_uuid(Uuid::from_u128(property));
            noted[&property].iter().map(|noted| (noted.index, noted.change.room.as_deref())).collect()
        };
        assert_eq!(of(1), [(6, Some("0401")), (7, Some("0402"))]);
        assert_eq!(of(2), [(4, Some("0401"))]);
    }

    #[test]
    fn what_may_not_be_seen_is_not_told() {
        let change = |kind, visit: &str, room: &str| LiveChange {
            kind,
            visit: Some(visit.to_owned()),
            room: Some(room.to_owned()),
        };
        let shows = Shows { visits: false, rooms: true, kinds: 1 << ChangeKind::Stay as u32 };
        let told = shows.all([
            change(ChangeKind::Stay, "1", "0401"),
            change(ChangeKind::Stay, "2", "0401"),
            change(ChangeKind::Bill, "1", "0401"),
        ]);
        assert_eq!(told, [LiveChange { visit: None, ..change(ChangeKind::Stay, "", "0401") }]);
    }
}
