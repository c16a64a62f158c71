//! Bodies of requests.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::error::ApiError;

/// Bytes of a body, at most. Chosen by us: the largest content of a memory, 102,400 bytes, takes six times as many when
/// each is written as an escape.
pub const MAX_BYTES: usize = 1 << 20;

/// Fields that the hosted API does not have begin so. Those that no route knows are left unread.
const OURS: &str = "x_";

/// Those that some body has.
const KNOWN: [&str; 1] = ["x_policy"];

/// A body that was read and checked: every field is known and has its type.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, state);
        let bytes = bytes.await.map_err(|_| ApiError::TooLarge(MAX_BYTES))?;
        let mut fields: Map<String, Value> = serde_json::from_slice(&bytes)
            .map_err(|why| ApiError::of("body", format!("must be an object in JSON: {why}")))?;
        fields.retain(|name, _| !name.starts_with(OURS) || KNOWN.contains(&&**name));
        serde_path_to_error::deserialize(Value::Object(fields)).map(Self).map_err(|error| {
            let field = match error.path().to_string() {
                path if path == "." => "body".to_owned(),
                path => path,
            };
            ApiError::of(field, error.into_inner().to_string())
        })
    }
}
