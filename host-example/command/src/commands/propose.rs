//! What an agent proposes is held, and becomes a change of a plan that waits for a person.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::adopt::{self, Adopt};
use super::{Place, begins_none, write};
use crate::adopt::Entry;
use crate::cli::Common;
use crate::error::{Error, Result};
use crate::output::{Reply, next};
use crate::state::plans::Request;

/// Shortest and longest quote in bytes, from the interface (`planning.citation`).
const QUOTE: std::ops::RangeInclusive<usize> = 8..=2_000;

/// How the source of a statement begins that an agent proposed.
const AGENT: &str = "agent ";

/// The type of such a statement.
const TYPE: &str = "proposal";

/// A statement of an agent.
#[derive(Debug)]
pub struct Proposed {
    /// The statement.
    pub text: String,
    /// The words that it rests on.
    pub quote: String,
    /// The name of the agent.
    pub agent: String,
}

/// Holds a statement, and proposes all that are held unless another plan waits.
///
/// # Errors
/// [`Error::Usage`] for a statement without its quote; those of [`adopt::adopt`].
pub fn propose(common: &Common, proposed: &Proposed) -> Result<Reply> {
    let Proposed { text, quote, agent } = proposed;
    if text.trim().is_empty() || !QUOTE.contains(&quote.trim().len()) {
        return Err(Error::Usage(format!(
            "a proposal has a statement, and as its quote the words that it rests on, of {} to {} bytes",
            QUOTE.start(),
            QUOTE.end()
        )));
    }
    begins_none(common, false)?;
    write(common, false, |place| {
        let line = json!({
            "text": text, "quote": quote, "type": TYPE, "source": format!("{AGENT}{agent}"),
        });
        place.state.hold(&line.to_string())?;
        if is_of_others(&place)? {
            let adopt = next::command("adopt --held");
            let text = format!(
                "Held. A plan waits that is decided first; then {adopt} proposes what is held.\n"
            );
            return Ok(Reply::new(text, json!({"outcome": "held"})));
        }
        let args = Adopt { export: None, held: true, replace: true, dry_run: false, now: None };
        adopt::adopt(place, &args, common)
    })
}

/// Whether a plan waits that holds something else than what agents proposed.
fn is_of_others(place: &Place) -> Result<bool> {
    let Some(waiting) = place.state.waiting_plan()? else { return Ok(false) };
    Ok(!is_held(&waiting.request))
}

/// Whether a request proposes what agents proposed, and nothing else.
pub fn is_held(request: &Request) -> bool {
    // An export may name an agent as its source, too.
    let is_held = |entry: &Entry| {
        entry.kind.as_deref() == Some(TYPE)
            && entry.source.as_ref().is_some_and(|source| source.starts_with(AGENT))
    };
    !request.adopted.is_empty() && request.adopted.iter().all(is_held)
}

/// The name under which the statements that are held stand in messages.
pub fn held_name() -> PathBuf {
    PathBuf::from("what agents proposed")
}

/// A sentence about the statements that are held, for `status`; empty where none is or their plan waits.
///
/// # Errors
/// Those of the state.
pub fn sentence(place: &Place, plan: &Value) -> Result<String> {
    let held = place.state.held()?.len() as u64;
    if held == 0 || !plan.is_null() && !is_of_others(place)? {
        return Ok(String::new());
    }
    // Nobody has looked yet which of them were decided.
    let statements = crate::output::text::count(held, "statement");
    Ok(format!(
        "{statements} came from agents: {} proposes those that nobody has decided about\n",
        next::command("adopt --held")
    ))
}
