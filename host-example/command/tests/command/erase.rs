//! Erased words are gone from the memories, the history, and the bytes of every file.

use std::fs;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use crate::support::typed::{printed, typed};
use crate::support::{self, Store, dreamt, state_files};

/// The files of the memory and state folders that hold `words` in any case, plain or escaped as in
/// JSON.
fn holding(store: &Store, words: &str) -> Vec<String> {
    let escaped = serde_json::to_string(words).unwrap();
    let needles = [words, escaped.trim_matches('"')].map(str::to_lowercase);
    let mut files = store.tree("memory");
    files.extend(store.tree(".dreaming"));
    let holds = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        needles.iter().any(|needle| text.contains(needle))
    };
    let found = files.into_iter().filter(|(_, bytes)| holds(bytes));
    found.map(|(path, _)| path.display().to_string()).collect()
}

fn entry(store: &Store, words: &str) -> String {
    let json = store.dreaming(&["explain", words, "--json"]).expect(0).json();
    json["entry"].as_str().unwrap().to_owned()
}

fn kind(done: support::Done) -> String {
    done.json()["error"]["kind"].as_str().unwrap().to_owned()
}

#[test]
fn an_erased_entry_is_in_no_file_and_the_chain_verifies() {
    let store = dreamt();
    // The words are in revisions, the ledger, an applied plan, a later edit and a waiting plan.
    let words = "The build runs on port 4000.";
    store.put("memory/later.md", "- Something else.\n");
    store.run(&["--json"]).expect(0);
    store.put("memory/notes.md", store.read("memory/notes.md").replace("4000.", "4000, always."));
    let more = store.read("memory/team.md");
    store.put(
        "memory/team.md",
        format!("{more}- Indents are made of tabs.\n- Indents are made of tabs.\n"),
    );
    store.run(&[]).expect(0);
    assert!(holding(&store, "port 4000").len() >= 2);
    let id = entry(&store, "port 4000, always");
    let others =
        store.read("memory/notes.md").replace("- The build runs on port 4000, always.\n", "");

    let before = (store.tree("memory"), state_files(&store));
    let dry = store.dreaming(&["erase", "--entry", &id, "--dry-run", "--json"]).expect(0).json();
    assert_eq!(dry["outcome"], "dry-run");
    assert!(dry["gone"]["texts"].as_u64().unwrap() >= 2, "{dry}");
    store.dreaming(&["erase", "--entry", &id]).expect(2);
    assert_eq!((store.tree("memory"), state_files(&store)), before, "nothing without --yes");

    let erased = store.dreaming(&["erase", "--entry", &id, "--yes", "--by", "bo", "--json"]);
    let erased = erased.expect(0).json();
    assert_eq!((&erased["outcome"], &erased["swept"]), (&"committed".into(), &true.into()));
    assert_eq!(erased["gone"], dry["gone"]);
    assert_eq!(erased["rest"], serde_json::json!([]));
    for words in [words, "port 4000"] {
        assert_eq!(holding(&store, words), Vec::<String>::new(), "{words}");
    }
    assert_eq!(store.read("memory/notes.md"), others, "the rest of the memory stays");

    let verified = store.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!(verified["erased"][0]["id"], id.as_str(), "{verified}");
    let said = store.dreaming(&["verify"]).expect(0).stdout;
    assert!(said.contains(&format!("entry {id}")), "{said}");
    assert_eq!(kind(store.dreaming(&["revert", "1", "--json"]).expect(1)), "erased");
    assert_eq!(kind(store.dreaming(&["explain", &id, "--json"]).expect(1)), "erased");
    let shown = store.dreaming(&["show", "1"]).expect(0).stdout;
    assert!(shown.contains("[erased]"), "{shown}");
    assert!(store.dreaming(&["diff", "2"]).expect(0).stdout.contains("\n-[erased]\n"));
    let log = store.dreaming(&["log"]).expect(0).stdout;
    assert!(log.contains("erase, by bo"), "{log}");
    // After the erasure, runs, decisions and reverts work as before.
    store.run(&["--replace", "--json"]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["verify"]).expect(0);
    store.dreaming(&["revert"]).expect(0);
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn a_plan_that_quotes_what_was_erased_is_neither_shown_nor_replayed() {
    let store = dreamt();
    let id = entry(&store, "run the formatter");
    store.dreaming(&["erase", "--entry", &id[..8], "--yes"]).expect(0);
    assert_eq!(kind(store.dreaming(&["replay", "2", "--json"]).expect(1)), "erased");
    assert_eq!(kind(store.dreaming(&["replay", "--json"]).expect(1)), "erased");
    let shown = store.dreaming(&["show", "2"]).expect(0).stdout;
    assert!(shown.contains("applied:") && !shown.contains("formatter"), "{shown}");
    // The sessions can be erased too, with everything that came from them.
    let json = store.dreaming(&["erase", "--session", "one", "--yes", "--json"]).expect(0).json();
    assert_eq!(json["kind"], "session");
    let rest = store.dreaming(&["erase", "--session", "two", "--yes", "--json"]).expect(0).json();
    assert!(rest["swept"].as_bool().unwrap());
    assert_eq!(holding(&store, "run the formatter"), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_still_says_the_same_is_named_with_the_command_that_erases_it() {
    let store = dreamt();
    let id = entry(&store, "run the formatter");
    store.put("memory/other.md", "- Always run the formatter before you commit.\n");
    store.run(&[]).expect(0);
    let json = store.dreaming(&["erase", "--entry", &id, "--yes", "--json"]).expect(0).json();
    let other = entry(&store, "run the formatter");
    let named =
        format!("entry {other} says so too: `dreaming erase --entry {other} --memory memory`");
    assert_eq!(json["rest"], serde_json::json!([named]));
    assert_eq!(json["still_in"], serde_json::json!([{"path": "other.md", "line": 1}]));
}

#[test]
fn sessions_that_show_an_erased_entry_are_named_and_once_they_are_erased_it_does_not_come_again() {
    let store = dreamt();
    let id = entry(&store, "no program `python`");
    let erased = store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0).stdout;
    assert!(erased.contains("session one showed it, and a dream may propose it again"), "{erased}");
    assert!(store.run(&["--dry-run"]).expect(0).stdout.contains("no program `python`"));
    for session in ["one", "two"] {
        typed(
            &store,
            ".",
            &format!("{} --yes", printed(&erased, &format!("erase --session {session}"))),
        )
        .expect(0);
    }
    let run = store.run(&["--dry-run"]).expect(0).stdout;
    assert!(!run.contains("no program `python`"), "{run}");
}

#[test]
fn what_is_printed_erases_a_session_whatever_its_name_holds() {
    let store = Store::new();
    fs::rename(store.path("sessions/one.jsonl"), store.path("sessions/it's one.jsonl")).unwrap();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let id = entry(&store, "no program `python`");
    let erased = store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0).stdout;
    let line = printed(&erased, "erase --session 'it");
    let gone = typed(&store, ".", &format!("{line} --yes")).expect(0).stdout;
    assert!(gone.contains("is without session it's one"), "{gone}");
}

#[test]
fn an_erased_session_leaves_no_quote_and_is_not_read_again() {
    let store = dreamt();
    let words = "python3";
    assert!(!holding(&store, words).is_empty());
    let before = store.tree("memory");
    for session in ["one", "two"] {
        let args = ["erase", "--session", session, "--yes", "--json"];
        let json = store.dreaming(&args).expect(0).json();
        assert!(json["rest"].to_string().contains("was learned from it and stays"), "{json}");
    }
    let shown = store.dreaming(&["explain", "no program `python`"]).expect(0).stdout;
    assert!(shown.contains("revision 2 (dream") && shown.contains("by ada): came in"), "{shown}");
    assert!(shown.contains("what was known of it until then was erased"), "{shown}");
    let learned = store.read("memory/learned/mistakes.md");
    let mut held = holding(&store, words);
    // The words are also in a learned entry. Erasing the session leaves that entry, and it can be
    // erased by its id.
    assert!(learned.contains(words) && !held.is_empty(), "{held:?}");
    assert_eq!(store.tree("memory"), before, "memories stay");
    let id = entry(&store, words);
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    held = holding(&store, words);
    assert_eq!(held, Vec::<String>::new());
    let verified = store.dreaming(&["verify", "--json"]).expect(0).json();
    assert_eq!(verified["erased"].as_array().unwrap().len(), 3);
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!((&run["sessions"]["read"], &run["sessions"]["pending"]), (&0.into(), &0.into()));
}

#[test]
fn answers_of_a_model_are_erased_too() {
    let store = Store::new();
    store.put("memory/vault.md", "- The vault code is 8812.\n");
    // The model's answer proposes nothing, but the state keeps it word for word for the replay.
    let model =
        r#"exec:echo '{"proposals": []} I saw: The "vault" ... The vault code is 8812. ok'"#;
    store.put("policy.json", "{\"propose.max-calls\": 2}");
    let arguments = ["--policy", "policy.json", "--model", model];
    store.run(&arguments).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(!holding(&store, "8812. ok").is_empty());
    let id = entry(&store, "vault code");
    let done = store.dreaming(&["erase", "--entry", &id, "--yes", "--json"]).expect(0).json();
    assert_eq!(done["gone"]["plans"], 1, "{done}");
    assert_eq!(holding(&store, "vault code is 8812"), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn an_erased_session_stays_away_when_it_grows_and_when_an_earlier_revision_comes_back() {
    let store = dreamt();
    for session in ["one", "two"] {
        store.dreaming(&["erase", "--session", session, "--yes"]).expect(0);
    }
    let original = store.read("sessions/one.jsonl");
    store.put("sessions/one.jsonl", original.clone() + &original.replace("one-", "again-"));
    let read = |run: Value| run["sessions"]["read"].as_u64().unwrap();
    assert_eq!(read(store.run(&["--json"]).expect(0).json()), 0);
    store.dreaming(&["revert", "1"]).expect(0);
    assert_eq!(store.status()["sessions"]["pending"], 0);
    assert_eq!(read(store.run(&["--replace", "--json"]).expect(0).json()), 0);
    assert_eq!(holding(&store, "> python3 tools/fixtures.py"), Vec::<String>::new());
}

#[test]
fn a_refused_revert_stores_no_edit_either() {
    let store = dreamt();
    let id = entry(&store, "port 4000");
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    store.put("memory/new.md", "- Mine.\n");
    assert_eq!(kind(store.dreaming(&["revert", "1", "--json"]).expect(1)), "erased");
    assert_eq!(store.status()["revision"], 3);
    assert_eq!(store.status()["edited"], serde_json::json!(["new.md"]));
}

#[test]
fn what_only_earlier_revisions_and_plans_hold_is_erased_without_a_revision() {
    let store = dreamt();
    store.dreaming(&["revert"]).expect(0);
    store.dreaming(&["erase", "--session", "one", "--yes"]).expect(0);
    // All that was known of the other session said the same words.
    let error = store.dreaming(&["erase", "--session", "two", "--yes", "--json"]).expect(1);
    assert_eq!(kind(error), "unknown-session");
    assert_eq!(store.status()["revision"], 3);
    let words = "Always run the formatter before you commit.";
    assert_eq!(holding(&store, words), Vec::<String>::new());
    let list = store.dreaming(&["erase", "--entry", "e", "--dry-run", "--json"]).expect(1);
    assert_eq!(kind(list), "ambiguous");
    // Only revision 2 held the learned entries: they went with the sessions.
    let shown = store.dreaming(&["diff", "1", "2"]);
    assert!(!shown.stdout.contains(words), "{shown:?}");
    let export = store.path("out.jsonl");
    store.dreaming(&["export", export.to_str().unwrap()]).expect(0);
    let rows = fs::read_to_string(&export).unwrap();
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let row = rows.into_iter().find(|row| {
        let value = row["value"].as_str().unwrap_or_default();
        row["key"].as_str().is_some_and(|key| key.starts_with("entry/")) && value.contains(words)
    });
    // Erasing the sessions also erased the ledger rows that quoted them, such as that of the
    // learned entry.
    assert!(row.is_none(), "{row:?}");
    store.dreaming(&["verify"]).expect(0);
    assert_eq!(kind(store.dreaming(&["revert", "2", "--json"]).expect(1)), "erased");

    // Now a session is erased while its plan waits.
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["erase", "--session", "one", "--yes"]).expect(0);
    // That plan quoted both sessions and was erased, so the state knows nothing of the other
    // session any more.
    let error = store.dreaming(&["erase", "--session", "two", "--yes", "--json"]).expect(1);
    assert_eq!(kind(error), "unknown-session");
    assert_eq!(holding(&store, words), Vec::<String>::new());
    assert_eq!(store.status()["plan"], Value::Null, "the plan is gone with its quotes");
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn unknown_names_and_half_command_lines_are_errors_and_change_nothing() {
    let store = dreamt();
    let before = (store.tree("memory"), state_files(&store));
    let kinds = [
        (&["--session", "three", "--yes"][..], 1, "unknown-session"),
        (&["--session", "", "--yes"], 1, "unknown-session"),
        (&["--entry", "e0000000", "--yes"], 1, "unknown-entry"),
        (&["--entry", "e", "--yes"], 1, "ambiguous"),
        (&["--yes"], 2, "usage"),
        (&["--entry", "e", "--session", "one", "--yes"], 2, "usage"),
        (&["--session", "one"], 2, "usage"),
    ];
    for (arguments, code, expected) in kinds {
        let done = store.dreaming(&[&["erase", "--json"], arguments].concat()).expect(code);
        assert_eq!(kind(done), expected, "{arguments:?}");
    }
    assert_eq!((store.tree("memory"), state_files(&store)), before);
}

#[test]
fn an_edit_that_no_revision_has_seen_is_kept_in_the_history_first() {
    let store = dreamt();
    store.put("memory/new.md", "- Mine.\n- The vault code is 8812.\n");
    let id = entry(&store, "vault code");
    // No dream has seen this entry: only its line in the file is to be erased. The line becomes
    // part of a revision of kind `edit`, and the revision after it erases the line.
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    assert_eq!(store.read("memory/new.md"), "- Mine.\n");
    assert_eq!(holding(&store, "vault code is 8812"), Vec::<String>::new());
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let kinds: Vec<_> =
        log["revisions"].as_array().unwrap().iter().map(|r| &r["record"]["kind"]).collect();
    assert_eq!(kinds, ["erase", "edit", "dream", "import"]);
    store.dreaming(&["verify"]).expect(0);
}

#[cfg(unix)]
#[test]
fn an_erasure_that_was_killed_is_finished_or_has_not_begun() {
    let original = dreamt();
    let id = entry(&original, "port 4000");
    let erase = ["erase", "--entry", &id, "--yes"];
    let fresh = || {
        let store = Store::empty();
        for (from, to) in [("memory", "memory"), (".dreaming", ".dreaming")] {
            for (path, bytes) in original.tree(from) {
                let path = path.strip_prefix(original.path(from)).unwrap().to_path_buf();
                store.put(&format!("{to}/{}", path.display()), bytes);
            }
        }
        store.dreaming(&["take-over"]).expect(0);
        store
    };
    let store = fresh();
    let begin = Instant::now();
    store.dreaming(&erase).expect(0);
    let whole = begin.elapsed();
    let (mut done, mut not) = (0, 0);
    for share in [20, 50, 70, 80, 85, 88, 90, 92, 94, 96, 98, 99] {
        let store = fresh();
        let mut child = store.command(&erase).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole * share / 100);
        let _ = child.kill();
        child.wait().unwrap();
        store.dreaming(&["recover"]).expect(0);
        let log = store.dreaming(&["log"]).expect(0).stdout;
        if log.contains("erase") {
            assert_eq!(holding(&store, "port 4000"), Vec::<String>::new(), "{share} %");
            done += 1;
        } else {
            assert!(store.read("memory/notes.md").contains("port 4000"), "{share} %");
            not += 1;
        }
        store.dreaming(&["verify"]).expect(0);
    }
    assert!(not > 0, "{done} finished, {not} not begun");
}

#[test]
fn a_revert_without_a_name_works_after_an_erasure() {
    let store = dreamt();
    let id = entry(&store, "run the formatter");
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    let reverted = store.dreaming(&["revert", "--json"]).expect(0).json();
    assert_eq!(reverted["restores"], 1, "{reverted}");
    assert_eq!(store.read("memory/notes.md"), support::NOTES);
    store.dreaming(&["verify"]).expect(0);
}
#[test]
fn words_that_never_were_an_entry_are_erased_from_the_history_and_named_where_they_still_are() {
    let store = dreamt();
    let words = "The build runs on port 4000.";
    // An older revision has the words in a heading, so they were never an entry there.
    store.put("memory/old.md", format!("# {words}\n\n- Another thing.\n"));
    store.run(&["--json"]).expect(0);
    store.dreaming(&["apply", "--all"]);
    store.put("memory/old.md", "# Old\n\n- Another thing.\n");
    store.put(
        "memory/here.md",
        "---\ntitle: x\n---\n# Ports\n\n    The build  runs\n    on port 4000.\n",
    );
    store.put("memory/latin.md", b"- caf\xe9\n");
    store.run(&["--replace"]).expect(0);
    let id = entry(&store, "port 4000");
    let dry = store.dreaming(&["erase", "--entry", &id, "--dry-run", "--json"]).expect(0).json();
    let said = store.dreaming(&["erase", "--entry", &id, "--dry-run"]).expect(0).stdout;
    assert!(said.contains("still in here.md:6: edit it first"), "{said}");
    let done = store.dreaming(&["erase", "--entry", &id, "--yes", "--json"]).expect(0).json();
    for reply in [&dry, &done] {
        assert_eq!(reply["still_in"], serde_json::json!([{"path": "here.md", "line": 6}]));
        assert_eq!(reply["not_looked_at"][0]["path"], "latin.md", "{reply}");
    }
    assert_eq!(dry["gone"], done["gone"]);
    // The code block breaks the line between the words, so the database holds them nowhere in one
    // piece.
    assert_eq!(holding(&store, words), Vec::<String>::new());
    assert!(store.dreaming(&["diff", "2"]).expect(0).stdout.contains("\n-[erased]\n"));
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn what_was_edited_first_is_gone_everywhere_and_the_reply_says_when_it_is_not() {
    let store = dreamt();
    let words = "The build runs on port 4000.";
    store.put("memory/here.md", format!("# {words}\n\n- Another thing.\n"));
    store.run(&[]).expect(0);
    let other = dreamt();
    other.put("memory/here.md", store.read("memory/here.md"));
    let id = entry(&other, "port 4000");
    let said = other.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0).stdout;
    assert!(said.contains("its words are still there") && said.contains("here.md:1"), "{said}");

    store.put("memory/here.md", "# Here\n\n- Another thing.\n");
    let id = entry(&store, "port 4000");
    let said = store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0).stdout;
    assert!(said.contains(" is without entry") && !said.contains("still"), "{said}");
    assert_eq!(holding(&store, words), Vec::<String>::new());
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn a_memory_that_became_unreadable_is_named_and_its_entry_is_not_said_to_be_gone() {
    let store = dreamt();
    let whole = store.read("memory/notes.md");
    store.put("memory/notes.md", [whole.as_bytes(), b"\xff"].concat());
    let id = entry(&store, "port 4000");
    let refused = store.dreaming(&["erase", "--entry", &id, "--yes", "--json"]).expect(4);
    assert!(refused.stderr.contains("`notes.md`: not UTF-8: mend it"), "{refused:?}");
    assert!(holding(&store, "port 4000").len() >= 2);
    store.put("memory/notes.md", whole);
    store.dreaming(&["erase", "--entry", &id, "--yes"]).expect(0);
    assert_eq!(holding(&store, "port 4000"), Vec::<String>::new());
}

#[test]
fn who_cuts_a_secret_out_is_told_what_takes_it_out_of_the_history() {
    let store = Store::new();
    let key = ["AKIA", "IOSFODNN7EXAMPLQ"].concat();
    store.put("memory/keys.md", format!("# Keys\n\n- The staging key is {key}, keep it.\n"));
    store.run(&[]).expect(0);
    let said = store.dreaming(&["review", "--accept-all", "--now", support::NOW]).expect(0).stdout;
    let line = said.lines().find(|line| line.starts_with("The secret that was cut out of keys.md"));
    let erase = line.and_then(|line| line.split('`').nth(1)).unwrap_or_else(|| panic!("{said}"));
    let words: Vec<&str> = erase.split(' ').skip(1).take(3).collect();
    store.dreaming(&[&words[..], &["--yes"]].concat()).expect(0);
    let database = std::fs::read(store.path(".dreaming/memory/state.db")).unwrap();
    assert!(!database.windows(key.len()).any(|bytes| bytes == key.as_bytes()));
}
