//! The polarity of a text: what it negates, demands, allows and plans, and in which order.

use std::cell::OnceCell;

use super::analysis::lexicon::Facts;
use super::analysis::{Corpus, Reading};
use super::difference::Guard;
use super::part::{OPPOSITES, Part, Role};
use super::stems::{Stems, stemmed};
use crate::join::hash;
use crate::sort;
use crate::unicode;
use crate::words::sense::{DENYING, GOING_ON, MODALITY};

/// The polarity of a text. Stems are numbers; each list is sorted and without repetitions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Polarity {
    /// The positions of the negated words.
    scopes: Vec<usize>,
    /// The stems of the negated words.
    negated: Vec<u32>,
    /// Whether a sign negates something in a script without spaces.
    sign: bool,
    /// One bit for each of [`MODALITY`].
    modality: u8,
    /// Two bits for each pair in [`OPPOSITES`]: whether the first word occurs, and the second.
    opposites: u64,
    /// Stems with a reversing prefix, each with the stem without the prefix.
    turned: Vec<(u32, u32)>,
    /// Every three consecutive content words. Computed only when nothing else keeps two texts
    /// apart.
    threes: OnceCell<Vec<Three>>,
}

/// Three stems in order, hashed so that a rotation by half the bits gives the hash of the reverse
/// order.
type Three = u64;

fn three(stems: &[u32]) -> Option<Three> {
    let [x, y, z] = *stems else { return None };
    let number = |x, z| u64::from(hash::pair(hash::pair(x, y), z));
    Some(number(x, z) << 32 | number(z, x))
}

/// A text's stems and polarity.
#[derive(Clone, Copy)]
pub(super) struct Wording<'a> {
    pub(super) stems: &'a Stems<'a>,
    pub(super) polarity: &'a Polarity,
}

impl Polarity {
    pub(super) fn of(words: Reading<'_>) -> Self {
        let mut polarity = Self { scopes: scopes(words), ..Self::default() };
        for (at, Facts { part, .. }) in words.facts().enumerate() {
            polarity.sign |= part.is_sign;
            polarity.opposites |= part.opposites;
            polarity.turned.extend(part.turned);
            let next = || words.at(at + 1).map_or(Role::Plain, |facts| facts.part.role);
            polarity.modality |= part.modality(next());
        }
        polarity.turned = sort::set(polarity.turned);
        let negated = polarity.scopes.iter().filter_map(|at| words.at(*at));
        polarity.negated = sort::set(negated.map(|facts| facts.stem).collect());
        polarity
    }

    fn threes(&self, words: Reading<'_>) -> &[Three] {
        self.threes.get_or_init(|| {
            let content: Vec<u32> = content(words).map(|facts| facts.stem).collect();
            let threes = content.windows(3).filter_map(three);
            let mut threes: Vec<Three> = threes.collect();
            sort::u64s(&mut threes);
            threes.dedup();
            threes
        })
    }
}

/// The words of a text whose stem is no function word.
fn content(words: Reading<'_>) -> impl Iterator<Item = &Facts> {
    words.facts().filter(|facts| !facts.is_function)
}

