//! What one word says of the words around it: negations, how binding a text is, opposites.

use super::stem::{joined, number, stem};
use super::tokens::is_stop;
use crate::join::hash;

/// What a word says of the words around it, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    pub(super) modal: Modal,
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
    Negation,
    /// A negation; makes `can` as binding as `must`.
    Not,
    /// Makes `have` as binding as `must`.
    To,
    /// A negation after [`Role::Instead`].
    Of,
    Instead,
    /// A negation after [`Role::Rather`].
    Than,
    Rather,
}

/// How binding a word makes a text: a bit of [`MODALITIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modal {
    Never,
    Always(u8),
    /// What cannot be is as binding as what must not be.
    May,
    BeforeTo(u8),
}

impl Part {
    pub(super) fn of(word: &str) -> Self {
        let number = number(word);
        let opposites = OPPOSITES.iter().rev().fold(0, |bits, Opposite { numbers, .. }| {
            bits << 2 | u64::from(numbers.1 == number) << 1 | u64::from(numbers.0 == number)
        });
        Self {
            role: role(word),
            modal: modal(word),
            is_content: is_content(word),
            is_sign: !word.is_ascii() && SIGNS.iter().any(|sign| word.contains(sign)),
            opposites,
            turned: turned(word),
        }
    }
}

/// Negations of scripts without spaces, found anywhere: which of them is used differs between
/// writers, so only their presence counts.
const SIGNS: &[&str] = &["不", "没", "沒", "別", "别", "勿", "禁", "ない", "ません", "なし"];

/// How binding a text can be, and whether something is done. Sorted.
pub(super) const MODALITIES: &[&str] = &["done", "may", "must", "planned", "should"];

/// Whether a word can be what a negation is about: no function word, no single letter (`t.Run`), no
/// word that stands between a negation and its object.
fn is_content(word: &str) -> bool {
    const BETWEEN: &[&str] = &[
        "actual", "actually", "already", "any", "ever", "just", "longer", "only", "simply", "use",
        "using", "yet",
    ];
    !is_stop(word)
        && !BETWEEN.contains(&word)
        && (word.len() > 1 || word.bytes().all(|b| b.is_ascii_digit()))
}

/// What a word does to its neighbours.
fn role(word: &str) -> Role {
    match word {
        "not" => Role::Not,
        "never" | "no" | "nor" | "neither" | "none" | "nobody" | "nothing" | "without"
        | "avoid" | "avoids" | "avoiding" | "refuse" => Role::Negation,
        "to" => Role::To,
        "of" => Role::Of,
        "instead" => Role::Instead,
        "than" => Role::Than,
        "rather" => Role::Rather,
        _ => Role::Plain,
    }
}

/// The bit of one of [`MODALITIES`].
pub(super) fn modality(name: &str) -> u8 {
    MODALITIES.iter().position(|known| *known == name).map_or(0, |at| 1 << at)
}

/// How binding a word makes a text, and whether something is done.
fn modal(word: &str) -> Modal {
    Modal::Always(modality(match word {
        "can" | "could" | "may" => return Modal::May,
        "have" | "has" | "need" | "needs" | "had" => return Modal::BeforeTo(modality("must")),
        "going" => return Modal::BeforeTo(modality("planned")),
        "must" | "shall" | "always" | "never" | "required" | "requires" | "mandatory" => "must",
        "should" | "recommended" | "ought" => "should",
        "might" | "optional" | "optionally" => "may",
        "plan" | "plans" | "planned" | "planning" | "will" | "todo" | "upcoming" => "planned",
        "done" | "finished" | "completed" | "implemented" | "shipped" => "done",
        _ => return Modal::Never,
    }))
}

/// Two stems of which one reverses the other, with their numbers.
pub(super) struct Opposite {
    pub(super) stems: (&'static str, &'static str),
    numbers: (u32, u32),
}

const fn opposite(one: &'static str, other: &'static str) -> Opposite {
    Opposite { stems: (one, other), numbers: (hash::word(one), hash::word(other)) }
}

/// General vocabulary, chosen by us.
pub(super) const OPPOSITES: [Opposite; 19] = [
    opposite("after", "befor"),
    opposite("all", "non"),
    opposite("allow", "deni"),
    opposite("allow", "forbid"),
    opposite("alway", "never"),
    opposite("add", "remov"),
    opposite("clos", "open"),
    opposite("decreas", "increas"),
    opposite("disabl", "enabl"),
    opposite("exclud", "includ"),
    opposite("fals", "tru"),
    opposite("first", "last"),
    opposite("off", "on"),
    opposite("fail", "pass"),
    opposite("fail", "succeed"),
    opposite("lock", "unlock"),
    opposite("max", "min"),
    opposite("maximum", "minimum"),
    opposite("start", "stop"),
];

/// Beginnings that turn a word round, and the fewest letters of a word for which that is sure: `in`
/// begins many words, `install` is not the reverse of `stall`.
const REVERSING: &[(&str, usize)] = &[("un", 4), ("non", 4), ("dis", 5), ("in", 6)];

/// The stem of a word that begins with what turns a word round, and the stem that it turns.
fn turned(word: &str) -> Option<(u32, u32)> {
    let (start, least) = REVERSING.iter().find(|(start, _)| word.starts_with(start))?;
    let (rest, ending) = stem(word);
    let plain = rest.strip_prefix(start).filter(|p| p.len() + ending.len() >= *least)?;
    Some((joined(rest, ending), joined(plain, ending)))
}
