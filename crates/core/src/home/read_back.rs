//! What people changed in a block, as edits of the memories.

use std::collections::BTreeMap;

use dreaming_records::ids::EntryId;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::snapshot::Snapshot;
use dreaming_records::time::Time;
use dreaming_text::markdown::MAX_HEADING;
use dreaming_text::{Map, cut, tokens};

use super::block::{self, Damage, Found, Left, Line, code, known_by, task_of};
use crate::identity::{Located, resolve};
use crate::reconcile::belongs::{Above, above};
use crate::render::{Edit, Opening, edit, rendered};

/// Longest heading that is read from a block, with its mark.
const HEADING: usize = MAX_HEADING + "### ".len();

/// What people changed in a block, and the memories with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Each change, in the order of the block.
    pub edited: Vec<Edited>,
    /// The memories that become different, with their whole texts, by path.
    pub memories: Vec<(MemoryPath, String)>,
    /// Lines of the block that cannot be taken in: code and the like, changes of entries that the store has
    /// changed too, new lines inside others and in a list that is not the last of its section, boxes of tasks, lines that
    /// moved below another heading, and what has a secret, which is cut out here.
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
/// A line is known again by its words. One that stands where others were written is the new version
/// of the one with which it shares most words, else of the first of them below the same heading. One
/// that is new goes to the end of the section of the memory in which the line above it stands, or for
/// the first below a heading the line below it. One that is gone leaves the memory.
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
    let stuck = all.iter().flat_map(|found| found.others.iter().map(|line| redact(line))).collect();
    let mut edits = Edits { stuck, ..Edits::default() };
    if all.iter().all(|found| found.is_untouched && !is_reordered(found)) {
        return edits;
    }
    // There is no dream and so no `now`: every time that a host gives counts as past.
    let entries = resolve(store, Time::from_millis(i64::MAX), redact).entries;
    let mut known = Known::new(&entries, above(&entries, redact));
    for found in all.iter().filter(|found| is_reordered(found)) {
        let moved = found.lines.iter().filter(|line| known.has_elsewhere(line));
        edits.stuck.extend(moved.map(Line::said));
    }
    let mut of_memory: BTreeMap<MemoryPath, Vec<Edit>> = BTreeMap::new();
    let mut steps: Vec<(&Found, Step<'_>)> = Vec::new();
    for found in all.iter().filter(|found| !found.is_untouched) {
        let gaps = gaps(found);
        if gaps.is_empty() {
            // The digest says that something was edited, and no code does.
            edits.stuck.extend(found.lines.iter().map(|line| line.text.clone()));
        }
        // The store has changed a line that is gone here: what is new may be its new version, wherever it stands.
        let is_unsure = gaps.iter().flat_map(|gap| &gap.gone).any(|code| !known.knows(code));
        for gap in gaps {
            steps.extend(gap.steps(&mut known, is_unsure).into_iter().map(|step| (found, step)));
        }
    }
    // A memory is no place for a secret.
    let is_secret = |text: &str| redact(text) != text;
    for (found, step) in steps {
        match step {
            Step::Changed(entry, after)
                if entry.has_secret || after.as_deref().is_some_and(is_secret) =>
            {
                edits.stuck.extend(after);
            }
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
            Step::Added(at, _) if found.lines.get(at).is_some_and(|line| known.has(line)) => {}
            // Outside the line around it, it would say something else.
            Step::Added(at, text)
                if is_secret(&text) || found.lines.get(at).is_some_and(|line| line.depth > 0) =>
            {
                edits.stuck.push(text);
            }
            Step::Added(at, text) => match known.near(found, at) {
                // What is added comes last in its section.
                Some(entry) if known.leads_apart(entry, &entries) => edits.stuck.push(text),
                Some(entry) => {
                    let path = entry.path.clone();
                    let beside = entry.piece.text_range.clone();
                    let edit = Edit::Insert { beside, text: text.clone() };
                    of_memory.entry(path.clone()).or_default().push(edit);
                    edits.edited.push(Edited { path, before: None, after: Some(text) });
                }
                None => edits.stuck.push(text),
            },
            Step::Both(text) | Step::Box(text) => edits.stuck.push(text),
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
    edits.stuck.iter_mut().for_each(|line| *line = redact(line));
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
    /// A new line that may be the new version of one that the store has changed too.
    Both(String),
    /// A line with another box than that of its entry. Only its memory says what is done.
    Box(String),
}

/// What differs between two lines that stayed.
#[derive(Default)]
struct Gap<'a> {
    /// The codes of lines that were written and are gone.
    gone: Vec<&'a str>,
    /// Lines that were not written, with their positions.
    added: Vec<(usize, &'a Line)>,
}

impl Gap<'_> {
    /// Each line that is gone became the new one that shares most words with it, if one does; else
    /// the first that is left below the same heading. Where it `is_unsure` what is new is left to people.
    fn steps<'k>(self, known: &mut Known<'k>, is_unsure: bool) -> Vec<Step<'k>> {
        let Gap { gone, mut added } = self;
        let gone: Vec<&Located> = gone.into_iter().filter_map(|code| known.take(code)).collect();
        let is_new = |(_, line): &(usize, &Line)| !known.has(line);
        if is_unsure && added.iter().any(is_new) {
            let new = added.into_iter().filter(is_new);
            return new.map(|(_, line)| Step::Both(rendered(&line.text))).collect();
        }
        let mut became: Vec<Option<(usize, &Line)>> = Vec::new();
        for entry in &gone {
            let words = tokens(&entry.record.text);
            let shared = |(_, line): &(usize, &Line)| {
                let there = tokens(&line.text);
                words.iter().filter(|word| there.contains(word)).count()
            };
            let best = (0..added.len()).rev().max_by_key(|at| added.get(*at).map_or(0, shared));
            let best = best.filter(|at| added.get(*at).is_some_and(|line| shared(line) > 0));
            became.push(best.map(|at| added.remove(at)));
        }
        // What holds others would stand above them in words that have nothing to do with them.
        let is_free = |entry: &&Located| !entry.piece.holds_others;
        let open = gone.iter().zip(&mut became).filter(|(_, after)| after.is_none());
        for (entry, after) in open.filter(|(entry, _)| is_free(entry)) {
            let headings = known.headings(entry);
            let is_there = |(_, line): &(usize, &Line)| {
                headings
                    .iter()
                    .any(|heading| cut(&block::heading(&line.headings), HEADING) == heading)
            };
            *after = added.iter().position(is_there).map(|at| added.remove(at));
        }
        let mut steps = Vec::new();
        for (entry, after) in gone.into_iter().zip(became) {
            if let Some((_, line)) = after {
                // A line that was added below it is of the same memory.
                known.first.entry(code(&line.known_by())).or_insert(entry);
            }
            steps.push(match after {
                Some((_, line)) if line.task() != task_of(entry.piece.number_and_box()) => {
                    Step::Box(line.said())
                }
                after => Step::Changed(entry, after.map(|(_, line)| rendered(&line.text))),
            });
        }
        steps.extend(added.into_iter().map(|(at, line)| match line.task() {
            "" => Step::Added(at, rendered(&line.text)),
            _ if known.has(line) => Step::Added(at, rendered(&line.text)),
            _ => Step::Box(line.said()),
        }));
        steps
    }
}

