//! Prints what was found and what would be written, for people and for programs.

use std::fmt::Write as _;
use std::io::stdout;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::choice;
use super::draft::Draft;
use super::look::Found;
use super::source::{Batch, Memory, Origin};
use crate::commands::left_out::INDEX;
use crate::config::known::Known;
use crate::folder::Skipped;
use crate::homes::all::Kind;
use crate::output::next;
use crate::output::text::{self, count, head, one_line};

/// Most unreadable files that are named; `--json` has all. Chosen by us: a few lines.
const SHOWN: usize = 3;

/// What was found.
pub fn found(found: &Found) -> String {
    let mut out = format!("{} {}\n", head("Project"), one_line(&found.project.to_string_lossy()));
    let _ = writeln!(out, "\n{}", head("Memories"));
    for memory in &found.memories {
        let _ = writeln!(out, "  {}: {}", one_line(&found.shown(&memory.path)), about(memory));
        left(&mut out, &memory.left);
    }
    let outside = outside(found);
    if !outside.is_empty() {
        let _ = writeln!(
            out,
            "  {}: not part of it. No dream reads or changes what people write there",
            outside.join(", ")
        );
    }
    let _ = writeln!(out, "\n{}", head("Sessions"));
    for batch in &found.batches {
        let _ = writeln!(out, "  {}: {}", origin(batch.origin), sessions(batch));
        left(&mut out, &batch.left);
    }
    for (kind, why) in &found.missing {
        let _ = writeln!(out, "  {}: none ({})", kind.name(), one_line(why));
    }
    let _ = writeln!(out, "\n{}", head("Configuration"));
    let folders = [found.folders.as_ref().map(Some)].into_iter();
    let folders = folders.chain(found.beside.iter().map(|known| Ok(Some(known))));
    for known in folders.chain([found.users.as_ref().map(Option::as_ref)]) {
        match known {
            Ok(Some(known)) => {
                let path = one_line(&known.path.to_string_lossy());
                let _ = writeln!(out, "  {path}: {}", one_line(&says(known)));
            }
            Ok(None) => out.push_str("  no file of yours: the environment names no home\n"),
            Err(why) => {
                let _ = writeln!(out, "  refused: {}", one_line(why));
            }
        }
    }
    out.push('\n');
    out
}

/// Files of instructions in the project's folder that agents load, when they belong to no memory that was found.
fn outside(found: &Found) -> Vec<&'static str> {
    let is_memory = found.memories.iter().any(|memory| memory.path == found.project);
    let files = ["AGENTS.md", "CLAUDE.md", "GEMINI.md"].into_iter();
    files.filter(|file| !is_memory && found.project.join(file).is_file()).collect()
}

fn about(memory: &Memory) -> String {
    let of = memory.of.map(|kind| format!(", of {}", kind.name())).unwrap_or_default();
    let has_index = memory.path.join(INDEX).is_file();
    let unloaded = memory.of == Some(Kind::ClaudeCode) && memory.files > 0 && !has_index;
    match memory.is_there {
        true if unloaded => format!(
            "{}{of}, which loads none of them without a {INDEX}: a dream proposes its lines",
            count(memory.files, "file")
        ),
        true => format!("{}{of}", count(memory.files, "file")),
        false => format!("not there{of}"),
    }
}

/// Where sessions come from, for people.
pub fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Agent(kind) => kind.name(),
        Origin::Given => "--sessions",
        Origin::File => "dreaming.toml",
        Origin::Project => "sessions/",
    }
}

/// The number of sessions, their size, the newest day, and whose they are.
pub fn sessions(batch: &Batch) -> String {
    let day = batch.newest.and_then(day).map(|day| format!(", newest {day}")).unwrap_or_default();
    let scope = match batch.origin {
        Origin::Agent(kind) if kind.is_of_project() => ", of this project",
        Origin::Agent(_) => ", of all projects",
        _ => "",
    };
    let elsewhere = match batch.elsewhere {
        0 => String::new(),
        left => format!("; {left} of other folders left"),
    };
    format!("{}{day}{scope}{elsewhere}", batch.amount())
}

fn day(time: SystemTime) -> Option<String> {
    let stamp = jiff::Timestamp::try_from(time).ok()?;
    Some(stamp.strftime("%Y-%m-%d").to_string())
}

fn left(out: &mut String, left: &[Skipped]) {
    for file in left.iter().take(SHOWN) {
        let (path, reason) = (one_line(&file.path), one_line(&file.reason));
        let _ = writeln!(out, "      left alone: {path}: {reason}");
    }
    if left.len() > SHOWN {
        let _ = writeln!(out, "      and {} more left alone (all with --json)", left.len() - SHOWN);
    }
}

