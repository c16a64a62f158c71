//! People edit memories while a plan waits.

use serde_json::Value;

use crate::support::{self, NOTES, Store, TEAM, dreamt};

/// The changes of the plan that waits.
fn changes(store: &Store) -> Vec<Value> {
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    shown["plan"]["changes"].as_array().unwrap().clone()
}

/// The id of the first change for which `is` returns true.
fn change(store: &Store, is: impl Fn(&Value) -> bool) -> String {
    let changes = changes(store);
    let found = changes.iter().find(|change| is(change));
    found.unwrap_or_else(|| panic!("not in {changes:?}"))["id"].as_str().unwrap().to_owned()
}

fn merges_dates(change: &Value) -> bool {
    change["operation"] == "merge" && change.to_string().contains("UTC")
}

fn adds(change: &Value) -> bool {
    change["operation"] == "add"
}

/// A store with a waiting plan; then a person edits the line of `team.md` that a merge is about.
/// Also the ids of that merge and of an addition.
fn edited() -> (Store, String, String) {
    let store = Store::new();
    store.run(&[]).expect(0);
    let (merge, add) = (change(&store, merges_dates), change(&store, adds));
    let text = TEAM.replacen("Dates are kept in UTC.", "Dates are kept in CET.", 1);
    store.put("memory/team.md", format!("{text}- Written by hand.\n"));
    (store, merge, add)
}

#[test]
fn an_edit_makes_only_the_changes_stale_that_it_touched() {
    let (store, merge, add) = edited();
    let before = store.tree("memory");
    let log = store.dreaming(&["log"]).stdout;
    let plan = store.status()["plan"].clone();
    assert_eq!(plan["stale"].as_array().unwrap().len(), 1, "{plan}");
    assert_eq!(plan["stale"][0]["id"], *merge);
    assert_eq!(plan["stale"][0]["reason"], "team.md was edited");
    assert_eq!(store.dreaming(&["log"]).stdout, log, "looking records nothing");

    // One of the two ids is stale: nothing is applied, even at the second try.
    for _ in 0..2 {
        let refused = store.dreaming(&["apply", &add, &merge[..12], "--json"]).expect(4);
        let error = refused.json()["error"].clone();
        assert_eq!(error["kind"], "stale", "{error}");
        assert_eq!(error["stale"][0]["id"], *merge, "{error}");
        assert_eq!(error["stale"].as_array().unwrap().len(), 1, "{error}");
        assert!(refused.stderr.contains("team.md was edited"), "{refused:?}");
        assert_eq!(store.tree("memory"), before);
    }
    store.dreaming(&["apply", "cffffffffffffffffffff"]).expect(1);
    store.dreaming(&["apply", &add]).expect(0);
    let team = store.read("memory/team.md");
    assert!(team.contains("CET") && team.contains("- Written by hand.\n"), "{team}");
    assert!(store.read("memory/learned/mistakes.md").contains("no program `python`"));
}

#[test]
fn a_line_that_somebody_words_anew_while_a_plan_waits_is_not_replaced_with_all_others() {
    for command in [["apply", "--all"], ["review", "--accept-all"]] {
        let store = Store::new();
        store.put("memory/where.md", "- The staging URL is https://stage-1.example.org.\n");
        let moved = "The staging URL moved to https://staging.example.org.";
        let said = support::session("moved", 9);
        let asked = "Always run the formatter before you commit.";
        assert!(said.contains(asked));
        store.put("sessions/moved.jsonl", said.replacen(asked, moved, 1));
        store.run(&[]).expect(0);
        let replaces = |change: &Value| change["operation"] == "supersede";
        let id = change(&store, replaces);
        store.put("memory/where.md", "- The staging URL is https://stage-9.example.org.\n");
        assert_eq!(change(&store, replaces), id, "the change keeps its id");
        let said = store.dreaming(&command).expect(0).stdout;
        assert!(store.read("memory/where.md").contains("stage-9"), "{said}");
        assert!(said.contains("1 change came up with the edits"), "{said}");
        // Whoever names it after that has seen the words that go.
        store.run(&[]).expect(0);
        store.dreaming(&["apply", &id]).expect(0);
        assert!(!store.read("memory/where.md").contains("stage-9"));
    }
}

