//! What becomes of the proposals of a real model, recorded once over sessions of several projects.
//!
//! `recorded/answers.jsonl`: `project`, `session`, `proposals` with `kind`, `text`, `evidence` (`event`, `to` of a range,
//! `quote`). A stand-in for the model gives a proposal in the first call whose prompt has all of its
//! quotes, with the numbers that the events have there. *Kept*: no stage turned it down. Every loss is
//! counted by its reason, and so is what no prompt had all quotes of, unless they do not stand in the session at
//! all; `--cases` writes each down. For that, white space may be other white space.
//!
//! `said/messages.jsonl` (`id`, `session`, `time`, `text`) and `said/labels.jsonl` (`id`, `session`, `label`:
//! wish, fact or correction, `quote`, `memory`): what readers marked in messages of people, as proposals of
//! such a model over sessions of these messages alone.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::plan::{Cause, Change};
use dreaming::policy::Value as Setting;
use dreaming::propose::{Answer, ModelCall};
use dreaming_testing::Transcript;
use serde_json::{Value, json};

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::judged::{Demands, Judged};
use crate::report::Measured;
use crate::text::words;

/// See the module.
pub const PROTOCOL: Protocol = Protocol {
    name: "recorded",
    about: "proposals that a real model made over real sessions",
    run,
};

/// When the dream is: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// What other models wrote down, by file and field.
const WRITTEN: [(&str, &str); 4] = [
    ("learnings/learnings.jsonl", "text"),
    ("reflexion/alfworld_base.jsonl", "memory"),
    ("reflexion/alfworld_reflexion.jsonl", "memory"),
    ("reflexion/programming.jsonl", "reflections"),
];

/// A demand: of the proposals whose quotes stand in the session, so many stay.
const KEPT: f64 = 0.92;

/// The row of the recorded answers.
const ANSWERS: &str = "kept, of what was proposed";

/// At most so many tokens go to a model for each token of the events.
const READ: f64 = 1.15;

/// What is demanded of what accepting all takes and readers judged.
const JUDGED: Demands = Demands { wanted: Some(0.70), noise: None, wrong: Some(0.03) };

/// The same as [`KEPT`] for marked statements.
const SAID: f64 = 0.80;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let mut reasons = Reasons::default();
    answers(data, &mut measured, &mut reasons)?;
    said(data, &mut measured, &mut reasons)?;
    unquoted(data, &mut measured)?;
    if measured.rows.is_empty() {
        return Ok(Measured::absent("recorded/answers.jsonl and no said/labels.jsonl"));
    }
    let reasons: Vec<_> = reasons.iter().map(|(reason, n)| format!("{reason}: {n}")).collect();
    measured.note(format!("lost: {}", reasons.join(", ")));
    Ok(measured)
}

/// Proposals that were turned down, by the reason.
type Reasons = BTreeMap<String, usize>;

/// Proposals by project and session.
type Recorded = BTreeMap<String, BTreeMap<String, Vec<Value>>>;

/// The recorded answers over the sessions that they were given for.
fn answers(data: &Data, measured: &mut Measured, reasons: &mut Reasons) -> anyhow::Result<()> {
    let Some(rows) = data.lines("recorded/answers.jsonl")? else { return Ok(()) };
    let mut recorded = Recorded::new();
    for row in rows {
        let field = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let proposals = row["proposals"].as_array().cloned().unwrap_or_default();
        let project = recorded.entry(field("project")).or_default();
        project.entry(field("session")).or_default().extend(proposals);
    }
    let sessions = |project: &str, ids: &BTreeMap<String, Vec<Value>>| {
        project_sessions(data, project, ids.keys())
    };
    measure(data, ANSWERS, KEPT, &recorded, sessions, measured, reasons)
}

/// Marked statements over the messages that they stand in.
fn said(data: &Data, measured: &mut Measured, reasons: &mut Reasons) -> anyhow::Result<()> {
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
    measure(data, what, SAID, &recorded, sessions, measured, reasons)
}

/// Texts that other models wrote, proposed without a quote of the session and with a quote that it has not:
/// nothing of them may stay.
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

