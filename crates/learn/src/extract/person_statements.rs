//! What people say in plain words should be kept: requests to remember, standing orders and
//! corrections of a value.

use super::pin::{Seen, range_in};
use super::sentence_words::Words;
use super::speaker_label::Speakers;
use super::{correction, keep, orders, own_words, remember};
use crate::words::messages::TAKEN_BACK;
use dreaming_records::evidence::MAX_QUOTE;
use dreaming_records::notes::{SessionNotes, Statement, StatementKind};
use dreaming_shield::redact::MARK;
use dreaming_text::{cut, unicode};

/// Length of a statement in words. Chosen by us: fewer say nothing alone, and no rule has more.
const WORDS: std::ops::RangeInclusive<usize> = 3..=60;

/// Longest typed message, in bytes of its sentences. Chosen by us: a longer one is mostly pasted,
/// such as comments of a review, and its rules are somebody else's.
const MAX_MESSAGE: usize = 1_000;

/// Longest statement kept, in bytes; `check.max-statement` is 600 by default.
const MAX_TEXT: usize = 600;

/// What a message of a person states. `before`: the event of the person's message before it, of which it may take back
/// what was stated; afterwards its own. `speakers`: those of the messages before it.
pub(super) fn message(
    seen: &Seen<'_>,
    (before, speakers): (&mut Option<String>, &mut Speakers),
    notes: &mut SessionNotes,
) {
    let sentences = own_words::sentences(speakers.said(&seen.event.text));
    let before = before.replace(seen.id());
    if let Some(before) =
        before.filter(|_| sentences.first().is_some_and(|first| takes_back(first)))
    {
        notes.statements.retain(|statement| statement.pin.event != before);
    }
    if sentences.iter().map(|sentence| sentence.len()).sum::<usize>() > MAX_MESSAGE {
        return;
    }
    let next = sentences.iter().skip(1).map(Some).chain([None]);
    let kept = sentences.iter().zip(next).filter(|(own, next)| !is_taken_back(own, *next));
    for statement in kept.filter_map(|(sentence, _)| stated(sentence, seen)) {
        if notes.statements.iter().all(|known| known.text != statement.text) {
            keep(statement, &mut notes.statements, &mut notes.dropped);
        }
    }
}

/// Whether a sentence, or the beginning of the next one, takes it back.
fn is_taken_back(own: &str, next: Option<&&str>) -> bool {
    Words::new(own).find(0, TAKEN_BACK).is_some() || next.is_some_and(|next| takes_back(next))
}

/// Whether a sentence begins with taking back what was said before.
fn takes_back(sentence: &str) -> bool {
    /// Words at which that is said at the latest. Chosen by us.
    const EARLY: usize = 3;
    Words::new(sentence).find(0, TAKEN_BACK).is_some_and(|at| at < EARLY)
}

/// What a sentence of a message states.
fn stated(sentence: &str, seen: &Seen<'_>) -> Option<Statement> {
    kind(sentence)?;
    let range = range_in(&seen.event.text, sentence)?;
    let words = seen.words(&range);
    // The sentence without its secrets may be of another kind, or of none.
    let kind = kind(words)?;
    let corrects = kind == StatementKind::Correction;
    let found = corrects.then(|| correction::parse(words, true)).flatten();
    // The old value of a secret is itself a secret, which no rule would recognise.
    if found.is_some() && words.contains(MARK) {
        return None;
    }
    let found = found.unwrap_or_default();
    let (pin, words) = seen.pin(&range, MAX_QUOTE);
    Some(Statement {
        kind,
        text: cut(words, MAX_TEXT).into(),
        wrong: found.wrong,
        right: found.right,
        subject: found.subject,
        pin,
    })
}

/// The kind of what a sentence states; `None` if it is too short or too long for a statement.
fn kind(sentence: &str) -> Option<StatementKind> {
    if !WORDS.contains(&count(sentence)) || sentence.len() > MAX_TEXT {
        return None;
    }
    let asked = remember::parse(sentence).is_some();
    let standing = asked || orders::is_order(sentence);
    if correction::parse(sentence, standing).is_some() {
        return Some(StatementKind::Correction);
    }
    match (asked, standing) {
        (true, _) => Some(StatementKind::Fact),
        (false, true) => Some(StatementKind::Preference),
        (false, false) => None,
    }
}

/// The number of words, where a run of a script without spaces has one more than its letters make: its orders are short.
fn count(text: &str) -> usize {
    let letters = text.chars().filter(|c| unicode::is_cjk(*c)).count();
    text.split_ascii_whitespace().count() + letters / unicode::LETTERS_OF_A_WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_back_at_once_is_not_stated() {
        for (own, next, is_back) in [
            ("The port is now 1.", "No wait, that is wrong.", true),
            ("The port is now 1.", "Hm, scratch that.", true),
            ("The port is now 1, just kidding.", "Ok.", true),
            ("The port is now 1.", "If tests fail never mind the rest.", false),
            ("The port is now 1.", "Wait for the port.", false),
        ] {
            assert_eq!(is_taken_back(own, Some(&next)), is_back, "{own} {next}");
        }
        assert!(!is_taken_back("The port is now 1.", None));
    }

    #[test]
    fn a_sentence_states_one_thing_of_the_size_of_a_statement() {
        for (sentence, stated) in [
            ("Always run the formatter first.", Some(StatementKind::Preference)),
            ("Remember that the API lives at api.example.org.", Some(StatementKind::Fact)),
            ("From now on use pnpm instead of npm.", Some(StatementKind::Correction)),
            ("The staging port is now 8443.", Some(StatementKind::Correction)),
            ("Use pnpm instead of npm.", None),
            ("can we use `a` instead of `b` in main.go", None),
            ("And remember to use pagination.", None),
            ("Always test.", None),
            ("I prefer small commits over large ones.", None),
        ] {
            assert_eq!(kind(sentence), stated, "{sentence}");
        }
        assert_eq!(kind(&format!("Always {}", "x ".repeat(80))), None);
    }
}
