//! Looks at the memories themselves: skipped files, dates, the index, secrets.

use dreaming_wasmtime::Job;

use super::Finding;
use crate::commands::left_out;
use crate::component;
use crate::dates;
use crate::error::Result;
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

/// Git has two versions of these and nobody merged them yet.
pub fn unmerged(contents: &folder::Contents, findings: &mut Vec<Finding>) {
    let unmerged = contents.skipped.iter().filter(|file| file.reason.starts_with(folder::UNMERGED));
    let items: Vec<String> = unmerged.map(|file| file.path.clone()).collect();
    findings.push(match items.len() as u64 {
        0 => Finding::ok("conflicts", "git has merged all"),
        n => {
            let found = format!("{} with marks of git around two versions", text::count(n, "file"));
            Finding::warn(
                "conflicts",
                found,
                "keep one version: until then no dream reads or writes them",
            )
            .items(items)
        }
    });
}

/// Finds lines that hold a secret, wherever they stand in a file: also in code, tables and front matter.
pub fn secrets(job: &mut Job, contents: &folder::Contents, findings: &mut Vec<Finding>) {
    const NAME: &str = "secrets";
    findings.push(match with_secrets(job, contents) {
        Ok(items) if items.is_empty() => Finding::ok(NAME, "none found in memories"),
        Ok(items) => {
            let lines = text::count(items.len() as u64, "line");
            let what = format!("{lines} with what looks like a secret");
            let todo = format!(
                "replace the secrets where they are used; {} proposes to cut them out of statements, elsewhere (code, tables, \
                 headings) it is yours, and {} then takes them out of what is recorded",
                next::run(),
                next::command("erase --words TEXT")
            );
            Finding::warn(NAME, what, todo).items(items)
        }
        Err(error) => Finding::fail(NAME, error.to_string(), "a dream over these memories fails"),
    });
}

/// The lines with secrets, each as its file and number.
fn with_secrets(job: &mut Job, contents: &folder::Contents) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for memory in &contents.memories {
        // A memory has at most a tenth of what may be asked at once.
        let covered =
            job.conceal(std::slice::from_ref(&memory.text)).map_err(component::refused)?;
        let covered = covered.first().map(String::as_bytes).unwrap_or_default();
        // A secret may go over several lines, whose ends are covered too; only bytes keep their places.
        let mut at = 0;
        for (number, line) in memory.text.split_inclusive('\n').enumerate() {
            let here = at..at + line.trim_end().len();
            at += line.len();
            if covered.get(here) != Some(line.trim_end().as_bytes()) {
                found.push(format!("{}:{}", memory.path, number + 1));
            }
        }
    }
    Ok(found)
}
