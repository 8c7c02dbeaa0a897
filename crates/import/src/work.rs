//! The background work on files that were sent: one after the other, of each property one at a time, going on where it stopped.

use async_trait::async_trait;
use std::time::Duration;

use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{AppError, Context, Operation, Operator, Result};
use hefu_domain::{
    ids::{ImportFileId, ImportRunId},
    import_file::{ImportFile, ImportFileState},
};
use hefu_store::{StoreError, query};
use tokio::sync::mpsc;

use crate::{
    file::{Step, StepFile},
    received::{Ended, Failed, FileDesk, ReceivedFiles, Work},
    report::ImportReport,
};

/// Files that are looked at in a turn.
const LOOKED_AT: i64 = 20;

/// How often it is looked whether a file that is being imported was withdrawn.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file that nobody has started for so many seconds is taken away: what is in it is nobody's business for longer.
const EXPIRES: u64 = 7 * 86_400;

/// One that belongs to no record is taken away after so many seconds: it may be still coming.
const ORPHANED: u64 = 2 * 3_600;

/// Imports the next file that waits, or goes on with one that was cut off. Answers whether there was one.
#[derive(Debug, Clone, Copy)]
pub struct RunImportFiles;

#[async_trait]
impl Operation for RunImportFiles {
    const ACTION: Action = Action::ImportWork;
    type Out = bool;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<bool> {
        let files = o.service::<ReceivedFiles>();
        if !files.has_desk() {
            return Ok(false);
        }
        let desk = files.desk()?;
        let open = query::import::open_files(&mut o.read().await?, LOOKED_AT).await?;
        for file in open {
            if !desk.is_here(file.id) {
                // With PostgreSQL it may lie on another server.
                if o.store().engine_name() == "sqlite" {
                    o.execute(StepFile { id: file.id, step: Step::Fail("file_gone") }).await?;
                }
                continue;
            }
            let began = o.execute(StepFile { id: file.id, step: Step::Begin }).await;
            match began {
                Ok(true) => {}
                Ok(false) => continue,
                // Another file of the property is at it.
                Err(AppError::Store(StoreError::Duplicate { .. })) => continue,
                Err(error) => return Err(error),
            }
            if import(o, &*desk, &file).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Imports a file. Answers whether something was done: another process may be at it.
async fn import(o: &Operator<'_>, desk: &dyn FileDesk, file: &ImportFile) -> Result<bool> {
    let (told, begun) = mpsc::unbounded_channel();
    let work = Work::new(told);
    let done = tokio::select! {
        done = desk.run(o.app(), Context::job("import"), file, work.clone()) => done,
        error = watch(o, file.id, begun, &work) => Err(Failed::App(error)),
    };
    let step = match done {
        Ok(Ended::Finished(run)) => Step::Finish(run),
        Ok(Ended::Stopped) => {
            let now = query::import::file(&mut o.read().await?, file.id).await?;
            if now.is_some_and(|now| now.state == ImportFileState::Withdrawn) {
                desk.remove(file.id);
                return Ok(true);
            }
            return Ok(false);
        }
        Err(Failed::File(fault)) => {
            tracing::warn!(file = %file.id, code = fault.code, "a file that was sent cannot be imported");
            Step::Fail(fault.code)
        }
        // What the records refuse once they refuse again; what failed may succeed.
        Err(Failed::App(error @ (AppError::Rule(_) | AppError::Internal(_)))) => {
            tracing::error!(file = %file.id, %error, "the import of a file failed");
            Step::Fail("internal")
        }
        Err(Failed::App(error)) => return Err(error),
    };
    if let Step::Finish(run) = step {
        // It may be done before anybody was told that it began.
        let done = query::import::find(&mut o.read().await?, run).await?;
        let rows = done.as_ref().map(ImportReport::of_run).transpose()?.map_or(0, |report| report.rows);
        o.execute(StepFile { id: file.id, step: Step::Counted(run, rows) }).await?;
    }
    o.execute(StepFile { id: file.id, step }).await?;
    if matches!(step, Step::Finish(_)) {
        desk.remove(file.id);
    }
    Ok(true)
}

/// Notes how many rows a file has, and stops its import when it is withdrawn. Ends only when that fails.
async fn watch(
    o: &Operator<'_>,
    id: ImportFileId,
    mut begun: mpsc::UnboundedReceiver<(ImportRunId, i64)>,
    work: &Work,
) -> AppError {
    loop {
        let looked = tokio::select! {
            Some((run, rows)) = begun.recv() => {
                o.execute(StepFile { id, step: Step::Counted(run, rows) }).await.map(drop)
            }
            () = tokio::time::sleep(LOOK_EVERY) => stop_if_withdrawn(o, id, work).await,
        };
        if let Err(error) = looked {
            return error;
        }
    }
}

async fn stop_if_withdrawn(o: &Operator<'_>, id: ImportFileId, work: &Work) -> Result<()> {
    let now = query::import::file(&mut o.read().await?, id).await?;
    if now.is_none_or(|now| now.state != ImportFileState::Running) {
        work.stop();
    }
    Ok(())
}

/// Takes away files that nobody needs any more. Answers how many.
#[derive(Debug, Clone, Copy)]
pub struct ForgetImportFiles;

#[async_trait]
impl Operation for ForgetImportFiles {
    const ACTION: Action = Action::ImportWork;
    type Out = usize;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Installation)
    }

    async fn run(&self, o: &Operator<'_>) -> Result<usize> {
        let files = o.service::<ReceivedFiles>();
        if !files.has_desk() {
            return Ok(0);
        }
        let desk = files.desk()?;
        let mut removed = 0;
        for (id, age) in desk.all() {
            if is_needed(o, id, age).await? {
                continue;
            }
            desk.remove(id);
            removed += 1;
        }
        Ok(removed)
    }
}

async fn is_needed(o: &Operator<'_>, id: ImportFileId, age: u64) -> Result<bool> {
    let Some(file) = query::import::file(&mut o.read().await?, id).await? else { return Ok(age < ORPHANED) };
    if file.state.can_start() && age > EXPIRES {
        o.execute(StepFile { id, step: Step::Expire }).await?;
        return Ok(false);
    }
    Ok(file.state.needs_file())
}
