//! Chooses what of a store an agent should load, within a budget of tokens.

mod bm25;
mod fresh;
mod weight;

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::ids::EntryId;
use dreaming_records::ledger::Origin;
use dreaming_records::memory::MemoryPath;
use dreaming_records::number::count;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::markdown::Form;
use dreaming_text::{self as text, Map, Set, sort};

use crate::identity::{Located, resolve};
use crate::reconcile::belongs::{Above, above};

use bm25::Corpus;

/// Bytes that count as one token. Chosen by us: about what tokenisers make of English prose; code
/// and other scripts take more tokens per byte, so a host should leave room for them.
const BYTES_OF_TOKEN: usize = 4;

/// The tokens that this many bytes take of a budget.
pub fn tokens(bytes: usize) -> u64 {
    count(bytes.div_ceil(BYTES_OF_TOKEN))
}

/// An entry to load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Its id, or the one that `observe` would give it.
    pub entry: EntryId,
    /// The memory that holds it.
    pub path: MemoryPath,
    /// Line on which it starts, counted from 1.
    pub line: u64,
    /// What it stands below, outermost first: headings, the line that introduces its list, the items around it. They may
    /// turn its sense around ("never do this").
    pub headings: Vec<String>,
    /// The number of a step and the box of a task, see [`dreaming_text::markdown::Piece::number_and_box`].
    pub mark: String,
    /// Its text, without list mark and without secrets.
    pub text: String,
    /// How well it fits the query, in parts per million; 0 without one, and where nothing fits.
    pub score: u64,
    /// What it takes of the budget: the bytes of what is said and of the headings ÷ 4, rounded up.
    pub tokens: u64,
}

impl Packed {
    /// Its text, after the number of a step or the box of a task: a list of steps may be there in part and in another
    /// order, and what is done is nothing to do.
    pub fn said(&self) -> String {
        [&*self.mark, &*self.text].join(" ").trim_ascii_start().to_owned()
    }
}

/// A store of which packs are made.
#[derive(Debug)]
pub struct Packer {
    entries: Vec<Located>,
    /// What each stands below.
    above: Map<EntryId, Above>,
}

impl Packer {
    /// The entries of `store`.
    pub fn new(store: &Snapshot, redact: fn(&str) -> String) -> Self {
        // There is no dream and so no `now`: every time that a host gives counts as past.
        let entries = resolve(store, Time::from_millis(i64::MAX), redact).entries;
        Self { above: above(&entries, redact), entries }
    }

    /// All entries, by path and position.
    pub(crate) fn entries(&self) -> &[Located] {
        &self.entries
    }

    /// The entries to load for `query`, best first, of at most `budget` tokens together. With a
    /// query, these are only entries that share a word with it (in text or headings, English endings aside), ranked by
    /// integer BM25 times the weights of tier and trust. For a query without content words (an
    /// empty one, for example), and for one of which no entry has a word, they are all entries, by tier, trust
    /// and last seen: who asks for what no entry speaks of still works under the rules that always hold.
    /// These values also break ties, and at last the place in the store does. Of two entries with one named subject that
    /// fit about as well, the one that was seen later goes first, unless it is trusted less: so an
    /// open conflict shows both sides, the newer one first. A newer one that fits far less well
    /// goes right behind the older one.
    ///
    /// Never packed: a value that was replaced, an index line (what it names is packed itself), a
    /// label that only introduces what stands below it, rows of tables, lines of code, and entries of another person than
    /// `principal`. Without a principal only entries for everybody are packed.
    ///
    /// An entry for which the budget has no room left is skipped, and the next one is tried. So a
    /// greater budget loses an entry only to one that ranks before it.
    pub fn pack(&self, query: &str, budget: u32, principal: Option<&str>) -> Vec<Packed> {
        let may_pack = |entry: &Located| weight::may_pack(entry, principal);
        let mut ranked = self.ranked(query, text::stem_bag, may_pack);
        if ranked.is_empty() {
            ranked = self.ranked("", text::stem_bag, may_pack);
        }
        self.within(budget, ranked)
    }

    /// What a prompt shows a model that reads a session of `principal`, in the order in which it stands in the store: of
    /// at most `budget` tokens, by whole words, those on the topic, and where these leave room the others too. The words
    /// of a correction are often not those of the line that it is about. What lines stand below counts once for all of
    /// them. Code has no place in so few words.
    pub fn on_topic(&self, topic: &str, budget: u32, principal: Option<&str>) -> Vec<Packed> {
        let may_load =
            |entry: &Located| entry.piece.form != Form::Code && weight::may_load(entry, principal);
        as_they_stand(self.below(budget, self.topic_first(topic, may_load)))
    }

