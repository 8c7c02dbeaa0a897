//! Records of a source that speaks by itself, one at a time: what a channel sends takes the same way as the rows of a file.

use async_trait::async_trait;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use hefu_authz::{Action, Resource};
use hefu_core::{About, App, AppError, Command, Context, Operation, Operator, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    channel::ChannelSaid,
    event::ChannelEvent,
    ids::{ChannelId, ImportRunId, PropertyId},
    message::Missing,
    source::SourceKind,
};
use hefu_kernel::Id as _;
use hefu_store::{ImportRun, query};
use serde::{Deserialize, Serialize};

use crate::{
    allocator::State,
    importer::{Importer, MAX_ATTEMPTS, RunRequest, is_taken},
    incoming::{IncomingRow, Refusal},
    other::LinkWaiting,
    report::ImportReport,
    write::Planned,
};

/// The name of the work that brings tokens of guests to their place.
const JOB: &str = "channel";

/// A source that speaks by itself.
#[derive(Debug, Clone)]
pub struct LiveSource {
    /// Code of the property.
    pub property: String,
    /// The property.
    pub property_id: PropertyId,
    /// The channel.
    pub channel: ChannelId,
    /// The system of its records.
    pub system: String,
    /// What its records came with.
    pub run: ImportRunId,
}

