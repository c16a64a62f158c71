//! Sessions that a dream read without a model: a later dream with a model still asks about them,
//! once.

use crate::support::{Store, dreamt};

/// A model that proposes nothing and writes a line to `calls` for each call.
const MODEL: &str =
    "exec:cat > /dev/null; echo x >> calls; echo '{\"proposals\": [], \"answers\": []}'";

fn calls(store: &Store) -> usize {
    std::fs::read_to_string(store.path("calls")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_dream_without_a_model_uses_no_session_up() {
    let fresh = Store::new();
    let estimate = ["--model", MODEL, "--estimate", "--json"];
    let all = fresh.run(&estimate).expect(0).json()["calls"]["to_make"].clone();
    assert!(all.as_u64().unwrap() >= 2, "{all}");

    let store = dreamt();
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(status.contains(", 2 not seen by a model"), "{status}");
    assert_eq!(store.status()["sessions"]["unseen"], 2);
    assert_eq!(store.run(&estimate).expect(0).json()["calls"]["to_make"], all);
    let run = store.run(&["--model", MODEL, "--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 0, "counted once: {run}");
    assert_eq!(run["sessions"]["asked_again"], 2, "{run}");
    assert_eq!(run["sessions"]["unseen"], 0, "{run}");
    assert_eq!(calls(&store), usize::try_from(all.as_u64().unwrap()).unwrap());
    store.dreaming(&["apply", "--all"]);
    assert_eq!(store.status()["sessions"]["unseen"], 0);

    // A second dream with a model makes no call, and a dream without one does not mark the sessions
    // as unseen again.
    store.run(&["--model", MODEL, "--replace"]).expect(0);
    store.run(&["--replace"]).expect(0);
    assert_eq!(store.status()["sessions"]["unseen"], 0);
    assert_eq!(calls(&store), usize::try_from(all.as_u64().unwrap()).unwrap());
    store.dreaming(&["verify"]).expect(0);
}

#[test]
fn who_dreams_without_a_model_is_told_what_one_would_cost_in_words_that_work() {
    let store = Store::new();
    let said = store.run(&[]).expect(0).stdout;
    let line = said.lines().find(|line| line.contains(" would look closer: ")).unwrap();
    assert!(line.starts_with("2 calls, "), "{said}");
    let typed = line.split('`').nth(1).unwrap();
    let words: Vec<&str> = typed.split(' ').skip(1).collect();
    let words: Vec<&str> = words.into_iter().take_while(|word| *word != "--memory").collect();
    store.dreaming(&["apply", "--all"]).expect(0);
    let estimate = store.dreaming(&[&words[..], &["--estimate"]].concat()).expect(0).stdout;
    assert!(estimate.contains('$'), "{estimate}");
    let asked = Store::new().run(&["--model", MODEL]).expect(0).stdout;
    assert!(!asked.contains("would look closer"), "{asked}");
}

#[test]
fn keep_says_that_no_model_has_seen_what_it_leaves() {
    let store = dreamt();
    let keep = ["keep", "--sessions", "sessions"];
    let said = store.dreaming(&keep).expect(0).stdout;
    assert!(said.contains("no model has seen 2 of them"), "{said}");
    assert_eq!(store.dreaming(&[&keep[..], &["--json"]].concat()).expect(0).json()["unseen"], 2);
    store.run(&["--model", MODEL]).expect(0);
    store.dreaming(&["apply", "--all"]);
    let said = store.dreaming(&keep).expect(0).stdout;
    assert!(!said.contains("no model"), "{said}");
}

#[test]
fn an_edit_elsewhere_takes_nothing_from_a_plan_over_sessions_that_were_asked_about_again() {
    // It proposes one thing about each session, and writes it from what was found.
    const PROPOSES: &str = r#"exec:if grep -q 'Finding 1 '; then
        echo '{"statements": [{"kind": "preference", "text": "Run the formatter before each commit.", "findings": [1, 2], "replaces": null}]}';
        else echo '{"proposals": [{"kind": "preference", "text": "Run the formatter before each commit.",
        "evidence": [{"event": 1, "quote": "Always run the formatter before you commit."}]}], "answers": []}'; fi"#;
    let store = dreamt();
    let model = PROPOSES.replace('\n', " ");
    let run = store.run(&["--model", &model, "--json"]).expect(0).json();
    assert_eq!(run["sessions"]["asked_again"], 2, "{run}");
    let review = |status: serde_json::Value| status["plan"]["changes"]["review"].as_u64();
    let before = review(store.status());
    assert!(before > Some(0), "{run}");
    let edited = store.read("memory/team.md") + "- The office closes at six.\n";
    store.put("memory/team.md", edited);
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(!status.contains("stale"), "{status}");
    assert_eq!(review(store.status()), before);
    let applied = store.dreaming(&["review", "--accept-all", "--json"]).expect(0).json();
    assert!(applied["accepted"].as_u64().unwrap() > 0, "{applied}");
    assert_eq!(store.status()["sessions"]["unseen"], 0);
}

#[test]
fn sessions_that_no_model_has_seen_are_kept_when_that_is_asked_for() {
    let store = dreamt();
    let keep = ["keep", "--sessions", "sessions", "--json"];
    assert_eq!(store.dreaming(&keep).expect(0).json()["kept"], 0);
    let said = store.dreaming(&keep[..3]).expect(0).stdout;
    assert!(said.contains("`dreaming keep --unseen --sessions sessions"), "{said}");
    let unseen = [&keep[..], &["--unseen"]].concat();
    assert_eq!(store.dreaming(&unseen).expect(0).json()["kept"], 2);
    std::fs::remove_dir_all(store.path("sessions")).unwrap();
    std::fs::create_dir(store.path("sessions")).unwrap();
    let prune = [&unseen[..], &["--prune"]].concat();
    assert_eq!(store.dreaming(&prune).expect(0).json()["gone"], serde_json::json!([]));
    let run = store.run(&["--model", MODEL, "--json"]).expect(0).json();
    assert_eq!(run["sessions"]["asked_again"], 2, "{run}");
    store.dreaming(&["apply", "--all"]);
    let gone = store.dreaming(&prune).expect(0).json();
    assert_eq!(gone["gone"].as_array().unwrap().len(), 2, "{gone}");
}
