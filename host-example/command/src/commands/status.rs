//! `dreaming status`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::SystemTime;

use dreaming_wasmtime::{Contents, Memory};
use indicatif::DecimalBytes;
use serde_json::{Value, json};

use super::doctor::model;
use super::failed::Failure;
use super::{Place, clock, contradictions, left_out, propose, run, take_over, waiting};
use crate::cli::{Common, Status};
use crate::document::{self, Entry, Plan, Report};
use crate::error::{Error, Result};
use crate::folder::digest;
use crate::formats;
use crate::homes::expiry::{self, Expiry};
use crate::hosted::said;
use crate::kept::Archive;
use crate::output::{self, Reply, next, text};
use crate::sessions::NotUnderstood;
use crate::snapshot;
use crate::state::answers::batches;

/// Prints the state of the store.
pub fn status(place: &Place, args: &Status, common: &Common) -> Result<Reply> {
    let quiet = common.json;
    let (contents, on_disk) = snapshot::now(&place.state, &place.folder)?;
    if !quiet {
        output::warn_skipped("memory", &on_disk.skipped);
        take_over::hint(place);
    }
    let mut out = String::new();
    let head = place.state.head()?;
    match &head {
        Some(head) => {
            let _ = writeln!(out, "Revision {} ({})", head.number, text::short(&head.id));
        }
        None => out.push_str("No revision yet\n"),
    }
    let entries = entries(&contents)?;
    let known = snapshot::texts_at(&place.state, head.as_ref().map_or(0, |head| head.number))?;
    let edited = snapshot::differing(&known, &snapshot::texts(&contents));
    let _ = writeln!(
        out,
        "{}, {} known, {} changed since the revision",
        text::count(contents.memories.len() as u64, "memory file"),
        text::count(entries, "entry").replace("entrys", "entries"),
        edited.len()
    );
    let cursor = snapshot::cursor(&contents.ledger)?;
    let stored = stored_plan(place)?;
    let read_for_plan = stored.as_ref().map(|plan| in_plan(plan, &cursor)).unwrap_or_default();
    let looked = unread(place, args, (&cursor, &read_for_plan), quiet)?;
    let unknown = looked.as_ref().map(|looked| looked.unknown.len());
    let elsewhere = looked.as_ref().map_or(0, |looked| looked.elsewhere);
    let expiry = looked.as_ref().and_then(|looked| looked.expiry);
    let only_here = looked.as_ref().map_or(0, |looked| looked.only_here);
    let (unread, left) = looked.map(|looked| (looked.unread, looked.unknown)).unzip();
    let wait = snapshot::waiting(&contents.ledger)?.len();
    let unseen = snapshot::unseen(&contents.ledger)?.len();
    // Count the waiting plan's sessions too, which are not in the history yet.
    let (told, told_unseen) = match &stored {
        Some(plan) => run::askable(&place.state, plan)?,
        None => (wait as u64, unseen as u64),
    };
    let mut waits = if told > 0 { format!(", {told} waiting for a model") } else { String::new() };
    if told_unseen > 0 {
        let _ = write!(waits, ", {told_unseen} not seen by a model");
    }
    let left = formats::summary(&left.unwrap_or_default());
    if !left.is_empty() {
        let _ = write!(waits, ", {left}");
    }
    if elsewhere > 0 {
        let _ = write!(waits, ", {elsewhere} of other folders left");
    }
    let new = read_for_plan.iter().filter(|(_, is_new)| **is_new).count() as u64;
    let of_plan = match read_for_plan.len() {
        0 => String::new(),
        some => format!(" ({some} of them for the plan that waits)"),
    };
    let read = text::count(cursor.len() as u64 + new, "session");
    let _ = match &unread {
        Some(unread) => {
            // Sessions of the waiting plan count as read here, though they are pending again if the
            // plan is discarded.
            let open = unread.iter().filter(|id| !read_for_plan.contains_key(*id)).count();
            writeln!(out, "{read} read{of_plan}, {open} pending{waits}")
        }
        None => writeln!(out, "{read} read{of_plan}{waits}"),
    };
    if let Some(expiry) = expiry {
        let (run, keep) = (next::run(), next::keep());
        let _ = writeln!(
            out,
            "Look: {}: {run} reads them before, and {keep} copies them for a later one",
            expiry.said()
        );
    }
    let kept = kept(place, only_here, &mut out)?;
    let plan = waiting(place, &mut out)?;
    let open = contradictions::open(place, &snapshot::texts(&contents))?;
    out.push_str(&contradictions::line(&open));
    if head.is_none() && plan.is_null() {
        let _ = match next::knows_sessions() {
            true => writeln!(out, "No dream has run here yet: {} begins.", next::run()),
            false => writeln!(
                out,
                "No dream has run here yet: {} finds memories and sessions and sets it up.",
                next::command("init")
            ),
        };
    }
    out.push_str(&left_out::line(&contents, place.folder.root())?);
    let model_failure = model::refused(common);
    if let Some(why) = &model_failure {
        let _ = writeln!(
            out,
            "Look: no dream begins, also none of a hook: {}. {} dreams without a model",
            text::one_line(why),
            next::command("run --no-model")
        );
    }
    let interrupted = place.state.progress()?.is_some();
    if interrupted {
        out.push_str(
            "Look: a dream has not come to its end. If none is at work, the same command goes on from there, with what a \
             model has answered\n",
        );
    }
    let batches = batches::all(&place.state.db)?;
    for batch in &batches {
        let calls = text::count(batch.calls.len() as u64, "call");
        let id =
            batch.id.as_deref().map_or_else(String::new, |id| format!(" ({})", text::one_line(id)));
        let _ = writeln!(
            out,
            "A batch of {calls} is at work or has ended{id}: the command that sent it goes on with it"
        );
    }
    out.push_str(&propose::sentence(place, &plan)?);
    let mirror = mirror(place, &contents, &mut out)?;
    let last_failure = Failure::of(&place.state)?;
    if let Some(failure) = &last_failure {
        let _ = writeln!(out, "Look: {}. {}", failure.said(), failure.todo());
    }
    let mut json = json!({
        "revision": contents.revisions.len(),
        "id": place.state.head()?.map(|head| head.id),
        "memories": contents.memories.len(),
        "entries": entries,
        "edited": edited,
        "skipped": on_disk.skipped,
        "sessions": {
            "read": cursor.len(), "pending": unread.map(|ids| ids.len()), "in_plan": read_for_plan.len(), "waiting": wait, "unseen": unseen, "unknown": unknown,
            "elsewhere": elsewhere,
        },
        "plan": plan,
        "open_contradictions": open.len(),
        "model_failure": model_failure,
        "interrupted": interrupted,
        "batches": batches.iter().map(|batch| json!({"id": batch.id, "calls": batch.calls.len()})).collect::<Vec<_>>(),
        "last_failure": last_failure,
        "mirror": mirror,
        "kept": kept,
    });
    if let Some(expiry) = expiry {
        let Expiry { sessions, kept, first } = expiry;
        json["sessions"]["expiring"] =
            json!({"sessions": sessions, "kept_days": kept, "first_in_days": first});
    }
    Ok(Reply::new(out, json))
}

