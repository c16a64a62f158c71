//! What a text says of its words: negated, demanded, allowed, planned, in which order.

use std::collections::BTreeSet;

use super::guard::{Guard, apart};
use super::stem::stem;
use super::tokens::{is_stop, plain_words};

/// The sense of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sense {
    /// Stems of its words in reading order, function words too.
    words: Vec<String>,
    /// Stems that a negation stands before.
    negated: BTreeSet<String>,
    /// Content stems of which one occurrence at least is not negated.
    affirmed: BTreeSet<String>,
    /// Whether a sign negates something in a script without spaces.
    sign: bool,
    modality: BTreeSet<String>,
}

impl Sense {
    pub(super) fn of(text: &str) -> Self {
        let plain = plain_words(text);
        let words: Vec<String> = plain.iter().map(|word| stemmed(word)).collect();
        let scopes = scopes(&plain);
        let of = |inside: bool| {
            let chosen = plain.iter().zip(&words).enumerate().filter(|(at, (word, _))| {
                scopes.contains(at) == inside && (inside || is_content(word))
            });
            chosen.map(|(_, (_, stem))| stem.clone()).collect()
        };
        Self {
            negated: of(true),
            affirmed: of(false),
            sign: plain.iter().any(|word| SIGNS.iter().any(|sign| word.contains(sign))),
            modality: modality(&plain),
            words,
        }
    }

    pub(super) fn guard(&self, other: &Self) -> Option<Guard> {
        let reversed = |a: &Self, b: &Self| -> BTreeSet<String> {
            let said = |stem: &&String| b.affirmed.contains(*stem) && !a.affirmed.contains(*stem);
            let mut found: BTreeSet<String> = a
                .negated
                .iter()
                .filter(|stem| !b.negated.contains(*stem))
                .filter(said)
                .cloned()
                .collect();
            if a.sign && !b.sign {
                found.insert("不".into());
            }
            found
        };
        let (left, right) = (reversed(self, other), reversed(other, self));
        if !left.is_empty() || !right.is_empty() {
            let list = |set: BTreeSet<String>| set.into_iter().collect();
            return Some(Guard { kind: "negation", left: list(left), right: list(right) });
        }
        apart("modality", &self.modality, &other.modality)
            .or_else(|| opposite(&self.words, &other.words))
            .or_else(|| reordered(&self.words, &other.words))
    }
}

/// Negations of scripts without spaces, found anywhere: which of them is used differs between
/// writers, so only their presence counts.
const SIGNS: &[&str] = &["不", "没", "沒", "別", "别", "勿", "禁", "ない", "ません", "なし"];

fn stemmed(word: &str) -> String {
    let (rest, ending) = stem(word);
    format!("{rest}{ending}")
}

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

/// The places of what is negated: the first content word after each negation, the last one before it
/// when none follows, so that `use X, not Y` and `use Y, not X` differ although their words do not.
fn scopes(words: &[String]) -> BTreeSet<usize> {
    let content = |at: &usize| words.get(*at).is_some_and(|word| is_content(word));
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| words.get(i)).map_or("", String::as_str);
        let negation = match word.as_str() {
            "not" | "never" | "no" | "nor" | "neither" | "none" | "nobody" | "nothing"
            | "without" | "avoid" | "avoids" | "avoiding" | "refuse" => true,
            "of" => before == "instead",
            "than" => before == "rather",
            _ => false,
        };
        if negation {
            let next = (at + 1..words.len()).find(content);
            found.extend(next.or_else(|| (0..at).rev().find(content)));
        }
    }
    found
}

