//! The reply of a run: what a person and a program are told of a dream.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::counts::{askable, pending, still_open};
use super::settle::Settled;
use super::unanswered::{failure, not_made};
use crate::commands::left_out;
use crate::document::{self, Plan, Report};
use crate::error::Result;
use crate::folder;
use crate::formats;
use crate::output::{self, Reply, next, text};
use crate::sessions::Found;
use crate::snapshot;
use crate::state::plans::StoredPlan;
use crate::store::Left;

/// A dream that came to an end.
pub struct Done<'a> {
    /// The state and other results that it left.
    pub left: &'a Left,
    /// The plan.
    pub plan: &'a Plan,
    /// The plan as it is stored.
    pub stored: &'a StoredPlan,
    /// The sessions.
    pub found: &'a Found,
    /// What became of the plan.
    pub settled: Settled,
    /// What the model was asked, for people and for programs, if one was chosen.
    pub asked: Option<(String, Value)>,
}

impl Done<'_> {
    /// The reply. `memory` is the memory folder, as a person names it.
    ///
    /// # Errors
    /// [`crate::error::Error::Damaged`], [`crate::error::Error::State`].
    pub fn reply(self, quiet: bool, memory: &Path) -> Result<Reply> {
        let Self { left, plan, stored, found, settled, asked } = self;
        let report: Value = document::parse(&stored.report, "report")?;
        let known: Report = document::parse(&stored.report, "report")?;
        let pending = pending(left, plan, found)?;
        let (waiting, unseen) = askable(&left.state, plan)?;
        let gates = plan.gates();
        let mut out = format!(
            "Read {}{}, {pending} pending{}{}. Proposed {}: {}.\n",
            text::count(known.sessions_read, "session"),
            some(known.sessions_asked_again, "asked about again"),
            some(waiting, "waiting for a model"),
            unread(found),
            text::count(plan.changes.len() as u64, "change"),
            text::gates(gates)
        );
        let archived = from_archive(plan, found);
        if archived > 0 {
            out.push_str(&format!(
                "{} came from the archive, because the files of their agent are gone or shorter.\n",
                text::count(archived, "session")
            ));
        }
        let (asked, model) = asked.unwrap_or_default();
        out.push_str(&asked);
        let blocked = blocked(plan, &stored.request.taken);
        if !blocked.is_empty() {
            let paths: Vec<String> = blocked.iter().map(|path| text::one_line(path)).collect();
            let paths = paths.join(", ");
            out.push_str(&format!("Blocked, because the file there is left alone: {paths}.\n"));
        }
        let texts = snapshot::texts(&left.contents);
        let unloaded = left_out::unloaded(plan, &texts);
        if let Some((entrance, left)) = &unloaded {
            let said = text::one_line(&left_out::said(*entrance, memory, left));
            out.push_str(&format!("Look: {said}\n"));
        }
        let warnings = known.warnings();
        for warning in &warnings {
            out.push_str(&format!("Look: {warning}.\n"));
        }
        let failure = failure(&known, stored);
        if !quiet {
            let notes = report.get("notes").and_then(Value::as_array).into_iter().flatten();
            let notes =
                notes.filter_map(Value::as_str).filter_map(|note| told(note, &known, plan, stored));
            notes.for_each(|note| output::note(&note));
            failure.iter().for_each(|failure| output::note(failure));
        }
        let (word, revision) = match settled {
            Settled::Waits => {
                let review = next::command("review");
                out.push_str(&format!(
                    "The plan waits: {review} goes through it (or `apply`, or `discard`).\n"
                ));
                ("waiting", None)
            }
            Settled::Committed { number, files } => {
                let said = match files {
                    0 => format!("Revision {number} keeps what was read; no file was written.\n"),
                    _ => format!("Revision {number}: {} written.\n", text::count(files, "file")),
                };
                out.push_str(&said);
                out.push_str(&still_open(&left.state, plan, number)?);
                ("committed", Some(number))
            }
            Settled::Nothing => {
                out.push_str("Nothing to do.\n");
                ("nothing", None)
            }
        };
        // The review of a plan that waits shows them.
        if word != "waiting" {
            out.push_str(&text::brief::conflicts(&plan.conflicts, usize::MAX));
        }
        let is_blind =
            found.sessions.is_empty() && !found.unknown.is_empty() && plan.changes.is_empty();
        if is_blind {
            out.push_str(&format!(
                "{NOTHING_UNDERSTOOD} {} names them all.\n",
                next::command("doctor")
            ));
        }
        let open_conflicts: Value = document::parse(&stored.plan, "plan")?;
        let json = json!({
            "outcome": word,
            "revision": revision,
            "now": plan.now,
            "sessions": {
                "read": known.sessions_read, "asked_again": known.sessions_asked_again,
                "pending": pending, "waiting": waiting, "unseen": unseen,
            },
            "changes": gates,
            "conflicts": plan.conflicts.len(),
            "open_conflicts": open_conflicts.get("conflicts"),
            "rejected": plan.rejected.len(),
            "report": report,
            "warnings": warnings,
            "blocked_paths": blocked,
            "unloaded": unloaded.map(|(_, left)| left).unwrap_or_default(),
            "skipped": {
                "memories": left.skipped, "sessions": found.skipped, "unknown": found.unknown,
            },
            "elsewhere": found.elsewhere,
            "archived": archived,
            "missed": left.missed,
            "undated": left.undated,
            "model": model,
            "model_failure": failure,
        });
        let code = if left_as_it_was(plan, &known) { NO_ANSWER } else { u8::from(is_blind) };
        Ok(Reply { code, ..Reply::new(out, json) })
    }
}

