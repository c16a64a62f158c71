//! The calls of a part that wait for their results, and the events of both.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::provenance;
use crate::canonical;
use crate::session::{Event, EventKind};
use crate::trust::Provenance;

/// Calls whose result may still come. Agents make a handful side by side; beyond this the oldest
/// is forgotten and its result has no tool name. Chosen by us.
const OPEN_CALLS: usize = 256;

/// Tools whose call gives work to another agent: those names under which harnesses offer it.
const HAND_OFF_TOOLS: &[&str] = &["Agent", "Task", "spawn_agent"];

/// Arguments that name the other agent, the most telling first.
const AGENT_FIELDS: &[&str] = &["subagent_type", "agent_type", "agent_role", "agent_name"];

/// Arguments that say in short what the other agent is to do, the shortest first.
const ORDER_FIELDS: &[&str] = &["description", "task_name", "message", "prompt"];

/// A call that waits for its result.
#[derive(Debug)]
struct Call {
    tool: String,
    reads_memory: bool,
}

/// What a tool gave back.
#[derive(Debug)]
pub(super) struct Answer {
    /// Id of the call.
    pub(super) call: String,
    /// The decoded text.
    pub(super) text: String,
    /// Whether the call failed, by its own account.
    pub(super) failed: bool,
    /// Whether a person refused it.
    pub(super) refused: bool,
}

/// Open calls by id, and in the order in which they were made.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: BTreeMap<String, Call>,
    order: VecDeque<String>,
}

impl Calls {
    /// The events of a call: its use, and the hand-off when it gives work to another agent. All
    /// else is as in `base`.
    pub(super) fn made(
        &mut self,
        base: &Event,
        call: &str,
        tool: &str,
        arguments: Value,
    ) -> Vec<Event> {
        let reads_memory = provenance::names_memory(&arguments);
        let provenance = if reads_memory && provenance::is_writer(tool) {
            Provenance::Recalled
        } else {
            Provenance::ToolUse
        };
        self.note(call, Call { tool: tool.into(), reads_memory });
        let hand_off = hand_off(base, call, tool, &arguments);
        let text = canonical::to_bytes(&plain_numbers(arguments)).unwrap_or_default();
        let text = String::from_utf8(text).unwrap_or_default();
        let kind = EventKind::ToolUse { call: call.into(), tool: tool.into() };
        let used = Event { kind, provenance, text, ..base.clone() };
        std::iter::once(used).chain(hand_off).collect()
    }

    /// The event of a result. All else is as in `base`.
    pub(super) fn answered(&self, base: &Event, answer: Answer) -> Event {
        let Answer { call, text, failed, refused } = answer;
        let made = self.open.get(&call);
        let tool = made.map(|c| c.tool.clone()).unwrap_or_default();
        let recalled = made.is_some_and(|c| c.reads_memory);
        let refused = failed && (refused || provenance::is_refusal(&text));
        let (provenance, text) = provenance::of_result(text, &tool, failed, recalled);
        let kind = EventKind::ToolResult { call, tool, failed, refused };
        Event { kind, provenance, text, ..base.clone() }
    }

    fn note(&mut self, id: &str, call: Call) {
        if self.open.insert(id.into(), call).is_none() {
            self.order.push_back(id.into());
        }
        if self.order.len() > OPEN_CALLS
            && let Some(oldest) = self.order.pop_front()
        {
            self.open.remove(&oldest);
        }
    }
}

fn hand_off(base: &Event, call: &str, tool: &str, arguments: &Value) -> Option<Event> {
    if !HAND_OFF_TOOLS.contains(&tool) {
        return None;
    }
    let first = |fields: &[&str]| {
        fields.iter().find_map(|field| arguments.get(field)?.as_str()).map(str::to_owned)
    };
    let order = first(ORDER_FIELDS)?;
    let to = first(AGENT_FIELDS).unwrap_or_default();
    let kind = EventKind::HandOff { call: call.into(), to };
    Some(Event { kind, provenance: Provenance::ToolUse, text: order, ..base.clone() })
}

/// Arguments with each number that has no canonical form written as text.
fn plain_numbers(value: Value) -> Value {
    match value {
        Value::Number(n) if canonical::to_bytes(&n).is_err() => Value::String(n.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(plain_numbers).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(k, v)| (k, plain_numbers(v))).collect())
        }
        other => other,
    }
}
