//! Rollouts of OpenAI Codex: one `{timestamp, type, payload}` per line. What the model saw and did
//! stands in `response_item`; `event_msg` repeats it for display and is read for tokens only.

use super::json::{self, Map, Value};

use super::calls::{self, Calls, text_of};
use super::fields::object_of;
use super::format::{self, Format};
use super::hand_off;
use super::header::Header;
use super::provenance::{self, Speaker};
use dreaming_records::notes::Tokens;
use dreaming_records::session::{Account, Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

mod output;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "codex", is_record, unread: &[], reader: |_| Box::new(Reader::default()) };

/// Types of lines, from the format notes.
const KNOWN_TYPES: &[&str] =
    &["compacted", "event_msg", "response_item", "session_meta", "turn_context", "world_state"];

/// How a message begins to which an editor added what was open, and where the person's words begin.
const EDITOR_CONTEXT: (&str, &str) = ("# Context from my IDE setup", "## My request for Codex:");

/// How a patch names the files that it is about.
const PATCHED: &[&str] = &["*** Add File: ", "*** Delete File: ", "*** Update File: "];

fn is_record(record: &Map<'_>) -> bool {
    object_of(record, "payload").is_some()
        && text_of(record, "timestamp").is_some()
        && text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Turns lines into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    /// An agent above writes what stands in the role of the user.
    is_sub_agent: bool,
}

