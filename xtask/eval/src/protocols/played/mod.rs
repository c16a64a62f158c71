//! A dream over the past sessions of a case, with recorded answers of a model.
//!
//! `answers.jsonl` in the folder of the case, or in its `calls/`, has the answers to calls about
//! sessions: `answer` with its `proposals`, each quote as written or by its bytes and hash (see
//! [`crate::recording`]), and in `corrects` the line of `Known:` whose place it takes, or the beginning of its digest. An answer is
//! used for the call of the dream that shows all its quotes; when no call does, each of its
//! proposals is used for the first call that shows its own quotes. A row with `again` answers a call about what was turned
//! down.
//!
//! `distil.jsonl` has the statements written from the findings, one for each row: `kind`, `text`,
//! and `findings`, the beginnings of the digests of the lines that show kind and words of the
//! findings; `replaces` and `after` have a line of the memory behind its headings, or the beginning of its digest; a row with
//! `line` instead is one of the answer's `lines`, and one with `again` is of the answer about what was turned down. An answer without statements is one row without `text`. Calls without a recorded
//! answer are written into a folder, for somebody who plays the model.

mod past;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::Context as _;
use dreaming::Time;
use dreaming::plan::{Cause, Change, Gate, Operation, Rejected, Stage};
use dreaming::policy::SettingValue as Setting;
use dreaming::propose::{Answer, ModelCall};
use dreaming_testing::shared_call::{moved, sessions};
use serde_json::{Value, json};

use crate::data::{Data, Sessions, unpacked};
use crate::dream::{Dreamer, Dreamt};
use crate::judged::statement_digest;
use crate::protocols::recorded::{events, numbered};

/// Findings as a prompt shows them, with whether a recorded statement rests on them.
pub type Findings = Vec<(String, bool)>;

/// What a call about what was turned down shows.
const AGAIN: &str = "\nTurned down 1";

/// The reasons of findings that no statement holds: there are hundreds.
pub const LEFT: [&str; 2] = ["its-statement-fell", "not-worth-keeping"];

/// What this repository has of cases.
pub fn ours() -> anyhow::Result<Data> {
    Data::open(Some(Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()))
}

/// A folder with past sessions, the memory before them, and recorded answers.
pub struct Case<'a> {
    /// The folder below the data: `forward/airline`.
    pub folder: String,
    /// Where it may be; when both have it, their files are joined.
    pub from: [&'a Data; 2],
    /// When the memory was written that was there before: before all sessions.
    pub written: Option<&'static str>,
    /// The time of the dream: after all sessions.
    pub now: &'static str,
}

impl Case<'_> {
    /// The name of the case: the last part of its folder.
    pub fn name(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or_default()
    }

    /// Whether either place has a file of the case.
    pub fn has(&self, file: &str) -> bool {
        self.from.iter().any(|data| data.path(&format!("{}/{file}", self.folder)).is_some())
    }

    /// The rows of a file, from both places.
    pub fn rows(&self, file: &str) -> anyhow::Result<Vec<Value>> {
        let mut rows = Vec::new();
        for data in self.from {
            rows.extend(data.lines(&format!("{}/{file}", self.folder))?.unwrap_or_default());
        }
        Ok(rows)
    }

    /// The files of a folder of the case: names and texts.
    pub fn texts(&self, folder: &str) -> anyhow::Result<Vec<(String, String)>> {
        let mut texts = Vec::new();
        for data in self.from {
            for path in data.files(&format!("{}/{folder}", self.folder))? {
                let text = String::from_utf8(unpacked(&path)?).context("a memory is no UTF-8")?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                texts.push((name, text));
            }
        }
        Ok(texts)
    }

    /// The past sessions.
    pub fn sessions(&self) -> anyhow::Result<Sessions> {
        past::sessions(self)
    }

    /// A store with the memories that were there before, and settings of an evaluation.
    pub fn dreamer(&self) -> anyhow::Result<Dreamer> {
        let mut dreamer = Dreamer::new(self.now)?;
        for (name, text) in self.texts("memory")? {
            dreamer.store.write(&name, &text, self.written.and_then(Time::parse));
        }
        Ok(dreamer)
    }

    /// Dreams; `None` without sessions, or when recorded answers are wanted and there are none.
    pub fn play(&self, with_model: bool) -> anyhow::Result<Option<Played>> {
        let sessions = self.sessions()?;
        if sessions.is_empty() {
            return Ok(None);
        }
        let mut dreamer = self.dreamer()?;
        let model = Model::of(self)?;
        let all = model.left();
        if with_model {
            asks_about_all(&mut dreamer)?;
            dreamer.model = model.writing(self.rows("distil.jsonl")?);
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
            notes.extend(turned_down(&dreamt));
        }
        notes.extend(model.leave(self.name())?);
        Ok(Some(Played { dreamer, dreamt, notes, findings: model.findings.take() }))
    }
}

