use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

pub fn write(dir: &Path, path: &str, bytes: &[u8]) -> PathBuf {
    let file = dir.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, bytes).unwrap();
    file
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_of_a_session_are_its_parts_and_no_sessions() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "p/one.jsonl", b"12345");
    write(dir.path(), "p/one/subagents/agent-a.jsonl", b"1");
    write(dir.path(), "p/one/subagents/agent-a.meta.json", b"{}");
    write(dir.path(), "p/one/tool-results/x.txt", b"22");
    write(dir.path(), "p/two.jsonl.gz", &gzip(b"abc"));
    write(dir.path(), "p/notes.txt", b"no");
    write(dir.path(), "lonely/subagents/agent-b.jsonl", b"4444");
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    let all: Vec<_> = found
        .sessions
        .iter()
        .flat_map(|s| s.parts.iter().map(|p| (&*s.id, &*p.name, p.bytes)))
        .collect();
    assert_eq!(
        all,
        [
            ("agent-b", "main", 4),
            ("one", "main", 5),
            ("one", "subagents/agent-a.jsonl", 1),
            ("one", "tool-results/x.txt", 2),
            ("two", "main", 3),
        ]
    );
    assert!(found.skipped.is_empty());
}

#[test]
fn sessions_of_copilot_are_named_by_their_folders() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "session-state/one/events.jsonl", b"12345");
    write(dir.path(), "session-state/one/checkpoints/index.md", b"no");
    write(dir.path(), "session-state/two/events.jsonl", b"123");
    write(dir.path(), "other/events.jsonl", b"12");
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    let all: Vec<_> = found.sessions.iter().map(|session| &*session.id).collect();
    assert_eq!(all, ["events", "one", "two"]);
    assert!(found.skipped.is_empty(), "{:?}", found.skipped);
}

#[test]
fn what_sub_agents_of_qwen_code_and_gemini_cli_wrote_belongs_to_their_sessions() {
    let dir = tempfile::tempdir().unwrap();
    let session = "8dfc6e30-85ea-4d71-900d-e849515be6d6";
    write(dir.path(), "qwen/chats/one.jsonl", b"12345");
    write(dir.path(), "qwen/chats/two.jsonl", b"123");
    write(dir.path(), "qwen/subagents/one/agent-a.jsonl", b"1");
    write(dir.path(), "qwen/subagents/one/agent-a.meta.json", b"{}");
    write(dir.path(), "gemini/chats/session-2026-02-01T10-00-8dfc6e30.jsonl", b"1234");
    write(dir.path(), &format!("gemini/chats/{session}/agent-b.jsonl"), b"12");
    write(dir.path(), "gemini/chats/other/three.jsonl", b"1");
    write(dir.path(), "other/subagents/four.jsonl", b"1");
    let main = "session-2026-02-01T10-00-8dfc6e30";
    let all = |paths: &[PathBuf]| -> Vec<(String, String)> {
        let found = find(paths).unwrap();
        assert!(found.skipped.is_empty(), "{:?}", found.skipped);
        let parts = found.sessions.iter().flat_map(|session| {
            session.parts.iter().map(|part| (session.id.clone(), part.name.clone()))
        });
        parts.collect()
    };
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(id, part)| ((*id).to_owned(), (*part).to_owned())).collect()
    };
    let expected = [
        ("four", "main"),
        ("one", "main"),
        ("one", "subagents/agent-a.jsonl"),
        (main, "main"),
        (main, "subagents/agent-b.jsonl"),
        ("three", "main"),
        ("two", "main"),
    ];
    assert_eq!(all(&[dir.path().to_path_buf()]), named(&expected));
    let expected = [("one", "main"), ("one", "subagents/agent-a.jsonl"), ("two", "main")];
    assert_eq!(all(&[dir.path().join("qwen/chats")]), named(&expected));
}

#[test]
fn what_describes_a_session_of_kiro_is_its_first_line() {
    let dir = tempfile::tempdir().unwrap();
    let described = br#"{"title":"x","session_id":"one","cwd":"/x","session_state":{}}"#;
    write(dir.path(), "sessions/cli/one.json", described);
    let said = br#"{"version":"v1","kind":"Prompt","data":{}}"#;
    let main = write(dir.path(), "sessions/cli/one.jsonl", said);
    write(dir.path(), "sessions/cli/two.jsonl", said);
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    let all: Vec<_> = found.sessions.iter().map(|session| &*session.id).collect();
    assert_eq!(all, ["one", "two"]);
    assert!(found.skipped.is_empty(), "{:?}", found.skipped);
    let part = &found.sessions[0].parts[0];
    assert_eq!(part.path, main.canonicalize().unwrap());
    let bytes = transcript::Reader::default().read(part, 0, 1 << 20).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let head =
        r#"{"cwd":"/x","parent_session_id":null,"session_created_reason":null,"session_id":"one"}"#;
    assert_eq!(lines, [head, std::str::from_utf8(said).unwrap()]);
    assert_eq!(found.sessions[1].parts[0].bytes, said.len() as u64);
}

