//! Sessions of GitHub Copilot CLI: one `{type, id, parentId, timestamp, data}` per line of
//! `events.jsonl`. What its SDK gives to a host while a session runs has the same form.

use std::collections::VecDeque;

use crate::json_value::{Map, Value};

use super::codex::arguments;
use super::exit_line::with_code;
use super::fields::{is_on, object_of, objects_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log, Result, on_line};
use super::provenance::Speaker;
use crate::words::harness::HAND_OFF_TOOLS;
use dreaming_records::session::{Event, EventKind};
use dreaming_records::time::Time;
use dreaming_records::trust::Provenance;

mod event_types;
mod shells;
mod spending;

use event_types::KNOWN_TYPES;
use shells::{End, Output, Shells};
use spending::Spending;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "copilot-cli", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Tools with which the agent keeps memories, and votes for those it was shown.
const MEMORY_TOOLS: &[&str] = &["read_memory", "store_memory", "vote_memory"];

/// How the files of instructions end that this program reads, beside those that all agents read.
const INSTRUCTION_FILES: &[&str] = &["copilot-instructions.md", ".instructions.md"];

/// A permission that a person denied at the prompt, and who decided then, in versions that say it:
/// in these a host or a judge may deny with the same word.
const DENIED: &str = "denied-interactively-by-user";
const BY_A_PERSON: &str = "human_response";

/// Calls of each sort that are remembered; the oldest is forgotten beyond it. Chosen by us: agents
/// make a handful side by side.
const MAX_CALLS: usize = 256;

/// All fields but `type` are those of every event. Events of managed agents have some of the same
/// types, but neither `data` nor `parentId`.
fn is_record(record: &Map<'_>) -> bool {
    object_of(record, "data").is_some()
        && record.contains_key("parentId")
        && text_of(record, "id").is_some()
        && text_of(record, "timestamp").is_some()
        && KNOWN_TYPES.contains(&word_of(record, "type"))
}

/// Turns events into ours.
#[derive(Debug, Default)]
struct Reader {
    /// Whether another session of the program started this one: then nobody typed its messages.
    is_detached: bool,
    /// Calls that were read, the oldest first.
    calls: VecDeque<Call>,
    /// Requests for a permission, each with the call that needs it.
    requests: VecDeque<(String, String)>,
    shells: Shells,
    spending: Spending,
}

/// A call, as far as later events need it.
#[derive(Debug, Default)]
struct Call {
    id: String,
    /// The shell that it asks about.
    asks: Option<String>,
    state: State,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// It has no result yet.
    #[default]
    Open,
    /// A person stopped the agent before it had a result.
    Stopped,
    /// Its result was read, or is none of the agent's.
    Settled,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        let Some(data) = object_of(record, "data").filter(|_| is_record(record)) else {
            return Became::Unknown;
        };
        let id = word_of(record, "id");
        if log.header.is_repeated(id) {
            return Became::Repeated;
        }
        // Events of a sub-agent name it; in older versions they name the call that began it.
        let agents = [word_of(record, "agentId"), word_of(data, "parentToolCallId")];
        let thread = agents.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let time = Time::parse(word_of(record, "timestamp"));
        let base = Event { thread: thread.into(), ..on_line(id, line, time) };
        let told = log.len();
        self.event(&base, word_of(record, "type"), data, log);
        log.root(id, word_of(record, "timestamp"), told);
        Became::Understood
    }

    fn finish(&mut self, log: &mut Log) {
        self.shells.finish(log);
    }
}

