//! Further things that go wrong in the first minutes: which files agents load and already know,
//! memory folders that move, and files that a repository ignores.

use std::fs;

use serde_json::{Value, json};

use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, dreamt, session};

/// The changes of the waiting plan, from the JSON reply of `show`.
fn changes(shown: &Value) -> Vec<Value> {
    shown["plan"]["changes"].as_array().unwrap().clone()
}

#[test]
fn with_claude_code_an_index_is_proposed_where_none_is() {
    let (store, project) = home();
    store.put("home/.config/dreaming/dreaming.toml", "policy = \"careful\"\n");
    typed(&store, "my shop", "dreaming run --claude-code").expect(0);
    let shown = typed(&store, "my shop", "dreaming review --claude-code").expect(0).stdout;
    assert!(shown.contains("Without this line nothing of `team.md` is loaded."), "{shown}");
    let plan = typed(&store, "my shop", "dreaming show --json --claude-code").expect(0).json();
    let lines: Vec<Value> =
        changes(&plan).into_iter().filter(|change| change["cause"] == "index").collect();
    assert!(lines.len() >= 2 && lines.iter().all(|line| line["gate"] == "review"), "{lines:?}");
    typed(&store, "my shop", "dreaming apply --all --claude-code").expect(0);
    let index = fs::read_to_string(project.join("memory/MEMORY.md")).unwrap();
    assert!(index.starts_with("# Memory\n\n- [") && index.contains("(team.md)"), "{index}");
    assert!(index.contains("(learned/preferences.md)"), "{index}");
    // No index is proposed where a setting turns it off, nor for an agent that reads all files.
    fs::remove_file(project.join("memory/MEMORY.md")).unwrap();
    let said = "[settings]\nrender.index-create = false\n";
    store.put("home/.config/dreaming/dreaming.toml", said);
    let run = typed(&store, "my shop", "dreaming run --claude-code --json").expect(0).json();
    assert_eq!(run["outcome"], "nothing", "{run}");
    let store = Store::new();
    store.run(&[]).expect(0);
    let plan = store.dreaming(&["show", "--json"]).expect(0).json();
    assert!(changes(&plan).iter().all(|change| change["cause"] != "index"), "{plan}");
}

#[test]
fn what_the_instructions_of_the_repository_say_is_not_proposed_again() {
    let (store, _) = home();
    let said = |store: &Store| {
        typed(store, "my shop", "dreaming run --replace --claude-code").expect(0);
        let shown = typed(store, "my shop", "dreaming show --json --claude-code").expect(0).json();
        let texts: Vec<String> = changes(&shown)
            .iter()
            .filter_map(|change| change["text"].as_str().map(str::to_owned))
            .filter(|text| text.contains("formatter"))
            .collect();
        let known = shown["plan"]["rejected"].as_array().unwrap().clone();
        (texts, known.into_iter().filter(|found| found["reason"] == "known").count())
    };
    assert_eq!(said(&store), (vec!["Always run the formatter before you commit.".into()], 0));
    let secret = ["AKIA", "4XW7ZQ2M", "N8PLR0TV"].concat();
    let rules =
        format!("# Shop\n\n- Always run the formatter before you commit.\n- Key {secret}\n");
    store.put("my shop/CLAUDE.md", rules);
    assert_eq!(said(&store), (vec![], 1));
    let config = typed(&store, "my shop", "dreaming config --claude-code").expect(0).stdout;
    assert!(config.contains("my shop/CLAUDE.md"), "{config}");
    // A replay works without that file, and nothing that is kept holds the secret of the file.
    fs::remove_file(store.path("my shop/CLAUDE.md")).unwrap();
    typed(&store, "my shop", "dreaming replay --claude-code").expect(0);
    let export = typed(&store, "my shop", "dreaming export - --claude-code").expect(0).stdout;
    assert!(export.contains("steer.known") && !export.contains(&secret));
}

