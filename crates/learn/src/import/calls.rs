//! Calls of tools and their results, as every format of messages has them.

use std::collections::VecDeque;

use crate::json::Value;

use super::provenance;
use crate::words::harness::HAND_OFF_TOOLS;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// Calls whose result may still come. Agents make a handful side by side; beyond this the oldest
/// is forgotten and its result has no tool name. Chosen by us.
const OPEN_CALLS: usize = 256;

/// Arguments that name the other agent, the most telling first.
const AGENT_FIELDS: &[&str] = &["subagent_type", "agent_type", "agent_role", "agent_name"];

/// Arguments that say in short what the other agent is to do, the shortest first.
const ORDER_FIELDS: &[&str] = &["description", "task_name", "message", "prompt"];

/// The calls whose result may still come, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Calls(VecDeque<Call>);

#[derive(Debug)]
struct Call {
    id: String,
    tool: String,
    is_memory: bool,
}

/// A result as a format gives it.
#[derive(Debug)]
pub(super) struct Result<'a> {
    /// Id of the call.
    pub(super) call: &'a str,
    /// Name of the tool, when the result says it.
    pub(super) tool: &'a str,
    /// What the tool said.
    pub(super) text: String,
    /// Whether it failed.
    pub(super) failed: bool,
    /// Whether a person refused the call.
    pub(super) refused: bool,
}

impl Calls {
    /// The events of a call: its use, and the hand-off when it gives work to another agent.
    pub(super) fn used(
        &mut self,
        base: &Event,
        id: &str,
        tool: &str,
        arguments: &Value,
    ) -> Vec<Event> {
        let used = self.made(base, id, tool, arguments, false);
        let gives = HAND_OFF_TOOLS.contains(&tool);
        let given = gives.then(|| hand_off(base, id, arguments)).flatten();
        std::iter::once(used).chain(given).collect()
    }

    /// The event of a call. `is_memory`: the tool reads or writes memories.
    pub(super) fn made(
        &mut self,
        base: &Event,
        id: &str,
        tool: &str,
        arguments: &Value,
        is_memory: bool,
    ) -> Event {
        let names_memory = provenance::names_memory(arguments);
        let writes = is_memory || (names_memory && provenance::is_writer(tool));
        let is_memory = is_memory || names_memory;
        let call = Call { id: id.into(), tool: tool.into(), is_memory };
        match self.0.iter_mut().rfind(|call| call.id == id) {
            Some(known) => *known = call,
            None => self.0.push_back(call),
        }
        if self.0.len() > OPEN_CALLS {
            self.0.pop_front();
        }
        Event {
            kind: EventKind::ToolUse { call: id.into(), tool: tool.into() },
            provenance: if writes { Provenance::Recalled } else { Provenance::ToolUse },
            text: arguments.canonical(),
            ..base.clone()
        }
    }

    /// The tool of a call that was made; empty when none was.
    pub(super) fn tool(&self, id: &str) -> &str {
        self.find(id).map_or("", |call| &call.tool)
    }

    /// Whether a call was made whose result may still come.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    fn find(&self, id: &str) -> Option<&Call> {
        self.0.iter().rfind(|call| call.id == id)
    }

    /// The event of a result.
    pub(super) fn result(&self, base: &Event, result: Result<'_>) -> Event {
        let made = self.find(result.call);
        let tool = made.map_or(result.tool, |call| &call.tool).to_owned();
        let recalled = made.is_some_and(|call| call.is_memory);
        let Result { call, text, failed, refused, .. } = result;
        let (provenance, text) = provenance::of_result(text, &tool, failed, recalled);
        let kind = EventKind::ToolResult { call: call.into(), tool, failed, refused };
        Event { kind, provenance, text, ..base.clone() }
    }
}

/// The work that a call gives to another agent; `None` when it does not say which. All else is as in `base`.
fn hand_off(base: &Event, call: &str, arguments: &Value) -> Option<Event> {
    let first = |fields: &[&str]| {
        fields.iter().find_map(|field| arguments.get(field)?.as_str()).map(str::to_owned)
    };
    let text = first(ORDER_FIELDS)?;
    let to = first(AGENT_FIELDS).unwrap_or_default();
    let kind = EventKind::HandOff { call: call.into(), to };
    Some(Event { kind, provenance: Provenance::ToolUse, text, ..base.clone() })
}

/// An event of the part's own thread without text, under its own id, or a name by its line when it has none.
pub(super) fn on_line(id: &str, line: u64, time: Option<Time>) -> Event {
    blank(if id.is_empty() { format!("line-{line}") } else { id.into() }, line, time)
}

/// An event of the part's own thread without text.
pub(super) fn blank(id: String, line: u64, time: Option<Time>) -> Event {
    Event {
        id,
        line,
        time,
        thread: String::new(),
        kind: EventKind::Message,
        provenance: Provenance::Harness,
        text: String::new(),
    }
}

/// The event of a message; `None` when it is empty.
pub(super) fn message(base: &Event, by: provenance::Speaker, text: &str) -> Option<Event> {
    let (provenance, text) = provenance::of_message(text, by);
    let is_empty = text.bytes().all(|b| b.is_ascii_whitespace());
    (!is_empty).then(|| Event { provenance, text, ..base.clone() })
}
