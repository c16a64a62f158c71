//! Secrets are cut before any model sees a text and before anything is written.
//!
//! A pass goes from left to right over the [`rule_places`] where a secret may begin. The first rule
//! of [`rules::RULES`] that matches wins, and a replacement is never read again. A rule may skip
//! text before its secret, such as a name that contains another secret; the next pass reads that,
//! so that redacting twice changes nothing.

use std::ops::Range;

mod ahead;
mod assigned;
mod command_secrets;
mod disguise;
mod headers;
mod known;
mod kubernetes;
mod personal;
mod plain_passwords;
mod rule_places;
mod rules;
mod scan;
mod shaped_tokens;
mod value;
mod vendors;

use ahead::Ahead;
use command_secrets::Program;
use disguise::Undisguised;
pub use personal::{Personal, mask};
use rule_places::{Places, Set, places};
use rules::{RULES, Scanner};
use scan::Scan;

use dreaming_text::sort;

/// Version of the rules. It is part of the fingerprint.
pub const RULES_VERSION: u64 = 2;

/// The beginning of every replacement.
pub const MARK: &str = "[REDACTED:";

/// A text without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// The text, each secret replaced by `[REDACTED:<rule>]`.
    pub text: String,
    /// The cuts in order: the range in the original, and the range of its replacement in `text`.
    pub cuts: Vec<(Range<usize>, Range<usize>)>,
}

impl Redacted {
    /// The range of the original for a range of the redacted text. A range that begins or ends
    /// inside a replacement is widened to the whole secret.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        self.placed(&range).1
    }

    /// A range of the redacted text, widened to whole replacements, and the range of the original
    /// for it.
    pub fn placed(&self, range: &Range<usize>) -> (Range<usize>, Range<usize>) {
        project(self.cuts.iter().map(|(old, new)| (new, old)), range)
    }

    /// Combines two passes; `next` was made from the text of `self`.
    fn then(self, next: Self) -> Self {
        let again = next.cuts.iter().map(|(old, new)| (self.original(old.clone()), new.clone()));
        let mut cuts: Vec<_> = again.collect();
        for (old, image) in &self.cuts {
            let cut_again =
                |(range, _): &(Range<usize>, _)| range.start < image.end && image.start < range.end;
            if !next.cuts.iter().any(cut_again) {
                cuts.push((old.clone(), next.covering(image).1));
            }
        }
        sort::by_key(&mut cuts, |(old, _)| old.start);
        Self { text: next.text, cuts }
    }

    /// The range of the redacted text for a range of the original, and the range of the original
    /// that it covers. The latter is wider than the one given if that begins or ends inside a
    /// secret.
    pub fn covering(&self, range: &Range<usize>) -> (Range<usize>, Range<usize>) {
        project(self.cuts.iter().map(|(old, new)| (old, new)), range)
    }
}

/// Maps `range` along pairs of ranges. Returns the range widened to whole pairs, and its image.
fn project<'a>(
    pairs: impl Iterator<Item = (&'a Range<usize>, &'a Range<usize>)>,
    range: &Range<usize>,
) -> (Range<usize>, Range<usize>) {
    let mut from = range.clone();
    // The ends of the last pair before the start of `range`, and before its end.
    let (mut before_start, mut before_end) = ((0, 0), (0, 0));
    let mut start_image = None;
    let mut end_image = None;
    for (source, image) in pairs {
        if source.end <= range.start {
            before_start = (source.end, image.end);
        } else if source.start < range.start {
            from.start = source.start;
            start_image = Some(image.start);
        }
        if source.end <= range.end {
            before_end = (source.end, image.end);
        } else if source.start < range.end {
            from.end = source.end;
            end_image = Some(image.end);
        }
    }
    let start = start_image.unwrap_or(before_start.1 + (range.start - before_start.0));
    let end = end_image.unwrap_or(before_end.1 + range.end.saturating_sub(before_end.0));
    (from, start..end.max(start))
}

/// Most passes over a text. Chosen by us: each pass but the last cuts a secret inside the name of
/// another one, and nobody nests these so deep.
const MAX_PASSES: usize = 8;

/// Cuts everything that looks like a known secret. The time is linear in the length.
pub fn redact(text: &str) -> Redacted {
    passes(text, places)
}

/// Like [`redact`], but slowly tries every rule at every place. Tests and fuzzing compare the two.
#[doc(hidden)]
pub fn redact_everywhere(text: &str) -> Redacted {
    passes(text, rule_places::everywhere)
}

/// Finds the places where rules may match.
type Find = fn(&[u8]) -> Places;

fn passes(text: &str, find: Find) -> Redacted {
    let mut done = one(text, find);
    for _ in 1..MAX_PASSES {
        if done.cuts.is_empty() {
            break;
        }
        let next = one(&done.text, find);
        if next.cuts.is_empty() {
            break;
        }
        done = done.then(next);
    }
    done
}

