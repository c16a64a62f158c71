//! What a fourth newcomer stumbled over.

use std::fs;

use crate::dates::{DAY_AFTER, SAMPLE, sample};
use crate::support::typed::{printed, typed};
use crate::support::{NOW, Store, dreamt, session};

#[test]
fn memories_of_a_project_beside_this_one_are_named_and_not_touched() {
    let store = Store::empty();
    for project in ["a", "b"] {
        store.put(&format!("{project}/CLAUDE.md"), "- Use tabs.\n- Use tabs.\n");
    }
    for day in [2, 9] {
        let id = format!("s{day}");
        store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
    }
    typed(&store, "a", &format!("dreaming run --memory . --sessions ../sessions --now {NOW}"))
        .expect(0);
    let before = store.tree("a");
    for line in ["apply --all", "review", "revert", "discard", "pack", "status"] {
        let done = typed(&store, "b", &format!("dreaming {line}"));
        assert!(done.stderr.contains("`--memory ../a`"), "{line}: {done:?}");
        assert!(!done.stdout.contains("changes applied"), "{line}: {done:?}");
        assert_eq!(store.tree("a"), before, "{line}");
    }
    // The plan of the other project still waits.
    let status = typed(&store, "a", "dreaming status").expect(0).stdout;
    assert!(status.contains(" is waiting: "), "{status}");
    // In one repository a folder without memories belongs to the same project, but not to a project beside it.
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put("c/main.py", "");
    for line in ["apply --all", "pack", "status"] {
        let done = typed(&store, "c", &format!("dreaming {line}"));
        assert!(done.stderr.contains("`--memory ../a`"), "{line}: {done:?}");
        assert_eq!(store.tree("a"), before, "{line}");
    }
    fs::create_dir_all(store.path("a/sub")).unwrap();
    let status = typed(&store, "a/sub", "dreaming status").expect(0);
    assert!(status.stdout.contains(" is waiting: "), "{status:?}");
    fs::remove_file(store.path("a/CLAUDE.md")).unwrap();
    let status = typed(&store, "c", "dreaming status").expect(0);
    assert!(status.stderr.contains("the memories in ../a,"), "{status:?}");
}

#[test]
fn what_a_revert_took_back_is_shown_in_words_and_comes_again_with_its_index_line() {
    let store = sample();
    let sessions = format!("{SAMPLE}/sessions");
    let run = ["run", "--sessions", &sessions, "--now", DAY_AFTER];
    store.dreaming(&run).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let index = store.read("memory/MEMORY.md");
    assert!(index.contains("(learned/preferences.md)"), "{index}");
    store.dreaming(&["revert"]).expect(0);
    let shown = store.dreaming(&["show", "3"]).expect(0).stdout;
    assert!(shown.contains("always ask me before you push a tag. (jonas)"), "{shown}");
    let plan = store.dreaming(&["show", "2", "--json"]).expect(0).json();
    let verdicts = plan["revision"]["verdicts"].as_array().unwrap();
    let is_wanted = |id: &&str| {
        let change = store.dreaming(&["show", id]).expect(0).stdout;
        change.contains("before you push a tag") && !change.contains("MEMORY.md")
    };
    let ids = verdicts.iter().map(|verdict| verdict["change"].as_str().unwrap());
    let wanted = ids.clone().find(is_wanted).unwrap();
    let reopened = store.dreaming(&["review", "--reopen", wanted]).expect(0).stdout;
    assert!(reopened.contains("2 rejections taken back"), "{reopened}");
    assert!(reopened.contains("before you push a tag"), "{reopened}");
    assert!(reopened.contains("MEMORY.md: [Preferences](learned/preferences.md)"), "{reopened}");
    let again = typed(&store, ".", &printed(&reopened, "run ")).expect(0).stdout;
    assert!(again.contains("Proposed 2 changes"), "{again}");
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(store.read("memory/MEMORY.md").contains("(learned/preferences.md)"));
}

#[test]
fn sessions_over_the_limit_and_those_of_a_plan_are_counted_alike_everywhere() {
    let store = Store::new();
    let run = store.run(&["--limit", "1"]).expect(0).stdout;
    let said = "One dream reads 1 session at most (`--limit`, or the setting `dream.max-sessions`): 1 is left";
    let run = run.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(run.contains(said), "{run}");
    let store = Store::new();
    store.run(&[]).expect(0);
    let doctor = store.dreaming(&["doctor"]).expect(0).stdout;
    assert!(
        doctor.contains("2 sessions found, 0 pending, 2 read for the plan that waits"),
        "{doctor}"
    );
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(
        status.contains("2 sessions read (2 of them for the plan that waits), 0 pending"),
        "{status}"
    );
}

