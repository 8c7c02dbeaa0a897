//! Use cases as tests and benchmarks ask for them: under the context of a test, with what is seldom chosen left out.

use async_trait::async_trait;
use std::{future::Future, sync::Arc};

use chrono::NaiveDate;
use futures_util::FutureExt as _;
use hefu_app::{
    App, Context, Operation, Operator, Query, Result,
    audit::{
        AuditInput, AuditReport, AuditUnits, ListDueAudits, ListNightAudits, NightAuditView, RunNightAudit,
    },
    authz::{Action, Resource, ResourceKind},
    follow::{Follow, Follower},
    import::{ListQuarantine, MergeTokensLeftStaged, QuarantinedRow},
    job::{BringBackJobs, JobView, ListJobs, RunJobs, Work},
    journal::JournalEntryView,
    ledger::{
        CheckCheckpoint, CheckLedger, ListJournal, ListJournalOfVisit, Sequence, ShowCheckpoint,
        ShowJournalEntry, Unsigned,
    },
    people::{
        batch::{
            BatchReport, IdentityReport, LearnFrequencies, Progress, ReportIdentity, ResolveGuests,
            TrainModel,
        },
        golden::{GoldenView, ShowGolden},
        guest::ShowGuest,
        profile::GuestInput,
        review::{ListQuestions, Match, MatchGuest},
        view::GuestView,
    },
    record::{RenderedRecord, ShowRecord},
    rotation::{RotateKeys, RotationProgress, RotationReport},
    search::{SearchQuery, SearchView},
    setup::{PropertyView, ShowProperty},
    verify::{Kept, Verified, Verify},
};
use hefu_domain::{
    audit::NoShows,
    ids::{GuestId, ImportRunId},
    job::JobState,
};
use hefu_identity::matching::Model;
use hefu_store::Store;

/// The records behind an application: nobody but tests gets to them past the gate.
struct TakeStore;

#[async_trait]
impl Operation for TakeStore {
    const ACTION: Action = Action::HealthShow;
    type Out = Store;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Store> {
        Ok(o.store().clone())
    }
}

/// An audit in which everybody who did not come is a no-show.
const fn forced(force: bool) -> AuditInput {
    AuditInput { business_date: None, force, no_shows: Some(NoShows::Mark) }
}

/// The context of a test.
pub fn context() -> Context {
    Context::job("test")
}

/// Which part of the journal.
#[derive(Debug, Clone, Default)]
pub struct JournalQuery {
    /// Any number of a visit: its entries only.
    pub visit: Option<String>,
    /// Entries behind this log index, in order.
    pub after: Option<i64>,
    /// Entries before this log index.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Use cases as tests ask for them.
#[expect(missing_docs, reason = "each is named after the use case it runs")]
pub trait TestApp {
    fn app(&self) -> &App;

    /// The records.
    fn store(&self) -> Store {
        let taken = self.app().operate(&context(), TakeStore).now_or_never();
        taken.and_then(Result::ok).unwrap_or_else(|| unreachable!("taking the store waits for nothing"))
    }

    fn get<Q: Query>(&self, query: Q) -> impl Future<Output = Result<Q::Out>> {
        async { self.app().ask(&context(), query).await }
    }

    fn run<O: Operation>(&self, operation: O) -> impl Future<Output = Result<O::Out>> {
        async { self.app().operate(&context(), operation).await }
    }

    fn run_jobs<W: Work>(&self) -> impl Future<Output = Result<usize>> {
        let worker = self.app().worker();
        self.run(RunJobs::<W>::new(worker, 16))
    }

    fn jobs(&self, state: JobState) -> impl Future<Output = Result<Vec<JobView>>> {
        self.get(ListJobs { state, before: None, limit: 500 })
    }

    fn bring_back_jobs(&self) -> impl Future<Output = Result<bool>> {
        self.run(BringBackJobs)
    }

    fn follow<F: Follower>(&self, follower: &Arc<F>) -> impl Future<Output = Result<bool>> {
        self.run(Follow(follower.clone()))
    }

    fn sequence(&self) -> impl Future<Output = Result<u64>> {
        let app = self.app();
        async move {
            app.write_openings().await?;
            self.run(Sequence).await
        }
    }

    fn verify(&self, kept: Option<&str>) -> impl Future<Output = Result<Verified>> {
        let kept = kept.map(|note| Kept { by: "the test".to_owned(), note: note.to_owned() });
        let kept = kept.into_iter().collect();
        self.run(Verify { kept, answers: None, is_restored: false, progress: Arc::new(|_| ()) })
    }

    fn search(&self, query: &SearchQuery) -> impl Future<Output = Result<SearchView>> {
        self.get(query.clone())
    }

