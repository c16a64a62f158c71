//! `/v1/x/memory_stores/{store}/erase`: takes the words of a session or of an entry out of a store, for good.

use axum::Json;
use axum::extract::State;
use dreaming_wasmtime::Erasure;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::keep::{by, denied, loaded, refused};
use super::{App, actor, stores};
use crate::db::erase::{Erased, NotErased, Wanted};
use crate::dream::erase as engine;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::path::Path;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default, deserialize_with = "text")]
    session: Option<String>,
    #[serde(default, deserialize_with = "text")]
    entry: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    dry_run: bool,
}

/// A field that is a text when it is there.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    String::deserialize(from).map(Some)
}

pub async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(store): Path<String>,
    Body(asked): Body<Asked>,
) -> Result<Json<Value>, ApiError> {
    let store = stores::known(&app, &caller, &store).await?;
    let what = match (asked.session, asked.entry) {
        (Some(session), None) => Erasure::Session(session),
        (None, Some(entry)) => Erasure::Entry(entry),
        _ => return Err(ApiError::of("body", "must have `session` or `entry`, and not both")),
    };
    let by = by(&caller, asked.note)?;
    let turn = app.runner.turn().await;
    let loaded = loaded(&app, &caller, &store.id).await?;
    let (seen, head, wanted) = (loaded.texts(), loaded.head.clone(), what.clone());
    let make = move |engine: &_| engine::erase(engine, &loaded, &wanted, &by);
    let made = app.runner.with_engine(turn, make).await.map_err(denied)?;
    let wanted = Wanted {
        workspace: &caller.workspace,
        store: &store.id,
        what: &what,
        head,
        seen,
        observed: made.observed,
        revision: made.erased,
        is_dry: asked.dry_run,
    };
    let erased = app.database.erase(wanted, &actor(&caller)).await?;
    let mut erased = erased.map_err(|why| not_erased(why, &what))?;
    if caller.store.is_some() {
        // Other stores are for such a key as if they were not there.
        erased.left.stores.clear();
    }
    let swept = if asked.dry_run { None } else { app.database.sweep().await };
    let (session, entry) = match &what {
        Erasure::Session(id) => (Some(id), None),
        Erasure::Entry(id) => (None, Some(id)),
    };
    let Erased { revision, words, gone, written, closed, left } = &erased;
    let line = |(path, line): &(String, usize)| json!({ "path": path, "line": line });
    let revision_of = |(number, id): &(i64, String)| json!({ "number": number, "id": id });
    Ok(Json(json!({
        "type": "x_erasure", "memory_store_id": store.id, "dry_run": asked.dry_run, "session": session, "entry": entry,
        // A dry run made none.
        "revision": revision.as_ref().filter(|_| !asked.dry_run), "words": words,
        "gone": {
            "versions": gone.versions, "rows": gone.rows, "plans": gone.plans, "proposals": gone.proposals,
            "events": gone.events, "answers": gone.answers,
        },
        "written": written, "closed": closed.iter().map(revision_of).collect::<Vec<_>>(),
        "still_in": left.lines.iter().map(line).collect::<Vec<_>>(),
        "still_known": left.rows.iter().map(|row| json!({ "kind": row.kind, "id": row.id, "text": row.text })).collect::<Vec<_>>(),
        "notes": left.notes, "transcripts": left.sessions, "other_stores": left.stores,
        "batches": left.batches.iter().map(|at| json!({ "dream_id": at.dream, "model": at.model })).collect::<Vec<_>>(),
        "swept": swept, "to_do": to_do(&erased, session.is_some(), swept),
    })))
}

/// What a person may still have to do, in sentences.
fn to_do(erased: &Erased, is_session: bool, swept: Option<bool>) -> Vec<String> {
    let left = &erased.left;
    let mut told = Vec::new();
    for (path, line) in &left.lines {
        told.push(format!("{path}:{line} says so: change that memory, and erase again"));
    }
    for row in left.rows.iter().filter(|row| !is_session && row.kind != "distilled") {
        told.push(format!("{} `{}` says so too: erase it as well", row.kind, row.id));
    }
    for number in &left.notes {
        told.push(format!("the note of revision {number} says so, and cannot be erased"));
    }
    for dream in &left.instructions {
        told.push(format!("the instructions of the dream `{dream}` say so, and stay"));
    }
    for session in &left.sessions {
        told.push(format!(
            "the transcript is still here, and a dream that reads it again learns it again: delete the session too: \
             DELETE /v1/sessions/{session}"
        ));
    }
    if left.objects > 0 {
        told.push(
            "older files of the transcript are still being deleted outside of the database: the server tries until they \
             are gone, and `dreaming-server doctor` says when it cannot"
                .into(),
        );
    }
    for store in &left.stores {
        told.push(format!("the memory store `{store}` knows it too: erase it there as well"));
    }
    for batch in &left.batches {
        told.push(format!(
            "the batch of the dream `{}` may hold the words at the service of `{}`: delete it there",
            batch.dream, batch.model
        ));
    }
    if swept == Some(false) {
        told.push(
            "the words may still be in free pages of the database's file or in its log: the next erasure or start of \
             the server takes them out"
                .into(),
        );
    }
    told
}

fn not_erased(why: NotErased, what: &Erasure) -> ApiError {
    match why {
        NotErased::Refused(why) => refused(why),
        NotErased::Written(dream) => ApiError::Held(dream),
        NotErased::Read(dream) => ApiError::Read(dream),
        NotErased::Unknown => {
            let (kind, id) = match what {
                Erasure::Session(id) => ("session", id),
                Erasure::Entry(id) => ("entry", id),
            };
            ApiError::of(
                kind,
                format!(
                    "there is no {kind} `{id}` that this store knows, or knew and did not erase"
                ),
            )
        }
    }
}
