//! From drafts to changes that can be written together. Room and index follow from what was decided about the drafts
//! before them, so drafts come in waves; every one of them passes the gate here, and nowhere else.

use std::mem::take;

use dreaming_records::plan::{Change, Rejected};

use crate::arrange::arrange;
use crate::draft::Draft;
use crate::gate::decide;
use crate::index;
use crate::prune::{Budget, Pruning, make_room};

/// What drafts come to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// The changes, in the order in which they are applied.
    pub changes: Vec<Change>,
    /// What was turned down, in any order.
    pub rejected: Vec<Rejected>,
    /// The length of an index that is too long whatever is accepted.
    pub index_over: Option<index::Length>,
    /// Warnings for people, as sentences.
    pub notes: Vec<String>,
}

/// What is drafted in turn, each from what was decided before it.
#[derive(Clone, Copy)]
enum Wave {
    /// What was found.
    Found,
    /// What leaves for want of room.
    Room(Budget),
    /// The lines of the index that follow.
    Lines,
    /// The lines that an index which is too long can spare.
    Spare,
}

impl Wave {
    const ALL: [Self; 5] = [
        Self::Found,
        // The narrower budget first: what leaves for it makes room in the other.
        Self::Room(Budget::Learned),
        Self::Room(Budget::Store),
        Self::Lines,
        Self::Spare,
    ];
}

/// Decides about `found` and what follows from it, but for what these budgets would take out.
pub(crate) fn settle(mut found: Vec<Draft>, pruning: &Pruning<'_>, without: &[Budget]) -> Settled {
    let world = pruning.world;
    let mut settled = Settled::default();
    let Settled { changes, rejected, index_over, notes } = &mut settled;
    for wave in Wave::ALL {
        let drafts = match wave {
            Wave::Found => take(&mut found),
            Wave::Room(budget) if without.contains(&budget) => Vec::new(),
            Wave::Room(budget) => {
                let room = make_room(budget, pruning, changes, rejected);
                notes.extend(room.note);
                room.leaving
            }
            Wave::Lines => index::lines(world, changes),
            Wave::Spare => index::spare(world, changes),
        };
        let decided = decide(drafts, world, rejected);
        match wave {
            Wave::Spare => rejected.extend(index::shorten(world, changes, decided)),
            Wave::Found | Wave::Room(_) | Wave::Lines => changes.extend(decided),
        }
    }
    *index_over = index::over(world, changes);
    arrange(changes, world);
    settled
}
