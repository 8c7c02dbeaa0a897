//! What is watched of accounts and of programs of other systems: how often they look somebody up by a number, and how many guests they are shown. It is kept in
//! memory, by each server for itself: what is counted for good is what was unmasked. Of jobs, and of a server without accounts, nothing is watched.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::Principal;
use hefu_domain::{account::AlarmKind, ids::GuestId};
use hefu_kernel::Id as _;
use hefu_store::Store;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::services::Service;

/// How much an account or a program may do before it is stopped, or auditors are alarmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchLimits {
    /// People whose data it is shown unmasked on a day of UTC; then it is shown no more.
    pub unmaskings_a_day: i64,
    /// Times it looks somebody up by a whole number or address within an hour; then it waits. Guests who are entered with numbers, and recognised by
    /// them, are counted apart: five times as many.
    pub look_ups_an_hour: usize,
    /// Different visits and guests it opens within ten minutes; then auditors are alarmed.
    pub opened: usize,
    /// Different guests it finds by searching within ten minutes; then auditors are alarmed.
    pub found: usize,
}

impl Default for WatchLimits {
    fn default() -> Self {
        Self { unmaskings_a_day: 100, look_ups_an_hour: 300, opened: 100, found: 1_000 }
    }
}

/// How many entered guests weigh as much as one look-up.
const ENTERED: usize = 5;

/// How long look-ups are counted together.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// How long those who were shown are counted together.
const SHOWN: TimeDelta = TimeDelta::minutes(10);

/// How long nobody is alarmed about the same again.
const QUIET: TimeDelta = TimeDelta::hours(1);

/// How long the canaries are taken to be as they were read: marks of other servers count no later.
const CANARIES_KEPT: TimeDelta = TimeDelta::seconds(5);

/// How a number is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookUp {
    /// To find who has it.
    Asked,
    /// To recognise somebody who is entered.
    Entered,
}

/// A kind of record, and which.
pub(crate) type Opened = (&'static str, Uuid);

/// What an answer shows of guests.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Visits and guests that were opened.
    pub(crate) opened: Vec<Opened>,
    /// Guests that were found.
    pub(crate) found: Vec<Uuid>,
    /// Everybody in what was opened; there may be ids of other records among them.
    pub(crate) among: Vec<Uuid>,
}

/// When each of several was shown last.
#[derive(Debug, Default)]
struct Shown(FxHashMap<Uuid, DateTime<Utc>>);

impl Shown {
    /// Notes some more; answers whether there are more than `most` of late.
    fn note(&mut self, some: impl Iterator<Item = Uuid>, most: usize, now: DateTime<Utc>) -> bool {
        self.0.extend(some.map(|id| (id, now)));
        if self.0.len() > most {
            self.0.retain(|_, at| *at > now - SHOWN && *at <= now);
        }
        self.0.len() > most
    }
}

/// What is known of one of them.
#[derive(Debug)]
struct Watched {
    asked: VecDeque<DateTime<Utc>>,
    entered: VecDeque<DateTime<Utc>>,
    opened: Shown,
    found: Shown,
    alarmed: HashMap<(AlarmKind, Option<GuestId>), DateTime<Utc>>,
    last: DateTime<Utc>,
}

/// When the canaries were read, and which there were.
type Canaries = (DateTime<Utc>, Arc<FxHashSet<Uuid>>);

/// Watches accounts and programs of other systems.
#[derive(Debug)]
pub struct Watch {
    limits: WatchLimits,
    all: Mutex<All>,
    canaries: Mutex<Option<Canaries>>,
}

#[derive(Debug, Default)]
struct All {
    known: FxHashMap<Uuid, Watched>,
    tidied: Option<DateTime<Utc>>,
}

impl Service for Watch {
    fn new(_: &Store) -> Self {
        Self::within(WatchLimits::default())
    }
}

/// Whom it is about, if it is somebody who is watched: the kind of record, and its id.
pub(crate) const fn holder(principal: &Principal) -> Option<(&'static str, Uuid)> {
    match principal {
        Principal::Staff(id) => Some(("account", *id)),
        Principal::ApiClient(id) => Some(("api_client", *id)),
        Principal::LocalAdministrator | Principal::Job(_) | Principal::Guest(_) | Principal::Anyone => None,
    }
}

impl Watch {
    /// A watch with these limits.
    pub fn within(limits: WatchLimits) -> Self {
        Self { limits, all: Mutex::default(), canaries: Mutex::default() }
    }

    /// Its limits.
    pub const fn limits(&self) -> WatchLimits {
        self.limits
    }

    fn of<T>(&self, id: Uuid, now: DateTime<Utc>, work: impl FnOnce(&mut Watched, &WatchLimits) -> T) -> T {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if all.tidied.is_none_or(|at| (now - at).abs() > HOUR) {
            all.tidied = Some(now);
            all.known.retain(|_, watched| (now - watched.last).abs() <= HOUR);
        }
        let watched = all.known.entry(id).or_insert_with(|| Watched {
            asked: VecDeque::new(),
            entered: VecDeque::new(),
            opened: Shown::default(),
            found: Shown::default(),
            alarmed: HashMap::new(),
            last: now,
        });
        watched.last = now;
        work(watched, &self.limits)
    }

