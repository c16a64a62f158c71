//! Asks a model about pairs of statements whose relation their words alone cannot show, and uses
//! its answers. Neither the questions nor what follows from the answers depend on the order of
//! entries or answers.

use std::cmp::Reverse;

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{Ledger, Pairs};
use dreaming_records::pair::{Comparison, PairRecord, Side, Similarity};
use dreaming_text::join::{Threshold, wide, within_crowds};
use dreaming_text::markdown::MAX_HEADING;
use dreaming_text::{self as text, Corpus, Groups, Map, Set, normal, sort};

use crate::identity::Located;
use crate::judge::{Known, PairHint, Prepared, Relation, Statement, judge_prepared};
use crate::precedence::Rank;
use crate::reconcile::merges;
use crate::reconcile::own_place::are_of_own_places;
use crate::reconcile::readers::{Readers, reader};
use crate::reconcile::represented::comparable;

/// The least Jaccard similarity of the terms of two statements for which a model is asked about
/// them. Of 105 labelled pairs of eight stores whose statements say the same, nearly all reach it.
const ASKED: Threshold = Threshold::permille(120);

/// Most statements that one statement is compared with in a store in which all statements are
/// alike. Chosen by us: more than a person would compare.
const LOOKS: usize = 128;

/// Two statements to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The key under which the answer is kept, see [`key`].
    pub key: Digest,
    /// The statement that a merge or a replacement would take out: it was said earlier or, if both
    /// rank equal, stands later in the store.
    pub older: Side,
    /// The statement that would stay.
    pub newer: Side,
    /// How alike the two are, in parts per million: by their words or by a measure of the host,
    /// whichever is greater.
    pub similarity: u64,
}

/// The key under which the ledger keeps the answer about two texts. It depends neither on the order
/// of the two nor on where they stand, unless they are equal: then only their places can differ, and the
/// key is another one.
pub fn key(a: &str, b: &str) -> Digest {
    of_normal(&normal(a), &normal(b))
}

/// As [`key`], for texts in normal form.
fn of_normal(a: &str, b: &str) -> Digest {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    digest_parts(["dreaming.compare/1", first, second].map(str::as_bytes))
}

/// The key for two statements in the same words, which stand in two places.
fn of_places(text: &str, a: &str, b: &str) -> Digest {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
    digest_parts(["dreaming.compare-places/1", text, first, second].map(str::as_bytes))
}

impl Question {
    /// The answer as the ledger keeps it.
    pub fn answered(&self, said: Comparison) -> PairRecord {
        let mut texts = [of_text(&self.older.text), of_text(&self.newer.text)];
        sort::all(&mut texts);
        PairRecord { key: self.key.clone(), texts, said }
    }
}

/// What keeps two statements apart although a model calls them the same: the kind of difference that a guard finds, such
/// as `negation` or `number`, or `place` when each names what its own headings are about. `None` when nothing does.
pub fn kept_apart(question: &Question) -> Option<&'static str> {
    let places = [&question.older, &question.newer].map(|side| side.headings.join("\n"));
    let [older, newer] = &places;
    if are_of_own_places((&question.older.text, older), (&question.newer.text, newer)) {
        return Some("place");
    }
    let texts = [&*question.older.text, &*question.newer.text];
    let corpus = Corpus::of(texts);
    let [older, newer] = texts.map(Statement::of);
    let (older, newer) =
        (Prepared::new(older, corpus.reading(0)), Prepared::new(newer, corpus.reading(1)));
    let known = Known { hint: Some(PairHint::Compared(Comparison::Same)), ties: true };
    let judged = judge_prepared(&older, &newer, known);
    (judged.relation == Relation::Related).then_some(judged.reason)
}

/// The digest of a text in a [`PairRecord`].
fn of_text(text: &str) -> Digest {
    digest_parts(["dreaming.compare/1", &normal(text)].map(str::as_bytes))
}

/// Drops the answers about a pair when the store has neither of its two texts any more.
pub(crate) fn retain(ledger: &mut Ledger) {
    if ledger.pairs.is_empty() {
        return;
    }
    let there = Set::of(ledger.active().map(|entry| of_text(&entry.text)));
    ledger.pairs.retain(|_, pair| pair.texts.iter().any(|text| there.contains(text)));
}

/// Drops the answers about a text that is erased. The digest in an answer would otherwise confirm
/// to somebody who guesses the text that the store had it.
pub(crate) fn erase(ledger: &mut Ledger, text: &str) {
    let text = of_text(text);
    ledger.pairs.retain(|_, pair| !pair.texts.contains(&text));
}

