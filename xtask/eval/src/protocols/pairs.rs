//! Pairs of statements that mean the same, or not. Each pair is a store of its own; it counts as
//! merged when a change of the dream makes one statement of the two.
//!
//! `learnings/pairs.jsonl` and `pairs.jsonl` in the folders of `stores/`, each a source: `a`, `b`,
//! `label` (D same claim, U one updates the other, R keep both, S arguable: not scored). With
//! `a_context` and `b_context` (`path`, `headings`, `time`) each statement is put where it stood;
//! an arguable pair then counts by its label `strict`, which takes the place into account.
//! `sick/pairs.jsonl`, if it exists: `a`, `b`, `label` (`entailment`, `contradiction`, `neutral`).

mod compared;

use std::collections::BTreeMap;

use dreaming::Time;
use dreaming::plan::Operation;
use dreaming::text::{Claims, Corpus};
use dreaming_core::judge::same::{Alike, Overlap, alike};
use dreaming_core::judge::{Statement, judge};
use serde_json::Value;

use super::Protocol;
use crate::data::Data;
use crate::dream::Dreamer;
use crate::figure::{Demand, Figure};
use crate::report::Measured;

/// The protocol that the documentation of this module describes.
pub const PROTOCOL: Protocol =
    Protocol { name: "pairs", about: "pairs of statements that mean the same, or not", run };

/// The times of the two statements of a pair, and of the dream.
const TIMES: [&str; 2] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const NOW: &str = "2026-01-03T00:00:00Z";

/// Merges that a source must have before its precision counts.
const ENOUGH: usize = 5;

fn run(data: &Data) -> anyhow::Result<Measured> {
    let mut measured = Measured::default();
    let mut sources: Vec<String> = data.folders_with("pairs.jsonl")?;
    // The captions of pictures in `sick` come last, because merging is not made for them.
    sources.sort_by_key(|source| source == "sick");
    let (mut all, mut worst) = (Counts::default(), None::<(f64, String, Figure)>);
    for source in sources {
        let file = format!("{source}/pairs.jsonl");
        let (same, updates) = match source.as_str() {
            "sick" => ("entailment", "contradiction"),
            _ => ("D", "U"),
        };
        let Some(rows) = data.lines(&file)? else { continue };
        let (mut ours, mut exact) = (Counts::default(), Counts::default());
        for row in &rows {
            let field = |name: &str| row[name].as_str().unwrap_or_default();
            let Some(label) = label(row) else { continue };
            let (a, b) = (field("a"), field("b"));
            let equal = squeezed(a) == squeezed(b);
            let pair = Pair { same: label == same, update: label == updates, equal };
            let merged = is_merged(row)?;
            if merged != pair.same {
                let why = judged(a, b);
                data.case(|| format!("{file}: {label}, merged: {merged}, {why}\n    {a}\n    {b}"));
            }
            ours.add(&pair, merged);
            exact.add(&pair, equal);
        }
        let is_demanded = same == "D";
        if is_demanded {
            all.take(&ours);
            if ours.merged >= ENOUGH
                && let Some(share) = ours.precision().number()
                && worst.as_ref().is_none_or(|(least, ..)| share < *least)
            {
                worst = Some((share, source.clone(), ours.precision()));
            }
        }
        let unsafe_label = if is_demanded { "updates" } else { "contradictions" };
        measured.row(
            format!("{source}: precision of merges"),
            None,
            Some(exact.precision()),
            ours.precision(),
            None,
        );
        measured.row(
            format!("{source}: recall of merges"),
            Some(Figure::share(0, ours.same)),
            Some(exact.recall()),
            ours.recall(),
            None,
        );
        measured.row(
            format!("{source}: {unsafe_label} merged"),
            Some(Figure::share(0, ours.others)),
            Some(Figure::share(exact.others_merged, exact.others)),
            Figure::share(ours.others_merged, ours.others),
            is_demanded.then_some(Demand::AtMost(0.0)),
        );
    }
    if measured.rows.is_empty() {
        return Ok(Measured::absent("folder with pairs.jsonl"));
    }
    let precise = Some(Demand::AtLeast(0.95));
    measured.row("all sources: precision of merges", None, None, all.precision(), precise);
    let precise_in = "all sources: precision of merges that are not identical";
    measured.row(precise_in, None, None, all.precision_beyond_equal(), precise);
    let nobody = || (0.0, "none has".to_owned(), Figure::share(0, 0));
    let (_, source, precision) = worst.unwrap_or_else(nobody);
    let name = format!("worst with {ENOUGH} merges or more ({source}): precision");
    measured.row(name, None, None, precision, Some(Demand::AtLeast(0.90)));
    measured.row("all sources: recall of merges", None, None, all.recall(), None);
    if let Some(rows) = data.lines("learnings/pairs.jsonl")? {
        guards(&rows, &mut measured);
    }
    if data.model {
        compared::rows(data, &mut measured)?;
    }
    Ok(measured)
}

