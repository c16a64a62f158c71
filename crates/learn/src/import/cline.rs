//! Sessions of Cline and Roo Code: messages of the Messages API with a time. Either a task's
//! `api_conversation_history.json`, an array, or a session of Cline's newer programs, a document
//! with `messages`.

use std::collections::VecDeque;

use crate::json_value::{Map, Value};

use super::fields::{
    content_of, content_text, count_of, is_on, list_of, object_of, text_of, time_of, word_of,
};
use super::format::{self, Format};
use super::log::{Became, Log, Result, named};
use super::provenance::Speaker;
use dreaming_records::notes::Tokens;
use dreaming_records::session::Event;

mod answers;
mod made;
mod tagged;

use answers::Answer;
use made::Made;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "cline", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Calls that are remembered until their result; the oldest is forgotten beyond it. Chosen by us:
/// agents make a handful side by side.
const MAX_CALLS: usize = 256;

/// How a text begins that says what the editor shows, and what a mode is called there: only Roo
/// Code writes the latter.
const ENVIRONMENT: &str = "<environment_details>";
const MODE_OF_ROO: &str = "<slug>";

/// What stands before the working directory, in these texts and in a system prompt.
const FOLDERS: &[&str] =
    &["# Current Working Directory (", "# Current Workspace Directory (", "Working Directory: "];

/// Whether an object is a message of this form: one with a time in `ts`, one that the program put
/// in, or the first of a task, which had no time in older versions.
pub(super) fn is_record(record: &Map<'_>) -> bool {
    let is_marked = record.get("ts").and_then(Value::as_u64).is_some()
        || object_of(record, "metadata").is_some_and(|more| more.contains_key("displayRole"));
    is_message(record)
        && record.get("content").is_some_and(|content| content.as_array().is_some())
        && (is_marked || is_first(record))
}

fn is_message(record: &Map<'_>) -> bool {
    matches!(text_of(record, "role"), Some("user" | "assistant"))
        && record.contains_key("content")
        && !record.contains_key("type")
}

fn is_first(record: &Map<'_>) -> bool {
    let begins = |opening| texts(record).any(|text| text.starts_with(opening));
    begins("<task>") && begins(ENVIRONMENT)
}

/// The texts of a message.
fn texts<'a>(record: &'a Map<'_>) -> impl Iterator<Item = &'a str> {
    list_of(record, "content").iter().filter_map(|block| block.get("text")?.as_str())
}

/// Reads messages.
#[derive(Debug, Default)]
struct Reader {
    /// Messages so far; their number becomes the id of one that has none.
    messages: u64,
    /// Who writes in the user's role, if the head of the document says it.
    user: Option<Speaker>,
    /// Whether the document is a shortened copy of a session.
    is_copy: bool,
    /// Whether the first message may be that of the task above, as in Roo Code.
    is_roo: bool,
    calls: VecDeque<Made>,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if !is_message(record) {
            // Roo Code keeps what the model thought as records of their own.
            let is_thought = text_of(record, "type") == Some("reasoning");
            return if is_thought { Became::Understood } else { Became::Unknown };
        }
        self.messages += 1;
        let id = word_of(record, "id");
        if self.is_copy || (!id.is_empty() && log.header.is_repeated(id)) {
            return Became::Repeated;
        }
        let time = time_of(record, &["ts"]);
        let (base, told) = (named(id, ("message", self.messages), line, time), log.len());
        if text_of(record, "role") == Some("assistant") {
            self.answer(&base, record, log);
        } else {
            self.asked(&base, record, log);
        }
        let time = base.time.map_or_else(String::new, |time| time.millis().to_string());
        log.root(&base.id, &time, told);
        Became::Understood
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        log.header.origin(word_of(fields, "sessionId"), line);
        log.header.cwd(folder(word_of(fields, "system_prompt")));
        self.is_copy |= fields.contains_key("source_prefix_hash");
        let mode = object_of(fields, "origin").and_then(|origin| text_of(origin, "mode"));
        match (mode, text_of(fields, "agent")) {
            (Some("subagent"), _) | (_, Some("subagent")) => self.user = Some(Speaker::ParentAgent),
            (Some("user"), _) => self.user = Some(Speaker::Person),
            // A schedule, say.
            (Some(_), _) => self.user = Some(Speaker::Harness),
            (None, _) => {}
        }
    }
}

impl Reader {
    /// What the agent said and called.
    fn answer(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        if is_on(record, "isSummary") {
            return log.message(base, Speaker::Summary, &content_of(record, "content"));
        }
        if let Some(text) = text_of(record, "content") {
            self.said(base, text, log);
        }
        for block in list_of(record, "content").iter().filter_map(Value::as_object) {
            match word_of(block, "type") {
                "text" => self.said(base, word_of(block, "text"), log),
                "tool_use" => {
                    let nothing = Value::Null;
                    let input = block.get("input").unwrap_or(&nothing);
                    self.made(base, word_of(block, "id"), word_of(block, "name"), input, log);
                }
                _ => {}
            }
        }
        let Some(metrics) = object_of(record, "metrics") else { return };
        let (of, input, output) = match object_of(metrics, "tokens") {
            Some(tokens) => (tokens, "prompt", "completion"),
            None => (metrics, "inputTokens", "outputTokens"),
        };
        let used = Tokens { input: count_of(of, input), output: count_of(of, output) };
        log.header.used(word_of(record, "id"), used);
    }