/// How binding a text is and whether it is done: `must`, `should`, `may`, `planned`, `done`.
fn modality(words: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map_or("", String::as_str);
        let class = match (word.as_str(), next) {
            // What cannot be is as binding as what must not be.
            ("can" | "could" | "may", "not") => "must",
            ("must" | "shall" | "always" | "never" | "required" | "requires" | "mandatory", _) => {
                "must"
            }
            ("have" | "has" | "need" | "needs" | "had", "to") => "must",
            ("should" | "recommended" | "ought", _) => "should",
            ("may" | "might" | "can" | "could" | "optional" | "optionally", _) => "may",
            ("plan" | "plans" | "planned" | "planning" | "will" | "todo" | "upcoming", _)
            | ("going", "to") => "planned",
            ("done" | "finished" | "completed" | "implemented" | "shipped", _) => "done",
            _ => continue,
        };
        found.insert(class.to_owned());
    }
    found
}

/// Stems of which one reverses the other. General vocabulary, chosen by us.
const OPPOSITES: &[(&str, &str)] = &[
    ("after", "befor"),
    ("all", "non"),
    ("allow", "deni"),
    ("allow", "forbid"),
    ("alway", "never"),
    ("add", "remov"),
    ("clos", "open"),
    ("decreas", "increas"),
    ("disabl", "enabl"),
    ("exclud", "includ"),
    ("fals", "tru"),
    ("first", "last"),
    ("off", "on"),
    ("fail", "pass"),
    ("fail", "succeed"),
    ("lock", "unlock"),
    ("max", "min"),
    ("maximum", "minimum"),
    ("start", "stop"),
];

/// Beginnings that turn a word round, and the fewest letters of a word for which that is sure: `in`
/// begins many words, `install` is not the reverse of `stall`.
const REVERSING: &[(&str, usize)] = &[("un", 4), ("non", 4), ("dis", 5), ("in", 6)];

/// Fires when one side has one word of a pair and the other side only its opposite.
fn opposite(a: &[String], b: &[String]) -> Option<Guard> {
    let (a, b): (BTreeSet<&str>, BTreeSet<&str>) =
        (a.iter().map(String::as_str).collect(), b.iter().map(String::as_str).collect());
    let one_way =
        |x: &str, y: &str| a.contains(x) && !a.contains(y) && b.contains(y) && !b.contains(x);
    let found = |left: &str, right: &str| Guard {
        kind: "opposite",
        left: vec![left.into()],
        right: vec![right.into()],
    };
    let listed = OPPOSITES.iter().find_map(|(x, y)| match (one_way(x, y), one_way(y, x)) {
        (true, _) => Some(found(x, y)),
        (_, true) => Some(found(y, x)),
        _ => None,
    });
    let plain = |word: &'_ str| -> Option<String> {
        let without = REVERSING.iter().filter_map(|(start, least)| {
            word.strip_prefix(start).filter(|rest| rest.len() >= *least)
        });
        without
            .map(str::to_owned)
            .find(|rest| a.contains(rest.as_str()) || b.contains(rest.as_str()))
    };
    listed
        .or_else(|| a.iter().find_map(|w| plain(w).filter(|p| one_way(w, p)).map(|p| found(w, &p))))
        .or_else(|| b.iter().find_map(|w| plain(w).filter(|p| one_way(p, w)).map(|p| found(&p, w))))
}

/// Fires when three words that follow each other stand the other way round: `alpha calls beta`, `beta
/// calls alpha`. Function words do not count.
fn reordered(a: &[String], b: &[String]) -> Option<Guard> {
    let content = |words: &[String]| -> Vec<String> {
        words.iter().filter(|word| !is_stop(word)).cloned().collect()
    };
    let (a, b) = (content(a), content(b));
    let of = |words: &[String], back: bool| -> BTreeSet<String> {
        let one = |w: &[String]| match w {
            [x, y, z] if back => format!("{z} {y} {x}"),
            _ => w.join(" "),
        };
        words.windows(3).map(one).collect()
    };
    let (ours, theirs) = (of(&a, false), of(&b, false));
    let back = of(&b, true);
    let swapped = ours.iter().find(|three| back.contains(*three) && !theirs.contains(*three))?;
    let other: Vec<&str> = swapped.rsplit(' ').collect();
    Some(Guard { kind: "order", left: vec![swapped.clone()], right: vec![other.join(" ")] })
}
