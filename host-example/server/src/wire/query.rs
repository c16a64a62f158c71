//! Parameters of a query.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::error::ApiError;
use crate::ids;

/// Items of a page when the client does not say how many. Source: `dreams-api.md`, section 2.
const LIMIT: usize = 20;

/// Items of a page, at most. Source: the same.
const MAX_LIMIT: usize = 100;

/// The parameters, in their order. Those that no route asks for are left unread, for clients send some of their own
/// (`beta=true`).
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let all: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        // Postgres takes no text with it.
        match all.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(ApiError::of(name, "must have no U+0000")),
            None => Ok(Self(all)),
        }
    }
}

impl Query {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that is a list, in either of the two forms that clients use.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let is_it = |known: &str| known.strip_suffix("[]").unwrap_or(known) == name;
        self.0.iter().filter(|(known, _)| is_it(known)).map(|(_, value)| value.as_str()).collect()
    }

    /// The order of a list: `asc` or `desc`.
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub fn order(&self, by_default: &'static str) -> Result<&'static str, ApiError> {
        match self.get("order") {
            None => Ok(by_default),
            Some("asc") => Ok("asc"),
            Some("desc") => Ok("desc"),
            Some(_) => Err(ApiError::of("order", "must be `asc` or `desc`")),
        }
    }

    /// The value of a parameter that is true or false; false without one.
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub fn is(&self, name: &str) -> Result<bool, ApiError> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(ApiError::of(name, "must be `true` or `false`")),
        }
    }

    /// The limit of a page. A page of whole contents (`view=full`) has at most [`LIMIT`] items, as the API says.
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub fn limit(&self, is_full: bool) -> Result<usize, ApiError> {
        let most = if is_full { LIMIT } else { MAX_LIMIT };
        let Some(limit) = self.get("limit") else { return Ok(LIMIT) };
        let limit = limit.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
        limit
            .map(|limit: usize| limit.min(most))
            .ok_or_else(|| ApiError::of("limit", "must be from 1 to 100"))
    }

    /// Whether whole contents are wanted (`view`).
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub fn is_full(&self, by_default: bool) -> Result<bool, ApiError> {
        match self.get("view") {
            None => Ok(by_default),
            Some("basic") => Ok(false),
            Some("full") => Ok(true),
            Some(_) => Err(ApiError::of("view", "must be `basic` or `full`")),
        }
    }

    /// The first and the last time of a range, in microseconds: `NAME[gte]` and `NAME[lte]`, whose ends belong to it, and
    /// `NAME[gt]` and `NAME[lt]`, whose ends do not.
    ///
    /// # Errors
    /// [`ApiError::Invalid`].
    pub fn between(&self, name: &str) -> Result<(i64, i64), ApiError> {
        let end = |bound: &str, without: i64| {
            let name = format!("{name}[{bound}]");
            let Some(text) = self.get(&name) else { return Ok(without) };
            ids::read(text)
                .ok_or_else(|| ApiError::of(name, "must be a time such as `2026-03-01T10:00:00Z`"))
        };
        let first = end("gte", i64::MIN)?.max(end("gt", i64::MIN)?.saturating_add(1));
        let last = end("lte", i64::MAX)?.min(end("lt", i64::MAX)?.saturating_sub(1));
        Ok((first, last))
    }
}
