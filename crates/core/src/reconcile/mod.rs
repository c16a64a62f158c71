//! From candidates and entries to drafts of changes. [`crate::judge`] says how two statements
//! relate, [`mod@relate`] what follows for the entries of a store, `updates` what corrections replace.

mod about;
mod additions;
pub(crate) mod belongs;
mod distinct_texts;
mod entry_pairs;
mod host_support;
mod in_its_place;
pub(crate) mod merges;
mod named_by_model;
mod needless;
pub mod neighbours;
mod old_value;
pub(crate) mod outdated;
pub(crate) mod outgrown;
pub(crate) mod own_place;
pub mod pair_questions;
mod person_corrections;
mod readers;
mod ready;
pub mod relate;
mod renamed;
mod replaced;
pub(crate) mod represented;
mod retired_before;
mod stated;
mod supports;
mod team;
pub(crate) mod updates;

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::ids::EntryId;
use dreaming_records::ledger::{Finder, Ledger};
use dreaming_records::plan::{
    Cause, OpenConflict, Operation, Reinforcement, Rejected, Stage, Target,
};
use dreaming_records::policy::Policy;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::{Form, line_of_code};
use dreaming_text::{Map, Set, sort};

use crate::draft::{self, Draft, because, lineage, target};
use crate::identity::{Located, SECRET_CODE};
use crate::judge::{COMPARED, CONTRADICTS, PairHint};
use crate::precedence::{self, Rank};
use crate::reconcile::about::About;
use crate::reconcile::entry_pairs::{may_relate, stated};
use crate::reconcile::needless::needless;
use crate::reconcile::outgrown::Outgrown;
use crate::reconcile::readers::Readers;
use crate::reconcile::relate::{Stated, relate_also};
use crate::reconcile::represented::{TextAndSubject, comparable, same_entries};
use crate::reconcile::retired_before::Retired;
use crate::reconcile::supports::Supports;
use crate::reconcile::updates::Effect;
use crate::review_reason::Doubt;

/// The result of [`reconcile`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reconciled {
    /// The drafts. No two of them take out or rewrite the same entry.
    pub drafts: Vec<Draft>,
    /// Changed support of existing entries, by entry.
    pub reinforcements: Vec<Reinforcement>,
    /// What a person has to decide.
    pub conflicts: Vec<OpenConflict>,
    /// What was turned down.
    pub rejected: Vec<Rejected>,
}

