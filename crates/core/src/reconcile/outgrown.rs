//! Finds entries that dreams added and that their sessions no longer show. Mining looks at all
//! session records that the ledger keeps, so later sessions may change what it finds: sessions
//! cured a failure in another way, a longer order of steps appeared, or other findings became more
//! frequent. Without this stage a store would depend on how its sessions were divided among dreams.
//!
//! That sessions are no longer known is not enough. An entry can be outgrown only when the ledger
//! still has whole records of all sessions of its evidence and this dream looked into them, and
//! when nobody changed its words. An entry that a model found is outgrown only when something takes
//! its place, because a model may leave it out once. An entry from a host's extractor is never
//! outgrown, because dreams do not look for it. Nor is an entry outgrown when a person rejected what
//! would take its place.

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled;
use dreaming_records::ids::{Digest, EntryId, SessionId};
use dreaming_records::ledger::{Finder, Ledger, Origin};
use dreaming_records::plan::{Cause, Operation, Rejected, Target};
use dreaming_records::policy::Policy;
use dreaming_records::revision::evidence_digest;
use dreaming_records::statement_of;
use dreaming_records::trust::Trust;
use dreaming_records::withdrawn;
use dreaming_text::markdown::cells;
use dreaming_text::{self as text, Groups, Map, Set, sort};

use crate::draft::{self, Draft, target};
use crate::identity::Located;
use crate::reconcile::in_its_place::has_its_form;
use crate::reconcile::represented::represented;
use crate::render;
use crate::review_reason::Doubt;

/// The entries that were outgrown.
#[derive(Debug)]
pub(crate) struct Outgrown<'a> {
    /// By id, with the candidate that took over most of the evidence, if there is one.
    entries: Map<&'a EntryId, (&'a Located, Option<&'a Candidate>)>,
    /// The entries by that candidate.
    of: Groups<&'a Candidate, &'a Located>,
    /// The entries that a candidate has replaced.
    taken: BTreeSet<EntryId>,
    /// The candidates that would take an entry's place if a person had not rejected it.
    turned_down: Map<&'a Candidate, Rejected>,
}

