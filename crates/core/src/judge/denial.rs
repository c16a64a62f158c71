//! Denials: `I have never met Ana` against `I met Ana at the fair`. Both cannot hold, and which of them
//! does is for the speaker to say: people forget what they did, and they do what they had not done.

use std::collections::BTreeSet;
use std::ops::Range;

use super::speech::{Sort, Token, spoken};

/// Most tokens after the negation that belong to what it denies. Chosen by us: a clause.
const REACH: usize = 24;

/// Most stems of what is denied. Chosen by us: what comes later is where and why.
const MAX_SCOPE: usize = 12;

/// Fewest stems of a denial of which the other statement says. Chosen by us: a verb and what it is
/// done to.
const MIN_SAID: usize = 2;

/// Fewest stems that tie the two without the verb: people do one thing in many words, so only a long
/// name of it tells that it is the same one.
const MIN_NAMED: usize = 3;

/// Tokens among which the other statement says it. Chosen by us: a clause and a half.
const SPAN: usize = 20;

/// Words that end what a negation denies.
const CLAUSES: &[&str] =
    &["although", "because", "but", "considering", "since", "so", "though", "which", "while"];

/// Stems that stand in a denial for any thing, and name none. Sorted.
const ANY: &[&str] = &["actual", "actually", "any", "anyone", "anything", "befor", "ever", "real"];

/// Words before a verb that is not done (yet).
const UNDONE: &[&str] =
    &["can", "could", "may", "might", "never", "not", "should", "to", "will", "would"];

/// What a speaker denies, or says.
#[derive(Debug)]
pub struct Spoken {
    tokens: Vec<Token>,
    /// The stem of each token that names something and is not denied.
    stems: Vec<Option<String>>,
    scopes: Vec<Vec<String>>,
}

impl Spoken {
    /// Reads a statement; nothing unless a speaker says it of themselves.
    pub fn read(text: &str) -> Self {
        let tokens = spoken(text);
        let mut stems: Vec<Option<String>> = tokens.iter().map(named).collect();
        let found: Vec<(Range<usize>, Vec<String>)> =
            (0..tokens.len()).filter_map(|at| scope(&tokens, &stems, at)).collect();
        for (reach, _) in &found {
            stems.get_mut(reach.clone()).into_iter().flatten().for_each(|stem| *stem = None);
        }
        Self { tokens, stems, scopes: found.into_iter().map(|(_, scope)| scope).collect() }
    }

    /// The stems of what is denied, one list for each denial: the verb, then what it is done to.
    pub fn scopes(&self) -> &[Vec<String>] {
        &self.scopes
    }

    /// The distinct stems of what is said, not denied: a denial does not contradict another one.
    pub fn said(&self) -> BTreeSet<&str> {
        self.stems.iter().flatten().map(String::as_str).collect()
    }

    /// How much of what one of the two denies the other says, in parts per million; `None` when they
    /// go together. Symmetric.
    pub fn contradicts(&self, other: &Self) -> Option<u64> {
        let denied = |a: &Self, b: &Self| {
            let denies = |scope: &Vec<String>| b.scopes.iter().any(|s| s.first() == scope.first());
            a.scopes.iter().filter(|scope| !denies(scope)).filter_map(|s| b.says(s)).max()
        };
        denied(self, other).max(denied(other, self))
    }

    /// How much of `scope` is said in one place: the verb as something done with half of what is
    /// denied, or all of a long object.
    fn says(&self, scope: &[String]) -> Option<u64> {
        let verb = scope.first()?;
        let whole = u64::try_from(scope.len()).ok()?;
        let place = |at: usize| self.stems.get(at).and_then(Option::as_ref);
        let starts =
            (0..self.stems.len()).filter(|at| place(*at).is_some_and(|s| scope.contains(s)));
        let said = |start: usize| {
            let mut seen: BTreeSet<&String> = BTreeSet::new();
            let mut done = false;
            for at in start..=start + SPAN {
                let Some(stem) = place(at).filter(|stem| scope.contains(stem)) else { continue };
                seen.insert(stem);
                let before = at.checked_sub(1).and_then(|before| self.tokens.get(before));
                done |= stem == verb && !before.is_some_and(|b| UNDONE.contains(&b.text.as_str()));
            }
            let named = scope.len().saturating_sub(1);
            let all_named = named >= MIN_NAMED && scope.iter().skip(1).all(|s| seen.contains(s));
            let acted = done && seen.len() >= MIN_SAID && 2 * seen.len() >= scope.len();
            (acted || all_named).then(|| u64::try_from(seen.len()).unwrap_or(0))
        };
        Some(starts.filter_map(said).max()? * 1_000_000 / whole)
    }
}

