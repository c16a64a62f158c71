//! Entries that may go because what a model wrote in their place stands elsewhere in the store, or
//! is proposed with it. A model that writes a statement may say which entry it replaces; one that
//! writes everything anew (`distil.anew`) replaces those whose findings it took up, and those that
//! it left. One of the same kind that it alone takes up is written anew where it stands. For the
//! others the statement is added to its own memory, and the replaced entry goes only together with
//! that addition: nothing is lost when the statement is not accepted.

use std::collections::BTreeSet;

use dreaming_records::candidate::Candidate;
use dreaming_records::distilled::{self, Distillate, Distilled, statement};
use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::ledger::{Finder, Origin};
use dreaming_records::plan::{Cause, Operation, Rejected};
use dreaming_records::statement_of;
use dreaming_text::{Groups, Map, Set, normal};

use crate::draft::{Draft, target};
use crate::hazard;
use crate::identity::Located;
use crate::precedence::Rank;
use crate::reconcile::{outgrown, updates};
use crate::review_reason::Doubt;

/// Where the statement is that was written in an entry's place.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// In the store.
    There(&'a Located),
    /// In a draft of the same plan.
    Drafted(&'a Draft),
}

impl Place<'_> {
    /// Gives a draft the evidence, the support and the times of the statement, and no more trust
    /// than it has.
    fn support(&self, draft: &mut Draft) {
        let (evidence, support, times, trust) = match self {
            Self::There(Located { record: r, .. }) => {
                (&r.evidence, r.support, (r.valid_from, r.last_seen), r.trust)
            }
            Self::Drafted(d) => (&d.evidence, d.support, (d.valid_from, d.last_seen), d.trust),
        };
        draft.evidence.clone_from(evidence);
        draft.support = support;
        (draft.valid_from, draft.last_seen) = times;
        draft.trust = draft.trust.min(trust);
    }
}

/// Drafts that take out such entries, of those that a model found. An entry that was seen again
/// since stays; so does one that a draft of `others` takes out or keeps, and one whose replacement
/// another draft takes out. When several statements took up what an entry rests on, each of them
/// must be in the store or in `others`, also one that no longer stands, unless a model named the
/// entry for one that does; when none took up any of it, one of those that were written anew.
/// `gone` and `kept`: the entries that `others` take out and keep. `settled`: what a person decided
/// before.
pub(super) fn replaced(
    takers: &Takers<'_>,
    entries: &[Located],
    others: &[Draft],
    (gone, kept): (&BTreeSet<EntryId>, &BTreeSet<EntryId>),
    settled: &dyn Fn(&Draft) -> Option<Rejected>,
) -> Vec<Draft> {
    let Takers { all: takers, unheld } = takers;
    if takers.is_empty() {
        return Vec::new();
    }
    let words =
        entries.iter().map(|entry| ((entry.record.kind, normal(&entry.record.text)), entry));
    let by_words = Map::of(words);
    let written = others.iter().filter(|draft| !draft.waits);
    let written = written.filter_map(|draft| Some(((draft.kind?, draft.text.as_deref()?), draft)));
    let written = Map::of(written);
    let mut drafts: Vec<Draft> = Vec::new();
    let place = |(old, candidate, _): &Taker<'_>, drafts: &[Draft]| {
        let from = &old.record.id;
        let touched = |draft: &Draft| draft.touched().any(|id| id == from);
        let is_free = !kept.contains(from) && !gone.contains(from) && !drafts.iter().any(touched);
        if !is_free || !updates::same_scope(candidate, old) {
            return None;
        }
        let said = |text: &str| by_words.get(&(Some(candidate.kind), normal(text))).copied();
        let Some(there) = said(&candidate.text).or_else(|| said(candidate.words())) else {
            let drafted = written.get(&(candidate.kind, candidate.text.as_str()));
            return drafted.map(|draft| Place::Drafted(draft));
        };
        let to = &there.record.id;
        let goes = |draft: &Draft| draft.targets.iter().any(|target| target.entry == *to);
        let stays = from != to && !gone.contains(to) && !drafts.iter().any(goes);
        stays.then_some(Place::There(there))
    };
    let of_each = Groups::of(takers.iter().map(|taker| (&taker.0.record.id, taker)));
    for (_, takers) in of_each.iter() {
        let by = |how| {
            let by = takers.clone().filter(move |(.., takes)| *takes == how);
            by.map(|taker| place(taker, &drafts))
        };
        let named = by(Takes::Place).flatten().next().map(|place| vec![place]);
        let Some((old, ..)) = takers.clone().next() else { continue };
        let is_held = !unheld.contains(&&old.record.id);
        let parts = || by(Takes::Part).collect::<Option<Vec<Place<'_>>>>().filter(|_| is_held);
        let taken = named.or_else(parts).unwrap_or_default();
        if !taken.is_empty() {
            drafts.push(taken_up(old, &taken, settled));
        } else if is_held && takers.clone().all(|(.., takes)| *takes == Takes::Nothing) {
            let anew: Vec<Place<'_>> = by(Takes::Nothing).flatten().collect();
            drafts.extend(left(old, &anew));
        }
    }
    drafts
}

