//! `dreaming init` with a person at a terminal.

use std::process::Command;

use rexpect::process::WaitStatus;
use rexpect::session::{PtySession, spawn_command};

use crate::projects::ran_in;
use crate::support::Store;
use crate::support::typed::home;

/// How long the test waits for output, in milliseconds. Long, because the first command compiles
/// the component.
const PATIENCE: Option<u64> = Some(120_000);

fn talk(store: &Store) -> PtySession {
    say(store, &["init"])
}

fn say(store: &Store, words: &[&str]) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    command.args(words).current_dir(store.path("my shop"));
    command.env("HOME", store.path("home")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("NO_COLOR", "1").env("TERM", "xterm");
    for name in
        ["CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "DREAMING_MEMORY"]
    {
        command.env_remove(name);
    }
    spawn_command(command, PATIENCE).unwrap()
}

/// Waits for a question and answers it with the letters of an option, or with Enter alone.
fn answer(session: &mut PtySession, question: &str, typed: &str) {
    session.exp_string(question).unwrap();
    // Once this line of help is shown, the command reads keys one by one.
    session.exp_string("Ctrl-C writes nothing").unwrap();
    session.send(typed).unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
}

fn end(mut session: PtySession) -> (String, i32) {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, code) => (rest, code),
        other => panic!("{other:?} after {rest}"),
    }
}

#[test]
fn every_question_is_answered_and_the_last_one_writes() {
    let (store, project) = home();
    let mut session = talk(&store);
    session.exp_string("2 sessions (").unwrap();
    answer(&mut session, "Which folder holds the memories?", "");
    answer(&mut session, "Which model reads the sessions?", "haiku");
    session.exp_string("Most dollars of a dream:").unwrap();
    session.send("0.25\r").unwrap();
    session.flush().unwrap();
    answer(&mut session, "What starts a dream", "hook");
    session.exp_string("max-cost = 0.25").unwrap();
    session.exp_string("Write this?").unwrap();
    assert!(!store.path("home/.config").exists() && !store.path("my shop/.claude").exists());
    session.send("y\r").unwrap();
    session.flush().unwrap();
    let (rest, code) = end(session);
    assert!(code == 0 && rest.contains("Written:"), "{code} {rest}");
    let own = store.read("home/.config/dreaming/dreaming.toml");
    assert!(own.ends_with("model = \"anthropic:claude-haiku-4-5\"\nmax-cost = 0.25\n"), "{own}");
    assert!(store.read("my shop/.claude/settings.local.json").contains("SessionEnd"));
    assert!(project.join(".dreaming/dreaming.toml").is_file());
}

#[test]
fn enter_alone_asks_no_model_and_starts_nothing_by_itself() {
    let (store, project) = home();
    let mut session = talk(&store);
    for question in ["Which folder", "Which model", "What starts"] {
        answer(&mut session, question, "");
    }
    session.exp_string("Write this?").unwrap();
    session.send("\r").unwrap();
    session.flush().unwrap();
    let (rest, code) = end(session);
    assert!(code == 0 && rest.contains("asks no model"), "{code} {rest}");
    assert!(project.join(".dreaming/dreaming.toml").is_file());
    assert!(!store.path("home/.config").exists() && !store.path("my shop/.claude").exists());
}

#[test]
fn no_ctrl_c_and_the_end_of_the_terminal_write_nothing() {
    let (store, _) = home();
    let before = store.tree(".");
    let mut session = talk(&store);
    answer(&mut session, "Which folder", "");
    session.exp_string("Which model").unwrap();
    session.send_control('c').unwrap();
    let (rest, code) = end(session);
    assert!(code == 1 && rest.contains("Nothing was written."), "{code} {rest}");
    assert_eq!(store.tree("."), before);

    let mut session = talk(&store);
    for question in ["Which folder", "Which model", "What starts"] {
        answer(&mut session, question, "");
    }
    session.exp_string("Write this?").unwrap();
    session.send("n\r").unwrap();
    session.flush().unwrap();
    let (rest, code) = end(session);
    assert!(code == 0 && rest.contains("Nothing was written."), "{code} {rest}");
    assert_eq!(store.tree("."), before);

    let mut session = talk(&store);
    for question in ["Which folder", "Which model", "What starts"] {
        answer(&mut session, question, "");
    }
    session.exp_string("Write this?").unwrap();
    // The person closes the terminal window.
    drop(session);
    assert_eq!(store.tree("."), before);
}

#[test]
fn sessions_of_codex_get_a_folder_of_the_project_and_no_hook_of_claude_code() {
    let (store, _) = home();
    let shop = store.path("my shop").canonicalize().unwrap();
    let rollout = ran_in(shop.to_str(), "a", "Always use tabs.");
    store.put("home/.codex/sessions/2026/02/rollout-a.jsonl", rollout);
    let mut session = talk(&store);
    answer(&mut session, "Which sessions?", "Codex");
    session.exp_string("notes (to be made)").unwrap();
    answer(&mut session, "", "notes");
    answer(&mut session, "Which model", "");
    session.exp_string("What starts").unwrap();
    let offered = session.exp_string("Ctrl-C writes nothing").unwrap();
    assert!(offered.contains("by cron") && !offered.contains("hook"), "{offered}");
    session.send("\r").unwrap();
    session.flush().unwrap();
    session.exp_string("Write this?").unwrap();
    session.send("y\r").unwrap();
    session.flush().unwrap();
    let (rest, code) = end(session);
    assert!(code == 0 && rest.contains("dreaming run --memory notes --codex"), "{code} {rest}");
    assert!(store.path("my shop/notes").is_dir() && !store.path("my shop/.claude").exists());
}

#[test]
fn at_a_terminal_lines_end_between_words_and_a_command_stays_whole() {
    let (store, _) = home();
    let name = "a folder of memories that is neither short nor in one word";
    store.put(&format!("my shop/{name}/team.md"), "- Pages are made by hand.\n");
    let quoted = format!("`dreaming run --memory '{name}' --claude-code`");
    let lines = |words: &[&str]| {
        let (text, code) = end(say(&store, &[words, &["--memory", name]].concat()));
        assert_eq!(code, 0, "{text}");
        let text = anstream::adapter::strip_str(&text).to_string();
        // A line of the reply may overwrite a progress line: only the text after the last carriage
        // return is visible.
        let last =
            |line: &str| line.trim_end().rsplit('\r').next().unwrap_or_default().trim().to_owned();
        text.lines().map(last).collect::<Vec<_>>()
    };
    let long = |line: &&String| line.chars().count() > 80;
    let begun = lines(&["init", "--yes", "--claude-code", "--trigger", "cron"]);
    assert!(begun.contains(&quoted), "{begun:#?}");
    let cron = begun.iter().find(|line| line.starts_with("17 * * * *")).unwrap();
    assert!(cron.ends_with(" 2>&1"), "{cron}");
    let said = begun.iter().skip_while(|line| !line.starts_with("Written:"));
    assert!(said.filter(long).all(|line| *line == quoted), "{begun:#?}");
    let dreamt = lines(&["run", "--claude-code", "--limit", "1"]);
    let read = dreamt.iter().position(|line| line.contains("Read 1 session")).unwrap();
    let said = dreamt.iter().skip(read);
    assert!(said.filter(long).all(|line| line.starts_with('`')), "{dreamt:#?}");
}
