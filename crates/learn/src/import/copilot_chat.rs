//! Chats of GitHub Copilot in VS Code: a document with `requests`, or a log of the changes that made
//! it, one per line. A log is replayed, and read when it has ended: until then any change may take
//! a request back.

use crate::json_value::{Map, Value};

use super::fields::{list_of, object_of, text_of, word_of};
use super::format::{self, Format};
use super::log::{Became, Log};

mod call;
mod chat_log;
mod parts;
mod request;
mod response_part;

use chat_log::ChatLog;
use request::Request;

/// This format.
pub(super) const FORMAT: Format =
    Format { name: "copilot-chat", is_record, unread: &[], reader: || Box::new(Reader::default()) };

/// Whether an object is a change of a log, a request of a document, or what stands beside those.
fn is_record(record: &Map<'_>) -> bool {
    is_change(record) || is_request(record) || is_head(record)
}

/// A log begins with a snapshot of the whole document; every other change names a place in it.
fn is_change(record: &Map<'_>) -> bool {
    match record.get("kind").and_then(Value::as_u64) {
        Some(0) => object_of(record, "v").is_some_and(|chat| chat.contains_key("requests")),
        Some(1..=3) => record.get("k").is_some_and(|place| place.as_array().is_some()),
        _ => false,
    }
}

fn is_request(record: &Map<'_>) -> bool {
    text_of(record, "requestId").is_some()
        && record.contains_key("message")
        && ["response", "variableData"].iter().any(|field| record.contains_key(field))
}

fn is_head(record: &Map<'_>) -> bool {
    text_of(record, "responderUsername").is_some()
        && ["requests", "version"].iter().any(|field| record.contains_key(field))
}

/// Reads requests.
#[derive(Debug, Default)]
struct Reader {
    changes: ChatLog,
    /// How many changes were used.
    used: u64,
    /// Lines that were no records when the last snapshot was read.
    damaged: u64,
}

impl format::Reader for Reader {
    fn read(&mut self, record: &Map<'_>, line: u64, log: &mut Log) -> Became {
        if is_change(record) {
            return self.change(record, line, log);
        }
        if is_request(record) {
            return Request::of(record.clone().into_owned(), line).tell(log);
        }
        if is_head(record) {
            self.beside(record, line, log);
            return Became::Understood;
        }
        Became::Unknown
    }

    fn beside(&mut self, fields: &Map<'_>, line: u64, log: &mut Log) {
        log.header.origin(word_of(fields, "sessionId"), line);
        if let Some(repository) = object_of(fields, "repoData") {
            log.header.branch.say(word_of(repository, "localBranch"));
        }
    }

    fn finish(&mut self, log: &mut Log) {
        let Some((head, requests)) = self.changes.take() else {
            // What was dropped because it is too large was not understood.
            let account = &mut log.header.account;
            account.understood = account.understood.saturating_sub(self.used);
            account.unknown_type += self.used;
            return;
        };
        self.beside(&head, 1, log);
        for request in requests {
            request.tell(log);
        }
    }
}

impl Reader {
    /// Applies a change. Behind a line that was lost the places of the later ones may be others, so
    /// these are not used until a snapshot begins anew.
    fn change(&mut self, record: &Map<'_>, line: u64, log: &Log) -> Became {
        let account = &log.header.account;
        let damaged = account.not_json + account.not_object + account.too_long;
        let value = record.get("v").cloned().map(Value::into_owned);
        let is_applied = match record.get("kind").and_then(Value::as_u64) {
            Some(0) => {
                self.damaged = damaged;
                self.changes.begin(value.and_then(Value::into_object).unwrap_or_default(), line)
            }
            _ if damaged > self.damaged => false,
            Some(1) => self.changes.set(list_of(record, "k"), value, line),
            Some(2) => {
                let Some(Value::Array(items)) = value.or(Some(Value::Array(Vec::new()))) else {
                    return Became::Unknown;
                };
                let length = record.get("i").and_then(Value::as_u64);
                self.changes.push(list_of(record, "k"), length, items, line)
            }
            _ => self.changes.set(list_of(record, "k"), None, line),
        };
        self.used += u64::from(is_applied);
        if is_applied { Became::Understood } else { Became::Unknown }
    }
}

#[cfg(test)]
mod tests;
