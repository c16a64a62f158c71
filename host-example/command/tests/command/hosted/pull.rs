//! What changed there comes here, and nothing that changed here is lost.

use std::fs;

use super::service::{KEY, STORE, Service, sha256};
use super::{mirror, paths, place, pulled, typed};
use crate::support::{self, Store};

#[test]
fn a_store_becomes_a_folder_and_its_history() {
    let text = "# Grüße, 東京\r\n\n- No end of line";
    let (store, service) = place(&[("/notes/a.md", text), ("/empty.md", ""), ("/b.md", "- B.\n")]);
    let done = pulled(&store, &service).expect(0);
    assert!(
        done.stdout.starts_with("Revision 1: 3 files written as they are there.\n"),
        "{done:?}"
    );
    assert_eq!(store.read("memory/notes/a.md"), text);
    assert_eq!(store.read("memory/empty.md"), "");
    // As the newest SDK asks.
    let asked = service.asked();
    assert_eq!(asked.len(), 2, "the store and one page");
    for asked in asked {
        assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
        assert_eq!(asked.headers["anthropic-beta"], "agent-memory-2026-07-22");
        assert_eq!(asked.headers["anthropic-version"], "2026-10-21");
    }
    // The key is in no file.
    for (path, bytes) in store.tree(".") {
        let holds = bytes.windows(KEY.len()).any(|some| some == KEY.as_bytes());
        assert!(!holds, "{}", path.display());
    }
    // A dream, a review and a revert go as with any folder.
    store.dreaming(&["verify"]).expect(0);
    // Nothing new: no revision, and the address is remembered.
    let again = typed(&store, &["pull", "memory", "--json"]).expect(0);
    assert_eq!(
        (&again.json()["outcome"], &again.json()["url"]),
        (&"nothing".into(), &service.url.clone().into())
    );
    assert_eq!(store.status()["revision"], 1);
}

