//! What BM25 finds within a budget of tokens, before and after a dream over a store of recorded
//! statements.
//!
//! `locomo*.json`, if it exists: dialogues with `observation` (statements that a model wrote down,
//! with the ids of the turns that they are from) and `qa` (`question`, `answer`, `evidence` ids;
//! category 5 has no answer and is left out). `learnings/learnings.jsonl` with `pairs.jsonl`: for a
//! pair with label D, the words of one statement are the query for the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;
use crate::text::{Bm25, content, model_tokens};

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "retrieval", about: "what is found within a budget of tokens", run };

/// Budgets in model tokens.
const BUDGETS: [usize; 4] = [250, 500, 1000, 2000];

/// The time of the dream over the recorded statements: after all of them.
const NOW: &str = "2027-01-01T00:00:00Z";

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let at_the_top = data.files("")?;
    for path in at_the_top.iter().filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("locomo") && name.ends_with(".json")
    }) {
        let dialogues: Vec<Value> = serde_json::from_slice(&std::fs::read(path)?)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        locomo(&name, &dialogues, &mut measured)?;
    }
    if let (Some(rows), Some(pairs)) =
        (data.lines("learnings/learnings.jsonl")?, data.lines("learnings/pairs.jsonl")?)
    {
        learnings(&rows, &pairs, &mut measured)?;
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("locomo*.json and no learnings/"));
    }
    Ok(measured)
}

/// Puts statements into a store, several in a memory, and dreams until it rests: the statements
/// that are left, and for each merged one the statement that stays in its place.
fn dreamt(statements: &[(String, String)]) -> anyhow::Result<Dreamt> {
    let mut dreamer = Dreamer::new(NOW)?;
    let mut memories: BTreeMap<&str, String> = BTreeMap::new();
    for (memory, text) in statements {
        memories.entry(memory).or_default().push_str(&format!("- {text}\n"));
    }
    for (path, text) in memories {
        dreamer.store.write(path, &text, dreaming::Time::parse(NOW));
    }
    let mut stays = BTreeMap::new();
    dreamer.settle_seeing(|plan| {
        for change in &plan.changes {
            if let Some(kept) = &change.survivor {
                let gone = change.targets.iter().map(|target| target.text.clone());
                stays.extend(gone.map(|gone| (gone, kept.text.clone())));
            }
        }
    })?;
    let lines = dreamer.store.memories.iter().flat_map(|memory| memory.text.lines());
    let left = lines.map(|line| line.trim_start_matches("- ").to_owned()).collect();
    Ok(Dreamt { left, stays })
}

struct Dreamt {
    left: BTreeSet<String>,
    stays: BTreeMap<String, String>,
}

