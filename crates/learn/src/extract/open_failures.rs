//! Failures that no later call has settled: none of the same command, or of the same tool on the
//! same file, has worked.

use super::Work;
use super::calls::{Call, Calls, Did};
use super::pin::Seen;
use crate::step;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// Most failures that are open at once; the oldest is forgotten beyond it. Chosen by us: only the
/// last are shown.
const MOST: usize = 16;

/// The open failures of one thread. The caller keeps a `T` of each call and of each result.
#[derive(Debug)]
pub(crate) struct OpenFailures<T> {
    calls: Calls,
    /// What the caller keeps of the calls that have no result yet.
    made: Vec<(String, T)>,
    open: Vec<Failed<T>>,
}

/// A failure, and the step and file that a later call must have to end it.
#[derive(Debug)]
struct Failed<T> {
    step: String,
    path: Option<String>,
    kept: [T; 2],
}

impl<T> Default for OpenFailures<T> {
    fn default() -> Self {
        Self { calls: Calls::default(), made: Vec::new(), open: Vec::new() }
    }
}

impl<T> OpenFailures<T> {
    /// A call was made.
    pub(crate) fn made(&mut self, id: &str, tool: &str, arguments: &str, kept: T) {
        let event = Event {
            id: String::new(),
            line: 0,
            time: None,
            thread: String::new(),
            kind: EventKind::ToolUse { call: id.into(), tool: tool.into() },
            provenance: Provenance::ToolUse,
            text: arguments.into(),
        };
        self.calls.made(id, tool, &Seen::new(&event, ""));
        self.made.push((id.into(), kept));
    }

    /// A call worked.
    pub(crate) fn worked(&mut self, id: &str) {
        let Some((call, _)) = self.take(id) else { return };
        let is_it = |failed: &Failed<T>| call.did(&failed.step) == Did::It;
        self.open.retain(|failed| !is_it(failed) || failed.path != call.path);
    }

    /// Notes a failed call. A command that only looks is left out, and so is a line when nobody
    /// knows which of its commands failed.
    pub(crate) fn failed(&mut self, id: &str, printed: &str, kept: T) {
        let Some((call, made)) = self.take(id) else { return };
        let charged = call.charged(printed);
        let label = charged.part.as_ref().and_then(|part| part.label.as_deref());
        let tells = match call.work {
            Work::Runs(_) => label.is_some_and(|label| !step::looks(label)),
            Work::Nothing => false,
            Work::ChangesFiles | Work::Acts(_) => true,
        };
        if !tells {
            return;
        }
        let failed = Failed { step: charged.step, path: call.path.clone(), kept: [made, kept] };
        self.open.retain(|other| other.step != failed.step || other.path != failed.path);
        if self.open.len() >= MOST {
            self.open.remove(0);
        }
        self.open.push(failed);
    }

    /// What the caller kept of each open failure: its call, then its result. The latest failure
    /// comes last.
    pub(crate) fn open(&self) -> impl DoubleEndedIterator<Item = &[T; 2]> {
        self.open.iter().map(|failed| &failed.kept)
    }

    fn take(&mut self, id: &str) -> Option<(Call, T)> {
        let at = self.made.iter().rposition(|(made, _)| made == id)?;
        let (_, kept) = self.made.remove(at);
        Some((self.calls.take(id)?, kept))
    }
}
