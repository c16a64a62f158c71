//! Finds which candidates say the same as an entry, as another candidate, or as a text that agents
//! read besides the store.

use dreaming_records::candidate::{Candidate, without_name};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::EntryRecord;
use dreaming_records::plan::{Rejected, Stage};
use dreaming_records::policy::{self, Policy};
use dreaming_text::markdown::pieces;
use dreaming_text::{self as text, Corpus, Groups, Reading, Set, sort};

use super::{neighbours, person_corrections};
use crate::identity::Located;
use crate::judge::{EQUAL, Relation, Statement, judge_read};
use dreaming_text::join::wide;

/// For each candidate the position of the entry that says the same and may stand for it: the entry
/// with equal text or else the most similar one that no guard keeps apart; of equally similar ones
/// the first in the store.
pub(super) fn same_entries(
    wanted: &[TextAndSubject<'_>],
    known: &[TextAndSubject<'_>],
    stands_for: impl Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    // Without candidates there is no need to read the store.
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut best: Vec<Option<(u64, usize)>> = vec![None; wanted.len()];
    let (ours, theirs) = (read(wanted), read(known));
    for (left, right) in neighbours::between(&ours, &theirs) {
        let read = (ours.reading(left), theirs.reading(right));
        let (left, right) = (wide(left), wide(right));
        let (Some(a), Some(b)) = (wanted.get(left), known.get(right)) else { continue };
        let Some(best) = best.get_mut(left).filter(|_| stands_for(left, right)) else { continue };
        if let Some(similarity) = same((*a, read.0), (*b, read.1))
            && best.is_none_or(|(most, _)| similarity > most)
        {
            *best = Some((similarity, right));
        }
    }
    let equal = Groups::of(known.iter().zip(0..).map(|(e, at)| (text::normal(e.text), at)));
    let mut found = Vec::with_capacity(wanted.len());
    for ((at, candidate), best) in wanted.iter().enumerate().zip(best) {
        // Of a line that another ledger wrote nobody knows that the name at its end is a person's.
        let words = [candidate.text, candidate.line].map(text::normal);
        let mut equal = words.iter().flat_map(|words| equal.get(words)).copied();
        let equal = equal.find(|entry| stands_for(at, *entry));
        found.push(equal.or(best.map(|(_, entry)| entry)));
    }
    found
}

/// Whether statements of these kinds and words can say the same. An order of steps and the cure of
/// a failure are found in different ways and mean different things, however alike the words are;
/// and a longer order of steps is another order.
pub(super) fn comparable(a: (Option<Kind>, &str), b: (Option<Kind>, &str)) -> bool {
    let of_steps = |kind: Kind| matches!(kind, Kind::Workflow | Kind::Mistake);
    match (a.0, b.0) {
        (Some(Kind::Workflow), Some(Kind::Workflow)) => text::normal(a.1) == text::normal(b.1),
        (Some(x), Some(y)) => x == y || !of_steps(x) && !of_steps(y),
        _ => true,
    }
}

/// Words, and the subject that somebody gave them.
#[derive(Clone, Copy)]
pub(super) struct TextAndSubject<'a> {
    pub(super) text: &'a str,
    /// The words as they stand in a memory: with the name of the person whose statement it is.
    line: &'a str,
    subject: Option<&'a str>,
}

impl<'a> TextAndSubject<'a> {
    pub(super) fn new(text: &'a str, subject: &'a Option<String>) -> Self {
        Self { text, line: text, subject: subject.as_deref() }
    }

    /// The words of a candidate without the name of its principal, which a field of its own holds.
    pub(super) fn of(candidate: &'a Candidate) -> Self {
        Self { line: &candidate.text, ..Self::new(candidate.words(), &candidate.subject) }
    }

    /// As [`TextAndSubject::of`], for an entry.
    pub(super) fn of_entry(entry: &'a EntryRecord) -> Self {
        Self::new(without_name(&entry.text, entry.principal.as_deref()), &entry.subject)
    }
}

/// Reads the words of each text.
fn read(all: &[TextAndSubject<'_>]) -> Corpus {
    Corpus::of(all.iter().map(|said| said.text))
}

/// How alike two statements are, if they say the same; else `None`. Equal texts are one statement
/// whatever subjects they have, because they make one line of a memory; different wordings with
/// different subjects never say the same.
pub(super) fn same(
    a: (TextAndSubject<'_>, Reading<'_>),
    b: (TextAndSubject<'_>, Reading<'_>),
) -> Option<u64> {
    let judgement = judge_read((&Statement::of(a.0.text), a.1), (&Statement::of(b.0.text), b.1));
    let (a, b) = (a.0, b.0);
    let fits = judgement.reason == EQUAL
        || match (a.subject, b.subject) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        };
    (judgement.relation == Relation::Same && fits).then_some(judgement.similarity)
}

/// For each candidate, by position, whether another candidate represents it. Candidates are taken
/// in this order: corrections, then the rest, then those that a model noticed, and last those that
/// may not be proposed. A candidate is represented by the first one before it that the judge calls
/// the same and that is not represented itself. The entries of the store play no part: otherwise
/// the words that enter the store would depend on the order of dreams.
pub(super) fn represented(candidates: &[Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let rank = |c: &Candidate| {
        (c.worth == Some(false), person_corrections::is_noticed(c), c.replaces.is_none())
    };
    sort::by_key(&mut order, |at| (candidates.get(*at).map(rank), *at));
    let ordered = order.iter().filter_map(|at| candidates.get(*at));
    let corpus = Corpus::of(ordered.map(|candidate| candidate.text.as_str()));
    let mut is_represented = vec![false; candidates.len()];
    // The pairs are sorted by `left`, so every earlier candidate is decided before a later one is
    // looked at.
    for (left, right) in neighbours::between(&corpus, &corpus).into_iter().filter(|(l, r)| r < l) {
        let read = (corpus.reading(left), corpus.reading(right));
        let (Some(at), Some(by)) = (order.get(wide(left)), order.get(wide(right))) else {
            continue;
        };
        let (Some(later), Some(earlier)) = (candidates.get(*at), candidates.get(*by)) else {
            continue;
        };
        if is_represented.get(*by) == Some(&false)
            && earlier.principal == later.principal
            && comparable((Some(earlier.kind), &earlier.text), (Some(later.kind), &later.text))
            && same((TextAndSubject::of(earlier), read.1), (TextAndSubject::of(later), read.0))
                .is_some()
            && let Some(is_represented) = is_represented.get_mut(*at)
        {
            *is_represented = true;
        }
    }
    is_represented
}

/// For each candidate, whether the texts of `steer.known`, which agents read besides the store,
/// already say it in the same words. `wanted` are the candidates' words.
pub(super) fn said_elsewhere(
    candidates: &[Candidate],
    wanted: &[TextAndSubject<'_>],
    policy: &Policy,
) -> Vec<bool> {
    let texts = policy.texts(&policy::STEER_KNOWN);
    let statements: Vec<String> =
        texts.iter().flat_map(|text| pieces(text)).map(|piece| piece.text).collect();
    let known: Vec<TextAndSubject> =
        statements.iter().map(|text| TextAndSubject::new(text, &None)).collect();
    let may = |candidate: usize, at: usize| {
        let (Some(candidate), Some(known)) = (candidates.get(candidate), statements.get(at)) else {
            return false;
        };
        comparable((Some(candidate.kind), &candidate.text), (None, known))
    };
    same_entries(wanted, &known, may).iter().map(Option::is_some).collect()
}

/// Leaves out the candidates whose words are in `documented`, because a memory says them in words of
/// its own. A candidate that an entry has word for word stays, because it supports that entry.
pub(crate) fn without_documented(
    candidates: Vec<Candidate>,
    documented: &Set<String>,
    entries: &[Located],
) -> (Vec<Candidate>, Vec<Rejected>) {
    let (said, wanted): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| documented.contains(&candidate.text));
    if said.is_empty() {
        return (wanted, Vec::new());
    }
    let known = Set::of(entries.iter().map(|entry| text::normal(&entry.record.text)));
    let (stay, said): (Vec<_>, Vec<_>) =
        said.into_iter().partition(|candidate| known.contains(&text::normal(&candidate.text)));
    let rejected = said.into_iter().map(|Candidate { text, evidence, .. }| {
        Rejected::new(Stage::Reconcile, "known", &text, evidence)
    });
    (wanted.into_iter().chain(stay).collect(), rejected.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::resolve;
    use dreaming_fixtures::candidate;
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;

    #[test]
    fn a_line_with_the_name_of_the_person_stands_for_that_persons_statement_alone() {
        let line = "From now on, ask me before you push a tag. (jonas)";
        let words = without_name(line, Some("jonas"));
        let wanted = [TextAndSubject { line, ..TextAndSubject::new(words, &None) }];
        let found =
            |known: &str| same_entries(&wanted, &[TextAndSubject::new(known, &None)], |_, _| true);
        assert_eq!(found(line), [Some(0)]);
        assert_eq!(found(words), [Some(0)]);
        assert_eq!(found("From now on, ask me before you push a tag. (mia)"), [None]);
    }

    #[test]
    fn what_a_memory_says_in_other_words_is_not_added_and_what_an_entry_has_stays() {
        let order = candidate(Kind::Workflow, "After changing files, run `make fmt`.");
        let documented = Set::of([order.text.clone()]);
        let store = |text: &str| {
            let mut store = Snapshot::new("");
            store.add_memory(Memory::new("notes.md", text, None).unwrap()).unwrap();
            resolve(&store, dreaming_fixtures::time(9), crate::redact).entries
        };
        let left = |text| {
            let (kept, said) = without_documented(vec![order.clone()], &documented, &store(text));
            (kept.len(), said.iter().map(|said| said.reason.clone()).collect::<Vec<_>>())
        };
        assert_eq!(left("- Use `make fmt`.\n"), (0, vec!["known".into()]));
        assert_eq!(left("- After changing files, run `make fmt`.\n"), (1, vec![]));
    }
}