fn named(token: &Token) -> Option<String> {
    token.stem().filter(|stem| ANY.binary_search(&stem.as_str()).is_err())
}

/// What the negation at `at` denies of the speaker: the tokens, and their distinct stems.
fn scope(
    tokens: &[Token],
    stems: &[Option<String>],
    at: usize,
) -> Option<(Range<usize>, Vec<String>)> {
    let never = tokens.get(at).is_some_and(|t| t.sort == Sort::Word && t.text == "never");
    let subject = tokens.get(at.saturating_sub(3)..at)?.iter().any(Token::is_speaker);
    if !never || !subject {
        return None;
    }
    let ends = |place: &usize| {
        let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
        let next = tokens.get(place + 1);
        matches!(text(*place), "." | "," | ";" | ":" | "?" | "!" | "—")
            || CLAUSES.contains(&text(*place))
            || text(*place) == "and" && next.is_some_and(Token::is_speaker)
    };
    let mut found: Vec<String> = Vec::new();
    let end = (at + 1..tokens.len()).take(REACH).find(|place| ends(place));
    let reach = at + 1..end.unwrap_or(tokens.len().min(at + 1 + REACH));
    for stem in reach.clone().filter_map(|place| stems.get(place).cloned().flatten()) {
        if !found.contains(&stem) && found.len() < MAX_SCOPE {
            found.push(stem);
        }
    }
    (found.len() >= MIN_SAID).then_some((reach, found))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::speech::stem;
    use super::*;

    fn contradict(a: &str, b: &str) -> bool {
        Spoken::read(a).contradicts(&Spoken::read(b)).is_some()
    }

    #[test]
    fn what_is_denied_and_said_contradicts() {
        for (a, b) in [
            (
                "I've never met Ana at any fair, so who is she?",
                "I met Ana at the spring fair in May.",
            ),
            (
                "I have never baked sourdough bread before.",
                "I baked my sourdough bread for 40 minutes.",
            ),
            (
                "We've never written integration tests for the parser",
                "I'm fixing our integration tests for the parser",
            ),
        ] {
            assert!(contradict(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn wishes_other_things_and_other_denials_do_not() {
        for (a, b) in [
            ("I have never baked sourdough bread before.", "I want to bake sourdough bread."),
            ("I have never baked sourdough bread before.", "I baked a cake."),
            ("I have never met Ana in town.", "I've never met Ana at work."),
            ("Never push to main.", "I pushed to main."),
        ] {
            assert!(!contradict(a, b), "{a} / {b}");
        }
    }

    #[test]
    fn what_denies_something_else_still_says_the_rest() {
        let denial = "I have never baked sourdough bread before.";
        assert!(contradict(denial, "I baked sourdough bread, but I've never eaten at the fair."));
        assert!(!contradict(denial, "I've never tried to, but I never baked sourdough bread."));
        let other = "I've never baked bread, so is sourdough bread with rye flour for me?";
        assert!(!contradict("I have never baked sourdough bread with rye flour.", other));
    }

    #[test]
    fn tables_are_sorted_so_that_they_can_be_searched() {
        assert!(ANY.is_sorted());
        assert_eq!(stem("before"), "befor");
    }

    proptest! {
        #[test]
        fn contradicting_is_symmetric_and_nothing_contradicts_itself(
            a in "(I |never |met |Ana |to |fair |spring |baked |bread |but |, ){0,12}",
            b in "(I |never |met |Ana |to |fair |spring |baked |bread |but |, ){0,12}",
        ) {
            let (a, b) = (Spoken::read(&a), Spoken::read(&b));
            prop_assert_eq!(a.contradicts(&b), b.contradicts(&a));
            prop_assert_eq!(a.contradicts(&a), None);
        }
    }
}
