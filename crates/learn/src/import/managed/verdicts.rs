//! How a session ended: verdicts of graders, and sessions that gave up.

use super::super::fields::{text_of, word_of};
use super::super::log::Log;
use super::{SPENT, stop_reason};
use crate::json::Map;
use dreaming_records::outcome::{Metric, OutcomeSource};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_text::sort;

/// Outcomes of one session that are told apart; one is defined at a time. Chosen by us.
const MAX_OUTCOMES: usize = 64;

/// What was said so far. Later verdicts on an outcome take the place of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// By the id of the outcome.
    by_outcome: Vec<(String, Event)>,
    gave_up: Option<Event>,
}

impl Verdicts {
    /// A grader looked at an outcome.
    pub(super) fn evaluated(&mut self, base: &Event, record: &Map<'_>) {
        let (id, result) = (word_of(record, "outcome_id"), word_of(record, "result"));
        self.by_outcome.retain(|(known, _)| known != id);
        let reached = match result {
            "satisfied" => true,
            // That another round is needed is superseded by its verdict; without one it stands.
            "needs_revision" | "max_iterations_reached" | "failed" => false,
            // Interrupted: nobody judged the work.
            _ => return,
        };
        if self.by_outcome.len() < MAX_OUTCOMES {
            let metric = Metric::verdict("outcome", OutcomeSource::Graded, reached);
            let words = match word_of(record, "explanation") {
                "" => result,
                explanation => explanation,
            };
            self.by_outcome.push((id.into(), verdict(base, metric, words)));
        }
    }

    /// The session as a whole changed its status. One that runs again did not give up.
    pub(super) fn status(&mut self, base: &Event, record: &Map<'_>) {
        if stop_reason(record) == Some(SPENT) {
            let metric = Metric::verdict("session", OutcomeSource::Weak, false);
            self.gave_up = Some(verdict(base, metric, SPENT));
        } else if text_of(record, "type") != Some("session.status_terminated") {
            // What was ended after its retries were spent stays given up; an end alone says nothing.
            self.gave_up = None;
        }
    }

    /// Tells the last verdicts, in the order of their places.
    pub(super) fn finish(&mut self, log: &mut Log) {
        let mut by_outcome = std::mem::take(&mut self.by_outcome);
        sort::by(&mut by_outcome, |(a, _), (b, _)| a.cmp(b));
        let judged = by_outcome.into_iter().map(|(_, event)| event);
        let mut events: Vec<Event> = judged.chain(self.gave_up.take()).collect();
        sort::by_key(&mut events, |event| event.line);
        events.into_iter().for_each(|event| log.push(event));
    }
}

fn verdict(base: &Event, metric: Metric, words: &str) -> Event {
    Event {
        kind: EventKind::Outcome(metric),
        provenance: Provenance::ToolResult,
        text: words.into(),
        ..base.clone()
    }
}
