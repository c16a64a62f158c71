//! Corrections: a newer value for something, with the older one when the sentence names it.
//!
//! A model decides which words of a task are corrections. Without a model, a newer value counts
//! when the sentence names its subject, and always in a request to remember or a standing order.

use dreaming_text::{self as text, Given, unicode};

use super::phrases::{bare, find, lower, words};
use crate::words::corrections::{ARTICLES, INSTEAD_BETWEEN, INSTEAD_VERBS, NOW, OPENINGS, RENAMED};

/// What a sentence corrects.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Correction {
    pub(super) wrong: Option<String>,
    pub(super) right: Option<String>,
    pub(super) subject: Option<String>,
}

/// Most words of a subject with its article; more are a clause. Chosen by us: `the limit for orders without a signature`.
const SUBJECT_WORDS: usize = 8;

/// Longest value, in words. Chosen by us: a name or an address, not a clause.
const VALUE_WORDS: usize = 3;

/// Longest value with its unit, in words. Chosen by us: `6000 requests per minute`, `5 to 10 working days`.
const MEASURE_WORDS: usize = 5;

/// What a sentence corrects, if anything. `standing`: it is a request to remember or a standing
/// order.
pub(super) fn parse(sentence: &str, standing: bool) -> Option<Correction> {
    let low = lower(sentence);
    // Offsets into the lower-case text must also hold in the sentence.
    if low.len() != sentence.len() {
        return None;
    }
    let found = changed(sentence, &low).or_else(|| now(sentence, &low));
    if !standing {
        return found.filter(|found| found.subject.is_some());
    }
    instead(sentence, &low).or(found).or_else(|| renamed(sentence, &low))
}

/// The text before and after a phrase.
fn around<'a>(sentence: &'a str, low: &str, phrase: &str) -> Option<(&'a str, &'a str)> {
    let at = find(low, phrase)?;
    let after = sentence.get(at + phrase.len()..)?;
    Some((sentence.get(..at)?, after))
}

/// The text before and after the phrase that stands first; of phrases that begin there, the
/// longest.
fn first_of<'a>(sentence: &'a str, low: &str, phrases: &[&str]) -> Option<(&'a str, &'a str)> {
    let found = phrases.iter().filter_map(|phrase| around(sentence, low, phrase));
    found.min_by_key(|(before, after)| (before.len(), after.len()))
}

fn instead(sentence: &str, low: &str) -> Option<Correction> {
    let languages = INSTEAD_VERBS.iter().zip(INSTEAD_BETWEEN);
    let mut forms = languages
        .flat_map(|((_, verbs), (_, between))| between.iter().map(move |phrase| (verbs, phrase)));
    forms.find_map(|(verbs, phrase)| {
        let (before, after) = around(sentence, low, phrase)?;
        let low_before = lower(before);
        let used =
            verbs.iter().filter_map(|verb| Some(find(&low_before, verb)? + verb.len())).max()?;
        let right = before.get(used..)?;
        if words(right).len() > VALUE_WORDS {
            return None;
        }
        Some(Correction { wrong: Some(value(after)?), right: Some(value(right)?), subject: None })
    })
}

fn changed(sentence: &str, low: &str) -> Option<Correction> {
    let (before, after) = around(sentence, low, "changed from")?;
    let (from, to) = around(after, &lower(after), "to")?;
    let (wrong, _) = measure(from)?;
    let (right, behind) = measure(to)?;
    let subject = subject(before).and_then(|subject| bounded(&subject, behind));
    Some(Correction { wrong: Some(wrong), right: Some(right), subject })
}

fn renamed(sentence: &str, low: &str) -> Option<Correction> {
    let (before, after) = first_of(sentence, low, RENAMED)?;
    let wrong = last_value(before)?;
    Some(Correction { wrong: Some(wrong), right: Some(value(after)?), subject: subject(before) })
}

fn now(sentence: &str, low: &str) -> Option<Correction> {
    let (before, after) = first_of(sentence, low, NOW)?;
    let is_marked = after.trim_ascii_start().starts_with(['`', '"']);
    let has_value = |right: &str| right.split_ascii_whitespace().any(is_value);
    let (right, behind) = measure(after).filter(|(right, _)| is_marked || has_value(right))?;
    if text::is_supposed(before) {
        return None;
    }
    let subject = bounded(&subject(before)?, behind)?;
    Some(Correction { wrong: None, right: Some(right), subject: Some(subject) })
}

/// The value at the beginning of a text with its unit, and what the text says behind it: that may bound it, take it
/// back or leave it to a condition.
fn measure(text: &str) -> Option<(String, &str)> {
    let skipped = text.trim_ascii_start();
    let skipped = match skipped.split_once(' ') {
        Some((word, rest)) if ARTICLES.contains(&word) => rest,
        _ => skipped,
    };
    let Given { value, .. } = text::given(skipped, 0)?;
    let (value, behind) = (skipped.get(value.clone())?, skipped.get(value.end..)?);
    let is_short = value.split_ascii_whitespace().nth(MEASURE_WORDS).is_none();
    is_short.then_some((value.to_owned(), behind))
}

