//! Keeps the index file in step with the changes. A memory that a dream adds gets its line, and a
//! line that names no memory is taken out. Agents load only the beginning of the index, so lines
//! beyond its limit are taken out, the least established first. Every removal of a line waits for a
//! person, and so does a new index. Where there is no index, a file that agents load and that
//! includes others, such as `CLAUDE.md`, takes its place; the lines of such a file are `@path`.

mod create;
mod emptied;
mod limit;
mod links;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use dreaming_records::ids::EntryId;
use dreaming_records::kind::Kind;
use dreaming_records::ledger::{Origin, Tier};
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Cause, Change, Gate, Operation};
use dreaming_records::policy;
use dreaming_records::trust::Trust;
use dreaming_text::markdown::Form;
use dreaming_text::{Groups, Set, sort};

use crate::draft::Draft;
use crate::identity::{Located, of_memory};
use crate::review_reason::Doubt;
use crate::world::World;

use emptied::emptied;
pub use limit::Length;
pub(crate) use limit::{loads, over, shorten, spare};
pub(crate) use links::is_line;
use links::{Names, links};

/// Whether a text has a Markdown link to a file of the store by its relative path.
pub(crate) fn links_to_file(text: &str) -> bool {
    links::links(text).iter().any(|link| matches!(link, links::Link::Path(_)))
}

/// Whether a text is a line that takes in a file, `@path.md`.
pub(crate) fn takes_in(text: &str) -> bool {
    links::import(text).is_some()
}

/// Files that agents load because of their names, and in which a line `@path` includes that file.
/// From the documentation of Claude Code, Gemini CLI and Qwen Code; Codex and others that read
/// `AGENTS.md` do not follow such lines.
const TAKING_IN: [&str; 3] = ["CLAUDE.md", "GEMINI.md", "QWEN.md"];

/// Drafts of lines to add and to take out because of `changes`, and of lines that earlier plans
/// proposed and nobody accepted. They are for the index file. If the store has none and the policy
/// asks for one, each memory gets a line in a new index. If the policy does not ask for one, the
/// lines are for the first file of [`TAKING_IN`] that the store has.
pub(crate) fn lines(world: &World<'_>, changes: &[Change]) -> Vec<Draft> {
    let Some(file) = world.file() else { return Vec::new() };
    let mut drafts = added(world, &file, changes);
    if file.is_new {
        drafts.extend(create::lines(world, &file, changes));
    } else {
        drafts.extend(dangling(world, &file, changes));
        if file.is_of_dreams(world) {
            // People left some of the lines open with which it was to begin.
            drafts.extend(create::lines(world, &file, changes));
        } else {
            drafts.extend(left_out(world, &file, changes));
        }
    }
    drafts
}

/// The index file, or the one that takes its place or would be made.
struct File<'a> {
    path: MemoryPath,
    text: Cow<'a, str>,
    /// Whether the file would be new.
    is_new: bool,
}

impl File<'_> {
    /// Whether this is not the index but a file that includes what its lines name.
    fn takes_in(&self) -> bool {
        self.path.as_str() != Kind::Index.path()
    }

    /// Whether this is an index of which dreams wrote all lines. One of a person names what that person wants.
    fn is_of_dreams(&self, world: &World<'_>) -> bool {
        let lines = of_memory(&self.path, world.entries);
        !self.takes_in()
            && !lines.is_empty()
            && lines.iter().all(|line| line.record.origin == Origin::Dream)
    }
}

