//! The parts of a response as the editor shows them: texts, and calls of tools with how they ended.

use std::collections::BTreeMap;

use crate::json_value::{Map, Value};

use super::super::codex::arguments::{field, of_text};
use super::super::fields::{is_on, list_of, object_of, text_of, word_of};
use super::super::log::{Log, Result};
use super::super::provenance::Speaker;
use super::call::made;
use super::response_part::Part;
use dreaming_records::session::Event;

/// The kind of a part that is a call.
const CALL: &str = "toolInvocationSerialized";

/// Kinds of parts that belong to a text. One without a kind is a text too.
const TEXTS: &[&str] = &["inlineReference", "markdownContent", "markdownVuln"];

/// Fields of a call that are read.
const OF_CALL: &[&str] = &[
    "isComplete",
    "isConfirmed",
    "kind",
    "resultDetails",
    "subAgentInvocationId",
    "toolCallId",
    "toolId",
    "toolSpecificData",
];

/// What follows the id of a call that the model gave it, in the ids of some calls.
const ADDED: &str = "__vscode";

/// How the program says that a person skipped a call, and that one failed.
pub(super) const SKIPPED: &str = "The user chose to skip the tool call";
const FAILURES: &[&str] = &[
    "ERROR while calling tool",
    "ERROR: Your input to the tool was invalid",
    "The user cancelled the tool call.",
];

/// What the program writes before the output of a command that did not exit with 0.
const EXITED: &str = "Command exited with code ";

/// Kinds of decisions about a call: denied, and skipped. A hook that denies one gives a reason.
const DENIED: u64 = 0;
const PASSED_OVER: u64 = 5;

/// How many levels of a result's tree are read. Chosen by us: results have about ten.
const LEVELS: u8 = 64;

