//! Settings that are refused in the file `.dreaming/dreaming.toml` of a cloned repository, because
//! a stranger may have written it.

use std::os::unix::fs::symlink;

use crate::support::typed::{home, typed};
use crate::support::{self, Store, session};

/// A stranger's repository, beside a home folder with sessions of other projects.
fn cloned() -> Store {
    let (store, _) = home();
    store.put("my shop/notes/team.md", support::TEAM);
    store.put("my shop/logs/three.jsonl", session("three", 3));
    store
}

fn says(store: &Store, file: &str) {
    store.put("my shop/.dreaming/dreaming.toml", file);
}

/// Asserts that a folder's file with the text `file` is refused. The message must name the file,
/// the `key`, the user's own file, and the `option` that may set this instead.
fn refused(store: &Store, line: &str, file: &str, key: &str, option: &str) {
    says(store, file);
    let done = typed(store, "my shop", line).expect(2);
    let own = store.path("home/.config/dreaming/dreaming.toml");
    for part in [".dreaming/dreaming.toml", &format!("`{key}`"), own.to_str().unwrap(), option] {
        assert!(done.stderr.contains(part), "{file}: {part}: {done:?}");
    }
}

#[test]
fn a_folder_names_no_sessions_and_no_memory_beyond_its_repository() {
    let store = cloned();
    symlink(store.path("home"), store.path("my shop/out")).unwrap();
    let run = "dreaming run --memory notes";
    for path in ["~/.claude/projects", "..", "../home", "out/.claude", "logs/../../home", "/"] {
        let file = format!("sessions = [\"logs\", \"{path}\"]\n");
        refused(&store, run, &file, "sessions", "--sessions");
    }
    for path in ["~/.claude", "../new", "out"] {
        let file = format!("memory = \"{path}\"\n");
        refused(&store, "dreaming status", &file, "memory", "--memory");
    }
    assert!(!store.path("my shop/.dreaming/notes").exists(), "nothing was begun");
    // The folder's file may name memories and sessions inside its repository, even from a
    // subfolder, and the user may name any folder.
    says(&store, "memory = \"notes\"\nsessions = [\"logs\"]\n");
    assert!(
        typed(&store, "my shop", "dreaming run").expect(0).stdout.starts_with("Read 1 session")
    );
    store.put("my shop/web/notes/web.md", "- Pages are made by hand.\n");
    store.put("my shop/web/.dreaming/dreaming.toml", "sessions = [\"../logs\"]\n");
    let inner = typed(&store, "my shop/web", "dreaming run --memory notes").expect(0);
    assert!(inner.stdout.starts_with("Read 1 session"), "{inner:?}");
    store.put("home/.config/dreaming/dreaming.toml", "sessions = [\"~/.claude/projects\"]\n");
    says(&store, "");
    let own = typed(&store, "my shop", "dreaming run --replace --memory notes").expect(0);
    assert!(own.stdout.starts_with("Read 2 sessions"), "{own:?}");
}

#[test]
fn a_folder_sets_only_what_costs_nothing_and_lets_nothing_through() {
    const MAY: [&str; 19] = [
        "distil.place",
        "learn.tokens",
        "pins.entries",
        "pins.paths",
        "prune.max-entries",
        "prune.max-tokens",
        "prune.stale-days",
        "prune.stale-days-intermediate",
        "render.index-bytes",
        "render.index-create",
        "render.index-lines",
        "score.half-life-days",
        "steer.focus",
        "steer.ignore",
        "steer.kinds",
        "steer.paths",
        "tier.intermediate-sessions",
        "tier.long-days",
        "tier.long-sessions",
    ];
    let store = cloned();
    let table = typed(&store, "my shop", "dreaming policy --json").expect(0).json();
    let rows = table["settings"].as_array().unwrap();
    let config = "dreaming config --memory notes";
    let (mut may, mut others) = (Vec::new(), 0);
    for row in rows {
        let name = row["name"].as_str().unwrap();
        let file = format!("[settings]\n{name} = {}\n", row["default"]);
        if MAY.contains(&name) {
            says(&store, &file);
            typed(&store, "my shop", config).expect(0);
            may.push(name);
        } else {
            refused(&store, config, &file, name, "--policy");
            others += 1;
        }
    }
    assert_eq!((may.as_slice(), others + MAY.len()), (&MAY[..], rows.len()));
    for policy in ["careful", "compact", "policy.json"] {
        refused(&store, config, &format!("policy = \"{policy}\"\n"), "policy", "--policy");
    }
    refused(&store, config, "[settings]\npreset = \"compact\"\n", "preset", "--policy");
    refused(&store, config, "model = \"exec:touch hacked\"\n", "model", "--model");
    refused(&store, config, "max-cost = 9\n", "max-cost", "--max-cost");
}

#[test]
fn pins_of_the_folder_and_of_the_user_hold_both() {
    let store = cloned();
    says(&store, "[settings]\npins.paths = [\"theirs.md\"]\n[charter]\nphrases = [\"theirs\"]\n");
    let own = "[settings]\npins.paths = [\"mine.md\"]\n";
    store.put("home/.config/dreaming/dreaming.toml", own);
    store.put("policy.json", "{\"charter.phrases\": \"given\", \"pins.paths\": \"given.md\"}");
    let run = "dreaming run --memory notes --sessions logs --policy ../policy.json";
    typed(&store, "my shop", run).expect(0);
    let plan = typed(&store, "my shop", "dreaming show --json --memory notes").expect(0).json();
    let policy = &plan["plan"]["policy"];
    assert_eq!(policy["pins.paths"], serde_json::json!(["given.md", "theirs.md", "mine.md"]));
    assert_eq!(policy["charter.phrases"], serde_json::json!(["given", "theirs"]));
}