#[test]
fn each_side_keeps_what_only_it_changed() {
    let (store, service) = mirror(&[
        ("/there.md", "- Old.\n"),
        ("/here.md", "- Old.\n"),
        ("/both.md", "- Old.\n"),
        ("/gone-there.md", "- Old.\n"),
        ("/gone-here.md", "- Old.\n"),
        ("/gone-and-changed.md", "- Old.\n"),
        ("/same.md", "- Old.\n"),
    ]);
    service.put("/there.md", "- There.\n");
    service.put("/new-there.md", "- There.\n");
    service.remove("/gone-there.md");
    service.put("/gone-and-changed.md", "- There.\n");
    service.put("/both.md", "- There it is longer.\n");
    service.put("/same.md", "- Alike.\n");
    store.put("memory/here.md", "- Here.\n");
    store.put("memory/new-here.md", "- Here.\n");
    store.put("memory/both.md", "- Here.\n");
    store.put("memory/same.md", "- Alike.\n");
    fs::remove_file(store.path("memory/gone-here.md")).unwrap();
    fs::remove_file(store.path("memory/gone-and-changed.md")).unwrap();

    let dry = typed(&store, &["pull", "memory", "--dry-run", "--json"]).expect(4);
    assert_eq!(store.read("memory/there.md"), "- Old.\n");
    let done = typed(&store, &["pull", "memory", "--json"]).expect(4);
    let written = ["gone-there.md", "new-there.md", "there.md"];
    assert_eq!(
        (paths(&dry, "written"), paths(&done, "written")),
        (written.map(str::to_owned).to_vec(), written.map(str::to_owned).to_vec())
    );
    assert_eq!(paths(&done, "conflicts"), ["both.md", "gone-and-changed.md"]);
    let json = done.json();
    assert_eq!(json["to_push"], serde_json::json!(["gone-here.md", "here.md", "new-here.md"]));
    let both = &json["conflicts"][0];
    assert_eq!(both["here"]["sha256"], sha256("- Here.\n"));
    assert_eq!((&both["here"]["bytes"], &both["there"]["bytes"]), (&8.into(), &22.into()));
    assert_eq!(json["conflicts"][1]["here"], serde_json::Value::Null);
    assert_eq!(store.read("memory/there.md"), "- There.\n");
    assert_eq!(store.read("memory/both.md"), "- Here.\n");
    assert!(!store.path("memory/gone-there.md").exists());
    assert!(!store.path("memory/gone-and-changed.md").exists());
    // What people wrote here is a revision of its own, so that the pull alone can be taken back.
    assert_eq!((&json["edits_kept"], &json["revision"]), (&2.into(), &3.into()));
    store.dreaming(&["revert", "2"]).expect(0);
    assert_eq!(store.read("memory/there.md"), "- Old.\n");
    assert_eq!(store.read("memory/here.md"), "- Here.\n");
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_no_file_can_be_is_named_and_stays_there() {
    let (store, service) = place(&[
        ("/a.md", "- A.\n"),
        ("/data.json", "{}"),
        ("/.hidden.md", "x"),
        ("/notes/.git/x.md", "x"),
        ("/e\u{301}.md", "x"),
        ("/a.md/b.md", "x"),
        ("/big.md", &"x".repeat(102_401)),
        ("/x\u{1b}[2J.md", "x"),
    ]);
    let done = pulled(&store, &service).expect(0);
    assert!(done.stdout.contains("Left alone: 7 memories."), "{done:?}");
    assert!(!done.stdout.contains('\u{1b}'), "{done:?}");
    let done = typed(&store, &["pull", "memory", "--json"]).expect(0);
    assert_eq!(
        paths(&done, "left_alone"),
        [
            "/.hidden.md",
            "/data.json",
            "/e\u{301}.md",
            "/notes/.git/x.md",
            "/x\u{1b}[2J.md",
            "a.md/b.md",
            "big.md"
        ]
    );
    assert!(
        done.json()["left_alone"]
            .as_array()
            .unwrap()
            .iter()
            .all(|left| left["reason"].as_str().is_some_and(|why| why.len() > 5))
    );
    // They are not taken for removed here.
    let push = typed(&store, &["push", "memory"]).expect(0);
    assert!(push.stdout.starts_with("Nothing to send.\n"), "{push:?}");
    assert_eq!(service.contents().len(), 8);
    assert_eq!(store.tree("memory").len(), 1);
}

#[test]
fn many_memories_come_in_pages() {
    let paths: Vec<String> = (0..45).map(|n| format!("/n/{n:02}.md")).collect();
    let memories: Vec<(&str, &str)> = paths.iter().map(|path| (&**path, "- X.\n")).collect();
    let (store, service) = mirror(&memories);
    assert_eq!(store.tree("memory").len(), 45);
    typed(&store, &["pull", "memory"]).expect(0);
    assert_eq!(service.asked().len(), 1 + 3);
}

#[test]
fn a_folder_mirrors_one_store_and_the_line_has_to_make_sense() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    for words in [
        &["pull"][..],
        &["pull", "memory"],
        &["push", "memory"],
        &["pull", STORE],
        &["pull", "memstore_../x", "memory"],
        &["pull", "memory", "other"],
        &["pull", STORE, "memory", "--url", "ftp://x"],
        &["pull", STORE, "memory", "--url", "http://example.com"],
        &["pull", STORE, "memory", "--url", "https://me:secret@example.com"],
        &["pull", STORE, "memory", "--url", "https://me:secret@example.com/v1"],
    ] {
        store.put("other/x.md", "");
        let done = typed(&store, words);
        assert!(matches!(done.code, 1 | 2), "{words:?}: {done:?}");
        assert!(!done.stderr.contains("secret"), "{done:?}");
        assert!(!store.path("memory").exists(), "{words:?} made the folder");
    }
    let with_v1 = format!("{}/v1/", service.url);
    let done = typed(&store, &["pull", STORE, "memory", "--url", &with_v1]).expect(2);
    let said = format!("leave that out, --url {}\n", service.url);
    assert!(done.stderr.ends_with(&said), "{done:?}");
    pulled(&store, &service).expect(0);
    let other = typed(&store, &["pull", "memstore_2", "memory"]).expect(2);
    assert!(other.stderr.contains("mirror the store `memstore_1`"), "{other:?}");
}

#[test]
fn an_existing_folder_is_compared_and_nothing_of_it_is_overwritten() {
    let store = Store::new();
    let service = Service::new(&[
        ("/notes.md", "- Other.\n"),
        ("/team.md", support::TEAM),
        ("/new.md", "- N.\n"),
    ]);
    store.put("memory/mine.md", "- Mine.\n");
    let done = typed(&store, &["pull", STORE, "memory", "--url", &service.url, "--json"]).expect(4);
    assert_eq!(paths(&done, "written"), ["new.md"]);
    assert_eq!(paths(&done, "conflicts"), ["notes.md"]);
    assert_eq!(done.json()["to_push"], serde_json::json!(["mine.md"]));
    assert_eq!(store.read("memory/notes.md"), support::NOTES);
}

