//! Presets of the policy, and the figures of each dream in the log.

use serde_json::{Value, json};

use crate::support::Store;
#[cfg(unix)]
use crate::support::typed::{home, typed};

/// The value of a setting as `dreaming policy` prints it.
fn value<'v>(policy: &'v Value, name: &str) -> &'v Value {
    let settings = policy["settings"].as_array().unwrap();
    &settings.iter().find(|setting| setting["name"] == name).unwrap()["value"]
}

#[test]
fn a_preset_is_named_by_flag_or_file_and_settings_stand_over_it() {
    let store = Store::new();
    let all = store.dreaming(&["policy"]).expect(0).stdout;
    for name in ["careful", "balanced", "compact"] {
        assert!(all.contains(name), "{all}");
    }
    let compact = store.dreaming(&["policy", "--policy", "compact", "--json"]).expect(0).json();
    assert_eq!(compact["preset"], "compact");
    assert_eq!(value(&compact, "gate.auto-near"), &json!(true));
    assert_eq!(value(&compact, "prune.stale-days"), &json!(45));
    // Its name alone shows what it sets.
    let shown = store.dreaming(&["policy", "compact", "--json"]).expect(0).json();
    let of_preset = shown["presets"].as_array().unwrap();
    let of_preset = of_preset.iter().find(|preset| preset["name"] == "compact").unwrap();
    let set = of_preset["settings"].as_object().unwrap();
    assert_eq!(shown["settings"].as_array().unwrap().len(), set.len());
    assert!(!set.is_empty() && set.iter().all(|(name, is)| value(&shown, name) == is), "{shown}");
    let shown = store.dreaming(&["policy", "compact"]).expect(0).stdout;
    assert!(
        shown.contains("prune.stale-days = 45 (default ") && !shown.contains("Presets"),
        "{shown}"
    );
    store.put(
        "p.json",
        r#"{"$schema": "policy.schema.json", "preset": "compact", "prune.stale-days": 90}"#,
    );
    let own = store.dreaming(&["policy", "--policy", "p.json", "--json"]).expect(0).json();
    assert_eq!(value(&own, "prune.stale-days"), &json!(90));
    assert_eq!(value(&own, "gate.auto-near"), &json!(true));
    store.put("p.json", r#"{"preset": "bold"}"#);
    for call in [vec!["policy"], vec!["run", "--sessions", "sessions"]] {
        let refused = store.dreaming(&[call, vec!["--policy", "p.json"]].concat()).expect(2);
        assert!(refused.stderr.contains("careful, balanced, compact"), "{refused:?}");
    }
}

#[test]
fn a_plan_records_what_its_preset_stood_for_and_replays() {
    let store = Store::new();
    store.run(&["--policy", "balanced"]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    assert_eq!(plan["plan"]["policy"]["gate.auto-near"], true, "{plan}");
    assert_eq!(plan["plan"]["policy"]["preset"], Value::Null);
    store.dreaming(&["replay"]).expect(0);
}

#[test]
fn a_log_says_how_much_each_dream_changed() {
    let store = Store::new();
    store.run(&[]).expect(0);
    store.dreaming(&["apply", "--all", "--by", "ada"]).expect(0);
    let log = store.dreaming(&["log", "--limit", "1"]).expect(0).stdout;
    assert!(log.contains(" added"), "{log}");
    let log = store.dreaming(&["log", "--json"]).expect(0).json();
    let figures = &log["revisions"][0]["record"]["figures"];
    assert!(figures["added"].as_u64() > Some(0) && figures["gates"].is_object(), "{figures}");
}

#[test]
fn a_setting_that_stands_twice_in_a_file_is_an_error() {
    let store = Store::new();
    store.put("p.json", r#"{"charter.phrases": ["tabs"], "charter.phrases": ["spaces"]}"#);
    let refused = store.dreaming(&["policy", "--policy", "p.json"]).expect(2).stderr;
    assert!(refused.contains("the setting `charter.phrases` occurs twice"), "{refused}");
}

#[test]
#[cfg(unix)]
fn a_list_without_brackets_takes_in_the_instruction_files_too() {
    let (store, _) = home();
    store.put("my shop/CLAUDE.md", "- Prices are kept in cents.\n");
    store.put("my shop/p.json", r#"{"steer.known": "- The logo is a teapot."}"#);
    let line = "dreaming run --claude-code --policy p.json --dry-run --json";
    let run = typed(&store, "my shop", line).expect(0).json();
    let known = run["plan"]["policy"]["steer.known"].as_array().unwrap();
    assert_eq!(known.len(), 2, "{known:?}");
}

#[test]
fn a_list_without_brackets_is_added_to_and_its_ids_are_completed() {
    let store = Store::new();
    // No dream may write where something lies that is no memory.
    store.put("memory/odd.md", b"caf\xe9");
    let id = "a-session-with-a-long-name";
    store.put(&format!("sessions/{id}.jsonl"), crate::support::session(id, 3));
    let short = r#"{"pins.paths": "own/", "evidence.withdrawn": "a-session-with"}"#;
    store.put("p.json", short);
    let run = store.run(&["--policy", "p.json", "--dry-run", "--json"]).expect(0).json();
    let policy = &run["plan"]["policy"];
    assert_eq!(policy["evidence.withdrawn"], json!([id]), "{policy}");
    assert_eq!(policy["pins.paths"], json!(["own/", "odd.md"]), "{policy}");
}

#[test]
fn what_is_pinned_is_kept_or_named_as_nothing() {
    let store = crate::support::dreamt();
    for (setting, item) in [
        ("pins.paths", "own"),
        ("pins.paths", "./team.md"),
        ("pins.paths", "own/*.md"),
        ("steer.paths", "/learned/"),
        ("charter.paths", "team"),
    ] {
        store.put("p.json", json!({setting: [item]}).to_string());
        for line in [["run", "--policy", "p.json"], ["policy", "--policy", "p.json"]] {
            let refused = store.dreaming(&line).expect(2).stderr;
            let why = format!("policy: {setting}: `{item}` is the path of no memory");
            assert!(refused.contains(&why), "{refused}");
        }
    }
    let paths = json!({"pins.paths": ["own/", "a b.md"], "charter.paths": ["**/x*"]});
    store.put("p.json", paths.to_string());
    store.dreaming(&["policy", "--policy", "p.json"]).expect(0);
    let told = store.dreaming(&["explain", "run the formatter", "--json"]).expect(0).json();
    let id = told["entry"].as_str().or(told["id"].as_str()).unwrap().to_owned();
    let pins = json!({"pins.entries": [&id[..8], "nobody"]});
    store.put("p.json", pins.to_string());
    let run = ["run", "--policy", "p.json", "--dry-run"];
    let said = store.dreaming(&run).expect(0).stderr;
    assert!(said.contains("pins.entries: no entry is named `nobody`"), "{said}");
    let plan = store.dreaming(&[&run[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(plan["plan"]["policy"]["pins.entries"], json!([id, "nobody"]));
}

#[cfg(unix)]
#[test]
fn a_memory_whose_name_has_a_star_is_pinned_by_its_path() {
    let store = Store::new();
    store.put("memory/a*b.md", crate::support::TEAM);
    let writes = |more: &[&str]| {
        let run = store.run(&[&["--dry-run", "--json"], more].concat()).expect(0).json();
        let changes = run["plan"]["changes"].as_array().unwrap();
        changes.iter().any(|change| change["path"] == "a*b.md" && change["gate"] != "blocked")
    };
    assert!(writes(&[]));
    store.put("p.json", json!({"pins.paths": ["a*b.md"]}).to_string());
    assert!(!writes(&["--policy", "p.json"]));
    store.dreaming(&["stats", "--policy", "p.json"]).expect(0);
    // No memory has this name, so a pattern is meant.
    store.put("p.json", json!({"pins.paths": ["a*.md"]}).to_string());
    let refused = store.run(&["--policy", "p.json"]).expect(2).stderr;
    assert!(refused.contains("no memory here has this name"), "{refused}");
}
