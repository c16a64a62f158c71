//! Problems that first users had on the third try: what a command took for the memory, what an erasure
//! cost unsaid, and lines that were not printed.

use std::fs;

use crate::support::fake::{Fake, Reply, Speaks};
use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, dreamt};

/// A repository with a store and folders beside it.
fn project() -> Store {
    let store = Store::new();
    store.put(".git/HEAD", "ref: refs/heads/main\n");
    fs::rename(store.path("memory"), store.path("notes")).unwrap();
    let line = format!("dreaming run --memory notes --sessions sessions --now {NOW}");
    typed(&store, ".", &line).expect(0);
    store.put("docs/guide/page.md", "- Indents are made of spaces.\n");
    store
}

#[test]
fn a_command_below_a_store_goes_on_with_it_and_begins_no_second_one() {
    let store = project();
    let before = store.tree("docs");
    for (folder, notes) in [("docs", "../notes"), ("docs/guide", "../../notes")] {
        let status = typed(&store, folder, "dreaming status").expect(0);
        assert!(status.stdout.contains(" is waiting: "), "{status:?}");
        assert!(status.stderr.contains(&format!("the memories in {notes},")), "{status:?}");
        let run = typed(&store, folder, &format!("dreaming run --replace --now {NOW}")).expect(0);
        assert!(run.stdout.contains(&format!("--memory {notes}`")), "{run:?}");
        // Sessions that are named may be meant for a history of this folder: that is asked.
        let line = "dreaming run --sessions ../sessions";
        let asked = typed(&store, folder, line).expect(2).stderr;
        assert!(asked.contains(&format!("add `--memory {notes}`; `--memory .` begins")), "{asked}");
    }
    assert_eq!(store.tree("docs"), before);
    assert_eq!(fs::read_dir(store.path(".dreaming")).unwrap().count(), 2, "notes and .gitignore");
    typed(&store, "docs", "dreaming run --memory . --sessions ../sessions").expect(0);
    assert!(store.path(".dreaming/docs").exists());
}

#[test]
fn an_erasure_says_before_it_is_done_that_a_revert_ends_there() {
    let store = dreamt();
    let id = store.dreaming(&["explain", "port 4000", "--json"]).expect(0).json();
    let id = id["entry"].as_str().unwrap().to_owned();
    let erase = ["erase", "--entry", &id];
    let dry = store.dreaming(&[&erase[..], &["--dry-run"]].concat()).expect(0).stdout;
    let said = "Revision 1 held the words and cannot be restored any more";
    assert!(dry.contains(said) && dry.contains("`dreaming revert --memory memory` first"), "{dry}");
    let dry = store.dreaming(&[&erase[..], &["--dry-run", "--json"]].concat()).expect(0).json();
    assert_eq!(dry["closed"], 1, "{dry}");
    let done = store.dreaming(&[&erase[..], &["--yes"]].concat()).expect(0).stdout;
    assert!(done.contains(said) && !done.contains(" first, or keep"), "{done}");
    let refused = store.dreaming(&["revert"]).expect(1).stderr;
    typed(&store, ".", &printed(&refused, "diff 1")).expect(0);
    // A line that the dream added was not there before it, so a revert still works.
    let store = dreamt();
    let id = store.dreaming(&["explain", "run the formatter", "--json"]).expect(0).json();
    let erase = ["erase", "--entry", id["entry"].as_str().unwrap(), "--yes", "--json"];
    assert_eq!(store.dreaming(&erase).expect(0).json()["closed"], serde_json::Value::Null);
    store.dreaming(&["revert"]).expect(0);
}

#[test]
fn the_command_that_tries_a_failed_dream_again_keeps_its_limits() {
    let (store, _) = home();
    let fake = Fake::start(Speaks::OpenAi, Box::new(|_, _| Reply::Says("Hm.".into())));
    let line = format!(
        "dreaming run --claude-code --model openai:m --model-url {} --max-calls 1 --limit 1 --since 2020-01-01",
        fake.url
    );
    typed(&store, "my shop", &line).expect(6);
    let status = typed(&store, "my shop", "dreaming status --claude-code").expect(0).stdout;
    let again = printed(&status, "run --limit 1 --since 2020-01-01 ");
    assert!(again.contains(" --max-calls 1 "), "{again}");
}

#[test]
fn a_model_that_proposes_nothing_is_said_to_have_proposed_nothing() {
    let store = Store::new();
    let model = r#"exec:echo '{"proposals": []}'"#;
    let run = store.run(&["--model", model]).expect(0).stdout;
    assert!(run.contains("1 call and proposed nothing."), "{run}");
    let good = dreamt();
    let run = good.run(&[]).expect(0).stdout;
    assert!(!run.contains("proposed nothing"), "{run}");
}

#[test]
fn sessions_that_wait_for_a_model_are_followed_by_a_command_that_says_what_they_cost() {
    let store = Store::new().asking_about_each();
    let model = r#"exec:echo '{"proposals": []}'"#;
    store.run(&["--model", model, "--max-calls", "1"]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let run = store.run(&[]).expect(0).stdout;
    assert!(run.contains("Waiting for a model: 1 session; "), "{run}");
    let estimate = typed(&store, ".", &printed(&run, "run --model ")).expect(0).stdout;
    assert!(estimate.contains("to make"), "{estimate}");
}

#[test]
fn a_memory_that_is_the_root_of_its_repository_is_named_from_there() {
    let store = Store::empty();
    store.put("app/.git/HEAD", "ref: refs/heads/main\n");
    for day in [2, 9] {
        let id = format!("s{day}");
        store.put(&format!("sessions/{id}.jsonl"), crate::support::session(&id, day));
    }
    let line = format!("dreaming run --memory . --sessions ../sessions --now {NOW}");
    let run = typed(&store, "app", &line).expect(0).stdout;
    assert!(run.contains("no agent loads learned/"), "{run}");
    let kept = store.path(".dreaming/app");
    assert!(run.contains(&format!("kept beside its repository, in {}", kept.display())), "{run}");
    assert!(kept.join("state.db").is_file());
    typed(&store, "app", "dreaming apply --all").expect(0);
    let run = typed(&store, "app", &line).expect(0).stdout;
    assert!(!run.contains("kept beside"), "{run}");
}

#[test]
fn a_history_that_lost_its_folder_is_named_by_commands_that_read_one() {
    let store = Store::new();
    store.run(&[]).expect(0);
    fs::rename(store.path("memory"), store.path("notes")).unwrap();
    for command in ["log", "show"] {
        let told = typed(&store, ".", &format!("dreaming {command} --memory notes")).expect(0);
        assert!(told.stderr.contains("take-over --from"), "{told:?}");
    }
    let doctor = typed(&store, ".", "dreaming doctor --memory notes");
    assert!(doctor.stdout.contains("is gone and its history is left"), "{doctor:?}");
    let line = printed(&doctor.stdout, "take-over --from");
    // Typed where it names no memory, it takes none that are not those of the history.
    typed(&store, ".", line.split(" --memory").next().unwrap()).expect(2);
    let init = "dreaming init --memory notes --sessions sessions --yes";
    let line = printed(&typed(&store, ".", init).expect(0).stdout, "take-over --from");
    typed(&store, ".", &line).expect(0);
    let doctor = typed(&store, ".", "dreaming doctor --memory notes").stdout;
    assert!(!doctor.contains("is gone and its history is left"), "{doctor}");
}
