//! Makes drafts into changes that can be written together. Drafts come in several waves: which
//! entries leave for lack of room, and which index lines change, depends on what was decided in
//! earlier waves. Every draft passes the gate here, and nowhere else.

use std::mem::take;

use dreaming_records::plan::{Change, Rejected};

use crate::arrange::arrange;
use crate::draft::Draft;
use crate::gate::decide;
use crate::index;
use crate::prune::{Budget, Pruning, make_room};

/// The changes and what was turned down.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// The changes, in the order in which they are applied.
    pub changes: Vec<Change>,
    /// What was turned down, in any order.
    pub rejected: Vec<Rejected>,
    /// The length of the index, if agents would not load all of it whichever changes are accepted.
    pub index_over: Option<index::Length>,
    /// Warnings for people, as sentences.
    pub notes: Vec<String>,
}

/// The waves of drafts, each made from what was decided before it.
#[derive(Clone, Copy)]
enum Wave {
    /// Drafts from candidates and entries.
    Found,
    /// Entries that leave for lack of room.
    Room(Budget),
    /// Index lines that follow from the changes.
    Lines,
    /// Lines that are taken out of an index that is too long.
    Spare,
}

impl Wave {
    const ALL: [Self; 5] = [
        Self::Found,
        // The narrower budget comes first: entries that leave because of it also make room in the
        // store.
        Self::Room(Budget::Learned),
        Self::Room(Budget::Store),
        Self::Lines,
        Self::Spare,
    ];
}

/// Decides about the drafts in `found` and those that follow from them. The budgets in `without`
/// are not applied.
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
