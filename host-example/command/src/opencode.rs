//! OpenCode's storage folder: a session is a file that describes it, a file for each message and
//! one for each part of a message.
//!
//!     storage/session/PROJECT/SESSION.json
//!     storage/message/SESSION/MESSAGE.json
//!     storage/part/MESSAGE/PART.json
//!
//! Ids of messages and parts sort by time. The path of the session file stands for the whole
//! session: [`stream`] gives one record per line, first the session, then each message with its
//! parts, as in an export. Since version 1.2 OpenCode keeps sessions in a database instead, see
//! [`crate::databases`].

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::record_lines;
use crate::sessions::{Part, Session};

/// Whether a folder is the storage of OpenCode.
pub fn is_storage(folder: &Path) -> bool {
    ["session", "message", "part"].iter().all(|name| folder.join(name).is_dir())
}

/// The storage folder of a session file.
fn storage(session: &Path) -> Option<&Path> {
    let folder = session.parent()?.parent()?;
    let is_named = folder.file_name() == Some(OsStr::new("session"));
    folder.parent().filter(|storage| is_named && is_storage(storage))
}

/// Whether a file is a session file, so that [`stream`] can read the whole session.
pub fn is_session(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("json")) && storage(path).is_some()
}

/// The id of the session that started this one as a sub-agent, if there is one.
pub fn parent(session: &Path) -> Option<String> {
    let info = is_session(session).then(|| fs::read(session).ok()).flatten()?;
    let info: Value = serde_json::from_slice(&info).ok()?;
    info.get("parentID")?.as_str().map(str::to_owned)
}

/// Makes the session of each sub-agent a part of the session that started it: OpenCode gives every
/// sub-agent a session of its own. `parents` names the sessions that started those of databases.
pub fn join_sub_agents(sessions: &mut Vec<Session>, mut parents: BTreeMap<String, String>) {
    let main = |session: &Session| {
        session.parts.iter().find(|part| part.name == "main").map(|part| part.path.clone())
    };
    parents.extend(
        sessions.iter().filter_map(|session| Some((session.id.clone(), parent(&main(session)?)?))),
    );
    let is_known: BTreeSet<String> = sessions.iter().map(|session| session.id.clone()).collect();
    let root = |id: &str| {
        let mut at = id;
        // At most as many steps as there are sub-agents, so that a circle ends.
        for _ in 0..=parents.len() {
            match parents.get(at).filter(|parent| is_known.contains(*parent)) {
                Some(parent) => at = parent,
                None => return (at != id).then(|| at.to_owned()),
            }
        }
        None
    };
    let roots: BTreeMap<String, String> =
        parents.keys().filter_map(|id| Some((id.clone(), root(id)?))).collect();
    let (subs, mut mains): (Vec<_>, Vec<_>) =
        std::mem::take(sessions).into_iter().partition(|session| roots.contains_key(&session.id));
    for sub in subs {
        let above = mains.iter_mut().find(|session| roots.get(&sub.id) == Some(&session.id));
        let Some(above) = above else { continue };
        for part in sub.parts.into_iter().filter(|part| part.name == "main") {
            above.parts.push(Part { name: format!("subagents/{}.json", sub.id), ..part });
        }
        above.parts.sort_by(|a, b| a.name.cmp(&b.name));
    }
    *sessions = mains;
}

/// The records of a session, one a line.
///
/// # Errors
/// What the operating system says.
pub fn stream(session: &Path) -> io::Result<Box<dyn Read + Send>> {
    let no_session = || io::Error::new(io::ErrorKind::InvalidInput, "no session of OpenCode");
    let storage = storage(session).ok_or_else(no_session)?.to_path_buf();
    let messages = storage.join("message").join(session.file_stem().unwrap_or_default());
    let line = [b"{\"info\":", &flat(session)?[..], b"}\n"].concat();
    let read = move |message: PathBuf| self::message(&storage, &message);
    Ok(record_lines::lines(line, files(&messages)?, read))
}

/// A message with its parts.
fn message(storage: &Path, message: &Path) -> io::Result<Vec<u8>> {
    let parts = storage.join("part").join(message.file_stem().unwrap_or_default());
    let mut line = [b"{\"info\":", &flat(message)?[..], b",\"parts\":["].concat();
    for (number, part) in files(&parts)?.iter().enumerate() {
        if number > 0 {
            line.push(b',');
        }
        line.extend(flat(part)?);
    }
    line.extend(b"]}\n");
    Ok(line)
}

/// The `.json` files of a folder by name; none if the folder does not exist. Links are not
/// followed.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
        Ok(items) => {
            for item in items {
                let item = item?;
                let is_json = item.path().extension() == Some(OsStr::new("json"));
                if is_json && item.file_type()?.is_file() {
                    found.push(item.path());
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The bytes of a JSON file on one line.
fn flat(path: &Path) -> io::Result<Vec<u8>> {
    Ok(record_lines::flat(fs::read(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::find;
    use crate::sessions::tests::write;
    use crate::transcript;

    fn storage() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            write(dir.path(), &format!("storage/{path}.json"), text.as_bytes());
        };
        put("session/p1/ses_a", "{\n  \"id\": \"ses_a\"\n}");
        put("session/p1/ses_b", "{\"id\":\"ses_b\",\"parentID\":\"ses_a\"}");
        put("session/global/ses_c", "{\"id\":\"ses_c\"}");
        put("message/ses_a/msg_2", "{\"id\":\"msg_2\"}");
        put("message/ses_a/msg_1", "{\n  \"id\": \"msg_1\"\n}");
        put("message/ses_b/msg_3", "{\"id\":\"msg_3\"}");
        put("message/ses_c/msg_4", "{\"id\":\"msg_4\"}");
        put("part/msg_1/prt_2", "{\"id\":\"prt_2\"}");
        put("part/msg_1/prt_1", "{\"id\":\r\n\"prt_1\"}");
        put("project/p1", "{}");
        dir
    }

    #[test]
    fn the_files_of_a_session_are_its_records_in_their_order() {
        let dir = storage();
        let file = dir.path().join("storage/session/p1/ses_a.json");
        let mut text = String::new();
        transcript::stream(&file).unwrap().read_to_string(&mut text).unwrap();
        let records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            serde_json::json!(records).to_string(),
            r#"[{"info":{"id":"ses_a"}},{"info":{"id":"msg_1"},"parts":[{"id":"prt_1"},{"id":"prt_2"}]},{"info":{"id":"msg_2"},"parts":[]}]"#
        );
        assert_eq!(transcript::length(&file).unwrap(), text.len() as u64);
        assert!(!is_session(&dir.path().join("storage/message/ses_a/msg_1.json")));
    }

    #[test]
    fn what_a_sub_agent_did_is_a_part_of_its_session() {
        let dir = storage();
        let root = dir.path().canonicalize().unwrap();
        for folder in [root.clone(), root.join("storage"), root.join("storage/session")] {
            let found = find(&[folder]).unwrap();
            let all: Vec<_> = found
                .sessions
                .iter()
                .map(|s| (&*s.id, s.parts.iter().map(|part| &*part.name).collect::<Vec<_>>()))
                .collect();
            let expected =
                [("ses_a", vec!["main", "subagents/ses_b.json"]), ("ses_c", vec!["main"])];
            assert_eq!(all, expected);
            assert_eq!(found.skipped, []);
        }
    }
}
