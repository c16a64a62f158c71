//! Conversations of OpenHands: a folder for each, and a file for each event.
//!
//!     conversations/ID/base_state.json
//!     conversations/ID/events/event-00000-EVENT.json
//!     conversations/ID/subagents/ID/…
//!
//! The path of the folder stands for the session: [`stream`] gives its events, one a line, in the
//! order of their numbers. Before them stands where the conversation ran, of all that its state says:
//! the rest changes with each event.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::record_lines;

/// The file that describes the conversation.
const STATE: &str = "base_state.json";

/// The folder of the events.
const EVENTS: &str = "events";

/// Whether a folder is a conversation.
pub fn is_session(folder: &Path) -> bool {
    folder.join(STATE).is_file() && folder.join(EVENTS).is_dir()
}

/// When the last event was written.
///
/// # Errors
/// What the operating system says.
pub fn written(folder: &Path) -> io::Result<SystemTime> {
    folder.join(EVENTS).metadata()?.modified()
}

/// The records of a conversation, one a line.
///
/// # Errors
/// What the operating system says.
pub fn stream(folder: &Path) -> io::Result<Box<dyn Read + Send>> {
    let mut events = Vec::new();
    for item in fs::read_dir(folder.join(EVENTS))? {
        let item = item?;
        if let Some(number) = number(&item.file_name())
            && item.file_type()?.is_file()
        {
            events.push((number, item.path()));
        }
    }
    events.sort();
    let events = events.into_iter().map(|(_, path)| path);
    let read = |event: PathBuf| Ok([&record_lines::flat(fs::read(event)?)[..], b"\n"].concat());
    Ok(record_lines::lines(head(folder)?, events, read))
}

/// The number of an event by the name of its file; `None` for other files.
fn number(name: &OsStr) -> Option<u64> {
    let name = name.to_str()?.strip_prefix("event-")?.strip_suffix(".json")?;
    name.split_once('-')?.0.parse().ok()
}

/// The line that says where the conversation ran; empty when its state cannot be read as JSON, for it
/// may be being written.
fn head(folder: &Path) -> io::Result<Vec<u8>> {
    let state = serde_json::from_slice::<Value>(&fs::read(folder.join(STATE))?).unwrap_or_default();
    let (Some(id), Some(place)) =
        (state["id"].as_str(), state["workspace"]["working_dir"].as_str())
    else {
        return Ok(Vec::new());
    };
    Ok(format!("{}\n", json!({"id": id, "workspace": {"working_dir": place}})).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::find;
    use crate::sessions::tests::write;
    use crate::transcript;

    fn put(root: &Path, folder: &str, events: &[(&str, &str)]) {
        let state = r#"{"id":"c-1","workspace":{"kind":"LocalWorkspace","working_dir":"/shop"}}"#;
        write(root, &format!("{folder}/base_state.json"), state.as_bytes());
        for (name, text) in events {
            write(root, &format!("{folder}/events/{name}"), text.as_bytes());
        }
    }

    #[test]
    fn the_events_of_a_conversation_are_its_records_in_the_order_of_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        put(
            dir.path(),
            "conversations/c1",
            &[
                ("event-100000-bb.json", "{\"n\":3}"),
                ("event-99999-aa.json", "{\n  \"n\": 2\r\n}"),
                ("event-00000-ff.json", "{\"n\":1}"),
                (".eventlog.lock", ""),
                ("event-x-y.json", "{}"),
            ],
        );
        put(dir.path(), "conversations/c1/subagents/c2", &[("event-00000-cc.json", "{}")]);
        put(dir.path(), "conversations/c3", &[(".eventlog.lock", "")]);
        write(dir.path(), "conversations/c3/base_state.json", b"{\"id\":");
        let found = find(&[dir.path().to_path_buf()]).unwrap();
        assert_eq!(found.skipped, []);
        let all: Vec<_> = found
            .sessions
            .iter()
            .map(|s| {
                let parts = s.parts.iter().map(|part| (&*part.name, part.bytes));
                (&*s.id, parts.collect::<Vec<_>>())
            })
            .collect();
        let head = "{\"id\":\"c-1\",\"workspace\":{\"working_dir\":\"/shop\"}}\n";
        let lines = format!("{head}{{\"n\":1}}\n{{   \"n\": 2  }}\n{{\"n\":3}}\n");
        let size = |text: &str| text.len() as u64;
        let parts: Vec<(&str, u64)> =
            vec![("main", size(&lines)), ("subagents/c2", size(head) + 3)];
        assert_eq!(all, [("c1", parts), ("c3", vec![("main", 0)])]);
        let main = &found.sessions[0].parts[0].path;
        let mut text = String::new();
        transcript::stream(main).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, lines);
        assert!(transcript::written(main).is_ok() && found.sessions[0].written().is_some());
        // One conversation by its own folder.
        assert_eq!(find(std::slice::from_ref(main)).unwrap().sessions.len(), 1);
    }
}
