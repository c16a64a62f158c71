//! How entries are shown to the judge, and which of its answers may be acted on.

use dreaming_records::kind::Kind;

use crate::identity::Located;
use crate::judge::{COMPARED, EQUAL, Relation};
use crate::precedence::Rank;
use crate::reconcile::merges;
use crate::reconcile::outgrown::Outgrown;
use crate::reconcile::readers::Readers;
use crate::reconcile::relate::{Pair, Stated};
use crate::reconcile::represented::comparable;

/// An entry as the judge sees it, with its rank.
pub(crate) fn stated<'a>(entry: &'a Located, scope: &'a str) -> Stated<'a> {
    Stated { statement: entry.statement(), scope, rank: Rank::of(entry) }
}

/// Whether a later statement of this entry's kind may replace an earlier one. Two similar workflows
/// or mistakes were both found in sessions, and neither is a newer value of the other. Those that
/// sessions no longer show are taken out as outgrown instead.
fn has_values(entry: &Located) -> bool {
    matches!(entry.record.kind, None | Some(Kind::Fact | Kind::Preference | Kind::Decision))
}

/// Whether the judge's answer about two entries may be acted on. Lines of the index have rules of
/// their own, see [`crate::index`].
pub(crate) fn may_relate(
    entries: &[Located],
    readers: &Readers<'_>,
    outgrown: &Outgrown<'_>,
    pair: &Pair,
) -> bool {
    let (Some(newer), Some(older)) = (entries.get(pair.newer), entries.get(pair.older)) else {
        return false;
    };
    // An outgrown entry is neither merged into another entry nor has others merged into it.
    if outgrown.has(&newer.record.id) || outgrown.has(&older.record.id) {
        return false;
    }
    if !readers.may_go(older.path.as_str(), newer.path.as_str()) {
        return false;
    }
    let reason = pair.judgement.reason;
    let by_words = !matches!(reason, EQUAL | COMPARED);
    if (by_words || newer.path != older.path) && merges::is_about_its_memory(&older.record.text) {
        return false;
    }
    match pair.judgement.relation {
        Relation::Same if reason == EQUAL => merges::mergeable(newer, older),
        _ if newer.is_of_index() || older.is_of_index() => false,
        Relation::Same => {
            let (new, old) = (&newer.record, &older.record);
            comparable((new.kind, &new.text), (old.kind, &old.text))
                && merges::mergeable(newer, older)
        }
        Relation::Updates => {
            has_values(newer) && has_values(older) && merges::mergeable(newer, older)
        }
        Relation::Related | Relation::Different => false,
    }
}
