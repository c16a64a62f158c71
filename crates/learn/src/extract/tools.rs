//! Calls and failures by tool, and by command of a shell.

use std::cmp::Reverse;

use super::calls::{Charged, name};
use super::chain::{Chain, Part};
use crate::step;
use dreaming_records::notes::ToolCount;
use dreaming_text::sort;

/// Tools of one part that are told apart. Chosen by us: agents have some twenty, and what comes
/// later in a session with more is seldom called.
const MAX_TOOLS: usize = 32;

/// Commands of one part that are told apart while it is read. Chosen by us.
const MAX_COMMANDS: usize = 256;

/// Commands of one part that are kept: those that failed most often, then those that were called
/// most. Chosen by us: what else was called says little about failures.
const KEPT_COMMANDS: usize = 32;

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// By name.
    counts: Vec<ToolCount>,
    commands: Vec<ToolCount>,
    /// The commands that the last result counted for, and whether each failed.
    counted: Vec<(String, bool)>,
    pub(super) left_out: u64,
}

impl Tools {
    /// A result of a tool. A call that a person refused says nothing about the tool.
    pub(super) fn result(&mut self, tool: &str, failed: bool, refused: bool) {
        let call = ToolCount { tool: name(tool), calls: 1, failed: u64::from(failed) };
        if !call.tool.is_empty() && !refused && !add(&mut self.counts, call, MAX_TOOLS) {
            self.left_out += 1;
        }
    }

    /// A line of a shell worked: so did those of its commands of which that tells.
    pub(super) fn line_worked(&mut self, chain: &Chain) {
        chain.parts.iter().filter(|part| part.worked).for_each(|part| self.command(part, false));
    }

    /// A line of a shell failed: so did the command that the failure is charged to, when it is known, and
    /// those worked without which it would not have run.
    pub(super) fn line_failed(&mut self, charged: Option<&Charged<'_>>) {
        let found = charged.and_then(|charged| charged.call.chain().zip(charged.part.as_ref()));
        let Some((chain, failed)) = found else {
            return;
        };
        for part in chain.parts.iter().take_while(|part| part.at < failed.at) {
            if part.worked {
                self.command(part, false);
            }
        }
        self.command(failed, true);
    }

    fn command(&mut self, part: &Part, failed: bool) {
        let label = part.label.as_ref().filter(|label| !step::is_aside(label));
        if let Some(label) = label {
            let call = ToolCount { tool: label.clone(), calls: 1, failed: u64::from(failed) };
            if add(&mut self.commands, call, MAX_COMMANDS) {
                self.counted.push((label.clone(), failed));
            }
        }
    }

    /// The commands that were counted since this was asked last.
    pub(super) fn counted(&mut self) -> Vec<(String, bool)> {
        std::mem::take(&mut self.counted)
    }

    /// The counts of tools, then of commands, by name.
    pub(super) fn finish(self) -> (Vec<ToolCount>, Vec<ToolCount>) {
        let mut commands = self.commands;
        sort::by_key(&mut commands, |count| (Reverse(count.failed), Reverse(count.calls)));
        commands.truncate(KEPT_COMMANDS);
        sort::by(&mut commands, |a, b| a.tool.cmp(&b.tool));
        (self.counts, commands)
    }
}

/// Adds calls to a list, which stays in the order of names; `false` when there is no room for another name.
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
