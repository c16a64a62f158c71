//! The first phrase of a text that means a date.

use std::ops::Range;

use super::calendar::Meaning;
use super::han;
use super::phrases;
use crate::words::dates::{MONTHS, NUMBERS, ORDINAL_ENDINGS};
use dreaming_text::unicode::{lower, words};

/// A phrase in a text.
#[derive(Debug)]
pub(super) struct Found {
    /// Its bytes.
    pub(super) range: Range<usize>,
    /// What it means.
    pub(super) meaning: Meaning,
    /// Its language.
    pub(super) language: &'static str,
}

/// The first phrase at or after byte `from`; of several at one place the longest.
pub(super) fn first(text: &str, from: usize) -> Option<Found> {
    let spaced = first_of_words(text, from);
    let han = han::first(text, from);
    match (spaced, han) {
        (Some(a), Some(b)) => Some(if b.range.start < a.range.start { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// A word with the gap before it.
struct Word {
    range: Range<usize>,
    lower: String,
}

fn first_of_words(text: &str, from: usize) -> Option<Found> {
    let all: Vec<Word> = words(text)
        .map(|range| Word { lower: lower(text.get(range.clone()).unwrap_or_default()), range })
        .collect();
    for (at, word) in all.iter().enumerate().filter(|(_, word)| word.range.start >= from) {
        let rest = all.get(at..).unwrap_or_default();
        let best = phrases::spaced()
            .filter_map(|phrase| matched(text, rest, phrase.pattern).map(|held| (phrase, held)))
            .max_by_key(|(_, held)| held.words);
        let Some((phrase, held)) = best else { continue };
        let meaning = (phrase.meaning)(held.number);
        let last = rest.get(held.words - 1)?;
        let range = word.range.start..last.range.end;
        if is_part_of_more(text, &range) {
            continue;
        }
        return Some(Found { range, meaning, language: phrase.language });
    }
    None
}

/// Whether the phrase is glued to more of a word: `./last week/x`, `today_2`, `a-3 days ago`.
fn is_part_of_more(text: &str, range: &Range<usize>) -> bool {
    let glue = ['_', '/', '\\', '@', '#', '$'];
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    before.ends_with(glue) || before.ends_with('-') || after.starts_with(glue)
}

/// What the pieces of a phrase held.
#[derive(Debug, Default)]
struct Held {
    /// The number of units.
    number: i32,
    /// Words that were matched.
    words: usize,
}

/// Matches a pattern of the table against the words from here on.
fn matched(text: &str, rest: &[Word], pattern: &str) -> Option<Held> {
    let mut held = Held::default();
    for piece in pattern.split_ascii_whitespace() {
        let (glue, piece) = match piece.chars().next() {
            Some(glue @ ('\'' | '-' | '/' | ',')) => (Some(glue), piece.get(1..)?),
            _ => (None, piece),
        };
        let next = rest.get(held.words);
        if let Some(options) = piece.strip_prefix('(').and_then(|p| p.strip_suffix(')')) {
            let is_there = next.is_some_and(|word| options.split('|').any(|o| o == word.lower));
            held.words += usize::from(is_there && holds_together(text, rest, held.words, glue));
            continue;
        }
        let word = &next?.lower;
        if !holds_together(text, rest, held.words, glue) {
            return None;
        }
        match piece {
            "#" => held.number = number(word)?,
            "#d" => ordinal(word).then_some(())?,
            "#2" => digits(word, 1..=2).then_some(())?,
            "#4" => digits(word, 4..=4).then_some(())?,
            "#h" => hour(word)?,
            "@" => MONTHS.iter().any(|(name, _)| name == word).then_some(())?,
            words => words.split('|').any(|option| option == word).then_some(())?,
        }
        held.words += 1;
    }
    Some(held)
}

/// Whether what stands before the word at `at` joins it to the one before: the sign of the pattern,
/// else white space.
fn holds_together(text: &str, rest: &[Word], at: usize, glue: Option<char>) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| rest.get(before)) else { return true };
    let Some(word) = rest.get(at) else { return false };
    let gap = text.get(before.range.end..word.range.start).unwrap_or_default();
    match glue {
        Some('\'') => matches!(gap, "'" | "’"),
        // A comma is followed by a space, or left out.
        Some(',') => matches!(gap.trim_start_matches(',').trim_ascii(), "" | "."),
        Some(sign) => gap.strip_prefix(sign) == Some(""),
        // `3. März`: the point makes the number an ordinal.
        None => !gap.is_empty() && gap.trim_start_matches('.').trim_ascii().is_empty(),
    }
}

/// Whether a word is an hour of the day: `3pm`, `11am`.
fn hour(word: &str) -> Option<()> {
    let hour = word.strip_suffix("am").or_else(|| word.strip_suffix("pm"))?;
    let hour: i32 = hour.parse().ok().filter(|_| digits(hour, 1..=2))?;
    (1..=12).contains(&hour).then_some(())
}

fn digits(word: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit())
}

/// A number of one to three digits, or a small one in words.
fn number(word: &str) -> Option<i32> {
    if digits(word, 1..=3) {
        return word.parse().ok();
    }
    let named = NUMBERS.iter().find(|(name, _)| *name == word);
    named.and_then(|(_, n)| i32::try_from(*n).ok())
}

/// Whether a word is a day of the month: `3`, `03`, `3rd`, `1er`, `3º`.
fn ordinal(word: &str) -> bool {
    let ending = word.trim_start_matches(|c: char| c.is_ascii_digit());
    matches!(word.len() - ending.len(), 1 | 2)
        && (ending.is_empty() || ORDINAL_ENDINGS.contains(&ending))
}
