//! Preferences that several people share.

use std::cmp::Reverse;

use dreaming_records::kind::Kind;
use dreaming_records::policy::Policy;
use dreaming_records::session_record::SessionRecord;
use dreaming_text::{Map, Set};

use dreaming_learn::mine;

use super::groups::name;
use super::keep_first;
use super::stats_document::{Of, SharedPreference};

/// Most preferences listed. Chosen by us: a person can still read such a table.
const MAX_LISTED: usize = 20;

/// The preferences that two or more people stated. The miner decides which wordings are one
/// preference, and gives one that several people share no principal.
pub(super) fn preferences(records: &[&SessionRecord], policy: &Policy) -> Vec<SharedPreference> {
    let people = Map::of(
        records.iter().filter_map(|record| Some((&record.id, name(&record.notes, Of::Principal)?))),
    );
    let found = mine::patterns(records, policy).candidates;
    let mut shared: Vec<SharedPreference> = found
        .into_iter()
        .filter(|candidate| candidate.kind == Kind::Preference)
        .filter_map(|candidate| {
            let who = Set::of(candidate.evidence.iter().filter_map(|e| people.get(&e.session)));
            (who.len() > 1).then(|| SharedPreference {
                principals: who.into_iter().cloned().collect(),
                sessions: candidate.support.sessions,
                text: candidate.text,
            })
        })
        .collect();
    keep_first(&mut shared, MAX_LISTED, |one| {
        (Reverse((one.principals.len(), one.sessions)), one.text.clone())
    });
    shared
}
