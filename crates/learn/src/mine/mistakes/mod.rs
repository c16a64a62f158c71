//! Failures that recur, and what cured them.

mod calls;
mod cause;
mod lesson;
mod message;
mod pattern;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::notes::{Failure, SessionRecord};
use dreaming_records::policy::{self, Policy};
use dreaming_shield::attack;
use dreaming_text::sort;

use crate::mine::{Mined, words};
use crate::words::shell::SHELLS;

use cause::Cause;
use pattern::{Pattern, Span};

/// The failures that memories tell of: by tool as it is called in a sentence, and cause.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeSet<(String, Cause)>);

impl Told {
    /// Whether a memory tells of failures like this one.
    pub(super) fn tells_of(&self, failure: &Failure) -> bool {
        key(failure).is_some_and(|key| self.0.contains(&key))
    }
}

pub(super) fn mine(records: &[&SessionRecord], policy: &Policy, mined: &mut Mined) -> Told {
    let mut told = Told::default();
    let span = Span::of(records);
    let calls = calls::all(records);
    let mut kept = Vec::new();
    for ((tool, cause), found) in groups(records) {
        let pattern = Pattern::new(tool, cause, found, &calls);
        if !pattern.recurs(policy.number(&policy::RECUR_SESSIONS), &span) {
            mined.waiting += 1;
            continue;
        }
        if let Cause::Message(cause) = &pattern.cause {
            let shown = message::common(&pattern.found).unwrap_or_default();
            if [cause, &shown].into_iter().any(|text| commands(text, &pattern.tool)) {
                mined.reject("instruction-like", cause, pattern.places().kept(policy));
                continue;
            }
        }
        let rank = pattern.rank(&span);
        kept.push((Reverse(rank), pattern));
    }
    // Equal ranks stay in the order of their names.
    sort::by_key(&mut kept, |(rank, _)| *rank);
    let most = policy.size(&policy::MAX_MISTAKES);
    let left = kept.len().saturating_sub(most);
    mined.waiting += u64::try_from(left).unwrap_or(u64::MAX);
    for (_, pattern) in kept.into_iter().take(most) {
        match lesson::lesson(&pattern, policy.size(&policy::STATEMENT_BYTES)) {
            Some(text) => {
                mined.candidates.push(pattern.candidate(&text, policy));
                told.0.insert((pattern.tool, pattern.cause));
            }
            None => mined.reject("too-long", &pattern.tool, pattern.places().kept(policy)),
        }
    }
    told
}

/// Whether a message would be read as an instruction by whoever reads a memory of it.
fn commands(message: &str, tool: &str) -> bool {
    attack::instructs(message)
        || attack::orders_agents(message)
        || attack::asks_to_run(message, tool)
}

type Found<'a> = Vec<(&'a SessionRecord, &'a Failure)>;

/// The failures that tell something, by tool as it is called in a sentence, and cause.
fn groups<'a>(records: &[&'a SessionRecord]) -> BTreeMap<(String, Cause), Found<'a>> {
    let mut groups: BTreeMap<(String, Cause), Found<'a>> = BTreeMap::new();
    for record in records {
        for failure in &record.notes.failures {
            if let Some(key) = key(failure) {
                groups.entry(key).or_default().push((record, failure));
            }
        }
    }
    groups
}

/// `None` when nothing tells which command of a line failed: a shell is no tool that has mistakes.
fn key(failure: &Failure) -> Option<(String, Cause)> {
    if SHELLS.contains(&failure.tool.as_str()) {
        return None;
    }
    words::tool(&failure.tool).zip(cause::cause(failure))
}

#[cfg(test)]
mod tests;
