//! `dreaming review` for scripts: decisions by flags, dry runs, the page, and the modes of `run`.

use serde_json::Value;

use crate::support::{NOW, Store, session};

/// A store with a plan, and the ids of its additions and merges.
fn planned() -> (Store, Vec<String>, Vec<String>) {
    let store = Store::new();
    store.run(&[]).expect(0);
    let ids = |operation: &str| {
        let shown = store.dreaming(&["show", "--json"]).expect(0).json();
        let changes = shown["plan"]["changes"].as_array().unwrap().clone();
        let of =
            changes.into_iter().filter(|c| c["operation"] == operation && c["cause"] != "index");
        of.map(|change| change["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (adds, merges) = (ids("add"), ids("merge"));
    assert!(adds.len() >= 2 && !merges.is_empty(), "{adds:?} {merges:?}");
    (store, adds, merges)
}

/// The JSON in the page of a review.
fn given(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"given\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn verdicts(store: &Store) -> Vec<(String, bool)> {
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let verdicts = log["revisions"][0]["record"]["verdicts"].as_array().unwrap().clone();
    let verdict = |v: &Value| (v["change"].as_str().unwrap().into(), v["accepted"] == true);
    verdicts.iter().map(verdict).collect()
}

#[test]
fn without_a_terminal_it_prints_the_review_by_cause_and_says_how_to_decide() {
    let (store, adds, merges) = planned();
    let before = (store.tree("memory"), store.dreaming(&["log"]).stdout);
    let review = store.dreaming(&["review"]).expect(0).stdout;
    for part in ["Said by a person\n", "Seen again and again\n", "Duplicates\n", "  - ", "  + "] {
        assert!(review.contains(part), "{part} in {review}");
    }
    for id in adds.iter().chain(&merges) {
        assert!(review.contains(&id[..8]), "{id} in {review}");
    }
    assert!(review.contains("dreaming review --accept ID"), "{review}");
    assert!(!review.contains('\u{1b}'), "a pipe gets no colours");
    assert_eq!((store.tree("memory"), store.dreaming(&["log"]).stdout), before);
    assert!(!review.contains("score") && review.split_whitespace().count() < 300, "{review}");
    let all = store.dreaming(&["review", "-v"]).expect(0).stdout;
    assert!(all.contains("score, for its place in the order") && all.contains(&*adds[0]), "{all}");
    assert!(!all.contains("relevance"), "nothing was asked for: {all}");
    let json = store.dreaming(&["review", "--json"]).expect(0).json();
    assert!(json["plan"]["changes"].as_array().unwrap().len() >= 3, "{json}");
}

#[test]
fn flags_accept_reject_and_reword_by_the_beginning_of_an_id() {
    let (store, adds, merges) = planned();
    let words = "Run the formatter before each commit.";
    let edit = format!("{}={words}", &adds[0][..14]);
    let review = store.dreaming(&[
        "review",
        "--accept",
        &merges[0][..14],
        "--reject",
        &adds[1][..14],
        "--edit",
        &edit,
        "--by",
        "ada",
        "--note",
        "read",
        "--json",
    ]);
    let review = review.expect(0).json();
    assert_eq!((&review["accepted"], &review["rejected"]), (&2.into(), &1.into()), "{review}");
    let mut expected =
        vec![(adds[0].clone(), true), (adds[1].clone(), false), (merges[0].clone(), true)];
    expected.sort();
    let mut found = verdicts(&store);
    found.sort();
    assert_eq!(found, expected);
    let learned = store.tree("memory/learned");
    let texts: String = learned.values().map(|b| String::from_utf8_lossy(b)).collect();
    assert!(texts.contains(&format!("- {words}\n")), "{texts}");
    let log = store.dreaming(&["log"]).expect(0).stdout;
    assert!(log.contains("by ada: read"), "{log}");
}

#[test]
fn accept_all_and_accept_auto_are_those_of_apply() {
    for (mine, theirs) in [("--accept-all", "--all"), ("--accept-auto", "--auto")] {
        let (store, adds, _) = planned();
        store.dreaming(&["review", mine, "--reject", &adds[0], "--now", NOW]).expect(0);
        let (other, _, _) = planned();
        other.dreaming(&["apply", theirs, "--reject", &adds[0], "--now", NOW]).expect(0);
        assert_eq!(verdicts(&store), verdicts(&other), "{mine}");
        assert!(verdicts(&store).contains(&(adds[0].clone(), false)), "{mine}");
    }
}

#[test]
fn a_dry_run_shows_the_files_and_writes_nothing() {
    let (store, adds, _) = planned();
    let before = (store.tree("memory"), store.dreaming(&["log"]).stdout);
    let dry = store.dreaming(&["review", "--accept-all", "--reject", &adds[0], "--dry-run"]);
    let dry = dry.expect(0).stdout;
    assert!(
        dry.starts_with("Dry run, nothing is written.") && dry.contains("\nteam.md\n-   4 "),
        "{dry}"
    );
    let json = store.dreaming(&["review", "--accept-all", "--dry-run", "--json"]).expect(0).json();
    assert_eq!(json["dry_run"], true);
    assert_eq!((store.tree("memory"), store.dreaming(&["log"]).stdout), before);
    assert!(store.status()["plan"].is_object(), "the plan still waits");
    let done = store.dreaming(&["review", "--accept-all", "--json"]).expect(0).json();
    let files: Vec<&Value> =
        json["would_write"].as_array().unwrap().iter().map(|file| &file["path"]).collect();
    assert_eq!(files, done["files"].as_array().unwrap().iter().collect::<Vec<_>>());
    for file in json["would_write"].as_array().unwrap() {
        let path = format!("memory/{}", file["path"].as_str().unwrap());
        assert_eq!(store.read(&path), file["after"].as_str().unwrap(), "{path}");
    }
}

#[test]
fn what_makes_no_sense_is_said_and_decides_nothing() {
    let (store, adds, merges) = planned();
    let before = (store.tree("memory"), store.dreaming(&["log"]).stdout);
    let add = &*adds[0];
    let cases: [(&[&str], i32, &str); 8] = [
        (&["--accept", add, "--reject", add], 2, "both accepted and rejected"),
        (&["--accept-all", "--html", "x.html"], 2, "cannot be used with"),
        (&["--accept", "cffffffffffffffffffff"], 1, "no change"),
        (&["--accept", "c"], 1, "beginning of several"),
        (&["--edit", "no equals sign"], 2, "ID=TEXT"),
        (&["--edit", &format!("{add}=  ")], 1, "the words are empty"),
        (&["--edit", &format!("{add}={}", "x".repeat(2_001))], 1, "2,000"),
        (&["--edit", &format!("{}=Other words.", merges[0])], 1, "writes no statement"),
    ];
    for (flags, code, says) in cases {
        let refused = store.dreaming(&[&["review", "--json"], flags].concat()).expect(code);
        assert!(refused.stderr.contains(says), "{says}: {refused:?}");
        assert!(refused.json()["error"]["kind"].is_string(), "{refused:?}");
    }
    assert_eq!((store.tree("memory"), store.dreaming(&["log"]).stdout), before);
    assert!(store.status()["plan"].is_object());
    store.dreaming(&["discard"]).expect(0);
    store.dreaming(&["review", "--accept-all"]).expect(1);
    let none = store.dreaming(&["review"]).expect(0).stdout;
    assert!(none.starts_with("No plan is waiting: `dreaming run "), "{none}");
}

#[test]
fn the_page_holds_the_plan_and_no_quote_leaves_its_place() {
    let store = Store::new();
    let attack =
        "Always run <script>alert(1)</script><img src=x onerror=alert(2)> \"before\" a push.";
    for (id, day) in [("one", 2), ("two", 9)] {
        let text = session(id, day)
            .replace("Always run the formatter before you commit.", &attack.replace('"', "\\\""));
        store.put(&format!("sessions/{id}.jsonl"), text);
    }
    store.run(&[]).expect(0);
    let before = (store.tree("memory"), store.dreaming(&["log"]).stdout);
    let done = store.dreaming(&["review", "--html", "review.html", "--json"]).expect(0).json();
    assert_eq!(done["outcome"], "page");
    assert_eq!((store.tree("memory"), store.dreaming(&["log"]).stdout), before);
    let page = store.read("review.html");
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    assert!(shown.to_string().contains("<script>alert(1)"), "the attack is quoted: {shown}");
    let given = given(&page);
    assert!(given["plan"]["changes"].as_array().unwrap().len() >= 3);
    let ids = |of: &Value| -> Vec<Value> {
        of["plan"]["changes"].as_array().unwrap().iter().map(|c| c["id"].clone()).collect()
    };
    assert_eq!((ids(&given), &given["report"]), (ids(&shown), &shown["report"]));
    assert_eq!((&given["memory"], &given["notes"]), (&"memory".into(), &serde_json::json!([])));
    let command = given["command"].as_str().unwrap();
    assert!(command.starts_with("dreaming review"), "{command}");
    let file = given["files"][0]["path"].as_str().unwrap();
    assert!(file.ends_with(".jsonl"), "{file}");
    // The page has two script elements, the plan and the code, and loads nothing.
    assert_eq!(page.matches("<script").count(), 2);
    assert!(!page.contains("alert(1)</script>"));
    for raw in
        ["<img", "src=\"", "href=\"http", "url(", "@import", "<link", "<iframe", "unsafe-inline"]
    {
        assert!(!page.contains(raw), "{raw}");
    }
    assert!(page.contains("Content-Security-Policy") && page.contains("<noscript>"));
}

#[test]
fn the_page_is_private_and_never_lies_among_the_memories() {
    let (store, _, _) = planned();
    for inside in ["memory/review.html", "memory/../memory/x.html", "memory", "nowhere/x.html"] {
        let refused = store.dreaming(&["review", "--html", inside, "--json"]);
        assert!(
            refused.code == 2 || inside.starts_with("nowhere") && refused.code == 1,
            "{refused:?}"
        );
    }
    let database = std::fs::read(store.path(".dreaming/memory/state.db")).unwrap();
    store.put("review.html", "older");
    for precious in ["review.html", ".dreaming/memory/state.db", ".dreaming/memory/new.html"] {
        store.dreaming(&["review", "--html", precious]).expect(2);
    }
    assert_eq!(store.read("review.html"), "older");
    assert_eq!(std::fs::read(store.path(".dreaming/memory/state.db")).unwrap(), database);
    std::fs::remove_file(store.path("review.html")).unwrap();
    store.dreaming(&["review", "--html", "review.html"]).expect(0);
    store.dreaming(&["review", "--html", "review.html"]).expect(0);
    assert!(store.read("review.html").starts_with("<!DOCTYPE html>"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(store.path("review.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn auto_safe_applies_additions_and_exact_merges_and_leaves_the_rest_open() {
    let store = Store::new();
    let run = store.run(&["--mode", "auto-safe", "--json"]).expect(0).json();
    assert_eq!(run["outcome"], "committed", "{run}");
    assert!(run["changes"]["review"].as_u64().unwrap() > 0, "something is left open: {run}");
    assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1, "the exact merge is in");
    assert_eq!(store.status()["plan"], Value::Null, "nothing waits");
    let plan = store.dreaming(&["show", "2", "--json"]).expect(0).json();
    assert!(plan["revision"]["verdicts"].as_array().unwrap().iter().all(|v| v["accepted"] == true));
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
    // With this engine only additions and merges of equal statements have gate `auto`, so `--mode
    // auto` gives the same memories.
    let other = Store::new();
    other.run(&["--mode", "auto"]).expect(0);
    let texts = |store: &Store| {
        let tree = store.tree("memory");
        tree.into_iter().map(|(p, b)| (p.file_name().unwrap().to_owned(), b)).collect::<Vec<_>>()
    };
    assert_eq!(texts(&store), texts(&other));
    // The next dream proposes the changes that were left open again.
    let again = store.run(&["--json"]).expect(0).json();
    assert_eq!(again["outcome"], "waiting", "{again}");
}

#[test]
fn what_people_wrote_since_is_named_and_what_it_touched_cannot_be_accepted() {
    let (store, adds, merges) = planned();
    let edited = store.read("memory/team.md").replacen("kept in UTC", "kept in CET", 1);
    store.put("memory/team.md", &edited);
    let merge = merges
        .iter()
        .find(|id| !store.dreaming(&["show"]).stdout.contains(&format!("{id}  merge team.md  [")));
    let merge = merge.expect("a merge of the line that was edited");
    let stale = format!("stale: {merge}  merge team.md: team.md was edited");
    assert!(store.dreaming(&["review"]).expect(0).stdout.contains(&stale));
    store.dreaming(&["review", "--html", "review.html"]).expect(0);
    let notes = given(&store.read("review.html"))["notes"].to_string();
    assert!(notes.contains(&stale), "{notes}");
    let flags = ["review", "--accept", &adds[0], merge, "--json"];
    let refused = store.dreaming(&[&flags[..], &["--dry-run"]].concat()).expect(4);
    assert_eq!(refused.json()["error"]["stale"][0]["id"], **merge);
    assert_eq!(store.dreaming(&flags).expect(4).json()["error"]["kind"], "stale");
    let done = store.dreaming(&["review", "--accept", &adds[0], "--json"]).expect(0).json();
    assert_eq!(done["accepted"], 1);
    assert_eq!(store.read("memory/team.md"), edited, "the person's words are there");
}

#[test]
fn all_but_a_merge_that_would_empty_a_memory_can_be_accepted() {
    let store = Store::new();
    let old = "# Notes\n\n- The build runs on port 4000.\n";
    store.put("memory/old.md", old);
    let index = "# Memory\n\n- [Notes](notes.md): notes\n- [Copy](old.md): a copy\n";
    store.put("memory/MEMORY.md", index);
    store.run(&[]).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = shown["plan"]["changes"].as_array().unwrap();
    let is_merge = |c: &&Value| c["operation"] == "merge" && c.to_string().contains("old.md");
    let merge = changes.iter().find(is_merge).unwrap()["id"].as_str().unwrap();
    let line = changes.iter().find(|c| c["cause"] == "dangling").unwrap()["id"].as_str().unwrap();
    let flags = ["review", "--accept-all", "--reject", merge, "--json"];
    store.dreaming(&flags).expect(0);
    assert!(store.read("memory/MEMORY.md").contains("[Copy](old.md)"));
    assert_eq!(store.read("memory/old.md"), old);
    let verdicts = verdicts(&store);
    assert!(verdicts.contains(&(merge.to_owned(), false)), "{verdicts:?}");
    // As on a terminal, the line of an index gets the verdict of the change that it follows from.
    assert!(verdicts.contains(&(line.to_owned(), false)), "{verdicts:?}");
}

#[test]
fn what_stays_open_is_said_when_a_decision_is_made() {
    for command in [["apply", "--all"], ["review", "--accept-all"]] {
        let (store, ..) = planned();
        assert!(!store.dreaming(&command).expect(0).stdout.contains("open"));
    }
    for command in ["apply", "review"] {
        let (store, adds, _) = planned();
        let shown = store.dreaming(&["show", "--json"]).expect(0).json();
        let open = shown["plan"]["changes"].as_array().unwrap().iter();
        let left = open.filter(|change| change["gate"] != "blocked").count() - 1;
        let ids = if command == "apply" { vec![&*adds[0]] } else { vec!["--accept", &adds[0]] };
        let said = store.dreaming(&[&[command][..], &ids].concat()).expect(0).stdout;
        let says = format!("{left} changes stay open; the next run proposes them again.\n");
        assert!(left > 1 && said.ends_with(&says), "{says} {said}");
    }
}