#[test]
fn apply_all_applies_what_stands_and_names_what_fell_away() {
    let (store, merge, add) = edited();
    let edited = store.tree("memory");
    let applied = store.dreaming(&["apply", "--all", "--by", "ada"]).expect(0);
    assert!(applied.stdout.contains(&format!("stale: {merge}  merge team.md")), "{applied:?}");
    assert!(!applied.stdout.contains(&add), "{applied:?}");
    let team = store.read("memory/team.md");
    assert!(team.contains("CET") && team.contains("- Written by hand.\n"), "{team}");
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let kinds: Vec<_> =
        log["revisions"].as_array().unwrap().iter().map(|r| &r["record"]["kind"]).collect();
    assert_eq!(kinds, ["dream", "edit", "import"]);
    // `revert` takes back the dream and keeps the person's edit.
    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.tree("memory"), edited);
}

#[test]
fn an_edit_elsewhere_takes_nothing_from_the_plan() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let count = changes(&store).len();
    store.put("memory/notes.md", format!("{NOTES}\nWritten by hand.\n"));
    store.put("memory/mine.md", "- Mine.\r\n");
    let applied = store.dreaming(&["apply", "--all", "--json"]).expect(0).json();
    assert_eq!(applied["accepted"], count, "{applied}");
    assert_eq!(applied["stale"], serde_json::json!([]));
    assert!(store.read("memory/notes.md").contains("\nWritten by hand.\n"));
    assert_eq!(store.read("memory/mine.md"), "- Mine.\r\n");
}

#[test]
fn a_change_that_came_up_with_an_edit_is_applied_by_nobody_who_has_not_seen_it() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let twice = "# Mine\n\n- Birds sing in the morning.\n- Birds sing in the morning.\n";
    store.put("memory/mine.md", twice);
    let applied = store.dreaming(&["apply", "--all", "--json"]).expect(0).json();
    assert_eq!(applied["new"].as_array().unwrap().len(), 1, "{applied}");
    assert_eq!(store.read("memory/mine.md"), twice);
    // `apply --all` left out the change that came up only with the edit; the next dream proposes
    // it.
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(store.read("memory/mine.md").matches("Birds").count(), 1);
}

#[test]
fn a_plan_that_was_fitted_to_edits_can_be_replayed() {
    let (store, _, add) = edited();
    store.dreaming(&["apply", "--reject", "cffffffffffffffffffff"]).expect(1);
    let verdict = |what: &[&str]| {
        let all = [&["replay", "--json"], what].concat();
        store.dreaming(&all).expect(0).json()["verdict"].clone()
    };
    assert_eq!(verdict(&[]), "equal");
    // After a second edit `apply` adapts the plan once more.
    store.put("memory/notes.md", format!("{NOTES}\nWritten by hand.\n"));
    store.dreaming(&["apply", &add]).expect(0);
    assert_eq!(verdict(&[]), "equal");
    let head = store.status()["revision"].to_string();
    assert_eq!(head, "3", "what failed stored no edit");
    assert_eq!(verdict(&[&head]), "equal");
}

#[test]
fn a_plan_outlives_a_revert_that_happens_while_it_waits() {
    let (store, merge, add) = edited();
    store.dreaming(&["apply", &merge]).expect(4);
    store.dreaming(&["revert", "1"]).expect(0);
    assert_eq!(store.read("memory/team.md"), TEAM);
    // The revert took the edit back, so `apply` adapts the plan to the memories once more.
    store.dreaming(&["apply", &add, &merge]).expect(0);
    assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1);
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
}

