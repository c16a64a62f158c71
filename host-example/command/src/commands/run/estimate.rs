//! `dreaming run --estimate`: counts what a dream would ask of its model, without calling it.

use dreaming_models::batch::SHARE;
use dreaming_models::estimate::Estimate;
use dreaming_models::prices::Dated;
use dreaming_models::tally::Usage;
use serde_json::{Value, json};

use super::drive;
use super::prepare::{Prepared, prepare};
use super::took::ratio;
use crate::cli::{Common, Run};
use crate::commands::{Place, failed};
use crate::component;
use crate::document::{self, Plan, Report};
use crate::error::{Error, Result};
use crate::formats;
use crate::model::choice::in_dollars;
use crate::output::{Reply, next, text};
use crate::sessions::Found;

/// What a dream would ask of its model.
pub struct Counted {
    /// Its calls, and their tokens.
    pub estimate: Estimate,
    /// What the dream without the model reports.
    pub report: Report,
    /// The price of the model, if it is known.
    pub price: Option<Dated>,
    /// The sessions that were found, without those that were not understood.
    pub found: Found,
}

/// Dreams without calling a model and without keeping anything. `None` when the dream would read
/// more sessions than `limit`. With a limit nothing is printed: the dream that set it has said
/// everything.
///
/// # Errors
/// Those of a dream.
pub fn count(
    place: Place,
    args: &Run,
    common: &Common,
    limit: Option<u64>,
) -> Result<Option<Counted>> {
    let price = args.model.price()?;
    let quiet = common.json || limit.is_some();
    let prepared = prepare(place, args, common, quiet)?;
    let Prepared { engine, run, store, progress, sessions, mut found, estimate, .. } = prepared;
    if limit.is_some_and(|limit| sessions > limit) {
        progress.end();
        return Ok(None);
    }
    let job = engine.job_with(store, estimate).map_err(component::refused)?;
    let (outcome, mut left, estimate) = drive(job, &run);
    progress.end();
    if let (Err(_), Some(error)) = (&outcome, left.error.take()) {
        return Err(error);
    }
    let outcome = outcome.map_err(component::refused)?.outcome;
    let report: Report = document::parse(&outcome.report, "report")?;
    let plan: Plan = document::parse(&outcome.plan, "plan")?;
    formats::leave_not_understood(&left.state, &plan, &mut found)?;
    Ok(Some(Counted { estimate, report, price, found }))
}

/// A note that a dream, which may take `most` dollars, stops at `limit`; empty when the limit is
/// higher.
pub fn stops(most: f64, limit: Option<f64>) -> String {
    let limit = limit.filter(|limit| most > *limit);
    limit
        .map(|limit| format!("; a dream stops at {} (`max-cost`)", in_dollars(limit)))
        .unwrap_or_default()
}

/// Says how many calls, tokens and dollars a dream would take with its model.
///
/// # Errors
/// Those of a dream.
pub fn estimate(place: Place, args: &Run, common: &Common) -> Result<Reply> {
    let Some(Counted { estimate, report, price, found }) = count(place, args, common, None)? else {
        return Err(Error::Engine("an estimate without a limit has none".into()));
    };
    let most = estimate.at_most();
    let over = report.calls_over_budget + estimate.over;
    let cost = |usage: Usage| price.as_ref().map(|dated| dated.price.of(usage));
    let mut out = format!(
        "{} to make, {} answered already, {} over the budget of calls.\nAbout {} tokens of input and {} of output (at most {}).\n",
        text::count(estimate.calls, "call"),
        estimate.known,
        over,
        estimate.usage.input,
        estimate.usage.output,
        estimate.most,
    );
    let batched =
        |cost: Option<f64>| cost.filter(|_| args.model.takes_batches()).map(|cost| cost * SHARE);
    match (cost(estimate.usage), cost(most), &price) {
        (Some(about), Some(most), Some(price)) => {
            let batches = match batched(Some(about)) {
                Some(about) => format!(
                    " With --batch about ${about:.4}, at most ${:.4}; the answers come within a day.",
                    most * SHARE
                ),
                None => String::new(),
            };
            out.push_str(&format!(
                "About ${about:.4}, at most ${most:.4}, at the prices of {}{}.{batches}\n",
                text::one_line(&price.as_of),
                stops(most, args.model.max_cost)
            ));
        }
        _ => out
            .push_str("What that costs is not known: no price of this model is (--prices FILE).\n"),
    }
    let ratio = ratio(&report);
    if let Some(ratio) = ratio {
        out.push_str(&format!("Input ÷ transcript {ratio:.2}.\n"));
    }
    let unread = formats::summary(&found.unknown);
    if !unread.is_empty() {
        out.push_str(&format!("Sessions: {unread}; no model is asked about them.\n"));
    }
    out.push_str("Nothing was asked, and nothing is kept.\n");
    let json: Value = json!({
        "outcome": "estimate",
        "calls": {
            "to_make": estimate.calls, "recorded": estimate.known,
            "over_budget": over,
        },
        "tokens": {
            "input": estimate.usage.input, "output": estimate.usage.output,
            "most_output": estimate.most,
        },
        "cost": cost(estimate.usage),
        "most_cost": cost(most),
        "batched": {"cost": batched(cost(estimate.usage)), "most_cost": batched(cost(most))},
        "prices": price.map(|price| price.as_of),
        "input_per_transcript": ratio,
        "unknown": found.unknown,
    });
    Ok(Reply::new(out, json))
}

/// The note that a dry run with a model prints before it asks: what it costs and what to type instead.
pub fn in_place_of_dry_run(args: &Run) -> String {
    let estimate = match failed::again(args) {
        // A dry run remembers no sessions.
        Some(words) => {
            next::command(&format!("{words}{} --estimate", next::sessions(&args.sessions)))
        }
        None => "`--estimate` in place of `--dry-run`".into(),
    };
    format!(
        "a dry run keeps no answer: what the model is asked now is paid for now, and again by the next run. {estimate} asks \
         nobody, and a run without `--dry-run` changes no memory either: its plan waits"
    )
}
