//! A store as a folder of small files, one entry a file, and an index where the home has one. Only
//! files with the mark of the store are written, changed or taken out.

use std::collections::{BTreeMap, BTreeSet};

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::EntryRecord;
use dreaming_records::memory::MemoryPath;
use dreaming_records::number::count;
use dreaming_records::snapshot::Snapshot;

use super::block::{self, Block, Damage, Found, Line, MARK, code};
use super::form::{self, Form, IndexForm};
use super::read_back::{Edits, taken};
use super::sheet::{self, Sheet};
use crate::pack::{Packed, Packer};
use crate::render::rendered;

/// Hexadecimal digits by which a store knows its files again. Chosen by us: of a few stores that
/// share a folder, two are the same with a chance below 10^-8.
const OWNER: usize = 8;

/// Longest line of an index, in characters. Chosen by us, as for the lines that dreams propose: an
/// index is read in each session, so a line says what is there and no more.
const LINE: u64 = 120;

/// A file of a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeFile {
    /// Its path below the folder of the home.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A folder of small files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// All files with entries, the most important first, then the index; also those that are
    /// there already as they should be.
    pub files: Vec<HomeFile>,
    /// Paths of files of this store that are to go.
    pub remove: Vec<String>,
    /// Files with an entry.
    pub entries: u64,
    /// Entries that are in no file.
    pub left_out: Vec<LeftOutEntry>,
}

/// An entry that is in no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutEntry {
    /// The memory that holds it.
    pub path: MemoryPath,
    /// Its text.
    pub text: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why an entry is in no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Its file would be too long.
    Size,
    /// The home has as many files as it may have; these are less important.
    Count,
    /// The index has no room for its line, so that no agent would find it.
    Index,
    /// A workflow that one session alone supports, and no person.
    Unproven,
}

/// Why a folder cannot be rendered or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The form cannot be used.
    #[error("{0}")]
    Form(&'static str),
    /// A file with this path is there and is not one of this store.
    #[error("it was not rendered from this memory, and is in the way: rename it, or move it away")]
    Taken(String),
    /// The marks of a file are damaged.
    #[error("its mark: {1}")]
    Damaged(String, Damage),
}

impl Refused {
    /// What it is about: the path of a file, or the form.
    pub fn what(&self) -> &str {
        match self {
            Self::Form(_) => "form",
            Self::Taken(path) | Self::Damaged(path, _) => path,
        }
    }
}

/// The files that a home should hold, given those that are there: the entries that
/// [`Packer::pack`] gives without a query, the best first. `there` has every file of the folder
/// whose path the form can give, and the index.
///
/// # Errors
/// [`Refused`]. Edits of people are written over: [`read_files`] says what they changed.
pub fn render_files(
    store: &Snapshot,
    form: &Form,
    there: &[HomeFile],
    principal: Option<&str>,
    redact: fn(&str) -> String,
) -> Result<Folder, Refused> {
    let owner = owner(store);
    let own: BTreeSet<&str> = own(form, there, &owner)?.into_iter().map(|(path, _)| path).collect();
    let mut index = form.index.as_ref().map(|index| Index::of(index, there, &owner)).transpose()?;
    let packer = Packer::new(store, redact);
    let records: BTreeMap<&EntryId, &EntryRecord> =
        packer.entries().iter().map(|entry| (&entry.record.id, &*entry.record)).collect();
    let mut packed = packer.pack("", u32::MAX, principal);
    let is_workflow = |entry: &Packed| {
        records.get(&entry.entry).is_some_and(|record| record.kind == Some(Kind::Workflow))
    };
    packed.retain(|entry| !form.proven_workflows || is_workflow(entry));
    let names = names(form, &packed);
    let mut folder = Folder::default();
    for entry in packed {
        let (Some(record), Some(name)) = (records.get(&entry.entry), names.get(&entry.entry))
        else {
            continue;
        };
        let file = of_entry(form, &owner, &entry, record, name);
        let is_in_index = |index: &Index<'_>| index.fits(&file, &entry);
        let reason = if form.proven_workflows && !form::is_proven(record) {
            Some(LeftOutReason::Unproven)
        } else if form.bytes.is_some_and(|most| count(file.text.len()) > most) {
            Some(LeftOutReason::Size)
        } else if form.files.is_some_and(|most| folder.entries >= most) {
            Some(LeftOutReason::Count)
        } else if !index.as_ref().is_none_or(is_in_index) {
            Some(LeftOutReason::Index)
        } else {
            None
        };
        if let Some(reason) = reason {
            folder.left_out.push(LeftOutEntry { path: entry.path, text: entry.text, reason });
            continue;
        }
        if let Some(index) = &mut index {
            index.push(&file, &entry);
        }
        if there.iter().any(|there| there.path == file.path) && !own.contains(&*file.path) {
            return Err(Refused::Taken(file.path));
        }
        folder.entries += 1;
        folder.files.push(file);
    }
    let written: BTreeSet<&str> = folder.files.iter().map(|file| &*file.path).collect();
    folder.remove = own.difference(&written).map(|path| (*path).to_owned()).collect();
    if let Some(index) = index {
        index.finish(&mut folder)?;
    }
    Ok(folder)
}

