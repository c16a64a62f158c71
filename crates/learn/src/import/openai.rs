//! Chat messages of OpenAI's form, `{"role", "content", "tool_calls", "tool_call_id"}`: an array in a
//! document or one a line. What other makers write in that form is read too: blocks of calls and
//! results inside of `content`.

use crate::json::{self, Map, Value};

use super::calls::{self, Calls};
use super::fields::{
    content_of, content_text, count_of, is_on, object_of, objects_of, text_of, time_of,
};
use super::format::{self, Format};
use super::header::Header;
use super::number::millionths;
use super::provenance::{self, Speaker};
use super::usage;
use dreaming_records::notes::Tokens;
use dreaming_records::outcome::{Better, Metric, OutcomeSource, WHOLE};
use dreaming_records::session::{Event, EventKind};
use dreaming_records::trust::Provenance;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "openai-chat", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Roles of messages. `function` is the older name of `tool`.
const ROLES: &[&str] = &["assistant", "developer", "function", "system", "tool", "user"];

/// Fields beside the messages that say how the run went, as benchmarks name them.
const OUTCOMES: &[&str] = &["reward", "resolved", "score", "success"];

/// Whether an object is a message: a role, something said, and no type, which all other formats have.
fn is_record(record: &Map<'_>) -> bool {
    text_of(record, "role").is_some_and(|role| ROLES.contains(&role))
        && ["content", "tool_calls", "function_call"].iter().any(|f| record.contains_key(f))
        && !record.contains_key("type")
}

/// Turns messages into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    /// Messages so far: most have no id, and many may stand on one line.
    messages: u64,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        if is_record(record) {
            header.account.understood += 1;
            used(record, header);
            return self.message(record, line);
        }
        // A line without a message may be the head of those that follow.
        let events = head(record, line, header);
        let is_known = !events.is_empty();
        let counter = if is_known {
            &mut header.account.understood
        } else {
            &mut header.account.unknown_type
        };
        *counter += 1;
        events
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        head(fields, line, header)
    }
}

/// What a head says of the session, and the outcomes that it names.
fn head(fields: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
    header.origin(text_of(fields, "session_id").unwrap_or_default(), line);
    header.agent.say(text_of(fields, "agent").unwrap_or_default());
    match fields.get("task_id").or(fields.get("task")) {
        Some(Value::String(task)) => header.task.say(task),
        Some(Value::Number(task)) => header.task.say(task),
        _ => {}
    }
    used(fields, header);
    let time = time_of(fields, TIMES);
    let event = |name: &&str| {
        let value = fields.get(name)?;
        Some(Event {
            kind: EventKind::Outcome(outcome(name, value)?),
            text: format!("{name} {value}"),
            ..calls::on_line("", line, time)
        })
    };
    OUTCOMES.iter().filter_map(event).collect()
}

/// A measured outcome. A number between 0 and 1 reaches its goal at 1, as rewards and shares of tests
/// do; what 5 or -3 is worth, only other sessions can tell.
fn outcome(name: &str, value: &Value) -> Option<Metric> {
    let value = millionths(value)?;
    let goal = (0..=WHOLE).contains(&value).then_some(WHOLE);
    let source = OutcomeSource::Measured;
    Some(Metric { name: name.into(), source, value, goal, better: Better::Higher, weight: 100 })
}

/// Fields of a message that may say when it was.
const TIMES: &[&str] = &["timestamp", "created_at", "time", "created"];

fn used(fields: &Map<'_>, header: &mut Header) {
    if let Some(used) = object_of(fields, "usage") {
        let names = [("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens")];
        for (input, output) in names.map(|(i, o)| (count_of(used, i), count_of(used, o))) {
            usage::add(&mut header.tokens, Tokens { input, output });
        }
    }
}

impl Reader {
    fn message(&mut self, record: &Map<'_>, line: u64) -> Vec<Event> {
        self.messages += 1;
        let id = text_of(record, "id").filter(|id| !id.is_empty());
        let id = id.map_or_else(|| format!("message-{}", self.messages), Into::into);
        let base = calls::blank(id, line, time_of(record, TIMES));
        let content = record.get("content").unwrap_or(&Value::Null);
        let mut events = Vec::new();
        match text_of(record, "role") {
            Some("tool" | "function") => {
                let call = text_of(record, "tool_call_id").unwrap_or_default();
                let tool = text_of(record, "name").unwrap_or_default();
                events.push(self.result(&base, call, tool, content_text(content), false));
            }
            Some("assistant") => {
                self.said(&base, Speaker::Agent, content, &mut events);
                self.calls_of(&base, record, &mut events);
            }
            Some("user") => self.said(&base, Speaker::Person, content, &mut events),
            // The system's and the developer's words are the program around the agent.
            _ => self.said(&base, Speaker::Harness, content, &mut events),
        }
        events
    }

    /// The texts of a content, and the calls and results among its blocks.
    fn said(&mut self, base: &Event, by: Speaker, content: &Value, events: &mut Vec<Event>) {
        let Value::Array(blocks) = content else {
            events.extend(calls::message(base, by, &content_text(content)));
            return;
        };
        for block in blocks.iter().filter_map(Value::as_object) {
            match text_of(block, "type") {
                Some("tool_use") => {
                    let Some(tool) = text_of(block, "name") else { continue };
                    let id = text_of(block, "id").unwrap_or_default();
                    let arguments = block.get("input").unwrap_or(&Value::Null);
                    events.push(self.calls.made(base, id, tool, arguments, false));
                }
                Some("tool_result") => {
                    let call = text_of(block, "tool_use_id").unwrap_or_default();
                    let text = content_of(block, "content");
                    let failed = is_on(block, "is_error");
                    events.push(self.result(base, call, "", text, failed));
                }
                _ => {
                    let text = text_of(block, "text").unwrap_or_default();
                    events.extend(calls::message(base, by, text));
                }
            }
        }
    }

    fn calls_of(&mut self, base: &Event, record: &Map<'_>, events: &mut Vec<Event>) {
        let several = objects_of(record, "tool_calls").filter_map(|call| {
            Some((text_of(call, "id").unwrap_or_default(), object_of(call, "function")?))
        });
        let one = object_of(record, "function_call").map(|call| ("", call));
        for (id, function) in several.chain(one) {
            let Some(tool) = text_of(function, "name") else { continue };
            // Arguments are JSON in a text; what is none stays the text that it is.
            let arguments = match function.get("arguments") {
                Some(Value::String(text)) => {
                    json::read(text).unwrap_or_else(|| Value::String(text.clone()))
                }
                other => other.cloned().unwrap_or(Value::Null),
            };
            events.push(self.calls.made(base, id, tool, &arguments, false));
        }
    }

    fn result(&self, base: &Event, call: &str, tool: &str, text: String, failed: bool) -> Event {
        let failed = failed || says_failure(&text);
        let refused = failed && provenance::is_refusal(&text);
        let result = calls::Result { call, tool, text, failed, refused };
        let mut event = self.calls.result(base, result);
        // The form has no field for failure, so that a text fails only by its own words: it stays
        // what may come from anywhere, unless it failed.
        if !failed && event.provenance == Provenance::ToolResult {
            event.provenance = Provenance::External;
        }
        event
    }
}

/// Whether a result says at its very beginning that the call failed. The form has no field for it, so
/// tools and the programs that call them put it first: `Error: …`, `ValueError: …`, `fatal: …`, a stack
/// trace, or an object whose `error` holds something.
fn says_failure(text: &str) -> bool {
    let text = provenance::opening(text);
    if text.starts_with('{') {
        let object: Option<Value<'_>> = json::read(text);
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
