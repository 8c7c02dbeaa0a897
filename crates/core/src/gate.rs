//! The gate: whatever reads or changes anything goes through here, with a principal, an action and a resource.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
    },
    time::Instant,
};

use hefu_authz::{Action, Decision, Denial, Effect, Resource, decide};
use tracing::{Instrument as _, field};

use crate::{
    About, App, AppError, Command, Context, Disclosed, Operation, Operator, Query, Reader, Result, Unit,
    idempotency::{answer, claim},
};

/// What one use case was let through for.
pub(crate) struct Gate<'a> {
    pub(crate) ctx: &'a Context,
    action: Action,
    resource: Resource<'a>,
    /// Whether it is known, and was decided, which property the resource belongs to.
    is_placed: AtomicBool,
}

impl<'a> Gate<'a> {
    fn open(ctx: &'a Context, action: Action, resource: Resource<'a>) -> Result<Self> {
        let is_placed = !resource.kind.is_in_property() || resource.property.is_some();
        let gate = Self { ctx, action, resource, is_placed: AtomicBool::new(is_placed) };
        gate.decide(&resource)?;
        if action.effect() == Effect::Disclose
            && ctx.reason.as_deref().is_none_or(|reason| reason.trim().is_empty())
        {
            return Err(AppError::reason_required());
        }
        Ok(gate)
    }

    fn decide(&self, resource: &Resource<'_>) -> Result<()> {
        match decide(&self.ctx.principal, self.action, resource, &self.ctx.scope) {
            Decision::Allow => Ok(()),
            Decision::Deny(denial) => {
                tracing::warn!(action = self.action.name(), principal = %self.ctx.principal, ?denial, "denied");
                Err(match denial {
                    Denial::Resource => {
                        AppError::Internal("a use case named a resource its action is not about")
                    }
                    Denial::Action | Denial::Property => AppError::Forbidden { action: self.action.name() },
                })
            }
        }
    }

    /// Decides again now that it shows which property the resource belongs to.
    pub(crate) fn within(&self, property: &str) -> Result<()> {
        tracing::Span::current().record("property", property);
        self.decide(&Resource { property: Some(property), ..self.resource })?;
        self.is_placed.store(true, Relaxed);
        Ok(())
    }

    /// A use case that succeeds about something of a property without saying of which would pass by what is decided by property.
    fn leave<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_ok() && !self.is_placed.load(Relaxed) {
            return Err(AppError::Internal("a use case did not say which property it is about"));
        }
        result
    }
}

impl App {
    /// Answers a query.
    ///
    /// # Errors
    /// The principal may not ask it, or what the query answers instead.
    pub async fn ask<Q: Query>(&self, ctx: &Context, query: Q) -> Result<Q::Out> {
        let tries = AtomicU32::new(1);
        self.observed(ctx, Q::ACTION, query.resource(), &tries, async {
            let gate = Gate::open(ctx, Q::ACTION, query.resource())?;
            let mut reader = Reader::new(self, &gate);
            let out = gate.leave(query.run(&mut reader).await)?;
            drop(reader);
            if Q::ACTION.effect() == Effect::Disclose {
                self.journal_disclosures(ctx, Q::ACTION, query.disclosed(&out)).await?;
            }
            Ok(out)
        })
        .await
    }

    /// Runs a command: wholly or not at all, once for each idempotency key, answered after the commit.
    ///
    /// # Errors
    /// The principal may not, or what the command answers instead of its result.
    pub async fn execute<C: Command>(&self, ctx: Context, command: C) -> Result<C::Out> {
        let (ctx, command, tries) = (Arc::new(ctx), Arc::new(command), Arc::new(AtomicU32::new(0)));
        let now = self.clock().now();
        let unit = {
            let (app, ctx, command, tries) = (self.clone(), ctx.clone(), command.clone(), tries.clone());
            self.store().write(move |tx| {
                let (app, ctx, command) = (app.clone(), ctx.clone(), command.clone());
                tries.fetch_add(1, Relaxed);
                Box::pin(async move {
                    let gate = Gate::open(&ctx, C::ACTION, command.resource())?;
                    let mut unit = Unit::new(tx, &app, &gate, now);
                    if let Some(first) = claim(&mut unit).await? {
                        return Ok(first);
                    }
                    let out = gate.leave(command.run(&mut unit).await)?;
                    answer(&mut unit, &out).await?;
                    Ok(out)
                })
            })
        };
        self.observed(&ctx, C::ACTION, command.resource(), &tries, unit).await
    }

    /// Runs an operation.
    ///
    /// # Errors
    /// The principal may not, or what the operation answers instead of its result.
    pub async fn operate<O: Operation>(&self, ctx: &Context, operation: O) -> Result<O::Out> {
        let tries = AtomicU32::new(1);
        let resource = operation.resource();
        self.observed(ctx, O::ACTION, resource, &tries, async {
            let gate = Gate::open(ctx, O::ACTION, resource)?;
            gate.leave(operation.run(&Operator::new(self, &gate)).await)
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
        let began = Instant::now();
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
        let result = work.instrument(span.clone()).await;
        let took = began.elapsed();
        let outcome = result.as_ref().err().map_or("ok", AppError::code);
        if !span.is_disabled() {
            span.record("outcome", outcome);
            span.record("tries", tries.load(Relaxed));
            span.record("took_us", u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        }
        self.metrics().observe(action, outcome, took);
        result
    }

    /// Journals whose data a query shows unmasked, before the answer leaves.
    async fn journal_disclosures(&self, ctx: &Context, action: Action, shown: Vec<Disclosed>) -> Result<()> {
        if shown.is_empty() {
            return Ok(());
        }
        let (app, ctx, now) = (self.clone(), Arc::new(ctx.clone()), self.clock().now());
        self.store()
            .write(move |tx| {
                let (app, ctx, shown) = (app.clone(), ctx.clone(), shown.clone());
                Box::pin(async move {
                    let gate = Gate::open(&ctx, action, Resource::all(action.resource()))?;
                    let mut unit = Unit::new(tx, &app, &gate, now);
                    for shown in shown {
                        let about = About::Record { kind: shown.kind, id: shown.id, owner: shown.owner };
                        unit.journal(action.name(), about, serde_json::json!({})).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}
