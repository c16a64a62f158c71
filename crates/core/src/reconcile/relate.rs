//! Which statements of a store say the same, which one newer values replace, and which ones a
//! person has to decide: over all pairs that may, without looking at all pairs.
//!
//! The newest statement of a group is its centre, and only what the judge ties to the centre itself joins,
//! nothing by way of another member. So a person can compare whatever is taken out with the one statement
//! that stays.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use dreaming_records::time::Time;

use crate::judge::{FRAME, Judgement, Relation, Statement, VALUE};
use crate::precedence::{Precedence, Rank};
use crate::reconcile::ready::Ready;
use crate::reconcile::texts::Texts;
use dreaming_text::sort;

/// A statement with what says which of two is newer and better founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'a> {
    /// What the judge sees.
    pub statement: Statement<'a>,
    /// The memory in which it stands.
    pub place: &'a str,
    /// When it was first seen there; `None` = nothing tells.
    pub since: Option<Time>,
    /// When its source last said so, how far it is trusted, and what supports it.
    pub rank: Rank,
}

impl Stated<'_> {
    /// Whether a newer statement can be an edited form of this one: they stand in one memory, under the
    /// same headings, because a port of staging is none of production, and were not written at one
    /// time, because what was written side by side was wanted side by side.
    fn may_be_edited_to(&self, newer: &Self) -> bool {
        self.place == newer.place
            && self.statement.headings == newer.statement.headings
            && self.since.is_some()
            && self.since < newer.since
    }
}

/// Two statements, by position, and what the judge says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one that is taken out, or the older side of a conflict.
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
    relate_also(all, &BTreeMap::new(), allowed)
}

/// As [`relate`], with pairs that somebody else calls alike, by position, the smaller first, in parts
/// per million: they are looked at whatever their words are, see [`Known`](crate::judge::Known).
pub(crate) fn relate_also(
    all: &[Stated<'_>],
    alike: &BTreeMap<(usize, usize), u64>,
    allowed: impl Fn(&Pair) -> bool,
) -> Relations {
    let newest = newest_first(all);
    let texts = Texts::group(all, &newest);
    let corpus = texts.read(all, &newest);
    let near = texts.near(all, &newest, alike, &corpus);
    let stated = |rank: &u32| Some((*rank, all.get(*newest.get(wide(*rank))?)?));
    let near_of = |rank: u32| {
        let texts_near = near.of(texts.text_of(rank)).iter();
        texts_near.flat_map(|text| texts.ranks_of(*text)).filter_map(stated)
    };
    let mut ready = Ready::new(newest.len(), &texts, &corpus);
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
                let ends = (older.min(*newer), older.max(*newer));
                let similarity = alike.get(&ends).copied();
                let edited = old.may_be_edited_to(new);
                let Some(judgement) = ready.judge((old_rank, old), (rank, new), similarity, edited)
                else {
                    continue;
                };
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
                    Relation::Updates
                        if is_form(&pair.judgement, old, new)
                            && (!old.may_be_edited_to(new)
                                || has_sibling(
                                    &mut ready,
                                    (old_rank, old),
                                    pair.judgement.similarity,
                                    near_of(old_rank),
                                )) =>
                    {
                        continue;
                    }
                    Relation::Same => relations.same.push(pair),
                    Relation::Updates if new.rank.to(&old.rank) == Precedence::Later => {
                        relations.updates.push(pair)
                    }
                    Relation::Updates => {
                        relations.conflicts.push(pair);
                        continue;
                    }
                    Relation::Related | Relation::Different => continue,
                }
                if let Some(gone) = gone.get_mut(wide(old_rank)) {
                    *gone = true;
                }
                ready.forget(old_rank);
            }
        }
    }
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

/// Whether a judgement rests on one being a form of the other, which only an edit in one memory makes:
/// statements of two memories with another value of one subject need not be forms.
fn is_form(judgement: &Judgement, old: &Stated<'_>, new: &Stated<'_>) -> bool {
    let beside = old.place == new.place && old.since.is_some();
    judgement.reason == FRAME || judgement.reason == VALUE && beside
}

/// Whether the older statement has a sibling: one of the same frame in the same memory, first seen at the
/// same time, and at least as like it as the newer statement. Then the newer one is another sibling and
/// replaces nothing.
fn has_sibling<'a, 'b: 'a>(
    ready: &mut Ready<'b>,
    old: (u32, &'a Stated<'b>),
    similarity: u64,
    mut near: impl Iterator<Item = (u32, &'a Stated<'b>)>,
) -> bool {
    near.any(|other| {
        let beside = other.1.place == old.1.place && other.1.since == old.1.since;
        let judged = if beside { ready.judge(other, old, None, true) } else { None };
        judged.is_some_and(|j| matches!(j.reason, FRAME | VALUE) && j.similarity >= similarity)
    })
}

