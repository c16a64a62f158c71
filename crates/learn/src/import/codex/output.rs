//! What a call gave back, and how it ended: rollouts say so inside the output.

use crate::json::{self, Value};

use super::super::fields::{content_of, content_text};
use crate::words::harness::{CODEX_EXIT_CODES, CODEX_FAILURES};

/// Lines before the output proper: exit code, time, size. Chosen by us, from the format notes.
const HEADER_LINES: usize = 8;

/// Where the output proper begins.
const BODY: &str = "Output:";

/// How versions about 0.118 begin the lines before the output: with the command, over as many lines as it
/// has. The other lines follow it.
const COMMAND: &str = "Command: ";

/// The line that follows the command.
const AFTER_COMMAND: &[&str] = &["\nChunk ID: ", "\nWall time: "];

/// The line before the one that says that a person stopped a shell.
const TIME: &str = "Wall time: ";

/// What an output says of a command that goes on, with what names it: the process, and the cell of a program.
const GOES_ON: &[&str] = &["Process running with session ID ", "Script running with cell ID "];

/// How the output of a program begins that has ended, and whether it failed.
const SCRIPTS: &[(&str, bool)] =
    &[("Script completed", false), ("Script failed", true), ("Script terminated", false)];

/// How an output begins of a call that a person stopped, from the sources of version 0.158; where a shell ran,
/// it is a line behind the time.
const STOPS: &[&str] = &["aborted by user"];

/// What a call gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// The output proper.
    pub(super) text: String,
    /// How the call ended.
    pub(super) end: End,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing says that it failed.
    Said,
    /// It failed, with this exit code.
    Exited(i64),
    /// A program ended; whether it failed.
    Script(bool),
    /// It could not be carried out.
    Failed,
    /// A person stopped it.
    Stopped,
    /// It goes on; the name under which a later call asks for it.
    GoesOn(String),
}

impl Output {
    fn new(text: impl Into<String>, end: End) -> Self {
        Self { text: text.into(), end }
    }

    /// Reads an output.
    pub(super) fn of(output: &Value) -> Self {
        let Value::Object(fields) = output else { return Self::of_text(&content_text(output)) };
        let read = Self::of_text(&content_of(fields, "content"));
        let end = match fields.get("success").and_then(Value::as_bool) {
            Some(true) => End::Exited(0),
            Some(false) if !read.end.is_failure() => End::Failed,
            _ => read.end,
        };
        Self { end, ..read }
    }

    fn of_text(text: &str) -> Self {
        if let Some(found) = of_json(text) {
            return found;
        }
        let (end, body) = header(text);
        let opens = |openings: &[&str]| openings.iter().any(|opening| text.starts_with(opening));
        match end {
            Some(end) => Self::new(body.unwrap_or(text), end),
            None if opens(STOPS) => Self::new(text, End::Stopped),
            None if opens(CODEX_FAILURES) => Self::new(text, End::Failed),
            None => Self::new(text, End::Said),
        }
    }
}

impl End {
    /// Whether it says that the call failed.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Said | Self::GoesOn(_) => false,
            Self::Exited(code) => *code != 0,
            Self::Script(failed) => *failed,
            Self::Failed | Self::Stopped => true,
        }
    }
}

