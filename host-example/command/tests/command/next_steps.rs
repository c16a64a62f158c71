//! What a run tells a person when it finds little or is refused: its counts and a next command that
//! works as printed. It makes no file that nobody asked for.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::typed::{home, printed, typed};
use crate::support::{NOW, Store, dreamt, files_below, session};

/// A model that proposes nothing and writes a line to `calls` for each call.
const MODEL: &str = "exec:cat > /dev/null; echo x >> calls; echo '{\\\"proposals\\\": []}'";

/// A store in which a dream without a model finds nothing to propose.
fn plain() -> Store {
    let store = Store::empty();
    store.put("notes/a.md", "# Notes\n\n- The build runs on port 4000.\n");
    let session = session("one", 2);
    store.put(
        "logs/one.jsonl",
        session.replace("Always run the formatter before you commit.", "Go on."),
    );
    store
}

/// Names [`MODEL`] in the user's own configuration file.
fn name_model(store: &Store) {
    store.put("home/.config/dreaming/dreaming.toml", format!("model = \"{MODEL}\"\n"));
}

/// All files that reading commands must leave as they are.
fn files(store: &Store) -> BTreeMap<PathBuf, Vec<u8>> {
    files_below(store, ".")
}

fn calls(store: &Store) -> usize {
    fs::read_to_string(store.path("calls")).map_or(0, |text| text.lines().count())
}

#[test]
fn a_dream_that_finds_nothing_says_what_it_counted_and_what_looking_closer_costs() {
    let store = plain();
    let run = typed(&store, ".", "dreaming run --memory notes --sessions logs").expect(0).stdout;
    assert!(run.contains("Proposed 0 changes"), "{run}");
    assert!(run.contains("Counted in 1 session: 1 of 3 calls of tools failed, "), "{run}");
    let stats = typed(&store, ".", &printed(&run, "stats")).expect(0).stdout;
    assert!(stats.contains("3 calls, 33 % failed."), "{stats}");
    let line = run.lines().last().unwrap();
    assert!(line.starts_with("1 call, less than $0.01 with "), "{run}");
    assert!(line.contains(" with claude-haiku-4-5, would look closer: "), "{run}");
    let closer = printed(line, "run");
    assert_eq!(closer, "dreaming run --model anthropic:claude-haiku-4-5 --memory notes");
    assert!(line.ends_with("(set ANTHROPIC_API_KEY first)."), "{run}");
    let estimate = typed(&store, ".", &format!("{closer} --estimate")).expect(0).stdout;
    assert!(estimate.starts_with("1 call to make,"), "{estimate}");
    assert!(estimate.contains("About $0.00"), "{estimate}");
    let refused = typed(&store, ".", &format!("ANTHROPIC_API_KEY= {closer}")).expect(2).stderr;
    assert!(refused.contains("set ANTHROPIC_API_KEY"), "{refused}");
    // With the key in the environment the command does not say to set it.
    let line = "ANTHROPIC_API_KEY=k dreaming run --replace --memory notes --sessions logs";
    typed(&store, ".", "dreaming revert --memory notes").expect(0);
    let run = typed(&store, ".", line).expect(0).stdout;
    assert!(run.contains("would look closer: ") && !run.contains("ANTHROPIC_API_KEY"), "{run}");
    // For programs and triggers the run computes no estimate; it only names the command for it.
    let store = plain();
    let due = "dreaming run --if-due --min-sessions 1 --idle 0s --memory notes --sessions logs";
    let run = typed(&store, ".", due).expect(0).stdout;
    assert!(run.contains("says what that would cost"), "{run}");
}

#[test]
fn the_model_of_the_users_own_file_is_the_one_that_looks_closer() {
    let store = plain();
    name_model(&store);
    let line =
        "dreaming run --no-model --limit 7 --focus 'the queue' --memory notes --sessions logs";
    let run = typed(&store, ".", line).expect(0).stdout;
    let said = run.lines().last().unwrap();
    assert!(said.starts_with("1 call of about "), "{run}");
    assert!(said.contains(" tokens with exec (no price of it is known), would look"), "{run}");
    let closer = printed(said, "run");
    assert_eq!(closer, "dreaming run --limit 7 --focus 'the queue' --memory notes");
    assert_eq!(calls(&store), 0);
    typed(&store, ".", &closer).expect(0);
    assert_eq!(calls(&store), 1);
}

