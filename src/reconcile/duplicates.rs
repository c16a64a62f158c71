//! Statements that the store holds more than once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Origin, Support};
use crate::plan::{Cause, Operation, Rejected};
use crate::read::Form;
use crate::read::identity::Located;
use crate::reconcile::draft::{Draft, target};
use crate::reconcile::same::{NEAR, Prepared, Sameness, same};
use crate::text::{self, normal};
use crate::trust::Trust;

/// Fewest content tokens of a statement that may be a duplicate at all. Chosen by us: shorter
/// ones ("none", "see below") get their meaning from where they stand.
const MIN_TOKENS: usize = 3;

/// Fewest content tokens of a statement that means the same wherever it stands. Chosen by us:
/// shorter ones may depend on their heading or file, so a person looks at them.
const SELF_CONTAINED: usize = 6;

/// Pairs that one dream compares. Chosen by us: a second of work, and far more than a store has that
/// people write; what is left is said in the plan, and merges make room for the next dream.
const MAX_COMPARISONS: usize = 200_000;

/// A merge that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// What it does.
    pub draft: Draft,
    /// Whether both statements are equal after normalisation.
    pub exact: bool,
}

/// Merges of equal and of near statements. Each cluster is a star: its centre stays, and every
/// other member is the same as the centre. Never connected components, which chain statements
/// that have nothing in common.
pub fn duplicates(entries: &[Located], rejected: &mut Vec<Rejected>) -> Vec<Merge> {
    let prepared: Vec<Prepared> = entries.iter().map(|e| Prepared::new(&e.record.text)).collect();
    let groups = Groups::new(&prepared);
    let all: Vec<(&Located, &Prepared)> = entries.iter().zip(&prepared).collect();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut merges = Vec::new();
    let mut left = MAX_COMPARISONS;
    for at in centres(entries) {
        let Some(centre) = all.get(at).filter(|_| !taken.contains(&at)) else { continue };
        for other in groups.near(at) {
            let Some(member) = all.get(other).filter(|_| !taken.contains(&other)) else { continue };
            if other == at || !mergeable(centre.0, member.0) {
                continue;
            }
            if left == 0 {
                rejected.push(unseen());
                return merges;
            }
            left -= 1;
            let exact = match same(centre.1, member.1) {
                Sameness::Exact => true,
                Sameness::Near(_) => false,
                Sameness::Guarded(guard) if at < other => {
                    rejected.push(guarded(centre.0, member.0, guard.kind));
                    continue;
                }
                Sameness::Guarded(_) | Sameness::Different => continue,
            };
            taken.extend([at, other]);
            let mut draft = merge(centre.0, member.0, exact);
            draft.doubt = doubt(centre.0, member.0, exact, centre.1.tokens.len(), entries);
            merges.push(Merge { draft, exact });
        }
    }
    merges
}

/// The order in which statements become centres: newest first, so that the newest wording stays;
/// then the best supported, then the first in the store.
fn centres(entries: &[Located]) -> Vec<usize> {
    let rank = |e: &Located| Reverse((e.record.last_seen, e.record.support.sessions));
    let mut order: Vec<(_, usize)> = entries.iter().map(rank).zip(0..).collect();
    order.sort();
    order.into_iter().map(|(_, at)| at).collect()
}

/// Statements by their tokens. A line that a store holds a thousand times is one group, not a
/// million pairs.
struct Groups {
    /// The group of each statement that is long enough.
    of: BTreeMap<usize, usize>,
    /// The statements of each group.
    members: Vec<Vec<usize>>,
    /// The groups that are near each group.
    near: BTreeMap<usize, Vec<usize>>,
}

impl Groups {
    fn new(prepared: &[Prepared]) -> Self {
        let mut by_tokens: BTreeMap<&[String], Vec<usize>> = BTreeMap::new();
        for (at, statement) in prepared.iter().enumerate() {
            if statement.tokens.len() >= MIN_TOKENS {
                by_tokens.entry(&statement.tokens).or_default().push(at);
            }
        }
        let lists: Vec<Vec<String>> = by_tokens.keys().map(|tokens| tokens.to_vec()).collect();
        let mut near: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for pair in text::near(&lists, &lists, NEAR) {
            near.entry(pair.left).or_default().push(pair.right);
        }
        let members: Vec<Vec<usize>> = by_tokens.into_values().collect();
        let of = members.iter().enumerate().flat_map(|(g, all)| all.iter().map(move |at| (*at, g)));
        Self { of: of.collect(), members, near }
    }

