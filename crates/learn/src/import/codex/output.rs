//! The output of a call and how the call ended, which rollouts write into the output itself.

use crate::json_value::{self, Value};

use super::super::fields::{content_of, content_text};
use crate::words::harness::{CODEX_EXIT_CODES, CODEX_FAILURES};

/// Lines in front of the actual output that are searched: exit code, time, size. Chosen by us, from
/// the format notes.
const HEADER_LINES: usize = 8;

/// The line before the actual output.
const BODY: &str = "Output:";

/// How the output begins in versions about 0.118: with the command, which may span lines. The other
/// header lines follow it.
const COMMAND: &str = "Command: ";

/// How the line behind the command begins.
const AFTER_COMMAND: &[&str] = &["\nChunk ID: ", "\nWall time: "];

/// How the line begins that stands before a note that a person stopped the shell.
const TIME: &str = "Wall time: ";

/// How an output says that a command is still running; the name of its process or script cell
/// follows.
const GOES_ON: &[&str] = &["Process running with session ID ", "Script running with cell ID "];

/// How the output of a finished script begins, and whether the script failed.
const SCRIPTS: &[(&str, bool)] =
    &[("Script completed", false), ("Script failed", true), ("Script terminated", false)];

/// How the output of a call begins that a person stopped, from the sources of version 0.158. For a
/// shell, this line stands behind the time.
const STOPS: &[&str] = &["aborted by user"];

/// The output of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    /// The actual output, without header lines.
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
    /// A script ended; the value says whether it failed.
    Script(bool),
    /// It could not be carried out.
    Failed,
    /// A person stopped it.
    Stopped,
    /// It is still running; a later call asks about it under this name.
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
    /// Whether the call failed.
    pub(super) fn is_failure(&self) -> bool {
        match self {
            Self::Said | Self::GoesOn(_) => false,
            Self::Exited(code) => *code != 0,
            Self::Script(failed) => *failed,
            Self::Failed | Self::Stopped => true,
        }
    }
}

/// Reads `{"output": …, "metadata": {"exit_code": …}}`, or the result of an MCP server.
fn of_json(text: &str) -> Option<Output> {
    let value: Value<'_> = text.starts_with('{').then(|| json_value::read(text))??;
    if let Some(code) = value.get("metadata").and_then(|m| m.get("exit_code")?.as_i64()) {
        let body = value.get("output").and_then(Value::as_str).unwrap_or_default();
        return Some(Output::new(body, End::Exited(code)));
    }
    let failed = ["isError", "is_error"].iter().find_map(|name| value.get(name)?.as_bool())?;
    let end = if failed { End::Failed } else { End::Said };
    Some(Output::new(content_text(value.get("content")?), end))
}

/// Reads the header lines: how the call ended, and the actual output.
fn header(text: &str) -> (Option<End>, Option<&str>) {
    let mut rest = without_command(text);
    // Only the top of the output has header lines; a similar line further down was printed by the
    // program.
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

/// How the call ended, from one header line.
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

/// The name of a process or cell, from the number at the end of a line.
fn process(line: &str) -> String {
    let (about, number) = line.rsplit_once(' ').unwrap_or_default();
    named(if about.contains("cell") { "cell" } else { "session" }, number)
}

/// The name under which a later call asks about a running command.
pub(super) fn named(kind: &str, number: &str) -> String {
    format!("{kind} {number}")
}

/// The text behind the command that some versions write first.
fn without_command(text: &str) -> &str {
    let after = || AFTER_COMMAND.iter().filter_map(|opening| text.find(opening)).min();
    let at = if text.starts_with(COMMAND) { after() } else { None };
    at.and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

fn first_line(text: &str) -> &str {
    text.split_once('\n').map_or(text, |(line, _)| line)
}

/// Writes a failure as other harnesses do.
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
