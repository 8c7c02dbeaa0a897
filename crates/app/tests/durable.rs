//! Jobs and followers of the journal, on both engines: written with their unit, begun at least once, with their effect exactly once.
#![expect(clippy::unwrap_used, reason = "tests")]

use async_trait::async_trait;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use chrono::TimeDelta;
use hefu_app::{
    About, App, AppError, Command, Context, Options, Result, Unit,
    authz::{Action, Resource, ResourceKind},
    follow::{Followed, Follower, Start},
    health::CheckHealth,
    job::{ForgetJobs, JobView, RetryJob, Work},
    people::{guest::CreateGuest, profile::GuestInput},
};
use hefu_domain::{
    event::{Event, GuestEvent, IdentityEvent},
    job::JobState,
};
use hefu_test_app::{JournalQuery, TestApp as _};
use hefu_test_kit::{TestDb, both_engines};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the jobs of these tests journal: an event that nothing else here records.
const NOTED: &str = "identity.begin";

/// What the follower of these tests journals.
const ANSWERED: &str = "identity.keep";

/// Writes one journal entry about `about`: an effect that can be counted.
#[derive(Clone, Serialize, Deserialize)]
struct Note {
    about: Uuid,
}

#[async_trait]
impl Work for Note {
    const KIND: &'static str = "test.note";

    fn dedupe(&self) -> Option<String> {
        Some(self.about.to_string())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.record(About::Chain("test", self.about), IdentityEvent::Begin {}).await
    }
}

/// Fails after it has written.
#[derive(Serialize, Deserialize)]
struct Fails {
    about: Uuid,
    panics: bool,
}

#[async_trait]
impl Work for Fails {
    const KIND: &'static str = "test.fails";

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.record(About::Chain("test", self.about), IdentityEvent::Begin {}).await?;
        assert!(!self.panics, "as asked");
        Err(AppError::invalid((), hefu_domain::Message::Internal))
    }
}

/// Wants work done later, and then fails if it is to.
struct Ask<W> {
    work: W,
    fails: bool,
}

#[async_trait]
impl<W: Work> Command for Ask<W> {
    const ACTION: Action = Action::JobDo;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        u.enqueue(&self.work);
        if self.fails { Err(AppError::invalid((), hefu_domain::Message::Internal)) } else { Ok(()) }
    }
}

async fn ask<W: Work>(app: &App, work: W) {
    app.execute(Context::job("desk"), Ask { work, fails: false }).await.unwrap();
}

async fn entries(app: &App, action: &str) -> BTreeMap<Uuid, usize> {
    app.sequence().await.unwrap();
    let asked = JournalQuery { after: Some(-1), limit: 10_000, ..JournalQuery::default() };
    let mut found = BTreeMap::new();
    for entry in app.journal(&asked).await.unwrap() {
        if entry.action == action {
            *found.entry(entry.subject_id).or_default() += 1;
        }
    }
    found
}

async fn jobs(app: &App, state: JobState) -> Vec<JobView> {
    app.jobs(state).await.unwrap()
}

fn app(db: &TestDb) -> App {
    hefu_app::open(db.store.clone(), db.clock.clone(), Options::default())
}

/// Entries of guests made, each answered by an entry of its own.
#[derive(Default)]
struct Answers {
    outside: AtomicUsize,
    fails: AtomicUsize,
}

#[async_trait]
impl Follower for Answers {
    const NAME: &'static str = "test";
    const START: Start = Start::Beginning;

    async fn outside(&self, entries: &[Followed]) -> Result<()> {
        self.outside.fetch_add(entries.len(), Ordering::SeqCst);
        Ok(())
    }

