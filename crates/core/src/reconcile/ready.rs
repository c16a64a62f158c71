//! Statements as the judge needs them, read when they first occur in a pair.

use crate::judge::{Judgement, Known, Prepared, judge_prepared};
use crate::reconcile::relate::{Stated, wide};

/// Statements that are read for the judge, by rank. Only those that occur in a pair are read at all.
pub(super) struct Ready<'a> {
    read: Vec<Option<Box<Prepared<'a>>>>,
    /// How many are held.
    held: usize,
}

impl<'a> Ready<'a> {
    /// Most statements that are held. Chosen by us: they take a few times the room of their texts,
    /// and reading one again takes microseconds.
    const MOST: usize = 1 << 14;

    /// None of `ranks` statements is read yet.
    pub(super) fn new(ranks: usize) -> Self {
        Self { read: vec![None; ranks], held: 0 }
    }

    /// Judges two statements, each with its rank, reading what is not read yet; `None` for a rank that
    /// there is not.
    pub(super) fn judge(
        &mut self,
        old: (u32, &Stated<'a>),
        new: (u32, &Stated<'a>),
        known: Known,
    ) -> Option<Judgement> {
        if self.held > Self::MOST {
            self.read.fill(None);
            self.held = 0;
        }
        for (rank, stated) in [old, new] {
            let slot = self.read.get_mut(wide(rank))?;
            if slot.is_none() {
                *slot = Some(Box::new(Prepared::new(stated.statement)));
                self.held += 1;
            }
        }
        let read = |rank: u32| self.read.get(wide(rank))?.as_deref();
        Some(judge_prepared(read(old.0)?, read(new.0)?, known))
    }

    /// A statement that occurs in no further pair.
    pub(super) fn forget(&mut self, rank: u32) {
        if self.read.get_mut(wide(rank)).is_some_and(|slot| slot.take().is_some()) {
            self.held -= 1;
        }
    }
}