#[test]
fn a_folder_with_memories_of_its_own_and_one_that_git_ignores_are_not_taken_for_another() {
    let store = Store::empty();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put(".gitignore", "/target\n");
    for project in ["a", "b", "target/demo/memory"] {
        store.put(&format!("{project}/CLAUDE.md"), "- Use tabs.\n- Use tabs.\n");
    }
    for day in [2, 9] {
        let id = format!("s{day}");
        store.put(&format!("sessions/{id}.jsonl"), session(&id, day));
    }
    let run = |memory: &str| {
        typed(
            &store,
            ".",
            &format!("dreaming run --memory {memory} --sessions sessions --now {NOW}"),
        )
        .expect(0);
    };
    run("target/demo/memory");
    let ignored = store.tree("target/demo/memory");
    let done = typed(&store, ".", "dreaming apply --all");
    assert!(done.code != 0 && !done.stdout.contains("changes applied"), "{done:?}");
    assert_eq!(store.tree("target/demo/memory"), ignored);
    run("a");
    let before = store.tree("a");
    for line in ["apply --all", "revert", "discard"] {
        let done = typed(&store, "b", &format!("dreaming {line}"));
        assert!(done.stderr.contains("`--memory ../a`"), "{line}: {done:?}");
        assert_eq!(store.tree("a"), before, "{line}");
    }
}

#[test]
fn a_history_that_lost_its_folder_is_named_when_the_folder_has_another_name() {
    let store = dreamt();
    fs::rename(store.path("memory"), store.path("newnotes")).unwrap();
    store.put("home/.profile", "");
    let said = typed(&store, ".", "dreaming init --sessions sessions --dry-run").expect(0).stdout;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let state = store.path(".dreaming/memory").canonicalize().unwrap();
    let line = format!("`dreaming take-over --from {} --memory FOLDER` goes on", state.display());
    assert!(said.contains(&line), "{said}");
}

#[test]
fn what_init_prints_of_a_lost_history_works_as_printed_and_a_refusal_hides_nothing() {
    let store = dreamt();
    fs::rename(store.path("memory"), store.path("notes")).unwrap();
    store.put("home/.profile", "");
    let said = typed(&store, ".", "dreaming init --sessions sessions --dry-run").expect(0).stdout;
    let line = printed(&said.split_whitespace().collect::<Vec<_>>().join(" "), "take-over");
    // What a person may type first is refused, and leaves no history without a revision.
    let short = line.replace(" --memory notes", "");
    assert_ne!(short, line);
    typed(&store, ".", &short).expect(2);
    typed(&store, ".", &line).expect(0);
    let status = typed(&store, ".", "dreaming status").expect(0);
    assert!(status.stderr.contains("the memories in notes,"), "{status:?}");
    assert!(!status.stdout.contains("No revision yet"), "{status:?}");
}

#[test]
fn a_history_in_a_folder_that_git_ignores_is_named() {
    let store = Store::new();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put(".gitignore", "build/\n");
    fs::create_dir_all(store.path("build")).unwrap();
    fs::rename(store.path("memory"), store.path("build/memory")).unwrap();
    typed(
        &store,
        ".",
        &format!("dreaming run --memory build/memory --sessions sessions --now {NOW}"),
    )
    .expect(0);
    for line in ["status", "apply --all", "review", "log", "revert"] {
        let done = typed(&store, ".", &format!("dreaming {line}"));
        assert!(done.stderr.contains("that git ignores"), "{line}: {done:?}");
        assert!(done.stderr.contains("`--memory build/memory`"), "{line}: {done:?}");
    }
}

#[test]
fn words_for_a_decision_lead_to_the_review() {
    let store = Store::new();
    for word in ["accept", "reject"] {
        let told = store.dreaming(&[word, "c1"]).expect(2).stderr;
        assert!(told.contains(&format!("review --{word} ID")), "{told}");
    }
}

#[test]
fn memories_that_claude_code_does_not_load_are_said_before_a_dream() {
    let store = Store::empty();
    let project = store.path("proj");
    fs::create_dir_all(&project).unwrap();
    let slug: String = project
        .canonicalize()
        .unwrap()
        .to_string_lossy()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let memory = format!("home/.claude/projects/{slug}/memory");
    store.put(&format!("{memory}/notes.md"), "- The staging host is blue.\n");
    store.put(&format!("home/.claude/projects/{slug}/s.jsonl"), session("s", 2));
    let said = typed(&store, "proj", "dreaming init --dry-run").expect(0).stdout;
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("loads none of them without a MEMORY.md"), "{said}");
    let doctor = typed(&store, "proj", "dreaming doctor --claude-code").stdout;
    assert!(doctor.contains("Claude Code loads none of 1 file here"), "{doctor}");
}