/// Says what the archive holds; null when it holds nothing.
fn kept(place: &Place, only_here: u64, out: &mut String) -> Result<Value> {
    let Archive { sessions, bytes, .. } = place.state.archive()?;
    if sessions.is_empty() {
        return Ok(Value::Null);
    }
    let gone = match only_here {
        0 => String::new(),
        some => format!("; the files of {some} unread ones are gone elsewhere or shorter"),
    };
    let count = sessions.len() as u64;
    let _ = writeln!(
        out,
        "The archive keeps {} ({}){gone}",
        text::count(count, "session"),
        DecimalBytes(bytes)
    );
    Ok(json!({"sessions": count, "bytes": bytes, "only_here": only_here}))
}

/// Describes the hosted store that the memories mirror, and how many memories changed here since the
/// two were compared. Asks nobody.
fn mirror(place: &Place, contents: &Contents, out: &mut String) -> Result<Value> {
    let Some(mirror) = place.state.mirror()? else { return Ok(Value::Null) };
    let here = contents.memories.iter();
    let is_same = |memory: &&Memory| {
        let seen = mirror.seen.get(&memory.path);
        seen.is_some_and(|seen| seen.sha256 == digest(memory.text.as_bytes()))
    };
    let (same, all) = (here.clone().filter(is_same).count(), here.len());
    let known = here.filter(|memory| mirror.seen.contains_key(&memory.path)).count();
    let changed = all - same + mirror.seen.len() - known;
    let _ = writeln!(
        out,
        "Mirrors the store {} at {}; {} changed here since the last pull or push",
        text::one_line(&mirror.store),
        text::one_line(&mirror.url),
        said::memories(changed)
    );
    Ok(json!({"store": mirror.store, "url": mirror.url, "changed": changed}))
}

/// The plan that waits, as it is stored.
fn stored_plan(place: &Place) -> Result<Option<Plan>> {
    let stored = place.state.waiting_plan()?;
    stored.map(|stored| document::parse(&stored.plan, "plan")).transpose()
}

