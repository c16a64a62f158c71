//! Answers are recorded, so that no call is paid for twice.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{ask, asking, good};
use crate::support::fake::{self, Fake, Reply, Speaks, proposes};
use crate::support::typed::{printed, typed};
use crate::support::{self, Store, done};

#[test]
fn an_answer_is_paid_for_once() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    ask(&store, Speaks::Anthropic, &fake, &[]).expect(0);
    let run = ask(&store, Speaks::Anthropic, &fake, &["--replace"]).expect(0).json();
    assert_eq!(fake.seen().len(), 2);
    assert_eq!(run["model"]["calls"]["recorded"], 2, "{run}");
    assert_eq!(run["report"]["proposals"], 2);
    let dry = ask(&store, Speaks::Anthropic, &fake, &["--replace", "--dry-run"]).expect(0);
    let said = "a dry run keeps no answer: what the model is asked now is paid for now, and again";
    assert!(
        dry.stderr.contains(said) && dry.stderr.contains(" --estimate --memory memory`"),
        "{dry:?}"
    );
    assert_eq!(fake.seen().len(), 2, "a dry run knows what is recorded");
    ask(&store, Speaks::Anthropic, &fake, &["--replace", "--ask-again"]).expect(0);
    assert_eq!(fake.seen().len(), 4);
}

#[test]
fn the_estimate_that_a_first_dry_run_names_works_as_printed() {
    let (store, fake) = (Store::new(), good(Speaks::Anthropic));
    let dry = ask(&store, Speaks::Anthropic, &fake, &["--dry-run"]).expect(0);
    let named = printed(&dry.stderr, "run");
    assert!(named.contains(" --sessions ") && named.contains(" --estimate "), "{named}");
    let asked = fake.seen().len();
    let estimate = typed(&store, ".", &named).expect(0);
    assert!(estimate.stdout.contains("calls to make"), "{estimate:?}");
    assert_eq!(fake.seen().len(), asked);
}

/// The bytes of the waiting plan.
fn plan(store: &Store) -> Vec<u8> {
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let query = "SELECT plan FROM plans WHERE status = 'waiting'";
    db.query_row(query, [], |row| row.get(0)).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &to.join(item.file_name()));
        } else {
            fs::copy(item.path(), to.join(item.file_name())).unwrap();
        }
    }
}

#[test]
fn a_plan_that_was_put_away_comes_again_with_the_next_run_and_is_not_paid_for_again() {
    let store = Store::new();
    let fake = good(Speaks::Anthropic);
    let changes = || {
        let shown = store.dreaming(&["show", "--json"]).expect(0).json();
        let changes = shown["plan"]["changes"].as_array().unwrap().clone();
        changes.iter().map(|change| change["id"].to_string()).collect::<Vec<_>>()
    };
    let all = ["--policy", "no-pairs.json"];
    ask(&store, Speaks::Anthropic, &fake, &all).expect(0);
    let (proposed, paid) = (changes(), fake.seen().len());
    assert!(paid > 0 && !proposed.is_empty());
    store.dreaming(&["discard"]).expect(0);
    // The recorded answers also serve a dream on another day.
    let run = ["run", "--now", "2026-02-21T00:00:00Z", "--model", "anthropic:model-1"];
    let run = [&run[..], &["--model-url", &fake.url], &all].concat();
    done(store.command(&run).env("ANTHROPIC_API_KEY", "sk-test")).expect(0);
    assert_eq!(fake.seen().len(), paid);
    assert_eq!(changes(), proposed);
}

#[test]
fn a_dream_that_is_killed_in_the_middle_of_its_calls_makes_none_twice() {
    const CALLS: usize = 20;
    let store = Store::new();
    // This run draws the salt of the store, so that both dreams below are over the same store.
    fs::create_dir(store.path("none")).unwrap();
    store.dreaming(&["run", "--sessions", "none", "--now", support::NOW]).expect(0);
    store.dreaming(&["discard"]).expect(0);
    for n in 0..CALLS - 2 {
        let id = format!("more-{n}");
        // Gives every session another text, so that no two prompts are equal.
        let text = support::session(&id, 10).replace("all good", &format!("all good {n}"));
        store.put(&format!("sessions/{id}.jsonl"), text);
    }
    copy(&store.path(".dreaming"), &store.path("kept"));
    // First the dream runs to its end.
    let fake = good(Speaks::Anthropic);
    ask(&store, Speaks::Anthropic, &fake, &[]).expect(0);
    assert_eq!(fake.seen().len(), CALLS);
    let whole = plan(&store);
    fs::remove_dir_all(store.path(".dreaming")).unwrap();
    copy(&store.path("kept"), &store.path(".dreaming"));
    // Then the dream is killed when half of its calls are answered and the others hang.
    let is_killed = Arc::new(AtomicBool::new(false));
    let killed = Arc::clone(&is_killed);
    let fake = Fake::start(
        Speaks::Anthropic,
        Box::new(move |n, seen| match killed.load(Ordering::SeqCst) || n < CALLS / 2 {
            true => Reply::Says(proposes(seen)),
            false => Reply::Hangs,
        }),
    );
    let mut child =
        asking(&store, Speaks::Anthropic, &fake.url, &[]).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while fake.seen().len() < CALLS / 2 + 4 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    // Each of the four threads makes its next call only after it has recorded its last answer, so
    // all earlier answers are recorded now.
    child.kill().unwrap();
    child.wait().unwrap();
    let bodies = |status: u16| -> BTreeSet<String> {
        let seen = fake.seen().into_iter().filter(|seen| seen.status == status);
        seen.map(|seen| seen.body.to_string()).collect()
    };
    let paid = bodies(200);
    assert_eq!((paid.len(), bodies(0).len()), (CALLS / 2, 4));
    is_killed.store(true, Ordering::SeqCst);
    let before = fake.seen().len();
    let run = ask(&store, Speaks::Anthropic, &fake, &[]).expect(0).json();
    let after: Vec<Value> = fake.seen().into_iter().skip(before).map(|seen| seen.body).collect();
    assert_eq!(after.len(), CALLS - CALLS / 2);
    assert!(after.iter().all(|body| !paid.contains(&body.to_string())));
    // The answers of finished rounds are in the checkpoint, the others among the recorded answers.
    let calls = &run["model"]["calls"];
    assert_eq!(calls["asked"], CALLS / 2, "{run}");
    assert!(calls["recorded"].as_u64().unwrap() > 0, "{run}");
    assert!(plan(&store) == whole, "the plan is another one");
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
}

#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_of_the_calls_says_what_is_kept_and_how_to_go_on() {
    let store = Store::new();
    let hangs = |n: usize, seen: &fake::Seen| match n {
        0 => Reply::Says(proposes(seen)),
        _ => Reply::Hangs,
    };
    let fake = Fake::start(Speaks::Anthropic, Box::new(hangs));
    let more = ["--model-parallel", "1"];
    let mut command = asking(&store, Speaks::Anthropic, &fake.url, &more);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while fake.seen().len() < 2 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("interrupted: 1 answer of the model is kept"), "{said}");
    assert!(said.contains("the same run goes on from there"), "{said}");
    let status = store.status();
    assert!(status["plan"].is_null(), "{status}");
}
