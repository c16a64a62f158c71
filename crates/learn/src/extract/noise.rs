//! Lines that a command also prints when it works. Such a line never explains a failure.

use super::calls::{Call, Charged};
use super::pin::{Seen, range_in};
use super::template;
use crate::step;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::notes::SessionNotes;
use dreaming_text::cut;

/// Commands of a part whose normal output is kept. Chosen by us: a session seldom runs more.
const MAX_COMMANDS: usize = 32;

/// Lines kept per command. Chosen by us: what a command always prints comes early and is short.
const MAX_LINES: usize = 64;

/// Lines of an error among which one is picked to be shown. Chosen by us: output with more error
/// lines is a log.
const MAX_TOLD: usize = 8;

/// Bytes read of the output of a command that worked. Chosen by us: longer output is what somebody
/// asked for.
const MAX_READ: usize = 32 << 10;

/// What the commands of a part printed when they worked, and the failures whose shown line may
/// still change.
#[derive(Debug, Default)]
pub(super) struct Noise {
    /// Templates of the lines, by command.
    passed: Vec<(String, Vec<String>)>,
    open: Vec<Open>,
}

/// A failure of a command.
#[derive(Debug)]
struct Open {
    /// Its position in the list of failures.
    failure: usize,
    label: String,
    /// The lines that may explain it, best first.
    told: Vec<(String, Pin)>,
}

impl Noise {
    /// Notes that a command failed; `failure` is its position in the list of failures.
    pub(super) fn failed(&mut self, charged: &Charged<'_>, failure: usize, seen: &Seen<'_>) {
        let Some(label) = charged.part.as_ref().and_then(|part| part.label.clone()) else { return };
        let text = &seen.event.text;
        let mut told: Vec<(String, Pin)> = Vec::new();
        for line in template::telling_lines(text) {
            let Some(range) = range_in(text, line).filter(|range| !range.is_empty()) else {
                continue;
            };
            let (pin, words) = seen.pin(&range, MAX_QUOTE);
            let template = template::template(words);
            if !told.iter().any(|(known, _)| *known == template) {
                told.push((template, pin));
            }
            if told.len() >= MAX_TOLD {
                break;
            }
        }
        self.open.push(Open { failure, label, told });
    }

    /// Notes what a call that worked printed.
    pub(super) fn worked(&mut self, call: &Call, printed: &str) {
        let Some(chain) = call.chain() else { return };
        for part in chain.parts.iter().filter(|part| part.worked) {
            let Some(label) = part.label.as_ref().filter(|label| !step::is_aside(label)) else {
                continue;
            };
            let known = self.passed.iter().position(|(known, _)| known == label);
            if known.is_none() && self.passed.len() >= MAX_COMMANDS {
                continue;
            }
            let at = known.unwrap_or_else(|| {
                self.passed.push((label.clone(), Vec::new()));
                self.passed.len() - 1
            });
            let Some((_, lines)) = self.passed.get_mut(at) else { continue };
            for line in template::telling_lines(cut(printed, MAX_READ)) {
                if lines.len() >= MAX_LINES {
                    break;
                }
                let template = template::template(line);
                if !lines.contains(&template) {
                    lines.push(template);
                }
            }
        }
    }

    /// Picks the line that each failure shows: the first one that its command does not print when
    /// it works; none when it prints them all.
    pub(super) fn finish(self, notes: &mut SessionNotes) {
        for Open { failure, label, told } in self.open {
            let known = self.passed.iter().find(|(known, _)| *known == label);
            let Some(((_, passed), failure)) = known.zip(notes.failures.get_mut(failure)) else {
                continue;
            };
            if !passed.contains(&failure.template) {
                continue;
            }
            match told.into_iter().find(|(template, _)| !passed.contains(template)) {
                Some((template, pin)) => (failure.template, failure.pin) = (template, pin),
                None => failure.template.clear(),
            }
        }
    }
}
