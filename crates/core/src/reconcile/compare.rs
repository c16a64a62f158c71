//! Pairs of statements of which words alone cannot say how they relate, as questions for a model, and what its
//! answers mean. Neither the questions nor what follows from the answers depends on an order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::{Digest, EntryId};
use dreaming_records::kind::Kind;
use dreaming_records::ledger::Ledger;
use dreaming_records::memory::MemoryPath;
use dreaming_records::pair::{Comparison, PairRecord};
use dreaming_records::time::Time;
use dreaming_text::join::{Threshold, within_crowds};
use dreaming_text::{Corpus, normal, sort};

use crate::identity::Located;
use crate::judge::Told;
use crate::precedence::Rank;
use crate::reconcile::merges::mergeable;
use crate::reconcile::readers::Readers;
use crate::reconcile::relate::wide;
use crate::reconcile::same_entries::comparable;

/// Jaccard similarity of the terms of two statements from which a model is asked. Of 105 labelled pairs of
/// eight stores that say the same all but a few share as much.
const ASKED: Threshold = Threshold::permille(120);

/// Most statements that one is held against where everything is alike. Chosen by us: more than a person
/// would compare.
const LOOKS: usize = 128;

/// A side of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The entry.
    pub entry: EntryId,
    /// The memory that holds it.
    pub path: MemoryPath,
    /// The headings above it, outermost first, as written: a prompt has to cut secrets out of them.
    pub headings: Vec<String>,
    /// Its words, without secrets.
    pub text: String,
    /// When its source last said so; `None` = nothing tells.
    pub said: Option<Time>,
}

/// Two statements to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// By what the answer is known: see [`key`].
    pub key: Digest,
    /// The one that would go: it was said earlier, or of two that nothing else tells apart stands further back.
    pub older: Side,
    /// The other one.
    pub newer: Side,
    /// How alike their words are, in parts per million.
    pub similarity: u64,
}

/// By what the answer about two texts is known, whichever stands first and wherever they stand.
pub fn key(a: &str, b: &str) -> Digest {
    let (a, b) = (normal(a), normal(b));
    let (first, second) = if a <= b { (&a, &b) } else { (&b, &a) };
    digest_parts(["dreaming.compare/1", first, second].map(str::as_bytes))
}

impl Question {
    /// The answer as the ledger keeps it.
    pub fn answered(&self, said: Comparison) -> PairRecord {
        let mut texts = [of_text(&self.older.text), of_text(&self.newer.text)];
        sort::all(&mut texts);
        PairRecord { key: self.key.clone(), texts, said }
    }
}

/// By what a text is known in a [`PairRecord`].
fn of_text(text: &str) -> Digest {
    digest_parts(["dreaming.compare/1", &normal(text)].map(str::as_bytes))
}

/// What a model said of pairs of statements, by [`key`].
pub fn answered(ledger: &Ledger) -> BTreeMap<Digest, Comparison> {
    sort::map(ledger.pairs.values().map(|pair| (pair.key.clone(), pair.said)))
}

/// Takes out what was said of texts of which the store has neither any more.
pub(crate) fn retain(ledger: &mut Ledger) {
    if ledger.pairs.is_empty() {
        return;
    }
    let there: BTreeSet<Digest> = sort::tree(ledger.active().map(|entry| of_text(&entry.text)));
    ledger.pairs.retain(|_, pair| pair.texts.iter().any(|text| there.contains(text)));
}

/// Takes out what was said of a text: a digest would tell whoever guesses the text that it stood here.
pub(crate) fn erase(ledger: &mut Ledger, text: &str) {
    let text = of_text(text);
    ledger.pairs.retain(|_, pair| !pair.texts.contains(&text));
}

/// The pairs of a store that a model should compare and has not: at most `most`, the most alike first, then by
/// key. A text that stands more than once is asked about once with each other text.
pub fn questions(
    entries: &[Located],
    answered: &BTreeMap<Digest, Comparison>,
    most: usize,
) -> Vec<Question> {
    let mut asked = BTreeSet::new();
    let mut found = Vec::new();
    for (a, b, similarity) in pairs(entries) {
        let (Some(one), Some(other)) = (entries.get(a), entries.get(b)) else { continue };
        let key = key(&one.record.text, &other.record.text);
        if answered.contains_key(&key) || !asked.insert(key.clone()) {
            continue;
        }
        found.push((Reverse(similarity), key, a, b));
    }
    sort::all(&mut found);
    let question = |(Reverse(similarity), key, a, b)| {
        let (one, other) = (entries.get(a)?, entries.get(b)?);
        let (older, newer) =
            if Rank::of(one) < Rank::of(other) { (one, other) } else { (other, one) };
        Some(Question { key, older: side(older), newer: side(newer), similarity })
    };
    found.into_iter().take(most).filter_map(question).collect()
}

/// What was answered about the pairs of a store, by position, the smaller first.
pub(crate) fn told(
    entries: &[Located],
    answered: &BTreeMap<Digest, Comparison>,
) -> BTreeMap<(usize, usize), Told> {
    if answered.is_empty() {
        return BTreeMap::new();
    }
    let said = pairs(entries).into_iter().filter_map(|(a, b, _)| {
        let (one, other) = (entries.get(a)?, entries.get(b)?);
        let said = answered.get(&key(&one.record.text, &other.record.text))?;
        Some(((a, b), Told::Compared(*said)))
    });
    sort::map(said)
}

fn side(entry: &Located) -> Side {
    Side {
        entry: entry.record.id.clone(),
        path: entry.path.clone(),
        headings: entry.piece.headings.clone(),
        text: entry.record.text.clone(),
        said: Rank::of(entry).said,
    }
}

