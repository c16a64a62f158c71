//! Models over HTTP: a fake service plays them and validates the requests.

mod advice;
#[cfg(unix)]
mod batches;
mod budgets;
mod choices;
mod distil;
mod failures;
mod forms;
#[cfg(unix)]
mod full_disk;
#[cfg(unix)]
mod hooks;
mod prose;
mod records;
mod tries;
mod unusable;

use std::process::Command;

use crate::support::fake::{Fake, Reply, Speaks, proposes};
use crate::support::{self, Done, Store, done};

/// A key that must appear in no file and no message.
const KEY: &str = "sk-test-NEVER-SHOWN-8812";
const BOTH: [Speaks; 2] = [Speaks::Anthropic, Speaks::OpenAi];

/// A service whose answers are all usable.
fn good(speaks: Speaks) -> Fake {
    Fake::start(speaks, Box::new(|_, seen| Reply::Says(proposes(seen))))
}

/// The command of a run that asks the service at `url`. It is not started.
fn asking(store: &Store, speaks: Speaks, url: &str, more: &[&str]) -> Command {
    let (model, variable) = match speaks {
        Speaks::Anthropic => ("anthropic:model-1", "ANTHROPIC_API_KEY"),
        Speaks::OpenAi => ("openai:model-1", "OPENAI_API_KEY"),
    };
    let arguments = ["run", "--sessions", "sessions", "--now", support::NOW, "--model", model];
    let waits = ["--model-url", url, "--model-wait", "1ms", "--json"];
    // By default only calls about single sessions are made, so that tests can count them.
    store.put(
        "sessions-alone.json",
        r#"{"propose.together-bytes": 0, "compare.max-calls": 0, "distil.max-calls": 0}"#,
    );
    store.put("no-pairs.json", r#"{"propose.together-bytes": 0, "compare.max-calls": 0}"#);
    let alone = ["--policy", "sessions-alone.json"];
    let policy = if more.contains(&"--policy") { &[][..] } else { &alone };
    let mut command = store.command(&[&arguments[..], &waits, policy, more].concat());
    for name in ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"] {
        command.env_remove(name);
    }
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.env(variable, KEY);
    command
}

fn ask(store: &Store, speaks: Speaks, fake: &Fake, more: &[&str]) -> Done {
    let done = done(&mut asking(store, speaks, &fake.url, more));
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains(KEY), "{text}");
    }
    done
}

/// Asserts that no file of the store and no export holds the key.
fn holds_no_key(store: &Store) {
    store.dreaming(&["export", "all.jsonl"]).expect(0);
    let mut files = store.tree(".");
    files.retain(|path, _| !path.ends_with("key"));
    assert!(files.len() > 4);
    for (path, bytes) in files {
        let found = bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

/// Asserts that both sessions are still pending and that no plan waits.
fn is_unread(store: &Store) {
    let status = store.dreaming(&["status", "--sessions", "sessions", "--json"]).expect(0).json();
    assert_eq!(status["sessions"]["pending"], 2, "{status}");
    assert!(status["plan"].is_null(), "{status}");
}

fn statuses(fake: &Fake) -> Vec<u16> {
    fake.seen().iter().map(|seen| seen.status).collect()
}
