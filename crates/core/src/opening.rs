//! Who opened whose record 【查阅留痕】: an entry of the journal for each account or program, record, address and day. It is written beside the answer
//! and not before it, so that a desk waits for nobody's commit to look at a guest; what was opened in the moment before a server is killed can be lost.
//! Of jobs, and of a server without accounts, nothing is noted.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, NaiveDate, Utc};
use hefu_domain::event::AccountEvent;
use hefu_store::{JournalDraft, Store};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::{
    App, Context, Result,
    services::Service,
    watch::{Opened, holder},
};

/// Most openings of a day that are remembered. Whoever opens one of more than these is journalled once more.
const REMEMBERED: usize = 200_000;

/// Most that wait to be written, if the database takes nothing. Whoever opens one more waits with them.
const WAITING: usize = 10_000;

/// Most entries of a unit.
const AT_ONCE: usize = 200;

/// That somebody opened a record.
#[derive(Debug, Clone)]
struct Opening {
    actor: String,
    holder: (&'static str, Uuid),
    record: Opened,
    from: Option<IpAddr>,
    at: DateTime<Utc>,
}

impl Opening {
    /// The entry: about the record, and sealed under the key of who opened it.
    fn draft(&self) -> JournalDraft<'_> {
        JournalDraft {
            actor: &self.actor,
            at: self.at,
            event: AccountEvent::Open { from: self.from.map(|address| address.to_string()) }.into(),
            // What somebody says of a guest is sealed under the guest's key, with what was done for that reason.
            reason: None,
            property_id: None,
            visit_id: None,
            subject: self.record,
            owner: self.holder.1,
        }
    }
}

/// What is to be done about what was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It is known, or somebody is about to write it.
    Nothing,
    /// Somebody has to begin to write.
    Write,
    /// So much waits that nothing is shown before it is written.
    Wait,
}

#[derive(Debug, Default)]
struct Noted {
    day: NaiveDate,
    known: FxHashSet<(Uuid, Uuid, Option<IpAddr>)>,
    waiting: Vec<Opening>,
    /// Whether somebody was told to write.
    is_under_way: bool,
}

/// What was opened on this server today, and what of it waits for the journal.
#[derive(Debug)]
pub(crate) struct Openings {
    noted: Mutex<Noted>,
    /// Held while the waiting ones are written: in order, and known to be written by whoever waits for it.
    writing: tokio::sync::Mutex<()>,
}

impl Service for Openings {
    fn new(_: &Store) -> Self {
        Self { noted: Mutex::default(), writing: tokio::sync::Mutex::default() }
    }
}

impl Openings {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what somebody opens.
    fn note(&self, ctx: &Context, holder: (&'static str, Uuid), some: &[Opened], now: DateTime<Utc>) -> Next {
        let (from, today) = (ctx.address(), now.date_naive());
        let mut noted = self.noted();
        if noted.day != today || noted.known.len() >= REMEMBERED {
            noted.day = today;
            noted.known.clear();
        }
        let mut is_news = false;
        for record in some {
            if noted.known.insert((holder.1, record.1, from)) {
                is_news = true;
                noted.waiting.push(Opening {
                    actor: ctx.principal.to_string(),
                    holder,
                    record: *record,
                    from,
                    at: now,
                });
            }
        }
        if !is_news {
            return Next::Nothing;
        }
        if noted.waiting.len() >= WAITING {
            return Next::Wait;
        }
        if std::mem::replace(&mut noted.is_under_way, true) { Next::Nothing } else { Next::Write }
    }

    /// The first that wait; none: nobody writes any longer.
    fn take(&self) -> Vec<Opening> {
        let mut noted = self.noted();
        let most = noted.waiting.len().min(AT_ONCE);
        noted.is_under_way = most > 0;
        noted.waiting.drain(..most).collect()
    }

    /// These could not be written; they are with what is opened next.
    fn put_back(&self, some: &[Opening]) {
        let mut noted = self.noted();
        drop(noted.waiting.splice(..0, some.iter().cloned()));
        noted.is_under_way = false;
    }
}

impl App {
    /// Notes that somebody opens these records, and has it journalled.
    ///
    /// # Errors
    /// Very many wait, and the database takes them no better now.
    pub(crate) async fn note_openings(
        &self,
        ctx: &Context,
        records: &[Opened],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let Some(own) = holder(&ctx.principal) else { return Ok(()) };
        match self.service::<Openings>().note(ctx, own, records, now) {
            Next::Nothing => Ok(()),
            Next::Wait => self.write_openings().await,
            Next::Write => {
                let app = self.clone();
                tokio::spawn(async move {
                    if let Err(error) = app.write_openings().await {
                        tracing::error!(%error, "what was opened is not journalled yet; it is tried again with what is opened next");
                    }
                });
                Ok(())
            }
        }
    }

    /// Waits until everything that was opened on this server is journalled.
    ///
    /// # Errors
    /// The database fails; what was not written waits on.
    pub async fn write_openings(&self) -> Result<()> {
        let openings = self.service::<Openings>();
        let alone = openings.writing.lock().await;
        loop {
            let some: Arc<[Opening]> = openings.take().into();
            if some.is_empty() {
                drop(alone);
                return Ok(());
            }
            let all = some.clone();
            let written: Result<()> = self
                .store()
                .write(move |tx| {
                    let all = all.clone();
                    Box::pin(async move {
                        for opening in &*all {
                            tx.journal(opening.draft()).await?;
                        }
                        Ok(())
                    })
                })
                .await;
            if let Err(error) = written {
                openings.put_back(&some);
                return Err(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use hefu_authz::Principal;

    use super::*;
    use crate::Origin;

    fn from(address: &str) -> Context {
        let origin = Origin::Http(address.parse().ok());
        Context::new(Principal::Staff(Uuid::from_u128(1)), origin)
    }

    #[test]
    fn each_record_is_told_once_a_day_and_address_and_what_failed_is_told_later() {
        let openings = Openings { noted: Mutex::default(), writing: tokio::sync::Mutex::default() };
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let (here, there) = (from("192.0.2.7"), from("192.0.2.8"));
        let open = |ctx: &Context, record: u128, at| {
            openings.note(ctx, ("account", Uuid::from_u128(1)), &[("guest", Uuid::from_u128(record))], at)
        };
        assert_eq!(open(&here, 1, now), Next::Write);
        assert_eq!(open(&here, 1, now), Next::Nothing, "known");
        assert_eq!(open(&here, 2, now), Next::Nothing, "somebody is about to write");
        let some = openings.take();
        assert_eq!(some.len(), 2);
        openings.put_back(&some);
        assert_eq!(open(&there, 1, now), Next::Write, "from elsewhere, and what failed is tried again");
        assert_eq!(openings.take().len(), 3);
        assert!(openings.take().is_empty());
        assert_eq!(open(&here, 1, now + TimeDelta::days(1)), Next::Write, "another day");
        for record in 0..WAITING as u128 {
            open(&here, 100 + record, now + TimeDelta::days(1));
        }
        assert_eq!(open(&here, 2, now + TimeDelta::days(1)), Next::Wait);
    }
}
