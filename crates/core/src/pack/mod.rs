//! Chooses what of a store an agent should load, within a budget of tokens.

mod bm25;
mod fresh;
mod weight;

use dreaming_records::ids::EntryId;
use dreaming_records::memory::MemoryPath;
use dreaming_records::number::count;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text as text;
use dreaming_text::sort;

use crate::identity::{Located, resolve};

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
    /// The headings above it, outermost first: they may turn its sense around ("never do this").
    pub headings: Vec<String>,
    /// Its text, without list mark and without secrets.
    pub text: String,
    /// How well it fits the query, in parts per million; 0 without one.
    pub score: u64,
    /// What it takes of the budget: the bytes of text and headings ÷ 4, rounded up.
    pub tokens: u64,
}

/// A store of which packs are made.
#[derive(Debug)]
pub struct Packer {
    entries: Vec<Located>,
    redact: fn(&str) -> String,
}

impl Packer {
    /// The entries of `store`.
    pub fn new(store: &Snapshot, redact: fn(&str) -> String) -> Self {
        // There is no dream and so no `now`: every time that a host gives counts as past.
        let entries = resolve(store, Time::from_millis(i64::MAX), redact).entries;
        Self { entries, redact }
    }

    /// All entries, by path and position.
    pub(crate) fn entries(&self) -> &[Located] {
        &self.entries
    }

    /// The entries to load for `query`, best first, of at most `budget` tokens together. With a
    /// query, these are only entries that share a word with it (in text or headings), ranked by
    /// integer BM25 times the weights of tier and trust. For a query without content words (an
    /// empty one, for example) they are all entries, by tier, trust and last seen; these values
    /// also break ties, and at last the entry id does. Of two entries with one named subject that
    /// fit about as well, the one that was seen later goes first, unless it is trusted less: so an
    /// open conflict shows both sides, the newer one first. A newer one that fits far less well
    /// goes right behind the older one.
    ///
    /// Never packed: a value that was replaced, an index line (what it names is packed itself), a
    /// label that only introduces what stands below it, and entries of another person than
    /// `principal`. Without a principal only entries for everybody are packed.
    ///
    /// An entry for which the budget has no room left is skipped, and the next one is tried. So a
    /// greater budget loses an entry only to one that ranks before it.
    pub fn pack(&self, query: &str, budget: u32, principal: Option<&str>) -> Vec<Packed> {
        let entries = self.entries.iter().filter(|entry| weight::may_load(entry, principal));
        let wanted = text::tokens(query);
        let mut ranked: Vec<(u64, &Located)> = match wanted.is_empty() {
            true => entries.map(|entry| (0, entry)).collect(),
            false => fitting(entries.collect(), &wanted),
        };
        sort::by(&mut ranked, |(left, a), (right, b)| {
            let standing = weight::standing(&b.record).cmp(&weight::standing(&a.record));
            right.cmp(left).then(standing).then(a.record.id.cmp(&b.record.id))
        });
        if !wanted.is_empty() {
            fresh::newer_first(&mut ranked);
        }
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

    fn loaded(&self, entry: &Located, score: u64) -> Packed {
        let text = entry.record.text.clone();
        let headings: Vec<String> =
            entry.piece.headings.iter().map(|heading| (self.redact)(heading)).collect();
        let bytes = text.len() + headings.iter().map(String::len).sum::<usize>();
        Packed {
            entry: entry.record.id.clone(),
            path: entry.path.clone(),
            line: entry.piece.line,
            headings,
            text,
            score,
            tokens: tokens(bytes),
        }
    }
}

/// The entries that share a word with the query, with their scores.
fn fitting<'a>(entries: Vec<&'a Located>, wanted: &[String]) -> Vec<(u64, &'a Located)> {
    let bags: Vec<Vec<String>> = entries.iter().map(|entry| text::bag(&searched(entry))).collect();
    let corpus = Corpus::new(&bags, wanted);
    let scored = entries.into_iter().zip(&bags).map(|(entry, bag)| {
        let score = corpus.score(bag).saturating_mul(weight::percent(&entry.record));
        (score / weight::WHOLE, entry)
    });
    scored.filter(|(score, _)| *score > 0).collect()
}

/// The text of an entry in which the words of a query are looked for: the headings above it and its
/// own words.
fn searched(entry: &Located) -> String {
    let mut words = entry.piece.headings.join(" ");
    words.push(' ');
    words.push_str(&entry.record.text);
    words
}
