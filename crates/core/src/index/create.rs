//! The lines of an index that does not exist yet, or that dreams alone wrote: one for each memory.

use dreaming_records::kind::Kind;
use dreaming_records::memory::{Memory, MemoryPath};
use dreaming_records::plan::{Cause, Change, Gate, Operation};
use dreaming_text::markdown::{front, pieces};
use dreaming_text::{Set, normal, sort};

use crate::draft::Draft;
use crate::identity;
use crate::review_reason::Doubt;
use crate::world::World;

use super::emptied::emptied;
use super::links::Names;
use super::{File, Leads, Length, adds, best, leads, line, standing};

/// Longest title and longest purpose of a line, in characters. Chosen by us: an index is read in
/// each session, so a line says which file to open and no more.
const MOST: usize = 120;

/// A line for each memory of the store that the index does not name, except for memories that `changes` add to (they get theirs
/// otherwise) or empty. The best established memory comes first.
pub(super) fn lines(world: &World<'_>, file: &File<'_>, changes: &[Change]) -> Vec<Draft> {
    let open = changes.iter().filter(|change| change.gate != Gate::Blocked);
    let emptied = emptied(world.memories, world.entries, open);
    let (names, named) = (world.names(changes), world.named(file, changes));
    let grows = changes.iter().filter(|change| adds(change) && change.after.is_none());
    let grows = Set::of(grows.map(|change| &change.path));
    let mut found: Vec<Draft> = world
        .memories
        .values()
        .filter(|memory| !emptied.contains(&memory.path))
        .filter(|memory| !grows.contains(&memory.path) && !named.contains(&memory.path))
        .filter(|memory| memory.path != file.path)
        .filter_map(|memory| of_memory(world, file, memory, &names))
        .collect();
    sort::by_key(&mut found, |draft| std::cmp::Reverse(standing(draft)));
    if !file.is_new {
        // What was taken out of an index for want of room does not come back into it.
        let (most, mut length) = (Length::most(world.policy), Length::of(&file.text));
        found.retain(|draft| {
            length.add(Length::of_item(draft.text.as_deref().unwrap_or("")));
            length.within(most)
        });
    }
    found
}

/// The sentence that tells people why a line of a new index is proposed.
pub(super) fn because(target: &MemoryPath) -> String {
    format!("There is no `MEMORY.md`. Without this line nothing of `{target}` is loaded.")
}

fn of_memory(
    world: &World<'_>,
    file: &File<'_>,
    memory: &Memory,
    names: &Names<'_>,
) -> Option<Draft> {
    let first = identity::of_memory(&memory.path, world.entries).first()?;
    let known = Kind::learned().map(|(_, kind)| kind).find(|k| k.path() == memory.path.as_str());
    let blank = || {
        let mut draft = Draft::about_entries(Operation::Add, Cause::Index, first);
        draft.targets.clear();
        draft.tier = first.record.tier;
        draft
    };
    let mut draft = best(world, &memory.path).unwrap_or_else(blank);
    draft = line(file, &memory.path, known.unwrap_or(Kind::Index), draft);
    if known.is_none() {
        draft.text = Some(written(memory, names, world.redact)?);
    }
    if !file.is_new {
        return Some(draft.doubted(Doubt::LeftOpen));
    }
    draft.because = because(&memory.path);
    Some(draft.doubted(Doubt::MakesIndex))
}

/// The line of a memory that no dream made: its name or title, and the purpose that it states.
/// `None` where no link can lead to it.
fn written(memory: &Memory, names: &Names<'_>, redact: fn(&str) -> String) -> Option<String> {
    let front = front::FrontMatter::of(&memory.text);
    let value = |key: &str| front.and_then(|front| front.value(key)).unwrap_or("");
    let heading =
        pieces(&memory.text).into_iter().next().and_then(|p| p.headings.into_iter().next());
    let whole = memory.path.as_str().trim_end_matches(".md");
    let titles = [plain(value("name"), redact), plain(&heading.unwrap_or_default(), redact)];
    let title =
        titles.into_iter().find(|title| !title.is_empty()).unwrap_or_else(|| plain(whole, redact));
    let purpose = match plain(value("description"), redact) {
        purpose if purpose.is_empty() => purpose,
        purpose => format!(": {purpose}"),
    };
    let path = &memory.path;
    // A wiki link may hold what the target of a Markdown link may not, such as a space.
    let forms = [format!("[{title}]({path}){purpose}"), format!("[[{whole}]]{purpose}")];
    let leads_there = |text: &String| match leads(text, names) {
        Leads::To(found) => found.len() == 1 && found.contains(path),
        Leads::Nowhere | Leads::Elsewhere => false,
    };
    forms.into_iter().find(leads_there)
}

/// Text for one line: without secrets, line ends and the marks of links, and shortened.
fn plain(text: &str, redact: fn(&str) -> String) -> String {
    let text = normal(&redact(text)).replace(['[', ']', '`'], "");
    let text = text.trim_ascii();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("").trim_ascii_end()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact;

    fn line_of(path: &str, text: &str) -> Option<String> {
        let memory = Memory::new(path, text, None).unwrap();
        let path = memory.path.clone();
        written(&memory, &Names::new([(&path, Some(&memory))]), redact)
    }

    #[test]
    fn a_line_says_what_the_memory_calls_itself() {
        for (path, text, line) in [
            (
                "a.md",
                "---\nname: The Team\ndescription: who does what\n---\n- x\n",
                "[The Team](a.md): who does what",
            ),
            ("a.md", "# Our *team*\n\n- x\n", "[Our team](a.md)"),
            ("x/my-notes.md", "- x\n", "[x/my-notes](x/my-notes.md)"),
            ("my notes.md", "---\nname: N\ndescription: d\n---\n- x\n", "[[my notes]]: d"),
            (
                "a.md",
                "---\nname: a [b](c.md)\ndescription: see [d](https://e.example)\n---\nx\n",
                "[a b(c.md)](a.md): see d(https://e.example)",
            ),
        ] {
            assert_eq!(line_of(path, text).as_deref(), Some(line));
        }
        // No link can lead to this name.
        assert_eq!(line_of("a|b c.md", "- x\n"), None);
        let long = line_of("a.md", &format!("# {}\n\n- x\n", "w ".repeat(300))).unwrap();
        assert!(long.chars().count() < MOST + 20 && long.contains('…'), "{long}");
    }

    #[test]
    fn a_secret_is_in_no_line() {
        let key = format!("ghp_{}", "a1B2c3D4".repeat(5));
        let text = format!("---\nname: n\ndescription: the key {key}\n---\n- x\n");
        let line = line_of("a.md", &text).unwrap();
        assert!(line.contains("[REDACTED") || line.contains("REDACTED:"), "{line}");
        assert!(!line.contains(&key), "{line}");
    }
}
