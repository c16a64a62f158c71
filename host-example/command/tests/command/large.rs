//! Memory folders that are larger than one page of a request to the component.

use std::fs;

use crate::support::{NOW, Store, session};

/// Makes `files` memories of `bytes` each with file names of `name` bytes, dreams over them,
/// applies the plan and reverts it.
fn lives_with(files: usize, bytes: usize, name: usize) {
    let store = Store::empty();
    fs::create_dir(store.path("memory")).unwrap();
    for n in 0..files {
        let file = format!("{n:0>width$}.md", width = name - 3);
        let line = format!("- Fact {n} holds. ");
        let text = format!("{line}{}\n", "x".repeat(bytes - line.len() - 1));
        fs::write(store.path("memory").join(file), text).unwrap();
    }
    for (n, id) in ["one", "two"].into_iter().enumerate() {
        store.put(&format!("sessions/{id}.jsonl"), session(id, n as u32 + 3));
    }
    let run = store.dreaming(&["run", "--sessions", "sessions", "--now", NOW, "--json"]);
    let run = run.expect(0).json();
    assert_eq!(run["sessions"]["read"], 2, "{run}");
    assert_eq!(store.status()["memories"], files);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["verify"]).expect(0);
    // `replay` and `revert` read the stored memories in pages too.
    store.dreaming(&["replay"]).expect(0);
    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.tree("memory").len(), files);
}

#[test]
fn a_folder_over_a_page_is_dreamt_over() {
    lives_with(1_500, 1024, 8);
}

#[test]
fn long_names_count_too() {
    lives_with(6_000, 40, 200);
}

#[test]
#[ignore = "minutes; `cargo test -- --ignored large`"]
fn very_large_folders_are_dreamt_over() {
    lives_with(20_000, 1024, 100);
    lives_with(100_000, 40, 20);
}
