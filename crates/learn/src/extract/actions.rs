//! What a call does, by its tool and arguments, and the calls that changed something outside
//! files and shells.

use super::pin::Seen;
use super::{calls, shell};
use dreaming_records::digest::Action;
use dreaming_text::cut;

/// First words of names of tools that read, or that work out something: such a call changes
/// nothing. General vocabulary of interfaces.
const READS: &[&str] = &[
    "analyze",
    "calculate",
    "check",
    "compare",
    "compute",
    "count",
    "describe",
    "download",
    "estimate",
    "explain",
    "fetch",
    "find",
    "get",
    "glob",
    "grep",
    "has",
    "inspect",
    "is",
    "list",
    "load",
    "look",
    "lookup",
    "ls",
    "navigate",
    "open",
    "peek",
    "ping",
    "preview",
    "query",
    "read",
    "resolve",
    "retrieve",
    "scan",
    "screenshot",
    "search",
    "show",
    "snapshot",
    "status",
    "summarize",
    "think",
    "validate",
    "verify",
    "view",
];

/// Words in names of tools that serve the agent itself: its plans and notes, other agents, questions
/// to a person, what it waits for. They change nothing in the world.
const OWN: &[&str] = &[
    "agent", "agents", "ask", "bash", "command", "delegate", "escalate", "handoff", "human",
    "input", "memory", "mode", "output", "plan", "question", "shell", "skill", "sleep", "subagent",
    "task", "tasks", "terminal", "thinking", "todo", "todos", "tool", "wait",
];

/// Words in names of tools that change files.
const EDITS: &[&str] =
    &["append", "create", "edit", "editor", "insert", "multi", "patch", "replace", "str", "write"];

/// Arguments that name a file.
const FILE_FIELDS: &[&str] = &["file_path", "filename", "notebook_path", "path"];

/// Longest arguments that are kept, in bytes. Chosen by us: a longer call carries a document.
const MAX_ARGUMENTS: usize = 2 << 10;

/// Longest quote of an action, in bytes. Chosen by us: the arguments are kept beside it.
const QUOTE: usize = 48;

/// What a call does when it works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Runs commands, by name.
    Runs(Vec<String>),
    /// Changes a file.
    ChangesFiles,
    /// Changes something else.
    Acts(Action),
    /// Changes nothing.
    Nothing,
}

/// What a call does. `command`: the line that it gives to a shell.
pub(super) fn work(tool: &str, seen: &Seen<'_>, command: Option<&str>) -> Work {
    if shell::is_shell(tool) {
        let steps = shell::steps(command.unwrap_or_default());
        return Work::Runs(steps.iter().map(calls::name).collect());
    }
    let words = words(tool);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let on_file = FILE_FIELDS.iter().any(|name| seen.has_field(name));
    if has(&["patch"]) || on_file && has(EDITS) {
        return Work::ChangesFiles;
    }
    if on_file || has(OWN) || reads(tool, &words) {
        return Work::Nothing;
    }
    let whole = 0..seen.event.text.len();
    let (mut pin, arguments) = seen.pin(&whole, QUOTE);
    pin.quote = cut(&pin.quote, QUOTE).into();
    let arguments = if arguments.len() > MAX_ARGUMENTS {
        format!("{}{CUT}", cut(arguments, MAX_ARGUMENTS))
    } else {
        arguments.into()
    };
    Work::Acts(Action { name: calls::name(tool), arguments, pin })
}

/// The end of arguments that were cut.
const CUT: &str = "…";

/// Whether a tool reads, by the verb of its name: the first word of `get_user`, the last of
/// `WebFetch`.
fn reads(tool: &str, words: &[String]) -> bool {
    let verb = if tool.contains(['_', '-', '.', '/']) || words.len() == 1 {
        words.first()
    } else {
        words.last()
    };
    let first = words.first();
    let is_reading = |word: &&String| READS.contains(&word.as_str());
    verb.filter(is_reading).is_some() || first.filter(is_reading).is_some()
}

/// The words of a tool's name in lower case, without the server in front of it
/// (`mcp__server__tool`, `server.tool`).
fn words(tool: &str) -> Vec<String> {
    let own = tool.rsplit("__").next().unwrap_or(tool);
    let own = own.rsplit(['.', '/', ':']).next().unwrap_or(own);
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in own.chars() {
        if !c.is_ascii_alphanumeric() {
        } else if !before.is_ascii_alphanumeric()
            || c.is_ascii_uppercase() && before.is_ascii_lowercase()
        {
            words.push(c.to_ascii_lowercase().into());
        } else if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(tool: &str, file: bool) -> &'static str {
        let words = words(tool);
        let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if has(&["patch"]) || file && has(EDITS) {
            "file"
        } else if file || has(OWN) || reads(tool, &words) {
            "nothing"
        } else {
            "acts"
        }
    }

    #[test]
    fn the_verb_of_a_tool_tells_whether_it_changes_something() {
        for tool in [
            "get_user",
            "search_direct_flight",
            "list_all_airports",
            "think",
            "WebFetch",
            "WebSearch",
            "Glob",
            "TodoWrite",
            "Task",
            "ExitPlanMode",
            "mcp__db__query_rows",
            "transfer_to_human_agents",
            "AskUserQuestion",
            "BashOutput",
            "calculate",
        ] {
            assert_eq!(kind(tool, false), "nothing", "{tool}");
        }
        for tool in [
            "book_reservation",
            "cancelOrder",
            "mcp__tracker__create_issue",
            "send_mail",
            "transfer_money",
            "update_search_index",
            "SendMessage",
        ] {
            assert_eq!(kind(tool, false), "acts", "{tool}");
        }
        for tool in
            ["Edit", "MultiEdit", "Write", "NotebookEdit", "write_file", "str_replace_editor"]
        {
            assert_eq!(kind(tool, true), "file", "{tool}");
        }
        assert_eq!((kind("Read", true), kind("apply_patch", false)), ("nothing", "file"));
    }
}
