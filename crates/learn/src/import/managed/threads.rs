//! Hand-offs between the threads of a session.

use super::super::fields::{text_of, word_of};
use super::super::log::Log;
use super::super::provenance::{Speaker, of_message};
use super::{SPENT, message, stop_reason, texts};
use crate::json_value::Map;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// Pairs of threads that are remembered; a session runs at most some 25 threads side by side.
/// Chosen by us.
const MAX_THREADS: usize = 256;

/// What is known of the threads of a session.
#[derive(Debug, Default)]
pub(super) struct Threads {
    /// Names of agents, by thread.
    names: Vec<(String, String)>,
    /// Work under way, as `(worker, giver)`.
    open: Vec<(String, String)>,
    /// `(worker, giver)` pairs from the worker's own events: what such a worker sends back is an
    /// answer.
    asked: Vec<(String, String)>,
}

/// Notes a pair while there is room.
fn note(pairs: &mut Vec<(String, String)>, pair: (String, String)) {
    if pairs.len() < MAX_THREADS && !pairs.contains(&pair) {
        pairs.push(pair);
    }
}

impl Threads {
    /// A thread was made.
    pub(super) fn created(&mut self, record: &Map<'_>) {
        let thread = word_of(record, "session_thread_id");
        if self.names.len() < MAX_THREADS {
            self.names.retain(|(known, _)| known != thread);
            self.names.push((thread.into(), word_of(record, "agent_name").into()));
        }
    }

    /// A thread wrote to another one: a hand-off, or an answer to the thread that gave it work.
    pub(super) fn sent(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let own = text_of(record, "from_session_thread_id").unwrap_or(&base.thread);
        let other = word_of(record, "to_session_thread_id").to_owned();
        if self.asked.contains(&(own.to_owned(), other.clone())) {
            return message(base, record, Speaker::Agent, log);
        }
        note(&mut self.open, (other.clone(), own.to_owned()));
        let known = self.names.iter().find(|(thread, _)| *thread == other);
        let to = match word_of(record, "to_agent_name") {
            "" => known.map(|(_, name)| name.clone()).unwrap_or_default(),
            name => name.to_owned(),
        };
        let kind = EventKind::HandOff { call: other, to };
        let text = words(record, Speaker::Agent);
        log.push(Event { kind, provenance: Provenance::ToolUse, text, ..base.clone() });
    }

    /// A thread got a message: an answer, which ends the hand-off, or work from another thread.
    pub(super) fn received(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let own = text_of(record, "to_session_thread_id").unwrap_or(&base.thread);
        let other = word_of(record, "from_session_thread_id").to_owned();
        let given = self.open.iter().position(|(worker, giver)| *worker == other && giver == own);
        let Some(given) = given else {
            note(&mut self.asked, (own.to_owned(), other));
            return message(base, record, Speaker::ParentAgent, log);
        };
        self.open.remove(given);
        let kind = EventKind::HandOffEnd { call: other, failed: false };
        let text = words(record, Speaker::ParentAgent);
        log.push(Event { kind, provenance: Provenance::Agent, text, ..base.clone() });
    }

    /// A thread changed its status. If it gave up or was terminated before it answered, its
    /// hand-off failed.
    pub(super) fn status(&mut self, base: &Event, record: &Map<'_>, kind: &str, log: &mut Log) {
        let reason = stop_reason(record);
        if !kind.ends_with("_terminated") && reason != Some(SPENT) {
            return;
        }
        let before = self.open.len();
        self.open.retain(|(worker, _)| *worker != base.thread);
        if self.open.len() < before {
            log.push(Event {
                kind: EventKind::HandOffEnd { call: base.thread.clone(), failed: true },
                provenance: Provenance::ToolResult,
                text: reason.unwrap_or("terminated").into(),
                // The thread that gave the work gets the event.
                thread: String::new(),
                ..base.clone()
            });
        }
    }
}

/// The first text of a message that is not empty.
fn words(record: &Map<'_>, by: Speaker) -> String {
    let mut said = texts(record).map(|text| of_message(text, by).1);
    said.find(|text| !text.trim_ascii().is_empty()).unwrap_or_default()
}
