//! Full disks, unwritable folders and unreadable files: the command reports a clear error and
//! leaves memories and state as they were, and the next command works.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::support::mounted::{Disk, tool};
use crate::support::{self, Done, NOW, Store, done};

/// The id of an unprivileged user. Root may write everywhere, so tests that root runs start the
/// command as this user.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A store that the user of [`as_user`] owns.
fn store() -> Store {
    owned(Store::new())
}

fn owned(store: Store) -> Store {
    // Copies the compiled component to a place that the unprivileged user may read.
    store.run(&["--state", "elsewhere"]).expect(0);
    let caches = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (file, bytes) in support::tree(&caches.join("dreaming")) {
        let name = file.strip_prefix(caches).unwrap().to_str().unwrap();
        store.put(&format!("cache/{name}"), bytes);
    }
    give(&store);
    store
}

fn give(store: &Store) {
    if is_root() {
        give_all(&store.path("."));
    }
}

fn give_all(path: &Path) {
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if path.is_dir() {
        for item in fs::read_dir(path).unwrap() {
            give_all(&item.unwrap().path());
        }
    }
}

/// Runs the command as a user who is not root.
fn as_user(store: &Store, arguments: &[&str]) -> Done {
    let mut command = store.command(arguments);
    command.env("XDG_CACHE_HOME", store.path("cache"));
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    done(&mut command)
}

