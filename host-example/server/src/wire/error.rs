//! Errors as the API tells them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::db::{self, DatabaseError};
use crate::objects::ObjectsError;

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Something in the request is wrong: a field, or a parameter, and why.
    #[error("{0}: {1}")]
    Invalid(String, String),
    /// There is no such key.
    #[error(
        "the key is missing, or nobody has it: send it as `Authorization: Bearer KEY` or `x-api-key: KEY`"
    )]
    Unauthorized,
    /// The key asked too often: seconds until it may ask again.
    #[error("this key asks too often: ask again in {0} seconds")]
    TooOften(u64),
    /// The key is not for this: what it is for.
    #[error("this key {0}")]
    Forbidden(String),
    /// There is nothing with this id, or it is another workspace's.
    #[error("there is no {0} with the id `{1}`")]
    NotFound(&'static str, String),
    /// The API has no such route.
    #[error("this server has no `{0}`")]
    NoRoute(String),
    /// A route that does not take this method.
    #[error("this route does not take {0}")]
    Method(String),
    /// Another memory is where this one should be.
    #[error("a memory at `{path}` is in the way")]
    PathTaken {
        /// The id of that memory.
        memory: String,
        /// Its path.
        path: String,
    },
    /// The memory has another content than the caller believes.
    #[error("the memory has another content by now: its SHA-256 is not `{0}`")]
    Precondition(String),
    /// Another dream writes into the store: its id.
    #[error("the dream `{0}` writes into this store: wait until it is over, or cancel it")]
    Held(String),
    /// What the caller decided about is not as it was; what changed.
    #[error("{0} was changed since: read it again, and decide anew")]
    Moved(String),
    /// This dream reads what the caller would change.
    #[error("the dream `{0}` reads this: wait until it is over, or cancel it")]
    Read(String),
    /// This dream, which is not over, writes its trace into the session.
    #[error("the session is the trace of a dream: wait until `{0}` is over, or cancel it")]
    Traced(String),
    /// The engine failed.
    #[error("the engine failed: {0}")]
    Engine(String),
    /// The body is too large to read.
    #[error("the body has more than {0} bytes")]
    TooLarge(usize),
    /// The body did not come in so many seconds.
    #[error("the body did not come within {0} seconds")]
    Slow(u64),
    /// The client broke off while it sent the body.
    #[error("the body broke off")]
    Broken,
    /// The place of transcripts did not take one.
    #[error("the transcript could not be stored; try again")]
    Transcript(ObjectsError),
    /// The database failed.
    #[error("the database failed; try again")]
    Database(DatabaseError),
    /// The machine failed.
    #[error("this machine has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl ApiError {
    /// An error about a field of a body or a parameter of a query.
    pub fn of(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Invalid(field.into(), why.into())
    }

    /// Tells whoever runs the server what the client is told nothing of: the database failed, or the place of transcripts.
    pub fn report(&self) {
        match self {
            Self::Database(error) => db::report(error),
            Self::Transcript(error) => tracing::error!("a transcript is not stored: {error}"),
            _ => {}
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(..) | Self::Broken => StatusCode::BAD_REQUEST,
            Self::Slow(_) => StatusCode::REQUEST_TIMEOUT,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooOften(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound(..) | Self::NoRoute(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::PathTaken { .. }
            | Self::Precondition(_)
            | Self::Held(_)
            | Self::Moved(_)
            | Self::Read(_)
            | Self::Traced(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Transcript(_) | Self::Database(_) | Self::Random(_) | Self::Engine(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Invalid(..) | Self::Method(_) | Self::TooLarge(_) | Self::Broken => {
                "invalid_request_error"
            }
            Self::Slow(_) => "timeout_error",
            Self::Unauthorized => "authentication_error",
            Self::Forbidden(_) => "permission_error",
            Self::TooOften(_) => "rate_limit_error",
            Self::NotFound(..) | Self::NoRoute(_) => "not_found_error",
            Self::PathTaken { .. } => "memory_path_conflict_error",
            Self::Precondition(_) => "memory_precondition_failed_error",
            Self::Held(_) | Self::Moved(_) | Self::Read(_) | Self::Traced(_) => "conflict_error",
            Self::Transcript(_) | Self::Database(_) | Self::Random(_) | Self::Engine(_) => {
                "api_error"
            }
        }
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Objects(error) => Self::Transcript(error),
            error => Self::Database(error),
        }
    }
}

/// An error on its way to the client, before the request's id stands in it.
#[derive(Clone, Debug)]
pub struct Told(Value);

impl Told {
    /// The body.
    pub fn body(&self, request: &str) -> Value {
        json!({ "type": "error", "error": self.0, "request_id": request })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.report();
        let mut error = json!({ "type": self.kind(), "message": self.to_string() });
        if let Self::PathTaken { memory, path } = &self {
            error["conflicting_memory_id"] = json!(memory);
            error["conflicting_path"] = json!(path);
        }
        let mut response = self.status().into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status() == StatusCode::CONFLICT {
            // The SDKs repeat a conflict unless they are told that it will not help.
            response.headers_mut().insert("x-should-retry", HeaderValue::from_static("false"));
        }
        if let Self::TooOften(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(Told(error));
        response
    }
}
