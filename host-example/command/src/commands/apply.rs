//! `dreaming apply`.

use super::decide::{self, Choice};
use super::review::kept;
use super::{Place, clock, waiting};
use crate::cli::Apply;
use crate::error::{Error, Result};
use crate::output::Reply;

/// Applies changes of the plan that waits.
pub fn apply(mut place: Place, args: &Apply) -> Result<Reply> {
    let changes = [&args.changes[..], &args.accept].concat();
    if !args.all && !args.auto && changes.is_empty() && args.reject.is_empty() {
        let what = "what is to be applied? give --all, --auto, ids of changes, or --reject";
        return Err(Error::Usage(what.into()));
    }
    let now = args.signed.now.unwrap_or_else(clock);
    let mut waiting = waiting::look(&place, now)?.ok_or(Error::NoPlan)?;
    let names = [&changes[..], &args.reject].concat();
    waiting.ids(&place.state, &names)?;
    let mut reject = waiting.ids(&place.state, &args.reject)?;
    let (choice, counted) = if args.all || args.auto {
        decide::group(&place.state, &waiting, args.all, Vec::new(), reject, Vec::new())?
    } else {
        let accept = waiting.ids(&place.state, &changes)?;
        waiting.accepted(&accept)?;
        let is_named = |id: &str| accept.iter().any(|of| of == id);
        let mut edits = Vec::new();
        let counted = kept::count(&place.state, is_named, is_named, &mut reject, &mut edits)?;
        (Choice { reject, edits, ..Choice::only(accept) }, counted)
    };
    let mut reply = decide::decide(&mut place, &mut waiting, &choice, &args.signed, now)?;
    reply.text.push_str(&counted);
    Ok(reply)
}
