//! Splits findings over several calls when they do not fit into one: similar findings stay
//! together.

use dreaming_text::{self as text, Groups, sort};

use super::findings::Finding;

/// Splits findings into parts of at most `max` bytes, each in order of time. A part begins with the
/// earliest finding that is left. Then it takes, again and again, the finding that is most similar
/// to one in the part: similarity counts shared content words, and rare words count more. `bytes`
/// gives the length of a finding in the prompt; a finding longer than `max` is left out.
pub(super) fn together(
    mut findings: Vec<&Finding>,
    bytes: impl Fn(&Finding) -> usize,
    max: usize,
) -> Vec<Vec<&Finding>> {
    sort::by_key(&mut findings, |finding| (finding.times, &finding.id));
    let mut left: Vec<Left> = findings
        .iter()
        .enumerate()
        .map(|(at, finding)| (at, bytes(finding), text::tokens(&finding.text)))
        .filter(|(_, bytes, _)| *bytes <= max)
        .map(|(at, bytes, words)| Left { at, bytes, words, alike: 0 })
        .collect();
    let all = left.len();
    let used = Groups::of(left.iter().flat_map(|one| one.words.iter().cloned().map(|w| (w, ()))));
    let weight = |word: &String| all / used.get(word).count().max(1);
    let mut parts = Vec::new();
    while !left.is_empty() {
        let (mut part, mut room) = (Vec::new(), max);
        while let Some(next) = next(&left, room) {
            let one = left.remove(next);
            room -= one.bytes;
            part.push(one.at);
            for other in &mut left {
                let shared =
                    other.words.iter().filter(|word| one.words.binary_search(word).is_ok());
                other.alike = other.alike.max(shared.map(&weight).sum());
            }
        }
        for other in &mut left {
            other.alike = 0;
        }
        sort::all(&mut part);
        parts.push(part.iter().filter_map(|at| findings.get(*at).copied()).collect());
    }
    parts
}

/// A finding that no part holds yet.
struct Left {
    at: usize,
    bytes: usize,
    words: Vec<String>,
    /// How similar it is to the most similar finding of the part.
    alike: usize,
}

/// The most similar finding that fits, the first of equals.
fn next(left: &[Left], room: usize) -> Option<usize> {
    let fits = left.iter().enumerate().filter(|(_, one)| one.bytes <= room);
    fits.reduce(|best, other| if other.1.alike > best.1.alike { other } else { best })
        .map(|(at, _)| at)
}
