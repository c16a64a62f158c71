//! Calls of the system's own programs: `systemctl`, `crontab`, `launchctl`.

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::output::next::quoted;
use crate::output::text::one_line;

/// A call of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Whether all goes on when it fails.
    pub is_optional: bool,
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Whether it ended with 0.
    pub is_done: bool,
    /// Its output.
    pub stdout: String,
    /// Whether the output is UTF-8 as a whole.
    pub is_text: bool,
    /// Its complaints.
    pub stderr: String,
}

impl Call {
    /// A call with these words.
    pub fn new(words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Self { words, is_optional: false }
    }

    /// The same, but all goes on when it fails.
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// As a person types it.
    pub fn typed(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        words.join(" ")
    }

    /// Runs it.
    ///
    /// # Errors
    /// [`Error::Tool`] with what the program said.
    pub fn done(&self, input: Option<&str>) -> Result<()> {
        let said = run(&self.words, input);
        if self.is_optional {
            return Ok(());
        }
        let said = said?;
        let why = if said.stderr.trim().is_empty() { &said.stdout } else { &said.stderr };
        let why = if why.trim().is_empty() { "it said nothing" } else { why.trim() };
        match said.is_done {
            true => Ok(()),
            false => Err(Error::Tool(format!("`{}` failed: {}", self.typed(), one_line(why)))),
        }
    }
}

/// Runs a program to its end, with messages in English.
///
/// # Errors
/// [`Error::Tool`] when it cannot be started.
pub fn run(words: &[String], input: Option<&str>) -> Result<Said> {
    let (name, arguments) = words.split_first().ok_or_else(|| Error::Tool("no program".into()))?;
    let cannot = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => {
            Error::Tool(format!("the program `{name}` was not found on this system"))
        }
        _ => Error::Tool(format!("the program `{name}` cannot be used: {error}")),
    };
    let mut command = Command::new(name);
    command.args(arguments).env("LC_ALL", "C").env("SYSTEMD_PAGER", "");
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // A program that ends before it has read all of it says why by itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(cannot)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said {
        is_done: output.status.success(),
        stdout: text(&output.stdout),
        is_text: std::str::from_utf8(&output.stdout).is_ok(),
        stderr: text(&output.stderr),
    })
}
