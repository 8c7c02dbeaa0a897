//! The people a front desk is dealing with now, in memory, to be found by the beginning of a name or by a
//! similar name. The database cannot do that: it holds tokens of complete names only.
//!
//! A property is loaded when it is first searched: guests who arrive from yesterday to a week ahead, who are in house,
//! or who left within two days, and the survivors they are merged into. Visits and guests changed by this process
//! are reloaded before the next search; changes by other processes appear when the property is reloaded,
//! at most a minute later.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{Days, NaiveDate};

use hefu_domain::{
    ids::{GuestId, PropertyId, VisitId},
    property::Property,
    stay::StayState,
};

use hefu_kernel::Id as _;

use hefu_store::{Changed, Conn, Store, query};

use tokio::sync::{Mutex, broadcast};

use uuid::Uuid;

use crate::name::Name;
use hefu_core::{Result, Service};

/// Maximum age of a property in memory.
const RELOAD_AFTER: Duration = Duration::from_secs(60);

/// Maximum number of guests of a property: a bound for memory, many times what a property has.
const MOST_PEOPLE: i64 = 50_000;

/// With more changed visits than this a property is reloaded completely instead.
const MOST_CHANGES: usize = 64;

/// The current people of a property.
#[derive(Debug, Clone)]
pub(crate) struct PropertyNames {
    loaded: Instant,
    /// The business date it was loaded for.
    today: NaiveDate,
    /// All names of each guest. Shared: searches keep what they look through while it goes on changing.
    names: HashMap<GuestId, Arc<[Name]>>,
    /// The survivors of merged guests.
    read_as: HashMap<GuestId, GuestId>,
    visits: HashMap<VisitId, Vec<GuestId>>,
    /// Whether names of its people are still to be read.
    has_unnamed: bool,
}

impl PropertyNames {
    /// The guests whose name matches `typed`.
    pub(crate) fn find<'a>(&'a self, typed: &'a Name) -> impl Iterator<Item = GuestId> + 'a {
        let answers = |names: &[Name]| names.iter().any(|name| name.likeness(typed).is_some());
        self.names.iter().filter(move |(_, names)| answers(names)).map(|(id, _)| *id)
    }
}

/// Current people, property by property.
pub(crate) struct Current {
    state: Mutex<State>,
}

struct State {
    changes: broadcast::Receiver<Arc<Changed>>,
    /// Changes not yet applied to the properties.
    visits: HashSet<VisitId>,
    records: HashSet<Uuid>,
    by_property: HashMap<PropertyId, Arc<PropertyNames>>,
}

/// The range of current arrivals, and the earliest current departure.
fn window(today: NaiveDate) -> ((NaiveDate, NaiveDate), NaiveDate) {
    let back = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    ((back(1), today.checked_add_days(Days::new(7)).unwrap_or(today)), back(2))
}

impl Service for Current {
    fn new(store: &Store) -> Self {
        Self {
            state: Mutex::new(State {
                changes: store.changes(),
                visits: HashSet::new(),
                records: HashSet::new(),
                by_property: HashMap::new(),
            }),
        }
    }
}

impl Current {
    /// The current people of a property.
    pub(crate) async fn names(
        &self,
        c: &mut Conn,
        store: &Store,
        property: &Property,
    ) -> Result<Arc<PropertyNames>> {
        let mut state = self.state.lock().await;
        state.catch_up(c, store).await?;
        if let Some(names) = state.by_property.get(&property.id)
            && names.loaded.elapsed() < RELOAD_AFTER
            && names.today == property.business_date
        {
            return Ok(names.clone());
        }
        let loaded = Instant::now();
        let today = property.business_date;
        let (arrivals, left) = window(today);
        let pairs = query::visit::current(c, property.id, arrivals, left, MOST_PEOPLE).await?;
        let mut names = PropertyNames {
            loaded,
            today,
            names: HashMap::new(),
            read_as: HashMap::new(),
            visits: HashMap::new(),
            has_unnamed: true,
        };
        for (visit, guest) in pairs {
            names.visits.entry(visit).or_default().push(guest);
        }
        names.name_all(c, store).await?;
        let names = Arc::new(names);
        state.by_property.insert(property.id, names.clone());
        Ok(names)
    }
}

