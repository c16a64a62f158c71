//! What the phrases of `words/dates.toml` mean.

use super::calendar::{Meaning, Unit};
use crate::words::dates;

/// The language of what is written in digits: any.
const ANY: &str = "any";

/// The language of phrases that no space sets apart.
pub(super) const CHINESE: &str = "zh";

/// What a phrase means with the number that it holds, if it does.
type Means = fn(i32) -> Meaning;

/// A phrase.
pub(super) struct Phrase {
    /// See `words/dates.toml`.
    pub(super) pattern: &'static str,
    /// Its language, as ISO 639 calls it.
    pub(super) language: &'static str,
    /// What it means.
    pub(super) meaning: Means,
}

/// Dates in digits and with the name of a month.
const FORMS: [&str; 8] = [
    "#4 -#2 -#2",
    "#4 /#2 /#2",
    "#2 /#2 /#4",
    "@ ,#d ,#4",
    "#d (de|of) @ (de|of) ,#4",
    "@ (de) ,#4",
    "@ #d",
    "#d (de|of) @",
];

/// The phrases of a table: by language.
type Table = &'static [(&'static str, &'static [&'static str])];

const OPEN: Means = |_| Meaning::Open;

const PHRASES: [(Table, Means); 31] = [
    (dates::TODAY, |_| Meaning::Unit(Unit::Day, 0)),
    (dates::YESTERDAY, |_| Meaning::Unit(Unit::Day, -1)),
    (dates::BEFORE_YESTERDAY, |_| Meaning::Unit(Unit::Day, -2)),
    (dates::TOMORROW, |_| Meaning::Unit(Unit::Day, 1)),
    (dates::AFTER_TOMORROW, |_| Meaning::Unit(Unit::Day, 2)),
    (dates::LAST_WEEK, |_| Meaning::Unit(Unit::Week, -1)),
    (dates::LAST_WEEKEND, |_| Meaning::Unit(Unit::Weekend, -1)),
    (dates::LAST_MONTH, |_| Meaning::Unit(Unit::Month, -1)),
    (dates::LAST_YEAR, |_| Meaning::Unit(Unit::Year, -1)),
    (dates::THIS_WEEK, |_| Meaning::Unit(Unit::Week, 0)),
    (dates::THIS_WEEKEND, |_| Meaning::Unit(Unit::Weekend, 0)),
    (dates::THIS_MONTH, |_| Meaning::Unit(Unit::Month, 0)),
    (dates::THIS_YEAR, |_| Meaning::Unit(Unit::Year, 0)),
    (dates::NEXT_WEEK, |_| Meaning::Unit(Unit::Week, 1)),
    (dates::NEXT_MONTH, |_| Meaning::Unit(Unit::Month, 1)),
    (dates::NEXT_YEAR, |_| Meaning::Unit(Unit::Year, 1)),
    (dates::DAYS_AGO, |n| Meaning::Ago(Unit::Day, n)),
    (dates::WEEKS_AGO, |n| Meaning::Ago(Unit::Week, n)),
    (dates::MONTHS_AGO, |n| Meaning::Ago(Unit::Month, n)),
    (dates::YEARS_AGO, |n| Meaning::Ago(Unit::Year, n)),
    (dates::IN_DAYS, |n| Meaning::Unit(Unit::Day, n)),
    (dates::NOW, OPEN),
    (dates::FEW_DAYS, OPEN),
    (dates::FEW_WEEKS, OPEN),
    (dates::FEW_MONTHS, OPEN),
    (dates::SOME_DAYS, OPEN),
    (dates::SOME_WEEKS, OPEN),
    (dates::SOME_MONTHS, OPEN),
    (dates::NOON, OPEN),
    (dates::MIDNIGHT, OPEN),
    (dates::CLOCK, OPEN),
];

/// All phrases but those that no space sets apart.
pub(super) fn spaced() -> impl Iterator<Item = Phrase> {
    let forms = FORMS.map(|pattern| Phrase { pattern, language: ANY, meaning: OPEN });
    forms.into_iter().chain(phrases().filter(|phrase| phrase.language != CHINESE))
}

/// The phrases that no space sets apart.
pub(super) fn spaceless() -> impl Iterator<Item = Phrase> {
    phrases().filter(|phrase| phrase.language == CHINESE)
}

fn phrases() -> impl Iterator<Item = Phrase> {
    PHRASES.into_iter().flat_map(|(table, meaning)| {
        table.iter().flat_map(move |(language, patterns)| {
            patterns.iter().map(move |pattern| Phrase { pattern, language, meaning })
        })
    })
}
