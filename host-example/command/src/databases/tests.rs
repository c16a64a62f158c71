use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::*;
use crate::sessions::tests::write;
use crate::sessions::{Part, find};
use crate::transcript::{self, Reader};

/// The tables of OpenCode 1.18 with the columns that are read.
const OPENCODE: &str = "
    CREATE TABLE session (id text PRIMARY KEY, parent_id text, directory text, title text,
        version text, time_created integer, time_updated integer);
    CREATE TABLE message (id text PRIMARY KEY, session_id text, time_created integer, data text);
    CREATE TABLE part (id text PRIMARY KEY, message_id text, data text);
    INSERT INTO session VALUES ('ses_a', NULL, '/shop', 'Shop', '1.18.33', 5, 9000),
        ('ses_b', 'ses_a', '/shop', 'Look', '1.18.33', 6, 8000);
    INSERT INTO message VALUES ('msg_2', 'ses_a', 2, '{\"role\":\"assistant\"}'),
        ('msg_1', 'ses_a', 1, '{\"role\":\"user\",\"time\":{\"created\":1}}'),
        ('msg_3', 'ses_b', 3, '{\"role\":\"user\"}');
    INSERT INTO part VALUES ('prt_2', 'msg_1', '{\"type\":\"file\"}'),
        ('prt_1', 'msg_1', '{\"type\":\"text\",\"text\":\"one\\ntwo\"}');";

fn make(path: &Path, log: bool, tables: &str) -> Connection {
    let db = Connection::open(path).unwrap();
    if log {
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
    }
    db.execute_batch(tables).unwrap();
    db
}

