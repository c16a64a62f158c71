//! A person saves a memory while a command works: no text is lost, and the history stays undamaged.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::support::{Done, NOW, Store, dreamt};

/// Saves a new text to `mine.md` every few milliseconds while `command`, which has no reason to
/// change that file, works. Returns the text that was saved last.
fn while_saving(store: &Store, round: usize, command: &[&str]) -> (Done, String) {
    let ended = AtomicBool::new(false);
    let text = |n: usize| format!("# Mine\n\n- Line {n} of round {round}.\n");
    // An edit that no revision has yet.
    store.put("memory/mine.md", text(0));
    thread::scope(|scope| {
        let saver = scope.spawn(|| {
            let mut n = 0;
            while !ended.load(Ordering::SeqCst) {
                assert_eq!(store.read("memory/mine.md"), text(n), "{command:?} wrote over it");
                n += 1;
                // Saves as editors do, by renaming, so that a reader sees the whole old or the
                // whole new text.
                store.put("memory/.mine.swp", text(n));
                fs::rename(store.path("memory/.mine.swp"), store.path("memory/mine.md")).unwrap();
                thread::sleep(Duration::from_millis(2));
            }
            text(n)
        });
        let done = store.dreaming(command);
        ended.store(true, Ordering::SeqCst);
        (done, saver.join().unwrap())
    })
}

/// Asserts that the last save is in the file, and that the history can be verified, exported,
/// imported and continued.
fn check(store: &Store, last: &str) {
    assert_eq!(store.read("memory/mine.md"), last, "what was saved last is there");
    store.dreaming(&["verify"]).expect(0);
    store.dreaming(&["export", "out.jsonl", "--force"]).expect(0);
    let other = Store::empty();
    other.put("in.jsonl", fs::read(store.path("out.jsonl")).unwrap());
    other.dreaming(&["import", "in.jsonl"]).expect(0);
}

#[test]
fn a_dream_is_of_one_reading_of_the_folder() {
    for (round, mode) in ["propose", "auto", "auto-safe", "auto"].into_iter().enumerate() {
        let store = dreamt();
        let run = ["run", "--sessions", "sessions", "--now", NOW, "--mode", mode];
        let (done, last) = while_saving(&store, round, &run);
        done.expect(0);
        check(&store, &last);
        store.run(&["--replace"]).expect(0);
        check(&store, &last);
    }
}

#[test]
fn an_erasure_writes_over_no_save() {
    for round in 0..4 {
        let store = dreamt();
        let erase = ["erase", "--session", "one", "--yes", "--now", NOW];
        let erase = if round % 2 == 0 { &erase[..] } else { &["erase", "--entry", "e", "--yes"] };
        let found = store.dreaming(&["explain", "port 4000", "--json"]).expect(0).json();
        let entry = found["entry"].as_str().unwrap();
        let erase: Vec<&str> =
            erase.iter().map(|word| if *word == "e" { entry } else { word }).collect();
        let (done, last) = while_saving(&store, round, &erase);
        assert!([0, 4].contains(&done.code), "{done:?}");
        check(&store, &last);
    }
}

#[test]
fn a_revert_and_a_decision_write_over_no_save() {
    // The revision to go back to has the file, so the revert would write it.
    let store = dreamt();
    store.put("memory/mine.md", "# Mine\n");
    let (done, last) = while_saving(&store, 8, &["revert"]);
    assert_eq!(done.code, 4, "{done:?}");
    check(&store, &last);
    let store = Store::new();
    store.run(&[]).expect(0);
    let (done, last) = while_saving(&store, 9, &["apply", "--all"]);
    assert!([0, 4].contains(&done.code), "{done:?}");
    check(&store, &last);
    let texts: BTreeSet<_> = store.tree("memory").into_values().collect();
    assert!(texts.contains(last.as_bytes()));
}

/// A history as an older version left it when somebody saved `notes.md` during a dream: the ledger
/// has the digest of a text that no revision holds.
fn damaged() -> Store {
    let store = Store::new();
    store.run(&[]).expect(0);
    let text = store.read("memory/notes.md");
    store.put("memory/notes.md", format!("{text}- Saved while it dreamt.\n"));
    store.dreaming(&["apply", "--all"]).expect(0);
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let forget = "DELETE FROM memory_versions WHERE path = 'notes.md' AND number > 1";
    assert!(db.execute(forget, []).unwrap() > 0);
    store
}

/// Checks which commands work: with `is_damaged`, those that need an undamaged history must fail.
fn stops(store: &Store, is_damaged: bool) {
    let bad = i32::from(is_damaged);
    let verified = store.dreaming(&["verify", "--json"]).expect(bad).json();
    assert_eq!(verified["verdict"], if is_damaged { "damaged" } else { "whole" }, "{verified}");
    store.dreaming(&["export", "out.jsonl", "--force"]).expect(0);
    let other = Store::empty();
    other.put("in.jsonl", fs::read(store.path("out.jsonl")).unwrap());
    other.dreaming(&["import", "in.jsonl"]).expect(bad);
    store.dreaming(&["erase", "--session", "one", "--dry-run"]).expect(bad);
}

#[test]
fn a_history_that_lacks_a_text_gets_it_back_when_the_folder_still_has_it() {
    let store = damaged();
    stops(&store, true);
    let recovered = store.dreaming(&["recover", "--json"]).expect(0).json();
    assert_eq!(recovered["mended"]["lost"], serde_json::json!([]), "{recovered}");
    assert_eq!(recovered["mended"]["found"][0]["path"], "notes.md", "{recovered}");
    stops(&store, false);
    store.dreaming(&["revert", "1"]).expect(0);
    stops(&store, false);
}

#[test]
fn a_text_that_nobody_has_any_more_is_named_as_lost_and_the_history_goes_on() {
    for now in [Some("# Notes\n\n- Something else by now.\n"), None] {
        let store = damaged();
        match now {
            Some(text) => store.put("memory/notes.md", text),
            None => fs::remove_file(store.path("memory/notes.md")).unwrap(),
        }
        stops(&store, true);
        let said = store.dreaming(&["recover"]).expect(0).stdout;
        assert!(said.contains("The text of notes.md at revision 2 is lost"), "{said}");
        stops(&store, false);
        let verified = store.dreaming(&["verify"]).expect(0).stdout;
        assert!(verified.contains("texts of notes.md"), "{verified}");
        store.run(&[]).expect(0);
        store.dreaming(&["revert", "1"]).expect(0);
        stops(&store, false);
        assert_eq!(store.dreaming(&["recover"]).expect(0).stdout, "No write was interrupted.\n");
    }
}
