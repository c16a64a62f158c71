//! What `render` says.

use std::collections::BTreeMap;
use std::path::PathBuf;

use dreaming_wasmtime::{Edited, Edits, LeftOutReason, Rendering};
use serde_json::{Value, json};

use super::Render;
use super::files::Target;
use super::folders::Written;
use super::written::Foreign;
use crate::commands::init::files::File;
use crate::output::{Reply, next, text};

/// Changes and entries that are told one by one. Chosen by us: what fits a few lines.
const SHOWN: usize = 3;

/// What people changed in a file or folder, if anything, as the beginning of a sentence.
pub fn by_hand(title: &str, found: &Edits) -> Option<String> {
    let stuck: Vec<String> =
        found.stuck.iter().map(|line| format!("`{}`", text::one_line(line))).collect();
    let stuck = stuck.join(", ");
    match (found.stuck.is_empty(), found.edited.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("{title} was changed by hand ({})", edits(&found.edited))),
        (false, true) => {
            Some(format!("{title} has changes that cannot be taken into the memories ({stuck})"))
        }
        (false, false) => Some(format!(
            "{title} has changes that cannot be taken into the memories ({stuck}) and others ({})",
            edits(&found.edited)
        )),
    }
}

/// Changes of people, as one sentence.
pub fn edits(edited: &[Edited]) -> String {
    let one = |edited: &Edited| {
        let said = |text: &Option<String>| text.as_deref().map(text::one_line);
        match (said(&edited.before), said(&edited.after)) {
            (Some(before), Some(after)) => format!("`{before}` is now `{after}`"),
            (None, Some(after)) => {
                format!("`{after}` is new in {}", text::one_line(&edited.path))
            }
            (before, None) => format!("`{}` is gone", before.unwrap_or_default()),
        }
    };
    let mut told: Vec<String> = edited.iter().take(SHOWN).map(one).collect();
    if edited.len() > SHOWN {
        told.push(format!("and {} more", edited.len() - SHOWN));
    }
    told.join(", ")
}

/// What is said beside the files that were written.
#[derive(Default)]
pub struct Beside<'a> {
    /// What was taken in.
    pub taken: Vec<Edited>,
    /// The number of the revision before that.
    pub before: u64,
    /// Which agents load two of the files.
    pub twice: Vec<(&'a str, Vec<String>)>,
    /// The only person whom the sessions show, and how many statements hold for that person.
    pub only: Option<(String, u64)>,
    /// How many statements are left out because they hold for one of several people, by that person.
    pub personal: BTreeMap<String, u64>,
    /// Files whose block another memory rendered, with its lines.
    pub others: Vec<(String, Foreign)>,
    /// Files from which links lead nowhere, with the links.
    pub dead: Vec<(String, Vec<String>)>,
}

