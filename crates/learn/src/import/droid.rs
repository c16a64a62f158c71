//! Sessions of Factory Droid: a head, then one message or change of state per line. Messages hold
//! blocks of the Messages API, so the results of calls stand in messages of the user's role.

use crate::json_value::{Map, Value};

use super::exit_line;
use super::fields::{content_of, is_on, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::{Speaker, is_refusal};
use dreaming_records::session::Event;
use dreaming_records::time::Time;

/// This format.
pub(super) const FORMAT: Format = Format {
    name: "factory-droid",
    is_record,
    unread: &["systemInfo", "systemInfoText"],
    reader: || Box::new(Reader::default()),
};

/// Types of records.
const KNOWN_TYPES: &[&str] =
    &["agent_turn_outcome", "compaction_state", "message", HEAD, "todo_state"];

/// The type of the head of a file.
const HEAD: &str = "session_start";

/// Where a person types: `userMessageSource` names other places too, where schedules, other
/// programs or the members of a chat write. Versions that do not say it had only the prompt.
const PROMPTS: &[&str] = &["cli_acp", "cli_tui", "desktop", "web"];

/// Fields of messages that hooks and the program add.
const OF_PROGRAM: &[&str] = &["hiddenFromUserViews", "hookEventName"];

/// Who is shown a message, where it is not both the person and the model. What only the person is
/// shown are notes, and commands that the person ran.
const MODEL_ONLY: &str = "llm_only";
const PERSON_ONLY: &str = "user_only";

/// The tool that runs a shell line, and the name by which the engine knows such tools.
const SHELL: (&str, &str) = ("Execute", "shell_command");

/// How the result begins of a command that failed, and what stands around the exit code in the last
/// line of a shell's result.
const FAILED: &str = "Error: Command failed (exit code: ";
const EXIT: (&str, &str) = ("[Process exited with code ", "]");

/// How a result begins that says that the time of a command was over, which the program does not
/// call an error.
const TIMEOUT: &str = "Command timed out after ";

/// What results say of calls that a person stopped or did not permit, behind the word `Error: `
/// when there is one.
const REFUSED: &[&str] = &[
    "Request interrupted by user",
    "The user rejected the permission request",
    "Tool execution cancelled by user",
];

/// The heads name an owner. Messages have no time of their own, as those of Pi have.
fn is_record(record: &Map<'_>) -> bool {
    let has = |name| text_of(record, name).is_some();
    match word_of(record, "type") {
        HEAD => has("id") && (has("owner") || has("cwd")),
        "message" => {
            has("id")
                && has("timestamp")
                && object_of(record, "message").is_some_and(|message| {
                    matches!(word_of(message, "role"), "assistant" | "user")
                        && message.contains_key("content")
                        && !message.contains_key("timestamp")
                })
        }
        _ => false,
    }
}

/// Turns records into events.
#[derive(Debug, Default)]
struct Reader {
    /// Whether another session called this one: then its user is the agent above.
    is_sub: bool,
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
            [word_of(record, "cwd"), word_of(record, "lastCwd")]
                .into_iter()
                .for_each(|folder| log.header.cwd(folder));
            // A person speaks to the one that directs a mission, and to none of its workers.
            self.is_sub |= text_of(record, "callingSessionId").is_some()
                || text_of(record, "decompSessionType") == Some("worker");
            return Became::Understood;
        }
        if !id.is_empty() && log.header.is_repeated(id) {
            return Became::Repeated;
        }
        let told = log.len();
        let base = on_line(id, line, Time::parse(word_of(record, "timestamp")));
        match kind {
            "compaction_state" => {
                log.message(&base, Speaker::Summary, word_of(record, "summaryText"));
            }
            "message" => match object_of(record, "message") {
                Some(message) => self.message(&base, message, log),
                None => return Became::Unknown,
            },
            _ => {}
        }
        log.root(id, word_of(record, "timestamp"), told);
        Became::Understood
    }
}

impl Reader {
    fn message(&self, base: &Event, message: &Map<'_>, log: &mut Log) {
        let shown = word_of(message, "visibility");
        if shown == PERSON_ONLY {
            return;
        }
        let by = match word_of(message, "role") {
            "assistant" => Speaker::Agent,
            "user" if self.is_sub => Speaker::ParentAgent,
            "user" if shown != MODEL_ONLY && is_typed(message) => Speaker::Person,
            _ => Speaker::Harness,
        };
        if let Some(text) = text_of(message, "content") {
            log.message(base, by, text);
        }
        for block in objects_of(message, "content") {
            match (word_of(block, "type"), by) {
                // Each block is a text of its own: the program puts its notes before a person's.
                ("text", _) => log.message(base, by, word_of(block, "text")),
                ("tool_use", Speaker::Agent) => made(base, block, log),
                ("tool_result", _) if by != Speaker::Agent => result(base, block, log),
                _ => {}
            }
        }
    }
}

/// Whether a person typed a message.
fn is_typed(message: &Map<'_>) -> bool {
    let from = message.get("userMessageSource").map(|from| from.as_str().unwrap_or_default());
    from.is_none_or(|from| PROMPTS.contains(&from))
        && !OF_PROGRAM.iter().any(|field| message.contains_key(field))
}

fn made(base: &Event, call: &Map<'_>, log: &mut Log) {
    let nothing = Value::Null;
    let name = word_of(call, "name");
    let name = if name == SHELL.0 { SHELL.1 } else { name };
    log.used(base, word_of(call, "id"), name, call.get("input").unwrap_or(&nothing));
}

fn result(base: &Event, block: &Map<'_>, log: &mut Log) {
    let call = word_of(block, "tool_use_id");
    let text = content_of(block, "content");
    let is_shell = log.tool(call) == Some(SHELL.1);
    let told = exit_line::told(&text, EXIT.0, EXIT.1).filter(|_| is_shell);
    let ends_badly = told.is_some_and(|(code, _)| code != 0);
    let failed = is_on(block, "is_error") || ends_badly || (is_shell && text.starts_with(TIMEOUT));
    let said = text.strip_prefix("Error: ").unwrap_or(&text);
    let refused =
        failed && (REFUSED.iter().any(|words| said.starts_with(words)) || is_refusal(said));
    let text = match told {
        Some((0, printed)) => printed.into(),
        Some((code, said)) => exit_line::with_code(code, printed(said)),
        None => text,
    };
    log.result(base, Result { call, tool: "", text, failed, refused });
}

/// What a command printed that failed, without the line with which the program says so.
fn printed(said: &str) -> &str {
    let line = said.split_once('\n').filter(|_| said.starts_with(FAILED));
    line.map_or(said, |(_, printed)| printed)
}

#[cfg(test)]
mod tests;
