//! The figures of `stats`, and runs that select sessions.

use std::fs::File;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use crate::support::{NOW, Store, dreamt};

#[test]
fn a_store_that_knows_no_session_says_what_to_do() {
    let store = Store::empty();
    store.put("memory/notes.md", "- A note.\n");
    let said = store.dreaming(&["stats"]).expect(0);
    assert!(said.stdout.starts_with("No session is known.\n"), "{said:?}");
    assert!(said.stdout.contains("dreaming run --sessions"), "{said:?}");
    let json = store.dreaming(&["stats", "--json"]).expect(0).json();
    assert_eq!(
        (&json["format"], &json["totals"]["sessions"]),
        (&"dreaming.stats/1".into(), &0.into())
    );
}

#[test]
fn figures_are_printed_as_tables_with_what_is_missing() {
    let store = dreamt();
    let said = store.dreaming(&["stats", "--now", NOW]).expect(0).stdout;
    for part in [
        "2 sessions on 2 days, 2026-02-02 to 2026-02-09.",
        "Outcomes: 0 good, 0 bad, 2 unknown.",
        "By agent",
        "By person",
        "ada",
        "Mistakes that recur",
        "no program `python`",
        "`NAME.outcome.json`",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let json = store.dreaming(&["stats", "--now", NOW, "--json"]).expect(0).json();
    assert_eq!(json["principals"][0]["name"], "ada");
    assert_eq!(json["totals"]["mistakes"][0]["sessions"], 2);
    assert_eq!(json["trends"]["unit"], "day");
    assert_eq!(json["trends"]["periods"].as_array().unwrap().len(), 8);
}

#[test]
fn a_selection_counts_and_one_that_fits_nothing_is_named() {
    let store = dreamt();
    let json = store.dreaming(&["stats", "--since", "2026-02-05", "--json"]).expect(0).json();
    assert_eq!((&json["totals"]["sessions"], &json["left_out"]), (&1.into(), &1.into()));
    let said = store.dreaming(&["stats", "--agent", "nobody"]).expect(0).stdout;
    assert!(said.contains("The selection fits none"), "{said}");
    store.dreaming(&["stats", "--since", "soon"]).expect(2);
    store.dreaming(&["stats", "--outcome", "great"]).expect(2);
}

#[test]
fn a_page_is_written_over_a_page_of_figures_only() {
    let store = dreamt();
    let call = ["stats", "--now", NOW, "--html", "figures.html"];
    store.dreaming(&call).expect(0);
    let page = store.read("figures.html");
    assert!(page.contains("Mistakes that recur") && page.contains("python3"), "{page}");
    assert!(!page.contains("<script") && !page.contains("://"), "{page}");
    store.dreaming(&call).expect(0);
    assert_eq!(store.read("figures.html"), page);
    store.put("own.html", "mine");
    store.dreaming(&["stats", "--html", "own.html"]).expect(2);
    assert_eq!(store.read("own.html"), "mine");
    store.dreaming(&["stats", "--html", "memory/page.html"]).expect(2);
}

#[test]
fn sessions_that_are_not_selected_are_read_and_not_mined() {
    let store = Store::new();
    let json = store.run(&["--agent", "nobody", "--json"]).expect(0).json();
    assert_eq!((&json["sessions"]["read"], &json["sessions"]["pending"]), (&2.into(), &0.into()));
    let report = &json["report"];
    assert_eq!((&report["sessions_left_out"], &report["mined"]), (&2.into(), &0.into()));
    assert!(report["notes"].to_string().contains("The selection left out 2"), "{report}");
}

#[test]
fn files_that_were_not_changed_since_are_not_looked_at() {
    let store = Store::new();
    let file = File::options().append(true).open(store.path("sessions/one.jsonl")).unwrap();
    // The 3rd of February 2026.
    file.set_modified(UNIX_EPOCH + Duration::from_secs(1_770_076_800)).unwrap();
    let said = store.run(&["--since", "2026-02-05", "--dry-run"]).expect(0);
    assert!(said.stdout.contains("Read 1 session, 0 pending."), "{said:?}");
    assert!(said.stderr.contains("1 session not looked at"), "{said:?}");
}

#[test]
fn steering_works_without_a_model_and_is_repeated_in_the_report() {
    let store = Store::new();
    let steered = [
        "--ignore",
        "formatter",
        "--focus",
        "python3",
        "--path",
        "learned/",
        "--dry-run",
        "--json",
    ];
    let json = store.run(&steered).expect(0).json();
    let reasons = |json: &Value| -> Vec<String> {
        let rejected = json["plan"]["rejected"].as_array().unwrap();
        rejected.iter().map(|r| r["reason"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(reasons(&json), ["ignored"]);
    let notes = json["report"]["notes"].to_string();
    assert!(notes.contains("`formatter`") && notes.contains("`python3`"), "{notes}");
    let json = store.run(&["--kind", "preference", "--dry-run", "--json"]).expect(0).json();
    assert!(reasons(&json).contains(&"other-kind".to_owned()), "{json}");
    let wrong = store.run(&["--kind", "poem"]).expect(2);
    assert!(wrong.stderr.contains("poem") && wrong.stderr.contains("practice"), "{wrong:?}");
}

#[test]
fn a_file_beside_a_transcript_is_read_as_a_part_of_it() {
    let store = Store::new();
    store.put(
        "sessions/one.outcome.json",
        r#"{"format":"dreaming.session/1","outcomes":[{"name":"tests","value":1,"goal":1}]}"#,
    );
    let json = store.run(&["--dry-run", "--json"]).expect(0).json();
    let record = &json["plan"]["sessions"][0]["outcome"]["record"];
    let parts: Vec<&str> =
        record["parts"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(parts, ["main", "outcome.json"]);
}
