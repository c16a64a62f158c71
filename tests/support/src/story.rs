//! A step in a form for people: what was read, what the plan says, and how the memories changed.

use std::collections::BTreeSet;

use dreaming::ledger::Ledger;
use dreaming::outcome::{Outcome, OutcomeSource, WHOLE};
use dreaming::plan::{Change, Gate, SessionOutcome};
use dreaming::{Plan, Report};

use crate::diff;
use crate::store::Store;

/// The line of a change. `accept` and `reject` of a case name changes by parts of this line.
pub fn change(change: &Change) -> String {
    let gate = match change.gate {
        Gate::Auto => "auto",
        Gate::Review => "review",
        Gate::Blocked => "blocked",
    };
    let old: Vec<String> =
        change.targets.iter().map(|t| format!("{}:{} {:?}", t.path, t.line, t.text)).collect();
    let mut line = format!("{} {gate} {}", change.operation.as_str(), change.path);
    if !old.is_empty() {
        line += &format!(" {}", old.join(", "));
    }
    if let Some(stays) = &change.survivor {
        line += &format!(" into {}:{} {:?}", stays.path, stays.line, stays.text);
    }
    if let Some(before) = &change.after {
        let step = if change.step { " as a step" } else { "" };
        line += &format!("{step} after {}:{} {:?}", before.path, before.line, before.text);
    }
    if let Some(text) = &change.text {
        line += &format!(" -> {text:?}");
    }
    if let Some(principal) = &change.principal {
        line += &format!(" for {principal}");
    }
    line
}

/// The lines about a dream.
pub fn dream(plan: &Plan, report: &Report) -> Vec<String> {
    let mut story = Vec::new();
    for result in &plan.sessions {
        let outcome = match &result.outcome {
            SessionOutcome::Read { record } => {
                let d = &record.notes;
                format!(
                    "read: {} events, {} failures, {} refutations, {} statements, {} steps, {} quarantined, {} proposals",
                    d.events,
                    d.failures.len(),
                    d.refutations.len(),
                    d.statements.len(),
                    d.steps.len(),
                    d.quarantined.len(),
                    record.proposals.len(),
                )
            }
            SessionOutcome::Unchanged => "unchanged".into(),
            SessionOutcome::Pending { reason, .. } => format!("pending: {reason}"),
        };
        story.push(format!("session {} {outcome}", result.session));
        if let SessionOutcome::Read { record } = &result.outcome {
            let graded = |o: &&Outcome| o.metric.source == OutcomeSource::Rubric;
            story.extend(record.notes.outcomes.iter().filter(graded).map(|o| {
                let grade = o.metric.value / (WHOLE / 100);
                format!("  graded {grade} at {}:{} {:?}", o.pin.part, o.pin.line, o.pin.quote)
            }));
        }
    }
    for c in &plan.changes {
        story.push(change(c));
        story.push(format!("  because {}", c.because));
        story.push(format!("  gate: {}", c.gate_reason));
        for needed in plan.changes.iter().filter(|other| c.needs.contains(&other.id)) {
            story
                .push(format!("  goes only with {:?}", needed.text.as_deref().unwrap_or_default()));
        }
        for e in &c.evidence {
            story.push(format!("  evidence {} {}:{} {:?}", e.session, e.part, e.line, e.quote));
        }
    }
    for r in &plan.reinforcements {
        let s = r.support;
        story.push(format!(
            "reinforced {}: {} sessions, {} agents, {} days",
            r.entry, s.sessions, s.agents, s.days
        ));
    }
    for c in &plan.conflicts {
        let e = &c.entry;
        story.push(format!("conflict about {:?}: {}", c.subject, c.reason));
        story.push(format!("  store {}:{} {:?}", e.path, e.line, e.text));
        story.push(format!("  other {:?}", c.text));
    }
    for r in &plan.rejected {
        story.push(format!("rejected {} {}: {:?}", r.stage.as_str(), r.reason, r.text));
    }
    if plan.changes.is_empty() && plan.conflicts.is_empty() {
        story.push("proposes nothing".into());
    }
    story.push(counts(report));
    story.extend(report.notes.iter().map(|note| format!("note: {note}")));
    story
}

