//! `dreaming diff`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;
use serde_json::json;
use similar::{ChangeTag, TextDiff};

use super::Place;
use crate::error::Result;
use crate::output::{Reply, next, text, theme};
use crate::snapshot;

/// Lines shown around a change: as many as `diff -u` and git show.
const CONTEXT: usize = 3;

/// `dreaming diff`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Diff {
    /// Number or id of a revision; the beginning of an id will do. 0 is the empty store before the
    /// first one [default: the newest].
    #[arg(value_name = "FROM")]
    pub from: Option<String>,
    /// Another one [default: the memory folder as it is now].
    #[arg(value_name = "TO")]
    pub to: Option<String>,
    /// Counts lines only.
    #[arg(long)]
    pub stat: bool,
}

const AFTER_HELP: &str = "\
Examples:
  dreaming diff --memory notes               # what you and others have changed since the newest revision
  dreaming diff 3 5 --memory notes
  dreaming diff 3 --stat --memory notes      # what has changed since revision 3";

type Texts = BTreeMap<String, String>;

/// Prints how the memories differ.
pub fn diff(place: &Place, args: &Diff) -> Result<Reply> {
    let newest = place.state.head()?.map_or(0, |head| head.number);
    let (from, before) = at(place, args.from.as_deref().unwrap_or(&newest.to_string()))?;
    let (to, after) = match &args.to {
        Some(name) => at(place, name)?,
        None => ("now".into(), snapshot::texts(&super::now(place)?)),
    };
    let mut out = String::new();
    let mut files = Vec::new();
    let (mut all_added, mut all_removed) = (0, 0);
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for path in paths {
        let (old, new) = (before.get(path), after.get(path));
        if old == new {
            continue;
        }
        let (old, new) = (old.map(String::as_str), new.map(String::as_str));
        let diff = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
        let count = |tag| diff.iter_all_changes().filter(|c| c.tag() == tag).count() as u64;
        let (added, removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
        (all_added, all_removed) = (all_added + added, all_removed + removed);
        if args.stat {
            let _ = writeln!(out, "{added:>5} + {removed:>5} -  {}", text::one_line(path));
        } else {
            unified(&mut out, path, (&from, old), (&to, new));
        }
        files.push(json!({
            "path": path, "before": old, "after": new, "added": added, "removed": removed,
        }));
    }
    if files.is_empty() {
        let _ = writeln!(out, "No memory differs.");
        if let (None, Some(before)) = (&args.from, newest.checked_sub(1)) {
            let earlier = next::command(&format!("diff {before}"));
            let _ = writeln!(out, "{earlier} shows what revision {newest} changed.");
        }
    } else if args.stat {
        let changed = text::count(files.len() as u64, "memory file");
        let _ = writeln!(out, "{changed}, {all_added} + {all_removed} -");
    }
    Ok(Reply::new(out, json!({"from": from, "to": to, "files": files})))
}

/// The number of a revision as text, and its memory texts.
fn at(place: &Place, name: &str) -> Result<(String, Texts)> {
    let number = if name == "0" { 0 } else { place.state.revision(name)?.number };
    let memories = place.state.readable_at(number)?.into_values();
    Ok((number.to_string(), memories.map(|memory| (memory.path, memory.text)).collect()))
}

/// One memory as a unified diff. `from` and `to` are the names of the sides with their texts.
fn unified(out: &mut String, path: &str, from: (&str, Option<&str>), to: (&str, Option<&str>)) {
    let name = |(side, text): (&str, Option<&str>)| match text {
        Some(_) => format!("{} ({side})", text::one_line(path)),
        None => "/dev/null".into(),
    };
    let (head, hunk) = (theme::HEAD, theme::HUNK);
    let _ = writeln!(out, "{head}--- {}{head:#}\n{head}+++ {}{head:#}", name(from), name(to));
    let diff = TextDiff::from_lines(from.1.unwrap_or_default(), to.1.unwrap_or_default());
    for group in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        let _ = writeln!(out, "{hunk}{}{hunk:#}", group.header());
        for change in group.iter_changes() {
            let (style, mark) = match change.tag() {
                ChangeTag::Delete => (theme::OLD, '-'),
                ChangeTag::Insert => (theme::NEW, '+'),
                ChangeTag::Equal => (anstyle::Style::new(), ' '),
            };
            let line = change.value();
            // `clean` spells out a carriage return, because one that is added or removed is a
            // change.
            let shown = text::clean(line.strip_suffix('\n').unwrap_or(line));
            let _ = writeln!(out, "{style}{mark}{shown}{style:#}");
            if change.missing_newline() {
                let _ = writeln!(out, "\\ No newline at end of file");
            }
        }
    }
}
