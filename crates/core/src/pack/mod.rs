//! What of a store an agent should load, within a budget.

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
/// and other scripts take more tokens for a byte, so leave room.
const BYTES_OF_TOKEN: usize = 4;

/// What so many bytes take of a budget in tokens.
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
        // No dream, so no `now`: whatever time a host gives counts as past.
        let entries = resolve(store, Time::from_millis(i64::MAX), redact).entries;
        Self { entries, redact }
    }

    /// The entries to load for `query`, best first, of at most `budget` tokens together.
    ///
    /// With a query only entries that share a word with it (in text or headings), by integer BM25 times
    /// the weights of tier and trust. A query without content words (an empty one, say) takes all, by
    /// tier, trust and last seen. Ties go by the same, and end at the entry id. Of two entries that fit
    /// about as well and have one named subject, the one that was seen later goes first, unless it is trusted
    /// less: so an open conflict shows both sides, the newer one first. Where it fits
    /// far less well, it goes right behind the other.
    ///
    /// Never packed: a value that was replaced, an index line (what it names is packed itself), a label that
    /// only leads in what stands below it, and
    /// what holds for another person than `principal`. Without a principal only what holds for
    /// everybody.
    ///
    /// An entry that no longer fits is passed over and the next one tried. So a greater budget loses
    /// an entry only to one that ranks before it.
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

/// The words in which an entry is looked for: its own and those of the headings above it.
fn searched(entry: &Located) -> String {
    let mut words = entry.piece.headings.join(" ");
    words.push(' ');
    words.push_str(&entry.record.text);
    words
}
