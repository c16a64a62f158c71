//! Finds which statements of a store say the same, which ones newer values replace, and about which
//! ones a person has to decide. It considers all pairs that could be related without comparing all
//! pairs.
//!
//! Statements that say the same form a group, and the newest of them is its centre. A statement
//! joins the group only if the judge relates it to the centre itself, never because of another
//! member. So a person can compare everything that is taken out with the one statement that stays.

use std::cmp::Reverse;

use crate::judge::{COMPARED, CONTRADICTS, Judgement, PairHint, Relation};
use crate::precedence::Precedence;
use crate::reconcile::distinct_texts::Texts;
use crate::reconcile::own_place::are_of_own_places;
use crate::reconcile::ready::Ready;
use dreaming_records::pair::Comparison;
use dreaming_records::time::Time;
use dreaming_text::join::wide;
use dreaming_text::{Corpus, Map, sort};

pub use crate::reconcile::stated::Stated;

/// Two statements, by position, and what the judge says of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one that is taken out, or the older side of a conflict.
    pub older: usize,
    /// The one that stays, or the newer side of a conflict.
    pub newer: usize,
    /// What the judge says of the two.
    pub judgement: Judgement,
}

/// The related pairs of statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relations {
    /// In each pair the older statement says the same as the newer one. No statement is the `older`
    /// of two pairs, nor the `older` of one and the `newer` of another.
    pub same: Vec<Pair>,
    /// In each pair the newer statement gives another value for the same thing. The rule for `same`
    /// holds here too, and no statement is the `older` of a pair in both lists.
    pub updates: Vec<Pair>,
    /// Pairs whose statements cannot both hold, and nothing says which one does.
    pub conflicts: Vec<Pair>,
}

/// Most copies of one text with which a statement is tried: after `allowed` turned down this many
/// such pairs, the statement is compared with no further copy. Chosen by us: if a statement may not
/// be merged with several copies (because it is short or holds others), it may not be merged with
/// the next thousand either.
const VETOES: u32 = 8;

