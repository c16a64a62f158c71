//! What versions from about 0.147 on write of each thing that was done: `item_completed`. It tells the end of
//! a call, or is a call itself, which a program made that the agent wrote.

use crate::json::{Map, Value};

use super::super::fields::{content_of, is_on, object_of, text_of};
use super::arguments;
use super::output::{End, Output};

/// Who runs a command that is no call of the agent: a person, or a call that asks for one that goes on.
const NOT_CALLS: &[&str] =
    &["user_shell", "userShell", "unified_exec_interaction", "unifiedExecInteraction"];

/// A thing that was done.
#[derive(Debug)]
pub(super) struct Item<'a> {
    /// The id of its call, else of its own.
    pub(super) id: &'a str,
    /// The tool, as a call of it is named.
    pub(super) tool: String,
    /// Its arguments.
    pub(super) arguments: Value<'a>,
    /// What came of it.
    pub(super) output: Output,
}

/// The item of an event; `None` for what `response_item` says too, and for what no agent called.
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

/// How a thing ended, and what it said.
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
