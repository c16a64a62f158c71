//! What `schedule install` and `schedule remove` say.

use std::fmt::Write as _;
use std::io::stdout;
use std::path::Path;

use serde_json::{Value, json};

use super::changes::{Change, Fate};
use super::cron;
use super::install::Plan;
use super::job::Kind;
use super::record::Record;
use super::remove::{self, Removal};
use super::tools::Call;
use crate::error::Result;
use crate::output::theme::{NEW, OLD};
use crate::output::{Reply, next, text};

/// What may help when a program of the system fails.
pub fn what_helps(kind: Kind) -> String {
    let cron = next::command("schedule install cron");
    match kind {
        Kind::Systemd => format!(
            "`systemctl --user` needs a login of this user, which `su` and `sudo` make none of (`machinectl shell USER@`, ssh, or \
             `loginctl enable-linger` and XDG_RUNTIME_DIR=/run/user/UID do); {cron} needs none"
        ),
        Kind::Launchd => format!(
            "launchd takes agents of a user who is logged in at the screen; {cron} needs none"
        ),
        Kind::Cron | Kind::ClaudeCode | Kind::Codex => "mend that, and try again".into(),
    }
}

/// The command that takes a schedule back.
fn undo(record: &Record) -> String {
    let memory = next::quoted(&record.memory);
    format!("dreaming schedule remove {} --memory {memory}", record.kind.word())
}

/// A file or the crontab, for people.
fn shown(path: &Path) -> String {
    match path == Path::new(cron::TABLE) {
        true => "the crontab".into(),
        false => text::one_line(&path.to_string_lossy()),
    }
}

fn typed(calls: &[Call]) -> Vec<String> {
    calls.iter().map(Call::typed).collect()
}

/// What is called to write the crontab, then the other calls.
fn all_calls(changes: &[Change], calls: &[Call]) -> Vec<Call> {
    let tables = changes.iter().filter(|change| change.is_table());
    let tables = tables.map(|change| cron::typed(change.after.as_deref()));
    tables.chain(calls.iter().cloned()).collect()
}

/// After an installation, or in the place of one.
pub fn installed(plan: &Plan, is_dry: bool) -> Reply {
    let record = &plan.record;
    let calls = all_calls(&plan.changes, &plan.starts);
    let (ends, after) = remove::calls(record).unwrap_or_default();
    let mut out = String::new();
    let mut files = Vec::new();
    if let Some(before) = &plan.replaces {
        let verb = if is_dry { "Would take" } else { "Took" };
        let _ = writeln!(out, "{verb} back what was installed before.");
        if is_dry {
            write_removal(&mut out, before);
        }
    }
    if !is_dry {
        let memory = text::one_line(&record.memory);
        let _ = writeln!(out, "Installed {}, {} for {memory}.", record.name, record.kind.title());
    }
    for (change, piece) in plan.changes.iter().zip(&record.pieces) {
        let what = if piece.is_whole { "new" } else { "this is put in, all else stays" };
        if is_dry {
            let _ = writeln!(out, "Would write {} ({what}):", shown(&change.path));
            text::block(&mut out, NEW, "  ", piece.text.trim_matches('\n'));
        } else {
            let _ = writeln!(out, "  wrote {} ({what})", shown(&change.path));
        }
        files.push(json!({"path": piece.path, "new": piece.is_whole, "text": piece.text}));
    }
    let path = record.path().unwrap_or_default();
    if is_dry {
        let _ = writeln!(out, "Would record in {} what was written.", shown(&path));
    } else {
        let _ = writeln!(out, "  recorded in {} what was written", shown(&path));
    }
    for call in &calls {
        let _ = match is_dry {
            true => writeln!(out, "Would call `{}`.", call.typed()),
            false => writeln!(out, "  called `{}`", call.typed()),
        };
    }
    let mut end = String::new();
    if is_dry {
        let called: Vec<Call> = ends.iter().chain(&after).cloned().collect();
        let called = typed(&called).into_iter().map(|call| format!("`{call}`"));
        let steps: Vec<String> = called.chain(plan.changes.iter().map(undone)).collect();
        let _ = writeln!(end, "To undo it: `{}`, which is: {}.", undo(record), steps.join("; "));
        end.push_str("Nothing was written, and nothing called.\n");
    } else {
        let _ = writeln!(end, "To undo it: `{}`.", undo(record));
    }
    plan.notes.iter().for_each(|note| end.push_str(&format!("{note}\n")));
    // Texts that a person may copy are not broken.
    out.push_str(&text::broken(&end, &stdout()));
    let json = json!({
        "outcome": if is_dry { "would-install" } else { "installed" },
        "kind": record.kind, "name": record.name, "memory": record.memory, "program": record.program,
        "command": record.command, "files": files, "record": path.to_string_lossy(),
        "calls": typed(&calls), "replaced": plan.replaces.is_some(), "notes": plan.notes,
        "undo": {
            "command": undo(record),
            "calls": typed(&[ends, after].concat()),
            "steps": plan.changes.iter().map(undone).collect::<Vec<_>>(),
        },
    });
    Reply::new(out, json)
}

