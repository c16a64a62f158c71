//! Sessions whose evidence was withdrawn: they count as read and support nothing.
//!
//! Missing is not withdrawn: a transcript that is gone, or whose session the ledger no longer has,
//! still supports what it supported. Only `evidence.withdrawn` of a policy and an erasure withdraw a
//! session. Once such a plan is applied, the session's record says so for every later dream.

use dreaming_text::Set;

use crate::evidence::Evidence;
use crate::ids::SessionId;
use crate::ledger::{Sessions, Support};
use crate::policy::{self, Policy};
use crate::roots;
use crate::session_record::SessionRecord;

/// Marks the sessions that the policy withdraws.
pub fn mark(sessions: &mut Sessions, policy: &Policy) {
    for id in policy.texts(&policy::WITHDRAWN) {
        if let Some(record) = sessions.get_mut(&SessionId::new(id.as_str())) {
            record.withdrawn = true;
        }
    }
}

/// The sessions that no longer count: the marked ones, and every copy of one, whatever id its file
/// has.
pub fn all(sessions: &Sessions) -> Set<&SessionId> {
    let marked: Vec<&SessionRecord> = sessions.values().filter(|r| r.withdrawn).collect();
    if marked.is_empty() {
        return Set::of([]);
    }
    let origins = origins(sessions);
    let roots = Set::of(marked.iter().map(|record| record.notes.root.as_str()));
    let copies = |record: &&SessionRecord| {
        let root = record.notes.root.as_str();
        origins.contains(record.origin()) || !root.is_empty() && roots.contains(root)
    };
    Set::of(sessions.values().filter(copies).map(|record| &record.id))
}

/// The ids inside the transcripts of the marked sessions.
pub fn origins(sessions: &Sessions) -> Set<&SessionId> {
    Set::of(sessions.values().filter(|r| r.withdrawn).map(SessionRecord::origin))
}

/// The evidence and support that remain without the sessions in `gone`. Evidence is bounded, so
/// support may count more sessions than the evidence shows: then each lost session is subtracted.
/// Without evidence no support remains.
pub fn left(
    evidence: &[Evidence],
    support: Support,
    gone: &Set<&SessionId>,
    sessions: &Sessions,
) -> (Vec<Evidence>, Support) {
    let origins = Set::of(gone.iter().filter_map(|id| Some(sessions.get(*id)?.origin())));
    let is_gone = |piece: &Evidence| {
        let history =
            sessions.get(&piece.session).and_then(|r| r.history_at(&piece.part, piece.line));
        gone.contains(&piece.session)
            || history.is_some_and(|history| origins.contains(history.record.origin()))
    };
    let (lost, kept): (Vec<Evidence>, Vec<Evidence>) = evidence.iter().cloned().partition(is_gone);
    if lost.is_empty() {
        return (kept, support);
    }
    let shown = roots::shown(&kept, sessions);
    if kept.is_empty() || support.sessions <= roots::shown(evidence, sessions).sessions {
        return (kept, shown);
    }
    let sessions = support.sessions.saturating_sub(roots::shown(&lost, sessions).sessions);
    (kept, Support { sessions: sessions.max(shown.sessions), ..support })
}