/// Lets one dream ask about all sessions, and about no pairs.
pub fn asks_about_all(dreamer: &mut Dreamer) -> anyhow::Result<()> {
    dreamer.policy.set("propose.max-calls", Setting::Integer(10_000))?;
    Ok(dreamer.policy.set("compare.max-calls", Setting::Integer(0))?)
}

/// The result of a dream.
pub struct Played {
    /// The store before it.
    pub dreamer: Dreamer,
    /// Plan and report.
    pub dreamt: Dreamt,
    /// Notes for readers of the figures.
    pub notes: Vec<String>,
    /// The findings that the question for statements showed, as lines, with whether a recorded statement rests on them.
    pub findings: Findings,
}

impl Played {
    /// The statements that the plan adds.
    pub fn texts(&self) -> Vec<String> {
        let adds = self.dreamt.plan.open_changes().filter(|change| {
            change.operation == Operation::Add && change.cause != Cause::Index
                || change.operation == Operation::Supersede
        });
        adds.filter_map(|change| change.text.clone()).collect()
    }
}

/// What became of statements that a plan does not propose, as notes.
fn turned_down(dreamt: &Dreamt) -> Vec<String> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for rejected in &dreamt.plan.rejected {
        *reasons.entry(&rejected.reason).or_default() += 1;
    }
    let mut notes = vec![format!("turned down: {reasons:?}")];
    let checked = dreamt.plan.rejected.iter().filter(|r| r.stage == Stage::Check);
    let checked = checked.filter(|r| !LEFT.contains(&&*r.reason));
    notes.extend(checked.map(told));
    notes.extend(dreamt.report.notes.iter().cloned());
    let blocked = dreamt.plan.changes.iter().filter(|change| change.gate == Gate::Blocked);
    let said = |change: &Change| change.text.clone().unwrap_or_default();
    notes
        .extend(blocked.map(|change| format!("blocked, {}: {}", change.gate_reason, said(change))));
    notes
}

/// What was turned down, and why, as a line.
pub fn told(rejected: &Rejected) -> String {
    let piece = rejected.piece.iter().map(|piece| format!(" `{piece}`")).collect::<String>();
    format!("{}{piece}: {}", rejected.reason, rejected.text)
}

/// Where calls go that nobody has answered.
fn folder() -> PathBuf {
    std::env::temp_dir().join("dreaming-forward")
}

/// The recorded answers of a case.
pub struct Model {
    is_answered: bool,
    /// The proposals that no call has taken yet, by answer.
    proposals: Rc<RefCell<Vec<Vec<Value>>>>,
    /// Those of answers about what was turned down.
    again: Rc<RefCell<Vec<Vec<Value>>>>,
    unanswered: Rc<RefCell<Vec<String>>>,
    /// The findings that calls for statements showed.
    pub findings: Rc<RefCell<Findings>>,
}

impl Model {
    /// The answers of a case.
    pub fn of(case: &Case<'_>) -> anyhow::Result<Self> {
        // `calls/` has answers to earlier prompts, used only when there are none to later ones.
        let is_new = case.has("answers.jsonl");
        Self::answering(&case.rows(if is_new { "answers.jsonl" } else { "calls/answers.jsonl" })?)
    }

    /// A model that gives these answers to calls about sessions.
    pub fn answering(answers: &[Value]) -> anyhow::Result<Self> {
        let of = |is_again: bool| {
            let rows = answers.iter().filter(move |row| (row["again"] == true) == is_again);
            let proposals = rows.filter_map(|row| row["answer"]["proposals"].as_array());
            Rc::new(RefCell::new(proposals.cloned().collect()))
        };
        Ok(Self {
            is_answered: !answers.is_empty(),
            proposals: of(false),
            again: of(true),
            unanswered: Rc::default(),
            findings: Rc::default(),
        })
    }

    /// Writes the calls that nobody has answered into a folder, for somebody who plays the model.
    /// Returns a note on each.
    pub fn leave(&self, name: &str) -> anyhow::Result<Vec<String>> {
        let left = |(n, prompt): (usize, String)| {
            let file = folder().join(format!("{name}-{n:02}.txt"));
            fs::create_dir_all(folder())?;
            fs::write(&file, prompt)?;
            Ok(format!("nobody has answered {}", file.display()))
        };
        (1..).zip(self.unanswered.take()).map(left).collect()
    }

