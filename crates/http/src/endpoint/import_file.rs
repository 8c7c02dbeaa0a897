//! Files that are sent to be imported: uploaded, understood by a map, looked at, started, and what of them could not be taken.

use std::{io::Write as _, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{FromRequest as _, FromRequestParts as _, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use hefu_app::{
    App, IdempotencyKey,
    import::{
        DecideRow, ExportQuarantine, ImportFileView, ImportPreview, KeepMap, LONGEST_FILE_NAME,
        ListImportFiles, ListImportMaps, ListQuarantineItems, MaySendFile, MendRow, MendedCells, MendedRow,
        PreviewFile, QuarantineItem, ReceiveFile, ShowImportFile, StartFile, WithdrawFile,
        received::{ChosenMap, FileDesk, ImportMapView, ReceivedFiles},
    },
};
use hefu_domain::{Language, Message, Place, ids::ImportFileId, import_file::RowDecision};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use crate::{
    Shared,
    body::{OCTETS, media_type},
    problem::{Failure, Problem},
    read::Malformed,
    reply::{Page, Versioned, page_size},
    request::{At, Filter, RequestContext, Write, key_of, malformed, percent_decode},
    route::{Routes, routes},
};

/// Files that are received at once.
static UPLOADS: Semaphore = Semaphore::const_new(64);

/// How long nothing may come of a file.
const PATIENCE: Duration = Duration::from_secs(30);

/// So much of a file is written at once, bytes.
const PIECE: usize = 1 << 20;

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new()
        .routes(routes!(maps))
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(preview))
        .routes(routes!(choose_map))
        .routes(routes!(start))
        .routes(routes!(withdraw))
        .routes(routes!(quarantine))
        .routes(routes!(mend))
        .routes(routes!(leave_out))
        .routes(routes!(export))
}

/// Those that may take longer than others.
pub(crate) fn slow_routes<R: Routes>() -> R {
    R::new().routes(routes!(receive))
}

/// The maps that Hefu has.
#[utoipa::path(get, operation_id = "list_import_maps", path = "/api/v1/import-maps", tag = "imports", responses((status = 200, body = Vec<ImportMapView>)))]
async fn maps(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Vec<ImportMapView>>, Failure> {
    asked.ask(&app, ListImportMaps).await.map(Json)
}

/// The latest files that were sent.
#[utoipa::path(get, operation_id = "list_import_files", path = "/api/v1/import-files", tag = "imports", responses((status = 200, body = Vec<ImportFileView>)))]
async fn list(
    State(app): State<Shared>,
    asked: RequestContext,
) -> Result<Json<Vec<ImportFileView>>, Failure> {
    asked.ask(&app, ListImportFiles).await.map(Json)
}

/// A file with how far its import is.
#[utoipa::path(get, operation_id = "show_import_file", path = "/api/v1/import-files/{id}", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportFileView), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn show(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<ImportFileId>,
) -> Result<Versioned<ImportFileView>, Failure> {
    let file = asked.ask(&app, ShowImportFile { id }).await?;
    Ok(Versioned(StatusCode::OK, file.version, file))
}

/// A small text file.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SmallFile {
    /// What it is called.
    name: String,
    /// Its lines.
    lines: Vec<String>,
}