/// Whether the lines that stayed have another order than they were written in.
fn is_reordered(found: &Found) -> bool {
    let now: Vec<String> = found.lines.iter().map(|line| code(&line.known_by())).collect();
    let (mut there, mut written) = (Left::of(&now), Left::of(&found.codes));
    let before = found.codes.iter().filter(|code| there.take(code));
    let after = now.iter().filter(|code| written.take(code));
    !before.eq(after)
}

/// What differs between a block and what was written. Lines that only moved do not.
fn gaps(found: &Found) -> Vec<Gap<'_>> {
    let now: Vec<String> = found.lines.iter().map(|line| code(&line.known_by())).collect();
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
    for (at, (line, code)) in found.lines.iter().zip(&now).enumerate() {
        match written.take(code) {
            true => kept += 1,
            false => gaps.entry(kept).or_default().added.push((at, line)),
        }
    }
    gaps.into_values().collect()
}

/// The entries of a store by the codes of their lines.
struct Known<'a> {
    /// The next one of a code comes last.
    of_code: BTreeMap<String, Vec<&'a Located>>,
    /// The first one of a code, and of that of a new version.
    first: BTreeMap<String, &'a Located>,
    /// What each entry stands below.
    above: Map<EntryId, Above>,
}

impl<'a> Known<'a> {
    fn new(entries: &'a [Located], above: Map<EntryId, Above>) -> Self {
        let mut of_code: BTreeMap<String, Vec<&Located>> = BTreeMap::new();
        let mut first = BTreeMap::new();
        for entry in entries.iter().rev() {
            let known_by = known_by(entry.piece.number_and_box(), &rendered(&entry.record.text));
            let code = code(&known_by);
            first.insert(code.clone(), entry);
            of_code.entry(code).or_default().push(entry);
        }
        Self { of_code, first, above }
    }

    /// The headings below which a block may have an entry, as they are read from there.
    fn headings(&self, entry: &Located) -> [String; 2] {
        let above = self.above.get(&entry.record.id).cloned().unwrap_or_default();
        [above.all(), above.place].map(|above| cut(&block::heading(&above), HEADING).to_owned())
    }

    /// Whether the store has this line, and below other headings: there it says something else.
    fn has_elsewhere(&self, line: &Line) -> bool {
        let entry = self.first.get(&code(&line.known_by()));
        let here = block::heading(&line.headings);
        entry.is_some_and(|entry| {
            !self.headings(entry).iter().any(|there| *there == cut(&here, HEADING))
        })
    }

    /// Whether the section of an entry ends below another line that introduces a list ("never do this:").
    fn leads_apart(&self, entry: &Located, entries: &[Located]) -> bool {
        let place = |entry: &Located| self.above.get(&entry.record.id).map(|above| &above.place);
        let from = entries.iter().skip_while(|other| other.record.id != entry.record.id);
        let section = from.take_while(|other| {
            other.path == entry.path && other.piece.headings == entry.piece.headings
        });
        section.last().is_some_and(|last| place(last) != place(entry))
    }

    fn take(&mut self, code: &str) -> Option<&'a Located> {
        self.of_code.get_mut(code)?.pop()
    }

    fn has(&self, line: &Line) -> bool {
        self.knows(&code(&known_by(&line.mark, &rendered(&line.text))))
    }

    fn knows(&self, code: &str) -> bool {
        self.of_code.get(code).is_some_and(|known| !known.is_empty())
    }

    /// The entry of the nearest line above the one at `at`, else of the nearest below it, first of
    /// those below the same heading; else of the first that was written there.
    fn near(&self, found: &Found, at: usize) -> Option<&'a Located> {
        let (above, below) = found.lines.split_at_checked(at)?;
        let headings = &below.first()?.headings;
        let entry = |line: &Line| self.first.get(&code(&line.known_by())).copied();
        let near = || above.iter().rev().chain(below);
        let beside = near().filter(|line| line.headings == *headings).find_map(entry);
        let any = beside.or_else(|| near().find_map(entry));
        any.or_else(|| found.codes.iter().find_map(|code| self.first.get(code).copied()))
    }
}
