//! Candidates of which a model says whose place they take.

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::statement;
use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Finder;
use dreaming_records::plan::{OpenConflict, Operation, Rejected, Stage};
use dreaming_records::trust::Trust;
use dreaming_text::{Map, Set};

use super::updates::{self, Effect};
use super::{Work, in_its_place, outdated, person_corrections};
use crate::draft::{Draft, because, lineage, target};
use crate::identity::Located;
use crate::review_reason::Doubt;
use crate::value_places;

/// The lines that a model wrote anew from all findings without those that are newer of the line. `into`: the entry that
/// stays of those merged away.
pub(super) fn overlooked(candidates: &[Candidate], into: &Map<EntryId, EntryId>) -> Set<EntryId> {
    let lines = |worth: Option<bool>| {
        let found =
            candidates.iter().filter(move |c| c.finder == Finder::Model && c.worth == worth);
        let lines = found.filter_map(|found| found.corrects.as_ref());
        Set::of(lines.map(|id| into.get(id).unwrap_or(id).clone()))
    };
    let [written, named, unnamed] = [Some(true), Some(false), None].map(lines);
    let is_overlooked = |id: &&EntryId| unnamed.contains(id) && !named.contains(id);
    Set::of(written.iter().filter(is_overlooked).cloned())
}

impl<'a> Work<'a> {
    /// Applies a candidate of which a model said that it replaces an entry, if that entry is still
    /// there and of the same kind. As everywhere, the newer one holds. Returns whether the entry
    /// was found.
    pub(super) fn corrects(&mut self, candidate: &Candidate) -> bool {
        let Some(entry) = self.corrected_by(candidate) else {
            self.kept_apart(candidate);
            return false;
        };
        if self.takes_over(candidate, entry) {
            return true;
        }
        // An earlier finding takes the place, and the statement was not written from it: it stands beside it.
        let takes = |draft: &Draft| {
            draft.targets.iter().any(|target| target.entry == entry.record.id)
                && draft.last_seen < candidate.last
        };
        if candidate.worth == Some(true) && self.done.drafts.iter().any(takes) {
            return false;
        }
        self.settle(candidate, entry, updates::by_model(candidate, entry));
        true
    }

    /// Puts what a model wrote in the place of a line there, where an earlier finding from which it was written has taken
    /// it with its own words: what is from outside takes no turn of what is not, but the earlier words are no longer
    /// news. Returns whether it did; where the line cannot be given to it, the finding keeps it.
    fn takes_over(&mut self, candidate: &Candidate, entry: &Located) -> bool {
        let row = self.ledger.distilled.get(&statement(candidate.kind, candidate.words()));
        let is_from = |draft: &Draft| {
            draft.targets.iter().any(|target| target.entry == entry.record.id)
                && draft.last_seen < candidate.last
                && draft.statement().zip(row).is_some_and(|(id, row)| row.rests_on(&id))
        };
        let Some(at) = self.done.drafts.iter().position(is_from) else { return false };
        let effect = updates::by_model(candidate, entry);
        if candidate.worth != Some(true) || !matches!(effect, Effect::Supersede(..)) {
            return false;
        }
        let earlier = self.done.drafts.remove(at);
        self.gone.remove(&entry.record.id);
        self.settle(candidate, entry, effect);
        let is_taken = self.gone.contains(&entry.record.id);
        if !is_taken {
            self.push(earlier);
        }
        is_taken
    }

