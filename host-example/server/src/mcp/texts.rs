//! What tools say, in words for an agent.

use std::fmt::Write as _;

use serde_json::Value;

use crate::api::entries::Known;
use crate::db::dreams::Dream;
use crate::db::engine::Revision;
use crate::db::stores::Store;
use crate::dream::keep::Pack;
use crate::ids::written;

/// Quotes of an entry that are shown. Chosen by us.
const QUOTES: usize = 3;

/// Memories to load, each below its headings, and how many are left out as those of other people. `is_other`: none of
/// them has a word of the query.
pub fn pack(Pack { packed, others }: &Pack, is_other: bool) -> String {
    let mut out = String::new();
    if packed.is_empty() {
        out.push_str("No memory fits.");
    } else if is_other {
        out.push_str("No memory has a word of the query. What is best established:\n");
    }
    for entry in packed {
        let above = match entry.headings.is_empty() {
            true => String::new(),
            false => format!("{}: ", entry.headings.join(" › ")),
        };
        let _ = writeln!(out, "- {above}{} (/{}:{})", entry.text, entry.path, entry.line);
    }
    if *others > 0 {
        let before = if packed.is_empty() { " " } else { "" };
        let _ = writeln!(
            out,
            "{before}Left out: {others}, each for one other person alone. `principal` says for whom you work."
        );
    }
    out
}

/// Why entries are there, at most so many of them.
pub fn explained(found: &[Known], most: usize) -> String {
    if found.is_empty() {
        return "No entry has this id, place or text.".into();
    }
    let mut out = String::new();
    for known in found.iter().take(most) {
        let record = &known.record;
        let word = |name: &str| record[name].as_str().unwrap_or("unknown").to_owned();
        let _ = writeln!(out, "{} /{}:{}\n{}", known.id, known.path, known.line, known.text);
        let _ = writeln!(
            out,
            "origin: {}, trust: {}, tier: {}",
            word("origin"),
            word("trust"),
            word("tier")
        );
        let evidence = record["evidence"].as_array().map_or(&[][..], Vec::as_slice);
        for piece in evidence.iter().take(QUOTES) {
            let time = piece["time"].as_i64().map(|ms| written(ms.saturating_mul(1_000)));
            let time = time.unwrap_or_else(|| "at an unknown time".into());
            let text = |name: &str| piece.get(name).and_then(Value::as_str).unwrap_or_default();
            let _ = writeln!(out, "  {time}, session {}: {}", text("session"), text("quote"));
        }
        if evidence.len() > QUOTES {
            let _ = writeln!(out, "  and {} more places", evidence.len() - QUOTES);
        }
    }
    if found.len() > most {
        let _ = writeln!(out, "{} more entries fit: say more of it.", found.len() - most);
    }
    out
}

/// Where a store stands.
pub fn status(store: &Store, revision: Option<&Revision>, dreams: &[Dream]) -> String {
    let mut out = format!("{} ({})\n", store.name, store.id);
    match revision {
        Some(revision) => {
            let _ = writeln!(out, "Revision {} ({})", revision.number, revision.id);
        }
        None => out.push_str("No dream has written here yet.\n"),
    }
    for dream in dreams {
        let when = written(dream.ended_at.unwrap_or(dream.created_at));
        let _ = writeln!(out, "Dream {}: {}, {when}", dream.id, dream.status.name());
    }
    out
}
