//! Preferences, facts and corrections in the user's own words.

use super::pin::{Seen, range_in};
use super::{correction, fact, keep, own_words, preference};
use dreaming_records::digest::{Statement, StatementKind};
use dreaming_records::evidence::MAX_QUOTE;
use dreaming_shield::redact::MARK;
use dreaming_text::{cut, unicode};

use crate::dates;

/// Words of a sentence that may be a statement: fewer say nothing alone, more are no rule. Chosen
/// by us.
const WORDS: std::ops::RangeInclusive<usize> = 3..=60;

/// Letters of a script without spaces that a word has, about.
const LETTERS_OF_A_WORD: usize = 2;

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
        for sentence in own_words::sentences(&seen.event.text) {
            self.sentence(sentence, seen);
        }
    }

    fn sentence(&mut self, sentence: &str, seen: &Seen<'_>) {
        let Some(kept) = part(sentence) else { return };
        let Some(range) = range_in(&seen.event.text, kept) else { return };
        let words = seen.words(&range);
        // Judged again without its secrets.
        let Some(kind) = kind(words) else { return };
        let correction = correction::parse(words).filter(|_| kind == StatementKind::Correction);
        let found = match correction {
            // The old value of a secret is one too, and has no name beside it.
            Some(_) if words.contains(MARK) => return,
            found => found.unwrap_or_default(),
        };
        let (pin, words) = seen.pin(&range, MAX_QUOTE);
        let dated = seen.event.time.and_then(|said| dates::absolute(&words, said));
        let statement = Statement {
            kind,
            text: cut(&dated.unwrap_or(words), MAX_TEXT).into(),
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

/// The part of a sentence that states something, when it has the size of a statement.
fn part(sentence: &str) -> Option<&str> {
    let fits = |text: &&str| WORDS.contains(&count(text)) && text.len() <= MAX_TEXT;
    match kind(sentence)? {
        StatementKind::Preference => {
            // Too long with what comes before the wish: the wish alone.
            let own = || preference::clause(sentence).filter(fits);
            preference::wish(sentence).filter(fits).or_else(own)
        }
        StatementKind::Correction | StatementKind::Fact => Some(sentence).filter(fits),
    }
}

/// What a sentence states.
fn kind(sentence: &str) -> Option<StatementKind> {
    // Words that only say what does not hold correct nothing, but may be a ban.
    let correction = correction::parse(sentence);
    if correction.as_ref().is_some_and(|found| found.right.is_some()) {
        return Some(StatementKind::Correction);
    }
    let is_wish = preference::wish(sentence).is_some();
    match fact::parse(sentence) {
        Some(fact) if !is_wish || preference::wish(fact.text).is_none() => {
            Some(StatementKind::Fact)
        }
        _ if is_wish => Some(StatementKind::Preference),
        _ => correction.map(|_| StatementKind::Correction),
    }
}

/// The words of a text; those of scripts without spaces by their letters.
fn count(text: &str) -> usize {
    let letters = text.chars().filter(|c| unicode::is_cjk(*c)).count();
    text.split_ascii_whitespace().count() + letters / LETTERS_OF_A_WORD
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of sentences that meet each other in every order.
    const PIECES: &[&str] = &[
        "I prefer",
        "always",
        "so",
        ",",
        "can you",
        "?",
        "“",
        "\"",
        "remember that",
        "my name is",
        "我更喜欢",
        "。",
        "when I ask",
        "the API is",
        "`",
        "é",
        "\u{200b}",
        "—",
        ".",
        "\n",
        "instead of",
        "i'm",
        "whenever",
        "İ",
        "ſ",
        "use",
        "over",
        "because",
    ];

    proptest! {
        #[test]
        fn what_is_kept_of_a_sentence_is_a_part_of_it(
            picked in proptest::collection::vec(0..PIECES.len(), 0..24)
        ) {
            let text: Vec<&str> = picked.into_iter().map(|n| PIECES[n]).collect();
            let text = text.join(" ");
            for sentence in own_words::sentences(&text) {
                prop_assert!(range_in(&text, sentence).is_some());
                if let Some(kept) = part(sentence) {
                    prop_assert!(range_in(sentence, kept).is_some());
                    prop_assert!(kind(kept).is_some(), "{kept}");
                }
            }
        }
    }
}
