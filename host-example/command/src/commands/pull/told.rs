//! What `dreaming pull` says of memories and sessions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::Place;
use super::Made;
use crate::cli::Common;
use crate::hosted::compare::Comparison;
use crate::hosted::decide::typed;
use crate::hosted::memories::Store;
use crate::hosted::said;
use crate::hosted::sessions::{Fetched, fetch};
use crate::hosted::sides::Sides;
use crate::output::{Reply, next, text};

/// The exit code when memories changed on both sides.
const CONFLICT: u8 = 4;

/// The reply of a pull. `decided` are the paths that changed on both sides and are taken as they
/// are there.
pub(super) fn reply(
    sides: &Sides,
    (comparison, decided): (&Comparison, &[String]),
    texts: &BTreeMap<String, String>,
    Made { revision, edits_kept }: Made,
) -> Reply {
    let Comparison { to_pull, to_push, conflicts, .. } = comparison;
    let bytes = |path: &str| texts.get(path).map(|text| text.len() as u64);
    let mut out = String::new();
    match revision {
        Some(number) => {
            let (count, are) = (
                text::count(to_pull.len() as u64, "file"),
                if to_pull.len() == 1 { "it is" } else { "they are" },
            );
            let _ = writeln!(out, "Revision {number}: {count} written as {are} there.");
        }
        None if conflicts.is_empty() && to_push.is_empty() => {
            out.push_str("Both sides are equal.\n")
        }
        None => out.push_str("Nothing new there.\n"),
    }
    let came = |path: &String| {
        let change = said::change(sides.here.contains_key(path), sides.there.contains_key(path));
        (path.clone(), change)
    };
    let came: Vec<(String, &str)> = to_pull.iter().map(came).collect();
    let line = |(path, change): &(String, &str)| {
        let over = if decided.contains(path) { ", in place of what changed here" } else { "" };
        format!("{change:<8} {path}{over}")
    };
    said::list(&mut out, came.iter().map(line));
    if let Some(number) = revision.filter(|number| *number > 1) {
        let back = next::command(&format!("revert {}", number - 1));
        let _ = writeln!(out, "{back} takes it back.");
    }
    if !to_push.is_empty() {
        // With a conflict `push` alone sends nothing.
        let push = if conflicts.is_empty() { "push" } else { "push --except-conflicts" };
        let (count, push) = (said::memories(to_push.len()), next::command(push));
        let _ = writeln!(out, "To push, changed here only: {count}; {push} sends them.");
        said::list(&mut out, to_push.iter().cloned());
    }
    if !conflicts.is_empty() {
        let count = said::memories(conflicts.len());
        let _ = writeln!(out, "Changed here and there, and left as they are here: {count}.");
        said::list(&mut out, conflicts.iter().map(|path| sides.differs(path, bytes(path))));
        out.push_str(&to_decide(conflicts));
    }
    sides.tell_left_alone(&mut out);
    let written = came.iter().map(|(path, change)| json!({"path": path, "change": change}));
    let json = json!({
        "outcome": if revision.is_some() { "pulled" } else { "nothing" },
        "revision": revision,
        "edits_kept": edits_kept,
        "written": written.collect::<Vec<_>>(),
        "to_push": to_push,
        "conflicts": conflicts
            .iter()
            .map(|path| sides.difference(path, bytes(path)))
            .collect::<Vec<_>>(),
        "left_alone": sides.left_alone,
    });
    Reply { text: out, json, code: if conflicts.is_empty() { 0 } else { CONFLICT } }
}

/// What a person can do about conflicts. Each command does as it is printed what is said of it.
fn to_decide(conflicts: &[String]) -> String {
    let Some(first) = conflicts.first().map(|path| typed(path)) else {
        return String::new();
    };
    let theirs = next::command(&format!("pull --theirs {first}"));
    let look = next::command(&format!("pull --dry-run --theirs {first}"));
    if conflicts.len() == 1 {
        let ours = next::command(&format!("push --ours {first}"));
        return format!(
            "{look} shows the difference; {theirs} takes it as it is there; {ours} sends it as it is here, \
             also after you put both together.\n"
        );
    }
    let look_at_all = next::command("pull --dry-run --all-theirs");
    let (all_theirs, all_ours) =
        (next::command("pull --all-theirs"), next::command("push --all-ours"));
    // `push` sends nothing while another one is undecided.
    let ours = next::command(&format!("push --except-conflicts --ours {first}"));
    format!(
        "All of them: {look_at_all} shows the differences; {all_theirs} takes them as they are there; \
         {all_ours} sends them as they are here, also after you put both together.\n\
         Some of them, by their paths: {look} shows the difference; {theirs} takes it as it is there; \
         {ours} sends it as it is here, and leaves the other conflicts.\n"
    )
}

/// Fetches sessions, and adds to the reply what came of it. The memories are written by then, so
/// that an error is a part of the reply.
pub(super) fn sessions(
    reply: &mut Reply,
    common: &Common,
    place: &Place,
    (store, most): (&Store<'_>, u32),
    is_dry: bool,
) {
    let (folder, shown) = sessions_beside(common, place);
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let Fetched { written, unchanged, empty, skipped, failed } =
        fetch(store.client, store.id, most, &folder, (&place.state, is_dry));
    let out = &mut reply.text;
    let count = text::count(written.len() as u64, "session");
    let fetched = if is_dry { "would be fetched" } else { "fetched" };
    let _ = write!(out, "{count} {fetched} into {}, {unchanged} unchanged", text::one_line(&shown));
    let _ = if empty > 0 { writeln!(out, ", {empty} without events.") } else { writeln!(out, ".") };
    said::list(out, skipped.iter().map(|left| format!("{}: {}", left.path, left.reason)));
    if written.len() as u64 + unchanged > 0 && !is_dry {
        let run = next::command(&format!("run --sessions {}", next::quoted(&shown)));
        let _ = writeln!(out, "{run} dreams over them.");
    }
    if empty > 0 {
        let run = next::command("run --sessions FILE…");
        let _ = writeln!(
            out,
            "A session without events may hold a transcript that was put there as a file (`PUT \
             /v1/x/sessions/ID/parts/main` of dreaming-server). Such a file is not fetched: {run} reads it \
             where it is kept."
        );
    }
    if let Some(error) = &failed {
        let _ = writeln!(out, "The rest of the sessions was not fetched: {error}");
        reply.code = error.exit_code();
    }
    let error = failed.map(|error| json!({"kind": error.kind(), "message": error.to_string()}));
    if let Value::Object(fields) = &mut reply.json {
        let sessions = json!({
            "folder": folder, "written": written, "unchanged": unchanged, "empty": empty,
            "skipped": skipped, "error": error,
        });
        fields.insert("sessions".into(), sessions);
    }
}

/// The folder of the sessions, beside the memory folder, and the same as a person types it.
fn sessions_beside(common: &Common, place: &Place) -> (PathBuf, String) {
    // In a dry run another folder may stand in for one that is not there.
    let root = match common.memory().canonicalize() {
        Ok(root) => root,
        Err(_) => std::path::absolute(common.memory()).unwrap_or(place.folder.root().into()),
    };
    let beside = |path: &Path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some(path.with_file_name(format!("{name}-sessions")))
    };
    let folder = beside(&root).unwrap_or_else(|| root.join("sessions"));
    // Beside a link lies another folder than beside what it leads to.
    let is_link = common.memory().is_symlink();
    let typed = beside(common.memory()).filter(|_| !is_link);
    let shown = typed.unwrap_or_else(|| folder.clone()).to_string_lossy().into_owned();
    (folder, shown)
}
