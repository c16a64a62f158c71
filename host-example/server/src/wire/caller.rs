//! Who asks and whether they may, and the id of the request.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use governor::clock::{Clock as _, DefaultClock};
use tracing::Instrument as _;

use super::error::{ApiError, Told};
use crate::api::App;
use crate::db::keys::Right;
use crate::ids::{self, Of};
use crate::watch;

/// This lets a client use dreams. Source of this and the next: `dreams-api.md`, section 1.
const DREAMS: &str = "dreaming-2026-04-21";

/// Either of these lets a client use memory stores, and never both.
const BETAS: [&str; 2] = ["agent-memory-2026-07-22", "managed-agents-2026-04-01"];

/// Whose request it is.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The workspace of the key.
    pub workspace: String,
    /// The id of the key.
    pub key: String,
    /// What whoever made the key calls it; may be empty.
    pub name: String,
    /// What the key may do.
    pub may: Right,
    /// The only store that the key opens, if it is for one.
    pub store: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Unauthorized)
    }
}

/// Finds out who asks, hands the request on, and puts the request's id into the answer and into the log.
pub async fn known(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = ids::new(Of::Request, ids::now()).unwrap_or_else(|_| "req_".into());
    // None of them holds a word of the client.
    let (method, route) = (watch::method(&request), watch::route(&request));
    let trace = trace(request.headers()).map(str::to_owned);
    let mut key = None;
    // Whatever goes wrong meanwhile is told with these.
    let span = tracing::error_span!("request", id, method, route);
    let answer = async {
        match allowed(&app, request.method(), request.uri().path(), request.headers()).await {
            Ok(caller) => {
                key = Some(caller.key.clone());
                request.extensions_mut().insert(caller);
                next.run(request).await
            }
            Err(error) => error.into_response(),
        }
    };
    let response = answer.instrument(span).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed().as_millis() as u64);
    tracing::info!(id, method, route, status, took, key, trace, "request");
    with_id(response, &id)
}

async fn allowed(
    app: &App,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
) -> Result<Caller, ApiError> {
    let key = key(headers).ok_or(ApiError::Unauthorized)?;
    let caller = app.database.caller(key).await?.ok_or(ApiError::Unauthorized)?;
    // What the hosted API does not have needs no beta of it.
    if app.options.strict_betas && !path.starts_with("/v1/x/") {
        betas(path, headers)?;
    }
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let right = needed(method, &parts);
    if let Some(store) = &caller.store {
        within(store, &parts, right)?;
    }
    if caller.may < right {
        return Err(ApiError::Forbidden(format!(
            "may `{}`, not `{}`",
            caller.may.name(),
            right.name()
        )));
    }
    if let Some(limit) = &app.limit
        && let Err(not_until) = limit.check_key(&caller.key)
    {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        return Err(ApiError::TooOften(wait.as_secs() + 1));
    }
    Ok(caller)
}

/// Refuses a path that leads out of the only store of a key. Other stores are for it as if they were not there.
fn within(store: &str, parts: &[&str], right: Right) -> Result<(), ApiError> {
    match parts {
        // Its dreams would read sessions, which such a key does not open.
        ["v1", "x", "memory_stores", _, "schedule"] if right > Right::Read => {
            Err(ApiError::Forbidden(format!(
                "opens the memory store `{store}` alone, and does not dream"
            )))
        }
        ["v1", "memory_stores", id, ..] | ["v1", "x", "memory_stores", id, ..] if *id == store => {
            Ok(())
        }
        // It may ask what it opens.
        ["v1", "x", "key"] => Ok(()),
        // That makes another one.
        ["v1", "x", "memory_stores", "import"] => {
            Err(ApiError::Forbidden(format!("opens the memory store `{store}` alone")))
        }
        ["v1", "memory_stores", id, ..] | ["v1", "x", "memory_stores", id, ..] => {
            Err(ApiError::NotFound("memory store", (*id).into()))
        }
        _ => Err(ApiError::Forbidden(format!("opens the memory store `{store}` alone"))),
    }
}

/// What a key must be for, for a request to be done.
fn needed(method: &Method, parts: &[&str]) -> Right {
    match parts {
        // It has the salt, with which words that were erased could be guessed by their digests.
        ["v1", "x", "memory_stores", _, "export"] => Right::Decide,
        _ if matches!(*method, Method::GET | Method::HEAD) => Right::Read,
        // Its tools read, but for one that asks for more itself.
        ["v1", "x", "memory_stores", _, "mcp"] => Right::Read,
        // It writes nothing.
        ["v1", "x", "dreams", _, "replay"] => Right::Read,
        // There is no way back from either.
        ["v1", "memory_stores", _] if *method == Method::DELETE => Right::Decide,
        ["v1", "memory_stores", _, "archive"] => Right::Decide,
        ["v1", "x", "dreams", _, "review"]
        | ["v1", "x", "memory_stores", _, "revert" | "erase"]
        | ["v1", "x", "webhooks", ..]
        | ["v1", "memory_stores", _, "memory_versions", _, "redact"] => Right::Decide,
        _ => Right::Write,
    }
}

/// The id of the trace that a request is part of, by the header `traceparent` of W3C Trace Context (version 00).
fn trace(headers: &HeaderMap) -> Option<&str> {
    let parent = headers.get("traceparent")?.to_str().ok()?;
    let (trace, _) = parent.strip_prefix("00-")?.split_once('-')?;
    let is_id = trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some(trace)
}

/// The key, in either of the two headers that the SDKs use.
fn key(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer =
        text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    bearer.or_else(|| text("x-api-key"))
}

fn betas(path: &str, headers: &HeaderMap) -> Result<(), ApiError> {
    const NAME: &str = "anthropic-beta";
    let sent = headers.get_all(NAME).iter().filter_map(|value| value.to_str().ok());
    let sent: Vec<&str> = sent.flat_map(|value| value.split(',')).map(str::trim).collect();
    if path.starts_with("/v1/dreams") {
        let is_there = sent.contains(&DREAMS);
        let missing = || ApiError::of(NAME, format!("must have `{DREAMS}`"));
        return is_there.then_some(()).ok_or_else(missing);
    }
    match BETAS.iter().filter(|beta| sent.contains(beta)).count() {
        1 => Ok(()),
        0 => Err(ApiError::of(NAME, format!("must have `{}`", BETAS.join("` or `")))),
        _ => Err(ApiError::of(
            NAME,
            format!("must have one of `{}`, not both", BETAS.join("` and `")),
        )),
    }
}

fn with_id(mut response: Response, id: &str) -> Response {
    if let Some(told) = response.extensions_mut().remove::<Told>() {
        *response.body_mut() = Body::from(told.body(id).to_string());
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        response.headers_mut().insert("request-id", id);
    }
    response
}