    /// How many proposals no call has taken yet.
    fn left(&self) -> usize {
        self.proposals.borrow().iter().map(Vec::len).sum()
    }

    /// A model that answers the question for statements with those of the rows `written` that rest
    /// on findings of the call.
    pub fn writing(&self, written: Vec<Value>) -> Rc<dyn Fn(&ModelCall) -> Answer> {
        let (left, unanswered) = (Rc::clone(&self.proposals), Rc::clone(&self.unanswered));
        let again = Rc::clone(&self.again);
        let (findings, is_answered) = (Rc::clone(&self.findings), self.is_answered);
        Rc::new(move |call: &ModelCall| {
            if call.schema.contains("\"findings\"") {
                let is_again = call.prompt.contains(AGAIN);
                let of = |row: &&Value| (row["again"] == true) == is_again;
                let written: Vec<Value> = written.iter().filter(of).cloned().collect();
                let mut answer = statements(&call.prompt, &written);
                if !is_again {
                    findings.borrow_mut().extend(cited(&call.prompt, &written));
                }
                if answer.is_empty() && !is_again {
                    unanswered.borrow_mut().push(asked(call));
                }
                answer.retain(|statement| statement["text"].is_string());
                let (lines, statements): (Vec<Value>, _) =
                    answer.into_iter().partition(|one| one.get("line").is_some());
                let answer = json!({ "lines": lines, "statements": statements });
                return Answer::Text { text: answer.to_string() };
            }
            let is_again = call.prompt.contains(AGAIN);
            if !is_answered && !is_again {
                unanswered.borrow_mut().push(asked(call));
            }
            let left = if is_again { &again } else { &left };
            let answer = proposed(&mut left.borrow_mut(), &call.prompt);
            Answer::Text { text: json!({ "proposals": answer }).to_string() }
        })
    }
}

/// Takes from `left` the proposals about the events of a prompt. Of one about several sessions these
/// are first the answers whose numbers are those of the prompt, then those about each session.
fn proposed(left: &mut [Vec<Value>], prompt: &str) -> Vec<Value> {
    let (events, known) = (events(prompt), memory(prompt, "Known:"));
    let mut found = Vec::new();
    if !sessions(prompt).is_empty() {
        let of_prompt = |proposal: &Value| {
            let same = |n: &Value| cited_events(n) == cited_events(proposal);
            shown(proposal, &events, &known).filter(same)
        };
        for row in left.iter_mut() {
            let answer: Option<Vec<Value>> = row.iter().map(of_prompt).collect();
            if let Some(answer) = answer {
                row.clear();
                found.extend(answer);
            }
        }
    }
    let from = |(first, _): &(u64, String)| usize::try_from(first - 1).unwrap_or_default();
    let mut starts: Vec<usize> = sessions(prompt).iter().map(from).collect();
    if starts.is_empty() {
        starts.push(0);
    }
    let ends = starts.iter().skip(1).chain([&events.len()]).copied().collect::<Vec<_>>();
    for (start, end) in starts.into_iter().zip(ends) {
        let of_session = of_session(left, events.get(start..end).unwrap_or_default(), &known);
        found.extend(of_session.into_iter().map(|mut proposal| {
            moved(&mut proposal, start as u64);
            proposal
        }));
    }
    found
}

/// Takes from `left` the proposals about the events of a session. When these show all quotes of an
/// answer, it is the one to this call: the longest such answer is taken whole. Else every single
/// proposal is taken whose quotes the events show.
fn of_session(left: &mut [Vec<Value>], events: &[String], known: &[(String, u64)]) -> Vec<Value> {
    let numbered = |proposal: &Value| shown(proposal, events, known);
    let all = |row: &Vec<Value>| -> Option<Vec<Value>> { row.iter().map(numbered).collect() };
    let whole = left.iter_mut().filter_map(|row| Some((all(row)?, row)));
    let longest = whole.filter(|(shown, _)| !shown.is_empty()).max_by_key(|(shown, _)| shown.len());
    if let Some((shown, row)) = longest {
        row.clear();
        return shown;
    }
    let mut found = Vec::new();
    for row in left {
        row.retain(|proposal| match numbered(proposal) {
            Some(numbered) => {
                found.push(numbered);
                false
            }
            None => true,
        });
    }
    found
}

