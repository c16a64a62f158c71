//! How a word affects the words around it: negations, how binding a text is, opposites. The tables
//! are in `words/sense.toml`.

use super::stem::{joined, number, stem};
use crate::join::hash;
use crate::words::function::is_stop;
use crate::words::sense::{
    self, BETWEEN, MUST_BEFORE_NOT, MUST_BEFORE_TO, NEGATING_PAIRS, PLANNED_BEFORE_TO, REVERSING,
    SIGNS,
};

/// How a word affects the words around it, wherever it occurs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// How binding it makes a text: one bit for each of [`sense::MODALITY`].
    modality: u8,
    /// `modality` when `not` follows; 0 = unchanged.
    before_not: u8,
    /// `modality` when `to` follows; 0 = unchanged.
    before_to: u8,
    /// Whether a negation can refer to it.
    pub(super) is_content: bool,
    /// Whether it contains one of [`SIGNS`].
    pub(super) is_sign: bool,
    /// Two bits for each pair in [`OPPOSITES`]: whether it is the first word, and the second.
    pub(super) opposites: u64,
    /// For a word with a reversing prefix: its stem, and the stem without the prefix.
    pub(super) turned: Option<(u32, u32)>,
}

/// How a word acts on its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Plain,
    /// `not`.
    Not,
    /// Another negation.
    Negation,
    /// `to`.
    To,
    /// The first word of one of [`NEGATING_PAIRS`].
    First(usize),
    /// The second word of such a pair, which negates after the first.
    Second(usize),
}

impl Role {
    /// Whether it negates, when a word with the role `before` precedes it.
    pub(super) fn negates(self, before: Self) -> bool {
        match self {
            Self::Not | Self::Negation => true,
            Self::Second(pair) => before == Self::First(pair),
            Self::Plain | Self::To | Self::First(_) => false,
        }
    }

    fn of(word: &str) -> Self {
        let pair = |of: fn(&(&'static str, &'static str)) -> &'static str| {
            NEGATING_PAIRS.iter().position(|pair| of(pair) == word)
        };
        match word {
            "not" => Self::Not,
            "to" => Self::To,
            _ if sense::negations(word) => Self::Negation,
            _ => pair(|pair| pair.0)
                .map(Self::First)
                .or_else(|| pair(|pair| pair.1).map(Self::Second))
                .unwrap_or(Self::Plain),
        }
    }
}

impl Part {
    pub(super) fn of(word: &str) -> Self {
        let number = number(word);
        let opposites = OPPOSITES.iter().rev().fold(0, |bits, Opposite { numbers, .. }| {
            bits << 2 | u64::from(numbers.1 == number) << 1 | u64::from(numbers.0 == number)
        });
        let binds = |list: &[&str], as_word: &str| match list.contains(&word) {
            true => modality(as_word),
            false => 0,
        };
        Self {
            role: Role::of(word),
            modality: modality(word),
            before_not: binds(MUST_BEFORE_NOT, "must"),
            before_to: binds(MUST_BEFORE_TO, "must") | binds(PLANNED_BEFORE_TO, "planned"),
            is_content: is_content(word),
            is_sign: !word.is_ascii() && SIGNS.iter().any(|sign| word.contains(sign)),
            opposites,
            turned: turned(word),
        }
    }

    /// How binding it makes a text, when a word with the role `next` follows it.
    pub(super) fn modality(&self, next: Role) -> u8 {
        match next {
            Role::Not if self.before_not > 0 => self.before_not,
            Role::To if self.before_to > 0 => self.before_to,
            _ => self.modality,
        }
    }
}

/// Whether a negation can refer to a word: no function word, no single letter (`t.Run`), and no
/// word that may stand between a negation and its object.
fn is_content(word: &str) -> bool {
    !is_stop(word)
        && !BETWEEN.contains(&word)
        && (word.len() > 1 || word.bytes().all(|b| b.is_ascii_digit()))
}

/// The modality bit of a word; 0 for most words.
fn modality(word: &str) -> u8 {
    sense::modality_of(word).map_or(0, |class| 1 << class)
}

/// Two stems with opposite meanings, and their numbers.
#[derive(Clone, Copy)]
pub(super) struct Opposite {
    pub(super) stems: (&'static str, &'static str),
    numbers: (u32, u32),
}

const fn opposite(one: &'static str, other: &'static str) -> Opposite {
    Opposite { stems: (one, other), numbers: (hash::word(one), hash::word(other)) }
}

/// Each pair needs two bits of a `u64`.
#[expect(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and what would be wrong is an error then"
)]
pub(super) const OPPOSITES: [Opposite; sense::OPPOSITES.len()] = {
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

/// For a word with a reversing prefix: its stem, and the stem without the prefix.
fn turned(word: &str) -> Option<(u32, u32)> {
    let (start, least) = REVERSING.iter().find(|(start, _)| word.starts_with(start))?;
    let (rest, ending) = stem(word);
    let plain = rest.strip_prefix(start).filter(|p| p.len() + ending.len() >= *least)?;
    Some((joined(rest, ending), joined(plain, ending)))
}
