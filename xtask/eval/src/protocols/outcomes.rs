//! What is kept of several trials of a task that have results: `tau-airline/episodes.json`
//! (`[{"task_id", "trial", "reward", "traj": [chat messages]}]`) and `tau-airline/gold.json`
//! (task id to `{"actions": [{"name", "kwargs"}]}`).
//!
//! All trials are mined together, one session each. A task is *right* when the calls of the
//! practice that names it are the changing calls of its gold, in order and with their arguments;
//! *wrong* when they are others; else nothing is kept of it. Labels are hidden or flipped by
//! trial, each with the given chance; those rows are averages over 20 seeds.
//!
//! "No dream" keeps the first trial, "exact only" what most trials did whatever came of it.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow};
use dreaming::digest::SessionRecord;
use dreaming::evidence::Pin;
use dreaming::ids::SessionId;
use dreaming::import::{PartReader, combine};
use dreaming::kind::Kind;
use dreaming::outcome::{Metric, Outcome, OutcomeSource};
use dreaming::session::SessionDescriptor;
use dreaming::trust::Provenance;
use dreaming::{Policy, Time, canonical};
use regex::Regex;
use serde_json::{Value, json};

use super::Protocol;
use crate::data::Data;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "outcomes", about: "what is kept of the trials of a task with results", run };

const EPISODES: &str = "tau-airline/episodes.json";
const GOLD: &str = "tau-airline/gold.json";

/// Runs of each row with noise.
const SEEDS: u64 = 20;

/// First words of the calls that change nothing, as the gold has them beside the changing ones.
const READS: &[&str] = &["get", "list", "search", "find", "calculate", "think", "transfer"];

/// A changing call: name, and arguments without what is only another way to write them.
type Call = (String, Value);

/// A trial.
struct Trial {
    task: String,
    reached: bool,
    /// What the engine read in it, without task and result.
    record: SessionRecord,
    /// What it did, read independently of the engine.
    calls: Vec<Call>,
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let (Some(episodes), Some(gold)) = (data.json(EPISODES)?, data.json(GOLD)?) else {
        return Ok(Measured::absent(&format!("{EPISODES} and {GOLD}")));
    };
    let episodes = episodes.as_array().context("episodes are a list")?;
    let trials: Vec<Trial> = episodes.iter().map(trial).collect::<anyhow::Result<_>>()?;
    let gold: BTreeMap<String, Vec<Call>> = gold
        .as_object()
        .context("gold is an object")?
        .iter()
        .map(|(task, gold)| (task.clone(), gold_calls(gold)))
        .collect();
    let score = |kept: BTreeMap<String, Vec<Call>>| {
        let known = kept.iter().filter_map(|(task, calls)| Some(gold.get(task)? == calls));
        let (right, wrong): (Vec<bool>, Vec<bool>) = known.partition(|right| *right);
        (right.len(), wrong.len())
    };

    let mut measured = Measured::default();
    let truth = |trial: &Trial| Some(trial.reached);
    let texts = practices(&trials, &truth)?;
    let (right, wrong) = score(kept(&texts));
    let first = score(chosen(&trials, |trials| trials.first().map(|t| t.calls.clone())));
    let most = score(chosen(&trials, most));
    let share = |n| Figure::share(n, gold.len());
    measured.row(
        "right",
        Some(share(first.0)),
        Some(share(most.0)),
        share(right),
        Some(Demand::AtLeast(0.68)),
    );
    measured.row(
        "wrong",
        Some(share(first.1)),
        Some(share(most.1)),
        share(wrong),
        Some(Demand::AtMost(0.0)),
    );
    let rows = [
        ("half of the labels hidden", Noise::Hidden(0.5), Some((0.52, 0.03))),
        ("three quarters hidden", Noise::Hidden(0.75), None),
        ("10 % of the labels flipped", Noise::Flipped(0.1), Some((0.62, 0.12))),
        ("20 % flipped", Noise::Flipped(0.2), None),
    ];
    for (name, noise, demands) in rows {
        let (mut right, mut wrong) = (0, 0);
        for seed in 0..SEEDS {
            let found = practices(&trials, &|trial| noise.label(trial, seed))?;
            let (r, w) = score(kept(&found));
            (right, wrong) = (right + r, wrong + w);
        }
        let share = |n: usize| Figure::Average(n as f64 / (SEEDS as f64 * gold.len() as f64));
        let (least, most) = demands.unzip();
        measured.row(
            format!("{name}: right"),
            None,
            None,
            share(right),
            least.map(Demand::AtLeast),
        );
        measured.row(format!("{name}: wrong"), None, None, share(wrong), most.map(Demand::AtMost));
    }
    measured.note(format!("{} trials of {} tasks", trials.len(), gold.len()));
    texts.iter().take(4).for_each(|text| measured.note(text));
    Ok(measured)
}

