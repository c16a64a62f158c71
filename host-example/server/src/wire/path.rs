//! The parts of a path.

use axum::extract::FromRequestParts;
use axum::extract::path::Path as Parts;
use axum::http::request;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The parts of the path of a request. One that is badly encoded is refused as everything else is, with the request's id.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, ApiError> {
        // No id has it, and Postgres takes no text with it.
        if parts.uri.path().contains("%00") {
            return Err(ApiError::of("path", "must have no U+0000"));
        }
        let read = Parts::from_request_parts(parts, state).await;
        read.map(|Parts(parts)| Self(parts)).map_err(|_| ApiError::of("path", "is badly encoded"))
    }
}
