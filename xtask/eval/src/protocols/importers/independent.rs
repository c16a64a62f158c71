//! Compares the importers with a second reader on every real transcript, by source and name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dreaming_testing::census::Census;
use serde_json::Value;

use super::{
    claude_code, cline, codex, copilot, copilot_chat, droid, goose, kiro, openhands, pi, qwen, read,
};
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// Folders of real transcripts with the bytes that agents wrote.
const FOLDERS: &[&str] = &["copilot", "projects", "transcripts-exact"];

/// Golden cases of formats of which the data have no file. Their sessions have the form of files that
/// the programs themselves wrote.
const GOLDEN: &[&str] = &[
    "cline-sessions",
    "copilot-chat-sessions",
    "droid-sessions",
    "goose-sessions",
    "kiro-sessions",
    "openclaw-sessions",
    "openhands-sessions",
    "pi-sessions",
    "qwen-sessions",
];

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

/// The rows of a text: the elements of an array, a document, or the lines that are JSON.
fn rows(text: &str) -> Vec<Value> {
    match serde_json::from_str(text) {
        Ok(Value::Array(rows)) => rows,
        Ok(row) => vec![row],
        Err(_) => text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
    }
}

/// Adds a row for each source: files in which all counts are equal. Differences are listed.
pub fn compare(measured: &mut Measured, data: &Data) -> anyhow::Result<()> {
    let mut sources: BTreeMap<String, Source> = BTreeMap::new();
    let mut files = Vec::new();
    for folder in FOLDERS {
        let named = |path: PathBuf| Some((source(&path, folder)?, path));
        files.extend(data.files(folder)?.into_iter().filter_map(named));
    }
    for case in GOLDEN {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        let folder = golden.join(case).join("sessions");
        for item in std::fs::read_dir(&folder)? {
            let path = item?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((((*case).to_owned(), name), path));
        }
    }
    for ((source, name), path) in files {
        let bytes = read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        let rows = rows(&text);
        let got = Census::of(&bytes);
        let want = match got.format() {
            Some("claude-code") => Some(claude_code::count(&rows)),
            Some("cline") => cline::count(&rows),
            Some("codex") => codex::count(&rows),
            Some("copilot-chat") => copilot_chat::count(&rows),
            Some("copilot-cli") => copilot::count(&rows),
            Some("goose") => goose::count(&rows),
            Some("openhands") => openhands::count(&rows),
            Some("kiro-cli") => kiro::count(&rows),
            Some("qwen-code") => qwen::count(&rows),
            Some("factory-droid") => droid::count(&rows),
            Some("pi") => pi::count(&rows),
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