/// A recorded proposal as an answer to a prompt with these events and lines of the memory; `None`
/// when the events do not show all its quotes.
fn shown(proposal: &Value, events: &[String], known: &[(String, u64)]) -> Option<Value> {
    let mut proposal = numbered(proposal, events)?;
    if let Some(line) = proposal["corrects"].as_str() {
        proposal["corrects"] = json!(number_of(line, known));
    }
    Some(proposal)
}

/// The numbers of the events that a proposal cites.
fn cited_events(proposal: &Value) -> Vec<&Value> {
    proposal["evidence"].as_array().into_iter().flatten().map(|piece| &piece["event"]).collect()
}

/// The text of a call for whoever answers it.
fn asked(call: &ModelCall) -> String {
    format!("{}\n\n{}", call.system, call.prompt)
}

/// The findings of a prompt: number and line.
fn findings(prompt: &str) -> Vec<(u64, &str)> {
    let lines: Vec<&str> = prompt.lines().collect();
    let number = |line: &str| line.strip_prefix("Finding ")?.split(' ').next()?.parse::<u64>().ok();
    lines.windows(2).filter_map(|pair| Some((number(pair[0])?, pair[1]))).collect()
}

/// The name that recorded rows use for a finding, a line or a text: the beginning of its digest.
pub fn name_of(line: &str) -> String {
    statement_digest(line).chars().take(16).collect()
}

/// The findings of a prompt, as lines, with whether a recorded statement rests on them.
fn cited(prompt: &str, written: &[Value]) -> Findings {
    let named = written.iter().filter_map(|row| row["findings"].as_array()).flatten();
    let named: BTreeSet<&str> = named.filter_map(Value::as_str).collect();
    let shown = findings(prompt).into_iter();
    shown.map(|(_, line)| (line.to_owned(), named.contains(&*name_of(line)))).collect()
}

/// The recorded statements about findings of a prompt, with the numbers of the findings in this
/// prompt. A statement is left out when the prompt has none of its findings.
fn statements(prompt: &str, written: &[Value]) -> Vec<Value> {
    let shown: BTreeMap<String, u64> =
        findings(prompt).into_iter().map(|(number, line)| (name_of(line), number)).collect();
    let lines = memory(prompt, "Memory");
    let statement = |row: &Value| {
        let named = row["findings"].as_array()?.iter();
        let named: Vec<u64> = named.filter_map(|id| shown.get(id.as_str()?).copied()).collect();
        let (kind, text) = (&row["kind"], &row["text"]);
        let replaces = row["replaces"].as_str().and_then(|line| number_of(line, &lines));
        let after = row["after"].as_str().and_then(|line| number_of(line, &lines));
        let mut one = json!({"kind": kind, "text": text, "findings": named});
        match row["line"].as_str().map(|line| number_of(line, &lines)) {
            Some(line) => one["line"] = json!(line?),
            None => (one["replaces"], one["after"]) = (json!(replaces), json!(after)),
        }
        (!named.is_empty()).then_some(one)
    };
    written.iter().filter_map(statement).collect()
}

/// The number of a line of the memory, which is given as a prompt shows it, behind its headings, or by its name.
fn number_of(line: &str, known: &[(String, u64)]) -> Option<u64> {
    let by = |is: &dyn Fn(&str) -> bool| known.iter().rfind(|(known, _)| is(known));
    let found = by(&|known| known == line).or_else(|| by(&|known| name_of(known) == line));
    found.map(|(_, number)| *number)
}

/// The lines of the memory that a prompt shows below `title`, each behind its headings, with their numbers; steps without
/// the mark that shows them as such, which answers of before do not name.
fn memory(prompt: &str, title: &str) -> Vec<(String, u64)> {
    let lines = prompt.lines().skip_while(|line| *line != title).skip(1);
    let mut under = "";
    let mut found = Vec::new();
    for line in lines {
        let number = line.split_once(". ").and_then(|(n, text)| Some((n.parse().ok()?, text)));
        let number = number.map(|(number, text)| (number, without_step(text)));
        match (number, line.strip_prefix("Under ")) {
            (Some((number, text)), _) if ["", "no heading"].contains(&under) => {
                found.push((text.to_owned(), number))
            }
            (Some((number, text)), _) => found.push((format!("{under} > {text}"), number)),
            (None, Some(headings)) => under = headings,
            (None, None) => break,
        }
    }
    found
}

fn without_step(text: &str) -> &str {
    let rest = text.strip_prefix("(step ").and_then(|rest| rest.split_once(") "));
    let rest = rest.filter(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()));
    rest.map_or(text, |(_, rest)| rest)
}
