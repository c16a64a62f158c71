//! Statements of one frame: their words agree in order but for one place, or they say something else
//! of the one thing that both name first. One of them is an edited form of the other, or a sibling
//! that stands beside it. What differs tells the two apart as far as words can: what comes first in a
//! statement is its subject, and another subject is another statement.

use std::cell::OnceCell;

use super::label::{Form, Label, label};
use super::words::{are_values, words};
use crate::join::hash;

/// Most words of a statement that is looked at. Chosen by us: a paragraph; comparing costs
/// the product of both lengths.
const MAX_WORDS: usize = 160;

/// Fewest words that two statements share in order. Chosen by us: two occur together by
/// chance in any two statements about one topic.
const MIN_SHARED: usize = 3;

/// As [`MIN_SHARED`], beside an equal label, which is a word or more that they share already.
const MIN_SHARED_OF_LABEL: usize = 2;

/// Two texts that differ as statements of one frame do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The words that the first has alone, in order.
    pub left: Vec<String>,
    /// The words that the second has alone, in order.
    pub right: Vec<String>,
}

/// The frame of two texts, or `None` when they have no common one. Swapping the texts swaps the
/// sides.
pub fn frame(a: &Outline<'_>, b: &Outline<'_>) -> Option<Frame> {
    if a.text > b.text {
        let Frame { left, right } = frame(b, a)?;
        return Some(Frame { left: right, right: left });
    }
    let whole = || Aligned::new(a.whole(), b.whole())?.edited();
    match (&a.label, &b.label) {
        (Some(x), Some(y)) => labelled(x, y, || Aligned::new(a.rest(), b.rest()), whole),
        (None, None) => whole(),
        // A prose label may have been put before a statement; the name of a thing makes one of it.
        (Some(only), None) | (None, Some(only)) if only.form == Form::Colon && !only.names => {
            whole()
        }
        _ => None,
    }
}

fn labelled<'a>(
    x: &Label<'_>,
    y: &Label<'_>,
    rest: impl Fn() -> Option<Aligned<'a>>,
    whole: impl Fn() -> Option<Frame>,
) -> Option<Frame> {
    if (x.form == Form::Cell) != (y.form == Form::Cell) || x.names != y.names {
        return None;
    }
    match (x.key == y.key, x.names) {
        // Whatever is said of one name, the later says it anew.
        (true, true) => Some(rest()?.frame()),
        // Words such as "Note" head many statements, which have to be alike beside that.
        (true, false) => {
            let rest = rest()?;
            if rest.alike() && rest.shared() >= MIN_SHARED_OF_LABEL {
                return Some(rest.frame());
            }
            whole()
        }
        // A name with a part more names another thing.
        (false, true) => None,
        (false, false) => {
            let keys = (Words::new(x.key.clone()), Words::new(y.key.clone()));
            if Aligned::new(&keys.0, &keys.1)?.one_holds_other() { whole() } else { None }
        }
    }
}

/// What frames are found by, read once for all pairs of a statement, and only what they need.
#[derive(Clone, Debug)]
pub struct Outline<'a> {
    text: &'a str,
    label: Option<Label<'a>>,
    whole: OnceCell<Words>,
    rest: OnceCell<Words>,
}

impl<'a> Outline<'a> {
    /// The outline of a text.
    pub fn of(text: &'a str) -> Self {
        Self { text, label: label(text), whole: OnceCell::new(), rest: OnceCell::new() }
    }

    /// All words.
    fn whole(&self) -> &Words {
        self.whole.get_or_init(|| Words::new(words(self.text)))
    }

    /// What follows the label.
    fn rest(&self) -> &Words {
        let rest = self.label.as_ref().map_or("", |label| label.rest);
        self.rest.get_or_init(|| Words::new(words(rest)))
    }
}

/// Words in order, and as numbers to see at a glance how many two lists share.
#[derive(Clone, Debug)]
struct Words {
    list: Vec<String>,
    sorted: Vec<u32>,
}

