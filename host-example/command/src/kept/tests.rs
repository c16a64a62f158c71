use flate2::read::MultiGzDecoder as Unpack;

use super::*;
use crate::sessions::tests::write;
use crate::sessions::{Found, find};
use crate::snapshot::Cursor;
use crate::transcript::Reader;

const OWNER: &str = "17:4";

/// Keeps the sessions in `folder`; returns which were written, and which had to stay beside them.
fn keep(state: &Path, folder: &Path) -> (Vec<String>, Vec<String>) {
    let archive = list(state, OWNER).unwrap();
    fs::create_dir_all(state.join(FOLDER)).unwrap();
    let (mut written, mut beside) = (Vec::new(), Vec::new());
    for session in find(&[folder.to_path_buf()]).unwrap().sessions {
        let known = archive.get(&session.id);
        let Some(new) = step(&session, None, known, OWNER).unwrap() else { continue };
        let mut bytes = Vec::new();
        new.write(&mut bytes).unwrap();
        let file = state.join(FOLDER).join(name_of(&session.id));
        if let Some(aside) = &new.aside {
            fs::rename(&file, state.join(FOLDER).join(aside)).unwrap();
            beside.push(session.id.clone());
        }
        fs::write(file, bytes).unwrap();
        written.push(session.id);
    }
    (written, beside)
}

/// What a run finds in `folder` and the archive.
fn found(state: &Path, folder: &Path, cursor: &Cursor) -> Found {
    let folder = folder.canonicalize().unwrap();
    let mut found = find(std::slice::from_ref(&folder)).unwrap();
    list(state, OWNER).unwrap().join(cursor, &[folder], &mut found);
    found
}

/// Each part of each session with its bytes, as a run reads them.
fn bytes(sessions: &[Session]) -> Vec<(String, String, String)> {
    let mut reader = Reader::default();
    let mut all = Vec::new();
    for session in sessions {
        for part in &session.parts {
            let bytes = reader.read(part, 0, u64::MAX).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            all.push((session.id.clone(), part.name.clone(), text));
        }
    }
    all
}

fn fixture() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (state, logs) = (root.join("state"), root.join("logs"));
    write(&logs, "one.jsonl", b"{\"a\":1}\n{\"a\":2}\n");
    write(&logs, "one/subagents/agent-x.jsonl", b"{\"sub\":1}\n");
    write(&logs, "one/tool-results/t.txt", b"spilled, without a line end");
    write(&logs, "one.outcome.json", b"{\"format\":\"dreaming.session/1\",\"x\":10}");
    write(&logs, "several.jsonl", b"{\"session\":\"p\",\"n\":1}\n{\"session\":\"q\",\"n\":2}\n");
    write(&logs, "sessions/cli/k.jsonl", b"{\"said\":1}\n");
    write(&logs, "sessions/cli/k.json", b"{\"session_id\":\"k\",\"cwd\":\"/shop\"}");
    for (path, text) in [
        ("session/p/ses_a", "{\"id\":\"ses_a\"}"),
        ("session/p/ses_b", "{\"id\":\"ses_b\",\"parentID\":\"ses_a\"}"),
        ("message/ses_a/msg_1", "{\"id\":\"msg_1\"}"),
        ("part/msg_1/prt_1", "{\"id\":\r\n\"prt_1\"}"),
    ] {
        write(&logs, &format!("open/storage/{path}.json"), text.as_bytes());
    }
    (dir, state, logs)
}