fn sha256(text: &str) -> String {
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn run(store: &Store) -> Done {
    as_user(store, &["run", "--sessions", "sessions", "--now", NOW, "--json"])
}

fn set_mode(path: PathBuf, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Adds memories that are large enough to fill a small disk, each with two equal statements to
/// merge.
fn put_large(store: &Store) {
    for n in 0..8 {
        let twice = format!("- Rule {n} is kept twice in here.\n");
        let much = "Much text that stays as it is.\n".repeat(1000);
        let text = format!("# L{n}\n\n{twice}{twice}\n```\n{much}```\n");
        store.put(&format!("memory/large{n}.md"), text);
    }
    let policy = "{\"prune.loss-entries\": 1000000, \"prune.loss-bytes\": 1000000}";
    store.put("policy.json", policy);
}

#[test]
fn a_full_disk_under_the_memories_is_an_error_and_nothing_is_changed() {
    let store = Store::empty();
    let Some(disk) = Disk::mount(store.path("memory"), 512 << 10) else { return };
    store.put("sessions/one.jsonl", support::session("one", 2));
    put_large(&store);
    store.run(&["--policy", "policy.json"]).expect(0);
    // Of the new texts, some have room beside the old ones, but not all.
    disk.remount("size=320k");
    let before = store.tree("memory");
    for _ in 0..2 {
        let refused = store.dreaming(&["apply", "--all", "--json"]).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "full", "{refused:?}");
        assert!(refused.stderr.contains("no space left; no memory was changed"), "{refused:?}");
        assert_eq!(store.tree("memory"), before);
        assert_eq!(store.status()["revision"], 1);
    }
    disk.remount("size=1m");
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(store.read("memory/large0.md").matches("twice").count(), 1);
}

#[test]
fn a_full_disk_under_the_state_is_an_error_and_nothing_is_changed() {
    let store = Store::new();
    let Some(disk) = Disk::mount(store.path(".dreaming"), 4 << 20) else { return };
    put_large(&store);
    let before = store.tree("memory");
    let mut failed = 0;
    // Free space in KiB: none at first, at last enough for some of the command's steps.
    for free in [0_u64, 4, 12, 24, 40, 64, 96, 160] {
        disk.fill(free << 10);
        let run = store.run(&["--policy", "policy.json", "--replace", "--json"]);
        clear(&run);
        failed += i32::from(run.code == 1);
        disk.clear();
        store.dreaming(&["status"]).expect(0);
        assert_eq!(store.tree("memory"), before, "{run:?}");
    }
    assert!(failed >= 3, "only {failed} runs failed");
    store.run(&["--policy", "policy.json", "--replace"]).expect(0);
    failed = 0;
    for free in [0_u64, 4, 12, 24, 40, 64, 96, 160] {
        let revision = store.status()["revision"].clone();
        disk.fill(free << 10);
        let applied = store.dreaming(&["apply", "--all", "--json"]);
        disk.clear();
        if applied.code == 0 {
            break;
        }
        clear(&applied);
        failed += 1;
        assert_eq!(store.status()["revision"], revision, "{applied:?}");
        assert_eq!(store.tree("memory"), before, "{applied:?}");
    }
    assert!(failed >= 2, "only {failed} applies failed");
    if store.status()["plan"].is_object() {
        store.dreaming(&["apply", "--all"]).expect(0);
    }
    assert_eq!(store.read("memory/large0.md").matches("twice").count(), 1);
    store.dreaming(&["revert", "1"]).expect(0);
    assert_eq!(store.tree("memory"), before);
    drop(disk);
}

/// Asserts that a command succeeded or reported a full disk.
fn clear(done: &Done) {
    if done.code != 0 {
        assert_eq!(done.code, 1, "{done:?}");
        assert_eq!(done.json()["error"]["kind"], "full", "{done:?}");
    }
}

#[test]
fn a_memory_folder_that_cannot_be_written_is_an_error_and_nothing_is_changed() {
    let store = store();
    run(&store).expect(0);
    set_mode(store.path("memory"), 0o555);
    let before = store.tree("memory");
    let refused = as_user(&store, &["apply", "--all", "--json"]).expect(1);
    assert_eq!(refused.json()["error"]["kind"], "io");
    assert!(refused.stderr.contains("Permission denied"), "{refused:?}");
    assert_eq!(store.tree("memory"), before);
    let status = as_user(&store, &["status", "--json"]).expect(0).json();
    assert_eq!(status["revision"], 1);
    set_mode(store.path("memory"), 0o755);
    as_user(&store, &["apply", "--all"]).expect(0);
}

#[test]
fn one_folder_among_the_memories_that_cannot_be_written_stops_all_of_it() {
    let store = store();
    store.put("memory/deep/a.md", "- Said twice in here.\n- Said twice in here.\n");
    give(&store);
    run(&store).expect(0);
    set_mode(store.path("memory/deep"), 0o555);
    let before = store.tree("memory");
    let refused = as_user(&store, &["apply", "--all", "--json"]).expect(1);
    assert!(refused.stderr.contains("deep/a.md: cannot write: Permission"), "{refused:?}");
    assert_eq!(store.tree("memory"), before);
    set_mode(store.path("memory/deep"), 0o755);
    as_user(&store, &["apply", "--all"]).expect(0);
    assert_eq!(store.read("memory/deep/a.md").matches("twice").count(), 1);
}

#[test]
fn a_memory_that_cannot_be_read_is_named_and_is_not_taken_for_removed() {
    let store = store();
    run(&store).expect(0);
    set_mode(store.path("memory/team.md"), 0o000);
    let status = as_user(&store, &["status"]).expect(0);
    assert!(status.stderr.contains("team.md is left alone: cannot be read: Perm"), "{status:?}");
    assert!(status.stdout.contains(" 0 changed since the revision"), "{status:?}");
    let refused = as_user(&store, &["apply", "--all", "--json"]).expect(1);
    assert!(refused.stderr.contains("team.md: cannot read: Permission denied"), "{refused:?}");
    set_mode(store.path("memory/team.md"), 0o644);
    as_user(&store, &["apply", "--all"]).expect(0);
    assert!(store.read("memory/team.md").contains("UTC"));
}

#[test]
fn a_state_that_cannot_be_written_can_be_read_and_nothing_is_changed() {
    let store = store();
    run(&store).expect(0);
    set_mode(store.path(".dreaming/memory/state.db"), 0o400);
    set_mode(store.path(".dreaming/memory"), 0o500);
    let before = store.tree("memory");
    for command in
        [&["apply", "--all", "--json"][..], &["revert", "--json"], &["recover", "--json"]]
    {
        let refused = as_user(&store, command).expect(1);
        assert_eq!(refused.json()["error"]["kind"], "io", "{refused:?}");
        assert!(refused.stderr.contains("Permission denied"), "{refused:?}");
    }
    for command in ["status", "log", "show"] {
        as_user(&store, &[command]).expect(0);
    }
    assert_eq!(store.tree("memory"), before);
    set_mode(store.path(".dreaming/memory"), 0o700);
    set_mode(store.path(".dreaming/memory/state.db"), 0o600);
    as_user(&store, &["apply", "--all"]).expect(0);
}

#[test]
fn a_state_on_a_read_only_file_system_can_be_read_and_nothing_is_changed() {
    let store = Store::new();
    let Some(disk) = Disk::mount(store.path(".dreaming"), 4 << 20) else { return };
    store.run(&[]).expect(0);
    disk.remount("ro");
    let before = store.tree("memory");
    let refused = store.dreaming(&["apply", "--all", "--json"]).expect(1);
    assert!(refused.stderr.contains("Read-only file system"), "{refused:?}");
    for command in ["status", "log", "show"] {
        store.dreaming(&[command]).expect(0);
    }
    assert_eq!(store.tree("memory"), before);
    disk.remount("rw");
    store.dreaming(&["apply", "--all"]).expect(0);
}

#[test]
fn a_file_that_refuses_its_new_text_at_the_last_moment_is_named_and_the_others_are_written() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let file = store.path("memory/team.md");
    let file = file.to_str().unwrap();
    if !tool("chattr", &["+i", file]) {
        eprintln!("SKIPPED: no file can be made immutable here");
        return;
    }
    let refused = store.dreaming(&["apply", "--all", "--json"]);
    let again = store.dreaming(&["status"]);
    assert!(tool("chattr", &["-i", file]));
    assert_eq!(refused.expect(4).json()["error"]["kind"], "interrupted");
    assert!(again.expect(0).stderr.contains("`dreaming recover --memory memory` finishes it"));
    assert_eq!(store.read("memory/team.md"), support::TEAM);
    assert!(store.path("memory/learned/mistakes.md").exists());
    // The next command that writes finishes the interrupted write first.
    store.dreaming(&["discard"]);
    assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1);
    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.read("memory/team.md"), support::TEAM);
}

