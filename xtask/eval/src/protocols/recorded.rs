//! What the engine makes of proposals of a real model, recorded once over sessions of several
//! projects.
//!
//! `recorded/answers.jsonl`: `project`, `session`, `proposals` with `kind`, `text`, `evidence`
//! (`event`, `to` of a range, `quote`). A stand-in for the model gives a proposal in the first call
//! whose prompt has all of its quotes, with the numbers of the events there. *Kept*: no stage
//! turned it down. Every loss is counted by its reason; so is a proposal whose quotes no prompt has
//! together, unless the session does not have them at all. `--cases` lists each loss. Quotes may
//! differ from the session in white space.
//!
//! Answers to later prompts are in `recorded.jsonl` of this crate, see [`recording`].
//!
//! `said/messages.jsonl` (`id`, `session`, `time`, `text`) and `said/labels.jsonl` (`id`,
//! `session`, `label`: wish, fact or correction, `quote`, `memory`): what readers marked in
//! messages of people. The marks become proposals of such a model over sessions of these messages
//! alone.

mod measure;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::policy::SettingValue as Setting;
use dreaming::propose::{Answer, ModelCall};
use dreaming_testing::Transcript;
use serde_json::{Value, json};

use self::measure::{Arm, NOW, Recorded, Tally};

pub use self::measure::{events, numbered};
use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::recording;
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "recorded",
    about: "proposals that a real model made over real sessions",
    run,
};

/// Statements that other models wrote, by file and field.
const WRITTEN: [(&str, &str); 4] = [
    ("learnings/learnings.jsonl", "text"),
    ("reflexion/alfworld_base.jsonl", "memory"),
    ("reflexion/alfworld_reflexion.jsonl", "memory"),
    ("reflexion/programming.jsonl", "reflections"),
];

/// Demanded: the least share of proposals that stay, of those whose quotes are in the session.
const KEPT: f64 = 0.92;

/// As [`KEPT`], for marked statements.
const SAID: f64 = 0.80;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut tally = Tally::of(data);
    answers(data, &mut tally)?;
    ours(data, &mut tally)?;
    said(data, &mut tally)?;
    unquoted(data, &mut tally.measured)?;
    if tally.measured.rows.is_empty() {
        return Ok(Measured::absent("recorded/answers.jsonl and no said/labels.jsonl"));
    }
    tally.finish()
}

/// Plays the recorded answers over their sessions.
fn answers(data: &Data, tally: &mut Tally) -> anyhow::Result<()> {
    let Some(rows) = data.lines("recorded/answers.jsonl")? else { return Ok(()) };
    let sessions = |project: &str, ids: &BTreeMap<String, Vec<Value>>| {
        project_sessions(data, project, ids.keys())
    };
    let arm = Arm { what: "kept, of what was proposed", least: Some(KEPT), whole: true };
    tally.arm(arm, &by_session(rows), sessions)
}

/// Plays our recorded answers to later prompts, as far as the data has their sessions. The demand
/// holds for the last prompts of the file only, which are the present ones.
fn ours(data: &Data, tally: &mut Tally) -> anyhow::Result<()> {
    let rows = recording::rows()?;
    let prompts = |row: &Value| row["prompts"].as_str().unwrap_or_default().to_owned();
    let present = rows.last().map(prompts);
    for rows in rows.chunk_by(|a, b| prompts(a) == prompts(b)) {
        let mut recorded = by_session(rows.to_vec());
        recorded.retain(|project, _| project_folder(data, project).is_some());
        let mut sessions = BTreeMap::new();
        for (project, ids) in &mut recorded {
            let found = project_sessions(data, project, ids.keys())?;
            ids.retain(|id, _| found.contains_key(id));
            sessions.insert(project.clone(), found);
        }
        recorded.retain(|_, ids| !ids.is_empty());
        let Some(prompts) = rows.first().map(prompts).filter(|_| !recorded.is_empty()) else {
            continue;
        };
        let least = (Some(&prompts) == present.as_ref()).then_some(KEPT);
        let arm = Arm { what: &format!("{prompts}, kept"), least, whole: true };
        tally.arm(arm, &recorded, |project, _| {
            Ok(sessions.get(project).cloned().unwrap_or_default())
        })?;
    }
    Ok(())
}

/// Rows with `project`, `session` and `proposals`, by project and session.
fn by_session(rows: Vec<Value>) -> Recorded {
    let mut recorded = Recorded::new();
    for row in rows {
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let proposals = row["proposals"].as_array().cloned().unwrap_or_default();
        let project = recorded.entry(field("project")).or_default();
        project.entry(field("session")).or_default().extend(proposals);
    }
    recorded
}

