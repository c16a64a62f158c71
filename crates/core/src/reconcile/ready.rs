//! Statements as the judge needs them, read when they first occur in a pair.

use crate::judge::{Judgement, Known, Prepared, Told, judge_equal, judge_prepared};
use crate::reconcile::near::Neighbours;
use crate::reconcile::stated::Stated;
use crate::reconcile::texts::Texts;
use dreaming_text::join::wide;
use dreaming_text::{Corpus, normal};

/// Statements that are read for the judge, by rank. Only those that occur in a pair are read at all.
pub(super) struct Ready<'a> {
    read: Vec<Option<Box<Prepared<'a>>>>,
    /// How many are held.
    held: usize,
    texts: &'a Texts,
    near: &'a Neighbours,
    /// What is read of each text that has neighbours.
    corpus: &'a Corpus,
}

impl<'a> Ready<'a> {
    /// Most statements that are held. Chosen by us: they take a few times the room of their texts,
    /// and reading one again takes microseconds.
    const MOST: usize = 1 << 14;

    /// None of `ranks` statements is read yet.
    pub(super) fn new(
        ranks: usize,
        texts: &'a Texts,
        near: &'a Neighbours,
        corpus: &'a Corpus,
    ) -> Self {
        Self { read: vec![None; ranks], held: 0, texts, near, corpus }
    }

    /// Judges two statements, each with its rank, reading what is not read yet; `None` for a rank that
    /// there is not. See [`Known`] for the rest.
    pub(super) fn judge(
        &mut self,
        old: (u32, &Stated<'a>),
        new: (u32, &Stated<'a>),
        told: Option<Told>,
    ) -> Option<Judgement> {
        let [old_text, new_text] = [old.0, new.0].map(|rank| self.texts.text_of(rank));
        let (a, b) = (old.1, new.1);
        // Equal texts of two scopes are two texts.
        let normal = |stated: &Stated<'_>| normal(stated.statement.text);
        if old_text == new_text || a.scope != b.scope && normal(a) == normal(b) {
            return Some(judge_equal(&a.statement, &b.statement));
        }
        if self.held > Self::MOST {
            self.read.fill(None);
            self.held = 0;
        }
        for (rank, text, stated) in [(old.0, old_text, a), (new.0, new_text, b)] {
            let slot = self.read.get_mut(wide(rank))?;
            if slot.is_none() {
                let words = self.corpus.reading(self.near.place(text));
                *slot = Some(Box::new(Prepared::new(stated.statement, words)));
                self.held += 1;
            }
        }
        let known = Known { told, ties: true };
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
