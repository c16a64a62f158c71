//! The veto against merging what is only similar.

use std::collections::{BTreeMap, BTreeSet};

use super::named::Named;
use super::sense::Sense;
use super::unicode::is_space;
use super::values::{ValueKind, is_flag, values};

/// Similarity, in parts per million of Jaccard, from which two texts differ in little else, so that
/// a name that differs is the difference and not another wording. Chosen by us.
const LITERAL: u64 = 600_000;

/// Why two similar texts may not be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    /// What differs, as a stable word: `code`, `path`, `flag`, `date`, `version`, `id`, `number`,
    /// `unit`, `quoted`, `name` (see [`super::ValueKind`]), `link`, `negation`, `modality`,
    /// `opposite`, `order`.
    pub kind: &'static str,
    /// The values on the left that the right has not, sorted.
    pub left: Vec<String>,
    /// The values on the right that the left has not, sorted.
    pub right: Vec<String>,
}

impl Guard {
    /// Whether values differ, not the sense of the words.
    pub fn is_value(&self) -> bool {
        !matches!(self.kind, "link" | "negation" | "modality" | "opposite" | "order")
    }
}

/// What a text claims beside its words, computed once: what guards compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    values: BTreeMap<ValueKind, BTreeSet<String>>,
    /// Flags of commands, in code spans too.
    flags: BTreeSet<String>,
    links: BTreeSet<String>,
    named: Named,
    sense: Sense,
}

impl Claims {
    /// What a raw text claims.
    pub fn of(text: &str) -> Self {
        let mut by_kind: BTreeMap<ValueKind, BTreeSet<String>> = BTreeMap::new();
        for value in values(text) {
            by_kind.entry(value.kind).or_default().insert(value.text);
        }
        let code = by_kind.get(&ValueKind::Code).into_iter().flatten();
        let mut flags: BTreeSet<String> = code
            .flat_map(|code| code.split(is_space))
            .filter(|w| is_flag(w))
            .map(Into::into)
            .collect();
        flags.extend(by_kind.remove(&ValueKind::Flag).unwrap_or_default());
        let named = Named::take(&mut by_kind, text);
        Self { values: by_kind, flags, links: links(text), named, sense: Sense::of(text) }
    }

    /// Whether both texts carry values of one kind of which neither set contains the other, or one
    /// negates what the other says, or one demands what the other allows, or one plans what the
    /// other has done, or one says of two things the reverse. `similarity` of their words, in parts
    /// per million. Symmetric but for the sides; a text never guards against itself.
    pub fn guard(&self, other: &Self, similarity: u64) -> Option<Guard> {
        self.value(other, similarity >= LITERAL)
            // A command with a flag more does something else.
            .or_else(|| {
                (self.flags != other.flags).then(|| difference("flag", &self.flags, &other.flags))
            })
            .or_else(|| {
                (self.links != other.links).then(|| difference("link", &self.links, &other.links))
            })
            .or_else(|| self.sense.guard(&other.sense))
    }

    /// Whether both name one thing: an identifier, a path, a proper name, a compound.
    pub fn name_one_thing(&self, other: &Self) -> bool {
        self.named.shares(&other.named)
    }

    fn value(&self, other: &Self, literal: bool) -> Option<Guard> {
        self.named.guard(&other.named, literal).or_else(|| {
            let mut both =
                self.values.iter().filter_map(|(kind, l)| Some((kind, l, other.values.get(kind)?)));
            both.find_map(|(kind, l, r)| apart(kind.as_str(), l, r))
        })
    }
}

/// As [`Claims::guard`], once, for two texts that differ in little else.
pub fn guard(a: &str, b: &str) -> Option<Guard> {
    Claims::of(a).guard(&Claims::of(b), LITERAL)
}

/// The links of a text as they are written, `[[name]]`, and `](target)` of `[label](target)`: which
/// form a folder wants only its people know, and a link is more than its words.
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
pub(super) fn apart(
    kind: &'static str,
    a: &BTreeSet<String>,
    b: &BTreeSet<String>,
) -> Option<Guard> {
    if a.is_subset(b) || b.is_subset(a) { None } else { Some(difference(kind, a, b)) }
}

pub(super) fn difference(kind: &'static str, a: &BTreeSet<String>, b: &BTreeSet<String>) -> Guard {
    Guard {
        kind,
        left: a.difference(b).cloned().collect(),
        right: b.difference(a).cloned().collect(),
    }
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
