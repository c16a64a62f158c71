//! What a dream asks about when it writes everything anew (`distil.anew`): all findings that the
//! ledger keeps, as if no dream had written anything from them.

use std::collections::BTreeSet;

use dreaming_core::identity::Located;
use dreaming_learn::distil::Old;
use dreaming_records::candidate::without_name;
use dreaming_records::distilled::{Distillate, statement};
use dreaming_records::finding_result;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{Finder, Origin};
use dreaming_records::plan::{Change, Gate};
use dreaming_text::{Map, Set};

use super::finish::{Found, Step};

/// The statements that models wrote in earlier dreams and that stand in the memory, or about which
/// nobody has decided. `open`: the changes that would be proposed. What a person rejected is not
/// among them, so its findings are not asked about again.
pub(super) fn old(step: &Step<'_>, open: &[Change]) -> Vec<Old> {
    let stands = |entry: &Located| {
        let record = &entry.record;
        let by_model = record.origin == Origin::Dream && record.finder == Some(Finder::Model);
        let words = without_name(&record.text, record.principal.as_deref());
        Some((statement(record.kind.filter(|_| by_model)?, words), record.id.clone()))
    };
    let entries = Map::of(step.found.read.entries.iter().filter_map(stands));
    let open = Set::of(open.iter().filter(|change| change.gate != Gate::Blocked).filter_map(key));
    let rows = step.store.ledger.distilled.values();
    let rows = rows.filter(|row| entries.get(&row.key).is_some() || open.contains(&row.key));
    rows.map(|row| Old { row: row.clone(), entry: entries.get(&row.key).cloned() }).collect()
}

/// The digest of the statement that a change proposes.
pub(super) fn key(change: &Change) -> Option<Digest> {
    let text = change.text.as_deref()?;
    Some(statement(change.kind?, without_name(text, change.principal.as_deref())))
}

/// The rows without those of `old`, and without what these were written in place of.
pub(super) fn without(rows: &Distillate, old: &[Old]) -> Distillate {
    let mut gone: BTreeSet<&Digest> = BTreeSet::new();
    let mut open: Vec<&Digest> = old.iter().map(|old| &old.row.key).collect();
    while let Some(key) = open.pop() {
        if gone.insert(key) {
            open.extend(rows.get(key).into_iter().flat_map(|row| &row.instead_of));
        }
    }
    let mut left = rows.clone();
    left.retain(|key, _| !gone.contains(key));
    left
}

/// What would be found if no model had written the statements `old`, and none had seen the findings
/// together.
pub(super) fn found(step: &Step<'_>, old: &[Old]) -> Found {
    let mut read = step.found.read.clone();
    read.ledger.distilled = without(&read.ledger.distilled, old);
    finding_result::forget(&mut read.ledger.sessions);
    Found::mined(read, &step.request.policy)
}
