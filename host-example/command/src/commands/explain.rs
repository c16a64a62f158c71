//! `dreaming explain`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use clap::Args;
use dreaming_wasmtime::Job;
use serde_json::{Value, json};

use self::find::Found;
use self::past::Step;
use super::{Place, clock, waiting};
use crate::component;
use crate::document::{self, Change, Entry, Evidence, Plan};
use crate::error::{Error, Result};
use crate::output::{Reply, next, text, theme};
use crate::sessions::{Part, Source};
use crate::snapshot;
use crate::transcript;

mod find;
mod past;

/// The settings for the days after which a dream may propose to retire an entry that it added: for
/// entries of one session, and for those that several sessions supported.
const STALE_DAYS: &str = "prune.stale-days";
const STALE_DAYS_INTERMEDIATE: &str = "prune.stale-days-intermediate";
const DAY: i64 = 86_400_000;

/// `dreaming explain`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Explain {
    /// Id of an entry or its beginning, `path:line`, or a piece of its text.
    #[arg(value_name = "ENTRY")]
    pub entry: String,
}

const AFTER_HELP: &str = "\
Retired entries are found by id and by text.

Examples:
  dreaming explain learned/mistakes.md:3 --memory notes
  dreaming explain \"no tty present\" --memory notes
  dreaming explain e8075471cb68 --memory notes";

