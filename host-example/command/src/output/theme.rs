//! The colours and weights of everything that is printed. Whether they are used at all is decided
//! by `--color`, `NO_COLOR`, `CLICOLOR_FORCE` and what standard output is.

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
/// Text that goes.
pub const OLD: Style = AnsiColor::Red.on_default();
/// Text that comes.
pub const NEW: Style = AnsiColor::Green.on_default();
/// The place of a hunk in a diff.
pub const HUNK: Style = AnsiColor::Cyan.on_default();
/// Words that the other side of a change does not have, in text that goes.
pub const OLD_WORDS: Style = OLD.bold().underline();
/// The same in text that comes.
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
