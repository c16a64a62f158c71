//! Rollouts of OpenAI Codex: one `{timestamp, type, payload}` per line. What the model saw and did
//! stands in `response_item`; `event_msg` repeats it for display and is read for tokens only.

use crate::json::{Map, Value};

use super::calls::{self, Calls};
use super::fields::{object_of, objects_of, text_of};
use super::format::{self, Format};
use super::header::Header;
use super::provenance::Speaker;
use dreaming_records::session::Event;
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

mod arguments;
mod history;
mod items;
mod output;
mod running;
mod tokens;

use history::{Opening, Session, Sessions};
use output::Output;
use running::{Running, Told};

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "codex", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Types of lines, from the sources of version 0.158.
const KNOWN_TYPES: &[&str] = &[
    "agent_response_observation",
    "compacted",
    "event_msg",
    "inter_agent_communication",
    "inter_agent_communication_metadata",
    "realtime_item",
    "response_item",
    "retained_context",
    "security_risk_score",
    "session_meta",
    "token_usage_record",
    "turn_context",
    "world_state",
];

/// How a message begins to which an editor added what was open, and where the person's words begin.
const EDITOR_CONTEXT: (&str, &str) = ("# Context from my IDE setup", "## My request for Codex:");

/// Events that begin a turn.
const TURN_BEGINS: &[&str] = &["task_started", "turn_started"];

/// Tools that ask for a command that goes on, with the argument that names it and what it is.
const ASKING: &[(&str, &str, &str)] =
    &[("wait", "cell_id", "cell"), ("write_stdin", "session_id", "session")];

fn is_record(record: &Map<'_>) -> bool {
    object_of(record, "payload").is_some()
        && text_of(record, "timestamp").is_some()
        && text_of(record, "type").is_some_and(|kind| KNOWN_TYPES.contains(&kind))
}

/// Turns lines into events.
#[derive(Debug, Default)]
struct Reader {
    calls: Calls,
    running: Running,
    sessions: Sessions,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, header: &mut Header) -> Vec<Event> {
        if !is_record(record) {
            header.account.unknown_type += 1;
            return Vec::new();
        }
        header.account.understood += 1;
        let Some(payload) = object_of(record, "payload") else { return Vec::new() };
        let base = calls::on_line("", line, text_of(record, "timestamp").and_then(Time::parse));
        let kind = text_of(record, "type").unwrap_or_default();
        let ordinal = record.get("ordinal").and_then(Value::as_u64);
        let mut events = self.turn(&base, kind, payload, ordinal, header);
        let base = Event { time: self.sessions.time(base.time), ..base };
        match kind {
            "session_meta" => events.extend(self.opening(&base, payload, ordinal, header)),
            "turn_context" => {
                header.of_speaker(|said| said.cwd(text_of(payload, "cwd").unwrap_or_default()));
            }
            "response_item" => events.extend(self.item(&base, payload)),
            "compacted" => events.extend(recalled(&base, payload, "message")),
            "event_msg" => events.extend(self.event(&base, payload, header)),
            "token_usage_record" => self.response(payload, header),
            _ => {}
        }
        events
    }

    fn finish(&mut self, _header: &mut Header) -> Vec<Event> {
        self.running.finish(&self.calls)
    }
}

impl Reader {
    /// A record may begin a turn of a younger session than the one that speaks: then the history ends, and
    /// with it what is known of its calls.
    fn turn(
        &mut self,
        base: &Event,
        kind: &str,
        payload: &Map<'_>,
        ordinal: Option<u64>,
        header: &mut Header,
    ) -> Vec<Event> {
        let begins = match kind {
            "turn_context" => true,
            "event_msg" => text_of(payload, "type").is_some_and(|t| TURN_BEGINS.contains(&t)),
            _ => false,
        };
        let turn = text_of(payload, "turn_id").filter(|_| begins);
        let ended = self.sessions.ended(turn, ordinal);
        if ended == 0 {
            return Vec::new();
        }
        header.end_histories(ended, base.line);
        self.running.finish(&self.calls)
    }

    fn opening(
        &mut self,
        base: &Event,
        meta: &Map<'_>,
        ordinal: Option<u64>,
        header: &mut Header,
    ) -> Vec<Event> {
        let text = |name| text_of(meta, name).unwrap_or_default();
        let source = object_of(meta, "source").and_then(|source| source.get("subagent"));
        let spawn = source.map(|source| source.get("thread_spawn").unwrap_or(source));
        let of_spawn = |name| spawn.and_then(|spawn| spawn.get(name)?.as_str()).unwrap_or_default();
        let begins_at = meta.get("subagent_history_start_ordinal").and_then(number);
        let opening = self.sessions.open(Session {
            id: text("id").into(),
            is_fork: !text("forked_from_id").is_empty(),
            is_sub_agent: source.is_some(),
            begins_at,
            ..Session::default()
        });
        if opening == Opening::History {
            header.begin_history();
        }
        header.of_speaker(|said| {
            said.origin(text("id"), base.line);
            said.cwd(text("cwd"));
            let branch = object_of(meta, "git").and_then(|git| text_of(git, "branch"));
            said.branch.say(branch.unwrap_or_default());
            said.role.say(of_spawn("agent_role"));
        });
        // Some versions number the records and leave the opening of the other session out.
        let first = ordinal.unwrap_or_default() + 1;
        let parent =
            [text("forked_from_id"), text("parent_thread_id"), of_spawn("parent_thread_id")];
        if let Some(parent) = parent.iter().find(|id| !id.is_empty())
            && opening == Opening::Own
            && begins_at.is_some_and(|begins_at| begins_at > first)
        {
            self.sessions.begin_history(parent);
            header.begin_history();
            header.of_speaker(|said| said.origin(parent, base.line));
        }
        recalled(base, meta, "instructions")
    }

