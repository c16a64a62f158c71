//! `dreaming revert`.

use std::collections::BTreeMap;

use dreaming_wasmtime::Contents;
use serde_json::json;

use super::{Place, clock, edits};
use crate::cli::Revert;
use crate::component;
use crate::document;
use crate::error::{Error, Result};
use crate::interrupt;
use crate::output::{self, Reply, next, text};
use crate::snapshot;
use crate::state::State;

/// Makes a revision with the state of an earlier one.
pub fn revert(mut place: Place, args: &Revert) -> Result<Reply> {
    let number = target(&place.state, args.revision.as_deref())?;
    let now = args.signed.now.unwrap_or_else(clock);
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    // Read the earlier revision before anything is stored: this fails if a text of it was erased.
    let earlier = snapshot::at(&place.state, number).inspect_err(|error| {
        if let (Error::Erased(_), Ok(Some(head))) = (error, place.state.head()) {
            let shown = next::command(&format!("diff {number} {}", head.number));
            output::note(&format!("{shown} shows what changed since, to take lines back by hand"));
        }
    })?;
    let mut contents = super::now(&place)?;
    let by_hand = taken_back(&place, &contents, number)?;
    if args.revision.is_none() && !args.with_edits && !by_hand.is_empty() {
        return Err(Error::Edits { target: number, edits: by_hand });
    }
    // Store people's edits as a revision before they are taken back, so that they can be restored.
    let writing = interrupt::writing();
    let kept = edits::keep(&mut place, &mut job, &mut contents, now)?;
    drop(writing);
    interrupt::heed();
    let store = job.snapshot(&contents).map_err(component::refused)?;
    let earlier = job.snapshot(&earlier).map_err(component::refused)?;
    let revision =
        job.revert(&store, &earlier, &args.signed.by_at(now)).map_err(component::refused)?;
    let is_same = revision.memories.is_empty() && revision.ledger.is_empty();
    if is_same && !has_kind(&place, number, "reopen")? {
        let text = format!(
            "The memories are those of revision {number} already. {} lists the revisions, {} goes to one of them.\n",
            next::command("log"),
            next::command("revert NUMBER")
        );
        let json = json!({"outcome": "nothing", "restores": number, "revision": null});
        return Ok(Reply::new(text, json));
    }
    let writing = interrupt::writing();
    let made = edits::commit(&mut place, &mut contents, &revision)?;
    writing.done();
    let files: Vec<&str> = revision.memories.iter().map(|write| write.path.as_str()).collect();
    let mut text = format!(
        "Revision {made}: the state of revision {number}, {} written.\n",
        text::count(files.len() as u64, "file")
    );
    if files.is_empty() && args.revision.is_none() {
        text.push_str(&format!(
            "The newest dream changed no memory. {} goes back further; {} lists the revisions.\n",
            next::command("revert NUMBER"),
            next::command("log")
        ));
    }
    if !by_hand.is_empty() {
        let files: Vec<String> = by_hand.iter().map(|file| text::one_line(file)).collect();
        let back = next::command(&format!("revert {}", made.saturating_sub(1)));
        text.push_str(&format!(
            "Taken back with it is what was written by hand since in {}: {back} brings it back.\n",
            files.join(", ")
        ));
    }
    if has_kind(&place, 0, "erase")? {
        text.push_str(&said_again(&place.state)?);
    }
    let json = json!({
        "outcome": "committed", "restores": number, "revision": made, "id": revision.revision,
        "files": files, "edits_kept": kept, "edits_taken_back": by_hand,
    });
    Ok(Reply::new(text, json))
}

/// What a person should know after a revert in a store in which words were erased.
fn said_again(state: &State) -> Result<String> {
    let sessions: Vec<String> = state
        .said_erased()?
        .iter()
        .map(|session| next::command(&format!("erase --session {}", next::quoted(session))))
        .collect();
    let todo = match sessions.is_empty() {
        true => format!("{} takes an entry out again", next::command("erase --entry ID")),
        false => format!("before the next dream, {} takes out what said them", sessions.join(", ")),
    };
    Ok(format!(
        "Words were erased here. The next dream reads again what this made unread, and keeps what sessions say: {todo}.\n"
    ))
}

/// Whether there is a revision of this kind after revision `target`.
fn has_kind(place: &Place, target: u64, kind: &str) -> Result<bool> {
    for stored in place.state.revisions(target, u64::MAX)? {
        let record: document::Revision = document::parse(&stored.record, "revision record")?;
        if record.kind == kind {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The files that people edited after revision `target` and whose edits are still there, each with
/// the revision that recorded the edit.
fn taken_back(place: &Place, contents: &Contents, target: u64) -> Result<Vec<String>> {
    let mut edits: Vec<(u64, String)> = Vec::new();
    let mut edits_at = BTreeMap::new();
    let texts = |number| -> Result<BTreeMap<String, String>> {
        // Erased texts do no harm in the revisions between; only the restored revision must have
        // all its texts.
        let memories = place.state.readable_at(number)?.into_values();
        Ok(memories.map(|memory| (memory.path, memory.text)).collect())
    };
    let mut before = texts(target)?;
    for stored in place.state.revisions(target, u64::MAX)? {
        let record: document::Revision = document::parse(&stored.record, "revision record")?;
        let after = texts(stored.number)?;
        if record.kind == "edit" {
            let files = snapshot::differing(&before, &after);
            edits.extend(files.into_iter().map(|file| (stored.number, file)));
        } else if let Some(restored) = &record.restores {
            // A revert to this revision brings back the edits that were in force there.
            let restored = place.state.revision(restored)?.number;
            edits = edits_at.get(&restored).cloned().unwrap_or_default();
        }
        edits_at.insert(stored.number, edits.clone());
        before = after;
    }
    let recorded = edits.into_iter().map(|(number, file)| format!("{file} (revision {number})"));
    let here = snapshot::differing(&before, &snapshot::texts(contents)).into_iter();
    let here = here.map(|file| format!("{file} (not in a revision yet)"));
    Ok(recorded.chain(here).collect())
}

/// The revision to go back to: the named one, or the one before the newest dream.
pub(super) fn target(state: &State, name: Option<&str>) -> Result<u64> {
    if let Some(name) = name {
        return Ok(state.revision(name)?.number);
    }
    for revision in state.revisions(0, u64::MAX)?.iter().rev() {
        let record: document::Revision = document::parse(&revision.record, "revision record")?;
        if record.kind == "dream" && revision.number > 1 {
            return Ok(revision.number - 1);
        }
    }
    Err(Error::NoDream)
}
