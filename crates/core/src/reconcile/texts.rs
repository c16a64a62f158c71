//! The different texts of a store: equal ones of one scope are looked at once.

use std::borrow::Cow;

use dreaming_text::join::hash;
use dreaming_text::{self as text, Corpus, Map, sort};

use crate::judge::Told;
use crate::reconcile::near::{self, Neighbours, words_key};
use crate::reconcile::relate::Stated;
use dreaming_text::join::wide;

/// The texts that are different in normal form or stand in different scopes, newest first.
pub(super) struct Texts {
    /// The text of each rank.
    of: Vec<u32>,
    /// The ranks of each text, newest first.
    ranks: Vec<Vec<u32>>,
}

impl Texts {
    /// Groups statements; `newest` has their positions, newest first, and a rank is a place in it.
    pub(super) fn group(all: &[Stated<'_>], newest: &[usize]) -> Self {
        let said = |rank: u32| {
            let Stated { statement, scope, .. } = all.get(*newest.get(wide(rank))?)?;
            Some((normal_of(statement.text), *scope))
        };
        let ranks = (0..).zip(newest).map(|(rank, _)| rank);
        let number = |rank: u32| {
            said(rank).map_or(0, |(text, scope)| in_scope(hash::bytes(text.as_bytes()), scope))
        };
        let mut keys: Vec<(u64, u32)> = ranks.clone().map(|rank| (number(rank), rank)).collect();
        sort::packed(&mut keys);
        // The newest rank that has the same text.
        let mut first: Vec<u32> = ranks.collect();
        for run in keys.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
            // Mostly one: two texts with one number are rare.
            let mut texts: Vec<u32> = Vec::new();
            for (_, rank) in run {
                let same = texts.iter().copied().find(|text| said(*text) == said(*rank));
                if let (Some(newest), Some(first)) = (same, first.get_mut(wide(*rank))) {
                    *first = newest;
                } else {
                    texts.push(*rank);
                }
            }
        }
        let mut texts = Self { of: Vec::with_capacity(first.len()), ranks: Vec::new() };
        for (rank, first) in (0..).zip(first) {
            let known = texts.of.get(wide(first)).copied();
            let text = known.unwrap_or(u32::try_from(texts.ranks.len()).unwrap_or(u32::MAX));
            texts.of.push(text);
            match texts.ranks.get_mut(wide(text)) {
                Some(ranks) => ranks.push(rank),
                None => texts.ranks.push(vec![rank]),
            }
        }
        texts
    }

    /// The text of a rank.
    pub(super) fn text_of(&self, rank: u32) -> u32 {
        self.of.get(wide(rank)).copied().unwrap_or(u32::MAX)
    }

    /// The ranks of a text after a rank.
    pub(super) fn after(&self, text: u32, rank: u32) -> impl Iterator<Item = u32> {
        let ranks = self.ranks.get(wide(text)).map_or(&[][..], Vec::as_slice);
        ranks.iter().skip(ranks.partition_point(|other| *other <= rank)).copied()
    }

    /// Reads each text once.
    pub(super) fn read(&self, all: &[Stated<'_>], newest: &[usize]) -> Corpus {
        let text =
            |ranks: &Vec<u32>| Some(all.get(*newest.get(wide(*ranks.first()?))?)?.statement.text);
        Corpus::of(self.ranks.iter().map(|ranks| text(ranks).unwrap_or("")))
    }

    /// Which of the texts, read in `corpus`, have to be held against each other: those of one scope with the
    /// same words, those of one subject, and the pairs of `alike`.
    pub(super) fn near(
        &self,
        all: &[Stated<'_>],
        newest: &[usize],
        alike: &Map<(usize, usize), Told>,
        corpus: &Corpus,
    ) -> Neighbours {
        let first = |text: u32| {
            let rank = self.ranks.get(wide(text))?.first()?;
            newest.get(wide(*rank)).copied()
        };
        let words = (0..near::count(corpus)).filter_map(|text| {
            let words = words_key(corpus.reading(text))?;
            Some((in_scope(words, all.get(first(text)?)?.scope), text))
        });
        let subjects = newest.iter().zip(&self.of).filter_map(|(at, text)| {
            let subject = all.get(*at)?.statement.subject?;
            Some((hash::bytes(format!("subject {subject}").as_bytes()), *text))
        });
        let mut texts = vec![0; all.len()];
        for (at, text) in newest.iter().zip(&self.of) {
            texts.get_mut(*at).into_iter().for_each(|of| *of = *text);
        }
        let both = |(a, b): &(usize, usize)| Some((*texts.get(*a)?, *texts.get(*b)?));
        let alike = alike.iter().filter_map(|(ends, _)| both(ends));
        Neighbours::find(words.chain(subjects).collect(), alike)
    }
}

/// A number of a text as one in a scope.
fn in_scope(text: u64, scope: &str) -> u64 {
    if scope.is_empty() { text } else { text ^ hash::bytes(scope.as_bytes()) }
}

/// The normal form of a text; most texts have it.
fn normal_of(text: &str) -> Cow<'_, str> {
    if text::is_normal(text) { text.into() } else { text::normal(text).into() }
}
