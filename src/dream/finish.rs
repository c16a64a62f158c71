//! The end of a dream: everything that was read becomes a plan and a report.

use std::collections::BTreeMap;
use std::mem::take;

use dreaming_core::identity::{Resolution, resolve};
use dreaming_core::planner::{self, Learned, Planned};
use dreaming_core::world::Asked;
use dreaming_core::{apply, retention, steer};
use dreaming_learn::distil;
use dreaming_learn::mine;
use dreaming_learn::outcome::{credits, in_force};
use dreaming_records::canonical::{self, CanonicalError};
use dreaming_records::ids::{Digest, SessionId};
use dreaming_records::ledger::{Finder, Sessions};
use dreaming_records::number::count;
use dreaming_records::outcome::{InForce, ProposedRevert};
use dreaming_records::plan::{
    Gate, PLAN_FORMAT, Plan, Rejected, SessionOutcome, SessionResult, WAITS_TO_BE_WRITTEN,
};
use dreaming_records::policy::{self, Policy};
use dreaming_records::report::{REPORT_FORMAT, Report};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::{distilled, look, withdrawn};

use crate::engine::{engine, redact};

use super::said::Said;
use super::{Finished, Outcome, Request};

pub(super) fn finish(
    request: &Request,
    store: &Snapshot,
    ledger: &Digest,
    done: &BTreeMap<SessionId, Finished>,
    said: &Said,
) -> Result<Outcome, CanonicalError> {
    let dreamt = plan(request, store, ledger, done, said)?;
    let mut outcome = outcome(request, store, done, dreamt);
    said.tell(&mut outcome.report);
    Ok(outcome)
}

/// A plan with its report.
pub(super) fn outcome(
    request: &Request,
    store: &Snapshot,
    done: &BTreeMap<SessionId, Finished>,
    dreamt: Dreamt,
) -> Outcome {
    let Dreamt { plan, mined, entries, planned, in_force } = dreamt;
    let Planned { index_over, drift, notes, .. } = planned;
    let mut report = report(request, &plan, done, &mined);
    report.memories = count(store.memories.len());
    report.entries = entries;
    report.notes.extend(index_over.map(|length| {
        format!(
            "`MEMORY.md` would have {} lines and {} bytes, more than agents load, and taking out lines that name memories is not enough: move statements into memories of their own.",
            length.lines, length.bytes
        )
    }));
    if !drift.tripped.is_empty() {
        let limits = drift.tripped.join("; ");
        report.notes.push(format!(
            "Nothing is applied unattended, because the store would drift: {limits}."
        ));
    }
    report.drift = drift.shares;
    let (in_force, revert) = in_force;
    report.notes.extend(revert.iter().map(ProposedRevert::sentence));
    report.in_force = in_force;
    report.reverts = revert.into_iter().collect();
    report.notes.extend(notes);
    report.notes.extend(not_withdrawn(request, store, done));
    Outcome { plan, report }
}

/// A plan with what the report says of its making.
pub(super) struct Dreamt {
    pub plan: Plan,
    mined: mine::Mined,
    entries: u64,
    /// What the plan took nothing of.
    planned: Planned,
    in_force: (Vec<InForce>, Option<ProposedRevert>),
}

/// The plan for what was read: what the sessions taught and what models said of it meet the store, whose ledger has
/// this root.
pub(super) fn plan(
    request: &Request,
    store: &Snapshot,
    ledger: &Digest,
    done: &BTreeMap<SessionId, Finished>,
    said: &Said,
) -> Result<Dreamt, CanonicalError> {
    let mut read = known(request, store, read_records(done));
    look::mark(&mut read.ledger.sessions, &said.looks);
    distilled::take_up(&mut read.ledger.distilled, &said.distilled);
    let sessions = &read.ledger.sessions;
    let mut mined = mine::mine(sessions, &request.policy);
    distil::take_up(&mut mined, &read.ledger.distilled, sessions, &request.policy);
    let rejected = read_sessions(done).flat_map(|read| read.rejected.clone());
    let mut compared = read.ledger.pairs.clone();
    for pair in &said.pairs {
        compared.insert(pair.key.clone(), pair.clone());
    }
    let learned = Learned {
        candidates: mined.candidates.clone(),
        unseen: mined.unseen.clone(),
        credit: credits(sessions),
        rejected: mined.rejected.iter().chain(&said.rejected).cloned().chain(rejected).collect(),
        compared,
    };
    let dreamt = planned(request, store, ledger, &read, learned)?;
    let sessions = done.iter().map(|(id, finished)| result(id, finished)).collect();
    let (compared, looked) = (said.pairs.clone(), said.looks.clone());
    let distilled = said.distilled.clone();
    let plan = Plan { sessions, compared, distilled, looked, ..dreamt.plan };
    Ok(Dreamt { plan, mined, ..dreamt })
}

