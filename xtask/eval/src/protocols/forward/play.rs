//! A dream over the past sessions of a project, with recorded answers of a model.
//!
//! `answers.jsonl` in the folder of the project, or in `calls/` of it, has the answers to calls about sessions:
//! `answer` with its `proposals`, each quote as it stands in the session or by its bytes and hash (see
//! [`crate::recording`]). An answer goes to the call of the dream that shows all its quotes; where none does, each of its
//! proposals to the first call that shows its own.
//! `distil.jsonl` has what was written from the findings, a statement a row: `kind`, `text`, and as `findings` the
//! beginnings of the digests of the lines that show their kind and words. What nobody has answered is written into a
//! folder for whoever plays the model.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::plan::{Cause, Operation, Stage};
use dreaming::policy::Value as Setting;
use dreaming::propose::{Answer, ModelCall};
use serde_json::{Value, json};

use crate::data::{Data, Sessions, unpacked};
use crate::dream::Dreamer;
use crate::judged::statement_digest;
use crate::protocols::recorded::{events, numbered};

/// When the dream is: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// What a dream came to.
pub struct Played {
    /// The statements that its plan adds.
    pub texts: Vec<String>,
    /// What a reader of the figures should know.
    pub notes: Vec<String>,
}

/// Dreams; `None` without sessions, or without the recorded answers that are wanted.
pub fn play(name: &str, from: [&Data; 2], with_model: bool) -> anyhow::Result<Option<Played>> {
    let rows = |file: &str| -> anyhow::Result<Vec<Value>> {
        let mut rows = Vec::new();
        for data in from {
            rows.extend(data.lines(&format!("forward/{name}/{file}"))?.unwrap_or_default());
        }
        Ok(rows)
    };
    let sessions = sessions(name, from)?;
    let mut answers = rows("answers.jsonl")?;
    // Later answers take the place of those to earlier prompts.
    if from.iter().all(|data| data.path(&format!("forward/{name}/answers.jsonl")).is_none()) {
        answers.extend(rows("calls/answers.jsonl")?);
    }
    if sessions.is_empty() {
        return Ok(None);
    }
    let is_answered = !answers.is_empty();
    let mut dreamer = Dreamer::new(NOW)?;
    for data in from {
        for path in data.files(&format!("forward/{name}/memory"))? {
            let text = String::from_utf8(unpacked(&path)?).context("a memory is no UTF-8")?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            dreamer.store.write(&name, &text, None);
        }
    }
    let proposals = |row: &Value| row["answer"]["proposals"].as_array().cloned();
    let proposed_by_call: Vec<Vec<Value>> = answers.iter().filter_map(proposals).collect();
    let all: usize = proposed_by_call.iter().map(Vec::len).sum();
    let left = Rc::new(RefCell::new(proposed_by_call));
    let unanswered = Rc::new(RefCell::new(Vec::new()));
    if with_model {
        dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
        dreamer.policy.set("compare.max-calls", Setting::Integer(0))?;
        let (left, unanswered) = (Rc::clone(&left), Rc::clone(&unanswered));
        let written = rows("distil.jsonl")?;
        dreamer.model = Rc::new(move |call: &ModelCall| {
            if call.schema.contains("\"findings\"") {
                let answer = statements(&call.prompt, &written);
                if answer.is_empty() {
                    unanswered.borrow_mut().push(asked(call));
                }
                return Answer::Text { text: json!({ "statements": answer }).to_string() };
            }
            if !is_answered {
                unanswered.borrow_mut().push(asked(call));
            }
            let answer = proposed(&mut left.borrow_mut(), &events(&call.prompt));
            Answer::Text { text: json!({ "proposals": answer }).to_string() }
        });
    }
    let dreamt = dreamer.dream(&sessions, |_| {})?;
    let mut notes = Vec::new();
    if with_model {
        notes.push(format!(
            "{} of {all} recorded proposals were asked for, {} calls, {} characters of prompts for {} of transcripts",
            all - left.borrow().iter().map(Vec::len).sum::<usize>(),
            dreamt.report.calls,
            dreamt.report.prompt_characters,
            dreamt.report.transcript_characters,
        ));
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for rejected in &dreamt.plan.rejected {
            *reasons.entry(&rejected.reason).or_default() += 1;
        }
        notes.push(format!("turned down: {reasons:?}"));
        let checked = dreamt.plan.rejected.iter().filter(|r| r.stage == Stage::Check);
        let checked = checked.filter(|r| r.reason != "not-worth-keeping");
        notes.extend(checked.map(|rejected| format!("{}: {}", rejected.reason, rejected.text)));
        notes.extend(dreamt.report.notes.iter().cloned());
    }
    for (n, prompt) in (1..).zip(unanswered.borrow().iter()) {
        let folder = std::env::temp_dir().join("dreaming-forward");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}-{n:02}.txt")), prompt)?;
    }
    if !unanswered.borrow().is_empty() {
        let (n, folder) =
            (unanswered.borrow().len(), std::env::temp_dir().join("dreaming-forward"));
        notes.push(format!("{n} calls that nobody has answered are in {}", folder.display()));
    }
    let adds = dreamt.plan.open_changes().filter(|change| {
        change.operation == Operation::Add && change.cause != Cause::Index
            || change.operation == Operation::Supersede
    });
    let texts = adds.filter_map(|change| change.text.clone()).collect();
    Ok(Some(Played { texts, notes }))
}

