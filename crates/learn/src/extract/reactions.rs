//! Whether a person is content, by a short message.

use super::phrases::find;
use crate::words::reactions::{
    LIMITING, REJECTING, SPACELESS_REJECTING, SPACELESS_THANKING, THANKING,
};
use dreaming_text::unicode::lower;

/// Longest message that is a reaction, in bytes. Chosen by us: a longer one is mostly the next task,
/// and a word of praise in it may be about anything.
const MAX_MESSAGE: usize = 160;

/// Words that may stand before the thanks: what opens a message is about what went before, what
/// closes it ("do this, thanks") is politeness about what comes.
const MAX_BEFORE: usize = 1;

/// Whether a message says that what was done is good; `None` when it says neither. Sarcasm is not
/// seen, which is one reason why such an outcome counts little.
pub(super) fn content(message: &str) -> Option<bool> {
    let plain = message.trim_ascii().replace('’', "'");
    // A question asks whether something is wrong.
    if plain.is_empty() || plain.len() > MAX_MESSAGE || plain.ends_with(['?', '？']) {
        return None;
    }
    let low = lower(&plain);
    let rejects = REJECTING.iter().any(|phrase| find(&low, phrase).is_some())
        || SPACELESS_REJECTING.iter().any(|phrase| low.contains(phrase));
    if rejects {
        return Some(false);
    }
    let limited = LIMITING.iter().any(|word| find(&low, word).is_some());
    let opens = |phrase: &&str| {
        let before = find(&low, phrase).and_then(|at| low.get(..at));
        before.is_some_and(|before| before.split_ascii_whitespace().count() <= MAX_BEFORE)
    };
    let thanks =
        THANKING.iter().any(opens) || SPACELESS_THANKING.iter().any(|phrase| low.contains(phrase));
    (thanks && !limited).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::content;

    #[test]
    fn short_words_of_praise_and_refusal_are_understood() {
        for text in
            ["Thanks!", "ok great", "Perfect, now the docs", "Danke dir", "谢谢你", "Спасибо"]
        {
            assert_eq!(content(text), Some(true), "{text}");
        }
        for text in [
            "no, that's wrong",
            "Revert that.",
            "it still doesn’t work",
            "Das ist falsch",
            "no funciona",
            "不对，再来",
        ] {
            assert_eq!(content(text), Some(false), "{text}");
        }
    }

    #[test]
    fn requests_conditions_questions_and_long_messages_are_no_reaction() {
        for text in [
            "",
            "Please add a test for the parser, thanks",
            "It would be great if this was faster",
            "great, but the tests are slow",
            "not great",
            "is it right that this is wrong?",
            "use the greatest common divisor",
        ] {
            assert_eq!(content(text), None, "{text}");
        }
        assert_eq!(content(&format!("Thanks. {}", "And then more. ".repeat(20))), None);
    }
}
