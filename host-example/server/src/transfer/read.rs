//! Reads an export. What its lines say is checked here one by one; whether it fits together, in [`super::check`].

use std::collections::{BTreeMap, BTreeSet};

use dreaming_export::{Line, MARKS, SALT, digests};
use dreaming_wasmtime::memory_path;

use super::check::{marks, seals_fit};
use super::{History, LOST, Memory, Note, Row, Value, WORDS, Whole, check};
use crate::api::memories::MAX_CONTENT;
use crate::db::engine::Revision;
use crate::path;

/// The history in a file, and what was found when it was checked.
///
/// # Errors
/// Why the file cannot be used, in words.
pub fn read(bytes: &[u8]) -> Result<(History, Whole), String> {
    let mut reader = Reader::default();
    let program = ("server", "dreaming-server");
    dreaming_export::read(&mut &*bytes, program, |line| reader.take(line))?;
    let Reader { history, marked, said, seals, has_salt, .. } = reader;
    if !has_salt {
        return Err("the file has no salt, so no digest in it can be checked".into());
    }
    if history.revisions.is_empty() {
        return Err("the file has no revision, so it restores nothing".into());
    }
    let damaged = |why: String| format!("what the file holds is damaged: {why}");
    if said.unwrap_or_else(|| digests::of_marks([])) != marks(&history, marked) {
        return Err(damaged(
            "the marks of what was erased are not those that erasures left".into(),
        ));
    }
    let checked = check(&history).map_err(damaged)?;
    seals_fit(&checked, &seals).map_err(damaged)?;
    check_head(&checked.newest.memories)?;
    Ok((history, checked))
}

#[derive(Default)]
struct Reader {
    history: History,
    /// The kind of the line before, as its place in the order of kinds.
    kind: usize,
    has_salt: bool,
    /// The meta line before.
    key: Option<String>,
    /// Plans that were erased: revision and what a mark calls them.
    marked: Vec<(i64, String)>,
    /// The digest of all marks, as the file says.
    said: Option<String>,
    /// The digests of ledgers that lost rows.
    seals: BTreeMap<i64, String>,
}

impl Reader {
    fn take(&mut self, line: Line) -> Result<(), String> {
        let kind = place(&line);
        if kind < self.kind || kind == FIRST && self.kind == FIRST {
            return Err("the lines are in another order than those of an export".into());
        }
        self.kind = kind;
        match line {
            Line::Export { .. } | Line::Source { .. } | Line::End { .. } => {}
            Line::Meta { key, value } => self.meta(key, value)?,
            Line::Revision { number, id, record } => self.revision(number, id, record)?,
            Line::Memory { path, number, text, observed_at, erased } => {
                self.check_number(number)?;
                check_path(&path)?;
                let last = self.history.memories.last().map(|last| (&*last.path, last.number));
                check_order(last, (&path, number))?;
                let text = value(text, erased)?;
                self.history.memories.push(Memory { path, number, text, observed_at });
            }
            Line::Ledger { key, number, value: kept, erased } => {
                self.check_number(number)?;
                check_text("a key of the ledger", &key)?;
                let last = self.history.ledger.last().map(|last| (&*last.key, last.number));
                check_order(last, (&key, number))?;
                // No bytes stand for an erased row here.
                if kept.as_deref() == Some("") {
                    return Err("a row of the ledger has no bytes".into());
                }
                let value = value(kept, erased)?;
                self.history.ledger.push(Row { key, number, value });
            }
            Line::Plan { id, revision, erased, .. } => {
                if erased {
                    self.marked.push((revision.unwrap_or(0), format!("plan {id}")));
                }
            }
            Line::Erasure { number, kind, id, seal } => self.note(number, kind, id, &seal)?,
            Line::Seal { number, ledger } => {
                self.check_number(number)?;
                if self.seals.insert(number, ledger).is_some() {
                    return Err(format!("there are two seals of revision {number}"));
                }
            }
        }
        Ok(())
    }

    fn meta(&mut self, key: String, value: String) -> Result<(), String> {
        if self.key.as_ref().is_some_and(|last| *last >= key) {
            return Err(format!("the value `{key}` is there twice, or out of order"));
        }
        match &*key {
            SALT => {
                check_text("the salt", &value)?;
                self.history.salt = value;
                self.has_salt = true;
            }
            MARKS => self.said = Some(value),
            // Others are about a machine.
            _ => {}
        }
        self.key = Some(key);
        Ok(())
    }