/// The exit code of a dream that should write everything anew, and got no usable answer for that.
const NO_ANSWER: u8 = 6;

/// Whether all stays as dreams wrote it, because calls that should write it anew failed.
fn left_as_it_was(plan: &Plan, report: &Report) -> bool {
    let is_asked = plan.policy.get("distil.anew") == Some(&Value::Bool(true));
    let is_seen = report.notes.iter().any(|note| note.starts_with("A model saw "));
    is_asked && report.calls_failed > 0 && !is_seen
}

/// How many sessions this dream read from the archive.
fn from_archive(plan: &Plan, found: &Found) -> u64 {
    let read = plan.sessions.iter().filter(|session| session.outcome.state == "read");
    read.filter(|session| found.kept.archived.contains(&session.session)).count() as u64
}

/// A line about sessions that were left out because they ran outside the project: how many, and in
/// which folders most ran.
pub fn left_elsewhere(found: &Found) -> Option<String> {
    /// Folders that are named. Chosen by us: they fit a line.
    const NAMED: usize = 3;
    let mut folders: Vec<_> = found.folders.iter().collect();
    folders.sort_by_key(|(_, count)| Reverse(**count));
    let more = (folders.len() > NAMED).then(|| "…".to_owned());
    let named = folders.into_iter().take(NAMED);
    let named = named.map(|(path, n)| format!("{} ({n})", text::one_line(&path.to_string_lossy())));
    let named: Vec<String> = named.chain(more).collect();
    let left = text::count(found.elsewhere, "session");
    let place = if named.is_empty() { "" } else { ": " };
    // Where a project has no sessions, it may have had another folder.
    let moved = match found.sessions.is_empty() && !named.is_empty() {
        true => {
            "; if this project was one of them, `--codex FOLDER` reads the sessions of that folder"
        }
        false => "",
    };
    (found.elsewhere > 0)
        .then(|| format!("{left} of other folders left{place}{}{moved}", named.join(", ")))
}

/// Rewords a note of the engine for a person; `None` for a note that is printed elsewhere or would
/// mislead.
fn told<'n>(
    note: &'n str,
    report: &Report,
    plan: &Plan,
    stored: &StoredPlan,
) -> Option<Cow<'n, str>> {
    const WAIT: &str = "The next dream with a model asks again about ";
    // The report names the sessions; a person gets their number.
    if note.starts_with(WAIT) {
        let sessions = text::count(report.sessions_unanswered, "session");
        return Some(format!("{WAIT}{sessions}.").into());
    }
    // The engine cannot tell calls that were not made from unanswered ones. [`failure`] gives the
    // reasons.
    if note.contains(" model calls got no answer; ") {
        let (open, calls) = (report.calls_unanswered, report.calls);
        let not_made = stored.answers.values().filter(|answer| not_made(answer).is_some()).count();
        let lost = open.saturating_sub(not_made as u64);
        let parts = [(not_made as u64, "not made"), (lost, "without an answer")];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        let all = text::count(calls, "model call");
        let said = parts.join(", ");
        return Some(format!("Of {all}: {said}; their sessions were mined all the same.").into());
    }
    if let Some((words, more)) = note.split_once("With `distil.anew` a dream writes") {
        let anew = next::again_without("--anew", &["--if-due", "--replace"]);
        return Some(format!("{words}When this plan is decided, {anew} writes{more}").into());
    }
    // Left out when changes are proposed, because it would seem to contradict them: duplicates in
    // the store need no session.
    let nothing = note.starts_with("Nothing recurred");
    (!nothing || plan.changes.is_empty()).then_some(note.into())
}

/// Text such as `, 3 pending`; empty for a count of 0.
pub fn some(count: u64, what: &str) -> String {
    if count == 0 { String::new() } else { format!(", {count} {what}") }
}

/// How many sessions are not understood, and what they look like, if any.
fn unread(found: &Found) -> String {
    let summary = formats::summary(&found.unknown);
    if summary.is_empty() { summary } else { format!(", {summary}") }
}

/// The reply when a run found sessions, but understood none of them and has nothing to change.
pub const NOTHING_UNDERSTOOD: &str = "No session was understood, so there was nothing to learn from. docs/transcripts.md says which forms are read, \
     and a form that any program can write; a version that knows more forms reads these sessions.";

/// The paths of changes that are blocked because no memory can be written there.
fn blocked<'a>(plan: &'a Plan, taken: &[String]) -> BTreeSet<&'a str> {
    let paths = plan.changes.iter().map(|change| change.path.as_str());
    paths.filter(|path| folder::is_taken(taken, path)).collect()
}
