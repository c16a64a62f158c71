//! A repository, an archive or a disk may bring a state along: a history that was not made here has
//! no effect.

use std::fs;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::{NOW, Store, dreamt, reseal, tree};

/// Commands that read or write, without those that name another folder.
const COMMANDS: [&[&str]; 14] = [
    &["status"],
    &["log"],
    &["verify"],
    &["show"],
    &["explain", "port"],
    &["pack", "--query", "x"],
    &["export", "out.jsonl"],
    &["run", "--sessions", "sessions", "--now", NOW],
    &[
        "run",
        "--sessions",
        "sessions",
        "--now",
        NOW,
        "--if-due",
        "--min-sessions",
        "1",
        "--idle",
        "0s",
    ],
    &["apply", "--auto"],
    &["apply", "--all"],
    &["discard"],
    &["recover"],
    &["revert"],
];

fn db(store: &Store) -> Connection {
    Connection::open(store.path(".dreaming/memory/state.db")).unwrap()
}

/// Forges a journal that makes the command write `path`, and session paths that it would read.
fn forge(db: &Connection, path: &str, text: &str) {
    db.execute("INSERT INTO journal VALUES (?1, 1, NULL, ?2)", [path, text]).unwrap();
    let sessions = "INSERT OR REPLACE INTO meta VALUES ('sessions', '[\"/home\"]')";
    db.execute(sessions, []).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for (path, bytes) in tree(from) {
        let path = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// A clone of a repository whose author ran a dream, left a waiting plan, and forged the state.
fn clone() -> Store {
    let author = Store::new();
    author.run(&[]).expect(0);
    forge(&db(&author), ".git/config", "[core]\n\tfsmonitor = touch pwned\n");
    let clone = Store::empty();
    for name in ["memory", ".dreaming", "sessions"] {
        copy(&author.path(name), &clone.path(name));
    }
    clone
}

#[test]
fn a_history_that_came_with_a_repository_is_named_and_nothing_of_it_acts() {
    let store = clone();
    fs::create_dir(store.path("memory/.git")).unwrap();
    let before = store.tree("");
    for command in COMMANDS {
        let refused = store.dreaming(&[command, &["--json"]].concat()).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "foreign-state", "{command:?}: {refused:?}");
        assert!(refused.stderr.contains("`dreaming take-over --memory memory`"), "{refused:?}");
        let after = store.tree("");
        let added: Vec<_> = after.keys().filter(|path| !before.contains_key(*path)).collect();
        // The command takes the lock before it looks, and writes its name into the lock file.
        assert!(added.iter().all(|path| path.ends_with("lock")), "{command:?} made {added:?}");
        for (path, bytes) in &before {
            let same = path.ends_with("lock") || after.get(path) == Some(bytes);
            assert!(same, "{command:?} changed {}", path.display());
        }
    }
    let doctor = store.dreaming(&["doctor"]).expect(1).stdout;
    assert!(doctor.contains("was made elsewhere"), "{doctor}");
}

#[test]
fn who_takes_a_history_over_gets_its_revisions_and_nothing_that_acts_by_itself() {
    let store = clone();
    let taken = store.dreaming(&["take-over", "--json"]).expect(0).json();
    assert_eq!(taken["plan_put_away"], true, "{taken}");
    assert_eq!(taken["unfinished"], serde_json::json!([".git/config"]), "{taken}");
    assert_eq!(
        store.dreaming(&["apply", "--auto", "--json"]).expect(1).json()["error"]["kind"],
        "no-plan"
    );
    let asked = store.dreaming(&["run"]).expect(2);
    assert!(asked.stderr.contains("which sessions?"), "{asked:?}");
    store.dreaming(&["verify"]).expect(0);
    assert!(!store.path("memory/.git").exists());
    store.run(&[]).expect(0);
}

#[test]
fn a_state_that_git_tracks_is_what_others_wrote() {
    let store = dreamt();
    let git = |args: &[&str]| {
        let done = Command::new("git").args(args).current_dir(store.path("")).output().unwrap();
        assert!(done.status.success(), "{args:?} {done:?}");
    };
    git(&["init", "--quiet"]);
    store.dreaming(&["status"]).expect(0);
    git(&["add", "--force", ".dreaming/memory/state.db"]);
    for command in ["status", "recover"] {
        let refused = store.dreaming(&[command, "--json"]).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "foreign-state");
        assert!(refused.stderr.contains("git tracks it"), "{refused:?}");
    }
    git(&["rm", "--quiet", "-r", "--cached", ".dreaming"]);
    store.dreaming(&["recover"]).expect(0);
}

