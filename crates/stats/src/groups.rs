//! Sums over the sessions of an agent, a role, a task or a person.

use std::cmp::Reverse;

use dreaming_records::kind::Kind;
use dreaming_records::notes::{HandOff, SessionNotes, ToolCount};
use dreaming_records::outcome::SessionVerdict;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::Time;
use dreaming_shield::redact::redact;
use dreaming_text::{self as text, Groups, Set};

use dreaming_learn::mine;
use dreaming_learn::outcome::Judge;

use super::stats_document::{Group, HandOffs, Of, Outcomes, Recurring, SourceOutcomes};
use super::{calls, count, ended, keep_first, share};

/// Most groups of one kind. Chosen by us: a person can still read such a table.
const MAX_GROUPS: usize = 50;

/// Most tools of a group. Chosen by us, for the same reason.
const MAX_TOOLS: usize = 20;

/// Most mistakes, and most workflows, of a group. Chosen by us, for the same reason.
const MAX_RECURRING: usize = 10;

/// Longest name, in bytes; the same limit as for the name of a metric.
const MAX_NAME: usize = 64;

/// The name of the session's group of this kind.
pub(super) fn name(notes: &SessionNotes, of: Of) -> Option<String> {
    let name = match of {
        Of::Agent => &notes.agent,
        Of::Role => &notes.role,
        Of::Task => &notes.task,
        Of::Principal => &notes.principal,
    };
    name.as_deref().map(shown).filter(|name| !name.is_empty())
}

/// A name as a document may hold it, without secrets: names come from hosts.
pub(super) fn shown(name: &str) -> String {
    text::cut(&text::normal(&redact(name).text), MAX_NAME).into()
}

/// The sessions grouped by name; sessions without a name are left out.
pub(super) fn by_name<'a>(
    records: &[&'a SessionRecord],
    of: Of,
) -> Vec<(String, Vec<&'a SessionRecord>)> {
    let named = records.iter().filter_map(|record| Some((name(&record.notes, of)?, *record)));
    let groups = Groups::of(named);
    groups.iter().map(|(name, all)| (name.clone(), all.copied().collect())).collect()
}

/// The groups of one kind, those with most sessions first.
pub(super) fn groups(
    records: &[&SessionRecord],
    of: Of,
    policy: &Policy,
    judge: &Judge<'_>,
) -> Vec<Group> {
    let mut groups = by_name(records, of);
    keep_first(&mut groups, MAX_GROUPS, |(name, all)| (Reverse(all.len()), name.clone()));
    groups.iter().map(|(name, records)| group(name, records, policy, judge)).collect()
}

/// The figures of some sessions.
pub(super) fn group(
    name: &str,
    records: &[&SessionRecord],
    policy: &Policy,
    judge: &Judge<'_>,
) -> Group {
    let mut group = Group { name: name.into(), sessions: count(records.len()), ..Group::default() };
    for notes in records.iter().map(|record| &record.notes) {
        group.events += notes.events;
        group.input_tokens += notes.tokens.input;
        group.output_tokens += notes.tokens.output;
        for given in &notes.hand_offs {
            add(&mut group.hand_offs, given);
        }
    }
    group.days = count(days(records).len());
    group.first = records.iter().filter_map(|record| record.notes.first).min();
    group.last = records.iter().filter_map(|record| ended(record)).max();
    let tools = records.iter().flat_map(|record| &record.notes.tools);
    let tools = Groups::of(tools.map(|tool| (&*tool.tool, (tool.calls, tool.failed))));
    let sums = tools.iter().map(|(tool, counts)| ToolCount {
        tool: (*tool).into(),
        calls: counts.clone().map(|(calls, _)| calls).sum(),
        failed: counts.map(|(_, failed)| failed).sum(),
    });
    group.tools = sums.collect();
    (group.calls, group.failed_calls) = calls(records);
    group.failed_share = share(group.failed_calls, group.calls);
    keep_first(&mut group.tools, MAX_TOOLS, |tool| (Reverse(tool.calls), tool.tool.clone()));
    group.outcomes = outcomes(records, judge);
    // Uses the miner of a dream, so that figures and dreams agree on what recurs.
    let found = mine::patterns(records, policy).candidates;
    let recurring = |kind: Kind| {
        let of_kind = found.iter().filter(|candidate| candidate.kind == kind);
        let mut all: Vec<Recurring> = of_kind
            .map(|c| Recurring { text: c.text.clone(), sessions: c.support.sessions })
            .collect();
        keep_first(&mut all, MAX_RECURRING, |one| (Reverse(one.sessions), one.text.clone()));
        all
    };
    group.mistakes = recurring(Kind::Mistake);
    group.workflows = recurring(Kind::Workflow);
    group
}

fn days(records: &[&SessionRecord]) -> Set<i64> {
    Set::of(records.iter().filter_map(|record| ended(record)).map(Time::day))
}

/// Counts a hand-off.
pub(super) fn add(counts: &mut HandOffs, given: &HandOff) {
    counts.given += 1;
    match given.failed {
        Some(true) => counts.failed += 1,
        Some(false) => {}
        None => counts.unknown += 1,
    }
}

/// How sessions went, in all and by source of the verdict.
pub(super) fn outcomes(records: &[&SessionRecord], judge: &Judge<'_>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let mut sources = Vec::new();
    for record in records {
        let (verdict, source) = judge.verdict(&record.notes);
        let [good, bad, unknown] =
            [SessionVerdict::Good, SessionVerdict::Bad, SessionVerdict::Unknown]
                .map(|counted| u64::from(verdict == counted));
        outcomes.good += good;
        outcomes.bad += bad;
        outcomes.unknown += unknown;
        sources.extend(source.map(|source| (source, (good, bad))));
    }
    outcomes.good_share = share(outcomes.good, outcomes.good + outcomes.bad);
    outcomes.by_source = Groups::of(sources)
        .iter()
        .map(|(source, verdicts)| SourceOutcomes {
            source: *source,
            good: verdicts.clone().map(|(good, _)| good).sum(),
            bad: verdicts.map(|(_, bad)| bad).sum(),
        })
        .collect();
    outcomes.by_source.reverse();
    outcomes
}
