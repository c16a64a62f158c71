//! Fields of records, read tolerantly: what has another type is not there.

use serde_json::{Map, Value};

/// A text field.
pub(super) fn text_of<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// A field that is an object.
pub(super) fn object_of<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a Map<String, Value>> {
    fields.get(name).and_then(Value::as_object)
}

/// Whether a switch is on.
pub(super) fn is_on(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool) == Some(true)
}

/// The text of a content: a string, or the texts of its blocks and of the blocks in them, one per
/// line.
pub(super) fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| match block.get("text") {
                Some(text) => text.as_str().map(str::to_owned),
                None => block.get("content").map(nested_text),
            });
            texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The text of blocks within a block, such as those of a search result. One level, so that no input
/// decides how deep this goes.
fn nested_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block.get("text")?.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}
