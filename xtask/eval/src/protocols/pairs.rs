//! Pairs of statements that mean the same, or not: each pair is a store of two memories, seen at
//! different times; merged = a change of the dream makes one of the two.
//!
//! `learnings/pairs.jsonl` and `stores/*/pairs.jsonl`, a source each: `a`, `b`, `label` (D same claim, U one
//! updates the other, R keep both, S arguable: not scored). `sick/pairs.jsonl`, when there: `a`, `b`, `label` (`entailment`,
//! `contradiction`, `neutral`).

use std::collections::BTreeMap;

use dreaming::judge::same::{Alike, alike};
use dreaming::judge::words::Words;
use dreaming::judge::{Statement, judge};
use dreaming::plan::Operation;
use dreaming::text::{Claims, Corpus};

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// See the module.
pub const PROTOCOL: Protocol =
    Protocol { name: "pairs", about: "pairs of statements that mean the same, or not", run };

/// When the two statements of a pair were seen, and when the dream is.
const TIMES: [&str; 2] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const NOW: &str = "2026-01-03T00:00:00Z";

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let mut sources = vec!["learnings/pairs.jsonl".to_owned()];
    for path in data.files("stores")? {
        if let Some(folder) = path.parent().filter(|_| path.ends_with("pairs.jsonl")) {
            let store = folder.file_name().unwrap_or_default().to_string_lossy();
            sources.push(format!("stores/{store}/pairs.jsonl"));
        }
    }
    let mut all = Counts::default();
    for file in sources.iter().map(String::as_str).chain(["sick/pairs.jsonl"]) {
        let (same, updates) = match file {
            "sick/pairs.jsonl" => ("entailment", Some("contradiction")),
            _ => ("D", Some("U")),
        };
        let Some(rows) = data.lines(file)? else { continue };
        let (mut ours, mut exact) = (Counts::default(), Counts::default());
        for row in &rows {
            let field = |name: &str| row[name].as_str().unwrap_or_default();
            let label = field("label");
            if label == "S" {
                continue;
            }
            let (a, b) = (field("a"), field("b"));
            let merged = is_merged(a, b)?;
            if merged != (label == same) {
                let why = judged(a, b);
                data.case(|| format!("{file}: {label}, merged: {merged}, {why}\n    {a}\n    {b}"));
            }
            ours.add(label == same, Some(label) == updates, merged);
            if same == "D" {
                all.add(label == same, Some(label) == updates, merged);
            }
            exact.add(label == same, Some(label) == updates, squeezed(a) == squeezed(b));
        }
        let unsafe_label = if same == "D" { "updates" } else { "contradictions" };
        // Pairs of statements by agents are what merging is for; those of SICK are captions of pictures.
        let demand = |demand: Demand| (same == "D").then_some(demand);
        measured.row(
            format!("{file}: precision of merges"),
            None,
            Some(exact.precision()),
            ours.precision(),
            None,
        );
        measured.row(
            format!("{file}: recall of merges"),
            Some(Figure::share(0, ours.same)),
            Some(exact.recall()),
            ours.recall(),
            // Never less than what equal words give: the rest is for a model to say.
            exact.recall().number().and_then(|least| demand(Demand::AtLeast(least))),
        );
        measured.row(
            format!("{file}: {unsafe_label} merged"),
            Some(Figure::share(0, ours.others)),
            Some(Figure::share(exact.others_merged, exact.others)),
            Figure::share(ours.others_merged, ours.others),
            demand(Demand::AtMost(0.0)),
        );
    }
    if all.same > 0 {
        let precise = Some(Demand::AtLeast(0.95));
        measured.row("all sources: precision of merges", None, None, all.precision(), precise);
        measured.row("all sources: recall of merges", None, None, all.recall(), None);
    }
    if let Some(rows) = data.lines("learnings/pairs.jsonl")? {
        guards(&rows, &mut measured);
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("learnings/pairs.jsonl and no sick/pairs.jsonl"));
    }
    Ok(measured)
}

/// What each guard costs and prevents, among the pairs whose words let them say the same. Pairs are judged
/// without a store here, and the words of a guard that fires first count alone.
fn guards(rows: &[serde_json::Value], measured: &mut Measured) {
    let mut by_kind: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut same, mut wordings) = (0, (0, 0));
    for row in rows {
        let field = |name: &str| row[name].as_str().unwrap_or_default();
        if field("label") == "S" {
            continue;
        }
        let is_same = field("label") == "D";
        same += usize::from(is_same);
        let texts = [field("a"), field("b")];
        let corpus = Corpus::of(texts);
        let [a, b] = [0, 1].map(|at| Words::new(corpus.reading(at)));
        if alike(&a, &b, a.overlap(&b)) != Alike::Wording {
            continue;
        }
        let count = |counts: &mut (usize, usize)| match is_same {
            true => counts.0 += 1,
            false => counts.1 += 1,
        };
        count(&mut wordings);
        let [ours, theirs] =
            [(0, texts[0]), (1, texts[1])].map(|(at, text)| Claims::of(text, corpus.reading(at)));
        if let Some(guard) = ours.guard(&theirs, a.overlap(&b).similarity()) {
            count(by_kind.entry(guard.kind).or_default());
        }
    }
    let recall = Figure::share(wordings.0, same);
    measured.note(format!("by words alone: recall {recall}, {} wrong merges", wordings.1));
    for (kind, (lost, prevented)) in by_kind {
        let lost = Figure::share(lost, same);
        measured
            .note(format!("guard {kind}: recall lost {lost}, wrong merges prevented {prevented}"));
    }
}

/// Whether a dream says that the two are one. A newer value that replaces an older one is no merge.
fn is_merged(a: &str, b: &str) -> anyhow::Result<bool> {
    let mut dreamer = Dreamer::new(NOW)?;
    for ((path, text), time) in [("a.md", a), ("b.md", b)].into_iter().zip(TIMES) {
        let line = format!("- {}\n", squeezed(text));
        dreamer.store.write(path, &line, dreaming::Time::parse(time));
    }
    let mut merged = false;
    dreamer.settle_seeing(|plan| {
        merged |= plan.changes.iter().any(|change| change.operation == Operation::Merge);
    })?;
    Ok(merged)
}

/// What the judge says of a pair.
fn judged(a: &str, b: &str) -> String {
    let found = judge(&Statement::of(a), &Statement::of(b));
    format!(
        "{:?} ({}, {:?} {:?}), alike .{:06}",
        found.relation, found.reason, found.left, found.right, found.similarity
    )
}

/// The text on one line.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Counts {
    same: usize,
    same_merged: usize,
    merged: usize,
    others: usize,
    others_merged: usize,
}

impl Counts {
    fn add(&mut self, same: bool, update: bool, merged: bool) {
        self.same += usize::from(same);
        self.same_merged += usize::from(same && merged);
        self.merged += usize::from(merged);
        self.others += usize::from(update);
        self.others_merged += usize::from(update && merged);
    }

    fn precision(&self) -> Figure {
        Figure::share(self.same_merged, self.merged)
    }

    fn recall(&self) -> Figure {
        Figure::share(self.same_merged, self.same)
    }
}
