//! What people changed in a block, as edits of the memories.

use std::collections::BTreeMap;

use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::tokens;

use super::block::{self, Damage, Found, code};
use crate::identity::{Located, resolve};
use crate::render::{Edit, Opening, edit, rendered};

/// What people changed in a block, and the memories with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Each change, in the order of the block.
    pub edited: Vec<Edited>,
    /// The memories that become different, with their whole texts, by path.
    pub memories: Vec<(MemoryPath, String)>,
    /// Lines of the block that cannot be taken in: code and the like, and changes of entries that
    /// the store has changed too.
    pub stuck: Vec<String>,
}

/// A statement of a block that was changed, added or taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The memory that it concerns.
    pub path: MemoryPath,
    /// The statement in the memory; `None` for a new one.
    pub before: Option<String>,
    /// The statement in the block; `None` for one that was taken out.
    pub after: Option<String>,
}

/// What people changed in the block of the file with the text `file`, as edits of the memories of
/// `store`. There is none when the file has no block, or its block is as it was written, also when
/// the store has moved on since.
///
/// A line is known again by its words. One that stands where another was written and shares words
/// with it is its new version. One that is new goes to the end of the memory of the line above it, or of the line
/// below it for the first. One that is gone leaves the memory.
///
/// # Errors
/// [`Damage`].
pub fn read_back(
    store: &Snapshot,
    file: &str,
    redact: fn(&str) -> String,
) -> Result<Edits, Damage> {
    Ok(block::find(file)?.map(|found| taken(store, &[found], redact)).unwrap_or_default())
}

/// What people changed in all of these, as edits of the memories of `store`.
pub(super) fn taken(store: &Snapshot, all: &[Found], redact: fn(&str) -> String) -> Edits {
    let stuck = all.iter().flat_map(|found| found.others.iter().cloned()).collect();
    let mut edits = Edits { stuck, ..Edits::default() };
    if all.iter().all(|found| found.is_untouched) {
        return edits;
    }
    // There is no dream and so no `now`: every time that a host gives counts as past.
    let entries = resolve(store, Time::from_millis(i64::MAX), redact).entries;
    let mut known = Known::new(&entries);
    let mut of_memory: BTreeMap<MemoryPath, Vec<Edit>> = BTreeMap::new();
    let mut steps: Vec<(&Found, Step<'_>)> = Vec::new();
    for found in all.iter().filter(|found| !found.is_untouched) {
        let gaps = gaps(found);
        if gaps.is_empty() {
            // The digest says that something was edited, and no code does.
            edits.stuck.extend(found.texts.iter().cloned());
        }
        for gap in gaps {
            steps.extend(gap.steps(&mut known).into_iter().map(|step| (found, step)));
        }
    }
    for (found, step) in steps {
        match step {
            Step::Changed(entry, after) if entry.has_secret => edits.stuck.extend(after),
            Step::Changed(entry, after) => {
                let (path, piece) = (entry.path.clone(), &entry.piece);
                let edit = match after.clone() {
                    Some(text) => Edit::Replace { range: piece.text_range.clone(), text },
                    None => Edit::Remove { range: piece.range.clone() },
                };
                of_memory.entry(path.clone()).or_default().push(edit);
                let before = Some(entry.record.text.clone());
                edits.edited.push(Edited { path, before, after });
            }
            // The memory has it already, as after an interruption.
            Step::Added(_, text) if known.has(&text) => {}
            Step::Added(at, text) => match known.memory_near(found, at) {
                Some(path) => {
                    let edit = Edit::Append { text: text.clone() };
                    of_memory.entry(path.clone()).or_default().push(edit);
                    edits.edited.push(Edited { path, before: None, after: Some(text) });
                }
                None => edits.stuck.push(text),
            },
            Step::Both(text) => edits.stuck.push(text),
        }
    }
    for (path, changes) in of_memory {
        let text = store.memories.get(&path).and_then(|memory| applied(memory, &changes));
        match text {
            Some(text) => edits.memories.push((path, text)),
            None => {
                let (left, kept) = edits.edited.drain(..).partition(|edited| edited.path == path);
                let left: Vec<Edited> = left;
                edits.edited = kept;
                edits
                    .stuck
                    .extend(left.into_iter().filter_map(|edited| edited.after.or(edited.before)));
            }
        }
    }
    edits
}

fn applied(memory: &Memory, changes: &[Edit]) -> Option<String> {
    edit(&memory.text, &Opening::default(), changes)
}

/// A change of the block.
enum Step<'a> {
    /// An entry has another text, or is gone.
    Changed(&'a Located, Option<String>),
    /// A new line, with its position.
    Added(usize, String),
    /// A new line where one was that the store has changed too.
    Both(String),
}

/// What differs between two lines that stayed.
#[derive(Default)]
struct Gap<'a> {
    /// The codes of lines that were written and are gone.
    gone: Vec<&'a str>,
    /// Lines that were not written, with their positions.
    added: Vec<(usize, &'a str)>,
}

impl Gap<'_> {
    /// Each line that is gone became the new one that shares most words with it, if one does.
    fn steps<'k>(self, known: &mut Known<'k>) -> Vec<Step<'k>> {
        let mut added = self.added;
        let (mut steps, mut changed_there) = (Vec::new(), 0);
        for code in self.gone {
            let Some(entry) = known.take(code) else {
                changed_there += 1;
                continue;
            };
            let words = tokens(&entry.record.text);
            let shared = |(_, text): &(usize, &str)| {
                let there = tokens(text);
                words.iter().filter(|word| there.contains(word)).count()
            };
            let best = (0..added.len()).rev().max_by_key(|at| added.get(*at).map_or(0, shared));
            let best = best.filter(|at| added.get(*at).is_some_and(|line| shared(line) > 0));
            let after = best.map(|at| added.remove(at).1);
            if let Some(text) = after {
                // A line that was added below it is of the same memory.
                known.memories.entry(self::code(text)).or_insert_with(|| entry.path.clone());
            }
            let after = after.map(rendered);
            steps.push(Step::Changed(entry, after));
        }
        for (number, (at, text)) in added.into_iter().enumerate() {
            let text = rendered(text);
            let is_of_both = number < changed_there && !known.has(&text);
            steps.push(if is_of_both { Step::Both(text) } else { Step::Added(at, text) });
        }
        steps
    }
}