#[test]
fn words_that_a_merge_would_lose_are_shown_and_named_for_programs() {
    let store = Store::empty();
    let texts =
        "- The queue of our shop lives in Redis.\n- The queue of its shop lives in Redis.\n";
    store.put("memory/a.md", format!("# Shop\n\n{texts}"));
    store.put("sessions/one.jsonl", session("one", 2));
    store.run(&[]).expect(0);
    let shown = store.dreaming(&["show", "--json"]).expect(0).json();
    let all = changes(&shown);
    assert!(all.iter().all(|change| change["lost"].is_array()), "{all:?}");
    let merge = all.iter().find(|change| change["operation"] == "merge").unwrap();
    let lost = merge["lost"][0].as_str().unwrap();
    assert!(["our", "its"].contains(&lost), "{merge}");
    let said = format!("would be lost: {lost}\n");
    for command in
        [&["show"][..], &["review"], &["review", "-v"], &["show", merge["id"].as_str().unwrap()]]
    {
        let shown = store.dreaming(command).expect(0).stdout;
        assert!(shown.contains(&said), "{command:?}: {shown}");
    }
}

#[test]
fn a_folder_that_moved_without_its_state_says_how_to_go_on() {
    let store = dreamt();
    fs::create_dir_all(store.path("elsewhere")).unwrap();
    fs::rename(store.path("memory"), store.path("elsewhere/notes")).unwrap();
    let gone = typed(&store, ".", "dreaming status --memory memory").expect(1).stderr;
    assert!(gone.contains("there is no folder memory, but its history is in "), "{gone}");
    let line = printed(&gone, "take-over --from").replace("FOLDER", "elsewhere/notes");
    let taken = typed(&store, ".", &line).expect(0).stdout;
    assert!(taken.contains("(2 revisions) is that of this folder now."), "{taken}");
    let status = typed(&store, ".", "dreaming status --json --memory elsewhere/notes").expect(0);
    assert_eq!((&status.json()["revision"], &status.json()["edited"]), (&json!(2), &json!([])));
    for command in ["verify", "replay", "revert"] {
        typed(&store, ".", &format!("dreaming {command} --memory elsewhere/notes")).expect(0);
    }
    // A second take-over is refused, because the folder has a history by now.
    let again = typed(&store, ".", &line).expect(2).stderr;
    assert!(again.contains("history of 3 revisions already"), "{again}");
    // The state that was taken over still exists in its old place.
    assert!(store.path(".dreaming/memory/state.db").exists());
}

#[test]
fn a_run_where_a_memory_folder_is_gone_begins_no_second_history() {
    let store = dreamt();
    fs::create_dir_all(store.path("docs/deep")).unwrap();
    fs::rename(store.path("memory"), store.path("docs/deep/memory")).unwrap();
    let before = store.tree(".");
    let refused = typed(&store, ".", "dreaming run --sessions sessions").expect(2).stderr;
    assert!(refused.contains("memory is gone and its history is left"), "{refused}");
    assert_eq!(store.tree("."), before);
    typed(&store, ".", &printed(&refused, "take-over --from")).expect(0);
    let status = typed(&store, ".", "dreaming status --json").expect(0).json();
    assert_eq!(status["revision"], 2);
}

#[test]
fn a_folder_that_was_renamed_is_told_where_its_history_is() {
    let store = dreamt();
    fs::rename(store.path("memory"), store.path("my notes")).unwrap();
    let told = typed(&store, ".", "dreaming status --memory 'my notes'").expect(0).stderr;
    assert!(told.contains("is gone and its history is left"), "{told}");
    typed(&store, ".", &printed(&told, "take-over --from")).expect(0);
    let status = typed(&store, ".", "dreaming status --json --memory 'my notes'").expect(0).json();
    assert_eq!(status["revision"], 2);
    // For a folder with its own history the command does not suggest `take-over`.
    let told = typed(&store, ".", "dreaming status --memory 'my notes'").expect(0).stderr;
    assert!(!told.contains("take-over"), "{told}");
}

