//! `item_completed`, which versions from about 0.147 on write for each thing done. It reports the
//! end of a call, or is itself a call, made by a program that the agent wrote.

use crate::json_value::{Map, Value};

use super::super::fields::{content_of, is_on, object_of, text_of};
use super::arguments;
use super::output::{End, Output};

/// Sources of commands that are no calls of the agent: a person's shell, and calls that ask about a
/// running command.
const NOT_CALLS: &[&str] =
    &["user_shell", "userShell", "unified_exec_interaction", "unifiedExecInteraction"];

/// A finished item.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The id of its call, else its own id.
    pub(super) id: &'a str,
    /// The tool, under the name that calls of it have.
    pub(super) tool: String,
    /// Its arguments.
    pub(super) arguments: Value<'a>,
    /// Its output and how it ended.
    pub(super) output: Output,
}

/// The item of an event. `None` for items that `response_item` repeats, and for those that no agent
/// called.
pub(super) fn of<'a>(event: &'a Map<'_>) -> Option<Item<'a>> {
    let item = object_of(event, "item")?;
    let id = text_of(item, "id").filter(|id| !id.is_empty())?;
    if text_of(item, "source").is_some_and(|source| NOT_CALLS.contains(&source)) {
        return None;
    }
    let (tool, arguments) = match text_of(item, "type")? {
        "CommandExecution" => {
            let command = item.get("command")?;
            let line = arguments::line(command).or_else(|| Some(command.as_str()?.to_owned()))?;
            ("exec_command".to_owned(), arguments::field("command", line))
        }
        "FileChange" => {
            let path = object_of(item, "changes").and_then(|c| c.keys().next()).unwrap_or_default();
            ("apply_patch".to_owned(), arguments::field("path", path))
        }
        "McpToolCall" => {
            let name = |name| text_of(item, name).unwrap_or_default();
            let given = item.get("arguments").cloned().unwrap_or(Value::Null);
            (format!("{}.{}", name("server"), name("tool")), given)
        }
        _ => return None,
    };
    Some(Item { id, tool, arguments, output: output(item) })
}

/// How an item ended, and what it printed.
pub(super) fn output(item: &Map<'_>) -> Output {
    let first = |names: &[&str]| names.iter().find_map(|name| item.get(name));
    let code = first(&["exit_code", "exitCode"]).and_then(Value::as_i64);
    let result = object_of(item, "result");
    let is_error = result.is_some_and(|result| is_on(result, "isError"));
    let end = match (text_of(item, "status"), code) {
        (Some("declined"), _) => End::Stopped,
        (_, Some(code)) if code != 0 => End::Exited(code),
        (Some("failed"), _) => End::Failed,
        _ if is_error => End::Failed,
        _ => End::Said,
    };
    let error = item.get("error").and_then(|error| error.get("message")?.as_str());
    let texts = ["aggregated_output", "aggregatedOutput", "formatted_output", "stdout", "stderr"];
    let said = texts.iter().filter_map(|name| text_of(item, name)).find(|text| !text.is_empty());
    let content = || result.map(|result| content_of(result, "content"));
    let text = error.or(said).map(Into::into).or_else(content).unwrap_or_default();
    Output { text, end }
}
