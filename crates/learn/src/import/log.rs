//! The output of all readers: events with their speakers, calls and results, and facts about the
//! session.

use std::collections::VecDeque;

use crate::json_value::Value;

use super::header::Header;
use super::provenance::{self, Speaker};
use crate::words::harness::HAND_OFF_TOOLS;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

/// Calls that may wait for a result. Beyond it the oldest is forgotten, and its result has no tool
/// name. Chosen by us: agents make a handful side by side.
const OPEN_CALLS: usize = 256;

/// Arguments that name the other agent, the most specific first.
const AGENT_FIELDS: &[&str] = &["subagent_type", "agent_type", "agent_role", "agent_name"];

/// Arguments that describe the other agent's task, the shortest first.
const ORDER_FIELDS: &[&str] = &["description", "task_name", "message", "prompt"];

/// What the readers reported so far.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Facts about the session.
    pub(super) header: Header,
    /// The calls whose result may still come, the oldest first.
    calls: VecDeque<Call>,
    /// The events that were not taken yet, each with the number of its session, see
    /// [`Header::speaker`].
    events: Vec<(usize, Event)>,
}

#[derive(Debug)]
struct Call {
    id: String,
    tool: String,
    is_memory: bool,
}

/// How a record was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Became {
    /// It was used, or is known to hold nothing for memory.
    Understood,
    /// It was read before.
    Repeated,
    /// Its type is unknown.
    Unknown,
}

/// A result, as the reader of a format reports it.
#[derive(Debug)]
pub(super) struct Result<'a> {
    /// Id of the call.
    pub(super) call: &'a str,
    /// Name of the tool, if the result has it.
    pub(super) tool: &'a str,
    /// The output of the tool.
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

    /// Adds an event of the session whose records are being read.
    pub(super) fn push(&mut self, event: Event) {
        self.events.push((self.header.speaker(), event));
    }

    /// Takes the events since the last call, each with the number of its session, see
    /// [`Header::speaker`].
    pub(super) fn take(&mut self) -> Vec<(usize, Event)> {
        std::mem::take(&mut self.events)
    }

    /// Takes the list from [`Log::take`] back once it is empty, to reuse its memory.
    pub(super) fn give_back(&mut self, events: Vec<(usize, Event)>) {
        self.events = events;
    }

    /// How many events were not taken yet.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// The event at a position among those not taken yet.
    pub(super) fn get(&self, at: usize) -> Option<&Event> {
        self.events.get(at).map(|(_, event)| event)
    }

    /// The last event, if it was not taken yet.
    pub(super) fn last(&mut self) -> Option<&mut Event> {
        self.events.last_mut().map(|(_, event)| event)
    }

    /// Sets the root of the session, see [`Header::root`], from the first event behind the first
    /// `told` of those not taken yet.
    pub(super) fn root(&mut self, id: &str, time: &str, told: usize) {
        if let Some((_, first)) = self.events.get(told) {
            self.header.root(id, time, &first.text);
        }
    }

    /// Adds a message, unless it is empty.
    pub(super) fn message(&mut self, base: &Event, by: Speaker, text: &str) {
        let (provenance, text) = provenance::of_message(text, by);
        if text.bytes().any(|b| !b.is_ascii_whitespace()) {
            // A message in the user's role that an agent wrote is a plan that the person approved.
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

    /// Adds a call, and a hand-off when the call gives work to another agent.
    pub(super) fn used(&mut self, base: &Event, id: &str, tool: &str, arguments: &Value) {
        if HAND_OFF_TOOLS.contains(&tool) {
            self.handed(base, id, tool, arguments);
        } else {
            self.made(base, id, tool, arguments, false);
        }
    }

    /// Adds a call that gives work to another agent, and the hand-off.
    pub(super) fn handed(&mut self, base: &Event, id: &str, tool: &str, arguments: &Value) {
        self.made(base, id, tool, arguments, false);
        hand_off(base, id, arguments).into_iter().for_each(|event| self.push(event));
    }

    /// Adds a call. `is_memory`: the tool reads or writes memories.
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

    /// The tool of a call that still waits for its result.
    pub(super) fn tool(&self, id: &str) -> Option<&str> {
        self.find(id).map(|call| &*call.tool)
    }

    fn find(&self, id: &str) -> Option<&Call> {
        self.calls.iter().rfind(|call| is_id(&call.id, id))
    }

    /// Adds a result.
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

/// Whether two ids are equal. Compares from the end, because many ids begin alike.
fn is_id(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().rev().eq(b.bytes().rev())
}

/// The hand-off that a call makes; `None` when its arguments do not say what the work is. Other
/// fields are those of `base`.
fn hand_off(base: &Event, call: &str, arguments: &Value) -> Option<Event> {
    let first = |fields: &[&str]| {
        fields.iter().find_map(|field| arguments.get(field)?.as_str()).map(str::to_owned)
    };
    let text = first(ORDER_FIELDS)?;
    let to = first(AGENT_FIELDS).unwrap_or_default();
    let kind = EventKind::HandOff { call: call.into(), to };
    Some(Event { kind, provenance: Provenance::ToolUse, text, ..base.clone() })
}

/// An event of the main thread without text. Its id is the record's, or made from the line when the
/// record has none.
pub(super) fn on_line(id: &str, line: u64, time: Option<Time>) -> Event {
    named(id, ("line", line), line, time)
}

/// Like [`on_line`], but the missing id is made from a word and a number, because a line may hold
/// many events.
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
