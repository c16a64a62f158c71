//! `/v1/agents` and `/v1/environments`: scripts make both before they make a session. They are kept and shown as they
//! were described; no agent runs here.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::{App, stores};
use crate::db::definitions::{Definition, Kind};
use crate::db::stores::Listed;
use crate::ids::{self, written};
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// Characters of a name, at most. Chosen by us, as for memory stores.
const MAX_NAME: usize = 255;

/// What a field holds.
#[derive(Clone, Copy, Debug)]
enum Holds {
    /// A text that must be there.
    Name,
    /// The id of a model, or an object with one.
    Model,
    /// A text or nothing.
    Text,
    /// Pairs of texts.
    Metadata,
    /// A list.
    List,
    /// An object or nothing.
    Object,
    /// Who runs an agent.
    Identity,
    /// How an environment is set up.
    Config,
}

/// The fields of a kind. Source: the types of the official SDKs.
fn fields(kind: Kind) -> &'static [(&'static str, Holds)] {
    match kind {
        Kind::Agent => &[
            ("name", Holds::Name),
            ("model", Holds::Model),
            ("description", Holds::Text),
            ("system", Holds::Text),
            ("metadata", Holds::Metadata),
            ("tools", Holds::List),
            ("mcp_servers", Holds::List),
            ("skills", Holds::List),
            ("multiagent", Holds::Object),
            ("execution_identity", Holds::Identity),
        ],
        Kind::Environment => &[
            ("name", Holds::Name),
            ("description", Holds::Text),
            ("metadata", Holds::Metadata),
            ("scope", Holds::Text),
            ("config", Holds::Config),
        ],
    }
}

impl Holds {
    /// The value of a field that nobody gives, or that somebody clears; `None` if it must be given.
    fn default(self) -> Option<Value> {
        Some(match self {
            Self::Name | Self::Model => return None,
            Self::Text | Self::Object => Value::Null,
            Self::Metadata => json!({}),
            Self::List => json!([]),
            Self::Identity => json!({ "type": "service_account" }),
            Self::Config => json!({
                "type": "cloud", "networking": { "type": "unrestricted" },
                "packages": { "apt": [], "cargo": [], "gem": [], "go": [], "npm": [], "pip": [] },
            }),
        })
    }

    /// A value as it is kept.
    fn kept(self, name: &str, value: Value) -> Result<Value, ApiError> {
        let wrong = |must: &str| Err(ApiError::of(name, must));
        match (self, &value) {
            (_, Value::Null) => {
                self.default().ok_or_else(|| ApiError::of(name, "must not be null"))
            }
            (Self::Name, Value::String(text)) => {
                match (1..=MAX_NAME).contains(&text.chars().count()) {
                    true => Ok(value),
                    false => wrong("must have from 1 to 255 characters"),
                }
            }
            (Self::Model, Value::String(id)) if !id.is_empty() => Ok(json!({ "id": id })),
            (Self::Model, Value::Object(model))
                if model.get("id").is_some_and(Value::is_string) =>
            {
                Ok(value)
            }
            (Self::Model, _) => wrong("must be the id of a model, or an object with an `id`"),
            (Self::Text, Value::String(_)) | (Self::List, Value::Array(_)) => Ok(value),
            (Self::Object | Self::Identity | Self::Config, Value::Object(_)) => Ok(value),
            (Self::Metadata, Value::Object(_)) => {
                let pairs: BTreeMap<String, String> = serde_json::from_value(value)
                    .map_err(|_| ApiError::of(name, "must have texts as values"))?;
                stores::check_metadata(&pairs)?;
                Ok(json!(pairs))
            }
            (Self::Name | Self::Text, _) => wrong("must be a text"),
            (Self::List, _) => wrong("must be a list"),
            _ => wrong("must be an object"),
        }
    }
}

/// The routes of a kind.
pub fn routes(kind: Kind) -> Router<App> {
    let all = format!("/v1/{}s", kind.name());
    let one = format!("{all}/{{id}}");
    let mut one_routes = get(async move |app: State<App>, caller: Caller, id: Path<String>| {
        retrieve(kind, app, caller, id).await
    })
    .post(async move |app: State<App>, caller: Caller, id: Path<String>, body: Body<_>| {
        update(kind, app, caller, id, body).await
    });
    if kind == Kind::Environment {
        one_routes =
            one_routes.delete(async move |app: State<App>, caller: Caller, id: Path<String>| {
                delete(kind, app, caller, id).await
            });
    }
    let all_routes = get(async move |app: State<App>, caller: Caller, query: Query| {
        list(kind, app, caller, query).await
    })
    .post(async move |app: State<App>, caller: Caller, body: Body<_>| {
        create(kind, app, caller, body).await
    });
    let archive = post(async move |app: State<App>, caller: Caller, id: Path<String>| {
        archive(kind, app, caller, id).await
    });
    Router::new()
        .route(&all, all_routes)
        .route(&one, one_routes)
        .route(&format!("{one}/archive"), archive)
}

