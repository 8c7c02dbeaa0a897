//! The ledger for outsiders: tiles and the checkpoint as C2SP's `tlog-tiles` serves them under `/log`, and inclusion
//! proofs for those who do not read tiles. Nothing here is personal.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderName, header},
    response::IntoResponse,
    routing::get,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use hefu_app::{
    AppError,
    ledger::{
        Inclusion, LedgerKeyView, LedgerStatus, ProveInclusion, ShowCheckpoint, ShowLedgerKeys,
        ShowLedgerStatus, ShowTile,
    },
};
use hefu_domain::message::Missing;
use hefu_ledger::{TILE_WIDTH, TilePath};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Shared,
    problem::{Failure, Problem},
    request::{At, RequestContext},
    route::{Routes, routes},
};

/// The group's routes.
pub fn routes<R: Routes>() -> R {
    R::new().routes(routes!(proof)).routes(routes!(key)).routes(routes!(status))
}

/// The routes that `tlog-tiles` prescribes, and the keys; they answer bytes and text, so they are not in the API's description.
pub fn tiles() -> Router<Shared> {
    Router::new()
        .route("/log/checkpoint", get(checkpoint))
        .route("/log/keys", get(keys))
        .route("/log/tile/{*path}", get(tile))
}

/// The proof that an entry of the journal is in the ledger.
#[derive(Debug, Serialize, ToSchema)]
struct Proof {
    /// Place in the ledger.
    index: i64,
    /// The entry as the ledger binds it: the bytes of this text.
    leaf: String,
    /// SHA-256 over a zero byte and the leaf, base64.
    leaf_hash: String,
    /// The hashes beside the way to the root, the lowest first, base64 (RFC 6962, section 2.1.1).
    proof: Vec<String>,
    /// How many entries the checkpoint covers.
    size: i64,
    /// The signed checkpoint whose root the proof leads to (c2sp.org/tlog-checkpoint).
    checkpoint: String,
}

impl From<Inclusion> for Proof {
    fn from(found: Inclusion) -> Self {
        Self {
            index: found.index,
            leaf: String::from_utf8_lossy(&found.leaf).into_owned(),
            leaf_hash: BASE64_STANDARD.encode(found.leaf_hash),
            proof: found.proof.iter().map(|hash| BASE64_STANDARD.encode(hash)).collect(),
            size: found.size,
            checkpoint: found.checkpoint,
        }
    }
}

/// What checkpoints are verified with.
#[derive(Debug, Serialize, ToSchema)]
struct Key {
    /// The key that signs now: name, id and Ed25519 key in the form of signed notes (c2sp.org/signed-note). Keep it where the hotel cannot
    /// change it.
    key: String,
    /// Every key there was, the oldest first.
    keys: Vec<LedgerKeyView>,
}

/// The proof that the entry at a log index is in the ledger. An entry is covered by a checkpoint within a second.
#[utoipa::path(get, operation_id = "show_inclusion_proof", path = "/api/v1/journal/{index}/proof", tag = "journal",
    params(("index" = i64, Path, description = "Position in the ledger, from 0")),
    responses((status = 200, body = Proof),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
async fn proof(
    State(app): State<Shared>,
    asked: RequestContext,
    At(index): At<i64>,
) -> Result<Json<Proof>, Failure> {
    asked.ask(&app, ProveInclusion { index }).await.map(|found| Json(found.into()))
}

/// The key that the ledger's checkpoints are signed with, and those they were signed with before.
#[utoipa::path(get, operation_id = "show_ledger_key", path = "/api/v1/journal/key", tag = "journal", responses((status = 200, body = Key)))]
async fn key(State(app): State<Shared>, asked: RequestContext) -> Result<Json<Key>, Failure> {
    let keys = asked.ask(&app, ShowLedgerKeys).await?;
    let signing = keys.iter().rev().find(|key| key.from.is_some()).map(|key| key.key.clone());
    Ok(Json(Key { key: signing.unwrap_or_default(), keys }))
}

/// Whether the ledger is signed, and how far its witnesses have cosigned it.
#[utoipa::path(get, operation_id = "show_ledger_status", path = "/api/v1/journal/witnesses", tag = "journal",
    responses((status = 200, body = LedgerStatus)))]
async fn status(State(app): State<Shared>, asked: RequestContext) -> Result<Json<LedgerStatus>, Failure> {
    asked.ask(&app, ShowLedgerStatus).await.map(Json)
}

/// One key a line: how many entries its first checkpoint has, how many its last (`-`: it signs now), and the key.
async fn keys(State(app): State<Shared>, asked: RequestContext) -> Result<impl IntoResponse, Failure> {
    let size = |size: Option<u64>| size.map_or("-".to_owned(), |size| size.to_string());
    let line = |view: LedgerKeyView| format!("{} {} {}\n", size(view.from), size(view.until), view.key);
    let lines: String = asked.ask(&app, ShowLedgerKeys).await?.into_iter().map(line).collect();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines))
}

async fn checkpoint(State(app): State<Shared>, asked: RequestContext) -> Result<impl IntoResponse, Failure> {
    let latest = asked.ask(&app, ShowCheckpoint).await?;
    let note = asked.answer(latest.ok_or_else(|| AppError::not_found(Missing::Checkpoint, "latest")))?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note))
}

async fn tile(
    State(app): State<Shared>,
    asked: RequestContext,
    Path(path): Path<String>,
) -> Result<impl IntoResponse, Failure> {
    let none = |_| AppError::not_found(Missing::Tile, &path);
    let path = asked.answer(TilePath::parse(&path).map_err(none))?;
    let bytes = asked.ask(&app, ShowTile { path }).await?;
    let (TilePath::Hashes(_, width) | TilePath::Entries(_, width)) = path;
    // A full tile never changes; a partial one is replaced by a wider one.
    let kept = if width == TILE_WIDTH { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers: [(HeaderName, &str); 2] =
        [(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, kept)];
    Ok((headers, bytes))
}
