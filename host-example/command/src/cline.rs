//! The folders of Cline and Roo Code: a session is a folder that is called by it.
//!
//!     tasks/ID/api_conversation_history.json, ui_messages.json
//!     sessions/ID/ID.messages.json, ID.compaction.json, agent_AGENT.messages.json

use std::fs;
use std::path::{Path, PathBuf};

/// The transcript of a task.
const TASK: &str = "api_conversation_history.json";

/// What the screen showed of it: the same words once more, in other records.
const SCREEN: &str = "ui_messages.json";

/// How the transcript of a session and of a sub-agent ends, and a copy of it that was shortened for
/// the model.
const MESSAGES: &str = ".messages.json";
const COMPACTION: &str = ".compaction.json";

/// The session of a transcript, by its folder; `None` for other files.
pub fn session_id(path: &Path) -> Option<&str> {
    let folder = path.parent()?.file_name()?.to_str()?;
    let name = name(path)?;
    (name == TASK || name.strip_suffix(MESSAGES) == Some(folder)).then_some(folder)
}

/// Whether a file is the transcript of a sub-agent of the session beside it.
pub fn is_sub_agent(path: &Path) -> bool {
    let is_transcript = name(path).is_some_and(|name| name.ends_with(MESSAGES));
    let main = || {
        let folder = path.parent()?;
        Some(folder.join(format!("{}{MESSAGES}", folder.file_name()?.to_str()?)))
    };
    is_transcript && main().is_some_and(|main| main != path && main.is_file())
}

/// The transcripts of the sub-agents of a session, by name.
pub fn sub_agents(main: &Path) -> Vec<PathBuf> {
    if session_id(main).is_none() {
        return Vec::new();
    }
    let items = main.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let files = items.flatten().filter(|item| item.file_type().is_ok_and(|kind| kind.is_file()));
    let mut found: Vec<_> = files.map(|item| item.path()).filter(|p| is_sub_agent(p)).collect();
    found.sort();
    found
}

/// Why a file is no session of its own; `None` for other files.
pub fn left_alone(path: &Path) -> Option<&'static str> {
    let name = name(path)?;
    if name == SCREEN && path.with_file_name(TASK).is_file() {
        return Some("what the screen showed of the task beside it");
    }
    let id = name.strip_suffix(COMPACTION)?;
    let main = path.with_file_name(format!("{id}{MESSAGES}"));
    main.is_file().then_some("a shortened copy of the session beside it")
}

fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()
}

#[cfg(test)]
mod tests {
    use crate::sessions::find;
    use crate::sessions::tests::write;

    #[test]
    fn a_session_is_called_by_its_folder_and_its_copies_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let chat = b"[{\"role\":\"user\",\"content\":[],\"ts\":1}]";
        let session =
            b"{\"sessionId\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":[],\"ts\":1}]}";
        for task in ["17", "18"] {
            write(dir.path(), &format!("tasks/{task}/api_conversation_history.json"), chat);
            write(dir.path(), &format!("tasks/{task}/ui_messages.json"), chat);
            write(
                dir.path(),
                &format!("tasks/{task}/task_metadata.json"),
                b"{\"files_in_context\":[]}",
            );
        }
        write(dir.path(), "sessions/s/s.messages.json", session);
        write(dir.path(), "sessions/s/s.json", b"{\"session_id\":\"s\",\"metadata\":{}}");
        write(dir.path(), "sessions/s/s.compaction.json", session);
        write(dir.path(), "sessions/s/agent_b.messages.json", session);
        write(dir.path(), "sessions/s/agent_a.messages.json", session);
        write(dir.path(), "other/x.messages.json", session);
        let found = find(&[dir.path().to_path_buf()]).unwrap();
        let all: Vec<_> = found
            .sessions
            .iter()
            .map(|s| (&*s.id, s.parts.iter().map(|part| &*part.name).collect::<Vec<_>>()))
            .collect();
        let parts =
            vec!["main", "subagents/agent_a.messages.json", "subagents/agent_b.messages.json"];
        let want = [
            ("17", vec!["main"]),
            ("18", vec!["main"]),
            ("s", parts),
            ("x.messages", vec!["main"]),
        ];
        assert_eq!(all, want);
        let mut why: Vec<&str> = found.skipped.iter().map(|skipped| &*skipped.reason).collect();
        why.sort_unstable();
        why.dedup();
        let reasons = [
            "a shortened copy of the session beside it",
            "it does not look like a transcript",
            "what the screen showed of the task beside it",
        ];
        assert_eq!(why, reasons);
        assert_eq!(found.skipped.len(), 6, "{:?}", found.skipped);
    }
}
