//! Copies of sessions whose originals moved, were cut short, or are there in part.

use std::fs;

use serde_json::json;

use crate::keep::{keep, kept, plan, store};
use crate::support::{NOW, session};

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