    /// The line of which a model says that a correction is about it, if the correction has no effect on it by its subject,
    /// and the older value, where one is known, stands there.
    pub(super) fn named_beside(
        &self,
        candidate: &Candidate,
        effects: &[(&'a Located, Effect)],
    ) -> Option<(&'a Located, Effect)> {
        let entry = self.corrected_by(candidate)?;
        let wrong = candidate.replaces.as_ref().map(|replaces| &*replaces.wrong)?;
        let is_open = !self.gone.contains(&entry.record.id)
            && effects.iter().all(|(other, _)| other.record.id != entry.record.id)
            && (wrong.is_empty() || value_places::find(&entry.record.text, wrong).is_some());
        is_open.then(|| (entry, updates::by_model(candidate, entry)))
    }

    /// Turns a candidate down whose words another draft has. When that draft is for the same entry and trusted less, it
    /// rests on what the candidate rests on from now on: a less trusted copy takes nothing from a statement.
    pub(super) fn same_again(&mut self, candidate: &Candidate, entry: &Located) {
        let words = updates::new_words(candidate, entry);
        let is_same = |draft: &&mut Draft| {
            draft.text.as_ref() == Some(&words)
                && draft.targets.iter().any(|target| target.entry == entry.record.id)
        };
        let trust = lineage(candidate, entry);
        match self.done.drafts.iter_mut().find(is_same).filter(|draft| draft.trust < trust) {
            Some(draft) => {
                draft.evidence.clone_from(&candidate.evidence);
                (draft.support, draft.trust) = (candidate.support, trust);
                (draft.valid_from, draft.last_seen) = (candidate.first, candidate.last);
                let correction = person_corrections::correction(
                    candidate.finder,
                    &candidate.evidence,
                    &self.ledger.sessions,
                );
                draft.because = correction.unwrap_or_else(|| because(candidate));
            }
            None => self.reject("same-as-another", candidate),
        }
    }

    /// Turns a draft down whose line another one takes, unless that says the same.
    pub(super) fn late(&mut self, draft: &Draft) {
        let is_said =
            |text: &String| self.done.drafts.iter().any(|d| d.text.as_ref() == Some(text));
        let supersedes = draft.operation == Operation::Supersede;
        if let Some(text) = draft.text.clone().filter(|text| supersedes && !is_said(text)) {
            let late = Rejected::new(Stage::Reconcile, "same-line", &text, draft.evidence.clone());
            self.done.rejected.push(late);
        }
    }

    /// Shows both sides where a candidate may not take the place that a model names: a preference takes no fact out, and
    /// what one person wants no line of everybody's.
    fn kept_apart(&mut self, candidate: &Candidate) {
        // What models wrote goes with what takes it up, whatever the kinds.
        let is_named = |entry: &&Located| {
            candidate.corrects.as_ref() == Some(&entry.record.id)
                && entry.record.finder != Some(Finder::Model)
                && in_its_place::has_its_form(candidate, entry)
        };
        let entry = self.entries.iter().find(is_named);
        let Some(entry) = entry.filter(|_| candidate.worth != Some(false)) else { return };
        self.claimed.push(OpenConflict {
            subject: candidate.subject.clone().unwrap_or_default(),
            entry: target(entry),
            other: None,
            text: candidate.text.clone(),
            evidence: candidate.evidence.clone(),
            reason: "a model says that it takes the place of a line of another kind or person"
                .into(),
        });
    }

    fn corrected_by(&self, candidate: &Candidate) -> Option<&'a Located> {
        // Of two lines that say the same the one that stays is meant.
        let id = candidate.corrects.as_ref().map(|id| self.into.get(id).unwrap_or(id));
        let id = id.filter(|id| !self.merged.contains(id))?;
        let entry = self.entries.iter().find(|entry| entry.record.id == *id)?;
        let may_replace =
            in_its_place::may_replace(candidate, entry) || self.is_only_persons(candidate, entry);
        (may_replace && in_its_place::has_its_form(candidate, entry)).then_some(entry)
    }

    /// Whether a model wrote a preference in the place of a line that dreams wrote as something else outside of their own
    /// memories, or something else in the place of their preference, and the sessions name no two persons: what the only
    /// one wants holds for whoever reads that line. In three worlds the newer of two values was told as a preference, and the
    /// line kept the older one; in two the older was, and both stood.
    fn is_only_persons(&self, candidate: &Candidate, entry: &Located) -> bool {
        let record = &entry.record;
        let is_kept = |kind: Kind| entry.path.as_str().ends_with(kind.path());
        let people = self.ledger.sessions.values();
        let people = Set::of(people.filter_map(|session| session.notes.principal.as_ref()));
        let is_theirs = |person: &Option<String>| {
            person.is_none() || people.iter().all(|one| Some(*one) == person.as_ref())
        };
        let is_wish = candidate.kind == Kind::Preference;
        let was_wish = record.kind == Some(Kind::Preference) && candidate.trust >= record.trust;
        (is_wish || was_wish)
            && candidate.worth == Some(true)
            && candidate.trust >= Trust::Agent
            && people.len() < 2
            && is_theirs(&record.principal)
            && is_theirs(&candidate.principal)
            && (record.principal.is_none() || was_wish)
            && record.kind.is_some_and(|kind| !is_kept(kind))
    }

    /// As [`Work::corrects`], for a candidate that `entry` says already: that takes the place of the entry that a model
    /// names.
    pub(super) fn said_already(&mut self, candidate: &Candidate, entry: &Located) {
        let named = self.corrected_by(candidate).filter(|n| n.record.id != entry.record.id);
        let Some(older) = named else { return };
        // Of what a model wrote from all findings, its own row says what it took the place of.
        let is_row =
            self.ledger.distilled.contains_key(&statement(candidate.kind, candidate.words()));
        if is_row || self.turned_down(candidate).is_some() {
            return;
        }
        match updates::by_model(candidate, older) {
            Effect::Supersede(..) => {
                let draft = outdated::replaced_by_model(entry, older);
                self.push(draft.doubted(Doubt::ReplacedByModel));
            }
            other => self.settle(candidate, older, other),
        }
    }
}
