//! Which candidates, entries and texts beside the store say the same.

use dreaming_records::candidate::{Candidate, without_name};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::EntryRecord;
use dreaming_records::policy::{self, Policy};
use dreaming_text::markdown::pieces;
use dreaming_text::{self as text, Corpus, Groups, Reading, sort};

use super::{near, said};
use crate::judge::{EQUAL, Relation, Statement, judge_read};
use dreaming_text::join::wide;

/// For each candidate the position of the entry that says the same and may stand for it: the equal
/// one, else the most similar one that no guard keeps apart; ties go to the first in the store.
pub(super) fn same_entries(
    wanted: &[Said<'_>],
    known: &[Said<'_>],
    stands_for: impl Fn(usize, usize) -> bool,
) -> Vec<Option<usize>> {
    // Without candidates the store need not be read.
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut best: Vec<Option<(u64, usize)>> = vec![None; wanted.len()];
    let (ours, theirs) = (read(wanted), read(known));
    for (left, right) in near::between(&ours, &theirs) {
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
        let mut equal = equal.get(&text::normal(candidate.text)).copied();
        let equal = equal.find(|entry| stands_for(at, *entry));
        found.push(equal.or(best.map(|(_, entry)| entry)));
    }
    found
}

/// Whether statements of these kinds and words can say the same. The order of steps and the cure of a
/// failure are found in different ways and mean different things, however alike their words are; and an
/// order with a step more is another order.
pub(super) fn comparable(a: (Option<Kind>, &str), b: (Option<Kind>, &str)) -> bool {
    let of_steps = |kind: Kind| matches!(kind, Kind::Workflow | Kind::Mistake);
    match (a.0, b.0) {
        (Some(Kind::Workflow), Some(Kind::Workflow)) => text::normal(a.1) == text::normal(b.1),
        (Some(x), Some(y)) => x == y || !of_steps(x) && !of_steps(y),
        _ => true,
    }
}

/// Words, and what somebody said they are about.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) text: &'a str,
    subject: Option<&'a str>,
}

impl<'a> Said<'a> {
    pub(super) fn new(text: &'a str, subject: &'a Option<String>) -> Self {
        Self { text, subject: subject.as_deref() }
    }

    /// Of a candidate, without the name behind it: whose it is, is told by its principal.
    pub(super) fn of(candidate: &'a Candidate) -> Self {
        Self::new(candidate.words(), &candidate.subject)
    }

    /// As [`Said::of`], of an entry.
    pub(super) fn of_entry(entry: &'a EntryRecord) -> Self {
        Self::new(without_name(&entry.text, entry.principal.as_deref()), &entry.subject)
    }
}

/// Reads the words of each.
fn read(all: &[Said<'_>]) -> Corpus {
    Corpus::of(all.iter().map(|said| said.text))
}

/// How alike two statements with these words are, if they are the same. Equal texts make one line of a
/// memory, whatever each is said to be about; two wordings of two subjects are never the same.
pub(super) fn same(a: (Said<'_>, Reading<'_>), b: (Said<'_>, Reading<'_>)) -> Option<u64> {
    let judgement = judge_read((&Statement::of(a.0.text), a.1), (&Statement::of(b.0.text), b.1));
    let (a, b) = (a.0, b.0);
    let fits = judgement.reason == EQUAL
        || match (a.subject, b.subject) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        };
    (judgement.relation == Relation::Same && fits).then_some(judgement.similarity)
}

/// For each candidate, by position, whether another one represents it: the first one, of corrections, then of the
/// rest, then of what a model noticed and last of what may not be proposed, that the judge calls the same and that no
/// other represents. The store does not decide which, or the words would depend on the order of dreams.
pub(super) fn represented(candidates: &[Candidate]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let rank = |c: &Candidate| (c.worth == Some(false), said::is_noticed(c), c.replaces.is_none());
    sort::by_key(&mut order, |at| (candidates.get(*at).map(rank), *at));
    let ordered = order.iter().filter_map(|at| candidates.get(*at));
    let corpus = Corpus::of(ordered.map(|candidate| candidate.text.as_str()));
    let mut is_represented = vec![false; candidates.len()];
    // Sorted by left, so every earlier one is settled when a later one is looked at.
    for (left, right) in near::between(&corpus, &corpus).into_iter().filter(|(l, r)| r < l) {
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
            && same((Said::of(earlier), read.1), (Said::of(later), read.0)).is_some()
            && let Some(is_represented) = is_represented.get_mut(*at)
        {
            *is_represented = true;
        }
    }
    is_represented
}

/// For each candidate whether the texts of `steer.known`, which agents read beside the store, say it in the same words. `wanted` are their words.
pub(super) fn said_elsewhere(
    candidates: &[Candidate],
    wanted: &[Said<'_>],
    policy: &Policy,
) -> Vec<bool> {
    let texts = policy.texts(&policy::STEER_KNOWN);
    let statements: Vec<String> =
        texts.iter().flat_map(|text| pieces(text)).map(|piece| piece.text).collect();
    let known: Vec<Said> = statements.iter().map(|text| Said::new(text, &None)).collect();
    let may = |candidate: usize, at: usize| {
        let (Some(candidate), Some(known)) = (candidates.get(candidate), statements.get(at)) else {
            return false;
        };
        comparable((Some(candidate.kind), &candidate.text), (None, known))
    };
    same_entries(wanted, &known, may).iter().map(Option::is_some).collect()
}