/// A subject with what is said behind its value: the price `for Austria` is no price elsewhere.
fn bounded(subject: &str, behind: &str) -> Option<String> {
    let behind = lower(behind);
    let is_word = |word: &&str| word.contains(unicode::is_word);
    let behind = words(&behind).into_iter().filter(is_word);
    let all: Vec<&str> = words(subject).into_iter().chain(behind).collect();
    let fits = all.len() <= SUBJECT_WORDS + MEASURE_WORDS;
    fits.then(|| all.join(" "))
}

/// The value at the beginning of a text: a code span or a quotation, else one word.
fn value(text: &str) -> Option<String> {
    let mut text = text.trim_ascii_start();
    if let Some((_, rest)) = text.split_once(' ').filter(|(word, _)| ARTICLES.contains(word)) {
        text = rest.trim_ascii_start();
    }
    let marked =
        ['`', '"', '\''].into_iter().find_map(|mark| text.strip_prefix(mark)?.split_once(mark));
    let found = match marked {
        Some((inside, _)) => inside,
        None => bare(text.split_ascii_whitespace().next()?),
    };
    (!found.is_empty()).then(|| found.to_owned())
}

/// The value at the end of a text.
fn last_value(text: &str) -> Option<String> {
    let text = text.trim_ascii_end().trim_end_matches([',', ':', ';']);
    for mark in ['`', '"', '\''] {
        if let Some((_, inside)) = text.strip_suffix(mark).and_then(|rest| rest.rsplit_once(mark)) {
            return (!inside.is_empty()).then(|| inside.to_owned());
        }
    }
    let word = bare(text.split_ascii_whitespace().next_back()?);
    (!word.is_empty()).then(|| word.to_owned())
}

/// Whether a word is a value and not prose: it has a digit, or a character of paths, addresses or
/// names in code.
pub(super) fn is_value(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit() || matches!(b, b'/' | b'_' | b'@' | b':'))
        || word
            .get(1..)
            .is_some_and(|rest| rest.contains('.') || rest.bytes().any(|b| b.is_ascii_uppercase()))
        || (word.starts_with('.') && word.len() > 1)
}

/// The subject before a verb, in lower case.
fn subject(before: &str) -> Option<String> {
    let low = lower(before);
    let clause = low.rsplit([',', ';', ':']).next().unwrap_or(&low);
    let words: Vec<&str> =
        words(clause).into_iter().skip_while(|word| OPENINGS.contains(word)).collect();
    let fits = (1..=SUBJECT_WORDS).contains(&words.len()) && words != ["it"] && words != ["this"];
    fits.then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(Option<String>, Option<String>, Option<String>)> {
        parse(text, true).map(|c| (c.wrong, c.right, c.subject))
    }

    #[test]
    fn each_form_gives_its_values() {
        for (text, wrong, right, subject) in [
            ("Use pnpm instead of npm.", "npm", "pnpm", ""),
            (
                "no, use `cargo nextest` instead of `cargo test` here",
                "cargo test",
                "cargo nextest",
                "",
            ),
            (
                "The staging URL moved to https://st2.example.org.",
                "",
                "https://st2.example.org",
                "the staging url",
            ),
            ("FYI the port is now 8443", "", "8443", "the port"),
            ("The limit changed from 10 to 20.", "10", "20", "the limit"),
            ("utils.py was renamed to helpers.py", "utils.py", "helpers.py", "utils.py"),
            ("The port is now 80, metrics stay.", "", "80", "the port metrics stay"),
            ("The fee is now 3 € for Austria.", "", "3 €", "the fee for austria"),
            (
                "The limit changed from 10 MB to 2 GB in the EU.",
                "10 MB",
                "2 GB",
                "the limit in the eu",
            ),
            ("The phone number is now 030 555 0288.", "", "030 555 0288", "the phone number"),
            ("The lock table is now `a-b`", "", "a-b", "the lock table"),
            ("The spa moved to room 12", "", "room 12", "the spa"),
            ("Verwende pnpm statt npm", "npm", "pnpm", ""),
            ("Utilise pnpm au lieu de npm", "npm", "pnpm", ""),
            ("Usa pnpm en lugar de npm", "npm", "pnpm", ""),
        ] {
            let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
            assert_eq!(parts(text), Some((some(wrong), some(right), some(subject))), "{text}");
        }
    }

    #[test]
    fn what_belongs_to_the_task_corrects_nothing() {
        for text in ["use pnpm instead of npm", "utils.py was renamed to helpers.py"] {
            assert_eq!(parse(text, false), None, "{text}");
        }
        assert!(parse("the port is now 8443", false).is_some());
    }

    #[test]
    fn prose_is_no_correction() {
        for text in [
            "Tools passed as string instead of separate arguments",
            "telemetry is now broken",
            "I moved to Berlin",
            "the test no longer fails",
            "not bad but slow",
            "let's rename to steps",
            "Suppose the port is now 8443.",
            "Nobody said the version is now 5.0.0.",
            "A guest claims that check-out is now at 13:00.",
            "The night porter is now Ivo.",
            "If it rains the port is now 8443.",
            "",
            "instead of",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