/// What differs between a block and what was written. Lines that only moved do not.
fn gaps(found: &Found) -> Vec<Gap<'_>> {
    let now: Vec<String> = found.texts.iter().map(|text| code(text)).collect();
    // Gaps by the number of lines above them that stayed.
    let mut gaps: BTreeMap<usize, Gap<'_>> = BTreeMap::new();
    let (mut there, mut kept) = (Left::of(&now), 0);
    for code in &found.codes {
        match there.take(code) {
            true => kept += 1,
            false => gaps.entry(kept).or_default().gone.push(code),
        }
    }
    let mut written = Left::of(&found.codes);
    kept = 0;
    for (at, (text, code)) in found.texts.iter().zip(&now).enumerate() {
        match written.take(code) {
            true => kept += 1,
            false => gaps.entry(kept).or_default().added.push((at, text)),
        }
    }
    gaps.into_values().collect()
}

/// How many lines of each code are left.
struct Left<'a>(BTreeMap<&'a str, usize>);

impl<'a> Left<'a> {
    fn of(codes: &'a [String]) -> Self {
        let mut left = BTreeMap::new();
        codes.iter().for_each(|code| *left.entry(code.as_str()).or_default() += 1);
        Self(left)
    }

    /// Takes one of a code away; whether there was one.
    fn take(&mut self, code: &str) -> bool {
        let left = self.0.get_mut(code).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

/// The entries of a store by the codes of their lines.
struct Known<'a> {
    /// The next one of a code comes last.
    of_code: BTreeMap<String, Vec<&'a Located>>,
    /// The memory of the first one of a code.
    memories: BTreeMap<String, MemoryPath>,
}

impl<'a> Known<'a> {
    fn new(entries: &'a [Located]) -> Self {
        let mut of_code: BTreeMap<String, Vec<&Located>> = BTreeMap::new();
        let mut memories = BTreeMap::new();
        for entry in entries.iter().rev() {
            let code = code(&rendered(&entry.record.text));
            memories.insert(code.clone(), entry.path.clone());
            of_code.entry(code).or_default().push(entry);
        }
        Self { of_code, memories }
    }

    fn take(&mut self, code: &str) -> Option<&'a Located> {
        self.of_code.get_mut(code)?.pop()
    }

    fn has(&self, text: &str) -> bool {
        self.of_code.get(&code(text)).is_some_and(|known| !known.is_empty())
    }

    /// The memory of the nearest line above the one at `at`, else of the nearest below it, else of
    /// the first that was written there.
    fn memory_near(&self, found: &Found, at: usize) -> Option<MemoryPath> {
        let memory = |text: &String| self.memories.get(&code(text)).cloned();
        let (above, below) = found.texts.split_at_checked(at)?;
        let near = above.iter().rev().find_map(memory).or_else(|| below.iter().find_map(memory));
        near.or_else(|| found.codes.iter().find_map(|code| self.memories.get(code).cloned()))
    }
}
