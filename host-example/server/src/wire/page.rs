//! Pages of lists. The place where a page ends is its last key, so a list that changes meanwhile repeats nothing and
//! leaves nothing out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::ApiError;
use super::query::Query;

/// How the texts for `page` begin.
const PREFIX: &str = "page_";

/// The key after which the wanted page begins; `None` for the first page.
///
/// Nobody gains anything by making one up: a list holds what its caller may see, wherever it begins.
///
/// # Errors
/// [`ApiError::Invalid`].
pub fn after(query: &Query) -> Result<Option<String>, ApiError> {
    let Some(page) = query.get("page").filter(|page| !page.is_empty()) else { return Ok(None) };
    let key = page.strip_prefix(PREFIX).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
    let key = key.and_then(|key| String::from_utf8(key).ok()).filter(|key| !key.contains('\0'));
    key.map(Some).ok_or_else(|| ApiError::of("page", "must be the `next_page` of an answer"))
}

/// As [`after`], for keys that are numbers.
///
/// # Errors
/// [`ApiError::Invalid`].
pub fn number(query: &Query) -> Result<Option<i64>, ApiError> {
    let key = after(query)?.map(|key| key.parse()).transpose();
    key.map_err(|_| ApiError::of("page", "must be the `next_page` of an answer"))
}

/// A page of a list. `next` is the key of its last item when there are more.
pub fn page(data: Vec<Value>, next: Option<&str>) -> Value {
    json!({ "data": data, "next_page": self::next(next) })
}

/// What `next_page` of a page says: the key of its last item, when there are more.
pub fn next(key: Option<&str>) -> Value {
    key.map(|key| format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(key))).into()
}

/// Cuts items, of which one more than `limit` was asked for, to a page.
pub fn cut<T>(
    mut items: Vec<T>,
    limit: usize,
    key: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Value {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(&key);
    page(items.iter().map(show).collect(), next.as_deref())
}
