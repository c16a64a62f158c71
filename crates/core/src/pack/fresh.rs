//! Which of two entries about one thing is read first.

use crate::identity::Located;
use crate::judge::{Relation, judge};

/// How many of the best entries are checked for a newer one. Chosen by us: an agent reads the first
/// few, and each is compared with all entries after it.
const LOOKED_AT: usize = 32;

/// A newer entry goes before an older one that fits the query at most this many times better.
/// Chosen by us: one additional word or a shorter sentence changes the fit by less than this
/// factor; an entry that fits far better is the answer, however old it is.
const ABOUT_AS_WELL: u64 = 2;

/// Of two entries with one subject, puts the newer one first. If the newer one fits the query far
/// less well, it is put right after the older one, because whoever reads a value has to see that
/// there is a later one. An entry that is trusted less than the older one is not moved. `ranked` is
/// best first; entries are only moved towards the front, and none is taken out.
pub(super) fn newer_first(ranked: &mut [(u64, &Located)]) {
    for at in 0..ranked.len().min(LOOKED_AT) {
        let Some((best, older)) = ranked.get(at) else { return };
        let later = ranked.iter().enumerate().take(LOOKED_AT).skip(at + 1);
        let newer = later.filter(|(_, (_, other))| is_newer(other, older));
        // Newer entries that fit about as well come before those that fit far less well; in each of
        // these groups the one that was seen last comes first.
        let next = newer.min_by_key(|(place, (score, other))| {
            let far = score.saturating_mul(ABOUT_AS_WELL) < *best;
            (far, std::cmp::Reverse(other.record.last_seen), *place)
        });
        let Some((place, (score, _))) = next else { continue };
        let far = score.saturating_mul(ABOUT_AS_WELL) < *best;
        let to = if far { at + 1 } else { at };
        if let Some(run) = ranked.get_mut(to..=place) {
            run.rotate_right(1);
        }
    }
}

fn is_newer(newer: &Located, older: &Located) -> bool {
    older.record.last_seen.is_some()
        && newer.record.last_seen > older.record.last_seen
        && newer.record.trust >= older.record.trust
        && judge(&newer.statement(), &older.statement()).relation == Relation::Updates
}
