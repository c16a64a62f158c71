//! Sessions of which a store has several copies: transcripts of one session, and histories that others
//! repeat of it.

use std::collections::BTreeMap;

use dreaming_text::sort;

use crate::ids::SessionId;
use crate::ledger::Sessions;
use crate::notes::SessionRecord;
use crate::number::count;
use crate::withdrawn;

/// One record for each origin, and then for each root (a resumed file repeats the history of
/// another session under an id of its own): the one with the most events, because a copy that was
/// cut off says less; then the session itself before what others repeat of it, and the lowest id. Of what
/// several repeat, first the one about which a model proposed something. None that
/// was withdrawn, and none that no longer says what was found: of those a store has thousands, and nothing is
/// learned from them. Sorted by origin.
pub fn distinct(sessions: &Sessions) -> Vec<&SessionRecord> {
    let mut by_origin: BTreeMap<&SessionId, &SessionRecord> = BTreeMap::new();
    let withdrawn = withdrawn::all(sessions);
    let whole = sessions.values().filter(|record| record.notes.is_whole());
    let counts = || whole.clone().filter(|record| !withdrawn.contains(&record.id));
    let gone = withdrawn::origins(sessions);
    let histories = counts().flat_map(|record| &record.histories).map(|history| &history.record);
    let histories =
        histories.filter(|record| record.notes.is_whole() && !gone.contains(record.origin()));
    let mut repeated: BTreeMap<&SessionId, &SessionRecord> = BTreeMap::new();
    for record in histories {
        // Of those who repeat a session one was asked about it: what a model proposed stands there alone.
        let tells = |record: &SessionRecord| (!record.proposals.is_empty(), record.notes.events);
        let known = repeated.entry(record.origin()).or_insert(record);
        if tells(record) > tells(known) {
            *known = record;
        }
    }
    let repeated = repeated.into_values();
    counts().chain(repeated).for_each(|record| fuller(&mut by_origin, record.origin(), record));
    let mut by_root: BTreeMap<&str, &SessionRecord> = BTreeMap::new();
    let mut records: Vec<_> = by_origin.values().copied().collect();
    sort::by_key(&mut records, |record| &record.id);
    records.into_iter().filter(|record| !record.notes.root.is_empty()).for_each(|record| {
        fuller(&mut by_root, &record.notes.root, record);
    });
    let is_kept = |record: &&SessionRecord| {
        by_root.get(&*record.notes.root).is_none_or(|kept| kept.id == record.id)
    };
    by_origin.into_values().filter(is_kept).collect()
}

/// How many sessions that still say what was found are not among `distinct` ones: second files of another, and
/// withdrawn ones.
pub fn left_out(sessions: &Sessions, distinct: &[&SessionRecord]) -> u64 {
    let is_read = |record: &&&SessionRecord| {
        sessions.get(&record.id).is_some_and(|read| read.origin() == record.origin())
    };
    let whole = sessions.values().filter(|record| record.notes.is_whole()).count();
    count(whole.saturating_sub(distinct.iter().filter(is_read).count()))
}

/// Keeps the record with the most events; of equals the one that came first.
fn fuller<'a, K: Ord>(
    kept: &mut BTreeMap<K, &'a SessionRecord>,
    key: K,
    record: &'a SessionRecord,
) {
    let known = kept.entry(key).or_insert(record);
    if record.notes.events > known.notes.events {
        *known = record;
    }
}
