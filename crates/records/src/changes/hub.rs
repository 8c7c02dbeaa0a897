//! Who listens to changes here, and how far everybody was told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hefu_core::Service;
use hefu_domain::ids::PropertyId;
use hefu_store::Store;
use tokio::{sync::mpsc, time::Instant};
use uuid::Uuid;

use super::view::{LiveChange, LiveChanges, Noted, Shows};

/// What may wait for one who listens. Whoever does not take it is dropped: it comes again and is told since when.
const WAITING: usize = 8;

/// How often everything is to be loaded again at most, as long as more is written than can be told.
const RELOADS_EVERY: Duration = Duration::from_secs(10);

/// How many may listen, and for how long.
#[derive(Debug, Clone)]
pub struct FollowLimits {
    /// Streams in all.
    pub all: usize,
    /// Streams of one session or program.
    pub each: usize,
    /// How often it is looked whether a session has not ended and still has its rights, and how long a stream is silent at most.
    pub look: Duration,
    /// How long a stream lasts; its client opens another.
    pub longest: Duration,
}

impl Default for FollowLimits {
    fn default() -> Self {
        Self { all: 256, each: 8, look: Duration::from_secs(15), longest: Duration::from_secs(300) }
    }
}

/// Why somebody cannot listen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooManyStreams {
    /// The session or program has as many streams as one may have.
    OfHolder,
    /// There are as many streams as there may be.
    InAll,
}

/// What those who listen to a property are told.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// What entries up to one say.
    Changes { until: i64, noted: Arc<[Noted]> },
    /// Too much to tell one by one.
    Reload { until: i64 },
}

/// One who listens.
struct Stream {
    property: PropertyId,
    holder: Option<Uuid>,
    tell: mpsc::Sender<Told>,
}

#[derive(Default)]
struct State {
    limits: FollowLimits,
    streams: HashMap<u64, Stream>,
    next: u64,
    /// Up to which entry those who listen were told; none while nobody does.
    position: Option<i64>,
    /// Whether entries were passed over of which nobody was told.
    owes_reload: bool,
    last_reload: Option<Instant>,
}

impl State {
    /// Has everybody load everything again if entries were passed over, unless that was not long ago.
    fn pay(&mut self, until: i64) {
        let now = Instant::now();
        let is_due = self.last_reload.is_none_or(|last| now.duration_since(last) >= RELOADS_EVERY);
        if self.owes_reload && is_due {
            self.streams.retain(|_, stream| stream.tell.try_send(Told::Reload { until }).is_ok());
            (self.owes_reload, self.last_reload) = (false, Some(now));
        }
    }
}

/// Those who listen to changes at this process.
#[derive(Default)]
pub struct ChangeHub(Arc<Mutex<State>>);

impl Service for ChangeHub {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl ChangeHub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets how many may listen, and for how long.
    pub fn limit(&self, limits: FollowLimits) {
        self.state().limits = limits;
    }

    /// How many may listen, and for how long.
    pub fn limits(&self) -> FollowLimits {
        self.state().limits.clone()
    }

    /// How many listen.
    pub fn listening(&self) -> usize {
        self.state().streams.len()
    }

    /// Up to which entry those who listen were told; none if nobody does.
    pub(super) fn position(&self) -> Option<i64> {
        self.state().position
    }

    /// A place among those who listen to a property.
    pub(super) fn enter(
        &self,
        property: PropertyId,
        holder: Option<Uuid>,
        shows: Shows,
    ) -> Result<Following, TooManyStreams> {
        let mut state = self.state();
        if state.streams.len() >= state.limits.all {
            return Err(TooManyStreams::InAll);
        }
        let of_holder = || state.streams.values().filter(|stream| stream.holder == holder).count();
        if holder.is_some() && of_holder() >= state.limits.each {
            return Err(TooManyStreams::OfHolder);
        }
        let (tell, told) = mpsc::channel(WAITING);
        let id = state.next;
        state.next += 1;
        state.streams.insert(id, Stream { property, holder, tell });
        drop(state);
        Ok(Following { hub: self.0.clone(), id, told, at: -1, shows })
    }