/// The pairs of entries that are alike, and of which one may go for the sake of the other, by position, with how
/// alike they are in parts per million.
fn pairs(entries: &[Located]) -> Vec<(usize, usize, u64)> {
    let corpus = Corpus::of(entries.iter().map(|entry| entry.record.text.as_str()));
    let sets = corpus.terms();
    let alike = within_crowds(sets, ASKED, LOOKS);
    // Those with the terms of another one, after the first that has them.
    let mut members: Vec<(u32, u32)> = alike.first.iter().copied().zip(0..).collect();
    members.retain(|(first, _)| !sets.get(*first).is_empty());
    sort::packed(&mut members);
    let of = |first: u32| {
        let start = members.partition_point(|(other, _)| *other < first);
        let same = members.iter().skip(start).take_while(move |(other, _)| *other == first);
        same.map(|(_, at)| *at).take(LOOKS)
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
    let readers = Readers::of(entries);
    let placed = found.into_iter().map(|(a, b, similarity)| {
        let (a, b) = (wide(a), wide(b));
        (a.min(b), a.max(b), similarity)
    });
    let mut found: Vec<_> = placed
        .filter(|(a, b, _)| match (entries.get(*a), entries.get(*b)) {
            (Some(a), Some(b)) => may_tie(a, b, &readers),
            _ => false,
        })
        .collect();
    sort::all(&mut found);
    found
}

/// Whether an answer about two entries could change anything.
fn may_tie(a: &Located, b: &Located, readers: &Readers<'_>) -> bool {
    let of_index =
        |e: &Located| e.record.kind == Some(Kind::Index) || e.path.as_str() == Kind::Index.path();
    let (old, new) = (a.path.as_str(), b.path.as_str());
    !of_index(a)
        && !of_index(b)
        && (readers.may_go(old, new) || readers.may_go(new, old))
        && (mergeable(a, b) || mergeable(b, a))
        && comparable((a.record.kind, &a.record.text), (b.record.kind, &b.record.text))
        && normal(&a.record.text) != normal(&b.record.text)
}

#[cfg(test)]
mod tests {
    use dreaming_records::ledger::{EntryRecord, Origin};
    use dreaming_records::memory::Memory;
    use dreaming_records::snapshot::Snapshot;

    use super::*;
    use crate::identity::resolve;

    const MEMORIES: [(&str, &str); 3] = [
        (
            "a.md",
            "# Shop\n\n- Nightly backups of the shop go to the second data centre.\n\
             - Prices are integers in cents.\n",
        ),
        (
            "b.md",
            "# Night\n\n- Every night a backup of the shop goes to the second centre.\n\
             - Nightly backups of the shop go to the second data centre.\n",
        ),
        ("AGENTS.md", "- Nightly backups of the shop go into the second data centre!\n"),
    ];

    fn entries() -> Vec<Located> {
        let mut store = Snapshot::default();
        for (at, (path, text)) in MEMORIES.iter().enumerate() {
            let path = MemoryPath::new(*path).unwrap();
            let seen = i64::try_from(at).unwrap();
            let observed_at = Some(Time::from_millis(seen));
            store.memories.insert(path.clone(), Memory { path, text: (*text).into(), observed_at });
        }
        resolve(&store, Time::from_millis(9), crate::redact).entries
    }

    #[test]
    fn a_pair_of_texts_is_asked_once_the_older_first_and_never_across_readers() {
        let entries = entries();
        let asked = questions(&entries, &BTreeMap::new(), 9);
        let [question] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(question.older.text.starts_with("Nightly"), "{question:?}");
        assert!(question.newer.text.starts_with("Every night"), "{question:?}");
        assert_eq!(question.key, key(&question.newer.text, &question.older.text));
        assert_eq!(questions(&entries, &BTreeMap::new(), 0), []);
        let answered = BTreeMap::from([(question.key.clone(), Comparison::Independent)]);
        assert_eq!(questions(&entries, &answered, 9), []);
    }

    #[test]
    fn what_was_said_is_kept_while_one_of_the_texts_is_there() {
        let question = questions(&entries(), &BTreeMap::new(), 9).remove(0);
        let pair = question.answered(Comparison::Same);
        let ledger = |texts: &[&str]| {
            let mut ledger = Ledger::default();
            for text in texts {
                let (id, path) = (EntryId::new(*text), question.older.path.clone());
                let entry = EntryRecord::new(id.clone(), path, (*text).into(), Origin::Imported);
                ledger.entries.insert(id, entry);
            }
            ledger.pairs.insert(pair.key.clone(), pair.clone());
            ledger
        };
        let (older, newer) = (question.older.text.as_str(), question.newer.text.as_str());
        let kept = |texts: &[&str]| {
            let mut ledger = ledger(texts);
            retain(&mut ledger);
            answered(&ledger).get(&pair.key).copied()
        };
        assert_eq!(kept(&[older, "Another."]), Some(Comparison::Same));
        assert_eq!(kept(&[newer]), Some(Comparison::Same));
        assert_eq!(kept(&["Another."]), None);
        let mut erased = ledger(&[older, newer]);
        erase(&mut erased, "Another.");
        assert_eq!(erased.pairs.len(), 1);
        erase(&mut erased, newer);
        assert!(erased.pairs.is_empty());
    }

    #[test]
    fn an_answer_holds_for_every_pair_with_these_texts() {
        let entries = entries();
        let asked = questions(&entries, &BTreeMap::new(), 9);
        let answered: BTreeMap<Digest, Comparison> =
            asked.iter().map(|question| (question.key.clone(), Comparison::Same)).collect();
        let told = told(&entries, &answered);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.values().all(|told| *told == Told::Compared(Comparison::Same)));
    }
}
