//! `dreaming show`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Place, clock, contradictions, decide, log, waiting};
use crate::document::{self, Plan, Revision};
use crate::error::{Error, Result};
use crate::output::{Reply, json, next, text};
use crate::sessions::Source;
use crate::snapshot;
use crate::state::plans::StoredPlan;
use crate::state::revisions::Stored;

/// Prints the plan that waits, a change, or a revision.
pub fn show(place: &Place, what: Option<&str>, digests: bool) -> Result<Reply> {
    let Some(name) = what else {
        return match place.state.waiting_plan()? {
            Some(stored) => waiting(place, stored, digests),
            None => none_waits(place),
        };
    };
    if let Some(reply) = change(place, name)? {
        return Ok(reply);
    }
    match place.state.revision(name) {
        Ok(stored) => revision(place, &stored),
        Err(Error::UnknownRevision(_)) => Err(Error::UnknownChange(name.into())),
        Err(error) => Err(error),
    }
}

/// What is open although no plan waits.
fn none_waits(place: &Place) -> Result<Reply> {
    let mut said = format!("No plan is waiting: {} makes one.\n", next::run());
    let (contents, _) = snapshot::now(&place.state, &place.folder)?;
    let open = contradictions::open(place, &snapshot::texts(&contents))?;
    said.push_str(&text::brief::conflicts(&open, usize::MAX));
    Ok(Reply::new(said, json!({"plan": null})))
}

/// Where a part of a session was last seen.
pub(super) fn file(place: &Place, session: &str, part: &str) -> Option<Source> {
    place.state.source(session, part).ok().flatten()
}

/// Prints a short form of the plan that waits.
pub fn brief(place: &Place) -> Result<Reply> {
    let reply = show(place, None, false)?;
    let Some(stored) = place.state.waiting_plan()? else { return Ok(reply) };
    let (plan, fallen) = match waiting::look(place, clock()) {
        Ok(Some(fitted)) => {
            let fallen = decide::fell_away(&fitted);
            (fitted.plan, fallen)
        }
        _ => (document::parse(&stored.plan, "plan")?, String::new()),
    };
    Ok(Reply { text: text::brief::brief(&plan) + &fallen, ..reply })
}

/// The plan that waits, fitted to the memories of now where that is possible.
pub(super) fn waiting(place: &Place, stored: StoredPlan, digests: bool) -> Result<Reply> {
    let (stored, plan, fallen, stale) = match waiting::look(place, clock()) {
        Ok(Some(fitted)) => {
            let fallen = decide::fell_away(&fitted);
            (fitted.stored, fitted.plan, fallen, json!(fitted.stale))
        }
        // A plan of another engine, or one that no longer fits, can be shown but not decided about.
        Ok(None) | Err(Error::Stale(_) | Error::OtherEngine(_)) => {
            let plan: Plan = document::parse(&stored.plan, "plan")?;
            (stored, plan, String::new(), json!([]))
        }
        Err(error) => return Err(error),
    };
    let mut out = head(&plan) + &fallen;
    out.push_str(&text::plan(&plan, &|session, part| file(place, session, part)));
    let report: Value = document::parse(&stored.report, "report")?;
    let mut value: Value = document::parse(&stored.plan, "plan")?;
    if !digests {
        json::without_records(&mut value);
    }
    json::with_files(&mut value, &mut |session, part| file(place, session, part));
    json::with_lost(&mut value, &plan.changes);
    let json = json!({"plan": value, "report": report, "status": "waiting", "stale": stale});
    Ok(Reply::new(out, json))
}

/// When the plan was made, what is in it, and which sessions could not be read.
pub(super) fn head(plan: &Plan) -> String {
    let read = plan.sessions.iter().filter(|s| s.outcome.state == "read").count() as u64;
    let mut out = format!(
        "Plan of {}: {}\n{} read\n",
        text::time(plan.now),
        text::gates(plan.gates()),
        text::count(read, "session")
    );
    for session in &plan.sessions {
        if let Some(reason) = &session.outcome.reason {
            let (id, reason) = (text::one_line(&session.session), text::one_line(reason));
            let _ = writeln!(out, "pending: {id}: {reason}");
        }
    }
    out
}

