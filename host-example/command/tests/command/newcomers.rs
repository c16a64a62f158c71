//! Problems that first users had: stores below the current folder, and messages when something is
//! not where they expected it.

use std::fs;

use crate::support::typed::{printed, typed};
use crate::support::{NOW, Store, TEAM, dreamt, session};

/// A project with memories in `docs/memory`, after `init` and a dream.
fn below() -> Store {
    let store = Store::empty();
    store.put("home/.profile", "");
    store.put("docs/memory/team.md", TEAM);
    store.put("docs/logs/one.jsonl", session("one", 2));
    store.put("docs/logs/two.jsonl", session("two", 9));
    typed(&store, ".", "dreaming init --yes --memory docs/memory --sessions docs/logs").expect(0);
    store
}

#[test]
fn the_one_store_below_is_found_from_its_first_dream_on() {
    let store = below();
    let run = typed(&store, ".", "dreaming run").expect(0);
    assert!(run.stderr.contains("the memories in docs/memory"), "{run:?}");
    assert!(run.stdout.starts_with("Read 2 sessions"), "{run:?}");
    typed(&store, ".", &printed(&run.stdout, "review")).expect(0);
    let named = typed(&store, ".", "dreaming status --memory docs/memory").expect(0).stdout;
    let found = typed(&store, ".", "dreaming status").expect(0);
    assert_eq!(found.stdout, named);
    assert!(found.stderr.contains("docs/.dreaming/memory"), "{found:?}");
    // A store directly in this folder is preferred to those deeper in it.
    store.put("notes/a.md", "- Dates are kept in UTC.\n");
    typed(&store, ".", "dreaming run --memory notes --sessions docs/logs").expect(0);
    let found = typed(&store, ".", "dreaming status").expect(0).stderr;
    assert!(found.contains("the memories in notes,"), "{found}");
}

#[test]
fn init_finds_notes_in_docs_memory_that_have_no_history_yet() {
    let store = Store::empty();
    store.put("home/.profile", "");
    store.put("docs/memory/team.md", TEAM);
    store.put("logs/one.jsonl", session("one", 2));
    let begun = typed(&store, ".", "dreaming init --yes --sessions logs").expect(0);
    assert!(begun.stdout.contains("docs/memory"), "{begun:?}");
    assert!(!store.path("memory").exists() && !store.path("notes").exists(), "{begun:?}");
    typed(&store, ".", &printed(&begun.stdout, "run")).expect(0);
    assert!(store.path("docs/.dreaming/memory/state.db").is_file());
}

#[test]
fn init_follows_no_link_to_docs_memory() {
    let store = Store::empty();
    store.put("home/.profile", "");
    store.put("elsewhere/memory/team.md", TEAM);
    std::os::unix::fs::symlink("elsewhere", store.path("docs")).unwrap();
    store.put("logs/one.jsonl", session("one", 2));
    let begun = typed(&store, ".", "dreaming init --yes --sessions logs").expect(0);
    assert!(!begun.stdout.contains("docs/memory"), "{begun:?}");
    assert!(!store.path("elsewhere/.dreaming").exists(), "{begun:?}");
}

#[test]
fn init_goes_on_with_the_store_below_and_makes_no_second_one() {
    let store = below();
    typed(&store, ".", "dreaming run").expect(0);
    let shown = typed(&store, ".", "dreaming init --json --sessions docs/logs").expect(0).json();
    let whole = store.path("docs/memory").canonicalize().unwrap();
    assert_eq!(shown["chosen"]["memory"], whole.to_str().unwrap(), "{shown}");
    typed(&store, ".", "dreaming init --yes --sessions docs/logs").expect(0);
    assert!(!store.path("memory").exists() && !store.path(".dreaming").exists());
    // `init` still chooses the existing store, even beside a folder of notes that no dream has
    // read.
    store.put("notes/a.md", TEAM);
    let shown = typed(&store, ".", "dreaming init --json --sessions docs/logs").expect(0).json();
    assert_eq!(shown["chosen"]["memory"], whole.to_str().unwrap(), "{shown}");
}

#[test]
fn of_two_stores_below_a_person_names_one_and_that_of_another_repository_is_none() {
    let store = below();
    store.put("vendor/lamp/.git/HEAD", "ref: refs/heads/main\n");
    store.put("vendor/lamp/memory/a.md", TEAM);
    let lamp = "dreaming run --memory vendor/lamp/memory --sessions docs/logs";
    typed(&store, ".", lamp).expect(0);
    let found = typed(&store, ".", "dreaming status").expect(0);
    assert!(found.stderr.contains("the memories in docs/memory"), "{found:?}");
    store.put("web/memory/a.md", TEAM);
    typed(&store, ".", "dreaming run --memory web/memory --sessions docs/logs").expect(0);
    let several = typed(&store, ".", "dreaming status").expect(2).stderr;
    assert!(several.contains("`dreaming status --memory docs/memory`"), "{several}");
    typed(&store, ".", &printed(&several, "status --memory web")).expect(0);
}

#[test]
fn what_take_over_prints_makes_the_plan_again() {
    let store = Store::new();
    store.run(&[]).expect(0);
    fs::rename(store.path("memory"), store.path("notes")).unwrap();
    let line = "dreaming take-over --from .dreaming/memory --memory notes";
    let taken = typed(&store, ".", line).expect(0).stdout;
    assert!(taken.contains("Where its sessions are did not come with it"), "{taken}");
    let run = printed(&taken, "run").replace("PATH…", "sessions");
    let run = typed(&store, ".", &format!("{run} --now {NOW}")).expect(0).stdout;
    assert!(run.starts_with("Read 2 sessions"), "{run}");
}

