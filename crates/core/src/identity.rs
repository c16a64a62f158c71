//! Which entry of the ledger a statement is, across edits by people.

mod keys;
mod secrets_in_code;
mod unpaired;

pub(crate) use secrets_in_code::SECRET_CODE;
pub use secrets_in_code::secrets_left;

use dreaming_records::candidate::loses_name;
use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Ledger, Origin, RetiredBy, Retirement, Support, Tier};
use dreaming_records::memory::MemoryPath;
use dreaming_records::rows::Shared;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::join::{Near, Threshold, near};
use dreaming_text::markdown::Piece;
use dreaming_text::{Groups, Map, guard, sort, tokens};

use self::keys::{Key, repeated};
use self::unpaired::{Known, Waiting};
use crate::judge::Statement;
use crate::value_places::speaks_of;

/// How alike a statement and an entry that lost its place must be to count as one edited statement:
/// the words that both have, in parts per thousand of the words that either has. Chosen by us:
/// below 600 they share fewer than three of four words, and an edit looks like a new statement.
pub(crate) const EDITED: Threshold = Threshold::permille(600);

/// Most pairs of a statement without a record and an entry without a place that are looked at in
/// one memory, to find edits. Chosen by us: 2,000 changed statements. A memory with more was
/// written anew, not edited, and comparing the largest memories pair by pair would take minutes.
const MAX_PAIRS: usize = 4_000_000;

/// A statement with its place and its ledger record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The memory that holds it.
    pub path: MemoryPath,
    /// Its place in that memory.
    pub piece: Piece,
    /// Its record, as it is after the resolution.
    pub record: Shared<EntryRecord>,
    /// Whether its memory holds a secret in this statement; the record holds the text without it.
    pub(crate) has_secret: bool,
}

impl Located {
    /// The entry as the judge sees it.
    pub(crate) fn statement(&self) -> Statement<'_> {
        let EntryRecord { text, subject, principal, .. } = &*self.record;
        Statement { text, subject: subject.as_deref(), principal: principal.as_deref() }
    }

    /// Whether the entry is a line of the index, or another entry of the index file.
    pub(crate) fn is_of_index(&self) -> bool {
        self.record.kind == Some(Kind::Index) || self.path.as_str() == Kind::Index.path()
    }
}

/// The entries of one memory; `entries` are sorted by path.
pub(crate) fn of_memory<'a>(path: &MemoryPath, entries: &'a [Located]) -> &'a [Located] {
    sort::run(entries, |entry| entry.path.cmp(path))
}

/// What [`resolve`] returns: the statements of a store, each with its record, and the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The statements with their records, by path and position.
    pub entries: Vec<Located>,
    /// The ledger with new entries added, moved ones moved, edited ones rewritten and vanished
    /// ones retired (`edited`).
    pub ledger: Ledger,
}

/// Reads all memories of `snapshot` and finds the record of each statement, in this order:
///
/// 1. Exact text in the same memory, compared first as written, then in normal form: the k-th
///    occurrence is the k-th active record of that text, by id.
/// 2. Exact text of an active record whose place is gone: a move. The record gets the new path.
/// 3. Exact text of a retired record of the same memory: it is active again, as `written`. When an
///    edit retired these words and the edited ones are gone, the edit was taken back: the entry keeps
///    its id.
/// 4. A near match (600 of 1,000 parts alike) in the same memory, the best on both sides without a
///    tie: an edit. The record keeps its id and gets the new text; evidence and support stay only when
///    no guard stands between the two texts and the new one still has the words of its subject, because
///    they supported the old words. Not looked for in a memory that was written anew (over
///    4,000,000 pairs to compare).
/// 5. Else a new record, with `maybe_from` when an entry that lost its place is near.
///
/// Active records without a place are retired. When nothing changed, the ledger is the same. A
/// difference in white space or Unicode form alone changes no record. `redact` cuts secrets out of
/// a statement: the ledger never holds one.
pub fn resolve(snapshot: &Snapshot, now: Time, redact: fn(&str) -> String) -> Resolution {
    let mut resolver = Resolver::new(snapshot, now, redact);
    resolver.exact();
    resolver.moved();
    resolver.revived();
    let hints = resolver.edited();
    resolver.minted(&hints);
    resolver.finish()
}

/// Whether [`resolve`] would find the entries of the ledger as they are, and add none: each
/// statement has the words of an active record of its memory, and each of these has a statement.
pub(crate) fn reads_as_recorded(
    snapshot: &Snapshot,
    now: Time,
    redact: fn(&str) -> String,
) -> bool {
    let mut resolver = Resolver::new(snapshot, now, redact);
    resolver.exact();
    resolver.placeless().next().is_none()
        && resolver.statements.iter().all(|statement| statement.record.is_some())
}