/// The pairs of a store that a model should compare and has not compared: at most `most`, the most
/// alike first, then by key. A text that stands in several places is asked about once with each
/// other text. `named` are the pairs that the host calls alike; these are included whatever their
/// words are. Pairs with unknown entries are skipped.
pub fn questions(
    entries: &[Located],
    named: &[Similarity],
    answered: &Pairs,
    most: usize,
) -> Vec<Question> {
    let readers = Readers::of(entries);
    let seen: Vec<Seen<'_>> = entries.iter().map(|entry| Seen::of(entry, &readers)).collect();
    let all = pairs(entries).into_iter().chain(positions(entries, named));
    let mut all: Vec<_> =
        all.map(|(a, b, similarity)| (Reverse(similarity), a.min(b), a.max(b))).collect();
    sort::all(&mut all);
    // A store of similar statements has a hundred times as many pairs as statements, and few pairs
    // are asked about. So only as many pairs are checked as are needed to find `most`, but of pairs
    // with equal similarity always all.
    let (mut found, mut rest, mut looks) = (Vec::new(), all.as_slice(), most);
    while found.len() < most && !rest.is_empty() {
        let least = rest.get(looks).or(rest.last()).map(|pair| pair.0);
        let end = rest.partition_point(|pair| Some(pair.0) <= least);
        let (now, later) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        for (similarity, a, b) in now {
            let (Some(one), Some(other)) = (seen.get(*a), seen.get(*b)) else { continue };
            if may_tie(one, other, &readers) {
                let key = one.key(other);
                if !answered.contains_key(&key) {
                    found.push((key, *similarity, *a, *b));
                }
            }
        }
        sort::all(&mut found);
        found.dedup_by(|later, earlier| later.0 == earlier.0);
        (rest, looks) = (later, looks.saturating_mul(2));
    }
    sort::by_key(&mut found, |(_, similarity, ..)| *similarity);
    let question = |(key, Reverse(similarity), a, b)| {
        let (one, other) = (entries.get(a)?, entries.get(b)?);
        let (older, newer) =
            if Rank::of(one) < Rank::of(other) { (one, other) } else { (other, one) };
        Some(Question {
            key,
            older: side(older, &readers),
            newer: side(newer, &readers),
            similarity,
        })
    };
    found.into_iter().take(most).filter_map(question).collect()
}

/// A note for people about statements in the same words below different headings, which nothing merges while no model is
/// asked about them; `None` when there are none.
pub fn unasked(entries: &[Located], answered: &Pairs) -> Option<String> {
    let readers = Readers::of(entries);
    let words = Groups::of(entries.iter().map(|entry| (normal(&entry.record.text), entry)));
    let mut apart = Vec::new();
    for (_, alike) in words.iter() {
        let alike: Vec<_> = alike.take(LOOKS).collect();
        if alike.len() < 2 {
            continue;
        }
        let alike: Vec<_> = alike.into_iter().map(|entry| Seen::of(entry, &readers)).collect();
        let pairs = alike
            .iter()
            .enumerate()
            .flat_map(|(at, one)| alike.iter().skip(at + 1).map(move |other| (one, other)));
        let is_open = |(one, other): &(&Seen<'_>, &Seen<'_>)| {
            may_tie(one, other, &readers) && !answered.contains_key(&one.key(other))
        };
        let place = |seen: &Seen<'_>| (seen.entry.path.clone(), seen.entry.piece.line);
        let places = pairs.filter(is_open).map(|(one, other)| {
            let (one, other) = (place(one), place(other));
            if one < other { (one, other) } else { (other, one) }
        });
        apart.extend(places.min());
    }
    let ((path, line), (other, other_line)) = apart.iter().min()?;
    let (stand, first) = match apart.len() {
        1 => ("1 statement stands".to_owned(), ""),
        more => (format!("{more} statements stand"), "first "),
    };
    Some(format!(
        "{stand} twice in the same words below different headings ({first}`{path}`, line {line}, and `{other}`, line {other_line}): \
         only a model that is shown both places, or you, can tell whether one is enough."
    ))
}

/// The answers about pairs of entries, by their positions, the smaller position first. An answer
/// holds for every pair of entries with its two texts, one about equal texts for their two scopes alone;
/// at most [`LOOKS`] entries with each text are looked at.
pub(crate) fn hints(entries: &[Located], answered: &Pairs) -> Map<(usize, usize), PairHint> {
    if answered.is_empty() {
        return Map::of([]);
    }
    let texts = entries.iter().map(|entry| of_text(&entry.record.text));
    let places = Groups::of(texts.zip(0..));
    let places_of = |text: &Digest| places.get(text).copied().take(LOOKS);
    let readers = Readers::of(entries);
    let seen: Vec<Seen<'_>> = entries.iter().map(|entry| Seen::of(entry, &readers)).collect();
    let mut said = Vec::new();
    for pair in answered.values() {
        let [one, other] = &pair.texts;
        for a in places_of(one) {
            let ties = |b: &usize| {
                let both = seen.get(a).zip(seen.get(*b)).filter(|_| a != *b);
                both.is_some_and(|(a, b)| {
                    (a.normal != b.normal || a.key(b) == pair.key) && may_tie(a, b, &readers)
                })
            };
            let tied = places_of(other).filter(ties);
            said.extend(tied.map(|b| ((a.min(b), a.max(b)), PairHint::Compared(pair.said))));
        }
    }
    Map::of(said)
}

