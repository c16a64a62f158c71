//! Which statements of a store say the same, which one newer values replace, and which ones a
//! person has to decide: over all pairs that may, without looking at all pairs.
//!
//! Stars, not chains: the newest statement of a group is its centre, and only what the judge ties to
//! that centre itself joins it. So whatever goes names one statement that stays and that a person
//! can hold beside it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::judge::{self, Judgement, Relation, Statement, judge};
use crate::text;
use crate::time::Time;
use crate::trust::Trust;

/// A statement with what says which of two is newer and better founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What the judge sees.
    pub statement: Statement<'a>,
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// Distinct sessions that support it.
    pub sessions: u64,
}

/// Two statements, by position, and what the judge says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one that goes, or the older side of a conflict.
    pub older: usize,
    /// The one that stays, or the newer side of a conflict.
    pub newer: usize,
    /// The judgement; `left` is what the older has alone.
    pub judgement: Judgement,
}

/// What becomes of the statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// The older says the same as the newer. No `older` occurs twice, and none is a `newer`.
    pub same: Vec<Pair>,
    /// The newer gives another value for the same. As `same`; an older one occurs in one of both.
    pub updates: Vec<Pair>,
    /// Neither is known to hold.
    pub conflicts: Vec<Pair>,
}

/// Relates statements. What `allowed` turns down counts as unrelated. The result depends on the
/// statements, and on their order only where two are equal in everything.
pub fn relate(all: &[Stated<'_>], allowed: impl Fn(&Pair) -> bool) -> Relations {
    let mut neighbours: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (a, b) in candidates(all) {
        neighbours.entry(a).or_default().insert(b);
        neighbours.entry(b).or_default().insert(a);
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| (all.get(*at).map(|s| Reverse((s.said, s.sessions, s.trust))), *at));
    let mut gone: BTreeSet<usize> = BTreeSet::new();
    let mut seen: BTreeSet<usize> = BTreeSet::new();
    let mut relations = Relations::default();
    for newer in order {
        if gone.contains(&newer) {
            continue;
        }
        seen.insert(newer);
        for older in neighbours.get(&newer).into_iter().flatten().copied() {
            if seen.contains(&older) || gone.contains(&older) {
                continue;
            }
            let (Some(old), Some(new)) = (all.get(older), all.get(newer)) else { continue };
            let judgement = judge(&old.statement, &new.statement);
            let relation = judgement.relation;
            let pair = Pair { older, newer, judgement };
            if !allowed(&pair) {
                continue;
            }
            match relation {
                Relation::Same => relations.same.push(pair),
                Relation::Updates if is_later(new, old) => relations.updates.push(pair),
                // What a person says later settles it against words of a lesser source.
                Relation::Contradicts
                    if new.trust == Trust::User && old.trust < new.trust && is_later(new, old) =>
                {
                    relations.updates.push(pair);
                }
                Relation::Updates | Relation::Contradicts => {
                    relations.conflicts.push(pair);
                    continue;
                }
                Relation::Related | Relation::Different => continue,
            }
            gone.insert(older);
        }
    }
    relations.conflicts.retain(|pair| !gone.contains(&pair.older));
    relations
}

fn is_later(new: &Stated<'_>, old: &Stated<'_>) -> bool {
    old.said.is_some() && old.said < new.said
}

/// Every pair of positions, the smaller first, that the judge has to see.
fn candidates(all: &[Stated<'_>]) -> BTreeSet<(usize, usize)> {
    let mut pairs = BTreeSet::new();
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut subjects: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, stated) in all.iter().enumerate() {
        groups.entry(text::normal(stated.statement.text)).or_default().push(at);
        if let Some(subject) = stated.statement.subject {
            subjects.entry(subject).or_default().push(at);
        }
    }
    for group in groups.into_values().chain(subjects.into_values()) {
        for (i, a) in group.iter().enumerate() {
            pairs.extend(group.iter().skip(i + 1).map(|b| (*a, *b)));
        }
    }
    let tokens: Vec<Vec<String>> = all.iter().map(|s| text::tokens(s.statement.text)).collect();
    for pair in text::near(&tokens, &tokens, judge::NEAR) {
        if pair.left < pair.right {
            pairs.insert((pair.left, pair.right));
        }
    }
    pairs
}
