//! Failures of earlier parts that are open where a part begins: what cures one may stand in the part, and both are
//! to be cited together. Made of the events alone, so that no answer changes a call.

use crate::extract::OpenFailures;
use crate::import::{Excerpt, Role};

/// Most failures that a part shows. Chosen by us: what is cured late was tried last.
const MOST: usize = 4;

/// Bytes that are shown of a failure, and of its call. Chosen by us: the error, and which command it was.
const FAILURE: usize = 400;
const CALL: usize = 200;

/// Share of a part that open failures may take beside it. Chosen by us: whoever asks about small parts has little room.
const SHARE: usize = 8;

/// For each part the failures that are open where it begins, each behind its call; the last of them, in their order. A
/// failure in one file of a session is none of another file. `chunk`: the bytes that a part may have; `bytes`: those
/// that an event takes.
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

/// The last failures for which there is room, with their calls.
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