    /// The statements that may be the same as the one at `at`, itself included, in order of
    /// position within each group.
    fn near(&self, at: usize) -> impl Iterator<Item = usize> {
        let groups = self.of.get(&at).and_then(|group| self.near.get(group));
        groups.into_iter().flatten().filter_map(|g| self.members.get(*g)).flatten().copied()
    }
}

fn unseen() -> Rejected {
    Rejected {
        stage: "reconcile".into(),
        reason: "too-many-alike".into(),
        text: "the store holds more statements that are alike than one dream compares".into(),
        evidence: Vec::new(),
    }
}

/// Whether two statements may become one at all: an entry that holds others cannot go, links of
/// an index are no statements, and a preference belongs to its principal.
fn mergeable(a: &Located, b: &Located) -> bool {
    let redacted = |e: &Located| e.record.text.contains("[REDACTED:");
    a.record.principal == b.record.principal
        && !b.piece.holds_others
        && !redacted(a)
        && !redacted(b)
}

fn merge(centre: &Located, member: &Located, exact: bool) -> Draft {
    let mut draft = Draft::about_entries(Operation::Merge, Cause::Duplicate, member);
    draft.survivor = Some(target(centre));
    draft.because = if exact {
        format!("The same statement stands in `{}`, line {}.", centre.path, centre.piece.line)
    } else {
        format!(
            "Nearly the same statement stands in `{}`, line {}.",
            centre.path, centre.piece.line
        )
    };
    let mut evidence = [centre.record.evidence.clone(), member.record.evidence.clone()].concat();
    evidence.sort();
    evidence.dedup();
    draft.evidence = evidence;
    draft.support = widest(centre.record.support, member.record.support);
    draft.trust = Trust::min(centre.record.trust, member.record.trust);
    draft.last_seen = centre.record.last_seen.max(member.record.last_seen);
    draft
}

/// Why a person has to look at a merge. A statement may mean something else where it stands: a
/// document repeats itself on purpose under another heading, in another list, below another item;
/// notes in several files mostly do so by accident.
fn doubt(
    centre: &Located,
    member: &Located,
    exact: bool,
    tokens: usize,
    entries: &[Located],
) -> Option<String> {
    let written = [centre, member].iter().any(|e| e.record.origin == Origin::Written);
    let reason = if !exact {
        "the wording differs"
    } else if written {
        "somebody wrote one of them since the last revision"
    } else if parent(centre, entries) != parent(member, entries) {
        "it belongs to another item above it"
    } else if centre.path == member.path && !one_list(centre, member, entries) {
        "it stands in another list or section of the same memory"
    } else if centre.path != member.path && tokens < SELF_CONTAINED {
        "a short statement may mean something else in another memory"
    } else {
        return None;
    };
    Some(reason.into())
}

/// Whether nothing but items stands between two entries of one memory.
fn one_list(a: &Located, b: &Located, entries: &[Located]) -> bool {
    let (start, end) = (a.piece.range.start, b.piece.range.start);
    let between = entries.iter().filter(|e| {
        let at = e.piece.range.start;
        e.path == a.path && start.min(end) <= at && at <= start.max(end)
    });
    let mut before: Option<&Located> = None;
    for entry in between {
        let joins = before.is_none_or(|last| {
            // Between items of one list stands at most a blank line.
            entry.piece.range.start <= last.piece.range.end + "\r\n".len()
        });
        if !joins || entry.piece.form != Form::Item || entry.piece.headings != a.piece.headings {
            return false;
        }
        before = Some(entry);
    }
    true
}

/// The statement inside which an entry stands, in normal form.
fn parent(entry: &Located, entries: &[Located]) -> Option<String> {
    let range = &entry.piece.range;
    let holds = |other: &&Located| {
        let outer = &other.piece.range;
        other.path == entry.path
            && other.piece.holds_others
            && outer.start < range.start
            && range.end <= outer.end
    };
    let inner = entries.iter().filter(holds).max_by_key(|other| other.piece.range.start);
    inner.map(|other| normal(&other.record.text))
}

/// The wider of two supports, figure by figure. Sums would count one session twice.
pub fn widest(a: Support, b: Support) -> Support {
    Support {
        sessions: a.sessions.max(b.sessions),
        agents: a.agents.max(b.agents),
        days: a.days.max(b.days),
    }
}

fn guarded(a: &Located, b: &Located, kind: &str) -> Rejected {
    Rejected {
        stage: "reconcile".into(),
        reason: format!("guard-{kind}"),
        text: format!(
            "`{}` line {} and `{}` line {} are alike but not the same",
            a.path, a.piece.line, b.path, b.piece.line
        ),
        evidence: Vec::new(),
    }
}
