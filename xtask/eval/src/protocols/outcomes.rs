//! What is kept of several trials of a task that have results: `tau-airline/episodes.json`
//! (`[{"task_id", "trial", "reward", "traj": [chat messages]}]`) and `tau-airline/gold.json` (task
//! id to `{"actions": [{"name", "kwargs"}]}`).
//!
//! One dream reads all trials, each a session in its format as a chat. A task is *right* when the
//! calls in the practice that names it are the changing calls of its gold, in order and with their
//! arguments; *wrong* when they differ; otherwise nothing is kept of it. In rows with noise, labels
//! of trials are hidden or flipped with the given chance; these rows are averages over 20 seeds.
//!
//! "No dream" keeps the first trial, "exact only" what most trials did, whatever their results.

use std::collections::BTreeMap;

use anyhow::Context;
use dreaming::canonical;
use dreaming::kind::Kind;
use regex::Regex;
use serde_json::{Value, json};

use super::Protocol;
use crate::data::{Data, Sessions};
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "outcomes", about: "what is kept of the trials of a task with results", run };

const EPISODES: &str = "tau-airline/episodes.json";
const GOLD: &str = "tau-airline/gold.json";

/// Runs of each row with noise.
const SEEDS: u64 = 20;

/// First words of the names of calls that change nothing; the gold lists them too.
const READS: &[&str] = &["get", "list", "search", "find", "calculate", "think", "transfer"];

/// A changing call: its name, and its arguments in one notation.
type Call = (String, Value);

/// A trial.
struct Trial {
    id: String,
    task: String,
    reached: bool,
    /// The trial as the engine reads it.
    episode: Value,
    /// Its changing calls, read independently of the engine.
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

/// How labels are falsified, with the chance for each.
#[derive(Clone, Copy)]
enum Noise {
    Hidden(f64),
    Flipped(f64),
}

impl Noise {
    fn label(self, trial: &Trial, seed: u64) -> Option<bool> {
        let chance = chance(&trial.id, seed);
        match self {
            Self::Hidden(share) => (chance >= share).then_some(trial.reached),
            Self::Flipped(share) => Some(trial.reached != (chance < share)),
        }
    }
}

/// A number from 0 to 1 that depends on trial and seed only.
fn chance(id: &str, seed: u64) -> f64 {
    let digest = canonical::digest_parts([id.as_bytes(), &seed.to_le_bytes()]);
    let head = digest.as_str().get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    f64::from(head.unwrap_or(0)) / f64::from(u32::MAX)
}

/// The practices that a dream over the trials with these labels proposes.
fn practices(
    trials: &[Trial],
    label: &dyn Fn(&Trial) -> Option<bool>,
) -> anyhow::Result<Vec<String>> {
    let sessions = labelled(trials, label)?;
    let dreamt = Dreamer::new("2026-06-01T00:00:00Z")?.dream(&sessions, |_| {})?;
    let path = Kind::Practice.path();
    let changes = dreamt.plan.changes.into_iter().filter(|c| c.path.as_str() == path);
    Ok(changes.filter_map(|c| c.text).filter(|text| text.starts_with("For task ")).collect())
}

/// Trials as sessions, with these labels.
fn labelled(trials: &[Trial], label: &dyn Fn(&Trial) -> Option<bool>) -> anyhow::Result<Sessions> {
    let mut sessions = Sessions::new();
    for trial in trials {
        let mut episode = trial.episode.clone();
        match (episode.as_object_mut(), label(trial)) {
            (Some(fields), Some(reached)) => {
                fields.insert("reward".into(), json!(u8::from(reached)));
            }
            (Some(fields), None) => drop(fields.remove("reward")),
            (None, _) => {}
        }
        sessions.insert(trial.id.clone(), vec![("main".into(), serde_json::to_vec(&episode)?)]);
    }
    Ok(sessions)
}

/// All trials as sessions.
pub fn sessions(data: &Data) -> anyhow::Result<Sessions> {
    let episodes = data.json(EPISODES)?.unwrap_or_default();
    let trials = episodes.as_array().into_iter().flatten().map(trial);
    labelled(&trials.collect::<anyhow::Result<Vec<_>>>()?, &|trial| Some(trial.reached))
}

/// The calls in practices, by task. The code spans of a practice are the task, then names and
/// arguments.
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

/// The calls of most trials; of equally frequent ones those that came first.
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

/// Arguments with each number as text: 5 and 5.0 are equal, and the engine keeps no fractions.
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

fn trial(episode: &Value) -> anyhow::Result<Trial> {
    let task = match &episode["task_id"] {
        Value::String(task) => task.clone(),
        other => other.to_string(),
    };
    let reward = episode["reward"].as_f64().context("an episode has a reward")?;
    let messages = episode["traj"].as_array().context("an episode has messages")?;
    let mut calls = Vec::new();
    for message in messages {
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            let name = call["function"]["name"].as_str().unwrap_or_default();
            let arguments = call["function"]["arguments"].as_str().unwrap_or("{}");
            let arguments: Value = serde_json::from_str(arguments).unwrap_or(Value::Null);
            if changes(name) {
                calls.push((&call["id"], (name.to_owned(), plain(&arguments))));
            }
        }
        // A refused call changed nothing.
        if message["content"].as_str().is_some_and(|text| text.starts_with("Error")) {
            calls.retain(|(id, _)| *id != &message["tool_call_id"]);
        }
    }
    let calls = calls.into_iter().map(|(_, call)| call).collect();
    let id = format!("task-{task}-trial-{}", episode["trial"]);
    Ok(Trial { id, task, reached: reward >= 1.0, episode: episode.clone(), calls })
}
