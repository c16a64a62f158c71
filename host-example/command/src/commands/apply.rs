//! `dreaming apply`.

use dreaming_wasmtime::Selection;

use super::decide::{self, Choice};
use super::{Place, clock, waiting};
use crate::cli::Apply;
use crate::error::{Error, Result};
use crate::output::Reply;

/// Applies changes of the plan that waits.
pub fn apply(mut place: Place, args: &Apply) -> Result<Reply> {
    if !args.all && !args.auto && args.changes.is_empty() && args.reject.is_empty() {
        let what = "what is to be applied? give --all, --auto, ids of changes, or --reject";
        return Err(Error::Usage(what.into()));
    }
    let now = args.signed.now.unwrap_or_else(clock);
    let waiting = waiting::take(&mut place, now)?;
    let names = [&args.changes[..], &args.reject].concat();
    waiting.ids(&place.state, &names)?;
    let reject = waiting.ids(&place.state, &args.reject)?;
    let accept = match (args.all, args.auto) {
        (false, false) => Selection::Only(waiting.ids(&place.state, &args.changes)?),
        (true, _) if waiting.new.is_empty() => Selection::All,
        (_, true) if waiting.new.is_empty() => Selection::Auto,
        _ => {
            let seen = waiting.plan.open_changes().filter(|c| !waiting.new.contains(&c.id));
            let meant = seen.filter(|change| args.all || change.gate == "auto");
            Selection::Only(meant.map(|change| change.id.clone()).collect())
        }
    };
    let choice = Choice { accept, reject, edits: Vec::new() };
    decide::decide(&mut place, &waiting, &choice, &args.signed, now)
}