    /// A text of the agent; models without calls of their own write these into it.
    fn said(&mut self, base: &Event, text: &str, log: &mut Log) {
        let (rest, calls) = tagged::calls(text);
        log.message(base, Speaker::Agent, &rest);
        for (at, (tool, arguments)) in (1_u64..).zip(calls) {
            let id = format!("{}/{at}", base.id);
            self.made(base, &id, tool, &arguments, log);
        }
    }

    fn made(&mut self, base: &Event, id: &str, tool: &str, input: &Value<'_>, log: &mut Log) {
        if tool.is_empty() {
            return;
        }
        self.calls.push_back(made::made(base, id, tool, input, log));
        if self.calls.len() > MAX_CALLS {
            self.calls.pop_front();
        }
    }

    /// A message in the user's role.
    fn asked(&mut self, base: &Event, record: &Map<'_>, log: &mut Log) {
        let kind = object_of(record, "metadata").map_or("", |more| word_of(more, "kind"));
        if is_on(record, "isSummary") || kind == "compaction_summary" {
            return log.message(base, Speaker::Summary, &content_of(record, "content"));
        }
        let is_first = self.messages == 1;
        let is_of_roo = |text: &str| text.starts_with(ENVIRONMENT) && text.contains(MODE_OF_ROO);
        self.is_roo |= is_first && texts(record).any(is_of_roo);
        if let Some(text) = text_of(record, "content") {
            return self.text(base, text, is_first, log);
        }
        // The call whose name the block before tells: the next text is its result.
        let mut waiting = None;
        for block in list_of(record, "content").iter().filter_map(Value::as_object) {
            match word_of(block, "type") {
                "text" => {
                    let text = word_of(block, "text");
                    if let Some(call) = waiting.take() {
                        self.ended(base, &call, text.to_owned(), None, log);
                    } else if let Some((call, result)) = self.labelled(text) {
                        match result {
                            "" => waiting = Some(call),
                            _ => self.ended(base, &call, result.to_owned(), None, log),
                        }
                    } else {
                        self.text(base, text, is_first, log);
                    }
                }
                "tool_result" => self.result(base, block, log),
                _ => {}
            }
        }
    }

    /// The call of which a text begins by saying that this is its result, and the result: empty when
    /// it is the next text.
    fn labelled<'a>(&mut self, text: &'a str) -> Option<(Made, &'a str)> {
        let tool = answers::labelled(text)?;
        let is_exact = |call: &Made| call.tool == tool && answers::is_exact(text, call);
        let at = self.calls.iter().position(is_exact);
        let at = at.or_else(|| self.calls.iter().position(|call| call.tool == tool));
        let mut call =
            at.and_then(|at| self.calls.remove(at)).unwrap_or_else(|| Made::unknown(tool));
        let (result, is_clear) = answers::result(text, &call);
        call.is_clear = is_clear;
        Some((call, result))
    }

    /// A text that is no result.
    fn text(&mut self, base: &Event, text: &str, is_first: bool, log: &mut Log) {
        if text.starts_with(ENVIRONMENT) {
            log.header.cwd(folder(text));
        }
        let by = match self.user {
            _ if self.is_roo && is_first => Speaker::ParentAgent,
            Some(by) => by,
            None => Speaker::Person,
        };
        match answers::typed(text) {
            Some(typed) => log.message(base, by, typed),
            None if self.user == Some(Speaker::ParentAgent) => log.message(base, by, text),
            None => log.message(base, Speaker::Harness, text),
        }
    }

    /// A result in a block of its own.
    fn result(&mut self, base: &Event, block: &Map<'_>, log: &mut Log) {
        let id = word_of(block, "tool_use_id");
        let at = self.calls.iter().position(|call| call.id == id);
        let known = at.and_then(|at| self.calls.remove(at));
        let call = known
            .unwrap_or_else(|| Made { id: id.into(), ..Made::unknown(word_of(block, "name")) });
        let is_error = is_on(block, "is_error").then_some(true);
        let content = block.get("content").unwrap_or(&Value::Null);
        let Some(steps) = made::steps(&call, content) else {
            let texts = content.as_str().into_iter().chain(texts(block));
            let said = answers::said(&call, texts).map(str::to_owned);
            let call = Made { is_clear: false, ..call };
            self.ended(base, &call, content_text(content), is_error, log);
            return self.replied(base, said.as_deref(), log);
        };
        for (id, (text, failed)) in steps {
            let failed = failed || is_error.is_some();
            log.result(base, Result { call: &id, tool: &call.tool, text, failed, refused: false });
        }
    }

    /// The result of a call, as one text; and what a person answered with it.
    fn ended(
        &self,
        base: &Event,
        call: &Made,
        text: String,
        is_error: Option<bool>,
        log: &mut Log,
    ) {
        let said = answers::said(call, std::iter::once(&*text)).map(str::to_owned);
        let Answer { text, failed, refused } = answers::of(call, text);
        let failed = refused || is_error.unwrap_or(failed);
        for id in call.ids() {
            let text = text.clone();
            log.result(base, Result { call: &id, tool: &call.tool, text, failed, refused });
        }
        self.replied(base, said.as_deref(), log);
    }

    fn replied(&self, base: &Event, said: Option<&str>, log: &mut Log) {
        log.message(base, self.user.unwrap_or(Speaker::Person), said.unwrap_or_default());
    }
}

/// The working directory that a text of the program tells.
fn folder(text: &str) -> &str {
    let found = text.lines().find_map(|line| {
        let (mark, rest) =
            FOLDERS.iter().find_map(|mark| Some((mark, line.split_once(mark)?.1)))?;
        if mark.ends_with('(') {
            rest.split_once(") ").map(|(folder, _)| folder)
        } else {
            Some(rest)
        }
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests;
