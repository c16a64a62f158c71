//! What a text says of its words: negated, demanded, allowed, planned, in which order.

use std::cell::OnceCell;

use super::analysis::Reading;
use super::analysis::lexicon::{Facts, joined};
use super::difference::Guard;
use super::stem::stem;
use super::stems::{Stems, set, stemmed};
use super::tokens::is_stop;
use crate::join::hash;

/// What a word says of the words around it, wherever it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    role: Role,
    modal: Modal,
    /// Whether a negation can be about it.
    is_content: bool,
    /// Whether it holds one of [`SIGNS`].
    is_sign: bool,
    /// Two bits for each of [`OPPOSITES`]: whether it is the one, and the other.
    opposites: u64,
    /// Its stem and the stem that it turns round.
    turned: Option<(u32, u32)>,
}

/// What a word does to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
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
enum Modal {
    Never,
    Always(u8),
    /// What cannot be is as binding as what must not be.
    May,
    BeforeTo(u8),
}

impl Part {
    pub(crate) fn of(word: &str) -> Self {
        let number = super::analysis::lexicon::number(word);
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

/// The sense of a text. Stems are numbers; each list is sorted and holds a thing once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sense {
    /// The places of the words that are negated.
    scopes: Vec<usize>,
    /// Their stems.
    negated: Vec<u32>,
    /// Whether a sign negates something in a script without spaces.
    sign: bool,
    /// A bit for each of [`MODALITIES`].
    modality: u8,
    /// Two bits for each of [`OPPOSITES`]: whether the one occurs, and the other.
    opposites: u64,
    /// Stems that begin with what turns a word round, each with the stem that is turned.
    turned: Vec<(u32, u32)>,
    /// Each three content words that follow each other. Read when nothing else keeps two texts apart.
    threes: OnceCell<Vec<Three>>,
}

/// Three stems in order.
type Three = [u32; 3];

/// A text's words with their sense.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) stems: &'a Stems<'a>,
    pub(super) sense: &'a Sense,
}

impl Sense {
    pub(super) fn of(words: Reading<'_>) -> Self {
        let mut sense = Self { scopes: scopes(words), ..Self::default() };
        for (at, Facts { part, .. }) in words.facts().enumerate() {
            sense.sign |= part.is_sign;
            sense.opposites |= part.opposites;
            sense.turned.extend(part.turned);
            let next = || words.at(at + 1).map_or(Role::Plain, |facts| facts.part.role);
            sense.modality |= match part.modal {
                Modal::Never => 0,
                Modal::Always(bit) => bit,
                Modal::May => modality(if next() == Role::Not { "must" } else { "may" }),
                Modal::BeforeTo(bit) => {
                    if next() == Role::To {
                        bit
                    } else {
                        0
                    }
                }
            };
        }
        sense.turned = set(sense.turned);
        let negated = sense.scopes.iter().filter_map(|at| words.at(*at));
        sense.negated = set(negated.map(|facts| facts.stem).collect());
        sense
    }

    fn threes(&self, words: Reading<'_>) -> &[Three] {
        self.threes.get_or_init(|| {
            let content: Vec<u32> = content(words).map(|facts| facts.stem).collect();
            let threes = content.windows(3).filter_map(|three| three.try_into().ok());
            set(threes.collect())
        })
    }
}

/// The words of a text whose stem is no function word.
fn content(words: Reading<'_>) -> impl Iterator<Item = &Facts> {
    words.facts().filter(|facts| !facts.is_function)
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
            set(list)
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
        let mut places = self.stems.words.facts().enumerate();
        places.any(|(at, facts)| {
            facts.stem == stem
                && facts.part.is_content
                && self.sense.scopes.binary_search(&at).is_err()
        })
    }

    /// Fires when each binds in a way in which the other does not.
    fn modality(&self, other: &Self) -> Option<Guard> {
        let (ours, theirs) = (self.sense.modality, other.sense.modality);
        let list = |bits: u8| -> Vec<String> {
            let names = MODALITIES.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
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
        let (ours, theirs) = (self.threes(), other.threes());
        // One way here and the other way there alone: what says both ways says nothing of the order.
        let (here, there) = (only_in(ours, theirs), only_in(theirs, ours));
        let swapped = |[x, y, z]: &Three| there.binary_search(&[*z, *y, *x]).is_ok();
        let swapped: Vec<Three> = here.into_iter().filter(swapped).collect();
        if swapped.is_empty() {
            return None;
        }
        let words: Vec<(&str, &Facts)> =
            self.stems.words.words().filter(|(_, facts)| !facts.is_function).collect();
        let found = words.windows(3).filter(|words| {
            swapped.iter().any(|three| words.iter().map(|(_, facts)| &facts.stem).eq(three))
        });
        let written = found.map(|words| {
            let stems: Vec<String> = words.iter().map(|(word, _)| stemmed(word)).collect();
            let back: Vec<String> = stems.iter().rev().cloned().collect();
            (stems.join(" "), back.join(" "))
        });
        // The same of several from both sides.
        let (left, right) = written.min_by_key(|(one, back)| one.min(back).clone())?;
        Some(Guard { kind: "order", left: vec![left], right: vec![right] })
    }

    fn threes(&self) -> &[Three] {
        self.sense.threes(self.stems.words)
    }
}

/// What the first of two sorted lists has alone.
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

/// Negations of scripts without spaces, found anywhere: which of them is used differs between
/// writers, so only their presence counts.
const SIGNS: &[&str] = &["不", "没", "沒", "別", "别", "勿", "禁", "ない", "ません", "なし"];

/// How binding a text can be, and whether something is done. Sorted.
const MODALITIES: &[&str] = &["done", "may", "must", "planned", "should"];

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

/// The places of what is negated, sorted: the first content word after each negation, the last one
/// before it when none follows, so that `use X, not Y` and `use Y, not X` differ although their
/// words do not.
fn scopes(words: Reading<'_>) -> Vec<usize> {
    let content = |at: &usize| words.at(*at).is_some_and(|facts| facts.part.is_content);
    let mut found = Vec::new();
    let mut before = Role::Plain;
    for (at, Facts { part: Part { role, .. }, .. }) in words.facts().enumerate() {
        let negation = match role {
            Role::Not | Role::Negation => true,
            Role::Of => before == Role::Instead,
            Role::Than => before == Role::Rather,
            _ => false,
        };
        before = *role;
        if negation {
            let next = (at + 1..words.len()).find(content);
            found.extend(next.or_else(|| (0..at).rev().find(content)));
        }
    }
    set(found)
}

/// The bit of one of [`MODALITIES`].
fn modality(name: &str) -> u8 {
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
struct Opposite {
    stems: (&'static str, &'static str),
    numbers: (u32, u32),
}

const fn opposite(one: &'static str, other: &'static str) -> Opposite {
    Opposite { stems: (one, other), numbers: (hash::word(one), hash::word(other)) }
}

/// General vocabulary, chosen by us.
const OPPOSITES: [Opposite; 19] = [
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
