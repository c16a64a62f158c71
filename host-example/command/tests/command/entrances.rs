//! An agent may load memories only through one file, such as CLAUDE.md. A dream adds a line about
//! learned memories to that file; where it cannot, the command says that no agent loads them.

use serde_json::{Value, json};

use crate::support::{Store, session};

const HEAD: &str = "# Shop\n\nPrices are kept in cents.\n";

/// A store with one memory `file`, and a session in which a person asks for something.
fn with(file: &str) -> Store {
    let store = Store::empty();
    store.put(&format!("memory/{file}"), HEAD);
    store.put("sessions/one.jsonl", session("one", 2));
    store
}

/// The ids of the plan's changes to the memory `path`.
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
        // The line alone cannot be applied, because the memory that it names does not exist yet.
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
    // The person adds the line that the command suggested.
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

#[test]
fn an_entry_brings_its_line_whichever_way_it_is_accepted() {
    let with_line = format!("{HEAD}\n- @learned/preferences.md\n");
    for call in [&["apply"][..], &["review", "--accept"], &["apply", "--accept"]] {
        let store = with("CLAUDE.md");
        store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
        let plan = store.dreaming(&["show", "--json"]).expect(0).json();
        let entry = of(&plan, "learned/preferences.md");
        let done = store.dreaming(&[call, &[&*entry[0]]].concat()).expect(0).stdout;
        assert_eq!(store.read("memory/CLAUDE.md"), with_line, "{call:?}");
        assert!(done.contains("2 changes applied"), "{done}");
        assert!(done.contains("An entry went in with its line in CLAUDE.md."), "{done}");
    }
    // Rejecting the entry leaves the line that names its memory out, and decides nothing about it.
    for call in [&["apply", "--reject"][..], &["review", "--accept-all", "--reject"]] {
        let store = with("CLAUDE.md");
        store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
        let plan = store.dreaming(&["show", "--json"]).expect(0).json();
        let entry = of(&plan, "learned/preferences.md");
        let done = store.dreaming(&[call, &[&*entry[0], "--json"]].concat()).expect(0).json();
        assert_eq!((&done["accepted"], &done["rejected"]), (&json!(0), &json!(1)), "{done}");
        assert_eq!(done["open"], json!(0), "{done}");
        assert_eq!(store.read("memory/CLAUDE.md"), HEAD);
    }
    // Accepting the entry in other words also accepts its line, unless the person rejects the line
    // by its own id.
    let store = with("CLAUDE.md");
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let (line, entry) = (of(&plan, "CLAUDE.md"), of(&plan, "learned/preferences.md"));
    let mine = format!("{}=Format before a commit.", entry[0]);
    store.dreaming(&["review", "--edit", &mine, "--dry-run"]).expect(0);
    let call = ["review", "--edit", &mine, "--reject", &line[0]];
    store.dreaming(&call).expect(0);
    assert_eq!(store.read("memory/CLAUDE.md"), HEAD);
    assert!(store.read("memory/learned/preferences.md").contains("Format before a commit."));
}

#[test]
fn several_ids_are_given_apart_or_with_commas() {
    for by in [" ", ","] {
        let store = Store::new();
        store.run(&[]).expect(0);
        let plan = store.dreaming(&["show", "--json"]).expect(0).json();
        let changes = plan["plan"]["changes"].as_array().unwrap();
        let ids: Vec<&str> =
            changes.iter().take(2).map(|change| change["id"].as_str().unwrap()).collect();
        let given = ids.join(by);
        let call = [&["review", "--accept"], &*given.split(' ').collect::<Vec<_>>()].concat();
        let done = store.dreaming(&call).expect(0).stdout;
        assert!(done.starts_with("Revision 2: 2 changes applied, 0 rejected, "), "{done}");
        // The reply names each change that the short ids stood for, with the decision and the path.
        for (id, change) in ids.iter().zip(changes) {
            let line = done.lines().find(|line| line.contains(&id[..8])).expect(&done);
            assert!(line.starts_with("  accept  "), "{done}");
            assert!(line.contains(change["path"].as_str().unwrap()), "{done}");
        }
    }
}

