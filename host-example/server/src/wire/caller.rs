//! Who asks, and the id of the request.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::{ApiError, Told};
use crate::api::App;
use crate::ids::{self, Of};

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
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or(ApiError::Unauthorized)
    }
}

/// Finds out who asks, hands the request on, and puts the request's id into the answer.
pub async fn known(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = ids::new(Of::Request, ids::now()).unwrap_or_else(|_| "req_".into());
    let response = match allowed(&app, request.uri().path(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => error.into_response(),
    };
    with_id(response, &id)
}

async fn allowed(app: &App, path: &str, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let key = key(headers).ok_or(ApiError::Unauthorized)?;
    let caller = app.database.caller(key).await?.ok_or(ApiError::Unauthorized)?;
    // What the hosted API does not have needs no beta of it.
    if app.options.strict_betas && !path.starts_with("/v1/x/") {
        betas(path, headers)?;
    }
    Ok(caller)
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
