//! What people use every day: triggers, the folders of agents, settings, colours, pages.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::support::{self, Done, Store, done, session};

/// Calls `run --if-due` with the arguments `more`. Returns whether it dreamt, and the rule that
/// decided.
fn due(store: &Store, more: &[&str]) -> (bool, String) {
    let all = [&["run", "--if-due", "--sessions", "sessions", "--json"], more].concat();
    let json = store.dreaming(&all).expect(0).json();
    let verdict = &json["due"];
    assert_eq!(verdict["due"] == true, json["outcome"] != "not-due", "{json}");
    (verdict["due"] == true, verdict["rule"].as_str().unwrap().into())
}

fn not(rule: &str) -> (bool, String) {
    (false, rule.into())
}

/// Sets the times of the session files to an hour ago.
fn settle(store: &Store) {
    let then = SystemTime::now() - Duration::from_secs(3600);
    for item in fs::read_dir(store.path("sessions")).unwrap() {
        let file = File::options().append(true).open(item.unwrap().path()).unwrap();
        file.set_modified(then).unwrap();
    }
}

#[test]
fn a_dream_is_due_once_there_are_sessions_that_have_come_to_rest_and_time_has_passed() {
    let store = Store::new();
    assert_eq!(due(&store, &[]), not("min-sessions"));
    assert!(!store.path(".dreaming").exists(), "looking makes nothing");
    assert_eq!(due(&store, &["--min-sessions", "2"]), not("idle"));
    settle(&store);
    let two = ["--min-sessions", "2"];
    assert_eq!(due(&store, &two), (true, "due".into()));
    assert_eq!(due(&store, &two), not("plan-waits"));
    support::reject_all(&store);
    assert_eq!(due(&store, &two), not("min-interval"));
    assert_eq!(due(&store, &["--min-sessions", "2", "--min-interval", "0s"]), not("min-sessions"));
    store.put("sessions/three.jsonl", session("three", 11));
    settle(&store);
    let third = ["--min-sessions", "1", "--min-interval", "0s"];
    assert_eq!(due(&store, &third), (true, "due".into()));
}

#[test]
fn why_is_said_in_one_line() {
    let store = Store::new();
    let call = ["run", "--if-due", "--sessions", "sessions"];
    let said = store.dreaming(&call).expect(0);
    assert_eq!(said.stdout, "Not due: 2 new sessions, --min-sessions asks for 5.\n");
    settle(&store);
    let said = store.dreaming(&[&call[..], &["--min-sessions", "2"]].concat()).expect(0);
    assert!(said.stderr.contains("Due: 2 new sessions, no dream yet."), "{said:?}");
    store.dreaming(&["run", "--min-sessions", "2"]).expect(2);
    store.dreaming(&[&call[..], &["--idle", "soon"]].concat()).expect(2);
}

#[test]
fn a_run_that_failed_does_not_count_as_the_last_one() {
    let store = Store::new();
    settle(&store);
    store.put("policy.json", "{\"no.such\": 1}");
    let call = ["run", "--if-due", "--sessions", "sessions", "--min-sessions", "2"];
    store.dreaming(&[&call[..], &["--policy", "policy.json"]].concat()).expect(2);
    assert_eq!(due(&store, &["--min-sessions", "2"]), (true, "due".into()));
}

#[test]
fn while_another_process_works_nothing_is_due() {
    let store = Store::new();
    settle(&store);
    store.run(&["--mode", "auto"]).expect(0);
    store.put("sessions/three.jsonl", session("three", 11));
    settle(&store);
    let lock = File::open(store.path(".dreaming/memory/lock")).unwrap();
    lock.lock().unwrap();
    let call = ["--min-sessions", "1", "--min-interval", "0s"];
    assert_eq!(due(&store, &call), not("busy"));
    drop(lock);
    assert_eq!(due(&store, &call), (true, "due".into()));
}

/// A home folder in which Claude Code has worked on `shop`.
fn home() -> (Store, PathBuf) {
    let store = Store::empty();
    store.put("shop/.git/HEAD", "ref: refs/heads/main\n");
    store.put("shop/src/main.rs", "");
    let shop = store.path("shop").canonicalize().unwrap();
    let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slug: String = shop.to_str().unwrap().chars().map(dash).collect();
    let project = format!("home/.claude/projects/{slug}");
    store.put(&format!("{project}/memory/MEMORY.md"), support::TEAM);
    store.put(&format!("{project}/one.jsonl"), session("one", 2));
    store.put(&format!("{project}/two.jsonl"), session("two", 9));
    let project = store.path(&project);
    (store, project)
}

