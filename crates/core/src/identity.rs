//! Which entry of the ledger a statement is, across edits by people.

use std::collections::BTreeMap;

use dreaming_records::canonical::digest_parts;
use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{EntryRecord, Ledger, Origin, RetiredBy, Retirement, Support, Tier};
use dreaming_records::memory::MemoryPath;
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_records::trust::Trust;
use dreaming_text::join::{Near, Threshold, near};
use dreaming_text::markdown::{Piece, pieces};
use dreaming_text::{Groups, Map, Set, guard, normal, sort, tokens};

use crate::judge::Statement;

/// How alike a statement and an entry that lost its place must be to be one that was edited, in
/// parts per thousand of the words of both. Chosen by us: below it fewer than three of
/// four words are kept, and then an edit cannot be told from a new statement.
pub(crate) const EDITED: Threshold = Threshold::permille(600);

/// Most pairs of open statements and placeless entries of one memory that are looked at for edits.
/// Chosen by us: 2,000 changed statements. A memory with more was written anew, not edited, and
/// comparing the largest memories pair by pair would take minutes.
const MAX_PAIRS: usize = 4_000_000;

/// A statement with its place and its ledger record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The memory that holds it.
    pub path: MemoryPath,
    /// Its place in that memory.
    pub piece: Piece,
    /// Its record, as it is after the resolution.
    pub record: EntryRecord,
    /// Whether its memory holds a secret there, which its record does not.
    pub(crate) has_secret: bool,
}

impl Located {
    /// The entry as the judge sees it.
    pub(crate) fn statement(&self) -> Statement<'_> {
        let EntryRecord { text, subject, principal, .. } = &self.record;
        Statement { text, subject: subject.as_deref(), principal: principal.as_deref() }
    }

    /// Whether it is a line of the index, or stands beside some.
    pub(crate) fn is_of_index(&self) -> bool {
        self.record.kind == Some(Kind::Index) || self.path.as_str() == Kind::Index.path()
    }
}

/// A store read against its ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The statements, by path and position.
    pub entries: Vec<Located>,
    /// The ledger with new entries added, moved ones moved, edited ones rewritten and vanished
    /// ones retired (`edited`).
    pub ledger: Ledger,
}

/// Reads all memories of `snapshot` and finds the record of each statement. In this order:
///
/// 1. Exact text in the same memory, as written before in normal form: the k-th occurrence is the
///    k-th active record of that text, by id.
/// 2. Exact text of an active record whose place is gone: a move. The record gets the new path.
/// 3. Exact text of a retired record of the same memory: it is active again, as `written`.
/// 4. A near match (600 of 1,000 parts alike) in the same memory, the best on both sides without a tie: an
///    edit. The record keeps its id and gets the new text; evidence and support stay only when no
///    guard stands between the two texts, because they supported the old words. Not looked for
///    in a memory that was written anew (over 4,000,000 pairs to compare).
/// 5. Else a new record, with `maybe_from` when an entry that lost its place is near.
///
/// Active records without a place are retired. When nothing changed, the ledger is the same. A
/// difference in white space or Unicode form alone changes no record. `redact` cuts secrets out of a
/// statement: the ledger never holds one.
pub fn resolve(snapshot: &Snapshot, now: Time, redact: fn(&str) -> String) -> Resolution {
    let mut resolver = Resolver::new(snapshot, now, redact);
    resolver.exact();
    resolver.moved();
    resolver.revived();
    let hints = resolver.edited();
    resolver.minted(&hints);
    resolver.finish()
}

/// A statement that waits for its record.
struct Waiting {
    path: MemoryPath,
    /// When its memory was last written, as far as its source says and `now` allows.
    observed: Option<Time>,
    piece: Piece,
    /// The statement without its secrets, as the ledger has it.
    text: String,
    normal: String,
    /// How many statements of the same memory with the same text stand before it.
    occurrence: u64,
    record: Option<EntryId>,
}

impl Waiting {
    /// Where it stands, and its words as written.
    fn written(&self) -> (&MemoryPath, &str) {
        (&self.path, &self.text)
    }