#[test]
fn a_dry_run_makes_no_folder_and_shows_what_it_would_hold() {
    let (store, service) = place(&[("/a.md", "- A.\n")]);
    let words = ["pull", STORE, "memory", "--url", &service.url, "--dry-run", "--sessions"];
    let done = typed(&store, &words).expect(0);
    assert!(done.stdout.contains("a.md (new)\n+   1 - A.\n"), "{done:?}");
    assert!(!store.path("memory").exists() && !store.path(".dreaming").exists());
    assert!(!store.path("memory-sessions").exists());
}

#[test]
fn a_plan_that_waits_is_kept_over_a_pull() {
    let (store, service) = mirror(&[("/notes.md", support::NOTES), ("/team.md", support::TEAM)]);
    store.put("sessions/one.jsonl", support::session("one", 2));
    store.put("sessions/two.jsonl", support::session("two", 9));
    store.run(&[]).expect(0);
    service.put("/more.md", "- The host is blue.\n");
    typed(&store, &["pull", "memory"]).expect(0);
    store.dreaming(&["apply", "--all", "--by", "ada"]).expect(0);
    assert_eq!(store.read("memory/more.md"), "- The host is blue.\n");
    // The dream goes there as a whole.
    typed(&store, &["push", "memory"]).expect(0);
    let texts = store.tree("memory").into_values();
    let mut here: Vec<String> = texts.map(|bytes| String::from_utf8(bytes).unwrap()).collect();
    let mut there: Vec<String> = service.contents().into_values().collect();
    here.sort();
    there.sort();
    assert_eq!(here, there);
    assert!(there.len() > 3, "{there:?}");
}

#[test]
fn a_state_from_elsewhere_does_not_say_where_the_key_is_sent() {
    let (store, service) = mirror(&[("/a.md", "- A.\n")]);
    store.put("there/memory/a.md", "- A.\n");
    store.put("there/.dreaming/memory/state.db", "");
    fs::copy(
        store.path(".dreaming/memory/state.db"),
        store.path("there/.dreaming/memory/state.db"),
    )
    .unwrap();
    typed(&store, &["pull", "there/memory"]).expect(1);
    let took = support::done(&mut store.command_on("there/memory", &["take-over"])).expect(0);
    assert!(took.stdout.contains(STORE) && !took.stdout.contains(&service.url), "{took:?}");
    service.asked();
    typed(&store, &["pull", "there/memory"]).expect(2);
    typed(&store, &["push", "there/memory"]).expect(2);
    assert!(service.asked().is_empty());
}

#[test]
fn an_erasure_says_that_the_words_are_still_there() {
    let (store, service) =
        mirror(&[("/a.md", "- The staging host is blue.\n- Dates are kept in UTC.\n")]);
    let explained = store.dreaming(&["explain", "staging host is blue", "--json"]).expect(0).json();
    let id = explained["entry"].as_str().unwrap_or_else(|| panic!("{explained}"));
    let done = store.dreaming(&["erase", "--entry", id, "--yes"]).expect(0);
    assert!(done.stdout.contains(STORE) && done.stdout.contains("`dreaming push"), "{done:?}");
    typed(&store, &["push", "memory"]).expect(0);
    assert!(!service.contents()["/a.md"].contains("blue"));
}

#[test]
fn what_was_taken_out_here_does_not_come_back_where_a_mirror_begins_anew() {
    let (store, service) =
        mirror(&[("/a.md", "- A.\n"), ("/gone.md", "- Gone.\n"), ("/b.md", "- B.\n")]);
    fs::remove_file(store.path("memory/gone.md")).unwrap();
    service.put("/new.md", "- New.\n");
    // As after a checkout that made the folder anew: the history is taken over, without the record of the mirror.
    fs::rename(store.path("memory"), store.path("before")).unwrap();
    for name in ["a.md", "b.md"] {
        store.put(&format!("memory/{name}"), store.read(&format!("before/{name}")));
    }
    fs::remove_dir_all(store.path("before")).unwrap();
    let took = store.dreaming(&["take-over"]).expect(0).stdout;
    for _ in 0..2 {
        let done = pulled(&store, &service).expect(4);
        assert!(done.stdout.contains("gone.md: here removed, there "), "{done:?}");
        assert!(!store.path("memory/gone.md").exists());
        assert_eq!(store.read("memory/new.md"), "- New.\n");
    }
    assert!(took.contains("compares the two anew"), "{took}");
    // A person decides, one way or the other.
    typed(&store, &["pull", "memory", "--theirs", "gone.md", "--dry-run"]).expect(0);
    typed(&store, &["push", "memory", "--ours", "gone.md"]).expect(0);
    assert!(!service.contents().contains_key("/gone.md"));
    assert_eq!(typed(&store, &["pull", "memory"]).expect(0).stdout, "Both sides are equal.\n");
}
