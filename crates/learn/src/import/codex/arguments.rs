//! The arguments of a call, as every other format has them.

use serde_json::{Map, Value};

/// How a patch names the files that it is about.
const PATCHED: &[&str] = &["*** Add File: ", "*** Delete File: ", "*** Update File: "];

/// Arguments that are JSON in a text, else the text as `input`.
pub(super) fn of_text(text: &str) -> Value {
    plain(serde_json::from_slice(text.as_bytes()).unwrap_or_else(|_| field("input", text)))
}

/// The input of a tool that takes a text: a patch with the first file that it is about, or a program.
pub(super) fn of_input(text: &str) -> Value {
    let mut arguments = field("input", text);
    if let (Some(path), Value::Object(fields)) = (patched(text), &mut arguments) {
        fields.insert("path".into(), path.into());
    }
    arguments
}

/// One field.
pub(super) fn field(name: &str, text: &str) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), text.into())]))
}

/// Arguments with the command as one text under `command`, whatever form the tool takes it in.
pub(super) fn plain(arguments: Value) -> Value {
    let Value::Object(mut fields) = arguments else { return arguments };
    if let Some(command) = fields.remove("cmd") {
        fields.entry("command").or_insert(command);
    }
    if let Some(line) = fields.get("command").and_then(line) {
        fields.insert("command".into(), line.into());
    }
    Value::Object(fields)
}

/// The line that the words of a command are.
pub(super) fn line(command: &Value) -> Option<String> {
    let words: Vec<&str> = command.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(match words.as_slice() {
        // A shell and its line, such as `bash -lc`.
        [_, option, line] if option.starts_with('-') => (*line).to_owned(),
        words => words.join(" "),
    })
}

/// The first file that a patch is about.
fn patched(patch: &str) -> Option<&str> {
    let of = |line: &'_ str| -> Option<usize> {
        PATCHED.iter().find(|mark| line.starts_with(**mark)).map(|mark| mark.len())
    };
    patch.lines().find_map(|line| line.get(of(line)?..)).map(str::trim_ascii)
}
