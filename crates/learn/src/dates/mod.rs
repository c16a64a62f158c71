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
use dreaming_text::unicode::{lower, words};
use find::Found;
use phrases::{in_month, on_day};

use crate::words::dates::{BEFORE, GENERAL};

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
        Unit::Day => (on_day(found.language), date.to_string()),
        Unit::Week if found.language == ENGLISH => {
            ("in ".to_owned(), format!("the week of {date}"))
        }
        Unit::Week => (String::new(), format!("{date} – {}", last_day)),
        Unit::Weekend => (on_day(found.language), format!("{date} – {}", last_day)),
        Unit::Month => (in_month(found.language), date.year_and_month()),
        Unit::Year => (in_month(found.language), format!("{:04}", date.year())),
    };
    let on = if follows { String::new() } else { on };
    // A sentence that began with the phrase begins with a capital letter.
    let capital = before.is_empty() && found.begins_with_capital;
    let written = format!("{on}{what}");
    let mut letters = written.chars();
    Some(match letters.next() {
        Some(first) if capital => first.to_ascii_uppercase().to_string() + letters.as_str(),
        _ => written,
    })
}

#[cfg(test)]
mod tests;
