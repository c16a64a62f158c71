//! What a case starts from: files by path, in whatever form they are stored.
//!
//! Short texts are stored together in `given.txt`, so that a person reads the whole situation in
//! one place:
//!
//! ```text
//! === memory/notes.md
//! - Use tabs.
//!
//! === sessions/mon.txt
//! start: 2026-03-02T09:00:00Z
//!
//! user: Please run the tests.
//! ```
//!
//! An empty line before each heading but the first belongs to no text. A file whose exact bytes
//! matter (other line ends, no final line end, hidden characters, binary content) is a file of its
//! own under the same path. A `.txt` below `sessions/` is a script and stands for the `.jsonl` of
//! the same name.

use std::collections::BTreeMap;
use std::path::Path;

use crate::case::Files;
use crate::{case, script};

/// The file with the short texts.
pub const TOGETHER: &str = "given.txt";

/// The beginning of a heading in that file.
const HEADING: &str = "=== ";

/// Folders with what a case starts from.
const FOLDERS: [&str; 4] = ["memory/", "sessions/", "edits/", "late/"];

/// Other files in the folder of a case.
const OTHERS: [&str; 3] = ["case.json", "expected.txt", "documents/"];

/// All files that the case in `folder` starts from, by path. Scripts are already converted to
/// transcripts.
///
/// # Errors
/// A file that cannot be read, occurs twice, or is no valid script.
pub fn read(folder: &Path) -> Result<Files, String> {
    let mut given = Files::new();
    for (path, bytes) in case::files(folder)? {
        if path == TOGETHER {
            let text = String::from_utf8(bytes).map_err(|_| format!("{TOGETHER} is not UTF-8"))?;
            for (path, text) in texts(&text)? {
                let known = FOLDERS.iter().any(|folder| path.starts_with(folder));
                if !known {
                    return Err(format!("{TOGETHER}: `{path}` is in none of {FOLDERS:?}"));
                }
                put(&mut given, path, text.into_bytes())?;
            }
        } else if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
            put(&mut given, path, bytes)?;
        } else if !OTHERS.iter().any(|other| path.starts_with(other)) {
            return Err(format!("`{path}` is no part of a case"));
        }
    }
    Ok(given)
}

/// The files whose paths begin with `folder`, with that beginning removed.
pub fn below<'a>(given: &'a Files, folder: &str) -> BTreeMap<&'a str, &'a [u8]> {
    let rest = |(path, bytes): (&'a String, &'a Vec<u8>)| {
        Some((path.strip_prefix(folder)?, bytes.as_slice()))
    };
    given.iter().filter_map(rest).collect()
}

/// Adds a file; a script is converted to its transcript.
fn put(given: &mut Files, path: String, bytes: Vec<u8>) -> Result<(), String> {
    let stem = path.strip_prefix("sessions/").and_then(|name| name.strip_suffix(".txt"));
    let (path, bytes) = match stem {
        Some(stem) => {
            let script = std::str::from_utf8(&bytes).map_err(|_| format!("{path} is not UTF-8"))?;
            // A sub-agent's file has the session id of its parent.
            let session = stem.split('/').next().unwrap_or(stem);
            let lines = script::transcript(session, script).map_err(|e| format!("{path}: {e}"))?;
            (format!("sessions/{stem}.jsonl"), lines)
        }
        None => (path, bytes),
    };
    match given.insert(path.clone(), bytes) {
        None => Ok(()),
        Some(_) => Err(format!("{path} is there twice")),
    }
}

/// The texts of `given.txt`, with their paths.
fn texts(together: &str) -> Result<Vec<(String, String)>, String> {
    let fault = |what: &str| Err(format!("{TOGETHER}: {what}"));
    if together.contains('\r') {
        return fault("a text with other line ends stands in a file of its own");
    }
    let Some(rest) = together.strip_prefix(HEADING) else {
        return fault("it does not begin with a heading");
    };
    let mut found = Vec::new();
    for part in rest.split(&format!("\n{HEADING}")) {
        let Some((path, text)) = part.split_once('\n') else {
            return fault(&format!("`{part}` has no text"));
        };
        if !text.ends_with('\n') {
            return fault(&format!("an empty line is missing after the text of `{path}`"));
        }
        found.push((path.to_owned(), text.to_owned()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_stand_together_keep_their_bytes() {
        let together = "=== memory/a.md\n- a\n\n\n=== memory/b.md\n\n- b\n";
        let expected = [("memory/a.md", "- a\n\n"), ("memory/b.md", "\n- b\n")];
        let expected = expected.map(|(path, text)| (path.to_owned(), text.to_owned()));
        assert_eq!(texts(together).unwrap(), expected);
    }

    #[test]
    fn a_text_whose_bytes_would_be_guessed_is_an_error() {
        for wrong in
            ["", "- a\n", "=== a\n", "=== a\n- a", "=== a\n- a\n=== b\n- b\n", "=== a\n- a\r\n"]
        {
            assert!(texts(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_script_stands_for_a_transcript_and_nothing_is_there_twice() {
        let script = b"start: 2026-03-02T09:00:00Z\n\nuser: a\n".to_vec();
        let mut given = Files::new();
        put(&mut given, "sessions/mon.txt".into(), script.clone()).unwrap();
        assert!(given["sessions/mon.jsonl"].starts_with(b"{"));
        assert!(put(&mut given, "sessions/mon.txt".into(), script).is_err());
    }
}
