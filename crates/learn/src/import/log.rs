//! What the records of a part tell, as the readers of all formats say it: events with who speaks, calls and
//! their results, and what is said of the session.

use std::collections::VecDeque;

use crate::json::Value;

use super::header::Header;
use super::provenance::{self, Speaker};
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

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// What is said of the session.
    pub(super) header: Header,
    /// The calls whose result may still come, the oldest first.
    calls: VecDeque<Call>,
    /// The events that nobody took yet, each with who spoke, as the header counts them.
    events: Vec<(usize, Event)>,
}

#[derive(Debug)]
struct Call {
    id: String,
    tool: String,
    is_memory: bool,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It was used, or is known to carry nothing for memory.
    Understood,
    /// It was read before.
    Repeated,
    /// Its type is not known.
    Unknown,
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

impl Log {
    /// Counts a record.
    pub(super) fn count(&mut self, record: Became) {
        let account = &mut self.header.account;
        *match record {
            Became::Understood => &mut account.understood,
            Became::Repeated => &mut account.repeated,
            Became::Unknown => &mut account.unknown_type,
        } += 1;
    }

    /// The next event, of the session that speaks.
    pub(super) fn push(&mut self, event: Event) {
        self.events.push((self.header.speaker(), event));
    }

    /// The events since this was asked last, each with who spoke, as the header counts them.
    pub(super) fn take(&mut self) -> Vec<(usize, Event)> {
        std::mem::take(&mut self.events)
    }

    /// Takes the empty list of [`Log::take`] back, for the next events.
    pub(super) fn give_back(&mut self, events: Vec<(usize, Event)>) {
        self.events = events;
    }

    /// How many events nobody took yet.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// The event at a place among those that nobody took yet.
    pub(super) fn get(&self, at: usize) -> Option<&Event> {
        self.events.get(at).map(|(_, event)| event)
    }

    /// The last event, when nobody took it yet.
    pub(super) fn last(&mut self) -> Option<&mut Event> {
        self.events.last_mut().map(|(_, event)| event)
    }

    /// What tells the history of the session from all others, see [`Header::root`]: by the words of the first
    /// event behind the first `told` ones that nobody took yet.
    pub(super) fn root(&mut self, id: &str, time: &str, told: usize) {
        if let Some((_, first)) = self.events.get(told) {
            self.header.root(id, time, &first.text);
        }
    }

    /// A message, unless it is empty.
    pub(super) fn message(&mut self, base: &Event, by: Speaker, text: &str) {
        let (provenance, text) = provenance::of_message(text, by);
        if text.bytes().any(|b| !b.is_ascii_whitespace()) {
            // What begins in the place of a person's words and is an agent's is a plan that the person approved.
            let kind = match (by, provenance) {
                (Speaker::Person, Provenance::Agent) => EventKind::Plan,
                (_, Provenance::Recalled) if provenance::is_summary(&text, by) => {
                    EventKind::Summary
                }
                _ => base.kind.clone(),
            };
            self.push(Event { kind, provenance, text, ..base.clone() });
        }
    }

    /// A call, and the hand-off when it gives work to another agent.
    pub(super) fn used(&mut self, base: &Event, id: &str, tool: &str, arguments: &Value) {
        self.made(base, id, tool, arguments, false);
        let given = HAND_OFF_TOOLS.contains(&tool).then(|| hand_off(base, id, arguments));
        given.flatten().into_iter().for_each(|event| self.push(event));
    }

    /// A call. `is_memory`: the tool reads or writes memories.
    pub(super) fn made(
        &mut self,
        base: &Event,
        id: &str,
        tool: &str,
        arguments: &Value,
        is_memory: bool,
    ) {
        let names_memory = provenance::names_memory(arguments);
        let writes = is_memory || (names_memory && provenance::is_writer(tool));
        let is_memory = is_memory || names_memory;
        let call = Call { id: id.into(), tool: tool.into(), is_memory };
        match self.calls.iter_mut().rfind(|call| is_id(&call.id, id)) {
            Some(known) => *known = call,
            None => self.calls.push_back(call),
        }
        if self.calls.len() > OPEN_CALLS {
            self.calls.pop_front();
        }
        self.push(Event {
            kind: EventKind::ToolUse { call: id.into(), tool: tool.into() },
            provenance: if writes { Provenance::Recalled } else { Provenance::ToolUse },
            text: arguments.canonical(),
            ..base.clone()
        });
    }

    /// The tool of a call that was made and whose result may still come.
    pub(super) fn tool(&self, id: &str) -> Option<&str> {
        self.find(id).map(|call| &*call.tool)
    }

    fn find(&self, id: &str) -> Option<&Call> {
        self.calls.iter().rfind(|call| is_id(&call.id, id))
    }

    /// A result.
    pub(super) fn result(&mut self, base: &Event, result: Result<'_>) {
        let made = self.find(result.call);
        let tool = made.map_or(result.tool, |call| &call.tool).to_owned();
        let recalled = made.is_some_and(|call| call.is_memory);
        let Result { call, text, failed, refused, .. } = result;
        let (provenance, text) = provenance::of_result(text, &tool, failed, recalled);
        let kind = EventKind::ToolResult { call: call.into(), tool, failed, refused };
        self.push(Event { kind, provenance, text, ..base.clone() });
    }
}

/// Whether two ids are one. From the end: their beginnings are alike, and a call is looked for among many.
fn is_id(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().rev().eq(b.bytes().rev())
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
    named(id, ("line", line), line, time)
}

/// The same, with a name by what it is and its number, where many may stand on one line.
pub(super) fn named(id: &str, (what, n): (&str, u64), line: u64, time: Option<Time>) -> Event {
    Event {
        id: if id.is_empty() { format!("{what}-{n}") } else { id.into() },
        line,
        time,
        thread: String::new(),
        kind: EventKind::Message,
        provenance: Provenance::Harness,
        text: String::new(),
    }
}