/// Send a file: a small text as lines, any file as it is (`application/octet-stream`, its name in `Hefu-File-Name`).
#[utoipa::path(post, operation_id = "receive_import_file", path = "/api/v1/import-files", tag = "imports",
    request_body = SmallFile,
    responses((status = 201, body = ImportFileView), (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn receive(State(app): State<Shared>, request: Request) -> Result<Versioned<ImportFileView>, Failure> {
    let file = if media_type(request.headers()) == OCTETS {
        receive_octets(&app, request).await?
    } else {
        receive_lines(&app, request).await?
    };
    Ok(Versioned(StatusCode::CREATED, file.version, file))
}

async fn receive_lines(app: &App, request: Request) -> Result<ImportFileView, Failure> {
    let Write { asked, body } = Write::<SmallFile>::from_request(request, &()).await?;
    let name = name_of(&body.name).ok_or_else(|| unnamed(asked.language, &Place::from("name")))?;
    let text = body.lines.join("\n");
    if text.trim().is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let failure = Failure::new(asked.language, status, "invalid", &Message::FileEmpty);
        return Err(failure.at(&Place::from("lines")));
    }
    let mut incoming = Incoming::begin(app, &asked).await?;
    incoming.write(text.into_bytes()).await?;
    incoming.keep(app, &asked, name).await
}

/// Reads a file as it comes, piece by piece, into the place where it lies until it is imported.
async fn receive_octets(app: &App, request: Request) -> Result<ImportFileView, Failure> {
    let what = format!("{} {}", request.method(), request.uri().path());
    let (mut parts, body) = request.into_parts();
    let mut asked = RequestContext::from_request_parts(&mut parts, &()).await?;
    let language = asked.language;
    let key = key_of(&parts.headers, language)?;
    let at = Place::Header("Hefu-File-Name");
    let name = parts.headers.get("hefu-file-name").and_then(|name| percent_decode(name.as_bytes()));
    let name = name.and_then(|name| name_of(&name)).ok_or_else(|| unnamed(language, &at))?;
    let mut incoming = Incoming::begin(app, &asked).await?;
    let declared = parts.headers.get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > incoming.most) {
        return Err(incoming.too_large());
    }
    let mut body = body.into_data_stream();
    let mut piece = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        let next = next.map_err(|_| {
            Failure::new(language, StatusCode::REQUEST_TIMEOUT, "body_too_slow", &Message::BodyTooSlow)
        })?;
        let Some(bytes) = next else { break };
        let bytes = bytes.map_err(|_| {
            malformed(language, &Malformed { at: Place::Request, message: Message::BodyUnread })
        })?;
        piece.extend_from_slice(&bytes);
        if piece.len() >= PIECE {
            incoming.write(std::mem::take(&mut piece)).await?;
        }
    }
    incoming.write(piece).await?;
    if incoming.size == 0 {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Failure::new(language, status, "invalid", &Message::FileEmpty));
    }
    asked.ctx.idempotency = key.map(|key| IdempotencyKey {
        key,
        request: hefu_app::request_digest(&[what.as_bytes(), name.as_bytes(), &incoming.digest]),
    });
    incoming.keep(app, &asked, name).await
}

/// The name of a file as it is kept: without its folders.
fn name_of(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let is_good =
        !name.is_empty() && name.chars().count() <= LONGEST_FILE_NAME && !name.chars().any(char::is_control);
    is_good.then(|| name.to_owned())
}

fn unnamed(language: Language, at: &Place) -> Failure {
    let message = Message::FileNameForm { most: LONGEST_FILE_NAME };
    Failure::new(language, StatusCode::UNPROCESSABLE_ENTITY, "invalid", &message).at(at)
}

/// A file that is coming. Unless it is kept, nothing of it stays.
struct Incoming {
    desk: Arc<dyn FileDesk>,
    id: ImportFileId,
    most: u64,
    language: Language,
    file: Option<std::fs::File>,
    size: u64,
    digest: [u8; 32],
    is_kept: bool,
    _one_of_few: tokio::sync::SemaphorePermit<'static>,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.is_kept {
            self.desk.remove(self.id);
        }
    }
}

impl Incoming {
    async fn begin(app: &App, asked: &RequestContext) -> Result<Self, Failure> {
        let (id, most) = asked.ask(app, MaySendFile).await?;
        let desk = asked.answer(app.service::<ReceivedFiles>().desk())?;
        let language = asked.language;
        let one_of_few = UPLOADS.try_acquire().map_err(|_| {
            Failure::new(language, StatusCode::SERVICE_UNAVAILABLE, "overloaded", &Message::Overloaded)
        })?;
        let file = desk.create(id).map_err(|error| unwritable(language, &error))?;
        Ok(Self {
            desk,
            id,
            most,
            language,
            file: Some(file),
            size: 0,
            digest: [0; 32],
            is_kept: false,
            _one_of_few: one_of_few,
        })
    }

    fn too_large(&self) -> Failure {
        let message = Message::FileTooLarge { most_mib: (self.most >> 20) as i64 };
        Failure::new(self.language, StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message)
    }

    async fn write(&mut self, piece: Vec<u8>) -> Result<(), Failure> {
        self.size += piece.len() as u64;
        if self.size > self.most {
            return Err(self.too_large());
        }
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let before = self.digest;
        let written = tokio::task::spawn_blocking(move || {
            let digest = hefu_app::request_digest(&[&before, &piece]);
            file.write_all(&piece).map(|()| (file, digest))
        });
        let written = written.await.unwrap_or_else(|_| Err(std::io::Error::other("writing panicked")));
        let (file, digest) = written.map_err(|error| unwritable(self.language, &error))?;
        (self.file, self.digest) = (Some(file), digest);
        Ok(())
    }