/// Finds the outgrown entries. The dream looked into all records of `sessions`, apart from those of
/// the `unseen` sessions, and found `candidates` in them. `settled`: what a person decided before.
pub(crate) fn outgrown<'a>(
    entries: &'a [Located],
    candidates: &'a [Candidate],
    unseen: &Set<SessionId>,
    settled: impl Fn(&Draft) -> Option<Rejected>,
    ledger: &Ledger,
    policy: &Policy,
) -> Outgrown<'a> {
    let (sessions, rows) = (&ledger.sessions, &ledger.distilled);
    let represented = represented(candidates);
    let standing = candidates.iter().zip(&represented).filter(|(_, taken)| !**taken);
    let standing: Vec<&Candidate> = standing.map(|(candidate, _)| candidate).collect();
    let words = |c: &Candidate| (c.kind, text::normal(&render::rendered(&c.text)));
    let stands = Set::of(standing.iter().map(|c| words(c)));
    // What one person wants stands in a line of everybody's too.
    let nameless = |c: &Candidate| (c.kind, text::normal(&render::rendered(c.words())));
    let wanted = Set::of(standing.iter().map(|c| nameless(c)));
    // An entry with a subject is not outgrown when its words were found again, even if another
    // candidate represents those words: the entry is then compared with the newest value of its
    // subject.
    let about = candidates.iter().filter(|c| c.subject.is_some());
    let said = Set::of(about.map(words));
    // Entries of withdrawn sessions have a rule of their own, see `dreaming_records::withdrawn`.
    let withdrawn = withdrawn::all(sessions);
    let known = |id: &SessionId| {
        let whole = sessions.get(id).is_some_and(|record| record.notes.is_whole());
        whole && !unseen.contains(id) && !withdrawn.contains(id)
    };
    let is_outgrown = |entry: &&Located| {
        let record = &entry.record;
        let stands = |kind| {
            let words = (kind, text::normal(&record.text));
            stands.contains(&words)
                || record.subject.is_some() && said.contains(&words)
                || record.principal.is_none() && wanted.contains(&words)
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
    let written = standing.iter().filter(|c| c.worth == Some(true));
    let written = written.filter_map(|c| rows.get(&distilled::statement(c.kind, c.words())));
    let exchanged = distilled::with_earlier(rows, written.flat_map(|row| &row.instead_of));
    let is_exchanged = |entry: &Located| {
        let key = || statement_of::entry(&entry.record);
        !exchanged.is_empty() && key().is_some_and(|key| exchanged.contains(&key))
    };
    let rejected = |entry: &Located, by: &Candidate| settled(&newer_words(target(entry), by));
    // With `open`, without the candidates that a person rejected in the entry's place.
    let successor = |entry: &Located, open: bool| -> Option<&'a Candidate> {
        let record = &entry.record;
        // A model's words do not replace a mined entry: what a miner finds can be retired when it
        // is no longer found, what a model finds cannot.
        let fits = |c: &Candidate| {
            let finder = match c.finder {
                Finder::Miner => true,
                Finder::Model | Finder::Host => record.finder == Some(Finder::Model),
            };
            // A preference that enough people share belongs to no principal any more.
            let whose = c.principal.is_none() || c.principal == record.principal;
            // A finding that a statement holds, or that a model left, is not proposed itself. One
            // that waits may be older than the entry, and the model has not compared them.
            let proposed = c.worth != Some(false) && !draft::waits(c, policy);
            let fits = finder && proposed && Some(c.kind) == record.kind && whose;
            // A row comes into another table by no finding that both have.
            let is_meant = cells(c.words()).is_none() || c.corrects.as_ref() == Some(&record.id);
            let fits = fits && is_meant && has_its_form(c, entry);
            fits && !(open && rejected(entry, c).is_some())
        };
        // A model may have said whose place its statement takes. Of several, written in several
        // dreams, the newest may do so, rather than one that outside words support.
        let is_of = |c: &&Candidate| c.corrects.as_ref() == Some(&record.id);
        let named = standing.iter().filter(|c| is_of(c) && fits(c));
        let named = named.max_by_key(|c| (c.trust > Trust::External, c.last));
        // Several statements took up what such an entry rests on: it goes when all of them are there.
        if !standing.iter().any(is_of) && is_exchanged(entry) {
            return None;
        }
        let mut about = record.subject.iter().flat_map(|subject| by_subject.get(subject.as_str()));
        let about = named.or_else(|| about.find(|c| fits(c)));
        let digests = record.evidence.iter().map(evidence_digest);
        let mut shared: Vec<usize> = Vec::new();
        digests.for_each(|digest| shared.extend(by_evidence.get(&digest)));
        sort::all(&mut shared);
        let shared = shared.chunk_by(|a, b| a == b);
        let most = shared.filter_map(|all| Some((all.len(), *standing.get(*all.first()?)?)));
        let most = most.filter(|(_, c)| fits(c)).reduce(|a, b| if b.0 > a.0 { b } else { a });
        about.copied().or(most.map(|(_, candidate)| candidate))
    };
    // The candidates that a person rejected in the place of an entry that nothing else replaces:
    // that entry stays as it is. So does one that a person did not want retired.
    let mut turned_down = Vec::new();
    let mut decided = |entry: &'a Located| {
        let first = successor(entry, false);
        let Some((by, why)) = first.and_then(|by| Some((by, rejected(entry, by)?))) else {
            let goes = first.is_some() || settled(&retired(entry)).is_none();
            return goes.then_some((entry, first));
        };
        let other = successor(entry, true);
        if other.is_none() {
            turned_down.push((by, why));
        }
        other.map(|other| (entry, Some(other)))
    };
    let found = entries.iter().filter(is_outgrown).filter_map(&mut decided);
    let found: Vec<(&Located, Option<&Candidate>)> = found.collect();
    // What a model found stays when nothing takes its place, so it is an entry like all others. A
    // candidate that stands in the store already only supports its own entry.
    let stored = entries.iter().filter(|_| !found.is_empty());
    let there =
        stored.filter_map(|entry| Some((entry.record.kind?, text::normal(&entry.record.text))));
    let there = Set::of(there);
    let goes = |(entry, by): &(&Located, Option<&Candidate>)| {
        by.is_some_and(|by| !there.contains(&words(by)))
            || entry.record.finder == Some(Finder::Miner)
    };
    let found = found.into_iter().filter(goes);
    let entries = Map::of(found.map(|(entry, by)| (&entry.record.id, (entry, by))));
    let of = Groups::of(entries.iter().filter_map(|(_, (entry, by))| Some(((*by)?, *entry))));
    // One that takes another entry's place is proposed there.
    let turned_down = turned_down.into_iter().filter(|(by, _)| of.get(by).next().is_none());
    let turned_down = Map::of(turned_down);
    Outgrown { entries, of, taken: BTreeSet::new(), turned_down }
}

