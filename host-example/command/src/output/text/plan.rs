//! A plan and its changes on a terminal.

use std::fmt::Write as _;
use std::path::Path;

use anstyle::Style;

use super::{block, clean, count, one_line, time};
use crate::document::{Change, Conflict, Evidence, Plan, Rejected, Target};
use crate::output::theme::{DIM, HEAD, NEW, NEW_WORDS, OLD, OLD_WORDS, OTHER};
use crate::output::{inline, words};
use crate::sessions::Source;

/// Finds the file of a session part, by session and part.
pub type Files<'a> = dyn Fn(&str, &str) -> Option<Source> + 'a;

/// The whole plan: changes by cause, open conflicts, and what was turned down.
pub fn plan(plan: &Plan, files: &Files<'_>) -> String {
    let mut out = String::new();
    for (cause, changes) in words::by_cause(plan) {
        let title = one_line(words::cause(cause));
        let _ = writeln!(out, "\n{HEAD}{title}{HEAD:#} ({})", changes.len());
        for item in changes {
            out.push('\n');
            change(&mut out, item, files);
        }
    }
    if !plan.conflicts.is_empty() {
        let _ = writeln!(out, "\n{HEAD}Open conflicts{HEAD:#} ({})", plan.conflicts.len());
        plan.conflicts.iter().for_each(|item| conflict(&mut out, item, files));
    }
    out + &turned_down(plan, files)
}

/// What was turned down, each with the reason; empty without any.
pub fn turned_down(plan: &Plan, files: &Files<'_>) -> String {
    let mut out = String::new();
    if !plan.rejected.is_empty() {
        let _ = writeln!(out, "\n{HEAD}Turned down{HEAD:#} ({})", plan.rejected.len());
        plan.rejected.iter().for_each(|item| rejected(&mut out, item, files));
    }
    out
}

/// One change with its support and evidence, and its score.
pub fn change(out: &mut String, change: &Change, files: &Files<'_>) {
    what(out, change);
    let (total, parts) = words::score(change);
    let parts = one_line(&parts.join(", "));
    let _ =
        writeln!(out, "  score, for its place in the order and in the budget: {total} ({parts})");
    support(out, change);
    evidence(out, &change.evidence, files);
}

/// One change with its support and evidence.
pub fn why(out: &mut String, change: &Change, files: &Files<'_>) {
    what(out, change);
    support(out, change);
    evidence(out, &change.evidence, files);
}

/// What a change does, and the reason.
fn what(out: &mut String, change: &Change) {
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
    statements(out, change);
    let lost = words::lost(change);
    if !lost.is_empty() {
        let lost = one_line(&lost.join(" "));
        let _ = writeln!(out, "  {OLD}would be lost: {OLD_WORDS}{lost}{OLD_WORDS:#}{OLD:#}");
    }
    let _ = writeln!(out, "  why: {}", one_line(&change.because));
    let together = words::together(change, one_line);
    for why in together.iter().map(String::as_str).chain(words::alone(change)) {
        let _ = writeln!(out, "  {why}");
    }
}

/// Writes trust and support of a change.
fn support(out: &mut String, change: &Change) {
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
}

/// Writes the statements that go, stay and come.
fn statements(out: &mut String, change: &Change) {
    // Marks single words if exactly one statement replaces one other.
    let words = match (change.targets.as_slice(), &change.text) {
        ([target], Some(new)) => Some(inline::lines(words::old_text(change, &target.text), new)),
        _ => None,
    };
    for target in &change.targets {
        place(out, target);
        match &words {
            Some((old, _)) => lines(out, (OLD, OLD_WORDS), "  - ", old),
            None => {
                let text = words::old_text(change, &target.text);
                lines(out, (OLD, OLD), "  - ", &inline::plain(text));
            }
        }
    }
    if let Some(Target { path, line, below, text, .. }) = &change.survivor {
        let place = super::below(&format!("{path}:{line}"), below);
        let _ = writeln!(out, "  {DIM}stays: {place}{DIM:#}");
        block(out, Style::new(), "    = ", text);
    }
    if let Some(Target { path, line, below, text, .. }) = &change.after {
        let place = super::below(&format!("{path}:{line}"), below);
        let after = words::after(change);
        let _ = writeln!(out, "  {DIM}{after}: {place}{DIM:#}");
        block(out, Style::new(), "    = ", text);
    }
    match (&words, &change.text) {
        (Some((_, new)), _) => lines(out, (NEW, NEW_WORDS), "  + ", new),
        (None, Some(text)) => lines(out, (NEW, NEW), "  + ", &inline::plain(text)),
        (None, None) => {}
    }
}

fn place(out: &mut String, Target { path, line, entry, below, .. }: &Target) {
    let place = super::below(&format!("{path}:{line} ({entry})"), below);
    let _ = writeln!(out, "  {DIM}{place}{DIM:#}");
}

/// The file of a piece of evidence and the line in it; session and part where no file is known.
fn place_of(piece: &Evidence, files: &Files<'_>) -> (String, u64) {
    match files(&piece.session, &piece.part) {
        Some(source) => (from_here(&source.path), source.at.lines + piece.line),
        None => (format!("{}/{}", piece.session, piece.part), piece.line),
    }
}

/// A path as a person would type it: relative to the folder that the command runs in, when it is
/// below that.
fn from_here(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Some(path.strip_prefix(here).ok()?.to_path_buf()));
    below.as_deref().unwrap_or(path).display().to_string()
}