/// One pass over the text as written; if that finds nothing, over the text without disguises.
fn one(text: &str, find: Find) -> Redacted {
    let places = find(text.as_bytes());
    let found = pass(text, &places);
    if found.cuts.is_empty() && places.is_disguised { disguised(text, find) } else { found }
}

/// Cuts secrets that are recognised only after disguised characters are replaced.
fn disguised(text: &str, find: Find) -> Redacted {
    let shown = Undisguised::of(text);
    let found = pass(&shown.text, &find(shown.text.as_bytes()));
    let (ranges, images): (Vec<_>, Vec<_>) = found.cuts.into_iter().unzip();
    let mut out = Redacted { text: String::with_capacity(text.len()), cuts: Vec::new() };
    let mut copied = 0;
    for (cut, image) in shown.originals(text, &ranges).into_iter().zip(images) {
        out.text.push_str(text.get(copied..cut.start).unwrap_or_default());
        let start = out.text.len();
        out.text.push_str(found.text.get(image).unwrap_or_default());
        copied = cut.end;
        out.cuts.push((cut, start..out.text.len()));
    }
    out.text.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// A text that a person gives the engine, such as a note, without secrets and without the personal
/// data that `masks` names.
pub fn redact_and_mask(text: &str, masks: Personal) -> String {
    let redacted = redact(text).text;
    mask(&redacted, masks).unwrap_or(redacted)
}

fn pass(text: &str, places: &Places) -> Redacted {
    let bytes = text.as_bytes();
    let mut out = Redacted { text: String::with_capacity(text.len()), cuts: Vec::new() };
    // For each rule the end of the text that it has read in vain, so that it does not read that
    // again.
    let mut idle_until = [0; RULES.len()];
    let mut ahead = Ahead::default();
    let (mut done, mut copied) = (0, 0);
    let mut program = None;
    for &(at, rules) in &places.found {
        if at < done {
            continue;
        }
        if let Some(length) = mark(bytes, at) {
            done = at + length;
            continue;
        }
        // INVARIANT: text that a cut covers names no program, neither now nor when the text is read
        // again.
        program = command_secrets::program_after(bytes, at, program);
        if let Some((rule, cut)) =
            first_match(bytes, at, program, rules, (&mut idle_until, &mut ahead))
        {
            out.text.push_str(text.get(copied..cut.start).unwrap_or_default());
            let start = out.text.len();
            out.text.push_str(MARK);
            out.text.push_str(rule);
            out.text.push(']');
            out.cuts.push((cut.clone(), start..out.text.len()));
            (done, copied) = (cut.end, cut.end);
        }
    }
    out.text.push_str(text.get(copied..).unwrap_or_default());
    // INVARIANT: the work is linear for any text. Tests found at most seven steps per byte.
    debug_assert!(ahead.steps <= 64 * (bytes.len() + 1), "{} of {}", ahead.steps, bytes.len());
    out
}

/// The first of `rules` that finds a secret when it scans from `at`. Secrets begin and end with
/// ASCII, so a cut never splits a character.
fn first_match(
    bytes: &[u8],
    at: usize,
    program: Option<Program>,
    mut rules: Set,
    (idle_until, ahead): (&mut [usize], &mut Ahead),
) -> Option<(&'static str, Range<usize>)> {
    while rules != 0 {
        let place = usize::try_from(rules.trailing_zeros()).ok()?;
        rules &= rules - 1;
        let (rule, idle) = (RULES.get(place)?, idle_until.get_mut(place)?);
        if *idle > at {
            continue;
        }
        let scan = match rule.scan {
            Scanner::Anywhere(scan) => scan(bytes, at),
            Scanner::Ahead(scan) => scan(bytes, at, ahead),
            Scanner::Behind(scan) => scan(bytes, at, program),
        };
        let (name, cut) = match scan {
            Scan::Nothing => continue,
            Scan::NothingBefore(end) => {
                *idle = end;
                continue;
            }
            Scan::Found(cut) => (rule.name, cut),
            Scan::Named(name, cut) => (name, cut),
        };
        // INVARIANT: a cut lies at or after `at` and is not empty, so the pass advances.
        let has_mark = bytes
            .get(cut.clone())
            .is_some_and(|words| words.windows(MARK.len()).any(|w| w == MARK.as_bytes()));
        if !has_mark && cut.start >= at && cut.end > cut.start {
            return Some((name, cut));
        }
        *idle = cut.end;
    }
    None
}

/// The length of a replacement at `at`, if there is one.
fn mark(bytes: &[u8], at: usize) -> Option<usize> {
    // Longest rule name with its bracket, and some room.
    const LONGEST: usize = 64;
    if *bytes.get(at)? != b'[' {
        return None;
    }
    let rest = bytes.get(at..)?.strip_prefix(MARK.as_bytes())?;
    let end = rest.iter().take(LONGEST).position(|b| *b == b']')?;
    let name = rest.get(..end)?;
    let is_name = name.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-');
    is_name.then_some(MARK.len() + end + 1)
}

#[cfg(test)]
mod tests;
