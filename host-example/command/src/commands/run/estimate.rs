//! `dreaming run --estimate`: what a dream would ask of its model, and asks nobody.

use serde_json::{Value, json};

use super::{Prepared, drive, prepare, reply};
use crate::cli::{Common, Run};
use crate::commands::Place;
use crate::component;
use crate::document::{self, Plan, Report};
use crate::error::Result;
use crate::formats;
use crate::model::estimate::Estimate;
use crate::model::tally::Usage;
use crate::output::{Reply, text};

/// Dreams without a model and without keeping anything, and says how many calls, tokens and dollars the same
/// dream would take with one.
///
/// # Errors
/// Those of a dream.
pub fn estimate(place: Place, args: &Run, common: &Common) -> Result<Reply> {
    let recorded = match args.model.ask_again {
        true => Default::default(),
        false => place.state.recorded(&args.model.identity())?,
    };
    let price = args.model.price()?;
    let Prepared { engine, run, store, progress, mut found, .. } = prepare(place, args, common)?;
    let job = engine.job_with(store, Estimate::new(recorded)).map_err(component::refused)?;
    let (outcome, mut left, estimate) = drive(job, &run);
    progress.end();
    if let (Err(_), Some(error)) = (&outcome, left.error.take()) {
        return Err(error);
    }
    let outcome = outcome.map_err(component::refused)?.outcome;
    let report: Report = document::parse(&outcome.report, "report")?;
    let plan: Plan = document::parse(&outcome.plan, "plan")?;
    formats::leave_not_understood(&left.state, &plan, &mut found)?;
    let most = Usage { output: estimate.most, ..estimate.usage };
    let cost = |usage: Usage| price.as_ref().map(|dated| dated.price.of(usage));
    let mut out = format!(
        "{} to make, {} answered already, {} over the budget of calls.\nAbout {} tokens of input and {} of output (at most {}).\n",
        text::count(estimate.calls, "call"),
        estimate.known,
        report.calls_over_budget,
        estimate.usage.input,
        estimate.usage.output,
        estimate.most,
    );
    match (cost(estimate.usage), cost(most), &price) {
        (Some(about), Some(most), Some(price)) => out.push_str(&format!(
            "About ${about:.4}, at most ${most:.4}, at the prices of {}.\n",
            text::one_line(&price.as_of)
        )),
        _ => out
            .push_str("What that costs is not known: no price of this model is (--prices FILE).\n"),
    }
    let ratio = reply::ratio(&report);
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
            "over_budget": report.calls_over_budget,
        },
        "tokens": {
            "input": estimate.usage.input, "output": estimate.usage.output,
            "most_output": estimate.most,
        },
        "cost": cost(estimate.usage),
        "most_cost": cost(most),
        "prices": price.map(|price| price.as_of),
        "input_per_transcript": ratio,
        "unknown": found.unknown,
    });
    Ok(Reply::new(out, json))
}
