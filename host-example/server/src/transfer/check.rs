//! Whether a history is what its revision records name: at each revision the memories and the ledger have the digests of
//! its record, and what is marked as erased was erased. The chain of records is checked by the engine, elsewhere.

use std::collections::BTreeMap;

use dreaming_export::digests;
use dreaming_wasmtime::{Contents, LedgerRow};
use serde::Deserialize;

use super::{History, LOST, Memory, OF_MEMORY, Row, Value, WORDS};

/// Memories and rows of all revisions, each revision with those that it has, that are looked at, at most. Chosen by us: some
/// seconds of work; a store with 1,000 revisions of 10,000 rows has half as many.
const MOST: usize = 20_000_000;

/// What a check found of a history that is whole.
#[derive(Debug, Default)]
pub struct Whole {
    /// The store at its newest revision.
    pub newest: Contents,
    /// The time of that revision.
    pub now: i64,
    /// The digests of ledgers that lost rows, by revision.
    pub seals: BTreeMap<i64, String>,
    /// The newest revision that was made from a plan; 0 without one.
    pub planned: i64,
}

/// The fields of a revision record that are checked here.
#[derive(Deserialize)]
struct Record {
    now: i64,
    memories: String,
    ledger: String,
    plan: Option<String>,
}

/// The row of a memory in the ledger, in the fields that are checked.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Known {
    digest: String,
    observed_at: Option<i64>,
}

/// Checks a history that has a revision.
///
/// # Errors
/// The first thing that is damaged, in words.
pub fn check(history: &History) -> Result<Whole, String> {
    check_marks(history)?;
    let mut checked = Whole::default();
    let memories = by_number(&history.memories, |memory| memory.number);
    let rows = by_number(&history.ledger, |row| row.number);
    let mut point = Point::default();
    let mut looked = 0;
    for revision in &history.revisions {
        let number = revision.number;
        let of = |why: String| format!("revision {number}: {why}");
        let record: Record = serde_json::from_slice(&revision.record)
            .map_err(|error| of(format!("its record: {error}")))?;
        for row in rows.get(&number).into_iter().flatten() {
            point.write_row(row);
        }
        for memory in memories.get(&number).into_iter().flatten() {
            point.write_memory(memory, &history.salt);
        }
        looked += point.memories.len() + point.ledger.len();
        if looked > MOST {
            return Err(of("the history up to it is larger than what is checked here".into()));
        }
        point.check_memories(&record.memories).map_err(of)?;
        let ledger = digests::of_named(point.ledger.iter().map(|(key, row)| (*key, &*row.digest)));
        if point.lost > 0 {
            checked.seals.insert(number, ledger);
        } else if ledger != record.ledger {
            return Err(of("the rows of its ledger do not have the digest of its record".into()));
        }
        checked.now = record.now;
        if record.plan.is_some() {
            checked.planned = number;
        }
    }
    checked.newest = point.contents(history)?;
    Ok(checked)
}

/// Compares the digests of ledgers that lost rows with those of a file.
pub(super) fn seals_fit(checked: &Whole, said: &BTreeMap<i64, String>) -> Result<(), String> {
    match checked.seals.iter().find(|(number, seal)| said.get(number) != Some(seal)) {
        Some((number, _)) => Err(format!(
            "revision {number}: the rows of its ledger that are left do not have the digest of its seal"
        )),
        None => Ok(()),
    }
}

/// The digest of what is marked as erased in a history, and of `more` marks.
pub(super) fn marks(history: &History, more: Vec<(i64, String)>) -> String {
    let mut marks: Vec<(i64, &str, String)> = Vec::new();
    for memory in history.memories.iter().filter(|memory| memory.text == Value::Erased) {
        marks.push((memory.number, "memory", format!("memory {}", memory.path)));
    }
    for row in history.ledger.iter().filter(|row| row.value == Value::Erased) {
        marks.push((row.number, "ledger row", format!("ledger row {}", row.key)));
    }
    marks.extend(more.into_iter().map(|(number, what)| (number, "plan", what)));
    marks.sort();
    digests::of_marks(marks.iter().map(|(number, _, what)| (number.unsigned_abs(), &**what)))
}

/// Checks that something was erased since for everything that is marked, and that nothing is marked that is in force.
fn check_marks(history: &History) -> Result<(), String> {
    let last = |kinds: [&str; 3]| {
        let of = history.notes.iter().filter(|note| kinds.contains(&&*note.kind));
        of.map(|note| note.number).max().unwrap_or(0)
    };
    // Only an entry and words take texts along; a session takes rows that quote it.
    let (texts, rows) = (last(["entry", WORDS, LOST]), last(["entry", WORDS, "session"]));
    let next = history.memories.iter().skip(1).map(Some).chain([None]);
    for (memory, next) in history.memories.iter().zip(next) {
        let is_newest = next.is_none_or(|next| next.path != memory.path);
        if memory.text == Value::Erased {
            fits(memory.number, is_newest, texts, || format!("the memory `{}`", memory.path))?;
        }
    }
    let next = history.ledger.iter().skip(1).map(Some).chain([None]);
    for (row, next) in history.ledger.iter().zip(next) {
        let is_newest = next.is_none_or(|next| next.key != row.key);
        if row.value == Value::Erased {
            fits(row.number, is_newest, rows, || format!("the row `{}`", row.key))?;
        }
    }
    Ok(())
}