/// A draft that takes out an entry that a model left when it wrote what stands at these places:
/// together with the best that is drafted, or by itself when all of it is in the store; `None` when
/// nothing is left of it.
fn left(old: &Located, anew: &[Place<'_>]) -> Option<Draft> {
    anew.first()?;
    let drafted = anew.iter().filter_map(|place| match place {
        Place::There(_) => None,
        Place::Drafted(draft) => Some(*draft),
    });
    // Rather one that accepting all takes.
    let best = |draft: &&Draft| {
        let is_alone = draft.text.as_deref().is_some_and(hazard::is_hazardous);
        (!is_alone, draft.trust, draft.support.sessions, draft.derived_id())
    };
    let mut draft = outgrown::retired(old);
    draft.because =
        "A model wrote everything anew, and nothing of it that stands rests on what this does."
            .into();
    draft.needs = drafted.max_by_key(best).map(|draft| draft.derived_id()).into_iter().collect();
    Some(draft)
}

/// A draft that takes out an entry for the statements at these places: together with those that are
/// drafted themselves, or into the one that is in the store.
fn taken_up(
    old: &Located,
    places: &[Place<'_>],
    settled: &dyn Fn(&Draft) -> Option<Rejected>,
) -> Draft {
    let mut draft = Draft::about_entries(Operation::Supersede, Cause::Outgrown, old);
    let (mut said, mut needs) = (Vec::new(), Vec::new());
    for place in places {
        match place {
            Place::There(newer) => {
                said.push(format!("stands in `{}`, line {}", newer.path, newer.piece.line));
            }
            Place::Drafted(newer) => {
                said.push("this plan writes in another line".to_owned());
                needs.push(newer.derived_id());
            }
        }
    }
    if let Some(newer) = places.first() {
        newer.support(&mut draft);
    }
    let said: Vec<String> = Set::of(said).into_iter().collect();
    draft.because = format!("A model wrote in its place what {}.", said.join(" and what "));
    draft.needs = Set::of(needs).into_iter().collect();
    // With a survivor the change has another id than without. It is left out when a person rejected
    // the change without one: what was rejected together with an addition stays rejected when the
    // addition stands in the store.
    if let ([Place::There(newer)], None) = (places, settled(&draft)) {
        draft.survivor = Some(target(newer));
    }
    draft.doubted(Doubt::ReplacedByModel)
}

/// An entry, a statement that was written in its place, and what that takes of it.
pub(super) type Taker<'a> = (&'a Located, &'a Candidate, Takes);

/// The statements that were written in the place of entries.
#[derive(Debug)]
pub(super) struct Takers<'a> {
    all: Vec<Taker<'a>>,
    /// The entries with a finding that only statements took up that do not stand now: their session
    /// was withdrawn, a later one gave it up, or a setting turned it down.
    unheld: Set<&'a EntryId>,
}

/// The statements that were written in the place of entries; `rows`: what models wrote.
pub(super) fn takers<'a>(
    candidates: &'a [Candidate],
    entries: &'a [Located],
    rows: &Distillate,
) -> Takers<'a> {
    let written = candidates.iter().filter(|c| c.worth == Some(true));
    let written = written.map(|c| (c, rows.get(&key(c))));
    let written = written.filter(|(c, row)| {
        c.corrects.is_some() || row.is_some_and(|row| !row.instead_of.is_empty())
    });
    let written: Vec<(&Candidate, Option<&Distilled>)> = written.collect();
    let of_models = entries.iter().filter(|entry| {
        let by_model = entry.record.finder == Some(Finder::Model);
        !written.is_empty() && by_model && entry.record.origin == Origin::Dream
    });
    let of_models: Vec<&Located> = of_models.collect();
    let by_id = Map::of(of_models.iter().map(|entry| (&entry.record.id, *entry)));
    let by_key = of_models.iter().map(|e| (statement_of::entry(&e.record), *e));
    let by_key = Map::of(by_key.filter_map(|(key, entry)| Some((key?, entry))));
    let mut takers: Vec<Taker<'_>> = Vec::new();
    let mut earlier: Vec<(&Located, &Candidate, &Digest, Takes)> = Vec::new();
    let standing = written.iter().filter_map(|(_, row)| *row);
    let unheld = unheld(&standing.collect::<Vec<_>>(), rows, &by_key);
    for (candidate, row) in written {
        let named = candidate.corrects.as_ref().and_then(|id| by_id.get(id)).copied();
        let is_newer = |old: &&Located| Rank::of(old).said <= candidate.last;
        takers.extend(named.filter(is_newer).map(|old| (old, candidate, Takes::Place)));
        let Some(row) = row else { continue };
        for key in distilled::with_earlier(rows, &row.instead_of) {
            // A row that is gone says nothing of its entry any more.
            let (Some(before), Some(old)) = (rows.get(key), by_key.get(key)) else { continue };
            let takes = if row.takes_up(before) { Takes::Part } else { Takes::Nothing };
            if candidate.corrects.as_ref() != Some(&old.record.id) {
                earlier.push((old, candidate, &before.key, takes));
            }
        }
    }
    // What sessions show again in the same words stays.
    let found = Set::of(candidates.iter().filter(|_| !earlier.is_empty()).map(key));
    let earlier = earlier.into_iter().filter(|(_, _, key, _)| !found.contains(*key));
    takers.extend(earlier.map(|(old, candidate, _, takes)| (old, candidate, takes)));
    Takers { all: takers, unheld }
}

