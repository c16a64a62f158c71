//! Pairs of statements of which words alone cannot say how they relate, as questions for a model, and what its
//! answers mean. Neither the questions nor what follows from the answers depends on an order.

use std::cmp::Reverse;

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::Digest;
use dreaming_records::ledger::{Ledger, Pairs};
use dreaming_records::pair::{Comparison, PairRecord, Side, Similarity};
use dreaming_text::join::{Threshold, wide, within_crowds};
use dreaming_text::{Corpus, Groups, Map, Set, normal, sort};

use crate::identity::Located;
use crate::judge::Told;
use crate::precedence::Rank;
use crate::reconcile::merges::mergeable;
use crate::reconcile::readers::Readers;
use crate::reconcile::represented::comparable;

/// Jaccard similarity of the terms of two statements from which a model is asked. Of 105 labelled pairs of
/// eight stores that say the same all but a few share as much.
const ASKED: Threshold = Threshold::permille(120);

/// Most statements that one is held against where everything is alike. Chosen by us: more than a person
/// would compare.
const LOOKS: usize = 128;

/// Two statements to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// By what the answer is known: see [`key`].
    pub key: Digest,
    /// The one that would go: it was said earlier, or of two that nothing else tells apart stands further back.
    pub older: Side,
    /// The other one.
    pub newer: Side,
    /// How alike they are, in parts per million: by their words or by a measure of the host, whichever says more.
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

/// Takes out what was said of texts of which the store has neither any more.
pub(crate) fn retain(ledger: &mut Ledger) {
    if ledger.pairs.is_empty() {
        return;
    }
    let there = Set::of(ledger.active().map(|entry| of_text(&entry.text)));
    ledger.pairs.retain(|_, pair| pair.texts.iter().any(|text| there.contains(text)));
}

/// Takes out what was said of a text: a digest would tell whoever guesses the text that it stood here.
pub(crate) fn erase(ledger: &mut Ledger, text: &str) {
    let text = of_text(text);
    ledger.pairs.retain(|_, pair| !pair.texts.contains(&text));
}

/// The pairs of a store that a model should compare and has not: at most `most`, the most alike first, then by
/// key. A text that stands more than once is asked about once with each other text. `named`: pairs that the
/// host calls alike, whatever their words are; those of entries that are not there are passed over.
pub fn questions(
    entries: &[Located],
    named: &[Similarity],
    answered: &Pairs,
    most: usize,
) -> Vec<Question> {
    let readers = Readers::of(entries);
    let mut found = Vec::new();
    for (a, b, similarity) in pairs(entries).into_iter().chain(positions(entries, named)) {
        let (a, b) = (a.min(b), a.max(b));
        let (Some(one), Some(other)) = (entries.get(a), entries.get(b)) else { continue };
        if !may_tie(one, other, &readers) {
            continue;
        }
        let key = key(&one.record.text, &other.record.text);
        if !answered.contains_key(&key) {
            found.push((key, Reverse(similarity), a, b));
        }
    }
    sort::all(&mut found);
    found.dedup_by(|later, earlier| later.0 == earlier.0);
    sort::by_key(&mut found, |(_, similarity, ..)| *similarity);
    let question = |(key, Reverse(similarity), a, b)| {
        let (one, other) = (entries.get(a)?, entries.get(b)?);
        let (older, newer) =
            if Rank::of(one) < Rank::of(other) { (one, other) } else { (other, one) };
        Some(Question { key, older: side(older), newer: side(newer), similarity })
    };
    found.into_iter().take(most).filter_map(question).collect()
}

/// What was answered about the pairs of a store, by position, the smaller first. An answer holds for every pair
/// with its texts, of each of which [`LOOKS`] places are looked at.
pub(crate) fn told(entries: &[Located], answered: &Pairs) -> Map<(usize, usize), Told> {
    if answered.is_empty() {
        return Map::of([]);
    }
    let texts = entries.iter().map(|entry| of_text(&entry.record.text));
    let places = Groups::of(texts.zip(0..));
    let places_of = |text: &Digest| places.get(text).copied().take(LOOKS);
    let readers = Readers::of(entries);
    let mut said = Vec::new();
    for pair in answered.values() {
        let [one, other] = &pair.texts;
        for a in places_of(one) {
            let ties = |b: &usize| {
                let both = entries.get(a).zip(entries.get(*b));
                both.is_some_and(|(a, b)| may_tie(a, b, &readers))
            };
            let tied = places_of(other).filter(ties);
            said.extend(tied.map(|b| ((a.min(b), a.max(b)), Told::Compared(pair.said))));
        }
    }
    Map::of(said)
}

/// The pairs that a host names, as [`pairs`] gives them.
fn positions(entries: &[Located], named: &[Similarity]) -> Vec<(usize, usize, u64)> {
    let at = Map::of(entries.iter().zip(0..).map(|(entry, at)| (&entry.record.id, at)));
    let place = |pair: &Similarity| Some((*at.get(&pair.a)?, *at.get(&pair.b)?, pair.similarity));
    named.iter().filter_map(place).collect()
}

