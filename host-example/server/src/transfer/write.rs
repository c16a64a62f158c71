//! Writes an export.

use std::io;

use dreaming_export::{Line, MARKS, NO_PLANS, SALT, Writer, digests};

use super::check::marks;
use super::{History, Value, Whole};

/// The export of a history that was checked.
///
/// # Errors
/// A record that is no text.
pub fn write(history: &History, checked: &Whole) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    let mut meta = |key: &str, value: String| writer.line(&Line::Meta { key: key.into(), value });
    // In the order of their keys.
    if !history.notes.is_empty() {
        meta(MARKS, marks(history, Vec::new()));
    }
    if checked.planned > 0 {
        meta(NO_PLANS, checked.planned.to_string());
    }
    meta(SALT, history.salt.clone());
    for revision in &history.revisions {
        let record = String::from_utf8(revision.record.clone()).map_err(io::Error::other)?;
        let (number, id) = (revision.number, revision.id.clone());
        writer.line(&Line::Revision { number, id, record });
    }
    for memory in &history.memories {
        let (text, erased) = parts(&memory.text);
        let (path, number, observed_at) = (memory.path.clone(), memory.number, memory.observed_at);
        writer.line(&Line::Memory { path, number, text, observed_at, erased });
    }
    for row in &history.ledger {
        let (value, erased) = parts(&row.value);
        writer.line(&Line::Ledger { key: row.key.clone(), number: row.number, value, erased });
    }
    for note in &history.notes {
        let seal = digests::of_note(note.number.unsigned_abs(), &note.kind, &note.id);
        let (number, kind, id) = (note.number, note.kind.clone(), note.id.clone());
        writer.line(&Line::Erasure { number, kind, id, seal });
    }
    for (number, ledger) in &checked.seals {
        writer.line(&Line::Seal { number: *number, ledger: ledger.clone() });
    }
    writer.finish()?;
    Ok(bytes)
}

fn parts(value: &Value) -> (Option<String>, bool) {
    match value {
        Value::Kept(text) => (Some(text.clone()), false),
        Value::Gone => (None, false),
        Value::Erased => (None, true),
    }
}
