//! The sessions of one project, for an agent that keeps the sessions of all projects together.

use std::process::Command;

use serde_json::json;

use crate::support::typed::{printed, typed};
use crate::support::{Done, NOW, Store, done};

/// A session of Codex in which a person asks for `asked`. It ran in the folder `cwd`; with `None`
/// it does not say where.
pub fn ran_in(cwd: Option<&str>, id: &str, asked: &str) -> String {
    let line = |kind: &str, payload| json!({"timestamp": "2026-02-02T10:00:00.000Z", "type": kind, "payload": payload});
    let said = |role: &str, text: &str| {
        let content = json!([{"type": "input_text", "text": text}]);
        line("response_item", json!({"type": "message", "role": role, "content": content}))
    };
    let opening = match cwd {
        Some(cwd) => json!({"id": id, "cwd": cwd}),
        None => json!({"id": id}),
    };
    let records =
        [line("session_meta", opening), said("user", asked), said("assistant", "I will.")];
    records.map(|record| format!("{record}\n")).concat()
}

/// Two projects, one with a linked work tree, and the sessions that ran there.
fn home() -> Store {
    let store = Store::empty();
    let folder = |name: &str| store.path(name).to_str().unwrap().to_owned();
    store.put("shop/web/page.txt", "");
    store.put("blog/page.txt", "");
    store.put("shop/.git/worktrees/tree/gitdir", format!("{}\n", folder("tree/.git")));
    store.put("tree/.git", format!("gitdir: {}\n", folder("shop/.git/worktrees/tree")));
    store.put("notes/a.md", "- Prices are kept in cents.\n");
    for (id, cwd, asked) in [
        ("a", Some(folder("shop")), "Always use tabs in the shop."),
        ("b", Some(folder("shop/web")), "Always call pages after what they sell."),
        ("c", Some(folder("tree")), "Always test with two currencies."),
        ("d", Some(folder("blog")), "Always write in the first person."),
        ("e", None, "Always sing."),
    ] {
        let file = format!("codex/sessions/2026/02/02/rollout-{id}.jsonl");
        store.put(&file, ran_in(cwd.as_deref(), id, asked));
    }
    store
}

fn at(store: &Store, folder: &str, arguments: &[&str]) -> Done {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dreaming"));
    command.args(arguments).current_dir(store.path(folder));
    command.env("CODEX_HOME", store.path("codex"));
    command.env("HOME", store.path("home"));
    for agent in ["CLAUDE_CONFIG_DIR", "COPILOT_HOME", "GEMINI_CLI_HOME", "XDG_DATA_HOME"] {
        command.env_remove(agent);
    }
    command.env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"));
    done(&mut command)
}

#[test]
fn the_sessions_of_a_project_are_those_of_its_folders_and_work_trees() {
    let store = home();
    for (folder, option) in [(".", &["--codex", "shop"][..]), ("tree", &["--codex"])] {
        let notes = store.path("notes");
        let more = ["--memory", notes.to_str().unwrap(), "--now", NOW];
        let call = [&["run", "--dry-run"], option, &more].concat();
        let run = at(&store, folder, &call).expect(0);
        assert!(run.stderr.contains("2 sessions of other folders left"), "{run:?}");
        assert!(run.stdout.contains("\nRead 3 sessions, 0 pending"), "{run:?}");
        for (words, is_there) in [
            ("Always use tabs in the shop.", true),
            ("Always call pages", true),
            ("Always test with two currencies.", true),
            ("first person", false),
            ("sing", false),
        ] {
            assert_eq!(run.stdout.contains(words), is_there, "{words}: {run:?}");
        }
    }
}