#[test]
fn a_journal_that_this_command_did_not_write_writes_nothing() {
    for (path, text, kind) in [
        (".git/config", "[core]", "no-memory"),
        ("../outside.md", "x", "no-memory"),
        ("run.sh", "x", "no-memory"),
        (".envrc", "x", "no-memory"),
        ("notes.md", "# Of no revision\n", "damaged"),
        ("new.md", "# Of no revision\n", "damaged"),
    ] {
        let store = dreamt();
        forge(&db(&store), path, text);
        let before = store.tree("memory");
        for command in COMMANDS.iter().filter(|command| command[0] != "export") {
            store.dreaming(command);
        }
        let refused = store.dreaming(&["recover", "--json"]).expect(1);
        assert_eq!(refused.json()["error"]["kind"], kind, "{path}: {refused:?}");
        assert_eq!(store.tree("memory"), before, "{path}");
        assert!(!store.path("outside.md").exists());
    }
}

#[test]
fn a_plan_is_held_against_its_seal_before_anything_of_it_is_applied() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let forge = "UPDATE plans SET plan = CAST(replace(CAST(plan AS TEXT), '\"gate\":\"review\"',
                 '\"gate\":\"auto\"') AS BLOB)";
    assert_eq!(db(&store).execute(forge, []).unwrap(), 1);
    let before = store.tree("memory");
    for command in
        [&["apply", "--auto"][..], &["apply", "--all"], &["show"], &["review", "--accept-all"]]
    {
        let refused = store.dreaming(&[command, &["--json"]].concat()).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "damaged", "{command:?}: {refused:?}");
        assert!(refused.stderr.contains("`dreaming run --replace --memory memory`"), "{refused:?}");
    }
    assert_eq!(store.tree("memory"), before);
    store.run(&["--replace"]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
}

#[test]
fn a_database_that_would_act_by_itself_is_not_used() {
    let store = dreamt();
    let trigger = "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM revisions; END";
    db(&store).execute_batch(trigger).unwrap();
    let refused = store.dreaming(&["recover", "--json"]).expect(1).json();
    assert_eq!(refused["error"]["kind"], "damaged", "{refused}");
    let verified = store.dreaming(&["verify", "--json"]).expect(1).json();
    assert_eq!(verified["verdict"], "damaged", "{verified}");
}

#[test]
fn a_linked_state_folder_is_not_followed() {
    use std::os::unix::fs::symlink;
    for link in [".dreaming", ".dreaming/memory"] {
        let store = Store::new();
        fs::create_dir_all(store.path("elsewhere/memory")).unwrap();
        fs::create_dir_all(store.path(link).parent().unwrap()).unwrap();
        symlink(store.path("elsewhere"), store.path(link)).unwrap();
        let before = store.tree("elsewhere");
        for command in [&["status"][..], &["run", "--sessions", "sessions"]] {
            let refused = store.dreaming(&[command, &["--json"]].concat()).expect(1).json();
            assert_eq!(refused["error"]["kind"], "linked", "{refused}");
        }
        assert_eq!(store.tree("elsewhere"), before);
        // A link is followed where the person chose the state folder with `--state`.
        let state = store.path("elsewhere");
        let run = ["--state", state.to_str().unwrap()];
        store.run(&run).expect(if link == ".dreaming" { 1 } else { 0 });
    }
}

#[test]
fn a_state_of_another_user_is_not_used() {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: only root can give files away");
        return;
    }
    let store = dreamt();
    let file = store.path(".dreaming/memory/state.db");
    std::os::unix::fs::chown(&file, Some(1234), None).unwrap();
    for command in ["status", "recover"] {
        let refused = store.dreaming(&[command, "--json"]).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "foreign-state", "{refused:?}");
        assert!(refused.stderr.contains("another user (number 1234)"), "{refused:?}");
    }
    // Root may use a state that belongs to the owner of the memory folder.
    std::os::unix::fs::chown(store.path("memory"), Some(1234), None).unwrap();
    store.dreaming(&["recover"]).expect(0);
}

#[test]
fn a_forged_plan_whose_seal_fits_applies_nothing_that_the_engine_did_not_write() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let change = plan["plan"]["changes"].as_array().unwrap().iter().find(|c| c["text"].is_string());
    let text = change.unwrap()["text"].as_str().unwrap().to_owned();
    let quoted = serde_json::to_string(&Value::String(text.clone())).unwrap();
    let forged = format!("\"{}!", &quoted[1..quoted.len() - 1]);
    let db = db(&store);
    let forge = "UPDATE plans SET plan = CAST(replace(CAST(plan AS TEXT), ?1, ?2) AS BLOB)";
    assert_eq!(db.execute(forge, [&quoted[..quoted.len() - 1], &forged]).unwrap(), 1);
    reseal(&db);
    drop(db);
    let before = store.tree("memory");
    let refused = store.dreaming(&["apply", "--all", "--json"]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert_eq!(store.tree("memory"), before);
}
