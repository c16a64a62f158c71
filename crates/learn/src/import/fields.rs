//! Fields of records, read tolerantly: what has another type is not there.

use super::json::{Map, Value};

/// A field that is an object.
pub(super) fn object_of<'a>(fields: &'a Map<'_>, name: &str) -> Option<&'a Map<'a>> {
    fields.get(name).and_then(Value::as_object)
}

/// Whether a switch is on.
pub(super) fn is_on(fields: &Map<'_>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}
