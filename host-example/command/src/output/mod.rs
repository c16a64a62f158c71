//! What commands print: text for people on stdout, or one JSON document; warnings on stderr.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::folder::Skipped;
use crate::hosted::trouble::Trouble;

pub mod inline;
pub mod json;
pub mod next;
pub mod page;
pub mod stats;
pub mod text;
pub mod theme;
pub mod words;

/// The result of a command.
#[derive(Debug)]
pub struct Reply {
    /// For people.
    pub text: String,
    /// For programs.
    pub json: Value,
    /// The exit code.
    pub code: u8,
}

impl Reply {
    /// A reply with exit code 0.
    pub fn new(text: String, json: Value) -> Self {
        Self { text, json, code: 0 }
    }
}

/// The format of `--json` output, see docs/json.md. The number grows when a field is removed or
/// changes its meaning.
const FORMAT: &str = "dreaming.reply/1";

/// Prints a reply.
///
/// # Errors
/// Those of [`told`].
pub fn print(reply: &Reply, as_json: bool) -> Result<()> {
    if as_json {
        return told(line(&reply.json));
    }
    let mut out = anstream::stdout().lock();
    told(out.write_all(reply.text.as_bytes()).and_then(|()| out.flush()))
}

/// Checks a write to standard output. A closed pipe is no error: a reader such as `head` has seen
/// enough.
///
/// # Errors
/// [`Error::Output`].
pub fn told(written: io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}

/// Prints an error: on stderr, and with `--json` as a document on stdout too.
pub fn print_error(error: &Error, as_json: bool) {
    let message = error.to_string();
    let message = match error {
        // These messages have several lines, which stay.
        Error::CommandLine(_)
        | Error::SeveralEntries { .. }
        | Error::Hosted(Trouble::Conflicts { .. }) => text::clean(&message),
        _ => text::one_line(&message),
    };
    if as_json {
        let mut told = json!({"kind": error.kind(), "message": error.to_string()});
        match error {
            Error::StaleChanges(stale) => told["stale"] = json!(stale),
            Error::Busy { holder, .. } => told["holder"] = json!(holder),
            _ => {}
        }
        // If this fails, stderr and the exit code still show the error.
        let _ = line(&json!({"error": told}));
    }
    let style = theme::ERROR;
    let message = format!("{style}error{style:#}: {message}");
    let _ = writeln!(anstream::stderr(), "{}", text::broken(&message, &io::stderr()));
}

/// Warns on stderr about files that were left alone: names the first ones and the number. Each file
/// is named once per process.
pub fn warn_skipped(what: &str, skipped: &[Skipped]) {
    const SHOWN: usize = 10;
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Ok(mut said) = SAID.lock() else { return };
    let mut text = String::new();
    let style = theme::WARNING;
    let new: Vec<String> = skipped
        .iter()
        .map(|file| (text::one_line(&file.path), text::one_line(&file.reason)))
        .map(|(path, reason)| format!("{what} {path} is left alone: {reason}"))
        .filter(|line| said.insert(line.clone()))
        .collect();
    for line in new.iter().take(SHOWN) {
        let _ = writeln!(text, "{style}warning{style:#}: {line}");
    }
    if new.len() > SHOWN {
        let more = new.len() - SHOWN;
        let _ = writeln!(text, "{style}warning{style:#}: and {more} more (all with --json)");
    }
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Prints text on stdout before the reply, such as the subject of a question.
pub fn say(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a message on stderr.
pub fn note(message: &str) {
    let _ =
        writeln!(anstream::stderr(), "{}", text::broken(&text::one_line(message), &io::stderr()));
}

fn line(reply: &Value) -> io::Result<()> {
    let mut reply = reply.clone();
    if let Value::Object(fields) = &mut reply {
        // An unchanged document of the engine has its own `format`, which stays.
        fields.entry("format").or_insert_with(|| FORMAT.into());
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{reply}").and_then(|()| out.flush())
}