impl<'a> World<'a> {
    /// The index file. Where there is none: an empty new one if the policy asks for it, else a file
    /// that includes others. `None` when there is neither.
    fn file(&self) -> Option<File<'a>> {
        let path = MemoryPath::new(Kind::Index.path()).ok()?;
        if let Some(memory) = self.memories.get(&path) {
            return Some(File { path, text: Cow::Borrowed(&memory.text), is_new: false });
        }
        let asked = self.policy.is_on(&policy::INDEX_CREATE) && !self.is_pinned(&path);
        let heading = || Cow::Owned(format!("# {}\n\n", Kind::Index.title()));
        if asked {
            return Some(File { path, text: heading(), is_new: true });
        }
        let takes_in = |path: &MemoryPath| TAKING_IN.contains(&path.as_str());
        let first =
            self.memories.values().find(|m| takes_in(&m.path) && !self.is_pinned(&m.path))?;
        Some(File { path: first.path.clone(), text: Cow::Borrowed(&first.text), is_new: false })
    }

    /// The lines of the index that a change may take out: items that begin with a link, hold no
    /// other items, and are not targets of another change. In a file that includes others, which
    /// people write, only the lines that dreams added.
    fn lines(&self, file: &File<'_>, changes: &[Change]) -> impl Iterator<Item = &'a Located> {
        let touched: Set<EntryId> = Set::of(
            changes
                .iter()
                .flat_map(|change| change.targets.iter().chain(&change.survivor))
                .map(|target| target.entry.clone()),
        );
        let path = file.path.clone();
        self.entries.iter().filter(move |entry| {
            entry.path == path
                && entry.is_of_index()
                && entry.piece.form == Form::Item
                && !entry.piece.holds_others
                && is_line(&entry.piece.text)
                && !touched.contains(&entry.record.id)
        })
    }

    /// The memories that the index names, by a link or by their path alone.
    fn named<'b>(&'b self, file: &File<'_>, changes: &'b [Change]) -> Set<&'b MemoryPath> {
        let names = self.names(changes);
        let linked = links(&file.text).into_iter().filter_map(|link| names.of(&link)).flatten();
        let all = self.memories.keys().chain(changes.iter().map(|change| &change.path));
        let is_memory =
            |path: &str| MemoryPath::new(path).is_ok_and(|path| self.memories.contains_key(&path));
        let is_named = |path: &&MemoryPath| names_path(&file.text, path.as_str(), &is_memory);
        Set::of(linked.chain(all.filter(is_named)))
    }

    /// The names of the existing memories, and of those that `changes` would make.
    fn names<'b>(&'b self, changes: &'b [Change]) -> Names<'b> {
        let there = self.memories.iter().map(|(path, memory)| (path, Some(&**memory)));
        let made = changes.iter().filter(|change| adds(change)).map(|change| (&change.path, None));
        Names::new(made.chain(there))
    }
}

/// Whether a text has a path that is not part of a longer one that `is_memory`.
fn names_path(text: &str, path: &str, is_memory: &dyn Fn(&str) -> bool) -> bool {
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/');
    text.match_indices(path).any(|(at, found)| {
        let before = text.get(..at).unwrap_or_default();
        let mut after = text.get(at + found.len()..).unwrap_or_default().chars();
        let ends = match after.next() {
            Some('.' | '_') => !after.next().is_some_and(joins),
            next => !next.is_some_and(joins),
        };
        let is_part = |c: char| joins(c) || matches!(c, '.' | '_');
        let longer = before.len() - before.trim_end_matches(is_part).len();
        let longer = text.get(at - longer..at).unwrap_or_default();
        let begins = match longer.strip_suffix('/') {
            Some(_) => !is_memory(&[longer.trim_start_matches("./"), found].concat()),
            None => longer.chars().all(|c| c == '_'),
        };
        ends && begins
    })
}

/// How established the statement of a change is.
fn standing(change: &Change) -> (Tier, Trust) {
    (change.tier, change.trust)
}

fn adds(change: &Change) -> bool {
    change.operation == Operation::Add && change.gate != Gate::Blocked
}

/// Where the links of an index line lead.
enum Leads<'a> {
    /// To these memories, and nowhere else.
    To(Set<&'a MemoryPath>),
    /// To no memory of the store.
    Nowhere,
    /// To something other than a memory, alone or beside memories.
    Elsewhere,
}