/// How a change is undone.
fn undone(change: &Change) -> String {
    match (change.is_table(), &change.before) {
        (true, None) => format!("`{}`", cron::typed(None).typed()),
        (false, None) => format!("delete {}", shown(&change.path)),
        _ => format!("take out of {} what was put in", shown(&change.path)),
    }
}

/// When all of it is installed already.
pub fn unchanged(plan: &Plan) -> Reply {
    let record = &plan.record;
    let out = format!("{} is installed already, as it would be now.\n", record.name);
    let json = json!({
        "outcome": "unchanged", "kind": record.kind, "name": record.name, "memory": record.memory,
        "program": record.program, "command": record.command, "undo": {"command": undo(record)},
    });
    Reply::new(out, json)
}

/// When a hook that `schedule` did not write starts dreams already.
pub fn there(path: &Path) -> Reply {
    let path = path.to_string_lossy();
    let out = format!(
        "{} has a hook that starts a dream already; it is left as it is, and `remove` does not take it out.\n",
        text::one_line(&path)
    );
    Reply::new(out, json!({"outcome": "there", "path": path}))
}

/// What a removal does, one line for each thing.
fn write_removal(out: &mut String, removal: &Removal) {
    let (before, after) = remove::calls(&removal.record).unwrap_or_default();
    for call in before {
        let _ = writeln!(out, "Would call `{}`.", call.typed());
    }
    for change in &removal.changes {
        let path = shown(&change.path);
        let _ = match &change.after {
            None if !change.is_table() => writeln!(out, "Would delete {path}:"),
            _ => writeln!(out, "Would take out of {path}:"),
        };
        let gone = Change::back(change);
        let gone = super::changes::Piece::of(&gone);
        text::block(out, OLD, "  ", gone.text.trim_matches('\n'));
    }
    for call in all_calls(&removal.changes, &after) {
        let _ = writeln!(out, "Would call `{}`.", call.typed());
    }
}

/// After removals, or in their place.
///
/// # Errors
/// Those of finding the records.
pub fn removed(removals: &[Removal], is_dry: bool) -> Result<Reply> {
    let mut out = String::new();
    let mut all: Vec<Value> = Vec::new();
    for removal in removals {
        let record = &removal.record;
        let (name, memory) = (&record.name, text::one_line(&record.memory));
        let gone: Vec<&str> = removal
            .fates
            .iter()
            .zip(&record.pieces)
            .filter_map(|(fate, piece)| (*fate == Fate::Gone).then_some(&*piece.path))
            .collect();
        if is_dry {
            let _ = writeln!(out, "{name}, {} for {memory}:", record.kind.title());
            write_removal(&mut out, removal);
        } else {
            let verb = if removal.left.is_empty() { "Removed" } else { "Forgot" };
            let _ = writeln!(out, "{verb} {name}, {} for {memory}.", record.kind.title());
            for change in &removal.changes {
                let path = shown(&change.path);
                let _ = match &change.after {
                    None if !change.is_table() => writeln!(out, "  deleted {path}"),
                    _ => writeln!(out, "  took out of {path} what was put in"),
                };
            }
        }
        for path in &gone {
            let _ = writeln!(out, "  {} had been taken away before", shown(Path::new(path)));
        }
        for path in &removal.left {
            let path = shown(Path::new(path));
            let _ = writeln!(
                out,
                "  {path} was changed and stays as it is, so what it starts goes on: take the lines out by hand"
            );
        }
        let (before, after) = remove::calls(record)?;
        let calls = [before, all_calls(&removal.changes, &after)].concat();
        let changes: Vec<Value> = removal
            .changes
            .iter()
            .map(|change| json!({"path": change.path.to_string_lossy(), "deleted": change.after.is_none()}))
            .collect();
        all.push(json!({
            "kind": record.kind, "name": name, "memory": record.memory, "files": changes, "calls": typed(&calls),
            "gone": gone, "left": removal.left,
        }));
    }
    let outcome = match (all.is_empty(), is_dry) {
        (true, _) => "nothing",
        (_, true) => "would-remove",
        (_, false) => "removed",
    };
    if all.is_empty() {
        out.push_str("There is nothing to remove: `dreaming schedule` installed none of these.\n");
    } else if is_dry {
        out.push_str("Nothing was written, and nothing called.\n");
    }
    Ok(Reply::new(out, json!({"outcome": outcome, "schedules": all})))
}
