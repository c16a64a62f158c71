//! Finds the entry that a person means.

use std::collections::BTreeMap;
use std::path::{MAIN_SEPARATOR, Path};

use dreaming_wasmtime::{Contents, Job};

use crate::commands::entries;
use crate::component;
use crate::document::{self, Entry};
use crate::error::{Error, Result};
use crate::output::text;

/// Entries that an error names. Chosen by us: they fit a terminal.
const NAMED: usize = 8;

/// Characters of an entry that an error shows. Chosen by us: half a line tells entries apart.
const NAMED_CHARS: usize = 50;

/// An entry with its place.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its record in the ledger.
    pub entry: Entry,
    /// The line on which it starts; `None` when it is not in the folder.
    pub line: Option<u64>,
}

impl Found {
    /// `path:line`, for people.
    pub fn place(&self) -> String {
        let path = text::one_line(&self.entry.path);
        self.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}"))
    }

    fn covers(&self, path: &str, line: u64) -> bool {
        let lines = self.entry.text.lines().count().max(1) as u64;
        self.entry.path == path
            && self.line.is_some_and(|first| (first..first + lines).contains(&line))
    }
}

/// All entries: those of the folder as it is, and the retired ones.
///
/// # Errors
/// [`Error::Engine`], [`Error::Damaged`].
pub fn all(job: &mut Job, contents: &Contents) -> Result<Vec<Found>> {
    let store = job.snapshot(contents).map_err(component::refused)?;
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("entry/")) {
        let entry: Entry = document::parse(&row.value, "entry record")?;
        found.insert(entry.id.clone(), Found { entry, line: None });
    }
    entries::each(job, &store, |_, page| {
        for here in page {
            let entry: Entry = document::parse(&here.ledger, "entry record")?;
            found.insert(here.id, Found { entry, line: Some(here.line) });
        }
        Ok(())
    })?;
    Ok(found.into_values().collect())
}

/// Turns a place that is relative to the current folder into one relative to the memory folder
/// `root`: beside `notes`, `notes/team.md:9` means `team.md:9`. `None` when `name` is a place of a
/// memory already, or names no file in `root`.
pub fn place(root: &Path, contents: &Contents, name: &str) -> Option<String> {
    let (path, line) = name.rsplit_once(':')?;
    let is_known = contents.memories.iter().any(|memory| memory.path == path);
    let file = Path::new(path).canonicalize().ok().filter(|_| !is_known)?;
    let below = file.strip_prefix(root).ok()?.to_str()?;
    Some(format!("{}:{}", below.replace(MAIN_SEPARATOR, "/"), line.parse::<u64>().ok()?))
}

/// Why there is no entry at the place that `name` means; `None` when it is no place or has one.
pub fn no_entry(all: &[Found], contents: &Contents, name: &str) -> Option<String> {
    let memory = |path: &str| contents.memories.iter().find(|memory| memory.path == path);
    if memory(name).is_some() {
        return Some("it is a memory with any number of entries: name one of its lines".into());
    }
    let (path, line) = name.rsplit_once(':')?;
    let (memory, line) = (memory(path)?, line.parse::<u64>().ok()?);
    if all.iter().any(|found| found.covers(path, line)) {
        return None;
    }
    let count = memory.text.lines().count() as u64;
    Some(if line == 0 || line > count {
        format!("the memory has {}", text::count(count, "line"))
    } else if line <= front_matter(&memory.text) {
        "the line is front matter, which tools keep about the memory; no dream touches it".into()
    } else {
        "the line is no statement: headings, blank lines, tables and code stay as they are".into()
    })
}

/// How many lines of front matter a memory begins with: from `---` or `+++` to the line that closes
/// it.
fn front_matter(memory: &str) -> u64 {
    let mut lines = memory.trim_start_matches('\u{feff}').lines().map(str::trim_end).zip(1_u64..);
    let Some((fence @ ("---" | "+++"), _)) = lines.next() else { return 0 };
    let closes = |line: &str| line == fence || fence == "---" && line == "...";
    lines.find(|(line, _)| closes(line)).map_or(0, |(_, number)| number)
}

/// The entry that `name` means: by id, the beginning of an id, `path:line`, or a piece of its text.
/// Entries in the folder come before retired ones.
///
/// # Errors
/// [`Error::UnknownEntry`], [`Error::SeveralEntries`].
pub fn one<'a>(all: &'a [Found], name: &str) -> Result<&'a Found> {
    let place = name.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?)));
    let words = name.to_lowercase();
    let here = |found: &&&Found| found.line.is_some();
    let by_id: Vec<&Found> =
        all.iter().filter(|f| !name.is_empty() && f.entry.id.starts_with(name)).collect();
    let by_place: Vec<&Found> =
        all.iter().filter(|f| place.is_some_and(|(path, line)| f.covers(path, line))).collect();
    let by_words: Vec<&Found> = all
        .iter()
        .filter(|f| !words.is_empty() && f.entry.text.to_lowercase().contains(&words))
        .collect();
    let by_words_here: Vec<&Found> = by_words.iter().filter(here).copied().collect();
    for found in [by_id, by_place, by_words_here, by_words] {
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one),
            several => {
                let shown = several.iter().take(NAMED).map(|found| {
                    let words = text::one_line(&found.entry.text);
                    let words: String = words.chars().take(NAMED_CHARS).collect();
                    format!("{} ({}) `{words}`", found.entry.id, found.place())
                });
                let more = (several.len() > NAMED).then(|| "…".to_owned());
                let found = shown.chain(more).collect();
                return Err(Error::SeveralEntries { name: text::one_line(name), found });
            }
        }
    }
    Err(Error::UnknownEntry(name.into()))
}
