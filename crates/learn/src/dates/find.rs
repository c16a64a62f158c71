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
    /// Whether it begins with a capital letter.
    pub(super) begins_with_capital: bool,
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
        let Some(meaning) = (phrase.meaning)(&held) else { continue };
        let last = rest.get(held.words - 1)?;
        let range = word.range.start..last.range.end;
        if is_part_of_more(text, &range) {
            continue;
        }
        let begins_with_capital =
            text.get(range.clone())?.chars().next().is_some_and(dreaming_text::unicode::is_upper);
        return Some(Found { range, meaning, language: phrase.language, begins_with_capital });
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
pub(super) struct Held {
    /// Numbers, in order.
    pub(super) numbers: Vec<i32>,
    /// The month.
    pub(super) month: Option<i8>,
    /// Words that were matched.
    pub(super) words: usize,
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
            "#" => held.numbers.push(number(word)?),
            "#d" => held.numbers.push(ordinal(word)?),
            "#2" => held.numbers.push(digits(word, 1..=2)?),
            "#4" => held.numbers.push(digits(word, 4..=4)?),
            "#h" => held.numbers.push(hour(word)?),
            "@" => held.month = i8::try_from(MONTHS.iter().find(|(name, _)| name == word)?.1).ok(),
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

/// An hour of the day: `3pm`, `11am`.
fn hour(word: &str) -> Option<i32> {
    let (hour, noon) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(hour), _) => (hour, 0),
        (_, Some(hour)) => (hour, 12),
        _ => return None,
    };
    let hour = digits(hour, 1..=2).filter(|hour| (1..=12).contains(hour))?;
    Some(hour % 12 + noon)
}

fn digits(word: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i32> {
    let fits = lengths.contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| word.parse().ok())?
}

/// A number of one to three digits, or a small one in words.
fn number(word: &str) -> Option<i32> {
    let in_digits = (1..=3).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    if in_digits {
        return word.parse().ok();
    }
    let named = NUMBERS.iter().find(|(name, _)| *name == word);
    named.and_then(|(_, n)| i32::try_from(*n).ok())
}

/// A day of the month: `3`, `03`, `3rd`, `1er`, `3º`.
fn ordinal(word: &str) -> Option<i32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let ending = word.get(digits..)?;
    let day = word.get(..digits)?;
    (matches!(digits, 1 | 2) && (ending.is_empty() || ORDINAL_ENDINGS.contains(&ending)))
        .then(|| day.parse().ok())?
}
