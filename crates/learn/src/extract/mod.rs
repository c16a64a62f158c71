//! What is found in one part's events, without any model: pure observers that fill the notes.
//!
//! Memory is bounded by counts: between events only pins, short names and the last calls stay.

use dreaming_records::notes::{Action, Refutation, SessionNotes, Statement};
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
pub(crate) mod edits;
mod failures;
mod hand_offs;
mod orders;
mod outcomes;
pub(crate) mod own_words;
pub(crate) mod phrases;
mod pin;
mod quarantine;
mod recalled;
mod refutations;
pub(crate) mod remember;
mod shell;
mod spaceless;
mod statements;
mod steps;
mod template;
mod tools;
mod topic;
mod words;

use actions::Work;
use calls::Calls;
pub(crate) use calls::name as tool_name;
use documented::Documented;
use failures::Failures;
use hand_offs::HandOffs;
use outcomes::Outcomes;
use pin::Seen;
use quarantine::Quarantine;
use recalled::Recalled;
use steps::Steps;
use tools::Tools;
pub(crate) use tools::add as add_calls;
use topic::Topic;

/// Findings of one sort that one part may keep before its session is cut to size. Chosen by us:
/// far more than notes hold.
const MAX_FOUND: usize = 64;

/// Calls after a failure within which its cure is looked for. Chosen by us: a cure follows soon,
/// and what comes later has other causes.
const CURE_WINDOW: u64 = 6;

/// Threads of one part that are told apart; agents run at most some 25 side by side. Chosen by us.
const MAX_THREADS: usize = 64;

/// The name under which all further threads go together.
const OTHERS: &str = "\0others";

/// Observes the events of one part in their order.
#[derive(Debug, Default)]
pub(crate) struct Extractor {
    part: String,
    /// With their names: the part's own has none.
    threads: Vec<(String, Thread)>,
    failures: Failures,
    refutations: Kept<Refutation>,
    statements: Kept<Statement>,
    steps: Steps,
    actions: Kept<Action>,
    /// Commands that ran and files that changed: done, and no actions.
    other_work: u64,
    quarantine: Quarantine,
    tools: Tools,
    hand_offs: HandOffs,
    topic: Topic,
    recalled: Recalled,
    documented: Documented,
    outcomes: Outcomes,
}

/// Calls and failures of one thread.
#[derive(Debug, Default)]
struct Thread {
    calls: Calls,
    open_failures: failures::Open,
    missing: refutations::Missing,
    edits: edits::Open,
    run: steps::Run,
}

impl Extractor {
    /// An extractor for the part `part`.
    pub(crate) fn new(part: &str) -> Self {
        Self { part: part.into(), ..Self::default() }
    }

