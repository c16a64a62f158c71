//! `/v1/x/…`: what the hosted API has no routes for. What a dream left open is reviewed and decided; a store goes back to
//! an earlier revision; an agent takes what fits its task.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dreaming_wasmtime::{By, Rewording, Selection};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{App, actor, dreams, stores};
use crate::db::dreams::Dream;
use crate::db::engine::{Basis, Loaded, Refused};
use crate::dream::keep::{self, Denied, From, Pack, Verdict};
use crate::ids;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Characters of a note, at most. Chosen by us: a few sentences.
const MAX_NOTE: usize = 2_000;

/// Tokens of a pack when the caller names no number. Chosen by us, as for the command.
pub const BUDGET: u32 = 2_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    digest: String,
    accept: Option<Accept>,
    reject: Option<Vec<String>>,
    #[serde(default)]
    edits: Vec<Edit>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "must be `auto`, `all`, or a list of ids of changes")]
enum Accept {
    Word(Word),
    Only(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Auto,
    All,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    change: String,
    text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reverted {
    revision: String,
    #[serde(default)]
    note: String,
}

/// The plan of a dream over its store as it is now.
pub async fn review(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let turn = app.runner.turn().await;
    let Waiting { loaded, plan, from, .. } = waiting(&app, &caller, &id).await?;
    let open = move |engine: &_| keep::open(engine, &loaded, &plan, &from);
    let open = app.runner.with_engine(turn, open).await.map_err(denied)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], open.plan).into_response())
}

/// Decides about the plan of a dream.
pub async fn decide(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(decided): Body<Decided>,
) -> Result<Json<Value>, ApiError> {
    let turn = app.runner.turn().await;
    let Waiting { dream, store, loaded, plan, from } = waiting(&app, &caller, &id).await?;
    if !is_digest(&decided.digest) {
        let why = "must be the `digest` of the plan that `review` shows: 64 letters and digits";
        return Err(ApiError::of("digest", why));
    }
    let accept = match decided.accept {
        Some(Accept::Word(Word::Auto)) => Selection::Auto,
        Some(Accept::Word(Word::All)) => Selection::All,
        Some(Accept::Only(changes)) => Selection::Only(changes),
        // Who only rejects accepts nothing.
        None if decided.reject.is_some() => Selection::Only(Vec::new()),
        None => {
            let why =
                "must be `auto`, `all`, or ids of changes; it may be left out beside `reject`";
            return Err(ApiError::of("accept", why));
        }
    };
    let edit = |edit: Edit| Rewording { change: edit.change, text: edit.text };
    let verdict = Verdict {
        state: decided.digest,
        accept,
        reject: decided.reject.unwrap_or_default(),
        edits: decided.edits.into_iter().map(edit).collect(),
        by: by(&caller, decided.note)?,
    };
    let seen = loaded.texts();
    let decide = move |engine: &_| keep::decide(engine, &loaded, (&plan, &from), verdict);
    let keep::Decided { revisions, undecided } =
        app.runner.with_engine(turn, decide).await.map_err(denied)?;
    let (by, basis) = (actor(&caller), Basis::Plan(&dream.id, undecided));
    let made = (&*revisions, basis);
    let stored = app.database.commit_revisions(&caller.workspace, &store, seen, made, &by).await?;
    stored.map_err(refused)?;
    let revision = revisions.last().map(|revision| &revision.revision);
    Ok(Json(json!({
        "type": "x_decision", "dream_id": dream.id, "memory_store_id": store, "revision": revision,
        "undecided": undecided,
    })))
}

/// Whether a text is a digest as the engine writes it.
fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The revisions of a store, the newest first.
pub async fn revisions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    stores::known(&app, &caller, &id).await?;
    let before = page::number(&query)?.unwrap_or(i64::MAX);
    let limit = query.limit(false)?;
    let found = app.database.revisions(&id, before, crate::db::stores::more(limit)).await?;
    let shown = |revision: &crate::db::engine::Revision| {
        let record: Value = serde_json::from_slice(&revision.record).unwrap_or_default();
        json!({ "type": "x_revision", "id": revision.id, "number": revision.number, "record": record })
    };
    Ok(Json(page::cut(found, limit, |revision| revision.number.to_string(), shown)))
}

