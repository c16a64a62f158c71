//! Other words for a statement, from the editor that a person likes best.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use inquire::InquireError;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{
    Cmd, ConditionalEventHandler, Config, Editor, Event, EventContext, EventHandler, KeyCode,
    KeyEvent, Modifiers, RepeatCount,
};

use crate::output::text::clean;

/// Milliseconds after which Esc counts as a key of its own and not as the beginning of an arrow
/// key. Chosen by us: rustyline waits as long for the second half of Esc Esc.
const ESC_ALONE: u16 = 100;

/// Opens `$VISUAL` or `$EDITOR` on `text`; without them asks on one line. `None` when the person
/// leaves the text unchanged or empty.
///
/// # Errors
/// What the prompt says, and when no editor can be started.
pub fn edit(text: &str) -> Result<Option<String>, InquireError> {
    let named = |name: &&str| env::var(name).ok().filter(|editor| !editor.is_empty());
    let (offered, given) = match ["VISUAL", "EDITOR"].iter().find_map(named) {
        Some(editor) => (text.to_owned(), in_editor(&editor, text)?),
        None => {
            let line = on_one_line(text);
            // Esc leaves the words unchanged.
            let given = on_a_line("In your words: ", &line)?.unwrap_or_else(|| line.clone());
            (line, given)
        }
    };
    let given = given.trim();
    Ok((!given.is_empty() && given != offered.trim()).then(|| given.to_owned()))
}

/// Asks on one line with the keys that shells have; `None` after Esc or Ctrl-D.
fn on_a_line(question: &str, line: &str) -> Result<Option<String>, InquireError> {
    let lines = |error: ReadlineError| match error {
        ReadlineError::Interrupted => InquireError::OperationInterrupted,
        ReadlineError::Io(error) => InquireError::IO(error),
        other => InquireError::IO(io::Error::other(other)),
    };
    let config = Config::builder().keyseq_timeout(Some(ESC_ALONE)).build();
    let mut editor: Editor<(), MemHistory> =
        Editor::with_history(config, MemHistory::new()).map_err(lines)?;
    let escaped = Arc::new(AtomicBool::new(false));
    let leave = EventHandler::Conditional(Box::new(Leave(Arc::clone(&escaped))));
    editor.bind_sequence(KeyEvent(KeyCode::Esc, Modifiers::NONE), leave);
    match editor.readline_with_initial(question, (line, "")) {
        Ok(given) => Ok(Some(given)),
        Err(ReadlineError::Eof) => Ok(None),
        Err(ReadlineError::Interrupted) if escaped.load(Ordering::Relaxed) => Ok(None),
        Err(error) => Err(lines(error)),
    }
}

/// Handles Esc: it ends the line as Ctrl-C does, and the flag tells the two apart.
struct Leave(Arc<AtomicBool>);

impl ConditionalEventHandler for Leave {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.store(true, Ordering::Relaxed);
        Some(Cmd::Interrupt)
    }
}

/// A statement for a prompt, without control characters: a stranger may have written it.
fn on_one_line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn in_editor(editor: &str, text: &str) -> io::Result<String> {
    // `tempfile` makes the file private and removes it on drop.
    let mut file = tempfile::Builder::new().prefix("dreaming-").suffix(".md").tempfile()?;
    writeln!(file, "{text}")?;
    file.flush()?;
    // Through the shell as in git, because an editor may be two words: `code --wait`.
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
    // Read by name, because an editor may have replaced the file that is open here.
    fs::read_to_string(file.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_prints_nothing_that_a_terminal_acts_on() {
        assert_eq!(on_one_line("Two\n  lines \u{1b}[2J."), "Two lines \\u{1b}[2J.");
    }

    #[cfg(unix)]
    #[test]
    fn an_editor_that_fails_changes_no_word() {
        assert_eq!(in_editor("false", "As it was.").unwrap().trim(), "As it was.");
        let added = in_editor("sh -c 'echo More. >> \"$0\"'", "As it was.").unwrap();
        assert_eq!(added, "As it was.\nMore.\n");
    }
}
