//! What a text says of its words: negated, demanded, allowed, planned, in which order.

use super::difference::Guard;
use super::stem::stem;
use super::stems::{Stems, joined, stemmed};
use crate::join::hash;
use crate::sort;
use crate::words::function::is_stop;
use crate::words::sense::{
    self, BETWEEN, MODALITY, MUST_BEFORE_NOT, MUST_BEFORE_TO, NEGATING_PAIRS, PLANNED_BEFORE_TO,
    REVERSING, SIGNS,
};

/// The sense of a text. Stems are numbers; each list is sorted and holds a thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sense {
    /// The places of the words that are negated.
    scopes: Vec<usize>,
    /// Their stems.
    negated: Vec<u32>,
    /// Whether a sign negates something in a script without spaces.
    sign: bool,
    /// A bit for each of [`MODALITY`].
    modality: u8,
    /// Two bits for each of [`OPPOSITES`]: whether the one occurs, and the other.
    opposites: u64,
    /// Stems that begin with what turns a word round, each with the stem that is turned.
    turned: Vec<(u32, u32)>,
    /// Each three content words that follow each other.
    threes: Vec<Three>,
}

/// Three stems in order.
type Three = [u32; 3];

/// A text's words with their sense.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) stems: &'a Stems,
    pub(super) sense: &'a Sense,
}

impl Sense {
    pub(super) fn of(stems: &Stems) -> Self {
        let plain: Vec<&str> = stems.words.iter().collect();
        let scopes = scopes(&plain);
        let negated = scopes.iter().filter_map(|at| stems.in_order.get(*at)).copied();
        let signs = |word: &&str| !word.is_ascii() && SIGNS.iter().any(|sign| word.contains(sign));
        let threes = stems.content.windows(3).filter_map(|three| three.try_into().ok());
        Self {
            negated: sort::set(negated.collect()),
            scopes,
            sign: plain.iter().any(signs),
            modality: modality(&plain),
            opposites: opposites(stems),
            turned: sort::set(plain.iter().filter_map(|word| turned(word)).collect()),
            threes: {
                let mut threes: Vec<Three> = threes.collect();
                sort::packed(&mut threes);
                threes.dedup();
                threes
            },
        }
    }
}

impl Said<'_> {
    pub(super) fn guard(&self, other: &Self) -> Option<Guard> {
        self.negation(other)
            .or_else(|| self.modality(other))
            .or_else(|| self.opposite(other))
            .or_else(|| self.reordered(other))
    }

    /// Fires when one side negates what the other says and nowhere negates.
    fn negation(&self, other: &Self) -> Option<Guard> {
        let reversed = |a: &Self, b: &Self| -> Vec<u32> {
            let said = |stem: &&u32| {
                b.sense.negated.binary_search(stem).is_err()
                    && b.affirms(**stem)
                    && !a.affirms(**stem)
            };
            a.sense.negated.iter().filter(said).copied().collect()
        };
        let (left, right) = (reversed(self, other), reversed(other, self));
        if left.is_empty() && right.is_empty() && self.sense.sign == other.sense.sign {
            return None;
        }
        let written = |said: &Self, stems: &[u32], sign: bool| {
            let mut list = said.stems.spelled(stems);
            list.extend(sign.then(|| "不".to_owned()));
            sort::set(list)
        };
        let signs = (self.sense.sign, other.sense.sign);
        Some(Guard {
            kind: "negation",
            left: written(self, &left, signs.0 && !signs.1),
            right: written(other, &right, signs.1 && !signs.0),
        })
    }

    /// Whether one occurrence at least of a content stem is not negated.
    fn affirms(&self, stem: u32) -> bool {
        let mut places = self.stems.words.iter().zip(&self.stems.in_order).enumerate();
        places.any(|(at, (word, number))| {
            *number == stem && is_content(word) && self.sense.scopes.binary_search(&at).is_err()
        })
    }

    /// Fires when each binds in a way in which the other does not.
    fn modality(&self, other: &Self) -> Option<Guard> {
        let (ours, theirs) = (self.sense.modality, other.sense.modality);
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

    /// Fires when one side has one word of a pair and the other side only its opposite.
    fn opposite(&self, other: &Self) -> Option<Guard> {
        let found = |left: &str, right: &str| Guard {
            kind: "opposite",
            left: vec![left.into()],
            right: vec![right.into()],
        };
        let (ours, theirs) = (self.sense.opposites, other.sense.opposites);
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
            let (turned, plain) = a.sense.turned.iter().find(one_way)?;
            Some((a.stems.spelled(&[*turned]).pop()?, b.stems.spelled(&[*plain]).pop()?))
        };
        listed
            .or_else(|| turned(self, other).map(|(word, plain)| found(&word, &plain)))
            .or_else(|| turned(other, self).map(|(word, plain)| found(&plain, &word)))
    }

    /// Fires when three words that follow each other stand the other way round: `alpha calls beta`,
    /// `beta calls alpha`. Function words do not count.
    fn reordered(&self, other: &Self) -> Option<Guard> {
        // One way here and the other way there alone: what says both ways says nothing of the order.
        let only = |a: &Self, b: &Self, three: &Three| {
            let has = |said: &Self| said.sense.threes.binary_search(three).is_ok();
            has(a) && !has(b)
        };
        let swapped = |three: &&Three| {
            let [x, y, z] = **three;
            only(self, other, three) && only(other, self, &[z, y, x])
        };
        let swapped: Vec<Three> = self.sense.threes.iter().filter(swapped).copied().collect();
        if swapped.is_empty() {
            return None;
        }
        let content: Vec<&str> =
            self.stems.words.iter().filter(|word| !has_stop_stem(word)).collect();
        let places = content.windows(3).zip(self.stems.content.windows(3));
        let found = places.filter(|(_, stems)| swapped.iter().any(|three| three == stems));
        let written = found.map(|(words, _)| {
            let stems: Vec<String> = words.iter().map(|word| stemmed(word)).collect();
            let back: Vec<String> = stems.iter().rev().cloned().collect();
            (stems.join(" "), back.join(" "))
        });
        // The same of several from both sides.
        let (left, right) = written.min_by_key(|(one, back)| one.min(back).clone())?;
        Some(Guard { kind: "order", left: vec![left], right: vec![right] })
    }
}

