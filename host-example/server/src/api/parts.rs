//! `/v1/x/sessions/{session}/parts/{name}`: transcripts as an agent wrote them, in every format that the engine reads.

use axum::Json;
use axum::extract::{Request, State};
use serde_json::{Value, json};

use super::{App, sessions};
use crate::db::parts::Put;
use crate::dream::keep;
use crate::wire::body::bytes;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;

/// Bytes of a part, at most. Chosen by us, as for the worker: of a thousand real transcripts few are larger.
pub const MAX_BYTES: usize = 32 << 20;

/// Bytes by which a format is known; see `wit/transcripts.wit`.
const HEAD: usize = 64 << 10;

/// Characters of the name of a part, at most. Chosen by us: longer than the ids that agents give.
const MAX_NAME: usize = 128;

pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Path((id, name)): Path<(String, String)>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let session = sessions::known(&app, &caller, &id).await?;
    if !sessions::is_import(&session.metadata) {
        let why = "takes parts only with the metadata `x_import`: `true`";
        return Err(ApiError::of("session_id", why));
    }
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_letter) {
        let why =
            "must have from 1 to 128 letters, digits, `.`, `_` and `-`; the first file is `main`";
        return Err(ApiError::of("name", why));
    }
    let bytes = bytes(request, MAX_BYTES, app.options).await?;
    let head = bytes.slice(..bytes.len().min(HEAD));
    let format = app
        .runner
        .with_engine(app.runner.turn().await, move |engine| keep::format(engine, &head))
        .await;
    let format = format.map_err(super::keep::denied)?;
    match app.database.put_part(&caller.workspace, &id, &name, &bytes).await? {
        Put::Done => Ok(Json(json!({
            "type": "x_part", "session_id": id, "name": name, "size_bytes": bytes.len(), "format": format,
        }))),
        Put::Missing => {
            Err(ApiError::of("session_id", format!("`{id}` is archived: it takes no part")))
        }
        Put::Events => {
            Err(ApiError::of("session_id", format!("`{id}` has events: it takes no part")))
        }
        Put::Read(dream) => Err(ApiError::Read(dream)),
    }
}
