//! Kiro CLI's sessions: `sessions/cli/ID.jsonl` holds what was said, and `ID.json` beside it where
//! the session ran and who began it. The `.jsonl` stands for both: [`stream`] gives a line with what
//! the engine reads of the second, then the first. A reader in the engine takes no prompt for a
//! person's without that line, because sub-agents write files of the same form.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

/// The folders above the files.
const FOLDERS: [&str; 2] = ["cli", "sessions"];

/// The fields that go into the first line; all others change while the session goes on.
const FIELDS: [&str; 4] = ["session_id", "cwd", "parent_session_id", "session_created_reason"];

fn is_below(path: &Path) -> bool {
    let above = path.ancestors().skip(1).map(Path::file_name);
    above.zip(FOLDERS).take(FOLDERS.len()).all(|(name, want)| name == Some(OsStr::new(want)))
}

/// Whether a file holds what was said in a session that another file describes.
pub fn is_session(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("jsonl")) && is_below(path) && head(path).is_some()
}

/// Whether a file describes a session of the file beside it.
pub fn is_description(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("json")) && is_session(&path.with_extension("jsonl"))
}

/// The first line; `None` when no file describes the session.
fn head(session: &Path) -> Option<Vec<u8>> {
    let described = fs::read(session.with_extension("json")).ok()?;
    let described: Map<String, Value> = serde_json::from_slice(&described).ok()?;
    described.get("session_id")?.as_str()?;
    let kept = FIELDS.iter().map(|name| {
        let value = described.get(*name).cloned().unwrap_or_default();
        ((*name).to_owned(), value)
    });
    let kept: Map<String, Value> = kept.collect();
    Some(format!("{}\n", Value::Object(kept)).into_bytes())
}

/// What stands for the session `session`: its description, one line, and what was said.
///
/// # Errors
/// What the operating system says.
pub fn stream(session: &Path) -> io::Result<impl Read + Send + use<>> {
    let head = head(session).unwrap_or_default();
    Ok(io::Cursor::new(head).chain(io::BufReader::new(File::open(session)?)))
}
