//! Importers against what independent readers counted, and against damaged input.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads sample data, and stops where they are not as it says"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use dreaming::import::{Census, Importer, PartReader, PartResult, detect};
use dreaming::{Policy, Time};
use serde_json::Value;

fn census(bytes: &[u8]) -> Census {
    let mut importer = Importer::default();
    for chunk in bytes.chunks(4093) {
        importer.push(chunk);
    }
    importer.finish()
}

fn read(bytes: &[u8]) -> PartResult {
    let now = Time::parse("2026-03-01T00:00:00Z").unwrap();
    let mut reader = PartReader::new("main", &Policy::default(), now, true);
    reader.push(bytes);
    reader.finish()
}

/// The folder of shared data, when this machine has it.
fn data() -> Option<PathBuf> {
    let root = std::env::var_os("DREAMING_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    root.is_dir().then_some(root)
}

#[test]
fn counts_equal_those_of_an_independent_reader() {
    let Some(folder) = data().map(|root| root.join("transcripts-exact")) else {
        eprintln!("skipped: DREAMING_DATA names no folder of shared data");
        return;
    };
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&expected).unwrap();
    let mut compared = 0;
    for (name, want) in &expected {
        let mut bytes = std::fs::read(folder.join(name)).unwrap();
        if name.ends_with(".gz") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
            bytes = plain;
        }
        if want["format"] != "claude-code-jsonl" {
            assert_eq!(detect(&bytes), None, "{name}");
            continue;
        }
        let head = &bytes[..bytes.len().min(64 << 10)];
        assert_eq!(detect(head), Some("claude-code"), "{name}");
        let got = census(&bytes);
        let counts: BTreeMap<String, u64> = serde_json::from_value(want["counts"].clone()).unwrap();
        let counts: BTreeMap<_, _> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(got.counts, counts, "{name}");
        let rest = serde_json::to_value(&got).unwrap();
        for field in
            ["types", "distinct_uuids", "session_ids", "first", "last", "models", "versions", "cwd"]
        {
            assert_eq!(rest[field], want[field], "{name}: {field}");
        }
        compared += 1;
    }
    assert!(compared >= 10, "only {compared} files were compared");
}

#[test]
fn real_sessions_are_read_whole_and_in_bounded_digests() {
    let Some(folder) = data().map(|root| root.join("entire-lite/sessions")) else {
        eprintln!("skipped: DREAMING_DATA names no folder of shared data");
        return;
    };
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let part = read(&bytes);
        let account = &part.digest.account;
        let said = account.understood
            + account.not_json
            + account.not_object
            + account.unknown_type
            + account.too_long
            + account.repeated;
        assert_eq!(account.lines, said);
        assert!(account.unknown_type * 100 <= account.lines, "{account:?}");
        files += 1;
    }
    assert!(files > 100);
}

/// A session made up here.
fn session() -> String {
    [
        r#"{"type":"summary","summary":"Earlier work","leafUuid":"u0"}"#,
        r#"{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s1","timestamp":"2026-02-01T10:00:00Z","cwd":"/home/ada/shop","version":"2.0.1","message":{"role":"user","content":"Please always use pnpm here."}}"#,
        r#"{"type":"assistant","uuid":"u2","parentUuid":"u1","sessionId":"s1","timestamp":"2026-02-01T10:00:01Z","message":{"role":"assistant","model":"m-1","content":[{"type":"text","text":"Sure."},{"type":"tool_use","id":"c1","name":"Read","input":{"file_path":"/home/ada/shop/.tool.yml"}}]}}"#,
        r#"{"type":"user","uuid":"u3","parentUuid":"u2","sessionId":"s1","timestamp":"2026-02-01T10:00:02Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","is_error":true,"content":"<tool_use_error>File does not exist.</tool_use_error>"}]}}"#,
        r#"{"type":"assistant","uuid":"u4","parentUuid":"u3","sessionId":"s1","timestamp":"2026-02-01T10:00:03Z","message":{"role":"assistant","content":[{"type":"tool_use","id":"c2","name":"Read","input":{"file_path":"/home/ada/shop/.tool.yaml"}}]}}"#,
        r#"{"type":"user","uuid":"u5","parentUuid":"u4","sessionId":"s1","timestamp":"2026-02-01T10:00:04Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"c2","content":[{"type":"text","text":"a: 1"}]}]}}"#,
    ]
    .join("\n")
        + "\n"
}

