//! What happens to a plan: run, show, apply, status, revert, replay.

use std::fs;

use serde_json::Value;

use crate::support::{self, Done, NOTES, Store};

#[test]
fn a_plan_is_made_shown_applied_reverted_and_replayed() {
    let store = Store::new();
    let sessions = store.tree("sessions");
    let before = store.tree("memory");

    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(run["outcome"], "waiting", "{run}");
    assert_eq!((&run["sessions"]["read"], &run["sessions"]["pending"]), (&2.into(), &0.into()));
    assert_eq!(store.tree("memory"), before, "a proposal changes no memory");

    let status = store.status();
    assert_eq!(status["revision"], 1);
    assert_eq!(status["sessions"]["pending"], 2, "sessions count as read when it is decided");
    assert_eq!(status["plan"]["stale"], serde_json::json!([]));

    let shown = store.dreaming(&["show"]).expect(0).stdout;
    assert!(shown.contains("merge") && shown.contains("team.md:4"), "{shown}");
    assert!(!shown.contains('\r'), "carriage returns are spelled out");
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap();
    assert!(!changes.is_empty());

    let replay = store.dreaming(&["replay", "--json"]).expect(0).json();
    assert_eq!(replay["verdict"], "equal", "{replay}");

    let applied = store.dreaming(&["apply", "--all", "--by", "ada", "--json"]).expect(0).json();
    assert_eq!(applied["accepted"], changes.len());
    assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1);
    assert!(store.read("memory/notes.md").contains(NOTES.split_once("\n\n|").unwrap().1));

    let status = store.status();
    assert_eq!((&status["revision"], &status["sessions"]["pending"]), (&2.into(), &0.into()));
    assert_eq!(status["plan"], serde_json::Value::Null);
    assert_eq!(status["edited"].as_array().unwrap().len(), 0);

    let again = store.run(&["--json"]).expect(0).json();
    assert_eq!(again["outcome"], "nothing", "nothing is left to propose: {again}");
    assert_eq!(store.status()["revision"], 2);

    store.dreaming(&["revert"]).expect(0);
    assert_eq!(store.tree("memory"), before, "the memories are as before, byte for byte");
    let nothing = store.dreaming(&["revert", "1", "--json"]).expect(0).json();
    assert_eq!(nothing["outcome"], "nothing");

    let replay = store.dreaming(&["replay", "2", "--json"]).expect(0).json();
    assert_eq!(replay["verdict"], "equal", "{replay}");
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let kinds: Vec<_> =
        log["revisions"].as_array().unwrap().iter().map(|r| &r["record"]["kind"]).collect();
    assert_eq!(kinds, ["revert", "dream", "import"]);
    let shown = store.dreaming(&["show", "2"]).expect(0).stdout;
    assert!(shown.contains("applied:") && shown.contains("by ada"), "{shown}");
    assert_eq!(store.tree("sessions"), sessions, "transcripts are never changed");
}

#[test]
fn evidence_is_quoted_with_file_and_line() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let shown = store.dreaming(&["show"]).expect(0).stdout;
    let place = "sessions/one.jsonl:3";
    assert!(shown.contains(place), "no {place} in {shown}");
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let changes = plan["plan"]["changes"].as_array().unwrap().clone();
    let adds: Vec<_> = changes.iter().filter(|c| c["operation"] == "add").collect();
    assert!(!adds.is_empty(), "{changes:?}");
    for add in adds {
        for piece in add["evidence"].as_array().unwrap() {
            let text = fs::read_to_string(piece["file"].as_str().unwrap()).unwrap();
            let number = usize::try_from(piece["line"].as_u64().unwrap()).unwrap();
            let line = text.lines().nth(number - 1).unwrap();
            assert!(line.contains(piece["quote"].as_str().unwrap()), "{piece}");
        }
    }
}

#[test]
fn a_secret_is_never_shown_and_its_line_does_not_look_unchanged() {
    let store = Store::new();
    let secret = ["AKIA", "4XW7ZQ2M", "N8PLR0TV"].concat();
    store.put("memory/keys.md", format!("- The upload key is {secret}.\n"));
    store.run(&[]).expect(0);
    let shown = store.dreaming(&["show"]).expect(0).stdout;
    assert!(shown.contains("  - (the statement, with a secret)\n"), "{shown}");
    assert!(shown.contains("  + The upload key is [REDACTED:"), "{shown}");
    assert!(!shown.contains(&secret), "{shown}");
}

#[test]
fn changes_are_chosen_by_the_beginning_of_their_id_and_the_others_stay_open() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let ids: Vec<String> = plan["plan"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["id"].as_str().unwrap().to_owned())
        .collect();
    assert!(ids.len() >= 2, "{ids:?}");
    store.dreaming(&["apply"]).expect(2);
    store.dreaming(&["apply", "cffffffffffffffffffff"]).expect(1);
    store.dreaming(&["apply", "c"]).expect(1);
    store.dreaming(&["apply", "--all", &ids[0]]).expect(2);
    let shown = store.dreaming(&["show", &ids[0][..15]]).expect(0).stdout;
    assert!(shown.contains(&ids[0]) && !shown.contains(&ids[1]), "{shown}");
    let applied = store.dreaming(&["apply", &ids[0][..15], "--reject", &ids[1], "--json"]);
    let applied = applied.expect(0).json();
    assert_eq!((&applied["accepted"], &applied["rejected"]), (&1.into(), &1.into()));
    let run = store.run(&["--json"]).expect(0).json();
    assert_eq!(
        run["changes"]["auto"].as_u64().unwrap() as usize
            + run["changes"]["review"].as_u64().unwrap() as usize,
        ids.len() - 2,
        "{run}"
    );
}

