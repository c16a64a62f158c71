//! Findings that earlier dreams left, shown again beside new ones that resemble them: what recurs
//! over dreams would otherwise never be seen together.

use std::cmp::Reverse;

use dreaming_text::{self as text, sort};

use super::findings::Finding;

/// A finding resembles another when it shares more than one content word with it, and at least
/// 1/`RESEMBLES` of its own. Chosen by us: findings about one tool or step then count as similar,
/// and those that share only a common word do not.
const RESEMBLES: usize = 4;

/// Of the findings `left`, those that resemble one of `new` that is no count of failures (these
/// share words like "failed" with anything), the most similar first. They take at most as many
/// bytes as the new ones, and together with these at most `most`, so that no new finding has to wait
/// for another call. `bytes` gives the length of a finding in the prompt.
pub(super) fn again<'a>(
    left: impl Iterator<Item = &'a Finding>,
    new: &[&Finding],
    bytes: impl Fn(&Finding) -> usize,
    most: usize,
) -> Vec<&'a Finding> {
    let length: usize = new.iter().map(|finding| bytes(finding)).sum();
    let mut room = length.min(most.saturating_sub(length));
    let new = new.iter().filter(|finding| finding.kind.is_some());
    let new: Vec<Vec<String>> = new.map(|finding| text::tokens(&finding.text)).collect();
    let similar = left.filter_map(|finding| {
        let words = text::tokens(&finding.text);
        let shared = |other: &Vec<String>| {
            words.iter().filter(|word| other.binary_search(word).is_ok()).count()
        };
        let shared = new.iter().map(shared).max()?;
        (shared > 1 && shared * RESEMBLES >= words.len()).then_some((shared, finding))
    });
    let mut similar: Vec<(usize, &Finding)> = similar.collect();
    sort::by_key(&mut similar, |(shared, finding)| (Reverse(*shared), &finding.id));
    let fits = |(_, finding): &(usize, &Finding)| {
        let left = room.checked_sub(bytes(finding));
        room = left.unwrap_or(room);
        left.is_some()
    };
    similar.into_iter().filter(fits).map(|(_, finding)| finding).collect()
}