/// How labels are spoilt, with the chance for each.
#[derive(Clone, Copy)]
enum Noise {
    Hidden(f64),
    Flipped(f64),
}

impl Noise {
    fn label(self, trial: &Trial, seed: u64) -> Option<bool> {
        let chance = chance(&trial.record.id, seed);
        match self {
            Self::Hidden(share) => (chance >= share).then_some(trial.reached),
            Self::Flipped(share) => Some(trial.reached != (chance < share)),
        }
    }
}

/// A number from 0 to 1 that depends on trial and seed only.
fn chance(id: &SessionId, seed: u64) -> f64 {
    let digest = canonical::digest_parts([id.as_str().as_bytes(), &seed.to_le_bytes()]);
    let head = digest.as_str().get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    f64::from(head.unwrap_or(0)) / f64::from(u32::MAX)
}

/// The practices that are mined from the trials with these labels.
fn practices(
    trials: &[Trial],
    label: &dyn Fn(&Trial) -> Option<bool>,
) -> anyhow::Result<Vec<String>> {
    let labelled = trials.iter().map(|trial| {
        let mut record = trial.record.clone();
        record.digest.task = Some(trial.task.clone());
        let verdict = label(trial);
        record.digest.outcomes = verdict.into_iter().map(result).collect();
        (record.id.clone(), record)
    });
    let mined = dreaming::mine::mine(&labelled.collect(), &Policy::default());
    let kept = mined.candidates.into_iter().filter(|found| found.kind == Kind::Practice);
    Ok(kept.map(|found| found.text).filter(|text| text.starts_with("For task ")).collect())
}

fn result(reached: bool) -> Outcome {
    let quote = format!("{{\"reward\":{}}}", u8::from(reached));
    Outcome {
        metric: Metric::verdict("reward", OutcomeSource::Measured, reached),
        pin: Pin {
            part: "outcome.json".into(),
            line: 1,
            start: 0,
            end: quote.len() as u64,
            event: "line-1".into(),
            time: None,
            provenance: Provenance::Agent,
            quote_digest: canonical::digest(quote.as_bytes()),
            quote,
        },
    }
}

/// The calls that practices name, by task: code spans are the task, then names and arguments.
fn kept(texts: &[String]) -> BTreeMap<String, Vec<Call>> {
    let span = Regex::new("`([^`]+)`").expect("a pattern");
    let read = |text: &String| {
        let mut spans = span.captures_iter(text).map(|found| found[1].to_owned());
        let task = spans.next()?;
        let mut calls: Vec<Call> = Vec::new();
        for span in spans {
            match (serde_json::from_str(&span), calls.last_mut()) {
                (Ok(arguments @ Value::Object(_)), Some(call)) => call.1 = plain(&arguments),
                _ => calls.push((span, json!({}))),
            }
        }
        Some((task, calls))
    };
    texts.iter().filter_map(read).collect()
}

fn chosen(
    trials: &[Trial],
    choose: impl Fn(&[&Trial]) -> Option<Vec<Call>>,
) -> BTreeMap<String, Vec<Call>> {
    let mut tasks: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
    trials.iter().for_each(|trial| tasks.entry(&trial.task).or_default().push(trial));
    let choose = |(task, trials): (&str, Vec<&Trial>)| Some((task.to_owned(), choose(&trials)?));
    tasks.into_iter().filter_map(choose).collect()
}

