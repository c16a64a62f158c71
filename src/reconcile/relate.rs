//! Which statements of a store say the same, which one newer values replace, and which ones a
//! person has to decide: over all pairs that may, without looking at all pairs.
//!
//! Stars, not chains: the newest statement of a group is its centre, and only what the judge ties to
//! that centre itself joins it. So whatever goes names one statement that stays and that a person
//! can hold beside it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::join::hash;
use crate::judge::{self, DENIED, FRAME, Judgement, Relation, SLOT, Statement, judge};
use crate::reconcile::denials::denials;
use crate::reconcile::near::Near;
use crate::text;
use crate::time::Time;
use crate::trust::Trust;

/// A statement with what says which of two is newer and better founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What the judge sees.
    pub statement: Statement<'a>,
    /// The memory in which it stands.
    pub place: &'a str,
    /// When it was first seen there; `None` = nothing tells.
    pub since: Option<Time>,
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
    /// How far it is trusted.
    pub trust: Trust,
    /// Distinct sessions that support it.
    pub sessions: u64,
}

impl Stated<'_> {
    /// Whether a newer statement can be an edited form of this one: they stand in one memory, and
    /// were not written at one time, because what was written side by side was wanted side by side.
    fn may_be_edited_to(&self, newer: &Self) -> bool {
        self.place == newer.place && self.since.is_some() && self.since < newer.since
    }
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

/// Vetoes of `allowed` in one text after which a statement asks for no further one that has this text.
/// Chosen by us: what may not go for one copy (a short statement, a line that holds others) may not
/// go for the next thousand.
const VETOES: u32 = 8;

