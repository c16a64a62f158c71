//! Statements that the store holds more than once.

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{Origin, Support};
use crate::plan::{Cause, Operation, Rejected};
use crate::read::identity::Located;
use crate::reconcile::draft::{Draft, target};
use crate::reconcile::same::{NEAR, Prepared, Sameness, same};
use crate::text::near;
use crate::trust::Trust;

/// Fewest content tokens of a statement that may be a duplicate at all. Chosen by us: shorter
/// ones ("none", "see below") get their meaning from where they stand.
const MIN_TOKENS: usize = 3;

/// Fewest content tokens of a statement that means the same wherever it stands. Chosen by us:
/// shorter ones may depend on their heading or file, so a person looks at them.
const SELF_CONTAINED: usize = 6;

/// Merges of equal and of near statements. Each cluster is a star: its centre stays, and every
/// other member is the same as the centre. Never connected components, which chain statements
/// that have nothing in common.
pub fn duplicates(entries: &[Located], rejected: &mut Vec<Rejected>) -> Vec<Draft> {
    let prepared: Vec<Prepared> = entries.iter().map(|e| Prepared::new(&e.record.text)).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    // The centre of a star: newest first, so that the newest wording stays; then the best
    // supported, then the first in the store.
    order.sort_by_key(|&i| {
        entries
            .get(i)
            .map(|e| (std::cmp::Reverse((e.record.last_seen, e.record.support.sessions)), i))
    });
    let tokens: Vec<Vec<String>> = prepared.iter().map(|p| p.tokens.clone()).collect();
    let mut neighbours: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for pair in near(&tokens, &tokens, NEAR) {
        let long = tokens.get(pair.left).is_some_and(|t| t.len() >= MIN_TOKENS);
        if pair.left != pair.right && long {
            neighbours.entry(pair.left).or_default().push(pair.right);
        }
    }
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut drafts = Vec::new();
    for centre in order {
        if taken.contains(&centre) {
            continue;
        }
        let mut exact = Vec::new();
        let mut near = Vec::new();
        for &other in neighbours.get(&centre).map_or(&[][..], Vec::as_slice) {
            let (Some(a), Some(b)) = (prepared.get(centre), prepared.get(other)) else { continue };
            let (Some(ea), Some(eb)) = (entries.get(centre), entries.get(other)) else { continue };
            if taken.contains(&other) || !mergeable(ea, eb) {
                continue;
            }
            match same(a, b) {
                Sameness::Exact => exact.push(other),
                Sameness::Near(_) => near.push(other),
                Sameness::Guarded(guard) if centre < other => {
                    rejected.push(guarded(ea, eb, guard.kind));
                }
                Sameness::Guarded(_) | Sameness::Different => {}
            }
        }
        for (members, is_exact) in [(exact, true), (near, false)] {
            for member in members {
                let (Some(c), Some(m)) = (entries.get(centre), entries.get(member)) else {
                    continue;
                };
                taken.insert(member);
                taken.insert(centre);
                drafts.push(merge(c, m, is_exact, prepared.get(centre)));
            }
        }
    }
    drafts
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

fn merge(centre: &Located, member: &Located, exact: bool, prepared: Option<&Prepared>) -> Draft {
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
    let alike_place = centre.path == member.path && centre.piece.headings == member.piece.headings;
    let tokens = prepared.map_or(0, |p| p.tokens.len());
    draft.doubt = if !exact {
        Some("the wording differs".into())
    } else if [centre, member].iter().any(|e| e.record.origin == Origin::Written) {
        Some("somebody wrote one of them since the last revision".into())
    } else if !alike_place && tokens < SELF_CONTAINED {
        Some("a short statement under another heading may mean something else".into())
    } else {
        None
    };
    draft
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
