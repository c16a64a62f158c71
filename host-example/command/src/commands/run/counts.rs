//! What a run leaves: sessions that are unread, sessions that a model may be asked about, and changes to decide.

use crate::document::{self, Plan, Revision};
use crate::error::Result;
use crate::output::{next, text};
use crate::sessions::Found;
use crate::snapshot;
use crate::state::State;
use crate::store::Left;

/// A line about changes that an unattended revision left open.
pub fn still_open(state: &State, plan: &Plan, number: u64) -> Result<String> {
    let revision = state.revision(&number.to_string())?;
    let record: Revision = document::parse(&revision.record, "revision record")?;
    let is_decided = |id: &str| record.verdicts.iter().any(|verdict| verdict.change == id);
    let open = plan.open_changes().filter(|change| !is_decided(&change.id)).count() as u64;
    Ok(match open {
        0 => String::new(),
        _ => format!(
            "Still to decide: {}. {} proposes them again, for {}.\n",
            text::count(open, "change"),
            next::command("run"),
            next::command("review")
        ),
    })
}

/// Two counts over the store and the plan, once the plan is settled: sessions with calls that got
/// no usable answer, and sessions that no model has seen.
pub fn askable(state: &State, plan: &Plan) -> Result<(u64, u64)> {
    let head = state.head()?.map_or(0, |head| head.number);
    let ledger = state.ledger_at(head)?;
    let (mut waits, mut unseen) = (snapshot::waiting(&ledger)?, snapshot::unseen(&ledger)?);
    for result in &plan.sessions {
        if let Some(record) = &result.outcome.record {
            for (set, is) in [(&mut waits, record.waits()), (&mut unseen, record.is_unseen())] {
                match is {
                    true => set.insert(result.session.clone()),
                    false => set.remove(&result.session),
                };
            }
        }
    }
    Ok((waits.len() as u64, unseen.len() as u64))
}

/// How many sessions neither an earlier dream nor this one has read.
pub fn pending(left: &Left, plan: &Plan, found: &Found) -> Result<u64> {
    let head = left.state.head()?.map_or(0, |head| head.number);
    let cursor = snapshot::cursor(&left.state.ledger_at(head)?)?;
    let read_now =
        |id: &str| plan.sessions.iter().any(|s| s.session == id && s.outcome.state == "read");
    let pending = found
        .sessions
        .iter()
        .filter(|session| snapshot::is_unread(session, &cursor) && !read_now(&session.id));
    Ok(pending.count() as u64)
}