#[test]
fn a_look_closer_while_a_plan_waits_works_as_printed() {
    let store = Store::new();
    name_model(&store);
    let line = "dreaming run --no-model --memory memory --sessions sessions";
    let run = typed(&store, ".", line).expect(0).stdout;
    assert!(run.contains("The plan waits: "), "{run}");
    let closer = printed(run.lines().last().unwrap(), "run");
    assert_eq!(closer, "dreaming run --replace --memory memory");
    typed(&store, ".", &closer).expect(0);
    assert_eq!(calls(&store), 2);
}

#[test]
fn no_estimate_reads_more_than_the_dream_did() {
    let store = dreamt();
    store.put("sessions/three.jsonl", session("three", 12));
    let run = store.run(&[]).expect(0).stdout;
    assert!(run.contains("No model has seen 3 sessions; `dreaming run "), "{run}");
    assert!(run.contains(" --estimate --memory memory` says what that would cost."), "{run}");
}

#[test]
fn a_run_that_is_refused_writes_nothing() {
    let store = plain();
    store.put("shop/.git/HEAD", "ref: refs/heads/main\n");
    store.put("empty/keep", "");
    let before = store.tree(".");
    let fresh = [
        ("shop", "dreaming run"),
        (".", "dreaming run --memory notes --sessions nowhere"),
        (".", "dreaming run --memory notes --sessions logs --policy no-such-preset"),
        (".", "dreaming run --memory notes --sessions logs --policy-is-none"),
        (".", "ANTHROPIC_API_KEY= dreaming run --memory notes --sessions logs --model anthropic:m"),
        (".", "dreaming run --memory notes --sessions logs --model exec:x --max-cost 1"),
        (
            ".",
            "OPENAI_API_KEY=k dreaming run --memory notes --sessions logs --model openai:m --model-url x",
        ),
    ];
    for (folder, line) in fresh {
        let refused = typed(&store, folder, line);
        assert!([1, 2].contains(&refused.code), "{line}: {refused:?}");
        assert_eq!(store.tree("."), before, "{line}");
    }
    // Refused commands write nothing where there is a history, either.
    typed(&store, ".", "dreaming run --memory notes --sessions logs").expect(0);
    let before = files(&store);
    for (folder, line) in fresh {
        typed(&store, folder, line);
        assert_eq!(files(&store), before, "{line}");
    }
    let due = " --if-due --min-sessions 0 --min-interval 0s --idle 0s";
    typed(&store, ".", &format!("{}{due}", fresh[5].1)).expect(2);
    // A failed trigger is the exception: because nobody reads its output, the state records the
    // failure, if there is a history.
    let outside = |mut files: BTreeMap<PathBuf, Vec<u8>>| {
        files.retain(|path, _| !path.to_string_lossy().contains(".dreaming/notes/"));
        files
    };
    assert_eq!(outside(files(&store)), outside(before));
    let status = typed(&store, ".", "dreaming status --memory notes").expect(0).stdout;
    assert!(status.contains("Look: the last dream failed"), "{status}");
}

#[test]
fn a_run_beside_a_store_begins_no_second_history_unasked() {
    let store = plain();
    // The history of the project itself would lie beside it.
    fs::create_dir(store.path("shop")).unwrap();
    for name in ["notes", "logs"] {
        fs::rename(store.path(name), store.path("shop").join(name)).unwrap();
    }
    typed(&store, "shop", "dreaming run --memory notes --sessions logs").expect(0);
    let before = files(&store);
    let refused = typed(&store, "shop", "dreaming run --sessions logs").expect(2).stderr;
    assert!(refused.contains("notes has its history here: add `--memory notes`"), "{refused}");
    assert_eq!(files(&store), before);
    typed(&store, "shop", "dreaming run --sessions logs --memory notes").expect(0);
    typed(&store, "shop", "dreaming run --sessions logs --memory .").expect(0);
    // A store deeper in the project counts too.
    store.put("farm/docs/memory/a.md", "- Dates are kept in UTC.\n");
    typed(&store, "farm", "dreaming run --memory docs/memory --sessions ../shop/logs").expect(0);
    let before = files(&store);
    let refused = typed(&store, "farm", "dreaming run --sessions ../shop/logs").expect(2).stderr;
    assert!(refused.contains("docs/memory has its history here: add"), "{refused}");
    assert_eq!(files(&store), before);
}