/// What most trials did; of equals what came first.
fn most(trials: &[&Trial]) -> Option<Vec<Call>> {
    let count = |calls: &[Call]| trials.iter().filter(|t| t.calls == calls).count();
    trials.iter().rev().max_by_key(|t| count(&t.calls)).map(|t| t.calls.clone())
}

fn gold_calls(gold: &Value) -> Vec<Call> {
    let actions = gold["actions"].as_array().into_iter().flatten();
    let call = |a: &Value| (a["name"].as_str().unwrap_or_default().to_owned(), plain(&a["kwargs"]));
    actions.map(call).filter(|(name, _)| changes(name)).collect()
}

fn changes(name: &str) -> bool {
    !READS.iter().any(|verb| name.split('_').next() == Some(verb))
}

/// Arguments with each number as text: 5 and 5.0 are one number, and the engine keeps no fractions.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(n) => {
            let text = n.to_string();
            Value::String(text.strip_suffix(".0").unwrap_or(&text).into())
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, v)| (name.clone(), plain(v))).collect())
        }
        other => other.clone(),
    }
}

/// An episode, read by the engine as the records of an agent that had the same conversation.
fn trial(episode: &Value) -> anyhow::Result<Trial> {
    let task = match &episode["task_id"] {
        Value::String(task) => task.clone(),
        other => other.to_string(),
    };
    let reward = episode["reward"].as_f64().context("an episode has a reward")?;
    let id = format!("task-{task}-trial-{}", episode["trial"]);
    let mut lines = String::new();
    let mut calls = Vec::new();
    let messages = episode["traj"].as_array().context("an episode has messages")?;
    for (at, message) in messages.iter().enumerate() {
        let asked = message["tool_calls"].as_array().into_iter().flatten();
        let said = message["content"].as_str().unwrap_or_default();
        let (kind, content) = match message["role"].as_str() {
            Some("user") => ("user", json!(said)),
            Some("tool") => {
                let call = &message["tool_call_id"];
                let failed = said.starts_with("Error");
                if failed {
                    calls.retain(|(of, _)| of != call);
                }
                let result = json!({
                    "type": "tool_result", "tool_use_id": call, "content": said, "is_error": failed,
                });
                ("user", json!([result]))
            }
            Some("assistant") => {
                let mut blocks = vec![json!({"type": "text", "text": said})];
                for call in asked {
                    let name = call["function"]["name"].as_str().unwrap_or_default();
                    let arguments = call["function"]["arguments"].as_str().unwrap_or("{}");
                    let input: Value = serde_json::from_str(arguments).unwrap_or(Value::Null);
                    if changes(name) {
                        calls.push((call["id"].clone(), (name.to_owned(), plain(&input))));
                    }
                    blocks.push(
                        json!({"type": "tool_use", "id": call["id"], "name": name, "input": input}),
                    );
                }
                ("assistant", Value::Array(blocks))
            }
            _ => continue,
        };
        let record = json!({
            "type": kind, "uuid": format!("{id}-{at}"), "parentUuid": null, "sessionId": id,
            "timestamp": "2026-03-01T09:00:00Z", "message": {"role": kind, "content": content},
        });
        lines.push_str(&format!("{record}\n"));
    }
    let policy = Policy::default();
    let now = Time::parse("2026-06-01T00:00:00Z").ok_or_else(|| anyhow!("no time"))?;
    let mut reader = PartReader::new("main", &policy, now, false);
    reader.push(lines.as_bytes());
    let descriptor = SessionDescriptor {
        id: SessionId::new(id),
        agent: None,
        principal: None,
        parts: Vec::new(),
    };
    let (record, _) = combine(&descriptor, vec![reader.finish()], &policy);
    let calls = calls.into_iter().map(|(_, call)| call).collect();
    Ok(Trial { task, reached: reward >= 1.0, record, calls })
}
