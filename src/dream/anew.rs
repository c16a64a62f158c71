//! What a dream asks about when it writes everything anew (`distil.anew`): all findings that the
//! ledger keeps, as if no dream had written anything from them.

use dreaming_core::identity::Located;
use dreaming_learn::distil::Old;
use dreaming_records::distilled::{self, Distillate};
use dreaming_records::evidence::Evidence;
use dreaming_records::finding_result;
use dreaming_records::ledger::{Finder, Origin};
use dreaming_records::plan::{Change, Gate};
use dreaming_records::statement_of;
use dreaming_text::{Map, Set};

use super::finish::{Found, Step};

/// The statements that models wrote in earlier dreams and that stand in the memory, or about which
/// nobody has decided. `open`: the changes that would be proposed. What a person rejected is not
/// among them, so its findings are not asked about again; nor are lines that must stay, such as
/// pinned ones.
pub(super) fn old(step: &Step<'_>, open: &[Change]) -> Vec<Old> {
    let may_go = lines(step).filter(|entry| !step.drafted().must_stay(entry));
    let stands = may_go.filter_map(|e| Some((statement_of::entry(&e.record)?, &*e.record)));
    let entries = Map::of(stands);
    let Found { read, mined } = step.found;
    let is_whole = |Evidence { session, .. }: &Evidence| {
        let whole = read.ledger.sessions.get(session).is_some_and(|r| r.notes.is_whole());
        whole && !mined.unseen.contains(session)
    };
    let open = Set::of(
        open.iter().filter(|change| change.gate != Gate::Blocked).filter_map(statement_of::change),
    );
    let rows = step.store.ledger.distilled.values();
    let rows = rows.filter(|row| entries.get(&row.key).is_some() || open.contains(&row.key));
    let old = rows.map(|row| {
        let entry = entries.get(&row.key);
        Old {
            row: row.clone(),
            entry: entry.map(|entry| entry.id.clone()),
            is_whole: entry.is_none_or(|entry| entry.evidence.iter().all(is_whole)),
        }
    });
    old.collect()
}

/// The lines of the memory that models wrote.
pub(super) fn lines<'a>(step: &Step<'a>) -> impl Iterator<Item = &'a Located> + use<'a> {
    step.found.read.entries.iter().filter(|Located { record, .. }| {
        record.origin == Origin::Dream && record.finder == Some(Finder::Model)
    })
}

/// The rows without those of `old`, and without what these were written in place of.
pub(super) fn without(rows: &Distillate, old: &[Old]) -> Distillate {
    let gone = distilled::with_earlier(rows, old.iter().map(|old| &old.row.key));
    let mut left = rows.clone();
    left.retain(|key, _| !gone.contains(key));
    left
}

/// What would be found if no model had written the statements `old`, and none had seen the findings
/// together.
pub(super) fn found(step: &Step<'_>, old: &[Old]) -> Found {
    let mut read = step.found.read.clone();
    // What resembles a line that may go would otherwise only support it.
    let lines = Set::of(old.iter().filter_map(|old| old.entry.as_ref()));
    read.entries.retain(|entry| !lines.contains(&&entry.record.id));
    read.ledger.distilled = without(&read.ledger.distilled, old);
    finding_result::ask_again(&mut read.ledger.sessions);
    Found::mined(read, &step.request.policy)
}
