//! Statements of one frame: their words agree in order but for one place, or they say something else
//! of the one thing that both name first. One of them is an edited form of the other, or a sibling
//! that stands beside it. What differs tells the two apart as far as words can: what comes first in a
//! statement is its subject, and another subject is another statement.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::in_order::{each_word, is_value, words};
use super::label::{Separator, label};
use dreaming_text::join::hash;
use dreaming_text::sort;

/// Most words of a statement that is looked at. Chosen by us: a paragraph; comparing costs
/// the product of both lengths.
const MAX_WORDS: usize = 160;

/// Fewest distinct words that two statements share in order. Chosen by us: two occur together by
/// chance in any two statements about one topic.
const MIN_SHARED: usize = 3;

/// As [`MIN_SHARED`], where every difference is a number or an address in the place of another.
const MIN_SHARED_OF_VALUES: usize = 2;

/// As [`MIN_SHARED`], beside an equal label, which is a word or more that they share already.
const MIN_SHARED_OF_LABEL: usize = 2;

/// Two texts that differ as statements of one frame do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    /// The words that the first has alone, in order.
    pub left: Vec<String>,
    /// The words that the second has alone, in order.
    pub right: Vec<String>,
}

/// The frame of two texts, or `None` when they have no common one. Swapping the texts swaps the
/// sides.
pub(super) fn frame(a: &Outline<'_>, b: &Outline<'_>) -> Option<Frame> {
    if a.whole.text > b.whole.text {
        let Frame { left, right } = frame(b, a)?;
        return Some(Frame { left: right, right: left });
    }
    let whole = || Aligned::new(&a.whole, &b.whole)?.edited();
    match (&a.label, &b.label) {
        (Some(x), Some(y)) => labelled(x, y, whole),
        (None, None) => whole(),
        // A prose label may have been put before a statement; the name of a thing makes one of it.
        (Some(only), None) | (None, Some(only)) if only.form == Separator::Colon && !only.names => {
            whole()
        }
        _ => None,
    }
}

fn labelled(x: &Parts<'_>, y: &Parts<'_>, whole: impl Fn() -> Option<Frame>) -> Option<Frame> {
    if (x.form == Separator::Cell) != (y.form == Separator::Cell) || x.names != y.names {
        return None;
    }
    let rest = || Aligned::new(&x.rest, &y.rest);
    match (x.key.get()?.in_order == y.key.get()?.in_order, x.names) {
        // Of two statements about one name the later replaces the earlier.
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
            let keys = Aligned::new(&x.key, &y.key)?;
            if keys.one_holds_other() { whole() } else { None }
        }
    }
}

/// The words of a text and of its label, read once for all comparisons.
#[derive(Clone, Debug)]
pub(super) struct Outline<'a> {
    whole: Sequence<'a>,
    label: Option<Parts<'a>>,
}

/// A label and what is said of it.
#[derive(Clone, Debug)]
struct Parts<'a> {
    form: Separator,
    names: bool,
    key: Sequence<'a>,
    rest: Sequence<'a>,
}

impl<'a> Outline<'a> {
    /// The outline of a text.
    pub(super) fn of(text: &'a str) -> Self {
        let label = label(text).map(|label| Parts {
            form: label.form,
            names: label.names,
            key: Sequence::of(label.key),
            rest: Sequence::of(Cow::Borrowed(label.rest)),
        });
        Self { whole: Sequence::of(Cow::Borrowed(text)), label }
    }
}

/// The words of a text as numbers, in order, read when they are needed.
#[derive(Clone, Debug)]
struct Sequence<'a> {
    text: Cow<'a, str>,
    read: OnceCell<Numbered>,
}

/// Words as numbers.
#[derive(Clone, Debug, Default)]
struct Numbered {
    in_order: Vec<Word>,
    /// [`Word::key`] of each, sorted.
    sorted: Vec<u64>,
}

/// A word as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word {
    hash: u32,
    is_value: bool,
}

impl Word {
    /// The word in one number: equal for equal ones, and quickly sorted.
    fn key(self) -> u64 {
        u64::from(self.hash) << 1 | u64::from(self.is_value)
    }
}

impl<'a> Sequence<'a> {
    fn of(text: Cow<'a, str>) -> Self {
        Self { text, read: OnceCell::new() }
    }