/// The entries with a finding that a statement took up which is not among the `standing` ones, and
/// in whose place none of these was written, when none of these that took the entry up rests on
/// that finding. `entries`: by the keys of their rows.
fn unheld<'a>(
    standing: &[&Distilled],
    rows: &Distillate,
    entries: &Map<Digest, &'a Located>,
) -> Set<&'a EntryId> {
    let exchanged = distilled::with_earlier(rows, standing.iter().flat_map(|row| &row.instead_of));
    let stands = Set::of(standing.iter().map(|row| &row.key));
    let fell = rows.values().filter(|row| !stands.contains(&&row.key));
    let fell = fell.filter(|row| !exchanged.contains(&row.key));
    // Each entry that a statement took up, with each finding of both.
    let shared = |row: &Distilled| -> Vec<(&'a EntryId, Digest)> {
        let earlier = distilled::with_earlier(rows, &row.instead_of).into_iter();
        let taken = earlier.filter_map(|key| Some((rows.get(key)?, entries.get(key)?)));
        let of = taken.flat_map(|(before, old)| {
            let findings = before.findings.iter().filter(|finding| row.rests_on(finding));
            findings.map(|finding| (&old.record.id, finding.clone()))
        });
        of.collect()
    };
    let held = Set::of(standing.iter().flat_map(|row| shared(row)));
    let lost = fell.flat_map(shared).filter(|part| !held.contains(part));
    Set::of(lost.map(|(entry, _)| entry))
}

