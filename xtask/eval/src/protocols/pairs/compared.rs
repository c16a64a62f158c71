//! The same pairs with a stand-in for a model that compares. It answers the engine's questions by
//! the labels; then one answer in ten is replaced by another one, at random.

use dreaming::pair::Comparison;
use dreaming::plan::{Gate, Operation};
use dreaming_core::identity::{Resolution, resolve};
use dreaming_core::planner::{self, Learned};
use dreaming_core::reconcile::pair_questions::{Question, key, questions};
use dreaming_core::world::Asked;
use dreaming_records::engine::Engine;
use dreaming_records::ledger::Pairs;
use dreaming_testing::Random;
use dreaming_testing::native::snapshot;
use serde_json::Value;

use super::{label, squeezed, store};
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// Runs with falsified answers, each with another seed.
const SEEDS: u64 = 20;

/// One in so many answers is falsified.
const SPOILT: usize = 10;

const ANSWERS: [Comparison; 4] =
    [Comparison::Same, Comparison::Updates, Comparison::Contradicts, Comparison::Independent];

/// A pair with its store and question.
struct Pair<'a> {
    label: &'a str,
    dreamer: Dreamer,
    store: dreaming::Snapshot,
    read: Resolution,
    question: Option<Question>,
}

impl<'a> Pair<'a> {
    fn of(row: &'a Value) -> anyhow::Result<Option<Self>> {
        let Some(label) = label(row) else { return Ok(None) };
        let text = |side: &str| redact(&squeezed(row[side].as_str().unwrap_or_default()));
        let key = key(&text("a"), &text("b"));
        let dreamer = store(row)?;
        let store = snapshot(&dreamer.store).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        let read = resolve(&store, dreamer.now, redact);
        let asked = questions(&read.entries, &[], &Pairs::default(), usize::MAX);
        let question = asked.into_iter().find(|question| question.key == key);
        Ok(Some(Self { label, dreamer, store, read, question }))
    }

    /// The right answer, from the label.
    fn truth(&self) -> Comparison {
        match self.label {
            "D" => Comparison::Same,
            "U" => Comparison::Updates,
            _ => Comparison::Independent,
        }
    }

    /// Whether the plan merges the two after this answer.
    fn is_merged(&self, answer: Comparison) -> bool {
        let engine = Engine { fingerprint: dreaming::current_fingerprint(), redact };
        let asked = Asked { policy: &self.dreamer.policy, instructions: "", now: self.dreamer.now };
        let mut learned = Learned::default();
        if let Some(question) = &self.question {
            learned.compared.insert(question.key.clone(), question.answered(answer));
        }
        let planned = planner::plan(&engine, &self.store, &self.read, asked, learned);
        let is_open = |change: &&dreaming::plan::Change| change.gate != Gate::Blocked;
        planned.changes.iter().filter(is_open).any(|c| c.operation == Operation::Merge)
    }
}

fn redact(text: &str) -> String {
    dreaming::redact::redact(text).text
}

#[derive(Default)]
struct Counts {
    same: usize,
    same_merged: usize,
    merged: usize,
    updates_merged: usize,
    updates: usize,
    /// Pairs that a falsified answer calls the same, and those of them that a guard kept apart.
    spoilt: usize,
    saved: usize,
}

impl Counts {
    fn add(&mut self, pair: &Pair<'_>, answer: Comparison) {
        let merged = pair.is_merged(answer);
        self.same += usize::from(pair.label == "D");
        self.same_merged += usize::from(merged && pair.label == "D");
        self.merged += usize::from(merged);
        self.updates += usize::from(pair.label == "U");
        self.updates_merged += usize::from(merged && pair.label == "U");
        let spoilt = answer == Comparison::Same && pair.label != "D";
        self.spoilt += usize::from(spoilt);
        self.saved += usize::from(spoilt && !merged);
    }
}

/// Adds rows for a model that answers by the labels.
pub fn rows(data: &Data, measured: &mut Measured) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for folder in data.folders_with("pairs.jsonl")? {
        if folder != "sick" {
            lines.extend(data.lines(&format!("{folder}/pairs.jsonl"))?.unwrap_or_default());
        }
    }
    let mut pairs = Vec::new();
    for row in &lines {
        pairs.extend(Pair::of(row)?);
    }
    let mut right = Counts::default();
    for (pair, row) in pairs.iter().map(|pair| (pair, pair.truth())) {
        let before = right.same_merged;
        right.add(pair, row);
        if pair.label == "D" && right.same_merged == before {
            let texts: Vec<&str> =
                pair.read.entries.iter().map(|e| e.record.text.as_str()).collect();
            data.case(|| {
                let asked = pair.question.is_some();
                format!("compared: D, asked: {asked}, kept apart: {texts:#?}")
            });
        }
    }
    let mut spoilt = Counts::default();
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        for pair in &pairs {
            let truth = pair.truth();
            let others: Vec<Comparison> =
                ANSWERS.into_iter().filter(|answer| *answer != truth).collect();
            let is_spoilt = random.below(SPOILT) == 0;
            let other = others[random.below(others.len())];
            spoilt.add(pair, if is_spoilt { other } else { truth });
        }
    }
    let share = Figure::share;
    let (least, most) = (|n| Some(Demand::AtLeast(n)), Some(Demand::AtMost(0.0)));
    let same = share(right.same_merged, right.same);
    measured.row("answers of a model: recall of same", None, None, same, least(0.90));
    let precision = share(right.same_merged, right.merged);
    measured.row("answers of a model: precision of merges", None, None, precision, least(0.97));
    let updates = share(right.updates_merged, right.updates);
    measured.row("answers of a model: updates merged", None, None, updates, most);
    let precision = share(spoilt.same_merged, spoilt.merged);
    measured.row("a tenth of them spoilt: precision of merges", None, None, precision, least(0.90));
    measured.note(format!(
        "asked about {} of {} pairs; of {} spoilt answers that call two the same, guards, readers and places kept {} apart",
        pairs.iter().filter(|pair| pair.question.is_some()).count(),
        pairs.len(),
        spoilt.spoilt,
        spoilt.saved
    ));
    Ok(())
}
