//! Sessions of which a store has several copies: several transcripts of one session, or histories
//! of it that forked sessions repeat.

use dreaming_text::sort;

use crate::ledger::Sessions;
use crate::number::count;
use crate::session_record::SessionRecord;
use crate::withdrawn;

/// One record for each origin, and then one for each root (a resumed file repeats the history of
/// another session under an id of its own). The record with the most events is chosen, because a
/// copy that was cut off has fewer; then the session's own record before a history, then the lowest
/// id. Among histories of one session, one with proposals comes first. Left out are withdrawn
/// sessions and records that no longer hold what was found: a store has thousands of the latter,
/// and nothing can be learned from them. Sorted by origin.
pub fn distinct(sessions: &Sessions) -> Vec<&SessionRecord> {
    let withdrawn = withdrawn::all(sessions);
    let whole = sessions.values().filter(|record| record.notes.is_whole());
    let counts = || whole.clone().filter(|record| !withdrawn.contains(&record.id));
    let gone = withdrawn::origins(sessions);
    let histories = counts().flat_map(|record| &record.histories).map(|history| &history.record);
    let histories =
        histories.filter(|record| record.notes.is_whole() && !gone.contains(record.origin()));
    // A model was asked about only one of the histories of a session, so only that one has
    // proposals.
    let tells = |record: &SessionRecord| (!record.proposals.is_empty(), record.notes.events);
    let repeated = most(histories.collect(), SessionRecord::origin, tells);
    let events = |record: &SessionRecord| record.notes.events;
    let mut records = most(counts().chain(repeated).collect(), SessionRecord::origin, events);
    let mut rooted = records.clone();
    rooted.retain(|record| !record.notes.root.is_empty());
    sort::by_key(&mut rooted, |record| &record.id);
    let rooted = most(rooted, |record| &record.notes.root, events);
    records.retain(|record| {
        let kept = rooted.binary_search_by_key(&&record.notes.root, |other| &other.notes.root);
        kept.ok().and_then(|at| rooted.get(at)).is_none_or(|kept| kept.id == record.id)
    });
    records
}

/// How many sessions that still hold what was found are not in `distinct`: second files of another
/// session, and withdrawn ones.
pub fn left_out(sessions: &Sessions, distinct: &[&SessionRecord]) -> u64 {
    let is_read = |record: &&&SessionRecord| {
        sessions.get(&record.id).is_some_and(|read| read.origin() == record.origin())
    };
    let whole = sessions.values().filter(|record| record.notes.is_whole()).count();
    count(whole.saturating_sub(distinct.iter().filter(is_read).count()))
}

/// For each key, the record with the greatest figure; of equals the first. Sorted by key.
fn most<'a, K: Ord, F: Ord>(
    mut records: Vec<&'a SessionRecord>,
    key: impl Fn(&'a SessionRecord) -> K,
    figure: impl Fn(&SessionRecord) -> F,
) -> Vec<&'a SessionRecord> {
    sort::by(&mut records, |a, b| (key(a), figure(b)).cmp(&(key(b), figure(a))));
    records.dedup_by(|later, earlier| key(later) == key(earlier));
    records
}