    /// Tells what the entries behind `from` say, up to `until`. Nobody is told if all have gone meanwhile, even if others have come.
    pub(super) fn tell(&self, from: i64, until: i64, told: HashMap<PropertyId, Told>) {
        let mut state = self.state();
        if state.position != Some(from) {
            return;
        }
        state.position = Some(until);
        state.streams.retain(|_, stream| {
            told.get(&stream.property).is_none_or(|told| stream.tell.try_send(told.clone()).is_ok())
        });
        state.pay(until);
    }

    /// Passes over entries up to `until`: everything is to be loaded again, now or soon.
    pub(super) fn jump(&self, from: i64, until: i64) {
        let mut state = self.state();
        if state.position != Some(from) {
            return;
        }
        state.position = Some(until);
        state.owes_reload = true;
        state.pay(until);
    }
}

/// A place among those who listen, until it is dropped.
pub struct Following {
    hub: Arc<Mutex<State>>,
    id: u64,
    told: mpsc::Receiver<Told>,
    /// Up to which entry it was told.
    at: i64,
    shows: Shows,
}

impl std::fmt::Debug for Following {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Following({}, {})", self.id, self.at)
    }
}

impl Following {
    fn hub(&self) -> MutexGuard<'_, State> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything up to an entry is known already.
    pub(super) fn begin(&mut self, at: i64) {
        self.at = at;
        let mut hub = self.hub();
        if hub.position.is_none() {
            hub.position = Some(at);
        }
    }

    /// From now on this is told.
    pub const fn shows(&mut self, shows: Shows) {
        self.shows = shows;
    }

    /// Up to which entry it was told, also if nothing of it was to be told.
    pub fn at(&mut self) -> i64 {
        // Everything up to there was sent before; if nothing of it waits, it was taken.
        let position = self.hub().position;
        if self.told.is_empty() {
            self.at = self.at.max(position.unwrap_or(self.at));
        }
        self.at
    }

