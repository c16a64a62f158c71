//! Sessions of Kiro CLI: one `{version, kind, data}` per line of `sessions/cli/ID.jsonl`, and before
//! them an object with what `ID.json` beside it says of the session. The kinds and fields are those
//! of the program's event log (`event_log.rs` of its crate `agent`).

use crate::json_value::{Map, Value};

use super::fields::{object_of, objects_of, text_of, time_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use super::shell_report;
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "kiro-cli", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// The version of the entries, and their kinds. The first four have a message or a summary.
const VERSION: &str = "v1";
const KINDS: &[&str] = &[
    "Prompt",
    "AssistantMessage",
    "ToolResults",
    "Compaction",
    "CancelledPrompt",
    "Clear",
    "ResetTo",
];

/// The reason for a session that a person began by going back in another one. Most sessions name no
/// reason.
const REWIND: &str = "rewind";

/// How the exit status of a command begins that exited.
const EXITED: &str = "exit status: ";

/// The outcome of a call that was stopped before its end.
const CANCELLED: &str = "Cancelled";

/// The folder of the instructions that this program reads.
const STEERING: &str = ".kiro/steering/";

fn is_record(record: &Map<'_>) -> bool {
    is_head(record) || is_entry(record)
}

fn is_head(record: &Map<'_>) -> bool {
    let says = ["session_state", "session_created_reason", "parent_session_id"];
    text_of(record, "session_id").is_some()
        && text_of(record, "cwd").is_some()
        && says.iter().any(|name| record.contains_key(name))
        && !record.contains_key("type")
}

fn is_entry(record: &Map<'_>) -> bool {
    text_of(record, "version") == Some(VERSION) && KINDS.contains(&word_of(record, "kind"))
}

/// Turns entries into events.
#[derive(Debug, Default)]
struct Reader {
    /// Whether a person began the session. Sub-agents write files of the same form, so where no head
    /// says who did, nobody typed the prompts.
    is_by_person: bool,
    /// The time of the last prompt: no other entry has one.
    time: Option<Time>,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if is_head(record) {
            log.header.origin(word_of(record, "session_id"), line);
            log.header.cwd(word_of(record, "cwd"));
            let reason = text_of(record, "session_created_reason");
            let is_alone = text_of(record, "parent_session_id").is_none();
            self.is_by_person = reason == Some(REWIND) || (reason.is_none() && is_alone);
            return Became::Understood;
        }
        if !is_entry(record) {
            return Became::Unknown;
        }
        let Some(data) = object_of(record, "data") else { return Became::Understood };
        let id = word_of(data, "message_id");
        // A session that begins in the middle of another one may repeat its messages.
        if !id.is_empty() && log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let time = object_of(data, "meta").and_then(|meta| time_of(meta, &["timestamp"]));
        self.time = time.or(self.time);
        let base = on_line(id, line, self.time);
        let told = log.len();
        let by = match word_of(record, "kind") {
            "Prompt" if self.is_by_person => Speaker::Person,
            "Prompt" => Speaker::ParentAgent,
            "AssistantMessage" => Speaker::Agent,
            "Compaction" => {
                log.message(&base, Speaker::Summary, word_of(data, "summary"));
                return Became::Understood;
            }
            _ => Speaker::Harness,
        };
        log.message(&base, by, &text(data));
        for block in objects_of(data, "content") {
            match (word_of(block, "kind"), object_of(block, "data")) {
                ("toolUse", Some(call)) => made(&base, call, log),
                ("toolResult", Some(result)) => ended(&base, result, data, log),
                _ => {}
            }
        }
        let millis = self.time.map_or_else(String::new, |time| time.millis().to_string());
        log.root(id, &millis, told);
        Became::Understood
    }
}

/// The texts of a message.
fn text(data: &Map<'_>) -> String {
    let blocks = objects_of(data, "content").filter(|block| word_of(block, "kind") == "text");
    blocks.filter_map(|block| text_of(block, "data")).collect::<Vec<_>>().join("\n")
}

fn made(base: &Event, call: &Map<'_>, log: &mut Log) {
    let nothing = Value::Null;
    let given = call.get("input").unwrap_or(&nothing);
    let path = given.get("path").and_then(Value::as_str);
    let (id, tool) = (word_of(call, "toolUseId"), word_of(call, "name"));
    if path.is_some_and(|path| path.contains(STEERING)) {
        log.made(base, id, tool, given, true);
    } else {
        log.used(base, id, tool, given);
    }
}

/// The result of a call. `data`: the entry, which says apart how its calls ended.
fn ended(base: &Event, result: &Map<'_>, data: &Map<'_>, log: &mut Log) {
    let call = word_of(result, "toolUseId");
    let mut exit = None;
    let mut texts = Vec::new();
    for block in objects_of(result, "content") {
        let Some(said) = block.get("data") else { continue };
        match (said.as_str(), said.get("exit_status").and_then(Value::as_str)) {
            (Some(text), _) => texts.push(text.to_owned()),
            (None, Some(status)) => {
                exit = Some(status);
                let printed = ["stdout", "stderr"].iter().filter_map(|of| said.get(of)?.as_str());
                texts.extend(printed.filter(|text| !text.is_empty()).map(str::to_owned));
            }
            (None, None) => texts.push(said.canonical()),
        }
    }
    let code = exit.and_then(|exit| exit.strip_prefix(EXITED)?.parse().ok());
    let how = object_of(data, "results").and_then(|of| of.get(call)?.get("result"));
    let refused = how.and_then(Value::as_str) == Some(CANCELLED);
    let is_error = word_of(result, "status") == "error";
    // A status that is no code is that of a signal.
    let failed = refused || is_error || exit.is_some() && code != Some(0);
    let text = shell_report::with_code(&texts.join("\n"), code);
    log.result(base, Result { call, tool: "", text, failed, refused });
}

#[cfg(test)]
mod tests;
