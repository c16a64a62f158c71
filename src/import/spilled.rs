//! A result that was too long for its transcript and lies beside it as plain text.

use super::lines::Line;
use crate::session::{Account, Event, EventKind};
use crate::trust::Provenance;

/// The name under which a session that has nothing else is listed.
pub(super) const FORMAT: &str = "tool-result";

/// The folder in which agents keep such results.
const FOLDER: &str = "tool-results";

/// Text that one event holds, in bytes: far longer than any order hidden in it, and little memory.
/// Chosen by us.
const BLOCK: usize = 16 << 10;

/// The call whose result a part is, by its name: `<session>/tool-results/<call>.txt`. `None` for
/// parts of other kinds.
pub(super) fn call_of(part: &str) -> Option<&str> {
    let (folder, file) = part.rsplit_once('/')?;
    let inner = folder.rsplit('/').next();
    (inner == Some(FOLDER)).then(|| file.split_once('.').map_or(file, |(stem, _)| stem))
}

/// Such a part, in blocks of lines. What a tool brought in may come from anywhere.
#[derive(Debug)]
pub(super) struct Text {
    call: String,
    /// The lines of the block so far, and where it begins.
    block: String,
    from: u64,
}

impl Text {
    /// The result of `call`.
    pub(super) fn new(call: &str) -> Self {
        Self { call: call.into(), block: String::new(), from: 1 }
    }

    /// The next line; the block before it when that is full.
    pub(super) fn line(
        &mut self,
        line: Line<'_>,
        number: u64,
        account: &mut Account,
    ) -> Option<Event> {
        account.lines += 1;
        let Line::Whole(bytes) = line else {
            account.too_long += 1;
            return None;
        };
        account.understood += 1;
        let text = String::from_utf8_lossy(bytes);
        account.not_utf8 += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
        let full = if self.block.len() + text.len() > BLOCK { self.finish() } else { None };
        if self.block.is_empty() {
            self.from = number;
        } else {
            self.block.push('\n');
        }
        self.block.push_str(&text);
        full
    }

    /// The last block.
    pub(super) fn finish(&mut self) -> Option<Event> {
        let text = std::mem::take(&mut self.block);
        (!text.is_empty()).then(|| Event {
            id: format!("line-{}", self.from),
            line: self.from,
            time: None,
            thread: String::new(),
            kind: EventKind::ToolResult {
                call: self.call.clone(),
                tool: String::new(),
                failed: false,
                refused: false,
            },
            provenance: Provenance::External,
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_file_is_the_call() {
        assert_eq!(call_of("9f/tool-results/toolu_1.txt"), Some("toolu_1"));
        assert_eq!(call_of("tool-results/b.c.json"), Some("b"));
        assert_eq!(call_of("subagents/agent-1.jsonl"), None);
        assert_eq!(call_of("tool-results.jsonl"), None);
        assert_eq!(call_of("tool-results/x/main.jsonl"), None);
    }

    #[test]
    fn no_line_is_lost_between_blocks() {
        let mut text = Text::new("c");
        let mut account = Account::default();
        let long = "x".repeat(BLOCK - 1);
        let mut events = Vec::new();
        for (number, line) in (1..).zip(["a", "", &long, "b\u{e9}"]) {
            events.extend(text.line(Line::Whole(line.as_bytes()), number, &mut account));
        }
        events.extend(text.finish());
        let texts: Vec<_> = events.iter().map(|e| (e.line, e.text.len())).collect();
        assert_eq!(texts, [(1, 2), (3, BLOCK - 1), (4, 3)]);
        assert!(events.iter().all(|e| e.provenance == Provenance::External));
        assert_eq!((account.lines, account.understood), (4, 4));
    }
}