/// Plays marked statements over the messages that they are in.
fn said(data: &Data, tally: &mut Tally) -> anyhow::Result<()> {
    let Some(labels) = data.lines("said/labels.jsonl")? else { return Ok(()) };
    let messages = data.lines("said/messages.jsonl")?.unwrap_or_default();
    let mut recorded = Recorded::new();
    for row in labels {
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let kind = if field("label") == "wish" { "preference" } else { "fact" };
        let evidence = json!([{"event": 0, "quote": field("quote")}]);
        let proposal = json!({"kind": kind, "text": field("memory"), "evidence": evidence});
        let project = recorded.entry(field("project")).or_default();
        project.entry(field("session")).or_default().push(proposal);
    }
    let sessions = |_: &str, ids: &BTreeMap<String, Vec<Value>>| {
        let mut sessions = Sessions::new();
        for id in ids.keys() {
            let of_session = messages.iter().filter(|row| row["session"].as_str() == Some(id));
            let mut transcript = Transcript::new(id, "2026-01-01T00:00:00Z");
            for text in of_session.filter_map(|row| row["text"].as_str()) {
                transcript.user(text);
            }
            sessions.insert(id.clone(), vec![("main".into(), transcript.bytes())]);
        }
        Ok(sessions)
    };
    let what = "kept, of what readers marked in messages";
    tally.arm(Arm { what, least: Some(SAID), whole: false }, &recorded, sessions)
}

/// Proposes texts that other models wrote, without a quote and with a quote that the session does
/// not have. None of them may stay.
fn unquoted(data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    let mut texts = BTreeSet::new();
    for (file, field) in WRITTEN {
        for row in data.lines(file)?.unwrap_or_default() {
            let said = &row[field];
            let all = said.as_array().map_or(std::slice::from_ref(said), Vec::as_slice);
            texts.extend(all.iter().filter_map(Value::as_str).map(str::to_owned));
        }
    }
    if texts.is_empty() {
        return Ok(());
    }
    let mut proposals = Vec::new();
    for text in &texts {
        let made_up = text.chars().take(40).collect::<String>();
        for evidence in [json!([]), json!([{"event": 1, "quote": made_up}])] {
            proposals.push(json!({"kind": "fact", "text": text, "evidence": evidence}));
        }
    }
    let mut transcript = Transcript::new("s1", "2026-01-01T00:00:00Z");
    transcript.user("Please have a look at the shop.");
    let sessions = Sessions::from([("s1".into(), vec![("main".into(), transcript.bytes())])]);
    let (mut turned_down, mut other) = (0, 0);
    for some in proposals.chunks(1_000) {
        let answer = json!({ "proposals": some }).to_string();
        let mut dreamer = Dreamer::new(NOW)?;
        dreamer.policy.set("propose.max-calls", Setting::Integer(1))?;
        dreamer.policy.set("propose.max-proposals", Setting::Integer(1_000))?;
        dreamer.model = Rc::new(move |_: &ModelCall| Answer::Text { text: answer.clone() });
        let dreamt = dreamer.dream(&sessions, |_| {})?;
        other += usize::try_from(dreamt.report.proposals)?;
        turned_down += some.len() - usize::try_from(dreamt.report.proposals)?;
        let unexpected = dreamt.plan.rejected.iter().filter(|r| r.reason != "quote-not-found");
        other += unexpected.count();
    }
    let what = "texts of other models without a quote: turned down as that";
    let share = Figure::share(turned_down - other.min(turned_down), proposals.len());
    measured.row(what, None, None, share, Some(Demand::AtLeast(1.0)));
    Ok(())
}

/// The sessions of a project for which proposals were recorded.
fn project_sessions<'a>(
    data: &Data,
    project: &str,
    ids: impl Iterator<Item = &'a String>,
) -> anyhow::Result<Sessions> {
    let folder = project_folder(data, project);
    let folder = folder.with_context(|| format!("the data has no sessions of {project}"))?;
    let wanted: BTreeSet<&String> = ids.collect();
    let mut sessions = data.sessions(&folder)?;
    // The name of a file may have a date before the id.
    sessions = sessions
        .into_iter()
        .filter_map(|(name, parts)| {
            let id = wanted.iter().find(|id| name.ends_with(id.as_str()))?;
            Some(((*id).clone(), parts))
        })
        .collect();
    Ok(sessions)
}

/// The folder of a project, if the data has it.
fn project_folder(data: &Data, project: &str) -> Option<String> {
    let folders = [format!("projects/{project}"), project.to_owned()];
    folders.into_iter().find(|folder| data.path(folder).is_some())
}
