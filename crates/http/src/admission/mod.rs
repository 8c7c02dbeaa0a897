//! Who is let in when more requests come than the machine can answer, and in which order.
//!
//! A request needs a place to be worked on; there are as many as [`Limit`] finds good. Who finds none waits, in the order of [`Class`]. Usually that is
//! for a short rush: many may wait, for long, and the first is the next. When even more come, more come than can be answered, and to
//! keep them all waiting would help nobody. From then on, until nobody has been turned away for a while, as many wait as there are places, for
//! about as long as a request takes, the last one is the next, and whoever finds no room is turned away at once. Those of a class that
//! comes later take no room from those of one that comes before. See ADR 20.

mod class;
mod limit;

use std::{
    collections::VecDeque,
    fmt::Write as _,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request, State as Extract},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use hefu_app::Rush;
use hefu_domain::{Language, Message};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};

pub(crate) use self::class::Class;
use self::limit::{Limit, Sample};
use crate::{
    body::{self, Bodies},
    connection::OfConnection,
    problem::{self, Failure, language_of},
};

/// When nobody has been turned away for so long, no more come than can be answered.
const CALM: Duration = Duration::from_millis(500);
/// How long one waits at most in a short rush.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many wait at most in a short rush.
const MOST_WAITING: usize = 256;
/// How long one waits at least, and at most, when more come than can be answered.
const SHORT_PATIENCE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));

/// One that waits.
struct Waiter {
    ticket: u64,
    since: Instant,
    /// Told when it may be worked on, and how many are then; dropped when it is turned away.
    go: oneshot::Sender<Place>,
}

/// A place that was given.
#[derive(Debug, Clone, Copy)]
struct Place {
    since: Instant,
    company: usize,
}

struct State {
    limit: Limit,
    /// How many are being worked on.
    working: usize,
    /// Who waits, by class, in the order they came.
    waiting: [VecDeque<Waiter>; Class::ALL.len()],
    /// Until when, at least, more come than can be answered.
    overloaded_until: Instant,
    /// Told of it: for what runs beside requests.
    rush: Arc<Rush>,
    tickets: u64,
}

impl State {
    fn waiting(&self, classes: impl IntoIterator<Item = Class>) -> usize {
        classes.into_iter().map(|class| self.waiting[class as usize].len()).sum()
    }

    /// Whether more come than can be answered.
    fn is_overloaded(&self, now: Instant) -> bool {
        now < self.overloaded_until
    }

    /// Somebody is turned away.
    fn turns_away(&mut self, now: Instant) {
        self.overloaded_until = now + CALM;
        self.rush.goes_on();
    }

    fn patience(&self, now: Instant) -> Duration {
        let (least, most) = SHORT_PATIENCE;
        if self.is_overloaded(now) { self.limit.usual().clamp(least, most) } else { PATIENCE }
    }

    /// Whether one of this class could wait with a chance: those that come after it make room. When more come than can be answered, one
    /// connection has no more requests here than half of the places.
    fn has_room(&self, class: Class, of_connection: usize, now: Instant) -> bool {
        let allowed = self.limit.allowed();
        let (room, share) = match self.is_overloaded(now) {
            true => (allowed, (allowed / 2).max(1)),
            false => (MOST_WAITING, usize::MAX),
        };
        of_connection <= share && self.waiting(Class::ALL.into_iter().filter(|other| *other <= class)) < room
    }

    const fn is_full(&self) -> bool {
        self.working >= self.limit.allowed()
    }

    fn take(&mut self, now: Instant) -> Place {
        self.working += 1;
        Place { since: now, company: self.working }
    }

    /// Gives free places to those who wait, and turns away who has waited too long.
    fn serve_waiting(&mut self, now: Instant) {
        let is_overloaded = self.is_overloaded(now);
        while !self.is_full() {
            let next = self.waiting.iter_mut().find(|line| !line.is_empty());
            // The one who has waited least still has somebody who waits for the answer.
            let next = next.and_then(|line| if is_overloaded { line.pop_back() } else { line.pop_front() });
            let Some(next) = next else { break };
            let place = self.take(now);
            // It may just have given up.
            if next.go.send(place).is_err() {
                self.working -= 1;
            }
        }
        if is_overloaded {
            let patience = self.patience(now);
            for line in &mut self.waiting {
                while line.front().is_some_and(|first| now.duration_since(first.since) > patience) {
                    line.pop_front();
                    self.overloaded_until = now + CALM;
                    self.rush.goes_on();
                }
            }
        }
    }
}