    /// Where it stands, and its words in normal form.
    fn normal(&self) -> (&MemoryPath, &str) {
        (&self.path, &self.normal)
    }
}

struct Resolver<'a> {
    /// Number of the revision that this resolution is for.
    revision: u64,
    imported: bool,
    statements: Vec<Waiting>,
    ledger: Ledger,
    /// Active records by id, with their text in normal form.
    active: Vec<(&'a EntryId, &'a MemoryPath, String)>,
    /// Which of the active records have a statement.
    placed: Vec<bool>,
}

impl<'a> Resolver<'a> {
    fn new(snapshot: &'a Snapshot, now: Time, redact: fn(&str) -> String) -> Self {
        let mut statements = Vec::new();
        for memory in snapshot.memories.values() {
            let mut seen: BTreeMap<String, u64> = BTreeMap::new();
            // Digests the whole text, so it is asked once.
            let observed = snapshot.observed_at(memory, now);
            for piece in pieces(&memory.text) {
                // The ledger never holds a secret, so texts are compared without them.
                let text = redact(&piece.text);
                let normal = normal(&text);
                let count = seen.entry(normal.clone()).or_default();
                statements.push(Waiting {
                    path: memory.path.clone(),
                    observed,
                    piece,
                    text,
                    normal,
                    occurrence: *count,
                    record: None,
                });
                *count += 1;
            }
        }
        let active = snapshot.ledger.active().map(|r| (&r.id, &r.path, normal(&r.text)));
        let active: Vec<_> = active.collect();
        let mut ledger = snapshot.ledger.clone();
        ledger.memories = snapshot.memory_records(now);
        Self {
            revision: snapshot.next_number(),
            imported: snapshot.head.is_none(),
            statements,
            ledger,
            placed: vec![false; active.len()],
            active,
        }
    }

    /// The active records that have no statement yet.
    fn placeless(&self) -> impl Iterator<Item = &(&'a EntryId, &'a MemoryPath, String)> {
        self.active
            .iter()
            .zip(&self.placed)
            .filter(|(_, placed)| !**placed)
            .map(|(active, _)| active)
    }

