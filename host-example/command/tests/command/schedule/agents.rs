//! Hooks of agents: in the settings of Claude Code and in the configuration of Codex.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::{everything, machine, on};
use crate::support::typed::{printed, typed};

const INSTALL: &str = "dreaming schedule install claude-code --claude-code";
const REMOVE: &str = "dreaming schedule remove claude-code --claude-code";
const SETTINGS: &str = "my shop/.claude/settings.local.json";

#[test]
fn a_hook_of_claude_code_comes_and_goes_and_all_other_bytes_stay() {
    let inline = "{\n  \"hooks\": {\"SessionEnd\": [], \"Stop\": []},\n  \"a\": 1.0\n}\n";
    let other = "{\r\n\t\"hooks\": {\r\n\t\t\"SessionEnd\": [\r\n\t\t\t{\"hooks\": []}\r\n\t\t]\r\n\t}\r\n}";
    let empty = [None, Some(""), Some("\n"), Some("{}\n")];
    for settings in empty.into_iter().chain([Some("{ \"z\": [1,2] }"), Some(inline), Some(other)]) {
        let store = machine();
        if let Some(settings) = settings {
            store.put(SETTINGS, settings);
        }
        let before = everything(&store);
        let done = on(&store, INSTALL).expect(0).stdout;
        let value: Value = serde_json::from_str(&store.read(SETTINGS)).unwrap();
        let groups = value["hooks"]["SessionEnd"].as_array().unwrap();
        let command = groups.last().unwrap()["hooks"][0]["command"].as_str().unwrap();
        let plain = command.replace("nohup ", "").replace(" >/dev/null 2>&1 &", "");
        let line = format!("export CLAUDE_PROJECT_DIR=\"$PWD\"; {plain} --min-sessions 9");
        let due = typed(&store, "my shop", &line).expect(0).stdout;
        assert!(due.contains("Not due: 2 new sessions"), "{due}");
        let again = on(&store, INSTALL).expect(0).stdout;
        assert!(again.contains("is installed already"), "{again}");
        on(&store, &printed(&done, "schedule remove claude-code")).expect(0);
        assert_eq!(everything(&store), before, "{settings:?}");
    }
}

#[test]
fn a_hook_in_settings_that_were_written_anew_is_found_and_a_changed_one_left_alone() {
    let store = machine();
    on(&store, INSTALL).expect(0);
    // As Claude Code writes them when a person allows something.
    let mut value: Value = serde_json::from_str(&store.read(SETTINGS)).unwrap();
    value["permissions"] = json!({"allow": ["Bash(ls:*)"]});
    store.put(SETTINGS, serde_json::to_string_pretty(&value).unwrap());
    on(&store, REMOVE).expect(0);
    let left: Value = serde_json::from_str(&store.read(SETTINGS)).unwrap();
    assert_eq!(left, json!({"permissions": {"allow": ["Bash(ls:*)"]}}));
    on(&store, INSTALL).expect(0);
    let changed = store.read(SETTINGS).replace("--idle 0s", "--idle 0s --min-sessions 1");
    store.put(SETTINGS, &changed);
    for line in [REMOVE, INSTALL] {
        let refused = on(&store, line).expect(2).stderr;
        assert!(refused.contains("settings.local.json was changed since"), "{refused}");
    }
    on(&store, &format!("{REMOVE} --force")).expect(0);
    assert_eq!(store.read(SETTINGS), changed, "what somebody changed stays");
    let there = on(&store, INSTALL).expect(0).stdout;
    assert!(there.contains("has a hook that starts a dream already"), "{there}");
    // A hook that was taken out by hand is gone, and no error.
    fs::remove_file(store.path(SETTINGS)).unwrap();
    on(&store, INSTALL).expect(0);
    store.put(SETTINGS, "{\"a\": 1}\n");
    let gone = on(&store, REMOVE).expect(0).stdout;
    assert!(gone.contains("had been taken away before"), "{gone}");
    assert_eq!(store.read(SETTINGS), "{\"a\": 1}\n");
}

#[test]
fn the_hook_that_init_wrote_is_taken_out_too() {
    let store = machine();
    typed(&store, "my shop", "dreaming init --yes").expect(0);
    let before = everything(&store);
    typed(&store, "my shop", "dreaming init --yes --trigger hook").expect(0);
    let again = on(&store, INSTALL).expect(0).stdout;
    assert!(again.contains("is installed already"), "{again}");
    on(&store, REMOVE).expect(0);
    assert_eq!(everything(&store), before);
}

#[test]
fn links_broken_settings_and_hooks_elsewhere_are_left_alone() {
    let store = machine();
    store.put(SETTINGS, "{\"hooks\": 1}");
    let before = everything(&store);
    let refused = on(&store, INSTALL).expect(2).stderr;
    assert!(refused.contains("of another form"), "{refused}");
    let refused = on(&store, "dreaming schedule install claude-code --codex").expect(2).stderr;
    assert!(!refused.is_empty());
    assert_eq!(everything(&store), before);
    fs::remove_dir_all(store.path("my shop/.claude")).unwrap();
    fs::create_dir(store.path("elsewhere")).unwrap();
    symlink(store.path("elsewhere"), store.path("my shop/.claude")).unwrap();
    let refused = on(&store, INSTALL).expect(2).stderr;
    assert!(refused.contains("is a link"), "{refused}");
    assert!(store.tree("elsewhere").is_empty() && !store.path("home/.local").exists());
    fs::remove_file(store.path("my shop/.claude")).unwrap();
    let hook = json!({"hooks": [{"type": "command", "command": "dreaming run --if-due"}]});
    let all = json!({"hooks": {"SessionEnd": [hook]}});
    store.put("home/.claude/settings.json", all.to_string());
    let there = on(&store, &format!("{INSTALL} --json")).expect(0).json();
    assert_eq!(there["outcome"], "there", "{there}");
    assert!(!store.path("my shop/.claude").exists() && !store.path("home/.local").exists());
}

