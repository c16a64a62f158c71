//! Brings the arguments of Codex calls into the form that all other formats have.

use crate::json_value::{self, Map, Value};

/// How a patch names the files that it changes.
const PATCHED: &[&str] = &["*** Add File: ", "*** Delete File: ", "*** Update File: "];

/// Arguments from a text: its JSON, else the whole text as `input`.
pub(in super::super) fn of_text(text: &str) -> Value<'_> {
    plain(json_value::read(text).unwrap_or_else(|| field("input", text)))
}

/// Arguments of a tool that takes plain text: a patch, with the first file that it names, or a
/// program.
pub(in super::super) fn of_input(text: &str) -> Value<'_> {
    let mut arguments = field("input", text);
    if let (Some(path), Value::Object(fields)) = (patched(text), &mut arguments) {
        fields.insert("path".into(), path.into());
    }
    arguments
}

/// Arguments with this one field.
pub(in super::super) fn field<'a>(name: &'a str, text: impl Into<Value<'a>>) -> Value<'a> {
    let mut fields = Map::default();
    fields.insert(name.into(), text.into());
    Value::Object(fields)
}

/// Arguments with the command as one text under `command`, whichever form the tool uses.
pub(super) fn plain(arguments: Value<'_>) -> Value<'_> {
    let Value::Object(mut fields) = arguments else { return arguments };
    if let Some(command) = fields.remove("cmd")
        && !fields.contains_key("command")
    {
        fields.insert("command".into(), command);
    }
    if let Some(line) = fields.get("command").and_then(line) {
        fields.insert("command".into(), line.into());
    }
    Value::Object(fields)
}

/// The words of a command as one shell line.
pub(super) fn line(command: &Value) -> Option<String> {
    let words: Vec<&str> = command.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(match words.as_slice() {
        // A shell and its line, such as `bash -lc`.
        [_, option, line] if option.starts_with('-') => (*line).to_owned(),
        words => words.join(" "),
    })
}

/// The first file that a patch changes.
fn patched(patch: &str) -> Option<&str> {
    let of = |line: &'_ str| -> Option<usize> {
        PATCHED.iter().find(|mark| line.starts_with(**mark)).map(|mark| mark.len())
    };
    patch.lines().find_map(|line| line.get(of(line)?..)).map(str::trim_ascii)
}
