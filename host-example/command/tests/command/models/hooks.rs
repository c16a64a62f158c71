//! Failing dreams that a hook or timer started, so that nobody reads their output.

use std::net::TcpListener;
use std::process::Command;

use super::{KEY, asking, good};
use crate::support::fake::{self, Fake, Reply, Speaks};
use crate::support::typed::{printed, typed};
use crate::support::{Done, Store, done};

const DUE: [&str; 7] = ["--if-due", "--min-sessions", "0", "--min-interval", "0s", "--idle", "0s"];

/// Runs a dream with the options that a hook uses.
fn hook(store: &Store, url: &str, more: &[&str]) -> Done {
    let more = [&DUE[..], &["--max-cost", "1", "--prices", "prices.json"], more].concat();
    done(&mut asking(store, Speaks::Anthropic, url, &more))
}

fn store() -> Store {
    let store = Store::new();
    store.put(
        "prices.json",
        r#"{"as_of": "2026-02", "models": {"anthropic:model-1": {"input": 1, "output": 10}}}"#,
    );
    store
}

/// The finding of `doctor` about the last run.
fn finding(store: &Store) -> serde_json::Value {
    let doctor = store.dreaming(&["doctor", "--sessions", "sessions", "--json"]).json();
    let checks = doctor["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == "last run").expect("a check of it").clone()
}

fn wrong_key() -> Fake {
    let said = fake::error("authentication_error", "invalid x-api-key");
    Fake::says(Speaks::Anthropic, Reply::Http(401, Vec::new(), said))
}

#[test]
fn a_hook_that_fails_every_night_is_seen_until_a_dream_comes_to_an_end() {
    let (store, fake) = (store(), wrong_key());
    assert!(store.status()["last_failure"].is_null());
    for night in 1..=3 {
        hook(&store, &fake.url, &[]).expect(6);
        let failure = &store.status()["last_failure"];
        assert_eq!((&failure["in_a_row"], &failure["kind"]), (&night.into(), &"no-answer".into()));
        assert!(failure["why"].as_str().unwrap().contains("HTTP 401"), "{failure}");
    }
    let status = store.dreaming(&["status"]).expect(0).stdout;
    // The second call is made, or not any more when the first one has failed.
    let seen = "Look: the last 3 dreams failed, the newest on 2026-02-20T00:00:00Z: no answer to ";
    assert!(status.contains(seen) && status.contains(": HTTP 401"), "{status}");
    assert!(!status.contains(KEY), "{status}");
    let found = finding(&store);
    assert_eq!(found["grade"], "warn", "{found}");
    assert!(
        found["do"].as_str().unwrap().contains("`dreaming run --model anthropic:model-1"),
        "{found}"
    );
    // Commands that do not dream, and dry runs, leave the recorded failure unchanged. An export
    // does not contain it.
    store.dreaming(&["export", "all.jsonl"]).expect(0);
    assert!(!store.read("all.jsonl").contains("last-failure"));
    hook(&store, &fake.url, &["--dry-run"]).expect(6);
    assert_eq!(store.status()["last_failure"]["in_a_row"], 3);
    // The command that `status` suggests asks the same model.
    let again = printed(&status, "run");
    let fake = good(Speaks::Anthropic);
    let again = again
        .replace(again.split("--model-url ").nth(1).unwrap().split(' ').next().unwrap(), &fake.url);
    let line = format!("ANTHROPIC_API_KEY={KEY} {again} --sessions sessions");
    typed(&store, ".", &line).expect(0);
    assert!(!fake.seen().is_empty(), "{line}");
    assert!(store.status()["last_failure"].is_null());
    assert_eq!(finding(&store)["grade"], "ok");
}

#[test]
fn a_hook_whose_budget_is_too_small_or_whose_server_is_gone_is_seen() {
    let store = store();
    let fake = good(Speaks::Anthropic);
    hook(&store, &fake.url, &["--max-tokens", "1"]).expect(6);
    let failure = store.status()["last_failure"].clone();
    assert_eq!((&failure["in_a_row"], fake.seen().len()), (&1.into(), 0), "{failure}");
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    hook(&store, &format!("http://{nobody}"), &["--model-parallel", "1"]).expect(6);
    let failure = store.status()["last_failure"].clone();
    assert_eq!(failure["in_a_row"], 2, "{failure}");
}

#[test]
fn a_hook_without_a_key_is_seen_where_there_is_a_place_for_it_and_makes_none() {
    let store = store();
    let hook = |url: &str| {
        let mut command = asking(&store, Speaks::Anthropic, url, &DUE);
        let words: Vec<String> =
            command.get_args().map(|word| word.to_str().unwrap().to_owned()).collect();
        // Removes the address, so that the request would go to Anthropic's own service, which needs
        // a key.
        let at = words.iter().position(|word| word == "--model-url").unwrap();
        let words: Vec<&str> = words[..at].iter().chain(&words[at + 2..]).map(|w| &**w).collect();
        let mut plain: Command = store.command(&words[..words.len() - 2]);
        plain.env("ANTHROPIC_API_KEY", "").env_remove("ANTHROPIC_AUTH_TOKEN");
        command = plain;
        done(&mut command).expect(2);
    };
    drop(asking(&store, Speaks::Anthropic, "x", &[]));
    let before = store.tree(".");
    hook("x");
    assert_eq!(store.tree("."), before, "no folder is made for it");
    store.put(".dreaming/dreaming.toml", "sessions = [\"sessions\"]\n");
    hook("x");
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(
        status.contains("Look: the last dream failed") && status.contains("needs a key"),
        "{status}"
    );
    // A run that ends because a plan waits does not count as a failed dream.
    store.run(&[]).expect(0);
    assert!(store.status()["last_failure"].is_null());
    store.run(&[]).expect(3);
    assert!(store.status()["last_failure"].is_null());
    assert!(!store.status()["plan"].is_null());
}
