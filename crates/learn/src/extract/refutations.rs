//! Names that do not exist, and the near ones that do.

use std::collections::VecDeque;

use super::calls::Call;
use super::pin::Seen;
use super::{CURE_WINDOW, Kept};
use crate::words::errors::MISSING;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::notes::Refutation;

/// How an error proposes another name.
const PROPOSES: &str = "Did you mean ";

/// Failures of one thread that may wait for a near name at once.
const MAX_OPEN: usize = 32;

/// Longest file name of common file systems, in bytes.
const MAX_NAME: usize = 255;

/// Changes of one character between two names that are near. Chosen by us: one slip of the
/// finger, or two characters swapped.
const NEAR: usize = 2;

/// Names of a thread that were not there.
#[derive(Debug, Default)]
pub(super) struct Missing(VecDeque<Absent>);

#[derive(Debug)]
struct Absent {
    folder: String,
    name: String,
    /// The name that the error proposes.
    proposed: Option<String>,
    seen_at: u64,
    pin: Pin,
}

impl Missing {
    /// A call failed. `made`: how many calls the thread had made by then.
    pub(super) fn failed(&mut self, call: Option<&Call>, made: u64, seen: &Seen<'_>) {
        let Some(call) = call else { return };
        let text = &seen.event.text;
        let lower = text.to_ascii_lowercase();
        let Some((folder, name)) = call.path.as_deref().and_then(split) else { return };
        if !MISSING.iter().any(|words| lower.contains(words)) {
            return;
        }
        if self.0.len() >= MAX_OPEN {
            self.0.pop_front();
        }
        // The name may stand in the error; else the call names it.
        let pin = match text.find(name) {
            Some(_) => seen.pin(&(0..text.len()), MAX_QUOTE).0,
            None => call.place.pin(),
        };
        let proposed = seen.words(&(0..text.len())).split_once(PROPOSES).and_then(|(_, after)| {
            let word = after.split_ascii_whitespace().next()?.trim_end_matches('?');
            word.rsplit('/').next().map(str::to_owned)
        });
        self.0.push_back(Absent {
            folder: folder.into(),
            name: name.into(),
            proposed,
            seen_at: made,
            pin,
        });
    }

    /// A call worked: the file that it names exists.
    pub(super) fn succeeded(&mut self, call: &Call, found: &mut Kept<Refutation>) {
        self.0.retain(|absent| call.number <= absent.seen_at + CURE_WINDOW);
        let Some((folder, name)) = call.path.as_deref().and_then(split) else { return };
        let near = self.0.iter().position(|absent| {
            call.number > absent.seen_at
                && absent.folder == folder
                && absent.name != name
                && (absent.proposed.as_deref() == Some(name) || is_near(&absent.name, name))
        });
        let Some(absent) = near.and_then(|at| self.0.remove(at)) else { return };
        found.add_new(Refutation {
            given_to: String::new(),
            given_as: String::new(),
            wrong: absent.name,
            right: name.into(),
            pins: vec![absent.pin, call.place.pin()],
        });
    }
}

impl Kept<Refutation> {
    /// Keeps one of equal ones.
    pub(super) fn add_new(&mut self, new: Refutation) {
        let is_known = |old: &Refutation| {
            (&old.given_to, &old.wrong, &old.right) == (&new.given_to, &new.wrong, &new.right)
        };
        if !self.items.iter().any(is_known) {
            self.add(new);
        }
    }
}

/// Folder and file name of a path; `None` for a pattern, a name that a writer cut short, or a path
/// that held a secret: its replacement has brackets.
fn split(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_plain = !name.is_empty()
        && name.len() <= MAX_NAME
        && !path.contains(['*', '?', '\n', '…', '[', ']']);
    is_plain.then_some((folder, name))
}

/// Whether two file names differ in the extension only, or by [`NEAR`] changes of a character.
fn is_near(a: &str, b: &str) -> bool {
    let stem = |name: &str| name.rsplit_once('.').map(|(stem, _)| stem.to_owned());
    let same_stem = stem(a).is_some_and(|s| !s.is_empty() && Some(s) == stem(b));
    same_stem || (a.chars().count() > 2 * NEAR && distance(a, b) <= NEAR)
}

/// The number of characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.chars().count().abs_diff(b.len()) > NEAR {
        return NEAR + 1;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((to, above), diagonal) in b.iter().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((above + 1).min(left + 1).min(diagonal + usize::from(from != *to)));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_near_by_stem_or_by_two_changes() {
        assert!(is_near(".tool.yml", ".tool.yaml") && is_near("conifg.rs", "config.rs"));
        assert!(is_near("main.ts", "main.tsx") && is_near("README", "README2"));
        assert!(!is_near("a.rs", "b.c") && !is_near("user.go", "order.go"));
        assert!(!is_near(".env", ".git"));
        assert_eq!(distance("kitten", "kit"), NEAR + 1);
        assert_eq!(distance("", ""), 0);
    }
}
