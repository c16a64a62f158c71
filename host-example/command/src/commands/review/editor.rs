//! Other words for a statement, from the editor that a person likes best.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::process::Command;

use inquire::{InquireError, Text};

/// Opens `$VISUAL` or `$EDITOR` on `text`; without them it asks on one line. `text` comes back when
/// the editor fails, so that nothing half written is taken.
///
/// # Errors
/// What the prompt says, and when no editor can be started.
pub fn edit(text: &str) -> Result<String, InquireError> {
    match ["VISUAL", "EDITOR"].iter().find_map(|name| env::var(name).ok().filter(|v| !v.is_empty()))
    {
        Some(editor) => Ok(in_editor(&editor, text)?),
        None => Text::new("In your words:").with_initial_value(text).prompt(),
    }
}

fn in_editor(editor: &str, text: &str) -> io::Result<String> {
    // Private by default, and gone with the guard.
    let mut file = tempfile::Builder::new().prefix("dreaming-").suffix(".md").tempfile()?;
    writeln!(file, "{text}")?;
    file.flush()?;
    // Through the shell, as git does it: `code --wait` is two words.
    let mut command = if cfg!(windows) {
        let mut command = Command::new("cmd");
        command.args(["/C", editor]);
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{editor} \"$@\""), "sh"]);
        command
    };
    let status = command.arg(file.path()).status()?;
    if !status.success() {
        return Ok(text.to_owned());
    }
    // Editors that replace the file leave the old one open here: read by name.
    fs::read_to_string(file.path())
}