#[test]
fn a_discarded_plan_is_put_away_and_the_next_run_proposes_the_same_again() {
    let store = Store::new();
    let before = store.tree("memory");
    store.run(&[]).expect(0);
    let changes =
        || store.dreaming(&["show", "--json"]).expect(0).json()["plan"]["changes"].clone();
    let (proposed, log) = (changes(), store.dreaming(&["log"]).stdout);
    let said = store.dreaming(&["discard"]).expect(0).stdout;
    let count = proposed.as_array().unwrap().len();
    assert!(said.contains(&format!("{count} changes")) && said.contains("rejected"), "{said}");
    assert_eq!((store.tree("memory"), store.dreaming(&["log"]).stdout), (before, log));
    let status = store.status();
    assert_eq!((&status["sessions"]["pending"], &status["plan"]), (&2.into(), &Value::Null));
    assert_eq!(store.run(&["--json"]).expect(0).json()["outcome"], "waiting");
    assert_eq!(changes(), proposed);
    let said = store.dreaming(&["discard", "--json"]).expect(0).json();
    assert_eq!((&said["outcome"], &said["changes"]), (&"dropped".into(), &count.into()), "{said}");
    store.dreaming(&["discard"]).expect(1);
    // `discard` takes no `--note`, because it decides nothing.
    store.dreaming(&["discard", "--note", "never"]).expect(2);
}

#[test]
fn a_run_that_finds_nothing_says_what_was_rejected_and_where_it_is_shown() {
    let store = Store::new();
    let rejected = |run: &Done, shown_at: &[&str], count: usize| {
        let says = format!("{count} changes that you rejected stay away");
        assert!(run.stdout.contains(&says), "{run:?}");
        for at in shown_at {
            let show = format!("show {at}");
            assert!(run.stdout.contains(&format!("`dreaming {show} --memory memory`")), "{run:?}");
            let shown = store.dreaming(&["show", at]).expect(0).stdout;
            assert!(shown.contains("rejected:"), "{shown}");
        }
    };
    store.run(&[]).expect(0);
    let two = support::reject_all(&store);
    let run = store.run(&[]).expect(0);
    rejected(&run, &["2"], two);
    // A revert keeps rejections in force, and the run says so.
    store.dreaming(&["revert", "1"]).expect(0);
    rejected(&store.run(&[]).expect(0), &["2"], two);
    // A run does not list accepted changes as rejected.
    let store = support::dreamt();
    let run = store.run(&[]).expect(0);
    assert!(!run.stdout.contains("rejected"), "{run:?}");
}

#[test]
fn a_rejection_that_is_taken_back_is_proposed_again() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let proposed = || {
        let plan = store.dreaming(&["show", "--json"]).expect(0).json()["plan"].clone();
        let changes = plan["changes"].as_array().into_iter().flatten();
        changes.map(|change| change["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = proposed();
    let reopen = |more: &[&str]| store.dreaming(&[&["review", "--reopen"][..], more].concat());
    let wrong = reopen(&[&first[0]]).expect(2).stderr;
    assert!(wrong.contains("is rejected") && wrong.contains("`dreaming log "), "{wrong}");
    support::reject_all(&store);
    let run = store.run(&[]).expect(0).stdout;
    assert!(
        run.contains("`dreaming review --reopen ID --memory memory` proposes one again"),
        "{run}"
    );
    let before = store.tree(".");
    let memory = store.tree("memory");
    reopen(&[&first[0], "--dry-run"]).expect(0);
    assert_eq!(store.tree("."), before);
    let told = reopen(&[&first[0][..12], "--by", "ada", "--note", "too quick"]).expect(0).stdout;
    assert!(told.contains(": 1 rejection taken back.\n  open  "), "{told}");
    assert_eq!(store.tree("memory"), memory);
    assert!(told.contains("\n`dreaming run --memory memory` proposes it again"), "{told}");
    store.run(&[]).expect(0);
    assert_eq!(proposed(), first[..1]);
    // The log and `show` name the reopened rejection; after a revert to an earlier revision it is
    // rejected again.
    let log = store.dreaming(&["log"]).expect(0).stdout;
    let line =
        log.lines().find(|line| line.contains("reopen, 1 rejection taken back, by ada: too quick"));
    let number: u64 = line.expect(&log).split_whitespace().next().unwrap().parse().unwrap();
    let shown = store.dreaming(&["show", &number.to_string()]).expect(0).stdout;
    assert!(shown.contains("open again:") && shown.contains(&first[0]), "{shown}");
    store.dreaming(&["verify"]).expect(0);
    store.dreaming(&["discard"]).expect(0);
    store.dreaming(&["revert", &(number - 1).to_string()]).expect(0);
    let run = store.run(&[]).expect(0).stdout;
    let count = format!("{} changes that you rejected stay away", first.len());
    assert!(proposed().is_empty() && run.contains(&count), "{run}");
}

#[test]
fn a_plan_that_waits_is_not_lost() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let refused = store.run(&["--json"]).expect(3);
    assert_eq!(refused.json()["error"]["kind"], "plan-waits");
    store.run(&["--replace"]).expect(0);
    assert!(store.status()["plan"].is_object());
}

#[test]
fn edits_that_no_dream_has_seen_survive_a_revert_in_the_history() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    store.put("memory/new.md", "- Only here.\n");
    store.dreaming(&["revert", "--with-edits"]).expect(0);
    assert!(!store.path("memory/new.md").exists());
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let edit = &log["revisions"][1];
    assert_eq!(edit["record"]["kind"], "edit", "{log}");
    let number = edit["record"]["number"].to_string();
    store.dreaming(&["revert", &number]).expect(0);
    assert_eq!(store.read("memory/new.md"), "- Only here.\n");
}

