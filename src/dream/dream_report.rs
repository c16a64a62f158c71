//! The report of a dream: its counts, and sentences for people.

use std::collections::BTreeMap;

use dreaming_core::planner::Planned;
use dreaming_core::steer;
use dreaming_learn::mine::Mined;
use dreaming_records::candidate::Candidate;
use dreaming_records::ids::SessionId;
use dreaming_records::ledger::Finder;
use dreaming_records::number::count;
use dreaming_records::outcome::ProposedRevert;
use dreaming_records::plan::{Gate, Plan, Rejected, WAITS_TO_BE_WRITTEN};
use dreaming_records::policy;
use dreaming_records::report::{REPORT_FORMAT, Report};
use dreaming_records::snapshot::Snapshot;

use crate::current_engine::redact;

use super::finish::{Made, read_sessions};
use super::session_read::Read;
use super::together::Apart;
use super::{Finished, Outcome, Request};

/// The outcome of a dream: its plan with a report. `done` and `apart` are what became of the
/// sessions and of calls about several of them without a usable answer; `mined` is what the plan was
/// made from.
pub(super) fn outcome(
    request: &Request,
    store: &Snapshot,
    (done, apart): (&BTreeMap<SessionId, Finished>, &[Apart]),
    mined: &Mined,
    made: Made,
) -> Outcome {
    let Made { plan, entries, planned, in_force } = made;
    let Planned { index_over, notes, .. } = planned;
    let mut report = report(request, &plan, (done, apart), mined);
    report.memories = count(store.memories.len());
    report.entries = entries;
    report.notes.extend(index_over.map(|length| {
        format!(
            "`MEMORY.md` would have {} lines and {} bytes, more than agents load, and taking out lines that name memories is not enough: move statements into memories of their own.",
            length.lines, length.bytes
        )
    }));
    let (in_force, revert) = in_force;
    report.notes.extend(revert.iter().map(ProposedRevert::sentence));
    report.in_force = in_force;
    report.reverts = revert.into_iter().collect();
    report.notes.extend(notes);
    report.notes.extend(not_withdrawn(request, store, done));
    Outcome { plan, report }
}

/// Notes that name the sessions that the policy withdraws although no dream has read them.
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

fn report(
    request: &Request,
    plan: &Plan,
    (done, apart): (&BTreeMap<SessionId, Finished>, &[Apart]),
    mined: &Mined,
) -> Report {
    let gates = |gate: Gate| count(plan.changes.iter().filter(|c| c.gate == gate).count());
    let state = |wanted: fn(&Finished) -> bool| count(done.values().filter(|f| wanted(f)).count());
    let read = |wanted: fn(&Read) -> bool| count(read_sessions(done).filter(|r| wanted(r)).count());
    let recurring = |c: &&Candidate| c.finder == Finder::Miner && c.support.sessions > 1;
    let mut report = Report {
        format: REPORT_FORMAT.into(),
        sessions: count(request.sessions.len()),
        sessions_read: read(|read| !read.again),
        sessions_unchanged: state(|f| matches!(f, Finished::Unchanged)),
        sessions_pending: state(|f| matches!(f, Finished::Missed { .. })),
        sessions_not_understood: state(|f| f.not_understood().is_some()),
        sessions_asked_again: read(|read| {
            // A shared call that counts has a usable answer.
            read.again && (read.calls > read.calls_unanswered || read.is_shared)
        }),
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
        let second = &read.second;
        report.calls += read.calls + second.calls;
        report.calls_answered += read.calls_answered + second.calls - second.failed;
        report.calls_failed += read.calls_failed + second.failed;
        report.calls_over_budget += read.calls_over_budget;
        report.calls_unanswered += read.calls_unanswered + second.unanswered;
        report.unusable.extend_from_slice(&read.unusable);
        report.calls_given_up += read.given_up;
        report.prompt_characters += read.prompt_characters;
        report.transcript_characters += read.transcript_characters;
        report.proposals += count(read.record.all_proposals().count());
    }
    apart.iter().for_each(|apart| apart.tell(&mut report));
    report.notes = notes(&report, plan, (done, apart));
    report
}

