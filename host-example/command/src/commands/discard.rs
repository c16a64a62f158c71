//! `dreaming discard`.

use serde_json::json;

use super::decide::{self, Choice};
use super::{Place, clock, waiting};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::Reply;
use crate::signed::Signed;

/// Rejects all changes of the plan that waits.
pub fn discard(mut place: Place, args: &Signed) -> Result<Reply> {
    let now = args.now.unwrap_or_else(clock);
    let looked = waiting::look(&place, now).and_then(|waiting| waiting.ok_or(Error::NoPlan));
    let decided = looked.and_then(|mut waiting| {
        let reject = waiting.plan.open_changes().map(|change| change.id.clone()).collect();
        let choice = Choice { reject, ..Choice::only(Vec::new()) };
        decide::decide(&mut place, &mut waiting, &choice, args, now)
    });
    match decided {
        // Nobody can decide about the plan of another engine, or one that is not what was stored.
        Err(Error::Stale(_) | Error::OtherEngine(_) | Error::Damaged(_)) => {
            let writing = interrupt::writing();
            place.state.drop_plan()?;
            writing.done();
            let text = "Nobody can decide about this plan any more. It is gone; its sessions are \
                        read again by the next run.\n";
            Ok(Reply::new(text.into(), json!({"outcome": "dropped", "revision": null})))
        }
        other => other,
    }
}
