//! Commands that are killed, that meet a full disk, or whose files somebody edits before an
//! interrupted write is finished.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{Store, done};

/// A store with a plan that writes 40 files, and a copy of its files for [`go_back`].
fn store_with_plan() -> Store {
    let store = Store::new();
    for n in 0..40 {
        let twice = format!("- Number {n} is kept twice in here.\n");
        store.put(&format!("memory/m{n}.md"), format!("# M{n}\n\n{twice}{twice}"));
    }
    store.put("policy.json", "{\"prune.loss-entries\": 1000000, \"prune.loss-bytes\": 1000000}");
    let run = store.run(&["--policy", "policy.json", "--json"]).expect(0).json();
    assert!(run["changes"]["auto"].as_u64().unwrap() >= 40, "{run}");
    copy(&store.path("memory"), &store.path("kept/memory"));
    copy(&store.path(".dreaming"), &store.path("kept/.dreaming"));
    store
}

fn go_back(store: &Store) {
    // Only the contents are replaced: a new folder would have another identity, and the state would
    // refuse it.
    for item in fs::read_dir(store.path("memory")).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
    }
    fs::remove_dir_all(store.path(".dreaming")).unwrap();
    for name in ["memory", ".dreaming"] {
        copy(&store.path(&format!("kept/{name}")), &store.path(name));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        let target = to.join(item.file_name());
        if item.file_type().unwrap().is_dir() {
            copy(&item.path(), &target);
        } else {
            fs::copy(item.path(), target).unwrap();
        }
    }
}

/// How many files still hold their statement twice, so that the plan's merge was not written.
fn old_files(store: &Store) -> usize {
    let old = |n: &i32| store.read(&format!("memory/m{n}.md")).matches("twice").count() == 2;
    (0..40).filter(old).count()
}

#[test]
fn a_killed_apply_has_written_everything_or_nothing() {
    let store = store_with_plan();
    let apply = ["apply", "--all", "--by", "ada"];
    let begin = Instant::now();
    store.dreaming(&apply).expect(0);
    let whole = begin.elapsed();
    let after = store.tree("memory");
    // The command computes most of the time and writes files only at the end, so most kills come
    // late.
    for share in [30, 60, 70, 80, 85, 90, 92, 94, 96, 98] {
        go_back(&store);
        let mut child = store.command(&apply).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * share / 100);
        let _ = child.kill();
        child.wait().unwrap();
        store.dreaming(&["recover"]).expect(0);
        let revision = store.status()["revision"].as_u64().unwrap();
        match revision {
            1 => {
                assert_eq!(old_files(&store), 40, "killed at {share} %");
                store.dreaming(&apply).expect(0);
            }
            2 => assert_eq!(old_files(&store), 0, "killed at {share} %"),
            other => panic!("revision {other}"),
        }
        assert_eq!(store.tree("memory"), after, "killed at {share} %");
        store.dreaming(&["revert"]).expect(0);
        assert_eq!(store.tree("memory").len(), store.tree("kept/memory").len());
    }
}

#[test]
fn a_killed_run_is_taken_up_and_asks_no_model_twice() {
    let store = Store::new();
    // The model writes a line to `calls` for each call; the first run is killed while it waits for
    // the second answer.
    let model = "exec:echo x >> calls; n=$(wc -l < calls); \
                 if [ $n -eq 1 ] || [ -e go ]; then echo '{\"proposals\": []}'; else sleep 30; fi";
    store.put(
        "policy.json",
        "{\"propose.together-bytes\": 0, \"propose.max-calls\": 2, \"round.sessions\": 1}",
    );
    let arguments = ["run", "--sessions", "sessions", "--policy", "policy.json", "--model", model];
    let mut child = store.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    let calls = || fs::read_to_string(store.path("calls")).map_or(0, |text| text.lines().count());
    while calls() < 2 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
    }
    let asked = calls();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(asked, 2);
    store.put("go", "");
    let run = store.dreaming(&[&arguments[..], &["--json"]].concat()).expect(0);
    assert!(run.stderr.contains("interrupted"), "{run:?}");
    assert_eq!(run.json()["sessions"]["read"], 2);
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
}

/// Whether a process with this id runs. An ended process that its parent has not yet reaped (a
/// zombie) does not count.
fn runs(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    if stat.rsplit(") ").next().is_some_and(|state| state.starts_with('Z')) {
        return false;
    }
    let check = std::process::Command::new("kill").args(["-0", id]).stderr(Stdio::null()).status();
    check.unwrap().success()
}

