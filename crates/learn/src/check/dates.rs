//! Dates that a statement writes where the session says "from the 4th", "since this month" or "today": `2026-05-04`,
//! `04.05.2026`, `2026-05`, `7.4.`, `4 May`. Statements of six sources of data fell for that alone.

use dreaming_text::unicode::is_word;

/// How the names of the months begin in English, and many of them in other languages.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The months of a year.
const YEAR: u32 = 12;

/// Whether a value has the form of a month with its year, `2026-05`, and no other.
pub(super) fn is_month(value: &str) -> bool {
    read(value).is_some_and(|date| date.day.is_none())
}

/// The number of a day that stands in a text beside the name of its month: `4 March`, `April 7th`, `4 de mayo`.
pub(super) fn beside_months(text: &str) -> Vec<Date> {
    let words = text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    let month = |at: Option<usize>| {
        let word = *words.get(at?)?;
        (1..=YEAR).find(|month| is_month_name(word, *month))
    };
    let date = |(at, word): (usize, &&str)| {
        let day = numbers(word).next().filter(|day| (1..=31).contains(day))?;
        let is_joined = words.get(at + 1).is_some_and(|word| ["of", "de", "di"].contains(word));
        let next = month(Some(if is_joined { at + 2 } else { at + 1 }));
        let month = next.or_else(|| month(at.checked_sub(1)))?;
        Some(Date { year: None, month, day: Some(day) })
    };
    words.iter().enumerate().filter_map(date).collect()
}

/// Whether a value is a date whose parts have sources. `days`: the days of the events that the statement cites, such
/// as `2026-04-27`. The date is one of them; or its month is that of one, or the next, or of the same year and stands
/// in `words` by number or name, and the day stands there as a number. Which of the numbers there are days is language,
/// so it is not asked. `beside`: what [`beside_months`] finds in the statement.
pub(super) fn stands<'w>(
    value: &str,
    beside: &[Date],
    days: &[String],
    words: impl Iterator<Item = &'w String> + Clone,
) -> bool {
    let number = value.parse().ok();
    let named = beside.iter().filter(|date| number.is_some() && date.day == number).copied();
    let mut dates = named.chain(read(value));
    let days: Vec<Date> = days.iter().filter_map(|day| read(day)).collect();
    let is_said = |number: u32| words.clone().any(|words| numbers(words).any(|n| n == number));
    let has_source = |date: &Date| {
        let is_named = |month| is_said(month) || words.clone().any(|words| has_month(words, month));
        let of = |day: &Date| {
            let is_year = |year: Option<u32>| date.year.is_none() || date.year == year;
            let is_here = date.month == day.month && is_year(day.year);
            let next = day.month % YEAR + 1;
            let next_year = day.year.map(|year| if next == 1 { year + 1 } else { year });
            let is_near = is_here
                || date.month == next && is_year(next_year)
                || is_year(day.year) && is_named(date.month);
            is_here && date.day == day.day || is_near && date.day.is_none_or(is_said)
        };
        days.iter().filter(|day| day.day.is_some()).any(of)
    };
    let is_day = |date: Date| days.iter().any(|day| Date { year: None, ..*day } == date);
    dates.any(|date| has_source(&date)) || read_short(value).is_some_and(is_day)
}

/// A date as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date {
    year: Option<u32>,
    month: u32,
    day: Option<u32>,
}

/// Reads `2026-05-04`, `2026-05` and `04.05.2026`; `None` for all else.
fn read(value: &str) -> Option<Date> {
    let part = |part: Option<&str>, digits: usize| {
        let part = part.filter(|part| part.len() <= digits && !part.is_empty())?;
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| is_number)
    };
    let year = |text: Option<&str>| {
        part(text.filter(|text| text.len() == 4), 4).filter(|year| (1900..2200).contains(year))
    };
    let is_iso = value.contains('-');
    let mut parts = value.split(if is_iso { '-' } else { '.' });
    let mut next = || parts.next();
    let found = if is_iso {
        let (year, month) = (year(next())?, part(next().filter(|m| m.len() == 2), 2)?);
        let day = next().map(|day| part(Some(day), 2).ok_or(()));
        Date { year: Some(year), month, day: day.transpose().ok()? }
    } else {
        let (day, month) = (part(next(), 2)?, part(next(), 2)?);
        Date { year: Some(year(next())?), month, day: Some(day) }
    };
    let is_date =
        (1..=YEAR).contains(&found.month) && found.day.is_none_or(|day| (1..=31).contains(&day));
    (is_date && next().is_none()).then_some(found)
}

/// Reads `7.4`, a day and its month. Any such number may be something else, so it stands for the day of an event alone.
fn read_short(value: &str) -> Option<Date> {
    let (day, month) = value.split_once('.')?;
    read(&format!("{day}.{month}.2000")).map(|date| Date { year: None, ..date })
}

/// The runs of digits of a text: `4` of `the 4th`, `4` and `5` of `4.5.`, `04` is 4.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter_map(|run| run.parse().ok())
}

/// Whether a word of a text is the name of the month.
fn has_month(text: &str, month: u32) -> bool {
    text.split(|c: char| !is_word(c)).any(|word| is_month_name(word, month))
}

/// Whether a word begins as the name of the month.
fn is_month_name(word: &str, month: u32) -> bool {
    let name = usize::try_from(month).ok().and_then(|n| MONTHS.get(n.checked_sub(1)?));
    let begins = |name: &&str| word.get(..name.len()).is_some_and(|w| w.eq_ignore_ascii_case(name));
    name.is_some_and(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands_in(text: &str, said: &str) -> bool {
        let days = ["2026-03-27".to_owned(), "2026".into()];
        let value = text.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let words = [said.to_owned()];
        stands(value.unwrap_or_default(), &beside_months(text), &days, words.iter())
    }

    #[test]
    fn each_part_of_a_date_has_a_source() {
        for (text, said, expected) in [
            ("2026-03", "今月からずっと火曜の15時", true),
            ("2026-04", "ab nächstem Monat", true),
            ("2026-07", "7月から20円", true),
            ("2026-07", "from July on", true),
            ("2026-07", "from now on", false),
            ("2026-05-04", "the 4th of May", true),
            ("2026-05-04", "the 5th of May", false),
            ("04.05.2026", "ab 4.5.", true),
            ("2026-04-04", "on the 4th", true),
            ("2026-06-04", "on the 4th", false),
            ("2025-03-04", "on the 4th", false),
            ("2027-01-04", "on the 4th of january", false),
            ("since 27 March", "from today on", true),
            ("since March 27", "from today on", true),
            ("desde el 27 de marzo", "desde hoy", true),
            ("since 28 March", "from today on", false),
            ("until 28 March", "until the 28th", true),
            ("27 markets", "many markets", true),
            ("28 may be left", "many are left", false),
            ("seit 27.3", "ab heute", true),
            ("seit 28.3", "ab 28.", false),
            ("3.1.2026.4", "version 3.1", false),
            ("2026-13", "13", false),
            ("1.2.3", "1.2.3", false),
            ("", "", false),
        ] {
            assert_eq!(stands_in(text, said), expected, "{text} | {said}");
        }
        let (december, said) = (["2026-12-30".to_owned()], ["on the 4th".to_owned()]);
        assert!(stands("2027-01-04", &[], &december, said.iter()));
    }

    #[test]
    fn a_month_has_its_year_before_it() {
        for (value, expected) in [
            ("2026-05", true),
            ("2026-05-04", false),
            ("1234-05", false),
            ("2026-5", false),
            ("14-16", false),
        ] {
            assert_eq!(is_month(value), expected, "{value}");
        }
    }
}
