//! A memory that people kept, line by line as it grew: every line is shown when it first appears,
//! deletions are not; the dream must find out which lines the newer ones replace.
//!
//! A folder whose name ends in `-history`, with `versions.jsonl` (`file`, `time`, `text`; oldest
//! first) and `edits.jsonl` (`file`, `old`, `new`: a line and the one that took its place).

use std::collections::{BTreeMap, BTreeSet};

use dreaming::Time;

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::Figure;
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "history", about: "a memory that people kept, line by line as it grew", run };

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    for folder in data.folders("-history")? {
        let Some(versions) = data.lines(&format!("{folder}/versions.jsonl"))? else { continue };
        let edits = data.lines(&format!("{folder}/edits.jsonl"))?.unwrap_or_default();
        let field = |row: &serde_json::Value, name: &str| {
            row[name].as_str().unwrap_or_default().trim().to_owned()
        };
        // Each file has its own history; the lines of all are counted together.
        let mut last: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut shown: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut dreamer = Dreamer::new("2000-01-01T00:00:00Z")?;
        for version in &versions {
            let file = field(version, "file");
            let now = instant(&field(version, "time"));
            let lines: Vec<String> =
                version["text"].as_str().unwrap_or_default().lines().map(plain).collect();
            let known = shown.entry(file.clone()).or_default();
            let mut text = dreamer.store.text(&path(&file)).unwrap_or_default().to_owned();
            for line in lines.iter().filter(|line| !line.is_empty()) {
                if !known.contains(line) {
                    known.push(line.clone());
                    text.push_str(&format!("- {line}\n"));
                }
            }
            last.insert(file.clone(), lines.into_iter().collect());
            dreamer.store.write(&path(&file), &text, now);
            dreamer.now = now.unwrap_or(dreamer.now).max(dreamer.now);
            dreamer.settle()?;
        }
        let left: BTreeSet<String> = dreamer
            .store
            .memories
            .iter()
            .flat_map(|memory| memory.text.lines())
            .map(plain)
            .collect();
        let is_current = |line: &String| last.values().any(|lines| lines.contains(line));
        let superseded: BTreeSet<String> = edits
            .iter()
            .map(|edit| plain(edit["old"].as_str().unwrap_or_default()))
            .filter(|line| !line.is_empty() && !is_current(line))
            .collect();
        let current: BTreeSet<&String> =
            shown.values().flatten().filter(|line| is_current(line)).collect();
        let retired = superseded.iter().filter(|line| !left.contains(*line)).count();
        let lost = current.iter().filter(|line| !left.contains(**line)).count();
        measured.row(
            format!("{folder}: superseded lines retired"),
            Some(Figure::share(0, superseded.len())),
            Some(Figure::share(0, superseded.len())),
            Figure::share(retired, superseded.len()),
            None,
        );
        measured.row(
            format!("{folder}: current lines lost"),
            Some(Figure::share(0, current.len())),
            Some(Figure::share(0, current.len())),
            Figure::share(lost, current.len()),
            None,
        );
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("folder whose name ends in -history"));
    }
    measured.note("lines that differ in a value are not decided by their subject yet");
    measured.note("target of deciding: retired ≥ .90, lost ≤ .03");
    Ok(measured)
}

/// A line as one statement: without list marks and white space around it.
fn plain(line: &str) -> String {
    let line = line.trim();
    line.trim_start_matches(['-', '*', '#']).trim().to_owned()
}

/// Times of version control carry an offset.
fn instant(text: &str) -> Option<Time> {
    Time::parse(text)
}

fn path(file: &str) -> String {
    format!("{}.md", file.trim_end_matches(".md").replace('/', "-"))
}