#[test]
fn a_file_beside_a_transcript_that_says_how_it_went_is_a_part_of_it() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "one.jsonl", b"12345");
    write(dir.path(), "one.outcome.json", b"{}");
    write(dir.path(), "one.dreaming.json", b"{ }");
    write(dir.path(), "two.jsonl.gz", &gzip(b"abc"));
    write(dir.path(), "two.dreaming.json", b"{ }");
    write(dir.path(), "lonely.outcome.json", b"{}");
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    let all: Vec<_> = found
        .sessions
        .iter()
        .flat_map(|s| s.parts.iter().map(|p| (&*s.id, &*p.name, p.bytes)))
        .collect();
    let expected = [
        ("one", "main", 5),
        ("one", "outcome.json", 2),
        ("two", "main", 3),
        ("two", "outcome.json", 3),
    ];
    assert_eq!(all, expected);
    assert_eq!(found.skipped.len(), 1);
}

#[test]
fn of_two_files_with_one_id_the_second_is_left_alone_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let a = write(dir.path(), "a/x.jsonl", b"");
    write(dir.path(), "b/x.jsonl.gz", &gzip(b""));
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    assert_eq!(found.sessions.len(), 1);
    assert!(found.sessions[0].parts[0].path.ends_with("a/x.jsonl"));
    let [skipped] = &found.skipped[..] else { panic!("{:?}", found.skipped) };
    assert!(skipped.path.ends_with("b/x.jsonl.gz"), "{skipped:?}");
    assert!(skipped.reason.contains("a/x.jsonl has the same session id"), "{skipped:?}");
    // A file that is named twice counts once and is not skipped.
    let once = find(&[a.clone(), a]).unwrap();
    assert_eq!((once.sessions.len(), once.skipped.len()), (1, 0));
}

#[test]
fn the_newest_sessions_come_first_when_there_are_too_many() {
    let dir = tempfile::tempdir().unwrap();
    for (name, hours) in [("a", 1), ("b", 3), ("c", 2), ("d", 3)] {
        let file = write(dir.path(), &format!("{name}.jsonl"), b"x");
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(hours * 3600);
        fs::File::options().write(true).open(file).unwrap().set_modified(time).unwrap();
    }
    let all = find(&[dir.path().to_path_buf()]).unwrap().sessions;
    let ids = |limit| {
        let taken = newest(all.clone(), limit);
        taken.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(3), ["b", "d", "c"]);
    assert_eq!(ids(4), ["a", "b", "c", "d"]);
}

#[test]
fn a_damaged_gzip_is_skipped_with_its_reason() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "cut.jsonl.gz", &gzip(&[b'x'; 5000])[..20]);
    write(dir.path(), "no.jsonl.gz", b"not gzip at all");
    write(dir.path(), "ok.jsonl", b"x");
    let found = find(&[dir.path().to_path_buf()]).unwrap();
    assert_eq!((found.sessions.len(), found.skipped.len()), (1, 2));
}

#[cfg(unix)]
#[test]
fn links_among_sessions_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let one = write(dir.path(), "s/one.jsonl", b"1");
    fs::create_dir_all(dir.path().join("s/one/tool-results")).unwrap();
    let link = dir.path().join("s/one/tool-results/passwd");
    std::os::unix::fs::symlink("/etc/passwd", link).unwrap();
    std::os::unix::fs::symlink(&one, dir.path().join("s/two.jsonl")).unwrap();
    std::os::unix::fs::symlink("/etc", dir.path().join("s/elsewhere")).unwrap();
    let found = find(&[dir.path().join("s")]).unwrap();
    assert_eq!(found.sessions.len(), 1);
    assert_eq!(found.sessions[0].parts.len(), 1);
    let reasons: Vec<_> = found.skipped.iter().map(|skipped| &*skipped.reason).collect();
    assert!(reasons.contains(&"a link to a folder"), "{reasons:?}");
    assert_eq!(reasons.len(), 3);
}