    /// Records it. One that came before under the same key is answered, and this one dropped.
    async fn keep(
        mut self,
        app: &App,
        asked: &RequestContext,
        name: String,
    ) -> Result<ImportFileView, Failure> {
        if let Some(file) = self.file.take() {
            let synced = tokio::task::spawn_blocking(move || file.sync_all());
            let synced = synced.await.unwrap_or_else(|_| Err(std::io::Error::other("writing panicked")));
            synced.map_err(|error| unwritable(self.language, &error))?;
        }
        let receive = ReceiveFile { id: self.id, name, size: self.size as i64 };
        let file = asked.answer(app.execute(asked.ctx.clone(), receive).await)?;
        self.is_kept = file.id == self.id;
        Ok(file)
    }
}

fn unwritable(language: Language, error: &std::io::Error) -> Failure {
    tracing::error!(%error, "a file that was sent cannot be written");
    Failure::new(language, StatusCode::INSUFFICIENT_STORAGE, "storage_full", &Message::StorageFull)
}

/// What the first rows of a file would be understood as by the map that was kept for it, else by a guessed one.
#[utoipa::path(get, operation_id = "preview_import_file", path = "/api/v1/import-files/{id}/preview", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, body = ImportPreview), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn preview(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<ImportFileId>,
) -> Result<Json<ImportPreview>, Failure> {
    let previewed = asked.ask(&app, PreviewFile { id, chosen: None }).await?;
    Ok(Json(previewed.preview))
}

