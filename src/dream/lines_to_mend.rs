//! The lines of the memory of which findings say something newer: the question that writes shows them whole.

use dreaming_core::pack::Packed;
use dreaming_learn::propose::Known;
use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::statement;
use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::ledger::Finder;
use dreaming_records::plan::{Cause, Change, Gate, Operation};
use dreaming_records::statement_of;
use dreaming_text::{Groups, Set};

use super::finish::Step;

/// The lines of the memory that would change, each with a finding of a model that says something newer of it. What
/// is proposed for a line by itself is one finding in its own words, and loses what else the line says. In the place
/// of a row of a table or a line of code nothing is proposed unless it is written as one.
pub(super) fn about(
    step: &Step<'_>,
    changes: &[Change],
    waiting: &Set<Digest>,
) -> Vec<(Digest, Known)> {
    let is_open = |change: &&Change| {
        change.operation == Operation::Supersede
            && change.gate != Gate::Blocked
            && statement_of::change(change).is_none_or(|id| !waiting.contains(&id))
    };
    let found = step.found.mined.candidates.iter().filter(|found| {
        found.finder == Finder::Model
            && found.worth.is_none()
            && !step.drafted().is_settled(&found.evidence)
    });
    let found: Vec<&Candidate> = found.collect();
    let naming = found.iter().filter_map(|found| Some((found.corrects.as_ref()?, *found)));
    let naming = Groups::of(naming);
    // Those that take a line's place by their subject or an old value are known by their places.
    let valued = found.iter().filter(|found| {
        found.corrects.is_none() && (found.subject.is_some() || found.replaces.is_some())
    });
    let valued = Groups::of(valued.map(|found| (&found.evidence, *found)));
    let shown = |entry: &EntryId| step.known.and_then(|known| known.shown(entry));
    let id = |found: &&Candidate| statement(found.kind, found.words());
    let mut about = Vec::new();
    for change in changes.iter().filter(is_open) {
        for line in &change.targets {
            // A person's words in which a rule found the newer value are no finding of a model.
            let by_rule = change.text.as_ref().filter(|_| change.cause == Cause::Corrected);
            let shown = shown(&line.entry).map(|shown| (shown.headings, shown.mark));
            let (headings, mark) = shown.unwrap_or_default();
            let text = by_rule.unwrap_or(&line.text).clone();
            let known = Known { entry: line.entry.clone(), headings, mark, text };
            let findings = naming.get(&&line.entry).chain(valued.get(&&change.evidence));
            about.extend(findings.map(|found| (id(found), known.clone())));
        }
    }
    // Who sees all findings and the line may tell what times do not.
    for conflict in step.drafted().conflicts() {
        let is_said = |found: &&&Candidate| {
            found.text == conflict.text && found.evidence == conflict.evidence
        };
        let line = shown(&conflict.entry.entry).filter(|_| conflict.other.is_none());
        let Some(Packed { entry, headings, mark, text, .. }) = line else { continue };
        let known = Known { entry, headings, mark, text };
        let findings = found.iter().filter(is_said);
        about.extend(findings.map(|found| (id(found), known.clone())));
    }
    let parts = step.found.read.entries.iter().filter(|entry| entry.piece.form.is_part());
    for row in parts {
        let mut findings = naming.get(&&row.record.id).peekable();
        let line = findings.peek().and_then(|_| shown(&row.record.id));
        let Some(Packed { entry, headings, mark, text, .. }) = line else { continue };
        let known = Known { entry, headings, mark, text };
        about.extend(findings.map(|found| (id(found), known.clone())));
    }
    about
}