impl Words {
    fn new(list: Vec<String>) -> Self {
        let mut sorted: Vec<u32> = list.iter().map(|word| hash::token(word.as_bytes())).collect();
        sorted.sort_unstable();
        Self { list, sorted }
    }
}

/// Two lists of words, and which of them match in order.
struct Aligned<'a> {
    left: &'a [String],
    right: &'a [String],
    /// Positions of matches, ascending on both sides: a longest common subsequence.
    matches: Vec<(usize, usize)>,
}

impl<'a> Aligned<'a> {
    /// `None` when one of the lists is too long.
    fn new(a: &'a Words, b: &'a Words) -> Option<Self> {
        let (left, right) = (a.list.as_slice(), b.list.as_slice());
        if left.len().max(right.len()) > MAX_WORDS {
            return None;
        }
        let matches = match may_be_alike(&a.sorted, &b.sorted) {
            true => common(left, right),
            false => Vec::new(),
        };
        Some(Self { left, right, matches })
    }

    fn one_holds_other(&self) -> bool {
        self.matches.len() == self.left.len().min(self.right.len())
    }

    /// Whether at least half of the words of both match in order. Chosen by us on documents that
    /// people edited: edits that keep less are new statements as often as not.
    fn alike(&self) -> bool {
        let matching = 2 * self.matches.len();
        matching > 0 && 2 * matching >= self.left.len() + self.right.len()
    }

    /// Distinct words that match.
    fn shared(&self) -> usize {
        let mut shared: Vec<&String> =
            self.matches.iter().filter_map(|(at, _)| self.left.get(*at)).collect();
        shared.sort_unstable();
        shared.dedup();
        shared.len()
    }

    /// The frame, when one statement is the other after an edit: they are alike, and what is replaced
    /// is not where they begin, and is one place (two: a subject and its value) or nothing but
    /// numbers.
    fn edited(&self) -> Option<Frame> {
        if !self.alike() || self.shared() < MIN_SHARED {
            return None;
        }
        let (mut last, mut replaced, mut all_values) = ((0, 0), 0, true);
        let end = (self.left.len(), self.right.len());
        for at in self.matches.iter().copied().chain([end]) {
            let (old, new) = (self.left.get(last.0..at.0)?, self.right.get(last.1..at.1)?);
            if !old.is_empty() && !new.is_empty() {
                if last == (0, 0) {
                    return None;
                }
                replaced += 1;
                all_values &= are_values(old) && are_values(new);
            }
            last = (at.0 + 1, at.1 + 1);
        }
        (replaced <= 1 || all_values).then(|| self.frame())
    }

    fn frame(&self) -> Frame {
        let alone = |tokens: &[String], matched: fn(&(usize, usize)) -> usize| {
            let mut matched = self.matches.iter().map(matched).peekable();
            let kept = tokens.iter().enumerate().filter(|(at, _)| matched.next_if_eq(at).is_none());
            kept.map(|(_, token)| token.clone()).collect()
        };
        Frame { left: alone(self.left, |m| m.0), right: alone(self.right, |m| m.1) }
    }
}

/// Whether enough words occur in both, in whatever order: cheaper than to align them. Sorted lists.
fn may_be_alike(left: &[u32], right: &[u32]) -> bool {
    let mut rest = right.iter().peekable();
    let occurs = |word: &&u32| {
        while rest.next_if(|other| other < word).is_some() {}
        rest.next_if_eq(word).is_some()
    };
    4 * left.iter().filter(occurs).count() >= left.len() + right.len()
}

