//! Entries that may go because what a model wrote in their place stands elsewhere in the store. A
//! model that writes a statement may say which entry it replaces. One of the same kind is written
//! anew where it stands. One of another kind stands in another memory, so the statement is added to
//! its own; only when it is there, the replaced entry may go: until then nothing is lost if the
//! statement is not accepted.

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::ids::EntryId;
use dreaming_records::ledger::{Finder, Origin};
use dreaming_text::{Map, normal};

use crate::draft::Draft;
use crate::identity::Located;
use crate::precedence::Rank;
use crate::reconcile::{outdated, updates};
use crate::review_reason::Doubt;

/// Drafts that take out such entries, of those that a model found. An entry that was seen again
/// since stays; so does one that another draft keeps, and one whose replacement another draft takes
/// out. `gone` and `kept`: what the other drafts take out and keep.
pub(super) fn replaced(
    candidates: &[Candidate],
    entries: &[Located],
    (gone, kept): (&BTreeSet<EntryId>, &BTreeSet<EntryId>),
) -> Vec<Draft> {
    let written = candidates.iter().filter(|c| c.worth == Some(true) && c.corrects.is_some());
    let written: Vec<&Candidate> = written.collect();
    if written.is_empty() {
        return Vec::new();
    }
    let by_id = Map::of(entries.iter().map(|entry| (&entry.record.id, entry)));
    let words =
        entries.iter().map(|entry| ((entry.record.kind, normal(&entry.record.text)), entry));
    let by_words = Map::of(words);
    let mut drafts: Vec<Draft> = Vec::new();
    let draft = |candidate: &Candidate, drafts: &[Draft]| {
        let old = *by_id.get(&candidate.corrects.as_ref()?)?;
        let said = |text: &str| by_words.get(&(Some(candidate.kind), normal(text))).copied();
        let stands = said(&candidate.text).or_else(|| said(candidate.words()))?;
        let (from, to) = (&old.record, &stands.record);
        let by_model = from.origin == Origin::Dream && from.finder == Some(Finder::Model);
        let is_free = from.id != to.id && !kept.contains(&from.id) && !gone.contains(&to.id);
        let goes = |draft: &Draft| draft.targets.iter().any(|target| target.entry == to.id);
        let clashes = |draft: &Draft| goes(draft) || draft.touched().any(|id| *id == from.id);
        let is_free = is_free && !drafts.iter().any(clashes);
        let is_newer = Rank::of(old).said <= candidate.last;
        if !by_model || !is_free || !is_newer || !updates::same_scope(candidate, old) {
            return None;
        }
        let mut draft = outdated::replaced_by(stands, old);
        draft.because = format!(
            "A model wrote in its place what stands in `{}`, line {}.",
            stands.path, stands.piece.line
        );
        Some(draft.doubted(Doubt::ReplacedByModel))
    };
    for candidate in written {
        drafts.extend(draft(candidate, &drafts));
    }
    drafts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use dreaming_fixtures::{candidate, time};
    use dreaming_records::kind::Kind;
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::trust::Trust;

    const OLD: &str = "Run the checks first.";
    const NEW: &str = "The checks run by themselves.";

    /// The entries of a store with a mistake and a fact that a model found, last seen on day 1.
    fn entries() -> Vec<Located> {
        let mut store = Snapshot::new("");
        for (path, text) in [("learned/mistakes.md", OLD), ("learned/facts.md", NEW)] {
            store.add_memory(Memory::new(path, format!("- {text}\n"), None).unwrap()).unwrap();
        }
        let mut entries = resolve(&store, time(9), crate::redact).entries;
        for entry in &mut entries {
            let is_old = *entry.record.text == *OLD;
            let of_model = EntryRecord {
                origin: Origin::Dream,
                finder: Some(Finder::Model),
                kind: Some(if is_old { Kind::Mistake } else { Kind::Fact }),
                trust: Trust::Agent,
                last_seen: Some(time(1)),
                ..EntryRecord::clone(&entry.record)
            };
            entry.record = of_model.into();
        }
        entries
    }

    fn id(entries: &[Located], text: &str) -> EntryId {
        entries.iter().find(|entry| *entry.record.text == *text).unwrap().record.id.clone()
    }

    /// What a model wrote on day 2 in place of `old`.
    fn written(kind: Kind, text: &str, old: EntryId) -> Candidate {
        let last = Some(time(2));
        let found = candidate(kind, text);
        Candidate { finder: Finder::Model, worth: Some(true), corrects: Some(old), last, ..found }
    }

    /// How many entries the drafts take out.
    fn taken(candidates: &[Candidate], entries: &[Located], gone: &[&str], kept: &[&str]) -> usize {
        let ids = |texts: &[&str]| texts.iter().map(|text| id(entries, text)).collect();
        replaced(candidates, entries, (&ids(gone), &ids(kept))).len()
    }

    #[test]
    fn a_line_goes_only_for_what_a_model_wrote_in_its_place_and_what_stays() {
        let mut entries = entries();
        let new = written(Kind::Fact, NEW, id(&entries, OLD));
        let of = |new: &Candidate, entries: &[Located]| {
            taken(std::slice::from_ref(new), entries, &[], &[])
        };
        assert_eq!(of(&new, &entries), 1);
        // Not accepted yet; proposed from a session alone; left; older than the line.
        let other = "The checks need nobody.";
        assert_eq!(of(&written(Kind::Fact, other, id(&entries, OLD)), &entries), 0);
        for worth in [None, Some(false)] {
            assert_eq!(of(&Candidate { worth, ..new.clone() }, &entries), 0);
        }
        assert_eq!(of(&Candidate { last: Some(time(0)), ..new.clone() }, &entries), 0);
        // Another draft keeps the line, or takes out what stands in its place.
        assert_eq!(taken(std::slice::from_ref(&new), &entries, &[], &[OLD]), 0);
        assert_eq!(taken(std::slice::from_ref(&new), &entries, &[NEW], &[]), 0);
        // Of two that a model wrote in place of each other one stays.
        let back = written(Kind::Mistake, OLD, id(&entries, NEW));
        for both in [[new.clone(), back.clone()], [back, new.clone()]] {
            assert_eq!(taken(&both, &entries, &[], &[]), 1);
        }
        // A person's line stays.
        for entry in &mut entries {
            let by_person = EntryRecord { finder: None, ..EntryRecord::clone(&entry.record) };
            entry.record = by_person.into();
        }
        assert_eq!(of(&new, &entries), 0);
    }
}