/// Goes back to an earlier revision of a store, byte for byte, as a new revision.
pub async fn revert(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(reverted): Body<Reverted>,
) -> Result<Json<Value>, ApiError> {
    let store = stores::known(&app, &caller, &id).await?;
    let by = by(&caller, reverted.note)?;
    let turn = app.runner.turn().await;
    let then = app.database.loaded_at(&store.id, &reverted.revision).await?;
    let then = then.map_err(|why| ApiError::of("revision", why))?;
    let loaded = loaded(&app, &caller, &store.id).await?;
    let seen = loaded.texts();
    let revert = move |engine: &_| keep::revert(engine, &loaded, &then, &by);
    let revisions = app.runner.with_engine(turn, revert).await.map_err(denied)?;
    let (by, basis) = (actor(&caller), Basis::Revision(&reverted.revision));
    let (workspace, made) = (&caller.workspace, (&*revisions, basis));
    let stored = app.database.commit_revisions(workspace, &store.id, seen, made, &by).await?;
    stored.map_err(refused)?;
    let revision = revisions.last().map(|revision| &revision.revision);
    Ok(Json(json!({ "type": "x_revert", "memory_store_id": store.id, "revision": revision })))
}

/// What an agent should load.
pub async fn pack(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let budget = query.get("budget").map_or(Ok(BUDGET), str::parse);
    let packing = Packing {
        query: query.get("query").unwrap_or_default().to_owned(),
        budget: budget.map_err(|_| ApiError::of("budget", "must be a number of tokens"))?,
        principal: query.get("principal").map(str::to_owned),
    };
    let Pack { packed, others } = packed(&app, &caller, &id, packing).await?;
    let entry = |entry: &dreaming_wasmtime::Packed| {
        json!({
            "entry": entry.entry, "path": format!("/{}", entry.path), "line": entry.line,
            "headings": entry.headings, "text": entry.text, "score": entry.score,
        })
    };
    let data: Vec<Value> = packed.iter().map(entry).collect();
    Ok(Json(json!({
        "type": "x_pack", "memory_store_id": id, "data": data, "of_other_people": others,
    })))
}

/// What an agent wants to load.
#[derive(Debug)]
pub struct Packing {
    /// What it is about to do; may be empty.
    pub query: String,
    /// Most tokens.
    pub budget: u32,
    /// For whom it works, if that is known.
    pub principal: Option<String>,
}

/// The statements that fit, best first.
pub async fn packed(
    app: &App,
    caller: &Caller,
    store: &str,
    packing: Packing,
) -> Result<Pack, ApiError> {
    let store = stores::known(app, caller, store).await?;
    let turn = app.runner.turn().await;
    let loaded = loaded(app, caller, &store.id).await?;
    let pack = move |engine: &_| {
        let Packing { query, budget, principal } = packing;
        keep::pack(engine, &loaded, &query, budget, principal.as_deref())
    };
    app.runner.with_engine(turn, pack).await.map_err(denied)
}

/// A dream that left something to decide.
struct Waiting {
    dream: Dream,
    store: String,
    loaded: Loaded,
    plan: Vec<u8>,
    from: From,
}

async fn waiting(app: &App, caller: &Caller, id: &str) -> Result<Waiting, ApiError> {
    let dream = dreams::known(app, caller, id).await?;
    let documents = app.database.documents(&caller.workspace, id).await?;
    let plan = dreams::kept(documents.and_then(|(plan, _)| plan), id)?;
    let store = dream.output.clone().unwrap_or_default();
    let loaded = loaded(app, caller, &store).await?;
    let from = match app.database.proposal(id).await? {
        Some(proposal) => From::Proposal(proposal),
        None => From::Sessions(dream.asked.terms.instructions.clone().unwrap_or_default()),
    };
    Ok(Waiting { dream, store, loaded, plan, from })
}

/// A store as the engine takes it.
pub async fn loaded(app: &App, caller: &Caller, store: &str) -> Result<Loaded, ApiError> {
    let loaded = app.database.loaded(&caller.workspace, store).await?;
    loaded.ok_or_else(|| ApiError::NotFound("memory store", store.into()))
}

/// The caller as the one who decides, with a note.
pub fn by(caller: &Caller, note: String) -> Result<By, ApiError> {
    if note.chars().count() > MAX_NOTE {
        return Err(ApiError::of("note", "must have at most 2,000 characters"));
    }
    Ok(By { reviewer: caller.key.clone(), note, now: ids::now() / 1_000 })
}

/// What a client is told of work with the engine that was not done.
pub fn denied(denied: Denied) -> ApiError {
    match denied {
        Denied::Wrong(why) => ApiError::of("body", why),
        Denied::Moved => ApiError::Moved("the memory store".into()),
        Denied::Failed(why) => ApiError::Engine(why),
    }
}

/// What a client is told of a revision that was not stored.
pub fn refused(refused: Refused) -> ApiError {
    match refused {
        Refused::Moved(what) => ApiError::Moved(what),
        Refused::Taken(path) => ApiError::of(
            "body",
            format!("the memory `{path}` is in the way of one that would be written"),
        ),
    }
}
