//! Which of two entries about one thing is read first.

use crate::identity::Located;
use crate::judge::{Relation, judge};

/// Best entries among which it is looked. Chosen by us: an agent reads the first few, and each is held
/// beside those after it.
const LOOKED_AT: usize = 32;

/// An entry goes before one that fits the query at most so many times better. Chosen by us: within
/// that, a word more or a shorter sentence decides; an entry that fits far better is the answer,
/// however old.
const ABOUT_AS_WELL: u64 = 2;

/// Puts the newer one of two entries first that have one subject. A newer one that fits the query far less
/// well comes right after the older one: who reads a value has to see that there is a later one. What is
/// trusted less does not move. `ranked` is best first; entries only move up, and none is taken out.
pub(super) fn newer_first(ranked: &mut [(u64, &Located)]) {
    for at in 0..ranked.len().min(LOOKED_AT) {
        let Some((best, older)) = ranked.get(at) else { return };
        let later = ranked.iter().enumerate().take(LOOKED_AT).skip(at + 1);
        let newer = later.filter(|(_, (_, other))| is_newer(other, older));
        // As good ones before the others, of those as new the better one.
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
