//! The gate: every read and every change goes through here, with a principal, an action and a resource.

use std::{
    borrow::Cow,
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use hefu_authz::{Action, Effect, Resource};
use hefu_domain::{account::AlarmKind, event::AccountEvent};
use hefu_store::{Store, Tx, query};
use tracing::{Instrument as _, Span, field};
use uuid::Uuid;

use crate::{
    app::App,
    command::Command,
    context::Context,
    error::{AppError, Result},
    idempotency::{answer, claim, read},
    metrics::Metrics,
    operation::{Operation, Operator},
    permit::Permit,
    query::{Disclosed, Query, Reader},
    services::Service,
    unit::{About, Unit},
    watch::{Watch, holder},
};

/// How many refusals of one principal are journalled in a minute.
const REFUSALS: u32 = 20;

/// How many refusals were journalled lately, for each account.
#[derive(Default)]
struct Refusals(Mutex<HashMap<Uuid, (DateTime<Utc>, u32)>>);

impl Service for Refusals {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl Refusals {
    fn may_write(&self, id: Uuid, now: DateTime<Utc>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = known.entry(id).or_insert((now, 0));
        if (now - *since).abs() > TimeDelta::minutes(1) {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= REFUSALS
    }
}

impl App {
    /// Answers a query.
    ///
    /// # Errors
    /// The principal is not permitted to ask it, or the query's own errors.
    pub async fn ask<Q: Query>(&self, ctx: &Context, query: Q) -> Result<Q::Out> {
        let tries = AtomicU32::new(1);
        let because = ctx.because(query.reason());
        let ctx = because.as_ref();
        self.observed(ctx, Q::ACTION, query.resource(), &tries, async {
            let permit = Permit::open(ctx, Q::ACTION, query.resource())?;
            let mut reader = Reader::new(self, &permit);
            let out = permit.leave(query.run(&mut reader).await)?;
            let seen = reader.seen.take();
            drop(reader);
            if let Some(seen) = seen {
                // On the heap: nothing of it is part of what is asked of a server without accounts.
                Box::pin(self.watch(ctx, &seen)).await?;
            }
            if Q::ACTION.effect() == Effect::Disclose {
                self.journal_disclosures(ctx, Q::ACTION, query.disclosed(&out)).await?;
            }
            Ok(out)
        })
        .await
    }

    /// Runs a command: completely or not at all, once for each idempotency key, answered after the commit.
    ///
    /// # Errors
    /// The principal is not permitted to run it, or the command's own errors.
    pub async fn execute<C: Command>(&self, ctx: Context, command: C) -> Result<C::Out> {
        let because = match ctx.because(command.reason()) {
            Cow::Owned(because) => Some(because),
            Cow::Borrowed(_) => None,
        };
        let mut ctx = because.unwrap_or(ctx);
        if C::ACTION.effect() == Effect::Disclose {
            // Answers are kept for repetitions. What is shown unmasked is decided and journalled each time, and kept nowhere.
            ctx.idempotency = None;
        }
        let ctx = Arc::new(ctx);
        let (command, tries) = (Arc::new(command), Arc::new(AtomicU32::new(0)));
        let now = self.clock().now();
        let unit = {
            let (app, ctx, command, tries) = (self.clone(), ctx.clone(), command.clone(), tries.clone());
            self.store().write(move |tx| {
                let (app, ctx, command) = (app.clone(), ctx.clone(), command.clone());
                tries.fetch_add(1, Relaxed);
                Box::pin(async move {
                    let permit = Permit::open(&ctx, C::ACTION, command.resource())?;
                    let mut unit = Unit::new(tx, &app, &permit, now);
                    if let Some(first) = claim(&mut unit).await? {
                        return read(&first);
                    }
                    let out = permit.leave(command.run(&mut unit).await)?;
                    if C::ACTION.effect() == Effect::Disclose {
                        spend(unit.tx, &app, &ctx, now, 1).await?;
                    }
                    if ctx.idempotency.is_some() {
                        answer(&mut unit, &serde_json::to_vec(&out).unwrap_or_default()).await?;
                    }
                    Ok(out)
                })
            })
        };
        self.observed(&ctx, C::ACTION, command.resource(), &tries, unit).await
    }

    /// Runs an operation.
    ///
    /// # Errors
    /// The principal is not permitted to run it, or the operation's own errors.
    pub async fn operate<O: Operation>(&self, ctx: &Context, operation: O) -> Result<O::Out> {
        let tries = AtomicU32::new(1);
        let resource = operation.resource();
        self.observed(ctx, O::ACTION, resource, &tries, async {
            let permit = Permit::open(ctx, O::ACTION, resource)?;
            permit.leave(operation.run(&Operator::new(self, &permit)).await)
        })
        .await
    }

    /// One span, one count and one duration for each use case.
    async fn observed<T>(
        &self,
        ctx: &Context,
        action: Action,
        resource: Resource<'_>,
        tries: &AtomicU32,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let observed = Observed::of(ctx, action, resource);
        let result = work.instrument(observed.span.clone()).await;
        observed.end(self.metrics(), action, tries, result.as_ref().err());
        if let Err(error) = &result {
            // On the heap: it is rare, and this future is part of all others.
            self.tell_of_failure(ctx, action, resource, error).await;
        }
        result
    }

    /// Journals that an account or a program of another system asked for what it may not, and alarms auditors if it has used up what it may. The failure
    /// stands even if this cannot be written.
    fn tell_of_failure<'a>(
        &'a self,
        ctx: &'a Context,
        action: Action,
        resource: Resource<'a>,
        failure: &'a AppError,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let told = match failure {
                AppError::Forbidden { .. } => self.journal_refusal(ctx, action, resource).await,
                AppError::TooManyAttempts { .. } => self.alarm(ctx, AlarmKind::LookUpsSpent, None).await,
                AppError::UnmaskingsSpent { .. } => self.alarm(ctx, AlarmKind::UnmaskingsSpent, None).await,
                _ => Ok(()),
            };
            if let Err(error) = told {
                tracing::error!(%error, action = action.name(), %failure, "what failed could not be journalled");
            }
        })
    }

    /// So many a minute for each: a program that is mistaken would fill the journal.
    async fn journal_refusal(&self, ctx: &Context, action: Action, resource: Resource<'_>) -> Result<()> {
        let Some((_, id)) = holder(&ctx.principal) else { return Ok(()) };
        if !self.service::<Refusals>().may_write(id, self.clock().now()) {
            return Ok(());
        }
        let event = AccountEvent::Refused {
            action: action.name().to_owned(),
            property: resource.property.map(str::to_owned),
            from: ctx.address().map(|address| address.to_string()),
        };
        self.journal_of_holder(ctx, event).await
    }

    /// Journals whose data a query shows unmasked, before it is answered.
    async fn journal_disclosures(&self, ctx: &Context, action: Action, shown: Vec<Disclosed>) -> Result<()> {
        if shown.is_empty() {
            return Ok(());
        }
        let (app, ctx, now) = (self.clone(), Arc::new(ctx.clone()), self.clock().now());
        self.store()
            .write(move |tx| {
                let (app, ctx, shown) = (app.clone(), ctx.clone(), shown.clone());
                Box::pin(async move {
                    let permit = Permit::open(&ctx, action, Resource::all(action.resource()))?;
                    spend(tx, &app, &ctx, now, shown.len()).await?;
                    let mut unit = Unit::new(tx, &app, &permit, now);
                    for shown in shown {
                        let about = About::Record { kind: shown.kind, id: shown.id, owner: shown.owner };
                        unit.record(about, shown.event).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// A use case under way: one span, one count and one duration.
struct Observed {
    began: Instant,
    span: Span,
}

impl Observed {
    fn of(ctx: &Context, action: Action, resource: Resource<'_>) -> Self {
        let span = tracing::debug_span!(
            "use_case",
            name = action.name(),
            principal = %ctx.principal,
            origin = ctx.origin.name(),
            property = resource.property,
            outcome = field::Empty,
            tries = field::Empty,
            took_us = field::Empty,
        );
        Self { began: Instant::now(), span }
    }

    fn end(self, metrics: &Metrics, action: Action, tries: &AtomicU32, error: Option<&AppError>) {
        let took = self.began.elapsed();
        let outcome = error.map_or("ok", AppError::code);
        if !self.span.is_disabled() {
            self.span.record("outcome", outcome);
            self.span.record("tries", tries.load(Relaxed));
            self.span.record("took_us", u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        metrics.observe(action, outcome, took);
    }
}

/// Counts people whose data is shown unmasked, in the unit that journals it.
async fn spend(tx: &mut Tx, app: &App, ctx: &Context, now: DateTime<Utc>, people: usize) -> Result<()> {
    let Some((_, id)) = holder(&ctx.principal) else { return Ok(()) };
    let most = app.service::<Watch>().limits().unmaskings_a_day;
    let people = i64::try_from(people).unwrap_or(i64::MAX);
    if query::watch::count_unmaskings(tx, now.date_naive(), id, people).await? <= most {
        return Ok(());
    }
    let seconds = 86_400 - now.timestamp().rem_euclid(86_400);
    Err(AppError::UnmaskingsSpent { most, seconds })
}
