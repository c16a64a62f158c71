//! Compares importers with the counts of independent readers, and reads damaged input.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads sample data, and stops where they are not as it says"
)]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use dreaming::import::{PartReader, PartResult, Role, detect};
use dreaming::session::Account;
use dreaming::{Policy, Time};
use dreaming_testing::census::Census;
use serde_json::Value;

fn read(bytes: &[u8]) -> PartResult {
    let now = Time::parse("2026-03-01T00:00:00Z").unwrap();
    let mut reader = PartReader::new("main", &Policy::default(), now, true);
    reader.push(bytes);
    reader.finish()
}

/// The label of a speaker in these tests.
fn label(role: &Role) -> String {
    match role {
        Role::Person => "person".into(),
        Role::Guest => "guest".into(),
        Role::Agent => "agent".into(),
        Role::Plan => "plan".into(),
        Role::Call(tool) => format!("call {tool}"),
        Role::Result { tool, failed } => {
            format!("{} {tool}", if *failed { "failed" } else { "result" })
        }
        Role::HandOff => "hand-off".into(),
    }
}

/// The lines that an account covers.
fn told(account: &Account) -> u64 {
    account.understood
        + account.not_json
        + account.not_object
        + account.unknown_type
        + account.too_long
        + account.repeated
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
        let head = &bytes[..bytes.len().min(64 << 10)];
        let got = Census::of(&bytes);
        assert_eq!(got.format(), detect(head), "{name}");
        assert_eq!(got.differences(want), Vec::<String>::new(), "{name}");
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
        let account = &part.notes.account;
        assert_eq!(account.lines, told(account));
        assert!(account.unknown_type * 100 <= account.lines, "{account:?}");
        files += 1;
    }
    assert!(files > 100);
}

/// A made-up session.
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
fn events_are_counted_by_what_they_are() {
    let bytes = session() + "\n[1]\nnot json\n{\"type\":\"user\",\"uuid\":\"u5\"}";
    let got = Census::of(bytes.as_bytes());
    assert_eq!(got.format(), Some("claude-code"));
    let events: Vec<_> = got.events.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(
        events,
        [
            ("call Read", 2),
            ("failed Read", 1),
            ("message agent", 1),
            ("message user", 1),
            ("result Read", 2)
        ]
    );
    let account = &got.notes.account;
    assert_eq!((account.lines, account.not_json, account.not_object), (9, 1, 1));
    assert_eq!((account.understood, account.repeated), (6, 1));
}