impl Dreamt {
    /// The statement that now says what `text` said: `text` itself, or the one that it was merged
    /// into.
    fn speaks_for<'a>(&'a self, mut text: &'a str) -> &'a str {
        for _ in 0..self.stays.len() {
            match self.stays.get(text).filter(|_| !self.left.contains(text)) {
                Some(kept) => text = kept,
                None => break,
            }
        }
        text
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The indexes of the texts that fill a budget, best first.
fn within(index: &Bm25, texts: &[&str], query: &str, budget: usize) -> Vec<usize> {
    let mut room = budget;
    let mut found = Vec::new();
    for at in index.ranked(query) {
        let size = model_tokens(texts[at]);
        if size > room {
            break;
        }
        room -= size;
        found.push(at);
    }
    found
}

fn locomo(name: &str, dialogues: &[Value], measured: &mut Measured) -> anyhow::Result<()> {
    // First index: before and after. Then by budget: turns of evidence found and all, words of
    // answers found and all.
    let mut counts = [[[0_usize; 4]; BUDGETS.len()]; 2];
    let mut tokens = [0, 0];
    for dialogue in dialogues {
        let facts = observations(&dialogue["observation"]);
        let statements: Vec<(String, String)> = facts
            .iter()
            .map(|(session, text, _)| (format!("{session}.md"), text.clone()))
            .collect();
        let dreamt = dreamt(&statements)?;
        // A statement that stays has also the evidence of those merged into it.
        let mut evidence_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, text, ids) in &facts {
            let ids = ids.iter().map(String::as_str);
            evidence_of.entry(dreamt.speaks_for(text)).or_default().extend(ids);
        }
        for (arm, counts) in counts.iter_mut().enumerate() {
            let stays = |text: &String| arm == 0 || dreamt.left.contains(text);
            let kept: Vec<(&str, BTreeSet<&str>)> = facts
                .iter()
                .filter(|(_, text, _)| stays(text))
                .map(|(_, text, ids)| match arm {
                    0 => (text.as_str(), ids.iter().map(String::as_str).collect()),
                    _ => {
                        (text.as_str(), evidence_of.get(text.as_str()).cloned().unwrap_or_default())
                    }
                })
                .collect();
            let texts: Vec<&str> = kept.iter().map(|(text, _)| *text).collect();
            tokens[arm] += texts.iter().map(|text| model_tokens(text)).sum::<usize>();
            let index = Bm25::new(texts.iter().copied());
            for question in dialogue["qa"].as_array().into_iter().flatten() {
                let evidence: BTreeSet<&str> = question["evidence"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                if question["category"] == 5 || evidence.is_empty() {
                    continue;
                }
                let answer = match &question["answer"] {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let words: BTreeSet<String> = content(&answer).into_iter().collect();
                for (budget, counts) in BUDGETS.iter().zip(counts.iter_mut()) {
                    let query = question["question"].as_str().unwrap_or_default();
                    let found = within(&index, &texts, query, *budget);
                    let has = |id: &&&str| found.iter().any(|at| kept[*at].1.contains(**id));
                    let read: BTreeSet<String> =
                        found.iter().flat_map(|at| content(texts[*at])).collect();
                    counts[0] += evidence.iter().filter(has).count();
                    counts[1] += evidence.len();
                    counts[2] += words.iter().filter(|word| read.contains(*word)).count();
                    counts[3] += words.len();
                }
            }
        }
    }
    let amount = |arm: usize| Figure::count(tokens[arm]);
    measured.row(format!("{name}: model tokens"), Some(amount(0)), None, amount(1), None);
    for (at, budget) in BUDGETS.iter().enumerate() {
        for (what, from) in [("evidence", 0), ("answer words", 2)] {
            let figure = |arm: usize| {
                let counts = counts[arm][at];
                Figure::share(counts[from], counts[from + 1])
            };
            measured.row(
                format!("{name}: {what} within {budget}"),
                Some(figure(0)),
                None,
                figure(1),
                figure(0).number().map(Demand::AtLeast),
            );
        }
    }
    Ok(())
}

/// Session, statement and the ids of its turns.
fn observations(value: &Value) -> Vec<(String, String, BTreeSet<String>)> {
    let mut found = Vec::new();
    for (session, speakers) in value.as_object().into_iter().flatten() {
        for facts in speakers.as_object().into_iter().flat_map(|fields| fields.values()) {
            for fact in facts.as_array().into_iter().flatten() {
                let Some(text) = fact[0].as_str() else { continue };
                let ids = match &fact[1] {
                    Value::String(id) => [id.clone()].into(),
                    other => other
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|id| id.as_str().map(ToOwned::to_owned))
                        .collect(),
                };
                found.push((session.clone(), one_line(text), ids));
            }
        }
    }
    found
}

fn learnings(rows: &[Value], pairs: &[Value], measured: &mut Measured) -> anyhow::Result<()> {
    let field = |row: &Value, name: &str| one_line(row[name].as_str().unwrap_or_default());
    let statements: Vec<(String, String)> = rows
        .iter()
        .map(|row| (format!("{}.md", field(row, "kind")), field(row, "text")))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let dreamt = dreamt(&statements)?;
    let mut found = [0, 0];
    let mut tokens = [0, 0];
    let same: Vec<&Value> = pairs.iter().filter(|pair| pair["label"] == "D").collect();
    for arm in [0, 1] {
        let texts: Vec<&str> = statements
            .iter()
            .map(|(_, text)| text.as_str())
            .filter(|text| arm == 0 || dreamt.left.contains(*text))
            .collect();
        tokens[arm] = texts.iter().map(|text| model_tokens(text)).sum();
        let index = Bm25::new(texts.iter().copied());
        for pair in &same {
            let (asked, wanted) = (field(pair, "a"), field(pair, "b"));
            let places = within(&index, &texts, &asked, BUDGETS[0]);
            // Finding the query itself does not count, unless the other statement was merged into
            // it.
            let stands = if arm == 0 { wanted.as_str() } else { dreamt.speaks_for(&wanted) };
            found[arm] += usize::from(places.iter().any(|at| texts[*at] == stands));
        }
    }
    measured.row(
        "learnings: model tokens",
        Some(Figure::count(tokens[0])),
        None,
        Figure::count(tokens[1]),
        // Demanded: no more than before.
        Some(Demand::AtMost(tokens[0] as f64)),
    );
    measured.row(
        "learnings: the same claim in other words within 250",
        Some(Figure::share(found[0], same.len())),
        None,
        Figure::share(found[1], same.len()),
        // Demanded: no less than before.
        Some(Demand::AtLeast(found[0] as f64 / same.len() as f64)),
    );
    Ok(())
}