#[test]
fn what_is_kept_reads_as_the_originals_did_also_when_parts_of_them_are_left() {
    let (_dir, state, logs) = fixture();
    let before = bytes(&find(std::slice::from_ref(&logs)).unwrap().sessions);
    let ids = ["k", "one", "ses_a", "several#1", "several#2"];
    assert_eq!(keep(&state, &logs).0, ids);
    assert_eq!(keep(&state, &logs), (vec![], vec![]), "the same bytes are kept once");
    let both = found(&state, &logs, &Cursor::new());
    assert_eq!((bytes(&both.sessions), both.kept.archived.len()), (before.clone(), 0));
    assert_eq!(both.kept.safe.len(), ids.len());

    // What is left of a session when its main file is gone is no session of its own.
    fs::remove_file(logs.join("one.jsonl")).unwrap();
    fs::remove_file(logs.join("open/storage/session/p/ses_a.json")).unwrap();
    let some = found(&state, &logs, &Cursor::new());
    assert_eq!(bytes(&some.sessions), before);
    assert_eq!(some.kept.archived, ["one", "ses_a"].map(String::from).into());

    fs::remove_dir_all(&logs).unwrap();
    fs::create_dir(&logs).unwrap();
    let none = found(&state, &logs, &Cursor::new());
    assert_eq!((bytes(&none.sessions), none.kept.archived.len()), (before, ids.len()));
    assert!(none.skipped.is_empty(), "{:?}", none.skipped);
}

#[test]
fn lines_of_a_part_are_counted_from_where_it_lies_in_the_file() {
    let (_dir, state, logs) = fixture();
    keep(&state, &logs);
    let archive = list(&state, OWNER).unwrap();
    let kept = archive.get("one").unwrap();
    let mut text = String::new();
    Unpack::new(File::open(&kept.file).unwrap()).read_to_string(&mut text).unwrap();
    let at = place_of(&kept.file, "subagents/agent-x.jsonl").unwrap();
    let lines = usize::try_from(at.lines).unwrap();
    assert_eq!(text.lines().nth(lines), Some("{\"sub\":1}"));
    assert!(text[usize::try_from(at.start).unwrap()..].starts_with("{\"sub\":1}\n"));
    assert_eq!(place_of(&kept.file, "subagents/other.jsonl"), None);
    assert!(is_archived(&kept.file) && !is_archived(&logs.join("one.jsonl")));
}

#[test]
fn a_session_that_grew_takes_the_place_of_its_copy_and_nothing_that_was_kept_is_lost() {
    let (_dir, state, logs) = fixture();
    keep(&state, &logs);
    let all = |id: &str| {
        let archive = list(&state, OWNER).unwrap();
        let session = archive.get(id).unwrap().session();
        (bytes(&[session]), archive.earlier.len())
    };
    let grown = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";
    fs::write(logs.join("one.jsonl"), grown).unwrap();
    fs::write(logs.join("one.outcome.json"), "{\"x\":9}").unwrap();
    fs::remove_dir_all(logs.join("one")).unwrap();
    assert_eq!(keep(&state, &logs), (vec!["one".into()], vec![]));
    let (parts, earlier) = all("one");
    let of = |name: &str| parts.iter().find(|part| part.1 == name).map(|part| part.2.as_str());
    assert_eq!((of("main"), earlier), (Some(grown), 0));
    assert_eq!(of("outcome.json"), Some("{\"x\":9}"), "the newest one says how it went");
    assert_eq!(of("subagents/agent-x.jsonl"), Some("{\"sub\":1}\n"), "deleted since");

    // A file that was cut short, and one that says something else.
    fs::write(logs.join("one.jsonl"), "{\"a\":1}\n").unwrap();
    assert_eq!(keep(&state, &logs), (vec![], vec![]));
    fs::write(logs.join("one.jsonl"), "{\"b\":1}\n{\"b\":2}\n{\"b\":3}\n{\"b\":4}\n").unwrap();
    assert_eq!(keep(&state, &logs), (vec!["one".into()], vec!["one".into()]));
    let archive = list(&state, OWNER).unwrap();
    let earlier = bytes(&[archive.earlier[0].session()]);
    assert!(earlier.iter().any(|part| part.2 == grown));
    assert!(archive.unusable.is_empty() && archive.sessions.len() == 5);
}

