//! A part of a response, and what values of a chat take.

use crate::json_value::{Map, Value};

/// What a value takes beside its texts, in bytes. Chosen by us: about the size of a value and the
/// name of its field.
const EACH: usize = 64;

/// A part of a response.
#[derive(Debug)]
pub(super) struct Part {
    /// The line that tells it.
    pub(super) line: u64,
    /// Null for a part that is not read.
    pub(super) value: Value<'static>,
    /// About how many bytes it takes.
    pub(super) bytes: usize,
}

impl Part {
    /// A part that the line `line` tells; of its value nothing is left that is not read.
    pub(super) fn new(value: Value<'static>, line: u64) -> Self {
        let bytes = bytes(&value);
        Self { line, value, bytes }
    }
}

/// A place in a list.
pub(super) fn index(at: &Value<'_>) -> Option<usize> {
    at.as_u64().and_then(|at| usize::try_from(at).ok())
}

/// About how many bytes a value takes.
pub(super) fn bytes(value: &Value<'_>) -> usize {
    EACH + match value {
        Value::Null | Value::Bool(_) => 0,
        Value::Number(text) | Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(fields) => of_fields(fields),
    }
}

/// About how many bytes the fields of an object take.
pub(super) fn of_fields(fields: &Map<'_>) -> usize {
    fields.keys().map(str::len).sum::<usize>() + fields.values().map(bytes).sum::<usize>()
}
