//! A dream over the past sessions of a project, with recorded answers of a model.
//!
//! `answers.jsonl` in the folder of the project, or in its `calls/`, has the answers to calls about
//! sessions: `answer` with its `proposals`, each quote as written or by its bytes and hash (see
//! [`crate::recording`]). An answer is used for the call of the dream that shows all its quotes;
//! when no call does, each of its proposals is used for the first call that shows its own quotes.
//!
//! `distil.jsonl` has the statements written from the findings, one for each row: `kind`, `text`,
//! and `findings`, the beginnings of the digests of the lines that show kind and words of the
//! findings. An answer without statements is one row without `text`. Calls without a recorded
//! answer are written into a folder, for somebody who plays the model.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::plan::{Cause, Change, Gate, Operation, Rejected, Stage};
use dreaming::policy::SettingValue as Setting;
use dreaming::propose::{Answer, ModelCall};
use serde_json::{Value, json};

use crate::data::{Data, unpacked};
use crate::dream::Dreamer;
use crate::judged::statement_digest;
use crate::protocols::recorded::{events, numbered};

use super::{Findings, past};

/// The reasons of findings that no statement holds: there are hundreds.
pub(super) const LEFT: [&str; 2] = ["its-statement-fell", "not-worth-keeping"];

/// The time of the dream: after all sessions.
const NOW: &str = "2026-12-01T00:00:00Z";

/// The result of a dream.
pub struct Played {
    /// The statements that the plan adds.
    pub texts: Vec<String>,
    /// Notes for readers of the figures.
    pub notes: Vec<String>,
    /// The findings that the question for statements showed, as lines, with whether a recorded statement rests on them.
    pub findings: Findings,
}