struct Resolver<'a> {
    /// The number of the revision that this resolution is for.
    revision: u64,
    imported: bool,
    statements: Vec<Waiting>,
    /// The ledger of the store.
    before: &'a Ledger,
    ledger: Ledger,
    /// Active records, by id.
    active: Vec<Known<'a>>,
}

impl<'a> Resolver<'a> {
    fn new(snapshot: &'a Snapshot, now: Time, redact: fn(&str) -> String) -> Self {
        let entries = snapshot.ledger.entries.shared();
        let active = entries.filter(|record| record.retired.is_none());
        let mut ledger = snapshot.ledger.clone();
        ledger.memories = snapshot.memory_records(now);
        Self {
            revision: snapshot.next_number(),
            imported: snapshot.head.is_none(),
            statements: Waiting::all(snapshot, &ledger.memories, redact),
            before: &snapshot.ledger,
            ledger,
            active: active.map(Known::new).collect(),
        }
    }

    /// The active records that have no statement yet, by position.
    fn placeless(&self) -> impl Iterator<Item = (usize, &Known<'a>)> {
        self.active.iter().enumerate().filter(|(_, known)| !known.is_placed)
    }

    /// Pairs the statements that have no record yet with `records` by key: the first statement of a
    /// key with the first record of that key, and so on. Returns positions of statements and of
    /// `records`.
    fn pairs<'s>(
        &'s self,
        records: &[Key<'s>],
        key: fn(&'s Waiting) -> Key<'s>,
    ) -> Vec<(usize, usize)> {
        if records.is_empty() {
            return Vec::new();
        }
        let open = self.statements.iter().enumerate().filter(|(_, s)| s.record.is_none());
        let (open, keys): (Vec<usize>, Vec<Key<'s>>) = open.map(|(at, s)| (at, key(s))).unzip();
        let mut pairs = Vec::new();
        for alike in repeated(&[records, &keys].concat()).chunk_by(|a, b| a.0 == b.0) {
            let split = alike.partition_point(|(_, at)| *at < records.len());
            let (free, open_too) = alike.split_at(split);
            for ((_, record), (_, at)) in free.iter().zip(open_too) {
                pairs.extend(open.get(at - records.len()).map(|at| (*at, *record)));
            }
        }
        pairs
    }

    /// Gives each statement that has no record yet a record without a place that has the same key.
    /// Returns the statements that got one.
    fn place_all(
        &mut self,
        key: fn(&Waiting) -> Key<'_>,
        other: for<'k> fn(&'k Known<'a>) -> Key<'k>,
    ) -> Vec<usize> {
        let (free, keys): (Vec<usize>, Vec<Key<'_>>) =
            self.placeless().map(|(at, known)| (at, other(known))).unzip();
        let pairs = self.pairs(&keys, key);
        for (at, record) in &pairs {
            if let Some(known) = free.get(*record) {
                self.place(*at, *known);
            }
        }
        pairs.into_iter().map(|(at, _)| at).collect()
    }

    /// Gives the statement at `at` the active record at `known`.
    fn place(&mut self, at: usize, known: usize) {
        let Some(known) = self.active.get_mut(known) else { return };
        known.is_placed = true;
        if let Some(statement) = self.statements.get_mut(at) {
            statement.record = Some(known.record.clone());
        }
    }

    fn exact(&mut self) {
        // Compares the text as written first: of two statements that differ only in white space,
        // each keeps its own record.
        self.place_all(Waiting::written, |k| (k.record.path.as_str(), &k.record.text));
        self.place_all(Waiting::in_its_memory, Known::in_its_memory);
    }

    fn moved(&mut self) {
        for at in self.place_all(Waiting::anywhere, |known| ("", &known.normal)) {
            self.change(at, |record, statement| record.path = statement.path.clone());
        }
    }

    fn revived(&mut self) {
        let retired = self.before.entries.shared().filter(|record| record.retired.is_some());
        let retired: Vec<Known<'_>> = retired.map(Known::new).collect();
        let keys: Vec<Key<'_>> = retired.iter().map(Known::in_its_memory).collect();
        for (at, record) in self.pairs(&keys, Waiting::in_its_memory) {
            let Some(known) = retired.get(record) else { continue };
            let id = self.taken_back(at, known.record);
            let is_named = self.got_name(known.record);
            let Some(statement) = self.statements.get_mut(at) else { continue };
            statement.record = Some(known.record.clone());
            self.change(at, |record, statement| {
                record.id = id.unwrap_or_else(|| record.id.clone());
                record.principal = record.principal.take().filter(|_| !is_named);
                record.retired = None;
                record.valid_to = None;
                record.origin = Origin::Written;
                record.finder = None;
                record.trust = record.trust.min(Trust::Agent);
                record.last_seen = record.last_seen.max(statement.observed);
            });
        }
    }

    /// Whether a retired line went because it got the name of its person. Who writes it again without
    /// the name wants it for everybody.
    fn got_name(&self, old: &EntryRecord) -> bool {
        let by = old.retired.as_ref().and_then(|retired| retired.superseded_by.as_ref());
        let by = by.and_then(|id| self.ledger.entries.get(id));
        by.is_some_and(|by| loses_name(&by.text, &old.text, old.principal.as_deref()))
    }

    /// The id of the entry whose words from before an edit `old` keeps, when the statement at `at` has
    /// them again and its edited words have lost their place, and were not edited again.
    fn taken_back(&mut self, at: usize, old: &EntryRecord) -> Option<EntryId> {
        let retired = old.retired.as_ref().filter(|retired| retired.by == RetiredBy::Edited)?;
        let id = retired.superseded_by.clone()?;
        let is_edited = |known: &Known<'_>| known.record.id == id && known.record.path == old.path;
        let (known, edited) = self.placeless().find(|(_, known)| is_edited(known))?;
        let others = self.statements.iter().enumerate().filter(|(other, statement)| {
            *other != at && statement.record.is_none() && statement.path == old.path
        });
        let others: Vec<_> = others.map(|(_, other)| tokens(other.normal())).collect();
        if !near(&[tokens(&edited.normal)], &others, EDITED).is_empty() {
            return None;
        }
        self.keep_old_words(known);
        self.active.get_mut(known)?.is_placed = true;
        Some(id)
    }

    /// Takes near matches as edits. Returns, for each statement that still has no record, the
    /// record that it may come from.
    fn edited(&mut self) -> Map<usize, EntryId> {
        let (mut edits, mut hints) = (Vec::new(), Vec::new());
        if self.placeless().next().is_none() {
            return Map::default();
        }
        let open = self.statements.iter().enumerate().filter(|(_, s)| s.record.is_none());
        let open = Groups::of(open.map(|(at, statement)| (&statement.path, at)));
        let lost = Groups::of(self.placeless().map(|(at, known)| (&known.record.path, at)));
        for (path, statements) in open.iter() {
            let statements: Vec<usize> = statements.copied().collect();
            let lost: Vec<usize> = lost.get(path).copied().collect();
            if lost.is_empty() {
                continue;
            }
            if statements.len().saturating_mul(lost.len()) > MAX_PAIRS {
                continue;
            }
            let texts = statements.iter().filter_map(|at| self.statements.get(*at));
            let left: Vec<_> = texts.map(|statement| tokens(statement.normal())).collect();
            let right = lost.iter().filter_map(|at| self.active.get(*at));
            let right: Vec<_> = right.map(|known| tokens(&known.normal)).collect();
            let pairs = near(&left, &right, EDITED);
            let best_left = best(&pairs, |pair| pair.left);
            let best_right = best(&pairs, |pair| pair.right);
            for (from, choice) in best_left {
                let to = lost.get(choice.pair.right).copied();
                let (Some(at), Some(known)) = (statements.get(from).copied(), to) else { continue };
                let back = best_right.get(&choice.pair.right);
                let mutual = back.is_some_and(|back| !back.tied && back.pair == choice.pair);
                let list = if mutual && !choice.tied { &mut edits } else { &mut hints };
                list.push((at, known));
            }
        }
        for (at, known) in edits {
            self.assign_edited(at, known);
        }
        let id = |known: usize| self.active.get(known).map(|known| known.record.id.clone());
        Map::of(hints.into_iter().filter_map(|(at, known)| Some((at, id(known)?))))
    }

    fn assign_edited(&mut self, at: usize, known: usize) {
        self.keep_old_words(known);
        self.place(at, known);
        self.change(at, |record, statement| {
            // A rewritten entry keeps at most the trust that it had. It gets at most that of an
            // agent, because nothing says who rewrote it.
            record.trust = record.trust.min(Trust::Agent);
            // The words of the subject are gone: the line is about another thing now.
            let is_elsewhere = record.subject.as_ref().is_some_and(|subject| {
                speaks_of(&record.text, subject) && !speaks_of(statement.text(), subject)
            });
            if is_elsewhere {
                record.subject = None;
            }
            if is_elsewhere || guard(&record.text, statement.text()).is_some() {
                record.trust = Trust::Agent;
                record.tier = Tier::Short;
                record.evidence.clear();
                record.support = Support::default();
                record.valid_from = statement.observed;
                record.last_seen = statement.observed;
            }
            if loses_name(&record.text, statement.text(), record.principal.as_deref()) {
                record.principal = None;
            }
            record.text = statement.text().to_owned();
            record.origin = Origin::Written;
            record.finder = None;
            record.last_seen = record.last_seen.max(statement.observed);
        });
    }

    /// Keeps the words from before an edit as a retired record, if sessions supported them, so that
    /// the same sessions do not bring these words back.
    fn keep_old_words(&mut self, known: usize) {
        let known = self.active.get(known).map(|known| known.record);
        let Some(record) = known.filter(|record| !record.evidence.is_empty()) else { return };
        let id = &record.id;
        let parts = [b"edited".as_slice(), id.as_str().as_bytes(), record.text.as_bytes()];
        let old = EntryRecord {
            id: EntryId::from_digest(&digest_parts(parts)),
            retired: Some(Retirement {
                revision: self.revision,
                by: RetiredBy::Edited,
                superseded_by: Some(id.clone()),
            }),
            ..EntryRecord::clone(record)
        };
        self.ledger.entries.insert(old.id.clone(), old);
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut EntryRecord, &Waiting)) {
        let Some(statement) = self.statements.get_mut(at) else { return };
        let Some(mut record) = statement.record.as_deref().cloned() else { return };
        change(&mut record, statement);
        let record = Shared::from(record);
        self.ledger.entries.insert(record.id.clone(), record.clone());
        statement.record = Some(record);
    }

    fn minted(&mut self, hints: &Map<usize, EntryId>) {
        let (revision, imported) = (self.revision, self.imported);
        for (at, statement) in self.statements.iter_mut().enumerate() {
            if statement.record.is_some() {
                continue;
            }
            let id = statement.free_id(&self.ledger, revision);
            let origin = if imported { Origin::Imported } else { Origin::Written };
            let (path, text) = (statement.path.clone(), statement.text().to_owned());
            let record = EntryRecord {
                valid_from: statement.observed,
                last_seen: statement.observed,
                maybe_from: hints.get(&at).cloned(),
                ..EntryRecord::new(id, path, text, origin)
            };
            let record = Shared::from(record);
            self.ledger.entries.insert(record.id.clone(), record.clone());
            statement.record = Some(record);
        }
    }

    /// Gives statements with equal text their records in order of id, because the next resolution
    /// pairs them in that order.
    fn in_order(&mut self) {
        if self.statements.iter().all(|statement| statement.occurrence == 0) {
            return;
        }
        let keys: Vec<Key<'_>> = self.statements.iter().map(Waiting::written).collect();
        for again in repeated(&keys).chunk_by(|a, b| a.0 == b.0) {
            let mut record = |at: usize| self.statements.get_mut(at)?.record.take();
            let mut records: Vec<_> = again.iter().filter_map(|(_, at)| record(*at)).collect();
            sort::by(&mut records, |a, b| a.id.cmp(&b.id));
            for ((_, at), record) in again.iter().zip(records) {
                if let Some(statement) = self.statements.get_mut(*at) {
                    statement.record = Some(record);
                }
            }
        }
    }

    fn finish(mut self) -> Resolution {
        self.in_order();
        for lost in self.active.iter().filter(|known| !known.is_placed) {
            if let Some(record) = self.ledger.entries.get_mut(&lost.record.id) {
                record.retired = Some(Retirement {
                    revision: self.revision,
                    by: RetiredBy::Edited,
                    superseded_by: None,
                });
            }
        }
        let mut entries = Vec::with_capacity(self.statements.len());
        for Waiting { path, piece, redacted, record, .. } in self.statements {
            let has_secret = redacted.is_some();
            entries.extend(record.map(|record| Located { path, piece, record, has_secret }));
        }
        Resolution { entries, ledger: self.ledger }
    }
}

/// The pair of a statement (or of a record) in which the two texts are most alike.
struct Best {
    pair: Near,
    /// Whether another pair is as alike.
    tied: bool,
}

/// The best pair of each side; of tied pairs the first, which has the lowest id.
fn best(pairs: &[Near], side: impl Fn(&Near) -> usize) -> Map<usize, Best> {
    let groups = Groups::of(pairs.iter().map(|pair| (side(pair), *pair)));
    let best = groups.iter().filter_map(|(at, pairs)| {
        let most = pairs.clone().map(|pair| pair.similarity).max()?;
        let mut best = pairs.filter(|pair| pair.similarity == most);
        Some((*at, Best { pair: *best.next()?, tied: best.next().is_some() }))
    });
    Map::of(best)
}

#[cfg(test)]
mod tests;