#[test]
fn the_project_is_remembered_with_the_paths_of_its_sessions() {
    let store = home();
    let named = ["--codex", "shop", "--memory", "notes"];
    let run = [&["run", "--json", "--now", NOW], &named[..]].concat();
    let run = at(&store, ".", &run).expect(0).json();
    assert_eq!((&run["sessions"]["read"], &run["elsewhere"]), (&json!(3), &json!(2)), "{run}");
    // A message names the folders in which the left-out sessions ran.
    let told = [&["run", "--dry-run", "--replace", "--now", NOW], &named[..]].concat();
    let told = at(&store, ".", &told).expect(0).stderr;
    let blog = store.path("blog").to_str().unwrap().to_owned();
    assert!(told.contains(&format!("2 sessions of other folders left: {blog} (1)")), "{told}");
    at(&store, ".", &["apply", "--auto", "--memory", "notes"]).expect(0);
    let more = ran_in(Some(&blog), "f", "Always end with a question.");
    store.put("codex/sessions/2026/02/03/rollout-f.jsonl", more);
    for store_of in [&named[..], &["--memory", "notes"]] {
        let status = at(&store, ".", &[&["status"], store_of].concat()).expect(0).stdout;
        assert!(status.contains("3 sessions read, 0 pending"), "{status}");
        assert!(status.contains(", 3 of other folders left\n"), "{status}");
        let doctor = at(&store, ".", &[&["doctor"], store_of].concat()).expect(0).stdout;
        assert!(
            doctor.contains("3 sessions found, 0 pending, 3 of other folders left"),
            "{doctor}"
        );
        let run = [&["run", "--json", "--dry-run", "--now", NOW], store_of].concat();
        let run = at(&store, ".", &run).expect(0).json();
        assert_eq!((&run["sessions"]["read"], &run["elsewhere"]), (&json!(0), &json!(3)), "{run}");
    }
    // Sessions that the command line names are not limited to the project.
    let all = ["run", "--sessions", "codex/sessions", "--memory", "notes", "--json", "--now", NOW];
    let all = at(&store, ".", &all).expect(0).json();
    assert_eq!((&all["sessions"]["read"], &all["elsewhere"]), (&json!(3), &json!(0)), "{all}");
}

#[test]
fn what_one_project_asks_for_does_not_go_into_the_memory_of_all() {
    let store = home();
    store.put("codex/memories/MEMORY.md", "# Memory\n\n- Prices are kept in cents.\n");
    for option in [&["--codex"][..], &["--codex", "shop"]] {
        for command in [&["run"][..], &["run", "--if-due"], &["status"]] {
            let refused = at(&store, "shop/..", &[command, option].concat()).expect(2);
            for todo in ["--memory", "`--codex /`"] {
                assert!(refused.stderr.contains(todo), "{refused:?}");
            }
        }
    }
    assert!(!store.path("codex/.dreaming").exists());
    // The suggested command works.
    let run = at(&store, "shop", &["run", "--codex", "/", "--now", NOW]).expect(0);
    assert!(run.stdout.starts_with("Read 5 sessions, 0 pending"), "{run:?}");
    assert!(!run.stderr.contains("other folders"), "{run:?}");
    assert!(run.stdout.contains("`dreaming review --codex /`"), "{run:?}");
    at(&store, "shop", &["show", "--codex", "/"]).expect(0);
    let refused = at(&store, ".", &["run", "--codex", "nowhere"]).expect(2);
    assert!(refused.stderr.contains("--codex takes the folder of a project"), "{refused:?}");
}

#[test]
fn the_sessions_of_a_folder_that_a_project_had_before_are_found() {
    let store = home();
    std::fs::rename(store.path("blog"), store.path("diary")).unwrap();
    let run = ["run", "--codex", "diary", "--memory", "notes", "--now", NOW];
    let run = at(&store, ".", &run).expect(0);
    assert!(run.stderr.contains("`--codex FOLDER` reads the sessions of that folder"), "{run:?}");
    let old = store.path("blog").to_str().unwrap().to_owned();
    let run = ["run", "--codex", &old, "--memory", "notes", "--dry-run", "--now", NOW];
    let run = at(&store, ".", &run).expect(0).stdout;
    assert!(run.contains("Read 1 session, 0 pending") && run.contains("first person"), "{run}");
    // A folder of which only a part of the path is given may be a slip of the keys.
    let refused = at(&store, ".", &["run", "--codex", "blog", "--memory", "notes"]).expect(2);
    assert!(refused.stderr.contains("give the whole path that it had"), "{refused:?}");
}

