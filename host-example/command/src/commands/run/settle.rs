//! What becomes of a plan: it waits, or is written, and later runs know of it.

use dreaming_wasmtime::RunOutcome;

use super::request::cleaned;
use crate::commands::{due, failed};
use crate::document::{self, Plan, Report};
use crate::error::Result;
use crate::folder::Folder;
use crate::formats;
use crate::sessions::Found;
use crate::snapshot;
use crate::state::State;
use crate::state::plans::{self, Request, StoredPlan};
use crate::store::Left;
use crate::write;

/// What became of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It waits for a decision.
    Waits,
    /// It became this revision.
    Committed {
        /// Its number.
        number: u64,
        /// The memory files that it wrote.
        files: u64,
    },
    /// There was nothing to decide or write.
    Nothing,
}

pub fn settle(
    left: &mut Left,
    folder: &Folder,
    plan: &Plan,
    stored: &StoredPlan,
) -> Result<Settled> {
    if let Some(revision) = left.dreamt.take() {
        let seen = snapshot::texts(&left.contents);
        let files = revision.memories.len() as u64;
        let number = write::commit(&mut left.state, folder, &seen, &revision, |tx, number| {
            plans::insert(tx, stored, "applied", Some(number))
        })?;
        Ok(Settled::Committed { number, files })
    } else if plan.open_changes().next().is_some() {
        left.state.store_plan(stored, "waiting")?;
        Ok(Settled::Waits)
    } else {
        left.state.store_plan(stored, "discarded")?;
        Ok(Settled::Nothing)
    }
}

/// The plan with everything that its replay needs.
pub fn stored(
    outcome: &RunOutcome,
    plan: &Plan,
    request: Request,
    found: &Found,
    left: &Left,
) -> Result<StoredPlan> {
    let read = |id: &str| plan.sessions.iter().any(|result| result.session == id);
    let sessions = found.sessions.iter().filter(|session| read(&session.id)).cloned().collect();
    let answers = left.state.kept_answers()?.into_iter();
    let answers = answers
        .map(|(call, answer)| Ok((call, document::parse(answer.as_bytes(), "answer")?)))
        .collect::<Result<_>>()?;
    let request = cleaned(request, plan);
    Ok(StoredPlan {
        id: 0,
        status: String::new(),
        revision: None,
        plan: outcome.outcome.plan.clone(),
        report: outcome.outcome.report.clone(),
        // A resumed dream keeps the time at which it began.
        request: Request { now: plan.now, sessions, missed: left.missed.clone(), ..request },
        answers,
    })
}

/// Keeps what later runs want to know of this one.
pub fn note_down(
    state: &State,
    plan: &Plan,
    report: &Report,
    stored: &StoredPlan,
    found: &mut Found,
) -> Result<()> {
    formats::leave_not_understood(state, plan, found)?;
    failed::clear(state)?;
    // `--if-due` reads this time. A dream that found nothing does not set it, so it does not delay
    // the next one.
    if report.sessions_read + report.sessions_asked_again > 0 || !plan.changes.is_empty() {
        state.set_meta(due::LAST_RUN, &stored.request.now.to_string())?;
    }
    Ok(())
}
