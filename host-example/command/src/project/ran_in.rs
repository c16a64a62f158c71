//! Where a session ran.

use std::io::{BufRead as _, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cline;
use crate::homes::vs_code;
use crate::kept;
use crate::sessions::{Part, Session};
use crate::transcript::{self, Reader};

/// Bytes at the beginning of a transcript in which its working folder is looked for. Chosen by us:
/// one of the first records names it; the first has at most 30 KB in 28 real rollouts of Codex.
const MOST: u64 = 1 << 20;

/// The fields that hold the folder in which a session ran: of Codex (`session_meta`; later turns
/// repeat it), of Copilot CLI (`session.start`), of OpenCode's sessions, of Claude Code and others
/// that name it in each record or in their first one, of OpenHands and of Goose.
const FOLDERS: [&str; 6] = [
    "/payload/cwd",
    "/data/context/cwd",
    "/info/directory",
    "/cwd",
    "/workspace/working_dir",
    "/working_dir",
];

/// The folder in which a session ran: that of the first record that names one; of a chat in VS Code the
/// folder of its window, of a task of Cline or Roo Code the one that its environment names.
pub fn folder(session: &Session) -> Option<PathBuf> {
    let main = session.parts.iter().find(|part| part.name == "main")?;
    let beside = of_window(&main.path).or_else(|| kept::folder_of(&main.path));
    let told = beside.or_else(|| in_records(main)).or_else(|| in_environment(main));
    told.filter(|folder| folder.is_absolute())
}

fn in_records(main: &Part) -> Option<PathBuf> {
    // In the archive other parts of the session stand in the same file.
    let file: Box<dyn Read> = match kept::is_archived(&main.path) {
        true => Box::new(Cursor::new(Reader::default().read(main, 0, MOST).ok()?)),
        false => transcript::stream(&main.path).ok()?,
    };
    let lines = BufReader::new(file.take(MOST)).lines();
    lines.map_while(Result::ok).find_map(|line| {
        let record: Value = serde_json::from_str(&line).ok()?;
        let named = FOLDERS.iter().find_map(|field| record.pointer(field)?.as_str());
        named.filter(|folder| Path::new(folder).is_absolute()).map(PathBuf::from)
    })
}

/// The folder of the window in which a chat of VS Code was held.
pub fn of_window(main: &Path) -> Option<PathBuf> {
    let chats = main.parent().filter(|folder| folder.ends_with("chatSessions"))?;
    vs_code::folder_of(chats.parent()?)
}

/// What stands around the folder in the environment that Cline and Roo Code write below what a person typed.
const ENVIRONMENT: [&str; 2] = ["# Current Working Directory (", "# Current Workspace Directory ("];
const BEHIND: &str = ") Files";

/// The folder that the environment of a task names first.
fn in_environment(main: &Part) -> Option<PathBuf> {
    cline::session_id(&main.path)?;
    let mut head = Vec::new();
    transcript::stream(&main.path).ok()?.take(MOST).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let folder = ENVIRONMENT.iter().find_map(|mark| Some(head.split_once(mark)?.1))?;
    Some(folder.split_once(BEHIND)?.0.into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sessions::find;
    use crate::sessions::tests::write;

    #[test]
    fn chats_and_tasks_say_where_they_ran_by_what_lies_beside_or_in_them() {
        let dir = tempfile::tempdir().unwrap();
        let chat = br#"{"kind":0,"v":{"version":3,"sessionId":"c","requests":[]}}"#;
        for (window, told) in [
            ("one", r#"{"folder":"file:///home/ada/my%20shop"}"#),
            ("several", r#"{"workspace":"file:///home/ada/all.code-workspace"}"#),
            ("away", r#"{"folder":"vscode-remote://ssh/home/ada"}"#),
            ("damaged", "{\"folder\":"),
        ] {
            write(dir.path(), &format!("s/{window}/workspace.json"), told.as_bytes());
            write(dir.path(), &format!("s/{window}/chatSessions/{window}.jsonl"), chat);
        }
        let task = |mark: &str| {
            let text =
                format!("<task>x</task>\n# Current {mark} Directory (/home/ada/shop) Files\na.md");
            json!([{"role": "user", "content": [{"type": "text", "text": text}], "ts": 1}])
                .to_string()
        };
        for (id, text) in
            [("17", task("Working")), ("18", task("Workspace")), ("19", task("Other"))]
        {
            write(dir.path(), &format!("t/{id}/api_conversation_history.json"), text.as_bytes());
        }
        write(dir.path(), "u/plain.json", task("Working").as_bytes());
        let found = find(&[dir.path().to_path_buf()]).unwrap().sessions;
        let told: Vec<_> = found.iter().map(|session| (&*session.id, folder(session))).collect();
        let shop = || Some(PathBuf::from("/home/ada/shop"));
        assert_eq!(
            told,
            [
                ("17", shop()),
                ("18", shop()),
                ("19", None),
                ("away", None),
                ("damaged", None),
                ("one", Some("/home/ada/my shop".into())),
                ("plain", None),
                ("several", None),
            ]
        );
    }
}
