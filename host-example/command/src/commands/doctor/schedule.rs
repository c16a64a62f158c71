//! Looks for schedules that call what is not there any more: nobody sees them fail.

use super::Finding;
use crate::commands::schedule::record;
use crate::output::{next, text};

/// Adds a finding where a schedule of this user has lost its program or its memory folder, or cannot be read. Those of all
/// stores are looked at, because nobody asks about a store that is gone.
pub(super) fn look(findings: &mut Vec<Finding>) {
    const NAME: &str = "schedules";
    // Without a home folder there are none.
    let Ok((records, skipped)) = record::all() else { return };
    let mut items = Vec::new();
    for record in records {
        let memory = next::quoted(&record.memory);
        let kind = record.kind.word();
        if !record.has_memory() {
            items.push(format!(
                "{}: the memory folder {} is gone: `dreaming schedule remove {kind} --memory {memory}`",
                record.name, record.memory
            ));
        } else if !record.has_program() {
            items.push(format!(
                "{}: the program {} is gone: `dreaming schedule install {kind}` as before, with the one that is there",
                record.name, record.program
            ));
        }
    }
    items.extend(skipped.iter().map(|file| format!("{}: {}", file.path, file.reason)));
    if !items.is_empty() {
        let found = format!("{} that cannot go on", text::count(items.len() as u64, "schedule"));
        let todo = "no dream starts by it: see `dreaming schedule status --all`";
        findings.push(Finding::warn(NAME, found, todo).items(items));
    }
}
