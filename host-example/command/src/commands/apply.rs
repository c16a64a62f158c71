//! `dreaming apply` and `dreaming discard`.

use dreaming_wasmtime::{Decision, Selection};
use serde_json::json;

use super::{Place, clock};
use crate::cli::{Apply, Signed};
use crate::component;
use crate::document::{self, Plan};
use crate::error::{Error, Result};
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::plans::{self, StoredPlan};
use crate::write;

/// Applies changes of the plan that waits.
pub fn apply(mut place: Place, args: &Apply) -> Result<Reply> {
    let (stored, plan) = waiting(&place)?;
    let accept = if args.all {
        Selection::All
    } else if args.auto {
        Selection::Auto
    } else if args.changes.is_empty() && args.reject.is_empty() {
        let what = "what is to be applied? give --all, --auto, ids of changes, or --reject";
        return Err(Error::Usage(what.into()));
    } else {
        Selection::Only(ids(&plan, &args.changes)?)
    };
    let reject = ids(&plan, &args.reject)?;
    decide(&mut place, &stored, accept, reject, &args.signed)
}

/// Rejects all changes of the plan that waits.
pub fn discard(mut place: Place, args: &Signed) -> Result<Reply> {
    let (stored, plan) = waiting(&place)?;
    let reject = plan.open_changes().map(|change| change.id.clone()).collect();
    match decide(&mut place, &stored, Selection::Only(Vec::new()), reject, args) {
        // Nobody can decide about a plan for memories that are no more.
        Err(Error::Stale(_) | Error::OtherEngine(_)) => {
            place.state.drop_plan(stored.id)?;
            let text = "The plan was for another state of the memories. It is gone; its sessions \
                        are read again by the next run.\n";
            Ok(Reply::new(text.into(), json!({"outcome": "dropped", "revision": null})))
        }
        other => other,
    }
}

fn waiting(place: &Place) -> Result<(StoredPlan, Plan)> {
    let stored = place.state.waiting_plan()?.ok_or(Error::NoPlan)?;
    let plan = document::parse(&stored.plan, "plan")?;
    Ok((stored, plan))
}

/// The ids of changes whose beginnings are `names`.
fn ids(plan: &Plan, names: &[String]) -> Result<Vec<String>> {
    let id = |name: &String| {
        let mut found = plan.changes.iter().filter(|change| change.id.starts_with(&**name));
        match (found.next(), found.next()) {
            (Some(change), None) if !name.is_empty() => Ok(change.id.clone()),
            (Some(_), Some(_)) => Err(Error::Ambiguous(name.clone())),
            _ => Err(Error::UnknownChange(name.clone())),
        }
    };
    let mut ids: Vec<String> = names.iter().map(id).collect::<Result<_>>()?;
    ids.sort();
    ids.dedup();
    Ok(ids)
}

fn decide(
    place: &mut Place,
    stored: &StoredPlan,
    accept: Selection,
    reject: Vec<String>,
    signed: &Signed,
) -> Result<Reply> {
    let (contents, _) = snapshot::now(&place.state, &place.folder)?;
    let decision = Decision {
        accept,
        reject,
        edits: Vec::new(),
        reviewer: signed.by.clone(),
        note: signed.note.clone(),
        now: signed.now.unwrap_or_else(clock),
    };
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let store = job.snapshot(&contents).map_err(component::refused)?;
    let revision = job.apply(&store, &stored.plan, &decision).map_err(component::refused)?;
    let seen = snapshot::texts(&contents);
    let settle = |tx: &rusqlite::Transaction<'_>, number| {
        Ok(plans::settle(tx, stored.id, "applied", Some(number))?)
    };
    let number = write::commit(&mut place.state, &place.folder, &seen, &revision, settle)?;
    let record: document::Revision = document::parse(&revision.record, "revision record")?;
    let accepted = record.verdicts.iter().filter(|verdict| verdict.accepted).count() as u64;
    let rejected = record.verdicts.len() as u64 - accepted;
    let files: Vec<&str> = revision.memories.iter().map(|write| write.path.as_str()).collect();
    let text = format!(
        "Revision {number}: {} applied, {rejected} rejected, {} written.\n",
        text::count(accepted, "change"),
        text::count(files.len() as u64, "file")
    );
    let json = json!({
        "outcome": "committed", "revision": number, "id": revision.revision,
        "accepted": accepted, "rejected": rejected, "files": files,
    });
    Ok(Reply::new(text, json))
}
