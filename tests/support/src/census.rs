//! What importers read from a transcript, as counts that another reader can check.

use std::collections::BTreeMap;

use dreaming::import::{PartReader, events};
use dreaming::notes::SessionNotes;
use dreaming::session::{Event, EventKind};
use dreaming::trust::Provenance;
use dreaming::{Policy, Time};
use serde_json::Value;

/// The counts of one part.
#[derive(Debug)]
pub struct Census {
    /// The notes that a dream takes from it: format, account and tokens.
    pub notes: SessionNotes,
    /// Events by name: `message user`, `message agent` and so on by provenance; `call Bash`,
    /// `result Bash`, `failed Bash` by tool (a failed result counts as both `result` and `failed`;
    /// one without a call has the tool `?`); `refused`, `hand-off`, `outcome`. Events of a history
    /// that the part repeats have `history` in front.
    pub events: BTreeMap<String, u64>,
}

impl Census {
    /// Counts what is in a part.
    pub fn of(bytes: &[u8]) -> Self {
        let now = Time::from_millis(i64::MAX);
        let mut reader = PartReader::new("main", &Policy::default(), now, false);
        reader.push(bytes);
        let mut counts = BTreeMap::new();
        events(bytes, &mut |event, is_history| {
            let of = if is_history { "history " } else { "" };
            for name in names(event) {
                *counts.entry(format!("{of}{name}")).or_default() += 1;
            }
        });
        Self { notes: reader.finish().notes, events: counts }
    }

    /// The format; `None` when no importer recognises it.
    pub fn format(&self) -> Option<&str> {
        Some(self.notes.format.as_str()).filter(|format| !format.is_empty())
    }

    /// How many events have a name that begins with `beginning`, including those of histories.
    pub fn count(&self, beginning: &str) -> u64 {
        let is_one = |name: &str| name.trim_start_matches("history ").starts_with(beginning);
        self.events.iter().filter(|(name, _)| is_one(name)).map(|(_, count)| count).sum()
    }

    /// The differences from the counts of an independent reader: an entry of `expected.json` with
    /// `format`, `counts` and, for lines, `types`. A count of 0 equals a missing one.
    pub fn differences(&self, want: &Value) -> Vec<String> {
        let number = |name: &str| want["counts"][name].as_u64().unwrap_or(0);
        let sum = |counts: &Value, beginning: &str| -> u64 {
            let counts = counts.as_object().into_iter().flatten();
            counts
                .filter(|(name, _)| name.starts_with(beginning))
                .filter_map(|c| c.1.as_u64())
                .sum()
        };
        let account = &self.notes.account;
        let used = account.understood + account.repeated + account.unknown_type + account.too_long;
        let (calls, results) = (self.count("call "), self.count("result "));
        let mut pairs = Vec::new();
        let format = match want["format"].as_str() {
            Some("gemini-cli-json") => {
                pairs.push(("tool_calls", calls, number("tool_calls")));
                pairs.push(("tool_errors", self.count("failed "), number("tool_errors")));
                // One more for the content outside the messages.
                pairs.push(("messages", used, sum(&want["counts"], "messages_") + 1));
                "gemini-cli"
            }
            _ => {
                for (name, got) in [
                    ("lines", account.lines),
                    ("not_json", account.not_json),
                    ("not_object", account.not_object),
                    ("repeated_uuid", account.repeated),
                    ("tool_result_errors", self.count("failed ")),
                ] {
                    pairs.push((name, got, number(name)));
                }
                pairs.push(("types", used, sum(&want["types"], "")));
                // The other reader skips progress records, which hold the work of sub-agents.
                let progress = sum(&want["types"], "progress") > 0;
                for (name, got) in [("block_tool_use", calls), ("block_tool_result", results)] {
                    let want = number(name);
                    pairs.push((name, if progress { got.min(want) } else { got }, want));
                }
                "claude-code"
            }
        };
        let mut differs: Vec<String> = pairs
            .into_iter()
            .filter(|(_, got, want)| got != want)
            .map(|(name, got, want)| format!("{name}: {got}, not {want}"))
            .collect();
        if self.format() != Some(format) {
            differs.push(format!("format: {:?}", self.format()));
        }
        let is_origin = |id: &Value| id.as_str() == Some(self.notes.origin.as_str());
        let mut ids =
            want["session_ids"].as_array().into_iter().flatten().chain(want.get("session_id"));
        if !ids.any(is_origin) {
            differs.push(format!("session: {}", self.notes.origin));
        }
        differs
    }
}

/// The names under which an event is counted.
fn names(event: &Event) -> Vec<String> {
    match &event.kind {
        EventKind::Message | EventKind::Plan | EventKind::Summary => {
            vec![format!("message {}", who(event.provenance))]
        }
        EventKind::ToolUse { tool, .. } => vec![format!("call {tool}")],
        EventKind::ToolResult { tool, failed, refused, .. } => {
            let tool = if tool.is_empty() { "?" } else { tool };
            let failed = failed.then(|| format!("failed {tool}"));
            let refused = refused.then(|| "refused".to_owned());
            [format!("result {tool}")].into_iter().chain(failed).chain(refused).collect()
        }
        EventKind::HandOff { .. } => vec!["hand-off".into()],
        EventKind::HandOffEnd { .. } => Vec::new(),
        EventKind::Outcome(_) => vec!["outcome".into()],
    }
}

/// The word for the writer of a message.
fn who(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::User => "user",
        Provenance::Agent => "agent",
        Provenance::Harness => "harness",
        Provenance::Recalled => "recalled",
        Provenance::ToolUse | Provenance::ToolResult | Provenance::External => "tool",
    }
}