/// What people changed in the files of this store since they were rendered, as edits of its
/// memories. What stands above the mark of a file, and the lines of the index, follow from the
/// entries: a change of those cannot be taken in. A file that is gone is no change.
///
/// # Errors
/// [`Refused`].
pub fn read_files(
    store: &Snapshot,
    form: &Form,
    there: &[HomeFile],
    redact: fn(&str) -> String,
) -> Result<Edits, Refused> {
    let owner = owner(store);
    let own = own(form, there, &owner)?;
    let mut stuck: Vec<String> = own.iter().flat_map(|(_, sheet)| sheet.head.clone()).collect();
    if let Some(index) = &form.index {
        stuck.extend(Index::of(index, there, &owner)?.added()?);
    }
    let found: Vec<Found> = own.into_iter().map(|(_, sheet)| sheet.found).collect();
    let mut edits = taken(store, &found, redact);
    edits.stuck.splice(0..0, stuck);
    Ok(edits)
}

/// By what the files of a store are known. The salt is drawn once for a store.
fn owner(store: &Snapshot) -> String {
    block::hex(&[b"home", store.salt.as_bytes()], OWNER)
}

/// The files of this store.
fn own<'a>(
    form: &Form,
    there: &'a [HomeFile],
    owner: &str,
) -> Result<Vec<(&'a str, Sheet)>, Refused> {
    if let Some(fault) = form.fault() {
        return Err(Refused::Form(fault));
    }
    let index = form.index.as_ref().map(|index| &*index.path);
    let mut own = Vec::new();
    for file in there.iter().filter(|file| Some(&*file.path) != index) {
        let sheet = sheet::find(&file.text, owner)
            .map_err(|damage| Refused::Damaged(file.path.clone(), damage))?;
        own.extend(sheet.map(|sheet| (&*file.path, sheet)));
    }
    Ok(own)
}

/// A name for each entry: its words, with its id where two have the same words or one has fewer than
/// two. So a name does not change with the order of the entries.
fn names(form: &Form, packed: &[Packed]) -> BTreeMap<EntryId, String> {
    /// The id of an entry without its letter, and the `-` before it.
    const ID: usize = 21;
    let most = usize::try_from(form.name).unwrap_or(usize::MAX);
    let words = |entry: &Packed| form::words(&entry.text, most.saturating_sub(ID));
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    packed.iter().for_each(|entry| *all.entry(words(entry)).or_default() += 1);
    let name = |entry: &Packed| {
        let words = words(entry);
        let id = entry.entry.as_str().trim_start_matches('e');
        match (words.contains('-'), all.get(&words)) {
            (true, Some(1)) => words,
            _ if words.is_empty() => format!("entry-{id}"),
            _ => format!("{words}-{id}"),
        }
    };
    packed.iter().map(|entry| (entry.entry.clone(), name(entry))).collect()
}