async fn create(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Body(mut new): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let mut body = Map::new();
    for (name, holds) in fields(kind) {
        let value = match new.remove(*name) {
            Some(value) => holds.kept(name, value)?,
            None => holds.default().ok_or_else(|| ApiError::of(*name, "must be given"))?,
        };
        body.insert((*name).into(), value);
    }
    refuse_others(&new)?;
    let definition = app.database.new_definition(&caller.workspace, kind, body).await?;
    Ok(Json(shown(&definition)))
}

async fn retrieve(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let found = app.database.definition(&caller.workspace, kind, &id).await?;
    found.map(|definition| Json(shown(&definition))).ok_or_else(|| missing(kind, &id))
}

async fn update(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(mut update): Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiError> {
    let change = |definition: &mut Definition| -> Result<bool, ApiError> {
        if definition.archived_at.is_some() {
            return Err(ApiError::of(
                "id",
                format!("`{}` is archived: it takes no change", definition.id),
            ));
        }
        let version = if kind == Kind::Agent { update.remove("version") } else { None };
        if version.is_some_and(|version| version != definition.version) {
            return Err(ApiError::Moved(format!("the agent `{}`", definition.id)));
        }
        let before = definition.body.clone();
        for (name, holds) in fields(kind) {
            let Some(value) = update.remove(*name) else { continue };
            let value = match (holds, value) {
                (Holds::Metadata, Value::Object(pairs)) => merged(&before[*name], pairs),
                (_, value) => value,
            };
            definition.body.insert((*name).into(), holds.kept(name, value)?);
        }
        refuse_others(&update)?;
        let is_changed = definition.body != before;
        definition.version += i64::from(is_changed);
        Ok(is_changed)
    };
    let changed = app.database.change_definition(&caller.workspace, kind, &id, change).await?;
    changed.map(|definition| Json(shown(&definition))).ok_or_else(|| missing(kind, &id))
}

async fn archive(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let change = |definition: &mut Definition| -> Result<bool, ApiError> {
        let is_new = definition.archived_at.is_none();
        definition.archived_at = definition.archived_at.or_else(|| Some(ids::now()));
        Ok(is_new)
    };
    let changed = app.database.change_definition(&caller.workspace, kind, &id, change).await?;
    changed.map(|definition| Json(shown(&definition))).ok_or_else(|| missing(kind, &id))
}

async fn delete(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.delete_definition(&caller.workspace, kind, &id).await? {
        true => Ok(Json(json!({ "id": id, "type": format!("{}_deleted", kind.name()) }))),
        false => Err(missing(kind, &id)),
    }
}

async fn list(
    kind: Kind,
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let listed = Listed {
        workspace: caller.workspace,
        between: query.between("created_at")?,
        archived: query.is("include_archived")?,
        after: page::after(&query)?,
        limit: query.limit(false)?,
    };
    let found = app.database.definitions(kind, &listed).await?;
    Ok(Json(page::cut(found, listed.limit, |definition| definition.id.clone(), shown)))
}

/// Metadata after a change: a key with a text is set, one with null or no character goes.
fn merged(before: &Value, change: Map<String, Value>) -> Value {
    let mut pairs = before.as_object().cloned().unwrap_or_default();
    for (key, value) in change {
        match value {
            Value::Null => pairs.remove(&key),
            Value::String(text) if text.is_empty() => pairs.remove(&key),
            value => pairs.insert(key, value),
        };
    }
    Value::Object(pairs)
}

fn refuse_others(left: &Map<String, Value>) -> Result<(), ApiError> {
    match left.keys().next() {
        Some(name) => Err(ApiError::of(name, "is no field of it")),
        None => Ok(()),
    }
}

fn shown(definition: &Definition) -> Value {
    let mut shown = definition.body.clone();
    shown.insert("id".into(), json!(definition.id));
    shown.insert("type".into(), json!(definition.kind.name()));
    if definition.kind == Kind::Agent {
        shown.insert("version".into(), json!(definition.version));
    }
    shown.insert("created_at".into(), json!(written(definition.created_at)));
    shown.insert("updated_at".into(), json!(written(definition.updated_at)));
    shown.insert("archived_at".into(), json!(definition.archived_at.map(written)));
    Value::Object(shown)
}

/// An agent as a session of it shows it.
pub fn of_session(agent: &Definition) -> Value {
    let mut shown = shown(agent);
    if let Value::Object(fields) = &mut shown {
        for name in ["metadata", "created_at", "updated_at", "archived_at"] {
            fields.remove(name);
        }
    }
    shown
}

fn missing(kind: Kind, id: &str) -> ApiError {
    ApiError::NotFound(kind.name(), id.into())
}