impl Reader {
    fn event(&mut self, base: &Event, kind: &str, data: &Map<'_>, log: &mut Log) {
        let text = |name| word_of(data, name);
        match kind {
            "session.start" => {
                log.header.origin(text("sessionId"), base.line);
                self.is_detached = !text("detachedFromSpawningParentSessionId").is_empty();
                object_of(data, "context").into_iter().for_each(|place| here(place, log));
            }
            "session.resume" => {
                object_of(data, "context").into_iter().for_each(|place| here(place, log));
                // A client may join a session that is at work: then its run goes on.
                if !is_on(data, "sessionWasActive") {
                    self.spending.begin(&log.header);
                }
            }
            "session.context_changed" => here(data, log),
            "session.shutdown" => self.spending.ended(&base.id, data, &mut log.header),
            "assistant.usage" => spending::of_call(&base.id, data, &mut log.header),
            "user.message" => log.message(base, self.speaker(base, data), text("content")),
            "assistant.message" => self.answer(base, data, log),
            // A person who answers a question of the agent, or turns its plan down.
            "user_input.completed" => log.message(base, Speaker::Person, text("answer")),
            "exit_plan_mode.completed" => log.message(base, Speaker::Person, text("feedback")),
            // A call that a person made is none of the agent's.
            "tool.user_requested" => self.settle(text("toolCallId")),
            "tool.execution_start" => self.made(base, "toolName", data, log),
            "tool.execution_complete" => self.ended(base, data, log),
            "permission.requested" => self.requested(data),
            "permission.completed" => self.permitted(base, data, log),
            "abort" => self.stopped(text("reason")),
            "subagent.started" | "subagent.completed" | "subagent.failed" => {
                sub_agent(base, kind, data, log);
            }
            "subagent.selected" if base.thread.is_empty() => log.header.role.say(text("agentName")),
            "session.compaction_complete" => {
                log.message(base, Speaker::Summary, text("summaryContent"));
            }
            "session.handoff" => log.message(base, Speaker::Summary, text("summary")),
            "skill.invoked" if !text("content").is_empty() => {
                let provenance = Provenance::Recalled;
                log.push(Event { provenance, text: text("content").into(), ..base.clone() });
            }
            "system.message" => log.message(base, Speaker::Harness, text("content")),
            "system.notification" => self.notified(base, data, log),
            "session.error" | "session.info" | "session.warning" => {
                log.message(base, Speaker::Harness, text("message"));
            }
            _ => {}
        }
    }

    /// Who wrote a message in the user's role. One whose source we do not know is the program's: no
    /// text may get a person's trust by a new name.
    fn speaker(&self, base: &Event, data: &Map<'_>) -> Speaker {
        match word_of(data, "source") {
            _ if is_on(data, "isAutopilotContinuation") => Speaker::Harness,
            source if source.starts_with("agent-") => Speaker::ParentAgent,
            "" | "user" if self.is_detached || !base.thread.is_empty() => Speaker::ParentAgent,
            "" | "user" => Speaker::Person,
            _ => Speaker::Harness,
        }
    }

    fn answer(&mut self, base: &Event, data: &Map<'_>, log: &mut Log) {
        log.message(base, Speaker::Agent, word_of(data, "content"));
        spending::of_call(&base.id, data, &mut log.header);
        objects_of(data, "toolRequests").for_each(|call| self.made(base, "name", call, log));
    }

    /// A call, which the agent's message and the start of the tool both tell: the first counts.
    fn made(&mut self, base: &Event, name: &str, data: &Map<'_>, log: &mut Log) {
        let id = word_of(data, "toolCallId");
        if id.is_empty() || self.call(id).is_some() {
            return;
        }
        let tool = match (word_of(data, "mcpServerName"), word_of(data, "mcpToolName")) {
            ("", _) | (_, "") => word_of(data, name).to_owned(),
            (server, tool) => format!("{server}.{tool}"),
        };
        let patch = text_of(data, "arguments").map(arguments::of_input);
        let nothing = Value::Null;
        let given = patch.as_ref().or(data.get("arguments")).unwrap_or(&nothing);
        self.remember(Call { id: id.into(), asks: shells::asked(&tool, given), ..Call::default() });
        if MEMORY_TOOLS.contains(&&*tool) || names_instructions(given) {
            log.made(base, id, &tool, given, true);
        } else {
            log.used(base, id, &tool, given);
        }
    }

    /// The result of a call.
    fn ended(&mut self, base: &Event, data: &Map<'_>, log: &mut Log) {
        let id = word_of(data, "toolCallId");
        let (state, asks) = match self.call(id) {
            Some(call) => (std::mem::replace(&mut call.state, State::Settled), call.asks.take()),
            None => (State::Open, None),
        };
        if state == State::Settled || is_on(data, "isUserRequested") {
            return;
        }
        let worked = is_on(data, "success");
        let texts = [("error", "message"), ("result", "content")];
        let texts = texts.map(|(of, name)| object_of(data, of).map_or("", |of| word_of(of, name)));
        let said = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        let code = object_of(data, "shellExecution").and_then(|of| of.get("exitCode")?.as_i64());
        let tool = log.tool(id).unwrap_or_default().to_owned();
        let output = Output::of(&said.join("\n"), &tool, code);
        if let Some(shell) = asks.filter(|_| worked) {
            if let End::Exited(code) = output.end {
                self.shells.ended(&shell, code, base, &output.text, log);
            }
            let (text, failed) = (output.text, false);
            return log.result(base, Result { call: id, tool: "", text, failed, refused: false });
        }
        match output.end {
            End::GoesOn(shell) if worked => {
                let base = base.clone();
                self.shells.hold(shells::Held::new(shell, id, tool, base, output.text), log);
            }
            end => {
                let failed = !worked || matches!(end, End::Exited(code) if code != 0);
                let refused = failed && state == State::Stopped;
                let text = match end {
                    End::Exited(code) if code != 0 => with_code(code, &output.text),
                    _ => output.text,
                };
                log.result(base, Result { call: id, tool: "", text, failed, refused });
            }
        }
    }

