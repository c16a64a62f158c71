//! Dates that a statement writes where the session says "from the 4th", "since this month" or "today": `2026-05-04`,
//! `04.05.2026`, `2026-05`, `7.4.`, `4 May`. Statements of five sources of data fell for that alone.

use dreaming_text::unicode::{self, is_cjk, is_space, is_word};

/// The names of the months in English, German, French, Spanish and Italian, with their short forms. `May` counts as it
/// is written, for the verb is another word.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "janvier", "enero", "gennaio"],
    &["feb", "february", "februar", "février", "febrero", "febbraio"],
    &["mar", "march", "märz", "mars", "marzo"],
    &["apr", "april", "avril", "abril", "aprile"],
    &["May", "mai", "mayo", "maggio"],
    &["jun", "june", "juni", "juin", "junio", "giugno"],
    &["jul", "july", "juli", "juillet", "julio", "luglio"],
    &["aug", "august", "août", "agosto"],
    &["sep", "sept", "september", "septembre", "septiembre", "settembre"],
    &["oct", "october", "oktober", "octobre", "octubre", "ottobre"],
    &["nov", "november", "novembre", "noviembre"],
    &["dec", "december", "dezember", "décembre", "diciembre", "dicembre"],
];

/// Prepositions before a day with the number of its month, as German writes it.
const SINCE: [&str; 7] = ["ab", "am", "bis", "seit", "vom", "von", "zum"];

/// The months of a year.
const YEAR: u32 = 12;

/// Whether a value has the form of a month with its year, `2026-05`, and no other.
pub(super) fn is_month(value: &str) -> bool {
    read(value).is_some_and(|date| date.day.is_none())
}

/// The dates of a statement that have no year, or not with it: days beside the names of their months (`4 March`,
/// `April 7th`, `4 de mayo`), and days with the numbers of their months (`7.4.`).
pub(super) fn without_years(text: &str) -> Vec<Date> {
    let words: Vec<&str> = text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect();
    let month = |at: Option<usize>| {
        let word = *words.get(at?)?;
        (1..=YEAR).find(|month| is_month_name(word, *month))
    };
    let date = |(at, word): (usize, &&str)| {
        let day = number(word).filter(|day| (1..=31).contains(day))?;
        let is_joined = words.get(at + 1).is_some_and(|word| ["of", "de", "di"].contains(word));
        let next = month(Some(if is_joined { at + 2 } else { at + 1 }));
        let month = next.or_else(|| month(at.checked_sub(1)))?;
        Some(Date { year: None, month, day: Some(day) })
    };
    // At the end of a sentence it may be any number, unless it stands behind a preposition of time.
    let marks: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    let is_small =
        |next: &str| next.starts_with(|c: char| unicode::lower(&c.to_string()) == c.to_string());
    let short = marks.iter().enumerate().filter_map(|(at, word)| {
        let (day, month) = word.trim_matches(['(', ')', ',']).strip_suffix('.')?.split_once('.')?;
        let before = at.checked_sub(1).and_then(|at| marks.get(at));
        let is_date = marks.get(at + 1).is_some_and(|next| is_small(next))
            || before.is_some_and(|before| SINCE.contains(before));
        let date = read(&format!("{day}.{month}.2000")).filter(|_| is_date)?;
        Some(Date { year: None, ..date })
    });
    words.iter().enumerate().filter_map(date).chain(short).collect()
}