/// Relates statements. What `allowed` turns down counts as unrelated. The result depends on the
/// statements, and on their order only where two are equal in all that says which is newer.
pub fn relate(all: &[Stated<'_>], allowed: impl Fn(&Pair) -> bool) -> Relations {
    let newest = newest_first(all);
    let texts = Texts::group(all, &newest);
    let near = texts.near(all, &newest);
    let mut gone = vec![false; newest.len()];
    let mut relations = Relations::default();
    for (rank, newer) in (0..).zip(&newest) {
        let Some(new) = all.get(*newer).filter(|_| !is(&gone, rank)) else { continue };
        let text = texts.text_of(rank);
        for text in [text].iter().chain(near.of(text)) {
            let mut vetoes = 0;
            for old_rank in texts.after(*text, rank) {
                let position = newest.get(wide(old_rank)).filter(|_| !is(&gone, old_rank));
                let Some((older, old)) = position.and_then(|at| Some((*at, all.get(*at)?))) else {
                    continue;
                };
                let judgement = judge(&old.statement, &new.statement);
                let relation = judgement.relation;
                let pair = Pair { older, newer: *newer, judgement };
                if !allowed(&pair) {
                    vetoes += 1;
                    if vetoes == VETOES {
                        break;
                    }
                    continue;
                }
                match relation {
                    // Looked for below, with what says most of what is denied.
                    Relation::Contradicts if pair.judgement.reason == DENIED => continue,
                    // What was written side by side was wanted side by side.
                    Relation::Updates
                        if pair.judgement.reason == SLOT
                            && old.place == new.place
                            && !is_later(new, old) =>
                    {
                        continue;
                    }
                    Relation::Updates
                        if pair.judgement.reason == FRAME && !old.may_be_edited_to(new) =>
                    {
                        continue;
                    }
                    Relation::Same => relations.same.push(pair),
                    Relation::Updates if is_later(new, old) => relations.updates.push(pair),
                    // What a person says later settles it against words of a lesser source.
                    Relation::Contradicts
                        if new.trust == Trust::User
                            && old.trust < new.trust
                            && is_later(new, old) =>
                    {
                        relations.updates.push(pair);
                    }
                    Relation::Updates | Relation::Contradicts => {
                        relations.conflicts.push(pair);
                        continue;
                    }
                    Relation::Related | Relation::Different => continue,
                }
                if let Some(gone) = gone.get_mut(wide(old_rank)) {
                    *gone = true;
                }
            }
        }
    }
    relations.conflicts.extend(denials(all, &newest, &allowed));
    let mut left = vec![false; all.len()];
    for (rank, at) in (0..).zip(&newest) {
        if let Some(left) = left.get_mut(*at) {
            *left = is(&gone, rank);
        }
    }
    relations.conflicts.retain(|pair| {
        [pair.older, pair.newer].iter().all(|at| !left.get(*at).copied().unwrap_or(false))
    });
    relations
}

fn is_later(new: &Stated<'_>, old: &Stated<'_>) -> bool {
    old.said.is_some() && old.said < new.said
}

/// Positions, what says it latest and best first.
fn newest_first(all: &[Stated<'_>]) -> Vec<usize> {
    let mut order: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(at, s)| (Reverse((s.said, s.sessions, s.trust)), at))
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

fn is(flags: &[bool], at: u32) -> bool {
    flags.get(wide(at)).copied().unwrap_or(false)
}

fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

/// The texts that are different in normal form, newest first, with the ranks of the statements that
/// have them.
struct Texts {
    /// The text of each rank.
    of: Vec<u32>,
    /// The ranks, text after text, newest first in each.
    ranks: Vec<u32>,
    /// Where each text begins among the ranks, and where the last one ends.
    starts: Vec<u32>,
}

impl Texts {
    fn group(all: &[Stated<'_>], newest: &[usize]) -> Self {
        let mut room = String::new();
        let mut keys: Vec<(u64, u32)> = newest
            .iter()
            .zip(0..)
            .map(|(at, rank)| (hash::bytes(normal_of(all, *at, &mut room).as_bytes()), rank))
            .collect();
        keys.sort_unstable();
        let at = |rank: u32| newest.get(wide(rank)).copied().unwrap_or(usize::MAX);
        // The newest rank that has the same text.
        let mut first: Vec<u32> = vec![0; newest.len()];
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            let mut texts: BTreeMap<String, u32> = BTreeMap::new();
            for (_, rank) in run {
                let stands_for = match run {
                    [_] => *rank,
                    _ => {
                        let normal = normal_of(all, at(*rank), &mut room);
                        match texts.get(normal) {
                            Some(first) => *first,
                            None => *texts.entry(normal.to_owned()).or_insert(*rank),
                        }
                    }
                };
                if let Some(first) = first.get_mut(wide(*rank)) {
                    *first = stands_for;
                }
            }
        }
        let mut members: Vec<(u32, u32)> = first.into_iter().zip(0..).collect();
        members.sort_unstable();
        let mut texts = Self { of: vec![0; newest.len()], ranks: Vec::new(), starts: vec![0] };
        for (text, run) in (0..).zip(members.chunk_by(|a, b| a.0 == b.0)) {
            for (_, rank) in run {
                texts.ranks.push(*rank);
                if let Some(of) = texts.of.get_mut(wide(*rank)) {
                    *of = text;
                }
            }
            texts.starts.push(u32::try_from(texts.ranks.len()).unwrap_or(u32::MAX));
        }
        texts
    }

    fn text_of(&self, rank: u32) -> u32 {
        self.of.get(wide(rank)).copied().unwrap_or(u32::MAX)
    }

    /// The ranks of a text after a rank.
    fn after(&self, text: u32, rank: u32) -> impl Iterator<Item = u32> {
        let start = |at: u32| self.starts.get(wide(at)).map_or(0, |start| wide(*start));
        let ranks = self.ranks.get(start(text)..start(text.saturating_add(1))).unwrap_or(&[]);
        ranks.iter().skip(ranks.partition_point(|other| *other <= rank)).copied()
    }

    /// Which texts have to be held against each other.
    fn near(&self, all: &[Stated<'_>], newest: &[usize]) -> Near {
        let statement = |rank: &u32| all.get(*newest.get(wide(*rank))?).map(|s| s.statement);
        let keys = newest.iter().zip(&self.of).flat_map(|(at, text)| {
            let stated = all.get(*at);
            let subject = stated.and_then(|s| s.statement.subject).map(str::to_owned);
            // What is said of one name is said in one memory.
            let name = stated
                .and_then(|s| Some(format!("{}\n{}", s.place, judge::name(s.statement.text)?)));
            let slots = stated.map(|s| judge::slot_keys(s.statement.text)).unwrap_or_default();
            subject
                .into_iter()
                .chain(name)
                .chain(slots)
                .map(|key| (hash::bytes(key.as_bytes()), *text))
        });
        let firsts = self.starts.iter().map_while(|start| self.ranks.get(wide(*start)));
        Near::find(firsts.map(|rank| statement(rank).map_or("", |s| s.text)), keys.collect())
    }
}

/// The normal form of the text at a position.
fn normal_of<'a>(all: &'a [Stated<'_>], at: usize, room: &'a mut String) -> &'a str {
    let text = all.get(at).map_or("", |stated| stated.statement.text);
    if text::is_normal(text) {
        return text;
    }
    *room = text::normal(text);
    room
}
