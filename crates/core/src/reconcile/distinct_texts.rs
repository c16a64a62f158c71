//! Groups statements that have equal text and the same scope, so that each text is looked at once.

use std::borrow::Cow;

use dreaming_text::join::hash;
use dreaming_text::{Corpus, Map, as_normal, sort};

use crate::judge::PairHint;
use crate::reconcile::neighbours::Neighbours;
use crate::reconcile::stated::Stated;
use dreaming_text::join::wide;

/// The distinct texts, newest first, each with the ranks of the statements that have it. Two texts
/// are distinct when they differ in normal form or in scope.
pub(super) struct Texts {
    /// For each rank, its text.
    of: Vec<u32>,
    /// The ranks, text after text, newest first in each.
    ranks: Vec<u32>,
    /// Where each text begins in `ranks`, and at last the end of `ranks`.
    starts: Vec<u32>,
}

impl Texts {
    /// Groups statements. `newest` lists their positions, newest first; a rank is a place in
    /// `newest`.
    pub(super) fn group(all: &[Stated<'_>], newest: &[usize]) -> Self {
        let at = |rank: u32| newest.get(wide(rank)).and_then(|at| all.get(*at));
        let keys = (0..)
            .map_while(at)
            .map(|stated| in_scope(hash::bytes(normal_of(stated).as_bytes()), stated));
        let mut keys: Vec<(u64, u32)> = keys.zip(0..).collect();
        sort::packed(&mut keys);
        // For each rank, the newest rank with the same text.
        let mut first: Vec<u32> = vec![0; newest.len()];
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            // The texts of this hash so far. Mostly one, because two texts with one hash are rare.
            let mut texts: Vec<u32> = Vec::new();
            for (_, rank) in run {
                let is_same = |text: &&u32| {
                    at(**text)
                        .zip(at(*rank))
                        .is_some_and(|(a, b)| a.scope == b.scope && normal_of(a) == normal_of(b))
                };
                let stands_for = texts.iter().find(is_same).copied();
                if stands_for.is_none() {
                    texts.push(*rank);
                }
                if let Some(first) = first.get_mut(wide(*rank)) {
                    *first = stands_for.unwrap_or(*rank);
                }
            }
        }
        // Rank 0 is the newest statement, so the first rank of a text comes before its other ranks.
        let (mut of, mut starts): (Vec<u32>, Vec<u32>) = (Vec::new(), vec![0]);
        for (rank, first) in (0..).zip(first) {
            let known = of.get(wide(first)).copied().filter(|_| first < rank);
            let text = known.unwrap_or_else(|| {
                starts.push(0);
                u32::try_from(starts.len() - 2).unwrap_or(u32::MAX)
            });
            of.push(text);
            if let Some(size) = starts.get_mut(wide(text) + 1) {
                *size += 1;
            }
        }
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        let (mut ranks, mut free) = (vec![0; of.len()], starts.clone());
        for (rank, text) in (0..).zip(&of) {
            let Some(at) = free.get_mut(wide(*text)) else { continue };
            if let Some(to) = ranks.get_mut(wide(*at)) {
                *to = rank;
            }
            *at += 1;
        }
        Self { of, ranks, starts }
    }

    /// The text of a rank.
    pub(super) fn text_of(&self, rank: u32) -> u32 {
        self.of.get(wide(rank)).copied().unwrap_or(u32::MAX)
    }

    /// The ranks of a text.
    pub(super) fn ranks_of(&self, text: u32) -> &[u32] {
        let start = |at: u32| self.starts.get(wide(at)).map_or(0, |start| wide(*start));
        self.ranks.get(start(text)..start(text.saturating_add(1))).unwrap_or(&[])
    }

    /// The ranks of the statements that have this text and are older than the statement at `rank`.
    pub(super) fn after(&self, text: u32, rank: u32) -> impl Iterator<Item = u32> {
        let ranks = self.ranks_of(text);
        ranks.iter().skip(ranks.partition_point(|other| *other <= rank)).copied()
    }

    /// The newest statement that has a text.
    fn first<'s, 'a>(
        &self,
        text: u32,
        all: &'s [Stated<'a>],
        newest: &[usize],
    ) -> Option<&'s Stated<'a>> {
        let rank = self.ranks_of(text).first()?;
        all.get(*newest.get(wide(*rank))?)
    }

    /// Reads into `corpus` only the texts that have neighbours.
    pub(super) fn read(
        &self,
        all: &[Stated<'_>],
        newest: &[usize],
        near: &Neighbours,
        corpus: &mut Corpus,
    ) {
        for text in near.texts() {
            corpus.add(self.first(text, all, newest).map_or("", |stated| stated.statement.text));
        }
    }

    /// Which texts have to be judged against each other: those of one scope with the same words,
    /// those with one subject, and the pairs of `alike`. Adds the words of the texts to `corpus`,
    /// which does not keep the texts.
    pub(super) fn near(
        &self,
        all: &[Stated<'_>],
        newest: &[usize],
        alike: &Map<(usize, usize), PairHint>,
        corpus: &mut Corpus,
    ) -> Neighbours {
        let texts = self.starts.len() - 1;
        let words = (0..).take(texts).filter_map(|text| {
            let stated = self.first(text, all, newest)?;
            Some((in_scope(corpus.order(stated.statement.text)?, stated), text))
        });
        let subjects = newest.iter().zip(&self.of).filter_map(|(at, text)| {
            let subject = all.get(*at)?.statement.subject?;
            Some((hash::bytes(format!("subject {subject}").as_bytes()), *text))
        });
        let mut keys: Vec<(u64, u32)> = words.chain(subjects).collect();
        let mut pairs = alike.iter().peekable();
        if pairs.peek().is_some() {
            let texts: Map<usize, u32> =
                Map::of(newest.iter().copied().zip(self.of.iter().copied()));
            // Each pair gets a key of its own, which no other texts share.
            let ends = pairs.flat_map(|((a, b), _)| {
                let key = hash::bytes(format!("\0{a} {b}").as_bytes());
                [a, b].map(|at| texts.get(at).map(|text| (key, *text)))
            });
            keys.extend(ends.flatten());
        }
        Neighbours::find(texts, keys)
    }
}

/// The hash of a text in the scope of a statement.
fn in_scope(text: u64, stated: &Stated<'_>) -> u64 {
    let scope = stated.scope;
    if scope.is_empty() { text } else { text ^ hash::bytes(scope.as_bytes()) }
}

/// The normal form of the text of a statement.
fn normal_of<'a>(stated: &Stated<'a>) -> Cow<'a, str> {
    as_normal(stated.statement.text)
}
