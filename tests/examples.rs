//! The examples do what they say.

#![expect(clippy::disallowed_methods, reason = "the example of a folder has one")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dreaming::Time;
use dreaming::policy::MAX_CALLS;
use dreaming::propose::Answer;
use dreaming::run::{Mode, RunRequest};
use dreaming_testing::Transcript;

#[expect(dead_code, reason = "a test has another `main`")]
#[path = "../examples/native.rs"]
mod native;
#[expect(dead_code, reason = "a test has another `main`")]
#[path = "../examples/own_storage.rs"]
mod own_storage;

const ONCE: &str = "- Dates are stored and shown in UTC.\n- Use tabs.\n- The port is 8080.\n";

fn twice() -> String {
    format!("- Dates are stored and shown in UTC.\n{ONCE}")
}

fn now() -> Time {
    Time::parse("2026-03-20T00:00:00Z").unwrap()
}

fn transcript(session: &str, day: u32) -> Vec<u8> {
    let mut transcript = Transcript::new(session, &format!("2026-03-{day:02}T09:00:00Z"));
    transcript.user("Always write the test before the fix.");
    transcript.shell("make test", "42 passed");
    transcript.bytes()
}

#[test]
fn a_host_over_folders_proposes_what_recurs_and_writes_nothing() {
    let folder = std::env::temp_dir().join(format!("dreaming-native-{}", std::process::id()));
    let [memory, transcripts] = ["memory", "transcripts"].map(|name| folder.join(name));
    std::fs::create_dir_all(&memory).unwrap();
    std::fs::create_dir_all(&transcripts).unwrap();
    std::fs::write(memory.join("notes.md"), twice()).unwrap();
    for day in 2..5 {
        std::fs::write(transcripts.join(format!("s{day}.jsonl")), transcript("s", day)).unwrap();
    }
    let plan = native::dream(&memory, &transcripts, now()).unwrap();
    let operations: Vec<_> = plan.changes.iter().map(|change| change.operation.as_str()).collect();
    assert_eq!(operations, ["add", "merge"], "{:?}", plan.changes);
    assert_eq!(plan.read_sessions().count(), 3);
    assert_eq!(std::fs::read_to_string(memory.join("notes.md")).unwrap(), twice());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_host_with_its_own_storage_keeps_what_is_committed_and_asks_its_model_once() {
    let mut storage = own_storage::Storage::default();
    storage.memories.insert("notes.md".into(), twice());
    for day in 2..5 {
        storage.sessions.insert(format!("s{day}"), transcript("s", day));
    }
    let mut terms = RunRequest { mode: Mode::Auto, ..RunRequest::at(now()) };
    terms.policy = terms.policy.with(&MAX_CALLS, 20);
    let calls = std::cell::Cell::new(0);
    let nothing = |_: &_| {
        calls.set(calls.get() + 1);
        Answer::Text { text: "{\"proposals\":[]}".into() }
    };
    let ended = storage.dream(terms.clone(), nothing).unwrap();
    assert!(ended.committed.is_some() && calls.get() > 0);
    assert_eq!(storage.memories["notes.md"], ONCE);
    assert_eq!((storage.revisions.len(), storage.checkpoint.is_none()), (2, true));
    let asked = calls.get();
    let again = storage.dream(terms, nothing).unwrap();
    assert_eq!((again.committed, calls.get(), storage.revisions.len()), (None, asked, 2));
}
