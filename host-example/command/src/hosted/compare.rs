//! The three-way comparison of a memory: as it was when here and there were last equal, as it is
//! here, and as it is there. Pure: digests in, what to do out.

use std::collections::{BTreeMap, BTreeSet};

/// Where a memory stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Here and there are equal.
    Equal,
    /// Only there it changed, came or went.
    ToPull,
    /// Only here it changed, came or went.
    ToPush,
    /// It changed on both sides, to different texts; or it changed on one and went on the other.
    Conflict,
}

/// Compares the digests of a memory, `None` where there is none. A memory that was never seen on
/// both sides is one that was absent when they were last equal.
pub fn compare(seen: Option<&str>, here: Option<&str>, there: Option<&str>) -> Standing {
    if here == there {
        Standing::Equal
    } else if here == seen {
        Standing::ToPull
    } else if there == seen {
        Standing::ToPush
    } else {
        Standing::Conflict
    }
}

/// Digests by path.
pub type Digests = BTreeMap<String, String>;

/// The paths of two sides, by where they stand. Sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// See [`Standing::Equal`].
    pub equal: Vec<String>,
    /// See [`Standing::ToPull`].
    pub to_pull: Vec<String>,
    /// See [`Standing::ToPush`].
    pub to_push: Vec<String>,
    /// See [`Standing::Conflict`].
    pub conflicts: Vec<String>,
}

/// Compares all memories, but those that are `left_alone`: what cannot be read on one side is not
/// absent there.
pub fn compare_all(
    seen: &Digests,
    here: &Digests,
    there: &Digests,
    left_alone: impl Fn(&str) -> bool,
) -> Comparison {
    let paths: BTreeSet<&String> = seen.keys().chain(here.keys()).chain(there.keys()).collect();
    let mut comparison = Comparison::default();
    for path in paths.into_iter().filter(|path| !left_alone(path)) {
        let of = |side: &Digests| side.get(path).cloned();
        let (seen, here, there) = (of(seen), of(here), of(there));
        let standing = compare(seen.as_deref(), here.as_deref(), there.as_deref());
        let list = match standing {
            Standing::Equal => &mut comparison.equal,
            Standing::ToPull => &mut comparison.to_pull,
            Standing::ToPush => &mut comparison.to_push,
            Standing::Conflict => &mut comparison.conflicts,
        };
        list.push(path.clone());
    }
    comparison
}