    /// The next event.
    pub(crate) fn observe(&mut self, event: &Event) {
        let has_room = self.threads.len() < MAX_THREADS;
        let place = |name: &str| self.threads.iter().position(|(known, _)| known == name);
        let known = place(&event.thread);
        let name = if has_room || known.is_some() { event.thread.as_str() } else { OTHERS };
        let known = known.or_else(|| place(name));
        if known.is_none() {
            self.threads.push((name.into(), Thread::default()));
        }
        let at = known.unwrap_or(self.threads.len() - 1);
        let Some((_, thread)) = self.threads.get_mut(at) else { return };
        let seen = Seen::new(event, &self.part);
        match (&event.kind, event.provenance) {
            (EventKind::Message, Provenance::User) => {
                statements::message(&seen, &mut self.statements);
                self.topic.message(&seen);
            }
            (EventKind::HandOff { call, to }, _) => self.hand_offs.given(call, to, &seen),
            (EventKind::HandOffEnd { call, failed }, _) => self.hand_offs.ended(call, *failed),
            (EventKind::Outcome(metric), _) => self.outcomes.told(metric, &seen),
            (EventKind::ToolUse { call, tool }, Provenance::ToolUse) => {
                thread.calls.made(call, tool, &seen);
            }
            (EventKind::ToolResult { call, tool, failed, refused }, _) => {
                let made = thread.calls.take(call);
                let now = thread.calls.made;
                self.tools.result(tool, *failed, *refused);
                if *refused {
                    self.outcomes.refused(&seen);
                } else {
                    self.hand_offs.ended(call, *failed);
                }
                if *failed && !refused && event.provenance == Provenance::ToolResult {
                    let charged = made.as_ref().map(|made| made.charged(&event.text));
                    let charged = charged.as_ref();
                    self.tools.line_failed(charged);
                    self.failures.failed(charged, tool, now, &seen, &mut thread.open_failures);
                    thread.missing.failed(made.as_ref(), now, &seen);
                    if let Some(charged) = charged {
                        thread.edits.failed(charged, now, &seen);
                        self.outcomes.failed(charged, &seen);
                    }
                } else if let Some(made) = made.filter(|_| !failed) {
                    self.failures.succeeded(&made, &mut thread.open_failures);
                    thread.missing.succeeded(&made, &mut self.refutations);
                    thread.edits.succeeded(&made, &mut self.refutations);
                    self.documented.read(&made, event);
                    self.outcomes.worked(&made);
                    match made.work {
                        Work::Runs(chain) => {
                            self.other_work += 1;
                            self.tools.line_worked(&chain);
                            self.steps.ran(chain.ran(), &made.place, &mut thread.run);
                        }
                        Work::ChangesFiles => {
                            self.other_work += 1;
                            self.steps.changed_files(&made.place, &mut thread.run);
                        }
                        Work::Acts(action) => _ = self.actions.add(action),
                        Work::Nothing => {}
                    }
                }
            }
            _ => {}
        }
        // What an agent writes into a memory was not shown to it.
        let writes = matches!(event.kind, EventKind::ToolUse { .. });
        if event.provenance == Provenance::Recalled && !writes {
            self.recalled.shown(event);
            self.documented.shown(&event.text);
        } else if event.provenance == Provenance::Recalled {
            self.documented.written(&seen);
        }
        if matches!(event.provenance, Provenance::External | Provenance::ToolResult) {
            self.quarantine.look(&seen);
        }
    }

    /// The commands that the last event counted for, and whether each failed.
    pub(crate) fn counted(&mut self) -> Vec<(String, bool)> {
        self.tools.counted()
    }

    /// Writes what was found into the notes.
    pub(crate) fn finish(mut self, notes: &mut SessionNotes) {
        let dropped = &mut notes.dropped;
        *dropped += self.steps.left_out + self.tools.left_out;
        notes.actions_unlisted = self.actions.left_out + self.other_work;
        notes.failures = self.failures.0.finish(dropped);
        notes.refutations = self.refutations.finish(dropped);
        notes.statements = self.statements.finish(dropped);
        notes.actions = self.actions.finish(dropped);
        notes.hand_offs = self.hand_offs.found.finish(dropped);
        notes.quarantined = self.quarantine.found;
        (notes.tools, notes.commands) = self.tools.finish();
        notes.topic = self.topic.0.into_iter().collect();
        notes.recalled = self.recalled.0.into_iter().collect();
        notes.documented = self.documented.0.into_iter().collect();
        self.outcomes.finish(notes);
        sort::by(&mut self.threads, |(a, _), (b, _)| a.cmp(b));
        (notes.steps, notes.order) = self.steps.finish(self.threads.iter().map(|(_, t)| &t.run));
    }
}

/// Findings of one sort: so many as there is room for.
#[derive(Debug)]
struct Kept<T> {
    items: Vec<T>,
    left_out: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { items: Vec::new(), left_out: 0 }
    }
}

impl<T> Kept<T> {
    /// Keeps `item` while there is room, else counts it. Its place when it was kept.
    fn add(&mut self, item: T) -> Option<usize> {
        let place = self.items.len();
        if place < MAX_FOUND {
            self.items.push(item);
            return Some(place);
        }
        self.left_out += 1;
        None
    }

    /// What was kept; adds what was not to `dropped`.
    fn finish(self, dropped: &mut u64) -> Vec<T> {
        *dropped += self.left_out;
        self.items
    }
}

#[cfg(test)]
mod tests;