/// How much recall each guard costs and how many wrong merges it prevents, among pairs with like
/// words. Pairs are judged without a store, and only the guard that speaks first counts.
fn guards(rows: &[Value], measured: &mut Measured) {
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
        let [a, b] = [0, 1].map(|at| corpus.reading(at));
        let overlap = Overlap::of(a, b);
        if alike(a, b, overlap) != Alike::Wording {
            continue;
        }
        let count = |counts: &mut (usize, usize)| match is_same {
            true => counts.0 += 1,
            false => counts.1 += 1,
        };
        count(&mut wordings);
        let [ours, theirs] =
            [(0, texts[0]), (1, texts[1])].map(|(at, text)| Claims::of(text, corpus.reading(at)));
        if let Some(guard) = ours.guard(&theirs, overlap.similarity()) {
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

/// The label of a pair at its place; `None` = it is not scored.
fn label(row: &Value) -> Option<&str> {
    let label = match row["label"].as_str()? {
        "S" if row["a_context"].is_object() => row["strict"].as_str()?,
        label => label,
    };
    Some(label).filter(|label| !matches!(*label, "" | "S"))
}

/// A store in which both statements of a pair are where they stood.
fn store(row: &Value) -> anyhow::Result<Dreamer> {
    let mut dreamer = Dreamer::new(NOW)?;
    let mut memories: BTreeMap<String, (String, Vec<String>, Option<Time>)> = BTreeMap::new();
    for (at, side) in ["a", "b"].into_iter().enumerate() {
        let context = &row[format!("{side}_context")];
        let path = context["path"].as_str().map_or_else(|| format!("{side}.md"), str::to_owned);
        let headings = context["headings"].as_array().into_iter().flatten();
        let headings: Vec<String> = headings.filter_map(Value::as_str).map(squeezed).collect();
        let time = context["time"].as_str().and_then(Time::parse).or(Time::parse(TIMES[at]));
        let (text, above, seen) = memories.entry(path).or_default();
        if *above != headings || text.is_empty() {
            for (depth, heading) in headings.iter().enumerate() {
                text.push_str(&format!("\n{} {heading}\n\n", "#".repeat(depth + 1)));
            }
        }
        text.push_str(&format!("- {}\n", squeezed(row[side].as_str().unwrap_or_default())));
        (*above, *seen) = (headings, time.max(*seen));
    }
    for (path, (text, _, seen)) in &memories {
        dreamer.now = seen.unwrap_or(dreamer.now).max(dreamer.now);
        dreamer.store.write(path, text, *seen);
    }
    Ok(dreamer)
}

/// Whether a dream merges the two. A newer value that replaces an older one is no merge.
fn is_merged(row: &Value) -> anyhow::Result<bool> {
    let mut merged = false;
    store(row)?.settle_seeing(|plan| {
        merged |= plan.changes.iter().any(|change| change.operation == Operation::Merge);
    })?;
    Ok(merged)
}

/// The relation that the judge finds for a pair.
fn judged(a: &str, b: &str) -> String {
    let found = judge(&Statement::of(a), &Statement::of(b));
    format!("{:?} ({}), alike .{:06}", found.relation, found.reason, found.similarity)
}

/// The text on one line.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The labels of a pair, and whether its texts are equal.
struct Pair {
    same: bool,
    update: bool,
    equal: bool,
}

#[derive(Default)]
struct Counts {
    same: usize,
    same_merged: usize,
    merged: usize,
    /// `same_merged` and `merged`, for pairs with different texts only.
    unequal: (usize, usize),
    others: usize,
    others_merged: usize,
}

impl Counts {
    fn add(&mut self, pair: &Pair, merged: bool) {
        self.same += usize::from(pair.same);
        self.same_merged += usize::from(pair.same && merged);
        self.merged += usize::from(merged);
        self.unequal.0 += usize::from(pair.same && merged && !pair.equal);
        self.unequal.1 += usize::from(merged && !pair.equal);
        self.others += usize::from(pair.update);
        self.others_merged += usize::from(pair.update && merged);
    }

    fn take(&mut self, other: &Self) {
        self.same += other.same;
        self.same_merged += other.same_merged;
        self.merged += other.merged;
        self.unequal.0 += other.unequal.0;
        self.unequal.1 += other.unequal.1;
    }

    fn precision(&self) -> Figure {
        Figure::share(self.same_merged, self.merged)
    }

    fn precision_beyond_equal(&self) -> Figure {
        Figure::share(self.unequal.0, self.unequal.1)
    }

    fn recall(&self) -> Figure {
        Figure::share(self.same_merged, self.same)
    }
}