/// What a statement takes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Its place: the model named the entry.
    Place,
    /// A finding that it rests on.
    Part,
    /// Nothing: the model left it when it wrote everything anew.
    Nothing,
}

/// The digest of a candidate's statement.
fn key(candidate: &Candidate) -> Digest {
    statement(candidate.kind, candidate.words())
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::identity::resolve;
    use dreaming_fixtures::{candidate, time};
    use dreaming_records::kind::Kind;
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::{Memory, MemoryPath};
    use dreaming_records::plan::Stage;
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
        let takers = takers(candidates, entries, &Distillate::default());
        replaced(&takers, entries, &[], (&ids(gone), &ids(kept)), &|_| None).len()
    }

    #[test]
    fn a_line_goes_only_for_what_a_model_wrote_in_its_place_and_what_stays() {
        let mut entries = entries();
        let new = written(Kind::Fact, NEW, id(&entries, OLD));
        let of = |new: &Candidate, entries: &[Located]| taken(from_ref(new), entries, &[], &[]);
        assert_eq!(of(&new, &entries), 1);
        // Not accepted yet; proposed from a session alone; left; older than the line.
        let other = "The checks need nobody.";
        assert_eq!(of(&written(Kind::Fact, other, id(&entries, OLD)), &entries), 0);
        for worth in [None, Some(false)] {
            assert_eq!(of(&Candidate { worth, ..new.clone() }, &entries), 0);
        }
        assert_eq!(of(&Candidate { last: Some(time(0)), ..new.clone() }, &entries), 0);
        // Another draft keeps the line, or takes out what stands in its place.
        assert_eq!(taken(from_ref(&new), &entries, &[], &[OLD]), 0);
        assert_eq!(taken(from_ref(&new), &entries, &[NEW], &[]), 0);
        // Of two that a model wrote in place of each other one stays.
        let back = written(Kind::Mistake, OLD, id(&entries, NEW));
        for both in [[new.clone(), back.clone()], [back, new.clone()]] {
            assert_eq!(taken(&both, &entries, &[], &[]), 1);
        }
        // One that a person turned down for the same line keeps it back no more.
        let other = written(Kind::Fact, "Nobody runs checks.", id(&entries, OLD));
        assert_eq!(taken(&[other, new.clone()], &entries, &[], &[]), 1);
        // A person's line stays.
        for entry in &mut entries {
            let by_person = EntryRecord { finder: None, ..EntryRecord::clone(&entry.record) };
            entry.record = by_person.into();
        }
        assert_eq!(of(&new, &entries), 0);
    }

    #[test]
    fn what_was_written_anew_takes_out_lines_when_all_that_took_them_up_is_there() {
        let entries = entries();
        let found = |findings: &[&str]| Set::of(findings.iter().map(|f| statement(Kind::Fact, f)));
        let of = |kind, text: &str, findings: &[&str], instead_of: Vec<Digest>| Distilled {
            key: statement(kind, text),
            kind,
            text: text.into(),
            findings: found(findings).into_iter().collect(),
            replaces: None,
            after: None,
            step: false,
            line: None,
            instead_of,
        };
        let old = of(Kind::Mistake, OLD, &["a", "b"], Vec::new());
        let gone = || vec![old.key.clone()];
        let written = |text: &str, last| {
            let found = candidate(Kind::Fact, text);
            Candidate { finder: Finder::Model, worth: Some(true), last: Some(time(last)), ..found }
        };
        let causes = |rows: &[Distilled], candidates: &[Candidate]| {
            let mut all = Distillate::default();
            for row in rows.iter().chain([&old]) {
                all.insert(row.key.clone(), row.clone());
            }
            let none = (&BTreeSet::new(), &BTreeSet::new());
            let takers = takers(candidates, &entries, &all);
            let drafts = replaced(&takers, &entries, &[], none, &|_| None);
            drafts.iter().map(|draft| (draft.operation, draft.cause)).collect::<Vec<_>>()
        };
        let takes = of(Kind::Fact, NEW, &["a"], gone());
        let other = "Checks are free.";
        let too = of(Kind::Fact, other, &["b"], gone());
        // Also when what it took up was last seen before the line.
        let first = written(NEW, 0);
        let goes = [(Operation::Supersede, Cause::Outgrown)];
        assert_eq!(causes(from_ref(&takes), from_ref(&first)), goes);
        let both = [first.clone(), written(other, 2)];
        assert_eq!(causes(&[takes.clone(), too.clone()], &both), [], "the other one is not there");
        // Together with what is drafted only when that is all of them, and never without it.
        let drafted = |c: &Candidate| {
            let path = MemoryPath::new(c.kind.path()).unwrap();
            Draft::of_candidate(Operation::Add, Cause::Distilled, path, c)
        };
        let no = |_: &Draft| None;
        let needs = |others: &[Draft], settled: &dyn Fn(&Draft) -> Option<Rejected>| {
            let mut all = Distillate::default();
            for row in [&takes, &too, &old] {
                all.insert(row.key.clone(), row.clone());
            }
            let (takers, none) =
                (takers(&both, &entries, &all), (&BTreeSet::new(), &BTreeSet::new()));
            let drafts = replaced(&takers, &entries, others, none, settled);
            drafts.iter().map(|d| (d.operation, d.needs.clone())).collect::<Vec<_>>()
        };
        let mut second = drafted(&both[1]);
        let together = vec![(Operation::Supersede, vec![second.derived_id()])];
        assert_eq!(needs(from_ref(&second), &no), together);
        second.waits = true;
        assert_eq!(needs(&[second], &no), []);
        // A person who did not want it to go with an addition keeps it when that is there: what is
        // drafted is what the person rejected.
        let with_addition = |draft: &Draft| {
            let is = draft.survivor.is_none();
            is.then(|| Rejected::new(Stage::Gate, "no", OLD, Vec::new()))
        };
        let takers = takers(from_ref(&first), &entries, &{
            let mut all = Distillate::default();
            all.insert(takes.key.clone(), takes.clone());
            all.insert(old.key.clone(), old.clone());
            all
        });
        let none = (&BTreeSet::new(), &BTreeSet::new());
        let ids = |settled: &dyn Fn(&Draft) -> Option<Rejected>| {
            let drafts = replaced(&takers, &entries, &[], none, settled);
            drafts.iter().map(|draft| draft.derived_id()).collect::<Vec<_>>()
        };
        let mut rejected = replaced(&takers, &entries, &[], none, &no).remove(0);
        rejected.survivor = None;
        assert_ne!(ids(&no), [rejected.derived_id()]);
        assert_eq!(ids(&with_addition), [rejected.derived_id()]);
        // Of what nothing was taken up, one statement that is there is enough.
        let left = [of(Kind::Fact, NEW, &["c"], gone()), of(Kind::Fact, other, &["d"], gone())];
        assert_eq!(causes(&left, &both), [(Operation::Retire, Cause::Outgrown)]);
        assert_eq!(causes(&left, &both[1..]), [], "nothing is there");
        // What sessions show again stays.
        let again = Candidate { kind: Kind::Mistake, ..written(OLD, 2) };
        assert_eq!(causes(&[takes], &[first, again]), []);
    }
}
