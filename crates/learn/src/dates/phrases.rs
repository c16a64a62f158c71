//! What the phrases of `words/dates.toml` mean.

use super::calendar::{Meaning, Unit};
use super::find::Held;
use crate::words::dates::{self, IN_A_MONTH, ON_A_DAY};

/// The language of what is written in digits: any.
const ANY: &str = "any";

/// The language of phrases that no space sets apart.
pub(super) const CHINESE: &str = "zh";

/// What stands before a day: `on 2026-03-04`.
pub(super) fn on_day(language: &str) -> String {
    before(ON_A_DAY, language)
}

/// What stands before a month or a year: `in 2026-03`.
pub(super) fn in_month(language: &str) -> String {
    before(IN_A_MONTH, language)
}

fn before(words: &[(&str, &str)], language: &str) -> String {
    let found = words.iter().find(|(of, _)| *of == language);
    found.map(|(_, word)| format!("{word} ")).unwrap_or_default()
}

/// What a phrase means with what its pieces held; `None` when they make no date.
type Means = fn(&Held) -> Option<Meaning>;

/// A phrase.
pub(super) struct Phrase {
    /// See `words/dates.toml`.
    pub(super) pattern: &'static str,
    /// Its language, as ISO 639 calls it.
    pub(super) language: &'static str,
    /// What it means.
    pub(super) meaning: Means,
}

const fn form(pattern: &'static str, meaning: Means) -> Phrase {
    Phrase { pattern, language: ANY, meaning }
}

fn n(held: &Held) -> Option<i32> {
    held.numbers.first().copied()
}

/// Day, month and year in the order of the numbers; an hour or a count is no day.
fn named(held: &Held, day: Option<usize>, year: Option<usize>) -> Option<Meaning> {
    let pick = |at: usize| held.numbers.get(at).copied();
    Some(Meaning::Date {
        year: year.and_then(pick).map(i16::try_from).transpose().ok()?,
        month: held.month?,
        day: day.and_then(pick).map(i8::try_from).transpose().ok()?,
    })
}

/// Year, month and day from the places of three numbers.
fn in_digits(held: &Held, year: usize, month: usize, day: usize) -> Option<Meaning> {
    let pick = |at: usize| held.numbers.get(at).copied();
    Some(Meaning::Date {
        year: Some(i16::try_from(pick(year)?).ok()?),
        month: i8::try_from(pick(month)?).ok()?,
        day: Some(i8::try_from(pick(day)?).ok()?),
    })
}

/// Dates in digits and with the name of a month.
const FORMS: [Phrase; 8] = [
    form("#4 -#2 -#2", |h| in_digits(h, 0, 1, 2)),
    form("#4 /#2 /#2", |h| in_digits(h, 0, 1, 2)),
    // Month first and day first are both in use: only what can be read one way is certain.
    form("#2 /#2 /#4", |h| match h.numbers.as_slice() {
        [month, day, _] if *month <= 12 && *day > 12 => in_digits(h, 2, 0, 1),
        [day, month, _] if *month <= 12 && *day > 12 => in_digits(h, 2, 1, 0),
        _ => None,
    }),
    form("@ ,#d ,#4", |h| named(h, Some(0), Some(1))),
    form("#d (de|of) @ (de|of) ,#4", |h| named(h, Some(0), Some(1))),
    form("@ (de) ,#4", |h| named(h, None, Some(0))),
    form("@ #d", |h| named(h, Some(0), None)),
    form("#d (de|of) @", |h| named(h, Some(0), None)),
];

/// The phrases of a table: by language.
type Table = &'static [(&'static str, &'static [&'static str])];

const PHRASES: [(Table, Means); 31] = [
    (dates::TODAY, |_| Some(Meaning::Day(0))),
    (dates::NOW, |_| Some(Meaning::Past(Unit::Day, 0))),
    (dates::YESTERDAY, |_| Some(Meaning::Day(-1))),
    (dates::BEFORE_YESTERDAY, |_| Some(Meaning::Day(-2))),
    (dates::TOMORROW, |_| Some(Meaning::Day(1))),
    (dates::AFTER_TOMORROW, |_| Some(Meaning::Day(2))),
    (dates::LAST_WEEK, |_| Some(Meaning::Unit(Unit::Week, -1))),
    (dates::LAST_WEEKEND, |_| Some(Meaning::Unit(Unit::Weekend, -1))),
    (dates::LAST_MONTH, |_| Some(Meaning::Unit(Unit::Month, -1))),
    (dates::LAST_YEAR, |_| Some(Meaning::Unit(Unit::Year, -1))),
    (dates::THIS_WEEK, |_| Some(Meaning::Unit(Unit::Week, 0))),
    (dates::THIS_WEEKEND, |_| Some(Meaning::Unit(Unit::Weekend, 0))),
    (dates::THIS_MONTH, |_| Some(Meaning::Unit(Unit::Month, 0))),
    (dates::THIS_YEAR, |_| Some(Meaning::Unit(Unit::Year, 0))),
    (dates::NEXT_WEEK, |_| Some(Meaning::Unit(Unit::Week, 1))),
    (dates::NEXT_MONTH, |_| Some(Meaning::Unit(Unit::Month, 1))),
    (dates::NEXT_YEAR, |_| Some(Meaning::Unit(Unit::Year, 1))),
    (dates::FEW_DAYS, |_| Some(Meaning::Between(Unit::Day, 5, 2))),
    (dates::FEW_WEEKS, |_| Some(Meaning::Between(Unit::Week, 5, 2))),
    (dates::FEW_MONTHS, |_| Some(Meaning::Between(Unit::Month, 5, 2))),
    (dates::SOME_DAYS, |_| Some(Meaning::Between(Unit::Day, 3, 1))),
    (dates::SOME_WEEKS, |_| Some(Meaning::Between(Unit::Week, 3, 1))),
    (dates::SOME_MONTHS, |_| Some(Meaning::Between(Unit::Month, 3, 1))),
    (dates::NOON, |_| Some(Meaning::Clock(12))),
    (dates::MIDNIGHT, |_| Some(Meaning::Clock(0))),
    (dates::DAYS_AGO, |h| Some(Meaning::Ago(Unit::Day, n(h)?))),
    (dates::WEEKS_AGO, |h| Some(Meaning::Ago(Unit::Week, n(h)?))),
    (dates::MONTHS_AGO, |h| Some(Meaning::Ago(Unit::Month, n(h)?))),
    (dates::YEARS_AGO, |h| Some(Meaning::Ago(Unit::Year, n(h)?))),
    (dates::IN_DAYS, |h| Some(Meaning::Day(n(h)?))),
    (dates::CLOCK, |h| Some(Meaning::Clock(i8::try_from(n(h)?).ok()?))),
];

/// All phrases but those that no space sets apart.
pub(super) fn spaced() -> impl Iterator<Item = Phrase> {
    FORMS.into_iter().chain(phrases().filter(|phrase| phrase.language != CHINESE))
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
