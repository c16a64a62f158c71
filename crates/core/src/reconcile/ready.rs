//! Statements prepared for the judge. Each is prepared when it first occurs in a pair.

use crate::judge::{Judgement, Known, PairHint, Prepared, judge_equal, judge_prepared};
use crate::reconcile::distinct_texts::Texts;
use crate::reconcile::neighbours::Neighbours;
use crate::reconcile::stated::Stated;
use dreaming_text::join::wide;
use dreaming_text::{Corpus, normal};

/// The prepared statements, by rank. A statement that occurs in no pair is never prepared.
pub(super) struct Ready<'a> {
    read: Vec<Option<Box<Prepared<'a>>>>,
    /// How many statements are prepared at this moment.
    held: usize,
    texts: &'a Texts,
    near: &'a Neighbours,
    /// The words of each text that has neighbours.
    corpus: &'a Corpus,
}

impl<'a> Ready<'a> {
    /// Most statements that stay prepared. Chosen by us: each takes a few times the room of its
    /// text, and preparing one again takes microseconds.
    const MOST: usize = 1 << 14;

    /// A list for `ranks` statements, none of them prepared yet.
    pub(super) fn new(
        ranks: usize,
        texts: &'a Texts,
        near: &'a Neighbours,
        corpus: &'a Corpus,
    ) -> Self {
        Self { read: vec![None; ranks], held: 0, texts, near, corpus }
    }

    /// Judges two statements, each given with its rank, and prepares them where needed; `None` for
    /// an unknown rank. `hint` is what the host or a model says of the two, see [`Known::hint`].
    pub(super) fn judge(
        &mut self,
        old: (u32, &Stated<'a>),
        new: (u32, &Stated<'a>),
        hint: Option<PairHint>,
    ) -> Option<Judgement> {
        let [old_text, new_text] = [old.0, new.0].map(|rank| self.texts.text_of(rank));
        let (a, b) = (old.1, new.1);
        // Equal texts in two scopes have different text numbers, so the texts themselves are
        // compared too.
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
        let known = Known { hint, ties: true };
        let read = |rank: u32| self.read.get(wide(rank))?.as_deref();
        Some(judge_prepared(read(old.0)?, read(new.0)?, known))
    }

    /// Frees a statement that occurs in no further pair.
    pub(super) fn forget(&mut self, rank: u32) {
        if self.read.get_mut(wide(rank)).is_some_and(|slot| slot.take().is_some()) {
            self.held -= 1;
        }
    }
}
