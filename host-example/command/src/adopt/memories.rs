//! Entries to memories: lists by type, under their sources.

use dreaming_wasmtime::{Memory, Timestamp};

use super::{Adoption, Entry, MAX_NAME};
use crate::folder::MAX_MEMORY_BYTES;

/// The folder of the memories.
pub const FOLDER: &str = "imported";

/// The type of entries that name none.
pub const NO_TYPE: &str = "notes";

/// Writes entries into memories, by type, source, time and text. Their path is still the name of their type. The
/// order of the entries makes no difference.
pub fn write(entries: Vec<Entry>, adoption: &mut Adoption) {
    let mut all: Vec<_> = entries.into_iter().map(|entry| (slug(&entry.path), entry)).collect();
    let order = |e: &Entry| (e.source.clone(), e.time, e.text.clone(), e.id.clone());
    all.sort_by(|(a, first), (b, second)| a.cmp(b).then_with(|| order(first).cmp(&order(second))));
    for entries in all.chunk_by(|(a, _), (b, _)| a == b) {
        let Some((slug, name)) = entries.iter().map(|(slug, e)| (slug, &*e.path)).min() else {
            continue;
        };
        let mut file = File::new(slug, name, 1);
        for (_, entry) in entries {
            let length = file.text.len() + entry.text.len() + 2 * MAX_NAME;
            if length as u64 > MAX_MEMORY_BYTES {
                let next = File::new(slug, name, file.number + 1);
                adoption.memories.push(std::mem::replace(&mut file, next).end());
            }
            adoption.entries.push(file.add(entry.clone()));
        }
        adoption.memories.push(file.end());
    }
}

/// A memory that is being written.
struct File {
    path: String,
    text: String,
    number: u64,
    heading: Option<String>,
    /// The oldest time so far; `None` once an entry had none.
    oldest: Option<Timestamp>,
    is_empty: bool,
}

impl File {
    fn new(slug: &str, name: &str, number: u64) -> Self {
        let path = match number {
            1 => format!("{FOLDER}/{slug}.md"),
            _ => format!("{FOLDER}/{slug}-{number}.md"),
        };
        let text = format!("# {}\n", capital(name));
        Self { path, text, number, heading: None, oldest: None, is_empty: true }
    }

    /// Adds an entry; returns it with its path.
    fn add(&mut self, entry: Entry) -> Entry {
        let source = entry.source.as_deref();
        let heading = source.map_or("Source unknown".into(), |source| format!("From {source}"));
        if self.heading.as_ref() != Some(&heading) {
            self.text += &format!("\n## {heading}\n\n");
            self.heading = Some(heading);
        }
        self.text += &format!("- {}\n", entry.text);
        self.oldest = if self.is_empty {
            entry.time
        } else {
            self.oldest.zip(entry.time).map(|(a, b)| a.min(b))
        };
        self.is_empty = false;
        Entry { path: self.path.clone(), ..entry }
    }

    fn end(self) -> Memory {
        Memory { path: self.path, text: self.text, observed_at: self.oldest }
    }
}

/// A name as part of a path: letters and digits in lower case, all else as hyphens.
fn slug(name: &str) -> String {
    let lower =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    let slug: String = lower.collect();
    let words: Vec<_> = slug.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { NO_TYPE.into() } else { words.join("-") }
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
