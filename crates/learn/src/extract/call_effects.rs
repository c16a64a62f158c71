//! What a call changes, by its tool and arguments, and which calls act on something other than
//! files and shells.

use super::chain::Chain;
use super::names::name;
use super::pin::Seen;
use super::shell;
use crate::step::{self, Tool};
use dreaming_records::notes::Action;
use dreaming_text::cut;

/// Arguments that name a file.
const FILE_FIELDS: &[&str] = &["file_path", "filePath", "filename", "notebook_path", "path"];

/// Longest arguments that are kept, in bytes. Chosen by us: a longer call carries a document.
const MAX_ARGUMENTS: usize = 2 << 10;

/// Longest quote of an action, in bytes. Chosen by us: the arguments are kept beside it.
const QUOTE: usize = 48;

/// What a call does if it succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Runs commands.
    Runs(Chain),
    /// Changes a file.
    ChangesFiles,
    /// Changes something else.
    Acts(Action),
    /// Changes nothing.
    Nothing,
}

/// What a call does. `command`: the line that it gives to a shell.
pub(super) fn work(tool: &str, seen: &Seen<'_>, command: Option<&str>) -> Work {
    if shell::is_shell(tool) {
        return Work::Runs(Chain::of(command.unwrap_or_default()));
    }
    let on_file = FILE_FIELDS.iter().any(|name| seen.has_field(name));
    match step::tool(tool, on_file) {
        Tool::ChangesFiles => return Work::ChangesFiles,
        Tool::Reads => return Work::Nothing,
        Tool::Acts => {}
    }
    let whole = 0..seen.event.text.len();
    let (mut pin, arguments) = seen.pin(&whole, QUOTE);
    pin.quote = cut(&pin.quote, QUOTE).into();
    let arguments = if arguments.len() > MAX_ARGUMENTS {
        format!("{}{CUT}", cut(arguments, MAX_ARGUMENTS))
    } else {
        arguments.into()
    };
    Work::Acts(Action { name: name(tool), arguments, pin })
}

/// Ends arguments that were cut.
const CUT: &str = "…";
