//! An independent reader of Claude Code sessions, as the reference scorers have it: what is counted
//! is computed from the records of a transcript and never from the words of a memory.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::data::Sessions;

/// A session.
pub struct Session {
    /// Its id: the name of the file.
    pub id: String,
    /// The least time of a message.
    pub start: String,
    /// Its tool calls, in order; those of sub-agents are left out.
    pub calls: Vec<Call>,
    /// What its user wrote: record id and text.
    pub users: Vec<(String, String)>,
}

/// A tool call.
pub struct Call {
    /// The tool.
    pub tool: String,
    /// Its arguments.
    pub input: Value,
    /// Of a failed call: the error, and the record id and the line of the result.
    pub error: Option<Failed>,
}

/// How a call failed.
pub struct Failed {
    /// The error as text.
    pub text: String,
    /// Record id of the result.
    pub record: String,
    /// Line of the result, from 1.
    pub line: u64,
}

/// Sessions with a start and calls, by start. Of a session that was stored twice (its name ends in
/// the same id) the larger file is kept.
pub fn read(sessions: &Sessions) -> Vec<Session> {
    let mut largest: std::collections::BTreeMap<&str, (&str, &[u8])> = Default::default();
    for (id, parts) in sessions {
        let bytes = parts.iter().find(|(name, _)| name == "main").map_or(&[][..], |(_, b)| b);
        let key = id.get(id.len().saturating_sub(36)..).unwrap_or(id);
        let kept = largest.entry(key).or_insert((id, bytes));
        if bytes.len() > kept.1.len() {
            *kept = (id, bytes);
        }
    }
    let mut found: Vec<Session> =
        largest.into_values().map(|(id, bytes)| session(id, bytes)).collect();
    found.retain(|s| !s.start.is_empty() && !s.calls.is_empty());
    found.sort_by(|a, b| (&a.start, &a.id).cmp(&(&b.start, &b.id)));
    found
}

