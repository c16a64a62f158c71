//! Text for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::Style;
use similar::{ChangeTag, TextDiff};

use super::theme::{DIM, HEAD, NEW, OLD};
use crate::document::{Change, Conflict, Evidence, Gates, Plan, Rejected, Target};

/// Where a part of a session is.
pub type Files<'a> = dyn Fn(&str, &str) -> Option<PathBuf> + 'a;

/// `text` without anything that a terminal would act on: control characters and those that turn
/// the direction of writing are spelled out. Transcripts are written by strangers.
pub fn clean(text: &str) -> String {
    let harmful = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
            || matches!(c, '\u{e0000}'..='\u{e007f}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if harmful(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// [`clean`] for names, paths and reasons, which stay on their line whatever a stranger named a file.
pub fn one_line(text: &str) -> String {
    clean(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// A time in milliseconds since 1970 as RFC 3339.
pub fn time(millis: i64) -> String {
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| format!("{millis} ms"), |t| t.to_string())
}

/// The first digits of an id, enough to tell revisions apart.
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// `1 change`, `2 changes`.
pub fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The counts of a plan's changes.
pub fn gates(gates: Gates) -> String {
    format!("{} auto, {} for review, {} blocked", gates.auto, gates.review, gates.blocked)
}

/// The whole plan, grouped by cause.
pub fn plan(plan: &Plan, files: &Files<'_>) -> String {
    let mut out = String::new();
    let mut causes: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in &plan.changes {
        causes.entry(&change.cause).or_default().push(change);
    }
    for (cause, changes) in causes {
        let _ = writeln!(out, "\n{HEAD}{}{HEAD:#} ({})", one_line(cause), changes.len());
        for item in changes {
            out.push('\n');
            change(&mut out, item, files);
        }
    }
    if !plan.conflicts.is_empty() {
        let _ = writeln!(out, "\n{HEAD}open conflicts{HEAD:#} ({})", plan.conflicts.len());
        plan.conflicts.iter().for_each(|item| conflict(&mut out, item, files));
    }
    if !plan.rejected.is_empty() {
        let _ = writeln!(out, "\n{HEAD}turned down{HEAD:#} ({})", plan.rejected.len());
        plan.rejected.iter().for_each(|item| rejected(&mut out, item, files));
    }
    out
}

/// One change with everything that speaks for it.
pub fn change(out: &mut String, change: &Change, files: &Files<'_>) {
    let Change { id, operation, path, gate, gate_reason, .. } = change;
    let _ = writeln!(
        out,
        "{HEAD}{}{HEAD:#}  {} {}  [{}: {}]",
        one_line(id),
        one_line(operation),
        one_line(path),
        one_line(gate),
        one_line(gate_reason)
    );
    for target in &change.targets {
        // The plan holds no secret, so its text is that of the new line.
        let hides = change.cause == "secret" && change.text.as_ref() == Some(&target.text);
        let text = if hides { "(the statement, with a secret)" } else { &target.text };
        old(out, target, text);
    }
    if let Some(Target { path, line, text, .. }) = &change.survivor {
        let _ = writeln!(out, "  {DIM}stays: {}:{line}{DIM:#}", one_line(path));
        block(out, Style::new(), "    = ", text);
    }
    if let Some(text) = &change.text {
        block(out, NEW, "  + ", text);
    }
    let _ = writeln!(out, "  why: {}", one_line(&change.because));
    let parts: Vec<String> = change
        .score
        .iter()
        .filter(|(name, _)| *name != "total")
        .map(|(name, value)| format!("{} {value}", one_line(name)))
        .collect();
    let total = change.score.get("total").map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(out, "  score: {total} ppm ({})", parts.join(", "));
    let principal = change.principal.as_deref().map(|who| format!(", of {}", one_line(who)));
    let _ = writeln!(
        out,
        "  trust: {}, tier: {}, support: {}, {}, {}{}",
        one_line(&change.trust),
        one_line(&change.tier),
        count(change.support.sessions, "session"),
        count(change.support.agents, "agent"),
        count(change.support.days, "day"),
        principal.unwrap_or_default()
    );
    evidence(out, &change.evidence, files);
}

fn old(out: &mut String, target: &Target, text: &str) {
    let Target { path, line, entry, .. } = target;
    let _ = writeln!(out, "  {DIM}{}:{line} ({}){DIM:#}", one_line(path), one_line(entry));
    block(out, OLD, "  - ", text);
}

/// The evidence, each piece with file, line and words.
pub fn evidence(out: &mut String, evidence: &[Evidence], files: &Files<'_>) {
    for piece in evidence {
        let place = files(&piece.session, &piece.part).map_or_else(
            || format!("{}/{}", piece.session, piece.part),
            |f| f.display().to_string(),
        );
        let when = piece.time.map(|when| format!(" {}", time(when))).unwrap_or_default();
        let (place, who) = (one_line(&place), one_line(&piece.provenance));
        let _ = writeln!(out, "  {DIM}{place}:{}{when} {who}{DIM:#}", piece.line);
        block(out, Style::new(), "    > ", &piece.quote);
    }
}

fn conflict(out: &mut String, conflict: &Conflict, files: &Files<'_>) {
    let _ = writeln!(out, "\n  {}: {}", one_line(&conflict.subject), one_line(&conflict.reason));
    old(out, &conflict.entry, &conflict.entry.text);
    block(out, NEW, "  ? ", &conflict.text);
    evidence(out, &conflict.evidence, files);
}

fn rejected(out: &mut String, rejected: &Rejected, files: &Files<'_>) {
    let (stage, reason) = (one_line(&rejected.stage), one_line(&rejected.reason));
    let _ = writeln!(out, "\n  {stage}: {reason}");
    block(out, Style::new(), "  x ", &rejected.text);
    evidence(out, &rejected.evidence, files);
}

/// The lines of `text`, each behind `mark`.
fn block(out: &mut String, style: Style, mark: &str, text: &str) {
    for line in clean(text).lines() {
        let _ = writeln!(out, "{style}{mark}{line}{style:#}");
    }
}

/// How a memory changed, as a unified diff without context.
pub fn diff(out: &mut String, path: &str, before: Option<&str>, after: Option<&str>) {
    let state = match (before, after) {
        (None, _) => " (new)",
        (_, None) => " (removed)",
        _ => "",
    };
    let _ = writeln!(out, "\n{HEAD}{}{HEAD:#}{state}", one_line(path));
    let diff = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    for change in diff.iter_all_changes() {
        let (style, mark, line) = match change.tag() {
            ChangeTag::Delete => (OLD, '-', change.old_index()),
            ChangeTag::Insert => (NEW, '+', change.new_index()),
            ChangeTag::Equal => continue,
        };
        let line = line.map_or(0, |line| line + 1);
        let text = clean(change.value().trim_end_matches(['\r', '\n']));
        let _ = writeln!(out, "{style}{mark}{line:>4} {text}{style:#}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_acts_on_gets_through() {
        let hostile = "a\u{1b}[2J\u{7}\u{9b}31m\r\u{202e}b\u{200b}\u{e0041}\tc\nd";
        let cleaned = clean(hostile);
        assert_eq!(cleaned, "a\\u{1b}[2J\\u{7}\\u{9b}31m\\u{d}\\u{202e}b\\u{200b}\\u{e0041}\tc\nd");
        assert_eq!(clean("日本 é"), "日本 é");
        assert_eq!(one_line("a\u{1b}\n\tb"), "a\\u{1b}\\n\\tb");
    }

    #[test]
    fn a_diff_names_lines_of_both_sides() {
        let mut out = String::new();
        diff(&mut out, "a.md", Some("one\ntwo\n"), Some("one\n2\nthree\n"));
        let plain = anstream::adapter::strip_str(&out).to_string();
        assert_eq!(plain, "\na.md\n-   2 two\n+   2 2\n+   3 three\n");
    }
}