/// How many were let in and turned away, by class.
#[derive(Default)]
struct Counts {
    admitted: [AtomicU64; Class::ALL.len()],
    shed: [AtomicU64; Class::ALL.len()],
}

/// Lets requests in.
pub(crate) struct Admission {
    state: Mutex<State>,
    counts: Counts,
    bodies: Bodies,
    /// What those who are turned away are answered, in Chinese and English.
    busy: [Bytes; 2],
}

impl Admission {
    pub(crate) fn new(bodies: Bodies, rush: Arc<Rush>) -> Arc<Self> {
        let now = Instant::now();
        let busy = |language| problem::rendered(language, BUSY, "overloaded", &Message::Overloaded);
        Arc::new(Self {
            state: Mutex::new(State {
                limit: Limit::new(now),
                working: 0,
                waiting: Default::default(),
                overloaded_until: now,
                rush,
                tickets: 0,
            }),
            counts: Counts::default(),
            bodies,
            busy: [busy(Language::Chinese), busy(Language::English)],
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of this class would be turned away if it asked now: then its body need not be read.
    fn is_hopeless(&self, class: Class, of_connection: usize) -> bool {
        let (mut state, now) = (self.state(), Instant::now());
        let is_hopeless = state.is_full() && !state.has_room(class, of_connection, now);
        if is_hopeless {
            state.limit.full();
            state.turns_away(now);
        }
        is_hopeless
    }

    /// A place, at once or after a while. None: turned away.
    async fn enter(self: &Arc<Self>, class: Class, of_connection: usize) -> Option<Working> {
        let place = match self.ask(class, of_connection) {
            Asked::TurnedAway => return None,
            Asked::Place(place) => place,
            // Whoever gives up while it waits is taken out of the line.
            Asked::Wait(mut waiting, patience) => match timeout(patience, &mut waiting.told).await {
                Ok(told) => told.ok()?,
                Err(_) => {
                    self.state().turns_away(Instant::now());
                    return None;
                }
            },
        };
        self.counts.admitted[class as usize].fetch_add(1, Relaxed);
        Some(Working { admission: self.clone(), place, route: None })
    }

    fn ask(&self, class: Class, of_connection: usize) -> Asked<'_> {
        let now = Instant::now();
        let mut state = self.state();
        state.serve_waiting(now);
        let before = state.waiting(Class::ALL.into_iter().filter(|other| *other <= class));
        if !state.is_full() && before == 0 {
            return Asked::Place(state.take(now));
        }
        state.limit.full();
        if !state.has_room(class, of_connection, now) {
            state.turns_away(now);
            return Asked::TurnedAway;
        }
        let patience = state.patience(now);
        let (go, told) = oneshot::channel();
        state.tickets += 1;
        let ticket = state.tickets;
        state.waiting[class as usize].push_back(Waiter { ticket, since: now, go });
        Asked::Wait(Waiting { admission: self, class, ticket, told }, patience)
    }

    /// A place is free again.
    fn leave(&self, sample: Option<Sample>) {
        let now = Instant::now();
        let mut state = self.state();
        state.working -= 1;
        if let Some(sample) = sample {
            state.limit.answered(sample, now);
        }
        state.serve_waiting(now);
    }

    /// Turns away, before anything else looks at it, a request that would be turned away inside: to find its route and to take it through every layer costs
    /// several times as much as to answer it, and when very many come that is what the machine would do.
    pub(crate) fn turns_away_at_once<B>(
        &self,
        request: &axum::http::Request<B>,
        of_connection: usize,
    ) -> Option<Response> {
        let class = Class::of(request.method(), request.uri().path())?;
        self.is_hopeless(class, of_connection).then(|| self.turn_away(class, language_of(request.headers())))
    }

    fn turn_away(&self, class: Class, language: Language) -> Response {
        self.counts.shed[class as usize].fetch_add(1, Relaxed);
        let text = match language {
            Language::Chinese => &self.busy[0],
            Language::English => &self.busy[1],
        };
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(problem::PROBLEM)),
            (header::RETRY_AFTER, HeaderValue::from_static("1")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (BUSY, headers, text.clone()).into_response()
    }

    /// Counts for `/metrics`, in the text format of OpenMetrics.
    pub(crate) fn metrics(&self) -> String {
        let (working, allowed, waiting) = {
            let state = self.state();
            (state.working, state.limit.allowed(), state.waiting(Class::ALL))
        };
        let mut text = String::new();
        for (name, help, now) in [
            ("hefu_requests_working", "Requests that are worked on", working),
            ("hefu_requests_allowed", "Requests that may be worked on at once", allowed),
            ("hefu_requests_waiting", "Requests that wait to be worked on", waiting),
        ] {
            // Writing to a String does not fail.
            let _ = write!(text, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {now}\n");
        }
        for (name, help, counts) in [
            ("hefu_requests_admitted", "Requests that were let in", &self.counts.admitted),
            ("hefu_requests_shed", "Requests that were turned away, to be sent again", &self.counts.shed),
        ] {
            let _ = write!(text, "# HELP {name} {help}.\n# TYPE {name} counter\n");
            for (class, count) in Class::ALL.into_iter().zip(counts) {
                let _ = writeln!(text, "{name}_total{{class=\"{}\"}} {}", class.name(), count.load(Relaxed));
            }
        }
        text
    }
}

const BUSY: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// What becomes of one that asks for a place.
enum Asked<'a> {
    Place(Place),
    Wait(Waiting<'a>, Duration),
    TurnedAway,
}

/// One that waits, until it is told or gives up.
struct Waiting<'a> {
    admission: &'a Admission,
    class: Class,
    ticket: u64,
    told: oneshot::Receiver<Place>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.told.close();
        // Told in the very moment in which it gave up: the place is for somebody else.
        if self.told.try_recv().is_ok() {
            return self.admission.leave(None);
        }
        let mut state = self.admission.state();
        state.waiting[self.class as usize].retain(|waiter| waiter.ticket != self.ticket);
    }
}

/// A request that is worked on. Dropping it frees the place.
struct Working {
    admission: Arc<Admission>,
    place: Place,
    /// Which route, once the answer is there: how long it took is a measure then.
    route: Option<u64>,
}

impl Drop for Working {
    fn drop(&mut self) {
        let Place { since, company } = self.place;
        let sample = self.route.map(|route| Sample { route, took: since.elapsed(), company });
        self.admission.leave(sample);
    }
}

/// Lets a request in, with its whole body, or turns it away before anything was done.
pub(crate) async fn admit(
    Extract(admission): Extract<Arc<Admission>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(class) = Class::of(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let route = BuildHasherDefault::<DefaultHasher>::default().hash_one((request.method(), path));
    let language = language_of(request.headers());
    let of_connection = request.extensions().get::<OfConnection>().map_or(1, OfConnection::requests);
    if admission.is_hopeless(class, of_connection) {
        return admission.turn_away(class, language);
    }
    // Nobody waits for a place behind a file.
    if body::is_file(&request, path) {
        return next.run(request).await;
    }
    let (request, _held) = match admission.bodies.read(request).await {
        Ok(read) => read,
        Err(refused) => {
            let (status, code, message) = refused.problem();
            return Failure::new(language, status, code, &message).into_response();
        }
    };
    let Some(mut working) = admission.enter(class, of_connection).await else {
        return admission.turn_away(class, language);
    };
    let response = next.run(request).await;
    // What failed in us or timed out says little of what others will take.
    working.route = (!response.status().is_server_error()).then_some(route);
    response
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use tokio::task::JoinHandle;

    use super::*;
    use crate::connection::Limits;

    fn admission() -> Arc<Admission> {
        Admission::new(Bodies::new(&Limits::default()), Arc::default())
    }

    /// Takes every place.
    async fn fill(admission: &Arc<Admission>) -> Vec<Working> {
        let mut all = Vec::new();
        while !admission.state().is_full() {
            all.push(admission.enter(Class::List, 1).await.unwrap());
        }
        all
    }

    /// Asks for a place, and answers whether there was one; it is left at once.
    fn ask(admission: &Arc<Admission>, class: Class) -> JoinHandle<bool> {
        let admission = admission.clone();
        tokio::spawn(async move { admission.enter(class, 1).await.is_some() })
    }

    async fn a_moment() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_rush_is_waited_for() {
        let admission = admission();
        let mut working = fill(&admission).await;
        let rush: Vec<_> = (0..100).map(|n| ask(&admission, Class::ALL[n % 5])).collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        working.clear();
        for one in rush {
            assert!(one.await.unwrap());
        }
        assert_eq!(admission.state().working, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_comes_first_is_served_first_and_the_desk_before_all() {
        let admission = admission();
        let mut working = fill(&admission).await;
        let (list, desk) = (ask(&admission, Class::List), ask(&admission, Class::Desk));
        let record = ask(&admission, Class::Record);
        a_moment().await;
        for (class, waits) in [(Class::Desk, 2), (Class::Record, 1), (Class::List, 0)] {
            // Whoever is served leaves at once and makes the next place free, so the line moves by one with each.
            drop(working.pop());
            a_moment().await;
            assert!(admission.state().waiting[class as usize].is_empty(), "{class:?}");
            assert!(admission.state().waiting(Class::ALL) <= waits);
        }
        assert!(list.await.unwrap() && desk.await.unwrap() && record.await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn when_more_come_than_can_be_answered_the_desk_is_turned_away_last() {
        let admission = admission();
        let working = fill(&admission).await;
        let rush: Vec<_> = (0..MOST_WAITING).map(|_| ask(&admission, Class::Record)).collect();
        a_moment().await;
        assert!(!rush.iter().any(JoinHandle::is_finished));
        // One too many. From now on there is room for as many as there are places, and for who comes before them.
        assert!(!ask(&admission, Class::Record).await.unwrap());
        tokio::time::sleep(SHORT_PATIENCE.1).await;
        let lists: Vec<_> = (0..2 * working.len()).map(|_| ask(&admission, Class::List)).collect();
        a_moment().await;
        assert!(rush.iter().all(JoinHandle::is_finished), "who has waited for long is turned away");
        assert_eq!(lists.iter().filter(|list| list.is_finished()).count(), working.len());
        assert!(admission.is_hopeless(Class::List, 1) && !admission.is_hopeless(Class::Write, 1));
        // One connection has half of the places at most, whatever it asks for.
        assert!(!admission.is_hopeless(Class::Desk, 8) && admission.is_hopeless(Class::Desk, 9));
        let desks: Vec<_> = (0..working.len()).map(|_| ask(&admission, Class::Desk)).collect();
        a_moment().await;
        assert!(!desks.iter().any(JoinHandle::is_finished));
        drop(working);
        for desk in desks {
            assert!(desk.await.unwrap());
        }
        assert_eq!(admission.state().working, 0);
        // When nobody has been turned away for a while it is as before.
        tokio::time::sleep(CALM + SHORT_PATIENCE.1).await;
        let working = fill(&admission).await;
        let rush: Vec<_> = (0..MOST_WAITING).map(|_| ask(&admission, Class::List)).collect();
        a_moment().await;
        assert!(!rush.iter().any(JoinHandle::is_finished));
        drop(working);
        for one in rush {
            assert!(one.await.unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_long_and_no_place_is_lost() {
        let admission = admission();
        let working = fill(&admission).await;
        let began = Instant::now();
        let patient = ask(&admission, Class::Search);
        assert!(!patient.await.unwrap());
        assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
        // Whoever goes away while it waits leaves nothing behind.
        let gone = ask(&admission, Class::Desk);
        a_moment().await;
        gone.abort();
        assert!(gone.await.is_err());
        assert_eq!(admission.state().waiting(Class::ALL), 0);
        let gone = ask(&admission, Class::Desk);
        a_moment().await;
        // Told and aborted before it could look.
        drop(working);
        gone.abort();
        let _ = gone.await;
        assert_eq!(admission.state().working, 0);
        assert!(ask(&admission, Class::List).await.unwrap());
    }

    #[test]
    fn counts_are_in_the_format_of_metrics() {
        let admission = admission();
        assert_eq!(admission.turn_away(Class::List, Language::English).status(), BUSY);
        let text = admission.metrics();
        assert!(text.contains("hefu_requests_shed_total{class=\"list\"} 1\n"), "{text}");
        assert!(text.contains("# TYPE hefu_requests_allowed gauge\nhefu_requests_allowed 16\n"), "{text}");
    }
}
