//! Memory folders that somebody changes while a command works, or that were made to do harm.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{self, Store};

/// Runs `work` while another thread calls `other` again and again.
fn while_other<T>(other: impl Fn() + Sync, work: impl FnOnce() -> T) -> T {
    /// Ends the other thread even if `work` panics.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let end = AtomicBool::new(false);
    thread::scope(|scope| {
        let _end = End(&end);
        scope.spawn(|| {
            while !end.load(Ordering::Relaxed) {
                other();
            }
        });
        work()
    })
}

#[test]
fn a_folder_that_is_swapped_for_a_link_again_and_again_leads_nowhere() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.put("outside/mistakes.md", "- Precious.\n");
    let (folder, link) = (store.path("memory/learned"), store.path("link"));
    store.put("memory/learned/kept.txt", "so that nobody removes the folder");
    symlink(store.path("outside"), &link).unwrap();
    let outside = store.tree("outside");
    let swap = || {
        let flags = rustix::fs::RenameFlags::EXCHANGE;
        rustix::fs::renameat_with(rustix::fs::CWD, &folder, rustix::fs::CWD, &link, flags).unwrap();
    };
    let mut codes = Vec::new();
    while_other(swap, || {
        for _ in 0..12 {
            codes.push(store.dreaming(&["apply", "--all"]).code);
            codes.push(store.dreaming(&["revert"]).code);
            codes.push(store.dreaming(&["recover", "--keep-edits"]).code);
            codes.push(store.run(&["--replace"]).code);
        }
    });
    assert!(codes.iter().all(|code| [0, 1, 4].contains(code)), "{codes:?}");
    assert_eq!(store.tree("outside"), outside, "{codes:?}");
    assert_eq!(fs::read_dir(store.path("outside")).unwrap().count(), 1);
}

#[test]
fn what_an_editor_saves_while_a_plan_is_applied_is_on_disk_or_in_the_history() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let saved = Mutex::new(Vec::new());
    // Saves as editors do: writes a new file and renames it over the old one.
    let save = || {
        let mut saved = saved.lock().unwrap();
        let text = format!("{}- Saved {} times.\n", support::TEAM, saved.len());
        store.put("editor-tmp", &text);
        fs::rename(store.path("editor-tmp"), store.path("memory/team.md")).unwrap();
        saved.push(text);
        drop(saved);
        // The pause is sometimes long enough for a whole `apply` between two saves.
        thread::sleep(Duration::from_millis(fastrand::u64(..400)));
    };
    let mut codes = Vec::new();
    for _ in 0..12 {
        while_other(save, || {
            codes.push(store.dreaming(&["apply", "--all"]).code);
        });
        let last = saved.lock().unwrap().last().unwrap().clone();
        store.dreaming(&["recover", "--keep-edits"]).expect(0);
        let recorded = {
            let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
            let query = "SELECT count(*) FROM memory_versions WHERE text = ?1";
            db.query_row(query, [&last], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert!(store.read("memory/team.md") == last || recorded > 0, "lost: {last}");
        // Puts two equal statements back, so that the next plan has a merge.
        save();
        store.run(&["--replace"]).expect(0);
    }
    assert!(codes.contains(&0) || codes.contains(&4), "nothing was ever tried: {codes:?}");
}

#[test]
fn a_folder_that_turned_into_a_file_or_a_link_is_a_conflict_and_nothing_is_written() {
    let file = |store: &Store| store.put("memory/learned", "");
    let link =
        |store: &Store| symlink(store.path("outside"), store.path("memory/learned")).unwrap();
    let folder = |store: &Store| store.put("memory/learned/mistakes.md/x.txt", "");
    let pipe = |store: &Store| {
        fs::create_dir(store.path("memory/learned")).unwrap();
        let pipe = store.path("memory/learned/mistakes.md");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    };
    for put in [file as fn(&Store), link, folder, pipe] {
        let store = Store::new();
        store.put("outside/mistakes.md", "- Precious.\n");
        store.run(&[]).expect(0);
        put(&store);
        let before = [store.read("memory/notes.md"), store.read("memory/team.md")];
        let refused = store.dreaming(&["apply", "--all", "--json"]).expect(4);
        assert_eq!(refused.json()["error"]["kind"], "conflict", "{refused:?}");
        assert!(refused.stderr.contains("learned/mistakes.md"), "{refused:?}");
        assert_eq!([store.read("memory/notes.md"), store.read("memory/team.md")], before);
        assert_eq!(store.read("outside/mistakes.md"), "- Precious.\n");
        assert_eq!(store.status()["revision"], 1);
    }
}

#[test]
fn long_names_and_deep_folders_are_written_or_left_alone_and_named() {
    let store = Store::new();
    let twice = |what: &str| format!("- What is {what} is said twice in here.\n").repeat(2);
    let long = format!("{}.md", "n".repeat(252));
    let deep = vec!["d"; 19].join("/");
    store.put(&format!("memory/{long}"), twice("long"));
    store.put(&format!("memory/{deep}/ok.md"), twice("deep"));
    store.put(&format!("memory/{deep}/d/too-deep.md"), twice("deeper"));
    let far = vec!["f"; 900].join("/");
    store.put(&format!("memory/{far}/x.md"), twice("far"));
    let run = store.run(&["--json"]).expect(0).json();
    let skipped = run["skipped"]["memories"].to_string();
    assert!(skipped.contains("depth of 20"), "{skipped}");
    assert_eq!(run["skipped"]["memories"].as_array().unwrap().len(), 2, "{skipped}");
    let before = store.tree("memory");
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(store.read(&format!("memory/{long}")).matches("twice").count(), 1);
    assert_eq!(store.read(&format!("memory/{deep}/ok.md")).matches("twice").count(), 1);
    assert_eq!(store.read(&format!("memory/{deep}/d/too-deep.md")), twice("deeper"));
    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.tree("memory"), before);
}

