//! File names that do not exist, and the similar ones that do.

use super::calls::Call;
use super::keep;
use super::pin::Seen;
use crate::words::errors::MISSING;
use dreaming_records::evidence::{MAX_QUOTE, Pin};
use dreaming_records::notes::{Refutation, SessionNotes};

/// The words with which an error proposes another name.
const PROPOSES: &str = "Did you mean ";

/// Longest file name of common file systems, in bytes.
const MAX_NAME: usize = 255;

/// Edits (of one character each) between two similar names. Chosen by us: one typing error, or two
/// characters swapped.
const NEAR: usize = 2;

/// A file name that did not exist.
#[derive(Debug)]
pub(super) struct Absent {
    folder: String,
    name: String,
    /// The name that the error proposes.
    proposed: Option<String>,
    /// The failure, then other places that show it.
    pins: Vec<Pin>,
}

/// The missing file name over which a call failed.
pub(super) fn absent(call: &Call, seen: &Seen<'_>) -> Option<Absent> {
    let text = &seen.event.text;
    let (folder, name) = call.path.as_deref().and_then(split)?;
    let lower = text.to_ascii_lowercase();
    if !MISSING.iter().any(|words| lower.contains(words)) {
        return None;
    }
    let mut pins = vec![seen.pin(&(0..text.len()), MAX_QUOTE).0];
    // When the error does not name the file, the call does.
    if !text.contains(name) {
        pins.push(call.place.pin());
    }
    let proposed = seen.words(&(0..text.len())).split_once(PROPOSES).and_then(|(_, after)| {
        let word = after.split_ascii_whitespace().next()?.trim_end_matches('?');
        word.rsplit('/').next().map(str::to_owned)
    });
    Some(Absent { folder: folder.into(), name: name.into(), proposed, pins })
}

/// A call worked, so the file that it names exists.
pub(super) fn worked<'a>(
    call: &Call,
    mut before: impl Iterator<Item = &'a mut Option<Absent>>,
    notes: &mut SessionNotes,
) {
    let Some((folder, name)) = call.path.as_deref().and_then(split) else { return };
    let is_meant = |absent: &mut Absent| {
        absent.folder == folder
            && absent.name != name
            && (absent.proposed.as_deref() == Some(name) || is_near(&absent.name, name))
    };
    let Some(mut absent) = before.find_map(|absent| absent.take_if(is_meant)) else { return };
    absent.pins.push(call.place.pin());
    let new = Refutation {
        given_to: String::new(),
        given_as: String::new(),
        wrong: absent.name,
        right: name.into(),
        pins: absent.pins,
    };
    add(new, notes);
}

/// Adds a refutation, or its pins to an equal one.
pub(super) fn add(new: Refutation, notes: &mut SessionNotes) {
    let is_known = |old: &Refutation| {
        (&old.given_to, &old.wrong, &old.right) == (&new.given_to, &new.wrong, &new.right)
    };
    if !notes.refutations.iter().any(is_known) {
        keep(new, &mut notes.refutations, &mut notes.dropped);
    }
}

/// Folder and file name of a path. `None` for a pattern, for a shortened name, and for a path with
/// a redacted secret (which leaves brackets).
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

/// The edit distance: characters to insert, delete or replace.
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