/// Pairs of paths, from and to: a memory that went here and one that came here with the same text
/// as it had, so that it was only moved. `to_push` is that of a comparison. Each path is in one
/// pair at most.
pub fn moved(to_push: &[String], seen: &Digests, here: &Digests) -> Vec<(String, String)> {
    let mut gone: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for path in to_push.iter().rev().filter(|path| !here.contains_key(*path)) {
        if let Some(digest) = seen.get(path) {
            gone.entry(digest).or_default().push(path);
        }
    }
    let come = to_push.iter().filter(|path| !seen.contains_key(*path));
    come.filter_map(|to| {
        let from = gone.get_mut(here.get(to)?.as_str())?.pop()?;
        Some((from.clone(), to.clone()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Standing::{Conflict, Equal, ToPull, ToPush};
    use super::*;

    /// All 27 cases of a memory that is absent or has one of two texts, with that of three
    /// different texts as the 28th: seen, here, there.
    const CASES: [(&str, &str, &str, Standing); 28] = [
        ("-", "-", "-", Equal),
        ("-", "-", "a", ToPull),
        ("-", "-", "b", ToPull),
        ("-", "a", "-", ToPush),
        ("-", "a", "a", Equal),
        ("-", "a", "b", Conflict),
        ("-", "b", "-", ToPush),
        ("-", "b", "a", Conflict),
        ("-", "b", "b", Equal),
        ("a", "-", "-", Equal),
        ("a", "-", "a", ToPush),
        ("a", "-", "b", Conflict),
        ("a", "a", "-", ToPull),
        ("a", "a", "a", Equal),
        ("a", "a", "b", ToPull),
        ("a", "b", "-", Conflict),
        ("a", "b", "a", ToPush),
        ("a", "b", "b", Equal),
        ("b", "-", "-", Equal),
        ("b", "-", "a", Conflict),
        ("b", "-", "b", ToPush),
        ("b", "a", "-", Conflict),
        ("b", "a", "a", Equal),
        ("b", "a", "b", ToPush),
        ("b", "b", "-", ToPull),
        ("b", "b", "a", ToPull),
        ("b", "b", "b", Equal),
        ("a", "b", "c", Conflict),
    ];

    fn side(text: &str) -> Option<&str> {
        (text != "-").then_some(text)
    }

    #[test]
    fn each_case_has_one_answer() {
        for (seen, here, there, expected) in CASES {
            let standing = compare(side(seen), side(here), side(there));
            assert_eq!(standing, expected, "seen {seen}, here {here}, there {there}");
        }
        let mut cases: Vec<_> = CASES.iter().map(|(s, h, t, _)| (s, h, t)).collect();
        cases.sort_unstable();
        cases.dedup();
        assert_eq!(cases.len(), CASES.len());
    }

    fn digests() -> impl Strategy<Value = Digests> {
        let path = prop::sample::select(vec!["a.md", "b.md", "c/d.md", "e.md", "f.md"]);
        let text = prop::sample::select(vec!["1", "2", "3"]);
        let entry = (path, text).prop_map(|(path, text)| (path.to_owned(), text.to_owned()));
        prop::collection::btree_map(entry.clone().prop_map(|e| e.0), entry.prop_map(|e| e.1), 0..6)
    }

    /// Gives `to` what `from` has at these paths.
    fn follow(to: &mut Digests, from: &Digests, paths: &[String]) {
        for path in paths {
            match from.get(path) {
                Some(text) => drop(to.insert(path.clone(), text.clone())),
                None => drop(to.remove(path)),
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_that_only_one_side_has_is_overwritten(
            seen in digests(), here in digests(), there in digests(),
        ) {
            let comparison = compare_all(&seen, &here, &there, |_| false);
            for path in &comparison.to_pull {
                prop_assert_eq!(here.get(path), seen.get(path));
                prop_assert_ne!(there.get(path), seen.get(path));
            }
            for path in &comparison.to_push {
                prop_assert_eq!(there.get(path), seen.get(path));
                prop_assert_ne!(here.get(path), seen.get(path));
            }
            for path in &comparison.conflicts {
                prop_assert_ne!(here.get(path), there.get(path));
            }
        }

        #[test]
        fn the_sides_may_be_exchanged(seen in digests(), here in digests(), there in digests()) {
            let one = compare_all(&seen, &here, &there, |_| false);
            let other = compare_all(&seen, &there, &here, |_| false);
            prop_assert_eq!(&one.to_pull, &other.to_push);
            prop_assert_eq!(&one.to_push, &other.to_pull);
            prop_assert_eq!((one.equal, one.conflicts), (other.equal, other.conflicts));
        }

        #[test]
        fn after_pull_and_push_only_conflicts_are_left(
            seen in digests(), here in digests(), there in digests(),
        ) {
            let (mut seen, mut here, mut there) = (seen, here, there);
            let first = compare_all(&seen, &here, &there, |_| false);
            follow(&mut here, &there, &first.to_pull);
            follow(&mut there, &here, &first.to_push);
            for paths in [&first.equal, &first.to_pull, &first.to_push] {
                follow(&mut seen, &here, paths);
            }
            let second = compare_all(&seen, &here, &there, |_| false);
            prop_assert_eq!(second.to_pull.len() + second.to_push.len(), 0);
            prop_assert_eq!(second.conflicts, first.conflicts);
        }

        #[test]
        fn a_move_takes_each_path_once_and_its_text_with_it(
            seen in digests(), here in digests(),
        ) {
            let to_push = compare_all(&seen, &here, &seen, |_| false).to_push;
            let moves = moved(&to_push, &seen, &here);
            let all: BTreeSet<&String> = moves.iter().flat_map(|(from, to)| [from, to]).collect();
            prop_assert_eq!(all.len(), 2 * moves.len());
            for (from, to) in &moves {
                prop_assert_eq!(seen.get(from), here.get(to));
                prop_assert!(!here.contains_key(from) && !seen.contains_key(to));
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_absent() {
        let seen = Digests::from([("a.md".to_owned(), "1".to_owned())]);
        let none = Digests::new();
        let comparison = compare_all(&seen, &none, &seen, |path| path == "a.md");
        assert_eq!(comparison, Comparison::default());
        assert_eq!(compare_all(&seen, &none, &seen, |_| false).to_push, ["a.md"]);
    }
}