/// Compares candidates with the entries of the store. An entry in `outgrown` is neither merged nor
/// supported: a candidate replaces it, or it is retired. `hints` has what the host or a model says
/// of pairs of entries, by position, the smaller first. Nothing is drafted that a person `settled`.
pub(crate) fn reconcile(
    (entries, ledger): (&[Located], &Ledger),
    candidates: &[Candidate],
    hints: &Map<(usize, usize), PairHint>,
    outgrown: Outgrown<'_>,
    settled: &dyn Fn(&Draft) -> Option<Rejected>,
    policy: &Policy,
) -> Reconciled {
    let known: Vec<TextAndSubject> =
        entries.iter().map(|e| TextAndSubject::of_entry(&e.record)).collect();
    let wanted: Vec<TextAndSubject> = candidates.iter().map(TextAndSubject::of).collect();
    let mut work = Work {
        retired: Retired::of(ledger),
        entries,
        about: About::new(entries, candidates),
        ledger,
        policy,
        outgrown,
        settled,
        merged: Set::of([]),
        into: Map::of([]),
        rewritten: BTreeSet::new(),
        gone: BTreeSet::new(),
        kept: BTreeSet::new(),
        supports: Supports::default(),
        claimed: Vec::new(),
        done: Reconciled::default(),
    };
    work.secrets();
    work.supports.withdraw(entries, ledger);
    let readers = Readers::of(entries);
    let scopes: Vec<String> = entries.iter().map(|entry| readers.scope(entry)).collect();
    let stated: Vec<Stated> = entries.iter().zip(&scopes).map(|(e, s)| stated(e, s)).collect();
    let relations =
        relate_also(&stated, hints, |pair| may_relate(entries, &readers, &work.outgrown, pair));
    let sessions = &ledger.sessions;
    let merges = merges::duplicates(entries, &relations.same, sessions);
    // Support goes to the entry that a merge would keep, also when a person rejected the merge:
    // otherwise the merge would be proposed the other way round.
    let says_another =
        Set::of(merges.iter().flat_map(|d| d.targets.iter().map(|t| t.entry.clone())));
    let merges = work.open(merges);
    let outdated = work.open(outdated::outdated(entries, &relations.updates, sessions));
    let mut shared = work.open(team::shared(entries, &stated, sessions, policy));
    shared.retain(|draft| !draft.touched().any(|id| work.outgrown.has(id)));
    for pair in &relations.conflicts {
        let by_model = [COMPARED, CONTRADICTS].contains(&pair.judgement.reason);
        let conflicts = if by_model { &mut work.claimed } else { &mut work.done.conflicts };
        conflicts.extend(outdated::conflict(entries, pair));
    }
    let going = || merges.iter().chain(&outdated).chain(&shared);
    let of_each = going().flat_map(|draft| draft.targets.iter().map(move |t| (draft, &t.entry)));
    work.merged =
        Set::of(of_each.clone().map(|(_, id)| id.clone()).chain(work.outgrown.ids().cloned()));
    let into = of_each.filter_map(|(draft, id)| Some((id.clone(), draft.survivor.clone()?.entry)));
    work.into = Map::of(into);
    let overlooked = named_by_model::overlooked(candidates, &work.into);
    // Says whether an entry may stand for a candidate: it is not merged away, replaced or outgrown.
    let stands_for = |candidate: usize, at: usize| {
        let (Some(candidate), Some(entry)) = (candidates.get(candidate), entries.get(at)) else {
            return false;
        };
        // No agent loads a line of code by itself, so it says nothing that a statement says.
        let is_code = entry.piece.form == Form::Code && line_of_code(candidate.words()).is_none();
        !is_code
            && !work.merged.contains(&entry.record.id)
            && !says_another.contains(&entry.record.id)
            && comparable(
                (Some(candidate.kind), &candidate.text),
                (entry.record.kind, &entry.record.text),
            )
    };
    let same = same_entries(&wanted, &known, stands_for);
    let said = (candidates, &wanted[..]);
    let needless = needless(said, entries, &says_another, &outdated, policy);
    let same = same.into_iter().map(|at| entries.get(at?));
    let with_same = candidates.iter().zip(same).zip(needless);
    let mut all: Vec<_> = with_same.map(|((c, same), needless)| (c, same, needless)).collect();
    let overlooks = |found: &Candidate| found.corrects.iter().any(|id| overlooked.contains(id));
    sort::by_cached_key(&mut all, |(found, ..)| precedence::turn(found, overlooks(found)));
    for (candidate, same, needless) in all {
        work.take(candidate, same, needless);
    }
    let left = work.outgrown.retire(candidates);
    let drafts = left.into_iter().chain(merges).chain(outdated).chain(shared);
    drafts.for_each(|draft| work.push(draft));
    let taken = [&work.gone, &work.kept];
    let renamed = renamed::renamed(candidates, entries, &work.done.drafts, taken, policy);
    renamed.into_iter().for_each(|draft| work.push(draft));
    let takers = replaced::takers(candidates, entries, &ledger.distilled);
    let others = (&work.gone, &work.kept);
    let replaced = replaced::replaced(&takers, entries, &work.done.drafts, others, settled);
    replaced.into_iter().for_each(|draft| work.push(draft));
    work.finish()
}

struct Work<'a> {
    entries: &'a [Located],
    /// The same entries, indexed by what they are about.
    about: About<'a>,
    ledger: &'a Ledger,
    policy: &'a Policy,
    retired: Retired<'a>,
    /// Entries that their sessions no longer show: a candidate replaces them, or they are retired.
    outgrown: Outgrown<'a>,
    /// Why a draft is not proposed again, if a person decided about it before.
    settled: &'a dyn Fn(&Draft) -> Option<Rejected>,
    /// Entries merged away, replaced or outgrown: corrections apply to the entries that stay.
    merged: Set<EntryId>,
    /// The entry that stays of those merged away.
    into: Map<EntryId, EntryId>,
    /// Lines in whose place stands what a model wrote from all findings, or was rejected by a person, or that it wrote as
    /// they stand: the findings that it named take their place no more.
    rewritten: BTreeSet<EntryId>,
    /// Entries that a draft takes out or rewrites.
    gone: BTreeSet<EntryId>,
    /// Entries that a merge keeps.
    kept: BTreeSet<EntryId>,
    supports: Supports,
    /// Open conflicts that only a host or a model claims. They lower no tier, but people see them.
    claimed: Vec<OpenConflict>,
    done: Reconciled,
}

impl<'a> Work<'a> {
    /// Drafts a change for review for each entry with a secret; the plan never shows the secret.
    fn secrets(&mut self) {
        for entry in self.entries {
            // A secret of several lines of code is left to people: its lines are no statements.
            if entry.has_secret && *entry.record.text == *SECRET_CODE {
                self.gone.insert(entry.record.id.clone());
            } else if entry.has_secret {
                let mut draft = Draft::about_entries(Operation::Revise, Cause::Secret, entry);
                draft.text = Some(entry.record.text.clone());
                draft.because = "The statement holds what looks like a secret.".into();
                self.push(draft.doubted(Doubt::SecretInUse));
                // The text of the record is without the secret: nothing else may rewrite it.
                self.gone.insert(entry.record.id.clone());
            }
        }
    }