/// `{"output": …, "metadata": {"exit_code": …}}`, or the result of a server of tools.
fn of_json(text: &str) -> Option<Output> {
    let value: Value<'_> = text.starts_with('{').then(|| json::read(text))??;
    if let Some(code) = value.get("metadata").and_then(|m| m.get("exit_code")?.as_i64()) {
        let body = value.get("output").and_then(Value::as_str).unwrap_or_default();
        return Some(Output::new(body, End::Exited(code)));
    }
    let failed = ["isError", "is_error"].iter().find_map(|name| value.get(name)?.as_bool())?;
    let end = if failed { End::Failed } else { End::Said };
    Some(Output::new(content_text(value.get("content")?), end))
}

/// How the call ended and the output proper, when lines before it tell.
fn header(text: &str) -> (Option<End>, Option<&str>) {
    let mut rest = without_command(text);
    // A line like these further down is the program's own.
    let first = first_line(rest);
    let opens = rest.len() < text.len() || first.starts_with(TIME) || line_end(first).is_some();
    let mut end = None;
    for _ in 0..HEADER_LINES {
        let line = first_line(rest);
        let after = rest.get(line.len()..).map(|rest| rest.strip_prefix('\n').unwrap_or(rest));
        let line = line.trim_ascii_end();
        if line == BODY {
            return (end, after);
        }
        end = end.or_else(|| line_end(line));
        rest = after.unwrap_or_default();
    }
    (end.filter(|_| opens), None)
}

/// How a call ended, by a line before its output.
fn line_end(line: &str) -> Option<End> {
    let after = |openings: &[&str]| openings.iter().find_map(|opening| line.strip_prefix(opening));
    if let Some(code) = after(CODEX_EXIT_CODES).and_then(|code| code.trim_ascii().parse().ok()) {
        return Some(End::Exited(code));
    }
    if GOES_ON.iter().any(|opening| line.starts_with(opening)) {
        return Some(End::GoesOn(process(line)));
    }
    let script = SCRIPTS.iter().find(|(opening, _)| *opening == line);
    let script = script.map(|(_, failed)| End::Script(*failed));
    script.or_else(|| STOPS.contains(&line).then_some(End::Stopped))
}

/// The name of a process or cell: what stands at the end of the line that tells of it.
fn process(line: &str) -> String {
    let (about, number) = line.rsplit_once(' ').unwrap_or_default();
    named(if about.contains("cell") { "cell" } else { "session" }, number)
}

/// The name under which a later call asks for a command that goes on.
pub(super) fn named(kind: &str, number: &str) -> String {
    format!("{kind} {number}")
}

/// What follows the command that some versions put before all else.
fn without_command(text: &str) -> &str {
    let after = || AFTER_COMMAND.iter().filter_map(|opening| text.find(opening)).min();
    let at = if text.starts_with(COMMAND) { after() } else { None };
    at.and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(line, _)| line)
}

/// A failure as other harnesses write it.
pub(super) fn with_code(code: i64, body: &str) -> String {
    format!("Exit code {code}\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_tell_an_end_is_understood() {
        let running = |name: &str| End::GoesOn(name.into());
        for (output, text, end) in [
            (r#"{"output":"ok","metadata":{"exit_code":0}}"#, "ok", End::Exited(0)),
            (r#"{"output":"no\n","metadata":{"exit_code":2}}"#, "no\n", End::Exited(2)),
            (
                "Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno such file",
                "no such file",
                End::Exited(1),
            ),
            (
                "Chunk ID: a\nWall time: 1 s\nProcess exited with code 0\nOutput:\nfine",
                "fine",
                End::Exited(0),
            ),
            (
                "Command: /bin/sh -lc 'cat <<E\n1\n2\n3\n4\n5\n6\n7\n8\n9\nE'\nChunk ID: a\n\
                 Wall time: 1 s\nProcess exited with code 7\nOutput:\nbad",
                "bad",
                End::Exited(7),
            ),
            (
                "Chunk ID: a\nWall time: 1 s\nProcess running with session ID 38\nOutput:\n..",
                "..",
                running("session 38"),
            ),
            (
                "Script running with cell ID 7\nWall time 3.0 seconds\nOutput:\n",
                "",
                running("cell 7"),
            ),
            (
                "Script failed\nWall time 3.0 seconds\nOutput:\nx is not defined",
                "x is not defined",
                End::Script(true),
            ),
            (
                "Wall time: 2.0 seconds\naborted by user",
                "Wall time: 2.0 seconds\naborted by user",
                End::Stopped,
            ),
            ("aborted by user after 2.0s", "aborted by user after 2.0s", End::Stopped),
            ("failed in sandbox: denied", "failed in sandbox: denied", End::Failed),
            (
                "write_stdin failed: Unknown process id 0",
                "write_stdin failed: Unknown process id 0",
                End::Failed,
            ),
            (
                "resources/list failed: unknown server",
                "resources/list failed: unknown server",
                End::Failed,
            ),
            (r#"{"content":[{"type":"text","text":"bad"}],"isError":true}"#, "bad", End::Failed),
            (r#"{"name":"x"}"#, r#"{"name":"x"}"#, End::Said),
            ("plain\nExit code: 3\nof a program", "plain\nExit code: 3\nof a program", End::Said),
            ("", "", End::Said),
        ] {
            assert_eq!(Output::of(&Value::from(output)), Output::new(text, end), "{output}");
        }
        let structured = serde_json::json!({"content": "denied", "success": false});
        assert_eq!(Output::of(&structured.into()), Output::new("denied", End::Failed));
        let blocks = serde_json::json!([
            {"type": "input_text", "text": "Script completed\nWall time 2.0 seconds\nOutput:\n"},
            {"type": "input_text", "text": "a"},
        ]);
        assert_eq!(Output::of(&blocks.into()), Output::new("\na", End::Script(false)));
    }
}