impl<'a> Outgrown<'a> {
    /// Whether the entry is outgrown.
    pub(crate) fn has(&self, entry: &EntryId) -> bool {
        self.entries.get(entry).is_some()
    }

    /// The ids of the outgrown entries.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &'a EntryId> {
        self.entries.iter().map(|(id, _)| *id)
    }

    /// The decision of a person that the candidate does not take an entry's place.
    pub(crate) fn turned_down(&self, candidate: &Candidate) -> Option<&Rejected> {
        self.turned_down.get(candidate)
    }

    /// Returns an outgrown entry that the candidate replaces and that is not taken yet, and marks it
    /// as taken: the one that a model named, else the first.
    pub(crate) fn replaced_by(&mut self, candidate: &Candidate) -> Option<&'a Located> {
        let free = |entry: &&&Located| !self.taken.contains(&entry.record.id);
        let is_named = |entry: &&&Located| candidate.corrects.as_ref() == Some(&entry.record.id);
        let named = self.of.get(candidate).filter(free).find(is_named);
        let entry = named.or_else(|| self.of.get(candidate).find(free))?;
        self.taken.insert(entry.record.id.clone());
        Some(entry)
    }

    /// Drafts that retire the outgrown entries that no candidate replaced. Entries that a model
    /// found stay in the store. So does an entry whose successor is not among `taken_up`, because
    /// the settings `steer.*` turned that candidate down.
    pub(crate) fn retire(&self, taken_up: &[Candidate]) -> Vec<Draft> {
        let taken_up: Set<&Candidate> = Set::of(taken_up);
        let is_retired = |(entry, successor): &(&Located, Option<&Candidate>)| {
            entry.record.finder == Some(Finder::Miner)
                && !self.taken.contains(&entry.record.id)
                && successor.is_none_or(|successor| taken_up.contains(&successor))
        };
        let entries = self.entries.iter().map(|(_, found)| *found);
        entries.filter(is_retired).map(|(entry, _)| retired(entry)).collect()
    }
}

/// A draft that retires an outgrown entry.
pub(crate) fn retired(entry: &Located) -> Draft {
    let mut draft = Draft::about_entries(Operation::Retire, Cause::Outgrown, entry);
    draft.evidence.clone_from(&entry.record.evidence);
    draft.because = "The sessions that it was found in show something else by now.".into();
    draft.doubted(Doubt::NothingContradicts)
}

