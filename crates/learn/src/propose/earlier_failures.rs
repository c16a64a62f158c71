//! Failures from earlier parts that are still open when a part begins. The part may show the cure,
//! and failure and cure should be cited together. Derived from the events alone, so that no answer
//! changes a call.

use crate::extract::OpenFailures;
use crate::import::{Excerpt, Role};

/// Most failures that a part shows. Chosen by us: a late cure mostly belongs to a late failure.
const MOST: usize = 4;

/// Bytes that are shown of a failure, and of its call. Chosen by us: enough for the error, and to
/// recognise the command.
const FAILURE: usize = 400;
const CALL: usize = 200;

/// Open failures may take up to 1/`SHARE` of the chunk size, in addition to the part. Chosen by us,
/// because small chunks have little room.
const SHARE: usize = 8;

/// For each part the failures that are open when it begins, each behind its call: the last few, in
/// order. A failure in one file of a session does not count for another file. `chunk`: the most
/// bytes of a part; `bytes`: the size of an event.
pub(super) fn before(
    parts: &[Vec<Excerpt>],
    chunk: usize,
    bytes: fn(&Excerpt) -> usize,
) -> Vec<Vec<Excerpt>> {
    let room = chunk / SHARE;
    let mut file = "";
    let mut failures = OpenFailures::default();
    let mut shown = Vec::new();
    for part in parts {
        let goes_on = part.first().is_some_and(|first| first.part == file);
        shown.push(if goes_on { last(&failures, room, bytes) } else { Vec::new() });
        for excerpt in part {
            if excerpt.part != file {
                file = &excerpt.part;
                failures = OpenFailures::default();
            }
            match &excerpt.role {
                Role::Call(tool) => {
                    failures.made(&excerpt.call, tool, &excerpt.shown.text, excerpt.within(CALL));
                }
                Role::Result { failed: false, .. } => failures.worked(&excerpt.call),
                Role::Result { .. } if !excerpt.is_refusal() => {
                    failures.failed(&excerpt.call, &excerpt.shown.text, excerpt.within(FAILURE));
                }
                _ => {}
            }
        }
    }
    shown
}

/// The last failures that fit, with their calls.
fn last(
    failures: &OpenFailures<Excerpt>,
    mut room: usize,
    bytes: fn(&Excerpt) -> usize,
) -> Vec<Excerpt> {
    let mut chosen: Vec<&[Excerpt; 2]> = Vec::new();
    for pair in failures.open().rev().take(MOST) {
        let Some(left) = room.checked_sub(pair.iter().map(bytes).sum()) else { break };
        room = left;
        chosen.push(pair);
    }
    chosen.into_iter().rev().flatten().cloned().collect()
}