/// The change whose id begins with `name`, from the plan that waits or the newest that has it.
fn change(place: &Place, name: &str) -> Result<Option<Reply>> {
    if !name.starts_with('c') || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    let Some(stored) = place.state.plan_with(name)? else { return Ok(None) };
    let plan: Plan = document::parse(&stored.plan, "plan")?;
    let found: Vec<_> = plan.changes.iter().filter(|c| c.id.starts_with(name)).collect();
    let [found] = found.as_slice() else {
        return if found.is_empty() { Ok(None) } else { Err(Error::Ambiguous(name.into())) };
    };
    let mut out = String::new();
    text::change(&mut out, found, &|session, part| file(place, session, part));
    let _ = writeln!(out, "  plan: {}", stored.status);
    let whole: Value = document::parse(&stored.plan, "plan")?;
    let mut all = whole["changes"].as_array().into_iter().flatten();
    let same = all.find(|change| change["id"] == *found.id);
    let mut value = same.cloned().unwrap_or_default();
    json::with_files(&mut value, &mut |session, part| file(place, session, part));
    json::lost(&mut value, found);
    let reply = json!({"change": value, "status": stored.status, "revision": stored.revision});
    Ok(Some(Reply::new(out, reply)))
}

fn revision(place: &Place, stored: &Stored) -> Result<Reply> {
    let record: Revision = document::parse(&stored.record, "revision record")?;
    let is_anew =
        place.state.asked_anew()?.contains(&stored.number) && log::wrote_anew(place, &record);
    let mut out = log::line(&record, &stored.id, is_anew);
    let plan = place.state.plan_of(stored.number)?;
    let whole: Option<Value> =
        plan.as_ref().map(|plan| document::parse(&plan.plan, "plan")).transpose()?;
    let turned_down = whole.as_ref().map_or(&Value::Null, |plan| &plan["rejected"]);
    let plan: Option<Plan> = plan.map(|plan| document::parse(&plan.plan, "plan")).transpose()?;
    let files = |session: &str, part: &str| file(place, session, part);
    for verdict in &record.verdicts {
        let word = match (verdict.accepted, verdict.reopened) {
            (true, _) => "applied",
            (false, true) => "open again",
            (false, false) => "rejected",
        };
        let _ = writeln!(out, "\n{word}:");
        // A revert has no plan: what it took back stands in the plan that proposed it.
        let elsewhere = match &plan {
            Some(_) => None,
            None => place.state.plan_with(&verdict.change)?,
        };
        let elsewhere =
            elsewhere.map(|stored| document::parse(&stored.plan, "plan")).transpose()?;
        let of: Option<&Plan> = plan.as_ref().or(elsewhere.as_ref());
        match of.and_then(|plan| plan.change(&verdict.change)) {
            Some(change) => text::change(&mut out, change, &files),
            None => {
                let _ = writeln!(out, "{}", text::one_line(&verdict.change));
            }
        }
    }
    let before = place.state.readable_at(stored.number.saturating_sub(1))?;
    let after = place.state.readable_at(stored.number)?;
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut memories = Vec::new();
    for path in paths {
        let old = before.get(path).map(|memory| memory.text.as_str());
        let new = after.get(path).map(|memory| memory.text.as_str());
        if old != new {
            text::diff(&mut out, path, old, new);
            memories.push(json!({"path": path, "before": old, "after": new}));
        }
    }
    out.push_str(&plan.map_or_else(String::new, |plan| text::turned_down(&plan, &files)));
    let record: Value = document::parse(&stored.record, "revision record")?;
    let reply = json!({
        "id": stored.id, "revision": record, "memories": memories, "turned_down": turned_down,
    });
    Ok(Reply::new(out, reply))
}
