//! Finds what matters in the events of one part without a model: each observer fills some of the
//! notes.
//!
//! Memory is bounded by counts: between events only pins, short names and the last calls stay.

use std::collections::VecDeque;

use dreaming_records::notes::{CHANGED_FILES, SessionNotes};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_text::sort;

mod blame;
mod call_effects;
mod calls;
mod chain;
mod correction;
pub(crate) mod documented;
mod edits;
mod failures;
mod hand_offs;
mod names;
mod noise;
mod open_failures;
mod orders;
mod outcomes;
pub(crate) mod own_words;
mod person_statements;
pub(crate) mod phrases;
mod pin;
mod quarantine;
mod recalled;
mod refutations;
pub(crate) mod remember;
pub(crate) mod reported;
mod retry;
mod sentence_words;
mod shell;
mod shell_syntax;
mod spaceless;
pub(crate) mod speaker_label;
mod steps;
mod template;
mod tools;
mod topic;

use call_effects::Work;
use calls::{Call, Calls, Charged};
use hand_offs::HandOffs;
pub(crate) use names::name as tool_name;
use noise::Noise;
pub(crate) use open_failures::OpenFailures;
use outcomes::Outcomes;
use pin::Seen;
use speaker_label::Speakers;
use steps::Steps;
pub(crate) use tools::add as add_calls;

/// Findings of one sort that are kept of a part; later the notes of the whole session are cut to
/// size. Chosen by us: far more than notes hold.
const MAX_FOUND: usize = 64;

/// Calls after a failure among which its cure is looked for. Chosen by us: a cure follows soon, and
/// later successes have other causes.
const CURE_WINDOW: u64 = 6;

/// Failures of one thread that may wait for a cure at once; `CURE_WINDOW` ends their wait soon.
const MAX_FAILED: usize = 32;

/// Threads of one part that are told apart; agents run at most some 25 side by side. Chosen by us.
const MAX_THREADS: usize = 64;

/// The name for all threads beyond [`MAX_THREADS`].
const OTHERS: &str = "\0others";

/// Observes the events of one part in their order, and writes what it finds into the notes.
#[derive(Debug, Default)]
pub(crate) struct Extractor {
    part: String,
    /// The threads by name; the part's own has an empty name.
    threads: Vec<(String, Thread)>,
    steps: Steps,
    hand_offs: HandOffs,
    outcomes: Outcomes,
    noise: Noise,
}

/// Calls and failures of one thread.
#[derive(Debug, Default)]
struct Thread {
    /// The message in which a person spoke last.
    said: Option<String>,
    /// Who spoke, where a chat's software says so.
    speakers: Speakers,
    calls: Calls,
    failed: VecDeque<Failed>,
    run: steps::Run,
}

/// A failed call that later calls may explain.
#[derive(Debug)]
struct Failed {
    /// How many calls were made when the error appeared: only later calls can be a reaction to it.
    seen_at: u64,
    uncured: Option<failures::Uncured>,
    absent: Option<refutations::Absent>,
    unknown: Option<edits::Unknown>,
}

impl Extractor {
    /// An extractor for the part `part`.
    pub(crate) fn new(part: &str) -> Self {
        Self { part: part.into(), ..Self::default() }
    }

