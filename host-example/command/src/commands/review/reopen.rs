//! `dreaming review --reopen`: what was rejected by mistake is proposed again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::lines::lines;
use crate::commands::{Place, decide, edits, now};
use crate::component;
use crate::document::{self, Plan, Revision};
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{Reply, next, text};
use crate::signed::Signed;
use crate::state::State;

/// Takes the rejections of these changes back, by their ids or the beginnings of these.
///
/// # Errors
/// [`Error::Usage`] for one that is not rejected, [`Error::Ambiguous`]; those of a decision.
pub fn reopen(mut place: Place, names: &[String], signed: &Signed, at: i64) -> Result<Reply> {
    let rejected = rejected(&place.state)?;
    let mut changes: Vec<&String> =
        names.iter().map(|name| named(&rejected, name)).collect::<Result<_>>()?;
    // An entry comes back with its line of the index and with what goes only together with it, as these were rejected
    // with it.
    for id in changes.clone() {
        let Some(plan) = plan(&place.state, id, rejected.get(id).copied())? else { continue };
        let lines = lines(&plan);
        let lines = lines.iter().filter(|line| line.is_of(id)).map(|line| &line.change.id);
        let needed = plan.change(id).into_iter().flat_map(|change| &change.needs);
        let needing = plan.changes.iter().filter(|change| change.needs.contains(id));
        let with = lines.chain(needed).chain(needing.map(|change| &change.id));
        changes.extend(with.filter_map(|other| Some(rejected.get_key_value(other)?.0)));
    }
    changes.sort();
    changes.dedup();
    let mut said = String::new();
    for id in &changes {
        said.push_str(&line(&place.state, id, rejected.get(*id).copied())?);
    }
    let changes: Vec<String> = changes.into_iter().cloned().collect();
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let mut contents = now(&place)?;
    // What people wrote since goes into the chain first, as with every decision.
    let writing = interrupt::writing();
    edits::keep(&mut place, &mut job, &mut contents, at)?;
    drop(writing);
    interrupt::heed();
    let store = job.snapshot(&contents).map_err(component::refused)?;
    let revision = job.reopen(&store, &changes, &signed.by_at(at)).map_err(component::refused)?;
    let writing = interrupt::writing();
    let number = edits::commit(&mut place, &mut contents, &revision)?;
    writing.done();
    let count = changes.len() as u64;
    let run = next::command(if place.state.has_waiting_plan()? { "run --replace" } else { "run" });
    let it = if count == 1 { "it" } else { "them" };
    let text = format!(
        "Revision {number}: {} taken back.\n{said}{run} proposes {it} again where what it read still says so.\n",
        text::count(count, "rejection")
    );
    let json = json!({
        "outcome": "committed", "revision": number, "id": revision.revision, "reopened": changes,
    });
    Ok(Reply::new(text, json))
}

/// The changes that stay away, each with the newest revision that rejected it: a decision, or a revert of what it had
/// applied.
fn rejected(state: &State) -> Result<BTreeMap<String, u64>> {
    let mut rejected = BTreeMap::new();
    for stored in state.revisions(0, u64::MAX)? {
        let record: Revision = document::parse(&stored.record, "revision record")?;
        for verdict in record.verdicts {
            match verdict.accepted || verdict.reopened {
                true => rejected.remove(&verdict.change),
                false => rejected.insert(verdict.change, stored.number),
            };
        }
    }
    Ok(rejected)
}

/// The one id that begins so.
fn named<'r>(rejected: &'r BTreeMap<String, u64>, name: &str) -> Result<&'r String> {
    let mut fit = rejected.keys().filter(|id| id.starts_with(name));
    match (fit.next(), fit.next()) {
        (Some(_), Some(_)) => Err(Error::Ambiguous(name.into())),
        (Some(id), None) => Ok(id),
        (None, _) => Err(Error::Usage(format!(
            "no change `{}` is rejected: {} names the revisions in which some were, and {} shows them with their ids",
            text::one_line(name),
            next::command("log"),
            next::command("show REVISION")
        ))),
    }
}

/// What a change said, where a plan still tells.
fn line(state: &State, id: &str, revision: Option<u64>) -> Result<String> {
    let plan = plan(state, id, revision)?;
    let known =
        plan.as_ref().and_then(|plan| Some(decide::in_a_line("open", plan, plan.change(id)?)));
    let mut out = String::new();
    let _ = match known {
        Some(line) => writeln!(out, "{line}"),
        None => writeln!(out, "  open  {}", text::one_line(id)),
    };
    Ok(out)
}

/// The plan that has a change: that of the revision which rejected it, or, after a revert, which has none, the newest.
fn plan(state: &State, id: &str, revision: Option<u64>) -> Result<Option<Plan>> {
    let stored = match revision.map(|number| state.plan_of(number)).transpose()?.flatten() {
        Some(stored) => Some(stored),
        None => state.plan_with(id)?,
    };
    stored.map(|stored| document::parse(&stored.plan, "plan")).transpose()
}