/// After the block was written.
pub fn rendered(
    files: &[(Target, Rendering)],
    homes: &[Written],
    beside: &Beside<'_>,
    args: &Render,
) -> Reply {
    let Beside { taken, before, twice, only, personal, others, dead } = beside;
    let mut out = String::new();
    if !taken.is_empty() {
        let verb = if args.dry_run { "Would take" } else { "Took" };
        out.push_str(&format!("{verb} into the memories: {}.\n", edits(taken)));
    }
    let (mut shown, mut changed) = (Vec::new(), 0);
    for (target, made) in files {
        let is_changed = target.file(made.text.clone()).changes();
        changed += usize::from(is_changed);
        let entries = text::count(made.entries, "entry").replace("entrys", "entries");
        let left = match (made.left_out, target.room.bytes, target.room.lines) {
            (0, ..) => String::new(),
            (left, Some(bytes), _) => format!(", {left} left out: its agents load {bytes} bytes"),
            (left, None, Some(lines)) => format!(", {left} left out: {lines} lines are advised"),
            (left, None, None) => format!(", {left} left out, for they cannot stand in a block"),
        };
        let what = match (is_changed, args.dry_run) {
            (false, _) if target.before.is_none() => "is not there, and nothing is to be written",
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
    homes.iter().for_each(|home| out.push_str(&folder(home, args)));
    changed += homes.iter().filter(|home| home.changes()).count();
    let quoted =
        |folder: &PathBuf| format!(" --project {}", next::quoted(&folder.to_string_lossy()));
    let project = args.project.as_ref().map(quoted).unwrap_or_default();
    for (name, files) in twice {
        let files: Vec<String> = files.iter().map(|file| text::one_line(file)).collect();
        out.push_str(&format!(
            "Look: {name} loads {} at its start, so it sees these statements more than once: {} takes them out of its own file.\n",
            files.join(" and "),
            next::command(&format!("render --remove --for {name}{project}"))
        ));
    }
    for (file, Foreign { unknown, of }) in others {
        let first = unknown.first().map_or("", String::as_str);
        let verb = if args.dry_run { "would be replaced" } else { "was replaced" };
        out.push_str(&format!(
            "Look: the block of {} {verb}, and this memory neither has nor had {} of its {} (`{}`). If they are of \
             another memory, render that one into a file of its own, for a file has one block.\n",
            text::one_line(file),
            unknown.len(),
            text::count(number(*of), "line"),
            text::one_line(first),
        ));
    }
    for (file, links) in dead {
        let links: Vec<String> =
            links.iter().take(SHOWN).map(|link| format!("`{}`", text::one_line(link))).collect();
        out.push_str(&format!(
            "Look: from {} these links lead nowhere, for they begin in the memory folder: {}. In the memory, name such a file as \
             agents find it from the top of the project.\n",
            text::one_line(file),
            links.join(", ")
        ));
    }
    if let Some((name, entries)) = only {
        out.push_str(&format!(
            "With it stands what was learned for {}, the only person whom the sessions show ({}).\n",
            text::one_line(name),
            text::count(*entries, "statement")
        ));
    }
    for (name, entries) in personal {
        let entries = text::count(*entries, "statement");
        let option = format!("--principal {}", next::quoted(name));
        out.push_str(&format!(
            "Look: left out is what holds for {} only ({entries}): {} writes it too, for files that nobody else loads.\n",
            text::one_line(name),
            next::again_without(&option, &["--take-in", "--overwrite"])
        ));
    }
    if changed > 0 && !args.dry_run {
        let remove = next::again_without("--remove", &["--take-in", "--overwrite"]);
        out.push_str(&match (taken.is_empty(), args.overwrite) {
            (true, false) => format!("{remove} takes it back.\n"),
            (true, true) => {
                format!("{remove} takes it out again; what was overwritten does not come back.\n")
            }
            (false, _) => format!(
                "{remove} takes it out again; {} takes back what was taken in.\n",
                next::command(&format!("revert {before}"))
            ),
        });
    }
    let taken: Vec<Value> = taken
        .iter()
        .map(|edited| json!({"path": edited.path, "before": edited.before, "after": edited.after}))
        .collect();
    let folders: Vec<Value> = homes.iter().map(document).collect();
    Reply::new(
        out,
        json!({
            "files": shown, "folders": folders, "taken_in": taken, "dry_run": args.dry_run, "of_one_person": personal,
            "only_person": only.as_ref().map(|(name, entries)| json!({"name": name, "statements": entries})),
            "dead_links": dead.iter().map(|(file, links)| json!({"file": file, "links": links})).collect::<Vec<_>>(),
            "of_another_memory": others.iter().map(|(file, foreign)| json!({"file": file, "lines": foreign.unknown})).collect::<Vec<_>>(),
            "more_than_once": twice.iter().map(|(agent, files)| json!({"agent": agent, "files": files})).collect::<Vec<_>>(),
        }),
    )
}

/// What became of a folder of small files.
fn folder(home: &Written, args: &Render) -> String {
    let made = &home.made;
    let what = match (home.changes(), args.dry_run) {
        (false, _) => "is as it should be".to_owned(),
        (true, is_dry) => {
            let verb = if is_dry { "would be " } else { "" };
            let written = text::count(number(home.files.len()), "file");
            format!("{written} {verb}written, {} {verb}taken out", home.gone.len())
        }
    };
    let entries = text::count(made.entries, "entry").replace("entrys", "entries");
    let folder = text::one_line(&home.home.folder.display().to_string());
    let mut out = format!("{folder} ({}): {what}, {entries}.\n", home.home.title);
    for reason in
        [LeftOutReason::Index, LeftOutReason::Size, LeftOutReason::Count, LeftOutReason::Unproven]
    {
        let left: Vec<_> = made.left_out.iter().filter(|left| left.reason == reason).collect();
        if left.is_empty() {
            continue;
        }
        let shown = left.iter().take(SHOWN).map(|left| format!("`{}`", text::one_line(&left.text)));
        let mut shown: Vec<String> = shown.collect();
        if left.len() > SHOWN {
            shown.push(format!("and {} more", left.len() - SHOWN));
        }
        let why = match reason {
            LeftOutReason::Index => "the index, as much as is loaded of it, has no room for a line",
            LeftOutReason::Size => "the file would be too long",
            LeftOutReason::Count => "there are as many files as there should be",
            LeftOutReason::Unproven => "one session alone shows it, and no person said it",
        };
        out.push_str(&format!("  {} left out ({}): {why}.\n", left.len(), shown.join(", ")));
    }
    out
}

fn number(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}

/// A folder of small files, for programs.
fn document(home: &Written) -> Value {
    let left_out = home.made.left_out.iter().map(|left| {
        let reason = match left.reason {
            LeftOutReason::Index => "index",
            LeftOutReason::Size => "size",
            LeftOutReason::Count => "count",
            LeftOutReason::Unproven => "unproven",
        };
        json!({"path": left.path, "text": left.text, "reason": reason})
    });
    json!({
        "home": home.home.name, "folder": home.home.folder.to_string_lossy(), "entries": home.made.entries,
        "written": home.files.len(), "removed": home.gone.len(), "left_out": left_out.collect::<Vec<Value>>(),
        "changed": home.changes(),
    })
}

/// After the block was taken out.
pub fn removed(files: &[(File, Target)], homes: &[Written], args: &Render) -> Reply {
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
    let mut folders = Vec::new();
    for home in homes {
        let verb = if args.dry_run { "would be taken out" } else { "taken out" };
        let files = text::count(number(home.gone.len()), "file");
        let folder = text::one_line(&home.home.folder.display().to_string());
        out.push_str(&format!("{folder} ({}): {files} {verb}.\n", home.home.title));
        let (name, folder) = (home.home.name, home.home.folder.to_string_lossy());
        folders.push(json!({
            "home": name, "folder": folder, "removed": home.gone.len(), "changed": home.changes(),
        }));
    }
    Reply::new(out, json!({"files": shown, "folders": folders, "dry_run": args.dry_run}))
}
