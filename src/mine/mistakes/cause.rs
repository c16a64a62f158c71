//! Why a call failed: failures of one tool with one cause are one pattern, whatever else differs.

use crate::attack;
use crate::digest::Failure;
use crate::mine::words;
use crate::text;

/// Classes of failures that tools for files and shells have everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// A file was changed that had not been read.
    NotRead,
    /// A file was changed that is not as it was read.
    ChangedSinceRead,
    /// The text to replace occurs more than once.
    NotUnique,
    /// The text to replace does not occur.
    TextNotFound,
    /// The new text is the old one.
    NoChange,
    /// A file is too large to be read at once.
    TooLarge,
    /// A folder was taken for a file.
    Folder,
    /// A program is not installed, or not in the path.
    NoProgram,
    /// A path does not exist.
    NoPath,
    /// A program does not know an option.
    NoOption,
    /// A test, a linter or a compiler did its work and found something.
    Findings,
}

/// What errors of each class say, in lower case: the words of the tools of several agents and of
/// common programs. The first class that fits counts, so the more special ones come first.
const CLASSES: &[(Class, &[&str])] = &[
    (
        Class::NotRead,
        &["has not been read", "read it first", "must read the file", "read the file first"],
    ),
    (
        Class::ChangedSinceRead,
        &["modified since", "changed since", "changed on disk", "content is newer"],
    ),
    (
        Class::NotUnique,
        &[
            "matches of the string to replace",
            "multiple occurrences of",
            "multiple matches",
            "expected 1 occurrence",
            "expected <n> occurrence",
            "must be unique",
            "is not unique",
        ],
    ),
    (
        Class::TextNotFound,
        &[
            "string to replace not found",
            "string to replace was not found",
            "could not find the string",
            "old_string not found",
            "<n> occurrences found",
            "did not appear verbatim",
            "failed to find expected lines",
            "search block",
        ],
    ),
    (Class::NoChange, &["no changes to make", "no change to make", "are exactly the same"]),
    (
        Class::TooLarge,
        &["exceeds maximum allowed", "exceeds the maximum", "file is too large", "file too large"],
    ),
    (Class::Folder, &["eisdir", "is a directory", "is a folder"]),
    (Class::NoProgram, &["command not found", "is not recognized as", "executable file not found"]),
    (
        Class::NoPath,
        &[
            "no such file",
            "no such directory",
            "file does not exist",
            "path does not exist",
            "directory does not exist",
            "file not found",
            "path not found",
            "directory not found",
            "cannot find the file",
            "cannot find the path",
        ],
    ),
    (
        Class::NoOption,
        &[
            "unknown flag",
            "unknown option",
            "unknown argument",
            "unrecognized argument",
            "unrecognized option",
            "unrecognized flag",
            "unexpected argument",
            "invalid option",
            "illegal option",
            "no such option",
            "flag provided but not defined",
        ],
    ),
];

/// Words of a program that could not even be started: nothing is wrong with the path that was asked
/// for.
const NOT_STARTED: &[&str] = &["spawn", "fork"];

/// Words of a command that took too long: that says nothing about the command.
const TIME: &[&str] = &["timed out", "timeout"];

/// Words that every failing program says; a message of these alone tells nothing.
const GENERIC: &[&str] = &[
    "a", "an", "code", "command", "error", "errors", "exit", "exited", "fail", "failed", "failure",
    "fatal", "issue", "issues", "non", "problem", "problems", "process", "returned", "status",
    "task", "the", "unknown", "was", "with", "zero",
];

/// What a check counts when it has found something, in lower case.
const COUNTED: &[&str] = &[
    "error",
    "errors",
    "failed",
    "failing",
    "failure",
    "failures",
    "issue",
    "issues",
    "offense",
    "offenses",
    "problem",
    "problems",
    "violation",
    "violations",
    "warning",
    "warnings",
];