/// Relates statements. A pair that `allowed` turns down counts as unrelated. The order of the
/// statements matters only where two have an equal rank.
pub fn relate(all: &[Stated<'_>], allowed: impl Fn(&Pair) -> bool) -> Relations {
    relate_also(all, &Map::of([]), allowed)
}

/// As [`relate`], with `hints`: what the host or a model says of pairs, by position, the smaller
/// position first. Pairs with a hint are judged whatever their words are.
pub(crate) fn relate_also(
    all: &[Stated<'_>],
    hints: &Map<(usize, usize), PairHint>,
    allowed: impl Fn(&Pair) -> bool,
) -> Relations {
    let newest = newest_first(all);
    let texts = Texts::group(all, &newest);
    let mut corpus = Corpus::default();
    let near = texts.near(all, &newest, hints, &mut corpus);
    texts.read(all, &newest, &near, &mut corpus);
    let mut ready = Ready::new(newest.len(), &texts, &near, &corpus);
    let mut gone = vec![false; all.len()];
    let mut relations = Relations::default();
    for (rank, newer) in (0..).zip(&newest) {
        let Some(new) = all.get(*newer).filter(|_| !is(&gone, *newer)) else { continue };
        let text = texts.text_of(rank);
        for text in std::iter::once(text).chain(near.of(text)) {
            let mut vetoes = 0;
            for old_rank in texts.after(text, rank) {
                let position = newest.get(wide(old_rank)).filter(|at| !is(&gone, **at));
                let Some((older, old)) = position.and_then(|at| Some((*at, all.get(*at)?))) else {
                    continue;
                };
                let ends = (older.min(*newer), older.max(*newer));
                let hint = hints.get(&ends).copied();
                let Some(mut judgement) = ready.judge((old_rank, old), (rank, new), hint) else {
                    continue;
                };
                // Statements with the same words under different headings differ. A model that
                // compared the two saw the headings, so its answer counts.
                if judgement.relation == Relation::Same && old.scope != new.scope {
                    let [one, other] =
                        [old, new].map(|stated| (stated.statement.text, stated.scope));
                    if hint != Some(PairHint::Compared(Comparison::Same))
                        || are_of_own_places(one, other)
                    {
                        continue;
                    }
                    judgement.reason = COMPARED;
                }
                let (relation, reason) = (judgement.relation, judgement.reason);
                let pair = Pair { older, newer: *newer, judgement };
                if !allowed(&pair) {
                    vetoes += 1;
                    if vetoes == VETOES {
                        break;
                    }
                    continue;
                }
                match relation {
                    Relation::Same => relations.same.push(pair),
                    Relation::Updates
                        if reason != CONTRADICTS && new.rank.to(&old.rank) == Precedence::Later =>
                    {
                        relations.updates.push(pair)
                    }
                    Relation::Updates => {
                        relations.conflicts.push(pair);
                        continue;
                    }
                    Relation::Related | Relation::Different => continue,
                }
                if let Some(gone) = gone.get_mut(older) {
                    *gone = true;
                }
                ready.forget(old_rank);
            }
        }
        // All statements that follow are older, so this one occurs in no further pair.
        ready.forget(rank);
    }
    relations.conflicts.retain(|pair| !is(&gone, pair.older) && !is(&gone, pair.newer));
    relations
}

/// The positions of the statements, ordered by rank, the greatest first: what was said latest, then
/// what is best founded.
fn newest_first(all: &[Stated<'_>]) -> Vec<usize> {
    // Orders by time alone: the time as an unsigned number, 0 for none, inverted so that the latest
    // comes first.
    let time = |time: Time| time.millis().cast_unsigned() ^ 1 << 63;
    let times = all.iter().map(|stated| !stated.rank.said.map_or(0, time));
    let mut order: Vec<(u64, u32)> = times.zip(0..).collect();
    sort::packed(&mut order);
    // Statements of one time are ordered by the rest of their rank.
    let rank = |at: u32| all.get(wide(at)).map(|stated| Reverse(stated.rank));
    for run in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        sort::by_key(run, |(_, at)| (rank(*at), *at));
    }
    order.into_iter().map(|(_, at)| wide(at)).collect()
}

fn is(flags: &[bool], at: usize) -> bool {
    flags.get(at).copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use dreaming_records::trust::Trust;

    use super::*;
    use crate::judge::Statement;
    use crate::precedence::Rank;

    /// Statements of one scope, each with the time, in seconds, at which it was last said.
    fn stated<'a>(texts: &[(&'a str, i64)]) -> Vec<Stated<'a>> {
        let stated = |(text, at): &(&'a str, i64)| Stated {
            statement: Statement::of(text),
            scope: "",
            rank: Rank {
                said: Some(Time::from_millis(at * 1000)),
                trust: Trust::Agent,
                sessions: 0,
            },
        };
        texts.iter().map(stated).collect()
    }

    #[test]
    fn the_newest_come_first_and_of_one_time_those_that_are_founded_best() {
        let mut all =
            stated(&[("", 3), ("", -3), ("", 3), ("", i64::MIN / 1000), ("", 3), ("", 0)]);
        all[0].rank.trust = Trust::Tool;
        all[4].rank.sessions = 2;
        all[5].rank.said = None;
        let mut wanted: Vec<usize> = (0..all.len()).collect();
        sort::by_key(&mut wanted, |at| (Reverse(all[*at].rank), *at));
        assert_eq!(newest_first(&all), wanted);
        assert_eq!(wanted, [4, 2, 0, 1, 3, 5]);
    }

    const KEYS: &str = "Keys and tokens live in the vault of the team";

    #[test]
    fn nothing_replaces_what_it_looks_like() {
        for (old, new) in [
            ("Nightly backups go to `cold-1` in Oslo.", "Nightly backups go to `cold-2` in Oslo."),
            ("- port: 8080, for the shop", "- port: 9090, for the shop"),
            ("`run.log` - what ran", "`run.log` - sums of each night"),
        ] {
            assert_eq!(relate(&stated(&[(old, 1), (new, 2)]), |_| true), Relations::default());
        }
    }

    #[test]
    fn of_one_named_subject_the_later_value_holds_and_of_one_time_neither() {
        let port = |at| {
            let mut all = stated(&[("The port is 80.", 1), ("It listens on 8080.", at)]);
            all.iter_mut().for_each(|stated| stated.statement.subject = Some("shop port"));
            let Relations { same, updates, conflicts } = relate(&all, |_| true);
            (same.len(), updates.len(), conflicts.len())
        };
        assert_eq!((port(2), port(1)), ((0, 1, 0), (0, 0, 1)));
    }

    #[test]
    fn the_same_words_merge_in_one_scope_and_other_words_never() {
        let marked = "**Keys** and tokens live in the vaults of the team.";
        let turned = "In the vault of the team live keys and tokens";
        assert_eq!(relate(&stated(&[(KEYS, 1), (marked, 1)]), |_| true).same.len(), 1);
        assert_eq!(relate(&stated(&[(KEYS, 1), (turned, 2)]), |_| true), Relations::default());
        for words in [KEYS, marked] {
            let mut all = stated(&[(KEYS, 1), (words, 2)]);
            all[1].scope = "Staging";
            assert_eq!(relate(&all, |_| true), Relations::default(), "{words}");
            all[0].scope = "Staging";
            assert_eq!(relate(&all, |_| true).same.len(), 1, "{words}");
        }
    }

    #[test]
    fn equal_words_of_one_subject_in_two_scopes_are_no_update() {
        let mut all = stated(&[(KEYS, 1), (KEYS, 2)]);
        all.iter_mut().for_each(|stated| stated.statement.subject = Some("keys"));
        all[1].scope = "Staging";
        assert_eq!(relate(&all, |_| true), Relations::default());
    }

    #[test]
    fn what_a_model_calls_newer_needs_a_later_time_and_a_contradiction_is_never_decided() {
        let came = |at, said| {
            let all = stated(&[("Lunch is at one.", 1), ("The night team eats at two.", at)]);
            let hints = Map::of([((0, 1), PairHint::Compared(said))]);
            let Relations { same, updates, conflicts } = relate_also(&all, &hints, |_| true);
            (same.len(), updates.len(), conflicts.len())
        };
        use dreaming_records::pair::Comparison::{Contradicts, Independent, Same, Updates};
        assert_eq!((came(2, Updates), came(1, Updates)), ((0, 1, 0), (0, 0, 1)));
        assert_eq!((came(2, Contradicts), came(2, Same)), ((0, 0, 1), (1, 0, 0)));
        assert_eq!(came(2, Independent), (0, 0, 0));
    }
}
