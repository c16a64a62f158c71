//! Of what later sessions ask, how much does a memory answer that was there already and was dreamt over?
//!
//! A case is a folder in `questions/` of the data or of this crate: `memory/` before, `past/` (chats
//! in which its values change), recorded answers (see [`played`](super::played)), `plain/` (the memory
//! as a model left it that read memory and chats whole), and `questions.jsonl`, written by a reader who
//! saw memory and chats alone: `id`, `weight`, `question`, `answer`, and how the answer is told from a
//! memory without a reader: `has` and `not` list alternatives, each of them pieces that one entry must
//! hold together (see [`entry_text`]). A question is *answered* when an entry holds an alternative of
//! `has`, or `has` is empty, and no other one holds one of `not`. It is *wrong* when an entry holds one
//! of `not`: an old value, something that ended, a thing that nobody confirmed.

mod dream_after_dream;
mod entry_text;

use std::collections::BTreeSet;

use serde::Deserialize;

use self::dream_after_dream::{PARTED, WEEKS};
use self::entry_text::{Entry, entries};
use super::Protocol;
use super::played::{Case, ours, told};
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol = Protocol {
    name: "questions",
    about: "what a memory that was there already answers after a dream, beside plain notes",
    run,
};

/// When the memories were written: before all chats.
const WRITTEN: &str = "2026-03-01T00:00:00Z";

/// The time of the dreams: after all chats.
const NOW: &str = "2026-04-14T06:00:00Z";

/// The arm of the present engine with recorded answers.
const DREAM: &str = "dream";

/// Demanded of it: the least share answered, by weight. Chosen by us: plain notes answer all but a few.
const ANSWERED: f64 = 0.9;

/// Demanded of it: the greatest share that is wrong, by weight. Chosen by us.
const WRONG: f64 = 0.05;

/// A memory: names and texts of its files.
type Memory = Vec<(String, String)>;

#[derive(Deserialize)]
struct Question {
    id: String,
    weight: u64,
    question: String,
    has: Vec<Vec<String>>,
    not: Vec<Vec<String>>,
}

/// What a memory says to a question.
#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Answered,
    Open,
    Wrong,
}

impl Question {
    fn verdict(&self, entries: &[Entry]) -> Verdict {
        let holds =
            |entry: &Entry, all: &[Vec<String>]| all.iter().any(|pieces| entry.holds(pieces));
        let is_there = self.has.is_empty() || entries.iter().any(|entry| holds(entry, &self.has));
        let is_wrong = |entry: &Entry| holds(entry, &self.not) && !holds(entry, &self.has);
        match (entries.iter().any(is_wrong), is_there) {
            (true, _) => Verdict::Wrong,
            (false, true) => Verdict::Answered,
            (false, false) => Verdict::Open,
        }
    }
}

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let ours = ours()?;
    for folder in folders([data, &ours])? {
        let mut case = Case { folder, from: [data, &ours], written: Some(WRITTEN), now: NOW };
        // A fresh copy of a folder does not tell when its lines were written.
        case.written = case.written.filter(|_| !case.has(WEEKS));
        measure(&case, data, &mut measured)?;
    }
    match measured.rows.is_empty() {
        true => Ok(Measured::absent("questions/")),
        false => Ok(measured),
    }
}

/// The folders of all cases.
fn folders(from: [&Data; 2]) -> anyhow::Result<BTreeSet<String>> {
    let mut folders = BTreeSet::new();
    for data in from {
        let found = data.folders_with("questions.jsonl")?;
        folders.extend(found.into_iter().filter(|folder| folder.starts_with("questions/")));
    }
    Ok(folders)
}

fn measure(case: &Case<'_>, data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    let questions = case.rows("questions.jsonl")?.into_iter().map(serde_json::from_value);
    let questions: Vec<Question> = questions.collect::<Result<_, _>>()?;
    let mut arms = vec![("as it was", case.texts("memory")?), ("plain", case.texts("plain")?)];
    // The answers for weeks are those of several dreams.
    let single = [(false, "dream without a model"), (true, DREAM)];
    for (with_model, arm) in single.into_iter().filter(|(by, _)| !by || !case.has(WEEKS)) {
        let Some(played) = case.play(with_model)? else { continue };
        measured.notes.extend(played.notes.iter().map(|note| format!("{}: {note}", case.name())));
        for rejected in &played.dreamt.plan.rejected {
            data.case(|| format!("{}\t{arm}\tturned down\t{}", case.name(), told(rejected)));
        }
        for change in &played.dreamt.plan.changes {
            let gone: Vec<&str> = change.targets.iter().map(|target| &*target.text).collect();
            let said = change.text.as_deref().unwrap_or_default();
            data.case(|| {
                let (op, gate, why) = (change.operation, change.gate, &change.gate_reason);
                format!("{}\t{arm}\t{op:?}\t{gate:?} {why}\t{said}\t{gone:?}", case.name())
            });
        }
        for conflict in &played.dreamt.plan.conflicts {
            data.case(|| format!("{}\t{arm}\tconflict\t{conflict:?}", case.name()));
        }
        let mut dreamer = played.dreamer;
        dreamer.accept(&played.dreamt)?;
        arms.push((arm, memory(&dreamer)));
    }
    for parted in PARTED.iter().filter(|parted| case.has(parted.folder)) {
        let (memory, notes) = dream_after_dream::play(case, parted)?;
        measured.notes.extend(notes.iter().map(|note| format!("{}: {note}", case.name())));
        arms.push((parted.arm, memory));
    }
    for (arm, memory) in arms.into_iter().filter(|(_, memory)| !memory.is_empty()) {
        for (name, text) in &memory {
            data.case(|| format!("{}\t{arm}\t{name}\n{text}", case.name()));
        }
        let entries: Vec<Entry> =
            memory.iter().flat_map(|(name, text)| entries(name, text)).collect();
        let verdicts: Vec<_> = questions.iter().map(|q| (q, q.verdict(&entries))).collect();
        let weight = |verdict: Verdict| {
            let of = verdicts.iter().filter(|(_, found)| *found == verdict);
            of.map(|(question, _)| question.weight as usize).sum::<usize>()
        };
        let all = questions.iter().map(|question| question.weight as usize).sum();
        let is_ours = arm == DREAM;
        let mut row = |measure: &str, figure: Figure, demand: Option<Demand>| {
            let measure = format!("{}, {arm}: {measure}", case.name());
            measured.row(measure, None, None, figure, demand.filter(|_| is_ours));
        };
        row(
            "words",
            Figure::count(memory.iter().map(|(_, text)| text.split_whitespace().count()).sum()),
            None,
        );
        let (answered, wrong) = (weight(Verdict::Answered), weight(Verdict::Wrong));
        row("answered, by weight", Figure::share(answered, all), Some(Demand::AtLeast(ANSWERED)));
        row("wrong, by weight", Figure::share(wrong, all), Some(Demand::AtMost(WRONG)));
        for (question, verdict) in &verdicts {
            let said = match verdict {
                Verdict::Answered => continue,
                Verdict::Open => "open",
                Verdict::Wrong => "wrong",
            };
            let Question { id, weight, question, .. } = question;
            data.case(|| format!("{}\t{arm}\t{said}\t{weight}\t{id}\t{question}", case.name()));
        }
    }
    Ok(())
}

/// The files of a store.
fn memory(dreamer: &Dreamer) -> Memory {
    let files = dreamer.store.memories.iter();
    files.map(|file| (file.path.clone(), file.text.clone())).collect()
}
