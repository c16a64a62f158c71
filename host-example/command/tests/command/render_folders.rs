//! The memories as folders of small files, held against the limits of each home, and edits of people there.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Done, NOW, Store, done, files_below};

/// A store within a repository, in which Claude Code and Codex have worked.
fn shop() -> Store {
    let store = Store::empty();
    fs::create_dir_all(store.path(".git")).unwrap();
    fs::create_dir_all(store.path("codex")).unwrap();
    fs::create_dir_all(claude(&store)).unwrap();
    store.put("memory/deploy.md", "# Deploy\n\n- Staging is blue.\n- Deploy with `make ship`.\n");
    store.put("memory/style.md", "- Use tabs.\n");
    store
}

/// The memory folder of Claude Code for this project.
fn claude(store: &Store) -> PathBuf {
    let root = store.path("").canonicalize().unwrap();
    let slug: String = root
        .to_str()
        .unwrap()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    store.path(&format!("claude/projects/{slug}/memory"))
}

const NOTES: &str = "codex/memories/extensions/ad_hoc/notes";

fn render(store: &Store, memory: &str, more: &[&str]) -> Done {
    let mut command = store.command_on(memory, &[&["render"], more].concat());
    command.env("CLAUDE_CONFIG_DIR", store.path("claude")).env("CODEX_HOME", store.path("codex"));
    done(&mut command)
}

fn read(folder: &Path, path: &str) -> String {
    fs::read_to_string(folder.join(path)).unwrap_or_default()
}

/// A value of the front matter of a file, without quotes.
fn front<'a>(text: &'a str, key: &str) -> &'a str {
    let head = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n")).unwrap().0;
    let line = head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    line.unwrap().trim_matches('"')
}

/// A session in which three commands ran one after another.
fn steps(store: &Store, day: u32) {
    let mut lines = Vec::new();
    let mut line = |kind: &str, content: Value| {
        let number = lines.len();
        let line = json!({
            "type": kind, "uuid": format!("{day}-{number}"), "sessionId": format!("s{day}"), "cwd": "/home/ada/shop",
            "version": "2.0.0", "timestamp": format!("2026-02-{day:02}T10:00:{number:02}.000Z"),
            "message": {"role": kind, "content": content},
        });
        lines.push(line.to_string());
    };
    line("user", json!(format!("Change number {day} of the search field.")));
    for command in ["make fmt", "make lint", "make test"] {
        let id = format!("{day}-{command}");
        let input = json!({"command": command});
        line("assistant", json!([{"type": "tool_use", "id": id, "name": "Bash", "input": input}]));
        line(
            "user",
            json!([{"type": "tool_result", "tool_use_id": id, "is_error": false, "content": "ok"}]),
        );
    }
    store.put(&format!("sessions/s{day}.jsonl"), lines.join("\n") + "\n");
}

#[test]
fn claude_codes_memory_gets_a_file_for_each_fact_and_lines_within_what_it_loads() {
    let store = shop();
    let folder = claude(&store);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("MEMORY.md"), "# Mine\n\n- [Role](user_role.md)\n").unwrap();
    fs::write(folder.join("user_role.md"), "A tester.\n").unwrap();
    let before = files_below(&store, "claude");
    let many: String =
        (0..400).map(|at| format!("- Rule {at} says what is done at {at}.\n")).collect();
    store.put("memory/many.md", many);
    let dry = render(&store, "memory", &["--for", "claude-memory", "--dry-run"]).expect(0).stdout;
    assert!(dry.contains("files would be written, 0 would be taken out"), "{dry}");
    assert_eq!(files_below(&store, "claude"), before);
    let said = render(&store, "memory", &["--for", "claude-memory"]).expect(0).stdout;
    assert!(said.contains("Claude Code's memory") && said.contains("has no room"), "{said}");
    let index = read(&folder, "MEMORY.md");
    assert!(index.starts_with("# Mine\n\n- [Role](user_role.md)\n\n<!-- dreaming: "), "{index}");
    assert!(index.lines().count() <= 200 && index.len() <= 25_000, "{}", index.len());
    let names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.len() > 100, "{names:?}");
    for name in names.iter().filter(|name| !["MEMORY.md", "user_role.md"].contains(&&***name)) {
        let text = read(&folder, name);
        assert_eq!(front(&text, "name"), name.trim_end_matches(".md"));
        assert!(front(&text, "description").chars().count() <= 200);
        assert!(["project", "feedback"].contains(&front(&text, "type")), "{text}");
        assert!(index.contains(&format!("]({name})\n")), "{name} is in no line of the index");
    }
    // What was rendered is found again without naming it, and the description follows the fact.
    store.put("memory/many.md", "");
    store.put("memory/style.md", "- Use spaces.\n");
    let now = render(&store, "memory", &["--json"]).expect(0).json();
    let home = &now["folders"][0];
    assert_eq!((&home["home"], &home["entries"]), (&json!("claude-memory"), &json!(3)), "{now}");
    assert!(home["removed"].as_u64().unwrap() > 90, "{now}");
    assert_eq!(front(&read(&folder, "use-spaces.md"), "description"), "Use spaces.");
    let again = render(&store, "memory", &["--json"]).expect(0).json();
    assert_eq!(again["folders"][0]["changed"], false, "{again}");
    render(&store, "memory", &["--remove"]).expect(0);
    assert_eq!(files_below(&store, "claude"), before);
    render(&store, "memory", &[]).expect(2);
}