fn says(known: &Known) -> String {
    if !known.is_there {
        return "not there".into();
    }
    let memory = known.memory.as_ref().map(|path| format!("memory {}", path.display()));
    let sessions = (!known.sessions.is_empty()).then(|| {
        let paths: Vec<String> = known.sessions.iter().map(|p| p.display().to_string()).collect();
        format!("sessions {}", paths.join(", "))
    });
    let model = known.model.as_ref().and_then(|name| choice::parsed(name).ok());
    let model = model.map(|name| format!("model {name}"));
    let max_cost = known.max_cost.map(|dollars| format!("${dollars:.2} a dream at most"));
    let all: Vec<String> = [memory, sessions, model, max_cost].into_iter().flatten().collect();
    if all.is_empty() { "there, and names none of these".into() } else { all.join("; ") }
}

/// What would be made and written, with the notes.
pub fn draft(draft: &Draft) -> String {
    let mut out = String::new();
    for folder in &draft.makes {
        let _ = writeln!(out, "{} (new folder)", head(&one_line(&folder.to_string_lossy())));
    }
    for file in &draft.files {
        let path = file.path.to_string_lossy();
        text::diff(&mut out, &path, file.before.as_deref(), Some(&file.after));
    }
    if draft.is_empty() {
        out.push_str("Nothing is to be written: all of it stands there already.\n");
    }
    if !draft.notes.is_empty() {
        out.push('\n');
    }
    draft.notes.iter().for_each(|note| out.push_str(&format!("{}\n", one_line(note))));
    out.push('\n');
    out
}

/// What was done, and what to type next.
pub fn end(draft: &Draft, written: bool) -> String {
    let mut out = String::new();
    if !written && !draft.is_empty() {
        out.push_str(
            "Nothing was written: the same line with --yes, and without --dry-run, writes it. Then:\n",
        );
    } else if !draft.is_empty() {
        let files = draft.files.iter().map(|file| &file.path).chain(&draft.makes);
        let files: Vec<String> = files.map(|path| one_line(&path.to_string_lossy())).collect();
        let _ = writeln!(out, "Written: {}.", files.join(", "));
    }
    let _ = writeln!(out, "Next: `{}` {}.", draft.next.command, draft.next.what);
    let out = text::broken(&out, &stdout());
    match &draft.lines {
        // A person pastes these lines, so they are printed unchanged.
        Some(lines) => format!("{}\n{out}", text::clean(lines)),
        None => out,
    }
}

/// A line about the sessions of other agents, which the next command does not read.
pub fn others(found: &Found, choice: &choice::Choice) -> String {
    let others = found.batches.iter().enumerate().filter(|(at, _)| *at != choice.batch);
    let others = others.filter_map(|(_, batch)| match batch.origin {
        Origin::Agent(kind) if batch.sessions > 0 => {
            Some(format!("{} ({})", kind.name(), count(batch.sessions, "session")))
        }
        _ => None,
    });
    let others: Vec<String> = others.collect();
    if others.is_empty() {
        return String::new();
    }
    let memory = found.shown(&choice.memory.path);
    let line = format!(
        "Not read by that: {}; `dreaming run --all-agents --memory {}` reads the sessions of all agents here.\n",
        others.join(", "),
        next::quoted(&memory)
    );
    text::broken(&line, &stdout())
}

/// [`found`] for programs.
pub fn found_json(found: &Found) -> Value {
    let memories: Vec<Value> = found
        .memories
        .iter()
        .map(|memory| {
            json!({
                "path": memory.path.to_string_lossy(), "there": memory.is_there, "files": memory.files,
                "agent": memory.of.map(|kind| kind.option()), "left": memory.left,
            })
        })
        .collect();
    let batches: Vec<Value> = found
        .batches
        .iter()
        .map(|batch| {
            let paths: Vec<_> = batch.paths.iter().map(|path| path.to_string_lossy()).collect();
            json!({
                "from": choice::origin(batch.origin), "paths": paths, "sessions": batch.sessions, "elsewhere": batch.elsewhere,
                "bytes": batch.bytes, "newest": batch.newest.and_then(day), "left": batch.left,
            })
        })
        .collect();
    let files: Vec<Value> = found
        .folders
        .iter()
        .chain(&found.beside)
        .chain(found.own())
        .map(|known| json!({"path": known.path.to_string_lossy(), "there": known.is_there}))
        .collect();
    json!({"memories": memories, "sessions": batches, "files": files})
}

/// [`draft`] for programs. It shows only the changed lines of a file, because an agent's settings
/// may hold keys.
pub fn draft_json(draft: &Draft) -> Value {
    let files: Vec<Value> = draft
        .files
        .iter()
        .map(|file| {
            let diff = similar::TextDiff::from_lines(file.before.as_deref().unwrap_or_default(), &file.after);
            let lines = |tag: similar::ChangeTag| -> Vec<&str> {
                let changes = diff.iter_all_changes().filter(|change| change.tag() == tag);
                changes.map(|change| change.value().trim_end()).collect()
            };
            json!({
                "path": file.path.to_string_lossy(), "new": file.before.is_none(),
                "removes": lines(similar::ChangeTag::Delete), "adds": lines(similar::ChangeTag::Insert),
            })
        })
        .collect();
    let folders: Vec<_> = draft.makes.iter().map(|path| path.to_string_lossy()).collect();
    json!({"folders": folders, "files": files, "notes": draft.notes})
}