/// Positions, what says it latest and best first.
fn newest_first(all: &[Stated<'_>]) -> Vec<usize> {
    let mut order: Vec<_> =
        all.iter().enumerate().map(|(at, stated)| (Reverse(stated.rank), at)).collect();
    sort::all(&mut order);
    order.into_iter().map(|(_, at)| at).collect()
}

fn is(flags: &[bool], at: u32) -> bool {
    flags.get(wide(at)).copied().unwrap_or(false)
}

pub(super) fn wide(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use dreaming_records::trust::Trust;

    use super::*;

    /// Statements of one memory, each with the second in which it was first seen and last said.
    fn stated<'a>(texts: &[(&'a str, i64)]) -> Vec<Stated<'a>> {
        let stated = |(text, at): &(&'a str, i64)| Stated {
            statement: Statement { text, headings: "", subject: None, principal: None },
            place: "notes.md",
            since: Some(Time::from_millis(at * 1000)),
            rank: Rank {
                said: Some(Time::from_millis(at * 1000)),
                trust: Trust::Agent,
                sessions: 0,
            },
        };
        texts.iter().map(stated).collect()
    }

    /// What goes, and what takes its place.
    fn updates(all: &[Stated<'_>]) -> Vec<(usize, usize)> {
        let relations = relate(all, |_| true);
        assert_eq!((relations.same, relations.conflicts), (Vec::new(), Vec::new()));
        relations.updates.iter().map(|pair| (pair.older, pair.newer)).collect()
    }

    const OLD: &str = "Nightly backups go to the bucket `cold-1` in Oslo.";
    const NEW: &str = "Nightly backups go to the bucket `cold-2` in Oslo.";

    #[test]
    fn the_later_of_one_frame_replaces_the_earlier_in_one_memory_alone() {
        let mut all = stated(&[(OLD, 1), (NEW, 2)]);
        assert_eq!(updates(&all), [(0, 1)]);
        if let Some(old) = all.first_mut() {
            old.place = "other.md";
        }
        assert_eq!(updates(&all), []);
    }

    #[test]
    fn an_edit_stays_under_its_headings() {
        let mut all =
            stated(&[("- port: 8080, for the shop", 1), ("- port: 9090, for the shop", 2)]);
        assert_eq!(updates(&all), [(0, 1)]);
        if let Some(old) = all.first_mut() {
            old.statement.headings = "Staging";
        }
        assert_eq!(updates(&all), []);
    }

    #[test]
    fn what_was_written_at_one_time_stands_side_by_side() {
        let mut all = stated(&[(OLD, 1), (NEW, 1)]);
        assert_eq!(updates(&all), []);
        // Whenever either was said again.
        if let Some(new) = all.last_mut() {
            new.rank.said = Some(Time::from_millis(5000));
        }
        assert_eq!(updates(&all), []);
    }

    #[test]
    fn the_same_words_merge_wherever_they_stand_and_other_words_never() {
        let keys = "Keys and tokens live in the vault of the team";
        let marked = "**Keys** and tokens live in the vaults of the team.";
        let turned = "In the vault of the team live keys and tokens";
        assert_eq!(relate(&stated(&[(keys, 1), (marked, 1)]), |_| true).same.len(), 1);
        assert_eq!(relate(&stated(&[(keys, 1), (turned, 2)]), |_| true), Relations::default());
    }

    #[test]
    fn a_newer_statement_goes_on_with_a_list_and_takes_nobodys_place() {
        let reply = |who| format!("Replies of the {who} go out in English.");
        let (shop, bank, club) = (reply("shop"), reply("bank"), reply("club"));
        assert_eq!(updates(&stated(&[(&shop, 1), (&bank, 1), (&club, 2)])), []);
        assert_eq!(updates(&stated(&[(&shop, 1), (&club, 2)])), [(0, 1)]);
    }

    #[test]
    fn two_statements_about_one_name_are_held_against_each_other_however_different() {
        let all = stated(&[("`run.log` - what ran", 1), ("`run.log` - sums of each night", 2)]);
        assert_eq!(updates(&all), [(0, 1)]);
    }
}
