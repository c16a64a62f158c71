//! Calls that give work to another agent.

use super::json::Value;

use super::calls::Calls;
use crate::words::harness::HAND_OFF_TOOLS;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// Arguments that name the other agent, the most telling first.
const AGENT_FIELDS: &[&str] = &["subagent_type", "agent_type", "agent_role", "agent_name"];

/// Arguments that say in short what the other agent is to do, the shortest first.
const ORDER_FIELDS: &[&str] = &["description", "task_name", "message", "prompt"];

/// The events of a call: its use, and the hand-off when it gives work to another agent.
pub(super) fn made(
    calls: &mut Calls,
    base: &Event,
    call: &str,
    tool: &str,
    arguments: &Value,
) -> Vec<Event> {
    let used = calls.made(base, call, tool, arguments, false);
    std::iter::once(used).chain(of_call(base, call, tool, arguments)).collect()
}

/// The hand-off that a call is; `None` for other calls. All else is as in `base`.
fn of_call(base: &Event, call: &str, tool: &str, arguments: &Value) -> Option<Event> {
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