fn side(entry: &Located) -> Side {
    Side {
        path: entry.path.clone(),
        headings: entry.piece.headings.clone(),
        text: entry.record.text.clone(),
        said: Rank::of(entry).said,
    }
}

/// The pairs of entries that are alike, by position, with how alike they are in parts per million.
fn pairs(entries: &[Located]) -> Vec<(usize, usize, u64)> {
    let corpus = Corpus::of(entries.iter().map(|entry| entry.record.text.as_str()));
    let sets = corpus.terms();
    let alike = within_crowds(sets, ASKED, LOOKS);
    // Those with the terms of another one, after the first that has them.
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

/// Whether an answer about two entries could change anything.
fn may_tie(a: &Located, b: &Located, readers: &Readers<'_>) -> bool {
    let (old, new) = (a.path.as_str(), b.path.as_str());
    !a.is_of_index()
        && !b.is_of_index()
        && (readers.may_go(old, new) || readers.may_go(new, old))
        && (mergeable(a, b) || mergeable(b, a))
        && comparable((a.record.kind, &a.record.text), (b.record.kind, &b.record.text))
        && normal(&a.record.text) != normal(&b.record.text)
}

#[cfg(test)]
mod tests {
    use dreaming_records::ids::EntryId;
    use dreaming_records::ledger::{EntryRecord, Origin};
    use dreaming_records::memory::{Memory, MemoryPath};
    use dreaming_records::snapshot::Snapshot;
    use dreaming_records::time::Time;

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

    fn records(pairs: impl IntoIterator<Item = PairRecord>) -> Pairs {
        let mut records = Pairs::default();
        pairs.into_iter().for_each(|pair| records.insert(pair.key.clone(), pair));
        records
    }

    fn entries() -> Vec<Located> {
        let mut store = Snapshot::default();
        for (at, (path, text)) in MEMORIES.iter().enumerate() {
            let path = MemoryPath::new(*path).unwrap();
            let seen = i64::try_from(at).unwrap();
            let observed_at = Some(Time::from_millis(seen));
            let memory = Memory { path: path.clone(), text: (*text).into(), observed_at };
            store.memories.insert(path, memory.into());
        }
        resolve(&store, Time::from_millis(9), crate::redact).entries
    }

    #[test]
    fn a_pair_of_texts_is_asked_once_the_older_first_and_never_across_readers() {
        let entries = entries();
        let asked = questions(&entries, &[], &Pairs::default(), 9);
        let [question] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(question.older.text.starts_with("Nightly"), "{question:?}");
        assert!(question.newer.text.starts_with("Every night"), "{question:?}");
        assert_eq!(question.key, key(&question.newer.text, &question.older.text));
        assert_eq!(questions(&entries, &[], &Pairs::default(), 0), []);
        let answered = records([question.answered(Comparison::Independent)]);
        assert_eq!(questions(&entries, &[], &answered, 9), []);
    }

    #[test]
    fn pairs_that_a_host_calls_alike_are_asked_about_and_answered_like_others() {
        let entries = entries();
        let of = |start: &str| {
            let found = entries.iter().find(|entry| entry.record.text.starts_with(start));
            found.unwrap().record.id.clone()
        };
        let named = |a: EntryId, b: EntryId| Similarity { a, b, similarity: 900_000 };
        let (prices, night) = (of("Prices"), of("Every night"));
        let pairs = [
            named(prices.clone(), night),
            // An entry that nobody knows, one with itself, and two that have no reader in common.
            named(prices.clone(), EntryId::new("e0")),
            named(prices.clone(), prices.clone()),
            named(prices, of("Nightly backups of the shop go into")),
        ];
        let asked = questions(&entries, &pairs, &Pairs::default(), 9);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(asked[0].similarity, 900_000);
        assert!(asked[0].older.text.starts_with("Prices"), "{asked:?}");
        assert!(asked[1].similarity < 900_000);
        // The answer holds also when nobody names the pair again.
        let answered = records([asked[0].answered(Comparison::Same)]);
        assert_eq!(told(&entries, &answered).iter().len(), 1);
        assert_eq!(questions(&entries, &pairs, &answered, 9), [asked[1].clone()]);
        // Of two measures the greater one counts, and the pair is asked about once.
        let pairs = [named(of(&asked[1].older.text), of(&asked[1].newer.text))];
        let asked = questions(&entries, &pairs, &Pairs::default(), 9);
        assert_eq!((asked.len(), asked[0].similarity), (1, 900_000));
    }

    #[test]
    fn what_was_said_is_kept_while_one_of_the_texts_is_there() {
        let question = questions(&entries(), &[], &Pairs::default(), 9).remove(0);
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
            ledger.pairs.get(&pair.key).map(|pair| pair.said)
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
        let asked = questions(&entries, &[], &Pairs::default(), 9);
        let answered = records(asked.iter().map(|question| question.answered(Comparison::Same)));
        let told = told(&entries, &answered);
        assert_eq!(told.iter().len(), 2, "{told:?}");
        assert!(told.iter().all(|(_, told)| *told == Told::Compared(Comparison::Same)));
    }
}