    fn property(&self, code: &str) -> impl Future<Output = Result<PropertyView>> {
        self.get(ShowProperty { code: code.to_owned() })
    }

    fn visit_json(
        &self,
        number: &str,
        property: Option<&str>,
    ) -> impl Future<Output = Result<RenderedRecord>> {
        self.get(ShowRecord { number: number.to_owned(), property: property.map(str::to_owned) })
    }

    fn guest(&self, id: GuestId) -> impl Future<Output = Result<GuestView>> {
        self.get(ShowGuest { id })
    }

    fn match_guest(&self, input: &GuestInput) -> impl Future<Output = Result<Vec<Match>>> {
        self.get(MatchGuest { input: input.clone() })
    }

    fn golden(&self, id: GuestId) -> impl Future<Output = Result<GoldenView>> {
        self.get(ShowGolden { id })
    }

    fn review_queue(
        &self,
        after: Option<(i64, GuestId, GuestId)>,
        limit: i64,
    ) -> impl Future<Output = Result<<ListQuestions as Query>::Out>> {
        self.get(ListQuestions { after, limit })
    }

    fn import_quarantine(
        &self,
        id: ImportRunId,
        after: i64,
        limit: i64,
    ) -> impl Future<Output = Result<Vec<QuarantinedRow>>> {
        self.get(ListQuarantine { id, after, limit })
    }

    fn journal(&self, query: &JournalQuery) -> impl Future<Output = Result<Vec<JournalEntryView>>> {
        let JournalQuery { visit, after, before, limit } = query.clone();
        async move {
            match visit {
                Some(number) => self.get(ListJournalOfVisit { number, after, before, limit }).await,
                None => self.get(ListJournal { after, before, limit }).await,
            }
        }
    }

    fn journal_entry(&self, index: i64) -> impl Future<Output = Result<JournalEntryView>> {
        self.get(ShowJournalEntry { index })
    }

    fn night_audit(
        &self,
        ctx: Context,
        property: &str,
        force: bool,
    ) -> impl Future<Output = Result<AuditReport>> {
        let operation = RunNightAudit { property: property.to_owned(), input: forced(force) };
        async move { self.app().operate(&ctx, operation).await }
    }

    fn audit_units(
        &self,
        ctx: Context,
        property: &str,
        force: bool,
        units: usize,
    ) -> impl Future<Output = Result<NaiveDate>> {
        let operation = AuditUnits { property: property.to_owned(), input: forced(force), units };
        async move { self.app().operate(&ctx, operation).await }
    }

    fn night_audits(&self, property: &str, limit: i64) -> impl Future<Output = Result<Vec<NightAuditView>>> {
        self.get(ListNightAudits { property: property.to_owned(), limit })
    }

    fn due_audits(&self) -> impl Future<Output = Result<Vec<String>>> {
        self.get(ListDueAudits)
    }

    fn merge_tokens_left_staged(
        &self,
        before: Option<&[(ImportRunId, i64)]>,
    ) -> impl Future<Output = Result<Vec<(ImportRunId, i64)>>> {
        self.run(MergeTokensLeftStaged { before: before.map(<[_]>::to_vec) })
    }

    fn latest_checkpoint(&self) -> impl Future<Output = Result<Option<String>>> {
        self.get(ShowCheckpoint)
    }

    fn bears_out(&self, note: &str) -> impl Future<Output = Result<bool>> {
        self.get(CheckCheckpoint { note: note.to_owned() })
    }

    fn unsigned(&self) -> impl Future<Output = Result<Option<Unsigned>>> {
        self.get(CheckLedger)
    }

    fn learn_frequencies(&self, model: Option<&Model>) -> impl Future<Output = Result<()>> {
        self.run(LearnFrequencies { model: model.cloned() })
    }

    fn resolve_guests(&self, model: Option<Model>, all: bool) -> impl Future<Output = Result<BatchReport>> {
        self.run(ResolveGuests { model, precision: 0.99, all, progress: Progress::ignored() })
    }

    fn identity_report(&self) -> impl Future<Output = Result<IdentityReport>> {
        self.run(ReportIdentity { progress: Progress::ignored() })
    }

    fn train_model(&self) -> impl Future<Output = Result<Model>> {
        self.run(TrainModel { precision: 0.99, progress: Progress::ignored() })
    }

    fn rotate_keys(
        &self,
        progress: impl Fn(RotationProgress) + Send + Sync + 'static,
    ) -> impl Future<Output = Result<RotationReport>> {
        self.run(RotateKeys { progress: Box::new(progress) })
    }
}

impl TestApp for App {
    fn app(&self) -> &App {
        self
    }
}
