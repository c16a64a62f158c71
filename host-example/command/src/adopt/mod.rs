//! Reads the export of another memory store into statements that a plan may propose.
//!
//! The engine finds secrets and orders to agents in the texts (`transcripts.screen` of its
//! interface); all else is done here.

mod claims;
mod entry;
mod objects;

use std::io::{self, BufRead};

use dreaming_wasmtime::{MAX_PAGE, Screened, Timestamp};
use serde::{Deserialize, Serialize};

pub use claims::{MAX_STATEMENT, candidates, first};
use entry::Said;
use objects::{Found, Objects};

/// Longest object of an export, in bytes: as long as a line of a transcript may be
/// (`import.max-line`).
const MAX_OBJECT: usize = 16 << 20;

/// Longest name of a type or a source, in bytes. Chosen by us: a path or a title.
const MAX_NAME: usize = 128;

/// Most bytes of text that the entries of one export may have together, because all of them are
/// held in memory until the export ends. Chosen by us: 640 memories of the greatest length, more
/// than the store of any agent has.
const ROOM: usize = 64 << 20;

/// Bytes of [`ROOM`] that an entry takes beside its text. Chosen by us: its names and its place in
/// a list.
const ENTRY_BYTES: usize = 512;

/// The entries of an export, and counts of what was not used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adoption {
    /// The entries, sorted and without repeats.
    pub entries: Vec<Entry>,
    /// Counts of what was read and skipped.
    pub account: Account,
    /// Secrets that were cut out.
    pub redactions: u64,
    /// Characters that were cut out because they only hide something.
    pub hidden: u64,
    /// Entries beyond [`ROOM`]: the last ones of a very large export.
    pub left_out: u64,
    /// Entries that order agents to leave their rules, to hide or to carry secrets out, sorted.
    /// They are not proposed.
    pub quarantined: Vec<Entry>,
}

/// One entry of an export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The type of the entry in the other store.
    pub kind: Option<String>,
    /// The source that the other store names.
    pub source: Option<String>,
    /// When it was written there, in milliseconds since 1970.
    pub time: Option<Timestamp>,
    /// The statement, on one line.
    pub text: String,
    /// The id of the entry in the other store.
    pub id: Option<String>,
    /// The words that it rests on; without them it is its own evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// What was used of an export and what was skipped, as counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Objects, other values in the place of an object, and the fields beside an array of objects.
    pub lines: u64,
    /// Entries.
    pub understood: u64,
    /// Objects without a text, and the fields beside an array of objects.
    pub unknown_type: u64,
    /// Pieces that are not JSON, such as a last object that is cut off.
    pub not_json: u64,
    /// Values that are JSON but no object.
    pub not_object: u64,
    /// Objects with bytes that are not UTF-8; U+FFFD replaces these bytes.
    pub not_utf8: u64,
    /// Objects over [`MAX_OBJECT`], and entries that are no statement but a document: over
    /// [`MAX_STATEMENT`].
    pub too_long: u64,
}

/// Why an export could not be read.
#[derive(Debug)]
pub enum Failure<E> {
    /// The file cannot be read.
    Input(io::Error),
    /// Its texts could not be screened.
    Screen(E),
}

/// Reads an export: objects with a text, in an array, in a document that holds an array, or one per
/// line. The result does not depend on the order of the entries. `screen` gets at most [`MAX_PAGE`]
/// texts at once and returns one answer for each, in the same order.
///
/// # Errors
/// [`Failure`].
pub fn read<E>(
    input: impl BufRead,
    screen: impl FnMut(&[String]) -> Result<Vec<Screened>, E>,
) -> Result<Adoption, Failure<E>> {
    let mut objects = Objects::new(input, MAX_OBJECT);
    let mut reading = Reading { screen, room: ROOM, kept: Vec::new(), found: Adoption::default() };
    while let Some(found) = objects.next().map_err(Failure::Input)? {
        let account = &mut reading.found.account;
        match found {
            Found::Object(bytes) => {
                if let Some(said) = entry::read(bytes, account) {
                    reading.take(said).map_err(Failure::Screen)?;
                }
            }
            Found::Beside => {
                account.lines += 1;
                account.unknown_type += 1;
            }
            Found::TooLong => {
                account.lines += 1;
                account.too_long += 1;
            }
        }
    }
    let Reading { kept, mut found, .. } = reading;
    found.entries = kept;
    for all in [&mut found.entries, &mut found.quarantined] {
        all.sort();
        all.dedup();
    }
    Ok(found)
}

/// The state of reading an export.
struct Reading<S> {
    screen: S,
    room: usize,
    kept: Vec<Entry>,
    found: Adoption,
}

impl<S> Reading<S> {
    fn take<E>(&mut self, said: Said) -> Result<(), E>
    where
        S: FnMut(&[String]) -> Result<Vec<Screened>, E>,
    {
        let Said { text, kind, source, time, id, quote } = said;
        let (has_kind, has_source, has_id) = (kind.is_some(), source.is_some(), id.is_some());
        let has_quote = quote.is_some();
        let texts = [text].into_iter().chain(kind).chain(source).chain(id).chain(quote);
        let texts: Vec<String> = texts.collect();
        let found = &mut self.found;
        if texts.iter().map(String::len).sum::<usize>() > MAX_PAGE {
            found.account.too_long += 1;
            return Ok(());
        }
        let screened = (self.screen)(&texts)?;
        found.redactions += screened.iter().map(|text| text.redactions).sum::<u64>();
        found.hidden += screened.iter().map(|text| text.hidden).sum::<u64>();
        let instructs = screened.iter().any(|text| text.instructs);
        let mut lines = screened.iter().map(|screened| line(&screened.text));
        let mut next = || lines.next().unwrap_or_default();
        let entry = Entry {
            text: next(),
            kind: has_kind.then(|| name(next())),
            source: has_source.then(|| name(next())),
            id: has_id.then(|| name(next())),
            quote: has_quote.then(&mut next),
            time,
        };
        if entry.text.len() > MAX_STATEMENT {
            found.account.too_long += 1;
            return Ok(());
        }
        found.account.understood += 1;
        let kept = if instructs { &mut found.quarantined } else { &mut self.kept };
        let quote = entry.quote.as_ref().map_or(0, String::len);
        match self.room.checked_sub(entry.text.len() + quote + ENTRY_BYTES) {
            Some(room) => {
                self.room = room;
                kept.push(entry);
            }
            None => {
                // Leaves out all later entries too, even small ones, so that the kept entries are
                // the first ones.
                self.room = 0;
                found.left_out += 1;
            }
        }
        Ok(())
    }
}

/// Puts a text on one line and removes list and heading marks from its beginning, because with them
/// it would be read as several items.
fn line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let mut rest = line.as_str();
    while let Some((mark, after)) = rest.split_once(' ')
        && mark.chars().all(|c| matches!(c, '-' | '*' | '+' | '>' | '#'))
    {
        rest = after;
    }
    rest.into()
}

/// Cuts a name at [`MAX_NAME`] bytes.
fn name(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(MAX_NAME));
    name
}

#[cfg(test)]
mod tests;
