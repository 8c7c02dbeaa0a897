//! Rows of files that could not be imported: shown masked, mended in place, left out, taken away as a file.

use async_trait::async_trait;
use std::collections::{BTreeMap, HashMap};

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Context, Operation, Operator, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Pointer, Rule, RuleError,
    event::ImportEvent,
    ids::{ImportFileId, ImportRunId},
    import_file::{ImportFile, ImportFileState, QuarantineDecision, RowDecision},
    message::Missing,
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, Quarantine, Vault, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    file::find,
    received::{Failed, MendedRun, QuarantinedCell, ReceivedFiles, RowProblem},
};

/// A row of a file that could not be imported, personal data masked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuarantineItem {
    /// Row of the file, from 1.
    pub row: i64,
    /// The field that was wrong; `row` for the row as a whole.
    pub field: String,
    /// Stable code of the reason.
    pub reason: String,
    /// What is wrong and what to do, in the client's language; no personal data.
    pub detail: String,
    /// What became of it; none if nobody has dealt with it.
    pub state: Option<RowDecision>,
    /// What was received in the field.
    pub received: String,
    /// Its cells.
    pub cells: Vec<QuarantinedCell>,
}

/// Rows of a file that could not be imported.
#[derive(Debug, Clone, Copy)]
pub struct ListQuarantineItems {
    /// The file.
    pub id: ImportFileId,
    /// Only rows after this one.
    pub after: i64,
    /// Maximum number.
    pub limit: i64,
    /// Those that were mended or left out, too.
    pub all: bool,
}

/// The cells of a row as they were received; none when they cannot be read any more.
async fn texts_of(c: &mut Conn, vault: &Vault, row: &Quarantine) -> Result<Vec<(String, String)>> {
    let received = query::import::open_row_to_read(c, vault, row).await?.unwrap_or_default();
    Ok(serde_json::from_slice(&received).unwrap_or_default())
}

#[async_trait]
impl Query for ListQuarantineItems {
    const ACTION: Action = Action::ImportQuarantine;
    type Out = Vec<QuarantineItem>;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let desk = r.service::<ReceivedFiles>().desk()?;
        let (vault, language) = (r.vault(), r.ctx().language);
        let c = r.conn().await?;
        let file = find(c, self.id).await?;
        let (Some(run), Some(map)) = (file.run_id, file.map) else { return Ok(Vec::new()) };
        let rows = if self.all {
            query::import::quarantined(c, run, self.after, self.limit).await?
        } else {
            query::import::undecided(c, run, self.after, self.limit).await?
        };
        let last = rows.last().map_or(self.after, |row| row.row_number);
        let decided: HashMap<i64, RowDecision> = if self.all {
            let decisions = query::import::decisions(c, run, (self.after, last)).await?;
            decisions.into_iter().map(|decision| (decision.row_number, decision.state)).collect()
        } else {
            HashMap::new()
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let texts = texts_of(c, &vault, &row).await?;
            let cells = desk.cells(&map, &row.field, &texts);
            let received: Vec<&str> =
                cells.iter().filter(|cell| cell.is_wrong).map(|cell| cell.text.as_str()).collect();
            items.push(QuarantineItem {
                row: row.row_number,
                received: received.join(" "),
                field: row.field,
                reason: row.reason,
                detail: row.detail.text(language),
                state: decided.get(&row.row_number).copied(),
                cells,
            });
        }
        Ok(items)
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MendedRow {
    /// Row of the file, from 1.
    pub row: i64,
    /// What became of it; none if it is still wrong.
    pub state: Option<RowDecision>,
    /// What is still wrong.
    pub problem: Option<RowProblem>,
}

/// Other texts for cells of a row.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MendedCells {
    /// The texts, by column; the other cells are as they were received.
    #[serde(default)]
    pub cells: BTreeMap<String, String>,
}

/// The row, its file and its run.
struct Found {
    file: ImportFile,
    run: ImportRunId,
    row: Quarantine,
}

async fn find_row(c: &mut Conn, id: ImportFileId, row: i64) -> Result<Found> {
    let file = find(c, id).await?;
    let missing = || AppError::not_found(Missing::QuarantinedRow, row);
    let run = file.run_id.ok_or_else(missing)?;
    let row = query::import::quarantined_row(c, run, row).await?.ok_or_else(missing)?;
    Ok(Found { file, run, row })
}

/// Its rows are read from the file as long as it is being imported.
fn check_rests(file: &ImportFile) -> Result<()> {
    if matches!(file.state, ImportFileState::Waiting | ImportFileState::Running) {
        return Err(RuleError::new(Rule::ImportStarted, (), Message::ImportRunning).into());
    }
    Ok(())
}