#[test]
fn readers_without_a_history_say_how_to_begin_one() {
    let store = Store::new();
    let before = store.tree(".");
    let run = "dreaming run --sessions PATH… --memory memory";
    for reader in ["log", "review", "show"] {
        let said = typed(&store, ".", &format!("dreaming {reader} --memory memory")).expect(0);
        assert_eq!(printed(&said.stdout, "run"), run, "{said:?}");
    }
    let refused = typed(&store, ".", "dreaming replay --memory memory").expect(1).stderr;
    assert_eq!(printed(&refused, "run"), run);
    assert_eq!(store.tree("."), before);
    typed(&store, ".", &run.replace("PATH…", "sessions")).expect(0);
    typed(&store, ".", "dreaming discard --memory memory").expect(0);
    // From now on the store knows where its sessions are.
    let show = typed(&store, ".", "dreaming show --memory memory").expect(0).stdout;
    let run = printed(&show, "run");
    assert_eq!(run, "dreaming run --memory memory");
    typed(&store, ".", &run).expect(0);
    let log = typed(&store, ".", "dreaming log --memory memory").expect(0).stdout;
    assert!(log.contains("   1  ") && !log.contains('`'), "{log}");
}

#[test]
fn readers_find_the_store_beside_them() {
    let store = plain();
    typed(&store, ".", "dreaming run --memory notes --sessions logs").expect(0);
    let before = files(&store);
    let named = typed(&store, ".", "dreaming status --memory notes").expect(0);
    let found = typed(&store, ".", "dreaming status").expect(0);
    assert_eq!(found.stdout, named.stdout);
    assert!(found.stderr.contains("notes, which has its history in .dreaming/notes"), "{found:?}");
    for reader in
        ["review", "show 1", "log", "diff 1", "stats", "verify", "replay", "pack", "explain 4000"]
    {
        let named = typed(&store, ".", &format!("dreaming {reader} --memory notes"));
        let found = typed(&store, ".", &format!("dreaming {reader}"));
        assert_eq!((found.code, found.stdout), (named.code, named.stdout), "{reader}");
    }
    let json = typed(&store, ".", "dreaming status --json").expect(0);
    assert_eq!((json.json()["revision"].as_u64(), &*json.stderr), (Some(2), ""));
    // The suggested commands name the store.
    let error =
        typed(&store, ".", "dreaming review").stdout + &typed(&store, ".", "dreaming show").stdout;
    assert!(!error.contains("dreaming run`"), "{error}");
    let after = files(&store);
    let changed: Vec<_> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .collect();
    assert!(changed.is_empty(), "reading changed {changed:?}");
    // Where there are two stores, the person has to name one.
    store.put("team notes/b.md", "- Dates are kept in UTC.\n");
    typed(&store, ".", "dreaming run --memory 'team notes' --sessions logs").expect(0);
    let several = typed(&store, ".", "dreaming status").expect(2).stderr;
    assert!(several.contains("`dreaming status --memory notes`"), "{several}");
    let line = printed(&several, "status --memory 'team");
    typed(&store, ".", &line).expect(0);
    // The command does not ask in a folder that has a history itself, nor when `--memory` names a
    // folder.
    let inside = typed(&store, "notes", "dreaming status").expect(0).stdout;
    assert!(inside.starts_with("Revision 2"), "{inside}");
    let here = typed(&store, ".", "dreaming status --memory .").expect(0).stdout;
    assert!(here.starts_with("No revision yet"), "{here}");
}