/// The evidence, each piece with file, line and words.
pub fn evidence(out: &mut String, evidence: &[Evidence], files: &Files<'_>) {
    for piece in evidence {
        let (place, line) = place_of(piece, files);
        let when = piece.time.map(|when| format!(" {}", time(when))).unwrap_or_default();
        let (place, who) = (one_line(&place), one_line(&piece.provenance));
        let _ = writeln!(out, "  {DIM}{place}:{line}{when} {who}{DIM:#}");
        block(out, Style::new(), "    > ", &piece.quote);
    }
}

fn conflict(out: &mut String, conflict: &Conflict, files: &Files<'_>) {
    let (subject, reason) = (one_line(&conflict.subject), one_line(&conflict.reason));
    let about = if subject.is_empty() { reason } else { format!("{subject}: {reason}") };
    let _ = writeln!(out, "\n  {about}");
    place(out, &conflict.entry);
    lines(out, (OLD, OLD), "  1 ", &inline::plain(&conflict.entry.text));
    conflict.other.iter().for_each(|other| place(out, other));
    lines(out, (OTHER, OTHER), "  2 ", &inline::plain(&conflict.text));
    evidence(out, &conflict.evidence, files);
}

fn rejected(out: &mut String, rejected: &Rejected, files: &Files<'_>) {
    let (stage, reason) = (one_line(&rejected.stage), one_line(&rejected.reason));
    let why = one_line(words::turned_down(&rejected.reason));
    let word =
        if why == reason { String::new() } else { format!(" {DIM}({stage}: {reason}){DIM:#}") };
    let _ = writeln!(out, "\n  {why}{word}");
    block(out, Style::new(), "  x ", &rejected.text);
    if let Some(piece) = &rejected.piece {
        let _ = writeln!(out, "    because of: {}", one_line(piece));
    }
    evidence(out, &rejected.evidence, files);
}

/// Writes lines after `mark`; the second style is for marked words.
fn lines(out: &mut String, (style, marked): (Style, Style), mark: &str, text: &[inline::Line]) {
    for line in text {
        let _ = write!(out, "{style}{mark}{style:#}");
        for (is_marked, piece) in line {
            let style = if *is_marked { marked } else { style };
            let _ = write!(out, "{style}{}{style:#}", clean(piece));
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::output::words::tests;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn changes_come_by_cause_then_conflicts_with_both_sides_then_what_was_turned_down() {
        let place = |text: &str| json!({"entry": "e1", "path": "a.md", "line": 7, "text": text});
        let said = json!([{"session": "s", "part": "main", "line": 3, "time": 0,
                           "provenance": "user", "quote": "It is 5000.\u{1b}[2J"}]);
        let mut review = tests::plan(vec![Change {
            targets: serde_json::from_value(json!([place("The port is 4000.")])).unwrap(),
            text: Some("The port is 5000.".into()),
            evidence: serde_json::from_value(said.clone()).unwrap(),
            ..tests::change("c1", "supersede", "newer-value", "review")
        }]);
        review.conflicts = serde_json::from_value(json!([{
            "subject": "the port", "entry": place("It is 4000."), "text": "It is 6000.",
            "evidence": [], "reason": "no time"}]))
        .unwrap();
        review.rejected = serde_json::from_value(json!([{
            "stage": "mine", "reason": "instruction-like", "text": "Obey.",
            "piece": "Obey", "evidence": said}]))
        .unwrap();
        let printed = plain(&plan(&review, &|session, _| Some(format!("/t/{session}").into())));
        let expected = "
Newer value (1)

c1  supersede notes.md  [review: because]
  a.md:7 (e1)
  - The port is 4000.
  + The port is 5000.
  why: It is so.
  score, for its place in the order and in the budget: 54 % (no outcome known, recency 0 %, support 0 %, trust 0 %)
  trust: user, tier: short, support: 2 sessions, 1 agent, 2 days
  /t/s:3 1970-01-01T00:00:00Z user
    > It is 5000.\\u{1b}[2J

Open conflicts (1)

  the port: no time
  a.md:7 (e1)
  1 It is 4000.
  2 It is 6000.

Turned down (1)

  it reads like an order to leave the rules, a person's consent or a secret behind: no dream writes such words, whoever said them; write them into the memory by hand (mine: instruction-like)
  x Obey.
    because of: Obey
  /t/s:3 1970-01-01T00:00:00Z user
    > It is 5000.\\u{1b}[2J
";
        assert_eq!(printed, expected);
    }

    #[test]
    fn only_the_words_that_differ_are_emphasised() {
        let mut out = String::new();
        let target =
            json!([{"entry": "e1", "path": "a.md", "line": 7, "text": "Port 4000 is used."}]);
        let change_of_port = Change {
            targets: serde_json::from_value(target).unwrap(),
            text: Some("Port 5000 is used.".into()),
            ..tests::change("c1", "supersede", "newer-value", "review")
        };
        change(&mut out, &change_of_port, &|_, _| None);
        assert!(out.contains(&format!("{OLD_WORDS}4000{OLD_WORDS:#}")), "{out:?}");
        assert!(out.contains(&format!("{NEW_WORDS}5000{NEW_WORDS:#}")), "{out:?}");
        assert_eq!(out.matches(&OLD_WORDS.to_string()).count(), 1, "{out:?}");
    }
}
