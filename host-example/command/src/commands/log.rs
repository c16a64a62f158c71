//! `dreaming log`.

use clap::Args;
use serde_json::{Value, json};

use super::Place;
use crate::document::{self, Figures, Plan, Revision};
use crate::error::Result;
use crate::output::{Reply, next, text};

/// `dreaming log`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  dreaming log --limit 10 --memory notes")]
pub struct Log {
    /// Most revisions to list.
    #[arg(long, value_name = "N", default_value_t = usize::MAX, hide_default_value = true)]
    pub limit: usize,
}

/// Lists the revisions, newest first.
pub fn log(place: &Place, args: &Log) -> Result<Reply> {
    let mut out = String::new();
    let mut list = Vec::new();
    let anew = place.state.asked_anew()?;
    let revisions = place.state.revisions(0, u64::MAX)?;
    let left_out = revisions.len().saturating_sub(args.limit) as u64;
    for stored in revisions.into_iter().rev().take(args.limit) {
        let record: Revision = document::parse(&stored.record, "revision record")?;
        let is_anew = anew.contains(&record.number) && wrote_anew(place, &record);
        out.push_str(&line(&record, &stored.id, is_anew));
        let record: Value = document::parse(&stored.record, "revision record")?;
        list.push(json!({"id": stored.id, "record": record, "written_anew": is_anew}));
    }
    if list.is_empty() && left_out == 0 {
        out.push_str(&format!("No revision yet: {} makes the first.\n", next::run()));
    }
    if left_out > 0 {
        out.push_str(&format!("and {}\n", text::count(left_out, "older revision")));
    }
    Ok(Reply::new(out, json!({"revisions": list, "left_out": left_out})))
}

/// Whether something was accepted of what a model wrote anew, or took out for it. A plan that was erased or damaged says
/// nothing.
pub fn wrote_anew(place: &Place, record: &Revision) -> bool {
    let stored = place.state.plan_of(record.number).ok().flatten();
    let Some(plan) = stored.and_then(|stored| document::parse::<Plan>(&stored.plan, "plan").ok())
    else {
        return false;
    };
    let accepted = record.verdicts.iter().filter(|verdict| verdict.accepted);
    let mut changes = accepted.filter_map(|verdict| plan.change(&verdict.change));
    !plan.distilled.is_empty()
        && changes.any(|change| ["distilled", "outgrown"].contains(&change.cause.as_str()))
}

/// A revision in one line. `is_anew`: a model wrote in it anew what dreams had written before.
pub fn line(record: &Revision, id: &str, is_anew: bool) -> String {
    let accepted = record.verdicts.iter().filter(|verdict| verdict.accepted).count();
    let mut line = format!(
        "{:>4}  {}  {}  {}",
        record.number,
        text::short(id),
        text::time(record.now),
        text::one_line(&record.kind)
    );
    if record.kind == "dream" {
        let rejected = record.verdicts.len() - accepted;
        line.push_str(&format!(", {accepted} applied, {rejected} rejected"));
        let words = record.figures.as_ref().map(Figures::words).unwrap_or_default();
        if !words.is_empty() {
            line.push_str(&format!(" ({words})"));
        }
        if is_anew {
            line.push_str(", written anew");
        }
    }
    if record.kind == "reopen" {
        let count = text::count(record.verdicts.len() as u64, "rejection");
        line.push_str(&format!(", {count} taken back"));
    }
    if let Some(restores) = &record.restores {
        line.push_str(&format!(" to {}", text::short(restores)));
    }
    if !record.reviewer.is_empty() {
        line.push_str(&format!(", by {}", text::one_line(&record.reviewer)));
    }
    if !record.note.is_empty() {
        line.push_str(&format!(": {}", text::one_line(&record.note)));
    }
    line.push('\n');
    line
}
