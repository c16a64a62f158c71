//! Which lines of a real memory does a dream bring up to date, and how many of its changes are right?
//!
//! A case is a folder in `lines/` of this crate. `case.jsonl` names a memory before the sessions: a
//! file of the data and its `time`, or a version of a history of memories, a folder of the data, by
//! its `commit`; and the case whose sessions and answers about them are used (`past`). `distil-1.jsonl`
//! and so on have what a model wrote then, see [`played`](super::played). Lines and texts are named by
//! the beginnings of their digests: `outdated.jsonl` lists the lines that sessions show to be wrong, by
//! readers who saw the memory and half of the sessions each (`is_code`: in a block of code),
//! `verdicts.jsonl` what two blind judges `said` of what stands in the place of a line, by `text` or by
//! `arm`. A line is *mended* when both call that right.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;
use dreaming::Time;
use dreaming::plan::{Cause, Operation};
use serde::Deserialize;
use serde_json::Value;

use super::Protocol;
use super::played::{Case, Model, asks_about_all, name_of, ours, told};
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "lines",
    about: "which lines of a real memory a dream brings up to date, beside plain notes",
    run,
};

/// The time of the dreams: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// The arm to beat: a memory that a model brought up to date who read memory and sessions whole.
const PLAIN: &str = "plain";

/// Demanded of a dream: the greatest share of its changed lines that a judge calls wrong.
const WRONG: f64 = 0.03;

#[derive(Deserialize)]
struct Source {
    /// A file or, with `commit`, a folder with versions.
    memory: String,
    commit: Option<String>,
    time: Option<String>,
    past: String,
}

impl Source {
    /// Path, text and time of the memory before the sessions; `None` when the data does not have it.
    fn memory(&self, data: &Data) -> anyhow::Result<Option<[String; 3]>> {
        let Some(commit) = &self.commit else {
            let Some(path) = data.path(&self.memory) else { return Ok(None) };
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let time = self.time.clone().unwrap_or_default();
            return Ok(Some([file, fs::read_to_string(&path)?, time]));
        };
        let versions = data.lines(&format!("{}/versions.jsonl", self.memory))?.unwrap_or_default();
        let is_it = |row: &&Value| row["commit"].as_str().is_some_and(|c| c.starts_with(commit));
        Ok(versions.iter().find(is_it).map(|version| {
            ["file", "text", "time"].map(|field| version[field].as_str().unwrap_or_default().into())
        }))
    }
}

#[derive(Deserialize)]
struct Outdated {
    line: String,
    is_code: bool,
}

#[derive(Deserialize)]
struct Verdict {
    line: String,
    text: Option<String>,
    arm: Option<String>,
    said: [Said; 2],
}

/// What a judge says of the words in the place of a line.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Said {
    Right,
    Partly,
    Wrong,
    Needless,
    Left,
}

/// A line as it stands in its memory: one of code without the marks around it.
fn line_of(text: &str) -> &str {
    let code = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
    code.filter(|code| !code.contains('`')).unwrap_or(text)
}

/// What was said of each changed line; `None`: nobody judged the words.
type Changed = BTreeMap<String, Option<[Said; 2]>>;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let ours = ours()?;
    for folder in ours.folders_with("outdated.jsonl")? {
        measure(&folder, data, &ours, &mut measured)?;
    }
    match measured.rows.is_empty() {
        true => Ok(Measured::absent("claude-md-history/, forward/")),
        false => Ok(measured),
    }
}

fn rows<T: serde::de::DeserializeOwned>(data: &Data, file: &str) -> anyhow::Result<Vec<T>> {
    let rows = data.lines(file)?.unwrap_or_default().into_iter().map(serde_json::from_value);
    rows.collect::<Result<_, _>>().with_context(|| file.to_owned())
}