/// A draft that replaces an outgrown entry with the words of `candidate`.
pub(crate) fn newer_words(entry: Target, candidate: &Candidate) -> Draft {
    let path = entry.path.clone();
    let mut draft = Draft::of_candidate(Operation::Supersede, Cause::Outgrown, path, candidate);
    let gets_name = candidate.words() == entry.text && candidate.text != entry.text;
    let by_model = candidate.finder == Finder::Model && candidate.worth == Some(true);
    draft.targets = vec![entry];
    draft.doubted(match (gets_name, by_model) {
        (true, _) => Doubt::GetsName,
        (false, true) => Doubt::WrittenAnew,
        (false, false) => Doubt::OtherWordsByNow,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use dreaming_fixtures::{candidate, record, sessions, time};
    use dreaming_records::kind::Kind;
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::Memory;
    use dreaming_records::plan::Stage;
    use dreaming_records::snapshot::Snapshot;

    /// The text of the candidate that takes the place of the entry `written`.
    ///
    /// See [`taker`].
    fn successor(written: &str, candidates: &[Candidate], named: Option<&str>) -> Option<String> {
        taker(written, candidates, named).map(|at| candidates[at].text.clone())
    }

    /// Which candidate takes the place of the entry `written`, which rests on the same places as
    /// all of `candidates`. A model said that those which begin with `named` replace it.
    fn taker(written: &str, candidates: &[Candidate], named: Option<&str>) -> Option<usize> {
        taker_beside(written, candidates, named, &[])
    }

    /// The same, when a person rejected the texts in `no` in the place of the entry.
    fn taker_beside(
        written: &str,
        candidates: &[Candidate],
        named: Option<&str>,
        no: &[&str],
    ) -> Option<usize> {
        let mut store = Snapshot::new("");
        let memory = Memory::new("learned/facts.md", format!("- {written}\n"), None).unwrap();
        store.add_memory(memory).unwrap();
        let mut entries = resolve(&store, time(9), crate::redact).entries;
        let found = candidate(Kind::Fact, written);
        let of_model = EntryRecord {
            origin: Origin::Dream,
            finder: Some(Finder::Model),
            kind: Some(Kind::Fact),
            evidence: found.evidence,
            ..EntryRecord::clone(&entries[0].record)
        };
        entries[0].record = of_model.into();
        for other in entries.iter_mut().skip(1) {
            let kind = Some(Kind::Fact);
            other.record = EntryRecord { kind, ..EntryRecord::clone(&other.record) }.into();
        }
        let id = &entries[0].record.id;
        let corrects = |c: &Candidate| {
            named.is_some_and(|named| c.text.starts_with(named)).then(|| id.clone())
        };
        let candidates: Vec<Candidate> =
            candidates.iter().map(|c| Candidate { corrects: corrects(c), ..c.clone() }).collect();
        let known = sessions([record("s1", "alice", 1), record("s2", "alice", 2)]);
        let known = Ledger { sessions: known, ..Ledger::default() };
        let settled = |draft: &Draft| {
            let text = draft.text.as_deref().filter(|text| no.contains(text))?;
            Some(Rejected::new(Stage::Gate, "rejected-before", text, Vec::new()))
        };
        let mut outgrown =
            outgrown(&entries, &candidates, &Set::of([]), settled, &known, &Policy::default());
        let is_outgrown = outgrown.has(id);
        let takes = candidates.iter().position(|c| outgrown.replaced_by(c).is_some());
        assert_eq!(is_outgrown, takes.is_some(), "what nothing replaces is an entry like others");
        takes
    }

    #[test]
    fn a_finding_that_is_not_proposed_takes_no_entrys_place() {
        let of = |text: &str, worth| {
            let found = candidate(Kind::Fact, text);
            Candidate { finder: Finder::Model, worth, ..found }
        };
        let anew = of("Prices and fees are in cents.", Some(true));
        let old = "Prices are in cents.";
        for worth in [Some(false), None] {
            let finding = of("A price is in cents.", worth);
            for all in [[finding.clone(), anew.clone()], [anew.clone(), finding.clone()]] {
                assert_eq!(successor(old, &all, None).as_ref(), Some(&anew.text));
            }
            assert_eq!(successor(old, &[finding], None), None);
        }
        assert_eq!(successor(&anew.text, std::slice::from_ref(&anew), None), None, "it stands");
    }

    #[test]
    fn what_a_person_rejected_takes_no_entrys_place_and_another_candidate_may() {
        let of = |text: &str| {
            let found = candidate(Kind::Fact, text);
            Candidate { finder: Finder::Model, worth: Some(true), ..found }
        };
        let all = [of("Cents are used."), of("Cents for all prices.")];
        let [first, second] = all.each_ref().map(|c| c.text.as_str());
        let taker = |no: &[&str]| taker_beside("Prices are in cents.", &all, Some("Cents"), no);
        assert_eq!(taker(&[]), Some(1));
        assert_eq!(taker(&[second]), Some(0));
        assert_eq!(taker(&[first, second]), None);
    }

    #[test]
    fn what_a_model_wrote_in_its_place_comes_before_what_shares_its_places() {
        let of = |text: &str| {
            let found = candidate(Kind::Fact, text);
            Candidate { finder: Finder::Model, worth: Some(true), ..found }
        };
        let all = [of("A price is in cents."), of("Fees are in cents.")];
        for named in [&all[0].text, &all[1].text] {
            assert_eq!(successor("Prices are in cents.", &all, Some(named)).as_ref(), Some(named));
        }
        // What stands in the store already takes no other line's place.
        let beside = "Prices are in cents.\n- Cents are used.";
        assert_eq!(taker(beside, &[of("Cents are used.")], Some("Cents")), None);
        assert_eq!(taker(beside, &[of("Cents are all.")], Some("Cents")), Some(0));
        // Of two in its place the newer one, unless only outside words support that.
        let mut both = ["Cents are used.", "Cents for all prices."].map(of);
        (both[0].last, both[1].last) = (Some(time(1)), Some(time(2)));
        for (trust, taken) in [(Trust::Agent, 1), (Trust::External, 0)] {
            both[1].trust = trust;
            assert_eq!(taker("Prices are in cents.", &both, Some("Cents")), Some(taken));
        }
    }
}
