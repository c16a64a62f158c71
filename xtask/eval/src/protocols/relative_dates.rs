//! Phrases such as last week, on a given day: `relative-dates/*.jsonl`, rows of `now`, `text` and
//! `range` (first and last instant, or null for a text that means no date).

use dreaming::Time;
use dreaming::dates::absolute;
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "relative-dates", about: "phrases such as last week, on a given day", run };

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut rows = Vec::new();
    for path in data.files("relative-dates")? {
        if path.extension().is_some_and(|e| e == "jsonl") {
            rows.extend(data.lines(&format!(
                "relative-dates/{}",
                path.file_name().unwrap_or_default().to_string_lossy()
            ))?);
        }
    }
    let rows: Vec<Value> = rows.into_iter().flatten().collect();
    if rows.is_empty() {
        return Ok(Measured::absent("relative-dates/*.jsonl"));
    }
    // Written and right, written, all.
    let (mut english, mut others, mut alone) = ([0; 3], [0; 3], [0; 3]);
    let mut wrong = std::collections::BTreeSet::new();
    for row in &rows {
        let text = row["text"].as_str().unwrap_or_default();
        let now = format!("{}Z", row["now"].as_str().unwrap_or_default());
        let Some(now) = Time::parse(&now) else { continue };
        let got = absolute(text, now).map(|said| written(text, &said));
        let want = row["range"][0].as_str().and_then(|instant| instant.get(..10));
        let [right, changed, all] = match (want, is_english(text)) {
            (None, _) => &mut alone,
            (Some(_), true) => &mut english,
            (Some(_), false) => &mut others,
        };
        *all += 1;
        let Some(got) = got else { continue };
        *changed += 1;
        if want.is_some_and(|want| !got.is_empty() && want.starts_with(&got)) {
            *right += 1;
        } else {
            wrong.insert(text.chars().take(60).collect::<String>());
        }
    }
    let mut measured = Measured::default();
    for (name, [right, changed, all], demand) in [
        ("English phrases", english, Some(Demand::AtLeast(0.95))),
        ("phrases of other languages", others, None),
    ] {
        let none = Some(Figure::share(0, 0));
        measured.row(
            format!("{name}: the right date, of those that are written"),
            none,
            None,
            Figure::share(right, changed),
            demand,
        );
        let none = Some(Figure::share(0, all));
        let share = Figure::share(changed, all);
        measured.row(format!("{name}: written, of all"), none, None, share, None);
    }
    let [_, changed, all] = alone;
    measured.row(
        "texts without a date left alone",
        Some(Figure::share(all, all)),
        None,
        Figure::share(all - changed, all),
        Some(Demand::AtLeast(0.98)),
    );
    measured.note("English: ASCII letters only, and no month or word of another language's table");
    if !wrong.is_empty() {
        let some: Vec<_> = wrong.iter().take(40).map(|text| format!("{text:?}")).collect();
        measured.note(format!("not as expected ({}): {}", wrong.len(), some.join(", ")));
    }
    Ok(measured)
}

/// The first date of a changed text that the text did not have: a day, a month or a year.
fn written(text: &str, said: &str) -> String {
    let dates = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_ascii_digit() && c != '-');
        words.filter(|word| word.len() >= 4).map(str::to_owned).collect()
    };
    let before = dates(text);
    dates(said).into_iter().find(|date| !before.contains(date)).unwrap_or_default()
}

/// Whether a text is English as far as its words tell: the data names no language.
fn is_english(text: &str) -> bool {
    const OTHERS: &[&str] = &[
        "ayer",
        "hoy",
        "hace",
        "semana",
        "mes",
        "de",
        "pasado",
        "pasada",
        "hier",
        "mois",
        "le",
        "la",
        "il",
        "jours",
        "aujourd",
        "dernier",
        "derniere",
        "gestern",
        "heute",
        "vor",
        "tagen",
        "letzte",
        "letzten",
        "letztes",
        "woche",
        "jahr",
        "am",
        "ieri",
        "oggi",
        "fa",
        "scorsa",
        "scorso",
        "del",
        "dias",
        "januar",
        "februar",
        "juni",
        "juli",
        "mai",
        "oktober",
        "dezember",
        "janvier",
        "avril",
        "juin",
        "juillet",
        "septembre",
        "octobre",
        "novembre",
        "mars",
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
        "gennaio",
        "febbraio",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "settembre",
        "ottobre",
        "dicembre",
    ];
    text.is_ascii()
        && !text
            .to_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| OTHERS.contains(&word))
}
