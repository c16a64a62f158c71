//! What one word says of the words around it: negations, how binding a text is, opposites. The words are in
//! `words/sense.toml`.

use super::stem::{joined, number, stem};
use crate::join::hash;
use crate::words::function::is_stop;
use crate::words::sense::{
    self, BETWEEN, MUST_BEFORE_NOT, MUST_BEFORE_TO, NEGATING_PAIRS, PLANNED_BEFORE_TO, REVERSING,
    SIGNS,
};

/// What a word says of the words around it, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// How binding it makes a text, a bit for each of [`sense::MODALITY`].
    modality: u8,
    /// As `modality`, when `not` follows; 0 = no other way.
    before_not: u8,
    /// As `modality`, when `to` follows; 0 = no other way.
    before_to: u8,
    /// Whether a negation can be about it.
    pub(super) is_content: bool,
    /// Whether it holds one of [`SIGNS`].
    pub(super) is_sign: bool,
    /// Two bits for each of [`OPPOSITES`]: whether it is the one, and the other.
    pub(super) opposites: u64,
    /// Its stem and the stem that it turns round.
    pub(super) turned: Option<(u32, u32)>,
}

/// What a word does to its neighbours.
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
    /// The second word of one: a negation behind the first.
    Second(usize),
}

impl Role {
    /// Whether it negates behind a word of another role.
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

    /// How binding it makes a text before a word of some role.
    pub(super) fn modality(&self, next: Role) -> u8 {
        match next {
            Role::Not if self.before_not > 0 => self.before_not,
            Role::To if self.before_to > 0 => self.before_to,
            _ => self.modality,
        }
    }
}

/// Whether a word can be what a negation is about: no function word, no single letter (`t.Run`), no
/// word that stands between a negation and its object.
fn is_content(word: &str) -> bool {
    !is_stop(word)
        && !BETWEEN.contains(&word)
        && (word.len() > 1 || word.bytes().all(|b| b.is_ascii_digit()))
}

/// The bit of the modality of a word; 0 for most words.
fn modality(word: &str) -> u8 {
    sense::modality_of(word).map_or(0, |class| 1 << class)
}

/// Two stems of which one reverses the other, with their numbers.
#[derive(Clone, Copy)]
pub(super) struct Opposite {
    pub(super) stems: (&'static str, &'static str),
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

/// The stem of a word that begins with what turns a word round, and the stem that it turns.
fn turned(word: &str) -> Option<(u32, u32)> {
    let (start, least) = REVERSING.iter().find(|(start, _)| word.starts_with(start))?;
    let (rest, ending) = stem(word);
    let plain = rest.strip_prefix(start).filter(|p| p.len() + ending.len() >= *least)?;
    Some((joined(rest, ending), joined(plain, ending)))
}