/// Say what the columns of a file mean. A map that can be read is kept, and what it makes of the first rows is answered.
#[utoipa::path(post, operation_id = "choose_import_map", path = "/api/v1/import-files/{id}/map", tag = "imports", params(("id" = String, Path)),
    request_body = ChosenMap,
    responses((status = 200, body = ImportPreview), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn choose_map(
    State(app): State<Shared>,
    At(id): At<ImportFileId>,
    write: Write<ChosenMap>,
) -> Result<Json<ImportPreview>, Failure> {
    let asked = write.asked;
    let previewed = asked.ask(&app, PreviewFile { id, chosen: Some(write.body) }).await?;
    let mut preview = previewed.preview;
    if let Some(map) = previewed.map {
        asked.answer(app.execute(asked.ctx.clone(), KeepMap { id, map }).await)?;
        preview.kept = true;
    }
    Ok(Json(preview))
}

/// Nothing is needed but the address.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartInput {}

/// Import a file: background work begins with it, and goes on after a restart.
#[utoipa::path(post, operation_id = "start_import_file", path = "/api/v1/import-files/{id}/start", tag = "imports", params(("id" = String, Path)),
    request_body = StartInput,
    responses((status = 200, body = ImportFileView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn start(
    State(app): State<Shared>,
    At(id): At<ImportFileId>,
    write: Write<StartInput>,
) -> Result<Versioned<ImportFileView>, Failure> {
    let asked = write.asked;
    let file = asked.answer(app.execute(asked.ctx.clone(), StartFile { id }).await)?;
    Ok(Versioned(StatusCode::OK, file.version, file))
}

/// Want no more of a file: what was imported of it stays, and the file is taken away.
#[utoipa::path(post, operation_id = "withdraw_import_file", path = "/api/v1/import-files/{id}/withdraw", tag = "imports", params(("id" = String, Path)),
    request_body = StartInput,
    responses((status = 200, body = ImportFileView), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn withdraw(
    State(app): State<Shared>,
    At(id): At<ImportFileId>,
    write: Write<StartInput>,
) -> Result<Versioned<ImportFileView>, Failure> {
    let asked = write.asked;
    let file = asked.answer(app.execute(asked.ctx.clone(), WithdrawFile { id }).await)?;
    Ok(Versioned(StatusCode::OK, file.version, file))
}

/// Which rows of the quarantine.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Rows {
    /// `next` of the previous page.
    cursor: Option<i64>,
    /// How many rows.
    limit: Option<i64>,
    /// Those that were mended or left out, too.
    all: Option<bool>,
}

/// Rows of a file that could not be imported, with their cells, personal data masked.
#[utoipa::path(get, operation_id = "list_import_file_quarantine", path = "/api/v1/import-files/{id}/quarantine", tag = "imports",
    params(("id" = String, Path), Rows),
    responses((status = 200, body = Page<QuarantineItem>), (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn quarantine(
    State(app): State<Shared>,
    asked: RequestContext,
    At(id): At<ImportFileId>,
    Filter(rows): Filter<Rows>,
) -> Result<Json<Page<QuarantineItem>>, Failure> {
    let limit = page_size(rows.limit);
    let all = rows.all.unwrap_or(false);
    let items =
        asked.ask(&app, ListQuarantineItems { id, after: rows.cursor.unwrap_or(0), limit, all }).await?;
    let full = i64::try_from(items.len()).is_ok_and(|count| count == limit);
    let next = items.last().filter(|_| full).map(|item| item.row.to_string());
    Ok(Json(Page { items, next }))
}

/// Mend a row that could not be imported: it is read again by the same map.
#[utoipa::path(post, operation_id = "mend_import_row", path = "/api/v1/import-files/{id}/quarantine/{row}/mend", tag = "imports",
    params(("id" = String, Path), ("row" = i64, Path)), request_body = MendedCells,
    responses((status = 200, body = MendedRow), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn mend(
    State(app): State<Shared>,
    At((id, row)): At<(ImportFileId, i64)>,
    write: Write<MendedCells>,
) -> Result<Json<MendedRow>, Failure> {
    let asked = write.asked;
    asked.answer(app.operate(&asked.ctx, MendRow { id, row, mended: write.body }).await).map(Json)
}

/// Why a row is left out.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveOutInput {
    /// The reason; stored sealed in the journal. If `Hefu-Reason` is given too, this one counts.
    #[serde(default)]
    reason: Option<String>,
}

/// Leave a row out that could not be imported.
#[utoipa::path(post, operation_id = "leave_out_import_row", path = "/api/v1/import-files/{id}/quarantine/{row}/leave-out", tag = "imports",
    params(("id" = String, Path), ("row" = i64, Path)), request_body = LeaveOutInput,
    responses((status = 200, body = MendedRow), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
async fn leave_out(
    State(app): State<Shared>,
    At((id, row)): At<(ImportFileId, i64)>,
    write: Write<LeaveOutInput>,
) -> Result<Json<MendedRow>, Failure> {
    let asked = write.asked;
    let ctx = asked.ctx.because(write.body.reason.as_deref()).into_owned();
    let decide = DecideRow { id, row, state: RowDecision::LeftOut, mended_by: None };
    asked.answer(app.execute(ctx, decide).await).map(Json)
}

/// Why rows are shown as they were received.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExportInput {
    /// The reason; stored sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    reason: Option<String>,
}

/// The rows of a file that could not be imported, as they were received: a CSV file to be mended and sent again.
#[utoipa::path(post, operation_id = "export_import_quarantine", path = "/api/v1/import-files/{id}/quarantine/export", tag = "imports",
    params(("id" = String, Path)), request_body = ExportInput,
    responses((status = 200, body = String, content_type = "text/csv"), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
async fn export(
    State(app): State<Shared>,
    At(id): At<ImportFileId>,
    write: Write<ExportInput>,
) -> Result<Response, Failure> {
    let asked = write.asked;
    let ctx = asked.ctx.because(write.body.reason.as_deref()).into_owned();
    let rows = asked.answer(app.operate(&ctx, ExportQuarantine { id }).await)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let name = HeaderValue::from_static("attachment; filename=\"quarantine.csv\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], rows).into_response())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_no_folders() {
        for (name, kept) in [
            ("bookings.csv", Some("bookings.csv")),
            ("C:\\files\\订单.xlsx", Some("订单.xlsx")),
            ("../../etc/passwd", Some("passwd")),
            ("", None),
            ("a/", None),
            ("a\nb", None),
        ] {
            assert_eq!(name_of(name).as_deref(), kept, "{name}");
        }
        assert_eq!(name_of(&"长".repeat(LONGEST_FILE_NAME + 1)), None);
    }

    proptest! {
        #[test]
        fn no_name_is_a_path(name in any::<String>()) {
            if let Some(kept) = name_of(&name) {
                prop_assert!(!kept.contains(['/', '\\']) && !kept.is_empty());
            }
        }
    }
}