#[test]
fn whoever_decides_finds_the_store_beside_and_a_refusal_makes_none() {
    let store = Store::new();
    store.put("home/.profile", "");
    // Commands that decide make no history where there is none.
    let before = store.tree(".");
    let lines = [
        "apply --all",
        "discard",
        "revert",
        "recover",
        "review --accept c1",
        "review",
        "erase --entry x",
        "log",
    ];
    for line in lines {
        typed(&store, "memory", &format!("dreaming {line}"));
        assert_eq!(store.tree("."), before, "{line}");
    }
    typed(&store, ".", "dreaming run --memory memory --sessions sessions").expect(0);
    let shown = typed(&store, ".", "dreaming review").expect(0).stdout;
    assert!(shown.contains("To decide"), "{shown}");
    typed(&store, ".", "dreaming run").expect(3);
    for line in ["erase --entry x", "import none.json", "adopt none.json", "gather none --as ada"] {
        let refused = typed(&store, ".", &format!("dreaming {line}"));
        assert!(
            refused.code != 0 && refused.stderr.contains("the memories in memory"),
            "{refused:?}"
        );
    }
    typed(&store, ".", "dreaming apply --all").expect(0);
    assert!(store.path("memory/learned").is_dir());
    typed(&store, ".", "dreaming revert").expect(0);
    assert!(!store.path("memory/learned").exists());
}

#[test]
fn what_was_set_up_for_claude_code_is_found_in_the_project() {
    let (store, _) = home();
    let before = typed(&store, "my shop", "dreaming run").expect(2).stderr;
    assert!(before.contains("which sessions"), "{before}");
    typed(&store, "my shop", "dreaming init --yes").expect(0);
    let config = typed(&store, "my shop", "dreaming config").expect(0).stdout;
    assert!(config.contains("/.claude/projects/"), "{config}");
    let run = typed(&store, "my shop", "dreaming run").expect(0);
    assert!(run.stdout.starts_with("Read 2 sessions"), "{run:?}");
    assert!(run.stderr.contains("that Claude Code keeps for this project"), "{run:?}");
    let status = typed(&store, "my shop", "dreaming status").expect(0).stdout;
    assert!(status.contains("2 sessions read"), "{status}");
    // With a named memory folder the command uses that folder, not the memories that Claude Code
    // keeps.
    store.put("my shop/notes/a.md", "- A page.\n");
    typed(&store, "my shop", "dreaming status --memory notes").expect(0);
}

#[test]
fn a_run_after_a_revert_says_why_there_is_nothing_and_what_brings_it_back() {
    let store = dreamt();
    let after = store.tree("memory");
    store.dreaming(&["revert"]).expect(0);
    let run = store.run(&[]).expect(0).stdout;
    assert!(run.contains("Proposed 0 changes"), "{run}");
    let line = run.lines().find(|line| line.contains("revision 3 took it back"));
    let line = line.unwrap_or_else(|| panic!("{run}"));
    assert!(line.contains("only new evidence brings it up again"), "{run}");
    typed(&store, ".", &printed(line, "revert")).expect(0);
    assert_eq!(store.tree("memory"), after);
    // The hint about the revert is gone once its changes are back, and is not there before a
    // revert.
    let run = store.run(&[]).expect(0).stdout;
    assert!(!run.contains("took it back"), "{run}");
}

#[test]
fn sessions_that_were_read_before_are_named_when_nothing_else_was_there() {
    let store = dreamt();
    let run = store.run(&[]).expect(0).stdout;
    assert!(run.contains("All 2 sessions were read before, last in revision 2."), "{run}");
    assert!(!run.contains("was made of it"), "{run}");
}

#[test]
fn a_revision_and_notes_are_said_in_plain_words() {
    let store = plain();
    let run = typed(&store, ".", "dreaming run --memory notes --sessions logs").expect(0);
    assert!(run.stdout.contains("Revision 2 keeps what was read; no file was written."), "{run:?}");
    let store = Store::new();
    let run = store.run(&["--mode", "auto"]).expect(0);
    let line = run.stdout.lines().find(|line| line.starts_with("Revision 2: ")).unwrap();
    assert!(line.ends_with(" written."), "{run:?}");
    // In a single session nothing recurs, but duplicates in the memories are still proposed.
    let store = Store::new();
    fs::remove_file(store.path("sessions/two.jsonl")).unwrap();
    let run = store.run(&[]).expect(0);
    assert!(!run.stdout.contains("Proposed 0 changes"), "{run:?}");
    assert!(!run.stderr.contains("Nothing recurred"), "{run:?}");
}

