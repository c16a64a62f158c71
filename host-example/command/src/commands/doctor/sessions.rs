//! Looks at the sessions: how many are found, which can be read, and in which formats.

use std::collections::BTreeSet;
use std::time::SystemTime;

use dreaming_wasmtime::Job;

use super::{Doctor, Finding};
use crate::commands::run::{readable, wanted};
use crate::document::{self, Plan};
use crate::error::Result;
use crate::folder::Skipped;
use crate::formats;
use crate::homes::expiry;
use crate::output::{next, text};
use crate::snapshot;
use crate::state::State;

const NAME: &str = "sessions";

/// Looks at the sessions that are named, or those of the last run.
pub fn look(state: &State, args: &Doctor, job: Option<&mut Job>, findings: &mut Vec<Finding>) {
    if let Err(error) = try_look(state, args, job, findings) {
        let todo = "name files or folders that are there with --sessions PATH";
        findings.push(Finding::fail(NAME, error.to_string(), todo));
    }
}

/// The sessions that the plan that waits has read.
fn for_plan(state: &State) -> Result<BTreeSet<String>> {
    let Some(stored) = state.waiting_plan()? else { return Ok(BTreeSet::new()) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let read = plan.sessions.into_iter().filter(|session| session.outcome.state == "read");
    Ok(read.map(|session| session.session).collect())
}

fn try_look(
    state: &State,
    args: &Doctor,
    job: Option<&mut Job>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let Some(wanted) = wanted(state, &args.sessions, args.project.as_ref())? else {
        let todo = "say where they are: --sessions PATH, or --claude-code";
        findings.push(Finding::warn(NAME, "no run has named any yet", todo));
        return Ok(());
    };
    let mut found = readable(state, &wanted)?;
    if let Some(job) = job {
        formats::leave_unknown(state, job, &mut found)?;
    }
    let head = state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&state.ledger_at(head)?)?;
    let for_plan = for_plan(state)?;
    let unread = found.sessions.iter().filter(|s| snapshot::is_unread(s, &cursor));
    let (of_plan, unread): (Vec<_>, Vec<_>) = unread.partition(|s| for_plan.contains(&s.id));
    let expiry = expiry::soon(
        unread.iter().copied().filter(|session| !found.kept.safe.contains(&session.id)),
        SystemTime::now(),
    );
    let unread = unread.len();
    let of_plan = match of_plan.len() {
        0 => String::new(),
        some => format!(", {some} read for the plan that waits"),
    };
    let count = text::count(found.sessions.len() as u64, "session");
    let elsewhere = match found.elsewhere {
        0 => String::new(),
        left => format!(", {left} of other folders left"),
    };
    findings.push(if found.sessions.is_empty() && found.unknown.is_empty() {
        let paths = wanted.paths.iter().map(|path| path.display().to_string()).collect();
        let todo = "name the folder of their .jsonl or .json files with --sessions PATH";
        Finding::warn(NAME, format!("none found{elsewhere}"), todo).items(paths)
    } else {
        Finding::ok(NAME, format!("{count} found, {unread} pending{of_plan}{elsewhere}"))
    });
    if let Some(expiry) = expiry {
        let (run, keep) = (next::run(), next::keep());
        let todo = format!("{run} reads them before, and {keep} copies them for a later one");
        findings.push(Finding::warn(NAME, expiry.said(), todo));
    }
    if !found.skipped.is_empty() {
        let items: Vec<String> = found
            .skipped
            .iter()
            .map(|Skipped { path, reason }| format!("{path}: {reason}"))
            .collect();
        let count = text::count(items.len() as u64, "session file");
        let todo = "they are not read: repair them, or move them away";
        findings.push(Finding::warn(NAME, format!("{count} left alone"), todo).items(items));
    }
    if !found.unknown.is_empty() {
        let items = found.unknown.iter().map(|left| format!("{}: {}", left.path, left.reason));
        let todo = "nothing is learned from them, and they do not count as read: see \
                    docs/transcripts.md for the forms that are known";
        let found = formats::summary(&found.unknown);
        findings.push(Finding::warn(NAME, found, todo).items(items.collect()));
    }
    Ok(())
}
