//! OpenAI's chat messages, `{"role", "content", "tool_calls", "tool_call_id"}`: an array in a
//! document, or one per line. Blocks of calls and results inside `content`, which other makers
//! write, are read too.

use crate::json_value::{self, Map, Value};

use super::cline;
use super::fields::{
    content_of, content_text, count_of, is_on, object_of, objects_of, text_of, time_of, word_of,
};
use super::format::{self, Format};
use super::header::Header;
use super::log::{Became, Log, Result, named, on_line};
use super::millionths::millionths;
use super::provenance::{self, Speaker};
use dreaming_records::notes::Tokens;
use dreaming_records::outcome::{Better, Metric, OutcomeSource, WHOLE};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "openai-chat", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Roles of messages. `function` is the older name of `tool`.
const ROLES: &[&str] = &["assistant", "developer", "function", "system", "tool", "user"];

/// Fields beside the messages that hold the outcome, as benchmarks name them.
const OUTCOMES: &[&str] = &["reward", "resolved", "score", "success"];

/// Whether an object is a message: a role and a content or calls, but no `type`, which all other
/// formats have, and nothing that only Cline adds.
fn is_record(record: &Map<'_>) -> bool {
    text_of(record, "role").is_some_and(|role| ROLES.contains(&role))
        && ["content", "tool_calls", "function_call"].iter().any(|f| record.contains_key(f))
        && !record.contains_key("type")
        && !cline::is_record(record)
}

/// Reads messages.
#[derive(Debug, Default)]
struct Reader {
    /// Messages so far. Their number becomes an id: most messages have none, and many may stand on
    /// one line.
    messages: u64,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if is_record(record) {
            used(record, &mut log.header);
            self.message(record, line, log);
            return Became::Understood;
        }
        // A line that is no message may be a head: facts about the session.
        let told = log.len();
        self.beside(record, line, log);
        if log.len() > told { Became::Understood } else { Became::Unknown }
    }

    /// Reads facts about the session, and its outcomes.
    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        let header = &mut log.header;
        header.origin(word_of(fields, "session_id"), line);
        header.agent.say(word_of(fields, "agent"));
        match fields.get("task_id").or(fields.get("task")) {
            Some(Value::String(task)) => header.task.say(task),
            Some(Value::Number(task)) => header.task.say(task),
            _ => {}
        }
        used(fields, header);
        for name in OUTCOMES {
            let value = fields.get(name);
            if let Some((value, metric)) = value.zip(value.and_then(|value| outcome(name, value))) {
                log.push(Event {
                    kind: EventKind::Outcome(metric),
                    text: format!("{name} {value}"),
                    ..on_line("", line, time_of(fields, TIMES))
                });
            }
        }
    }
}

/// A measured outcome. A number between 0 and 1 is a reward or a share of tests, so its goal is 1.
/// A number such as 5 or -3 gets no goal; only other sessions show what it is worth.
fn outcome(name: &str, value: &Value) -> Option<Metric> {
    let value = millionths(value)?;
    let goal = (0..=WHOLE).contains(&value).then_some(WHOLE);
    let source = OutcomeSource::Measured;
    Some(Metric { name: name.into(), source, value, goal, better: Better::Higher, weight: 100 })
}

/// Fields of a message that may hold its time.
const TIMES: &[&str] = &["timestamp", "created_at", "time", "created"];

fn used(fields: &Map<'_>, header: &mut Header) {
    if let Some(used) = object_of(fields, "usage") {
        let names = [("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens")];
        for (input, output) in names.map(|(i, o)| (count_of(used, i), count_of(used, o))) {
            header.used("", Tokens { input, output });
        }
    }
}

