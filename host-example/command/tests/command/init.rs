//! `dreaming init`: what it finds, which files it writes, and that it writes none before the person
//! agrees.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use serde_json::Value;

use crate::projects::ran_in;
use crate::support::typed::{home, printed, typed};
use crate::support::{Store, session};

/// All files of the test's home folder and of the projects beside it.
fn everything(store: &Store) -> BTreeMap<PathBuf, Vec<u8>> {
    store.tree(".")
}

/// A home folder in which Claude Code and Codex have worked on `my shop`, and Codex also on another
/// project.
fn two_agents() -> (Store, PathBuf) {
    let (store, project) = home();
    let shop = store.path("my shop").canonicalize().unwrap();
    let sessions = "home/.codex/sessions/2026/02";
    store.put(
        &format!("{sessions}/rollout-a.jsonl"),
        ran_in(shop.to_str(), "a", "Always use tabs."),
    );
    store.put(&format!("{sessions}/rollout-b.jsonl"), ran_in(Some("/else"), "b", "Always sing."));
    fs::write(
        project.join("notes.jsonl"),
        "{\"x\": 1}
",
    )
    .unwrap();
    (store, project)
}

const OWN: &str = "home/.config/dreaming/dreaming.toml";

#[test]
fn where_nothing_is_found_it_says_what_to_do_and_writes_nothing() {
    let store = Store::empty();
    store.put("home/.profile", "");
    fs::create_dir(store.path("new")).unwrap();
    let before = everything(&store);
    let done = typed(&store, "new", "dreaming init --yes").expect(2);
    assert!(done.stderr.contains("work there with an agent first"), "{done:?}");
    assert!(done.stdout.contains("Claude Code: none (Claude Code has no sessions of"), "{done:?}");
    assert_eq!(everything(&store), before);
    store.put("new/logs/one.jsonl", session("one", 2));
    let line = printed(&done.stderr, "init").replace("PATH", "logs") + " --yes";
    store.put("new/CLAUDE.md", "- Use tabs.\n");
    let begun = typed(&store, "new", &line).expect(0);
    assert!(begun.stdout.contains("CLAUDE.md is yours and stays as it is"), "{begun:?}");
    assert_eq!(
        store.read("new/.dreaming/dreaming.toml").lines().last(),
        Some("sessions = [\"logs\"]")
    );
    assert!(store.path("new/notes").is_dir() && store.path("new/.dreaming/.gitignore").is_file());
    let next = printed(&begun.stdout, "run");
    assert_eq!(next, "dreaming run");
    assert!(typed(&store, "new", &next).expect(0).stdout.starts_with("Read 1 session,"));
}