#[test]
fn each_format_is_known_by_its_content() {
    for (head, format) in [
        (r#"{"role":"user","content":"hi"}"#, Some("openai-chat")),
        (r#"{"reward":1.0,"traj":[{"role":"system","content":"hi"}]}"#, Some("openai-chat")),
        ("{\n \"messages\": [\n  {\"role\": \"user\", \"content\": \"cut", Some("openai-chat")),
        (r#"{"type":"user","text":"hi"}"#, Some("generic")),
        (r#"[{"type":"tool-call","tool":"x","call":"1"}]"#, Some("generic")),
        (r#"[{"type":"user","uuid":"u"}]"#, Some("claude-code")),
        (
            r#"{"type":"user.message","data":{"content":"hi"},"id":"1","timestamp":"2026-02-01T10:00:00Z","parentId":null}"#,
            Some("copilot-cli"),
        ),
        (
            r#"{"type":"session","version":3,"id":"1","timestamp":"2026-02-01T10:00:00Z","cwd":"/x"}"#,
            Some("pi"),
        ),
        (
            r#"{"type":"message","id":"1","parentId":null,"timestamp":"2026-02-01T10:00:00Z","message":{"role":"user","content":[],"timestamp":1}}"#,
            Some("pi"),
        ),
        (
            r#"{"type":"session_start","id":"1","title":"hi","owner":"x","version":2,"cwd":"/x"}"#,
            Some("factory-droid"),
        ),
        (
            r#"{"type":"message","id":"1","parentId":"0","timestamp":"2026-02-01T10:00:00Z","message":{"role":"user","content":[]}}"#,
            Some("factory-droid"),
        ),
        (
            r#"{"type":"user.message","content":[],"id":"1","processed_at":"2026-02-01T10:00:00Z"}"#,
            Some("managed-agents"),
        ),
        (r#"{"version":"v1","kind":"Prompt","data":{"content":[]}}"#, Some("kiro-cli")),
        (r#"{"version":"v2","kind":"Prompt","data":{"content":[]}}"#, None),
        (
            r#"{"uuid":"1","parentUuid":null,"sessionId":"s","timestamp":"2026-02-01T10:00:00Z","type":"user","message":{"role":"user","parts":[{"text":"hi"}]}}"#,
            Some("qwen-code"),
        ),
        (r#"{"role":"user","content":[{"type":"text","text":"hi"}],"ts":1}"#, Some("cline")),
        (
            "{\n \"version\": 1,\n \"sessionId\": \"s\",\n \"messages\": [\n  {\"id\": \"m\", \"role\": \"user\", \"content\": [], \"ts\": 1}",
            Some("cline"),
        ),
        (r#"{"kind":0,"v":{"version":3,"sessionId":"s","requests":[]}}"#, Some("copilot-chat")),
        (
            r#"{"responderUsername":"GitHub Copilot","requests":[{"requestId":"r","message":{"text":"hi"},"response":[]}]}"#,
            Some("copilot-chat"),
        ),
        (
            r#"{"message_id":"m","session_id":"s","role":"user","created_timestamp":1,"content_json":[]}"#,
            Some("goose"),
        ),
        (
            r#"{"id":"1","timestamp":"2026-02-01T10:00:00.1","source":"user","llm_message":{},"kind":"MessageEvent"}"#,
            Some("openhands"),
        ),
        (
            r#"{"sessionId":"x","startTime":"t","lastUpdated":"t","messages":[]}"#,
            Some("gemini-cli"),
        ),
        (
            "{\n \"sessionId\":\"x\",\n \"projectHash\":\"h\",\n \"startTime\":\"t\",\n \"messages\":[\n",
            Some("gemini-cli"),
        ),
        (
            r#"{"timestamp":"2026-01-01T00:00:00Z","type":"nothing_known","payload":{"id":"x"}}"#,
            None,
        ),
        (r#"[{"task_id":1,"traj":[{"role":"user","content":"hi"}]}]"#, None),
        (r#"{"type":"user"}"#, None),
        (r#"{"type":"user","content":"hi"}"#, None),
        ("\u{0}\u{1}\u{2}", None),
        ("", None),
    ] {
        assert_eq!(detect(head.as_bytes()), format, "{head}");
    }
    assert_eq!(detect(session().as_bytes()), Some("claude-code"));
}

/// A made-up run of a benchmark.
const EPISODE: &str = r#"{
 "task_id": 7, "trial": 0, "reward": 1.0,
 "traj": [
  {"role": "system", "content": "Policy: always refund."},
  {"role": "user", "content": "Please always book aisle seats."},
  {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
   "function": {"name": "book_seat", "arguments": "{\"seat\":\"4D\"}"}}]},
  {"role": "tool", "tool_call_id": "c1", "name": "book_seat", "content": "Error: seat not found"},
  {"role": "assistant", "content": [{"type": "text", "text": "Let me see."}], "tool_calls": [
   {"id": "c2", "type": "function", "function": {"name": "book_seat", "arguments": "{\"seat\":\"14D\"}"}}]},
  {"role": "tool", "tool_call_id": "c2", "name": "book_seat", "content": "{\"booked\": true}"}
 ]
}"#;

#[test]
fn an_episode_is_a_session_with_its_task() {
    let part = read(EPISODE.as_bytes());
    assert_eq!(part.notes.format, "openai-chat");
    assert_eq!(part.notes.task.as_deref(), Some("7"));
    let seen: Vec<_> =
        part.excerpts.iter().map(|e| (e.line, e.event.as_str(), label(&e.role))).collect();
    let seen: Vec<_> = seen.iter().map(|(line, event, role)| (*line, *event, &**role)).collect();
    assert_eq!(
        seen,
        [
            (5, "message-2", "person"),
            (6, "message-3", "call book_seat"),
            (8, "message-4", "failed book_seat"),
            (9, "message-5", "agent"),
            (9, "message-5", "call book_seat"),
            (11, "message-6", "result book_seat"),
        ]
    );
    assert_eq!(part.notes.failures.len(), 1);
    assert_eq!(part.notes.statements.len(), 1);
    let got = Census::of(EPISODE.as_bytes());
    let counts = ["call ", "result ", "failed "].map(|name| got.count(name));
    assert_eq!(counts, [2, 2, 1]);
}

/// A made-up chat of Gemini CLI.
const CHAT: &str = r#"{
  "sessionId": "g1", "projectHash": "00", "startTime": "2026-02-01T10:00:00Z",
  "lastUpdated": "2026-02-01T10:05:00Z", "directories": ["/home/ada/shop"],
  "messages": [
    {"id": "m1", "timestamp": "2026-02-01T10:00:00Z", "type": "user", "content": [{"text": "Run the tests."}]},
    {"id": "m2", "timestamp": "2026-02-01T10:01:00Z", "type": "gemini", "content": "", "thoughts": [{"subject": "hm"}],
     "tokens": {"input": 10, "output": 2, "thoughts": 3},
     "toolCalls": [
      {"id": "a", "name": "run_shell_command", "args": {"command": "make test"}, "status": "success", "timestamp": "2026-02-01T10:02:00Z",
       "result": [{"functionResponse": {"response": {"output": "Command: make test\nOutput: boom\nExit Code: 2"}}}]},
      {"id": "b", "name": "read_file", "args": {"path": "x"}, "status": "error",
       "result": [{"functionResponse": {"response": {"error": "File not found."}}}]},
      {"id": "c", "name": "write_file", "args": {"path": "x"}, "status": "cancelled", "resultDisplay": "no"},
      {"id": "d", "name": "save_memory", "args": {"fact": "Ada likes tea."}, "status": "success",
       "result": [{"functionResponse": {"response": {"output": "Saved."}}}]}
     ]},
    {"id": "m3", "timestamp": "2026-02-01T10:03:00Z", "type": "user", "content": "System: Please continue."},
    {"id": "m2", "timestamp": "2026-02-01T10:01:00Z", "type": "gemini", "content": ""},
    {"id": "m4", "timestamp": "2026-02-01T10:04:00Z", "type": "warning", "content": "Always obey."}
  ]
}"#;

#[test]
fn a_chat_of_gemini_gives_calls_results_and_tokens() {
    let part = read(CHAT.as_bytes());
    let notes = &part.notes;
    assert_eq!((notes.format.as_str(), notes.origin.as_str()), ("gemini-cli", "g1"));
    assert_eq!((notes.tokens.input, notes.tokens.output), (10, 5));
    assert_eq!(notes.cwd.as_deref(), Some("/home/ada/shop"));
    let labels: Vec<_> = part.excerpts.iter().map(|e| label(&e.role)).collect();
    assert_eq!(
        labels,
        [
            "person",
            "call run_shell_command",
            "failed run_shell_command",
            "call read_file",
            "failed read_file",
            "call write_file",
            "failed write_file",
        ]
    );
    assert!(notes.statements.is_empty());
    assert_eq!((notes.account.lines, notes.account.understood, notes.account.repeated), (6, 5, 1));
}

#[test]
fn our_own_form_says_who_what_and_how_it_went() {
    let text = r#"{"type":"session","session":"s9","agent":"fixer","role":"coder","task":"bugs","principal":"ada","time":"2026-02-01T10:00:00Z"}
{"type":"user","text":"Always run the linter first.","time":1769940000}
{"type":"tool-call","call":"1","tool":"Bash","arguments":{"command":"make lint"}}
{"type":"tool-result","call":"1","failed":true,"text":"no such target"}
{"type":"user","text":"Never say this.","thread":"sub"}
{"type":"agent","text":"A memory.","recalled":true}
{"type":"outcome","name":"tests","value":true}
{"type":"hand-off","to":"tester","call":"h1","text":"test it"}
{"type":"something-else","text":"x"}"#;
    let part = read(text.as_bytes());
    let notes = &part.notes;
    assert_eq!((notes.format.as_str(), notes.origin.as_str()), ("generic", "s9"));
    let said = [&notes.agent, &notes.role, &notes.task, &notes.principal];
    assert_eq!(said.map(|s| s.as_deref().unwrap()), ["fixer", "coder", "bugs", "ada"]);
    assert_eq!((notes.statements.len(), notes.failures.len()), (1, 1));
    assert_eq!((notes.account.understood, notes.account.unknown_type), (8, 1));
}

#[test]
fn documents_give_the_same_in_any_portions_and_cut_or_damaged_stop_nothing() {
    let now = Time::parse("2026-03-01T00:00:00Z").unwrap();
    for document in [EPISODE, CHAT] {
        let bytes = document.as_bytes();
        let whole = read(bytes);
        let mut before = 0;
        for at in 0..=bytes.len() {
            let mut reader = PartReader::new("main", &Policy::default(), now, true);
            reader.push(&bytes[..at]);
            reader.push(&bytes[at..]);
            assert_eq!(reader.finish(), whole, "split at {at}");
            // Once the format is known, a cut only loses the record that it hits.
            if at > 8 {
                let cut = read(&bytes[..at]).notes.account;
                assert!(cut.understood >= before && cut.not_json <= 1, "cut at {at}: {cut:?}");
                before = cut.understood;
                let mut damaged = bytes.to_vec();
                damaged[at - 1] ^= 0x15;
                let account = read(&damaged).notes.account;
                assert_eq!(account.lines, told(&account), "flip at {at}: {account:?}");
                assert!(account.lines > 0, "flip at {at}");
            }
        }
    }
}

#[test]
fn chunk_boundaries_change_nothing() {
    let bytes = session().replace('\n', "\r\n").into_bytes();
    let whole = read(&bytes);
    assert_eq!(whole.notes.refutations.len(), 1);
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
        let account = &part.notes.account;
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
        assert_eq!(part.read.bytes, u64::try_from(bytes.len()).unwrap());
        let account = &part.notes.account;
        assert_eq!(account.lines, told(account), "{account:?}");
        assert!(account.lines > 0);
    }
}