#[test]
fn a_dream_over_a_folder_that_moved_begins_no_second_history() {
    for moves in ["mv memory notes", "cp -r memory notes && rm -r memory"] {
        let store = dreamt();
        typed(&store, ".", moves).expect(0);
        let before = store.tree(".");
        let line = "dreaming run --memory notes --sessions sessions --now 2026-03-01T00:00:00Z";
        for line in
            [line.to_owned(), format!("{line} --json"), format!("{line} --if-due --min-sessions 0")]
        {
            let refused = typed(&store, ".", &line).expect(2);
            let said = format!("{}{}", refused.stdout, refused.stderr);
            assert!(said.contains("take-over --from"), "{said}");
            assert!(line.contains("--if-due") || store.tree(".") == before, "{line}");
        }
        for other in ["adopt nothing.json", "gather nobody"] {
            let refused = typed(&store, ".", &format!("dreaming {other} --memory notes")).expect(2);
            assert!(refused.stderr.contains("take-over --from"), "{refused:?}");
        }
        let told = typed(&store, ".", line).expect(2).stderr;
        typed(&store, ".", &printed(&told, "take-over --from")).expect(0);
        typed(&store, ".", line).expect(0);
        let status = typed(&store, ".", "dreaming status --json --memory notes").expect(0).json();
        assert!(status["revision"].as_u64() > Some(1), "{status}");
    }
}

#[test]
fn a_history_that_lost_its_folder_is_named_to_no_other_folder() {
    let store = dreamt();
    fs::remove_dir_all(store.path("memory")).unwrap();
    store.put("lamps/a.md", "- The lamp over the desk is 40 W.\n");
    for line in ["status", "run --sessions sessions --now 2026-03-01T00:00:00Z"] {
        let said = typed(&store, ".", &format!("dreaming {line} --memory lamps")).expect(0);
        assert!(!said.stderr.contains("history is left"), "{said:?}");
    }
}

#[test]
fn a_folder_that_was_copied_with_its_state_says_how_to_go_on() {
    let store = dreamt();
    typed(&store, ".", "mkdir copy && cp -r memory .dreaming copy/").expect(0);
    let refused = typed(&store, ".", "dreaming status --memory copy/memory").expect(1).stderr;
    assert!(refused.contains("belongs to the memory folder"), "{refused}");
    let line = printed(&refused, "take-over");
    assert_eq!(line, "dreaming take-over --memory copy/memory");
    typed(&store, ".", &line).expect(0);
    let run = "dreaming run --memory copy/memory --sessions sessions --now 2026-03-01T00:00:00Z";
    typed(&store, ".", run).expect(0);
    typed(&store, ".", "dreaming revert --memory copy/memory").expect(0);
    // The folder that was copied still has its own history, unchanged.
    let status = typed(&store, ".", "dreaming status --json --memory memory").expect(0).json();
    assert_eq!((&status["revision"], &status["edited"]), (&json!(2), &json!([])));
    // `take-over` is refused for a state folder that lies in the default place of another memory
    // folder; the message names `--from`.
    let line = "dreaming take-over --memory copy/memory --state .dreaming/memory";
    let refused = typed(&store, ".", line).expect(2).stderr;
    assert!(refused.contains("is where ") && refused.contains("--from"), "{refused}");
    // A memory folder that moved together with its state works without `take-over`.
    fs::rename(store.path("copy"), store.path("moved")).unwrap();
    let status = typed(&store, ".", "dreaming status --json --memory moved/memory").expect(0);
    assert_eq!(status.json()["revision"], 3);
}