/// What the records of a source that speaks by itself come with: it is never finished.
pub fn live_run(id: ImportRunId, system: &str, digest: String, now: DateTime<Utc>) -> ImportRun {
    let report = ImportReport::new(system, system, "none");
    ImportRun {
        id,
        map: system.to_owned(),
        digest,
        state: "live".into(),
        started_at: now,
        finished_at: None,
        report: serde_json::to_string(&report).unwrap_or_default(),
        version: 1,
        columns: "[]".into(),
    }
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Became {
    /// It is new.
    New,
    /// It was there with other content: the visit followed it.
    Followed,
    /// It was there with other content, and the visit was worked on here: the deviations are open differences.
    Differs,
    /// It was there with the same content.
    Same,
    /// Another message of the same record was taken meanwhile: it is to be looked at anew.
    Overtaken,
}

/// Takes a record in, in one unit of work, completely or not at all.
pub struct TakeIn {
    /// Where it comes from.
    pub source: LiveSource,
    /// The record.
    pub row: IncomingRow,
    /// The first day on which rooms matter to it: that of a stay. None: it occupies no room.
    pub since: Option<NaiveDate>,
    /// What the source has said of it once this is taken, in the version in which it was read (0: nothing yet); none if that does not matter.
    pub said: Option<ChannelSaid>,
    /// Whether it calls something off.
    pub cancels: bool,
}

#[async_trait]
impl Operation for TakeIn {
    const ACTION: Action = Action::ChannelTake;
    type Out = std::result::Result<Became, Refusal>;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.source.property)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Self::Out> {
        let mut importer = self.importer(o).await?;
        let rows: Arc<[IncomingRow]> = Arc::new([self.row.clone()]);
        let mut tries = 1;
        let became = loop {
            let mut planned = importer.plan(&rows, 0, 1).await?;
            if let Some((_, refusal)) = planned.quarantine.pop() {
                return Ok(Err(refusal));
            }
            let became = became(&planned.report);
            if became == Became::Same && self.said.is_none() {
                return Ok(Ok(became));
            }
            let (source, said) = (self.source.clone(), self.said.clone());
            match o.execute(TakeStep { planned, source, said, cancels: self.cancels }).await {
                Ok(()) => break became,
                Err(error) if is_taken(&error) && tries < MAX_ATTEMPTS => {
                    if self.is_overtaken(o).await? {
                        return Ok(Ok(Became::Overtaken));
                    }
                    // What was planned in memory was not written.
                    importer.state = State::default();
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        };
        // Whoever looks for the guest next finds him.
        importer.merge_staged_tokens().await?;
        if became == Became::New {
            link_waiting(o.app(), &self.source).await?;
        }
        Ok(Ok(became))
    }
}

/// Looks again at what waits in the property for a booking.
async fn link_waiting(app: &App, source: &LiveSource) -> Result<()> {
    let after = Some((source.property_id, String::new(), SourceKind::Booking, String::new()));
    app.execute(Context::job(JOB), LinkWaiting { run: source.run, after }).await.map(|_| ())
}

/// What the plan makes of its only row.
fn became(report: &ImportReport) -> Became {
    match (report.imported, report.updated, report.differs) {
        (1.., ..) => Became::New,
        (_, 1.., _) => Became::Followed,
        (_, _, 1..) => Became::Differs,
        _ => Became::Same,
    }
}

impl TakeIn {
    async fn importer(&self, o: &Operator<'_>) -> Result<Importer> {
        let LiveSource { system, run, .. } = &self.source;
        let found = query::import::find(&mut o.read().await?, *run).await?;
        let run = found.ok_or_else(|| AppError::not_found(Missing::ImportRun, *run))?;
        let request = RunRequest {
            file: system.clone(),
            file_digest: String::new(),
            map: system.clone(),
            map_text: String::new(),
            // The property is there and has its own.
            time_zone: "UTC".into(),
            people: "none".into(),
            // The desk is served beside it.
            is_alone: false,
            is_mend: false,
        };
        Ok(Importer {
            app: o.app().clone(),
            store: o.store().clone(),
            ctx: Context::job(JOB),
            report: ImportReport::new(system, system, "none"),
            request,
            run,
            state: State::default(),
            since: Some(self.since.unwrap_or(hefu_kernel::LAST_DATE)),
            batches: 0,
            staged: 0,
            sorted: 0,
            beside: None,
        })
    }

    /// Whether the source has said something else of the record since it was read.
    async fn is_overtaken(&self, o: &Operator<'_>) -> Result<bool> {
        let Some(said) = &self.said else { return Ok(false) };
        let LiveSource { property_id, channel, .. } = self.source;
        let now = query::channel::said(&mut o.read().await?, property_id, channel, &said.external_id).await?;
        Ok(now.map_or(0, |now| now.version) != said.version)
    }
}

/// A planned record, to be written with what its source has said.
struct TakeStep {
    planned: Planned,
    source: LiveSource,
    said: Option<ChannelSaid>,
    cancels: bool,
}

#[async_trait]
impl Command for TakeStep {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.source.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        let LiveSource { property_id, channel, .. } = self.source;
        self.planned.write(u).await?;
        if let Some(said) = &self.said {
            say(u, said).await?;
        }
        let event = ChannelEvent::Said { channel_id: channel, cancels: self.cancels };
        u.record(About::Property(property_id, "channel", channel.uuid()), event).await
    }
}

/// Writes what a source has said of a record, as it was read in this version.
///
/// # Errors
/// [`Rule::Exists`] if it has said something else meanwhile.
async fn say(u: &mut Unit<'_>, said: &ChannelSaid) -> Result<()> {
    let known = query::channel::said(u.tx, said.property_id, said.channel_id, &said.external_id).await?;
    if known.map_or(0, |known| known.version) != said.version {
        return Err(RuleError::new(Rule::Exists, (), Message::Conflict).into());
    }
    let mut said = said.clone();
    if said.version == 0 {
        said.version = 1;
        u.tx.insert(&said).await?;
    } else {
        u.tx.update(&mut said).await?;
    }
    Ok(())
}

/// Remembers that a source called something off of which it has not said what it is.
pub struct NoteCancelled {
    /// Where it comes from.
    pub source: LiveSource,
    /// What the source has said then, in the version in which it was read.
    pub said: ChannelSaid,
}

#[async_trait]
impl Command for NoteCancelled {
    const ACTION: Action = Action::ChannelStep;
    type Out = ();

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.source.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<()> {
        say(u, &self.said).await?;
        let LiveSource { property_id, channel, .. } = self.source;
        let event = ChannelEvent::Said { channel_id: channel, cancels: true };
        u.record(About::Property(property_id, "channel", channel.uuid()), event).await
    }
}
