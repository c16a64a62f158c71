//! What a fifth newcomer stumbled over.

use std::fs;
use std::process::Command;

use crate::dates::{DAY_AFTER, SAMPLE, sample};
use crate::support::typed::{printed, typed};
use crate::support::{NOW, Store, dreamt, gzip, session};

/// A session whose correction is in the sample, and the id of the change that it supports.
const STAGING: &str = "094699a6-f7b7-4745-87ae-de206080d3e3";

/// The sample with its sessions beside it, after a dream.
fn proposed() -> Store {
    let store = sample();
    let mut copy = Command::new("cp");
    copy.args(["-r", &format!("{SAMPLE}/sessions"), "."]).current_dir(store.path("."));
    assert!(copy.status().unwrap().success());
    store.dreaming(&["run", "--sessions", "sessions", "--now", DAY_AFTER]).expect(0);
    store
}

/// The id of the open change whose text has `words`.
fn change(store: &Store, words: &str) -> String {
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let change = changes.iter().find(|change| change["text"].to_string().contains(words));
    change.unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_a_person_wrote_since_is_not_taken_out_by_an_id_that_meant_other_words() {
    let store = proposed();
    let id = change(&store, "staging.teashop");
    let path = "memory/environments.md";
    store.put(path, store.read(path).replace("stage-1", "stage-2"));
    let before = store.tree("memory");
    for line in [
        vec!["apply", &id],
        vec!["apply", &id, "--dry-run"],
        vec!["review", "--accept", &id],
        vec!["review", "--edit", &format!("{id}=The staging URL is https://stage-3.example.")],
    ] {
        let refused = store.dreaming(&line).expect(4);
        assert!(refused.stderr.contains("it would take out the new ones"), "{line:?} {refused:?}");
        assert_eq!(store.tree("memory"), before, "{line:?}");
    }
    // Rejecting takes nothing out, and what is applied together leaves it open.
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(store.read(path).contains("stage-2"));
    store.dreaming(&["run", "--sessions", "sessions", "--now", DAY_AFTER]);
    assert!(store.read(path).contains("stage-2"));
}

#[test]
fn a_folder_with_memories_below_it_is_not_taken_for_the_one_beside_it() {
    let store = Store::empty();
    fs::create_dir_all(store.path(".git")).unwrap();
    for folder in ["b/docs/memory", "c"] {
        store.put(
            &format!("{folder}/notes.md"),
            "- Dates are kept in UTC.\n- Dates are kept in UTC.\n",
        );
    }
    store.put("b/src/main.py", "");
    for day in [2, 9] {
        let id = format!("s{day}");
        store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
    }
    let dream = |from: &str, memory: &str| {
        let line = format!("dreaming run --memory {memory} --sessions ../sessions --now {NOW}");
        typed(&store, from, &line).expect(0);
    };
    dream("c", ".");
    let before = store.tree("c");
    let changes = ["apply --all", "revert", "discard"];
    // Before it has a history of its own, and after that.
    for from in ["b", "b/src"] {
        for line in changes {
            let done = typed(&store, from, &format!("dreaming {line}"));
            assert!(
                done.code != 0 && done.stderr.contains("if you mean one: `--memory ../"),
                "{done:?}"
            );
            assert_eq!(store.tree("c"), before, "{from}: {line}");
        }
    }
    dream("b", "docs/memory");
    for from in ["b", "b/src"] {
        let status = typed(&store, from, "dreaming status").expect(0);
        assert!(status.stderr.contains("docs/memory, which has its history"), "{status:?}");
    }
    typed(&store, "b/src", "dreaming apply --all").expect(0);
    assert_eq!(store.tree("c"), before);
    assert_eq!(store.read("b/docs/memory/notes.md").matches("Dates are kept").count(), 1);
}

#[test]
fn a_folder_in_a_memory_begins_no_second_history() {
    for is_repository in [true, false] {
        let store = Store::empty();
        store.put("notes/team.md", "- Dates are kept in UTC.\n- Dates are kept in UTC.\n");
        store.put("notes/deep/more.md", "- Use spaces in Makefiles, never.\n");
        if is_repository {
            fs::create_dir_all(store.path("notes/.git")).unwrap();
        }
        for day in [2, 9] {
            let id = format!("s{day}");
            store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
        }
        let line = format!("dreaming run --memory notes --sessions sessions --now {NOW}");
        typed(&store, ".", &line).expect(0);
        let line = format!("dreaming run --sessions ../../sessions --now {NOW}");
        let refused = typed(&store, "notes/deep", &line).expect(2);
        assert!(refused.stderr.contains("which memories?"), "{refused:?}");
        assert!(!store.path("notes/.dreaming").exists());
        let status = typed(&store, "notes/deep", "dreaming status").expect(0);
        assert!(status.stdout.contains(" is waiting: "), "{status:?}");
        typed(&store, "notes/deep", "dreaming apply --all").expect(0);
        assert_eq!(store.read("notes/team.md").matches("Dates are kept").count(), 1);
    }
}

#[test]
fn of_several_histories_each_is_named_with_the_whole_command_line() {
    let store = Store::empty();
    for folder in ["a", "b"] {
        store.put(
            &format!("{folder}/notes.md"),
            "- Dates are kept in UTC.\n- Dates are kept in UTC.\n",
        );
        store.put("sessions/one.jsonl", session("one", 2));
        let line = format!("dreaming run --memory {folder} --sessions sessions --now {NOW}");
        typed(&store, ".", &line).expect(0);
    }
    let told = typed(&store, ".", "dreaming apply --all --note 'looked at'").expect(2).stderr;
    let line = printed(&told, "apply");
    assert_eq!(line, "dreaming apply --memory a --all --note 'looked at'");
    typed(&store, ".", &line).expect(0);
    assert_eq!(store.read("a/notes.md").matches("Dates are kept").count(), 1);
    assert_eq!(store.read("b/notes.md").matches("Dates are kept").count(), 2);
}

#[test]
fn a_copy_of_an_erased_session_is_not_read() {
    let store = proposed();
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["erase", "--session", STAGING, "--yes"]).expect(0);
    let from = store.path(&format!("sessions/{STAGING}.jsonl"));
    fs::copy(&from, store.path("sessions/copy.jsonl")).unwrap();
    store.put("sessions/packed.jsonl.gz", gzip(&fs::read(&from).unwrap()));
    fs::rename(&from, store.path("sessions/other.jsonl")).unwrap();
    let run = store.dreaming(&["run", "--sessions", "sessions", "--now", DAY_AFTER]).expect(0);
    for name in ["copy.jsonl", "other.jsonl", "packed.jsonl.gz"] {
        let named = run.stderr.lines().any(|line| line.contains(name) && line.contains(STAGING));
        assert!(named, "{run:?}");
    }
    assert!(run.stdout.starts_with("Read 0 sessions, 0 pending"), "{run:?}");
}

