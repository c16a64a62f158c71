//! Text from tools and pages that tries to instruct, or hides.

use super::pin::{Seen, range_in};
use crate::digest::Quarantined;
use crate::evidence::MAX_QUOTE;
use crate::text::cut;

/// Pieces kept of one part; one is enough to warn, some more show where. Chosen by us.
const MAX_PIECES: usize = 8;

/// Phrases that are addressed to an agent: nothing that a tool prints about its work says them.
const PHRASES: &[&str] = &[
    "ignore previous instructions",
    "ignore all previous",
    "ignore the previous",
    "ignore any previous",
    "ignore your previous",
    "ignore prior instructions",
    "ignore all prior",
    "ignore the above",
    "ignore your instructions",
    "ignore all instructions",
    "disregard previous",
    "disregard all previous",
    "disregard the above",
    "disregard your instructions",
    "disregard prior",
    "forget all previous",
    "forget previous instructions",
    "forget your instructions",
    "override your instructions",
    "you must now",
    "your new instructions",
    "new instructions:",
    "as an ai agent, ",
    "as an ai assistant, ",
    "attention ai",
    "instructions for ai",
    "instructions to the assistant",
    "instruction to the assistant",
    "note to ai",
    "add this to your memory",
    "add to your memory",
    "save this to your memory",
    "save this to memory",
    "store this in your memory",
    "remember this for all future",
    "remember for all future",
    "remember this instruction",
    "in all future sessions",
    "for all future sessions",
    "do not tell the user",
    "don't tell the user",
    "without telling the user",
    "do not inform the user",
    "without informing the user",
    "hide this from the user",
];

/// Pieces so far.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    pub(super) found: Vec<Quarantined>,
}

impl Quarantine {
    /// Looks at a text that may not instruct.
    pub(super) fn look(&mut self, seen: &Seen<'_>) {
        let text = &seen.event.text;
        if self.found.len() >= MAX_PIECES {
            return;
        }
        // Equal length: only ASCII letters change.
        let low = text.to_ascii_lowercase();
        let phrase = PHRASES.iter().filter_map(|phrase| low.find(phrase)).min();
        if let Some(at) = phrase.or_else(|| standing_order(&low)) {
            self.add("instruction-like", at, seen);
        }
        if let Some((at, _)) = text.char_indices().find(|(at, c)| *at > 0 && is_hidden(*c)) {
            self.add("hidden-characters", at, seen);
        }
    }

    /// Keeps the line around `at`, from `at` on when the line is long.
    fn add(&mut self, reason: &str, at: usize, seen: &Seen<'_>) {
        let text = &seen.event.text;
        let (before, after) = text.split_at(at);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let start = if at - start > MAX_QUOTE / 2 { at } else { start };
        let length = after.find('\n').unwrap_or(after.len());
        let line = cut(text.get(start..at + length).unwrap_or_default(), MAX_QUOTE).trim_ascii();
        let Some(range) = range_in(text, line).filter(|range| !range.is_empty()) else { return };
        let (pin, _) = seen.pin(&range, MAX_QUOTE);
        let again = self.found.iter().any(|q| q.pin.quote_digest == pin.quote_digest);
        if !again && self.found.len() < MAX_PIECES {
            self.found.push(Quarantined { reason: reason.into(), pin });
        }
    }
}

/// A line that orders something for good: `always run x before y`. In lower case.
fn standing_order(low: &str) -> Option<usize> {
    const OPENINGS: &[&str] =
        &["always run ", "always execute ", "always call ", "always use ", "you must always "];
    OPENINGS
        .iter()
        .filter_map(|opening| {
            let at = low.find(opening)?;
            let (before, after) = low.split_at(at);
            let line_start = before.rsplit('\n').next().unwrap_or(before);
            let line = after.split('\n').next().unwrap_or(after);
            let opens =
                line_start.bytes().all(|b| b.is_ascii_whitespace() || b.is_ascii_punctuation());
            (opens && (line.contains(" before ") || line.contains(" after "))).then_some(at)
        })
        .min()
}

/// Characters that nobody sees: tags, changes of direction, zero-width breaks. Joiners are part of
/// scripts and emoji.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