impl State {
    /// Applies what this process has committed to the properties. If interrupted here, the rest is left to the next search.
    async fn catch_up(&mut self, c: &mut Conn, store: &Store) -> Result<()> {
        loop {
            match self.changes.try_recv() {
                Ok(changed) => {
                    self.visits.extend(&changed.visits);
                    self.records.extend(&changed.records);
                }
                Err(broadcast::error::TryRecvError::Lagged(_)) => self.by_property.clear(),
                Err(_) => break,
            }
        }
        if self.visits.len() > MOST_CHANGES {
            self.by_property.clear();
        }
        if self.records.is_empty() {
            return Ok(());
        }
        for (property, names) in &mut self.by_property {
            for visit in &self.visits {
                // A change does not name its property; most properties do not know the visit, and most changes leave its people as they were.
                if let Some(people) = names.people(c, *property, *visit).await?
                    && names.visits.get(visit).map_or(&[][..], Vec::as_slice) != people
                {
                    Arc::make_mut(names).put(*visit, people);
                }
            }
            if names.knows(&self.records) {
                Arc::make_mut(names).forget(&self.records);
            }
            if names.has_unnamed {
                Arc::make_mut(names).name_all(c, store).await?;
            }
        }
        self.visits.clear();
        self.records.clear();
        Ok(())
    }
}

impl PropertyNames {
    /// The current people of a visit; none: it is of another property.
    async fn people(
        &self,
        c: &mut Conn,
        property: PropertyId,
        visit: VisitId,
    ) -> Result<Option<Vec<GuestId>>> {
        let Some(reservation) = query::visit::reservation(c, property, visit).await? else {
            return Ok(None);
        };
        let ((from, to), left) = window(self.today);
        let mut guests = Vec::new();
        let waits = !matches!(reservation.state.code(), "cancelled" | "no_show");
        if waits && reservation.arrival >= from && reservation.arrival <= to {
            guests.push(reservation.guest_id);
        }
        let stays = query::visit::stays(c, property, visit).await?;
        for person in query::visit::stay_guests(c, property, visit).await? {
            let is_current = stays.iter().any(|stay| {
                stay.id == person.stay_id
                    && match stay.state {
                        StayState::InHouse => true,
                        StayState::CheckedOut => stay.departure >= left,
                        StayState::Undone => false,
                    }
            });
            if is_current && !guests.contains(&person.guest_id) {
                guests.push(person.guest_id);
            }
        }
        Ok(Some(guests))
    }

    fn put(&mut self, visit: VisitId, people: Vec<GuestId>) {
        self.has_unnamed = true;
        if people.is_empty() {
            self.visits.remove(&visit);
        } else {
            self.visits.insert(visit, people);
        }
    }

    /// Whether names of any of these are among its own.
    fn knows(&self, changed: &HashSet<Uuid>) -> bool {
        changed.iter().any(|id| self.names.contains_key(&GuestId::from_uuid(*id)))
            || self.read_as.values().any(|id| changed.contains(&id.uuid()))
    }

    /// Drops the names of changed guests, and of everyone in their clusters.
    fn forget(&mut self, changed: &HashSet<Uuid>) {
        self.has_unnamed = true;
        let has_changed = |id: &GuestId| changed.contains(&id.uuid());
        let read_as = &self.read_as;
        self.names.retain(|id, _| !has_changed(id) && !read_as.get(id).is_some_and(has_changed));
    }

    /// Reads the names that are not loaded yet, also of survivors, and drops those of guests who are not current any more.
    async fn name_all(&mut self, c: &mut Conn, store: &Store) -> Result<()> {
        let here: HashSet<GuestId> = self.visits.values().flatten().copied().collect();
        self.name(c, store, &here).await?;
        self.read_as.retain(|id, _| here.contains(id));
        let kept: HashSet<GuestId> = self.read_as.values().copied().collect();
        self.name(c, store, &kept).await?;
        self.names.retain(|id, _| here.contains(id) || kept.contains(id));
        self.has_unnamed = false;
        Ok(())
    }

    async fn name(&mut self, c: &mut Conn, store: &Store, guests: &HashSet<GuestId>) -> Result<()> {
        let unknown: Vec<GuestId> =
            guests.iter().copied().filter(|id| !self.names.contains_key(id)).collect();
        for (guest, into) in query::guest::records(c, store.vault(), &unknown).await? {
            match into {
                Some(into) => self.read_as.insert(guest.id, into),
                None => self.read_as.remove(&guest.id),
            };
            self.names.insert(guest.id, guest.profile.names().map(Name::of).collect());
        }
        Ok(())
    }
}
