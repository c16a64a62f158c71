//! A hook in Claude Code's settings that starts a dream.

use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::{Value, json};

use crate::commands::init::files;
use crate::error::{Error, Result};
use crate::homes::all;
use crate::output::next::quoted;

/// The event at which Claude Code calls the hook. Source: <https://code.claude.com/docs/en/hooks>.
const EVENT: &str = "SessionEnd";

/// Longest settings file in bytes. Chosen by us: the same as for configuration files.
const MAX_BYTES: u64 = 1 << 20;

/// What becomes of the hook.
#[derive(Clone, Debug)]
pub enum Hook {
    /// The settings with the hook.
    New(String),
    /// This file has a hook already that starts a dream, and is left as it is.
    There(PathBuf),
}

/// The local settings file of a project, which is not committed to its repository.
pub fn place(project: &Path) -> PathBuf {
    project.join(".claude").join("settings.local.json")
}

/// The command of the hook, see docs/triggers.md. Claude Code gives all hooks of the event together
/// 1.5 seconds, so the dream runs in the background.
pub fn command(program: &str, options: &str) -> String {
    format!("nohup {program} run --if-due{options} >/dev/null 2>&1 &")
}

/// The options of a hook for the project in which Claude Code calls it. It need not wait until the session is idle,
/// because the session has ended. `memory`: the folder, if it is another one than Claude Code's own.
pub fn options(memory: Option<&Path>) -> String {
    let memory = memory.map(|path| format!(" --memory {}", quoted(&path.to_string_lossy())));
    let memory = memory.unwrap_or_default();
    format!(" --idle 0s{memory} --claude-code \"$CLAUDE_PROJECT_DIR\"")
}

/// The settings of `project` with a hook for `command`, where `before` is what they are.
///
/// # Errors
/// [`Error::Usage`] for settings that make no sense or lie behind a link, [`Error::Io`].
pub fn hook(project: &Path, command: &str, before: Option<&str>) -> Result<Hook> {
    let path = place(project);
    let users = all::claude_settings();
    let is_in_users = |users: &PathBuf| {
        let text = files::read(users, MAX_BYTES).ok().flatten();
        text.is_some_and(|text| has_hook(&text))
    };
    if let Some(users) = users.filter(is_in_users) {
        return Ok(Hook::There(users));
    }
    check(project)?;
    let before = before.unwrap_or("{}\n");
    if has_hook(before) {
        return Ok(Hook::There(path));
    }
    let after = with_hook(before, command)
        .map_err(|why| Error::Usage(format!("{}: {why}; nothing was written", path.display())))?;
    Ok(Hook::New(after))
}

/// Checks that no link leads from the project to a place that a stranger chose.
///
/// # Errors
/// [`Error::Usage`].
pub fn check(project: &Path) -> Result<()> {
    let path = place(project);
    for piece in [path.parent().unwrap_or(&path), &path] {
        if piece.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            let why = "is a link, and none is followed there: write the hook by hand";
            return Err(Error::Usage(format!("{} {why}", piece.display())));
        }
    }
    Ok(())
}

/// Whether the settings have a hook for [`EVENT`] that starts a dream.
pub fn has_hook(text: &str) -> bool {
    let Some(settings) = all::settings_in(text) else { return false };
    let hooks = groups(&settings).iter().filter_map(|group| group.get("hooks")?.as_array());
    let commands = hooks.flatten().filter_map(|hook| hook.get("command")?.as_str());
    commands
        .into_iter()
        .any(|command| command.contains("dreaming") && command.contains(" run --if-due"))
}

fn groups(settings: &Value) -> &[Value] {
    let groups = settings.pointer(&format!("/hooks/{EVENT}")).and_then(Value::as_array);
    groups.map(Vec::as_slice).unwrap_or_default()
}