/// How test programs begin the line of a test that failed.
const FAILED_TEST: &[&str] = &["--- FAIL", "FAIL", "FAILED", "not ok", "FAILURES"];

/// A cause.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Of a known class.
    Known(Class),
    /// Of a message, without what differs from time to time.
    Message(String),
}

/// The cause of a failure; `None` when the failure tells nothing.
pub(super) fn cause(failure: &Failure) -> Option<Cause> {
    let template = &failure.template;
    let shell = failure.tool.contains(' ');
    let lower = template.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    // Such a message is turned down by its words, so they must stay.
    let tame = !attack::instructs(template) && !attack::orders_agents(template);
    if shell && says(TIME) {
        return None;
    }
    let tool = words::tool(&failure.tool)?;
    if shell && tame && is_finding(template, &tool) {
        return Some(Cause::Known(Class::Findings));
    }
    let class = CLASSES.iter().find(|(_, words)| says(words)).map(|(class, _)| *class);
    match class.filter(|class| tame && !(*class == Class::NoPath && says(NOT_STARTED))) {
        Some(class) => Some(Cause::Known(class)),
        None => {
            let short = Some(one_cause(template)).filter(|message| tells(message, &tool));
            let message = words::code(short.unwrap_or(template), words::MAX_CODE)?;
            let message = message.trim_end_matches(['.', ':', ';', ' ']);
            tells(message, &tool).then(|| Cause::Message(message.into()))
        }
    }
}

/// What a message says before it goes on to lists and proposals, which differ with what was asked
/// for: its first sentence, without a proposed name.
fn one_cause(message: &str) -> &str {
    let end = text::sentences(message).first().map_or(message.len(), |first| first.end);
    let first = message.get(..end).unwrap_or(message);
    first
        .find("Did you mean")
        .and_then(|at| first.get(..at))
        .filter(|s| !s.is_empty())
        .unwrap_or(first)
}

/// Whether a message is what a check prints that did its work: a place in a source file, a failed
/// test, a count of findings, or the verdict of whoever ran it.
fn is_finding(template: &str, tool: &str) -> bool {
    let line = without_label(template);
    let place = ["<path>:<n>", "<path>(<n>"].iter().any(|place| line.starts_with(place));
    let test = FAILED_TEST.iter().any(|word| {
        line.strip_prefix(word)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    place || test || counts(line) || is_verdict(line, tool)
}

/// The line without the name of a task in brackets in front of it, as task runners print it.
fn without_label(line: &str) -> &str {
    let after = line.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    after.map_or(line, |(_, after)| after)
}

/// Whether a count stands before what is counted: `<n> issues`, `<n> tests failed`.
fn counts(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '<' && c != '>')
        .filter(|w| !w.is_empty())
        .collect();
    words
        .windows(3)
        .any(|w| matches!(w, ["<n>", a, b] if COUNTED.contains(a) || COUNTED.contains(b)))
        || matches!(words.as_slice(), [.., "<n>", last] if COUNTED.contains(last))
}

/// Whether a runner says in general words that its task failed.
fn is_verdict(line: &str, tool: &str) -> bool {
    line.to_ascii_lowercase().contains("fail") && !tells(line, tool)
}

/// Whether a message says more than that this tool failed.
fn tells(message: &str, tool: &str) -> bool {
    let gap = |c| !text::unicode::is_letter(c);
    let tool = tool.to_ascii_lowercase();
    let said = |word: &str| GENERIC.contains(&word) || tool.split(gap).any(|w| w == word);
    let visible = without_holes(message).to_ascii_lowercase();
    visible.split(gap).any(|word| !word.is_empty() && !said(word))
}

/// A template with blanks where something was replaced.
fn without_holes(template: &str) -> String {
    let mut hidden = false;
    let seen = template.chars().map(|c| {
        let outside = !hidden && c != '<';
        hidden = c == '<' || (hidden && c != '>');
        if outside { c } else { ' ' }
    });
    seen.collect()
}
