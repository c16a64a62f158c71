//! Work that threads give each other.

use super::super::fields::{object_of, text_of};
use super::super::provenance::Speaker;
use super::message;
use crate::json::Map;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// Pairs of threads that are remembered; a session runs at most some 25 threads side by side.
/// Chosen by us.
const MAX_THREADS: usize = 256;

/// Threads by what is known of them.
#[derive(Debug, Default)]
pub(super) struct Threads {
    /// Names of agents, by thread.
    names: Vec<(String, String)>,
    /// Threads with work of another one, and who gave it: `(worker, giver)`.
    open: Vec<(String, String)>,
    /// Threads that were given work, by their own account: what they send back is their answer.
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
        let text = |name| text_of(record, name).unwrap_or_default();
        let thread = text("session_thread_id");
        if self.names.len() < MAX_THREADS {
            self.names.retain(|(known, _)| known != thread);
            self.names.push((thread.into(), text("agent_name").into()));
        }
    }

    /// A thread wrote to another one: it gives work, or it answers who gave it work.
    pub(super) fn sent(&mut self, base: &Event, record: &Map<'_>) -> Vec<Event> {
        let text = |name| text_of(record, name).unwrap_or_default();
        let own = text_of(record, "from_session_thread_id").unwrap_or(&base.thread);
        let other = text("to_session_thread_id").to_owned();
        let words = message(base, record, Speaker::Agent);
        if self.asked.contains(&(own.to_owned(), other.clone())) {
            return words;
        }
        note(&mut self.open, (other.clone(), own.to_owned()));
        let to = match text("to_agent_name") {
            "" => {
                let named = self.names.iter().find(|(thread, _)| *thread == other);
                named.map(|(_, name)| name.clone()).unwrap_or_default()
            }
            name => name.to_owned(),
        };
        let order = words.first().map(|event| event.text.clone()).unwrap_or_default();
        let kind = EventKind::HandOff { call: other, to };
        vec![Event { kind, provenance: Provenance::ToolUse, text: order, ..base.clone() }]
    }

    /// A thread was written to: by one that it gave work to, which ends that, or by one that gives
    /// it work.
    pub(super) fn received(&mut self, base: &Event, record: &Map<'_>) -> Vec<Event> {
        let own = text_of(record, "to_session_thread_id").unwrap_or(&base.thread);
        let other = text_of(record, "from_session_thread_id").unwrap_or_default().to_owned();
        let words = message(base, record, Speaker::ParentAgent);
        let given = self.open.iter().position(|(worker, giver)| *worker == other && giver == own);
        let Some(given) = given else {
            note(&mut self.asked, (own.to_owned(), other));
            return words;
        };
        self.open.remove(given);
        let kind = EventKind::HandOffEnd { call: other, failed: false };
        let report = words.first().map(|event| event.text.clone()).unwrap_or_default();
        vec![Event { kind, provenance: Provenance::Agent, text: report, ..base.clone() }]
    }

    /// A thread stopped. One that gave up or was ended before it answered did not do its work.
    pub(super) fn status(&mut self, base: &Event, record: &Map<'_>, kind: &str) -> Vec<Event> {
        let thread = base.thread.clone();
        let reason = object_of(record, "stop_reason").and_then(|reason| text_of(reason, "type"));
        if !kind.ends_with("_terminated") && reason != Some("retries_exhausted") {
            return Vec::new();
        }
        let before = self.open.len();
        self.open.retain(|(worker, _)| *worker != thread);
        if self.open.len() == before {
            return Vec::new();
        }
        let text = reason.unwrap_or("terminated").to_owned();
        let kind = EventKind::HandOffEnd { call: thread, failed: true };
        // The status of a thread is said in the list of who gave it the work.
        let thread = String::new();
        vec![Event { kind, provenance: Provenance::ToolResult, text, thread, ..base.clone() }]
    }
}
