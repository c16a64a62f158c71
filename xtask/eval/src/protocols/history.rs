//! Memories that people kept, version by version: which of their lines does a dream take out?
//!
//! The data is a folder with `versions.jsonl` (`file`, `time`, `text`, `deleted`; oldest first over
//! all files) and optionally `edits.jsonl` (`file`, `old`, `new`: a line and the line that replaced
//! it). The versions are shown to dreams in two ways:
//!
//! - *as edited*: as hosts should do. Each version, also a deletion, is written to the store whole,
//!   except lines that a dream took out and that nobody has written again since;
//! - *never deleted*: every line is added as an item when it first appears, and stays. Only here
//!   the dream has to find by itself what is outdated.
//!
//! After each version `observe` runs, then everything that the dream proposes is accepted.

use std::collections::{BTreeMap, BTreeSet};

use dreaming::Time;
use dreaming::memory::MAX_MEMORY_BYTES;
use dreaming::plan::Operation;
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "history", about: "memories that people kept, version by version", run };

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let mut all = Counts::default();
    let mut worst: Option<(f64, String, Figure)> = None;
    for folder in data.folders_with("versions.jsonl")? {
        let versions: Vec<Version> = data
            .lines(&format!("{folder}/versions.jsonl"))?
            .unwrap_or_default()
            .iter()
            .map(Version::of)
            .collect();
        let edits = data.lines(&format!("{folder}/edits.jsonl"))?.unwrap_or_default();
        for (way, played) in
            [("as edited", edited(&versions)?), ("never deleted", grown(&versions)?)]
        {
            let name = format!("{folder}, {way}");
            let counts =
                played.counts(&versions, &edits, |what| data.case(|| format!("{name}: {what}")));
            counts.rows(&name, way == "never deleted", &mut measured);
            all.add(&counts);
            let lost = Figure::share(counts.lost, counts.current);
            if let Some(share) = lost.number()
                && worst.as_ref().is_none_or(|(most, ..)| share > *most)
            {
                worst = Some((share, name, lost));
            }
        }
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("folder with versions.jsonl"));
    }
    let none = || Some(Figure::share(0, all.current));
    measured.row(
        "all sources: current lines lost",
        none(),
        None,
        Figure::share(all.lost, all.current),
        Some(Demand::AtMost(0.003)),
    );
    measured.row(
        "all sources: of these, one of several equal lines",
        none(),
        None,
        Figure::share(all.of_equal, all.current),
        None,
    );
    if let Some((_, name, lost)) = worst {
        measured.row(format!("worst: {name}: current lines lost"), None, None, lost, None);
    }
    measured.row(
        "all sources: wrong supersedes",
        None,
        None,
        Figure::count(all.wrong),
        Some(Demand::AtMost(0.0)),
    );
    Ok(measured)
}

/// One version of a file.
struct Version {
    file: String,
    time: Option<Time>,
    deleted: bool,
    text: String,
}

impl Version {
    fn of(row: &Value) -> Self {
        let field = |name: &str| row[name].as_str().unwrap_or_default();
        Self {
            file: field("file").trim().to_owned(),
            time: Time::parse(field("time").trim()),
            deleted: row["deleted"] == true,
            text: field("text").to_owned(),
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.text.lines().map(plain).filter(|line| !line.is_empty())
    }
}

/// How often each line occurs. Equal lines count each, because each says something in its place.
type Lines = BTreeMap<String, usize>;

fn counted(lines: impl IntoIterator<Item = String>) -> Lines {
    let mut counted = Lines::new();
    lines.into_iter().for_each(|line| *counted.entry(line).or_default() += 1);
    counted
}

/// How often one line occurs.
fn times(lines: &Lines, line: &str) -> usize {
    lines.get(line).copied().unwrap_or(0)
}

/// The result of dreams over all versions.
#[derive(Default)]
struct Played {
    /// The lines that the store would have without dreams.
    shown: Lines,
    /// The lines that the store has in the end.
    left: Lines,
    /// The lines that dreams took out, with the reason.
    taken: BTreeMap<String, String>,
    /// The lines that dreams superseded.
    superseded: BTreeSet<String>,
    /// Versions that were too large for a memory and were skipped.
    too_large: usize,
}

impl Played {
    /// Dreams at the time of a version and accepts everything.
    fn dream(&mut self, dreamer: &mut Dreamer, now: Option<Time>) -> anyhow::Result<()> {
        dreamer.now = now.unwrap_or(dreamer.now).max(dreamer.now);
        dreamer.observe()?;
        dreamer.settle_seeing(|plan| {
            for change in &plan.changes {
                let by = change.survivor.as_ref().map_or("", |target| &target.text);
                let why = format!("{:?} {:?}, for: {by}", change.operation, change.cause);
                for target in &change.targets {
                    self.taken.insert(plain(&target.text), why.clone());
                    if change.operation == Operation::Supersede {
                        self.superseded.insert(plain(&target.text));
                    }
                }
            }
        })
    }