fn text(path: &Path) -> String {
    let mut text = String::new();
    stream(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|item| item.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A folder with a database, and the path of the database.
fn folder(name: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().canonicalize().unwrap().join(name);
    (dir, path)
}

const LINES: [&str; 3] = [
    r#"{"info":{"id":"ses_a","parentID":null,"directory":"/shop","version":"1.18.33","title":"","time":{"created":5}}}"#,
    r#"{"info":{"role":"user","time":{"created":1},"id":"msg_1","sessionID":"ses_a"},"parts":[{"type":"text","text":"one\ntwo","id":"prt_1"},{"type":"file","id":"prt_2"}]}"#,
    r#"{"info":{"role":"assistant","id":"msg_2","sessionID":"ses_a"},"parts":[]}"#,
];

#[test]
fn a_session_is_read_with_the_log_of_an_agent_at_work_and_nothing_is_written_beside() {
    let (dir, path) = folder("opencode.db");
    let agent = make(&path, true, OPENCODE);
    let before = names(dir.path());
    assert_eq!(before, ["opencode.db", "opencode.db-shm", "opencode.db-wal"]);
    let session = path.join("ses_a");
    assert_eq!(text(&session), LINES.map(|line| format!("{line}\n")).concat());
    assert_eq!(list(&path).unwrap()[0].bytes, Ok(text(&session).len() as u64));
    // The agent goes on while a session is being read.
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    let part = &found.sessions[0].parts[0];
    let mut reader = Reader::default();
    let head = reader.read(part, 0, 10).unwrap();
    agent.execute("INSERT INTO message VALUES ('msg_9', 'ses_a', 9, '{}')", []).unwrap();
    let rest = reader.read(part, 10, 1 << 20).unwrap();
    assert_eq!([head, rest].concat(), LINES.map(|line| format!("{line}\n")).concat().as_bytes());
    assert!(transcript::length(&session).unwrap() > part.bytes, "a session that grew");
    assert_eq!(names(dir.path()), before);
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
    assert_eq!(transcript::written(&session).unwrap(), written);
    drop(agent);
    assert_eq!(names(dir.path()), ["opencode.db"]);
}

#[test]
fn what_an_agent_left_that_ended_badly_is_read_too() {
    let (dir, path) = folder("opencode.db");
    let agent = make(&path, true, OPENCODE);
    // The files as they are after a crash, beside others.
    let other = dir.path().join("left");
    fs::create_dir(&other).unwrap();
    for end in ["", "-wal", "-shm"] {
        let name = format!("opencode.db{end}");
        fs::copy(path.with_file_name(&name), other.join(&name)).unwrap();
    }
    drop(agent);
    let left = other.join("opencode.db/ses_a");
    assert_eq!(text(&left).lines().count(), 3);
    // Without the index the log counts as well.
    fs::remove_file(other.join("opencode.db-shm")).unwrap();
    assert_eq!(text(&left).lines().count(), 3);
    assert_eq!(names(&other), ["opencode.db", "opencode.db-wal"]);
}

#[test]
fn a_quiet_database_is_read_and_nothing_is_written_beside() {
    for log in [true, false] {
        let (dir, path) = folder("opencode.db");
        drop(make(&path, log, OPENCODE));
        assert_eq!(text(&path.join("ses_a")).lines().count(), 3);
        assert_eq!(names(dir.path()), ["opencode.db"]);
        // An agent came and went: the copy is no longer the same.
        let agent = Connection::open(&path).unwrap();
        agent.execute("INSERT INTO message VALUES ('msg_9', 'ses_a', 9, '{}')", []).unwrap();
        drop(agent);
        assert_eq!(text(&path.join("ses_a")).lines().count(), 4, "{log}");
        assert_eq!(names(dir.path()), ["opencode.db"]);
    }
}

#[test]
fn a_database_that_cannot_be_read_is_named_and_the_rest_goes_on() {
    let (dir, path) = folder("opencode.db");
    drop(make(&path, false, OPENCODE));
    write(dir.path(), "a/opencode.db", b"SQLite format 3");
    write(dir.path(), "b/opencode.db", &fs::read(&path).unwrap()[..6000]);
    make(&dir.path().join("sessions.db"), false, "CREATE TABLE sessions (id)");
    let locked = write(dir.path(), "c/opencode.db", &fs::read(&path).unwrap());
    let agent = Connection::open(&locked).unwrap();
    agent.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    assert_eq!(found.sessions.len(), 1);
    let whys: Vec<_> = found.skipped.iter().map(|left| &*left.reason).collect();
    let whys = whys.join("\n");
    for why in ["not a SQLite", "malformed", "locked", "in a form that this version"] {
        assert!(whys.contains(why), "{whys}");
    }
    assert_eq!(whys.lines().count(), 4, "{whys}");
}

#[test]
fn a_damaged_record_costs_its_line() {
    let (_dir, path) = folder("opencode.db");
    let db = make(&path, false, OPENCODE);
    db.execute_batch(
        "UPDATE message SET data = '{\"role\":' || char(10) || '\"us' WHERE id = 'msg_2';
         UPDATE part SET data = x'ff00' WHERE id = 'prt_2';",
    )
    .unwrap();
    let text = text(&path.join("ses_a"));
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], LINES[0]);
    assert!(lines[1].contains("prt_1") && lines[1].ends_with(",null]}"), "{lines:?}");
    assert_eq!(lines[2], "{\"role\": \"us");
}

#[test]
fn sessions_of_a_database_take_the_place_of_the_files_that_they_were() {
    let (dir, path) = folder("opencode.db");
    drop(make(&path, true, OPENCODE));
    for old in ["ses_a", "ses_old"] {
        let info = format!("{{\"id\":\"{old}\"}}");
        write(dir.path(), &format!("storage/session/p/{old}.json"), info.as_bytes());
        write(dir.path(), &format!("storage/message/{old}/msg_1.json"), b"{}");
    }
    write(dir.path(), "storage/part/msg_1/prt_1.json", b"{}");
    write(dir.path(), "ses_a.outcome.json", b"{}");
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    assert_eq!(found.skipped, []);
    let all: Vec<_> = found
        .sessions
        .iter()
        .map(|s| (&*s.id, s.parts.iter().map(|part| &*part.name).collect::<Vec<_>>()))
        .collect();
    let parts = vec!["main", "outcome.json", "subagents/ses_b.json"];
    assert_eq!(all, [("ses_a", parts), ("ses_old", vec!["main"])]);
    let main = found.sessions[0].parts.iter().find(|part| part.name == "main").unwrap();
    assert_eq!(main.path, path.join("ses_a"));
    let written = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
    assert_eq!(transcript::written(&main.path).unwrap(), written);
    assert!(found.sessions[0].written().unwrap() > written, "the file beside it is newer");
    let twice = find(&[path.clone(), path]).unwrap();
    assert_eq!((twice.sessions.len(), twice.skipped.len()), (1, 0));
}

