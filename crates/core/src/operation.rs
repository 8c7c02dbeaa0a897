//! Operations: work on the installation that takes several units, or none that changes a record.

use std::sync::Arc;

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_kernel::Clock;
use hefu_store::{Conn, Store, Vault};

use crate::{App, Command, Context, Query, Result, Service, permit::Permit};

/// Work of more than one unit: an import, a night audit, sequencing, verification.
#[async_trait]
pub trait Operation: Send + Sync {
    /// Its action, for policies, traces and metrics.
    const ACTION: Action;
    /// Its result.
    type Out: Send;

    /// Its resource, as far as the request names it.
    fn resource(&self) -> Resource<'_>;

    /// Runs it.
    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out>;
}

/// What an operation works with. Commands and queries it runs go through the gate again, under the same context.
pub struct Operator<'a> {
    app: &'a App,
    permit: &'a Permit<'a>,
}

impl<'a> Operator<'a> {
    pub(crate) const fn new(app: &'a App, permit: &'a Permit<'a>) -> Self {
        Self { app, permit }
    }

    /// The application, for work that runs in parallel.
    pub const fn app(&self) -> &'a App {
        self.app
    }

    /// Who makes the request and why.
    pub const fn ctx(&self) -> &'a Context {
        self.permit.ctx
    }

    /// Names the property the resource belongs to, once it is known: a second decision.
    ///
    /// # Errors
    /// The principal is not permitted.
    pub fn within(&self, property: &str) -> Result<()> {
        self.permit.within(property)
    }

    /// Runs a command under the context of the operation.
    ///
    /// Those of the command.
    /// As the command.
    pub async fn execute<C: Command>(&self, command: C) -> Result<C::Out> {
        let ctx = Context { idempotency: None, ..self.permit.ctx.clone() };
        self.app.execute(ctx, command).await
    }

    /// Runs a command under another context: with its own key.
    ///
    /// # Errors
    /// Those of the command.
    pub async fn execute_as<C: Command>(&self, ctx: Context, command: C) -> Result<C::Out> {
        self.app.execute(ctx, command).await
    }

    /// Runs another operation under the same context.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn operate<O: Operation>(&self, operation: O) -> Result<O::Out> {
        Box::pin(self.app.operate(self.permit.ctx, operation)).await
    }

    /// Answers a query under the context of the operation.
    ///
    /// # Errors
    /// Those of the query.
    pub async fn ask<Q: Query>(&self, query: Q) -> Result<Q::Out> {
        self.app.ask(self.permit.ctx, query).await
    }

    /// Whether the principal may also do this to something of a property: for what an answer leaves out of what they may not see.
    pub fn may(&self, action: Action, property: &str) -> bool {
        self.permit.may(action, property)
    }

    /// A read connection.
    ///
    /// # Errors
    /// None becomes free in time, or the database cannot be reached.
    pub async fn read(&self) -> Result<Conn> {
        Ok(self.store().read().await?)
    }

    /// A connection with one snapshot, however often it is read from.
    ///
    /// # Errors
    /// As for [`Operator::read`].
    pub async fn snapshot(&self) -> Result<Conn> {
        Ok(self.store().snapshot().await?)
    }

    /// The records.
    pub fn store(&self) -> &'a Store {
        self.app.store()
    }

    /// Keys, ids and randomness.
    pub fn vault(&self) -> &'a Arc<Vault> {
        self.app.store().vault()
    }

    /// The time.
    pub fn clock(&self) -> &'a dyn Clock {
        self.app.clock()
    }

    /// A service.
    pub fn service<S: Service>(&self) -> Arc<S> {
        self.app.service()
    }
}