    /// Of the entries that are so, those on a topic and then the others.
    fn topic_first(&self, topic: &str, is: impl Fn(&Located) -> bool) -> Vec<(u64, &Located)> {
        let mut ranked = self.ranked(topic, text::bag, &is);
        let on_topic = Set::of(ranked.iter().map(|(_, entry)| &entry.record.id));
        let is_left = |entry: &Located| is(entry) && !on_topic.contains(&&entry.record.id);
        let rest = self.ranked("", text::bag, is_left);
        ranked.extend(rest);
        ranked
    }

    /// What a model should see of the store before it writes from what sessions showed, in the order
    /// in which it stands there: of what dreams wrote, whosever it is, at most `written` tokens, and
    /// of what else is for everybody at most `others` tokens; where there is not room for all, first
    /// what is on the topic. What lines stand below counts once for all of them.
    pub fn beside(&self, topic: &str, written: u32, others: u32) -> Vec<Packed> {
        let of_dream = |entry: &Located| entry.record.origin == Origin::Dream;
        let is_written = |entry: &Located| of_dream(entry) && weight::holds(entry);
        let is_other = |entry: &Located| !of_dream(entry) && weight::may_be_wrong(entry);
        let mut packed = self.below(written, self.topic_first(topic, is_written));
        packed.extend(self.below(others, self.topic_first(topic, is_other)));
        as_they_stand(packed)
    }

    /// An entry with what it stands below, if it is there.
    pub fn shown(&self, id: &EntryId) -> Option<Packed> {
        let entry = self.entries.iter().find(|entry| entry.record.id == *id)?;
        Some(self.loaded(entry, 0))
    }

    /// What fits the query of those that are so, each with its score, best first. `bag` gives the sorted words by which
    /// texts are compared.
    fn ranked(
        &self,
        query: &str,
        bag: fn(&str) -> Vec<String>,
        is: impl Fn(&Located) -> bool,
    ) -> Vec<(u64, &Located)> {
        let entries = self.entries.iter().filter(|entry| is(entry));
        let mut wanted = bag(query);
        wanted.dedup();
        let mut ranked: Vec<(u64, &Located)> = match wanted.is_empty() {
            true => entries.map(|entry| (0, entry)).collect(),
            false => self.fitting(entries.collect(), &wanted, bag),
        };
        sort::by(&mut ranked, |(left, a), (right, b)| {
            let standing = weight::standing(&b.record).cmp(&weight::standing(&a.record));
            right.cmp(left).then(standing).then_with(|| place(a).cmp(&place(b)))
        });
        if !wanted.is_empty() {
            fresh::newer_first(&mut ranked);
        }
        ranked
    }

    /// Those for which a budget has room, in order.
    fn within(&self, budget: u32, ranked: Vec<(u64, &Located)>) -> Vec<Packed> {
        let mut left = u64::from(budget);
        let mut packed = Vec::new();
        for (score, entry) in ranked {
            let entry = self.loaded(entry, score);
            if entry.tokens <= left {
                left -= entry.tokens;
                packed.push(entry);
            }
        }
        packed
    }

    /// Those for which a budget has room when what several stand below is shown once, in order.
    fn below(&self, budget: u32, ranked: Vec<(u64, &Located)>) -> Vec<Packed> {
        let mut left = u64::from(budget);
        let mut shown: BTreeSet<Vec<String>> = BTreeSet::new();
        let mut packed = Vec::new();
        for (score, entry) in ranked {
            let mut entry = self.loaded(entry, score);
            if shown.contains(&entry.headings) {
                entry.tokens = tokens(entry.said().len());
            }
            if entry.tokens <= left {
                left -= entry.tokens;
                shown.insert(entry.headings.clone());
                packed.push(entry);
            }
        }
        packed
    }

    /// What an entry stands below.
    pub(crate) fn above(&self, entry: &EntryId) -> Option<&Above> {
        self.above.get(entry)
    }

    fn all_above(&self, entry: &Located) -> Vec<String> {
        self.above(&entry.record.id).map(Above::all).unwrap_or_default()
    }

