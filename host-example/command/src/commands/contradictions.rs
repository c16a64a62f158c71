//! Contradictions that no dream decides. They belong to no change, so they stay open when the plan that found them is
//! decided.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Place;
use crate::document::{self, Conflict, Plan};
use crate::error::Result;
use crate::output::{next, text};

/// The contradictions that the newest plan found, as long as the statements of the memory still stand. `texts` are the
/// memories by path.
///
/// # Errors
/// [`crate::error::Error::State`], [`crate::error::Error::Damaged`].
pub fn open(place: &Place, texts: &BTreeMap<String, String>) -> Result<Vec<Conflict>> {
    let Some(newest) = place.state.last_plan()? else { return Ok(Vec::new()) };
    let plan: Plan = document::parse(&newest.plan, "plan")?;
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    let mut stands = |path: &str, statement: &str| {
        let Some((path, memory)) = texts.get_key_value(path) else { return false };
        let here = lines.entry(path).or_insert_with(|| one_spaced(memory));
        here.contains(&one_spaced(statement))
    };
    let mut open = plan.conflicts;
    open.retain(|open| {
        let mut sides = [Some(&open.entry), open.other.as_ref()].into_iter().flatten();
        sides.all(|side| stands(&side.path, &side.text))
    });
    Ok(open)
}

/// A text with one space for all white space between two words, as statements have it.
fn one_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line that counts them; empty without one.
pub fn line(open: &[Conflict]) -> String {
    let mut out = String::new();
    if !open.is_empty() {
        let count = text::count(open.len() as u64, "contradiction");
        let show = next::command("show");
        let _ = writeln!(
            out,
            "{count} left open, because no dream decides it: {show} prints both sides"
        );
    }
    out
}
