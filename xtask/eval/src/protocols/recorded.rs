//! What becomes of the proposals of a real model, recorded once over sessions of several projects.
//!
//! `recorded/answers.jsonl`: `project`, `session`, `proposals` with `kind`, `text`, `evidence` (`event`,
//! `quote`). A stand-in for the model gives a proposal in the first call whose prompt has all of its
//! quotes, with the numbers that the events have there. *Kept*: no stage turned it down. Every loss is
//! counted by its reason; `--cases` writes each down.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::policy::Value as Setting;
use dreaming::propose::{Answer, ModelCall};
use serde_json::{Value, json};

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "recorded",
    about: "proposals that a real model made over real sessions",
    run,
};

/// When the dream is: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// A demand: of the proposals that a call could be asked for, so many stay.
const KEPT: f64 = 0.92;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let Some(rows) = data.lines("recorded/answers.jsonl")? else {
        return Ok(Measured::absent("recorded/answers.jsonl"));
    };
    // Proposals by project and session.
    let mut recorded: BTreeMap<String, BTreeMap<String, Vec<Value>>> = BTreeMap::new();
    for row in rows {
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let proposals = row["proposals"].as_array().cloned().unwrap_or_default();
        let project = recorded.entry(field("project")).or_default();
        project.entry(field("session")).or_default().extend(proposals);
    }
    let mut measured = Measured::default();
    let (mut kept_all, mut given_all) = (0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (project, by_session) in &recorded {
        let found = project_sessions(data, project, by_session.keys())?;
        let (mut kept, mut given) = (0, 0);
        for (id, parts) in found {
            let proposals = by_session.get(&id).cloned().unwrap_or_default();
            let sessions = Sessions::from([(id, parts)]);
            let fates = fates(&sessions, proposals)?;
            for Fate { proposal, lost } in fates {
                given += 1;
                let Some(reason) = lost else {
                    kept += 1;
                    continue;
                };
                data.case(|| format!("{project}\t{reason}\t{}\t{}", proposal["kind"], proposal));
                *reasons.entry(reason).or_default() += 1;
            }
        }
        kept_all += kept;
        given_all += given;
        let row = format!("kept, of what was proposed: {project}");
        measured.row(row, None, None, Figure::share(kept, given), None);
    }
    let row = "kept, of what was proposed";
    let demand = Some(Demand::AtLeast(KEPT));
    measured.row(row, None, None, Figure::share(kept_all, given_all), demand);
    let reasons: Vec<_> = reasons.iter().map(|(reason, n)| format!("{reason}: {n}")).collect();
    measured.note(format!("lost: {}", reasons.join(", ")));
    Ok(measured)
}

/// The sessions of a project that proposals were recorded for.
fn project_sessions<'a>(
    data: &Data,
    project: &str,
    ids: impl Iterator<Item = &'a String>,
) -> anyhow::Result<Sessions> {
    let folder = [format!("projects/{project}"), project.to_owned()];
    let folder = folder.iter().find(|folder| data.path(folder).is_some());
    let folder = folder.with_context(|| format!("the data has no sessions of {project}"))?;
    let wanted: BTreeSet<&String> = ids.collect();
    let mut sessions = data.sessions(folder)?;
    // A file may be named with a date before the id.
    sessions = sessions
        .into_iter()
        .filter_map(|(name, parts)| {
            let id = wanted.iter().find(|id| name.ends_with(id.as_str()))?;
            Some(((*id).clone(), parts))
        })
        .collect();
    Ok(sessions)
}

/// What became of a proposal that a call was asked for.
struct Fate {
    proposal: Value,
    /// Why it was turned down; `None` when it stayed.
    lost: Option<String>,
}

/// Dreams over one session with its recorded proposals as the model.
fn fates(sessions: &Sessions, proposals: Vec<Value>) -> anyhow::Result<Vec<Fate>> {
    let mut dreamer = Dreamer::new(NOW)?;
    dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
    let left = Rc::new(RefCell::new(proposals));
    let given = Rc::new(RefCell::new(Vec::new()));
    let (from, to) = (Rc::clone(&left), Rc::clone(&given));
    dreamer.model = Rc::new(move |call: &ModelCall| {
        let events = events(&call.prompt);
        let mut answer = Vec::new();
        from.borrow_mut().retain(|proposal| {
            let Some(numbered) = numbered(proposal, &events) else { return true };
            answer.push(numbered);
            to.borrow_mut().push(proposal.clone());
            false
        });
        Answer::Text { text: json!({ "proposals": answer }).to_string() }
    });
    let dreamt = dreamer.dream(sessions, |_| {})?;
    let rejected = &dreamt.plan.rejected;
    let given = given.take();
    Ok(given
        .into_iter()
        .map(|proposal| {
            let text = proposal["text"].as_str().unwrap_or_default();
            let head = |text: &str| text.chars().take(120).collect::<String>();
            let lost = rejected
                .iter()
                .find(|r| !r.text.is_empty() && head(text).starts_with(&head(&r.text)))
                .map(|r| format!("{:?} {}", r.stage, r.reason));
            Fate { proposal, lost }
        })
        .collect())
}

/// The texts of the events that a prompt shows, in order.
fn events(prompt: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    for line in prompt.lines() {
        if line.starts_with(&format!("[{}] ", events.len() + 1)) {
            events.push(String::new());
        } else if let Some(event) = events.last_mut() {
            event.push_str(line);
            event.push('\n');
        }
    }
    events
}

/// The proposal with the numbers that its quotes have among `events`; `None` when one is not there.
fn numbered(proposal: &Value, events: &[String]) -> Option<Value> {
    let mut proposal = proposal.clone();
    for piece in proposal["evidence"].as_array_mut()? {
        let quote = piece["quote"].as_str()?;
        let event = events.iter().position(|event| event.contains(quote))?;
        *piece = json!({"event": event + 1, "quote": quote});
    }
    Some(proposal)
}