    /// The entries that share a word with the query, with their scores.
    fn fitting<'a>(
        &self,
        entries: Vec<&'a Located>,
        wanted: &[String],
        bag: fn(&str) -> Vec<String>,
    ) -> Vec<(u64, &'a Located)> {
        let bags: Vec<Vec<String>> =
            entries.iter().map(|entry| bag(&self.searched(entry))).collect();
        let corpus = Corpus::new(&bags, wanted);
        let scored = entries.into_iter().zip(&bags).map(|(entry, bag)| {
            let score = corpus.score(bag).saturating_mul(weight::percent(&entry.record));
            (score / weight::WHOLE, entry)
        });
        scored.filter(|(score, _)| *score > 0).collect()
    }

    /// The text of an entry in which the words of a query are looked for: what it stands below and its
    /// own words.
    fn searched(&self, entry: &Located) -> String {
        let mut words = self.all_above(entry).join(" ");
        words.push(' ');
        words.push_str(&entry.record.text);
        words
    }

    fn loaded(&self, entry: &Located, score: u64) -> Packed {
        let mut packed = Packed {
            entry: entry.record.id.clone(),
            path: entry.path.clone(),
            line: entry.piece.line,
            headings: self.all_above(entry),
            mark: entry.piece.number_and_box().to_owned(),
            text: entry.record.text.clone(),
            score,
            tokens: 0,
        };
        let headings: usize = packed.headings.iter().map(String::len).sum();
        packed.tokens = tokens(packed.said().len() + headings);
        packed
    }
}

/// Entries in the order of their places, those below the same headings together, so that these stand in a prompt once.
fn as_they_stand(mut packed: Vec<Packed>) -> Vec<Packed> {
    sort::by(&mut packed, |a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let mut first: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for (at, entry) in packed.iter().enumerate() {
        first.entry(entry.headings.clone()).or_insert(at);
    }
    sort::by_cached_key(&mut packed, |entry| first.get(&entry.headings).copied());
    packed
}

/// Where an entry stands: a store has the same order in every clone, and steps keep theirs.
fn place(entry: &Located) -> (&MemoryPath, u64) {
    (&entry.path, entry.piece.line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dreaming_records::ledger::EntryRecord;
    use dreaming_records::memory::Memory;

    #[test]
    fn a_writer_sees_all_for_which_there_is_room_and_first_what_is_on_the_topic() {
        let mut store = Snapshot::new("");
        let lines = ["The tea is in tins.", "Lamps come in pairs.", "Ask mira about lamps."];
        let learned: String = lines.iter().map(|line| format!("- {line}\n")).collect();
        let notes = "- The lamps are on shelf 4.\n- The shop opens at nine.\n";
        for (path, text) in [("learned/facts.md", &*learned), ("notes.md", notes)] {
            store.add_memory(Memory::new(path, text, None).unwrap()).unwrap();
        }
        let mut packer = Packer::new(&store, crate::redact);
        for entry in &mut packer.entries {
            if entry.path.as_str() == "learned/facts.md" {
                let principal = entry.record.text.contains("mira").then(|| "mira".to_owned());
                let record = EntryRecord::clone(&entry.record);
                entry.record = EntryRecord { origin: Origin::Dream, principal, ..record }.into();
            }
        }
        let beside = |written, others| -> Vec<String> {
            packer.beside("lamps", written, others).into_iter().map(|line| line.text).collect()
        };
        // All in the order of the store while there is room.
        assert_eq!(
            beside(100, 100),
            [&lines[..], &["The lamps are on shelf 4.", "The shop opens at nine."]].concat()
        );
        // What is on the topic takes the room first, and none from the rest.
        assert_eq!(beside(12, 100).len(), 4, "{:?}", beside(12, 100));
        assert_eq!(beside(12, 100)[..2], lines[1..]);
        assert_eq!(beside(0, 7), ["The lamps are on shelf 4."]);
        assert_eq!(beside(100, 0).len(), 3);
    }

    #[test]
    fn what_lines_stand_below_counts_once_for_a_writer() {
        let mut store = Snapshot::new("");
        let heading = "# What everybody who works in this shop has to know of its lamps\n\n";
        let lines: String = (1..=6).map(|n| format!("- Lamp {n} is red.\n")).collect();
        let text = format!("{heading}{lines}");
        store.add_memory(Memory::new("notes.md", &text, None).unwrap()).unwrap();
        let packer = Packer::new(&store, crate::redact);
        assert_eq!(packer.beside("lamp", 0, 40).len(), 6);
        assert_eq!(packer.on_topic("lamp", 40, None).len(), 6);
        assert_eq!(packer.pack("lamp", 40, None).len(), 2);
        // Also where other lines stand between them.
        let text = format!("{heading}- Lamps:\n  - one\n- Chairs\n- Tables:\n  - two\n- Tins\n");
        let mut store = Snapshot::new("");
        store.add_memory(Memory::new("notes.md", &text, None).unwrap()).unwrap();
        let shown = Packer::new(&store, crate::redact).beside("", 0, 1000);
        let changes = shown.windows(2).filter(|pair| pair[0].headings != pair[1].headings).count();
        let headings: BTreeSet<&Vec<String>> = shown.iter().map(|line| &line.headings).collect();
        assert_eq!((headings.len(), changes), (3, 2), "{shown:?}");
    }
}
