//! A call, as messages of the model and parts of a response tell it.

use crate::json_value::Value;

use super::super::copilot::names_instructions;
use super::super::log::Log;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// The tool with which the agent keeps memories, and the one that hands work to another agent.
const MEMORY_TOOL: &str = "memory";
const HAND_OFF_TOOL: &str = "runSubagent";

/// Pushes a call, and the hand-off that it makes.
pub(super) fn made(base: &Event, id: &str, tool: &str, arguments: &Value<'_>, log: &mut Log) {
    if tool.is_empty() {
        return;
    }
    if tool == MEMORY_TOOL || names_instructions(arguments) {
        return log.made(base, id, tool, arguments, true);
    }
    log.used(base, id, tool, arguments);
    let word = |name| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let text = ["description", "prompt"].into_iter().map(word).find(|text| !text.is_empty());
    if let Some(text) = text.filter(|_| tool == HAND_OFF_TOOL) {
        let kind = EventKind::HandOff { call: id.into(), to: word("agentName").into() };
        let provenance = Provenance::ToolUse;
        log.push(Event { kind, provenance, text: text.into(), ..base.clone() });
    }
}
