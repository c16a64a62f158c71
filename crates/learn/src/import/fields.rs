//! Fields of records, read tolerantly: a field of another type counts as missing.

use super::millionths;
use crate::json_value::{Map, Value};
use dreaming_records::time::Time;

/// A field that is a text.
pub(super) fn text_of<'a>(fields: &'a Map<'_>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// A text field; empty when it is missing.
pub(super) fn word_of<'a>(fields: &'a Map<'_>, name: &str) -> &'a str {
    text_of(fields, name).unwrap_or_default()
}

/// A field that is an object.
pub(super) fn object_of<'a>(fields: &'a Map<'_>, name: &str) -> Option<&'a Map<'a>> {
    fields.get(name).and_then(Value::as_object)
}

/// The items of a field that is a list.
pub(super) fn list_of<'a>(fields: &'a Map<'_>, name: &str) -> &'a [Value<'a>] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The objects of a field that is a list.
pub(super) fn objects_of<'a>(fields: &'a Map<'_>, name: &str) -> impl Iterator<Item = &'a Map<'a>> {
    list_of(fields, name).iter().filter_map(Value::as_object)
}

/// A field that is a count; 0 when it is missing.
pub(super) fn count_of(fields: &Map<'_>, name: &str) -> u64 {
    fields.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// Whether a switch is on.
pub(super) fn is_on(fields: &Map<'_>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}

/// A time: text, or seconds or milliseconds since 1970.
pub(super) fn time_of(fields: &Map<'_>, names: &[&str]) -> Option<Time> {
    // A smaller number is seconds: as milliseconds it would lie before 1973, when no session ran.
    // As seconds it reaches to the year 5138.
    const SECONDS: i64 = 100_000_000_000;
    names.iter().find_map(|name| match fields.get(name)? {
        Value::String(text) => Time::parse(text),
        Value::Number(number) => {
            let whole = millionths::scaled(number, 0)?;
            let millis = if whole < SECONDS { whole.checked_mul(1000)? } else { whole };
            Some(Time::from_millis(millis))
        }
        _ => None,
    })
}

/// The text of a content field, see [`content_text`].
pub(super) fn content_of(fields: &Map<'_>, name: &str) -> String {
    fields.get(name).map(content_text).unwrap_or_default()
}

/// The text of a message content: a string, or the texts of its blocks, one per line.
pub(super) fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.as_ref().into(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| match block.get("content") {
                // Nested texts, such as those of a search result. Only one level, so that no input
                // decides the depth.
                Some(Value::Array(nested)) => Some(joined(nested)),
                _ => block.as_str().or_else(|| block.get("text")?.as_str()).map(Into::into),
            });
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

fn joined(blocks: &[Value]) -> String {
    let texts = blocks.iter().filter_map(|block| block.get("text")?.as_str());
    texts.collect::<Vec<_>>().join("\n")
}
