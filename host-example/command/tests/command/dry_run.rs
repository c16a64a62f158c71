//! Dry runs say what would be done, and change nothing at all.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;

use crate::support::{self, Done, NOTES, Store};

type Tree = BTreeMap<PathBuf, (SystemTime, Vec<u8>)>;

/// Collects in `tree` the files and folders below `path`, each with the time of its last change.
fn stamped(path: &Path, tree: &mut Tree) {
    let changed = fs::metadata(path).unwrap().modified().unwrap();
    if path.is_dir() {
        tree.insert(path.into(), (changed, Vec::new()));
        fs::read_dir(path).unwrap().for_each(|item| stamped(&item.unwrap().path(), tree));
    } else {
        tree.insert(path.into(), (changed, fs::read(path).unwrap()));
    }
}

/// Runs a command twice with `--dry-run`, the second time with `--json`, and checks that it changed
/// nothing.
fn dry(store: &Store, arguments: &[&str]) -> Done {
    let look = || {
        let mut tree = Tree::new();
        stamped(&store.path("."), &mut tree);
        tree
    };
    let before = look();
    let said = store.dreaming(&[arguments, &["--dry-run"]].concat()).expect(0);
    assert!(said.stdout.starts_with("Dry run, nothing is written."), "{said:?}");
    let document = store.dreaming(&[arguments, &["--dry-run", "--json"]].concat()).expect(0);
    assert_eq!(document.json()["dry_run"], true);
    assert!(look() == before, "{arguments:?} changed something");
    said
}

/// The paths in `would_write`.
fn would_write(store: &Store, arguments: &[&str]) -> Vec<String> {
    let json = store.dreaming(&[arguments, &["--dry-run", "--json"]].concat()).expect(0).json();
    let files = json["would_write"].as_array().unwrap();
    files.iter().map(|file| file["path"].as_str().unwrap().to_owned()).collect()
}

const RUN: &[&str] = &["run", "--sessions", "sessions", "--now", support::NOW];

#[test]
fn no_command_changes_a_byte_or_a_time_and_each_says_what_it_would_write() {
    let store = Store::new();
    let said = dry(&store, RUN).stdout;
    assert!(said.contains("team.md:4") && said.contains("sessions/one.jsonl:3"), "{said}");
    assert!(!store.path(".dreaming").exists(), "not even a state folder is made");
    let said = dry(&store, &[RUN, &["--mode", "auto"]].concat()).stdout;
    assert!(said.contains("-   4 - Dates are kept in UTC."), "{said}");

    store.run(&[]).expect(0);
    dry(&store, &[RUN, &["--replace"]].concat());
    let said = dry(&store, &["apply", "--all"]).stdout;
    assert!(said.contains("-   4 - Dates are kept in UTC."), "{said}");
    let apply = ["apply", "--all", "--now", support::NOW];
    let planned = would_write(&store, &apply);
    dry(&store, &["discard"]);
    assert!(would_write(&store, &["discard"]).is_empty());

    // Even when the folder holds an edit that no revision has, a dry run stores nothing.
    store.put("memory/new.md", "- Mine.\n");
    let said = dry(&store, &["review", "--accept-all"]).stdout;
    assert!(said.contains("-   4 - Dates are kept in UTC."), "{said}");
    fs::remove_file(store.path("memory/new.md")).unwrap();

    let before = store.tree("memory");
    store.dreaming(&apply).expect(0);
    let after = store.tree("memory");
    let root = store.path("memory");
    let mut written: Vec<String> = after
        .iter()
        .filter(|(path, bytes)| before.get(*path) != Some(*bytes))
        .map(|(path, _)| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .collect();
    written.sort();
    assert_eq!(planned, written, "the dry run named the files that were written");

    let said = dry(&store, &["revert"]).stdout;
    assert!(said.contains("+   4 - Dates are kept in UTC."), "{said}");
    // A revert records such an edit as a revision first, and the dry run shows that too.
    store.put("memory/new.md", "- Mine.\n");
    let said = dry(&store, &["revert", "--with-edits"]).stdout;
    assert!(said.contains("new.md (removed)") && store.path("memory/new.md").exists(), "{said}");
    assert!(said.contains("what was written by hand since in new.md"), "{said}");
    dry(&store, &["recover"]);

    let entry = store.dreaming(&["explain", "port 4000", "--json"]).expect(0).json();
    let erase = ["erase", "--entry", entry["entry"].as_str().unwrap()];
    let said = dry(&store, &erase).stdout;
    assert!(said.contains("-   4 - The build runs on port 4000."), "{said}");
    assert_eq!(would_write(&store, &erase), ["notes.md"]);

    store.dreaming(&["export", "all.jsonl"]).expect(0);
    fs::remove_file(store.path("memory/notes.md")).unwrap();
    let import = ["import", "all.jsonl", "--state", "fresh"];
    let said = dry(&store, &import).stdout;
    assert!(said.contains("+   4 - The build runs on port 4000."), "{said}");
    assert_eq!(would_write(&store, &import), ["notes.md"]);
    fs::remove_dir_all(store.path("memory")).unwrap();
    dry(&store, &import);
    assert!(would_write(&store, &import).contains(&"team.md".to_owned()));
}

#[test]
fn an_interrupted_write_is_shown_by_recover_and_stops_other_dry_runs() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let db = Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let before = store.read("memory/notes.md");
    let digest = {
        use sha2::Digest as _;
        let digest = sha2::Sha256::digest(before.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let text = "UPDATE memory_versions SET text = '# New' || char(10) WHERE path = 'notes.md'";
    db.execute(text, []).unwrap();
    db.execute("INSERT INTO journal VALUES ('notes.md', 1, ?1, '# New' || char(10))", [digest])
        .unwrap();
    drop(db);
    let said = dry(&store, &["recover"]).stdout;
    assert!(said.contains("notes.md") && said.contains("+   1 # New"), "{said}");
    for command in [
        &["apply", "--all"][..],
        &["review"],
        &["review", "--accept-all"],
        &["erase", "--session", "one"],
    ] {
        let refused = store.dreaming(&[command, &["--dry-run", "--json"]].concat()).expect(4);
        assert!(refused.stderr.contains("`dreaming recover --memory memory`"), "{refused:?}");
    }
    assert_eq!(store.read("memory/notes.md"), NOTES);
    store.dreaming(&["recover"]).expect(0);
    assert_eq!(store.read("memory/notes.md"), "# New\n");
}

#[test]
fn a_dry_run_needs_no_lock_and_sees_what_another_process_has_just_stored() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let lock = File::open(store.path(".dreaming/memory/lock")).unwrap();
    lock.lock().unwrap();
    // While a connection is open, SQLite keeps the log: the state is in two files now.
    let db = Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    db.execute("UPDATE plans SET status = 'discarded'", []).unwrap();
    let log = store.path(".dreaming/memory/state.db-wal").metadata().unwrap();
    assert!(log.len() > 0, "the change is in the log only");
    let none = store.dreaming(&["apply", "--all", "--dry-run", "--json"]).expect(1);
    assert_eq!(none.json()["error"]["kind"], "no-plan");
    store.dreaming(&[RUN, &["--dry-run"]].concat()).expect(0);
    assert_eq!(store.dreaming(RUN).expect(1).stdout, "", "without --dry-run it is busy");
}