    /// What changed next. None: it was dropped because it did not take what it was told. Nothing is lost if this is not waited for to the end.
    pub async fn next(&mut self) -> Option<LiveChanges> {
        loop {
            let told = self.told.recv().await?;
            let before = self.at;
            match told {
                Told::Reload { until } => {
                    self.at = before.max(until);
                    if until > before {
                        return Some(LiveChanges::reload(until));
                    }
                }
                Told::Changes { until, noted } => {
                    self.at = before.max(until);
                    let new = noted.iter().filter(|noted| noted.index > before);
                    let changes: Vec<LiveChange> = self.shows.all(new.map(|noted| noted.change.clone()));
                    if !changes.is_empty() {
                        return Some(LiveChanges { until: self.at, reload: false, changes });
                    }
                }
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut hub = self.hub();
        hub.streams.remove(&self.id);
        if hub.streams.is_empty() {
            (hub.position, hub.owes_reload) = (None, false);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use futures_util::FutureExt as _;
    use hefu_kernel::Id as _;

    use super::*;
    use crate::changes::kind::ChangeKind;

    fn property(id: u128) -> PropertyId {
        PropertyId::from_uuid(Uuid::from_u128(id))
    }

    fn listen(hub: &ChangeHub, of: u128, holder: Option<u128>, at: i64) -> Result<Following, TooManyStreams> {
        let mut following = hub.enter(property(of), holder.map(Uuid::from_u128), Shows::everything())?;
        following.begin(at);
        Ok(following)
    }

    /// Tells of a change of property 1 by each of the entries.
    fn tell(hub: &ChangeHub, from: i64, indexes: &[i64]) {
        let noted = indexes.iter().map(|index| Noted {
            index: *index,
            change: LiveChange { kind: ChangeKind::Room, visit: None, room: Some(index.to_string()) },
        });
        let until = indexes.last().copied().unwrap_or(from);
        let told = HashMap::from([(property(1), Told::Changes { until, noted: noted.collect() })]);
        hub.tell(from, until, told);
    }

    /// What has come: up to which entry, and the rooms; no rooms: a reload.
    fn come(following: &mut Following) -> Option<(i64, Vec<String>)> {
        let changes = following.next().now_or_never()??;
        Some((changes.until, changes.changes.into_iter().filter_map(|change| change.room).collect()))
    }

    fn rooms(numbers: &[i64]) -> Vec<String> {
        numbers.iter().map(i64::to_string).collect()
    }

    #[tokio::test]
    async fn everybody_is_told_from_where_they_are_and_of_their_property() {
        let hub = ChangeHub::default();
        assert_eq!(hub.position(), None);
        let mut first = listen(&hub, 1, None, 5).unwrap();
        let (mut second, mut other) = (listen(&hub, 1, None, 7).unwrap(), listen(&hub, 2, None, 7).unwrap());
        assert_eq!(hub.position(), Some(5));
        tell(&hub, 5, &[6, 7, 8]);
        assert_eq!(come(&mut first), Some((8, rooms(&[6, 7, 8]))));
        assert_eq!(come(&mut second), Some((8, rooms(&[8]))));
        assert_eq!((come(&mut other), other.at()), (None, 8));
        // Read from a place at which nobody is any more: others tell it.
        tell(&hub, 5, &[6, 7, 8]);
        assert_eq!(come(&mut first), None);
        drop((first, second, other));
        assert_eq!((hub.position(), hub.listening()), (None, 0));
        tell(&hub, 8, &[9]);
        assert_eq!(hub.position(), None);
    }

    #[tokio::test]
    async fn a_place_among_others_does_not_move_them() {
        let hub = ChangeHub::default();
        let mut first = listen(&hub, 1, None, 5).unwrap();
        tell(&hub, 5, &[6]);
        let mut second = listen(&hub, 1, None, 9).unwrap();
        assert_eq!(hub.position(), Some(6));
        // What waits is not taken yet.
        assert_eq!((first.at(), second.at()), (5, 9));
        tell(&hub, 6, &[8, 9]);
        assert_eq!(come(&mut first), Some((6, rooms(&[6]))));
        assert_eq!(come(&mut first), Some((9, rooms(&[8, 9]))));
        assert_eq!(come(&mut second), None);
    }

    #[tokio::test]
    async fn whoever_takes_nothing_is_dropped_and_nobody_else() {
        let hub = ChangeHub::default();
        let (mut slow, mut quick) = (listen(&hub, 1, None, 0).unwrap(), listen(&hub, 1, None, 0).unwrap());
        for index in 1..=WAITING as i64 + 1 {
            tell(&hub, index - 1, &[index]);
            assert!(come(&mut quick).is_some());
        }
        assert_eq!(hub.listening(), 1);
        for index in 1..=WAITING as i64 {
            assert_eq!(come(&mut slow), Some((index, rooms(&[index]))));
        }
        // Closed, and not only silent.
        assert!(slow.next().now_or_never().is_some_and(|next| next.is_none()));
        drop(slow);
        assert_eq!(hub.position(), Some(WAITING as i64 + 1));
    }

    #[tokio::test]
    async fn there_are_so_many_and_of_one_holder_fewer() {
        let hub = ChangeHub::default();
        hub.limit(FollowLimits { all: 5, each: 2, ..FollowLimits::default() });
        let first = listen(&hub, 1, Some(1), 0).unwrap();
        let _second = listen(&hub, 2, Some(1), 0).unwrap();
        assert_eq!(listen(&hub, 1, Some(1), 0).err(), Some(TooManyStreams::OfHolder));
        let _others: Vec<Following> =
            (2..5).map(|holder| listen(&hub, 1, Some(holder), 0).unwrap()).collect();
        assert_eq!(listen(&hub, 1, None, 0).err(), Some(TooManyStreams::InAll));
        drop(first);
        let _again = listen(&hub, 1, Some(1), 0).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn while_very_much_is_written_everything_is_loaded_again_now_and_then() {
        let hub = ChangeHub::default();
        let mut following = listen(&hub, 2, None, 0).unwrap();
        hub.jump(0, 5_000);
        assert_eq!(come(&mut following), Some((5_000, Vec::new())));
        for turn in 1..=9 {
            tokio::time::advance(Duration::from_secs(1)).await;
            hub.jump(turn * 5_000, (turn + 1) * 5_000);
            assert_eq!(come(&mut following), None, "{turn}");
        }
        // The last of it is told, though nothing more is written.
        tokio::time::advance(Duration::from_secs(1)).await;
        hub.tell(50_000, 50_000, HashMap::new());
        assert_eq!(come(&mut following), Some((50_000, Vec::new())));
        tokio::time::advance(Duration::from_secs(60)).await;
        hub.tell(50_000, 50_000, HashMap::new());
        assert_eq!(come(&mut following), None);
    }
}
