//! The reply of a run that ends while a batch of its calls is at work.

use dreaming_models::desk::Left;
use serde_json::json;

use super::took::took;
use crate::cli::Run;
use crate::error::{Error, Result};
use crate::model::Desk;
use crate::output::{Reply, text};

/// Says that a batch is at work and how to go on.
///
/// # Errors
/// [`Error::NoAnswer`] if the batch cannot be looked at.
pub fn reply(left: &Left, desk: &Desk, args: &Run) -> Result<Reply> {
    let id = left.id.as_deref().map(text::one_line);
    if let Some(cause) = &left.why {
        let named = id.map_or_else(String::new, |id| format!(" {id}"));
        let kept =
            format!("their batch{named} stays on record, and the same command goes on with it");
        let took = took(desk).into_iter().chain([kept]).collect();
        let (why, todo) = (cause.why.clone(), cause.todo.clone());
        return Err(Error::NoAnswer { calls: left.calls, left: 0, why, took, todo });
    }
    let named = id.as_deref().map_or_else(String::new, |id| format!(" ({id})"));
    let waits = match (args.due.if_due, args.model.no_wait) {
        (true, _) => "the next call with --if-due goes on when it has ended",
        (false, true) => {
            "the same command goes on when it has ended, and waits for it without --no-wait"
        }
        (false, false) => "the same command goes on with it",
    };
    let out = format!(
        "A batch of {} is at work{named}, {} done; it takes up to a day. No plan is made yet: {waits}.\n",
        text::count(left.calls, "call"),
        left.done,
    );
    let json = json!({
        "outcome": "batch-at-work",
        "revision": null,
        "batch": {"id": left.id, "calls": left.calls, "done": left.done},
    });
    Ok(Reply::new(out, json))
}
