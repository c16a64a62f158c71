//! Entries that dreams added and that their sessions no longer show. Mining is a function of all session
//! records that the ledger keeps, so it may no longer find what it once found: the cure changed, a longer
//! order of steps took its place, others became more frequent. Without this stage a store would depend on
//! how its sessions were dealt out to dreams.
//!
//! Missing is not withdrawn: only an entry all of whose evidence is of sessions that the ledger still
//! knows whole, and that this dream looked into, can be outgrown; only when its words are those that were
//! found; and what a model found is never only taken out, because an answer may be missing. What an extractor of
//! the host found is no dream's to look for again, and is never outgrown.

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::ledger::{Finder, Origin, Sessions};
use dreaming_records::plan::{Cause, Operation};
use dreaming_records::revision::evidence_digest;
use dreaming_records::withdrawn;
use dreaming_text::{self as text, Groups, Map, Set, sort};

use crate::doubt::Doubt;
use crate::draft::{Draft, target};
use crate::identity::Located;
use crate::reconcile::represented::represented;
use crate::render;

/// The entries that were outgrown.
#[derive(Debug)]
pub(crate) struct Outgrown<'a> {
    /// By id, with the candidate that took over most of the evidence.
    entries: Map<&'a EntryId, (&'a Located, Option<&'a Candidate>)>,
    /// The same by that candidate.
    of: Groups<&'a Candidate, &'a Located>,
    /// Those whose place was taken.
    taken: BTreeSet<EntryId>,
}

/// Finds them. `sessions` are the records that were looked into, but for the `unseen` ones; `candidates`
/// is what was found in them.
pub(crate) fn outgrown<'a>(
    entries: &'a [Located],
    candidates: &'a [Candidate],
    unseen: &Set<SessionId>,
    sessions: &Sessions,
) -> Outgrown<'a> {
    let represented = represented(candidates);
    let standing = candidates.iter().zip(&represented).filter(|(_, taken)| !**taken);
    let standing: Vec<&Candidate> = standing.map(|(candidate, _)| candidate).collect();
    let words = |c: &Candidate| (c.kind, text::normal(&render::rendered(&c.text)));
    let stands = Set::of(standing.iter().map(|c| words(c)));
    // An entry with a subject whose words are still found is not outgrown, even when another candidate
    // represents them: it is compared with the newest value of its subject.
    let about = candidates.iter().filter(|c| c.subject.is_some());
    let said = Set::of(about.map(words));
    // What is withdrawn has a rule of its own, see `dreaming_records::withdrawn`.
    let withdrawn = withdrawn::all(sessions);
    let known = |id: &SessionId| {
        let whole = sessions.get(id).is_some_and(|record| record.notes.is_whole());
        whole && !unseen.contains(id) && !withdrawn.contains(id)
    };
    let is_outgrown = |entry: &&Located| {
        let record = &entry.record;
        let stands = |kind| {
            let words = (kind, text::normal(&record.text));
            stands.contains(&words) || record.subject.is_some() && said.contains(&words)
        };
        record.origin == Origin::Dream
            && matches!(record.finder, Some(Finder::Miner | Finder::Model))
            && record.kind.is_some_and(|kind| !stands(kind))
            && !record.evidence.is_empty()
            && record.evidence.iter().all(|evidence| known(&evidence.session))
    };
    let evidence = standing.iter().enumerate().flat_map(|(at, candidate)| {
        candidate.evidence.iter().map(move |evidence| (evidence_digest(evidence), at))
    });
    let by_evidence: Groups<Digest, usize> = Groups::of(evidence);
    let with_subject = standing.iter().filter_map(|c| Some((c.subject.as_deref()?, *c)));
    let by_subject: Groups<&str, &'a Candidate> = Groups::of(with_subject);
    let successor = |entry: &Located| -> Option<&'a Candidate> {
        let record = &entry.record;
        // A model's words do not replace a pattern: the pattern could be retired, they could not.
        let fits = |c: &Candidate| {
            let finder = match c.finder {
                Finder::Miner => true,
                Finder::Model | Finder::Host => record.finder == Some(Finder::Model),
            };
            // What enough people want is nobody's any more.
            let whose = c.principal.is_none() || c.principal == record.principal;
            finder && Some(c.kind) == record.kind && whose
        };
        let mut about = record.subject.iter().flat_map(|subject| by_subject.get(subject.as_str()));
        let about = about.find(|c| fits(c));
        let digests = record.evidence.iter().map(evidence_digest);
        let mut shared: Vec<usize> = Vec::new();
        digests.for_each(|digest| shared.extend(by_evidence.get(&digest)));
        sort::all(&mut shared);
        let shared = shared.chunk_by(|a, b| a == b);
        let most = shared.filter_map(|all| Some((all.len(), *standing.get(*all.first()?)?)));
        let most = most.filter(|(_, c)| fits(c)).reduce(|a, b| if b.0 > a.0 { b } else { a });
        about.copied().or(most.map(|(_, candidate)| candidate))
    };
    let found = entries.iter().filter(is_outgrown);
    let entries = Map::of(found.map(|entry| (&entry.record.id, (entry, successor(entry)))));
    let of = Groups::of(entries.iter().filter_map(|(_, (entry, by))| Some(((*by)?, *entry))));
    Outgrown { entries, of, taken: BTreeSet::new() }
}

impl<'a> Outgrown<'a> {
    /// Whether the entry is one of them.
    pub(crate) fn has(&self, entry: &EntryId) -> bool {
        self.entries.get(entry).is_some()
    }

    /// Which entries they are.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'a EntryId> {
        self.entries.iter().map(|(id, _)| *id)
    }

    /// Takes out the first entry whose place the candidate takes.
    pub(crate) fn replaced_by(&mut self, candidate: &Candidate) -> Option<&'a Located> {
        let entry = self.of.get(candidate).find(|entry| !self.taken.contains(&entry.record.id))?;
        self.taken.insert(entry.record.id.clone());
        Some(entry)
    }

    /// Drafts that retire those that are left: what a model found stays, and so does what gives way
    /// to a candidate that is not among `taken_up`, because a person turned that one down.
    pub(crate) fn retire(&self, taken_up: &[Candidate]) -> Vec<Draft> {
        let taken_up: Set<&Candidate> = Set::of(taken_up);
        let is_retired = |(entry, successor): &(&Located, Option<&Candidate>)| {
            entry.record.finder == Some(Finder::Miner)
                && !self.taken.contains(&entry.record.id)
                && successor.is_none_or(|successor| taken_up.contains(&successor))
        };
        let draft = |(entry, _): (&Located, Option<&Candidate>)| {
            let mut draft = Draft::about_entries(Operation::Retire, Cause::Outgrown, entry);
            draft.evidence.clone_from(&entry.record.evidence);
            draft.because = "The sessions that it was found in show something else by now.".into();
            draft.doubted(Doubt::NothingContradicts)
        };
        let entries = self.entries.iter().map(|(_, found)| *found);
        entries.filter(is_retired).map(draft).collect()
    }
}

/// A draft in which the words of `candidate` take the place of an entry that was outgrown.
pub(crate) fn newer_words(entry: &Located, candidate: &Candidate) -> Draft {
    let path = entry.path.clone();
    let mut draft = Draft::of_candidate(Operation::Supersede, Cause::Outgrown, path, candidate);
    draft.targets = vec![target(entry)];
    draft.doubted(Doubt::OtherWordsByNow)
}