#[test]
fn codex_gets_a_note_for_each_fact_with_the_facts_own_time() {
    let store = shop();
    let before = files_below(&store, "codex");
    render(&store, "memory", &["--for", "codex-notes", "--now", NOW]).expect(0);
    let written = files_below(&store, NOTES);
    assert_eq!(written.len(), 3, "{written:?}");
    for (path, text) in &written {
        let name = path.file_name().unwrap().to_str().unwrap();
        // As Codex's own tool for notes wants it.
        let (time, rest) = name.split_at(20);
        let shape: String =
            time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00-00-00-", "{name}");
        let words = rest.strip_suffix(".md").unwrap();
        assert!((1..=80).contains(&words.len()), "{name}");
        assert!(words.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        let text = String::from_utf8_lossy(text);
        let root = store.path("").canonicalize().unwrap();
        let head = format!("Remember, for work in `{}` only:\n", root.display());
        assert!(text.starts_with(&head), "{text}");
    }
    assert_eq!(
        render(&store, "memory", &["--json"]).expect(0).json()["folders"][0]["changed"],
        false
    );
    // Another memory has notes of its own in the same folder, and neither takes the other's away.
    store.put("other/notes.md", "- Wrap at 100.\n");
    render(&store, "other", &["--for", "codex-notes"]).expect(0);
    assert_eq!(files_below(&store, NOTES).len(), 4);
    render(&store, "other", &["--remove"]).expect(0);
    assert_eq!(files_below(&store, NOTES), written);
    render(&store, "memory", &["--remove"]).expect(0);
    assert_eq!(files_below(&store, "codex"), before);
    fs::remove_dir_all(store.path("codex")).unwrap();
    let refused = render(&store, "memory", &["--for", "codex-notes"]).expect(2).stderr;
    assert!(refused.contains("CODEX_HOME"), "{refused}");
}

#[test]
fn copilot_in_vs_code_gets_a_file_for_each_fact_in_the_window_of_the_project() {
    let store = shop();
    // A configuration folder of the tests is XDG_CONFIG_HOME.
    let windows = "config/Code/User/workspaceStorage";
    let refused = render(&store, "memory", &["--for", "vs-code-memory"]).expect(2).stderr;
    assert!(refused.contains("VS Code had no window with the folder"), "{refused}");
    let root = store.path("").canonicalize().unwrap();
    let address =
        |folder: &Path| json!({"folder": format!("file://{}", folder.display())}).to_string();
    store.put(&format!("{windows}/a1/workspace.json"), address(&root));
    store.put(&format!("{windows}/b2/workspace.json"), address(&root.join("memory")));
    store.put(&format!("{windows}/c3/workspace.json"), "{\"folder\":");
    // The later window has none of its memories.
    store.put(&format!("{windows}/d4/workspace.json"), address(&root));
    let memories = format!("{windows}/a1/GitHub.copilot-chat/memory-tool/memories/repo");
    store.put(&format!("{memories}/mine.md"), "Kept by Copilot.\n");
    let before = files_below(&store, "config");
    render(&store, "memory", &["--for", "vs-code-memory"]).expect(0);
    let written = files_below(&store, &memories);
    assert_eq!((written.len(), files_below(&store, "config").len()), (4, before.len() + 3));
    let texts: Vec<String> =
        written.values().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    for fact in ["Staging is blue.", "Deploy with `make ship`.", "Use tabs."] {
        assert_eq!(texts.iter().filter(|text| text.contains(fact)).count(), 1, "{fact} {texts:?}");
    }
    assert!(written.keys().all(|path| path.file_stem().unwrap().len() <= 64), "{written:?}");
    let again = render(&store, "memory", &["--json"]).expect(0).json();
    assert_eq!(again["folders"][0]["changed"], false, "{again}");
    render(&store, "memory", &["--remove"]).expect(0);
    assert_eq!(files_below(&store, "config"), before);
}

#[test]
fn a_workflow_of_several_sessions_becomes_a_skill() {
    let store = shop();
    (2..5).for_each(|day| steps(&store, day));
    store.put(".claude/skills/mine/SKILL.md", "---\nname: mine\ndescription: x\n---\n");
    let before = files_below(&store, ".claude");
    let none = render(&store, "memory", &["--for", "skills"]).expect(0).stdout;
    assert!(none.contains("is as it should be, 0 entries"), "{none}");
    store.dreaming(&["run", "--sessions", "sessions", "--now", NOW]).expect(0);
    store.dreaming(&["review", "--accept-all", "--now", NOW]).expect(0);
    let made = render(&store, "memory", &["--for", "skills", "--json"]).expect(0).json();
    assert_eq!(made["folders"][0]["entries"], 1, "{made}");
    let name = "after-make-fmt-run-make-lint-then-make-test";
    let text = store.read(&format!(".claude/skills/{name}/SKILL.md"));
    assert_eq!(front(&text, "name"), name);
    assert!(name.len() <= 64 && front(&text, "description").chars().count() <= 1_024, "{text}");
    assert!(text.len() / 4 < 5_000 && text.contains("\n- After `make fmt`, "), "{text}");
    render(&store, "memory", &["--remove"]).expect(0);
    assert_eq!(files_below(&store, ".claude"), before);
    assert!(!store.path(&format!(".claude/skills/{name}")).exists());
}

#[test]
fn what_people_changed_in_a_file_is_taken_in_or_dropped_as_they_say() {
    let store = shop();
    let folder = claude(&store);
    render(&store, "memory", &["--for", "claude-memory"]).expect(0);
    let file = folder.join("staging-is-blue.md");
    let written = fs::read_to_string(&file).unwrap();
    let edited = written.replace("- Staging is blue.", "- Staging is green.");
    fs::write(&file, &edited).unwrap();
    for option in ["--json", "--remove"] {
        let refused = format!("{:?}", render(&store, "memory", &[option]).expect(4));
        for words in ["`Staging is blue.` is now `Staging is green.`", "--take-in", "--overwrite"] {
            assert!(refused.contains(words), "{refused}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), edited, "nothing was written");
    }
    render(&store, "memory", &["--take-in"]).expect(0);
    assert!(store.read("memory/deploy.md").contains("- Staging is green.\n"));
    assert!(!file.exists());
    assert_eq!(front(&read(&folder, "staging-is-green.md"), "description"), "Staging is green.");
    store.dreaming(&["verify"]).expect(0);
    store.dreaming(&["revert", "1"]).expect(0);
    render(&store, "memory", &[]).expect(0);
    fs::write(&file, &edited).unwrap();
    render(&store, "memory", &["--overwrite"]).expect(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    fs::write(&file, written.replace("description: ", "description: Mine ")).unwrap();
    let refused = render(&store, "memory", &["--take-in"]).expect(4).stderr;
    assert!(refused.contains("cannot be taken into the memories (`name: "), "{refused}");
}

#[test]
fn files_of_others_links_and_the_memory_itself_are_left_alone() {
    let store = shop();
    let folder = claude(&store);
    fs::create_dir_all(&folder).unwrap();
    let mine = folder.join("use-tabs.md");
    for bytes in [&b"mine\n"[..], b"\xff\xfe", b""] {
        fs::write(&mine, bytes).unwrap();
        let refused = render(&store, "memory", &["--for", "claude-memory"]).expect(2).stderr;
        assert!(refused.contains("use-tabs.md") && refused.contains("in the way"), "{refused}");
        assert_eq!(fs::read(&mine).unwrap(), bytes);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing was written");
    }
    fs::remove_file(&mine).unwrap();
    fs::create_dir(&mine).unwrap();
    let refused = render(&store, "memory", &["--for", "claude-memory"]).expect(2).stderr;
    assert!(refused.contains("in the way"), "{refused}");
    fs::remove_dir(&mine).unwrap();
    render(&store, "memory", &["--for", "claude-memory"]).expect(0);
    let good = fs::read_to_string(&mine).unwrap();
    fs::write(&mine, format!("{good}{good}")).unwrap();
    let refused =
        render(&store, "memory", &["--for", "claude-memory", "--overwrite"]).expect(2).stderr;
    assert!(refused.contains("use-tabs.md: its mark: there are several"), "{refused}");
    // The memory that is rendered is no home of its own.
    let own = folder.to_str().unwrap().to_owned();
    let refused = render(&store, &own, &["--for", "claude-memory"]).expect(2).stderr;
    assert!(refused.contains("is this memory itself"), "{refused}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir_all(store.path(".claude")).unwrap();
        symlink(outside.path(), store.path(".claude/skills")).unwrap();
        let refused = render(&store, "memory", &["--for", "skills"]).expect(2).stderr;
        assert!(refused.contains("leads out of the project"), "{refused}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
        fs::create_dir_all(&folder).unwrap();
        let target = outside.path().join("profile");
        fs::write(&target, "mine\n").unwrap();
        for name in ["use-tabs.md", "MEMORY.md"] {
            symlink(&target, folder.join(name)).unwrap();
            render(&store, "memory", &["--for", "claude-memory"]).expect(2);
            fs::remove_file(folder.join(name)).unwrap();
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "mine\n");
    }
}
