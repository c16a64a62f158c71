//! Decides, when all sessions are read, whether a model's unusable answers about sessions count as
//! tries.

use std::collections::BTreeMap;
use std::mem::take;

use dreaming_records::ids::SessionId;
use dreaming_records::number::count;

use super::{Finished, finish};

/// Counts the unusable answers about each part; a part with too many is not asked about again.
/// Calling this again changes nothing. When the dream got no usable answer at all, the model is
/// unsuitable: none of its answers counts, so that the next model is asked about everything again.
/// They count all the same when each of these parts had an unusable answer in an earlier dream.
pub(super) fn count_all(done: &mut BTreeMap<SessionId, Finished>) {
    let (mut usable, mut first) = (false, false);
    for read in finish::read_sessions(done) {
        usable |= read.calls_answered > 0;
        let open = read.record.unanswered.as_ref();
        first |= open.is_some_and(|open| read.tried.iter().any(|part| !open.tried.contains(part)));
    }
    if first && !usable {
        return;
    }
    for finished in done.values_mut() {
        let Finished::Read(read) = finished else { continue };
        let read = &mut **read;
        if let Some(open) = &mut read.record.unanswered {
            read.given_up += count(open.count(take(&mut read.tried)));
            if open.parts.is_empty() {
                read.record.unanswered = None;
            }
        }
    }
}