    /// Observes the next event. Returns the shell commands that it completes, and whether each
    /// failed.
    pub(crate) fn observe(
        &mut self,
        event: &Event,
        notes: &mut SessionNotes,
    ) -> Vec<(String, bool)> {
        let mut counted = Vec::new();
        let has_room = self.threads.len() < MAX_THREADS;
        let place = |name: &str| self.threads.iter().position(|(known, _)| known == name);
        let known = place(&event.thread);
        let name = if has_room || known.is_some() { event.thread.as_str() } else { OTHERS };
        let known = known.or_else(|| place(name));
        if known.is_none() {
            self.threads.push((name.into(), Thread::default()));
        }
        let at = known.unwrap_or(self.threads.len() - 1);
        let Some((_, thread)) = self.threads.get_mut(at) else { return counted };
        let seen = Seen::new(event, &self.part);
        match (&event.kind, event.provenance) {
            (EventKind::Message, Provenance::User) => {
                let before = (&mut thread.said, &mut thread.speakers);
                person_statements::message(&seen, before, notes);
                topic::message(&seen, &mut notes.topic);
            }
            (EventKind::HandOff { call, to }, _) => self.hand_offs.given(call, to, &seen, notes),
            (EventKind::HandOffEnd { call, failed }, _) => {
                self.hand_offs.ended(call, *failed, notes);
            }
            (EventKind::Outcome(metric), _) => outcomes::metric(metric, &seen, notes),
            (EventKind::ToolUse { call, tool }, Provenance::ToolUse) => {
                thread.calls.made(call, tool, &seen);
            }
            (EventKind::ToolResult { call, tool, failed, refused }, _) => {
                let made = thread.calls.take(call);
                tools::result(tool, *failed, *refused, notes);
                if *refused {
                    self.outcomes.refused(&seen);
                } else {
                    self.hand_offs.ended(call, *failed, notes);
                }
                if *failed && !refused && event.provenance == Provenance::ToolResult {
                    let charged = made.as_ref().map(|made| made.charged(&event.text));
                    counted = tools::line_failed(charged.as_ref(), notes);
                    let known = notes.failures.len();
                    thread.failed(charged.as_ref(), tool, &seen, notes);
                    if let Some(charged) = charged {
                        if notes.failures.len() > known {
                            self.noise.failed(&charged, known, &seen);
                        }
                        self.outcomes.failed(&charged);
                    }
                } else if let Some(made) = made.filter(|_| !failed) {
                    thread.worked(&made, notes);
                    documented::read(&made, event, &mut notes.documented);
                    self.outcomes.worked(&made);
                    self.noise.worked(&made, &event.text);
                    match made.work {
                        Work::Runs(chain) => {
                            notes.actions_unlisted += 1;
                            counted = tools::line_worked(&chain, notes);
                            self.steps.ran(chain.ran(), &made.place, &mut thread.run, notes);
                        }
                        Work::ChangesFiles => {
                            notes.actions_unlisted += 1;
                            self.steps.add(CHANGED_FILES, &made.place, &mut thread.run, notes);
                        }
                        Work::Acts(action) => {
                            let kept = keep(action, &mut notes.actions, &mut notes.dropped);
                            notes.actions_unlisted += u64::from(kept.is_none());
                        }
                        Work::Nothing => {}
                    }
                }
            }
            _ => {}
        }
        // The agent wrote this into a memory; nobody showed it to the agent.
        let writes = matches!(event.kind, EventKind::ToolUse { .. });
        if event.provenance == Provenance::Recalled && !writes {
            recalled::shown(event, &mut notes.recalled);
            // A summary that an agent wrote of its session is no project document.
            if event.kind != EventKind::Summary {
                documented::shown(&event.text, &mut notes.documented);
            }
        } else if event.provenance == Provenance::Recalled {
            documented::written(&seen, &mut notes.documented);
        }
        if matches!(event.provenance, Provenance::External | Provenance::ToolResult) {
            quarantine::look(&seen, &mut notes.quarantined);
        }
        counted
    }

    /// Adds what is known only at the end of the part.
    pub(crate) fn finish(mut self, notes: &mut SessionNotes) {
        sort::all(&mut notes.recalled);
        sort::all(&mut notes.documented);
        tools::finish(&mut notes.commands);
        self.outcomes.finish(notes);
        self.noise.finish(notes);
        sort::by(&mut self.threads, |(a, _), (b, _)| a.cmp(b));
        (notes.steps, notes.order) = self.steps.finish(self.threads.iter().map(|(_, t)| &t.run));
    }
}

impl Thread {
    /// Notes a failed call. `charged`: the call and step at fault, when the call is known.
    fn failed(
        &mut self,
        charged: Option<&Charged<'_>>,
        tool: &str,
        seen: &Seen<'_>,
        notes: &mut SessionNotes,
    ) {
        if self.failed.len() >= MAX_FAILED {
            self.failed.pop_front();
        }
        self.failed.push_back(Failed {
            seen_at: self.calls.made,
            uncured: failures::failed(charged, tool, seen, notes),
            absent: charged.and_then(|charged| refutations::absent(charged.call, seen)),
            unknown: charged.and_then(|charged| edits::unknown(charged, seen)),
        });
    }

    /// Notes a call that worked: it may cure an earlier failure, come before a cure, or show the
    /// right value.
    fn worked(&mut self, call: &Call, notes: &mut SessionNotes) {
        self.failed.retain(|failed| call.number <= failed.seen_at + CURE_WINDOW);
        for failed in self.failed_before(call) {
            failed.uncured.take_if(|uncured| uncured.is_answered(call, notes));
        }
        let absent = self.failed_before(call).map(|failed| &mut failed.absent);
        refutations::worked(call, absent, notes);
        let unknown = self.failed_before(call).map(|failed| &mut failed.unknown);
        edits::worked(call, unknown, notes);
    }

    /// The failures that the agent had seen when it made this call.
    fn failed_before(&mut self, call: &Call) -> impl Iterator<Item = &mut Failed> {
        let number = call.number;
        self.failed.iter_mut().filter(move |failed| number > failed.seen_at)
    }
}

/// Adds `found` while there is room and returns its position; otherwise counts it in `dropped`.
fn keep<T>(found: T, list: &mut Vec<T>, dropped: &mut u64) -> Option<usize> {
    let place = list.len();
    if place < MAX_FOUND {
        list.push(found);
        return Some(place);
    }
    *dropped += 1;
    None
}

/// Adds a name to a list of at most `most` distinct ones.
fn note(name: String, list: &mut Vec<String>, most: usize) {
    if list.len() < most && !list.contains(&name) {
        list.push(name);
    }
}

#[cfg(test)]
mod tests;