#[test]
fn the_longer_one_is_read_unless_a_dream_has_read_what_is_kept() {
    let (_dir, state, logs) = fixture();
    keep(&state, &logs);
    let main = |cursor: &Cursor| {
        let found = found(&state, &logs, cursor);
        let session = found.sessions.into_iter().find(|session| session.id == "one")?;
        Some((bytes(&[session])[0].2.clone(), found.kept.archived.contains("one")))
    };
    let unread = Cursor::new();
    let kept = "{\"a\":1}\n{\"a\":2}\n";
    fs::write(logs.join("one.jsonl"), "{\"b\":1}\n").unwrap();
    assert_eq!(main(&unread), Some((kept.into(), true)));
    let session = list(&state, OWNER).unwrap().get("one").unwrap().session();
    let lengths = |bytes: u64| {
        let length = |part: &Part| if part.name == "main" { bytes } else { part.bytes };
        let parts = session.parts.iter().map(|part| (part.name.clone(), length(part)));
        Cursor::from([("one".to_owned(), Some(parts.collect()))])
    };
    assert_eq!(main(&lengths(16)), Some(("{\"b\":1}\n".into(), false)));
    fs::remove_file(logs.join("one.jsonl")).unwrap();
    fs::remove_dir_all(logs.join("one")).unwrap();
    assert_eq!(main(&lengths(16)), Some((kept.into(), true)), "for calls that wait");
    assert_eq!(main(&lengths(99)), None, "a dream has read more than is kept");
}

#[test]
fn files_that_are_damaged_foreign_or_in_the_wrong_place_are_named_and_not_read() {
    let (_dir, state, logs) = fixture();
    keep(&state, &logs);
    let file = |id: &str| state.join(FOLDER).join(name_of(id));
    let whole = fs::read(file("one")).unwrap();
    let why = |id: &str| {
        let mut archive = list(&state, OWNER).unwrap();
        archive.leave_damaged();
        let path = file(id).display().to_string();
        archive.unusable.into_iter().find(|left| left.path == path).map(|left| left.reason)
    };
    assert_eq!(why("one"), None);
    for at in [12, whole.len() / 2, whole.len() - 5] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(file("one"), bytes).unwrap();
        assert!(why("one").is_some_and(|why| why.starts_with("it is damaged: ")), "{at}");
    }
    for cut in [0, 9, whole.len() - 1] {
        fs::write(file("one"), &whole[..cut]).unwrap();
        assert!(why("one").is_some_and(|why| why.starts_with("it is damaged: ")), "{cut}");
    }
    fs::write(file("one"), fs::read(file("k")).unwrap()).unwrap();
    assert_eq!(why("one").as_deref(), Some("its name is not that of its session"));
    fs::write(file("one"), whole).unwrap();
    let others = list(&state, "17:5").unwrap();
    assert!(others.sessions.is_empty() && others.unusable.len() == 5);
    assert!(others.unusable[0].reason.starts_with("it was kept for another memory folder"));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_archive_is_refused() {
    let (_dir, state, logs) = fixture();
    fs::create_dir(&state).unwrap();
    std::os::unix::fs::symlink(&logs, state.join(FOLDER)).unwrap();
    assert!(matches!(list(&state, OWNER), Err(Error::Linked(_))));
    assert!(matches!(of_session(&state, "one"), Err(Error::Linked(_))));
}

#[test]
fn a_copy_of_a_chat_says_where_it_was_held_when_its_window_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let (state, logs) = (root.join("state"), root.join("logs"));
    let chat = br#"{"kind":0,"v":{"version":3,"sessionId":"c","requests":[]}}"#;
    write(&logs, "w/chatSessions/c.jsonl", chat);
    write(&logs, "w/workspace.json", br#"{"folder":"file:///home/ada/shop"}"#);
    assert_eq!(keep(&state, &logs).0, ["c"]);
    fs::remove_dir_all(logs.join("w")).unwrap();
    let found = found(&state, &logs, &Cursor::new());
    let told = crate::project::ran_in::folder(&found.sessions[0]);
    assert_eq!(told.as_deref(), Some(Path::new("/home/ada/shop")));
}
