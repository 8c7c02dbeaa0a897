//! The journal as it is shown.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use hefu_authz::{Action, FieldClass, Masks, Personal, Resource, ResourceKind, class::FreeText};
use hefu_core::{Query, Reader, Result};
use hefu_domain::{
    event::Event,
    ids::{GuestId, JournalEntryId, VisitId},
};
use hefu_front_office::visit::locate;
use hefu_kernel::{FIRST_DATE, Id as _, LAST_DATE, hex};
use hefu_people::cluster::cluster_members;
use hefu_store::{
    Conn, Vault,
    query::{
        self,
        journal::{
            ToldEntry, before, placed_at, told_before, told_of_action, told_of_actor, told_of_opened,
            told_of_visit,
        },
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who did what, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct JournalEntryView {
    /// Identifier.
    #[schema(value_type = String, format = "uuid")]
    pub id: JournalEntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an account's opaque name, or a job's.
    pub actor: String,
    /// What was done, e.g. `stay.check_in`.
    pub action: String,
    /// Why. None if nobody said, and once the data of whom it is about was erased. Masked as other texts are, but for whoever audits.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Personal<FreeText>>,
    /// Code of the property.
    pub property: Option<String>,
    /// To what: `visit`, `guest`, `room`, …
    pub subject_kind: String,
    /// Its opaque id.
    pub subject_id: Uuid,
    /// From which address it was asked for, where the entry is of an account or a program of another system. Shown to whoever audits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What binds event, reason and rows to the entry: SHA-256, as hexadecimal digits.
    pub commitment: String,
    /// Place in the ledger, without gaps; none until it has been sequenced.
    pub log_index: Option<i64>,
}

/// What an audit shows of texts: why something was done is what auditors are there to judge.
pub(crate) const AUDITED: Masks = Masks::NOTHING.with(FieldClass::FreeText);

impl JournalEntryView {
    /// An entry as whoever audits sees it.
    pub(crate) fn audited(mut told: ToldEntry) -> Self {
        let address = told.from.take();
        Self { address, ..Self::of(told, AUDITED) }
    }

    /// An entry as it is shown beside the record that it is about.
    fn of(told: ToldEntry, masks: Masks) -> Self {
        let ToldEntry { entry, property, reason, from: _ } = told;
        Self {
            id: entry.id,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            reason: Personal::of_some(masks, reason),
            property,
            subject_kind: entry.subject_kind,
            subject_id: entry.subject_id,
            address: None,
            commitment: hex(&entry.commitment),
            log_index: entry.log_index,
        }
    }
}

/// The first `limit` entries of a visit, in order, as masks show them.
pub(crate) async fn journal_of_visit(
    c: &mut Conn,
    vault: &Vault,
    (visit, masks): (VisitId, Masks),
    limit: i64,
) -> Result<Vec<JournalEntryView>> {
    let told = told_of_visit(c, vault, visit, limit).await?;
    Ok(told.into_iter().map(|told| JournalEntryView::of(told, masks)).collect())
}

/// What is looked for in the journal: all that is given has to hold.
#[derive(Debug, Clone, Default)]
pub struct JournalFilter {
    /// Who did it, by the name in the journal.
    pub actor: Option<String>,
    /// What was done: an action, or how its name begins.
    pub action: Option<String>,
    /// Code of the property it belongs to.
    pub property: Option<String>,
    /// At this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
    /// Id of a guest, or any number of a visit: who opened it.
    pub opened: Option<String>,
}

/// Looks for entries of the journal, the latest first. Answers them, and the log index before which the next page begins.
#[derive(Debug, Clone, Default)]
pub struct SearchJournal {
    /// What is looked for.
    pub filter: JournalFilter,
    /// Only entries with a lower log index.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

/// Latest visits of a guest that are asked for when somebody asks who opened the guest's records.
const VISITS_OF_GUEST: i64 = 1_000;

/// Most entries looked through for a page.
const LOOKED_THROUGH: i64 = 5_000;

/// Entries get their places in the order in which they are committed, and their times as they begin: no unit takes longer.
const DISORDER: TimeDelta = TimeDelta::minutes(10);

impl JournalFilter {
    fn fits(&self, told: &ToldEntry) -> bool {
        let ToldEntry { entry, property, .. } = told;
        self.actor.as_ref().is_none_or(|actor| *actor == entry.actor)
            && self.action.as_ref().is_none_or(|action| entry.action.starts_with(action))
            && self.property.as_ref().is_none_or(|code| property.as_ref() == Some(code))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
    }

    /// The actions that are meant, if not all are.
    fn actions(&self) -> Option<Vec<&'static str>> {
        let prefix = self.action.as_deref()?;
        let mut names: Vec<&str> =
            Event::all().map(|(name, _)| name).filter(|name| name.starts_with(prefix)).collect();
        names.sort_unstable();
        names.dedup();
        Some(names)
    }
}

/// The log index before which everything was written that was written by `to`: found by halving.
async fn end_of(c: &mut Conn, to: DateTime<Utc>, last: i64) -> Result<i64> {
    let (mut low, mut high) = (0, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match placed_at(c, middle).await? {
            Some(at) if at < to + DISORDER => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// A visit; or a guest under each of their ids, and the guest's visits.
async fn records_of(c: &mut Conn, vault: &Vault, of: &str) -> Result<Vec<Uuid>> {
    let Ok(id) = of.trim().parse::<Uuid>() else {
        let (_, visit) = locate(c, of, None).await?;
        return Ok(vec![visit.uuid()]);
    };
    let id = GuestId::from_uuid(id);
    let root = query::guest::find(c, vault, id).await?.map_or(id, |guest| guest.id);
    let mut records = vec![id.uuid()];
    for guest in cluster_members(c, root).await? {
        records.push(guest.uuid());
        let visits = query::visit::of_guest(c, guest, (FIRST_DATE, LAST_DATE), VISITS_OF_GUEST).await?;
        records.extend(visits.into_iter().map(|visit| visit.visit_id.uuid()));
    }
    records.sort_unstable();
    records.dedup();
    Ok(records)
}

impl SearchJournal {
    /// Who opened a visit, or a guest and the guest's visits. What else is looked for is looked for among these, so a page may be short.
    async fn opened(
        &self,
        c: &mut Conn,
        vault: &Vault,
        of: &str,
    ) -> Result<(Vec<JournalEntryView>, Option<i64>)> {
        let before = self.before.unwrap_or(i64::MAX);
        let mut told = Vec::new();
        for record in records_of(c, vault, of).await? {
            told.extend(told_of_opened(c, vault, record, before, self.limit).await?);
        }
        told.sort_by_key(|told| std::cmp::Reverse(told.entry.log_index));
        told.truncate(usize::try_from(self.limit).unwrap_or_default());
        let is_full = told.len() as i64 == self.limit;
        let next = told.last().filter(|_| is_full).and_then(|told| told.entry.log_index);
        told.retain(|told| self.filter.fits(told));
        Ok((told.into_iter().map(JournalEntryView::audited).collect(), next))
    }
}

#[async_trait]
impl Query for SearchJournal {
    const ACTION: Action = Action::JournalList;
    type Out = (Vec<JournalEntryView>, Option<i64>);

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Journal)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let (filter, vault) = (&self.filter, r.vault());
        let c = r.conn().await?;
        if let Some(of) = &filter.opened {
            return self.opened(c, &vault, of).await;
        }
        let last = before(c, i64::MAX, 1).await?.first().and_then(|entry| entry.log_index);
        let Some(last) = last else { return Ok((Vec::new(), None)) };
        let mut next = self.before.unwrap_or(i64::MAX).min(last + 1);
        if let Some(to) = filter.to {
            next = next.min(end_of(c, to, last).await?);
        }
        let actions = filter.actions();
        if filter.actor.is_none() && actions.as_ref().is_some_and(Vec::is_empty) {
            return Ok((Vec::new(), None));
        }
        let (mut found, mut left) = (Vec::new(), LOOKED_THROUGH);
        loop {
            let some = left.min(500);
            // The narrowest of what there is an index for.
            let (told, is_all) = match (&filter.actor, &actions) {
                (Some(actor), _) => {
                    let told = told_of_actor(c, &vault, actor, next, some).await?;
                    let is_all = (told.len() as i64) < some;
                    (told, is_all)
                }
                (None, Some(actions)) => of_actions(c, &vault, actions, next, some).await?,
                (None, None) => {
                    let told = told_before(c, &vault, next, some).await?;
                    let is_all = (told.len() as i64) < some;
                    (told, is_all)
                }
            };
            left -= told.len() as i64;
            for told in told {
                if filter.from.is_some_and(|from| told.entry.at < from - DISORDER) {
                    return Ok((found, None));
                }
                next = told.entry.log_index.unwrap_or(next);
                if filter.fits(&told) {
                    found.push(JournalEntryView::audited(told));
                    if found.len() as i64 == self.limit {
                        return Ok((found, Some(next)));
                    }
                }
            }
            if is_all {
                return Ok((found, None));
            }
            if left <= 0 {
                return Ok((found, Some(next)));
            }
        }
    }
}

/// The latest entries of some actions before a log index, and whether there are no others.
async fn of_actions(
    c: &mut Conn,
    vault: &Vault,
    actions: &[&str],
    before: i64,
    limit: i64,
) -> Result<(Vec<ToldEntry>, bool)> {
    let (mut all, mut is_all, mut since) = (Vec::new(), true, -1);
    for action in actions {
        // Of many actions, a few each: those before the latest of the last ones are for the next turn.
        let some = (limit / actions.len() as i64).max(20);
        let told = told_of_action(c, vault, action, before, some).await?;
        if told.len() as i64 == some {
            is_all = false;
            since = since.max(told.last().and_then(|told| told.entry.log_index).unwrap_or(-1));
        }
        all.extend(told);
    }
    all.retain(|told| told.entry.log_index.is_some_and(|index| index >= since));
    all.sort_unstable_by_key(|told| std::cmp::Reverse(told.entry.log_index));
    Ok((all, is_all))
}
