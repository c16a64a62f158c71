//! `dreaming verify`.

use std::fmt::Write as _;

use clap::Args;
use serde_json::json;

use super::Place;
use crate::audit::audit;
use crate::component;
use crate::error::Result;
use crate::output::{Reply, next, text};
use crate::snapshot;
use crate::state::erase::WORDS;
use crate::state::mend::LOST;

/// `dreaming verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct Verify {}

const AFTER_HELP: &str = "\
The component checks the chain: form, number, parent and id of each record. The digests that a \
record names are computed again from what is stored: the ledger, the memories, the plan. Exit code 1 \
when something is damaged. Edits that no revision has seen yet are named and are no damage.

Example:
  dreaming verify --memory notes";

/// Checks the whole history, and compares the folder with its head.
pub fn verify(place: &Place) -> Result<Reply> {
    let mut job = component::load(&place.dir)?.job().map_err(component::refused)?;
    let audit = audit(&place.state, &mut job)?;
    let whole = audit.damage.is_empty();
    let mut out = String::new();
    let revisions = text::count(audit.revisions, "revision");
    if whole {
        let _ = writeln!(out, "{revisions}: chain, ledgers, memories and plans are whole.");
    } else {
        let damage = text::count(audit.damage.len() as u64, "damaged thing");
        let _ = writeln!(out, "{revisions}, {damage}:");
    }
    for damage in &audit.damage {
        let at = damage.revision.map_or_else(String::new, |number| format!("revision {number}, "));
        let (what, why) = (text::one_line(&damage.what), text::one_line(&damage.why));
        let _ = writeln!(out, "  {at}{what}: {why}");
    }
    if !whole {
        let _ = writeln!(out, "{} mends what it can.", next::command("recover"));
    }
    let erasures = if whole { place.state.erasures()? } else { Vec::new() };
    for erased in &erasures {
        let (kind, id) = (&erased.kind, text::one_line(&erased.id));
        let _ = match &**kind {
            LOST => writeln!(out, "Lost before revision {}: texts of {id}", erased.number),
            WORDS => {
                writeln!(out, "Erased in revision {}: words that a person gave", erased.number)
            }
            _ => writeln!(out, "Erased in revision {}: {kind} {id}", erased.number),
        };
    }
    let mut edited = Vec::new();
    if whole {
        let known = snapshot::texts_at(&place.state, audit.revisions)?;
        edited = snapshot::differing(&known, &snapshot::texts(&super::now(place)?));
    }
    for path in &edited {
        let _ = writeln!(out, "Edited, not in a revision yet: {}", text::one_line(path));
    }
    let verdict = if whole { "whole" } else { "damaged" };
    let json = json!({
        "verdict": verdict, "revisions": audit.revisions, "damage": audit.damage,
        "erased": erasures, "edited": edited,
    });
    Ok(Reply { text: out, json, code: u8::from(!whole) })
}
