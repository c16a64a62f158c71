//! What is found in one part's events, without any model: pure observers that fill the notes.
//!
//! Memory is bounded by counts: between events only pins, short names and the last calls stay.

use std::collections::VecDeque;

use dreaming_records::notes::{CHANGED_FILES, SessionNotes};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;
use dreaming_text::sort;

mod actions;
mod blame;
mod calls;
mod chain;
mod commands;
mod correction;
pub(crate) mod documented;
mod edits;
mod failures;
mod hand_offs;
mod names;
mod noise;
mod open;
mod orders;
mod outcomes;
pub(crate) mod own_words;
pub(crate) mod phrases;
mod pin;
mod quarantine;
mod recalled;
mod refutations;
pub(crate) mod remember;
pub(crate) mod reported;
mod retry;
mod shell;
mod spaceless;
mod statements;
mod steps;
mod template;
mod tools;
mod topic;
mod words;

use actions::Work;
use calls::{Call, Calls, Charged};
use hand_offs::HandOffs;
pub(crate) use names::name as tool_name;
use noise::Noise;
pub(crate) use open::OpenFailures;
use outcomes::Outcomes;
use pin::Seen;
use steps::Steps;
pub(crate) use tools::add as add_calls;

/// Findings of one sort that one part may keep before its session is cut to size. Chosen by us:
/// far more than notes hold.
const MAX_FOUND: usize = 64;

/// Calls after a failure within which its cure is looked for. Chosen by us: a cure follows soon,
/// and what comes later has other causes.
const CURE_WINDOW: u64 = 6;

/// Failures of one thread that may wait for their cure at once. The window closes them soon.
const MAX_FAILED: usize = 32;

/// Threads of one part that are told apart; agents run at most some 25 side by side. Chosen by us.
const MAX_THREADS: usize = 64;

/// The name under which all further threads go together.
const OTHERS: &str = "\0others";

/// Observes the events of one part in their order, and writes what it finds into the notes.
#[derive(Debug, Default)]
pub(crate) struct Extractor {
    part: String,
    /// With their names: the part's own has none.
    threads: Vec<(String, Thread)>,
    steps: Steps,
    hand_offs: HandOffs,
    outcomes: Outcomes,
    noise: Noise,
}

/// Calls and failures of one thread.
#[derive(Debug, Default)]
struct Thread {
    calls: Calls,
    failed: VecDeque<Failed>,
    run: steps::Run,
}

/// A call that failed, of which a later one may tell more.
#[derive(Debug)]
struct Failed {
    /// The number of calls made when the error was seen: only later calls can answer to it.
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

    /// The next event. Returns the commands that it counts for, and whether each failed.
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
                statements::message(&seen, notes);
                topic::message(&seen, &mut notes.topic);
            }
            (EventKind::HandOff { call, to }, _) => self.hand_offs.given(call, to, &seen, notes),
            (EventKind::HandOffEnd { call, failed }, _) => {
                self.hand_offs.ended(call, *failed, notes);
            }
            (EventKind::Outcome(metric), _) => outcomes::told(metric, &seen, notes),
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
        // What an agent writes into a memory was not shown to it.
        let writes = matches!(event.kind, EventKind::ToolUse { .. });
        if event.provenance == Provenance::Recalled && !writes {
            recalled::shown(event, &mut notes.recalled);
            // What an agent wrote of its own session is no document of the project.
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

    /// Writes what only the end of the part tells.
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
    /// A call failed. `charged`: what that is charged to, when the call was seen.
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

    /// A call worked: it may be the cure of an earlier failure, come before it, or show what is right.
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

    /// What had failed when a call was made.
    fn failed_before(&mut self, call: &Call) -> impl Iterator<Item = &mut Failed> {
        let number = call.number;
        self.failed.iter_mut().filter(move |failed| number > failed.seen_at)
    }
}

/// Keeps what was found while there is room for it, else counts it as `dropped`. Its place when it was kept.
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