/// The entries of the store and the sessions that count, `more` of them than its ledger has.
pub(super) fn known(
    request: &Request,
    store: &Snapshot,
    more: impl IntoIterator<Item = SessionRecord>,
) -> Resolution {
    let policy = &request.policy;
    let mut read = resolve(store, request.now, redact);
    take_up(&mut read.ledger.sessions, more, policy);
    read
}

/// Adds `more` to the sessions of a ledger, and leaves of all what counts.
pub(super) fn take_up(
    sessions: &mut Sessions,
    more: impl IntoIterator<Item = SessionRecord>,
    policy: &Policy,
) {
    for record in more {
        sessions.insert(record.id.clone(), record);
    }
    withdrawn::mark(sessions, policy);
    // What the ledger will not keep is not looked into, or the next dream would see something else.
    retention::sessions(sessions, policy);
}

/// The plan for what was learned, over a store that is read. It names no session as read.
pub(super) fn planned(
    request: &Request,
    store: &Snapshot,
    ledger: &Digest,
    read: &Resolution,
    learned: Learned,
) -> Result<Dreamt, CanonicalError> {
    let engine = engine();
    let policy = &request.policy;
    let in_force = in_force(store, &read.ledger.sessions, policy);
    let asked = Asked { policy, instructions: &request.instructions, now: request.now };
    let mut planned = planner::plan(&engine, store, read, asked, learned);
    let plan = Plan {
        format: PLAN_FORMAT.into(),
        fingerprint: engine.fingerprint,
        base: apply::base(store)?,
        memories: store.memories_root(),
        ledger: ledger.clone(),
        now: request.now,
        policy: policy.clone(),
        instructions: canonical::digest(request.instructions.as_bytes()),
        candidates: None,
        sessions: Vec::new(),
        compared: Vec::new(),
        distilled: Vec::new(),
        looked: Vec::new(),
        changes: take(&mut planned.changes),
        reinforcements: take(&mut planned.reinforcements),
        conflicts: take(&mut planned.conflicts),
        rejected: take(&mut planned.rejected),
    };
    let entries = count(read.entries.len());
    Ok(Dreamt { plan, mined: mine::Mined::default(), entries, planned, in_force })
}

/// The sessions that the policy withdraws and that nobody has read.
fn not_withdrawn(
    request: &Request,
    store: &Snapshot,
    done: &BTreeMap<SessionId, Finished>,
) -> Vec<String> {
    let known = |id: &SessionId| {
        store.ledger.sessions.contains_key(id)
            || done.get(id).is_some_and(|finished| matches!(finished, Finished::Read(_)))
    };
    let named = request.policy.texts(&policy::WITHDRAWN).iter().map(SessionId::new);
    named
        .filter(|id| !known(id))
        .map(|id| format!("Session `{id}` was to be withdrawn, but no dream has read it."))
        .collect()
}

/// The records of the sessions that were read.
pub(super) fn read_records(
    done: &BTreeMap<SessionId, Finished>,
) -> impl Iterator<Item = SessionRecord> {
    read_sessions(done).map(|read| read.record.clone())
}

pub(super) fn read_sessions(
    done: &BTreeMap<SessionId, Finished>,
) -> impl Iterator<Item = &super::Read> {
    done.values().filter_map(|finished| match finished {
        Finished::Read(read) => Some(&**read),
        Finished::Unchanged | Finished::Missed { .. } => None,
    })
}

fn result(id: &SessionId, finished: &Finished) -> SessionResult {
    let outcome = match finished {
        Finished::Unchanged => SessionOutcome::Unchanged,
        Finished::Missed { reason, not_understood } => SessionOutcome::Pending {
            reason: reason.clone(),
            not_understood: not_understood.clone(),
        },
        Finished::Read(read) => SessionOutcome::Read { record: Box::new(read.record.clone()) },
    };
    SessionResult { session: id.clone(), outcome }
}