/// Imports a row with other texts in some of its cells, by the same map.
#[derive(Debug, Clone)]
pub struct MendRow {
    /// The file.
    pub id: ImportFileId,
    /// The row.
    pub row: i64,
    /// What is to be read instead.
    pub mended: MendedCells,
}

#[async_trait]
impl Operation for MendRow {
    const ACTION: Action = Action::ImportMend;
    type Out = MendedRow;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, o: &Operator<'_>) -> Result<MendedRow> {
        let files = o.service::<ReceivedFiles>();
        let desk = files.desk()?;
        let _one_at_a_time = files.mending().await;
        let mut c = o.read().await?;
        let Found { file, run, row } = find_row(&mut c, self.id, self.row).await?;
        check_rests(&file)?;
        let decide = |mended_by| {
            let decide = DecideRow { id: self.id, row: self.row, state: RowDecision::Mended, mended_by };
            o.execute_as(o.ctx().clone(), decide)
        };
        if query::import::decision(&mut c, run, self.row).await?.is_some() {
            drop(c);
            // Asked for once more under the same key it is answered as before, else refused.
            return decide(None).await;
        }
        let mut texts = texts_of(&mut c, o.vault(), &row).await?;
        drop(c);
        for (column, text) in &self.mended.cells {
            let Some((_, cell)) = texts.iter_mut().find(|(known, _)| known == column) else {
                let at = Pointer::default().field("cells").field(column);
                return Err(AppError::invalid(at, Message::ImportNoSuchColumn));
            };
            cell.clone_from(text);
        }
        let by_itself = Context { language: o.ctx().language, ..Context::job("import") };
        let done = match desk.mend(o.app(), by_itself, &file, &texts).await {
            Ok(done) => done,
            Err(Failed::App(error)) => return Err(error),
            Err(Failed::File(fault)) => {
                let problem = RowProblem {
                    field: "row".to_owned(),
                    reason: fault.code.to_owned(),
                    detail: fault.message.text(o.ctx().language),
                };
                MendedRun { run: None, wrong: Some(problem) }
            }
        };
        match done.wrong {
            None => decide(done.run).await,
            problem => Ok(MendedRow { row: self.row, state: None, problem }),
        }
    }
}

/// Says what became of a row: that it was mended, or is left out.
#[derive(Debug, Clone)]
pub struct DecideRow {
    /// The file.
    pub id: ImportFileId,
    /// The row.
    pub row: i64,
    /// What became of it.
    pub state: RowDecision,
    /// The run that took it as mended.
    pub mended_by: Option<ImportRunId>,
}

#[async_trait]
impl Command for DecideRow {
    const ACTION: Action = Action::ImportDecide;
    type Out = MendedRow;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<MendedRow> {
        let Found { file, run, .. } = find_row(u.tx, self.id, self.row).await?;
        check_rests(&file)?;
        if query::import::decision(u.tx, run, self.row).await?.is_some() {
            return Err(RuleError::new(Rule::RowDecided, (), Message::ImportRowDecided).into());
        }
        let decision = QuarantineDecision {
            run_id: run,
            row_number: self.row,
            state: self.state,
            mended_by: self.mended_by,
            decided_by: u.ctx.principal.to_string(),
            decided_at: u.now,
        };
        u.tx.insert(&decision).await?;
        let event = ImportEvent::Decide { run, row: self.row, state: self.state.code().to_owned() };
        u.record(About::Chain("import_run", run.uuid()), event).await?;
        Ok(MendedRow { row: self.row, state: Some(self.state), problem: None })
    }
}

/// The quarantined rows of a file as CSV, as they were received. This shows personal data, and is journalled row by row.
#[derive(Debug, Clone, Copy)]
pub struct ExportQuarantine {
    /// The file.
    pub id: ImportFileId,
}

#[async_trait]
impl Operation for ExportQuarantine {
    const ACTION: Action = Action::ImportExport;
    type Out = Vec<u8>;

    fn resource(&self) -> Resource<'_> {
        Resource::with_id(ResourceKind::ImportRun, self.id.uuid())
    }

    async fn run(&self, o: &Operator<'_>) -> Result<Vec<u8>> {
        let desk = o.service::<ReceivedFiles>().desk()?;
        let file = find(&mut o.read().await?, self.id).await?;
        let (Some(run), Some(map)) = (file.run_id, file.map) else {
            return Err(AppError::not_found(Missing::ImportRun, self.id));
        };
        let ctx = Context { idempotency: None, ..o.ctx().clone() };
        match desk.export(o.app(), ctx, run, &map).await {
            Ok(file) => Ok(file),
            Err(Failed::App(error)) => Err(error),
            Err(Failed::File(fault)) => {
                tracing::error!(code = fault.code, "the quarantine cannot be written");
                Err(AppError::Internal("the quarantine cannot be written"))
            }
        }
    }
}
