//! Whether a person is content, by a short message.

use super::phrases::find;
use dreaming_text::unicode::lower;

/// Longest message that is a reaction, in bytes. Chosen by us: a longer one is mostly the next task,
/// and a word of praise in it may be about anything.
const MAX_MESSAGE: usize = 160;

/// Words that may stand before the thanks: what opens a message is about what went before, what
/// closes it ("do this, thanks") is politeness about what comes.
const MAX_BEFORE: usize = 1;

/// What turns work down. Each says that the result is wrong, or takes it back.
const REJECTING: &[&str] = &[
    // English
    "revert that",
    "revert this",
    "revert it",
    "undo that",
    "undo this",
    "undo it",
    "that's wrong",
    "that is wrong",
    "this is wrong",
    "that's not right",
    "that is not right",
    "that's incorrect",
    "not what i asked",
    "not what i wanted",
    "not what i meant",
    "you broke",
    "still broken",
    "still fails",
    "still failing",
    "still doesn't work",
    "still not working",
    "doesn't work",
    "does not work",
    "didn't work",
    // German
    "das ist falsch",
    "das stimmt nicht",
    "mach das rückgängig",
    "funktioniert nicht",
    "nicht was ich wollte",
    // French
    "c'est faux",
    "ce n'est pas ce que",
    "annule ça",
    "ne marche pas",
    "ne fonctionne pas",
    // Spanish, Portuguese, Italian
    "eso está mal",
    "no es lo que",
    "deshaz eso",
    "no funciona",
    "está errado",
    "não funciona",
    "è sbagliato",
    "non funziona",
    // Russian
    "это неправильно",
    "не работает",
    "отмени",
];

/// What shows that a person is content.
const THANKING: &[&str] = &[
    "thanks",
    "thank you",
    "thx",
    "perfect",
    "great",
    "awesome",
    "excellent",
    "lgtm",
    "looks good",
    "well done",
    "nice work",
    "good job",
    "good work",
    "works now",
    "danke",
    "perfekt",
    "merci",
    "parfait",
    "gracias",
    "perfecto",
    "obrigado",
    "obrigada",
    "perfeito",
    "grazie",
    "perfetto",
    "спасибо",
    "отлично",
];

/// The same in scripts without spaces, where they count anywhere in a message this short.
const REJECTING_CJK: &[&str] =
    &["不对", "错了", "撤销", "不是我要的", "違います", "違う", "元に戻して"];
const THANKING_CJK: &[&str] = &["谢谢", "完美", "太好了", "ありがとう", "完璧", "감사합니다"];

/// What takes praise back or makes it a condition: "great, but …", "would be great if …".
const LIMITING: &[&str] = &[
    "but", "however", "except", "if", "not", "isn't", "no", "aber", "nicht", "mais", "pas", "pero",
    "mas", "ma", "non", "но", "не",
];

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
        || REJECTING_CJK.iter().any(|phrase| low.contains(phrase));
    if rejects {
        return Some(false);
    }
    let limited = LIMITING.iter().any(|word| find(&low, word).is_some());
    let opens = |phrase: &&str| {
        let before = find(&low, phrase).and_then(|at| low.get(..at));
        before.is_some_and(|before| before.split_ascii_whitespace().count() <= MAX_BEFORE)
    };
    let thanks =
        THANKING.iter().any(opens) || THANKING_CJK.iter().any(|phrase| low.contains(phrase));
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
