//! Looks at the memories themselves: skipped files, dates, the index, secrets.

use std::collections::BTreeMap;

use dreaming_wasmtime::{self as engine, Contents, Job, Need, Request};

use super::Finding;
use crate::commands::left_out;
use crate::component;
use crate::dates;
use crate::document::{self, Plan};
use crate::error::{Error, Result};
use crate::folder::{self, Folder, Skipped};
use crate::output::{next, text};
use crate::snapshot;
use crate::state::State;

/// Lines of an index that Claude Code loads at the start of a session; it does not see the rest.
/// Source: <https://code.claude.com/docs/en/memory>.
const INDEX_LINES: usize = 200;
/// As [`INDEX_LINES`], in bytes: 25 KB, whichever comes first.
const INDEX_BYTES: usize = 25_000;

/// Files that are no memories.
pub fn skipped(contents: &folder::Contents, findings: &mut Vec<Finding>) {
    const NAME: &str = "files left alone";
    let items: Vec<String> = contents
        .skipped
        .iter()
        .map(|Skipped { path, reason }| format!("{path}: {reason}"))
        .collect();
    findings.push(match items.len() as u64 {
        0 => Finding::ok(NAME, "none"),
        n => {
            let todo = "no dream reads or writes them; change them if it should";
            Finding::warn(NAME, text::count(n, "file"), todo).items(items)
        }
    });
}

/// Where the dates of the memories come from.
pub fn dates(folder: &Folder, contents: &folder::Contents, findings: &mut Vec<Finding>) {
    const NAME: &str = "dates of memories";
    let dates = dates::of(folder.root(), contents.memories.iter());
    let (all, committed) = (contents.memories.len(), dates.committed.len());
    let todo = "a clone, a copy and `touch` make files new: what a person said before waits with both dates";
    findings.push(match dates.trouble {
        _ if !dates.is_in_repository => {
            Finding::ok(NAME, format!("those of the files: no git repository holds the folder ({all})"))
        }
        Some(why) => Finding::warn(NAME, format!("git tells {committed} of {all}: {why}"), todo),
        None => {
            let found = format!("{committed} of {all} those of commits, the others those of files");
            match dates.is_cut {
                true => Finding::warn(
                    NAME,
                    format!("{found}; the clone is shallow, so what is older has the date of its first commit"),
                    "`git fetch --unshallow` there brings the others",
                ),
                false => Finding::ok(NAME, found),
            }
        }
    });
}

/// The size of the index, and whether there is one where an agent needs it.
pub fn index(folder: &Folder, contents: &folder::Contents, findings: &mut Vec<Finding>) {
    const NAME: &str = "index";
    let index = contents.memories.iter().find(|memory| memory.path == "MEMORY.md");
    findings.push(match index {
        None if left_out::is_of_claude(folder.root()) && !contents.memories.is_empty() => {
            let files = text::count(contents.memories.len() as u64, "file");
            Finding::warn(
                NAME,
                format!("no MEMORY.md, so Claude Code loads none of {files} here"),
                "a dream proposes its lines (`dreaming run`, then `dreaming review`), or write it: a line for each file",
            )
        }
        None => Finding::ok(NAME, "no MEMORY.md"),
        Some(index) => {
            let (lines, bytes) = (index.text.lines().count(), index.text.len());
            let size = format!("MEMORY.md has {lines} lines, {bytes} bytes");
            if lines > INDEX_LINES || bytes > INDEX_BYTES {
                let todo = format!(
                    "only the first {INDEX_LINES} lines or {INDEX_BYTES} bytes are loaded: move \
                     details into files of their own"
                );
                Finding::warn(NAME, size, todo)
            } else {
                Finding::ok(NAME, size)
            }
        }
    });
}

/// Looks whether agents load the memories that dreams wrote; adds a finding only if they do not.
pub fn loaded(state: &State, folder: &Folder, findings: &mut Vec<Finding>) {
    const NAME: &str = "what agents load";
    // Files that cannot be read have their finding already.
    let Ok((contents, _)) = snapshot::now(state, folder) else { return };
    let Ok(Some((entrance, left))) = left_out::left_out(&contents, folder.root()) else { return };
    let paths = left.iter().map(String::as_str).collect();
    let todo = left_out::said(entrance, folder.root(), &paths);
    let files = text::count(left.len() as u64, "file");
    let found = format!("{files} that dreams wrote to, which nothing names");
    findings.push(Finding::warn(NAME, found, todo).items(left.into_iter().collect()));
}

/// Finds statements that hold a secret, by file. It dreams over the memories without ledger and
/// sessions, so that earlier decisions hide none.
pub fn secrets(job: &mut Job, contents: &folder::Contents, findings: &mut Vec<Finding>) {
    const NAME: &str = "secrets";
    findings.push(match with_secrets(job, contents) {
        Ok(found) if found.is_empty() => Finding::ok(NAME, "none found in memories"),
        Ok(found) => {
            let count = found.values().sum();
            let items = found.iter().map(|(path, count)| format!("{path}: {count}")).collect();
            let what = format!("{} with what looks like a secret", text::count(count, "statement"));
            let run = next::run();
            let todo =
                format!("{run} proposes to cut them out; replace the secrets where they are used");
            Finding::warn(NAME, what, todo).items(items)
        }
        Err(error) => Finding::fail(NAME, error.to_string(), "a dream over these memories fails"),
    });
}

fn with_secrets(job: &mut Job, contents: &folder::Contents) -> Result<BTreeMap<String, u64>> {
    let memory = |file: &folder::FileMemory| engine::Memory {
        path: file.path.clone(),
        text: file.text.clone(),
        observed_at: None,
    };
    let memories = contents.memories.iter().map(memory).collect();
    let request = Request {
        policy: Vec::new(),
        instructions: String::new(),
        now: 0,
        sessions: Vec::new(),
        similarities: Vec::new(),
    };
    let store = Contents { memories, ..Contents::default() };
    let store = job.snapshot(&store).map_err(component::refused)?;
    let dream = job.start(&request, &store).map_err(component::refused)?;
    let Need::Done(outcome) = job.poll(&dream).map_err(component::refused)? else {
        return Err(Error::Engine("a dream without sessions asks for something".into()));
    };
    let plan: Plan = document::parse(&outcome.plan, "plan")?;
    let mut found = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| change.cause == "secret") {
        *found.entry(change.path.clone()).or_default() += 1;
    }
    Ok(found)
}