    /// Applies a candidate to the entries that it concerns, such as `same`, which says the same.
    /// If there are none, adds the candidate, unless `needless` gives a reason not to.
    fn take(
        &mut self,
        candidate: &Candidate,
        same: Option<&Located>,
        needless: Option<&'static str>,
    ) {
        if candidate.replaces.is_some() && self.correct(candidate) {
            return;
        }
        // A preference of one person does not support the same preference of another person.
        if let Some(entry) = same.filter(|entry| updates::same_scope(candidate, entry)) {
            let promoted = team::promoted(entry, candidate, &self.ledger.sessions, self.policy);
            promoted.into_iter().for_each(|draft| self.push(draft));
            self.reinforce(entry, candidate);
            self.said_already(candidate, entry);
            if candidate.worth == Some(true)
                && candidate.corrects.as_ref() == Some(&entry.record.id)
            {
                self.rewritten.insert(entry.record.id.clone());
            }
            return;
        }
        if let Some(rejected) = self.turned_down(candidate) {
            self.done.rejected.push(rejected);
            return;
        }
        if self.corrects(candidate) || self.by_subject(candidate) {
            return;
        }
        match needless {
            // A model wrote another statement from it, which is proposed instead, or left it out.
            _ if candidate.worth == Some(false) => {}
            Some(reason) => self.reject(reason, candidate),
            None => self.add(candidate),
        }
    }

    /// The decision of a person that the candidate does not take an entry's place. It is then
    /// proposed in no other form, even when that entry is gone.
    fn turned_down(&self, candidate: &Candidate) -> Option<Rejected> {
        let named = || {
            let record = self.ledger.entries.get(candidate.corrects.as_ref()?)?;
            (self.settled)(&outgrown::newer_words(draft::target_of(record), candidate))
        };
        self.outgrown.turned_down(candidate).cloned().or_else(named)
    }

    /// Applies a correction to the entries that it concerns; returns whether there are any.
    fn correct(&mut self, candidate: &Candidate) -> bool {
        let mut found = false;
        let mut open = Vec::new();
        for entry in self.about.corrected(candidate) {
            if self.merged.contains(&entry.record.id) {
                continue;
            }
            let is_code = entry.piece.form == Form::Code;
            if !is_code && updates::satisfied(candidate, entry, self.ledger) {
                self.reinforce(entry, candidate);
                self.said_already(candidate, entry);
                found = true;
            } else {
                open.push(entry);
            }
        }
        let effects = updates::effects_of(candidate, &open);
        let named = self.named_beside(candidate, &effects).filter(|_| !found);
        for (entry, effect) in effects.into_iter().chain(named) {
            found = true;
            self.settle(candidate, entry, effect);
        }
        found
    }

    /// Applies a candidate that gives another value for the subject of an entry. Only the newest
    /// entry and the newest candidate of a subject count, so that no older value replaces a newer
    /// one. Returns whether such an entry was found.
    fn by_subject(&mut self, candidate: &Candidate) -> bool {
        let Some(subject) = candidate.subject.as_deref() else { return false };
        let about = self.about.subject(subject).filter(|e| {
            e.record.kind == Some(candidate.kind)
                && updates::same_scope(candidate, e)
                && in_its_place::has_its_form(candidate, e)
                && !self.merged.contains(&e.record.id)
        });
        let newest = |a, b| if Rank::of(b) > Rank::of(a) { b } else { a };
        let Some(entry) = about.reduce(newest) else { return false };
        // A statement that took it up is proposed or stands: the bare value takes no fuller line out that has it.
        if candidate.worth == Some(false) && updates::has_numbers_of(candidate, entry) {
            return true;
        }
        let effect =
            updates::of_value(candidate, false, entry, updates::new_words(candidate, entry));
        if effect != Effect::Older && self.about.has_newer(candidate) {
            self.reject("superseded-in-batch", candidate);
            return true;
        }
        self.settle(candidate, entry, effect);
        true
    }