/// Dreams; `None` without sessions, or when recorded answers are wanted and there are none.
pub fn play(name: &str, from: [&Data; 2], with_model: bool) -> anyhow::Result<Option<Played>> {
    let sessions = past::sessions(name, from)?;
    if sessions.is_empty() {
        return Ok(None);
    }
    let mut dreamer = dreamer(name, from)?;
    let model = Model::of(name, from)?;
    let all = model.left();
    if with_model {
        let written = rows(name, from, "distil.jsonl")?;
        dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
        dreamer.policy.set("compare.max-calls", Setting::Integer(0))?;
        dreamer.model = model.writing(written);
    }
    let dreamt = dreamer.dream(&sessions, |_| {})?;
    let mut notes = Vec::new();
    if with_model {
        notes.push(format!(
            "{} of {all} recorded proposals were asked for, {} calls, {} characters of prompts for {} of transcripts",
            all - model.left(),
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
        let checked = checked.filter(|r| !LEFT.contains(&&*r.reason));
        notes.extend(checked.map(told));
        notes.extend(dreamt.report.notes.iter().cloned());
        let blocked = dreamt.plan.changes.iter().filter(|change| change.gate == Gate::Blocked);
        let said = |change: &Change| change.text.clone().unwrap_or_default();
        notes.extend(
            blocked.map(|change| format!("blocked, {}: {}", change.gate_reason, said(change))),
        );
    }
    let unanswered = model.unanswered.take();
    for (n, prompt) in (1..).zip(&unanswered) {
        leave(&format!("{name}-{n:02}.txt"), prompt)?;
    }
    if !unanswered.is_empty() {
        let (n, folder) = (unanswered.len(), folder());
        notes.push(format!("{n} calls that nobody has answered are in {}", folder.display()));
    }
    let adds = dreamt.plan.open_changes().filter(|change| {
        change.operation == Operation::Add && change.cause != Cause::Index
            || change.operation == Operation::Supersede
    });
    let texts = adds.filter_map(|change| change.text.clone()).collect();
    Ok(Some(Played { texts, notes, findings: model.findings.take() }))
}

/// What was turned down, and why, as a line.
pub(super) fn told(rejected: &Rejected) -> String {
    let piece = rejected.piece.iter().map(|piece| format!(" `{piece}`")).collect::<String>();
    format!("{}{piece}: {}", rejected.reason, rejected.text)
}

/// The rows of a file of a project, from both places.
pub(super) fn rows(name: &str, from: [&Data; 2], file: &str) -> anyhow::Result<Vec<Value>> {
    let mut rows = Vec::new();
    for data in from {
        rows.extend(data.lines(&format!("forward/{name}/{file}"))?.unwrap_or_default());
    }
    Ok(rows)
}

/// A store with the memories that the project had before.
pub(super) fn dreamer(name: &str, from: [&Data; 2]) -> anyhow::Result<Dreamer> {
    let mut dreamer = Dreamer::new(NOW)?;
    for data in from {
        for path in data.files(&format!("forward/{name}/memory"))? {
            let text = String::from_utf8(unpacked(&path)?).context("a memory is no UTF-8")?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            dreamer.store.write(&name, &text, None);
        }
    }
    Ok(dreamer)
}

/// Where calls go that nobody has answered.
fn folder() -> PathBuf {
    std::env::temp_dir().join("dreaming-forward")
}

/// Leaves a call for somebody who plays the model.
pub(super) fn leave(file: &str, prompt: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder())?;
    Ok(fs::write(folder().join(file), prompt)?)
}

/// The recorded answers of a project.
pub(super) struct Model {
    is_answered: bool,
    /// The proposals that no call has taken yet, by answer.
    proposals: Rc<RefCell<Vec<Vec<Value>>>>,
    /// The calls that nobody has answered.
    pub unanswered: Rc<RefCell<Vec<String>>>,
    /// The findings that calls for statements showed.
    pub findings: Rc<RefCell<Findings>>,
}

impl Model {
    pub(super) fn of(name: &str, from: [&Data; 2]) -> anyhow::Result<Self> {
        let mut answers = rows(name, from, "answers.jsonl")?;
        // `calls/` has answers to earlier prompts, used only when there are none to later ones.
        if from.iter().all(|data| data.path(&format!("forward/{name}/answers.jsonl")).is_none()) {
            answers.extend(rows(name, from, "calls/answers.jsonl")?);
        }
        let proposals = answers.iter().filter_map(|row| row["answer"]["proposals"].as_array());
        Ok(Self {
            is_answered: !answers.is_empty(),
            proposals: Rc::new(RefCell::new(proposals.cloned().collect())),
            unanswered: Rc::default(),
            findings: Rc::default(),
        })
    }

    /// How many proposals no call has taken yet.
    fn left(&self) -> usize {
        self.proposals.borrow().iter().map(Vec::len).sum()
    }

    /// A model that answers the question for statements with those of the rows `written` that rest
    /// on findings of the call.
    pub(super) fn writing(&self, written: Vec<Value>) -> Rc<dyn Fn(&ModelCall) -> Answer> {
        let (left, unanswered) = (Rc::clone(&self.proposals), Rc::clone(&self.unanswered));
        let (findings, is_answered) = (Rc::clone(&self.findings), self.is_answered);
        Rc::new(move |call: &ModelCall| {
            if call.schema.contains("\"findings\"") {
                let mut answer = statements(&call.prompt, &written);
                findings.borrow_mut().extend(cited(&call.prompt, &written));
                if answer.is_empty() {
                    unanswered.borrow_mut().push(asked(call));
                }
                answer.retain(|statement| statement["text"].is_string());
                return Answer::Text { text: json!({ "statements": answer }).to_string() };
            }
            if !is_answered {
                unanswered.borrow_mut().push(asked(call));
            }
            let answer = proposed(&mut left.borrow_mut(), &events(&call.prompt));
            Answer::Text { text: json!({ "proposals": answer }).to_string() }
        })
    }
}

/// Takes from `left` the proposals about these events. When the events show all quotes of an
/// answer, it is the one to this call: the longest such answer is taken whole. Else every single
/// proposal is taken whose quotes the events show.
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

/// The text of a call for whoever answers it.
fn asked(call: &ModelCall) -> String {
    format!("{}\n\n{}", call.system, call.prompt)
}

/// The findings of a prompt: number and line.
fn shown(prompt: &str) -> Vec<(u64, &str)> {
    let lines: Vec<&str> = prompt.lines().collect();
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse::<u64>().ok();
    lines.windows(2).filter_map(|pair| Some((number(pair[0])?, pair[1]))).collect()
}

/// The name that recorded statements use for a finding: the beginning of the digest of its line.
fn finding_id(line: &str) -> String {
    statement_digest(line).chars().take(16).collect()
}

/// The findings of a prompt, as lines, with whether a recorded statement rests on them.
fn cited(prompt: &str, written: &[Value]) -> Findings {
    let named = written.iter().filter_map(|row| row["findings"].as_array()).flatten();
    let named: BTreeSet<&str> = named.filter_map(Value::as_str).collect();
    let shown = shown(prompt).into_iter();
    shown.map(|(_, line)| (line.to_owned(), named.contains(&*finding_id(line)))).collect()
}

/// The recorded statements about findings of a prompt, with the numbers of the findings in this
/// prompt. A statement is left out when the prompt has none of its findings.
fn statements(prompt: &str, written: &[Value]) -> Vec<Value> {
    let shown: BTreeMap<String, u64> =
        shown(prompt).into_iter().map(|(number, line)| (finding_id(line), number)).collect();
    let known = lines_of_memory(prompt);
    let statement = |row: &Value| {
        let named = row["findings"].as_array()?.iter();
        let named: Vec<u64> = named.filter_map(|id| shown.get(id.as_str()?).copied()).collect();
        let (kind, text) = (&row["kind"], &row["text"]);
        let replaces = row["replaces"].as_str().and_then(|line| known.get(line));
        let one = json!({"kind": kind, "text": text, "findings": named, "replaces": replaces});
        (!named.is_empty()).then_some(one)
    };
    written.iter().filter_map(statement).collect()
}

/// The lines of the memory that a prompt shows, with their numbers.
fn lines_of_memory(prompt: &str) -> BTreeMap<&str, u64> {
    let lines = prompt.lines().skip_while(|line| *line != "Memory").skip(1);
    let lines = lines.map_while(|line| line.split_once(". "));
    lines.filter_map(|(number, line)| Some((line, number.parse().ok()?))).collect()
}