/// Says why an entry is there.
pub fn explain(place: &Place, args: &Explain) -> Result<Reply> {
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let contents = super::now(place)?;
    let all = find::all(&mut job, &contents)?;
    let meant = find::place(place.folder.root(), &contents, &args.entry);
    let meant = meant.as_deref().unwrap_or(&args.entry);
    if let Some(why) = find::no_entry(&all, &contents, meant) {
        return Err(Error::NoEntry { place: args.entry.clone(), why });
    }
    let found = match find::one(&all, meant) {
        Err(Error::UnknownEntry(name)) => {
            let erased = place.state.erasures()?;
            let erased = erased.iter().find(|e| e.kind == "entry" && e.id.starts_with(&*name));
            return Err(erased.map_or(Error::UnknownEntry(name), |erased| {
                Error::Erased(format!("entry {} (in revision {})", erased.id, erased.number))
            }));
        }
        other => other?,
    };
    let entry = &found.entry;
    let steps = past::steps(place, &entry.id)?;
    let evidence: Vec<(&Evidence, Option<Source>, &'static str)> = evidence(place, entry)?;
    let replaced = replaced(entry, &all);
    let is_of_written = is_of_written(entry, &all);
    let removal = removal(place, &mut job, found, is_of_written, &steps)?;
    let mut out = String::new();
    head(&mut out, found, &steps);
    for step in &steps {
        print_step(&mut out, step);
    }
    if !replaced.is_empty() {
        out.push_str("it took the place of:\n");
    }
    for other in &replaced {
        let by = other.retired.as_ref().map_or("supersede", |retired| &retired.by);
        let _ = writeln!(out, "  {} ({}, {})", other.id, text::one_line(&other.path), by);
        text::block(&mut out, theme::OLD, "  - ", &other.text);
    }
    if !evidence.is_empty() {
        out.push_str("from these words:\n");
    }
    for (piece, file, state) in &evidence {
        let files = |_: &str, _: &str| file.clone();
        text::evidence(&mut out, std::slice::from_ref(*piece), &files);
        let _ = writeln!(out, "    the transcript {state}");
    }
    out.push_str("what would remove it:\n");
    for way in &removal {
        let _ = writeln!(out, "  {}", text::one_line(way));
    }
    let evidence: Vec<Value> = evidence
        .iter()
        .map(|(piece, file, state)| json!({"evidence": shown(piece), "file": file.as_ref().map(|f| &f.path), "transcript": state}))
        .collect();
    let replaced: Vec<Value> = replaced
        .iter()
        .map(|other| json!({"entry": other.id, "path": other.path, "text": other.text}))
        .collect();
    let retired = entry.retired.as_ref().map(|retired| {
        json!({
            "revision": retired.revision, "by": retired.by, "superseded_by": retired.superseded_by,
        })
    });
    let support = &entry.support;
    let support =
        json!({"sessions": support.sessions, "agents": support.agents, "days": support.days});
    let json = json!({
        "entry": entry.id, "path": entry.path, "line": found.line, "text": entry.text,
        "origin": entry.origin, "trust": entry.trust, "tier": entry.tier,
        "sources": entry.sources.iter().map(|source| &source.store).collect::<Vec<_>>(),
        "principal": entry.principal, "support": support, "last_seen": entry.last_seen,
        "retired": retired, "history": steps, "evidence": evidence, "replaced": replaced,
        "removal": removal,
    });
    Ok(Reply::new(out, json))
}

/// Evidence as JSON, without the fields that pin its bytes.
fn shown(piece: &Evidence) -> Value {
    let Evidence { session, part, line, time, provenance, quote, .. } = piece;
    json!({"session": session, "part": part, "line": line, "time": time, "provenance": provenance, "quote": quote})
}

fn head(out: &mut String, found: &Found, steps: &[Step]) {
    let entry = &found.entry;
    let _ = writeln!(out, "{}  {}", entry.id, found.place());
    let style = if entry.retired.is_some() { theme::OLD } else { anstyle::Style::new() };
    text::block(out, style, "  ", &entry.text);
    let origin = match entry.origin.as_str() {
        "imported" => "It was there before the first revision; nothing says who wrote it.",
        "written" => "A person or an agent wrote it, not a dream.",
        "dream" => "A dream added it.",
        other => other,
    };
    let _ = writeln!(out, "{}", text::one_line(origin));
    if !entry.sources.is_empty() {
        let stores: BTreeSet<String> = entry
            .sources
            .iter()
            .map(|source| format!("`{}`", text::one_line(&source.store)))
            .collect();
        let stores: Vec<String> = stores.into_iter().collect();
        let _ = writeln!(out, "It came from the stores of others: {}.", stores.join(", "));
    }
    if steps.is_empty() {
        let run = next::run();
        let _ = writeln!(out, "No revision has seen it yet; the next {run} does.");
    }
    if let (None, None) = (found.line, &entry.retired) {
        out.push_str("It is no longer in the folder, which no revision has seen yet.\n");
    }
    if let Some(retired) = &entry.retired {
        let by = match retired.by.as_str() {
            "edited" => "somebody took it out or rewrote it",
            "merge" => "another entry says the same",
            "supersede" => "a newer value took its place",
            other => other,
        };
        let next = retired.superseded_by.as_ref();
        let next = next.map(|id| format!(": {}", text::one_line(id))).unwrap_or_default();
        let (by, number) = (text::one_line(by), retired.revision);
        let _ = writeln!(out, "Retired in revision {number}: {by}{next}.");
    }
    let seen = entry.last_seen.map_or_else(|| "unknown".into(), text::time);
    let who = entry.principal.as_deref().map(|who| format!(", of {}", text::one_line(who)));
    let _ = writeln!(
        out,
        "trust: {}, tier: {}, support: {}, {}, {}, last seen: {seen}{}",
        text::one_line(&entry.trust),
        text::one_line(&entry.tier),
        text::count(entry.support.sessions, "session"),
        text::count(entry.support.agents, "agent"),
        text::count(entry.support.days, "day"),
        who.unwrap_or_default()
    );
}

fn print_step(out: &mut String, step: &Step) {
    let what = match step.what {
        "erased before" => "what was known of it until then was erased".to_owned(),
        "supported" => format!("supported by {}", text::count(step.sessions, "session")),
        other => other.to_owned(),
    };
    let by = match step.reviewer.as_str() {
        "" => String::new(),
        name => format!(", by {}", text::one_line(name)),
    };
    let note = match step.note.as_str() {
        "" => String::new(),
        note => format!(": {}", text::one_line(note)),
    };
    let (number, kind, when) = (step.revision, text::one_line(&step.kind), text::time(step.now));
    let _ = writeln!(out, "revision {number} ({kind}, {when}{by}{note}): {what}");
    if let Some(change) = &step.change {
        let because = text::one_line(&change.because);
        let (id, operation) = (text::one_line(&change.id), text::one_line(&change.operation));
        let _ = writeln!(out, "  {id} {operation}: {because}");
        if change.edited {
            let who = Some(text::one_line(&step.reviewer)).filter(|who| !who.is_empty());
            let _ = writeln!(out, "  in the words of {}", who.as_deref().unwrap_or("the reviewer"));
        }
    }
    if let Some(before) = &step.before {
        text::block(out, theme::OLD, "  - ", before);
        text::block(out, theme::NEW, "  + ", step.text.as_deref().unwrap_or_default());
    }
}

/// The evidence of an entry with its files, and whether these still hold the quotes.
fn evidence<'a>(
    place: &Place,
    entry: &'a Entry,
) -> Result<Vec<(&'a Evidence, Option<Source>, &'static str)>> {
    let mut known: BTreeMap<(&str, u64, &str), &'static str> = BTreeMap::new();
    let mut pieces = Vec::new();
    for piece in &entry.evidence {
        let (session, part) = (&piece.session, &piece.part);
        let file = place.state.source(session, part)?;
        let key = (piece.part_digest.as_str(), piece.part_bytes, part.as_str());
        let state = known.entry(key).or_insert_with(|| {
            let Some(Source { path, at }) = file.clone() else { return "is not known here" };
            let (name, bytes, start) = (part.clone(), piece.part_bytes, at.start);
            let part = Part { name, path, bytes, start };
            match transcript::digest(&part) {
                Ok(digest) if digest == piece.part_digest => "still says it",
                Err(_) if transcript::written(&part.path).is_err() => "is gone",
                _ => "was changed since",
            }
        });
        pieces.push((piece, file, *state));
    }
    Ok(pieces)
}