fn session(id: &str, bytes: &[u8]) -> Session {
    let mut session =
        Session { id: id.into(), start: String::new(), calls: Vec::new(), users: Vec::new() };
    let mut seen = BTreeSet::new();
    let mut calls = std::collections::BTreeMap::new();
    for (line, text) in (1..).zip(String::from_utf8_lossy(bytes).lines()) {
        let Ok(Value::Object(record)) = serde_json::from_str::<Value>(text) else { continue };
        let uuid = string(&record, "uuid").to_owned();
        if !uuid.is_empty() && !seen.insert(uuid.clone()) {
            continue;
        }
        let (kind, time) = (string(&record, "type"), string(&record, "timestamp"));
        let is_message = matches!(kind, "user" | "assistant");
        if is_message && !time.is_empty() && (session.start.is_empty() || time < &*session.start) {
            session.start = time.into();
        }
        let on = |name: &str| record.get(name).and_then(Value::as_bool) == Some(true);
        let Some(message) = record.get("message").and_then(Value::as_object) else { continue };
        if on("isSidechain") {
            continue;
        }
        let by_user = kind == "user" && !on("isMeta");
        match message.get("content") {
            Some(Value::String(text)) if by_user && !text.starts_with('<') => {
                session.users.push((uuid, text.clone()));
            }
            Some(Value::Array(blocks)) => {
                for block in blocks.iter().filter_map(Value::as_object) {
                    let text = string(block, "text");
                    match string(block, "type") {
                        "text" if by_user && !text.starts_with('<') => {
                            session.users.push((uuid.clone(), text.into()));
                        }
                        "tool_use" => {
                            calls.insert(string(block, "id").to_owned(), session.calls.len());
                            session.calls.push(Call {
                                tool: string(block, "name").into(),
                                input: block.get("input").cloned().unwrap_or(Value::Null),
                                error: None,
                            });
                        }
                        "tool_result" => {
                            let call = calls.get(string(block, "tool_use_id")).copied();
                            let failed = block.get("is_error").and_then(Value::as_bool);
                            if let Some(call) = call.filter(|_| failed == Some(true)) {
                                session.calls[call].error = Some(Failed {
                                    text: result_text(block.get("content")),
                                    record: uuid.clone(),
                                    line,
                                });
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    session
}

fn string<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The text of a result: a string, or the texts of its blocks.
fn result_text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(blocks)) => {
            let text = |b: &Value| match b {
                Value::Object(fields) => string(fields, "text").to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            blocks.iter().map(text).collect::<Vec<_>>().join("\n")
        }
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($text).expect("a pattern"));
    };
}
pattern!(TAG, r"<[^>]{1,40}>");
pattern!(COLOUR, r"\x1b\[[0-9;]*m");
pattern!(QUOTED, r#"["'`][^"'`]{0,120}["'`]"#);
pattern!(
    PLACE,
    r"(?:~|\.{0,2})/[\w.@+\-/]+|\b[\w\-]+(?:/[\w.\-]+)+|\b[\w\-]+\.(?:go|md|sh|json|ya?ml|toml|txt|py|ts)\b"
);
pattern!(HEX, r"\b[0-9a-f]{7,40}\b");
pattern!(NUMBER, r"\d+(?:\.\d+)?");
pattern!(BLANK, r"\s+");
pattern!(MEANT, r"Did you mean (\S+?)\?");
pattern!(
    ERROR_LINE,
    r"(?i)(error|fail|fatal|undefined|cannot|not found|no such|denied|invalid|unknown|panic|expected|usage:|unable|missing|issue)"
);
pattern!(
    BEFORE_COMMAND,
    r"^\s*(?:cd\s+\S+\s*(?:&&|;)\s*|[A-Z_]+=\S+\s+|sudo\s+|time\s+|timeout\s+\S+\s+)*"
);
pattern!(COMMAND_END, r"&&|\|\||[|;\n]");
pattern!(HERE, r#"<<\s*['"]?(\w+)['"]?"#);

/// Failures with a class of their own, by words of the error.
const CLASSES: &[(&str, &str)] = &[
    ("rejected-by-user", "The user doesn't want to proceed"),
    ("sibling-error", "Sibling tool call errored"),
    ("edit:not-read", "File has not been read yet"),
    ("edit:modified-since-read", "File has been modified since read"),
    ("edit:string-not-found", "String to replace not found"),
    ("edit:ambiguous-match", "matches of the string to replace"),
    ("edit:no-change", "No changes to make"),
    ("read:too-large", "exceeds maximum allowed"),
    ("read:is-directory", "EISDIR"),
    ("read:missing", "File does not exist"),
    ("grep:no-path", "Path does not exist"),
    ("spawn:enoent", "ENOENT: no such file or directory, posix_spawn"),
    ("perm-denied", "Permission to use"),
];

/// The class of a failed call.
pub fn signature(call: &Call, error: &str) -> String {
    let tool = &call.tool;
    if let Some((class, _)) = CLASSES.iter().find(|(_, words)| error.contains(words)) {
        let meant = MEANT.captures(error).filter(|_| *class == "read:missing");
        return match meant.and_then(|found| found.get(1)) {
            Some(path) => format!("{tool}|{class}|did-you-mean {}", base_name(path.as_str())),
            None => format!("{tool}|{class}"),
        };
    }
    let lines: Vec<&str> = error.split('\n').collect();
    if tool == "Bash" {
        let said: Vec<&str> =
            lines.iter().skip(1).copied().filter(|line| !line.trim().is_empty()).collect();
        let said = if said.is_empty() { lines } else { said };
        let told = said.iter().find(|line| ERROR_LINE.is_match(line)).or(said.first());
        let command = call.input.get("command").and_then(Value::as_str).unwrap_or_default();
        return format!("Bash|{}|{}", verb(command), normal(told.copied().unwrap_or_default()));
    }
    format!("{tool}|{}", normal(lines.first().copied().unwrap_or_default()))
}

/// An error line without what differs from time to time.
fn normal(line: &str) -> String {
    let line = TAG.replace_all(line, "");
    let line = COLOUR.replace_all(&line, "");
    let line = QUOTED.replace_all(&line, "<str>");
    let line = PLACE.replace_all(&line, "<path>");
    let line = HEX.replace_all(&line, "<hex>");
    let line = NUMBER.replace_all(&line, "<n>");
    BLANK.replace_all(&line, " ").trim().chars().take(110).collect()
}

/// Program and subcommand of the first real command of a shell line.
pub fn verb(command: &str) -> String {
    let command = BEFORE_COMMAND.replace(command.trim(), "").into_owned();
    let first = COMMAND_END.split(&command).next().unwrap_or_default().trim();
    let mut words = BLANK.split(first);
    let Some(program) = words.next().filter(|word| !word.is_empty()).map(base_name) else {
        return "?".into();
    };
    let after: Vec<&str> = words.take(3).filter(|word| !word.starts_with('-')).collect();
    let count = match program {
        "mise" | "gh" => 2,
        "git" | "go" | "npm" | "cargo" | "brew" | "docker" | "uv" | "pip" | "make" | "entire" => 1,
        _ => 0,
    };
    let subcommands = after.into_iter().take(count);
    std::iter::once(program).chain(subcommands).collect::<Vec<_>>().join(" ")
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Programs that are no step of a workflow.
const NO_STEPS: &[&str] = &[
    "cd", "echo", "ls", "cat", "grep", "head", "tail", "sleep", "wc", "rm", "mkdir", "pwd",
    "which", "sed", "awk", "find", "true", "test", "[", "?", "export", "source", "for", "while",
    "if", "done", "do", "then", "fi", "sort", "touch", "cp", "mv", "chmod", "printf", "xargs",
    "tee", "rg", "jq",
];

/// The steps of a session: program and subcommand of each part of its successful shell calls, each
/// run of equal ones once.
pub fn steps(session: &Session) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for call in session.calls.iter().filter(|c| c.tool == "Bash" && c.error.is_none()) {
        let command = call.input.get("command").and_then(Value::as_str).unwrap_or_default();
        let command = without_here_texts(command);
        for part in command.split(['\n', ';']).flat_map(|part| part.split("&&")) {
            if part.trim().is_empty() {
                continue;
            }
            let step = verb(part);
            let program = step.split(' ').next().unwrap_or_default();
            let starts = |c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '/');
            if NO_STEPS.contains(&program) || !step.starts_with(starts) {
                continue;
            }
            if found.last() != Some(&step) {
                found.push(step);
            }
        }
    }
    found
}

/// A command without the texts between `<<END` and the line that begins with `END`.
fn without_here_texts(command: &str) -> String {
    let mut out = String::new();
    let mut rest = command;
    while let Some(found) = HERE.captures(rest) {
        let (Some(whole), Some(word)) = (found.get(0), found.get(1)) else { break };
        let after = &rest[whole.end()..];
        let end = format!("\n{}", word.as_str());
        let Some(at) = after.find(&end) else {
            out.push_str(&rest[..whole.end()]);
            rest = after;
            continue;
        };
        out.push_str(&rest[..whole.start()]);
        rest = &after[at + end.len()..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_are_program_and_subcommand() {
        for (command, want) in [
            ("cd /a && git commit -m x", "git commit"),
            ("GOFLAGS=-v go test ./...", "go test"),
            ("mise run lint | tail", "mise run lint"),
            ("/usr/bin/python3 x.py", "python3"),
            ("  ", "?"),
        ] {
            assert_eq!(verb(command), want);
        }
    }

    #[test]
    fn a_failed_call_has_the_class_of_its_error() {
        let call = |tool: &str, command: &str| Call {
            tool: tool.into(),
            input: serde_json::json!({ "command": command }),
            error: None,
        };
        let read = call("Read", "");
        let missing = "<tool_use_error>File does not exist. Did you mean a/.x.yaml?";
        assert_eq!(signature(&read, missing), "Read|read:missing|did-you-mean .x.yaml");
        let bash = call("Bash", "cd x && cargo test");
        let error = "Exit code 101\nrunning 3\nerror: test `a` failed at src/x.rs 12";
        assert_eq!(
            signature(&bash, error),
            "Bash|cargo test|error: test <str> failed at <path> <n>"
        );
    }

    #[test]
    fn here_texts_are_no_steps() {
        let text = "git commit -F - <<'EOF'\nnpm test\nEOF\ngit push";
        assert_eq!(without_here_texts(text), "git commit -F - \ngit push");
    }
}
