//! A result that was too long for the transcript and that the agent stored beside it as plain text.

use super::frame::Frame;
use super::lines::Lines;
use super::log::{Log, on_line};
use super::provenance::unmarked;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// The format name of a session that has only such parts.
pub(super) const FORMAT: &str = "tool-result";

/// The folder in which agents store such results.
const FOLDER: &str = "tool-results";

/// Bytes of text in one event. Chosen by us: far longer than an order hidden in a text, and small
/// in memory.
const BLOCK: usize = 16 << 10;

/// The call that a part is the result of, from the name `<session>/tool-results/<call>.txt`. `None`
/// for other parts.
pub(super) fn call_of(part: &str) -> Option<&str> {
    let (folder, file) = part.rsplit_once('/')?;
    let inner = folder.rsplit('/').next();
    (inner == Some(FOLDER)).then(|| file.split_once('.').map_or(file, |(stem, _)| stem))
}

/// Splits such a part into events, each a block of lines. They count as external, because a result
/// may hold words from anywhere.
#[derive(Debug)]
pub(super) struct Text {
    lines: Lines,
    block: Block,
}

/// The lines of the current block.
#[derive(Debug)]
struct Block {
    call: String,
    text: String,
    /// The number of its first line.
    from: u64,
}

impl Text {
    /// For the result of `call`, with lines of at most `max` bytes.
    pub(super) fn new(call: &str, max: usize) -> Self {
        let block = Block { call: call.into(), text: String::new(), from: 1 };
        Self { lines: Lines::new(max), block }
    }

    /// Takes the next bytes; pushes the blocks that become full.
    pub(super) fn push(&mut self, bytes: &[u8], log: &mut Log) {
        let Self { lines, block } = self;
        lines.push(bytes, &mut |number, line| block.line(&line, number, log));
    }

    /// Ends the text; pushes the last block.
    pub(super) fn finish(&mut self, log: &mut Log) {
        let Self { lines, block } = self;
        lines.finish(&mut |number, line| block.line(&line, number, log));
        block.tell(log);
    }
}

impl Block {
    /// Takes the next line; pushes the block first when it is full.
    fn line(&mut self, line: &Frame<'_>, number: u64, log: &mut Log) {
        let account = &mut log.header.account;
        account.lines += 1;
        let Frame::Record(bytes) = line else {
            account.too_long += 1;
            return;
        };
        account.understood += 1;
        let text = String::from_utf8_lossy(bytes);
        account.not_utf8 += u64::from(matches!(text, std::borrow::Cow::Owned(_)));
        if self.text.len() + text.len() > BLOCK {
            self.tell(log);
        }
        if self.text.is_empty() {
            self.from = number;
        } else {
            self.text.push('\n');
        }
        self.text.push_str(&unmarked(&text));
    }

    /// Pushes the block as an event.
    fn tell(&mut self, log: &mut Log) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            let (call, tool) = (self.call.clone(), String::new());
            log.push(Event {
                kind: EventKind::ToolResult { call, tool, failed: false, refused: false },
                provenance: Provenance::External,
                text,
                ..on_line("", self.from, None)
            });
        }
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
        let mut text = Text::new("c", 1 << 20);
        let mut log = Log::default();
        let whole = format!("a\n\n{}\nb\u{e9}", "x".repeat(BLOCK - 1));
        let (one, two) = whole.as_bytes().split_at(7);
        text.push(one, &mut log);
        text.push(two, &mut log);
        text.finish(&mut log);
        let events: Vec<_> = log.take().into_iter().map(|(_, event)| event).collect();
        let texts: Vec<_> = events.iter().map(|e| (e.line, e.text.len())).collect();
        assert_eq!(texts, [(1, 2), (3, BLOCK - 1), (4, 3)]);
        assert!(events.iter().all(|e| e.provenance == Provenance::External));
        let account = &log.header.account;
        assert_eq!((account.lines, account.understood), (4, 4));
    }
}
