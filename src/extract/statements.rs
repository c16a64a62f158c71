//! Preferences and corrections in the user's own words.

use super::pin::{Seen, range_in};
use super::{correction, keep, own_words, phrases, preference};
use crate::digest::{Statement, StatementKind};
use crate::evidence::MAX_QUOTE;
use crate::redact::MARK;
use crate::text::cut;

/// Longest message that is read, in bytes of UTF-8. Longer ones are pasted. Chosen by us.
const MAX_MESSAGE: usize = 4_000;

/// Words of a sentence that may be a statement: fewer say nothing alone, more are no rule. Chosen
/// by us.
const WORDS: std::ops::RangeInclusive<usize> = 3..=60;

/// Longest statement kept, in bytes; `check.max-statement` is 600 by default.
const MAX_TEXT: usize = 600;

/// The statements so far.
#[derive(Debug, Default)]
pub(super) struct Statements {
    pub(super) found: Vec<Statement>,
    pub(super) left_out: u64,
}

impl Statements {
    /// A message of a person.
    pub(super) fn message(&mut self, seen: &Seen<'_>) {
        let text = &seen.event.text;
        if text.len() > MAX_MESSAGE {
            return;
        }
        for sentence in own_words::sentences(text) {
            let count = sentence.split_ascii_whitespace().count();
            if WORDS.contains(&count) && sentence.len() <= MAX_TEXT {
                self.sentence(sentence, seen);
            }
        }
    }

    fn sentence(&mut self, sentence: &str, seen: &Seen<'_>) {
        let Some(range) = range_in(&seen.event.text, sentence) else { return };
        let words = seen.words(&range);
        let correction = correction::parse(words);
        let kind = match &correction {
            // The old value of a secret is one too, and has no name beside it.
            Some(_) if words.contains(MARK) => return,
            Some(_) => StatementKind::Correction,
            None if preference::is_preference(&phrases::lower(words)) => StatementKind::Preference,
            None => return,
        };
        let found = correction.unwrap_or_default();
        let (pin, words) = seen.pin(&range, MAX_QUOTE);
        let statement = Statement {
            kind,
            text: cut(&words, MAX_TEXT).into(),
            wrong: found.wrong,
            right: found.right,
            subject: found.subject,
            pin,
        };
        if !self.found.iter().any(|s| s.text == statement.text) {
            keep(&mut self.found, &mut self.left_out, statement);
        }
    }
}
