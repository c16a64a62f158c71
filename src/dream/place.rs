//! The order in which the budget of calls goes to sessions.

use dreaming_records::canonical;
use dreaming_records::ids::{Digest, SessionId};
use dreaming_records::session_record::SessionRecord;
use dreaming_records::time::Time;

/// The place of a session in the order in which calls are budgeted: by id, but sessions for which
/// calls failed before come last, so that they do not hold up the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// For a session with failed calls, a digest that is different in each dream, so that not
    /// always the same of these sessions comes first.
    turn: Option<Digest>,
    pub(super) id: SessionId,
}

impl Place {
    pub(super) fn of(id: &SessionId, known: Option<&SessionRecord>, now: Time) -> Self {
        let unanswered = known.and_then(|known| known.unanswered.as_ref());
        let failed = unanswered.is_some_and(|unanswered| unanswered.failed);
        let (time, id) = (now.millis().to_string(), id.clone());
        let turn = || canonical::digest_parts([time.as_bytes(), id.as_str().as_bytes()]);
        Self { turn: failed.then(turn), id }
    }
}