/// The sessions that a plan has read; `true` for those that no earlier dream had read.
fn in_plan(plan: &Plan, cursor: &snapshot::Cursor) -> BTreeMap<String, bool> {
    let read = plan.sessions.iter().filter(|session| session.outcome.state == "read");
    read.map(|read| (read.session.clone(), !cursor.contains_key(&read.session))).collect()
}

/// How many entries the ledger has that are not retired.
fn entries(contents: &Contents) -> Result<u64> {
    let mut active = 0;
    for row in contents.ledger.iter().filter(|row| row.key.starts_with("entry/")) {
        let entry: Entry = document::parse(&row.value, "entry record")?;
        active += u64::from(entry.retired.is_none());
    }
    Ok(active)
}

/// Counts of the sessions that are there now.
struct Looked {
    /// Sessions that no dream has read, by their ids.
    unread: Vec<String>,
    /// Sessions that this engine does not understand.
    unknown: Vec<NotUnderstood>,
    /// How many sessions ran in another folder than the project's.
    elsewhere: u64,
    /// Unread sessions that their agent deletes soon.
    expiry: Option<Expiry>,
    /// How many unread sessions only the archive has whole.
    only_here: u64,
}

/// Looks at the sessions; `None` when none was ever named.
fn unread(
    place: &Place,
    args: &Status,
    (cursor, for_plan): (&snapshot::Cursor, &BTreeMap<String, bool>),
    quiet: bool,
) -> Result<Option<Looked>> {
    let wanted = run::wanted(&place.state, &args.sessions, args.project.as_ref())?;
    let Some(wanted) = wanted else { return Ok(None) };
    let found = match run::readable(&place.state, &wanted) {
        Ok(found) => found,
        // The folder of the last run may be gone. It is an error only for sessions that are named
        // now.
        Err(error) if args.sessions.is_empty() => {
            output::note(&error.to_string());
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if !quiet {
        output::warn_skipped("session file", &found.skipped);
    }
    let unread: Vec<_> =
        found.sessions.iter().filter(|session| snapshot::is_unread(session, cursor)).collect();
    let only_here = unread.iter().filter(|session| found.kept.archived.contains(&session.id));
    let only_here = only_here.count() as u64;
    // The plan that waits has what it found in those that were read for it.
    let is_safe = |id: &String| found.kept.safe.contains(id) || for_plan.contains_key(id);
    let open = unread.iter().copied().filter(|session| !is_safe(&session.id));
    Ok(Some(Looked {
        unread: unread.iter().map(|session| session.id.clone()).collect(),
        expiry: expiry::soon(open, SystemTime::now()),
        only_here,
        unknown: found.unknown,
        elsewhere: found.elsewhere,
    }))
}

/// Describes the waiting plan, fitted to the present memories. Stores nothing.
fn waiting(place: &Place, out: &mut String) -> Result<Value> {
    let looked = match waiting::look(place, clock()) {
        // This is no error here, so that `status` can print everything else.
        Err(error @ Error::OtherEngine(_)) => {
            let _ = writeln!(out, "A plan is waiting that cannot be applied: {error}");
            return Ok(json!({"error": error.kind()}));
        }
        other => other?,
    };
    let Some(waiting) = looked else {
        out.push_str("No plan is waiting\n");
        return Ok(Value::Null);
    };
    let (plan, stale, new) = (&waiting.plan, &waiting.stale, &waiting.new);
    let state = |word: &str| plan.sessions.iter().filter(|s| s.outcome.state == word).count();
    let _ = writeln!(
        out,
        "A plan of {} is waiting: {}; {} goes through it",
        text::time(plan.now),
        text::gates(plan.gates()),
        next::command("review"),
    );
    let report: Report = document::parse(&waiting.stored.report, "report")?;
    let warnings = report.warnings();
    for warning in &warnings {
        let _ = writeln!(out, "  {warning}");
    }
    for stale in stale {
        let (path, reason) = (text::one_line(&stale.path), text::one_line(&stale.reason));
        let _ = writeln!(out, "  stale: {}  {} {path}: {reason}", stale.id, stale.operation);
    }
    if plan.open_changes().next().is_none() {
        let run = next::run();
        let model = match report.calls {
            0 => "",
            _ => ", with the same `--model`, which is asked nothing twice,",
        };
        let _ = writeln!(
            out,
            "  Nothing of it is left to decide: {run}{model} puts a new one in its place"
        );
    }
    if !new.is_empty() {
        let count = text::count(new.len() as u64, "change");
        let _ = writeln!(out, "  {count} came up with what was edited since");
    }
    Ok(json!({
        "now": plan.now, "changes": plan.gates(), "stale": stale, "new": new,
        "conflicts": plan.conflicts.len(), "sessions_read": state("read"), "warnings": warnings,
    }))
}
