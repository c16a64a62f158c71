//! Bodies of requests.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::error::ApiError;
use crate::api::{App, Options};

/// Bytes of a body, at most. Chosen by us: the largest content of a memory, 102,400 bytes, takes six times as many when
/// each is written as an escape.
pub const MAX_BYTES: usize = 1 << 20;

/// Fields that are kept as bytes, and may hold what no other text may: U+0000, of which Postgres keeps no text.
const BYTES: [&str; 3] = ["content", "events", "initial_events"];

/// All bytes of a body, of which there are at most `most`.
///
/// # Errors
/// [`ApiError::TooLarge`], [`ApiError::Slow`], and [`ApiError::Broken`] when the client broke off.
pub async fn bytes(request: Request, most: usize, options: Options) -> Result<Bytes, ApiError> {
    let Ok(read) = timeout(options.body, to_bytes(request.into_body(), most)).await else {
        return Err(ApiError::Slow(options.body.as_secs()));
    };
    read.map_err(|why| {
        match std::error::Error::source(&why).is_some_and(|why| why.is::<LengthLimitError>()) {
            true => ApiError::TooLarge(most),
            false => ApiError::Broken,
        }
    })
}

/// A body that was read and checked: every field is known and has its type.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = bytes(request, MAX_BYTES, app.options).await?;
        let fields: Map<String, Value> = serde_json::from_slice(&bytes)
            .map_err(|why| ApiError::of("body", format!("must be an object in JSON: {why}")))?;
        let mut others = fields.iter().filter(|(name, _)| !BYTES.contains(&&***name));
        if let Some((name, _)) = others.find(|(_, value)| has_null(value)) {
            return Err(ApiError::of(name, "must have no U+0000"));
        }
        serde_path_to_error::deserialize(Value::Object(fields)).map(Self).map_err(|error| {
            let field = match error.path().to_string() {
                path if path == "." => "body".to_owned(),
                path => path,
            };
            ApiError::of(field, error.into_inner().to_string())
        })
    }
}

/// Whether a text in a value has U+0000.
fn has_null(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || has_null(value))
        }
        _ => false,
    }
}