/// Runs the command in `folder`, with a home folder inside the store.
fn at(store: &Store, folder: &str, arguments: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    command.args(arguments).current_dir(store.path(folder));
    command.env("HOME", store.path("home")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env_remove("CLAUDE_CONFIG_DIR").env_remove("CODEX_HOME");
    done(&mut command)
}

#[test]
fn claude_code_needs_no_folder_named() {
    let (store, project) = home();
    let run = at(&store, "shop/src", &["run", "--claude-code", "--json"]).expect(0).json();
    assert_eq!(run["sessions"]["read"], 2, "{run}");
    let status = at(&store, ".", &["status", "--claude-code", "shop", "--json"]).expect(0).json();
    assert_eq!(status["memories"], 1, "{status}");
    at(&store, "shop", &["apply", "--all", "--claude-code"]).expect(0);
    let memory = fs::read_to_string(project.join("memory/MEMORY.md")).unwrap();
    assert_eq!(memory.matches("UTC").count(), 1);
    // The state lies beside the memories, and nothing else was written anywhere but the mark by which it is known again.
    let outside: Vec<PathBuf> = support::tree(&store.path("."))
        .into_keys()
        .filter(|file| !file.starts_with(project.join("memory")))
        .filter(|file| !file.starts_with(project.join(".dreaming")))
        .filter(|file| !file.starts_with(store.path("home/.local/state/dreaming/states")))
        .collect();
    assert_eq!(outside.len(), 4, "two sessions, two files of the project: {outside:?}");
    let doctor = at(&store, "shop", &["doctor", "--claude-code"]).expect(0).stdout;
    assert!(doctor.contains("2 sessions found, 0 pending"), "{doctor}");
}

#[test]
fn what_the_command_line_names_wins_over_the_folders_of_an_agent() {
    let (store, _) = home();
    store.put("notes/a.md", "- A.\n");
    let call = ["run", "--claude-code", "shop", "--memory", "notes", "--json"];
    let run = at(&store, ".", &call).expect(0).json();
    assert_eq!(run["sessions"]["read"], 2, "{run}");
    assert!(store.path(".dreaming/notes/state.db").exists());
}

#[test]
fn an_agent_that_is_not_there_is_an_error_that_says_where_it_was_looked_for() {
    let (store, project) = home();
    let refused = at(&store, "home", &["run", "--claude-code", "--json"]).expect(2);
    assert!(refused.stderr.contains(".claude/projects/-"), "{refused:?}");
    at(&store, ".", &["run", "--claude-code", "nowhere"]).expect(2);
    at(&store, ".", &["run", "--claude-code", "--codex"]).expect(2);
    let refused = at(&store, ".", &["run", "--codex"]).expect(2);
    assert!(refused.stderr.contains(".codex/sessions"), "{refused:?}");
    fs::remove_dir_all(project.join("memory")).unwrap();
    let refused = at(&store, "shop", &["run", "--claude-code"]).expect(2);
    assert!(refused.stderr.contains("keeps no memories") && refused.stderr.contains("--memory"));
}

#[test]
fn settings_are_printed_with_reasons_and_a_mistyped_one_names_the_nearest() {
    let store = Store::new();
    let all = store.dreaming(&["policy", "--json"]).expect(0).json();
    let all = all["settings"].as_array().unwrap().clone();
    assert!(all.len() > 20);
    assert!(all.iter().all(|setting| !setting["reason"].as_str().unwrap().is_empty()));
    let one = store.dreaming(&["policy", "round.sessions"]).expect(0).stdout;
    assert!(one.starts_with("round.sessions = 8\n") && one.contains("1 to 100"), "{one}");
    let markdown = store.dreaming(&["policy", "--markdown"]).expect(0).stdout;
    assert_eq!(markdown.lines().count(), all.len() + 2);
    store.put("p.json", "{\"round.sessions\": 4}");
    let with = store.dreaming(&["policy", "--policy", "p.json", "round.sessions"]).expect(0);
    assert!(with.stdout.starts_with("round.sessions = 4 (default 8)\n"), "{with:?}");
    store.put("p.json", "{\"round.session\": 4}");
    for call in [vec!["policy"], vec!["run", "--sessions", "sessions"]] {
        let refused = store.dreaming(&[call, vec!["--policy", "p.json"]].concat()).expect(2);
        assert!(refused.stderr.contains("did you mean `round.sessions`?"), "{refused:?}");
    }
    let refused = store.dreaming(&["policy", "gate.autoadd"]).expect(2);
    assert!(refused.stderr.contains("did you mean `gate.auto-add`?"), "{refused:?}");
    store.put("p.json", "{\"round.sessions\": 101}");
    let refused = store.dreaming(&["policy", "--policy", "p.json"]).expect(2);
    assert!(refused.stderr.contains("takes 1 to 100 sessions, not 101"), "{refused:?}");
}

#[test]
fn colour_is_for_terminals_unless_somebody_says_otherwise() {
    let store = Store::new();
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = store.command(&[&["doctor"], arguments].concat());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("CLICOLOR");
        command.envs(variables.iter().copied());
        done(&mut command).expect(0).stdout.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]), "a pipe");
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]), "said last");
    assert!(!coloured(&["--color", "always", "--json"], &[]), "a document has no colour");
}

