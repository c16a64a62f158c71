//! `/v1/x/webhooks`: addresses that are told when a dream ends.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::App;
use crate::db::webhooks::Webhook;
use crate::ids::written;
use crate::webhook;
use crate::wire::body::Body;
use crate::wire::caller::Caller;
use crate::wire::error::ApiError;
use crate::wire::page;
use crate::wire::path::Path;
use crate::wire::query::Query;

/// What happens that somebody may be told.
const EVENTS: [&str; 3] = ["dream.completed", "dream.failed", "dream.canceled"];

/// Characters of an address, at most. Chosen by us: longer than browsers take.
const MAX_URL: usize = 2_048;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    url: String,
    #[serde(default)]
    events: Vec<String>,
}

pub async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<Value>, ApiError> {
    let url = new.url.parse::<axum::http::Uri>().ok();
    let is_address = url.as_ref().is_some_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.host().is_some_and(|host| !host.is_empty())
            && !new.url.contains('@')
    });
    if !is_address || new.url.len() > MAX_URL {
        return Err(ApiError::of(
            "url",
            "must be an address that begins with `https://` or `http://`, without a name and password",
        ));
    }
    let host = url.as_ref().and_then(|url| url.host());
    if !app.options.private_webhooks && host.is_some_and(webhook::is_private) {
        return Err(ApiError::of(
            "url",
            "is private, and webhooks go to public addresses alone: name another one, or start the server with \
             --private-webhooks",
        ));
    }
    let mut events = new.events;
    events.sort();
    events.dedup();
    if let Some(other) = events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        return Err(ApiError::of(
            "events",
            format!("has `{other}`: there are `{}`", EVENTS.join("`, `")),
        ));
    }
    let secret = webhook::secret()?;
    let made = app.database.new_webhook(&caller.workspace, &new.url, &secret, events).await?;
    let mut told = shown(&made);
    told["secret"] = json!(secret);
    Ok(Json(told))
}

pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Query,
) -> Result<Json<Value>, ApiError> {
    let (after, limit) = (page::after(&query)?.unwrap_or_default(), query.limit(false)?);
    let found = app.database.webhooks(&caller.workspace, &after, limit).await?;
    Ok(Json(page::cut(found, limit, |webhook| webhook.id.clone(), shown)))
}

pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match app.database.delete_webhook(&caller.workspace, &id).await? {
        true => Ok(Json(json!({ "type": "x_webhook_deleted", "id": id }))),
        false => Err(ApiError::NotFound("webhook", id)),
    }
}

/// A webhook without its secret, which is shown once.
fn shown(webhook: &Webhook) -> Value {
    json!({
        "type": "x_webhook", "id": webhook.id, "url": webhook.url, "events": webhook.events,
        "created_at": written(webhook.created_at), "failing_since": webhook.failing_since.map(written),
        "reason": webhook.reason, "disabled_at": webhook.disabled_at.map(written),
    })
}
