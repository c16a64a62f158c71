//! The clause of a text in which a value stands, and whether it says what is so now.

use std::ops::Range;

use crate::sentences::sentences;
use crate::unicode;
use crate::words::sense;

/// Whether the clause around a value says what is so now: not what was (`until June it was 20`), what is no longer or must
/// not be (`never set it to 20`), nothing that is struck out, and no number from which others go on (`50 to 40 by July`).
pub fn holds_now(text: &str, value: &Range<usize>) -> bool {
    let clause = clause(text, value);
    let words = |range: Range<usize>| {
        let words = text.get(range).unwrap_or_default().split(|c| !unicode::is_word(c));
        words.filter(|word| !word.is_empty()).map(unicode::lower)
    };
    let before: Vec<String> = words(clause.start..value.start).collect();
    let after = words(value.end..clause.end);
    let turns = before.last().is_some_and(|word| sense::turning_to(word))
        && before.iter().any(|word| sense::turning(word));
    let not_now = |word: &String| {
        let is_past = sense::not_now(word) && !(turns && sense::turning_with(word));
        is_past || sense::negations(word)
    };
    !before.iter().any(not_now)
        && !after.into_iter().any(|word| not_now(&word))
        && !is_struck(text, value)
        && !goes_on(text, value)
}

/// Whether a number, with its unit or without, goes on to another one: `50 to 40`, `20 hours to 25`.
fn goes_on(text: &str, value: &Range<usize>) -> bool {
    let is_number = |word: &str| {
        word.trim_start_matches(|c: char| !unicode::is_word(c))
            .starts_with(|c: char| c.is_ascii_digit())
    };
    let rest = text.get(value.end..).unwrap_or_default();
    let rest: Vec<&str> = rest.split_ascii_whitespace().take(3).collect();
    let leads = |word: &str| sense::turning_to(word) || matches!(word, "→" | "->");
    let goes_on = match rest.as_slice() {
        [to, next, ..] if leads(to) => is_number(next),
        [_, to, next] => leads(to) && is_number(next),
        _ => false,
    };
    goes_on && text.get(value.clone()).is_some_and(is_number)
}

/// The part of a sentence between commas, semicolons, brackets and dashes.
fn clause(text: &str, value: &Range<usize>) -> Range<usize> {
    let sentence = sentences(text).into_iter().find(|sentence| value.start < sentence.end);
    let Range { start, end } = sentence.unwrap_or(0..text.len());
    let before = text.get(start..value.start).unwrap_or_default();
    let after = text.get(value.end..end).unwrap_or_default();
    let ends = |(at, sign): (usize, char), part: &str| match sign {
        '(' | ')' | ';' | '–' | '—' | '，' | '；' => Some(at),
        // `1,000` is one number.
        ',' => part.get(at + 1..)?.starts_with([' ', '\n']).then_some(at),
        _ => None,
    };
    let last = before.char_indices().rev().find_map(|sign| ends(sign, before));
    let next = after.char_indices().find_map(|sign| ends(sign, after));
    start + last.unwrap_or(0)..next.map_or(end, |next| value.end + next)
}

/// Whether a value stands between `~~` and `~~`.
fn is_struck(text: &str, value: &Range<usize>) -> bool {
    let marks = |part: Option<&str>| part.unwrap_or_default().matches("~~").count();
    marks(text.get(..value.start)) % 2 == 1 && marks(text.get(value.end..)) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        let at = text.find("x.yml").unwrap();
        holds_now(text, &(at..at + "x.yml".len()))
    }

    #[test]
    fn what_was_and_what_must_not_be_do_not_hold_now() {
        for text in [
            "Until 2026-06 the settings were in `x.yml`.",
            "`x.yml` was renamed in June.",
            "We deleted `x.yml` on 2026-08-02.",
            "Never create `x.yml` again.",
            "The settings must not be moved to `x.yml`.",
            "Until June they were moved to `x.yml` each night.",
            "There is no `x.yml` any more.",
            "Old name: `x.yml`",
            "The legacy repository still uses `x.yml`.",
            "~~Settings are in `x.yml`.~~",
            "2026-08-27: deploy failed because `x.yml` had tabs.",
            "Früher lagen die Einstellungen in `x.yml`.",
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn a_number_that_goes_on_to_another_holds_no_more_by_itself() {
        let holds = |text: &str| {
            let at = text.find("50").unwrap();
            holds_now(text, &(at..at + 2))
        };
        for text in [
            "Work hours: 50 to 40 by July.",
            "They go from 50 hours to 40.",
            "It was cut: $50 → $40.",
            "It takes 50 to ~60 days.",
        ] {
            assert!(!holds(text), "{text}");
        }
        for text in [
            "Work 50 hours to the end.",
            "Add 50 to the list of 40.",
            "Set it to 50.",
            "It grew from 40 to 50.",
        ] {
            assert!(holds(text), "{text}");
        }
    }

    #[test]
    fn another_clause_says_nothing_of_the_value() {
        for text in [
            "Settings are in `x.yml`.",
            "Deploy with `x.yml`, never by hand.",
            "There were two files. Deploy with `x.yml`.",
            "Settings are in `x.yml` (it was two files).",
            "If CI fails, look into `x.yml`.",
            "Keep 1,000 of them in `x.yml`; the rest was lost.",
            "The settings were moved to `x.yml`.",
        ] {
            assert!(holds(text), "{text}");
        }
        assert!(!holds("No more than 1,000 of them go to `x.yml`."));
    }
}