fn measure(folder: &str, data: &Data, ours: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    let source: Source = rows(ours, &format!("{folder}/case.jsonl"))?.remove(0);
    let Some([file, memory, time]) = source.memory(data)? else { return Ok(()) };
    let case = Case { folder: source.past, from: [data, ours], written: None, now: NOW };
    let sessions = case.sessions()?;
    if sessions.is_empty() {
        return Ok(());
    }
    let name = folder.rsplit('/').next().unwrap_or_default();
    let outdated: Vec<Outdated> = rows(ours, &format!("{folder}/outdated.jsonl"))?;
    let verdicts: Vec<Verdict> = rows(ours, &format!("{folder}/verdicts.jsonl"))?;
    let plain = verdicts.iter().filter(|verdict| verdict.arm.as_deref() == Some(PLAIN));
    let plain = plain.map(|verdict| (verdict.line.clone(), Some(verdict.said)));
    let mut arms: Vec<(String, Changed)> = vec![(PLAIN.into(), plain.collect())];
    for n in 1.. {
        let written: Vec<Value> = rows(ours, &format!("{folder}/distil-{n}.jsonl"))?;
        if written.is_empty() {
            break;
        }
        let mut dreamer = case.dreamer()?;
        dreamer.store.write(&file, &memory, Time::parse(&time));
        asks_about_all(&mut dreamer)?;
        let model = Model::of(&case)?;
        dreamer.model = model.writing(written);
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        measured.notes.extend(model.leave(name)?);
        let changes = dreamt.plan.open_changes().filter(|change| {
            change.operation == Operation::Supersede && change.cause != Cause::Index
        });
        for rejected in &dreamt.plan.rejected {
            data.case(|| format!("{name}\tdream {n}\tturned down\t{}", told(rejected)));
        }
        let mut changed = Changed::new();
        for (change, line) in
            changes.flat_map(|change| change.targets.iter().map(move |line| (change, line)))
        {
            let said = change.text.as_deref().unwrap_or_default();
            data.case(|| format!("{name}\tdream {n}\t{}\t{said}", line.text));
            let (line, text) = (name_of(line_of(&line.text)), name_of(said));
            let judged = verdicts
                .iter()
                .find(|verdict| verdict.line == line && verdict.text.as_ref() == Some(&text));
            changed.insert(line, judged.map(|verdict| verdict.said));
        }
        dreamer.accept(&dreamt)?;
        for file in dreamer.store.memories.iter() {
            data.case(|| format!("{name}\tdream {n}\t{}\n{}", file.path, file.text));
        }
        arms.push((format!("dream {n}"), changed));
    }
    let mut row = |measure: String, figure, demand| {
        measured.row(format!("{name}{measure}"), None, None, figure, demand);
    };
    let code = outdated.iter().filter(|line| line.is_code).count();
    row(": lines out of date".into(), Figure::count(outdated.len()), None);
    row(": of them in blocks of code".into(), Figure::count(code), None);
    let mended = |changed: &Changed| {
        let is_mended = |line: &&Outdated| changed.get(&line.line) == Some(&Some([Said::Right; 2]));
        outdated.iter().filter(is_mended).count()
    };
    let to_beat = arms.first().map(|(_, changed)| Figure::share(mended(changed), outdated.len()));
    let to_beat = to_beat.and_then(|figure| figure.number());
    for (arm, changed) in &arms {
        let is_ours = arm != PLAIN;
        let count =
            |is: fn(&Option<[Said; 2]>) -> bool| changed.values().filter(|said| is(said)).count();
        let figure = Figure::share(mended(changed), outdated.len());
        row(format!(", {arm}: mended"), figure, to_beat.map(Demand::AtLeast).filter(|_| is_ours));
        let right = count(|said| *said == Some([Said::Right; 2]));
        row(
            format!(", {arm}: right, of the changed lines"),
            Figure::share(right, changed.len()),
            None,
        );
        let wrong = count(|said| said.is_some_and(|said| said.contains(&Said::Wrong)));
        let figure = Figure::share(wrong, changed.len());
        row(
            format!(", {arm}: wrong, of the changed lines"),
            figure,
            Some(Demand::AtMost(WRONG)).filter(|_| is_ours),
        );
        row(
            format!(", {arm}: changed as nobody judged"),
            Figure::count(count(|said| said.is_none())),
            None,
        );
    }
    Ok(())
}