    fn counts(&self, versions: &[Version], edits: &[Value], case: impl Fn(String)) -> Counts {
        let mut last: BTreeMap<&str, &Version> = BTreeMap::new();
        last.extend(versions.iter().map(|version| (version.file.as_str(), version)));
        let of_last = last.values().filter(|version| !version.deleted);
        let current = counted(of_last.flat_map(|version| version.lines()));
        let old = edits.iter().map(|edit| plain(edit["old"].as_str().unwrap_or_default()));
        let outdated: BTreeSet<String> =
            old.filter(|line| !line.is_empty() && !current.contains_key(line)).collect();
        let why = |line: &String| self.taken.get(line).map_or("", String::as_str);
        let gone = |line: &&String| !self.left.contains_key(*line);
        // A line that was not shown cannot be lost.
        let lost = |(line, there): (&String, &usize)| {
            there.min(&times(&self.shown, line)).saturating_sub(times(&self.left, line))
        };
        let lost: Vec<(&String, usize)> =
            current.iter().map(|row| (row.0, lost(row))).filter(|(_, lost)| *lost > 0).collect();
        for (line, times) in &lost {
            let left = self::times(&self.left, line);
            case(format!(
                "current line lost {times} times, left {left}: {line}\n    {}",
                why(line)
            ));
        }
        let wrong: Vec<&String> =
            self.superseded.iter().filter(|line| current.contains_key(*line)).collect();
        wrong
            .iter()
            .for_each(|line| case(format!("wrongly superseded: {line}\n    {}", why(line))));
        Counts {
            current: current.values().sum(),
            lost: lost.iter().map(|(_, times)| times).sum(),
            of_equal: lost.iter().filter(|(line, _)| !gone(line)).map(|(_, times)| times).sum(),
            wrong: wrong.len(),
            outdated: outdated.len(),
            retired: outdated.iter().filter(gone).count(),
            versions: versions.len(),
            too_large: self.too_large,
        }
    }
}

/// Plays the way *as edited*.
fn edited(versions: &[Version]) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut dreamer = Dreamer::new("2000-01-01T00:00:00Z")?;
    // For each file, the lines that a dream took out and that nobody has written again since.
    let mut out: BTreeMap<&str, Lines> = BTreeMap::new();
    let mut shown: BTreeMap<&str, Lines> = BTreeMap::new();
    for version in versions {
        let path = version.file.as_str();
        if version.text.len() > MAX_MEMORY_BYTES {
            played.too_large += 1;
            continue;
        }
        let out = out.entry(path).or_default();
        let written = counted(version.lines());
        out.retain(|line, _| written.contains_key(line));
        if version.deleted {
            dreamer.store.remove(path);
            shown.remove(path);
        } else {
            // Of equal lines the last ones are left out, because no text tells which of them the
            // dream took out.
            let mut room = written.clone();
            out.iter().for_each(|(line, gone)| {
                room.entry(line.clone()).and_modify(|room| *room = room.saturating_sub(*gone));
            });
            let stays = |line: &&str| match room.get_mut(&plain(line)) {
                Some(0) => false,
                Some(room) => {
                    *room -= 1;
                    true
                }
                None => true,
            };
            let text: String = version.text.split_inclusive('\n').filter(stays).collect();
            dreamer.store.write(path, &text, version.time);
            shown.insert(path, written.clone());
        }
        played.dream(&mut dreamer, version.time)?;
        let stored = counted(dreamer.store.text(path).unwrap_or_default().lines().map(plain));
        *out = written
            .into_iter()
            .filter_map(|(line, there)| {
                let gone = there.checked_sub(times(&stored, &line)).filter(|gone| *gone > 0)?;
                Some((line, gone))
            })
            .collect();
    }
    played.shown = together(shown.into_values());
    played.left = left(&dreamer);
    Ok(played)
}