#[test]
fn a_folder_that_was_moved_to_another_parent_begins_no_new_history() {
    let store = Store::new();
    store.run(&[]).expect(0);
    fs::create_dir_all(store.path("new")).unwrap();
    fs::create_dir_all(store.path("old")).unwrap();
    fs::rename(store.path("memory"), store.path("old/memory")).unwrap();
    fs::rename(store.path(".dreaming"), store.path("old/.dreaming")).unwrap();
    typed(&store, ".", "dreaming status --memory old/memory").expect(0);
    fs::rename(store.path("old/memory"), store.path("new/memory")).unwrap();
    let line = format!("dreaming run --memory new/memory --sessions sessions --now {NOW}");
    let refused = typed(&store, ".", &line).expect(2).stderr;
    assert!(!store.path("new/.dreaming").exists());
    typed(&store, ".", &printed(&refused, "take-over")).expect(0);
    typed(&store, ".", &line).expect(0);
}

#[test]
fn an_entry_to_erase_is_named_by_its_id_which_explain_prints() {
    let store = dreamt();
    let line = "dreaming erase --yes --memory memory --entry 'port 4000'";
    let refused = typed(&store, ".", line).expect(1).stderr;
    let explained = typed(&store, ".", &printed(&refused, "explain")).expect(0).stdout;
    let id = explained.split_whitespace().next().unwrap();
    let line = format!("dreaming erase --yes --memory memory --entry {id}");
    typed(&store, ".", &line).expect(0);
    assert!(!store.read("memory/notes.md").contains("port 4000"));
}

#[test]
fn a_line_is_explained_by_the_path_that_a_person_sees() {
    let store = dreamt();
    let place = |at: &str| typed(&store, ".", &format!("dreaming explain {at} --memory memory"));
    let whole = store.path("memory/notes.md:4");
    assert_eq!(place("memory/notes.md:4").expect(0).stdout, place("notes.md:4").stdout);
    assert_eq!(place(whole.to_str().unwrap()).expect(0).stdout, place("notes.md:4").stdout);
    let nothing = place("memory/notes.md:1").expect(1).stderr;
    assert!(nothing.contains("the line is no statement"), "{nothing}");
}

#[test]
fn a_memory_folder_that_is_not_there_is_made_as_it_is_said() {
    let store = Store::new();
    store.put("home/.profile", "");
    let line = "dreaming run --memory 'no pe' --sessions sessions";
    let refused = typed(&store, ".", line).expect(1).stderr;
    let init = printed(&refused, "init");
    typed(&store, ".", &format!("{init} --yes --sessions sessions")).expect(0);
    assert!(store.path("no pe").is_dir());
    let mkdir = refused.split('`').find(|piece| piece.starts_with("mkdir")).expect(&refused);
    fs::remove_dir(store.path("no pe")).unwrap();
    typed(&store, ".", mkdir).expect(0);
    typed(&store, ".", line).expect(0);
}

#[test]
fn a_repository_without_a_commit_is_no_trouble() {
    let store = Store::new();
    typed(&store, ".", "git init --quiet .").expect(0);
    let run = store.run(&[]).expect(0);
    assert!(!run.stderr.contains("HEAD") && !run.stderr.contains("git"), "{run:?}");
}

#[test]
fn an_import_over_other_texts_says_what_helps() {
    let store = dreamt();
    store.dreaming(&["export", "out.jsonl"]).expect(0);
    store.put("other/team.md", "- Mine.\n");
    let refused = typed(&store, ".", "dreaming import out.jsonl --memory other").expect(4).stderr;
    assert!(refused.contains("team.md") && !refused.contains("try again"), "{refused}");
    assert!(refused.contains("import into another folder"), "{refused}");
    assert_eq!(store.read("other/team.md"), "- Mine.\n");
}

#[test]
fn of_a_folder_that_was_empty_it_is_said_that_no_agent_looks_there() {
    let store = Store::empty();
    fs::create_dir(store.path("memory")).unwrap();
    store.put("sessions/one.jsonl", session("one", 2));
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(run["unloaded"], serde_json::json!(["learned/preferences.md"]), "{run}");
    let run = store.run(&["--replace"]).expect(0).stdout;
    let said = run.lines().find(|line| line.starts_with("Look: ")).expect(&run);
    assert!(said.contains("`Read memory/learned/preferences.md before you start.`"), "{said}");
}

#[test]
fn a_diff_without_a_revision_is_what_changed_since_the_newest() {
    let store = dreamt();
    let nothing = store.dreaming(&["diff"]).expect(0).stdout;
    assert!(nothing.starts_with("No memory differs.\n"), "{nothing}");
    let dreamt = typed(&store, ".", &printed(&nothing, "diff")).expect(0).stdout;
    assert!(dreamt.contains("+++ learned/preferences.md"), "{dreamt}");
    store.put("memory/new.md", "- Lamps are blue.\n");
    let edited = store.dreaming(&["diff"]).expect(0).stdout;
    assert!(edited.contains("+- Lamps are blue.") && !edited.contains("learned"), "{edited}");
}
