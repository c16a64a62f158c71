//! The veto against merging what is only similar.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{is_stop, plain_words};
use super::unicode::is_cjk;
use super::values::{ValueKind, values};

/// Why two similar texts may not be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What differs, as a stable word: `code`, `path`, `flag`, `date`, `version`, `id`, `number`,
    /// `unit`, `quoted`, `name` (see [`super::ValueKind`]), `link`, `negation`, `modality`,
    /// `opposite`.
    pub kind: &'static str,
    /// The values on the left that the right has not, sorted.
    pub left: Vec<String>,
    /// The values on the right that the left has not, sorted.
    pub right: Vec<String>,
}

/// Whether both texts carry values of one kind of which neither set contains the other, or one
/// negates what the other says, or one demands what the other allows, or one plans what the other
/// has done. Compares raw texts. Symmetric but for the sides; a text never guards against itself.
pub fn guard(a: &str, b: &str) -> Option<Guard> {
    Claims::of(a).guard(&Claims::of(b))
}

/// What a text claims beside its words, read once: what the guards compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    values: BTreeMap<ValueKind, BTreeSet<String>>,
    links: BTreeSet<String>,
    negated: BTreeSet<String>,
    modality: BTreeSet<String>,
    /// Those of its words that have an opposite.
    poles: BTreeSet<&'static str>,
}

impl Claims {
    /// What a text claims.
    pub fn of(text: &str) -> Self {
        let mut by_kind: BTreeMap<ValueKind, BTreeSet<String>> = BTreeMap::new();
        for value in values(text) {
            by_kind.entry(value.kind).or_default().insert(value.text);
        }
        let words = plain_words(text);
        Self {
            values: by_kind,
            links: links(text),
            negated: negated(&words),
            modality: modality(&words),
            poles: poles(&words),
        }
    }

    /// What [`guard`] says of the two texts.
    pub fn guard(&self, other: &Self) -> Option<Guard> {
        let mut values = self.values.iter();
        values
            .find_map(|(kind, a)| apart(kind.as_str(), a, other.values.get(kind)?))
            .or_else(|| linked(&self.links, &other.links))
            .or_else(|| reversed(&self.negated, &other.negated))
            .or_else(|| apart("modality", &self.modality, &other.modality))
            .or_else(|| opposite(&self.poles, &other.poles))
    }
}

/// Fires when the links of both are not the same, or not written alike: which form a folder wants
/// only its people know, and a link is more than its words.
fn linked(a: &BTreeSet<String>, b: &BTreeSet<String>) -> Option<Guard> {
    (a != b).then(|| difference("link", a, b))
}

/// The links of a text as they are written: `[[name]]`, and `](target)` of `[label](target)`.
fn links(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (open, close) in [("[[", "]]"), ("](", ")")] {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(open) {
            let Some((inner, next)) = after.split_once(close) else { break };
            found.insert(format!("{open}{inner}{close}"));
            rest = next;
        }
    }
    found
}

/// Fires when neither set contains the other. An empty set is contained in every set.
fn apart(kind: &'static str, a: &BTreeSet<String>, b: &BTreeSet<String>) -> Option<Guard> {
    if a.is_subset(b) || b.is_subset(a) { None } else { Some(difference(kind, a, b)) }
}

/// For negation an empty set says something too: nothing is negated.
fn reversed(a: &BTreeSet<String>, b: &BTreeSet<String>) -> Option<Guard> {
    let one_sided = a.is_empty() != b.is_empty();
    if one_sided { Some(difference("negation", a, b)) } else { apart("negation", a, b) }
}

fn difference(kind: &'static str, a: &BTreeSet<String>, b: &BTreeSet<String>) -> Guard {
    Guard {
        kind,
        left: a.difference(b).cloned().collect(),
        right: b.difference(a).cloned().collect(),
    }
}

/// What a text negates: the first content word after each negation (the last one before it when
/// none follows), so that `use X, not Y` and `use Y, not X` differ although their words do not.
fn negated(words: &[String]) -> BTreeSet<String> {
    /// Words between a negation and what it negates.
    const EMPTY: &[&str] = &["ever", "just", "longer", "only", "simply", "use", "using"];
    /// Negations of scripts without spaces, found anywhere.
    const SIGNS: &[&str] = &["不", "没", "沒", "別", "别", "勿", "禁", "ない", "ません", "なし"];
    let content = |word: &&String| !is_stop(word) && !EMPTY.contains(&word.as_str());
    let mut found = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|i| words.get(i)).map_or("", String::as_str);
        let negation = match word.as_str() {
            "not" | "never" | "no" | "nor" | "neither" | "none" | "without" | "avoid"
            | "avoids" | "avoiding" | "refuse" => true,
            "of" => before == "instead",
            "than" => before == "rather",
            _ => false,
        };
        if negation {
            let next = words.iter().skip(at + 1).find(content);
            let scope = next.or_else(|| words.iter().take(at).rev().find(content));
            found.insert(scope.unwrap_or(word).clone());
        }
        if word.chars().any(is_cjk) {
            let signs = SIGNS.iter().filter(|sign| word.contains(**sign));
            // Signs that mean the same differ between writers, so only their presence counts.
            found.extend(signs.take(1).map(|_| "不".to_owned()));
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

/// Pairs of words of which one reverses the other. Chosen by us.
const OPPOSITES: &[(&str, &str)] = &[
    ("after", "before"),
    ("all", "none"),
    ("allow", "deny"),
    ("allow", "forbid"),
    ("allowed", "forbidden"),
    ("always", "never"),
    ("disable", "enable"),
    ("disabled", "enabled"),
    ("disables", "enables"),
    ("exclude", "include"),
    ("false", "true"),
    ("off", "on"),
    ("fail", "pass"),
    ("fails", "passes"),
    ("max", "min"),
    ("maximum", "minimum"),
    ("start", "stop"),
];

/// The words of a text that have an opposite.
fn poles(words: &[String]) -> BTreeSet<&'static str> {
    let poles = OPPOSITES.iter().flat_map(|(x, y)| [*x, *y]);
    poles.filter(|pole| words.iter().any(|word| word == pole)).collect()
}

