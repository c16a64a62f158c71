//! Decides what the ledger keeps of sessions and retired entries, so that it does not grow for
//! ever: the newest are kept whole, older ones are shortened, and the oldest are dropped. Hosts
//! keep the rows that a later revision drops or shortens with the earlier revisions, so they can
//! show the store as it was.
//!
//! A shortened session still counts as read. The evidence that entries have from it still supports
//! them, but nothing new is found in it. A shortened entry keeps its words, the time of its latest
//! evidence, and evidence without a time; evidence up to that time, or of those, does not bring the
//! entry back. A dropped session is read again when a host still offers it, and a dropped entry may be
//! proposed again.

use std::cmp::Reverse;

use dreaming_records::distilled;
use dreaming_records::ids::{EntryId, SessionId};
use dreaming_records::ledger::{EntryRecord, Ledger, Sessions};
use dreaming_records::notes::SessionNotes;
use dreaming_records::policy::{self, Policy};
use dreaming_records::session_record::{History, SessionRecord};
use dreaming_text::{Set, sort};

use crate::reconcile::pair_questions;

/// Shortens and drops sessions and retired entries beyond what the policy keeps, and drops a
/// model's answers about texts that the store no longer has. Calling it again changes nothing.
pub(crate) fn retain(ledger: &mut Ledger, policy: &Policy) {
    sessions(&mut ledger.sessions, policy);
    entries(ledger, policy);
    pair_questions::retain(ledger);
    distilled::retain(&mut ledger.distilled, ledger.sessions.values());
}

/// Shortens and drops sessions beyond what the policy keeps. The newest by their last event are
/// kept; undated sessions count as the oldest, and at equal times the higher id counts as newer. A
/// withdrawn or erased session is never dropped.
pub fn sessions(sessions: &mut Sessions, policy: &Policy) {
    let (whole, known) =
        (policy.size(&policy::WHOLE_SESSIONS), policy.size(&policy::KNOWN_SESSIONS));
    if sessions.len() <= whole.min(known) {
        return;
    }
    let mut newest: Vec<&SessionRecord> = sessions.values().collect();
    sort::by_key(&mut newest, |record| Reverse((record.notes.last, &record.id)));
    let (mut shorter, mut gone) = (Vec::new(), Vec::new());
    for (at, record) in newest.into_iter().enumerate().skip(whole.min(known)) {
        // A withdrawn session that was dropped would be read again, and would then support entries.
        if at < known || record.withdrawn {
            shorter.extend(Some(short(record)).filter(|short| short != record));
        } else {
            gone.push(record.id.clone());
        }
    }
    let gone: Set<SessionId> = Set::of(gone);
    for record in shorter {
        sessions.insert(record.id.clone(), record);
    }
    if !gone.is_empty() {
        sessions.retain(|id, _| !gone.contains(id));
    }
}

/// The part of a record that shows that the session was read and that support counts: ids, time,
/// agent and person.
fn short(record: &SessionRecord) -> SessionRecord {
    let notes = &record.notes;
    let histories = record.histories.iter();
    SessionRecord {
        id: record.id.clone(),
        parts: record.parts.clone(),
        notes: SessionNotes {
            origin: notes.origin.clone(),
            root: notes.root.clone(),
            agent: notes.agent.clone(),
            principal: notes.principal.clone(),
            guest: notes.guest.clone(),
            last: notes.last,
            ..SessionNotes::default()
        },
        histories: histories.map(|h| History { record: short(&h.record), ..h.clone() }).collect(),
        withdrawn: record.withdrawn,
        // The calls without an answer are left out: no model is asked about a shortened session
        // again, because its answers would be lost when it is shortened again.
        ..SessionRecord::default()
    }
}

/// As [`sessions`], for retired entries: the newest by the revision that retired them are kept.
fn entries(ledger: &mut Ledger, policy: &Policy) {
    let (whole, known) = (policy.size(&policy::WHOLE_RETIRED), policy.size(&policy::KNOWN_RETIRED));
    let retired = ledger.entries.values().filter_map(|e| Some((e.retired.as_ref()?.revision, e)));
    let mut newest: Vec<(Reverse<u64>, EntryId)> =
        retired.map(|(revision, entry)| (Reverse(revision), entry.id.clone())).collect();
    sort::all(&mut newest);
    for (_, id) in newest.iter().skip(whole).take(known.saturating_sub(whole)) {
        let is_whole = |e: &&EntryRecord| e.evidence.iter().any(|piece| piece.time.is_some());
        if ledger.entries.get(id).filter(is_whole).is_none() {
            continue;
        }
        if let Some(entry) = ledger.entries.get_mut(id) {
            entry.evidence.retain(|piece| piece.time.is_none());
        }
    }
    let gone = Set::of(newest.into_iter().skip(known).map(|(_, id)| id));
    if gone.is_empty() {
        return;
    }
    ledger.forget(&gone);
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_fixtures::{record, sessions as keyed};
    use dreaming_records::policy::SettingValue;

    fn policy(whole: u64, known: u64) -> Policy {
        let mut policy = Policy::default();
        policy.set("ledger.whole-sessions", SettingValue::Integer(whole)).unwrap();
        policy.set("ledger.known-sessions", SettingValue::Integer(known)).unwrap();
        policy
    }

    #[test]
    fn the_newest_sessions_stay_whole_and_the_oldest_go() {
        let mut undated = record("undated", "alice", 9);
        undated.notes.last = None;
        let dated = (1..=5).map(|day| {
            let mut dated = record(&format!("s{day}"), "alice", day);
            dated.notes.events = 3;
            dated
        });
        let mut all = keyed(dated.chain([undated]));
        let before = all.clone();
        sessions(&mut all, &policy(2, 4));
        let ids: Vec<&str> = all.keys().map(SessionId::as_str).collect();
        assert_eq!(ids, ["s2", "s3", "s4", "s5"]);
        for id in ["s4", "s5"].map(SessionId::new) {
            assert_eq!(all.get(&id).unwrap(), before.get(&id).unwrap());
        }
        for id in ["s2", "s3"].map(SessionId::new) {
            assert_eq!(all.get(&id).unwrap().parts, before.get(&id).unwrap().parts);
            assert_eq!(all.get(&id).unwrap().origin(), before.get(&id).unwrap().origin());
            assert_eq!(
                (all.get(&id).unwrap().notes.events, all.get(&id).unwrap().notes.last),
                (0, before.get(&id).unwrap().notes.last)
            );
        }
        let once = all.clone();
        sessions(&mut all, &policy(2, 4));
        assert_eq!(all, once);
    }

    #[test]
    fn fewer_known_than_whole_sessions_are_all_whole() {
        let mut all = keyed((1..=3).map(|day| record(&format!("s{day}"), "alice", day)));
        let newest = all.get(&SessionId::new("s3")).unwrap().clone();
        sessions(&mut all, &policy(2, 1));
        assert_eq!(all, keyed([newest]));
    }
}