#[test]
fn a_census_counts_what_is_there() {
    let bytes = session() + "\n[1]\nnot json\n{\"type\":\"user\",\"uuid\":\"u5\"}";
    let got = census(bytes.as_bytes());
    assert_eq!(got.transcript.as_deref(), Some("claude-code"));
    for (name, count) in [
        ("lines", 9),
        ("blank_lines", 1),
        ("not_json", 1),
        ("not_object", 1),
        ("repeated_uuid", 1),
        ("block_tool_use", 2),
        ("block_tool_result", 2),
        ("tool_result_errors", 1),
        ("user_string_messages", 1),
        ("roots", 2),
    ] {
        assert_eq!(got.counts.get(name), Some(&count), "{name}");
    }
    assert_eq!((got.distinct_uuids, got.cwd.as_slice()), (5, &["/home/ada/shop".to_string()][..]));
    assert_eq!(got.account.repeated, 1);
}

#[test]
fn other_formats_are_not_taken_for_this_one() {
    for head in [
        r#"{"sessionId":"x","messages":[{"type":"user","content":"hi"}]}"#,
        "{\n  \"messages\": [\n    {\"type\": \"user\"}\n  ]\n}",
        r#"{"role":"user","content":"hi"}"#,
        r#"{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"x"}}"#,
        r#"[{"type":"user","uuid":"u"}]"#,
        r#"{"type":"user"}"#,
        "\u{0}\u{1}\u{2}",
        "",
    ] {
        assert_eq!(detect(head.as_bytes()), None, "{head}");
        assert_eq!(read(head.as_bytes()).digest.format, "", "{head}");
    }
    assert_eq!(detect(session().as_bytes()), Some("claude-code"));
}

#[test]
fn chunk_boundaries_change_nothing() {
    let bytes = session().replace('\n', "\r\n").into_bytes();
    let whole = read(&bytes);
    assert_eq!(whole.digest.refutations.len(), 1);
    let now = Time::parse("2026-03-01T00:00:00Z").unwrap();
    for at in 0..=bytes.len() {
        let mut reader = PartReader::new("main", &Policy::default(), now, true);
        reader.push(&bytes[..at]);
        reader.push(&bytes[at..]);
        assert_eq!(reader.finish(), whole, "split at {at}");
    }
}

#[test]
fn a_cut_file_loses_no_earlier_record() {
    let bytes = session().into_bytes();
    let mut whole = 0;
    for at in 0..=bytes.len() {
        let part = read(&bytes[..at]);
        let ended = bytes[..at].iter().filter(|b| **b == b'\n').count();
        let account = &part.digest.account;
        assert!(account.understood >= u64::try_from(ended).unwrap(), "cut at {at}");
        assert!(account.not_json <= 1, "cut at {at}");
        whole = account.understood;
    }
    assert_eq!(whole, 6);
}

#[test]
fn flipped_bytes_never_stop_the_reader() {
    let clean = session().into_bytes();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap()
    };
    for _ in 0..400 {
        let mut bytes = clean.clone();
        for _ in 0..=random() % 8 {
            let at = random() % bytes.len();
            bytes[at] = u8::try_from(random() % 256).unwrap();
        }
        let part = read(&bytes);
        let got = census(&bytes);
        assert_eq!(part.read.bytes, u64::try_from(bytes.len()).unwrap());
        assert_eq!(part.digest.account, got.account);
    }
}