    fn revision(&mut self, number: i64, id: String, record: String) -> Result<(), String> {
        let next = self.history.revisions.len() as i64 + 1;
        if number != next {
            return Err(format!("revision {next} comes next, not {number}"));
        }
        check_text("the id of a revision", &id)?;
        self.history.revisions.push(Revision { number, id, record: record.into_bytes() });
        Ok(())
    }

    fn note(&mut self, number: i64, kind: String, id: String, seal: &str) -> Result<(), String> {
        self.check_number(number)?;
        if !["session", "entry", WORDS, LOST].contains(&&*kind) {
            return Err(format!("nothing of the kind `{kind}` is erased"));
        }
        check_text("the id of what was erased", &id)?;
        if digests::of_note(number.unsigned_abs(), &kind, &id) != seal {
            return Err("the digest of the note is another".into());
        }
        self.history.notes.push(Note { number, kind, id });
        Ok(())
    }

    fn check_number(&self, number: i64) -> Result<(), String> {
        let last = self.history.revisions.len() as i64;
        let is_there = (1..=last).contains(&number);
        is_there.then_some(()).ok_or_else(|| format!("the file has no revision {number}"))
    }
}

/// The place of the first line, which is alone of its kind.
const FIRST: usize = 1;

/// The place of a line in the order of kinds.
fn place(line: &Line) -> usize {
    match line {
        Line::Export { .. } => FIRST,
        Line::Meta { .. } => 2,
        Line::Revision { .. } => 3,
        Line::Memory { .. } => 4,
        Line::Ledger { .. } => 5,
        Line::Plan { .. } => 6,
        Line::Source { .. } => 7,
        Line::Erasure { .. } => 8,
        Line::Seal { .. } => 9,
        Line::End { .. } => 10,
    }
}

fn value(text: Option<String>, erased: bool) -> Result<Value, String> {
    match (text, erased) {
        (Some(_), true) => Err("it is marked as erased, and is there".into()),
        (Some(text), false) => Ok(Value::Kept(text)),
        (None, true) => Ok(Value::Erased),
        (None, false) => Ok(Value::Gone),
    }
}

fn check_order(last: Option<(&str, i64)>, next: (&str, i64)) -> Result<(), String> {
    let is_next = last.is_none_or(|last| last < next);
    is_next.then_some(()).ok_or_else(|| "it is there twice, or out of order".into())
}

/// Bytes of a key or an id, at most. Chosen by us: the longest path has half as many, and Postgres indexes no text of 2,700.
const MAX_TEXT: usize = 2_048;

/// Refuses a text that is empty or long, and one with U+0000, which Postgres does not keep.
fn check_text(what: &str, text: &str) -> Result<(), String> {
    let is_one = (1..=MAX_TEXT).contains(&text.len()) && !text.contains('\0');
    let why = || format!("{what} is empty, has more than {MAX_TEXT} bytes, or has U+0000");
    is_one.then_some(()).ok_or_else(why)
}

/// Refuses a path that leads anywhere else, or that memories of this server cannot have.
fn check_path(name: &str) -> Result<(), String> {
    let why = memory_path::refused(name).or_else(|| path::refused(&format!("/{name}")));
    // The path itself is not said: it may be of any length.
    why.map_or(Ok(()), |why| Err(format!("the path of a memory: {why}")))
}

/// Refuses memories that no store may have: larger ones, and one that would be a folder of another. What only older revisions
/// have is kept as it was.
fn check_head(memories: &[dreaming_wasmtime::Memory]) -> Result<(), String> {
    if let Some(memory) = memories.iter().find(|memory| memory.text.len() > MAX_CONTENT) {
        let (path, bytes) = (&memory.path, memory.text.len());
        return Err(format!(
            "the memory `{path}` has {bytes} bytes, and a store takes {MAX_CONTENT} at most"
        ));
    }
    let here: BTreeSet<&str> = memories.iter().map(|memory| &*memory.path).collect();
    let within = here.iter().find_map(|name| {
        let mut above = name.match_indices('/').map(|(at, _)| &name[..at]);
        above.find(|above| here.contains(above)).map(|above| (*name, above))
    });
    match within {
        Some((name, above)) => Err(format!("the memory `{above}` would be a folder of `{name}`")),
        None => Ok(()),
    }
}
