//! Calls that failed, and what then worked.

use super::calls::{Arguments, Call, Charged, Did, name};
use super::pin::{Seen, range_in};
use super::{CURE_WINDOW, Kept, shell, template};
use crate::words::errors::PRECONDITIONS;
use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::notes::{Cure, Failure};

/// Failures of one thread that may wait for their cure at once. The window closes them soon.
const MAX_OPEN: usize = 32;

/// The failures so far.
#[derive(Debug, Default)]
pub(super) struct Failures(pub(super) Kept<Failure>);

/// Failures of a thread that wait for their cure.
#[derive(Debug, Default)]
pub(super) struct Open(Vec<Waiting>);

#[derive(Debug)]
struct Waiting {
    /// Place in the list of failures.
    failure: usize,
    step: String,
    path: Option<String>,
    arguments: Arguments,
    /// The error says that something had to be done before.
    precondition: bool,
    /// The number of calls made when the error was seen: only later calls can answer to it.
    seen_at: u64,
    /// The first and the last call of another sort that worked since.
    others: Option<(Cure, Cure)>,
}

impl Waiting {
    /// Whether a call can have to do with the failure. What one file lacks is not done at
    /// another; a wrong name is corrected within its folder, or the file is found elsewhere.
    fn is_about(&self, call: &Call) -> bool {
        let (Some(failed), Some(worked)) = (self.path.as_deref(), call.path.as_deref()) else {
            return true;
        };
        let parts = |path| str::rsplit_once(path, '/').unwrap_or(("", path));
        let ((folder, file), (other_folder, other_file)) = (parts(failed), parts(worked));
        failed == worked || (!self.precondition && (folder == other_folder || file == other_file))
    }
}

impl Failures {
    /// A call failed. `made`: how many calls the thread had made by then.
    pub(super) fn failed(
        &mut self,
        charged: Option<&Charged<'_>>,
        tool: &str,
        made: u64,
        seen: &Seen<'_>,
        open: &mut Open,
    ) {
        let text = &seen.event.text;
        let line = template::telling_line(text, shell::is_shell(tool));
        let Some(range) = range_in(text, line).filter(|range| !range.is_empty()) else { return };
        let (pin, words) = seen.pin(&range, MAX_QUOTE);
        let lower = words.to_ascii_lowercase();
        let failure = Failure {
            tool: charged.map_or_else(|| name(tool), |charged| charged.step.clone()),
            template: template::template(words),
            pin,
            cure: None,
        };
        let Some((place, Charged { call, step, part })) = self.0.add(failure).zip(charged) else {
            return;
        };
        // What is nobody's failure, nothing cures.
        if call.chain().is_some() && part.is_none() {
            return;
        }
        if open.0.len() >= MAX_OPEN {
            open.0.remove(0);
        }
        open.0.push(Waiting {
            failure: place,
            step: step.clone(),
            path: call.path.clone(),
            arguments: call.arguments.clone(),
            precondition: PRECONDITIONS.iter().any(|words| lower.contains(words)),
            seen_at: made,
            others: None,
        });
    }

    /// A call worked: it may be the cure of earlier failures, or come before it.
    pub(super) fn succeeded(&mut self, call: &Call, open: &mut Open) {
        let cure = |step: &str| Cure { step: step.into(), pin: call.place.pin() };
        open.0.retain_mut(|waiting| {
            if call.number > waiting.seen_at + CURE_WINDOW {
                return false;
            }
            if call.number <= waiting.seen_at {
                return true;
            }
            match call.did(&waiting.step) {
                Did::It => {}
                Did::Perhaps => return true,
                Did::Else => {
                    if waiting.is_about(call) || !waiting.precondition {
                        let now = cure(&call.step);
                        let first =
                            waiting.others.take().map_or_else(|| now.clone(), |(first, _)| first);
                        waiting.others = Some((first, now));
                    }
                    return true;
                }
            }
            // The same tool at another place says nothing about this failure.
            if !waiting.is_about(call) {
                return true;
            }
            // The same call again cannot have cured itself: what came before it did. A changed
            // call is its own cure.
            let before = waiting.others.take();
            let found = match before {
                Some((first, _)) if waiting.precondition => Some(first),
                Some((_, last)) if waiting.arguments == call.arguments => Some(last),
                None if waiting.arguments == call.arguments => None,
                _ => Some(cure(&waiting.step)),
            };
            if let Some(failure) = self.0.items.get_mut(waiting.failure) {
                failure.cure = found;
            }
            false
        });
    }
}
