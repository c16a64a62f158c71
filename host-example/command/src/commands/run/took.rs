//! What a dream asked of its model, and what that took.

use dreaming_models::tally::Usage;
use serde_json::{Value, json};

use super::reply::some;
use crate::document::Report;
use crate::error::Result;
use crate::model::Desk;
use crate::model::choice::Choice;
use crate::output::text;
use crate::state::answers::asked::Lost;

/// What the model was asked and what it took.
///
/// # Errors
/// Those of [`Choice::price`].
pub fn asked(choice: &Choice, desk: &Desk, report: &Report) -> Result<(String, Value)> {
    let Some(name) = &choice.model else { return Ok(Default::default()) };
    let (tally, lost) = (desk.tally(), desk.record().lost());
    let price = choice.price()?;
    let mut out = format!(
        "Model {}: {}",
        text::one_line(&name.to_string()),
        text::count(tally.asked, "call")
    );
    let parts = [
        (tally.recorded, "answered from the record"),
        (tally.answered, "answered"),
        (tally.refused, "refused"),
        (tally.unusable, "answered by what nobody can use"),
        (tally.failed, "without an answer"),
        (tally.not_asked, "not made"),
        (tally.given_up, "not made again, for nobody could use their answers"),
        (tally.not_kept, "paid for and not recorded"),
        (tally.retries, "tried again"),
    ];
    for (count, what) in parts {
        out.push_str(&some(count, what));
    }
    let tokens = tally.tokens;
    if tokens.total() > 0 {
        out.push_str(&format!(
            "; tokens counted by the service: {} input, {} cache write, {} cache read, {} output",
            tokens.input, tokens.cache_write, tokens.cache_read, tokens.output
        ));
    }
    let cost = |tokens: Usage| desk.cost(tokens).filter(|_| tokens.total() > 0);
    let (aside, cost_aside) = (tally.set_aside, cost(tally.set_aside.tokens));
    let cost = desk.paid().filter(|_| tokens.total() > 0);
    if let (Some(cost), Some(price)) = (cost, &price) {
        out.push_str(&format!("; ${cost:.4} at the prices of {}", text::one_line(&price.as_of)));
    }
    if aside.tries > 0 {
        let (tries, tokens) = (tries(aside.tries), aside.tokens.total());
        out.push_str(&format!(
            "; set aside for {tries} without an answer: at most {tokens} tokens"
        ));
    }
    if let Some(cost) = cost_aside {
        out.push_str(&format!(", ${cost:.4}"));
    }
    let ratio = ratio(report);
    if let Some(ratio) = ratio {
        out.push_str(&format!("; input ÷ transcript {ratio:.2}"));
    }
    out.push_str(".\n");
    if let Some(lost) = of_earlier(&lost) {
        out.push_str(&format!("Look: {lost}.\n"));
    }
    let json = json!({
        "name": name.to_string(),
        "calls": tally,
        "earlier": lost,
        "cost": cost,
        "cost_set_aside": cost_aside,
        "prices": price.map(|price| price.as_of),
        "input_per_transcript": ratio,
    });
    Ok((out, json))
}

/// What a dream without any answer may have cost, in lines; empty if nothing.
pub fn took(desk: &Desk) -> Vec<String> {
    let tally = desk.tally();
    let (counted, aside) = (tally.tokens.total(), tally.set_aside);
    let counted = (counted > 0).then(|| format!("the service counted {counted} tokens"));
    let aside = (aside.tries > 0).then(|| {
        let (tries, tokens) = (tries(aside.tries), aside.tokens.total());
        format!("{tries} may have been paid for, at most {tokens} tokens")
    });
    counted.into_iter().chain(aside).chain(of_earlier(&desk.record().lost())).collect()
}

/// What earlier runs may have cost that ended in the middle of their calls; `None` if nothing.
fn of_earlier(lost: &Lost) -> Option<String> {
    let Lost { calls, tokens, .. } = lost;
    let told = || {
        let calls = text::count(*calls, "call");
        format!(
            "{calls} of an earlier run got no answer and may have been paid for, at most {tokens} tokens"
        )
    };
    (*calls > 0).then(told)
}

fn tries(number: u64) -> String {
    if number == 1 { "1 try".into() } else { format!("{number} tries") }
}

/// Tokens of all prompts divided by tokens of the transcripts, both counted as characters ÷ 4.
pub fn ratio(report: &Report) -> Option<f64> {
    let tokens = |characters: u64| characters.div_ceil(4) as f64;
    let (prompts, transcripts) = (report.prompt_characters, report.transcript_characters);
    (transcripts > 0).then(|| tokens(prompts) / tokens(transcripts))
}
