//! Calls in the text of the agent, `<tool><argument>…</argument></tool>`, as models write them that
//! are given no calls of their own.

use crate::json_value::{Map, Value};

/// The tools that are called so, as Cline 3.82 and Roo Code 3 offer them. Other marks in a text are
/// no calls.
const TOOLS: &[&str] = &[
    "access_mcp_resource",
    "apply_diff",
    "ask_followup_question",
    "attempt_completion",
    "browser_action",
    "codebase_search",
    "condense",
    "execute_command",
    "fetch_instructions",
    "insert_content",
    "list_code_definition_names",
    "list_files",
    "load_mcp_documentation",
    "new_rule",
    "new_task",
    "plan_mode_respond",
    "read_file",
    "replace_in_file",
    "report_bug",
    "search_and_replace",
    "search_files",
    "summarize_task",
    "switch_mode",
    "update_todo_list",
    "use_mcp_tool",
    "use_skill",
    "use_subagents",
    "web_fetch",
    "web_search",
    "write_to_file",
];

/// Arguments that hold the text of a file, in which the mark that ends them may stand: the last one
/// counts.
const LONG: &[&str] = &["content", "diff"];

/// The calls in a text, and the text without them. A call that does not end was cut off: it is left
/// in the text, and nothing behind it is looked for.
pub(super) fn calls(text: &str) -> (String, Vec<(&'static str, Value<'_>)>) {
    let (mut rest, mut calls) = (String::new(), Vec::new());
    let mut open = text;
    while let Some(at) = open.find('<') {
        let (before, tag) = open.split_at(at);
        rest.push_str(before);
        open = tag;
        let Some(tool) = TOOLS.iter().find(|tool| opened(tag, tool).is_some()) else {
            rest.push('<');
            open = tag.get(1..).unwrap_or_default();
            continue;
        };
        let end = format!("</{tool}>");
        let inner = opened(tag, tool).and_then(|inner| inner.split_once(&*end));
        let Some((inner, behind)) = inner else { break };
        calls.push((*tool, arguments(inner)));
        open = behind;
    }
    rest.push_str(open);
    (rest.trim_ascii_end().to_owned(), calls)
}

/// The arguments of a call, up to the first that does not end.
fn arguments(inner: &str) -> Value<'_> {
    let mut arguments = Map::default();
    let mut open = inner;
    while let Some((_, tag)) = open.split_once('<') {
        let Some((name, value)) = tag.split_once('>') else { break };
        let end = format!("</{name}>");
        let split = match LONG.contains(&name) {
            true => value.rsplit_once(&*end),
            false => value.split_once(&*end),
        };
        let Some((value, rest)) = split else { break };
        arguments.insert(name.to_owned().into(), value.trim_ascii().into());
        open = rest;
    }
    Value::Object(arguments)
}

fn opened<'a>(text: &'a str, tool: &str) -> Option<&'a str> {
    text.strip_prefix('<')?.strip_prefix(tool)?.strip_prefix('>')
}