    /// The words; `None` when there are too many.
    fn get(&self) -> Option<&Numbered> {
        let read = self.read.get_or_init(|| {
            let mut read = Numbered::default();
            each_word(&self.text, &mut |word| {
                if read.in_order.len() <= MAX_WORDS {
                    let hash = hash::token(word.as_bytes());
                    read.in_order.push(Word { hash, is_value: is_value(word) });
                }
            });
            read.sorted = read.in_order.iter().map(|word| word.key()).collect();
            sort::u64s(&mut read.sorted);
            read
        });
        (read.in_order.len() <= MAX_WORDS).then_some(read)
    }

    /// The words that are not at `matched` positions.
    fn without(&self, matched: impl Iterator<Item = usize>) -> Vec<String> {
        let mut matched = matched.peekable();
        let words = words(&self.text).into_iter().enumerate();
        words.filter(|(at, _)| matched.next_if_eq(at).is_none()).map(|(_, word)| word).collect()
    }
}

/// Two lists of words, and which of them match in order.
struct Aligned<'a> {
    a: &'a Sequence<'a>,
    b: &'a Sequence<'a>,
    left: &'a [Word],
    right: &'a [Word],
    /// Positions of matches, ascending on both sides: a longest common subsequence.
    matches: Vec<(usize, usize)>,
}

impl<'a> Aligned<'a> {
    /// `None` when one of the texts is too long.
    fn new(a: &'a Sequence<'a>, b: &'a Sequence<'a>) -> Option<Self> {
        let (left, right) = (a.get()?, b.get()?);
        let matches = match may_be_alike(&left.sorted, &right.sorted) {
            true => common(&left.in_order, &right.in_order),
            false => Vec::new(),
        };
        Some(Self { a, b, left: &left.in_order, right: &right.in_order, matches })
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
        let words = self.matches.iter().filter_map(|(at, _)| self.left.get(*at));
        let mut shared: Vec<u64> = words.map(|word| word.key()).collect();
        sort::u64s(&mut shared);
        shared.dedup();
        shared.len()
    }

    /// The frame, when one statement is the other after an edit: they are alike, and either only values
    /// are replaced, or one run of words is and they do not begin with it. Words may be added and left
    /// out beside that.
    fn edited(&self) -> Option<Frame> {
        if !self.alike() {
            return None;
        }
        let (mut last, mut replaced, mut values, mut added) = ((0, 0), 0, true, false);
        let end = (self.left.len(), self.right.len());
        for at in self.matches.iter().copied().chain([end]) {
            let (old, new) = (self.left.get(last.0..at.0)?, self.right.get(last.1..at.1)?);
            if old.is_empty() || new.is_empty() {
                added |= old.len() != new.len();
            } else {
                let of_values = old.iter().chain(new).all(|word| word.is_value);
                if last == (0, 0) && !of_values {
                    return None;
                }
                replaced += 1;
                values &= of_values;
            }
            last = (at.0 + 1, at.1 + 1);
        }
        let least = if values && !added { MIN_SHARED_OF_VALUES } else { MIN_SHARED };
        ((replaced <= 1 || values) && self.shared() >= least).then(|| self.frame())
    }

    fn frame(&self) -> Frame {
        Frame {
            left: self.a.without(self.matches.iter().map(|m| m.0)),
            right: self.b.without(self.matches.iter().map(|m| m.1)),
        }
    }
}

/// Whether enough of two sorted lists of words occurs in both: cheaper than to align them.
fn may_be_alike(left: &[u64], right: &[u64]) -> bool {
    let mut rest = right.iter().peekable();
    let occurs = |word: &&u64| {
        while rest.next_if(|other| other < word).is_some() {}
        rest.next_if_eq(word).is_some()
    };
    4 * left.iter().filter(occurs).count() >= left.len() + right.len()
}

/// A longest common subsequence, by positions. Where several are as long, the one that leaves out on
/// the left first.
fn common<T: PartialEq>(left: &[T], right: &[T]) -> Vec<(usize, usize)> {
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
        assert!(one_frame("Rust 1.80 is needed", "Rust 1.85 is needed"));
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
        assert!(!one_frame("Version 0.7.1", "Version 0.8.1"));
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
