//! Phrases such as last week, on a given day: `relative-dates/*.jsonl`, rows of `now`, `text` and
//! `range` (first and last instant, or null for a text that means no date).

use dreaming::Time;
use dreaming::dates::resolve;
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
    let (mut english, mut others, mut alone) = ((0, 0), (0, 0), (0, 0));
    let mut wrong = std::collections::BTreeSet::new();
    for row in &rows {
        let text = row["text"].as_str().unwrap_or_default();
        let now = format!("{}Z", row["now"].as_str().unwrap_or_default());
        let Some(now) = Time::parse(&now) else { continue };
        let got = resolve(text, now).map(|span| [span.from.to_string(), span.to.to_string()]);
        let want = row["range"].as_array().map(|range| {
            [0, 1].map(|at| {
                let instant = range.get(at).and_then(Value::as_str).unwrap_or_default();
                instant.get(..10).unwrap_or_default().to_owned()
            })
        });
        let counts = match (&want, is_english(text)) {
            (None, _) => &mut alone,
            (Some(_), true) => &mut english,
            (Some(_), false) => &mut others,
        };
        counts.1 += 1;
        if got == want {
            counts.0 += 1;
        } else {
            wrong.insert(text.chars().take(60).collect::<String>());
        }
    }
    let share = |(right, all): (usize, usize)| Figure::share(right, all);
    let none = |(_, all): (usize, usize)| Some(Figure::share(0, all));
    let mut measured = Measured::default();
    measured.row(
        "English phrases right",
        none(english),
        None,
        share(english),
        Some(Demand::AtLeast(0.90)),
    );
    measured.row("other languages right", none(others), None, share(others), None);
    let all = Some(Figure::share(alone.1, alone.1));
    measured.row(
        "texts without a date left alone",
        all,
        None,
        share(alone),
        Some(Demand::AtLeast(0.98)),
    );
    measured.note("English: ASCII letters only, and no month or word of another language's table");
    if !wrong.is_empty() {
        let some: Vec<_> = wrong.iter().take(40).map(|text| format!("{text:?}")).collect();
        measured.note(format!("not as expected ({}): {}", wrong.len(), some.join(", ")));
    }
    Ok(measured)
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