#[test]
fn a_signal_ends_the_model_commands_too() {
    for signal in ["INT", "TERM"] {
        let store = Store::new().asking_about_each();
        // A model command that starts a child process and waits for it.
        let model = "exec:sleep 300 & echo $! >> ids; echo $$ >> ids; wait";
        let arguments = ["run", "--sessions", "sessions", "--model", model];
        let mut child = store.command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        let ids = || fs::read_to_string(store.path("ids")).unwrap_or_default();
        while ids().lines().count() < 4 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        let ids: Vec<String> = ids().lines().map(str::to_owned).collect();
        assert!(ids.len() == 4 && ids.iter().all(|id| runs(id)), "{ids:?}");
        let id = child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        let status = child.wait().unwrap();
        let number = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!(number, Some(if signal == "INT" { 2 } else { 15 }));
        let end = Instant::now() + Duration::from_secs(10);
        while ids.iter().any(|id| runs(id)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!ids.iter().any(|id| runs(id)), "SIG{signal} left {ids:?}");
    }
}

#[test]
fn a_disk_that_is_full_is_an_error_and_nothing_is_changed() {
    let store = store_with_plan();
    // `ulimit -f` lets no file grow beyond so many blocks of 512 bytes, which stands for a full
    // disk.
    for blocks in [0, 8, 64] {
        go_back(&store);
        let before = store.tree("memory");
        let program = env!("CARGO_BIN_EXE_dreaming");
        let script =
            format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} apply --all --memory memory");
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).current_dir(store.path("."));
        shell.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        let failed = done(&mut shell);
        assert_eq!(failed.code, 1, "{failed:?}");
        assert_eq!(store.tree("memory"), before, "at {blocks} blocks");
        assert_eq!(store.status()["revision"], 1);
    }
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(old_files(&store), 0);
}

#[test]
fn what_a_killed_write_had_staged_is_swept_by_whoever_comes_next() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let before = store.tree("memory");
    let leave = || {
        store.put("memory/.notes.md.dreaming-tmp", "half");
        store.put("memory/learned/.mistakes.md.dreaming-tmp", "half");
    };
    for command in [&["apply"][..], &["discard"], &["run", "--json"]] {
        leave();
        store.dreaming(command);
        assert_eq!(store.tree("memory"), before, "{command:?}");
        assert!(!store.path("memory/learned").exists(), "{command:?}");
    }
    leave();
    let recovered = store.dreaming(&["recover"]).expect(0);
    assert!(recovered.stdout.contains("2 staged files removed"), "{recovered:?}");
    assert_eq!(store.tree("memory"), before);
    let recovered = store.dreaming(&["recover"]).expect(0);
    assert_eq!(recovered.stdout, "No write was interrupted.\n");
    // A command that only reads leaves the staged files, because another process may be about to
    // use them. So does a run that finds the state locked.
    leave();
    let left = store.tree("memory");
    store.dreaming(&["status"]).expect(0);
    assert_eq!(store.tree("memory"), left);
    let lock = fs::File::options().write(true).open(store.path(".dreaming/memory/lock")).unwrap();
    lock.lock().unwrap();
    store.dreaming(&["run"]).expect(1);
    assert_eq!(store.tree("memory"), left);
}

#[test]
fn a_file_that_was_edited_while_a_write_was_interrupted_is_kept() {
    let store = store_with_plan();
    // The state as a process leaves it that was killed after its database transaction and before it
    // renamed the first file.
    store.dreaming(&["apply", "--all"]).expect(0);
    for (file, bytes) in store.tree("kept/memory") {
        let name = file.file_name().unwrap().to_str().unwrap();
        fs::write(store.path(&format!("memory/{name}")), bytes).unwrap();
    }
    journal(&store);
    store.put("memory/m7.md", "- Mine.\n");
    let refused = store.dreaming(&["run", "--json"]).expect(4);
    assert_eq!(refused.json()["error"]["kind"], "interrupted");
    assert!(refused.stderr.contains("m7.md") && !refused.stderr.contains("m8.md"), "{refused:?}");
    let status = store.dreaming(&["status", "--json"]).expect(0);
    assert!(status.stderr.contains("`dreaming recover --memory memory` finishes it"), "{status:?}");
    store.dreaming(&["recover"]).expect(4);
    store.dreaming(&["recover", "--keep-edits"]).expect(0);
    assert_eq!(store.read("memory/m7.md"), "- Mine.\n");
    assert_eq!(store.status()["edited"], serde_json::json!(["m7.md"]));
}

/// Puts the journal of revision 2 back, as if none of its files had been written yet.
fn journal(store: &Store) {
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let query = "SELECT n.path, n.text FROM memory_versions n WHERE n.number = 2";
    let mut rows = db.prepare(query).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let rows: Vec<(String, Option<String>)> = rows.map(Result::unwrap).collect();
    for (path, text) in rows {
        let old = fs::read(store.path(&format!("kept/memory/{path}"))).ok();
        let before = old.map(|bytes| {
            use sha2::Digest as _;
            sha2::Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
        });
        let insert = "INSERT INTO journal VALUES (?1, 2, ?2, ?3)";
        db.execute(insert, rusqlite::params![path, before, text]).unwrap();
    }
}
