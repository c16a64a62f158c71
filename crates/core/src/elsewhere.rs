//! Says where else the old value of a change stands: in tables, code and statements that the plan leaves as they are.

use dreaming_records::memory::MemoryPath;
use dreaming_records::plan::{Change, Gate, Operation};
use dreaming_text::{self as text, Set, unicode};

use crate::value_places::{find, path_before, places, words};
use crate::world::World;

/// Most lines that are named. Chosen by us: a person looks at them.
const NAMED: usize = 5;

/// Adds to the reason of each change that puts a path, a file or an address in the place of another one the lines of the
/// memories in which the old one stays.
pub(crate) fn tell(changes: &mut [Change], world: &World<'_>) {
    let open = changes.iter().filter(|change| change.gate != Gate::Blocked);
    let targets = open.flat_map(|change| &change.targets);
    let touched = targets.filter_map(|target| world.places.get(&target.entry));
    let touched = Set::of(touched.map(|entry| (entry.path.clone(), entry.piece.line)));
    for change in changes.iter_mut().filter(|change| change.gate != Gate::Blocked) {
        let Some(old) = old_value(change) else { continue };
        let lines = lines_with(&old, world, &touched);
        let named = lines.get(..NAMED).unwrap_or(&lines).chunk_by(|a, b| a.0 == b.0);
        let mut named: Vec<String> = named.map(said).collect();
        if lines.len() > NAMED {
            named.push(format!("{} more", lines.len() - NAMED));
        }
        if !named.is_empty() {
            let named = named.join("; ");
            change.because.push_str(&format!(" `{old}` stays in {named}: look there too."));
        }
    }
}

/// Lines of one memory.
fn said(lines: &[(&MemoryPath, u64)]) -> String {
    let numbers: Vec<String> = lines.iter().map(|(_, line)| line.to_string()).collect();
    let word = if lines.len() == 1 { "line" } else { "lines" };
    let path = lines.first().map(|(path, _)| path.as_str()).unwrap_or_default();
    format!("`{path}`, {word} {}", numbers.join(", "))
}

/// The one path, file or address of the old statement that the new one has not.
fn old_value(change: &Change) -> Option<String> {
    let ([target], Some(new)) = (change.targets.as_slice(), &change.text) else { return None };
    if change.operation != Operation::Supersede {
        return None;
    }
    let words = words(&target.text).filter_map(|word| target.text.get(word));
    let gone = words.filter(|word| is_place(word) && find(new, word).is_none());
    let gone: Set<&str> = Set::of(gone);
    let mut gone = gone.iter();
    match (gone.next(), gone.next()) {
        (Some(only), None) => Some((*only).to_owned()),
        _ => None,
    }
}

/// Whether a word names a file or an address: numbers and names stand in many lines that are about something else.
fn is_place(word: &str) -> bool {
    let ends = |(name, end): (&str, &str)| {
        name.contains(unicode::is_word) && end.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    word.contains('/') || word.rsplit_once('.').is_some_and(ends)
}

/// The lines of the memories that tell a value as one of now, without the statements that the plan changes.
fn lines_with<'a>(
    value: &str,
    world: &World<'a>,
    touched: &Set<(MemoryPath, u64)>,
) -> Vec<(&'a MemoryPath, u64)> {
    let has = |line: &str| {
        let mut places = places(line, value);
        places.any(|at| path_before(line, &at).is_empty() && text::holds_now(line, &at))
    };
    let mut found = Vec::new();
    for (path, memory) in world.memories {
        let lines = (1..).zip(memory.text.lines()).filter(|(_, line)| has(line));
        let lines = lines.map(|(at, _)| (path, at));
        found.extend(lines.filter(|(path, at)| !touched.contains(&((*path).clone(), *at))));
    }
    found
}