/// `text` with the hook appended to the existing ones; all other bytes stay as they are.
pub fn with_hook(text: &str, command: &str) -> std::result::Result<String, String> {
    let root =
        CstRootNode::parse(text, &ParseOptions::default()).map_err(|error| error.to_string())?;
    let other = |what: &str| format!("`{what}` is of another form than Claude Code documents");
    let settings = root.object_value_or_create().ok_or_else(|| other("the whole"))?;
    let hooks = settings.object_value_or_create("hooks").ok_or_else(|| other("hooks"))?;
    let groups = hooks.array_value_or_create(EVENT).ok_or_else(|| other(EVENT))?;
    let text = |text: &str| CstInputValue::String(text.to_owned());
    let hook = vec![("type".to_owned(), text("command")), ("command".to_owned(), text(command))];
    let group = vec![("hooks".to_owned(), CstInputValue::Array(vec![CstInputValue::Object(hook)]))];
    groups.append(CstInputValue::Object(group));
    Ok(root.to_string())
}

/// `text` without the hook for `command`, for settings that were written anew since, so that the bytes around it are
/// others: Claude Code does that when a person allows something. What held only the hook goes with it, if `added`, the
/// piece that was added once, made it. `None` when the hook is not there as it was written.
pub fn without_hook(text: &str, command: &str, added: &str) -> Option<String> {
    let settings = all::settings_in(text)?;
    let ours = json!({"hooks": [{"type": "command", "command": command}]});
    let at = groups(&settings).iter().position(|group| *group == ours)?;
    let root = CstRootNode::parse(text, &ParseOptions::default()).ok()?;
    let whole = root.object_value()?;
    let hooks = whole.object_value("hooks")?;
    let groups = hooks.array_value(EVENT)?;
    groups.elements().into_iter().nth(at)?.remove();
    let made = |key: &str, times: usize| added.matches(&format!("\"{key}\"")).count() >= times;
    if groups.elements().is_empty() && made(EVENT, 1) {
        hooks.get(EVENT)?.remove();
        // The group of the hook has a key `hooks` of its own.
        if hooks.properties().is_empty() && made("hooks", 2) {
            whole.get("hooks")?.remove();
        }
    }
    Some(root.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_else_of_the_settings_stays_byte_for_byte() {
        let before = "{\n    \"z\": [1,2],\n    \"env\": {\"A\": \"1\"},\n    \"hooks\": {\n        \"Stop\": []\n    },\n    \"a\": 1.0\n}\n";
        let after = with_hook(before, "run me \"now\"").unwrap();
        let (head, rest) = after.split_once("\"Stop\": []").unwrap();
        assert_eq!(head, before.split_once("\"Stop\": []").unwrap().0);
        assert!(rest.ends_with("\n    },\n    \"a\": 1.0\n}\n"), "{after}");
        let value: Value = serde_json::from_str(&after).unwrap();
        let hook = &value["hooks"][EVENT][0]["hooks"][0];
        assert_eq!(hook, &json!({"type": "command", "command": "run me \"now\""}));
    }

    #[test]
    fn settings_of_another_form_are_refused() {
        for text in ["[]", "{\"hooks\": 1}", "{\"hooks\": {\"SessionEnd\": {}}}", "{"] {
            assert!(with_hook(text, "x").is_err(), "{text}");
        }
        assert!(with_hook("{}\n", "x").unwrap().ends_with("}\n"));
    }

    #[test]
    fn a_hook_is_found_by_what_it_says_in_settings_that_were_written_anew() {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
        let other = json!({"hooks": [{"type": "command", "command": "other"}]});
        let ours = json!({"hooks": [{"type": "command", "command": "x"}]});
        let all = "\n  \"hooks\": {\"SessionEnd\": [{\"hooks\": []}]}";
        for (settings, added, left) in [
            (json!({"hooks": {EVENT: [ours]}}), all, json!({})),
            (json!({"hooks": {EVENT: [ours]}}), "{\"hooks\": []}", json!({"hooks": {EVENT: []}})),
            (
                json!({"hooks": {EVENT: [other, ours, other]}, "a": 1}),
                all,
                json!({"hooks": {EVENT: [other, other]}, "a": 1}),
            ),
            (json!({"hooks": {EVENT: [ours], "Stop": []}}), all, json!({"hooks": {"Stop": []}})),
        ] {
            let without = without_hook(&pretty(&settings), "x", added).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&without).unwrap(), left, "{without}");
        }
        for none in ["{}", "{", "{\"hooks\": {\"SessionEnd\": [{\"hooks\": []}]}}"] {
            assert_eq!(without_hook(none, "x", all), None);
        }
    }
}
