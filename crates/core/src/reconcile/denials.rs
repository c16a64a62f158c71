//! What a person denies to have done, beside where they say that they did it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::judge::{DENIED, Spoken, is_claim, judge};
use crate::reconcile::relate::{Pair, Stated};

/// Statements that are held beside one denial, of those that say most of what it denies: what says less
/// of it may be about something else. Chosen by us: a person sees from three that the denial is wrong,
/// and answers once.
const SIDES: usize = 3;

/// Denials that are looked at for one word: the newest. Chosen by us, so that a store that denies one
/// thing ten thousand times costs no more than one that denies it sixteen times.
const CROWD: usize = 16;

/// The pairs of which one statement denies what the other says, newest denials first. `newest` has the
/// positions of all statements, newest first.
pub fn denials(all: &[Stated<'_>], newest: &[usize], allowed: impl Fn(&Pair) -> bool) -> Vec<Pair> {
    let spoken: Vec<(usize, usize, Spoken)> = newest
        .iter()
        .enumerate()
        .filter_map(|(rank, at)| {
            let text = all.get(*at)?.statement.text;
            is_claim(text).then(|| (rank, *at, Spoken::read(text)))
        })
        .collect();
    let mut deniers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (rank, _, spoken) in &spoken {
        for stem in spoken.scopes().iter().flatten() {
            let ranks = deniers.entry(stem).or_default();
            if ranks.len() < CROWD && ranks.last() != Some(rank) {
                ranks.push(*rank);
            }
        }
    }
    let mut sides: BTreeMap<usize, Vec<(Reverse<u64>, usize, Pair)>> = BTreeMap::new();
    for (rank, at, said) in &spoken {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for stem in said.said() {
            for denier in deniers.get(stem).into_iter().flatten() {
                *shared.entry(*denier).or_default() += 1;
            }
        }
        for (denier, _) in shared.into_iter().filter(|(_, stems)| *stems > 1) {
            let Some(denial) = newest.get(denier) else { continue };
            let (newer, older) = if denier < *rank { (*denial, *at) } else { (*at, *denial) };
            let (Some(new), Some(old)) = (all.get(newer), all.get(older)) else { continue };
            let judgement = judge(&old.statement, &new.statement);
            let pair = Pair { older, newer, judgement };
            if pair.judgement.reason == DENIED && allowed(&pair) {
                let how_much = Reverse(pair.judgement.similarity);
                sides.entry(denier).or_default().push((how_much, *rank, pair));
            }
        }
    }
    let best = |mut sides: Vec<(Reverse<u64>, usize, Pair)>| {
        sides.sort_by_key(|(how_much, rank, _)| (*how_much, *rank));
        let most = sides.first().map(|(how_much, ..)| *how_much);
        let say_most = sides.into_iter().take_while(move |(how_much, ..)| Some(*how_much) == most);
        say_most.take(SIDES).map(|(.., pair)| pair)
    };
    sides.into_values().flat_map(best).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Statement;
    use dreaming_records::time::Time;
    use dreaming_records::trust::Trust;

    #[test]
    fn what_says_most_of_a_denial_is_held_beside_it_and_what_says_less_is_not() {
        let texts = [
            "I've never baked sourdough bread in a stone oven before.",
            "I baked sourdough bread in the stone oven of my aunt.",
            "I baked sourdough bread on Sunday.",
            "I baked my sourdough bread in a stone oven, and it was good.",
        ];
        let stated = |text| Stated {
            statement: Statement { text, headings: "", subject: None, principal: None },
            place: "notes.md",
            since: Some(Time::from_millis(1)),
            said: Some(Time::from_millis(1)),
            trust: Trust::User,
            sessions: 0,
        };
        let all: Vec<Stated<'_>> = texts.into_iter().map(stated).collect();
        let found = denials(&all, &[0, 1, 2, 3], |_| true);
        let sides: Vec<usize> = found.iter().map(|pair| pair.older).collect();
        assert_eq!(sides, [1, 3]);
    }
}
