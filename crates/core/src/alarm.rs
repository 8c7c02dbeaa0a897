//! Alarms for auditors, and what they are raised by: many guests, a canary, a budget that is used up, a role taken in an emergency.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use hefu_authz::Action;
use hefu_domain::{
    account::{Alarm, AlarmKind},
    event::AccountEvent,
    ids::{AlarmId, GuestId},
};
use hefu_kernel::Id as _;
use hefu_store::{JournalDraft, Tx, query};
use rustc_hash::FxHashSet;
use uuid::Uuid;

use crate::{
    App, AppError, Context, Result,
    watch::{LookUp, Seen, Watch, canaries_among, holder},
};

/// Most canaries: they are kept in memory.
pub const MOST_CANARIES: i64 = 1_000;

/// Writes an alarm, and its entry of the journal.
///
/// # Errors
/// The database fails.
pub(crate) async fn write(
    tx: &mut Tx,
    ctx: &Context,
    now: DateTime<Utc>,
    (kind, guest_id): (AlarmKind, Option<GuestId>),
) -> Result<()> {
    let Some((_, holder_id)) = holder(&ctx.principal) else { return Ok(()) };
    let id: AlarmId = tx.vault().ids.id();
    let alarm =
        Alarm { id, kind, holder_id, guest_id, raised_at: now, seen_at: None, seen_by: None, version: 1 };
    tx.insert(&alarm).await?;
    let from = ctx.address().map(|address| address.to_string());
    let draft = JournalDraft {
        // Anybody may read the log of entries: whom an alarm is about stands in the row, and sealed.
        actor: "watch",
        at: now,
        event: AccountEvent::Alarm { alarm_id: id, kind, guest_id, from }.into(),
        reason: None,
        property_id: None,
        visit_id: None,
        subject: ("alarm", id.uuid()),
        owner: holder_id,
    };
    tx.journal(draft).await?;
    Ok(())
}

impl App {
    /// Journals what an account or a program did that changed no record.
    pub(crate) async fn journal_of_holder(&self, ctx: &Context, event: AccountEvent) -> Result<()> {
        let (ctx, now) = (Arc::new(ctx.clone()), self.clock().now());
        let written = self.store().write(move |tx| {
            let (ctx, event) = (ctx.clone(), event.clone());
            Box::pin(async move {
                let Some(own) = holder(&ctx.principal) else { return Ok(()) };
                let actor = ctx.principal.to_string();
                let draft = JournalDraft {
                    actor: &actor,
                    at: now,
                    event: event.into(),
                    reason: ctx.reason.clone(),
                    property_id: None,
                    visit_id: None,
                    subject: own,
                    owner: own.1,
                };
                tx.journal(draft).await?;
                Ok(())
            })
        });
        written.await
    }

    /// Alarms the auditors, unless they were about the same a short time ago.
    pub(crate) async fn alarm(&self, ctx: &Context, kind: AlarmKind, guest: Option<GuestId>) -> Result<()> {
        let Some((_, id)) = holder(&ctx.principal) else { return Ok(()) };
        let (watch, now) = (self.service::<Watch>(), self.clock().now());
        if !watch.is_news(id, kind, guest, now) {
            return Ok(());
        }
        tracing::warn!(principal = %ctx.principal, kind = kind.code(), "an alarm");
        let ctx = Arc::new(ctx.clone());
        let written: Result<()> = self
            .store()
            .write(move |tx| {
                let ctx = ctx.clone();
                Box::pin(async move { write(tx, &ctx, now, (kind, guest)).await })
            })
            .await;
        match written {
            Ok(()) => self.metrics().alarm(kind),
            Err(_) => watch.is_news_again(id, kind, guest, now),
        }
        written
    }

    /// The guests that are marked.
    async fn canaries(&self, watch: &Watch, now: DateTime<Utc>) -> Result<Arc<FxHashSet<Uuid>>> {
        if let Some(known) = watch.canaries(now) {
            return Ok(known);
        }
        let mut conn = self.store().read().await?;
        let all = query::watch::canaries(&mut conn, MOST_CANARIES).await?;
        let all: Arc<FxHashSet<Uuid>> =
            Arc::new(all.into_iter().map(|canary| canary.guest_id.uuid()).collect());
        watch.keep_canaries(all.clone(), now);
        Ok(all)
    }

    /// Watches what an account or a program is shown, before it is: what it opens is journalled; whoever opens a canary raises an alarm, and who opens or
    /// finds very many guests.
    pub(crate) async fn watch(&self, ctx: &Context, seen: &Seen) -> Result<()> {
        let Some((_, id)) = holder(&ctx.principal) else { return Ok(()) };
        let (watch, now) = (self.service::<Watch>(), self.clock().now());
        if watch.shown(id, seen, now) {
            self.alarm(ctx, AlarmKind::ManyGuests, None).await?;
        }
        self.note_openings(ctx, &seen.opened, now).await?;
        let canaries = self.canaries(&watch, now).await?;
        for guest in canaries_among(&canaries, &seen.among) {
            self.alarm(ctx, AlarmKind::Canary, Some(guest)).await?;
        }
        Ok(())
    }

    /// Counts and journals that an account or a program looks somebody up by a number.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`].
    pub(crate) async fn look_up(&self, ctx: &Context, action: Action) -> Result<()> {
        let Some((_, id)) = holder(&ctx.principal) else { return Ok(()) };
        let counted = self.service::<Watch>().look_up(id, LookUp::Asked, self.clock().now());
        counted.map_err(|seconds| AppError::TooManyAttempts { seconds })?;
        let from = ctx.address().map(|address| address.to_string());
        self.journal_of_holder(ctx, AccountEvent::LookUp { action: action.name().to_owned(), from }).await
    }
}