/// Plays the way *never deleted*.
fn grown(versions: &[Version]) -> anyhow::Result<Played> {
    let mut played = Played::default();
    let mut shown: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut dreamer = Dreamer::new("2000-01-01T00:00:00Z")?;
    for version in versions {
        let known = shown.entry(&version.file).or_default();
        let mut text = dreamer.store.text(&version.file).unwrap_or_default().to_owned();
        let mut new = Vec::new();
        for line in version.lines().filter(|line| !known.contains(line)) {
            if !new.contains(&line) {
                text.push_str(&item(&line));
                new.push(line);
            }
        }
        if text.len() > MAX_MEMORY_BYTES {
            played.too_large += 1;
            continue;
        }
        known.extend(new);
        dreamer.store.write(&version.file, &text, version.time);
        played.dream(&mut dreamer, version.time)?;
    }
    played.shown = counted(shown.into_values().flatten());
    played.left = left(&dreamer);
    Ok(played)
}

fn together(all: impl Iterator<Item = Lines>) -> Lines {
    let mut together = Lines::new();
    for (line, times) in all.flatten() {
        *together.entry(line).or_default() += times;
    }
    together
}

fn left(dreamer: &Dreamer) -> Lines {
    counted(dreamer.store.memories.iter().flat_map(|memory| memory.text.lines()).map(plain))
}

#[derive(Default)]
struct Counts {
    current: usize,
    lost: usize,
    /// Lost lines of which an equal one is left.
    of_equal: usize,
    wrong: usize,
    outdated: usize,
    retired: usize,
    versions: usize,
    too_large: usize,
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.current += other.current;
        self.lost += other.lost;
        self.of_equal += other.of_equal;
        self.wrong += other.wrong;
    }

    fn rows(&self, name: &str, never_deleted: bool, measured: &mut Measured) {
        let Self { current, lost, outdated, retired, versions, too_large, .. } = *self;
        let none = |all| Some(Figure::share(0, all));
        measured.row(
            format!("{name}: current lines lost"),
            none(current),
            None,
            Figure::share(lost, current),
            None,
        );
        // Where people delete lines, outdated ones go without a dream.
        if never_deleted {
            let retired = Figure::share(retired, outdated);
            let what = format!("{name}: outdated lines retired");
            measured.row(what, none(outdated), None, retired, None);
        }
        if too_large > 0 {
            let what = format!("{name}: versions over {MAX_MEMORY_BYTES} bytes, not shown");
            measured.row(what, None, None, Figure::share(too_large, versions), None);
        }
    }
}

/// A line as one statement: without list or heading mark and outer white space. A mark that belongs
/// to a word (`**bold**`, `--flag`) stays.
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

/// A statement as a line of the memory: a list item, with its own number if it has one. A number
/// begins a list only after a blank line.
fn item(line: &str) -> String {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = number.len() < line.len() && number.starts_with(". ");
    if numbered { format!("\n{line}\n") } else { format!("- {line}\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_several_equal_lines_is_lost_when_it_goes() {
        let text = "# A\n- verdict: pass\n# B\n- verdict: pass\n- new\n";
        let version =
            Version { file: "a.md".into(), time: None, deleted: false, text: text.into() };
        let shown = counted(["A", "B", "verdict: pass", "verdict: pass"].map(String::from));
        let left = counted(["A", "B", "verdict: pass"].map(String::from));
        let played = Played { shown, left, ..Played::default() };
        let counts = played.counts(&[version], &[], |_| ());
        assert_eq!((counts.current, counts.lost, counts.of_equal), (5, 1, 1));
    }
}
