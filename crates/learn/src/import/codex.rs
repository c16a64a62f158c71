//! Rollouts of OpenAI Codex: one `{timestamp, type, payload}` per line. `response_item` holds what
//! the model saw and did; `event_msg` repeats it for display, and only its token counts and ends of
//! calls are used.

use crate::json_value::{Map, Value};

use super::fields::{object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::header::Header;
use super::log::{Became, Log, on_line};
use super::provenance::Speaker;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

pub(super) mod arguments;
mod history;
mod items;
mod output;
mod running;
mod token_sums;

use history::{Opening, Session, Sessions};
use output::Output;
use running::{RecordedCall, Running};

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

/// The opening line of a message to which an editor added open files, and the heading before the
/// person's own words.
const EDITOR_CONTEXT: (&str, &str) = ("# Context from my IDE setup", "## My request for Codex:");

/// Events that begin a turn.
const TURN_BEGINS: &[&str] = &["task_started", "turn_started"];

/// Tools that ask about a command still running: tool, argument that names the command, and what it
/// names.
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
    running: Running,
    sessions: Sessions,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let Some(payload) = object_of(record, "payload").filter(|_| is_record(record)) else {
            return Became::Unknown;
        };
        let base = on_line("", line, Time::parse(word_of(record, "timestamp")));
        let kind = word_of(record, "type");
        let ordinal = record.get("ordinal").and_then(Value::as_u64);
        self.turn(line, kind, payload, ordinal, log);
        let base = Event { time: self.sessions.time(base.time), ..base };
        match kind {
            "session_meta" => self.opening(&base, payload, ordinal, log),
            "turn_context" => log.header.of_speaker(|said| said.cwd(word_of(payload, "cwd"))),
            "response_item" => self.item(&base, payload, log),
            "compacted" => {
                let summary = Event { kind: EventKind::Summary, ..base };
                recalled(&summary, payload, "message", log);
            }
            "event_msg" => self.event(&base, payload, log),
            "token_usage_record" => self.response(payload, &mut log.header),
            _ => {}
        }
        Became::Understood
    }

    fn finish(&mut self, log: &mut Log) {
        self.running.finish(log);
    }
}

impl Reader {
    /// Ends a history when this record begins a turn of a session forked from it; the calls that
    /// are open in the history end, too.
    fn turn(
        &mut self,
        line: u64,
        kind: &str,
        payload: &Map<'_>,
        ordinal: Option<u64>,
        log: &mut Log,
    ) {
        let begins = match kind {
            "turn_context" => true,
            "event_msg" => TURN_BEGINS.contains(&word_of(payload, "type")),
            _ => false,
        };
        let turn = text_of(payload, "turn_id").filter(|_| begins);
        let ended = self.sessions.ended(turn, ordinal);
        if ended > 0 {
            self.running.finish(log);
            log.header.end_histories(ended, line);
        }
    }

