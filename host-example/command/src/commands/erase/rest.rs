//! What an erasure leaves and where, as sentences.

use std::path::PathBuf;

use dreaming_wasmtime::quotes::{holds, says};
use serde_json::Value;

use super::case::Case;
use super::head;
use crate::commands::Place;
use crate::commands::render::files_where;
use crate::document;
use crate::error::Result;
use crate::output::{next, text};

/// Sentences that name what the erasure leaves: rows and notes that still hold the words, or
/// entries that were learned from the session.
pub fn rest(place: &Place, case: &Case, changed: &[String]) -> Result<Vec<String>> {
    let head = head(&place.state)?;
    let mut rest = Vec::new();
    for row in place.state.ledger_at(head)? {
        let Ok(value) = serde_json::from_slice::<Value>(&row.value) else { continue };
        let Some((kind, id)) = row.key.split_once('/') else { continue };
        let words = value.get("text").and_then(Value::as_str).unwrap_or_default();
        if case.kind == "session" {
            if kind == "entry" && changed.contains(&row.key) {
                rest.push(format!("entry {id} was learned from it and stays: {words}"));
            }
        } else if holds(&value, &|text| says(text, &case.words)) {
            let again = match kind {
                "session" => ", and a dream may propose it again",
                _ => "",
            };
            rest.push(match kind {
                "session" | "entry" => {
                    let erase = next::command(&format!("erase --{kind} {}", next::quoted(id)));
                    format!("{kind} {id} says so too{again}: {erase}")
                }
                // What a model wrote from sessions has no erasure of its own.
                _ => format!(
                    "what a model wrote ({id}) says so too: it goes with the session that shows it, {}",
                    next::command("erase --session ID")
                ),
            });
        } else if kind == "session"
            && case.shown_by.iter().any(|session| session == id)
            && !changed.contains(&row.key)
        {
            let erase = next::command(&format!("erase --session {}", next::quoted(id)));
            rest.push(format!(
                "session {id} showed it, and a dream may propose it again: reject it then, or {erase}"
            ));
        }
    }
    rest.extend(case.came_from.iter().map(|store| {
        let store = text::one_line(store);
        format!("it came from `{store}`: a `gather` of that store brings it again, so erase it there too")
    }));
    let mut notes = Vec::new();
    for revision in place.state.revisions(0, head)? {
        let record: Value = document::parse(&revision.record, "revision record")?;
        let note = record.get("note").and_then(Value::as_str).unwrap_or_default();
        if says(note, &case.words) {
            notes.push(revision.number.to_string());
        }
    }
    match notes.as_slice() {
        [] => {}
        [one] => rest.push(format!("the note of revision {one} says so too, and cannot be erased")),
        several => rest.push(format!(
            "the notes of {} revisions say so too, and cannot be erased: {}",
            several.len(),
            several.join(", ")
        )),
    }
    Ok(rest)
}

/// Sentences that name the files for agents that say the words.
pub fn rendered(place: &Place, case: &Case) -> Vec<String> {
    if case.words.is_empty() {
        return Vec::new();
    }
    let files = files_where(place, &|text| says(text, &case.words));
    let render = next::command("render");
    let said = |file: &PathBuf| {
        let file = text::one_line(&file.display().to_string());
        format!("{file} was rendered and says so too: {render} writes it anew")
    };
    files.iter().map(said).collect()
}