impl Wording<'_> {
    pub(super) fn guard(&self, other: &Self, counts: &dyn Fn(&Guard) -> bool) -> Option<Guard> {
        [Self::negation, Self::modality, Self::opposite, Self::reordered]
            .iter()
            .find_map(|guard| guard(self, other).filter(counts))
    }

    /// A guard when one side negates a word that the other side uses without ever negating it.
    fn negation(&self, other: &Self) -> Option<Guard> {
        let reversed = |a: &Self, b: &Self| -> Vec<u32> {
            let said = |stem: &&u32| {
                b.polarity.negated.binary_search(stem).is_err()
                    && b.affirms(**stem)
                    && !a.affirms(**stem)
            };
            a.polarity.negated.iter().filter(said).copied().collect()
        };
        let (left, right) = (reversed(self, other), reversed(other, self));
        if left.is_empty() && right.is_empty() && self.polarity.sign == other.polarity.sign {
            return None;
        }
        let written = |said: &Self, stems: &[u32], sign: bool| {
            let mut list = said.stems.spelled(stems);
            list.extend(sign.then(|| "不".to_owned()));
            sort::set(list)
        };
        let signs = (self.polarity.sign, other.polarity.sign);
        Some(Guard {
            kind: "negation",
            left: written(self, &left, signs.0 && !signs.1),
            right: written(other, &right, signs.1 && !signs.0),
        })
    }

    /// Whether a content stem occurs at least once without negation.
    fn affirms(&self, stem: u32) -> bool {
        let mut places = self.stems.words.facts().enumerate();
        places.any(|(at, facts)| {
            facts.stem == stem
                && facts.part.is_content
                && self.polarity.scopes.binary_search(&at).is_err()
        })
    }

    /// A guard when each side binds in a way in which the other does not.
    fn modality(&self, other: &Self) -> Option<Guard> {
        let (ours, theirs) = (self.polarity.modality, other.polarity.modality);
        let list = |bits: u8| -> Vec<String> {
            let names = MODALITY.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            names.map(|(_, name)| (*name).to_owned()).collect()
        };
        let (left, right) = (ours & !theirs, theirs & !ours);
        (left != 0 && right != 0).then(|| Guard {
            kind: "modality",
            left: list(left),
            right: list(right),
        })
    }

    /// A guard when one side has one word of a pair and the other side only its opposite.
    fn opposite(&self, other: &Self) -> Option<Guard> {
        let found = |left: &str, right: &str| Guard {
            kind: "opposite",
            left: vec![left.into()],
            right: vec![right.into()],
        };
        let (ours, theirs) = (self.polarity.opposites, other.polarity.opposites);
        let listed = OPPOSITES.iter().enumerate().find_map(|(at, opposite)| {
            let (x, y) = opposite.stems;
            match (ours >> (2 * at) & 3, theirs >> (2 * at) & 3) {
                (1, 2) => Some(found(x, y)),
                (2, 1) => Some(found(y, x)),
                _ => None,
            }
        });
        let turned = |a: &Self, b: &Self| -> Option<(String, String)> {
            let one_way = |(turned, plain): &&(u32, u32)| {
                !a.stems.has(*plain) && b.stems.has(*plain) && !b.stems.has(*turned)
            };
            let (turned, plain) = a.polarity.turned.iter().find(one_way)?;
            Some((a.stems.spelled(&[*turned]).pop()?, b.stems.spelled(&[*plain]).pop()?))
        };
        listed
            .or_else(|| turned(self, other).map(|(word, plain)| found(&word, &plain)))
            .or_else(|| turned(other, self).map(|(word, plain)| found(&plain, &word)))
    }

    /// A guard when three consecutive words stand in reverse order on the other side:
    /// `alpha calls beta`, `beta calls alpha`. Function words are skipped.
    fn reordered(&self, other: &Self) -> Option<Guard> {
        let (ours, theirs) = (self.threes(), other.threes());
        // Each side must have only one of the orders: a text with both says nothing about order.
        let (here, there) = (only_in(ours, theirs), only_in(theirs, ours));
        let swapped = |three: &Three| there.binary_search(&three.rotate_left(32)).is_ok();
        let swapped: Vec<Three> = here.into_iter().filter(swapped).collect();
        if swapped.is_empty() {
            return None;
        }
        let words: Vec<(&str, &Facts)> =
            self.stems.words.words().filter(|(_, facts)| !facts.is_function).collect();
        let found = words.windows(3).filter(|words| {
            let stems: Vec<u32> = words.iter().map(|(_, facts)| facts.stem).collect();
            three(&stems).is_some_and(|three| swapped.contains(&three))
        });
        let written = found.map(|words| {
            let stems: Vec<String> = words.iter().map(|(word, _)| stemmed(word)).collect();
            let back: Vec<String> = stems.iter().rev().cloned().collect();
            (stems.join(" "), back.join(" "))
        });
        // Of several such triples, both sides must report the same one.
        let (left, right) = written.min_by_key(|(one, back)| one.min(back).clone())?;
        Some(Guard { kind: "order", left: vec![left], right: vec![right] })
    }

    fn threes(&self) -> &[Three] {
        self.polarity.threes(self.stems.words)
    }
}

/// The items that only the first of two sorted lists has.
fn only_in(mut a: &[Three], mut b: &[Three]) -> Vec<Three> {
    let mut only = Vec::new();
    while let [x, more @ ..] = a {
        match b {
            [y, rest @ ..] if y < x => b = rest,
            [y, ..] if y == x => a = more,
            _ => {
                only.push(*x);
                a = more;
            }
        }
    }
    only
}

/// How many words a text negates.
pub fn negated(text: &str) -> usize {
    scopes(Corpus::of([text]).reading(0)).len()
}

/// Whether what stands below this heading or lead-in may not hold, or not be meant to be done: it has a word that
/// negates, also where it negates nothing (`Do NOT:`), or one of [`DENYING`].
pub fn denies(above: &str) -> bool {
    let corpus = Corpus::of([above]);
    let mut before = Role::Plain;
    let negates =
        corpus.reading(0).facts().any(|Facts { part: Part { role, is_sign, .. }, .. }| {
            let negation = *is_sign || role.negates(before);
            before = *role;
            negation
        });
    negates || lower_words(above).any(|word| DENYING.contains(&&*word))
}

/// Whether a line goes on from the one before it, as `It is switched off last.` does.
pub fn goes_on(line: &str) -> bool {
    lower_words(line).next().is_some_and(|word| GOING_ON.contains(&&*word))
}

/// The words of a text in lower case, with the hyphens and apostrophes inside them.
fn lower_words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c| !unicode::is_word(c) && !matches!(c, '-' | '\'' | '’'));
    let words =
        words.map(|word| word.trim_matches(['-', '\'', '’'])).filter(|word| !word.is_empty());
    words.map(|word| unicode::lower(word).replace('’', "'"))
}

/// The positions of negated words, sorted: the first content word after each negation, or, if none
/// follows, the last one before it. So `use X, not Y` and `use Y, not X` differ although they have
/// the same words.
fn scopes(words: Reading<'_>) -> Vec<usize> {
    let content = |at: &usize| words.at(*at).is_some_and(|facts| facts.part.is_content);
    let mut found = Vec::new();
    let mut before = Role::Plain;
    for (at, Facts { part: Part { role, .. }, .. }) in words.facts().enumerate() {
        let negation = role.negates(before);
        before = *role;
        if negation {
            let next = (at + 1..words.len()).find(content);
            found.extend(next.or_else(|| (0..at).rev().find(content)));
        }
    }
    sort::set(found)
}