    fn settle(&mut self, candidate: &Candidate, entry: &Located, effect: Effect) {
        let written_anew = self.rewritten.contains(&entry.record.id);
        match effect {
            _ if candidate.worth == Some(false) && written_anew => {}
            // Two lines of which a model says that it takes their place do not become two equal ones.
            Effect::Supersede(text, _)
                if candidate.finder == Finder::Model
                    && self.done.drafts.iter().any(|d| d.text.as_ref() == Some(&text))
                    && text == updates::new_words(candidate, entry) =>
            {
                self.same_again(candidate, entry);
            }
            Effect::Supersede(text, doubt) => {
                let shown = candidate.replaces.as_ref().is_some_and(|r| r.shown);
                // What an entry rests on itself corrects it in nothing.
                let new = || person_corrections::new_to(entry, &candidate.evidence);
                let finder = candidate.finder;
                let corrected = (!shown && candidate.trust == Trust::User)
                    .then(|| person_corrections::correction(finder, &new(), &self.ledger.sessions))
                    .flatten();
                let (cause, mut why) = match corrected {
                    _ if updates::rewrites(candidate, entry) => {
                        (Cause::Outgrown, because(candidate))
                    }
                    Some(correction) => (person_corrections::cause(finder), correction),
                    None if shown => (Cause::Refuted, because(candidate)),
                    None => (Cause::NewerValue, because(candidate)),
                };
                why.extend(updates::both_times(&doubt, candidate, entry));
                let mut draft =
                    Draft::of_candidate(Operation::Supersede, cause, entry.path.clone(), candidate);
                draft.kind = in_its_place::kind(candidate, entry);
                draft.because = why;
                draft.targets = vec![target(entry)];
                draft.text = Some(text);
                draft.trust = lineage(candidate, entry);
                draft.principal.clone_from(&entry.record.principal);
                let draft = draft.doubted(doubt);
                let is_settled = (self.settled)(&draft).is_some();
                self.push(draft);
                let is_written = candidate.worth == Some(true);
                if is_written && (is_settled || self.gone.contains(&entry.record.id)) {
                    self.rewritten.insert(entry.record.id.clone());
                }
            }
            Effect::Undecided(reason) => {
                // What it was written from asks no second question about the line.
                if candidate.worth == Some(true) {
                    self.rewritten.insert(entry.record.id.clone());
                }
                let conflicts = match candidate.finder {
                    Finder::Host | Finder::Model => &mut self.claimed,
                    Finder::Miner => &mut self.done.conflicts,
                };
                conflicts.push(OpenConflict {
                    subject: candidate.subject.clone().unwrap_or_default(),
                    entry: target(entry),
                    other: None,
                    text: candidate.text.clone(),
                    evidence: candidate.evidence.clone(),
                    reason: reason.into(),
                });
            }
            Effect::Older => self.reject("older-than-entry", candidate),
        }
    }

    fn reinforce(&mut self, entry: &Located, candidate: &Candidate) {
        let counted = match host_support::counted(candidate, &self.ledger.sessions) {
            Ok(counted) => counted,
            Err(reason) => return self.reject(reason, candidate),
        };
        self.supports.add(&entry.record, counted);
    }

    /// The drafts about which nobody decided before. The others are turned down, and the entries
    /// that they are about are entries like all others.
    fn open(&mut self, mut drafts: Vec<Draft>) -> Vec<Draft> {
        let rejected = &mut self.done.rejected;
        drafts.retain(|draft| {
            let settled = (self.settled)(draft);
            let is_open = settled.is_none();
            rejected.extend(settled);
            is_open
        });
        drafts
    }

    /// Adds a draft unless a person settled it or it clashes with an earlier one: two drafts must
    /// not take out or rewrite the same entry, and none may take out an entry that a merge keeps.
    /// The next dream proposes what clashed here again. Several merges may keep the same entry.
    fn push(&mut self, draft: Draft) {
        if let Some(rejected) = (self.settled)(&draft) {
            self.done.rejected.push(rejected);
            return;
        }
        let merges = draft.operation == Operation::Merge;
        let clashes =
            |t: &Target| self.gone.contains(&t.entry) || merges && self.kept.contains(&t.entry);
        if draft.targets.iter().any(clashes) {
            return self.late(&draft);
        }
        self.gone.extend(draft.targets.iter().map(|t| t.entry.clone()));
        self.kept.extend(draft.survivor.iter().map(|t| t.entry.clone()));
        self.done.drafts.push(draft);
    }

    fn reject(&mut self, reason: &str, candidate: &Candidate) {
        let Candidate { text, evidence, .. } = candidate;
        let rejected = Rejected::new(Stage::Reconcile, reason, text, evidence.clone());
        self.done.rejected.push(rejected);
    }

    fn finish(mut self) -> Reconciled {
        let sides = |conflict: &OpenConflict| {
            [Some(conflict.entry.entry.clone()), conflict.other.as_ref().map(|t| t.entry.clone())]
        };
        let disputed = Set::of(self.done.conflicts.iter().flat_map(sides).flatten());
        self.done.reinforcements =
            self.supports.finish(self.entries, self.ledger, &disputed, self.policy);
        self.done.conflicts.append(&mut self.claimed);
        self.done
    }
}