/// Whether a word can be what a negation is about: no function word, no single letter (`t.Run`), no
/// word that stands between a negation and its object.
fn is_content(word: &str) -> bool {
    !is_stop(word)
        && !BETWEEN.contains(&word)
        && (word.len() > 1 || word.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether the stem of a word is a function word.
fn has_stop_stem(word: &str) -> bool {
    let (rest, ending) = stem(word);
    ending.is_empty() && is_stop(rest)
}

/// The places of what is negated, sorted: the first content word after each negation, the last one
/// before it when none follows, so that `use X, not Y` and `use Y, not X` differ although their
/// words do not.
fn scopes(words: &[&str]) -> Vec<usize> {
    let content = |at: &usize| words.get(*at).is_some_and(|word| is_content(word));
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = || at.checked_sub(1).and_then(|i| words.get(i)).copied().unwrap_or("");
        let pair = |(first, second): &(&str, &str)| second == word && before() == *first;
        if sense::negations(word) || NEGATING_PAIRS.iter().any(pair) {
            let next = (at + 1..words.len()).find(content);
            found.extend(next.or_else(|| (0..at).rev().find(content)));
        }
    }
    sort::set(found)
}

/// How binding a text is and whether it is done, as bits.
fn modality(words: &[&str]) -> u8 {
    let mut found = 0;
    for (at, word) in words.iter().enumerate() {
        let class = match words.get(at + 1).copied().unwrap_or("") {
            "not" if MUST_BEFORE_NOT.contains(word) => sense::modality_of("must"),
            "to" if MUST_BEFORE_TO.contains(word) => sense::modality_of("must"),
            "to" if PLANNED_BEFORE_TO.contains(word) => sense::modality_of("planned"),
            _ => sense::modality_of(word),
        };
        found |= class.map_or(0, |class| 1 << class);
    }
    found
}

/// Two stems of which one reverses the other, with their numbers.
#[derive(Clone, Copy)]
struct Opposite {
    stems: (&'static str, &'static str),
    numbers: (u32, u32),
}

const fn opposite(one: &'static str, other: &'static str) -> Opposite {
    Opposite { stems: (one, other), numbers: (hash::word(one), hash::word(other)) }
}

/// Two bits of a `u64` for each.
#[expect(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and what would be wrong is an error then"
)]
const OPPOSITES: [Opposite; sense::OPPOSITES.len()] = {
    assert!(sense::OPPOSITES.len() <= 32, "no bits left for more opposites");
    let mut all = [opposite("", ""); sense::OPPOSITES.len()];
    let mut at = 0;
    while at < all.len() {
        let (one, other) = sense::OPPOSITES[at];
        all[at] = opposite(one, other);
        at += 1;
    }
    all
};

/// Which of [`OPPOSITES`] occur, two bits each.
fn opposites(stems: &Stems) -> u64 {
    OPPOSITES.iter().rev().fold(0, |bits, Opposite { numbers: (one, other), .. }| {
        bits << 2 | u64::from(stems.has(*other)) << 1 | u64::from(stems.has(*one))
    })
}

/// The stem of a word that begins with what turns a word round, and the stem that it turns.
fn turned(word: &str) -> Option<(u32, u32)> {
    let (start, least) = REVERSING.iter().find(|(start, _)| word.starts_with(start))?;
    let (rest, ending) = stem(word);
    let plain = rest.strip_prefix(start).filter(|p| p.len() + ending.len() >= *least)?;
    Some((joined(rest, ending), joined(plain, ending)))
}