#[test]
fn status_counts_what_the_plan_that_waits_has_read() {
    let store = Store::new();
    store.run(&[]).expect(0);
    let status = store.dreaming(&["status"]).expect(0).stdout;
    assert!(
        status.contains("2 sessions read (2 of them for the plan that waits), 0 pending"),
        "{status}"
    );
    assert_eq!(store.status()["sessions"]["in_plan"], 2);
}

#[test]
fn sessions_that_wait_are_counted_and_not_listed() {
    let store = Store::new().asking_about_each();
    let model =
        "exec:cat > /dev/null; echo x >> calls; [ $(wc -l < calls) -gt 2 ] || exit 1; echo none";
    let run = store.run(&["--model", model, "--model-parallel", "1"]).expect(0);
    assert!(
        run.stderr.contains("The next dream with a model asks again about 2 sessions."),
        "{run:?}"
    );
    let plan = store.dreaming(&["show", "--json"]).expect(0).stdout;
    assert!(!run.stderr.contains("`one`"), "{plan}");
}

#[test]
fn a_budget_that_is_spent_is_no_failure() {
    let store = Store::new();
    store.put("alone.json", r#"{"propose.together-bytes": 0, "distil.max-calls": 0}"#);
    let answers = "exec:cat > /dev/null; echo '{\"proposals\": []}'";
    let model = ["--model", answers, "--policy", "alone.json"];
    let all = store.run(&[&model[..], &["--estimate", "--json"]].concat()).expect(0).json();
    let most = all["tokens"]["input"].as_u64().unwrap() + 2048;
    let budget = most.to_string();
    let more = ["--max-tokens", &budget, "--model-parallel", "1"];
    let run = store.run(&[&model[..], &more].concat()).expect(0);
    assert!(!run.stderr.contains("failed"), "{run:?}");
    assert!(run.stderr.contains(" is enough to read one more)."), "{run:?}");
    let refused = Store::new().run(&["--model", answers, "--max-tokens", "10"]).expect(6).stderr;
    assert!(refused.contains("raise --max-tokens"), "{refused}");
    assert!(!refused.contains("try again later"), "{refused}");
}

#[test]
fn who_has_no_folder_of_memories_is_asked_and_gets_one() {
    let (store, project) = home();
    fs::remove_dir_all(project.join("memory")).unwrap();
    // Without a terminal the run cannot ask, so it is refused.
    let line = "dreaming run --claude-code";
    let refused = typed(&store, "my shop", line).expect(2).stderr;
    assert!(refused.contains("mkdir -p ") && !project.join("memory").exists(), "{refused}");
    // The suggested command makes the folder, and then the same run works.
    let init = printed(&refused, "init");
    typed(&store, "my shop", &format!("{init} --yes")).expect(0);
    typed(&store, "my shop", line).expect(0);
    fs::remove_dir_all(project.join("memory")).unwrap();
    fs::remove_dir_all(project.join(".dreaming")).unwrap();
    let talk = |answer: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
        command.args(["run", "--claude-code", "--now", NOW]).current_dir(store.path("my shop"));
        command.env("HOME", store.path("home")).env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("NO_COLOR", "1").env("TERM", "xterm").env_remove("CLAUDE_CONFIG_DIR");
        command.env_remove("XDG_CONFIG_HOME").env_remove("DREAMING_MEMORY");
        let mut talk = rexpect::session::spawn_command(command, Some(120_000)).unwrap();
        talk.exp_string("Make it?").unwrap();
        talk.send(answer).unwrap();
        talk.send("\r").unwrap();
        talk.flush().unwrap();
        talk.exp_eof().unwrap()
    };
    let said = talk("");
    assert!(said.contains("keeps no memories in") && !project.join("memory").exists(), "{said}");
    let said = talk("y");
    assert!(said.contains("Read 2 sessions") && project.join("memory").is_dir(), "{said}");
}
