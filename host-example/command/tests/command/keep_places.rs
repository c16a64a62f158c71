//! Copies of sessions whose originals moved, were cut short, or are there in part.

use std::fs;

use serde_json::json;

use crate::keep::{holding, keep, kept, plan, store};
#[cfg(unix)]
use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, done, session};

#[cfg(unix)]
#[test]
fn sessions_of_a_folder_that_moved_and_left_a_link_are_read_and_other_places_are_named() {
    let store = store();
    keep(&store, &[]);
    fs::remove_file(store.path("sessions/one.jsonl")).unwrap();
    fs::rename(store.path("sessions"), store.path("moved")).unwrap();
    std::os::unix::fs::symlink(store.path("moved"), store.path("sessions")).unwrap();
    // What is left of it there is no session of its own.
    let told = plan(&store, &[]);
    assert_eq!((&told["archived"], &told["sessions"]["read"]), (&json!(1), &json!(3)));
    // From another place the note says how to name this one.
    fs::create_dir(store.path("other")).unwrap();
    let run = ["run", "--sessions", "other", "--now", NOW, "--dry-run"];
    let said = store.dreaming(&run).expect(0).stderr;
    let named = said.split("`--sessions` takes ").nth(1).and_then(|rest| rest.lines().next());
    let named = named.unwrap_or_else(|| panic!("{said}"));
    assert!(named.ends_with("/sessions"), "{named}");
    let line = ["run", "--sessions", named, "--now", NOW, "--dry-run"];
    let told = store.dreaming(&line).expect(0).stdout;
    assert!(told.contains("Read 3 sessions"), "{named}");
}

#[test]
fn a_session_that_was_cut_short_is_read_once() {
    let store = store();
    keep(&store, &[]);
    let whole = store.read("sessions/two.jsonl");
    let cut: String = whole.split_inclusive('\n').take(4).collect();
    for short in [cut, session("two", 14).split_inclusive('\n').take(4).collect()] {
        store.put("sessions/two.jsonl", &short);
        let mut read = Vec::new();
        for _ in 0..4 {
            let told = store.run(&["--json"]).expect(0).json();
            read.push(told["sessions"]["read"].as_u64().unwrap());
            store.dreaming(&["apply", "--all", "--now", NOW]);
        }
        assert_eq!(read[2..], [0, 0], "{read:?}");
    }
}

#[test]
fn what_is_left_of_a_session_is_no_session_of_its_own_when_it_is_kept_again() {
    let store = store();
    keep(&store, &[]);
    let before = plan(&store, &[]);
    fs::remove_file(store.path("sessions/one.jsonl")).unwrap();
    let told = keep(&store, &[]);
    assert_eq!((&told["kept"], kept(&store).len()), (&json!(0), 3), "{told}");
    assert_eq!(plan(&store, &[])["plan"]["changes"], before["plan"]["changes"]);
}

/// As after a checkout that took the memory folder away and brought it back.
fn checked_out(store: &Store) {
    fs::rename(store.path("memory"), store.path("before")).unwrap();
    fs::create_dir(store.path("memory")).unwrap();
    for item in fs::read_dir(store.path("before")).unwrap().flatten() {
        fs::rename(item.path(), store.path("memory").join(item.file_name())).unwrap();
    }
    fs::remove_dir_all(store.path("before")).unwrap();
}

/// As on another machine, with a backup of the memory folder and its state.
fn brought_back(store: &Store) {
    checked_out(store);
    fs::remove_dir_all(store.path("user-state/dreaming/states")).unwrap();
}

#[test]
fn a_checkout_that_took_the_memory_folder_away_leaves_history_copies_and_plan() {
    let store = store();
    keep(&store, &[]);
    store.run(&[]).expect(0);
    fs::remove_dir_all(store.path("sessions")).unwrap();
    fs::create_dir(store.path("sessions")).unwrap();
    checked_out(&store);
    let before = store.tree(".dreaming");
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains("is waiting") && !status.contains("stale"), "{status}");
    assert_eq!(store.tree(".dreaming"), before);
    let applied = store.dreaming(&["apply", "--all"]).expect(0);
    assert!(applied.stderr.contains("made anew"), "{applied:?}");
    assert!(!store.dreaming(&["apply", "--all"]).stderr.contains("made anew"));
    let run = store.run(&["--dry-run", "--json"]).expect(0).json();
    assert_eq!(run["skipped"]["sessions"], json!([]), "{run}");
    // Twice, and the copies are still this folder's.
    checked_out(&store);
    let run = store.run(&["--dry-run", "--json"]).expect(0).json();
    assert_eq!(run["skipped"]["sessions"], json!([]), "{run}");
    // Another state at the same place is not known.
    brought_back(&store);
    let refused = store.dreaming(&["status"]).expect(1).stderr;
    assert!(refused.contains("the folder there is another one now"), "{refused}");
}