    /// Counts a look-up. If there were too many within an hour: for how many seconds there may be no other.
    pub(crate) fn look_up(&self, id: Uuid, how: LookUp, now: DateTime<Utc>) -> Result<(), i64> {
        self.of(id, now, |watched, limits| {
            let (times, most) = match how {
                LookUp::Asked => (&mut watched.asked, limits.look_ups_an_hour),
                LookUp::Entered => (&mut watched.entered, limits.look_ups_an_hour.saturating_mul(ENTERED)),
            };
            while times.front().is_some_and(|at| (now - *at).abs() >= HOUR) {
                times.pop_front();
            }
            if times.len() >= most {
                let first = times.front().copied().unwrap_or(now);
                return Err((first + HOUR - now).num_seconds().max(1));
            }
            times.push_back(now);
            Ok(())
        })
    }

    /// Notes what was shown; answers whether it was too much.
    pub(crate) fn shown(&self, id: Uuid, seen: &Seen, now: DateTime<Utc>) -> bool {
        self.of(id, now, |watched, limits| {
            let opened = watched.opened.note(seen.opened.iter().map(|(_, id)| *id), limits.opened, now);
            let found = watched.found.note(seen.found.iter().copied(), limits.found, now);
            opened || found
        })
    }

    /// Whether it is time to alarm somebody about this again.
    pub(crate) fn is_news(
        &self,
        id: Uuid,
        kind: AlarmKind,
        guest: Option<GuestId>,
        now: DateTime<Utc>,
    ) -> bool {
        self.of(id, now, |watched, _| {
            watched.alarmed.retain(|_, at| (now - *at).abs() < QUIET);
            match watched.alarmed.get(&(kind, guest)) {
                Some(_) => false,
                None => {
                    watched.alarmed.insert((kind, guest), now);
                    true
                }
            }
        })
    }

    /// The alarm was not written after all.
    pub(crate) fn is_news_again(
        &self,
        id: Uuid,
        kind: AlarmKind,
        guest: Option<GuestId>,
        now: DateTime<Utc>,
    ) {
        self.of(id, now, |watched, _| watched.alarmed.remove(&(kind, guest)));
    }

    /// The canaries, as far as they were read lately.
    pub(crate) fn canaries(&self, now: DateTime<Utc>) -> Option<Arc<FxHashSet<Uuid>>> {
        let known = self.canaries.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(at, _)| (now - *at).abs() < CANARIES_KEPT).map(|(_, all)| all.clone())
    }

    /// The canaries, as they were just read.
    pub(crate) fn keep_canaries(&self, all: Arc<FxHashSet<Uuid>>, now: DateTime<Utc>) {
        *self.canaries.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, all));
    }

    /// The canaries have changed.
    pub fn forget_canaries(&self) {
        *self.canaries.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The canaries among some ids.
pub(crate) fn canaries_among<'a>(
    canaries: &'a FxHashSet<Uuid>,
    ids: &'a [Uuid],
) -> impl Iterator<Item = GuestId> + 'a {
    ids.iter().filter(move |id| canaries.contains(*id)).map(|id| GuestId::from_uuid(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn limits() -> WatchLimits {
        WatchLimits { look_ups_an_hour: 3, opened: 3, found: 5, ..WatchLimits::default() }
    }

    #[test]
    fn look_ups_are_counted_over_an_hour_that_moves() {
        let (watch, one, other) = (Watch::within(limits()), Uuid::from_u128(1), Uuid::from_u128(2));
        let ask = |id, seconds| watch.look_up(id, LookUp::Asked, at(seconds));
        assert!((0..3).all(|n| ask(one, 60 * n).is_ok()));
        assert_eq!(ask(one, 200), Err(3_400));
        // Being refused costs nothing, and others are not concerned.
        assert_eq!(ask(one, 3_599), Err(1));
        assert!(ask(other, 200).is_ok());
        assert!(ask(one, 3_600).is_ok());
        assert_eq!(ask(one, 3_601), Err(59));
        assert!((0..15).all(|_| watch.look_up(one, LookUp::Entered, at(3_601)).is_ok()));
        assert!(watch.look_up(one, LookUp::Entered, at(3_601)).is_err());
    }

    #[test]
    fn the_same_guest_counts_once_and_not_for_ever() {
        let (watch, who) = (Watch::within(limits()), Uuid::from_u128(1));
        let open = |guest: u128, seconds| {
            let seen = Seen { opened: vec![("guest", Uuid::from_u128(guest))], ..Seen::default() };
            watch.shown(who, &seen, at(seconds))
        };
        assert!((0..50).all(|n| !open(n % 3, 0)));
        assert!(open(3, 1));
        assert!(!open(4, 700), "those before were long ago");
        assert!(watch.is_news(who, AlarmKind::ManyGuests, None, at(1)));
        assert!(!watch.is_news(who, AlarmKind::ManyGuests, None, at(3_000)));
        assert!(watch.is_news(who, AlarmKind::Canary, None, at(3_000)));
        assert!(watch.is_news(who, AlarmKind::ManyGuests, None, at(3_700)));
    }
}