#[test]
fn a_session_that_is_gone_is_an_error() {
    let (_dir, path) = folder("opencode.db");
    let db = make(&path, false, OPENCODE);
    let part = Part { name: "main".into(), path: path.join("ses_b"), bytes: 9, start: 0 };
    assert!(transcript::digest(&part).is_ok());
    db.execute("DELETE FROM session WHERE id = 'ses_b'", []).unwrap();
    assert_eq!(transcript::digest(&part).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(transcript::written(&part.path).is_err());
}

#[test]
fn every_version_of_goose_is_read() {
    const FIRST: &str = "CREATE TABLE sessions (id TEXT, working_dir TEXT, updated_at TIMESTAMP,
            schedule_id TEXT, recipe_json TEXT);
        CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT,
            content_json TEXT, created_timestamp INTEGER, metadata_json TEXT);
        INSERT INTO sessions VALUES ('20260201_1', '/shop', '2026-02-01 10:00:00', NULL, NULL);
        INSERT INTO messages VALUES (7, '20260201_1', 'user', '[{\"type\":\"text\"}]', 3, '{}');";
    const TYPED: &str = "ALTER TABLE sessions ADD COLUMN session_type TEXT DEFAULT 'user';
        ALTER TABLE messages ADD COLUMN message_id TEXT DEFAULT 'msg_7';";
    const NESTED: &str = "ALTER TABLE sessions ADD COLUMN parent_session_id TEXT;
        INSERT INTO sessions VALUES ('20260201_2', '/shop', '2026-02-01 10:00:00', NULL,
            '{\"prompt\":\"Look.\"}', 'sub_agent', '20260201_1');";
    let lines = |tables: &[&str]| {
        let (_dir, path) = folder("sessions.db");
        make(&path, true, &tables.concat());
        let written = transcript::written(&path.join("20260201_1")).unwrap();
        let day = written.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(day, 1_769_940_000);
        let found = find(std::slice::from_ref(&path)).unwrap();
        assert_eq!((found.sessions.len(), &*found.skipped), (1, &[][..]));
        let parts = &found.sessions[0].parts;
        let text: String = parts.iter().map(|part| text(&part.path)).collect();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect::<Vec<serde_json::Value>>()
    };
    let head = json!({"id": "20260201_1", "session_type": null, "working_dir": "/shop",
        "schedule_id": null, "recipe_json": null});
    let message = json!({"session_id": "20260201_1", "role": "user", "created_timestamp": 3,
        "content_json": [{"type": "text"}],
        "metadata_json": {"userVisible": null, "turnContext": null, "usage": null}});
    assert_eq!(lines(&[FIRST]), [head.clone(), message.clone()]);
    let with = |value: &serde_json::Value, field: &str, new: &str| {
        let mut value = value.clone();
        value[field] = if new.is_empty() { serde_json::Value::Null } else { new.into() };
        value
    };
    let (head, message) =
        (with(&head, "session_type", "user"), with(&message, "message_id", "msg_7"));
    assert_eq!(lines(&[FIRST, TYPED]), [head.clone(), message.clone()]);
    let head = with(&head, "parent_session_id", "");
    let sub = json!({"id": "20260201_2", "session_type": "sub_agent", "working_dir": "/shop",
        "parent_session_id": "20260201_1", "schedule_id": null, "recipe_json": {"prompt": "Look."}});
    assert_eq!(lines(&[FIRST, TYPED, NESTED]), [head, message, sub]);
}
