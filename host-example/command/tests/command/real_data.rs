//! Runs real sessions over real memories, if the data folder exists (`DREAMING_DATA`, default
//! `../shared/data` beside the project).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{NOW, Store, tree};

/// The folders that a test needs; `None`, with a message, when one is missing.
fn data<const N: usize>(places: [&str; N]) -> Option<[PathBuf; N]> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("DREAMING_DATA").map_or(beside, PathBuf::from);
    let found = places.map(|place| folder.join(place).canonicalize().unwrap_or(folder.join(place)));
    if let Some(missing) = found.iter().find(|path| !path.exists()) {
        eprintln!("skipped: no {}", missing.display());
        return None;
    }
    Some(found)
}

/// Runs and applies until a run proposes nothing; returns the plans that had changes, each with
/// the text that `show` prints.
fn dream_to_rest(store: &Store, sessions: &Path) -> Vec<(Value, String)> {
    let run = ["run", "--sessions", sessions.to_str().unwrap(), "--now", NOW];
    let mut plans = Vec::new();
    for _ in 0..6 {
        store.dreaming(&run).expect(0);
        if store.status()["plan"].is_null() {
            assert_eq!(store.status()["sessions"]["pending"], 0);
            let again = store.dreaming(&[&run[..], &["--json"]].concat()).expect(0).json();
            assert_eq!(again["outcome"], "nothing", "{again}");
            return plans;
        }
        let plan = store.dreaming(&["show", "--json"]).expect(0).json()["plan"].clone();
        plans.push((plan, store.dreaming(&["show"]).expect(0).stdout));
        store.dreaming(&["apply", "--all"]).expect(0);
    }
    panic!("the plans never end");
}

fn changes(plans: &[(Value, String)]) -> Vec<&Value> {
    plans.iter().flat_map(|(plan, _)| plan["changes"].as_array().unwrap()).collect()
}

#[test]
fn a_project_memory_learns_from_the_projects_sessions() {
    let Some([history, sessions]) =
        data(["claude-md-history/versions.jsonl", "entire-lite/sessions"])
    else {
        return;
    };
    let versions = fs::read_to_string(history).unwrap();
    let oldest: Value = serde_json::from_str(versions.lines().next().unwrap()).unwrap();
    let store = Store::empty();
    store.put("memory/CLAUDE.md", oldest["text"].as_str().unwrap());
    let before = tree(&sessions);

    let plans = dream_to_rest(&store, &sessions);

    assert_eq!(tree(&sessions), before, "a transcript was written");
    let changes = changes(&plans);
    let has = |operation: &str| changes.iter().any(|c| c["operation"] == operation);
    // Lines that say the same below `**Manual-Commit Strategy**` and `**Auto-Commit Strategy**` are no duplicates.
    assert!(has("supersede") && !has("merge"), "{changes:#?}");
    // What its people wrote already is not added in other words.
    let rejected = plans.iter().flat_map(|(plan, _)| plan["rejected"].as_array().unwrap());
    let known = rejected.filter(|rejected| rejected["reason"] == "known");
    let known: Vec<&str> = known.filter_map(|rejected| rejected["text"].as_str()).collect();
    assert!(known.iter().any(|text| text.contains("`mise run fmt`")), "{known:?}");
    for (plan, shown) in &plans {
        for change in plan["changes"].as_array().unwrap() {
            let evidence = change["evidence"].as_array().unwrap();
            let targets = change["targets"].as_array().unwrap();
            assert!(!evidence.is_empty() || !targets.is_empty(), "{change:#?}");
            for piece in evidence {
                let file =
                    sessions.join(piece["session"].as_str().unwrap()).with_extension("jsonl");
                let line = piece["line"].as_u64().unwrap();
                let lines = before[&file].split(|byte| *byte == b'\n').count() as u64;
                assert!(line <= lines);
                assert!(shown.contains(&format!("{}:{line}", file.display())), "{piece:#?}");
                assert!(shown.contains(piece["quote"].as_str().unwrap().lines().next().unwrap()));
            }
            for target in targets {
                let place = format!("{}:{}", target["path"].as_str().unwrap(), target["line"]);
                assert!(shown.contains(&place), "{place}");
            }
        }
    }
}

/// The commands between backticks that a text tells a person to type.
fn told(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|piece| piece.starts_with("dreaming ")).collect()
}

#[cfg(unix)]
#[test]
fn a_first_dream_without_a_model_ends_with_a_next_step_that_works_as_printed() {
    use crate::support::typed::typed;
    for project in [
        "entire-lite/sessions",
        "projects/cipher-box/sessions",
        "projects/git-sync-codex/sessions",
        "copilot",
    ] {
        let Some([sessions]) = data([project]) else { continue };
        let store = Store::empty();
        store.put("notes/.keep", "");
        store.put("home/.profile", "");
        let line = format!("dreaming run --memory notes --sessions '{}'", sessions.display());
        let run = typed(&store, ".", &line);
        assert!(run.code <= 1, "{project}: {run:?}");
        let last = run.stdout.lines().last().unwrap();
        assert!(!told(last).is_empty(), "{project} ends in nothing: {}", run.stdout);
        for command in told(&run.stdout) {
            // Without a key the command says which variable to set; the estimate needs no key.
            let free = format!("env -u ANTHROPIC_API_KEY -u ANTHROPIC_AUTH_TOKEN {command}");
            if command.contains(" --model ") {
                let refused = typed(&store, ".", &free).expect(2);
                assert!(refused.stderr.contains("set ANTHROPIC_API_KEY"), "{command}: {refused:?}");
                let estimate = typed(&store, ".", &format!("{free} --estimate")).expect(0).stdout;
                assert!(estimate.contains(" to make, "), "{command}: {estimate}");
                continue;
            }
            let done = typed(&store, ".", &free).expect(0);
            assert!(!done.stdout.is_empty(), "{project}: {command}");
        }
        let counted = run.stdout.lines().find(|line| line.starts_with("Counted in "));
        if let Some((read, _)) = counted.and_then(|_| run.stdout.split_once(" session")) {
            let read = read.rsplit_once("Read ").unwrap().1;
            let begins = format!("Counted in {read} session");
            assert!(counted.unwrap().starts_with(&begins), "{project}: {}", run.stdout);
        }
    }
}

#[test]
fn a_memory_folder_of_another_project_keeps_every_untouched_byte() {
    let Some([memory, sessions]) = data(["memory-dir-gpl3/memory", "entire-lite/sessions"]) else {
        return;
    };
    let store = Store::empty();
    for (path, bytes) in tree(&memory) {
        let name = path.strip_prefix(&memory).unwrap();
        store.put(&format!("memory/{}", name.display()), bytes);
    }
    let before = store.tree("memory");

    let plans = dream_to_rest(&store, &sessions);

    let after = store.tree("memory");
    let changes = changes(&plans);
    assert!(!changes.is_empty());
    for (path, old) in &before {
        let name = path.strip_prefix(store.path("memory")).unwrap().to_str().unwrap();
        let here: Vec<&&Value> = changes.iter().filter(|c| c["path"] == name).collect();
        if here.is_empty() {
            assert_eq!(&after[path], old, "{name}");
        } else if here.iter().all(|c| c["operation"] == "add") {
            let kept = old.strip_suffix(b"\n").unwrap_or(old);
            assert!(after[path].starts_with(kept), "{name}");
        }
    }
}
