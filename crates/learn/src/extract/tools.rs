//! Calls and failures by tool.

use std::collections::BTreeMap;

use super::calls::name;
use dreaming_records::notes::ToolCount;

/// Tools of one part that are told apart. Chosen by us: agents have some twenty, and what comes
/// later in a session with more is seldom called.
const MAX_TOOLS: usize = 32;

/// The counts so far.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// Calls and failures, by name.
    counts: BTreeMap<String, (u64, u64)>,
    pub(super) left_out: u64,
}

impl Tools {
    /// A result of a tool. A call that a person refused says nothing about the tool.
    pub(super) fn result(&mut self, tool: &str, failed: bool, refused: bool) {
        let tool = name(tool);
        if tool.is_empty() || refused {
        } else if let Some((calls, failures)) = self.counts.get_mut(&tool) {
            *calls += 1;
            *failures += u64::from(failed);
        } else if self.counts.len() < MAX_TOOLS {
            self.counts.insert(tool, (1, u64::from(failed)));
        } else {
            self.left_out += 1;
        }
    }

    /// The counts, by name.
    pub(super) fn finish(self) -> Vec<ToolCount> {
        let count = |(tool, (calls, failed))| ToolCount { tool, calls, failed };
        self.counts.into_iter().map(count).collect()
    }
}
