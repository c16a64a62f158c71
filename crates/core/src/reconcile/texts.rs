//! The different texts of a store: equal ones of one scope are looked at once.

use dreaming_text::join::hash;
use dreaming_text::{self as text, Corpus, Map, sort};

use crate::judge::Told;
use crate::reconcile::near::{self, Neighbours, words_key};
use crate::reconcile::relate::Stated;
use dreaming_text::join::wide;

/// The texts that are different in normal form or stand in different scopes, newest first, with the ranks
/// of the statements that have them.
pub(super) struct Texts {
    /// The text of each rank.
    of: Vec<u32>,
    /// The ranks, text after text, newest first in each.
    ranks: Vec<u32>,
    /// Where each text begins among the ranks, and where the last one ends.
    starts: Vec<u32>,
}

impl Texts {
    /// Groups statements; `newest` has their positions, newest first, and a rank is a place in it.
    pub(super) fn group(all: &[Stated<'_>], newest: &[usize]) -> Self {
        let (mut room, mut other_room) = (String::new(), String::new());
        let mut keys: Vec<(u64, u32)> = newest
            .iter()
            .zip(0..)
            .map(|(at, rank)| {
                let text = hash::bytes(normal_of(all, *at, &mut room).as_bytes());
                (in_scope(text, all, *at), rank)
            })
            .collect();
        sort::packed(&mut keys);
        let at = |rank: u32| newest.get(wide(rank)).copied().unwrap_or(usize::MAX);
        // The newest rank that has the same text.
        let mut first: Vec<u32> = vec![0; newest.len()];
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            let scope = |rank: u32| all.get(at(rank)).map_or("", |stated| stated.scope);
            // Mostly one: two texts with one number are rare.
            let mut texts: Vec<u32> = Vec::new();
            for (_, rank) in run {
                let is_same = |text: &&u32| {
                    let text = **text;
                    scope(text) == scope(*rank)
                        && normal_of(all, at(text), &mut room)
                            == normal_of(all, at(*rank), &mut other_room)
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
        let mut members: Vec<(u32, u32)> = first.into_iter().zip(0..).collect();
        sort::packed(&mut members);
        let mut texts = Self { of: vec![0; newest.len()], ranks: Vec::new(), starts: vec![0] };
        for (text, run) in (0..).zip(members.chunk_by(|a, b| a.0 == b.0)) {
            for (_, rank) in run {
                texts.ranks.push(*rank);
                if let Some(of) = texts.of.get_mut(wide(*rank)) {
                    *of = text;
                }
            }
            texts.starts.push(u32::try_from(texts.ranks.len()).unwrap_or(u32::MAX));
        }
        texts
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

    /// The ranks of a text after a rank.
    pub(super) fn after(&self, text: u32, rank: u32) -> impl Iterator<Item = u32> {
        let ranks = self.ranks_of(text);
        ranks.iter().skip(ranks.partition_point(|other| *other <= rank)).copied()
    }

    /// Reads each text once.
    pub(super) fn read(&self, all: &[Stated<'_>], newest: &[usize]) -> Corpus {
        let firsts = self.starts.iter().map_while(|start| self.ranks.get(wide(*start)));
        let text = |rank: &u32| Some(all.get(*newest.get(wide(*rank))?)?.statement.text);
        Corpus::of(firsts.map(|rank| text(rank).unwrap_or("")))
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
            let rank = self.ranks_of(text).first()?;
            newest.get(wide(*rank)).copied()
        };
        let words = (0..near::count(corpus)).filter_map(|text| {
            Some((in_scope(words_key(corpus.reading(text))?, all, first(text)?), text))
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
            // Each pair is a key of its own.
            let ends = pairs.flat_map(|((a, b), _)| {
                let key = hash::bytes(format!("\0{a} {b}").as_bytes());
                [a, b].map(|at| texts.get(at).map(|text| (key, *text)))
            });
            keys.extend(ends.flatten());
        }
        Neighbours::find(keys)
    }
}

/// A number of a text as one in the scope of the statement at a position.
fn in_scope(text: u64, all: &[Stated<'_>], at: usize) -> u64 {
    let scope = all.get(at).map_or("", |stated| stated.scope);
    if scope.is_empty() { text } else { text ^ hash::bytes(scope.as_bytes()) }
}

/// The normal form of the text at a position.
fn normal_of<'a>(all: &'a [Stated<'_>], at: usize, room: &'a mut String) -> &'a str {
    let text = all.get(at).map_or("", |stated| stated.statement.text);
    if text::is_normal(text) {
        return text;
    }
    *room = text::normal(text);
    room
}
