//! Commands that fail again and again with one message, and work without the words in front of
//! them.
//!
//! Which call cured which failure is found by [`crate::extract`] (`failures`). All other failures
//! only count in statistics and are shown to a model (`distil::findings`); the miner makes no
//! memory of them.

mod failure_cause;
mod failure_pattern;
mod message;

use std::cmp::Reverse;

use dreaming_records::notes::Failure;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::SessionRecord;
use dreaming_shield::attack;
use dreaming_text::{Groups, sort};

use crate::mine::span::Span;
use crate::mine::{Mined, pattern_words};

pub(crate) use failure_cause::is_elsewhere;
use failure_pattern::{Met, Pattern};

/// Sessions in which the command must have worked without the words in front. Chosen by us: twice
/// may be chance.
const LEAST: u64 = 3;

/// Least room for the message in a statement, in bytes. Chosen by us: a shorter one cannot be
/// recognised.
const MIN_MESSAGE: usize = 12;

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) {
    let span = Span::of(records);
    let least = LEAST.max(policy.number(&policy::RECUR_SESSIONS));
    let mut kept = Vec::new();
    for (cause, pattern) in failure_pattern::all(&groups(records)) {
        if pattern.sessions() < least || pattern.is_over(&span) {
            mined.waiting += 1;
            continue;
        }
        let shown = message::common(&pattern.found).unwrap_or_default();
        if [&cause, &shown].into_iter().any(|text| commands(text, &pattern.tool)) {
            mined.reject("instruction-like", &cause, pattern.places().kept(policy));
            continue;
        }
        kept.push((Reverse(pattern.rank(&span)), pattern, shown));
    }
    // Patterns of equal rank stay in the order of their names.
    sort::by_key(&mut kept, |(rank, ..)| *rank);
    let most = policy.size(&policy::MAX_MISTAKES);
    mined.waiting += u64::try_from(kept.len().saturating_sub(most)).unwrap_or(u64::MAX);
    for (_, pattern, message) in kept.into_iter().take(most) {
        match lesson(&pattern, &message, policy.size(&policy::STATEMENT_BYTES)) {
            Some(text) => mined.candidates.push(pattern.candidate(&text, records, policy)),
            None => mined.reject("too-long", &pattern.tool, pattern.places().kept(policy)),
        }
    }
}

/// The statement about a pattern, at most `max` bytes; `None` when it does not fit.
fn lesson(pattern: &Pattern<'_>, message: &str, max: usize) -> Option<String> {
    let (before, behind) = &pattern.said;
    let write = |message: &str| format!("{before}{message}{behind}");
    let room = max.checked_sub(write("").len())?;
    if message.is_empty() || room < message.len().min(MIN_MESSAGE) {
        return None;
    }
    Some(write(&pattern_words::code(message, room)?))
}

/// Whether whoever reads a message in a memory would take it as an instruction.
fn commands(message: &str, tool: &str) -> bool {
    attack::instructs(message)
        || attack::orders_agents(message)
        || attack::asks_to_run(message, tool)
}

/// The failed command as a sentence names it, and the cause; `None` when the message says nothing.
/// Only steps that are commands have a space in their names.
fn told(failure: &Failure) -> Option<(String, String)> {
    let command = Some(&failure.tool).filter(|tool| tool.contains(' '))?;
    pattern_words::tool(command).zip(failure_cause::cause(failure))
}

/// The failures of commands with a known cause, grouped by the command as a sentence names it and
/// by the cause.
fn groups<'a>(records: &[&'a SessionRecord]) -> Groups<(String, String), Met<'a>> {
    let met = records
        .iter()
        .flat_map(|record| record.notes.failures.iter().map(move |failure| (*record, failure)));
    Groups::of(met.filter_map(|(record, failure)| Some((told(failure)?, (record, failure)))))
}

#[cfg(test)]
mod tests;