fn leads<'a>(line: &str, names: &Names<'a>) -> Leads<'a> {
    let found: Option<Vec<_>> = links(line).iter().map(|link| names.of(link)).collect();
    let Some(found) = found else { return Leads::Elsewhere };
    let found: Set<&MemoryPath> = Set::of(found.into_iter().flatten());
    if found.is_empty() { Leads::Nowhere } else { Leads::To(found) }
}

/// Whether an index change is right when only `accepted` are applied: an added line must then name
/// an existing memory, a removed line must name none.
pub(crate) fn holds<'a>(
    change: &Change,
    memories: &BTreeMap<MemoryPath, Arc<Memory>>,
    entries: &[Located],
    accepted: &'a [&'a Change],
) -> bool {
    if !matches!(change.cause, Cause::Index | Cause::Dangling) {
        return true;
    }
    let there = memories.iter().map(|(path, memory)| (path, Some(&**memory)));
    let made = accepted.iter().filter(|change| adds(change)).map(|change| (&change.path, None));
    let names = Names::new(made.chain(there));
    let line = change.targets.first().map(|target| &target.text).or(change.text.as_ref());
    let leads = leads(line.map_or("", String::as_str), &names);
    match leads {
        Leads::To(_) if change.cause == Cause::Index => true,
        Leads::To(found) => {
            let emptied = emptied(memories, entries, accepted.iter().copied());
            found.iter().all(|path| emptied.contains(path))
        }
        Leads::Nowhere => change.cause == Cause::Dangling,
        Leads::Elsewhere => false,
    }
}

/// A line for each memory that `changes` would add to and that the index does not name yet, best
/// first.
fn added(world: &World<'_>, file: &File<'_>, changes: &[Change]) -> Vec<Draft> {
    let named = world.named(file, changes);
    let is_new = |path: &MemoryPath| !named.contains(path) && *path != file.path;
    // What is placed among lines of people is read where they are.
    let created = changes
        .iter()
        .filter(|change| adds(change) && change.after.is_none() && is_new(&change.path));
    let created = Groups::of(created.map(|change| (&change.path, change)));
    // The addition that decides the line's gate is one that goes unattended, if there is one: the
    // line waits for a person only when all additions to its memory wait.
    let rank = |change: &Change| (change.gate == Gate::Auto, standing(change));
    let better = |one, other| if rank(other) > rank(one) { other } else { one };
    let best = created.iter().map(|(path, made)| Some((*path, made.copied().reduce(better)?)));
    let mut created: Vec<(&MemoryPath, &Change)> = best.flatten().collect();
    sort::by_key(&mut created, |(_, first)| Reverse(standing(first)));
    let (most, mut length) = (Length::most(world.policy), Length::of(&file.text));
    let mut found = Vec::new();
    for (target, first) in created {
        let Some(kind) = first.kind else { continue };
        let mut draft = line(file, target, kind, Draft::from(first.clone()));
        length.add(Length::of_item(draft.text.as_deref().unwrap_or("")));
        if file.is_new {
            draft.because = create::because(target);
            draft.doubts.push(Doubt::MakesIndex);
        }
        if !length.within(most) && !file.takes_in() {
            draft.doubts.push(Doubt::IndexTooLong);
        } else if first.gate != Gate::Auto {
            draft.doubts.push(Doubt::AsItsMemory(first.gate_reason.clone()));
        }
        found.push(draft);
    }
    found
}

/// The words of the index line for a memory of one kind.
fn words(kind: Kind, path: &str) -> String {
    format!("[{}]({path}): {}", kind.title(), kind.purpose())
}

