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
use crate::figure::{Demand, Figure};
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
        // What took the place of a line, one dream after the other.
        let mut replaced: BTreeMap<String, String> = BTreeMap::new();
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
                    text.push_str(&item(line));
                }
            }
            last.insert(file.clone(), lines.into_iter().collect());
            dreamer.store.write(&path(&file), &text, now);
            dreamer.now = now.unwrap_or(dreamer.now).max(dreamer.now);
            dreamer.settle_seeing(|plan| {
                for change in &plan.changes {
                    let by = change.survivor.as_ref().map_or("", |target| &target.text);
                    let why = format!("{:?}, for: {by}", change.cause);
                    replaced.extend(change.targets.iter().map(|t| (plain(&t.text), why.clone())));
                }
            })?;
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
        for line in current.iter().filter(|line| !left.contains(**line)) {
            let why = replaced.get(*line).map_or("", |why| why);
            data.case(|| format!("{folder}: current line lost: {line}\n    {why}"));
        }
        for line in superseded.iter().filter(|line| left.contains(*line)) {
            data.case(|| format!("{folder}: superseded line left: {line}"));
        }
        let retired = superseded.iter().filter(|line| !left.contains(*line)).count();
        let lost = current.iter().filter(|line| !left.contains(**line)).count();
        measured.row(
            format!("{folder}: superseded lines retired"),
            Some(Figure::share(0, superseded.len())),
            Some(Figure::share(0, superseded.len())),
            Figure::share(retired, superseded.len()),
            Some(Demand::AtLeast(0.75)),
        );
        measured.row(
            format!("{folder}: current lines lost"),
            Some(Figure::share(0, current.len())),
            Some(Figure::share(0, current.len())),
            Figure::share(lost, current.len()),
            Some(Demand::AtMost(0.03)),
        );
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("folder whose name ends in -history"));
    }
    Ok(measured)
}

/// A line as one statement: without the mark of a list or heading and white space around it. A mark
/// that belongs to a word (`**bold**`, `--flag`) stays.
fn plain(line: &str) -> String {
    let line = line.trim();
    let mark = line.split_whitespace().next().unwrap_or_default();
    let marks = matches!(mark, "-" | "*" | "+") || mark.trim_start_matches('#').is_empty();
    if marks {
        line.get(mark.len()..).unwrap_or_default().trim().to_owned()
    } else {
        line.to_owned()
    }
}

/// A line of the memory that shows a statement: an item, under its own number if it has one. A number
/// begins a list only after a blank line.
fn item(line: &str) -> String {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(". ");
    if numbered { format!("\n{line}\n") } else { format!("- {line}\n") }
}

/// Times of version control carry an offset.
fn instant(text: &str) -> Option<Time> {
    Time::parse(text)
}

fn path(file: &str) -> String {
    format!("{}.md", file.trim_end_matches(".md").replace('/', "-"))
}
