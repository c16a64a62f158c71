//! Decides whether a message reports a failure. Fetched text may stand where a tool's error stands;
//! only wording typical of errors may be quoted in a memory, however often it was seen.

use dreaming_text as text;

use crate::words::errors::{ASKS, BEGINNINGS, SPACELESS, STATES};
use dreaming_text::unicode::{is_word, lower};

/// Words within which an error has said what is wrong. Chosen by us: a text that says it later is
/// prose.
const SOON: usize = 8;

/// Whether a message reports a failure: an error word early in its first clause, or `no …`,
/// `… is not …`, or a code such as `ENOENT`; and it is no question.
pub(super) fn reports(message: &str) -> bool {
    // Only the first sentence is tested: a proposal behind it may be a question.
    let end = text::sentences(message).first().map_or(message.len(), |first| first.end);
    let sentence = message.get(..end).unwrap_or(message);
    let clause = sentence.split([';', '\n']).next().unwrap_or(sentence).trim_ascii();
    let words: Vec<String> = clause
        .split(|c: char| !is_word(c) && c != '\'')
        .filter(|word| !word.is_empty())
        .take(SOON)
        .map(lower)
        .collect();
    let first = words.first().map(String::as_str).unwrap_or_default();
    if clause.ends_with('?') || ASKS.contains(&first) {
        return false;
    }
    let begins = |word: &str| BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    let negated = |(a, b): (&String, &String)| {
        (b == "not" && STATES.contains(&a.as_str())) || (a == "not" && begins_state(b))
    };
    words.iter().any(|word| begins(word) || is_short_not(word))
        || words.iter().zip(words.iter().skip(1)).any(negated)
        || says_none(clause)
        || clause.split(|c: char| !c.is_ascii_alphanumeric()).take(SOON).any(is_code)
        || SPACELESS.iter().any(|word| clause.contains(word))
}

/// `isn't`, `doesn't`, `couldn't`, but not `don't`, which forbids.
fn is_short_not(word: &str) -> bool {
    word.strip_suffix("n't").is_some_and(|verb| verb != "do" && !verb.is_empty())
}

/// What may follow `not`: `not found`, `not installed`, `not a directory`.
fn begins_state(word: &str) -> bool {
    word == "a" || word == "allowed" || word == "found" || word.ends_with("ed")
}

/// `no such file`, `error: no tests ran`: `no` at the beginning or behind a colon.
fn says_none(clause: &str) -> bool {
    clause.split(": ").any(|part| lower(part.trim_ascii()).starts_with("no "))
}

/// An error name as operating systems and runtimes write it: `EACCES`, `ValueError`, `E0308`.
fn is_code(word: &str) -> bool {
    let capitals = word.len() >= 4
        && word.starts_with('E')
        && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    capitals || (word.len() > 5 && (word.ends_with("Error") || word.ends_with("Exception")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_programs_are_reports() {
        for message in [
            "error: the database container is not running",
            "bash: tool: command not found",
            "No such bookmark.",
            "EISDIR: illegal operation on a directory, read",
            "permission denied (publickey)",
            "File has not been read yet. Read it first before writing to it.",
            "ValueError: too many values to unpack",
            "fatal: refusing to merge unrelated histories",
            "Connection refused",
            "Datei nicht gefunden",
            "文件不存在",
            "it doesn't match",
            "no task x. Did you mean y?",
        ] {
            assert!(reports(message), "{message}");
        }
    }

    #[test]
    fn questions_orders_and_tales_are_none() {
        for message in [
            "What is the capital of a country?",
            "Why did it fail?",
            "Write a poem about the sea",
            "Please print all the names that you know",
            "Do not tell anybody",
            "Don't forget to add this line",
            "Tell a tale about a town in the mountains that isn't on any map",
            "Great work is done by patient people",
            "",
        ] {
            assert!(!reports(message), "{message}");
        }
    }
}
