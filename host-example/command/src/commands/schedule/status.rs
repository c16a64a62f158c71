//! `dreaming schedule status`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::changes::Fate;
use super::job::Kind;
use super::record::Record;
use super::{launchd, systemd};
use crate::output::{Reply, next, text};

/// What is installed, and how it goes. `others`: how many schedules other stores have; `store`: the one that was asked
/// about.
pub fn status(records: &[Record], others: u64, store: Option<&Path>) -> Reply {
    let mut out = String::new();
    let mut all: Vec<Value> = Vec::new();
    for record in records {
        let mut look = Vec::new();
        let files: Vec<Value> = record
            .pieces
            .iter()
            .map(|piece| {
                let path = text::one_line(&piece.path);
                let state = match piece.fate(record.kind, &record.command) {
                    Ok(Fate::There(_)) => "as-installed",
                    Ok(Fate::Changed) => {
                        look.push(format!("{path} was changed since"));
                        "changed"
                    }
                    Ok(Fate::Gone) => {
                        look.push(format!("what was written into {path} is gone"));
                        "gone"
                    }
                    Err(error) => {
                        look.push(error.to_string());
                        "unknown"
                    }
                };
                json!({"path": piece.path, "state": state})
            })
            .collect();
        if !record.has_program() {
            look.push(format!(
                "the program {} is gone: install it again, and the schedule with it",
                record.program
            ));
        }
        if !record.has_memory() {
            look.push(format!(
                "the memory folder {} is gone: `dreaming schedule remove --memory {}` takes the schedule away",
                record.memory,
                next::quoted(&record.memory)
            ));
        }
        let told = match record.kind {
            Kind::Systemd => systemd::told(&record.name),
            Kind::Launchd => launchd::told(&record.name),
            Kind::Cron | Kind::ClaudeCode | Kind::Codex => BTreeMap::new(),
        };
        write(&mut out, record, &told, &look);
        all.push(json!({
            "kind": record.kind, "name": record.name, "memory": record.memory, "memory_is_there": record.has_memory(),
            "program": record.program, "program_is_there": record.has_program(), "command": record.command,
            "files": files, "told": told, "look": look,
        }));
    }
    if records.is_empty() {
        let of = store.map(|store| format!(" for {}", text::one_line(&store.to_string_lossy())));
        let of = of.unwrap_or_default();
        let _ = writeln!(out, "`dreaming schedule` has installed nothing{of}.");
    }
    if others > 0 {
        let others = text::count(others, "schedule");
        let _ = writeln!(out, "Other stores have {others}: `dreaming schedule status --all`.");
    }
    Reply::new(out, json!({"schedules": all, "others": others}))
}

fn write(
    out: &mut String,
    record: &Record,
    told: &BTreeMap<&'static str, String>,
    look: &[String],
) {
    let (title, memory) = (record.kind.title(), text::one_line(&record.memory));
    let _ = writeln!(out, "{}: {title} for {memory}", record.name);
    let _ = writeln!(out, "  calls {}", text::one_line(&record.command));
    for piece in &record.pieces {
        let _ = writeln!(out, "  in {}", text::one_line(&piece.path));
    }
    let value = |name: &str| told.get(name).map(|value| text::one_line(value));
    match record.kind {
        Kind::Systemd | Kind::Launchd => {
            let state: Vec<String> =
                ["enabled", "active"].iter().filter_map(|n| value(n)).collect();
            let state = if state.is_empty() { "unknown".into() } else { state.join(", ") };
            let _ = writeln!(out, "  state: {state}");
            let last = value("last").unwrap_or_else(|| "not known".into());
            let result = value("result").map(|result| format!(" ({result})")).unwrap_or_default();
            let _ = writeln!(out, "  ran last: {last}{result}");
            if let Some(next) = value("next") {
                let _ = writeln!(out, "  runs next: {next}");
            }
        }
        Kind::Cron => out.push_str("  cron does not tell when it ran; see ~/.dreaming.log\n"),
        Kind::ClaudeCode | Kind::Codex => {
            out.push_str(
                "  the agent does not tell when it called; `dreaming status` tells of dreams\n",
            );
        }
    }
    for look in look {
        let _ = writeln!(out, "  Look: {}", text::one_line(look));
    }
}
