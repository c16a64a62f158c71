//! Documents for programs.

use std::path::PathBuf;

use serde_json::{Value, json};

/// Adds to each piece of evidence in `value` the file that holds it, as far as `file` knows it.
pub fn with_files(value: &mut Value, file: &mut impl FnMut(&str, &str) -> Option<PathBuf>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| with_files(item, file)),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str);
            if let (Some(session), Some(part), Some(_)) =
                (text("session"), text("part"), text("quote"))
            {
                let path = file(session, part).map(|path| path.to_string_lossy().into_owned());
                fields.insert("file".into(), json!(path));
            }
            fields.values_mut().for_each(|field| with_files(field, file));
        }
        _ => {}
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
        assert_eq!(value["changes"][0]["evidence"][0]["file"], "/s/main");
        assert!(value.get("file").is_none());
    }
}
