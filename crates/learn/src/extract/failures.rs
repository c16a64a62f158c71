//! Failed calls, and the calls that cured them.

use super::calls::{Arguments, Call, Charged, Did};
use super::names::name;
use super::pin::{Seen, range_in};
use super::{keep, retry, shell, template};
use crate::words::errors::PRECONDITIONS;
use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::notes::{Cure, Failure, Retry, SessionNotes};

/// A failure that waits for its cure.
#[derive(Debug)]
pub(super) struct Uncured {
    /// Its position in the list of failures.
    failure: usize,
    step: String,
    /// The command that failed, and the error line.
    called: Option<(String, String)>,
    /// The `cd` commands of its line.
    folders: Vec<String>,
    /// Whether a call since then went to another folder.
    moved: bool,
    path: Option<String>,
    arguments: Arguments,
    /// The error says that another step had to come first.
    precondition: bool,
    /// The first and the last other step that worked since.
    others: Option<(Cure, Cure)>,
}

/// Notes a failed call. `None` when nothing can cure it.
pub(super) fn failed(
    charged: Option<&Charged<'_>>,
    tool: &str,
    seen: &Seen<'_>,
    notes: &mut SessionNotes,
) -> Option<Uncured> {
    let text = &seen.event.text;
    let line = template::telling_line(text, shell::is_shell(tool));
    let range = range_in(text, line).filter(|range| !range.is_empty())?;
    let (pin, words) = seen.pin(&range, MAX_QUOTE);
    let lower = words.to_ascii_lowercase();
    let failure = Failure {
        tool: charged.map_or_else(|| name(tool), |charged| charged.step.clone()),
        template: template::template(words),
        pin,
        cure: None,
    };
    let failure = keep(failure, &mut notes.failures, &mut notes.dropped)?;
    // A failure that is charged to no command has no cure.
    let is_nobodys = |failed: &&Charged<'_>| failed.call.chain().is_some() && failed.part.is_none();
    let Charged { call, step, part } = charged.filter(|charged| !is_nobodys(charged))?;
    Some(Uncured {
        failure,
        step: step.clone(),
        called: part.as_ref().map(|part| (part.called.clone(), words.into())),
        folders: folders(call),
        moved: false,
        path: call.path.clone(),
        arguments: call.arguments.clone(),
        precondition: PRECONDITIONS.iter().any(|words| lower.contains(words)),
        others: None,
    })
}

/// The `cd` commands of a call's line.
fn folders(call: &Call) -> Vec<String> {
    let parts = call.chain().map(|chain| &*chain.parts).unwrap_or_default();
    let changes = parts.iter().filter(|part| part.program == "cd");
    changes.map(|part| part.called.clone()).collect()
}

impl Uncured {
    /// Whether a call can have to do with the failure. A missing precondition concerns the same
    /// file; a wrong name may be corrected within its folder, or the file found in another.
    fn is_about(&self, call: &Call) -> bool {
        let (Some(failed), Some(worked)) = (self.path.as_deref(), call.path.as_deref()) else {
            return true;
        };
        let parts = |path| str::rsplit_once(path, '/').unwrap_or(("", path));
        let ((folder, file), (other_folder, other_file)) = (parts(failed), parts(worked));
        failed == worked || (!self.precondition && (folder == other_folder || file == other_file))
    }

    /// The words before the failed command that the working call left out.
    fn retry(&self, call: &Call) -> Option<Retry> {
        let (failed, told) = self.called.as_ref()?;
        let worked = call.chain()?.parts.iter().filter(|part| part.worked);
        worked.filter_map(|part| retry::of(failed, &part.called, told)).next()
    }

    /// Looks at a later call that worked. Returns whether the wait is over: the cure is found, or
    /// it is clear that there is none.
    pub(super) fn is_answered(&mut self, call: &Call, notes: &mut SessionNotes) -> bool {
        let cure = |step: &str| Cure { step: step.into(), pin: call.place.pin(), retry: None };
        if let (Some(retry), Some(failure)) =
            (self.retry(call), notes.failures.get_mut(self.failure))
        {
            failure.cure = Some(Cure { retry: Some(retry), ..cure(&call.step) });
            return true;
        }
        let is_about = self.is_about(call);
        let folders = folders(call);
        self.moved |= !folders.is_empty() && folders != self.folders;
        match call.did(&self.step) {
            // The same step on another file does not answer this failure.
            Did::It if is_about => {}
            Did::Else if is_about || !self.precondition => {
                let now = cure(&call.step);
                let first = self.others.take().map_or_else(|| now.clone(), |(first, _)| first);
                self.others = Some((first, now));
                return false;
            }
            Did::It | Did::Perhaps | Did::Else => return false,
        }
        // When the very same call works, what ran before it is the cure. A changed call, or one in
        // another folder, is itself the cure.
        let is_again = self.arguments == call.arguments;
        let found = match self.others.take() {
            Some((first, _)) if self.precondition => Some(first),
            Some((_, last)) if is_again && !self.moved => Some(last),
            None if is_again && !self.moved => None,
            _ => Some(cure(&self.step)),
        };
        if let Some(failure) = notes.failures.get_mut(self.failure) {
            failure.cure = found;
        }
        true
    }
}