#[test]
fn a_withdrawn_session_is_known_by_the_beginning_of_its_id() {
    let store = proposed();
    store.dreaming(&["apply", "--all"]).expect(0);
    let run = |id: &str| store.dreaming(&["run", "--withdraw", id, "--replace"]);
    let short = run(&STAGING[..8]).expect(0);
    assert!(!short.stderr.contains("no dream has read it"), "{short:?}");
    let first = |said: &str| said.lines().next().map(str::to_owned);
    assert_eq!(first(&short.stdout), first(&run(STAGING).expect(0).stdout));
    let put_away = store.dreaming(&["discard"]).expect(0).stdout;
    assert!(put_away.contains("`--withdraw` named counts again"), "{put_away}");
    let error = run("").expect(0);
    assert!(error.stdout.contains("Read 0 sessions"), "{error:?}");
}

#[test]
fn a_run_that_applies_by_itself_says_what_it_left() {
    let store = sample();
    let sessions = format!("{SAMPLE}/sessions");
    let run = ["run", "--sessions", &sessions, "--now", DAY_AFTER, "--mode", "auto"];
    let said = store.dreaming(&run).expect(0).stdout;
    assert!(said.contains("Still to decide: 9 changes."), "{said}");
    typed(&store, ".", &printed(&said, "run")).expect(0);
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains(" is waiting: "), "{status}");
    store.dreaming(&["apply", "--all"]).expect(0);
    let said = store.dreaming(&run).expect(0).stdout;
    assert!(!said.contains("Still to decide"), "{said}");
}

#[test]
fn a_folder_without_sessions_is_named() {
    let store = Store::new();
    fs::create_dir(store.path("empty")).unwrap();
    let run = store.dreaming(&["run", "--sessions", "empty"]).expect(0);
    let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("no session was found in empty: `--sessions PATH`"), "{run:?}");
    store.dreaming(&["discard"]).expect(0);
    // One that has been read is there.
    store.run(&[]).expect(0);
    store.dreaming(&["discard"]).expect(0);
    let again = store.run(&[]).expect(0);
    assert!(!again.stderr.contains("no session was found"), "{again:?}");
}