impl format::Reader for Reader {
    fn read(
        &mut self,
        record: &Map<'_>,
        line: u64,
        header: &mut Header,
        account: &mut Account,
    ) -> Vec<Event> {
        if !is_record(record) {
            account.unknown_type += 1;
            return Vec::new();
        }
        account.understood += 1;
        let Some(payload) = object_of(record, "payload") else { return Vec::new() };
        let base = Event {
            id: format!("line-{line}"),
            line,
            time: text_of(record, "timestamp").and_then(Time::parse),
            thread: String::new(),
            kind: EventKind::Message,
            provenance: Provenance::Harness,
            text: String::new(),
        };
        match text_of(record, "type") {
            Some("session_meta") => self.opening(&base, payload, header),
            Some("turn_context") => {
                header.cwd(text_of(payload, "cwd").unwrap_or_default());
                Vec::new()
            }
            Some("response_item") => self.item(&base, payload),
            Some("compacted") => recalled(&base, payload, "message"),
            Some("event_msg") => {
                if text_of(payload, "type") == Some("token_count") {
                    tokens(payload, header);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl Reader {
    fn opening(&mut self, base: &Event, meta: &Map<'_>, header: &mut Header) -> Vec<Event> {
        header.origin(text_of(meta, "id").unwrap_or_default(), base.line);
        header.cwd(text_of(meta, "cwd").unwrap_or_default());
        let branch = object_of(meta, "git").and_then(|git| text_of(git, "branch"));
        header.branch(branch.unwrap_or_default());
        if let Some(parent) = object_of(meta, "source").and_then(|source| source.get("subagent")) {
            self.is_sub_agent = true;
            let spawn = parent.get("thread_spawn").unwrap_or(parent);
            header.role(spawn.get("agent_role").and_then(Value::as_str).unwrap_or_default());
        }
        recalled(base, meta, "instructions")
    }

    fn item(&mut self, base: &Event, item: &Map<'_>) -> Vec<Event> {
        let text = |name| text_of(item, name).unwrap_or_default();
        let call = text("call_id");
        match text("type") {
            "message" => self.message(base, item),
            "function_call" => {
                let arguments = json::read(text("arguments"))
                    .unwrap_or_else(|| field("input", text("arguments")));
                hand_off::made(&mut self.calls, base, call, text("name"), &plain(arguments))
            }
            "custom_tool_call" => {
                let mut arguments = field("input", text("input"));
                if let (Some(path), Value::Object(fields)) =
                    (patched(text("input")), &mut arguments)
                {
                    fields.insert("path".into(), path.into());
                }
                hand_off::made(&mut self.calls, base, call, text("name"), &arguments)
            }
            "local_shell_call" => {
                let action = item.get("action").cloned().unwrap_or(Value::Null);
                hand_off::made(&mut self.calls, base, call, "local_shell", &plain(action))
            }
            "web_search_call" => {
                let action = item.get("action").cloned().unwrap_or(Value::Null);
                hand_off::made(&mut self.calls, base, text("id"), "web_search", &action)
            }
            "function_call_output" | "custom_tool_call_output" => {
                let (text, failed) = item.get("output").map(output::read).unwrap_or_default();
                let refused = failed && provenance::is_refusal(&text);
                let answer = calls::Result { call, tool: "", text, failed, refused };
                vec![self.calls.result(base, answer)]
            }
            _ => Vec::new(),
        }
    }

    fn message(&self, base: &Event, item: &Map<'_>) -> Vec<Event> {
        let by = match text_of(item, "role") {
            Some("assistant") => Speaker::Agent,
            Some("user") if self.is_sub_agent => Speaker::ParentAgent,
            Some("user") => Speaker::Person,
            _ => Speaker::Harness,
        };
        let blocks = item.get("content").and_then(Value::as_array);
        let texts = blocks.into_iter().flatten().filter_map(|block| block.get("text")?.as_str());
        texts
            .map(|text| {
                let (provenance, text) = provenance::of_message(&request(text), by);
                Event { provenance, text, ..base.clone() }
            })
            .filter(|event| !event.text.trim_ascii().is_empty())
            .collect()
    }
}

fn recalled(base: &Event, fields: &Map<'_>, name: &str) -> Vec<Event> {
    let text = text_of(fields, name).filter(|text| !text.is_empty());
    let event =
        |text: &str| Event { provenance: Provenance::Recalled, text: text.into(), ..base.clone() };
    text.map(event).into_iter().collect()
}

/// The counts are sums over the session, so the last ones hold.
fn tokens(event: &Map<'_>, header: &mut Header) {
    let total = object_of(event, "info").and_then(|info| object_of(info, "total_token_usage"));
    if let Some(total) = total {
        let number = |name| total.get(name).and_then(Value::as_u64).unwrap_or(0);
        // Cached tokens are a part of the input here.
        header.tokens = Tokens { input: number("input_tokens"), output: number("output_tokens") };
    }
}

/// A message with what an editor put before the person's words blanked: each byte becomes a space,
/// so that offsets stay true.
fn request(text: &str) -> String {
    let (opening, heading) = EDITOR_CONTEXT;
    let words = text.starts_with(opening).then(|| text.find(heading)).flatten();
    match words.map(|at| at + heading.len()) {
        Some(from) => " ".repeat(from) + text.get(from..).unwrap_or_default(),
        None => text.into(),
    }
}

fn field<'a>(name: &'a str, text: &'a str) -> Value<'a> {
    Value::Object(Map::from_iter([(name.into(), text.into())]))
}

/// Arguments with the command as one text under `command`, whatever form the tool takes it in.
fn plain(arguments: Value<'_>) -> Value<'_> {
    let Value::Object(mut fields) = arguments else { return arguments };
    if let Some(command) = fields.remove("cmd")
        && !fields.contains_key("command")
    {
        fields.insert("command".into(), command);
    }
    if let Some(Value::Array(words)) = fields.get("command") {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        let line = match words.as_slice() {
            // A shell and its line, such as `bash -lc`.
            [_, option, line] if option.starts_with('-') => (*line).to_owned(),
            words => words.join(" "),
        };
        fields.insert("command".into(), line.into());
    }
    Value::Object(fields)
}

/// The first file that a patch is about.
fn patched(patch: &str) -> Option<&str> {
    let of = |line: &'_ str| -> Option<usize> {
        PATCHED.iter().find(|mark| line.starts_with(**mark)).map(|mark| mark.len())
    };
    patch.lines().find_map(|line| line.get(of(line)?..)).map(str::trim_ascii)
}

#[cfg(test)]
mod tests;