#[test]
fn a_dry_run_shows_what_there_is_and_writes_nothing() {
    let (store, project) = two_agents();
    fs::create_dir_all(store.path("my shop/src/deep")).unwrap();
    let before = everything(&store);
    let shown = typed(&store, "my shop/src/deep", "dreaming init --dry-run").expect(0).stdout;
    let memory =
        format!("{}/memory: 1 file, of Claude Code", project.canonicalize().unwrap().display());
    for part in [
        &*memory,
        "Claude Code: 2 sessions (",
        ", of this project",
        "Codex: 1 session (",
        ", of this project; 1 of other folders left",
        "notes.jsonl: no importer of this version knows its form",
        "my shop/.dreaming/dreaming.toml: not there",
        "memory = \"memory\"",
        "Nothing was written",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let json = typed(&store, "my shop", "dreaming init --json").expect(0).json();
    assert_eq!((&json["outcome"], &json["chosen"]["model"]), (&"would-write".into(), &Value::Null));
    let mut found = json["found"]["sessions"].as_array().unwrap().iter();
    let claude = found.find(|s| s["from"] == "claude-code");
    assert_eq!(claude.unwrap()["left"].as_array().unwrap().len(), 1, "{json}");
    assert_eq!(json["next"]["command"], "dreaming run --claude-code");
    assert_eq!(everything(&store), before);
}

#[test]
fn the_defaults_ask_no_model_and_the_command_at_the_end_works() {
    let (store, project) = two_agents();
    fs::create_dir_all(store.path("my shop/src")).unwrap();
    let done = typed(&store, "my shop/src", "dreaming init --yes --json").expect(0).json();
    assert_eq!(done["outcome"], "written", "{done}");
    assert!(!store.path(OWN).exists() && !store.path("my shop/.claude").exists());
    let file = fs::read_to_string(project.join(".dreaming/dreaming.toml")).unwrap();
    assert!(file.ends_with("memory = \"memory\"\n"), "{file}");
    let next = done["next"]["command"].as_str().unwrap();
    let run = typed(&store, "my shop/src", next).expect(0);
    assert!(run.stdout.starts_with("Read 2 sessions,"), "{run:?}");
    // A second `init` has nothing to write and suggests reviewing the waiting plan.
    let again = typed(&store, "my shop", "dreaming init --yes").expect(0).stdout;
    assert!(again.contains("Nothing is to be written"), "{again}");
    typed(&store, "my shop", &printed(&again, "review")).expect(0);
}

#[test]
fn a_model_and_its_budget_stand_in_the_own_file_and_hold() {
    let (store, project) = home();
    let mine = "# Mine.\n[settings]\n# not these\nsteer.ignore = [\"demo\"]\n";
    store.put(OWN, mine);
    let line = "unset ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN; \
                dreaming init --yes --claude-code --model anthropic:claude-haiku-4-5";
    let done = typed(&store, "my shop", line).expect(0).stdout;
    assert!(done.contains("needs a key: set ANTHROPIC_API_KEY"), "{done}");
    assert!(done.contains("for all your stores"), "{done}");
    let own = store.read(OWN);
    assert_eq!(own, format!("model = \"anthropic:claude-haiku-4-5\"\nmax-cost = 1.5\n{mine}"));
    let folders = fs::read_to_string(project.join(".dreaming/dreaming.toml")).unwrap();
    assert!(!folders.contains("claude-haiku") && !folders.contains("max-cost"), "{folders}");
    let estimate = printed(&done, "run --estimate");
    let estimated = typed(&store, "my shop", &estimate).expect(0).stdout;
    assert!(estimated.contains("at the prices of"), "{estimated}");
    // `init` neither prints nor stores the key in the environment.
    let (_, line) = line.split_once("; ").unwrap();
    let keyed = format!("ANTHROPIC_API_KEY=sk-0a1b2c3d {line}");
    let keyed = typed(&store, "my shop", &keyed).expect(0).stdout;
    assert!(keyed.contains("is in the environment") && !keyed.contains("sk-0a1b"), "{keyed}");
    assert!(printed(&keyed, "run").ends_with("--claude-code"), "{keyed}");
    // The configured budget applies to every run with a model, and to no other run.
    let dear = "dreaming run --claude-code --model exec:true";
    let refused = typed(&store, "my shop", dear).expect(2).stderr;
    assert!(refused.contains("`max-cost` of a configuration file"), "{refused}");
    typed(&store, "my shop", "dreaming run --claude-code --no-model").expect(0);
    // `--no-model` removes the model from the file and keeps the limit for a later one.
    typed(&store, "my shop", "dreaming init --yes --claude-code --no-model").expect(0);
    let left = store.read(OWN);
    assert!(
        left.ends_with(mine) && left.contains("max-cost = ") && !left.contains("model = "),
        "{left}"
    );
    // The address stays while the model is served there, and goes when a model of another service
    // takes its place.
    store.put(OWN, "model = \"openai:qwen3:8b\"\nmodel-url = \"http://localhost:1/v1\"\n");
    let other = "dreaming init --yes --claude-code --model openai:qwen3:8b --no-max-cost";
    typed(&store, "my shop", other).expect(0);
    assert!(store.read(OWN).contains("localhost"), "{}", store.read(OWN));
    let other = "dreaming init --yes --claude-code --model anthropic:claude-haiku-4-5";
    typed(&store, "my shop", other).expect(0);
    assert!(!store.read(OWN).contains("localhost"), "{}", store.read(OWN));
    typed(&store, "my shop", "dreaming init --yes --claude-code --no-model").expect(0);
    let wrong = typed(&store, "my shop", "dreaming init --yes --max-cost 1").expect(2).stderr;
    assert!(wrong.contains("give --model MODEL"), "{wrong}");
    store.put(OWN, "max-cost = -1\n");
    let wrong = typed(&store, "my shop", "dreaming config --claude-code").expect(2).stderr;
    assert!(wrong.contains("max-cost: an amount of dollars is written like 0.50"), "{wrong}");
}

#[test]
fn only_what_changes_is_written_into_a_file_that_is_there() {
    let (store, _) = home();
    let file = "# Ours.\nmemory = \"notes\"   # for now\n\n[settings]\nsteer.ignore = [ \"demo\" ]  # loud\n";
    store.put("my shop/.dreaming/dreaming.toml", file);
    store.put("my shop/notes/team.md", "- Pages are made by hand.\n");
    store.put("my shop/better/team.md", "- Pages are made by hand.\n");
    let kept = typed(&store, "my shop", "dreaming init --yes").expect(0).stdout;
    assert!(kept.contains("Nothing is to be written"), "{kept}");
    assert_eq!(printed(&kept, "run"), "dreaming run --memory notes --claude-code");
    let done = typed(&store, "my shop", "dreaming init --yes --memory better").expect(0).stdout;
    assert!(
        done.contains(
            "\n-   2 memory = \"notes\"   # for now\n+   2 memory = \"better\"   # for now\n"
        ),
        "{done}"
    );
    assert_eq!(store.read("my shop/.dreaming/dreaming.toml"), file.replace("notes", "better"));
    typed(&store, "my shop", &printed(&done, "run")).expect(0);
}

#[test]
fn the_file_of_a_stranger_is_neither_obeyed_nor_followed_nor_replaced() {
    let (store, _) = home();
    let init =
        "dreaming init --yes --memory notes --model anthropic:claude-haiku-4-5 --trigger hook";
    store.put("my shop/notes/team.md", "- Pages are made by hand.\n");
    for wrong in
        ["model = \"exec:touch hacked\"\n", "max-cost = 9\n", "memory = \"..\"\n", "x = 1\n"]
    {
        store.put("my shop/.dreaming/dreaming.toml", wrong);
        let before = everything(&store);
        let done = typed(&store, "my shop", init).expect(2);
        assert!(done.stderr.contains(".dreaming/dreaming.toml: "), "{wrong}: {done:?}");
        assert!(!done.stderr.contains("\\n"), "{wrong}: {done:?}");
        assert_eq!(everything(&store), before, "{wrong}");
    }
    store.put("victim", "memory = \"notes\"\n");
    fs::remove_file(store.path("my shop/.dreaming/dreaming.toml")).unwrap();
    symlink(store.path("victim"), store.path("my shop/.dreaming/dreaming.toml")).unwrap();
    let done = typed(&store, "my shop", init).expect(2).stderr;
    assert!(done.contains("is a link"), "{done}");
    fs::remove_file(store.path("my shop/.dreaming/dreaming.toml")).unwrap();
    fs::create_dir_all(store.path("elsewhere")).unwrap();
    symlink(store.path("elsewhere"), store.path("my shop/.claude")).unwrap();
    let done = typed(&store, "my shop", init).expect(2).stderr;
    assert!(done.contains("my shop/.claude is a link"), "{done}");
    assert!(!store.path(OWN).exists() && store.tree("elsewhere").is_empty());
    assert_eq!(store.read("victim"), "memory = \"notes\"\n");
}

#[test]
fn the_hook_is_written_once_beside_all_that_is_there_and_dreams() {
    let (store, _) = home();
    let settings = "{\n  \"permissions\": {\"allow\": [\"Bash(ls:*)\"]},\n  \"hooks\": {\"SessionEnd\": [], \"Stop\": []},\n  \"a\": 1.0\n}\n";
    store.put("my shop/.claude/settings.local.json", settings);
    typed(&store, "my shop", "dreaming init --yes --trigger hook").expect(0);
    let once = store.read("my shop/.claude/settings.local.json");
    let rest = settings.split_once("[], \"Stop\"").unwrap();
    assert!(
        once.starts_with(rest.0) && once.ends_with(", \"Stop\": []},\n  \"a\": 1.0\n}\n"),
        "{once}"
    );
    let twice = typed(&store, "my shop", "dreaming init --yes --trigger hook").expect(0).stdout;
    assert!(twice.contains("has a hook that starts a dream already"), "{twice}");
    assert_eq!(store.read("my shop/.claude/settings.local.json"), once);
    let value: Value = serde_json::from_str(&once).unwrap();
    let command = value["hooks"]["SessionEnd"][0]["hooks"][0]["command"].as_str().unwrap();
    // Runs the hook's command in the foreground, because the test has to wait for it.
    let command = command.replace("nohup ", "").replace(" >/dev/null 2>&1 &", " --min-sessions 2");
    let line = format!("export CLAUDE_PROJECT_DIR=\"$PWD\"; {command}");
    let due = typed(&store, "my shop", &line).expect(0).stdout;
    assert!(due.contains("Read 2 sessions"), "{due}");
}

#[test]
fn a_hook_that_holds_for_all_projects_is_enough() {
    let (store, _) = home();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/triggers.md");
    let page = fs::read_to_string(page).unwrap();
    let block = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    store.put("home/.claude/settings.json", block);
    let done = typed(&store, "my shop", "dreaming init --yes --trigger hook").expect(0).stdout;
    assert!(done.contains("settings.json has a hook"), "{done}");
    assert!(!store.path("my shop/.claude").exists());
}

#[test]
fn what_cannot_be_written_leaves_nothing_half_written() {
    let (store, _) = home();
    store.put("my shop/.claude", "no folder\n");
    let before = everything(&store);
    let line = "dreaming init --yes --trigger hook --model anthropic:claude-haiku-4-5";
    let done = typed(&store, "my shop", line);
    assert!(done.code == 1 && done.stderr.contains(".claude"), "{done:?}");
    assert_eq!(everything(&store), before);
    assert!(!store.path("home/.config").exists(), "no folder is left behind");
    // When the last file cannot be written, `init` takes back the files that it wrote before.
    let (store, project) = home();
    symlink(store.path("gone"), store.path("home/.config")).unwrap();
    let before = store.tree("home/.claude");
    let line = line.replace("hook", "none");
    let done = typed(&store, "my shop", &line);
    assert!(done.code == 1 && done.stderr.contains(".config: cannot make"), "{done:?}");
    assert_eq!(store.tree("home/.claude"), before);
    assert!(!project.join(".dreaming").exists(), "no folder is left behind");
}

#[test]
fn the_lines_for_cron_and_systemd_work_from_anywhere() {
    let (store, _) = home();
    let cron = typed(&store, "my shop", "dreaming init --yes --trigger cron").expect(0).stdout;
    let line = cron.lines().find_map(|line| line.strip_prefix("17 * * * *  ")).unwrap();
    let due = line.replace(" >> \"$HOME/.dreaming.log\" 2>&1", " --min-sessions 2 --idle 0s");
    assert!(typed(&store, "home", &due).expect(0).stdout.contains("Read 2 sessions"), "{cron}");
    // The line in docs/triggers.md writes to the same log file.
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/triggers.md");
    let page = fs::read_to_string(page).unwrap();
    let on_page = page.lines().find(|line| line.contains("17 * * * *")).unwrap();
    assert_eq!(on_page.split_once(" >> ").unwrap().1, line.split_once(" >> ").unwrap().1);
    let units = typed(&store, "my shop", "dreaming init --yes --trigger systemd").expect(0).stdout;
    let start = units.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    // The quotes of the systemd unit mean the same in a shell.
    let due = typed(&store, "home", start).expect(0).stdout;
    assert!(due.contains("plan is waiting"), "{due}");
}

#[test]
fn a_folder_of_memories_that_is_not_there_is_made() {
    let (store, project) = home();
    fs::remove_dir_all(project.join("memory")).unwrap();
    let done = typed(&store, "my shop", "dreaming init --yes").expect(0).stdout;
    assert!(done.contains("memory (new folder)") && project.join("memory").is_dir(), "{done}");
    typed(&store, "my shop", &printed(&done, "run")).expect(0);
}

#[test]
fn codex_reads_the_sessions_of_the_project() {
    let (store, _) = two_agents();
    store.put("my shop/notes/team.md", "- Pages are made by hand.\n");
    let line = "dreaming init --yes --codex --memory notes";
    let done = typed(&store, "my shop", line).expect(0).stdout;
    assert!(done.contains("Codex: 1 session ("), "{done}");
    let next = printed(&done, "run");
    assert_eq!(next, "dreaming run --memory notes --codex");
    assert!(typed(&store, "my shop", &next).expect(0).stdout.starts_with("Read 1 session,"));
}

#[test]
fn a_hook_of_claude_code_is_refused_where_the_sessions_of_another_agent_are_read() {
    let (store, project) = two_agents();
    store.put("my shop/notes/team.md", "- Pages are made by hand.\n");
    let before = everything(&store);
    let line = "dreaming init --yes --codex --memory notes --trigger hook";
    let done = typed(&store, "my shop", line).expect(2).stderr;
    assert!(done.contains("Claude Code") && done.contains("of Codex"), "{done}");
    assert_eq!(everything(&store), before);
    let given = done.split('`').nth(1).unwrap();
    assert_eq!(given, "--trigger cron");
    let cron = line.replace("--trigger hook", given);
    let cron = typed(&store, "my shop", &cron).expect(0).stdout;
    assert!(cron.contains("17 * * * *") && cron.contains(" --codex '"), "{cron}");
    // The hook is also refused where only Codex has sessions and the command line names no agent.
    fs::remove_dir_all(project).unwrap();
    let done = typed(&store, "my shop", "dreaming init --yes --trigger hook").expect(2).stderr;
    assert!(done.contains("of Codex"), "{done}");
    assert!(!store.path("my shop/.claude").exists());
}

#[test]
fn a_limit_of_the_own_file_stays_unless_somebody_says_that_there_is_none() {
    let (store, _) = home();
    let own = "model = \"anthropic:claude-haiku-4-5\"\nmax-cost = 0.25\n";
    store.put(OWN, own);
    let before = everything(&store);
    for unpriced in ["anthropic:foo", "exec:true"] {
        let line = format!("dreaming init --yes --claude-code --model {unpriced}");
        let done = typed(&store, "my shop", &line).expect(2).stderr;
        assert!(done.contains("$0.25") && done.contains("--prices FILE"), "{done}");
        assert_eq!(everything(&store), before, "{unpriced}");
    }
    // A model whose price is known is accepted, and the limit in the user's own file applies to it.
    let line = "dreaming init --yes --claude-code --model anthropic:claude-sonnet-4-5";
    typed(&store, "my shop", line).expect(0);
    assert_eq!(store.read(OWN), own.replace("haiku", "sonnet"));
    let line = "dreaming init --yes --claude-code --model anthropic:foo --no-max-cost";
    let done = typed(&store, "my shop", line).expect(0).stdout;
    assert!(done.contains("not limited in dollars"), "{done}");
    assert_eq!(store.read(OWN), "model = \"anthropic:foo\"\n");
}

#[test]
fn a_folder_that_would_hold_the_memories_is_made_by_what_is_printed() {
    let (store, _) = home();
    let line = "dreaming init --yes --memory 'my docs/team/memory'";
    let done = typed(&store, "my shop", line).expect(2).stderr;
    let make = done.split('`').find(|piece| piece.starts_with("mkdir")).unwrap();
    assert_eq!(make, "mkdir -p 'my docs/team'");
    typed(&store, "my shop", make).expect(0);
    typed(&store, "my shop", line).expect(0);
    assert!(store.path("my shop/my docs/team/memory").is_dir());
}

#[test]
fn what_a_dream_would_cost_is_said_with_the_limit_at_which_it_stops() {
    let (store, _) = home();
    let estimate = "dreaming run --claude-code --model anthropic:claude-haiku-4-5 --estimate";
    for (limit, stops) in [("0.001", true), ("50", false)] {
        store.put(OWN, format!("max-cost = {limit}\n"));
        let stop = format!("a dream stops at ${limit} (`max-cost`)");
        let said = typed(&store, "my shop", estimate).expect(0).stdout;
        let line = said.lines().find(|line| line.starts_with("About $")).unwrap();
        assert_eq!(line.contains(&stop), stops, "{said}");
        let said =
            typed(&store, "my shop", "dreaming run --claude-code --replace").expect(0).stdout;
        let line = said.lines().find(|line| line.contains(" would look closer: ")).unwrap();
        assert_eq!(line.contains(&stop), stops, "{said}");
    }
}

#[test]
fn without_a_terminal_it_says_what_to_type() {
    let (store, _) = home();
    let before = everything(&store);
    let done = typed(&store, "my shop", "dreaming init < /dev/null").expect(2).stderr;
    assert_eq!(everything(&store), before);
    typed(&store, "my shop", &printed(&done, "init --dry-run")).expect(0);
    typed(&store, "my shop", &printed(&done, "init --yes")).expect(0);
}

#[test]
fn it_is_the_first_command_of_the_help_and_has_its_page() {
    let store = Store::empty();
    let help = typed(&store, ".", "dreaming --help").expect(0).stdout;
    let commands = help.split_once("Dream:\n").unwrap().1;
    assert!(commands.trim_start().starts_with("init "), "{commands}");
    typed(&store, ".", "dreaming man --out pages").expect(0);
    assert!(store.read("pages/dreaming-init.1").contains("\\-\\-trigger"));
    assert!(
        typed(&store, ".", "dreaming completions bash").expect(0).stdout.contains("dreaming,init")
    );
}