/// The index line for `target`; its support, trust and times come from `draft`, which adds to that
/// memory.
fn line(file: &File<'_>, target: &MemoryPath, kind: Kind, mut draft: Draft) -> Draft {
    draft.path = file.path.clone();
    draft.kind = Some(Kind::Index);
    draft.cause = Cause::Index;
    let (because, text) = if file.takes_in() {
        let because =
            format!("Agents load `{}`. Without this line they do not load `{target}`.", file.path);
        (because, format!("@{target}"))
    } else {
        let text = words(kind, target.as_str());
        (format!("The index does not name `{target}`, and agents open what it names."), text)
    };
    (draft.because, draft.text) = (because, Some(text));
    draft.subject = None;
    draft.principal = None;
    // Its evidence is that of the memory, which may grow; the line says the same.
    draft.stays_rejected = true;
    draft
}

/// Lines for memories that earlier dreams made, that `changes` do not add to and that the index
/// does not name, because people accepted the memory and not its line.
fn left_out(world: &World<'_>, file: &File<'_>, changes: &[Change]) -> Vec<Draft> {
    let named = world.named(file, changes);
    let grows = |path: &MemoryPath| changes.iter().any(|c| adds(c) && c.path == *path);
    let left = |(_, kind): (_, Kind)| {
        let (target, _) = world.memories.iter().find(|(path, _)| path.as_str() == kind.path())?;
        if named.contains(target) || grows(target) {
            return None;
        }
        let draft = line(file, target, kind, best(world, target)?);
        Some(draft.doubted(Doubt::LeftOpen))
    };
    Kind::learned().filter_map(left).collect()
}

/// A draft of an addition with the trust, tier and times of the best established statement of a
/// memory.
fn best(world: &World<'_>, path: &MemoryPath) -> Option<Draft> {
    let rank = |entry: &&Located| {
        let record = &entry.record;
        (record.tier, record.trust, Reverse(record.id.clone()))
    };
    let here = of_memory(path, world.entries).iter();
    let best = here.filter(|entry| !entry.record.evidence.is_empty()).max_by_key(rank)?;
    let mut draft = Draft::about_entries(Operation::Add, Cause::Index, best);
    draft.targets.clear();
    draft.evidence.clone_from(&best.record.evidence);
    draft.tier = best.record.tier;
    Some(draft)
}

/// Takes out lines all of whose links lead to memories that do not exist, that `changes` empty, or
/// that dreams made and that are empty already.
fn dangling(world: &World<'_>, file: &File<'_>, changes: &[Change]) -> Vec<Draft> {
    let open = changes.iter().filter(|change| change.gate != Gate::Blocked);
    let emptied = emptied(world.memories, world.entries, open);
    let names = world.names(changes);
    let draft = |entry: &Located| {
        let because = match leads(&entry.piece.text, &names) {
            Leads::Nowhere => "It names a memory that is not there.",
            Leads::To(found) if found.iter().all(|path| emptied.contains(path)) => {
                match world.entries.iter().any(|entry| found.contains(&&entry.path)) {
                    true => "Other changes of this plan leave the memory that it names empty.",
                    false => "The memory that it names is empty.",
                }
            }
            _ => return None,
        };
        let mut draft = Draft::about_entries(Operation::Retire, Cause::Dangling, entry);
        draft.because = because.into();
        Some(draft.doubted(Doubt::LastWords))
    };
    world.lines(file, changes).filter_map(draft).collect()
}

#[cfg(test)]
mod tests {
    use super::names_path;

    #[test]
    fn a_part_of_a_longer_path_names_no_memory() {
        let names =
            |text| names_path(text, "learned/facts.md", &|path| path == "alice/learned/facts.md");
        for text in [
            "(learned/facts.md)",
            "@learned/facts.md",
            "see ./learned/facts.md.",
            "`learned/facts.md`#a",
            "_learned/facts.md_",
            "部署见learned/facts.md的内容",
            "memory/learned/facts.md",
        ] {
            assert!(names(text), "{text}");
        }
        for text in [
            "alice/learned/facts.md",
            "./alice/learned/facts.md",
            "learned/facts.md.bak",
            "un-learned/facts.md",
        ] {
            assert!(!names(text), "{text}");
        }
    }
}