/// The part without what is not read of it.
pub(super) fn kept(part: Value<'static>) -> Value<'static> {
    let Value::Object(mut fields) = part else { return Value::Null };
    match text_of(&fields, "kind") {
        Some(CALL) => fields.keep(OF_CALL),
        Some(kind) if !TEXTS.contains(&kind) => return Value::Null,
        _ => fields.keep(&["content", "inlineReference", "kind", "name", "value"]),
    }
    Value::Object(fields)
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ended {
    /// Whether it failed, if the part tells.
    pub(super) failed: Option<bool>,
    /// Whether a person refused it.
    pub(super) refused: bool,
}

/// How the call of a part ended.
pub(super) fn ended(call: &Map<'_>) -> Ended {
    let refused = match call.get("isConfirmed") {
        Some(Value::Bool(is_confirmed)) => !is_confirmed,
        Some(Value::Object(decision)) => {
            let kind = decision.get("type").and_then(Value::as_u64);
            matches!(kind, Some(DENIED | PASSED_OVER)) && !decision.contains_key("reason")
        }
        _ => false,
    };
    let data = object_of(call, "toolSpecificData");
    let state = data.and_then(|data| object_of(data, "terminalCommandState"));
    let code = state.and_then(|state| state.get("exitCode")?.as_i64());
    let details = object_of(call, "resultDetails");
    let is_error = details.and_then(|details| details.get("isError")?.as_bool());
    Ended { failed: code.map(|code| code != 0).or(is_error), refused }
}

/// The parts that are calls, by the id that the model gave the call.
pub(super) fn calls(parts: &[Part]) -> BTreeMap<&str, &Map<'static>> {
    let calls = parts.iter().filter_map(|part| part.value.as_object());
    let calls = calls.filter(|part| text_of(part, "kind") == Some(CALL));
    calls.map(|call| (bare(word_of(call, "toolCallId")), call)).collect()
}

/// The id of a call without what was added to it.
pub(super) fn bare(id: &str) -> &str {
    id.split_once(ADDED).map_or(id, |(bare, _)| bare)
}

/// Whether the text of a result says that the call failed.
pub(super) fn says_failure(text: &str) -> bool {
    FAILURES.iter().any(|opening| text.starts_with(opening))
        || text.lines().next().is_some_and(|line| {
            line.strip_prefix(EXITED).is_some_and(|code| code.trim_ascii() != "0")
        })
}

/// The text of a result as the model got it.
pub(super) fn content(result: &Map<'_>) -> String {
    let texts = list_of(result, "content").iter().filter_map(|block| match block.get("value")? {
        Value::String(text) => Some(text.as_ref().to_owned()),
        tree => {
            let mut text = String::new();
            branch(tree.get("node")?, LEVELS, &mut text);
            Some(text)
        }
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Appends the texts of a result's tree.
fn branch(node: &Value<'_>, levels: u8, out: &mut String) {
    let Some(fields) = node.as_object().filter(|_| levels > 0) else { return };
    if let Some(text) = text_of(fields, "text") {
        if is_on(fields, "lineBreakBefore") && !out.is_empty() {
            out.push('\n');
        }
        out.push_str(text);
    }
    list_of(fields, "children").iter().for_each(|child| branch(child, levels - 1, out));
}

/// Pushes the events of a response. `is_told`: the result tells all but what sub-agents did.
pub(super) fn tell(base: &Event, parts: &[Part], is_told: bool, log: &mut Log) {
    let mut said = String::new();
    let mut at = base.line;
    for part in parts {
        let Some(fields) = part.value.as_object() else { continue };
        if text_of(fields, "kind") != Some(CALL) {
            if said.is_empty() {
                at = part.line;
            }
            said.push_str(&shown(fields));
            continue;
        }
        place(fields, log);
        let thread = word_of(fields, "subAgentInvocationId");
        if is_told && thread.is_empty() {
            continue;
        }
        if !is_told {
            say(base, at, &mut said, log);
        }
        call(&Event { line: part.line, thread: thread.into(), ..base.clone() }, fields, log);
    }
    if !is_told {
        say(base, at, &mut said, log);
    }
}

fn say(base: &Event, line: u64, said: &mut String, log: &mut Log) {
    log.message(&Event { line, ..base.clone() }, Speaker::Agent, said);
    said.clear();
}

/// The text of a part.
fn shown(part: &Map<'_>) -> String {
    let markdown = part.get("content").or(part.get("value"));
    let text = markdown.and_then(|text| text.as_str().or_else(|| text.get("value")?.as_str()));
    if let Some(text) = text.or(text_of(part, "name")) {
        return text.into();
    }
    let file = object_of(part, "inlineReference").map(|file| {
        object_of(file, "uri").map_or_else(|| word_of(file, "path"), |uri| word_of(uri, "path"))
    });
    file.and_then(|path| path.rsplit('/').next()).unwrap_or_default().into()
}

/// The place where a command ran.
fn place(call: &Map<'_>, log: &mut Log) {
    let folder = object_of(call, "toolSpecificData").and_then(|data| object_of(data, "cwd"));
    if let Some(folder) = folder {
        log.header.cwd(word_of(folder, "path"));
    }
}

/// Pushes a call that only its part tells, and its result.
fn call(base: &Event, call: &Map<'_>, log: &mut Log) {
    let (id, tool) = (word_of(call, "toolCallId"), word_of(call, "toolId"));
    made(base, id, tool, &arguments(call), log);
    let how = ended(call);
    let is_complete =
        !matches!(call.get("isComplete"), None | Some(Value::Null | Value::Bool(false)));
    if tool.is_empty() || !(is_complete || how.refused) {
        return;
    }
    let (text, refused) = (output(call), how.refused);
    let failed = refused || how.failed.unwrap_or(false);
    log.result(base, Result { call: id, tool, text, failed, refused });
}

fn arguments<'a>(call: &'a Map<'_>) -> Value<'a> {
    let data = object_of(call, "toolSpecificData");
    let command = data.and_then(|data| match data.get("commandLine") {
        Some(line) => ["userEdited", "original"].iter().find_map(|name| line.get(name)?.as_str()),
        None => text_of(data, "command"),
    });
    if let Some(command) = command {
        return field("command", command);
    }
    if let Some(input) = data.and_then(|data| data.get("rawInput")) {
        return input.clone();
    }
    if let Some(task) = data.filter(|data| text_of(data, "kind") == Some("subagent")) {
        let mut task = task.clone();
        task.keep(&["agentName", "description", "prompt"]);
        return Value::Object(task);
    }
    let input = object_of(call, "resultDetails").map_or("", |details| word_of(details, "input"));
    if input.is_empty() { Value::Object(Map::default()) } else { of_text(input) }
}

/// What the editor shows of a result.
fn output(call: &Map<'_>) -> String {
    let data = object_of(call, "toolSpecificData");
    let printed = data.and_then(|data| object_of(data, "terminalCommandOutput"));
    if let Some(text) = printed.and_then(|printed| text_of(printed, "text")) {
        return text.into();
    }
    if let Some(text) = data.and_then(|data| text_of(data, "result")) {
        return text.into();
    }
    let Some(details) = object_of(call, "resultDetails") else { return String::new() };
    if let Some(text) = text_of(details, "output") {
        return text.into();
    }
    let texts = list_of(details, "output").iter().filter_map(Value::as_object);
    let texts =
        texts.filter(|part| is_on(part, "isText")).filter_map(|part| text_of(part, "value"));
    texts.collect::<Vec<_>>().join("\n")
}
