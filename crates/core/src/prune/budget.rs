//! Which statements are kept when there is no room for all of them.

use dreaming_text::join::wide;
use dreaming_text::sort;

/// A statement that takes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Weighed<'a> {
    /// The id of the statement, unique; it breaks ties.
    pub id: &'a str,
    /// What it is worth, in parts per million, as [`dreaming_records::score::Score::total`].
    pub score: u64,
    /// The tokens that the statement takes of the budget; 0 is allowed.
    pub tokens: u64,
    /// Whether the statement is kept whatever the budget is.
    pub is_protected: bool,
}

/// By what statements compete for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// By their score alone, however long they are. For what dreams wrote: of the statements that
    /// models wrote over four projects those of 60 words and more spared later sessions seven times
    /// as much for a word as those below 30, and by score per token the long ones went first
    /// (docs/evaluation.md, forward).
    Score,
    /// By their score per token. For texts of any length: one long document would push out many
    /// statements. It falls short of the best choice by the score of at most one statement; where
    /// statements are short compared with the budget, the difference is too small to measure.
    ScorePerToken,
}

/// Which statements are kept within `max_tokens` and `max_entries` (`None` = no such budget): first
/// all protected ones, even if these alone exceed the budget; then the best `by` score, ties by id. A
/// statement for which no room is left is skipped and the next one tried. The answer is in the
/// order of `all`, which decides nothing else. Takes time n log n; exact in integers.
pub(crate) fn keep(
    all: &[Weighed<'_>],
    by: By,
    max_tokens: Option<u64>,
    max_entries: Option<u64>,
) -> Vec<bool> {
    let mut order: Vec<(u32, u64, u32)> =
        all.iter().zip(0..).map(|(one, at)| place(one, by, at)).collect();
    sort::packed(&mut order);
    let id = |at: u32| all.get(wide(at)).map(|one| one.id);
    for run in order.chunk_by_mut(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|run| run.len() > 1) {
        sort::by_key(run, |(_, _, at)| id(*at));
    }
    let (mut tokens, mut entries) =
        (max_tokens.unwrap_or(u64::MAX), max_entries.unwrap_or(u64::MAX));
    let mut kept = vec![false; all.len()];
    for (_, _, at) in order {
        let (Some(one), Some(is_kept)) = (all.get(wide(at)), kept.get_mut(wide(at))) else {
            continue;
        };
        if one.is_protected || one.tokens <= tokens && entries > 0 {
            *is_kept = true;
            tokens = tokens.saturating_sub(one.tokens);
            entries = entries.saturating_sub(1);
        }
    }
    kept
}

/// The sort key of the statement at a position: protected first, then `by` score, the highest
/// first. The score is shifted left by 64 bits in all, so that two statements share a key
/// only when their densities are equal: scores stay below 2^31, and tokens below 2^32. The division
/// takes two steps, because processors divide at most 64 bits at once.
fn place(one: &Weighed<'_>, by: By, at: u32) -> (u32, u64, u32) {
    let tokens = match by {
        By::Score => 1,
        By::ScorePerToken => one.tokens.clamp(1, u64::from(u32::MAX)),
    };
    let score = one.score.min((1 << 31) - 1) << 32;
    let (high, rest) = (score / tokens, score % tokens);
    let low = (rest << 32) / tokens;
    let first = u32::try_from(high >> 32).unwrap_or(u32::MAX) | u32::from(one.is_protected) << 31;
    (!first, !(high << 32 | low), at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(all: &[Weighed<'_>], tokens: Option<u64>, entries: Option<u64>) -> Vec<String> {
        let kept = keep(all, By::ScorePerToken, tokens, entries);
        let mut ids: Vec<String> =
            all.iter().zip(kept).filter(|(_, kept)| *kept).map(|(one, _)| one.id.into()).collect();
        sort::all(&mut ids);
        ids
    }

    fn one(id: &str, score: u64, tokens: u64) -> Weighed<'_> {
        Weighed { id, score, tokens, is_protected: false }
    }

    #[test]
    fn the_densest_stay_and_a_smaller_one_takes_the_room_that_is_left() {
        let all = [one("a", 900, 90), one("b", 500, 10), one("c", 400, 100), one("d", 10, 5)];
        assert_eq!(ids(&all, Some(105), None), ["a", "b", "d"]);
        assert_eq!(ids(&all, Some(14), None), ["b"]);
        assert_eq!(ids(&all, None, Some(2)), ["a", "b"]);
        assert_eq!(ids(&all, None, None).len(), 4);
    }

    #[test]
    fn ties_go_to_the_lower_id_and_shares_are_exact() {
        let all = [one("b", 500_000, 7), one("a", 500_000, 7), one("c", 500_001, 7)];
        assert_eq!(ids(&all, Some(7), None), ["c"]);
        assert_eq!(ids(&all[..2], Some(7), None), ["a"]);
        let close = [one("x", 333_333, 3), one("y", 333_334, 3), one("z", 999_999, 9)];
        assert_eq!(ids(&close, Some(9), Some(1)), ["y"]);
    }

    #[test]
    fn by_score_alone_a_long_statement_stays_before_shorter_ones() {
        let all = [one("a", 900, 90), one("b", 500, 10), one("c", 400, 100), one("d", 10, 5)];
        let kept = |by| keep(&all, by, Some(95), None);
        assert_eq!(kept(By::Score), [true, false, false, true]);
        assert_eq!(kept(By::ScorePerToken), [false, true, false, true]);
        // Below 2^31, what is above counts as equal.
        let high = [one("a", 1 << 31, 1), one("b", (1 << 31) - 1, 1)];
        assert_eq!(keep(&high, By::Score, Some(1), None), [true, false]);
    }

    #[test]
    fn what_is_protected_stays_and_takes_its_room_first() {
        let mut all = [one("a", 1, 50), one("b", 900, 50)];
        all[0].is_protected = true;
        assert_eq!(ids(&all, Some(60), None), ["a"]);
        assert_eq!(ids(&all, Some(10), None), ["a"], "also when it is over the budget alone");
    }

    #[test]
    fn a_hundred_thousand_statements_are_chosen_in_one_pass() {
        let names: Vec<String> = (0..100_000).map(|n| format!("{n:06}")).collect();
        let all: Vec<Weighed> =
            names.iter().zip(0_u64..).map(|(id, n)| one(id, n * 7919 % PPM, 5 + n % 97)).collect();
        let kept = keep(&all, By::ScorePerToken, Some(1_000_000), None);
        let used: u64 = all.iter().zip(&kept).filter(|(_, k)| **k).map(|(o, _)| o.tokens).sum();
        assert!((999_990..=1_000_000).contains(&used), "{used}");
    }

    const PPM: u64 = dreaming_records::score::PPM;

    proptest! {
        #[test]
        fn places_stand_as_protection_and_exact_shares_do(
            all in proptest::collection::vec((0..1_u64 << 31, 0..1_u64 << 32, any::<bool>()), 2),
        ) {
            let all: Vec<Weighed> = all.into_iter().map(|(score, tokens, is_protected)| {
                Weighed { id: "", score, tokens, is_protected }
            }).collect();
            let share = |one: &Weighed<'_>| {
                let tokens = u128::from(one.tokens.max(1));
                (!one.is_protected, u128::MAX - (u128::from(one.score) << 64) / tokens)
            };
            let [a, b] = all.as_slice() else { return Ok(()) };
            let by = By::ScorePerToken;
            prop_assert_eq!(place(a, by, 0).cmp(&place(b, by, 0)), share(a).cmp(&share(b)));
        }

        #[test]
        fn no_order_changes_what_is_kept_and_the_budget_holds(
            all in proptest::collection::vec((0..50_u64, 0..9_u64, any::<bool>()), 0..20),
            tokens in 0..60_u64,
            turn in 0..20_usize,
        ) {
            let names: Vec<String> = (0..all.len()).map(|n| format!("{n:02}")).collect();
            let mut weighed: Vec<Weighed> = all.iter().zip(&names).map(|((score, tokens, protected), id)| {
                Weighed { id, score: *score, tokens: *tokens, is_protected: *protected && *score == 0 }
            }).collect();
            let first = ids(&weighed, Some(tokens), None);
            let protected: u64 = weighed.iter().filter(|o| o.is_protected).map(|o| o.tokens).sum();
            let used: u64 =
                weighed.iter().filter(|o| first.contains(&o.id.to_owned())).map(|o| o.tokens).sum();
            prop_assert!(used <= tokens.max(protected));
            // Nothing that was left out would fit in the room that is left.
            let spare = tokens.saturating_sub(used);
            prop_assert!(weighed.iter().all(|o| first.contains(&o.id.to_owned()) || o.tokens > spare));
            let at = turn.min(weighed.len());
            weighed.rotate_left(at);
            prop_assert_eq!(ids(&weighed, Some(tokens), None), first.clone());
            // Choosing again among what was kept takes nothing more out.
            weighed.retain(|o| first.contains(&o.id.to_owned()));
            prop_assert_eq!(ids(&weighed, Some(tokens.max(used)), None), first);
        }
    }
}