#[test]
fn after_a_revert_it_is_said_that_erased_words_may_come_again() {
    let store = sample();
    let sessions = format!("{SAMPLE}/sessions");
    store.dreaming(&["run", "--sessions", &sessions, "--now", DAY_AFTER]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let id = store.dreaming(&["explain", "before you push a tag", "--json"]).expect(0).json();
    store.dreaming(&["erase", "--entry", id["entry"].as_str().unwrap(), "--yes"]).expect(0);
    let said = store.dreaming(&["revert"]).expect(0).stdout;
    assert!(said.contains("Words were erased here."), "{said}");
    let line = printed(&said, "erase --session");
    // A dream that comes first brings the words back; the next step still takes them out.
    let holds = || fs::read(store.path(".dreaming/memory/state.db")).unwrap();
    let has = |words: &str| holds().windows(words.len()).any(|at| at == words.as_bytes());
    assert!(!has("push a tag"));
    store.dreaming(&["run", "--sessions", &sessions, "--now", DAY_AFTER]).expect(0);
    let id = id["entry"].as_str().unwrap();
    let told = store.dreaming(&["erase", "--entry", id, "--yes"]).expect(2).stderr;
    assert!(told.contains("is erased already") && told.contains(&line), "{told}");
    typed(&store, ".", &format!("{line} --yes")).expect(0);
    store.dreaming(&["run", "--sessions", &sessions, "--now", DAY_AFTER, "--replace"]);
    assert!(!has("push a tag"), "the words are there again");
}

#[test]
fn what_a_revert_took_out_goes_with_its_session() {
    let store = sample();
    let sessions = format!("{SAMPLE}/sessions");
    store.dreaming(&["run", "--sessions", &sessions, "--now", DAY_AFTER]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let entry = store.dreaming(&["explain", "before you push a tag", "--json"]).expect(0).json();
    let session = entry["evidence"][0]["evidence"]["session"].as_str().unwrap();
    store.dreaming(&["revert"]).expect(0);
    let bytes = || fs::read(store.path(".dreaming/memory/state.db")).unwrap();
    let has = |words: &str| bytes().windows(words.len()).any(|at| at == words.as_bytes());
    assert!(has("push a tag"));
    let told = store.dreaming(&["erase", "--session", session, "--dry-run"]).expect(0).stdout;
    assert!(told.contains("before you push a tag"), "{told}");
    store.dreaming(&["erase", "--session", session, "--yes"]).expect(0);
    assert!(!has("push a tag"), "the words are in the history");
    store.dreaming(&["verify"]).expect(0);
    // Without them revision 2 cannot come back, and nothing says that it can.
    let run = store.dreaming(&["run", "--sessions", &sessions, "--now", DAY_AFTER]).expect(0);
    assert!(!run.stdout.contains("brings it back"), "{run:?}");
    assert!(!has("push a tag"), "the words came again");
}

#[test]
fn the_words_of_a_change_that_was_rejected_go_with_its_sessions() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let change = plan["plan"]["changes"][0]["id"].as_str().unwrap().to_owned();
    crate::support::reject_all(&store);
    let told = store.dreaming(&["erase", "--entry", &change, "--yes"]).expect(2).stderr;
    assert!(told.contains("is a change and no entry"), "{told}");
    let line = printed(&told, "erase --session");
    typed(&store, ".", &format!("{line} --yes")).expect(0);
}

#[test]
fn an_export_of_a_folder_without_a_dream_says_that_it_restores_nothing() {
    let store = Store::new();
    let first = store.dreaming(&["export", "empty.jsonl"]).expect(0).stdout;
    assert!(first.contains("restores nothing: --memory FOLDER names another"), "{first}");
    let told = typed(&store, ".", "dreaming import empty.jsonl --memory elsewhere");
    assert_ne!(told.code, 0);
    assert!(told.stderr.contains("no revision"), "{told:?}");
    assert!(!store.path("elsewhere").exists());
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let then = store.dreaming(&["export", "full.jsonl"]).expect(0).stdout;
    assert!(!then.contains("restores nothing"), "{then}");
}