#[test]
fn ten_thousand_files_are_dreamt_over_applied_and_reverted() {
    let store = Store::new();
    for n in 0..10_000 {
        let folder = n / 500;
        let text = format!("# M{n}\n\n- The rule with number {n} is kept in here.\n");
        let twice = if n % 1000 == 0 { text.lines().last().unwrap_or_default() } else { "" };
        store.put(&format!("memory/f{folder}/m{n}.md"), format!("{text}{twice}\n"));
    }
    let before = store.tree("memory");
    let run = store.run(&["--json"]).expect(0).json();
    assert!(run["changes"]["auto"].as_u64().unwrap() >= 10, "{run}");
    let applied = store.dreaming(&["apply", "--all", "--json"]).expect(0).json();
    assert!(applied["files"].as_array().unwrap().len() >= 12, "{applied}");
    assert_eq!(store.status()["memories"].as_u64().unwrap() as usize, store.tree("memory").len());
    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.tree("memory"), before);
}

#[test]
fn the_lock_is_never_written_through_a_link_and_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let store = Store::new();
    store.run(&[]).expect(0);
    let lock = store.path(".dreaming/memory/lock");
    assert_eq!(fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    store.put("victim", "precious");
    fs::remove_file(&lock).unwrap();
    symlink(store.path("victim"), &lock).unwrap();
    let refused = store.dreaming(&["apply", "--all", "--json"]).expect(1);
    assert_eq!(refused.json()["error"]["kind"], "io");
    assert!(refused.stderr.contains("lock: cannot open the lock: it is a link"), "{refused:?}");
    assert_eq!(store.read("victim"), "precious");
    // A command that only reads works without the lock.
    store.dreaming(&["show"]).expect(0);
    assert_eq!(store.read("victim"), "precious");
    fs::remove_file(&lock).unwrap();
    store.dreaming(&["apply", "--all"]).expect(0);
}
