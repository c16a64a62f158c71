//! Calls and the parts of their results.

use crate::json_value::{self, Map, Value};

use super::super::codex::arguments::field;
use super::super::copilot::names_instructions;
use super::super::log::Log;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// The tool that runs several commands in one call.
const COMMANDS: &str = "run_commands";

/// The tool that calls one of a server.
const OF_SERVER: &str = "use_mcp_tool";

/// Tools that hand work to another agent: the fields that say to whom, and which work.
const HAND_OFFS: &[(&str, &str, &str)] = &[
    ("new_task", "mode", "message"),
    ("spawn_agent", "", "task"),
    ("team_run_task", "agentId", "task"),
    ("use_subagents", "", "prompt_1"),
];

/// Arguments that the program repeats before a result.
const SHOWN: &[&str] = &["command", "path", "question", "regex", "server_name", "url"];

/// Longest of these that is kept to tell a result by it, in bytes. Chosen by us: questions are
/// shorter, and a call whose argument is longer has a result all the same.
const MAX_SHOWN: usize = 4096;

/// Most commands of a call that are told apart. Chosen by us: a call has a handful.
const MAX_COMMANDS: usize = 64;

/// A call that waits for its result.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) id: String,
    pub(super) tool: String,
    /// The argument that the program repeats before the result.
    pub(super) shown: String,
    /// How many commands it runs, each told as a call of its own.
    pub(super) commands: usize,
    /// Whether the result can be told from what the program repeats of the call.
    pub(super) is_clear: bool,
}

impl Made {
    /// The call of a result of which no call was read.
    pub(super) fn unknown(tool: &str) -> Self {
        let (id, shown) = (String::new(), String::new());
        Self { id, tool: tool.into(), shown, commands: 1, is_clear: true }
    }

    /// The ids under which it is told.
    pub(super) fn ids(&self) -> Vec<String> {
        match self.commands {
            0 | 1 => vec![self.id.clone()],
            several => (1..=several).map(|at| format!("{}/{at}", self.id)).collect(),
        }
    }
}

/// Pushes a call.
pub(super) fn made(base: &Event, id: &str, tool: &str, input: &Value<'_>, log: &mut Log) -> Made {
    let word = |name| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let shown = SHOWN.iter().map(|name| word(name)).find(|text| !text.is_empty());
    let shown = shown.filter(|text| text.len() <= MAX_SHOWN);
    let mut call =
        Made { id: id.into(), shown: shown.unwrap_or_default().into(), ..Made::unknown(tool) };
    let commands = input.get("commands").and_then(Value::as_array).filter(|_| tool == COMMANDS);
    if let Some(commands) = commands.filter(|all| (1..=MAX_COMMANDS).contains(&all.len())) {
        call.commands = commands.len();
        for (id, command) in call.ids().iter().zip(commands) {
            let command = command.as_str().unwrap_or_default();
            log.used(base, id, tool, &field("command", command));
        }
        return call;
    }
    let (server, of_server) = (word("server_name"), word("tool_name"));
    if tool == OF_SERVER && !server.is_empty() && !of_server.is_empty() {
        let arguments = input.get("arguments").unwrap_or(&Value::Null);
        let read = arguments.as_str().and_then(json_value::read);
        let tool = format!("{server}.{of_server}");
        log.used(base, id, &tool, read.as_ref().unwrap_or(arguments));
    } else if names_instructions(input) {
        log.made(base, id, tool, input, true);
    } else {
        log.used(base, id, tool, input);
        hand_off(base, id, tool, input, log);
    }
    call
}

/// Pushes the hand-off that a call makes, unless the log knows its fields.
fn hand_off(base: &Event, id: &str, tool: &str, input: &Value<'_>, log: &mut Log) {
    let word = |name| input.get(name).and_then(Value::as_str).unwrap_or_default();
    let Some((_, to, work)) = HAND_OFFS.iter().find(|(known, ..)| *known == tool) else { return };
    let text = word(work);
    if !text.is_empty() {
        let kind = EventKind::HandOff { call: id.into(), to: word(to).into() };
        let (provenance, text) = (Provenance::ToolUse, text.into());
        log.push(Event { kind, provenance, text, ..base.clone() });
    }
}

/// The results of a call's steps, such as its commands: id, text, and whether it failed. Steps of a
/// call that is told as one are one result, which failed when all did. `None` for other results.
pub(super) fn steps(call: &Made, content: &Value<'_>) -> Option<Vec<(String, (String, bool))>> {
    let items = content.as_array().filter(|items| !items.is_empty())?;
    let all = items.iter().map(|item| step(item.as_object()?)).collect::<Option<Vec<_>>>()?;
    let ids = call.ids();
    if ids.len() == all.len() {
        return Some(ids.into_iter().zip(all).collect());
    }
    let failed = all.iter().all(|(_, failed)| *failed);
    let texts: Vec<String> = all.into_iter().map(|(text, _)| text).collect();
    let text = texts.join("\n");
    Some(ids.into_iter().map(|id| (id, (text.clone(), failed))).collect())
}

fn step(item: &Map<'_>) -> Option<(String, bool)> {
    let worked = item.get("success")?.as_bool()?;
    let word = |name| item.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = if word("result").trim_ascii().is_empty() { word("error") } else { word("result") };
    Some((text.to_owned(), !worked))
}
