//! Additions to documents that `--json` prints.

use serde_json::{Value, json};

use super::words;
use crate::document::Change;
use crate::sessions::Source;

/// Adds to each piece of evidence in `value` the file that holds it and the line in that file, as
/// far as `file` knows them.
pub fn with_files(value: &mut Value, file: &mut impl FnMut(&str, &str) -> Option<Source>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| with_files(item, file)),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let (Some(session), Some(part), Some(_)) =
                (text("session"), text("part"), text("quote"))
            {
                let source = file(session, part);
                let path = source.as_ref().map(|source| source.path.to_string_lossy());
                let before = source.as_ref().map(|source| source.at.lines);
                let line = fields.get("line").and_then(Value::as_u64);
                let line = before.zip(line).map(|(before, line)| before + line);
                let added = [("file", json!(path)), ("file_line", json!(line))];
                fields.extend(added.map(|(name, value)| (name.to_owned(), value)));
            }
            fields.values_mut().for_each(|field| with_files(field, file));
        }
        _ => {}
    }
}

/// Adds to each change of a plan the words that it would lose, see [`words::lost`].
pub fn with_lost(plan: &mut Value, changes: &[Change]) {
    let all = plan.get_mut("changes").and_then(Value::as_array_mut);
    for (value, change) in all.into_iter().flatten().zip(changes) {
        lost(value, change);
    }
}

/// Adds to a change the words that it would lose.
pub fn lost(value: &mut Value, change: &Change) {
    if let Value::Object(fields) = value {
        fields.insert("lost".into(), json!(words::lost(change)));
    }
}

/// Removes the session records from a plan and keeps only the outcome of each session. A record has
/// some kilobytes, and only a replay needs it.
pub fn without_records(plan: &mut Value) {
    let sessions = plan.get_mut("sessions").and_then(Value::as_array_mut);
    for session in sessions.into_iter().flatten() {
        if let Some(outcome) = session.get_mut("outcome").and_then(Value::as_object_mut) {
            outcome.retain(|name, _| name == "state" || name == "reason");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_evidence_gets_its_file_and_nothing_else_does() {
        let evidence = json!({"session": "s", "part": "main", "quote": "q", "line": 1});
        let mut value = json!({"changes": [{"evidence": [evidence]}], "session": "s"});
        with_files(&mut value, &mut |session, part| Some(format!("/{session}/{part}").into()));
        let evidence = &value["changes"][0]["evidence"][0];
        assert_eq!((&evidence["file"], &evidence["file_line"]), (&json!("/s/main"), &json!(1)));
        assert!(value.get("file").is_none());
    }
}