/// The retired entries that `entry` replaced.
fn replaced<'a>(entry: &Entry, all: &'a [Found]) -> Vec<&'a Entry> {
    all.iter()
        .map(|found| &found.entry)
        .filter(|other| {
            let next = other.retired.as_ref().and_then(|retired| retired.superseded_by.as_ref());
            entry.supersedes.contains(&other.id) || next == Some(&entry.id)
        })
        .collect()
}

/// Whether the entry took the place of one that no dream added, at once or over others.
fn is_of_written(entry: &Entry, all: &[Found]) -> bool {
    let mut left = replaced(entry, all);
    let mut seen: Vec<&str> = Vec::new();
    while let Some(older) = left.pop() {
        if older.origin != "dream" {
            return true;
        }
        if !seen.contains(&older.id.as_str()) {
            seen.push(&older.id);
            left.extend(replaced(older, all));
        }
    }
    false
}

/// Sentences about what would remove the entry.
fn removal(
    place: &Place,
    job: &mut Job,
    found: &Found,
    is_of_written: bool,
    steps: &[Step],
) -> Result<Vec<String>> {
    let entry = &found.entry;
    if let Some(retired) = &entry.retired {
        let revert = next::command(&format!("revert {}", retired.revision.saturating_sub(1)));
        let erase = next::command(&format!("erase --entry {}", found.entry.id));
        return Ok(vec![
            format!("nothing: it is only kept in the history; {erase} erases it"),
            format!("{revert} brings back all memories as they were before it went"),
        ]);
    }
    let mut ways = planned(place, entry)?;
    let setting = match entry.tier.as_str() {
        "short" => STALE_DAYS,
        _ => STALE_DAYS_INTERMEDIATE,
    };
    let days = stale_days(place, job, setting)?;
    // An accepted change counts as support like a session, so it restarts the time until the entry
    // is stale.
    let accepted = steps.iter().filter(|step| step.change.is_some()).map(|step| step.now).max();
    ways.push(match (entry.origin.as_str(), entry.tier.as_str(), entry.last_seen.max(accepted)) {
        _ if is_of_written => {
            "time does not: it took the place of a line that no dream added".into()
        }
        ("dream", "long", _) => "time does not: it is long established".into(),
        ("dream", _, Some(seen)) => {
            let date = text::time(seen.saturating_add(days.saturating_mul(DAY)));
            format!("no support until {date} ({days} days): a dream may then propose to retire it")
        }
        ("dream", ..) => "time does not: no source says when it was last seen".into(),
        _ => "time does not: no dream added it".into(),
    });
    ways.push("a newer value for the same thing, or tools that show it to be wrong".into());
    ways.push("an equal statement below the same headings: one of the two stays (below others a dream with a model asks it)".into());
    ways.push(format!(
        "you: edit {}{}, or {}",
        found.place(),
        back(place, steps)?,
        next::command(&format!("erase --entry {}", found.entry.id))
    ));
    Ok(ways)
}

