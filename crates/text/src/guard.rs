//! Guards: the veto against merging texts that are only similar.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::analysis::{Corpus, Reading};
use super::difference::{Guard, apart, unequal};
use super::named::{Named, Spoken};
use super::polarity::{Polarity, Wording};
use super::stems::Stems;
use super::unicode::is_space;
use super::values::{Value, ValueKind, is_flag, of_kind, values};
use crate::sort;

/// Similarity, as Jaccard index in parts per million, from which texts differ in so little that
/// different names are a real difference and no rewording. Chosen by us.
pub const LITERAL: u64 = 600_000;

/// What guards compare about a text, computed once.
#[derive(Clone, Debug)]
pub struct Claims<'a> {
    values: Vec<Value<'a>>,
    /// Flags of commands, including those in code spans; sorted, distinct.
    flags: Vec<Cow<'a, str>>,
    /// Links, sorted, distinct.
    links: Vec<&'a str>,
    named: Named,
    stems: Stems<'a>,
    /// Computed on demand, because different values already decide.
    polarity: OnceCell<Polarity>,
}

/// Kinds of values in which two texts may not differ; flags and names have rules of their own. In
/// the order in which differences are reported.
const APART: [ValueKind; 6] = [
    ValueKind::Date,
    ValueKind::Version,
    ValueKind::Id,
    ValueKind::Number,
    ValueKind::Unit,
    ValueKind::Quoted,
];

impl<'a> Claims<'a> {
    /// Reads a text; `words` is its reading.
    pub fn of(text: &'a str, words: Reading<'a>) -> Self {
        let values = values(text);
        Self {
            flags: flags(&values),
            links: links(text),
            named: Named::of(&values, text),
            values,
            stems: Stems::of(words),
            polarity: OnceCell::new(),
        }
    }

    /// The difference that keeps two texts apart, if any: values of one kind where neither set
    /// contains the other; one negates what the other says, demands what the other allows, plans
    /// what the other has done, or says of two things the reverse. `similarity` of their words is
    /// in parts per million. Symmetric but for the sides; equal texts have no guard.
    pub fn guard(&self, other: &Self, similarity: u64) -> Option<Guard> {
        self.guard_that(other, similarity, &|_| true)
    }

    /// The first guard as in [`guard`](Self::guard) that `counts` accepts.
    pub fn guard_that(
        &self,
        other: &Self,
        similarity: u64,
        counts: &dyn Fn(&Guard) -> bool,
    ) -> Option<Guard> {
        self.spoken()
            .guard(&other.spoken(), similarity >= LITERAL, counts)
            .or_else(|| {
                APART.iter().find_map(|kind| {
                    let (ours, theirs) =
                        (of_kind(&self.values, *kind), of_kind(&other.values, *kind));
                    apart(kind.as_str(), ours, theirs).filter(counts)
                })
            })
            // A command with an additional flag does something else.
            .or_else(|| unequal("flag", &self.flags, &other.flags).filter(counts))
            .or_else(|| unequal("link", &self.links, &other.links).filter(counts))
            .or_else(|| self.wording().guard(&other.wording(), counts))
    }

    fn spoken(&self) -> Spoken<'_> {
        Spoken { named: &self.named, stems: &self.stems }
    }

    fn wording(&self) -> Wording<'_> {
        let polarity = self.polarity.get_or_init(|| Polarity::of(self.stems.words));
        Wording { stems: &self.stems, polarity }
    }
}

/// Like [`Claims::guard`], for two similar texts that are compared only once.
pub fn guard(a: &str, b: &str) -> Option<Guard> {
    let corpus = Corpus::of([a, b]);
    let of = |text, at| Claims::of(text, corpus.reading(at));
    of(a, 0).guard(&of(b, 1), LITERAL)
}

/// The flags of commands among the values of a text, including those in code spans.
fn flags<'a>(values: &[Value<'a>]) -> Vec<Cow<'a, str>> {
    let mut flags: Vec<Cow<'a, str>> =
        of_kind(values, ValueKind::Flag).iter().map(|value| value.text.clone()).collect();
    for code in of_kind(values, ValueKind::Code).iter().filter(|code| code.text.contains('-')) {
        let words = code.text.split(is_space).filter(|word| is_flag(word));
        flags.extend(words.map(|word| Cow::Owned(word.to_owned())));
    }
    sort::set(flags)
}