#[test]
fn copies_of_a_folder_that_is_another_one_now_are_read_again_when_a_person_says_so() {
    let store = store();
    keep(&store, &[]);
    brought_back(&store);
    let whole = store.read("sessions/two.jsonl");
    fs::remove_dir_all(store.path("sessions")).unwrap();
    let cut: String = whole.split_inclusive('\n').take(4).collect();
    store.put("sessions/two.jsonl", cut);

    let before = store.tree(".");
    let would = store.dreaming(&["take-over", "--dry-run"]).expect(0).stdout;
    assert!(would.contains("3 files of `keep` would be read only with --with-copies"), "{would}");
    assert_eq!(store.tree("."), before);
    let said = store.dreaming(&["take-over"]).expect(0).stdout;
    assert!(said.contains("3 in "), "{said}");
    assert!(said.contains("`dreaming take-over --with-copies"), "{said}");
    let warned = store.run(&["--dry-run"]).expect(0).stderr;
    assert!(warned.contains("take-over --with-copies"), "{warned}");
    // A new copy of a session takes the place of none that is not read.
    assert_eq!(keep(&store, &[])["kept"], 1);
    assert_eq!((kept(&store).len(), holding(&store, &whole)), (4, 1));

    let told = store.dreaming(&["take-over", "--with-copies", "--json"]).expect(0).json();
    assert_eq!((&told["kept_taken"], &told["kept_left"]), (&json!(3), &json!(0)), "{told}");
    assert_eq!((kept(&store).len(), holding(&store, &whole)), (3, 1));
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!((&run["archived"], &run["sessions"]["read"]), (&json!(3), &json!(3)), "{run}");
    assert_eq!(run["skipped"]["sessions"], json!([]), "{run}");

    // Again it is nothing new, and a plan that waits stays.
    let told = store.dreaming(&["take-over", "--with-copies", "--json"]).expect(0).json();
    assert_eq!((&told["kept_taken"], &told["plan_put_away"]), (&json!(0), &json!(false)), "{told}");
}

#[test]
fn copies_come_along_to_another_folder_when_a_person_says_so() {
    let store = store();
    keep(&store, &["--redact"]);
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all", "--now", NOW]).expect(0);
    store.put("new/memory/notes.md", store.read("memory/notes.md"));
    fs::remove_dir_all(store.path("sessions")).unwrap();
    let old = store.path(".dreaming/memory");
    let before = kept(&store);
    let damaged = &before[0];
    let bytes = fs::read(damaged).unwrap();
    fs::write(damaged, &bytes[..bytes.len() - 9]).unwrap();
    let take_over = |more: &[&str]| {
        let line = [&["take-over", "--json", "--from", old.to_str().unwrap()], more].concat();
        done(&mut store.command_on("new/memory", &line))
    };
    assert_eq!(take_over(&[]).expect(0).json()["kept_left"], 3);
    let again = take_over(&["--with-copies"]).expect(0);
    assert!(again.stderr.contains("is left alone: it is damaged"), "{again:?}");
    let told = again.json();
    assert_eq!((&told["kept_taken"], &told["kept_left"]), (&json!(2), &json!(1)), "{told}");
    let new = store.path("new/.dreaming/memory/kept");
    let (mut files, mut covered) = (0, false);
    for item in fs::read_dir(new).unwrap() {
        let name = item.unwrap().file_name();
        covered |= name == ".covered";
        files += u64::from(name != ".covered");
    }
    assert_eq!((files, covered, kept(&store)), (2, true, before));
    assert_eq!(take_over(&["--with-copies"]).expect(0).json()["kept_taken"], 0);
    // Another history is still not written over.
    take_over(&[]).expect(2);
}

#[cfg(unix)]
#[test]
fn where_the_folders_of_an_agent_are_gone_the_command_that_reads_the_copies_is_printed() {
    let (store, of_claude) = home();
    store.put("notes/a.md", "- Prices are kept in cents.\n");
    let keep = "dreaming keep --claude-code 'my shop' --memory notes";
    assert!(typed(&store, ".", keep).expect(0).stdout.contains("Kept 2 sessions"));
    fs::remove_dir_all(&of_claude).unwrap();
    let run = "dreaming run --claude-code 'my shop' --memory notes";
    let refused = typed(&store, ".", run).expect(2).stderr;
    assert!(refused.contains("Claude Code has no sessions of "), "{refused}");
    let line = printed(&refused, "run --memory notes --sessions ");
    let read = typed(&store, ".", &format!("{line} --dry-run")).expect(0).stdout;
    assert!(read.contains("Read 2 sessions"), "{read}");
    let due = typed(&store, ".", &format!("{run} --if-due")).expect(0).stdout;
    let due = due.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(due.contains(&line), "{line}: {due}");
    // The folder of the project is gone too.
    fs::remove_dir_all(store.path("my shop")).unwrap();
    let refused = typed(&store, ".", run).expect(2).stderr;
    assert!(refused.contains("takes the folder of a project"), "{refused}");
    typed(&store, ".", &printed(&refused, "run --memory notes --sessions ")).expect(0);
    // What a dream has read needs no command.
    typed(&store, ".", "dreaming apply --all --memory notes").expect(0);
    let refused = typed(&store, ".", run).expect(2).stderr;
    assert!(!refused.contains("--sessions"), "{refused}");
}