#[test]
fn shells_and_manuals_know_every_command() {
    let store = Store::empty();
    fs::create_dir(store.path("memory")).unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = store.dreaming(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("doctor") && script.contains("if-due"), "{shell}");
    }
    let page = store.dreaming(&["man"]).expect(0).stdout;
    assert!(page.contains(".TH dreaming 1"), "{page}");
    store.dreaming(&["man", "--out", "man1"]).expect(0);
    let pages = fs::read_dir(store.path("man1")).unwrap().count();
    let said = store.dreaming(&["man", "--out", "man1", "--json"]).expect(0).json();
    assert_eq!(said["pages"], pages);
    assert!(Path::new(&store.path("man1/dreaming-run.1")).exists());
}

#[test]
fn every_line_of_the_page_about_triggers_can_be_typed() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/triggers.md");
    let page = fs::read_to_string(page).unwrap();
    let store = Store::empty();
    let mut tried = 0;
    for line in page.lines().filter(|line| line.contains("dreaming run --if-due --")) {
        let (_, call) = line.split_once("dreaming run").unwrap();
        let call = call.replace("\\\"", "");
        let call = call.split(['>', '&', '"']).next().unwrap();
        let words: Vec<&str> = ["run"].into_iter().chain(call.split_whitespace()).collect();
        // Help is printed only when all words before it make sense.
        store.dreaming(&[&words[..], &["--help"]].concat()).expect(0);
        tried += 1;
    }
    assert_eq!(tried, 4);
    let json = page.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let hooks: serde_json::Value = serde_json::from_str(json).unwrap();
    assert!(hooks["hooks"]["SessionEnd"][0]["hooks"][0]["command"].is_string());
}

#[test]
fn a_pack_holds_what_fits_the_query_and_the_budget() {
    let store = Store::new();
    store.put("memory/deploy.md", "# Deploy\n\n## Never\n\n- Deploy on Fridays without asking.\n");
    let all = store.dreaming(&["pack", "--json"]).expect(0).json();
    assert!(all["entries"].as_array().unwrap().len() >= 4, "{all}");
    let fit = store.dreaming(&["pack", "--query", "deploy on friday?", "--json"]).expect(0).json();
    let first = &fit["entries"][0];
    assert_eq!((&first["path"], &first["line"]), (&"deploy.md".into(), &5.into()));
    let tokens = first["tokens"].as_u64().unwrap();
    let less = (tokens - 1).to_string();
    let none = ["pack", "--query", "deploy on friday?", "--budget", &less];
    let none = store.dreaming(&none).expect(0);
    assert!(!none.stdout.contains("Fridays"), "{none:?}");
    let said = store.dreaming(&["pack", "--query", "deploy on friday?"]).expect(0);
    let expected = "- Deploy on Fridays without asking.\n  (deploy.md:5 › Deploy › Never)\n";
    assert!(said.stdout.starts_with(expected), "{said:?}");
    assert!(!store.path(".dreaming").exists(), "reading makes nothing");
}

#[test]
fn where_an_agent_has_not_worked_yet_nothing_is_due_and_doctor_says_what_to_do() {
    let (store, project) = home();
    let check = |missing: &str, todo: &str| {
        let run = ["run", "--if-due", "--claude-code", "--json"];
        let due = at(&store, "shop", &run).expect(0).json();
        assert_eq!((&due["outcome"], &due["due"]["rule"]), (&"not-due".into(), &"not-yet".into()));
        let said = at(&store, "shop", &run[..3]).expect(0).stdout;
        assert!(said.starts_with("Not due: ") && said.contains(missing), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        let status = at(&store, "shop", &["status", "--claude-code"]).expect(2);
        assert!(status.stderr.contains(missing) && status.stderr.contains(todo), "{status:?}");
        let doctor = at(&store, "shop", &["doctor", "--claude-code", "--json"]).expect(1).json();
        let agent = doctor["checks"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&agent["name"], &agent["grade"]), (&"agent".into(), &"fail".into()));
        assert!(agent["do"].as_str().unwrap().contains(todo), "{agent}");
    };
    fs::remove_dir_all(project.join("memory")).unwrap();
    check("keeps no memories", "mkdir -p");
    fs::remove_dir_all(&project).unwrap();
    check("has no sessions", "work there with Claude Code");
    // A project folder that does not exist is an error, even with `--if-due`.
    at(&store, "shop", &["run", "--if-due", "--claude-code", "nowhere"]).expect(2);
}

#[test]
fn a_plan_that_waits_is_told_by_the_line_that_the_hook_of_the_docs_looks_for() {
    let (store, _) = home();
    let told = || {
        let status = at(&store, "shop", &["status", "--claude-code"]).expect(0).stdout;
        status.lines().filter(|line| line.starts_with("A plan ")).count()
    };
    assert_eq!(told(), 0);
    at(&store, "shop", &["run", "--claude-code"]).expect(0);
    assert_eq!(told(), 1);
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/triggers.md");
    assert!(fs::read_to_string(docs).unwrap().contains("grep -E '^(A plan|Look:|error:) '"));
}

#[test]
fn a_session_of_a_clock_that_was_ahead_hides_none_that_is_being_written() {
    let store = Store::new();
    let file = File::options().append(true).open(store.path("sessions/one.jsonl")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(86_400)).unwrap();
    assert_eq!(due(&store, &["--min-sessions", "2"]), not("idle"));
}