/// Whether a value is a date, or the day of one, whose parts have sources. `days`: the days of the events that the
/// statement cites, such as `2026-04-27`. The date is one of them; or its month is that of one, or of the same year and
/// told in `words` by number or name, or with a day the one after it, and the day stands there as a number. Which of the
/// numbers there are days is language, so it is not asked. `others`: what [`without_years`] finds in the statement.
pub(super) fn stands<'w>(
    value: &str,
    others: &[Date],
    days: &[String],
    words: impl Iterator<Item = &'w String> + Clone,
) -> bool {
    let is_it = |date: &&Date| {
        let short = date.day.map(|day| format!("{day}.{}", date.month));
        date.day.is_some() && date.day == number(value)
            || short.is_some_and(|short| {
                value.split('.').map(|part| part.trim_start_matches('0')).eq(short.split('.'))
            })
    };
    let mut dates = others.iter().filter(is_it).copied().chain(read(value));
    let days: Vec<Date> = days.iter().filter_map(|day| read(day)).collect();
    let is_said = |number: u32| words.clone().any(|words| numbers(words).any(|n| n == number));
    let has_source = |date: &Date| {
        let is_named =
            is_said(date.month) || words.clone().any(|words| has_month(words, date.month));
        let is_told = date.day.is_none_or(is_said);
        let of = |day: &Date| {
            let is_year = |year: Option<u32>| date.year.is_none() || date.year == year;
            let is_here = date.month == day.month && is_year(day.year);
            let next = day.month % YEAR + 1;
            let next_year = day.year.map(|year| if next == 1 { year + 1 } else { year });
            let is_next = date.day.is_some() && date.month == next && is_year(next_year);
            let is_near = is_here || is_next || is_year(day.year) && is_named;
            is_here && date.day == day.day || is_near && is_told
        };
        days.iter().filter(|day| day.day.is_some()).any(of)
    };
    dates.any(|date| has_source(&date))
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

/// The number that a word is, also with the ending of an ordinal: `4`, `04`, `4th`, `1er`, `7º`.
fn number(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let ending = word.get(digits.len()..).unwrap_or_default();
    let is_ordinal = ["", ".", "st", "nd", "rd", "th", "er", "º", "ª"].contains(&ending);
    let is_number = !digits.is_empty() && digits.len() <= 2;
    digits
        .parse()
        .ok()
        .filter(|_| is_number && is_ordinal && digits.bytes().all(|b| b.is_ascii_digit()))
}

/// The numbers of a text that may be days or months: words of their own (`4th`), beside letters of a script without
/// spaces (`4月`), and both of `4.5.` and `4/5`.
fn numbers(text: &str) -> impl Iterator<Item = u32> {
    let words = text.split(|c| is_space(c) || is_cjk(c));
    let words =
        words.map(|word| word.trim_matches(|c: char| !is_word(c) && !matches!(c, 'º' | 'ª')));
    words.flat_map(|word| {
        let pair = word.split_once(['.', '/']);
        let pair = pair.and_then(|(one, other)| Some([Some(number(one)?), Some(number(other)?)]));
        pair.unwrap_or([number(word), None]).into_iter().flatten()
    })
}

/// Whether a word of a text is the name of the month.
fn has_month(text: &str, month: u32) -> bool {
    text.split(|c| !is_word(c)).any(|word| is_month_name(word, month))
}

/// Whether a word is the name of the month.
fn is_month_name(word: &str, month: u32) -> bool {
    let names = usize::try_from(month).ok().and_then(|n| MONTHS.get(n.checked_sub(1)?));
    let lower = unicode::lower(word);
    let is_name = |name: &&str| *name == word || *name == lower;
    names.is_some_and(|names| !word.is_empty() && names.iter().any(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stands_in(text: &str, said: &str) -> bool {
        let days = ["2026-03-27".to_owned(), "2026".into()];
        let value = text.split(' ').find(|word| word.contains(|c: char| c.is_ascii_digit()));
        let value = value.unwrap_or_default().trim_end_matches('.');
        stands(value, &without_years(text), &days, [said.to_owned()].iter())
    }

    #[test]
    fn each_part_of_a_date_has_a_source() {
        for (text, said, expected) in [
            ("2026-03", "今月からずっと火曜の15時", true),
            ("2026-04", "from next month", false),
            ("2026-07", "7月から20円", true),
            ("2026-07", "from July on", true),
            ("2026-07", "from now on", false),
            ("2026-05-04", "the 4th of May", true),
            ("2026-05-04", "4 of them may go", false),
            ("2026-05-04", "the 5th of May", false),
            ("04.05.2026", "ab 4.5.", true),
            ("2026-04-04", "on the 4th", true),
            ("2026-04-17", "v1.17 at 12:17, a17f", false),
            ("2026-06-04", "on the 4th", false),
            ("2026-12-31", "at 12:31", false),
            ("2025-03-04", "on the 4th", false),
            ("2027-01-04", "on the 4th of january", false),
            ("since 27 March", "from today on", true),
            ("since March 27th", "from today on", true),
            ("desde el 27 de marzo", "desde hoy", true),
            ("since 28 March", "from today on", false),
            ("until 28 March", "until the 28th", true),
            ("27 markets", "many markets", false),
            ("seit 27.3. gilt es", "ab heute", true),
            ("seit 27.3. Katzen", "ab heute", true),
            ("seit 28.3. gilt es", "ab morgen", false),
            ("version 27.3", "the newest", false),
            ("version 27.3. Then", "the newest", false),
            ("version 27.3.", "the newest", false),
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
