//! Dates that depend on when something was said. Only what a phrase says for certain is resolved;
//! what it leaves open stays as it was written.
//!
//! The vocabulary is that of everyday language: English, German, French, Spanish, Italian,
//! Portuguese, Dutch, Russian, Chinese. Days are days of UTC, weeks begin on Monday (ISO 8601).

mod calendar;
mod find;
mod han;
mod phrases;

use calendar::Unit;
use dreaming_records::time::Time;
use dreaming_text::unicode::{is_upper, lower, words};
use find::Found;

use crate::words::dates::{BEFORE, GENERAL, IN_A_MONTH, ON_A_DAY};

/// The language in which a week has a name: `the week of 2026-03-02`.
const ENGLISH: &str = "en";

/// The text with every relative date that is certain replaced by the date that it meant when the
/// text was said: `we moved yesterday` becomes `we moved on 2026-03-04`. `None` when nothing
/// changes.
///
/// A text that states a rule (`whenever`, `always`, `if`) stays, and so do possessives
/// (`yesterday's`), quoted words and every phrase that leaves room (`a few days ago`).
pub fn absolute(text: &str, said: Time) -> Option<String> {
    said.date()?;
    let is_general = words(text)
        .any(|word| GENERAL.contains(&lower(text.get(word).unwrap_or_default()).as_str()));
    if is_general {
        return None;
    }
    let mut out = String::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(found) = find::first(text, from) {
        from = found.range.end;
        let Some(date) = written(&found, text, said) else { continue };
        out.push_str(text.get(done..found.range.start)?);
        out.push_str(&date);
        done = found.range.end;
    }
    out.push_str(text.get(done..)?);
    (done > 0).then_some(out)
}

/// How a date reads in the place of a relative one; `None` for what should stay.
fn written(found: &Found, text: &str, said: Time) -> Option<String> {
    let (unit, date, last_day) = found.meaning.days(said)?;
    let before = text.get(..found.range.start)?;
    let after = text.get(found.range.end..)?;
    let quoted = before.ends_with(['"', '\'', '`', '“', '«', '„'])
        || after.starts_with(['"', '\'', '’', '`', '”', '»']);
    if quoted {
        return None;
    }
    let last = words(before).last().and_then(|word| before.get(word)).map(lower);
    let follows = last.is_some_and(|word| BEFORE.contains(&word.as_str()));
    let (on, what) = match unit {
        Unit::Day => (ON_A_DAY, date.to_string()),
        Unit::Week if found.language == ENGLISH => (IN_A_MONTH, format!("the week of {date}")),
        Unit::Week => (&[][..], format!("{date} – {last_day}")),
        Unit::Weekend => (ON_A_DAY, format!("{date} – {last_day}")),
        Unit::Month => (IN_A_MONTH, date.year_and_month()),
        Unit::Year => (IN_A_MONTH, format!("{:04}", date.year())),
    };
    let on = on.iter().find(|(language, _)| *language == found.language && !follows);
    let written = on.map_or_else(String::new, |(_, on)| format!("{on} ")) + &what;
    let mut letters = written.chars();
    let phrase = text.get(found.range.clone())?;
    Some(match letters.next() {
        // A sentence that began with the phrase begins with a capital letter.
        Some(first) if before.is_empty() && phrase.starts_with(is_upper) => {
            first.to_ascii_uppercase().to_string() + letters.as_str()
        }
        _ => written,
    })
}

#[cfg(test)]
mod tests;
