//! Counts calls and failures by tool, and by shell command.

use std::cmp::Reverse;

use super::calls::Charged;
use super::chain::{Chain, Part};
use super::names::name;
use crate::step;
use dreaming_records::notes::{SessionNotes, ToolCount};
use dreaming_text::sort;

/// Tools of a part that are told apart. Chosen by us: agents have some twenty, and tools that first
/// appear later are seldom called.
const MAX_TOOLS: usize = 32;

/// Shell commands of a part that are told apart while it is read. Chosen by us.
const MAX_COMMANDS: usize = 256;

/// Shell commands that are kept of a part: first those that failed most often, then those called
/// most. Chosen by us: the others say little about failures.
const KEPT_COMMANDS: usize = 32;

/// Counts a result of a tool. A call that a person refused says nothing about the tool.
pub(super) fn result(tool: &str, failed: bool, refused: bool, notes: &mut SessionNotes) {
    let call = ToolCount { tool: name(tool), calls: 1, failed: u64::from(failed) };
    if !call.tool.is_empty() && !refused && !add(&mut notes.tools, call, MAX_TOOLS) {
        notes.dropped += 1;
    }
}

/// Counts the commands of a shell line that worked: those whose success the line's success proves.
/// Returns the commands counted.
pub(super) fn line_worked(chain: &Chain, notes: &mut SessionNotes) -> Vec<(String, bool)> {
    let worked = chain.parts.iter().filter(|part| part.worked);
    worked.filter_map(|part| command(part, false, notes)).collect()
}

/// Counts the commands of a shell line that failed: the one at fault as failed, if known, and those
/// before it that must have worked. Returns the commands counted, and whether each failed.
pub(super) fn line_failed(
    charged: Option<&Charged<'_>>,
    notes: &mut SessionNotes,
) -> Vec<(String, bool)> {
    let found = charged.and_then(|charged| charged.call.chain().zip(charged.part.as_ref()));
    let Some((chain, failed)) = found else { return Vec::new() };
    let before = chain.parts.iter().take_while(|part| part.at < failed.at);
    let all = before.filter(|part| part.worked).map(|part| (part, false)).chain([(failed, true)]);
    all.filter_map(|(part, failed)| command(part, failed, notes)).collect()
}

fn command(part: &Part, failed: bool, notes: &mut SessionNotes) -> Option<(String, bool)> {
    let label = part.label.as_ref().filter(|label| !step::is_aside(label))?;
    let call = ToolCount { tool: label.clone(), calls: 1, failed: u64::from(failed) };
    add(&mut notes.commands, call, MAX_COMMANDS).then(|| (label.clone(), failed))
}

/// Cuts the list to the commands that are kept, sorted by name.
pub(super) fn finish(commands: &mut Vec<ToolCount>) {
    sort::by_key(commands, |count| (Reverse(count.failed), Reverse(count.calls)));
    commands.truncate(KEPT_COMMANDS);
    sort::by(commands, |a, b| a.tool.cmp(&b.tool));
}

/// Adds calls to a list, which stays in the order of names; `false` when there is no room for
/// another name.
pub(crate) fn add(counts: &mut Vec<ToolCount>, more: ToolCount, most: usize) -> bool {
    match counts.binary_search_by(|known| known.tool.cmp(&more.tool)) {
        Ok(at) => {
            if let Some(known) = counts.get_mut(at) {
                known.calls += more.calls;
                known.failed += more.failed;
            }
        }
        Err(_) if counts.len() >= most => return false,
        Err(at) => counts.insert(at, more),
    }
    true
}
