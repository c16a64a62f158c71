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
use crate::judge::PairHint;
use crate::precedence::Rank;
use crate::reconcile::merges;
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
/// of the two nor on where they stand.
pub fn key(a: &str, b: &str) -> Digest {
    of_normal(&normal(a), &normal(b))
}

/// As [`key`], for texts in normal form.
fn of_normal(a: &str, b: &str) -> Digest {
    let (first, second) = if a <= b { (a, b) } else { (b, a) };
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
    let seen: Vec<Seen<'_>> = entries.iter().map(Seen::of).collect();
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
                let key = of_normal(&one.normal, &other.normal);
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

/// The answers about pairs of entries, by their positions, the smaller position first. An answer
/// holds for every pair of entries with its two texts; at most [`LOOKS`] entries with each text are
/// looked at.
pub(crate) fn hints(entries: &[Located], answered: &Pairs) -> Map<(usize, usize), PairHint> {
    if answered.is_empty() {
        return Map::of([]);
    }
    let texts = entries.iter().map(|entry| of_text(&entry.record.text));
    let places = Groups::of(texts.zip(0..));
    let places_of = |text: &Digest| places.get(text).copied().take(LOOKS);
    let readers = Readers::of(entries);
    let seen: Vec<Seen<'_>> = entries.iter().map(Seen::of).collect();
    let mut said = Vec::new();
    for pair in answered.values() {
        let [one, other] = &pair.texts;
        for a in places_of(one) {
            let ties = |b: &usize| {
                let both = seen.get(a).zip(seen.get(*b));
                both.is_some_and(|(a, b)| may_tie(a, b, &readers))
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
    reader: &'a str,
    /// `stays`: whether another entry may be merged into it; `goes`: whether it may be merged into
    /// another.
    stays: bool,
    goes: bool,
}

impl<'a> Seen<'a> {
    fn of(entry: &'a Located) -> Self {
        let stays = !entry.is_of_index() && merges::may_stay(entry);
        Self {
            entry,
            normal: normal(&entry.record.text),
            reader: reader(entry.path.as_str()),
            stays,
            goes: stays && merges::may_go(entry),
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
        && one.normal != other.normal
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
    fn a_side_shows_the_line_that_introduces_its_list() {
        let mut store = Snapshot::new("");
        let text = "# Hosts\n\n**Staging:**\n\n- Deploys wait for the team lead.\n\n**Tills:**\n\n- Deploys wait for a team lead.\n";
        store.add_memory(Memory::new("a.md", text, None).unwrap()).unwrap();
        let entries = resolve(&store, Time::from_millis(9), crate::redact).entries;
        let asked = questions(&entries, &[], &Pairs::default(), 9);
        let shown: Vec<_> = asked.iter().map(|q| (&q.older.headings, &q.newer.headings)).collect();
        let under = |line: &str| vec!["Hosts".to_owned(), line.to_owned()];
        assert_eq!(shown, [(&under("**Tills:**"), &under("**Staging:**"))]);
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

    /// `count` statements of one template in files of ten, like lists of services and ports.
    fn template(count: usize) -> Vec<Located> {
        let mut store = Snapshot::default();
        for file in 0..count / 10 {
            let line = |n: usize| {
                format!("- Service {n} of team {} listens on port {}.\n", n % 7, n * n % 31)
            };
            let text: String = (file * 10..file * 10 + 10).map(line).collect();
            let memory = Memory::new(format!("t{file}.md"), text, None).unwrap();
            store.memories.insert(memory.path.clone(), memory.into());
        }
        resolve(&store, Time::from_millis(9), crate::redact).entries
    }

    #[test]
    fn few_questions_are_the_first_of_all_that_there_are() {
        let entries = template(100);
        let all = questions(&entries, &[], &Pairs::default(), usize::MAX);
        assert!(all.len() > 1_000, "{}", all.len());
        let order = |question: &Question| (Reverse(question.similarity), question.key.clone());
        assert!(all.is_sorted_by_key(order));
        let keys: Vec<&Digest> = all.iter().map(|question| &question.key).collect();
        assert_eq!(Set::of(keys.iter().copied()).len(), keys.len(), "each pair once");
        let answered = records(all.iter().step_by(3).map(|q| q.answered(Comparison::Same)));
        let open: Vec<Question> =
            all.iter().filter(|q| !answered.contains_key(&q.key)).cloned().collect();
        for most in [0, 1, 2, 7, 40, 333, all.len(), all.len() + 1] {
            let first = |all: &[Question]| all.iter().take(most).cloned().collect::<Vec<_>>();
            assert_eq!(questions(&entries, &[], &Pairs::default(), most), first(&all), "{most}");
            assert_eq!(questions(&entries, &[], &answered, most), first(&open), "{most}");
        }
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
            // A pair with an unknown id, an entry paired with itself, and two entries without a
            // common reader.
            named(prices.clone(), EntryId::new("e0")),
            named(prices.clone(), prices.clone()),
            named(prices, of("Nightly backups of the shop go into")),
        ];
        let asked = questions(&entries, &pairs, &Pairs::default(), 9);
        assert_eq!(asked.len(), 2, "{asked:?}");
        assert_eq!(asked[0].similarity, 900_000);
        assert!(asked[0].older.text.starts_with("Prices"), "{asked:?}");
        assert!(asked[1].similarity < 900_000);
        // The answer about this pair also holds when the host no longer names the pair.
        let answered = records([asked[0].answered(Comparison::Same)]);
        assert_eq!(hints(&entries, &answered).iter().len(), 1);
        assert_eq!(questions(&entries, &pairs, &answered, 9), [asked[1].clone()]);
        // When words and host differ on the similarity, the greater counts; the pair is asked about
        // once.
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
        let hints = hints(&entries, &answered);
        assert_eq!(hints.iter().len(), 2, "{hints:?}");
        assert!(hints.iter().all(|(_, hint)| *hint == PairHint::Compared(Comparison::Same)));
    }
}
