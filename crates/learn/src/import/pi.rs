//! Sessions of Pi, of its fork Oh My Pi, and of OpenClaw, which is built on it: a head, then one
//! entry of a tree per line. A file is only ever appended to, so its order is that in which things
//! happened, on branches that were given up too.

use std::collections::BTreeSet;

use crate::json_value::{Map, Value};

use super::exit_line;
use super::fields::{
    content_of, count_of, is_on, object_of, objects_of, text_of, time_of, word_of,
};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::{Speaker, is_refusal};
use super::record_key::record_key;
use dreaming_records::notes::Tokens;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

mod author;

use author::Author;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "pi",
    is_record,
    // What extensions keep for themselves.
    unread: &["data", "details", "preserveData", "systemPrompt"],
    reader: || Box::new(Reader::default()),
};

/// Types of records: those of Pi, then those that only Oh My Pi and OpenClaw write. Most change
/// settings.
const KNOWN_TYPES: &[&str] = &[
    "branch_summary",
    "compaction",
    "custom",
    "custom_message",
    "label",
    "message",
    "model_change",
    HEAD,
    "session_info",
    "thinking_level_change",
    "credential_pin",
    "leaf",
    "mode_change",
    "model_usage",
    "reset_boundary",
    "service_tier_change",
    "session_init",
    "title",
    "title_change",
    "ttsr_injection",
];

/// The type of the head of a file.
const HEAD: &str = "session";

/// Tools that read or write memories: of OpenClaw, then of Oh My Pi.
const MEMORY_TOOLS: &[&str] =
    &["memory_get", "memory_search", "learn", "memory_edit", "recall", "reflect", "retain"];

/// Files in its workspace that OpenClaw reads as instructions or memory, beside those that all
/// agents read, and the folder of its memories there.
const WORKSPACE_FILES: &[&str] = &["HEARTBEAT.md", "IDENTITY.md", "SOUL.md", "TOOLS.md", "USER.md"];
const WORKSPACE_FOLDER: &str = "memory/";

/// Tools that give work to another agent, of OpenClaw and Oh My Pi, the argument that holds the
/// work, and those that name the agent.
const HAND_OFF_TOOLS: &[&str] = &["sessions_spawn", "task"];
const ORDER_FIELD: &str = "task";
const AGENT_FIELDS: &[&str] = &["agentId", "agent"];

/// The tool of OpenClaw that runs a shell line, and the name by which the engine knows such tools.
const SHELL: (&str, &str) = ("exec", "exec_command");

/// Tools that run a shell line, by the names that they have here, and what stands around the exit
/// code in the last line of their results: with Pi, with OpenClaw.
const SHELLS: &[&str] = &["bash", SHELL.1];
const EXITS: &[(&str, &str)] =
    &[("Command exited with code ", ""), ("(Command exited with code ", ")")];

/// How the result of a call ends that a person stopped: of a shell, and of other tools.
const STOPPED: &[&str] = &["Command aborted", "Operation aborted"];

/// Heads have nothing that our own format would need of a record of this type. Entries have a
/// parent; their messages have a time of their own, which those of Factory Droid have not.
fn is_record(record: &Map<'_>) -> bool {
    let kind = word_of(record, "type");
    let has = |name| text_of(record, name).is_some();
    if !has("id") || !has("timestamp") {
        return false;
    }
    match kind {
        HEAD => has("cwd") && !["agent", "session", "task"].iter().any(|f| record.contains_key(f)),
        "message" => {
            record.contains_key("parentId")
                && object_of(record, "message").is_some_and(|message| {
                    matches!(message.get("timestamp"), Some(Value::Number(_)))
                })
        }
        _ => record.contains_key("parentId") && KNOWN_TYPES.contains(&kind),
    }
}

/// Turns entries into events.
#[derive(Debug, Default)]
struct Reader {
    author: Author,
    /// What was asked behind which entry, by key. Who goes back in the tree and asks the same again
    /// said it once.
    asked: BTreeSet<u64>,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let id = word_of(record, "id");
        let kind = word_of(record, "type");
        if !KNOWN_TYPES.contains(&kind) {
            return Became::Unknown;
        }
        if kind == HEAD {
            log.header.origin(id, line);
            log.header.cwd(word_of(record, "cwd"));
            return Became::Understood;
        }
        // Entries of the first version have no id.
        if !id.is_empty() && log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let told = log.len();
        let base = on_line(id, line, time_of(record, &["timestamp"]));
        let became = self.entry(&base, kind, record, log);
        log.root(id, word_of(record, "timestamp"), told);
        became
    }
}

impl Reader {
    fn entry(&mut self, base: &Event, kind: &str, entry: &Map<'_>, log: &mut Log) -> Became {
        match kind {
            "message" => {
                let Some(message) = object_of(entry, "message") else { return Became::Unknown };
                return self.message(base, word_of(entry, "parentId"), message, log);
            }
            "branch_summary" | "compaction" => {
                log.message(base, Speaker::Summary, word_of(entry, "summary"));
            }
            "custom" => self.author.custom(word_of(entry, "customType")),
            "custom_message" => {
                self.author.custom(word_of(entry, "customType"));
                log.message(base, Speaker::Harness, &content_of(entry, "content"));
            }
            "session_init" => {
                self.author.sub_agent();
                log.header.role.say(word_of(entry, "agent"));
            }
            "model_usage" => used(&base.id, entry, log),
            _ => {}
        }
        Became::Understood
    }