    fn opening(&mut self, base: &Event, meta: &Map<'_>, ordinal: Option<u64>, log: &mut Log) {
        let text = |name| word_of(meta, name);
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
            log.header.begin_history();
        }
        log.header.of_speaker(|said| {
            said.origin(text("id"), base.line);
            said.cwd(text("cwd"));
            said.branch.say(object_of(meta, "git").map_or("", |git| word_of(git, "branch")));
            said.role.say(of_spawn("agent_role"));
        });
        // Some versions number the records and omit the opening record of the session that was
        // forked.
        let first = ordinal.unwrap_or_default() + 1;
        let parent =
            [text("forked_from_id"), text("parent_thread_id"), of_spawn("parent_thread_id")];
        if let Some(parent) = parent.iter().find(|id| !id.is_empty())
            && opening == Opening::Own
            && begins_at.is_some_and(|begins_at| begins_at > first)
        {
            self.sessions.begin_history(parent);
            log.header.begin_history();
            log.header.of_speaker(|said| said.origin(parent, base.line));
        }
        recalled(base, meta, "instructions", log);
    }

    fn item(&mut self, base: &Event, item: &Map<'_>, log: &mut Log) {
        let text = |name| word_of(item, name);
        let action = || item.get("action").cloned().unwrap_or(Value::Null);
        let (call, tool) = (text("call_id"), text("name"));
        match text("type") {
            "message" => self.message(base, item, log),
            "function_call" => {
                let arguments = arguments::of_text(text("arguments"));
                self.running.made(call, asked(tool, &arguments));
                log.used(base, call, tool, &arguments);
            }
            "custom_tool_call" => {
                self.running.made(call, None);
                log.used(base, call, tool, &arguments::of_input(text("input")));
            }
            "local_shell_call" => {
                self.running.made(call, None);
                log.used(base, call, "local_shell", &arguments::plain(action()));
            }
            "web_search_call" => log.used(base, text("id"), "web_search", &action()),
            "function_call_output" | "custom_tool_call_output" => {
                let output = Output::of(item.get("output").unwrap_or(&Value::Null));
                self.running.result(RecordedCall { base, call }, output, log);
            }
            _ => {}
        }
    }

    /// Reads from an event what no `response_item` holds: tokens, and how calls ended.
    fn event(&mut self, base: &Event, event: &Map<'_>, log: &mut Log) {
        match word_of(event, "type") {
            "token_count" => {
                if let Some(sum) = token_sums::sum(event) {
                    let last = std::mem::replace(&mut self.sessions.last_sum, sum);
                    self.used(&mut log.header, |used| used.count(last, sum));
                }
            }
            "exec_command_end" => {
                let call = word_of(event, "call_id");
                self.running.recorded_end(RecordedCall { base, call }, items::output(event), log);
            }
            "item_completed" => {
                let Some(item) = items::of(event) else { return };
                let of = RecordedCall { base, call: item.id };
                if log.tool(item.id).is_some() {
                    return self.running.recorded_end(of, item.output, log);
                }
                log.used(base, item.id, &item.tool, &item.arguments);
                running::ended(of, "", item.output, log);
            }
            _ => {}
        }
    }

    /// Counts the tokens of one response.
    fn response(&mut self, record: &Map<'_>, header: &mut Header) {
        let Some(used) = token_sums::of_response(record) else { return };
        let thread = word_of(record, "thread_id");
        let is_own = self.sessions.speaks().is_some_and(|session| session.id == thread);
        if is_own || thread.is_empty() {
            let id = word_of(record, "response_id");
            self.used(header, |said| said.record(id, used));
        }
    }

    fn used(&mut self, header: &mut Header, say: impl FnOnce(&mut token_sums::Used)) {
        if let Some(session) = self.sessions.speaks() {
            say(&mut session.used);
            header.of_speaker(|said| said.tokens = session.used.sum());
        }
    }

    fn message(&mut self, base: &Event, item: &Map<'_>, log: &mut Log) {
        let is_sub_agent = self.sessions.speaks().is_some_and(|session| session.is_sub_agent);
        let by = match text_of(item, "role") {
            Some("assistant") => Speaker::Agent,
            Some("user") if is_sub_agent => Speaker::ParentAgent,
            Some("user") => Speaker::Person,
            _ => Speaker::Harness,
        };
        let texts = objects_of(item, "content").filter_map(|block| text_of(block, "text"));
        texts.for_each(|text| log.message(base, by, &request(text)));
    }
}

/// The name of the running command that a call asks about.
fn asked(tool: &str, arguments: &Value) -> Option<String> {
    let (_, field, kind) = ASKING.iter().find(|(asking, ..)| *asking == tool)?;
    let named = arguments.get(field)?;
    let name = named.as_str().map_or_else(|| named.to_string(), Into::into);
    Some(output::named(kind, &name))
}

/// A number, or a text that holds one.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn recalled(base: &Event, fields: &Map<'_>, name: &str, log: &mut Log) {
    let text = word_of(fields, name).to_owned();
    if !text.is_empty() {
        log.push(Event { provenance: Provenance::Recalled, text, ..base.clone() });
    }
}

/// A message without what an editor put before the person's words. Each such byte becomes a space,
/// so that offsets stay valid.
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