    async fn entries(&self, u: &mut Unit<'_>, entries: &[Followed]) -> Result<()> {
        for Followed { entry, change } in entries.iter().filter(|found| found.entry.action == "guest.create")
        {
            let event = &change.as_ref().unwrap().event;
            assert!(
                matches!(event, Event::Guest(GuestEvent::Create { profile }) if !profile.full_name.is_empty())
            );
            u.record(About::Chain("test", entry.subject_id), IdentityEvent::Keep { steps: 1 }).await?;
        }
        if self.fails.load(Ordering::SeqCst) > 0 {
            self.fails.fetch_sub(1, Ordering::SeqCst);
            return Err(AppError::invalid((), hefu_domain::Message::Internal));
        }
        Ok(())
    }
}

both_engines! {
    async fn a_job_is_done_once_and_only_if_its_unit_was_committed(db: TestDb) {
        let app = app(&db);
        let [one, two] = [Uuid::from_u128(1), Uuid::from_u128(2)];
        app.execute(Context::job("desk"), Ask { work: Note { about: two }, fails: true }).await.unwrap_err();
        ask(&app, Note { about: one }).await;
        // What is asked for while it waits is the same work.
        ask(&app, Note { about: one }).await;
        assert_eq!(jobs(&app, JobState::Waiting).await.len(), 1);
        // However many look for work at once.
        let stores = [db.store.clone(), db.another_store().await];
        let apps = stores.map(|store| hefu_app::open(store, db.clock.clone(), Options::default()));
        let run = |app: &App| {
            let app = app.clone();
            tokio::spawn(async move { app.run_jobs::<Note>().await.unwrap() })
        };
        let running: Vec<_> = (0..6).map(|n| run(&apps[n % 2])).collect();
        let mut taken = 0;
        for run in running {
            taken += run.await.unwrap();
        }
        assert_eq!(taken, 1);
        assert_eq!(entries(&app, NOTED).await, BTreeMap::from([(one, 1)]));
        let done = jobs(&app, JobState::Done).await;
        assert_eq!((done.len(), done[0].attempts, jobs(&app, JobState::Waiting).await.len()), (1, 1, 0));
        // What is asked for afterwards is work of its own.
        ask(&app, Note { about: one }).await;
        app.run_jobs::<Note>().await.unwrap();
        assert_eq!(entries(&app, NOTED).await, BTreeMap::from([(one, 2)]));
        db.clock.advance(TimeDelta::hours(49));
        assert_eq!(app.run(ForgetJobs).await.unwrap(), 2);
        apps[1].close().await;
    }

    async fn what_is_asked_for_while_it_runs_is_done_once_more(db: TestDb) {
        let app = app(&db);
        let one = Uuid::from_u128(1);
        ask(&app, Note { about: one }).await;
        // Taken by somebody who was killed.
        db.tamper("UPDATE job SET state = 'running', attempts = 1, leased_by = id, lease_until = run_at").await;
        ask(&app, Note { about: one }).await;
        assert_eq!((jobs(&app, JobState::Running).await.len(), jobs(&app, JobState::Waiting).await.len()), (1, 0));
        assert_eq!(app.run_jobs::<Note>().await.unwrap(), 0);
        db.clock.advance(TimeDelta::seconds(1));
        app.bring_back_jobs().await.unwrap();
        let waiting = jobs(&app, JobState::Waiting).await;
        assert_eq!((waiting.len(), waiting[0].last_error.as_deref()), (1, Some("lease_expired")));
        db.clock.advance(TimeDelta::seconds(5));
        assert_eq!(app.run_jobs::<Note>().await.unwrap(), 1);
        assert_eq!(entries(&app, NOTED).await, BTreeMap::from([(one, 1)]));
    }

    async fn a_job_that_fails_waits_longer_and_longer_until_it_is_dead_and_can_be_run_again(db: TestDb) {
        let app = app(&db);
        for panics in [false, true] {
            ask(&app, Fails { about: Uuid::from_u128(1), panics }).await;
        }
        let (mut tries, mut pauses) = (0, Vec::new());
        while !jobs(&app, JobState::Waiting).await.is_empty() {
            assert!(tries < 100, "it is never given up");
            tries += app.run_jobs::<Fails>().await.unwrap();
            // Not again before its time.
            if let Some(next) = jobs(&app, JobState::Waiting).await.iter().map(|job| job.run_at).min() {
                let now = hefu_kernel::Clock::now(&*db.clock);
                if next > now {
                    pauses.push(next - now);
                    assert_eq!(app.run_jobs::<Fails>().await.unwrap(), 0);
                    db.clock.set(next);
                }
            }
        }
        assert_eq!(tries, 40, "twenty attempts of each");
        assert!(pauses.iter().max().unwrap() > &TimeDelta::minutes(5), "{pauses:?}");
        let dead = jobs(&app, JobState::Dead).await;
        let mut errors: Vec<_> = dead.iter().map(|job| job.last_error.as_deref().unwrap()).collect();
        errors.sort_unstable();
        // The embedded engine's writer catches the panic and answers that the unit was lost.
        let lost = if db.store.engine_name() == "sqlite" { "storage_failed" } else { "panicked" };
        assert_eq!(errors, ["invalid", lost]);
        assert_eq!(entries(&app, NOTED).await, BTreeMap::new(), "nothing of a failed attempt is left");
        let health = app.get(CheckHealth).await.unwrap();
        assert_eq!((health.jobs_dead, health.jobs_open), (2, 0));

        let again = app.execute(Context::job("desk"), RetryJob { id: dead[0].id }).await.unwrap();
        assert_eq!((again.state, again.attempts), (JobState::Waiting, 0));
        assert_eq!(app.execute(Context::job("desk"), RetryJob { id: dead[0].id }).await.unwrap_err().code(), "wrong_state");
        // Past its deadline it is not tried again.
        db.clock.advance(TimeDelta::hours(25));
        assert_eq!(app.run_jobs::<Fails>().await.unwrap(), 1);
        assert_eq!(jobs(&app, JobState::Dead).await.len(), 2);
        // Nobody knows how to do it.
        db.tamper("UPDATE job SET state = 'waiting', payload = '{}'").await;
        while app.run_jobs::<Fails>().await.unwrap() > 0 {}
        let dead = jobs(&app, JobState::Dead).await;
        assert!(dead.len() == 2 && dead.iter().all(|job| job.last_error.as_deref() == Some("unreadable")), "{dead:?}");
    }

    async fn a_follower_deals_with_every_entry_once(db: TestDb) {
        let app = app(&db);
        let other = hefu_app::open(db.another_store().await, db.clock.clone(), Options::default());
        let follower = Arc::new(Answers::default());
        let guest = |n: usize| CreateGuest(GuestInput { full_name: format!("孙{n}"), ..GuestInput::default() });
        for n in 0..20 {
            app.execute(Context::job("desk"), guest(n)).await.unwrap();
        }
        app.sequence().await.unwrap();
        // One that fails has not dealt with anything.
        follower.fails.store(1, Ordering::SeqCst);
        assert!(app.follow(&follower).await.unwrap(), "it begins");
        app.follow(&follower).await.unwrap_err();
        assert_eq!(entries(&app, ANSWERED).await.len(), 0);
        let follow = |app: &App| {
            let (app, follower) = (app.clone(), follower.clone());
            tokio::spawn(async move { app.follow(&follower).await.unwrap() })
        };
        for n in 20..30 {
            app.execute(Context::job("desk"), guest(n)).await.unwrap();
            app.sequence().await.unwrap();
            let both = [follow(&app), follow(&other)];
            for followed in both {
                followed.await.unwrap();
            }
        }
        while app.follow(&follower).await.unwrap() {}
        let answers = entries(&app, ANSWERED).await;
        assert_eq!(answers.len(), 30);
        assert!(answers.values().all(|count| *count == 1), "{answers:?}");
        assert_eq!(answers.keys().collect::<Vec<_>>(), entries(&app, "guest.create").await.keys().collect::<Vec<_>>());
        // Outside of the database it may be told more than once, and is told of everything.
        assert!(follower.outside.load(Ordering::SeqCst) >= 50);
        other.close().await;
        assert!(app.verify(None).await.unwrap().findings.is_empty(), "neither cursor nor job is a record");
    }
}