/// A note that names the sessions about which a model has still to be asked.
fn waiting(done: &BTreeMap<SessionId, Finished>) -> Option<String> {
    let waits = read_sessions(done).filter(|read| read.record.unanswered.is_some());
    let named = named(waits.map(|read| format!("`{}`", read.record.id)).collect())?;
    Some(format!("The next dream with a model asks again about {named}."))
}

/// A note that names the sessions that were not understood, and says what each looks like.
fn not_understood(done: &BTreeMap<SessionId, Finished>) -> Option<String> {
    let left = done.iter().filter_map(|(id, finished)| Some((id, finished.not_understood()?)));
    let named = named(left.map(|(id, why)| format!("`{id}` ({})", why.sentence())).collect())?;
    Some(format!(
        "Left unread, because less than half of them was understood: {named}. A version that knows more of them reads them."
    ))
}

/// A list of session names, cut to a length that people read; `None` without names.
fn named(mut names: Vec<String>) -> Option<String> {
    /// Most names in a list. Chosen by us: some lines of a terminal.
    const NAMED: usize = 20;
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(NAMED);
    (!names.is_empty()).then(|| names.join(", ") + &more)
}

/// A note that says how many sessions are of guests, if any are. It names no guest: names of guests are often addresses.
fn guests(done: &BTreeMap<SessionId, Finished>) -> Option<String> {
    let read = done.values().filter_map(|finished| match finished {
        Finished::Read(read) => Some(&read.record.notes),
        Finished::Unchanged | Finished::Missed { .. } => None,
    });
    let (guests, all) = (read.clone().filter(|notes| notes.guest.is_some()).count(), read.count());
    let end = match guests == all {
        true => {
            " None is of a member: compare its names with those that the transcripts or the host give."
        }
        false => "",
    };
    (guests > 0).then(|| {
        format!(
            "Sessions of guests, whom `scope.members` does not name: {guests} of {all}. What they said is kept as from outside.{end}"
        )
    })
}

fn notes(
    report: &Report,
    plan: &Plan,
    (done, apart): (&BTreeMap<SessionId, Finished>, &[Apart]),
) -> Vec<String> {
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
    let second: u64 = read_sessions(done).map(|read| read.second.unusable).sum();
    let refused = report.calls_failed - report.calls_unanswered - unusable - second;
    if refused > 0 {
        notes.push(format!(
            "{refused} of {} model calls were refused; they are not made again.",
            report.calls
        ));
    }
    if unusable > 0 {
        let given_up = report.calls_given_up;
        let parted = count(apart.iter().filter(|apart| apart.is_text).count());
        notes.push(format!(
            "{unusable} of {} model calls were answered with nothing usable: {} to be made again, {given_up} given up after three such answers.",
            report.calls,
            unusable.saturating_sub(given_up + parted),
        ));
    }
    if !apart.is_empty() {
        notes.push(format!(
            "Of the calls about several sessions {} got no usable answer: each of these sessions is asked about by itself, as far as the budget of calls goes.",
            apart.len(),
        ));
    }
    let fell: u64 = read_sessions(done).map(|read| read.second.fell).sum();
    if fell > 0 {
        let mended: u64 = read_sessions(done).map(|read| read.second.mended).sum();
        notes.push(format!(
            "Proposals about sessions that were turned down at first: {fell}. Asked again with the reasons, the model mended {mended}.",
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
    let asks = |setting| plan.policy.number(setting) > 0;
    let is_asked = asks(&policy::MAX_CALLS) && asks(&policy::DISTIL_CALLS);
    if plan.policy.is_on(&policy::DISTIL_ANEW) && !is_asked {
        notes.push("Nothing was written anew (`distil.anew`), because no model is asked: `propose.max-calls` and `distil.max-calls` say how many calls a dream makes.".into());
    } else if plan.policy.is_on(&policy::DISTIL_ANEW) && plan.distilled.is_empty() {
        notes.push("Nothing was written anew (`distil.anew`): no findings were left to write from, no call about them got a usable answer, or nothing that a model wrote stands. What dreams wrote stays as it is.".into());
    }
    notes.extend(guests(done));
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