    /// For the open statements of each key, in order, its free records, by id.
    fn pairs<'s, K: Ord>(
        &'s self,
        mut free: Vec<(K, &'s EntryId)>,
        key: impl Fn(&'s Waiting) -> K,
    ) -> Vec<(usize, EntryId)> {
        sort::all(&mut free);
        let free = Groups::of(free);
        let open = self.statements.iter().enumerate().filter(|(_, s)| s.record.is_none());
        let open = Groups::of(open.map(|(at, statement)| (key(statement), at)));
        let pairs = free.iter().flat_map(|(key, ids)| open.get(key).copied().zip(ids));
        pairs.map(|(at, id)| (at, (*id).clone())).collect()
    }

    /// Gives a statement its record.
    fn place(&mut self, at: usize, id: EntryId) {
        let active = self.active.binary_search_by(|(known, ..)| (*known).cmp(&id));
        if let Some(placed) = active.ok().and_then(|at| self.placed.get_mut(at)) {
            *placed = true;
        }
        if let Some(statement) = self.statements.get_mut(at) {
            statement.record = Some(id);
        }
    }

    fn exact(&mut self) {
        // As written first: of two that only white space tells apart each keeps its record.
        let records = self.placeless().filter_map(|(id, ..)| self.ledger.entries.get(*id));
        let free = records.map(|r| ((&r.path, r.text.as_str()), &r.id)).collect();
        for (at, id) in self.pairs(free, Waiting::written) {
            self.place(at, id);
        }
        let left = self.placeless().map(|(id, path, text)| ((*path, text.as_str()), *id));
        for (at, id) in self.pairs(left.collect(), Waiting::normal) {
            self.place(at, id);
        }
    }

    fn moved(&mut self) {
        let free = self.placeless().map(|(id, _, text)| (text.as_str(), *id));
        for (at, id) in self.pairs(free.collect(), |s| s.normal.as_str()) {
            self.place(at, id);
            self.change(at, |record, statement| record.path = statement.path.clone());
        }
    }

    fn revived(&mut self) {
        let retired = self.ledger.entries.values().filter(|r| r.retired.is_some());
        let retired: Vec<_> = retired.map(|r| (&r.path, normal(&r.text), &r.id)).collect();
        let free = retired.iter().map(|(path, text, id)| ((*path, text.as_str()), *id)).collect();
        for (at, id) in self.pairs(free, Waiting::normal) {
            self.place(at, id);
            self.change(at, |record, statement| {
                record.retired = None;
                record.valid_to = None;
                record.origin = Origin::Written;
                record.finder = None;
                record.trust = record.trust.min(Trust::Agent);
                record.last_seen = record.last_seen.max(statement.observed);
            });
        }
    }

    /// Pairs what is near; for each statement that stays open, the record that it may come from.
    fn edited(&mut self) -> Map<usize, EntryId> {
        let mut hints = Vec::new();
        if self.placeless().next().is_none() {
            return Map::of(hints);
        }
        let open = self.statements.iter().enumerate().filter(|(_, s)| s.record.is_none());
        let open = Groups::of(open.map(|(at, statement)| (statement.path.clone(), at)));
        let lost = self.placeless();
        let lost = Groups::of(lost.map(|(id, path, text)| (*path, (*id, text.clone()))));
        for (path, statements) in open.iter() {
            let statements: Vec<usize> = statements.copied().collect();
            let lost: Vec<&(&EntryId, String)> = lost.get(path).collect();
            if lost.is_empty() {
                continue;
            }
            if statements.len().saturating_mul(lost.len()) > MAX_PAIRS {
                continue;
            }
            let texts = statements.iter().filter_map(|at| self.statements.get(*at));
            let left: Vec<_> = texts.map(|statement| tokens(&statement.normal)).collect();
            let right: Vec<_> = lost.iter().map(|(_, text)| tokens(text)).collect();
            let pairs = near(&left, &right, EDITED);
            let best_left = best(&pairs, |pair| pair.left);
            let best_right = best(&pairs, |pair| pair.right);
            for (from, choice) in best_left {
                let id = lost.get(choice.pair.right).map(|(id, _)| (*id).clone());
                let (Some(at), Some(id)) = (statements.get(from).copied(), id) else { continue };
                let back = best_right.get(&choice.pair.right);
                let mutual = back.is_some_and(|back| !back.tied && back.pair == choice.pair);
                if mutual && !choice.tied {
                    self.assign_edited(at, id);
                } else {
                    hints.push((at, id));
                }
            }
        }
        Map::of(hints)
    }

    fn assign_edited(&mut self, at: usize, id: EntryId) {
        self.keep_old_words(&id);
        self.place(at, id);
        self.change(at, |record, statement| {
            // What is rewritten is trusted no further than what it was made from, and no further
            // than its writer, whom nothing names.
            record.trust = record.trust.min(Trust::Agent);
            if guard(&record.text, &statement.text).is_some() {
                record.trust = Trust::Agent;
                record.tier = Tier::Short;
                record.evidence.clear();
                record.support = Support::default();
                record.valid_from = statement.observed;
                record.last_seen = statement.observed;
            }
            record.text.clone_from(&statement.text);
            record.origin = Origin::Written;
            record.finder = None;
            record.last_seen = record.last_seen.max(statement.observed);
        });
    }

    /// What sessions supported were the old words: they stay as a retired record, so that the same
    /// sessions do not bring them back.
    fn keep_old_words(&mut self, id: &EntryId) {
        let Some(record) = self.ledger.entries.get(id).filter(|r| !r.evidence.is_empty()) else {
            return;
        };
        let parts = [b"edited".as_slice(), id.as_str().as_bytes(), record.text.as_bytes()];
        let old = EntryRecord {
            id: EntryId::from_digest(&digest_parts(parts)),
            retired: Some(Retirement {
                revision: self.revision,
                by: RetiredBy::Edited,
                superseded_by: Some(id.clone()),
            }),
            ..record.clone()
        };
        self.ledger.entries.insert(old.id.clone(), old);
    }

    fn change(&mut self, at: usize, change: impl FnOnce(&mut EntryRecord, &Waiting)) {
        let Some(statement) = self.statements.get(at) else { return };
        let Some(id) = &statement.record else { return };
        if let Some(record) = self.ledger.entries.get_mut(id) {
            change(record, statement);
        }
    }

    fn minted(&mut self, hints: &Map<usize, EntryId>) {
        let (revision, imported) = (self.revision, self.imported);
        for (at, statement) in self.statements.iter_mut().enumerate() {
            if statement.record.is_some() {
                continue;
            }
            let id = free_id(&self.ledger, statement, revision);
            let origin = if imported { Origin::Imported } else { Origin::Written };
            let (path, text) = (statement.path.clone(), statement.text.clone());
            let record = EntryRecord {
                valid_from: statement.observed,
                last_seen: statement.observed,
                maybe_from: hints.get(&at).cloned(),
                ..EntryRecord::new(id, path, text, origin)
            };
            statement.record = Some(record.id.clone());
            self.ledger.entries.insert(record.id.clone(), record);
        }
    }

    /// Orders the records of statements that say the same by id, as the next resolution will.
    fn in_order(&mut self) {
        let again = self.statements.iter().filter(|statement| statement.occurrence > 0);
        let again = Set::of(again.map(Waiting::written));
        let all = self.statements.iter().enumerate().filter(|_| !again.is_empty());
        let places: Vec<usize> =
            all.filter(|(_, s)| again.contains(&s.written())).map(|(at, _)| at).collect();
        let mut ids = Vec::new();
        for at in places {
            let id = self.statements.get_mut(at).and_then(|statement| statement.record.take());
            ids.extend(id.map(|id| (at, id)));
        }
        let free =
            ids.iter().filter_map(|(at, id)| Some((self.statements.get(*at)?.written(), id)));
        for (at, id) in self.pairs(free.collect(), Waiting::written) {
            self.place(at, id);
        }
    }

    fn finish(mut self) -> Resolution {
        self.in_order();
        let lost: Vec<&EntryId> = self.placeless().map(|(id, ..)| *id).collect();
        for id in lost {
            if let Some(record) = self.ledger.entries.get_mut(id) {
                record.retired = Some(Retirement {
                    revision: self.revision,
                    by: RetiredBy::Edited,
                    superseded_by: None,
                });
            }
        }
        let mut entries = Vec::with_capacity(self.statements.len());
        for Waiting { path, piece, text, record, .. } in self.statements {
            let has_secret = text != piece.text;
            if let Some(record) = record.and_then(|id| self.ledger.entries.get(&id).cloned()) {
                entries.push(Located { path, piece, record, has_secret });
            }
        }
        Resolution { entries, ledger: self.ledger }
    }
}

/// An id of path, text, occurrence and the number of the revision, and of nothing that tells which engine
/// made the revisions before. An id that is taken already (the text went and came back) counts the
/// occurrence on.
fn free_id(ledger: &Ledger, statement: &Waiting, revision: u64) -> EntryId {
    // The first one has no number, so that a store has the same ids wherever it is first seen.
    let revision = if revision == 1 { String::new() } else { revision.to_string() };
    let mut occurrence = statement.occurrence;
    loop {
        let count = occurrence.to_string();
        let parts = [statement.path.as_str(), statement.normal.as_str(), count.as_str(), &revision];
        let id = EntryId::from_digest(&digest_parts(parts.iter().map(|part| part.as_bytes())));
        if !ledger.entries.contains_key(&id) {
            return id;
        }
        occurrence += 1;
    }
}

/// The most alike pair of one statement or record.
struct Best {
    pair: Near,
    /// Whether another pair is as alike.
    tied: bool,
}

/// The best pair of each side; among tied ones the first, that is the lowest id.
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