    fn item(&mut self, base: &Event, item: &Map<'_>) -> Vec<Event> {
        let text = |name| text_of(item, name).unwrap_or_default();
        let call = text("call_id");
        match text("type") {
            "message" => self.message(base, item),
            "function_call" => {
                let arguments = arguments::of_text(text("arguments"));
                self.running.made(call, asked(text("name"), &arguments));
                self.calls.used(base, call, text("name"), &arguments)
            }
            "custom_tool_call" => {
                self.running.made(call, None);
                let arguments = arguments::of_input(text("input"));
                self.calls.used(base, call, text("name"), &arguments)
            }
            "local_shell_call" => {
                self.running.made(call, None);
                let action = item.get("action").cloned().unwrap_or(Value::Null);
                let arguments = arguments::plain(action);
                self.calls.used(base, call, "local_shell", &arguments)
            }
            "web_search_call" => {
                let action = item.get("action").cloned().unwrap_or(Value::Null);
                self.calls.used(base, text("id"), "web_search", &action)
            }
            "function_call_output" | "custom_tool_call_output" => {
                let output = Output::of(item.get("output").unwrap_or(&Value::Null));
                self.running.result(Told { calls: &self.calls, base, call }, output)
            }
            _ => Vec::new(),
        }
    }

    /// What an event says that no `response_item` does: tokens, and how calls ended.
    fn event(&mut self, base: &Event, event: &Map<'_>, header: &mut Header) -> Vec<Event> {
        match text_of(event, "type") {
            Some("token_count") => {
                if let Some(sum) = tokens::sum(event) {
                    let last = std::mem::replace(&mut self.sessions.last_sum, sum);
                    self.used(header, |used| used.count(last, sum));
                }
                Vec::new()
            }
            Some("exec_command_end") => {
                let call = text_of(event, "call_id").unwrap_or_default();
                self.running.told(Told { calls: &self.calls, base, call }, items::output(event))
            }
            Some("item_completed") => items::of(event).map_or_else(Vec::new, |item| {
                let call = item.id;
                if self.calls.is_open(call) {
                    return self.running.told(Told { calls: &self.calls, base, call }, item.output);
                }
                let mut made = self.calls.used(base, call, &item.tool, &item.arguments);
                let of = Told { calls: &self.calls, base, call };
                made.push(running::ended(of, "", item.output));
                made
            }),
            _ => Vec::new(),
        }
    }

    /// The tokens of one response.
    fn response(&mut self, record: &Map<'_>, header: &mut Header) {
        let Some(used) = tokens::of_response(record) else { return };
        let thread = text_of(record, "thread_id").unwrap_or_default();
        let is_own = self.sessions.speaks().is_some_and(|session| session.id == thread);
        if is_own || thread.is_empty() {
            let id = text_of(record, "response_id").unwrap_or_default();
            self.used(header, |said| said.record(id, used));
        }
    }

    fn used(&mut self, header: &mut Header, say: impl FnOnce(&mut tokens::Used)) {
        if let Some(session) = self.sessions.speaks() {
            say(&mut session.used);
            header.of_speaker(|said| said.tokens = session.used.sum());
        }
    }

    fn message(&mut self, base: &Event, item: &Map<'_>) -> Vec<Event> {
        let is_sub_agent = self.sessions.speaks().is_some_and(|session| session.is_sub_agent);
        let by = match text_of(item, "role") {
            Some("assistant") => Speaker::Agent,
            Some("user") if is_sub_agent => Speaker::ParentAgent,
            Some("user") => Speaker::Person,
            _ => Speaker::Harness,
        };
        let texts = objects_of(item, "content").filter_map(|block| text_of(block, "text"));
        texts.filter_map(|text| calls::message(base, by, &request(text))).collect()
    }
}

/// The name of the command that goes on for which a call asks.
fn asked(tool: &str, arguments: &Value) -> Option<String> {
    let (_, field, kind) = ASKING.iter().find(|(asking, ..)| *asking == tool)?;
    let named = arguments.get(field)?;
    let name = named.as_str().map_or_else(|| named.to_string(), Into::into);
    Some(output::named(kind, &name))
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn recalled(base: &Event, fields: &Map<'_>, name: &str) -> Vec<Event> {
    let text = text_of(fields, name).filter(|text| !text.is_empty());
    let event =
        |text: &str| Event { provenance: Provenance::Recalled, text: text.into(), ..base.clone() };
    text.map(event).into_iter().collect()
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

#[cfg(test)]
mod tests;