    fn requested(&mut self, data: &Map<'_>) {
        let call = object_of(data, "permissionRequest").map_or("", |of| word_of(of, "toolCallId"));
        if !call.is_empty() {
            self.requests.push_back((word_of(data, "requestId").into(), call.into()));
            if self.requests.len() > MAX_CALLS {
                self.requests.pop_front();
            }
        }
    }

    /// A permission was given or denied. When a person denied it, pushes this as the result of the
    /// call, and the reason as the person's message.
    fn permitted(&mut self, base: &Event, data: &Map<'_>, log: &mut Log) {
        let request = word_of(data, "requestId");
        let at = self.requests.iter().position(|(known, _)| known == request);
        let known = at.and_then(|at| self.requests.remove(at)).map(|(_, call)| call);
        let call = text_of(data, "toolCallId").map(str::to_owned).or(known).unwrap_or_default();
        let Some(result) = object_of(data, "result") else { return };
        let by = word_of(data, "decisionSource");
        if word_of(result, "kind") != DENIED || !matches!(by, "" | BY_A_PERSON) {
            return;
        }
        if !call.is_empty() {
            self.settle(&call);
            let text = String::new();
            log.result(base, Result { call: &call, tool: "", text, failed: true, refused: true });
        }
        log.message(base, Speaker::Person, word_of(result, "feedback"));
    }

    /// The agent was stopped, by a person or by the program.
    fn stopped(&mut self, reason: &str) {
        if reason.starts_with("user") || reason == "remote_command" {
            let open = self.calls.iter_mut().filter(|call| call.state == State::Open);
            open.for_each(|call| call.state = State::Stopped);
        }
    }

    fn notified(&mut self, base: &Event, data: &Map<'_>, log: &mut Log) {
        log.message(base, Speaker::Harness, word_of(data, "content"));
        let Some(of) = object_of(data, "kind") else { return };
        if let Some(code) = of.get("exitCode").and_then(Value::as_i64) {
            self.shells.ended(word_of(of, "shellId"), code, base, "", log);
        }
    }

    fn call(&mut self, id: &str) -> Option<&mut Call> {
        self.calls.iter_mut().rfind(|call| call.id == id)
    }

    fn remember(&mut self, call: Call) {
        self.calls.push_back(call);
        if self.calls.len() > MAX_CALLS {
            self.calls.pop_front();
        }
    }

    /// No result of this call is read any more.
    fn settle(&mut self, id: &str) {
        match self.call(id) {
            Some(call) => call.state = State::Settled,
            None => self.remember(Call { id: id.into(), state: State::Settled, ..Call::default() }),
        }
    }
}

/// The place where the session works.
fn here(place: &Map<'_>, log: &mut Log) {
    log.header.cwd(word_of(place, "cwd"));
    log.header.branch.say(word_of(place, "branch"));
}

/// Whether a file of instructions is named.
pub(super) fn names_instructions(arguments: &Value) -> bool {
    let mut paths = ["path", "filePath"].iter().filter_map(|name| arguments.get(name)?.as_str());
    paths.any(|path| INSTRUCTION_FILES.iter().any(|file| path.ends_with(file)))
}

/// The beginning or end of a sub-agent. Most are begun by a tool whose call tells the work; of the
/// others only their beginning is told. The agent above gets the event.
fn sub_agent(base: &Event, kind: &str, data: &Map<'_>, log: &mut Log) {
    let call = word_of(data, "toolCallId").to_owned();
    let known = log.tool(&call).is_some_and(|tool| HAND_OFF_TOOLS.contains(&tool));
    let (kind, provenance, text) = match kind {
        "subagent.started" if known => return,
        "subagent.started" => {
            let to = word_of(data, "agentName").into();
            (EventKind::HandOff { call, to }, Provenance::ToolUse, "agentDescription")
        }
        "subagent.failed" => {
            (EventKind::HandOffEnd { call, failed: true }, Provenance::ToolResult, "error")
        }
        // Who was stopped has neither done the work nor failed.
        _ if is_on(data, "cancelled") => return,
        _ => (EventKind::HandOffEnd { call, failed: false }, Provenance::Harness, ""),
    };
    let text = word_of(data, text).into();
    log.push(Event { kind, provenance, text, thread: String::new(), ..base.clone() });
}

#[cfg(test)]
mod tests;