#[test]
fn what_the_repository_ignores_is_no_memory_and_no_session() {
    let store = Store::new();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put(".gitignore", "private*.md\n/sessions/old/\n");
    store.put("memory/private-keys.md", "- The build runs on port 4000.\n");
    store.put("memory/drafts/.gitignore", "*\n");
    store.put("memory/drafts/one.md", "- The build runs on port 4000.\n");
    store.put("sessions/old/three.jsonl", session("three", 3));
    let run = store.run(&[]).expect(0);
    assert!(run.stdout.starts_with("Read 2 sessions"), "{run:?}");
    let all = changes(&store.dreaming(&["show", "--json"]).expect(0).json());
    assert!(!all.is_empty() && !json!(all).to_string().contains("private-keys"), "{all:?}");
    let status = store.dreaming(&["status", "--json"]).expect(0);
    let skipped = status.json()["skipped"].clone();
    let ignored = |path: &str| json!({"path": path, "reason": "ignored by .gitignore"});
    assert_eq!(skipped, json!([ignored("drafts/one.md"), ignored("private-keys.md")]));
    let said = store.dreaming(&["status"]).expect(0).stderr;
    assert!(said.contains("private-keys.md is left alone: ignored by .gitignore"), "{said}");
    assert!(said.contains("sessions/old is left alone: ignored by .gitignore"), "{said}");
    // A folder or file that somebody names is read even if git ignores it.
    store.put(".gitignore", "/memory/\n/sessions/\n*.md\n*.jsonl\n");
    fs::remove_dir_all(store.path("memory/drafts")).unwrap();
    assert_eq!(store.status()["skipped"], json!([]));
    let named = ["run", "--replace", "--sessions", "sessions/old/three.jsonl", "--now", NOW];
    assert!(store.dreaming(&named).expect(0).stdout.starts_with("Read 1 session"));
}

#[test]
fn a_dream_writes_no_memory_that_the_next_one_would_not_see() {
    let store = Store::new();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put(".gitignore", "learned/\n");
    let run = store.run(&[]).expect(0);
    assert!(run.stderr.contains("learned is left alone: ignored by .gitignore"), "{run:?}");
    let all = changes(&store.dreaming(&["show", "--json"]).expect(0).json());
    let learned: Vec<&Value> = all
        .iter()
        .filter(|change| change["path"].as_str().unwrap().starts_with("learned/"))
        .collect();
    assert!(!learned.is_empty() && learned.iter().all(|c| c["gate"] == "blocked"), "{learned:?}");
    // A memory that the store had before git ignored it does not count as removed.
    let store = dreamt();
    fs::create_dir_all(store.path(".git")).unwrap();
    store.put(".gitignore", "learned/\n");
    let status = store.status();
    assert_eq!(status["edited"], json!([]), "{status}");
    let reason = status["skipped"][0]["reason"].as_str().unwrap();
    assert!(reason.ends_with("it counts as it was at the newest revision"), "{status}");
}

#[test]
fn what_agents_proposed_and_batches_at_work_come_with_a_history_that_is_taken_over() {
    let store = dreamt();
    let db = rusqlite::Connection::open(store.path(".dreaming/memory/state.db")).unwrap();
    let held = json!({
        "text": "Staging listens on 8443.", "quote": "staging is on 8443 now", "type": "proposal",
        "source": "agent test",
    });
    db.execute("INSERT INTO proposed (entry) VALUES (?1)", [held.to_string()]).unwrap();
    let batch = json!({"tag": "t", "after": null, "id": null, "calls": [], "is_again": false});
    let insert = "INSERT INTO batches (tag, model, batch) VALUES ('t', 'm', ?1)";
    db.execute(insert, [batch.to_string()]).unwrap();
    drop(db);
    fs::create_dir(store.path("new")).unwrap();
    fs::rename(store.path("memory"), store.path("new/memory")).unwrap();
    let line = "dreaming take-over --from .dreaming/memory --memory new/memory";
    typed(&store, ".", line).expect(0);
    let status = typed(&store, ".", "dreaming status --memory new/memory").expect(0).stdout;
    assert!(status.contains("1 statement came from agents"), "{status}");
    let db = rusqlite::Connection::open(store.path("new/.dreaming/memory/state.db")).unwrap();
    let batch = db.query_row("SELECT tag FROM batches", [], |row| row.get::<_, String>(0));
    assert_eq!(batch.unwrap(), "t");
}
