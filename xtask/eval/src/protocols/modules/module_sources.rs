//! What one source of the data shows: the records of its sessions, what is mined in them, what a plan changes, and which
//! findings a model that wrote statements cited.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::anyhow;
use dreaming::plan::{Cause, Change};
use dreaming::policy::Policy;
use dreaming::session_record::SessionRecord;
use dreaming_learn::mine;
use dreaming_records::candidate::Candidate;
use dreaming_testing::native::snapshot;
use serde_json::Value;

use super::module_table::{Module, Shows};
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::protocols::{forward, outcomes, preferences, wishes};

/// After all sessions.
const NOW: &str = "2030-01-01T00:00:00Z";

/// What dreams over one source came to.
#[derive(Default)]
pub struct Source {
    /// Its folder.
    pub name: String,
    /// Whether its sessions stand in another source too.
    pub is_part: bool,
    /// Whether the data has it.
    is_there: bool,
    records: Vec<SessionRecord>,
    mined: Vec<Candidate>,
    changes: Vec<Change>,
    /// The findings that a model was shown, as lines, with whether a statement of it rests on them.
    findings: Vec<(String, bool)>,
}

impl Source {
    /// How much of what a module finds there is.
    pub fn found(&self, module: &Module) -> usize {
        match module.shows {
            Shows::Mined(is_its) => self.mined.iter().filter(|found| is_its(found)).count(),
            Shows::Causes(causes) => self.by(causes).count(),
            Shows::Notes(count) => self.records.iter().map(|record| count(&record.notes)).sum(),
            Shows::Nothing => 0,
        }
    }

    /// The statements that a module found.
    pub fn texts(&self, module: &Module) -> Vec<&str> {
        match module.shows {
            Shows::Mined(is_its) => {
                self.mined.iter().filter(|found| is_its(found)).map(Candidate::words).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The findings of a module that a model cited, of those that it was shown.
    pub fn cited(&self, module: &Module) -> (usize, usize) {
        let lines: BTreeSet<String> = match module.shows {
            Shows::Mined(is_its) => {
                let its = self.mined.iter().filter(|found| is_its(found));
                its.map(|found| format!("{}: {}", found.kind.word(), found.words())).collect()
            }
            _ => BTreeSet::new(),
        };
        let is_its = |line: &str| match module.counted {
            true => line.starts_with("counted: "),
            false => lines.contains(line),
        };
        let its = || self.findings.iter().filter(|(line, _)| is_its(line));
        (its().filter(|(_, cited)| *cited).count(), its().count())
    }

    fn by(&self, causes: &'static [Cause]) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| causes.contains(&change.cause))
    }

    /// Dreams over sets of sessions, each with a store of its own.
    fn of_sessions(name: &str, sets: impl IntoIterator<Item = Sessions>) -> anyhow::Result<Self> {
        let mut source = Self { name: name.into(), ..Self::default() };
        for sessions in sets {
            source.is_there |= !sessions.is_empty();
            let mut dreamer = Dreamer::new(NOW)?;
            let dreamt = dreamer.dream(&sessions, |_| {})?;
            dreamer.accept(&dreamt)?;
            source.changes.extend(dreamt.plan.changes);
            let store = snapshot(&dreamer.store).map_err(|failure| anyhow!("{failure:?}"))?;
            let kept = &store.ledger.sessions;
            source.mined.extend(mine::mine(kept, &Policy::default()).candidates);
            source.records.extend(kept.values().cloned());
        }
        Ok(source)
    }

    /// Dreams over memories as their people left them, until nothing is proposed any more.
    fn of_memories(name: &str, versions: &[Value]) -> anyhow::Result<Self> {
        let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
        for version in versions {
            last.insert(version["file"].as_str().unwrap_or_default().trim(), version);
        }
        let mut dreamer = Dreamer::new(NOW)?;
        for (file, version) in last {
            let text = version["text"].as_str().unwrap_or_default();
            let fits = !text.is_empty() && text.len() <= dreaming::memory::MAX_MEMORY_BYTES;
            if version["deleted"] != true && fits {
                dreamer.store.write(file, text, None);
            }
        }
        let mut source =
            Self { name: name.into(), is_there: !versions.is_empty(), ..Self::default() };
        dreamer.settle_seeing(|plan| source.changes.extend(plan.changes.iter().cloned()))?;
        Ok(source)
    }
}

/// All sources of the data.
pub fn all(data: &Data) -> anyhow::Result<Vec<Source>> {
    let mut found = Vec::new();
    for folder in data.folders_with("sessions")? {
        found.push(Source::of_sessions(&folder, [data.sessions(&format!("{folder}/sessions"))?])?);
    }
    for (name, sessions, findings) in forward::shown(data)? {
        // These sessions are parts of `beam` and `tau-airline`, below.
        if name.starts_with("beam-") || name == "airline" {
            continue;
        }
        let is_part = data.path(&format!("forward/{name}/past")).is_none();
        let source = Source::of_sessions(&format!("forward/{name}"), [sessions])?;
        found.push(Source { findings, is_part, ..source });
    }
    for folder in ["copilot", "droid", "pi", "transcripts-exact"] {
        found.push(Source::of_sessions(folder, [data.sessions(folder)?])?);
    }
    found.push(Source::of_sessions("said", wishes::sessions(data)?)?);
    found.push(Source::of_sessions("beam", preferences::sessions(data)?)?);
    found.push(Source::of_sessions("tau-airline", [outcomes::sessions(data)?])?);
    for folder in data.folders_with("versions.jsonl")? {
        let versions = data.lines(&format!("{folder}/versions.jsonl"))?.unwrap_or_default();
        found.push(Source::of_memories(&folder, &versions)?);
    }
    found.retain(|source| source.is_there);
    Ok(found)
}