/// The links of a text as written: `[[name]]`, and `](target)` of `[label](target)`. The two forms
/// count as different, because some folders need the one and some the other.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (open, close) in [("[[", "]]"), ("](", ")")] {
        let mut start = 0;
        while let Some(at) = text.get(start..).and_then(|rest| rest.find(open)) {
            let inside = start + at + open.len();
            let Some(length) = text.get(inside..).and_then(|rest| rest.find(close)) else { break };
            let end = inside + length + close.len();
            found.extend(text.get(start + at..end));
            start = end;
        }
    }
    sort::set(found)
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
            ("Read @docs/a.md first", "Read @docs/b.md first", "path"),
            ("Read [**Setup**](a.md) first", "Read **[Setup](b.md)** first", "path"),
            ("Add `@types/node` to it", "Add `@types/bun` to it", "code"),
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
            // Only the mark-up differs.
            ("Read [**Setup**](docs/setup.md) first", "Read **[Setup](docs/setup.md)** first"),
            ("See the [**Old API**](docs/v1.md).", "See the **[Old API](docs/v1.md)**."),
            ("Read @docs/a.md first", "Read docs/a.md first"),
            ("Read `@docs/a.md` first", "Read `docs/a.md` first"),
            ("Read `@docs/a.md` first", "Read docs/a.md first"),
            ("The favourite colour is purple", "The favourite colour is cyan"),
            // One text has the words in both orders, the other in one of them.
            ("Zed Zed \"y\" Zed Zed -v", "Zed Zed \"y\" -v"),
        ] {
            assert_eq!(guard(a, b), None, "{a} / {b}");
        }
    }

    #[test]
    fn what_one_marks_as_code_and_the_other_says_in_words_keeps_only_literal_forms_apart() {
        let texts =
            ["Use `web server` beside the db seed.", "Use `db seed` beside the web server."];
        let corpus = Corpus::of(texts);
        let [a, b] = [0, 1].map(|at| Claims::of(texts[usize::from(at > 0)], corpus.reading(at)));
        let kind = |similarity| a.guard(&b, similarity).map(|guard| guard.kind);
        assert_eq!((kind(LITERAL), kind(LITERAL + 1)), (Some("code"), Some("code")));
        assert_ne!(kind(LITERAL - 1), Some("code"));
    }

    #[test]
    fn a_guard_names_what_each_side_has_alone() {
        let found = guard("ports 1, 2 and 3", "ports 2, 3 and 4").unwrap();
        assert_eq!((found.left, found.right), (vec!["1".to_owned()], vec!["4".to_owned()]));
    }

    #[test]
    fn links_are_found_in_both_forms_and_keep_texts_apart() {
        for (text, expected) in [
            ("See [[setup]] and [[old api]].", &["[[old api]]", "[[setup]]"][..]),
            ("[a](x.md), [b](y.md)", &["](x.md)", "](y.md)"]),
            ("[[a]] [b](c) [[a]]", &["[[a]]", "](c)"]),
            ("[[open, [b](open", &[]),
            // The text may begin within a link.
            ("label](x.md)", &["](x.md)"]),
            ("no link", &[]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
        let found = guard("See [[setup]] first", "See [[set up]] first").unwrap();
        assert_eq!((found.kind, found.left), ("link", vec!["[[setup]]".to_owned()]));
    }

    #[test]
    fn hostile_repetition_stays_fast() {
        for unit in [
            "'", " 'a", "\"", "«", "“ ", "`", "` `` ", "not ", "no the ", "a.", "A. ", "不", "-",
            "1", "x_", "(", "can't ",
        ] {
            let text = unit.repeat(30_000 / unit.len());
            assert_eq!(guard(&text, &text), None);
            assert!(crate::sentences(&text).len() <= text.len());
        }
    }

    proptest! {
        #[test]
        fn no_text_guards_against_itself_and_sides_only_swap(
            a in "(\\PC{0,3}|not |must |`x` |\"y\" |5 ms |-v |a/b.c |Zed ){0,8}",
            b in "(\\PC{0,3}|not |must |`x` |\"y\" |5 ms |-v |a/b.c |Zed ){0,8}",
        ) {
            prop_assert_eq!(guard(&a, &a), None);
            let swapped = guard(&b, &a).map(|g| (g.kind, g.right, g.left));
            let plain = guard(&a, &b).map(|g| (g.kind, g.left, g.right));
            prop_assert_eq!(plain, swapped);
        }
    }
}