/// The past sessions: in the folder of the project, or by name among the sessions of projects.
fn sessions(name: &str, from: [&Data; 2]) -> anyhow::Result<Sessions> {
    let mut found = Sessions::new();
    let mut named = Vec::new();
    for data in from {
        found.extend(data.sessions(&format!("forward/{name}/past"))?);
        if let Some(path) = data.path(&format!("forward/{name}/past.txt")) {
            named.extend(fs::read_to_string(path)?.lines().map(str::to_owned));
        }
    }
    for path in named {
        let Some(path) = from[0].path(&path) else { continue };
        let id = path.file_name().unwrap_or_default().to_string_lossy().replace(".jsonl.gz", "");
        found.insert(id, vec![("main".into(), unpacked(&path)?)]);
    }
    Ok(found)
}

/// Takes out of the answers in `left` what was proposed about these events: the whole of the longest answer that they
/// show, which is the one to this very call, else every proposal that they show.
fn proposed(left: &mut [Vec<Value>], events: &[String]) -> Vec<Value> {
    let shown = |row: &Vec<Value>| -> Option<Vec<Value>> {
        row.iter().map(|proposal| numbered(proposal, events)).collect()
    };
    let whole = left.iter_mut().filter_map(|row| Some((shown(row)?, row)));
    let longest = whole.filter(|(shown, _)| !shown.is_empty()).max_by_key(|(shown, _)| shown.len());
    if let Some((shown, row)) = longest {
        row.clear();
        return shown;
    }
    let mut found = Vec::new();
    for row in left {
        row.retain(|proposal| match numbered(proposal, events) {
            Some(numbered) => {
                found.push(numbered);
                false
            }
            None => true,
        });
    }
    found
}

/// A call as whoever answers it reads it.
fn asked(call: &ModelCall) -> String {
    format!("{}\n\n{}", call.system, call.prompt)
}

/// The recorded statements about the findings of a prompt, with the numbers that these have there. One is left out
/// when none of its findings is there.
fn statements(prompt: &str, written: &[Value]) -> Vec<Value> {
    let lines: Vec<&str> = prompt.lines().collect();
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse::<u64>().ok();
    let id = |line: &str| statement_digest(line).chars().take(16).collect::<String>();
    let shown = lines.windows(2).filter_map(|pair| Some((id(pair[1]), number(pair[0])?)));
    let shown: BTreeMap<String, u64> = shown.collect();
    let statement = |row: &Value| {
        let named = row["findings"].as_array()?.iter();
        let named: Vec<u64> = named.filter_map(|id| shown.get(id.as_str()?).copied()).collect();
        let (kind, text) = (&row["kind"], &row["text"]);
        let one = json!({"kind": kind, "text": text, "findings": named, "replaces": null});
        (!named.is_empty()).then_some(one)
    };
    written.iter().filter_map(statement).collect()
}