/// A longest common subsequence, by positions. Where several are as long, the one that leaves out on
/// the left first.
fn common(left: &[String], right: &[String]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // How many match from each place on.
    let mut from = vec![0_usize; width * (left.len() + 1)];
    let at = |i: usize, j: usize| i * width + j;
    let look = |from: &[usize], i: usize, j: usize| from.get(at(i, j)).copied().unwrap_or(0);
    for (i, l) in left.iter().enumerate().rev() {
        for (j, r) in right.iter().enumerate().rev() {
            let best = match l == r {
                true => look(&from, i + 1, j + 1) + 1,
                false => look(&from, i + 1, j).max(look(&from, i, j + 1)),
            };
            if let Some(cell) = from.get_mut(at(i, j)) {
                *cell = best;
            }
        }
    }
    let mut matches = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(l), Some(r)) = (left.get(i), right.get(j)) {
        if l == r {
            matches.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if look(&from, i + 1, j) >= look(&from, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(a: &str, b: &str) -> Option<Frame> {
        super::frame(&Outline::of(a), &Outline::of(b))
    }

    fn one_frame(a: &str, b: &str) -> bool {
        frame(a, b).is_some()
    }

    #[test]
    fn one_place_with_other_words_is_an_edit() {
        let frame = frame(
            "Nightly backups go to the bucket `cold-1` in Oslo",
            "Nightly backups go to the bucket `cold-2` in Oslo",
        );
        assert_eq!(frame, Some(Frame { left: vec!["1".into()], right: vec!["2".into()] }));
        assert!(one_frame("Of 12 runs 3 failed in June", "Of 15 runs 4 failed in June"));
        assert!(one_frame(
            "A warning is shown when a second run starts",
            "A warning is shown when a second run starts in the same folder",
        ));
    }

    #[test]
    fn another_subject_is_another_statement() {
        assert!(!one_frame("The port of api is 80", "The port of web is 81"));
        assert!(!one_frame("Anna reviews the release notes", "Bert reviews the release notes"));
        assert!(!one_frame(
            "- `a.go` - Session state of users",
            "- `b.go` - Session state of users"
        ));
        assert!(!one_frame("Trailer-Id: <id> of the run", "Trailer-Task-Id: <id> of the run"));
    }

    #[test]
    fn what_is_said_of_one_name_is_said_anew() {
        assert!(one_frame("├── info.json   # Run info", "│   ├── info.json  # Summary of all"));
        assert!(one_frame(
            "`strict() = false` - too noisy",
            "`strict() = true` - since the cleanup"
        ));
        assert!(!one_frame("Note: use tabs", "Note: never push on Friday"));
        assert!(!one_frame("| `x.rs` | reads it |", "`x.rs`: writes something else"));
    }

    #[test]
    fn little_in_common_is_no_frame() {
        assert!(!one_frame("Run the tests", "Run the linter"));
        assert!(!one_frame("Version 0.7.1 was tagged", "Version 0.8.1 was tagged"));
        let linked =
            |what: &str, n: u8| format!("BSD: {what} ([#{n}](https://a.example/pull/{n}))");
        assert!(!one_frame(&linked("add `devname`", 1), &linked("fix `fork`", 2)));
        assert!(!one_frame("", "") && !one_frame("Key files", "Key transitions"));
    }

    proptest! {
        #[test]
        fn swapping_the_texts_swaps_the_sides(
            a in "([abc]|`x`|:|=|-| ){0,14}", b in "([abc]|`x`|:|=|-| ){0,14}",
        ) {
            let swapped = frame(&b, &a).map(|f| Frame { left: f.right, right: f.left });
            prop_assert_eq!(frame(&a, &b), swapped);
        }

        #[test]
        fn matches_are_a_longest_common_subsequence(
            a in prop::collection::vec("[abc]", 0..7), b in prop::collection::vec("[abc]", 0..7),
        ) {
            let matches = common(&a, &b);
            prop_assert!(matches.iter().all(|(i, j)| a.get(*i) == b.get(*j)));
            prop_assert!(matches.is_sorted_by(|x, y| x.0 < y.0 && x.1 < y.1));
            // Every subset of the shorter side is tried.
            let occurs = |bits: u32| {
                let mut rest = b.iter();
                let wanted: Vec<&String> =
                    a.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, t)| t).collect();
                wanted.iter().all(|t| rest.any(|r| r == *t)).then_some(wanted.len())
            };
            let longest = (0..1_u32 << a.len()).filter_map(occurs).max();
            prop_assert_eq!(Some(matches.len()), longest);
        }
    }
}
