//! How a session ended: verdicts of graders, and the note that a session gave up.

use super::super::fields::{text_of, word_of};
use super::super::log::Log;
use super::{SPENT, stop_reason};
use crate::json_value::Map;
use dreaming_records::outcome::{Metric, OutcomeSource};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_text::sort;

/// Outcomes of a session that are told apart. Chosen by us: only one is defined at a time.
const MAX_OUTCOMES: usize = 64;

/// The verdicts so far. A later one on the same outcome replaces the earlier.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    /// The last verdict on each outcome, by the outcome's id.
    by_outcome: Vec<(String, Event)>,
    gave_up: Option<Event>,
}

impl Verdicts {
    /// A grader judged an outcome.
    pub(super) fn evaluated(&mut self, base: &Event, record: &Map<'_>) {
        let (id, result) = (word_of(record, "outcome_id"), word_of(record, "result"));
        self.by_outcome.retain(|(known, _)| known != id);
        let reached = match result {
            "satisfied" => true,
            // `needs_revision` counts unless the next round ends with a verdict, which replaces it.
            "needs_revision" | "max_iterations_reached" | "failed" => false,
            // Interrupted: there is no judgement.
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

    /// The session changed its status. If it runs again, it did not give up.
    pub(super) fn status(&mut self, base: &Event, record: &Map<'_>) {
        if stop_reason(record) == Some(SPENT) {
            let metric = Metric::verdict("session", OutcomeSource::Weak, false);
            self.gave_up = Some(verdict(base, metric, SPENT));
        } else if text_of(record, "type") != Some("session.status_terminated") {
            // A session that was terminated after its retries ran out still gave up; a termination
            // alone says nothing.
            self.gave_up = None;
        }
    }

    /// Pushes the last verdict on each outcome, in their order in the transcript.
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
