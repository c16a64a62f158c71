//! Answers about sessions that nobody can use, when all sessions are read: do they count?

use std::collections::BTreeMap;
use std::mem::take;

use dreaming_records::ids::SessionId;
use dreaming_records::number::count;

use super::{Finished, finish};

/// Counts such answers; once, however often it is called. When no answer was usable the model is the wrong one, and
/// none counts, so that the next model is asked about all of it; unless these are only parts that failed before,
/// beside others that did not.
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