#[test]
fn a_write_that_fails_is_not_forgiven_like_an_edit_and_goes_on_later() {
    let store = Store::new();
    store.put("memory/sub/locked.md", "- Old.\n");
    store.put("memory/sub/mine.md", "- Mine, edited.\n");
    store.put("memory/swapped.md", "- New.\n");
    store.run(&["--mode", "auto"]).expect(0);
    store.put("memory/swapped.md", "- New.\n");
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    for (path, before) in [
        ("sub/locked.md", sha256("- Old.\n")),
        ("sub/mine.md", sha256("- Old.\n")),
        ("swapped.md", sha256("- Old.\n")),
    ] {
        db.execute("UPDATE memory_versions SET text = '- New.\n' WHERE path = ?1", [path]).unwrap();
        db.execute("INSERT INTO journal VALUES (?1, 1, ?2, '- New.\n')", [path, &before]).unwrap();
    }
    drop(db);
    let store = owned(store);
    // This file holds what a person saved while the command exchanged the old and the new file.
    store.put("memory/.swapped.md.dreaming-tmp", "- Saved.\n");
    give(&store);
    set_mode(store.path("memory/sub"), 0o555);
    set_mode(store.path("memory/swapped.md"), 0o000);
    for _ in 0..2 {
        let refused = as_user(&store, &["recover", "--keep-edits", "--json"]).expect(4).json();
        assert_eq!(refused["error"]["kind"], "interrupted", "{refused}");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains("sub/locked.md") && message.contains("swapped.md"), "{message}");
        assert!(!message.contains("mine.md"), "{message}");
    }
    set_mode(store.path("memory/sub"), 0o755);
    set_mode(store.path("memory/swapped.md"), 0o644);
    as_user(&store, &["recover", "--keep-edits"]).expect(0);
    assert_eq!(store.read("memory/sub/locked.md"), "- New.\n");
    assert_eq!(store.read("memory/sub/mine.md"), "- Mine, edited.\n");
    assert_eq!(store.read("memory/swapped.md"), "- Saved.\n");
}