impl Reader {
    fn message(&mut self, record: &Map<'_>, line: u64, log: &mut Log) {
        self.messages += 1;
        let name = ("message", self.messages);
        let base = named(word_of(record, "id"), name, line, time_of(record, TIMES));
        let content = record.get("content").unwrap_or(&Value::Null);
        match word_of(record, "role") {
            "tool" | "function" => {
                let (call, tool) = (word_of(record, "tool_call_id"), word_of(record, "name"));
                result(&base, call, tool, content_text(content), false, log);
            }
            "assistant" => {
                said(&base, Speaker::Agent, content, log);
                calls(&base, record, log);
            }
            "user" => said(&base, Speaker::Person, content, log),
            // System and developer messages come from the program around the agent.
            _ => said(&base, Speaker::Harness, content, log),
        }
    }
}

/// Pushes the texts of a content, and the calls and results among its blocks.
fn said(base: &Event, by: Speaker, content: &Value, log: &mut Log) {
    let Value::Array(blocks) = content else {
        return log.message(base, by, &content_text(content));
    };
    for block in blocks.iter().filter_map(Value::as_object) {
        match word_of(block, "type") {
            "tool_use" => {
                let Some(tool) = text_of(block, "name") else { continue };
                let arguments = block.get("input").unwrap_or(&Value::Null);
                log.made(base, word_of(block, "id"), tool, arguments, false);
            }
            "tool_result" => {
                let (text, failed) = (content_of(block, "content"), is_on(block, "is_error"));
                result(base, word_of(block, "tool_use_id"), "", text, failed, log);
            }
            _ => log.message(base, by, word_of(block, "text")),
        }
    }
}

fn calls(base: &Event, record: &Map<'_>, log: &mut Log) {
    let several = objects_of(record, "tool_calls")
        .filter_map(|call| Some((word_of(call, "id"), object_of(call, "function")?)));
    let one = object_of(record, "function_call").map(|call| ("", call));
    for (id, function) in several.chain(one) {
        let Some(tool) = text_of(function, "name") else { continue };
        // Arguments are JSON in a text; a text that is no JSON is kept as it is.
        let given = function.get("arguments");
        let read = given.and_then(Value::as_str).and_then(json_value::read);
        log.made(base, id, tool, read.as_ref().or(given).unwrap_or(&Value::Null), false);
    }
}

fn result(base: &Event, call: &str, tool: &str, text: String, failed: bool, log: &mut Log) {
    let failed = failed || says_failure(&text);
    let refused = failed && provenance::is_refusal(&text);
    log.result(base, Result { call, tool, text, failed, refused });
    // The format has no field for failure: only the text can show it. A result that did not fail
    // may hold words from anywhere, so it counts as external.
    if let Some(event) = log.last().filter(|event| event.provenance == Provenance::ToolResult)
        && !failed
    {
        event.provenance = Provenance::External;
    }
}

/// Whether a result begins by saying that the call failed. The format has no field for that, so
/// tools and the programs around them write it first: `Error: …`, `ValueError: …`, `fatal: …`, a
/// stack trace, or an object whose `error` is not empty.
fn says_failure(text: &str) -> bool {
    let text = provenance::opening(text);
    if text.starts_with('{') {
        let object: Option<Value<'_>> = json_value::read(text);
        return object.is_some_and(|object| match object.get("error") {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        });
    }
    if text.starts_with("Traceback (most recent call last)") || text.starts_with("fatal: ") {
        return true;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let lower = word.to_ascii_lowercase();
    let is_named = lower.ends_with("error") || lower.ends_with("exception");
    matches!(word, "Error" | "ERROR") || (is_named && rest.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_what_a_result_says_first() {
        for text in [
            "Error: payment method not found",
            "  error: unknown flag",
            "\u{feff}Error: no such file",
            "ValueError: bad literal",
            "java.io.IOException: closed",
            "Traceback (most recent call last):\n  File",
            "fatal: not a git repository",
            r#"{"error":"no such user"}"#,
        ] {
            assert!(says_failure(text), "{text}");
        }
        for text in [
            "",
            "No error: all 5 tests passed",
            "errors: 0",
            r#"{"error":null,"data":1}"#,
            r#"{"flights":[]}"#,
            "exceptional",
        ] {
            assert!(!says_failure(text), "{text}");
        }
    }
}