/// A row for each project and one for all.
fn measure(
    data: &Data,
    what: &str,
    least: f64,
    recorded: &Recorded,
    sessions: impl Fn(&str, &BTreeMap<String, Vec<Value>>) -> anyhow::Result<Sessions>,
    measured: &mut Measured,
    reasons: &mut Reasons,
) -> anyhow::Result<()> {
    let (mut kept_all, mut all, mut unasked_all, mut absent) = (0, 0, 0, 0);
    let (mut named, mut noticed_once) = (Vec::new(), Vec::new());
    let mut tokens = Tokens::default();
    for (project, by_session) in recorded {
        let (mut kept, mut of) = (0, 0);
        for (id, parts) in sessions(project, by_session)? {
            let proposals = by_session.get(&id).cloned().unwrap_or_default();
            let session = Sessions::from([(id, parts)]);
            let (fates, unasked) = fates(&session, proposals, &mut tokens)?;
            let session = words_of(&session);
            for proposal in unasked {
                let stands = stands(&proposal, &session);
                (unasked_all, of) = (unasked_all + usize::from(stands), of + usize::from(stands));
                absent += usize::from(!stands);
                let how = if stands { "unasked" } else { "absent" };
                data.case(|| format!("{project}\t{how}\t{}\t{proposal}", proposal["kind"]));
            }
            for Fate { proposal, lost, noticed } in fates {
                of += 1;
                let Some(reason) = lost else {
                    kept += 1;
                    let text = proposal["text"].as_str().unwrap_or_default().to_owned();
                    if noticed { &mut noticed_once } else { &mut named }.push(text);
                    let how = if noticed { "noticed" } else { "kept" };
                    data.case(|| format!("{project}\t{how}\t{}\t{proposal}", proposal["kind"]));
                    continue;
                };
                data.case(|| format!("{project}\t{reason}\t{}\t{}", proposal["kind"], proposal));
                *reasons.entry(reason).or_default() += 1;
            }
        }
        kept_all += kept;
        all += of;
        measured.row(format!("{what}: {project}"), None, None, Figure::share(kept, of), None);
    }
    let demand = Some(Demand::AtLeast(least));
    measured.row(what, None, None, Figure::share(kept_all, all), demand);
    let asked = Figure::share(all - unasked_all, all);
    measured.row(format!("{what}: with all quotes in one prompt"), None, None, asked, None);
    if absent > 0 {
        measured
            .note(format!("{what}: {absent} more have a quote that does not stand in the session"));
    }
    // Messages alone are no transcript to compare with, and all of their words are a person's.
    if what == ANSWERS {
        let taken = Figure::share(named.len(), kept_all);
        measured.row(format!("{what}: taken when all is accepted"), None, None, taken, None);
        let judged = Judged::read()?;
        let texts = named.iter().map(String::as_str);
        judged.rows("judged, of what accepting all takes", texts, JUDGED, measured);
        let texts = noticed_once.iter().map(String::as_str);
        judged.rows("judged, of what it leaves", texts, Demands::default(), measured);
        let what = format!("{what}: tokens that a model reads for each of the transcript");
        let ratio = Figure::Share { of: tokens.prompts, all: tokens.transcript };
        measured.row(what, None, None, ratio, Some(Demand::AtMost(READ)));
    }
    Ok(())
}

/// What a model read, and what there was to read, in tokens of four characters.
#[derive(Default)]
struct Tokens {
    prompts: u64,
    transcript: u64,
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
    /// Whether it stayed as what one session shows and no person said: a brief review only counts those.
    noticed: bool,
}

/// Dreams over one session with its recorded proposals as the model: what became of those that a call was asked
/// for, and the others, of which no prompt has all quotes.
fn fates(
    sessions: &Sessions,
    proposals: Vec<Value>,
    tokens: &mut Tokens,
) -> anyhow::Result<(Vec<Fate>, Vec<Value>)> {
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
    tokens.prompts += dreamt.report.prompt_characters.div_ceil(4);
    tokens.transcript += dreamt.report.transcript_characters.div_ceil(4);
    let rejected = &dreamt.plan.rejected;
    let given = given.take();
    let fates = given
        .into_iter()
        .map(|proposal| {
            let text = proposal["text"].as_str().unwrap_or_default();
            let head = |text: &str| text.chars().take(120).collect::<String>();
            let lost = rejected
                .iter()
                .find(|r| !r.text.is_empty() && head(text).starts_with(&head(&r.text)))
                .map(|r| format!("{:?} {}", r.stage, r.reason));
            let is_it = |change: &&Change| {
                let said = change.text.as_deref().unwrap_or_default();
                !said.is_empty() && head(text).starts_with(&head(said))
            };
            let change = dreamt.plan.changes.iter().find(is_it);
            let noticed = change.is_some_and(|change| change.cause == Cause::Noticed);
            Fate { proposal, lost, noticed }
        })
        .collect();
    Ok((fates, left.take()))
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
        let (from, to) = (piece["event"].as_u64(), piece["to"].as_u64());
        let calls = from.zip(to).and_then(|(from, to)| to.checked_sub(from)).unwrap_or(0);
        *piece = json!({"event": event + 1, "to": event as u64 + 1 + calls, "quote": quote});
    }
    Some(proposal)
}

/// Every text that stands in a session.
fn words_of(sessions: &Sessions) -> Vec<String> {
    fn collect(value: Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                found.push(words(&text));
                // Arguments of calls are JSON in a string, or in a string of that.
                if let Ok(inner @ (Value::Object(_) | Value::Array(_))) =
                    serde_json::from_str(&text)
                {
                    collect(inner, found);
                }
            }
            Value::Array(items) => items.into_iter().for_each(|item| collect(item, found)),
            Value::Object(fields) => {
                fields.into_iter().for_each(|(_, value)| collect(value, found))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut found = Vec::new();
    for (_, bytes) in sessions.values().flatten() {
        let text = String::from_utf8_lossy(bytes);
        found.extend(text.lines().map(words));
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .for_each(|line| collect(line, &mut found));
    }
    found
}

/// Whether all quotes of a proposal stand in a session of these texts.
fn stands(proposal: &Value, session: &[String]) -> bool {
    let pieces = proposal["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    let quotes = pieces.iter().filter_map(|piece| piece["quote"].as_str()).map(words);
    quotes.into_iter().all(|quote| session.iter().any(|text| text.contains(&quote)))
}