/// A session of Pi in which a person asks for `asked` in the folder `cwd`.
fn of_pi(cwd: &str, asked: &str) -> String {
    let time = "2026-02-03T10:00:00.000Z";
    let message = json!({"role": "user", "content": [{"type": "text", "text": asked}], "timestamp": 1_770_112_800_000_u64});
    let opening =
        json!({"type": "session", "version": 3, "id": "p", "timestamp": time, "cwd": cwd});
    let said = json!({"type": "message", "id": "a1", "parentId": null, "timestamp": time, "message": message});
    format!("{opening}\n{said}\n")
}

#[test]
fn sessions_of_several_agents_of_one_project_come_into_one_memory() {
    let store = home();
    let folder = |name: &str| store.path(name).to_str().unwrap().to_owned();
    for (id, cwd, asked) in [
        ("p", folder("shop"), "Always round prices down."),
        ("q", folder("blog"), "Always end with a joke."),
    ] {
        store.put(&format!("home/.pi/agent/sessions/--shop--/{id}.jsonl"), of_pi(&cwd, asked));
    }
    let notes = folder("notes");
    let run = ["run", "--dry-run", "--memory", &notes, "--now", NOW];
    for (agents, read, words) in [
        (&["--all-agents"][..], 4, ["Always round prices down.", "Always use tabs in the shop."]),
        (
            &["--sessions-of", "pi,codex"],
            4,
            ["Always round prices down.", "Always use tabs in the shop."],
        ),
        (&["--sessions-of", "pi"], 1, ["Always round prices down.", "Read 1 session,"]),
    ] {
        let run = at(&store, "shop/web", &[&run[..], agents].concat()).expect(0);
        assert!(run.stdout.contains(&format!("Read {read} session")), "{agents:?}: {run:?}");
        for words in words {
            assert!(run.stdout.contains(words), "{agents:?}: {run:?}");
        }
        for left in ["joke", "first person", "sing"] {
            assert!(!run.stdout.contains(left), "{agents:?}: {run:?}");
        }
    }
    // Where Claude Code has a memory of the project, that is offered; what `init` prints reads all of them again.
    let slug: String =
        folder("shop").chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let claude = format!("home/.claude/projects/{slug}/memory");
    store.put(&format!("{claude}/notes.md"), "- Prices are kept in cents.\n");
    let refused = at(&store, "shop", &["run", "--all-agents"]).expect(2).stderr;
    assert!(refused.contains(&format!("{claude}`;")), "{refused}");
    let told = at(&store, "shop", &["init", "--memory", "memory", "--all-agents", "--dry-run"])
        .expect(0)
        .stdout;
    assert!(told.contains("--all-agents") && !told.contains("--claude-code"), "{told}");
    assert!(!told.contains("not part of it"), "{told}");
    store.put("shop/AGENTS.md", "# Shop\n");
    let init = ["init", "--memory", "memory", "--all-agents", "--dry-run"];
    let told = at(&store, "shop", &init).expect(0).stdout;
    assert!(told.contains("AGENTS.md: not part of it."), "{told}");
    let none = at(&store, "shop", &[&run[..], &["--sessions-of", "goose"]].concat()).expect(2);
    assert!(none.stderr.contains("no sessions here yet of goose"), "{none:?}");
    let wrong = at(&store, "shop", &[&run[..], &["--sessions-of", "pie"]].concat()).expect(2);
    assert!(wrong.stderr.contains("known are claude-code, cline,"), "{wrong:?}");
}

#[test]
fn a_work_tree_without_a_history_names_the_one_of_another_tree() {
    let store = home();
    store.put("shop/notes/a.md", "- Prices are kept in cents.\n");
    store.put("tree/notes/a.md", "- Prices are kept in cents.\n");
    let run = ["run", "--codex", "--memory", "notes", "--now", NOW];
    let first = at(&store, "shop", &run).expect(0);
    assert!(!first.stderr.contains("another work tree"), "{}", first.stderr);
    at(&store, "shop", &["apply", "--all", "--memory", "notes"]).expect(0);
    let said = at(&store, "tree", &["status", "--memory", "notes"]).expect(0).stderr;
    assert!(said.contains("has this memory in another work tree"), "{said}");
    // What is printed works, and is not said again then.
    typed(&store, "tree", &printed(&said, "take-over --from")).expect(0);
    let said = at(&store, "tree", &["status", "--memory", "notes"]).expect(0).stderr;
    assert!(!said.contains("another work tree"), "{said}");
}