#[test]
fn a_revert_takes_back_no_edit_in_silence() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let refused = |edits: &[&str]| {
        let before = store.tree("memory");
        let log = store.dreaming(&["log"]).stdout;
        let refused = store.dreaming(&["revert", "--json"]).expect(4);
        assert_eq!(refused.json()["error"]["kind"], "edits");
        for edit in edits {
            assert!(refused.stderr.contains(edit), "{edit}: {refused:?}");
        }
        assert_eq!(store.tree("memory"), before);
        assert_eq!(store.dreaming(&["log"]).stdout, log, "nothing is recorded");
    };
    store.put("memory/new.md", "- Only here.\n");
    refused(&["new.md (not in a revision yet)"]);
    // A run records the edit as a revision and proposes nothing, so a revert still goes back before
    // the same dream.
    store.run(&["--json"]).expect(0);
    refused(&["new.md (revision 3)"]);
    fs::remove_file(store.path("memory/team.md")).unwrap();
    refused(&["new.md (revision 3)", "team.md (not in a revision yet)"]);
    store.dreaming(&["revert", "1"]).expect(0);
    assert!(!store.path("memory/new.md").exists() && store.path("memory/team.md").exists());
    // The changes of a revert do not count as edits that could be lost.
    store.dreaming(&["revert"]).expect(0);
    store.dreaming(&["revert", "4"]).expect(0);
    refused(&["new.md (revision 3), team.md (revision 4)"]);
    store.dreaming(&["revert", "--with-edits"]).expect(0);
    assert!(store.path("memory/team.md").exists());
}

#[test]
fn a_first_dream_over_an_empty_folder_can_be_taken_back() {
    let store = Store::new();
    fs::remove_file(store.path("memory/notes.md")).unwrap();
    fs::remove_file(store.path("memory/team.md")).unwrap();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    assert!(!store.tree("memory").is_empty());
    store.dreaming(&["revert"]).expect(0);
    assert!(store.tree("memory").is_empty());
    assert_eq!(fs::read_dir(store.path("memory")).unwrap().count(), 0);
}

#[test]
fn auto_applies_what_loses_nothing_at_once() {
    let store = Store::new();
    let run = store.run(&["--mode", "auto", "--json"]).expect(0).json();
    assert_eq!(run["outcome"], "committed", "{run}");
    assert_eq!(store.read("memory/team.md").matches("UTC").count(), 1);
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
}

#[test]
fn sessions_over_the_limit_stay_pending_and_the_last_paths_are_remembered() {
    let store = Store::new();
    let run = store.run(&["--limit", "1", "--mode", "auto", "--json"]).expect(0).json();
    assert_eq!((&run["sessions"]["read"], &run["sessions"]["pending"]), (&1.into(), &1.into()));
    assert_eq!(store.status()["sessions"]["pending"], 1);
    let next = ["run", "--mode", "auto", "--now", support::NOW, "--json"];
    let run = store.dreaming(&next).expect(0).json();
    assert_eq!((&run["sessions"]["read"], &run["sessions"]["pending"]), (&1.into(), &0.into()));
}

#[test]
fn a_replay_names_sources_that_changed_and_ignores_what_was_appended() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let original = store.read("sessions/one.jsonl");
    store.put("sessions/one.jsonl", format!("{original}{{\"more\": 1}}\n"));
    assert_eq!(store.dreaming(&["replay", "--json"]).expect(0).json()["verdict"], "equal");
    store.put("sessions/one.jsonl", original.replace("formatter", "formattor"));
    fs::remove_file(store.path("sessions/two.jsonl")).unwrap();
    let replay = store.dreaming(&["replay", "--json"]).expect(5).json();
    assert_eq!(replay["verdict"], "sources-changed");
    let details = replay["details"].to_string();
    assert!(details.contains("one.jsonl") && details.contains("two.jsonl"), "{details}");
}
