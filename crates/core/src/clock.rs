//! What time it is, as far as this installation has seen it pass; see [`hefu_domain::clock`].

use async_trait::async_trait;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_domain::clock::TimeSeen;
use hefu_kernel::Clock;
use hefu_store::{Conn, Store, query};

use crate::{Operation, Operator, Reader, Result, Service, Unit};

/// What this process knows of the time.
#[derive(Debug, Default)]
pub(crate) struct TimeKeeper(Mutex<Option<TimeSeen>>);

impl Service for TimeKeeper {
    fn new(_: &Store) -> Self {
        Self::default()
    }
}

impl TimeKeeper {
    fn known(&self) -> MutexGuard<'_, Option<TimeSeen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now. The records are asked once; after that this process has seen the time pass itself.
    async fn now(&self, c: &mut Conn, clock: &dyn Clock) -> Result<TimeSeen> {
        let before = self.known().clone();
        let before = match before {
            Some(before) => Some(before),
            None => query::clock::find(c).await?,
        };
        Ok(self.passed(before, clock))
    }

    fn passed(&self, before: Option<TimeSeen>, clock: &dyn Clock) -> TimeSeen {
        let (wall, steady) = (clock.now(), clock.steady());
        let mut known = self.known();
        let now = match known.take().or(before) {
            Some(before) => before.now(wall, steady),
            None => TimeSeen::first(wall, steady),
        };
        known.insert(now).clone()
    }

    /// The same together with what other servers have kept.
    fn together(&self, kept: &TimeSeen, clock: &dyn Clock) -> TimeSeen {
        let now = self.passed(Some(kept.clone()), clock).with(kept);
        self.known().insert(now).clone()
    }
}

impl Reader<'_> {
    /// What is known of the time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn time(&mut self) -> Result<TimeSeen> {
        let (keeper, app) = (self.service::<TimeKeeper>(), self.app());
        keeper.now(self.conn().await?, app.clock()).await
    }
}

impl Unit<'_> {
    /// What is known of the time.
    ///
    /// # Errors
    /// The database fails.
    pub async fn time(&mut self) -> Result<TimeSeen> {
        let (keeper, app) = (self.service::<TimeKeeper>(), self.app());
        keeper.now(self.tx, app.clock()).await
    }

    /// A person says that it is at least `moment`: it is believed from the next [`WatchClock`] on.
    ///
    /// # Errors
    /// The database fails.
    pub async fn believe(&mut self, moment: DateTime<Utc>) -> Result<()> {
        let (keeper, app) = (self.service::<TimeKeeper>(), self.app());
        let kept = query::clock::find(self.tx).await?;
        let now = match &kept {
            Some(kept) => keeper.together(kept, app.clock()),
            None => keeper.passed(None, app.clock()),
        };
        let now = TimeSeen { believed: now.believed.max(moment), ..now };
        Ok(query::clock::keep(self.tx, &now, kept.is_none()).await?)
    }
}

/// Looks at the clocks, and keeps what is known of the time for the next start and for other servers.
#[derive(Debug, Clone, Copy)]
pub struct WatchClock;

#[async_trait]
impl Operation for WatchClock {
    const ACTION: Action = Action::ClockWatch;
    type Out = TimeSeen;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<TimeSeen> {
        let (app, keeper) = (o.app().clone(), o.service::<TimeKeeper>());
        let before = keeper.known().as_ref().and_then(TimeSeen::doubt);
        let now = o
            .store()
            .write(move |tx| {
                let (app, keeper) = (app.clone(), keeper.clone());
                Box::pin(async move {
                    let kept = query::clock::find(tx).await?;
                    let now = match &kept {
                        Some(kept) => keeper.together(kept, app.clock()),
                        None => keeper.passed(None, app.clock()),
                    };
                    query::clock::keep(tx, &now, kept.is_none()).await?;
                    Result::Ok(now)
                })
            })
            .await?;
        if let (None, Some(ahead)) = (before, now.doubt()) {
            let minutes = ahead.num_minutes();
            tracing::error!(
                minutes,
                "the clock was set, or the machine was off for long: nothing is closed by it until a person says so"
            );
        }
        Ok(now)
    }
}