/// The lines of a command's output that say that no agent loads some memories.
fn looked(store: &Store, command: &str) -> String {
    let said = store.dreaming(&[command]).expect(0).stdout;
    said.lines().filter(|line| line.contains("no agent loads")).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_no_agent_loads_is_told_after_it_went_in_and_until_something_names_it() {
    let store = with("AGENTS.md");
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    assert_eq!((looked(&store, "status"), looked(&store, "doctor")), Default::default());
    let done = store.dreaming(&["apply", "--all"]).expect(0).stdout;
    let line = "`Read learned/preferences.md before you start.`";
    let said = done.lines().find(|line| line.starts_with("Look: no agent loads")).expect(&done);
    assert!(said.contains("AGENTS.md does not say so") && said.contains(line), "{said}");
    assert_eq!(looked(&store, "status"), said);
    assert!(looked(&store, "doctor").contains(line));
    // The person adds the line that the command suggested.
    store.put("memory/AGENTS.md", format!("{HEAD}\n{}\n", line.trim_matches('`')));
    assert_eq!((looked(&store, "status"), looked(&store, "doctor")), Default::default());
    // In a memory folder that only a dream has filled, the command asks for the line in a file of
    // the project, such as AGENTS.md.
    let store = Store::empty();
    store.put("memory/keep", "");
    store.put("sessions/one.jsonl", session("one", 2));
    // Another person, so that it matters whose a preference is.
    let asked = r#"{"type":"user","uuid":"b","sessionId":"bob","cwd":"/home/bob/shop","timestamp":"2026-02-11T09:00:00Z","message":{"role":"user","content":"What is open?"}}"#;
    store.put("sessions/bob.jsonl", format!("{asked}\n"));
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    let done = store.dreaming(&["apply", "--all"]).expect(0).stdout;
    assert!(done.contains("`Read memory/learned/preferences.md before you start.`"), "{done}");
    assert!(looked(&store, "status").contains("such as AGENTS.md of the project"));
    // What `render` wrote there is loaded.
    let said = store.dreaming(&["render", "--for", "agents"]).expect(0).stdout;
    assert!(
        said.contains(
            "holds for ada only (1 statement): `dreaming render --principal ada --for agents"
        ),
        "{said}"
    );
    assert!(looked(&store, "status").contains("such as AGENTS.md of the project"));
    store.dreaming(&["render", "--for", "agents", "--principal", "ada"]).expect(0);
    assert_eq!((looked(&store, "status"), looked(&store, "doctor")), Default::default());
    store.dreaming(&["render", "--remove"]).expect(0);
    assert!(looked(&store, "status").contains("such as AGENTS.md of the project"));
    store.put("AGENTS.md", "Read memory/learned/preferences.md before you start.\n");
    assert_eq!((looked(&store, "status"), looked(&store, "doctor")), Default::default());
    // The command gives no such hint for a folder without an agent's file, because an agent may
    // load all of it, nor for memories that people write.
    let store = with("notes.md");
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    let done = store.dreaming(&["apply", "--all"]).expect(0).stdout;
    assert!(!done.contains("no agent loads"), "{done}");
    // Nor where the files that agents load name the folder; where none of them does, no agent opens
    // it by itself, whatever stands in it.
    for file in ["notes.md", "MEMORY.md"] {
        let store = with(file);
        store.put("AGENTS.md", "# Lamp shop\n");
        store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
        store.dreaming(&["apply", "--all"]).expect(0);
        assert!(looked(&store, "status").contains("such as AGENTS.md of the project"), "{file}");
        store.put("AGENTS.md", "The notes are in memory/.\n");
        assert_eq!(looked(&store, "status"), "", "{file}");
    }
    let store = with("AGENTS.md");
    store.put("memory/other.md", "- A page.\n");
    store.dreaming(&["run", "--sessions", "sessions", "--mode", "auto"]).expect(0);
    assert!(!looked(&store, "status").contains("other.md"));
}

#[test]
fn what_the_only_person_wants_is_loaded_and_said() {
    let store = Store::empty();
    store.put("memory/keep", "");
    store.put("sessions/one.jsonl", session("one", 2));
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    store.dreaming(&["apply", "--all"]).expect(0);
    let wish = store.read("memory/learned/preferences.md");
    let wish = wish.lines().find_map(|line| line.strip_prefix("- ")).unwrap();
    assert!(store.dreaming(&["pack"]).expect(0).stdout.contains(wish));
    let said = store.dreaming(&["render", "--for", "agents"]).expect(0).stdout;
    let only = "With it stands what was learned for ada, the only person whom the sessions show (1 statement).";
    assert!(said.contains(only), "{said}");
    assert!(store.read("AGENTS.md").contains(wish));
    let other = store.dreaming(&["pack", "--principal", "bob"]).expect(0).stdout;
    assert!(!other.contains(wish), "{other}");
}

#[test]
fn a_line_that_was_rejected_with_its_entry_comes_with_the_next_one() {
    let store = with("CLAUDE.md");
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    let entry = of(&plan, "learned/preferences.md");
    let done = store.dreaming(&["review", "--reject", &entry[0]]).expect(0).stdout;
    assert!(!done.contains("stays open"), "{done}");
    let said = r#"{"type":"user","text":"From now on always lint before you push.","time":"2026-03-04T09:00:00Z"}"#;
    store.put("sessions/later.jsonl", format!("{said}\n"));
    store.dreaming(&["run", "--sessions", "sessions"]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    assert_eq!(of(&plan, "CLAUDE.md").len(), 1, "{plan}");
}