#[test]
fn a_plan_can_be_discarded_after_an_edit_and_what_is_rejected_then_stays_away() {
    let (store, ..) = edited();
    let before = store.tree("memory");
    store.dreaming(&["discard", "--json"]).expect(0);
    assert_eq!(store.tree("memory"), before);
    assert_eq!(store.run(&["--json"]).expect(0).json()["outcome"], "waiting");
    support::reject_all(&store);
    assert_eq!(store.run(&["--json"]).expect(0).json()["outcome"], "nothing");
    assert_eq!(store.tree("memory"), before);
}

const TWICE: &str = "# Mine\n\n- Birds sing in the morning.\n- Birds sing in the morning.\n";

#[test]
fn a_plan_outlives_the_erasure_of_an_entry_that_it_is_not_about() {
    let store = dreamt();
    store.put("memory/mine.md", TWICE);
    store.run(&[]).expect(0);
    let entry = store.dreaming(&["explain", "port 4000", "--json"]).expect(0).json();
    let entry = entry["entry"].as_str().unwrap();
    store.dreaming(&["erase", "--entry", entry, "--yes"]).expect(0);
    assert!(store.status()["plan"]["stale"].is_array());
    store.dreaming(&["show"]).expect(0);
    store.dreaming(&["review"]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert_eq!(store.read("memory/mine.md").matches("Birds").count(), 1);
}

#[test]
fn a_decision_that_fails_stores_nothing_and_shows_nobody_a_new_change() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.put("memory/mine.md", TWICE);
    let log = store.dreaming(&["log"]).stdout;
    for command in ["apply", "review"] {
        let all = if command == "apply" { "--all" } else { "--accept-all" };
        store.dreaming(&[command, all, "--reject", "cffffffffffffffffffff"]).expect(1);
    }
    store.dreaming(&["review", "--accept", "cffffffffffffffffffff"]).expect(1);
    assert_eq!(store.dreaming(&["log"]).stdout, log);
    let applied = store.dreaming(&["apply", "--all", "--json"]).expect(0).json();
    assert_eq!(applied["new"].as_array().unwrap().len(), 1, "{applied}");
    assert_eq!(applied["open"], 1, "{applied}");
    assert_eq!(store.read("memory/mine.md"), TWICE);
}

#[test]
fn all_but_one_can_be_applied_after_an_edit_that_brought_a_new_change() {
    for command in [["apply", "--all"], ["review", "--accept-all"]] {
        let store = Store::new();
        store.put("memory/MEMORY.md", "# Memory\n\n- [Notes](notes.md): notes\n");
        store.run(&[]).expect(0);
        let line = change(&store, |change| change["cause"] == "index" && adds(change));
        let shown = changes(&store);
        let text = shown.iter().find(|c| c["id"] == *line).unwrap()["text"].to_string();
        let made: Vec<&str> = shown
            .iter()
            .filter(|c| c["cause"] != "index" && adds(c))
            .filter(|c| text.contains(&format!("({})", c["path"].as_str().unwrap())))
            .map(|c| c["id"].as_str().unwrap())
            .collect();
        assert!(!made.is_empty(), "{shown:?}");
        store.put("memory/mine.md", TWICE);
        let reject = [&["--reject"][..], &made].concat();
        let applied = store.dreaming(&[&command[..], &reject, &["--json"]].concat());
        let applied = applied.expect(0).json();
        assert_eq!(applied["rejected"], made.len(), "{applied}");
        assert!(!applied["new"].as_array().unwrap().is_empty(), "{applied}");
        assert_eq!(store.read("memory/mine.md"), TWICE);
        assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1);
        let shown = store.dreaming(&["show", "3", "--json"]).expect(0).json();
        let verdicts = shown["revision"]["verdicts"].as_array().unwrap().clone();
        assert!(verdicts.iter().all(|verdict| verdict["change"] != *line), "{verdicts:?}");
    }
}