fn counts(report: &Report) -> String {
    let all = [
        ("entries", report.entries),
        ("read", report.sessions_read),
        ("unchanged", report.sessions_unchanged),
        ("pending", report.sessions_pending),
        ("doubled", report.sessions_doubled),
        ("not-json", report.account.not_json),
        ("not-object", report.account.not_object),
        ("unknown-type", report.account.unknown_type),
        ("too-long", report.account.too_long),
        ("not-utf8", report.account.not_utf8),
        ("future", report.account.future_time),
        ("repeated", report.account.repeated),
        ("not shown", report.account.not_shown),
        ("mined", report.mined),
        ("waiting", report.waiting),
        ("redactions", report.redactions),
        ("quarantined", report.quarantined),
        ("calls", report.calls),
        ("answered", report.calls_answered),
        ("failed", report.calls_failed),
        ("unanswered", report.calls_unanswered),
        ("over-budget", report.calls_over_budget),
        ("asked-again", report.sessions_asked_again),
        ("wait-for-model", report.sessions_unanswered),
        ("proposals", report.proposals),
    ];
    let some: Vec<String> =
        all.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!("{name} {n}")).collect();
    format!("counts: {}", some.join(", "))
}

/// The lines about entries whose ledger rows changed in more than their support.
///
/// # Errors
/// A row that is no valid ledger row.
pub fn entries(before: &Store, after: &Store) -> Result<Vec<String>, String> {
    let (before, after) = (ledger(before)?, ledger(after)?);
    let mut story = Vec::new();
    for (id, new) in after.entries.iter() {
        let text = &new.text;
        let Some(old) = before.entries.get(id) else {
            story.push(format!("entry {id} new {} {text:?}", new.path));
            continue;
        };
        if old.text != *text {
            story.push(format!("entry {id} rewritten {:?} -> {text:?}", old.text));
        }
        if old.path != new.path {
            story.push(format!("entry {id} moved {} -> {} {text:?}", old.path, new.path));
        }
        if old.tier != new.tier {
            story.push(format!("entry {id} tier {:?} -> {:?} {text:?}", old.tier, new.tier));
        }
        if old.principal != new.principal {
            let whose = |who: &Option<String>| who.clone().unwrap_or_else(|| "everybody".into());
            let (before, after) = (whose(&old.principal), whose(&new.principal));
            story.push(format!("entry {id} of {before} -> of {after} {text:?}"));
        }
        match (&old.retired, &new.retired) {
            (None, Some(gone)) => {
                story.push(format!("entry {id} retired by {} {text:?}", gone.by.as_str()))
            }
            (Some(_), None) => story.push(format!("entry {id} revived {text:?}")),
            _ => {}
        }
    }
    for id in before.entries.keys().filter(|id| !after.entries.contains_key(*id)) {
        story.push(format!("entry {id} forgotten"));
    }
    Ok(story)
}

fn ledger(store: &Store) -> Result<Ledger, String> {
    let mut ledger = Ledger::default();
    for row in &store.ledger {
        ledger.insert(row).map_err(|e| e.to_string())?;
    }
    Ok(ledger)
}

/// The lines about the memories that changed.
pub fn memories(before: &Store, after: &Store) -> Vec<String> {
    let paths: BTreeSet<&str> =
        before.memories.iter().chain(&after.memories).map(|m| m.path.as_str()).collect();
    let mut story = Vec::new();
    for path in paths {
        let (old, new) = (before.text(path), after.text(path));
        if old == new {
            continue;
        }
        let what = match (old, new) {
            (None, _) => "new memory",
            (_, None) => "memory gone",
            _ => "memory",
        };
        story.push(format!("{what} {path}"));
        let lines = diff::lines(old.unwrap_or(""), new.unwrap_or(""));
        story.extend(lines.into_iter().map(|line| format!("  {line}")));
    }
    if story.is_empty() {
        story.push("memories stay as they are".into());
    }
    story
}
