//! What `render` says.

use dreaming_wasmtime::{Edited, Rendering};
use serde_json::{Value, json};

use super::Render;
use super::files::Target;
use crate::commands::init::files::File;
use crate::output::{Reply, next, text};

/// Changes of people, as one sentence.
pub fn edits(edited: &[Edited]) -> String {
    /// Changes that are told one by one. Chosen by us: what fits a few lines.
    const SHOWN: usize = 3;
    let one = |edited: &Edited| {
        let said = |text: &Option<String>| text.as_deref().map(text::one_line);
        match (said(&edited.before), said(&edited.after)) {
            (Some(before), Some(after)) => format!("`{before}` is now `{after}`"),
            (None, Some(after)) => format!("`{after}` is new"),
            (before, None) => format!("`{}` is gone", before.unwrap_or_default()),
        }
    };
    let mut told: Vec<String> = edited.iter().take(SHOWN).map(one).collect();
    if edited.len() > SHOWN {
        told.push(format!("and {} more", edited.len() - SHOWN));
    }
    told.join(", ")
}

/// After the block was written.
pub fn rendered(files: &[(Target, Rendering)], taken: &[Edited], args: &Render) -> Reply {
    let mut out = String::new();
    if !taken.is_empty() {
        let verb = if args.dry_run { "Would take" } else { "Took" };
        out.push_str(&format!("{verb} into the memories: {}.\n", edits(taken)));
    }
    let (mut shown, mut changed) = (Vec::new(), 0);
    for (target, made) in files {
        let is_changed = target.file(made.text.clone()).changes();
        changed += u64::from(is_changed);
        let entries = text::count(made.entries, "entry").replace("entrys", "entries");
        let left = match (made.left_out, target.room.bytes, target.room.lines) {
            (0, ..) => String::new(),
            (left, Some(bytes), _) => format!(", {left} left out: its agents load {bytes} bytes"),
            (left, None, Some(lines)) => format!(", {left} left out: {lines} lines are advised"),
            (left, None, None) => format!(", {left} left out, for they cannot stand in a block"),
        };
        let what = match (is_changed, args.dry_run) {
            (false, _) => "is as it should be",
            (true, true) => "would be written",
            (true, false) => "written",
        };
        let agents = match &target.agents[..] {
            [] => String::new(),
            agents => format!(" ({})", agents.join(", ")),
        };
        out.push_str(&format!(
            "{}{agents}: {what}, {entries}{left}.\n",
            text::one_line(&target.shown)
        ));
        shown.push(json!({
            "file": target.shown, "agents": target.agents, "entries": made.entries, "left_out": made.left_out,
            "changed": is_changed,
        }));
    }
    if changed > 0 && !args.dry_run {
        out.push_str(&format!("{} takes it back.\n", next::again("--remove")));
    }
    let taken: Vec<Value> = taken
        .iter()
        .map(|edited| json!({"path": edited.path, "before": edited.before, "after": edited.after}))
        .collect();
    Reply::new(out, json!({"files": shown, "taken_in": taken, "dry_run": args.dry_run}))
}

/// After the block was taken out.
pub fn removed(files: &[(File, Target)], args: &Render) -> Reply {
    let mut out = String::new();
    let mut shown = Vec::new();
    for (file, target) in files {
        let what = match (file.changes(), args.dry_run) {
            (false, _) => "has no block",
            (true, true) => "would lose its block",
            (true, false) => "has no block any more",
        };
        out.push_str(&format!("{} {what}.\n", text::one_line(&target.shown)));
        shown.push(json!({"file": target.shown, "changed": file.changes()}));
    }
    Reply::new(out, json!({"files": shown, "dry_run": args.dry_run}))
}