/// The file of an entry.
fn of_entry(
    form: &Form,
    owner: &str,
    entry: &Packed,
    record: &EntryRecord,
    name: &str,
) -> HomeFile {
    let text = rendered(&entry.text);
    let description = form::quoted(&form::shortened(&text, form.description));
    let time = form::time_of(record);
    let path = form::filled(&form.file, &[("name", name), ("time", &time)]);
    let values = [("name", name), ("description", &description), ("type", form::type_of(record))];
    let head = form::filled(&form.head, &values);
    let (headings, mark) = (entry.headings.clone(), entry.mark.clone());
    let line = Line { headings, mark, text, depth: 0 };
    HomeFile { text: sheet::written(&head, owner, &line), path }
}

/// The index of a home, while it is rendered.
struct Index<'a> {
    form: &'a IndexForm,
    /// Its text; `None` when it is not there.
    before: Option<&'a str>,
    /// Its text without the block.
    outside: String,
    /// The first line of the block.
    begin: String,
    block: Block,
}

impl<'a> Index<'a> {
    fn of(form: &'a IndexForm, there: &'a [HomeFile], owner: &str) -> Result<Self, Refused> {
        let before = there.iter().find(|file| file.path == form.path).map(|file| &*file.text);
        let text = before.unwrap_or_default();
        let damaged = |damage| Refused::Damaged(form.path.clone(), damage);
        let own = format!("{MARK} {owner} ");
        if block::begin(text).map_err(damaged)?.is_some_and(|line| !block::has_mark(line, &own)) {
            return Err(Refused::Taken(form.path.clone()));
        }
        let outside = block::without(text).map_err(damaged)?;
        let begin = format!("{own}`dreaming render` writes these lines; edit the files. -->");
        Ok(Self { form, before, outside, begin, block: Block::default() })
    }

    /// The line of a file.
    fn line(file: &HomeFile, entry: &Packed) -> Line {
        // What would end the words of a link.
        let words = rendered(&entry.text).replace(['[', ']', '\\'], "");
        let words = form::shortened(&words, LINE);
        let text = rendered(&format!("[{words}]({})", file.path));
        Line { headings: Vec::new(), mark: String::new(), text, depth: 0 }
    }

    fn fits(&self, file: &HomeFile, entry: &Packed) -> bool {
        let mut with_it = self.block.clone();
        with_it.push(Self::line(file, entry));
        with_it.fits(&self.outside, self.form.room)
    }

    fn push(&mut self, file: &HomeFile, entry: &Packed) {
        self.block.push(Self::line(file, entry));
    }

    /// The lines of the block that were not written, of which rendering would leave nothing.
    fn added(&self) -> Result<Vec<String>, Refused> {
        let found = block::find(self.before.unwrap_or_default())
            .map_err(|damage| Refused::Damaged(self.form.path.clone(), damage))?;
        let Some(found) = found.filter(|found| !found.is_untouched || !found.others.is_empty())
        else {
            return Ok(Vec::new());
        };
        let is_new = |line: &&Line| !found.codes.contains(&code(&line.known_by()));
        let new = found.lines.iter().filter(is_new).map(|line| &line.text);
        Ok(new.chain(&found.others).cloned().collect())
    }

    /// Adds the index to the folder. An index that holds nothing else goes with its block.
    fn finish(self, folder: &mut Folder) -> Result<(), Refused> {
        let before = self.before.unwrap_or_default();
        let text = block::place(before, &self.block, &self.begin)
            .map_err(|damage| Refused::Damaged(self.form.path.clone(), damage))?;
        let path = self.form.path.clone();
        match (text.is_empty(), before.is_empty()) {
            (true, false) => folder.remove.push(path),
            (true, true) => {}
            (false, _) => folder.files.push(HomeFile { path, text }),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