    fn message(&mut self, base: &Event, parent: &str, message: &Map<'_>, log: &mut Log) -> Became {
        match word_of(message, "role") {
            "user" => return self.asked(base, parent, message, log),
            "assistant" => self.answer(base, message, log),
            "toolResult" => result(base, message, log),
            "branchSummary" | "compactionSummary" => {
                log.message(base, Speaker::Summary, word_of(message, "summary"));
            }
            "custom" | "developer" | "hookMessage" | "system" => {
                log.message(base, Speaker::Harness, &content_of(message, "content"));
            }
            // What a person ran at the prompt is no call of the agent; files that were named there
            // are what anybody wrote.
            "bashExecution" | "fileMention" | "pythonExecution" => {}
            _ => return Became::Unknown,
        }
        Became::Understood
    }

    fn asked(&mut self, base: &Event, parent: &str, message: &Map<'_>, log: &mut Log) -> Became {
        let text = content_of(message, "content");
        let key = record_key(&format!("{parent} {text}"));
        if !parent.is_empty() && !self.asked.insert(key) {
            return Became::Repeated;
        }
        let by = self.author.of(message, &text);
        log.message(base, by, author::typed(&text));
        Became::Understood
    }

    fn answer(&mut self, base: &Event, message: &Map<'_>, log: &mut Log) {
        if author::is_openclaw(message) {
            self.author.openclaw();
            return;
        }
        log.message(base, Speaker::Agent, &content_of(message, "content"));
        if word_of(message, "stopReason") == "error" {
            log.message(base, Speaker::Harness, word_of(message, "errorMessage"));
        }
        for call in objects_of(message, "content").filter(|of| word_of(of, "type") == "toolCall") {
            self.made(base, call, log);
        }
        used(text_of(message, "responseId").unwrap_or(&base.id), message, log);
    }

    fn made(&self, base: &Event, call: &Map<'_>, log: &mut Log) {
        let nothing = Value::Null;
        let given = call.get("arguments").unwrap_or(&nothing);
        let (id, name) = (word_of(call, "id"), word_of(call, "name"));
        let text = |field: &&str| given.get(field).and_then(Value::as_str);
        let runs = name == SHELL.0 && text(&"command").is_some();
        let is_place = self.author.is_openclaw()
            && ["path", "file_path"].iter().filter_map(text).any(in_workspace);
        let is_memory = MEMORY_TOOLS.contains(&name) || is_place;
        log.made(base, id, if runs { SHELL.1 } else { name }, given, is_memory);
        if let Some(text_of_work) = text(&ORDER_FIELD).filter(|_| HAND_OFF_TOOLS.contains(&name)) {
            let to = AGENT_FIELDS.iter().find_map(text).unwrap_or_default().into();
            let kind = EventKind::HandOff { call: id.into(), to };
            let provenance = Provenance::ToolUse;
            log.push(Event { kind, provenance, text: text_of_work.into(), ..base.clone() });
        }
    }
}

/// Whether a file of OpenClaw's workspace holds instructions or memories.
fn in_workspace(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    WORKSPACE_FILES.contains(&name) || path.starts_with(WORKSPACE_FOLDER)
}

/// The result of a call. Some versions tell the failure of a command only by its exit code.
fn result(base: &Event, message: &Map<'_>, log: &mut Log) {
    let text = content_of(message, "content");
    let code = object_of(message, "details").and_then(|of| of.get("exitCode")?.as_i64());
    let failed = is_on(message, "isError") || code.is_some_and(|code| code != 0);
    let is_stopped = STOPPED.iter().any(|end| text.trim_ascii_end().ends_with(end));
    let refused = failed && (is_stopped || is_refusal(&text));
    let (call, tool) = (word_of(message, "toolCallId"), word_of(message, "toolName"));
    let is_shell = SHELLS.contains(&log.tool(call).unwrap_or(tool));
    let mut exits = EXITS.iter().filter(|_| is_shell && failed);
    let told = exits.find_map(|(before, after)| exit_line::told(&text, before, after));
    let text = told.map(|(code, above)| exit_line::with_code(code, above)).unwrap_or(text);
    log.result(base, Result { call, tool, text, failed, refused });
}

/// Counts the tokens of a response, which has those of a cache beside its input.
fn used(id: &str, of: &Map<'_>, log: &mut Log) {
    let Some(usage) = object_of(of, "usage") else { return };
    let input = ["input", "cacheRead", "cacheWrite"].iter().map(|name| count_of(usage, name));
    let input = input.fold(0, u64::saturating_add);
    log.header.used(id, Tokens { input, output: count_of(usage, "output") });
}

#[cfg(test)]
mod tests;