#[test]
fn the_command_that_makes_a_folder_of_memories_keeps_the_sessions() {
    let store = Store::empty();
    store.put("s/one.jsonl", session("one", 2));
    let told = typed(&store, ".", "dreaming run --memory notes --sessions s").expect(1).stderr;
    let line = printed(&told, "init");
    assert_eq!(line, "dreaming init --memory notes --sessions s");
    typed(&store, ".", &format!("{line} --yes")).expect(0);
    assert!(store.path("notes").is_dir());
}

#[test]
fn a_number_that_no_revision_has_is_not_the_beginning_of_an_id() {
    let store = dreamt();
    for number in ["0", "9", "1234567"] {
        let error = store.dreaming(&["revert", number, "--json"]).expect(1).json();
        assert_eq!(error["error"]["kind"], "unknown-revision", "{number}");
    }
}

#[test]
fn an_erasure_says_that_a_plan_goes_and_keeps_the_answers_without_words() {
    let store = proposed();
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let ids: Vec<&str> = changes.iter().map(|change| change["id"].as_str().unwrap()).collect();
    // Answers as a review that was left keeps them.
    let answers = serde_json::json!({ ids[0]: "reject", ids[1]: { "reword": "Other words." } });
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let put = "INSERT OR REPLACE INTO meta VALUES ('review', ?1)";
    db.execute(put, [answers.to_string()]).unwrap();
    drop(db);
    for words in [vec!["--dry-run"], vec!["--yes"]] {
        let erase = [&["erase", "--session", STAGING][..], &words].concat();
        let said = store.dreaming(&erase).expect(0).stdout;
        assert!(said.contains("The plan that waited showed it and is put away"), "{said}");
        assert!(said.contains("What you typed for 1 change in the review is gone too"), "{said}");
    }
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let get = "SELECT value FROM meta WHERE key = 'review'";
    let kept: String = db.query_row(get, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, serde_json::json!({ ids[0]: "reject" }).to_string());
}

#[test]
fn a_codex_session_is_known_by_the_id_that_codex_shows() {
    let store = proposed();
    let within = &STAGING[9..];
    let said = store.dreaming(&["erase", "--session", within, "--dry-run"]).expect(0).stdout;
    assert!(said.contains(STAGING), "{said}");
    let error = store.dreaming(&["erase", "--session", &within[..4], "--dry-run", "--json"]);
    assert_eq!(error.expect(1).json()["error"]["kind"], "unknown-session");
}

#[test]
fn what_explain_offers_takes_the_entry_out_and_no_revert_is_offered_for_what_no_dream_added() {
    let store = proposed();
    let imported = store.dreaming(&["explain", "environments.md:10"]).expect(0).stdout;
    assert!(!imported.contains("dreaming revert"), "{imported}");
    let id = change(&store, "deploy.yaml");
    store.dreaming(&["apply", &id]).expect(0);
    let explained = store.dreaming(&["explain", "deploy.yaml"]).expect(0).stdout;
    // A file that came since would go with it.
    store.put("memory/new.md", "- Releases are on Thursdays.\n");
    let later = store.dreaming(&["explain", "deploy.yaml"]).expect(0).stdout;
    assert!(!later.contains("dreaming revert"), "{later}");
    fs::remove_file(store.path("memory/new.md")).unwrap();
    typed(&store, ".", &printed(&explained, "revert")).expect(0);
    assert!(!store.read("memory/deployment.md").contains("deploy.yaml"));
    store.dreaming(&["run", "--sessions", "sessions", "--now", DAY_AFTER]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.dreaming(&["revert", "2"]).expect(0);
    let later = store.dreaming(&["explain", "deploy.yaml"]).expect(0).stdout;
    assert!(!later.contains("dreaming revert"), "{later}");
}

#[test]
fn init_writes_sessions_beside_a_deeper_memory_down_or_says_that_it_does_not() {
    for is_repository in [true, false] {
        let store = Store::empty();
        store.put("shop/docs/memory/notes.md", "- Dates are kept in UTC.\n");
        store.put("shop/logs/one.jsonl", session("one", 2));
        if is_repository {
            fs::create_dir_all(store.path("shop/.git")).unwrap();
        }
        let line = "dreaming init --yes --memory docs/memory --sessions logs";
        let said = typed(&store, "shop", line).expect(0).stdout;
        let file = store.read("shop/docs/.dreaming/dreaming.toml");
        assert_eq!(file.contains("sessions = [\"../logs\"]"), is_repository, "{file}");
        assert_eq!(said.contains("No file names these sessions"), !is_repository, "{said}");
        if is_repository {
            typed(&store, "shop", "dreaming run").expect(0);
        }
        let again = typed(&store, "shop", line).expect(0).stdout;
        assert_eq!(store.read("shop/docs/.dreaming/dreaming.toml"), file, "{again}");
    }
}
