//! Adds a hook to Claude Code's settings that starts a dream.

use std::path::{Path, PathBuf};

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::Value;

use super::files::File;
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
    /// The file that gets it.
    New(File),
    /// This file has a hook already that starts a dream, and is left as it is.
    There(PathBuf),
}

/// The local settings file of a project, which is not committed to its repository.
pub fn place(project: &Path) -> PathBuf {
    project.join(".claude").join("settings.local.json")
}

/// The command of the hook, see docs/triggers.md. Claude Code gives all hooks of the event together
/// 1.5 seconds, so the dream runs in the background. It need not wait until the session is idle,
/// because the session has ended.
pub fn command(program: &str, memory: Option<&Path>) -> String {
    let memory = memory.map(|path| format!(" --memory {}", quoted(&path.to_string_lossy())));
    format!(
        "nohup {program} run --if-due --idle 0s{} --claude-code \"$CLAUDE_PROJECT_DIR\" >/dev/null 2>&1 &",
        memory.unwrap_or_default()
    )
}

/// The settings of `project` with a hook for `command`.
///
/// # Errors
/// [`Error::Usage`] for settings that make no sense or lie behind a link, [`Error::Io`].
pub fn hook(project: &Path, command: &str) -> Result<Hook> {
    let path = place(project);
    if let Some(users) = all::claude_settings().filter(|users| has_hook(users)) {
        return Ok(Hook::There(users));
    }
    for piece in [path.parent().unwrap_or(&path), &path] {
        // A link could make us write to a place that a stranger chose.
        if piece.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            let why = "is a link, and none is followed there: write the hook by hand";
            return Err(Error::Usage(format!("{} {why}", piece.display())));
        }
    }
    if has_hook(&path) {
        return Ok(Hook::There(path));
    }
    let before = super::files::read(&path, MAX_BYTES)?;
    let after = with_hook(before.as_deref().unwrap_or("{}\n"), command)
        .map_err(|why| Error::Usage(format!("{}: {why}; nothing was written", path.display())))?;
    Ok(Hook::New(File { path, before, after }))
}

/// Whether the settings have a hook for [`EVENT`] that starts a dream.
fn has_hook(path: &Path) -> bool {
    let text = super::files::read(path, MAX_BYTES).ok().flatten().unwrap_or_default();
    let Ok(settings) = serde_json::from_str::<Value>(&text) else { return false };
    let groups = settings.pointer(&format!("/hooks/{EVENT}")).and_then(Value::as_array);
    let hooks = groups.into_iter().flatten().filter_map(|group| group.get("hooks")?.as_array());
    let commands = hooks.flatten().filter_map(|hook| hook.get("command")?.as_str());
    commands
        .into_iter()
        .any(|command| command.contains("dreaming") && command.contains(" run --if-due"))
}

/// `text` with the hook appended to the existing ones; all other bytes stay as they are.
fn with_hook(text: &str, command: &str) -> std::result::Result<String, String> {
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
        assert_eq!(hook, &serde_json::json!({"type": "command", "command": "run me \"now\""}));
    }

    #[test]
    fn settings_of_another_form_are_refused() {
        for text in ["[]", "{\"hooks\": 1}", "{\"hooks\": {\"SessionEnd\": {}}}", "{"] {
            assert!(with_hook(text, "x").is_err(), "{text}");
        }
        assert!(with_hook("{}\n", "x").unwrap().ends_with("}\n"));
    }
}