/// The command that goes back to before the dream that added the entry, behind a comma; empty when no dream did, and when
/// something came since that it would take away too.
fn back(place: &Place, steps: &[Step]) -> Result<String> {
    let added = steps.iter().rev().find(|step| step.what == "came in" || step.what == "returned");
    let Some(added) = added.filter(|step| step.kind == "dream" && step.revision > 1) else {
        return Ok(String::new());
    };
    let before = added.revision.saturating_sub(1);
    if place.state.head()?.is_some_and(|head| head.number > added.revision) {
        return Ok(String::new());
    }
    let then = snapshot::texts_at(&place.state, added.revision)?;
    let (now, _) = snapshot::now(&place.state, &place.folder)?;
    if snapshot::texts(&now) != then {
        return Ok(String::new());
    }
    Ok(format!(", {}", next::command(&format!("revert {before}"))))
}

/// The changes of the waiting plan that would remove the entry.
fn planned(place: &Place, entry: &Entry) -> Result<Vec<String>> {
    let waiting = match waiting::look(place, clock()) {
        // This version cannot apply a plan of another engine either.
        Err(Error::OtherEngine(_)) => None,
        other => other?,
    };
    let Some(waiting) = waiting else { return Ok(Vec::new()) };
    let removes = |change: &&Change| {
        let about = change.targets.iter().any(|target| target.entry == entry.id);
        let stays = change.survivor.as_ref().is_some_and(|target| target.entry == entry.id);
        let removes = matches!(change.operation.as_str(), "merge" | "supersede" | "retire");
        change.is_open() && about && !stays && removes
    };
    let changes = waiting.plan.changes.iter().filter(removes);
    let way = |change: &Change| {
        format!(
            "the plan that waits, change {} {}: {}",
            change.id, change.operation, change.because
        )
    };
    Ok(changes.map(way).collect())
}

/// The value of `setting` in the newest dream, else its default.
fn stale_days(place: &Place, job: &mut Job, setting: &str) -> Result<i64> {
    let newest = match place.state.newest_plan() {
        Err(Error::Erased(_)) => None,
        other => other?,
    };
    let plan: Option<Plan> = newest.map(|plan| document::parse(&plan.plan, "plan")).transpose()?;
    let chosen = plan.and_then(|plan| plan.policy.get(setting).and_then(Value::as_i64));
    if let Some(days) = chosen {
        return Ok(days);
    }
    let table = job.settings().map_err(component::refused)?;
    let default = table.iter().find(|known| known.name == setting);
    Ok(default.and_then(|setting| setting.default.parse().ok()).unwrap_or(i64::MAX / DAY))
}