/// The pairs that a host names, in the form of [`pairs`]: two positions and a similarity.
fn positions(entries: &[Located], named: &[Similarity]) -> Vec<(usize, usize, u64)> {
    let at = Map::of(entries.iter().zip(0..).map(|(entry, at)| (&entry.record.id, at)));
    let place = |pair: &Similarity| Some((*at.get(&pair.a)?, *at.get(&pair.b)?, pair.similarity));
    named.iter().filter_map(place).collect()
}

fn side<'a>(entry: &'a Located, readers: &Readers<'a>) -> Side {
    let above = readers.belongs_to(entry).iter();
    let above = above.map(|above| text::cut(above, MAX_HEADING).to_owned());
    Side {
        path: entry.path.clone(),
        headings: entry.piece.headings.iter().cloned().chain(above).collect(),
        text: entry.record.text.clone(),
        said: Rank::of(entry).said,
    }
}

/// The pairs of similar entries, by position, with their similarity in parts per million.
fn pairs(entries: &[Located]) -> Vec<(usize, usize, u64)> {
    let corpus = Corpus::of(entries.iter().map(|entry| entry.record.text.as_str()));
    let sets = corpus.terms();
    let alike = within_crowds(sets, ASKED, LOOKS);
    // Pairs of the first text with a set of terms and a later text with the same terms.
    let mut members = alike.members();
    members.retain(|(first, _)| !sets.get(*first).is_empty());
    let of = |first: u32| {
        let same = sort::run(&members, |(other, _)| other.cmp(&first));
        same.iter().map(|(_, at)| *at).take(LOOKS)
    };
    let mut found: Vec<(u32, u32, u64)> = Vec::new();
    for pair in &alike.pairs {
        let both = [pair.left, pair.right].map(|at| sets.get(at).len());
        let all = both.iter().sum::<usize>().saturating_sub(wide(pair.shared));
        let all = u64::try_from(all).unwrap_or(u64::MAX);
        let similarity = (u64::from(pair.shared) * 1_000_000).checked_div(all).unwrap_or(0);
        found.extend(of(pair.left).flat_map(|a| of(pair.right).map(move |b| (a, b, similarity))));
    }
    for run in members.chunk_by(|a, b| a.0 == b.0) {
        let rest = |i: usize| run.iter().skip(i + 1).take(LOOKS);
        let pairs = run.iter().enumerate().flat_map(|(i, a)| rest(i).map(move |b| (a.1, b.1)));
        found.extend(pairs.map(|(a, b)| (a, b, 1_000_000)));
    }
    found.into_iter().map(|(a, b, similarity)| (wide(a), wide(b), similarity)).collect()
}

/// What the checks of a pair need to know of an entry; computed once for each entry.
struct Seen<'a> {
    entry: &'a Located,
    normal: String,
    /// Who reads it, and what stands above it.
    scope: String,
    reader: &'a str,
    /// `stays`: whether another entry may be merged into it; `goes`: whether it may be merged into
    /// another.
    stays: bool,
    goes: bool,
}

impl<'a> Seen<'a> {
    fn of(entry: &'a Located, readers: &Readers<'a>) -> Self {
        let stays = !entry.is_of_index() && merges::may_stay(entry);
        Self {
            entry,
            normal: normal(&entry.record.text),
            scope: readers.scope(entry),
            reader: reader(entry.path.as_str()),
            stays,
            goes: stays && merges::may_go(entry),
        }
    }

    /// The key of the answer about the two.
    fn key(&self, other: &Self) -> Digest {
        match self.normal == other.normal {
            true => of_places(&self.normal, &self.scope, &other.scope),
            false => of_normal(&self.normal, &other.normal),
        }
    }
}

/// Whether a change could follow from a model's answer about two entries.
fn may_tie(one: &Seen<'_>, other: &Seen<'_>, readers: &Readers<'_>) -> bool {
    let (a, b) = (one.entry, other.entry);
    let (old, new) = (a.path.as_str(), b.path.as_str());
    one.stays
        && other.stays
        && (one.reader == other.reader || readers.may_go(old, new) || readers.may_go(new, old))
        && a.record.principal == b.record.principal
        && (other.goes && merges::beside(a, b) || one.goes && merges::beside(b, a))
        && comparable((a.record.kind, &a.record.text), (b.record.kind, &b.record.text))
        // The same words in one scope say the same, and nobody is asked.
        && (one.normal != other.normal || one.scope != other.scope)
}

#[cfg(test)]
mod tests;
