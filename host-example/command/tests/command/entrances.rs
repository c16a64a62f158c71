//! Where an agent loads the memory through one file, what is learned is named there, or it is said that nothing
//! loads it.

use serde_json::{Value, json};

use crate::support::{Store, session};

const HEAD: &str = "# Shop\n\nPrices are kept in cents.\n";

/// A memory folder with one file, and a session in which a person asks for something.
fn with(file: &str) -> Store {
    let store = Store::empty();
    store.put(&format!("memory/{file}"), HEAD);
    store.put("sessions/one.jsonl", session("one", 2));
    store
}

/// The ids of the changes to a file.
fn of(plan: &Value, path: &str) -> Vec<String> {
    let changes = plan["plan"]["changes"].as_array().unwrap();
    let here = changes.iter().filter(|change| change["path"] == path);
    here.map(|change| change["id"].as_str().unwrap().into()).collect()
}

#[test]
fn a_file_that_takes_in_others_gets_the_line_with_the_entry_and_one_revert_takes_both_back() {
    for file in ["CLAUDE.md", "GEMINI.md", "QWEN.md"] {
        let store = with(file);
        let run = store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
        assert!(!run.stdout.contains("no agent loads"), "{run:?}");
        let plan = store.dreaming(&["show", "--json"]).expect(0).json();
        let (line, entry) = (of(&plan, file), of(&plan, "learned/preferences.md"));
        assert_eq!((line.len(), entry.len()), (1, 1), "{plan}");
        // Nothing names what is not there.
        store.dreaming(&["apply", &line[0]]).expect(1);
        assert_eq!(store.read(&format!("memory/{file}")), HEAD);
        store.dreaming(&["apply", &entry[0], &line[0]]).expect(0);
        let text = store.read(&format!("memory/{file}"));
        assert_eq!(text, format!("{HEAD}\n- @learned/preferences.md\n"));
        store.dreaming(&["revert"]).expect(0);
        assert_eq!(store.read(&format!("memory/{file}")), HEAD);
        assert!(!store.path("memory/learned/preferences.md").exists());
    }
}

#[test]
fn where_no_file_takes_in_others_a_run_says_what_to_write() {
    let store = with("AGENTS.md");
    let call = ["run", "--sessions", "sessions", "--replace"];
    let run = store.dreaming(&call).expect(0).stdout;
    let line = "Read learned/preferences.md before you start.";
    let said = run.lines().find(|line| line.contains("no agent loads")).expect(&run);
    assert!(said.contains("AGENTS.md") && said.contains(&format!("`{line}`")), "{said}");
    let json = store.dreaming(&[&call[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(json["unloaded"], json!(["learned/preferences.md"]), "{json}");
    assert_eq!(store.read("memory/AGENTS.md"), HEAD);
    // Done as it says.
    store.put("memory/AGENTS.md", format!("{HEAD}\n{line}\n"));
    let run = store.dreaming(&[&call[..], &["--json"]].concat()).expect(0).json();
    assert_eq!((&run["unloaded"], &run["changes"]["review"]), (&json!([]), &json!(1)), "{run}");
}

#[test]
fn a_pinned_file_is_left_alone_and_that_is_said() {
    let store = with("CLAUDE.md");
    store.put("policy.json", "{\"pins.paths\": [\"CLAUDE.md\"]}");
    let call = ["run", "--sessions", "sessions", "--policy", "policy.json"];
    let run = store.dreaming(&call).expect(0).stdout;
    assert!(run.contains("no agent loads learned/preferences.md"), "{run}");
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    assert_eq!(of(&plan, "CLAUDE.md"), [""; 0]);
}