fn fits(number: i64, is_newest: bool, last: i64, what: impl Fn() -> String) -> Result<(), String> {
    let why = match (is_newest, number > last) {
        (true, _) => "is marked as erased, and is in force",
        (false, true) => "is marked as erased, and nothing says what was erased since",
        (false, false) => return Ok(()),
    };
    Err(format!("revision {number}: {} {why}", what()))
}

fn by_number<T>(all: &[T], number: impl Fn(&T) -> i64) -> BTreeMap<i64, Vec<&T>> {
    let mut by: BTreeMap<i64, Vec<&T>> = BTreeMap::new();
    all.iter().for_each(|one| by.entry(number(one)).or_default().push(one));
    by
}

/// The store at a revision. Digests of texts and rows are kept, so that each is computed once.
#[derive(Default)]
struct Point<'h> {
    memories: BTreeMap<&'h str, Text<'h>>,
    ledger: BTreeMap<&'h str, Kept<'h>>,
    /// The rows of memories, by their paths.
    known: BTreeMap<&'h str, Known>,
    /// How many rows are erased.
    lost: usize,
}

struct Text<'h> {
    memory: &'h Memory,
    /// The digest of the text; none of one that was erased.
    digest: Option<String>,
}

struct Kept<'h> {
    value: &'h Value,
    digest: String,
}

impl<'h> Point<'h> {
    fn write_row(&mut self, row: &'h Row) {
        let before = self.ledger.remove(&*row.key);
        self.lost -= usize::from(before.is_some_and(|before| *before.value == Value::Erased));
        self.lost += usize::from(row.value == Value::Erased);
        let path = row.key.strip_prefix(OF_MEMORY);
        if let Some(path) = path {
            self.known.remove(path);
        }
        let bytes = match &row.value {
            Value::Gone => return,
            Value::Erased => &[][..],
            Value::Kept(value) => value.as_bytes(),
        };
        let kept = Kept { value: &row.value, digest: digests::of_bytes(bytes) };
        self.ledger.insert(&row.key, kept);
        if let Some(path) = path
            && let Ok(known) = serde_json::from_slice(bytes)
        {
            self.known.insert(path, known);
        }
    }

    fn write_memory(&mut self, memory: &'h Memory, salt: &str) {
        let digest = match &memory.text {
            Value::Gone => {
                self.memories.remove(&*memory.path);
                return;
            }
            Value::Kept(text) => Some(digests::of_memory(salt, text)),
            Value::Erased => None,
        };
        self.memories.insert(&memory.path, Text { memory, digest });
    }

    fn check_memories(&self, named: &str) -> Result<(), String> {
        let mut leaves = Vec::with_capacity(self.memories.len());
        for (path, text) in &self.memories {
            let known = self.known.get(path).filter(|known| !known.digest.is_empty());
            let Some(known) = known else {
                return Err(format!("the ledger has no digest of the memory `{path}`"));
            };
            if text.digest.as_ref().is_some_and(|digest| *digest != known.digest) {
                return Err(format!(
                    "the text of the memory `{path}` does not have the digest of the ledger"
                ));
            }
            if text.memory.observed_at != known.observed_at {
                return Err(format!("the time of the memory `{path}` is not that of the ledger"));
            }
            leaves.push((*path, &*known.digest));
        }
        let why = "its memories do not have the digest of its record";
        (digests::of_named(leaves) == named).then_some(()).ok_or_else(|| why.into())
    }

    /// The store, in which nothing is erased.
    fn contents(&self, history: &History) -> Result<Contents, String> {
        let mut contents = Contents { salt: history.salt.clone(), ..Contents::default() };
        for (path, Text { memory, .. }) in &self.memories {
            let Value::Kept(text) = &memory.text else {
                return Err(format!("the newest text of the memory `{path}` was erased"));
            };
            contents.memories.push(dreaming_wasmtime::Memory {
                path: (*path).into(),
                text: text.clone(),
                observed_at: memory.observed_at,
            });
        }
        for (key, row) in &self.ledger {
            let Value::Kept(value) = row.value else {
                return Err(format!("the newest value of the row `{key}` was erased"));
            };
            let value = value.clone().into_bytes();
            contents.ledger.push(LedgerRow { key: (*key).into(), value });
        }
        contents.revisions = history.revisions.iter().map(|one| one.record.clone()).collect();
        contents.head = contents.revisions.last().cloned();
        Ok(contents)
    }
}
