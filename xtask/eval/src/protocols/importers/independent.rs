//! Compares the importers with a second reader on every real transcript, by source and name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dreaming_testing::census::Census;
use serde_json::Value;

use super::{claude_code, codex, copilot, goose, openhands, read};
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// Folders of real transcripts with the bytes that agents wrote.
const FOLDERS: &[&str] = &["copilot", "goose", "openhands", "projects", "transcripts-exact"];

/// The counts of a file, by the names of events in a census; tokens and records are counted too.
#[derive(Default)]
pub struct Counts(BTreeMap<String, u64>);

impl Counts {
    /// Adds to a count. A missing count and 0 are equal.
    pub fn add(&mut self, name: &str, count: u64) {
        if count > 0 {
            *self.0.entry(name.into()).or_default() += count;
        }
    }

    fn of(census: &Census) -> Self {
        let mut counts = Self::default();
        census.events.iter().for_each(|(name, count)| counts.add(name, *count));
        let notes = &census.notes;
        counts.add("tokens read", notes.tokens.input);
        counts.add("tokens written", notes.tokens.output);
        counts.add("repeated records", notes.account.repeated);
        counts
    }

    /// The names whose counts differ, each with both counts: first the expected one.
    fn differences(&self, got: &Self) -> Vec<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(got.0.keys()).collect();
        let at = |counts: &Self, name: &str| counts.0.get(name).copied().unwrap_or(0);
        let differs = names.into_iter().filter(|name| at(self, name) != at(got, name));
        differs.map(|name| format!("{name}: {} ≠ {}", at(self, name), at(got, name))).collect()
    }

    fn sum(&self, beginning: &str) -> u64 {
        self.0.iter().filter(|(name, _)| name.starts_with(beginning)).map(|(_, n)| n).sum()
    }
}

/// The counts over all files of one source.
#[derive(Default)]
struct Source {
    files: usize,
    equal: usize,
    whole: Counts,
}

/// Adds a row for each source: files in which all counts are equal. Differences are listed.
pub fn compare(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    for folder in FOLDERS {
        for path in data.files(folder)? {
            let Some((source, name)) = source(&path, folder) else { continue };
            let bytes = read(&path)?;
            let text = String::from_utf8_lossy(&bytes);
            let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let rows: Vec<Value> = rows.collect();
            let got = Census::of(&bytes);
            let want = match got.format() {
                Some("claude-code") => Some(claude_code::count(&rows)),
                Some("codex") => codex::count(&rows),
                Some("copilot-cli") => copilot::count(&rows),
                Some("goose") => goose::count(&rows),
                Some("openhands") => openhands::count(&rows),
                _ => None,
            };
            let Some(want) = want else {
                let format = got.format().unwrap_or("no format");
                measured.note(format!("not compared by event: {source}/{name} ({format})"));
                continue;
            };
            let differences = want.differences(&Counts::of(&got));
            let source = sources.entry(source).or_default();
            source.files += 1;
            source.equal += usize::from(differences.is_empty());
            want.0.iter().for_each(|(name, count)| source.whole.add(name, *count));
            for difference in differences {
                measured.note(format!("{name}: {difference}"));
            }
        }
    }
    for (name, Source { files, equal, whole }) in &sources {
        measured.row(
            format!("files with equal events, {name}"),
            None,
            None,
            Figure::share(*equal, *files),
            Some(Demand::AtLeast(1.0)),
        );
        measured.note(format!(
            "{name}: {} messages of people, {} of agents, {} calls, {} results ({} failed, {} \
             without a call)",
            whole.sum("message user"),
            whole.sum("message agent"),
            whole.sum("call "),
            whole.sum("result "),
            whole.sum("failed "),
            whole.sum("result ?"),
        ));
    }
    Ok(())
}

/// The source of a transcript (the folder below one of [`FOLDERS`], else that one), and the name of
/// its file.
fn source(path: &Path, folder: &str) -> Option<(String, String)> {
    let name = path.file_name()?.to_str()?;
    if !name.ends_with(".jsonl") && !name.ends_with(".jsonl.gz") {
        return None;
    }
    let mut parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.find(|part| part == folder)?;
    let below = parts.next().filter(|below| below != name);
    Some((below.map_or_else(|| folder.into(), Into::into), name.into()))
}
