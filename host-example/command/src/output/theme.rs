//! The colours and weights of all output. `--color`, `NO_COLOR`, `CLICOLOR_FORCE` and the kind of
//! standard output decide whether they are used.

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

/// `error` and `fail`.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// `warning` and `warn`.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// `ok`.
pub const OK: Style = AnsiColor::Green.on_default().bold();
/// Names and headings.
pub const HEAD: Style = Style::new().bold();
/// Places, times and other side notes.
pub const DIM: Style = Style::new().dimmed();
/// Removed text.
pub const OLD: Style = AnsiColor::Red.on_default();
/// Added text.
pub const NEW: Style = AnsiColor::Green.on_default();
/// The place of a hunk in a diff.
pub const HUNK: Style = AnsiColor::Cyan.on_default();
/// Words of removed text that the new text does not have.
pub const OLD_WORDS: Style = OLD.bold().underline();
/// Words of added text that the old text does not have.
pub const NEW_WORDS: Style = NEW.bold().underline();
/// A statement that contradicts one of the store.
pub const OTHER: Style = AnsiColor::Yellow.on_default();

/// Help texts.
pub const HELP: Styles = Styles::styled()
    .header(HEAD)
    .usage(HEAD)
    .literal(NEW)
    .error(ERROR)
    .valid(NEW)
    .invalid(WARNING)
    .placeholder(DIM);