const CODEX: &str = "dreaming schedule install codex --codex --memory notes";
const CONFIG: &str = "home/.codex/config.toml";

#[test]
fn notify_of_codex_comes_and_goes_and_bears_the_document_of_the_turn() {
    for config in [
        None,
        Some(""),
        Some("# mine\r\nmodel = \"x\"  # dear\r\n\r\n[tui]\r\na = 1\r\n"),
        Some("[a]\nb = 1"),
    ] {
        let store = machine();
        store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
        store.put("home/.codex/sessions/x.jsonl", "{}\n");
        on(&store, "dreaming status --memory notes").expect(0);
        if let Some(config) = config {
            store.put(CONFIG, config);
        }
        let before = everything(&store);
        on(&store, CODEX).expect(0);
        let with = store.read(CONFIG);
        assert!(with.ends_with(config.unwrap_or_default()), "{with}");
        let words: toml::Table = toml::from_str(&with).unwrap();
        let words: Vec<&str> =
            words["notify"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        assert_eq!((&words[..2], words[3]), (&["sh", "-c"][..], "dreaming"));
        store.put("called", words[2].replace("nohup ", "").replace(" >/dev/null 2>&1 &", ""));
        let line = format!(
            "sh -c \"$(cat {})\" dreaming '{{\"type\": \"agent-turn-complete\"}}'",
            store.path("called").display()
        );
        let due = typed(&store, "home", &line).expect(0).stdout;
        assert!(due.contains("Not due: 0 new sessions"), "{due}");
        fs::remove_file(store.path("called")).unwrap();
        on(&store, "dreaming schedule remove codex --memory notes").expect(0);
        assert_eq!(everything(&store), before, "{config:?}");
        // What Codex writes into the file meanwhile stays.
        on(&store, CODEX).expect(0);
        store.put(
            CONFIG,
            format!("{}\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n", store.read(CONFIG)),
        );
        on(&store, "dreaming schedule remove codex --memory notes").expect(0);
        assert_eq!(
            store.read(CONFIG),
            format!(
                "{}\n[projects.\"/x\"]\ntrust_level = \"trusted\"\n",
                config.unwrap_or_default()
            )
        );
    }
}

#[test]
fn another_notify_is_named_and_left_alone() {
    let store = machine();
    store.put("my shop/notes/a.md", "- Prices are kept in cents.\n");
    store.put("home/.codex/sessions/x.jsonl", "{}\n");
    let mine = "notify = [\"python3\", \"/home/ada/n.py\"]\n";
    store.put(CONFIG, mine);
    let refused = on(&store, CODEX).expect(2).stderr;
    assert!(refused.contains("/home/ada/n.py") && refused.contains("in its place"), "{refused}");
    assert_eq!(store.read(CONFIG), mine);
    store.put(CONFIG, "notify = [");
    let refused = on(&store, CODEX).expect(2).stderr;
    assert!(refused.contains("config.toml") && refused.contains("mend"), "{refused}");
    fs::remove_file(store.path(CONFIG)).unwrap();
    on(&store, CODEX).expect(0);
    let changed = store.read(CONFIG).replace("--idle 0s", "--idle 5s");
    store.put(CONFIG, &changed);
    let refused = on(&store, "dreaming schedule remove --memory notes").expect(2).stderr;
    assert!(refused.contains("config.toml was changed since"), "{refused}");
    assert_eq!(store.read(CONFIG), changed);
    let other = "dreaming schedule install codex --claude-code";
    let refused = on(&store, other).expect(2).stderr;
    assert!(refused.contains("those of Claude Code"), "{refused}");
    assert!(printed(&refused, "schedule install cron").contains("--claude-code"));
}

#[test]
fn a_hook_of_another_project_for_the_same_memories_is_not_forgotten() {
    let store = machine();
    let dash = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    store.put("my yard/.git/HEAD", "ref: refs/heads/main\n");
    let yard = store.path("my yard").canonicalize().unwrap();
    let slug: String = yard.to_str().unwrap().chars().map(dash).collect();
    let session = crate::support::session("three", 5);
    store.put(&format!("home/.claude/projects/{slug}/three.jsonl"), session);
    store.put("notes/a.md", "- Prices are kept in cents.\n");
    let line = "dreaming init --yes --trigger hook --claude-code --memory ../notes";
    typed(&store, "my shop", line).expect(0);
    let before = everything(&store);
    let refused = typed(&store, "my yard", line).expect(2).stderr;
    assert!(refused.contains("has the hook for these memories already"), "{refused}");
    assert_eq!(everything(&store), before);
    typed(&store, "my yard", &printed(&refused, "schedule remove claude-code")).expect(0);
    typed(&store, "my yard", line).expect(0);
    assert!(!store.path(SETTINGS).exists());
    // One that was taken out by hand stands in nobody's way.
    fs::remove_file(store.path("my yard/.claude/settings.local.json")).unwrap();
    // Nor does what is no hook and only names the command.
    let allowed = r#"{"permissions": {"allow": ["Bash(dreaming run --if-due:*)"]}}"#;
    store.put(SETTINGS, allowed);
    typed(&store, "my shop", line).expect(0);
    assert!(store.read(SETTINGS).contains("hooks"), "{}", store.read(SETTINGS));
}