fn report(
    request: &Request,
    plan: &Plan,
    done: &BTreeMap<SessionId, Finished>,
    mined: &mine::Mined,
) -> Report {
    let gates = |gate: Gate| count(plan.changes.iter().filter(|c| c.gate == gate).count());
    let state = |wanted: fn(&Finished) -> bool| count(done.values().filter(|f| wanted(f)).count());
    let read =
        |wanted: fn(&super::Read) -> bool| count(read_sessions(done).filter(|r| wanted(r)).count());
    let recurring = |c: &&dreaming_records::candidate::Candidate| {
        c.finder == Finder::Miner && c.support.sessions > 1
    };
    let mut report = Report {
        format: REPORT_FORMAT.into(),
        sessions: count(request.sessions.len()),
        sessions_read: read(|read| !read.again),
        sessions_unchanged: state(|f| matches!(f, Finished::Unchanged)),
        sessions_pending: state(|f| matches!(f, Finished::Missed { .. })),
        sessions_not_understood: state(|f| f.not_understood().is_some()),
        sessions_asked_again: read(|read| read.again && read.calls > read.calls_unanswered),
        sessions_unanswered: read(|read| read.record.unanswered.is_some()),
        sessions_doubled: mined.doubled,
        sessions_left_out: count(mined.unseen.len()),
        mined: count(mined.candidates.iter().filter(|c| c.finder == Finder::Miner).count()),
        waiting: mined.waiting,
        nothing_usable: read(|read| !read.tried.is_empty()) > 0,
        changes_auto: gates(Gate::Auto),
        changes_review: gates(Gate::Review),
        changes_blocked: gates(Gate::Blocked),
        recurred: mined.candidates.iter().any(|c| recurring(&c)),
        ..Report::default()
    };
    for read in read_sessions(done) {
        let notes = &read.record.notes;
        if !read.again {
            report.bytes += read.record.parts.iter().map(|part| part.bytes).sum::<u64>();
            report.events += notes.events;
            report.account.add(&notes.account);
            report.redactions += notes.redactions;
            report.quarantined += count(notes.quarantined.len());
        }
        report.calls += read.calls;
        report.calls_answered += read.calls_answered;
        report.calls_failed += read.calls_failed;
        report.calls_over_budget += read.calls_over_budget;
        report.calls_unanswered += read.calls_unanswered;
        report.unusable.extend_from_slice(&read.unusable);
        report.calls_given_up += read.given_up;
        report.prompt_characters += read.prompt_characters;
        report.transcript_characters += read.transcript_characters;
        report.proposals += count(read.record.all_proposals().count());
    }
    report.notes = notes(&report, plan, done);
    report
}

/// Which sessions wait for a model.
fn waiting(done: &BTreeMap<SessionId, Finished>) -> Option<String> {
    let waits = read_sessions(done).filter(|read| read.record.unanswered.is_some());
    let named = named(waits.map(|read| format!("`{}`", read.record.id)).collect())?;
    Some(format!("The next dream with a model asks again about {named}."))
}

/// Which sessions were not understood, with what they look like.
fn not_understood(done: &BTreeMap<SessionId, Finished>) -> Option<String> {
    let left = done.iter().filter_map(|(id, finished)| Some((id, finished.not_understood()?)));
    let named = named(left.map(|(id, why)| format!("`{id}` ({})", why.sentence())).collect())?;
    Some(format!(
        "Left unread, because less than half of them was understood: {named}. A version that knows more of them reads them."
    ))
}

/// Sessions by name, as long as a person reads names.
fn named(mut names: Vec<String>) -> Option<String> {
    /// Chosen by us: some lines of a terminal.
    const NAMED: usize = 20;
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(NAMED);
    (!names.is_empty()).then(|| names.join(", ") + &more)
}

fn notes(report: &Report, plan: &Plan, done: &BTreeMap<SessionId, Finished>) -> Vec<String> {
    let mut notes = steer::notes(&plan.policy, redact);
    if report.sessions_left_out > 0 {
        notes.push(format!(
            "The selection left out {} of the sessions that the store knows: nothing was looked for in them.",
            report.sessions_left_out
        ));
    }
    if report.sessions_read > 0 && !report.recurred {
        notes.push("Nothing recurred in these sessions.".into());
    }
    let unusable = count(report.unusable.len());
    let refused = report.calls_failed - report.calls_unanswered - unusable;
    if refused > 0 {
        notes.push(format!(
            "{refused} of {} model calls were refused; they are not made again.",
            report.calls
        ));
    }
    if unusable > 0 {
        let given_up = report.calls_given_up;
        notes.push(format!(
            "{unusable} of {} model calls were answered with nothing usable: {} to be made again, {given_up} given up after three such answers.",
            report.calls,
            unusable - given_up,
        ));
    }
    if report.calls_unanswered > 0 {
        notes.push(format!(
            "{} of {} model calls got no answer; their sessions were mined all the same.",
            report.calls_unanswered, report.calls
        ));
    }
    if report.calls_over_budget > 0 {
        notes.push(format!(
            "The budget of model calls ended: {} chunks were mined but not shown to a model.",
            report.calls_over_budget
        ));
    }
    let waits = |r: &&Rejected| r.reason == WAITS_TO_BE_WRITTEN;
    let open = plan.rejected.iter().filter(waits).count();
    if open > 0 {
        notes.push(format!(
            "Found by a model in single sessions, and not proposed before one has written from all of it together: {open}. The next dream with a model does so.",
        ));
    }
    notes.extend(waiting(done));
    notes.extend(not_understood(done));
    if plan.changes.is_empty() && !plan.conflicts.is_empty() {
        notes.push("Only open conflicts were found; a person has to decide them.".into());
    }
    for (id, finished) in done {
        match finished {
            Finished::Missed { reason, not_understood: None } => {
                notes.push(format!("Session `{id}` stays pending: {reason}"));
            }
            Finished::Read(read) => {
                if read.record.notes.format.is_empty() {
                    notes.push(format!("Session `{id}` is in no format that is known."));
                }
                notes.extend(read.rewritten.iter().map(|part| {
                    format!("Session `{id}`: `{part}` was rewritten since it was read before.")
                }));
            }
            Finished::Missed { .. } | Finished::Unchanged => {}
        }
    }
    notes
}
