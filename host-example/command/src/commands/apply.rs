//! `dreaming apply`.

use std::fmt::Write as _;

use dreaming_wasmtime::{Decision, Selection};
use serde_json::json;

use super::waiting::{self, Waiting};
use super::{Place, clock};
use crate::cli::{Apply, Signed};
use crate::component;
use crate::document;
use crate::error::{Error, Result};
use crate::output::{Reply, text};
use crate::snapshot;
use crate::state::plans;
use crate::write;

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
    decide(&mut place, &waiting, accept, reject, &args.signed, now)
}

/// Makes the revision of a decision about the plan that waits.
pub fn decide(
    place: &mut Place,
    waiting: &Waiting,
    accept: Selection,
    reject: Vec<String>,
    signed: &Signed,
    now: i64,
) -> Result<Reply> {
    let decision = Decision {
        accept,
        reject,
        edits: Vec::new(),
        reviewer: signed.by.clone(),
        note: signed.note.clone(),
        now,
    };
    let Waiting { stored, contents, .. } = waiting;
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let store = job.snapshot(contents).map_err(component::refused)?;
    let revision = job.apply(&store, &stored.plan, &decision).map_err(component::refused)?;
    let seen = snapshot::texts(contents);
    let settle = |tx: &rusqlite::Transaction<'_>, number| {
        Ok(plans::settle(tx, stored.id, "applied", Some(number))?)
    };
    let number = write::commit(&mut place.state, &place.folder, &seen, &revision, settle)?;
    let record: document::Revision = document::parse(&revision.record, "revision record")?;
    let accepted = record.verdicts.iter().filter(|verdict| verdict.accepted).count() as u64;
    let rejected = record.verdicts.len() as u64 - accepted;
    let files: Vec<&str> = revision.memories.iter().map(|write| write.path.as_str()).collect();
    let mut text = format!(
        "Revision {number}: {} applied, {rejected} rejected, {} written.\n",
        text::count(accepted, "change"),
        text::count(files.len() as u64, "file")
    );
    text.push_str(&fell_away(waiting));
    let json = json!({
        "outcome": "committed", "revision": number, "id": revision.revision,
        "accepted": accepted, "rejected": rejected, "files": files,
        "stale": waiting.stale, "new": waiting.new,
    });
    Ok(Reply::new(text, json))
}

/// What became of the plan because people wrote while it waited, in lines.
pub fn fell_away(waiting: &Waiting) -> String {
    let mut out = String::new();
    for stale in &waiting.stale {
        let path = text::one_line(&stale.path);
        let reason = text::one_line(&stale.reason);
        let _ = writeln!(out, "stale: {}  {} {path}: {reason}", stale.id, stale.operation);
    }
    if !waiting.new.is_empty() {
        let count = text::count(waiting.new.len() as u64, "change");
        let _ = writeln!(out, "{count} came up with the edits; nobody has seen them: left open.");
    }
    out
}