/// Fires when one side has one word of a pair and the other side only its opposite.
fn opposite(a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> Option<Guard> {
    let one_way =
        |x: &str, y: &str| a.contains(x) && !a.contains(y) && b.contains(y) && !b.contains(x);
    OPPOSITES.iter().find_map(|(x, y)| {
        let (left, right) = if one_way(x, y) {
            (x, y)
        } else if one_way(y, x) {
            (y, x)
        } else {
            return None;
        };
        Some(Guard { kind: "opposite", left: vec![(*left).into()], right: vec![(*right).into()] })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_pairs_that_must_not_merge_are_stopped() {
        for (a, b, kind) in [
            ("The review is on Oct 15th", "The review is on Oct 16th", "number"),
            ("Deploy to mw-3 first", "Deploy to mw-2 first", "id"),
            ("Pass -v to the build", "Pass -V to the build", "flag"),
            ("Take [10mg] daily", "Take [100mg] daily", "number"),
            ("Wait 10 ms for it", "Wait 10 s for it", "unit"),
            ("You must run the linter", "You may run the linter", "modality"),
            ("Always squash commits", "Never squash commits", "negation"),
            ("Lint reads `.lint-a.yml`", "Lint reads `.lint-b.yml`", "code"),
            ("Lint reads .lint-a.yml", "Lint reads .lint-b.yml", "path"),
            ("Pin it to 1.2.3", "Pin it to 1.2.4", "version"),
            ("Released 2026-02-20", "Released 2026-02-21", "date"),
            ("Call it \"alpha\"", "Call it \"beta\"", "quoted"),
            ("Ask Alice about it", "Ask Bob about it", "name"),
            ("Use tabs, not spaces", "Use spaces, not tabs", "negation"),
            ("Use tabs instead of spaces", "Use spaces instead of tabs", "negation"),
            ("Do not push to main", "Push to main", "negation"),
            ("Caching is planned", "Caching is done", "modality"),
            ("Run lint before tests", "Run lint after tests", "opposite"),
            ("Keep telemetry enabled", "Keep telemetry disabled", "opposite"),
            ("不要提交密码", "要提交密码", "negation"),
        ] {
            let found = guard(a, b);
            assert_eq!(found.as_ref().map(|g| g.kind), Some(kind), "{a} / {b}: {found:?}");
        }
    }

    #[test]
    fn other_wordings_of_one_statement_pass() {
        for (a, b) in [
            ("Run the linter, then commit.", "Commit; then run the linter"),
            ("Do not commit secrets", "Don't commit secrets!"),
            ("Never commit secrets", "Do not ever commit secrets"),
            ("You cannot push to main", "You can't push to main"),
            ("Use port 8080", "Use port 8080 (9090 for metrics)"),
            ("Use tabs, not spaces", "Use tabs instead of spaces"),
            ("Prefer `rg`", "Prefer  `rg`."),
            ("Wait 10 seconds", "Wait 10s"),
            ("The favourite colour is purple", "The favourite colour is cyan"),
        ] {
            assert_eq!(guard(a, b), None, "{a} / {b}");
        }
    }

    #[test]
    fn a_guard_names_what_each_side_has_alone() {
        let found = guard("ports 1, 2 and 3", "ports 2, 3 and 4").unwrap();
        assert_eq!((found.left, found.right), (vec!["1".to_owned()], vec!["4".to_owned()]));
    }

    #[test]
    fn hostile_repetition_stays_fast() {
        for unit in [
            "'", " 'a", "\"", "«", "“ ", "`", "` `` ", "not ", "no the ", "a.", "A. ", "不", "-",
            "1", "x_", "(", "can't ",
        ] {
            let text = unit.repeat(30_000 / unit.len());
            assert_eq!(guard(&text, &text), None);
            assert!(crate::text::sentences(&text).len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn no_text_guards_against_itself_and_sides_only_swap(
            a in "(\\PC{0,3}|not |must |`x` |\"y\" |5 ms |-v |a/b.c |Zed ){0,8}",
            b in "(\\PC{0,3}|not |must |`x` |\"y\" |5 ms |-v |a/b.c |Zed ){0,8}",
        ) {
            prop_assert_eq!(guard(&a, &a), None);
            let swapped = guard(&b, &a).map(|g| (g.kind == "opposite", g.right, g.left));
            let plain = guard(&a, &b).map(|g| (g.kind == "opposite", g.left, g.right));
            prop_assert_eq!(plain, swapped);
        }
    }
}
